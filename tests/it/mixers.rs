//! The hand-built counters of the histogram task: each against the definition on every sequence, against floats, and at the
//! sizes where the published condition is not needed.

use crate::support::floats::Floats;
use assert_cmd::Command;
use counterproof::construct::behrens::{Counter, Design, Mixing};
use counterproof::construct::embedding::Kind;
use counterproof::kernel::definition::{
    Activation, Judged, Part, Question, SoftmaxTransformer, SoftmaxWeights, Token, judge,
};
use counterproof::kernel::evidence::MOST_BITS;
use counterproof::kernel::number::{Matrix, integer, ratio};
use counterproof::kernel::{Certificate, Clock};
use counterproof::search::control::Control;
use counterproof::search::inputs::Sequences;
use counterproof::search::survey::survey;
use num_traits::Zero;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn design(counter: Counter) -> Design {
    counter.design().unwrap_or_else(|error| panic!("{counter:?}: {error}"))
}

fn count(sequence: &[Token], position: usize) -> u64 {
    sequence.iter().filter(|&&token| token == sequence[position]).count() as u64
}

/// How many inputs are right, wrong, and open: ties of numbers that are enclosed.
#[derive(Debug, Default, PartialEq)]
struct Found {
    right: u64,
    wrong: u64,
    open: u64,
}

/// Every sequence and position by the definition in enclosures, beside floats.
fn by_definition(model: &SoftmaxTransformer, n: usize) -> Found {
    let (floats, mut found) = (Floats::new(model), Found::default());
    for sequence in Sequences::new(n, model.vocabulary()) {
        let outputs = floats.outputs(&sequence);
        for (position, y) in outputs.iter().enumerate() {
            let answer = count(&sequence, position);
            let input = (sequence.as_slice(), position, &integer(answer));
            let judged = judge(model, &ratio(1, 2), input, MOST_BITS, &Clock::unlimited());
            let others = y.iter().enumerate().filter(|(k, _)| *k as u64 != answer);
            let best = others.map(|(_, y)| *y).fold(f64::NEG_INFINITY, f64::max);
            let margin = y[answer as usize] - best;
            let (counted, agrees) = match judged.unwrap().0 {
                Judged::Right => (&mut found.right, margin > -1e-9),
                Judged::Wrong => (&mut found.wrong, margin < 1e-9),
                Judged::Open => (&mut found.open, margin.abs() < 1e-9),
            };
            *counted += 1;
            assert!(agrees, "{sequence:?} at {position}: {margin}");
        }
    }
    found
}

/// How many are wrong, where none is open.
fn wrong(model: &SoftmaxTransformer, n: usize) -> u64 {
    let found = by_definition(model, n);
    assert_eq!(found.open, 0);
    found.wrong
}

/// What the survey finds wrong.
fn surveyed(model: &SoftmaxTransformer, n: u64) -> u64 {
    let control = Control::new(Some(2), None);
    let found = survey(model, &Question::QueryCount, &ratio(1, 2), n, &control).unwrap();
    assert!(found.trees.is_some() && found.tally.open.is_zero());
    u64::try_from(&found.tally.wrong).unwrap()
}

#[test]
fn every_kind_counts_under_the_published_condition() {
    for mixing in Mixing::ALL {
        for (n, m, d) in [(1, 1, 1), (4, 1, 1), (1, 3, 3), (4, 3, 3), (3, 4, 4), (3, 3, 5)] {
            let counter = Counter::new(mixing, n, m, d);
            let design = design(counter);
            assert!(counter.condition_holds() && design.bound_holds);
            assert_eq!(wrong(&design.model, n as usize), 0, "{counter:?}");
        }
        let rotated =
            Counter { embedding: Some((Kind::Rotated, 3)), ..Counter::new(mixing, 3, 3, 4) };
        assert_eq!(wrong(&design(rotated).model, 3), 0, "{rotated:?}");
    }
}

#[test]
fn fewer_dimensions_suffice() {
    for mixing in Mixing::ALL {
        for (n, m) in [(4, 2), (4, 3), (3, 4), (3, 5)] {
            let counter = Counter::new(mixing, n, m, m - 1);
            if mixing == Mixing::BosSoftmax && m - 1 < 3 {
                continue;
            }
            let design = design(counter);
            assert!(!counter.condition_holds() && design.bound_holds, "{counter:?}");
            assert_eq!(wrong(&design.model, n as usize), 0, "{counter:?}");
        }
    }
    // any number of tokens in three dimensions, by one hidden unit
    for (n, m) in [(3, 7), (40, 12)] {
        let design = design(Counter::new(Mixing::BosSoftmax, n, m, 3));
        assert_eq!(design.model.dimension(), 3);
        if n < 4 {
            assert_eq!(wrong(&design.model, n as usize), 0);
        } else {
            handful(&design.model, n as usize);
        }
    }
}

