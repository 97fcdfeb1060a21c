//! Evaluates the model on every input of a finite domain and compares with plain counting.
//!
//! An input is a query and, level by level, how often each token occurs (where only counts matter) or which token stands at
//! each position. The sums over what is placed are kept for every level, so that the next input changes few of them. A query
//! whose numbers overflow a machine word is walked again on wider words. Queries with one first choice are a job; jobs
//! run on all threads, and what is reported is that of the first job, whatever their timing.

use super::counting::{COUNTING, Counting, Inputs};
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{
    Attention, Criterion, IntegerForm, IntegerLayer, IntegerReadout, Task, Token, Transformer, count_inputs_within,
    sequence_inputs_within,
};
use crate::number::{Rational, RationalText, Word, larger};
use crate::rejection::{Clock, Rejection, expect_number, need, wrong};
use num::{BigInt, Zero};
use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// More inputs than this are refused: the check would not end.
const MAX_INPUTS: u64 = 1 << 40;

/// The model is evaluated on every input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exhaustive {
    /// what counts
    pub model: Transformer,
    /// on what
    pub inputs: Inputs,
    /// largest `|y - answer|` over all inputs
    pub max_error: RationalText,
}

impl Kind for Exhaustive {
    type Params = Counting;
    const NAME: &'static str = "exhaustive";
    const CLAIMS: &'static [ClaimId] = COUNTING;
    const EVIDENCE: Evidence = Evidence::Enumeration;

    fn check(&self, claim: ClaimId, params: &Counting, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let model = &self.model;
        params.describes(claim, model)?;
        let (n, m) = (params.length()?, u64::try_from(params.m).unwrap_or(u64::MAX));
        let by_counts = model.depends_on_counts_only();
        let inputs = match self.inputs {
            Inputs::CountVectors => count_inputs_within(n, m, MAX_INPUTS),
            Inputs::Sequences => sequence_inputs_within(n, m, MAX_INPUTS),
        };
        let inputs =
            inputs.filter(|_| n > 0).ok_or_else(|| wrong("params", format!("1 to {MAX_INPUTS} inputs"), "others"))?;
        need(
            by_counts || self.inputs == Inputs::Sequences,
            "data.exhaustive.inputs",
            "sequences, for positions differ",
            "count-vectors",
        )?;
        let length = usize::try_from(n).map_err(|_| wrong("params.n", "a small n", n))?;
        let form = IntegerForm::new(model, length, clock)?;
        let domain = Domain {
            form: &form,
            target: Target::Answer(params.task),
            criterion: params.criterion,
            m: params.m,
            n,
            by_counts,
        };
        let worst = domain.worst(clock)?;
        expect_number("data.exhaustive.max_error", &worst, &self.max_error.0)?;
        Ok(Finding::verified(format!("{}; {inputs} inputs", params.sentence("counts"))))
    }
}

/// What an output is compared with.
pub(super) enum Target {
    /// the answer
    Answer(Task),
    /// the output of a model without positions when the input is repeated this often
    Repetition(u64),
}

/// All inputs of one model.
pub(super) struct Domain<'a> {
    pub form: &'a IntegerForm<'a>,
    pub target: Target,
    pub criterion: Criterion,
    pub m: usize,
    pub n: u64,
    pub by_counts: bool,
}

