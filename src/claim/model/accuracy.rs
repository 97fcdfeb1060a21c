//! `--within Q`, and lengths with many inputs: the accuracy of a one-layer model from both sides, by boxes of counts.
//!
//! With `--within` the statement is that the accuracy is known so closely: it is verified once the bounds are, whatever the accuracy is. Without,
//! the statement is that the model solves the task, as for every survey: one wrong input refutes it, and as much is certified of the accuracy
//! as was found by then.

use super::super::{Cell, ClaimError, Decision, Known, Undecided};
use super::reading::{self, Asked};
use crate::kernel::definition::{Question, ReadAt, SoftmaxTransformer};
use crate::kernel::evidence::{Boxes, Cases};
use crate::kernel::kind::{Accuracy, AccuracyParams, ReadingParams};
use crate::kernel::number::{NaturalText, Rational, RationalText};
use crate::kernel::{Certificate, ClaimId, Clock, Verdict};
use crate::report::{Value, value_of};
use crate::search::boxes::{self, Found};
use crate::search::cases;
use crate::search::control::{Control, Stopped};
use crate::search::inputs::count_inputs;
use crate::search::survey::{MANY, first_look};
use num_bigint::BigUint;
use num_traits::{One, Signed, Zero};
use std::sync::Arc;
use std::time::Duration;

/// More count vectors than this are surveyed by boxes where that is possible; fewer are judged one by one, with their margin.
const MANY_COUNTS: u64 = 1 << 20;
/// A check that takes longer is not begun after an interrupt.
const SHORT: Duration = Duration::from_millis(700);

/// # Errors
/// [`ClaimError`] for what is no distance.
pub(super) fn check(within: &Rational) -> Result<(), ClaimError> {
    match within.is_negative() {
        true => Err(ClaimError::value("within", "a number that is not below 0", within)),
        false => Ok(()),
    }
}

/// The cell that bounds the accuracy.
pub(super) fn cell(
    model: &Arc<SoftmaxTransformer>,
    asked: Asked,
    within: &Rational,
) -> Result<Cell, ClaimError> {
    let Asked { mut params, about, reading } = asked;
    check(within)?;
    let ReadingParams { task, tolerance, n, .. } = &reading;
    let (clock, tolerance_of) = (Clock::unlimited(), &tolerance.0);
    let boxes = Boxes::new(model, task, tolerance_of, *n, &clock);
    let cases = Cases::new(model, task, tolerance_of, *n, &clock);
    let covered = boxes.is_ok_and(|boxes| boxes.is_some());
    if !covered && !cases.is_ok_and(|cases| cases.is_some()) {
        return Err(ClaimError::value("within", covers(), format!("another at n = {n}")));
    }
    params.push(("within", within.clone().into()));
    let (model, known, within) = (Arc::clone(model), Arc::clone(model), within.clone());
    let decide = move |control: &Control| decide(&model, &reading, &within, control);
    let cell = Cell::new(ClaimId::MODEL, params, decide).naming(about);
    Ok(cell.knowing(move || Known::object(known.as_ref())))
}

/// Bounds that are no further apart than `within`.
pub(super) fn decide(
    model: &SoftmaxTransformer,
    reading: &ReadingParams,
    within: &Rational,
    control: &Control,
) -> Result<Decision, Undecided> {
    let found = survey(model, reading, Some(within), control)?;
    let found = found.ok_or_else(|| Undecided::Limit(format!("expected {}", covers())))?;
    decided(model, reading, Some(within), found, control)
}

fn covers() -> &'static str {
    "a query-count model of one layer of softmax heads and ReLU, with one norm at most between them, a number or an arg max over different answers as output, \
     read at the last of n >= 2 positions if it has some, up to 26 tokens, n = 1024, d = 256 and 1024 hidden units, with weights of a moderate size; \
     or one head alone asked for the largest token, without a norm after it, by an arg max with one choice a token at the last of at most 32 positions"
}

/// By cases of the largest token, or boxes of counts.
fn survey(
    model: &SoftmaxTransformer,
    ReadingParams { task, tolerance, n, .. }: &ReadingParams,
    within: Option<&Rational>,
    control: &Control,
) -> Result<Option<Found>, Undecided> {
    Ok(match cases::survey(model, task, &tolerance.0, *n, within, control)? {
        Some(found) => Some(found),
        None => boxes::survey(model, task, &tolerance.0, *n, within, control)?,
    })
}

/// What is found of a model at a length with many inputs; `None` where boxes do not serve, or are not needed.
pub(super) fn of_many(
    model: &SoftmaxTransformer,
    params: &ReadingParams,
    control: &Control,
) -> Result<Option<Decision>, Undecided> {
    let (tolerance, n) = (&params.tolerance.0, params.n);
    let counts = count_inputs(n, params.m as u64);
    // where order matters there may be no bound at all, and another survey finds a wrong input; where no norm is between attention
    // and MLP its regions decide, with a margin
    let normed = model.blocks.first().is_some_and(|first| first.after.is_some())
        || model.blocks.get(1).is_some_and(|second| second.before.is_some());
    let surveyed = !model.ignores_order() || !normed;
    let by_boxes = counts > MANY_COUNTS.into() && params.task == Question::QueryCount && !surveyed;
    // sequences are a few nanoseconds each there, whether order matters or not
    let sequences = BigUint::from(params.m).pow(u32::try_from(n).unwrap_or(u32::MAX));
    let by_cases = params.task.is_largest_token() && sequences > MANY_COUNTS.into();
    if !by_boxes && !by_cases {
        return Ok(None);
    }
    if !control.is_limited() && counts > MANY.into() {
        // one wrong input is all that is asked for
        let first = first_look(model, &params.task, tolerance, n, &Clock::unlimited())?;
        if first.first_wrong.is_some() {
            return Ok(None);
        }
    }
    match survey(model, params, None, control)? {
        Some(found) => decided(model, params, None, found, control).map(Some),
        None => Ok(None),
    }
}

