//! The enumeration where every position is a site of its own: counts first, then sequences with these counts.
//!
//! Placed position by position, the answer would be known only at the end of the walk. So the first choices are how often
//! each class of tokens occurs on the positions not read: the query and the others for query count, each token for the most
//! frequent element. Then the answer is known, and the bounds of a region know the counts. What they leave open is
//! divided by the token at the first free position. Inputs of one part are counted by multinomials.

use super::Part;
use super::walk::{Bound, Walk};
use crate::kernel::Rejection;
use crate::kernel::definition::Token;
use crate::search::inputs::binomial;
use crate::search::survey::Free;
use num_bigint::BigUint;
use num_traits::ToPrimitive;

/// How much longer a bound takes than where positions are alike.
const COST: u64 = 8;

/// A part of more sequences than this is divided.
const PART: u64 = 1 << 14;

impl Walk<'_> {
    pub(super) fn replay_arrangement(
        &mut self,
        part: &Part,
        deep: bool,
        parts: &mut Vec<Part>,
    ) -> Result<(), Rejection> {
        for &choice in &part.path {
            let level = self.path.len();
            self.choose(level, choice);
        }
        let level = self.path.len();
        if deep || self.inputs(level) <= PART {
            return self.arrange(level);
        }
        let bound = match part.skip {
            0 => self.bounded_arrangement(level),
            skip => Bound::Skip(skip - 1),
        };
        if let Bound::Skip(skip) = bound {
            for choice in self.choices(level) {
                self.choose(level, choice);
                parts.push(Part {
                    weight: self.arrangements(level + 1),
                    problem: self.index,
                    path: self.path.clone(),
                    skip,
                });
                self.take_back(level, choice);
            }
        }
        Ok(())
    }

    /// How many inputs are below, without those that are the same to the model.
    fn inputs(&self, level: usize) -> u64 {
        let inputs = self.arrangements(level) / self.problem.multiplicity.max(1);
        inputs.to_u64().unwrap_or(u64::MAX)
    }

    /// How many inputs are below a level: the classes not yet counted may hold any of their tokens.
    fn arrangements(&self, level: usize) -> BigUint {
        let weight = self.weights.get(level).cloned().unwrap_or_default();
        let open = self.problem.classes.iter().skip(level);
        let tokens: u64 = open.map(|class| class.tokens.len() as u64).sum();
        let free = u32::try_from(self.uncounted()).unwrap_or(u32::MAX);
        if level < self.problem.classes.len() {
            weight * BigUint::from(tokens).pow(free)
        } else {
            weight
        }
    }

    /// Positions that no class has been given yet.
    fn uncounted(&self) -> u64 {
        (self.problem.sites.len() as u64).saturating_sub(self.remaining.iter().sum())
    }

    /// What may be chosen at a level: the count of a class, or the slot of a position.
    fn choices(&self, level: usize) -> Vec<u64> {
        let classes = self.problem.classes.len();
        if level < classes {
            let rest = self.uncounted();
            return if level + 1 == classes { vec![rest] } else { (0..=rest).collect() };
        }
        let open = |class: usize| self.remaining.get(class).is_some_and(|&count| count > 0);
        let Some(site) = self.problem.sites.get(level - classes) else { return Vec::new() };
        let slots = site.slots.iter().enumerate();
        let slots = slots.filter(|(_, slot)| open(self.problem.class_of(slot.token)));
        slots.map(|(slot, _)| slot as u64).collect()
    }

    fn choose(&mut self, level: usize, choice: u64) {
        let classes = self.problem.classes.len();
        if level < classes {
            let rest = self.uncounted();
            let tokens = self.problem.classes.get(level).map_or(1, |class| class.tokens.len());
            let power = BigUint::from(tokens).pow(u32::try_from(choice).unwrap_or(u32::MAX));
            let ways = binomial(rest, choice) * power;
            self.weigh(level, |weight| *weight *= ways);
            self.descend(level, 0, 0, 0);
            if let Some(count) = self.remaining.get_mut(level) {
                *count = choice;
            }
        } else {
            let (site, slot) = (level - classes, usize::try_from(choice).unwrap_or(usize::MAX));
            let class = self.class_at(site, slot);
            let free = (self.problem.sites.len() - site) as u64;
            let count = self.remaining.get(class).copied().unwrap_or(0);
            let tokens = self.problem.classes.get(class).map_or(1, |class| class.tokens.len());
            self.weigh(level, |weight| {
                *weight *= count;
                *weight /= free * tokens as u64;
            });
            self.descend(level, site, slot, 1);
            self.occur(site, slot, 1, true);
            self.hold(site, class, true);
        }
        self.path.push(choice);
    }

    fn take_back(&mut self, level: usize, choice: u64) {
        self.path.pop();
        let classes = self.problem.classes.len();
        if level < classes {
            if let Some(count) = self.remaining.get_mut(level) {
                *count = 0;
            }
            return;
        }
        let (site, slot) = (level - classes, usize::try_from(choice).unwrap_or(usize::MAX));
        self.occur(site, slot, 1, false);
        self.hold(site, self.class_at(site, slot), false);
    }

    fn class_at(&self, site: usize, slot: usize) -> usize {
        let slot = self.problem.sites.get(site).and_then(|site| site.slots.get(slot));
        slot.map_or(usize::MAX, |slot| self.problem.class_of(slot.token))
    }

    /// Takes one of a class for the position of a site, or gives it back.
    fn hold(&mut self, site: usize, class: usize, held: bool) {
        if let Some(count) = self.remaining.get_mut(class) {
            *count = if held { count.saturating_sub(1) } else { *count + 1 };
        }
        if let Some((_, free)) = self.free.get_mut(site) {
            *free = u64::from(!held);
        }
    }

    /// Walks everything from `level` on.
    fn arrange(&mut self, level: usize) -> Result<(), Rejection> {
        let classes = self.problem.classes.len();
        if level == classes + self.problem.sites.len() {
            return self.judge(level);
        }
        if self.bounded_arrangement(level) == Bound::Decided || self.tally.stopped {
            return Ok(());
        }
        for choice in self.choices(level) {
            self.choose(level, choice);
            self.arrange(level + 1)?;
            self.take_back(level, choice);
            if self.tally.stopped {
                break;
            }
        }
        Ok(())
    }

    /// Decides all sequences below at once, when the counts are known and bounds do.
    fn bounded_arrangement(&mut self, level: usize) -> Bound {
        let (Some(words), Some(placed)) = (self.words, self.sums.get(level)) else {
            return Bound::Skip(0);
        };
        let few = words.backend.cost() * COST;
        if level < self.problem.classes.len() || self.inputs(level) < few {
            return Bound::Skip(0);
        }
        let free = words.classes.iter().zip(&self.free);
        let free = free.map(|(columns, &(_, count))| Free { count, columns, closed: 0 });
        let output = words.output_over(placed, free.collect(), Some(&self.remaining));
        let (answer, weight) = (self.counted_answer(), self.arrangements(level));
        self.decided(output, (answer, answer), weight)
    }

    /// The answer, the counts of all classes being known.
    fn counted_answer(&self) -> u64 {
        let mut totals = self.totals.clone();
        for (class, &count) in self.problem.classes.iter().zip(&self.remaining) {
            // the tokens of a class of several are never the query, and such a class is never the most frequent
            if let [token] = class.tokens.as_slice()
                && let Some(total) = totals.get_mut(*token)
            {
                *total += count;
            }
        }
        self.survey.task.answer(&totals, Token(self.problem.query))
    }

    /// Fills the free positions of an example with what remains.
    pub(super) fn arrange_rest(&self, sequence: &mut [Token]) {
        let classes = self.problem.classes.iter().zip(&self.remaining);
        let mut rest = classes.flat_map(|(class, &count)| {
            let token = class.tokens.first().copied().unwrap_or(0);
            (0..count).map(move |_| Token(token))
        });
        for (site, &(_, free)) in self.problem.sites.iter().zip(&self.free) {
            for &position in site.positions.iter().filter(|_| free > 0) {
                if let (Some(place), Some(token)) = (sequence.get_mut(position), rest.next()) {
                    *place = token;
                }
            }
        }
    }
}
