//! A value in a record: exact, or measured and rounded once; the same in every format.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;

/// Integers are JSON numbers, rationals are strings, whatever their size.
///
/// ```
/// use counterproof::kernel::number::ratio;
/// use counterproof::report::Value;
///
/// assert_eq!(Value::from(ratio(11, 25)).to_string(), "11/25");
/// assert_eq!(Value::list([1, -2, 1]).to_string(), "1 -2 1");
/// assert_eq!(Value::from(true).to_string(), "yes");
/// // integers are JSON numbers whatever their size, rationals are strings
/// assert_eq!(serde_json::to_string(&Value::from(ratio(1, 2)))?, "\"1/2\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Integer(BigInt),
    Rational(BigRational),
    /// a measured number, rounded to some decimals; never part of a verdict
    Decimal(String),
    Bool(bool),
    Text(String),
    List(Vec<Value>),
    Null,
}

/// What a record has under a name.
#[must_use]
pub fn value_of<'a>(list: &'a [(&'static str, Value)], name: &str) -> Option<&'a Value> {
    list.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
}

/// The median, of an even number of values the mean of the middle two; not a number where there is none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[odd / 2],
        even => f64::midpoint(sorted[even / 2 - 1], sorted[even / 2]),
    }
}

/// Of decimals beside exact numbers.
const PLACES: u32 = 12;

impl Value {
    /// A whole number that is not negative.
    pub(crate) fn whole(&self) -> Option<u64> {
        match self {
            Self::Integer(value) => value.to_u64(),
            _ => None,
        }
    }

    /// An exact number, as near as a float is.
    pub(crate) fn float(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => value.to_f64(),
            Self::Rational(value) => value.to_f64(),
            _ => None,
        }
    }

    pub fn integer(value: impl Into<BigInt>) -> Self {
        Self::Integer(value.into())
    }

    pub fn text(value: impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    /// A measured number with `places` decimals; `Null` when it is not finite.
    #[must_use]
    pub fn decimal(value: f64, places: usize) -> Self {
        if !value.is_finite() {
            return Self::Null;
        }
        let text = format!("{value:.places$}");
        // no minus before zero
        let zero = text.trim_start_matches('-').bytes().all(|byte| matches!(byte, b'0' | b'.'));
        Self::Decimal(if zero { text.trim_start_matches('-').to_owned() } else { text })
    }

    /// A number to twelve decimals, rounded down, or up.
    ///
    /// ```
    /// use counterproof::kernel::number::ratio;
    /// use counterproof::report::Value;
    ///
    /// assert_eq!(Value::rounded(&ratio(1, 3), false).to_string(), "0.333333333333");
    /// assert_eq!(Value::rounded(&ratio(-1, 3), false).to_string(), "-0.333333333334");
    /// assert_eq!(Value::rounded(&ratio(5, 4), true).to_string(), "1.25");
    /// ```
    #[must_use]
    pub fn rounded(value: &BigRational, up: bool) -> Self {
        let scaled = value * BigRational::from_integer(BigInt::from(10).pow(PLACES));
        let scaled = if up { scaled.ceil() } else { scaled.floor() }.to_integer();
        let digits = format!("{:0>width$}", scaled.magnitude(), width = PLACES as usize + 1);
        let (whole, places) = digits.split_at(digits.len() - PLACES as usize);
        let sign = if scaled.sign() == num_bigint::Sign::Minus { "-" } else { "" };
        let places = places.trim_end_matches('0');
        let point = if places.is_empty() { "" } else { "." };
        Self::Decimal(format!("{sign}{whole}{point}{places}"))
    }

    /// The decimal just below, or `up` just above, the square root of a number that is at least 0.
    ///
    /// ```
    /// use counterproof::kernel::number::ratio;
    /// use counterproof::report::Value;
    ///
    /// assert_eq!(Value::root_rounded(&ratio(2, 1), false).to_string(), "1.414213562373");
    /// assert_eq!(Value::root_rounded(&ratio(2, 1), true).to_string(), "1.414213562374");
    /// assert_eq!(Value::root_rounded(&ratio(9, 4), true).to_string(), "1.5");
    /// ```
    #[must_use]
    pub fn root_rounded(value: &BigRational, up: bool) -> Self {
        let unit = BigInt::from(10).pow(PLACES);
        let scaled = value * BigRational::from_integer(&unit * &unit);
        let whole = if up { scaled.ceil() } else { scaled.floor() }.to_integer();
        let root = whole.sqrt();
        let root = if up && &root * &root < whole { root + 1 } else { root };
        Self::rounded(&BigRational::new(root, unit), up)
    }

    pub fn list<T: Into<BigInt>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::List(values.into_iter().map(Self::integer).collect())
    }

    /// Whether this is a number.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Integer(_) | Self::Rational(_) | Self::Decimal(_))
    }

    /// The number that this is, exactly; a text that is written as one is one too.
    #[must_use]
    pub(super) fn rational(&self) -> Option<BigRational> {
        match self {
            Self::Integer(value) => Some(BigRational::from_integer(value.clone())),
            Self::Rational(value) => Some(value.clone()),
            Self::Decimal(text) | Self::Text(text) => written(text),
            Self::Bool(_) | Self::List(_) | Self::Null => None,
        }
    }

    /// Whether this stands for all numbers of a kind: `any` context length, `all` inputs.
    #[must_use]
    pub(super) fn is_every(&self) -> bool {
        matches!(self, Self::Text(text) if text == "any" || text == "all")
    }
}

