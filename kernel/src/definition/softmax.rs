//! The usual softmax transformer, as other people's weights have it: a stack of any depth.
//!
//! Beside the exact [`Transformer`](super::Transformer) this class has what trained and compiled models have: base `e`, biases,
//! a token `BOS` before the input, norms, several layers, other ways to mix positions, a readout by arg max, reading at every
//! position. All weights are rational (a float weight *is* the rational it denotes); the outputs are not, so they are enclosed.
//!
//! ```text
//! x_i = E[token_i] + P[i]                                [d]   (position 0 is BOS when there is one)
//! for each block:
//!     u_i = before(x_i)
//!     f_i = attention:  sum_k W_O sum_j a_kij (W_V u_j + b_V) + b_O
//!           MLP:        W (act(.. act(W_1 u_i + b_1) ..)) + b
//!     x_i = after(x_i + f_i)          (after(f_i) without a residual)
//! y_i = W norm(x_i) + b                                  [1] or [choices]
//! ```
//!
//! A block without a residual may change the width of the stream. `a_k` is the softmax over `j` of the scores `(W_Q u_i + b_Q) . (W_K u_j + b_K) / sqrt(scale)`, or the scores themselves, or a
//! matrix over positions, softmaxed by row or not; `j <= i` only where attention is causal. An absent norm is the identity.
//! The output is the number `y`, or the answer that belongs to the largest entry of `y`.
//! Sources: Vaswani et al., arXiv:1706.03762; rotary positions Su et al., arXiv:2104.09864; RMS norm Zhang and Sennrich,
//! arXiv:1910.07467; scores without softmax and mixing matrices Behrens et al., arXiv:2407.11542.

use super::Affine;
use super::transformer::shape;
use crate::number::{Matrix, Rational, RationalText};
use crate::rejection::{Rejection, expect, need};
use num::{One, Signed};
use serde::{Deserialize, Serialize};

/// Rotary positions turn at most this many entries of a head.
const MAX_ROTARY: usize = 512;

/// What is between the embedding and the readout, and where it is in the stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// norm of what the part sees
    pub before: Option<Norm>,
    /// what it computes
    pub part: Part,
    /// whether that is added to the stream, or replaces it
    pub residual: bool,
    /// norm of the stream afterwards
    pub after: Option<Norm>,
}

/// What a block computes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Part {
    /// from all positions
    Attention(SoftmaxAttention),
    /// at each position alone
    Mlp(ActivatedMlp),
}

/// Heads side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftmaxAttention {
    /// attention heads
    pub heads: Vec<SoftmaxHead>,
    /// `b_O`, as long as what is written
    pub bias: Vec<RationalText>,
    /// whether a position sees itself and earlier ones only
    pub causal: bool,
}

/// One attention head; biases are those of its projections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftmaxHead {
    /// how much of each position is taken
    pub weights: HeadWeights,
    /// `W_V` `[d_v, d]`
    pub value: Affine,
    /// the head's columns of `W_O` `[written, d_v]`
    pub output: Matrix,
}

/// How much of each position a head takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum HeadWeights {
    /// softmax of the scores
    Softmax(Scores),
    /// the scores
    Scores(Scores),
    /// softmax of each row of a matrix over positions
    SoftmaxMatrix(Matrix),
    /// a matrix over positions; with BOS its position comes first
    Matrix(Matrix),
}

impl HeadWeights {
    /// Whether they sum to 1 at every position.
    #[must_use]
    pub fn is_softmax(&self) -> bool {
        matches!(self, Self::Softmax(_) | Self::SoftmaxMatrix(_))
    }

    /// The matrix over positions, where there is one.
    #[must_use]
    pub fn matrix(&self) -> Option<&Matrix> {
        match self {
            Self::SoftmaxMatrix(matrix) | Self::Matrix(matrix) => Some(matrix),
            Self::Softmax(_) | Self::Scores(_) => None,
        }
    }

    /// The scores, where there are some.
    #[must_use]
    pub fn scores(&self) -> Option<&Scores> {
        match self {
            Self::Softmax(scores) | Self::Scores(scores) => Some(scores),
            Self::SoftmaxMatrix(_) | Self::Matrix(_) => None,
        }
    }
}

