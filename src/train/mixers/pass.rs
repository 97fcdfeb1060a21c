//! Forward and backward through one sequence, by definition.

use super::{MixerShape, answers};
use crate::train::classifier::{
    Classifier, ForwardBackward, add_product, cross_entropy, largest, softmax, through_softmax,
};
use crate::train::measure::Score;

/// What a sequence makes of a model; `places` are its positions and BOS, which is first.
#[derive(Debug, Clone)]
pub struct Pass {
    shape: MixerShape,
    places: usize,
    /// `[places, d]`
    x: Vec<f64>,
    queries: Vec<f64>,
    keys: Vec<f64>,
    /// `[places, places]`
    weights: Vec<f64>,
    /// `x'` `[places, d]`
    mixed: Vec<f64>,
    /// after ReLU `[places, p]`
    hidden: Vec<f64>,
    /// `[places, n + 1]`
    outputs: Vec<f64>,
}

impl Pass {
    /// The row of the embedding at each place.
    fn rows(&self, sequence: &[usize]) -> Vec<usize> {
        let bos = self.shape.has_bos().then_some(self.shape.m);
        bos.into_iter().chain(sequence.iter().copied()).collect()
    }

    fn forward(&mut self, parameters: &[f64], sequence: &[usize]) {
        let MixerShape { n, d, p, .. } = self.shape;
        let (shape, places) = (self.shape, self.places);
        let tensor = |name: &str| &parameters[shape.range(name)];
        let embedding = tensor("emb");
        for (row, token) in self.rows(sequence).into_iter().enumerate() {
            self.x[row * d..(row + 1) * d].copy_from_slice(&embedding[token * d..(token + 1) * d]);
        }
        if shape.has_matrix() {
            self.weights.copy_from_slice(tensor("A"));
        } else {
            let all = (places, d, d);
            self.queries.fill(0.0);
            add_product(&mut self.queries, all, (&self.x, false), (tensor("Q"), false));
            self.keys.fill(0.0);
            add_product(&mut self.keys, all, (&self.x, false), (tensor("K"), false));
            self.weights.fill(0.0);
            let (left, right) = ((self.queries.as_slice(), false), (self.keys.as_slice(), true));
            add_product(&mut self.weights, (places, d, places), left, right);
            let scale = 1.0 / (d as f64).sqrt();
            self.weights.iter_mut().for_each(|weight| *weight *= scale);
        }
        if shape.is_softmax() {
            self.weights.chunks_exact_mut(places).for_each(softmax);
        }
        self.mixed.copy_from_slice(&self.x);
        let product = (places, places, d);
        add_product(&mut self.mixed, product, (&self.weights, false), (&self.x, false));
        let biased = |out: &mut [f64], bias: &[f64]| {
            out.chunks_exact_mut(bias.len()).for_each(|row| row.copy_from_slice(bias));
        };
        biased(&mut self.hidden, tensor("b1"));
        add_product(&mut self.hidden, (places, d, p), (&self.mixed, false), (tensor("W1"), false));
        self.hidden.iter_mut().for_each(|unit| *unit = unit.max(0.0));
        biased(&mut self.outputs, tensor("b2"));
        let product = (places, p, n + 1);
        add_product(&mut self.outputs, product, (&self.hidden, false), (tensor("W2"), false));
    }

    /// The answer at each position: the largest entry, `None` where two are equal.
    pub fn choices(&mut self, parameters: &[f64], sequence: &[usize]) -> Vec<Option<usize>> {
        self.forward(parameters, sequence);
        let first = self.places - self.shape.n;
        let rows = self.outputs.chunks_exact(self.shape.n + 1).skip(first);
        rows.map(largest).collect()
    }
}

impl ForwardBackward<MixerShape> for Pass {
    fn new(shape: &MixerShape) -> Self {
        let places = shape.n + usize::from(shape.has_bos());
        let of = |columns: usize| vec![0.0; places * columns];
        Self {
            shape: *shape,
            places,
            x: of(shape.d),
            queries: of(shape.d),
            keys: of(shape.d),
            weights: of(places),
            mixed: of(shape.d),
            hidden: of(shape.p),
            outputs: of(shape.n + 1),
        }
    }

