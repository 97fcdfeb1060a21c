//! The exact one-layer transformer: its weights as plain data, and the model that only well-shaped weights become.
//!
//! ```text
//! z_i = E[x_i] + P[i]                                    [d]   (P absent: no positions)
//! s_i = (W_Q z_last) . (W_K z_i)    a_i = B^{s_i} / sum_l B^{s_l}
//! o_k = sum_i a_i W_V z_i                                [d_v]
//! r   = z_last + sum_k W_O o_k                           [d]
//! r'  = r + MLP(r)      y = readout . r' + bias
//! ```
//!
//! With a rational base `B > 1` and integer score differences every number is rational, and it is the usual softmax: scale
//! the weights so that scores are multiples of `ln B`. The model class is that of Yehudai et al., arXiv:2407.15160v3, with
//! the base made rational (ours).

use crate::number::{Matrix, Rational, RationalText, same};
use crate::rejection::{Rejection, expect, need};
use num::One;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A token of the vocabulary, counted from 0.
///
/// ```
/// use counterproof_kernel::definition::Token;
///
/// // the sequence 0 1 0, whose query is its last token
/// let sequence = [0, 1, 0].map(Token);
/// assert_eq!(sequence.last(), Some(&Token(0)));
/// assert_eq!(Token(7).to_string(), "7");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub usize);

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An affine map `x -> weight x + bias`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Affine {
    /// `[out, in]`
    pub weight: Matrix,
    /// `[out]`
    pub bias: Vec<RationalText>,
}

impl Affine {
    /// Checks that the shape is `[out, width]`.
    ///
    /// # Errors
    /// [`Rejection::Wrong`] at `place`.
    pub fn fits(&self, place: &str, out: usize, width: usize) -> Result<(), Rejection> {
        shape(&format!("{place}.weight"), &self.weight, out, width)?;
        expect(&format!("{place}.bias: entries"), out, self.bias.len())
    }
}

/// Checks the shape of a matrix.
pub(super) fn shape(place: &str, matrix: &Matrix, rows: usize, cols: usize) -> Result<(), Rejection> {
    let holds = matrix.rows() == rows && matrix.cols() == cols;
    need(holds, place, format!("[{rows}, {cols}]"), matrix.shape())
}

/// One attention head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// `W_Q` `[k, d]`
    pub query: Matrix,
    /// `W_K` `[k, d]`
    pub key: Matrix,
    /// `W_V` `[d_v, d]`
    pub value: Matrix,
    /// the head's columns of `W_O` `[d, d_v]`
    pub output: Matrix,
}

/// ReLU layers followed by an affine map back to the residual stream, which it is added to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mlp {
    /// hidden layers, each followed by ReLU; the first reads `[d]`
    pub hidden: Vec<Affine>,
    /// `[d, width of the last hidden layer]`
    pub output: Affine,
}

impl Mlp {
    /// Checks that the layers fit each other, from `input` entries to `out`.
    ///
    /// # Errors
    /// [`Rejection::Wrong`] naming the layer.
    pub fn fits(&self, place: &str, input: usize, out: usize) -> Result<(), Rejection> {
        let mut width = input;
        need(!self.hidden.is_empty(), format!("{place}.hidden"), "at least one layer", "none")?;
        for (l, layer) in self.hidden.iter().enumerate() {
            layer.fits(&format!("{place}.hidden[{l}]"), layer.weight.rows(), width)?;
            width = layer.weight.rows();
        }
        self.output.fits(&format!("{place}.output"), out, width)
    }

    /// The width of the widest hidden layer.
    #[must_use]
    pub fn width(&self) -> usize {
        self.hidden.iter().map(|layer| layer.weight.rows()).max().unwrap_or(0)
    }
}

/// The affine number read from the residual stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readout {
    /// `[d]`
    pub weight: Vec<RationalText>,
    /// one number
    pub bias: RationalText,
}

