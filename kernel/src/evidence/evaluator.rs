//! A softmax transformer that is asked about one input after the other.
//!
//! Where the first block is the only attention, what each token adds at each position is computed once for each query
//! ([`Columns`]); any other model is evaluated by definition. Words come first, then as many bits as an input needs.

use super::classes::{MAX_ENTRIES, MAX_LENGTH, Problem, Slot};
use super::tree::{AllTerms, FINE, Prepared, Words};
use crate::definition::{
    Columns, Place, Reading, Site, SoftmaxTransformer, Stack, Tail, occurrences, outputs, places, places_of_counts,
};
use crate::number::{Enclosure, Precision, Real, integer};
use crate::rejection::{Clock, Rejection, need, wrong};
use num::BigInt;
use std::sync::OnceLock;

/// Tried first by definition, in machine words.
pub(super) const WORDS: Precision = Precision(44);
/// What is summed over inputs has these binary places.
pub(super) const PLACES: Precision = Precision(64);

/// Most bits that a value is asked with.
const MOST_PLACES: Precision = Precision(256);

/// The length `n`, if a model has it.
///
/// # Errors
/// [`Rejection`] for another.
pub(super) fn length_of(model: &SoftmaxTransformer, n: u64) -> Result<usize, Rejection> {
    let length = usize::try_from(n).unwrap_or(usize::MAX);
    let longest = model.longest().unwrap_or(MAX_LENGTH).min(MAX_LENGTH);
    need(length >= 1 && length <= longest, "params.n", format!("1 to {longest}"), n)?;
    Ok(length)
}

/// A model at one length.
pub(super) struct Evaluator<'a> {
    pub(super) model: &'a SoftmaxTransformer,
    plan: Plan<'a>,
    /// with [`PLACES`], once some input needs it; none where it does not fit
    fine: OnceLock<Option<Stack<'a, Enclosure>>>,
}

enum Plan<'a> {
    /// of each query, where places make a difference at each position that is read: what is read, in words
    Columns(bool, Vec<Option<(Prepared<Words>, Tail<Words>)>>),
    Definition(Option<Stack<'a, Words>>),
}

impl<'a> Evaluator<'a> {
    /// # Errors
    /// [`Rejection`] for too large a model, or of the clock.
    pub(super) fn new(model: &'a SoftmaxTransformer, length: usize, clock: &Clock<'_>) -> Result<Self, Rejection> {
        let plan = match Columns::new(model, clock)? {
            Some(columns) => readers(&columns, model, length, clock)?,
            None => None,
        };
        let plan = match plan {
            Some(plan) => plan,
            None => Plan::Definition(Stack::new(model, WORDS)?),
        };
        Ok(Self { model, plan, fine: OnceLock::new() })
    }

    /// The outputs in words, if they do.
    ///
    /// # Errors
    /// [`Rejection`] of the clock.
    pub(super) fn outputs(
        &self,
        sequence: &[usize],
        position: usize,
        clock: &Clock<'_>,
    ) -> Result<Option<(Precision, Vec<Words>)>, Rejection> {
        let model = self.model;
        match &self.plan {
            Plan::Columns(placed, readers) => {
                let query = sequence.get(position).copied().unwrap_or(0);
                let first = model.read_at.positions(sequence.len()).start;
                let row = if *placed { position.saturating_sub(first) } else { 0 };
                let reader = row.checked_mul(model.vocabulary()).and_then(|row| readers.get(row.checked_add(query)?));
                let Some(Some((prepared, tail))) = reader else { return Ok(None) };
                let each = prepared.work().saturating_mul(u64::try_from(sequence.len()).unwrap_or(u64::MAX));
                clock.spend(tail.work().saturating_add(each).checked_shr(6).unwrap_or(0).saturating_add(1))?;
                let sums = if *placed {
                    let others = sequence.iter().enumerate().filter(|&(place, _)| place != position);
                    prepared.sums(others.map(|(place, &token)| (place, token, 1)))
                } else {
                    let mut counts = occurrences(model.vocabulary(), sequence);
                    if let Some(count) = counts.get_mut(query) {
                        *count = count.saturating_sub(1);
                    }
                    let others = counts.iter().enumerate().filter(|(_, count)| **count > 0);
                    prepared.sums(others.map(|(token, &count)| (0, token, count)))
                };
                let y = sums.and_then(|sums| tail.outputs(&sums.quotients(tail.precision())?));
                Ok(y.map(|y| (tail.precision(), y)))
            }
            Plan::Definition(stack) => {
                let Some(stack) = stack else { return Ok(None) };
                Ok(self.by_definition(stack, sequence, position, clock)?.map(|y| (WORDS, y)))
            }
        }
    }

    /// The outputs by definition, of equal tokens as one place where order makes no difference.
    fn by_definition<R: Real>(
        &self,
        stack: &Stack<'_, R>,
        sequence: &[usize],
        position: usize,
        clock: &Clock<'_>,
    ) -> Result<Option<Vec<R>>, Rejection> {
        let (places, read) = match self.model.ignores_order() {
            true => by_token(self.model, sequence, position),
            false => (places(self.model, sequence), position.saturating_add(usize::from(self.model.bos.is_some()))),
        };
        let y = stack.outputs(&places, &[read], clock)?;
        Ok(y.and_then(|y| y.into_iter().next()))
    }

