//! The walk over all count vectors on machine words.
//!
//! A *row* is a quantity that is linear in the counts: for each head its numerators (one a probe) and its
//! denominator. With a single head the probes' `base * D` is folded in, so that the rows are the scaled
//! pre-activations themselves.

use super::word::Word;
use super::{Found, Question, run_jobs};
use crate::kernel::definition::Token;
use crate::kernel::definition::{Criterion, Task};
use crate::kernel::definition::{Input, InputPart};
use crate::kernel::number::Rational;
use crate::search::control::{Control, Stopped};
use crate::search::form::IntegerForm;
use crate::search::inputs::InputOps;
use num_bigint::BigInt;
use num_traits::{One, Zero};

pub(super) struct Engine<W> {
    question: Question,
    probes: usize,
    heads: usize,
    sigma: W,
    queries: Vec<QueryRows<W>>,
    layers: Vec<Layer<W>>,
    readout: Readout<W>,
}

struct QueryRows<W> {
    /// `[probe]`, used with more or fewer heads than one
    base: Vec<W>,
    /// `[row]`: the last position
    start: Vec<W>,
    /// `[token][row]`
    columns: Vec<Vec<W>>,
}

struct Layer<W> {
    weight: Vec<Vec<W>>,
    bias: Vec<W>,
    scale: W,
}

struct Readout<W> {
    hidden: Vec<W>,
    residual: W,
    bias: W,
    scale: W,
}

impl<W: Word> Engine<W> {
    /// `None` when some number might not fit in a word.
    pub(super) fn new(
        form: &IntegerForm<BigInt>,
        bound: &BigInt,
        question: Question,
    ) -> Option<Self> {
        // a factor of two to spare: sums of two bounded numbers are formed on the way
        W::try_from(&(bound * 4)).ok()?;
        let word = |value: &BigInt| W::try_from(value).ok();
        let list = |values: &[BigInt]| values.iter().map(word).collect::<Option<Vec<W>>>();
        let probes = form.base.first().map_or(0, Vec::len);
        let heads = form.heads.len();
        let mut queries = Vec::with_capacity(question.m);
        for (query, base) in form.base.iter().enumerate() {
            let shift = (heads == 1).then_some(base.as_slice());
            let last = form
                .heads
                .iter()
                .map(|head| Some((&head.weights.get(query)?.last, head.last.get(query)?)));
            let start = rows(last, shift)?;
            let column = |token: usize| {
                let prefix = form.heads.iter().map(|head| {
                    let weight = head.weights.get(query)?.prefix.first()?.get(token)?;
                    Some((weight, head.prefix.first()?.get(token)?))
                });
                // at n = 1 there may be no prefix class, and the column is never used
                if question.n == 1 { Some(start.clone()) } else { rows(prefix, shift) }
            };
            let columns = (0..question.m).map(column).collect::<Option<_>>()?;
            queries.push(QueryRows { base: list(base)?, start, columns });
        }
        let layer = |layer: &crate::search::form::IntegerLayer<BigInt>| {
            Some(Layer {
                weight: layer.weight.iter().map(|row| list(row)).collect::<Option<_>>()?,
                bias: list(&layer.bias)?,
                scale: word(&layer.scale)?,
            })
        };
        let readout = Readout {
            hidden: list(&form.readout.hidden)?,
            residual: word(&form.readout.residual)?,
            bias: word(&form.readout.bias)?,
            scale: word(&form.readout.scale)?,
        };
        let layers = form.layers.iter().map(layer).collect::<Option<_>>()?;
        let sigma = word(&form.sigma)?;
        Some(Self { question, probes, heads, sigma, queries, layers, readout })
    }

    pub(super) fn run(&self, control: &Control) -> Result<Found, Stopped> {
        let jobs = self.jobs();
        run_jobs(jobs.len(), control, |job| {
            let Job { query, fixed } = &jobs[job];
            let mut walk = Walk::new(self, *query, control);
            let mut rest = self.question.n - 1;
            for (token, &count) in fixed.iter().enumerate() {
                walk.place(token, count);
                rest -= count;
            }
            let ended = walk.fill(fixed.len(), rest);
            control.advance(walk.visited);
            match ended {
                Err(End::Stopped(stopped)) => Err(stopped),
                Err(End::Failing) => Ok(Found::Failing(walk.sequence())),
                Ok(()) => Ok(Found::Worst(walk.worst())),
            }
        })
    }

