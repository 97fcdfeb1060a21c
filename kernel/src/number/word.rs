//! The integers that exact evaluation runs on: machine words that report overflow, or big integers.
//!
//! An algorithm is written once over [`Word`] and run on the smallest word first. No operation wraps: what does not fit
//! answers `None`, and the algorithm is run again on wider words. Big integers always answer.

use num::{BigInt, Integer, Signed, ToPrimitive, Zero};

/// An integer whose operations are exact or answer `None`.
pub trait Word: Clone + Ord + Send + Sync + Sized {
    /// `None` when `value` does not fit.
    fn from_big(value: &BigInt) -> Option<Self>;
    /// The number as a big integer.
    fn into_big(self) -> BigInt;
    /// Zero.
    fn zero() -> Self;
    /// Whether it is longer than numbers of a model have to be.
    fn is_long(&self) -> bool {
        false
    }
    /// -1, 0 or 1.
    fn signum(&self) -> i8;
    /// `self + other`
    fn plus(&self, other: &Self) -> Option<Self>;
    /// `self - other`
    fn minus(&self, other: &Self) -> Option<Self>;
    /// `self * other`
    fn times(&self, other: &Self) -> Option<Self>;
    /// The largest integer at most `self / other`; `None` when `other` is zero.
    fn div_floor(&self, other: &Self) -> Option<Self>;
    /// `self * 2^bits`
    fn shifted_up(&self, bits: u32) -> Option<Self>;
    /// The largest integer at most `self / 2^bits`.
    fn shifted_down(&self, bits: u32) -> Self;
    /// The largest integer whose square is at most `self`; `None` below zero.
    fn root(&self) -> Option<Self>;
    /// Whether `a / b > c / d`, for positive `b` and `d`.
    fn exceeds((a, b): (&Self, &Self), (c, d): (&Self, &Self)) -> Option<bool> {
        Some(a.times(d)? > c.times(b)?)
    }

    /// `max(0, self)`
    fn relu(&self) -> Self;
    /// `self += factor * other`
    fn add_product(&mut self, factor: &Self, other: &Self) -> Option<()> {
        *self = self.plus(&factor.times(other)?)?;
        Some(())
    }

    /// `-self`
    fn negated(&self) -> Option<Self> {
        Self::zero().minus(self)
    }

    /// The number `value`.
    fn from_count(value: u64) -> Option<Self> {
        Self::from_big(&value.into())
    }
}

macro_rules! machine_word {
    ($word:ty, $to:ident $(, $wide:ty)?) => {
        impl Word for $word {
            fn from_big(value: &BigInt) -> Option<Self> {
                value.$to()
            }
            fn from_count(value: u64) -> Option<Self> {
                value.try_into().ok()
            }
            fn into_big(self) -> BigInt {
                self.into()
            }
            fn zero() -> Self {
                0
            }
            fn signum(&self) -> i8 {
                i8::from(*self > 0).saturating_sub(i8::from(*self < 0))
            }
            fn relu(&self) -> Self {
                (*self).max(0)
            }
            fn plus(&self, other: &Self) -> Option<Self> {
                self.checked_add(*other)
            }
            fn minus(&self, other: &Self) -> Option<Self> {
                self.checked_sub(*other)
            }
            fn times(&self, other: &Self) -> Option<Self> {
                self.checked_mul(*other)
            }
            fn div_floor(&self, other: &Self) -> Option<Self> {
                let (quotient, rest) = (self.checked_div(*other)?, self.checked_rem(*other)?);
                let below = rest != 0 && (rest < 0) != (*other < 0);
                quotient.checked_sub(<$word>::from(below))
            }
            fn shifted_up(&self, bits: u32) -> Option<Self> {
                self.checked_mul(<$word>::from(1u8).checked_shl(bits).filter(|&unit| unit > 0)?)
            }
            fn shifted_down(&self, bits: u32) -> Self {
                self.checked_shr(bits).unwrap_or(if *self < 0 { -1 } else { 0 })
            }
            fn root(&self) -> Option<Self> {
                self.checked_isqrt()
            }
            $(fn exceeds((a, b): (&Self, &Self), (c, d): (&Self, &Self)) -> Option<bool> {
                // the product of two words fits into one of twice the size
                let wide = |x: &Self, y: &Self| <$wide>::from(*x).wrapping_mul((*y).into());
                Some(wide(a, d) > wide(c, b))
            })?
        }
    };
}

machine_word!(i64, to_i64, i128);
machine_word!(i128, to_i128);

impl Word for BigInt {
    fn from_big(value: &BigInt) -> Option<Self> {
        Some(value.clone())
    }
    fn into_big(self) -> BigInt {
        self
    }
    fn zero() -> Self {
        Zero::zero()
    }
    fn is_long(&self) -> bool {
        self.bits() > super::enclosure::MAX_LENGTH
    }
    fn signum(&self) -> i8 {
        i8::from(self.is_positive()).saturating_sub(i8::from(self.is_negative()))
    }
    fn relu(&self) -> Self {
        if self.is_negative() { Zero::zero() } else { self.clone() }
    }
    fn plus(&self, other: &Self) -> Option<Self> {
        Some(self + other)
    }
    fn minus(&self, other: &Self) -> Option<Self> {
        Some(self - other)
    }
    fn times(&self, other: &Self) -> Option<Self> {
        Some(self * other)
    }
    fn add_product(&mut self, factor: &Self, other: &Self) -> Option<()> {
        // a product of zero would be allocated
        if !(Zero::is_zero(factor) || Zero::is_zero(other)) {
            *self += factor * other;
        }
        Some(())
    }
    fn div_floor(&self, other: &Self) -> Option<Self> {
        (!Zero::is_zero(other)).then(|| Integer::div_floor(self, other))
    }
    fn shifted_up(&self, bits: u32) -> Option<Self> {
        Some(self << bits)
    }
    fn shifted_down(&self, bits: u32) -> Self {
        // down, below zero too
        self >> bits
    }
    fn root(&self) -> Option<Self> {
        (!Signed::is_negative(self)).then(|| self.sqrt())
    }
}
