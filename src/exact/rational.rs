//! Canonical rationals and their two spellings.
//!
//! A [`Rational`] is a pair `p/q` of big integers in lowest terms with `q > 0`. Certificates and
//! models spell it canonically (`"3"`, `"-7/2"`: no leading zero, no `+`, no `/1`, lowest terms), so
//! that equal numbers are equal texts; people may also write `0.25` or `2/4`.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;

/// A rational number in lowest terms with a positive denominator.
///
/// ```
/// use counterproof::exact::{integer, parse_human, ratio};
///
/// assert_eq!(parse_human("0.25")? + ratio(3, 4), integer(1));
/// assert_eq!(parse_human("-2/4")?.to_string(), "-1/2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Rational = num_rational::BigRational;

/// The longest numerator or denominator that is read from outside, in decimal digits.
pub const MAX_RATIONAL_DIGITS: usize = 20_000;

/// Largest decimal exponent accepted in a number such as `1e-12` typed by a person.
const MAX_DECIMAL_EXPONENT: usize = 1_000;

/// Why a text is not a rational number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RationalError {
    #[error("`{0}` is not a rational number: write an integer `p` or a fraction `p/q`")]
    NotARational(String),
    #[error("`{0}` has denominator zero")]
    ZeroDenominator(String),
    #[error("`{found}` is not in canonical form: write `{canonical}`")]
    NotCanonical { found: String, canonical: String },
    #[error(
        "the number that begins `{start}` has more than {MAX_RATIONAL_DIGITS} digits in its numerator or denominator"
    )]
    TooLong { start: String },
}

/// `numerator / denominator` in lowest terms.
///
/// # Panics
/// Never for a non-zero `denominator`; zero is replaced by one, because the only callers pass
/// literals.
#[must_use]
pub fn ratio(numerator: i64, denominator: i64) -> Rational {
    let denominator = if denominator == 0 { 1 } else { denominator };
    Rational::new(numerator.into(), denominator.into())
}

/// The integer `value` as a rational.
#[must_use]
pub fn integer(value: impl Into<BigInt>) -> Rational {
    Rational::from_integer(value.into())
}

/// The canonical spelling: `p` for an integer, otherwise `p/q` in lowest terms.
#[must_use]
pub fn display(value: &Rational) -> String {
    value.to_string()
}

/// Reads the canonical spelling and nothing else.
///
/// # Errors
/// [`RationalError`] when the text is not a rational, or not the one spelling of its value.
///
/// ```
/// use counterproof::exact::{RationalError, parse_canonical, ratio};
///
/// assert_eq!(parse_canonical("-1/2")?, ratio(-1, 2));
/// assert!(matches!(parse_canonical("2/4"), Err(RationalError::NotCanonical { .. })));
/// assert!(parse_canonical("0.5").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse_canonical(text: &str) -> Result<Rational, RationalError> {
    let value = parse_fraction(text)?;
    let canonical = display(&value);
    if canonical == text {
        Ok(value)
    } else {
        Err(RationalError::NotCanonical { found: clip(text), canonical: clip(&canonical) })
    }
}

/// Reads what a person may type: `3`, `-7/2`, `2/4`, `0.25`, `1e-12`.
///
/// # Errors
/// [`RationalError`] when the text denotes no rational number.
pub fn parse_human(text: &str) -> Result<Rational, RationalError> {
    let text = text.trim();
    if text.contains(['.', 'e', 'E']) { parse_decimal(text) } else { parse_fraction(text) }
}

fn parse_fraction(text: &str) -> Result<Rational, RationalError> {
    let (numerator, denominator) = match text.split_once('/') {
        Some((numerator, denominator)) => (numerator, Some(denominator)),
        None => (text, None),
    };
    let numerator = parse_integer(numerator, true, text)?;
    let denominator = match denominator {
        Some(digits) => parse_integer(digits, false, text)?,
        None => BigInt::one(),
    };
    if denominator.is_zero() {
        return Err(RationalError::ZeroDenominator(clip(text)));
    }
    Ok(Rational::new(numerator, denominator))
}

