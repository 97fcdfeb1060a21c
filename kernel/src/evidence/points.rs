//! All counts of a cell one by one, where tokens have no places.
//!
//! A unit that keeps its sign on the cell is linear there, or nothing: it goes into the rows of `t` ([`Folded`]), so that few units are left to
//! look at. From one count vector to the next, all linear forms change by the difference of two of their columns ([`Walk`]).

use super::cell::{Cell, Seen, combine};
use super::homogeneous::{At, Form, Rows, Side};
use super::ways::Ways;
use crate::definition::Judged;
use crate::number::fixed::{
    Near, Nears, UNIT, dot, down, largest, length, narrow, plus, product, products, sizes, up, words,
};
use crate::rejection::{Clock, Rejection};

/// A form with the units that keep their sign on a cell folded, for its count vectors.
pub(super) struct Folded {
    form: Form,
    /// `[m]` columns of the rows of `x`, of `a`, and of `t`
    columns: Vec<Vec<i64>>,
    /// `a` `[d]` and the end of each side, and how far `a . t - end S` may be off, with twice the places
    sides: Vec<(Vec<i64>, i64, i128)>,
    /// of the count vector that is looked at: what units give, and `t`
    units: Vec<i64>,
    t: Vec<i64>,
}

impl Form {
    /// The form on a cell, and what it is at the centre: a unit that keeps its sign there is linear, or nothing. `None` where it does not
    /// [fold](Self::folds), and where numbers do not fit.
    fn folded(&self, cell: &Cell) -> Option<(Self, At)> {
        if !self.folds() {
            return None;
        }
        let Seen { at, units, .. } = self.seen(&self.domain(cell)?)?;
        let Rows { x, a, t, of_s, most } = &self.rows;
        let (a_error, t_of_error) = (a.1, self.t_of.1);
        let active: Vec<bool> = units.iter().map(|unit| unit.spare == 0 && unit.least).collect();
        let bent: Vec<bool> = units.iter().map(|unit| unit.spare > 0).collect();
        let on: Vec<&Vec<i64>> = some(&a.0, &active).collect();
        let on_size = on.iter().try_fold(0i64, |sum, row| plus(sum, largest(row)))?;
        let on_count = i64::try_from(on.len()).ok()?;
        let adds: Vec<i64> = [UNIT].into_iter().chain(some(&self.a_of_s.words, &active).copied()).collect();
        let mut rows = Rows {
            x: x.clone(),
            a: (some(&a.0, &bent).cloned().collect(), a_error),
            t: (Vec::new(), 0),
            of_s: Vec::new(),
            most: *most,
        };
        let (mut t_of, mut added) = ((Vec::new(), t_of_error), Vec::new());
        for ((row, of_units), own) in t.0.iter().zip(&self.t_of.0).zip(of_s) {
            let weights: Vec<i64> = some(of_units, &active).copied().collect();
            combine(&mut added, &weights, on.iter().map(|row| row.as_slice()), row.len());
            rows.t.0.push(words(row.iter().zip(&added).map(|(t, added)| plus(*t, down(*added)?)))?);
            let off = product(sizes(&weights)?, a_error).wrapping_add(product(on_size, t_of_error));
            let off = off.wrapping_add(product(narrow(product(on_count, a_error))?, t_of_error));
            rows.t.1 = rows.t.1.max(plus(t.1, plus(up(off)?, 1)?)?);
            let all: Vec<i64> = [*own].into_iter().chain(weights).collect();
            let (own, error) = dot((&all, t_of_error), (&adds, self.a_of_s.error))?;
            rows.of_s.push(own);
            t_of.1 = t_of.1.max(error);
            t_of.0.push(some(of_units, &bent).copied().collect());
        }
        let form = Self {
            rows,
            a_of_s: Nears { words: some(&self.a_of_s.words, &bent).copied().collect(), error: self.a_of_s.error },
            t_of,
            of_unit: some(&self.of_unit, &bent).cloned().collect(),
            entries: self.entries,
            weights: self.weights.clone(),
            passed: false,
            root_eps: self.root_eps,
            read: self.read.clone(),
            moves: None,
        };
        Some((form, at))
    }
}

/// Those of which it is said.
fn some<'a, T>(all: &'a [T], which: &'a [bool]) -> impl Iterator<Item = &'a T> {
    all.iter().zip(which).filter(|(_, which)| **which).map(|(entry, _)| entry)
}

