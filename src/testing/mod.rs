//! Property testing of models that count, for users: `proptest` strategies and one assertion.
//!
//! [`assert_solves`] takes anything that maps a sequence to a number, exact or float, and looks for a sequence on
//! which it is not within 1/2 of the answer at its last position; the task is a count or any
//! [`Question`], such as [`NamedTask::named`](crate::files::task::NamedTask::named) gives. What it reports is small: first `proptest` shrinks the failure, then all
//! shorter sequences over fewer tokens are tried as long as they are few. A pass is evidence, not a proof; `verify` proves.
//!
//! ```
//! use counterproof::testing::{find_failure, Settings};
//! use counterproof::kernel::definition::Task;
//!
//! // the number of distinct tokens is not the count of the last one
//! let distinct = |sequence: &[counterproof::kernel::definition::Token]| {
//!     sequence.iter().collect::<std::collections::BTreeSet<_>>().len() as f64
//! };
//! let failure = find_failure(Task::QueryCount, Settings::new(3, 1..=6), distinct).unwrap();
//! assert_eq!(failure.sequence.len(), 2);
//! ```

/// The page about it, whose tests are ours.
#[cfg(doctest)]
#[doc = include_str!("../../docs/property-testing.md")]
struct Page;

use crate::construct::random::{Limits, SoftmaxShape, softmax, stack, without_positions};
use crate::kernel::Clock;
use crate::kernel::definition::{Input, Question, SoftmaxTransformer, Token, Transformer};
use crate::kernel::number::{Matrix, Rational, integer, ratio};
use crate::search::inputs::{InputOps, Sequences};
use num_traits::Signed;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use std::cell::RefCell;
use std::fmt;
use std::ops::RangeInclusive;

/// Sequences over `m` tokens; they shrink to shorter ones and to smaller tokens.
///
/// ```
/// use counterproof::kernel::definition::Token;
/// use counterproof::testing::sequences;
/// use proptest::prelude::*;
///
/// proptest!(|(sequence in sequences(3, 1..=5))| {
///     prop_assert!(sequence.len() <= 5 && sequence.iter().all(|token| token.0 < 3));
/// });
/// ```
pub fn sequences(m: usize, lengths: RangeInclusive<usize>) -> impl Strategy<Value = Vec<Token>> {
    proptest::collection::vec((0..m.max(1)).prop_map(Token), lengths)
}

/// Inputs of models that depend on counts only: a query and counts that contain it.
pub fn inputs(m: usize, lengths: RangeInclusive<usize>) -> impl Strategy<Value = Input> {
    let least = (*lengths.start()).max(1);
    let m = m.max(1);
    sequences(m, least..=(*lengths.end()).max(least))
        .prop_filter_map("an input", move |sequence| Input::ending(&sequence, m).ok())
}

/// Token vectors `[m, d]` with numerators up to `bound` and denominators up to 4.
pub fn embeddings(m: usize, d: usize, bound: i64) -> impl Strategy<Value = Matrix> {
    let entry = (-bound.abs()..=bound.abs(), 1i64..=4).prop_map(|(p, q)| ratio(p, q));
    proptest::collection::vec(entry, m * d)
        .prop_map(move |entries| Matrix::from_fn(m, d, |i, j| entries[i * d + j].clone()))
}

/// Exact models without positions over `m >= 1` tokens: random sizes, heads, bases and weights.
pub fn exact_models(m: usize) -> impl Strategy<Value = Transformer> {
    any::<u64>()
        .prop_filter_map("a model", move |seed| without_positions(m, Limits::default(), seed).ok())
}

/// Softmax models of one shape.
pub fn softmax_models(shape: SoftmaxShape) -> impl Strategy<Value = SoftmaxTransformer> {
    any::<u64>().prop_filter_map("a model", move |seed| softmax(shape, seed).ok())
}

/// Softmax models over `m` tokens with up to `layers` layers and anything that the class has, for inputs up to `longest`.
pub fn softmax_stacks(
    m: usize,
    layers: usize,
    longest: usize,
) -> impl Strategy<Value = SoftmaxTransformer> {
    any::<u64>().prop_filter_map("a model", move |seed| stack(m, layers, longest, seed).ok())
}

/// What a model may output.
pub trait Number: fmt::Display {
    /// `|self - answer| < 1/2`; not for NaN.
    fn is_near(&self, answer: &Rational) -> bool;
}

impl Number for Rational {
    fn is_near(&self, answer: &Rational) -> bool {
        (self - answer).abs() < ratio(1, 2)
    }
}

impl Number for f64 {
    fn is_near(&self, answer: &Rational) -> bool {
        // a float is a rational, so no rounding decides
        Rational::from_float(*self).is_some_and(|value| value.is_near(answer))
    }
}

