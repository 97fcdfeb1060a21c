//! Softmax transformers: surveys against the definition and against floats on every sequence; Tracr's models.

use crate::support::floats::Floats;
use counterproof::construct::compiled::{self, Stored};
use counterproof::construct::random::{SoftmaxShape, softmax, stack};
use counterproof::files::import;
use counterproof::files::mapping::Mapping;
use counterproof::files::task::NamedTask;
use counterproof::kernel::Verdict;
use counterproof::kernel::definition::{
    Asked, Judged, Part, Question, ReadAt, Reading, SoftmaxTransformer, Stack, Token, judge, places,
};
use counterproof::kernel::evidence::{MOST_BITS, Tally};
use counterproof::kernel::kind::{Between, Found, Kind, Misreading};
use counterproof::kernel::kind::{ReadingParams, Readings};
use counterproof::kernel::number::NaturalText;
use counterproof::kernel::number::{Enclosure, Precision, Rational, integer, ratio};
use counterproof::kernel::{Certificate, ClaimId};
use counterproof::kernel::{Clock, Rejection};
use counterproof::search::control::Control;
use counterproof::search::inputs::Sequences;
use counterproof::search::survey::{self, survey};
use num_bigint::BigUint;
use num_traits::{ToPrimitive, Zero};
use std::path::PathBuf;

fn half() -> Rational {
    ratio(1, 2)
}

fn found(model: &SoftmaxTransformer, question: &Question, n: u64) -> survey::Found {
    let found = survey(model, question, &half(), n, &Control::new(Some(2), None)).unwrap();
    assert!(found.trees.is_some() && found.tally.open.is_zero(), "{:?}", found.tally.first_open);
    assert_eq!(found.tally.decided(), found.inputs);
    found
}

fn tally(model: &SoftmaxTransformer, question: &Question, n: u64) -> Tally {
    found(model, question, n).tally
}

fn answer(
    model: &SoftmaxTransformer,
    question: &Question,
    sequence: &[Token],
    position: usize,
) -> Rational {
    let tokens: Vec<usize> = sequence.iter().map(|token| token.0).collect();
    let counts: Vec<u64> = (0..model.vocabulary())
        .map(|token| tokens.iter().filter(|&&other| other == token).count() as u64)
        .collect();
    let asked =
        Asked { sequence: Some(&tokens), counts: &counts, token: tokens[position], position };
    let read = if model.read_at == ReadAt::Every { tokens.len() } else { 1 };
    question.answer(&asked, read, &Clock::unlimited()).unwrap()
}

fn read(model: &SoftmaxTransformer, n: usize) -> std::ops::Range<usize> {
    match model.read_at {
        ReadAt::Last => n - 1..n,
        ReadAt::Every => 0..n,
    }
}

/// Every sequence and position by the definition: how many are right, and how many are wrong.
fn by_definition(model: &SoftmaxTransformer, question: &Question, n: usize) -> (u64, u64) {
    let (mut right, mut wrong) = (0, 0);
    for sequence in Sequences::new(n, model.vocabulary()) {
        for position in read(model, n) {
            let answer = answer(model, question, &sequence, position);
            let input = (sequence.as_slice(), position, &answer);
            match judge(model, &half(), input, MOST_BITS, &Clock::unlimited()).unwrap().0 {
                Judged::Right => right += 1,
                Judged::Wrong => wrong += 1,
                Judged::Open => panic!("{sequence:?} is open"),
            }
        }
    }
    (right, wrong)
}

