//! The enumeration of one problem's configurations: how often each slot of each site occurs.
//!
//! For query count the query's slots are placed first, so that the answer is known above the rest of the walk; for the most
//! frequent element it lies between bounds. All configurations below a place are decided at once when bounds of the free
//! positions decide them. Their number is a product of multinomials, so accuracy stays exact, and their least margin lies
//! in the bound's enclosure.
//!
//! Where every position is a site of its own, sequences are enumerated instead ([`super::arrange`]).

use super::prepared::Prepared;
use super::problem::{Problem, SiteSlots};
use super::{Enclosure, Evaluate, Interval, Precision, Words};
use super::{Failing, MAX_BITS, Part, Survey, Tally};
use crate::kernel::Rejection;
use crate::kernel::definition::Reading;
use crate::kernel::definition::Task;
use crate::kernel::definition::Token;
use crate::search::inputs::binomial;
use crate::search::survey::{Free, Judged, Output, Sums};
use num_bigint::BigUint;
use num_traits::One;

/// How many configurations are judged between two questions whether to go on.
const STRIDE: u32 = 64;

/// Bits of the first attempt with big integers.
const FIRST_BITS: u32 = 64;

/// A part of more configurations than this is divided.
const PART: u64 = 1 << 13;

/// The most levels of parts at which no bound is tried.
const MOST_SKIPPED: u32 = 3;

/// What a bound made of the configurations below a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Decided,
    /// nothing, and on so many levels below it will hardly make more
    Skip(u32),
}

pub(super) struct Walk<'a> {
    pub survey: &'a Survey<'a>,
    pub index: usize,
    pub problem: &'a Problem,
    pub words: Option<&'a Prepared<Words>>,
    /// the problem with [`FIRST_BITS`], twice as many, ..
    finer: Vec<Option<Prepared<Enclosure>>>,
    /// the slots `(site, slot)` in the order in which they are placed
    order: Vec<(usize, usize)>,
    /// `[level]`: what is placed above; `None` of it is used without words
    pub sums: Vec<Sums<Words>>,
    /// `[level]`: how many inputs what is placed above stands for, where free positions have one token
    pub weights: Vec<BigUint>,
    /// `[site][slot]`
    pub counts: Vec<Vec<u64>>,
    /// `[site]`: how many slots are placed, and how many positions are free
    pub free: Vec<(usize, u64)>,
    /// how often each class occurs among the free positions, where the problem has classes
    pub remaining: Vec<u64>,
    /// how often each token occurs
    pub totals: Vec<u64>,
    /// the choices that lead here
    pub path: Vec<u64>,
    pub keep_going: &'a (dyn Fn() -> bool + Sync),
    seen: u32,
    /// least margin of what words found right
    margin: Option<(Words, Words)>,
    pub tally: Tally,
}

impl<'a> Walk<'a> {
    pub fn new(
        survey: &'a Survey<'a>,
        index: usize,
        problem: &'a Problem,
        words: Option<&'a Prepared<Words>>,
        keep_going: &'a (dyn Fn() -> bool + Sync),
    ) -> Self {
        let counts = problem.sites.iter().map(|site| vec![0; site.slots.len()]).collect();
        let free = problem.sites.iter().map(|site| (0, site.size)).collect();
        let all = problem.sites.iter().enumerate();
        let mut order: Vec<(usize, usize)> = all
            .flat_map(|(site, plan)| (0..plan.slots.len()).map(move |slot| (site, slot)))
            .collect();
        if survey.task == Task::QueryCount {
            // the query is the first slot of every site
            order.sort_by_key(|&(_, slot)| slot > 0);
        }
        let levels = 2 + order.len().max(problem.classes.len() + problem.sites.len());
        let mut totals = vec![0; survey.model.vocabulary()];
        if let Some(total) = totals.get_mut(problem.query) {
            *total += 1;
        }
        Self {
            survey,
            index,
            problem,
            words,
            finer: Vec::new(),
            order,
            sums: words.map_or_else(Vec::new, |words| vec![words.start.clone(); levels]),
            weights: vec![BigUint::from(problem.multiplicity); levels],
            counts,
            free,
            remaining: vec![0; problem.classes.len()],
            totals,
            path: Vec::new(),
            keep_going,
            seen: 0,
            margin: None,
            tally: Tally::default(),
        }
    }