/// Sequences of two tokens, each pair and every count: by the definition.
fn handful(model: &SoftmaxTransformer, n: usize) {
    let m = model.vocabulary();
    for (a, b) in (0..m).flat_map(|a| [(a, (a + 1) % m), (a, (a + m / 2) % m)]) {
        for c in [1, 2, n / 2, n - 1, n] {
            let sequence: Vec<Token> = (0..n).map(|i| Token(if i < c { a } else { b })).collect();
            let input = (sequence.as_slice(), 0, &integer(c as u64));
            let judged = judge(model, &ratio(1, 2), input, MOST_BITS, &Clock::unlimited());
            assert_eq!(judged.unwrap().0, Judged::Right, "{a}, {b}, {c}");
        }
    }
}

#[test]
fn our_condition_is_never_wrong_and_the_survey_agrees_with_the_definition() {
    let kinds =
        [Kind::Truncated, Kind::Moment, Kind::Random { bound: 1 }, Kind::Random { bound: 3 }];
    let (mut held, mut beyond) = (0, 0);
    for (mixing, kind) in Mixing::ALL.into_iter().flat_map(|x| kinds.map(|kind| (x, kind))) {
        for (n, m, d, seed) in
            [(2, 3, 2, 0), (2, 3, 3, 1), (3, 3, 4, 2), (2, 2, 3, 5), (2, 4, 6, 8)]
        {
            let embedding = Some((kind, seed));
            let counter = Counter { embedding, ..Counter::new(mixing, n, m, d) };
            let design = design(counter);
            let wrong = wrong(&design.model, n as usize);
            assert_eq!(surveyed(&design.model, n), wrong, "{counter:?}");
            assert!(wrong == 0 || !design.bound_holds, "{counter:?}");
            held += u32::from(design.bound_holds);
            beyond += u32::from(wrong == 0 && !design.bound_holds);
        }
    }
    // the condition says yes sometimes, and is not necessary for the histogram kinds
    assert!(held >= 5 && beyond >= 1, "{held}, {beyond}");
}

/// The same model with another MLP of one hidden unit.
fn with_one_unit(model: &SoftmaxTransformer, rng: &mut ChaCha8Rng) -> SoftmaxTransformer {
    let mut weights = SoftmaxWeights::from(model.clone());
    let mut entry = || integer(rng.random_range(-3i64..=3));
    for block in &mut weights.blocks {
        let Part::Mlp(mlp) = &mut block.part else { continue };
        assert_eq!(mlp.activation, Activation::Relu);
        let hidden = &mut mlp.hidden[0];
        hidden.weight = Matrix::from_fn(1, hidden.weight.cols(), |_, _| entry());
        hidden.bias = vec![entry().into()];
        mlp.output.weight = Matrix::from_fn(mlp.output.weight.rows(), 1, |_, _| entry());
        mlp.output.bias.iter_mut().for_each(|bias| bias.0 = entry());
    }
    SoftmaxTransformer::new(weights).unwrap()
}

#[test]
fn one_hidden_unit_never_counts_where_weights_are_normalised() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    for mixing in [Mixing::Linear, Mixing::LinearSoftmax, Mixing::DotSoftmax] {
        let usual = design(Counter::new(mixing, 2, 2, 2)).model;
        for _ in 0..200 {
            let model = with_one_unit(&usual, &mut rng);
            // one unit orders the counts 1 and 2 in two ways, one for each query
            assert!(by_definition(&model, 2).right < 8);
        }
        // the units of the first tokens alone do not
        let fewer = Counter { p: Some(2), ..Counter::new(mixing, 3, 3, 3) };
        assert!(wrong(&design(fewer).model, 3) > 0);
    }
}

#[test]
fn two_hidden_units_count_three_tokens_at_length_two() {
    for mixing in [Mixing::Linear, Mixing::LinearSoftmax] {
        for d in [2, 3] {
            let counter = Counter { p: Some(2), ..Counter::new(mixing, 2, 3, d) };
            let design = design(counter);
            assert!(!counter.condition_holds() && design.bound_holds);
            assert_eq!(wrong(&design.model, 2), 0, "{counter:?}");
        }
    }
}