impl Domain<'_> {
    /// How many first choices there are: counts of token 0, or tokens at the first position.
    fn choices(&self) -> usize {
        match self.by_counts {
            true if self.m > 1 => usize::try_from(self.n).unwrap_or(usize::MAX),
            false if self.n > 1 => self.m,
            _ => 1,
        }
    }

    /// The largest error of all inputs.
    pub fn worst(&self, clock: &Clock<'_>) -> Result<Rational, Rejection> {
        let jobs = self.m.saturating_mul(self.choices());
        let (next, stop) = (AtomicUsize::new(0), AtomicUsize::new(jobs));
        let found: Mutex<Vec<(usize, Result<Rational, Rejection>)>> = Mutex::default();
        let work = |clock: &Clock<'_>| {
            let mut prepared: Option<(usize, Prepared)> = None;
            let mut largest = Rational::zero();
            loop {
                let job = next.fetch_add(1, Ordering::Relaxed);
                // jobs before a failing one are still finished, so the first failure is the one that is reported
                if job >= jobs || job > stop.load(Ordering::Relaxed) {
                    return largest;
                }
                let (query, choice) =
                    (job.checked_div(self.choices()).unwrap_or(0), job.checked_rem(self.choices()).unwrap_or(0));
                let result = self.job(query, choice, &mut prepared, clock);
                match result {
                    Ok(error) => largest = larger(largest, error),
                    Err(rejection) => {
                        stop.fetch_min(job, Ordering::Relaxed);
                        if let Ok(mut found) = found.lock() {
                            found.push((job, Err(rejection)));
                        }
                    }
                }
            }
        };
        let largest = std::thread::scope(|scope| {
            let others = (1..clock.threads()).map(|_| {
                let own = clock.alone();
                scope.spawn(move || work(&own()))
            });
            let others: Vec<_> = others.collect();
            let own = work(clock);
            others.into_iter().try_fold(own, |largest, thread| Some(larger(largest, thread.join().ok()?)))
        });
        let mut found = found.into_inner().unwrap_or_default();
        found.sort_by_key(|(job, _)| *job);
        match (found.into_iter().next(), largest) {
            (Some((_, result)), _) => result,
            (None, Some(largest)) => Ok(largest),
            (None, None) => Err(Rejection::Stopped),
        }
    }

    /// The largest error of one job, on the smallest words that hold its numbers.
    fn job(
        &self,
        query: usize,
        choice: usize,
        prepared: &mut Option<(usize, Prepared)>,
        clock: &Clock<'_>,
    ) -> Result<Rational, Rejection> {
        if prepared.as_ref().is_none_or(|(known, _)| *known != query) {
            *prepared = Some((query, Prepared::new(self, query, clock)?));
        }
        let Some((_, Prepared { small, middle, big })) = prepared else {
            return Err(Rejection::Stopped);
        };
        let tried = small.as_ref().map_or(Ok(None), |machine| machine.walk(self, query, choice, clock))?;
        let tried = match (tried, middle) {
            (None, Some(machine)) => machine.walk(self, query, choice, clock)?,
            (tried, _) => tried,
        };
        let tried = match tried {
            None => big.walk(self, query, choice, clock)?,
            tried => tried,
        };
        tried.ok_or_else(|| wrong("model", "an output on every input", "none"))
    }
}

/// One query over words of every size.
struct Prepared {
    small: Option<Machine<i64>>,
    middle: Option<Machine<i128>>,
    big: Machine<BigInt>,
}

impl Prepared {
    fn new(domain: &Domain<'_>, query: usize, clock: &Clock<'_>) -> Result<Self, Rejection> {
        let big = Machine::new(domain.form, query, clock)?;
        Ok(Self { small: big.narrowed(), middle: big.narrowed(), big })
    }
}

/// One query's model over the integers `W`: what each token adds to the sums `[D_1, N_1.., D_2, N_2..]`, heads one after the other.
struct Machine<W> {
    base: Vec<W>,
    own: Vec<W>,
    /// `[class][token]`
    columns: Vec<Vec<Vec<W>>>,
    sigma: W,
    layers: Vec<IntegerLayer<W>>,
    readout: IntegerReadout<W>,
}

