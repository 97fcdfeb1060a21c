//! T17: what a norm leaves of the counts, against all pairs of inputs by the definition of the norm.

use crate::support::program::{records, run_anywhere};
use counterproof::construct::embedding::Kind;
use counterproof::kernel::definition::{Input, Task};
use counterproof::kernel::kind::{Norm, NormalisedParams, NormalisedStates};
use counterproof::kernel::number::{Matrix, Rational, ratio};
use counterproof::search::inputs::CountInputs;
use num_traits::{Signed, Zero};
use serde_json::Value;
use std::collections::BTreeMap;

/// `x / sqrt(|x|^2 / d + eps)` as signs and squares of its entries, `x` itself without a norm.
fn normalised(
    embedding: &Matrix,
    norm: Norm,
    eps: &Rational,
    input: &Input,
) -> Vec<(Rational, Rational)> {
    let (n, d) = (input.length() as i64, embedding.cols());
    let mut r = embedding.row(input.query().0).to_vec();
    for (j, &count) in input.counts().iter().enumerate() {
        for (entry, x) in r.iter_mut().zip(embedding.row(j)) {
            *entry += x * ratio(count as i64, n);
        }
    }
    if norm == Norm::Layer {
        let mean = r.iter().fold(Rational::zero(), |sum, x| sum + x) / ratio(d as i64, 1);
        r.iter_mut().for_each(|entry| *entry -= &mean);
    }
    let square = r.iter().map(|x| x * x).fold(eps.clone() * ratio(d as i64, 1), |sum, x| sum + x);
    let plain = norm == Norm::None || square.is_zero();
    r.iter().map(|x| (x.signum(), if plain { x * x } else { x * x / &square })).collect()
}

/// How many normalised states there are, `None` when one has two answers.
fn classes(
    embedding: &Matrix,
    (norm, eps): (Norm, &Rational),
    task: Task,
    n: u64,
) -> Option<usize> {
    let mut answers = BTreeMap::new();
    for input in CountInputs::new(n, embedding.rows()) {
        let answer = task.answer(input.counts(), input.query());
        if *answers.entry(normalised(embedding, norm, eps, &input)).or_insert(answer) != answer {
            return None;
        }
    }
    Some(answers.len())
}

/// Whether the statement of a certificate is true at its length, or lengths up to 3; of a refutation, that it is false.
pub fn is_true(params: &NormalisedParams, data: &NormalisedStates) -> bool {
    let eps = params.eps.as_ref().map_or_else(Rational::zero, |eps| eps.0.clone());
    let at = |n| classes(&data.embedding, (params.norm, &eps), params.task, n);
    use counterproof::kernel::definition::Length;
    match (&data.pair, params.n, data.classes) {
        (Some(pair), _, _) => at(pair.c.iter().sum()).is_none(),
        (None, Length::Exactly(n), Some(stated)) => at(n) == usize::try_from(stated).ok(),
        (None, Length::Exactly(n), None) => (1..=n.min(3)).all(|n| at(n).is_some()),
        (None, Length::Any, _) => (1..=3).all(|n| at(n).is_some()),
    }
}

fn verify(arguments: &str) -> (i32, Vec<Value>) {
    let ended = run_anywhere(&format!("verify layer-norm --format json --quiet {arguments}"));
    (ended.0, records(&ended))
}

const NORMS: [(Norm, &str); 3] = [(Norm::None, "none"), (Norm::Layer, "layer"), (Norm::Rms, "rms")];

#[test]
fn brute_force_agrees() {
    let kinds = [
        (Kind::OneHot, "onehot", vec![(2, 2), (3, 3), (3, 4), (4, 4)]),
        (Kind::Simplex, "simplex", vec![(3, 2), (4, 3)]),
        (Kind::Moment, "moment", vec![(3, 1), (4, 2)]),
        (Kind::Random { bound: 3 }, "random", vec![(3, 2), (4, 2), (4, 3)]),
    ];
    let mut seen = BTreeMap::new();
    for (kind, name, sizes) in kinds {
        for (m, d) in sizes {
            let embedding = kind.vectors(m, d, 0).unwrap();
            for (norm, norm_name) in NORMS {
                for task in [(Task::QueryCount, "qc"), (Task::MostFrequentElement, "mfe")] {
                    let options = format!(
                        "--m {m} --d {d} --embedding {name} --norm {norm_name} --task {}",
                        task.1
                    );
                    let (_, records) = verify(&format!("{options} --n 1-4 --eps 0,1/7"));
                    assert_eq!(records.len(), if norm == Norm::None { 4 } else { 8 });
                    for record in records {
                        let eps = record["params"]["eps"].as_str();
                        let eps = if eps == Some("1/7") { ratio(1, 7) } else { Rational::zero() };
                        let n = record["params"]["n"].as_u64().unwrap();
                        let expected = classes(&embedding, (norm, &eps), task.0, n);
                        let verdict = if expected.is_some() { "verified" } else { "refuted" };
                        assert_eq!(record["verdict"], verdict, "{options}: {record}");
                        let values = &record["values"];
                        if !values["classes"].is_null() {
                            assert_eq!(
                                values["classes"].as_u64(),
                                expected.map(|c| c as u64),
                                "{record}"
                            );
                        }
                        *seen.entry(verdict).or_insert(0) += 1;
                    }
                }
            }
        }
    }
    assert!(seen["verified"] > 100 && seen["refuted"] > 50, "{seen:?}");
}

