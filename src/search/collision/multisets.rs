//! T7 by sums (ours): two multisets of `k` tokens with the same sum of embeddings differ by a `z` of the kernel lattice with
//! `||z||_1 <= 2 k`, and every such `z` is the difference of two.
//!
//! So where `n*` is small the multisets of `0, 1, 2, ..` tokens are compared, by fingerprints: the sum of a random linear function of
//! the tokens, modulo a prime ([`Multisets`]). Those of one interval after the other are listed and sorted; equal
//! ones are compared exactly. The first size with two equal sums has the shortest vector, and the size before is its proof.
//!
//! This goes on beside the enumeration of [`super::enumerate()`]: after the first nodes and after each round sizes are compared
//! that take no longer than all nodes by then did, by counts of both. So its outcome does not depend on the clock,
//! and where one way is by far the better it is meant to take about as long again for the other.

use super::{Limits, Problem, Shortest};
use crate::kernel::evidence::Multisets;
use crate::kernel::number::{IntegerVector, dot_integers};
use crate::kernel::{Clock, Rejection};
use crate::search::control::{Control, Stopped};
use crate::search::inputs::binomial;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const PRIME: u64 = Multisets::PRIME;

/// Fingerprints that are listed at once, by one thread.
const AT_ONCE: u64 = 1 << 22;
/// Fingerprints of tails that are held.
const MOST_TAILS: u64 = 1 << 23;
/// A multiset has at most this many tokens.
const MOST_TOKENS: u64 = 64;
/// Looking up a head takes as long as this many multisets.
const LOOK_UP: u64 = 4;
/// A search takes at most this many steps.
const MOST_STEPS: u64 = 1 << 34;
/// Intervals that are looked at before it is asked whether one had equal sums, whatever the number of threads.
const HANDS: u64 = 16;

/// How all multisets of a size are compared: a multiset in ascending order is a head and a tail.
#[derive(Debug, Clone, Copy)]
struct Plan {
    head: u64,
    tail: u64,
    intervals: u64,
    steps: u64,
}

impl Plan {
    /// `None` where it would take too long.
    fn new(m: usize, size: u64) -> Option<Self> {
        let m = u64::try_from(m).ok().filter(|m| *m > 0 && size <= MOST_TOKENS)?;
        let multisets = |size: u64| binomial(m + size - 1, size).to_u64();
        let count = multisets(size).filter(|count| *count <= Multisets::MOST)?;
        let held = |tail: &u64| {
            binomial(m + tail, tail + 1).to_u64().is_some_and(|held| held <= MOST_TAILS)
        };
        let tail = (0..=size / 2).rev().find(held)?;
        let (head, intervals) = (size - tail, count.div_ceil(AT_ONCE));
        let lookups = intervals.checked_mul(multisets(head)?)?.checked_mul(LOOK_UP)?;
        let steps = count.checked_add(lookups).filter(|steps| *steps <= MOST_STEPS)?;
        Some(Self { head, tail, intervals, steps })
    }
}

/// A node of the tree of cuts takes as long as this many steps.
const STEPS: u64 = 1 << 11;

/// Other fingerprints are tried so often where two sums have one, which is unlikely.
const ATTEMPTS: u64 = 4;

/// So many steps are checked in a moment.
const MOMENT: u64 = 1 << 23;

/// What is known of multisets of growing size, while a tree of cuts is visited.
pub(super) struct Levels<'a> {
    problem: Problem<'a>,
    limits: &'a Limits,
    /// the next size
    size: u64,
    /// that those of the size before have different sums
    shown: Option<Multisets>,
    given_up: bool,
    /// why the tree need not be visited further
    pub ended: Option<Ended>,
}

/// Why a tree need not be visited further.
pub(super) enum Ended {
    /// there is no vector in its ball
    Shown,
    /// this is a shortest vector
    Equal(IntegerVector),
    Stopped(Stopped),
}

impl<'a> Levels<'a> {
    pub(super) fn new(problem: Problem<'a>, limits: &'a Limits) -> Self {
        Self { problem, limits, size: 0, shown: None, given_up: false, ended: None }
    }

