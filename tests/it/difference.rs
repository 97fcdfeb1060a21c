//! `verify --model --difference`: how far two models are apart, beside what floats say of all inputs or of those that are drawn.

use crate::ablation::SHAPE;
use crate::common::sample::{tail, tokens, word};
use crate::support::floats::Floats;
use crate::support::program::{Ended, records, run_anywhere};
use counterproof::construct::ablation::{Ablation, ablated};
use counterproof::construct::random::{SoftmaxShape, softmax};
use counterproof::files::model::Model;
use counterproof::files::open;
use counterproof::kernel::definition::{Question, ReadAt, Reading, SoftmaxTransformer, Token};
use counterproof::kernel::kind::{Distribution, SampleParams};
use counterproof::kernel::number::{Rational, integer, parse_canonical, ratio};
use num_traits::ToPrimitive;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

const COUNTS: &str = "tests/data/trained/counts-qc.safetensors";
const PLACED: &str = "tests/data/trained/positions-qc.safetensors";
fn verify(arguments: &str) -> Ended {
    run_anywhere(&format!("verify --difference --format json --quiet {arguments}"))
}

fn record(arguments: &str, verdict: &str) -> Value {
    let output = verify(arguments);
    assert_eq!(output.0, 0, "{arguments}: {}", output.2);
    let [record] = &records(&output)[..] else { panic!("one cell") };
    assert_eq!(record["verdict"], verdict);
    assert_eq!(record["params"]["difference"], true);
    record.clone()
}

fn rational(value: &Value) -> Rational {
    match value {
        Value::Number(number) => integer(number.as_u64().unwrap()),
        other => parse_canonical(other.as_str().unwrap()).unwrap(),
    }
}

fn number(values: &Value, name: &str) -> f64 {
    rational(&values[name]).to_f64().unwrap()
}

fn trained(path: &str) -> SoftmaxTransformer {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let Ok((Model::Softmax(model), _)) = open(&std::fs::read(file).unwrap(), None) else {
        panic!("{path} is a softmax model")
    };
    model.as_ref().clone()
}

fn stored(folder: &Path, name: &str, model: &SoftmaxTransformer) -> String {
    let path = folder.join(name);
    std::fs::write(&path, Model::Softmax(Arc::new(model.clone())).to_json().unwrap()).unwrap();
    path.display().to_string()
}

fn sequences(n: usize, m: usize) -> impl Iterator<Item = Vec<Token>> {
    (0..m.pow(n as u32))
        .map(move |index| (0..n).map(|i| Token(index / m.pow(i as u32) % m)).collect())
}

/// What a model reads: the number, or the answer of the largest entry.
fn read(model: &SoftmaxTransformer, floats: &Floats, sequence: &[Token], position: usize) -> f64 {
    let y = &floats.outputs(sequence)[position];
    match &model.reading {
        Reading::Number { .. } => y[0],
        Reading::ArgMax { answers, .. } => {
            let best = (0..y.len()).max_by(|&a, &b| y[a].total_cmp(&y[b])).unwrap();
            answers[best] as f64
        }
    }
}

/// A model that is read by arg max, some of whose answers change without its attention.
fn choosing() -> SoftmaxTransformer {
    let shape = SoftmaxShape { choices: Some(4), ..SHAPE };
    let changes = |model: &SoftmaxTransformer| {
        let left = ablated(model, &[Ablation::Attention]).unwrap();
        let (whole, floats) = (Floats::new(model), Floats::new(&left));
        sequences(4, 3).any(|s| read(model, &whole, &s, 0) != read(&left, &floats, &s, 0))
    };
    (0..100).map(|seed| softmax(shape, seed).unwrap()).find(changes).unwrap()
}

/// Mean and largest `|y - y'|`, the mean of `|y - c|`, and how many inputs agree.
fn compared(
    models: [&SoftmaxTransformer; 2],
    inputs: &[(Vec<Token>, usize)],
    constant: f64,
) -> ([f64; 3], u64) {
    let floats = models.map(Floats::new);
    let (mut sum, mut largest, mut off, mut agree) = (0.0, 0.0f64, 0.0, 0);
    for (sequence, position) in inputs {
        let one = read(models[0], &floats[0], sequence, *position);
        let other = read(models[1], &floats[1], sequence, *position);
        sum += (one - other).abs();
        largest = largest.max((one - other).abs());
        off += (one - constant).abs();
        agree += u64::from((one + 0.5).floor() == (other + 0.5).floor());
    }
    let all = inputs.len() as f64;
    ([sum / all, largest, off / all], agree)
}

