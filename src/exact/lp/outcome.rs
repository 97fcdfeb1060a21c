//! What is said about a linear program, with its proof, and the decision whether the proof holds.
//!
//! Sign conventions, for a program that minimises (maximising flips every "at least 0" of the duals):
//! a row multiplier `y_i` is at least 0 on `a_i x >= b_i`, at most 0 on `a_i x <= b_i`, and free on `=`.
//! Then every feasible `x` has `sum_i y_i a_i x >= sum_i y_i b_i`. Multipliers of bounds are never
//! stated: they are what is left over, `c - A^T y` for an optimum and `-A^T y` for infeasibility, and
//! a positive one needs a finite lower bound, a negative one a finite upper bound.
//!
//! Everything is compared over the integers: denominators are cleared once per vector and once per row.

use super::program::{LinearProgram, LpRow, Relation, Sense};
use crate::exact::Rational;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// A statement about a linear program together with the numbers that prove it.
///
/// ```
/// use counterproof::exact::integer;
/// use counterproof::exact::lp::{LinearProgram, LpOutcome, LpVerdict, Relation, Sense};
///
/// // x >= 2 and x <= 1: the rows, one minus the other, say 0 >= 1
/// let mut program = LinearProgram::new(Sense::Minimise);
/// let x = program.add(None, None, integer(0));
/// program.add_row("", [(x, integer(1))], Relation::AtLeast, integer(2))?;
/// program.add_row("", [(x, integer(1))], Relation::AtMost, integer(1))?;
/// let proof = |farkas: [i64; 2]| LpOutcome::Infeasible { farkas: farkas.map(integer).to_vec() };
/// assert_eq!(proof([1, -1]).check(&program)?, LpVerdict::Infeasible);
/// assert!(proof([1, 0]).check(&program).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LpOutcome {
    /// `primal` is feasible and no feasible point is better, by weak duality:
    /// with `z = c - A^T dual`, `sum dual_i b_i + sum_{z_j > 0} z_j l_j + sum_{z_j < 0} z_j u_j = c primal`
    /// (maximising: `u` and `l` change places).
    Optimal {
        /// `[n]`
        primal: Vec<Rational>,
        /// One a row.
        dual: Vec<Rational>,
    },
    /// No point satisfies all rows and bounds: with `w = A^T farkas`, signs as for minimising,
    /// `sum farkas_i b_i > sum_{w_j > 0} w_j u_j + sum_{w_j < 0} w_j l_j`.
    Infeasible {
        /// One a row.
        farkas: Vec<Rational>,
    },
    /// No value lies within the bounds of one variable: its lower bound exceeds its upper bound.
    EmptyBounds {
        /// The variable's index.
        variable: usize,
    },
    /// The objective has no limit: `point` is feasible, and `point + t ray` stays feasible and gets
    /// better for every `t > 0`.
    Unbounded {
        /// `[n]`
        point: Vec<Rational>,
        /// `[n]`
        ray: Vec<Rational>,
    },
}

/// What a checked outcome establishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LpVerdict {
    /// The optimum, the objective's constant included.
    Optimal(Rational),
    Infeasible,
    Unbounded,
}

