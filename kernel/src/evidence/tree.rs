//! A tree over the configurations of a problem, which the checker follows.
//!
//! A configuration of a [`Problem`] says how often each slot occurs on each site; it stands for a multinomial
//! number of inputs. Slots are placed in a fixed order, those of the query first for query count (so that the answer is known
//! above the rest); the last slot of a site takes what is left, without a branch. A tree is a word in preorder:
//!
//! | symbol | what is below |
//! |---|---|
//! | `e` | every configuration is evaluated, one by one |
//! | `s` | one tree for each count of the next slot, from 0 up to what is left on its site |
//! | `r`, `w` | all configurations are right, or wrong, by one bound |
//!
//! So `e` alone is a bare enumeration, and says so. The bound: where one site has free positions, what a head adds to a probe is
//! at its extremes when all of them hold the same slot, since a quotient of sums that is linear in each choice is extreme
//! where each choice is the best for one common value (Dinkelbach, Management Science 13, 1967); where several sites have some,
//! each position lies in the hull of its columns. Everything is evaluated in enclosures: machine words first, then big integers
//! of 64 bits and more; exactly where that is possible.

use super::classes::{Members, Problem, Slot};
use super::survey::Asking;
use super::tally::Tally;
use crate::definition::{Asked, Column, Columns, Judged, Question, Sums, Tail, Terms, Token};
use crate::number::{Enclosure, Precision, Rational, Real, binomial, integer};
use crate::rejection::{Clock, Rejection, need, wrong};
use num::{BigInt, BigUint, One};

/// Columns are enclosed at this precision before they become words, and where words do not decide.
pub(super) const FINE: Precision = Precision(64);
/// Most bits that are tried.
pub const MOST_BITS: Precision = Precision(4096);
/// Sums of columns have at most this many bits in words; what is left is for the rest of the model.
const SUM_BITS: u64 = 62;
/// Words have at most this many binary places.
const MAX_PLACES: u32 = 48;

pub(super) type Words = Enclosure<i128>;

/// The terms of a problem.
pub(super) struct AllTerms<R> {
    /// the position that is read, and BOS
    start: Vec<Terms<R>>,
    /// `[site][slot]`
    slots: Vec<Vec<Terms<R>>>,
}

impl<R: Real> AllTerms<R> {
    /// `None` when this many bits do not do.
    pub(super) fn new(
        columns: &Columns<'_>,
        problem: &Problem,
        p: Precision,
        clock: &Clock<'_>,
    ) -> Result<Option<Self>, Rejection> {
        let terms = |column: &Column| {
            clock.spend(u64::from(p.0))?;
            Ok(Terms::of(columns.attention(), column, &problem.own, p))
        };
        let all = |columns: Vec<&Column>| columns.into_iter().map(terms).collect::<Result<Option<Vec<_>>, Rejection>>();
        let Some(start) = all([&problem.column].into_iter().chain(&problem.bos).collect())? else { return Ok(None) };
        let mut slots = Vec::with_capacity(problem.sites.len());
        for site in &problem.sites {
            let Some(site) = all(site.iter().map(|slot| &slot.column).collect())? else { return Ok(None) };
            slots.push(site);
        }
        Ok(Some(Self { start, slots }))
    }

    /// What attention adds where slots occur so often.
    fn added(&self, counts: &[Vec<u64>], p: Precision) -> Option<Vec<Vec<R>>> {
        let slots = self.slots.iter().flatten().zip(counts.iter().flatten()).filter(|(_, count)| **count > 0);
        let start = self.start.iter().map(|terms| (terms, 1));
        added(&start.chain(slots.map(|(terms, count)| (terms, *count))).collect::<Vec<_>>(), p)
    }
}

/// What attention adds for columns with their counts; weights are relative to the largest.
fn added<R: Real>(all: &[(&Terms<R>, u64)], p: Precision) -> Option<Vec<Vec<R>>> {
    let present: Vec<&Terms<R>> = all.iter().map(|(terms, _)| *terms).collect();
    let reference = Terms::largest(&present);
    let mut sums: Option<Sums<R>> = None;
    for (terms, count) in all {
        let one = Sums::of(terms, &reference, p)?;
        // the first column starts the sums
        let known = sums.is_some();
        let total = sums.get_or_insert_with(|| one.clone());
        total.add(&one, if known { *count } else { count.saturating_sub(1) })?;
    }
    sums?.quotients(p)
}

