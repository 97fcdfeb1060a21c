//! Points in homogeneous integers, and the signs that everything here is decided by.
//!
//! `(x, y, z)` with `z > 0` is the point `(x/z, y/z)`. Predicates run on 128-bit words that report overflow, and
//! again on big integers where they do.

use num_bigint::BigInt;
use num_traits::{CheckedAdd, CheckedMul, CheckedSub, Zero};
use std::cmp::Ordering;

/// An integer that is exact or answers `None`.
pub trait Number: Clone + Ord + Zero + CheckedAdd + CheckedSub + CheckedMul {
    fn of(value: &BigInt) -> Option<Self>;
    fn index(value: u64) -> Self;
    /// Words that are at hand already; `None` when they are not of this type.
    fn small(_words: [i128; 4]) -> Option<[Self; 4]> {
        None
    }
}

impl Number for i128 {
    fn of(value: &BigInt) -> Option<Self> {
        Self::try_from(value).ok()
    }
    fn index(value: u64) -> Self {
        Self::from(value)
    }
    fn small(words: [i128; 4]) -> Option<[Self; 4]> {
        Some(words)
    }
}

impl Number for BigInt {
    fn of(value: &BigInt) -> Option<Self> {
        Some(value.clone())
    }
    fn index(value: u64) -> Self {
        value.into()
    }
}

/// `(x/z, y/z)`, `z > 0`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point<T> {
    pub x: T,
    pub y: T,
    pub z: T,
}

/// The determinant of three points: positive when `c` is above the line from `a` to `b`, `a` left of `b`.
#[must_use]
pub fn determinant<T: Number>(a: &Point<T>, b: &Point<T>, c: &Point<T>) -> Option<T> {
    let minor = |p: &T, q: &T, r: &T, s: &T| p.checked_mul(s)?.checked_sub(&q.checked_mul(r)?);
    let first = a.x.checked_mul(&minor(&b.y, &b.z, &c.y, &c.z)?)?;
    let second = a.y.checked_mul(&minor(&b.x, &b.z, &c.x, &c.z)?)?;
    let third = a.z.checked_mul(&minor(&b.x, &b.y, &c.x, &c.y)?)?;
    first.checked_sub(&second)?.checked_add(&third)
}

/// The order of two points by `x`.
#[must_use]
pub fn by_x<T: Number>(a: &Point<T>, b: &Point<T>) -> Option<Ordering> {
    Some(a.x.checked_mul(&b.z)?.cmp(&b.x.checked_mul(&a.z)?))
}

/// Compares how far `c` and `d` are above the line through `a` and `b`.
#[must_use]
pub fn by_height<T: Number>(
    [a, b]: [&Point<T>; 2],
    c: &Point<T>,
    d: &Point<T>,
) -> Option<Ordering> {
    let left = determinant(a, b, c)?.checked_mul(&d.z)?;
    Some(left.cmp(&determinant(a, b, d)?.checked_mul(&c.z)?))
}

/// The first index of `range` at which `holds`, which then holds for all later ones; the end if none.
pub fn first(range: std::ops::Range<usize>, mut holds: impl FnMut(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end.max(range.start));
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
