//! From attention's numerators and denominators to the outputs, in enclosures.
//!
//! For a reader the state is `base + sum_k N_k / D_k`, where `N_k` and `D_k` are sums over positions. [`Sums`] holds
//! them, so that an enumeration adds one column a step. The attention weight of a column is taken relative to that of
//! the position read, `exp(s_j - s_own)`: `D_k >= 1` whatever the other tokens are.
//!
//! Without a norm after the attention only the *probes* of the state are kept: the pre-activations of the first
//! hidden layer and the outputs' direct part. With one the whole residual stream is.

use super::columns::{Column, Columns, Reader};
use super::{Enclosure, Interval, Precision};
use crate::algebra::MatrixOps;
use crate::kernel::Rejection;
use crate::kernel::definition::{Affine, Norm, SoftmaxTransformer};
use crate::kernel::number::{Matrix, Rational};
use num_traits::Zero;

/// An affine map in enclosures; zero weights are left out.
#[derive(Debug, Clone)]
pub(super) struct Map<E> {
    pub(super) rows: Vec<(Vec<(usize, E)>, E)>,
}

impl<E: Interval> Map<E> {
    fn new(precision: Precision, weight: &Matrix, bias: &[Rational]) -> Self {
        let row = |(entries, bias): (Vec<Rational>, &Rational)| {
            let entries = entries.iter().enumerate().filter(|(_, x)| !x.is_zero());
            let row = entries.map(|(j, x)| (j, E::enclose(x, precision))).collect();
            (row, E::enclose(bias, precision))
        };
        Self { rows: weight.to_rows().into_iter().zip(bias).map(row).collect() }
    }

    fn of(precision: Precision, map: &Affine) -> Self {
        let bias: Vec<Rational> = map.bias.iter().map(|entry| entry.0.clone()).collect();
        Self::new(precision, &map.weight, &bias)
    }

    fn apply(&self, precision: Precision, x: &[E]) -> Vec<E> {
        let row = |(entries, bias): &(Vec<(usize, E)>, E)| {
            let mut sum = bias.clone();
            for (weight, value) in entries.iter().filter_map(|(j, w)| Some((w, x.get(*j)?))) {
                sum.add(&weight.times(value, precision));
            }
            sum
        };
        self.rows.iter().map(row).collect()
    }
}

#[derive(Debug, Clone)]
pub(super) struct NormMap<E> {
    pub(super) weight: Vec<E>,
    pub(super) bias: Vec<E>,
    pub(super) eps: E,
}

impl<E: Interval> NormMap<E> {
    fn new(precision: Precision, norm: &Norm) -> Self {
        let list = |entries: &[crate::kernel::number::RationalText]| {
            entries.iter().map(|entry| E::enclose(&entry.0, precision)).collect()
        };
        Self {
            weight: list(&norm.weight),
            bias: list(&norm.bias),
            eps: E::enclose(&norm.eps.0, precision),
        }
    }

    /// `None` when the enclosures are too wide for the root or the division.
    fn apply(&self, p: Precision, x: &[E]) -> Option<Vec<E>> {
        let d = E::integer(u64::try_from(x.len()).ok()?, p);
        let sum = |values: &[E]| values.iter().fold(E::zero(), |sum, value| sum.plus(value));
        let mean = sum(x).divide(&d, p)?;
        let centred: Vec<E> = x.iter().map(|value| value.minus(&mean)).collect();
        let sigma = self.deviation(&centred, p)?;
        let scaled = centred
            .iter()
            .zip(&self.weight)
            .zip(&self.bias)
            .map(|((x, weight), bias)| Some(x.times(weight, p).divide(&sigma, p)?.plus(bias)));
        scaled.collect()
    }

    /// `sqrt(variance + eps)` of entries whose mean is taken off.
    pub(super) fn deviation(&self, centred: &[E], p: Precision) -> Option<E> {
        let d = E::integer(u64::try_from(centred.len()).ok()?, p);
        let mut squares = E::zero();
        for value in centred {
            // |x|^2 rather than x * x: the square of an interval around zero is not negative
            let size = value.abs();
            squares.add(&size.times(&size, p));
        }
        squares.divide(&d, p)?.plus(&self.eps).sqrt(p)
    }
}

/// The model after the attention.
#[derive(Debug, Clone)]
pub struct Backend<E = Enclosure> {
    pub(super) precision: Precision,
    pub(super) kind: Kind<E>,
}

#[derive(Debug, Clone)]
pub(super) enum Kind<E> {
    /// probes are `[W_1 r + b_1; W r + b + W b_out]`, `units` of the first kind
    Probes { units: usize, layers: Vec<Map<E>>, out: Map<E> },
    /// probes are the residual stream `r` before the norm that follows the attention
    Stream(Box<Stream<E>>),
}