fn decided(
    model: &SoftmaxTransformer,
    params: &ReadingParams,
    within: Option<&Rational>,
    found: Found,
    control: &Control,
) -> Result<Decision, Undecided> {
    let Found { inputs, known, trees, first_wrong, complete, visited, check } = found;
    let (right, wrong) = (NaturalText(known.right.clone()), NaturalText(known.wrong.clone()));
    let mut values = bounds(&inputs, &known.right, &known.wrong);
    values.push(("visited", Value::integer(visited)));
    let mut reason = None;
    // a wrong input is shown
    let refuted = !known.wrong.is_zero() && first_wrong.is_some();
    if let Some(sequence) = first_wrong {
        let position = sequence.len().saturating_sub(1);
        let (misreading, words) = reading::misreading(model, params, &(sequence, position))?;
        values.push(("sequence", Value::list(misreading.sequence.iter().map(|token| token.0))));
        if model.read_at == ReadAt::Every {
            values.push(("position", Value::integer(position)));
        }
        values.push(("answer", reading::number(&misreading.answer.0)));
        reason = Some(words);
    }
    let decided = &known.right + &known.wrong;
    let certificate = |within: Option<Rational>| {
        let ReadingParams { task, tolerance, n, m, d } = params.clone();
        let within = within.map(RationalText);
        let data = Accuracy {
            model: model.clone(),
            trees: trees.clone(),
            right: right.clone(),
            wrong: wrong.clone(),
        };
        Certificate::new(ClaimId::MODEL, AccuracyParams { task, tolerance, n, m, d, within }, data)
    };
    match within {
        Some(within) if complete => {
            let certificate = certificate(Some(within.clone()));
            return Ok(Decision { proposed: Verdict::Verified, values, certificate, reason: None });
        }
        None if refuted => {
            let certificate = certificate(None);
            return Ok(Decision { proposed: Verdict::Refuted, values, certificate, reason });
        }
        None if decided == inputs => {
            let certificate = certificate(None);
            return Ok(Decision { proposed: Verdict::Verified, values, certificate, reason });
        }
        _ => {}
    }
    let stopped = control.go_on().err();
    let why = match stopped {
        Some(stopped) => stopped.to_string(),
        None if control.is_limited() => Stopped::TimeLimit.to_string(),
        None => "some inputs are too close to call, or there are too many boxes".to_owned(),
    };
    let open = Rational::one() - reading::fraction(&decided, &inputs);
    let reason = format!("{why}; {}", shares(&values));
    // after an interrupt nothing long is begun
    let soon = stopped.is_none_or(|stopped| stopped != Stopped::Interrupted) || check < SHORT;
    let known = soon && !decided.is_zero();
    let certificate =
        known.then(|| Box::new(certificate(Some(reading::between(&open, &open).at_most.0))));
    Err(Undecided::Partly { reason, values, certificate })
}

/// What is known of the accuracy, as a record says it.
pub(crate) fn bounds(
    inputs: &BigUint,
    right: &BigUint,
    wrong: &BigUint,
) -> Vec<(&'static str, Value)> {
    let least = reading::fraction(right, inputs);
    let most = reading::fraction(&(inputs - wrong), inputs);
    let ends = reading::between(&least, &most);
    let (least, most) = (ends.at_least.0, ends.at_most.0);
    let known = right + wrong;
    let decided = reading::fraction(&known, inputs);
    let mut values = vec![
        ("inputs", reading::natural(inputs)),
        ("right", reading::natural(right)),
        ("wrong", reading::natural(wrong)),
        ("decided", reading::between(&decided, &decided).at_least.0.into()),
        ("accuracy_at_least", least.clone().into()),
        ("accuracy_at_least_decimal", Value::rounded(&least, false)),
        ("accuracy_at_most", most.clone().into()),
        ("accuracy_at_most_decimal", Value::rounded(&most, true)),
    ];
    if known == *inputs {
        let accuracy = reading::fraction(right, inputs);
        let decimal = Value::rounded(&accuracy, false);
        values.extend([("accuracy", accuracy.into()), ("accuracy_decimal", decimal)]);
    }
    values
}

fn shares(values: &[(&'static str, Value)]) -> String {
    let end = |name: &str| value_of(values, name).map_or_else(String::new, Value::to_string);
    format!(
        "the accuracy is between {} and {}",
        end("accuracy_at_least_decimal"),
        end("accuracy_at_most_decimal")
    )
}

/// Where no `--within` is given.
pub(super) fn of_request(within: Option<&Rational>, estimates: bool) -> Result<(), ClaimError> {
    match within {
        Some(within) if estimates => Err(ClaimError::value(
            "within",
            "no --estimate beside it, which bounds by chance",
            within,
        )),
        _ => Ok(()),
    }
}
