//! A one-layer model as a form of the counts: multiplied by what its norms divide by, nothing in it is divided.
//!
//! For a query let token `v` weigh `w_v = e^score_v`, and let `z_v` be the stream where attention sees `v` alone. With counts `c` (the query's
//! own among them), everything before the norms is linear in `c`, up to the denominator `D = c . w`. Write `C` for what a norm does first (layer
//! norm subtracts the mean, RMS norm nothing), `g, e` for weight and bias of the norm after the attention, and `g', e'` for those of the one
//! before the reading. Then
//!
//! ```text
//! x = sum_v c_v w_v (C z_v, sqrt(d eps))             [d + 1]   s = |x|            s > 0 is the norm's divisor, sqrt(d) D times it
//! a = sum_v c_v w_v sqrt(d) W_1 (g C z_v) + s (W_1 e + b_1)    [units]            s times what the hidden units see
//! t = C' (sum_v c_v w_v sqrt(d) g C z_v + s (e + b_2) + W_2 relu(a))   [d]        s times the stream, centred
//! S = |(t, sqrt(d eps') s)|                                     (s where no norm is before the reading)
//! y = sqrt(d) (g' r) . t / S + e' . r + b                       (r . t / S + b)
//! ```
//!
//! so `y > l` just where `a'. t - (l - b') S > 0`, for the `a'` and `b'` of the last line, and choice `i` is above choice `j` just where
//! `(a'_i - a'_j) . t - (b'_j - b'_i) S > 0`. Without a norm after the attention `x = sum_v c_v w_v`, so `s = D`, and `z_v` is in place of
//! `sqrt(d) g C z_v`; a part that writes over the stream leaves out what it would be added to. All `w_v` may be scaled alike.
//! (Ours; ReLU and length are homogeneous. Weights of 128 places are rounded to words once.)

use super::arrangement::{Moves, arranged};
use crate::definition::{
    Activation, Affine, Columns, Map, Norm, NormKind, Part, Question, ReadAt, Reader, Reading, Site,
    SoftmaxTransformer, Sums, Terms,
};
use crate::number::fixed::{
    MAX_TERMS, Near, Nears, UNIT, dot, largest, length, minus, narrow, plus, product, products, sizes, times, up, words,
};
use crate::number::{Enclosure, Precision, Rational, Real, integer};
use crate::rejection::{Clock, Rejection};
use num::Zero;
use std::collections::BTreeSet;

/// More hidden units are refused; sums of [`MAX_TERMS`] products are possible.
const MAX_UNITS: usize = MAX_TERMS >> 3;
/// More dimensions are refused.
const MAX_WIDTH: usize = 1 << 8;
/// More numbers about places are refused: tokens, positions and one more than dimensions, multiplied.
const MAX_PLACED: usize = 1 << 18;
/// Arg max over more choices is refused: choices times the numbers that a bound of one takes.
const MAX_CHOICES: usize = 1 << 22;
/// Weights are enclosed with this many bits first.
const FINE: Precision = Precision(128);

/// The parts of a model that has this form.
pub(super) struct Shape<'a> {
    after: Option<&'a Norm>,
    hidden: &'a Affine,
    output: &'a Affine,
    /// whether what the MLP writes is added to the stream
    added: bool,
    norm: Option<&'a Norm>,
    reading: Affine,
    /// of an arg max, with the answers
    answers: Option<&'a [u64]>,
}