/// The same in floats, with the least margin of what is right; what is too close to call for floats is counted apart.
fn in_floats(model: &SoftmaxTransformer, question: &Question, n: usize) -> (u64, u64, u64, f64) {
    let floats = Floats::new(model);
    let (mut right, mut wrong, mut close, mut least) = (0, 0, 0, f64::INFINITY);
    for sequence in Sequences::new(n, model.vocabulary()) {
        let outputs = floats.outputs(&sequence);
        for position in read(model, n) {
            let (y, answer) = (&outputs[position], answer(model, question, &sequence, position));
            let margin = match &model.reading {
                Reading::Number { .. } => 0.5 - (y[0] - answer.to_f64().unwrap()).abs(),
                Reading::ArgMax { answers, .. } => {
                    let best = |wanted: bool| {
                        let entries = y.iter().zip(answers);
                        let entries =
                            entries.filter(|(_, other)| (integer(**other) == answer) == wanted);
                        entries.map(|(y, _)| *y).fold(f64::NEG_INFINITY, f64::max)
                    };
                    best(true) - best(false)
                }
            };
            match margin {
                margin if margin.abs() < 1e-9 => close += 1,
                margin if margin > 0.0 => {
                    right += 1;
                    least = least.min(margin);
                }
                _ => wrong += 1,
            }
        }
    }
    (right, wrong, close, least)
}

fn shapes() -> Vec<SoftmaxShape> {
    let plain = SoftmaxShape {
        m: 3,
        d: 4,
        heads: 1,
        width: 5,
        longest: None,
        bos: false,
        norms: [false; 4],
        choices: None,
        read_at: ReadAt::Last,
    };
    let mut shapes = vec![
        plain,
        SoftmaxShape { longest: Some(5), ..plain },
        SoftmaxShape { heads: 2, bos: true, ..plain },
        SoftmaxShape { heads: 2, bos: true, longest: Some(4), read_at: ReadAt::Every, ..plain },
        SoftmaxShape { choices: Some(4), read_at: ReadAt::Every, ..plain },
        SoftmaxShape { choices: Some(4), norms: [true; 4], longest: Some(4), bos: true, ..plain },
        SoftmaxShape { heads: 0, ..plain },
    ];
    for place in 0..4 {
        let mut norms = [false; 4];
        norms[place] = true;
        shapes.push(SoftmaxShape { norms, ..plain });
    }
    shapes
}

fn questions() -> Vec<Question> {
    ["qc", "mfe", "max", "most-frequent-token", "reverse", "sort"]
        .map(|name| NamedTask::named(name).unwrap().question)
        .to_vec()
}

fn agrees(model: &SoftmaxTransformer, question: &Question, n: usize, context: &str) {
    let found = tally(model, question, n as u64);
    let (right, wrong, close, least) = in_floats(model, question, n);
    let counted = (found.right.to_u64().unwrap(), found.wrong.to_u64().unwrap());
    assert!(
        right <= counted.0 && counted.0 <= right + close,
        "{context}: {counted:?}, floats {right}"
    );
    assert!(
        wrong <= counted.1 && counted.1 <= wrong + close,
        "{context}: {counted:?}, floats {wrong}"
    );
    if close == 0 && least.is_finite() {
        let (lo, hi) = found.margin.unwrap();
        let near = 1e-6 * (1.0 + least);
        let (lo, hi) = (lo.to_f64().unwrap(), hi.to_f64().unwrap());
        // a bound over many inputs is below their least margin, and its upper end above
        assert!(
            lo <= least + near && least - near <= hi,
            "{context}: {lo} to {hi}, floats {least}"
        );
    }
    if let Some((sequence, position)) = &found.first_wrong {
        let answer = answer(model, question, sequence, *position);
        let input = (sequence.as_slice(), *position, &answer);
        let judged = judge(model, &half(), input, MOST_BITS, &Clock::unlimited()).unwrap().0;
        assert_eq!(judged, Judged::Wrong, "{context}");
    }
}

#[test]
fn surveys_of_one_layer_agree_with_floats_on_every_sequence() {
    for (index, shape) in shapes().into_iter().enumerate() {
        for seed in 0..3 {
            let model = softmax(shape, seed).unwrap();
            for question in questions() {
                for n in [1, 4] {
                    agrees(
                        &model,
                        &question,
                        n,
                        &format!("shape {index}, seed {seed}, {question}, n = {n}"),
                    );
                }
            }
        }
    }
}

#[test]
fn stacks_of_any_depth_agree_with_floats_on_every_sequence() {
    for seed in 0..60 {
        let (m, n) = (2 + seed as usize % 2, 1 + seed as usize % 3);
        let model = stack(m, 4, n, seed).unwrap();
        for question in questions() {
            agrees(&model, &question, n, &format!("seed {seed}, {question}, n = {n}"));
        }
    }
}

