//! What a network has to pass: lower ends and upper ends, each sorted by `x` and in convex position.

use super::Error;
use super::point::{Number, Point, by_height, by_x, determinant, first};
use crate::kernel::number::{Rational, integer};
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::ops::Range;

/// Lower ends `N(x_i) >= lo_i` and upper ends `N(x'_j) <= hi_j`, `x` ascending in each.
///
/// Implementations promise that each list is in convex position and that no lower end is above the interpolant of
/// the upper ends.
pub trait Tunnel {
    fn lowers(&self) -> usize;
    fn uppers(&self) -> usize;
    /// Lower end `i` over `T`; `None` when it does not fit.
    fn lower_in<T: Number>(&self, i: usize) -> Option<Point<T>>;
    /// Upper end `j` over `T`; `None` when it does not fit.
    fn upper_in<T: Number>(&self, j: usize) -> Option<Point<T>>;
    /// Lower end `i` as `(x, lo)`.
    fn lower(&self, i: usize) -> (Rational, Rational);
    /// Upper end `j` as `(x, hi)`.
    fn upper(&self, j: usize) -> (Rational, Rational);

    /// The number of upper ends with `x` at most that of lower end `i`.
    fn uppers_to(&self, i: usize) -> usize {
        first(0..self.uppers(), |j| order(self, j, i) == Ordering::Greater)
    }

    /// The number of upper ends with `x` below that of lower end `i`.
    fn uppers_before(&self, i: usize) -> usize {
        first(0..self.uppers(), |j| order(self, j, i) != Ordering::Less)
    }

    /// The upper ends strictly between two lower ends.
    fn between(&self, i: usize, k: usize) -> Range<usize> {
        let start = self.uppers_to(i);
        start..self.uppers_before(k).max(start)
    }
}

/// The order by `x` of upper end `j` and lower end `i`.
fn order<T: Tunnel + ?Sized>(tunnel: &T, j: usize, i: usize) -> Ordering {
    fn over<N: Number, T: Tunnel + ?Sized>(tunnel: &T, j: usize, i: usize) -> Option<Ordering> {
        by_x::<N>(&tunnel.upper_in(j)?, &tunnel.lower_in(i)?)
    }
    over::<i128, T>(tunnel, j, i)
        .or_else(|| over::<BigInt, T>(tunnel, j, i))
        .unwrap_or(Ordering::Equal)
}

/// Where upper end `j` is relative to the chord of lower ends `i < k`.
pub fn side<T: Tunnel>(tunnel: &T, i: usize, k: usize, j: usize) -> Ordering {
    fn over<N: Number, T: Tunnel>(t: &T, i: usize, k: usize, j: usize) -> Option<Ordering> {
        let value = determinant::<N>(&t.lower_in(i)?, &t.lower_in(k)?, &t.upper_in(j)?)?;
        Some(value.cmp(&N::zero()))
    }
    over::<i128, T>(tunnel, i, k, j)
        .or_else(|| over::<BigInt, T>(tunnel, i, k, j))
        .unwrap_or(Ordering::Equal)
}

/// Whether upper end `j + 1` is at least as high above the chord of lower ends `i < k` as upper end `j`.
pub fn rises<T: Tunnel>(tunnel: &T, i: usize, k: usize, j: usize) -> bool {
    fn over<N: Number, T: Tunnel>(t: &T, i: usize, k: usize, j: usize) -> Option<Ordering> {
        let (a, b) = (t.lower_in::<N>(i)?, t.lower_in::<N>(k)?);
        by_height([&a, &b], &t.upper_in(j + 1)?, &t.upper_in(j)?)
    }
    over::<i128, T>(tunnel, i, k, j).or_else(|| over::<BigInt, T>(tunnel, i, k, j))
        != Some(Ordering::Less)
}

