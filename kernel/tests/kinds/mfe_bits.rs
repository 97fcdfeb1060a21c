//! T8: how many messages the most frequent element needs.

use crate::table::{Case, accept, check, refuse, set, unusable};

const PLAIN: &str = "mfe-bits/plain";
const NONE: &str = "mfe-bits/no-element";
const MANY: &str = "mfe-bits/many";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "T8",
            PLAIN,
            [],
            "at n = 7, m = 5, the first 3 tokens need 35 different messages (verified on all pairs): h (d_v + 1) p >= 6 bits",
        ),
        accept(
            "by the rule",
            MANY,
            [],
            "at n = 31, m = 8, the first 15 tokens need 170544 different messages (by the general rule)",
        ),
        accept(
            "without an element",
            NONE,
            [],
            "need 6 different messages (verified on all pairs): h (d_v + 1) p >= 3 bits",
        ),
        accept(
            "one token",
            NONE,
            [set("params/m", 1), set("params/classes", "1"), set("params/bits", 0)],
            "m = 1, the first 2 tokens need 1 different messages (verified on all pairs): h (d_v + 1) p >= 0 bits",
        ),
        accept(
            "a power of two",
            NONE,
            [
                set("params/m", 4),
                set("params/k", 1),
                set("params/classes", "4"),
                set("params/bits", 2),
                set("data/padding", 1),
            ],
            "need 4 different messages (verified on all pairs): h (d_v + 1) p >= 2 bits",
        ),
        accept(
            "the last that is tried",
            NONE,
            [
                set("params/m", 2),
                set("params/k", 599),
                set("params/classes", "600"),
                set("params/bits", 10),
                set("data/padding", 599),
            ],
            "need 600 different messages (verified on all pairs)",
        ),
        accept(
            "the first that is not",
            NONE,
            [
                set("params/m", 2),
                set("params/k", 600),
                set("params/classes", "601"),
                set("params/bits", 10),
                set("data/padding", 600),
            ],
            "need 601 different messages (by the general rule)",
        ),
        accept(
            "the largest",
            NONE,
            [
                set("params/m", 1),
                set("params/k", 4096),
                set("params/classes", "1"),
                set("params/bits", 0),
                set("data/padding", 4096),
            ],
            "the first 4096 tokens need 1 different messages",
        ),
        refuse("a token", PLAIN, [set("params/k", 0)], "params.k: expected 1 to 4096, found 0"),
        refuse("not too many", PLAIN, [set("params/k", 4097)], "params.k: expected 1 to 4096, found 4097"),
        refuse("a vocabulary", PLAIN, [set("params/m", 0)], "params.m: expected 1 to 4096, found 0"),
        refuse("not too large", PLAIN, [set("params/m", 4097)], "params.m: expected 1 to 4096, found 4097"),
        refuse("how many classes", PLAIN, [set("params/classes", "36")], "params.classes: expected 35, found 36"),
        refuse("of these sizes", PLAIN, [set("params/m", 6)], "params.classes: expected 56, found 35"),
        refuse("the bits", PLAIN, [set("params/bits", 5)], "params.bits: expected 6, found 5"),
        refuse("the least", PLAIN, [set("params/bits", 7)], "params.bits: expected 6, found 7"),
        refuse(
            "the elements",
            PLAIN,
            [set("params/disjointness_bits", 2)],
            "params.disjointness_bits: expected 1, found 2",
        ),
        refuse(
            "what a party writes",
            PLAIN,
            [set("data/repeats", 2)],
            "data.mfe-bits: elements * repeats + padding: expected 3, found 2",
        ),
        refuse(
            "three tokens an element",
            PLAIN,
            [set("data/elements", 3), set("data/repeats", 1), set("params/disjointness_bits", 3)],
            "data.mfe-bits.elements: expected 3 elements + 1 <= 5, found 3",
        ),
        refuse(
            "one token more",
            PLAIN,
            [set("params/m", 3), set("params/classes", "10"), set("params/bits", 4)],
            "data.mfe-bits.elements: expected 3 elements + 1 <= 3, found 1",
        ),
        refuse(
            "nothing is repeated without an element",
            NONE,
            [set("data/repeats", 1)],
            "data.mfe-bits.repeats, without elements: expected 0, found 1",
        ),
        refuse(
            "little padding",
            PLAIN,
            [set("data/repeats", 1), set("data/padding", 2)],
            "data.mfe-bits.padding: expected 2 padding + 1 < 2 repeats, found 2",
        ),
        refuse(
            "less padding than repeats",
            PLAIN,
            [
                set("params/k", 4),
                set("params/classes", "70"),
                set("params/bits", 7),
                set("data/repeats", 2),
                set("data/padding", 2),
            ],
            "data.mfe-bits.padding: expected 2 padding + 1 < 2 repeats, found 2",
        ),
        unusable(
            "an integer",
            PLAIN,
            [set("params/classes", "71/2")],
            "params.classes: expected an integer, found `71/2`",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}