#[test]
fn surveys_agree_with_the_definition_input_by_input() {
    for seed in 100..112 {
        let model = stack(2, 2, 3, seed).unwrap();
        for question in questions() {
            let (right, wrong) = by_definition(&model, &question, 3);
            let found = tally(&model, &question, 3);
            assert_eq!(
                (found.right, found.wrong),
                (right.into(), wrong.into()),
                "seed {seed}, {question}"
            );
        }
    }
}

#[test]
fn every_output_encloses_what_floats_give() {
    let models = shapes().into_iter().map(|shape| softmax(shape, 11).unwrap());
    let deep = (0..80).map(|seed| stack(3, 4, 3, seed).unwrap());
    for (index, model) in models.chain(deep).enumerate() {
        let (p, floats) = (Precision(96), Floats::new(&model));
        let enclosed = Stack::<Enclosure>::new(&model, p).unwrap().unwrap();
        for sequence in Sequences::new(3, 3) {
            let tokens: Vec<usize> = sequence.iter().map(|token| token.0).collect();
            let places = places(&model, &tokens);
            let all: Vec<usize> = (places.len() - 3..places.len()).collect();
            let outputs = enclosed.outputs(&places, &all, &Clock::unlimited()).unwrap().unwrap();
            for (y, float) in
                outputs.iter().flatten().zip(floats.outputs(&sequence).iter().flatten())
            {
                let (lo, hi) = p.ends(y);
                let near = 1e-8 * (1.0 + float.abs());
                let around =
                    lo.to_f64().unwrap() <= float + near && float - near <= hi.to_f64().unwrap();
                assert!(
                    around,
                    "model {index}, {tokens:?}: {float} and {} to {}",
                    lo.to_f64().unwrap(),
                    hi.to_f64().unwrap()
                );
                assert!((hi - lo).to_f64().unwrap() < 1e-6, "model {index}: too wide to be of use");
            }
        }
    }
}

fn data(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/tracr");
    std::fs::read(folder.join(name)).unwrap()
}

fn mapping(name: &str) -> Mapping {
    Mapping::parse(&String::from_utf8(data(name)).unwrap()).unwrap()
}

fn tracr(longest: usize) -> SoftmaxTransformer {
    let name = format!("hist_V4_L{longest}");
    import(&data(&format!("{name}.npz")), &mapping(&format!("{name}.mapping.json"))).unwrap()
}

#[test]
fn tracr_models_get_the_verdicts_that_are_known() {
    for (longest, n) in (1..=6).map(|n| (6, n)).chain((1..=10).map(|n| (10, n))) {
        let model = tracr(longest);
        let survey = found(&model, &Question::QueryCount, n);
        assert_eq!(survey.configurations, n.into(), "only the number of equal tokens matters");
        assert_eq!(survey.inputs, BigUint::from(4u64.pow(n as u32) * n));
        let found = survey.tally;
        if n < 10 {
            assert!(found.wrong.is_zero());
            // the margin is n (n + 1) < 100 in numbers: E / (n (n + 1)) - 1, at most 1
            let ideal = (ratio(100, (n * (n + 1)) as i64) - integer(1)).min(integer(1));
            let (lo, hi) = found.margin.unwrap();
            let near = ratio(1, 100_000);
            assert!(&lo - &near <= ideal && ideal <= hi + near, "n = {n}");
        } else {
            // ten equal tokens, four of them, read at ten positions
            assert_eq!(found.wrong, 40u64.into());
            let (sequence, position) = found.first_wrong.unwrap();
            assert_eq!(sequence, vec![Token(0); 10]);
            let nine = (sequence.as_slice(), position, &integer(9));
            let judged = judge(&model, &half(), nine, MOST_BITS, &Clock::unlimited()).unwrap().0;
            assert_eq!(judged, Judged::Right, "it reads 9");
        }
    }
}

