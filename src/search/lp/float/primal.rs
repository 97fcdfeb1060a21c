//! The simplex method in floats, on a program without degenerate vertices: where it ends is a proposal.
//!
//! Primal, from a triangular basis: first the sum of infeasibilities, whose pieces a step runs through while the sum still
//! falls, then the objective. Candidates are weighted (devex), and of the bounds that a step meets, as far as tolerances tell them
//! apart, the one with the largest pivot ends it: P. M. J. Harris, "Pivot selection methods of the Devex LP code", 1973.

use super::crash::triangular;
use super::factors::{Factors, Lists};
use super::{Guess, Proposal, Relaxed, cost_scale};
use crate::kernel::kind::Sense;
use crate::search::lp::simplex::Rest;
use std::time::Instant;

/// Bounds may be missed by this, beside `1 + |bound|`: well below what they were moved by.
const FEASIBLE: f64 = 1e-9;
/// Reduced costs of the wrong sign below this do not count, where the largest cost is about [`super::LARGEST_COST`].
const DUAL: f64 = 1e-9;
/// A change per unit below this is none.
const STILL: f64 = 1e-9;
/// A pivot below this is taken from fresh factors only.
const SMALL_PIVOT: f64 = 1e-6;
/// Multipliers below this are left out.
const NOTHING: f64 = 1e-14;
/// In a step past several bounds the pivot is at least this large beside the largest.
const LARGE_ENOUGH: f64 = 1e-2;
/// By so much, beside one, may a pivot differ between its row and its column.
const DISAGREE: f64 = 1e-6;
/// Beyond this weight all begin anew.
const LARGEST_WEIGHT: f64 = 1e8;
/// Exchanges after which the basis is factored anew.
const EXCHANGES: usize = 64;
/// Steps between two looks at the clock.
const POLL: usize = 16;
/// Steps for each variable and row after which there is no hope.
const MOST_STEPS: usize = 60;

/// Bounds of a variable, and by how much each may be missed.
#[derive(Clone, Copy)]
pub(super) struct Interval {
    low: f64,
    high: f64,
    low_slack: f64,
    high_slack: f64,
}

impl Interval {
    fn new(&(low, high): &(f64, f64)) -> Self {
        let slack = |end: f64| if end.is_finite() { FEASIBLE * (1.0 + end.abs()) } else { 0.0 };
        Self { low, high, low_slack: slack(low), high_slack: slack(high) }
    }

    fn end(&self, at: Rest) -> f64 {
        match at {
            Rest::Lower => self.low,
            Rest::Upper => self.high,
            Rest::Free => 0.0,
        }
    }

    fn slack(&self, at: Rest) -> f64 {
        if at == Rest::Upper { self.high_slack } else { self.low_slack }
    }

    fn width(&self) -> f64 {
        self.high - self.low
    }

    /// Whether both ends are next to each other, beside one.
    pub fn is_narrow(&self, close: f64) -> bool {
        self.width() < close * (1.0 + self.low.abs())
    }

    /// How many ends are finite.
    pub fn ends(&self) -> usize {
        usize::from(self.low.is_finite()) + usize::from(self.high.is_finite())
    }

    /// Where a variable is put outside the basis: at its smaller end.
    fn rest(&self) -> Rest {
        match (self.low.is_finite(), self.high.is_finite()) {
            (true, true) if self.high.abs() < self.low.abs() => Rest::Upper,
            (true, _) => Rest::Lower,
            (false, true) => Rest::Upper,
            (false, false) => Rest::Free,
        }
    }

    /// -1 below, 1 above, 0 within.
    fn side(&self, value: f64) -> i8 {
        i8::from(value > self.high + self.high_slack) - i8::from(value < self.low - self.low_slack)
    }
}

impl Relaxed {
    /// By the simplex method, for at most `seconds`; polls `stop`.
    pub(super) fn solve(&self, sense: Sense, seconds: f64, stop: &dyn Fn() -> bool) -> Proposal {
        let begun = Instant::now();
        Simplex::new(self, sense).run(&|| begun.elapsed().as_secs_f64() > seconds || stop())
    }
}