#[test]
fn one_hot_tokens_count_below_m() {
    for task in ["qc", "mfe"] {
        for m in 2..=5u64 {
            let (status, records) =
                verify(&format!("--m {m} --n 1-{} --eps 0 --task {task}", m + 2));
            assert_eq!(status, 1);
            for (n, record) in (1..).zip(&records) {
                assert_eq!(
                    record["verdict"],
                    if n < m { "verified" } else { "refuted" },
                    "{record}"
                );
            }
            let first = &records[m as usize - 1]["values"];
            let mut ends = vec![0; m as usize];
            ends[0] = m;
            assert_eq!(
                (&first["c"], &first["c_prime"]),
                (&ends.into(), &vec![1; m as usize].into())
            );
        }
    }
}

/// The least dimension counts at every length with the embedding that is named for it, and no embedding of a dimension less does.
#[test]
fn least_dimensions() {
    for m in 2..=5u64 {
        for (options, least, attained) in [
            ("--norm none", m - 1, "simplex"),
            ("--norm rms --eps 1/100000", m - 1, "simplex"),
            ("--norm rms --eps 0", m, "onehot"),
            ("--norm layer --eps 1/100000", m, "onehot"),
            ("--norm layer --eps 0", m + 1, "onehot"),
        ] {
            let at = |embedding: &str, d: u64| {
                let (_, records) =
                    verify(&format!("--m {m} --d {d} --n any --embedding {embedding} {options}"));
                assert_eq!(records[0]["values"]["least_dimension"], least);
                records[0]["verdict"].as_str().unwrap().to_owned()
            };
            assert_eq!(at(attained, least.max(1)), "verified", "{m} {options}");
            for seed in 0..4 {
                if least > 1 {
                    let random = format!("random --bound 9 --seed {seed}");
                    assert_eq!(at(&random, least - 1), "refuted", "{m} {options} {seed}");
                }
            }
        }
    }
}

#[test]
fn many_inputs_are_refuted_without_a_look_at_all_or_left_open() {
    let (status, records) = verify("--m 50 --n 10000 --eps 0");
    assert_eq!((status, &records[0]["verdict"]), (1, &"refuted".into()));
    assert_eq!(records[0]["values"]["c_prime"][0], 10000 - 49);
    let (status, records) = verify("--m 6 --n 500 --embedding moment --d 2 --norm none");
    assert_eq!((status, &records[0]["verdict"]), (1, &"refuted".into()));
    let (status, records) = verify("--m 20 --n 10 --eps 0");
    assert_eq!((status, &records[0]["verdict"]), (3, &"undecided".into()));
    assert!(
        records[0]["reason"].as_str().unwrap().contains("of which 1198372 are looked at"),
        "{}",
        records[0]
    );
}

#[test]
fn what_makes_no_sense_is_told() {
    for (arguments, part) in [
        ("--m 1", "--m: expected at least 2"),
        ("--m 3 --eps -1/2", "--eps: expected at least 0, found -1/2"),
        ("--m 3 --task sort", "--task: expected qc or mfe, found sort"),
        ("--m 3 --norm batch", "invalid value 'batch'"),
        ("--m 4 --d 3", "d: expected at least m = 4"),
        ("--m 3 --n 0", "--n: expected 1 to"),
        ("--m 3 --bound 2", "--bound: expected --embedding random"),
    ] {
        let (status, _, error) = run_anywhere(&format!("verify layer-norm {arguments}"));
        assert!(status == 2 && error.contains(part), "{arguments}: {error}");
    }
}
