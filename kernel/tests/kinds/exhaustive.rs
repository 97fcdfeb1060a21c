//! Every input evaluated again.

use crate::table::{Case, accept, check, json, refuse, set, swap};

pub fn cases() -> Vec<Case> {
    vec![
        accept("T1", "exhaustive/query-count", [], "counts (query count) exactly, n = 3, m = 2; 6 inputs"),
        accept(
            "T1 on sequences",
            "exhaustive/query-count",
            [set("data/inputs", "sequences")],
            "exactly, n = 3, m = 2; 8 inputs",
        ),
        accept("T2", "exhaustive/most-frequent", [], "counts (most frequent element) exactly, n = 3, m = 2; 6 inputs"),
        accept(
            "T2 on sequences",
            "exhaustive/most-frequent",
            [set("data/inputs", "sequences")],
            "n = 3, m = 2; 8 inputs",
        ),
        accept(
            "attention as a model",
            "exhaustive/attention",
            [],
            "counts (query count) within 1/2, n = 3, m = 3; 18 inputs",
        ),
        accept("T3", "exhaustive/attention", [set("claim", "qc-count-attend")], "within 1/2, n = 3, m = 3; 18 inputs"),
        accept(
            "attention on sequences",
            "exhaustive/attention",
            [set("data/inputs", "sequences")],
            "n = 3, m = 3; 27 inputs",
        ),
        accept("positions", "exhaustive/sequences", [], "within 1/2, n = 3, m = 2; 8 inputs"),
        accept("positions that matter, two heads", "exhaustive/positions", [], "within 1/2, n = 3, m = 2; 8 inputs"),
        accept("two heads, two layers, fractions", "exhaustive/two-heads", [], "within 1/2, n = 3, m = 2; 6 inputs"),
        accept(
            "the same on sequences",
            "exhaustive/two-heads",
            [set("data/inputs", "sequences")],
            "n = 3, m = 2; 8 inputs",
        ),
        accept("no head", "exhaustive/no-head", [], "within 1/2, n = 1, m = 2; 2 inputs"),
        accept(
            "no head on sequences",
            "exhaustive/no-head",
            [set("data/inputs", "sequences")],
            "n = 1, m = 2; 2 inputs",
        ),
        accept(
            "one token at any length",
            "exhaustive/one-token",
            [],
            "exactly, n = 4611686018427387904, m = 1; 1 inputs",
        ),
        refuse(
            "one length",
            "exhaustive/query-count",
            [set("params/n", "any")],
            "params.n: expected one context length, found any",
        ),
        refuse(
            "an input",
            "exhaustive/query-count",
            [set("params/n", 0)],
            "params: expected 1 to 1099511627776 inputs, found others",
        ),
        refuse(
            "a sequence",
            "exhaustive/query-count",
            [set("params/n", 0), set("data/inputs", "sequences")],
            "params: expected 1 to 1099511627776 inputs, found others",
        ),
        refuse(
            "not too many inputs",
            "exhaustive/query-count",
            [set("params/n", 1_u64 << 40)],
            "params: expected 1 to 1099511627776 inputs, found others",
        ),
        refuse(
            "not too many sequences",
            "exhaustive/query-count",
            [set("params/n", 41), set("data/inputs", "sequences")],
            "params: expected 1 to 1099511627776 inputs, found others",
        ),
        refuse(
            "counts only where positions are alike",
            "exhaustive/positions",
            [set("data/inputs", "count-vectors")],
            "data.exhaustive.inputs: expected sequences, for positions differ, found count-vectors",
        ),
        refuse(
            "the length of the positions",
            "exhaustive/sequences",
            [set("params/n", 4)],
            "n: expected at least 1, and 3, found 4",
        ),
        refuse(
            "every input is right",
            "exhaustive/query-count",
            [set("params/n", 4)],
            "model on query 0 with counts [1, 3]: expected an answer exactly, found error 1/4",
        ),
        refuse(
            "every sequence is right",
            "exhaustive/sequences",
            [set("data/model/readout/bias", "-13/2")],
            "model on query 0 with counts [3, 0]: expected an answer within 1/2, found error 1/2",
        ),
        refuse(
            "of the last token too",
            "exhaustive/most-frequent",
            [set("data/model/embedding/rows/1/1", "2")],
            "model on query 0 with counts [2, 1]: expected an answer exactly, found error 1",
        ),
        refuse(
            "on every first token",
            "exhaustive/positions",
            [
                set("data/model/positions/rows/0/2", "-40"),
                json("data/model/heads/1/value/rows/0", r#"["0","1","0"]"#),
                set("data/model/heads/1/output/rows/2/0", "10"),
            ],
            "model on query 0 with counts [2, 1]: expected an answer within 1/2, found error ",
        ),
        refuse(
            "the largest error",
            "exhaustive/two-heads",
            [set("data/max_error", "1/2")],
            "data.exhaustive.max_error: expected 4496/32175, found 1/2",
        ),
        refuse(
            "no error",
            "exhaustive/query-count",
            [set("data/max_error", "1/7")],
            "data.exhaustive.max_error: expected 0, found 1/7",
        ),
        refuse(
            "the heads in their order",
            "exhaustive/positions",
            [set("data/model/heads/1/output/rows/2/0", "1/3")],
            "data.exhaustive.max_error: expected ",
        ),
        refuse(
            "positions in their order",
            "exhaustive/positions",
            [swap("data/model/positions/rows", 0, 1), set("data/model/positions/rows/0/2", "2")],
            "data.exhaustive.max_error: expected ",
        ),
        refuse(
            "scores differ by integers",
            "exhaustive/attention",
            [set("data/model/heads/0/query/rows/0/0", "1/3")],
            "model.heads[0]: query 0: expected scores that differ by integers of 32 bits",
        ),
        refuse(
            "scores differ by little",
            "exhaustive/attention",
            [set("data/model/heads/0/query/rows/0/0", "100000")],
            "model.heads: bits of attention weights: expected at most 131072, found ",
        ),
        refuse(
            "scores of 32 bits",
            "exhaustive/attention",
            [set("data/model/heads/0/query/rows/0/0", "10000000000")],
            "model.heads[0]: query 0: expected scores that differ by integers of 32 bits",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}
