//! Models that count: what the parameters have to say of the model, whatever proves it.

use crate::table::{Case, accept, again, check, json, judged, mended, pop, refuse, set, stored, swap, unusable};
use serde_json::{Value, json as value};

const PLAIN: &str = "exhaustive/query-count";
const FREE: &str = "exhaustive/two-heads";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "T1",
            PLAIN,
            [],
            "a one-layer transformer with d = 2 and MLP width 2 counts (query count) exactly, n = 3, m = 2",
        ),
        accept("a model of two heads", FREE, [], "d = 3 and MLP width 4 counts (query count) within 1/2, n = 3, m = 2"),
        refuse("m", PLAIN, [set("params/m", 3)], "params.m: expected 2, found 3"),
        refuse("d", PLAIN, [set("params/d", 3)], "params.d: expected 2, found 3"),
        refuse(
            "the width is that of the widest layer",
            FREE,
            [set("params/mlp_width", 3)],
            "params.mlp_width: expected 4, found 3",
        ),
        refuse(
            "T1 is about the query",
            PLAIN,
            [set("params/task", "most-frequent-element")],
            "params.task: expected query count",
        ),
        refuse(
            "T1 is exact",
            PLAIN,
            [set("params/criterion", "solves")],
            "params.criterion: expected exactly, found within 1/2",
        ),
        refuse(
            "T2 is about the most frequent",
            PLAIN,
            [set("claim", "mfe-histogram")],
            "params.task: expected most frequent element",
        ),
        refuse(
            "T2 is exact",
            "exhaustive/most-frequent",
            [set("params/criterion", "solves")],
            "params.criterion: expected exactly, found within 1/2",
        ),
        refuse(
            "T3 is within 1/2",
            PLAIN,
            [set("claim", "qc-count-attend")],
            "params.criterion: expected within 1/2, found exactly",
        ),
        refuse(
            "T3 is about the query",
            PLAIN,
            [
                set("claim", "qc-count-attend"),
                set("params/criterion", "solves"),
                set("params/task", "most-frequent-element"),
            ],
            "params.task: expected query count",
        ),
        refuse(
            "a model is within 1/2",
            PLAIN,
            [set("claim", "model")],
            "params.criterion: expected within 1/2, found exactly",
        ),
        refuse("one head", PLAIN, [again("data/model/heads")], "model.heads: number of heads: expected 1, found 2"),
        refuse("a head", PLAIN, [pop("data/model/heads")], "model.heads: number of heads: expected 1, found 0"),
        refuse(
            "one head of T3",
            FREE,
            [set("claim", "qc-count-attend")],
            "model.heads: number of heads: expected 1, found 2",
        ),
        refuse(
            "T1 attends uniformly",
            PLAIN,
            [set("data/model/heads/0/query/rows/0/0", "1")],
            "model: expected uniform attention without positions, found another",
        ),
        refuse(
            "T1 has no positions",
            PLAIN,
            [json("data/model/positions", r#"{"shape":[3,2],"rows":[["0","0"],["0","0"],["0","0"]]}"#)],
            "model: expected uniform attention without positions, found another",
        ),
        // the shapes of a model
        unusable(
            "no token",
            PLAIN,
            [json("data/model/embedding", r#"{"shape":[0,2],"rows":[]}"#)],
            "model.embedding: expected m >= 1",
        ),
        unusable(
            "no dimension",
            PLAIN,
            [json("data/model/embedding", r#"{"shape":[2,0],"rows":[[],[]]}"#)],
            "model.embedding: expected m >= 1 rows of d >= 1 entries",
        ),
        unusable(
            "positions of another dimension",
            PLAIN,
            [json("data/model/positions", r#"{"shape":[1,1],"rows":[["0"]]}"#)],
            "model.positions: expected [1, 2], found [1, 1]",
        ),
        unusable(
            "no position",
            PLAIN,
            [json("data/model/positions", r#"{"shape":[0,2],"rows":[]}"#)],
            "model.positions: expected [1, 2], found [0, 2]",
        ),
        unusable(
            "the base",
            PLAIN,
            [set("data/model/base", "1")],
            "model.base: expected a rational number above 1, found 1",
        ),
        unusable(
            "queries",
            PLAIN,
            [json("data/model/heads/0/query", r#"{"shape":[1,1],"rows":[["0"]]}"#)],
            "model.heads[0].query: expected [1, 2], found [1, 1]",
        ),
        unusable(
            "keys",
            PLAIN,
            [json("data/model/heads/0/key", r#"{"shape":[2,2],"rows":[["0","0"],["0","0"]]}"#)],
            "model.heads[0].key: expected [1, 2], found [2, 2]",
        ),
        unusable(
            "values",
            PLAIN,
            [json("data/model/heads/0/value", r#"{"shape":[2,1],"rows":[["1"],["0"]]}"#)],
            "model.heads[0].value: expected [2, 2], found [2, 1]",
        ),
        unusable(
            "outputs",
            PLAIN,
            [json("data/model/heads/0/output", r#"{"shape":[2,1],"rows":[["1"],["0"]]}"#)],
            "model.heads[0].output: expected [2, 2], found [2, 1]",
        ),
        unusable(
            "a layer reads the one before",
            FREE,
            [swap("data/model/mlp/hidden", 0, 1)],
            "model.mlp.hidden[0].weight: expected [4, 3], found [4, 4]",
        ),
        unusable(
            "no layer",
            PLAIN,
            [json("data/model/mlp/hidden", "[]")],
            "model.mlp.hidden: expected at least one layer",
        ),
        unusable(
            "biases",
            FREE,
            [pop("data/model/mlp/hidden/1/bias")],
            "model.mlp.hidden[1].bias: entries: expected 4, found 3",
        ),
        unusable(
            "the last map",
            PLAIN,
            [pop("data/model/mlp/output/bias")],
            "model.mlp.output.bias: entries: expected 2, found 1",
        ),
        unusable(
            "the last map reads the last layer",
            FREE,
            [json(
                "data/model/mlp/output/weight",
                r#"{"shape":[3,3],"rows":[["3","0","0"],["0","3","0"],["0","0","1"]]}"#,
            )],
            "model.mlp.output.weight: expected [3, 4], found [3, 3]",
        ),
        unusable(
            "the readout",
            PLAIN,
            [again("data/model/readout/weight")],
            "model.readout.weight: entries: expected 2, found 3",
        ),
        unusable(
            "rows of a matrix",
            PLAIN,
            [set("data/model/embedding/shape/0", 3)],
            "shape says 3 rows, but there are 2",
        ),
        unusable(
            "columns of a matrix",
            PLAIN,
            [pop("data/model/embedding/rows/1")],
            "row 1: expected 2 entries, found 1",
        ),
        unusable(
            "columns without rows",
            "exhaustive/no-head",
            [set("data/model/mlp/hidden/0/weight/shape/1", 1 << 21)],
            "shape: expected at most 1048576 columns, found 2097152",
        ),
        unusable("a task", PLAIN, [set("params/task", "count")], "params.task: unknown variant `count`"),
        unusable("a length", PLAIN, [set("params/n", "all")], "expected a context length or \"any\""),
        unusable("a length is natural", PLAIN, [set("params/n", -1)], "expected a context length or \"any\""),
    ]
}

#[test]
fn table() {
    check(&cases());
}

/// An exhaustive certificate of a model without a head that reads `x` off each token's only entry.
fn read_off(tokens: &[String], units: usize) -> Value {
    let mut certificate = stored("exhaustive/no-head");
    let rows = |rows: Vec<Vec<String>>, cols: usize| value!({"shape": [rows.len(), cols], "rows": rows});
    let m = tokens.len();
    for (name, size) in [("n", 1), ("m", m), ("d", 1), ("mlp_width", units)] {
        certificate["params"][name] = size.into();
    }
    let model = &mut certificate["data"]["exhaustive"]["model"];
    model["embedding"] = rows(tokens.iter().map(|entry| vec![entry.clone()]).collect(), 1);
    model["mlp"] = value!({
        "hidden": [{"weight": rows(vec![vec!["1".to_owned()]; units], 1), "bias": vec!["0"; units]}],
        "output": {"weight": rows(vec![vec!["0".to_owned(); units]], units), "bias": ["0"]},
    });
    model["readout"] = value!({"weight": ["1"], "bias": "0"});
    certificate
}

/// Tables are not made when they would be too large: for one long number, and for a common denominator of many.
#[test]
fn tables_are_bounded() {
    let message = |certificate: &Value| judged(&mended(certificate).unwrap()).unwrap_err();
    let start = "model: bits of its tables, m (positions + 1) (units + 1) (heads + 1) numbers: expected at most 2147483648, found ";
    let long = |m: usize, units: usize| {
        let mut tokens = vec!["1".to_owned(); m];
        tokens[0] = "7".repeat(20_000);
        message(&read_off(&tokens, units))
    };
    let found = long(150, 240);
    assert!(found.starts_with(start), "{found}");
    let found = long(10, 10);
    assert!(found.starts_with("model on query 0 with counts [1, 0, "), "{found}");
    let many = |m: usize| {
        let tokens: Vec<_> = (0..m).map(|i| format!("1/1{}{:05}", "0".repeat(80), 2 * i + 1)).collect();
        message(&read_off(&tokens, 24))
    };
    let found = many(600);
    assert!(found.starts_with(start), "{found}");
    let found = many(20);
    assert!(found.starts_with("model on query 0 with counts [1, 0, "), "{found}");
}
