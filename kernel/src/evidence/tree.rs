//! The proof that a softmax transformer is right on so many inputs: a tree for each problem, which the checker follows.
//!
//! A configuration of a [`Problem`] says how often each slot occurs on each site; it stands for a multinomial number of
//! inputs. Slots are placed in a fixed order, those of the query first for query count (so that the answer is known above
//! the rest); the last slot of a site takes what is left, without a branch. A tree is a word in preorder:
//!
//! | symbol | what is below |
//! |---|---|
//! | `e` | every configuration is evaluated, one by one |
//! | `s` | one tree for each count of the next slot, from 0 up to what is left on its site |
//! | `r`, `w` | all configurations are right, or wrong, by one bound: every free position lies in the hull of its columns |
//!
//! So `e` alone is a bare enumeration, and says so. Everything is evaluated in enclosures: machine words first, then big
//! integers of 64 bits and more; exactly where all scores are equal.

use super::classes::{Members, Problem, Slot};
use crate::definition::{Column, Judged, Pass, SoftmaxTransformer, Sums, Task, attempt, margin};
use crate::number::{Enclosure, Precision, Rational, Real, binomial, smaller};
use crate::rejection::{Clock, Rejection, need, wrong};
use num::{BigInt, BigUint, One};

/// Columns are enclosed at this precision before they become words, and where words do not decide.
const FINE: Precision = Precision(64);
/// Most bits that are tried.
const MAX_BITS: Precision = Precision(4096);
/// Sums of columns have at most this many bits in words; what is left is for the rest of the model.
const SUM_BITS: u64 = 62;
/// Words have at most this many binary places.
const MAX_PLACES: u32 = 48;

/// What is counted.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// inputs that are right
    pub right: BigUint,
    /// inputs that are wrong
    pub wrong: BigUint,
    /// bounds of the least margin of the right ones that have one
    pub margin: Option<(Rational, Rational)>,
}

impl Tally {
    /// Adds what another tree found.
    pub fn merge(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        if let Some((lo, hi)) = other.margin {
            self.take(lo, hi);
        }
    }

    fn take(&mut self, lo: Rational, hi: Rational) {
        self.margin = Some(match self.margin.take() {
            Some((least, most)) => (smaller(least, lo), smaller(most, hi)),
            None => (lo, hi),
        });
    }
}

/// The enclosures of one problem at one precision.
struct Prepared<R> {
    precision: Precision,
    pass: Pass<R>,
    /// the position that is read, and BOS
    start: Sums<R>,
    /// `[site][slot]`
    slots: Vec<Vec<Sums<R>>>,
}

/// The tree of one problem, being followed.
pub struct Follow<'a> {
    model: &'a SoftmaxTransformer,
    task: Task,
    problem: &'a Problem,
    words: Option<Prepared<Enclosure<i128>>>,
    fine: Option<Prepared<Enclosure>>,
    /// `(site, slot)` in the order in which they are placed
    order: Vec<(usize, usize)>,
    /// `[site]`: positions that are free, slots that are placed
    free: Vec<(u64, usize)>,
    /// `[site][slot]`
    counts: Vec<Vec<u64>>,
    /// least ends of the margins that words found
    least: Option<(i128, i128)>,
    tally: Tally,
    clock: &'a Clock<'a>,
}

impl<'a> Follow<'a> {
    /// Gets ready for one problem.
    ///
    /// # Errors
    /// None for a validated model.
    pub fn new(
        model: &'a SoftmaxTransformer,
        task: Task,
        problem: &'a Problem,
        clock: &'a Clock<'a>,
    ) -> Result<Self, Rejection> {
        let fine = Prepared::new(model, problem, FINE, clock)?;
        let words = match &fine {
            Some(fine) => fine.words(model, problem)?,
            None => None,
        };
        let slots = problem.sites.iter().enumerate();
        let mut order: Vec<(usize, usize)> =
            slots.flat_map(|(site, slots)| (0..slots.len()).map(move |slot| (site, slot))).collect();
        if task == Task::QueryCount {
            // the query is the first slot of every site
            order.sort_by_key(|&(_, slot)| slot > 0);
        }
        Ok(Self {
            model,
            task,
            problem,
            words,
            fine,
            order,
            free: problem.sizes.iter().map(|&size| (size, 0)).collect(),
            counts: problem.sites.iter().map(|slots| vec![0; slots.len()]).collect(),
            least: None,
            tally: Tally::default(),
            clock,
        })
    }

