//! Enclosures in machine words: the same intervals as [`Enclosure`], without a big integer.
//!
//! An end is an `i64`. What is too large for it is replaced by an end that is further out, in the last resort by
//! infinity, so that every operation stays right for all members of its operands and none overflows: [`Words`] decide
//! less than big integers with more bits, never differently. An evaluation is written once, over [`Interval`], and
//! runs on words first.

use super::enclosure::{Enclosure, Precision};
use crate::kernel::number::{Rational, ratio};
use std::fmt::Debug;

/// Intervals that enclose real numbers at some [`Precision`]; every operation encloses all results.
pub trait Interval: Clone + Debug {
    /// The interval of `enclosure`, or one around it, at the same precision.
    fn of(enclosure: &Enclosure) -> Self;
    fn zero() -> Self;
    fn add(&mut self, other: &Self);
    #[must_use]
    fn minus(&self, other: &Self) -> Self;
    /// `count * self`
    #[must_use]
    fn times_count(&self, count: u64) -> Self;
    /// `max(self, 0)`
    #[must_use]
    fn relu(&self) -> Self;
    #[must_use]
    fn abs(&self) -> Self;
    /// The maximum of a member of each.
    #[must_use]
    fn max(&self, other: &Self) -> Self;
    /// The minimum of a member of each.
    #[must_use]
    fn min(&self, other: &Self) -> Self;
    /// The smallest interval that contains both.
    #[must_use]
    fn hull(&self, other: &Self) -> Self;
    /// The ends, each an interval without width (or, where there is none, without an end).
    fn ends(&self) -> (Self, Self);
    /// The distance of the ends, rounded down to an integer, at most [`u64::MAX`].
    fn width(&self, p: Precision) -> u64;
    /// Whether zero is the only member.
    fn is_zero(&self) -> bool;
    /// Whether every member is above zero.
    fn is_positive(&self) -> bool;
    /// Whether no member is above zero.
    fn is_not_positive(&self) -> bool;
    #[must_use]
    fn times(&self, other: &Self, p: Precision) -> Self;
    /// `None` when `other` contains zero.
    fn divide(&self, other: &Self, p: Precision) -> Option<Self>;
    /// `1 / self` and its own precision, for factors: `x.times(&inverse, places)` is `x / self`.
    /// `None` when it contains zero.
    fn inverse(&self, p: Precision) -> Option<(Self, Precision)>;
    /// `None` when some member may be negative.
    fn sqrt(&self, p: Precision) -> Option<Self>;
    /// The interval as an enclosure at the same precision; `None` when it has no end.
    fn widen(&self) -> Option<Enclosure>;

    #[must_use]
    fn plus(&self, other: &Self) -> Self {
        let mut sum = self.clone();
        sum.add(other);
        sum
    }

    #[must_use]
    fn enclose(value: &Rational, p: Precision) -> Self {
        Self::of(&p.enclose(value))
    }

    #[must_use]
    fn integer(value: u64, p: Precision) -> Self;

    #[must_use]
    fn half(p: Precision) -> Self {
        Self::enclose(&ratio(1, 2), p)
    }
}

/// Ends beyond this are infinite; a sum of two that are not, or of one and infinity, cannot be mistaken.
const LARGEST: i64 = 1 << 61;

/// Binary places of an inverse.
const INVERSE_BITS: u32 = 60;

/// Every real `x` with `lo <= 2^p x <= hi`; `i64::MIN` and `i64::MAX` are infinite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    lo: i64,
    hi: i64,
}

impl Words {
    const EVERYTHING: Self = Self { lo: i64::MIN, hi: i64::MAX };

    /// Ends moved outwards into the range.
    fn clamped(lo: i64, hi: i64) -> Self {
        Self {
            lo: if lo < -LARGEST { i64::MIN } else { lo.min(LARGEST) },
            hi: if hi > LARGEST { i64::MAX } else { hi.max(-LARGEST) },
        }
    }

    fn narrowed(lo: i128, hi: i128) -> Self {
        let end = |end: i128| end.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        Self::clamped(end(lo), end(hi))
    }

    fn is_bounded(self) -> bool {
        self.lo != i64::MIN && self.hi != i64::MAX
    }
}

fn product(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}