    /// Judges the configurations of a part: those that bounds or an enumeration decides, and the parts that are left.
    /// With `deep` none is left.
    pub fn run(mut self, part: &Part, deep: bool) -> Result<(Tally, Vec<Part>), Rejection> {
        let mut parts = Vec::new();
        match self.problem.classes.is_empty() {
            true => self.replay(part, deep, &mut parts)?,
            false => self.replay_arrangement(part, deep, &mut parts)?,
        }
        if let (Some((lo, hi)), Some(words)) = (self.margin, self.words) {
            let ends = lo.widen().zip(hi.widen());
            let margin = ends.map(|(lo, hi)| words.precision.ends(&lo.hull(&hi)));
            self.tally.merge(Tally { margin, ..Tally::default() });
        }
        Ok((self.tally, parts))
    }

    fn replay(&mut self, part: &Part, deep: bool, parts: &mut Vec<Part>) -> Result<(), Rejection> {
        for (level, &count) in part.path.iter().enumerate() {
            let ways = self.ways(level, count);
            self.enter(level, count, &ways);
        }
        let level = part.path.len();
        if deep || self.below() <= PART {
            return self.fill(level);
        }
        let bound = if part.skip == 0 { self.bounded(level) } else { Bound::Skip(part.skip - 1) };
        if let Bound::Skip(skip) = bound {
            self.divide(level, skip, parts);
        }
        Ok(())
    }

    /// The parts below a place, one for each count of its slot; a single one is divided further.
    fn divide(&mut self, level: usize, skip: u32, parts: &mut Vec<Part>) {
        let (least, most) = self.range(level);
        for count in least..=most {
            let ways = self.ways(level, count);
            self.enter(level, count, &ways);
            parts.push(Part {
                weight: self.weight(level + 1),
                problem: self.index,
                path: self.path.clone(),
                skip,
            });
            self.leave(level, count);
        }
    }

    /// The least and the largest count of the slot at a level; the last slot takes what is left.
    fn range(&self, level: usize) -> (u64, u64) {
        let Some(&(site, slot)) = self.order.get(level) else { return (0, 0) };
        let rest = self.free.get(site).map_or(0, |&(_, free)| free);
        let Some(plan) = self.problem.sites.get(site) else { return (0, 0) };
        let least = if slot + 1 == plan.slots.len() { rest } else { 0 };
        let chained = plan.slots.get(slot).is_some_and(|slot| slot.chained);
        let before = self.counts.get(site).and_then(|counts| counts.get(slot.wrapping_sub(1)));
        (least, if chained { before.map_or(rest, |&before| before.min(rest)) } else { rest })
    }