    /// Follows the tree of a problem; what it finds is multiplied by the problem's number of pairs.
    ///
    /// # Errors
    /// [`Rejection::Wrong`] at `place` for a word that is no tree, a leaf that does not hold, or an input that is not decided.
    pub fn run(mut self, place: &str, word: &str, members: &Members) -> Result<Tally, Rejection> {
        let mut symbols = word.bytes();
        self.node(place, &mut symbols, 0, &BigUint::from(members.pairs))?;
        need(symbols.next().is_none(), place, "one tree", "symbols after its end")?;
        if let (Some((lo, hi)), Some(words)) = (self.least, &self.words) {
            let (lo, hi) = words.precision.ends(&Enclosure { lo: lo.into(), hi: hi.into() });
            self.tally.take(lo, hi);
        }
        Ok(self.tally)
    }

    fn node(
        &mut self,
        place: &str,
        symbols: &mut dyn Iterator<Item = u8>,
        level: usize,
        weight: &BigUint,
    ) -> Result<(), Rejection> {
        match symbols.next() {
            Some(b'e') => {
                let start = self.words.as_ref().map(|words| words.placed(&self.counts));
                self.each(level, weight, start.flatten().as_ref())
            }
            Some(b's') => {
                let (site, slot, rest) =
                    self.next(level).ok_or_else(|| wrong(place, "no split below the last slot", "s"))?;
                for count in self.range(site, slot, rest) {
                    let weight = self.enter(site, slot, rest, count, weight)?;
                    self.node(place, symbols, level.saturating_add(1), &weight)?;
                    self.leave(site, slot, rest);
                }
                Ok(())
            }
            Some(symbol @ (b'r' | b'w')) => {
                let expected = if symbol == b'r' { Judged::Right } else { Judged::Wrong };
                let found = self.bounded();
                need(found == expected, place, format!("a bound that is {expected:?}"), format!("{found:?}"))?;
                let inputs = self.below(weight)?;
                self.count(found, &inputs);
                Ok(())
            }
            _ => Err(wrong(place, "a tree of `e`, `s`, `r` and `w`", "another symbol, or its end")),
        }
    }

    /// The slot of a level, with what is left on its site.
    fn next(&self, level: usize) -> Option<(usize, usize, u64)> {
        let &(site, slot) = self.order.get(level)?;
        Some((site, slot, self.free.get(site)?.0))
    }

    /// The counts of a slot: the last one of its site takes what is left.
    fn range(&self, site: usize, slot: usize, rest: u64) -> std::ops::RangeInclusive<u64> {
        let last = self.problem.sites.get(site).is_some_and(|slots| slot.checked_add(1) == Some(slots.len()));
        if last { rest..=rest } else { 0..=rest }
    }

    /// Places a slot so often; the weight below.
    fn enter(
        &mut self,
        site: usize,
        slot: usize,
        rest: u64,
        count: u64,
        weight: &BigUint,
    ) -> Result<BigUint, Rejection> {
        self.clock.tick()?;
        if let Some(free) = self.free.get_mut(site) {
            *free = (rest.saturating_sub(count), slot.saturating_add(1));
        }
        if let Some(place) = self.counts.get_mut(site).and_then(|counts| counts.get_mut(slot)) {
            *place = count;
        }
        let tokens = self.problem.sites.get(site).and_then(|slots| slots.get(slot)).map_or(1, |slot| slot.tokens);
        let ways = binomial(rest, count, u64::MAX).unwrap_or_else(BigUint::one);
        Ok(if ways.is_one() && tokens == 1 { weight.clone() } else { weight * ways * power(tokens, count)? })
    }

