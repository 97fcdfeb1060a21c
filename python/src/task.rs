//! What a model is asked, as `--task` reads it, and random models for property tests.

use crate::waiting::Refused;
use counterproof::construct::random::{Limits, stack, without_positions};
use counterproof::files::model;
use counterproof::files::task::NamedTask;
use counterproof::kernel::Clock;
use num_rational::BigRational;
use pyo3::prelude::*;
use std::sync::Arc;

fn refused(why: impl ToString) -> PyErr {
    Refused::new_err(why.to_string())
}

/// A task by its name, as an expression, or as the text of a table.
#[pyclass(frozen, module = "counterproof._native")]
pub struct Task(NamedTask);

#[pymethods]
impl Task {
    #[new]
    fn new(text: &str) -> PyResult<Self> {
        let named = NamedTask::named(text).map_or_else(|| NamedTask::parse(text, text), Ok);
        named.map(Self).map_err(|why| refused(format!("--task: {why}")))
    }

    /// The answer at the last position of a sequence over `m` tokens.
    fn answer(&self, m: usize, sequence: Vec<usize>) -> PyResult<BigRational> {
        let last = sequence.len().saturating_sub(1);
        let clock = Clock::unlimited();
        self.0.question.answer_at(m, &sequence, last, 1, &clock).map_err(refused)
    }
}

/// The file of an exact model without positions, with random sizes, heads, bases and weights.
#[pyfunction]
pub fn random_exact_model(m: usize, seed: u64) -> PyResult<String> {
    let model = without_positions(m, Limits::default(), seed).map_err(refused)?;
    model::Model::Exact(Arc::new(model)).to_json().map_err(refused)
}

/// The file of a softmax model of up to `layers` layers with anything that the class has.
#[pyfunction]
pub fn random_softmax_model(
    m: usize,
    layers: usize,
    longest: usize,
    seed: u64,
) -> PyResult<String> {
    let model = stack(m, layers, longest, seed).map_err(refused)?;
    model::Model::Softmax(Arc::new(model)).to_json().map_err(refused)
}
