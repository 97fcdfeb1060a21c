//! Inputs: a query with counts where only counts matter, sequences otherwise; and how many there are.

use super::Token;
use crate::rejection::{Rejection, need, wrong};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A query `q` and counts `c` with `c_q >= 1`; `n = sum c`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    query: Token,
    counts: Vec<u64>,
    length: u64,
}

impl Input {
    /// # Errors
    /// [`Rejection::Wrong`] at `place` when the query is unknown or absent, or the length overflows.
    pub fn new(place: &str, query: Token, counts: &[u64]) -> Result<Self, Rejection> {
        let occurs = counts.get(query.0).is_some_and(|&count| count > 0);
        need(occurs, place, "counts with the query in them", format!("query {query}"))?;
        let length = counts.iter().try_fold(0u64, |sum, &count| sum.checked_add(count));
        let length = length.ok_or_else(|| wrong(place, "counts whose sum has 64 bits", "more"))?;
        Ok(Self { query, counts: counts.to_vec(), length })
    }

    /// The input of a sequence over a vocabulary of `m` tokens, read at `position`.
    ///
    /// # Errors
    /// [`Rejection::Wrong`] at `place` for a token outside the vocabulary or a position outside the sequence.
    pub fn of_sequence(place: &str, sequence: &[Token], m: usize, position: usize) -> Result<Self, Rejection> {
        let query = sequence.get(position);
        let &query = query.ok_or_else(|| wrong(place, format!("a position below {}", sequence.len()), position))?;
        let mut counts = vec![0u64; m];
        for token in sequence {
            let count = counts.get_mut(token.0);
            let count = count.ok_or_else(|| wrong(place, format!("tokens below m = {m}"), token))?;
            *count = count.saturating_add(1);
        }
        Self::new(place, query, &counts)
    }

    /// The query.
    #[must_use]
    pub fn query(&self) -> Token {
        self.query
    }

    /// `c`, of length `m`
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// `n`
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }
}

/// A part of a domain that is cut into numbered blocks: those whose number leaves `index - 1` when it is divided by `of`. Different
/// parts of one `of` have nothing in common, and together they are everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InputPart {
    index: u64,
    of: u64,
}

impl InputPart {
    /// Everything.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// From 1 to `of`.
    #[must_use]
    pub fn index(self) -> u64 {
        self.index
    }

    /// How many parts there are.
    #[must_use]
    pub fn of(self) -> u64 {
        self.of
    }

    /// Whether the block of this number is of the part.
    #[must_use]
    pub fn has(self, block: u64) -> bool {
        block.checked_rem(self.of) == self.index.checked_sub(1)
    }

    /// Where the block of this number comes in the part, counted from 0; `None` when it is of another.
    #[must_use]
    pub fn place(self, block: usize) -> Option<usize> {
        let block = u64::try_from(block).ok().filter(|block| self.has(*block))?;
        usize::try_from(block.checked_div(self.of)?).ok()
    }
}

impl fmt::Display for InputPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl From<InputPart> for String {
    fn from(part: InputPart) -> Self {
        part.to_string()
    }
}

impl FromStr for InputPart {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (index, of) = text.split_once('/')?;
            let part = Self { index: index.parse().ok()?, of: of.parse().ok()? };
            (part.index >= 1 && part.index <= part.of && part.to_string() == text).then_some(part)
        };
        read().ok_or_else(|| format!("expected I/K with I from 1 to K, found `{text}`"))
    }
}

impl TryFrom<String> for InputPart {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The number `m C(n - 1 + m - 1, m - 1)` of pairs `(q, c)` when it is at most `limit`.
#[must_use]
pub fn count_inputs_within(n: u64, m: u64, limit: u64) -> Option<u64> {
    let (rest, others) = (n.checked_sub(1)?, m.checked_sub(1)?);
    let vectors = crate::number::binomial(rest.checked_add(others)?, others, 64)?;
    u64::try_from(vectors).ok()?.checked_mul(m).filter(|&inputs| inputs <= limit)
}

/// The number `m^n` of sequences when it is at most `limit`.
#[must_use]
pub fn sequence_inputs_within(n: u64, m: u64, limit: u64) -> Option<u64> {
    match m {
        0 => None,
        1 => Some(1),
        _ => m.checked_pow(u32::try_from(n).ok()?).filter(|&inputs| inputs <= limit),
    }
}
