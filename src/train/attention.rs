//! Attention of one head at the last position, forwards and backwards.
//!
//! Only the last position's query is needed. Its scores are `<u, z_i>` with `u = W_K^T q / sqrt(k)`, so that keys are
//! never formed, and the mean of the states is taken before `W_V`. Where the states are `z_i = E[x_i] + P[i]` both split:
//! `<u, E[j]>` once a token, `<u, P[i]>` once a position ([`Split`]). With layer norm in between they do not
//! ([`Normed`]).

use super::kernels::{Kernels, LANES, Left, Product, ScoreGradients, Scores};
use super::lanes::{NormTrace, norm, norm_back, transpose};
use super::real::Real;
use super::sample::Batch;
use super::shape::NORM_EPSILON;

/// One head's numbers of the forward pass.
#[derive(Debug, Clone)]
pub(super) struct Head<R> {
    /// `u`, `[d][LANES]`
    pub direction: Vec<R>,
    /// attention weights: `[m + n][LANES]` summed by token, then by position; `[m][LANES]` without positions
    pub weights: Vec<R>,
    /// `sum_i a_i z_i`, `[d][LANES]`
    pub mean: Vec<R>,
}

impl<R: Real> Head<R> {
    pub fn new(d: usize, rows: usize) -> Self {
        let zeros = |rows: usize| vec![R::zero(); rows * LANES];
        Self { direction: zeros(d), weights: zeros(rows), mean: zeros(d) }
    }

    /// `sum_f dmean[f] mean[f]` in each lane: the mean of the gradients by weights.
    fn mean_gradient(&self, by_mean: &[R]) -> [R; LANES] {
        let mut sum = [R::zero(); LANES];
        for (row, mean) in by_mean.chunks_exact(LANES).zip(self.mean.chunks_exact(LANES)) {
            for b in 0..LANES {
                sum[b] += row[b] * mean[b];
            }
        }
        sum
    }
}

/// What both kinds of attention read of the batch.
pub(super) struct Inputs<'a, R: 'static> {
    pub kernels: &'static Kernels<R>,
    pub batch: &'a Batch,
    /// the counts as floats, `[m][LANES]`
    pub counts: &'a [R],
    pub m: usize,
    pub positions: bool,
}

impl<R: Real> Inputs<'_, R> {
    fn tokens(&self) -> &[u16] {
        if self.positions { &self.batch.tokens } else { &[] }
    }

    fn softmax(&self, weights: &mut [R], scratch: &mut [R]) {
        let (tokens, counts, m) = (self.tokens(), self.counts, self.m);
        self.kernels.attend(Scores { scores: weights, tokens, counts, scratch, m });
    }
}

/// Attention over `E[x_i] + P[i]`.
#[derive(Debug, Clone)]
pub(super) struct Split<R> {
    scratch: Vec<R>,
    gradients: Vec<R>,
    transposed: Vec<R>,
}

impl<R: Real> Split<R> {
    /// `rows`: `m + n`, or `m` without positions.
    pub fn new(m: usize, rows: usize) -> Self {
        let zeros = |rows: usize| vec![R::zero(); rows * LANES];
        Self { scratch: zeros(m), gradients: zeros(rows), transposed: Vec::new() }
    }

    /// `states`: the embeddings of tokens and positions, `[m + n, d]`.
    pub fn forward(&mut self, inputs: &Inputs<'_, R>, states: &[R], head: &mut Head<R>) {
        let (rows, d) = (head.weights.len() / LANES, head.mean.len() / LANES);
        inputs.kernels.multiply(Product {
            c: &mut head.weights,
            a: Left::plain(states, d),
            b: &head.direction,
            rows,
            inner: d,
            columns: LANES,
            accumulate: false,
        });
        inputs.softmax(&mut head.weights, &mut self.scratch);
        inputs.kernels.multiply(Product {
            c: &mut head.mean,
            a: Left::transposed(states, d),
            b: &head.weights,
            rows: d,
            inner: rows,
            columns: LANES,
            accumulate: false,
        });
    }

    /// From the gradient by `mean` to that by `direction`, adding that by `states`.
    pub fn backward(
        &mut self,
        inputs: &Inputs<'_, R>,
        states: &[R],
        head: &Head<R>,
        by_mean: &[R],
        by_direction: &mut [R],
        by_states: &mut [R],
    ) {
        let (rows, d) = (head.weights.len() / LANES, head.mean.len() / LANES);
        inputs.kernels.multiply(Product {
            c: &mut self.gradients,
            a: Left::plain(states, d),
            b: by_mean,
            rows,
            inner: d,
            columns: LANES,
            accumulate: false,
        });
        inputs.kernels.attend_back(ScoreGradients {
            gradients: &mut self.gradients,
            weights: &head.weights,
            tokens: inputs.tokens(),
            mean: &head.mean_gradient(by_mean),
            scratch: &mut self.scratch,
            m: inputs.m,
        });
        inputs.kernels.multiply(Product {
            c: by_direction,
            a: Left::transposed(states, d),
            b: &self.gradients,
            rows: d,
            inner: rows,
            columns: LANES,
            accumulate: false,
        });
        for (left, right) in
            [(&head.weights, by_mean), (&self.gradients, head.direction.as_slice())]
        {
            transpose(right, &mut self.transposed);
            inputs.kernels.multiply(Product {
                c: by_states,
                a: Left::plain(left, LANES),
                b: &self.transposed,
                rows,
                inner: LANES,
                columns: d,
                accumulate: true,
            });
        }
    }
}

