//! A dictionary that keeps nothing but the basis, and solves for what it is asked by p-adic lifting.
//!
//! Rows whose logical is basic drop out, so the systems have one equation for each basic structural
//! variable only. Made for programs of Netlib's kind, where a float solver has already proposed a basis
//! that is right or a few steps away: two exact solves then decide.

use super::form::{Form, Small};
use super::lifting::Lifting;
use super::simplex::{Costs, Dictionary, Fractions, Rest, Trouble, resting_value};
use num_bigint::BigInt;
use num_traits::Zero;

pub(super) struct Revised<'a> {
    small: &'a Small,
    structurals: usize,
    basic: Vec<usize>,
    nonbasic: Vec<usize>,
    kernel: Option<Kernel>,
    stop: &'a dyn Fn() -> bool,
}

/// The part of the basis that has to be solved.
struct Kernel {
    /// Rows whose logical is not basic.
    rows: Vec<usize>,
    /// Basic structural variables.
    columns: Vec<usize>,
    lifting: Lifting,
}

type Vector = Fractions<BigInt>;

impl<'a> Revised<'a> {
    /// A dictionary for the basis of all variables marked `true`; as many as there are rows.
    pub fn new(
        form: &Form,
        small: &'a Small,
        is_basic: &[bool],
        stop: &'a dyn Fn() -> bool,
    ) -> Self {
        let of = |wanted: bool| (0..form.variables()).filter(|&v| is_basic[v] == wanted).collect();
        Self {
            small,
            structurals: form.structurals,
            basic: of(true),
            nonbasic: of(false),
            kernel: None,
            stop,
        }
    }

    fn kernel(&mut self) -> Result<&Kernel, Trouble> {
        if self.kernel.is_none() {
            self.kernel = Some(self.factor()?);
        }
        self.kernel.as_ref().ok_or(Trouble::Stuck)
    }

    fn factor(&self) -> Result<Kernel, Trouble> {
        let mut columns: Vec<usize> =
            self.basic.iter().copied().filter(|&v| v < self.structurals).collect();
        columns.sort_unstable();
        let mut rows: Vec<usize> =
            self.nonbasic.iter().filter_map(|&v| v.checked_sub(self.structurals)).collect();
        rows.sort_unstable();
        let mut local = vec![usize::MAX; self.small.rows.len()];
        for (index, &row) in rows.iter().enumerate() {
            local[row] = index;
        }
        let matrix = columns.iter().map(|&j| {
            let entries = self.small.columns[j].iter();
            entries.map(|(i, v)| (local[*i], *v)).filter(|(i, _)| *i != usize::MAX).collect()
        });
        let lifting = Lifting::new(matrix.collect(), self.stop).ok_or_else(|| self.failure())?;
        Ok(Kernel { rows, columns, lifting })
    }

    fn failure(&self) -> Trouble {
        if (self.stop)() { Trouble::Stopped } else { Trouble::Stuck }
    }

    /// Solves for the basic variables when the logicals of kernel rows have the values `right`, and the
    /// structural variables outside the basis the values `moved` (sparse).
    fn forward(
        &mut self,
        mut right: Vec<BigInt>,
        moved: &[(usize, BigInt)],
    ) -> Result<Vector, Trouble> {
        let (structurals, stop, small) = (self.structurals, self.stop, self.small);
        self.kernel()?;
        let kernel = self.kernel.as_ref().ok_or(Trouble::Stuck)?;
        for (j, value) in moved {
            for (i, entry) in &small.columns[*j] {
                right[*i] -= value * *entry;
            }
        }
        let local: Vec<BigInt> =
            kernel.rows.iter().map(|&i| std::mem::take(&mut right[i])).collect();
        let (solved, denominator) =
            kernel.lifting.solve(&local, stop).ok_or_else(|| self.failure())?;
        let mut all = vec![BigInt::zero(); structurals];
        for (&j, value) in kernel.columns.iter().zip(solved) {
            all[j] = value;
        }
        for (j, value) in moved {
            all[*j] = value * &denominator;
        }
        let value_of = |&variable: &usize| match variable.checked_sub(structurals) {
            None => all[variable].clone(),
            Some(i) => small.rows[i]
                .iter()
                .filter(|(j, _)| !all[*j].is_zero())
                .fold(BigInt::zero(), |sum, (j, entry)| sum + &all[*j] * *entry),
        };
        Ok(Fractions { numerators: self.basic.iter().map(value_of).collect(), denominator })
    }
}

impl Dictionary for Revised<'_> {
    type N = BigInt;

    fn basic(&self) -> &[usize] {
        &self.basic
    }

    fn nonbasic(&self) -> &[usize] {
        &self.nonbasic
    }

    fn values(&mut self, form: &Form, rest: &[Rest]) -> Result<Vector, Trouble> {
        let mut right = vec![BigInt::zero(); self.small.rows.len()];
        let mut moved = Vec::new();
        for &variable in &self.nonbasic {
            let Some(value) = resting_value(form, rest, variable) else { continue };
            match variable.checked_sub(self.structurals) {
                Some(i) => right[i] = value,
                None if value.is_zero() => {}
                None => moved.push((variable, value)),
            }
        }
        self.forward(right, &moved)
    }

    fn prices(&mut self, form: &Form, costs: Costs<'_>) -> Result<Vector, Trouble> {
        let mut cost = vec![BigInt::zero(); self.structurals];
        match costs {
            Costs::Objective => cost.clone_from(&form.cost),
            Costs::Basic(signs) => {
                for (&variable, &sign) in self.basic.iter().zip(signs).filter(|(_, s)| **s != 0) {
                    match variable.checked_sub(self.structurals) {
                        None => cost[variable] += sign,
                        Some(i) => {
                            for (j, entry) in &self.small.rows[i] {
                                cost[*j] += i64::from(sign) * *entry;
                            }
                        }
                    }
                }
            }
        }
        self.kernel()?;
        let kernel = self.kernel.as_ref().ok_or(Trouble::Stuck)?;
        let local: Vec<BigInt> = kernel.columns.iter().map(|&j| cost[j].clone()).collect();
        let (solved, denominator) =
            kernel.lifting.solve_transposed(&local, self.stop).ok_or_else(|| self.failure())?;
        let mut dual = vec![BigInt::zero(); self.small.rows.len()];
        for (&i, value) in kernel.rows.iter().zip(solved) {
            dual[i] = value;
        }
        let price_of = |&variable: &usize| match variable.checked_sub(self.structurals) {
            Some(i) => dual[i].clone(),
            None => self.small.columns[variable]
                .iter()
                .filter(|(i, _)| !dual[*i].is_zero())
                .fold(&cost[variable] * &denominator, |sum, (i, entry)| sum - &dual[*i] * *entry),
        };
        Ok(Fractions { numerators: self.nonbasic.iter().map(price_of).collect(), denominator })
    }

    fn column(&mut self, _: &Form, j: usize) -> Result<Vector, Trouble> {
        let variable = self.nonbasic[j];
        let mut right = vec![BigInt::zero(); self.small.rows.len()];
        match variable.checked_sub(self.structurals) {
            Some(i) => {
                right[i] = BigInt::from(1);
                self.forward(right, &[])
            }
            None => self.forward(right, &[(variable, BigInt::from(1))]),
        }
    }

    fn pivot(&mut self, i: usize, j: usize) -> Result<(), Trouble> {
        std::mem::swap(&mut self.basic[i], &mut self.nonbasic[j]);
        self.kernel = None;
        Ok(())
    }
}
