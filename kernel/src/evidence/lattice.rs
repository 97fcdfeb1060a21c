//! A lattice without short vectors: which differences of count vectors nothing can be told apart by.
//!
//! *Statement.* For an integer matrix `A` `[r, m]` let `L = ker_Z A`. No `z` of `L` other than harmless ones has `z != 0` (with
//! a query `q`: `z_q != 0`) and is in a [`Ball`], or anywhere when no ball is named.
//!
//! *The basis.* Integer vectors `b_1 .. b_k` generate *all* of `L` when (1) `A b_i = 0`, (2) there are integer vectors `u_i` with
//! `<u_i, b_j> = [i = j]`, and (3) `rank A >= m - k`. By 2 the `b_i` are independent, so by 1 and 3 they span the rational kernel: `z`
//! in `L` is `sum lambda_i b_i` with rational `lambda`, and `lambda_i = <u_i, z>` is an integer.
//!
//! *The cuts.* A cut is an integer vector `y`; its level `l` is the least index with `<y, b_l> != 0`. On the ball `<y, z>` is at most
//! `beta` (Hölder), so `|sum_{i >= l} lambda_i <y, b_i>| <= beta`: once `lambda_k .. lambda_{l+1}` are fixed every cut of level `l`
//! bounds `lambda_l` to an interval. The enumeration of `lambda_k, lambda_{k-1}, ..` through these intervals reaches every `z` of
//! `L` in the ball, whatever the cuts are; good ones only make it short. Of `z` and `-z` only the one whose last non-zero
//! `lambda` is positive is visited. With a query only `b_k` may be non-zero there: `z_q = lambda_k b_kq`, and `lambda_k >= 1`. (Ours.)

use super::Subtrees;
use crate::definition::Token;
use crate::number::{IntegerVector, Matrix, Room, Scaled, Word, dot_within, rank_at_least, work};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigInt, One, Signed, Zero};
use serde::{Deserialize, Serialize};

/// An enumeration may take this many nodes.
const MAX_NODES: u64 = 1 << 32;
/// The identity in [`separation_matrix`] may have this many rows: nothing else bounds their number of zeros.
const MAX_DIMENSION: usize = 1 << 10;

/// A kernel lattice and why it has no short vector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelProof {
    /// the query this is about; `null` for all queries
    pub query: Option<Token>,
    /// `[k, m]`: `b_1 .. b_k`
    #[serde(with = "crate::number::text")]
    pub basis: Vec<IntegerVector>,
    /// `[k, m]`: `u_1 .. u_k`
    #[serde(with = "crate::number::text")]
    pub left_inverse: Vec<IntegerVector>,
    /// `[.., m]`
    #[serde(with = "crate::number::text")]
    pub cuts: Vec<IntegerVector>,
}

/// The vectors `(z, w)`, `z` of length `split`, with `||z||_1 <= l1` and `||w||_inf <= sup`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ball {
    /// length of `z`
    pub split: usize,
    /// bound of `||z||_1`
    pub l1: BigInt,
    /// bound of `||w||_inf`
    pub sup: BigInt,
}

impl Ball {
    /// The vectors of l1 norm at most `radius`, of any length.
    #[must_use]
    pub fn l1(radius: BigInt) -> Self {
        Self { split: usize::MAX, l1: radius, sup: BigInt::default() }
    }

    /// The largest value of the functional `cut = (y, v)` on the ball: `l1 ||y||_inf + sup ||v||_1`.
    #[must_use]
    pub fn bound(&self, cut: &[BigInt]) -> BigInt {
        let largest = cut.iter().take(self.split).map(Signed::abs).max().unwrap_or_default();
        let sum: BigInt = cut.iter().skip(self.split).map(Signed::abs).sum();
        largest * &self.l1 + sum * &self.sup
    }

    /// Whether it has no vector at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.l1.is_negative() || self.sup.is_negative()
    }
}

/// Which vectors of a kernel lattice are not to exist.
#[derive(Clone, Copy)]
pub struct Sought<'a> {
    /// the rows of `A`
    pub rows: &'a [IntegerVector],
    /// those with `z_q != 0`; with `z != 0` when `None`
    pub query: Option<Token>,
    /// where; anywhere when `None`
    pub ball: Option<&'a Ball>,
    /// those that may exist, a property that `z` and `-z` share
    pub harmless: &'a dyn Fn(&[BigInt]) -> Result<bool, Rejection>,
    /// those of this part only
    pub part: Subtrees,
}

