//! No collision among inputs that differ by the vectors of a part of a lattice.

use crate::table::{Case, accept, check, json, list, mended, pop, refuse, set, stored, unusable, with};
use crate::truth::lattices::in_part;
use counterproof_kernel::definition::InputPart;
use counterproof_kernel::evidence::Subtrees;
use num::BigInt;
use serde_json::json as value;
use std::collections::BTreeSet;

/// Tokens `0 1 2 3` on a line: `lambda_2` of `(1, -2, 1, 0)` says which part a vector is of.
const THIRD: &str = "collision-part/third";
const BOTH: &str = "collision-part/both-coordinates";
const ONE: &str = "collision-part/one-query";
const NEVER: &str = "collision-part/never";
const HARMLESS: &str = "collision-part/harmless";

const PROOF: &str = "data.collision-part.proofs[0]: expected no vector of the lattice in the ball, found ";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "one of three",
            THIRD,
            [],
            "part 3/3 of uniform-collision (coordinates: 1), and nothing about the others: under uniform attention over 4 \
             embeddings, d = 1, no two inputs up to n = 4 that differ by a vector of the part collide (query count; 2 nodes); \
             two inputs of length 3 collide",
        ),
        accept("by all coordinates", BOTH, [], "up to n = 3 that differ"),
        accept(
            "the second of three",
            BOTH,
            [set("params/part", "2/3"), set("params/free_in_part_up_to", 2)],
            "up to n = 2",
        ),
        accept(
            "the whole, by none",
            THIRD,
            [set("params/part", "1/1"), set("params/coordinates", 0), set("params/free_in_part_up_to", 2)],
            "part 1/1 of uniform-collision (coordinates: 0), and nothing about the others",
        ),
        accept(
            "no vector is of the second of none",
            THIRD,
            [set("params/part", "2/2"), set("params/coordinates", 0), set("params/free_in_part_up_to", 99)],
            "up to n = 99 that differ by a vector of the part collide (query count; 0 nodes)",
        ),
        accept(
            "more parts than there are vectors",
            THIRD,
            [set("params/part", "18446744073709551615/18446744073709551615")],
            "part 18446744073709551615/18446744073709551615 of uniform-collision",
        ),
        accept(
            "no pair",
            THIRD,
            [json("params/collides_at", "null"), json("data/pair", "null")],
            "(query count; 2 nodes)",
        ),
        accept("one query", ONE, [], "no two inputs with query 0 up to n = 5 that differ"),
        accept("its multiples", ONE, [set("params/part", "1/2"), set("params/free_in_part_up_to", 10)], "up to n = 10"),
        accept("no vector at all", NEVER, [], "no two inputs of any length that differ"),
        accept(
            "a vector that does no harm",
            HARMLESS,
            [],
            "up to n = 4 that differ by a vector of the part collide (most",
        ),
        accept(
            "harm elsewhere",
            HARMLESS,
            [set("params/part", "1/3"), set("params/free_in_part_up_to", 5)],
            "up to n = 5",
        ),
        refuse("no vector is short", THIRD, [set("params/free_in_part_up_to", 5)], PROOF),
        refuse("of its own part", THIRD, [set("params/part", "1/3")], PROOF),
        refuse("and of the next", THIRD, [set("params/part", "2/3")], PROOF),
        refuse("of as many parts", THIRD, [set("params/part", "2/2")], PROOF),
        refuse("by as many coordinates", THIRD, [set("params/coordinates", 0), set("params/part", "1/3")], PROOF),
        refuse("no vector by all coordinates", BOTH, [set("params/free_in_part_up_to", 4)], PROOF),
        refuse("another part by all coordinates", BOTH, [set("params/part", "1/3")], PROOF),
        refuse("no vector at the query", ONE, [set("params/free_in_part_up_to", 6)], PROOF),
        refuse("harm one length on", HARMLESS, [set("params/free_in_part_up_to", 5)], PROOF),
        refuse("harm to the count", HARMLESS, [set("params/task", "query-count")], PROOF),
        refuse(
            "no more coordinates than there are",
            THIRD,
            [set("params/coordinates", 3)],
            "params.coordinates: expected at most 2, found 3",
        ),
        refuse(
            "none of none",
            NEVER,
            [set("params/coordinates", 1)],
            "params.coordinates: expected at most 0, found 1",
        ),
        refuse(
            "of uniform attention",
            THIRD,
            [set("params/of", "attention-collision")],
            "params.of: expected uniform-collision, found attention-collision",
        ),
        refuse("not itself", THIRD, [set("params/of", "part")], "params.of: expected uniform-collision, found part"),
        refuse(
            "it is not the whole",
            THIRD,
            [set("claim", "uniform-collision")],
            "claim: expected part, found uniform-",
        ),
        refuse("m", THIRD, [set("params/m", 5)], "params.m: expected 4, found 5"),
        refuse("d", THIRD, [set("params/d", 2)], "params.d: expected 1, found 2"),
        refuse("a token", ONE, [set("params/query", 4)], "params.query: expected a token below m = 4, found 4"),
        refuse(
            "an embedding",
            THIRD,
            [json("data/subject", r#"{"scores":{"base":"2","gaps":[[0,1],[1,0]]}}"#)],
            "data.collision-part.subject: expected an embedding, found another subject",
        ),
        refuse(
            "cuts",
            THIRD,
            [with("data", |data| data["multisets"] = value!({ "multipliers": ["1", "100"] }))],
            "data.collision-part.proofs: number: expected 0, found 1",
        ),
        refuse("a proof", NEVER, [json("data/proofs", "[]")], "data.collision-part.proofs: expected one, found 0"),
        refuse(
            "a pair is no proof",
            THIRD,
            [
                json("data/proofs", "[]"),
                json("params/collides_at", "null"),
                set("params/free_in_part_up_to", 3),
                set("params/coordinates", 0),
            ],
            "data.collision-part.proofs: expected one, found 0",
        ),
        refuse(
            "of the query",
            ONE,
            [set("data/proofs/0/query", 1)],
            "data.collision-part.proofs[0].query: expected 0, found 1",
        ),
        refuse(
            "a cut a coordinate",
            THIRD,
            [list("data/proofs/0/cuts", |cuts| drop(cuts.remove(0)))],
            "data.collision-part.proofs[0].cuts: expected one that bounds lambda_",
        ),
        refuse(
            "as many vectors as there are",
            THIRD,
            [pop("data/proofs/0/basis"), pop("data/proofs/0/left_inverse"), pop("data/proofs/0/cuts")],
            "data.collision-part.proofs[0].basis: expected as many vectors as the kernel has dimensions, found 1",
        ),
        refuse(
            "at every length only without a kernel",
            THIRD,
            [set("params/free_in_part_up_to", "any")],
            "data.collision-part.proofs[0].basis[0]: expected a vector that is zero at the query, found one of those",
        ),
        refuse(
            "a pair where it is stated",
            THIRD,
            [json("data/pair", "null")],
            "data.collision-part.pair: expected two inputs, n = 3, found null",
        ),
        refuse(
            "a pair only where it is stated",
            THIRD,
            [json("params/collides_at", "null")],
            "data.collision-part.pair: expected null, as params.collides_at, found a pair",
        ),
        refuse(
            "of the length",
            THIRD,
            [set("params/collides_at", 4)],
            "data.collision-part.pair.c: n: expected 4, found 3",
        ),
        refuse(
            "that collides",
            THIRD,
            [json("data/pair/c_prime", "[0,0,1,2]")],
            "data.collision-part.pair: expected two inputs that attention does not tell apart, found others",
        ),
        refuse(
            "with the query",
            ONE,
            [json("data/pair", r#"{"query":1,"c":[0,2,4,0],"c_prime":[3,1,0,2]}"#)],
            "data.collision-part.pair.query: expected 0, found 1",
        ),
        unusable("counted from 1", THIRD, [set("params/part", "0/3")], "found `0/3`"),
        unusable("of the statement", THIRD, [set("params/coordinates", -1)], "params.coordinates"),
        unusable("another version", THIRD, [set("version", 3)], "expected 2 for the kind collision-part, found 3"),
    ]
}

#[test]
fn table() {
    check(&cases());
}

/// Every vector but zero is of one part, as its negative is, and by the rule of the second implementation.
#[test]
fn parts_have_nothing_in_common_and_are_the_whole() {
    let all: Vec<[i64; 3]> = (0..1331).map(|at| [at % 11 - 5, at / 11 % 11 - 5, at / 121 - 5]).collect();
    for of in [1_u64, 2, 3, 8, 1000, u64::MAX] {
        for coordinates in 0..=3 {
            let mut used = BTreeSet::new();
            for lambda in all.iter().filter(|lambda| lambda.iter().any(|value| *value != 0)) {
                let sign = lambda.iter().rev().find(|value| **value != 0).unwrap().signum();
                let last: Vec<BigInt> = lambda.iter().rev().take(coordinates).map(|x| (x * sign).into()).collect();
                let parts = if of < 10 { (1..=of).collect() } else { vec![1, 2, of - 1, of] };
                let mine: Vec<u64> = parts
                    .into_iter()
                    .filter(|index| {
                        let part: InputPart = format!("{index}/{of}").parse().unwrap();
                        let has = Subtrees { part, coordinates }.has(last.clone());
                        let lambda: Vec<BigInt> = lambda.iter().map(|x| (*x).into()).collect();
                        let negative: Vec<BigInt> = lambda.iter().map(|x| -x).collect();
                        assert_eq!(has, in_part(&lambda, (*index, of), coordinates), "{lambda:?} {part}");
                        assert_eq!(has, in_part(&negative, (*index, of), coordinates), "-{lambda:?} {part}");
                        has
                    })
                    .collect();
                assert!(mine.len() == 1 || (of >= 10 && mine.is_empty()), "{lambda:?}: {mine:?}");
                used.extend(mine);
            }
            if of < 10 && coordinates > 1 {
                assert_eq!(used.len() as u64, of, "{coordinates} coordinates, {of} parts");
            }
        }
    }
}

/// All parts of a statement hold where the whole does, and one does not where the whole does not.
#[test]
fn all_parts_are_the_whole() {
    let whole = stored("collision/all-queries");
    for free in [2, 3] {
        for of in 1..=5 {
            for coordinates in 0..=2 {
                let holds = |index: u64| {
                    let mut part = stored(THIRD);
                    part["data"]["collision-part"] = whole["data"]["collision"].clone();
                    part["params"]["part"] = format!("{index}/{of}").into();
                    part["params"]["coordinates"] = coordinates.into();
                    part["params"]["free_in_part_up_to"] = free.into();
                    mended(&part).unwrap().check(&counterproof_kernel::Clock::unlimited()).is_ok()
                };
                assert_eq!((1..=of).all(holds), free == 2, "{of} parts, {coordinates} coordinates, n = {free}");
            }
        }
    }
}
