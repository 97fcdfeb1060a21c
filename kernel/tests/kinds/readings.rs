//! Every input of a softmax transformer accounted for.

use crate::table::{Case, accept, again, check, json, pop, refuse, set};

const EXACT: &str = "readings/exact";
const TILTED: &str = "readings/tilted";
const WRONG: &str = "readings/wrong";

pub fn cases() -> Vec<Case> {
    vec![
        accept("another claim about a model", EXACT, [set("claim", "token-mixing")], "the softmax transformer solves"),
        accept(
            "equal scores",
            EXACT,
            [],
            "the softmax transformer solves query count, n = 3, m = 2, d = 2, within 1/2; 8 inputs, one by one up to equal columns",
        ),
        accept(
            "every position is read",
            TILTED,
            [],
            "n = 3, m = 2, d = 2, within 1/2; 24 inputs, one by one up to equal columns",
        ),
        accept(
            "a model that is wrong",
            WRONG,
            [],
            "is right on 0 and wrong on 4, so it does not solve query count, n = 2, m = 2, d = 2, within 1/2; 4 inputs",
        ),
        accept(
            "a split",
            TILTED,
            [set("data/trees/0", "seee")],
            "24 inputs, by bounds and one by one up to equal columns",
        ),
        refuse("m", EXACT, [set("params/m", 3)], "params.m: expected 2, found 3"),
        refuse("d", EXACT, [set("params/d", 3)], "params.d: expected 2, found 3"),
        refuse(
            "a tolerance",
            EXACT,
            [set("params/tolerance", "0")],
            "params.tolerance: expected a number above 0, found 0",
        ),
        crate::table::unusable(
            "another version",
            EXACT,
            [set("version", 2)],
            "expected 3 for the kind readings, found 2",
        ),
        refuse("a length", EXACT, [set("params/n", 0)], "params.n: expected 1 to 4096, found 0"),
        refuse("not too long", EXACT, [set("params/n", 4097)], "params.n: expected 1 to 4096, found 4097"),
        refuse("a tree a problem", TILTED, [pop("data/trees")], "data.readings.trees: number: expected 2, found 1"),
        refuse("no more", TILTED, [again("data/trees")], "data.readings.trees: number: expected 2, found 3"),
        refuse(
            "a tree",
            TILTED,
            [set("data/trees/0", "")],
            "data.readings.trees[0]: expected a tree of `e`, `s`, `r` and `w`",
        ),
        refuse(
            "one tree",
            TILTED,
            [set("data/trees/0", "ee")],
            "data.readings.trees[0]: expected one tree, found symbols after its end",
        ),
        refuse(
            "of its symbols",
            TILTED,
            [set("data/trees/1", "x")],
            "data.readings.trees[1]: expected a tree of `e`, `s`, `r` and `w`",
        ),
        refuse("what is right", EXACT, [set("data/right", "7")], "data.readings.right: expected 8, found 7"),
        refuse("what is wrong", WRONG, [set("data/wrong", "3")], "data.readings.wrong: expected 4, found 3"),
        refuse(
            "no margin of what is wrong",
            WRONG,
            [json("data/margin", r#"{"at_least":"0","at_most":"1"}"#)],
            "data.readings.margin: expected null, found the other",
        ),
        refuse(
            "a margin of what is right",
            EXACT,
            [json("data/margin", "null")],
            "data.readings.margin: expected bounds, found the other",
        ),
        refuse(
            "bounds of it",
            EXACT,
            [set("data/margin/at_least", "1")],
            "data.readings.margin: expected bounds around ",
        ),
        refuse(
            "on both sides",
            EXACT,
            [set("data/margin/at_most", "0")],
            "data.readings.margin: expected bounds around ",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}
