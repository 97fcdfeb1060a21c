//! Rationals as people write them: `3`, `-7/2`, `2/4`, `0.25`, `1e-12`.

use crate::kernel::number::{MAX_DIGITS, Rational};
use num_bigint::BigInt;
use num_traits::{One, Zero};

/// Largest decimal exponent accepted in a number such as `1e-12` typed by a person.
const MAX_DECIMAL_EXPONENT: usize = 1_000;

/// Why a text is not a rational number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RationalError {
    #[error("`{0}` is not a rational number: write an integer `p` or a fraction `p/q`")]
    NotARational(String),
    #[error("`{0}` has denominator zero")]
    ZeroDenominator(String),
    #[error(
        "the number that begins `{start}` has more than {MAX_DIGITS} digits in its numerator or denominator"
    )]
    TooLong { start: String },
}

/// Reads what a person may type: `3`, `-7/2`, `2/4`, `0.25`, `1e-12`.
///
/// # Errors
/// [`RationalError`] when the text denotes no rational number.
pub fn parse_human(text: &str) -> Result<Rational, RationalError> {
    let text = text.trim();
    // as printed with a sign everywhere
    let text = match text.strip_prefix('+') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') => rest,
        _ => text,
    };
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
    if unsigned.len() > MAX_DIGITS {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::number::{integer, ratio};

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
