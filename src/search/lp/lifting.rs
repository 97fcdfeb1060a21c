//! Exact solutions of square integer systems by p-adic lifting.
//!
//! `A x = b` is solved modulo `p` with one LU factorisation; each further digit of the p-adic expansion
//! of `x` costs one more sparse solve, and the rationals are read off by continued fractions
//! (J. D. Dixon, "Exact solution of linear equations using P-adic expansions", 1982). Instead of lifting
//! to the worst-case bound we try early, with one denominator for the whole vector, and accept only what
//! satisfies `A numerators = denominator * b` over the integers.

use super::modular::{Factors, PRIME, reduce_signed};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// A square integer matrix with its factors.
pub(super) struct Lifting {
    columns: Vec<Vec<(usize, i64)>>,
    rows: Vec<Vec<(usize, i64)>>,
    factors: Factors,
    /// Digits after which the solution is certain to be readable, for right-hand sides of one digit.
    most_digits: usize,
}

const DIGIT_BITS: u64 = 60;
/// Residuals below this leave room for one update within 128 bits.
const RESIDUAL_BITS: u64 = 124;

impl Lifting {
    /// `None` when the matrix is singular modulo the prime (and so perhaps singular), or when stopped.
    pub fn new(columns: Vec<Vec<(usize, i64)>>, stop: &dyn Fn() -> bool) -> Option<Self> {
        let mut rows = vec![Vec::new(); columns.len()];
        for (j, column) in columns.iter().enumerate() {
            for (i, value) in column {
                rows[*i].push((j, *value));
            }
        }
        let factors = Factors::new(&columns, stop)?;
        // Hadamard: the determinant and every cofactor have at most this many bits.
        let bits: u64 = columns
            .iter()
            .map(|column| {
                let sum: u128 =
                    column.iter().map(|(_, value)| u128::from(value.unsigned_abs())).sum();
                u64::from(128 - sum.leading_zeros())
            })
            .sum();
        let most_digits = usize::try_from(2 * bits / DIGIT_BITS).unwrap_or(usize::MAX / 4) + 4;
        Some(Self { columns, rows, factors, most_digits })
    }

    /// `(numerators, denominator)` of the solution of `A x = b`; the denominator is positive.
    pub fn solve(&self, b: &[BigInt], stop: &dyn Fn() -> bool) -> Option<(Vec<BigInt>, BigInt)> {
        lift(&self.rows, b, self.most_digits, &|residues| self.factors.solve(residues), stop)
    }

    /// The same for `A^T y = c`.
    pub fn solve_transposed(
        &self,
        c: &[BigInt],
        stop: &dyn Fn() -> bool,
    ) -> Option<(Vec<BigInt>, BigInt)> {
        let solve = |residues: Vec<u64>| self.factors.solve_transposed(&residues);
        lift(&self.columns, c, self.most_digits, &solve, stop)
    }
}

/// What is left of the right-hand side: machine integers as soon as they fit.
enum Residual {
    Large(Vec<BigInt>),
    Small(Vec<i128>),
}

fn narrow(values: Vec<BigInt>) -> Residual {
    if values.iter().all(|value| value.bits() < RESIDUAL_BITS) {
        let small: Option<Vec<i128>> = values.iter().map(ToPrimitive::to_i128).collect();
        if let Some(small) = small {
            return Residual::Small(small);
        }
    }
    Residual::Large(values)
}

fn lift(
    rows: &[Vec<(usize, i64)>],
    b: &[BigInt],
    most_digits: usize,
    solve: &dyn Fn(Vec<u64>) -> Vec<u64>,
    stop: &dyn Fn() -> bool,
) -> Option<(Vec<BigInt>, BigInt)> {
    if b.iter().all(Zero::is_zero) {
        return Some((vec![BigInt::zero(); b.len()], BigInt::one()));
    }
    let bits = b.iter().map(BigInt::bits).max().unwrap_or(0);
    let limit = most_digits.saturating_add(usize::try_from(bits / DIGIT_BITS).unwrap_or(0) + 2);
    let prime = BigInt::from(PRIME);
    let mut residual = narrow(b.to_vec());
    let mut digits: Vec<Vec<i64>> = Vec::new();
    let mut attempt = 2;
    while digits.len() < limit {
        let residues = match &residual {
            Residual::Small(values) => values.iter().map(|value| reduce_signed(*value)).collect(),
            Residual::Large(values) => {
                values.iter().map(|value| value.mod_floor(&prime).to_u64().unwrap_or(0)).collect()
            }
        };
        let digit: Vec<i64> = solve(residues).into_iter().map(symmetric).collect();
        let product = rows.iter().map(|row| {
            row.iter().map(|(j, value)| i128::from(*value) * i128::from(digit[*j])).sum::<i128>()
        });
        residual = match residual {
            Residual::Small(values) => Residual::Small(
                values
                    .iter()
                    .zip(product)
                    .map(|(value, product)| (value - product) / i128::from(PRIME))
                    .collect(),
            ),
            Residual::Large(values) => narrow(
                values
                    .iter()
                    .zip(product)
                    .map(|(value, product)| (value - product) / &prime)
                    .collect(),
            ),
        };
        digits.push(digit);
        let finished = match &residual {
            Residual::Small(values) => values.iter().all(Zero::is_zero),
            Residual::Large(_) => false,
        };
        if finished || digits.len() == attempt || digits.len() == limit {
            if let Some(found) = read_off(rows, b, &digits) {
                return Some(found);
            }
            attempt = digits.len() + 1 + digits.len() / 4;
            if stop() {
                return None;
            }
        }
    }
    None
}

