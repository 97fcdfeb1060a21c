//! The plain data of a linear program: optimise `c x + c0` over rows and bounds, all rational.

use crate::exact::Rational;
use num_traits::Zero;
use std::collections::BTreeMap;

/// Which end of the objective is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sense {
    Minimise,
    Maximise,
}

/// How a row's left-hand side compares with its right-hand side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `a x <= b`
    AtMost,
    /// `a x >= b`
    AtLeast,
    /// `a x = b`
    Equal,
}

impl Relation {
    /// The sign as people write it.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
            Self::Equal => "=",
        }
    }
}

/// One variable: `lower <= x <= upper`, an absent bound being infinite, and its objective coefficient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LpVariable {
    /// For people; may be empty, need not be unique.
    pub name: String,
    pub lower: Option<Rational>,
    pub upper: Option<Rational>,
    pub cost: Rational,
}

/// One row `sum terms (relation) rhs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LpRow {
    name: String,
    terms: Vec<(usize, Rational)>,
    relation: Relation,
    rhs: Rational,
}

impl LpRow {
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The non-zero coefficients by strictly ascending variable index, each below the number of variables.
    #[must_use]
    pub fn terms(&self) -> &[(usize, Rational)] {
        &self.terms
    }

    #[must_use]
    pub fn relation(&self) -> Relation {
        self.relation
    }

    #[must_use]
    pub fn rhs(&self) -> &Rational {
        &self.rhs
    }
}

/// Why a row or an objective cannot belong to a program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LpError {
    #[error("row {row}: expected a variable index below {variables}, found {found}")]
    UnknownVariable { row: usize, variables: usize, found: usize },
    #[error("objective: expected a variable index below {variables}, found {found}")]
    UnknownCost { variables: usize, found: usize },
}

/// A linear program over the rationals. Rows only mention variables that exist, by construction.
///
/// ```
/// use counterproof::exact::lp::{LinearProgram, LpOutcome, LpVerdict, Relation, Sense};
/// use counterproof::exact::{integer, ratio};
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
/// assert_eq!(outcome.check(&program)?, LpVerdict::Optimal(ratio(3, 2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinearProgram {
    sense: Sense,
    constant: Rational,
    variables: Vec<LpVariable>,
    rows: Vec<LpRow>,
}

impl LinearProgram {
    /// A program without variables and rows.
    #[must_use]
    pub fn new(sense: Sense) -> Self {
        Self { sense, constant: Rational::zero(), variables: Vec::new(), rows: Vec::new() }
    }

    /// Sets the constant `c0` of the objective.
    pub fn set_constant(&mut self, constant: Rational) {
        self.constant = constant;
    }

    /// Adds a variable and returns its index.
    pub fn add_variable(&mut self, variable: LpVariable) -> usize {
        self.variables.push(variable);
        self.variables.len() - 1
    }

    /// Adds a nameless variable with the given bounds and objective coefficient; returns its index.
    pub fn add(
        &mut self,
        lower: Option<Rational>,
        upper: Option<Rational>,
        cost: Rational,
    ) -> usize {
        self.add_variable(LpVariable { name: String::new(), lower, upper, cost })
    }

    /// Adds a row and returns its index. Terms may come in any order; those of one variable are summed,
    /// and zeros dropped.
    ///
    /// # Errors
    /// [`LpError`] when a term names a variable that does not exist.
    pub fn add_row(
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

    #[must_use]
    pub fn sense(&self) -> Sense {
        self.sense
    }

    #[must_use]
    pub fn constant(&self) -> &Rational {
        &self.constant
    }

    #[must_use]
    pub fn variables(&self) -> &[LpVariable] {
        &self.variables
    }

    #[must_use]
    pub fn rows(&self) -> &[LpRow] {
        &self.rows
    }

    /// Replaces the objective by `sum terms`; variables not named cost nothing, and the constant is zero.
    ///
    /// # Errors
    /// [`LpError::UnknownCost`] when a term names a variable that does not exist; nothing is changed then.
    pub fn set_objective(
        &mut self,
        sense: Sense,
        terms: &[(usize, Rational)],
    ) -> Result<(), LpError> {
        let variables = self.variables.len();
        if let Some(&(found, _)) = terms.iter().find(|(index, _)| *index >= variables) {
            return Err(LpError::UnknownCost { variables, found });
        }
        self.sense = sense;
        self.constant = Rational::zero();
        self.variables.iter_mut().for_each(|variable| variable.cost.set_zero());
        for (index, value) in terms {
            if let Some(variable) = self.variables.get_mut(*index) {
                variable.cost += value;
            }
        }
        Ok(())
    }

    /// The same feasible set with another objective.
    #[must_use]
    pub fn with_objective(&self, sense: Sense, cost: impl Fn(usize) -> Rational) -> Self {
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
    use crate::exact::integer;

    #[test]
    fn rows_are_canonical_and_only_name_what_exists() {
        let mut lp = LinearProgram::new(Sense::Minimise);
        lp.add(None, None, integer(0));
        lp.add(None, None, integer(0));
        let terms = vec![(1, integer(2)), (0, integer(3)), (1, integer(-2))];
        lp.add_row("r", terms, Relation::Equal, integer(1)).unwrap();
        assert_eq!(lp.rows()[0].terms(), [(0, integer(3))]);
        let wrong = lp.add_row("s", [(2, integer(1))], Relation::AtMost, integer(0));
        assert_eq!(wrong, Err(LpError::UnknownVariable { row: 1, variables: 2, found: 2 }));
        assert_eq!(lp.rows().len(), 1);
    }
}
