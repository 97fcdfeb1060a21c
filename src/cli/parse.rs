//! Values on the command line: ranges, rationals, limits.

use crate::cert::Length;
use crate::claim::Inverter;
use crate::construct::embedding::Kind;
use crate::exact::{Rational, parse_human};
use crate::report::Format;
use crate::task::Task;
use std::time::Duration;

/// Entries of random embeddings are at most this in size unless the user says otherwise.
pub(super) const DEFAULT_BOUND: u32 = 3;

/// The most values one range may have.
const MAX_VALUES: u64 = 100_000;

/// `8`, `2-10` (both ends included) or `2,4,8-12`: ascending, without repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range(pub Vec<u64>);

/// A range, or `any`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lengths(pub Vec<Length>);

pub(super) fn range(text: &str) -> Result<Range, String> {
    let mut values = Vec::new();
    for part in text.split(',') {
        let number = |digits: &str| {
            let digits = digits.trim();
            match digits.parse::<u64>() {
                Ok(value) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(value),
                _ => Err(format!("`{digits}` is not a whole number; write 8, 2-10 or 2,4,8-12")),
            }
        };
        let (low, high) = match part.split_once('-') {
            Some((low, high)) => (number(low)?, number(high)?),
            None => (number(part)?, number(part)?),
        };
        if low > high {
            return Err(format!("the range {low}-{high} is empty; write {high}-{low}"));
        }
        if high - low >= MAX_VALUES || values.len() as u64 + (high - low) >= MAX_VALUES {
            return Err(format!("at most {MAX_VALUES} values"));
        }
        values.extend(low..=high);
    }
    values.sort_unstable();
    values.dedup();
    Ok(Range(values))
}

pub(super) fn lengths(text: &str) -> Result<Lengths, String> {
    if text == "any" {
        return Ok(Lengths(vec![Length::Any]));
    }
    let Range(values) = range(text).map_err(|error| format!("{error}, or any"))?;
    Ok(Lengths(values.into_iter().map(Length::Exactly).collect()))
}

pub(super) fn rational(text: &str) -> Result<Rational, String> {
    parse_human(text).map_err(|error| error.to_string())
}

/// Rationals separated by commas: ascending, without repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rationals(pub Vec<Rational>);

pub(super) fn rationals(text: &str) -> Result<Rationals, String> {
    let mut values = text.split(',').map(rational).collect::<Result<Vec<_>, _>>()?;
    values.sort();
    values.dedup();
    Ok(Rationals(values))
}

pub(super) fn inverter(text: &str) -> Result<Inverter, String> {
    let known = Inverter::ALL.into_iter().find(|kind| kind.name() == text);
    known.ok_or_else(|| "expected grid, narrow or unit".to_owned())
}

pub(super) fn format(text: &str) -> Result<Format, String> {
    text.parse()
}

pub(super) fn embedding(text: &str) -> Result<Kind, String> {
    let random = Kind::Random { bound: DEFAULT_BOUND };
    [Kind::OneHot, Kind::Rotated, Kind::Simplex, Kind::Truncated, Kind::Moment, random]
        .into_iter()
        .find(|kind| kind.name() == text)
        .ok_or_else(|| "expected onehot, rotated, simplex, truncated, moment or random".to_owned())
}

pub(super) fn task(text: &str) -> Result<Task, String> {
    match text {
        "qc" => Ok(Task::QueryCount),
        "mfe" => Ok(Task::MostFrequentElement),
        _ => Err("expected qc or mfe".to_owned()),
    }
}

pub(super) fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads) if (1..=1024).contains(&threads) => Ok(threads),
        _ => Err("expected 1 to 1024".to_owned()),
    }
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a number of seconds, such as 60 or 0.5".to_owned();
    let value = rational(text).map_err(|_| wrong())?;
    let milliseconds = (value * crate::exact::integer(1000)).to_integer();
    u64::try_from(&milliseconds).map(Duration::from_millis).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (text, values) in [
            ("8", vec![8]),
            ("2-5", vec![2, 3, 4, 5]),
            ("2,4,8-10", vec![2, 4, 8, 9, 10]),
            ("4,2,3-4", vec![2, 3, 4]),
            ("0", vec![0]),
        ] {
            assert_eq!(range(text), Ok(Range(values)), "{text}");
        }
        for bad in
            ["", "-", "5-2", "2-", "-2", "a", "1.5", "2--3", "1-99999999999", "+3", "1,,2", "any"]
        {
            assert!(range(bad).is_err(), "{bad:?} was accepted");
        }
        assert_eq!(lengths("any"), Ok(Lengths(vec![Length::Any])));
    }

    #[test]
    fn limits() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for bad in ["-1", "x", "1e99", "NaN", ""] {
            assert!(seconds(bad).is_err(), "{bad:?} was accepted");
        }
        assert!(threads("0").is_err() && threads("4").is_ok());
    }
}