impl Machine<BigInt> {
    fn new(form: &IntegerForm<'_>, query: usize, clock: &Clock<'_>) -> Result<Self, Rejection> {
        let attention = form.attention(query, clock)?;
        let column = |weight: &dyn Fn(&Attention) -> Option<BigInt>, values: &dyn Fn(usize) -> Option<Vec<BigInt>>| {
            let head = |(k, attention): (usize, &Attention)| {
                let weight = weight(attention)?;
                let values: Vec<BigInt> = values(k)?.iter().map(|value| value * &weight).collect();
                Some([vec![weight], values].concat())
            };
            attention.iter().enumerate().map(head).collect::<Option<Vec<_>>>().map(|heads| heads.concat())
        };
        let missing = || wrong("model", "every token", query);
        let own =
            column(&|a| Some(a.last.clone()), &|k| form.heads.get(k)?.last.get(query).cloned()).ok_or_else(missing)?;
        let classes = form.heads.first().map_or(1, |head| head.prefix.len());
        let mut columns = Vec::with_capacity(classes);
        for class in 0..classes {
            let mut tokens = Vec::with_capacity(form.base.len());
            for j in 0..form.base.len() {
                clock.tick()?;
                let weight = |a: &Attention| a.prefix.get(class)?.get(j).cloned();
                let values = |k: usize| form.heads.get(k)?.prefix.get(class)?.get(j).cloned();
                tokens.push(column(&weight, &values).ok_or_else(missing)?);
            }
            columns.push(tokens);
        }
        let base = form.base.get(query).cloned().ok_or_else(missing)?;
        Ok(Self {
            base,
            own,
            columns,
            sigma: form.sigma.clone(),
            layers: form.layers.clone(),
            readout: form.readout.clone(),
        })
    }

    /// The same over other words; `None` when a number does not fit.
    fn narrowed<W: Word>(&self) -> Option<Machine<W>> {
        let list = |list: &Vec<BigInt>| list.iter().map(W::from_big).collect::<Option<Vec<W>>>();
        let table = |rows: &Vec<Vec<BigInt>>| rows.iter().map(list).collect::<Option<Vec<_>>>();
        let layer = |layer: &IntegerLayer| {
            Some(IntegerLayer {
                weight: table(&layer.weight)?,
                bias: list(&layer.bias)?,
                scale: W::from_big(&layer.scale)?,
            })
        };
        let readout = &self.readout;
        Some(Machine {
            base: list(&self.base)?,
            own: list(&self.own)?,
            columns: self.columns.iter().map(table).collect::<Option<_>>()?,
            sigma: W::from_big(&self.sigma)?,
            layers: self.layers.iter().map(layer).collect::<Option<_>>()?,
            readout: IntegerReadout {
                hidden: list(&readout.hidden)?,
                residual: W::from_big(&readout.residual)?,
                bias: W::from_big(&readout.bias)?,
                scale: W::from_big(&readout.scale)?,
            },
        })
    }
}

/// Room for one evaluation, so that none is made in the loop.
struct Scratch<W> {
    probes: Vec<W>,
    hidden: Vec<W>,
}

impl<W: Word> Machine<W> {
    /// `(numerator, denominator > 0)` of `y` from the sums over all positions; `None` when a word overflows.
    fn output(&self, sums: &[W], scratch: &mut Scratch<W>) -> Option<(W, W)> {
        let Scratch { probes, hidden } = scratch;
        probes.clone_from(&self.base);
        let mut denominator = W::from_count(1)?;
        for head in sums.chunks(probes.len().checked_add(1)?) {
            let (total, values) = head.split_first()?;
            for (entry, value) in probes.iter_mut().zip(values) {
                *entry = entry.times(total)?;
                entry.add_product(&denominator, value)?;
            }
            denominator = denominator.times(total)?;
        }
        let residual = probes.pop()?;
        let mut scale = self.sigma.times(&denominator)?;
        relu(probes);
        for layer in &self.layers {
            hidden.clear();
            for (row, bias) in layer.weight.iter().zip(&layer.bias) {
                hidden.push(dot(bias.times(&scale)?, row, probes)?);
            }
            relu(hidden);
            std::mem::swap(probes, hidden);
            scale = scale.times(&layer.scale)?;
        }
        let mut start = self.readout.bias.times(&scale)?;
        start.add_product(&self.readout.residual, &residual)?;
        Some((dot(start, &self.readout.hidden, probes)?, self.readout.scale.times(&scale)?))
    }