/// The integer matrix `[V; 1 .. 1]` `[d + 1, m]` of an embedding with one row a *token* (`[m, d]`), each column of the
/// embedding multiplied by its own common denominator.
///
/// # Errors
/// [`Rejection::Wrong`] when its numbers are too long.
///
/// ```
/// use counterproof_kernel::evidence::counting_matrix;
/// use counterproof_kernel::number::{Matrix, integer, ratio};
///
/// // three tokens on a line
/// let tokens = Matrix::from_rows(1, vec![vec![integer(0)], vec![ratio(1, 2)], vec![integer(2)]])?;
/// let rows = counting_matrix(&tokens)?;
/// assert_eq!(rows, [[0, 1, 4].map(Into::into), [1, 1, 1].map(Into::into)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn counting_matrix(embedding: &Matrix) -> Result<Vec<IntegerVector>, Rejection> {
    let mut room = Room::default();
    let column = |j| Ok(Scaled::within(&mut room, embedding.column(j))?.numerators);
    let mut rows: Vec<IntegerVector> = (0..embedding.cols()).map(column).collect::<Result<_, Rejection>>()?;
    rows.push(vec![BigInt::one(); embedding.rows()]);
    Ok(rows)
}

/// The integer matrix `[V' -I; 1 0]` `[d + 1, m + d]` with `V' = s V^T` for the least scale `s > 0`, and `s`: its integer kernel is
/// that of all `(z, V' z)` with `sum z = 0`. The embedding has one row a *token* (`[m, d]`).
///
/// # Errors
/// [`Rejection::Wrong`] when its numbers are too long or, at `place`, the dimension is too large.
pub fn separation_matrix(place: &str, embedding: &Matrix) -> Result<(Vec<IntegerVector>, BigInt), Rejection> {
    let d = embedding.cols();
    need(d <= MAX_DIMENSION, format!("{place}: columns"), format!("at most {MAX_DIMENSION}"), d)?;
    let Scaled { numerators, denominator } = Scaled::new(embedding.entries())?;
    let mut rows: Vec<IntegerVector> = vec![Vec::with_capacity(embedding.rows().saturating_add(d)); d];
    let mut entries = numerators.into_iter();
    for _ in 0..embedding.rows() {
        rows.iter_mut().zip(&mut entries).for_each(|(row, entry)| row.push(entry));
    }
    for (i, row) in rows.iter_mut().enumerate() {
        row.extend((0..d).map(|j| -BigInt::from(u8::from(i == j))));
    }
    let tokens = std::iter::repeat_n(BigInt::one(), embedding.rows());
    rows.push(tokens.chain(std::iter::repeat_n(BigInt::default(), d)).collect());
    Ok((rows, denominator))
}

impl KernelProof {
    /// Shows that no vector as `sought` exists, and returns the number of nodes that it took.
    ///
    /// # Errors
    /// [`Rejection`] naming, at `place`, what is not shown.
    pub fn check(&self, place: &str, sought: &Sought<'_>, clock: &Clock<'_>) -> Result<u64, Rejection> {
        self.generates(place, sought.rows, clock)?;
        let matters = |b: &IntegerVector| sought.query.is_none_or(|q| b.get(q.0).is_none_or(|entry| !entry.is_zero()));
        let Some(first) = self.basis.iter().position(matters) else { return Ok(0) };
        let at = format!("{place}.basis[{first}]");
        let ball = sought
            .ball
            .ok_or_else(|| wrong(&at, "a vector that is zero at the query", "one of those that are not to exist"))?;
        let last = first.saturating_add(1) == self.basis.len();
        need(
            last || sought.query.is_none(),
            at,
            "a vector that is zero at the query, for it is not the last",
            "another",
        )?;
        if ball.is_empty() {
            return Ok(0);
        }
        let big = Enumeration::new(self, place, ball, clock)?;
        for words in 0..3 {
            let tried = match words {
                0 => big.on_words::<i64>().and_then(|small| small.run(place, sought, clock)),
                1 => big.on_words::<i128>().and_then(|middle| middle.run(place, sought, clock)),
                _ => big.run(place, sought, clock),
            };
            match tried {
                Ok(nodes) => return Ok(nodes),
                Err(Halt::Rejected(rejection)) => return Err(rejection),
                Err(Halt::Overflow) => {}
            }
        }
        Err(wrong(place, "numbers of some length", "others"))
    }

