//! Trained models beside the exact statements: what must hold of the report, whatever was learned.

use crate::support::program::run_anywhere;
use serde_json::Value;

const SMALL: &str = "cross-validate --d 2 --steps 150 --seeds 1 --held-out 256 --bits 2,4";

#[test]
fn the_report_agrees_with_the_theory_and_does_not_depend_on_threads() {
    let (status, one, stderr) = run_anywhere(&format!("{SMALL} --format json --threads 1"));
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(run_anywhere(&format!("{SMALL} --format json --threads 3")).1, one);
    let document: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(document["records"], Value::Array(vec![]), "measurements are no verdicts");
    let table = |name: &str| document["measured"][name].as_array().unwrap().clone();

    let constructions = table("constructions");
    assert_eq!(constructions.len(), 6);
    for row in constructions {
        // every input is counted, and still is after further training
        assert_eq!(row["right"], row["inputs"], "{row}");
        assert_eq!(row["right_after"], row["inputs"], "{row}");
        let float_error: f64 = row["float_error"].as_str().unwrap().parse().unwrap();
        assert!(float_error < 1e-3, "{row}");
    }

    let mut pairs = 0;
    for row in table("embeddings") {
        let (d, m) = (row["d"].as_u64().unwrap(), row["m"].as_u64().unwrap());
        let coherence = row["coherence"].as_f64().unwrap();
        if let Some(welch) = row["welch"].as_f64() {
            assert!(coherence >= welch - 1e-4, "below Welch's bound: {row}");
            assert!(m > d);
        }
        if m > d + 1 {
            assert!(row["n_star"].is_u64(), "no collision although m > d + 1: {row}");
        }
        if row["n_star"].is_u64() && row["attention"] == "uniform" {
            pairs += 1;
            assert!(row["rounded_wrong"].as_u64().unwrap() >= 1, "{row}");
            let gap: f64 = row["pair_gap"].as_str().unwrap().parse().unwrap();
            assert!(gap < 1e-2, "{row}");
            assert_ne!(row["answers"][0], row["answers"][1]);
        }
    }
    assert!(pairs >= 2, "no pair was tried");

    for row in table("accuracy") {
        let (d, m) = (row["d"].as_u64().unwrap(), row["m"].as_u64().unwrap());
        assert!(m > d + 1 || row["representable"].is_string(), "{row}");
    }
    let counted: u64 = table("counts").iter().map(|row| row["sequences"].as_u64().unwrap()).sum();
    assert_eq!(counted, table("accuracy").len() as u64 * 256);
}

#[test]
fn nonsense_and_limits() {
    for (arguments, part) in [
        ("--d 1", "--d: expected 2 to"),
        ("--d 2-500", "--d: expected 2 to"),
        ("--bits 0", "--bits: expected 1 to"),
        ("--bits 60", "--bits: expected 1 to"),
        ("--seeds 0", "--seeds"),
        ("--steps 0", "--steps"),
        ("--count 0", "--count"),
        ("--table width", "--table"),
        ("--format csv", "--table"),
    ] {
        let (status, stdout, stderr) = run_anywhere(&format!("cross-validate {arguments}"));
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}");
        assert!(stderr.contains(part), "{arguments}: {stderr}");
    }
    let (status, stdout, stderr) = run_anywhere("cross-validate --d 8 --time-limit 0.2");
    assert_eq!((status, stdout.as_str()), (3, ""), "{stderr}");
}
