//! The enumeration of one problem's configurations: how often each slot of each site occurs.
//!
//! For query count the query's slots are placed first, so that the answer is known above the rest of the walk. There
//! numerators and denominators are sums over positions, and each position that is still free lies between the extreme
//! columns of its free slots: when that bound decides the output, all configurations below are decided at once. Their
//! number is a product of multinomials, so accuracy stays exact, and their least margin lies in the bound's enclosure.

use super::problem::{Problem, SiteSlots};
use super::{FIRST_BITS, Failing, MAX_BITS, Survey, Tally};
use crate::exact::{Enclosure, Precision};
use crate::model::softmax::{Backend, Column, Judged, Output, SoftmaxTransformer, Sums};
use crate::model::{ModelError, Token};
use crate::task::Task;
use num_bigint::BigUint;
use num_traits::One;
use std::sync::OnceLock;

/// How many configurations are judged between two questions whether to go on.
const STRIDE: u32 = 64;

/// Fewer configurations than this are walked rather than bounded.
const FEW: u64 = 8;

/// A problem's columns in enclosures.
pub(super) struct Prepared {
    backend: Backend,
    base: Vec<Enclosure>,
    /// the position that is read, and BOS
    start: Sums,
    /// `[site][slot]`
    columns: Vec<Vec<Sums>>,
    /// `[site][slot]`: the hull of the columns from this slot on
    hulls: Vec<Vec<Sums>>,
}

impl Prepared {
    /// `None` when this many bits do not do.
    fn new(
        model: &SoftmaxTransformer,
        problem: &Problem,
        precision: Precision,
    ) -> Result<Option<Self>, ModelError> {
        let backend = Backend::new(model, precision)?;
        let sums = |column: &Column| {
            Sums::of(column, &problem.own, &problem.reader, &model.scale.0, precision)
        };
        let site = |site: &SiteSlots| site.slots.iter().map(|slot| sums(&slot.column)).collect();
        let columns: Option<Vec<Vec<Sums>>> = problem.sites.iter().map(site).collect();
        let start = sums(&problem.own).and_then(|mut start| {
            if let Some(bos) = &problem.bos {
                start.add(&sums(bos)?, 1);
            }
            Some(start)
        });
        let hulls = |columns: &Vec<Sums>| {
            let mut hulls: Vec<Sums> = Vec::with_capacity(columns.len());
            for column in columns.iter().rev() {
                hulls.push(hulls.last().map_or(column.clone(), |hull| hull.hull(column)));
            }
            hulls.reverse();
            hulls
        };
        let hulls = columns.as_ref().map(|all| all.iter().map(hulls).collect()).unwrap_or_default();
        let base = problem.reader.base.iter().map(|x| precision.enclose(x)).collect();
        Ok(start.zip(columns).map(|(start, columns)| Self { backend, base, start, columns, hulls }))
    }

    fn output(&self, sums: &Sums, precision: Precision) -> Option<Output> {
        let y = self.backend.outputs(sums.probes(&self.base, precision)?)?;
        Some(Output { precision, y })
    }
}

pub(super) struct Walk<'a> {
    survey: &'a Survey<'a>,
    problem: &'a Problem,
    first: Option<&'a Prepared>,
    /// the problem with twice the bits, four times the bits, ..
    finer: Vec<Option<Prepared>>,
    /// the slots `(site, slot)` in the order in which they are placed
    order: Vec<(usize, usize)>,
    /// from this place in the order on the answer is known
    answered: usize,
    /// `[site][slot]`
    counts: Vec<Vec<u64>>,
    /// `[site]`: how many slots are placed, and how many positions are free
    free: Vec<(usize, u64)>,
    keep_going: &'a (dyn Fn() -> bool + Sync),
    seen: u32,
    tally: Tally,
}

impl<'a> Walk<'a> {
    pub fn new(
        survey: &'a Survey<'a>,
        problem: &'a Problem,
        prepared: &'a OnceLock<Option<Prepared>>,
        keep_going: &'a (dyn Fn() -> bool + Sync),
    ) -> Result<Self, ModelError> {
        let first = match prepared.get() {
            Some(first) => first,
            None => {
                let made = Prepared::new(survey.model, problem, Precision(FIRST_BITS))?;
                prepared.get_or_init(|| made)
            }
        };
        let counts = problem.sites.iter().map(|site| vec![0; site.slots.len()]).collect();
        let free = problem.sites.iter().map(|site| (0, site.size)).collect();
        let all = problem.sites.iter().enumerate();
        let mut order: Vec<(usize, usize)> = all
            .flat_map(|(site, plan)| (0..plan.slots.len()).map(move |slot| (site, slot)))
            .collect();
        let mut answered = usize::MAX;
        if survey.task == Task::QueryCount {
            // the query is the first slot of every site
            order.sort_by_key(|&(_, slot)| slot > 0);
            answered = problem.sites.len();
        }
        Ok(Self {
            survey,
            problem,
            first: first.as_ref(),
            finer: Vec::new(),
            order,
            answered,
            counts,
            free,
            keep_going,
            seen: 0,
            tally: Tally::default(),
        })
    }

