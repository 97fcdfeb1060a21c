//! `train --task histogram` and `sweep --task histogram`: what is exported is read back and certified, beside brute force in floats.

use crate::support::floats::Floats;
use crate::support::program::{records, run};
use counterproof::files::model::Model;
use counterproof::files::open;
use counterproof::kernel::definition::Token;
use serde_json::{Value, json};
use std::fs;

const KINDS: [&str; 6] = ["bos", "bos+sftm", "dot", "dot+sftm", "lin", "lin+sftm"];

/// How many of the positions of all `m^n` sequences are read right in floats.
fn brute_force(floats: &Floats, m: usize, n: u32) -> usize {
    let mut right = 0;
    for index in 0..m.pow(n) {
        let sequence: Vec<Token> = (0..n).map(|i| Token(index / m.pow(i) % m)).collect();
        let outputs = floats.outputs(&sequence);
        // BOS, where there is one, is first
        let read = &outputs[outputs.len() - sequence.len()..];
        for (token, y) in sequence.iter().zip(read) {
            let count = sequence.iter().filter(|other| *other == token).count();
            let best = (0..y.len()).max_by(|a, b| y[*a].total_cmp(&y[*b])).unwrap();
            let near = y.iter().enumerate().any(|(k, z)| k != best && (z - y[best]).abs() < 1e-9);
            assert!(!near, "too close for floats");
            right += usize::from(best == count);
        }
    }
    right
}

#[test]
fn every_kind_is_exported_read_back_and_certified() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for kind in KINDS {
        let sizes = "--m 3 --n 3 --d 3 --hidden 4 --steps 120 --seed 2";
        let train = format!(
            "train --task histogram --mixer {kind} {sizes} --held-out 50 --export t.safetensors --plot t.svg --format json"
        );
        let (status, stdout, stderr) = run(folder, &train);
        assert_eq!(status, 0, "{kind}: {stderr}");
        let told: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!((&told[0]["kind"], &told[0]["held_out"]), (&json!(kind), &json!(150)));
        assert!(fs::read_to_string(folder.join("t.svg")).unwrap().starts_with("<svg"));
        // the file says what its arrays are and what is asked
        let verified = run(folder, "verify --model t.safetensors --n 3 --format json");
        let record = &records(&verified)[0];
        assert_eq!(record["params"]["task"], "histogram");
        assert_eq!(record["values"]["inputs"], 81);
        let bytes = fs::read(folder.join("t.safetensors")).unwrap();
        let (Model::Softmax(model), metadata) = open(&bytes, None).unwrap() else { panic!() };
        assert_eq!(metadata.trained_length(), Some(3));
        let right = brute_force(&Floats::new(&model), 3, 3);
        assert_eq!(record["values"]["right"], right, "{kind}");
        assert!(right > 0 && right < 81, "{kind}: no test of what is right and wrong");
        // the same model in a sweep
        let sweep = format!(
            "sweep --task histogram --mixer {kind} --m 3 --n 3 --d 3 --hidden 4 --steps 120 --seed 2 --seeds 1 --format json"
        );
        let swept = run(folder, &sweep);
        let [of_sweep] = &records(&swept)[..] else { panic!("one cell: {}", swept.2) };
        assert_eq!(of_sweep["values"]["right"], right);
        assert_eq!(of_sweep["params"]["kind"], kind);
    }
}