    fn leave(&mut self, site: usize, slot: usize, rest: u64) {
        if let Some(free) = self.free.get_mut(site) {
            *free = (rest, slot);
        }
        if let Some(place) = self.counts.get_mut(site).and_then(|counts| counts.get_mut(slot)) {
            *place = 0;
        }
    }

    /// How many inputs are below a place: its weight, and the free positions holding any token of the slots not placed.
    fn below(&self, weight: &BigUint) -> Result<BigUint, Rejection> {
        let mut inputs = weight.clone();
        for (slots, &(free, placed)) in self.problem.sites.iter().zip(&self.free) {
            let tokens = slots.iter().skip(placed).map(|slot| slot.tokens).fold(0, u64::saturating_add);
            inputs *= power(tokens, free)?;
        }
        Ok(inputs)
    }

    /// Evaluates every configuration below; `sums` are those of what is placed, in words.
    fn each(&mut self, level: usize, weight: &BigUint, sums: Option<&Sums<Enclosure<i128>>>) -> Result<(), Rejection> {
        let Some((site, slot, rest)) = self.next(level) else { return self.judge(weight, sums) };
        let mut sums = sums.cloned();
        let mut first = true;
        for count in self.range(site, slot, rest) {
            let column = self.words.as_ref().and_then(|words| words.slots.get(site)?.get(slot));
            let times = if first { count } else { 1 };
            first = false;
            sums = sums.zip(column).and_then(|(mut sums, column)| {
                if times > 0 {
                    sums.add(column, times)?;
                }
                Some(sums)
            });
            let weight = self.enter(site, slot, rest, count, weight)?;
            self.each(level.saturating_add(1), &weight, sums.as_ref())?;
            self.leave(site, slot, rest);
        }
        Ok(())
    }

    /// The least and the largest true count of what is placed.
    fn answers(&self) -> (u64, u64) {
        let sites = || self.problem.sites.iter().zip(&self.counts).zip(&self.free);
        let total = |is: &dyn Fn(&Slot) -> bool| {
            let (mut least, mut most) = (0u64, 0u64);
            for ((slots, counts), &(free, placed)) in sites() {
                for (index, (_, &count)) in slots.iter().zip(counts).enumerate().filter(|(_, (slot, _))| is(slot)) {
                    least = least.saturating_add(count);
                    most = most.saturating_add(if index < placed { count } else { free });
                }
            }
            (least, most)
        };
        let own = total(&|slot| !slot.other);
        let own = (own.0.saturating_add(1), own.1.saturating_add(1));
        match self.task {
            Task::QueryCount => own,
            Task::MostFrequentElement => {
                let mut tokens: Vec<usize> = self
                    .problem
                    .sites
                    .iter()
                    .flatten()
                    .filter(|slot| slot.other)
                    .filter_map(|slot| slot.token)
                    .collect();
                tokens.sort_unstable();
                tokens.dedup();
                let others = tokens.into_iter().map(|token| total(&|slot| slot.other && slot.token == Some(token)));
                others.fold(own, |(least, most), (low, high)| (least.max(low), most.max(high)))
            }
        }
    }

