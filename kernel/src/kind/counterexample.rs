//! One input on which the model fails: the output is computed again from the definition, and the answer by counting.
//!
//! The criterion is asked of every input, so one that does not meet it refutes the statement; when `n = "any"`, an input of
//! any length, with the output multiplied by the length.

use super::counting::{COUNTING, Counting};
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{Input, Length, Token, Transformer};
use crate::number::{RationalText, integer};
use crate::rejection::{Clock, Rejection, expect, expect_number, need};
use num::Signed;
use serde::{Deserialize, Serialize};

/// The model fails on one input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counterexample {
    /// what does not count
    pub model: Transformer,
    /// the query is the last token
    pub sequence: Vec<Token>,
    /// the exact output on it, times the length when `n = "any"`
    pub output: RationalText,
    /// the true count
    pub answer: u64,
}

impl Kind for Counterexample {
    type Params = Counting;
    const NAME: &'static str = "counterexample";
    const CLAIMS: &'static [ClaimId] = COUNTING;
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, claim: ClaimId, params: &Counting, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        params.describes(claim, &self.model)?;
        let last = self.sequence.len().saturating_sub(1);
        let input = Input::of_sequence("data.counterexample.sequence", &self.sequence, params.m, last)?;
        let length = input.length();
        let mut output = self.model.output_within(&self.sequence, clock)?;
        match params.n {
            Length::Exactly(n) => expect("data.counterexample.sequence: length", n, length)?,
            Length::Any => output *= integer(length),
        }
        expect_number("data.counterexample.output", &output, &self.output.0)?;
        let answer = params.task.answer(input.counts(), input.query());
        expect("data.counterexample.answer", answer, self.answer)?;
        let error = (&output - integer(answer)).abs();
        need(
            !params.criterion.accepts(&error),
            "data.counterexample: error",
            format!("one that does not count {}", params.criterion),
            error,
        )?;
        let sentence = params.sentence("does not count");
        Ok(Finding::refuted(format!(
            "{sentence}: on a sequence of length {length} it gives {output}, and the answer is {answer}"
        )))
    }
}
