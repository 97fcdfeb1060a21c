//! T17: whether normalised states determine the answer.

use crate::mutate::{one, seeded};
use crate::table::{Case, accept, again, check, json, judged, mended, pop, refuse, set, stored, unusable};
use crate::truth;
use proptest::prelude::RngExt;
use serde_json::{Value, json as value};

const CLASSES: &str = "normalised-states/classes";
const PAIR: &str = "normalised-states/pair";
const AFFINE: &str = "normalised-states/affine";
const LINEAR: &str = "normalised-states/linear";
const SOME: &str = "normalised-states/some-length";
const RMS: &str = "normalised-states/rms";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "every input",
            CLASSES,
            [],
            "under layer norm with eps = 0 the states of uniform attention over 3 embeddings, d = 3, n = 2, determine the answer \
             (query count) after normalising; 9 normalised states",
        ),
        accept(
            "RMS norm",
            RMS,
            [],
            "under rms norm with eps = 1/2 the states of uniform attention over 3 embeddings, d = 1, n = 2, determine",
        ),
        accept(
            "as long as may be",
            CLASSES,
            [set("data/embedding/rows/0/0", "1152921504606846975")],
            "after normalising; 9 normalised states",
        ),
        accept("of the other task", CLASSES, [set("params/task", "most-frequent-element")], "9 normalised states"),
        accept(
            "affinely independent",
            AFFINE,
            [],
            "without a norm the states of uniform attention over 3 embeddings, d = 2, n = any, determine the answer (query \
             count) after normalising; the tokens are independent",
        ),
        accept("at one length", AFFINE, [set("params/n", u64::MAX)], "n = 18446744073709551615, determine"),
        accept(
            "RMS norm keeps what is affinely independent",
            AFFINE,
            [set("params/norm", "rms"), set("params/eps", "1/100000")],
            "the tokens are independent",
        ),
        accept("linearly independent", LINEAR, [], "under layer norm with eps = 0 the states"),
        accept(
            "enumerated all the same",
            AFFINE,
            [set("params/n", 2), set("data/classes", 9)],
            "after normalising; 9 normalised states",
        ),
        accept(
            "a pair",
            PAIR,
            [],
            "n = 3, do not determine the answer (query count): two inputs of length 3 have one normalised state",
        ),
        accept("a pair at some length", SOME, [], "n = any, do not determine the answer (most frequent element): two"),
        accept(
            "a pair of the other task",
            PAIR,
            [set("params/task", "most-frequent-element")],
            "two inputs of length 3",
        ),
        accept(
            "a pair whose states are zero",
            PAIR,
            [json("data/embedding/rows", r#"[["2","2","2"],["0","0","0"],["-1","-1","-1"]]"#)],
            "two inputs of length 3",
        ),
        accept(
            "no factor, with eps > 0",
            PAIR,
            [set("params/eps", "1"), json("data/embedding/rows", r#"[["2","2","2"],["0","0","0"],["-1","-1","-1"]]"#)],
            "under layer norm with eps = 1 the states",
        ),
        refuse("m", CLASSES, [set("params/m", 4)], "params.m: expected 3, found 4"),
        refuse("d", CLASSES, [set("params/d", 4)], "params.d: expected 3, found 4"),
        refuse(
            "a token and a dimension",
            AFFINE,
            [set("params/m", 0), json("data/embedding", r#"{"shape":[0,2],"rows":[]}"#)],
            "params: expected m >= 1, d >= 1 and n >= 1, found m = 0, d = 2, n = any",
        ),
        refuse(
            "a length",
            AFFINE,
            [set("params/n", 0)],
            "params: expected m >= 1, d >= 1 and n >= 1, found m = 3, d = 2, n = 0",
        ),
        refuse(
            "an eps without a norm",
            AFFINE,
            [set("params/eps", "0")],
            "params.eps: expected what norm none has: at least 0, null without a norm, found 0",
        ),
        refuse(
            "a norm without eps",
            CLASSES,
            [json("params/eps", "null")],
            "params.eps: expected what norm layer has: at least 0, null without a norm, found null",
        ),
        refuse(
            "a negative eps",
            CLASSES,
            [set("params/eps", "-1/2")],
            "params.eps: expected what norm layer has: at least 0, null without a norm, found -1/2",
        ),
        refuse(
            "affine independence",
            AFFINE,
            [json("data/embedding/rows/2", r#"["2","0"]"#)],
            "data.normalised-states.embedding: expected affinely independent tokens, found others",
        ),
        refuse(
            "of what is centred",
            AFFINE,
            [set("params/norm", "layer"), set("params/eps", "1")],
            "data.normalised-states.embedding: expected affinely independent tokens, found others",
        ),
        refuse(
            "linear independence where factors do not count",
            AFFINE,
            [set("params/norm", "rms"), set("params/eps", "0")],
            "data.normalised-states.embedding: expected linearly independent tokens, found others",
        ),
        refuse(
            "of what is centred then",
            LINEAR,
            [json("data/embedding/rows/2", r#"["-1","-1","0","0"]"#)],
            "data.normalised-states.embedding: expected linearly independent tokens, found others",
        ),
        refuse(
            "how many states",
            CLASSES,
            [set("data/classes", 8)],
            "data.normalised-states.classes: expected 9, found 8",
        ),
        refuse(
            "one answer a state",
            CLASSES,
            [set("params/n", 3)],
            "data.normalised-states: expected one answer for each normalised state, found 1 and 3, the former for the counts \
             [1, 1, 1] with query 1",
        ),
        refuse(
            "classes of one length",
            CLASSES,
            [set("params/n", "any")],
            "data.normalised-states.classes: expected null, for nothing is enumerated, found a number",
        ),
        refuse(
            "classes or a pair",
            PAIR,
            [set("data/classes", 1)],
            "data.normalised-states.classes: expected null, for nothing is enumerated, found a number",
        ),
        refuse(
            "few inputs",
            CLASSES,
            [set("params/n", 100_000)],
            "params.n: expected at most 3050402 inputs to enumerate, found n = 100000, m = 3",
        ),
        refuse(
            "no more than there are",
            CLASSES,
            [set("params/n", u64::MAX)],
            "params.n: expected at most 3050402 inputs to enumerate",
        ),
        refuse(
            "numbers of 64 bits",
            CLASSES,
            [set("data/embedding/rows/0/0", "10000000000000000000")],
            "data.normalised-states.embedding: expected 2 n times an entry, denominators cleared, of 64 bits, found a longer one",
        ),
        refuse(
            "2 n times, centred",
            CLASSES,
            [set("data/embedding/rows/0/0", "1152921504606846976")],
            "data.normalised-states.embedding: expected 2 n times an entry, denominators cleared, of 64 bits, found a longer one",
        ),
        refuse(
            "counts of m tokens",
            PAIR,
            [again("data/pair/c")],
            "data.normalised-states.pair.c: m: expected 3, found 4",
        ),
        refuse(
            "of both",
            PAIR,
            [pop("data/pair/c_prime")],
            "data.normalised-states.pair.c_prime: m: expected 3, found 2",
        ),
        refuse(
            "with the query",
            PAIR,
            [set("data/pair/query", 1)],
            "data.normalised-states.pair.c: expected counts with the query in them, found query 1",
        ),
        refuse(
            "each with its own",
            PAIR,
            [set("data/pair/query_prime", 3)],
            "data.normalised-states.pair.c_prime: expected counts with the query in them, found query 3",
        ),
        refuse(
            "of one length",
            SOME,
            [set("data/pair/c/0", 2)],
            "data.normalised-states.pair.c_prime: n: expected 3, found 2",
        ),
        refuse("of the length", PAIR, [set("params/n", 4)], "data.normalised-states.pair: n: expected 4, found 3"),
        refuse(
            "one normalised state",
            PAIR,
            [json("data/pair/c_prime", "[1,2,0]")],
            "data.normalised-states.pair: expected two inputs with one normalised state, found others",
        ),
        refuse(
            "no factor with eps > 0",
            PAIR,
            [set("params/eps", "1/100000")],
            "data.normalised-states.pair: expected two inputs with one normalised state, found others",
        ),
        refuse(
            "no centre under RMS norm",
            PAIR,
            [set("params/norm", "rms")],
            "data.normalised-states.pair: expected two inputs with one normalised state, found others",
        ),
        refuse(
            "no negative factor",
            PAIR,
            [
                json("params", r#"{"task":"query-count","n":1,"m":2,"d":1,"norm":"rms","eps":"0"}"#),
                json(
                    "data",
                    r#"{"embedding":{"shape":[2,1],"rows":[["1"],["-1"]]},"classes":null,"pair":{"query":0,"c":[1,0],"query_prime":1,"c_prime":[0,1]}}"#,
                ),
            ],
            "data.normalised-states.pair: expected two inputs with one normalised state, found others",
        ),
        refuse(
            "zero is alone",
            SOME,
            [json("data/pair", r#"{"query":0,"c":[2,0,0],"query_prime":1,"c_prime":[1,1,0]}"#)],
            "data.normalised-states.pair: expected two inputs with one normalised state, found others",
        ),
        refuse(
            "different answers",
            PAIR,
            [json("data/pair/c_prime", "[3,0,0]")],
            "data.normalised-states.pair: expected different answers, found 3 twice",
        ),
        unusable("a norm", CLASSES, [set("params/norm", "batch")], "params.norm: unknown variant `batch`"),
        unusable("a pair", PAIR, [set("data/pair/query", "0")], "data.normalised-states.pair.query"),
    ]
}

#[test]
fn table() {
    check(&cases());
}

/// Random tokens on a line and in the plane: the checker says of every length, task and norm what all pairs of inputs say.
#[test]
fn verdicts_are_those_of_all_pairs() {
    let mut rng = seeded(17);
    let (mut right, mut wrong) = (0, 0);
    for _ in 0..120 {
        let (m, d, n) = (rng.random_range(1..4), rng.random_range(1..4), rng.random_range(1..5));
        let texts = |row: Vec<i64>| row.iter().map(ToString::to_string).collect::<Vec<_>>();
        let rows: Vec<_> = (0..m).map(|_| texts((0..d).map(|_| rng.random_range(-3..4)).collect())).collect();
        let (norm, eps) = *one(
            &[("none", None), ("layer", Some("0")), ("layer", Some("1/7")), ("rms", Some("0")), ("rms", Some("2"))],
            &mut rng,
        );
        let task = *one(&["query-count", "most-frequent-element"], &mut rng);
        let mut stated = stored(CLASSES);
        stated["params"] = value!({"task": task, "n": n, "m": m, "d": d, "norm": norm, "eps": eps});
        stated["data"]["normalised-states"]["embedding"] = value!({"shape": [m, d], "rows": rows});
        let classes = truth::classes(&stated);
        let counts: Value = classes.map_or(value!(1), |classes| value!(classes));
        stated["data"]["normalised-states"]["classes"] = counts;
        let found = judged(&mended(&stated).unwrap());
        assert_eq!(found.is_ok(), classes.is_some(), "{found:?}: {stated}");
        *if found.is_ok() { &mut right } else { &mut wrong } += 1;
    }
    assert!(right > 30 && wrong > 30, "{right} right, {wrong} wrong");
}
