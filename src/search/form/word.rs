//! The integers that exact evaluation runs on: a machine word that reports overflow, or a big integer.

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// An integer whose operations are exact or answer `None`; nothing ever wraps.
pub trait Word: Clone + PartialEq + Sized {
    /// `None` when `value` does not fit.
    fn from_big(value: &BigInt) -> Option<Self>;
    fn from_count(value: u64) -> Self;
    fn into_big(self) -> BigInt;
    fn zero() -> Self;
    fn is_zero(&self) -> bool;
    fn is_negative(&self) -> bool;
    fn plus(&self, other: &Self) -> Option<Self>;
    fn times(&self, other: &Self) -> Option<Self>;

    /// Adds `factor * other`; nothing is done, or allocated, for a zero.
    fn add_product(&mut self, factor: &Self, other: &Self) -> Option<()> {
        if !factor.is_zero() && !other.is_zero() {
            *self = self.plus(&factor.times(other)?)?;
        }
        Some(())
    }
}

impl Word for i128 {
    fn from_big(value: &BigInt) -> Option<Self> {
        Self::try_from(value).ok()
    }
    fn from_count(value: u64) -> Self {
        Self::from(value)
    }
    fn into_big(self) -> BigInt {
        self.into()
    }
    fn zero() -> Self {
        0
    }
    fn is_zero(&self) -> bool {
        *self == 0
    }
    fn is_negative(&self) -> bool {
        *self < 0
    }
    fn plus(&self, other: &Self) -> Option<Self> {
        self.checked_add(*other)
    }
    fn times(&self, other: &Self) -> Option<Self> {
        self.checked_mul(*other)
    }
}

impl Word for BigInt {
    fn from_big(value: &BigInt) -> Option<Self> {
        Some(value.clone())
    }
    fn from_count(value: u64) -> Self {
        value.into()
    }
    fn into_big(self) -> BigInt {
        self
    }
    fn zero() -> Self {
        Zero::zero()
    }
    fn is_zero(&self) -> bool {
        Zero::is_zero(self)
    }
    fn is_negative(&self) -> bool {
        Signed::is_negative(self)
    }
    fn plus(&self, other: &Self) -> Option<Self> {
        Some(self + other)
    }
    fn times(&self, other: &Self) -> Option<Self> {
        Some(self * other)
    }
}
