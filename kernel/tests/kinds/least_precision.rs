//! With how few bits a construction counts.

use crate::table::{Case, accept, again, check, pop, refuse, set};

const SEQ: &str = "least-precision/seq";
const ATTEND: &str = "least-precision/attend";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "one by one",
            SEQ,
            [],
            "qc-histogram summed one by one: every count is right for all n <= 26 with 8 bits, and not with fewer",
        ),
        accept(
            "any MLP",
            ATTEND,
            [],
            "qc-count-attend summed divided last: every count is told apart for all n <= 5 with",
        ),
        accept("shorter inputs", SEQ, [set("params/n", 16)], "for all n <= 16 with 8 bits"),
        accept("later failures", SEQ, [set("data/fails_at/0", 4)], "for all n <= 26 with 8 bits"),
        refuse(
            "longer inputs",
            SEQ,
            [set("params/n", 27)],
            "params.precision: expected bits that do, found 8 bits, which fail at Some(27)",
        ),
        refuse(
            "fewer bits",
            SEQ,
            [set("params/precision", 7), pop("data/fails_at")],
            "params.precision: expected bits that do, found 7 bits, which fail at Some(15)",
        ),
        refuse(
            "a failure for each",
            SEQ,
            [pop("data/fails_at")],
            "data.least-precision.fails_at: number: expected 6, found 5",
        ),
        refuse("no other", SEQ, [again("data/fails_at")], "data.least-precision.fails_at: number: expected 6, found 7"),
        refuse(
            "a failure",
            SEQ,
            [set("data/fails_at/5", 14)],
            "data.least-precision.fails_at: expected a length at which 7 bits fail",
        ),
        refuse(
            "within the length",
            SEQ,
            [set("data/fails_at/5", 27)],
            "data.least-precision.fails_at: expected lengths of 1 to 26, found 27",
        ),
        refuse("one bit", SEQ, [set("params/precision", 1)], "params.precision: expected 2 to 53 bits, found 1"),
        refuse(
            "doubles at most",
            SEQ,
            [set("params/precision", 54)],
            "params.precision: expected 2 to 53 bits, found 54",
        ),
        refuse("a length", SEQ, [set("params/n", 0)], "params.n: expected 1 to 2^40, found 0"),
        refuse("not too long", SEQ, [set("params/n", (1u64 << 40) + 1)], "params.n: expected 1 to 2^40"),
        refuse("the order", SEQ, [set("params/order", "any")], "params.precision: expected bits that do"),
    ]
}

#[test]
fn table() {
    check(&cases());
}
