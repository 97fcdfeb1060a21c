//! `verify --model --estimate N`: what is drawn, how it is judged, and whether the bounds cover the truth.

use crate::common::sample::tail;
use crate::support::program::{Ended, records, run_anywhere};
use counterproof::construct::compiled::{Stored, histogram};
use counterproof::kernel::definition::Question;
use counterproof::kernel::kind::{Distribution, SampleParams};
use counterproof::kernel::number::{Rational, integer, parse_canonical, ratio};
use counterproof::search::control::Control;
use counterproof::search::sample::sample;
use counterproof::search::survey::survey;
use serde_json::Value;

const COUNTS: &str = "tests/data/trained/counts-qc.safetensors";
const PLACED: &str = "tests/data/trained/positions-qc.safetensors";

fn verify(arguments: &str) -> Ended {
    run_anywhere(&format!("verify --format json --quiet {arguments}"))
}

fn record(arguments: &str) -> Value {
    let output = verify(arguments);
    assert_eq!(output.0, 0, "{}", output.2);
    let [record] = &records(&output)[..] else { panic!("one cell") };
    assert_eq!(record["verdict"], "estimated");
    record.clone()
}

fn rational(value: &Value) -> Rational {
    match value {
        Value::Number(number) => integer(number.as_u64().unwrap()),
        other => parse_canonical(other.as_str().unwrap()).unwrap(),
    }
}

#[test]
fn the_bounds_contain_the_exact_accuracy() {
    for (model, n) in
        [(COUNTS, 6), (PLACED, 6), ("tests/data/trained/positions-pre-norm-mfe.safetensors", 5)]
    {
        let all = verify(&format!("--model {model} --n {n}"));
        let exact = rational(&records(&all)[0]["values"]["accuracy"]);
        let found =
            record(&format!("--model {model} --n {n} --estimate 3000 --confidence 9999/10000"));
        let values = &found["values"];
        let (low, high) =
            (rational(&values["accuracy_at_least"]), rational(&values["accuracy_at_most"]));
        assert!(low <= exact && exact <= high, "{model}: {low} {exact} {high}");
        assert!(&high - &low < ratio(1, 12), "{model}: {low} to {high}");
        assert_eq!(values["sampled"], 3000);
        // of every answer as many as there are
        let rows = values["by_answer"].as_array().unwrap();
        let sum = |at: usize| rows.iter().map(|row| row[at].as_u64().unwrap()).sum::<u64>();
        assert_eq!((sum(1), Value::from(sum(2))), (3000, values["right"].clone()));
        assert_eq!(found["params"]["distribution"], "uniform");
    }
}

/// The kernel's bound of the tail, and the search for it, against tails in rationals.
#[test]
fn the_bounds_are_exact_to_nine_decimals() {
    let found = record(&format!("--model {PLACED} --n 6 --estimate 60 --confidence 19/20"));
    let values = &found["values"];
    let right = values["right"].as_u64().unwrap();
    assert!((1..60).contains(&right));
    let (low, high) =
        (rational(&values["accuracy_at_least"]), rational(&values["accuracy_at_most"]));
    let (doubt, step) = (ratio(1, 40), ratio(2, 1_000_000_000));
    assert!(tail(60, right, &low) <= doubt && tail(60, right, &(&low + &step)) > doubt);
    let failure = integer(1) - high;
    assert!(
        tail(60, 60 - right, &failure) <= doubt && tail(60, 60 - right, &(failure + step)) > doubt
    );
}

/// A thousand seeds: the bounds miss the truth no more often than they say.
#[test]
fn the_bounds_cover_the_truth() {
    let model = histogram(2, 3, 5, Stored::Single).unwrap();
    let control = Control::new(Some(1), None);
    let (question, tolerance) = (Question::QueryCount, ratio(1, 2));
    let all = survey(&model, &question, &tolerance, 3, &control).unwrap();
    let exact = Rational::new(all.tally.right.into(), all.inputs.into());
    assert!(exact > integer(0) && exact < integer(1), "{exact}");
    let mut missed = 0;
    for seed in 0..1000 {
        let params = SampleParams {
            task: question.clone(),
            tolerance: tolerance.clone().into(),
            n: 3,
            m: 2,
            d: model.dimension(),
            estimate: 40,
            confidence: ratio(9, 10).into(),
            seed,
            distribution: Distribution::Uniform,
        };
        let found = sample(&model, &params, &control).unwrap().unwrap().sample;
        let inside = found.accuracy.at_least.0 <= exact && exact <= found.accuracy.at_most.0;
        missed += u32::from(!inside);
    }
    // 100 are expected at most; three deviations more would be 128
    assert!((10..=128).contains(&missed), "{missed} of 1000 intervals miss {exact}");
}

