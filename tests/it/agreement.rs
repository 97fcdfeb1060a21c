//! Three ways to evaluate agree: the definition in rationals, the integer form, and plain counting.

use counterproof::construct::{attend, embedding::Kind, histogram, inverter, random};
use counterproof::kernel::definition::Input;
use counterproof::kernel::definition::Task;
use counterproof::kernel::definition::{Token, Transformer};
use counterproof::kernel::number::{Rational, integer, ratio};
use counterproof::search::form::{Evaluator, Occurrence};
use counterproof::search::inputs::{InputOps, Sequences};
use proptest::prelude::*;

/// Evaluates every sequence by definition and through the integer form; returns the largest error.
fn brute_force(model: &Transformer, task: Task, n: usize) -> Rational {
    let m = model.vocabulary();
    let evaluator = Evaluator::new(model, n).unwrap();
    let mut worst = integer(0);
    for sequence in Sequences::new(n, m) {
        let input = Input::ending(&sequence, m).unwrap();
        let plain = model.output(&sequence).unwrap();
        assert_eq!(evaluator.output(input.query(), input.prefix()), Some(plain.clone()));
        let answer = match task {
            Task::QueryCount => sequence.iter().filter(|&t| t == sequence.last().unwrap()).count(),
            Task::MostFrequentElement => {
                (0..m).map(|j| sequence.iter().filter(|t| t.0 == j).count()).max().unwrap()
            }
        };
        let error = plain - integer(answer as u64);
        worst = worst.max(if error < integer(0) { -error } else { error });
    }
    worst
}

#[test]
fn histograms_count_exactly_on_every_sequence() {
    for (n, m) in [(1, 2), (2, 2), (5, 2), (4, 3), (7, 3), (4, 4), (3, 5)] {
        let scale = integer(n as u64);
        for kind in [Kind::OneHot, Kind::Rotated] {
            for d in [m, m + 2] {
                let vectors = kind.vectors(m, d, 7).unwrap();
                let model = histogram::query_count(&vectors, &scale, &integer(1)).unwrap();
                assert_eq!(model.mlp_width(), m);
                assert_eq!(brute_force(&model, Task::QueryCount, n), integer(0));
                let model = histogram::most_frequent_element(&vectors, true, &scale).unwrap();
                assert_eq!(brute_force(&model, Task::MostFrequentElement, n), integer(0));
            }
        }
        let vectors = Kind::Simplex.vectors(m, m - 1, 0).unwrap();
        let model = histogram::query_count_affine(&vectors, &scale).unwrap();
        assert_eq!(model.mlp_width(), m);
        assert_eq!(brute_force(&model, Task::QueryCount, n), integer(0));
        let model = histogram::most_frequent_element(&vectors, false, &scale).unwrap();
        assert_eq!(brute_force(&model, Task::MostFrequentElement, n), integer(0));
    }
}

#[test]
fn counting_by_attention_is_within_a_half_when_the_base_is_large() {
    for (n, m) in [(1, 2), (2, 3), (5, 3), (4, 5), (3, 8)] {
        let inverter = inverter::grid(n as u64, (n * n) as u64);
        let model = attend::query_count(n, m, &integer(100), &inverter).unwrap();
        assert!(brute_force(&model, Task::QueryCount, n) < ratio(1, 2));
        let model = attend::query_count(n, m, &ratio(101, 100), &inverter).unwrap();
        assert_eq!(brute_force(&model, Task::QueryCount, n) < ratio(1, 2), n == 1);
    }
}

proptest! {
    #[test]
    fn random_models_agree(seed in any::<u64>(), tokens in proptest::collection::vec(0usize..3, 1..6)) {
        let model = random::without_positions(3, random::Limits::default(), seed).unwrap();
        let sequence: Vec<Token> = tokens.into_iter().map(Token).collect();
        let plain = model.output(&sequence).unwrap();
        let evaluator = Evaluator::new(&model, sequence.len()).unwrap();
        let one_by_one = sequence[..sequence.len() - 1]
            .iter()
            .map(|&token| Occurrence { class: 0, token, multiplicity: 1 });
        let query = *sequence.last().unwrap();
        prop_assert_eq!(evaluator.output(query, one_by_one), Some(plain.clone()));
        let input = Input::ending(&sequence, 3).unwrap();
        prop_assert_eq!(evaluator.output(query, input.prefix()), Some(plain.clone()));
        // T4: repeating the sequence changes nothing
        let twice = input.repeated(2).unwrap();
        prop_assert_eq!(evaluator.output(query, twice.prefix()), Some(plain));
    }
}
