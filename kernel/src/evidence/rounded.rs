//! Every sequence of a length, evaluated as a machine computes it and in the reals beside that.

use super::joined::{Found, each_input};
use super::survey::Asking;
use super::tree::MOST_BITS;
use crate::definition::{Judged, Machine, Question, SoftmaxTransformer, Stack, Token, judge, places};
use crate::number::{Arithmetic, Enclosure, Precision, Rational};
use crate::rejection::{Clock, Rejection, wrong};

/// In the reals, what is not decided so is evaluated again with more bits.
const FIRST: Precision = Precision(64);

/// The inputs of a length.
pub struct Rounded<'a> {
    asking: Asking<'a>,
    length: usize,
    real: Option<Stack<'a, Enclosure>>,
}

/// What was found of the inputs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compared {
    /// inputs that are right
    pub right: u64,
    /// inputs that are wrong
    pub wrong: u64,
    /// inputs that are right in the reals
    pub real_right: u64,
    /// inputs that are right in one and wrong in the other
    pub differ: u64,
    /// the number of a sequence and a position of it: the first that is wrong
    pub first_wrong: Option<(u64, usize)>,
    /// the first that is neither
    pub first_open: Option<(u64, usize)>,
    /// the first that is right in one and wrong in the other
    pub first_differs: Option<(u64, usize)>,
}

impl Found for Compared {
    fn merge(&mut self, other: Self) -> Result<(), Rejection> {
        self.right = self.right.saturating_add(other.right);
        self.wrong = self.wrong.saturating_add(other.wrong);
        self.real_right = self.real_right.saturating_add(other.real_right);
        self.differ = self.differ.saturating_add(other.differ);
        let first = |a: Option<(u64, usize)>, b: Option<(u64, usize)>| a.into_iter().chain(b).min();
        self.first_wrong = first(self.first_wrong, other.first_wrong);
        self.first_open = first(self.first_open, other.first_open);
        self.first_differs = first(self.first_differs, other.first_differs);
        Ok(())
    }
}

impl<'a> Rounded<'a> {
    /// # Errors
    /// [`Rejection`] for a length that the model does not have.
    pub fn new(
        model: &'a SoftmaxTransformer,
        question: &'a Question,
        tolerance: &'a Rational,
        n: u64,
    ) -> Result<Self, Rejection> {
        let (asking, length) = Asking::at(model, question, tolerance, n)?;
        Ok(Self { asking, length, real: Stack::new(model, FIRST)? })
    }

    /// `n`
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// `m^n`; `None` beyond 64 bits.
    #[must_use]
    pub fn sequences(&self) -> Option<u64> {
        let m = u64::try_from(self.asking.model.vocabulary()).ok()?;
        m.checked_pow(u32::try_from(self.length).ok()?)
    }

    /// A sequence by its number: the digits in base `m`, the first one first.
    #[must_use]
    pub fn sequence(&self, index: u64) -> Vec<usize> {
        let m = u64::try_from(self.asking.model.vocabulary()).unwrap_or(u64::MAX);
        let mut left = index;
        let mut sequence = vec![0; self.length];
        for token in sequence.iter_mut().rev() {
            *token = left.checked_rem(m).and_then(|digit| usize::try_from(digit).ok()).unwrap_or(0);
            left = left.checked_div(m).unwrap_or(0);
        }
        sequence
    }

    /// Judges the outputs of a machine at the positions that are read; what is not finite is left open.
    ///
    /// # Errors
    /// [`Rejection`] of the question, or of the clock.
    pub fn judged<A: Arithmetic>(
        &self,
        machine: &Machine<'_, A>,
        sequence: &[usize],
        clock: &Clock<'_>,
    ) -> Result<Vec<(usize, Rational, Judged)>, Rejection> {
        let Asking { model, question, criteria } = &self.asking;
        let read: Vec<usize> = model.read_at.positions(sequence.len()).collect();
        let tokens: Vec<Option<usize>> = sequence.iter().copied().map(Some).collect();
        let outputs = match machine.outputs(&tokens, &read, clock) {
            Err(Rejection::Wrong { .. }) => None,
            outputs => Some(outputs?),
        };
        let mut all = Vec::with_capacity(read.len());
        for (index, &position) in read.iter().enumerate() {
            let answer = question.answer_at(model.vocabulary(), sequence, position, read.len(), clock)?;
            let y = outputs.as_ref().and_then(|outputs| outputs.get(index));
            let arithmetic = machine.arithmetic();
            let judged = y.map_or(Judged::Open, |y| {
                let y: Vec<Enclosure> = y.iter().map(|y| arithmetic.enclosed(y)).collect();
                criteria.margin(&y, &answer, arithmetic.precision()).0
            });
            all.push((position, answer, judged));
        }
        Ok(all)
    }

    /// Judges one sequence, by machine and in the reals.
    fn compare<A: Arithmetic>(
        &self,
        machine: &Machine<'_, A>,
        index: u64,
        found: &mut Compared,
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        let Asking { model, criteria, .. } = &self.asking;
        let sequence = self.sequence(index);
        let all = self.judged(machine, &sequence, clock)?;
        let bos = usize::from(model.bos.is_some());
        let read: Vec<usize> = all.iter().map(|(position, ..)| position.saturating_add(bos)).collect();
        let real = match &self.real {
            Some(stack) => stack.outputs(&places(model, &sequence), &read, clock)?,
            None => None,
        };
        for (at, (position, answer, judged)) in all.iter().enumerate() {
            let y = real.as_ref().and_then(|real| real.get(at));
            let mut real = y.map_or(Judged::Open, |y| criteria.margin(y, answer, FIRST).0);
            if real == Judged::Open {
                let tokens: Vec<Token> = sequence.iter().copied().map(Token).collect();
                real = judge(model, criteria.tolerance, (&tokens, *position, answer), MOST_BITS, clock)?.0;
            }
            let here = Some((index, *position));
            let one = |holds: bool| u64::from(holds);
            let differs = [(Judged::Right, Judged::Wrong), (Judged::Wrong, Judged::Right)].contains(&(real, *judged));
            let first = |holds: bool| here.filter(|_| holds);
            found.merge(Compared {
                right: one(*judged == Judged::Right),
                wrong: one(*judged == Judged::Wrong),
                real_right: one(real == Judged::Right),
                differ: one(differs),
                first_wrong: first(*judged == Judged::Wrong),
                first_open: first(*judged == Judged::Open || real == Judged::Open),
                first_differs: first(differs),
            })?;
        }
        Ok(())
    }

    /// Judges all sequences on all threads; before an error, those of a beginning without gaps.
    pub fn run<A: Arithmetic>(&self, machine: &Machine<'_, A>, clock: &Clock<'_>) -> (Compared, Result<(), Rejection>) {
        let Some(sequences) = self.sequences() else {
            return (Compared::default(), Err(wrong("params.n", "a length with fewer inputs", self.length)));
        };
        each_input(clock, sequences, |index, found, clock| self.compare(machine, index, found, clock))
    }
}
