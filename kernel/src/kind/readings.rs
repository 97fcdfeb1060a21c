//! A softmax transformer on all inputs of a length: how many are right, and the least margin, by trees that the checker follows.

use super::misreading::{Between, ReadingParams};
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{InputPart, Judged, SoftmaxTransformer};
use crate::evidence::{MOST_BITS, Survey, Tally};
use crate::number::{NaturalText, compare};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigUint, Zero};
use serde::{Deserialize, Serialize};

/// Every input is accounted for; an input is a sequence together with a position that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readings {
    /// what reads
    pub model: SoftmaxTransformer,
    /// one a problem, in the order of [`crate::evidence`]; see there for the symbols
    pub trees: Vec<String>,
    /// how many inputs are read right
    pub right: NaturalText,
    /// how many are read wrong
    pub wrong: NaturalText,
    /// bounds of the least margin; `null` when an input is wrong, or no input has a margin
    pub margin: Option<Between>,
}

impl Kind for Readings {
    type Params = ReadingParams;
    const NAME: &'static str = "readings";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::MODEL, ClaimId::TOKEN_MIXING];
    const VERSION: u32 = 3;
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &ReadingParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let (survey, tally) = self.accounted("data.readings", params, InputPart::WHOLE, clock)?;
        let (inputs, all) = (&survey.inputs, tally.decided());
        need(all == *inputs, "data.readings.trees", format!("{inputs} inputs"), &all)?;
        let Tally { right, wrong, .. } = &tally;
        let what = format!("{}; {inputs} inputs, {}", params.statement(), self.how(&survey));
        Ok(if wrong.is_zero() {
            Finding::verified(format!("the softmax transformer solves {what}"))
        } else {
            Finding::refuted(format!(
                "the softmax transformer is right on {right} and wrong on {wrong}, so it does not solve {what}"
            ))
        })
    }

    fn check_part(
        &self,
        _: ClaimId,
        params: &ReadingParams,
        part: InputPart,
        clock: &Clock<'_>,
    ) -> Option<Result<String, Rejection>> {
        let place = "data.readings";
        Some(self.follow(place, params, InputPart::WHOLE, part, clock).and_then(|(survey, tally)| {
            let at_most = |name: &str, found: &BigUint, stated: &BigUint| {
                need(found <= stated, format!("{place}.{name}"), format!("at most {stated}"), found)
            };
            at_most("right", &tally.right, &self.right.0)?;
            at_most("wrong", &tally.wrong, &self.wrong.0)?;
            if let (Some((lo, _)), Some(stated)) = (&tally.margin, &self.margin) {
                need(compare(&stated.at_least.0, lo).is_le(), format!("{place}.margin"), &stated.at_least.0, lo)?;
            }
            let (inputs, statement, Tally { right, wrong, .. }) = (&survey.inputs, params.statement(), tally);
            Ok(format!("{right} right and {wrong} wrong of {inputs} inputs in all: {statement}"))
        }))
    }
}

impl Readings {
    /// The trees of a part hold, and so many inputs of it are right and wrong, by such a margin, as is stated.
    pub(super) fn accounted<'a>(
        &'a self,
        place: &str,
        params: &'a ReadingParams,
        part: InputPart,
        clock: &Clock<'_>,
    ) -> Result<(Survey<'a>, Tally), Rejection> {
        let (survey, tally) = self.follow(place, params, part, part, clock)?;
        expect(&format!("{place}.right"), &tally.right, &self.right.0)?;
        expect(&format!("{place}.wrong"), &tally.wrong, &self.wrong.0)?;
        match (tally.margin.as_ref().filter(|_| tally.wrong.is_zero()), &self.margin) {
            (None, None) => {}
            (Some((lo, hi)), Some(stated)) => stated.around(&format!("{place}.margin"), lo, hi)?,
            (known, _) => {
                let expected = if known.is_some() { "bounds" } else { "null" };
                return Err(wrong(format!("{place}.margin"), expected, "the other"));
            }
        }
        Ok((survey, tally))
    }

    /// How inputs were judged.
    pub(super) fn how(&self, survey: &Survey<'_>) -> String {
        let one_by_one = self.trees.iter().all(|tree| tree == "e");
        let how = if one_by_one { "one by one" } else { "by bounds and one by one" };
        format!("{how} {}", survey.told_apart())
    }

    /// Follows the trees of a part, of which those of the part `there` are here. Each tree is a block; what is evaluated by
    /// definition has blocks of its own.
    fn follow<'a>(
        &'a self,
        place: &str,
        params: &'a ReadingParams,
        there: InputPart,
        part: InputPart,
        clock: &Clock<'_>,
    ) -> Result<(Survey<'a>, Tally), Rejection> {
        params.describes(&self.model)?;
        let survey = Survey::new(&self.model, &params.task, &params.tolerance.0, params.n, clock)?;
        let tally = survey.follow(place, (&self.trees, there), part, clock)?;
        if let Some((sequence, position)) = &tally.first_open {
            let tokens: Vec<String> = sequence.iter().map(ToString::to_string).collect();
            let found =
                format!("{:?} with {} bits: {} read at {position}", Judged::Open, MOST_BITS.0, tokens.join(" "));
            return Err(wrong(place, "inputs that are decided", found));
        }
        Ok((survey, tally))
    }
}
