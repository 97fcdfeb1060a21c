//! A one-layer model as a form of the counts: multiplied by what its norms divide by, nothing in it is divided.
//!
//! For a query let token `v` weigh `w_v = e^score_v`, and let `z_v` be the stream where attention sees `v` alone. With counts `c` (the query's
//! own among them), everything before the norms is linear in `c`, up to the denominator `D = c . w`. Write `C` for what a norm does first (layer
//! norm subtracts the mean, RMS norm nothing), `g, e` for weight and bias of the norm between attention and MLP, and `g', e'` for those of the one
//! before the reading. For one head and a norm after the attention
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
//! `(a'_i - a'_j) . t - (b'_j - b'_i) S > 0`. Without a norm between attention and MLP `x = sum_v c_v w_v`, so `s = D`, and `z_v` is in place of
//! `sqrt(d) g C z_v`; a part that writes over the stream leaves out what it would be added to. All `w_v` may be scaled alike.
//!
//! Two things are left that are divided by `D`. An MLP with a norm before it, not after the attention, is added to what passes that norm by: `t` has
//! `s sum_v c_v w_v z_v / D + s b_2` in place of its first two terms. And of several heads each has its own weights and its own `D`: everything is
//! multiplied by that of the first, so a sum over tokens is one over heads `h` of `D_1 / D_h` times what head `h` adds (the reader's own state comes with
//! the first). What becomes of these on a box is in [`super::quotient`].
//! (Ours; ReLU and length are homogeneous. Weights of 128 places are rounded to words once.)

use super::arrangement::{Moves, arranged};
use crate::definition::{
    Activation, Affine, Columns, Judged, Map, Norm, NormKind, Part, Question, ReadAt, Reader, Reading, Site,
    SoftmaxHead, SoftmaxTransformer, Sums, Terms,
};
use crate::number::fixed::{
    MAX_TERMS, Near, Nears, UNIT, dot, dot_of, largest, length, minus, narrow, over, plus, product, products, sizes,
    times, up, words,
};
use crate::number::{Enclosure, Precision, Rational, Real, integer};
use crate::rejection::{Clock, Rejection};
use num::Zero;
use std::collections::BTreeSet;
use std::sync::Arc;

/// More hidden units are refused; sums of [`MAX_TERMS`] products are possible.
const MAX_UNITS: usize = MAX_TERMS >> 3;
/// More dimensions are refused.
const MAX_WIDTH: usize = 1 << 8;
/// More numbers about places are refused: tokens, positions, heads and one more than dimensions, multiplied.
const MAX_PLACED: usize = 1 << 18;
/// Arg max over more choices is refused: choices times the numbers that a bound of one takes.
const MAX_CHOICES: usize = 1 << 22;
/// More numbers in all rows are refused.
const MAX_ENTRIES: usize = 1 << 19;
/// Weights are enclosed with this many bits first.
const FINE: Precision = Precision(128);

/// The parts of a model that has this form.
pub(super) struct Shape<'a> {
    heads: usize,
    /// after the attention, or before the MLP
    between: Option<&'a Norm>,
    hidden: &'a Affine,
    output: &'a Affine,
    /// whether what the MLP writes is added to the stream
    added: bool,
    /// whether that is the stream before the norm
    passed: bool,
    norm: Option<&'a Norm>,
    reading: Affine,
    /// of an arg max, with the answers
    answers: Option<&'a [u64]>,
}

