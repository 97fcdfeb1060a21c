//! Linear readouts: none counts, or these do.

use crate::table::{Case, accept, again, check, json, pop, refuse, set};

const NONE: &str = "linear-dependence/plain";
const FOUR: &str = "linear-dependence/four";
const THESE: &str = "linear-readout/plain";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "none",
            NONE,
            [],
            "no affine readout of the uniform-attention state counts token 2 within 1/2 on every input, n = 3, m = 4, d = 2",
        ),
        accept("none of four", FOUR, [], "n = 3, m = 4, d = 2"),
        accept("a multiple", NONE, [json("data/z", r#"["0","0","1/3","-1/3"]"#)], "counts token 2 within 1/2"),
        accept(
            "at length 2 with a multiple",
            NONE,
            [set("params/n", 2), json("data/z", r#"["0","0","3","-3"]"#)],
            "counts token 2 within 1/2 on every input, n = 2",
        ),
        accept("at length 2 exactly", NONE, [set("params/n", 2)], "counts token 2 within 1/2 on every input, n = 2"),
        accept(
            "these",
            THESE,
            [],
            "an affine readout of the uniform-attention state, one for each query, counts within 1/2 on every input, n = 2",
        ),
        accept(
            "always at length 1",
            THESE,
            [set("params/n", 1), set("data/bias/0", "9")],
            "counts within 1/2 on every input, n = 1",
        ),
        accept("nearly", THESE, [set("data/bias/0", "499/1000")], "counts within 1/2 on every input, n = 2"),
        refuse("m", NONE, [set("params/m", 3)], "params.m: expected 4, found 3"),
        refuse("d", NONE, [set("params/d", 3)], "params.d: expected 2, found 3"),
        refuse("a length", NONE, [set("params/n", 0)], "params: expected n and m at least 1, found n = 0, m = 4"),
        refuse(
            "a length, with the other sign",
            NONE,
            [set("params/n", 0), json("data/z", r#"["0","0","-1","1"]"#)],
            "params: expected n and m at least 1, found n = 0, m = 4",
        ),
        refuse(
            "a token",
            NONE,
            [set("params/m", 0), json("data/embedding", r#"{"shape":[0,2],"rows":[]}"#), json("data/z", "[]")],
            "params: expected n and m at least 1, found n = 3, m = 0",
        ),
        refuse(
            "a coefficient a token",
            NONE,
            [again("data/z")],
            "data.linear-dependence.z: length: expected 4, found 5",
        ),
        refuse(
            "that sum to zero",
            NONE,
            [set("data/z/3", "-2")],
            "data.linear-dependence.z: sum: expected 0, found -1",
        ),
        refuse(
            "and combine the tokens to zero",
            NONE,
            [json("data/z", r#"["0","1","1","-2"]"#)],
            "data.linear-dependence.z: expected token vectors combined to zero, found other",
        ),
        refuse(
            "in every coordinate",
            NONE,
            [json("data/z", r#"["1","0","1","-2"]"#)],
            "data.linear-dependence.z: expected token vectors combined to zero, found other",
        ),
        refuse(
            "a query",
            NONE,
            [set("data/query", 4)],
            "data.linear-dependence.query: expected a token below 4, found 4",
        ),
        refuse(
            "that weighs enough",
            NONE,
            [set("params/n", 1)],
            "data.linear-dependence.z: expected (n - 1) z_q >= ||z||_1 / 2 > 0, found z_q = 1, ||z||_1 = 2",
        ),
        refuse(
            "with its sign",
            NONE,
            [set("data/query", 3)],
            "data.linear-dependence.z: expected (n - 1) z_q >= ||z||_1 / 2 > 0, found z_q = -1, ||z||_1 = 2",
        ),
        refuse(
            "more than nothing",
            NONE,
            [json("data/z", r#"["0","0","0","0"]"#)],
            "data.linear-dependence.z: expected (n - 1) z_q >= ||z||_1 / 2 > 0, found z_q = 0, ||z||_1 = 0",
        ),
        refuse("m of these", THESE, [set("params/m", 4)], "params.m: expected 3, found 4"),
        refuse(
            "a length of these",
            THESE,
            [set("params/n", 0)],
            "params: expected n and m at least 1, found n = 0, m = 3",
        ),
        refuse(
            "weights a query",
            THESE,
            [json("data/weights", r#"{"shape":[2,3],"rows":[["1","0","0"],["0","1","0"]]}"#)],
            "data.linear-readout.weights: rows: expected 3, found 2",
        ),
        refuse(
            "of d entries",
            THESE,
            [json("data/weights", r#"{"shape":[3,2],"rows":[["1","0"],["0","1"],["0","0"]]}"#)],
            "data.linear-readout.weights: columns: expected 3, found 2",
        ),
        refuse("a bias a query", THESE, [pop("data/bias")], "data.linear-readout.bias: length: expected 3, found 2"),
        refuse(
            "errors below 1/2",
            THESE,
            [set("data/bias/1", "1/2")],
            "data.linear-readout.weights[1]: expected an error below 1/2, that is |f(v_j) - [j = q]| < 1/(2(n - 1)), found 1/2 for token 0",
        ),
        refuse(
            "of either sign",
            THESE,
            [set("data/bias/1", "-1/2")],
            "data.linear-readout.weights[1]: expected an error below 1/2, that is |f(v_j) - [j = q]| < 1/(2(n - 1)), found -1/2 for token 0",
        ),
        refuse(
            "for the query itself",
            THESE,
            [set("data/weights/rows/2/2", "1/2")],
            "data.linear-readout.weights[2]: expected an error below 1/2, that is |f(v_j) - [j = q]| < 1/(2(n - 1)), found -1/2 for token 2",
        ),
        refuse(
            "of longer inputs",
            THESE,
            [set("params/n", 3), set("data/bias/0", "1/4")],
            "data.linear-readout.weights[0]: expected an error below 1/2",
        ),
        refuse(
            "denominators count",
            THESE,
            [set("data/embedding/rows/1/1", "1/3")],
            "data.linear-readout.weights[1]: expected an error below 1/2, that is |f(v_j) - [j = q]| < 1/(2(n - 1)), found -2/3 for token 1",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}
