//! Products of two linear forms over a third, which are left in a [form](super::homogeneous) of several heads or with a norm that is passed by, on a box.
//!
//! Let `f`, `b` and `e > 0` be forms of the counts, and `r`, `l` any numbers. Then
//!
//! ```text
//! f b / e = r b + l (f - r e) + h (b - l e),     h = f / e - r
//! ```
//!
//! With `r` and `l` near `f / e` and `b / e` on the box, the last term is of second order in its size: `|h| <= t`, so it is a number between -1 and 1 times
//! the linear form `t (b - l e)`, one number for all `b` over the same `e`. Each row of a form is followed by a row of these for each `e`, its *rest*. (Ours.)
//!
//! Several heads have denominators `D_1, D_2, ..`, and everything is multiplied by that of the first, so what head `h` adds is `D_1 b / D_h`. What an MLP
//! with a norm before it is added to passes that norm by: times the norm's `s` it is `s b / D_1`.

use super::cell::{Cell, Linear};
use super::homogeneous::{Form, Rows};
use crate::number::fixed::{UNIT, ceiling_of, down, minus, narrow, plus, product, products, up, words};
use std::borrow::Cow;

/// A box, for forms with so many entries before their rests.
pub(super) struct Domain<'a> {
    pub(super) cell: &'a Cell,
    /// of the cell
    pub(super) width: i64,
    pub(super) entries: usize,
    /// a point well inside, some times over
    pub(super) centre: Vec<i64>,
}

/// `f / e` on a box.
struct Quotient<'a> {
    domain: &'a Domain<'a>,
    /// `e`, within an error, and `r e`
    below: (&'a [i64], i64),
    scaled: (Vec<i64>, i64),
    /// `r` and `t`
    near: i64,
    off: i64,
}

/// `f b / e` as `l f + linear + rest`, the two within one error.
struct Part {
    share: i64,
    linear: Vec<i64>,
    rest: Vec<i64>,
    error: i64,
}

impl Domain<'_> {
    /// A form, and its rests.
    pub(super) fn parts<'f>(&self, form: &'f [i64]) -> (&'f [i64], &'f [i64]) {
        form.split_at_checked(self.entries).unwrap_or((form, &[]))
    }

    /// How much rests add or take at most.
    pub(super) fn rests(&self, rests: &[i64], error: i64) -> Option<i64> {
        rests.chunks(self.entries.max(1)).try_fold(0, |sum, rest| {
            let (low, high) = self.cell.range(self.width, rest, error)?;
            plus(sum, low.wrapping_abs().max(high.wrapping_abs()))
        })
    }

    /// Bounds of a form with its rests.
    pub(super) fn range(&self, form: &[i64], error: i64) -> Option<(i64, i64)> {
        let (own, rests) = self.parts(form);
        let ((low, high), rests) = (self.cell.range(self.width, own, error)?, self.rests(rests, error)?);
        Some((minus(low, rests)?, plus(high, rests)?))
    }

    /// The least of a form with its rests.
    pub(super) fn least(&self, form: &[i64], error: i64) -> Option<i64> {
        let (own, rests) = self.parts(form);
        minus(self.cell.least(own, error)?, self.rests(rests, error)?)
    }
}

/// `x / y` for words of the same places, rounded down.
fn ratio(x: i128, y: i128) -> Option<i64> {
    narrow(x.checked_mul(UNIT.into())?.checked_div_euclid(y)?)
}

