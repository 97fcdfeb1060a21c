//! Whole numbers of an enumeration: machine words where everything fits, big integers where not.
//!
//! Entries taken in as `i128` are at most `2^64` in size, coordinates at most `2^32`, and vectors have at most
//! 2^12 entries: then no norm of a combination leaves an `i128`. As `i64` they are at most `2^34` and `2^16` in size.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive};
use std::fmt::Debug;

/// An integer type that an enumeration can run on.
pub trait Whole:
    Integer
    + Signed
    + Clone
    + Debug
    + ToPrimitive
    + From<i64>
    + Into<BigInt>
    + std::ops::AddAssign
    + Send
    + Sync
{
    /// The longest vectors whose combinations this type holds.
    const LONGEST: usize;

    /// The number, when it is small enough for this type.
    fn entry(value: &BigInt) -> Option<Self>;

    /// The number, when it is small enough for this type.
    fn word(value: i128) -> Option<Self>;

    /// Whether a coordinate is small enough for this type.
    fn is_coordinate(&self) -> bool;

    #[must_use]
    fn times(&self, other: &Self) -> Self;
}

/// A machine word whose entries and coordinates have at most so many bits.
macro_rules! word {
    ($word:ty, $to_word:ident, $entry_bits:literal, $coordinate_bits:literal) => {
        impl Whole for $word {
            const LONGEST: usize = 1 << 12;

            fn entry(value: &BigInt) -> Option<Self> {
                const LIMIT: $word = 1 << $entry_bits;
                value.$to_word().filter(|value| (-LIMIT..=LIMIT).contains(value))
            }

            fn word(value: i128) -> Option<Self> {
                const LIMIT: i128 = 1 << $entry_bits;
                if value.abs() > LIMIT { None } else { value.try_into().ok() }
            }

            fn is_coordinate(&self) -> bool {
                const LIMIT: $word = 1 << $coordinate_bits;
                (-LIMIT..=LIMIT).contains(self)
            }

            fn times(&self, other: &Self) -> Self {
                self * other
            }
        }
    };
}

word!(i64, to_i64, 34, 16);
word!(i128, to_i128, 64, 32);

impl Whole for BigInt {
    const LONGEST: usize = usize::MAX;

    fn entry(value: &BigInt) -> Option<Self> {
        Some(value.clone())
    }

    fn word(value: i128) -> Option<Self> {
        Some(value.into())
    }

    fn is_coordinate(&self) -> bool {
        true
    }

    fn times(&self, other: &Self) -> Self {
        self * other
    }
}

/// `sum_i left_i right_i`; zeros on the right cost nothing.
pub fn whole_dot<T: Whole>(left: &[T], right: &[T]) -> T {
    let mut sum = T::zero();
    for (a, b) in left.iter().zip(right).filter(|(_, b)| !b.is_zero()) {
        sum += a.times(b);
    }
    sum
}

/// `factor x + sum` for the cut `|factor x + sum| <= bound` (`factor != 0`): clips the interval of `x`.
/// Returns whether it changed; an end that is `None` is infinite.
pub fn clip<T: Whole>(
    factor: &T,
    sum: T,
    bound: &T,
    low: &mut Option<T>,
    high: &mut Option<T>,
) -> bool {
    let (factor, sum) =
        if factor.is_negative() { (-factor.clone(), -sum) } else { (factor.clone(), sum) };
    let mut changed = false;
    if high.as_ref().is_none_or(|x| factor.times(x) + sum.clone() > *bound) {
        *high = Some((bound.clone() - sum.clone()).div_floor(&factor));
        changed = true;
    }
    if low.as_ref().is_none_or(|x| factor.times(x) + sum.clone() < -bound.clone()) {
        *low = Some(-(bound.clone() + sum).div_floor(&factor));
        changed = true;
    }
    changed
}
