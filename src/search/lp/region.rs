//! Many linear forms over one polyhedron: what case splits ask for by the thousand.
//!
//! The exact dense simplex stays at the last vertex, so the next form starts there. Every answer is checked
//! before it is given, like those of [`solve`](super::solve).

use super::form::Form;
use super::simplex::Trouble;
use super::{Dense, LpOptions, Solved, Solver, Undecided};
use crate::kernel::Clock;
use crate::kernel::kind::{LinearProgram, LpOutcome, Relation, Sense};
use crate::kernel::number::Rational;
use crate::search::lp::Build;
use crate::search::lp::LpError;
use num_traits::Zero;
use std::cell::Cell;

/// The polyhedron `{ x : rows, bounds }`, built up row by row.
pub struct Region {
    program: LinearProgram,
    warm: Option<(Form, Dense)>,
}

impl Region {
    /// All of `Q^n` within `lower <= x_j <= upper`, the same for each variable.
    #[must_use]
    pub fn new(variables: usize, lower: Option<&Rational>, upper: Option<&Rational>) -> Self {
        let mut program = LinearProgram::new(Sense::Minimise);
        for _ in 0..variables {
            program.add(lower.cloned(), upper.cloned(), Rational::zero());
        }
        Self { program, warm: None }
    }

    /// The rows and bounds of a program, whatever its objective.
    #[must_use]
    pub fn of(program: &LinearProgram) -> Self {
        Self { program: program.clone(), warm: None }
    }

    /// Cuts the region down to `sum terms (relation) rhs`; returns the row's index in later multipliers.
    ///
    /// # Errors
    /// [`LpError`] when a term names a variable that does not exist.
    pub fn add_row(
        &mut self,
        terms: impl IntoIterator<Item = (usize, Rational)>,
        relation: Relation,
        rhs: Rational,
    ) -> Result<usize, LpError> {
        self.warm = None;
        self.program.add_row("", terms, relation, rhs)
    }

    /// The program that was decided last (or the region with no objective).
    #[must_use]
    pub fn program(&self) -> &LinearProgram {
        &self.program
    }

    /// The least or greatest value of `sum terms` over the region, with proof: see [`LpOutcome`].
    /// An empty region comes with Farkas multipliers of its rows.
    ///
    /// # Errors
    /// [`Undecided`] when `options.stop` said so.
    pub fn optimise(
        &mut self,
        sense: Sense,
        terms: &[(usize, Rational)],
        options: &LpOptions<'_>,
    ) -> Result<Solved, Undecided> {
        let refused = |reason: String| Undecided::Refused { reason };
        self.program.set_objective(sense, terms).map_err(|error| refused(error.to_string()))?;
        let (form, mut state) = match self.warm.take() {
            Some((mut form, mut state)) => {
                form.take_cost(&self.program);
                match state.take_cost(&form) {
                    Ok(()) => (form, Ok(state)),
                    Err(_) => {
                        let state = Dense::new(&form);
                        (form, state)
                    }
                }
            }
            None => {
                let form = Form::new(&self.program);
                let state = Dense::new(&form);
                (form, state)
            }
        };
        let steps = Cell::new(0);
        let outcome = match form.empty_bounds() {
            Some(variable) => Ok(LpOutcome::EmptyBounds { variable }),
            None => {
                let (program, form, steps) = (&self.program, &form, &steps);
                let solver = Solver { program, form, options, steps, elastic: false };
                state.as_mut().map_err(|trouble| *trouble).and_then(|state| solver.dense(state))
            }
        };
        if let Ok(state) = state {
            self.warm = Some((form, state));
        }
        let outcome = outcome.map_err(|trouble| match trouble {
            Trouble::Stopped => Undecided::Stopped { steps: steps.get() },
            Trouble::TooLarge => Undecided::TooLarge,
            trouble => refused(format!("{trouble:?}")),
        })?;
        let verdict = outcome
            .check(&self.program, &Clock::unlimited())
            .map_err(|error| refused(error.to_string()))?;
        Ok(Solved { outcome, verdict, steps: steps.get() })
    }

    /// Whether the region has a point, with one (as an optimum of 0), or with Farkas multipliers.
    ///
    /// # Errors
    /// [`Undecided`] when `options.stop` said so.
    pub fn point(&mut self, options: &LpOptions<'_>) -> Result<Solved, Undecided> {
        self.optimise(Sense::Minimise, &[], options)
    }
}
