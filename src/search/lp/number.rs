//! Integers the simplex can run on: 64-bit ones that notice overflow, and big ones.

use num_bigint::BigInt;
use num_traits::{One, ToPrimitive, Zero};
use std::cmp::Ordering;

/// A result did not fit; the computation is repeated on big integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overflow;

/// An ordered ring of integers whose operations may report [`Overflow`].
pub(super) trait Number: Clone + Ord {
    fn from_big(value: &BigInt) -> Result<Self, Overflow>;
    fn to_big(&self) -> BigInt;
    fn small(value: i8) -> Self;
    fn sign(&self) -> i8;
    fn negated(&self) -> Result<Self, Overflow>;
    fn plus(&self, other: &Self) -> Result<Self, Overflow>;
    fn times(&self, other: &Self) -> Result<Self, Overflow>;
    /// `a * b` compared with `c * d`.
    fn compare_products(a: &Self, b: &Self, c: &Self, d: &Self) -> Ordering;
    /// `(a * b - c * d) / divisor`, a division known to be exact.
    fn cross(a: &Self, b: &Self, c: &Self, d: &Self, divisor: &Self) -> Result<Self, Overflow>;
}

impl Number for i64 {
    fn from_big(value: &BigInt) -> Result<Self, Overflow> {
        value.to_i64().filter(|&value| value != Self::MIN).ok_or(Overflow)
    }

    fn to_big(&self) -> BigInt {
        BigInt::from(*self)
    }

    fn small(value: i8) -> Self {
        Self::from(value)
    }

    fn sign(&self) -> i8 {
        match self.cmp(&0) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }
    }

    fn negated(&self) -> Result<Self, Overflow> {
        self.checked_neg().ok_or(Overflow)
    }

    fn plus(&self, other: &Self) -> Result<Self, Overflow> {
        self.checked_add(*other).ok_or(Overflow)
    }

    fn times(&self, other: &Self) -> Result<Self, Overflow> {
        self.checked_mul(*other).ok_or(Overflow)
    }

    fn compare_products(a: &Self, b: &Self, c: &Self, d: &Self) -> Ordering {
        (i128::from(*a) * i128::from(*b)).cmp(&(i128::from(*c) * i128::from(*d)))
    }

    fn cross(a: &Self, b: &Self, c: &Self, d: &Self, divisor: &Self) -> Result<Self, Overflow> {
        // Two products below 2^126 differ by less than 2^127 (`MIN` never enters: see `from_big`).
        let value = i128::from(*a) * i128::from(*b) - i128::from(*c) * i128::from(*d);
        let quotient = match Self::try_from(value) {
            Ok(value) => value.checked_div(*divisor),
            Err(_) => value
                .checked_div(i128::from(*divisor))
                .and_then(|quotient| Self::try_from(quotient).ok()),
        };
        quotient.filter(|&value| value != Self::MIN).ok_or(Overflow)
    }
}

impl Number for BigInt {
    fn from_big(value: &BigInt) -> Result<Self, Overflow> {
        Ok(value.clone())
    }

    fn to_big(&self) -> BigInt {
        self.clone()
    }

    fn small(value: i8) -> Self {
        Self::from(value)
    }

    fn sign(&self) -> i8 {
        super::form::sign_of(self)
    }

    fn negated(&self) -> Result<Self, Overflow> {
        Ok(-self)
    }

    fn plus(&self, other: &Self) -> Result<Self, Overflow> {
        Ok(self + other)
    }

    fn times(&self, other: &Self) -> Result<Self, Overflow> {
        Ok(self * other)
    }

    fn compare_products(a: &Self, b: &Self, c: &Self, d: &Self) -> Ordering {
        (a * b).cmp(&(c * d))
    }

    fn cross(a: &Self, b: &Self, c: &Self, d: &Self, divisor: &Self) -> Result<Self, Overflow> {
        let mut value = a * b;
        if !c.is_zero() && !d.is_zero() {
            value -= c * d;
        }
        Ok(if divisor.is_one() { value } else { value / divisor })
    }
}
