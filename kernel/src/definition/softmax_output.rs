//! From the sums of columns to the outputs, in enclosures or exactly.
//!
//! What attention adds to the probes is `sum_k N_k / D_k`, where `N_k` and `D_k` are sums over positions (no `D_k` without
//! softmax). [`Sums`] holds them, so that an enumeration adds one column a step. A softmax weight is taken relative to that
//! of a reference: of the position read, `D_k >= 1` then whatever the other tokens are, or of the largest. [`Tail`] is the rest
//! of the model.

use super::softmax_maps::{Map, MlpMap, NormMap, activate, list, normed, sum};
use super::{
    Activation, Affine, Column, HeadColumn, HeadWeights, Own, Part, Rest, SoftmaxAttention, SoftmaxTransformer,
};
use crate::number::{Precision, Rational, RationalText, Real, integer};
use crate::rejection::{Clock, Rejection};
use num::Zero;

/// Running sums of every head: the denominator, where there is one, and the numerators `[probes]`.
#[derive(Debug, Clone)]
pub struct Sums<R>(pub Vec<HeadSums<R>>);

/// A denominator and its numerators.
pub type HeadSums<R> = (Option<R>, Vec<R>);

/// What weights are relative to, one a head: the column with its `sigma^2`.
pub type References<'a> = Vec<(&'a RationalText, &'a HeadColumn)>;

/// A column as the reference of every head.
#[must_use]
pub fn references(column: &Column) -> References<'_> {
    column.heads.iter().map(|head| (&column.spread, head)).collect()
}

/// The columns with the largest scores, one a head, as far as enclosures tell.
#[must_use]
pub fn largest<'a, R: Real>(
    attention: &SoftmaxAttention,
    own: &Own,
    columns: &[&'a Column],
    p: Precision,
) -> References<'a> {
    let largest = |(k, head): (usize, &super::SoftmaxHead)| {
        let scored = columns.iter().filter_map(|column| {
            let of = column.heads.get(k)?;
            Some((score::<R>(&head.weights, own, &of.alpha.0, &of.beta.0, &column.spread.0, p), (&column.spread, of)))
        });
        let best = scored.reduce(|a, b| match (&a.0, &b.0) {
            (Some(one), Some(other)) if one.starts_below(other) => b,
            (None, Some(_)) => b,
            _ => a,
        });
        best.map(|(_, reference)| reference)
    };
    attention.heads.iter().enumerate().filter_map(largest).collect()
}

/// A score up to a constant, not yet divided by the root of the scale.
fn score<R: Real>(
    weights: &HeadWeights,
    own: &Own,
    alpha: &Rational,
    beta: &Rational,
    spread: &Rational,
    p: Precision,
) -> Option<R> {
    let of = |x: &Rational| R::of(x, p);
    if weights.matrix().is_some() {
        return of(alpha);
    }
    let root = |square: &Rational| of(square)?.root(p);
    of(alpha)?.over(&root(&own.spread.0)?, p)?.plus(&of(beta)?)?.over(&root(spread)?, p)
}

impl<R: Real> Sums<R> {
    /// What one position with `column` adds.
    ///
    /// `None` when a score is beyond the range of `exp`, an enclosure too wide, or an exact number irrational.
    #[must_use]
    pub fn of(
        attention: &SoftmaxAttention,
        column: &Column,
        references: &References<'_>,
        own: &Own,
        p: Precision,
    ) -> Option<Self> {
        let of = |x: &Rational| R::of(x, p);
        let head = |((weights, head), reference): ((&HeadWeights, &HeadColumn), &(&RationalText, &HeadColumn))| {
            let scaled = |score: R| match weights.scores() {
                Some(scores) => score.over(&of(&scores.scale.0)?.root(p)?, p),
                None => Some(score),
            };
            let times = |factor: &R| -> Option<Vec<R>> {
                head.values.iter().map(|value| factor.times(&of(&value.0)?, p)).collect()
            };
            if !weights.is_softmax() {
                let weight = if head.alpha.0.is_zero() { of(&head.alpha.0)? } else { scaled(of(&head.alpha.0)?)? };
                return Some((None, times(&weight)?));
            }
            let (spread, other) = reference;
            let same = column.spread == **spread;
            let weight = if same && (&head.alpha, &head.beta) == (&other.alpha, &other.beta) {
                // equal scores give weight 1 exactly, whatever the scale
                of(&integer(1))?
            } else {
                let difference = if same {
                    let (alpha, beta) = (&head.alpha.0 - &other.alpha.0, &head.beta.0 - &other.beta.0);
                    score(weights, own, &alpha, &beta, &spread.0, p)?
                } else {
                    let other = score::<R>(weights, own, &other.alpha.0, &other.beta.0, &spread.0, p)?;
                    score::<R>(weights, own, &head.alpha.0, &head.beta.0, &column.spread.0, p)?.minus(&other)?
                };
                scaled(difference)?.exp(p)?
            };
            let factor = weight.over(&of(&column.spread.0)?.root(p)?, p)?;
            Some((Some(weight), times(&factor)?))
        };
        let heads = attention.heads.iter().map(|head| &head.weights).zip(&column.heads);
        Some(Self(heads.zip(references).map(head).collect::<Option<_>>()?))
    }

    /// `self += count * column`
    pub fn add(&mut self, column: &Self, count: u64) -> Option<()> {
        for ((total, values), (weight, others)) in self.0.iter_mut().zip(&column.0) {
            if let (Some(total), Some(weight)) = (total.as_mut(), weight) {
                *total = total.plus(&weight.times_count(count)?)?;
            }
            for (sum, value) in values.iter_mut().zip(others) {
                *sum = sum.plus(&value.times_count(count)?)?;
            }
        }
        Some(())
    }

