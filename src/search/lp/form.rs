//! The integer form that the exact simplex works on.
//!
//! Every row is scaled to primitive integers, `r_i = s_i a_i x`, and becomes one *logical* variable
//! whose bounds are the row's right-hand side. So there are `n + m` bounded variables, tied by
//! `A x = r` with `A` integer; structural variables are `0..n`, logicals `n..n+m`. Bounds share the
//! denominator `unit`; the objective is scaled to integers and always minimised.

use crate::kernel::kind::{LinearProgram, LpOutcome, Relation, Sense};
use crate::kernel::number::Rational;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// A linear program over the integers; see the module's text.
pub(super) struct Form {
    /// Number of structural variables.
    pub structurals: usize,
    /// `[m]` sparse integer rows.
    pub rows: Vec<Vec<(usize, BigInt)>>,
    /// The same rows in machine integers, when they all fit well within 64 bits.
    pub small: Option<Small>,
    /// `[n + m]`, times `unit`.
    pub lower: Vec<Option<BigInt>>,
    pub upper: Vec<Option<BigInt>>,
    pub unit: BigInt,
    /// `[n]`, times `cost_scale`, to be minimised.
    pub cost: Vec<BigInt>,
    /// Positive for programs that minimise, negative for others.
    cost_scale: BigInt,
    row_scales: Vec<Rational>,
}

/// Rows and columns of `A` in machine integers.
pub(super) struct Small {
    pub rows: Vec<Vec<(usize, i64)>>,
    pub columns: Vec<Vec<(usize, i64)>>,
}

/// Absolute values of a row, and of a column, add up to less than this: the residuals of the p-adic solver, whose digits are below
/// `2^60`, then stay within 128 bits.
const SMALL_SUM: i128 = 1 << 63;

fn lcm_of<'a>(values: impl Iterator<Item = &'a Rational>) -> BigInt {
    values.fold(BigInt::one(), |lcm, value| {
        let denominator = value.denom();
        if denominator.is_one() || (&lcm % denominator).is_zero() {
            lcm
        } else {
            lcm.lcm(denominator)
        }
    })
}

fn times(value: &Rational, scale: &BigInt) -> BigInt {
    value.numer() * (scale / value.denom())
}

impl Form {
    pub fn new(program: &LinearProgram) -> Self {
        let structurals = program.variables.len();
        let mut rows = Vec::with_capacity(program.rows.len());
        let mut row_scales = Vec::with_capacity(program.rows.len());
        for row in &program.rows {
            let lcm = lcm_of(row.terms.iter().map(|(_, value)| value));
            let mut integers: Vec<(usize, BigInt)> =
                row.terms.iter().map(|(j, value)| (*j, times(value, &lcm))).collect();
            let mut content = BigInt::zero();
            for (_, value) in &integers {
                content = content.gcd(value);
                if content.is_one() {
                    break;
                }
            }
            if content.is_zero() {
                content.set_one();
            }
            if !content.is_one() {
                integers.iter_mut().for_each(|(_, value)| *value = &*value / &content);
            }
            rows.push(integers);
            row_scales.push(Rational::new(lcm, content));
        }
        let mut lower: Vec<Option<Rational>> =
            program.variables.iter().map(|variable| variable.lower.clone()).collect();
        let mut upper: Vec<Option<Rational>> =
            program.variables.iter().map(|variable| variable.upper.clone()).collect();
        for (row, scale) in program.rows.iter().zip(&row_scales) {
            let rhs = &row.rhs * scale;
            lower.push((row.relation != Relation::AtMost).then(|| rhs.clone()));
            upper.push((row.relation != Relation::AtLeast).then_some(rhs));
        }
        let unit = lcm_of(lower.iter().chain(&upper).flatten());
        let in_units = |bounds: Vec<Option<Rational>>| {
            bounds.iter().map(|bound| bound.as_ref().map(|value| times(value, &unit))).collect()
        };
        let (lower, upper) = (in_units(lower), in_units(upper));
        let small = Small::new(&rows, structurals);
        let (cost, cost_scale) = (Vec::new(), BigInt::one());
        let mut form =
            Self { structurals, rows, small, lower, upper, unit, cost, cost_scale, row_scales };
        form.take_cost(program);
        form
    }

