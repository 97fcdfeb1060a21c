//! The question a model is asked, by plain counting, and how close to the answer an output has to be.
//!
//! *Query count* (QC): how often the last token occurs, `c_q`. *Most frequent element* (MFE): how often the most frequent
//! token occurs, `max_j c_j` (the count, not the token). Source: Yehudai et al., arXiv:2407.15160v3; the criterion 1/2 is ours.

use super::Token;
use crate::number::{Rational, ratio};
use num::Zero;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is to be counted.
///
/// ```
/// use counterproof_kernel::definition::{Task, Token};
///
/// // counts of the sequence 1 2 2 0 2 1, whose query is 1
/// let counts = [1, 2, 3];
/// assert_eq!(Task::QueryCount.answer(&counts, Token(1)), 2);
/// assert_eq!(Task::MostFrequentElement.answer(&counts, Token(1)), 3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// `c_q`
    QueryCount,
    /// `max_j c_j`
    MostFrequentElement,
}

impl Task {
    /// The answer for the counts `c` of a sequence whose last token is `query`; 0 for an unknown query.
    #[must_use]
    pub fn answer(self, counts: &[u64], query: Token) -> u64 {
        match self {
            Self::QueryCount => counts.get(query.0).copied().unwrap_or(0),
            Self::MostFrequentElement => counts.iter().copied().max().unwrap_or(0),
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::QueryCount => "query count",
            Self::MostFrequentElement => "most frequent element",
        })
    }
}

/// How close to the answer an output has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Criterion {
    /// `y = answer`
    Exact,
    /// `|y - answer| < 1/2`
    Solves,
}

impl Criterion {
    /// Whether an output at distance `error` from the answer meets the criterion.
    #[must_use]
    pub fn accepts(self, error: &Rational) -> bool {
        match self {
            Self::Exact => error.is_zero(),
            Self::Solves => *error < ratio(1, 2),
        }
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exactly",
            Self::Solves => "within 1/2",
        })
    }
}

/// One context length, or all of them.
///
/// `"any"` is about a family: at context length `n` the output of the model in the certificate is multiplied by `n` (that
/// is, its readout weights and bias are).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "expected a context length or \"any\"")]
pub enum Length {
    /// every length from 1 on
    Any,
    /// this length
    #[serde(untagged)]
    Exactly(u64),
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(n) => n.fmt(f),
            Self::Any => f.write_str("any"),
        }
    }
}