/// What a record says is what floats say, as far as they are exact; bounds are as close as nine decimals are.
fn is_so(values: &Value, models: [&SoftmaxTransformer; 2], inputs: &[(Vec<Token>, usize)]) {
    const NEAR: f64 = 2e-9;
    let (found, agree) = compared(models, inputs, number(values, "constant"));
    for (name, found) in
        ["mean_difference", "largest_difference", "from_constant"].into_iter().zip(found)
    {
        let ends = ["at_least", "at_most"].map(|end| number(values, &format!("{name}_{end}")));
        assert!(ends[0] <= found + NEAR && found - NEAR <= ends[1], "{name}: {ends:?} {found}");
        assert!(ends[1] - ends[0] <= NEAR, "{name}: {ends:?}");
    }
    assert_eq!((&values["agree"], &values["too_close"]), (&agree.into(), &0.into()));
    if values["explained_at_least"].is_null() {
        assert!(found[2] < NEAR, "{found:?}");
        return;
    }
    let explained = 1.0 - found[0] / found[2];
    let ends = ["at_least", "at_most"].map(|end| number(values, &format!("explained_{end}")));
    assert!(ends[0] <= explained + 1e-7 && explained - 1e-7 <= ends[1], "{ends:?} {explained}");
}

#[test]
fn all_inputs_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let model = softmax(SHAPE, 11).unwrap();
    let choosing = choosing();
    let placed = softmax(SoftmaxShape { longest: Some(4), bos: true, ..SHAPE }, 13).unwrap();
    for (index, (model, n)) in
        [(&model, 4usize), (&choosing, 4), (&model, 1), (&trained(COUNTS), 3)]
            .into_iter()
            .enumerate()
    {
        let file = stored(folder.path(), &format!("{index}.json"), model);
        let mut moved = false;
        for (parts, words) in [
            (vec![Ablation::Attention], "attention"),
            (vec![Ablation::Values], "values"),
            (vec![Ablation::Attention, Ablation::Values], "attention,values"),
        ] {
            let left = ablated(model, &parts).unwrap();
            let found = record(&format!("--model {file} --n {n} --ablate {words}"), "verified");
            assert_eq!(found["params"]["ablate"], words);
            let positions = model.read_at.positions(n);
            let inputs: Vec<_> = sequences(n, model.vocabulary())
                .flat_map(|sequence| positions.clone().map(move |at| (sequence.clone(), at)))
                .collect();
            assert_eq!(found["values"]["inputs"], inputs.len());
            is_so(&found["values"], [model, &left], &inputs);
            moved |= number(&found["values"], "largest_difference_at_least") > 1e-3;
            let share = ratio(found["values"]["agree"].as_i64().unwrap(), inputs.len() as i64);
            let [low, high] = ["agreement_at_least", "agreement_at_most"]
                .map(|name| rational(&found["values"][name]));
            assert!(low <= share && share <= high && high - low <= ratio(1, 1_000_000_000));
        }
        assert!(moved || n == 1, "{index}: nothing changes an output");
    }
    // every sequence, where one of them knows places
    let [one, other] =
        [("one.json", &model), ("other.json", &placed)].map(|(n, m)| stored(folder.path(), n, m));
    let found = record(&format!("--model {one} --other {other} --n 3"), "verified");
    assert_eq!(found["params"]["other"], Value::from(other));
    assert_eq!(found["values"]["other_sha256"].as_str().unwrap().len(), 64);
    let inputs: Vec<_> =
        sequences(3, 3).flat_map(|s| (0..3).map(move |at| (s.clone(), at))).collect();
    is_so(&found["values"], [&model, &placed], &inputs);
}