impl<'a> Shape<'a> {
    /// `None` for a model that is not one layer of softmax attention, read at the last position if order matters, and a ReLU MLP without a norm before it,
    /// or that has more than one norm before it is read, or two choices with one answer.
    pub(super) fn of(model: &'a SoftmaxTransformer, n: usize) -> Option<Self> {
        let [first, second] = model.blocks.as_slice() else { return None };
        let (Part::Attention(attention), Part::Mlp(mlp)) = (&first.part, &second.part) else { return None };
        let [head] = attention.heads.as_slice() else { return None };
        let [hidden] = mlp.hidden.as_slice() else { return None };
        let answers = match &model.reading {
            Reading::Number { .. } => None,
            Reading::ArgMax { answers, .. } => Some(answers.as_slice()),
        };
        let norm = match (&second.after, &model.norm) {
            (Some(_), Some(_)) => return None,
            (one, other) => one.as_ref().or(other.as_ref()),
        };
        let plain = head.weights.scores().is_some() && head.weights.is_softmax() && second.before.is_none();
        let (units, widths) = (hidden.weight.rows(), [hidden.weight.cols(), mlp.output.weight.rows()]);
        let width = widths.into_iter().max()?.max(model.dimension());
        let choices = answers.map_or(1, <[u64]>::len);
        let placed = model.positions.is_some();
        let places = model.vocabulary().checked_mul(n)?.checked_mul(width.checked_add(1)?)?;
        let of_one = units.checked_add(width)?.checked_mul(model.vocabulary())?.max(if placed { places } else { 0 });
        let apart = answers.is_none_or(|answers| answers.iter().collect::<BTreeSet<_>>().len() == choices);
        let usual = mlp.activation == Activation::Relu && apart;
        let small = units <= MAX_UNITS && width <= MAX_WIDTH && choices.checked_mul(of_one)? <= MAX_CHOICES;
        let few = !placed || (n >= 2 && places <= MAX_PLACED);
        let ordered = few && (model.ignores_order() || model.read_at == ReadAt::Last);
        if !(plain && usual && small && ordered) {
            return None;
        }
        let (after, reading) = (first.after.as_ref(), model.reading_map().ok()?);
        Some(Self { after, hidden, output: &mlp.output, added: second.residual, norm, reading, answers })
    }
}

/// A model read at one query; see the module. Rows are over tokens, `[m]`, unless they say something else; where tokens have places, what entries
/// of their arrangement add follows.
#[derive(Debug, Clone)]
pub struct Form {
    /// `[d + 1]` rows of `x`, or one, one error
    pub(super) x: (Vec<Vec<i64>>, i64),
    /// `[units]` rows of `a` without what `s` adds
    pub(super) a: (Vec<Vec<i64>>, i64),
    /// `[units]`: what `s` adds to `a`
    pub(super) a_of_s: Nears,
    /// `[d]` rows of `t` without what `s` and units add
    pub(super) t: (Vec<Vec<i64>>, i64),
    /// `[d]` rows `[1 + units]`: what `s` and units add to `t`
    pub(super) t_of: (Vec<Vec<i64>>, i64),
    /// `[units]` rows `[d]`: the same, of units alone
    pub(super) of_unit: Vec<Vec<i64>>,
    /// `sqrt(d eps')`, where there is a norm before the reading
    pub(super) root_eps: Option<Near>,
    /// `a'`, one `[d]` a choice
    reading: Vec<Nears>,
    /// `b'`, one a choice
    bias: Nears,
    read: Read,
    /// upper bounds on all counts of the length: of `s`, of `sum_j |a_j|`, of `sum_i |t_i|`
    pub(super) most: [i64; 3],
    /// where tokens have places
    pub(super) moves: Option<Moves>,
}

/// What is right.
#[derive(Debug, Clone)]
enum Read {
    /// a number so close
    Within(Near),
    /// the largest of these
    Answers(Vec<i64>),
}

/// A reading is right where `a . t - end S > 0` for all of these.
pub(super) struct Side {
    /// `a` `[d]`
    pub(super) along: Nears,
    pub(super) end: Near,
}

/// What a form is at some counts.
pub(super) struct At {
    pub(super) x: Vec<i64>,
    pub(super) s: Near,
    pub(super) t: Vec<i64>,
    pub(super) t_error: i64,
    /// `sqrt(d eps') s`
    pub(super) tail: Option<Near>,
    pub(super) length: Near,
}

pub(super) type Reals = Vec<Enclosure>;