#[derive(Debug, Clone)]
pub(super) struct Stream<E> {
    pub(super) after: Option<NormMap<E>>,
    pub(super) mlp: Option<NormMap<E>>,
    pub(super) readout: Option<NormMap<E>>,
    pub(super) layers: Vec<Map<E>>,
    pub(super) out: Map<E>,
    pub(super) reading: Map<E>,
}

impl Backend<Enclosure> {
    /// Whether the residual stream is normed, so that all of it is needed.
    fn is_normed(model: &SoftmaxTransformer) -> bool {
        let norms = &model.norms;
        norms.after_attention.is_some() || norms.mlp.is_some() || norms.readout.is_some()
    }

    /// The exact columns of `model`, in the probes that this room reads.
    ///
    /// # Errors
    /// [`Rejection`] when shapes do not fit, which a validated model's do.
    pub fn columns(model: &SoftmaxTransformer) -> Result<Columns<'_>, Rejection> {
        let d = model.dimension();
        if Self::is_normed(model) {
            return Columns::new(model, Matrix::identity(d), vec![Rational::zero(); d]);
        }
        let reading = model.reading_map()?;
        let mut rows = Vec::new();
        let mut constant = Vec::new();
        if let Some(first) = model.mlp.hidden.first() {
            rows.extend(first.weight.to_rows());
            constant.extend(first.bias.iter().map(|entry| entry.0.clone()));
        }
        rows.extend(reading.weight.to_rows());
        let written: Vec<Rational> =
            model.mlp.output.bias.iter().map(|entry| entry.0.clone()).collect();
        let written = reading.weight.mul_vec(&written)?;
        constant.extend(written.iter().zip(&reading.bias).map(|(x, bias)| x + &bias.0));
        Columns::new(model, Matrix::from_rows(d, rows)?, constant)
    }
}

impl<E: Interval> Backend<E> {
    /// # Errors
    /// As [`Backend::columns`].
    pub fn new(model: &SoftmaxTransformer, precision: Precision) -> Result<Self, Rejection> {
        if Backend::is_normed(model) {
            return Self::stream(model, precision);
        }
        let reading = model.reading_map()?;
        let out = reading.weight.mul(&model.mlp.output.weight)?;
        let kind = Kind::Probes {
            units: model.mlp.hidden.first().map_or(0, |layer| layer.weight.rows()),
            layers: model.mlp.hidden.iter().skip(1).map(|l| Map::of(precision, l)).collect(),
            out: Map::new(precision, &out, &vec![Rational::zero(); out.rows()]),
        };
        Ok(Self { precision, kind })
    }

    /// The same on the whole residual stream, norms or not.
    pub(super) fn stream(
        model: &SoftmaxTransformer,
        precision: Precision,
    ) -> Result<Self, Rejection> {
        let norm = |norm: &Option<Norm>| norm.as_ref().map(|norm| NormMap::new(precision, norm));
        let stream = Stream {
            after: norm(&model.norms.after_attention),
            mlp: norm(&model.norms.mlp),
            readout: norm(&model.norms.readout),
            layers: model.mlp.hidden.iter().map(|layer| Map::of(precision, layer)).collect(),
            out: Map::of(precision, &model.mlp.output),
            reading: Map::of(precision, &model.reading_map()?),
        };
        Ok(Self { precision, kind: Kind::Stream(Box::new(stream)) })
    }

    /// `y` from the probes; `None` when the enclosures are too wide for a norm.
    #[must_use]
    pub fn outputs(&self, probes: Vec<E>) -> Option<Vec<E>> {
        let p = self.precision;
        let relu = |mut values: Vec<E>| {
            values.iter_mut().for_each(|value| *value = value.relu());
            values
        };
        match &self.kind {
            Kind::Probes { units, layers, out } => {
                let mut hidden = probes;
                let direct = hidden.split_off((*units).min(hidden.len()));
                hidden = relu(hidden);
                for layer in layers {
                    hidden = relu(layer.apply(p, &hidden));
                }
                let written = out.apply(p, &hidden);
                Some(direct.iter().zip(&written).map(|(a, b)| a.plus(b)).collect())
            }
            Kind::Stream(stream) => {
                let Stream { after, mlp, readout, layers, out, reading } = stream.as_ref();
                let normed = |norm: &Option<NormMap<E>>, x: Vec<E>| match norm {
                    Some(norm) => norm.apply(p, &x),
                    None => Some(x),
                };
                let stream = normed(after, probes)?;
                let mut hidden = normed(mlp, stream.clone())?;
                for layer in layers {
                    hidden = relu(layer.apply(p, &hidden));
                }
                let written = out.apply(p, &hidden);
                let stream: Vec<E> = stream.iter().zip(&written).map(|(a, b)| a.plus(b)).collect();
                Some(reading.apply(p, &normed(readout, stream)?))
            }
        }
    }
}

