//! `train --task max`, and the accuracy of such models by cases of the largest token: what is exported is read back, and decided by enumeration, by cases and by brute force
//! in floats.

use crate::support::floats::Floats;
use crate::support::program::{records, run};
use counterproof::files::model::Model;
use counterproof::files::open;
use counterproof::kernel::definition::Token;
use serde_json::{Value, json};
use std::fs;

/// How many of all `m^n` sequences are read right in floats.
fn brute_force(floats: &Floats, m: usize, n: u32) -> usize {
    let mut right = 0;
    for index in 0..m.pow(n) {
        let sequence: Vec<Token> = (0..n).map(|i| Token(index / m.pow(i) % m)).collect();
        let y = floats.outputs(&sequence).pop().unwrap();
        let best = (0..m).max_by(|a, b| y[*a].total_cmp(&y[*b])).unwrap();
        let near = y.iter().enumerate().any(|(k, z)| k != best && (z - y[best]).abs() < 1e-9);
        assert!(!near, "too close for floats");
        right += usize::from(best == sequence.iter().map(|token| token.0).max().unwrap());
    }
    right
}

fn number(value: &Value) -> f64 {
    match value.as_str().unwrap().split_once('/') {
        Some((p, q)) => p.parse::<f64>().unwrap() / q.parse::<f64>().unwrap(),
        None => value.as_str().unwrap().parse().unwrap(),
    }
}

#[test]
fn enumeration_cases_and_brute_force_agree() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (options, positions) in [("--steps 200", true), ("--steps 300 --no-positions", false)] {
        let train = format!(
            "train --task max --m 5 --n 3 --d 3 {options} --seed 1 --held-out 200 --export t.safetensors --plot t.svg --format json"
        );
        let (status, stdout, stderr) = run(folder, &train);
        assert_eq!(status, 0, "{stderr}");
        let told: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!((&told[0]["task"], &told[0]["positions"]), (&json!("max"), &json!(positions)));
        assert_eq!((&told[0]["held_out"], &told[0]["m"]), (&json!(200), &json!(5)));
        assert!(fs::read_to_string(folder.join("t.svg")).unwrap().starts_with("<svg"));
        let bytes = fs::read(folder.join("t.safetensors")).unwrap();
        let (Model::Softmax(model), metadata) = open(&bytes, None).unwrap() else { panic!() };
        assert_eq!(metadata.trained_length(), Some(3));
        let right = brute_force(&Floats::new(&model), 5, 3);
        assert!(right > 30 && right < 120, "no test of what is right and wrong: {right}");
        // the file says what is asked
        let surveyed = run(folder, "verify --model t.safetensors --n 3 --format json");
        let record = &records(&surveyed)[0];
        assert_eq!(
            (&record["params"]["task"], &record["values"]["right"]),
            (&json!("max"), &json!(right))
        );
        let exact = run(
            folder,
            "verify --model t.safetensors --n 3 --within 0 --certificates c --format json",
        );
        let record = &records(&exact)[0];
        assert_eq!(record["verdict"], "verified", "{}", exact.2);
        assert_eq!(
            (&record["values"]["right"], &record["values"]["wrong"]),
            (&json!(right), &json!(125 - right))
        );
        let certificate = record["certificate"].as_str().unwrap();
        let (status, stdout, _) = run(folder, &format!("check {certificate}"));
        assert!(
            status == 0 && stdout.contains("125 inputs, by cases of the largest token"),
            "{stdout}"
        );
        let bounded = run(folder, "verify --model t.safetensors --n 3 --within 1/4 --format json");
        let values = &records(&bounded)[0]["values"];
        let (least, most) =
            (number(&values["accuracy_at_least"]), number(&values["accuracy_at_most"]));
        let accuracy = right as f64 / 125.0;
        assert!(least <= accuracy && accuracy <= most && most - least <= 0.25, "{values}");
        // the tree does not depend on threads
        let again = run(
            folder,
            "verify --model t.safetensors --n 3 --within 1/4 --format json --threads 3",
        );
        let stable = |out: &(i32, String, String)| {
            let mut record = records(out)[0].clone();
            record.as_object_mut().unwrap().remove("seconds");
            record
        };
        assert_eq!(stable(&again), stable(&bounded));
    }
}

/// J. Gross's model, whose accuracy is known.
#[test]
fn the_largest_of_two_is_bounded() {
    let root = env!("CARGO_MANIFEST_DIR");
    let model = format!("{root}/tests/data/instances/max-of-2/max2.npz");
    let mapping = format!("{root}/examples/models/max-of-2.mapping.json");
    let folder = tempfile::tempdir().unwrap();
    let verify = format!(
        "verify --model {model} --mapping {mapping} --task max --n 2 --within 1/50 --certificates c --format json"
    );
    let verified = run(folder.path(), &verify);
    let record = &records(&verified)[0];
    assert_eq!(
        (&record["verdict"], &record["values"]["inputs"]),
        (&json!("verified"), &json!(4096)),
        "{}",
        verified.2
    );
    let values = &record["values"];
    assert!(values["right"].as_u64().unwrap() >= 4015 && values["wrong"] == 0, "{values}");
    // fewer cases than inputs
    assert!(values["visited"].as_u64().unwrap() < 8192, "{values}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let fine = "train --task max --m 3 --n 2 --d 2";
    for (arguments, expected) in [
        ("train --task max --m 3 --d 2".to_owned(), "--task max: needs --n"),
        ("train --task max --m 1 --n 2 --d 2".to_owned(), "--m: expected 2 to 512, found 1"),
        ("train --task max --m 3 --n 0 --d 2".to_owned(), "--n: expected 1 to 512, found 0"),
        ("train --task max --m 3 --n 2 --d 0".to_owned(), "--d: expected 1 to 512, found 0"),
        (format!("{fine} --hidden 4"), "--hidden: not with --task max, whose models have no MLP"),
        (format!("{fine} --mixer dot"), "--mixer: needs --task histogram"),
        (format!("{fine} --heads 2"), "--heads: not with --task max"),
        (format!("{fine} --norm none"), "--norm: not with --task max"),
        (format!("{fine} --arm optimised"), "--arm: not with --task max"),
        (format!("{fine} --targets raw"), "--targets: not with --task max"),
        (format!("{fine} --checkpoint c"), "--checkpoint: not with --task max"),
        (format!("{fine} --rate 0"), "--rate: expected a number"),
        (format!("{fine} --export t.npz"), "--export: expected FILE.safetensors"),
        (
            "train --task histogram --mixer dot --m 2 --n 2 --d 2 --no-positions".to_owned(),
            "--no-positions: not with",
        ),
        ("sweep --task max --m 3 --n 2 --d 2".to_owned(), "qc, mfe, histogram"),
    ] {
        let (status, stdout, stderr) = run(folder.path(), &arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}");
        assert!(stderr.contains(expected), "{arguments}: {stderr}");
    }
}
