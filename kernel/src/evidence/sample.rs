//! Inputs drawn at random, each judged in enclosures: how many are right, and how far the outputs are from the answers.
//!
//! An input is a sequence of `n` tokens, drawn one after the other by a [`Generator`] of its own, and where every position is read,
//! one of them. With weights a token is the first whose weight, added to those before it, exceeds a number below the sum of all weights. Evenly it
//! is one of those that are left of all tokens, which are all there again once none is left: no token twice up to length `m`.
//!
//! Where the first block is the only attention, what each token adds at each position is computed once for each query
//! ([`Columns`]); any other model is evaluated by definition.

use super::classes::{MAX_ENTRIES, Problem, Slot};
use super::generator::Generator;
use super::survey::{Asking, share};
use super::tree::{AllTerms, FINE, MOST_BITS, Prepared, Words};
use crate::definition::{
    Columns, Judged, Place, Question, Reading, Site, SoftmaxTransformer, Stack, Tail, Token, judge, occurrences,
    places, places_of_counts,
};
use crate::number::{Enclosure, Precision, Rational, RationalText, Real, integer};
use crate::rejection::{Clock, Rejection, need, wrong};
use num::{BigInt, Signed};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Tried first where columns do not serve.
const WORDS: Precision = Precision(44);
/// Sums of errors have this many binary places.
const ERROR_PLACES: Precision = Precision(64);
/// Different answers of a sample.
const MAX_ANSWERS: usize = 1 << 12;

/// Which inputs are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Drawing<'a> {
    /// of the first generator
    pub seed: u64,
    /// how each token is drawn
    pub tokens: Tokens<'a>,
}

/// How tokens are drawn.
#[derive(Debug, Clone, Copy)]
pub enum Tokens<'a> {
    /// each by itself, all with the same probability
    Uniform,
    /// each by itself, with one weight a token; their sum has 64 bits
    Weights(&'a [u64]),
    /// from those that are left of all tokens
    Even,
}

/// What was found of the inputs of a sample.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// inputs that are right
    pub right: u64,
    /// inputs that are not decided
    pub open: u64,
    /// inputs whose output, rounded or decoded, is certainly within 1 of the answer
    pub within_one: u64,
    /// by the answer: inputs, and those that are right
    pub answers: BTreeMap<RationalText, (u64, u64)>,
    /// the first that is wrong, by its number
    pub first_wrong: Option<u64>,
    /// the sum of `|output - answer|`, with the places of `ERROR_PLACES`
    error: (BigInt, BigInt),
}

impl Marks {
    /// How many inputs there are.
    #[must_use]
    pub fn sampled(&self) -> u64 {
        self.answers.values().map(|(sampled, _)| *sampled).fold(0, u64::saturating_add)
    }

    /// Bounds of the sum of all distances from the answers.
    #[must_use]
    pub fn error(&self) -> (Rational, Rational) {
        ERROR_PLACES.ends(&Enclosure { lo: self.error.0.clone(), hi: self.error.1.clone() })
    }

    fn merge(&mut self, later: Self) {
        self.right = self.right.saturating_add(later.right);
        self.open = self.open.saturating_add(later.open);
        self.within_one = self.within_one.saturating_add(later.within_one);
        for (answer, (sampled, right)) in later.answers {
            let known = self.answers.entry(answer).or_default();
            *known = (known.0.saturating_add(sampled), known.1.saturating_add(right));
        }
        self.first_wrong = self.first_wrong.or(later.first_wrong);
        self.error.0 += later.error.0;
        self.error.1 += later.error.1;
    }
}

/// Blocks of inputs, put together in their order as they come: what waits is as much as there are threads.
#[derive(Default)]
struct Joined {
    marks: Marks,
    next: usize,
    waiting: BTreeMap<usize, Marks>,
    /// what was refused by name, else that it was stopped
    error: Option<Rejection>,
}

impl Joined {
    /// Takes a block; whether to go on.
    fn add(&mut self, index: usize, block: Result<Marks, Rejection>) -> bool {
        match block {
            Ok(marks) => drop(self.waiting.insert(index, marks)),
            Err(error) => self.fail(error),
        }
        while let Some(marks) = self.waiting.remove(&self.next) {
            self.marks.merge(marks);
            self.next = self.next.saturating_add(1);
        }
        if self.marks.answers.len() > MAX_ANSWERS {
            self.fail(wrong("params.task", format!("at most {MAX_ANSWERS} answers"), "more"));
        }
        self.error.is_none()
    }

    fn fail(&mut self, error: Rejection) {
        if matches!(self.error, None | Some(Rejection::Stopped)) {
            self.error = Some(error);
        }
    }
}

/// A model whose inputs are drawn.
pub struct Sampler<'a> {
    asking: Asking<'a>,
    length: usize,
    drawing: Drawing<'a>,
    plan: Plan<'a>,
}

enum Plan<'a> {
    /// of each query, where places make a difference at each position that is read: what is read, in words
    Columns(bool, Vec<Option<(Prepared<Words>, Tail<Words>)>>),
    Definition(Option<Stack<'a, Words>>),
}

