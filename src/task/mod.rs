//! The two counting tasks by plain counting, and the input spaces a verdict ranges over.
//!
//! *Query count* (QC): how often the last token occurs, `c_q`. *Most frequent element* (MFE): how
//! often the most frequent token occurs, `max_j c_j` (the count, not the token). A model *solves* a
//! task at `(n, m)` when `|y - answer| < 1/2` on every sequence, and is *exact* when `y = answer`.
//! Source: Yehudai et al., arXiv:2407.15160v3; the criterion 1/2 is ours.

#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable
    )
)]

mod input;
mod space;
pub mod survey;

pub use input::{Input, InputError};
pub use space::{
    CountInputs, Sequences, binomial, count_inputs, count_inputs_within, sequence_inputs,
    sequence_inputs_within,
};

pub use crate::model::{Criterion, Task, Token};

use crate::exact::Whole;

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

/// Whether `z^+ + e_q` and `z^- + e_q`, the shortest inputs with query `q` that differ by `z`, have the same largest count.
#[must_use]
pub fn same_largest_count<T: Whole>(z: &[T], query: Token) -> bool {
    let largest = |negative: bool| {
        let count = |(j, entry): (usize, &T)| {
            let entry = if negative { T::zero() - entry.clone() } else { entry.clone() };
            let count = entry.max(T::zero());
            if j == query.0 { count + T::one() } else { count }
        };
        z.iter().enumerate().map(count).max()
    };
    largest(false) == largest(true)
}
