//! The basis that a float solver ends at: a proposal, never a verdict.
//!
//! The solver is microlp (pure Rust, nothing to install), reached through `good_lp`, which hands out values and no basis. So the
//! basis is written into the values. Each row gets its logical as a variable of its own, and each finite bound moves outwards by
//! a small random amount. The relaxed program has, almost surely, no degenerate vertex, and a simplex solver leaves what is
//! outside the basis at the bounds that it was given, bit for bit; so what lies at no bound is basic, and nothing is judged by a
//! tolerance. Costs are as they were: the basis is dual feasible for the program itself, and primal feasible unless the small
//! amounts decided.

use super::simplex::Rest;
use crate::kernel::kind::{LinearProgram, Relation, Sense};
use crate::kernel::number::Rational;
#[cfg(feature = "highs")]
use good_lp::solvers::highs::{HighsParallelType, HighsSolverType};
use good_lp::variable::UnsolvedProblem;
use good_lp::{
    Expression, ProblemVariables, ResolutionError, Solution, SolverModel, Variable, WithTimeLimit,
    variable,
};
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

#[cfg(feature = "highs")]
const TOLERANCE: f64 = 1e-9;

/// Turns in which rows and columns are scaled towards geometric means of one.
const TURNS: usize = 4;

/// How many proposals differ from each other: scalings of rows alone and of both, by turns, each with another seed.
pub(super) const ATTEMPTS: u64 = 4;

/// Asks the float solver for at most `seconds`. `attempt` chooses the scaling and seeds the amounts by which bounds move.
pub(super) fn propose(program: &LinearProgram, attempt: u64, seconds: f64) -> Proposal {
    let ask = || {
        let relaxed = Relaxed::new(program, attempt)?;
        Some(relaxed.solve(program.sense, seconds))
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
            let largest = costs.iter().fold(0.0_f64, |most, cost| most.max(cost.abs()));
            let scale = power_of_two(64.0 / largest);
            costs.iter_mut().for_each(|cost| *cost *= scale);
        }
        Some(Self { rows, bounds, costs })
    }

    fn solve(&self, sense: Sense, seconds: f64) -> Proposal {
        let mut all = ProblemVariables::new();
        let bounds = self.bounds.iter();
        let variables: Vec<Variable> =
            bounds.map(|&(low, high)| all.add(variable().min(low).max(high))).collect();
        let (structurals, logicals) = variables.split_at(self.costs.len());
        let mut objective = Expression::with_capacity(self.costs.len());
        for (cost, &variable) in self.costs.iter().zip(structurals) {
            objective.add_mul(*cost, variable);
        }
        let problem = match sense {
            Sense::Minimise => all.minimise(objective),
            Sense::Maximise => all.maximise(objective),
        };
        let mut model = with_solver(problem).with_time_limit(seconds);
        for (row, &logical) in self.rows.iter().zip(logicals) {
            let mut left = Expression::with_capacity(row.len() + 1);
            row.iter().for_each(|(j, value)| left.add_mul(*value, structurals[*j]));
            left.add_mul(-1.0, logical);
            model.add_constraint(left.eq(0.0));
        }
        match model.solve() {
            Ok(solution) => {
                let values = variables.iter().map(|&variable| solution.value(variable));
                Proposal::Basis(Guess(values.zip(&self.bounds).map(resting).collect()))
            }
            Err(ResolutionError::Infeasible) => Proposal::Infeasible,
            Err(ResolutionError::Unbounded) => Proposal::Unbounded,
            Err(_) => Proposal::Nothing,
        }
    }
}

#[cfg(not(feature = "highs"))]
fn with_solver(
    problem: UnsolvedProblem,
) -> impl SolverModel<Error = ResolutionError> + WithTimeLimit {
    problem.using(good_lp::microlp)
}

/// The simplex method, which ends at a vertex, on this thread alone, with tolerances well below the amounts by which bounds move.
#[cfg(feature = "highs")]
fn with_solver(
    problem: UnsolvedProblem,
) -> impl SolverModel<Error = ResolutionError> + WithTimeLimit {
    let problem = problem.using(good_lp::highs).set_solver(HighsSolverType::Simplex);
    let problem = problem.set_parallel(HighsParallelType::Off).set_threads(1);
    let problem = problem.set_option("primal_feasibility_tolerance", TOLERANCE);
    problem.set_option("dual_feasibility_tolerance", TOLERANCE)
}

/// Where a variable rests; `None` when it is basic. One without bounds is put at zero outside the basis.
#[expect(
    clippy::float_cmp,
    reason = "outside the basis a variable is exactly where it was told to be"
)]
fn resting((value, &(low, high)): (f64, &(f64, f64))) -> Option<Rest> {
    if value == low {
        Some(Rest::Lower)
    } else if value == high {
        Some(Rest::Upper)
    } else {
        (value == 0.0 && low == f64::NEG_INFINITY && high == f64::INFINITY).then_some(Rest::Free)
    }
}

/// The power of two next to a positive number, by which nothing is rounded; 1 for any other.
fn power_of_two(value: f64) -> f64 {
    if value > 0.0 && value.is_finite() { value.log2().round().exp2() } else { 1.0 }
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