/// Minimises `costs x` where `A x - r = 0` and `(x, r)` lie within their bounds.
struct Simplex {
    structurals: usize,
    /// of `(A, -1)`
    columns: Lists,
    /// of `A`
    rows: Lists,
    /// `[n + m]`, like all that follows up to `listed`
    bounds: Vec<Interval>,
    costs: Vec<f64>,
    /// `None` in the basis
    rests: Vec<Option<Rest>>,
    /// direction into the interval from where a variable rests: 1 or -1, 0 in the basis, not a number for one without bounds
    inwards: Vec<f64>,
    values: Vec<f64>,
    /// zero in the basis
    reduced: Vec<f64>,
    weights: Vec<f64>,
    /// all zero between two uses: a combination of rows
    row: Vec<f64>,
    listed: Vec<bool>,
    /// all variables that promise to make the objective less, and perhaps others
    promising: Vec<usize>,
    /// which of `row` are not zero
    touched: Vec<usize>,
    /// variable at each place of the basis `[m]`
    head: Vec<usize>,
    /// on which side of its bounds the variable at each place is `[m]`
    sides: Vec<i8>,
    /// how many are outside
    outside: usize,
    /// whether the objective is the sum of infeasibilities
    first: bool,
    factors: Factors,
    /// whether nothing was exchanged since numbers were computed anew
    fresh: bool,
}

/// Where a step ends.
enum Step {
    /// the entering variable reaches its other bound
    Flip,
    /// another variable reaches a bound
    Exchange(Meeting),
    Endless,
}

/// A bound that a step meets after `length`, of the variable at a place, whose change has the size `speed`.
#[derive(Clone, Copy)]
struct Meeting {
    length: f64,
    place: usize,
    at: Rest,
    speed: f64,
}

impl Simplex {
    fn new(Relaxed { rows, bounds, costs }: &Relaxed, sense: Sense) -> Self {
        let (structurals, height) = (costs.len(), rows.len());
        let all = structurals + height;
        let entries = rows.iter().enumerate();
        let by_column = entries.flat_map(|(i, row)| row.iter().map(move |&(j, v)| (j, i, v)));
        let logicals = (0..height).map(|i| (structurals + i, i, -1.0));
        let columns = Lists::gathered(all, by_column.chain(logicals));
        let rows = Lists::of(rows.iter().map(|row| row.iter().copied()));
        let scale = cost_scale(costs);
        let scale = if sense == Sense::Minimise { scale } else { -scale };
        let bounds: Vec<Interval> = bounds.iter().map(Interval::new).collect();
        let mut head: Vec<usize> = (structurals..all).collect();
        for (row, column) in triangular(&columns, &rows, &bounds) {
            head[row] = column;
        }
        let costs = costs.iter().map(|cost| cost * scale).chain((0..height).map(|_| 0.0));
        let mut simplex = Self {
            structurals,
            columns,
            rows,
            bounds,
            costs: costs.collect(),
            inwards: vec![0.0; all],
            rests: vec![None; all],
            values: vec![0.0; all],
            reduced: vec![0.0; all],
            weights: vec![1.0; all],
            row: vec![0.0; all],
            listed: vec![false; all],
            promising: Vec::new(),
            touched: Vec::new(),
            head,
            sides: vec![0; height],
            outside: 0,
            first: false,
            factors: Factors::new(height),
            fresh: false,
        };
        for variable in 0..all {
            simplex.rest(variable, simplex.bounds[variable].rest());
        }
        simplex
    }

