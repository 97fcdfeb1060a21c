//! Which vocabulary sizes one seed looks at, as a function of what is known about them: no state but the answers, so that a
//! sweep goes on after an interruption exactly where it was.

use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt;
use std::ops::Range;

/// How the first size below the mark is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Search {
    /// Sizes of doubling rank until one fails, then halving what lies between. This assumes that a seed which counts at
    /// some `m` counts at every smaller one. As a spot check of that assumption the next size above the threshold is measured as
    /// well. Costs grow with `m`, so coming from below is cheaper than starting in the middle.
    Bisection,
    /// every size; assumes nothing
    FullGrid,
}

impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bisection => "bisection",
            Self::FullGrid => "full grid",
        })
    }
}

/// How far a chain has come. Sizes are given by their rank, `0 .. length`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk {
    /// the known sizes it has used, in the order of asking
    pub visited: Vec<usize>,
    /// what is to be measured now; independent of one another
    pub wanted: Vec<usize>,
    /// the first size that fails; `None` when all count, or when unfinished
    pub first_failing: Option<usize>,
    /// about how many more sizes it will ask for, at most; for a progress display
    pub left_at_most: usize,
    /// among which it may still ask for some
    pub open: Range<usize>,
}

impl Walk {
    #[must_use]
    pub fn finished(&self) -> bool {
        self.wanted.is_empty()
    }

    /// The answer at `rank`; where there is none it becomes what is wanted.
    fn ask(&mut self, rank: usize, counts: impl Fn(usize) -> Option<bool>) -> Option<bool> {
        let answer = counts(rank);
        match answer {
            Some(_) => self.visited.push(rank),
            None => self.wanted.push(rank),
        }
        answer
    }
}

/// Walks through `length` sizes as far as `counts` has answers.
#[must_use]
pub fn walk(search: Search, length: usize, counts: impl Fn(usize) -> Option<bool>) -> Walk {
    match search {
        Search::Bisection => bisect(length, counts),
        Search::FullGrid => {
            let mut walk = Walk::default();
            let answers: Vec<_> = (0..length).map(|rank| walk.ask(rank, &counts)).collect();
            walk.left_at_most = walk.wanted.len();
            if !walk.finished() {
                walk.open = 0..length;
            } else {
                walk.first_failing = answers.iter().position(|answer| *answer == Some(false));
            }
            walk
        }
    }
}

fn bisect(length: usize, counts: impl Fn(usize) -> Option<bool>) -> Walk {
    let mut walk = Walk::default();
    // everything below `low` counts
    let mut low = 0;
    let mut reach = 1;
    let mut high = loop {
        if low >= length {
            return walk;
        }
        let rank = (reach - 1).min(length - 1);
        match walk.ask(rank, &counts) {
            Some(true) => low = rank + 1,
            Some(false) => break rank,
            None => {
                let doublings = bits(length.div_ceil(reach));
                walk.left_at_most = doublings + bits(length - low) + 1;
                walk.open = low..length;
                return walk;
            }
        }
        reach *= 2;
    };
    while low < high {
        let middle = low + (high - low) / 2;
        match walk.ask(middle, &counts) {
            Some(true) => low = middle + 1,
            Some(false) => high = middle,
            None => {
                walk.left_at_most = bits(high - low) + 1;
                walk.open = low..(high + 2).min(length);
                return walk;
            }
        }
    }
    if high + 1 < length && !walk.visited.contains(&(high + 1)) {
        walk.ask(high + 1, &counts);
        walk.left_at_most = walk.wanted.len();
    }
    if walk.finished() {
        walk.first_failing = Some(high);
    } else {
        walk.open = high + 1..high + 2;
    }
    walk
}

/// An answer that is not expected is taken for as likely as this many expected ones one after the other.
const SURPRISE: usize = 5;

/// Up to `most` sizes that the walk may want once it has answers to what it wants now, likely ones first: what it would want under either answer,
/// and so on. `expected` says which answer is the likelier one.
#[must_use]
pub fn foreseen(
    search: Search,
    length: usize,
    counts: impl Fn(usize) -> Option<bool>,
    expected: impl Fn(usize) -> bool,
    most: usize,
) -> Vec<usize> {
    let mut found = Vec::new();
    // of several equally likely ones that which was thought of first
    let mut thought = 0;
    let mut assumed = BinaryHeap::from([Reverse((0, thought, BTreeMap::new()))]);
    while let Some(Reverse((surprises, _, answers))) = assumed.pop() {
        let walk = walk(search, length, |rank| counts(rank).or(answers.get(&rank).copied()));
        // where several are wanted at once none depends on another
        let [rank] = walk.wanted[..] else { continue };
        if !answers.is_empty() && !found.contains(&rank) {
            found.push(rank);
        }
        if found.len() >= most {
            break;
        }
        for answer in [true, false] {
            let mut answers = answers.clone();
            answers.insert(rank, answer);
            thought += 1;
            let cost = if answer == expected(rank) { 1 } else { SURPRISE };
            assumed.push(Reverse((surprises + cost, thought, answers)));
        }
    }
    found
}

fn bits(value: usize) -> usize {
    (usize::BITS - value.leading_zeros()) as usize
}

#[cfg(test)]
mod tests {
    use super::{Search, Walk, foreseen, walk};
    use std::collections::BTreeMap;

