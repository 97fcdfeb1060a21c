//! Thresholds read off measured cells, seed by seed.

use super::chain::walk;
use super::grid::{Cell, ChainId, Plan};
use super::run::{Outcome, Results};
use crate::train::measure::Health;
use std::collections::BTreeSet;

/// A model counts when at least this many of 100 answers are right (T10).
pub const MARK: u64 = 80;

/// Whether at least 80% of the answers are right.
#[must_use]
pub fn counts(outcome: &Outcome) -> bool {
    let score = outcome.measurement.accuracy;
    score.total > 0 && score.right * 100 >= score.total * MARK
}

/// Where one seed of one arm stops counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// the first `m` whose accuracy is below the mark; the model there is trained, but not well enough
    Below(usize),
    /// the first `m` below the mark, but the model there has collapsed: training failed, which is no threshold
    Collapsed(usize),
    /// the same, numbers stopped being finite
    Diverged(usize),
    /// not reached up to the largest `m` tried
    Open(usize),
}

/// How far a chain has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    pub id: ChainId,
    /// `None` when unfinished
    pub threshold: Option<Threshold>,
    /// measured sizes above the threshold at which it counts again: accuracy does not fall monotonically there
    pub counts_again: Vec<usize>,
    /// the cells that it has used, ascending in `m`
    pub cells: Vec<Cell>,
}

/// Every chain of the plan, sorted by arm, dimension and seed.
///
/// # Errors
/// A cell that no chain asks for, which a sweep never measures.
pub fn chains(plan: &Plan, results: &Results) -> Result<Vec<Chain>, Cell> {
    let mut ids = plan.chains();
    ids.sort_unstable();
    let chains: Vec<Chain> = ids.into_iter().map(|id| chain(plan, id, results)).collect();
    let used: BTreeSet<&Cell> = chains.iter().flat_map(|chain| &chain.cells).collect();
    match results.keys().find(|cell| !used.contains(cell)) {
        Some(cell) => Err(*cell),
        None => Ok(chains),
    }
}

fn chain(plan: &Plan, id: ChainId, results: &Results) -> Chain {
    let sizes = plan.sizes(id);
    let outcome = |rank: usize| results.get(&plan.cell(id, sizes[rank]));
    let walk = walk(plan.search, sizes.len(), |rank| outcome(rank).map(counts));
    let threshold = walk.finished().then(|| match walk.first_failing {
        None => Threshold::Open(sizes.last().copied().unwrap_or(0)),
        Some(rank) => match outcome(rank).map(|outcome| outcome.measurement.health) {
            Some(Health::Collapsed) => Threshold::Collapsed(sizes[rank]),
            Some(Health::Diverged) => Threshold::Diverged(sizes[rank]),
            Some(Health::Trained) | None => Threshold::Below(sizes[rank]),
        },
    });
    let mut visited = walk.visited;
    visited.sort_unstable();
    let again = |&rank: &usize| {
        walk.first_failing.is_some_and(|first| rank > first) && outcome(rank).is_some_and(counts)
    };
    let counts_again = visited.iter().copied().filter(again).map(|rank| sizes[rank]).collect();
    let cells = visited.into_iter().map(|rank| plan.cell(id, sizes[rank])).collect();
    Chain { id, threshold, counts_again, cells }
}

#[cfg(test)]
mod tests {
    use super::super::grid::tests::plan;
    use super::*;
    use crate::train::Arm;
    use crate::train::sweep::run::tests::outcome;

    #[test]
    fn a_collapse_is_no_threshold_and_open_ends_stay_open() {
        let plan = plan();
        let id = ChainId { arm: Arm::Faithful, d: 2, seed: 8 };
        let cell = |m| plan.cell(id, m);
        let find = |outcomes: &[(usize, u64, Health)]| {
            let results: Results = outcomes
                .iter()
                .map(|&(m, right, health)| (cell(m), outcome(right, health)))
                .collect();
            let chains = chains(&plan, &results)?;
            assert_eq!(chains.len(), 12);
            assert!(chains.windows(2).all(|pair| pair[0].id < pair[1].id));
            Ok(chains.into_iter().find(|chain| chain.id == id).unwrap())
        };
        use Health::{Collapsed, Diverged, Trained};
        let found = find(&[(2, 80, Trained), (3, 79, Trained), (5, 10, Trained)]).unwrap();
        assert_eq!((found.threshold, found.cells.len()), (Some(Threshold::Below(3)), 3));
        assert!(found.counts_again.is_empty());
        let found = find(&[(2, 100, Trained), (3, 20, Collapsed), (5, 90, Trained)]).unwrap();
        assert_eq!(found.threshold, Some(Threshold::Collapsed(3)));
        assert_eq!(found.counts_again, [5]);
        let found = find(&[(2, 0, Diverged), (3, 0, Trained)]).unwrap();
        assert_eq!(found.threshold, Some(Threshold::Diverged(2)));
        // a model that counts counts, however little its outputs vary
        let found = find(&[(2, 95, Collapsed), (3, 95, Trained), (5, 95, Trained)]).unwrap();
        assert_eq!(found.threshold, Some(Threshold::Open(5)));
        assert_eq!(find(&[(2, 95, Trained)]).unwrap().threshold, None);
        // what bisection would not have asked for was not measured by this sweep
        assert_eq!(find(&[(5, 95, Trained)]), Err(cell(5)));
        assert_eq!(find(&[(2, 0, Trained), (5, 0, Trained)]), Err(cell(5)));
    }
}