    fn run(&mut self, stop: &dyn Fn() -> bool) -> Proposal {
        let most = MOST_STEPS * self.values.len() + 1000;
        // variables that may not enter until something has changed
        let mut barred: Vec<usize> = Vec::new();
        let mut column = vec![0.0; self.head.len()];
        self.refresh();
        for step in 0..most {
            if step.is_multiple_of(POLL) && stop() {
                return Proposal::Nothing;
            }
            if self.factors.exchanges() >= EXCHANGES || self.factors.is_long() {
                self.refresh();
            }
            let Some((entering, direction)) = self.entering(&barred) else {
                if !self.fresh {
                    self.refresh();
                    continue;
                }
                return match (barred.is_empty(), self.first) {
                    (false, _) => Proposal::Nothing,
                    (true, true) => Proposal::Infeasible,
                    (true, false) => Proposal::Basis(Guess(self.rests.clone())),
                };
            };
            column.fill(0.0);
            for &(i, v) in self.columns.get(entering) {
                column[i] = v;
            }
            self.factors.solve(&mut column);
            let found = if self.first {
                self.first_step(entering, direction, &column)
            } else {
                self.second_step(entering, direction, &column)
            };
            let moved = match found {
                Step::Endless if self.fresh && !self.first => return Proposal::Unbounded,
                Step::Endless => false,
                Step::Flip => {
                    self.flip(entering, direction, &column);
                    true
                }
                Step::Exchange(meeting) => self.exchange(entering, direction, meeting, &column),
            };
            if moved {
                barred.clear();
            } else if self.fresh {
                barred.push(entering);
            } else {
                self.refresh();
            }
        }
        Proposal::Nothing
    }

    /// Factors the basis anew, and computes what depends on it.
    fn refresh(&mut self) {
        let columns: Vec<_> =
            self.head.iter().map(|&variable| self.columns.get(variable)).collect();
        let found = self.factors.factor(&columns);
        let old = std::mem::take(&mut self.head);
        let variable = |(row, column): (usize, Option<usize>)| {
            column.map_or(self.structurals + row, |column| old[column])
        };
        self.head = found.into_iter().enumerate().map(variable).collect();
        for variable in old {
            self.rest(variable, self.bounds[variable].rest());
        }
        let mut right = vec![0.0; self.head.len()];
        for &variable in &self.head {
            (self.rests[variable], self.inwards[variable]) = (None, 0.0);
        }
        for (variable, rest) in self.rests.iter().enumerate() {
            let value = self.values[variable];
            if rest.is_some() && value != 0.0 {
                for &(i, v) in self.columns.get(variable) {
                    right[i] -= v * value;
                }
            }
        }
        self.factors.solve(&mut right);
        for (place, &variable) in self.head.iter().enumerate() {
            self.values[variable] = right[place];
            self.sides[place] = self.bounds[variable].side(right[place]);
        }
        self.outside = self.sides.iter().filter(|side| **side != 0).count();
        self.fresh = true;
        self.first = self.outside > 0;
        self.price();
    }

    /// Puts a variable at a bound.
    fn rest(&mut self, variable: usize, at: Rest) {
        self.rests[variable] = Some(at);
        self.values[variable] = self.bounds[variable].end(at);
        self.inwards[variable] = match at {
            Rest::Lower => 1.0,
            Rest::Upper => -1.0,
            Rest::Free => f64::NAN,
        };
    }

    /// Computes all reduced costs.
    fn price(&mut self) {
        let mut prices: Vec<f64> = if self.first {
            self.reduced.fill(0.0);
            self.sides.iter().map(|&side| f64::from(side)).collect()
        } else {
            self.reduced.copy_from_slice(&self.costs);
            self.head.iter().map(|&variable| self.costs[variable]).collect()
        };
        self.factors.solve_transposed(&mut prices);
        self.combine(&prices);
        for j in self.touched.drain(..) {
            self.reduced[j] -= std::mem::take(&mut self.row[j]);
        }
        self.head.iter().for_each(|&variable| self.reduced[variable] = 0.0);
        self.promising.clear();
        self.listed.fill(false);
        (0..self.reduced.len()).for_each(|variable| self.list(variable));
    }

    /// Puts `multipliers (A, -1)` into `row`.
    fn combine(&mut self, multipliers: &[f64]) {
        for (i, &times) in multipliers.iter().enumerate().filter(|(_, v)| v.abs() > NOTHING) {
            for &(j, v) in self.rows.get(i) {
                if self.row[j] == 0.0 {
                    self.touched.push(j);
                }
                self.row[j] += times * v;
            }
            self.row[self.structurals + i] = -times;
            self.touched.push(self.structurals + i);
        }
    }