/// `|N(x) - k| <= eps` for `1/(k + delta) <= x <= 1/k`, `k = 1..n`: index 0 is `k = n`.
///
/// Lower ends are `(1/k, k - eps)`, upper ends `(1/(k + delta), k + eps)`. A decreasing function that meets them meets the
/// whole rectangles. Both lie on translates of `1/x` (`hi = 1/x - delta + eps`), so they are in convex position. The
/// interpolant of the upper ends is at `x = 1/k`, `1 < k <= n`, equal to
/// `k + eps - delta (1 - (1 - delta)/k)`, so the lower ends are below it iff `2 eps >= delta (1 - (1 - delta)/n)`.
#[derive(Debug, Clone)]
pub struct Reciprocal {
    n: u64,
    /// numerator and denominator
    eps: [BigInt; 2],
    delta: [BigInt; 2],
    small: Option<[i128; 4]>,
}

impl Reciprocal {
    /// # Errors
    /// [`Error::NotConvex`] when no convex function fits between the ends; the other sizes are for callers to check
    /// (`n >= 1`, `eps >= 0`, `0 <= delta < 1`).
    pub fn new(n: u64, eps: &Rational, delta: &Rational, strict: bool) -> Result<Self, Error> {
        let room = eps * integer(2);
        let needed =
            delta * (integer(1) - (integer(1) - delta) / Rational::from_integer(n.max(1).into()));
        let fits =
            if strict { room > needed || (n == 1 && room.is_positive()) } else { room >= needed };
        if n >= 2 && !fits {
            let relation = if strict { "above" } else { "at least" };
            return Err(Error::NotConvex(format!(
                "for leak {delta} at n = {n}, 2 epsilon = {room} has to be {relation} {needed}"
            )));
        }
        let parts = |value: &Rational| [value.numer().clone(), value.denom().clone()];
        let (eps, delta) = (parts(eps), parts(delta));
        let small = || {
            let [p, e, r, q] = [&eps[0], &eps[1], &delta[0], &delta[1]].map(ToPrimitive::to_i128);
            Some([p?, e?, r?, q?])
        };
        let small = small();
        Ok(Self { n, eps, delta, small })
    }

    fn count(&self, index: usize) -> u64 {
        self.n - index as u64
    }

    /// The count `k` of lower or upper end `index`.
    #[must_use]
    pub fn k(&self, index: usize) -> u64 {
        self.count(index)
    }

    fn words<T: Number>(&self) -> Option<[T; 4]> {
        if let Some(small) = self.small
            && let Some(words) = T::small(small)
        {
            return Some(words);
        }
        Some([
            T::of(&self.eps[0])?,
            T::of(&self.eps[1])?,
            T::of(&self.delta[0])?,
            T::of(&self.delta[1])?,
        ])
    }
}

impl Tunnel for Reciprocal {
    fn lowers(&self) -> usize {
        self.n as usize
    }

    fn uppers(&self) -> usize {
        self.n as usize
    }

    fn lower_in<T: Number>(&self, i: usize) -> Option<Point<T>> {
        let k = T::index(self.count(i));
        let [p, e, ..] = self.words::<T>()?;
        let y = k.checked_mul(&e)?.checked_sub(&p)?.checked_mul(&k)?;
        let z = e.checked_mul(&k)?;
        Some(Point { x: e, y, z })
    }

    fn upper_in<T: Number>(&self, j: usize) -> Option<Point<T>> {
        let k = T::index(self.count(j));
        let [p, e, r, q] = self.words::<T>()?;
        let kappa = k.checked_mul(&q)?.checked_add(&r)?;
        let y = k.checked_mul(&e)?.checked_add(&p)?.checked_mul(&kappa)?;
        Some(Point { x: e.checked_mul(&q)?, y, z: e.checked_mul(&kappa)? })
    }

    fn lower(&self, i: usize) -> (Rational, Rational) {
        let k = integer(self.count(i));
        let eps = Rational::new_raw(self.eps[0].clone(), self.eps[1].clone());
        (k.recip(), k - eps)
    }

