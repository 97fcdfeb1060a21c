//! T4: repeating an input changes no output of a model without positions, but changes every count.

use super::{Finding, KeepGoing, Rejection, expect, wrong};
use crate::cert::{ClaimId, Repetition, RepetitionParams, Verdict};
use crate::model::Evaluator;
use crate::task::{CountInputs, count_inputs_within};

/// More inputs than this are refused: the check would not end.
const MAX_INPUTS: u64 = 1 << 32;

pub(super) fn check(
    claim: ClaimId,
    params: &RepetitionParams,
    data: &Repetition,
    keep_going: KeepGoing<'_>,
) -> Result<Finding, Rejection> {
    let &RepetitionParams { n, m, times, models } = params;
    if claim != ClaimId::NoPosition {
        return Err(wrong("claim", ClaimId::NoPosition, claim));
    }
    expect("params.models", data.models.len(), models)?;
    let inputs =
        count_inputs_within(n, m as u64, MAX_INPUTS).filter(|_| models > 0).ok_or_else(|| {
            wrong("params", format!("a model and 1 to {MAX_INPUTS} inputs"), "others")
        })?;
    if times < 2 || n.checked_mul(times).is_none() {
        return Err(wrong("params.times", "at least 2, with a length in 64 bits", times));
    }
    let length = usize::try_from(n).map_err(|_| wrong("params.n", "a small n", n))?;
    for (index, model) in data.models.iter().enumerate() {
        let place = |what: &str| format!("data.repetition.models[{index}]: {what}");
        expect(&place("m"), m, model.vocabulary())?;
        expect(&place("has positions"), false, model.positions.is_some())?;
        let evaluator = Evaluator::new(model, length)?;
        for (seen, input) in CountInputs::new(n, m).enumerate() {
            if seen % 1024 == 1023 && !keep_going() {
                return Err(Rejection::Stopped);
            }
            let repeated =
                input.repeated(times).ok_or_else(|| wrong("params.times", "small", times))?;
            let once = evaluator.output(input.query(), input.prefix());
            let again = evaluator.output(input.query(), repeated.prefix());
            if once.is_none() || once != again {
                let counts = format!("counts {:?}", input.counts());
                return Err(wrong(place("output on a repeated input"), "unchanged", counts));
            }
        }
    }
    let statement = format!(
        "{models} models without positions give the same output on each of {inputs} inputs with n = {n}, m = {m} \
         and on the input repeated {times} times, where every count is {times} times as large: none is right on both"
    );
    Ok(Finding { verdict: Verdict::Verified, statement })
}
