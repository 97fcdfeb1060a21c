//! The question a model is asked: which count, and how close to it the output has to be.
//!
//! Only the names live here, so that certificates can state them; the task room counts.

use crate::exact::{Rational, ratio};
use num_traits::Zero;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is to be counted.
///
/// ```
/// use counterproof::model::Token;
/// use counterproof::task::Task;
///
/// // counts of the sequence 1 2 2 0 2 1, whose query is 1
/// let counts = [1, 2, 3];
/// assert_eq!(Task::QueryCount.answer(&counts, Token(1)), 2);
/// assert_eq!(Task::MostFrequentElement.answer(&counts, Token(1)), 3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    QueryCount,
    MostFrequentElement,
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
