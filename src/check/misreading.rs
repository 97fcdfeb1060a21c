//! Evaluates a softmax transformer on one input, by definition, and finds it wrong.

use super::{Finding, Rejection, expect, wrong};
use crate::cert::{ClaimId, Found, Misreading, ReadingParams, Verdict};
use crate::exact::Precision;
use crate::model::softmax::{Judged, Reading, SoftmaxTransformer};
use crate::task::survey::MAX_BITS;

/// Longest sequence that is evaluated.
const MAX_LENGTH: usize = 1 << 16;

pub(super) fn check(
    claim: ClaimId,
    params: &ReadingParams,
    data: &Misreading,
) -> Result<Finding, Rejection> {
    let model = &data.model;
    describes(claim, params, model)?;
    let place = "data.misreading.sequence";
    let length = data.sequence.len();
    if length == 0 || length > MAX_LENGTH {
        return Err(wrong(place, format!("1 to {MAX_LENGTH} tokens"), length));
    }
    expect("data.misreading.sequence: length", params.n, length as u64)?;
    let mut counts = vec![0u64; params.m];
    for token in &data.sequence {
        match counts.get_mut(token.0) {
            Some(count) => *count += 1,
            None => return Err(wrong(place, format!("tokens below {}", params.m), token)),
        }
    }
    let query = *data.sequence.get(data.position).ok_or_else(|| {
        wrong("data.misreading.position", format!("below {length}"), data.position)
    })?;
    let answer = params.task.answer(&counts, query);
    expect("data.misreading.answer", answer, data.answer)?;
    let judged = model.judge(&data.sequence, data.position, answer, Precision(MAX_BITS))?;
    let output = match judged {
        (Some(output), Judged::Wrong(_)) => output,
        (_, Judged::Right(_)) => {
            return Err(wrong("data.misreading", "a wrong output", "the answer"));
        }
        _ => {
            let found = format!("undecided with {MAX_BITS} bits");
            return Err(wrong("data.misreading", "a wrong output", found));
        }
    };
    let found = match (&data.output, output.y.first()) {
        (Found::Number(stated), Some(y)) if matches!(model.reading, Reading::Number { .. }) => {
            let (lo, hi) = output.precision.ends(y);
            if stated.at_least.0 > lo || stated.at_most.0 < hi {
                let expected = format!("bounds around {lo} to {hi}");
                let found = format!("{} to {}", stated.at_least, stated.at_most);
                return Err(wrong("data.misreading.output.number", expected, found));
            }
            format!("it gives a number from {} to {}", stated.at_least, stated.at_most)
        }
        (Found::Choice(Some(choice)), _) => {
            let decoded = output.choice(&model.reading);
            if decoded != Some(*choice) {
                let decoded = decoded.map_or("none".to_owned(), |answer| answer.to_string());
                return Err(wrong("data.misreading.output.choice", decoded, choice));
            }
            format!("it reads {choice}")
        }
        (Found::Choice(None), _) => "its output is not the answer".to_owned(),
        _ => {
            return Err(wrong(
                "data.misreading.output",
                "the kind of the model's reading",
                "another",
            ));
        }
    };
    let ReadingParams { task, n, m, d } = params;
    let statement = format!(
        "the softmax transformer does not solve {task}, n = {n}, m = {m}, d = {d}: on one sequence {found}, \
         and the answer is {answer}"
    );
    Ok(Finding { verdict: Verdict::Refuted, statement })
}

/// Checks that `params` describe `model`.
pub(super) fn describes(
    claim: ClaimId,
    params: &ReadingParams,
    model: &SoftmaxTransformer,
) -> Result<(), Rejection> {
    expect("claim", ClaimId::Model, claim)?;
    expect("params.m", model.vocabulary(), params.m)?;
    expect("params.d", model.dimension(), params.d)
}
