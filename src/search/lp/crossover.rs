//! From a float point to a basis to start from.
//!
//! Variables strictly between their bounds should be basic: logicals first, then structural variables as
//! long as they are independent (decided modulo a prime, not in floats), and logicals for the rows left.
//! A bad guess costs steps, nothing else.

use super::form::{Form, Small};
use super::modular::independent;
use super::simplex::Rest;
use crate::kernel::kind::LinearProgram;
use num_traits::ToPrimitive;

/// A start for the exact simplex: which variables are basic, and where the others rest.
pub(super) struct Start {
    /// `[n + m]`, as many `true` as rows.
    pub basic: Vec<bool>,
    /// `[n + m]`
    pub rest: Vec<Rest>,
}

/// Relative distance from a bound within which a float counts as being there.
const TOLERANCE: f64 = 1e-7;

/// The basis of all logicals.
pub(super) fn logical_start(form: &Form) -> Start {
    Start {
        basic: (0..form.variables()).map(|v| v >= form.structurals).collect(),
        rest: (0..form.variables()).map(|v| Rest::natural(form, v)).collect(),
    }
}

/// The basis suggested by float values of the structural variables; `None` when stopped.
pub(super) fn start_at(
    program: &LinearProgram,
    form: &Form,
    small: &Small,
    point: &[f64],
    stop: &dyn Fn() -> bool,
) -> Option<Start> {
    let mut start = logical_start(form);
    let mut inside = vec![false; form.variables()];
    for (v, (variable, value)) in program.variables.iter().zip(point).enumerate() {
        let float = |bound: &Option<_>| bound.as_ref().and_then(ToPrimitive::to_f64);
        let bounds = (float(&variable.lower), float(&variable.upper));
        (inside[v], start.rest[v]) = place(*value, 1.0, bounds, start.rest[v]);
    }
    for (i, row) in program.rows.iter().enumerate() {
        let v = form.structurals + i;
        let rhs = row.rhs.to_f64().unwrap_or(0.0);
        let (mut activity, mut size) = (0.0, f64::MIN_POSITIVE);
        for (j, value) in &row.terms {
            let value = value.to_f64().unwrap_or(0.0);
            activity += value * point[*j];
            size = value.abs().max(size);
        }
        let at = |bounded: bool| bounded.then_some(rhs);
        let bounds = (at(form.lower[v].is_some()), at(form.upper[v].is_some()));
        (inside[v], start.rest[v]) = place(activity, size, bounds, start.rest[v]);
        start.basic[v] = inside[v];
    }
    let mut local = vec![usize::MAX; program.rows.len()];
    let mut open_rows = Vec::new();
    for (i, index) in local.iter_mut().enumerate() {
        if !start.basic[form.structurals + i] {
            *index = open_rows.len();
            open_rows.push(i);
        }
    }
    let candidates: Vec<usize> = (0..form.structurals).filter(|&v| inside[v]).collect();
    let columns: Vec<Vec<(usize, i64)>> = candidates
        .iter()
        .map(|&j| {
            let entries = small.columns[j].iter();
            entries.map(|(i, v)| (local[*i], *v)).filter(|(i, _)| *i != usize::MAX).collect()
        })
        .collect();
    let mut closed = vec![false; open_rows.len()];
    for (column, row) in independent(&columns, open_rows.len(), stop)? {
        start.basic[candidates[column]] = true;
        closed[row] = true;
    }
    for (row, _) in open_rows.iter().zip(closed).filter(|(_, closed)| !closed) {
        start.basic[form.structurals + row] = true;
    }
    Some(start)
}

/// Whether a float lies strictly between its bounds, and the bound nearest to it.
fn place(value: f64, size: f64, bounds: (Option<f64>, Option<f64>), natural: Rest) -> (bool, Rest) {
    let distance = |bound: f64| (value - bound).abs() / (size * bound.abs().max(1.0));
    match bounds {
        (None, None) => (true, natural),
        (Some(low), None) => (distance(low) > TOLERANCE, Rest::Lower),
        (None, Some(high)) => (distance(high) > TOLERANCE, Rest::Upper),
        (Some(low), Some(high)) => {
            let (down, up) = (distance(low), distance(high));
            let rest = if up < down { Rest::Upper } else { Rest::Lower };
            (down > TOLERANCE && up > TOLERANCE, rest)
        }
    }
}