#[test]
fn repeated_sequences_get_different_outputs_without_positions() {
    for (mixing, d) in [(Mixing::BosSoftmax, 3), (Mixing::Bos, 4), (Mixing::Dot, 4)] {
        let model = design(Counter::new(mixing, 6, 4, d)).model;
        assert!(model.positions.is_none() && model.ignores_order());
        for n in 1..=6 {
            assert_eq!(surveyed(&model, n), 0, "{mixing:?} at {n}");
        }
    }
    // softmax without BOS: right at the length it is made for, and wrong on repeated sequences of half of it
    let model = design(Counter::new(Mixing::DotSoftmax, 4, 3, 3)).model;
    assert!(model.ignores_order());
    assert_eq!((surveyed(&model, 4), surveyed(&model, 2)), (0, 18));
}

#[test]
fn sizes_that_no_construction_has_are_named() {
    for (counter, message) in [
        (Counter::new(Mixing::Dot, 0, 2, 2), "n: expected 1 to 1024"),
        (Counter::new(Mixing::Linear, 1025, 2, 2), "n: expected 1 to 1024"),
        (Counter::new(Mixing::Linear, 2, 200, 200), "sizes: expected m^2 d of at most 4194304"),
        (Counter { p: Some(2), ..Counter::new(Mixing::Dot, 2, 2, 2) }, "p: expected 1 for dot"),
        (
            Counter { p: Some(4), ..Counter::new(Mixing::Linear, 2, 3, 3) },
            "p: expected 1 to 3 for lin",
        ),
        (
            Counter { embedding: Some((Kind::OneHot, 0)), ..Counter::new(Mixing::Bos, 2, 3, 2) },
            "d: expected at least m = 3",
        ),
        (
            Counter {
                embedding: Some((Kind::Simplex, 0)),
                ..Counter::new(Mixing::BosSoftmax, 2, 3, 3)
            },
            "embedding: expected onehot, rotated",
        ),
    ] {
        let error = counter.design().unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(assert_cmd::cargo::cargo_bin!()).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_line_decides_and_hands_out_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (certificates, model) = (place("certificates"), place("counter.json"));
    let options =
        "token-mixing --kind bos+sftm,dot,lin --n 3 --m 4 --d 2-4 --format json --certificates";
    let arguments: Vec<&str> =
        ["verify"].into_iter().chain(options.split(' ')).chain([certificates.as_str()]).collect();
    let (code, text, error) = run(&arguments);
    assert_eq!(code, 1, "{error}");
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let records = document["records"].as_array().unwrap();
    let found: Vec<(u64, bool, bool)> = records
        .iter()
        .map(|record| {
            let values = &record["values"];
            let verified = record["verdict"] == "verified";
            assert_eq!(values["bound_holds"], verified, "{record}");
            let path = record["certificate"].as_str().unwrap();
            let certificate = Certificate::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
            assert!(certificate.check(&Clock::unlimited()).is_ok(), "{record}");
            let d = record["params"]["d"].as_u64().unwrap();
            (d, values["condition_holds"].as_bool().unwrap(), verified)
        })
        .collect();
    let each = [(2, false, false), (3, false, true), (4, true, true)];
    assert_eq!(
        found,
        each.repeat(3),
        "necessary is neither d = m nor, for these weights, less than m - 1"
    );
    let (code, _, error) = run(&[
        "construct",
        "behrens",
        "--kind",
        "bos+sftm",
        "--n",
        "5",
        "--m",
        "5",
        "--d",
        "3",
        "--out",
        &model,
    ]);
    assert_eq!(code, 0, "{error}");
    let (code, text, error) =
        run(&["verify", "--model", &model, "--task", "histogram", "--n", "1-5", "--format", "csv"]);
    assert_eq!((code, text.matches(",verified,").count()), (0, 5), "{text}{error}");
    for (arguments, message) in [
        ("construct behrens --n 2 --m 2 --out x", "--kind: expected one of bos, bos+sftm"),
        (
            "construct behrens --kind lin --n 2 --m 2 --base 2 --out x",
            "--base: behrens has no such option",
        ),
        (
            "construct qc-histogram --kind lin --n 2 --m 2 --out x",
            "--kind: qc-histogram has no such option",
        ),
        ("verify token-mixing --kind boss", "'bos'"),
        ("verify token-mixing --kind dot --p 2", "p: expected 1 for dot"),
        ("verify qc-histogram --kind dot", "--kind: qc-histogram has no such option"),
    ] {
        let (code, _, error) = run(&arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(code, 2, "{arguments}: {error}");
        assert!(error.contains(message), "{arguments}: {error}");
    }
}
