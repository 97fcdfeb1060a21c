//! The least Lipschitz constant of what reads the states of uniform attention.

use crate::table::{Case, accept, again, check, json, pop, refuse, set, unusable};

const PLAIN: &str = "lipschitz/plain";
const TOLERANCE: &str = "lipschitz/tolerance";
const MOST_FREQUENT: &str = "lipschitz/most-frequent";
const INFINITE: &str = "lipschitz/infinite";
const NONE: &str = "lipschitz/none";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "a constant",
            PLAIN,
            [],
            "answer (query count) on all states of inputs of length 4 with one query is 3; over no",
        ),
        accept(
            "a tolerance",
            TOLERANCE,
            [],
            "within 1/4 of the answer (most frequent element) on all states of inputs of length 5 with one query is 25/6; over no \
             embeddings with entries at most 1 in size is it below 15/8",
        ),
        accept("denominators", MOST_FREQUENT, [], "of length 4 with one query is 16; over no"),
        accept("states that coincide", INFINITE, [], "of length 4 with one query is inf; over no"),
        accept("no answers are apart", NONE, [], "of length 3 with one query is 0; over no"),
        accept(
            "a larger radius",
            PLAIN,
            [set("params/radius", "4"), set("params/bound_all_embeddings", "1/2")],
            "entries at most 4 in size is it below 1/2",
        ),
        refuse("m", PLAIN, [set("params/m", 4)], "params.m: expected 3, found 4"),
        refuse("d", PLAIN, [set("params/d", 3)], "params.d: expected 2, found 3"),
        refuse(
            "two lengths at least",
            PLAIN,
            [set("params/n", 1)],
            "params: expected n >= 2, m >= 2 and d >= 1, found n = 1, m = 3, d = 2",
        ),
        refuse(
            "a tolerance of a sign",
            PLAIN,
            [set("params/epsilon", "-1")],
            "params.epsilon: expected at least 0, found -1",
        ),
        refuse("a radius", PLAIN, [set("params/radius", "0")], "params.radius: expected above 0, found 0"),
        refuse(
            "a radius that all entries are within",
            PLAIN,
            [set("params/radius", "2"), set("params/bound_all_embeddings", "1")],
            "params.radius: expected no smaller than an entry, found 2",
        ),
        refuse(
            "the bound",
            PLAIN,
            [set("params/bound_all_embeddings", "1")],
            "params.bound_all_embeddings: expected 2/3, found 1",
        ),
        refuse("the constant", PLAIN, [set("params/lipschitz", "4")], "params.lipschitz: expected 3, found 4"),
        refuse("a finite one", PLAIN, [set("params/lipschitz", "inf")], "params.lipschitz: expected 3, found inf"),
        refuse(
            "no steeper pair",
            PLAIN,
            [set("params/lipschitz", "4/3"), json("data/pair", r#"{"query":0,"c":[4,0,0],"c_prime":[3,1,0]}"#)],
            "data.lipschitz.proof: expected no vector of the lattice in the ball, found [",
        ),
        refuse(
            "of the task",
            TOLERANCE,
            [set("params/task", "query-count"), set("params/bound_all_embeddings", "35/16")],
            "data.lipschitz.proof: expected no vector of the lattice in the ball, found [",
        ),
        refuse(
            "a pair whose answers are apart",
            PLAIN,
            [json("data/pair", r#"{"query":0,"c":[2,2,0],"c_prime":[2,0,2]}"#)],
            "data.lipschitz.pair: expected answers more than 2 epsilon apart, found 2 and 2",
        ),
        refuse(
            "by more than the tolerance",
            PLAIN,
            [set("params/epsilon", "3/2"), set("params/bound_all_embeddings", "0")],
            "data.lipschitz.pair: expected answers more than 2 epsilon apart, found 4 and 1",
        ),
        refuse("a pair of the length", PLAIN, [set("data/pair/c/1", 2)], "data.lipschitz.pair.c"),
        refuse(
            "over m tokens",
            PLAIN,
            [again("data/pair/c_prime")],
            "data.lipschitz.pair.c_prime: m: expected 3, found 4",
        ),
        refuse(
            "a pair where answers are apart",
            PLAIN,
            [json("data/pair", "null")],
            "data.lipschitz.pair: expected two inputs, for answers are more than 2 epsilon apart, found null",
        ),
        refuse(
            "no constant but 0 without one",
            NONE,
            [set("params/lipschitz", "1")],
            "params.lipschitz: expected 0, found 1",
        ),
        refuse(
            "no proof without one",
            PLAIN,
            [json("data/pair", "null"), set("params/epsilon", "2"), set("params/bound_all_embeddings", "0")],
            "data.lipschitz.proof: expected null, as the pair, found a proof",
        ),
        refuse(
            "a proof of what is finite",
            PLAIN,
            [json("data/proof", "null")],
            "data.lipschitz.proof: expected a proof that no pair is steeper, found null",
        ),
        refuse(
            "no proof of what is infinite",
            INFINITE,
            [json("data/proof", r#"{"query":null,"basis":[],"left_inverse":[],"cuts":[]}"#)],
            "data.lipschitz.proof: expected null, for the states of the pair coincide, found a proof",
        ),
        refuse(
            "all queries",
            PLAIN,
            [set("data/proof/query", 0)],
            "data.lipschitz.proof.query: expected null, found a query",
        ),
        refuse(
            "states beside counts",
            PLAIN,
            [set("data/proof/basis/0/3", "1")],
            "data.lipschitz.proof.basis[0]: expected a vector of the kernel, found another",
        ),
        refuse(
            "all counts",
            PLAIN,
            [pop("data/proof/basis"), pop("data/proof/left_inverse"), pop("data/proof/cuts")],
            "data.lipschitz.proof.basis: expected as many vectors as the kernel has dimensions, found 1",
        ),
        unusable("a number", PLAIN, [set("params/lipschitz", "infinite")], "params.lipschitz: "),
        unusable("in lowest terms", PLAIN, [set("params/lipschitz", "6/2")], "params.lipschitz: "),
    ]
}

#[test]
fn table() {
    check(&cases());
}

/// The identity that stands beside the states has a bounded number of rows.
#[test]
fn dimensions_are_bounded() {
    let mut certificate = crate::table::stored(NONE);
    let rows = vec![vec!["0"; 1025]; 3];
    certificate["params"]["d"] = 1025.into();
    certificate["params"]["bound_all_embeddings"] = "0".into();
    certificate["data"]["lipschitz"]["embedding"] = serde_json::json!({"shape": [3, 1025], "rows": rows});
    let parsed = crate::table::mended(&certificate).unwrap();
    let message = crate::table::judged(&parsed).unwrap_err();
    assert_eq!(message, "data.lipschitz.embedding: columns: expected at most 1024, found 1025");
}