/// Inner products of queries and keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scores {
    /// `W_Q` `[k, d]`
    pub query: Affine,
    /// `W_K` `[k, d]`
    pub key: Affine,
    /// they are divided by the square root of this
    pub scale: RationalText,
    /// rotary positions
    pub rotary: Option<Rotary>,
}

/// Rotary positions: at position `i` the pair `t` of entries of queries and keys is turned by `i / base^(2t / size)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotary {
    /// above 1; 10000 as a rule
    pub base: RationalText,
    /// how many entries are turned, an even number; the first ones
    pub size: usize,
    /// whether a pair is two neighbours `(2t, 2t + 1)`, or `(t, t + size / 2)`
    pub neighbours: bool,
}

/// Hidden layers, each followed by the activation, and an affine map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivatedMlp {
    /// after each hidden layer
    pub activation: Activation,
    /// the first reads `[d]`
    pub hidden: Vec<Affine>,
    /// `[written, width of the last hidden layer]`
    pub output: Affine,
}

/// What a hidden unit does to its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// nothing
    Identity,
    /// `max(x, 0)`
    Relu,
    /// `x (1 + erf(x / sqrt 2)) / 2`
    Gelu,
    /// `x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`
    GeluTanh,
    /// `x / (1 + exp(-x))`
    Silu,
}

/// Layer norm: `weight * (x - mean) / sqrt(variance + eps) + bias`, the variance divided by `d`. RMS norm has the mean square
/// in place of the variance and subtracts no mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Norm {
    /// which
    pub kind: NormKind,
    /// `[d]`
    pub weight: Vec<RationalText>,
    /// `[d]`
    pub bias: Vec<RationalText>,
    /// above zero
    pub eps: RationalText,
}

/// Which norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NormKind {
    /// of what differs from the mean
    Layer,
    /// of everything
    Rms,
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

impl ReadAt {
    /// Those of an input of this length.
    #[must_use]
    pub fn positions(self, length: usize) -> std::ops::Range<usize> {
        match self {
            Self::Last => length.saturating_sub(1)..length,
            Self::Every => 0..length,
        }
    }
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
    /// in the order in which they are applied
    pub blocks: Vec<Block>,
    /// of what the readout sees
    pub norm: Option<Norm>,
    /// the output
    pub reading: Reading,
    /// where it is read
    pub read_at: ReadAt,
}

/// A softmax transformer whose shapes fit.
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

impl Norm {
    fn fits(&self, place: &str, d: usize) -> Result<(), Rejection> {
        expect(&format!("{place}.weight: entries"), d, self.weight.len())?;
        expect(&format!("{place}.bias: entries"), d, self.bias.len())?;
        need(self.eps.0.is_positive(), format!("{place}.eps"), "a number above 0", &self.eps)
    }
}

impl Scores {
    fn fits(&self, place: &str, d: usize) -> Result<(), Rejection> {
        let k = self.query.weight.rows();
        self.query.fits(&format!("{place}.query"), k, d)?;
        self.key.fits(&format!("{place}.key"), k, d)?;
        need(self.scale.0.is_positive(), format!("{place}.scale"), "a number above 0", &self.scale)?;
        if let Some(rotary) = &self.rotary {
            let place = format!("{place}.rotary");
            need(rotary.base.0 > Rational::one(), format!("{place}.base"), "a number above 1", &rotary.base)?;
            let most = k.min(MAX_ROTARY);
            let fits = rotary.size.is_multiple_of(2) && rotary.size <= most;
            need(fits, format!("{place}.size"), format!("an even number up to {most}"), rotary.size)?;
        }
        Ok(())
    }
}

