//! The parts of a softmax model as maps of real numbers, enclosed or exact: affine maps, norms, activations, blocks.
//!
//! `None` is an answer that these numbers do not give: a word that overflows, an enclosure too wide to divide by, an exact
//! number that is irrational.

use super::{ActivatedMlp, Activation, Affine, Block, Norm, NormKind, Part, SoftmaxTransformer};
use crate::number::{Precision, Rational, RationalText, Real, integer, ratio};
use crate::rejection::{Rejection, need};
use num::Zero;

/// What the numbers of a model may take in memory, in bits.
const MAX_BITS: u64 = 1 << 31;

/// Refuses a model whose numbers do not fit into memory at this precision.
///
/// # Errors
/// [`Rejection::Wrong`].
pub(super) fn fits(model: &SoftmaxTransformer, p: Precision) -> Result<(), Rejection> {
    let map = |map: &Affine| map.weight.entries().count();
    let mut numbers = model.embedding.entries().count();
    numbers = numbers.saturating_add(model.positions.as_ref().map_or(0, |positions| positions.entries().count()));
    for block in &model.blocks {
        numbers = numbers.saturating_add(match &block.part {
            Part::Mlp(mlp) => mlp.hidden.iter().chain([&mlp.output]).map(map).sum(),
            Part::Attention(attention) => {
                let scores = |head: &super::SoftmaxHead| {
                    head.weights.scores().map_or(0, |scores| map(&scores.query).saturating_add(map(&scores.key)))
                };
                let head = |head: &super::SoftmaxHead| {
                    scores(head).saturating_add(map(&head.value)).saturating_add(head.output.entries().count())
                };
                attention.heads.iter().map(head).sum()
            }
        });
    }
    let bits = u64::from(p.0).saturating_mul(2).saturating_add(512);
    let needed = u64::try_from(numbers).unwrap_or(u64::MAX).saturating_mul(bits);
    let found = format!("{numbers} numbers");
    need(needed <= MAX_BITS, format!("model with {} bits", p.0), "numbers that fit into memory", found)
}

pub(super) fn enclosed<'a, R: Real>(numbers: impl IntoIterator<Item = &'a Rational>, p: Precision) -> Option<Vec<R>> {
    numbers.into_iter().map(|x| R::of(x, p)).collect()
}

pub(super) fn list<R: Real>(numbers: &[RationalText], p: Precision) -> Option<Vec<R>> {
    enclosed(numbers.iter().map(|entry| &entry.0), p)
}

/// `x + y`
pub(super) fn sum<R: Real>(x: &[R], y: &[R]) -> Option<Vec<R>> {
    x.iter().zip(y).map(|(x, y)| x.plus(y)).collect()
}

/// `x . y`
pub(super) fn dot<R: Real>(x: &[R], y: &[R], p: Precision) -> Option<R> {
    x.iter().zip(y).try_fold(R::of(&Rational::zero(), p)?, |sum, (x, y)| sum.plus(&x.times(y, p)?))
}

/// An affine map; zero weights are left out.
pub(crate) struct Map<R>(Vec<(Vec<(usize, R)>, R)>);

impl<R: Real> Map<R> {
    pub(crate) fn new(map: &Affine, p: Precision) -> Option<Self> {
        let rows = map.weight.list().iter().zip(map.bias.iter().map(|bias| &bias.0));
        Self::of_rows(rows, p)
    }

    /// Without a bias.
    pub(crate) fn linear(matrix: &crate::number::Matrix, p: Precision) -> Option<Self> {
        let zero = Rational::zero();
        Self::of_rows(matrix.list().iter().map(|row| (row, &zero)), p)
    }

    fn of_rows<'a>(rows: impl Iterator<Item = (&'a Vec<Rational>, &'a Rational)>, p: Precision) -> Option<Self> {
        let row = |(row, bias): (&Vec<Rational>, &Rational)| {
            let entries = row.iter().enumerate().filter(|(_, x)| !x.is_zero());
            Some((entries.map(|(j, x)| Some((j, R::of(x, p)?))).collect::<Option<_>>()?, R::of(bias, p)?))
        };
        rows.map(row).collect::<Option<_>>().map(Self)
    }

    pub(crate) fn apply(&self, x: &[R], p: Precision) -> Option<Vec<R>> {
        let row = |(entries, bias): &(Vec<(usize, R)>, R)| {
            entries.iter().try_fold(bias.clone(), |sum, (j, weight)| sum.plus(&weight.times(x.get(*j)?, p)?))
        };
        self.0.iter().map(row).collect()
    }

    /// How many products it takes.
    pub(super) fn work(&self) -> u64 {
        self.0.iter().map(|(entries, _)| u64::try_from(entries.len()).unwrap_or(u64::MAX)).fold(1, u64::saturating_add)
    }
}

pub(super) struct NormMap<R> {
    kind: NormKind,
    weight: Vec<R>,
    bias: Vec<R>,
    eps: R,
}

