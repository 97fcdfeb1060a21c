//! T7 and T7': no short vector in a kernel lattice, and a pair that collides.

use crate::table::{
    Case, Change, accept, again, check, json, list, mended, pop, refuse, set, stored, swap, unusable, with,
};
use counterproof_kernel::Clock;
use counterproof_kernel::kind::{Collision, Subject, attention_matrices};
use num::BigInt;

const ALL: &str = "collision/all-queries";
const ONE: &str = "collision/one-query";
const NEVER: &str = "collision/never";
const LONG: &str = "collision/long";
const HARMLESS: &str = "collision/harmless";
const MODEL: &str = "collision/attention";
const MODEL_ONE: &str = "collision/attention-one-query";
const SCORES: &str = "collision/scores";
const SCORES_ONE: &str = "collision/scores-one-query";
const MULTISETS: &str = "collision/multisets";
const REFUTED: &str = "collision/scores-refuted";
const PROOF: &str = "data.collision.proofs[0]: expected no vector of the lattice in the ball, found [";

const SUMS: &str =
    "data.collision.multisets: expected multisets of 3 tokens with different fingerprints, found two with one";

fn multisets(text: &'static str) -> Change {
    with("data", move |data| data["multisets"] = serde_json::from_str(text).unwrap())
}

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "T7",
            ALL,
            [],
            "told apart up to n = 2 (query count; 2 nodes); two inputs of length 3 with one query and different answers",
        ),
        accept(
            "T7 at length 4",
            LONG,
            [],
            "over 5 embeddings, d = 2, inputs with different answers are told apart up to n = 3",
        ),
        accept(
            "of the most frequent",
            ALL,
            [set("params/task", "most-frequent-element"), set("params/free_up_to", 2)],
            "up to n = 2",
        ),
        accept(
            "one query",
            ONE,
            [],
            "told apart with query 0 up to n = 5 (query count; 0 nodes); two inputs of length 6",
        ),
        accept(
            "not to the end",
            "collision/not-up-to",
            [],
            "told apart with query 0 up to n = 3 (query count; 0 nodes)",
        ),
        accept(
            "never",
            NEVER,
            [],
            "at every context length inputs with different answers are told apart (query count)",
        ),
        accept(
            "never, most frequent",
            NEVER,
            [set("params/task", "most-frequent-element")],
            "are told apart (most frequent element)",
        ),
        accept(
            "never up to a length",
            NEVER,
            [set("params/free_up_to", u64::MAX)],
            "up to n = 18446744073709551615 (query count; 0 nodes)",
        ),
        accept(
            "a vector without harm",
            HARMLESS,
            [],
            "with query 0 up to n = 4 (most frequent element; 2 nodes); two inputs of length 5",
        ),
        accept(
            "T7'",
            MODEL,
            [],
            "under the attention of the model, m = 4, d = 1, inputs with different answers are told apart up to n = 2",
        ),
        accept(
            "T7' for one query",
            MODEL_ONE,
            [],
            "with query 1 up to n = 9 (most frequent element; 1 nodes); two inputs of length 10",
        ),
        accept(
            "nothing up to 0",
            ALL,
            [set("params/free_up_to", 0)],
            "d = 1, two inputs of length 3 with one query and different answers are not: no MLP counts",
        ),
        accept("a proof for less", ALL, [set("params/free_up_to", 1)], "up to n = 1 (query count; "),
        accept(
            "the other way round",
            ALL,
            [json("data/pair", r#"{"query":3,"c":[0,1,1,1],"c_prime":[1,0,0,2]}"#)],
            "two inputs of length 3",
        ),
        accept(
            "a longer pair",
            ALL,
            [set("params/collides_at", 4), json("data/pair", r#"{"query":3,"c":[1,1,0,2],"c_prime":[0,2,1,1]}"#)],
            "two inputs of length 4",
        ),
        accept(
            "a query where nothing differs",
            "collision/zero-at-query",
            [],
            "at every context length inputs with different answers are told apart with query 2 (query count)",
        ),
        accept(
            "a loose cut before the tight one",
            ALL,
            [list("data/proofs/0/cuts", |cuts| cuts.insert(0, serde_json::json!(["1", "1", "0", "0"])))],
            "up to n = 2 (query count; 2 nodes)",
        ),
        accept(
            "and behind it",
            ALL,
            [list("data/proofs/0/cuts", |cuts| cuts.push(serde_json::json!(["1", "1", "0", "0"])))],
            "up to n = 2 (query count; 2 nodes)",
        ),
        accept(
            "T18",
            SCORES,
            [],
            "under the head that reads the mark, m = 3, inputs with different answers are told apart up to n = 5 (query count; 0 \
             nodes); two inputs of length 6 with one query and different answers are not: no MLP counts",
        ),
        accept(
            "gaps of one query",
            SCORES_ONE,
            [],
            "told apart with query 0 up to n = 5 (query count; 0 nodes); two inputs of",
        ),
        accept(
            "gaps that never collide",
            "collision/scores-never",
            [],
            "at every context length inputs with different",
        ),
        accept(
            "a length is refuted",
            REFUTED,
            [],
            "m = 3, two inputs of length 6 with one query and different answers are not: no MLP counts",
        ),
        accept(
            "under uniform attention too",
            ALL,
            [json("data/proofs", "[]"), json("params/collides_at", "null"), set("params/free_up_to", 3)],
            "d = 1, two inputs of length 3 with one query",
        ),
        accept(
            "by sums of multisets",
            MULTISETS,
            [],
            "inputs with different answers are told apart up to n = 3 (query count; 15 multisets); two inputs of length 4",
        ),
        accept(
            "of the most frequent, by sums",
            MULTISETS,
            [set("params/task", "most-frequent-element")],
            "up to n = 3 (most frequent element; 15 multisets)",
        ),
        accept(
            "one query, by sums",
            MULTISETS,
            [set("params/query", 1)],
            "with query 1 up to n = 3 (query count; 15 multisets)",
        ),
        accept("sums for less", MULTISETS, [set("params/free_up_to", 2)], "up to n = 2 (query count; 5 multisets)"),
        accept("sums of none", MULTISETS, [set("params/free_up_to", 1)], "up to n = 1 (query count; 1 multisets)"),
        accept(
            "sums for nothing",
            MULTISETS,
            [set("params/free_up_to", 0)],
            "d = 2, two inputs of length 4 with one query",
        ),
        accept(
            "sums of many",
            NEVER,
            [
                set("params/free_up_to", 41),
                json("data/proofs", "[]"),
                multisets(r#"{"multipliers":["1","-100","10000","5"]}"#),
            ],
            "up to n = 41 (query count; 861 multisets)",
        ),
        accept(
            "multipliers beyond words",
            MULTISETS,
            [json(
                "data/multisets/multipliers",
                r#"["340282366920938463463374607431768211457","-18446744073709551616","0"]"#,
            )],
            "up to n = 3 (query count; 15 multisets)",
        ),
        accept(
            "entries beyond words",
            MULTISETS,
            [
                set("data/subject/embedding/rows/1/0", "1000000000000000000000000000000"),
                set("data/subject/embedding/rows/2/0", "2000000000000000000000000000000"),
                set("data/subject/embedding/rows/3/0", "3000000000000000000000000000000"),
                set("data/subject/embedding/rows/4/0", "4000000000000000000000000000000"),
            ],
            "up to n = 3 (query count; 15 multisets)",
        ),
        refuse("no multisets with one sum", MULTISETS, [set("params/free_up_to", 4)], SUMS),
        refuse(
            "no tokens that are alike",
            MULTISETS,
            [
                set("params/free_up_to", 2),
                json("data/subject/embedding/rows/4", r#"["3","9"]"#),
                json("data/pair", "null"),
                json("params/collides_at", "null"),
            ],
            "data.collision.multisets: expected multisets of 1 tokens with different fingerprints, found two with one",
        ),
        refuse(
            "fingerprints that tell sums apart",
            MULTISETS,
            [json("data/multisets/multipliers", r#"["1","0","0"]"#)],
            "data.collision.multisets: expected multisets of 2 tokens with different fingerprints, found two with one",
        ),
        refuse(
            "also modulo the prime",
            MULTISETS,
            [json("data/multisets/multipliers", r#"["18446744073709551558","-18446744073709551557","0"]"#)],
            "data.collision.multisets: expected multisets of 2 tokens with different fingerprints, found two with one",
        ),
        refuse(
            "a multiplier a row",
            MULTISETS,
            [pop("data/multisets/multipliers")],
            "data.collision.multisets.multipliers: number: expected 3, found 2",
        ),
        refuse(
            "sums in place of proofs",
            LONG,
            [multisets(r#"{"multipliers":["1","100","0"]}"#)],
            "data.collision.proofs: number: expected 0, found 1",
        ),
        refuse(
            "sums of any length",
            NEVER,
            [json("data/proofs", "[]"), multisets(r#"{"multipliers":["1","-100","10000","5"]}"#)],
            "data.collision.multisets: expected an embedding and a length, found another subject, or any length",
        ),
        refuse(
            "sums under uniform attention",
            MODEL_ONE,
            [json("data/proofs", "[]"), multisets(r#"{"multipliers":["1","100","10000"]}"#)],
            "data.collision.multisets: expected an embedding and a length, found another subject, or any length",
        ),
        refuse(
            "so many multisets",
            MULTISETS,
            [set("params/free_up_to", 1000)],
            "data.collision.multisets: expected at most 4294967296 multisets, found more",
        ),
        refuse(
            "of so many tokens",
            MULTISETS,
            [set("params/free_up_to", u64::MAX)],
            "data.collision.multisets: expected at most 1048576 tokens, and in a multiset, found 18446744073709551614",
        ),
        refuse(
            "no pair beside sums unless it is stated",
            MULTISETS,
            [json("params/collides_at", "null")],
            "data.collision.pair: expected null, as params.collides_at, found a pair",
        ),
        unusable(
            "multipliers that are integers",
            MULTISETS,
            [set("data/multisets/multipliers/0", "1/2")],
            "data.collision.multisets.multipliers",
        ),
        unusable(
            "nothing else of multisets",
            MULTISETS,
            [json("data/multisets", r#"{"multipliers":["1","100","0"],"size":2}"#)],
            "data.collision.multisets.size: unknown field",
        ),
        unusable("null that is left out", LONG, [multisets("null")], "another spelling of the same values"),
        refuse(
            "a pair of the length that is refuted",
            REFUTED,
            [set("params/free_up_to", 7)],
            "data.collision.pair.c: n: expected 7, found 6",
        ),
        refuse(
            "a length",
            REFUTED,
            [set("params/free_up_to", "any")],
            "data.collision.proofs: number: expected 3, found 0",
        ),
        refuse(
            "scores are not uniform",
            SCORES,
            [set("claim", "uniform-collision")],
            "claim: expected attend-length, found uniform-collision",
        ),
        refuse("one mark", SCORES, [set("params/d", 2)], "params.d: expected 1, found 2"),
        refuse("m gaps", SCORES, [set("params/m", 4)], "params.m: expected 3, found 4"),
        refuse(
            "a token",
            SCORES,
            [set("params/m", 0), json("data/subject/scores/gaps", "[]"), json("data/proofs", "[]")],
            "params.m: expected at least one token, found 0",
        ),
        refuse(
            "gaps of every query",
            SCORES,
            [pop("data/subject/scores/gaps")],
            "data.collision.subject.scores.gaps: rows: expected 3, found 2",
        ),
        refuse(
            "of one query",
            SCORES_ONE,
            [again("data/subject/scores/gaps")],
            "data.collision.subject.scores.gaps: rows: expected 1, found 2",
        ),
        refuse(
            "as many of each",
            SCORES,
            [pop("data/subject/scores/gaps/2")],
            "data.collision.subject.scores.gaps[2]: entries: expected 3, found 2",
        ),
        refuse(
            "none at the query",
            SCORES,
            [swap("data/subject/scores/gaps", 1, 2)],
            "data.collision.subject.scores.gaps[1]: expected 0 at the query 1, found another",
        ),
        refuse(
            "a base above 1",
            SCORES,
            [set("data/subject/scores/base", "1")],
            "data.collision.subject.scores.base: expected a rational above 1, found 1",
        ),
        refuse(
            "powers that can be written",
            SCORES,
            [set("data/subject/scores/gaps/1/0", u32::MAX)],
            "data.collision.subject.scores.gaps: expected powers of at most 524288 bits, found 8589934590",
        ),
        refuse(
            "no vector of scores",
            SCORES,
            [set("params/free_up_to", 6)],
            "data.collision.proofs[1]: expected no vector of the",
        ),
        refuse(
            "in the kernel of the scores",
            SCORES,
            [set("data/subject/scores/gaps/1/0", 3)],
            "data.collision.proofs[1].basis[0]: expected a vector of the kernel, found another",
        ),
        refuse(
            "with one mark",
            REFUTED,
            [json("data/pair", r#"{"query":1,"c":[4,2,0],"c_prime":[0,2,4]}"#)],
            "data.collision.pair: expected two inputs that attention does not tell apart, found others",
        ),
        unusable(
            "gaps that are counts",
            SCORES,
            [set("data/subject/scores/gaps/1/0", -2)],
            "data.collision.subject.scores.gaps[1][0]",
        ),
        refuse(
            "an embedding is uniform",
            ALL,
            [set("claim", "attention-collision")],
            "claim: expected uniform-collision, found attention-collision",
        ),
        refuse(
            "a model is not",
            MODEL,
            [set("claim", "uniform-collision")],
            "claim: expected attention-collision, found uniform-collision",
        ),
        refuse("m", ALL, [set("params/m", 5)], "params.m: expected 4, found 5"),
        refuse("d", ALL, [set("params/d", 2)], "params.d: expected 1, found 2"),
        refuse("m of a model", MODEL, [set("params/m", 5)], "params.m: expected 4, found 5"),
        refuse("a query", ONE, [set("params/query", 4)], "params.query: expected a token below m = 4, found 4"),
        refuse("one proof", ALL, [again("data/proofs")], "data.collision.proofs: number: expected 1, found 2"),
        refuse("a proof", ONE, [json("data/proofs", "[]")], "data.collision.proofs: number: expected 1, found 0"),
        refuse("a proof a query", MODEL, [pop("data/proofs")], "data.collision.proofs: number: expected 4, found 3"),
        refuse(
            "in their order",
            MODEL,
            [swap("data/proofs", 0, 1)],
            "data.collision.proofs[0].query: expected 0, found 1",
        ),
        refuse(
            "of the query",
            ONE,
            [set("data/proofs/0/query", 1)],
            "data.collision.proofs[0].query: expected 0, found 1",
        ),
        refuse(
            "of all queries",
            ALL,
            [set("data/proofs/0/query", 0)],
            "data.collision.proofs[0].query: expected null, found 0",
        ),
        refuse(
            "a query has its own",
            ONE,
            [json("data/proofs/0/query", "null")],
            "data.collision.proofs[0].query: expected 0, found null",
        ),
        refuse(
            "a model without positions",
            MODEL,
            [json("data/subject/model/positions", r#"{"shape":[1,1],"rows":[["0"]]}"#)],
            "data.collision.subject.model.positions: expected null, for every length is meant, found positions",
        ),
        refuse(
            "scores differ by integers",
            MODEL,
            [set("data/subject/model/heads/0/query/rows/0/0", "1/2")],
            "model.heads[0]: query 1: expected scores that differ by integers of 32 bits",
        ),
        // the basis
        refuse(
            "vectors of m entries",
            ALL,
            [again("data/proofs/0/basis/1")],
            "data.collision.proofs[0].basis[1]: expected 4 entries, found 5",
        ),
        refuse(
            "of the inverse",
            ALL,
            [pop("data/proofs/0/left_inverse/0")],
            "data.collision.proofs[0].left_inverse[0]: expected 4 entries, found 3",
        ),
        refuse(
            "of the cuts",
            ALL,
            [pop("data/proofs/0/cuts/1")],
            "data.collision.proofs[0].cuts[1]: expected 4 entries, found 3",
        ),
        refuse(
            "an inverse a vector",
            ALL,
            [pop("data/proofs/0/left_inverse")],
            "data.collision.proofs[0].left_inverse: vectors: expected 2, found 1",
        ),
        refuse(
            "no more",
            ALL,
            [again("data/proofs/0/left_inverse")],
            "data.collision.proofs[0].left_inverse: vectors: expected 2, found 3",
        ),
        refuse(
            "in the kernel",
            ALL,
            [set("data/proofs/0/basis/0/0", "2")],
            "data.collision.proofs[0].basis[0]: expected a vector of the kernel, found another",
        ),
        refuse(
            "with sum zero",
            ALL,
            [json("data/proofs/0/basis/1", r#"["1","0","0","0"]"#)],
            "data.collision.proofs[0].basis[1]: expected a vector of the kernel, found another",
        ),
        refuse(
            "in the kernel of every query",
            MODEL,
            [set("data/proofs/2/basis/0/1", "24")],
            "data.collision.proofs[2].basis[0]: expected a vector of the kernel, found another",
        ),
        refuse(
            "primitive",
            ALL,
            [json("data/proofs/0/basis/0", r#"["2","-2","-2","2"]"#)],
            "data.collision.proofs[0].left_inverse[0] times basis[0]: expected 1, found 2",
        ),
        refuse(
            "orthogonal to the other inverses",
            ALL,
            [set("data/proofs/0/left_inverse/1/3", "1")],
            "data.collision.proofs[0].left_inverse[1] times basis[0]: expected 0, found 1",
        ),
        refuse(
            "as many as there are",
            ALL,
            [pop("data/proofs/0/basis"), pop("data/proofs/0/left_inverse"), pop("data/proofs/0/cuts")],
            "data.collision.proofs[0].basis: expected as many vectors as the kernel has dimensions, found 1",
        ),
        refuse(
            "also where there is one",
            NEVER,
            [json("data/subject/embedding/rows/1", r#"["1","0","0"]"#)],
            "data.collision.proofs[0].basis: expected as many vectors as the kernel has dimensions, found 0",
        ),
        refuse(
            "at every length only without a kernel",
            ALL,
            [set("params/free_up_to", "any")],
            "data.collision.proofs[0].basis[0]: expected a vector that is zero at the query, found one of those that are not to exist",
        ),
        refuse(
            "at every length only with zeros at the query",
            ONE,
            [set("params/free_up_to", "any")],
            "data.collision.proofs[0].basis[0]: expected a vector that is zero at the query, found one of those",
        ),
        refuse(
            "the last vector is the query's",
            MODEL,
            [swap("data/proofs/0/basis", 0, 1), swap("data/proofs/0/left_inverse", 0, 1)],
            "data.collision.proofs[0].basis[0]: expected a vector that is zero at the query, for it is not the last, found another",
        ),
        // the cuts
        refuse(
            "a cut is of use",
            ALL,
            [json("data/proofs/0/cuts/0", r#"["1","1","1","1"]"#)],
            "data.collision.proofs[0].cuts[0]: expected a vector that some product with the basis is not zero for, found another",
        ),
        refuse(
            "a cut a coordinate",
            ALL,
            [json("data/proofs/0/cuts", "[]")],
            "data.collision.proofs[0].cuts: expected one that bounds lambda_2, found none",
        ),
        refuse(
            "of each level",
            ALL,
            [list("data/proofs/0/cuts", |cuts| drop(cuts.remove(0)))],
            "data.collision.proofs[0].cuts: expected one that bounds lambda_",
        ),
        refuse("no vector is short", ALL, [set("params/free_up_to", 3)], PROOF),
        refuse("no vector of five tokens", LONG, [set("params/free_up_to", 4)], PROOF),
        refuse("no vector at the query", ONE, [set("params/free_up_to", 6)], PROOF),
        refuse("no vector of any query", MODEL, [set("params/free_up_to", 3)], PROOF),
        refuse("no vector of one query of a model", MODEL_ONE, [set("params/free_up_to", 10)], PROOF),
        refuse("harm to the count of the query", HARMLESS, [set("params/task", "query-count")], PROOF),
        refuse("harm one length on", HARMLESS, [set("params/free_up_to", 5)], PROOF),
        // the pair
        refuse(
            "a pair only where it is stated",
            ALL,
            [json("params/collides_at", "null")],
            "data.collision.pair: expected null, as params.collides_at, found a pair",
        ),
        refuse(
            "a pair where it is stated",
            ALL,
            [json("data/pair", "null")],
            "data.collision.pair: expected two inputs, n = 3, found null",
        ),
        refuse(
            "with the query",
            ONE,
            [json("data/pair", r#"{"query":1,"c":[0,2,4,0],"c_prime":[3,1,0,2]}"#)],
            "data.collision.pair.query: expected 0, found 1",
        ),
        refuse("counts of m tokens", ALL, [again("data/pair/c")], "data.collision.pair.c: m: expected 4, found 5"),
        refuse("of both", ALL, [pop("data/pair/c_prime")], "data.collision.pair.c_prime: m: expected 4, found 3"),
        refuse(
            "a token",
            ALL,
            [set("data/pair/query", 4)],
            "data.collision.pair.c: expected counts with the query in them, found query 4",
        ),
        refuse(
            "that occurs",
            ALL,
            [set("data/pair/query", 1)],
            "data.collision.pair.c: expected counts with the query in them, found query 1",
        ),
        refuse(
            "in both",
            ALL,
            [set("data/pair/query", 0)],
            "data.collision.pair.c_prime: expected counts with the query in them, found query 0",
        ),
        refuse("of the length", ALL, [set("data/pair/c/0", 2)], "data.collision.pair.c: n: expected 3, found 4"),
        refuse("both", ALL, [set("data/pair/c_prime/1", 0)], "data.collision.pair.c_prime: n: expected 3, found 2"),
        refuse(
            "whose sum has 64 bits",
            ALL,
            [set("data/pair/c/0", u64::MAX)],
            "data.collision.pair.c: expected counts whose sum has 64 bits, found more",
        ),
        refuse(
            "with one state",
            ALL,
            [json("data/pair/c_prime", "[0,0,1,2]")],
            "data.collision.pair: expected two inputs that attention does not tell apart, found others",
        ),
        refuse(
            "in the eyes of the query",
            MODEL,
            [json("data/pair", r#"{"query":1,"c":[1,1,0,1],"c_prime":[0,2,1,0]}"#)],
            "data.collision.pair: expected two inputs that attention does not tell apart, found others",
        ),
        refuse(
            "and different answers",
            ALL,
            [json("data/pair/c_prime", "[1,0,0,2]")],
            "data.collision.pair: expected different answers, found 2 twice",
        ),
        unusable(
            "a subject",
            ALL,
            [json("data/subject", r#"{"vectors":[]}"#)],
            "data.collision.subject: unknown variant `vectors`",
        ),
        unusable("integers", ALL, [set("data/proofs/0/basis/0/0", "1/2")], "data.collision.proofs[0].basis"),
    ]
}

#[test]
fn table() {
    check(&cases());
}

/// What attention passes on of tokens `0 1 2 3` with scores `q j` in base 2: `2^(q j) j`, `2^(q j)` and 1, up to factors.
#[test]
fn attention_passes_on_numerators_and_denominators() {
    let certificate = mended(&stored(MODEL)).unwrap();
    let Subject::Model(model) = &certificate.get::<Collision>().unwrap().1.subject else { panic!("a model") };
    let matrices = attention_matrices(model, &Clock::unlimited()).unwrap();
    for (q, rows) in matrices.iter().enumerate() {
        let weight = |j: u32| 1_u64 << (q as u32 * j);
        let [values, weights, ones] = rows.as_slice() else { panic!("{rows:?}") };
        for j in 0..4_u32 {
            assert_eq!(values[j as usize], BigInt::from(weight(j) * u64::from(j)), "query {q}");
            assert_eq!(weights[j as usize], BigInt::from(weight(j)), "query {q}");
            assert_eq!(ones[j as usize], BigInt::from(1));
        }
    }
    assert_eq!(matrices.len(), 4);
}
