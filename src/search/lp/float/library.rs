//! A solver of the crate `good_lp`: microlp where our own simplex method has led nowhere, or, with the feature `highs`, HiGHS in place of it, which is faster
//! on large programs.
//!
//! `good_lp` hands out values and no basis. So the basis is read off the values: a simplex solver leaves what is outside the basis at the
//! bounds that it was given, bit for bit, and no vertex is degenerate; what lies at no bound is basic, and nothing is judged by a
//! tolerance.

use super::{Guess, Proposal, Relaxed};
use crate::kernel::kind::Sense;
use crate::search::lp::simplex::Rest;
#[cfg(feature = "highs")]
use good_lp::solvers::highs::{HighsParallelType, HighsSolverType};
use good_lp::variable::UnsolvedProblem;
use good_lp::{
    Expression, ProblemVariables, ResolutionError, Solution, SolverModel, Variable, WithTimeLimit,
    variable,
};

/// Well below the amounts by which bounds move.
#[cfg(feature = "highs")]
const TOLERANCE: f64 = 1e-9;

impl Relaxed {
    /// By a solver that ends at a vertex, on this thread alone, and polls nothing.
    pub(super) fn solve_by_library(&self, sense: Sense, seconds: f64) -> Proposal {
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
