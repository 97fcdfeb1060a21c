//! Evaluates a softmax transformer on one input, and finds it wrong.

use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{Input, Judged, ReadAt, Reading, SoftmaxTransformer, Task, Token, judge, margin};
use crate::number::{Precision, Rational, RationalText, compare};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use serde::{Deserialize, Serialize};

/// An input that is open with this many bits stays open.
pub(super) const MAX_BITS: Precision = Precision(4096);

/// The statement: the model solves the task at length `n` (or the fraction of inputs on which it does).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingParams {
    /// what is counted
    pub task: Task,
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
        expect("params.m", model.vocabulary(), self.m)?;
        expect("params.d", model.dimension(), self.d)
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
    /// which position is read, counted from 0 without BOS; its token is the query
    pub position: usize,
    /// the true count
    pub answer: u64,
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
    /// Whether all between `lo` and `hi` is between the bounds.
    pub(super) fn encloses(&self, lo: &Rational, hi: &Rational) -> bool {
        compare(&self.at_least.0, lo).is_le() && compare(&self.at_most.0, hi).is_ge()
    }
}

impl Kind for Misreading {
    type Params = ReadingParams;
    const NAME: &'static str = "misreading";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::MODEL];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &ReadingParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let (model, place) = (&self.model, "data.misreading");
        params.describes(model)?;
        let input = Input::of_sequence(&format!("{place}.sequence"), &self.sequence, params.m, self.position)?;
        expect(&format!("{place}.sequence: length"), params.n, input.length())?;
        let last = self.position.checked_add(1) == Some(self.sequence.len());
        need(last || model.read_at == ReadAt::Every, format!("{place}.position"), "one that is read", self.position)?;
        expect(&format!("{place}.answer"), params.task.answer(input.counts(), input.query()), self.answer)?;
        let (judged, p, y) = judge(model, &self.sequence, self.position, self.answer, MAX_BITS, clock)?;
        need(judged == Judged::Wrong, place, "a wrong output", format!("{judged:?}"))?;
        let is_number = matches!(model.reading, Reading::Number { .. });
        let found = match (&self.output, y.first()) {
            (Found::Number(stated), Some(y)) if is_number => {
                let (lo, hi) = p.ends(y);
                let around = stated.encloses(&lo, &hi);
                let Between { at_least, at_most } = stated;
                need(
                    around,
                    format!("{place}.output.number"),
                    format!("bounds around {lo} to {hi}"),
                    format!("{at_least} to {at_most}"),
                )?;
                format!("it gives a number from {at_least} to {at_most}")
            }
            (Found::Choice(Some(choice)), _) if !is_number => {
                let decodes = margin(&y, &model.reading, *choice, p).0 == Judged::Right;
                need(decodes, format!("{place}.output.choice"), "what the arg max decodes to", choice)?;
                format!("it reads {choice}")
            }
            (Found::Choice(None), _) => "its output is not the answer".to_owned(),
            _ => {
                return Err(wrong(format!("{place}.output"), "the kind of the model's reading", "another"));
            }
        };
        let ReadingParams { task, n, m, d } = params;
        Ok(Finding::refuted(format!(
            "the softmax transformer does not solve {task}, n = {n}, m = {m}, d = {d}: on one sequence {found}, and the answer is {}",
            self.answer
        )))
    }
}
