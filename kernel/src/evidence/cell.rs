//! Boxes of counts, and bounds by which all counts of one are read right, or all wrong.
//!
//! A [`Cell`] is the counts `c` with `lo <= c <= hi` and sum `n`. On it the [`Form`] is enclosed by linear forms in `c`, and in the `e_i` between -1 and 1
//! that an [arrangement](super::arrangement) is where tokens have places:
//!
//! - a length `s = |x|` is at least `g . x` for any `|g| <= 1`, and at most `(1 + e/2) g . x + |x - (g . x) g|^2 / (2 g . x)` with
//!   `e = 1 - |g|^2`: of second order in the size of the cell, where `g` is the direction at its centre;
//! - a unit that changes sign, `l <= a <= u`, is at least `0` and at least `a`, and at most `f a + r` for any `0 <= f <= 1` and the least such `r`;
//!   the slope `f = u / (u - l)` gives the chord (Zhang et al., CROWN, arXiv:1811.00866);
//! - `sum_v f_v c_v` is least where the sum is spent on the least coefficients first.
//!
//! What is written for the norm before the reading is the same again, in `t`. Directions, slopes and prices may be anything, so they are words, taken
//! as exact; what is known within an error only is widened by it. So a bound holds whatever was rounded on the way.

use super::homogeneous::{At, Form, Rows, Side};
use super::quotient::Domain;
use crate::definition::Judged;
use crate::number::fixed::{
    Grid, Near, PLACES, UNIT, ceiling_of, direction, dot, dot_of, down, largest, length, minus, narrow, plus, product,
    products, refill, sizes, times, up, words,
};
use std::borrow::Cow;

/// Counts between these, with sum `total`; no end could be nearer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// `[m]`
    pub lo: Vec<i64>,
    /// `[m]`
    pub hi: Vec<i64>,
    /// `n`
    pub total: i64,
}

/// What the bounds of a cell say.
#[derive(Debug, Clone)]
pub struct Bound {
    /// all right, all wrong, or neither is known
    pub judged: Judged,
    /// the linear forms `[m]` of the counts below the sides that were looked at; the last of them decided nothing, where all is open
    pub sides: Vec<Vec<i64>>,
    /// of each unit that may change sign its linear form `[m]`, and `sum_i` of the sizes of what it adds to `t_i`
    pub bent: Vec<(Vec<i64>, i64)>,
}

/// How a unit is enclosed by multiples of what it sees.
pub(super) struct Unit {
    /// from below, 0 or 1
    pub(super) least: bool,
    /// from above, in words, and what is added to it; nothing where the unit does not change sign
    slope: i64,
    pub(super) spare: i64,
}

/// What units see of all counts of a cell.
pub(super) struct Seen<'a> {
    /// the form at its centre
    pub(super) at: At,
    /// its rows there
    rows: Cow<'a, Rows>,
    /// below `s`
    s: Linear,
    /// `[units]` rows of `a` with that form for `s`, and their error
    seen: Grid,
    error: i64,
    pub(super) units: Vec<Unit>,
}

/// A linear form of the counts below a length, its error, and how much longer that may be.
pub(super) struct Linear {
    pub(super) along: Vec<i64>,
    pub(super) error: i64,
    pub(super) excess: i64,
}

/// The direction of such a form, and how much longer the length may be.
pub(super) struct Length {
    direction: Vec<i64>,
    excess: i64,
}

impl Cell {
    /// The counts between these with this sum; `None` where there are none.
    #[must_use]
    pub fn new(lo: &[i64], hi: &[i64], total: i64) -> Option<Self> {
        let sum = |ends: &[i64]| ends.iter().fold(0i64, |sum, end| sum.saturating_add(*end));
        let (least, most) = (sum(lo), sum(hi));
        if least > total || most < total || lo.iter().zip(hi).any(|(lo, hi)| lo > hi) {
            return None;
        }
        // what the other ends leave
        let (above, below) = (total.saturating_sub(least), most.saturating_sub(total));
        let ends = || lo.iter().zip(hi);
        let new_lo = ends().map(|(lo, hi)| (*lo).max(hi.saturating_sub(below))).collect();
        let new_hi = ends().map(|(lo, hi)| (*hi).min(lo.saturating_add(above))).collect();
        Some(Self { lo: new_lo, hi: new_hi, total })
    }

