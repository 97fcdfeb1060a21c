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
//! so `y > l` just where `a'. t - (l - b') S > 0`, for the `a'` and `b'` of the last line. All `w_v` may be scaled alike.
//! (Ours; ReLU and length are homogeneous. Weights of 128 places are rounded to words once.)

use crate::definition::{
    Activation, Affine, Columns, Judged, Map, Norm, NormKind, Part, Question, Reading, Rest, SoftmaxTransformer, Sums,
    Terms,
};
use crate::number::fixed::{
    MAX_TERMS, Near, Nears, UNIT, dot, largest, length, minus, narrow, plus, product, products, sizes, times, up, words,
};
use crate::number::{Enclosure, Precision, Rational, Real, integer};
use crate::rejection::{Clock, Rejection};
use num::Zero;

/// More hidden units are refused; sums of [`MAX_TERMS`] products are possible.
const MAX_UNITS: usize = MAX_TERMS >> 3;
/// More dimensions are refused.
const MAX_WIDTH: usize = 1 << 8;
/// Weights are enclosed with this many bits first.
const FINE: Precision = Precision(128);

/// The parts of a model that has this form.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    after: &'a Norm,
    hidden: &'a Affine,
    output: &'a Affine,
    norm: Option<&'a Norm>,
    reading: (&'a [crate::number::RationalText], &'a Rational),
}

impl<'a> Shape<'a> {
    /// `None` for a model that is not one layer of softmax attention without positions and a ReLU MLP with residuals, a norm
    /// after the attention, and perhaps one before the number is read.
    pub(super) fn of(model: &'a SoftmaxTransformer) -> Option<Self> {
        let [first, second] = model.blocks.as_slice() else { return None };
        let (Part::Attention(attention), Part::Mlp(mlp)) = (&first.part, &second.part) else { return None };
        let [head] = attention.heads.as_slice() else { return None };
        let [hidden] = mlp.hidden.as_slice() else { return None };
        let Reading::Number { weight, bias } = &model.reading else { return None };
        let norm = match (&second.after, &model.norm) {
            (Some(_), Some(_)) => return None,
            (one, other) => one.as_ref().or(other.as_ref()),
        };
        let plain = head.weights.scores().is_some() && head.weights.is_softmax() && second.before.is_none();
        let usual = first.residual && second.residual && mlp.activation == Activation::Relu;
        let small = hidden.weight.rows() <= MAX_UNITS && hidden.weight.cols() <= MAX_WIDTH;
        if !(plain && usual && small && model.ignores_order() && model.bos.is_none()) {
            return None;
        }
        let (after, reading) = (first.after.as_ref()?, (weight.as_slice(), &bias.0));
        Some(Self { after, hidden, output: &mlp.output, norm, reading })
    }
}

