//! A model that someone else made: does it solve the task at length `n`?
//!
//! An exact model is evaluated on every input (the engine of T1-T3). The criterion is `|y - answer| < 1/2`;
//! whether the model is exact besides is a value of the record, as are the largest error and the margin
//! `1/2 - max |y - answer|`. A softmax transformer is judged in enclosures ([`reading`]), on all inputs, as far as its accuracy is asked for
//! ([`accuracy`]), or on a sample ([`estimate`]), or beside another model ([`difference`]), or in the numbers of a machine ([`rounded`]), or away
//! from how it was trained ([`out_of_distribution`]).

pub(crate) mod accuracy;
pub(crate) mod difference;
pub(crate) mod estimate;
pub(crate) mod out_of_distribution;
pub(super) mod reading;
mod rounded;
pub(super) mod surveyed;
pub(super) mod trained;

use super::histogram::{failure_reason, failure_values};
use super::parts::Enumeration;
use super::{Cell, Claim, ClaimError, Decision, Known, Request, Undecided};
use crate::construct::rounded::rounded_exact;
use crate::files::model::Model;
use crate::files::task::NamedTask;
use crate::kernel::definition::{Criterion, Length, ReadAt, Task, Transformer};
use crate::kernel::kind::{Counting, Exhaustive, Inputs, MAX_ULPS};
use crate::kernel::number::{Order, ratio};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::exhaustive;
use crate::search::inputs::{count_inputs, sequence_inputs};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use std::sync::Arc;

pub(super) const CLAIM: Claim = Claim {
    id: ClaimId::MODEL,
    label: "model",
    statement: "The model in --model FILE solves the task (query count by default) at length n",
    source: "the user's model",
    decided: "every input at n, as strictly as our own constructions",
    options: &[
        "n",
        "task",
        "tolerance",
        "model",
        "within",
        "estimate",
        "confidence",
        "distribution",
        "seed",
        "ood",
        "trained-n",
        "subsets",
        "arithmetic",
        "ulps",
        "ablate",
        "difference",
        "other",
    ],
    plan,
};

