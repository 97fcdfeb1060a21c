//! Token vectors: one-hot, a rational rotation of it, the simplex, one-hot cut short, the moment curve, random
//! integers, and digits.

use super::{ConstructError, size};
use crate::algebra::MatrixOps;
use crate::algebra::inverse;
use crate::kernel::number::{Matrix, Rational, integer, ratio};
use num_bigint::BigInt;
use num_traits::{One, Zero};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::cmp::Ordering;

/// Which token vectors a histogram construction uses.
///
/// ```
/// use counterproof::construct::embedding::Kind;
/// use counterproof::kernel::number::integer;
///
/// let vectors = Kind::Moment.vectors(4, 2, 0)?;
/// assert_eq!(vectors.row(3), [integer(3), integer(9)]);
/// // the seed decides, so runs can be repeated
/// let random = Kind::Random { bound: 5 };
/// assert_eq!(random.vectors(8, 3, 7)?, random.vectors(8, 3, 7)?);
/// assert!(Kind::OneHot.vectors(4, 3, 0).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `v_j = e_j` (`d >= m`)
    OneHot,
    /// one-hot vectors turned by a random rational rotation (`d >= m`)
    Rotated,
    /// `v_0 = 0`, `v_j = e_j`: affinely independent with `d = m - 1` (T1')
    Simplex,
    /// `v_j = e_j` for `j < d`, zero for the other tokens: what is left of T1 when `d < m - 1`
    Truncated,
    /// `v_j = (j, j^2, .., j^d)`
    Moment,
    /// independent entries in `-bound ..= bound`
    Random { bound: u32 },
    /// `v_0 = 0`; token `j >= 1` is `base^-p` in coordinate `i` and 0 elsewhere, `j - 1 = p d + i` with `0 <= i < d` (T13);
    /// the base is `2 n` where a claim knows `n`
    Digits { base: Option<u64> },
}

impl Kind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OneHot => "onehot",
            Self::Rotated => "rotated",
            Self::Simplex => "simplex",
            Self::Truncated => "truncated",
            Self::Moment => "moment",
            Self::Random { .. } => "random",
            Self::Digits { .. } => "digits",
        }
    }

    /// The token vectors `[m, d]`.
    ///
    /// # Errors
    /// [`ConstructError::Size`] when `d` does not suit the kind.
    pub fn vectors(self, m: usize, d: usize, seed: u64) -> Result<Matrix, ConstructError> {
        if m == 0 || d == 0 {
            return Err(size("embedding", "m >= 1 and d >= 1", format!("m = {m}, d = {d}")));
        }
        let unit = |i: usize, j: usize| if i == j { Rational::one() } else { Rational::zero() };
        match self {
            Self::OneHot | Self::Rotated if d < m => Err(size("d", format!("at least m = {m}"), d)),
            Self::Simplex if d + 1 < m => Err(size("d", format!("at least m - 1 = {}", m - 1), d)),
            Self::OneHot | Self::Truncated => Ok(Matrix::from_fn(m, d, unit)),
            Self::Simplex => Ok(Matrix::from_fn(m, d, |i, j| unit(i, j + 1))),
            Self::Moment => {
                Ok(Matrix::from_fn(m, d, |j, i| integer(num_traits::pow(BigInt::from(j), i + 1))))
            }
            Self::Random { bound } => {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                let bound = i64::from(bound);
                let mut row =
                    || (0..d).map(|_| integer(rng.random_range(-bound..=bound))).collect();
                Ok(Matrix::from_rows(d, (0..m).map(|_| row()).collect())?)
            }
            Self::Digits { base: None } => {
                Err(size("base", "2 n, which only `verify lipschitz` knows", "none"))
            }
            Self::Digits { base: Some(base @ 0..2) } => Err(size("base", "at least 2", base)),
            Self::Digits { base: Some(base) } => {
                let unit = |j: usize| integer(num_traits::pow(BigInt::from(base), j / d)).recip();
                let at = |j: usize, i: usize| j.checked_sub(1).filter(|j| j % d == i).map(unit);
                Ok(Matrix::from_fn(m, d, |j, i| at(j, i).unwrap_or_else(Rational::zero)))
            }
            Self::Rotated => {
                let rotation = rotation(d, seed)?;
                Ok(Matrix::from_fn(m, d, |i, j| {
                    rotation.get(i, j).cloned().unwrap_or_else(Rational::zero)
                }))
            }
        }
    }
}

/// A random rational rotation `[d, d]`: the Cayley transform `(I - S)(I + S)^{-1}` of a sparse
/// antisymmetric `S` with entries in `{-1/2, 1/2}` beside the diagonal and one random entry a row.
fn rotation(d: usize, seed: u64) -> Result<Matrix, ConstructError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    // entry (i, partner) of S below the diagonal, for each row i >= 1
    let below: Vec<(usize, Rational)> = (0..d)
        .map(|i| {
            let half = ratio(if rng.random::<bool>() { 1 } else { -1 }, 2);
            let far = rng.random::<bool>();
            (if far && i > 0 { rng.random_range(0..i) } else { i.saturating_sub(1) }, half)
        })
        .collect();
    let shifted = |sign: i64| {
        Matrix::from_fn(d, d, |i, j| match (i.cmp(&j), &below[i.max(j)]) {
            (Ordering::Equal, _) => Rational::one(),
            (Ordering::Greater, (partner, half)) if *partner == j => half * integer(sign),
            (Ordering::Less, (partner, half)) if *partner == i => -half * integer(sign),
            _ => Rational::zero(),
        })
    };
    // I + S is invertible for every real antisymmetric S: its eigenvalues are 1 + i t.
    let right = inverse(&shifted(1)).ok_or_else(|| size("embedding", "a rotation", "none"))?;
    Ok(shifted(-1).mul(&right)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotations_are_orthogonal_and_not_trivial() {
        for d in 2..=9 {
            for seed in 0..4 {
                let v = Kind::Rotated.vectors(d, d, seed).unwrap();
                assert_eq!(v.mul(&v.transpose()).unwrap(), Matrix::identity(d));
                assert_ne!(v, Matrix::identity(d));
            }
        }
    }

    #[test]
    fn sizes_are_checked() {
        assert!(Kind::OneHot.vectors(3, 2, 0).is_err());
        assert!(Kind::Simplex.vectors(4, 2, 0).is_err());
        assert!(Kind::Truncated.vectors(4, 0, 0).is_err());
        for base in [None, Some(0), Some(1)] {
            assert!(Kind::Digits { base }.vectors(4, 2, 0).is_err());
        }
    }

    #[test]
    fn digits_fill_coordinates_in_turn() {
        let v = Kind::Digits { base: Some(10) }.vectors(6, 2, 0).unwrap();
        let columns = [
            [(0, 1), (1, 1), (0, 1), (1, 10), (0, 1), (1, 100)],
            [(0, 1), (0, 1), (1, 1), (0, 1), (1, 10), (0, 1)],
        ];
        assert_eq!(v, Matrix::from_fn(6, 2, |j, i| ratio(columns[i][j].0, columns[i][j].1)));
    }

    #[test]
    fn simplex_starts_at_zero() {
        assert_eq!(Kind::Simplex.vectors(3, 2, 0).unwrap().row(0), [integer(0), integer(0)]);
    }
}
