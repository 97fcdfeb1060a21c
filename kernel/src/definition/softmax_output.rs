//! From the sums of columns to the outputs, and whether they are the answer, in enclosures or exactly.
//!
//! The residual stream after the attention is `base + sum_k N_k / D_k`, where `N_k` and `D_k` are sums over positions. [`Sums`]
//! holds them, so that an enumeration adds one column a step. The attention weight of a column is taken relative to that
//! of the position read, `exp(s_j - s_own)`: `D_k >= 1` whatever the other tokens are. [`Pass`] is the rest of the model.

use super::{Affine, Column, Columns, Norm, Reader, Reading, SoftmaxTransformer, Token};
use crate::number::{Enclosure, Precision, Rational, RationalText, Real, ratio};
use crate::rejection::{Clock, Rejection};
use num::Zero;

/// Running sums of every head: the denominator and the numerators `[d]`.
#[derive(Debug, Clone)]
pub struct Sums<R>(pub Vec<HeadSums<R>>);

/// A denominator and its numerators.
pub type HeadSums<R> = (R, Vec<R>);

impl<R: Real> Sums<R> {
    /// What one position with `column` adds, its weight relative to that of the position read, `own`.
    ///
    /// `None` when a score is beyond the range of `exp`, an enclosure too wide, or an exact number irrational.
    #[must_use]
    pub fn of(column: &Column, own: &Column, reader: &Reader, scale: &Rational, p: Precision) -> Option<Self> {
        let of = |x: &Rational| R::of(x, p);
        let root = |square: &Rational| of(square)?.root(p);
        let score = |alpha: &Rational, beta: &Rational, spread: &Rational| {
            of(alpha)?.over(&root(&reader.spread.0)?, p)?.plus(&of(beta)?)?.over(&root(spread)?, p)
        };
        let head = |(head, own_head): (&super::HeadColumn, &super::HeadColumn)| {
            let same = column.spread == own.spread;
            let weight = if same && (&head.alpha, &head.beta) == (&own_head.alpha, &own_head.beta) {
                // equal scores give weight 1 exactly, whatever the scale
                of(&ratio(1, 1))?
            } else {
                let difference = if same {
                    score(&(&head.alpha.0 - &own_head.alpha.0), &(&head.beta.0 - &own_head.beta.0), &own.spread.0)?
                } else {
                    let other = score(&own_head.alpha.0, &own_head.beta.0, &own.spread.0)?;
                    score(&head.alpha.0, &head.beta.0, &column.spread.0)?.minus(&other)?
                };
                difference.over(&root(scale)?, p)?.exp(p)?
            };
            let factor = weight.over(&root(&column.spread.0)?, p)?;
            let values = head.values.iter().map(|value| factor.times(&of(&value.0)?, p));
            Some((weight, values.collect::<Option<Vec<R>>>()?))
        };
        Some(Self(column.heads.iter().zip(&own.heads).map(head).collect::<Option<_>>()?))
    }

    /// `self += count * column`
    pub fn add(&mut self, column: &Self, count: u64) -> Option<()> {
        for ((total, values), (weight, others)) in self.0.iter_mut().zip(&column.0) {
            *total = total.plus(&weight.times_count(count)?)?;
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
            Some((total.hull(weight)?, values))
        };
        Some(Self(self.0.iter().zip(&other.0).map(head).collect::<Option<_>>()?))
    }
}

/// An affine map; zero weights are left out.
struct Map<R>(Vec<(Vec<(usize, R)>, R)>);

impl<R: Real> Map<R> {
    fn new(map: &Affine, p: Precision) -> Option<Self> {
        let row = |(row, bias): (&Vec<Rational>, &RationalText)| {
            let entries = row.iter().enumerate().filter(|(_, x)| !x.is_zero());
            Some((entries.map(|(j, x)| Some((j, R::of(x, p)?))).collect::<Option<_>>()?, R::of(&bias.0, p)?))
        };
        map.weight.list().iter().zip(&map.bias).map(row).collect::<Option<_>>().map(Self)
    }

    fn apply(&self, x: &[R], p: Precision) -> Option<Vec<R>> {
        let row = |(entries, bias): &(Vec<(usize, R)>, R)| {
            entries.iter().try_fold(bias.clone(), |sum, (j, weight)| sum.plus(&weight.times(x.get(*j)?, p)?))
        };
        self.0.iter().map(row).collect()
    }
}

struct NormMap<R> {
    weight: Vec<R>,
    bias: Vec<R>,
    eps: R,
}

