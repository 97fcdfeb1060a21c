//! Certificates about softmax transformers: every input judged in enclosures, or one input that is read wrong.

use crate::exact::RationalText;
use crate::model::softmax::SoftmaxTransformer;
use crate::model::{Task, Token};
use num_bigint::BigUint;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The statement: the model solves the task at length `n` (or the fraction of inputs on which it does).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingParams {
    pub task: Task,
    pub n: u64,
    pub m: usize,
    pub d: usize,
}

/// Every input is judged; an input is a sequence together with a position that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readings {
    pub model: SoftmaxTransformer,
    /// how many inputs are read right
    pub right: Natural,
    /// how many are read wrong
    pub wrong: Natural,
    /// bounds of the least margin; `null` when an input is wrong, or no input has a margin
    pub margin: Option<Between>,
}

/// The model is wrong on one input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Misreading {
    pub model: SoftmaxTransformer,
    pub sequence: Vec<Token>,
    /// which position is read, counted from 0 without BOS; its token is the query
    pub position: usize,
    /// the true count
    pub answer: u64,
    pub output: Found,
}

/// What a wrong output is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Found {
    /// the number `y`, at a distance of at least 1/2 from the answer
    Number(Between),
    /// what the arg max decodes to; `null` for a tie or when that is not known, only that it is not the answer
    Choice(Option<u64>),
}

/// A real number between two rationals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Between {
    pub at_least: RationalText,
    pub at_most: RationalText,
}

/// A natural number of any size, written as a string of digits without a leading zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Natural(pub BigUint);

/// Longest text of a [`Natural`].
const MAX_DIGITS: usize = 100_000;

impl Serialize for Natural {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Natural {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let canonical = text == "0" || !text.starts_with('0');
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !canonical || !digits || text.len() > MAX_DIGITS {
            return Err(D::Error::custom("expected a natural number as a string of digits"));
        }
        text.parse().map(Self).map_err(D::Error::custom)
    }
}
