//! Decides a model on every input of a size, fast.
//!
//! For a model that depends on counts only and has one head, every pre-activation of the first layer,
//! multiplied by the attention denominator, is linear in the counts: moving one token from `i` to `j`
//! changes it by a fixed integer vector. The engine walks all count vectors so that most steps are one such
//! addition. It first bounds every number that can occur and takes the smallest machine word that provably
//! holds them all; if none does it evaluates with big integers ([`crate::search::form::Evaluator`]).
//!
//! The domain is cut into jobs by the query and the counts of the first tokens; results are combined in
//! the order of the jobs, so they do not depend on threads or timing.

mod bound;
mod engine;
mod word;

use super::control::{Control, Stopped};
use crate::kernel::Rejection;
use crate::kernel::definition::{
    Criterion, Task, Token, Transformer, count_inputs_within, sequence_inputs_within,
};
use crate::kernel::definition::{Input, InputPart};
use crate::kernel::kind::Counterexample;
use crate::kernel::number::Rational;
use crate::search::form::{Evaluator, Occurrence};
use crate::search::inputs::{InputOps, Sequences};
use engine::Engine;
use num_traits::Zero;

/// What exhaustive evaluation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// every input meets the criterion
    Holds { inputs: u64, max_error: Rational },
    /// the first input, in the order of the walk, that does not
    Fails(Failure),
}

/// An input on which the model is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub sequence: Vec<Token>,
    pub output: Rational,
    pub answer: u64,
}

impl Failure {
    /// Where it comes in the order of the walk: of several the first is found by one walk over all inputs.
    #[must_use]
    pub fn rank(&self) -> (Option<Token>, &[Token]) {
        // where only counts matter a sequence has its tokens in order, and few of the first ones come late
        (self.sequence.last().copied(), &self.sequence)
    }

    /// What a certificate says of `model` failing here.
    #[must_use]
    pub fn into_counterexample(self, model: &Transformer) -> Counterexample {
        let Self { sequence, output, answer } = self;
        Counterexample { model: model.clone(), sequence, output: output.into(), answer }
    }
}

/// Why there is no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    #[error(transparent)]
    Model(#[from] Rejection),
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error(
        "there are more inputs than can be enumerated (2^48); the histograms are decided for all lengths at once by --n any"
    )]
    TooMany,
}

const MAX_INPUTS: u64 = 1 << 48;

/// Decides whether `model` meets `criterion` on `task` for all inputs of length `n`.
///
/// # Errors
/// [`Undecided`] when the model cannot be evaluated exactly, a limit was hit or the domain is too large.
///
/// ```
/// use counterproof::construct::{embedding::Kind, histogram};
/// use counterproof::kernel::number::integer;
/// use counterproof::search::control::Control;
/// use counterproof::search::exhaustive::{Outcome, decide};
/// use counterproof::kernel::definition::{Criterion, Task};
///
/// // T1 with the dimensions of two tokens for three
/// let vectors = Kind::Truncated.vectors(3, 2, 0)?;
/// let model = histogram::query_count(&vectors, &integer(4), &integer(1))?;
/// let outcome = decide(&model, Task::QueryCount, Criterion::Solves, 4, &Control::default())?;
/// let Outcome::Fails(failure) = outcome else { panic!("it cannot hold") };
/// assert_eq!(model.output(&failure.sequence)?, failure.output);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decide(
    model: &Transformer,
    task: Task,
    criterion: Criterion,
    n: usize,
    control: &Control,
) -> Result<Outcome, Undecided> {
    decide_part(model, task, criterion, n, InputPart::WHOLE, control)
}

/// The same for a part of the inputs: that it holds says nothing about the others.
///
/// # Errors
/// [`Undecided`] as for all of them.
pub fn decide_part(
    model: &Transformer,
    task: Task,
    criterion: Criterion,
    n: usize,
    part: InputPart,
    control: &Control,
) -> Result<Outcome, Undecided> {
    let m = model.vocabulary();
    let by_counts = model.depends_on_counts_only();
    let inputs = inputs(model, n)?;
    let evaluator = Evaluator::new(model, n)?;
    let question = Question { task, criterion, n, m, part };
    let found = if by_counts {
        let bounds = bound::bounds(evaluator.form(), n);
        if let Some(engine) = Engine::<i64>::new(evaluator.form(), &bounds, question) {
            engine.run(control)?
        } else if let Some(engine) = Engine::<i128>::new(evaluator.form(), &bounds, question) {
            engine.run(control)?
        } else {
            by_evaluation(&evaluator, question, control, true)?
        }
    } else {
        by_evaluation(&evaluator, question, control, false)?
    };
    Ok(match found {
        Found::Worst(max_error) => Outcome::Holds { inputs, max_error },
        Found::Failing(sequence) => {
            let input = Input::ending(&sequence, m).ok();
            let answer = input.map_or(0, |input| task.answer(input.counts(), input.query()));
            let output = model.output(&sequence)?;
            Outcome::Fails(Failure { sequence, output, answer })
        }
    })
}

