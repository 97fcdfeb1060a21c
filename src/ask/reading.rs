//! From an answer to a count, by a rule that is stated and nothing else.
//!
//! 1. An answer that the endpoint marks as a refusal, or that begins with one of [`REFUSALS`], is refused.
//! 2. English number words become digits (`twenty-one` is `21`; besides, `once`, `twice` and `thrice`).
//! 3. A *number* is a run of at most nine digits, also in groups of three (`1,000`), with no letter, digit or `%` beside it, no sign
//!    before it and no decimals after it; `3.0` and `-3` and `2nd` are none.
//! 4. The [`Rule`] says which number is the count. Where there is none, the answer is unreadable.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use text2num::{Language, replace_numbers_in_text};

/// Which of the numbers of an answer is the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// the first one of the first line that is not blank
    First,
    /// the last one
    Last,
    /// the only one: numbers that differ make the answer unreadable
    Only,
}

impl Rule {
    pub const NAMES: [&'static str; 3] = ["first", "last", "only"];

    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// In words, for records.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::First => {
                "first number of the first line that is not blank, in digits or English words"
            }
            Self::Last => "last number, in digits or English words",
            Self::Only => "the only number, in digits or English words",
        }
    }
}

impl FromStr for Rule {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "first" => Ok(Self::First),
            "last" => Ok(Self::Last),
            "only" => Ok(Self::Only),
            _ => Err(format!("expected one of {}", Self::NAMES.join(", "))),
        }
    }
}

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reading {
    Count(u64),
    Unreadable,
    Refused,
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Unreadable => f.write_str("unreadable"),
            Self::Refused => f.write_str("refused"),
        }
    }
}

/// How answers begin that refuse, in small letters, with straight apostrophes.
pub const REFUSALS: [&str; 12] = [
    "i can't",
    "i cannot",
    "i can not",
    "i'm unable",
    "i am unable",
    "i'm not able",
    "i am not able",
    "i won't",
    "i will not",
    "as an ai",
    "i'm sorry, but i can",
    "i'm sorry, i can",
];

/// Digits of a number.
const DIGITS: usize = 9;

/// Reads an answer; `refused` where the endpoint says so.
#[must_use]
pub fn read(text: &str, refused: bool, rule: Rule) -> Reading {
    let start: String = text.trim_start().chars().take(64).collect();
    let start = start.to_lowercase().replace('\u{2019}', "'");
    if refused || REFUSALS.iter().any(|refusal| start.starts_with(refusal)) {
        return Reading::Refused;
    }
    let text = match rule {
        Rule::First => text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default(),
        Rule::Last | Rule::Only => text,
    };
    let found = numbers(text);
    let count = match rule {
        Rule::First => found.first(),
        Rule::Last => found.last(),
        Rule::Only => found.first().filter(|first| found.iter().all(|number| number == *first)),
    };
    count.map_or(Reading::Unreadable, |count| Reading::Count(*count))
}

/// Every number of a text, in order.
#[must_use]
pub fn numbers(text: &str) -> Vec<u64> {
    let text: String = text.split_inclusive(|c: char| !c.is_alphabetic()).map(in_digits).collect();
    let text = replace_numbers_in_text(&text, &Language::english(), 0.0);
    let characters: Vec<char> = text.chars().collect();
    let digit = |at: usize| characters.get(at).is_some_and(char::is_ascii_digit);
    let mut found = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        if !digit(at) {
            at += 1;
            continue;
        }
        let start = at;
        while digit(at) {
            at += 1;
        }
        // groups of three after the first one to three digits
        let group = |at: usize| {
            characters.get(at) == Some(&',') && (1..=3).all(|k| digit(at + k)) && !digit(at + 4)
        };
        if at - start <= 3 {
            while group(at) {
                at += 4;
            }
        }
        let decimals = characters.get(at) == Some(&'.') && digit(at + 1);
        if decimals {
            // and all that follows, as in 1.2.3
            while digit(at) || characters.get(at) == Some(&'.') && digit(at + 1) {
                at += 1;
            }
        }
        let before = start.checked_sub(1).map(|before| characters[before]);
        let signed = before.is_some_and(|c| matches!(c, '-' | '\u{2212}' | '.' | '+'))
            // `2-3` is two numbers, `-3` is none
            && !start.checked_sub(2).is_some_and(|at| characters[at].is_alphanumeric());
        let after = characters.get(at).copied();
        let beside = [before, after].into_iter().flatten().any(|c| c.is_alphanumeric() || c == '_');
        let digits: String = characters[start..at].iter().filter(|c| **c != ',').collect();
        if !decimals && !signed && !beside && after != Some('%') && digits.len() <= DIGITS {
            found.extend(digits.parse::<u64>());
        }
    }
    found
}