/// The enclosures of one problem at one precision.
pub(super) struct Prepared<R> {
    pub(super) precision: Precision,
    /// the position that is read, and BOS
    start: Sums<R>,
    /// `[site][slot]`
    slots: Vec<Vec<Sums<R>>>,
}

/// Says what is done at each place of a tree.
pub trait Guide {
    /// The symbol at the place where `follow` stands.
    ///
    /// # Errors
    /// [`Rejection`] of the clock, or where there is none.
    fn symbol(&mut self, follow: &mut Follow<'_>, level: usize) -> Result<u8, Rejection>;
}

/// A word as a guide.
pub(super) struct Word<'a, 'b> {
    pub(super) place: &'a str,
    pub(super) symbols: &'a mut std::str::Bytes<'b>,
}

impl Guide for Word<'_, '_> {
    fn symbol(&mut self, _: &mut Follow<'_>, _: usize) -> Result<u8, Rejection> {
        self.symbols.next().ok_or_else(|| wrong(self.place, "a tree of `e`, `s`, `r` and `w`", "its end"))
    }
}

/// The tree of one problem, being followed.
pub struct Follow<'a> {
    asking: &'a Asking<'a>,
    columns: &'a Columns<'a>,
    members: &'a Members,
    words: Option<(Prepared<Words>, Tail<Words>)>,
    fine: Option<Prepared<Enclosure>>,
    /// of the position that is read, BOS, and `[site][slot]`
    terms: Option<AllTerms<Enclosure>>,
    fine_tail: Option<Tail<Enclosure>>,
    /// `(site, slot)` in the order in which they are placed
    order: Vec<(usize, usize)>,
    /// `[site]`: positions that are free, slots that are placed
    free: Vec<(u64, usize)>,
    /// `[site][slot]`
    counts: Vec<Vec<u64>>,
    pub(super) tally: Tally,
    clock: &'a Clock<'a>,
}

impl<'a> Follow<'a> {
    /// Gets ready for one problem.
    ///
    /// # Errors
    /// None for a validated model, but those of the clock.
    pub(super) fn new(
        asking: &'a Asking<'a>,
        columns: &'a Columns<'a>,
        members: &'a Members,
        clock: &'a Clock<'a>,
    ) -> Result<Self, Rejection> {
        let problem = &members.problem;
        let terms = AllTerms::new(columns, problem, FINE, clock)?;
        let fine = terms.as_ref().and_then(|terms| Prepared::new(terms, FINE));
        let fine_tail = Tail::new(columns, &problem.own, FINE)?;
        let words = match fine.as_ref().and_then(|fine| fine.words(problem)) {
            Some(words) => {
                let tail = Tail::new(columns, &problem.own, words.precision)?;
                tail.map(|tail| (words, tail))
            }
            None => None,
        };
        let slots = problem.sites.iter().enumerate();
        let mut order: Vec<(usize, usize)> =
            slots.flat_map(|(site, slots)| (0..slots.len()).map(move |slot| (site, slot))).collect();
        if *asking.question == Question::QueryCount {
            // the query is the first slot of every site
            order.sort_by_key(|&(_, slot)| slot > 0);
        }
        Ok(Self {
            asking,
            columns,
            members,
            words,
            fine,
            terms,
            fine_tail,
            order,
            free: problem.sizes.iter().map(|&size| (size, 0)).collect(),
            counts: problem.sites.iter().map(|slots| vec![0; slots.len()]).collect(),
            tally: Tally::default(),
            clock,
        })
    }

    /// Follows a tree; what it finds is multiplied by the problem's number of pairs.
    ///
    /// # Errors
    /// [`Rejection::Wrong`] at `place` for a word that is no tree or a leaf that does not hold, or of the clock.
    pub(super) fn run(&mut self, place: &str, guide: &mut dyn Guide) -> Result<(), Rejection> {
        self.node(place, guide, 0, &BigUint::from(self.members.pairs))
    }