    /// What encloses both.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Option<Self> {
        let head = |((total, values), (weight, others)): (&HeadSums<R>, &HeadSums<R>)| {
            let values = values.iter().zip(others).map(|(a, b)| a.hull(b)).collect::<Option<_>>()?;
            let total = match (total, weight) {
                (Some(total), Some(weight)) => Some(total.hull(weight)?),
                _ => None,
            };
            Some((total, values))
        };
        Some(Self(self.0.iter().zip(&other.0).map(head).collect::<Option<_>>()?))
    }

    /// `N_k / D_k` of every head.
    #[must_use]
    pub fn quotients(&self, p: Precision) -> Option<Vec<Vec<R>>> {
        let head = |(total, values): &HeadSums<R>| match total {
            Some(total) => values.iter().map(|value| value.over(total, p)).collect(),
            None => Some(values.clone()),
        };
        self.0.iter().map(head).collect()
    }
}

/// The model after the attention, ready to be applied.
pub struct Tail<R> {
    precision: Precision,
    rest: Rest,
    activation: Activation,
    base: Vec<R>,
    /// of the first block, when the stream is read
    after: Option<NormMap<R>>,
    /// of the block whose first hidden units are probes
    layers: Vec<Map<R>>,
    /// its output, composed with the reading where nothing follows
    output: Option<Map<R>>,
    residual: bool,
    /// of the block
    block_after: Option<NormMap<R>>,
    blocks: Vec<MlpMap<R>>,
    norm: Option<NormMap<R>>,
    reading: Map<R>,
}

impl<R: Real> Tail<R> {
    /// `None` when a number does not fit.
    ///
    /// # Errors
    /// [`Rejection`] when a product of weights is too long.
    pub fn new(
        model: &SoftmaxTransformer,
        rest: Rest,
        own: &Own,
        p: Precision,
        clock: &Clock<'_>,
    ) -> Result<Option<Self>, Rejection> {
        super::softmax_maps::fits(model, p)?;
        let reading = model.reading_map()?;
        let mut later = model.blocks.iter().skip(1);
        let first = if matches!(rest, Rest::Hidden(_) | Rest::HiddenThenStream(_)) { later.next() } else { None };
        let first = first.and_then(|block| match &block.part {
            Part::Mlp(mlp) => Some((block, mlp)),
            Part::Attention(_) => None,
        });
        let output = match (rest, first) {
            (Rest::Hidden(_), Some((block, mlp))) => {
                // what is added to already has the reading's bias
                let bias = match block.residual {
                    true => reading.weight.apply(&numbers(&mlp.output.bias), clock)?,
                    false => reading.apply(&numbers(&mlp.output.bias), clock)?,
                };
                let bias = bias.into_iter().map(RationalText).collect();
                Some(Affine { weight: reading.weight.product(&mlp.output.weight, clock)?, bias })
            }
            (_, first) => first.map(|(_, mlp)| mlp.output.clone()),
        };
        let make = || {
            let block = first.map(|(block, _)| block);
            let norm = |norm: Option<&super::Norm>| NormMap::optional(norm, p);
            let mlp = |block: &super::Block| match &block.part {
                Part::Mlp(mlp) => MlpMap::new(block, mlp, p),
                Part::Attention(_) => None,
            };
            Some(Self {
                precision: p,
                rest,
                activation: first.map_or(Activation::Identity, |(_, mlp)| mlp.activation),
                base: list(&own.base, p)?,
                after: norm(model.blocks.first().and_then(|block| block.after.as_ref()))?,
                layers: first.map_or(Some(Vec::new()), |(_, mlp)| {
                    mlp.hidden.iter().skip(1).map(|layer| Map::new(layer, p)).collect()
                })?,
                output: match &output {
                    Some(output) => Some(Map::new(output, p)?),
                    None => None,
                },
                residual: block.is_some_and(|block| block.residual),
                block_after: norm(block.and_then(|block| block.after.as_ref()))?,
                blocks: later.map(mlp).collect::<Option<_>>()?,
                norm: norm(model.norm.as_ref())?,
                reading: Map::new(&reading, p)?,
            })
        };
        Ok(make())
    }

    /// At which precision it is.
    #[must_use]
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// `y`, one entry a choice; `None` when a number does not fit or an enclosure is too wide.
    #[must_use]
    pub fn outputs(&self, added: &[Vec<R>]) -> Option<Vec<R>> {
        let p = self.precision;
        let mut probes = self.base.clone();
        for values in added {
            for (entry, value) in probes.iter_mut().zip(values) {
                *entry = entry.plus(value)?;
            }
        }
        let mut stream = match (self.rest, &self.output) {
            (Rest::Nothing, _) => return Some(probes),
            (Rest::Hidden(units) | Rest::HiddenThenStream(units), Some(output)) => {
                let (inputs, rest) = probes.split_at_checked(units)?;
                let mut hidden = activate(self.activation, inputs, p)?;
                for layer in &self.layers {
                    hidden = activate(self.activation, &layer.apply(&hidden, p)?, p)?;
                }
                let written = output.apply(&hidden, p)?;
                let stream = if self.residual { sum(rest, &written)? } else { written };
                if matches!(self.rest, Rest::Hidden(_)) {
                    return Some(stream);
                }
                normed(self.block_after.as_ref(), &stream, p)?
            }
            _ => normed(self.after.as_ref(), &probes, p)?,
        };
        for block in &self.blocks {
            stream = block.apply(&stream, p)?;
        }
        self.reading.apply(&normed(self.norm.as_ref(), &stream, p)?, p)
    }
}

fn numbers(entries: &[RationalText]) -> Vec<Rational> {
    entries.iter().map(|entry| entry.0.clone()).collect()
}
