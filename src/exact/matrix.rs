//! Rational matrices on `nalgebra`, whose products are checked for shape, and their integer images.
//!
//! Algorithms that eliminate or enumerate clear the denominators first ([`Matrix::to_integers`]) and
//! work on integers: a rational product costs a gcd for each operation.

use super::rational::{Rational, RationalText, common_denominator};
use nalgebra::DMatrix;
use num_bigint::BigInt;
use num_traits::{One, Zero};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A matrix whose shape does not fit where it is used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: expected {expected}, found {found}")]
pub struct ShapeError {
    pub place: String,
    pub expected: String,
    pub found: String,
}

/// A rational matrix; `[r, c]` in comments means `r` rows of `c` entries.
///
/// ```
/// use counterproof::exact::{Matrix, integer, ratio};
///
/// let a = Matrix::from_rows(2, vec![vec![integer(1), ratio(1, 2)], vec![integer(0), integer(1)]])?;
/// let square = a.mul(&a)?;
/// assert_eq!(square.row(0), [integer(1), integer(1)]);
/// assert_eq!(a.mul(&Matrix::identity(2))?, a);
/// // a shape that does not fit is an error, never a panic
/// assert!(a.mul(&Matrix::zeros(3, 1)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix(DMatrix<Rational>);

impl Matrix {
    #[must_use]
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self(DMatrix::from_element(rows, cols, Rational::zero()))
    }

    #[must_use]
    pub fn identity(size: usize) -> Self {
        Self::from_fn(size, size, |i, j| if i == j { Rational::one() } else { Rational::zero() })
    }

    #[must_use]
    pub fn from_fn(rows: usize, cols: usize, entry: impl FnMut(usize, usize) -> Rational) -> Self {
        Self(DMatrix::from_fn(rows, cols, entry))
    }

    /// A matrix of `rows`, each of length `cols` (stated because there may be no row).
    ///
    /// # Errors
    /// [`ShapeError`] naming the first row of another length.
    pub fn from_rows(cols: usize, rows: Vec<Vec<Rational>>) -> Result<Self, ShapeError> {
        if let Some((index, row)) = rows.iter().enumerate().find(|(_, row)| row.len() != cols) {
            return Err(ShapeError {
                place: format!("row {index}"),
                expected: format!("{cols} entries"),
                found: row.len().to_string(),
            });
        }
        let height = rows.len();
        Ok(Self(DMatrix::from_row_iterator(height, cols, rows.into_iter().flatten())))
    }

    #[must_use]
    pub fn rows(&self) -> usize {
        self.0.nrows()
    }

    #[must_use]
    pub fn cols(&self) -> usize {
        self.0.ncols()
    }

    /// The entry in row `i`, column `j`; `None` outside the matrix.
    #[must_use]
    pub fn get(&self, i: usize, j: usize) -> Option<&Rational> {
        self.0.get((i, j))
    }

    /// Row `i` as a vector; empty outside the matrix.
    #[must_use]
    pub fn row(&self, i: usize) -> Vec<Rational> {
        if i < self.rows() { self.0.row(i).iter().cloned().collect() } else { Vec::new() }
    }

    pub fn to_rows(&self) -> Vec<Vec<Rational>> {
        (0..self.rows()).map(|i| self.row(i)).collect()
    }

    /// All entries, column by column.
    pub fn entries(&self) -> impl Iterator<Item = &Rational> {
        self.0.iter()
    }

    #[must_use]
    pub fn transpose(&self) -> Self {
        Self(self.0.transpose())
    }

    #[must_use]
    pub fn scale(&self, factor: &Rational) -> Self {
        Self(self.0.map(|entry| entry * factor))
    }

    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.entries().all(Zero::is_zero)
    }

    /// `self * other`.
    ///
    /// # Errors
    /// [`ShapeError`] when the inner sizes differ.
    pub fn mul(&self, other: &Self) -> Result<Self, ShapeError> {
        if self.cols() != other.rows() {
            return Err(mismatch("matrix product", self.cols(), other.rows()));
        }
        let right: Vec<Vec<Rational>> = (0..other.cols()).map(|j| other.column(j)).collect();
        let mut product = Self::zeros(self.rows(), other.cols());
        for i in 0..self.rows() {
            let left = self.row(i);
            for (j, column) in right.iter().enumerate() {
                if let Some(entry) = product.0.get_mut((i, j)) {
                    *entry = dot(&left, column);
                }
            }
        }
        Ok(product)
    }

    /// `self * vector`.
    ///
    /// # Errors
    /// [`ShapeError`] when the vector's length is not the number of columns.
    pub fn mul_vec(&self, vector: &[Rational]) -> Result<Vec<Rational>, ShapeError> {
        if self.cols() != vector.len() {
            return Err(mismatch("matrix times vector", self.cols(), vector.len()));
        }
        Ok((0..self.rows()).map(|i| dot(&self.row(i), vector)).collect())
    }

    fn column(&self, j: usize) -> Vec<Rational> {
        self.0.column(j).iter().cloned().collect()
    }

    /// The integer matrix `scale * self` with the least positive `scale`, and that scale.
    #[must_use]
    pub fn to_integers(&self) -> IntegerMatrix {
        let scale = common_denominator(self.entries());
        let rows = self
            .to_rows()
            .into_iter()
            .map(|row| row.into_iter().map(|entry| scaled(&entry, &scale)).collect())
            .collect();
        IntegerMatrix { rows, cols: self.cols(), scale }
    }
}