    /// Takes over the objective of `program`, whose rows and bounds are those of this form.
    pub fn take_cost(&mut self, program: &LinearProgram) {
        let costs = || program.variables.iter().map(|variable| &variable.cost);
        self.cost_scale = lcm_of(costs());
        if program.sense == Sense::Maximise {
            self.cost_scale = -std::mem::take(&mut self.cost_scale);
        }
        self.cost = costs().map(|value| times(value, &self.cost_scale)).collect();
    }

    /// Number of structural and logical variables.
    pub fn variables(&self) -> usize {
        self.lower.len()
    }

    /// A variable whose bounds exclude every value.
    pub fn empty_bounds(&self) -> Option<usize> {
        (0..self.structurals).find(|&j| match (&self.lower[j], &self.upper[j]) {
            (Some(lower), Some(upper)) => lower > upper,
            _ => false,
        })
    }

    /// The outcome of values `numerators / denominator` (in units) and the reduced costs
    /// `prices / price_denominator` of the logicals.
    pub fn optimal(&self, values: Vec<(BigInt, BigInt)>, prices: &[(BigInt, BigInt)]) -> LpOutcome {
        let dual = prices
            .iter()
            .zip(&self.row_scales)
            .map(|((numerator, denominator), scale)| {
                if numerator.is_zero() {
                    return Rational::zero();
                }
                Rational::new(
                    numerator * scale.numer(),
                    denominator * scale.denom() * &self.cost_scale,
                )
            })
            .collect();
        LpOutcome::Optimal { primal: self.point(values), dual }
    }

    pub fn farkas(&self, multipliers: &[BigInt]) -> LpOutcome {
        let content = multipliers.iter().fold(BigInt::zero(), |gcd, value| gcd.gcd(value));
        let content = if content.is_zero() { BigInt::one() } else { content };
        let farkas = multipliers
            .iter()
            .zip(&self.row_scales)
            .map(|(value, scale)| Rational::from_integer(value / &content) * scale)
            .collect();
        LpOutcome::Infeasible { farkas }
    }

    /// The structural part of values in units.
    pub fn point(&self, values: Vec<(BigInt, BigInt)>) -> Vec<Rational> {
        values
            .into_iter()
            .take(self.structurals)
            .map(|(numerator, denominator)| {
                if numerator.is_zero() {
                    Rational::zero()
                } else {
                    Rational::new(numerator, denominator * &self.unit)
                }
            })
            .collect()
    }
}

impl Small {
    fn new(rows: &[Vec<(usize, BigInt)>], structurals: usize) -> Option<Self> {
        let mut columns = vec![Vec::new(); structurals];
        let mut sums = vec![0_i128; structurals];
        let mut small_rows = Vec::with_capacity(rows.len());
        for (i, row) in rows.iter().enumerate() {
            let mut small = Vec::with_capacity(row.len());
            let mut sum = 0;
            for (j, value) in row {
                let value = value.to_i64()?;
                let size = i128::from(value).abs();
                sum += size;
                sums[*j] += size;
                if sum.max(sums[*j]) >= SMALL_SUM {
                    return None;
                }
                small.push((*j, value));
                columns[*j].push((i, value));
            }
            small_rows.push(small);
        }
        Some(Self { rows: small_rows, columns })
    }
}

/// Whether `value` lies on the side of zero that `sign` says.
pub(super) fn sign_of(value: &BigInt) -> i8 {
    if value.is_zero() {
        0
    } else if value.is_positive() {
        1
    } else {
        -1
    }
}