/// Why an outcome does not prove what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutcomeError {
    #[error("{field}: expected {expected} numbers, found {found}")]
    Length { field: &'static str, expected: usize, found: usize },
    #[error("{field}: row {row} does not hold")]
    Row { field: &'static str, row: usize },
    #[error("{field}: variable {variable} is outside its bounds")]
    Bound { field: &'static str, variable: usize },
    #[error("{field}: the multiplier of row {row} has the wrong sign for its relation")]
    Sign { field: &'static str, row: usize },
    #[error("{field}: what is left over for variable {variable} needs a bound that is infinite")]
    MissingBound { field: &'static str, variable: usize },
    #[error("dual: its bound on the objective is not the value of primal")]
    Gap,
    #[error("farkas: the combination of rows and bounds is no contradiction")]
    NoContradiction,
    #[error("ray: the objective does not get better along it")]
    NoImprovement,
    #[error("variable: expected one whose lower bound exceeds its upper bound, found {0}")]
    BoundsNotEmpty(usize),
}

impl LpOutcome {
    /// Decides whether the outcome proves what it says about `program`.
    ///
    /// # Errors
    /// [`OutcomeError`] naming the first part of the proof that fails.
    pub fn check(&self, program: &LinearProgram) -> Result<LpVerdict, OutcomeError> {
        match self {
            Self::Optimal { primal, dual } => check_optimal(program, primal, dual),
            Self::Infeasible { farkas } => check_farkas(program, farkas),
            Self::EmptyBounds { variable } => {
                let bounds = program
                    .variables()
                    .get(*variable)
                    .map(|v| (v.lower.as_ref(), v.upper.as_ref()));
                match bounds {
                    Some((Some(lower), Some(upper))) if lower > upper => Ok(LpVerdict::Infeasible),
                    _ => Err(OutcomeError::BoundsNotEmpty(*variable)),
                }
            }
            Self::Unbounded { point, ray } => check_unbounded(program, point, ray),
        }
    }
}

/// A rational vector as `numerators / denominator`, the denominator positive.
struct Scaled {
    numerators: Vec<BigInt>,
    denominator: BigInt,
}

impl Scaled {
    fn new<'a>(values: impl Iterator<Item = &'a Rational> + Clone) -> Self {
        let denominator = values.clone().fold(BigInt::one(), grow);
        let numerators = values.map(|value| scaled(value, &denominator)).collect();
        Self { numerators, denominator }
    }
}

/// The least common multiple of `lcm` and the denominator of `value`.
fn grow(lcm: BigInt, value: &Rational) -> BigInt {
    let denominator = value.denom();
    if denominator.is_one() || (&lcm % denominator).is_zero() { lcm } else { lcm.lcm(denominator) }
}

/// `value * scale` for a multiple `scale` of its denominator.
fn scaled(value: &Rational, scale: &BigInt) -> BigInt {
    if value.denom().is_one() {
        value.numer() * scale
    } else if value.denom() == scale {
        value.numer().clone()
    } else {
        value.numer() * (scale / value.denom())
    }
}

/// A row times the least positive `scale` that makes it integer.
struct IntegerRow<'a> {
    row: &'a LpRow,
    coefficients: Vec<(usize, BigInt)>,
    rhs: BigInt,
    scale: BigInt,
}

fn integer_rows(program: &LinearProgram) -> Vec<IntegerRow<'_>> {
    fn convert(row: &LpRow) -> IntegerRow<'_> {
        let (terms, rhs) = (row.terms(), row.rhs());
        let scale = terms.iter().map(|(_, value)| value).fold(grow(BigInt::one(), rhs), grow);
        let coefficients = terms.iter().map(|(j, value)| (*j, scaled(value, &scale))).collect();
        IntegerRow { row, coefficients, rhs: scaled(rhs, &scale), scale }
    }
    program.rows().iter().map(convert).collect()
}

fn length(field: &'static str, values: &[Rational], expected: usize) -> Result<(), OutcomeError> {
    if values.len() == expected {
        Ok(())
    } else {
        Err(OutcomeError::Length { field, expected, found: values.len() })
    }
}

/// `sum coefficients * vector`; rows only name variables that exist, and lengths are checked before.
fn dot(row: &IntegerRow<'_>, vector: &[BigInt]) -> BigInt {
    row.coefficients
        .iter()
        .filter_map(|(j, value)| vector.get(*j).map(|entry| (value, entry)))
        .filter(|(_, entry)| !entry.is_zero())
        .fold(BigInt::zero(), |sum, (value, entry)| sum + value * entry)
}

fn holds(relation: Relation, left: &BigInt, right: &BigInt) -> bool {
    match relation {
        Relation::AtMost => left <= right,
        Relation::AtLeast => left >= right,
        Relation::Equal => left == right,
    }
}

