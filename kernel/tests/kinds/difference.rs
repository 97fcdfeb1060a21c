//! Two softmax models on the same inputs.

use crate::table::{Case, accept, check, json, judged, mended, refuse, set, stored, with};
use counterproof_kernel::Verdict;

const ALL: &str = "difference/all";
const CHOICES: &str = "difference/choices";
const DRAWN: &str = "difference/drawn";
const PLACED: &str = "difference/placed";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "attention beside uniform attention",
            ALL,
            [],
            "over all 24 inputs two softmax transformers are 57978403/1000000000 to 14494601/250000000 apart in the mean and at most \
             40694101/250000000, and agree on 24, 0 being too close to call; the first is 258642151/500000000 to 517284303/1000000000 from 2 in \
             the mean, n = 3, m = 2, d = 2",
        ),
        accept(
            "answers of ties",
            CHOICES,
            [],
            "over all 64 inputs two softmax transformers are 1/4 to 5/8 apart in the mean and at most 2, and agree on 36, 12 being",
        ),
        accept("positions of one of them", PLACED, [], "over all 8 inputs"),
        accept(
            "a sample",
            DRAWN,
            [],
            "with confidence 9/10 two softmax transformers agree on 146530639/250000000 to 418739251/500000000 of inputs whose tokens are drawn \
             with the weights 1, 3; over 40 drawn with seed 1 they are 3345673/15625000 to 214123073/1000000000 apart in the mean and at most",
        ),
        accept("a weaker confidence", DRAWN, [set("params/inputs/drawn/confidence", "1/2")], "with confidence 1/2"),
        accept(
            "wider bounds of the mean",
            ALL,
            [set("data/mean/at_most", "1/16")],
            "57978403/1000000000 to 1/16 apart",
        ),
        accept("wider bounds of the largest", ALL, [set("data/largest/at_least", "-1")], "over all 24 inputs"),
        accept("wider bounds of the share", CHOICES, [set("data/agreement/at_most", "7/8")], "agree on 36"),
        accept(
            "no output is at a constant far off",
            PLACED,
            [
                set("params/constant", "-1000000"),
                json("data/from_constant", r#"{"at_least": "1000000", "at_most": "1000003"}"#),
            ],
            "from -1000000 in the mean",
        ),
        refuse("m", ALL, [set("params/m", 3)], "params.m: expected 2, found 3"),
        refuse("d", ALL, [set("params/d", 3)], "params.d: expected 2, found 3"),
        refuse("a length", ALL, [set("params/n", 0)], "params.n: expected 1 to 4096, found 0"),
        refuse("a length of the other model", PLACED, [set("params/n", 4)], "params.n: expected 1 to 3, found 4"),
        refuse("another length", ALL, [set("params/n", 4)], "data.difference."),
        refuse(
            "the same tokens",
            ALL,
            [with("data/other/embedding", |embedding| {
                embedding["shape"][0] = 3.into();
                embedding["rows"].as_array_mut().unwrap().push(serde_json::json!(["0", "0"]));
            })],
            "data.difference.other: tokens: expected 2, found 3",
        ),
        refuse(
            "outputs of one kind",
            ALL,
            [json(
                "data/other/reading",
                r#"{"arg-max": {"map": {"weight": {"shape": [1, 2], "rows": [["1", "0"]]}, "bias": ["0"]}, "answers": [1]}}"#,
            )],
            "data.difference.other.reading: expected that of the model, found another",
        ),
        refuse(
            "outputs at the same positions",
            ALL,
            [set("data/other/read_at", "last")],
            "data.difference.other.read_at: expected that of the model, found another",
        ),
        refuse("how many agree", ALL, [set("data/agree", "23")], "data.difference.agree: expected 24, found 23"),
        refuse(
            "how many of a sample",
            DRAWN,
            [set("data/agree", "30")],
            "data.difference.agree: expected 29, found 30",
        ),
        refuse("how many are open", CHOICES, [set("data/open", "0")], "data.difference.open: expected 12, found 0"),
        refuse("the mean from below", ALL, [set("data/mean/at_least", "14494601/250000000")], "data.difference.mean"),
        refuse(
            "the mean from above",
            ALL,
            [set("data/mean/at_most", "57978403/1000000000")],
            "data.difference.mean: expected bounds around 57978403/1000000000 to 14494601/250000000",
        ),
        refuse(
            "the largest from below",
            ALL,
            [set("data/largest/at_least", "40694101/250000000")],
            "data.difference.largest: expected bounds around 162776403/1000000000 to 40694101/250000000",
        ),
        refuse(
            "the largest from above",
            ALL,
            [set("data/largest/at_most", "162776403/1000000000")],
            "data.difference.largest: expected bounds around",
        ),
        refuse(
            "the distance from the constant",
            ALL,
            [set("data/from_constant/at_most", "258642151/500000000")],
            "data.difference.from_constant: expected bounds around 258642151/500000000 to 517284303/1000000000",
        ),
        refuse("another constant", ALL, [set("params/constant", "3/2")], "data.difference.from_constant: expected"),
        refuse(
            "the share of all inputs from below",
            CHOICES,
            [set("data/agreement/at_least", "5/8")],
            "data.difference.agreement: expected bounds around 9/16 to 3/4, found 5/8 to 3/4",
        ),
        refuse(
            "the share of all inputs from above",
            CHOICES,
            [set("data/agreement/at_most", "9/16")],
            "data.difference.agreement: expected bounds around 9/16 to 3/4, found 9/16 to 9/16",
        ),
        refuse(
            "a lower confidence bound",
            DRAWN,
            [set("data/agreement/at_least", "586122557/1000000000")],
            "data.difference.agreement.at_least: expected a lower confidence bound",
        ),
        refuse(
            "an upper confidence bound",
            DRAWN,
            [set("data/agreement/at_most", "837478501/1000000000")],
            "data.difference.agreement.at_most: expected an upper confidence bound",
        ),
        refuse(
            "a share that is a probability",
            DRAWN,
            [set("data/agreement/at_least", "-1")],
            "data.difference.agreement: expected a probability",
        ),
        refuse("another seed", DRAWN, [set("params/inputs/drawn/seed", 2)], "data.difference."),
        refuse("other inputs", DRAWN, [set("params/inputs", "all")], "data.difference."),
        refuse("fewer inputs", DRAWN, [set("params/inputs/drawn/estimate", 39)], "data.difference."),
        refuse(
            "inputs",
            DRAWN,
            [set("params/inputs/drawn/estimate", 0)],
            "params.inputs.drawn.estimate: expected 1 to 10000000, found 0",
        ),
        refuse(
            "not too many",
            DRAWN,
            [set("params/inputs/drawn/estimate", 10_000_001)],
            "params.inputs.drawn.estimate: expected 1 to 10000000",
        ),
        refuse(
            "a confidence",
            DRAWN,
            [set("params/inputs/drawn/confidence", "1")],
            "params.inputs.drawn.confidence: expected a number above 0",
        ),
        refuse(
            "no doubt left",
            DRAWN,
            [set("params/inputs/drawn/confidence", "99/100")],
            "data.difference.agreement.at_least: expected a lower confidence bound",
        ),
        refuse(
            "a weight a token",
            DRAWN,
            [json("params/inputs/drawn/distribution/weights", "[1, 3, 0]")],
            "params.inputs.drawn.distribution.weights: expected 2 weights, found 3",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}

#[test]
fn a_sample_is_an_estimate_and_all_inputs_are_none() {
    for (file, expected) in [
        (DRAWN, Verdict::Estimated),
        (ALL, Verdict::Verified),
        (CHOICES, Verdict::Verified),
        (PLACED, Verdict::Verified),
    ] {
        let (verdict, statement) = judged(&mended(&stored(file)).unwrap()).unwrap();
        assert_eq!(verdict, expected, "{statement}");
    }
}