    /// Checks that `b_1 .. b_k` generate `ker_Z A`.
    fn generates(&self, place: &str, rows: &[IntegerVector], clock: &Clock<'_>) -> Result<(), Rejection> {
        let (k, m) = (self.basis.len(), rows.first().map_or(0, Vec::len));
        let fields =
            [("basis", &*self.basis), ("left_inverse", &self.left_inverse), ("cuts", &self.cuts), ("matrix", rows)];
        for (field, vectors) in fields {
            if let Some((i, vector)) = vectors.iter().enumerate().find(|(_, vector)| vector.len() != m) {
                return Err(wrong(format!("{place}.{field}[{i}]"), format!("{m} entries"), vector.len()));
            }
        }
        expect(&format!("{place}.left_inverse: vectors"), k, self.left_inverse.len())?;
        for (i, b) in self.basis.iter().enumerate() {
            for row in rows {
                if !dot_within(row, b, clock)?.is_zero() {
                    return Err(wrong(format!("{place}.basis[{i}]"), "a vector of the kernel", "another"));
                }
            }
            for (j, u) in self.left_inverse.iter().enumerate() {
                let (expected, found) = (BigInt::from(u8::from(i == j)), dot_within(u, b, clock)?);
                if found != expected {
                    return Err(wrong(format!("{place}.left_inverse[{j}] times basis[{i}]"), expected, found));
                }
            }
        }
        // the two checks above show that k <= m
        let full = rank_at_least(rows, m.saturating_sub(k), clock)?;
        need(full, format!("{place}.basis"), "as many vectors as the kernel has dimensions", k)
    }
}

/// Why an enumeration did not end.
enum Halt {
    /// a number does not fit into the word
    Overflow,
    Rejected(Rejection),
}

impl From<Rejection> for Halt {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// `|factor lambda_l + sum_i above_i lambda_i| <= bound` with `factor > 0`; `above` is about `lambda_k .. lambda_{l+1}`.
struct Cut<W> {
    factor: W,
    above: Vec<W>,
    bound: W,
    work: u64,
}

impl<W: Word> Cut<W> {
    /// Makes the interval of `lambda_l` smaller; an end that is `None` is infinite. `None` when a word overflows.
    fn clip(&self, fixed: &[W], low: &mut Option<W>, high: &mut Option<W>) -> Option<()> {
        let mut sum = W::zero();
        for (product, lambda) in self.above.iter().zip(fixed) {
            sum.add_product(product, lambda)?;
        }
        // a division only where an end moves
        let value = |x: &W| self.factor.times(x)?.plus(&sum);
        if high.as_ref().map_or(Some(true), |x| Some(value(x)? > self.bound))? {
            *high = Some(self.bound.minus(&sum)?.div_floor(&self.factor)?);
        }
        if low.as_ref().map_or(Some(true), |x| Some(value(x)? < self.bound.negated()?))? {
            *low = Some(self.bound.plus(&sum)?.div_floor(&self.factor)?.negated()?);
        }
        Some(())
    }
}

/// A basis with cuts, ready to be enumerated.
struct Enumeration<W> {
    /// `b_k .. b_1`, each with what a multiple of it costs
    basis: Vec<(Vec<W>, u64)>,
    /// `[number of coordinates that are fixed]`
    levels: Vec<Vec<Cut<W>>>,
    split: usize,
    l1: W,
    sup: W,
    one: W,
}

impl Enumeration<BigInt> {
    fn new(proof: &KernelProof, place: &str, ball: &Ball, clock: &Clock<'_>) -> Result<Self, Rejection> {
        let bits = |values: &[BigInt]| values.iter().map(BigInt::bits).fold(0, u64::saturating_add);
        let (mut levels, mut room) = (Vec::new(), Room::default());
        levels.resize_with(proof.basis.len(), Vec::new);
        let mut longest = 0;
        for (index, cut) in proof.cuts.iter().enumerate() {
            let mut above = Vec::with_capacity(proof.basis.len());
            for b in proof.basis.iter().rev() {
                above.push(room.keep(dot_within(cut, b, clock)?)?);
            }
            while above.last().is_some_and(Zero::is_zero) {
                above.pop();
            }
            let vanishes = || {
                wrong(
                    format!("{place}.cuts[{index}]"),
                    "a vector that some product with the basis is not zero for",
                    "another",
                )
            };
            let mut factor = above.pop().ok_or_else(vanishes)?;
            if factor.is_negative() {
                factor = -factor;
                above.iter_mut().for_each(|product| *product = -std::mem::take(product));
            }
            let bound = ball.bound(cut);
            longest = bound.bits().max(longest);
            let work = work(bits(&above), bound.bits());
            // products that are zero at the end were taken off, so `above` says how many coordinates come first
            if let Some(level) = levels.get_mut(above.len()) {
                level.push(Cut { factor, above, bound, work });
            }
        }
        if let Some(fixed) = levels.iter().position(Vec::is_empty) {
            let level = proof.basis.len().saturating_sub(fixed);
            return Err(wrong(format!("{place}.cuts"), format!("one that bounds lambda_{level}"), "none"));
        }
        let basis = proof.basis.iter().rev().map(|b| (b.clone(), work(bits(b), longest))).collect();
        Ok(Self { basis, levels, split: ball.split, l1: ball.l1.clone(), sup: ball.sup.clone(), one: BigInt::one() })
    }

