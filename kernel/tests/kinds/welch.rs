//! T5: the coherence of an embedding.

use crate::table::{Case, accept, check, json, pop, refuse, set};

const PLAIN: &str = "welch/plain";
const ORTHOGONAL: &str = "welch/orthogonal";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "T5",
            PLAIN,
            [],
            "4 normalised embeddings with d = 2 have mu^2 = 25/26 >= 1/3, and the inner-product readout fails from n = 2 on",
        ),
        accept(
            "orthogonal",
            ORTHOGONAL,
            [],
            "3 normalised embeddings with d = 3 have mu^2 = 0 >= 0, and the inner-product readout never fails",
        ),
        accept("the pair the other way round", PLAIN, [json("data/pair", "[2,1]")], "first on 1 times 2 and then 1"),
        accept("lengths do not matter", PLAIN, [json("data/embedding/rows/2", r#"["-1/7","-1/7"]"#)], "mu^2 = 25/26"),
        accept(
            "a small product",
            ORTHOGONAL,
            [
                json("data/embedding/rows/1", r#"["1","0","3"]"#),
                json("data/embedding/rows/2", r#"["0","1","0"]"#),
                json("data/pair", "[0,1]"),
                set("params/mu_squared", "1/10"),
                set("params/fails_from_n", 3),
            ],
            "mu^2 = 1/10 >= 0, and the inner-product readout fails from n = 3 on, first on 2 times 0 and then 1",
        ),
        refuse("m", PLAIN, [set("params/m", 5)], "params.m: expected 4, found 5"),
        refuse("d", PLAIN, [set("params/d", 3)], "params.d: expected 2, found 3"),
        refuse(
            "two tokens",
            PLAIN,
            [set("params/m", 1), json("data/embedding", r#"{"shape":[1,2],"rows":[["1","0"]]}"#)],
            "params: expected m >= 2 and d >= 1, found m = 1, d = 2",
        ),
        refuse(
            "a dimension",
            PLAIN,
            [set("params/d", 0), json("data/embedding", r#"{"shape":[4,0],"rows":[[],[],[],[]]}"#)],
            "params: expected m >= 2 and d >= 1, found m = 4, d = 0",
        ),
        refuse(
            "no zero",
            PLAIN,
            [json("data/embedding/rows/1", r#"["0","0"]"#)],
            "data.welch.embedding: row 1: expected a non-zero vector, found 0",
        ),
        refuse("the coherence", PLAIN, [set("params/mu_squared", "1")], "params.mu_squared: expected 25/26, found 1"),
        refuse(
            "the largest product",
            PLAIN,
            [json("data/embedding/rows/0", r#"["-4","-6"]"#)],
            "params.mu_squared: expected 1, found 25/26",
        ),
        refuse(
            "the bound",
            PLAIN,
            [set("params/welch_squared", "1/2")],
            "params.welch_squared: expected 1/3, found 1/2",
        ),
        refuse(
            "no bound where m <= d",
            ORTHOGONAL,
            [set("params/welch_squared", "1/2")],
            "params.welch_squared: expected 0, found 1/2",
        ),
        refuse(
            "the least length",
            PLAIN,
            [set("params/fails_from_n", 3)],
            "params.fails_from_n: expected the least failing length, found 3",
        ),
        refuse(
            "not a smaller one",
            PLAIN,
            [set("params/fails_from_n", 1)],
            "params.fails_from_n: expected the least failing length, found 1",
        ),
        refuse(
            "not none",
            PLAIN,
            [set("params/fails_from_n", 0)],
            "params.fails_from_n: expected the least failing length, found 0",
        ),
        refuse(
            "tokens",
            PLAIN,
            [json("data/pair", "[1,4]")],
            "data.welch.pair: expected two tokens below m = 4, found 1, 4",
        ),
        refuse(
            "two tokens of the pair",
            PLAIN,
            [json("data/pair", "[1,1]")],
            "data.welch.pair: expected two tokens below m = 4, found 1, 1",
        ),
        refuse(
            "a pair that attains it",
            PLAIN,
            [json("data/pair", "[0,1]")],
            "data.welch.pair: expected two tokens with the largest product, found others",
        ),
        refuse(
            "a pair where it fails",
            PLAIN,
            [json("data/pair", "null")],
            "data.welch.pair: expected null exactly if fails_from_n is",
        ),
        refuse(
            "a length where it fails",
            PLAIN,
            [json("params/fails_from_n", "null")],
            "data.welch.pair: expected null exactly if fails_from_n is",
        ),
        refuse(
            "some length where it fails",
            PLAIN,
            [json("params/fails_from_n", "null"), json("data/pair", "null")],
            "data.welch.pair: expected null exactly if fails_from_n is, and mu = 0, found another",
        ),
        refuse(
            "no length where it never does",
            ORTHOGONAL,
            [set("params/fails_from_n", 2)],
            "data.welch.pair: expected null exactly if fails_from_n is",
        ),
        refuse(
            "none at all",
            ORTHOGONAL,
            [set("params/fails_from_n", 2), json("data/pair", "[0,1]")],
            "params.fails_from_n: expected the least failing length, found 2",
        ),
        crate::table::unusable(
            "an embedding",
            PLAIN,
            [pop("data/embedding/rows/3")],
            "row 3: expected 2 entries, found 1",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}
