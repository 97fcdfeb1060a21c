//! The weights as plain data, and the validated model that only well-shaped weights become.

use super::shape::{self, fits};
use crate::exact::{Matrix, Rational, RationalText, ShapeError};
use num_traits::One;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A token of the vocabulary, counted from 0.
///
/// ```
/// use counterproof::model::Token;
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

/// Why weights do not make a model, or a model cannot be evaluated exactly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    #[error("model.{0}")]
    Shape(#[from] ShapeError),
    #[error("model.base: expected a rational number above 1, found {0}")]
    Base(String),
    #[error("model.{place}: expected at most {limit}, found {found}")]
    TooLarge { place: &'static str, limit: usize, found: usize },
    #[error(
        "model.heads[{head}]: the scores of query {query} differ by {difference}, not by an integer; \
         scale W_Q or W_K so that softmax in the base is rational"
    )]
    FractionalScore { head: usize, query: Token, difference: String },
    #[error("sequence: expected tokens below m = {m}, found {found}")]
    UnknownToken { m: usize, found: Token },
    #[error("sequence: expected {expected}, found {found} tokens")]
    Length { expected: String, found: usize },
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

/// The affine number read from the residual stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readout {
    /// `[d]`
    pub weight: Vec<RationalText>,
    pub bias: RationalText,
}

/// Every weight of a one-layer transformer, shapes not yet checked.
///
/// ```
/// use counterproof::exact::{Matrix, integer};
/// use counterproof::model::{Affine, Mlp, ModelError, Readout, Token, Transformer, Weights};
///
/// // no head, an MLP of width 0: the output is the query's own number, twice
/// let mlp = Mlp {
///     hidden: vec![Affine { weight: Matrix::zeros(0, 1), bias: vec![] }],
///     output: Affine { weight: Matrix::zeros(1, 0), bias: vec![integer(0).into()] },
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
/// assert!(matches!(Transformer::new(weights), Err(ModelError::Base(_))));
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
    pub heads: Vec<Head>,
    pub mlp: Mlp,
    pub readout: Readout,
}

/// A one-layer transformer whose shapes fit; see [`Weights`] for what it holds.
///
/// ```
/// use counterproof::construct::{embedding::Kind, histogram};
/// use counterproof::exact::{integer, ratio};
/// use counterproof::model::Token;
///
/// // T1 for every context length: the output is the query's frequency
/// let model = histogram::query_count(&Kind::OneHot.vectors(3, 3, 0)?, &integer(1), &integer(1))?;
/// assert_eq!((model.vocabulary(), model.dimension(), model.mlp_width()), (3, 3, 3));
/// assert!(model.attends_uniformly() && model.context_length().is_none());
/// assert_eq!(model.output(&[2, 0, 2, 1, 2].map(Token))?, ratio(3, 5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    type Error = ModelError;
    fn try_from(weights: Weights) -> Result<Self, ModelError> {
        Self::new(weights)
    }
}

impl Transformer {
    /// The largest number of tokens, dimensions, heads, layers, units and positions of a model.
    pub const MAX_SIZE: usize = 1 << 20;

    /// Checks every shape.
    ///
    /// # Errors
    /// [`ModelError`] naming the first weight that does not fit.
    pub fn new(weights: Weights) -> Result<Self, ModelError> {
        let Weights { embedding, positions, base, heads, mlp, readout } = &weights;
        let (m, d) = (embedding.rows(), embedding.cols());
        fits("embedding", m >= 1 && d >= 1, "m >= 1 rows of d >= 1 entries", embedding)?;
        if let Some(positions) = positions {
            let holds = positions.rows() >= 1 && positions.cols() == d;
            fits("positions", holds, &format!("n >= 1 rows of d = {d} entries"), positions)?;
        }
        if base.0 <= Rational::one() {
            return Err(ModelError::Base(base.to_string()));
        }
        for (k, head) in heads.iter().enumerate() {
            let place = |name| format!("heads[{k}].{name}");
            let key_size = head.query.rows();
            fits(
                &place("query"),
                head.query.cols() == d,
                &format!("d = {d} columns"),
                &head.query,
            )?;
            let same = head.key.rows() == key_size && head.key.cols() == d;
            fits(&place("key"), same, &format!("[{key_size}, {d}]"), &head.key)?;
            let d_v = head.value.rows();
            fits(
                &place("value"),
                head.value.cols() == d,
                &format!("d = {d} columns"),
                &head.value,
            )?;
            let back = head.output.rows() == d && head.output.cols() == d_v;
            fits(&place("output"), back, &format!("[{d}, {d_v}]"), &head.output)?;
        }
        shape::mlp(mlp, d)?;
        shape::length("readout.weight", d, readout.weight.len())?;
        for (place, found) in
            [("embedding", m), ("heads", heads.len()), ("mlp.hidden", mlp.hidden.len())]
        {
            if found > Self::MAX_SIZE {
                return Err(ModelError::TooLarge { place, limit: Self::MAX_SIZE, found });
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

    /// Widths of the hidden layers, first layer first.
    #[must_use]
    pub fn widths(&self) -> Vec<usize> {
        self.mlp.hidden.iter().map(|layer| layer.weight.rows()).collect()
    }

    /// The width of the widest hidden layer.
    #[must_use]
    pub fn mlp_width(&self) -> usize {
        self.widths().into_iter().max().unwrap_or(0)
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
            (1..prefix).all(|i| positions.row(i) == positions.row(0))
        })
    }
}
