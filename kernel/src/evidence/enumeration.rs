//! All sequences of a length, in parts, or of each count vector the sequence in order, which stands for as many as there are orders.

use crate::definition::ReadAt;
use crate::number::binomial;
use crate::rejection::{Clock, Rejection};
use num::BigUint;

/// Which sequences there are, and which of them are looked at.
pub(super) struct Enumeration {
    by_counts: bool,
    n: usize,
    m: usize,
    /// how many first tokens tell parts apart
    prefix: usize,
}

/// A sequence that is looked at.
pub(super) struct Visited<'a> {
    pub(super) sequence: &'a [usize],
    /// how many sequences it stands for, where they differ in order alone; `None` where each is looked at
    pub(super) ways: Option<BigUint>,
}

impl Enumeration {
    pub(super) fn new(m: usize, n: usize, by_counts: bool) -> Self {
        const PARTS: usize = 64;
        let mut prefix = 0usize;
        while prefix < n && m > 1 && power(m, prefix).is_some_and(|parts| parts < PARTS) {
            prefix = prefix.saturating_add(1);
        }
        Self { by_counts, n, m, prefix }
    }

    /// In how many parts they come.
    pub(super) fn parts(&self) -> usize {
        if self.by_counts { self.n.saturating_add(1) } else { power(self.m, self.prefix).unwrap_or(1) }
    }

    /// Whether only counts are told apart.
    pub(super) fn by_counts(&self) -> bool {
        self.by_counts
    }

    /// Looks at one part: count vectors with so many of the first token, or sequences that begin alike.
    ///
    /// # Errors
    /// [`Rejection`] of `look`, or of the clock.
    pub(super) fn run(
        &self,
        part: usize,
        clock: &Clock<'_>,
        mut look: impl FnMut(&Visited<'_>) -> Result<(), Rejection>,
    ) -> Result<(), Rejection> {
        let (n, last) = (self.n, self.m.saturating_sub(1));
        // a count vector is a sequence that never rises, of tokens numbered from the last one
        let mut digits = vec![0; n];
        let (fixed, most) = if self.by_counts { (part, last.checked_sub(1)) } else { (self.prefix, Some(last)) };
        let mut rest = part;
        for digit in digits.iter_mut().take(fixed).rev() {
            *digit = if self.by_counts { last } else { rest.checked_rem(self.m).unwrap_or(0) };
            rest = rest.checked_div(self.m).unwrap_or(0);
        }
        let Some(most) = most.or_else(|| (fixed == n).then_some(0)) else { return Ok(()) };
        loop {
            clock.spend(u64::try_from(n).unwrap_or(u64::MAX))?;
            if self.by_counts {
                let sequence: Vec<usize> = digits.iter().map(|&digit| last.saturating_sub(digit)).collect();
                look(&Visited { sequence: &sequence, ways: Some(orders(&sequence)) })?;
            } else {
                look(&Visited { sequence: &digits, ways: None })?;
            }
            // the next one with the same beginning
            let limit = |place: usize, digits: &[usize]| match place.checked_sub(1) {
                Some(before) if self.by_counts && place > fixed => digits.get(before).copied().unwrap_or(0),
                _ => most,
            };
            let rises = |place: &usize| digits.get(*place).is_some_and(|&digit| digit < limit(*place, &digits));
            let Some(place) = (fixed..n).rev().find(rises) else { return Ok(()) };
            for (at, digit) in digits.iter_mut().enumerate().skip(place) {
                *digit = if at == place { digit.saturating_add(1) } else { 0 };
            }
        }
    }
}

/// How many sequences have these tokens, equal ones side by side.
fn orders(sequence: &[usize]) -> BigUint {
    let (mut ways, mut placed) = (BigUint::from(1u32), 0u64);
    for same in sequence.chunk_by(|a, b| a == b) {
        let count = u64::try_from(same.len()).unwrap_or(u64::MAX);
        placed = placed.saturating_add(count);
        ways *= binomial(placed, count, u64::MAX).unwrap_or_default();
    }
    ways
}

impl Visited<'_> {
    /// Each position that is read, with the number of inputs that it stands for. Where order makes no difference that is the first position of
    /// each token, which is the last one somewhere.
    pub(super) fn read(&self, read_at: ReadAt) -> Vec<(usize, BigUint)> {
        let n = self.sequence.len();
        let Some(ways) = &self.ways else {
            return read_at.positions(n).map(|position| (position, BigUint::from(1u32))).collect();
        };
        let mut position = 0usize;
        let same = self.sequence.chunk_by(|a, b| a == b).map(|same| {
            let (at, inputs) = (position, ways * same.len());
            position = position.saturating_add(same.len());
            // one of them is at the end of times/n of the sequences
            (at, if read_at == ReadAt::Every { inputs } else { num::Integer::div_floor(&inputs, &n.max(1).into()) })
        });
        same.collect()
    }
}

fn power(base: usize, exponent: usize) -> Option<usize> {
    base.checked_pow(u32::try_from(exponent).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Every input once, whichever way.
    #[test]
    fn all_inputs_are_looked_at() {
        for (m, n) in [(1, 1), (1, 3), (2, 1), (2, 7), (3, 4), (4, 3), (70, 1), (70, 2)] {
            for read_at in [ReadAt::Last, ReadAt::Every] {
                let mut found = [BTreeMap::new(), BTreeMap::new()];
                for (found, by_counts) in found.iter_mut().zip([false, true]) {
                    let all = Enumeration::new(m, n, by_counts);
                    for part in 0..all.parts() {
                        let looked = all.run(part, &Clock::unlimited(), |visited| {
                            for (position, inputs) in visited.read(read_at) {
                                let mut sorted = visited.sequence.to_vec();
                                let query = sorted[position];
                                sorted.sort_unstable();
                                *found.entry((sorted, query)).or_insert(BigUint::ZERO) += inputs;
                            }
                            Ok(())
                        });
                        looked.unwrap();
                    }
                }
                let [sequences, counts] = found;
                let positions = read_at.positions(n).len();
                assert_eq!(
                    sequences.values().sum::<BigUint>(),
                    BigUint::from(m).pow(u32::try_from(n).unwrap()) * positions
                );
                assert_eq!(sequences, counts, "{m} {n} {read_at:?}");
            }
        }
    }
}