    /// Compares multisets of growing size, as long as that takes no longer than so many nodes did; whether the tree of the ball of
    /// this radius, or of any, need not be visited further.
    pub(super) fn show(&mut self, nodes: u64, radius: &BigInt) -> bool {
        while !self.given_up && self.ended.is_none() {
            if BigInt::from(self.size) * 2u32 > *radius {
                self.ended = Some(Ended::Shown);
                break;
            }
            let plan = Plan::new(self.problem.cols, self.size);
            if plan.is_none_or(|plan| plan.steps > nodes.saturating_mul(STEPS)) {
                break;
            }
            let matrix = (self.problem.rows, self.problem.cols);
            let mut attempts = (0..ATTEMPTS)
                .map(|attempt| compare(matrix, self.size, attempt, &self.limits.control));
            match attempts.find(|compared| *compared != Ok(Compared::Unclear)) {
                Some(Ok(Compared::Apart(multisets))) => {
                    self.size += 1;
                    self.shown = Some(multisets);
                }
                Some(Ok(Compared::Equal(z))) => self.ended = Some(Ended::Equal(z)),
                Some(Ok(Compared::Unclear)) | None => self.given_up = true,
                Some(Err(why)) => self.ended = Some(Ended::Stopped(why)),
            }
        }
        self.ended.is_some()
    }

    /// Adds what is shown where no more was `known` by cuts; of a search that was `stopped` what is checked in a moment, for that is all
    /// the time there is then.
    pub(super) fn add_to(&self, known: &mut Shortest, stopped: bool) {
        let Some(shown) = &self.shown else { return };
        let quick = |size: &u64| {
            Plan::new(self.problem.cols, *size).is_some_and(|plan| plan.steps <= MOMENT)
        };
        // multisets with different fingerprints have parts with different ones
        let size = (0..self.size).rev().find(|size| !stopped || quick(size)).unwrap_or(0);
        let by_sums = BigInt::from(size) * 2u32;
        // all norms are even
        let by_cuts = known.excluded.take().map(|excluded| excluded / 2u32 * 2u32);
        if by_cuts.as_ref().is_none_or(|excluded| *excluded < by_sums) {
            known.multisets = Some(shown.clone());
        }
        known.excluded = by_cuts.max(Some(by_sums));
    }
}

/// What is found about all multisets of a size.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Compared {
    /// no two have the same sum
    Apart(Multisets),
    /// the difference of two that have
    Equal(IntegerVector),
    /// two sums have one fingerprint
    Unclear,
}

/// Compares the sums of all multisets of `size` columns of a matrix; `attempt` chooses the fingerprints.
///
/// # Errors
/// [`Stopped`] at a limit.
fn compare(
    (rows, cols): (&[IntegerVector], usize),
    size: u64,
    attempt: u64,
    control: &Control,
) -> Result<Compared, Stopped> {
    let Some(plan) = Plan::new(cols, size) else { return Ok(Compared::Unclear) };
    let mut random = ChaCha8Rng::seed_from_u64(attempt);
    let multipliers: IntegerVector =
        rows.iter().map(|_| random.random_range(1..PRIME).into()).collect();
    let (go_on, shown) = (|| control.go_on().is_ok(), Multisets { multipliers });
    let clock = Clock::new(&go_on, 1);
    let sums = shown.fingerprints(rows, cols, &clock).and_then(|single| {
        Ok(Sums { tails: Multisets::tails(&single, plan.tail, &clock)?, single, plan })
    });
    control.go_on()?;
    let Ok(sums) = sums else { return Ok(Compared::Unclear) };
    let width = PRIME / plan.intervals + 1;
    for first in (0..plan.intervals).step_by(HANDS as usize) {
        control.tell(|| {
            format!("sums of {size} tokens: interval {} of {}", first + 1, plan.intervals)
        });
        let batch: Vec<u64> = (first..plan.intervals.min(first + HANDS)).collect();
        let equal = control.map(&batch, |at| sums.equal_in(at * width, width, control))?;
        let Ok(equal) = equal.into_iter().collect::<Result<Vec<_>, _>>() else {
            return Ok(Compared::Unclear);
        };
        if let Some(fingerprint) = equal.into_iter().flatten().next() {
            let alike = sums.with(fingerprint);
            return Ok(equal_sums(rows, &alike).map_or(Compared::Unclear, Compared::Equal));
        }
    }
    Ok(Compared::Apart(shown))
}

