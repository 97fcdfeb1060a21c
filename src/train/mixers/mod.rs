//! The histogram task of Behrens, Biggio and Zdeborova (arXiv:2407.11542): at every position the count of its own token, in six ways to mix tokens.
//!
//! ```text
//! x'_i = x_i + sum_j P_ij x_j          P scores (x_i Q) . (x_j K) / sqrt(d), or a matrix over positions; softmaxed by row or not
//! y_i  = W2 ReLU(W1 x'_i + b1) + b2    one entry for each count 0..=n, the largest is the answer
//! ```
//!
//! Trained by Adam on the cross-entropy at every position ([`super::classifier`]). Their paper is not at hand: kinds and shapes are known from a description, how we
//! train them is ours.

mod pass;

pub use pass::Pass;

use super::classifier::{Classifier, Placed, below, placed, sized};
use super::shape::SettingError;
use crate::construct::behrens::Mixing;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

/// Every size of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MixerShape {
    pub mixing: Mixing,
    /// vocabulary size
    pub m: usize,
    /// context length; the model has `n + 1` answers
    pub n: usize,
    /// embedding dimension
    pub d: usize,
    /// hidden units
    pub p: usize,
}

impl MixerShape {
    /// Whether a token BOS stands before every input.
    #[must_use]
    pub fn has_bos(&self) -> bool {
        matches!(self.mixing, Mixing::Bos | Mixing::BosSoftmax)
    }

    /// Whether positions are mixed by a matrix and not by scores.
    #[must_use]
    pub fn has_matrix(&self) -> bool {
        matches!(self.mixing, Mixing::Linear | Mixing::LinearSoftmax)
    }

    /// Whether rows of weights are softmaxed.
    #[must_use]
    pub fn is_softmax(&self) -> bool {
        matches!(self.mixing, Mixing::BosSoftmax | Mixing::DotSoftmax | Mixing::LinearSoftmax)
    }
}

impl Classifier for MixerShape {
    type Pass = Pass;
    const TASK: &'static str = "histogram";

    fn check(&self) -> Result<(), SettingError> {
        sized(&[("m", 1, self.m), ("n", 1, self.n), ("d", 1, self.d), ("hidden", 1, self.p)])
    }

    fn inputs(&self) -> (usize, usize) {
        (self.m, self.n)
    }

    /// `emb` `[m, d]` (with BOS one row more, the last), `Q` and `K` `[d, d]` or `A` `[n, n]`, `W1` `[d, p]`, `b1`, `W2` `[p, n + 1]`, `b2`.
    fn tensors(&self) -> Vec<Placed> {
        let Self { m, n, d, p, .. } = *self;
        let mut sizes = vec![("emb", m + usize::from(self.has_bos()), d)];
        match self.has_matrix() {
            true => sizes.push(("A", n, n)),
            false => sizes.extend([("Q", d, d), ("K", d, d)]),
        }
        sizes.extend([("W1", d, p), ("b1", 1, p), ("W2", p, n + 1), ("b2", 1, n + 1)]);
        placed(sizes)
    }

    /// Embeddings normal with deviation `1 / sqrt(d)`, maps with `1 / sqrt(inputs)`, scores from maps near the identity.
    fn initial(&self, of: &Placed, at: usize, rng: &mut Xoshiro256PlusPlus) -> f64 {
        let &(name, rows, columns, _) = of;
        let normal = |rng: &mut _| -> f64 { StandardNormal.sample(rng) };
        match name {
            "emb" => normal(rng) / (columns as f64).sqrt(),
            "Q" | "K" => {
                f64::from(u8::from(at / columns == at % columns))
                    + 0.1 * normal(rng) / (rows as f64).sqrt()
            }
            "A" => normal(rng) * 0.1 + 1.0 / rows as f64,
            "b1" | "b2" => 0.0,
            _ => normal(rng) / (rows as f64).sqrt(),
        }
    }

    /// First how many tokens may occur, from 1 to `m`, and which, then each from these: of uniform sequences hardly one has a large count.
    fn draw(&self, rng: &mut Xoshiro256PlusPlus) -> Vec<usize> {
        let among = 1 + below(self.m, rng);
        let mut tokens: Vec<usize> = (0..self.m).collect();
        for at in 0..among {
            let other = at + below(self.m - at, rng);
            tokens.swap(at, other);
        }
        (0..self.n).map(|_| tokens[below(among, rng)]).collect()
    }

    /// Arrays are named as `examples/models/behrens-*.mapping.json` names them.
    fn mapping(&self) -> Value {
        let turned = |name: &str| json!({ "weight": { "array": name, "transpose": true } });
        let mut attention = json!({
            "heads": 1, "causal": false, "value": "identity", "output": "identity",
            "residual": true, "norm": "none",
        });
        if self.has_matrix() {
            attention["mixing"] = json!({ "matrix": "A", "softmax": self.is_softmax() });
        } else {
            attention["mixing"] = json!(if self.is_softmax() { "softmax" } else { "scores" });
            attention["scale"] = json!("key-size");
            attention["query"] = turned("Q");
            attention["key"] = turned("K");
        }
        let map = |name: &str, bias: &str| json!({ "weight": { "array": name, "transpose": true }, "bias": bias });
        let (tokens, bos) = match self.has_bos() {
            true => {
                (json!({ "array": "emb", "rows": ":-1" }), json!({ "array": "emb", "rows": [-1] }))
            }
            false => (json!("emb"), json!("none")),
        };
        json!({
            "format": "counterproof-mapping",
            "version": 2,
            "layout": "out-in",
            "tokens": tokens,
            "bos": bos,
            "positions": "none",
            "layers": [{
                "attention": attention,
                "mlp": {
                    "activation": "relu", "hidden": [map("W1", "b1")], "output": map("W2", "b2"),
                    "residual": false, "norm": "none",
                },
            }],
            "norm": "none",
            "reading": { "coordinates": { "indices": "all", "answers": "index" } },
            "read_at": "every",
        })
    }

    fn sizes(&self) -> Value {
        let Self { mixing, m, n, d, p } = *self;
        json!({ "kind": mixing.name(), "m": m, "n": n, "d": d, "p": p })
    }
}

/// How often each position's token occurs.
#[must_use]
pub fn answers(sequence: &[usize]) -> Vec<usize> {
    let count = |token: &usize| sequence.iter().filter(|other| *other == token).count();
    sequence.iter().map(count).collect()
}

#[cfg(test)]
mod tests;