    fn node(&mut self, place: &str, guide: &mut dyn Guide, level: usize, weight: &BigUint) -> Result<(), Rejection> {
        match guide.symbol(self, level)? {
            b'e' => {
                let start = self.words.as_ref().map(|(words, _)| words.placed(&self.counts));
                self.each(level, weight, start.flatten().as_ref())
            }
            b's' => {
                let (site, slot, rest) =
                    self.next(level).ok_or_else(|| wrong(place, "no split below the last slot", "s"))?;
                for count in self.range(site, slot, rest) {
                    let weight = self.enter(site, slot, rest, count, weight)?;
                    self.node(place, guide, level.saturating_add(1), &weight)?;
                    self.leave(site, slot, rest);
                }
                Ok(())
            }
            symbol @ (b'r' | b'w') => {
                let expected = if symbol == b'r' { Judged::Right } else { Judged::Wrong };
                let found = self.bounded(true)?;
                need(found == expected, place, format!("a bound that is {expected:?}"), format!("{found:?}"))?;
                let inputs = self.below(weight)?;
                self.count(found, &inputs);
                Ok(())
            }
            _ => Err(wrong(place, "a tree of `e`, `s`, `r` and `w`", "another symbol")),
        }
    }

    /// The slot of a level, with what is left on its site.
    fn next(&self, level: usize) -> Option<(usize, usize, u64)> {
        let &(site, slot) = self.order.get(level)?;
        Some((site, slot, self.free.get(site)?.0))
    }

    /// The counts of a slot: the last one of its site takes what is left.
    fn range(&self, site: usize, slot: usize, rest: u64) -> std::ops::RangeInclusive<u64> {
        let slots = self.members.problem.sites.get(site);
        let last = slots.is_some_and(|slots| slot.checked_add(1) == Some(slots.len()));
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
        let slots = self.members.problem.sites.get(site);
        let tokens = slots.and_then(|slots| slots.get(slot)).map_or(1, |slot| slot.tokens);
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
        for (slots, &(free, placed)) in self.members.problem.sites.iter().zip(&self.free) {
            let tokens = slots.iter().skip(placed).map(|slot| slot.tokens).fold(0, u64::saturating_add);
            inputs *= power(tokens, free)?;
        }
        Ok(inputs)
    }

    /// How many configurations are below this place, at most [`u64::MAX`].
    #[must_use]
    pub fn configurations(&self) -> u64 {
        let sites = self.members.problem.sites.iter().zip(&self.free);
        let ways = sites.map(|(slots, &(free, placed))| {
            let others = u64::try_from(slots.len().saturating_sub(placed)).unwrap_or(u64::MAX).saturating_sub(1);
            let ways = free.checked_add(others).and_then(|all| binomial(all, others, 64));
            ways.and_then(|ways| u64::try_from(ways).ok()).unwrap_or(u64::MAX)
        });
        ways.fold(1, u64::saturating_mul)
    }

    /// Whether a slot is left to place.
    #[must_use]
    pub fn splits(&self, level: usize) -> bool {
        level < self.order.len()
    }