struct Sums {
    plan: Plan,
    /// fingerprints of the columns
    single: Vec<u64>,
    /// sorted fingerprints of all tails from a column on
    tails: Vec<Vec<u64>>,
}

impl Sums {
    /// The least fingerprint of an interval that two multisets have; an error where there are too many to compare.
    fn equal_in(
        &self,
        from: u64,
        width: u64,
        control: &Control,
    ) -> Result<Result<Option<u64>, Rejection>, Stopped> {
        let (go_on, mut found) = (|| control.go_on().is_ok(), Vec::new());
        let (own, clock) = ((&*self.single, &*self.tails), Clock::new(&go_on, 1));
        let listed = Multisets::between(from, width, own, self.plan.head, &mut found, &clock);
        control.go_on()?;
        found.sort_unstable();
        let equal = found.windows(2).find(|two| two[0] == two[1]).map(|two| two[0]);
        Ok(listed.map(|()| equal))
    }

    /// The counts of all multisets with this fingerprint.
    fn with(&self, fingerprint: u64) -> Vec<Vec<i64>> {
        let (mut found, mut counts) = (Vec::new(), vec![0; self.single.len()]);
        let left = (self.plan.head, self.plan.tail);
        self.extend(&mut counts, (0, fingerprint), left, &mut found);
        found
    }

    /// Adds columns from `least` on until the fingerprint that is `missing` is reached.
    fn extend(
        &self,
        counts: &mut Vec<i64>,
        (least, missing): (usize, u64),
        (head, tail): (u64, u64),
        found: &mut Vec<Vec<i64>>,
    ) {
        if head == 0 && tail == self.plan.tail && self.tails[least].binary_search(&missing).is_err()
        {
            return;
        }
        let left = match (head, tail) {
            (0, 0) => {
                if missing == 0 {
                    found.push(counts.clone());
                }
                return;
            }
            (0, _) => (0, tail - 1),
            _ => (head - 1, tail),
        };
        for column in least..self.single.len() {
            counts[column] += 1;
            self.extend(
                counts,
                (column, Multisets::minus(missing, self.single[column])),
                left,
                found,
            );
            counts[column] -= 1;
        }
    }
}