/// A word with what follows it; adverbs that no other rule knows in digits.
fn in_digits(word: &str) -> String {
    let end = word.find(|c: char| !c.is_alphabetic()).unwrap_or(word.len());
    let (word, rest) = word.split_at(end);
    let word = match word.to_lowercase().as_str() {
        "once" => "1",
        "twice" => "2",
        "thrice" => "3",
        _ => word,
    };
    format!("{word}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found() {
        for (text, expected) in [
            ("3", vec![3]),
            (" 12\n", vec![12]),
            ("**3**.", vec![3]),
            ("(10)", vec![10]),
            ("\\boxed{4}", vec![4]),
            ("1,000", vec![1000]),
            ("1,000,000 or 12", vec![1_000_000, 12]),
            ("3, 4", vec![3, 4]),
            ("3,4", vec![3, 4]),
            ("1,0000", vec![1, 0]),
            ("twelve", vec![12]),
            ("Twenty-one times", vec![21]),
            ("It occurs three times.", vec![3]),
            ("zero", vec![0]),
            ("It occurs twice", vec![2]),
            ("Once.", vec![1]),
            ("one hundred and five", vec![105]),
            ("2-3", vec![2, 3]),
            ("the answer is 7 (out of 20)", vec![7, 20]),
            ("-3", vec![]),
            ("\u{2212}3", vec![]),
            ("3.5", vec![]),
            ("3.0", vec![]),
            (".5", vec![]),
            ("1.2.3", vec![]),
            ("50%", vec![]),
            ("2nd", vec![]),
            ("second", vec![]),
            ("r2d2", vec![]),
            ("1e9", vec![]),
            ("0x10", vec![]),
            ("a_3", vec![]),
            ("99999999999999999999", vec![]),
            ("NaN", vec![]),
            ("", vec![]),
            ("...", vec![]),
            ("007", vec![7]),
        ] {
            assert_eq!(numbers(text), expected, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_not(text in "\\PC{0,60}|[0-9,.%a-z \\n-]{0,40}|(one |hundred |twenty-|and |million |point ){0,9}") {
            for rule in [Rule::First, Rule::Last, Rule::Only] {
                if let Reading::Count(count) = read(&text, false, rule) {
                    proptest::prop_assert!(count < 1_000_000_000);
                }
            }
        }
    }

    #[test]
    fn rules_differ_where_there_are_several_numbers() {
        use Reading::{Count, Refused, Unreadable};
        for (text, first, last, only) in [
            ("7", Count(7), Count(7), Count(7)),
            ("\n 7\nSequence: 3 3", Count(7), Count(3), Unreadable),
            ("1, 2, 3. So 3.", Count(1), Count(3), Unreadable),
            ("3, yes, three", Count(3), Count(3), Count(3)),
            ("so many\n5", Unreadable, Count(5), Count(5)),
            ("apple", Unreadable, Unreadable, Unreadable),
            ("I\u{2019}m sorry, but I can\u{2019}t count 20 items.", Refused, Refused, Refused),
            ("  As an AI, 3", Refused, Refused, Refused),
            ("I'm sorry for the wait. 3", Count(3), Count(3), Count(3)),
        ] {
            let by = |rule| read(text, false, rule);
            assert_eq!(
                (by(Rule::First), by(Rule::Last), by(Rule::Only)),
                (first, last, only),
                "{text:?}"
            );
        }
        assert_eq!(read("3", true, Rule::First), Refused);
    }
}
