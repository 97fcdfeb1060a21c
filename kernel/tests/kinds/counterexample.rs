//! One input on which a model fails.

use crate::table::{Case, accept, check, json, pop, refuse, set};

const EXACT: &str = "counterexample/exact";
const ANY: &str = "counterexample/any";
const MODEL: &str = "counterexample/model";

pub fn cases() -> Vec<Case> {
    vec![
        accept("T2", EXACT, [], "n = 3, m = 3: on a sequence of length 3 it gives 4, and the answer is 2"),
        accept(
            "T1 at every length",
            ANY,
            [],
            "n = any, m = 3: on a sequence of length 1 it gives 11/10, and the answer is 1",
        ),
        accept(
            "T3",
            "counterexample/attention",
            [],
            "n = 4, m = 3: on a sequence of length 4 it gives 3/2, and the answer is 1",
        ),
        accept("a model", MODEL, [], "n = 3, m = 2: on a sequence of length 3 it gives 1, and the answer is 2"),
        accept(
            "at every length, on two tokens",
            ANY,
            [json("data/sequence", "[0,0]"), set("data/output", "11/5"), set("data/answer", 2)],
            "on a sequence of length 2 it gives 11/5, and the answer is 2",
        ),
        refuse("the statement", EXACT, [set("params/m", 4)], "params.m: expected 3, found 4"),
        refuse(
            "a sequence of the length",
            EXACT,
            [pop("data/sequence")],
            "data.counterexample.sequence: length: expected 3, found 2",
        ),
        refuse(
            "a sequence",
            ANY,
            [json("data/sequence", "[]")],
            "data.counterexample.sequence: expected a position below 0, found 0",
        ),
        refuse(
            "of tokens",
            EXACT,
            [set("data/sequence/0", 3)],
            "data.counterexample.sequence: expected tokens below m = 3, found 3",
        ),
        refuse("the output", EXACT, [set("data/output", "3")], "data.counterexample.output: expected 4, found 3"),
        refuse(
            "times the length",
            ANY,
            [json("data/sequence", "[0,0]")],
            "data.counterexample.output: expected 11/5, found 11/10",
        ),
        refuse("the answer", EXACT, [set("data/answer", 3)], "data.counterexample.answer: expected 2, found 3"),
        refuse(
            "the answer to the task",
            MODEL,
            [set("params/task", "query-count")],
            "data.counterexample.answer: expected 1, found 2",
        ),
        refuse(
            "a failure",
            MODEL,
            [json("data/sequence", "[1,0,0]"), set("data/output", "2")],
            "data.counterexample: error: expected one that does not count within 1/2, found 0",
        ),
        refuse(
            "a failure where equality is asked",
            ANY,
            [set("data/model/mlp/hidden/0/bias/0", "-1"), set("data/output", "1")],
            "data.counterexample: error: expected one that does not count exactly, found 0",
        ),
        refuse(
            "positions of the length",
            MODEL,
            [json("data/model/positions", r#"{"shape":[2,2],"rows":[["0","0"],["0","0"]]}"#)],
            "sequence: length: expected 2, found 3",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}
