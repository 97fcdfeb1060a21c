//! The forward pass by its definition, in rationals: slow, and the reference for everything faster.

use super::transformer::{Affine, Head, ModelError, Token, Transformer};
use crate::exact::{Matrix, Rational, RationalText};
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::BTreeMap;

/// Softmax weights are powers of the base; a larger exponent than this is refused.
pub(super) const MAX_EXPONENT: usize = 1 << 16;

impl Transformer {
    /// The output `y` on a sequence of `n >= 1` tokens, the last of which is the query.
    ///
    /// # Errors
    /// [`ModelError`] for an empty sequence, a length other than that of the positions, a token
    /// outside the vocabulary, or scores whose differences are not integers.
    pub fn output(&self, sequence: &[Token]) -> Result<Rational, ModelError> {
        let m = self.vocabulary();
        if let Some(&found) = sequence.iter().find(|token| token.0 >= m) {
            return Err(ModelError::UnknownToken { m, found });
        }
        if let Some(n) = self.context_length().filter(|&n| n != sequence.len()) {
            return Err(ModelError::Length { expected: n.to_string(), found: sequence.len() });
        }
        let states: Vec<Vec<Rational>> =
            sequence.iter().enumerate().map(|(i, &token)| self.state(i, token)).collect();
        let (Some(last), Some(&query)) = (states.last(), sequence.last()) else {
            return Err(ModelError::Length { expected: "at least one".to_owned(), found: 0 });
        };
        let mut residual = last.clone();
        for (k, head) in self.heads.iter().enumerate() {
            let scores = scores(head, last, &states)?;
            let weights = softmax(k, query, &self.base.0, &scores)?;
            let mut mean = vec![Rational::zero(); head.value.rows()];
            for (weight, state) in weights.iter().zip(&states) {
                add(&mut mean, weight, &head.value.mul_vec(state)?);
            }
            add(&mut residual, &Rational::one(), &head.output.mul_vec(&mean)?);
        }
        let mut hidden = residual.clone();
        for layer in &self.mlp.hidden {
            hidden = apply(layer, &hidden)?;
            for entry in hidden.iter_mut().filter(|entry| entry.is_negative()) {
                entry.set_zero();
            }
        }
        add(&mut residual, &Rational::one(), &apply(&self.mlp.output, &hidden)?);
        let weighted = self.readout.weight.iter().zip(&residual).map(|(w, x)| &w.0 * x);
        Ok(weighted.fold(self.readout.bias.0.clone(), |sum, term| sum + term))
    }

    /// `z_i = E[token] + P[i]`
    pub(super) fn state(&self, i: usize, token: Token) -> Vec<Rational> {
        let mut state = self.embedding.row(token.0);
        if let Some(positions) = &self.positions {
            add(&mut state, &Rational::one(), &positions.row(i));
        }
        state
    }
}

/// `(W_Q z_last) . (W_K z_i)` for every state.
pub(super) fn scores(
    head: &Head,
    last: &[Rational],
    states: &[Vec<Rational>],
) -> Result<Vec<Rational>, ModelError> {
    let query = Matrix::from_rows(head.query.rows(), vec![head.query.mul_vec(last)?])?;
    let direction = query.mul(&head.key)?.row(0);
    let dot = |state: &Vec<Rational>| {
        direction.iter().zip(state).fold(Rational::zero(), |sum, (a, b)| sum + a * b)
    };
    Ok(states.iter().map(dot).collect())
}

/// The exponents `s_i - min s`, which must be integers.
pub(super) fn exponents(
    head: usize,
    query: Token,
    scores: &[Rational],
) -> Result<Vec<usize>, ModelError> {
    let Some(least) = scores.iter().min() else { return Ok(Vec::new()) };
    scores
        .iter()
        .map(|score| {
            let difference = score - least;
            if !difference.is_integer() {
                let difference = difference.to_string();
                return Err(ModelError::FractionalScore { head, query, difference });
            }
            match difference.to_integer().to_usize() {
                Some(exponent) if exponent <= MAX_EXPONENT => Ok(exponent),
                found => Err(ModelError::TooLarge {
                    place: "heads: difference of two scores",
                    limit: MAX_EXPONENT,
                    found: found.unwrap_or(usize::MAX),
                }),
            }
        })
        .collect()
}

fn softmax(
    head: usize,
    query: Token,
    base: &Rational,
    scores: &[Rational],
) -> Result<Vec<Rational>, ModelError> {
    let powers = powers(base, &exponents(head, query, scores)?)?;
    let total = powers.iter().fold(BigInt::zero(), |sum, power| sum + power);
    Ok(powers.into_iter().map(|power| Rational::new(power, total.clone())).collect())
}

/// Attention weights of one query may have this many bits each, and this many in all.
const MAX_POWER_BITS: usize = 1 << 17;
const MAX_WEIGHT_BITS: usize = 1 << 26;

/// `B^e` for each exponent, multiplied by the power of the base's denominator that makes all integers.
pub(super) fn powers(base: &Rational, exponents: &[usize]) -> Result<Vec<BigInt>, ModelError> {
    let largest = exponents.iter().copied().max().unwrap_or(0);
    let bits = base.numer().bits().max(base.denom().bits());
    let found = usize::try_from(bits).unwrap_or(usize::MAX).saturating_mul(largest);
    for (place, limit, found) in [
        ("heads: bits of an attention weight", MAX_POWER_BITS, found),
        (
            "heads: bits of all attention weights of a query",
            MAX_WEIGHT_BITS,
            found.saturating_mul(exponents.len()),
        ),
    ] {
        if found > limit {
            return Err(ModelError::TooLarge { place, limit, found });
        }
    }
    let mut known: BTreeMap<usize, BigInt> = BTreeMap::new();
    let power = |&exponent: &usize| {
        let compute = || {
            num_traits::pow(base.numer().clone(), exponent)
                * num_traits::pow(base.denom().clone(), largest - exponent)
        };
        known.entry(exponent).or_insert_with(compute).clone()
    };
    Ok(exponents.iter().map(power).collect())
}

fn apply(map: &Affine, vector: &[Rational]) -> Result<Vec<Rational>, ModelError> {
    let mut image = map.weight.mul_vec(vector)?;
    for (entry, RationalText(bias)) in image.iter_mut().zip(&map.bias) {
        *entry += bias;
    }
    Ok(image)
}

fn add(sum: &mut [Rational], factor: &Rational, vector: &[Rational]) {
    for (entry, term) in sum.iter_mut().zip(vector).filter(|(_, term)| !term.is_zero()) {
        *entry += factor * term;
    }
}
