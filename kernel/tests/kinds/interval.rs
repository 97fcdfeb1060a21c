//! Counting by attention: errors on intervals of one number.
//!
//! A tent that an MLP adds at one `x` is refused at the ends of every query's intervals and inside them, and makes no difference elsewhere.

use crate::table::{Case, accept, again, check, json, judged, mended, pop, refuse, set, stored, unusable};
use counterproof_kernel::number::{Rational, ratio};
use serde_json::{Value, json as value};

const BELOW: &str = "interval/below";
const TWO: &str = "interval/two";
const LAYERS: &str = "interval/two-layers";
const CONSTANT: &str = "interval/constant";

pub fn cases() -> Vec<Case> {
    vec![
        accept("T3", BELOW, [], "within 1/2, n = 3, m = 2 on all inputs; softmax base 3, the least integer one"),
        accept(
            "T3 over three tokens",
            "interval/three",
            [],
            "n = 4, m = 3 on all inputs; softmax base 4, the least integer one",
        ),
        accept("with base 2", TWO, [], "n = 2, m = 2 on all inputs; softmax base 2, the least integer one"),
        accept("nothing about the base", "interval/not-claimed", [], "n = 3, m = 2 on all inputs; softmax base 5"),
        accept(
            "one token",
            "interval/one-token",
            [],
            "n = 1, m = 2 on all inputs; softmax base 2, the least integer one",
        ),
        accept("two layers", LAYERS, [], "n = 3, m = 3 on all inputs; softmax base 3, the least integer one"),
        accept("as a model", BELOW, [set("claim", "model")], "within 1/2, n = 3, m = 2 on all inputs"),
        accept("a histogram over one token", CONSTANT, [], "counts (query count) exactly, n = 3, m = 1 on all inputs"),
        refuse("one length", CONSTANT, [set("params/n", "any")], "params.n: expected one context length, found any"),
        refuse(
            "the query's count",
            BELOW,
            [set("claim", "model"), set("params/task", "most-frequent-element")],
            "params.task: expected query count, found most frequent element",
        ),
        refuse(
            "the query's count in a histogram",
            CONSTANT,
            [set("claim", "mfe-histogram"), set("params/task", "most-frequent-element")],
            "params.task: expected query count, found most frequent element",
        ),
        refuse(
            "a length",
            BELOW,
            [set("params/n", 0)],
            "params: expected n >= 1 and n m (width + 1) at most 1099511627776, found 0",
        ),
        refuse(
            "no huge length",
            CONSTANT,
            [set("params/n", (1_u64 << 39) + 1)],
            "params: expected n >= 1 and n m (width + 1) at most 1099511627776, found 1099511627778",
        ),
        refuse(
            "positions before the last are alike",
            BELOW,
            [set("data/model/positions/rows/1/0", "1")],
            "model.positions: expected all but the last alike, found others",
        ),
        refuse("positions of the length", BELOW, [set("params/n", 4)], "n: expected at least 1, and 3, found 4"),
        refuse(
            "one head",
            BELOW,
            [set("claim", "model"), again("data/model/heads")],
            "model.heads: number of heads: expected 1, found 2",
        ),
        refuse(
            "nothing is read from the prefix",
            BELOW,
            [set("data/model/positions/rows/0/1", "1"), set("data/model/positions/rows/1/1", "1")],
            "model: expected a head that reads nothing from the prefix, found values of the prefix",
        ),
        refuse(
            "nothing is read from any token",
            BELOW,
            [set("data/model/embedding/rows/1/1", "1")],
            "model: expected a head that reads nothing from the prefix, found values of the prefix",
        ),
        refuse(
            "a token has one weight",
            BELOW,
            [set("data/model/positions/rows/2/0", "2")],
            "model: expected equal weights for equal tokens, found query 0",
        ),
        refuse(
            "every count is right",
            BELOW,
            [set("data/model/base", "2")],
            "model: error: expected one that counts within 1/2, found 3/4",
        ),
        refuse(
            "up to 1/2, excluded",
            BELOW,
            [set("data/model/readout/bias", "31/4")],
            "model: error: expected one that counts within 1/2",
        ),
        refuse(
            "exactly",
            CONSTANT,
            [set("data/model/readout/bias", "-3/2")],
            "model: error: expected one that counts exactly, found 1/2",
        ),
        refuse(
            "the largest error",
            BELOW,
            [set("data/max_error", "1/3")],
            "data.interval.max_error: expected 25/76, found 1/3",
        ),
        refuse(
            "of all layers",
            LAYERS,
            [set("data/model/mlp/output/weight/rows/2/8", "1/100")],
            "data.interval.max_error: expected ",
        ),
        refuse("two is two", BELOW, [set("data/least_base", "two")], "model.base: expected 2, found 3"),
        refuse(
            "below 2 there is none",
            TWO,
            [json("data/least_base", r#"{"below":[1,0]}"#)],
            "model.base: expected a rational number above 1, found 1",
        ),
        refuse(
            "an integer base",
            "interval/not-claimed",
            [
                set("data/model/base", "11/2"),
                set("data/max_error", "45/164"),
                json("data/least_base", r#"{"below":[1,1,0]}"#),
            ],
            "model.base: expected an integer, found 11/2",
        ),
        refuse(
            "a sequence of the length",
            BELOW,
            [pop("data/least_base/below")],
            "data.interval.least_base: length: expected 3, found 2",
        ),
        refuse(
            "a sequence",
            BELOW,
            [json("data/least_base/below", "[]")],
            "data.interval.least_base: expected a position below 0, found 0",
        ),
        refuse(
            "of tokens",
            BELOW,
            [set("data/least_base/below/0", 2)],
            "data.interval.least_base: expected tokens below m = 2, found 2",
        ),
        refuse(
            "that fails with the base below",
            BELOW,
            [json("data/least_base/below", "[0,0,0]")],
            "data.interval.least_base: expected a sequence on which the base below gives too much, found 11/4 where the answer is 3",
        ),
        refuse(
            "with too much, not too little",
            BELOW,
            [json("data/least_base/below", "[0,1,0]")],
            "data.interval.least_base: expected a sequence on which the base below gives too much, found ",
        ),
        refuse(
            "whose query scores highest",
            "interval/higher-score",
            [json("data/least_base", r#"{"below":[1,0]}"#)],
            "data.interval.least_base: expected no token that scores above the query, found one",
        ),
        refuse(
            "where the output does not grow",
            "interval/rises",
            [json("data/least_base", r#"{"below":[1,1,0]}"#)],
            "data.interval.least_base: expected an output that does not grow with x, found a rise from ",
        ),
        accept("a token that scores higher", "interval/higher-score", [], "softmax base 3"),
        accept("an output that rises", "interval/rises", [], "softmax base 3"),
        unusable(
            "a reason",
            BELOW,
            [set("data/least_base", "three")],
            "data.interval.least_base: unknown variant `three`",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}

/// `interval/below` with a tent of height 10 at `x`; `y = 15/4 - 3 x` without it, where the second coordinate is `1 + x`.
fn with_tent(x: &Rational) -> Value {
    let mut changed = stored(BELOW);
    let width = ratio(1, 1_000_000);
    let slope = ratio(10, 1) / &width;
    let texts = |numbers: [Rational; 3]| numbers.map(|number| number.to_string());
    let bias = texts([&width - x, -x.clone(), -&width - x].map(|bias| bias - ratio(1, 1)));
    // the readout multiplies by -3
    let row = texts([&slope / ratio(-3, 1), &slope * ratio(2, 3), &slope / ratio(-3, 1)]);
    changed["params"]["mlp_width"] = 3.into();
    let data = &mut changed["data"]["interval"];
    data["least_base"] = "not-claimed".into();
    data["model"]["mlp"] = value!({
        "hidden": [{"weight": {"shape": [3, 2], "rows": [["0", "1"], ["0", "1"], ["0", "1"]]}, "bias": bias}],
        "output": {"weight": {"shape": [2, 3], "rows": [["0", "0", "0"], row]}, "bias": ["0", "0"]},
    });
    changed
}

#[test]
fn every_end_and_every_kink_is_evaluated() {
    let judge = |x: &Rational| judged(&mended(&with_tent(x)).unwrap());
    // the weight of the other token is 1/9 of that of the query, so one x for a count: 1 / (k + (3 - k)/9)
    let reached: Vec<Rational> = (1..=3).map(|k| ratio(9, 9 * k + 3 - k)).collect();
    for x in &reached {
        let message = judge(x).unwrap_err();
        assert!(message.starts_with("model: error: expected one that counts within 1/2, found "), "{x}: {message}");
    }
    for x in reached.windows(2).map(|pair| (&pair[0] + &pair[1]) / ratio(2, 1)).chain([ratio(9, 10), ratio(1, 4)]) {
        assert!(judge(&x).is_ok(), "{x}: {:?}", judge(&x));
    }
}
