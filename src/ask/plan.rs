//! What is asked: everything that the questions and their answers depend on.

use super::items::Items;
use super::template::Template;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::str::FromStr;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// how often one item occurs in a sequence
    #[serde(rename = "qc")]
    QueryCount,
    /// how often the most frequent item occurs
    #[serde(rename = "mfe")]
    MostFrequentElement,
    /// how often a letter occurs in a word
    #[serde(rename = "letters")]
    Letters,
}

impl Task {
    pub const ALL: [Self; 3] = [Self::QueryCount, Self::MostFrequentElement, Self::Letters];
    pub const NAMES: [&'static str; 3] = ["qc", "mfe", "letters"];

    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::QueryCount => "query count",
            Self::MostFrequentElement => "most frequent element",
            Self::Letters => "letters of a word",
        }
    }
}

impl FromStr for Task {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        named(text, &Self::NAMES, Self::ALL)
    }
}

/// Which of the two common interfaces of OpenAI an endpoint is asked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// `/chat/completions`: a message, and its answer
    Chat,
    /// `/completions`: a text, and how it goes on
    Completions,
}

impl Api {
    pub const NAMES: [&'static str; 2] = ["chat", "completions"];

    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl FromStr for Api {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        named(text, &Self::NAMES, [Self::Chat, Self::Completions])
    }
}

/// Which item is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Query {
    /// any of the `m`, each as likely
    Uniform,
    /// that of the last position
    Last,
}

impl Query {
    pub const NAMES: [&'static str; 2] = ["uniform", "last"];

    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl FromStr for Query {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        named(text, &Self::NAMES, [Self::Uniform, Self::Last])
    }
}

fn named<T: Copy, const N: usize>(
    text: &str,
    names: &[&str; N],
    values: [T; N],
) -> Result<T, String> {
    let at = names.iter().position(|name| *name == text);
    at.map(|at| values[at]).ok_or_else(|| format!("expected one of {}", names.join(", ")))
}

/// How the model is run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    /// none leaves it to the endpoint
    pub temperature: Option<f64>,
    pub max_tokens: u32,
    /// texts at which an answer ends
    pub stop: Vec<String>,
    /// each question has its own seed, which is sent along
    pub seeded: bool,
    /// how many alternatives to each token are asked for
    pub alternatives: u32,
    /// put over the fields of every request; `null` takes one away
    pub body: Map<String, Value>,
}

/// What is asked, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// the endpoint's host
    pub endpoint: String,
    pub api: Api,
    pub model: String,
    pub task: Task,
    /// numbers of distinct items, ascending; of the task `letters` none
    pub m: Vec<u64>,
    /// expected count: `n = c m`
    pub c: u64,
    /// questions for each `m`; of the task `letters` how often each is asked
    pub repeats: u64,
    /// two items of the same length and expected count beside each `m`
    pub baseline: bool,
    pub query: Query,
    /// of the task `letters`
    pub words: Vec<String>,
    pub letter: Option<char>,
    pub items: Items,
    pub separator: String,
    pub template: Template,
    /// a message before the question, for `chat`
    pub system: Option<String>,
    /// examples in a prompt
    pub examples: u64,
    /// every question has examples of its own, instead of the same ones for all questions of an `m`
    pub fresh_examples: bool,
    pub seed: u64,
    pub sampling: Sampling,
}

/// Questions that differ in nothing but the draw.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Cell {
    /// about a sequence
    Sequence { m: u64, baseline: bool },
    /// about a word
    Word(String),
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sequence { m, baseline: false } => write!(f, "m = {m}"),
            Self::Sequence { m, baseline: true } => write!(f, "baseline of m = {m}"),
            Self::Word(word) => write!(f, "{word}"),
        }
    }
}

/// What is wrong with a plan: the option, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--{option}: {reason}")]
pub struct PlanError {
    pub option: &'static str,
    pub reason: String,
}

