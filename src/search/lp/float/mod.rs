//! The basis that a float solver ends at: a proposal, never a verdict.
//!
//! Each row gets its logical as a variable of its own, and each finite bound moves outwards by a small random amount, so that the
//! relaxed program has, almost surely, no degenerate vertex. Costs are as they were: a basis that is optimal for it is dual
//! feasible for the program itself, and primal feasible unless the small amounts decided.
//!
//! The solver is the simplex method in `primal`, and microlp where that has led nowhere; or HiGHS with the feature `highs`.

#[cfg(not(feature = "highs"))]
mod crash;
#[cfg(not(feature = "highs"))]
mod factors;
mod library;
#[cfg(not(feature = "highs"))]
mod primal;

use super::simplex::Rest;
use crate::kernel::kind::{LinearProgram, Relation};
use crate::kernel::number::Rational;
use num_traits::ToPrimitive;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A hint.
pub(super) enum Proposal {
    Basis(Guess),
    Infeasible,
    Unbounded,
    /// The solver failed, or the numbers do not fit floats.
    Nothing,
}

/// What may be an optimal basis: `None` for what is basic, and where the others rest. `[n + m]`, structurals before logicals
pub(super) struct Guess(pub Vec<Option<Rest>>);

/// Magnitudes outside this range are left to exact arithmetic.
const LARGEST: f64 = 1e15;

/// How far bounds move outwards, relative to `1 + |bound|`: well above the tolerances of float solvers, about 1e-9.
const OUTWARDS: f64 = 1e-7;

/// Of costs that are scaled.
const LARGEST_COST: f64 = 64.0;

/// Turns in which rows and columns are scaled towards geometric means of one.
const TURNS: usize = 4;

/// How many proposals differ from each other: scalings of rows alone and of both, by turns, each with another seed. The last
/// one is left to another solver.
pub(super) const ATTEMPTS: u64 = 5;

/// Asks the float solver for at most `seconds`. `attempt` chooses the scaling and seeds the amounts by which bounds move.
pub(super) fn propose(
    program: &LinearProgram,
    attempt: u64,
    seconds: f64,
    #[cfg_attr(feature = "highs", expect(unused_variables, reason = "it asks a library only"))]
    stop: &dyn Fn() -> bool,
) -> Proposal {
    let ask = || {
        let relaxed = Relaxed::new(program, attempt)?;
        #[cfg(not(feature = "highs"))]
        if attempt + 1 < ATTEMPTS {
            return Some(relaxed.solve(program.sense, seconds, stop));
        }
        Some(relaxed.solve_by_library(program.sense, seconds))
    };
    // A solver that panics has proposed nothing.
    catch_unwind(AssertUnwindSafe(|| ask().unwrap_or(Proposal::Nothing)))
        .unwrap_or(Proposal::Nothing)
}

fn float(value: &Rational) -> Option<f64> {
    value.to_f64().filter(|value| value.abs() <= LARGEST)
}

/// A bound that is not there is infinite.
fn bound(value: Option<&Rational>, infinite: f64, scale: f64) -> Option<f64> {
    value.map_or(Some(infinite), |value| Some(float(value)? * scale))
}

/// The program in floats: scaled, its bounds moved outwards.
struct Relaxed {
    /// `[m]` sparse rows
    rows: Vec<Vec<(usize, f64)>>,
    /// `[n + m]`
    bounds: Vec<(f64, f64)>,
    /// `[n]`
    costs: Vec<f64>,
}

