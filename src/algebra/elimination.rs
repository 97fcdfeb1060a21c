//! Fraction-free elimination (Bareiss) on integer matrices: rank, kernel, solutions, inverse.
//!
//! Every division below is exact: after step `k` each entry is a minor of the original matrix, so the
//! numbers stay as small as Hadamard's bound allows and no gcd is taken on the way.

use super::MatrixOps;
use crate::kernel::Rejection;
use crate::kernel::number::{Matrix, Rational};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// A reduced echelon form `rows` with `pivot * e_i` in the `i`-th pivot column.
#[derive(Debug, Clone)]
pub struct Echelon {
    /// The non-zero rows, one for each pivot column.
    pub rows: Vec<Vec<BigInt>>,
    /// The pivot columns, ascending.
    pub pivots: Vec<usize>,
    /// The common value of all pivot entries (1 when there is none).
    pub pivot: BigInt,
}

/// Reduces the integer matrix with rows `rows`, each of length `cols`, by Bareiss' method.
#[must_use]
pub fn echelon(mut rows: Vec<Vec<BigInt>>, cols: usize) -> Echelon {
    let mut pivots = Vec::new();
    let mut previous = BigInt::one();
    for col in 0..cols {
        let rank = pivots.len();
        let Some(found) = (rank..rows.len()).find(|&i| !rows[i][col].is_zero()) else { continue };
        rows.swap(rank, found);
        let pivot_row = rows[rank].clone();
        let pivot = pivot_row[col].clone();
        for (i, row) in rows.iter_mut().enumerate() {
            if i == rank {
                continue;
            }
            let factor = row[col].clone();
            for (entry, above) in row.iter_mut().zip(&pivot_row) {
                let mut value = &*entry * &pivot;
                if !factor.is_zero() && !above.is_zero() {
                    value -= &factor * above;
                }
                *entry = value / &previous;
            }
        }
        previous = pivot;
        pivots.push(col);
    }
    rows.truncate(pivots.len());
    Echelon { rows, pivots, pivot: previous }
}

/// The rank of a rational matrix.
#[must_use]
pub fn rank(matrix: &Matrix) -> usize {
    let integers = matrix.to_integers();
    echelon(integers.rows, integers.cols).pivots.len()
}

/// A basis of the rational kernel of `matrix` made of primitive integer vectors, each of length
/// `cols`. It spans the kernel over the rationals, not necessarily over the integers.
///
/// ```
/// use counterproof::algebra::integer_kernel;
/// use counterproof::kernel::number::{Matrix, integer};
///
/// // x + 2 y + 3 z = 0 and x + y + z = 0
/// let rows = vec![[1, 2, 3].map(integer).to_vec(), [1, 1, 1].map(integer).to_vec()];
/// let kernel = integer_kernel(&Matrix::from_rows(3, rows)?);
/// assert_eq!(kernel, [[1, -2, 1].map(Into::into)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn integer_kernel(matrix: &Matrix) -> Vec<Vec<BigInt>> {
    let cols = matrix.cols();
    let reduced = echelon(matrix.to_integers().rows, cols);
    (0..cols)
        .filter(|col| reduced.pivots.binary_search(col).is_err())
        .map(|free| {
            let mut vector = vec![BigInt::zero(); cols];
            vector[free] = reduced.pivot.clone();
            for (row, &pivot) in reduced.rows.iter().zip(&reduced.pivots) {
                vector[pivot] = -&row[free];
            }
            primitive(vector)
        })
        .collect()
}

/// Divides out the gcd of the entries and makes the last non-zero entry positive.
fn primitive(mut vector: Vec<BigInt>) -> Vec<BigInt> {
    let gcd = vector.iter().fold(BigInt::zero(), |gcd, entry| gcd.gcd(entry));
    if gcd.is_zero() {
        return vector;
    }
    let negative =
        vector.iter().rev().find(|entry| !entry.is_zero()).is_some_and(Signed::is_negative);
    let divisor = if negative { -gcd } else { gcd };
    for entry in &mut vector {
        *entry = &*entry / &divisor;
    }
    vector
}