impl Plan {
    /// Items of a sequence.
    pub const MOST_N: u64 = 100_000;
    /// Questions of a plan.
    pub const MOST_QUESTIONS: u64 = 1_000_000;
    /// Examples in a prompt.
    pub const MOST_EXAMPLES: u64 = 100;

    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), PlanError> {
        let wrong = |option, reason: String| Err(PlanError { option, reason });
        let asked = if self.task == Task::Letters { self.words.len() } else { self.m.len() } as u64;
        if self.task == Task::Letters {
            let (Some(letter), false) = (self.letter, self.words.is_empty()) else {
                return wrong(
                    "word",
                    "the task letters asks about a --word and a --letter".to_owned(),
                );
            };
            if !letter.is_alphabetic() {
                return wrong("letter", format!("expected a letter, found `{letter}`"));
            }
            let plain = |word: &&String| {
                !word.is_empty()
                    && word.len() <= 200
                    && word.chars().all(|c| !c.is_whitespace() && !c.is_control())
            };
            if let Some(word) = self.words.iter().find(|word| !plain(word)) {
                return wrong(
                    "word",
                    format!("expected one word, found `{}`", word.escape_debug()),
                );
            }
            if !self.m.is_empty() {
                return wrong("m", "the task letters has no m".to_owned());
            }
        } else {
            let have = self.items.list.len() as u64;
            if let Some(m) = self.m.iter().find(|m| !(2..=have).contains(*m)) {
                return wrong(
                    "m",
                    format!(
                        "expected 2 to {have}, the number of items in `{}`, found {m}",
                        self.items.name
                    ),
                );
            }
            if !self.m.windows(2).all(|pair| pair[0] < pair[1]) || self.m.is_empty() {
                return wrong("m", "expected numbers, ascending".to_owned());
            }
            if self.c == 0 || self.m.iter().any(|m| m.saturating_mul(self.c) > Self::MOST_N) {
                return wrong(
                    "c",
                    format!(
                        "expected at least 1, and sequences of at most c m = {} items",
                        Self::MOST_N
                    ),
                );
            }
            if !self.words.is_empty() || self.letter.is_some() {
                return wrong("word", "only the task letters asks about a word".to_owned());
            }
            if self.baseline && self.task != Task::QueryCount {
                return wrong(
                    "task",
                    "only the task qc has a baseline: two items have another most frequent count"
                        .to_owned(),
                );
            }
            let separator = self.items.check_separator(&self.separator);
            separator.or_else(|reason| wrong("separator", reason))?;
        }
        if self.repeats == 0 || self.repeats.saturating_mul(asked * 2) > Self::MOST_QUESTIONS {
            return wrong(
                "repeats",
                format!(
                    "expected at least 1, and at most {} questions in all",
                    Self::MOST_QUESTIONS
                ),
            );
        }
        if self.examples > Self::MOST_EXAMPLES {
            return wrong("examples", format!("expected at most {}", Self::MOST_EXAMPLES));
        }
        let place = &self.template.name;
        match self.template.has_examples() {
            Err(reason) => return wrong("template", format!("{place}: {reason}")),
            Ok(false) if self.examples > 0 => {
                return wrong(
                    "examples",
                    format!("the template {place} shows none; it would have `examples`"),
                );
            }
            Ok(_) => {}
        }
        let Sampling { temperature, max_tokens, alternatives, .. } = &self.sampling;
        if temperature.is_some_and(|t| !(0.0..=100.0).contains(&t)) {
            return wrong("temperature", "expected a number from 0 on, or none".to_owned());
        }
        if *max_tokens == 0 {
            return wrong("max-tokens", "expected at least 1".to_owned());
        }
        if *alternatives > 100 {
            return wrong("logprobs", "expected at most 100".to_owned());
        }
        if self.system.is_some() && self.api == Api::Completions {
            return wrong("system", "only --api chat has a system message".to_owned());
        }
        for field in ["stream", "n", "prompt", "messages", "model"] {
            if self.sampling.body.contains_key(field) {
                return wrong(
                    "body",
                    format!(
                        "`{field}` is not for it: one whole answer is read, to the question of the plan"
                    ),
                );
            }
        }
        Ok(())
    }

    /// In the order of the tables.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell> {
        if self.task == Task::Letters {
            return self.words.iter().cloned().map(Cell::Word).collect();
        }
        let both: &[bool] = if self.baseline { &[false, true] } else { &[false] };
        let of = |m: &u64| {
            both.iter().map(|&baseline| Cell::Sequence { m: *m, baseline }).collect::<Vec<_>>()
        };
        self.m.iter().flat_map(of).collect()
    }

    /// Length of a sequence.
    #[must_use]
    pub fn n(&self, m: u64) -> u64 {
        self.c.saturating_mul(m)
    }

    /// How many questions there are.
    #[must_use]
    pub fn questions(&self) -> u64 {
        self.cells().len() as u64 * self.repeats
    }
}