/// The difference of the first two of these with the same sum.
fn equal_sums(rows: &[IntegerVector], alike: &[Vec<i64>]) -> Option<IntegerVector> {
    let differences = alike.iter().enumerate().flat_map(|(i, other)| {
        let minus = move |c: &Vec<i64>| c.iter().zip(other).map(|(a, b)| (a - b).into()).collect();
        alike[i + 1..].iter().map(minus)
    });
    let mut differences = differences;
    differences
        .find(|z: &IntegerVector| rows.iter().all(|row| dot_integers(row, z) == BigInt::default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::evidence::counting_matrix;
    use crate::kernel::number::{Matrix, ratio};
    use crate::search::collision::{l1, shortest};
    use std::collections::BTreeSet;

    /// `[V; 1 .. 1]` with entries of `V` up to `bound`, times `factor`.
    fn matrix(d: usize, m: usize, bound: i64, factor: &BigInt, seed: u64) -> Vec<IntegerVector> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut row = || (0..m).map(|_| factor * random.random_range(-bound..=bound)).collect();
        let mut rows: Vec<IntegerVector> = (0..d).map(|_| row()).collect();
        rows.push(vec![1.into(); m]);
        rows
    }

    /// All multisets of `size` of `m` tokens, by their counts.
    fn multisets(m: usize, size: u64) -> Vec<Vec<u64>> {
        let Some(rest) = m.checked_sub(1) else {
            return if size == 0 { vec![Vec::new()] } else { Vec::new() };
        };
        let with = |last: u64| {
            multisets(rest, size - last).into_iter().map(move |mut counts| {
                counts.push(last);
                counts
            })
        };
        (0..=size).flat_map(with).collect()
    }

    fn sum(rows: &[IntegerVector], counts: &[u64]) -> IntegerVector {
        let times = |row: &IntegerVector| row.iter().zip(counts).map(|(a, c)| a * c).sum();
        rows.iter().map(times).collect()
    }

    #[test]
    fn equal_sums_are_found_and_different_ones_shown() {
        let control = Control::default();
        let (mut apart, mut equal) = (0, 0);
        for (seed, factor) in (0..40).zip([1.into(), BigInt::from(PRIME) << 70].iter().cycle()) {
            let (d, m) = (1 + seed as usize % 3, 4 + seed as usize % 4);
            let rows = matrix(d, m, 9, factor, seed);
            for size in 0..5 {
                let all = multisets(m, size);
                let different: BTreeSet<_> = all.iter().map(|counts| sum(&rows, counts)).collect();
                match compare((&rows, m), size, 0, &control).unwrap() {
                    Compared::Apart(shown) => {
                        apart += 1;
                        assert_eq!(different.len(), all.len(), "{rows:?}, {size} tokens");
                        let count = shown.check("", &rows, size, &Clock::unlimited());
                        assert_eq!(count, Ok(all.len() as u64));
                    }
                    Compared::Equal(z) => {
                        equal += 1;
                        assert!(l1(&z) <= (2 * size).into() && l1(&z) > BigInt::default());
                        assert!(rows.iter().all(|row| dot_integers(row, &z) == BigInt::default()));
                    }
                    Compared::Unclear => assert!(*factor > BigInt::from(PRIME), "{rows:?}"),
                }
            }
        }
        assert!(apart > 20 && equal > 20, "{apart} and {equal}");
    }

    #[test]
    fn multiples_of_the_prime_have_no_fingerprints() {
        let rows = matrix(1, 3, 9, &PRIME.into(), 1);
        assert_ne!(rows[0][0], rows[0][1]);
        assert_eq!(compare((&rows, 3), 1, 0, &Control::default()), Ok(Compared::Unclear));
    }

    #[test]
    fn limits_are_heeded() {
        let stopped = Control::new(Some(2), Some(std::time::Duration::ZERO));
        let rows = matrix(1, 3, 9, &1.into(), 1);
        assert_eq!(compare((&rows, 3), 1, 0, &stopped), Err(Stopped::TimeLimit));
    }

    #[test]
    fn every_interval_is_looked_at() {
        let single = vec![3, PRIME - 5, PRIME / 2, 1 << 40, 8, PRIME / 4 + 77];
        // 3 + 3 + 3 and -7 + 8 + 8 are alike
        let with = |last: u64| [single.clone(), vec![last]].concat();
        for (last, expected) in [(1 << 50, None), (PRIME - 7, Some(9))] {
            let single = with(last);
            for (head, tail) in [(3, 0), (2, 1)] {
                for intervals in [1, 2, 7, 50] {
                    let plan = Plan { head, tail, intervals, steps: 0 };
                    let tails = Multisets::tails(&single, tail, &Clock::unlimited()).unwrap();
                    let sums = Sums { plan, single: single.clone(), tails };
                    let width = PRIME / intervals + 1;
                    let control = Control::default();
                    let equal = |at| sums.equal_in(at * width, width, &control).unwrap().unwrap();
                    let found: Vec<u64> = (0..intervals).filter_map(equal).collect();
                    assert_eq!(found.first().copied(), expected, "{head}, {tail}, {intervals}");
                    if let Some(fingerprint) = expected {
                        assert_eq!(sums.with(fingerprint).len(), 2);
                    }
                }
            }
        }
    }

    /// Levels and cuts find vectors of one length, and what levels exclude is shown; with denominators, and beyond words.
    #[test]
    fn levels_and_cuts_agree() {
        let (limits, mut random) = (Limits::default(), ChaCha8Rng::seed_from_u64(3));
        for _ in 0..12 {
            let (d, m) = (random.random_range(1..3), random.random_range(5..8));
            let mut entry = || (0..d).map(|_| ratio(random.random_range(-9..=9), 3)).collect();
            let tokens = Matrix::from_rows(d, (0..m).map(|_| entry()).collect()).unwrap();
            let mut rows = counting_matrix(&tokens).unwrap();
            rows[0].iter_mut().for_each(|entry| *entry *= BigInt::from(10).pow(30));
            let problem = Problem { rows: &rows, cols: m, query: None, parting: None };
            let by_cuts = shortest(problem, None, &limits).unwrap();
            let least = l1(by_cuts.vector.as_ref().unwrap());
            let shown = |levels: &Levels<'_>| {
                let mut known = Shortest::unknown(by_cuts.proof.clone());
                levels.add_to(&mut known, false);
                let size = known.excluded.unwrap() / 2u32;
                let shown = known.multisets.unwrap();
                let size = u64::try_from(size).unwrap();
                shown.check("", &rows, size, &Clock::unlimited()).unwrap();
                size
            };
            let mut levels = Levels::new(problem, &limits);
            assert!(levels.show(u64::MAX, &(&least + 7u32)));
            assert!(matches!(&levels.ended, Some(Ended::Equal(z)) if l1(z) == least));
            assert_eq!(BigInt::from(2 * shown(&levels)), &least - 2u32);
            // what there is to show, and what there is time for
            let mut levels = Levels::new(problem, &limits);
            assert!(levels.show(u64::MAX, &(&least - 1u32)));
            assert!(matches!(levels.ended, Some(Ended::Shown)));
            assert_eq!(BigInt::from(2 * shown(&levels)), &least - 2u32);
            let mut levels = Levels::new(problem, &limits);
            assert!(!levels.show(0, &least) && levels.shown.is_none());
        }
    }

    /// Two parts of a known proof: what reaches further is taken.
    #[test]
    fn cuts_that_reach_further_are_kept() {
        let rows = matrix(1, 4, 9, &1.into(), 2);
        let problem = Problem { rows: &rows, cols: 4, query: None, parting: None };
        let limits = Limits::default();
        let mut levels = Levels::new(problem, &limits);
        (levels.size, levels.shown) = (3, Some(Multisets { multipliers: Vec::new() }));
        let proof = shortest(problem, None, &limits).unwrap().proof;
        for (by_cuts, expected, by_sums) in
            [(None, 4, true), (Some(3), 4, true), (Some(4), 4, false), (Some(7), 6, false)]
        {
            let mut known = Shortest::unknown(proof.clone());
            known.excluded = by_cuts.map(BigInt::from);
            levels.add_to(&mut known, by_cuts.is_some());
            assert_eq!(known.excluded, Some(expected.into()));
            assert_eq!(known.multisets.is_some(), by_sums);
        }
        // of 50 tokens there are 3 million of 5, and 29 million of 6
        let problem = Problem { cols: 50, ..problem };
        for (stopped, expected) in [(false, 14), (true, 10)] {
            let levels = Levels {
                problem,
                size: 8,
                shown: levels.shown.clone(),
                ..Levels::new(problem, &limits)
            };
            let mut known = Shortest::unknown(proof.clone());
            levels.add_to(&mut known, stopped);
            assert_eq!(known.excluded, Some(expected.into()));
        }
    }

    #[test]
    fn plans_grow_with_what_they_compare() {
        let steps = |m, size| Plan::new(m, size).map(|plan| plan.steps);
        assert_eq!(steps(69, 4).map(|steps| steps / 1_000_000), Some(1));
        assert!(steps(54, 6) < steps(54, 7));
        assert_eq!(steps(54, 12), None);
        assert_eq!(steps(50_000, 2), None);
        assert_eq!((steps(5, 0).is_some(), steps(0, 3)), (true, None));
    }
}