    /// Queries, and the counts of the first tokens while at least two tokens stay free; of a part of the inputs, that of token 0 in
    /// any case.
    fn jobs(&self) -> Vec<Job> {
        let Question { n, m, part, .. } = self.question;
        let mut jobs: Vec<Job> = (0..m).map(|query| Job { query, fixed: Vec::new() }).collect();
        let least = usize::from(part != InputPart::WHOLE && m > 1);
        for _ in 0..m.saturating_sub(2).min(2).max(least) {
            jobs = jobs
                .into_iter()
                .flat_map(|Job { query, fixed }| {
                    let rest = n - 1 - fixed.iter().sum::<usize>();
                    (0..=rest).rev().map(move |count| {
                        let mut fixed = fixed.clone();
                        fixed.push(count);
                        Job { query, fixed }
                    })
                })
                .collect();
        }
        jobs.retain(|Job { query, fixed }| {
            self.question.asks(*query, fixed.first().copied().unwrap_or(0))
                || part == InputPart::WHOLE
        });
        jobs
    }
}

/// The rows of one token: for each head its probes, shifted by `base * D` if asked, and its weight.
fn rows<'a, W: Word>(
    heads: impl Iterator<Item = Option<(&'a BigInt, &'a Vec<BigInt>)>>,
    shift: Option<&[BigInt]>,
) -> Option<Vec<W>> {
    let mut rows = Vec::new();
    for head in heads {
        let (weight, values) = head?;
        for (i, value) in values.iter().enumerate() {
            let value = match shift {
                Some(shift) => value + shift.get(i)?,
                None => value.clone(),
            };
            rows.push(W::try_from(&(value * weight)).ok()?);
        }
        rows.push(W::try_from(weight).ok()?);
    }
    Some(rows)
}

struct Job {
    query: usize,
    /// prefix counts of tokens `0..fixed.len()`
    fixed: Vec<usize>,
}

enum End {
    Failing,
    Stopped(Stopped),
}

/// One thread's walk below a job.
struct Walk<'a, W> {
    engine: &'a Engine<W>,
    control: &'a Control,
    query: usize,
    /// prefix counts
    counts: Vec<usize>,
    /// `[level][row]`: rows with the counts of the tokens below the level placed
    levels: Vec<Vec<W>>,
    probes: Vec<W>,
    hidden: Vec<W>,
    next: Vec<W>,
    /// largest error so far, as a fraction
    error: W,
    scale: W,
    visited: u64,
}

impl<'a, W: Word> Walk<'a, W> {
    fn new(engine: &'a Engine<W>, query: usize, control: &'a Control) -> Self {
        let rows = &engine.queries[query];
        let m = engine.question.m;
        Self {
            engine,
            control,
            query,
            counts: vec![0; m],
            levels: vec![rows.start.clone(); m + 1],
            probes: vec![W::ZERO; engine.probes],
            hidden: Vec::new(),
            next: Vec::new(),
            error: W::ZERO,
            scale: W::ONE,
            visited: 0,
        }
    }

    /// Sets the prefix count of `token` and the rows of the level above it.
    fn place(&mut self, token: usize, count: usize) {
        self.counts[token] = count;
        let column = &self.engine.queries[self.query].columns[token];
        let (below, above) = self.levels.split_at_mut(token + 1);
        let factor = W::count(count);
        for ((sum, &x), &step) in above[0].iter_mut().zip(&below[token]).zip(column) {
            *sum = x + factor * step;
        }
    }

    /// Visits all ways to give the `rest` free positions to the tokens from `token` on.
    fn fill(&mut self, token: usize, rest: usize) -> Result<(), End> {
        let m = self.engine.question.m;
        if token + 2 < m {
            for count in (0..=rest).rev() {
                self.place(token, count);
                self.fill(token + 1, rest - count)?;
            }
            return Ok(());
        }
        self.control.go_on_cheaply(self.visited).map_err(End::Stopped)?;
        if token + 1 == m {
            self.place(token, rest);
            return self.visit(m);
        }
        // two tokens left: move one position at a time from the first to the second
        self.place(token, rest);
        let columns = &self.engine.queries[self.query].columns;
        let (from, to) = (&columns[token], &columns[token + 1]);
        for moved in 0..=rest {
            self.counts[token] = rest - moved;
            self.counts[token + 1] = moved;
            self.visit(token + 1)?;
            if moved < rest {
                for ((sum, &plus), &minus) in self.levels[token + 1].iter_mut().zip(to).zip(from) {
                    *sum += plus - minus;
                }
            }
        }
        Ok(())
    }