    /// What is read of an input: the number, or all between the answers that an arg max may choose, of which there are several in a tie.
    ///
    /// # Errors
    /// [`Rejection`] where it is not known, or of the clock.
    pub(super) fn value(&self, sequence: &[usize], position: usize, clock: &Clock<'_>) -> Result<Enclosure, Rejection> {
        let words = self.outputs(sequence, position, clock)?;
        let mut value = words.and_then(|(p, y)| self.read(&y, p));
        let mut p = PLACES;
        while !value.as_ref().is_some_and(is_settled) && p <= MOST_PLACES {
            let fine = || self.fine.get_or_init(|| Stack::new(self.model, PLACES).ok().flatten()).as_ref();
            let y = match fine().filter(|_| p == PLACES) {
                Some(stack) => self.by_definition(stack, sequence, position, clock)?,
                None => outputs::<Enclosure>(self.model, sequence, position, p, clock)?,
            };
            value = y.and_then(|y| self.read(&y, p));
            p = Precision(p.0.saturating_mul(2));
        }
        value.ok_or_else(|| wrong("model: an output", "a number within range", format!("none of {sequence:?}")))
    }

    fn read<R: Real>(&self, y: &[R], p: Precision) -> Option<Enclosure> {
        match &self.model.reading {
            Reading::Number { .. } => rescaled(y.first()?.enclosed(p), p),
            Reading::ArgMax { answers, .. } => {
                let choices = || possible(y, answers, p).map(|answer| PLACES.enclose(&integer(answer)));
                choices().reduce(|a, b| Enclosure { lo: a.lo.min(b.lo), hi: a.hi.max(b.hi) })
            }
        }
    }
}

/// The integer, or the first and the last one, that a number rounds to; a half goes up.
pub(super) fn rounded(value: &Enclosure) -> (BigInt, BigInt) {
    let half = BigInt::from(1) << PLACES.0.saturating_sub(1);
    ((&value.lo + &half) >> PLACES.0, (&value.hi + half) >> PLACES.0)
}

/// Whether more bits would tell no more that matters.
fn is_settled(value: &Enclosure) -> bool {
    let (width, (first, last)) = (&value.hi - &value.lo, rounded(value));
    width <= BigInt::from(2) || (first == last && width.bits() <= 30)
}

/// The narrowest interval around one of `p` places that has those of [`PLACES`].
pub(super) fn rescaled(Enclosure { lo, hi }: Enclosure, p: Precision) -> Option<Enclosure> {
    match PLACES.0.checked_sub(p.0) {
        Some(more) => Some(Enclosure { lo: lo << more, hi: hi << more }),
        None => Enclosure { lo, hi }.coarser(p.0.saturating_sub(PLACES.0)),
    }
}

/// The answers that the largest entry may belong to.
pub(super) fn possible<R: Real>(y: &[R], answers: &[u64], p: Precision) -> impl Iterator<Item = u64> {
    let ends: Vec<Enclosure> = y.iter().map(|y| y.enclosed(p)).collect();
    let least = ends.iter().map(|end| &end.lo).max().cloned().unwrap_or_default();
    let possible = ends.into_iter().zip(answers).filter(move |(end, _)| end.hi >= least);
    possible.map(|(_, &answer)| answer)
}

/// Equal tokens as one place, and that of the position.
fn by_token(model: &SoftmaxTransformer, sequence: &[usize], position: usize) -> (Vec<Place>, usize) {
    let places = places_of_counts(model, &occurrences(model.vocabulary(), sequence));
    let query = sequence.get(position).copied();
    let read = places.iter().position(|place| place.token == query).unwrap_or(0);
    (places, read)
}

/// What every query reads; `None` where that is too much to keep.
fn readers<'a>(
    columns: &Columns<'_>,
    model: &SoftmaxTransformer,
    length: usize,
    clock: &Clock<'_>,
) -> Result<Option<Plan<'a>>, Rejection> {
    let (m, placed, read) = (model.vocabulary(), columns.placed(), model.read_at.positions(length));
    let rows = if placed { length } else { 1 };
    let read = if placed { read } else { read.start..read.start.saturating_add(1) };
    let heads = model.heads().count().saturating_add(1);
    let each = rows.saturating_mul(m).saturating_mul(columns.probes()).saturating_mul(heads);
    if read.len().saturating_mul(m).saturating_mul(each) > MAX_ENTRIES {
        return Ok(None);
    }
    let mut sites = Vec::with_capacity(rows);
    for i in 0..rows {
        sites.push((0..m).map(|token| columns.site(Some((i, token)), clock)).collect::<Result<Vec<_>, _>>()?);
    }
    let bos = model.bos.as_ref().map(|_| columns.site(None, clock)).transpose()?;
    let mut all = Vec::with_capacity(read.len().saturating_mul(m));
    for position in read {
        for query in 0..m {
            let reader = columns.reader(position, query, clock)?;
            let slot = |site: &Site| {
                clock.spend(16)?;
                Ok(Slot { other: true, column: columns.column(site, &reader)?, tokens: 1, token: None })
            };
            let row = sites.get(if placed { position } else { 0 });
            let Some(own) = row.and_then(|site| site.get(query)) else { return Ok(None) };
            let of_site = |site: &Vec<Site>| site.iter().map(slot).collect::<Result<Vec<Slot>, Rejection>>();
            let problem = Problem {
                own: reader.own.clone(),
                column: columns.column(own, &reader)?,
                query: None,
                bos: bos.as_ref().map(|site| columns.column(site, &reader)).transpose()?,
                sites: sites.iter().map(of_site).collect::<Result<_, _>>()?,
                sizes: vec![u64::try_from(length).unwrap_or(u64::MAX)],
            };
            let prepared = AllTerms::new(columns, &problem, FINE, clock)?;
            let words = prepared.and_then(|terms| Prepared::new(&terms, FINE)?.words(&problem));
            all.push(match words {
                Some(words) => Tail::new(columns, &problem.own, words.precision)?.map(|tail| (words, tail)),
                None => None,
            });
        }
    }
    Ok(Some(Plan::Columns(placed, all)))
}
