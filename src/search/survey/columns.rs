//! What tokens contribute to the state, exactly: the part of the model before the first irrational number.
//!
//! With `zhat = z` without a norm before the attention, and `zhat = weight * (z - mean)` with one, and `sigma^2` the
//! variance plus eps (1 without a norm), every score and every value is rational up to `sigma`s and a constant that
//! all positions share:
//!
//! ```text
//! s_j = (alpha_j / sigma_q + beta_j) / sigma_j / sqrt(scale) + const(q)
//! probes of W_O (W_V u_j + b_V) = values_j / sigma_j + const
//! ```
//!
//! Scores matter up to a constant, and the attention weights sum to 1, so the constants go to softmax's common
//! factor and to the reader's base. Two positions, or two tokens, whose columns are *equal rationals* are the same
//! to the model: this is how its structure is decided on the weights themselves, without a tolerance.

use crate::algebra::MatrixOps;
use crate::kernel::Rejection;
use crate::kernel::definition::{Norm, SoftmaxTransformer};
use crate::kernel::number::{Matrix, Rational};
use num_traits::{One, Zero};

/// What one token at one position contributes, for a reader.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// `sigma_j^2`
    pub spread: Rational,
    pub heads: Vec<ColumnHead>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnHead {
    pub alpha: Rational,
    pub beta: Rational,
    /// `[probe]`
    pub values: Vec<Rational>,
}

/// A token at a position, before it is known who reads: keys and values of every head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    spread: Rational,
    /// `[head][k]`
    keys: Vec<Vec<Rational>>,
    /// `[head][probe]`
    values: Vec<Vec<Rational>>,
}

/// The query token at the position that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// `sigma_q^2`
    pub spread: Rational,
    /// `[probe]`: the state without what attention adds, all constants included
    pub base: Vec<Rational>,
    /// `[head][k]`: the part of the query vector that is divided by `sigma_q`
    slopes: Vec<Vec<Rational>>,
    /// `[head][k]`: the part that is not
    constants: Vec<Vec<Rational>>,
}

/// Computes sites and readers of one model.
#[derive(Debug, Clone)]
pub struct Columns<'a> {
    model: &'a SoftmaxTransformer,
    /// `[probe, d]`
    probe: Matrix,
    /// `[head]`: probes of `W_O W_V`, `[probe, d]`
    values: Vec<Matrix>,
    /// `[probe]`: what is added to the probes of `z`
    shift: Vec<Rational>,
}

impl<'a> Columns<'a> {
    /// `probe` and `constant` are what the rest of the model reads: `probe r + constant`.
    pub(super) fn new(
        model: &'a SoftmaxTransformer,
        probe: Matrix,
        constant: Vec<Rational>,
    ) -> Result<Self, Rejection> {
        let mut bias: Vec<Rational> = texts(&model.attention_bias);
        let mut values = Vec::with_capacity(model.heads.len());
        for head in &model.heads {
            // the constant part of a value: W_V norm.bias + b_V
            let mut own = match &model.norms.attention {
                Some(norm) => head.value.weight.mul_vec(&texts(&norm.bias))?,
                None => vec![Rational::zero(); head.value.weight.rows()],
            };
            add(&mut own, &texts(&head.value.bias));
            add(&mut bias, &head.output.mul_vec(&own)?);
            values.push(probe.mul(&head.output)?.mul(&head.value.weight)?);
        }
        let mut shift = probe.mul_vec(&bias)?;
        add(&mut shift, &constant);
        Ok(Self { model, probe, values, shift })
    }

    /// `token` at input position `i`.
    ///
    /// # Errors
    /// [`Rejection`] for a token or position that the model does not have.
    pub fn site(&self, i: usize, token: usize) -> Result<Site, Rejection> {
        self.site_of(&self.state(i, token)?)
    }

    /// BOS, when the model has it.
    ///
    /// # Errors
    /// As [`Columns::site`].
    pub fn bos(&self) -> Result<Option<Site>, Rejection> {
        self.model.bos_state().map(|state| self.site_of(&state)).transpose()
    }