/// `-12`, `1/3`, `0.25` or `2.5e-1` as a number.
fn written(text: &str) -> Option<BigRational> {
    let whole = |digits: &str| -> Option<BigInt> {
        let unsigned = digits.strip_prefix('-').unwrap_or(digits);
        let plain = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().ok())?
    };
    if let Some((over, under)) = text.split_once('/') {
        let under = whole(under).filter(|under| under.sign() == num_bigint::Sign::Plus)?;
        return Some(BigRational::new(whole(over)?, under));
    }
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (before, places) = digits.split_once('.').unwrap_or((digits, ""));
    let power = exponent - i32::try_from(places.len()).ok()?;
    // a number is no larger than what somebody wrote down
    if power.unsigned_abs() > 10_000 || (digits.contains('.') && places.is_empty()) {
        return None;
    }
    let number = BigRational::from_integer(whole(&format!("{before}{places}"))?);
    let scale = BigRational::from_integer(BigInt::from(10).pow(power.unsigned_abs()));
    Some(if power < 0 { number / scale } else { number * scale })
}

/// `2 2 2 0 1` as `2*3 0 1`
pub(crate) fn runs<T: PartialEq + fmt::Display>(tokens: impl IntoIterator<Item = T>) -> String {
    let mut runs: Vec<(T, usize)> = Vec::new();
    for token in tokens {
        match runs.last_mut() {
            Some((last, count)) if *last == token => *count += 1,
            _ => runs.push((token, 1)),
        }
    }
    let run = |(token, count): &(T, usize)| match count {
        1 => token.to_string(),
        _ => format!("{token}*{count}"),
    };
    runs.iter().map(run).collect::<Vec<_>>().join(" ")
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<BigRational> for Value {
    fn from(value: BigRational) -> Self {
        Self::Rational(value)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Rational(value) => value.fmt(f),
            Self::Decimal(value) => value.fmt(f),
            Self::Bool(value) => f.write_str(if *value { "yes" } else { "no" }),
            Self::Text(value) => value.fmt(f),
            Self::List(values) => {
                // a list of lists has to show where one ends
                let nested = values.iter().any(|value| matches!(value, Self::List(_)));
                let items: Vec<String> = values.iter().map(ToString::to_string).collect();
                f.write_str(&items.join(if nested { "; " } else { " " }))
            }
            Self::Null => f.write_str("-"),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // any size: the digits themselves are a JSON number
            Self::Integer(value) => RawValue::from_string(value.to_string())
                .map_err(serde::ser::Error::custom)?
                .serialize(serializer),
            Self::Decimal(value) => RawValue::from_string(value.clone())
                .map_err(serde::ser::Error::custom)?
                .serialize(serializer),
            Self::Rational(value) => serializer.collect_str(value),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(values) => values.serialize(serializer),
            Self::Null => serializer.serialize_unit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn measured_numbers_are_json_numbers() {
        for (value, places, text) in
            [(0.5, 4, "0.5000"), (-0.00001, 3, "0.000"), (-1.26, 1, "-1.3"), (12.0, 0, "12")]
        {
            let value = Value::decimal(value, places);
            assert_eq!(value.to_string(), text);
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
            assert!(value.is_number());
        }
        assert_eq!(Value::decimal(f64::NAN, 3), Value::Null);
        assert_eq!(Value::decimal(f64::INFINITY, 3), Value::Null);
    }
}