impl<'a> Shape<'a> {
    /// `None` for a model that is not one layer of softmax attention, read at the last position if order matters, and a ReLU MLP, with one norm at most
    /// between them and one before it is read, or that has two choices with one answer.
    pub(super) fn of(model: &'a SoftmaxTransformer, n: usize) -> Option<Self> {
        let [first, second] = model.blocks.as_slice() else { return None };
        let (Part::Attention(attention), Part::Mlp(mlp)) = (&first.part, &second.part) else { return None };
        let [hidden] = mlp.hidden.as_slice() else { return None };
        let answers = match &model.reading {
            Reading::Number { .. } => None,
            Reading::ArgMax { answers, .. } => Some(answers.as_slice()),
        };
        let norm = match (&second.after, &model.norm) {
            (Some(_), Some(_)) => return None,
            (one, other) => one.as_ref().or(other.as_ref()),
        };
        let between = match (&first.after, &second.before) {
            (Some(_), Some(_)) => return None,
            (one, other) => one.as_ref().or(other.as_ref()),
        };
        let heads = attention.heads.len();
        let scored = |head: &SoftmaxHead| head.weights.scores().is_some() && head.weights.is_softmax();
        let plain = heads > 0 && attention.heads.iter().all(scored);
        let (units, widths) = (hidden.weight.rows(), [hidden.weight.cols(), mlp.output.weight.rows()]);
        let width = widths.into_iter().max()?.max(model.dimension());
        let choices = answers.map_or(1, <[u64]>::len);
        let placed = model.positions.is_some();
        let moved = width.checked_add(1)?.checked_mul(heads)?;
        let places = model.vocabulary().checked_mul(n)?.checked_mul(moved)?;
        let of_one = units.checked_add(width)?.checked_mul(model.vocabulary())?.max(if placed { places } else { 0 });
        let entries = model.vocabulary().checked_add(if placed { moved } else { 0 })?.checked_mul(heads)?;
        let all = units.checked_add(width)?.checked_add(width)?.checked_mul(entries)?;
        let apart = answers.is_none_or(|answers| answers.iter().collect::<BTreeSet<_>>().len() == choices);
        let usual = mlp.activation == Activation::Relu && apart;
        let small = units <= MAX_UNITS
            && width <= MAX_WIDTH
            && choices.checked_mul(of_one)? <= MAX_CHOICES
            && all <= MAX_ENTRIES;
        let few = !placed || (n >= 2 && places <= MAX_PLACED);
        let ordered = few && (model.ignores_order() || model.read_at == ReadAt::Last);
        if !(plain && usual && small && ordered) {
            return None;
        }
        let (output, added, reading) = (&mlp.output, second.residual, model.reading_map().ok()?);
        let passed = added && second.before.is_some();
        Some(Self { heads, between, hidden, output, added, passed, norm, reading, answers })
    }
}

/// What is linear, over tokens, `[m]`; where tokens have places, what entries of their arrangement add follows. Rows of a model have a block of this for
/// each head, over its own denominator; on a box they are sums of all heads, followed by [rests](super::quotient).
#[derive(Debug, Clone)]
pub(super) struct Rows {
    /// `[d + 1]` rows of `x`, or one, one error
    pub(super) x: (Vec<Vec<i64>>, i64),
    /// `[units]` rows of `a` without what `s` adds
    pub(super) a: (Vec<Vec<i64>>, i64),
    /// `[d]` rows of `t` without what `s` and units add
    pub(super) t: (Vec<Vec<i64>>, i64),
    /// `[d]`: what `s` adds to `t`, within the error of `t_of`
    pub(super) of_s: Vec<i64>,
    /// upper bounds on all counts of the length: of `s`, of `sum_j |a_j|`, of `sum_i |t_i|`
    pub(super) most: [i64; 3],
}

/// A model read at one query; see the module.
#[derive(Debug, Clone)]
pub struct Form {
    pub(super) rows: Rows,
    /// how many entries a block of a row has
    pub(super) entries: usize,
    /// the denominators, one row a head
    pub(super) weights: (Vec<Vec<i64>>, i64),
    /// whether rows of `t` are what passes the norm by, and to be multiplied by `s / D_1`
    pub(super) passed: bool,
    /// `[units]`: what `s` adds to `a`
    pub(super) a_of_s: Nears,
    /// `[d]` rows `[units]`: what units add to `t`
    pub(super) t_of: (Vec<Vec<i64>>, i64),
    /// `[units]` rows `[d]`: the same, of units alone
    pub(super) of_unit: Vec<Vec<i64>>,
    /// `sqrt(d eps')`, where there is a norm before the reading
    pub(super) root_eps: Option<Near>,
    /// shared by what is folded
    pub(super) read: Arc<Read>,
    /// where tokens have places
    pub(super) moves: Option<Moves>,
}

