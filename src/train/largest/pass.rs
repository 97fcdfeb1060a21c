//! Forward and backward through one sequence, by definition.

use super::{LargestShape, answer};
use crate::train::classifier::{
    Classifier, ForwardBackward, add_outer, add_row, add_row_turned, cross_entropy, largest,
    softmax, through_softmax,
};
use crate::train::measure::Score;
use std::ops::Range;

/// Where each tensor is.
#[derive(Debug, Clone)]
struct Ranges {
    emb: Range<usize>,
    pos: Range<usize>,
    q: Range<usize>,
    k: Range<usize>,
    v: Range<usize>,
    u: Range<usize>,
}

/// What a sequence makes of a model.
#[derive(Debug, Clone)]
pub struct Pass {
    shape: LargestShape,
    ranges: Ranges,
    /// `[n, d]`
    x: Vec<f64>,
    /// `x_n Q` `[d]`
    query: Vec<f64>,
    /// `K query` `[d]`
    asked: Vec<f64>,
    /// `[n]`
    weights: Vec<f64>,
    /// the mean of `x` by the weights `[d]`
    mean: Vec<f64>,
    /// `[d]`
    y: Vec<f64>,
    /// `[m]`
    outputs: Vec<f64>,
}

impl Pass {
    fn forward(&mut self, parameters: &[f64], sequence: &[usize]) {
        let (d, ranges) = (self.shape.d, &self.ranges);
        let embedding = &parameters[ranges.emb.clone()];
        for (row, token) in self.x.chunks_exact_mut(d).zip(sequence) {
            row.copy_from_slice(&embedding[token * d..(token + 1) * d]);
        }
        let positions = &parameters[ranges.pos.clone()];
        self.x.iter_mut().zip(positions).for_each(|(entry, position)| *entry += position);
        let last = &self.x[self.x.len() - d..];
        self.query.fill(0.0);
        add_row(&mut self.query, last, &parameters[ranges.q.clone()]);
        self.asked.fill(0.0);
        add_row_turned(&mut self.asked, &self.query, &parameters[ranges.k.clone()]);
        let scale = 1.0 / (d as f64).sqrt();
        for (weight, row) in self.weights.iter_mut().zip(self.x.chunks_exact(d)) {
            *weight = scale * dot(row, &self.asked);
        }
        softmax(&mut self.weights);
        self.mean.fill(0.0);
        add_row(&mut self.mean, &self.weights, &self.x);
        self.y.copy_from_slice(last);
        add_row(&mut self.y, &self.mean, &parameters[ranges.v.clone()]);
        self.outputs.fill(0.0);
        add_row(&mut self.outputs, &self.y, &parameters[ranges.u.clone()]);
    }

    /// The answer: the largest entry, `None` where two are equal.
    pub fn choice(&mut self, parameters: &[f64], sequence: &[usize]) -> Option<usize> {
        self.forward(parameters, sequence);
        largest(&self.outputs)
    }
}

impl ForwardBackward<LargestShape> for Pass {
    fn new(shape: &LargestShape) -> Self {
        let LargestShape { m, n, d, .. } = *shape;
        let [emb, pos, q, k, v, u] =
            ["emb", "pos", "Q", "K", "V", "U"].map(|name| shape.range(name));
        Self {
            shape: *shape,
            ranges: Ranges { emb, pos, q, k, v, u },
            x: vec![0.0; n * d],
            query: vec![0.0; d],
            asked: vec![0.0; d],
            weights: vec![0.0; n],
            mean: vec![0.0; d],
            y: vec![0.0; d],
            outputs: vec![0.0; m],
        }
    }

    fn backward(&mut self, parameters: &[f64], sequence: &[usize], gradient: &mut [f64]) -> f64 {
        self.forward(parameters, sequence);
        let LargestShape { n, d, positions, .. } = self.shape;
        let ranges = &self.ranges;
        let tensor = |range: &Range<usize>| &parameters[range.clone()];
        let last = self.x.len() - d;
        let mut of_outputs = self.outputs.clone();
        let loss = cross_entropy(&mut of_outputs, answer(sequence));
        add_outer(&mut gradient[ranges.u.clone()], &self.y, &of_outputs);
        let mut of_y = vec![0.0; d];
        add_row_turned(&mut of_y, &of_outputs, tensor(&ranges.u));
        let mut of_x = vec![0.0; n * d];
        of_x[last..].copy_from_slice(&of_y);
        add_outer(&mut gradient[ranges.v.clone()], &self.mean, &of_y);
        let mut of_mean = vec![0.0; d];
        add_row_turned(&mut of_mean, &of_y, tensor(&ranges.v));
        let mut of_scores = vec![0.0; n];
        add_row_turned(&mut of_scores, &of_mean, &self.x);
        through_softmax(&self.weights, &mut of_scores);
        let scale = 1.0 / (d as f64).sqrt();
        of_scores.iter_mut().for_each(|entry| *entry *= scale);
        add_outer(&mut of_x, &self.weights, &of_mean);
        add_outer(&mut of_x, &of_scores, &self.asked);
        let mut of_asked = vec![0.0; d];
        add_row(&mut of_asked, &of_scores, &self.x);
        add_outer(&mut gradient[ranges.k.clone()], &of_asked, &self.query);
        let mut of_query = vec![0.0; d];
        add_row(&mut of_query, &of_asked, tensor(&ranges.k));
        add_outer(&mut gradient[ranges.q.clone()], &self.x[last..], &of_query);
        add_row_turned(&mut of_x[last..], &of_query, tensor(&ranges.q));
        for (row, token) in of_x.chunks_exact(d).zip(sequence) {
            let from = ranges.emb.start + token * d;
            gradient[from..from + d].iter_mut().zip(row).for_each(|(sum, entry)| *sum += entry);
        }
        if positions {
            let of_positions = &mut gradient[ranges.pos.clone()];
            of_positions.iter_mut().zip(&of_x).for_each(|(sum, entry)| *sum += entry);
        }
        loss
    }

    fn score(&mut self, parameters: &[f64], sequence: &[usize]) -> Score {
        let right = self.choice(parameters, sequence) == Some(answer(sequence));
        Score { right: u64::from(right), total: 1 }
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}
