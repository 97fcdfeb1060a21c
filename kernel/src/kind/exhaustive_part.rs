//! A part of an exhaustive proof, which is a statement of its own: no input of this part is wrong. It says nothing about the others,
//! and has a claim of its own name, so that it is not read as the whole.
//!
//! All parts of one number of parts together are the whole ([`InputPart`]); who joins them writes a certificate of the kind
//! `exhaustive`, which is checked as every other.

use super::counting::{COUNTING, Counting};
use super::{ClaimId, Evidence, Exhaustive, Finding, Kind};
use crate::definition::{Criterion, InputPart, Length, Task};
use crate::rejection::{Clock, Rejection, expect_number, wrong};
use serde::{Deserialize, Serialize};

impl ClaimId {
    /// a part of a statement about all inputs
    pub const PART: Self = Self("part");
}

/// The statement: a model of these sizes meets `criterion` on every input of the part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExhaustivePartParams {
    /// the claim that it is a part of
    pub of: String,
    /// which part of how many
    pub part: InputPart,
    /// what is counted
    pub task: Task,
    /// how close the output has to be
    pub criterion: Criterion,
    /// context length
    pub n: Length,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
    /// units in the widest hidden layer
    pub mlp_width: usize,
}

impl ExhaustivePartParams {
    /// The part of this statement.
    #[must_use]
    pub fn new(of: ClaimId, part: InputPart, whole: &Counting) -> Self {
        let &Counting { task, criterion, n, m, d, mlp_width } = whole;
        Self { of: of.name().to_owned(), part, task, criterion, n, m, d, mlp_width }
    }

    /// The statement that it is a part of.
    fn whole(&self) -> Result<(ClaimId, Counting), Rejection> {
        let &Self { task, criterion, n, m, d, mlp_width, .. } = self;
        let of = COUNTING.iter().find(|claim| claim.name() == self.of);
        let of = of.ok_or_else(|| wrong("params.of", "a claim that a model counts", &self.of))?;
        Ok((*of, Counting { task, criterion, n, m, d, mlp_width }))
    }
}

/// The model is evaluated on every input of the part, whose largest error is `max_error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExhaustivePart(pub Exhaustive);

impl Kind for ExhaustivePart {
    type Params = ExhaustivePartParams;
    const NAME: &'static str = "exhaustive-part";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::PART];
    const EVIDENCE: Evidence = Evidence::Enumeration;

    fn check(&self, _: ClaimId, params: &ExhaustivePartParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let (of, whole) = params.whole()?;
        let (seen, inputs) = self.0.enumerate(of, &whole, params.part, clock)?;
        expect_number("data.exhaustive-part.max_error", &seen.worst, &self.0.max_error.0)?;
        let (part, sentence, seen) = (params.part, whole.sentence("counts"), seen.inputs);
        Ok(Finding::verified(format!(
            "part {part} of {of}, and nothing about the others: on its inputs {sentence}; {seen} evaluations, {inputs} inputs in all"
        )))
    }
}
