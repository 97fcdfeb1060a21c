//! A dense dictionary over the integers, with integer-preserving pivots (Edmonds; Bareiss).
//!
//! All entries share the denominator `D`, the absolute value of the determinant of the basis, so every
//! entry is a minor of the integer matrix and every division below is exact. Runs on 64-bit integers
//! until one does not fit, then on big ones ([`Tableau::convert`]). It works for every program, whatever
//! its numbers, and for small ones it is the fastest.

use super::form::Form;
use super::number::{Number, Overflow};
use super::simplex::{Costs, Dictionary, Fractions, Rest, Trouble, resting_value};
use num_traits::Zero;

/// `D * x_basic = entries * x_nonbasic`, and as last row the objective.
pub(super) struct Tableau<N> {
    basic: Vec<usize>,
    nonbasic: Vec<usize>,
    entries: Vec<Vec<N>>,
    denominator: N,
}

impl<N: Number> Tableau<N> {
    /// The dictionary of the basis of all logicals.
    pub fn new(form: &Form) -> Result<Self, Trouble> {
        let mut entries = vec![vec![N::small(0); form.structurals]; form.rows.len() + 1];
        for (row, terms) in entries.iter_mut().zip(&form.rows) {
            for (j, value) in terms {
                row[*j] = N::from_big(value)?;
            }
        }
        if let Some(row) = entries.last_mut() {
            for (entry, value) in row.iter_mut().zip(&form.cost) {
                *entry = N::from_big(value)?;
            }
        }
        Ok(Self {
            basic: (form.structurals..form.variables()).collect(),
            nonbasic: (0..form.structurals).collect(),
            entries,
            denominator: N::small(1),
        })
    }

    /// The same dictionary on other integers.
    pub fn convert<M: Number>(&self) -> Result<Tableau<M>, Overflow> {
        let convert = |row: &Vec<N>| row.iter().map(|value| M::from_big(&value.to_big())).collect();
        Ok(Tableau {
            basic: self.basic.clone(),
            nonbasic: self.nonbasic.clone(),
            entries: self.entries.iter().map(convert).collect::<Result<_, _>>()?,
            denominator: M::from_big(&self.denominator.to_big())?,
        })
    }

    /// Takes over the objective of `form`: what it is in terms of the variables outside the basis.
    pub fn take_cost(&mut self, form: &Form) -> Result<(), Overflow> {
        let mut objective = Vec::with_capacity(self.nonbasic.len());
        for &variable in &self.nonbasic {
            objective.push(match form.cost.get(variable) {
                Some(value) => N::from_big(value)?.times(&self.denominator)?,
                None => N::small(0),
            });
        }
        for (row, &variable) in self.entries.iter().zip(&self.basic) {
            let Some(value) = form.cost.get(variable).filter(|value| !value.is_zero()) else {
                continue;
            };
            let value = N::from_big(value)?;
            for (sum, entry) in objective.iter_mut().zip(row) {
                if entry.sign() != 0 {
                    *sum = sum.plus(&value.times(entry)?)?;
                }
            }
        }
        if let Some(last) = self.entries.last_mut() {
            *last = objective;
        }
        Ok(())
    }
}

impl<N: Number> Dictionary for Tableau<N> {
    type N = N;

    fn basic(&self) -> &[usize] {
        &self.basic
    }

    fn nonbasic(&self) -> &[usize] {
        &self.nonbasic
    }

    fn values(&mut self, form: &Form, rest: &[Rest]) -> Result<Fractions<N>, Trouble> {
        let mut moved = Vec::new();
        for (j, &variable) in self.nonbasic.iter().enumerate() {
            if let Some(value) = resting_value(form, rest, variable)
                && !value.is_zero()
            {
                moved.push((j, N::from_big(&value)?));
            }
        }
        let mut numerators = Vec::with_capacity(self.basic.len());
        for row in self.entries.iter().take(self.basic.len()) {
            let mut sum = N::small(0);
            for (j, value) in &moved {
                if row[*j].sign() != 0 {
                    sum = sum.plus(&row[*j].times(value)?)?;
                }
            }
            numerators.push(sum);
        }
        Ok(Fractions { numerators, denominator: self.denominator.clone() })
    }

    fn prices(&mut self, _: &Form, costs: Costs<'_>) -> Result<Fractions<N>, Trouble> {
        let numerators = match costs {
            Costs::Objective => self.entries.last().cloned().unwrap_or_default(),
            Costs::Basic(signs) => {
                let mut sums = vec![N::small(0); self.nonbasic.len()];
                for (row, sign) in self.entries.iter().zip(signs).filter(|(_, sign)| **sign != 0) {
                    for (sum, entry) in sums.iter_mut().zip(row) {
                        if entry.sign() != 0 {
                            let entry = if *sign > 0 { entry.clone() } else { entry.negated()? };
                            *sum = sum.plus(&entry)?;
                        }
                    }
                }
                sums
            }
        };
        Ok(Fractions { numerators, denominator: self.denominator.clone() })
    }

    fn column(&mut self, _: &Form, j: usize) -> Result<Fractions<N>, Trouble> {
        let rows = self.entries.iter().take(self.basic.len());
        Ok(Fractions {
            numerators: rows.map(|row| row[j].clone()).collect(),
            denominator: self.denominator.clone(),
        })
    }

    fn pivot(&mut self, i: usize, j: usize) -> Result<(), Trouble> {
        let zero = N::small(0);
        let pivot = self.entries[i][j].clone();
        if pivot.sign() == 0 {
            return Err(Trouble::Stuck);
        }
        let negative = pivot.sign() < 0;
        // With a negative pivot everything is negated, to keep the denominator positive.
        let size = if negative { pivot.negated()? } else { pivot.clone() };
        let mut updates = Vec::with_capacity(self.entries.len());
        for (index, row) in self.entries.iter().enumerate() {
            if index == i {
                updates.push(None);
                continue;
            }
            let factor = if negative { row[j].negated()? } else { row[j].clone() };
            if factor.sign() == 0 && size == self.denominator {
                updates.push(None);
                continue;
            }
            let mut new = Vec::with_capacity(row.len());
            for (column, (entry, above)) in row.iter().zip(&self.entries[i]).enumerate() {
                new.push(if column == j {
                    factor.clone()
                } else if entry.sign() == 0 && (factor.sign() == 0 || above.sign() == 0) {
                    zero.clone()
                } else {
                    N::cross(&size, entry, &factor, above, &self.denominator)?
                });
            }
            updates.push(Some(new));
        }
        let mut pivot_row = Vec::with_capacity(self.nonbasic.len());
        for (column, entry) in self.entries[i].iter().enumerate() {
            pivot_row.push(match (column == j, negative) {
                (true, false) => self.denominator.clone(),
                (true, true) => self.denominator.negated()?,
                (false, false) => entry.negated()?,
                (false, true) => entry.clone(),
            });
        }
        for (row, update) in self.entries.iter_mut().zip(updates) {
            if let Some(update) = update {
                *row = update;
            }
        }
        self.entries[i] = pivot_row;
        self.denominator = size;
        std::mem::swap(&mut self.basic[i], &mut self.nonbasic[j]);
        Ok(())
    }
}
