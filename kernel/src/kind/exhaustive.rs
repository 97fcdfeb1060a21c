//! Evaluates the model on every input of a finite domain and compares with plain counting.
//!
//! An input is a query and, level by level, how often each token occurs (where only counts matter) or which token stands at
//! each position. The next input differs from the last in few levels, and only their part of the sums is changed. A query
//! whose numbers overflow a machine word is walked again on wider words. Queries with one first choice are a job; jobs
//! run on all threads, and what is reported is that of the first job, whatever their timing.
//!
//! Jobs are also the blocks that a part of the domain is made of ([`InputPart`]): the block of query `q` and first choice `k`, which
//! is a count of token 0 before the last position or the first token, has the number `k m + q`.

use super::counting::{COUNTING, Counting, Inputs};
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{
    Criterion, InputPart, IntegerForm, Task, Token, Transformer, count_inputs_within, sequence_inputs_within,
};
use crate::number::{Rational, RationalText, Word, compare, larger};
use crate::rejection::{Clock, Rejection, expect_number, need, wrong};
use num::{BigInt, One, Zero};
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
        let (seen, inputs) = self.enumerate(claim, params, InputPart::WHOLE, clock)?;
        expect_number("data.exhaustive.max_error", &seen.worst, &self.max_error.0)?;
        Ok(Finding::verified(format!("{}; {inputs} inputs", params.sentence("counts"))))
    }

    fn check_part(
        &self,
        claim: ClaimId,
        params: &Counting,
        part: InputPart,
        clock: &Clock<'_>,
    ) -> Option<Result<String, Rejection>> {
        Some(self.enumerate(claim, params, part, clock).and_then(|(seen, inputs)| {
            let at_most = format!("at most {}", self.max_error.0);
            need(compare(&seen.worst, &self.max_error.0).is_le(), "data.exhaustive.max_error", at_most, &seen.worst)?;
            let seen = seen.inputs;
            Ok(format!("{}; {seen} evaluations, {inputs} inputs in all", params.sentence("counts")))
        }))
    }
}

impl Exhaustive {
    /// Evaluates the model on a part of the inputs, none of which may be wrong; what was seen, and how many inputs there are in all.
    pub(super) fn enumerate(
        &self,
        claim: ClaimId,
        params: &Counting,
        part: InputPart,
        clock: &Clock<'_>,
    ) -> Result<(Seen, u64), Rejection> {
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
        let target = Target::Answer(params.task);
        let domain = Domain { form: &form, target, criterion: params.criterion, m: params.m, n, by_counts };
        Ok((domain.see(part, clock)?, inputs))
    }
}

/// Of inputs that are all right.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// the largest error
    pub worst: Rational,
    /// how many were evaluated
    pub inputs: u64,
}

impl Seen {
    fn and(self, other: Self) -> Self {
        Self { worst: larger(self.worst, other.worst), inputs: self.inputs.saturating_add(other.inputs) }
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

    /// The inputs of a part.
    pub fn see(&self, part: InputPart, clock: &Clock<'_>) -> Result<Seen, Rejection> {
        let jobs = self.m.saturating_mul(self.choices());
        let (next, stop) = (AtomicUsize::new(0), AtomicUsize::new(jobs));
        let found: Mutex<Vec<(usize, Rejection)>> = Mutex::default();
        let work = |clock: &Clock<'_>| {
            let mut prepared: Option<(usize, Prepared)> = None;
            let mut seen = Seen::default();
            loop {
                let job = next.fetch_add(1, Ordering::Relaxed);
                // jobs before a failing one are still finished, so the first failure is the one that is reported
                if job >= jobs || job > stop.load(Ordering::Relaxed) {
                    return seen;
                }
                let (query, choice) =
                    (job.checked_div(self.choices()).unwrap_or(0), job.checked_rem(self.choices()).unwrap_or(0));
                let block = choice.saturating_mul(self.m).saturating_add(query);
                let result = match part.has(u64::try_from(block).unwrap_or(u64::MAX)) {
                    true => self.job(query, choice, &mut prepared, clock),
                    false => clock.tick().map(|()| Seen::default()),
                };
                match result {
                    Ok(more) => seen = seen.and(more),
                    Err(rejection) => {
                        stop.fetch_min(job, Ordering::Relaxed);
                        if let Ok(mut found) = found.lock() {
                            found.push((job, rejection));
                        }
                    }
                }
            }
        };
        let seen = std::thread::scope(|scope| {
            let others = (1..clock.threads()).map(|_| {
                let own = clock.alone();
                scope.spawn(move || work(&own()))
            });
            let others: Vec<_> = others.collect();
            let own = work(clock);
            others.into_iter().try_fold(own, |seen, thread| Some(seen.and(thread.join().ok()?)))
        });
        let mut found = found.into_inner().unwrap_or_default();
        found.sort_by_key(|(job, _)| *job);
        match (found.into_iter().next(), seen) {
            (Some((_, rejection)), _) => Err(rejection),
            (None, Some(seen)) => Ok(seen),
            (None, None) => Err(Rejection::Stopped),
        }
    }

