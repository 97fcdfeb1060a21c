//! The usual softmax transformer of one layer, as other people's weights have it.
//!
//! Beside the exact [`Transformer`](super::Transformer) this class has what trained and compiled models have: base `e`, scores
//! divided by the square root of a number, biases, a token `BOS` before the input, layer norm in four places, a readout
//! by arg max, reading at every position. All weights are rational (a float weight *is* the rational it denotes); the
//! outputs are not, so they are enclosed.
//!
//! ```text
//! z_i = E[x_i] + P[i]                                    [d]   (position 0 is BOS when there is one)
//! u_i = norm_attention(z_i)
//! s_i = (W_Q u_read + b_Q) . (W_K u_i + b_K) / sqrt(scale)     a = softmax(s), base e, over all positions
//! o_k = sum_i a_i (W_V u_i + b_V)                        [d_v]
//! r   = norm_after_attention(z_read + sum_k W_O o_k + b_O)     [d]
//! r'  = r + MLP(norm_mlp(r))
//! y   = W norm_readout(r') + b                           [1] or [choices]
//! ```
//!
//! An absent norm is the identity. The output is the number `y`, or the answer that belongs to the largest entry of `y`.
//! Source: Vaswani et al., arXiv:1706.03762; read at one position, causal attention and ours agree at the last.

use super::transformer::shape;
use super::{Affine, Mlp};
use crate::number::{Matrix, Rational, RationalText};
use crate::rejection::{Rejection, expect, need};
use num::Signed;
use serde::{Deserialize, Serialize};

/// One attention head; biases are those of its projections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftmaxHead {
    /// `W_Q` `[k, d]`
    pub query: Affine,
    /// `W_K` `[k, d]`
    pub key: Affine,
    /// `W_V` `[d_v, d]`
    pub value: Affine,
    /// the head's columns of `W_O` `[d, d_v]`
    pub output: Matrix,
}

/// Layer norm: `weight * (x - mean) / sqrt(variance + eps) + bias`, the variance divided by `d`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Norm {
    /// `[d]`
    pub weight: Vec<RationalText>,
    /// `[d]`
    pub bias: Vec<RationalText>,
    /// above zero
    pub eps: RationalText,
}

/// Where layer norm is applied; `null` where it is not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Norms {
    /// to every state before the attention
    pub attention: Option<Norm>,
    /// to the residual stream after the attention was added
    pub after_attention: Option<Norm>,
    /// to what the MLP sees
    pub mlp: Option<Norm>,
    /// to what the readout sees
    pub readout: Option<Norm>,
}

impl Norms {
    /// The norms with their names.
    fn all(&self) -> [(&'static str, &Option<Norm>); 4] {
        let Self { attention, after_attention, mlp, readout } = self;
        [("attention", attention), ("after_attention", after_attention), ("mlp", mlp), ("readout", readout)]
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all().iter().all(|(_, norm)| norm.is_none())
    }
}

/// What is made of the residual stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Reading {
    /// the number `weight . r + bias`
    Number {
        /// `[d]`
        weight: Vec<RationalText>,
        /// one number
        bias: RationalText,
    },
    /// `answers[i]` for the largest entry `i` of `map(r)`; `[choices, d]`
    ArgMax {
        /// `[choices, d]`
        map: Affine,
        /// one a choice
        answers: Vec<u64>,
    },
}

/// At which positions the output is compared with the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadAt {
    /// the last one
    Last,
    /// every position but that of BOS; the query is the token there
    Every,
}

/// Every weight, shapes not yet checked; see the module for the formulas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftmaxWeights {
    /// `[m, d]`, the tokens that occur in inputs
    pub embedding: Matrix,
    /// the token prepended to every input, `[d]`
    pub bos: Option<Vec<RationalText>>,
    /// `[positions, d]`; with BOS its position comes first
    pub positions: Option<Matrix>,
    /// scores are divided by the square root of this
    pub scale: RationalText,
    /// attention heads
    pub heads: Vec<SoftmaxHead>,
    /// `b_O` `[d]`
    pub attention_bias: Vec<RationalText>,
    /// layer norms
    pub norms: Norms,
    /// after the attention
    pub mlp: Mlp,
    /// the output
    pub reading: Reading,
    /// where it is read
    pub read_at: ReadAt,
}

/// A one-layer softmax transformer whose shapes fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SoftmaxWeights", into = "SoftmaxWeights")]
pub struct SoftmaxTransformer(SoftmaxWeights);

impl std::ops::Deref for SoftmaxTransformer {
    type Target = SoftmaxWeights;
    fn deref(&self) -> &SoftmaxWeights {
        &self.0
    }
}

