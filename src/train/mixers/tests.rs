//! Gradients against differences, the forward pass against its definition, and what training does.

use super::*;
use crate::train::classifier::tests::gradient_of_differences;
use crate::train::classifier::{ClassifierSettings, ClassifierTrainer, ForwardBackward};
use crate::train::sample::{Stream, generator};

fn shape(mixing: Mixing) -> MixerShape {
    MixerShape { mixing, m: 3, n: 4, d: 3, p: 5 }
}

fn settings(steps: u64, seed: u64) -> ClassifierSettings {
    ClassifierSettings { steps, batch: 8, rate: 1e-2, seed }
}

#[test]
fn gradients_are_those_of_differences() {
    for mixing in Mixing::ALL {
        let shape = shape(mixing);
        let trainer = ClassifierTrainer::new(&shape, &settings(1, 5)).unwrap();
        let mut parameters = trainer.parameters().to_vec();
        // away from zero, where biases start and ReLU has a kink
        let mut rng = generator(11, Stream::Weights, 1);
        for value in &mut parameters {
            let off: f64 = StandardNormal.sample(&mut rng);
            *value += 0.2 * off;
        }
        for sequence in [vec![0, 1, 1, 2], vec![2, 2, 2, 2], vec![1, 0, 1, 0]] {
            gradient_of_differences(&shape, &parameters, &sequence);
        }
    }
}

/// The formula at the head of the module, written down once more.
#[test]
fn the_forward_pass_is_the_formula() {
    for mixing in Mixing::ALL {
        let shape = shape(mixing);
        let trainer = ClassifierTrainer::new(&shape, &settings(1, 3)).unwrap();
        // biases start at zero, where a model with no active unit has a tie
        let mut w = trainer.parameters().to_vec();
        let mut rng = generator(7, Stream::Weights, 1);
        for value in &mut w {
            let off: f64 = StandardNormal.sample(&mut rng);
            *value += 0.1 * off;
        }
        let MixerShape { m, n, d, p, .. } = shape;
        let at = |name: &str, i: usize, j: usize| {
            let (_, _, columns, range) =
                shape.tensors().into_iter().find(|(own, ..)| *own == name).unwrap();
            w[range.start + i * columns + j]
        };
        let sequence = [2, 0, 2, 1];
        let bos = shape.has_bos();
        let rows: Vec<usize> = bos.then_some(m).into_iter().chain(sequence).collect();
        let x = |i: usize, k: usize| at("emb", rows[i], k);
        let map = |name: &str, i: usize, k: usize| (0..d).map(|l| x(i, l) * at(name, l, k)).sum();
        let score = |i: usize, j: usize| -> f64 {
            if shape.has_matrix() {
                return at("A", i, j);
            }
            let product = |k| -> f64 { map("Q", i, k) };
            let keys = |k| -> f64 { map("K", j, k) };
            (0..d).map(|k| product(k) * keys(k)).sum::<f64>() / (d as f64).sqrt()
        };
        let weight = |i: usize, j: usize| match shape.is_softmax() {
            true => score(i, j).exp() / (0..rows.len()).map(|l| score(i, l).exp()).sum::<f64>(),
            false => score(i, j),
        };
        let mut pass = Pass::new(&shape);
        let found = pass.choices(&w, &sequence);
        for (position, found) in found.into_iter().enumerate() {
            let i = position + usize::from(bos);
            let mixed: Vec<f64> = (0..d)
                .map(|k| x(i, k) + (0..rows.len()).map(|j| weight(i, j) * x(j, k)).sum::<f64>())
                .collect();
            let unit = |u: usize| {
                let sum: f64 = (0..d).map(|k| mixed[k] * at("W1", k, u)).sum();
                (sum + at("b1", 0, u)).max(0.0)
            };
            let output =
                |c: usize| (0..p).map(|u| unit(u) * at("W2", u, c)).sum::<f64>() + at("b2", 0, c);
            let largest = (0..=n).max_by(|a, b| output(*a).total_cmp(&output(*b)));
            assert_eq!(found, largest, "{mixing:?} at {position}");
        }
    }
}

#[test]
fn training_repeats_itself_and_learns() {
    for mixing in Mixing::ALL {
        let shape = MixerShape { mixing, m: 3, n: 3, d: 4, p: 8 };
        let trained = || {
            let mut trainer = ClassifierTrainer::new(&shape, &settings(150, 1)).unwrap();
            let first = trainer.step().unwrap();
            let mut last = first;
            while !trainer.finished() {
                last = trainer.step().unwrap();
            }
            (trainer, first, last)
        };
        let (one, first, last) = trained();
        assert!(last < first, "{mixing:?}: {first} {last}");
        assert_eq!(one.parameters(), trained().0.parameters());
        let score = one.measure(64);
        assert_eq!(score.total, 64 * 3);
        assert!(score.right > 0);
    }
}

#[test]
fn sequences_have_every_count() {
    let shape = MixerShape { mixing: Mixing::Dot, m: 8, n: 6, d: 2, p: 1 };
    let mut seen = [0u32; 7];
    for index in 0..400 {
        let sequence = shape.draw(&mut generator(2, Stream::Training, index));
        assert!(sequence.len() == 6 && sequence.iter().all(|&token| token < 8));
        answers(&sequence).into_iter().for_each(|count| seen[count] += 1);
    }
    assert!(seen[0] == 0 && seen[1..].iter().all(|&times| times > 40), "{seen:?}");
    assert_eq!(answers(&[4, 1, 4]), [2, 1, 2]);
}

#[test]
fn nonsense_is_named() {
    let sound = shape(Mixing::Linear);
    for (shape, name) in [
        (MixerShape { m: 0, ..sound }, "m"),
        (MixerShape { n: 513, ..sound }, "n"),
        (MixerShape { d: 0, ..sound }, "d"),
        (MixerShape { p: 0, ..sound }, "hidden"),
    ] {
        assert_eq!(shape.check().unwrap_err().name, name);
    }
    for (settings, name) in [
        (ClassifierSettings { batch: 0, ..settings(1, 0) }, "batch"),
        (ClassifierSettings { rate: f64::NAN, ..settings(1, 0) }, "rate"),
        (ClassifierSettings { steps: u64::MAX, ..settings(1, 0) }, "steps"),
    ] {
        assert_eq!(settings.check().unwrap_err().name, name);
    }
}