    /// The inputs of one job, on the smallest words that hold its numbers.
    fn job(
        &self,
        query: usize,
        choice: usize,
        prepared: &mut Option<(usize, Prepared)>,
        clock: &Clock<'_>,
    ) -> Result<Seen, Rejection> {
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
        let big = Machine::new(domain, query, clock)?;
        Ok(Self { small: big.narrowed(), middle: big.narrowed(), big })
    }
}

/// One query's model over the integers `W`: what each token adds to the sums `[D_1, N_1.., D_2, N_2..]`, heads one after the other.
/// `N_1` holds `base D_1` as well, which is linear in the counts too. No head is one of uniform attention to nothing but `base`.
struct Machine<W> {
    /// numbers of a head
    width: usize,
    /// the sums when all positions but the last have the last token
    start: Vec<W>,
    /// `[class][token]`: what changes when a token stands in the place of the last token
    changes: Vec<Vec<Sparse<W>>>,
    /// what changes when the query stands before the last position and not there
    again: Sparse<W>,
    sigma: W,
    /// after the first; the readout is the last, with one unit
    layers: Vec<Layer<W>>,
    /// of the readout's own probe
    residual: W,
}

/// The numbers of a vector that are not zero, with where they stand.
type Sparse<W> = Vec<(usize, W)>;

fn sparse(numbers: impl Iterator<Item = BigInt>) -> Sparse<BigInt> {
    numbers.enumerate().filter(|(_, number)| !number.is_zero()).collect()
}

/// `h -> weight h + bias S`; see [`IntegerForm`].
struct Layer<W> {
    /// bias and weights
    units: Vec<(W, Sparse<W>)>,
    scale: W,
}

impl Layer<BigInt> {
    fn new<'a>(units: impl Iterator<Item = (&'a BigInt, &'a Vec<BigInt>)>, scale: &BigInt) -> Self {
        let unit = |(bias, weights): (&BigInt, &Vec<BigInt>)| (bias.clone(), sparse(weights.iter().cloned()));
        Self { units: units.map(unit).collect(), scale: scale.clone() }
    }
}

impl Machine<BigInt> {
    fn new(domain: &Domain<'_>, query: usize, clock: &Clock<'_>) -> Result<Self, Rejection> {
        let form = domain.form;
        let attention = form.attention(query, clock)?;
        let missing = || wrong("model", "every token", query);
        let base = form.base.get(query).ok_or_else(missing)?;
        // from the weight and the values of each head
        let column = |heads: Vec<(&BigInt, &Vec<BigInt>)>| {
            let head = |(k, (weight, values)): (usize, (&BigInt, &Vec<BigInt>))| {
                let value = |(value, base)| if k == 0 { (value + base) * weight } else { value * weight };
                [vec![weight.clone()], values.iter().zip(base).map(value).collect()].concat()
            };
            match heads.is_empty() {
                true => [&[BigInt::one()], base.as_slice()].concat(),
                false => heads.into_iter().enumerate().flat_map(head).collect::<Vec<_>>(),
            }
        };
        let heads = || attention.iter().zip(&form.heads);
        let own = heads().map(|(attention, head)| Some((&attention.last, head.last.get(query)?)));
        let own = column(own.collect::<Option<_>>().ok_or_else(missing)?);
        let (mut start, mut again, mut changes) = (own.clone(), Vec::new(), Vec::new());
        // without positions, or with all alike, one class stands for all positions but the last
        let times = BigInt::from(if domain.by_counts { domain.n.saturating_sub(1) } else { 1 });
        for class in 0..form.heads.first().map_or(1, |head| head.prefix.len()) {
            let mut columns = Vec::with_capacity(form.base.len());
            for j in 0..form.base.len() {
                clock.tick()?;
                let heads = heads().map(|(attention, head)| {
                    Some((attention.prefix.get(class)?.get(j)?, head.prefix.get(class)?.get(j)?))
                });
                columns.push(column(heads.collect::<Option<_>>().ok_or_else(missing)?));
            }
            let last = columns.last().ok_or_else(missing)?;
            start.iter_mut().zip(last).for_each(|(sum, last)| *sum += &times * last);
            let less = |column: &Vec<BigInt>, other: &[BigInt]| sparse(column.iter().zip(other).map(|(a, b)| a - b));
            if let (Some(before), true) = (columns.get(query), class == 0) {
                again = less(before, &own);
            }
            changes.push(columns.iter().map(|column| less(column, last)).collect());
        }
        let hidden = form.layers.iter().map(|layer| Layer::new(layer.bias.iter().zip(&layer.weight), &layer.scale));
        let readout = Layer::new([(&form.readout.bias, &form.readout.hidden)].into_iter(), &form.readout.scale);
        Ok(Self {
            width: base.len().saturating_add(1),
            start,
            changes,
            again,
            sigma: form.sigma.clone(),
            layers: hidden.chain([readout]).collect(),
            residual: form.readout.residual.clone(),
        })
    }