    fn site_of(&self, state: &[Rational]) -> Result<Site, Rejection> {
        let (state, spread) = normed(self.model.norms.attention.as_ref(), state);
        let keys = self.model.heads.iter().map(|head| head.key.weight.mul_vec(&state));
        let values = self.values.iter().map(|value| value.mul_vec(&state));
        Ok(Site {
            spread,
            keys: keys.collect::<Result<_, Rejection>>()?,
            values: values.collect::<Result<_, Rejection>>()?,
        })
    }

    /// The model read at input position `i`, which holds `query`.
    ///
    /// # Errors
    /// As [`Columns::site`].
    pub fn reader(&self, i: usize, query: usize) -> Result<Reader, Rejection> {
        let state = self.state(i, query)?;
        let mut base = self.probe.mul_vec(&state)?;
        add(&mut base, &self.shift);
        let norm = self.model.norms.attention.as_ref();
        let (state, spread) = normed(norm, &state);
        let (mut slopes, mut constants) = (Vec::new(), Vec::new());
        for head in &self.model.heads {
            let mut slope = head.query.weight.mul_vec(&state)?;
            let bias = texts(&head.query.bias);
            constants.push(match norm {
                Some(norm) => {
                    let mut constant = head.query.weight.mul_vec(&texts(&norm.bias))?;
                    add(&mut constant, &bias);
                    constant
                }
                None => {
                    add(&mut slope, &bias);
                    vec![Rational::zero(); slope.len()]
                }
            });
            slopes.push(slope);
        }
        Ok(Reader { spread, base, slopes, constants })
    }

    fn state(&self, i: usize, token: usize) -> Result<Vec<Rational>, Rejection> {
        let longest = self.model.longest();
        self.model.state(i, token).ok_or_else(|| {
            let expected = format!(
                "a token below {} at a position below {longest:?}",
                self.model.vocabulary()
            );
            super::evaluate::misplaced("sequence", expected, format!("token {token} at {i}"))
        })
    }
}

impl Reader {
    /// What the state is without attention, for columns that are known.
    pub(super) fn bare(spread: Rational, base: Vec<Rational>) -> Self {
        Self { spread, base, slopes: Vec::new(), constants: Vec::new() }
    }
}

impl Site {
    /// What this site contributes for `reader`.
    #[must_use]
    pub fn column(&self, reader: &Reader) -> Column {
        let heads = self.keys.iter().zip(&self.values).enumerate().map(|(k, (key, values))| {
            let dot =
                |side: &[Vec<Rational>]| side.get(k).map_or(Rational::zero(), |v| product(v, key));
            ColumnHead {
                alpha: dot(&reader.slopes),
                beta: dot(&reader.constants),
                values: values.clone(),
            }
        });
        Column { spread: self.spread.clone(), heads: heads.collect() }
    }
}

/// `zhat` and `sigma^2`.
fn normed(norm: Option<&Norm>, state: &[Rational]) -> (Vec<Rational>, Rational) {
    let Some(norm) = norm else { return (state.to_vec(), Rational::one()) };
    let d = Rational::from_integer(state.len().max(1).into());
    let mean = state.iter().fold(Rational::zero(), |sum, x| sum + x) / &d;
    let centred: Vec<Rational> = state.iter().map(|x| x - &mean).collect();
    let variance = product(&centred, &centred) / d;
    let scaled = centred.iter().zip(&norm.weight).map(|(x, weight)| x * &weight.0).collect();
    (scaled, variance + &norm.eps.0)
}

fn product(left: &[Rational], right: &[Rational]) -> Rational {
    left.iter()
        .zip(right)
        .filter(|(a, b)| !a.is_zero() && !b.is_zero())
        .fold(Rational::zero(), |sum, (a, b)| sum + a * b)
}

fn add(sum: &mut [Rational], terms: &[Rational]) {
    for (entry, term) in sum.iter_mut().zip(terms).filter(|(_, term)| !term.is_zero()) {
        *entry += term;
    }
}

fn texts(entries: &[crate::kernel::number::RationalText]) -> Vec<Rational> {
    entries.iter().map(|entry| entry.0.clone()).collect()
}