/// The residue of least absolute value.
fn symmetric(residue: u64) -> i64 {
    let value = i64::try_from(residue).unwrap_or(0);
    let prime = i64::try_from(PRIME).unwrap_or(i64::MAX);
    if value > prime / 2 { value - prime } else { value }
}

/// Reads a vector of rationals with one common denominator off its p-adic digits, and verifies it.
fn read_off(
    rows: &[Vec<(usize, i64)>],
    b: &[BigInt],
    digits: &[Vec<i64>],
) -> Option<(Vec<BigInt>, BigInt)> {
    let prime = BigInt::from(PRIME);
    let modulus = num_traits::pow(prime, digits.len());
    let half: BigInt = &modulus >> 1;
    let bound = half.sqrt();
    let mut denominator = BigInt::one();
    let mut found: Vec<(BigInt, BigInt)> = Vec::with_capacity(b.len());
    for j in 0..b.len() {
        let mut value = BigInt::zero();
        for digit in digits.iter().rev() {
            value = (&value << 61) - &value + digit[j];
        }
        value *= &denominator;
        let mut numerator = value.mod_floor(&modulus);
        if numerator > half {
            numerator -= &modulus;
        }
        if numerator.abs() > bound {
            let (top, factor) = reconstruct(&numerator, &modulus, &bound)?;
            denominator *= &factor;
            if denominator > bound {
                return None;
            }
            numerator = top;
        }
        found.push((numerator, denominator.clone()));
    }
    let numerators: Vec<BigInt> = found
        .into_iter()
        .map(
            |(numerator, seen)| {
                if seen == denominator { numerator } else { numerator * (&denominator / seen) }
            },
        )
        .collect();
    let solves = rows.iter().zip(b).all(|(row, right)| {
        let left = row
            .iter()
            .filter(|(j, _)| !numerators[*j].is_zero())
            .fold(BigInt::zero(), |sum, (j, value)| sum + &numerators[*j] * *value);
        left == right * &denominator
    });
    solves.then_some((numerators, denominator))
}

/// `(n, d)` with `n = d * value` modulo `modulus`, both at most `bound` in size and `d > 0`.
fn reconstruct(value: &BigInt, modulus: &BigInt, bound: &BigInt) -> Option<(BigInt, BigInt)> {
    let (mut high, mut low) = (modulus.clone(), value.mod_floor(modulus));
    let (mut previous, mut current) = (BigInt::zero(), BigInt::one());
    while low > *bound {
        let (quotient, remainder) = high.div_rem(&low);
        let next = previous - quotient * &current;
        (high, low) = (low, remainder);
        (previous, current) = (current, next);
    }
    if current.is_zero() || current.abs() > *bound {
        return None;
    }
    Some(if current.is_negative() { (-low, -current) } else { (low, current) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::MatrixOps;
    use crate::kernel::number::{Matrix, Rational, integer};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lifting_agrees_with_elimination(
            entries in proptest::collection::vec(-1000i64..=1000, 25),
            right in proptest::collection::vec(any::<i128>(), 5),
        ) {
            let columns: Vec<Vec<(usize, i64)>> = (0..5)
                .map(|j| (0..5).map(|i| (i, entries[5 * j + i])).filter(|e| e.1 != 0).collect())
                .collect();
            let Some(lifting) = Lifting::new(columns, &|| false) else { return Ok(()) };
            let b: Vec<BigInt> = right.iter().map(|&value| value.into()).collect();
            let matrix = Matrix::from_fn(5, 5, |i, j| integer(entries[5 * j + i]));
            let rational = b.iter().cloned().map(integer).collect::<Vec<_>>();
            for transposed in [false, true] {
                let (numerators, denominator) = if transposed {
                    lifting.solve_transposed(&b, &|| false).unwrap()
                } else {
                    lifting.solve(&b, &|| false).unwrap()
                };
                let x: Vec<_> = numerators
                    .into_iter()
                    .map(|numerator| Rational::new(numerator, denominator.clone()))
                    .collect();
                let matrix = if transposed { matrix.transpose() } else { matrix.clone() };
                prop_assert_eq!(matrix.mul_vec(&x).unwrap(), rational.clone());
            }
        }
    }
}