    /// How many ways there are to place the slot at a level so often.
    fn ways(&self, level: usize, count: u64) -> BigUint {
        let Some(&(site, slot)) = self.order.get(level) else { return BigUint::one() };
        let rest = self.free.get(site).map_or(0, |&(_, free)| free);
        let tokens = self.problem.sites.get(site).and_then(|site| site.slots.get(slot));
        let tokens = BigUint::from(tokens.map_or(1, |slot| slot.tokens));
        binomial(rest, count) * tokens.pow(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Gives the slot at `level` this count.
    fn enter(&mut self, level: usize, count: u64, ways: &BigUint) {
        let Some(&(site, slot)) = self.order.get(level) else { return };
        self.descend(level, site, slot, count);
        self.weigh(level, |weight| {
            if !ways.is_one() {
                *weight *= ways
            }
        });
        if let Some((placed, free)) = self.free.get_mut(site) {
            *placed = slot + 1;
            *free = free.saturating_sub(count);
        }
        self.occur(site, slot, count, true);
        self.path.push(count);
    }

    /// Takes it back.
    fn leave(&mut self, level: usize, count: u64) {
        let Some(&(site, slot)) = self.order.get(level) else { return };
        self.path.pop();
        self.occur(site, slot, count, false);
        if let Some((placed, free)) = self.free.get_mut(site) {
            *placed = slot;
            *free += count;
        }
    }

    /// The sums below a level: those of the level and `count` columns.
    pub fn descend(&mut self, level: usize, site: usize, slot: usize, count: u64) {
        let column = self.words.and_then(|words| words.slots.get(site)?.get(slot)?.first());
        if let Some((above, below)) = self.sums.split_at_mut_checked(level + 1)
            && let (Some(above), Some(below)) = (above.last(), below.first_mut())
        {
            below.copy(above);
            if let Some(column) = column.filter(|_| count > 0) {
                below.add(column, count);
            }
        }
    }

    /// The weight below a level.
    pub fn weigh(&mut self, level: usize, change: impl FnOnce(&mut BigUint)) {
        if let Some((above, below)) = self.weights.split_at_mut_checked(level + 1)
            && let (Some(above), Some(below)) = (above.last(), below.first_mut())
        {
            below.clone_from(above);
            change(below);
        }
    }

    /// Adds to the counts, or takes back.
    pub fn occur(&mut self, site: usize, slot: usize, count: u64, more: bool) {
        let change = |total: &mut u64| {
            *total = if more { *total + count } else { total.saturating_sub(count) };
        };
        self.counts.get_mut(site).and_then(|counts| counts.get_mut(slot)).map(change);
        let token = self.problem.sites.get(site).and_then(|site| site.slots.get(slot));
        token.and_then(|slot| self.totals.get_mut(slot.token)).map(change);
    }

    /// Walks all counts of the slots from `level` on.
    fn fill(&mut self, level: usize) -> Result<(), Rejection> {
        let Some(&(site, slot)) = self.order.get(level) else { return self.judge(level) };
        if self.bounded(level) == Bound::Decided || self.tally.stopped {
            return Ok(());
        }
        let rest = self.free.get(site).map_or(0, |&(_, free)| free);
        let tokens = self.problem.sites.get(site).and_then(|site| site.slots.get(slot));
        let tokens = tokens.map_or(1, |slot| slot.tokens);
        let (least, most) = self.range(level);
        let mut ways = self.ways(level, least);
        for count in least..=most {
            if count > least {
                // C(rest, count) tokens^count from the one before
                ways *= (rest + 1 - count) * tokens;
                ways /= count;
            }
            self.enter(level, count, &ways);
            self.fill(level + 1)?;
            self.leave(level, count);
            if self.tally.stopped {
                break;
            }
        }
        Ok(())
    }

    /// An upper bound of the number of configurations below, sharp where no slot is chained.
    fn below(&self) -> u64 {
        let sites = self.problem.sites.iter().zip(&self.free);
        let number = |(site, &(placed, free)): (&SiteSlots, &(usize, u64))| {
            compositions(free, site.slots.len().saturating_sub(placed))
        };
        sites.map(number).fold(1, u64::saturating_mul)
    }

    /// Decides all configurations below at once, when there are many and bounds of the free positions do.
    fn bounded(&mut self, level: usize) -> Bound {
        let chained = |site: &SiteSlots| site.slots.iter().any(|slot| slot.chained);
        let (Some(words), Some(placed)) = (self.words, self.sums.get(level)) else {
            return Bound::Skip(0);
        };
        if self.below() < words.backend.cost() || self.problem.sites.iter().any(chained) {
            return Bound::Skip(0);
        }
        let (least, most) = self.answers();
        if least != most && self.survey.task == Task::QueryCount {
            return Bound::Skip(0);
        }
        let free = words.slots.iter().zip(&self.free);
        let free = free.map(|(columns, &(closed, count))| Free { count, columns, closed });
        let output = words.output_over(placed, free.collect(), None);
        let weight = self.weight(level);
        self.decided(output, (least, most), weight)
    }

    /// Counts inputs with these answers when their outputs decide them.
    pub fn decided(
        &mut self,
        output: Option<Output<Words>>,
        (least, most): (u64, u64),
        weight: BigUint,
    ) -> Bound {
        self.tick();
        let reading = &self.survey.model.reading;
        let Some(output) = output else { return Bound::Skip(MOST_SKIPPED) };
        let judged = match (least == most, reading) {
            (true, _) => output.judge(reading, least),
            (false, Reading::ArgMax { .. }) => Judged::Open,
            // wrong for both ends of the answers, and on the same side
            (false, Reading::Number { .. }) => output.beside(least, most),
        };
        match judged {
            Judged::Open => {
                // the wider the output, the more has to be placed before it can be decided
                let width = output.y.iter().map(|y| y.width(output.precision)).max().unwrap_or(0);
                Bound::Skip((width.max(1).ilog2() / 2).min(MOST_SKIPPED))
            }
            judged => {
                self.count(judged, weight);
                Bound::Decided
            }
        }
    }

    /// Asks now and then whether to go on.
    fn tick(&mut self) {
        self.seen += 1;
        if self.seen.is_multiple_of(STRIDE) && !(self.keep_going)() {
            self.tally.stopped = true;
        }
    }

    /// Judges the one configuration that is placed.
    pub fn judge(&mut self, level: usize) -> Result<(), Rejection> {
        self.tick();
        if self.tally.stopped {
            return Ok(());
        }
        let weight = self.weight(level);
        let reading = &self.survey.model.reading;
        let totals = &self.totals;
        let answer = self.survey.task.answer(totals, Token(self.problem.query));
        let output = self.words.zip(self.sums.get(level));
        let output = output.and_then(|(words, sums)| words.output(sums));
        match output.map_or(Judged::Open, |output| output.judge(reading, answer)) {
            Judged::Open => {}
            judged => {
                self.count(judged, weight);
                return Ok(());
            }
        }
        // where all scores are equal the output is rational: no number of bits would decide a tie
        let Failing { sequence, position, .. } = self.example();
        let mut precision = Precision(FIRST_BITS);
        let exact = self.survey.model.judge_exactly(&sequence, position, answer, precision)?;
        let mut judged = exact.unwrap_or(Judged::Open);
        while judged.is_open() && precision.0 <= MAX_BITS {
            let output = self.finer(precision)?;
            judged = output.map_or(Judged::Open, |output| output.judge(reading, answer));
            if judged.is_open() {
                precision.0 *= 2;
            }
        }
        precision.0 = precision.0.min(MAX_BITS);
        self.tally.bits = self.tally.bits.max(precision.0);
        self.add(&judged, weight);
        if let Judged::Right(Some(margin)) = judged {
            let margin = Some(precision.ends(&margin));
            self.tally.merge(Tally { margin, ..Tally::default() });
        }
        Ok(())
    }

    /// Counts what words decided.
    fn count(&mut self, judged: Judged<Words>, weight: BigUint) {
        self.tally.bits = self.tally.bits.max(self.words.map_or(0, |words| words.precision.0));
        self.add(&judged, weight);
        if let Judged::Right(Some(found)) = judged {
            // the least of the lower ends, and of the upper ends
            let (lo, hi) = found.ends();
            self.margin = Some(match &self.margin {
                Some((low, high)) => (Interval::min(low, &lo), Interval::min(high, &hi)),
                None => (lo, hi),
            });
        }
    }

    fn add<E>(&mut self, judged: &Judged<E>, weight: BigUint) {
        match judged {
            Judged::Right(_) => self.tally.right += weight,
            Judged::Wrong(_) => {
                self.tally.wrong += weight;
                if self.tally.failing.is_none() {
                    self.tally.failing = Some(self.example());
                }
            }
            Judged::Open => {
                self.tally.open += weight;
                if self.tally.unclear.is_none() {
                    self.tally.unclear = Some(self.example());
                }
            }
        }
    }

    /// The output with more bits than the first attempt, all columns added again.
    fn finer(&mut self, precision: Precision) -> Result<Option<Output>, Rejection> {
        let level = (precision.0 / FIRST_BITS).ilog2() as usize;
        if self.finer.len() == level {
            self.finer.push(Prepared::new(self.survey.model, self.problem, precision)?);
        }
        let Some(Some(prepared)) = self.finer.get(level) else { return Ok(None) };
        let mut sums = prepared.start.clone();
        for (columns, counts) in prepared.slots.iter().zip(&self.counts) {
            for (column, &count) in columns.iter().zip(counts).filter(|(_, count)| **count > 0) {
                column.iter().for_each(|column| sums.add(column, count));
            }
        }
        Ok(prepared.output(&sums))
    }

    /// The least and the largest true count of what is placed; for query count a merged slot never holds the query.
    pub fn answers(&self) -> (u64, u64) {
        let query = self.problem.query;
        let total = |token: usize| self.totals.get(token).copied().unwrap_or(0);
        let sites = || self.problem.sites.iter().zip(&self.free);
        match self.survey.task {
            Task::QueryCount => {
                let open = sites().filter(|(site, (placed, _))| {
                    site.slots.iter().skip(*placed).any(|slot| slot.token == query)
                });
                let open: u64 = open.map(|(_, (_, free))| free).sum();
                (total(query), total(query) + open)
            }
            Task::MostFrequentElement => {
                let least = self.totals.iter().copied().max().unwrap_or(0);
                let mut most = least;
                for token in 0..self.totals.len() {
                    let open = sites().filter(|(site, (placed, _))| {
                        site.slots.iter().skip(*placed).any(|slot| slot.token == token)
                    });
                    most = most.max(total(token) + open.map(|(_, (_, free))| free).sum::<u64>());
                }
                (least, most)
            }
        }
    }

    /// How many inputs what is placed above `level` stands for.
    fn weight(&self, level: usize) -> BigUint {
        let mut weight = self.weights.get(level).cloned().unwrap_or_else(BigUint::one);
        let mut run = Run::default();
        let sites = self.problem.sites.iter().zip(&self.counts).zip(&self.free);
        for ((site, counts), &(placed, free)) in sites {
            if self.problem.classes.is_empty() && free > 0 {
                let others: u64 = site.slots.iter().skip(placed).map(|slot| slot.tokens).sum();
                weight *= BigUint::from(others).pow(u32::try_from(free).unwrap_or(u32::MAX));
            }
            for (slot, &count) in site.slots.iter().zip(counts).take(placed) {
                run.step(slot.chained, count, &mut weight);
            }
        }
        weight
    }

    /// An input with this configuration, free positions holding a token of the last slot.
    pub fn example(&self) -> Failing {
        let length = 1 + self.problem.sites.iter().map(|site| site.positions.len()).sum::<usize>();
        let mut sequence = vec![Token(self.problem.query); length];
        for (site, counts) in self.problem.sites.iter().zip(&self.counts) {
            let slots = site.slots.iter().zip(counts);
            let tokens = slots.flat_map(|(slot, &count)| (0..count).map(|_| slot.token));
            let last = site.slots.last().map_or(self.problem.query, |slot| slot.token);
            let tokens = tokens.chain(std::iter::repeat(last));
            for (&position, token) in site.positions.iter().zip(tokens) {
                if let Some(place) = sequence.get_mut(position) {
                    *place = Token(token);
                }
            }
        }
        if !self.problem.classes.is_empty() {
            self.arrange_rest(&mut sequence);
        }
        let order = (self.index, self.path.clone());
        Failing { sequence, position: self.problem.position, order }
    }
}

/// The number of ways to write `sum` as a sum of `parts` counts, at most [`u64::MAX`].
pub(super) fn compositions(sum: u64, parts: usize) -> u64 {
    let parts = parts as u64;
    if sum == 0 || parts <= 1 {
        return 1;
    }
    let (total, choose) = (u128::from(sum + parts - 1), u128::from(sum.min(parts - 1)));
    let mut value = 1u128;
    for i in 0..choose {
        value = value * (total - i) / (i + 1);
        if value > u64::MAX.into() {
            return u64::MAX;
        }
    }
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// A run of chained slots: its non-increasing counts stand for all their distinct orders, which are
/// `slots! / prod (number of equal counts)!`.
#[derive(Default)]
struct Run {
    slots: u64,
    equal: u64,
    last: u64,
}

impl Run {
    /// One factor of the number of orders; every prefix of the product is an integer.
    fn step(&mut self, chained: bool, count: u64, weight: &mut BigUint) {
        let (slots, equal) = match (chained, count == self.last) {
            (false, _) => (1, 1),
            (true, false) => (self.slots + 1, 1),
            (true, true) => (self.slots + 1, self.equal + 1),
        };
        *self = Self { slots, equal, last: count };
        if slots > 1 {
            *weight *= slots;
        }
        if equal > 1 {
            *weight /= equal;
        }
    }
}
