//! How a sweep is shared out: parts of about equal time, by what chains are expected to cost.

use super::chain::walk;
use super::grid::{ChainId, Plan, Shard};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

impl Plan {
    /// The chains of a part, in the order of [`Plan::chains`].
    ///
    /// Chains are dealt out with the costly ones first, each to the part that has least to do; the parts of one number of parts
    /// have nothing in common and are all chains together.
    #[must_use]
    pub fn chains_of(&self, shard: Shard) -> Vec<ChainId> {
        let chains = self.chains();
        let mut costly: Vec<(usize, u128)> =
            chains.iter().map(|chain| self.expected_cost(*chain)).enumerate().collect();
        costly.sort_by_key(|&(at, cost)| (Reverse(cost), at));
        let mut loads: BinaryHeap<Reverse<(u128, usize)>> =
            (1..=shard.of).map(|index| Reverse((0, index))).collect();
        let mut mine = Vec::new();
        for (at, cost) in costly {
            let Some(Reverse((load, index))) = loads.pop() else { break };
            if index == shard.index {
                mine.push(at);
            }
            loads.push(Reverse((load.saturating_add(cost), index)));
        }
        mine.sort_unstable();
        mine.into_iter().map(|at| chains[at]).collect()
    }

    /// What a chain is expected to cost, where models count up to `m = d`. A step takes about `n + 2 m d + d^2` for each sequence
    /// of the batch: measured from `d = 4` to 64 and `m = 4` to 64; of small models it says too little. Only ratios matter.
    fn expected_cost(&self, chain: ChainId) -> u128 {
        let sizes = self.sizes(chain);
        let counts = |rank: usize| sizes.get(rank).map(|&m| m <= chain.d);
        let walk = walk(self.search, sizes.len(), counts);
        let cost = |&rank: &usize| {
            let cell = self.cell(chain, sizes[rank]);
            let [n, m, d] = [cell.n, cell.m, cell.d].map(|size| size as u128);
            let steps = self.settings(&cell).map_or(0, |settings| {
                u128::from(settings.steps).saturating_mul(settings.batch as u128)
            });
            steps.saturating_mul(n + 2 * m * d + d * d)
        };
        walk.visited.iter().map(cost).fold(0, u128::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::super::chain::Search;
    use super::super::grid::tests::plan;
    use super::super::grid::{Dimension, Seeds};
    use super::*;

    #[test]
    fn chains_are_shared_out_without_loss_or_overlap() {
        let plan = plan();
        for of in 1..=14 {
            let parts = (1..=of).map(|index| plan.chains_of(Shard { index, of }));
            let mut all: Vec<ChainId> = parts.flatten().collect();
            all.sort_unstable_by_key(|chain| plan.chains().iter().position(|other| other == chain));
            assert_eq!(all, plan.chains());
        }
        assert_eq!(plan.chains_of(Shard::WHOLE), plan.chains());
    }

    /// The paper's grid in as many parts as a cluster would take: none has much more to do than its share.
    #[test]
    fn parts_have_about_as_much_to_do() {
        let dimensions = [4, 8, 16, 32, 64].map(Dimension::by_default).to_vec();
        let seeds = Seeds { first: 0, count: 5 };
        for search in [Search::Bisection, Search::FullGrid] {
            let plan = Plan { dimensions: dimensions.clone(), seeds, search, ..plan() };
            let cost =
                |chains: &[ChainId]| chains.iter().map(|c| plan.expected_cost(*c)).sum::<u128>();
            let (whole, largest) = (
                cost(&plan.chains()),
                plan.chains().iter().map(|c| plan.expected_cost(*c)).max().unwrap(),
            );
            for of in [2, 3, 4, 5, 8] {
                for index in 1..=of {
                    let part = cost(&plan.chains_of(Shard { index, of }));
                    // a chain is not cut
                    let most = (whole / of as u128 + largest).min(whole / of as u128 * 3 / 2);
                    assert!(part <= most, "{search} {index}/{of}: {part} of {whole}");
                }
            }
        }
    }
}