#[test]
fn the_same_on_any_number_of_threads() {
    for model in [COUNTS, PLACED] {
        let one = verify(&format!("--model {model} --n 6 --estimate 500 --threads 1"));
        let two = verify(&format!("--model {model} --n 6 --estimate 500 --threads 3"));
        assert_eq!(one, two);
        let other = verify(&format!("--model {model} --n 6 --estimate 500 --seed 1"));
        assert_ne!(one.1, other.1);
    }
}

#[test]
fn tokens_come_from_the_distribution() {
    let weighted = record(&format!("--model {PLACED} --n 6 --estimate 50 --distribution 0,1,0"));
    assert_eq!(weighted["params"]["distribution"], serde_json::json!([0, 1, 0]));
    let values = &weighted["values"];
    assert_eq!(
        (&values["constant_guess"], &values["constant_answer"]),
        (&Value::from("1"), &Value::from(6))
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "0\n1\n0\n").unwrap();
    let same = record(&format!(
        "--model {PLACED} --n 6 --estimate 50 --distribution {}",
        file.path().display()
    ));
    assert_eq!(same, weighted);
    let zipf = record(&format!("--model {PLACED} --n 6 --estimate 50 --distribution zipf"));
    assert_eq!(
        zipf["params"]["distribution"],
        serde_json::json!([1u64 << 40, 1u64 << 39, (1u64 << 40) / 3])
    );
}

#[test]
fn a_limit_leaves_it_undecided_with_what_was_drawn() {
    // minutes of work on two processors, and seconds on any machine
    let model = "tests/data/trained/post-norm-qc-80.safetensors";
    let output = verify(&format!("--model {model} --n 80 --estimate 10000000 --time-limit 1"));
    assert_eq!(output.0, 3, "{}", output.2);
    let record = &records(&output)[0];
    assert_eq!(record["verdict"], "undecided");
    let values = &record["values"];
    let sampled = values["sampled"].as_u64().unwrap();
    assert!(sampled > 0 && sampled < 10_000_000);
    assert!(rational(&values["accuracy_at_least"]) < rational(&values["accuracy_at_most"]));
    assert!(record["reason"].as_str().unwrap().contains(&format!("{sampled} of 10000000 inputs")));
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (arguments, expected) in [
        ("--confidence 9/10", "--confidence: expected --estimate N beside it"),
        ("--seed 1", "--seed: expected --estimate N beside it"),
        ("--estimate 0", "expected at least 1"),
        ("--estimate 10000001", "--estimate: expected at most 10000000 inputs"),
        ("--estimate 5 --confidence 1", "--confidence: expected a number above 0 and below 1"),
        (
            "--estimate 5 --confidence 1/4294967296",
            "--confidence: expected a number with a denominator",
        ),
        (
            "--estimate 5 --distribution 1,1",
            "--distribution: expected 3 weights, one for each token of the model, found 2",
        ),
        ("--estimate 5 --distribution 0,0,0", "--distribution: expected a weight above 0"),
        ("--estimate 5 --distribution 1,x,0", "write uniform, even, zipf, whole"),
        (
            "--estimate 5 --distribution 18446744073709551615,1,0",
            "--distribution: expected weights with a sum below 2^64",
        ),
    ] {
        let (status, stdout, stderr) = verify(&format!("--model {PLACED} --n 6 {arguments}"));
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}: {stderr}");
        assert!(stderr.contains(expected), "{arguments}: {stderr}");
    }
    let folder = tempfile::tempdir().unwrap();
    let exact = folder.path().join("exact.json").display().to_string();
    assert_eq!(run_anywhere(&format!("construct qc-histogram --n 4 --m 3 --out {exact}")).0, 0);
    let (status, _, stderr) = verify(&format!("--model {exact} --n 4 --estimate 5"));
    assert_eq!(status, 2);
    assert!(stderr.contains("--estimate: expected no estimate for an exact model"), "{stderr}");
}

/// What was drawn is drawn again by the checker, and taken up by a journal.
#[test]
fn an_estimate_is_checked_and_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let [certificates, journal] =
        ["c", "j"].map(|name| folder.path().join(name).display().to_string());
    let command = format!(
        "--model {COUNTS} --n 4,6 --estimate 300 --certificates {certificates} --journal {journal}"
    );
    let first = verify(&command);
    assert_eq!(first.0, 0, "{}", first.2);
    assert_eq!(verify(&command), first);
    let files: Vec<String> = std::fs::read_dir(&certificates)
        .unwrap()
        .map(|f| f.unwrap().path().display().to_string())
        .collect();
    assert_eq!(files.len(), 2);
    let (status, stdout, _) = run_anywhere(&format!("check {}", files.join(" ")));
    assert_eq!((status, stdout.matches("valid estimate: model").count()), (0, 2), "{stdout}");
}
