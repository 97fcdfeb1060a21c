//! The weights as plain data, and the validated model that only well-shaped weights become.

use crate::exact::{Matrix, Rational, RationalText, ShapeError};
use crate::model::shape::{self, affine, fits, length, wrong};
use crate::model::{Affine, Mlp, ModelError};
use num_traits::{Signed, Zero};
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

/// What is made of the residual stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Reading {
    /// the number `weight . r + bias`
    Number { weight: Vec<RationalText>, bias: RationalText },
    /// `answers[i]` for the largest entry `i` of `map(r)`; `[choices, d]`
    ArgMax { map: Affine, answers: Vec<u64> },
}

/// At which positions the output is compared with the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadAt {
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
    pub heads: Vec<SoftmaxHead>,
    /// `b_O` `[d]`
    pub attention_bias: Vec<RationalText>,
    pub norms: Norms,
    pub mlp: Mlp,
    pub reading: Reading,
    pub read_at: ReadAt,
}

/// A one-layer softmax transformer whose shapes fit.
///
/// ```
/// use counterproof::construct::random::{SoftmaxShape, softmax};
/// use counterproof::exact::Precision;
/// use counterproof::model::softmax::{Judged, ReadAt};
/// use counterproof::model::Token;
///
/// let shape = SoftmaxShape {
///     m: 3, d: 2, heads: 1, width: 4, longest: None, bos: false, norms: [false; 4],
///     choices: None, read_at: ReadAt::Last,
/// };
/// let model = softmax(shape, 7)?;
/// // softmax in base e, yet the verdict is certain: the output is enclosed with as many bits as it needs
/// let (output, judged) = model.judge(&[0, 1, 2].map(Token), 2, 1, Precision(512))?;
/// let output = output.unwrap();
/// let (low, high) = output.precision.ends(&output.y[0]);
/// assert!(low < high);
/// assert!(matches!(judged, Judged::Right(_) | Judged::Wrong(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    type Error = ModelError;
    fn try_from(weights: SoftmaxWeights) -> Result<Self, ModelError> {
        Self::new(weights)
    }
}

impl SoftmaxTransformer {
    /// Checks every shape.
    ///
    /// # Errors
    /// [`ModelError`] naming the first weight that does not fit.
    pub fn new(weights: SoftmaxWeights) -> Result<Self, ModelError> {
        let w = &weights;
        let (m, d) = (w.embedding.rows(), w.embedding.cols());
        fits("embedding", m >= 1 && d >= 1, "m >= 1 rows of d >= 1 entries", &w.embedding)?;
        if let Some(bos) = &w.bos {
            length("bos", d, bos.len())?;
        }
        if let Some(positions) = &w.positions {
            let least = 1 + usize::from(w.bos.is_some());
            let holds = positions.rows() >= least && positions.cols() == d;
            fits(
                "positions",
                holds,
                &format!("at least {least} rows of d = {d} entries"),
                positions,
            )?;
        }
        if !w.scale.0.is_positive() {
            return Err(wrong("scale", "a number above 0", &w.scale));
        }
        for (k, head) in w.heads.iter().enumerate() {
            let place = |name| format!("heads[{k}].{name}");
            let key_size = head.query.weight.rows();
            affine(&place("query"), &head.query, key_size, d)?;
            affine(&place("key"), &head.key, key_size, d)?;
            let d_v = head.value.weight.rows();
            affine(&place("value"), &head.value, d_v, d)?;
            let back = head.output.rows() == d && head.output.cols() == d_v;
            fits(&place("output"), back, &format!("[{d}, {d_v}]"), &head.output)?;
        }
        length("attention_bias", d, w.attention_bias.len())?;
        let norms = [
            ("norms.attention", &w.norms.attention),
            ("norms.after_attention", &w.norms.after_attention),
            ("norms.mlp", &w.norms.mlp),
            ("norms.readout", &w.norms.readout),
        ];
        for (place, norm) in norms.into_iter().filter_map(|(p, n)| Some((p, n.as_ref()?))) {
            length(&format!("{place}.weight"), d, norm.weight.len())?;
            length(&format!("{place}.bias"), d, norm.bias.len())?;
            if !norm.eps.0.is_positive() {
                return Err(wrong(&format!("{place}.eps"), "a number above 0", &norm.eps));
            }
        }
        shape::mlp(&w.mlp, d)?;
        match &w.reading {
            Reading::Number { weight, .. } => length("reading.number.weight", d, weight.len())?,
            Reading::ArgMax { map, answers } => {
                if answers.is_empty() {
                    return Err(wrong("reading.arg-max.answers", "at least one", "none"));
                }
                affine("reading.arg-max.map", map, answers.len(), d)?;
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

    /// The width of the widest hidden layer.
    #[must_use]
    pub fn mlp_width(&self) -> usize {
        self.mlp.hidden.iter().map(|layer| layer.weight.rows()).max().unwrap_or(0)
    }

    /// The map from the residual stream to `y`, `[outputs, d]`.
    pub(super) fn reading_map(&self) -> Result<Affine, ShapeError> {
        Ok(match &self.reading {
            Reading::Number { weight, bias } => {
                let row = weight.iter().map(|entry| entry.0.clone()).collect();
                let weight = Matrix::from_rows(self.dimension(), vec![row])?;
                Affine { weight, bias: vec![bias.clone()] }
            }
            Reading::ArgMax { map, .. } => map.clone(),
        })
    }

    /// The state `z` of `token` at input position `i` (BOS not counted); `None` outside the model.
    #[must_use]
    pub fn state(&self, i: usize, token: usize) -> Option<Vec<Rational>> {
        if token >= self.vocabulary() {
            return None;
        }
        self.placed(self.embedding.row(token), i + usize::from(self.bos.is_some()))
    }

    /// The state of BOS, when there is one.
    #[must_use]
    pub fn bos_state(&self) -> Option<Vec<Rational>> {
        let bos = self.bos.as_ref()?;
        self.placed(bos.iter().map(|entry| entry.0.clone()).collect(), 0)
    }

    fn placed(&self, mut state: Vec<Rational>, i: usize) -> Option<Vec<Rational>> {
        if let Some(positions) = &self.positions {
            if i >= positions.rows() {
                return None;
            }
            for (entry, shift) in state.iter_mut().zip(positions.row(i)) {
                if !shift.is_zero() {
                    *entry += shift;
                }
            }
        }
        Some(state)
    }
}