/// `-((-value) >> bits)`: rounded up.
fn ceil_shift(value: i128, bits: u32) -> i128 {
    -((-value) >> bits)
}

impl Interval for Words {
    fn of(enclosure: &Enclosure) -> Self {
        let (lo, hi) = enclosure.words();
        Self::clamped(lo.unwrap_or(i64::MIN), hi.unwrap_or(i64::MAX))
    }

    fn zero() -> Self {
        Self { lo: 0, hi: 0 }
    }

    fn integer(value: u64, p: Precision) -> Self {
        // below 2^127
        match p.0 {
            0..=62 => Self::narrowed(i128::from(value) << p.0, i128::from(value) << p.0),
            _ => Self::EVERYTHING,
        }
    }

    fn half(p: Precision) -> Self {
        match p.0 {
            1..=61 => Self { lo: 1 << (p.0 - 1), hi: 1 << (p.0 - 1) },
            _ => Self::enclose(&ratio(1, 2), p),
        }
    }

    fn add(&mut self, other: &Self) {
        *self = Self::clamped(self.lo.saturating_add(other.lo), self.hi.saturating_add(other.hi));
    }

    fn minus(&self, other: &Self) -> Self {
        Self::clamped(self.lo.saturating_sub(other.hi), self.hi.saturating_sub(other.lo))
    }

    fn times_count(&self, count: u64) -> Self {
        match i64::try_from(count) {
            Ok(count) if self.is_bounded() => {
                Self::narrowed(product(self.lo, count), product(self.hi, count))
            }
            _ => Self::EVERYTHING,
        }
    }

    fn relu(&self) -> Self {
        Self { lo: self.lo.max(0), hi: self.hi.max(0) }
    }

    fn abs(&self) -> Self {
        if self.lo >= 0 {
            *self
        } else if self.hi < 0 {
            Self { lo: -self.hi, hi: self.lo.checked_neg().unwrap_or(i64::MAX) }
        } else {
            Self { lo: 0, hi: self.lo.checked_neg().unwrap_or(i64::MAX).max(self.hi) }
        }
    }

    fn max(&self, other: &Self) -> Self {
        Self { lo: self.lo.max(other.lo), hi: self.hi.max(other.hi) }
    }

    fn min(&self, other: &Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.min(other.hi) }
    }

    fn hull(&self, other: &Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    fn ends(&self) -> (Self, Self) {
        let end = |end: i64| match end {
            i64::MIN | i64::MAX => Self::EVERYTHING,
            _ => Self { lo: end, hi: end },
        };
        (end(self.lo), end(self.hi))
    }

    fn width(&self, p: Precision) -> u64 {
        match self.is_bounded() {
            true => self.hi.abs_diff(self.lo) >> p.0.min(63),
            false => u64::MAX,
        }
    }

    fn is_zero(&self) -> bool {
        self.lo == 0 && self.hi == 0
    }

    fn is_positive(&self) -> bool {
        self.lo > 0
    }

    fn is_not_positive(&self) -> bool {
        self.hi <= 0
    }

    fn times(&self, other: &Self, p: Precision) -> Self {
        let (a, b) = (self, other);
        if !a.is_bounded() || !b.is_bounded() {
            return Self::EVERYTHING;
        }
        // the ends of a factor of one sign tell which ends of the other count
        let (lo, hi) = if a.lo >= 0 {
            let low = if b.lo >= 0 { a.lo } else { a.hi };
            let high = if b.hi >= 0 { a.hi } else { a.lo };
            (product(low, b.lo), product(high, b.hi))
        } else if a.hi <= 0 {
            let low = if b.hi >= 0 { a.lo } else { a.hi };
            let high = if b.lo >= 0 { a.hi } else { a.lo };
            (product(low, b.hi), product(high, b.lo))
        } else {
            let (one, two) = (product(a.lo, b.hi), product(a.hi, b.lo));
            let (three, four) = (product(a.lo, b.lo), product(a.hi, b.hi));
            (one.min(two).min(three).min(four), one.max(two).max(three).max(four))
        };
        Self::narrowed(lo >> p.0, ceil_shift(hi, p.0))
    }

    fn divide(&self, other: &Self, p: Precision) -> Option<Self> {
        if other.hi < 0 {
            let negated = |x: &Self| Self::zero().minus(x);
            return negated(self).divide(&negated(other), p);
        }
        if other.lo <= 0 {
            return None;
        }
        if !self.is_bounded() || !other.is_bounded() || p.0 > 64 {
            return Some(Self::EVERYTHING);
        }
        let low = if self.lo < 0 { other.lo } else { other.hi };
        let high = if self.hi < 0 { other.hi } else { other.lo };
        let lo = (i128::from(self.lo) << p.0).div_euclid(low.into());
        let hi = -(-(i128::from(self.hi) << p.0)).div_euclid(high.into());
        Some(Self::narrowed(lo, hi))
    }

    fn inverse(&self, p: Precision) -> Option<(Self, Precision)> {
        // as many places as fit when the number is at least 1
        let one = Self { lo: 1 << INVERSE_BITS, hi: 1 << INVERSE_BITS };
        Some((one.divide(self, p)?, Precision(INVERSE_BITS)))
    }

    fn sqrt(&self, p: Precision) -> Option<Self> {
        if self.lo < 0 {
            return None;
        }
        if !self.is_bounded() || p.0 > 64 {
            return Some(Self::EVERYTHING.relu());
        }
        let lo = (i128::from(self.lo) << p.0).isqrt();
        let above = i128::from(self.hi) << p.0;
        let root = above.isqrt();
        let hi = if root * root == above { root } else { root + 1 };
        Some(Self::narrowed(lo, hi))
    }

    fn widen(&self) -> Option<Enclosure> {
        self.is_bounded().then(|| Enclosure::from_words(self.lo, self.hi))
    }
}

