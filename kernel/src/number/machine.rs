//! The numbers of a machine: `p` bits, exponents from `emin` to `emax`, subnormals, rounding to nearest with ties to even (IEEE 754).
//!
//! A number that is not negative is `mantissa * 2^exponent` with `mantissa < 2^p`; the spacing of numbers of size `2^e` is `2^(max(e, emin) - p + 1)`.
//! What rounds to `2^(emax + 1)` or more is infinite, here `None`. `fl` of an exact number is computed on integers: no float is used.

use super::rational::{IntegerText, Rational, divide, integer};
use crate::rejection::{Rejection, need};
use num::BigInt;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A format of floating point numbers. In files its numbers are texts, for two of them may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// `p`: bits of a mantissa, with the leading one
    #[serde(with = "short")]
    pub precision: i32,
    /// exponent of the least normal number
    #[serde(with = "short")]
    pub emin: i32,
    /// exponent of the largest number
    #[serde(with = "short")]
    pub emax: i32,
}

/// In which order terms are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SumOrder {
    /// one by one
    Seq,
    /// halves, and halves of these
    Pair,
    /// any tree
    Any,
    /// the exact sum is rounded
    Once,
    /// one by one, and the division of an attention comes last
    Flash,
}

/// A number of a format that is neither negative nor infinite: `mantissa * 2^exponent`, spelled in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Float {
    mantissa: u64,
    exponent: i32,
}

/// Integers of 32 bits as texts.
mod short {
    use super::IntegerText;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(value: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        IntegerText((*value).into()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
        let IntegerText(value) = IntegerText::deserialize(deserializer)?;
        i32::try_from(value).map_err(|_| D::Error::custom("expected an integer of 32 bits"))
    }
}

impl Format {
    /// # Errors
    /// [`Rejection`] unless `2 <= p <= 53`, `-16384 <= emin <= -1` and `1 <= emax <= 16384`.
    pub fn check(self, place: &str) -> Result<(), Rejection> {
        let fits = (2..=53).contains(&self.precision) && (-16384..=-1).contains(&self.emin);
        let fits = fits && (1..=16384).contains(&self.emax);
        let sizes = "precision 2 to 53, emin -16384 to -1, emax 1 to 16384";
        need(fits, place, sizes, format!("{}, {}, {}", self.precision, self.emin, self.emax))
    }

    /// `p` as a number of bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.precision.unsigned_abs()
    }

    /// `fl(x)` of `x = magnitude * 2^exponent` with `magnitude < 2^127`, or of something between that and the next multiple of `2^exponent`
    /// if there is a `rest`; then `magnitude` has to have two bits more than the precision. `None` is infinity.
    #[must_use]
    pub fn round(self, magnitude: u128, exponent: i32, rest: bool) -> Option<Float> {
        if magnitude == 0 {
            let exponent = self.emin.saturating_sub(self.precision).saturating_add(1);
            return Some(Float { mantissa: 0, exponent });
        }
        let bits = i32::try_from(u128::BITS.saturating_sub(magnitude.leading_zeros())).unwrap_or(i32::MAX);
        let top = exponent.saturating_add(bits).saturating_sub(1);
        let mut quantum = top.max(self.emin).saturating_sub(self.precision).saturating_add(1);
        let nearest = match u32::try_from(quantum.saturating_sub(exponent)) {
            Ok(0) => magnitude,
            Ok(dropped) if dropped >= u128::BITS => 0,
            Ok(dropped) => {
                let (kept, half) = (magnitude.wrapping_shr(dropped), 1u128.wrapping_shl(dropped.saturating_sub(1)));
                let up = match (magnitude ^ kept.wrapping_shl(dropped)).cmp(&half) {
                    Ordering::Less => false,
                    Ordering::Equal => rest || kept.wrapping_rem(2) == 1,
                    Ordering::Greater => true,
                };
                kept.saturating_add(u128::from(up))
            }
            // a multiple of the spacing
            Err(_) => magnitude.checked_shl(exponent.abs_diff(quantum)).unwrap_or(0),
        };
        let mut mantissa = u64::try_from(nearest).ok()?;
        if mantissa >= 1u64.checked_shl(self.bits())? {
            mantissa = mantissa.wrapping_shr(1);
            quantum = quantum.saturating_add(1);
        }
        let largest = self.emax.saturating_sub(self.precision).saturating_add(1);
        (quantum <= largest).then_some(Float { mantissa, exponent: quantum })
    }

