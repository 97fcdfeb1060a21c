//! From a guess to a basis to start from.
//!
//! Logicals first, then structural variables as long as they are independent (decided modulo a prime, not in floats), and
//! logicals for the rows left. A bad guess costs steps, nothing else.

use super::float::Guess;
use super::form::{Form, Small};
use super::modular::independent;
use super::simplex::Rest;

/// A start for the exact simplex: which variables are basic, and where the others rest.
pub(super) struct Start {
    /// `[n + m]`, as many `true` as rows.
    pub basic: Vec<bool>,
    /// `[n + m]`
    pub rest: Vec<Rest>,
}

/// The basis of all logicals.
pub(super) fn logical_start(form: &Form) -> Start {
    Start {
        basic: (0..form.variables()).map(|v| v >= form.structurals).collect(),
        rest: (0..form.variables()).map(|v| Rest::natural(form, v)).collect(),
    }
}

/// The basis that was guessed, made one: what depends on others leaves it, logicals fill it up. `None` when stopped.
pub(super) fn start_at(
    form: &Form,
    small: &Small,
    Guess(guess): &Guess,
    stop: &dyn Fn() -> bool,
) -> Option<Start> {
    let mut start = logical_start(form);
    for (v, rest) in guess.iter().enumerate() {
        start.basic[v] = rest.is_none() && v >= form.structurals;
        start.rest[v] = rest.unwrap_or_else(|| Rest::natural(form, v));
    }
    let mut local = vec![usize::MAX; form.rows.len()];
    let mut open_rows = Vec::new();
    for (i, index) in local.iter_mut().enumerate() {
        if !start.basic[form.structurals + i] {
            *index = open_rows.len();
            open_rows.push(i);
        }
    }
    let candidates: Vec<usize> = (0..form.structurals).filter(|&v| guess[v].is_none()).collect();
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
