//! Inputs drawn at random, each judged in enclosures: how many are right, and how far the outputs are from the answers.

use super::drawing::Drawn;
use super::evaluator::{Evaluator, PLACES, possible, rescaled};
use super::joined::{Found, each_input};
use super::survey::Asking;
use super::tree::MOST_BITS;
use crate::definition::{Judged, Question, Reading, SoftmaxTransformer, Token, judge};
use crate::number::{Enclosure, Precision, Rational, RationalText, Real, integer};
use crate::rejection::{Clock, Rejection, need, wrong};
use num::{BigInt, Signed};
use std::collections::BTreeMap;

/// Different answers of a sample.
const MAX_ANSWERS: usize = 1 << 12;

/// What was found of the inputs of a sample.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// inputs that are right
    pub right: u64,
    /// inputs that are not decided
    pub open: u64,
    /// inputs whose output, rounded or decoded, is certainly within 1 of the answer
    pub within_one: u64,
    /// by the answer: inputs, and those that are right
    pub answers: BTreeMap<RationalText, (u64, u64)>,
    /// the first that is wrong, by its number
    pub first_wrong: Option<u64>,
    /// the sum of `|output - answer|`, with the places of [`PLACES`]
    error: (BigInt, BigInt),
}

impl Marks {
    /// How many inputs there are.
    #[must_use]
    pub fn sampled(&self) -> u64 {
        self.answers.values().map(|(sampled, _)| *sampled).fold(0, u64::saturating_add)
    }

    /// Bounds of the sum of all distances from the answers.
    #[must_use]
    pub fn error(&self) -> (Rational, Rational) {
        PLACES.ends(&Enclosure { lo: self.error.0.clone(), hi: self.error.1.clone() })
    }
}

impl Found for Marks {
    fn merge(&mut self, later: Self) -> Result<(), Rejection> {
        self.right = self.right.saturating_add(later.right);
        self.open = self.open.saturating_add(later.open);
        self.within_one = self.within_one.saturating_add(later.within_one);
        for (answer, (sampled, right)) in later.answers {
            let known = self.answers.entry(answer).or_default();
            *known = (known.0.saturating_add(sampled), known.1.saturating_add(right));
        }
        self.first_wrong = self.first_wrong.or(later.first_wrong);
        self.error.0 += later.error.0;
        self.error.1 += later.error.1;
        need(self.answers.len() <= MAX_ANSWERS, "params.task", format!("at most {MAX_ANSWERS} answers"), "more")
    }
}

/// A model whose inputs are drawn.
pub struct Sampler<'a> {
    asking: Asking<'a>,
    length: usize,
    drawn: Drawn,
    evaluator: Evaluator<'a>,
}

impl<'a> Sampler<'a> {
    /// # Errors
    /// [`Rejection`] for a length that the model does not have, inputs that cannot be drawn, too large a model, or of the clock.
    pub fn new(
        model: &'a SoftmaxTransformer,
        question: &'a Question,
        tolerance: &'a Rational,
        n: u64,
        drawn: Drawn,
        clock: &Clock<'_>,
    ) -> Result<Self, Rejection> {
        let (asking, length) = Asking::at(model, question, tolerance, n)?;
        drawn.fits("params", model)?;
        Ok(Self { asking, length, drawn, evaluator: Evaluator::new(model, length, clock)? })
    }

    /// The sequence of an input, and the position that is read.
    #[must_use]
    pub fn input(&self, index: u64) -> (Vec<usize>, usize) {
        self.drawn.input(self.asking.model, self.length, index)
    }

    /// Judges the inputs on all threads; before an error, those of a beginning without gaps.
    pub fn run(&self, clock: &Clock<'_>) -> (Marks, Result<(), Rejection>) {
        each_input(clock, self.drawn.estimate, |index, marks, clock| {
            let (sequence, position) = self.input(index);
            self.mark(index, &sequence, position, marks, clock)
        })
    }

    fn mark(
        &self,
        index: u64,
        sequence: &[usize],
        position: usize,
        marks: &mut Marks,
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        let Asking { model, question, criteria } = &self.asking;
        let read = model.read_at.positions(sequence.len()).len();
        let answer = question.answer_at(model.vocabulary(), sequence, position, read, clock)?;
        let mut judged = Judged::Open;
        let mut error = (BigInt::ZERO, None);
        if let Some((p, y)) = self.evaluator.outputs(sequence, position, clock)? {
            judged = criteria.margin(&y, &answer, p).0;
            error = self.error(&y, &answer, p);
        }
        if judged == Judged::Open || error.1.is_none() {
            let tokens: Vec<Token> = sequence.iter().map(|&token| Token(token)).collect();
            let input = (tokens.as_slice(), position, &answer);
            let (closely, p, y) = judge(model, criteria.tolerance, input, MOST_BITS, clock)?;
            judged = closely;
            error = self.error(&y, &answer, p);
        }
        let place = "data.sample: an output of an input";
        let high = error.1.ok_or_else(|| wrong(place, "a number within range", format!("input {index}")))?;
        // the distance of the rounded output is at most 1 where that of the output is below 3/2
        let number = matches!(model.reading, Reading::Number { .. });
        let near = if number { three_halves() } else { one() };
        if high < near || (!number && high == near) {
            marks.within_one = marks.within_one.saturating_add(1);
        }
        marks.error.0 += error.0;
        marks.error.1 += high;
        let known = marks.answers.entry(RationalText(answer)).or_default();
        known.0 = known.0.saturating_add(1);
        match judged {
            Judged::Right => {
                known.1 = known.1.saturating_add(1);
                marks.right = marks.right.saturating_add(1);
            }
            Judged::Wrong => marks.first_wrong = marks.first_wrong.or(Some(index)),
            Judged::Open => marks.open = marks.open.saturating_add(1),
        }
        Ok(())
    }

    /// Bounds of `|output - answer|` with the places of `PLACES`; no upper one where a choice is not known.
    fn error<R: Real>(&self, y: &[R], answer: &Rational, p: Precision) -> (BigInt, Option<BigInt>) {
        match &self.asking.criteria.reading {
            Reading::Number { .. } => {
                let distance = || {
                    let difference = y.first()?.minus(&R::of(answer, p)?)?;
                    rescaled(difference.size(p)?.enclosed(p), p)
                };
                let zero = BigInt::ZERO;
                distance().map_or((zero.clone(), None), |distance| (distance.lo.max(zero), Some(distance.hi)))
            }
            Reading::ArgMax { answers, .. } => {
                let distances = possible(y, answers, p).map(|choice| PLACES.enclose(&(integer(choice) - answer).abs()));
                let (low, high) = distances.fold((None, None), |(low, high): (Option<BigInt>, Option<BigInt>), one| {
                    let low = low.map_or(one.lo.clone(), |low| low.min(one.lo));
                    let high = high.map_or(one.hi.clone(), |high| high.max(one.hi));
                    (Some(low), Some(high))
                });
                (low.unwrap_or_default(), high)
            }
        }
    }
}

fn one() -> BigInt {
    BigInt::from(1) << PLACES.0
}

fn three_halves() -> BigInt {
    BigInt::from(3) << PLACES.0.saturating_sub(1)
}