#[test]
fn a_sample_is_compared_input_by_input() {
    let folder = tempfile::tempdir().unwrap();
    let choosing = choosing();
    for (index, (model, other, weights, spec)) in [
        (&trained(COUNTS), None, Distribution::Uniform, "uniform"),
        (&choosing, None, Distribution::Weights(vec![3, 0, 1]), "3,0,1"),
        (&trained(PLACED), Some(PLACED), Distribution::Even, "even"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = stored(folder.path(), &format!("{index}.json"), model);
        let (m, n) = (model.vocabulary(), 5u64);
        let (left, with) = match other {
            Some(path) => (model.clone(), format!("--other {path}")),
            None => {
                (ablated(model, &[Ablation::Attention]).unwrap(), "--ablate attention".to_owned())
            }
        };
        let found = record(
            &format!(
                "--model {file} {with} --n {n} --estimate 70 --confidence 19/20 --seed 6 --distribution {spec}"
            ),
            "estimated",
        );
        let params = SampleParams {
            task: Question::QueryCount,
            tolerance: ratio(1, 2).into(),
            n,
            m,
            d: model.dimension(),
            estimate: 70,
            confidence: ratio(19, 20).into(),
            seed: 6,
            distribution: weights,
        };
        let drawn = |index| {
            let read = model.read_at.positions(n as usize);
            let place = match read.len() {
                1 => read.start,
                among => (word(word(6, index), n) % among as u64) as usize,
            };
            (tokens(&params, index), place)
        };
        let inputs: Vec<_> = (0..70).map(drawn).collect();
        let values = &found["values"];
        assert_eq!(values["sampled"], 70);
        is_so(values, [model, &left], &inputs);
        // as close as exact tails allow
        let agree = values["agree"].as_u64().unwrap();
        let [low, high] =
            ["agreement_at_least", "agreement_at_most"].map(|name| rational(&values[name]));
        let (doubt, step) = (ratio(1, 40), ratio(2, 1_000_000_000));
        for (met, bound) in [(agree, low), (70 - agree, integer(1) - high)] {
            let next = tail(70, met, &(&bound + &step)) > doubt;
            assert!(if met == 0 {
                bound == integer(0)
            } else {
                next && tail(70, met, &bound) <= doubt
            });
        }
    }
}

#[test]
fn a_model_is_not_far_from_itself() {
    let found = record(&format!("--model {COUNTS} --other {COUNTS} --n 4"), "verified");
    let values = &found["values"];
    assert_eq!(
        (&values["agree"], &values["mean_difference_at_least"]),
        (&values["inputs"], &"0".into())
    );
    assert!(number(values, "largest_difference_at_most") <= 1e-9);
    assert_eq!(values["explained_at_most"], "1");
    // where every output is the constant nothing can be explained
    let one = softmax(SoftmaxShape { m: 1, choices: Some(1), ..SHAPE }, 3).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = stored(folder.path(), "one.json", &one);
    let found = record(&format!("--model {file} --ablate values --n 2"), "verified");
    assert_eq!(found["values"]["explained_at_least"], Value::Null);
}

#[test]
fn what_is_compared_is_checked_and_resumed_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let [certificates, journal] =
        ["c", "j"].map(|name| folder.path().join(name).display().to_string());
    for (arguments, valid) in
        [("--n 3,4", "valid: model"), ("--n 6,9 --estimate 200", "valid estimate: model")]
    {
        let command = format!("--model {COUNTS} --ablate attention {arguments}");
        let kept = format!("{command} --certificates {certificates} --journal {journal}");
        let first = verify(&kept);
        assert_eq!((first.0, &verify(&kept)), (0, &first), "{}", first.2);
        let files: Vec<String> =
            records(&first).iter().map(|r| r["certificate"].as_str().unwrap().to_owned()).collect();
        assert_eq!(files.len(), 2);
        let (status, stdout, _) = run_anywhere(&format!("check {}", files.join(" ")));
        assert_eq!((status, stdout.matches(valid).count()), (0, 2), "{stdout}");
        let one = verify(&format!("{command} --threads 1"));
        assert_eq!(one, verify(&format!("{command} --threads 3")));
        std::fs::remove_file(&journal).unwrap();
    }
}

/// A journal is about the files that it was made from.
#[test]
fn another_model_under_the_same_name_does_not_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.jsonl").display().to_string();
    let (first, second) = (softmax(SHAPE, 1).unwrap(), softmax(SHAPE, 2).unwrap());
    let [one, other] =
        [("one.json", &first), ("other.json", &second)].map(|(n, m)| stored(folder.path(), n, m));
    let command = format!("--model {one} --other {other} --n 2 --journal {journal}");
    assert_eq!(verify(&command).0, 0);
    stored(folder.path(), "other.json", &softmax(SHAPE, 3).unwrap());
    let (status, stdout, stderr) = verify(&command);
    assert_eq!((status, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains("other.json"), "{stderr}");
}

