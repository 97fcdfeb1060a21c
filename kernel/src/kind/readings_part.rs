//! A part of a survey, which is a statement of its own: so many inputs of this part are read right. It says nothing about the others,
//! and has the claim of parts, so that it is not read as the whole.
//!
//! All parts of one number of parts together are the whole ([`InputPart`]): who joins them writes a certificate of the kind
//! `readings` with the trees of all, which is checked as every other.

use super::misreading::ReadingParams;
use super::readings::Readings;
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{InputPart, Question};
use crate::evidence::Tally;
use crate::number::RationalText;
use crate::rejection::{Clock, Rejection, wrong};
use num::Zero;
use serde::{Deserialize, Serialize};

/// The statement: the model solves the task on every input of the part (or the number of those on which it does).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingsPartParams {
    /// the claim that it is a part of
    pub of: String,
    /// which part of how many
    pub part: InputPart,
    /// what is asked
    pub task: Question,
    /// how close to the answer a number has to be
    pub tolerance: RationalText,
    /// length of the inputs, BOS not counted
    pub n: u64,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
}

impl ReadingsPartParams {
    /// The part of this statement.
    #[must_use]
    pub fn new(of: ClaimId, part: InputPart, whole: ReadingParams) -> Self {
        let ReadingParams { task, tolerance, n, m, d } = whole;
        Self { of: of.name().to_owned(), part, task, tolerance, n, m, d }
    }
}

/// Every input of the part is accounted for: the trees are those of its blocks, in their order, and the numbers are of its inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReadingsPart(pub Readings);

impl Kind for ReadingsPart {
    type Params = ReadingsPartParams;
    const NAME: &'static str = "readings-part";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::PART];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &ReadingsPartParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let ReadingsPartParams { of, part, task, tolerance, n, m, d } = params.clone();
        let known = Readings::CLAIMS.iter().any(|claim| claim.name() == of);
        if !known {
            return Err(wrong("params.of", "a claim about what a softmax transformer reads", of));
        }
        let whole = ReadingParams { task, tolerance, n, m, d };
        let (survey, tally) = self.0.accounted("data.readings-part", &whole, part, clock)?;
        let (all, Tally { right, wrong, .. }) = (tally.decided(), &tally);
        let part = format!("part {part} of {of}, and nothing about the others");
        let what = format!("{}; {all} of {} inputs, {}", whole.statement(), survey.inputs, self.0.how(&survey));
        Ok(if wrong.is_zero() {
            Finding::verified(format!("{part}: on its inputs the softmax transformer solves {what}"))
        } else {
            Finding::refuted(format!(
                "{part}: on its inputs the softmax transformer is right {right} and wrong {wrong} times, so it does not solve {what}"
            ))
        })
    }
}
