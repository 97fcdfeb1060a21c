//! Integer kernel lattices: what a checker needs to believe a basis.
//!
//! For an integer matrix `A` `[r, m]` let `L = ker_Z A`. Integer vectors `b_1 .. b_k` of length `m`
//! generate *all* of `L` when
//! 1. `A b_i = 0` for every `i`,
//! 2. `k = m - rank A`, and
//! 3. there is an integer matrix `U` `[k, m]` with `<u_i, b_j> = 1` if `i = j` and `0` otherwise.
//!
//! By 3 the `b_i` are independent, by 1 and 2 they span the rational kernel, so `z in L` is
//! `sum lambda_i b_i` with rational `lambda`; then `lambda_i = <u_i, z>` is an integer. Ours.

use super::elimination::echelon;
use super::matrix::Matrix;
use num_bigint::BigInt;
use num_traits::{One, Zero};

/// An integer vector, one entry a coordinate.
pub type IntegerVector = Vec<BigInt>;

/// Why some vectors are not shown to generate the kernel lattice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LatticeError {
    #[error("{field}[{index}]: expected {expected} entries, found {found}")]
    Length { field: &'static str, index: usize, expected: usize, found: usize },
    #[error("basis[{index}] is not in the kernel of the matrix")]
    NotInKernel { index: usize },
    #[error("the kernel has dimension {expected}, but basis has {found} vectors")]
    Dimension { expected: usize, found: usize },
    #[error(
        "left_inverse: expected one row for each of the {expected} basis vectors, found {found}"
    )]
    Rows { expected: usize, found: usize },
    #[error("left_inverse[{row}] times basis[{column}] is {found}, expected {expected}")]
    NotInverse { row: usize, column: usize, expected: u8, found: String },
}

/// The inner product of two integer vectors of the same length; zero entries cost nothing.
#[must_use]
pub fn integer_dot(left: &[BigInt], right: &[BigInt]) -> BigInt {
    left.iter()
        .zip(right)
        .filter(|(a, b)| !a.is_zero() && !b.is_zero())
        .fold(BigInt::zero(), |sum, (a, b)| sum + a * b)
}

/// The integer matrix `[V; 1 .. 1]` `[d + 1, m]` of a rational embedding with one row per *token*
/// (`[m, d]`), each column of the embedding multiplied by its own common denominator.
///
/// ```
/// use counterproof::exact::{Matrix, counting_matrix, integer, ratio};
///
/// // three tokens on a line
/// let tokens = Matrix::from_rows(1, vec![vec![integer(0)], vec![ratio(1, 2)], vec![integer(2)]])?;
/// let rows = counting_matrix(&tokens);
/// assert_eq!(rows, [[0, 1, 4].map(Into::into), [1, 1, 1].map(Into::into)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn counting_matrix(embedding: &Matrix) -> Vec<IntegerVector> {
    let tokens = embedding.rows();
    let transposed = embedding.transpose();
    let mut rows: Vec<IntegerVector> = (0..transposed.rows())
        .map(|i| {
            let row = transposed.row(i);
            let scale = super::rational::common_denominator(&row);
            row.iter().map(|entry| super::matrix::scaled(entry, &scale)).collect()
        })
        .collect();
    rows.push(vec![BigInt::one(); tokens]);
    rows
}

/// The integer matrix `[V' -I; 1 0]` `[d + 1, m + d]` with `V' = s V` for the least scale `s > 0`, and `s`: its integer
/// kernel is that of all `(z, V' z)` with `sum z = 0`. The embedding has one row per *token* (`[m, d]`).
#[must_use]
pub fn separation_matrix(embedding: &Matrix) -> (Vec<IntegerVector>, BigInt) {
    let (tokens, width) = (embedding.rows(), embedding.cols());
    let integers = embedding.transpose().to_integers();
    let unit = |i: usize, j: usize| if i == j { -BigInt::one() } else { BigInt::zero() };
    let mut rows: Vec<IntegerVector> = integers.rows;
    for (i, row) in rows.iter_mut().enumerate() {
        row.extend((0..width).map(|j| unit(i, j)));
    }
    let mut ones = vec![BigInt::one(); tokens];
    ones.resize(tokens.saturating_add(width), BigInt::zero());
    rows.push(ones);
    (rows, integers.scale)
}

/// The rank of an integer matrix with rows of length `cols`.
#[must_use]
pub fn integer_rank(rows: &[IntegerVector], cols: usize) -> usize {
    echelon(rows.to_vec(), cols).pivots.len()
}