/// An integer matrix `rows`, which is `scale` times a rational one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegerMatrix {
    pub rows: Vec<Vec<BigInt>>,
    pub cols: usize,
    pub scale: BigInt,
}

/// `value * scale` where `scale` is a multiple of the denominator of `value`.
pub(crate) fn scaled(value: &Rational, scale: &BigInt) -> BigInt {
    value.numer() * (scale / value.denom())
}

/// The inner product of two vectors of the same length; zero entries cost nothing.
pub(crate) fn dot(left: &[Rational], right: &[Rational]) -> Rational {
    left.iter()
        .zip(right)
        .filter(|(a, b)| !a.is_zero() && !b.is_zero())
        .fold(Rational::zero(), |sum, (a, b)| sum + a * b)
}

fn mismatch(place: &str, expected: usize, found: usize) -> ShapeError {
    ShapeError {
        place: place.to_owned(),
        expected: format!("inner size {expected}"),
        found: found.to_string(),
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MatrixText {
    shape: [usize; 2],
    rows: Vec<Vec<RationalText>>,
}

impl Serialize for Matrix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        MatrixText {
            shape: [self.rows(), self.cols()],
            rows: self
                .to_rows()
                .into_iter()
                .map(|row| row.into_iter().map(RationalText).collect())
                .collect(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Matrix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let MatrixText { shape: [height, width], rows } = MatrixText::deserialize(deserializer)?;
        if rows.len() != height {
            return Err(D::Error::custom(format!(
                "shape says {height} rows, but there are {}",
                rows.len()
            )));
        }
        let rows = rows.into_iter().map(|row| row.into_iter().map(|entry| entry.0).collect());
        Self::from_rows(width, rows.collect()).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{integer, ratio};

    fn small(rows: &[&[i64]]) -> Matrix {
        let rows = rows.iter().map(|row| row.iter().map(|&entry| integer(entry)).collect());
        Matrix::from_rows(2, rows.collect()).unwrap()
    }

    #[test]
    fn products_check_their_shapes() {
        let a = small(&[&[1, 2], &[3, 4], &[5, 6]]);
        assert_eq!(
            a.mul(&small(&[&[0, 1], &[1, 0]])).unwrap(),
            small(&[&[2, 1], &[4, 3], &[6, 5]])
        );
        assert!(a.mul(&a).is_err());
        assert!(a.mul_vec(&[integer(1)]).is_err());
        assert_eq!(
            a.mul_vec(&[integer(1), ratio(1, 2)]).unwrap(),
            [integer(2), integer(5), integer(8)]
        );
    }

    #[test]
    fn integers_carry_the_least_scale() {
        let matrix = Matrix::from_rows(2, vec![vec![ratio(1, 6), ratio(3, 4)]]).unwrap();
        let integers = matrix.to_integers();
        assert_eq!(integers.scale, 12.into());
        assert_eq!(integers.rows, [[2.into(), 9.into()]]);
    }

    #[test]
    fn json_states_the_shape_and_believes_nothing() {
        let matrix = small(&[&[1, 2], &[3, 4]]);
        let text = serde_json::to_string(&matrix).unwrap();
        assert_eq!(text, r#"{"shape":[2,2],"rows":[["1","2"],["3","4"]]}"#);
        assert_eq!(serde_json::from_str::<Matrix>(&text).unwrap(), matrix);
        for bad in [
            r#"{"shape":[1,2],"rows":[["1","2"],["3","4"]]}"#,
            r#"{"shape":[2,2],"rows":[["1","2"],["3"]]}"#,
            r#"{"shape":[1,1],"rows":[["2/4"]]}"#,
            r#"{"shape":[1,1],"rows":[[1]]}"#,
            r#"{"shape":[1,1],"rows":[["1"]],"extra":0}"#,
        ] {
            assert!(serde_json::from_str::<Matrix>(bad).is_err(), "{bad} was accepted");
        }
    }
}
