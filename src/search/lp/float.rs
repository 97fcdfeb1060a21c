//! What a float solver says about a linear program: a proposal, never a verdict.
//!
//! The solver is microlp (pure Rust, nothing to install), reached through `good_lp`. Statuses and values are
//! hints for where the exact simplex starts.

use crate::kernel::kind::{LinearProgram, Relation, Sense};
use crate::kernel::number::Rational;
use good_lp::{
    Expression, ProblemVariables, ResolutionError, Solution, SolverModel, Variable, WithTimeLimit,
    variable,
};
use num_traits::ToPrimitive;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A hint.
#[derive(Debug, Clone, PartialEq)]
pub enum Proposal {
    /// Values of the variables at what may be an optimum.
    Point(Vec<f64>),
    Infeasible,
    Unbounded,
    /// The solver failed, or the numbers do not fit floats.
    Nothing,
}

/// Magnitudes outside this range are left to exact arithmetic.
const LARGEST: f64 = 1e15;

fn float(value: &Rational) -> Option<f64> {
    value.to_f64().filter(|value| value.abs() <= LARGEST)
}

/// Asks the float solver, for at most `seconds`.
#[must_use]
pub fn propose(program: &LinearProgram, seconds: f64) -> Proposal {
    // A solver that panics has proposed nothing.
    catch_unwind(AssertUnwindSafe(|| ask(program, seconds).unwrap_or(Proposal::Nothing)))
        .unwrap_or(Proposal::Nothing)
}

fn ask(program: &LinearProgram, seconds: f64) -> Option<Proposal> {
    let mut variables = ProblemVariables::new();
    let mut columns: Vec<Variable> = Vec::with_capacity(program.variables.len());
    let mut objective = Expression::with_capacity(program.variables.len());
    for column in &program.variables {
        let low = match &column.lower {
            Some(bound) => float(bound)?,
            None => f64::NEG_INFINITY,
        };
        let high = match &column.upper {
            Some(bound) => float(bound)?,
            None => f64::INFINITY,
        };
        if low > high {
            return Some(Proposal::Infeasible);
        }
        let variable = variables.add(variable().min(low).max(high));
        objective.add_mul(float(&column.cost)?, variable);
        columns.push(variable);
    }
    let problem = match program.sense {
        Sense::Minimise => variables.minimise(objective),
        Sense::Maximise => variables.maximise(objective),
    };
    let mut model = problem.using(good_lp::microlp).with_time_limit(seconds);
    for row in &program.rows {
        let mut left = Expression::with_capacity(row.terms.len());
        for (j, value) in &row.terms {
            left.add_mul(float(value)?, *columns.get(*j)?);
        }
        let right = float(&row.rhs)?;
        model.add_constraint(match row.relation {
            Relation::AtMost => left.leq(right),
            Relation::AtLeast => left.geq(right),
            Relation::Equal => left.eq(right),
        });
    }
    Some(match model.solve() {
        Ok(solution) => {
            let values: Vec<f64> = columns.iter().map(|&column| solution.value(column)).collect();
            if values.iter().all(|value| value.is_finite()) {
                Proposal::Point(values)
            } else {
                Proposal::Nothing
            }
        }
        Err(ResolutionError::Infeasible) => Proposal::Infeasible,
        Err(ResolutionError::Unbounded) => Proposal::Unbounded,
        Err(_) => Proposal::Nothing,
    })
}