impl<R: Real> NormMap<R> {
    /// The norm, where there is one: none, or one.
    pub(super) fn new(norm: Option<&Norm>, p: Precision) -> Option<Vec<Self>> {
        let one = |Norm { kind, weight, bias, eps }: &Norm| {
            Some(Self { kind: *kind, weight: list(weight, p)?, bias: list(bias, p)?, eps: R::of(&eps.0, p)? })
        };
        norm.map(one).into_iter().collect()
    }

    fn apply(&self, x: &[R], p: Precision) -> Option<Vec<R>> {
        let d = R::of(&Rational::from_integer(x.len().into()), p)?;
        let zero = R::of(&Rational::zero(), p)?;
        let centred = match self.kind {
            NormKind::Rms => x.to_vec(),
            NormKind::Layer => {
                let mean = x.iter().try_fold(zero.clone(), |sum, x| sum.plus(x))?.over(&d, p)?;
                x.iter().map(|x| x.minus(&mean)).collect::<Option<_>>()?
            }
        };
        let squares = centred.iter().try_fold(zero, |sum, x| sum.plus(&x.square(p)?))?;
        let sigma = squares.over(&d, p)?.plus(&self.eps)?.root(p)?;
        let entries = centred.iter().zip(&self.weight).zip(&self.bias);
        entries.map(|((x, weight), bias)| x.times(weight, p)?.over(&sigma, p)?.plus(bias)).collect()
    }
}

/// The identity without a norm; there is at most one.
pub(super) fn normed<R: Real>(norm: &[NormMap<R>], x: &[R], p: Precision) -> Option<Vec<R>> {
    norm.first().map_or_else(|| Some(x.to_vec()), |norm| norm.apply(x, p))
}

pub(super) fn activate<R: Real>(activation: Activation, x: &[R], p: Precision) -> Option<Vec<R>> {
    // x (1 + T) / 2
    let gate = |x: &R, t: &R| {
        let half = R::of(&ratio(1, 2), p)?;
        x.times(&R::of(&integer(1), p)?.plus(t)?.times(&half, p)?, p)
    };
    let one = |x: &R| match activation {
        Activation::Identity => Some(x.clone()),
        Activation::Relu => x.relu(p),
        Activation::Gelu => {
            let argument = if is_zero(x, p) { x.clone() } else { x.over(&R::of(&integer(2), p)?.root(p)?, p)? };
            gate(x, &argument.erf(p)?)
        }
        Activation::GeluTanh => {
            let cube = x.square(p)?.times(x, p)?.times(&R::of(&ratio(44_715, 1_000_000), p)?, p)?;
            let argument = if is_zero(x, p) {
                x.clone()
            } else {
                let factor = R::of(&integer(2), p)?.over(&R::from_enclosure(&p.pi()?)?, p)?.root(p)?;
                x.plus(&cube)?.times(&factor, p)?
            };
            gate(x, &argument.tanh(p)?)
        }
        Activation::Silu => gate(x, &x.times(&R::of(&ratio(1, 2), p)?, p)?.tanh(p)?),
    };
    x.iter().map(one).collect()
}

/// Whether it is certainly zero.
pub(super) fn is_zero<R: Real>(x: &R, p: Precision) -> bool {
    let enclosure = x.enclosed(p);
    enclosure.lo.is_zero() && enclosure.hi.is_zero()
}

/// A block that works at each position alone.
pub(super) struct MlpMap<R> {
    before: Vec<NormMap<R>>,
    activation: Activation,
    hidden: Vec<Map<R>>,
    output: Map<R>,
    residual: bool,
    after: Vec<NormMap<R>>,
}

impl<R: Real> MlpMap<R> {
    pub(super) fn new(block: &Block, mlp: &ActivatedMlp, p: Precision) -> Option<Self> {
        Some(Self {
            before: NormMap::new(block.before.as_ref(), p)?,
            activation: mlp.activation,
            hidden: mlp.hidden.iter().map(|layer| Map::new(layer, p)).collect::<Option<_>>()?,
            output: Map::new(&mlp.output, p)?,
            residual: block.residual,
            after: NormMap::new(block.after.as_ref(), p)?,
        })
    }

    /// The stream afterwards.
    pub(super) fn apply(&self, x: &[R], p: Precision) -> Option<Vec<R>> {
        let mut hidden = normed(&self.before, x, p)?;
        for layer in &self.hidden {
            hidden = activate(self.activation, &layer.apply(&hidden, p)?, p)?;
        }
        let written = self.output.apply(&hidden, p)?;
        let stream = if self.residual { sum(x, &written)? } else { written };
        normed(&self.after, &stream, p)
    }

    /// How many products it takes.
    pub(super) fn work(&self) -> u64 {
        self.hidden.iter().map(Map::work).fold(self.output.work(), u64::saturating_add)
    }
}
