//! Inputs of a softmax transformer drawn at random.

use crate::table::{Case, accept, again, check, json, judged, mended, pop, refuse, set, stored};
use counterproof_kernel::Verdict;

const TILTED: &str = "sample/tilted";
const EVEN: &str = "sample/even";
const WEIGHTS: &str = "sample/weights";
const WRONG: &str = "sample/wrong";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "every position is read",
            TILTED,
            [],
            "with confidence 9/10 the softmax transformer is right on 475648543/500000000 to 1 of inputs whose tokens are drawn \
             uniformly: 60 of 60 drawn with seed 5; query count, n = 3, m = 2, d = 2, within 1/2",
        ),
        accept("weights", WEIGHTS, [], "tokens are drawn with the weights 1, 3: 4 of 40 drawn with seed 1"),
        accept("evenly", EVEN, [], "of inputs whose tokens are drawn evenly: "),
        refuse("not uniformly", EVEN, [set("params/distribution", "uniform")], "data.sample."),
        refuse("evenly after all", WEIGHTS, [set("params/distribution", "even")], "data.sample."),
        accept("never right", WRONG, [], "is right on 0 to 56464073/500000000 of inputs"),
        accept("wider bounds of the accuracy", WRONG, [set("data/accuracy/at_most", "1/8")], "is right on 0 to 1/8"),
        accept(
            "wider bounds of the error",
            WEIGHTS,
            [json("data/error", r#"{"at_least":"0","at_most":"1"}"#)],
            "4 of 40 drawn with seed 1",
        ),
        accept("a weaker confidence", TILTED, [set("params/confidence", "1/2")], "with confidence 1/2"),
        refuse("m", TILTED, [set("params/m", 3)], "params.m: expected 2, found 3"),
        refuse("d", TILTED, [set("params/d", 3)], "params.d: expected 2, found 3"),
        refuse("a tolerance", TILTED, [set("params/tolerance", "0")], "params.tolerance: expected a number above 0"),
        refuse("a length", TILTED, [set("params/n", 0)], "params.n: expected 1 to 4096, found 0"),
        refuse("inputs", TILTED, [set("params/estimate", 0)], "params.estimate: expected 1 to 10000000, found 0"),
        refuse("not too many", TILTED, [set("params/estimate", 10_000_001)], "params.estimate: expected 1 to 10000000"),
        refuse("all of them", TILTED, [set("params/estimate", 59)], "data.sample.right: expected 59, found 60"),
        refuse("a confidence", TILTED, [set("params/confidence", "1")], "params.confidence: expected a number above 0"),
        refuse(
            "a short confidence",
            TILTED,
            [set("params/confidence", "1/4294967296")],
            "params.confidence: expected a number above 0 and below 1 with a denominator of at most 32 bits",
        ),
        refuse(
            "no doubt left",
            TILTED,
            [set("params/confidence", "99/100")],
            "data.sample.accuracy.at_least: expected",
        ),
        refuse("another seed", WEIGHTS, [set("params/seed", 2)], "data.sample."),
        refuse("another distribution", WEIGHTS, [set("params/distribution", "uniform")], "data.sample."),
        refuse(
            "a weight a token",
            WEIGHTS,
            [json("params/distribution/weights", "[1, 3, 0]")],
            "params.distribution.weights: expected 2 weights, found 3",
        ),
        refuse(
            "a weight",
            WEIGHTS,
            [json("params/distribution/weights", "[0, 0]")],
            "params.distribution.weights: expected weights with a positive sum of 64 bits",
        ),
        refuse(
            "weights of 64 bits",
            WEIGHTS,
            [json("params/distribution/weights", "[18446744073709551615, 1]")],
            "params.distribution.weights: expected weights with a positive sum of 64 bits",
        ),
        refuse("what is right", WEIGHTS, [set("data/right", 5)], "data.sample.right: expected 4, found 5"),
        refuse("what is open", WEIGHTS, [set("data/open", 1)], "data.sample.open: expected 0, found 1"),
        refuse("what is near", WEIGHTS, [set("data/within_one", 39)], "data.sample.within_one: expected 40, found 39"),
        refuse(
            "the error",
            WEIGHTS,
            [set("data/error/at_most", "69/100")],
            "data.sample.error: expected bounds around 7/10 to 7/10, found 7/10 to 69/100",
        ),
        refuse("every answer", WEIGHTS, [pop("data/answers")], "data.sample.answers: number: expected 4, found 3"),
        refuse("no other answer", WEIGHTS, [again("data/answers")], "data.sample.answers: number: expected 4, found 5"),
        refuse(
            "how often an answer is right",
            WEIGHTS,
            [set("data/answers/1/right", 1)],
            "data.sample.answers[1]: expected 2: 0 of 11, found 2: 1 of 11",
        ),
        refuse(
            "a lower bound",
            WEIGHTS,
            [set("data/accuracy/at_least", "17442427/500000000")],
            "data.sample.accuracy.at_least",
        ),
        refuse(
            "an upper bound",
            WRONG,
            [set("data/accuracy/at_most", "22585629/200000000")],
            "data.sample.accuracy.at_most",
        ),
        refuse(
            "bounds in order",
            WRONG,
            [set("data/accuracy/at_least", "1/2")],
            "data.sample.accuracy.at_least: expected a lower confidence bound, found 1/2",
        ),
        refuse(
            "a bound that is a probability",
            WRONG,
            [set("data/accuracy/at_least", "-1")],
            "data.sample.accuracy: expected a probability",
        ),
        accept(
            "a confidence of 32 bits",
            TILTED,
            [set("params/confidence", "1/4294967295")],
            "with confidence 1/4294967295",
        ),
        refuse(
            "an upper bound where some are right",
            WEIGHTS,
            [set("data/accuracy/at_most", "107198819/500000000")],
            "data.sample.accuracy.at_most: expected an upper confidence bound, found",
        ),
        refuse(
            "the lower end of the error",
            TILTED,
            [set("data/error/at_least", "73103757/1000000000")],
            "data.sample.error: expected bounds around 18275939/250000000 to 73103757/1000000000",
        ),
        refuse(
            "the upper end of the error",
            TILTED,
            [set("data/error/at_most", "18275939/250000000")],
            "data.sample.error: expected bounds around 18275939/250000000 to 73103757/1000000000",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}

#[test]
fn an_estimate_is_none_of_the_other_verdicts() {
    let certificate = mended(&stored(TILTED)).unwrap();
    let (verdict, statement) = judged(&certificate).unwrap();
    assert_eq!(verdict, Verdict::Estimated, "{statement}");
}
