//! The hand-built counters of the histogram task: six ways to mix tokens, each with its MLP, in exact rationals.
//!
//! The task is the count of its own token at every position, by arg max over `0..=n`. One layer, no norm:
//!
//! ```text
//! x'_i = x_i + sum_j P_ij x_j          P scores x_i . S x_j, or a matrix over positions; softmaxed by row or not
//! s_i  = sum_u ReLU(w_u . x'_i + b_u)  p hidden units
//! y_ik = k s_i - (t_0 + .. + t_{k-1})  so the arg max is the number of thresholds below s_i
//! ```
//!
//! | kind | `P` | `s` at a token that occurs `c` times | `p` | `d` that suffices at every `n` |
//! |---|---|---|---|---|
//! | `bos` | scores, with BOS | `c` | 1 | `m - 1` |
//! | `dot` | scores | `c` | 1 | `m - 1` |
//! | `bos+sftm` | softmax of scores, with BOS | `2 - 1 / (1 + c + leak)` | 1 | 3 |
//! | `lin` | matrix | `c / n` | `m` | `m - 1` |
//! | `lin+sftm` | softmaxed matrix | `c / n` | `m` | `m - 1` |
//! | `dot+sftm` | softmax of scores | `e c / (e c + n - c)` | `m` | `m - 1` |
//!
//! The kinds and `d >= m` with these `p` are those of Behrens, Biggio and Zdeborova, arXiv:2407.11542, as described at second
//! hand; the weights, the thresholds and every smaller `d` are ours (`tokens.rs` has the vectors, `docs/token-mixing.md` the
//! proofs). Departures: theirs has the sum of all tokens as BOS also under softmax, where ours is zero; the diagonal of their
//! matrix is larger, ours is constant, which makes `lin` and `lin+sftm` the uniform attention of T1.

mod tokens;
mod weights;

use super::embedding::Kind;
use super::{ConstructError, affine, size, texts};
use crate::algebra::MatrixOps;
use crate::kernel::definition::{
    ActivatedMlp, Activation, Block, Part, ReadAt, Reading, SoftmaxAttention, SoftmaxHead,
    SoftmaxTransformer, SoftmaxWeights,
};
use crate::kernel::number::{Matrix, Rational, integer};
use num_traits::Zero;
use weights::Parts;

/// How tokens are mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mixing {
    /// scores, and a token BOS
    Bos,
    /// softmax of scores, and a token BOS
    BosSoftmax,
    /// scores
    Dot,
    /// softmax of scores
    DotSoftmax,
    /// a matrix over positions
    Linear,
    /// a matrix over positions, softmaxed by row
    LinearSoftmax,
}

impl Mixing {
    pub const ALL: [Self; 6] = [
        Self::Bos,
        Self::BosSoftmax,
        Self::Dot,
        Self::DotSoftmax,
        Self::Linear,
        Self::LinearSoftmax,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bos => "bos",
            Self::BosSoftmax => "bos+sftm",
            Self::Dot => "dot",
            Self::DotSoftmax => "dot+sftm",
            Self::Linear => "lin",
            Self::LinearSoftmax => "lin+sftm",
        }
    }

    /// `p`: the hidden units that the published construction has.
    #[must_use]
    pub fn hidden_units(self, m: usize) -> usize {
        match self {
            Self::Bos | Self::BosSoftmax | Self::Dot => 1,
            Self::DotSoftmax | Self::Linear | Self::LinearSoftmax => m,
        }
    }
}

/// One counter: its kind and sizes.
///
/// ```
/// use counterproof::construct::behrens::{Counter, Mixing};
///
/// // five tokens in three dimensions, counted by one hidden unit
/// let counter = Counter::new(Mixing::BosSoftmax, 4, 5, 3);
/// let design = counter.design()?;
/// assert!(design.bound_holds && !counter.condition_holds());
/// assert_eq!(design.model.vocabulary(), 5);
/// # Ok::<(), counterproof::construct::ConstructError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    pub mixing: Mixing,
    pub n: u64,
    pub m: usize,
    pub d: usize,
    /// fewer hidden units than the published construction has: those of the first tokens are kept
    pub p: Option<usize>,
    /// token vectors other than the usual ones at these sizes, with their seed
    pub embedding: Option<(Kind, u64)>,
}

/// A counter with what is known about it.
#[derive(Debug, Clone)]
pub struct Design {
    pub model: SoftmaxTransformer,
    /// which token vectors
    pub embedding: &'static str,
    /// `max <v_t, v_s>^2 / (<v_t, v_t> <v_s, v_s>)`, unless a vector is zero
    pub coherence_squared: Option<Rational>,
    /// our sufficient condition (`docs/token-mixing.md`)
    pub bound_holds: bool,
}

