//! Every input of a softmax transformer at one length: how many are read right, and by what margin.
//!
//! An input is a sequence together with a position that is read. Inputs that the weights cannot tell apart are judged
//! once and counted with their number: its problem module decides on exact columns which positions and tokens are the same
//! to the model, and `walk` enumerates what is left with one addition of a column a step. For a model to which
//! positions do not matter these are the count vectors; for one to which the other tokens are interchangeable as
//! well, the numbers of occurrences of the query (query count) or partitions (most frequent element); for a
//! model that tells everything apart they are the sequences.
//!
//! Enclosures that do not decide an input are computed again with twice the bits, up to [`MAX_BITS`].

mod problem;
mod walk;

use super::Task;
use crate::exact::Rational;
use crate::model::softmax::{ReadAt, SoftmaxTransformer};
use crate::model::{ModelError, Token};
use num_bigint::BigUint;
use num_traits::{One, Zero};
use problem::Problem;
use std::sync::OnceLock;

/// Bits of the first attempt.
pub const FIRST_BITS: u32 = 64;
/// An input that is open with this many bits stays open.
pub const MAX_BITS: u32 = 4096;

/// More configurations than this are refused: the enumeration would not end.
const MAX_CONFIGURATIONS: u64 = 1 << 40;

/// Longer inputs than this are refused.
const MAX_LENGTH: usize = 1 << 12;

/// Why a domain cannot be enumerated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SurveyError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("expected a length of 1 to {MAX_LENGTH}, found {0}")]
    Length(u64),
    #[error("{found} {what} are more than can be enumerated (at most {limit})")]
    TooMany { what: &'static str, limit: u64, found: BigUint },
}

/// The inputs of one model at one length, ready to be judged.
pub struct Survey<'a> {
    model: &'a SoftmaxTransformer,
    task: Task,
    problems: Vec<(Problem, OnceLock<Option<walk::Prepared>>)>,
    /// a problem, and the count of its first slot
    jobs: Vec<(usize, u64)>,
    inputs: BigUint,
    configurations: BigUint,
    /// `factorials[i] = i!`
    factorials: Vec<BigUint>,
}

/// An input that is read wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    pub sequence: Vec<Token>,
    /// the position that is read
    pub position: usize,
}

/// What was found so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    pub right: BigUint,
    pub wrong: BigUint,
    /// not decided with [`MAX_BITS`] bits
    pub open: BigUint,
    /// enclosure of the least margin among inputs that are right; `None` when there is none with a margin
    pub margin: Option<(Rational, Rational)>,
    /// the first input, in the order of the jobs, that is wrong
    pub failing: Option<Failing>,
    /// the first input that is open
    pub unclear: Option<Failing>,
    /// most bits that were needed
    pub bits: u32,
    /// whether it was stopped before the end
    pub stopped: bool,
}

impl Tally {
    /// Adds what a later job found.
    pub fn merge(&mut self, later: Self) {
        self.right += later.right;
        self.wrong += later.wrong;
        self.open += later.open;
        self.margin = match (self.margin.take(), later.margin) {
            (Some((lo, hi)), Some((other_lo, other_hi))) => {
                Some((lo.min(other_lo), hi.min(other_hi)))
            }
            (one, other) => one.or(other),
        };
        self.failing = self.failing.take().or(later.failing);
        self.unclear = self.unclear.take().or(later.unclear);
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
            return Err(ModelError::Length { expected, found: length }.into());
        }
        let problems = problem::problems(model, task, length)?;
        let configurations = problems.iter().map(Problem::configurations).sum::<BigUint>();
        if configurations > BigUint::from(MAX_CONFIGURATIONS) {
            return Err(SurveyError::TooMany {
                what: "configurations",
                limit: MAX_CONFIGURATIONS,
                found: configurations,
            });
        }
        let jobs = problems.iter().enumerate().flat_map(|(index, problem)| {
            let first = problem.sites.first().filter(|site| site.slots.len() > 1);
            (0..=first.map_or(0, |site| site.size)).map(move |count| (index, count))
        });
        let jobs = jobs.collect();
        let mut factorials = vec![BigUint::one()];
        for i in 1..=n {
            let next = factorials.last().map_or(BigUint::one(), |last| last * i);
            factorials.push(next);
        }
        let read = match model.read_at {
            ReadAt::Last => 1,
            ReadAt::Every => n,
        };
        let exponent = u32::try_from(n).map_err(|_| SurveyError::Length(n))?;
        let inputs = BigUint::from(model.vocabulary()).pow(exponent) * read;
        let problems = problems.into_iter().map(|problem| (problem, OnceLock::new())).collect();
        Ok(Self { model, task, problems, jobs, inputs, configurations, factorials })
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

    /// How many independent parts [`Survey::run`] has.
    #[must_use]
    pub fn jobs(&self) -> usize {
        self.jobs.len()
    }

    /// Judges the inputs of one part; nothing for a part that there is not.
    ///
    /// # Errors
    /// [`ModelError`] when the model's shapes do not fit, which a validated model's do.
    pub fn run(
        &self,
        job: usize,
        keep_going: &(dyn Fn() -> bool + Sync),
    ) -> Result<Tally, ModelError> {
        let Some(&(index, first)) = self.jobs.get(job) else { return Ok(Tally::default()) };
        if !keep_going() {
            return Ok(Tally { stopped: true, ..Tally::default() });
        }
        let Some((problem, prepared)) = self.problems.get(index) else {
            return Ok(Tally::default());
        };
        walk::Walk::new(self, problem, prepared, keep_going)?.run(first)
    }

    /// Judges all inputs, one part after the other.
    ///
    /// # Errors
    /// As [`Survey::run`].
    pub fn run_all(&self, keep_going: &(dyn Fn() -> bool + Sync)) -> Result<Tally, ModelError> {
        let mut tally = Tally::default();
        for job in 0..self.jobs() {
            tally.merge(self.run(job, keep_going)?);
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