    /// All configurations in which the first slot occurs `first` times, or all when it has no choice.
    pub fn run(mut self, first: u64) -> Result<Tally, ModelError> {
        let sums = self.first.map(|prepared| prepared.start.clone());
        match self.problem.sites.first() {
            Some(site) if site.slots.len() > 1 => self.place(0, first, sums.as_ref())?,
            _ => self.fill(0, sums)?,
        }
        Ok(self.tally)
    }

    /// Gives the slot at `level` this count, walks what is below, and takes the count back.
    fn place(&mut self, level: usize, count: u64, sums: Option<&Sums>) -> Result<(), ModelError> {
        let Some(&(site, slot)) = self.order.get(level) else { return Ok(()) };
        let added = sums.cloned().and_then(|mut sums| {
            if count > 0 {
                sums.add(self.first?.columns.get(site)?.get(slot)?, count);
            }
            Some(sums)
        });
        self.set(site, slot, count);
        self.take(site, slot + 1, count, true);
        self.fill(level + 1, added)?;
        self.take(site, slot, count, false);
        self.set(site, slot, 0);
        Ok(())
    }

    /// Moves `count` positions of `site` out of the free ones, or back.
    fn take(&mut self, site: usize, slots: usize, count: u64, out: bool) {
        if let Some((placed, free)) = self.free.get_mut(site) {
            *placed = slots;
            *free = if out { free.saturating_sub(count) } else { *free + count };
        }
    }

    fn set(&mut self, site: usize, slot: usize, count: u64) {
        if let Some(place) = self.counts.get_mut(site).and_then(|counts| counts.get_mut(slot)) {
            *place = count;
        }
    }

    /// Walks all counts of the slots from `level` on.
    fn fill(&mut self, level: usize, sums: Option<Sums>) -> Result<(), ModelError> {
        let Some(&(site, slot)) = self.order.get(level) else { return self.judge(sums) };
        if level >= self.answered && self.bounded(sums.as_ref()) {
            return Ok(());
        }
        let problem = self.problem;
        let Some(plan) = problem.sites.get(site) else { return Ok(()) };
        let rest = self.free.get(site).map_or(0, |&(_, free)| free);
        let chained = plan.slots.get(slot).is_some_and(|slot| slot.chained);
        let before = self.counts.get(site).and_then(|counts| counts.get(slot.wrapping_sub(1)));
        let most = if chained { before.map_or(rest, |&before| before.min(rest)) } else { rest };
        // the last slot takes what is left
        let least = if slot + 1 == plan.slots.len() { rest } else { 0 };
        for count in least..=most {
            self.place(level, count, sums.as_ref())?;
            if self.tally.stopped {
                break;
            }
        }
        Ok(())
    }

    /// Decides all configurations below at once, when there are many and bounds of the free positions do.
    fn bounded(&mut self, sums: Option<&Sums>) -> bool {
        let free = self.problem.sites.iter().zip(&self.free);
        let below = free.fold(1u64, |below, (site, &(placed, free))| {
            let others = (site.slots.len().saturating_sub(placed) as u64).saturating_sub(1);
            // at least so many ways: each of the other slots may take all, or none
            if free == 0 { below } else { below.saturating_mul(1 + others * free.min(4)) }
        });
        if below < FEW {
            return false;
        }
        self.seen += 1;
        let Some((mut sums, prepared)) = sums.cloned().zip(self.first) else { return false };
        for (hulls, &(placed, free)) in prepared.hulls.iter().zip(&self.free) {
            if let Some(hull) = hulls.get(placed).filter(|_| free > 0) {
                sums.add(hull, free);
            }
        }
        let precision = Precision(FIRST_BITS);
        let Some(output) = prepared.output(&sums, precision) else { return false };
        match output.judge(&self.survey.model.reading, self.answer()) {
            Judged::Open => false,
            judged => {
                self.count(judged, precision);
                true
            }
        }
    }

