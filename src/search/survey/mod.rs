//! Every input of a softmax transformer at one length: how many are read right, and by what margin.
//!
//! An input is a sequence together with a position that is read. Inputs that the weights cannot tell apart are judged
//! once and counted with their number: its problem module decides on exact columns which positions and tokens are the same
//! to the model, and `walk` enumerates what is left with one addition of a column a step. For a model to which
//! positions do not matter these are the count vectors; for one to which the other tokens are interchangeable as
//! well, the numbers of occurrences of the query (query count) or partitions (most frequent element); for a
//! model that tells everything apart they are the sequences.
//!
//! Enclosures are machine words first; what they do not decide is computed again with big integers, of twice the bits
//! each time, up to [`MAX_BITS`]. A survey is done in parts that come apart into smaller ones: taken by weight they
//! decide most inputs first, taken in any order they give the same tally.

mod arrange;
mod columns;
mod enclosure;
mod evaluate;
mod partial;
mod prepared;
mod problem;
mod region;
mod tree;
mod walk;
mod words;

pub use columns::{Column, ColumnHead, Columns, Reader, Site};
pub use enclosure::{Enclosure, MAX_EXPONENT, Precision};
pub use evaluate::{Evaluate, Judged, Output};
pub use partial::{Backend, Sums};
pub use region::{Free, Region};
pub use tree::trees;
pub use words::{Interval, Words};

use crate::kernel::Rejection;
use crate::kernel::definition::{ReadAt, SoftmaxTransformer, Task, Token};
use crate::kernel::number::Rational;
use num_bigint::BigUint;
use num_traits::Zero;
use prepared::Prepared;
use problem::Problem;
use std::sync::OnceLock;
use walk::Walk;

/// An input that is open with this many bits stays open.
pub const MAX_BITS: u32 = 4096;

/// Longer inputs than this are refused.
const MAX_LENGTH: usize = 1 << 12;

/// Why a domain cannot be enumerated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SurveyError {
    #[error(transparent)]
    Model(#[from] Rejection),
    #[error("expected a length of 1 to {MAX_LENGTH}, found {0}")]
    Length(u64),
    #[error("{found} {what} are more than can be enumerated (at most {limit})")]
    TooMany { what: &'static str, limit: u64, found: BigUint },
}

/// The inputs of one model at one length, ready to be judged.
pub struct Survey<'a> {
    model: &'a SoftmaxTransformer,
    task: Task,
    problems: Vec<(Problem, OnceLock<Option<Prepared<Words>>>)>,
    n: u64,
    inputs: BigUint,
    configurations: BigUint,
}

/// Some of the inputs of a survey; ordered by how many they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// how many inputs; an estimate where tokens are interchangeable
    weight: BigUint,
    problem: usize,
    /// the choices that lead to it
    path: Vec<u64>,
    /// on how many levels no bound is tried, since one above was far from a decision
    skip: u32,
}

/// An input that is read wrong.
#[derive(Debug, Clone)]
pub struct Failing {
    pub sequence: Vec<Token>,
    /// the position that is read
    pub position: usize,
    /// its place in the survey: the first such input does not depend on the order of the parts
    order: (usize, Vec<u64>),
}

impl PartialEq for Failing {
    fn eq(&self, other: &Self) -> bool {
        (&self.sequence, self.position) == (&other.sequence, other.position)
    }
}

impl Eq for Failing {}

/// What was found so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    pub right: BigUint,
    pub wrong: BigUint,
    /// not decided with [`MAX_BITS`] bits
    pub open: BigUint,
    /// enclosure of the least margin among inputs that are right; `None` when there is none with a margin
    pub margin: Option<(Rational, Rational)>,
    /// the first input, in the order of the survey, that is wrong
    pub failing: Option<Failing>,
    /// the first input that is open
    pub unclear: Option<Failing>,
    /// most bits that were needed
    pub bits: u32,
    /// whether it was stopped before the end
    pub stopped: bool,
}