/// The longest input: the output and the matrices over positions grow with it.
const LONGEST: u64 = 1024;
/// The most `m^2 d`: vectors are multiplied in pairs, exactly.
const MOST_PRODUCTS: usize = 1 << 22;

impl Counter {
    /// The published number of hidden units, and the usual token vectors.
    #[must_use]
    pub fn new(mixing: Mixing, n: u64, m: usize, d: usize) -> Self {
        Self { mixing, n, m, d, p: None, embedding: None }
    }

    /// `p`
    #[must_use]
    pub fn hidden_units(&self) -> usize {
        self.p.unwrap_or_else(|| self.mixing.hidden_units(self.m))
    }

    /// The published condition: `d >= m`, and as many hidden units as the construction has.
    #[must_use]
    pub fn condition_holds(&self) -> bool {
        self.d >= self.m && self.hidden_units() >= self.mixing.hidden_units(self.m)
    }

    /// The model, and what is known about it.
    ///
    /// # Errors
    /// [`ConstructError`] for sizes that no construction here has.
    pub fn design(&self) -> Result<Design, ConstructError> {
        let Self { mixing, n, m, d, .. } = *self;
        if !(1..=LONGEST).contains(&n) {
            return Err(size("n", format!("1 to {LONGEST}"), n));
        }
        if m == 0 || d == 0 {
            return Err(size("sizes", "m >= 1 and d >= 1", format!("m = {m}, d = {d}")));
        }
        if m.saturating_mul(m).saturating_mul(d) > MOST_PRODUCTS {
            let expected = format!("m^2 d of at most {MOST_PRODUCTS}");
            return Err(size("sizes", expected, format!("m = {m}, d = {d}")));
        }
        let most = mixing.hidden_units(m);
        let p = self.hidden_units();
        if !(1..=most).contains(&p) {
            let expected = if most == 1 { "1".to_owned() } else { format!("1 to {most}") };
            return Err(size("p", format!("{expected} for {}", mixing.name()), p));
        }
        let mut parts = match mixing {
            Mixing::Bos | Mixing::Dot => self.by_scores()?,
            Mixing::BosSoftmax => self.by_weight_of_bos()?,
            Mixing::DotSoftmax | Mixing::Linear | Mixing::LinearSoftmax => self.by_histogram()?,
        };
        parts.bound_holds &= parts.units.len() <= p;
        parts.units.truncate(p);
        let (embedding, bound_holds) = (parts.tokens.name, parts.bound_holds);
        let coherence_squared = parts.tokens.coherence_squared();
        let model = assemble(parts)?;
        Ok(Design { model, embedding, coherence_squared, bound_holds })
    }
}

fn assemble(parts: Parts) -> Result<SoftmaxTransformer, ConstructError> {
    let Parts { tokens, bos, weights, units, thresholds, .. } = parts;
    let (d, choices) = (tokens.vectors.cols(), thresholds.len() + 1);
    let zero = |size: usize| vec![Rational::zero(); size];
    let identity = |size: usize| affine(size, Matrix::identity(size).to_rows(), zero(size));
    let width = units.len();
    let (rows, biases) = units.into_iter().unzip();
    // y_k = k s - (t_0 + .. + t_{k-1})
    let slopes = (0..choices as u64).map(|k| vec![integer(k); width]).collect();
    let mut sum = Rational::zero();
    let mut intercepts = vec![sum.clone()];
    for threshold in thresholds {
        sum -= threshold;
        intercepts.push(sum.clone());
    }
    let attention = SoftmaxAttention {
        heads: vec![SoftmaxHead { weights, value: identity(d)?, output: Matrix::identity(d) }],
        bias: texts(zero(d)),
        causal: false,
    };
    let mlp = ActivatedMlp {
        activation: Activation::Relu,
        hidden: vec![affine(d, rows, biases)?],
        output: affine(width, slopes, intercepts)?,
    };
    let block = |part, residual| Block { before: None, part, residual, after: None };
    Ok(SoftmaxTransformer::new(SoftmaxWeights {
        embedding: tokens.vectors,
        bos: bos.map(texts),
        positions: None,
        blocks: vec![block(Part::Attention(attention), true), block(Part::Mlp(mlp), false)],
        norm: None,
        reading: Reading::ArgMax {
            map: identity(choices)?,
            answers: (0..choices as u64).collect(),
        },
        read_at: ReadAt::Every,
    })?)
}
