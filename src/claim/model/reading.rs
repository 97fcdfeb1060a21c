//! A softmax transformer at one length: every input judged in enclosures, on all threads.
//!
//! What the survey finds is what the record says: how many inputs there are and how many of them had to be judged, the
//! fraction on which the model is right (its certified accuracy), the least margin, and an input that is wrong. When
//! a limit is hit first, one wrong input still refutes; otherwise the verdict is open and the fraction decided is told.

use super::super::{Cell, ClaimError, Decision, Known, Request, Undecided};
use super::parameters;
use crate::kernel::definition::{self, Judged, ReadAt, Reading, SoftmaxTransformer, Task, margin};
use crate::kernel::kind::{Between, Found, Misreading, ReadingParams, Readings};
use crate::kernel::number::{NaturalText, Precision, Rational, integer};
use crate::kernel::{Certificate, ClaimId, Clock, Rejection, Verdict};
use crate::report::{Value, runs};
use crate::search::control::{Control, Stopped};
use crate::search::survey::{Failing, MAX_BITS, Part, Survey, Tally, is_complete, trees};
use num_bigint::{BigInt, BigUint};
use num_traits::Zero;
use std::collections::BinaryHeap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

pub(super) fn cells(
    model: &Arc<SoftmaxTransformer>,
    task: Task,
    request: &Request,
) -> Result<Vec<Cell>, ClaimError> {
    let longest = model.longest().map(|longest| longest as u64);
    let default: Vec<u64> = (1..=longest.unwrap_or(8).min(8)).collect();
    let lengths = request.finite_lengths(&default)?;
    if let Some(longest) = longest
        && let Some(n) = lengths.iter().find(|&&n| n > longest)
    {
        let expected = format!("at most {longest}, the number of the model's positions");
        return Err(ClaimError::value("n", expected, n));
    }
    let m = model.vocabulary();
    let cell = |n: u64| {
        let (model, known) = (Arc::clone(model), Arc::clone(model));
        let decide = move |control: &Control| decide(&model, task, n, control);
        let cell = Cell::new(ClaimId::MODEL, parameters(n, m, task), decide);
        request.about_file(cell.knowing(move || Known::object(known.as_ref())))
    };
    Ok(lengths.into_iter().map(cell).collect())
}

