//! The enumeration of one problem's configurations: how often each slot of each site occurs.

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

/// A problem's columns in enclosures.
pub(super) struct Prepared {
    backend: Backend,
    base: Vec<Enclosure>,
    /// the position that is read, and BOS
    start: Sums,
    /// `[site][slot]`
    columns: Vec<Vec<Sums>>,
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
        let base = problem.reader.base.iter().map(|x| precision.enclose(x)).collect();
        Ok(start.zip(columns).map(|(start, columns)| Self { backend, base, start, columns }))
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
    /// `[site][slot]`
    counts: Vec<Vec<u64>>,
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
        let tally = Tally::default();
        let (finer, seen) = (Vec::new(), 0);
        Ok(Self { survey, problem, first: first.as_ref(), finer, counts, keep_going, seen, tally })
    }

    /// All configurations in which the first slot occurs `first` times.
    pub fn run(mut self, first: u64) -> Result<Tally, ModelError> {
        let sums = self.first.map(|prepared| prepared.start.clone());
        match self.problem.sites.first() {
            Some(site) if site.slots.len() > 1 => {
                self.set(0, 0, first);
                let sums = self.added(sums, 0, 0, first);
                self.fill(0, 1, site.size - first.min(site.size), sums)?;
            }
            Some(site) => self.fill(0, 0, site.size, sums)?,
            None => self.judge(sums)?,
        }
        Ok(self.tally)
    }

    fn set(&mut self, site: usize, slot: usize, count: u64) {
        if let Some(place) = self.counts.get_mut(site).and_then(|counts| counts.get_mut(slot)) {
            *place = count;
        }
    }

    fn added(&self, sums: Option<Sums>, site: usize, slot: usize, count: u64) -> Option<Sums> {
        let mut sums = sums?;
        if count > 0 {
            sums.add(self.first?.columns.get(site)?.get(slot)?, count);
        }
        Some(sums)
    }

    /// Distributes `rest` positions of `site` over its slots from `slot` on, then the sites after it.
    fn fill(
        &mut self,
        site: usize,
        slot: usize,
        rest: u64,
        sums: Option<Sums>,
    ) -> Result<(), ModelError> {
        let problem = self.problem;
        let Some(plan) = problem.sites.get(site) else { return self.judge(sums) };
        let chained = plan.slots.get(slot).is_some_and(|slot| slot.chained);
        let before = self.counts.get(site).and_then(|counts| counts.get(slot.wrapping_sub(1)));
        let most = if chained { before.map_or(rest, |&before| before.min(rest)) } else { rest };
        if slot + 1 == plan.slots.len() {
            if most < rest {
                return Ok(());
            }
            self.set(site, slot, rest);
            let sums = self.added(sums, site, slot, rest);
            let next = problem.sites.get(site + 1).map_or(0, |next| next.size);
            return self.fill(site + 1, 0, next, sums);
        }
        let mut sums = sums;
        for count in 0..=most {
            self.set(site, slot, count);
            sums = self.added(sums, site, slot, count.min(1));
            self.fill(site, slot + 1, rest - count, sums.clone())?;
            if self.tally.stopped {
                break;
            }
        }
        Ok(())
    }

    fn judge(&mut self, sums: Option<Sums>) -> Result<(), ModelError> {
        self.seen += 1;
        if self.seen.is_multiple_of(STRIDE) && !(self.keep_going)() {
            self.tally.stopped = true;
            return Ok(());
        }
        let reading = &self.survey.model.reading;
        let answer = self.answer();
        let weight = self.weight();
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
        Ok(())
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

    /// How many inputs this configuration stands for.
    fn weight(&self) -> BigUint {
        let factorial = |i: u64| {
            let found = usize::try_from(i).ok().and_then(|i| self.survey.factorials.get(i));
            found.cloned().unwrap_or_else(BigUint::one)
        };
        let mut weight = BigUint::from(self.problem.multiplicity);
        for (site, counts) in self.problem.sites.iter().zip(&self.counts) {
            weight *= factorial(site.size);
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

    /// An input with this configuration.
    fn example(&self) -> Failing {
        let length = 1 + self.problem.sites.iter().map(|site| site.positions.len()).sum::<usize>();
        let mut sequence = vec![Token(self.problem.query); length];
        for (site, counts) in self.problem.sites.iter().zip(&self.counts) {
            let slots = site.slots.iter().zip(counts);
            let tokens = slots.flat_map(|(slot, &count)| (0..count).map(|_| slot.token));
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