impl Form {
    /// The form of a model at `query`, for inputs of `n` tokens; `None` where its numbers do not fit.
    ///
    /// # Errors
    /// [`Rejection`] of the clock, or for too large a model.
    pub(super) fn new(
        columns: &Columns<'_>,
        shape: &Shape<'_>,
        (query, n): (usize, u64),
        tolerance: &Rational,
        clock: &Clock<'_>,
    ) -> Result<Option<Self>, Rejection> {
        let model = columns.model();
        let Some(length) = usize::try_from(n).ok() else { return Ok(None) };
        let (m, placed) = (model.vocabulary(), columns.placed());
        let places = if placed { length.saturating_sub(1) } else { 1 };
        let last = if placed { places } else { 0 };
        let reader = columns.reader(last, query, clock)?;
        let free = (0..places).flat_map(|place| (0..m).map(move |token| Some((place, token))));
        let own = placed.then_some(Some((last, query)));
        let bos = model.bos.is_some().then_some(None);
        let mut sites = Vec::new();
        for place in free.chain(own).chain(bos) {
            sites.push(columns.site(place, clock)?);
        }
        let sites: Vec<&Site> = sites.iter().collect();
        let Some(states) = states(columns, &sites, &reader, (shape.after, FINE), clock)? else { return Ok(None) };
        let summed = || {
            if placed {
                let (states, moves) = arranged(&states, (m, query, places, n), FINE)?;
                return Some((states, Some(moves)));
            }
            // BOS is there once in n tokens
            let share = |state: &Reals| state.iter().map(|x| x.over(&FINE.enclose(&integer(n)), FINE)).collect();
            let bos: Option<Option<Reals>> = states.get(m).map(share);
            let with = |state: &Reals| match &bos {
                Some(bos) => state.iter().zip(bos.as_ref()?).map(|(x, bos)| x.plus(bos)).collect(),
                None => Some(state.clone()),
            };
            Some((states.iter().take(m).map(with).collect::<Option<Vec<_>>>()?, None))
        };
        let most = |n: u64| i64::try_from(n).ok();
        let form = most(n)
            .zip(summed())
            .and_then(|(n, (states, moves))| Self::of_states(&states, moves, shape, (tolerance, n), clock));
        // none may also be one that was stopped
        clock.spend(1 << 9)?;
        Ok(form)
    }