    /// Judges the one configuration that is placed.
    fn judge(&mut self, weight: &BigUint, sums: Option<&Sums<Enclosure<i128>>>) -> Result<(), Rejection> {
        self.clock.spend(4)?;
        let (answer, _) = self.answers();
        let reading = &self.model.reading;
        if let (Some(words), Some(sums)) = (&self.words, sums)
            && let Some(y) = words.pass.outputs(sums)
        {
            let (judged, margin) = margin(&y, reading, answer, words.precision);
            if judged != Judged::Open {
                self.take_words(judged, margin);
                self.count(judged, weight);
                return Ok(());
            }
        }
        let placed = self.columns();
        let mut p = FINE;
        while p <= MAX_BITS {
            self.clock.spend(512)?;
            let inputs = (&self.problem.reader, &self.problem.own, placed.as_slice());
            let (mut judged, mut margin, _) = attempt::<Enclosure>(self.model, inputs, answer, p, self.clock)?;
            if judged == Judged::Open && p == FINE && self.model.norms.is_empty() {
                let exact = attempt::<Rational>(self.model, inputs, answer, p, self.clock)?;
                (judged, margin) = (exact.0, exact.1.map(|margin| margin.enclosed(p)));
            }
            if judged != Judged::Open {
                self.take(judged, margin, p);
                self.count(judged, weight);
                return Ok(());
            }
            p = Precision(p.0.saturating_mul(2));
        }
        Err(wrong(
            "data.readings",
            "inputs that are decided",
            format!("one that is open with {} bits, counts {:?}", MAX_BITS.0, self.counts),
        ))
    }

    /// The columns of what is placed, with how often each occurs.
    fn columns(&self) -> Vec<(&'a Column, u64)> {
        let slots = self.problem.sites.iter().flatten().zip(self.counts.iter().flatten());
        let slots = slots.filter(|(_, count)| **count > 0).map(|(slot, count)| (&slot.column, *count));
        let start = [&self.problem.own].into_iter().chain(&self.problem.bos).map(|column| (column, 1));
        start.chain(slots).collect()
    }

    /// Judges all configurations below by the hull of what the free positions may hold.
    fn bounded(&mut self) -> Judged {
        let (least, most) = self.answers();
        if least != most {
            return Judged::Open;
        }
        let words = self.words.as_ref().map_or((Judged::Open, None), |words| self.hull(words, least));
        if words.0 != Judged::Open {
            self.take_words(words.0, words.1);
            return words.0;
        }
        let (judged, margin) = self.fine.as_ref().map_or((Judged::Open, None), |fine| self.hull(fine, least));
        self.take(judged, margin, FINE);
        judged
    }

    /// Counts inputs that are decided.
    fn count(&mut self, judged: Judged, inputs: &BigUint) {
        match judged {
            Judged::Right => self.tally.right += inputs,
            Judged::Wrong => self.tally.wrong += inputs,
            Judged::Open => {}
        }
    }

    /// Takes the margin of what is right.
    fn take(&mut self, judged: Judged, margin: Option<Enclosure>, p: Precision) {
        if let Some(margin) = margin.filter(|_| judged == Judged::Right) {
            let (lo, hi) = p.ends(&margin);
            self.tally.take(lo, hi);
        }
    }

    /// The same in words: their least ends become rationals at the end.
    fn take_words(&mut self, judged: Judged, margin: Option<Enclosure<i128>>) {
        if let Some(Enclosure { lo, hi }) = margin.filter(|_| judged == Judged::Right) {
            self.least = Some(self.least.map_or((lo, hi), |(least, most)| (least.min(lo), most.min(hi))));
        }
    }

    fn hull<R: Real>(&self, prepared: &Prepared<R>, answer: u64) -> (Judged, Option<R>) {
        let sums = || {
            let mut sums = prepared.placed(&self.counts)?;
            for (columns, &(free, placed)) in prepared.slots.iter().zip(&self.free).filter(|(_, (free, _))| *free > 0) {
                let mut open = columns.iter().skip(placed);
                let first = open.next()?.clone();
                sums.add(&open.try_fold(first, |hull, column| hull.hull(column))?, free)?;
            }
            Some(sums)
        };
        let y = sums().and_then(|sums| prepared.pass.outputs(&sums));
        y.map_or((Judged::Open, None), |y| margin(&y, &self.model.reading, answer, prepared.precision))
    }
}

