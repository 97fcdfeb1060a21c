//! Gradients against differences, the forward pass against its definition, and what training does.

use super::*;
use crate::train::classifier::tests::gradient_of_differences;
use crate::train::classifier::{ClassifierSettings, ClassifierTrainer, ForwardBackward};
use crate::train::sample::{Stream, generator};

fn settings(steps: u64, seed: u64) -> ClassifierSettings {
    ClassifierSettings { steps, batch: 16, rate: 1e-2, seed }
}

#[test]
fn gradients_are_those_of_differences() {
    for positions in [false, true] {
        let shape = LargestShape { m: 4, n: 3, d: 3, positions };
        let trainer = ClassifierTrainer::new(&shape, &settings(1, 5)).unwrap();
        for sequence in [vec![0, 1, 3], vec![2, 2, 2], vec![3, 1, 1]] {
            let gradient = gradient_of_differences(&shape, trainer.parameters(), &sequence);
            assert!(gradient.iter().any(|entry| entry.abs() > 1e-3));
        }
    }
}

/// The formula at the head of the module, written down once more.
#[test]
fn the_forward_pass_is_the_formula() {
    for positions in [false, true] {
        let shape = LargestShape { m: 5, n: 4, d: 3, positions };
        let trainer = ClassifierTrainer::new(&shape, &settings(1, 3)).unwrap();
        let w = trainer.parameters();
        let at = |name: &str, i: usize, j: usize| {
            let tensors = shape.tensors();
            let (_, _, columns, range) = tensors.iter().find(|(own, ..)| *own == name).unwrap();
            w[range.start + i * columns + j]
        };
        let LargestShape { m, n, d, .. } = shape;
        for sequence in [[2, 0, 4, 1], [3, 3, 0, 3], [0, 0, 0, 1]] {
            let x = |i: usize, k: usize| {
                at("emb", sequence[i], k) + if positions { at("pos", i, k) } else { 0.0 }
            };
            let map = |name: &str, i: usize, k: usize| -> f64 {
                (0..d).map(|l| x(i, l) * at(name, l, k)).sum()
            };
            let weight = |i: usize| -> f64 {
                let score: f64 = (0..d).map(|k| map("Q", n - 1, k) * map("K", i, k)).sum();
                (score / (d as f64).sqrt()).exp()
            };
            let all: f64 = (0..n).map(weight).sum();
            let y: Vec<f64> = (0..d)
                .map(|k| {
                    x(n - 1, k) + (0..n).map(|i| weight(i) / all * map("V", i, k)).sum::<f64>()
                })
                .collect();
            let output = |token: usize| -> f64 { (0..d).map(|k| y[k] * at("U", k, token)).sum() };
            let largest = (0..m).max_by(|a, b| output(*a).total_cmp(&output(*b)));
            assert_eq!(
                Pass::new(&shape).choice(w, &sequence),
                largest,
                "{positions}: {sequence:?}"
            );
        }
    }
}

#[test]
fn training_repeats_itself_and_learns() {
    for positions in [false, true] {
        let shape = LargestShape { m: 5, n: 3, d: 8, positions };
        let trained = || {
            let mut trainer = ClassifierTrainer::new(&shape, &settings(400, 1)).unwrap();
            let before = trainer.measure(500);
            while !trainer.finished() {
                trainer.step().unwrap();
            }
            (before, trainer)
        };
        let (before, trainer) = trained();
        assert_eq!(trainer.parameters(), trained().1.parameters());
        let after = trainer.measure(500);
        assert_eq!((before.total, after.total), (500, 500));
        assert!(before.right < 300 && after.right > 475, "{before:?} {after:?}");
    }
}

#[test]
fn every_answer_is_drawn() {
    let shape = LargestShape { m: 8, n: 4, d: 1, positions: true };
    let mut seen = [0u32; 8];
    for index in 0..800 {
        let sequence = shape.draw(&mut generator(2, Stream::Training, index));
        assert_eq!(sequence.len(), 4);
        seen[answer(&sequence)] += 1;
    }
    assert!(seen.iter().all(|&times| times > 30), "{seen:?}");
}

#[test]
fn nonsense_is_named() {
    let sound = LargestShape { m: 2, n: 1, d: 1, positions: false };
    sound.check().unwrap();
    for (shape, name, expected) in [
        (LargestShape { m: 1, ..sound }, "m", "2 to 512"),
        (LargestShape { n: 0, ..sound }, "n", "1 to 512"),
        (LargestShape { d: 513, ..sound }, "d", "1 to 512"),
    ] {
        let error = shape.check().unwrap_err();
        assert_eq!((error.name, error.expected.as_str()), (name, expected));
    }
}
