//! The forward pass by its definition, in rationals: slow, and the reference for everything faster.

use super::{Affine, Head, Token, Transformer};
use crate::number::{Matrix, Rational, Scaled, compare, integer, power};
use crate::rejection::{Clock, Rejection, need, wrong};
use num::{BigInt, One, Signed, ToPrimitive, Zero};
use std::collections::BTreeMap;

/// Attention weights may have this many bits each.
const MAX_POWER_BITS: u64 = 1 << 17;
/// All attention weights of a query may have this many bits.
const MAX_WEIGHT_BITS: u64 = 1 << 26;

impl Transformer {
    /// The output `y` on a sequence of `n >= 1` tokens, the last of which is the query.
    ///
    /// # Errors
    /// [`Rejection`] for an empty sequence, a length other than that of the positions, a token outside the vocabulary,
    /// or scores whose differences are not integers.
    pub fn output(&self, sequence: &[Token]) -> Result<Rational, Rejection> {
        self.output_within(sequence, &Clock::unlimited())
    }

    /// The same while the clock allows.
    ///
    /// # Errors
    /// As [`Transformer::output`], and [`Rejection::Stopped`].
    pub fn output_within(&self, sequence: &[Token], clock: &Clock<'_>) -> Result<Rational, Rejection> {
        let m = self.vocabulary();
        if let Some(token) = sequence.iter().find(|token| token.0 >= m) {
            return Err(wrong("sequence", format!("tokens below m = {m}"), token));
        }
        let length = self.context_length().unwrap_or(sequence.len());
        need(length == sequence.len(), "sequence: length", length, sequence.len())?;
        // without positions all occurrences of a token are alike: memory is bounded by the model, whatever the sequence
        let mut places: BTreeMap<(usize, Token), u64> = BTreeMap::new();
        for (i, &token) in sequence.iter().enumerate() {
            clock.tick()?;
            let times = places.entry((if self.positions.is_none() { 0 } else { i }, token)).or_default();
            *times = times.saturating_add(1);
        }
        let states: Vec<Vec<Rational>> = places.keys().map(|&(i, token)| self.state(i, token)).collect();
        let Some(&last) = sequence.last() else {
            return Err(wrong("sequence", "at least one token", "none"));
        };
        let last = self.state(sequence.len().saturating_sub(1), last);
        let mut residual = last.clone();
        for (k, head) in self.heads.iter().enumerate() {
            let place = format!("model.heads[{k}]");
            let weights = powers(&self.base.0, &exponents(&place, &scores(head, &last, &states, clock)?)?)?;
            let weights: Vec<BigInt> =
                weights.into_iter().zip(places.values()).map(|(weight, times)| weight * *times).collect();
            let total: BigInt = weights.iter().sum();
            // sum_i a_i z_i first: W_O W_V is linear
            let mut mean = Vec::with_capacity(last.len());
            let weights: Vec<Rational> = weights.into_iter().map(Rational::from_integer).collect();
            let weights = Scaled::new(weights.iter())?;
            for j in 0..last.len() {
                clock.spend(u64::try_from(states.len()).unwrap_or(u64::MAX))?;
                let sum = Scaled::new(states.iter().filter_map(|state| state.get(j)))?.dot(&weights);
                mean.push(sum / integer(total.clone()));
            }
            let value = head.output.apply(&head.value.apply(&mean, clock)?, clock)?;
            residual.iter_mut().zip(value).for_each(|(entry, value)| *entry += value);
        }
        let mut hidden = residual.clone();
        for layer in &self.mlp.hidden {
            hidden = layer.apply(&hidden, clock)?;
            hidden.iter_mut().filter(|entry| entry.is_negative()).for_each(Zero::set_zero);
        }
        let written = self.mlp.output.apply(&hidden, clock)?;
        residual.iter_mut().zip(written).for_each(|(entry, value)| *entry += value);
        let weight = Scaled::new(self.readout.weight.iter().map(|entry| &entry.0))?;
        Ok(weight.dot(&Scaled::new(residual.iter())?) + &self.readout.bias.0)
    }
}

impl Affine {
    /// `weight x + bias`
    ///
    /// # Errors
    /// As [`Matrix::product`].
    pub fn apply(&self, x: &[Rational], clock: &Clock<'_>) -> Result<Vec<Rational>, Rejection> {
        let image = self.weight.apply(x, clock)?;
        Ok(image.into_iter().zip(&self.bias).map(|(y, bias)| y + &bias.0).collect())
    }
}

/// `(W_Q z_last) . (W_K z_i)` for every state.
///
/// # Errors
/// As [`Matrix::product`].
pub fn scores(
    head: &Head,
    last: &[Rational],
    states: &[Vec<Rational>],
    clock: &Clock<'_>,
) -> Result<Vec<Rational>, Rejection> {
    let query = head.query.apply(last, clock)?;
    let direction = Matrix::from_rows(query.len(), vec![query])?.product(&head.key, clock)?;
    let direction = Scaled::new(direction.entries())?;
    let score = |state: &Vec<Rational>| {
        clock.spend(u64::try_from(state.len()).unwrap_or(u64::MAX))?;
        Ok(direction.dot(&Scaled::new(state.iter())?))
    };
    states.iter().map(score).collect()
}

/// The exponents `s_i - min s`, which must be integers.
///
/// # Errors
/// [`Rejection::Wrong`] at `place`.
pub fn exponents(place: &str, scores: &[Rational]) -> Result<Vec<u32>, Rejection> {
    let Some(least) = scores.iter().min_by(|a, b| compare(a, b)) else { return Ok(Vec::new()) };
    let exponent = |score: &Rational| {
        let difference = score - least;
        let whole = difference.is_integer().then(|| difference.to_integer().to_u32()).flatten();
        let expected =
            "scores that differ by integers of 32 bits (scale W_Q or W_K so that softmax in the base is rational)";
        whole.ok_or_else(|| wrong(place, expected, format!("a difference of {difference}")))
    };
    scores.iter().map(exponent).collect()
}

/// `B^e` for each exponent, multiplied by the power of the base's denominator that makes all integers.
///
/// # Errors
/// [`Rejection::Wrong`] when the weights would be too long.
pub fn powers(base: &Rational, exponents: &[u32]) -> Result<Vec<BigInt>, Rejection> {
    let largest = exponents.iter().copied().max().unwrap_or(0);
    let bits = base.numer().bits().max(base.denom().bits()).saturating_mul(largest.into());
    let all = bits.saturating_mul(u64::try_from(exponents.len()).unwrap_or(u64::MAX));
    let place = "model.heads: bits of attention weights";
    need(bits <= MAX_POWER_BITS && all <= MAX_WEIGHT_BITS, place, format!("at most {MAX_POWER_BITS}"), bits)?;
    let mut known: BTreeMap<u32, BigInt> = BTreeMap::new();
    let of = |&exponent: &u32| {
        let rest = largest.saturating_sub(exponent);
        let compute = || {
            power(base.numer(), exponent)
                * if base.denom().is_one() { BigInt::one() } else { power(base.denom(), rest) }
        };
        known.entry(exponent).or_insert_with(compute).clone()
    };
    Ok(exponents.iter().map(of).collect())
}