/// The first hidden layer.
fn first_layer(model: &SoftmaxTransformer) -> &counterproof::kernel::number::Matrix {
    let mlp = model.blocks.iter().find_map(|block| match &block.part {
        Part::Mlp(mlp) => Some(mlp),
        Part::Attention(_) => None,
    });
    &mlp.unwrap().hidden[0].weight
}

#[test]
fn our_rebuilt_histogram_is_the_compiled_one() {
    for longest in [6, 10] {
        let model = tracr(longest);
        let thresholds = compiled::thresholds(longest, 100, Stored::Single);
        let thresholds: Vec<Rational> =
            thresholds.into_iter().flat_map(|(a, b, _)| [-a, -b]).collect();
        // the row that `one` feeds: every unit but the first and the last, which carry no threshold
        let weight = first_layer(&model);
        let one = (0..model.dimension())
            .find(|&j| weight.get(1, j) == Some(&thresholds[0]))
            .expect("the first threshold");
        let theirs: Vec<Rational> =
            (1..weight.rows() - 1).map(|i| weight.get(i, one).unwrap().clone()).collect();
        assert_eq!(theirs, thresholds, "every bit of every threshold");
        let ours = compiled::histogram(4, longest, 100, Stored::Single).unwrap();
        for n in 1..=longest as u64 {
            let [ours, theirs] =
                [&ours, &model].map(|model| tally(model, &Question::QueryCount, n));
            assert_eq!(
                (ours.right, ours.wrong, ours.margin),
                (theirs.right, theirs.wrong, theirs.margin)
            );
        }
    }
}

#[test]
fn interchangeable_tokens_make_a_large_vocabulary_small() {
    let model = compiled::histogram(50, 30, 2000, Stored::Single).unwrap();
    let survey = found(&model, &Question::QueryCount, 30);
    assert_eq!(survey.configurations, 30u64.into());
    assert_eq!(survey.inputs, BigUint::from(50u64).pow(30) * 30u64);
    assert!(survey.tally.wrong.is_zero());
}

#[test]
fn a_tie_has_no_winner_and_is_certain() {
    // with exact thresholds n (n + 1) = E puts n equal tokens on the middle of a ramp
    let model = compiled::histogram(2, 4, 12, Stored::Exactly).unwrap();
    let found = tally(&model, &Question::QueryCount, 3);
    assert_eq!((found.wrong, found.first_wrong.unwrap().0), (6u64.into(), vec![Token(0); 3]));
    // one other token leaks e^-50 into the denominator, which is enough
    assert_eq!(tally(&model, &Question::QueryCount, 2).wrong, BigUint::ZERO);
    let four = tally(&model, &Question::QueryCount, 4);
    assert!(
        four.places > 64,
        "three equal tokens of four are decided by the leak: {} bits",
        four.places
    );
}

#[test]
fn a_gap_of_scores_of_any_size_is_no_obstacle() {
    // scores differ by 16000 and more: the other tokens have weight zero to all that matters
    let model = compiled::histogram(3, 4, 100, Stored::Single).unwrap();
    let mut weights: counterproof::kernel::definition::SoftmaxWeights = model.into();
    for block in &mut weights.blocks {
        if let Part::Attention(attention) = &mut block.part {
            for head in &mut attention.heads {
                if let counterproof::kernel::definition::HeadWeights::Softmax(scores) =
                    &mut head.weights
                {
                    scores.scale = ratio(1, 100_000_000).into();
                }
            }
        }
    }
    let model = SoftmaxTransformer::new(weights).unwrap();
    assert!(tally(&model, &Question::QueryCount, 4).wrong.is_zero());
}

