//! Token vectors of the counters, with what reads a token off a sum of them.
//!
//! The *dual* of token `t` is a vector `w_t` with `<w_t, v_s> + offset = [s = t]`, exactly where the vectors are affinely
//! independent and only about so elsewhere. A *mark* is a vector in whose direction every token is 1.
//!
//! | vectors | `d` | |
//! |---|---|---|
//! | orthonormal | `m` | `w_t = v_t`, the mark is their sum |
//! | simplex | `m - 1` | `e_j` and 0 less their mean: `V (I + J) V^T = I - J / m`, so `w_t = (I + J) v_t` and the offset is `1/m` |
//! | circle | 3 | rational points of the unit circle, and a mark: different vectors, one norm |
//! | any, marked | any | an embedding in `d - 1` dimensions, and a mark |

use super::super::ConstructError;
use crate::algebra::MatrixOps;
use crate::construct::embedding::Kind;
use crate::construct::packing::coherence_squared;
use crate::kernel::number::{Matrix, Rational, integer, ratio};
use num_traits::{One, Zero};

pub(super) struct Tokens {
    pub name: &'static str,
    /// `[m, d]`
    pub vectors: Matrix,
    /// the row `w_t` for each token
    pub dual: Vec<Vec<Rational>>,
    pub offset: Rational,
    /// `S` with `v_q . S v_t = [q = t] - offset`, where there is one
    form: Option<Matrix>,
}

pub(super) fn dot(a: &[Rational], b: &[Rational]) -> Rational {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A linear combination of vectors of `d` entries.
pub(super) fn combined<'a>(
    d: usize,
    terms: impl Iterator<Item = (&'a Rational, &'a Vec<Rational>)>,
) -> Vec<Rational> {
    let mut sum = vec![Rational::zero(); d];
    for (factor, vector) in terms {
        sum.iter_mut().zip(vector).for_each(|(sum, entry)| *sum += factor * entry);
    }
    sum
}

impl Tokens {
    pub fn orthonormal(kind: Kind, m: usize, d: usize, seed: u64) -> Result<Self, ConstructError> {
        let vectors = kind.vectors(m, d, seed)?;
        let dual = vectors.to_rows();
        let form = Some(Matrix::identity(d));
        Ok(Self { name: kind.name(), vectors, dual, offset: Rational::zero(), form })
    }

    pub fn simplex(m: usize, d: usize) -> Result<Self, ConstructError> {
        let vectors = Kind::Simplex.vectors(m, d, 0)?;
        let (used, mean) = (m - 1, ratio(1, 1) / integer(m as u64));
        let centred = |t: usize, i: usize| {
            let entry = vectors.get(t, i).cloned().unwrap_or_else(Rational::zero);
            if i < used { entry - &mean } else { entry }
        };
        let vectors = Matrix::from_fn(m, d, centred);
        let form = Matrix::from_fn(d, d, |i, j| match (i < used && j < used, i == j) {
            (true, true) => integer(2u64),
            (true, false) => Rational::one(),
            (false, _) => Rational::zero(),
        });
        let dual = vectors.mul(&form)?.to_rows();
        Ok(Self { name: Kind::Simplex.name(), vectors, dual, offset: mean, form: Some(form) })
    }

    /// Tokens 1 and `-a` in one dimension.
    pub fn pair(a: &Rational) -> Result<Self, ConstructError> {
        let vectors = Matrix::from_rows(1, vec![vec![Rational::one()], vec![-a]])?;
        Ok(Self::about("pair", vectors))
    }

    /// Points with the half angles `arctan(t / m)`, in the plane, and a mark.
    pub fn circle(m: usize, d: usize) -> Result<(Self, Vec<Rational>), ConstructError> {
        let point = |t: usize| {
            let slope = integer(t as u64) / integer(m as u64);
            let one = Rational::one();
            let norm = &one + &slope * &slope;
            [(&one - &slope * &slope) / &norm, integer(2u64) * slope / norm, one]
        };
        let row = |t: usize| {
            let mut row = point(t).to_vec();
            row.resize(d, Rational::zero());
            row
        };
        let vectors = Matrix::from_rows(d, (0..m).map(row).collect())?;
        let mark = (0..d).map(|i| integer(u64::from(i == 2))).collect();
        Ok((Self::about("circle", vectors), mark))
    }

    /// Those of an embedding; without one, one-hot vectors cut short.
    pub fn plain(
        embedding: Option<(Kind, u64)>,
        m: usize,
        d: usize,
    ) -> Result<Self, ConstructError> {
        let (kind, seed) = embedding.unwrap_or((Kind::Truncated, 0));
        Ok(Self::about(kind.name(), kind.vectors(m, d, seed)?))
    }

    /// The same in `d - 1` dimensions, and a mark in the last.
    pub fn marked(
        embedding: Option<(Kind, u64)>,
        m: usize,
        d: usize,
    ) -> Result<(Self, Vec<Rational>), ConstructError> {
        let (kind, seed) = embedding.unwrap_or((Kind::Truncated, 0));
        let mut rows = match d {
            1 => vec![Vec::new(); m],
            _ => kind.vectors(m, d - 1, seed)?.to_rows(),
        };
        rows.iter_mut().for_each(|row| row.push(Rational::one()));
        let mark = (1..=d).map(|i| integer(u64::from(i == d))).collect();
        Ok((Self::about(kind.name(), Matrix::from_rows(d, rows)?), mark))
    }

    /// The dual of vectors that are about orthogonal: `v_t / <v_t, v_t>`.
    fn about(name: &'static str, vectors: Matrix) -> Self {
        let dual = vectors.list().iter().map(|row| {
            let norm = dot(row, row);
            let divided =
                |entry: &Rational| if norm.is_zero() { entry.clone() } else { entry / &norm };
            row.iter().map(divided).collect()
        });
        let dual = dual.collect();
        Self { name, vectors, dual, offset: Rational::zero(), form: None }
    }

    pub fn form(&self) -> Option<Matrix> {
        self.form.clone()
    }

    pub fn sum(&self) -> Vec<Rational> {
        let one = Rational::one();
        let rows = self.vectors.list();
        combined(self.vectors.cols(), rows.iter().map(|row| (&one, row)))
    }

    fn norms(&self) -> impl Iterator<Item = Rational> {
        self.vectors.list().iter().map(|row| dot(row, row))
    }

    /// `max <v_t, v_t>`
    pub fn largest_norm(&self) -> Rational {
        self.norms().max().unwrap_or_else(Rational::zero)
    }

    pub fn same_norms(&self) -> bool {
        let largest = self.largest_norm();
        self.norms().all(|norm| norm == largest)
    }

    /// The least and the largest inner product of `of[t]` with a token other than `t`; zero where there is none.
    pub fn products(&self, of: &[Vec<Rational>]) -> (Rational, Rational) {
        let mut ends: Option<(Rational, Rational)> = None;
        for (t, row) in of.iter().enumerate() {
            for (_, other) in self.vectors.list().iter().enumerate().filter(|(s, _)| *s != t) {
                let product = dot(row, other);
                ends = Some(match ends {
                    None => (product.clone(), product),
                    Some((low, high)) => (low.min(product.clone()), high.max(product)),
                });
            }
        }
        ends.unwrap_or_default()
    }

    /// `max <v_t, v_s>^2 / (<v_t, v_t> <v_s, v_s>)`; none where a vector is zero.
    pub fn coherence_squared(&self) -> Option<Rational> {
        let directed = !self.norms().any(|norm| norm.is_zero());
        directed.then(|| coherence_squared(&self.vectors))
    }
}