    /// Evaluates every configuration below; `sums` are those of what is placed, in words.
    fn each(&mut self, level: usize, weight: &BigUint, sums: Option<&Sums<Words>>) -> Result<(), Rejection> {
        let full = self.free.iter().all(|&(free, _)| free == 0);
        let Some((site, slot, rest)) = self.next(level).filter(|_| !full) else { return self.judge(weight, sums) };
        let mut sums = sums.cloned();
        let mut first = true;
        for count in self.range(site, slot, rest) {
            let column = self.words.as_ref().and_then(|(words, _)| words.slots.get(site)?.get(slot));
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

    /// The true answer, if what is placed tells.
    fn answer(&self) -> Result<Option<Rational>, Rejection> {
        let sites = || self.members.problem.sites.iter().zip(&self.counts).zip(&self.free);
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
        let tokens = || {
            let slots = self.members.problem.sites.iter().flatten();
            let mut tokens: Vec<usize> = slots.filter(|slot| slot.other).filter_map(|slot| slot.token).collect();
            tokens.sort_unstable();
            tokens.dedup();
            tokens
        };
        let (least, most) = match self.asking.question {
            Question::QueryCount => own,
            Question::MostFrequentElement => {
                let counts = tokens().into_iter().map(|token| total(&|slot| slot.other && slot.token == Some(token)));
                counts.fold(own, |(least, most), (low, high)| (least.max(low), most.max(high)))
            }
            question => {
                if self.free.iter().any(|&(free, _)| free > 0) {
                    return Ok(None);
                }
                let mut counts = vec![0u64; self.asking.model.vocabulary()];
                let query = self.members.first.1;
                for token in tokens() {
                    if let Some(count) = counts.get_mut(token) {
                        *count = total(&|slot| slot.other && slot.token == Some(token)).0;
                    }
                }
                if let Some(count) = counts.get_mut(query) {
                    *count = own.0;
                }
                let asked = Asked { sequence: None, counts: &counts, token: query, position: 0 };
                return question.answer(&asked, 1, self.clock).map(Some);
            }
        };
        Ok((least == most).then(|| integer(least)))
    }

    /// Judges the one configuration that is placed.
    fn judge(&mut self, weight: &BigUint, sums: Option<&Sums<Words>>) -> Result<(), Rejection> {
        self.clock.spend(4)?;
        let answer = self.answer()?.ok_or_else(|| wrong("data.readings", "an answer", "none"))?;
        if let (Some((_, tail)), Some(sums)) = (&self.words, sums) {
            let p = tail.precision();
            if let Some(y) = sums.quotients(p).and_then(|added| tail.outputs(&added)) {
                let (judged, margin) = self.asking.criteria.margin(&y, &answer, p);
                if judged != Judged::Open {
                    self.tally.margin_in_words(judged, margin.as_ref(), p);
                    self.count(judged, weight);
                    return Ok(());
                }
            }
        }
        let mut p = FINE;
        let mut judged = Judged::Open;
        while judged == Judged::Open && p <= MOST_BITS {
            self.clock.spend(64)?;
            let mut margin = None;
            let y = match (&self.terms, &self.fine_tail) {
                (Some(terms), Some(tail)) if p == FINE => {
                    terms.added(&self.counts, p).and_then(|added| tail.outputs(&added))
                }
                _ => {
                    let tail = self.tail(p)?;
                    self.added(p)?.zip(tail).and_then(|(added, tail): (_, Tail<Enclosure>)| tail.outputs(&added))
                }
            };
            if let Some(y) = y {
                (judged, margin) = self.asking.criteria.margin(&y, &answer, p);
            }
            if judged == Judged::Open
                && p == FINE
                && let Some(added) = self.added::<Rational>(p)?
                && let Some(y) = self.tail(p)?.and_then(|tail| tail.outputs(&added))
            {
                let exact = self.asking.criteria.margin(&y, &answer, p);
                (judged, margin) = (exact.0, exact.1.map(|margin| margin.enclosed(p)));
            }
            self.tally.margin_of(judged, margin.as_ref(), p);
            p = Precision(p.0.saturating_mul(2));
        }
        self.count(judged, weight);
        Ok(())
    }

    fn tail<R: Real>(&self, p: Precision) -> Result<Option<Tail<R>>, Rejection> {
        Tail::new(self.columns, &self.members.problem.own, p)
    }

    /// What attention adds in the one configuration that is placed.
    fn added<R: Real>(&self, p: Precision) -> Result<Option<Vec<Vec<R>>>, Rejection> {
        let problem = &self.members.problem;
        let slots = problem.sites.iter().flatten().zip(self.counts.iter().flatten());
        let slots = slots.filter(|(_, count)| **count > 0).map(|(slot, count)| (&slot.column, *count));
        let start = [&problem.column].into_iter().chain(&problem.bos).map(|column| (column, 1));
        let mut all = Vec::new();
        for (column, count) in start.chain(slots) {
            self.clock.spend(u64::from(p.0))?;
            let Some(terms) = Terms::of(self.columns.attention(), column, &problem.own, p) else { return Ok(None) };
            all.push((terms, count));
        }
        Ok(added(&all.iter().map(|(terms, count)| (terms, *count)).collect::<Vec<_>>(), p))
    }

    /// Judges all configurations below by what the free positions may hold; takes the margin where `counted`.
    ///
    /// # Errors
    /// Those of the clock.
    pub fn bounded(&mut self, counted: bool) -> Result<Judged, Rejection> {
        self.clock.spend(8)?;
        let Some(answer) = self.answer()? else { return Ok(Judged::Open) };
        let words = self.words.as_ref();
        let words = words.map(|(words, tail)| (self.range_of(words, tail, &answer), words.precision));
        if let Some(((judged, margin), p)) = words.filter(|((judged, _), _)| *judged != Judged::Open) {
            if counted {
                self.tally.margin_in_words(judged, margin.as_ref(), p);
            }
            return Ok(judged);
        }
        let fine = self.fine.as_ref().zip(self.fine_tail.as_ref());
        let (judged, margin) = fine.map_or((Judged::Open, None), |(fine, tail)| self.range_of(fine, tail, &answer));
        if counted {
            self.tally.margin_of(judged, margin.as_ref(), FINE);
        }
        Ok(judged)
    }

    fn range_of<R: Real>(&self, prepared: &Prepared<R>, tail: &Tail<R>, answer: &Rational) -> (Judged, Option<R>) {
        let p = prepared.precision;
        let added = || {
            let mut sums = prepared.placed(&self.counts)?;
            let open = prepared.slots.iter().zip(&self.free).filter(|(_, (free, _))| *free > 0);
            let mut open = open.map(|(columns, &(free, placed))| (columns.get(placed..).unwrap_or_default(), free));
            match (open.next(), open.next()) {
                (Some((columns, free)), None) => {
                    let mut all: Option<Vec<Vec<R>>> = None;
                    for column in columns {
                        let mut filled = sums.clone();
                        filled.add(column, free)?;
                        let filled = filled.quotients(p)?;
                        all = Some(match all {
                            Some(all) => hulls(&all, &filled)?,
                            None => filled,
                        });
                    }
                    all
                }
                (first, second) => {
                    for (columns, free) in first.into_iter().chain(second).chain(open) {
                        let (first, others) = columns.split_first()?;
                        let hull = others.iter().try_fold(first.clone(), |hull, column| hull.hull(column));
                        sums.add(&hull?, free)?;
                    }
                    sums.quotients(p)
                }
            }
        };
        let y = added().and_then(|added| tail.outputs(&added));
        y.map_or((Judged::Open, None), |y| self.asking.criteria.margin(&y, answer, p))
    }

    fn count(&mut self, judged: Judged, inputs: &BigUint) {
        let (members, counts) = (self.members, &self.counts);
        self.tally.count(judged, inputs, || example(members, counts));
    }
}

/// A sequence of the first pair with these counts; free positions hold the last token of their site.
fn example(members: &Members, counts: &[Vec<u64>]) -> (Vec<Token>, usize) {
    let (position, query) = members.first;
    let length = members.names.iter().map(|names| names.positions.len()).sum::<usize>().saturating_add(1);
    let mut sequence = vec![Token(query); length];
    for (names, counts) in members.names.iter().zip(counts) {
        let tokens = names.tokens.iter().zip(counts);
        let tokens = tokens.flat_map(|(&token, &count)| (0..count).map(move |_| token));
        let rest = names.tokens.last().copied().unwrap_or(query);
        for (&place, token) in names.positions.iter().zip(tokens.chain(std::iter::repeat(rest))) {
            if let Some(entry) = sequence.get_mut(place) {
                *entry = Token(token);
            }
        }
    }
    (sequence, position)
}

fn hulls<R: Real>(one: &[Vec<R>], other: &[Vec<R>]) -> Option<Vec<Vec<R>>> {
    let head = |(a, b): (&Vec<R>, &Vec<R>)| a.iter().zip(b).map(|(a, b)| a.hull(b)).collect();
    one.iter().zip(other).map(head).collect()
}

fn power(base: u64, exponent: u64) -> Result<BigUint, Rejection> {
    let exponent = u32::try_from(exponent).map_err(|_| wrong("params.n", "a small n", exponent))?;
    Ok(if base == 1 { BigUint::one() } else { BigUint::from(base).pow(exponent) })
}

impl<R: Real> Prepared<R> {
    /// Weights are relative to that of the position read. `None` when this many bits do not do.
    pub(super) fn new(terms: &AllTerms<R>, p: Precision) -> Option<Self> {
        let (own, bos) = terms.start.split_first()?;
        let mut start = Sums::of(own, own, p)?;
        for bos in bos {
            start.add(&Sums::of(bos, own, p)?, 1)?;
        }
        let site = |site: &Vec<Terms<R>>| site.iter().map(|terms| Sums::of(terms, own, p)).collect::<Option<_>>();
        let slots = terms.slots.iter().map(site).collect::<Option<_>>()?;
        Some(Self { precision: p, start, slots })
    }

    /// How many numbers a slot has.
    pub(super) fn work(&self) -> u64 {
        let numbers: usize = self.start.0.iter().map(|(_, values)| values.len()).sum();
        u64::try_from(numbers).unwrap_or(u64::MAX)
    }

    /// The sums of these slots of sites, each so often.
    pub(super) fn sums(&self, slots: impl Iterator<Item = (usize, usize, u64)>) -> Option<Sums<R>> {
        let mut sums = self.start.clone();
        for (site, slot, count) in slots {
            sums.add(self.slots.get(site)?.get(slot)?, count)?;
        }
        Some(sums)
    }

    /// The sums of what is placed.
    fn placed(&self, counts: &[Vec<u64>]) -> Option<Sums<R>> {
        let sites = counts.iter().enumerate();
        let slots =
            sites.flat_map(|(site, counts)| counts.iter().enumerate().map(move |(slot, &count)| (site, slot, count)));
        self.sums(slots.filter(|(.., count)| *count > 0))
    }
}

impl Prepared<Enclosure> {
    /// The same in machine words with fewer places; `None` when the numbers are too large for them.
    pub(super) fn words(&self, problem: &Problem) -> Option<Prepared<Words>> {
        let ends = |Enclosure { lo, hi }: &Enclosure| lo.bits().max(hi.bits());
        let all = self.slots.iter().flatten().chain([&self.start]).flat_map(|sums| &sums.0);
        let largest = all.flat_map(|(total, values)| values.iter().chain(total).map(ends)).max().unwrap_or(0);
        let length = problem.sizes.iter().copied().fold(1, u64::saturating_add);
        let needed = largest.saturating_add(u64::from(length.checked_ilog2().unwrap_or(0))).saturating_add(1);
        let excess = needed.saturating_sub(SUM_BITS).max(FINE.0.saturating_sub(MAX_PLACES).into());
        let places = FINE.0.checked_sub(u32::try_from(excess).ok()?).filter(|&places| places >= 16)?;
        let bits = FINE.0.saturating_sub(places);
        let short = |x: &Enclosure<BigInt>| Enclosure::<i128>::narrowed(&x.coarser(bits)?);
        let sums = |sums: &Sums<Enclosure>| {
            let head = |(total, values): &(Option<Enclosure>, Vec<Enclosure>)| {
                let total = match total {
                    Some(total) => Some(short(total)?),
                    None => None,
                };
                Some((total, values.iter().map(short).collect::<Option<_>>()?))
            };
            sums.0.iter().map(head).collect::<Option<_>>().map(Sums)
        };
        let slots = self.slots.iter().map(|site| site.iter().map(sums).collect::<Option<_>>());
        let (start, slots) = (sums(&self.start)?, slots.collect::<Option<_>>()?);
        Some(Prepared { precision: Precision(places), start, slots })
    }
}
