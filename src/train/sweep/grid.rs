//! The models of a sweep, and how they are shared out.

use super::chain::Search;
use crate::kernel::definition::Task;
use crate::train::{Arm, NormPlacement, SettingError, Settings, Shape};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How long contexts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Length {
    /// `n = c m`: every token is expected `c` times, whatever `m`
    ExpectedCount(usize),
    Fixed(usize),
}

impl Length {
    #[must_use]
    pub fn at(self, m: usize) -> usize {
        match self {
            Self::ExpectedCount(count) => m.saturating_mul(count),
            Self::Fixed(n) => n,
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExpectedCount(count) => write!(f, "n = {count} m"),
            Self::Fixed(n) => write!(f, "n = {n}"),
        }
    }
}

/// `count` seeds from `first` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seeds {
    pub first: u64,
    pub count: u64,
}

/// A dimension, and the vocabulary sizes among which its threshold is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    pub d: usize,
    /// ascending
    pub m: Vec<usize>,
}

impl Dimension {
    /// Every size from 2 to `4 d + 8`.
    #[must_use]
    pub fn by_default(d: usize) -> Self {
        Self { d, m: (2..=d.saturating_mul(4).saturating_add(8)).collect() }
    }
}

/// A way of training with its settings at this sweep's number of steps; the seed there is 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmSettings {
    pub arm: Arm,
    pub settings: Settings,
}

/// Everything that a sweep's numbers depend on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub task: Task,
    pub arms: Vec<ArmSettings>,
    /// ascending in `d`
    pub dimensions: Vec<Dimension>,
    pub length: Length,
    pub heads: usize,
    pub positions: bool,
    pub norm: NormPlacement,
    pub seeds: Seeds,
    pub search: Search,
    /// sequences on which a model is measured
    pub held_out: u64,
}

/// What one seed of one arm does at one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainId {
    pub arm: Arm,
    pub d: usize,
    pub seed: u64,
}

/// One model; `train` with the same seed and sizes trains the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    pub arm: Arm,
    pub d: usize,
    pub seed: u64,
    pub m: usize,
    pub n: usize,
}

impl Cell {
    #[must_use]
    pub fn chain(&self) -> ChainId {
        ChainId { arm: self.arm, d: self.d, seed: self.seed }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { arm, d, seed, m, n } = self;
        write!(f, "{arm}, d = {d}, m = {m}, n = {n}, seed {seed}")
    }
}

/// A plan that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error("d = {d}, m = {m}: {error}")]
    Cell { d: usize, m: usize, error: SettingError },
}

fn wrong(name: &'static str, expected: impl ToString, found: impl ToString) -> PlanError {
    SettingError { name, expected: expected.to_string(), found: found.to_string() }.into()
}

impl Plan {
    /// The most models a sweep may train.
    pub const MOST_CELLS: usize = 1_000_000;

    /// # Errors
    /// [`PlanError`] naming the first setting that makes no sense, at which sizes.
    pub fn check(&self) -> Result<(), PlanError> {
        let ascending = |values: &mut dyn Iterator<Item = usize>| {
            let values: Vec<usize> = values.collect();
            !values.is_empty() && values.windows(2).all(|pair| pair[0] < pair[1])
        };
        if !ascending(&mut self.arms.iter().map(|entry| entry.arm as usize)) {
            return Err(wrong("arm", "at least one, in order", self.arms.len()));
        }
        if self.seeds.count == 0 {
            return Err(wrong("seeds", "at least 1", 0));
        }
        if self.seeds.first.checked_add(self.seeds.count).is_none() {
            return Err(wrong(
                "seed",
                "a seed that leaves room for those after it",
                self.seeds.first,
            ));
        }
        if !(1..=1 << 24).contains(&self.held_out) {
            return Err(wrong("held-out", format!("1 to {}", 1 << 24), self.held_out));
        }
        match self.length {
            Length::ExpectedCount(0) => return Err(wrong("count", "at least 1", 0)),
            Length::Fixed(0) => return Err(wrong("n", "at least 1", 0)),
            _ => {}
        }
        for entry in &self.arms {
            if entry.settings.steps == 0 {
                return Err(wrong("steps", "at least 1", 0));
            }
            entry.settings.check()?;
        }
        if !ascending(&mut self.dimensions.iter().map(|dimension| dimension.d)) {
            return Err(wrong("d", "at least one dimension, ascending", self.dimensions.len()));
        }
        let mut cells = 0u64;
        for dimension in &self.dimensions {
            if !ascending(&mut dimension.m.iter().copied()) {
                return Err(wrong("m", "at least one size, ascending", dimension.m.len()));
            }
            for &m in &dimension.m {
                let d = dimension.d;
                let shape = self.shape_at(d, m, self.length.at(m));
                shape.check().map_err(|error| PlanError::Cell { d, m, error })?;
            }
            let models = (dimension.m.len() as u64).saturating_mul(self.arms.len() as u64);
            cells = cells.saturating_add(models.saturating_mul(self.seeds.count));
        }
        if cells > Self::MOST_CELLS as u64 {
            let expected = format!("at most {} models in all", Self::MOST_CELLS);
            return Err(wrong("seeds", expected, format!("{cells} models")));
        }
        Ok(())
    }

