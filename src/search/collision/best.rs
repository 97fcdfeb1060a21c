//! The integer embedding with entries at most `B` that counts longest under uniform attention (ours).
//!
//! `n*` depends on the *set* of token vectors, does not change under permutations and sign changes of coordinates, and
//! never grows when a token is added (the kernel lattice of fewer tokens lies in that of more). So sets are
//! built in lexicographic order, a token at a time; a set is left when an image of it under the symmetries is
//! smaller (its extensions are then images of others), or when it counts no longer than the best
//! complete set. Beyond the budget the search goes on by changing single tokens at random, and says so.

use super::{Limits, Problem, SearchError, l1, shortest};
use crate::kernel::number::IntegerVector;
use crate::search::control::Stopped;
use num_bigint::BigInt;
use num_traits::One;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Sizes {
    pub m: usize,
    pub d: usize,
    /// entries are in `-bound ..= bound`
    pub bound: u32,
    /// sets that are looked at before the search turns to random changes; as many of those then
    pub budget: u64,
    pub seed: u64,
}

/// The best embedding found.
#[derive(Debug, Clone)]
pub struct Best {
    /// one row a token
    pub tokens: Vec<Vec<i64>>,
    /// every set was looked at, up to symmetry
    pub exhaustive: bool,
    /// sets that were looked at
    pub visited: u64,
    /// why the search ended before its budget did
    pub stopped: Option<Stopped>,
}

type Tokens = Vec<Vec<i64>>;

/// More points than this are not listed; the search is random from the start.
const MAX_POINTS: u64 = 1 << 16;

struct Search<'a> {
    sizes: &'a Sizes,
    limits: &'a Limits,
    points: Tokens,
    symmetries: Vec<Vec<(usize, i64)>>,
    best: Tokens,
    /// `None`: the best one counts at every length
    best_length: Option<u64>,
    visited: u64,
}

/// Searches the embedding with the largest `n*`.
///
/// # Errors
/// [`SearchError`] when a search for one embedding's `n*` takes too many nodes, or is about numbers that are too large.
/// When time is up the best embedding so far is returned.
///
/// ```
/// use counterproof::search::collision::Limits;
/// use counterproof::search::collision::best::{Sizes, best_embedding};
///
/// // four tokens on a line, entries from -3 to 3
/// let sizes = Sizes { m: 4, d: 1, bound: 3, budget: 10_000, seed: 0 };
/// let best = best_embedding(&sizes, &Limits::default())?;
/// assert!(best.exhaustive);
/// assert_eq!(best.tokens.len(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn best_embedding(sizes: &Sizes, limits: &Limits) -> Result<Best, SearchError> {
    let side = 2 * u64::from(sizes.bound) + 1;
    let dimension = u32::try_from(sizes.d).unwrap_or(u32::MAX);
    let count = side.checked_pow(dimension).filter(|&count| count <= MAX_POINTS);
    let mut search = Search {
        sizes,
        limits,
        points: if count.is_some() { points(sizes) } else { Vec::new() },
        symmetries: symmetries(sizes.d),
        best: vec![vec![0; sizes.d]; sizes.m],
        // Tokens that are all alike collide from length 2 on, a single token never.
        best_length: (sizes.m > 1).then_some(2),
        visited: 0,
    };
    let (exhaustive, stopped) = match search.look(count.is_some()) {
        Ok(exhaustive) => (exhaustive, None),
        Err(SearchError::Stopped { why, .. }) => (false, Some(why)),
        Err(error) => return Err(error),
    };
    Ok(Best { tokens: search.best, exhaustive, visited: search.visited, stopped })
}