/// Attention over `norm(E[x_i] + P[i])`. An *item* is a position, or a token when there are no positions.
#[derive(Debug, Clone)]
pub(super) struct Normed<R> {
    /// of each item `[d][LANES]`
    states: Vec<R>,
    traces: Vec<NormTrace<R>>,
    /// gradients by `states`
    by_states: Vec<R>,
    /// scores, then their gradients, with `m` rows of zeros before the positions' rows
    scores: Vec<R>,
    scratch: Vec<R>,
}

impl<R: Real> Normed<R> {
    pub fn new(m: usize, items: usize, rows: usize, d: usize) -> Self {
        let zeros = |rows: usize| vec![R::zero(); rows * LANES];
        Self {
            states: zeros(items * d),
            traces: vec![NormTrace::default(); items],
            by_states: zeros(items * d),
            scores: zeros(rows),
            scratch: zeros(m),
        }
    }

    /// Forms the states of a batch; before the heads' passes.
    pub fn prepare(&mut self, inputs: &Inputs<'_, R>, embeddings: &[R], weight: &[R], bias: &[R]) {
        let d = weight.len();
        for (item, state) in self.states.chunks_exact_mut(d * LANES).enumerate() {
            for b in 0..LANES {
                let (token, position) = place(inputs, item, b);
                for f in 0..d {
                    let at = |row: usize| embeddings[row * d + f];
                    state[f * LANES + b] = at(token) + position.map_or(R::zero(), at);
                }
            }
            norm(state, weight, bias, NORM_EPSILON, &mut self.traces[item]);
        }
        self.by_states.fill(R::zero());
    }

    pub fn forward(&mut self, inputs: &Inputs<'_, R>, head: &mut Head<R>) {
        let items = self.traces.len();
        let from = head.weights.len() / LANES - items;
        head.weights[..from * LANES].fill(R::zero());
        self.dot(&head.direction, &mut head.weights[from * LANES..]);
        inputs.softmax(&mut head.weights, &mut self.scratch);
        head.mean.fill(R::zero());
        let size = head.mean.len();
        let weights = head.weights[from * LANES..].chunks_exact(LANES);
        for (state, weight) in self.states.chunks_exact(size).zip(weights) {
            for (mean, state) in head.mean.chunks_exact_mut(LANES).zip(state.chunks_exact(LANES)) {
                for b in 0..LANES {
                    mean[b] += weight[b] * state[b];
                }
            }
        }
    }

    /// `<direction, state>` of each item.
    fn dot(&self, direction: &[R], into: &mut [R]) {
        let states = self.states.chunks_exact(direction.len());
        for (state, into) in states.zip(into.chunks_exact_mut(LANES)) {
            into.fill(R::zero());
            for (u, state) in direction.chunks_exact(LANES).zip(state.chunks_exact(LANES)) {
                for b in 0..LANES {
                    into[b] += u[b] * state[b];
                }
            }
        }
    }

    /// From the gradient by `mean` to that by `direction`; gradients by the states are kept for [`Self::finish`].
    pub fn backward(
        &mut self,
        inputs: &Inputs<'_, R>,
        head: &Head<R>,
        by_mean: &[R],
        by_direction: &mut [R],
    ) {
        let size = by_mean.len();
        let from = self.scores.len() / LANES - self.traces.len();
        let mut scores = std::mem::take(&mut self.scores);
        scores[..from * LANES].fill(R::zero());
        self.dot(by_mean, &mut scores[from * LANES..]);
        inputs.kernels.attend_back(ScoreGradients {
            gradients: &mut scores,
            weights: &head.weights,
            tokens: inputs.tokens(),
            mean: &head.mean_gradient(by_mean),
            scratch: &mut self.scratch,
            m: inputs.m,
        });
        by_direction.fill(R::zero());
        let weights = head.weights[from * LANES..].chunks_exact(LANES);
        let gradients = scores[from * LANES..].chunks_exact(LANES);
        let states = self.states.chunks_exact(size).zip(self.by_states.chunks_exact_mut(size));
        for ((weight, score), (state, by_state)) in weights.zip(gradients).zip(states) {
            for at in (0..size).step_by(LANES) {
                for b in 0..LANES {
                    by_state[at + b] +=
                        weight[b] * by_mean[at + b] + score[b] * head.direction[at + b];
                    by_direction[at + b] += score[b] * state[at + b];
                }
            }
        }
        self.scores = scores;
    }

    /// Takes the gradients by the states through the norm to the embeddings.
    pub fn finish(
        &mut self,
        inputs: &Inputs<'_, R>,
        weight: &[R],
        by_norm: (&mut [R], &mut [R]),
        by_embeddings: &mut [R],
    ) {
        let d = weight.len();
        for (item, by_state) in self.by_states.chunks_exact_mut(d * LANES).enumerate() {
            norm_back(by_state, weight, &self.traces[item], by_norm.0, by_norm.1);
            for b in 0..LANES {
                let (token, position) = place(inputs, item, b);
                for f in 0..d {
                    by_embeddings[token * d + f] += by_state[f * LANES + b];
                    if let Some(row) = position {
                        by_embeddings[row * d + f] += by_state[f * LANES + b];
                    }
                }
            }
        }
    }
}

/// The rows of the embeddings that make an item: its token's, and its position's.
fn place<R>(inputs: &Inputs<'_, R>, item: usize, lane: usize) -> (usize, Option<usize>) {
    if inputs.positions {
        (usize::from(inputs.batch.tokens[item * LANES + lane]), Some(inputs.m + item))
    } else {
        (item, None)
    }
}
