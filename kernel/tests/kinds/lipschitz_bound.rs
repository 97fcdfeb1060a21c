//! Bounds of the Lipschitz constant over all embeddings.

use crate::table::{Case, accept, check, json, refuse, set, unusable};

const COUNT: &str = "lipschitz-bound/query-count";
const MOST_FREQUENT: &str = "lipschitz-bound/most-frequent";
const HEADS: &str = "lipschitz-bound/heads";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "the query count",
            COUNT,
            [],
            "constant (sup norm) of at least 10/3 over all embeddings with entries at most 1/2 in size, and over one ",
        ),
        accept("the most frequent element", MOST_FREQUENT, [], "1 heads of dimension 2, it is at least 4"),
        accept("more heads", HEADS, [], "2 heads of dimension 1, it is at least "),
        accept(
            "a tolerance beyond all answers",
            COUNT,
            [set("params/epsilon", "2"), set("params/bound_all_embeddings", "0"), set("params/attained_at_most", "0")],
            "of at least 0 over all",
        ),
        refuse(
            "two tokens at least",
            COUNT,
            [set("params/m", 1)],
            "params: expected n >= 2, m >= 2 and d >= 1, found n = 4, m = 1, d = 2",
        ),
        refuse("a dimension", COUNT, [set("params/d", 0)], "params: expected n >= 2, m >= 2 and d >= 1, found"),
        refuse("a tolerance of a sign", COUNT, [set("params/epsilon", "-1/4")], "params.epsilon: expected at least 0"),
        refuse("a radius", COUNT, [set("params/radius", "-1")], "params.radius: expected above 0, found -1"),
        refuse(
            "what it is at least",
            COUNT,
            [set("params/bound_all_embeddings", "4")],
            "params.bound_all_embeddings: expected 10/3, found 4",
        ),
        refuse(
            "what it is at most",
            COUNT,
            [set("params/attained_at_most", "1")],
            "params.attained_at_most: expected ",
        ),
        refuse(
            "any attention",
            MOST_FREQUENT,
            [set("params/bound_any_attention", "5")],
            "params.bound_any_attention: expected 4, found 5",
        ),
        refuse(
            "nothing about the query count",
            COUNT,
            [set("params/bound_any_attention", "0")],
            "params.bound_any_attention: expected null, found 0",
        ),
        refuse(
            "what is not said",
            HEADS,
            [json("params/bound_any_attention", "null")],
            "params.bound_any_attention: expected ",
        ),
        refuse("heads", MOST_FREQUENT, [set("params/heads", 0)], "params: expected sizes with numbers of at most"),
        refuse(
            "long sums",
            COUNT,
            [set("params/n", u64::MAX), set("params/m", 4_000_000)],
            "params: expected sizes with",
        ),
        refuse("long digits", COUNT, [set("params/m", 60_000), set("params/d", 1)], "params: expected sizes with"),
        unusable("a length", COUNT, [set("params/n", -1)], "params.n: "),
    ]
}

#[test]
fn table() {
    check(&cases());
}