    /// The counts up to the middle of a token's, and those beyond; `None` where it has one only.
    #[must_use]
    pub fn split(&self, token: usize) -> Option<[Self; 2]> {
        let (lo, hi) = (*self.lo.get(token)?, *self.hi.get(token)?);
        let middle = lo.saturating_add(hi.saturating_sub(lo).checked_shr(1)?);
        if lo >= hi {
            return None;
        }
        let with = |ends: &[i64], end: i64| {
            let mut ends = ends.to_vec();
            ends.iter_mut().skip(token).take(1).for_each(|place| *place = end);
            ends
        };
        let low = Self::new(&self.lo, &with(&self.hi, middle), self.total)?;
        Some([low, Self::new(&with(&self.lo, middle.saturating_add(1)), &self.hi, self.total)?])
    }

    /// The count of a token, where there is one only.
    #[must_use]
    pub fn only(&self, token: usize) -> Option<i64> {
        let (lo, hi) = (*self.lo.get(token)?, *self.hi.get(token)?);
        (lo == hi).then_some(lo)
    }

    fn widths(&self) -> impl Iterator<Item = i64> {
        self.lo.iter().zip(&self.hi).map(|(lo, hi)| hi.saturating_sub(*lo))
    }

    /// Sixteen times a point well inside.
    fn centre(&self) -> Option<Vec<i64>> {
        let width = self.width();
        let left = self.lo.iter().fold(self.total, |left, lo| left.saturating_sub(*lo));
        let place = |(lo, width_of): (&i64, i64)| {
            let share = width_of.checked_mul(left)?.checked_mul(16)?.checked_div(width.max(1))?;
            lo.checked_mul(16)?.checked_add(share)
        };
        words(self.lo.iter().zip(self.widths()).map(place))
    }

    /// The number of counts that its ends leave open, each token's by itself.
    fn width(&self) -> i64 {
        self.widths().fold(0i64, i64::saturating_add)
    }

    /// Bounds of `sum_v f_v c_v + sum_i f_i e_i`, by the price of a count that is the mean of those that vary; `width` is the cell's.
    pub(super) fn range(&self, width: i64, form: &[i64], error: i64) -> Option<(i64, i64)> {
        // a price may be any number, so few places do
        let share = |(f, w): (&i64, i64)| f.wrapping_shr(16).wrapping_mul(w);
        let shares = form.iter().zip(self.widths()).map(share).fold(0, i64::wrapping_add);
        let price = narrow(i128::from(shares.checked_div(width.max(1))?).wrapping_shl(16))?;
        let (mut middle, mut spread) = (product(price, self.total).wrapping_mul(2), 0i128);
        for ((f, lo), hi) in form.iter().zip(&self.lo).zip(&self.hi) {
            let dearer = f.wrapping_sub(price);
            middle = middle.wrapping_add(product(dearer, lo.wrapping_add(*hi)));
            spread = spread.wrapping_add(product(dearer.wrapping_abs(), hi.wrapping_sub(*lo)));
        }
        let (moved, off) = self.moved(form, error);
        let error = off.wrapping_add(moved);
        let low = middle.wrapping_sub(spread).wrapping_shr(1).wrapping_sub(error);
        let high = middle.wrapping_add(spread).wrapping_add(1).wrapping_shr(1).wrapping_add(error);
        Some((narrow(low)?, narrow(high)?))
    }

    /// What follows the tokens in a form, in all, and how much the errors of all may be.
    fn moved(&self, form: &[i64], error: i64) -> (i128, i128) {
        let places = form.iter().skip(self.lo.len());
        let each = |(size, off): (i128, i128), f: &i64| {
            (size.wrapping_add(f.wrapping_abs().into()), off.wrapping_add(error.into()))
        };
        places.fold((0, product(error, self.total)), each)
    }

    /// The least of `sum_v f_v c_v + sum_i f_i e_i`.
    pub(super) fn least(&self, form: &[i64], error: i64) -> Option<i64> {
        let mut order: Vec<(i64, i64)> = form.iter().copied().zip(self.widths()).collect();
        order.sort_unstable();
        let mut left = self.lo.iter().fold(self.total, |left, lo| left.saturating_sub(*lo));
        let (moved, off) = self.moved(form, error);
        let mut value = products(form, &self.lo).wrapping_sub(off).wrapping_sub(moved);
        for (f, width) in order {
            let taken = width.min(left);
            value = value.wrapping_add(product(f, taken));
            left = left.saturating_sub(taken);
        }
        narrow(value)
    }
}