impl<'a> Quotient<'a> {
    /// Of `f`, which may be more by up to `more`, over `e`; `at` is `f` at the centre.
    fn new(
        domain: &'a Domain<'a>,
        at: i128,
        (above, above_error, more): (&[i64], i64, i64),
        below: (&'a [i64], i64),
    ) -> Option<Self> {
        let near = ratio(at, products(below.0, &domain.centre))?;
        let scaled = words(below.0.iter().map(|e| down(product(near, *e))))?;
        let scaled_error = plus(up(product(near.wrapping_abs(), below.1))?, 1)?;
        let others = scaled.iter().chain(std::iter::repeat(&0));
        let apart = words(above.iter().zip(others).map(|(f, scaled)| minus(*f, *scaled)))?;
        let (low, high) = domain.range(&apart, plus(above_error, scaled_error)?)?;
        let most = low.wrapping_abs().max(plus(high, more)?.wrapping_abs());
        let off = ceiling_of(product(most, UNIT), domain.least(below.0, below.1)?)?;
        Some(Self { domain, below, scaled: (scaled, scaled_error), near, off })
    }

    fn part(&self, b: &[i64], b_error: i64) -> Option<Part> {
        let share = ratio(products(b, &self.domain.centre), products(self.below.0, &self.domain.centre))?;
        let linear = |(b, scaled): (&i64, &i64)| minus(down(product(self.near, *b))?, down(product(share, *scaled))?);
        let rest = |(b, e): (&i64, &i64)| down(product(self.off, minus(*b, down(product(share, *e))?)?));
        let of = |x: i64, error: i64| product(x.wrapping_abs(), error);
        let linear_error = up(of(self.near, b_error).wrapping_add(of(share, self.scaled.1)))?;
        let rest_error = plus(plus(b_error, up(of(share, self.below.1))?)?, 1)?;
        Some(Part {
            share,
            linear: words(b.iter().zip(&self.scaled.0).map(linear))?,
            rest: words(b.iter().zip(self.below.0).map(rest))?,
            error: plus(linear_error.max(up(of(self.off, rest_error))?), 2)?,
        })
    }
}

impl Form {
    /// Rows of the form on a box, of sums of all heads.
    pub(super) fn joined(&self, domain: &Domain<'_>) -> Option<Cow<'_, Rows>> {
        let ((first, others), error) = (self.weights.0.split_first()?, self.weights.1);
        if others.is_empty() {
            return Some(Cow::Borrowed(&self.rows));
        }
        let at = products(first, &domain.centre);
        let quotients = others.iter().map(|below| Quotient::new(domain, at, (first, error, 0), (below, error)));
        let quotients: Vec<Quotient<'_>> = quotients.collect::<Option<_>>()?;
        let join = |(rows, row_error): &(Vec<Vec<i64>>, i64)| {
            let (mut joined, mut joined_error) = (Vec::with_capacity(rows.len()), 0);
            for row in rows {
                let mut blocks = row.chunks(self.entries);
                let (mut sum, mut rests, mut sum_error) = (blocks.next()?.to_vec(), Vec::new(), *row_error);
                for (block, quotient) in blocks.zip(&quotients) {
                    let part = quotient.part(block, *row_error)?;
                    for ((sum, linear), first) in sum.iter_mut().zip(&part.linear).zip(first) {
                        *sum = plus(plus(*sum, *linear)?, down(product(part.share, *first))?)?;
                    }
                    let of_first = plus(up(product(part.share.wrapping_abs(), error))?, 1)?;
                    sum_error = plus(plus(sum_error, part.error)?, of_first)?;
                    rests.extend(part.rest);
                }
                sum.extend(rests);
                joined.push(sum);
                joined_error = joined_error.max(sum_error);
            }
            Some((joined, joined_error))
        };
        let Rows { x, a, t, of_s, .. } = &self.rows;
        let rows = Rows { x: join(x)?, a: join(a)?, t: join(t)?, of_s: of_s.clone(), most: [0; 3] };
        Some(Cow::Owned(self.bounded(rows, domain.cell.total)?))
    }

    /// The rows with what passes the norm by, where there is something that does; `s` is the norm's length, `at` what it is at the centre.
    pub(super) fn passing<'a>(
        &self,
        rows: Cow<'a, Rows>,
        domain: &Domain<'_>,
        s: &Linear,
        at: i64,
    ) -> Option<Cow<'a, Rows>> {
        if !self.passed {
            return Some(rows);
        }
        let (first, error) = (self.weights.0.first()?.as_slice(), self.weights.1);
        let above = (s.along.as_slice(), s.error, s.excess);
        let quotient = Quotient::new(domain, at.into(), above, (first, error))?;
        let mut rows = rows.into_owned();
        let (mut passing, mut passing_error) = (Vec::with_capacity(rows.t.0.len()), 0);
        for (row, of_s) in rows.t.0.iter().zip(&mut rows.of_s) {
            let (own, rests) = domain.parts(row);
            let part = quotient.part(own, rows.t.1)?;
            let most = plus(quotient.near.wrapping_abs(), quotient.off)?;
            let rests = rests.iter().map(|rest| down(product(most, *rest)));
            passing_error = passing_error.max(part.error).max(plus(up(product(most, rows.t.1))?, 1)?);
            let parts = part.linear.into_iter().map(Some).chain(rests).chain(part.rest.into_iter().map(Some));
            passing.push(words(parts)?);
            *of_s = plus(*of_s, part.share)?;
        }
        rows.t = (passing, passing_error);
        Some(Cow::Owned(self.bounded(rows, domain.cell.total)?))
    }
}