impl Block {
    /// Checks the shapes of a block on a stream of `d` entries; how many entries the stream has afterwards.
    fn fits(&self, place: &str, d: usize) -> Result<usize, Rejection> {
        self.before.iter().try_for_each(|norm| norm.fits(&format!("{place}.before"), d))?;
        let written = match &self.part {
            Part::Attention(attention) => {
                let (place, written) = (format!("{place}.attention"), attention.bias.len());
                for (k, head) in attention.heads.iter().enumerate() {
                    let place = |name| format!("{place}.heads[{k}].{name}");
                    let d_v = head.value.weight.rows();
                    head.value.fits(&place("value"), d_v, d)?;
                    shape(&place("output"), &head.output, written, d_v)?;
                    head.weights.scores().map_or(Ok(()), |scores| scores.fits(&place("weights"), d))?;
                    if let Some(matrix) = head.weights.matrix() {
                        shape(&place("weights"), matrix, matrix.rows().max(1), matrix.rows().max(1))?;
                    }
                }
                written
            }
            Part::Mlp(mlp) => {
                let mut width = d;
                for (l, layer) in mlp.hidden.iter().enumerate() {
                    layer.fits(&format!("{place}.mlp.hidden[{l}]"), layer.weight.rows(), width)?;
                    width = layer.weight.rows();
                }
                mlp.output.fits(&format!("{place}.mlp.output"), mlp.output.weight.rows(), width)?;
                mlp.output.weight.rows()
            }
        };
        let fits = written >= 1 && (written == d || !self.residual);
        need(fits, place, format!("a part that writes {d} entries, or no residual"), written)?;
        self.after.iter().try_for_each(|norm| norm.fits(&format!("{place}.after"), written))?;
        Ok(written)
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
        let embedding = w.embedding.rows() >= 1 && d >= 1;
        need(embedding, "model.embedding", "m >= 1 rows of d >= 1 entries", w.embedding.shape())?;
        if let Some(bos) = &w.bos {
            expect("model.bos: entries", d, bos.len())?;
        }
        let least = if w.bos.is_some() { 2 } else { 1 };
        if let Some(positions) = &w.positions {
            shape("model.positions", positions, positions.rows().max(least), d)?;
        }
        let mut d = d;
        for (b, block) in w.blocks.iter().enumerate() {
            d = block.fits(&format!("model.blocks[{b}]"), d)?;
        }
        w.norm.iter().try_for_each(|norm| norm.fits("model.norm", d))?;
        match &w.reading {
            Reading::Number { weight, .. } => expect("model.reading.number.weight: entries", d, weight.len())?,
            Reading::ArgMax { map, answers } => {
                need(!answers.is_empty(), "model.reading.arg-max.answers", "at least one", "none")?;
                map.fits("model.reading.arg-max.map", answers.len(), d)?;
            }
        }
        let model = Self(weights);
        let longest = model.longest();
        need(longest != Some(0), "model: positions", format!("at least {least}"), least.saturating_sub(1))?;
        Ok(model)
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

    /// The heads of all attention blocks.
    pub fn heads(&self) -> impl Iterator<Item = &SoftmaxHead> {
        self.blocks.iter().flat_map(|block| match &block.part {
            Part::Attention(attention) => attention.heads.as_slice(),
            Part::Mlp(_) => &[],
        })
    }

    /// The longest input; `None` without positions.
    #[must_use]
    pub fn longest(&self) -> Option<usize> {
        let matrices = self.heads().filter_map(|head| head.weights.matrix()).map(Matrix::rows);
        let rows = self.positions.iter().map(Matrix::rows).chain(matrices).min()?;
        Some(rows.saturating_sub(usize::from(self.bos.is_some())))
    }

    /// Whether the order of the other tokens makes no difference: no positions of any kind, and nothing causal.
    #[must_use]
    pub fn ignores_order(&self) -> bool {
        let causal = |block: &Block| matches!(&block.part, Part::Attention(attention) if attention.causal);
        let placed = |head: &SoftmaxHead| match &head.weights {
            HeadWeights::Softmax(scores) | HeadWeights::Scores(scores) => scores.rotary.is_some(),
            HeadWeights::SoftmaxMatrix(_) | HeadWeights::Matrix(_) => true,
        };
        self.positions.is_none() && !self.blocks.iter().any(causal) && !self.heads().any(placed)
    }

    /// The map from the residual stream to `y`, `[outputs, d]`.
    ///
    /// # Errors
    /// None for a validated model.
    pub fn reading_map(&self) -> Result<Affine, Rejection> {
        Ok(match &self.reading {
            Reading::Number { weight, bias } => {
                let row = weight.iter().map(|entry| entry.0.clone()).collect();
                Affine { weight: Matrix::from_rows(weight.len(), vec![row])?, bias: vec![bias.clone()] }
            }
            Reading::ArgMax { map, .. } => map.clone(),
        })
    }

    /// The state `x` of `token` at input position `i` (BOS not counted); `None` outside the model.
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
