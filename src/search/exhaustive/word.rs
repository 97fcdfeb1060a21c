//! Machine words whose operations the engine uses only where they provably cannot overflow.

use num_bigint::BigInt;
use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Mul, Sub};

pub(super) trait Word:
    Copy
    + Ord
    + Send
    + Sync
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Into<BigInt>
    + for<'a> TryFrom<&'a BigInt>
{
    const ZERO: Self;
    const ONE: Self;

    /// For a count; counts are bounded with everything else.
    fn count(value: usize) -> Self;

    /// Compares `a / b` with `c / d` for positive `b` and `d`, without overflow.
    fn compare_fractions(a: Self, b: Self, c: Self, d: Self) -> Ordering;
}

impl Word for i64 {
    const ZERO: Self = 0;
    const ONE: Self = 1;

    fn count(value: usize) -> Self {
        value as Self
    }

    fn compare_fractions(a: Self, b: Self, c: Self, d: Self) -> Ordering {
        (i128::from(a) * i128::from(d)).cmp(&(i128::from(c) * i128::from(b)))
    }
}

impl Word for i128 {
    const ZERO: Self = 0;
    const ONE: Self = 1;

    fn count(value: usize) -> Self {
        value as Self
    }

    fn compare_fractions(a: Self, b: Self, c: Self, d: Self) -> Ordering {
        match (a.checked_mul(d), c.checked_mul(b)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => (BigInt::from(a) * d).cmp(&(BigInt::from(c) * b)),
        }
    }
}