impl Tally {
    /// Adds what another part found.
    pub fn merge(&mut self, later: Self) {
        let first = |a: Option<Failing>, b: Option<Failing>| {
            let all = a.into_iter().chain(b);
            all.min_by(|a, b| a.order.cmp(&b.order))
        };
        self.right += later.right;
        self.wrong += later.wrong;
        self.open += later.open;
        self.margin = match (self.margin.take(), later.margin) {
            (Some((lo, hi)), Some((other_lo, other_hi))) => {
                Some((lo.min(other_lo), hi.min(other_hi)))
            }
            (one, other) => one.or(other),
        };
        self.failing = first(self.failing.take(), later.failing);
        self.unclear = first(self.unclear.take(), later.unclear);
        self.bits = self.bits.max(later.bits);
        self.stopped |= later.stopped;
    }

    /// How many inputs are decided.
    #[must_use]
    pub fn decided(&self) -> BigUint {
        &self.right + &self.wrong
    }
}

impl<'a> Survey<'a> {
    /// # Errors
    /// [`SurveyError`] when the model has no such length, or there is too much to enumerate.
    pub fn new(model: &'a SoftmaxTransformer, task: Task, n: u64) -> Result<Self, SurveyError> {
        let length = usize::try_from(n).unwrap_or(0);
        if !(1..=MAX_LENGTH).contains(&length) {
            return Err(SurveyError::Length(n));
        }
        if let Some(longest) = model.longest().filter(|&longest| longest < length) {
            let expected = format!("at most {longest}");
            return Err(evaluate::misplaced("sequence: length", expected, length).into());
        }
        let problems = problem::problems(model, task, length)?;
        let configurations = problems.iter().map(Problem::configurations).sum::<BigUint>();
        let read = match model.read_at {
            ReadAt::Last => 1,
            ReadAt::Every => n,
        };
        let exponent = u32::try_from(n).map_err(|_| SurveyError::Length(n))?;
        let inputs = BigUint::from(model.vocabulary()).pow(exponent) * read;
        let problems = problems.into_iter().map(|problem| (problem, OnceLock::new())).collect();
        Ok(Self { model, task, problems, n, inputs, configurations })
    }

    /// `m^n` sequences times the positions that are read.
    #[must_use]
    pub fn inputs(&self) -> &BigUint {
        &self.inputs
    }

    /// How many inputs are left to judge when those that are the same to the model are judged once.
    #[must_use]
    pub fn configurations(&self) -> &BigUint {
        &self.configurations
    }

    /// All inputs, in parts that have nothing in common.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let problems = self.problems.iter().enumerate();
        let part = |(index, (problem, _)): (usize, &(Problem, _))| Part {
            weight: BigUint::from(problem.multiplicity),
            problem: index,
            path: Vec::new(),
            skip: 0,
        };
        problems.map(part).collect()
    }

    /// Judges the inputs of a part, or some of them and says which parts are left; `deep` leaves none.
    ///
    /// # Errors
    /// [`Rejection`] when the model's shapes do not fit, which a validated model's do.
    pub fn run(
        &self,
        part: &Part,
        deep: bool,
        keep_going: &(dyn Fn() -> bool + Sync),
    ) -> Result<(Tally, Vec<Part>), Rejection> {
        let Some((problem, prepared)) = self.problems.get(part.problem) else {
            return Ok((Tally::default(), Vec::new()));
        };
        if !keep_going() {
            return Ok((Tally { stopped: true, ..Tally::default() }, Vec::new()));
        }
        let words = match prepared.get() {
            Some(words) => words,
            None => {
                let made = Prepared::words(self.model, problem, self.n)?;
                prepared.get_or_init(|| made)
            }
        };
        Walk::new(self, part.problem, problem, words.as_ref(), keep_going).run(part, deep)
    }

    /// Judges all inputs, one part after the other.
    ///
    /// # Errors
    /// As [`Survey::run`].
    pub fn run_all(&self, keep_going: &(dyn Fn() -> bool + Sync)) -> Result<Tally, Rejection> {
        let mut tally = Tally::default();
        let mut left = self.parts();
        while let Some(part) = left.pop() {
            let (found, parts) = self.run(&part, false, keep_going)?;
            tally.merge(found);
            left.extend(parts);
            if tally.stopped {
                break;
            }
        }
        Ok(tally)
    }
}

/// Whether `tally` accounts for every input and leaves none open.
#[must_use]
pub fn is_complete(tally: &Tally, inputs: &BigUint) -> bool {
    !tally.stopped && tally.open.is_zero() && &tally.decided() == inputs
}
