//! Auxiliary programs that are feasible and bounded by construction, for the two other endings.

use super::simplex::Trouble;
use super::{LpOptions, Method, Solved, Undecided, solve, solve_any};
use crate::kernel::kind::{LinearProgram, LpOutcome, LpVerdict, Relation, Sense};
use crate::kernel::number::{Rational, integer};
use crate::search::lp::Build;
use num_traits::{Signed, Zero};
use std::cell::Cell;

/// Minimises the sum of what rows are missed by: a point of it tells which rows contradict each other.
fn elastic(program: &LinearProgram) -> LinearProgram {
    let mut wider = LinearProgram::new(Sense::Minimise);
    for variable in &program.variables {
        wider.add(variable.lower.clone(), variable.upper.clone(), Rational::zero());
    }
    for row in &program.rows {
        let mut terms = row.terms.to_vec();
        let mut slack = |sign: i64, program: &mut LinearProgram| {
            terms.push((program.add(Some(Rational::zero()), None, integer(1)), integer(sign)));
        };
        if row.relation != Relation::AtLeast {
            slack(-1, &mut wider);
        }
        if row.relation != Relation::AtMost {
            slack(1, &mut wider);
        }
        // Every index exists: the variables are those of `program` and the ones just added.
        let _ = wider.add_row("", terms, row.relation, row.rhs.clone());
    }
    wider
}

/// Directions of size at most one along which the program stays feasible, with its objective.
fn recession(program: &LinearProgram) -> LinearProgram {
    let mut cone = LinearProgram::new(program.sense);
    for variable in &program.variables {
        let side = |bound: &Option<Rational>, free: i64| {
            Some(if bound.is_some() { Rational::zero() } else { integer(free) })
        };
        cone.add(side(&variable.lower, -1), side(&variable.upper, 1), variable.cost.clone());
    }
    for row in &program.rows {
        let _ = cone.add_row("", row.terms.iter().cloned(), row.relation, Rational::zero());
    }
    cone
}

/// A proof that the program is unbounded, or that it has no point at all; `None` when it has no ray.
pub(super) fn find(
    program: &LinearProgram,
    options: &LpOptions<'_>,
    steps: &Cell<usize>,
) -> Result<Option<LpOutcome>, Trouble> {
    let options = LpOptions { method: Method::Automatic, ..*options };
    let sub_solve = |program: &LinearProgram| counted(solve(program, &options), steps);
    let solved = sub_solve(&recession(program))?;
    let better = match (&solved.verdict, program.sense) {
        (LpVerdict::Optimal(value), Sense::Minimise) => value.is_negative(),
        (LpVerdict::Optimal(value), Sense::Maximise) => value.is_positive(),
        _ => false,
    };
    let LpOutcome::Optimal { primal: ray, .. } = solved.outcome else { return Ok(None) };
    if !better {
        return Ok(None);
    }
    let anywhere = program.with_objective(Sense::Minimise, |_| Rational::zero());
    Ok(match sub_solve(&anywhere)?.outcome {
        LpOutcome::Optimal { primal: point, .. } => Some(LpOutcome::Unbounded { point, ray }),
        // The same rows and bounds contradict each other whatever the objective.
        outcome => Some(outcome),
    })
}

/// A contradiction among rows and bounds: the dual of the least that rows are missed by; `None` when they are all met.
pub(super) fn contradiction(
    program: &LinearProgram,
    options: &LpOptions<'_>,
    steps: &Cell<usize>,
) -> Result<Option<LpOutcome>, Trouble> {
    let solved = counted(solve_any(&elastic(program), options, true), steps)?;
    Ok(match (solved.outcome, solved.verdict) {
        (LpOutcome::Optimal { dual, .. }, LpVerdict::Optimal(missed)) if missed.is_positive() => {
            Some(LpOutcome::Infeasible { farkas: dual })
        }
        _ => None,
    })
}

/// What a further program ended with; its steps are ours.
fn counted(solved: Result<Solved, Undecided>, steps: &Cell<usize>) -> Result<Solved, Trouble> {
    let solved = solved.map_err(|error| match error {
        Undecided::Stopped { .. } => Trouble::Stopped,
        Undecided::TooLarge => Trouble::TooLarge,
        Undecided::Refused { .. } => Trouble::Stuck,
    })?;
    steps.set(steps.get() + solved.steps);
    Ok(solved)
}