    /// Every chain, those of large `d` first: they take longest, so they are started first.
    #[must_use]
    pub fn chains(&self) -> Vec<ChainId> {
        let mut chains = Vec::new();
        for dimension in self.dimensions.iter().rev() {
            for entry in &self.arms {
                for offset in 0..self.seeds.count {
                    let (arm, d, seed) = (entry.arm, dimension.d, self.seeds.first + offset);
                    chains.push(ChainId { arm, d, seed });
                }
            }
        }
        chains
    }

    /// The vocabulary sizes of a chain, ascending; empty when it is not of this plan.
    #[must_use]
    pub fn sizes(&self, chain: ChainId) -> &[usize] {
        self.dimensions
            .iter()
            .find(|dimension| dimension.d == chain.d)
            .map_or(&[], |dimension| &dimension.m)
    }

    #[must_use]
    pub fn cell(&self, chain: ChainId, m: usize) -> Cell {
        let ChainId { arm, d, seed } = chain;
        Cell { arm, d, seed, m, n: self.length.at(m) }
    }

    /// Whether a cell is one of this plan's.
    #[must_use]
    pub fn has(&self, cell: &Cell) -> bool {
        let offset = cell.seed.checked_sub(self.seeds.first);
        self.arms.iter().any(|entry| entry.arm == cell.arm)
            && offset.is_some_and(|offset| offset < self.seeds.count)
            && self.sizes(cell.chain()).binary_search(&cell.m).is_ok()
            && cell.n == self.length.at(cell.m)
    }

    #[must_use]
    pub fn shape(&self, cell: &Cell) -> Shape {
        self.shape_at(cell.d, cell.m, cell.n)
    }

    fn shape_at(&self, d: usize, m: usize, n: usize) -> Shape {
        let Self { task, heads, positions, norm, .. } = *self;
        Shape { heads, positions, norm, ..Shape::of_paper(task, m, n, d) }
    }

    /// How a cell's model is trained; `None` when its arm is not of this plan.
    #[must_use]
    pub fn settings(&self, cell: &Cell) -> Option<Settings> {
        let entry = self.arms.iter().find(|entry| entry.arm == cell.arm)?;
        Some(Settings { seed: cell.seed, ..entry.settings.clone() })
    }
}

