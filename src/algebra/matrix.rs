//! Operations on matrices that only searches and constructions need.

use crate::kernel::number::{Matrix, Rational, scaled};
use crate::kernel::{Clock, Rejection};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

/// An integer matrix `rows`, which is `scale` times a rational one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegerMatrix {
    pub rows: Vec<Vec<BigInt>>,
    pub cols: usize,
    pub scale: BigInt,
}

/// Products without a clock, special matrices, and integer images.
///
/// ```
/// use counterproof::algebra::MatrixOps;
/// use counterproof::kernel::number::{Matrix, integer, ratio};
///
/// let a = Matrix::from_rows(2, vec![vec![integer(1), ratio(1, 2)], vec![integer(0), integer(1)]])?;
/// let square = a.mul(&a)?;
/// assert_eq!(square.row(0), [integer(1), integer(1)]);
/// assert_eq!(a.mul(&Matrix::identity(2))?, a);
/// // a shape that does not fit is an error, never a panic
/// assert!(a.mul(&Matrix::zeros(3, 1)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait MatrixOps: Sized {
    #[must_use]
    fn zeros(rows: usize, cols: usize) -> Self;
    #[must_use]
    fn identity(size: usize) -> Self;
    /// All rows.
    #[must_use]
    fn to_rows(&self) -> Vec<Vec<Rational>>;
    #[must_use]
    fn scale(&self, factor: &Rational) -> Self;

    /// `self * other`.
    ///
    /// # Errors
    /// [`Rejection`] when the inner sizes differ or a number is too long.
    fn mul(&self, other: &Self) -> Result<Self, Rejection>;

    /// `self * vector`.
    ///
    /// # Errors
    /// As [`MatrixOps::mul`].
    fn mul_vec(&self, vector: &[Rational]) -> Result<Vec<Rational>, Rejection>;

    /// The integer matrix `scale * self` with the least positive `scale`, and that scale.
    #[must_use]
    fn to_integers(&self) -> IntegerMatrix;
}

impl MatrixOps for Matrix {
    fn zeros(rows: usize, cols: usize) -> Self {
        Self::from_fn(rows, cols, |_, _| Rational::zero())
    }

    fn identity(size: usize) -> Self {
        Self::from_fn(size, size, |i, j| if i == j { Rational::one() } else { Rational::zero() })
    }

    fn to_rows(&self) -> Vec<Vec<Rational>> {
        self.list().to_vec()
    }

    fn scale(&self, factor: &Rational) -> Self {
        Self::from_fn(self.rows(), self.cols(), |i, j| self.row(i)[j].clone() * factor)
    }

    fn mul(&self, other: &Self) -> Result<Self, Rejection> {
        self.product(other, &Clock::unlimited())
    }

    fn mul_vec(&self, vector: &[Rational]) -> Result<Vec<Rational>, Rejection> {
        self.apply(vector, &Clock::unlimited())
    }

    fn to_integers(&self) -> IntegerMatrix {
        let scale = common_denominator(self.entries());
        let row = |row: &Vec<Rational>| row.iter().map(|entry| scaled(entry, &scale)).collect();
        let rows = self.list().iter().map(row).collect();
        IntegerMatrix { rows, cols: self.cols(), scale }
    }
}

/// The least common multiple of the denominators of `values` (1 when there are none).
pub fn common_denominator<'a>(values: impl IntoIterator<Item = &'a Rational>) -> BigInt {
    values.into_iter().fold(BigInt::one(), |lcm, value| {
        if value.denom().is_one() { lcm } else { lcm.lcm(value.denom()) }
    })
}