    fn of_states(
        states: &[Reals],
        moves: Option<Moves>,
        shape: &Shape<'_>,
        (tolerance, n): (&Rational, i64),
        clock: &Clock<'_>,
    ) -> Option<Self> {
        let p = FINE;
        let Shape { after, hidden, output, added, norm, reading, answers } = shape;
        let (after, norm) = (*after, *norm);
        let real = |value: &Rational| Enclosure::of(value, p);
        let reals =
            |values: &[crate::number::RationalText]| values.iter().map(|v| real(&v.0)).collect::<Option<Reals>>();
        let root = |value: &Rational| real(value)?.root(p);
        let size = |norm: &Norm| Some(integer(u64::try_from(norm.weight.len()).ok()?));
        let root_eps = |norm: &Norm| root(&(size(norm)? * &norm.eps.0));
        let weighted = |norm: &Norm, x: &[Enclosure]| {
            let root_d = root(&size(norm)?)?;
            let scaled = x.iter().zip(&norm.weight);
            scaled.map(|(x, g)| x.times(&real(&g.0)?, p)?.times(&root_d, p)).collect::<Option<Reals>>()
        };
        let first = Map::<Enclosure>::linear(&hidden.weight, p)?;
        let zero = real(&Rational::zero())?;
        let (mut x, mut a, mut t) = (Vec::new(), Vec::new(), Vec::new());
        for state in states {
            clock.spend(1 << 9).ok()?;
            let (w, u) = state.split_last()?;
            let (scaled, seen) = match after {
                Some(norm) => {
                    let last = w.times(&root_eps(norm)?, p)?;
                    (weighted(norm, u)?, u.iter().cloned().chain([last]).collect())
                }
                None => (u.to_vec(), vec![w.clone()]),
            };
            x.push(seen);
            a.push(first.apply(&scaled, p)?);
            t.push(if *added { centred(&scaled, norm)? } else { vec![zero.clone(); output.weight.rows()] });
        }
        // the largest entry becomes about 1
        let entries = x.iter().chain(&a).chain(&t).flatten();
        let bits = entries.map(|entry| entry.lo.bits().max(entry.hi.bits())).max()?;
        let shift = i64::try_from(bits).ok()?.checked_sub(p.0.into())?;
        let rows = |columns: &[Reals], shift: i64| rows(columns, p, shift);
        let bias = after.map_or_else(|| Some(vec![zero.clone(); hidden.weight.cols()]), |norm| reals(&norm.bias))?;
        let a_of_s = Map::<Enclosure>::new(hidden, p)?.apply(&bias, p)?;
        let mut both = reals(&output.bias)?;
        if *added {
            both = bias.iter().zip(&both).map(|(e, b)| e.plus(b)).collect::<Option<_>>()?;
        }
        let mut t_of = vec![centred(&both, norm)?];
        for unit in 0..hidden.weight.rows() {
            let column: Option<Reals> = output.weight.list().iter().map(|row| real(row.get(unit)?)).collect();
            t_of.push(centred(&column?, norm)?);
        }
        let mut bias = reals(&reading.bias)?;
        let mut read = Vec::with_capacity(bias.len());
        for (row, bias) in reading.weight.list().iter().zip(&mut bias) {
            let mut row: Reals = row.iter().map(real).collect::<Option<_>>()?;
            if let Some(norm) = norm {
                for (r, e) in row.iter().zip(&norm.bias) {
                    *bias = bias.plus(&r.times(&real(&e.0)?, p)?)?;
                }
                row = weighted(norm, &row)?;
            }
            read.push(Nears::of(&row, p, 0)?);
        }
        let t_of = rows(&t_of, 0)?;
        let units = (0..hidden.weight.rows()).map(|unit| unit.saturating_add(1));
        let of_unit = units.map(|unit| words(t_of.0.iter().map(|row| row.get(unit).copied())));
        let of_unit = of_unit.collect::<Option<_>>()?;
        let mut form = Self {
            x: rows(&x, shift)?,
            a: rows(&a, shift)?,
            t: rows(&t, shift)?,
            a_of_s: Nears::of(&a_of_s, p, 0)?,
            t_of,
            of_unit,
            root_eps: norm.map_or(Some(None), |norm| Some(Some(Nears::one(&root_eps(norm)?, p)?)))?,
            reading: read,
            bias: Nears::of(&bias, p, 0)?,
            read: match answers {
                Some(answers) => Read::Answers(answers.iter().map(|a| i64::try_from(*a).ok()).collect::<Option<_>>()?),
                None => Read::Within(Nears::one(&real(tolerance)?, p)?),
            },
            most: [0; 3],
            moves,
        };
        form.most = form.most(n)?;
        Some(form)
    }

    /// Upper bounds of `s`, `sum_j |a_j|` and `sum_i |t_i|` on all counts with sum `n`.
    fn most(&self, n: i64) -> Option<[i64; 3]> {
        // each e_i is like a count of at most 1
        let moved = if self.moves.is_some() { self.x.0.first()?.len() } else { 0 };
        let n = plus(n, i64::try_from(moved).ok()?)?;
        let of_row = |row: &Vec<i64>, error: i64| narrow(product(plus(largest(row), error)?, n));
        let mut most_s = 0;
        for row in &self.x.0 {
            most_s = plus(most_s, of_row(row, self.x.1)?)?;
        }
        let mut of_units = vec![most_s];
        for (row, add) in self.a.0.iter().zip(&self.a_of_s.words) {
            let add = plus(add.wrapping_abs(), self.a_of_s.error)?;
            of_units.push(plus(of_row(row, self.a.1)?, up(product(add, most_s))?)?);
        }
        let mut most_t = 0;
        for (row, of) in self.t.0.iter().zip(&self.t_of.0) {
            let sizes = words(of.iter().map(|x| plus(x.wrapping_abs(), self.t_of.1)))?;
            let added = up(products(&sizes, &of_units))?;
            most_t = plus(most_t, plus(of_row(row, self.t.1)?, added)?)?;
        }
        Some([most_s, sizes(of_units.get(1..)?)?, most_t])
    }