    /// Lists a variable whose reduced cost has changed, if it may promise something.
    fn list(&mut self, variable: usize) {
        // of a free one nothing is said
        let idle = self.reduced[variable] * self.inwards[variable] >= -DUAL;
        if !idle && !self.listed[variable] {
            self.listed[variable] = true;
            self.promising.push(variable);
        }
    }

    /// The variable that promises most, and in which direction it moves.
    fn entering(&mut self, barred: &[usize]) -> Option<(usize, f64)> {
        let (mut best, mut most) = (None, 0.0);
        let mut at = 0;
        while let Some(&variable) = self.promising.get(at) {
            let reduced = self.reduced[variable];
            if reduced * self.inwards[variable] >= -DUAL || reduced.abs() <= DUAL {
                self.listed[variable] = false;
                self.promising.swap_remove(at);
                continue;
            }
            at += 1;
            let gain = reduced * reduced;
            if gain > most * self.weights[variable] && !barred.contains(&variable) {
                most = gain / self.weights[variable];
                best = Some((variable, -reduced.signum()));
            }
        }
        best
    }

    /// When the variable at a place, which changes by `change` a unit, reaches a bound; `None` where that is infinite.
    fn meeting(&self, place: usize, change: f64, at: Rest) -> Option<Meeting> {
        let variable = self.head[place];
        let length = (self.bounds[variable].end(at) - self.values[variable]) / change;
        let meeting = Meeting { length: length.max(0.0), place, at, speed: change.abs() };
        length.is_finite().then_some(meeting)
    }

    /// While the sum of infeasibilities falls: what becomes feasible slows it down, and so does what becomes infeasible.
    fn first_step(&self, entering: usize, direction: f64, column: &[f64]) -> Step {
        let range = self.bounds[entering].width();
        let mut meetings = Vec::new();
        for (place, &entry) in column.iter().enumerate().filter(|(_, v)| v.abs() > STILL) {
            let change = -direction * entry;
            let side = f64::from(self.sides[place]);
            if side * change > 0.0 {
                continue;
            }
            let (near, far) =
                if change > 0.0 { (Rest::Lower, Rest::Upper) } else { (Rest::Upper, Rest::Lower) };
            if side != 0.0 {
                meetings.extend(self.meeting(place, change, near));
            }
            meetings.extend(self.meeting(place, change, far));
        }
        meetings.retain(|meeting| meeting.length < range);
        let order = |a: &Meeting, b: &Meeting| {
            a.length.total_cmp(&b.length).then_with(|| a.place.cmp(&b.place))
        };
        meetings.sort_unstable_by(order);
        let mut slope = -self.reduced[entering].abs();
        let turn = meetings.iter().position(|meeting| {
            slope += meeting.speed;
            slope >= 0.0
        });
        let Some(turn) = turn else {
            return if range.is_finite() { Step::Flip } else { Step::Endless };
        };
        let passed = &meetings[..=turn];
        let largest = passed.iter().fold(0.0_f64, |most, meeting| most.max(meeting.speed));
        let last = passed.iter().rev().find(|meeting| meeting.speed >= LARGE_ENOUGH * largest);
        last.map_or(Step::Endless, |meeting| Step::Exchange(*meeting))
    }

    /// As far as all stay within their bounds, or miss them by what is allowed.
    fn second_step(&self, entering: usize, direction: f64, column: &[f64]) -> Step {
        let range = self.bounds[entering].width();
        let mut furthest = f64::INFINITY;
        let mut meetings = Vec::new();
        for (place, &entry) in column.iter().enumerate().filter(|(_, v)| v.abs() > STILL) {
            let change = -direction * entry;
            let at = if change > 0.0 { Rest::Upper } else { Rest::Lower };
            let Some(meeting) = self.meeting(place, change, at) else { continue };
            let slack = self.bounds[self.head[place]].slack(at);
            furthest = furthest.min(meeting.length + slack / meeting.speed);
            meetings.push(meeting);
        }
        let near = meetings.into_iter().filter(|meeting| meeting.length <= furthest);
        match near.max_by(|a, b| a.speed.total_cmp(&b.speed)) {
            Some(meeting) if meeting.length < range => Step::Exchange(meeting),
            _ if range.is_finite() => Step::Flip,
            _ => Step::Endless,
        }
    }

