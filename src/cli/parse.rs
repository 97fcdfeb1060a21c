//! Values on the command line: ranges, rationals, limits.

use super::Failure;
use super::embedding::Chosen;
use crate::algebra::parse_human;
use crate::claim::{Drawn, Inverter};
use crate::construct::ablation::Ablation;
use crate::construct::behrens::Mixing;
use crate::construct::embedding::Kind;
use crate::files;
use crate::files::task::NamedTask;
use crate::kernel::definition::Length;
use crate::kernel::definition::Task;
use crate::kernel::kind::Norm;
use crate::kernel::number::Rational;
use crate::report::Format;
use clap::ArgMatches;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::parser::ValueSource;
use std::str::FromStr;
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

/// What a range looks like, for messages.
const RANGE: &str = "write 8, 2-10 or 2,4,8-12";

pub(super) fn range(text: &str) -> Result<Range, String> {
    range_or(text, RANGE)
}

fn range_or(text: &str, fix: &str) -> Result<Range, String> {
    let mut values = Vec::new();
    for part in text.split(',') {
        let number = |digits: &str| whole_number(digits.trim(), part.trim(), fix);
        let (low, high) = match part.split_once('-') {
            Some((low, high)) => (number(low)?, number(high)?),
            None => (number(part)?, number(part)?),
        };
        if low > high {
            return Err(format!("the range {low}-{high} is empty; write {high}-{low}"));
        }
        if high - low >= MAX_VALUES || values.len() as u64 + (high - low) >= MAX_VALUES {
            return Err(format!("expected at most {MAX_VALUES} values; write a shorter range"));
        }
        values.extend(low..=high);
    }
    values.sort_unstable();
    values.dedup();
    Ok(Range(values))
}