    /// The sums when the whole input is repeated: all copies of the query but one then stand before the last position.
    fn repeated(&self, sums: &[W], query: usize, times: u64) -> Option<Vec<W>> {
        let (column, more) = (self.columns.first()?.get(query)?, W::from_count(times.checked_sub(1)?)?);
        let times = W::from_count(times)?;
        let again = |((sum, before), last): ((&W, &W), &W)| sum.times(&times)?.plus(&before.minus(last)?.times(&more)?);
        sums.iter().zip(column).zip(&self.own).map(again).collect()
    }

    /// The largest error of a job; `None` when a word overflows.
    fn walk(
        &self,
        domain: &Domain<'_>,
        query: usize,
        choice: usize,
        clock: &Clock<'_>,
    ) -> Result<Option<Rational>, Rejection> {
        let Some(mut walk) = Walk::new(self, domain, query, choice) else { return Ok(None) };
        let mut scratch = Scratch { probes: Vec::new(), hidden: Vec::new() };
        let zero = || Some((W::zero(), W::from_count(1)?));
        let Some(mut worst) = zero() else { return Ok(None) };
        let mut seen = 0u32;
        loop {
            seen = seen.wrapping_add(1);
            if seen.is_multiple_of(16) {
                clock.spend(16)?;
            }
            let judged = walk.sums.last().and_then(|sums| {
                let (numerator, denominator) = self.output(sums, &mut scratch)?;
                let (distance, denominator) = match domain.target {
                    Target::Answer(task) => {
                        let answer = W::from_count(task.answer(&walk.totals, Token(query)))?;
                        (numerator.minus(&answer.times(&denominator)?)?, denominator)
                    }
                    Target::Repetition(times) => {
                        let (other, unit) = self.output(&self.repeated(sums, query, times)?, &mut scratch)?;
                        (numerator.times(&unit)?.minus(&other.times(&denominator)?)?, denominator.times(&unit)?)
                    }
                };
                let error = if distance.signum() < 0 { distance.negated()? } else { distance };
                let accepted = match domain.criterion {
                    Criterion::Exact => error.signum() == 0,
                    Criterion::Solves => W::exceeds((&W::from_count(1)?, &W::from_count(2)?), (&error, &denominator))?,
                };
                let larger = error.signum() != 0 && W::exceeds((&error, &denominator), (&worst.0, &worst.1))?;
                Some((accepted, larger, error, denominator))
            });
            let Some((accepted, larger, error, denominator)) = judged else { return Ok(None) };
            if !accepted {
                let error = Rational::new(error.into_big(), denominator.into_big());
                let place = format!("model on query {query} with counts {:?}", walk.totals);
                let expected = match domain.target {
                    Target::Answer(_) => format!("an answer {}", domain.criterion),
                    Target::Repetition(times) => {
                        format!("the same output when the input is repeated {times} times")
                    }
                };
                return Err(wrong(place, expected, format!("error {error}")));
            }
            if larger {
                worst = (error, denominator);
            }
            match walk.next(self) {
                Some(true) => {}
                Some(false) => {
                    return Ok(Some(Rational::new(worst.0.into_big(), worst.1.into_big())));
                }
                None => return Ok(None),
            }
        }
    }
}

/// Where the enumeration of a job stands.
struct Walk<W> {
    /// how often each token occurs, the query's last occurrence included
    totals: Vec<u64>,
    query: usize,
    /// by counts: how often the token of the level occurs before the last position; otherwise the token at this position
    choices: Vec<u64>,
    by_counts: bool,
    /// `[level]`: sums over the last position and the levels before this one
    sums: Vec<Vec<W>>,
}

