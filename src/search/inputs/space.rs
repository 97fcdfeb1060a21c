//! The input spaces: `m C(n-1+m-1, m-1)` pairs `(q, c)` where the state depends on counts only, all
//! `m^n` sequences otherwise.

use crate::kernel::definition::{Input, Token};
use num_bigint::BigUint;

/// The binomial coefficient `C(n, k)`.
#[must_use]
pub fn binomial(n: u64, k: u64) -> BigUint {
    crate::kernel::number::binomial(n, k, u64::MAX).unwrap_or_default()
}

/// The number of pairs `(q, c)` with `sum c = n` and `c_q >= 1`.
///
/// ```
/// use counterproof::search::inputs::{count_inputs, sequence_inputs};
///
/// // m C(n - 1 + m - 1, m - 1) pairs of a query and counts stand for m^n sequences
/// assert_eq!(count_inputs(12, 8), 254_592u32.into());
/// assert_eq!(sequence_inputs(12, 8), 68_719_476_736u64.into());
/// ```
#[must_use]
pub fn count_inputs(n: u64, m: u64) -> BigUint {
    if n == 0 || m == 0 {
        return BigUint::ZERO;
    }
    binomial((n - 1).saturating_add(m - 1), m - 1) * m
}

/// The number `m^n` of sequences.
#[must_use]
pub fn sequence_inputs(n: u32, m: u64) -> BigUint {
    BigUint::from(m).pow(n)
}

/// All pairs `(q, c)` at context length `n`, queries ascending, counts of the other tokens
/// lexicographically descending: a plain second implementation beside the fast engine.
///
/// ```
/// use counterproof::kernel::definition::Token;
/// use counterproof::kernel::definition::Task;
/// use counterproof::search::inputs::CountInputs;
///
/// // how often is the query the most frequent of 3 tokens at n = 4?
/// let is_most = |input: &counterproof::kernel::definition::Input| {
///     let most = Task::MostFrequentElement.answer(input.counts(), input.query());
///     Task::QueryCount.answer(input.counts(), input.query()) == most
/// };
/// assert_eq!(CountInputs::new(4, 3).count(), 30);
/// assert_eq!(CountInputs::new(4, 3).filter(is_most).count(), 18);
/// assert_eq!(CountInputs::for_query(4, 3, Token(2)).count(), 10);
/// ```
#[derive(Debug, Clone)]
pub struct CountInputs {
    query: usize,
    /// counts of the prefix (the query's last occurrence left out); empty when exhausted
    prefix: Vec<u64>,
    rest: u64,
}

impl CountInputs {
    /// # Panics
    /// Never; there is no input when `n` or `m` is zero.
    #[must_use]
    pub fn new(n: u64, m: usize) -> Self {
        let mut prefix = vec![0; m];
        let rest = n.saturating_sub(1);
        match prefix.first_mut() {
            Some(first) if n > 0 => *first = rest,
            _ => prefix.clear(),
        }
        Self { query: 0, prefix, rest }
    }

    /// Those of one query; none for a query outside the vocabulary.
    pub fn for_query(n: u64, m: usize, query: Token) -> impl Iterator<Item = Input> {
        Self { query: query.0, ..Self::new(n, m) }.take_while(move |input| input.query() == query)
    }

    /// Moves to the next composition of `rest`; `false` after the last one.
    fn advance(&mut self) -> bool {
        let m = self.prefix.len();
        let Some(from) = (0..m.saturating_sub(1)).rev().find(|&j| self.prefix[j] > 0) else {
            return false;
        };
        self.prefix[from] -= 1;
        let tail: u64 = self.prefix[from + 1..].iter().sum::<u64>() + 1;
        self.prefix[from + 1..].fill(0);
        self.prefix[from + 1] = tail;
        true
    }
}

impl Iterator for CountInputs {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        let m = self.prefix.len();
        if self.query >= m {
            return None;
        }
        let mut counts = self.prefix.clone();
        *counts.get_mut(self.query)? += 1;
        let input = Input::new("counts", Token(self.query), &counts).ok();
        if !self.advance() {
            self.query += 1;
            self.prefix.fill(0);
            *self.prefix.first_mut()? = self.rest;
        }
        input
    }
}

/// All `m^n` sequences, lexicographically.
///
/// ```
/// use counterproof::search::inputs::Sequences;
///
/// assert_eq!(Sequences::new(4, 3).count(), 81);
/// let last = Sequences::new(2, 3).last().unwrap();
/// assert_eq!(last.iter().map(|token| token.0).collect::<Vec<_>>(), [2, 2]);
/// ```
#[derive(Debug, Clone)]
pub struct Sequences {
    next: Option<Vec<Token>>,
    m: usize,
}

impl Sequences {
    #[must_use]
    pub fn new(n: usize, m: usize) -> Self {
        Self { next: (n > 0 && m > 0).then(|| vec![Token(0); n]), m }
    }

    /// All beginnings of sequences of length `n`: the last token left out (one, empty, at `n = 1`).
    #[must_use]
    pub fn prefixes(n: usize, m: usize) -> Self {
        Self { next: (n > 0 && m > 0).then(|| vec![Token(0); n - 1]), m }
    }
}

impl Iterator for Sequences {
    type Item = Vec<Token>;

    fn next(&mut self) -> Option<Vec<Token>> {
        let current = self.next.take()?;
        let mut following = current.clone();
        for token in following.iter_mut().rev() {
            token.0 += 1;
            if token.0 < self.m {
                self.next = Some(following);
                break;
            }
            token.0 = 0;
        }
        Some(current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::definition::Task;
    use crate::search::inputs::InputOps;
    use std::collections::BTreeSet;

    #[test]
    fn count_inputs_are_the_multisets_of_all_sequences() {
        for (n, m) in [(1, 1), (1, 3), (3, 1), (4, 3), (5, 2), (3, 4)] {
            let plain: BTreeSet<Input> =
                Sequences::new(n, m).map(|s| Input::ending(&s, m).unwrap()).collect();
            let listed: Vec<Input> = CountInputs::new(n as u64, m).collect();
            assert_eq!(BigUint::from(listed.len()), count_inputs(n as u64, m as u64));
            assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), plain, "n = {n}, m = {m}");
            assert_eq!(
                BigUint::from(Sequences::new(n, m).count()),
                sequence_inputs(n as u32, m as u64)
            );
        }
        assert_eq!(CountInputs::new(0, 3).count() + CountInputs::new(3, 0).count(), 0);
    }

    #[test]
    fn a_sequence_has_the_counts_it_was_made_of() {
        for input in CountInputs::new(5, 3) {
            let sequence = input.to_sequence();
            assert_eq!(Input::ending(&sequence, 3).unwrap(), input);
            let plain = sequence.iter().filter(|&token| *token == input.query()).count() as u64;
            assert_eq!(Task::QueryCount.answer(input.counts(), input.query()), plain);
        }
    }
}