    fn backward(&mut self, parameters: &[f64], sequence: &[usize], gradient: &mut [f64]) -> f64 {
        self.forward(parameters, sequence);
        let MixerShape { n, d, p, .. } = self.shape;
        let (shape, places) = (self.shape, self.places);
        let (classes, first) = (n + 1, places - n);
        let tensor = |name: &str| &parameters[shape.range(name)];
        let mut of_outputs = self.outputs.clone();
        let mut loss = 0.0;
        of_outputs[..first * classes].fill(0.0);
        for (row, answer) in of_outputs.chunks_exact_mut(classes).skip(first).zip(answers(sequence))
        {
            loss += cross_entropy(row, answer) / n as f64;
            row.iter_mut().for_each(|entry| *entry /= n as f64);
        }
        let add_rows = |out: &mut [f64], rows: &[f64]| {
            let width = out.len();
            for row in rows.chunks_exact(width) {
                out.iter_mut().zip(row).for_each(|(sum, entry)| *sum += entry);
            }
        };
        let turned = (self.hidden.as_slice(), true);
        let outputs = (of_outputs.as_slice(), false);
        add_product(&mut gradient[shape.range("W2")], (p, places, classes), turned, outputs);
        add_rows(&mut gradient[shape.range("b2")], &of_outputs);
        let mut of_hidden = vec![0.0; places * p];
        add_product(&mut of_hidden, (places, classes, p), outputs, (tensor("W2"), true));
        for (entry, unit) in of_hidden.iter_mut().zip(&self.hidden) {
            *entry = if *unit > 0.0 { *entry } else { 0.0 };
        }
        let hidden = (of_hidden.as_slice(), false);
        add_product(&mut gradient[shape.range("W1")], (d, places, p), (&self.mixed, true), hidden);
        add_rows(&mut gradient[shape.range("b1")], &of_hidden);
        let mut of_mixed = vec![0.0; places * d];
        add_product(&mut of_mixed, (places, p, d), hidden, (tensor("W1"), true));

        // x' = x + P x
        let mixed = (of_mixed.as_slice(), false);
        let mut of_x = of_mixed.clone();
        add_product(&mut of_x, (places, places, d), (&self.weights, true), mixed);
        let mut of_weights = vec![0.0; places * places];
        add_product(&mut of_weights, (places, d, places), mixed, (&self.x, true));
        if shape.is_softmax() {
            let rows = of_weights.chunks_exact_mut(places).zip(self.weights.chunks_exact(places));
            rows.for_each(|(entries, weights)| through_softmax(weights, entries));
        }
        if shape.has_matrix() {
            add_rows(&mut gradient[shape.range("A")], &of_weights);
        } else {
            let scale = 1.0 / (d as f64).sqrt();
            of_weights.iter_mut().for_each(|entry| *entry *= scale);
            let all = (places, places, d);
            let mut of_queries = vec![0.0; places * d];
            add_product(&mut of_queries, all, (&of_weights, false), (&self.keys, false));
            let mut of_keys = vec![0.0; places * d];
            add_product(&mut of_keys, all, (&of_weights, true), (&self.queries, false));
            for (name, entries) in [("Q", &of_queries), ("K", &of_keys)] {
                let (own, square) = ((entries.as_slice(), false), (places, d, d));
                let sizes = (d, places, d);
                add_product(&mut gradient[shape.range(name)], sizes, (&self.x, true), own);
                add_product(&mut of_x, square, own, (tensor(name), true));
            }
        }
        let embedding = shape.range("emb").start;
        for (row, token) in self.rows(sequence).into_iter().enumerate() {
            let from = embedding + token * d;
            let own = &of_x[row * d..(row + 1) * d];
            gradient[from..from + d].iter_mut().zip(own).for_each(|(sum, entry)| *sum += entry);
        }
        loss
    }

    fn score(&mut self, parameters: &[f64], sequence: &[usize]) -> Score {
        let said = self.choices(parameters, sequence);
        let right = said.into_iter().zip(answers(sequence));
        let right = right.filter(|(said, answer)| *said == Some(*answer)).count();
        Score { right: right as u64, total: sequence.len() as u64 }
    }
}
