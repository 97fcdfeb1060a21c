//! Sums of multisets: why no two of a size have the same.
//!
//! *Statement.* For an integer matrix `A` `[r, m]` with a row of ones no `z != 0` of `ker_Z A` has `||z||_1 <= 2 k`, because all
//! multisets of `k` columns have different sums. (`z` has as much above zero as below, so `z^+` and `z^-`, with one and the same
//! column added to both as often as needed, are two different multisets of `k` columns with one sum.)
//!
//! *Fingerprints.* With integers `w` `[r]` the fingerprint of a multiset is the sum of `<w, A e_j>` over its columns, modulo the prime
//! `2^64 - 59`. It is a function of the sum, so where all fingerprints differ all sums do, whatever `w` is; a good one only makes
//! equal fingerprints of different sums unlikely.
//!
//! *Enumeration.* A multiset in ascending order is a head and a tail of `h <= k / 2` columns, none of which is below the last of the
//! head. The fingerprints of all tails from a column on are sorted once; then those of an interval of
//! fingerprints at a time are made, by a binary search for each head, and compared. (Ours.)

use crate::number::{IntegerVector, binomial, work};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigInt, Integer, ToPrimitive};
use serde::{Deserialize, Serialize};

const PRIME: u64 = Multisets::PRIME;
/// There may be so many columns, and so many of them in a multiset.
const MAX_SIDE: u64 = 1 << 20;
/// So many fingerprints of tails are held.
const MAX_TAILS: u64 = 1 << 23;
/// So many fingerprints should be in an interval; there may be four times as many.
const AT_ONCE: u64 = 1 << 22;

/// Why all multisets of columns have different sums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Multisets {
    /// `[r]`: `w`
    #[serde(with = "crate::number::text")]
    pub multipliers: IntegerVector,
}

/// `a + b` modulo the prime, of residues.
fn plus(a: u64, b: u64) -> u64 {
    let (sum, over) = a.overflowing_add(b);
    if over || sum >= PRIME { sum.wrapping_sub(PRIME) } else { sum }
}

impl Multisets {
    /// `2^64 - 59`
    pub const PRIME: u64 = 18_446_744_073_709_551_557;
    /// So many multisets may be asked about.
    pub const MOST: u64 = 1 << 32;

    /// Shows that all multisets of `size` columns of `rows` have different sums, and returns how many there are.
    ///
    /// # Errors
    /// [`Rejection`] naming, at `place`, what is not shown.
    pub fn check(&self, place: &str, rows: &[IntegerVector], size: u64, clock: &Clock<'_>) -> Result<u64, Rejection> {
        expect(&format!("{place}.multipliers: number"), rows.len(), self.multipliers.len())?;
        let columns = rows.first().map_or(0, Vec::len);
        let m = columns.to_u64().unwrap_or(u64::MAX);
        need(size.max(m) <= MAX_SIDE, place, format!("at most {MAX_SIDE} tokens, and in a multiset"), size.max(m))?;
        // C(m + k - 1, k); with one more for the column that all are from, C(m + k, k + 1)
        let of = |size: u64, more: u64| {
            let from = m.saturating_add(size).saturating_add(more).saturating_sub(1);
            binomial(from, size.saturating_add(more), 64)?.to_u64()
        };
        let count = of(size, 0).filter(|count| *count <= Self::MOST);
        let count = count.ok_or_else(|| wrong(place, format!("at most {} multisets", Self::MOST), "more"))?;
        let fits = |tail: &u64| of(*tail, 1).is_some_and(|tails| tails <= MAX_TAILS);
        let tail = (0..=size.div_euclid(2)).rev().find(fits).unwrap_or(0);
        let single = self.fingerprints(rows, columns, clock)?;
        let tails = Self::tails(&single, tail, clock)?;
        let width = PRIME.checked_div(count.div_ceil(AT_ONCE)).map_or(PRIME, |width| width.saturating_add(1));
        let (mut from, mut found) = (0, Vec::new());
        while from < PRIME {
            Self::between(from, width, (&single, &tails), size.saturating_sub(tail), &mut found, clock)?;
            clock.spend(found.len().to_u64().unwrap_or(u64::MAX) >> 4)?;
            found.sort_unstable();
            let equal = found.windows(2).any(|two| two.first() == two.last());
            need(!equal, place, format!("multisets of {size} tokens with different fingerprints"), "two with one")?;
            from = from.saturating_add(width);
        }
        Ok(count)
    }

    /// `<w, A e_j>` modulo the prime `[columns]`.
    ///
    /// # Errors
    /// [`Rejection`] of the clock.
    pub fn fingerprints(
        &self,
        rows: &[IntegerVector],
        columns: usize,
        clock: &Clock<'_>,
    ) -> Result<Vec<u64>, Rejection> {
        let residue = |value: &BigInt| {
            clock.spend(work(value.bits(), 64))?;
            Ok::<_, Rejection>(value.mod_floor(&PRIME.into()).to_u64().unwrap_or(0))
        };
        let mut all = vec![0; columns];
        for (multiplier, row) in self.multipliers.iter().zip(rows) {
            let multiplier = u128::from(residue(multiplier)?);
            for (sum, entry) in all.iter_mut().zip(row) {
                let product = multiplier.saturating_mul(residue(entry)?.into()).checked_rem(PRIME.into());
                *sum = plus(*sum, product.and_then(|product| product.try_into().ok()).unwrap_or(0));
            }
        }
        Ok(all)
    }

