//! Evaluates a softmax transformer on one input, and finds it wrong.

use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{Criteria, Input, Judged, Question, Reading, SoftmaxTransformer, Token, judge};
use crate::evidence::MOST_BITS;
use crate::number::{Rational, RationalText, compare, integer};
use crate::rejection::{Clock, Rejection, expect, expect_number, need, wrong};
use num::Signed;
use serde::{Deserialize, Serialize};

impl ClaimId {
    /// a hand-built counter solves the histogram task
    pub const TOKEN_MIXING: Self = Self("token-mixing");
}

/// The statement: the model solves the task at length `n` (or the fraction of inputs on which it does).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingParams {
    /// what is asked
    pub task: Question,
    /// how close to the answer a number has to be; without meaning for an arg max
    pub tolerance: RationalText,
    /// length of the inputs, BOS not counted
    pub n: u64,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
}

impl ReadingParams {
    /// Checks that the parameters describe `model`.
    pub(super) fn describes(&self, model: &SoftmaxTransformer) -> Result<(), Rejection> {
        need(self.tolerance.0.is_positive(), "params.tolerance", "a number above 0", &self.tolerance)?;
        expect("params.m", model.vocabulary(), self.m)?;
        expect("params.d", model.dimension(), self.d)
    }

    /// What is solved.
    pub(super) fn statement(&self) -> String {
        let Self { task, tolerance, n, m, d } = self;
        format!("{task}, n = {n}, m = {m}, d = {d}, within {tolerance}")
    }
}

/// The model is wrong on one input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Misreading {
    /// what reads
    pub model: SoftmaxTransformer,
    /// its input
    pub sequence: Vec<Token>,
    /// which position is read, counted from 0 without BOS
    pub position: usize,
    /// the true answer
    pub answer: RationalText,
    /// what it reads
    pub output: Found,
}

/// What a wrong output is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Found {
    /// the number `y`, at a distance of at least 1/2 from the answer
    Number(Between),
    /// what the arg max decodes to; `null` for a tie or when that is not known, only that it is not the answer
    Choice(Option<u64>),
}

/// A real number between two rationals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Between {
    /// lower bound
    pub at_least: RationalText,
    /// upper bound
    pub at_most: RationalText,
}

impl Between {
    /// Checks that all between `lo` and `hi` is between the bounds.
    ///
    /// # Errors
    /// [`Rejection`] at `place`.
    pub(super) fn around(&self, place: &str, lo: &Rational, hi: &Rational) -> Result<(), Rejection> {
        let holds = compare(&self.at_least.0, lo).is_le() && compare(&self.at_most.0, hi).is_ge();
        let stated = format!("{} to {}", self.at_least, self.at_most);
        need(holds, place, format!("bounds around {lo} to {hi}"), stated)
    }
}

impl Kind for Misreading {
    type Params = ReadingParams;
    const NAME: &'static str = "misreading";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::MODEL, ClaimId::TOKEN_MIXING];
    const VERSION: u32 = 3;
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &ReadingParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let (model, place) = (&self.model, "data.misreading");
        params.describes(model)?;
        let input = Input::of_sequence(&format!("{place}.sequence"), &self.sequence, params.m, self.position)?;
        expect(&format!("{place}.sequence: length"), params.n, input.length())?;
        let (position, read) = (self.position, model.read_at.positions(self.sequence.len()));
        need(read.contains(&position), format!("{place}.position"), "one that is read", position)?;
        let tokens: Vec<usize> = self.sequence.iter().map(|token| token.0).collect();
        let answer = params.task.answer_at(params.m, &tokens, position, read.len(), clock)?;
        expect_number(&format!("{place}.answer"), &answer, &self.answer.0)?;
        let one = (self.sequence.as_slice(), position, &answer);
        let (judged, p, y) = judge(model, &params.tolerance.0, one, MOST_BITS, clock)?;
        need(judged == Judged::Wrong, place, "a wrong output", format!("{judged:?}"))?;
        let criteria = Criteria { reading: &model.reading, tolerance: &params.tolerance.0 };
        let is_number = matches!(model.reading, Reading::Number { .. });
        let found = match (&self.output, y.first()) {
            (Found::Number(stated), Some(y)) if is_number => {
                let (lo, hi) = p.ends(y);
                let Between { at_least, at_most } = stated;
                stated.around(&format!("{place}.output.number"), &lo, &hi)?;
                format!("it gives a number from {at_least} to {at_most}")
            }
            (Found::Choice(Some(choice)), _) if !is_number => {
                let decodes = criteria.margin(&y, &integer(*choice), p).0 == Judged::Right;
                need(decodes, format!("{place}.output.choice"), "what the arg max decodes to", choice)?;
                format!("it reads {choice}")
            }
            (Found::Choice(None), _) => "its output is not the answer".to_owned(),
            _ => {
                return Err(wrong(format!("{place}.output"), "the kind of the model's reading", "another"));
            }
        };
        let statement = params.statement();
        Ok(Finding::refuted(format!(
            "the softmax transformer does not solve {statement}: on one sequence {found}, and the answer is {}",
            self.answer
        )))
    }
}