impl<'a> Sampler<'a> {
    /// # Errors
    /// [`Rejection`] for a length that the model does not have, weights of another vocabulary, too large a model, or of the clock.
    pub fn new(
        model: &'a SoftmaxTransformer,
        question: &'a Question,
        tolerance: &'a Rational,
        n: u64,
        drawing: Drawing<'a>,
        clock: &Clock<'_>,
    ) -> Result<Self, Rejection> {
        let (asking, length) = Asking::at(model, question, tolerance, n)?;
        if let Tokens::Weights(weights) = drawing.tokens {
            let place = "params.distribution.weights";
            need(weights.len() == model.vocabulary(), place, format!("{} weights", model.vocabulary()), weights.len())?;
            let sum = weights.iter().try_fold(0u64, |sum, &weight| sum.checked_add(weight)).filter(|&sum| sum > 0);
            need(sum.is_some(), place, "weights with a positive sum of 64 bits", "others")?;
        }
        let plan = match Columns::new(model, clock)? {
            Some(columns) => readers(&columns, model, length, clock)?,
            None => None,
        };
        let plan = match plan {
            Some(plan) => plan,
            None => Plan::Definition(Stack::new(model, WORDS)?),
        };
        Ok(Self { asking, length, drawing, plan })
    }

    /// The sequence of an input, and the position that is read.
    #[must_use]
    pub fn input(&self, index: u64) -> (Vec<usize>, usize) {
        let mut generator = Generator::of_input(self.drawing.seed, index);
        let m = u64::try_from(self.asking.model.vocabulary()).unwrap_or(u64::MAX);
        let mut left = Vec::new();
        let mut token = || match self.drawing.tokens {
            Tokens::Uniform => usize::try_from(generator.below(m)).unwrap_or(0),
            Tokens::Weights(weights) => {
                let sum = weights.iter().fold(0, |sum: u64, weight| sum.saturating_add(*weight));
                let mut rest = Some(generator.below(sum));
                let found = weights.iter().position(|&weight| {
                    rest = rest.and_then(|rest| rest.checked_sub(weight));
                    rest.is_none()
                });
                found.unwrap_or(0)
            }
            Tokens::Even => {
                if left.is_empty() {
                    left.extend(0..self.asking.model.vocabulary());
                }
                let among = u64::try_from(left.len()).unwrap_or(u64::MAX);
                let at = usize::try_from(generator.below(among)).unwrap_or(0);
                if at < left.len() { left.remove(at) } else { 0 }
            }
        };
        let sequence = (0..self.length).map(|_| token()).collect();
        let read = self.asking.model.read_at.positions(self.length);
        let among = u64::try_from(read.len()).unwrap_or(1);
        let shift = if among > 1 { usize::try_from(generator.below(among)).unwrap_or(0) } else { 0 };
        (sequence, read.start.saturating_add(shift))
    }

    /// Judges the first `sampled` inputs on all threads; before an error, those of a beginning without gaps.
    pub fn run(&self, sampled: u64, clock: &Clock<'_>) -> (Marks, Result<(), Rejection>) {
        const BLOCK: u64 = 64;
        let blocks = usize::try_from(sampled.div_ceil(BLOCK)).unwrap_or(usize::MAX);
        let joined: Mutex<Joined> = Mutex::default();
        share(clock, blocks, |index, clock| {
            let start = u64::try_from(index).unwrap_or(u64::MAX).saturating_mul(BLOCK);
            let end = start.saturating_add(BLOCK).min(sampled);
            let marks = self.block(start..end, clock);
            joined.lock().is_ok_and(|mut joined| joined.add(index, marks))
        });
        let Joined { marks, error, .. } = joined.into_inner().unwrap_or_default();
        (marks, error.map_or(Ok(()), Err))
    }

    fn block(&self, inputs: std::ops::Range<u64>, clock: &Clock<'_>) -> Result<Marks, Rejection> {
        let mut marks = Marks::default();
        for index in inputs {
            let (sequence, position) = self.input(index);
            self.mark(index, &sequence, position, &mut marks, clock)?;
        }
        Ok(marks)
    }