impl<R: Real> NormMap<R> {
    fn new(norm: &Norm, p: Precision) -> Option<Self> {
        let list =
            |entries: &[RationalText]| entries.iter().map(|entry| R::of(&entry.0, p)).collect::<Option<Vec<R>>>();
        Some(Self { weight: list(&norm.weight)?, bias: list(&norm.bias)?, eps: R::of(&norm.eps.0, p)? })
    }

    fn apply(&self, x: &[R], p: Precision) -> Option<Vec<R>> {
        let d = R::of(&Rational::from_integer(x.len().into()), p)?;
        let zero = R::of(&Rational::zero(), p)?;
        let mean = x.iter().try_fold(zero.clone(), |sum, x| sum.plus(x))?.over(&d, p)?;
        let centred: Vec<R> = x.iter().map(|x| x.minus(&mean)).collect::<Option<_>>()?;
        let squares = centred.iter().try_fold(zero, |sum, x| sum.plus(&x.square(p)?))?;
        let sigma = squares.over(&d, p)?.plus(&self.eps)?.root(p)?;
        let entries = centred.iter().zip(&self.weight).zip(&self.bias);
        entries.map(|((x, weight), bias)| x.times(weight, p)?.over(&sigma, p)?.plus(bias)).collect()
    }
}

/// The model after the attention, ready to be applied.
pub struct Pass<R> {
    precision: Precision,
    base: Vec<R>,
    /// after the attention, before the MLP, before the readout
    norms: [Option<NormMap<R>>; 3],
    layers: Vec<Map<R>>,
    out: Map<R>,
    reading: Map<R>,
}

impl<R: Real> Pass<R> {
    /// `None` when a number does not fit.
    ///
    /// # Errors
    /// None for a validated model.
    pub fn new(model: &SoftmaxTransformer, reader: &Reader, p: Precision) -> Result<Option<Self>, Rejection> {
        let reading = model.reading_map()?;
        let norm = |norm: &Option<Norm>| match norm {
            Some(norm) => NormMap::new(norm, p).map(Some),
            None => Some(None),
        };
        let make = || {
            Some(Self {
                precision: p,
                base: reader.base.iter().map(|x| R::of(&x.0, p)).collect::<Option<_>>()?,
                norms: [norm(&model.norms.after_attention)?, norm(&model.norms.mlp)?, norm(&model.norms.readout)?],
                layers: model.mlp.hidden.iter().map(|layer| Map::new(layer, p)).collect::<Option<_>>()?,
                out: Map::new(&model.mlp.output, p)?,
                reading: Map::new(&reading, p)?,
            })
        };
        Ok(make())
    }

    /// `y`, one entry a choice; `None` when a number does not fit or an enclosure is too wide.
    #[must_use]
    pub fn outputs(&self, sums: &Sums<R>) -> Option<Vec<R>> {
        let p = self.precision;
        let mut stream = self.base.clone();
        for (total, values) in &sums.0 {
            for (entry, value) in stream.iter_mut().zip(values) {
                *entry = entry.plus(&value.over(total, p)?)?;
            }
        }
        let [after, mlp, readout] = &self.norms;
        let normed = |norm: &Option<NormMap<R>>, x: &Vec<R>| {
            norm.as_ref().map_or_else(|| Some(x.clone()), |norm| norm.apply(x, p))
        };
        let stream = normed(after, &stream)?;
        let mut hidden = normed(mlp, &stream)?;
        for layer in &self.layers {
            hidden = layer.apply(&hidden, p)?.iter().map(|x| x.relu(p)).collect::<Option<_>>()?;
        }
        let written = self.out.apply(&hidden, p)?;
        let stream = stream.iter().zip(&written).map(|(a, b)| a.plus(b)).collect::<Option<Vec<R>>>()?;
        self.reading.apply(&normed(readout, &stream)?, p)
    }
}

/// Whether an output is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// its margin is above zero, or every choice is the answer
    Right,
    /// its margin is not above zero (ties have no winner), or no choice is the answer
    Wrong,
    /// not with these enclosures
    Open,
}