/// Running sums of every head: the denominator and the numerators `[probe]`.
#[derive(Debug, Clone)]
pub struct Sums<E = Enclosure>(pub(super) Vec<Head<E>>);

/// A denominator and its numerators.
pub(super) type Head<E> = (E, Vec<E>);

impl Sums<Enclosure> {
    /// What one position with `column` adds, its weight relative to that of the position read, `own`.
    ///
    /// `None` when a score is beyond the range of `exp`, or an enclosure too wide.
    #[must_use]
    pub fn of(
        column: &Column,
        own: &Column,
        reader: &Reader,
        scale: &Rational,
        precision: Precision,
    ) -> Option<Self> {
        let root = |square: &Rational| precision.sqrt(&precision.enclose(square));
        let (sigma, own_sigma) = (root(&column.spread)?, root(&own.spread)?);
        let (reader_sigma, scale) = (root(&reader.spread)?, root(scale)?);
        let score = |alpha: &Rational, beta: &Rational, sigma: &Enclosure| {
            let slope = precision.divide(&precision.enclose(alpha), &reader_sigma)?;
            precision.divide(&slope.plus(&precision.enclose(beta)), sigma)
        };
        let heads = column.heads.iter().zip(&own.heads).map(|(head, own_head)| {
            let difference = if column.spread == own.spread {
                // subtracted as rationals: equal scores give weight 1 exactly
                score(&(&head.alpha - &own_head.alpha), &(&head.beta - &own_head.beta), &sigma)?
            } else {
                let other = score(&own_head.alpha, &own_head.beta, &own_sigma)?;
                score(&head.alpha, &head.beta, &sigma)?.minus(&other)
            };
            let weight = precision.exp(&precision.divide(&difference, &scale)?)?;
            let factor = precision.divide(&weight, &sigma)?;
            let value = |value: &Rational| match value.is_zero() {
                true => Enclosure::zero(),
                false => precision.times(&factor, &precision.enclose(value)),
            };
            Some((weight, head.values.iter().map(value).collect()))
        });
        Some(Self(heads.collect::<Option<_>>()?))
    }

    /// The same at `bits` fewer binary places.
    #[must_use]
    pub fn coarser<E: Interval>(&self, bits: u32) -> Sums<E> {
        let end = |x: &Enclosure| E::of(&x.coarser(bits));
        let head = |(total, values): &Head<Enclosure>| {
            (end(total), values.iter().map(end).collect::<Vec<E>>())
        };
        Sums(self.0.iter().map(head).collect())
    }

    /// How many bits the largest end has.
    #[must_use]
    pub fn bits(&self) -> u64 {
        let all = self.0.iter().flat_map(|(total, values)| values.iter().chain([total]));
        all.map(Enclosure::bits).max().unwrap_or(0)
    }
}

impl<E: Interval> Sums<E> {
    /// The same numbers, in the room that there is.
    pub fn copy(&mut self, from: &Self) {
        self.0.clone_from(&from.0);
    }

    /// The smallest bounds of both.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        let head = |((total, values), (weight, others)): (&Head<E>, &Head<E>)| {
            let values = values.iter().zip(others).map(|(a, b)| a.hull(b)).collect();
            (total.hull(weight), values)
        };
        Self(self.0.iter().zip(&other.0).map(head).collect())
    }

    /// `self + count * column`
    pub fn add(&mut self, column: &Self, count: u64) {
        for ((total, values), (weight, column)) in self.0.iter_mut().zip(&column.0) {
            if count == 1 {
                total.add(weight);
                values.iter_mut().zip(column).for_each(|(sum, value)| sum.add(value));
            } else {
                total.add(&weight.times_count(count));
                for (sum, value) in values.iter_mut().zip(column) {
                    sum.add(&value.times_count(count));
                }
            }
        }
    }

    /// `base + sum_k N_k / D_k`; `None` when a denominator's enclosure contains zero.
    #[must_use]
    pub fn probes(&self, base: &[E], precision: Precision) -> Option<Vec<E>> {
        let mut probes = base.to_vec();
        for (total, values) in &self.0 {
            let (inverse, places) = total.inverse(precision)?;
            for (probe, value) in probes.iter_mut().zip(values) {
                probe.add(&inverse.times(value, places));
            }
        }
        Some(probes)
    }
}
