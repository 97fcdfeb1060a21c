//! The fast engine against plain evaluation of every sequence.

use counterproof::construct::{attend, embedding::Kind, histogram, inverter, random};
use counterproof::kernel::definition::Input;
use counterproof::kernel::definition::Transformer;
use counterproof::kernel::definition::{Criterion, Task};
use counterproof::kernel::number::{Rational, integer, ratio};
use counterproof::search::control::Control;
use counterproof::search::exhaustive::{Outcome, decide};
use counterproof::search::inputs::{InputOps, Sequences};
use num_traits::Signed;

fn largest_error(model: &Transformer, task: Task, n: usize) -> Rational {
    let m = model.vocabulary();
    Sequences::new(n, m)
        .map(|sequence| {
            let input = Input::ending(&sequence, m).unwrap();
            let answer = task.answer(input.counts(), input.query());
            (model.output(&sequence).unwrap() - integer(answer)).abs()
        })
        .max()
        .unwrap()
}

fn agrees(model: &Transformer, task: Task, criterion: Criterion, n: usize) {
    let worst = largest_error(model, task, n);
    for threads in [1, 3] {
        let control = Control::new(Some(threads), None);
        match decide(model, task, criterion, n, &control).unwrap() {
            Outcome::Holds { max_error, .. } => {
                assert!(criterion.accepts(&worst));
                assert_eq!(max_error, worst);
            }
            Outcome::Fails(failure) => {
                assert!(!criterion.accepts(&worst));
                assert_eq!(failure.sequence.len(), n);
                assert_eq!(model.output(&failure.sequence).unwrap(), failure.output);
                let input = Input::ending(&failure.sequence, model.vocabulary()).unwrap();
                assert_eq!(task.answer(input.counts(), input.query()), failure.answer);
                assert!(!criterion.accepts(&(failure.output - integer(failure.answer)).abs()));
            }
        }
    }
}

#[test]
fn the_engine_agrees_with_brute_force() {
    let both = [Criterion::Exact, Criterion::Solves];
    for (n, m) in [(1, 1), (1, 3), (4, 1), (6, 2), (5, 3), (4, 4), (3, 5)] {
        let scale = integer(n as u64);
        for kind in [Kind::OneHot, Kind::Rotated, Kind::Truncated] {
            let d = if kind == Kind::Truncated { (m - 1).max(1) } else { m };
            let vectors = kind.vectors(m, d, 3).unwrap();
            for criterion in both {
                for threshold in [integer(1), ratio(9, 10)] {
                    let model = histogram::query_count(&vectors, &scale, &threshold).unwrap();
                    agrees(&model, Task::QueryCount, criterion, n);
                }
                let model = histogram::most_frequent_element(&vectors, true, &scale).unwrap();
                agrees(&model, Task::MostFrequentElement, criterion, n);
            }
        }
        let inverter = inverter::grid(n as u64, (n * n) as u64);
        for base in [ratio(2, 1), ratio(7, 3), ratio(100, 1)] {
            let model = attend::query_count(n, m, &base, &inverter).unwrap();
            agrees(&model, Task::QueryCount, Criterion::Solves, n);
        }
    }
}

#[test]
fn random_models_of_many_heads_agree() {
    for seed in 0..60 {
        let model = random::without_positions(3, random::Limits::default(), seed).unwrap();
        agrees(&model, Task::QueryCount, Criterion::Solves, 1 + seed as usize % 4);
    }
}