impl Interval for Enclosure {
    fn of(enclosure: &Enclosure) -> Self {
        enclosure.clone()
    }

    fn zero() -> Self {
        Enclosure::zero()
    }

    fn integer(value: u64, p: Precision) -> Self {
        p.integer(value)
    }

    fn add(&mut self, other: &Self) {
        Enclosure::add(self, other);
    }

    fn minus(&self, other: &Self) -> Self {
        Enclosure::minus(self, other)
    }

    fn times_count(&self, count: u64) -> Self {
        Enclosure::times_count(self, count)
    }

    fn relu(&self) -> Self {
        self.clone().max(&Enclosure::zero())
    }

    fn abs(&self) -> Self {
        Enclosure::abs(self)
    }

    fn max(&self, other: &Self) -> Self {
        self.clone().max(other)
    }

    fn min(&self, other: &Self) -> Self {
        let zero = Enclosure::zero();
        zero.minus(&zero.minus(self).max(&zero.minus(other)))
    }

    fn hull(&self, other: &Self) -> Self {
        self.clone().hull(other)
    }

    fn ends(&self) -> (Self, Self) {
        Enclosure::ends(self)
    }

    fn width(&self, p: Precision) -> u64 {
        Enclosure::width(self, p)
    }

    fn is_zero(&self) -> bool {
        *self == Enclosure::zero()
    }

    fn is_positive(&self) -> bool {
        Enclosure::is_positive(self)
    }

    fn is_not_positive(&self) -> bool {
        Enclosure::is_not_positive(self)
    }

    fn times(&self, other: &Self, p: Precision) -> Self {
        p.times(self, other)
    }

    fn divide(&self, other: &Self, p: Precision) -> Option<Self> {
        p.divide(self, other)
    }

    fn inverse(&self, p: Precision) -> Option<(Self, Precision)> {
        Some((p.divide(&p.integer(1), self)?, p))
    }

    fn sqrt(&self, p: Precision) -> Option<Self> {
        p.sqrt(self)
    }