    fn mark(
        &self,
        index: u64,
        sequence: &[usize],
        position: usize,
        marks: &mut Marks,
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        let Asking { model, question, criteria } = &self.asking;
        let read = model.read_at.positions(sequence.len()).len();
        let answer = question.answer_at(model.vocabulary(), sequence, position, read, clock)?;
        let mut judged = Judged::Open;
        let mut error = (BigInt::ZERO, None);
        if let Some((p, y)) = self.outputs(sequence, position, clock)? {
            judged = criteria.margin(&y, &answer, p).0;
            error = self.error(&y, &answer, p);
        }
        if judged == Judged::Open || error.1.is_none() {
            let tokens: Vec<Token> = sequence.iter().map(|&token| Token(token)).collect();
            let input = (tokens.as_slice(), position, &answer);
            let (closely, p, y) = judge(model, criteria.tolerance, input, MOST_BITS, clock)?;
            judged = closely;
            error = self.error(&y, &answer, p);
        }
        let place = "data.sample: an output of an input";
        let high = error.1.ok_or_else(|| wrong(place, "a number within range", format!("input {index}")))?;
        // the distance of the rounded output is at most 1 where that of the output is below 3/2
        let number = matches!(model.reading, Reading::Number { .. });
        let near = if number { three_halves() } else { one() };
        if high < near || (!number && high == near) {
            marks.within_one = marks.within_one.saturating_add(1);
        }
        marks.error.0 += error.0;
        marks.error.1 += high;
        let known = marks.answers.entry(RationalText(answer)).or_default();
        known.0 = known.0.saturating_add(1);
        match judged {
            Judged::Right => {
                known.1 = known.1.saturating_add(1);
                marks.right = marks.right.saturating_add(1);
            }
            Judged::Wrong => marks.first_wrong = marks.first_wrong.or(Some(index)),
            Judged::Open => marks.open = marks.open.saturating_add(1),
        }
        Ok(())
    }

    /// The outputs in words, if they do.
    fn outputs(
        &self,
        sequence: &[usize],
        position: usize,
        clock: &Clock<'_>,
    ) -> Result<Option<(Precision, Vec<Words>)>, Rejection> {
        let model = self.asking.model;
        match &self.plan {
            Plan::Columns(placed, readers) => {
                let query = sequence.get(position).copied().unwrap_or(0);
                let first = model.read_at.positions(self.length).start;
                let row = if *placed { position.saturating_sub(first) } else { 0 };
                let reader = row.checked_mul(model.vocabulary()).and_then(|row| readers.get(row.checked_add(query)?));
                let Some(Some((prepared, tail))) = reader else { return Ok(None) };
                let each = prepared.work().saturating_mul(u64::try_from(sequence.len()).unwrap_or(u64::MAX));
                clock.spend(tail.work().saturating_add(each).checked_shr(6).unwrap_or(0).saturating_add(1))?;
                let others = sequence.iter().enumerate().filter(|&(place, _)| place != position);
                let others = others.map(|(place, &token)| (if *placed { place } else { 0 }, token, 1));
                let sums = prepared.sums(others);
                let y = sums.and_then(|sums| tail.outputs(&sums.quotients(tail.precision())?));
                Ok(y.map(|y| (tail.precision(), y)))
            }
            Plan::Definition(stack) => {
                let Some(stack) = stack else { return Ok(None) };
                let bos = usize::from(model.bos.is_some());
                let (places, read) = match model.ignores_order() {
                    true => by_token(model, sequence, position),
                    false => (places(model, sequence), position.saturating_add(bos)),
                };
                let y = stack.outputs(&places, &[read], clock)?;
                Ok(y.and_then(|y| Some((WORDS, y.into_iter().next()?))))
            }
        }
    }

    /// Bounds of `|output - answer|` with the places of `ERROR_PLACES`; no upper one where a choice is not known.
    fn error<R: Real>(&self, y: &[R], answer: &Rational, p: Precision) -> (BigInt, Option<BigInt>) {
        let rescaled = |Enclosure { lo, hi }: Enclosure| match ERROR_PLACES.0.checked_sub(p.0) {
            Some(more) => Some(Enclosure { lo: lo << more, hi: hi << more }),
            None => Enclosure { lo, hi }.coarser(p.0.saturating_sub(ERROR_PLACES.0)),
        };
        match &self.asking.criteria.reading {
            Reading::Number { .. } => {
                let distance = || {
                    let difference = y.first()?.minus(&R::of(answer, p)?)?;
                    rescaled(difference.size(p)?.enclosed(p))
                };
                let zero = BigInt::ZERO;
                distance().map_or((zero.clone(), None), |distance| (distance.lo.max(zero), Some(distance.hi)))
            }
            Reading::ArgMax { answers, .. } => {
                let ends: Vec<Enclosure> = y.iter().map(|y| y.enclosed(p)).collect();
                let least = ends.iter().map(|end| &end.lo).max().cloned().unwrap_or_default();
                let possible = ends.iter().zip(answers).filter(|(end, _)| end.hi >= least);
                let distances = possible.map(|(_, &choice)| ERROR_PLACES.enclose(&(integer(choice) - answer).abs()));
                let (low, high) = distances.fold((None, None), |(low, high): (Option<BigInt>, Option<BigInt>), one| {
                    let low = low.map_or(one.lo.clone(), |low| low.min(one.lo));
                    let high = high.map_or(one.hi.clone(), |high| high.max(one.hi));
                    (Some(low), Some(high))
                });
                (low.unwrap_or_default(), high)
            }
        }
    }
}

fn one() -> BigInt {
    BigInt::from(1) << ERROR_PLACES.0
}

fn three_halves() -> BigInt {
    BigInt::from(3) << ERROR_PLACES.0.saturating_sub(1)
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