impl Search<'_> {
    /// Looks at all sets if they can be `listed`, then at random ones; whether it was all.
    fn look(&mut self, listed: bool) -> Result<bool, SearchError> {
        let exhaustive = listed && self.extend(0, &mut Vec::new())?;
        if !exhaustive {
            self.change_at_random()?;
        }
        Ok(exhaustive)
    }

    /// Looks at all extensions of `tokens` by points from `from` on; `false` when the budget ran out.
    fn extend(&mut self, from: usize, tokens: &mut Tokens) -> Result<bool, SearchError> {
        if tokens.len() == self.sizes.m {
            if let Some(length) = self.longer(tokens)? {
                self.best_length = length;
                self.best = tokens.clone();
            }
            return Ok(true);
        }
        for place in from..self.points.len() {
            if self.best_length.is_none() {
                return Ok(true);
            }
            if self.visited >= self.sizes.budget {
                return Ok(false);
            }
            self.visited += 1;
            let nodes = self.visited;
            if nodes.is_multiple_of(64) {
                let stopped = |why| SearchError::Stopped { why, nodes };
                self.limits.control.go_on().map_err(stopped)?;
            }
            tokens.push(self.points[place].clone());
            let go_on = self.is_least(tokens)
                && (tokens.len() == self.sizes.m || self.longer(tokens)?.is_some());
            let finished = !go_on || self.extend(place + 1, tokens)?;
            tokens.pop();
            if !finished {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The length from which `tokens` collide (`Some(None)`: never), if it is larger than the best.
    fn longer(&self, tokens: &Tokens) -> Result<Option<Option<u64>>, SearchError> {
        let Some(best) = self.best_length else { return Ok(None) };
        let cols = tokens.len();
        let mut rows: Vec<IntegerVector> = (0..self.sizes.d)
            .map(|i| tokens.iter().map(|token| BigInt::from(token[i])).collect())
            .collect();
        rows.push(vec![BigInt::one(); cols]);
        let problem = Problem { rows: &rows, cols, query: None, parting: None };
        let radius = BigInt::from(best - 1) * 2;
        let below = shortest(problem, Some(&radius), self.limits)?;
        if below.vector.is_some() {
            return Ok(None);
        }
        if cols < self.sizes.m {
            // How much longer does not matter yet.
            return Ok(Some(None));
        }
        let found = shortest(problem, None, self.limits)?.vector;
        let length = found.map(|z| u64::try_from(l1(&z) / 2).map(|half| half + 1));
        length.transpose().map(Some).map_err(|_| SearchError::TooLarge)
    }

    /// No symmetry makes the sorted list of tokens smaller.
    fn is_least(&self, tokens: &Tokens) -> bool {
        self.symmetries.iter().all(|symmetry| {
            let mut image: Tokens = tokens
                .iter()
                .map(|token| symmetry.iter().map(|&(place, sign)| sign * token[place]).collect())
                .collect();
            image.sort_unstable();
            image >= *tokens
        })
    }

    fn change_at_random(&mut self) -> Result<(), SearchError> {
        let mut random = ChaCha8Rng::seed_from_u64(self.sizes.seed);
        let bound = i64::from(self.sizes.bound);
        for round in 0..self.sizes.budget {
            if self.best_length.is_none() {
                break;
            }
            self.visited += 1;
            let nodes = self.visited;
            self.limits.control.go_on().map_err(|why| SearchError::Stopped { why, nodes })?;
            let mut tokens = self.best.clone();
            // Mostly small changes; a fresh start now and then.
            let changes = if round % 16 == 0 { self.sizes.m } else { 1 + round as usize % 3 };
            for change in 0..changes {
                let place =
                    if round % 16 == 0 { change } else { random.random_range(0..self.sizes.m) };
                for entry in &mut tokens[place] {
                    *entry = random.random_range(-bound..=bound);
                }
            }
            tokens.sort_unstable();
            if let Some(length) = self.longer(&tokens)? {
                self.best_length = length;
                self.best = tokens;
            }
        }
        Ok(())
    }
}

/// All points of the box, ascending.
fn points(sizes: &Sizes) -> Tokens {
    let bound = i64::from(sizes.bound);
    (0..sizes.d).fold(vec![Vec::new()], |all, _| {
        let with = |point: Vec<i64>| {
            (-bound..=bound).map(move |entry| point.iter().copied().chain([entry]).collect())
        };
        all.into_iter().flat_map(with).collect()
    })
}

/// Permutations and sign changes of the coordinates (those without permutations from `d = 5` on).
fn symmetries(d: usize) -> Vec<Vec<(usize, i64)>> {
    const MOST_PERMUTED: usize = 4;
    const MOST_SIGNED: usize = 8;
    let mut all: Vec<Vec<(usize, i64)>> = vec![Vec::new()];
    for i in 0..d {
        let signs: &[i64] = if i < MOST_SIGNED { &[1, -1] } else { &[1] };
        let mut longer = Vec::new();
        for symmetry in &all {
            for place in 0..d {
                let free = symmetry.iter().all(|&(taken, _)| taken != place);
                if free && (d <= MOST_PERMUTED || place == i) {
                    for &sign in signs {
                        longer.push([symmetry.as_slice(), &[(place, sign)]].concat());
                    }
                }
            }
        }
        all = longer;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest `n*` over all embeddings, one by one.
    fn plain(m: usize, d: usize, bound: i64) -> u64 {
        let sizes = Sizes { m, d, bound: bound as u32, budget: 0, seed: 0 };
        let all = points(&sizes);
        let limits = Limits::default();
        let mut best = 0;
        for code in 0..all.len().pow(m as u32) {
            let token = |j: usize| &all[code / all.len().pow(j as u32) % all.len()];
            let mut rows: Vec<IntegerVector> =
                (0..d).map(|i| (0..m).map(|j| token(j)[i].into()).collect()).collect();
            rows.push(vec![1.into(); m]);
            let problem = Problem { rows: &rows, cols: m, query: None, parting: None };
            let z = shortest(problem, None, &limits).unwrap().vector.unwrap();
            best = best.max(u64::try_from(l1(&z) / 2).unwrap() + 1);
        }
        best
    }

    #[test]
    fn exhaustive_means_exhaustive() {
        for (m, d, bound) in [(3, 1, 2), (4, 1, 2), (3, 1, 4), (4, 2, 1)] {
            let sizes = Sizes { m, d, bound, budget: 1_000_000, seed: 0 };
            let limits = Limits::default();
            let found = best_embedding(&sizes, &limits).unwrap();
            assert!(found.exhaustive);
            let search = Search {
                sizes: &sizes,
                limits: &limits,
                points: Vec::new(),
                symmetries: Vec::new(),
                best: Vec::new(),
                best_length: Some(1),
                visited: 0,
            };
            let length = search.longer(&found.tokens).unwrap().unwrap();
            assert_eq!(length, Some(plain(m, d, bound.into())), "{m} {d} {bound}");
        }
    }

    #[test]
    fn symmetries_form_the_whole_group() {
        assert_eq!(symmetries(1).len(), 2);
        assert_eq!(symmetries(3).len(), 48);
        assert_eq!(symmetries(5).len(), 32);
    }
}