    fn widen(&self) -> Option<Enclosure> {
        Some(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Ends of every size, near the borders too.
    fn end() -> impl Strategy<Value = i64> {
        let powers = (0u32..=61, any::<bool>(), -2i64..=2).prop_map(|(bits, negative, near)| {
            let power = (1i64 << bits) + near;
            if negative { -power } else { power }
        });
        prop_oneof![-3i64..=3, -(1i64 << 30)..=1 << 30, powers]
    }

    fn interval() -> impl Strategy<Value = (Words, Enclosure)> {
        (end(), end()).prop_map(|(a, b)| {
            let (lo, hi) = (a.min(b), a.max(b));
            (Words::clamped(lo, hi), Enclosure::from_words(lo, hi))
        })
    }

    /// Words contain what big integers find.
    fn covers(words: Words, big: &Enclosure) -> bool {
        let (lo, hi) = big.words();
        let below = words.lo == i64::MIN || lo.is_some_and(|lo| words.lo <= lo) || lo.is_none();
        let above = words.hi == i64::MAX || hi.is_some_and(|hi| hi <= words.hi) || hi.is_none();
        // an end of the big interval beyond a word must not be cut off
        let cut_below = lo.is_none() && words.lo != i64::MIN && !big.is_positive();
        let cut_above = hi.is_none() && words.hi != i64::MAX && !big.is_not_positive();
        below && above && !cut_below && !cut_above
    }

    proptest! {
        #[test]
        fn words_cover_big_integers(
            (a, x) in interval(), (b, y) in interval(), bits in 1u32..60, count in 0u64..300,
        ) {
            let p = Precision(bits);
            prop_assert!(covers(a, &x));
            prop_assert!(covers(a.plus(&b), &Enclosure::plus(&x, &y)));
            prop_assert!(covers(a.minus(&b), &x.minus(&y)));
            prop_assert!(covers(a.times(&b, p), &p.times(&x, &y)));
            prop_assert!(covers(a.times_count(count), &x.times_count(count)));
            prop_assert!(covers(Words::integer(count, p), &p.integer(count)));
            prop_assert!(covers(Words::half(p), &Enclosure::half(p)));
            prop_assert!(covers(a.relu(), &Interval::relu(&x)));
            prop_assert!(covers(Interval::abs(&a), &x.abs()));
            prop_assert!(covers(Interval::max(&a, &b), &Interval::max(&x, &y)));
            prop_assert!(covers(Interval::min(&a, &b), &Interval::min(&x, &y)));
            prop_assert!(covers(Interval::hull(&a, &b), &Interval::hull(&x, &y)));
            match (Interval::divide(&a, &b, p), p.divide(&x, &y)) {
                (Some(words), Some(big)) => prop_assert!(covers(words, &big)),
                (None, big) => prop_assert!(big.is_none() || b.lo <= 0),
                (Some(_), None) => prop_assert!(false, "divided by zero"),
            }
            match (Interval::sqrt(&a, p), p.sqrt(&x)) {
                (Some(words), Some(big)) => prop_assert!(covers(words, &big)),
                (None, big) => prop_assert!(big.is_none() || a.lo == i64::MIN),
                (Some(_), None) => prop_assert!(false, "the root of a negative number"),
            }
        }

        #[test]
        fn words_are_as_narrow_where_nothing_is_large(
            a in -(1i64 << 20)..1 << 20, b in -(1i64 << 20)..1 << 20, c in 1i64..1 << 20, bits in 1u32..24,
        ) {
            let p = Precision(bits);
            let (lo, hi) = (a.min(b), a.max(b));
            let (x, y) = (Words::clamped(lo, hi), Words::clamped(c, c + 1));
            let (big_x, big_y) = (Enclosure::from_words(lo, hi), Enclosure::from_words(c, c + 1));
            prop_assert_eq!(x.times(&y, p).widen(), Some(p.times(&big_x, &big_y)));
            prop_assert_eq!(x.times(&x, p).widen(), Some(p.times(&big_x, &big_x)));
            prop_assert_eq!(Interval::divide(&x, &y, p).unwrap().widen(), p.divide(&big_x, &big_y));
            prop_assert_eq!(Interval::sqrt(&y, p).unwrap().widen(), p.sqrt(&big_y));
        }
    }

    #[test]
    fn infinity_stays_infinite() {
        let p = Precision(10);
        let large = Words::clamped(LARGEST, LARGEST);
        let sum = large.plus(&large);
        assert_eq!(sum.hi, i64::MAX);
        assert_eq!((sum.lo, sum.widen()), (LARGEST, None));
        let back = sum.minus(&large).minus(&large);
        assert_eq!(back.hi, i64::MAX);
        assert!(Words::EVERYTHING.plus(&large).lo == i64::MIN);
        assert!(Words::EVERYTHING.minus(&Words::EVERYTHING) == Words::EVERYTHING);
        assert!(Words::EVERYTHING.times(&Words::zero(), p) == Words::EVERYTHING);
    }
}
