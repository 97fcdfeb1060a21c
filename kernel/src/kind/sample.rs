//! A softmax transformer on inputs drawn at random: how many are right, and exact confidence bounds of its accuracy.
//!
//! The bounds are those of Clopper and Pearson (Biometrika 26, 1934), rounded outwards: were the accuracy below `at_least`, as many
//! right inputs as there are would have a probability of at most `(1 - confidence) / 2`, and likewise above `at_most`.
//! The accuracy is that of an input drawn from the stated distribution, and the coverage is over the draw of the seed.

use super::misreading::{Between, ReadingParams};
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{Question, SoftmaxTransformer};
pub use crate::evidence::{Distribution, Drawn, MAX_SAMPLE};
use crate::evidence::{Marks, Sampler};
use crate::number::{Rational, RationalText, compare, divide, integer};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigInt, One};
use serde::{Deserialize, Serialize};

impl Between {
    /// Checks confidence bounds of a probability that so many of the drawn inputs meet, and so many others certainly do not.
    ///
    /// # Errors
    /// [`Rejection`] for an end that is none.
    pub(super) fn confirmed(
        &self,
        place: &str,
        drawn: &Drawn,
        [met, unmet]: [u64; 2],
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        let (Self { at_least, at_most }, sampled) = (self, drawn.estimate);
        let below = drawn.bounds_below(place, (sampled, met), &at_least.0, clock)?;
        need(below, format!("{place}.at_least"), "a lower confidence bound", at_least)?;
        let above = drawn.bounds_below(place, (sampled, unmet), &(Rational::one() - &at_most.0), clock)?;
        let ordered = compare(&at_least.0, &at_most.0).is_le();
        need(above && ordered, format!("{place}.at_most"), "an upper confidence bound", at_most)
    }
}

/// The statement: what is drawn and how it is judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleParams {
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
    /// how many inputs are drawn
    pub estimate: u64,
    /// of the bounds, above 0 and below 1
    pub confidence: RationalText,
    /// of the generator
    pub seed: u64,
    /// of the tokens
    pub distribution: Distribution,
}

/// What was found of the inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// what reads
    pub model: SoftmaxTransformer,
    /// inputs that are right
    pub right: u64,
    /// inputs too close to call, which the bounds count on the worse side
    pub open: u64,
    /// inputs whose output, rounded or decoded, is within 1 of the answer
    pub within_one: u64,
    /// bounds of the mean of `|output - answer|` over the inputs
    pub error: Between,
    /// for each answer, in order
    pub answers: Vec<SampledAnswer>,
    /// confidence bounds of the accuracy
    pub accuracy: Between,
}

/// The inputs with one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampledAnswer {
    /// the true answer
    pub answer: RationalText,
    /// inputs that have it
    pub sampled: u64,
    /// those of them that are right
    pub right: u64,
}

impl SampleParams {
    /// Makes a sampler of `model`.
    ///
    /// # Errors
    /// [`Rejection`] for parameters out of range, or that do not describe the model.
    pub fn sampler<'a>(&'a self, model: &'a SoftmaxTransformer, clock: &Clock<'_>) -> Result<Sampler<'a>, Rejection> {
        self.reading().describes(model)?;
        Sampler::new(model, &self.task, &self.tolerance.0, self.n, self.drawn(), clock)
    }

    /// What is drawn.
    #[must_use]
    pub fn drawn(&self) -> Drawn {
        let Self { estimate, confidence, seed, distribution, .. } = self.clone();
        Drawn { estimate, confidence, seed, distribution }
    }

    fn reading(&self) -> ReadingParams {
        let Self { task, tolerance, n, m, d, .. } = self;
        ReadingParams { task: task.clone(), tolerance: tolerance.clone(), n: *n, m: *m, d: *d }
    }
}

impl Sample {
    /// What marks state; no bounds yet.
    #[must_use]
    pub fn of(model: &SoftmaxTransformer, marks: &Marks) -> Self {
        let answers = marks.answers.iter().map(|(answer, &(sampled, right))| {
            let answer = answer.clone();
            SampledAnswer { answer, sampled, right }
        });
        let whole = || Between { at_least: integer(0).into(), at_most: integer(1).into() };
        let (lo, hi) = marks.error();
        let mean = |sum: &Rational| divide(sum, &integer(marks.sampled())).unwrap_or_default();
        Self {
            model: model.clone(),
            right: marks.right,
            open: marks.open,
            within_one: marks.within_one,
            error: Between::decimals(&mean(&lo), &mean(&hi)),
            answers: answers.collect(),
            accuracy: whole(),
        }
    }
}

impl Between {
    /// The least bounds with nine decimals.
    pub(super) fn decimals(lo: &Rational, hi: &Rational) -> Self {
        let unit = || Rational::from_integer(BigInt::from(1_000_000_000));
        let rounded = |value: Rational| divide(&value, &unit()).unwrap_or_default().into();
        Self { at_least: rounded((lo * unit()).floor()), at_most: rounded((hi * unit()).ceil()) }
    }
}

impl Kind for Sample {
    type Params = SampleParams;
    const NAME: &'static str = "sample";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::MODEL];
    const EVIDENCE: Evidence = Evidence::Enumeration;

    fn check(&self, _: ClaimId, params: &SampleParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let place = |name: &str| format!("data.sample.{name}");
        let (marks, result) = params.sampler(&self.model, clock)?.run(clock);
        result?;
        let found = Self::of(&self.model, &marks);
        expect(&place("right"), found.right, self.right)?;
        expect(&place("open"), found.open, self.open)?;
        expect(&place("within_one"), found.within_one, self.within_one)?;
        self.error.around(&place("error"), &found.error.at_least.0, &found.error.at_most.0)?;
        expect(&place("answers: number"), found.answers.len(), self.answers.len())?;
        for (index, (found, stated)) in found.answers.iter().zip(&self.answers).enumerate() {
            let row = |row: &SampledAnswer| format!("{}: {} of {}", row.answer, row.right, row.sampled);
            need(found == stated, place(&format!("answers[{index}]")), row(found), row(stated))?;
        }
        let sampled = params.estimate;
        let wrong_ones = sampled.checked_sub(found.right).and_then(|rest| rest.checked_sub(found.open));
        let wrong_ones = wrong_ones.ok_or_else(|| wrong(place("open"), "at most all inputs", found.open))?;
        let drawn = params.drawn();
        self.accuracy.confirmed(&place("accuracy"), &drawn, [found.right, wrong_ones], clock)?;
        let (Between { at_least, at_most }, from) = (&self.accuracy, drawn.words());
        let (statement, right, confidence) = (params.reading().statement(), found.right, &params.confidence);
        let seed = params.seed;
        Ok(Finding::estimated(format!(
            "with confidence {confidence} the softmax transformer is right on {at_least} to {at_most} of inputs whose tokens are \
             drawn {from}: {right} of {sampled} drawn with seed {seed}; {statement}"
        )))
    }
}