    /// `a - b` modulo the prime, of residues.
    #[must_use]
    pub fn minus(a: u64, b: u64) -> u64 {
        let difference = a.wrapping_sub(b);
        if a < b { difference.wrapping_add(PRIME) } else { difference }
    }

    /// For each column the sorted fingerprints of all multisets of `size` columns from it on.
    ///
    /// # Errors
    /// [`Rejection`] of the clock.
    pub fn tails(single: &[u64], size: u64, clock: &Clock<'_>) -> Result<Vec<Vec<u64>>, Rejection> {
        let mut tails = vec![vec![0]; single.len()];
        for _ in 0..size {
            let mut longer = Vec::new();
            for (tail, first) in tails.iter_mut().zip(single).rev() {
                clock.spend((tail.len().to_u64().unwrap_or(u64::MAX) >> 8).saturating_add(1))?;
                longer.extend(tail.iter().map(|rest| plus(*rest, *first)));
                tail.clone_from(&longer);
            }
        }
        for tail in &mut tails {
            clock.spend(tail.len().to_u64().unwrap_or(u64::MAX) >> 4)?;
            tail.sort_unstable();
        }
        Ok(tails)
    }

    /// Finds the fingerprints of an interval that starts at `from`, of multisets with heads of `head` columns.
    ///
    /// # Errors
    /// [`Rejection`] of the clock, or where they are spread so unevenly that too many are in the interval.
    pub fn between(
        from: u64,
        width: u64,
        (single, tails): (&[u64], &[Vec<u64>]),
        head: u64,
        found: &mut Vec<u64>,
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        found.clear();
        // the column that the others are from, the fingerprint of those before, and how many are to follow in the head
        let mut open = vec![(0, 0, head)];
        while let Some((least, sum, left)) = open.pop() {
            clock.tick()?;
            if let Some(left) = left.checked_sub(1) {
                let next = single.iter().enumerate().skip(least);
                open.extend(next.map(|(column, one)| (column, plus(sum, *one), left)));
            } else if let Some(tail) = tails.get(least) {
                let first = Self::minus(from, sum);
                let (before, after) = tail.split_at(tail.partition_point(|rest| *rest < first));
                let inside = after.iter().chain(before).take_while(|rest| Self::minus(**rest, first) < width);
                found.extend(inside.map(|rest| plus(sum, *rest)));
                let enough = found.len().to_u64().is_some_and(|found| found <= AT_ONCE.saturating_mul(4));
                need(enough, "fingerprints", "them to be spread evenly", "too many in an interval")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Multisets, PRIME, plus};
    use crate::Clock;
    use num::{BigInt, Integer, ToPrimitive};

    fn residue(value: &BigInt) -> u64 {
        value.mod_floor(&PRIME.into()).to_u64().unwrap()
    }

    /// All sums modulo the prime of `size` of these from one on.
    fn sums(single: &[u64], size: u64) -> Vec<u64> {
        let Some(rest) = size.checked_sub(1) else { return vec![0] };
        let from = |(column, first): (usize, &u64)| {
            let first = BigInt::from(*first);
            let sums = sums(single.get(column..).unwrap(), rest);
            sums.into_iter().map(move |sum| residue(&(&first + sum)))
        };
        single.iter().enumerate().flat_map(from).collect()
    }

    #[test]
    fn residues() {
        let last = PRIME.checked_sub(1).unwrap();
        for (a, b) in [(0, 0), (0, 1), (1, last), (last, last), (last, 0), (5, 7), (7, 5)] {
            let (left, right) = (BigInt::from(a), BigInt::from(b));
            assert_eq!(plus(a, b), residue(&(&left + &right)), "{a} + {b}");
            assert_eq!(Multisets::minus(a, b), residue(&(left - right)), "{a} - {b}");
        }
    }

    #[test]
    fn intervals_hold_every_multiset_once() {
        let single = [3, Multisets::minus(0, 5), PRIME >> 1, 1 << 40, 0, plus(PRIME >> 2, 77), 3];
        for (head, tail, size) in [(0, 0, 0), (1, 0, 1), (1, 1, 2), (2, 1, 3), (2, 2, 4), (4, 0, 4)] {
            let clock = Clock::unlimited();
            let tails = Multisets::tails(&single, tail, &clock).unwrap();
            for parts in [1, 2, 7, 50] {
                let width = PRIME.div_ceil(parts);
                let (mut all, mut found) = (Vec::new(), Vec::new());
                for part in 0..parts {
                    let from = width.saturating_mul(part);
                    Multisets::between(from, width, (&single, &tails), head, &mut found, &clock).unwrap();
                    // the last interval goes round to what the first has
                    all.extend(found.iter().copied().filter(|sum| *sum >= from));
                }
                let mut expected = sums(&single, size);
                expected.sort_unstable();
                all.sort_unstable();
                assert_eq!(all, expected, "{head} and {tail}, {parts} intervals");
            }
        }
    }
}
