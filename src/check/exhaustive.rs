//! Evaluates the model on every input of a finite domain and compares with plain counting.

use super::statement::{describes, sentence};
use super::{Finding, KeepGoing, Rejection, expect, wrong};
use crate::cert::{ClaimId, Counting, Exhaustive, Inputs, Length, Verdict};
use crate::exact::Rational;
use crate::model::{Evaluator, Occurrence};
use crate::task::{CountInputs, Input, Sequences, count_inputs_within, sequence_inputs_within};
use num_traits::Zero;

/// More inputs than this are refused: the check would not end.
const MAX_INPUTS: u64 = 1 << 40;

/// How many inputs are evaluated between two questions whether to go on.
const STRIDE: usize = 1 << 10;

pub(super) fn check(
    claim: ClaimId,
    params: &Counting,
    data: &Exhaustive,
    keep_going: KeepGoing<'_>,
) -> Result<Finding, Rejection> {
    let model = &data.model;
    describes(claim, params, model)?;
    let Length::Exactly(length) = params.n else {
        return Err(wrong("params.n", "one context length", "any"));
    };
    let m = params.m as u64;
    let inputs = match data.inputs {
        Inputs::CountVectors => count_inputs_within(length, m, MAX_INPUTS),
        Inputs::Sequences => sequence_inputs_within(length, m, MAX_INPUTS),
    };
    let inputs = inputs
        .filter(|_| length > 0)
        .ok_or_else(|| wrong("params", format!("1 to {MAX_INPUTS} inputs"), "others"))?;
    let n = usize::try_from(length).map_err(|_| wrong("params.n", "a small n", length))?;
    let evaluator = Evaluator::new(model, n)?;
    let m = params.m;
    let answer = |input: &Input| params.task.answer(input.counts(), input.query());
    let mut worst = Worst { error: Rational::zero(), params, keep_going, seen: 0 };
    match data.inputs {
        Inputs::CountVectors => {
            expect("model: depends on counts only", true, model.depends_on_counts_only())?;
            for input in CountInputs::new(length, m) {
                worst
                    .take(&input, evaluator.error(input.query(), input.prefix(), answer(&input)))?;
            }
        }
        Inputs::Sequences => {
            let classes = !model.depends_on_counts_only();
            for sequence in Sequences::new(n, m) {
                let Ok(input) = Input::of_sequence(&sequence, m) else { continue };
                let positions = sequence.iter().take(n - 1).enumerate().map(|(i, &token)| {
                    Occurrence { class: if classes { i } else { 0 }, token, multiplicity: 1 }
                });
                worst.take(&input, evaluator.error(input.query(), positions, answer(&input)))?;
            }
        }
    }
    expect("data.exhaustive.max_error", &worst.error, &data.max_error.0)?;
    let statement = format!("{}; {inputs} inputs", sentence(params, "counts"));
    Ok(Finding { verdict: Verdict::Verified, statement })
}

struct Worst<'a> {
    error: Rational,
    params: &'a Counting,
    keep_going: KeepGoing<'a>,
    seen: usize,
}

impl Worst<'_> {
    fn take(&mut self, input: &Input, error: Option<Rational>) -> Result<(), Rejection> {
        self.seen += 1;
        if self.seen.is_multiple_of(STRIDE) && !(self.keep_going)() {
            return Err(Rejection::Stopped);
        }
        let error = error.ok_or_else(|| wrong("model", "an output on every input", "none"))?;
        if !self.params.criterion.accepts(&error) {
            let place =
                format!("model on query {} with counts {:?}", input.query(), input.counts());
            let expected = format!("an answer {}", self.params.criterion);
            return Err(wrong(place, expected, format!("error {error}")));
        }
        if error > self.error {
            self.error = error;
        }
        Ok(())
    }
}
