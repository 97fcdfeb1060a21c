//! Whether the statement of a small certificate is true, by its definition: every input, every pair, every vertex.
//!
//! Slow and short, on the text's values, with nothing of the checker's but rational numbers.

mod blocks;
mod bounds;
mod difference;
pub mod exact;
mod histogram;
mod inverse;
pub mod lattices;
mod machine;
mod models;
mod norms;
mod programs;
mod rounded;
mod softmax;

pub use norms::classes;
pub use softmax::median_error;

use counterproof_kernel::number::{Rational, parse_canonical};
use num::{BigInt, Zero};
use serde_json::Value;

/// Whether the statement is true; for a refutation, whether it is false.
pub fn holds(certificate: &Value) -> bool {
    let (params, (kind, data)) =
        (&certificate["params"], certificate["data"].as_object().unwrap().iter().next().unwrap());
    match kind.as_str() {
        "exhaustive" | "polytope" | "interval" => models::counts(params, data),
        "exhaustive-part" => models::counts_in_part(params, data),
        "counterexample" => models::fails(params, data),
        "repetition" => models::repeats(params, data),
        "collision" => lattices::collision(params, data),
        "collision-part" => lattices::collision_in_part(params, data),
        "normalised-states" => norms::normalised(params, data),
        "separation" => lattices::separation(params, data),
        "lipschitz" => lattices::lipschitz(params, data),
        "lipschitz-bound" => lattices::lipschitz_bound(params),
        "welch" => bounds::welch(params, data),
        "histogram-error" => histogram::worst_error(params, data),
        "machine-numbers" => machine::machine_numbers(params, data),
        "least-precision" => machine::least_precision(params, data),
        "mfe-bits" => bounds::mfe_bits(params, data),
        "pigeonhole" => bounds::pigeonhole(params),
        "linear-dependence" => bounds::no_readout(params, data),
        "linear-readout" => bounds::readouts(params, data),
        "linear-program" => programs::linear_program(params, data),
        "inverse-width" => inverse::inverse_width(params, data),
        "readings" => softmax::readings(params, data),
        "readings-part" => softmax::readings_in_part(params, data),
        "accuracy" => softmax::accuracy(params, data),
        "misreading" => softmax::misreading(params, data),
        "sample" => softmax::sample(params, data),
        "difference" => difference::difference(params, data),
        "machine-readings" => rounded::machine_readings(params, data),
        other => panic!("{other}"),
    }
}

fn rational(value: &Value) -> Rational {
    parse_canonical(value.as_str().unwrap()).unwrap()
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn counts(value: &Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(count).collect()
}

fn vector(value: &Value) -> Vec<Rational> {
    value.as_array().unwrap().iter().map(rational).collect()
}

/// Rows of a matrix.
fn matrix(value: &Value) -> Vec<Vec<Rational>> {
    value["rows"].as_array().unwrap().iter().map(vector).collect()
}

fn dot(a: &[Rational], b: &[Rational]) -> Rational {
    a.iter().zip(b).map(|(x, y)| x * y).fold(Rational::zero(), |sum, x| sum + x)
}

fn times(rows: &[Vec<Rational>], x: &[Rational]) -> Vec<Rational> {
    rows.iter().map(|row| dot(row, x)).collect()
}

fn columns(rows: &[Vec<Rational>]) -> Vec<Vec<Rational>> {
    (0..rows.first().map_or(0, Vec::len)).map(|j| rows.iter().map(|row| row[j].clone()).collect()).collect()
}

fn whole(value: u64) -> Rational {
    Rational::from_integer(BigInt::from(value))
}

fn relu(values: &mut [Rational]) {
    for value in values.iter_mut().filter(|value| **value < Rational::zero()) {
        *value = Rational::zero();
    }
}

/// All sequences of `n` tokens below `m`.
pub fn sequences(n: u64, m: u64) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..n {
        all = all
            .into_iter()
            .flat_map(|s: Vec<usize>| (0..m as usize).map(move |t| [s.as_slice(), &[t]].concat()))
            .collect();
    }
    all
}

/// All vectors of `m` counts with sum `n`.
pub fn count_vectors(n: u64, m: usize) -> Vec<Vec<u64>> {
    if m == 0 {
        return Vec::new();
    }
    if m == 1 {
        return vec![vec![n]];
    }
    (0..=n)
        .flat_map(|first| {
            count_vectors(n - first, m - 1).into_iter().map(move |rest| [&[first], rest.as_slice()].concat())
        })
        .collect()
}

/// The true count.
fn answer(task: &Value, counts: &[u64], query: usize) -> u64 {
    if task.is_string() {
        return if task == "query-count" { counts[query] } else { *counts.iter().max().unwrap() };
    }
    // the one expression of the samples
    let text = task.to_string().replace(['"', ' '], "");
    assert!(text.starts_with("{expression:{fold:{by:max,") && text.contains("{count:{variable:t}}"), "{text}");
    counts.iter().rposition(|&count| count > 0).unwrap() as u64
}

fn occurrences(sequence: &[usize], m: u64) -> Vec<u64> {
    let mut counts = vec![0; m as usize];
    sequence.iter().for_each(|&token| counts[token] += 1);
    counts
}