/// The margin of outputs `y`, with the judgement: for a number `1/2 - |y - answer|`, for an arg max the answer's largest entry
/// less the largest of the others. No margin when all choices, or none, are the answer.
#[must_use]
pub fn margin<R: Real>(y: &[R], reading: &Reading, answer: u64, p: Precision) -> (Judged, Option<R>) {
    let margin = match reading {
        Reading::Number { .. } => y.first().and_then(|y| {
            let error = y.minus(&R::of(&Rational::from_integer(answer.into()), p)?)?.size(p)?;
            R::of(&ratio(1, 2), p)?.minus(&error)
        }),
        Reading::ArgMax { answers, .. } => {
            let largest = |is_answer: bool| {
                let entries = y.iter().zip(answers).filter(|(_, other)| (**other == answer) == is_answer);
                entries.map(|(y, _)| y.clone()).reduce(|a, b| a.larger(&b))
            };
            match (largest(true), largest(false)) {
                (Some(right), Some(other)) => right.minus(&other),
                (Some(_), None) => return (Judged::Right, None),
                (None, _) => return (Judged::Wrong, None),
            }
        }
    };
    let judged = match margin.as_ref().and_then(Real::above_zero) {
        Some(true) => Judged::Right,
        Some(false) => Judged::Wrong,
        None => Judged::Open,
    };
    (judged, margin)
}

/// Judges one input with as many bits as it needs, at most `most`; exactly where all scores are equal and there is no norm,
/// since then even a tie is certain. With the outputs in the enclosures that decided.
///
/// # Errors
/// [`Rejection`] for a token, length or position that the model does not have.
pub fn judge(
    model: &SoftmaxTransformer,
    sequence: &[Token],
    position: usize,
    answer: u64,
    most: Precision,
    clock: &Clock<'_>,
) -> Result<(Judged, Precision, Vec<Enclosure>), Rejection> {
    let columns = Columns::new(model, clock)?;
    let query = sequence.get(position).map_or(usize::MAX, |token| token.0);
    let reader = columns.reader(position, query, clock)?;
    let own = columns.site(Some((position, query)), clock)?.column(&reader)?;
    let mut all: Vec<(Column, u64)> = Vec::new();
    if model.bos.is_some() {
        all.push((columns.site(None, clock)?.column(&reader)?, 1));
    }
    for (i, token) in sequence.iter().enumerate() {
        clock.spend(16)?;
        let column = columns.site(Some((i, token.0)), clock)?.column(&reader)?;
        match all.iter_mut().find(|(known, _)| *known == column) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => all.push((column, 1)),
        }
    }
    let all: Vec<(&Column, u64)> = all.iter().map(|(column, count)| (column, *count)).collect();
    let inputs = (&reader, &own, all.as_slice());
    let mut p = Precision(64);
    loop {
        let (judged, _, y) = attempt::<Enclosure>(model, inputs, answer, p, clock)?;
        let exact = match judged {
            Judged::Open if model.norms.is_empty() => attempt::<Rational>(model, inputs, answer, p, clock)?.0,
            judged => judged,
        };
        let next = Precision(p.0.saturating_mul(2));
        if exact != Judged::Open || next > most {
            return Ok((exact, p, y.iter().map(|y| y.enclosed(p)).collect()));
        }
        p = next;
    }
}

/// Who reads, the column of the position that is read, and all columns with how often each occurs.
type Inputs<'a> = (&'a Reader, &'a Column, &'a [(&'a Column, u64)]);

/// Judges one input at one precision: with its margin, if it has one, and the outputs.
///
/// # Errors
/// None for a validated model, but [`Rejection::Stopped`].
pub fn attempt<R: Real>(
    model: &SoftmaxTransformer,
    (reader, own, all): Inputs<'_>,
    answer: u64,
    p: Precision,
    clock: &Clock<'_>,
) -> Result<(Judged, Option<R>, Vec<R>), Rejection> {
    let mut sums: Option<Sums<R>> = None;
    for (column, count) in all {
        clock.spend(u64::from(p.0))?;
        let Some(added) = Sums::of(column, own, reader, &model.scale.0, p) else {
            return Ok((Judged::Open, None, Vec::new()));
        };
        // the first column starts the sums
        let known = sums.is_some();
        let total = sums.get_or_insert_with(|| added.clone());
        if total.add(&added, if known { *count } else { count.saturating_sub(1) }).is_none() {
            return Ok((Judged::Open, None, Vec::new()));
        }
    }
    let pass = Pass::new(model, reader, p)?;
    let Some(y) = pass.zip(sums).and_then(|(pass, sums)| pass.outputs(&sums)) else {
        return Ok((Judged::Open, None, Vec::new()));
    };
    let (judged, margin) = margin(&y, &model.reading, answer, p);
    Ok((judged, margin, y))
}
