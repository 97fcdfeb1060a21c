//! The input spaces a verdict ranges over, enumerated: pairs of a query and counts, and sequences.

mod input;
mod space;

pub use input::InputOps;
pub use space::{CountInputs, Sequences, binomial, count_inputs, sequence_inputs};

use super::collision::whole::Whole;
use crate::kernel::definition::Token;

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
