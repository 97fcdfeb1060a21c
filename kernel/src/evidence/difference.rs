//! How far two softmax models are apart on the same inputs, all of them or drawn at random.
//!
//! The distance is `|y - y'|` of two numbers, and that of the answers of two arg maxes; in a tie each of the answers may be the one. Outputs
//! agree where both round to the same integer (a half goes up), or decode to the same answer.

use super::drawing::Drawn;
use super::enumeration::Enumeration;
use super::evaluator::{Evaluator, PLACES, length_of, rounded};
use super::joined::{Found, each_input, in_order};
use crate::definition::SoftmaxTransformer;
use crate::number::{Enclosure, Rational, Real, divide};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigInt, BigUint, One};
use std::mem::discriminant;

/// What was found of some inputs.
#[derive(Debug, Clone, Default)]
pub struct Distances {
    /// how many inputs there are
    pub inputs: BigUint,
    /// on which the models agree
    pub agree: BigUint,
    /// on which that is too close to call
    pub open: BigUint,
    /// the sum of all distances, and of those of the first model from the constant
    sums: [Ends; 2],
    /// the largest distance
    largest: Ends,
}

/// Bounds with the places of [`PLACES`].
type Ends = (BigInt, BigInt);

impl Distances {
    /// Bounds of the mean distance, of that of the first model from the constant, and of the largest distance; of no inputs all are 0.
    #[must_use]
    pub fn bounds(&self) -> [(Rational, Rational); 3] {
        let [sum, from_constant] = &self.sums;
        let one = BigUint::one();
        [(sum, &self.inputs), (from_constant, &self.inputs), (&self.largest, &one)].map(|((lo, hi), inputs)| {
            let (lo, hi) = PLACES.ends(&Enclosure { lo: lo.clone(), hi: hi.clone() });
            let over = |sum: &Rational| divide(sum, &Rational::from_integer(inputs.clone().into())).unwrap_or_default();
            (over(&lo), over(&hi))
        })
    }
}

impl Found for Distances {
    fn merge(&mut self, later: Self) -> Result<(), Rejection> {
        self.inputs += later.inputs;
        self.agree += later.agree;
        self.open += later.open;
        for (sum, more) in self.sums.iter_mut().zip(later.sums) {
            *sum = (&sum.0 + more.0, &sum.1 + more.1);
        }
        let ((lo, hi), largest) = (later.largest, &mut self.largest);
        *largest = (lo.max(std::mem::take(&mut largest.0)), hi.max(std::mem::take(&mut largest.1)));
        Ok(())
    }
}

/// Two models at one length, and a constant beside the first.
pub struct Differences<'a> {
    models: [Evaluator<'a>; 2],
    constant: Enclosure,
    length: usize,
}

impl<'a> Differences<'a> {
    /// # Errors
    /// [`Rejection`] for a length that a model does not have, models that are not asked alike, too large a one, or of the clock.
    pub fn new(
        [model, other]: [&'a SoftmaxTransformer; 2],
        constant: &Rational,
        n: u64,
        clock: &Clock<'_>,
    ) -> Result<Self, Rejection> {
        let length = length_of(model, n)?;
        length_of(other, n)?;
        expect("data.difference.other: tokens", model.vocabulary(), other.vocabulary())?;
        let alike = |same: bool, name: &str| {
            need(same, format!("data.difference.other.{name}"), "that of the model", "another")
        };
        alike(discriminant(&model.reading) == discriminant(&other.reading), "reading")?;
        alike(model.read_at == other.read_at, "read_at")?;
        let models = [Evaluator::new(model, length, clock)?, Evaluator::new(other, length, clock)?];
        Ok(Self { models, constant: PLACES.enclose(constant), length })
    }

    /// The inputs that are drawn, on all threads; before an error, those of a beginning without gaps.
    ///
    /// # Errors
    /// [`Rejection`] for inputs that cannot be drawn.
    pub fn drawn(&self, drawn: &Drawn, clock: &Clock<'_>) -> Result<(Distances, Result<(), Rejection>), Rejection> {
        let [Evaluator { model, .. }, _] = &self.models;
        drawn.fits("params.inputs.drawn", model)?;
        Ok(each_input(clock, drawn.estimate, |index, found, clock| {
            let (sequence, position) = drawn.input(model, self.length, index);
            self.measure(&sequence, position, &BigUint::one(), found, clock)
        }))
    }

    /// All inputs, on all threads: every count vector where order makes no difference to either model, every sequence else.
    pub fn all(&self, clock: &Clock<'_>) -> (Distances, Result<(), Rejection>) {
        let [Evaluator { model, .. }, Evaluator { model: other, .. }] = &self.models;
        let by_counts = model.ignores_order() && other.ignores_order();
        let all = Enumeration::new(model.vocabulary(), self.length, by_counts);
        in_order(clock, all.parts(), |part, clock| {
            let mut found = Distances::default();
            all.run(part, clock, |visited| {
                let mut read = visited.read(model.read_at).into_iter();
                read.try_for_each(|(at, ways)| self.measure(visited.sequence, at, &ways, &mut found, clock))
            })?;
            Ok(found)
        })
    }

    fn measure(
        &self,
        sequence: &[usize],
        position: usize,
        ways: &BigUint,
        found: &mut Distances,
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        let [model, other] = &self.models;
        let (y, other) = (model.value(sequence, position, clock)?, other.value(sequence, position, clock)?);
        let ((first, last), (other_first, other_last)) = (rounded(&y), rounded(&other));
        let mut one = Distances { inputs: ways.clone(), ..Distances::default() };
        if first == last && last == other_first && other_first == other_last {
            one.agree = ways.clone();
        } else if first <= other_last && other_first <= last {
            one.open = ways.clone();
        }
        one.largest = distance(&y, &other)?;
        let weight = BigInt::from(ways.clone());
        let weighted = |(lo, hi): &Ends| (lo * &weight, hi * &weight);
        one.sums = [weighted(&one.largest), weighted(&distance(&y, &self.constant)?)];
        found.merge(one)
    }
}

/// Bounds of `|a - b|`.
fn distance(a: &Enclosure, b: &Enclosure) -> Result<Ends, Rejection> {
    let size = a.minus(b).and_then(|difference| difference.size(PLACES));
    let Enclosure { lo, hi } = size.ok_or_else(|| wrong("model: an output", "a number within range", "another"))?;
    Ok((lo.max(BigInt::ZERO), hi))
}