/// Whether `x` satisfies every row and bound; a direction is judged against zero right-hand sides.
fn check_point(
    field: &'static str,
    program: &LinearProgram,
    rows: &[IntegerRow<'_>],
    x: &[Rational],
    direction: bool,
) -> Result<Scaled, OutcomeError> {
    length(field, x, program.variables().len())?;
    for (variable, (bounds, value)) in program.variables().iter().zip(x).enumerate() {
        let zero = Rational::zero();
        let low = bounds.lower.as_ref().map(|bound| if direction { &zero } else { bound });
        let high = bounds.upper.as_ref().map(|bound| if direction { &zero } else { bound });
        if low.is_some_and(|low| value < low) || high.is_some_and(|high| value > high) {
            return Err(OutcomeError::Bound { field, variable });
        }
    }
    let x = Scaled::new(x.iter());
    for (index, row) in rows.iter().enumerate() {
        let right = if direction { BigInt::zero() } else { &row.rhs * &x.denominator };
        if !holds(row.row.relation(), &dot(row, &x.numerators), &right) {
            return Err(OutcomeError::Row { field, row: index });
        }
    }
    Ok(x)
}

/// The row multipliers divided by the rows' scales, so that they multiply integer rows, negated for a
/// program that maximises; and the sums `A^T y` and `y b` over the same denominator.
struct Combination {
    denominator: BigInt,
    columns: Vec<BigInt>,
    rhs: BigInt,
}

fn combine(
    field: &'static str,
    program: &LinearProgram,
    rows: &[IntegerRow<'_>],
    multipliers: &[Rational],
    negate: bool,
) -> Result<Combination, OutcomeError> {
    length(field, multipliers, rows.len())?;
    let divided: Vec<Rational> = rows
        .iter()
        .zip(multipliers)
        .map(|(row, y)| if y.is_zero() || row.scale.is_one() { y.clone() } else { y / &row.scale })
        .collect();
    let Scaled { numerators, denominator } = Scaled::new(divided.iter());
    let mut columns = vec![BigInt::zero(); program.variables().len()];
    let mut rhs = BigInt::zero();
    for (index, (row, y)) in rows.iter().zip(numerators).enumerate() {
        let y = if negate { -y } else { y };
        let wrong = match row.row.relation() {
            Relation::AtMost => y.is_positive(),
            Relation::AtLeast => y.is_negative(),
            Relation::Equal => false,
        };
        if wrong {
            return Err(OutcomeError::Sign { field, row: index });
        }
        if y.is_zero() {
            continue;
        }
        for (j, value) in &row.coefficients {
            if let Some(column) = columns.get_mut(*j) {
                *column += value * &y;
            }
        }
        rhs += &row.rhs * y;
    }
    Ok(Combination { denominator, columns, rhs })
}

/// `inf { sum z_j x_j : l <= x <= u }` over the common denominator `unit` of the bounds.
fn bound_part(
    field: &'static str,
    program: &LinearProgram,
    left_over: &[BigInt],
) -> Result<(BigInt, BigInt), OutcomeError> {
    let mut used = Vec::new();
    for (variable, (bounds, z)) in program.variables().iter().zip(left_over).enumerate() {
        let bound = match z.sign() {
            num_bigint::Sign::NoSign => continue,
            num_bigint::Sign::Plus => bounds.lower.as_ref(),
            num_bigint::Sign::Minus => bounds.upper.as_ref(),
        };
        used.push((z, bound.ok_or(OutcomeError::MissingBound { field, variable })?));
    }
    let unit = used.iter().map(|(_, bound)| *bound).fold(BigInt::one(), grow);
    let total = used
        .iter()
        .filter(|(_, bound)| !bound.is_zero())
        .fold(BigInt::zero(), |sum, (z, bound)| sum + *z * scaled(bound, &unit));
    Ok((total, unit))
}

fn check_optimal(
    program: &LinearProgram,
    primal: &[Rational],
    dual: &[Rational],
) -> Result<LpVerdict, OutcomeError> {
    let rows = integer_rows(program);
    let x = check_point("primal", program, &rows, primal, false)?;
    let negate = program.sense() == Sense::Maximise;
    let y = combine("dual", program, &rows, dual, negate)?;
    let cost = Scaled::new(program.variables().iter().map(|variable| &variable.cost));
    let sign = if negate { -BigInt::one() } else { BigInt::one() };
    let cost_factor = &sign * &y.denominator;
    // z * (y.denominator * cost.denominator) for minimising `sign * c`
    let left_over: Vec<BigInt> = cost
        .numerators
        .iter()
        .zip(&y.columns)
        .map(|(c, column)| c * &cost_factor - column * &cost.denominator)
        .collect();
    let (bounds, unit) = bound_part("dual", program, &left_over)?;
    let lower = (&y.rhs * &cost.denominator) * &unit + bounds;
    let value: BigInt = cost.numerators.iter().zip(&x.numerators).map(|(c, x)| c * x).sum();
    if sign * &value * &y.denominator * unit != lower * &x.denominator {
        return Err(OutcomeError::Gap);
    }
    let value = Rational::new(value, x.denominator * cost.denominator);
    Ok(LpVerdict::Optimal(value + program.constant()))
}

fn check_farkas(program: &LinearProgram, farkas: &[Rational]) -> Result<LpVerdict, OutcomeError> {
    let rows = integer_rows(program);
    let y = combine("farkas", program, &rows, farkas, false)?;
    let left_over: Vec<BigInt> = y.columns.iter().map(|column| -column).collect();
    let (bounds, unit) = bound_part("farkas", program, &left_over)?;
    if (y.rhs * unit + bounds).is_positive() {
        Ok(LpVerdict::Infeasible)
    } else {
        Err(OutcomeError::NoContradiction)
    }
}

fn check_unbounded(
    program: &LinearProgram,
    point: &[Rational],
    ray: &[Rational],
) -> Result<LpVerdict, OutcomeError> {
    let rows = integer_rows(program);
    check_point("point", program, &rows, point, false)?;
    let direction = check_point("ray", program, &rows, ray, true)?;
    let cost = Scaled::new(program.variables().iter().map(|variable| &variable.cost));
    let slope: BigInt = cost.numerators.iter().zip(&direction.numerators).map(|(c, r)| c * r).sum();
    let better = match program.sense() {
        Sense::Minimise => slope.is_negative(),
        Sense::Maximise => slope.is_positive(),
    };
    if better { Ok(LpVerdict::Unbounded) } else { Err(OutcomeError::NoImprovement) }
}

#[cfg(test)]
mod tests;