/// One solution `x` of `matrix * x = right` (free variables zero), or `None` when there is none.
///
/// # Errors
/// [`Rejection`] when `right` has not one entry a row.
///
/// ```
/// use counterproof::algebra::solve;
/// use counterproof::kernel::number::{Matrix, integer, ratio};
///
/// let a = Matrix::from_rows(2, vec![vec![integer(2), integer(1)], vec![integer(4), integer(2)]])?;
/// assert_eq!(solve(&a, &[integer(1), integer(2)])?, Some(vec![ratio(1, 2), integer(0)]));
/// assert_eq!(solve(&a, &[integer(1), integer(3)])?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solve(matrix: &Matrix, right: &[Rational]) -> Result<Option<Vec<Rational>>, Rejection> {
    if right.len() != matrix.rows() {
        return Err(Rejection::Wrong {
            place: "right-hand side".to_owned(),
            expected: format!("{} entries", matrix.rows()),
            found: right.len().to_string(),
        });
    }
    let cols = matrix.cols();
    let augmented = matrix.to_rows().into_iter().zip(right).map(|(mut row, value)| {
        row.push(value.clone());
        row
    });
    let integers = Matrix::from_rows(cols + 1, augmented.collect())?.to_integers();
    let reduced = echelon(integers.rows, cols + 1);
    if reduced.pivots.last() == Some(&cols) {
        return Ok(None);
    }
    let mut solution = vec![Rational::zero(); cols];
    for (row, &pivot) in reduced.rows.iter().zip(&reduced.pivots) {
        solution[pivot] = Rational::new(row[cols].clone(), reduced.pivot.clone());
    }
    Ok(Some(solution))
}

/// The inverse of a square matrix, or `None` when it is singular or not square.
#[must_use]
pub fn inverse(matrix: &Matrix) -> Option<Matrix> {
    let size = matrix.rows();
    if matrix.cols() != size {
        return None;
    }
    let integers = matrix.to_integers();
    let augmented = integers.rows.into_iter().enumerate().map(|(i, mut row)| {
        row.extend((0..size).map(|j| if i == j { integers.scale.clone() } else { BigInt::zero() }));
        row
    });
    let reduced = echelon(augmented.collect(), 2 * size);
    if reduced.pivots.len() != size || reduced.pivots.last().is_some_and(|&last| last >= size) {
        return None;
    }
    Some(Matrix::from_fn(size, size, |i, j| {
        Rational::new(reduced.rows[i][size + j].clone(), reduced.pivot.clone())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::number::{integer, ratio};
    use proptest::prelude::*;

    fn matrix(rows: usize, cols: usize) -> impl Strategy<Value = Matrix> {
        proptest::collection::vec((-4i64..=4, 1i64..=3), rows * cols).prop_map(move |entries| {
            Matrix::from_fn(rows, cols, |i, j| {
                let (numerator, denominator) = entries[i * cols + j];
                ratio(numerator, denominator)
            })
        })
    }

    proptest! {
        #[test]
        fn an_inverse_is_an_inverse(a in matrix(4, 4)) {
            match inverse(&a) {
                Some(b) => prop_assert_eq!(a.mul(&b).unwrap(), Matrix::identity(4)),
                None => prop_assert!(rank(&a) < 4),
            }
        }

        #[test]
        fn kernel_and_rank_add_up(a in matrix(3, 5)) {
            let kernel = integer_kernel(&a);
            prop_assert_eq!(kernel.len() + rank(&a), 5);
            for z in kernel {
                let z: Vec<_> = z.into_iter().map(integer).collect();
                prop_assert!(a.mul_vec(&z).unwrap().iter().all(Zero::is_zero));
            }
        }

        #[test]
        fn solutions_solve(a in matrix(4, 3), x in proptest::collection::vec(-5i64..=5, 3)) {
            let x: Vec<_> = x.into_iter().map(integer).collect();
            let b = a.mul_vec(&x).unwrap();
            let found = solve(&a, &b).unwrap().expect("a solution exists");
            prop_assert_eq!(a.mul_vec(&found).unwrap(), b);
        }
    }

    #[test]
    fn no_solution_is_told() {
        let a = Matrix::from_rows(1, vec![vec![integer(1)], vec![integer(1)]]).unwrap();
        assert_eq!(solve(&a, &[integer(1), integer(2)]).unwrap(), None);
        assert!(solve(&a, &[integer(1)]).is_err());
    }
}