#[test]
fn a_sweep_is_the_same_however_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let tiny = "sweep --task histogram --mixer dot,lin+sftm --m 2 --n 3 --d 1-2 --hidden 1,3 --seeds 2 --steps 40";
    let whole = run(folder, &format!("{tiny} --threads 1 --plot whole.svg"));
    assert!(matches!(whole.0, 0 | 1), "{}", whole.2);
    let again = run(folder, &format!("{tiny} --threads 3 --journal all.jsonl --plot all.svg"));
    assert_eq!(again, whole);
    assert_eq!(
        fs::read(folder.join("all.svg")).unwrap(),
        fs::read(folder.join("whole.svg")).unwrap()
    );
    let resumed = run(folder, &format!("{tiny} --journal all.jsonl"));
    assert_eq!((resumed.0, &resumed.1), (whole.0, &whole.1));
    assert!(resumed.2.contains("16 verdicts taken up"), "{}", resumed.2);
    for part in ["1/2", "2/2"] {
        let name = part.replace('/', "-of-");
        let (status, _, stderr) =
            run(folder, &format!("{tiny} --shard {part} --journal {name}.jsonl --quiet"));
        assert!(matches!(status, 0 | 1), "{stderr}");
    }
    let merged = run(folder, "merge 2-of-2.jsonl 1-of-2.jsonl");
    assert_eq!((merged.0, &merged.1), (whole.0, &whole.1), "{}", merged.2);
    let planned = run(folder, &format!("plan {tiny}"));
    assert_eq!((planned.0, planned.1.lines().count()), (0, 16), "{}", planned.2);
}

/// One hidden unit counts two tokens by scores; the certificate says so to the checker alone.
#[test]
fn a_trained_model_is_verified_on_every_input() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let sweep = "sweep --task histogram --mixer dot --m 2 --n 2 --d 2 --hidden 4 --seeds 3 --steps 800 --certificates c --exit-zero-if-decided --format json";
    let swept = run(folder, sweep);
    assert_eq!(swept.0, 0, "{}", swept.2);
    let records = records(&swept);
    let verified: Vec<&Value> =
        records.iter().filter(|record| record["verdict"] == "verified").collect();
    assert!(!verified.is_empty(), "{records:?}");
    for record in verified {
        let file = record["certificate"].as_str().unwrap();
        let (status, stdout, _) = run(folder, &format!("check {file}"));
        assert!(status == 0 && stdout.contains("query count"), "{stdout}");
        assert_eq!(record["values"]["accuracy"], "1");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, expected) in [
        ("train --task histogram --m 2 --n 2 --d 2", "--task histogram: needs --mixer"),
        ("train --task histogram --mixer dot --m 2 --d 2", "--task histogram: needs --n"),
        ("train --mixer dot --m 2 --n 2 --d 2", "--mixer: needs --task histogram"),
        ("train --task histogram --mixer dot --m 2 --n 2 --d 2 --heads 2", "--heads: not with"),
        (
            "train --task histogram --mixer dot --m 2 --n 2 --d 2 --hidden 2,2",
            "--hidden: expected one",
        ),
        ("train --task histogram --mixer dot --m 2 --n 2 --d 0", "--d: expected 1 to 512, found 0"),
        (
            "train --task histogram --mixer dot --m 2 --n 2 --d 2 --rate 2",
            "--rate: expected a number",
        ),
        ("train --task histogram --mixer sum --m 2 --n 2 --d 2", "bos"),
        ("sweep --task histogram --m 2 --d 2", "--task histogram: needs --n"),
        ("sweep --task histogram --n 2 --d 2", "--task histogram: needs --m"),
        (
            "sweep --task histogram --n 2 --m 2 --d 2 --heads 2",
            "--heads: not with --task histogram",
        ),
        ("sweep --task histogram --n 2 --m 2 --d 2 --ood", "--ood: not with --task histogram"),
        ("sweep --task histogram --n 2 --m 2 --d 2 --seeds 0", "--seeds: expected at least 1"),
        ("sweep --task qc --m 2 --d 2 --mixer dot", "--mixer: only with --task histogram"),
        ("sweep --task qc --m 2 --d 2 --ood --hidden 2", "--hidden: not with a task other"),
        (
            "sweep --task qc --m 2 --d 2 --certificates c",
            "--certificates: only with --ood, --task histogram or --task max",
        ),
    ] {
        let (status, stdout, stderr) = run(folder.path(), arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}: {stderr}");
        assert!(stderr.contains(expected), "{arguments}: {stderr}");
    }
}
