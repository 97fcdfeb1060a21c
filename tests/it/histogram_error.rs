//! T12: sharp pairs are exact, the worst error is that of all inputs, bounds never cross, changes are refused.

use crate::support::certificates::{mutants, sealed};
use crate::support::program::run_anywhere;
use counterproof::claim::{Claim, Request};
use counterproof::kernel::definition::Length;
use counterproof::kernel::number::{Rational, integer, ratio};
use counterproof::kernel::{Certificate, Clock, Verdict};
use counterproof::report::{Record, Value};
use counterproof::search::control::Control;
use counterproof::search::inputs::Sequences;
use num_traits::{One, Signed, Zero};
use serde_json::Value as Json;

/// The record of a cell, and its certificate.
fn decided(n: u64, m: usize, d: usize) -> (Record, Json) {
    let n = Some(vec![Length::Exactly(n)]);
    let request = Request { n, m: Some(vec![m]), d: Some(vec![d]), ..Request::default() };
    let cells = Claim::named("histogram-error").unwrap().cells(&request).unwrap();
    let decided = counterproof::verdict::decide(&cells[0], &Control::new(Some(1), None));
    assert_eq!(decided.record.verdict, Verdict::Verified, "{m}, {d}: {:?}", decided.record.reason);
    let certificate = serde_json::from_str(decided.certificate.unwrap().text()).unwrap();
    (decided.record, certificate)
}

fn value<'a>(record: &'a Record, name: &str) -> &'a Value {
    &record.values.iter().find(|(other, _)| *other == name).unwrap().1
}

fn rational(record: &Record, name: &str) -> Rational {
    let Value::Rational(value) = value(record, name) else { panic!("{name}") };
    value.clone()
}

/// `mu^2` is known to be this.
fn sharp(m: usize, d: usize, mu_squared: &Rational) {
    let (record, _) = decided(4, m, d);
    assert_eq!(*value(&record, "exact"), Value::Bool(true), "{m}, {d}");
    assert_eq!(rational(&record, "mu_squared_at_most"), *mu_squared, "{m}, {d}");
    assert_eq!(rational(&record, "mu_squared_at_least"), *mu_squared, "{m}, {d}");
    let nine = integer(9);
    assert_eq!(rational(&record, "worst_error_squared_at_most"), mu_squared * nine, "{m}, {d}");
}

/// The list of T12, with the squares of the best coherence.
#[test]
fn sharp_pairs_are_exact() {
    let pairs = [
        (10, 5, 9),
        (16, 6, 9),
        (28, 7, 9),
        (16, 10, 25),
        (28, 21, 81),
        (7, 3, 3),
        (12, 4, 4),
        (144, 16, 16),
        (36, 6, 4),
        (63, 7, 4),
        (120, 8, 4),
        (64, 28, 49),
        (64, 36, 81),
        (4, 2, 2),
        (9, 1, 1),
    ];
    for (m, d, denominator) in pairs {
        sharp(m, d, &ratio(1, denominator));
    }
    for d in 1..12 {
        sharp(d + 1, d, &ratio(1, (d * d) as i64));
        sharp(d, d, &Rational::zero());
    }
    sharp(6, 2, &ratio(3, 4));
}

/// Conference matrices: the least worst error is `(n - 1) / sqrt(2 d - 1)` at `m = 2 d`.
#[test]
fn paley_for_every_prime_power() {
    let orders =
        [5, 9, 13, 17, 25, 29, 37, 41, 49, 53, 61, 73, 81, 89, 97, 101, 109, 113, 121, 125];
    for q in orders {
        sharp(q + 1, q.div_ceil(2), &ratio(1, q as i64));
    }
}

/// Products of unit vectors, which are rational here.
fn gram(certificate: &Json, m: usize) -> Vec<Vec<Rational>> {
    let embedding = &certificate["data"]["histogram-error"]["embedding"];
    let parsed = |value: &Json| -> Rational { value.as_str().unwrap().parse().unwrap() };
    if let Some(rows) = embedding["seidel"].as_array() {
        let mu_squared = parsed(&certificate["params"]["mu_squared_at_most"]);
        let mu = Rational::new(One::one(), mu_squared.denom().sqrt());
        assert_eq!(&mu * &mu, mu_squared);
        let entry = |sign| match sign {
            b'+' => mu.clone(),
            b'-' => -mu.clone(),
            _ => integer(1),
        };
        let row = |i: usize| rows[i].as_str().unwrap().bytes().take(m).map(entry).collect();
        return (0..m).map(row).collect();
    }
    let rows: Vec<Vec<Rational>> = embedding["vectors"]["rows"]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_array().unwrap().iter().map(parsed).collect())
        .collect();
    let dot =
        |i: usize, j: usize| -> Rational { rows[i].iter().zip(&rows[j]).map(|(a, b)| a * b).sum() };
    let norm = dot(0, 0);
    assert!((0..m).all(|i| dot(i, i) == norm), "vectors of one length");
    (0..m).map(|i| (0..m).map(|j| dot(i, j) / &norm).collect()).collect()
}

