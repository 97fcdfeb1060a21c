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

/// A cell of a sweep is the model that `train` gives with its sizes and seed.
#[test]
fn a_sweep_decides_the_models_that_train_makes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for positions in ["", " --no-positions"] {
        let sizes = format!("--n 3 --steps 250{positions}");
        let sweep = format!(
            "sweep --task max {sizes} --m 4-5 --d 3 --seed 1 --seeds 2 --certificates c --format json"
        );
        let exact = run(folder, &sweep);
        assert_eq!(exact.0, 1, "no model of these is right everywhere: {}", exact.2);
        let of_sweep = records(&exact);
        assert_eq!(of_sweep.len(), 4);
        let bounded = run(folder, &format!("{sweep} --within 1/5"));
        assert_eq!(bounded.0, 0, "{}", bounded.2);
        let bounded = records(&bounded);
        for (record, within) in of_sweep.iter().zip(&bounded) {
            let params = &record["params"];
            assert_eq!(params["positions"], json!(positions.is_empty()));
            let size = |name: &str| params[name].as_u64().unwrap();
            let (m, d, seed) = (size("m"), size("d"), size("seed"));
            let train = format!(
                "train --task max {sizes} --m {m} --d {d} --seed {seed} --held-out 9 --export t.safetensors"
            );
            assert_eq!(run(folder, &train).0, 0);
            let bytes = fs::read(folder.join("t.safetensors")).unwrap();
            let (Model::Softmax(model), _) = open(&bytes, None).unwrap() else { panic!() };
            let right = brute_force(&Floats::new(&model), m as usize, 3);
            assert_eq!(record["values"]["right"], json!(right), "{params}");
            let (values, accuracy) = (&within["values"], right as f64 / m.pow(3) as f64);
            let (least, most) =
                (number(&values["accuracy_at_least"]), number(&values["accuracy_at_most"]));
            assert!(least <= accuracy && accuracy <= most && most - least <= 0.2, "{values}");
            assert_eq!(within["params"]["within"], "1/5");
            for record in [record, within] {
                let file = record["certificate"].as_str().unwrap();
                assert_eq!(run(folder, &format!("check {file}")).0, 0);
            }
        }
    }
}

#[test]
fn a_sweep_is_the_same_however_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let tiny = "sweep --task max --m 3,4 --n 3 --d 2-3 --seeds 2 --steps 60";
    for asked in ["", " --within 1/3"] {
        let tiny = &format!("{tiny}{asked}");
        let whole = run(folder, &format!("{tiny} --threads 1 --plot whole.svg"));
        assert!(matches!(whole.0, 0 | 1), "{}", whole.2);
        let journal = if asked.is_empty() { "all.jsonl" } else { "within.jsonl" };
        let again = run(folder, &format!("{tiny} --threads 3 --journal {journal} --plot all.svg"));
        assert_eq!(again, whole);
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        assert!(read("all.svg") == read("whole.svg") && read("all.svg").contains("largest token"));
        // what a crash left of the journal goes on, to the same bytes
        let lines: Vec<String> = read(journal).lines().map(str::to_owned).collect();
        fs::write(folder.join(journal), lines[..5].join("\n") + "\n").unwrap();
        let resumed = run(folder, &format!("{tiny} --journal {journal}"));
        assert_eq!((resumed.0, &resumed.1), (whole.0, &whole.1));
        assert!(resumed.2.contains("4 verdicts taken up"), "{}", resumed.2);
        assert_eq!(read(journal).lines().collect::<Vec<_>>(), lines);
        for part in ["1/2", "2/2"] {
            let name = format!("{}{journal}", part.replace('/', "-of-"));
            let part = run(folder, &format!("{tiny} --shard {part} --journal {name} --quiet"));
            assert!(matches!(part.0, 0 | 1), "{}", part.2);
        }
        let merged = run(folder, &format!("merge 2-of-2{journal} 1-of-2{journal}"));
        assert_eq!((merged.0, &merged.1), (whole.0, &whole.1), "{}", merged.2);
        let planned = run(folder, &format!("plan {tiny}"));
        assert_eq!((planned.0, planned.1.lines().count()), (0, 8), "{}", planned.2);
    }
}

/// Training that a limit stops leaves the cell open.
#[test]
fn a_limit_leaves_models_open() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = "sweep --task max --m 64 --n 4 --d 32 --seeds 1 --time-limit 1 --journal j.jsonl";
    let (status, stdout, stderr) = run(folder.path(), sweep);
    assert_eq!(status, 3, "{stdout}{stderr}");
    assert!(stdout.contains("undecided"), "{stdout}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (fine, swept) = ("train --task max --m 3 --n 2 --d 2", "sweep --task max --m 3 --n 2");
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
        ("sweep --task max --m 3 --d 2".to_owned(), "--task max: needs --n"),
        ("sweep --task max --n 3 --d 2".to_owned(), "--task max: needs --m"),
        ("sweep --task max --m 1-3 --n 2 --d 2".to_owned(), "--m: expected 2 to 512, found 1"),
        (format!("{swept} --d 513"), "--d: expected 1 to 512, found 513"),
        (format!("{swept} --d 2 --within -1"), "--within: expected a number that is not below 0"),
        (format!("{swept} --d 2 --seeds 0"), "--seeds: expected at least 1"),
        (format!("{swept} --d 2 --heads 2"), "--heads: not with --task max"),
        (format!("{swept} --d 2 --norm none"), "--norm: not with --task max"),
        (format!("{swept} --d 2 --arm faithful"), "--arm: not with --task max"),
        (format!("{swept} --d 2 --count 5"), "--count"),
        (format!("{swept} --d 2 --ood"), "--ood: not with --task max"),
        (format!("{swept} --d 2 --kernels portable"), "--kernels: not with --task max"),
        (format!("{swept} --quick"), "--quick: not with --task max"),
        (format!("{swept} --d 2 --full-grid"), "--full-grid: not with --ood"),
        (format!("{swept} --d 2 --held-out 9"), "--held-out: not with --ood"),
        (format!("{swept} --d 2 --mixer dot"), "--mixer: not with a task other than histogram"),
        (format!("{swept} --d 2 --hidden 2"), "--hidden: not with a task other than histogram"),
        ("sweep --task qc --m 3 --d 2 --within 1/2".to_owned(), "--within: only with --task max"),
        (
            "sweep --task histogram --m 3 --n 2 --d 2 --within 1/2".to_owned(),
            "--within: only with --task max",
        ),
        (
            "sweep --task histogram --m 3 --n 2 --d 2 --no-positions".to_owned(),
            "--no-positions: not with --task histogram",
        ),
    ] {
        let (status, stdout, stderr) = run(folder.path(), &arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}");
        assert!(stderr.contains(expected), "{arguments}: {stderr}");
    }
}