/// A model read at one query; see the module. Rows are over tokens, `[m]`, unless they say something else.
#[derive(Debug, Clone)]
pub struct Form {
    /// `[d + 1]` rows of `x`, one error
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
    /// `a'` `[d]`
    pub(super) reading: Nears,
    /// `b'`
    bias: Near,
    tolerance: Near,
    /// upper bounds on all counts of the length: of `s`, of `sum_j |a_j|`, of `sum_i |t_i|`
    pub(super) most: [i64; 3],
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

type Reals = Vec<Enclosure>;

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
        if columns.rest != Rest::Stream {
            return Ok(None);
        }
        let reader = columns.reader(0, query, clock)?;
        let mut terms = Vec::with_capacity(model.vocabulary());
        for token in 0..model.vocabulary() {
            clock.spend(1 << 9)?;
            let column = columns.column(&columns.site(Some((0, token)), clock)?, &reader)?;
            terms.extend(Terms::<Enclosure>::of(columns.attention(), &column, &reader.own, FINE));
        }
        let mut states = Vec::with_capacity(terms.len());
        let reference = Terms::largest(&terms.iter().collect::<Vec<_>>());
        for terms in &terms {
            clock.spend(1 << 9)?;
            states.extend(state(terms, &reference, &reader.own.base));
        }
        if states.len() != model.vocabulary() {
            return Ok(None);
        }
        let most = |n: u64| i64::try_from(n).ok();
        let form = most(n).and_then(|n| Self::of_states(&states, shape, (tolerance, n), clock));
        // none may also be one that was stopped
        clock.spend(1 << 9)?;
        Ok(form)
    }

    fn of_states(
        states: &[(Enclosure, Reals)],
        shape: &Shape<'_>,
        (tolerance, n): (&Rational, i64),
        clock: &Clock<'_>,
    ) -> Option<Self> {
        let p = FINE;
        let Shape { after, hidden, output, norm, reading } = *shape;
        let d = integer(u64::try_from(after.weight.len()).ok()?);
        let real = |value: &Rational| Enclosure::of(value, p);
        let reals =
            |values: &[crate::number::RationalText]| values.iter().map(|v| real(&v.0)).collect::<Option<Reals>>();
        let root = |value: &Rational| real(value)?.root(p);
        let root_d = root(&d)?;
        let centred = |x: &[Enclosure], norm: Option<&Norm>| match norm {
            Some(norm) if norm.kind == NormKind::Layer => centred(x, &real(&d)?),
            _ => Some(x.to_vec()),
        };
        let first = Map::<Enclosure>::linear(&hidden.weight, p)?;
        let root_eps = root(&(&d * &after.eps.0))?;
        let weight = reals(&after.weight)?;
        let (mut x, mut a, mut t) = (Vec::new(), Vec::new(), Vec::new());
        for (w, z) in states {
            clock.spend(1 << 9).ok()?;
            let u = centred(z, Some(after))?;
            let scaled = u.iter().zip(&weight);
            let scaled: Reals = scaled.map(|(u, g)| u.times(g, p)?.times(&root_d, p)).collect::<Option<_>>()?;
            let last = w.times(&root_eps, p)?;
            x.push(u.into_iter().chain([last]).collect::<Reals>());
            a.push(first.apply(&scaled, p)?);
            t.push(centred(&scaled, norm)?);
        }
        // the largest entry becomes about 1
        let entries = x.iter().chain(&a).chain(&t).flatten();
        let bits = entries.map(|entry| entry.lo.bits().max(entry.hi.bits())).max()?;
        let shift = i64::try_from(bits).ok()?.checked_sub(p.0.into())?;
        let rows = |columns: &[Reals], shift: i64| rows(columns, p, shift);
        let (bias, of_output) = (reals(&after.bias)?, reals(&output.bias)?);
        let a_of_s = Map::<Enclosure>::new(hidden, p)?.apply(&bias, p)?;
        let both: Reals = bias.iter().zip(&of_output).map(|(e, b)| e.plus(b)).collect::<Option<_>>()?;
        let mut t_of = vec![centred(&both, norm)?];
        for unit in 0..hidden.weight.rows() {
            let column: Option<Reals> = output.weight.list().iter().map(|row| real(row.get(unit)?)).collect();
            t_of.push(centred(&column?, norm)?);
        }
        let read = reals(reading.0)?;
        let (read, bias, root_eps) = match norm {
            Some(norm) => {
                let scaled = read.iter().zip(&norm.weight);
                let scaled: Reals =
                    scaled.map(|(r, g)| r.times(&real(&g.0)?, p)?.times(&root_d, p)).collect::<Option<_>>()?;
                let shifted = read.iter().zip(&norm.bias);
                let bias = shifted.map(|(r, e)| r.times(&real(&e.0)?, p));
                let bias = bias.into_iter().try_fold(real(reading.1)?, |sum, term| sum.plus(&term?))?;
                (scaled, bias, Some(Nears::one(&root(&(&d * &norm.eps.0))?, p)?))
            }
            None => (read, real(reading.1)?, None),
        };
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
            root_eps,
            reading: Nears::of(&read, p, 0)?,
            bias: Nears::one(&bias, p)?,
            tolerance: Nears::one(&real(tolerance)?, p)?,
            most: [0; 3],
        };
        form.most = form.most(n)?;
        Some(form)
    }

    /// Upper bounds of `s`, `sum_j |a_j|` and `sum_i |t_i|` on all counts with sum `n`.
    fn most(&self, n: i64) -> Option<[i64; 3]> {
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

    /// The ends between which a count of `k` is read right.
    pub(super) fn ends(&self, k: i64) -> Option<[Near; 2]> {
        let middle = minus(narrow(product(k, UNIT))?, self.bias.0)?;
        let error = plus(self.bias.1, self.tolerance.1)?;
        Some([(minus(middle, self.tolerance.0)?, error), (plus(middle, self.tolerance.0)?, error)])
    }

    /// The form at counts with this sum, each a whole number of anything: all of it is homogeneous.
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

    /// Judges whole counts with sum `n`, of which the query has `k`.
    #[must_use]
    pub fn judge(&self, counts: &[i64], k: i64) -> Judged {
        let sides = || {
            let at = self.at(counts)?;
            let read = dot((&self.reading.words, self.reading.error), (&at.t, at.t_error))?;
            let [low, high] = self.ends(k)?;
            // above the lower end, below the upper one
            Some([difference(read, times(low, at.length)?)?, difference(times(high, at.length)?, read)?])
        };
        match sides() {
            Some([(above, above_error), (below, below_error)]) => {
                if above > above_error && below > below_error {
                    Judged::Right
                } else if above < above_error.wrapping_neg() || below < below_error.wrapping_neg() {
                    Judged::Wrong
                } else {
                    Judged::Open
                }
            }
            None => Judged::Open,
        }
    }
}

/// `x - y`
fn difference((x, x_error): Near, (y, y_error): Near) -> Option<Near> {
    Some((minus(x, y)?, plus(x_error, y_error)?))
}

/// What a token weighs, and the stream where attention sees it alone, times that.
fn state(
    terms: &Terms<Enclosure>,
    reference: &Terms<Enclosure>,
    base: &[crate::number::RationalText],
) -> Option<(Enclosure, Reals)> {
    let sums = Sums::of(terms, reference, FINE)?;
    let (weight, values) = sums.0.into_iter().next()?;
    let weight = weight?;
    let stream = values.iter().zip(base);
    let stream = stream.map(|(value, base)| value.plus(&weight.times(&Enclosure::of(&base.0, FINE)?, FINE)?));
    let stream = stream.collect::<Option<_>>()?;
    Some((weight, stream))
}

/// `x` less its mean.
fn centred(x: &[Enclosure], d: &Enclosure) -> Option<Reals> {
    let zero = Enclosure::of(&Rational::zero(), FINE)?;
    let mean = x.iter().try_fold(zero, |sum, x| sum.plus(x))?.over(d, FINE)?;
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