    /// Answers what is asked for until nothing is; checks what must hold on the way.
    fn answered(search: Search, length: usize, truth: impl Fn(usize) -> bool) -> Walk {
        let mut known = BTreeMap::new();
        let mut steps = 0;
        loop {
            let walk = walk(search, length, |rank| known.get(&rank).copied());
            assert_eq!(walk.visited.len(), known.len(), "every answer is used: {walk:?}");
            assert!(walk.left_at_most >= walk.wanted.len());
            if walk.finished() {
                assert_eq!(walk.left_at_most, 0);
                return walk;
            }
            assert_eq!(walk.first_failing, None);
            for rank in walk.wanted {
                assert!(rank < length && known.insert(rank, truth(rank)).is_none());
            }
            steps += 1;
            assert!(steps <= 2 * length, "no end");
        }
    }

    #[test]
    fn both_find_the_first_failing_size() {
        for length in 0..40 {
            for first in 0..=length {
                let expected = (first < length).then_some(first);
                for search in [Search::Bisection, Search::FullGrid] {
                    let walk = answered(search, length, |rank| rank < first);
                    assert_eq!(walk.first_failing, expected, "{search} {length} {first}");
                    if let Some(first) = walk.first_failing {
                        // the threshold, the size before it and the one after are all measured
                        let neighbours = first.saturating_sub(1)..(first + 2).min(length);
                        assert!(neighbours.into_iter().all(|rank| walk.visited.contains(&rank)));
                    }
                }
            }
        }
    }

    #[test]
    fn bisection_asks_for_few() {
        for first in 0..=1000 {
            let walk = answered(Search::Bisection, 1000, |rank| rank < first);
            assert!(walk.visited.len() <= 21, "{first}: {:?}", walk.visited);
            // and for nothing far above the threshold
            assert!(walk.visited.iter().all(|&rank| rank <= 2 * first + 2));
        }
        let order = answered(Search::Bisection, 40, |rank| rank < 9).visited;
        assert_eq!(order, [0, 1, 3, 7, 15, 11, 9, 8, 10]);
    }

    #[test]
    fn a_size_that_counts_again_is_seen() {
        let truth = |rank| rank != 5;
        let walk = answered(Search::FullGrid, 12, truth);
        assert_eq!((walk.first_failing, walk.visited.len()), (Some(5), 12));
        // ranks 0, 1, 3, 7 count, so bisection never comes to 5: what the full grid is for
        assert_eq!(answered(Search::Bisection, 12, truth).first_failing, None);
        // but it looks at the neighbour of what it finds
        let walk = answered(Search::Bisection, 12, |rank| rank != 3);
        assert_eq!(walk.first_failing, Some(3));
        assert_eq!(walk.visited, [0, 1, 3, 2, 4]);
    }

    #[test]
    fn what_is_foreseen_comes() {
        let ahead = |known: &[(usize, bool)], first: usize, most| {
            let known: BTreeMap<usize, bool> = known.iter().copied().collect();
            let counts = |rank: usize| known.get(&rank).copied();
            foreseen(Search::Bisection, 40, counts, |rank| rank < first, most)
        };
        // the next doubled sizes, and the bracket below one that is expected to fail
        assert_eq!(ahead(&[], 40, 4), [1, 3, 7, 15]);
        assert_eq!(ahead(&[(0, true), (1, true), (3, true)], 9, 4), [15, 11, 9, 8]);
        // both halves, that of the expected answer first
        let bracket = [(0, true), (1, true), (3, true), (7, true), (15, false)];
        assert_eq!(ahead(&bracket, 9, 3), [9, 8, 10]);
        assert_eq!(ahead(&bracket, 40, 3), [13, 14, 16]);
        assert!(ahead(&bracket, 0, 100).iter().all(|rank| (8..17).contains(rank)));
        assert_eq!(foreseen(Search::FullGrid, 9, |_| None, |_| true, 5), [0; 0]);
        assert_eq!(foreseen(Search::Bisection, 0, |_| None, |_| true, 5), [0; 0]);
        // whatever the answers, each that comes was foreseen, and is among those that were open
        for length in 1..30 {
            for first in 0..=length {
                let mut known = BTreeMap::new();
                let mut before: Option<(Vec<usize>, std::ops::Range<usize>)> = None;
                loop {
                    let counts = |rank: usize| known.get(&rank).copied();
                    let walk = walk(Search::Bisection, length, counts);
                    assert_eq!(walk.open.is_empty(), walk.finished());
                    let Some(&rank) = walk.wanted.first() else { break };
                    if let Some((ahead, open)) = before {
                        assert!(ahead.contains(&rank) && open.contains(&rank), "{length} {first}");
                        assert!(open.start <= walk.open.start && walk.open.end <= open.end);
                    }
                    let all = foreseen(Search::Bisection, length, counts, |_| false, usize::MAX);
                    assert!(all.iter().all(|rank| walk.open.contains(rank)));
                    before = Some((all, walk.open));
                    known.insert(rank, rank < first);
                }
            }
        }
    }

    #[test]
    fn the_bound_on_what_is_left_holds() {
        for length in 1..70 {
            for first in 0..=length {
                let total = answered(Search::Bisection, length, |rank| rank < first).visited.len();
                let mut known = BTreeMap::new();
                loop {
                    let walk =
                        walk(Search::Bisection, length, |rank: usize| known.get(&rank).copied());
                    assert!(known.len() + walk.left_at_most >= total, "{length} {first} {walk:?}");
                    let Some(&rank) = walk.wanted.first() else { break };
                    known.insert(rank, rank < first);
                }
            }
        }
    }
}
