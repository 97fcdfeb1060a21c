//! What sequences are made of: words, letters, digits, or a list of the user's.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Common English nouns, most of which are one token for most models.
const WORDS: &str = include_str!("words.txt");

/// Distinct pieces of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Items {
    /// `words`, `letters`, `digits`, or the name of a file
    pub name: String,
    pub list: Vec<String>,
}

/// More items are not needed for any `m`.
const MOST: usize = 100_000;
/// Bytes of one.
const LONGEST: usize = 200;

impl Items {
    /// The names of the lists that the program has.
    pub const NAMES: [&'static str; 3] = ["words", "letters", "digits"];

    /// A list that the program has.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let list: Vec<String> = match name {
            "words" => WORDS.lines().map(str::to_owned).collect(),
            "letters" => ('a'..='z').map(String::from).collect(),
            "digits" => ('0'..='9').map(String::from).collect(),
            _ => return None,
        };
        Some(Self { name: name.to_owned(), list })
    }

    /// One item a line; blank lines are passed over.
    ///
    /// # Errors
    /// The line, and what is wrong there.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let mut seen = BTreeSet::new();
        let mut list = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let item = line.trim();
            let wrong = |what: String| Err(format!("line {}: {what}", at + 1));
            if item.is_empty() {
                continue;
            }
            if item.len() > LONGEST || item.chars().any(char::is_control) {
                return wrong(format!(
                    "expected at most {LONGEST} bytes, none of them control characters"
                ));
            }
            if !seen.insert(item.to_owned()) {
                return wrong(format!("`{item}` is there twice; items have to be distinct"));
            }
            list.push(item.to_owned());
        }
        if !(2..=MOST).contains(&list.len()) {
            return Err(format!("expected 2 to {MOST} items, one a line, found {}", list.len()));
        }
        Ok(Self { name: name.to_owned(), list })
    }

    /// SHA-256 of the items, one a line.
    #[must_use]
    pub fn sha256(&self) -> String {
        let lines: String = self.list.iter().map(|item| format!("{item}\n")).collect();
        super::digest(lines.as_bytes())
    }

    /// Whether this separator leaves it clear where an item ends.
    ///
    /// # Errors
    /// What is unclear.
    pub fn check_separator(&self, separator: &str) -> Result<(), String> {
        if separator.is_empty() {
            return match self.list.iter().find(|item| item.chars().count() != 1) {
                Some(item) => Err(format!(
                    "without a separator items have one character each; `{item}` has more"
                )),
                None => Ok(()),
            };
        }
        match self.list.iter().find(|item| item.contains(separator)) {
            Some(item) => Err(format!("the item `{item}` has it within; take another")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_distinct_and_read_again() {
        for name in Items::NAMES {
            let items = Items::named(name).unwrap();
            let text: String = items.list.iter().map(|item| format!("  {item}\r\n\n")).collect();
            assert_eq!(Items::parse(name, &text).unwrap(), items);
        }
        assert_eq!(Items::named("words").unwrap().list.len(), 140);
        for (text, what) in [
            ("a\nb\na\n", "line 3: `a` is there twice"),
            ("a\n", "found 1"),
            ("", "found 0"),
            ("a\nb\u{7}c\n", "line 2"),
        ] {
            assert!(Items::parse("x", text).unwrap_err().contains(what), "{text:?}");
        }
    }

    #[test]
    fn separators_show_where_items_end() {
        let words = Items::named("words").unwrap();
        assert!(words.check_separator(" ").is_ok() && words.check_separator(", ").is_ok());
        assert!(words.check_separator("").unwrap_err().contains("`apple`"));
        assert!(words.check_separator("e").is_err());
        assert!(Items::named("letters").unwrap().check_separator("").is_ok());
    }
}
