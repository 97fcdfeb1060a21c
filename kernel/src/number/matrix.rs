//! Rational matrices, row by row.

use super::integers::Room;
use super::rational::{Rational, RationalText, Scaled, same};
use crate::rejection::{Clock, Rejection, need};
use num::Zero;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A matrix without rows may have at most this many columns: nothing else in a file bounds them.
const MAX_EMPTY: usize = 1 << 20;

/// A rational matrix; `[r, c]` in comments means `r` rows of `c` entries.
#[derive(Debug, Clone, Eq)]
pub struct Matrix {
    cols: usize,
    rows: Vec<Vec<Rational>>,
}

impl PartialEq for Matrix {
    fn eq(&self, other: &Self) -> bool {
        let sizes = (self.rows(), self.cols) == (other.rows(), other.cols);
        sizes && self.entries().zip(other.entries()).all(|(a, b)| same(a, b))
    }
}

impl Matrix {
    /// A matrix of `rows`, each of length `cols` (stated because there may be no row).
    ///
    /// # Errors
    /// [`Rejection::Wrong`] naming the first row of another length.
    pub fn from_rows(cols: usize, rows: Vec<Vec<Rational>>) -> Result<Self, Rejection> {
        for (index, row) in rows.iter().enumerate() {
            need(row.len() == cols, format!("row {index}"), format!("{cols} entries"), row.len())?;
        }
        need(!rows.is_empty() || cols <= MAX_EMPTY, "shape", format!("at most {MAX_EMPTY} columns"), cols)?;
        Ok(Self { cols, rows })
    }

    /// The matrix of these entries.
    #[must_use]
    pub fn from_fn(rows: usize, cols: usize, mut entry: impl FnMut(usize, usize) -> Rational) -> Self {
        let rows = (0..rows).map(|i| (0..cols).map(|j| entry(i, j)).collect()).collect();
        Self { cols, rows }
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// How many columns there are.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// `[rows, columns]`, for messages.
    #[must_use]
    pub fn shape(&self) -> String {
        format!("[{}, {}]", self.rows(), self.cols)
    }

    /// Row `i`; empty outside the matrix.
    #[must_use]
    pub fn row(&self, i: usize) -> &[Rational] {
        self.rows.get(i).map_or(&[], Vec::as_slice)
    }

    /// All rows.
    #[must_use]
    pub fn list(&self) -> &[Vec<Rational>] {
        &self.rows
    }

    /// The entry in row `i`, column `j`; `None` outside the matrix.
    #[must_use]
    pub fn get(&self, i: usize, j: usize) -> Option<&Rational> {
        self.rows.get(i)?.get(j)
    }

    /// All entries, row by row.
    pub fn entries(&self) -> impl Iterator<Item = &Rational> + Clone {
        self.rows.iter().flatten()
    }

    /// Whether all entries are zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.entries().all(Zero::is_zero)
    }

    /// Column `j`, as far as there is one.
    pub fn column(&self, j: usize) -> impl Iterator<Item = &Rational> + Clone {
        self.rows.iter().filter_map(move |row| row.get(j))
    }

    /// Columns as rows.
    #[must_use]
    pub fn transpose(&self) -> Self {
        let rows = (0..self.cols).map(|j| self.column(j).cloned().collect()).collect();
        Self { cols: self.rows(), rows }
    }

    /// `self * other`.
    ///
    /// # Errors
    /// [`Rejection`] when the inner sizes differ, a number is too long, or the clock stops it.
    pub fn product(&self, other: &Self, clock: &Clock<'_>) -> Result<Self, Rejection> {
        need(self.cols == other.rows(), "matrix product", format!("inner size {}", self.cols), other.rows())?;
        let mut room = Room::default();
        let columns: Vec<Scaled> =
            (0..other.cols).map(|j| Scaled::within(&mut room, other.column(j))).collect::<Result<_, _>>()?;
        let mut rows = Vec::with_capacity(self.rows());
        for row in &self.rows {
            rows.push(dots(row, &columns, clock)?);
        }
        Ok(Self { cols: other.cols, rows })
    }

    /// `self * vector`.
    ///
    /// # Errors
    /// As [`Matrix::product`].
    pub fn apply(&self, vector: &[Rational], clock: &Clock<'_>) -> Result<Vec<Rational>, Rejection> {
        need(self.cols == vector.len(), "matrix times vector", format!("{} entries", self.cols), vector.len())?;
        let vector = [Scaled::new(vector.iter())?];
        let image = self.rows.iter().map(|row| dots(row, &vector, clock));
        Ok(image.collect::<Result<Vec<_>, _>>()?.concat())
    }
}

/// The inner products of a row with columns.
fn dots(row: &[Rational], columns: &[Scaled], clock: &Clock<'_>) -> Result<Vec<Rational>, Rejection> {
    let row = Scaled::new(row.iter())?;
    let work = u64::try_from(row.numerators.len()).unwrap_or(u64::MAX).saturating_add(1);
    let mut products = Vec::with_capacity(columns.len());
    for column in columns {
        let bits = row.denominator.bits().saturating_add(column.denominator.bits());
        clock.spend(work.saturating_add(bits))?;
        products.push(row.dot(column));
    }
    Ok(products)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    shape: [usize; 2],
    rows: Vec<Vec<RationalText>>,
}

impl Serialize for Matrix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = |row: &Vec<Rational>| row.iter().cloned().map(RationalText).collect();
        let rows = self.rows.iter().map(row).collect();
        File { shape: [self.rows(), self.cols], rows }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Matrix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let File { shape: [height, width], rows } = File::deserialize(deserializer)?;
        if rows.len() != height {
            return Err(D::Error::custom(format!("shape says {height} rows, but there are {}", rows.len())));
        }
        let rows = rows.into_iter().map(|row| row.into_iter().map(|entry| entry.0).collect());
        Self::from_rows(width, rows.collect()).map_err(D::Error::custom)
    }
}