    /// What a count of `k` is compared by: above the lower end and below the upper one, or above each rival of the answer. Those that are nearest at some
    /// counts come first.
    pub(super) fn sides(&self, k: i64, at: &At) -> Option<Vec<Side>> {
        match &self.read {
            Read::Within(tolerance) => {
                let (along, bias) = (self.reading.first()?, *self.bias.words.first()?);
                let middle = minus(narrow(product(k, UNIT))?, bias)?;
                let error = plus(self.bias.error, tolerance.1)?;
                let low = Side { along: along.clone(), end: (minus(middle, tolerance.0)?, error) };
                let words = along.words.iter().map(|word| word.wrapping_neg()).collect();
                let below = plus(middle, tolerance.0)?.wrapping_neg();
                Some(vec![low, Side { along: Nears { words, error: along.error }, end: (below, error) }])
            }
            Read::Answers(answers) => {
                let all = || answers.iter().zip(&self.reading).zip(&self.bias.words);
                // no largest entry is an answer that there is not
                let Some(((_, own), own_bias)) = all().find(|((answer, _), _)| **answer == k) else {
                    let along = Nears { words: vec![0; at.t.len()], error: 0 };
                    return Some(vec![Side { along, end: (UNIT, 0) }]);
                };
                let mut sides = Vec::with_capacity(answers.len());
                for ((_, other), bias) in all().filter(|((answer, _), _)| **answer != k) {
                    let words = words(own.words.iter().zip(&other.words).map(|(a, b)| minus(*a, *b)))?;
                    let end = (minus(*bias, *own_bias)?, plus(self.bias.error, self.bias.error)?);
                    let side = Side { along: Nears { words, error: plus(own.error, other.error)? }, end };
                    sides.push((side.at(at)?.0, side));
                }
                sides.sort_by_key(|(value, _)| *value);
                Some(sides.into_iter().map(|(_, side)| side).collect())
            }
        }
    }

    /// The form at counts with this sum, each a whole number of anything: all of it is homogeneous. Of an arrangement nothing is added.
    pub(super) fn at(&self, counts: &[i64]) -> Option<At> {
        let total = narrow(counts.iter().fold(0, |sum: i128, count| sum.wrapping_add((*count).into())))?;
        let linear = |row: &Vec<i64>| narrow(products(row, counts));
        let error = |error: i64| narrow(product(error, total));
        let x = words(self.x.0.iter().map(linear))?;
        let x_error = narrow(product(error(self.x.1)?, i64::try_from(x.len()).ok()?))?;
        let s = (length(&x)?, plus(x_error, 1)?);
        let mut seen = Vec::with_capacity(self.a.0.len().saturating_add(1));
        seen.push(s.0);
        let mut seen_error = s.1;
        for (row, add) in self.a.0.iter().zip(&self.a_of_s.words) {
            let added = times(s, (*add, self.a_of_s.error))?;
            seen.push(plus(linear(row)?, added.0)?.max(0));
            seen_error = seen_error.max(plus(error(self.a.1)?, added.1)?);
        }
        let (mut t, mut t_error) = (Vec::with_capacity(self.t.0.len()), 0);
        for (row, of) in self.t.0.iter().zip(&self.t_of.0) {
            let (added, added_error) = dot((of, self.t_of.1), (&seen, seen_error))?;
            t.push(plus(linear(row)?, added)?);
            t_error = t_error.max(plus(error(self.t.1)?, added_error)?);
        }
        let tail = match self.root_eps {
            Some(root) => Some(times(root, s)?),
            None => None,
        };
        let length = match tail {
            Some(tail) => {
                let all: Vec<i64> = t.iter().copied().chain([tail.0]).collect();
                let error = narrow(product(t_error, i64::try_from(t.len()).ok()?))?;
                (length(&all)?, plus(plus(error, tail.1)?, 1)?)
            }
            None => s,
        };
        Some(At { x, s, t, t_error, tail, length })
    }
}