impl Relaxed {
    /// `None` when a number does not fit.
    fn new(program: &LinearProgram, attempt: u64) -> Option<Self> {
        let mut rows = Vec::with_capacity(program.rows.len());
        for row in &program.rows {
            let entries = row.terms.iter().map(|(j, value)| Some((*j, float(value)?)));
            let entries = entries.filter(|entry| entry.is_none_or(|(_, value)| value != 0.0));
            rows.push(entries.collect::<Option<Vec<_>>>()?);
        }
        let columns = program.variables.len();
        let (row_scales, column_scales) = if attempt.is_multiple_of(2) {
            by_largest(&rows, columns)
        } else {
            geometric(&rows, columns)
        };
        for (row, scale) in rows.iter_mut().zip(&row_scales) {
            row.iter_mut().for_each(|(j, value)| *value *= scale * column_scales[*j]);
        }
        let mut random = ChaCha8Rng::seed_from_u64(attempt);
        let mut outwards = |(low, high): (f64, f64)| {
            let mut amount =
                |bound: f64| OUTWARDS * (1.0 + bound.abs()) * random.random_range(0.5..1.0);
            (low - amount(low), high + amount(high))
        };
        let (none, any) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut bounds = Vec::with_capacity(columns + rows.len());
        let mut costs = Vec::with_capacity(columns);
        for (variable, scale) in program.variables.iter().zip(&column_scales) {
            let low = bound(variable.lower.as_ref(), none, scale.recip())?;
            let high = bound(variable.upper.as_ref(), any, scale.recip())?;
            bounds.push(outwards((low, high)));
            costs.push(float(&variable.cost)? * scale);
        }
        for (row, scale) in program.rows.iter().zip(&row_scales) {
            let rhs = float(&row.rhs)? * scale;
            bounds.push(outwards(match row.relation {
                Relation::AtMost => (none, rhs),
                Relation::AtLeast => (rhs, any),
                Relation::Equal => (rhs, rhs),
            }));
        }
        if !attempt.is_multiple_of(2) {
            let scale = cost_scale(&costs);
            costs.iter_mut().for_each(|cost| *cost *= scale);
        }
        Some(Self { rows, bounds, costs })
    }
}

/// The power of two next to a positive number, by which nothing is rounded; 1 for any other.
fn power_of_two(value: f64) -> f64 {
    if value > 0.0 && value.is_finite() { value.log2().round().exp2() } else { 1.0 }
}

/// With which the largest cost is about [`LARGEST_COST`].
fn cost_scale(costs: &[f64]) -> f64 {
    let largest = costs.iter().fold(0.0_f64, |most, cost| most.max(cost.abs()));
    power_of_two(LARGEST_COST / largest)
}

/// Scales of rows and columns: a row's largest entry is about one, columns stay.
fn by_largest(rows: &[Vec<(usize, f64)>], columns: usize) -> (Vec<f64>, Vec<f64>) {
    let largest = |row: &Vec<(usize, f64)>| row.iter().fold(0.0_f64, |most, e| most.max(e.1.abs()));
    (rows.iter().map(|row| power_of_two(largest(row).recip())).collect(), vec![1.0; columns])
}

/// Scales of rows and columns: the geometric mean of a line's least and largest entry is about one.
fn geometric(rows: &[Vec<(usize, f64)>], columns: usize) -> (Vec<f64>, Vec<f64>) {
    let mut row_scales = vec![1.0; rows.len()];
    let mut column_scales = vec![1.0; columns];
    let unknown = (f64::INFINITY, 0.0_f64);
    let with = |(least, most): (f64, f64), value: f64| (least.min(value), most.max(value));
    for _ in 0..TURNS {
        let mut ends = vec![unknown; columns];
        for (row, scale) in rows.iter().zip(&mut row_scales) {
            let sizes = row.iter().map(|(j, value)| value.abs() * column_scales[*j]);
            let (least, most) = sizes.fold(unknown, with);
            *scale = power_of_two((least * most).sqrt().recip());
            for (j, value) in row {
                ends[*j] = with(ends[*j], value.abs() * *scale);
            }
        }
        for (scale, (least, most)) in column_scales.iter_mut().zip(ends) {
            *scale = power_of_two((least * most).sqrt().recip());
        }
    }
    (row_scales, column_scales)
}