    fn judge(&mut self, sums: Option<Sums>) -> Result<(), ModelError> {
        self.seen += 1;
        if self.seen.is_multiple_of(STRIDE) && !(self.keep_going)() {
            self.tally.stopped = true;
            return Ok(());
        }
        let reading = &self.survey.model.reading;
        let answer = self.answer();
        let mut precision = Precision(FIRST_BITS);
        let output = sums.zip(self.first).and_then(|(sums, p)| p.output(&sums, precision));
        let mut judged = output.map_or(Judged::Open, |output| output.judge(reading, answer));
        if judged == Judged::Open {
            // where all scores are equal the output is rational: no number of bits would decide a tie
            let Failing { sequence, position } = self.example();
            let model = self.survey.model;
            let exact = model.judge_exactly(&sequence, position, answer, precision)?;
            judged = exact.unwrap_or(Judged::Open);
        }
        while judged == Judged::Open && precision.0 < MAX_BITS {
            precision = Precision(precision.0 * 2);
            let output = self.finer(precision)?;
            judged = output.map_or(Judged::Open, |output| output.judge(reading, answer));
        }
        self.count(judged, precision);
        Ok(())
    }

    /// Counts the inputs that what is placed stands for.
    fn count(&mut self, judged: Judged, precision: Precision) {
        let weight = self.weight();
        self.tally.bits = self.tally.bits.max(precision.0);
        match judged {
            Judged::Right(margin) => {
                self.tally.right += weight;
                let margin = margin.map(|margin| precision.ends(&margin));
                self.tally.merge(Tally { margin, ..Tally::default() });
            }
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
    fn finer(&mut self, precision: Precision) -> Result<Option<Output>, ModelError> {
        let level = (precision.0 / FIRST_BITS).ilog2() as usize - 1;
        if self.finer.len() == level {
            self.finer.push(Prepared::new(self.survey.model, self.problem, precision)?);
        }
        let Some(Some(prepared)) = self.finer.get(level) else { return Ok(None) };
        let mut sums = prepared.start.clone();
        for (columns, counts) in prepared.columns.iter().zip(&self.counts) {
            for (column, &count) in columns.iter().zip(counts).filter(|(_, count)| **count > 0) {
                sums.add(column, count);
            }
        }
        Ok(prepared.output(&sums, precision))
    }

    /// The true count; for query count a merged slot never holds the query.
    fn answer(&self) -> u64 {
        let mut totals = vec![0u64; self.survey.model.vocabulary()];
        let query = self.problem.query;
        if let Some(total) = totals.get_mut(query) {
            *total += 1;
        }
        for (site, counts) in self.problem.sites.iter().zip(&self.counts) {
            for (slot, count) in site.slots.iter().zip(counts) {
                if let Some(total) = totals.get_mut(slot.token) {
                    *total += count;
                }
            }
        }
        match self.survey.task {
            Task::QueryCount => totals.get(query).copied().unwrap_or(0),
            Task::MostFrequentElement => totals.into_iter().max().unwrap_or(0),
        }
    }

    /// How many inputs what is placed stands for; free positions may hold any token of the slots not placed.
    fn weight(&self) -> BigUint {
        let factorial = |i: u64| {
            let found = usize::try_from(i).ok().and_then(|i| self.survey.factorials.get(i));
            found.cloned().unwrap_or_else(BigUint::one)
        };
        let mut weight = BigUint::from(self.problem.multiplicity);
        let sites = self.problem.sites.iter().zip(&self.counts).zip(&self.free);
        for ((site, counts), &(placed, free)) in sites {
            weight *= factorial(site.size);
            if free > 0 {
                let others: u64 = site.slots.iter().skip(placed).map(|slot| slot.tokens).sum();
                weight /= factorial(free);
                weight *= BigUint::from(others).pow(u32::try_from(free).unwrap_or(0));
            }
            let mut run = Run::default();
            for (slot, &count) in site.slots.iter().zip(counts) {
                weight /= factorial(count);
                if slot.tokens > 1 {
                    weight *= BigUint::from(slot.tokens).pow(u32::try_from(count).unwrap_or(0));
                }
                run.step(slot.chained, count, &mut weight);
            }
        }
        weight
    }

    /// An input with this configuration, free positions holding a token of the last slot.
    fn example(&self) -> Failing {
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
        Failing { sequence, position: self.problem.position }
    }
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
        *weight *= slots;
        *weight /= equal;
    }
}