    /// `fl(a / b)`; `None` for `b = 0` too.
    #[must_use]
    pub fn quotient(self, a: u64, b: u64) -> Option<Float> {
        // 120 bits, so at least 56 of the quotient
        let shift = u128::from(a).leading_zeros().saturating_sub(8);
        let shift = if a == 0 { 0 } else { shift };
        let (a, b) = (u128::from(a).wrapping_shl(shift), u128::from(b));
        let quotient = a.checked_div(b)?;
        let rest = quotient.saturating_mul(b) != a;
        self.round(quotient, i32::try_from(shift).ok()?.saturating_neg(), rest)
    }

    /// `fl(a + b)`
    #[must_use]
    pub fn sum(self, a: Float, b: Float) -> Option<Float> {
        let (a, b) = if a.exponent >= b.exponent { (a, b) } else { (b, a) };
        let apart = a.exponent.abs_diff(b.exponent);
        if apart > self.bits().saturating_add(1) {
            // below a quarter of the spacing at a
            return Some(a);
        }
        let sum = u128::from(a.mantissa).wrapping_shl(apart).saturating_add(b.mantissa.into());
        self.round(sum, b.exponent, false)
    }

    /// `fl(k a)`
    #[must_use]
    pub fn times(self, a: Float, k: u64) -> Option<Float> {
        self.round(u128::from(a.mantissa).saturating_mul(k.into()), a.exponent, false)
    }

    /// `fl(a - b)`, 0 for `a < b`
    #[must_use]
    pub fn less(self, a: Float, b: Float) -> Option<Float> {
        let apart = a.exponent.abs_diff(b.exponent);
        if b.mantissa == 0 || a.exponent > b.exponent && apart > self.bits().saturating_add(1) {
            // below half the spacing under a
            return Some(a);
        }
        if b.exponent > a.exponent {
            // then b is a normal number, and larger
            return self.round(0, 0, false);
        }
        let difference = u128::from(a.mantissa).wrapping_shl(apart).saturating_sub(b.mantissa.into());
        self.round(difference, b.exponent, false)
    }
}

impl Float {
    /// Its mantissa, and the exponent of its last bit.
    #[must_use]
    pub fn parts(self) -> (u64, i32) {
        (self.mantissa, self.exponent)
    }

    /// `floor(x / 2^exponent)`, and whether that is less than `x / 2^exponent`; the largest word for what is larger.
    #[must_use]
    pub fn units(self, exponent: i32) -> (u128, bool) {
        let (mantissa, apart) = (u128::from(self.mantissa), self.exponent.abs_diff(exponent));
        if mantissa == 0 {
            (0, false)
        } else if self.exponent >= exponent {
            let fits = apart <= mantissa.leading_zeros();
            (if fits { mantissa.wrapping_shl(apart) } else { u128::MAX }, false)
        } else {
            let floor = mantissa.checked_shr(apart).unwrap_or(0);
            (floor, floor.checked_shl(apart) != Some(mantissa))
        }
    }

    /// Whether `|x - count| < 1/2`.
    #[must_use]
    pub fn counts(self, count: u64) -> bool {
        let (twice, rest) = self.units(-1);
        let answer = u128::from(count).saturating_mul(2);
        twice == answer || rest && twice.saturating_add(1) == answer
    }

    /// Its value.
    #[must_use]
    pub fn value(self) -> Rational {
        let power = integer(BigInt::from(1) << self.exponent.unsigned_abs());
        let mantissa = integer(self.mantissa);
        if self.exponent >= 0 { mantissa * power } else { divide(&mantissa, &power).unwrap_or(mantissa) }
    }
}