fn power(base: u64, exponent: u64) -> Result<BigUint, Rejection> {
    let exponent = u32::try_from(exponent).map_err(|_| wrong("params.n", "a small n", exponent))?;
    Ok(if base == 1 { BigUint::one() } else { BigUint::from(base).pow(exponent) })
}

impl<R: Real> Prepared<R> {
    /// `None` when this many bits do not do.
    fn new(
        model: &SoftmaxTransformer,
        problem: &Problem,
        p: Precision,
        clock: &Clock<'_>,
    ) -> Result<Option<Self>, Rejection> {
        let sums = |column| Sums::of(column, &problem.own, &problem.reader, &model.scale.0, p);
        let Some(mut start) = sums(&problem.own) else { return Ok(None) };
        if let Some(bos) = &problem.bos
            && sums(bos).and_then(|bos| start.add(&bos, 1)).is_none()
        {
            return Ok(None);
        }
        let mut slots = Vec::with_capacity(problem.sites.len());
        for site in &problem.sites {
            clock.spend(u64::from(p.0))?;
            let Some(columns) = site.iter().map(|slot| sums(&slot.column)).collect() else {
                return Ok(None);
            };
            slots.push(columns);
        }
        let pass = Pass::new(model, &problem.reader, p)?;
        Ok(pass.map(|pass| Self { precision: p, pass, start, slots }))
    }

    /// The sums of what is placed.
    fn placed(&self, counts: &[Vec<u64>]) -> Option<Sums<R>> {
        let mut sums = self.start.clone();
        for (columns, counts) in self.slots.iter().zip(counts) {
            for (column, &count) in columns.iter().zip(counts).filter(|(_, count)| **count > 0) {
                sums.add(column, count)?;
            }
        }
        Some(sums)
    }
}

impl Prepared<Enclosure> {
    /// The same in machine words with fewer places; `None` when the numbers are too large for them.
    fn words(
        &self,
        model: &SoftmaxTransformer,
        problem: &Problem,
    ) -> Result<Option<Prepared<Enclosure<i128>>>, Rejection> {
        let ends = |Enclosure { lo, hi }: &Enclosure| lo.bits().max(hi.bits());
        let all = self.slots.iter().flatten().chain([&self.start]).flat_map(|sums| &sums.0);
        let largest = all.map(|(total, values)| values.iter().map(ends).fold(ends(total), u64::max)).max().unwrap_or(0);
        let length = problem.sizes.iter().copied().fold(1, u64::saturating_add);
        let needed = largest.saturating_add(u64::from(length.checked_ilog2().unwrap_or(0))).saturating_add(1);
        let excess = needed.saturating_sub(SUM_BITS).max(FINE.0.saturating_sub(MAX_PLACES).into());
        let Some(places) =
            u32::try_from(excess).ok().and_then(|excess| FINE.0.checked_sub(excess)).filter(|&places| places >= 16)
        else {
            return Ok(None);
        };
        let bits = FINE.0.saturating_sub(places);
        let short = |x: &Enclosure<BigInt>| Enclosure::<i128>::narrowed(&x.coarser(bits)?);
        let sums = |sums: &Sums<Enclosure>| {
            let head = |(total, values): &(Enclosure, Vec<Enclosure>)| {
                Some((short(total)?, values.iter().map(short).collect::<Option<_>>()?))
            };
            sums.0.iter().map(head).collect::<Option<_>>().map(Sums)
        };
        let slots = self.slots.iter().map(|site| site.iter().map(sums).collect::<Option<_>>()).collect::<Option<_>>();
        let pass = Pass::new(model, &problem.reader, Precision(places))?;
        let made = pass.zip(sums(&self.start)).zip(slots);
        Ok(made.map(|((pass, start), slots)| Prepared { precision: Precision(places), pass, start, slots }))
    }
}