/// Checks that `basis` generates the integer kernel of the matrix with rows `rows`, each of length
/// `cols`, by means of `left_inverse` (the `U` of the module's statement).
///
/// # Errors
/// [`LatticeError`] naming the first condition that fails.
pub fn check_kernel_basis(
    rows: &[IntegerVector],
    cols: usize,
    basis: &[IntegerVector],
    left_inverse: &[IntegerVector],
) -> Result<(), LatticeError> {
    lengths("matrix", rows, cols)?;
    lengths("basis", basis, cols)?;
    lengths("left_inverse", left_inverse, cols)?;
    let expected = cols - integer_rank(rows, cols).min(cols);
    if basis.len() != expected {
        return Err(LatticeError::Dimension { expected, found: basis.len() });
    }
    if left_inverse.len() != expected {
        return Err(LatticeError::Rows { expected, found: left_inverse.len() });
    }
    for (index, vector) in basis.iter().enumerate() {
        if rows.iter().any(|row| !integer_dot(row, vector).is_zero()) {
            return Err(LatticeError::NotInKernel { index });
        }
    }
    for (row, functional) in left_inverse.iter().enumerate() {
        for (column, vector) in basis.iter().enumerate() {
            let found = integer_dot(functional, vector);
            let expected = u8::from(row == column);
            if found != BigInt::from(expected) {
                let found = found.to_string();
                return Err(LatticeError::NotInverse { row, column, expected, found });
            }
        }
    }
    Ok(())
}

fn lengths(
    field: &'static str,
    vectors: &[IntegerVector],
    expected: usize,
) -> Result<(), LatticeError> {
    match vectors.iter().enumerate().find(|(_, vector)| vector.len() != expected) {
        Some((index, vector)) => {
            Err(LatticeError::Length { field, index, expected, found: vector.len() })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(rows: &[&[i64]]) -> Vec<IntegerVector> {
        rows.iter().map(|row| row.iter().map(|&entry| entry.into()).collect()).collect()
    }

    #[test]
    fn a_saturated_basis_is_accepted_and_others_are_not() {
        let matrix = vectors(&[&[0, 1, 2, 3], &[1, 1, 1, 1]]);
        let basis = vectors(&[&[1, -2, 1, 0], &[0, 1, -2, 1]]);
        let inverse = vectors(&[&[1, 0, 0, 0], &[0, 0, 0, 1]]);
        assert_eq!(check_kernel_basis(&matrix, 4, &basis, &inverse), Ok(()));

        let doubled = vectors(&[&[2, -4, 2, 0], &[0, 1, -2, 1]]);
        assert!(matches!(
            check_kernel_basis(&matrix, 4, &doubled, &inverse),
            Err(LatticeError::NotInverse { row: 0, column: 0, .. })
        ));
        let outside = vectors(&[&[1, -2, 1, 0], &[0, 0, 0, 1]]);
        assert_eq!(
            check_kernel_basis(&matrix, 4, &outside, &inverse),
            Err(LatticeError::NotInKernel { index: 1 })
        );
        assert_eq!(
            check_kernel_basis(&matrix, 4, &basis[..1], &inverse),
            Err(LatticeError::Dimension { expected: 2, found: 1 })
        );
        assert_eq!(
            check_kernel_basis(&matrix, 4, &basis, &inverse[..1]),
            Err(LatticeError::Rows { expected: 2, found: 1 })
        );
        assert!(matches!(
            check_kernel_basis(&matrix, 3, &basis, &inverse),
            Err(LatticeError::Length { field: "matrix", index: 0, expected: 3, found: 4 })
        ));
    }

    #[test]
    fn an_injective_matrix_has_the_empty_basis() {
        let matrix = vectors(&[&[0, 1], &[1, 1]]);
        assert_eq!(check_kernel_basis(&matrix, 2, &[], &[]), Ok(()));
    }

    #[test]
    fn denominators_are_cleared_column_by_column() {
        let embedding = Matrix::from_rows(
            2,
            vec![
                vec![crate::exact::ratio(1, 2), crate::exact::ratio(1, 3)],
                vec![crate::exact::integer(1), crate::exact::integer(0)],
            ],
        )
        .unwrap();
        assert_eq!(counting_matrix(&embedding), vectors(&[&[1, 2], &[1, 0], &[1, 1]]));
    }
}
