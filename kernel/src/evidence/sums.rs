//! The extremes of a sum of equal terms over the trees in which it may be taken, on numbers of a machine (T14, ours).
//!
//! `fl` is monotone and subtrees are independent, so the extremes are `lo(c) = fl(min_i lo(i) + lo(c - i))` and the same with max.

use crate::number::{Float, Format, SumOrder};
use crate::rejection::{Clock, Rejection, need, wrong};
use std::collections::{BTreeMap, BTreeSet};

/// All trees are evaluated up to this length.
const MAX_TREES: u64 = 1 << 14;

/// The least or the largest.
type Best = fn(&mut dyn Iterator<Item = u64>) -> Option<u64>;

/// Sums in a format.
#[derive(Clone, Copy)]
pub struct Sums<'a> {
    /// of its numbers
    pub format: Format,
    /// of its terms
    pub order: SumOrder,
    /// asked in loops
    pub clock: &'a Clock<'a>,
}

impl Sums<'_> {
    /// `fl` of a sum of numbers of the format, in units of the spacing at `a`.
    pub(super) fn rounded(&self, sum: Option<u64>, exponent: i32) -> Result<u64, Rejection> {
        let rounded = sum.and_then(|sum| self.format.round(sum.into(), exponent, false));
        let rounded = rounded.and_then(|sum| u64::try_from(sum.units(exponent).0).ok());
        rounded.ok_or_else(|| wrong("params.format", "finite sums", "overflow"))
    }

    /// The least (`sign` -1) or the largest (1) sum over all trees, of each count from 0 to `n`.
    pub(super) fn trees(&self, n: u64, a: Float, sign: i64) -> Result<Vec<u64>, Rejection> {
        let (mantissa, exponent) = a.parts();
        let (mut sums, mut offs) = (vec![0], Offs::default());
        for exact in (1..=n).map(|count| mantissa.saturating_mul(count)) {
            self.clock.spend(u64::try_from(offs.all.len() >> 9).unwrap_or(u64::MAX).saturating_add(1))?;
            let best = offs.best().saturating_mul(sign);
            let sum = self.rounded(exact.checked_add_signed(best), exponent)?;
            sums.push(sum);
            offs.push(i64::try_from(i128::from(sum).saturating_sub(exact.into())).unwrap_or(0).saturating_mul(sign));
        }
        Ok(sums)
    }

    /// Sums of this length are evaluated in machine words.
    pub(super) fn in_words(&self, n: u64) -> Result<(), Rejection> {
        let bits = u64::BITS.saturating_sub(n.leading_zeros()).saturating_add(self.format.bits());
        let fits = n <= MAX_TREES && bits <= 60;
        need(fits, "params.largest_n", format!("n <= {MAX_TREES} where a bound does not do, in 60 bits"), n)
    }

    /// The least and the largest sum of each count from 0 to `n`, in units of the spacing at `a`: over all trees, or by halves.
    ///
    /// # Errors
    /// [`Rejection`] for sums that do not fit into machine words, or of the clock.
    pub fn extremes(&self, n: u64, a: Float) -> Result<[Vec<u64>; 2], Rejection> {
        let (mantissa, exponent) = a.parts();
        self.in_words(n)?;
        if self.order == SumOrder::Any {
            return Ok([self.trees(n, a, -1)?, self.trees(n, a, 1)?]);
        }
        let mut sizes = BTreeMap::from([(1, [vec![0, mantissa], vec![0, mantissa]])]);
        let least: [Best; 2] = [|sums| sums.min(), |sums| sums.max()];
        for size in halves(n) {
            let upper = size.div_ceil(2);
            let parts = sizes.get(&upper).zip(sizes.get(&size.saturating_sub(upper)));
            let (one, other) = parts.ok_or_else(|| wrong("params.largest_n", "halves", size))?;
            let mut both = [Vec::new(), Vec::new()];
            for (((found, a), b), least) in both.iter_mut().zip(one).zip(other).zip(least) {
                for count in 0..=usize::try_from(size).unwrap_or(usize::MAX) {
                    self.clock.spend(u64::try_from(a.len() >> 9).unwrap_or(u64::MAX).saturating_add(1))?;
                    // the first part has at least what does not fit into the other
                    let last = b.len().saturating_sub(1);
                    let start = count.saturating_sub(last);
                    let parts = a.iter().skip(start).zip(b.iter().rev().skip(last.saturating_sub(count)));
                    let best = least(&mut parts.map(|(a, b)| a.saturating_add(*b)));
                    found.push(self.rounded(best, exponent)?);
                }
            }
            sizes.insert(size, both);
        }
        sizes.remove(&n).ok_or_else(|| wrong("params.largest_n", "at least 1", n))
    }
}

/// How far the extreme trees of 1, 2, .. terms are off, and the largest of each 64.
#[derive(Default)]
struct Offs {
    all: Vec<i64>,
    largest: Vec<i64>,
}

impl Offs {
    fn push(&mut self, off: i64) {
        match self.largest.last_mut() {
            Some(largest) if !self.all.len().is_multiple_of(64) => *largest = off.max(*largest),
            _ => self.largest.push(off),
        }
        self.all.push(off);
    }

    /// The most that two parts with one term more than there are here are off together; 0 for a single term.
    fn best(&self) -> i64 {
        let Some(last) = self.all.len().checked_sub(1) else { return 0 };
        let largest = |at: usize| self.largest.get(at >> 6).copied().unwrap_or(i64::MAX);
        let mut best = i64::MIN;
        for (chunk, first) in self.all.chunks(64).zip((0..=last.div_ceil(2)).step_by(64)) {
            // the other parts, in at most two of the 64s
            let (from, to) = (last.saturating_sub(first.saturating_add(63)), last.saturating_sub(first));
            if largest(first).saturating_add(largest(from).max(largest(to))) > best {
                let others = self.all.get(from..=to).unwrap_or_default();
                let sums = chunk.iter().zip(others.iter().rev()).map(|(a, b)| a.saturating_add(*b));
                best = sums.max().map_or(best, |most| best.max(most));
            }
        }
        best
    }
}

/// The sizes above 1 of halves, of halves of halves, .., ascending.
fn halves(n: u64) -> BTreeSet<u64> {
    let (mut all, mut left) = (BTreeSet::new(), vec![n]);
    while let Some(size) = left.pop() {
        if size > 1 && all.insert(size) {
            left.extend([size.div_ceil(2), size.saturating_sub(size.div_ceil(2))]);
        }
    }
    all
}
