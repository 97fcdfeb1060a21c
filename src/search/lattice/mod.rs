//! Integer lattices: a reduced basis of the integer kernel of a matrix, with its left inverse.
//!
//! Everything is computed in integers. Nothing here is trusted: what leaves is checked by
//! [`KernelProof::check`](crate::kernel::evidence::KernelProof::check).

mod bkz;
mod hermite;
mod lll;

pub use bkz::bkz;
pub use hermite::{Hermite, hermite};
pub use lll::{lll, reduce_against};

use crate::kernel::number::IntegerVector;
use num_bigint::BigInt;
use num_traits::Zero;

/// A basis of `ker_Z A` with integer functionals `left_inverse` that read off coordinates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelLattice {
    /// The basis, `k` vectors of length `m`.
    pub basis: Vec<IntegerVector>,
    /// `k` vectors of length `m` with `<left_inverse_i, basis_j> = [i = j]`.
    pub left_inverse: Vec<IntegerVector>,
}

/// An LLL-reduced basis of the integer kernel of the matrix with rows `rows`, each of length `cols`.
#[must_use]
pub fn kernel_lattice(rows: &[IntegerVector], cols: usize) -> KernelLattice {
    let transposed = transpose(rows, cols);
    let reduced = hermite(transposed, rows.len());
    let mut basis: Vec<IntegerVector> = reduced.transform.into_iter().skip(reduced.rank).collect();
    lll(&mut basis);
    KernelLattice::of_basis(basis, cols)
}

impl KernelLattice {
    /// The lattice of a basis that is already saturated, with a left inverse.
    #[must_use]
    pub fn of_basis(basis: Vec<IntegerVector>, cols: usize) -> Self {
        let dimension = basis.len();
        let mut left_inverse = hermite(transpose(&basis, cols), dimension).transform;
        // The other rows vanish on the lattice: adding them keeps a left inverse one.
        let mut vanishing = left_inverse.split_off(dimension.min(left_inverse.len()));
        lll(&mut vanishing);
        reduce_against(&vanishing, &mut left_inverse);
        Self { basis, left_inverse }
    }

    /// The same lattice with a basis of which only the last vector may be non-zero at coordinate `place`.
    #[must_use]
    pub fn last_at(&self, place: usize, cols: usize) -> Self {
        let column = self.basis.iter().map(|b| vec![b[place].clone()]).collect();
        let reduced = hermite(column, 1);
        if reduced.rank == 0 {
            return self.clone();
        }
        let mut rows = reduced.transform.iter();
        let mut last: Vec<IntegerVector> = rows.by_ref().take(1).map(|x| self.vector(x)).collect();
        let mut basis: Vec<IntegerVector> = rows.map(|x| self.vector(x)).collect();
        lll(&mut basis);
        reduce_against(&basis, &mut last);
        basis.append(&mut last);
        Self::of_basis(basis, cols)
    }

    /// The same lattice with a basis reduced further, in blocks, but for its last `fixed` vectors; reduced less when `go_on` says no.
    #[must_use]
    pub fn in_blocks(self, block: usize, fixed: usize, go_on: &dyn Fn() -> bool) -> Self {
        let cols = self.basis.first().map_or(0, Vec::len);
        let mut basis = self.basis;
        let mut last = basis.split_off(basis.len().saturating_sub(fixed));
        bkz(&mut basis, block, go_on);
        reduce_against(&basis, &mut last);
        basis.append(&mut last);
        Self::of_basis(basis, cols)
    }

    /// The rank `k` of the lattice.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.basis.len()
    }

    /// The vector with coordinates `lambda`.
    #[must_use]
    pub fn vector(&self, lambda: &[BigInt]) -> IntegerVector {
        let length = self.basis.first().map_or(0, Vec::len);
        let mut sum = vec![BigInt::zero(); length];
        for (x, vector) in lambda.iter().zip(&self.basis).filter(|(x, _)| !x.is_zero()) {
            for (entry, from) in sum.iter_mut().zip(vector) {
                *entry += x * from;
            }
        }
        sum
    }
}

/// The `cols` columns of a matrix given by its rows.
#[must_use]
pub fn transpose(rows: &[IntegerVector], cols: usize) -> Vec<IntegerVector> {
    (0..cols).map(|j| rows.iter().map(|row| row[j].clone()).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Clock;
    use crate::kernel::evidence::{Ball, KernelProof, Sought, Subtrees};
    use crate::kernel::number::dot_integers;
    use num_traits::Signed;
    use proptest::prelude::*;

    fn matrix(
        height: usize,
        width: usize,
        bound: i64,
    ) -> impl Strategy<Value = Vec<IntegerVector>> {
        let row = proptest::collection::vec((-bound..=bound).prop_map(BigInt::from), width);
        proptest::collection::vec(row, height)
    }

    /// Whether the kernel takes this for a basis of the integer kernel of `rows`: in an empty ball nothing else is asked.
    fn is_accepted(rows: &[IntegerVector], lattice: &KernelLattice) -> bool {
        let KernelLattice { basis, left_inverse } = lattice.clone();
        let proof = KernelProof { query: None, basis, left_inverse, cuts: Vec::new() };
        let nowhere = Ball::l1(BigInt::from(-1));
        let sought = Sought {
            rows,
            query: None,
            ball: Some(&nowhere),
            harmless: &|_| Ok(false),
            part: Subtrees::ALL,
        };
        proof.check("proof", &sought, &Clock::unlimited()) == Ok(0)
    }

    proptest! {
        #[test]
        fn the_basis_is_accepted_by_the_checker(rows in matrix(3, 7, 5), wide in matrix(2, 5, 1_000_000_000)) {
            for (rows, cols) in [(rows, 7), (wide, 5)] {
                let lattice = kernel_lattice(&rows, cols);
                prop_assert!(is_accepted(&rows, &lattice));
            }
        }

        #[test]
        fn a_transform_is_unimodular_and_tells_the_truth(rows in matrix(4, 3, 6)) {
            let reduced = hermite(rows.clone(), 3);
            for (i, row) in reduced.transform.iter().enumerate() {
                for col in 0..3 {
                    let column: Vec<_> = rows.iter().map(|row| row[col].clone()).collect();
                    prop_assert_eq!(&dot_integers(row, &column), &reduced.form[i][col]);
                }
            }
            let determinant = crate::algebra::echelon(reduced.transform, 4).pivot;
            prop_assert_eq!(determinant.abs(), BigInt::from(1));
        }

        #[test]
        fn reduction_keeps_the_lattice_and_never_lengthens_the_shortest(rows in matrix(2, 6, 9)) {
            let lattice = kernel_lattice(&rows, 6);
            let mut again = lattice.basis.clone();
            lll(&mut again);
            let norm = |b: &[IntegerVector]| b.iter().map(|v| dot_integers(v, v)).min();
            prop_assert!(norm(&again) <= norm(&lattice.basis));
            prop_assert!(is_accepted(&rows, &KernelLattice::of_basis(again, 6)));
        }
    }
}
