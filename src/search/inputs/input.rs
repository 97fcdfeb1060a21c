//! An input of a model that depends on counts only: a query and a count vector that contains it.

use crate::kernel::definition::Token;
use crate::search::form::Occurrence;

/// Why numbers are not an input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    #[error("query: expected a token below m = {m}, found {found}")]
    UnknownQuery { m: usize, found: Token },
    #[error("counts: the query {0} occurs zero times, but it is the last token")]
    QueryAbsent(Token),
    #[error("counts: their sum does not fit in 64 bits")]
    TooLong,
    #[error("sequence: expected at least one token below m = {m}")]
    BadSequence { m: usize },
}

/// A query `q` and counts `c` with `c_q >= 1`; `n = sum c`.
///
/// ```
/// use counterproof::kernel::definition::Token;
/// use counterproof::search::inputs::{Input, InputError};
///
/// let input = Input::of_sequence(&[2, 0, 2].map(Token), 3)?;
/// assert_eq!((input.query(), input.counts()), (Token(2), [1, 0, 2].as_slice()));
/// // the query is the last token, so it occurs
/// assert!(matches!(Input::new(Token(1), vec![1, 0, 2]), Err(InputError::QueryAbsent(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    query: Token,
    counts: Vec<u64>,
    length: u64,
}

impl Input {
    /// # Errors
    /// [`InputError`] when the query is unknown or absent, or the length overflows.
    pub fn new(query: Token, counts: Vec<u64>) -> Result<Self, InputError> {
        match counts.get(query.0) {
            None => return Err(InputError::UnknownQuery { m: counts.len(), found: query }),
            Some(0) => return Err(InputError::QueryAbsent(query)),
            Some(_) => {}
        }
        let length = counts
            .iter()
            .try_fold(0u64, |sum, &count| sum.checked_add(count))
            .ok_or(InputError::TooLong)?;
        Ok(Self { query, counts, length })
    }

    /// The input of a sequence over a vocabulary of `m` tokens.
    ///
    /// # Errors
    /// [`InputError::BadSequence`] for an empty sequence or a token outside the vocabulary.
    pub fn of_sequence(sequence: &[Token], m: usize) -> Result<Self, InputError> {
        let bad = InputError::BadSequence { m };
        let Some(&query) = sequence.last() else { return Err(bad) };
        let mut counts = vec![0; m];
        for token in sequence {
            *counts.get_mut(token.0).ok_or_else(|| bad.clone())? += 1;
        }
        Self::new(query, counts)
    }

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

    /// The tokens before the last one, as occurrences of position class 0.
    pub fn prefix(&self) -> impl Iterator<Item = Occurrence> + Clone + '_ {
        self.counts.iter().enumerate().filter_map(|(j, &count)| {
            let multiplicity = count - u64::from(j == self.query.0);
            (multiplicity > 0).then_some(Occurrence { class: 0, token: Token(j), multiplicity })
        })
    }

    /// A sequence with these counts: the other tokens ascending, the query last.
    #[must_use]
    pub fn to_sequence(&self) -> Vec<Token> {
        let repeat = |o: Occurrence| (0..o.multiplicity).map(move |_| o.token);
        self.prefix().flat_map(repeat).chain([self.query]).collect()
    }

    /// The input of the sequence repeated `times` times, or `None` when it is too long.
    #[must_use]
    pub fn repeated(&self, times: u64) -> Option<Self> {
        let counts =
            self.counts.iter().map(|count| count.checked_mul(times)).collect::<Option<_>>()?;
        Self::new(self.query, counts).ok()
    }
}