fn plan(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let Some(model) = &request.model else {
        return Err(ClaimError::value("model", "a model: give --model FILE", "none"));
    };
    if let Some(tolerance) = request.tolerance.as_ref().filter(|tolerance| !tolerance.is_positive())
    {
        return Err(ClaimError::value("tolerance", "a number above 0", tolerance));
    }
    if let Some(ulps) = request.ulps.filter(|ulps| !(1..=MAX_ULPS).contains(ulps)) {
        return Err(ClaimError::value("ulps", format!("1 to {MAX_ULPS}"), ulps));
    }
    let every = |all: &Vec<super::Arithmetic>| all.iter().any(|one| one.order == Order::Any);
    if request.ulps.is_some() && !request.arithmetic.as_ref().is_some_and(every) {
        let expected =
            "--arithmetic FORMAT beside it, in any order (a named order rounds to nearest)";
        return Err(ClaimError::value("ulps", expected, "no such format"));
    }
    let of_ood = request.given.iter().find(|name| ["trained-n", "subsets"].contains(name));
    if let (None, Some(option)) = (&request.ood, of_ood) {
        return Err(ClaimError::value(option, "--ood beside it", "none"));
    }
    if let Some(other) = &request.other {
        return match model {
            Model::Softmax(model) => difference::cells(model, other, request),
            Model::Exact(_) => {
                let expected = "a softmax model, whose outputs are compared";
                Err(ClaimError::value("difference", expected, "an exact model"))
            }
        };
    }
    let usual = [Task::QueryCount.into()];
    let tasks = request.tasks.as_deref().unwrap_or(&usual);
    let cells = tasks.iter().map(|task| task_cells(model, task, request));
    Ok(cells.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn task_cells(model: &Model, task: &NamedTask, request: &Request) -> Result<Vec<Cell>, ClaimError> {
    match model {
        Model::Exact(_) if request.ood.is_some() => Err(ClaimError::value(
            "ood",
            "a softmax transformer: an exact model was not trained, and --n has its lengths",
            "an exact model",
        )),
        Model::Exact(_) if estimate::of_request(request)?.is_some() => Err(ClaimError::value(
            "estimate",
            "no estimate for an exact model, which is decided on all inputs",
            "one",
        )),
        Model::Exact(_) if request.within.is_some() => Err(ClaimError::value(
            "within",
            "no bounds of an exact model, which is decided on all inputs",
            "some",
        )),
        Model::Exact(model) if let Some(all) = &request.arithmetic => {
            rounded_cells(model, task, all, request)
        }
        Model::Exact(model) => match (task.counting(), &request.tolerance) {
            (Some(counting), None) => exact_cells(model, counting, &task.name, request),
            (None, _) => Err(ClaimError::value("task", "qc or mfe for an exact model", &task.name)),
            (_, Some(tolerance)) => Err(ClaimError::value(
                "tolerance",
                "none for an exact model, which has to be within 1/2",
                tolerance,
            )),
        },
        Model::Softmax(model) => reading::cells(model, task, request),
    }
}

fn parameters(n: u64, m: usize, task: &str) -> Vec<(&'static str, Value)> {
    vec![("n", Value::integer(n)), ("m", Value::integer(m)), ("task", Value::text(task))]
}

/// The lengths of an exact model.
fn exact_lengths(model: &Transformer, request: &Request) -> Result<Vec<u64>, ClaimError> {
    let made_for = model.context_length();
    let default: Vec<u64> = match made_for {
        Some(n) => vec![n as u64],
        None => (1..=8).collect(),
    };
    let lengths = request.finite_lengths(&default)?;
    if let Some(made_for) = made_for
        && let Some(n) = lengths.iter().find(|&&n| n != made_for as u64)
    {
        let expected = format!("{made_for}, the number of the model's positions");
        return Err(ClaimError::value("n", expected, n));
    }
    Ok(lengths)
}

/// The exact model as a softmax transformer in the numbers of a machine.
fn rounded_cells(
    model: &Transformer,
    task: &NamedTask,
    all: &[super::Arithmetic],
    request: &Request,
) -> Result<Vec<Cell>, ClaimError> {
    reading::fits(task, ReadAt::Last)?;
    let layers = usize::from(!model.heads.is_empty());
    let sizes = reading::Sizes { m: model.vocabulary(), d: model.dimension(), layers };
    let mut cells = Vec::new();
    for n in exact_lengths(model, request)? {
        let asked = || reading::Asked::new(n, sizes, task, request.tolerance.as_ref());
        cells.extend(rounded::cells(|format| rounded_exact(model, format), asked, all, request)?);
    }
    Ok(cells.into_iter().map(|cell| request.about_file(cell)).collect())
}

fn exact_cells(
    model: &Arc<Transformer>,
    task: Task,
    name: &str,
    request: &Request,
) -> Result<Vec<Cell>, ClaimError> {
    let lengths = exact_lengths(model, request)?;
    let m = model.vocabulary();
    let cell = |n: u64| {
        let (model, known) = (Arc::clone(model), Arc::clone(model));
        let decide = move |inputs: &Enumeration<'_>| decide_exact(&model, task, n, inputs);
        let cell = Cell::enumerating(ClaimId::MODEL, parameters(n, m, name), decide);
        request.about_file(cell.knowing(move || {
            let values = vec![("inputs", inputs(&known, n))];
            Known { values, ..Known::object(known.as_ref()) }
        }))
    };
    Ok(lengths.into_iter().map(cell).collect())
}

/// How many inputs of a length there are to look at.
fn inputs(model: &Transformer, n: u64) -> Value {
    let m = model.vocabulary() as u64;
    let domain = if model.depends_on_counts_only() {
        count_inputs(n, m)
    } else {
        sequence_inputs(u32::try_from(n).unwrap_or(u32::MAX), m)
    };
    Value::integer(BigInt::from(domain))
}

fn decide_exact(
    model: &Transformer,
    task: Task,
    n: u64,
    every: &Enumeration<'_>,
) -> Result<Decision, Undecided> {
    let length =
        usize::try_from(n).map_err(|_| Undecided::Limit(format!("n = {n} is too large")))?;
    let m = model.vocabulary();
    let by_counts = model.depends_on_counts_only();
    let inputs = inputs(model, n);
    let params = Counting {
        task,
        criterion: Criterion::Solves,
        n: Length::Exactly(n),
        m,
        d: model.dimension(),
        mlp_width: model.mlp_width(),
    };
    let mut values = vec![
        ("inputs", inputs),
        ("mlp_width", Value::integer(params.mlp_width)),
        ("d", Value::integer(params.d)),
    ];
    let outcome = every.outcome(model, task, Criterion::Solves, length)?;
    let (verdict, reason, certificate) = match outcome {
        exhaustive::Outcome::Holds { max_error, .. } => {
            values.extend([
                ("margin", (ratio(1, 2) - &max_error).into()),
                ("max_error", max_error.clone().into()),
                ("exact", max_error.is_zero().into()),
            ]);
            let inputs = if by_counts { Inputs::CountVectors } else { Inputs::Sequences };
            let data = Exhaustive { model: model.clone(), inputs, max_error: max_error.into() };
            (Verdict::Verified, None, Certificate::new(ClaimId::MODEL, params, data))
        }
        exhaustive::Outcome::Fails(failure) => {
            values.extend([
                ("margin", Value::Null),
                ("max_error", Value::Null),
                ("exact", false.into()),
            ]);
            values.extend(failure_values(&failure));
            let reason = failure_reason(&failure);
            let data = failure.into_counterexample(model);
            (Verdict::Refuted, Some(reason), Certificate::new(ClaimId::MODEL, params, data))
        }
    };
    Ok(Decision { proposed: verdict, values, certificate, reason })
}