impl Number for u64 {
    fn is_near(&self, answer: &Rational) -> bool {
        integer(*self).is_near(answer)
    }
}

/// Where to look.
#[derive(Debug, Clone)]
pub struct Settings {
    pub m: usize,
    pub lengths: RangeInclusive<usize>,
    /// random sequences to try
    pub cases: u32,
    /// at most so many smaller sequences are tried in the end
    pub smaller: u64,
}

impl Settings {
    /// Sequences over `m` tokens of these lengths, 1000 of them.
    #[must_use]
    pub fn new(m: usize, lengths: RangeInclusive<usize>) -> Self {
        Self { m, lengths, cases: 1000, smaller: 20_000 }
    }
}

/// A sequence on which a model does not solve the task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub sequence: Vec<Token>,
    pub output: String,
    pub answer: Rational,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tokens: Vec<String> = self.sequence.iter().map(ToString::to_string).collect();
        let (sequence, output, answer) = (tokens.join(" "), &self.output, &self.answer);
        write!(f, "on the sequence {sequence} the output is {output}, the answer is {answer}")
    }
}

/// Looks for a sequence on which `output` is not within 1/2 of the answer; the search is deterministic.
///
/// ```
/// use counterproof::kernel::definition::Token;
/// use counterproof::kernel::definition::Task;
/// use counterproof::testing::{Settings, find_failure};
///
/// // a "model" that counts the query but never says more than 2
/// let wrong = |sequence: &[Token]| {
///     let count = sequence.iter().filter(|token| Some(*token) == sequence.last()).count();
///     count.min(2) as u64
/// };
/// let failure = find_failure(Task::QueryCount, Settings::new(2, 1..=6), wrong).unwrap();
/// assert_eq!(failure.to_string(), "on the sequence 0 0 0 the output is 2, the answer is 3");
/// ```
pub fn find_failure<N: Number>(
    task: impl Into<Question>,
    settings: Settings,
    output: impl Fn(&[Token]) -> N,
) -> Option<Failure> {
    let Settings { m, lengths, cases, smaller } = settings;
    let least = (*lengths.start()).max(1);
    let lengths = least..=(*lengths.end()).max(least);
    let question = task.into();
    let judge = |sequence: &[Token]| {
        // tokens beyond m, and what has no answer, are asked of nobody
        Input::ending(sequence, m).ok()?;
        let tokens: Vec<usize> = sequence.iter().map(|token| token.0).collect();
        let answer =
            question.answer_at(m, &tokens, tokens.len() - 1, 1, &Clock::unlimited()).ok()?;
        let found = output(sequence);
        let failure =
            |answer| Failure { sequence: sequence.to_vec(), output: found.to_string(), answer };
        (!found.is_near(&answer)).then(|| failure(answer))
    };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let last = RefCell::new(None);
    let result = runner.run(&sequences(m, lengths.clone()), |sequence| match judge(&sequence) {
        None => Ok(()),
        Some(failure) => {
            let reason = failure.to_string();
            *last.borrow_mut() = Some(failure);
            Err(TestCaseError::fail(reason))
        }
    });
    let shrunk = match result {
        Err(TestError::Fail(_, sequence)) => judge(&sequence).or(last.into_inner())?,
        _ => return None,
    };
    // the smallest failure of all where there are few enough below this one
    let tried = lengths.take_while(|&n| n <= shrunk.sequence.len());
    let candidates = tried.flat_map(|n| Sequences::new(n, m));
    let smallest = candidates.take(usize::try_from(smaller).unwrap_or(usize::MAX));
    Some(smallest.into_iter().find_map(|sequence| judge(&sequence)).unwrap_or(shrunk))
}

/// Asserts that `output` is within 1/2 of the answer on random sequences.
///
/// # Panics
/// With the smallest failing sequence that was found, its output and the answer.
///
/// ```
/// use counterproof::construct::{embedding::Kind, histogram};
/// use counterproof::kernel::number::integer;
/// use counterproof::kernel::definition::Task;
/// use counterproof::testing::{Settings, assert_solves};
///
/// let vectors = Kind::OneHot.vectors(3, 3, 0)?;
/// assert_solves(Task::QueryCount, Settings::new(3, 1..=8), |sequence| {
///     let n = integer(sequence.len());
///     let model = histogram::query_count(&vectors, &n, &integer(1)).unwrap();
///     model.output(sequence).unwrap()
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[track_caller]
pub fn assert_solves<N: Number>(
    task: impl Into<Question>,
    settings: Settings,
    output: impl Fn(&[Token]) -> N,
) {
    let question = task.into();
    if let Some(failure) = find_failure(question.clone(), settings, output) {
        panic!("{question} is not solved: {failure}");
    }
}