/// Every sequence: `n <v_q, u>` is the sum of its products with the query, the count is that of the query.
#[test]
fn the_worst_error_is_that_of_all_inputs() {
    for (n, m, d) in [(1, 5, 4), (4, 5, 4), (3, 10, 5), (5, 4, 3), (3, 12, 4), (3, 11, 4)] {
        let (record, certificate) = decided(n, m, d);
        let gram = gram(&certificate, m);
        let mut worst = Rational::zero();
        for sequence in Sequences::new(n as usize, m) {
            let query = sequence.last().unwrap().0;
            let readout: Rational = sequence.iter().map(|token| gram[query][token.0].clone()).sum();
            let count = sequence.iter().filter(|token| token.0 == query).count();
            worst = worst.max((readout - integer(count)).abs());
        }
        assert_eq!(
            &worst * &worst,
            rational(&record, "worst_error_squared_at_most"),
            "{n}, {m}, {d}"
        );
    }
}

#[test]
fn bounds_never_cross() {
    for (m, d) in (1..=9).flat_map(|m| (1..=4).map(move |d| (m, d))) {
        let (record, _) = decided(3, m, d);
        let [least, most] =
            ["mu_squared_at_least", "mu_squared_at_most"].map(|name| rational(&record, name));
        assert!(least <= most && !least.is_negative() && most <= integer(1), "{m}, {d}");
        match (value(&record, "right_up_to"), value(&record, "fails_from")) {
            (Value::Integer(right), Value::Integer(wrong)) => assert!(right < wrong, "{m}, {d}"),
            (right, _) => assert_eq!(*right == Value::Null, m <= d, "{m}, {d}"),
        }
    }
}

#[test]
fn the_search_is_better_than_what_is_listed() {
    let (record, _) = decided(3, 7, 4);
    assert_eq!(*value(&record, "embedding"), Value::text("searched"));
    assert!(rational(&record, "mu_squared_at_most") < ratio(1, 4));
}

#[test]
fn changes_are_refused() {
    for (m, d) in [(6, 3), (7, 3)] {
        let (_, certificate) = decided(3, m, d);
        for (place, mutant) in mutants(&certificate) {
            let read = Certificate::parse(&sealed(mutant.clone()));
            let accepted = read.is_ok_and(|read| read.check(&Clock::unlimited()).is_ok());
            // what has another length has the same direction
            let direction = place.contains("/embedding/vectors");
            assert!(!accepted || direction, "{place}: {mutant}");
        }
    }
}

/// Exit status, and all that is printed.
fn all_output(arguments: &str) -> (i32, String) {
    let (status, stdout, stderr) = run_anywhere(arguments);
    (status, stdout + &stderr)
}

#[test]
fn what_cannot_be_is_refused() {
    for (arguments, said) in [
        ("--n any", "--n: expected a context length, found any"),
        ("--n 0", "--n"),
        ("--m 0", "--m: expected 1 to 1024, found 0"),
        ("--d 2000", "--d: expected 1 to 1024, found 2000"),
        ("--bound 3", "--bound: expected --embedding random with it"),
        ("--embedding onehot --m 4 --d 3", "d: expected at least m = 4, found 3"),
        ("--embedding truncated --m 4 --d 3", "found token 3 with the zero vector"),
        ("--base 2", "histogram-error has no such option"),
    ] {
        let (status, text) = all_output(&format!("verify histogram-error {arguments}"));
        assert!(status == 2 && text.contains(said), "{arguments}: {status}: {text}");
    }
}

#[test]
fn a_search_that_is_stopped_is_undecided() {
    let (status, text) = all_output("verify histogram-error --m 30 --d 7 --time-limit 0 --quiet");
    assert!(status == 3 && text.contains("undecided"), "{text}");
}

/// The cell names its embedding or says that all are meant, and its seed where it is not the usual one.
#[test]
fn cells_say_what_they_are_about() {
    let (status, text) =
        all_output("verify histogram-error --m 4 --d 2 --embedding random --seed 2 --format json");
    assert_eq!(status, 0, "{text}");
    let printed: Json = serde_json::from_str(&text).unwrap();
    let record = &printed["records"][0];
    assert_eq!(record["params"]["embedding"], "random");
    assert_eq!(record["values"]["every_embedding"], false);
    assert_eq!(record["values"]["lower_bound"], "coherence");
    // four lines in the plane at 45 degrees, each of another length
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lines.csv");
    std::fs::write(&file, "1, 0\n2, 2\n0, 1/3\n1, -1\n").unwrap();
    let (status, text) = all_output(&format!(
        "verify histogram-error --n 3 --format json --quiet --embedding {}",
        file.display()
    ));
    assert_eq!(status, 0, "{text}");
    let printed: Json = serde_json::from_str(&text).unwrap();
    let record = &printed["records"][0];
    assert_eq!(record["values"]["mu_squared_at_most"], "1/2");
    assert_eq!(record["values"]["worst_error_squared_at_least"], "2");
    assert_eq!(record["values"]["sha256"].as_str().unwrap().len(), 64);
    let (_, text) = all_output("verify histogram-error --m 5 --d 3 --seed 2 --format json");
    let printed: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(printed["records"][0]["params"]["seed"], 2);
}
