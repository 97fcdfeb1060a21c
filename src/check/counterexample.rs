//! Evaluates the model on one sequence, by definition, and finds it wrong.

use super::statement::{describes, sentence};
use super::{Finding, Rejection, expect, wrong};
use crate::cert::{ClaimId, Counterexample, Counting, Length, Verdict};
use crate::exact::integer;
use crate::task::Input;
use num_traits::Signed;

pub(super) fn check(
    claim: ClaimId,
    params: &Counting,
    data: &Counterexample,
) -> Result<Finding, Rejection> {
    describes(claim, params, &data.model)?;
    let length = data.sequence.len() as u64;
    if let Length::Exactly(n) = params.n {
        expect("data.counterexample.sequence: length", n, length)?;
    }
    let input = Input::of_sequence(&data.sequence, params.m)
        .map_err(|error| wrong("data.counterexample.sequence", "an input", error))?;
    let mut output = data.model.output(&data.sequence)?;
    if params.n == Length::Any {
        output *= integer(length);
    }
    expect("data.counterexample.output", &output, &data.output.0)?;
    let answer = params.task.answer(input.counts(), input.query());
    expect("data.counterexample.answer", answer, data.answer)?;
    let error = (&output - integer(answer)).abs();
    if params.criterion.accepts(&error) {
        let expected = format!("an error that does not count {}", params.criterion);
        return Err(wrong("data.counterexample", expected, format!("error {error}")));
    }
    let statement = format!(
        "{}: on a sequence of length {length} it gives {output}, and the answer is {answer}",
        sentence(params, "does not count")
    );
    Ok(Finding { verdict: Verdict::Refuted, statement })
}
