//! Building linear programs: optimise `c x + c0` over rows and bounds, all rational.

use crate::kernel::kind::{LinearProgram, LpRow, LpVariable, Relation, Sense};
use crate::kernel::number::Rational;
use num_traits::Zero;
use std::collections::BTreeMap;

/// Why a row or an objective cannot belong to a program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LpError {
    #[error("row {row}: expected a variable index below {variables}, found {found}")]
    UnknownVariable { row: usize, variables: usize, found: usize },
    #[error("objective: expected a variable index below {variables}, found {found}")]
    UnknownCost { variables: usize, found: usize },
}

/// How programs are built here: rows only mention variables that exist.
///
/// ```
/// use counterproof::kernel::Clock;
/// use counterproof::search::lp::Build;
/// use counterproof::kernel::kind::{LinearProgram, LpOutcome, LpVerdict, Relation, Sense};
/// use counterproof::kernel::number::{integer, ratio};
///
/// // minimise x + y where x + 2 y >= 3 and x, y >= 0
/// let mut program = LinearProgram::new(Sense::Minimise);
/// let x = program.add(Some(integer(0)), None, integer(1));
/// let y = program.add(Some(integer(0)), None, integer(1));
/// let terms = [(x, integer(1)), (y, integer(2))];
/// program.add_row("enough", terms, Relation::AtLeast, integer(3))?;
///
/// // whoever found it: y = 3/2 is optimal, for half the row bounds the objective
/// let outcome = LpOutcome::Optimal { primal: vec![integer(0), ratio(3, 2)], dual: vec![ratio(1, 2)] };
/// assert_eq!(outcome.check(&program, &Clock::unlimited())?, LpVerdict::Optimal(ratio(3, 2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Build: Sized {
    /// A program without variables and rows.
    #[must_use]
    fn new(sense: Sense) -> Self;

    /// Adds a variable and returns its index.
    fn add_variable(&mut self, variable: LpVariable) -> usize;

    /// Adds a nameless variable with the given bounds and objective coefficient; returns its index.
    fn add(&mut self, lower: Option<Rational>, upper: Option<Rational>, cost: Rational) -> usize {
        self.add_variable(LpVariable { name: String::new(), lower, upper, cost })
    }

    /// Adds a row and returns its index. Terms may come in any order; those of one variable are summed,
    /// and zeros dropped.
    ///
    /// # Errors
    /// [`LpError`] when a term names a variable that does not exist.
    fn add_row(
        &mut self,
        name: impl Into<String>,
        terms: impl IntoIterator<Item = (usize, Rational)>,
        relation: Relation,
        rhs: Rational,
    ) -> Result<usize, LpError>;

    /// Replaces the objective by `sum terms`; variables not named cost nothing, and the constant is zero.
    ///
    /// # Errors
    /// [`LpError::UnknownCost`] when a term names a variable that does not exist; nothing is changed then.
    fn set_objective(&mut self, sense: Sense, terms: &[(usize, Rational)]) -> Result<(), LpError>;

    /// The same feasible set with another objective.
    #[must_use]
    fn with_objective(&self, sense: Sense, cost: impl Fn(usize) -> Rational) -> Self;
}

impl Build for LinearProgram {
    fn new(sense: Sense) -> Self {
        Self { sense, constant: Rational::zero(), variables: Vec::new(), rows: Vec::new() }
    }

    fn add_variable(&mut self, variable: LpVariable) -> usize {
        self.variables.push(variable);
        self.variables.len() - 1
    }

    fn add_row(
        &mut self,
        name: impl Into<String>,
        terms: impl IntoIterator<Item = (usize, Rational)>,
        relation: Relation,
        rhs: Rational,
    ) -> Result<usize, LpError> {
        let mut terms: Vec<(usize, Rational)> = terms.into_iter().collect();
        let (row, variables) = (self.rows.len(), self.variables.len());
        if let Some(&(found, _)) = terms.iter().find(|(index, _)| *index >= variables) {
            return Err(LpError::UnknownVariable { row, variables, found });
        }
        let ascending = terms.iter().zip(terms.iter().skip(1)).all(|(a, b)| a.0 < b.0);
        if !ascending {
            let mut sums: BTreeMap<usize, Rational> = BTreeMap::new();
            for (index, value) in terms {
                *sums.entry(index).or_insert_with(Rational::zero) += value;
            }
            terms = sums.into_iter().collect();
        }
        terms.retain(|(_, value)| !value.is_zero());
        self.rows.push(LpRow { name: name.into(), terms, relation, rhs });
        Ok(row)
    }

    fn set_objective(&mut self, sense: Sense, terms: &[(usize, Rational)]) -> Result<(), LpError> {
        let variables = self.variables.len();
        if let Some(&(found, _)) = terms.iter().find(|(index, _)| *index >= variables) {
            return Err(LpError::UnknownCost { variables, found });
        }
        self.sense = sense;
        self.constant = Rational::zero();
        self.variables.iter_mut().for_each(|variable| variable.cost.set_zero());
        for (index, value) in terms {
            self.variables[*index].cost += value;
        }
        Ok(())
    }

    fn with_objective(&self, sense: Sense, cost: impl Fn(usize) -> Rational) -> Self {
        let mut program = self.clone();
        program.sense = sense;
        program.constant = Rational::zero();
        for (index, variable) in program.variables.iter_mut().enumerate() {
            variable.cost = cost(index);
        }
        program
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::number::integer;

    #[test]
    fn rows_are_canonical_and_only_name_what_exists() {
        let mut lp = LinearProgram::new(Sense::Minimise);
        lp.add(None, None, integer(0));
        lp.add(None, None, integer(0));
        let terms = vec![(1, integer(2)), (0, integer(3)), (1, integer(-2))];
        lp.add_row("r", terms, Relation::Equal, integer(1)).unwrap();
        assert_eq!(lp.rows[0].terms, [(0, integer(3))]);
        let wrong = lp.add_row("s", [(2, integer(1))], Relation::AtMost, integer(0));
        assert_eq!(wrong, Err(LpError::UnknownVariable { row: 1, variables: 2, found: 2 }));
        assert_eq!(lp.rows.len(), 1);
    }
}