impl<W: Word> Walk<W> {
    /// The first input of a job; `None` when a word overflows.
    fn new(machine: &Machine<W>, domain: &Domain<'_>, query: usize, choice: usize) -> Option<Self> {
        let (choice, rest) = (u64::try_from(choice).ok()?, domain.n.checked_sub(1)?);
        let levels = if domain.by_counts { domain.m } else { usize::try_from(rest).ok()? };
        let mut choices = vec![0; levels];
        // the last token takes what the others leave; with one token there is no choice
        if let Some(last) = choices.last_mut().filter(|_| domain.by_counts) {
            *last = rest.saturating_sub(choice);
        }
        if let Some(first) = choices.first_mut() {
            *first = if domain.by_counts && levels == 1 { rest } else { choice };
        }
        let sums = vec![machine.own.clone(); levels.checked_add(1)?];
        let mut walk = Self { totals: vec![0; domain.m], query, choices, by_counts: domain.by_counts, sums };
        walk.place(machine, 0)?;
        Some(walk)
    }

    /// Moves on to the next input of the job, whose first choice stays; `Some(false)` after the last one.
    fn next(&mut self, machine: &Machine<W>) -> Option<bool> {
        let from = if self.by_counts { self.next_counts() } else { self.next_sequence() };
        match from {
            Some(level) => self.place(machine, level).map(|()| true),
            None => Some(false),
        }
    }

    /// One token fewer of the last that can spare one, all that follow go to the next; the first changed level.
    fn next_counts(&mut self) -> Option<usize> {
        let last = self.choices.len().checked_sub(1)?;
        let spare = |&level: &usize| self.choices.get(level).is_some_and(|&count| count > 0);
        // counts of a level ascend from zero: what the last token holds moves up
        let rest = self.choices.get(last).copied().unwrap_or(0);
        let level = if rest > 0 { last } else { (1..last).rev().find(spare)? };
        let raised = level.checked_sub(1).filter(|&raised| raised > 0)?;
        let freed = self.choices.get(level).copied().unwrap_or(0);
        if let Some(count) = self.choices.get_mut(level) {
            *count = 0;
        }
        if let Some(count) = self.choices.get_mut(raised) {
            *count = count.saturating_add(1);
        }
        if let Some(count) = self.choices.get_mut(last) {
            *count = freed.saturating_sub(1);
        }
        Some(raised)
    }

    /// The next token at the last position that has one; the first changed level.
    fn next_sequence(&mut self) -> Option<usize> {
        let m = u64::try_from(self.totals.len()).ok()?;
        for level in (1..self.choices.len()).rev() {
            let token = self.choices.get_mut(level)?;
            *token = token.saturating_add(1);
            if *token < m {
                return Some(level);
            }
            *token = 0;
        }
        None
    }

    /// Brings sums and totals up to date from `level` on.
    fn place(&mut self, machine: &Machine<W>, level: usize) -> Option<()> {
        self.totals.fill(0);
        for (position, &choice) in self.choices.iter().enumerate() {
            let (token, times) = if self.by_counts { (position, choice) } else { (usize::try_from(choice).ok()?, 1) };
            let total = self.totals.get_mut(token)?;
            *total = total.saturating_add(times);
            if position < level {
                continue;
            }
            let class = if self.by_counts { 0 } else { position };
            let (above, below) = self.sums.split_at_mut_checked(position.checked_add(1)?)?;
            let (above, below) = (above.last()?, below.first_mut()?);
            below.clone_from(above);
            if times > 0 {
                // without a head or a class there are no columns, and nothing to add
                let column =
                    machine.columns.get(class).and_then(|tokens| tokens.get(token)).map_or(&[][..], Vec::as_slice);
                let times = W::from_count(times)?;
                for (sum, value) in below.iter_mut().zip(column) {
                    sum.add_product(&times, value)?;
                }
            }
        }
        let own = self.totals.get_mut(self.query)?;
        *own = own.saturating_add(1);
        Some(())
    }
}

fn relu<W: Word>(values: &mut [W]) {
    for value in values.iter_mut().filter(|value| value.signum() < 0) {
        *value = W::zero();
    }
}

fn dot<W: Word>(mut sum: W, left: &[W], right: &[W]) -> Option<W> {
    for (a, b) in left.iter().zip(right) {
        sum.add_product(a, b)?;
    }
    Some(sum)
}
