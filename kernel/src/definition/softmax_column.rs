//! What tokens contribute to the residual stream, exactly: the part of a softmax model before the first irrational number.
//!
//! With `zhat = z` without a norm before the attention, and `zhat = weight * (z - mean)` with one, and `sigma^2` the variance
//! plus eps (1 without a norm), every score and every value is rational up to `sigma`s and a constant that all positions
//! share:
//!
//! ```text
//! s_j = (alpha_j / sigma_q + beta_j) / sigma_j / sqrt(scale) + const(q)
//! W_O (W_V u_j + b_V) = values_j / sigma_j + const
//! ```
//!
//! Scores matter up to a constant, and the attention weights sum to 1, so the constants go to softmax's common factor and to
//! the reader's base. Two positions, or two tokens, whose columns are *equal rationals* are the same to the model.

use super::{Norm, SoftmaxTransformer};
use crate::number::{Matrix, Rational, RationalText, Scaled, divide, integer};
use crate::rejection::{Clock, Rejection, wrong};
use num::{One, Zero};

/// What one token at one position contributes, for a reader.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// `sigma_j^2`
    pub spread: RationalText,
    /// one a head
    pub heads: Vec<HeadColumn>,
}

/// The part of one head.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeadColumn {
    /// see the module
    pub alpha: RationalText,
    /// see the module
    pub beta: RationalText,
    /// `[d]`
    pub values: Vec<RationalText>,
}

/// A token at a position, before it is known who reads: keys and values of every head.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    spread: RationalText,
    /// `[head][k]`
    keys: Vec<Vec<RationalText>>,
    /// `[head][d]`
    values: Vec<Vec<RationalText>>,
}

/// The query token at the position that is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reader {
    /// `sigma_q^2`
    pub spread: RationalText,
    /// `[d]`: the residual stream without what attention adds, all constants included
    pub base: Vec<RationalText>,
    /// `[head][k]`: the part of the query vector that is divided by `sigma_q`
    slopes: Vec<Vec<RationalText>>,
    /// `[head][k]`: the part that is not
    constants: Vec<Vec<RationalText>>,
}

/// Makes sites and readers of one model.
#[derive(Debug, Clone)]
pub struct Columns<'a> {
    model: &'a SoftmaxTransformer,
    /// `[head]`: `W_O W_V`, `[d, d]`
    values: Vec<Matrix>,
    /// `[d]`: what is added to `z`
    shift: Vec<Rational>,
}

impl<'a> Columns<'a> {
    /// # Errors
    /// As [`Matrix::product`].
    pub fn new(model: &'a SoftmaxTransformer, clock: &Clock<'_>) -> Result<Self, Rejection> {
        let mut shift = numbers(&model.attention_bias);
        let mut values = Vec::with_capacity(model.heads.len());
        for head in &model.heads {
            // the constant part of a value: W_V norm.bias + b_V
            let norm_bias = model.norms.attention.as_ref().map(|norm| numbers(&norm.bias));
            let norm_bias = norm_bias.unwrap_or_else(|| vec![Rational::zero(); model.dimension()]);
            add(&mut shift, &head.output.apply(&head.value.apply(&norm_bias, clock)?, clock)?);
            values.push(head.output.product(&head.value.weight, clock)?);
        }
        Ok(Self { model, values, shift })
    }

    /// `token` at input position `i`; BOS for no token.
    ///
    /// # Errors
    /// [`Rejection`] for a token or position that the model does not have.
    pub fn site(&self, place: Option<(usize, usize)>, clock: &Clock<'_>) -> Result<Site, Rejection> {
        let state = match place {
            Some((i, token)) => self.state(i, token)?,
            None => self.model.bos_state().ok_or_else(|| wrong("model.bos", "a state", "null"))?,
        };
        let (state, spread) = normed(self.model.norms.attention.as_ref(), &state)?;
        let keys = self.model.heads.iter().map(|head| Ok(texts(head.key.weight.apply(&state, clock)?)));
        let values = self.values.iter().map(|value| Ok(texts(value.apply(&state, clock)?)));
        let (keys, values) = (keys.collect::<Result<_, Rejection>>()?, values.collect::<Result<_, Rejection>>()?);
        Ok(Site { spread: spread.into(), keys, values })
    }

