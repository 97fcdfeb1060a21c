//! The exact constructions in the float trainer: do they count there, and does training keep them?

use super::weights::floats;
use super::{Failure, Sizes};
use crate::claim::{Request, construct};
use crate::files::model::Model;
use crate::kernel::ClaimId;
use crate::kernel::definition::Length;
use crate::kernel::definition::Task;
use crate::kernel::definition::{Token, Transformer};
use crate::report::{Table, Value};
use crate::search::control::Control;
use crate::train::kernels::LANES;
use crate::train::sample::{Batch, Stream, generator};
use crate::train::{Normalisation, Parameters, Pass, Settings, Shape, Trainer};
use num_traits::ToPrimitive;

/// All sequences are run when there are at most this many, otherwise [`DRAWN`] of them.
const ALL: u64 = 1 << 16;
const DRAWN: u64 = 8192;
/// Inputs on which floats are compared with exact outputs.
const COMPARED: u64 = 256;

/// Each construction at some sizes: label, claim, task, `(n, m)`.
const CASES: [(&str, ClaimId, Task, u64, usize); 6] = [
    ("T1", ClaimId::QC_HISTOGRAM, Task::QueryCount, 6, 4),
    ("T1", ClaimId::QC_HISTOGRAM, Task::QueryCount, 160, 16),
    ("T2", ClaimId::MFE_HISTOGRAM, Task::MostFrequentElement, 6, 4),
    ("T2", ClaimId::MFE_HISTOGRAM, Task::MostFrequentElement, 80, 8),
    ("T3", ClaimId::QC_COUNT_ATTEND, Task::QueryCount, 6, 4),
    ("T3", ClaimId::QC_COUNT_ATTEND, Task::QueryCount, 16, 8),
];

/// One row a case; the models stay where they are when `sizes.steps` is 0.
pub(super) fn table(sizes: &Sizes, control: &Control) -> Result<Table, Failure> {
    let columns = [
        "construction",
        "task",
        "n",
        "m",
        "d",
        "units",
        "inputs",
        "all_inputs",
        "right",
        "float_error",
        "max_error",
        "steps",
        "right_after",
        "max_error_after",
    ];
    let mut rows = Vec::new();
    for (label, claim, task, n, m) in CASES {
        control.go_on()?;
        let request =
            Request { n: Some(vec![Length::Exactly(n)]), m: Some(vec![m]), ..Request::default() };
        let model = construct(claim, &request).map_err(Failure::new)?;
        let Model::Exact(model) = model else { continue };
        let (shape, parameters) = floats(&model, task, n as usize).map_err(Failure::new)?;
        let before = count(&shape, &parameters, Some(&model));
        let settings = Settings {
            steps: sizes.further_steps,
            rate: sizes.further_rate,
            ..Settings::default()
        };
        let mut trainer = Trainer::with(&shape, &settings, parameters, Normalisation::RAW)
            .map_err(Failure::new)?;
        while !trainer.finished() && trainer.step().is_ok() {
            if trainer.steps_done().is_multiple_of(64) {
                control.go_on()?;
            }
        }
        let after = count(&shape, trainer.parameters(), None);
        rows.push(vec![
            Value::text(label),
            Value::text(crate::train::task_name(task)),
            Value::integer(n),
            Value::integer(m),
            Value::integer(shape.d),
            Value::integer(shape.hidden.iter().sum::<usize>()),
            Value::integer(before.inputs),
            before.all.into(),
            Value::integer(before.right),
            scientific(before.float_error),
            scientific(before.largest_error),
            Value::integer(trainer.steps_done()),
            Value::integer(after.right),
            scientific(after.largest_error),
        ]);
    }
    Ok(Table { columns: columns.map(str::to_owned).to_vec(), rows })
}

/// How the float model counts on many inputs.
struct Counted {
    inputs: u64,
    /// all sequences, not some of them
    all: bool,
    right: u64,
    /// from the answers
    largest_error: f64,
    /// from the exact model's outputs, on the first [`COMPARED`] inputs
    float_error: f64,
}

fn count(shape: &Shape, parameters: &Parameters<f32>, exact: Option<&Transformer>) -> Counted {
    let total = (shape.m as u64).checked_pow(shape.n as u32).filter(|&total| total <= ALL);
    let inputs = total.unwrap_or(DRAWN);
    let mut pass = Pass::<f32>::new(shape);
    let mut batch = Batch::of_shape(shape);
    let mut counted =
        Counted { inputs, all: total.is_some(), right: 0, largest_error: 0.0, float_error: 0.0 };
    let mut next = 0;
    while next < inputs {
        let lanes = (inputs - next).min(LANES as u64) as usize;
        if counted.all {
            for lane in 0..lanes {
                let mut code = next + lane as u64;
                let digits = (0..shape.n).map(|_| {
                    let digit = (code % shape.m as u64) as u16;
                    code /= shape.m as u64;
                    digit
                });
                batch.set(lane, &digits.collect::<Vec<_>>());
            }
            batch.count(shape.task);
        } else {
            batch.draw(shape.task, &mut generator(0, Stream::HeldOut, next));
        }
        let outputs = pass.forward(parameters, &batch);
        for lane in 0..lanes {
            let error = (f64::from(outputs[lane]) - f64::from(batch.answers[lane])).abs();
            counted.right += u64::from(error < 0.5);
            counted.largest_error = counted.largest_error.max(error);
            if let Some(exact) = exact.filter(|_| next < COMPARED) {
                let tokens = batch.tokens.chunks_exact(LANES).map(|row| Token(row[lane].into()));
                let output = exact.output(&tokens.collect::<Vec<_>>());
                // a model that cannot be evaluated would be an error of any size
                let output = output.ok().and_then(|y| y.to_f64()).unwrap_or(f64::INFINITY);
                let off = (f64::from(outputs[lane]) - output).abs();
                counted.float_error = counted.float_error.max(off);
            }
        }
        next += lanes as u64;
    }
    counted
}

/// `1.2e-6`, as text: its size is what matters.
fn scientific(value: f64) -> Value {
    Value::text(format!("{value:.1e}"))
}