/// `sum_i weight_i row_i` `[tokens]`, with twice the places, in the place of others.
pub(super) fn combine<'a>(sums: &mut Vec<i128>, weights: &[i64], rows: impl Iterator<Item = &'a [i64]>, tokens: usize) {
    sums.clear();
    sums.resize(tokens, 0);
    for (weight, row) in weights.iter().zip(rows).filter(|(weight, _)| **weight != 0) {
        for (sum, entry) in sums.iter_mut().zip(row) {
            *sum = sum.wrapping_add(product(*weight, *entry));
        }
    }
}

/// The same in words.
fn combined<'a>(weights: &[i64], rows: impl Iterator<Item = &'a [i64]>, tokens: usize) -> Option<Vec<i64>> {
    let mut sums = Vec::new();
    combine(&mut sums, weights, rows, tokens);
    words(sums.into_iter().map(down))
}

/// The least of `x y` for `0 <= y <= most`, `x` within its error.
fn least_of((x, error): Near, most: i64) -> Option<i64> {
    Some(down(product(minus(x, error)?, most))?.min(0))
}

/// How much longer a vector is than its part in a direction: `across` is the square of the part that is not, `least` and `most` are what that in the
/// direction is between.
fn excess(direction: &[i64], across: i128, (least, most): (i64, i64)) -> Option<i64> {
    if least <= 0 {
        return None;
    }
    let shorter = product(UNIT, UNIT).wrapping_sub(products(direction, direction));
    let stretched = i128::from(most).checked_mul(shorter)?.wrapping_shr(PLACES.wrapping_mul(2).wrapping_add(1));
    plus(ceiling_of(across.checked_add(1)?.wrapping_shr(1), least)?, narrow(stretched.wrapping_add(1))?)
}

/// The square of `sizes`.
fn square(sizes: &[i64]) -> i128 {
    products(sizes, sizes)
}

/// How large `x - g along` is at most.
fn beside(domain: &Domain<'_>, (g, along): (i64, &[i64]), x: &[i64], error: i64, row: &mut Vec<i64>) -> Option<i64> {
    refill(row, x.iter().zip(along).map(|(x, along)| minus(*x, down(product(g, *along))?)))?;
    let (low, high) = domain.range(row, error)?;
    Some(low.wrapping_abs().max(high.wrapping_abs()))
}

impl Form {
    /// Judges all counts of a cell at once; the query has `k` of them.
    #[must_use]
    pub fn bound(&self, cell: &Cell, k: i64) -> Bound {
        let open = Bound { judged: Judged::Open, sides: Vec::new(), bent: Vec::new() };
        self.bounds(cell, k).unwrap_or(open)
    }