    /// The model read at input position `i`, which holds `query`.
    ///
    /// # Errors
    /// As [`Columns::site`].
    pub fn reader(&self, i: usize, query: usize, clock: &Clock<'_>) -> Result<Reader, Rejection> {
        let mut base = self.state(i, query)?;
        let norm = self.model.norms.attention.as_ref();
        let (state, spread) = normed(norm, &base)?;
        add(&mut base, &self.shift);
        let (mut slopes, mut constants) = (Vec::new(), Vec::new());
        for head in &self.model.heads {
            let mut slope = head.query.weight.apply(&state, clock)?;
            constants.push(texts(match norm {
                Some(norm) => head.query.apply(&numbers(&norm.bias), clock)?,
                None => {
                    add(&mut slope, &numbers(&head.query.bias));
                    vec![Rational::zero(); slope.len()]
                }
            }));
            slopes.push(texts(slope));
        }
        Ok(Reader { spread: spread.into(), base: texts(base), slopes, constants })
    }

    fn state(&self, i: usize, token: usize) -> Result<Vec<Rational>, Rejection> {
        let expected =
            || format!("a token below {} at a position below {:?}", self.model.vocabulary(), self.model.longest());
        self.model.state(i, token).ok_or_else(|| wrong("sequence", expected(), format!("token {token} at {i}")))
    }
}

impl Site {
    /// What this site contributes for `reader`.
    ///
    /// # Errors
    /// As [`Scaled::new`].
    pub fn column(&self, reader: &Reader) -> Result<Column, Rejection> {
        let mut heads = Vec::with_capacity(self.keys.len());
        for (((key, values), slope), constant) in
            self.keys.iter().zip(&self.values).zip(&reader.slopes).zip(&reader.constants)
        {
            let (alpha, beta) = (dot_texts(slope, key)?.into(), dot_texts(constant, key)?.into());
            heads.push(HeadColumn { alpha, beta, values: values.clone() });
        }
        Ok(Column { spread: self.spread.clone(), heads })
    }
}

/// `zhat` and `sigma^2`.
fn normed(norm: Option<&Norm>, state: &[Rational]) -> Result<(Vec<Rational>, Rational), Rejection> {
    let Some(norm) = norm else { return Ok((state.to_vec(), Rational::one())) };
    let d = integer(u64::try_from(state.len()).unwrap_or(u64::MAX));
    // a state has at least one entry
    let mean = divide(&state.iter().sum(), &d).unwrap_or_default();
    let centred: Vec<Rational> = state.iter().map(|x| x - &mean).collect();
    let variance = divide(&dot(&centred, &centred)?, &d).unwrap_or_default();
    let scaled = centred.iter().zip(&norm.weight).map(|(x, weight)| x * &weight.0).collect();
    Ok((scaled, variance + &norm.eps.0))
}

fn dot(left: &[Rational], right: &[Rational]) -> Result<Rational, Rejection> {
    Ok(Scaled::new(left.iter())?.dot(&Scaled::new(right.iter())?))
}

fn dot_texts(left: &[RationalText], right: &[RationalText]) -> Result<Rational, Rejection> {
    let scaled = |texts: &[RationalText]| Scaled::new(texts.iter().map(|text| &text.0).collect::<Vec<_>>().into_iter());
    Ok(scaled(left)?.dot(&scaled(right)?))
}

fn add(sum: &mut [Rational], terms: &[Rational]) {
    sum.iter_mut().zip(terms).for_each(|(entry, term)| *entry += term);
}

fn numbers(entries: &[RationalText]) -> Vec<Rational> {
    entries.iter().map(|entry| entry.0.clone()).collect()
}

fn texts(numbers: Vec<Rational>) -> Vec<RationalText> {
    numbers.into_iter().map(RationalText).collect()
}