fn decide(
    model: &SoftmaxTransformer,
    task: Task,
    n: u64,
    control: &Control,
) -> Result<Decision, Undecided> {
    let survey =
        Survey::new(model, task, n).map_err(|error| Undecided::Limit(error.to_string()))?;
    let tally = run(&survey, control)?;
    let inputs = survey.inputs();
    let complete = is_complete(&tally, inputs);
    let mut values = vec![
        ("inputs", natural(inputs)),
        ("judged", natural(survey.configurations())),
        ("bits", Value::integer(tally.bits)),
        ("right", natural(&tally.right)),
        ("wrong", natural(&tally.wrong)),
    ];
    let params = ReadingParams { task, n, m: model.vocabulary(), d: model.dimension() };
    if complete {
        values.push(("accuracy", fraction(&tally.right, inputs).into()));
    } else {
        // numerators of a hundred digits help nobody: bounds to twelve decimals
        let decided = fraction(&tally.decided(), inputs);
        let (right, most) =
            (fraction(&tally.right, inputs), fraction(&(inputs - &tally.wrong), inputs));
        let accuracy = between(&right, &most);
        values.extend([
            ("decided", between(&decided, &decided).at_least.0.into()),
            ("accuracy_at_least", accuracy.at_least.0.into()),
            ("accuracy_at_most", accuracy.at_most.0.into()),
        ]);
    }
    let mut data = None;
    if complete {
        let (right, wrong) = (NaturalText(tally.right.clone()), NaturalText(tally.wrong.clone()));
        let trees = trees(model, task, n, control).map_err(|_| limit(control))?;
        data = Some(Readings { model: model.clone(), trees, right, wrong, margin: None });
    }
    // The trees are coarser than the survey, so what is stated about the margin is what follows from them.
    if let Some(data) = data.as_mut().filter(|_| tally.wrong.is_zero()) {
        let go_on = || control.go_on().is_ok();
        let followed = data.tally(&params, &Clock::new(&go_on, control.threads()));
        let followed = followed.map_err(|rejection| match control.go_on() {
            Err(stopped) => stopped.into(),
            Ok(()) => Undecided::from(rejection),
        })?;
        data.margin = followed.margin.map(|(lo, hi)| between(&lo, &hi));
    }
    let margin = data.as_ref().and_then(|data| data.margin.clone());
    let end = |pick: fn(&Between) -> &Rational| {
        margin.as_ref().map_or(Value::Null, |margin| pick(margin).clone().into())
    };
    values.push(("margin_at_least", end(|margin| &margin.at_least.0)));
    values.push(("margin_at_most", end(|margin| &margin.at_most.0)));
    let misreading = match &tally.failing {
        Some(failing) => Some(misreading(model, task, failing, n)?),
        None => None,
    };
    let mut reason = None;
    if let Some((misreading, words)) = &misreading {
        let sequence = Value::list(misreading.sequence.iter().map(|token| token.0));
        values.push(("sequence", sequence));
        if model.read_at == ReadAt::Every {
            values.push(("position", Value::integer(misreading.position)));
        }
        values.push(("answer", Value::integer(misreading.answer)));
        reason = Some(words.clone());
    }
    let (verdict, certificate) = match (misreading, data) {
        (None, None) => return Err(undecided(&tally, inputs, values, control)),
        // the limit was hit: what is certain is that this one input is wrong
        (Some((misreading, _)), None) => {
            (Verdict::Refuted, Certificate::new(ClaimId::MODEL, params, misreading))
        }
        (failing, Some(data)) => {
            let verdict = if failing.is_some() { Verdict::Refuted } else { Verdict::Verified };
            (verdict, Certificate::new(ClaimId::MODEL, params, data))
        }
    };
    Ok(Decision { proposed: verdict, values, certificate, reason })
}

/// More parts than this are not kept: the next ones are finished one by one.
const MAX_PARTS: usize = 1 << 18;

/// The parts that are left, and how many threads work on one.
struct Left {
    parts: BinaryHeap<Part>,
    busy: usize,
    stopped: bool,
}

/// All parts on all threads, the heaviest first, so that a limit leaves as little as possible open. What is found does
/// not depend on the order.
fn run(survey: &Survey<'_>, control: &Control) -> Result<Tally, Rejection> {
    let parts = BinaryHeap::from(survey.parts());
    let left = Mutex::new(Left { parts, busy: 0, stopped: false });
    let changed = Condvar::new();
    let lock = || left.lock().unwrap_or_else(PoisonError::into_inner);
    let next = || {
        let mut guard = lock();
        loop {
            if guard.stopped {
                return None;
            }
            if let Some(part) = guard.parts.pop() {
                guard.busy += 1;
                return Some((part, guard.parts.len() > MAX_PARTS));
            }
            if guard.busy == 0 {
                return None;
            }
            guard = changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    };
    let work = || {
        let mut tally = Tally::default();
        let mut failed = None;
        while let Some((part, deep)) = next() {
            let result = survey.run(&part, deep, &|| control.go_on().is_ok());
            let mut guard = lock();
            guard.busy -= 1;
            match result {
                Ok((found, parts)) => {
                    guard.stopped |= found.stopped;
                    guard.parts.extend(parts);
                    tally.merge(found);
                }
                Err(error) => {
                    guard.stopped = true;
                    failed = Some(error);
                }
            }
            drop(guard);
            changed.notify_all();
        }
        failed.map_or(Ok(tally), Err)
    };
    let threads = control.threads();
    let results: Vec<Result<Tally, Rejection>> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        let joined = others.into_iter().filter_map(|thread| thread.join().ok());
        joined.chain([own]).collect()
    });
    let mut tally = Tally::default();
    for result in results {
        tally.merge(result?);
    }
    Ok(tally)
}