    /// A cell, for this form.
    pub(super) fn domain<'a>(&self, cell: &'a Cell) -> Option<Domain<'a>> {
        Some(Domain { cell, width: cell.width(), entries: self.entries, centre: cell.centre()? })
    }

    /// What units see of all counts of a cell.
    pub(super) fn seen(&self, domain: &Domain<'_>) -> Option<Seen<'_>> {
        let at = self.at(&domain.centre)?;
        let rows = self.joined(domain)?;
        // s
        let g = direction(&at.x, at.s.0)?;
        let along = combined(&g, rows.x.0.iter().map(Vec::as_slice), rows.x.0.first()?.len())?;
        let error = plus(up(product(sizes(&g)?, rows.x.1))?, 1)?;
        let (_, along_most) = domain.range(&along, error)?;
        let along_least = domain.least(&along, error)?;
        let across_error = plus(plus(rows.x.1, error)?, 1)?;
        let (mut sides, mut row) = (Vec::with_capacity(g.len()), Vec::with_capacity(along.len()));
        for (g, x) in g.iter().zip(&rows.x.0) {
            sides.push(beside(domain, (*g, &along), x, across_error, &mut row)?);
        }
        let excess = excess(&g, square(&sides), (along_least, along_most))?;
        let s = Linear { along, error, excess };
        let rows = self.passing(rows, domain, &s, at.s.0)?;
        // a, with what is added to s left out
        let of_s = &self.a_of_s;
        let of_both =
            product(of_s.error, plus(largest(&s.along), s.error)?).wrapping_add(product(largest(&of_s.words), s.error));
        let error = plus(rows.a.1, plus(up(of_both)?, 1)?)?;
        let mut seen = Grid::new(s.along.len(), rows.a.0.len());
        let mut units = Vec::with_capacity(rows.a.0.len());
        for (row, add) in rows.a.0.iter().zip(&of_s.words) {
            let entry = |(a, s): (&i64, &i64)| plus(*a, down(product(*add, *s))?);
            seen.push(row.iter().zip(&s.along).map(entry))?;
            let (low, high) = domain.range(seen.rows().next_back()?, error)?;
            let low = plus(low, least_of((*add, of_s.error), s.excess)?)?;
            let high = minus(high, least_of((add.wrapping_neg(), of_s.error), s.excess)?)?;
            units.push(Unit::between(low, high)?);
        }
        Some(Seen { at, rows, s, seen, error, units })
    }

    fn bounds(&self, cell: &Cell, k: i64) -> Option<Bound> {
        let domain = &self.domain(cell)?;
        let Seen { at, rows, s, seen, error, units } = self.seen(domain)?;
        let rows = &*rows;
        let second = self.second((domain, rows), &s, (&seen, error), &units, &at)?;
        let all = self.sides(k, &at)?;
        let side = |sign: i64, side: &Side| self.side((domain, rows), sign, side, &s, &units, second.as_ref());
        let (mut judged, mut sides) = (Judged::Right, Vec::new());
        for one in &all {
            let (value, form) = side(1, one)?;
            sides.push(form);
            if value <= 0 {
                judged = Judged::Open;
                break;
            }
        }
        // what is shown to be right cannot be shown to be wrong; of rivals the nearest may be above
        let shown = sides.len().saturating_sub(1);
        for one in all.iter().take(if judged == Judged::Right { 0 } else { 2 }).skip(shown) {
            if side(-1, one)?.0 > 0 {
                judged = Judged::Wrong;
                break;
            }
        }
        let mut bent = Vec::new();
        if judged == Judged::Open {
            for ((row, _), out) in seen.rows().zip(&units).zip(&self.of_unit).filter(|((_, unit), _)| unit.spare > 0) {
                bent.push((row.to_vec(), sizes(out)?));
            }
        }
        // what is lost with a rest is as with a unit
        for rest in sides.last().into_iter().flat_map(|form| domain.parts(form).1.chunks(self.entries)) {
            bent.push((rest.to_vec(), UNIT));
        }
        Some(Bound { judged, sides, bent })
    }

    /// The length that the norm before the reading divides by, where there is one.
    fn second(
        &self,
        (domain, form): (&Domain<'_>, &Rows),
        Linear { along, error: along_error, excess: longer }: &Linear,
        (seen, seen_error): (&Grid, i64),
        units: &[Unit],
        at: &At,
    ) -> Option<Option<Length>> {
        let Some((root, tail)) = self.root_eps.zip(at.tail) else { return Some(None) };
        let centre: Vec<i64> = at.t.iter().copied().chain([tail.0]).collect();
        let g = direction(&centre, length(&centre)?)?;
        // t = sum_v c_v row_v + what is added to s, times of_s, + what bends, times out
        let inner_error = seen_error.max(*along_error);
        let inner = || [along.as_slice()].into_iter().chain(seen.rows());
        let mut inner_size = largest(along);
        for (row, _) in seen.rows().zip(units).filter(|(_, unit)| unit.slope != 0) {
            inner_size = plus(inner_size, largest(row))?;
        }
        let adds: Vec<i64> = [UNIT].into_iter().chain(self.a_of_s.words.iter().copied()).collect();
        let adds_size = sizes(&adds)?;
        let (entries, height) = (form.t.0.first()?.len(), form.t.0.len().saturating_add(1));
        let (mut rows, mut of_s) = (Grid::new(entries, height), Vec::with_capacity(height));
        let (mut rows_error, mut of_s_error) = (0i64, 0i64);
        let (mut weights, mut added) = (Vec::with_capacity(adds.len()), Vec::with_capacity(entries));
        let out_error = plus(self.t_of.1, 1)?;
        for ((row, of), of_s_alone) in form.t.0.iter().zip(&self.t_of.0).zip(&form.of_s) {
            let sloped = of.iter().zip(units).map(|(of, unit)| down(product(*of, unit.slope)));
            refill(&mut weights, [Some(*of_s_alone)].into_iter().chain(sloped))?;
            combine(&mut added, &weights, inner(), row.len());
            rows.push(row.iter().zip(&added).map(|(t, added)| plus(*t, down(*added)?)))?;
            let size = sizes(&weights)?;
            let error = product(size, inner_error).wrapping_add(product(inner_size, out_error));
            let both = i128::from(inner_error).checked_mul(product(out_error, i64::try_from(weights.len()).ok()?))?;
            rows_error = rows_error.max(plus(form.t.1, plus(up(error.wrapping_add(both))?, 1)?)?);
            let (weights, adds) =
                ((weights.as_slice(), size, out_error), (adds.as_slice(), adds_size, self.a_of_s.error));
            let (of_s_word, error) = dot_of(weights, adds)?;
            of_s.push(of_s_word);
            of_s_error = of_s_error.max(error);
        }
        rows.push(along.iter().map(|along| down(product(root.0, *along))))?;
        let tail_error =
            product(root.0, *along_error).wrapping_add(product(plus(largest(along), *along_error)?, root.1));
        rows_error = rows_error.max(plus(up(tail_error)?, 1)?);
        of_s.push(root.0);
        of_s_error = of_s_error.max(root.1);
        // in the direction
        let part = combined(&g, rows.rows(), entries)?;
        let part_error = plus(up(product(sizes(&g)?, rows_error))?, 1)?;
        let part_of_s = dot((&g, 0), (&of_s, of_s_error))?;
        let bending = || units.iter().zip(&self.of_unit).filter(|(unit, _)| unit.spare > 0);
        let parts = bending().map(|(unit, out)| Some((unit.spare, out, dot((&g, 0), (out, self.t_of.1))?)));
        let parts: Vec<(i64, &Vec<i64>, Near)> = parts.collect::<Option<_>>()?;
        let mut least = plus(domain.least(&part, part_error)?, least_of(part_of_s, *longer)?)?;
        let mut most = minus(domain.range(&part, part_error)?.1, least_of(negative(part_of_s), *longer)?)?;
        for (spare, _, along) in &parts {
            least = plus(least, least_of(*along, *spare)?)?;
            most = minus(most, least_of(negative(*along), *spare)?)?;
        }
        // across it
        let mut sides = Vec::with_capacity(height);
        let error = plus(plus(rows_error, part_error)?, 1)?;
        for (i, ((g, row), of_s)) in g.iter().zip(rows.rows()).zip(&of_s).enumerate() {
            let mut side = beside(domain, (*g, &part), row, error, &mut weights)?;
            let mut widen = |x: i64, x_error: i64, along: Near, most: i64| {
                let size = minus(x, down(product(*g, along.0))?)?.wrapping_abs();
                let size = plus(plus(size, x_error)?, plus(along.1, 1)?)?;
                side = plus(side, up(product(size, most))?)?;
                Some(())
            };
            widen(*of_s, of_s_error, part_of_s, *longer)?;
            for (spare, out, along) in &parts {
                // nothing is added to the last
                let (x, x_error) = out.get(i).map_or((0, 0), |out| (*out, self.t_of.1));
                widen(x, x_error, *along, *spare)?;
            }
            sides.push(side);
        }
        let excess = excess(&g, square(&sides), (least, most))?;
        Some(Some(Length { direction: g, excess }))
    }

    /// A lower bound of `sign (a . t - end S)`, and the linear form in it.
    fn side(
        &self,
        (domain, rows): (&Domain<'_>, &Rows),
        sign: i64,
        Side { along: read, end }: &Side,
        Linear { along, error: along_error, excess: longer }: &Linear,
        units: &[Unit],
        second: Option<&Length>,
    ) -> Option<(i64, Vec<i64>)> {
        let end = (end.0.wrapping_mul(sign).wrapping_neg(), end.1);
        let read_error = read.error;
        let read = read.words.iter().map(|word| word.wrapping_mul(sign));
        let mut constant = 0i64;
        // times t and times s, as words, with their errors
        let (of_t, of_t_error, mut of_s, mut of_s_error) = match (second, self.root_eps) {
            (Some(second), Some(root)) => {
                constant = least_of(end, second.excess)?;
                let part = |(read, g): (i64, &i64)| plus(read, down(product(end.0, *g))?);
                let of_t = words(read.zip(&second.direction).map(part))?;
                let error = plus(end.1, 1)?;
                let last = down(product(end.0, *second.direction.last()?))?;
                let (of_s, of_s_error) = times((last, error), root)?;
                (of_t, plus(read_error, error)?, of_s, of_s_error)
            }
            _ => (read.collect(), read_error, end.0, end.1),
        };
        let out_error = plus(up(product(sizes(&of_t)?, self.t_of.1))?, 1)?;
        let mut of_units = Vec::with_capacity(units.len());
        for (unit, out) in units.iter().zip(&self.of_unit) {
            let of_unit = down(products(&of_t, out))?;
            if of_unit >= 0 {
                of_units.push(if unit.least { of_unit } else { 0 });
            } else {
                constant = plus(constant, down(product(of_unit, unit.spare))?)?;
                of_units.push(down(product(of_unit, unit.slope))?);
            }
        }
        let [most_s, most_a, most_t] = rows.most;
        let mut slack = product(of_t_error, most_t)
            .wrapping_add(product(of_s_error, most_s))
            .wrapping_add(product(plus(out_error, 1)?, most_a));
        // what t has of s, and what units see of it
        let from_t = dot((&of_t, 0), (&rows.of_s, self.t_of.1))?;
        let from_units = dot((&of_units, 0), (&self.a_of_s.words, self.a_of_s.error))?;
        of_s = plus(plus(of_s, from_t.0)?, from_units.0)?;
        of_s_error = plus(from_t.1, from_units.1)?;
        slack = slack.wrapping_add(product(of_s_error, most_s));
        constant = plus(constant, least_of((of_s, 0), *longer)?)?;
        let weights: Vec<i64> =
            [of_s].into_iter().chain(of_t.iter().copied()).chain(of_units.iter().copied()).collect();
        let parts = [along].into_iter().chain(&rows.t.0).chain(&rows.a.0).map(Vec::as_slice);
        let form = combined(&weights, parts, rows.t.0.first()?.len())?;
        let error = product(of_s, *along_error).wrapping_abs().wrapping_add(product(sizes(&of_t)?, rows.t.1));
        let error = plus(up(error.wrapping_add(product(sizes(&of_units)?, rows.a.1)))?, 1)?;
        let (own, rests) = domain.parts(&form);
        let constant = minus(minus(constant, plus(up(slack)?, 1)?)?, domain.rests(rests, error)?)?;
        let mut value = plus(domain.cell.least(own, error)?, constant)?;
        if let (Some(moves), Some((tokens, moved))) = (&self.moves, own.split_at_checked(domain.cell.lo.len())) {
            // at each place some token is the worst; asked where it may make a difference
            if value <= 0 && plus(value, sizes(moved)?)? > 0 {
                let arranged = plus(domain.cell.least(tokens, error)?, moves.least(moved, error)?)?;
                value = value.max(plus(arranged, constant)?);
            }
        }
        Some((value, form))
    }
}

fn negative((x, error): Near) -> Near {
    (x.wrapping_neg(), error)
}

impl Unit {
    /// `max(a, 0)` for `low <= a <= high`.
    fn between(low: i64, high: i64) -> Option<Self> {
        if low >= 0 {
            return Some(Self { least: true, slope: UNIT, spare: 0 });
        }
        if high <= 0 {
            return Some(Self { least: false, slope: 0, spare: 0 });
        }
        let slope = ceiling_of(product(high, UNIT), minus(high, low)?)?.min(UNIT);
        let (at_low, at_high) = (product(slope, low).wrapping_neg(), product(UNIT.wrapping_sub(slope), high));
        Some(Self { least: high > low.wrapping_neg(), slope, spare: up(at_low.max(at_high))? })
    }
}
