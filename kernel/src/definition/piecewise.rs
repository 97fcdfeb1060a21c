//! ReLU networks of one input as lists of lines.
//!
//! The MLP of counting by attention sees one number, the attention weight of the query (T3), and must invert it (T6). On an
//! interval every unit is a continuous function made of lines; sums merge their breaks, ReLU cuts lines where they are zero.

use super::Affine;
use crate::number::{Rational, RationalText, compare, divide, same};
use crate::rejection::{Clock, Rejection, need};
use num::{One, Signed, Zero};
use serde::{Deserialize, Serialize};
use std::cell::Cell;

/// The longest number of a function, in bits: the gcd of two such takes a tenth of a second.
const MAX_NUMBER_BITS: u64 = 1 << 17;
/// The functions of a network may take this many bits in all: breaks can multiply from layer to layer.
const MAX_BITS: u64 = 1 << 33;

/// The unit `a ReLU(w x + b)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScalarUnit {
    /// outer weight
    pub a: RationalText,
    /// inner weight
    pub w: RationalText,
    /// inner bias
    pub b: RationalText,
}

/// `N(x) = alpha x + beta + sum_i a_i ReLU(w_i x + b_i)`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScalarNetwork {
    /// slope of the affine part
    pub alpha: RationalText,
    /// constant of the affine part
    pub beta: RationalText,
    /// hidden units
    pub units: Vec<ScalarUnit>,
}

/// `slope x + constant`, from `from` to where the next piece begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// left end
    pub from: Rational,
    /// of the line
    pub slope: Rational,
    /// of the line
    pub constant: Rational,
}

impl Piece {
    /// The line's value at `x`.
    #[must_use]
    pub fn at(&self, x: &Rational) -> Rational {
        &self.slope * x + &self.constant
    }
}

/// A continuous function on an interval whose left end is where the first piece begins; never empty.
pub type Piecewise = Vec<Piece>;

/// The line `slope x + constant` from `low` on.
fn line(low: &Rational, slope: &Rational, constant: &Rational) -> Piece {
    Piece { from: low.clone(), slope: slope.clone(), constant: constant.clone() }
}

/// The time and the memory that a network's functions may still take.
struct Budget<'a> {
    clock: &'a Clock<'a>,
    bits: Cell<u64>,
}

impl Budget<'_> {
    fn new<'a>(clock: &'a Clock<'a>) -> Budget<'a> {
        Budget { clock, bits: Cell::new(0) }
    }

    /// Takes what a piece with these numbers needs.
    fn take(&self, numbers: [&Rational; 2]) -> Result<(), Rejection> {
        let longest = numbers.iter().map(|x| x.numer().bits().max(x.denom().bits())).max().unwrap_or(0);
        self.clock.spend(longest)?;
        need(longest <= MAX_NUMBER_BITS, "a ReLU network: bits of a number", MAX_NUMBER_BITS, longest)?;
        // a number takes at least as much as its two lengths and addresses
        self.bits.set(self.bits.get().saturating_add(longest.saturating_mul(4)).saturating_add(2048));
        need(self.bits.get() <= MAX_BITS, "a ReLU network: bits of its functions of x", MAX_BITS, "more")
    }
}

/// `sum weight * function + constant`; every function begins at `low`.
fn sum<'a>(
    low: &Rational,
    terms: impl Iterator<Item = (&'a Rational, &'a Piecewise)>,
    constant: &Rational,
    budget: &Budget<'_>,
) -> Result<Piecewise, Rejection> {
    let mut all = line(low, &Rational::zero(), constant);
    let mut changes: Vec<(&Rational, Rational, Rational)> = Vec::new();
    for (weight, function) in terms.filter(|(weight, _)| !weight.is_zero()) {
        let mut before: Option<&Piece> = None;
        for piece in function {
            match before {
                None => {
                    all.slope += weight * &piece.slope;
                    all.constant += weight * &piece.constant;
                    budget.take([&all.slope, &all.constant])?;
                }
                Some(before) => {
                    let slope = weight * (&piece.slope - &before.slope);
                    let constant = weight * (&piece.constant - &before.constant);
                    budget.take([&slope, &constant])?;
                    changes.push((&piece.from, slope, constant));
                }
            }
            before = Some(piece);
        }
    }
    changes.sort_by(|a, b| compare(a.0, b.0));
    let mut found = vec![all.clone()];
    for (from, slope, constant) in changes {
        all = Piece { from: from.clone(), slope: all.slope + slope, constant: all.constant + constant };
        budget.take([&all.slope, &all.constant])?;
        match found.last_mut().filter(|last| same(&last.from, from)) {
            Some(last) => *last = all.clone(),
            None => found.push(all.clone()),
        }
    }
    Ok(found)
}