/// How many inputs of length `n` there are to look at.
///
/// # Errors
/// [`Undecided::TooMany`]
pub fn inputs(model: &Transformer, n: usize) -> Result<u64, Undecided> {
    let by_counts = model.depends_on_counts_only();
    let count = if by_counts { count_inputs_within } else { sequence_inputs_within };
    count(n as u64, model.vocabulary() as u64, MAX_INPUTS).ok_or(Undecided::TooMany)
}

/// What is asked of every input.
#[derive(Debug, Clone, Copy)]
struct Question {
    task: Task,
    criterion: Criterion,
    n: usize,
    m: usize,
    part: InputPart,
}

impl Question {
    /// Whether inputs with this query and first choice are asked: a count of token 0 before the last position, or the first token.
    fn asks(&self, query: usize, choice: usize) -> bool {
        self.part.has(choice as u64 * self.m as u64 + query as u64)
    }
}

/// The result of one job, and of all of them.
#[derive(Debug, Clone)]
enum Found {
    /// largest error
    Worst(Rational),
    Failing(Vec<Token>),
}

/// Runs `jobs` jobs on all threads; the first failing job, in job order, decides.
fn run_jobs(
    jobs: usize,
    control: &Control,
    work: impl Fn(usize) -> Result<Found, Stopped> + Sync,
) -> Result<Found, Stopped> {
    let jobs: Vec<usize> = (0..jobs).collect();
    let errors = control.map(&jobs, |&job| match control.go_on().and_then(|()| work(job)) {
        Ok(Found::Worst(error)) => Ok(error),
        ended => Err(ended),
    });
    match errors {
        Ok(errors) => Ok(Found::Worst(errors.into_iter().fold(Rational::zero(), Rational::max))),
        Err(ended) => ended,
    }
}

/// The slow path: every input through the big-integer evaluator, one job for each query.
fn by_evaluation(
    evaluator: &Evaluator,
    question: Question,
    control: &Control,
    by_counts: bool,
) -> Result<Found, Stopped> {
    let Question { task, criterion, n, m, .. } = question;
    let judge = |input: &Input, error: Option<Rational>, worst: &mut Rational| {
        let error = error.filter(|error| criterion.accepts(error));
        match error {
            Some(error) => {
                if error > *worst {
                    *worst = error;
                }
                true
            }
            None => {
                debug_assert!(input.length() as usize == n);
                false
            }
        }
    };
    run_jobs(m, control, |query| {
        let mut worst = Rational::zero();
        let answer = |input: &Input| task.answer(input.counts(), input.query());
        if by_counts {
            for input in crate::search::inputs::CountInputs::for_query(n as u64, m, Token(query)) {
                control.go_on()?;
                let own = u64::from(query == 0);
                let choice = if m > 1 { input.counts()[0] - own } else { 0 };
                if !question.asks(query, choice as usize) {
                    continue;
                }
                let error = evaluator.error(input.query(), input.prefix(), answer(&input));
                if !judge(&input, error, &mut worst) {
                    return Ok(Found::Failing(input.to_sequence()));
                }
                control.advance(1);
            }
        } else {
            for mut sequence in Sequences::prefixes(n, m) {
                control.go_on()?;
                if !question.asks(query, sequence.first().map_or(0, |first| first.0)) {
                    continue;
                }
                let positions = sequence
                    .clone()
                    .into_iter()
                    .enumerate()
                    .map(|(class, token)| Occurrence { class, token, multiplicity: 1 });
                sequence.push(Token(query));
                let Ok(input) = Input::ending(&sequence, m) else { continue };
                let error = evaluator.error(input.query(), positions, answer(&input));
                if !judge(&input, error, &mut worst) {
                    return Ok(Found::Failing(sequence));
                }
                control.advance(1);
            }
        }
        Ok(Found::Worst(worst))
    })
}