#[test]
fn certificates_say_nothing_that_is_not_recomputed() {
    let model = tracr(10);
    let params =
        |n| ReadingParams { task: Question::QueryCount, tolerance: half().into(), n, m: 4, d: 29 };
    fn accepted<K: Kind<Params = ReadingParams>>(
        params: ReadingParams,
        data: K,
    ) -> Result<Verdict, Rejection> {
        let text = Certificate::new(ClaimId::MODEL, params, data).to_json().unwrap();
        Certificate::parse(&text).unwrap().check(&Clock::unlimited()).map(|found| found.verdict)
    }
    let margin = |lo, hi| Some(Between { at_least: lo, at_most: hi });
    let grown = |n| found(&model, &Question::QueryCount, n).trees.unwrap();
    let all = |n, right: u64, wrong: u64, margin| Readings {
        model: model.clone(),
        trees: grown(n),
        right: NaturalText(right.into()),
        wrong: NaturalText(wrong.into()),
        margin,
    };
    let about = margin(ratio(78, 100).into(), ratio(79, 100).into());
    let good = all(7, 114_688, 0, about.clone());
    assert_eq!(accepted(params(7), good), Ok(Verdict::Verified));
    for bad in [
        all(7, 114_687, 1, about.clone()),
        all(7, 114_688, 0, None),
        all(7, 114_688, 0, margin(ratio(79, 100).into(), ratio(80, 100).into())),
        all(7, 114_688, 0, margin(ratio(77, 100).into(), ratio(78, 100).into())),
    ] {
        assert!(accepted(params(7), bad).is_err());
    }
    let ten = all(10, 10_485_720, 40, None);
    assert_eq!(accepted(params(10), ten), Ok(Verdict::Refuted));
    assert!(accepted(params(10), all(10, 10_485_760, 0, about)).is_err());
    let one = |position, answer: u64, output, sequence: Vec<usize>| Misreading {
        model: model.clone(),
        sequence: sequence.into_iter().map(Token).collect(),
        position,
        answer: integer(answer).into(),
        output,
    };
    let nine = Found::Choice(Some(9));
    let good = one(4, 10, nine.clone(), vec![2; 10]);
    assert_eq!(accepted(params(10), good), Ok(Verdict::Refuted));
    let mixed = vec![2, 2, 2, 2, 2, 2, 2, 2, 2, 1];
    for bad in [
        one(4, 9, nine.clone(), mixed.clone()),
        one(4, 10, nine.clone(), mixed),
        one(4, 9, nine.clone(), vec![2; 10]),
        one(4, 10, Found::Choice(Some(8)), vec![2; 10]),
        one(10, 10, nine.clone(), vec![2; 10]),
        one(4, 10, nine, vec![4; 10]),
    ] {
        assert!(accepted(params(10), bad).is_err());
    }
}

#[test]
fn limits_leave_a_verdict_open_or_refute_by_one_input() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, model: SoftmaxTransformer, n: &str, limit: &str| {
        let path = folder.path().join(name);
        let model = counterproof::files::model::Model::Softmax(std::sync::Arc::new(model));
        std::fs::write(&path, model.to_json().unwrap()).unwrap();
        let output = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("counterproof"))
            .args(["verify", "--format", "json", "--time-limit", limit, "--n", n, "--certificates"])
            .arg(folder.path())
            .arg("--model")
            .arg(&path)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        (output.status.code(), document["records"][0].clone())
    };
    // right on every input, but more of them than fit into the time
    let right = compiled::histogram(2, 150, 1_000_000, Stored::Single).unwrap();
    let (code, record) = run("right.json", right, "150", "0.02");
    assert_eq!((code, record["verdict"].as_str()), (Some(3), Some("undecided")), "{record}");
    assert!(record["values"]["decided"].is_string() && record["certificate"].is_null());
    assert!(record["reason"].as_str().unwrap().contains("inputs decided"), "{record}");
    // 6^11 sequences, of which one is enough
    let shape = SoftmaxShape { m: 6, longest: Some(11), ..shapes()[0] };
    let (code, record) = run("wrong.json", softmax(shape, 0).unwrap(), "11", "0.5");
    assert_eq!((code, record["verdict"].as_str()), (Some(1), Some("refuted")), "{record}");
    let text = std::fs::read_to_string(record["certificate"].as_str().unwrap()).unwrap();
    let certificate = Certificate::parse(&text).unwrap();
    assert!(certificate.get::<Misreading>().is_some(), "{record}");
    assert!(certificate.check(&Clock::unlimited()).is_ok());
}