/// `max(function, 0)` on the interval up to `high`.
fn relu(function: &Piecewise, high: &Rational, budget: &Budget<'_>) -> Result<Piecewise, Rejection> {
    let mut found: Piecewise = Vec::with_capacity(function.len());
    let mut push = |from: &Rational, piece: Option<&Piece>| {
        let zero = Rational::zero();
        let piece = piece.map_or_else(|| line(from, &zero, &zero), |piece| line(from, &piece.slope, &piece.constant));
        let goes_on = |last: &Piece| same(&last.slope, &piece.slope) && same(&last.constant, &piece.constant);
        if !found.last().is_some_and(goes_on) {
            found.push(piece);
        }
    };
    let ends = function.iter().skip(1).map(|piece| &piece.from).chain([high]);
    for (piece, end) in function.iter().zip(ends) {
        budget.take([&piece.slope, &piece.constant])?;
        let (left, right) = (piece.at(&piece.from), piece.at(end));
        push(&piece.from, (left.is_positive() || !left.is_negative() && right.is_positive()).then_some(piece));
        let crosses = left.is_negative() && right.is_positive() || left.is_positive() && right.is_negative();
        if let Some(zero) = divide(&-&piece.constant, &piece.slope).filter(|_| crosses) {
            budget.take([&zero, &zero])?;
            push(&zero, right.is_positive().then_some(piece));
        }
    }
    Ok(found)
}

/// The outputs `out(h) + direct` of ReLU layers on `[low, high]`, whose first pre-activations are lines `(slope, constant)`;
/// `direct` is added to every output.
///
/// # Errors
/// [`Rejection::Wrong`] when they take too much memory, [`Rejection::Stopped`].
pub fn relu_network(
    [low, high]: [&Rational; 2],
    lines: &[(Rational, Rational)],
    layers: &[Affine],
    out: &Affine,
    direct: (&Rational, &Rational),
    clock: &Clock<'_>,
) -> Result<Vec<Piecewise>, Rejection> {
    let budget = Budget::new(clock);
    let first = lines.iter().map(|(slope, constant)| relu(&vec![line(low, slope, constant)], high, &budget));
    let mut hidden: Vec<Piecewise> = first.collect::<Result<_, _>>()?;
    let sums = |map: &Affine, hidden: &[Piecewise]| {
        let row = |(row, bias): (&Vec<Rational>, &RationalText)| sum(low, row.iter().zip(hidden), &bias.0, &budget);
        map.weight.list().iter().zip(&map.bias).map(row).collect::<Result<Vec<_>, _>>()
    };
    for layer in layers {
        hidden =
            sums(layer, &hidden)?.iter().map(|function| relu(function, high, &budget)).collect::<Result<_, _>>()?;
    }
    let mut outputs = sums(out, &hidden)?;
    for piece in outputs.iter_mut().flatten() {
        piece.slope += direct.0;
        piece.constant += direct.1;
    }
    Ok(outputs)
}

impl ScalarNetwork {
    /// The number of units.
    #[must_use]
    pub fn width(&self) -> usize {
        self.units.len()
    }

    /// The function on `[low, high]`.
    ///
    /// # Errors
    /// [`Rejection::Wrong`] when it takes too much memory, [`Rejection::Stopped`].
    pub fn pieces(&self, low: &Rational, high: &Rational, clock: &Clock<'_>) -> Result<Piecewise, Rejection> {
        let budget = Budget::new(clock);
        let unit = |unit: &ScalarUnit| relu(&vec![line(low, &unit.w.0, &unit.b.0)], high, &budget);
        let units: Vec<Piecewise> = self.units.iter().map(unit).collect::<Result<_, _>>()?;
        let affine = vec![line(low, &self.alpha.0, &self.beta.0)];
        let one = Rational::one();
        let terms = self.units.iter().map(|unit| &unit.a.0).zip(&units).chain([(&one, &affine)]);
        sum(low, terms, &Rational::zero(), &budget)
    }
}
