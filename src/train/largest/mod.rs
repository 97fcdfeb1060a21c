//! The largest of `n` tokens: one layer with one causal head, read at the last position by arg max, without norm, MLP and biases.
//!
//! ```text
//! x_i = emb_{v_i} + pos_i                                   [d]   (without positions emb_{v_i})
//! y   = x_n + sum_i softmax_i((x_n Q) . (x_i K) / sqrt(d)) x_i V
//! the answer is the token of the largest entry of y U       [m]
//! ```
//!
//! The kind of model whose accuracy Gross et al., "Compact Proofs of Model Performance via Mechanistic Interpretability" (arXiv:2406.11779),
//! bound by cases; `V` is the product of their value and output maps. How we train it is ours.

mod pass;

pub use pass::Pass;

use super::classifier::{Classifier, Placed, below, placed, sized};
use super::shape::SettingError;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

/// Every size of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LargestShape {
    /// vocabulary size, and the number of answers
    pub m: usize,
    /// context length
    pub n: usize,
    /// embedding dimension
    pub d: usize,
    /// whether positions have embeddings
    pub positions: bool,
}

impl Classifier for LargestShape {
    type Pass = Pass;
    const TASK: &'static str = "max";

    fn check(&self) -> Result<(), SettingError> {
        // of one token nothing is to be learned
        sized(&[("m", 2, self.m), ("n", 1, self.n), ("d", 1, self.d)])
    }

    fn inputs(&self) -> (usize, usize) {
        (self.m, self.n)
    }

    /// `emb` `[m, d]`, `pos` `[n, d]` where there are positions, `Q`, `K` and `V` `[d, d]`, `U` `[d, m]`.
    fn tensors(&self) -> Vec<Placed> {
        let Self { m, n, d, positions } = *self;
        let mut sizes = vec![("emb", m, d)];
        sizes.extend(positions.then_some(("pos", n, d)));
        sizes.extend([("Q", d, d), ("K", d, d), ("V", d, d), ("U", d, m)]);
        placed(sizes)
    }

    /// Normal: token embeddings with deviation 1, those of positions with 1/10, maps with `1 / sqrt(inputs)`.
    fn initial(&self, of: &Placed, _: usize, rng: &mut Xoshiro256PlusPlus) -> f64 {
        let &(name, rows, ..) = of;
        let normal: f64 = StandardNormal.sample(rng);
        match name {
            "emb" => normal,
            "pos" => 0.1 * normal,
            _ => normal / (rows as f64).sqrt(),
        }
    }

    /// Half of the sequences are uniform over all tokens, half over those up to one that is drawn first: of uniform ones hardly any has a small answer.
    fn draw(&self, rng: &mut Xoshiro256PlusPlus) -> Vec<usize> {
        let end = if below(2, rng) == 0 { self.m } else { 1 + below(self.m, rng) };
        (0..self.n).map(|_| below(end, rng)).collect()
    }

    fn mapping(&self) -> Value {
        let turned = |name: &str| json!({ "weight": { "array": name, "transpose": true } });
        json!({
            "format": "counterproof-mapping",
            "version": 2,
            "layout": "out-in",
            "tokens": "emb",
            "bos": "none",
            "positions": if self.positions { "pos" } else { "none" },
            "layers": [{
                "attention": {
                    "heads": 1, "mixing": "softmax", "causal": true, "scale": "key-size",
                    "query": turned("Q"), "key": turned("K"), "value": turned("V"), "output": "identity",
                    "residual": true, "norm": "none",
                },
                "mlp": "none",
            }],
            "norm": "none",
            "reading": { "arg-max": { "weight": { "array": "U", "transpose": true }, "answers": "index" } },
            "read_at": "last",
        })
    }

    fn sizes(&self) -> Value {
        let Self { m, n, d, positions } = *self;
        json!({ "m": m, "n": n, "d": d, "positions": positions })
    }
}

/// The largest token.
#[must_use]
pub fn answer(sequence: &[usize]) -> usize {
    sequence.iter().copied().max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
