//! Signs of units on pieces of the simplex.

use crate::table::{Case, accept, again, check, json, pop, refuse, set, swap, unusable};

const PLAIN: &str = "polytope/no-step";
const SIGNS: &str = "polytope/signs";
const SPLITS: &str = "polytope/splits";
const LAYERS: &str = "polytope/three-layers";
const FALSE_FORM: &str = "data.polytope.queries[0][0]: expected an output that is f_0, found another form";

pub fn cases() -> Vec<Case> {
    vec![
        accept("T1'", PLAIN, [], "exactly, n = any, m = 3, with the output multiplied by n, for every n; 3 pieces"),
        accept(
            "T2",
            SPLITS,
            [],
            "counts (most frequent element) exactly, n = any, m = 3, with the output multiplied by n, for every n; 12 pieces",
        ),
        accept("T2 over two tokens", "polytope/two-tokens", [], "n = any, m = 2, with the output multiplied by n"),
        accept("signs", SIGNS, [], "n = any, m = 2, with the output multiplied by n, for every n; 3 pieces"),
        accept(
            "cuts of two layers",
            LAYERS,
            [],
            "n = any, m = 3, with the output multiplied by n, for every n; 6 pieces",
        ),
        accept(
            "as T3",
            PLAIN,
            [set("claim", "qc-count-attend"), set("params/criterion", "solves")],
            "within 1/2, n = any, m = 3",
        ),
        accept(
            "as a model",
            PLAIN,
            [set("claim", "model"), set("params/criterion", "solves")],
            "within 1/2, n = any, m = 3",
        ),
        accept(
            "cuts that are not needed",
            SIGNS,
            [again("data/queries/0/1/active"), set("data/queries/0/1/active/1/1", "0")],
            "3 pieces",
        ),
        refuse("every length", PLAIN, [set("params/n", 3)], "params.n: expected any, found 3"),
        refuse(
            "one head",
            PLAIN,
            [set("claim", "model"), set("params/criterion", "solves"), again("data/model/heads")],
            "model: expected one head, uniform attention, no positions, found another",
        ),
        refuse(
            "uniform attention",
            PLAIN,
            [set("claim", "model"), set("params/criterion", "solves"), set("data/model/heads/0/query/rows/0/0", "1")],
            "model: expected one head, uniform attention, no positions, found another",
        ),
        refuse(
            "no positions",
            PLAIN,
            [
                set("claim", "model"),
                set("params/criterion", "solves"),
                json("data/model/positions", r#"{"shape":[1,2],"rows":[["0","0"]]}"#),
            ],
            "model: expected one head, uniform attention, no positions, found another",
        ),
        refuse("a proof a query", PLAIN, [pop("data/queries")], "data.polytope.queries: number: expected 3, found 2"),
        refuse(
            "a leaf",
            PLAIN,
            [pop("data/queries/1")],
            "data.polytope.queries[1]: expected more steps, found the end",
        ),
        refuse(
            "both sides of a cut",
            SIGNS,
            [pop("data/queries/0")],
            "data.polytope.queries[0]: expected more steps, found the end",
        ),
        refuse(
            "nothing after the last leaf",
            PLAIN,
            [again("data/queries/2")],
            "data.polytope.queries[2][1]: expected the end, found more steps",
        ),
        refuse(
            "no cut where no unit is open",
            PLAIN,
            [set("data/queries/1/0", "split")],
            "data.polytope.queries[1][0]: expected a leaf, for no unit is open, found another step",
        ),
        refuse(
            "no sign where no unit is open",
            PLAIN,
            [json("data/queries/1/0", r#"{"active":[]}"#)],
            "data.polytope.queries[1][0]: expected a leaf, for no unit is open, found another step",
        ),
        refuse(
            "no leaf where a unit is open",
            SIGNS,
            [json("data/queries/0/0", r#"{"leaf":"query"}"#)],
            "data.polytope.queries[0][0]: expected a sign or a split, found a leaf",
        ),
        refuse(
            "a sign follows",
            SIGNS,
            [set("data/queries/0/1/active/0/1", "2")],
            "data.polytope.queries[0][1]: expected multipliers that prove the sign, found a negative coefficient of f_1",
        ),
        refuse(
            "not from too much",
            SIGNS,
            [set("data/queries/0/1/active/0/1", "4")],
            "data.polytope.queries[0][1]: expected multipliers that prove the sign, found a negative coefficient of f_0",
        ),
        refuse(
            "the other sign does not",
            SIGNS,
            [json("data/queries/0/1", r#"{"inactive":[[0,"3"]]}"#)],
            "data.polytope.queries[0][1]: expected multipliers that prove the sign",
        ),
        refuse(
            "a cut has one side",
            SIGNS,
            [json("data/queries/0/3", r#"{"active":[[0,"3"]]}"#)],
            "data.polytope.queries[0][3]: expected multipliers that prove the sign",
        ),
        refuse(
            "a multiplier belongs to the form of its layer",
            LAYERS,
            [set("data/queries/2/2/active/0/1", "1")],
            "data.polytope.queries[2][2]: expected multipliers that prove the sign",
        ),
        refuse(
            "from a cut of the second layer",
            LAYERS,
            [set("data/queries/2/6/active/0/1", "2")],
            "data.polytope.queries[2][6]: expected multipliers that prove the sign",
        ),
        refuse(
            "and of no other",
            LAYERS,
            [set("data/queries/2/6/active/0/0", 0)],
            "data.polytope.queries[2][6]: expected multipliers that prove the sign",
        ),
        refuse(
            "cuts are taken back",
            LAYERS,
            [set("data/queries/2/10/active/0/0", 1)],
            "data.polytope.queries[2][10]: expected a cut below 1, found 1",
        ),
        refuse(
            "a cut above",
            SIGNS,
            [set("data/queries/0/1/active/0/0", 1)],
            "data.polytope.queries[0][1]: expected a cut below 1, found 1",
        ),
        refuse(
            "no multiplier is negative",
            SIGNS,
            [json("data/queries/0/1/active", r#"[[0,"4"],[0,"-1"]]"#)],
            "data.polytope.queries[0][1]: expected multipliers that are not negative, found -1",
        ),
        refuse(
            "a leaf for the task",
            SPLITS,
            [json("data/queries/0/2", r#"{"leaf":"query"}"#)],
            "data.polytope.queries[0][2]: expected a leaf for most frequent element, found another",
        ),
        refuse(
            "a leaf for the query",
            PLAIN,
            [json("data/queries/0/0", r#"{"leaf":{"maximum":{"token":0,"dominates":[[],[],[]]}}}"#)],
            "data.polytope.queries[0][0]: expected a leaf for query count, found another",
        ),
        refuse("the output is the query's", PLAIN, [set("data/model/readout/bias", "0")], FALSE_FORM),
        refuse(
            "with coefficient 1",
            PLAIN,
            [set("data/model/mlp/output/weight/rows/0/0", "7")],
            "data.polytope.queries[1][0]: expected an output that is f_1, found another form",
        ),
        refuse(
            "of no other token",
            SIGNS,
            [set("data/model/mlp/output/weight/rows/0/2", "2")],
            "data.polytope.queries[0][2]: expected an output that is f_0",
        ),
        refuse(
            "the output is the maximum's",
            SPLITS,
            [set("data/queries/0/2/leaf/maximum/token", 0)],
            "data.polytope.queries[0][2]: expected an output that is f_0, found another form",
        ),
        refuse(
            "of a token",
            SPLITS,
            [set("data/queries/0/2/leaf/maximum/token", 3)],
            "data.polytope.queries[0][2]: expected an output that is f_3, found another form",
        ),
        refuse(
            "of a token even where it is zero",
            SPLITS,
            [json("data/model/readout/weight", r#"["0","0","0"]"#), set("data/queries/0/2/leaf/maximum/token", 3)],
            "data.polytope.queries[0][2]: expected an output that is f_3, found another form",
        ),
        refuse(
            "which dominates every token",
            SPLITS,
            [pop("data/queries/0/2/leaf/maximum/dominates")],
            "data.polytope.queries[0][2].dominates: number: expected 3, found 2",
        ),
        refuse(
            "by its multipliers",
            SPLITS,
            [json("data/queries/0/2/leaf/maximum/dominates/0", "[]")],
            "data.polytope.queries[0][2].dominates[0]: expected multipliers that prove the sign",
        ),
        refuse(
            "each by its own",
            SPLITS,
            [swap("data/queries/0/2/leaf/maximum/dominates", 1, 2)],
            "data.polytope.queries[0][2].dominates[1]: expected multipliers that prove the sign",
        ),
        unusable(
            "a step",
            PLAIN,
            [set("data/queries/0/0", "cut")],
            "data.polytope.queries[0][0]: unknown variant `cut`",
        ),
        unusable(
            "a multiplier",
            SIGNS,
            [pop("data/queries/0/1/active/0")],
            "data.polytope.queries[0][1].active[0]: invalid length 1",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}