    /// Moves the variables of the basis when one outside it moves by `amount`.
    fn walk(&mut self, amount: f64, column: &[f64]) {
        for (&variable, &entry) in self.head.iter().zip(column) {
            self.values[variable] -= amount * entry;
        }
    }

    fn flip(&mut self, entering: usize, direction: f64, column: &[f64]) {
        self.walk(direction * self.bounds[entering].width(), column);
        self.rest(entering, if direction > 0.0 { Rest::Upper } else { Rest::Lower });
        self.settle(column);
    }

    /// `false`, and nothing is changed, where the pivot is not to be trusted.
    fn exchange(
        &mut self,
        entering: usize,
        direction: f64,
        Meeting { length, place, at, .. }: Meeting,
        column: &[f64],
    ) -> bool {
        let pivot = column[place];
        if pivot.abs() < if self.fresh { STILL } else { SMALL_PIVOT } {
            return false;
        }
        let mut multipliers = vec![0.0; column.len()];
        multipliers[place] = 1.0;
        self.factors.solve_transposed(&mut multipliers);
        self.combine(&multipliers);
        if (self.row[entering] - pivot).abs() > DISAGREE * (1.0 + pivot.abs()) && !self.fresh {
            self.touched.drain(..).for_each(|j| self.row[j] = 0.0);
            return false;
        }
        let leaving = self.head[place];
        let price = self.reduced[entering] / pivot;
        if self.weights[entering] > LARGEST_WEIGHT {
            self.weights.fill(1.0);
        }
        let weight = self.weights[entering] / (pivot * pivot);
        self.reduce(price, weight);
        self.walk(direction * length, column);
        self.values[entering] += direction * length;
        self.rest(leaving, at);
        self.weights[leaving] = weight.max(1.0);
        // what it was outside its bounds costs no longer
        let side = std::mem::take(&mut self.sides[place]);
        self.outside -= usize::from(side != 0);
        self.reduced[leaving] = -price - if self.first { f64::from(side) } else { 0.0 };
        self.list(leaving);
        (self.rests[entering], self.inwards[entering]) = (None, 0.0);
        self.reduced[entering] = 0.0;
        self.head[place] = entering;
        self.factors.exchange(place, column);
        self.fresh = false;
        self.settle(column);
        true
    }

    /// Takes `price` times `row` off the reduced costs, and clears it; a weight is at least `weight` times an entry's square.
    fn reduce(&mut self, price: f64, weight: f64) {
        let mut touched = std::mem::take(&mut self.touched);
        for j in touched.drain(..) {
            let entry = std::mem::take(&mut self.row[j]);
            if self.inwards[j] != 0.0 {
                self.reduced[j] -= price * entry;
                self.weights[j] = self.weights[j].max(entry * entry * weight);
                self.list(j);
            }
        }
        self.touched = touched;
    }

    /// After a step: what is outside its bounds now, and what that makes of the sum of infeasibilities.
    fn settle(&mut self, column: &[f64]) {
        if !self.first {
            return;
        }
        let mut changes = vec![0.0; column.len()];
        let mut changed = false;
        for (place, _) in column.iter().enumerate().filter(|(_, v)| **v != 0.0) {
            let variable = self.head[place];
            let side = self.bounds[variable].side(self.values[variable]);
            let before = std::mem::replace(&mut self.sides[place], side);
            if side != before {
                changes[place] = f64::from(side - before);
                changed = true;
                self.outside += usize::from(side != 0);
                self.outside -= usize::from(before != 0);
            }
        }
        if self.outside == 0 {
            self.first = false;
            self.price();
        } else if changed {
            self.factors.solve_transposed(&mut changes);
            self.combine(&changes);
            self.reduce(1.0, 0.0);
        }
    }
}