/// One part of a sweep that is shared out: `i/k`, the first is `1/k`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    pub index: usize,
    pub of: usize,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { index: 1, of: 1 };
    /// The most parts.
    pub const MOST: usize = 100_000;

    /// Whether what stands at this position of a list is in this part, where it is dealt out in turn.
    #[must_use]
    pub fn has(self, position: usize) -> bool {
        position % self.of == self.index - 1
    }

    #[must_use]
    pub fn is_sound(self) -> bool {
        (1..=Self::MOST).contains(&self.of) && (1..=self.of).contains(&self.index)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |digits: &str| {
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
        };
        text.split_once('/')
            .and_then(|(index, of)| Some(Self { index: number(index)?, of: number(of)? }))
            .filter(|shard| shard.is_sound())
            .ok_or_else(|| {
                format!("expected i/k with i from 1 to k, k at most {}, such as 2/8", Self::MOST)
            })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::train::sweep) fn plan() -> Plan {
        let arms = Arm::ALL.map(|arm| ArmSettings { arm, settings: arm.settings(3, 0) });
        Plan {
            task: Task::QueryCount,
            arms: arms.to_vec(),
            dimensions: vec![Dimension { d: 2, m: vec![2, 3, 5] }, Dimension { d: 4, m: vec![2] }],
            length: Length::ExpectedCount(3),
            heads: 1,
            positions: true,
            norm: NormPlacement::Post,
            seeds: Seeds { first: 7, count: 3 },
            search: Search::Bisection,
            held_out: 16,
        }
    }

    #[test]
    fn a_list_is_dealt_out_without_loss_or_overlap() {
        for of in 1..=14 {
            let parts: Vec<Shard> = (1..=of).map(|index| Shard { index, of }).collect();
            assert!((0..30).all(|at| parts.iter().filter(|part| part.has(at)).count() == 1));
        }
        let chains = plan().chains();
        assert_eq!(chains.len(), 12);
        assert_eq!(chains[0], ChainId { arm: Arm::Faithful, d: 4, seed: 7 });
    }

    #[test]
    fn cells_of_other_plans_are_told_apart() {
        let plan = plan();
        let cell = plan.cell(plan.chains()[6], 5);
        assert!(plan.has(&cell) && cell.n == 15 && cell.d == 2);
        for other in [
            Cell { d: 3, ..cell },
            Cell { m: 4, n: 12, ..cell },
            Cell { n: 16, ..cell },
            Cell { seed: 6, ..cell },
            Cell { seed: 10, ..cell },
            Cell { d: 4, ..cell },
        ] {
            assert!(!plan.has(&other), "{other}");
        }
        assert!(
            !Plan { arms: plan.arms[..1].to_vec(), ..plan.clone() }
                .has(&Cell { arm: Arm::Optimised, ..cell })
        );
        assert_eq!(plan.settings(&cell).unwrap().seed, 7);
    }

    #[test]
    fn nonsense_is_named() {
        let sound = plan();
        assert_eq!(sound.check(), Ok(()));
        let dimensions = |d, m: &[usize]| vec![Dimension { d, m: m.to_vec() }];
        let mut no_steps = sound.clone();
        no_steps.arms[1].settings.steps = 0;
        for (plan, message) in [
            (Plan { arms: vec![], ..sound.clone() }, "arm: "),
            (Plan { seeds: Seeds { first: 0, count: 0 }, ..sound.clone() }, "seeds: "),
            (Plan { seeds: Seeds { first: u64::MAX, count: 2 }, ..sound.clone() }, "seed: "),
            (Plan { held_out: 0, ..sound.clone() }, "held-out: "),
            (Plan { length: Length::Fixed(0), ..sound.clone() }, "n: "),
            (Plan { length: Length::ExpectedCount(0), ..sound.clone() }, "count: "),
            (Plan { length: Length::Fixed(1 << 20), ..sound.clone() }, "d = 2, m = 2: n: "),
            (Plan { dimensions: vec![], ..sound.clone() }, "d: "),
            (Plan { dimensions: dimensions(0, &[2]), ..sound.clone() }, "d = 0, m = 2: d: "),
            (Plan { dimensions: dimensions(2, &[]), ..sound.clone() }, "m: "),
            (Plan { dimensions: dimensions(2, &[3, 2]), ..sound.clone() }, "m: "),
            (Plan { dimensions: dimensions(2, &[0, 2]), ..sound.clone() }, "d = 2, m = 0: m: "),
            (Plan { heads: 3, ..sound.clone() }, "d = 2, m = 2: heads: "),
            (Plan { seeds: Seeds { first: 0, count: 1 << 40 }, ..sound.clone() }, "seeds: "),
            (no_steps, "steps: "),
        ] {
            let found = plan.check().unwrap_err().to_string();
            assert!(found.starts_with(message), "{found}, not {message}");
        }
    }

    #[test]
    fn shards_are_read_strictly() {
        assert_eq!("2/8".parse(), Ok(Shard { index: 2, of: 8 }));
        for bad in
            ["3/2", "0/2", "1/0", "1", "1/", "/2", "-1/2", "+1/2", "1/2/3", "1/100001", "a/b"]
        {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }
}