    fn visit(&mut self, level: usize) -> Result<(), End> {
        self.visited += 1;
        let (output, scale) = self.output(level);
        let Question { task, criterion, .. } = self.engine.question;
        let answer = match task {
            Task::QueryCount => self.counts[self.query] + 1,
            Task::MostFrequentElement => {
                let others = self.counts.iter().copied().max().unwrap_or(0);
                others.max(self.counts[self.query] + 1)
            }
        };
        let difference = output - W::count(answer) * scale;
        if difference == W::ZERO {
            return Ok(());
        }
        let error = difference.max(W::ZERO - difference);
        let accepted = match criterion {
            Criterion::Exact => false,
            Criterion::Solves => error + error < scale,
        };
        if !accepted {
            return Err(End::Failing);
        }
        if W::compare_fractions(error, scale, self.error, self.scale).is_gt() {
            (self.error, self.scale) = (error, scale);
        }
        Ok(())
    }

    /// Numerator and positive denominator of the output on the rows of `level`.
    #[inline]
    fn output(&mut self, level: usize) -> (W, W) {
        let engine = self.engine;
        let rows = &self.levels[level];
        let (probes, denominator) = if engine.heads == 1 {
            (&rows[..engine.probes], rows[engine.probes])
        } else {
            let denominator = combine_heads(engine, self.query, rows, &mut self.probes);
            (self.probes.as_slice(), denominator)
        };
        let scale = engine.sigma * denominator;
        let (first, residual) = probes.split_at(engine.probes - 1);
        let readout = &engine.readout;
        let mut output = readout.residual * residual[0];
        if engine.layers.is_empty() {
            for (&x, &weight) in first.iter().zip(&readout.hidden) {
                output += weight * x.max(W::ZERO);
            }
            return (output + readout.bias * scale, readout.scale * scale);
        }
        self.hidden.clear();
        self.hidden.extend(first.iter().map(|&x| x.max(W::ZERO)));
        let mut scale = scale;
        for layer in &engine.layers {
            self.next.clear();
            for (row, &bias) in layer.weight.iter().zip(&layer.bias) {
                let mut sum = bias * scale;
                for (&weight, &x) in row.iter().zip(&self.hidden) {
                    sum += weight * x;
                }
                self.next.push(sum.max(W::ZERO));
            }
            std::mem::swap(&mut self.hidden, &mut self.next);
            scale = scale * layer.scale;
        }
        for (&x, &weight) in self.hidden.iter().zip(&readout.hidden) {
            output += weight * x;
        }
        (output + readout.bias * scale, readout.scale * scale)
    }

    fn worst(&self) -> Rational {
        if self.error == W::ZERO {
            return Rational::zero();
        }
        Rational::new(self.error.into(), self.scale.into())
    }

    fn sequence(&self) -> Vec<Token> {
        let mut counts: Vec<u64> = self.counts.iter().map(|&count| count as u64).collect();
        counts[self.query] += 1;
        Input::new("counts", Token(self.query), &counts)
            .map(|input| input.to_sequence())
            .unwrap_or_default()
    }
}

/// Brings the heads' numerators over the common denominator `prod_k D_k`, which is returned.
fn combine_heads<W: Word>(engine: &Engine<W>, query: usize, rows: &[W], probes: &mut [W]) -> W {
    probes.copy_from_slice(&engine.queries[query].base);
    let mut denominator = W::ONE;
    for head in rows.chunks_exact(engine.probes + 1) {
        let (values, total) = head.split_at(engine.probes);
        for (probe, &value) in probes.iter_mut().zip(values) {
            *probe = *probe * total[0] + denominator * value;
        }
        denominator = denominator * total[0];
    }
    debug_assert!(BigInt::one() <= denominator.into());
    denominator
}
