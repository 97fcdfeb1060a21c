//! A softmax transformer on all inputs of a length: bounds of how many it reads right, by trees over boxes of counts.

use super::misreading::ReadingParams;
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{Question, SoftmaxTransformer};
use crate::evidence::{Boxes, Cases};
use crate::number::{NaturalText, Rational, RationalText, compare, divide};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigInt, BigUint, One, Signed, Zero};
use serde::{Deserialize, Serialize};

/// The statement: how many inputs of length `n` are read right is known within a bound, or the model solves the task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccuracyParams {
    /// what is asked
    pub task: Question,
    /// how close to the answer the number has to be
    pub tolerance: RationalText,
    /// length of the inputs
    pub n: u64,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
    /// how far apart the bounds of the accuracy are at most; `null` for the statement that the model solves the task
    pub within: Option<RationalText>,
}

/// Some inputs are accounted for; an input is a sequence together with a position that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// what reads
    pub model: SoftmaxTransformer,
    /// one a query, in the order of tokens; see [`crate::evidence`] for the symbols
    pub trees: Vec<String>,
    /// how many inputs are known to be read right
    pub right: NaturalText,
    /// how many inputs are known to be read wrong
    pub wrong: NaturalText,
}

impl AccuracyParams {
    /// What is asked.
    #[must_use]
    pub fn reading(&self) -> ReadingParams {
        let Self { task, tolerance, n, m, d, .. } = self;
        ReadingParams { task: task.clone(), tolerance: tolerance.clone(), n: *n, m: *m, d: *d }
    }
}

impl Kind for Accuracy {
    type Params = AccuracyParams;
    const NAME: &'static str = "accuracy";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::MODEL];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &AccuracyParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let place = "data.accuracy";
        let reading = params.reading();
        reading.describes(&self.model)?;
        let asked = (&self.model, &params.task, &params.tolerance.0, params.n);
        let (known, inputs, by) = match Cases::new(asked.0, asked.1, asked.2, asked.3, clock)? {
            Some(cases) => (cases.follow(&self.trees, clock)?, cases.inputs, "cases of the largest token"),
            None => {
                let boxes = Boxes::new(asked.0, asked.1, asked.2, asked.3, clock)?;
                let expected = "query count by one layer of softmax heads and ReLU, one norm at most between them and one choice an answer, read at the last of \
                                n >= 2 positions if it has some, up to 26 tokens, n = 1024, d = 256 and 1024 units; or the largest token by one head alone";
                let boxes = boxes
                    .ok_or_else(|| wrong(format!("{place}.model"), expected, "another model, question or length"))?;
                (boxes.follow(&self.trees, clock)?, boxes.inputs, "boxes of counts")
            }
        };
        expect(&format!("{place}.right"), &known.right, &self.right.0)?;
        expect(&format!("{place}.wrong"), &known.wrong, &self.wrong.0)?;
        let (inputs, decided) = (&inputs, &known.right + &known.wrong);
        let share = |part: &BigUint| {
            let ratio = divide(&BigInt::from(part.clone()).into(), &BigInt::from(inputs.clone()).into());
            ratio.unwrap_or_default()
        };
        let statement = format!("{}; {inputs} inputs, by {by}", reading.statement());
        let (right, wrong) = (&known.right, &known.wrong);
        let Some(within) = &params.within else {
            let refuted = !known.wrong.is_zero();
            need(
                refuted || decided == *inputs,
                place,
                "a wrong input, or every input decided",
                format!("{decided} decided"),
            )?;
            return Ok(match refuted {
                false => Finding::verified(format!("the softmax transformer solves {statement}")),
                true => Finding::refuted(format!(
                    "the softmax transformer is right on at least {right} and wrong on at least {wrong}, so it does not solve {statement}"
                )),
            });
        };
        need(!within.0.is_negative(), "params.within", "a number that is not below 0", within)?;
        let open = Rational::one() - share(&decided);
        need(compare(&open, &within.0).is_le(), "params.within", format!("at least {open}"), within)?;
        Ok(Finding::verified(format!(
            "the accuracy of the softmax transformer is known within {within}: it is right on at least {right} and wrong on at least {wrong}; \
             {statement}"
        )))
    }
}