/// The number that `digits` are; if they are none, `blamed` is named.
fn whole_number(digits: &str, blamed: &str, fix: &str) -> Result<u64, String> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{blamed}` is not a whole number; {fix}"));
    }
    digits.parse().map_err(|_| format!("`{blamed}` is too large; expected at most {}", u64::MAX))
}

/// Rows of a file.
pub(super) fn tokens(text: &str) -> Result<Chosen, String> {
    if text == "worst" {
        return Ok(Chosen::Worst);
    }
    let Range(tokens) = range_or(text, &format!("{RANGE}, or worst"))?;
    let row = |token: u64| usize::try_from(token).map_err(|_| format!("`{token}` is too large"));
    tokens.into_iter().map(row).collect::<Result<_, _>>().map(Chosen::These)
}

pub(super) fn lengths(text: &str) -> Result<Lengths, String> {
    if text == "any" {
        return Ok(Lengths(vec![Length::Any]));
    }
    let Range(values) = range_or(text, &format!("{RANGE}, or any"))?;
    Ok(Lengths(values.into_iter().map(Length::Exactly).collect()))
}

/// A whole number, 0 included.
pub(super) fn whole<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let value = whole_number(text, text, "write a number such as 3")?;
    T::try_from(value).map_err(|_| format!("`{text}` is too large"))
}

/// A whole number, 0 excluded.
pub(super) fn positive<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    match whole_number(text, text, "write one number such as 8")? {
        0 => Err("expected at least 1".to_owned()),
        value => T::try_from(value).map_err(|_| format!("`{text}` is too large")),
    }
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

/// Bases, each a rational or a range of whole numbers, separated by commas: ascending, without repeats.
pub(super) fn bases(text: &str) -> Result<Rationals, String> {
    let mut values = Vec::new();
    for part in text.split(',') {
        match part.trim().split_once('-') {
            Some((low, high)) if !low.is_empty() && !low.ends_with(['e', 'E']) => {
                let Range(whole) = range(&format!("{low}-{high}"))?;
                values.extend(whole.into_iter().map(crate::kernel::number::integer));
            }
            _ => values.push(rational(part)?),
        }
    }
    values.sort();
    values.dedup();
    Ok(Rationals(values))
}

/// Gaps of scores separated by commas, one for each token but the query, as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gaps(pub Vec<u32>);

pub(super) fn gaps(text: &str) -> Result<Gaps, String> {
    let fix = "write a list such as 2,4,4";
    let gap = |digits: &str| {
        let gap = whole_number(digits.trim(), digits.trim(), fix)?;
        u32::try_from(gap).map_err(|_| format!("`{}` is too large", digits.trim()))
    };
    Ok(Gaps(text.split(',').map(gap).collect::<Result<_, _>>()?))
}

/// A distribution of tokens by name, as weights, or in a file of weights.
pub(super) fn drawn(text: &str) -> Result<Drawn, String> {
    let fix = "write uniform, even, zipf, whole weights such as 1,1,0,2, or a file of such weights";
    let weights = |text: &str| {
        let parts = text.split(|c: char| c == ',' || c.is_whitespace());
        let parts = parts.filter(|part| !part.is_empty());
        parts.map(|part| whole_number(part, part, fix)).collect::<Result<Vec<_>, _>>()
    };
    match text {
        "uniform" => Ok(Drawn::Uniform),
        "even" => Ok(Drawn::Even),
        "zipf" => Ok(Drawn::Zipf),
        _ if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b',') => {
            weights(text).map(Drawn::Weights)
        }
        path => {
            let text =
                super::read::read_text(path.as_ref()).map_err(|error| format!("{error}; {fix}"))?;
            weights(&text).map(Drawn::Weights).map_err(|error| format!("{path}: {error}"))
        }
    }
}

/// One of a few words: listed by `--help`, completed by shells, and the nearest one suggested for a misspelt one.
fn word<T: Clone + Send + Sync + 'static>(
    words: impl IntoIterator<Item = (&'static str, T)>,
) -> impl TypedValueParser<Value = T> {
    let words: Vec<(&'static str, T)> = words.into_iter().collect();
    let names = PossibleValuesParser::new(words.iter().map(|(name, _)| *name));
    names.try_map(move |found| {
        let meant = words.iter().find(|(name, _)| *name == found);
        meant.map(|(_, value)| value.clone()).ok_or("expected one of the words above")
    })
}

pub(super) fn inverter() -> impl TypedValueParser<Value = Inverter> {
    word(Inverter::ALL.map(|kind| (kind.name(), kind)))
}

pub(super) fn norm() -> impl TypedValueParser<Value = Norm> {
    word([("none", Norm::None), ("layer", Norm::Layer), ("rms", Norm::Rms)])
}

pub(super) fn mixing() -> impl TypedValueParser<Value = Mixing> {
    word(Mixing::ALL.map(|kind| (kind.name(), kind)))
}

/// The same for a type that reads its own names.
pub(super) fn words<T: FromStr + Clone + Send + Sync + 'static>(
    names: &'static [&'static str],
) -> impl TypedValueParser<Value = T> {
    word(names.iter().filter_map(|name| Some((*name, name.parse().ok()?))))
}

/// Whether an option stands on the command line.
pub(super) fn is_given(matches: &ArgMatches, id: &str) -> bool {
    matches.value_source(id) == Some(ValueSource::CommandLine)
}

/// Refuses the first of these options that is given, each named by its id; `why` ends the sentence.
pub(super) fn refuse(matches: &ArgMatches, ids: &[&str], why: &str) -> Result<(), Failure> {
    match ids.iter().find(|id| is_given(matches, id)) {
        Some(id) => Err(Failure::new(format!("--{}: {why}", id.replace('_', "-")))),
        None => Ok(()),
    }
}

pub(super) fn ablation() -> impl TypedValueParser<Value = Ablation> {
    word(Ablation::NAMES)
}

pub(super) fn format() -> impl TypedValueParser<Value = Format> {
    words(&Format::NAMES)
}

/// The named embeddings.
pub(super) const EMBEDDINGS: [Kind; 7] = [
    Kind::OneHot,
    Kind::Rotated,
    Kind::Simplex,
    Kind::Truncated,
    Kind::Moment,
    Kind::Random { bound: DEFAULT_BOUND },
    Kind::Digits { base: None },
];

pub(super) fn embedding() -> impl TypedValueParser<Value = Kind> {
    word(EMBEDDINGS.map(|kind| (kind.name(), kind)))
}

pub(super) fn task() -> impl TypedValueParser<Value = Task> {
    word([("qc", Task::QueryCount), ("mfe", Task::MostFrequentElement)])
}

/// What models are trained for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trained {
    /// a count, read as a number at the last position
    Counting(Task),
    /// the count of its own token at every position, by arg max
    Histogram,
    /// the largest token, at the last position by arg max
    Largest,
}

/// What is trained for.
pub(super) fn trained() -> impl TypedValueParser<Value = Trained> {
    let counting = [("qc", Task::QueryCount), ("mfe", Task::MostFrequentElement)];
    let counting = counting.map(|(name, task)| (name, Trained::Counting(task)));
    let by_arg_max = [("histogram", Trained::Histogram), ("max", Trained::Largest)];
    word(counting.into_iter().chain(by_arg_max))
}

/// Tasks, separated by commas.
#[derive(Debug, Clone)]
pub(super) struct Tasks(pub Vec<NamedTask>);

/// Names of tasks separated by commas, or one task of any kind.
pub(super) fn tasks(text: &str) -> Result<Tasks, String> {
    let names = text.split(',').map(|name| NamedTask::named(name.trim()));
    let tasks = match names.collect::<Option<Vec<_>>>() {
        Some(tasks) => tasks,
        None => vec![named_task(text)?],
    };
    match tasks
        .iter()
        .enumerate()
        .find(|(at, task)| tasks[..*at].iter().any(|t| t.name == task.name))
    {
        Some((_, task)) => Err(format!("{} is named twice", task.name)),
        None => Ok(Tasks(tasks)),
    }
}

/// A task by its name, as an expression, or in a file.
pub(super) fn named_task(text: &str) -> Result<NamedTask, String> {
    if let Some(task) = NamedTask::named(text) {
        return Ok(task);
    }
    let path = std::path::Path::new(text);
    if super::read::is_file(path) {
        let content = super::read::read_text(path).map_err(|failure| failure.message)?;
        return NamedTask::parse(text, &content).map_err(|error| format!("{text}: {error}"));
    }
    if text.contains(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c))
        && !text.contains(std::path::MAIN_SEPARATOR)
    {
        return NamedTask::parse(text, text).map_err(|error| error.to_string());
    }
    let names: Vec<&str> = files::task::NAMES.iter().map(|(name, ..)| *name).collect();
    let near = nearest(text, names.iter().copied())
        .map_or(String::new(), |name| format!(" (a similar one exists: '{name}')"));
    Err(format!(
        "expected one of {}, an expression such as \"count(1) % 2\", or a file with one{near}",
        names.join(", ")
    ))
}

/// The word that is most like `text`, if one is about as much like it as clap asks of its own suggestions.
pub(super) fn nearest<'a>(text: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.7;
    let rated = words.into_iter().map(|word| (strsim::jaro(text, word), word));
    let best = rated.filter(|(likeness, _)| *likeness > ALIKE).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, word)| word)
}

pub(super) fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads) if (1..=1024).contains(&threads) => Ok(threads),
        _ => Err("expected 1 to 1024; leave --threads out to use all cores".to_owned()),
    }
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a number of seconds, such as 60 or 0.5".to_owned();
    let value = rational(text).map_err(|_| wrong())?;
    let milliseconds = (value * crate::kernel::number::integer(1000)).to_integer();
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
        assert!(range("-3").unwrap_err().starts_with("`-3`"));
        assert!(lengths("x").unwrap_err().ends_with("or any"));
        assert!(range("1-99999999999").unwrap_err().contains("at most 100000"));
    }

    #[test]
    fn single_numbers() {
        assert_eq!((whole("0"), positive("7")), (Ok(0u32), Ok(7usize)));
        for bad in ["", "-1", "2-3", "x", "1.5", "4294967296", "99999999999999999999"] {
            assert!(whole::<u32>(bad).is_err() && positive::<u32>(bad).is_err(), "{bad:?}");
        }
        assert!(positive::<u64>("0").is_err());
    }

    #[test]
    fn the_nearest_word() {
        let names = || EMBEDDINGS.iter().map(|kind| kind.name());
        assert_eq!(nearest("momnet", names()), Some("moment"));
        assert_eq!(nearest("one-hot", names()), Some("onehot"));
        assert_eq!(nearest("vectors.csv", names()), None);
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