    /// The same on words, when all numbers fit.
    fn on_words<W: Word>(&self) -> Result<Enumeration<W>, Halt> {
        let list = |values: &[BigInt]| values.iter().map(W::from_big).collect::<Option<Vec<W>>>();
        let cut = |cut: &Cut<BigInt>| {
            let (factor, bound) = (W::from_big(&cut.factor)?, W::from_big(&cut.bound)?);
            Some(Cut { factor, above: list(&cut.above)?, bound, work: cut.work })
        };
        let fitting = || {
            Some(Enumeration {
                basis: self.basis.iter().map(|(b, work)| Some((list(b)?, *work))).collect::<Option<_>>()?,
                levels: self.levels.iter().map(|cuts| cuts.iter().map(cut).collect()).collect::<Option<_>>()?,
                split: self.split,
                l1: W::from_big(&self.l1)?,
                sup: W::from_big(&self.sup)?,
                one: W::from_count(1)?,
            })
        };
        fitting().ok_or(Halt::Overflow)
    }
}

impl<W: Word> Enumeration<W> {
    /// Visits the tree depth first, and nothing below nodes of other parts; a node is a choice of `lambda_k .. lambda_l`.
    fn run(&self, place: &str, sought: &Sought<'_>, clock: &Clock<'_>) -> Result<u64, Halt> {
        // lambda_k .. lambda_l, and the last value that each may have
        let (mut fixed, mut last): (Vec<W>, Vec<W>) = Default::default();
        let mut nodes: u64 = 0;
        loop {
            let mine = fixed.len() != sought.part.coordinates || {
                clock.spend(u64::try_from(fixed.len()).unwrap_or(u64::MAX))?;
                sought.part.has(fixed.iter().cloned().map(W::into_big))
            };
            if let Some(cuts) = self.levels.get(fixed.len()).filter(|_| mine) {
                let (low, high) = self.interval(cuts, &fixed, sought.query.is_some(), clock)?;
                // one less: the step below makes it the first value
                fixed.push(low.minus(&self.one).ok_or(Halt::Overflow)?);
                last.push(high);
            } else if mine
                && let Some(vector) = self.inside(&fixed, clock)?
                && !(sought.harmless)(&vector)?
            {
                return Err(wrong(place, "no vector of the lattice in the ball", format!("{vector:?}")).into());
            }
            // the next value of the last coordinate that has one
            loop {
                let (Some(value), Some(end)) = (fixed.pop(), last.pop()) else { return Ok(nodes) };
                let next = value.plus(&self.one).ok_or(Halt::Overflow)?;
                if next <= end {
                    fixed.push(next);
                    last.push(end);
                    break;
                }
            }
            nodes = nodes.saturating_add(1);
            if nodes > MAX_NODES {
                return Err(wrong(place, format!("an enumeration of at most {MAX_NODES} nodes"), "a longer one").into());
            }
        }
    }

    /// The first and the last value that no cut excludes, given the higher coordinates.
    fn interval(&self, cuts: &[Cut<W>], fixed: &[W], from_one: bool, clock: &Clock<'_>) -> Result<(W, W), Halt> {
        let zero_above = fixed.iter().all(|lambda| lambda.signum() == 0);
        let start = if from_one && fixed.is_empty() { self.one.clone() } else { W::zero() };
        let (mut low, mut high) = (zero_above.then_some(start), None);
        for cut in cuts {
            clock.spend(cut.work)?;
            cut.clip(fixed, &mut low, &mut high).ok_or(Halt::Overflow)?;
            if low > high {
                break;
            }
        }
        // there is a cut, and the first one sets both ends
        low.zip(high).ok_or(Halt::Overflow)
    }

    /// The vector of these coordinates when it is not zero and in the ball.
    fn inside(&self, fixed: &[W], clock: &Clock<'_>) -> Result<Option<IntegerVector>, Halt> {
        if fixed.iter().all(|lambda| lambda.signum() == 0) {
            return Ok(None);
        }
        let mut vector = vec![W::zero(); self.basis.first().map_or(0, |(b, _)| b.len())];
        for (lambda, (b, work)) in fixed.iter().zip(&self.basis) {
            clock.spend(*work)?;
            for (entry, from) in vector.iter_mut().zip(b) {
                entry.add_product(lambda, from).ok_or(Halt::Overflow)?;
            }
        }
        let mut norm = W::zero();
        for (i, entry) in vector.iter().enumerate() {
            let size = if entry.signum() < 0 { entry.negated() } else { Some(entry.clone()) }.ok_or(Halt::Overflow)?;
            if i < self.split {
                norm = norm.plus(&size).ok_or(Halt::Overflow)?;
            } else if size > self.sup {
                return Ok(None);
            }
        }
        Ok((norm <= self.l1).then(|| vector.into_iter().map(W::into_big).collect()))
    }
}
