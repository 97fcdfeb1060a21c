//! From the sums of columns to the outputs, in enclosures or exactly.
//!
//! What attention adds to the probes is `sum_k N_k / D_k`, where `N_k` and `D_k` are sums over positions (no `D_k` without
//! softmax). [`Sums`] holds them, so that an enumeration adds one column a step. A softmax weight is taken relative to that
//! of a reference: of the position read, `D_k >= 1` then whatever the other tokens are, or of the largest. [`Tail`] is the rest
//! of the model.

use super::softmax_maps::{Map, MlpMap, NormMap, activate, list, normed, sum};
use super::{Activation, Column, Columns, HeadColumn, HeadWeights, Own, Part, Rest, SoftmaxAttention};
use crate::number::{Precision, Rational, RationalText, Real, integer};
use crate::rejection::Rejection;
use num::Zero;

/// Running sums of every head: the denominator, where there is one, and the numerators `[probes]`.
#[derive(Debug, Clone)]
pub struct Sums<R>(pub Vec<HeadSums<R>>);

/// A denominator and its numerators.
pub type HeadSums<R> = (Option<R>, Vec<R>);

/// What one position adds before it is known what weights are relative to, one a head.
#[derive(Debug, Clone)]
pub struct Terms<R>(Vec<Term<R>>);

/// The part of one head.
#[derive(Debug, Clone)]
struct Term<R> {
    /// up to a constant, where there is a softmax; `None` when it is not a number of this kind
    score: Option<R>,
    /// what has to be equal for scores to be exactly equal
    key: [RationalText; 3],
    /// `[probes]`: weighted already where there is no softmax
    values: Vec<R>,
    softmax: bool,
}

impl<R: Real> Terms<R> {
    /// `None` when a number does not fit, or is irrational and to be exact.
    #[must_use]
    pub fn of(attention: &SoftmaxAttention, column: &Column, own: &Own, p: Precision) -> Option<Self> {
        let of = |x: &Rational| R::of(x, p);
        let root = |square: &Rational| of(square)?.root(p);
        let term = |(weights, head): (&HeadWeights, &HeadColumn)| {
            let scaled = |score: R| match weights.scores() {
                Some(scores) => score.over(&root(&scores.scale.0)?, p),
                None => Some(score),
            };
            let softmax = weights.is_softmax();
            let alpha = of(&head.alpha.0)?;
            let (score, factor) = if softmax {
                let score = || {
                    let score = match weights.matrix() {
                        Some(_) => alpha.clone(),
                        None => {
                            let score = alpha.over(&root(&own.spread.0)?, p)?.plus(&of(&head.beta.0)?)?;
                            score.over(&root(&column.spread.0)?, p)?
                        }
                    };
                    scaled(score)
                };
                (score(), of(&integer(1))?.over(&root(&column.spread.0)?, p)?)
            } else if head.alpha.0.is_zero() {
                (None, alpha)
            } else {
                (None, scaled(alpha)?)
            };
            let one = factor.enclosed(p) == p.enclose(&integer(1));
            let value = |value: &RationalText| {
                let value = of(&value.0)?;
                if one { Some(value) } else { factor.times(&value, p) }
            };
            let values = head.values.iter().map(value).collect::<Option<_>>()?;
            let key = [head.alpha.clone(), head.beta.clone(), column.spread.clone()];
            Some(Term { score, key, values, softmax })
        };
        let heads = attention.heads.iter().map(|head| &head.weights).zip(&column.heads);
        heads.map(term).collect::<Option<_>>().map(Self)
    }

    /// In each head the term with the largest score, as far as enclosures tell.
    #[must_use]
    pub fn largest(all: &[&Self]) -> Self
    where
        R: Clone,
    {
        let heads = all.first().map_or(0, |terms| terms.0.len());
        let head = |k: usize| {
            let terms = all.iter().filter_map(|terms| terms.0.get(k));
            let best = terms.reduce(|a, b| match (&a.score, &b.score) {
                (Some(one), Some(other)) if one.starts_below(other) => b,
                (None, Some(_)) => b,
                _ => a,
            });
            best.cloned()
        };
        Self((0..heads).filter_map(head).collect())
    }
}

impl<R: Real> Sums<R> {
    /// What one position adds, its weights relative to those of `reference`.
    ///
    /// `None` when a score is beyond the range of `exp`, an enclosure too wide, or an exact number irrational.
    #[must_use]
    pub fn of(terms: &Terms<R>, reference: &Terms<R>, p: Precision) -> Option<Self> {
        let head = |(term, reference): (&Term<R>, &Term<R>)| {
            if !term.softmax {
                return Some((None, term.values.clone()));
            }
            // equal scores give weight 1 exactly, whatever the scale
            let one = R::of(&integer(1), p)?;
            if term.key == reference.key {
                return Some((Some(one), term.values.clone()));
            }
            let weight = term.score.as_ref()?.minus(reference.score.as_ref()?)?.exp(p)?;
            let values = term.values.iter().map(|value| weight.times(value, p)).collect::<Option<_>>()?;
            Some((Some(weight), values))
        };
        Some(Self(terms.0.iter().zip(&reference.0).map(head).collect::<Option<_>>()?))
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
    after: Vec<NormMap<R>>,
    /// of the block whose first hidden units are probes
    layers: Vec<Map<R>>,
    /// its output, composed with the reading where nothing follows
    output: Option<Map<R>>,
    residual: bool,
    /// of the block
    block_after: Vec<NormMap<R>>,
    blocks: Vec<MlpMap<R>>,
    norm: Vec<NormMap<R>>,
    reading: Map<R>,
}

impl<R: Real> Tail<R> {
    /// `None` when a number does not fit.
    ///
    /// # Errors
    /// [`Rejection`] for a model too large for this precision.
    pub fn new(columns: &Columns<'_>, own: &Own, p: Precision) -> Result<Option<Self>, Rejection> {
        let (model, rest) = (columns.model(), columns.rest);
        super::softmax_maps::fits(model, p)?;
        let (reading, first) = (model.reading_map()?, rest.block(model));
        let later = model.blocks.iter().skip(if first.is_some() { 2 } else { 1 });
        let make = || {
            let block = first.map(|(block, _)| block);
            let norm = |norm: Option<&super::Norm>| NormMap::new(norm, p);
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
                output: match &columns.written {
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

    /// How many products it takes.
    #[must_use]
    pub fn work(&self) -> u64 {
        let maps = self.layers.iter().chain(&self.output).chain([&self.reading]).map(Map::work);
        maps.chain(self.blocks.iter().map(MlpMap::work)).fold(0, u64::saturating_add)
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
                normed(&self.block_after, &stream, p)?
            }
            _ => normed(&self.after, &probes, p)?,
        };
        for block in &self.blocks {
            stream = block.apply(&stream, p)?;
        }
        self.reading.apply(&normed(&self.norm, &stream, p)?, p)
    }
}
