//! Unimodular row reduction of integer matrices (the row-style Hermite normal form).
//!
//! For rows `M` `[r, c]` it finds a unimodular `W` `[r, r]` with `W M = H`, `H` in echelon form with positive
//! pivots and reduced entries above them. Rows of `W` beside zero rows of `H` are a basis of the
//! integer left kernel of `M`, hence a saturated one. (Cohen, *A Course in Computational Algebraic
//! Number Theory*, section 2.4; pivots here are chosen least in size.)

use crate::kernel::number::IntegerVector;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// `transform * rows = form`, with the number of non-zero rows of `form`.
#[derive(Debug, Clone)]
pub struct Hermite {
    pub form: Vec<IntegerVector>,
    pub transform: Vec<IntegerVector>,
    pub rank: usize,
}

/// Reduces the matrix with rows `rows`, each of length `cols`.
#[must_use]
pub fn hermite(rows: Vec<IntegerVector>, cols: usize) -> Hermite {
    let height = rows.len();
    let mut form = rows;
    let mut transform = identity(height);
    let mut rank = 0;
    for col in 0..cols {
        while let Some(pivot) = least(&form, rank, col) {
            form.swap(rank, pivot);
            transform.swap(rank, pivot);
            let mut clean = true;
            for i in rank + 1..height {
                if !form[i][col].is_zero() {
                    eliminate(&mut form, &mut transform, i, rank, col);
                    clean &= form[i][col].is_zero();
                }
            }
            if clean {
                if form[rank][col].is_negative() {
                    negate(&mut form[rank]);
                    negate(&mut transform[rank]);
                }
                for i in 0..rank {
                    eliminate(&mut form, &mut transform, i, rank, col);
                }
                rank += 1;
                break;
            }
        }
        if rank == height {
            break;
        }
    }
    Hermite { form, transform, rank }
}

/// The rows of the identity matrix.
fn identity(size: usize) -> Vec<IntegerVector> {
    let entry = |i, j| if i == j { BigInt::one() } else { BigInt::zero() };
    (0..size).map(|i| (0..size).map(|j| entry(i, j)).collect()).collect()
}

/// The row from `start` on whose entry in `col` is least in size but not zero.
fn least(form: &[IntegerVector], start: usize, col: usize) -> Option<usize> {
    (start..form.len())
        .filter(|&i| !form[i][col].is_zero())
        .min_by(|&i, &j| form[i][col].magnitude().cmp(form[j][col].magnitude()))
}

/// Subtracts from row `i` the multiple of row `pivot` that leaves a remainder in `col`.
fn eliminate(
    form: &mut [IntegerVector],
    transform: &mut [IntegerVector],
    i: usize,
    pivot: usize,
    col: usize,
) {
    let quotient = form[i][col].div_floor(&form[pivot][col]);
    if quotient.is_zero() {
        return;
    }
    for rows in [form, transform] {
        let source = rows[pivot].clone();
        for (entry, from) in rows[i].iter_mut().zip(&source) {
            if !from.is_zero() {
                *entry -= &quotient * from;
            }
        }
    }
}

fn negate(row: &mut [BigInt]) {
    for entry in row {
        *entry = -std::mem::take(entry);
    }
}
