//! One input that a softmax transformer reads wrong.

use crate::table::{Case, accept, again, check, json, refuse, set};

const NUMBER: &str = "misreading/number";
const CHOICE: &str = "misreading/choice";

pub fn cases() -> Vec<Case> {
    vec![
        accept("a number", NUMBER, [], "on one sequence it gives a number from 1 to 2, and the answer is 1"),
        accept("another claim about a model", NUMBER, [set("claim", "token-mixing")], "and the answer is 1"),
        accept("a choice", CHOICE, [], "on one sequence it reads 1, and the answer is 2"),
        accept(
            "a choice that is not named",
            CHOICE,
            [json("data/output/choice", "null")],
            "its output is not the answer",
        ),
        refuse("m", NUMBER, [set("params/m", 3)], "params.m: expected 2, found 3"),
        refuse("d", NUMBER, [set("params/d", 3)], "params.d: expected 2, found 3"),
        refuse("the length", NUMBER, [set("params/n", 3)], "data.misreading.sequence: length: expected 3, found 2"),
        refuse(
            "tokens",
            NUMBER,
            [set("data/sequence/0", 2)],
            "data.misreading.sequence: expected tokens below m = 2, found 2",
        ),
        refuse(
            "a position",
            NUMBER,
            [set("data/position", 2)],
            "data.misreading.sequence: expected a position below 2, found 2",
        ),
        refuse(
            "that is read",
            NUMBER,
            [set("data/position", 0)],
            "data.misreading.position: expected one that is read, found 0",
        ),
        refuse("the answer", NUMBER, [set("data/answer", "2")], "data.misreading.answer: expected 1, found 2"),
        refuse(
            "a wrong output",
            CHOICE,
            [json("data/sequence", "[0,1]"), set("data/answer", "1")],
            "data.misreading: expected a wrong output, found Right",
        ),
        refuse(
            "bounds around it",
            NUMBER,
            [set("data/output/number/at_most", "1")],
            "data.misreading.output.number: expected bounds around ",
        ),
        refuse(
            "from below",
            NUMBER,
            [set("data/output/number/at_least", "2")],
            "data.misreading.output.number: expected bounds around ",
        ),
        refuse(
            "the choice",
            CHOICE,
            [set("data/output/choice", 2)],
            "data.misreading.output.choice: expected what the arg max decodes to, found 2",
        ),
        refuse(
            "a number for a number",
            NUMBER,
            [json("data/output", r#"{"choice":1}"#)],
            "data.misreading.output: expected the kind of the model's reading",
        ),
        refuse(
            "a choice for a choice",
            CHOICE,
            [json("data/output", r#"{"number":{"at_least":"1","at_most":"2"}}"#)],
            "data.misreading.output: expected the kind of the model's reading",
        ),
        crate::table::unusable(
            "a model",
            NUMBER,
            [again("data/model/blocks/0/part/attention/bias")],
            "data.misreading.model",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}
