//! The separation of states against brute force over all inputs, and its certificates.

use crate::support::certificates::{mutants, sealed};
use counterproof::algebra::MatrixOps;
use counterproof::kernel::definition::Input;
use counterproof::kernel::definition::Task;
use counterproof::kernel::kind::Separation;
use counterproof::kernel::number::{Matrix, Rational, integer, ratio};
use counterproof::kernel::{Certificate, Clock};
use counterproof::search::collision::Limits;
use counterproof::search::collision::separation::separation;
use counterproof::search::inputs::CountInputs;
use num_traits::Signed;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// The least sup distance of states with one query and different answers.
fn plain(embedding: &Matrix, n: u64, task: Task) -> Option<Rational> {
    let inputs: Vec<Input> = CountInputs::new(n, embedding.rows()).collect();
    let columns = embedding.transpose();
    let state = |input: &Input| -> Vec<Rational> {
        let counts: Vec<Rational> =
            input.counts().iter().map(|&c| ratio(c as i64, n as i64)).collect();
        columns.mul_vec(&counts).unwrap()
    };
    let states: Vec<_> = inputs.iter().map(state).collect();
    let answer = |i: usize| task.answer(inputs[i].counts(), inputs[i].query());
    (0..inputs.len())
        .flat_map(|i| (0..i).map(move |j| (i, j)))
        .filter(|&(i, j)| inputs[i].query() == inputs[j].query() && answer(i) != answer(j))
        .map(|(i, j)| states[i].iter().zip(&states[j]).map(|(a, b)| (a - b).abs()).max().unwrap())
        .min()
}

#[test]
fn brute_force_agrees() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for round in 0..120 {
        let (m, d) = (random.random_range(1..=4), random.random_range(1..=2));
        let n = random.random_range(1..=4u64);
        let parts = [1, 1, 2, 3][round % 4];
        let embedding = Matrix::from_fn(m, d, |_, _| ratio(random.random_range(-9..=9), parts));
        let found = separation(&embedding, n, &Limits::default()).unwrap();
        for task in [Task::QueryCount, Task::MostFrequentElement] {
            let distance = found.as_ref().map(|found| found.distance.clone());
            assert_eq!(distance, plain(&embedding, n, task), "{embedding:?} {n}");
        }
        if let Some(found) = found {
            let text = found.certificate.to_json().unwrap();
            Certificate::parse(&text).unwrap().check(&Clock::unlimited()).unwrap();
        }
    }
}

#[test]
fn every_change_is_refused_or_still_true() {
    let rows = [[0, 3], [5, 1], [2, 2], [7, 4]];
    let embedding = Matrix::from_fn(4, 2, |i, j| integer(rows[i][j]));
    let found = separation(&embedding, 3, &Limits::default()).unwrap().unwrap();
    let value: Value = serde_json::from_str(&found.certificate.to_json().unwrap()).unwrap();
    let (mut refused, mut accepted) = (0, 0);
    for (place, mutant) in mutants(&value) {
        let checked =
            Certificate::parse(&sealed(mutant)).map_err(|error| error.to_string()).and_then(
                |read| read.check(&Clock::unlimited()).map(|_| read).map_err(|e| e.to_string()),
            );
        match checked {
            Err(_) => refused += 1,
            Ok(read) => {
                let (params, data) = read.get::<Separation>().unwrap();
                let plain = plain(&data.embedding, params.n, Task::QueryCount).unwrap();
                assert_eq!(params.distance.0, plain, "{place}");
                accepted += 1;
            }
        }
    }
    assert!(refused > 10 * accepted, "{refused} {accepted}");
}