    fn upper(&self, j: usize) -> (Rational, Rational) {
        let k = integer(self.count(j));
        let eps = Rational::new_raw(self.eps[0].clone(), self.eps[1].clone());
        let delta = Rational::new_raw(self.delta[0].clone(), self.delta[1].clone());
        ((&k + delta).recip(), k + eps)
    }

    fn uppers_to(&self, i: usize) -> usize {
        i + 1
    }

    fn uppers_before(&self, i: usize) -> usize {
        if self.delta[0].is_zero() { i } else { i + 1 }
    }
}

/// Points of a convex function with a tolerance for each, all at the same `x`.
#[derive(Debug, Clone)]
pub struct Sampled {
    lower: Vec<Point<BigInt>>,
    upper: Vec<Point<BigInt>>,
}

impl Sampled {
    /// `lo_i <= N(x_i) <= hi_i` for each `(x_i, lo_i, hi_i)`.
    ///
    /// # Errors
    /// [`Error::NotConvex`] unless `x` ascends, `lo <= hi`, and both ends are in convex position.
    pub fn new(points: &[(Rational, Rational, Rational)]) -> Result<Self, Error> {
        let wrong = |i: usize, what: &str| Err(Error::NotConvex(format!("point {i}: {what}")));
        let at = |x: &Rational, y: &Rational| Point {
            x: x.numer() * y.denom(),
            y: y.numer() * x.denom(),
            z: x.denom() * y.denom(),
        };
        let lower: Vec<_> = points.iter().map(|(x, lo, _)| at(x, lo)).collect();
        let upper: Vec<_> = points.iter().map(|(x, _, hi)| at(x, hi)).collect();
        for (i, pair) in points.windows(2).enumerate() {
            if pair[0].0 >= pair[1].0 {
                return wrong(i + 1, "x must ascend");
            }
        }
        if let Some(i) = points.iter().position(|(_, lo, hi)| lo > hi) {
            return wrong(i, "the lower end is above the upper end");
        }
        for ends in [&lower, &upper] {
            for (i, three) in ends.windows(3).enumerate() {
                let bend = determinant(&three[0], &three[1], &three[2]);
                if bend.is_some_and(|bend| bend.is_negative()) {
                    return wrong(i + 1, "not in convex position");
                }
            }
        }
        Ok(Self { lower, upper })
    }

    /// A function's values with the same tolerance everywhere.
    ///
    /// # Errors
    /// As [`Sampled::new`].
    pub fn constant(values: &[(Rational, Rational)], eps: &Rational) -> Result<Self, Error> {
        let points: Vec<_> = values.iter().map(|(x, y)| (x.clone(), y - eps, y + eps)).collect();
        Self::new(&points)
    }
}

fn over<T: Number>(point: &Point<BigInt>) -> Option<Point<T>> {
    Some(Point { x: T::of(&point.x)?, y: T::of(&point.y)?, z: T::of(&point.z)? })
}

fn plain(point: &Point<BigInt>) -> (Rational, Rational) {
    let ratio = |p: &BigInt| Rational::new(p.clone(), point.z.clone());
    (ratio(&point.x), ratio(&point.y))
}

impl Tunnel for Sampled {
    fn lowers(&self) -> usize {
        self.lower.len()
    }
    fn uppers(&self) -> usize {
        self.upper.len()
    }
    fn lower_in<T: Number>(&self, i: usize) -> Option<Point<T>> {
        over(self.lower.get(i)?)
    }
    fn upper_in<T: Number>(&self, j: usize) -> Option<Point<T>> {
        over(self.upper.get(j)?)
    }
    fn lower(&self, i: usize) -> (Rational, Rational) {
        self.lower.get(i).map_or_else(|| (Rational::one(), Rational::zero()), plain)
    }
    fn upper(&self, j: usize) -> (Rational, Rational) {
        self.upper.get(j).map_or_else(|| (Rational::one(), Rational::zero()), plain)
    }
}