/// What `t` and `S` are compared by.
#[derive(Debug)]
pub(super) struct Read {
    /// `a'`, one `[d]` a choice
    reading: Vec<Nears>,
    /// `b'`, one a choice
    bias: Nears,
    right: Right,
}

/// What is right.
#[derive(Debug)]
enum Right {
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
        // what passes a norm by is not centred by it
        let norm = shape.between.filter(|_| !shape.passed);
        let Some(states) = states(columns, &sites, &reader, (norm, FINE), clock)? else { return Ok(None) };
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
        let Shape { heads, between, hidden, output, added, passed, norm, reading, answers } = shape;
        let (between, norm, passed) = (*between, *norm, *passed);
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
        let entries = states.len().max(1);
        let (mut x, mut a, mut t, mut weights) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (head, state) in (0..*heads).flat_map(|head| states.iter().map(move |state| (head, state))) {
            clock.spend(1 << 9).ok()?;
            let (w, u) = state.chunks(state.len().checked_div(*heads)?.max(1)).nth(head)?.split_last()?;
            // x has the first denominator
            let own = if head == 0 { w } else { &zero };
            let (scaled, seen) = match between {
                Some(norm) => {
                    let u = centred(u, Some(norm).filter(|_| passed))?;
                    let last = own.times(&root_eps(norm)?, p)?;
                    (weighted(norm, &u)?, u.into_iter().chain([last]).collect())
                }
                None => (u.to_vec(), vec![own.clone()]),
            };
            x.push(seen);
            a.push(first.apply(&scaled, p)?);
            let added_to = if passed { u } else { &scaled };
            t.push(if *added { centred(added_to, norm)? } else { vec![zero.clone(); output.weight.rows()] });
            weights.push(vec![w.clone()]);
        }
        // the largest entry becomes about 1
        let all = x.iter().chain(&a).chain(&t).chain(&weights).flatten();
        let bits = all.map(|entry| entry.lo.bits().max(entry.hi.bits())).max()?;
        let shift = i64::try_from(bits).ok()?.checked_sub(p.0.into())?;
        let rows = |columns: &[Reals], shift: i64| rows(columns, p, shift);
        let bias = between.map_or_else(|| Some(vec![zero.clone(); hidden.weight.cols()]), |norm| reals(&norm.bias))?;
        let a_of_s = Map::<Enclosure>::new(hidden, p)?.apply(&bias, p)?;
        let mut both = reals(&output.bias)?;
        if *added && !passed {
            both = bias.iter().zip(&both).map(|(e, b)| e.plus(b)).collect::<Option<_>>()?;
        }
        let t_of_s = centred(&both, norm)?;
        let mut t_of = Vec::with_capacity(hidden.weight.rows());
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
        // no unit, no column
        let t_of_s = Nears::of(&t_of_s, p, 0)?;
        let mut t_of = rows(&t_of, 0)?;
        t_of.0.resize(t_of_s.words.len(), Vec::new());
        t_of.1 = t_of.1.max(t_of_s.error);
        let of_unit = (0..hidden.weight.rows()).map(|unit| words(t_of.0.iter().map(|row| row.get(unit).copied())));
        let of_unit = of_unit.collect::<Option<_>>()?;
        let (weights, weights_error) = rows(&weights, shift)?;
        let weights = weights.first()?.chunks(entries).map(<[i64]>::to_vec).collect();
        let (x, a, t) = (rows(&x, shift)?, rows(&a, shift)?, rows(&t, shift)?);
        let mut form = Self {
            rows: Rows { x, a, t, of_s: t_of_s.words, most: [0; 3] },
            entries,
            weights: (weights, weights_error),
            passed,
            a_of_s: Nears::of(&a_of_s, p, 0)?,
            t_of,
            of_unit,
            root_eps: norm.map_or(Some(None), |norm| Some(Some(Nears::one(&root_eps(norm)?, p)?)))?,
            read: Arc::new(Read {
                reading: read,
                bias: Nears::of(&bias, p, 0)?,
                right: match answers {
                    Some(answers) => {
                        Right::Answers(answers.iter().map(|a| i64::try_from(*a).ok()).collect::<Option<_>>()?)
                    }
                    None => Right::Within(Nears::one(&real(tolerance)?, p)?),
                },
            }),
            moves,
        };
        form.rows = form.bounded(form.rows.clone(), n)?;
        Some(form)
    }

    /// Judges whole counts with sum `n`, of which the query has `k`, where tokens have no places.
    #[must_use]
    pub fn judge(&self, counts: &[i64], k: i64) -> Judged {
        let values = || {
            if self.moves.is_some() {
                return None;
            }
            let at = self.at(counts)?;
            self.sides(k, &at)?.iter().map(|side| side.at(&at)).collect::<Option<Vec<Near>>>()
        };
        match values() {
            Some(values) if values.iter().all(|(value, error)| value > error) => Judged::Right,
            Some(values) if values.iter().any(|(value, error)| *value < error.wrapping_neg()) => Judged::Wrong,
            _ => Judged::Open,
        }
    }

    /// Whether count vectors of a box are judged fast: units that keep their sign can be folded.
    #[must_use]
    pub fn folds(&self) -> bool {
        self.weights.0.len() == 1 && !self.passed && self.moves.is_none()
    }

    /// What a bound takes, in microseconds or so.
    pub(super) fn work(&self) -> u64 {
        let entries = self.rows.t.0.iter().chain(&self.rows.a.0).map(Vec::len).fold(0, usize::saturating_add);
        let products = self.rows.t.0.len().saturating_mul(entries);
        u64::try_from(products >> 8).unwrap_or(u64::MAX).saturating_add(16)
    }

    /// The rows with upper bounds of `s`, `sum_j |a_j|` and `sum_i |t_i|` on all counts with sum `n`.
    pub(super) fn bounded(&self, mut rows: Rows, n: i64) -> Option<Rows> {
        // each e_i is like a count of at most 1
        let moved = if self.moves.is_some() { self.entries } else { 0 };
        let n = plus(n, i64::try_from(moved).ok()?)?;
        let of_row = |row: &Vec<i64>, error: i64| {
            row.chunks(self.entries)
                .try_fold(0, |sum, part| plus(sum, narrow(product(plus(largest(part), error)?, n))?))
        };
        let mut most_s = 0;
        for row in &rows.x.0 {
            most_s = plus(most_s, of_row(row, rows.x.1)?)?;
        }
        let mut of_units = Vec::with_capacity(rows.a.0.len());
        for (row, add) in rows.a.0.iter().zip(&self.a_of_s.words) {
            let add = plus(add.wrapping_abs(), self.a_of_s.error)?;
            of_units.push(plus(of_row(row, rows.a.1)?, up(product(add, most_s))?)?);
        }
        let mut most_t = 0;
        for ((row, of), of_s) in rows.t.0.iter().zip(&self.t_of.0).zip(&rows.of_s) {
            let size = |x: &i64| plus(x.wrapping_abs(), self.t_of.1);
            let units = up(products(&words(of.iter().map(size))?, &of_units))?;
            let added = plus(units, up(product(size(of_s)?, most_s))?)?;
            most_t = plus(most_t, plus(of_row(row, rows.t.1)?, added)?)?;
        }
        rows.most = [most_s, sizes(&of_units)?, most_t];
        Some(rows)
    }

    /// What a count of `k` is compared by: above the lower end and below the upper one, or above each rival of the answer. Those that are nearest at some
    /// counts come first.
    pub(super) fn sides(&self, k: i64, at: &At) -> Option<Vec<Side>> {
        let Read { reading, bias, right } = &*self.read;
        match right {
            Right::Within(tolerance) => {
                let (along, middle) = (reading.first()?, *bias.words.first()?);
                let middle = minus(narrow(product(k, UNIT))?, middle)?;
                let error = plus(bias.error, tolerance.1)?;
                let low = Side { along: along.clone(), end: (minus(middle, tolerance.0)?, error) };
                let words = along.words.iter().map(|word| word.wrapping_neg()).collect();
                let below = plus(middle, tolerance.0)?.wrapping_neg();
                Some(vec![low, Side { along: Nears { words, error: along.error }, end: (below, error) }])
            }
            Right::Answers(answers) => {
                let all = || answers.iter().zip(reading).zip(&bias.words);
                // no largest entry is an answer that there is not
                let Some(((_, own), own_bias)) = all().find(|((answer, _), _)| **answer == k) else {
                    let along = Nears { words: vec![0; at.t.len()], error: 0 };
                    return Some(vec![Side { along, end: (UNIT, 0) }]);
                };
                let mut sides = Vec::with_capacity(answers.len());
                for ((_, other), other_bias) in all().filter(|((answer, _), _)| **answer != k) {
                    let words = words(own.words.iter().zip(&other.words).map(|(a, b)| minus(*a, *b)))?;
                    let end = (minus(*other_bias, *own_bias)?, plus(bias.error, bias.error)?);
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
        let of_block =
            |block: &[i64], error: i64| Some((narrow(products(block, counts))?, narrow(product(error, total))?));
        let (first, others) = self.weights.0.split_first()?;
        let first = of_block(first, self.weights.1)?;
        let ratio = |weights: &Vec<i64>| over(first, of_block(weights, self.weights.1)?);
        let ratios: Vec<Near> = others.iter().map(ratio).collect::<Option<_>>()?;
        let of_row = |row: &Vec<i64>, error: i64| {
            let mut blocks = row.chunks(self.entries);
            let own = of_block(blocks.next()?, error)?;
            blocks
                .zip(&ratios)
                .try_fold(own, |sum, (block, ratio)| total_of(sum, times(of_block(block, error)?, *ratio)?))
        };
        let (mut x, mut x_error) = (Vec::with_capacity(self.rows.x.0.len()), 0);
        for row in &self.rows.x.0 {
            let (value, error) = of_row(row, self.rows.x.1)?;
            x.push(value);
            x_error = plus(x_error, error)?;
        }
        let s = (length(&x)?, plus(x_error, 1)?);
        let (mut seen, mut seen_error) = (Vec::with_capacity(self.rows.a.0.len()), 0);
        for (row, add) in self.rows.a.0.iter().zip(&self.a_of_s.words) {
            let (value, error) = total_of(of_row(row, self.rows.a.1)?, times(s, (*add, self.a_of_s.error))?)?;
            seen.push(value.max(0));
            seen_error = seen_error.max(error);
        }
        let seen_size = sizes(&seen)?;
        let passed = if self.passed { Some(over(s, first)?) } else { None };
        let (mut t, mut t_error) = (Vec::with_capacity(self.rows.t.0.len()), 0);
        for ((row, of), of_s) in self.rows.t.0.iter().zip(&self.t_of.0).zip(&self.rows.of_s) {
            let mut own = of_row(row, self.rows.t.1)?;
            if let Some(ratio) = passed {
                own = times(own, ratio)?;
            }
            let own = total_of(own, times(s, (*of_s, self.t_of.1))?)?;
            let units = dot_of((of, sizes(of)?, self.t_of.1), (&seen, seen_size, seen_error))?;
            let (value, error) = total_of(own, units)?;
            t.push(value);
            t_error = t_error.max(error);
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

/// `x + y`
fn total_of((x, x_error): Near, (y, y_error): Near) -> Option<Near> {
    Some((plus(x, y)?, plus(x_error, y_error)?))
}

/// `x - y`
fn difference((x, x_error): Near, (y, y_error): Near) -> Option<Near> {
    Some((minus(x, y)?, plus(x_error, y_error)?))
}

/// What each site adds to the sums of the reader's position: the stream where attention sees it alone, less its mean before a layer norm, times what it
/// weighs, and that: `[d + 1]` for each head. `None` where this many bits do not do.
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
    let mut state = Vec::new();
    for (head, (weight, mut stream)) in sums.0.into_iter().enumerate() {
        let weight = weight?;
        // what the reader has itself comes with the first head
        for (value, base) in stream.iter_mut().zip(base).take(if head == 0 { base.len() } else { 0 }) {
            *value = value.plus(&weight.times(&Enclosure::of(&base.0, p)?, p)?)?;
        }
        state.extend(centred(&stream, norm)?);
        state.push(weight);
    }
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

#[cfg(test)]
#[path = "../../tests/inside/errors.rs"]
mod errors;