impl Folded {
    /// A form where the query has `k` of the counts; `None` where it does not fold and where numbers do not fit.
    pub(super) fn new(form: &Form, cell: &Cell, k: i64) -> Option<Self> {
        let (form, at) = form.folded(cell)?;
        let Rows { x, a, t, of_s: own, most: [most_s, most_a, most_t] } = &form.rows;
        let of = |error: i64| narrow(product(error, cell.total));
        // s, as words have it, within an error
        let s: Near = (plus(*most_s, 1)?, plus(narrow(product(of(x.1)?, i64::try_from(x.0.len()).ok()?))?, 1)?);
        // how far a number times s may be off
        let of_s = |(number, error): Near| {
            let off = product(s.0, error).wrapping_add(product(number, s.1).wrapping_abs());
            plus(up(off.wrapping_add(product(error, s.1)))?, 1)
        };
        let unit_error = plus(of(a.1)?, of_s((largest(&form.a_of_s.words), form.a_of_s.error))?)?;
        let unit_count = i64::try_from(a.0.len()).ok()?;
        let unit_sizes = plus(*most_a, narrow(product(unit_count, unit_error))?)?;
        // t
        let mut t_error = 0;
        for ((row, of_units), own) in t.0.iter().zip(&form.t_of.0).zip(own) {
            let off = product(sizes(of_units)?, unit_error).wrapping_add(product(form.t_of.1, unit_sizes));
            t_error = t_error.max(plus(plus(of(t.1)?, of_s((*own, form.t_of.1))?)?, plus(up(off)?, 1)?)?);
            // no sum of these leaves a word
            of(largest(row))?;
        }
        // S
        let d = i64::try_from(t.0.len()).ok()?;
        let t_size = plus(*most_t, narrow(product(d, t_error))?)?;
        let long: Near = match form.root_eps {
            Some(root) => {
                let last = plus(up(product(root.0, s.0))?, 1)?;
                let off = plus(plus(narrow(product(d, t_error))?, of_s(root)?)?, 1)?;
                (plus(plus(t_size, last)?, 1)?, off)
            }
            None => s,
        };
        let side = |Side { along, end }: Side| {
            let off = product(sizes(&along.words)?, t_error).wrapping_add(product(along.error, t_size));
            let of_end = product(end.0, long.1).wrapping_abs().wrapping_add(product(end.1, plus(long.0, long.1)?));
            Some((along.words, end.0, off.wrapping_add(of_end)))
        };
        let sides = form.sides(k, &at)?.into_iter().map(side).collect::<Option<_>>()?;
        let column = |token: usize| words(x.0.iter().chain(&a.0).chain(&t.0).map(|row| row.get(token).copied()));
        let columns = (0..cell.lo.len()).map(column).collect::<Option<_>>()?;
        Some(Self { columns, sides, units: Vec::new(), t: Vec::new(), form })
    }

    /// Judges the count vector of which these are the rows.
    fn judge(&mut self, rows: &[i64]) -> Option<Judged> {
        let Form { rows: of, a_of_s, t_of, root_eps, .. } = &self.form;
        let (x, rows) = rows.split_at_checked(of.x.0.len())?;
        let (a, t) = rows.split_at_checked(of.a.0.len())?;
        let s = length(x)?;
        self.units.clear();
        for (a, of_s) in a.iter().zip(&a_of_s.words) {
            self.units.push(plus(*a, down(product(*of_s, s))?)?.max(0));
        }
        self.t.clear();
        for ((t, of_s), of) in t.iter().zip(&of.of_s).zip(&t_of.0) {
            let added = product(*of_s, s).wrapping_add(products(of, &self.units));
            self.t.push(plus(*t, down(added)?)?);
        }
        let mut long = s;
        if let Some(root) = root_eps {
            self.t.push(down(product(root.0, s))?);
            long = length(&self.t)?;
        }
        let (mut right, mut wrong) = (true, false);
        for (along, end, error) in &self.sides {
            let value = products(along, &self.t).wrapping_sub(product(*end, long));
            right &= value > *error;
            wrong |= value < error.wrapping_neg();
        }
        Some(if wrong {
            Judged::Wrong
        } else if right {
            Judged::Right
        } else {
            Judged::Open
        })
    }
}

/// A token that has several counts.
struct Step<W> {
    /// what one more of it and one less of the last token changes: counts, then rows
    change: Vec<i64>,
    /// `hi! / x!` for each count `x`
    falling: Vec<W>,
    /// how many more of the tokens that follow there can be
    after: usize,
}

/// A walk through all counts of a cell.
pub(super) struct Walk<W> {
    steps: Vec<Step<W>>,
    /// of the token that takes what the others leave
    last: Vec<W>,
    /// counts, then rows, where the others have as few as they can
    first: Vec<i64>,
    /// how many more than the least there are in all
    spare: usize,
    tokens: usize,
}

/// `None` where the words are too short.
type Fits = Result<Option<()>, Rejection>;

