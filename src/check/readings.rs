//! Judges every input of a softmax transformer again, and counts.

use super::misreading::describes;
use super::{Finding, KeepGoing, Rejection, expect, wrong};
use crate::cert::{ClaimId, ReadingParams, Readings, Verdict};
use crate::task::survey::{Survey, is_complete};
use num_traits::Zero;

pub(super) fn check(
    claim: ClaimId,
    params: &ReadingParams,
    data: &Readings,
    keep_going: KeepGoing<'_>,
) -> Result<Finding, Rejection> {
    describes(claim, params, &data.model)?;
    let survey = Survey::new(&data.model, params.task, params.n)
        .map_err(|error| wrong("params", "a domain that can be enumerated", error))?;
    let tally = survey.run_all(keep_going)?;
    if tally.stopped {
        return Err(Rejection::Stopped);
    }
    if !is_complete(&tally, survey.inputs()) {
        let found = format!("{} of them", tally.decided());
        return Err(wrong("data.readings", format!("{} inputs decided", survey.inputs()), found));
    }
    expect("data.readings.right", &tally.right, &data.right.0)?;
    expect("data.readings.wrong", &tally.wrong, &data.wrong.0)?;
    let margin = tally.margin.filter(|_| tally.wrong.is_zero());
    match (&margin, &data.margin) {
        (None, None) => {}
        (Some((lo, hi)), Some(stated)) => {
            if stated.at_least.0 > *lo {
                return Err(wrong(
                    "data.readings.margin.at_least",
                    format!("<= {lo}"),
                    &stated.at_least,
                ));
            }
            if stated.at_most.0 < *hi {
                return Err(wrong(
                    "data.readings.margin.at_most",
                    format!(">= {hi}"),
                    &stated.at_most,
                ));
            }
        }
        (Some(_), None) => return Err(wrong("data.readings.margin", "bounds", "null")),
        (None, Some(_)) => return Err(wrong("data.readings.margin", "null", "bounds")),
    }
    let ReadingParams { task, n, m, d } = params;
    let inputs = survey.inputs();
    let sizes = format!("n = {n}, m = {m}, d = {d}; {inputs} inputs");
    Ok(match tally.wrong.is_zero() {
        true => Finding {
            verdict: Verdict::Verified,
            statement: format!("the softmax transformer solves {task}, {sizes}"),
        },
        false => Finding {
            verdict: Verdict::Refuted,
            statement: format!(
                "the softmax transformer does not solve {task}: it is right on {} and wrong on {}, {sizes}",
                tally.right, tally.wrong
            ),
        },
    })
}