impl Side {
    /// `a . t - end S`
    fn at(&self, at: &At) -> Option<Near> {
        let read = dot((&self.along.words, self.along.error), (&at.t, at.t_error))?;
        difference(read, times(self.end, at.length)?)
    }
}

/// `x - y`
fn difference((x, x_error): Near, (y, y_error): Near) -> Option<Near> {
    Some((minus(x, y)?, plus(x_error, y_error)?))
}

/// What each site adds to the sums of the reader's position: the stream where attention sees it alone, less its mean before a layer norm, times what it
/// weighs, and that `[d + 1]`. `None` where this many bits do not do.
pub(super) fn states(
    columns: &Columns<'_>,
    sites: &[&Site],
    reader: &Reader,
    (norm, p): (Option<&Norm>, Precision),
    clock: &Clock<'_>,
) -> Result<Option<Vec<Reals>>, Rejection> {
    let mut terms = Vec::with_capacity(sites.len());
    for site in sites {
        clock.spend(1 << 9)?;
        let column = columns.column(site, reader)?;
        let Some(term) = Terms::<Enclosure>::of(columns.attention(), &column, &reader.own, p) else { return Ok(None) };
        terms.push(term);
    }
    let reference = Terms::largest(&terms.iter().collect::<Vec<_>>());
    let mut states = Vec::with_capacity(terms.len());
    for terms in &terms {
        clock.spend(1 << 9)?;
        let Some(state) = state(terms, &reference, &reader.own.base, (norm, p)) else { return Ok(None) };
        states.push(state);
    }
    Ok(Some(states))
}

fn state(
    terms: &Terms<Enclosure>,
    reference: &Terms<Enclosure>,
    base: &[crate::number::RationalText],
    (norm, p): (Option<&Norm>, Precision),
) -> Option<Reals> {
    let sums = Sums::of(terms, reference, p)?;
    let (weight, values) = sums.0.into_iter().next()?;
    let weight = weight?;
    let stream = values.iter().zip(base);
    let stream = stream.map(|(value, base)| value.plus(&weight.times(&Enclosure::of(&base.0, p)?, p)?));
    let mut state = centred(&stream.collect::<Option<Reals>>()?, norm)?;
    state.push(weight);
    Some(state)
}

/// `x` as a norm has it: less its mean, for layer norm.
fn centred(x: &[Enclosure], norm: Option<&Norm>) -> Option<Reals> {
    if norm.is_none_or(|norm| norm.kind != NormKind::Layer) {
        return Some(x.to_vec());
    }
    let d = FINE.enclose(&integer(u64::try_from(x.len()).ok()?));
    let zero = Enclosure::of(&Rational::zero(), FINE)?;
    let mean = x.iter().try_fold(zero, |sum, x| sum.plus(x))?.over(&d, FINE)?;
    x.iter().map(|x| x.minus(&mean)).collect()
}

/// Columns as rows of words, with one error.
fn rows(columns: &[Reals], p: Precision, shift: i64) -> Option<(Vec<Vec<i64>>, i64)> {
    let columns: Vec<Nears> = columns.iter().map(|column| Nears::of(column, p, shift)).collect::<Option<_>>()?;
    let error = columns.iter().map(|column| column.error).max().unwrap_or(0);
    let height = columns.first().map_or(0, |column| column.words.len());
    let row = |i: usize| words(columns.iter().map(|column| column.words.get(i).copied()));
    Some(((0..height).map(row).collect::<Option<_>>()?, error))
}

/// Whether a question is one that forms are about.
pub(super) fn asks(question: &Question) -> bool {
    *question == Question::QueryCount
}