    /// The same over other words; `None` when a number does not fit.
    fn narrowed<W: Word>(&self) -> Option<Machine<W>> {
        fn sparse<W: Word>(numbers: &Sparse<BigInt>) -> Option<Sparse<W>> {
            numbers.iter().map(|(place, number)| Some((*place, W::from_big(number)?))).collect()
        }
        let unit = |(bias, weights): &(BigInt, Sparse<BigInt>)| Some((W::from_big(bias)?, sparse(weights)?));
        let layer = |layer: &Layer<BigInt>| {
            let units = layer.units.iter().map(unit).collect::<Option<_>>()?;
            Some(Layer { units, scale: W::from_big(&layer.scale)? })
        };
        let class = |tokens: &Vec<Sparse<BigInt>>| tokens.iter().map(sparse).collect::<Option<_>>();
        Some(Machine {
            width: self.width,
            start: self.start.iter().map(W::from_big).collect::<Option<_>>()?,
            changes: self.changes.iter().map(class).collect::<Option<_>>()?,
            again: sparse(&self.again)?,
            sigma: W::from_big(&self.sigma)?,
            layers: self.layers.iter().map(layer).collect::<Option<_>>()?,
            residual: W::from_big(&self.residual)?,
        })
    }
}

/// Room for one evaluation, so that none is made in the loop.
struct Scratch<W> {
    from: Vec<W>,
    to: Vec<W>,
}

impl<W: Word> Machine<W> {
    /// `(numerator, denominator > 0)` of `y` from the sums over all positions; `None` when a word overflows.
    fn output(&self, sums: &[W], Scratch { from, to }: &mut Scratch<W>) -> Option<(W, W)> {
        let (mut from, mut to) = (from, to);
        let mut heads = sums.chunks(self.width);
        let (total, mut probes) = heads.next()?.split_first()?;
        let mut denominator = total.clone();
        for head in heads {
            let (total, values) = head.split_first()?;
            to.clear();
            for (probe, value) in probes.iter().zip(values) {
                let mut probe = probe.times(total)?;
                probe.add_product(&denominator, value)?;
                to.push(probe);
            }
            denominator = denominator.times(total)?;
            std::mem::swap(&mut from, &mut to);
            probes = from;
        }
        let (residual, mut units) = probes.split_last()?;
        let residual = residual.times(&self.residual)?;
        let mut scale = self.sigma.times(&denominator)?;
        for layer in &self.layers {
            to.clear();
            for (bias, weights) in &layer.units {
                let mut sum = bias.times(&scale)?;
                for (unit, weight) in weights {
                    sum.add_product(weight, &units.get(*unit)?.relu())?;
                }
                to.push(sum);
            }
            scale = scale.times(&layer.scale)?;
            std::mem::swap(&mut from, &mut to);
            units = from;
        }
        Some((units.first()?.plus(&residual)?, scale))
    }

    /// What one evaluation costs, in the units of the clock.
    fn work(&self) -> u64 {
        let weights = self.layers.iter().flat_map(|layer| &layer.units).map(|(_, weights)| weights.len());
        let entries = weights.fold(self.start.len(), usize::saturating_add);
        u64::try_from(entries).unwrap_or(u64::MAX).checked_shr(6).unwrap_or(0).saturating_add(1)
    }

    /// The sums when the whole input is repeated: all copies of the query but one then stand before the last position.
    fn repeated(&self, sums: &[W], times: u64) -> Option<Vec<W>> {
        let (more, times) = (W::from_count(times.checked_sub(1)?)?, W::from_count(times)?);
        let mut sums = sums.iter().map(|sum| sum.times(&times)).collect::<Option<Vec<_>>>()?;
        add(&mut sums, &more, &self.again)?;
        Some(sums)
    }