#[test]
fn a_limit_leaves_it_undecided_with_what_was_drawn() {
    // minutes of work on two processors, and seconds on any machine
    let model = "tests/data/trained/post-norm-qc-80.safetensors";
    let limited = |arguments: &str| {
        let output =
            verify(&format!("--model {model} --n 80 --ablate values --time-limit 2 {arguments}"));
        assert_eq!(output.0, 3, "{}", output.2);
        records(&output)[0].clone()
    };
    let drawn = limited("--estimate 10000000");
    let values = &drawn["values"];
    let sampled = values["sampled"].as_u64().unwrap();
    assert!(sampled > 0 && sampled < 10_000_000);
    assert!(rational(&values["agreement_at_least"]) < rational(&values["agreement_at_most"]));
    let reason = drawn["reason"].as_str().unwrap();
    assert!(reason.contains(&format!("{sampled} of 10000000 inputs compared")), "{reason}");
    // a part of all inputs says nothing about all
    let all = limited("");
    assert_eq!(
        (&all["verdict"], &all["values"]["mean_difference_at_most"]),
        (&"undecided".into(), &Value::Null)
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let exact = folder.path().join("exact.json").display().to_string();
    assert_eq!(run_anywhere(&format!("construct qc-histogram --n 4 --m 6 --out {exact}")).0, 0);
    let counts = trained(COUNTS);
    let m = counts.vocabulary();
    let choosing =
        softmax(SoftmaxShape { m, choices: Some(4), read_at: counts.read_at, ..SHAPE }, 1);
    let choosing = stored(folder.path(), "choosing.json", &choosing.unwrap());
    let elsewhere = match counts.read_at {
        ReadAt::Last => ReadAt::Every,
        ReadAt::Every => ReadAt::Last,
    };
    let elsewhere = softmax(SoftmaxShape { m, read_at: elsewhere, ..SHAPE }, 1).unwrap();
    let elsewhere = stored(folder.path(), "elsewhere.json", &elsewhere);
    let short = SoftmaxShape { m, longest: Some(3), read_at: counts.read_at, ..SHAPE };
    let short = stored(folder.path(), "short.json", &softmax(short, 1).unwrap());
    for (arguments, expected) in [
        (
            String::new(),
            "--difference: expected --ablate PART,.. or --other FILE beside it, found neither",
        ),
        (
            format!("--other {PLACED}"),
            "--other: expected a model with the same 6 tokens, found a model with the same",
        ),
        (
            format!("--other {choosing}"),
            "--other: expected a model that gives a number, found a model that is read by arg max",
        ),
        (format!("--other {elsewhere}"), "--other: expected a model that is read at"),
        (
            format!("--other {short} --n 4"),
            "--n: expected at most 3, the number of the model's positions, found 4",
        ),
        (format!("--other {exact}"), "--other: expected a softmax model, found an exact model"),
        (format!("--other {COUNTS} --ablate values"), "cannot be used with '--ablate"),
        ("--other no-such-file".to_owned(), "no-such-file"),
        ("--ablate values --n 0".to_owned(), "--n: expected 1 to"),
        ("--ablate values --estimate 0".to_owned(), "expected at least 1"),
        (
            "--ablate values --estimate 10000001".to_owned(),
            "--estimate: expected at most 10000000 inputs",
        ),
        (
            "--ablate values --estimate 5 --confidence 1".to_owned(),
            "--confidence: expected a number above 0 and below 1",
        ),
        (
            "--ablate values --confidence 1/2".to_owned(),
            "--confidence: expected --estimate N beside it",
        ),
        (
            "--ablate values --estimate 5 --distribution 1,1".to_owned(),
            "--distribution: expected 6 weights",
        ),
        ("--ablate values --task qc".to_owned(), "cannot be used with '--task"),
        ("--ablate values --within 1/10".to_owned(), "cannot be used with '--within"),
        ("--ablate values --n 3 --part 1/2".to_owned(), "--part: "),
    ] {
        let (status, stdout, stderr) = verify(&format!("--model {COUNTS} {arguments}"));
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}: {stderr}");
        assert!(stderr.contains(expected), "{arguments}: {stderr}");
    }
    let (status, _, stderr) = verify(&format!("--model {exact} --other {COUNTS}"));
    assert_eq!(status, 2);
    assert!(
        stderr.contains("--difference: expected a softmax model, whose outputs are compared"),
        "{stderr}"
    );
    let (status, _, stderr) = run_anywhere(&format!("verify --model {COUNTS} --other {COUNTS}"));
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("--difference"), "{stderr}");
}
