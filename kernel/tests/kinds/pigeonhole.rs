//! T9: more count vectors than sums.

use crate::table::{Case, accept, check, refuse, set, unusable};

const PLAIN: &str = "pigeonhole/plain";
const FREE: &str = "pigeonhole/nothing-forced";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "T9",
            PLAIN,
            [],
            "d = 1 and entries at most 1 have at most 7 sums at n = 3, m = 4, for 20 count vectors, so no MLP counts at length 4",
        ),
        accept(
            "nothing is forced",
            FREE,
            [],
            "have at most 2197 sums at n = 3, m = 3, for 10 count vectors, which forces nothing",
        ),
        accept(
            "one sum",
            PLAIN,
            [set("params/bound", 0), set("params/states", "1")],
            "entries at most 0 have at most 1 sums at n = 3, m = 4, for 20 count vectors, so no MLP counts",
        ),
        accept(
            "as many vectors as sums force nothing",
            PLAIN,
            [
                set("params/bound", 0),
                set("params/m", 1),
                set("params/states", "1"),
                set("params/vectors", "1"),
                set("params/collision", false),
            ],
            "have at most 1 sums at n = 3, m = 1, for 1 count vectors, which forces nothing",
        ),
        refuse(
            "a length",
            PLAIN,
            [set("params/n", 0)],
            "params: expected n, m and d at least 1, found n = 0, m = 4, d = 1",
        ),
        refuse(
            "a token",
            PLAIN,
            [set("params/m", 0)],
            "params: expected n, m and d at least 1, found n = 3, m = 0, d = 1",
        ),
        refuse(
            "a dimension",
            PLAIN,
            [set("params/d", 0)],
            "params: expected n, m and d at least 1, found n = 3, m = 4, d = 0",
        ),
        refuse(
            "no long power",
            PLAIN,
            [set("params/d", 23334)],
            "params: expected numbers of at most 70000 bits, found longer ones",
        ),
        refuse(
            "no huge power",
            PLAIN,
            [set("params/d", 1_u64 << 32)],
            "params: expected numbers of at most 70000 bits, found longer ones",
        ),
        refuse(
            "no long binomial",
            PLAIN,
            [set("params/n", 100_000), set("params/m", 100_000)],
            "params: expected numbers of at most 70000 bits, found longer ones",
        ),
        refuse(
            "no huge binomial",
            PLAIN,
            [set("params/n", u64::MAX)],
            "params: expected numbers of at most 70000 bits, found longer ones",
        ),
        refuse("the sums", PLAIN, [set("params/states", "8")], "params.states: expected 7, found 8"),
        refuse("of this length", PLAIN, [set("params/n", 4)], "params.states: expected 9, found 7"),
        refuse("of this dimension", FREE, [set("params/d", 2)], "params.states: expected 169, found 2197"),
        refuse("of this bound", FREE, [set("params/bound", 3)], "params.states: expected 6859, found 2197"),
        refuse("the vectors", PLAIN, [set("params/vectors", "21")], "params.vectors: expected 20, found 21"),
        refuse("over this vocabulary", PLAIN, [set("params/m", 5)], "params.vectors: expected 35, found 20"),
        refuse("what follows", PLAIN, [set("params/collision", false)], "params.collision: expected true, found false"),
        refuse(
            "nothing that does not",
            FREE,
            [set("params/collision", true)],
            "params.collision: expected false, found true",
        ),
        unusable(
            "nothing else",
            PLAIN,
            [crate::table::json("data", r#"{"n":3}"#)],
            "data.pigeonhole.n: unknown field `n`",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}