/// The limit that ended the work.
fn limit(control: &Control) -> Undecided {
    control.go_on().err().unwrap_or(Stopped::Interrupted).into()
}

fn undecided(
    tally: &Tally,
    inputs: &BigUint,
    values: Vec<(&'static str, Value)>,
    control: &Control,
) -> Undecided {
    let decided = format!("{} of {inputs} inputs decided, all of them right", tally.decided());
    let reason = match (&tally.unclear, control.go_on()) {
        (_, Err(stopped)) => format!("{stopped}; {decided}"),
        (Some(Failing { sequence, .. }), Ok(())) => {
            let tokens: Vec<String> = sequence.iter().map(ToString::to_string).collect();
            format!(
                "{decided}; the sequence {} is too close to call with {MAX_BITS} bits",
                tokens.join(" ")
            )
        }
        (None, Ok(())) => decided,
    };
    Undecided::Partly { reason, values, certificate: None }
}

/// The certificate of one wrong input, and the same in words.
fn misreading(
    model: &SoftmaxTransformer,
    task: Task,
    failing: &Failing,
    n: u64,
) -> Result<(Misreading, String), Undecided> {
    let Failing { sequence, position, .. } = failing.clone();
    let mut counts = vec![0; model.vocabulary()];
    for token in &sequence {
        counts[token.0] += 1;
    }
    let answer = task.answer(&counts, sequence[position]);
    // What is stated has to follow in the kernel, so it is the kernel's. One input takes no time, and a limit may have passed.
    let clock = Clock::unlimited();
    let (judged, p, y) =
        definition::judge(model, &sequence, position, answer, Precision(MAX_BITS), &clock)?;
    if judged != Judged::Wrong {
        let bug = "an input that was wrong is no longer, which is a bug";
        return Err(Undecided::Limit(bug.to_owned()));
    }
    let (output, found) = match (&model.reading, y.first()) {
        (Reading::Number { .. }, Some(y)) => {
            let (lo, hi) = p.ends(y);
            let between = between(&lo, &hi);
            let words = format!("between {} and {}", between.at_least, between.at_most);
            (Found::Number(between), words)
        }
        (Reading::Number { .. }, None) => (Found::Choice(None), "not the answer".to_owned()),
        (Reading::ArgMax { answers, .. }, _) => {
            let decodes = |choice: &u64| margin(&y, &model.reading, *choice, p).0 == Judged::Right;
            let choice = answers.iter().copied().find(decodes);
            let words = choice.map_or("not the answer".to_owned(), |choice| choice.to_string());
            (Found::Choice(choice), words)
        }
    };
    let tokens = runs(sequence.iter().map(|token| token.0));
    let place = match model.read_at {
        ReadAt::Every if n > 1 => format!(" read at position {position}"),
        _ => String::new(),
    };
    let words = format!(
        "on the sequence {tokens}{place} the model's output is {found}, the true answer is {answer}"
    );
    Ok((Misreading { model: model.clone(), sequence, position, answer, output }, words))
}

/// The bounds to twelve decimals, outwards.
fn between(lo: &Rational, hi: &Rational) -> Between {
    let scale = integer(1_000_000_000_000u64);
    Between {
        at_least: ((lo * &scale).floor() / &scale).into(),
        at_most: ((hi * &scale).ceil() / &scale).into(),
    }
}

fn natural(value: &BigUint) -> Value {
    Value::integer(BigInt::from(value.clone()))
}

fn fraction(part: &BigUint, whole: &BigUint) -> Rational {
    Rational::new(BigInt::from(part.clone()), BigInt::from(whole.clone()))
}