impl From<SoftmaxTransformer> for SoftmaxWeights {
    fn from(model: SoftmaxTransformer) -> Self {
        model.0
    }
}

impl TryFrom<SoftmaxWeights> for SoftmaxTransformer {
    type Error = Rejection;
    fn try_from(weights: SoftmaxWeights) -> Result<Self, Rejection> {
        Self::new(weights)
    }
}

impl SoftmaxTransformer {
    /// Checks every shape.
    ///
    /// # Errors
    /// [`Rejection::Wrong`] naming the first weight that does not fit.
    pub fn new(weights: SoftmaxWeights) -> Result<Self, Rejection> {
        let w = &weights;
        let d = w.embedding.cols();
        need(
            w.embedding.rows() >= 1 && d >= 1,
            "model.embedding",
            "m >= 1 rows of d >= 1 entries",
            w.embedding.shape(),
        )?;
        if let Some(bos) = &w.bos {
            expect("model.bos: entries", d, bos.len())?;
        }
        if let Some(positions) = &w.positions {
            let least = if w.bos.is_some() { 2 } else { 1 };
            shape("model.positions", positions, positions.rows().max(least), d)?;
        }
        need(w.scale.0.is_positive(), "model.scale", "a number above 0", &w.scale)?;
        for (k, head) in w.heads.iter().enumerate() {
            let place = |name| format!("model.heads[{k}].{name}");
            let (key_size, d_v) = (head.query.weight.rows(), head.value.weight.rows());
            head.query.fits(&place("query"), key_size, d)?;
            head.key.fits(&place("key"), key_size, d)?;
            head.value.fits(&place("value"), d_v, d)?;
            shape(&place("output"), &head.output, d, d_v)?;
        }
        expect("model.attention_bias: entries", d, w.attention_bias.len())?;
        for (name, norm) in w.norms.all().into_iter().filter_map(|(name, norm)| Some((name, norm.as_ref()?))) {
            expect(&format!("model.norms.{name}.weight: entries"), d, norm.weight.len())?;
            expect(&format!("model.norms.{name}.bias: entries"), d, norm.bias.len())?;
            need(norm.eps.0.is_positive(), format!("model.norms.{name}.eps"), "a number above 0", &norm.eps)?;
        }
        w.mlp.fits("model.mlp", d, d)?;
        match &w.reading {
            Reading::Number { weight, .. } => expect("model.reading.number.weight: entries", d, weight.len())?,
            Reading::ArgMax { map, answers } => {
                need(!answers.is_empty(), "model.reading.arg-max.answers", "at least one", "none")?;
                map.fits("model.reading.arg-max.map", answers.len(), d)?;
            }
        }
        Ok(Self(weights))
    }

    /// `m`
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        self.embedding.rows()
    }

    /// `d`
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.embedding.cols()
    }

    /// The longest input; `None` without positions.
    #[must_use]
    pub fn longest(&self) -> Option<usize> {
        let bos = usize::from(self.bos.is_some());
        self.positions.as_ref().map(|positions| positions.rows().saturating_sub(bos))
    }

    /// The map from the residual stream to `y`, `[outputs, d]`.
    ///
    /// # Errors
    /// None for a validated model.
    pub fn reading_map(&self) -> Result<Affine, Rejection> {
        Ok(match &self.reading {
            Reading::Number { weight, bias } => {
                let row = weight.iter().map(|entry| entry.0.clone()).collect();
                Affine { weight: Matrix::from_rows(self.dimension(), vec![row])?, bias: vec![bias.clone()] }
            }
            Reading::ArgMax { map, .. } => map.clone(),
        })
    }

    /// The state `z` of `token` at input position `i` (BOS not counted); `None` outside the model.
    #[must_use]
    pub fn state(&self, i: usize, token: usize) -> Option<Vec<Rational>> {
        let row = self.embedding.list().get(token)?;
        self.placed(row.iter(), i.checked_add(usize::from(self.bos.is_some()))?)
    }

    /// The state of BOS, when there is one.
    #[must_use]
    pub fn bos_state(&self) -> Option<Vec<Rational>> {
        self.placed(self.bos.as_ref()?.iter().map(|entry| &entry.0), 0)
    }

    fn placed<'a>(&self, state: impl Iterator<Item = &'a Rational>, i: usize) -> Option<Vec<Rational>> {
        match &self.positions {
            Some(positions) => Some(state.zip(positions.list().get(i)?).map(|(x, shift)| x + shift).collect()),
            None => Some(state.cloned().collect()),
        }
    }
}
