//! How close states with different answers come.

use crate::table::{Case, accept, again, check, json, pop, refuse, set, unusable};

const PLAIN: &str = "separation/plain";
const APART: &str = "separation/apart";
const ZERO: &str = "separation/zero";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "a distance",
            PLAIN,
            [],
            "d = 2, states of inputs of length 4 with one query and different answers are at least 1/2 apart",
        ),
        accept(
            "another",
            APART,
            [],
            "d = 2, states of inputs of length 3 with one query and different answers are at least 1/3 apart",
        ),
        accept(
            "none",
            ZERO,
            [],
            "d = 1, states of inputs of length 3 with one query and different answers are at least 0 apart",
        ),
        accept("none in the plane", "separation/plane", [], "d = 2, states of inputs of length 5"),
        refuse("m", PLAIN, [set("params/m", 4)], "params.m: expected 3, found 4"),
        refuse("d", PLAIN, [set("params/d", 3)], "params.d: expected 2, found 3"),
        refuse(
            "a distance that can be",
            PLAIN,
            [set("params/distance", "1/3")],
            "params.distance: expected a multiple of 1/4, found 1/3",
        ),
        refuse(
            "not below zero",
            PLAIN,
            [set("params/distance", "-1/2")],
            "params.distance: expected a multiple of 1/4, found -1/2",
        ),
        refuse(
            "denominators are part of it",
            PLAIN,
            [set("params/distance", "1/3"), set("data/embedding/rows/0/1", "1/5")],
            "params.distance: expected a multiple of 1/20, found 1/3",
        ),
        refuse(
            "all queries",
            PLAIN,
            [set("data/proof/query", 0)],
            "data.separation.proof.query: expected null, found a query",
        ),
        refuse(
            "no closer pair",
            PLAIN,
            [set("params/distance", "3/4")],
            "data.separation.proof: expected no vector of the lattice in the ball, found [",
        ),
        refuse(
            "no closer pair elsewhere",
            APART,
            [set("params/distance", "2/3")],
            "data.separation.proof: expected no vector of the lattice in the ball, found [",
        ),
        refuse(
            "states beside counts",
            PLAIN,
            [set("data/proof/basis/0/3", "1")],
            "data.separation.proof.basis[0]: expected a vector of the kernel, found another",
        ),
        refuse(
            "all counts",
            PLAIN,
            [pop("data/proof/basis"), pop("data/proof/left_inverse"), pop("data/proof/cuts")],
            "data.separation.proof.basis: expected as many vectors as the kernel has dimensions, found 1",
        ),
        refuse(
            "vectors of m + d entries",
            PLAIN,
            [again("data/proof/cuts/0")],
            "data.separation.proof.cuts[0]: expected 5 entries, found 6",
        ),
        refuse(
            "a cut a level",
            PLAIN,
            [pop("data/proof/cuts")],
            "data.separation.proof.cuts: expected one that bounds lambda_",
        ),
        refuse(
            "cuts of counts alone need a larger tree",
            APART,
            [json("data/proof/cuts", r#"[["1","1","1","1","0","0"]]"#)],
            "data.separation.proof.cuts[0]: expected a vector that some product with the basis is not zero for, found another",
        ),
        refuse(
            "a pair of the length",
            PLAIN,
            [set("data/pair/c/2", 3)],
            "data.separation.pair.c: n: expected 4, found 3",
        ),
        refuse(
            "over m tokens",
            PLAIN,
            [again("data/pair/c_prime")],
            "data.separation.pair.c_prime: m: expected 3, found 4",
        ),
        refuse(
            "with the query",
            PLAIN,
            [set("data/pair/query", 1)],
            "data.separation.pair.c: expected counts with the query in them, found query 1",
        ),
        refuse(
            "with different counts of the query",
            PLAIN,
            [json("data/pair", r#"{"query":2,"c":[1,2,1],"c_prime":[2,1,1]}"#)],
            "data.separation.pair: expected different answers (query count), found the same",
        ),
        refuse(
            "and of the most frequent",
            PLAIN,
            [json("data/pair", r#"{"query":0,"c":[1,3,0],"c_prime":[3,1,0]}"#)],
            "data.separation.pair: expected different answers (most frequent element), found the same",
        ),
        refuse(
            "at the distance",
            PLAIN,
            [json("data/pair", r#"{"query":2,"c":[0,0,4],"c_prime":[2,0,2]}"#)],
            "data.separation.pair: distance times the denominators: expected 2, found 4",
        ),
        refuse(
            "at the distance in every coordinate",
            PLAIN,
            [json("data/pair", r#"{"query":0,"c":[4,0,0],"c_prime":[3,1,0]}"#)],
            "data.separation.pair: distance times the denominators: expected 2, found 3",
        ),
        refuse(
            "closer than stated",
            ZERO,
            [json("data/pair", r#"{"query":0,"c":[3,0,0,0],"c_prime":[2,1,0,0]}"#)],
            "data.separation.pair: distance times the denominators: expected 0, found 1",
        ),
        unusable("a pair", PLAIN, [json("data/pair", "null")], "data.separation.pair: "),
    ]
}

#[test]
fn table() {
    check(&cases());
}

/// The identity that stands beside the states has a bounded number of rows.
#[test]
fn dimensions_are_bounded() {
    let mut certificate = crate::table::stored(ZERO);
    certificate["params"]["m"] = 1.into();
    certificate["params"]["d"] = 1025.into();
    let row = vec!["0"; 1025];
    certificate["data"]["separation"]["embedding"] = serde_json::json!({"shape": [1, 1025], "rows": [row]});
    let parsed = crate::table::mended(&certificate).unwrap();
    let message = crate::table::judged(&parsed).unwrap_err();
    assert_eq!(message, "data.separation.embedding: columns: expected at most 1024, found 1025");
}
