//! Inputs drawn at random.
//!
//! An input is a sequence of `n` tokens, drawn one after the other by a [`Generator`] of its own, and where every position is read,
//! one of them. With weights a token is the first whose weight, added to those before it, exceeds a number below the sum of all weights. Evenly it
//! is one of those that are left of all tokens, which are all there again once none is left: no token twice up to length `m`.

use super::generator::Generator;
use crate::definition::SoftmaxTransformer;
use crate::number::{Rational, RationalText, divide, integer, tail_at_most};
use crate::rejection::{Clock, Rejection, need};
use num::{One, Signed, Zero};
use serde::{Deserialize, Serialize};

/// Larger samples are refused.
pub const MAX_SAMPLE: u64 = 10_000_000;

/// Where tokens are drawn from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Distribution {
    /// each by itself, all tokens with the same probability
    Uniform,
    /// each by itself, token `j` with a probability proportional to entry `j`
    Weights(Vec<u64>),
    /// every token as often as every other, up to one, in an order drawn at random: all distinct where `n <= m`
    Even,
}

/// Which inputs are drawn, and how sure bounds from them are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// how many inputs are drawn
    pub estimate: u64,
    /// of the bounds, above 0 and below 1
    pub confidence: RationalText,
    /// of the generator
    pub seed: u64,
    /// of the tokens
    pub distribution: Distribution,
}

impl Drawn {
    /// Whether inputs of a model can be drawn so.
    ///
    /// # Errors
    /// [`Rejection`] below `place` for numbers out of range, or weights of another vocabulary.
    pub(super) fn fits(&self, place: &str, model: &SoftmaxTransformer) -> Result<(), Rejection> {
        let (sampled, confidence) = (self.estimate, &self.confidence.0);
        let many = (1..=MAX_SAMPLE).contains(&sampled);
        need(many, format!("{place}.estimate"), format!("1 to {MAX_SAMPLE}"), sampled)?;
        let small = confidence.denom().bits() <= 32;
        let inside = confidence.is_positive() && *confidence < Rational::one() && small;
        let expected = "a number above 0 and below 1 with a denominator of at most 32 bits";
        need(inside, format!("{place}.confidence"), expected, confidence)?;
        let Distribution::Weights(weights) = &self.distribution else { return Ok(()) };
        let (place, m) = (format!("{place}.distribution.weights"), model.vocabulary());
        need(weights.len() == m, &place, format!("{m} weights"), weights.len())?;
        let sum = weights.iter().try_fold(0u64, |sum, &weight| sum.checked_add(weight)).filter(|&sum| sum > 0);
        need(sum.is_some(), place, "weights with a positive sum of 64 bits", "others")
    }

    /// How tokens are drawn, in words.
    pub(crate) fn words(&self) -> String {
        match &self.distribution {
            Distribution::Uniform => "uniformly".to_owned(),
            Distribution::Even => "evenly".to_owned(),
            Distribution::Weights(weights) => {
                let weights: Vec<String> = weights.iter().map(ToString::to_string).collect();
                format!("with the weights {}", weights.join(", "))
            }
        }
    }

    /// Whether `bound` is a lower confidence bound of a probability where `met` of `sampled` inputs meet it.
    ///
    /// # Errors
    /// As [`tail_at_most`].
    pub fn bounds_below(
        &self,
        place: &str,
        (sampled, met): (u64, u64),
        bound: &Rational,
        clock: &Clock<'_>,
    ) -> Result<bool, Rejection> {
        if bound.is_zero() {
            // nothing is claimed
            return Ok(true);
        }
        let doubt = divide(&(Rational::one() - &self.confidence.0), &integer(2)).unwrap_or_default();
        tail_at_most((sampled, met), bound, &doubt, place, clock)
    }

    /// The sequence of an input, and the position that is read.
    #[must_use]
    pub fn input(&self, model: &SoftmaxTransformer, length: usize, index: u64) -> (Vec<usize>, usize) {
        let mut generator = Generator::of_input(self.seed, index);
        let m = u64::try_from(model.vocabulary()).unwrap_or(u64::MAX);
        let mut left = Vec::new();
        let mut token = || match &self.distribution {
            Distribution::Uniform => usize::try_from(generator.below(m)).unwrap_or(0),
            Distribution::Weights(weights) => {
                let sum = weights.iter().fold(0, |sum: u64, weight| sum.saturating_add(*weight));
                let mut rest = Some(generator.below(sum));
                let found = weights.iter().position(|&weight| {
                    rest = rest.and_then(|rest| rest.checked_sub(weight));
                    rest.is_none()
                });
                found.unwrap_or(0)
            }
            Distribution::Even => {
                if left.is_empty() {
                    left.extend(0..model.vocabulary());
                }
                let among = u64::try_from(left.len()).unwrap_or(u64::MAX);
                let at = usize::try_from(generator.below(among)).unwrap_or(0);
                if at < left.len() { left.remove(at) } else { 0 }
            }
        };
        let sequence = (0..length).map(|_| token()).collect();
        let read = model.read_at.positions(length);
        let among = u64::try_from(read.len()).unwrap_or(1);
        let shift = if among > 1 { usize::try_from(generator.below(among)).unwrap_or(0) } else { 0 };
        (sequence, read.start.saturating_add(shift))
    }
}
