//! A long enumeration on all threads, with the same outcome on any number of them.
//!
//! The first nodes are visited in order. What is left waiting then is dealt to [`HANDS`] searches, each of which knows the cuts and
//! the radius by then, and visits [`SHARE`] nodes on its own; then all learn what the others found, in the order of the hands and
//! not of the clock, and what is left is dealt again. So the outcome depends on constants alone.

use super::{Enumeration, Failure, Others, Pool, Values, Waiting};
use crate::search::collision::SearchError;
use crate::search::collision::cut::Numbers;
use crate::search::collision::whole::Whole;
use std::collections::HashSet;
use std::convert::Infallible;

/// Nodes that are visited in order before anything is dealt.
const FIRST: u64 = 1024;

/// How many searches there are in a round.
const HANDS: usize = 16;

/// How many nodes each of them visits.
const SHARE: u64 = 256;

impl<T: Whole> Enumeration<'_, T> {
    /// Visits everything, unless others end it; whether it was all.
    pub(super) fn run(&mut self, others: &mut Others<'_>) -> Result<bool, Failure> {
        let mut lambda = vec![T::zero(); self.lattice.dimension()];
        self.pause = FIRST;
        self.visit(lambda.len(), &mut lambda)?;
        while !(self.waiting.is_empty() || self.done()) {
            if others(self.nodes, &self.radius.clone().into()) {
                return Ok(false);
            }
            self.round()?;
        }
        Ok(true)
    }

    fn round(&mut self) -> Result<(), Failure> {
        let mut dealt = vec![Vec::new(); HANDS];
        for (waiting, hand) in std::mem::take(&mut self.waiting).into_iter().zip((0..HANDS).cycle())
        {
            dealt[hand].push(waiting);
        }
        dealt.retain(|hand| !hand.is_empty());
        self.pools.iter_mut().for_each(Pool::share);
        let known = &*self;
        let play = |hand: &Vec<Waiting<T>>| {
            let mut search = known.clone();
            search.pause = known.nodes + SHARE;
            let ended = search.visit_waiting(hand).err();
            Ok::<_, Infallible>((search, ended))
        };
        let Ok(played) = self.limits.control.map(&dealt, play);
        let (before, mut failure, mut seen) = (self.nodes, None, HashSet::new());
        for (search, ended) in played {
            self.learn(search, before, &mut seen);
            failure = failure.or(ended);
        }
        match failure {
            Some(failure) => Err(failure),
            None if self.nodes > self.limits.nodes => {
                Err(SearchError::Nodes { nodes: self.limits.nodes }.into())
            }
            None => Ok(()),
        }
    }

    fn visit_waiting(&mut self, hand: &[Waiting<T>]) -> Result<(), Failure> {
        // where one hand was stopped the others need not begin
        let nodes = self.nodes;
        self.limits.control.go_on().map_err(|why| SearchError::Stopped { why, nodes })?;
        let mut lambda = vec![T::zero(); self.lattice.dimension()];
        for Waiting { level, above, values } in hand {
            lambda.fill(T::zero());
            lambda[level + 1..].clone_from_slice(above);
            // what has been learned since may leave less
            let Some((low, high)) = self.clipped(*level, &lambda) else { continue };
            let mut values: Values<T> = values.clone();
            values.within(low, high);
            self.visit_values(*level, &mut lambda, values)?;
        }
        Ok(())
    }

    /// Takes over what a search found that began after `before` nodes.
    fn learn(&mut self, search: Self, before: u64, seen: &mut HashSet<Numbers>) {
        self.nodes += search.nodes - before;
        self.waiting.extend(search.waiting);
        if search.radius < self.radius {
            (self.radius, self.best) = (search.radius, search.best);
        }
        for (pool, new) in self.pools.iter_mut().zip(search.pools) {
            pool.own.extend(new.own.into_iter().filter(|cut| seen.insert(cut.y.clone())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FIRST;
    use crate::kernel::Clock;
    use crate::kernel::evidence::{Ball, Sought, Subtrees};
    use crate::kernel::number::IntegerVector;
    use crate::search::collision::{Limits, Problem, SearchError, shortest};
    use crate::search::control::Control;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn outcomes_do_not_depend_on_the_number_of_threads() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut row = || (0..36).map(|_| random.random_range(-100..=100).into()).collect();
        let mut rows: Vec<IntegerVector> = (0..8).map(|_| row()).collect();
        rows.push(vec![1.into(); 36]);
        let problem = Problem { rows: &rows, cols: 36, query: None, parting: None };
        let limits = |threads, nodes| Limits { nodes, control: Control::new(Some(threads), None) };
        let [one, other @ ..] =
            [1, 2, 5].map(|threads| shortest(problem, None, &limits(threads, u64::MAX)).unwrap());
        assert!(one.nodes > 3 * FIRST, "{} nodes are too few for rounds", one.nodes);
        for found in &other {
            assert_eq!(found.vector, one.vector);
            assert_eq!(found.nodes, one.nodes);
            assert_eq!(found.proof.cuts, one.proof.cuts);
        }
        let ball = Ball::l1(one.excluded.unwrap());
        let sought = Sought {
            rows: &rows,
            query: None,
            ball: Some(&ball),
            harmless: &|_| Ok(false),
            part: Subtrees::ALL,
        };
        one.proof.about(None).check("proof", &sought, &Clock::unlimited()).unwrap();

        let most = 3 * FIRST;
        for threads in [1, 3] {
            let found = shortest(problem, None, &limits(threads, most));
            assert_eq!(found.unwrap_err(), SearchError::Nodes { nodes: most });
        }
    }
}
