//! Every construction on all `m^n` sequences, for the largest `n` with `m^n <= 10^6`, against plain counting.
//!
//! Each sequence is evaluated position by position, so that nothing rests on the count vectors.

use counterproof::construct::{attend, embedding::Kind, histogram, inverter};
use counterproof::kernel::definition::Transformer;
use counterproof::kernel::definition::{Criterion, Task};
use counterproof::kernel::number::integer;
use counterproof::search::form::{Evaluator, Occurrence};
use counterproof::search::inputs::Sequences;

/// `(n, m)` with `m^n <= 10^6 < m^(n + 1)`, `m = 2 .. 10` and 100.
const SIZES: [(usize, usize); 7] = [(19, 2), (12, 3), (9, 4), (8, 5), (7, 7), (6, 10), (3, 100)];

fn brute_force(model: &Transformer, task: Task, n: usize, exact: bool) {
    let m = model.vocabulary();
    let evaluator = Evaluator::new(model, n).unwrap();
    let criterion = if exact { Criterion::Exact } else { Criterion::Solves };
    let mut counts = vec![0u64; m];
    for sequence in Sequences::new(n, m) {
        counts.fill(0);
        for token in &sequence {
            counts[token.0] += 1;
        }
        let query = *sequence.last().unwrap();
        let answer = match task {
            Task::QueryCount => counts[query.0],
            Task::MostFrequentElement => *counts.iter().max().unwrap(),
        };
        let prefix =
            sequence[..n - 1].iter().map(|&token| Occurrence { class: 0, token, multiplicity: 1 });
        let error = evaluator.error(query, prefix, answer).unwrap();
        assert!(criterion.accepts(&error), "{sequence:?}: error {error}, the answer is {answer}");
    }
}

fn sizes() -> impl Iterator<Item = (usize, usize)> {
    SIZES.into_iter()
}

#[test]
fn t1_one_hot() {
    for (n, m) in sizes() {
        let vectors = Kind::OneHot.vectors(m, m, 0).unwrap();
        let model = histogram::query_count(&vectors, &integer(n as u64), &integer(1)).unwrap();
        brute_force(&model, Task::QueryCount, n, true);
    }
}

#[test]
fn t1_rotated_and_t1_affine() {
    for (n, m) in sizes().filter(|&(_, m)| m <= 5) {
        let vectors = Kind::Rotated.vectors(m, m + 1, 1).unwrap();
        let model = histogram::query_count(&vectors, &integer(n as u64), &integer(1)).unwrap();
        brute_force(&model, Task::QueryCount, n, true);
        let vectors = Kind::Simplex.vectors(m, m - 1, 0).unwrap();
        let model = histogram::query_count_affine(&vectors, &integer(n as u64)).unwrap();
        brute_force(&model, Task::QueryCount, n, true);
    }
}

#[test]
fn t2() {
    for (n, m) in sizes().filter(|&(_, m)| m <= 10) {
        let vectors = Kind::OneHot.vectors(m, m, 0).unwrap();
        let model = histogram::most_frequent_element(&vectors, true, &integer(n as u64)).unwrap();
        brute_force(&model, Task::MostFrequentElement, n, true);
    }
    let vectors = Kind::Simplex.vectors(4, 3, 0).unwrap();
    let model = histogram::most_frequent_element(&vectors, false, &integer(9)).unwrap();
    brute_force(&model, Task::MostFrequentElement, 9, true);
}

#[test]
fn t3() {
    // the MLP has n^2 - 1 units, which makes the longest sequences slow
    for (n, m) in sizes().filter(|&(n, m)| n <= 9 && m != 5 && m != 7) {
        let inverter = inverter::grid(n as u64, (n * n) as u64);
        let model = attend::query_count(n, m, &integer(8), &inverter).unwrap();
        brute_force(&model, Task::QueryCount, n, false);
    }
}