impl<W: Ways> Walk<W> {
    /// Of the counts `x` of a cell that less `own` are counted by `prod_v hi_v! / x_v!`; `None` where that does not fit.
    pub(super) fn new(cell: &Cell, own: usize, folded: Option<&Folded>) -> Option<Self> {
        let m = cell.lo.len();
        let unit = |token: usize| (0..m).map(move |other| i64::from(other == token));
        let column = |token: usize| -> Vec<i64> {
            let rows = folded.and_then(|folded| folded.columns.get(token)).map_or(&[][..], Vec::as_slice);
            let mut column = Vec::with_capacity(m.saturating_add(rows.len()));
            column.extend(unit(token));
            column.extend_from_slice(rows);
            column
        };
        let least = cell.lo.iter().fold(0i64, |sum, lo| sum.saturating_add(*lo));
        let spare = usize::try_from(cell.total.checked_sub(least)?).ok()?;
        let mut several = Vec::new();
        for (token, (lo, hi)) in cell.lo.iter().zip(&cell.hi).enumerate() {
            let less = i64::from(token == own);
            let end = |end: i64| u64::try_from(end.checked_sub(less)?).ok();
            if lo < hi || token.checked_add(1) == Some(m) && several.is_empty() {
                several.push((W::falling(end(*lo)?, end(*hi)?)?, column(token)));
            }
        }
        // the widest are last
        several.sort_by_key(|(falling, _)| falling.len());
        let (last, last_column) = several.pop()?;
        let mut after = last.len().saturating_sub(1);
        let mut steps = Vec::new();
        for (falling, column) in several.into_iter().rev() {
            let change = column.iter().zip(&last_column).map(|(one, last)| one.wrapping_sub(*last)).collect();
            let width = falling.len().saturating_sub(1);
            steps.push(Step { change, falling, after });
            after = after.saturating_add(width);
        }
        steps.reverse();
        let mut first: Vec<i64> = vec![0; last_column.len()];
        for (token, lo) in cell.lo.iter().enumerate() {
            add(&mut first, &column(token), *lo);
        }
        add(&mut first, &last_column, i64::try_from(spare).ok()?);
        Some(Self { steps, last, first, spare, tokens: m })
    }

    /// How many sequences have counts that are right, and how many wrong; counts that the form leaves open are judged by `closely`.
    ///
    /// # Errors
    /// [`Rejection`] of the clock.
    pub(super) fn judged(
        &self,
        folded: &mut Option<Folded>,
        closely: &dyn Fn(&[i64]) -> Result<Judged, Rejection>,
        clock: &Clock<'_>,
    ) -> Result<Option<[W; 2]>, Rejection> {
        let mut found = [W::from(0), W::from(0)];
        let mut all = self.first.clone();
        let work = folded.as_ref().map_or(1, |folded| folded.form.work() >> 3);
        let mut leaf = |all: &[i64], ways: &W| {
            clock.spend(work)?;
            let (counts, rows) = all.split_at_checked(self.tokens).unwrap_or_default();
            let judged = match folded.as_mut().and_then(|folded| folded.judge(rows)) {
                None | Some(Judged::Open) => closely(counts)?,
                Some(judged) => judged,
            };
            let [right, wrong] = &mut found;
            Ok(match judged {
                Judged::Right => right.grow(ways),
                Judged::Wrong => wrong.grow(ways),
                Judged::Open => Some(()),
            })
        };
        let fits = self.walk(&self.steps, self.spare, &W::from(1), &mut all, &mut leaf)?;
        Ok(fits.map(|()| found))
    }

    fn walk(
        &self,
        steps: &[Step<W>],
        left: usize,
        ways: &W,
        all: &mut [i64],
        leaf: &mut dyn FnMut(&[i64], &W) -> Fits,
    ) -> Fits {
        let Some((Step { change, falling, after }, steps)) = steps.split_first() else {
            let Some(ways) = self.last.get(left).and_then(|last| ways.times(last)) else { return Ok(None) };
            return leaf(all, &ways);
        };
        let least = left.saturating_sub(*after);
        let steps_to = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        add(all, change, steps_to(least));
        let mut taken = least;
        for falling in falling.iter().skip(least).take(left.saturating_sub(least).saturating_add(1)) {
            let Some(ways) = ways.times(falling) else { return Ok(None) };
            if self.walk(steps, left.saturating_sub(taken), &ways, all, leaf)?.is_none() {
                return Ok(None);
            }
            add(all, change, 1);
            taken = taken.saturating_add(1);
        }
        add(all, change, steps_to(taken).wrapping_neg());
        Ok(Some(()))
    }
}

/// `sums += times column`; what leaves a word on the way comes back.
fn add(sums: &mut [i64], column: &[i64], times: i64) {
    for (sum, entry) in sums.iter_mut().zip(column) {
        *sum = sum.wrapping_add(entry.wrapping_mul(times));
    }
}