/// Every weight of a one-layer transformer, shapes not yet checked.
///
/// ```
/// use counterproof_kernel::definition::{Affine, Mlp, Readout, Token, Transformer, Weights};
/// use counterproof_kernel::number::{Matrix, integer};
///
/// // no head, an MLP of width 0: the output is the query's own number, twice
/// let mlp = Mlp {
///     hidden: vec![Affine { weight: Matrix::from_rows(1, vec![])?, bias: vec![] }],
///     output: Affine { weight: Matrix::from_rows(0, vec![vec![]])?, bias: vec![integer(0).into()] },
/// };
/// let mut weights = Weights {
///     embedding: Matrix::from_rows(1, vec![vec![integer(5)], vec![integer(7)]])?,
///     positions: None,
///     base: integer(2).into(),
///     heads: vec![],
///     mlp,
///     readout: Readout { weight: vec![integer(2).into()], bias: integer(0).into() },
/// };
/// let model = Transformer::new(weights.clone())?;
/// assert_eq!(model.output(&[0, 1].map(Token))?, integer(14));
///
/// weights.base = integer(1).into();
/// assert!(Transformer::new(weights).unwrap_err().to_string().contains("above 1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// `E` `[m, d]`, one row a token
    pub embedding: Matrix,
    /// `P` `[n, d]`; `null` for a model without positions
    pub positions: Option<Matrix>,
    /// softmax base `B > 1`
    pub base: RationalText,
    /// attention heads
    pub heads: Vec<Head>,
    /// after the attention
    pub mlp: Mlp,
    /// the output
    pub readout: Readout,
}

/// A one-layer transformer whose shapes fit; see [`Weights`] for what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Weights", into = "Weights")]
pub struct Transformer(Weights);

impl std::ops::Deref for Transformer {
    type Target = Weights;
    fn deref(&self) -> &Weights {
        &self.0
    }
}

impl From<Transformer> for Weights {
    fn from(model: Transformer) -> Self {
        model.0
    }
}

impl TryFrom<Weights> for Transformer {
    type Error = Rejection;
    fn try_from(weights: Weights) -> Result<Self, Rejection> {
        Self::new(weights)
    }
}

impl Transformer {
    /// Checks every shape.
    ///
    /// # Errors
    /// [`Rejection::Wrong`] naming the first weight that does not fit.
    pub fn new(weights: Weights) -> Result<Self, Rejection> {
        let Weights { embedding, positions, base, heads, mlp, readout } = &weights;
        let d = embedding.cols();
        need(embedding.rows() >= 1 && d >= 1, "model.embedding", "m >= 1 rows of d >= 1 entries", embedding.shape())?;
        if let Some(positions) = positions {
            shape("model.positions", positions, positions.rows().max(1), d)?;
        }
        need(base.0 > Rational::one(), "model.base", "a rational number above 1", base)?;
        for (k, head) in heads.iter().enumerate() {
            let place = |name| format!("model.heads[{k}].{name}");
            let (key_size, d_v) = (head.query.rows(), head.value.rows());
            shape(&place("query"), &head.query, key_size, d)?;
            shape(&place("key"), &head.key, key_size, d)?;
            shape(&place("value"), &head.value, d_v, d)?;
            shape(&place("output"), &head.output, d, d_v)?;
        }
        mlp.fits("model.mlp", d, d)?;
        expect("model.readout.weight: entries", d, readout.weight.len())?;
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

    /// The width of the widest hidden layer.
    #[must_use]
    pub fn mlp_width(&self) -> usize {
        self.mlp.width()
    }

    /// The context length the model is made for: that of its positions, any without positions.
    #[must_use]
    pub fn context_length(&self) -> Option<usize> {
        self.positions.as_ref().map(Matrix::rows)
    }

    /// Whether every head attends uniformly because `W_Q = 0`.
    #[must_use]
    pub fn attends_uniformly(&self) -> bool {
        self.heads.iter().all(|head| head.query.is_zero())
    }

    /// Whether all positions but the last are alike, so that the output depends on `(q, c)` only.
    #[must_use]
    pub fn depends_on_counts_only(&self) -> bool {
        self.positions.as_ref().is_none_or(|positions| {
            let prefix = positions.rows().saturating_sub(1);
            (1..prefix).all(|i| positions.row(i).iter().zip(positions.row(0)).all(|(a, b)| same(a, b)))
        })
    }

    /// `z_i = E[token] + P[i]`
    #[must_use]
    pub fn state(&self, i: usize, token: Token) -> Vec<Rational> {
        let embedding = self.embedding.row(token.0).iter();
        match &self.positions {
            Some(positions) => embedding.zip(positions.row(i)).map(|(x, shift)| x + shift).collect(),
            None => embedding.cloned().collect(),
        }
    }
}
