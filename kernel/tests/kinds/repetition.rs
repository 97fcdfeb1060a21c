//! T4: an input and its repetition have one output.

use crate::table::{Case, accept, check, json, pop, refuse, set, unusable};

const PLAIN: &str = "repetition/plain";
const ZEROS: &str = r#"{"shape":[2,3],"rows":[["0","0","0"],["0","0","0"]]}"#;

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "T4",
            PLAIN,
            [],
            "2 models without positions give the same output on each of 4 inputs with n = 2, m = 2",
        ),
        accept("three times", PLAIN, [set("params/times", 3)], "on the input repeated 3 times"),
        accept("one token", PLAIN, [set("params/n", 1)], "on each of 2 inputs with n = 1, m = 2"),
        accept("five tokens", PLAIN, [set("params/n", 5)], "on each of 10 inputs with n = 5, m = 2"),
        accept("one model", PLAIN, [set("params/models", 1), pop("data/models")], "1 models without positions"),
        accept(
            "many times",
            PLAIN,
            [set("params/times", 1_u64 << 62)],
            "on the input repeated 4611686018427387904 times",
        ),
        refuse("how many models", PLAIN, [set("params/models", 1)], "params.models: expected 2, found 1"),
        refuse(
            "a model",
            PLAIN,
            [set("params/models", 0), json("data/models", "[]")],
            "params.models: expected at least 1, found 0",
        ),
        refuse(
            "count vectors",
            PLAIN,
            [set("data/inputs", "sequences")],
            "data.repetition.inputs: expected count-vectors, found sequences",
        ),
        refuse("an input", PLAIN, [set("params/n", 0)], "params: expected 1 to 4294967296 inputs, found others"),
        refuse("a token", PLAIN, [set("params/m", 0)], "params: expected 1 to 4294967296 inputs, found others"),
        refuse(
            "not too many inputs",
            PLAIN,
            [set("params/n", (1_u64 << 31) + 1)],
            "params: expected 1 to 4294967296 inputs, found others",
        ),
        refuse(
            "twice",
            PLAIN,
            [set("params/times", 1)],
            "params.times: expected at least 2, with a length in 64 bits, found 1",
        ),
        refuse(
            "lengths of 64 bits",
            PLAIN,
            [set("params/times", 1_u64 << 63)],
            "params.times: expected at least 2, with a length in 64 bits, found 9223372036854775808",
        ),
        refuse("m", PLAIN, [set("params/m", 3)], "data.repetition.models[0]: m: expected 3, found 2"),
        refuse(
            "m of every model",
            PLAIN,
            [json("data/models/1/embedding", r#"{"shape":[1,3],"rows":[["1","0","0"]]}"#)],
            "data.repetition.models[1]: m: expected 2, found 1",
        ),
        refuse(
            "no positions",
            PLAIN,
            [json("data/models/1/positions", ZEROS)],
            "data.repetition.models[1]: positions: expected null, found positions",
        ),
        refuse(
            "scores differ by integers",
            PLAIN,
            [json("data/models/0/embedding/rows", r#"[["1/7","0","0"],["0","1/11","1/13"]]"#)],
            "model.heads[0]: query 0: expected scores that differ by integers of 32 bits",
        ),
        unusable("inputs are named", PLAIN, [json("data/inputs", "null")], "data.repetition.inputs: "),
    ]
}

#[test]
fn table() {
    check(&cases());
}