    /// The inputs of a job; `None` when a word overflows.
    fn walk(
        &self,
        domain: &Domain<'_>,
        query: usize,
        choice: usize,
        clock: &Clock<'_>,
    ) -> Result<Option<Seen>, Rejection> {
        let Some(mut walk) = Walk::new(self, domain, query, choice) else { return Ok(None) };
        let mut scratch = Scratch { from: Vec::new(), to: Vec::new() };
        let zero = || Some((W::zero(), W::from_count(1)?));
        let Some(mut worst) = zero() else { return Ok(None) };
        let (work, mut inputs) = (self.work(), 0u64);
        loop {
            clock.spend(work)?;
            inputs = inputs.saturating_add(1);
            let judged = (|| {
                let (numerator, denominator) = self.output(&walk.sums, &mut scratch)?;
                let (distance, denominator) = match domain.target {
                    Target::Answer(task) => {
                        let answer = W::from_count(task.answer(&walk.totals, Token(query)))?;
                        (numerator.minus(&answer.times(&denominator)?)?, denominator)
                    }
                    Target::Repetition(times) => {
                        let (other, unit) = self.output(&self.repeated(&walk.sums, times)?, &mut scratch)?;
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
            })();
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
                    let worst = Rational::new(worst.0.into_big(), worst.1.into_big());
                    return Ok(Some(Seen { worst, inputs }));
                }
                None => return Ok(None),
            }
        }
    }
}

/// `sums += factor * numbers`
fn add<W: Word>(sums: &mut [W], factor: &W, numbers: &Sparse<W>) -> Option<()> {
    numbers.iter().try_for_each(|(place, number)| sums.get_mut(*place)?.add_product(factor, number))
}

/// Where the enumeration of a job stands.
struct Walk<W> {
    query: usize,
    /// how often each token occurs, the query's last occurrence included
    totals: Vec<u64>,
    /// the tokens before the last position; none where only counts matter
    sequence: Vec<usize>,
    by_counts: bool,
    /// over all positions
    sums: Vec<W>,
}

impl<W: Word> Walk<W> {
    /// The first input of a job; `None` when a word overflows.
    fn new(machine: &Machine<W>, domain: &Domain<'_>, query: usize, choice: usize) -> Option<Self> {
        let (last, rest) = (domain.m.checked_sub(1)?, domain.n.checked_sub(1)?);
        let mut totals = vec![0; domain.m];
        *totals.get_mut(last)? = rest;
        let own: &mut u64 = totals.get_mut(query)?;
        *own = own.checked_add(1)?;
        let positions = if domain.by_counts { 0 } else { usize::try_from(rest).ok()? };
        let (sequence, sums) = (vec![last; positions], machine.start.clone());
        let mut walk = Self { query, totals, sequence, by_counts: domain.by_counts, sums };
        if domain.by_counts {
            // the last token takes what the others leave; with one token there is no choice
            walk.replace(machine, 0, last, 0, if last == 0 { 0 } else { u64::try_from(choice).ok()? })?;
        }
        for position in 0..positions {
            walk.put(machine, position, if position == 0 { choice } else { 0 })?;
        }
        Some(walk)
    }

    /// Moves on to the next input of the job, whose first choice stays; `Some(false)` after the last one.
    fn next(&mut self, machine: &Machine<W>) -> Option<bool> {
        let last = self.totals.len().checked_sub(1)?;
        if self.by_counts {
            // one of the last token that has any goes a level up, and the others of it to the end
            let Some(level) = (2..=last).rev().find(|&level| self.before(level) > 0) else { return Some(false) };
            let others = self.before(level).checked_sub(1)?;
            self.replace(machine, 0, level, level.checked_sub(1)?, 1)?;
            if level < last {
                self.replace(machine, 0, level, last, others)?;
            }
            return Some(true);
        }
        for position in (1..self.sequence.len()).rev() {
            let token = *self.sequence.get(position)?;
            if token < last {
                return self.put(machine, position, token.checked_add(1)?).map(|()| true);
            }
            self.put(machine, position, 0)?;
        }
        Some(false)
    }

    /// How often a token occurs before the last position.
    fn before(&self, token: usize) -> u64 {
        self.totals.get(token).map_or(0, |total| total.saturating_sub(u64::from(token == self.query)))
    }

    /// Another token at a position.
    fn put(&mut self, machine: &Machine<W>, position: usize, token: usize) -> Option<()> {
        let before = std::mem::replace(self.sequence.get_mut(position)?, token);
        self.replace(machine, position, before, token, 1)
    }

    /// Puts a token in the place of another, so many times, at positions of a class.
    fn replace(&mut self, machine: &Machine<W>, class: usize, from: usize, to: usize, times: u64) -> Option<()> {
        let total = self.totals.get_mut(from)?;
        *total = total.checked_sub(times)?;
        let total = self.totals.get_mut(to)?;
        *total = total.checked_add(times)?;
        // without a class, with one position, there are none to be replaced
        let Some(changes) = machine.changes.get(class) else { return Some(()) };
        let times = W::from_count(times)?;
        add(&mut self.sums, &times, changes.get(to)?)?;
        add(&mut self.sums, &times.negated()?, changes.get(from)?)
    }
}