/// An integer of ASCII digits, with a minus sign where `signed`; `whole` is the text to blame.
fn parse_integer(digits: &str, signed: bool, whole: &str) -> Result<BigInt, RationalError> {
    let unsigned = if signed { digits.strip_prefix('-').unwrap_or(digits) } else { digits };
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(RationalError::NotARational(clip(whole)));
    }
    if unsigned.len() > MAX_RATIONAL_DIGITS {
        return Err(RationalError::TooLong { start: clip(whole) });
    }
    digits.parse().map_err(|_| RationalError::NotARational(clip(whole)))
}

fn parse_decimal(text: &str) -> Result<Rational, RationalError> {
    let wrong = || RationalError::NotARational(clip(text));
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().map_err(|_| wrong())?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let negative = whole.starts_with('-');
    let digits = format!("{}{fraction}", whole.strip_prefix('-').unwrap_or(whole));
    let magnitude = parse_integer(&digits, false, text)?;
    let places = i64::try_from(fraction.len()).map_err(|_| wrong())?;
    let shift = exponent.checked_sub(places).ok_or_else(wrong)?;
    let size = usize::try_from(shift.unsigned_abs()).map_err(|_| wrong())?;
    if size > MAX_DECIMAL_EXPONENT + fraction.len() {
        return Err(RationalError::TooLong { start: clip(text) });
    }
    let scale = num_traits::pow(BigInt::from(10), size);
    let magnitude = if shift >= 0 {
        Rational::from_integer(magnitude * scale)
    } else {
        Rational::new(magnitude, scale)
    };
    Ok(if negative { -magnitude } else { magnitude })
}

/// The start of a text that may be very long, for an error message.
fn clip(text: &str) -> String {
    const SHOWN: usize = 48;
    if text.chars().count() <= SHOWN {
        text.to_owned()
    } else {
        format!("{}...", text.chars().take(SHOWN).collect::<String>())
    }
}

/// The least common multiple of the denominators of `values` (1 when there are none).
pub(crate) fn common_denominator<'a>(values: impl IntoIterator<Item = &'a Rational>) -> BigInt {
    values.into_iter().fold(BigInt::one(), |lcm, value| {
        if value.denom().is_one() { lcm } else { lcm.lcm(value.denom()) }
    })
}

/// A rational that (de)serialises as its canonical text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RationalText(pub Rational);

impl fmt::Display for RationalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Rational> for RationalText {
    fn from(value: Rational) -> Self {
        Self(value)
    }
}

impl Serialize for RationalText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RationalText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        parse_canonical(&text).map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_spelling_is_unique() {
        for good in ["0", "1", "-1", "1/2", "-7/3", "123456789012345678901234567891/7"] {
            assert_eq!(display(&parse_canonical(good).unwrap()), good);
        }
        for bad in [
            "", "-", "+1", "01", "-0", "1/1", "2/4", "1/-2", "1/0", "0/3", "1/", "/2", " 1", "1.5",
            "1/2/3", "0x1", "1_000", "\u{661}", "NaN",
        ] {
            assert!(parse_canonical(bad).is_err(), "{bad:?} was accepted");
        }
        let long = "1".repeat(MAX_RATIONAL_DIGITS + 1);
        assert!(matches!(parse_canonical(&long), Err(RationalError::TooLong { .. })));
    }

    #[test]
    fn people_may_write_decimals() {
        for (text, expected) in [
            ("0.25", ratio(1, 4)),
            ("-1.5", ratio(-3, 2)),
            ("2/4", ratio(1, 2)),
            ("1e-3", ratio(1, 1000)),
            ("2.5e1", integer(25)),
            (" 7 ", integer(7)),
            (".5", ratio(1, 2)),
        ] {
            assert_eq!(parse_human(text).unwrap(), expected, "{text}");
        }
        for bad in
            ["1/0", "e", ".", "1e", "1e99999999999999999999", "1e-2000", "--1", "-.-1", "inf"]
        {
            assert!(parse_human(bad).is_err(), "{bad:?} was accepted");
        }
    }
}
