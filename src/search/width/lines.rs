//! A line for each block, the maximum of lines, and the network that it is.
//!
//! For a slope `s` the line through a block's lower ends has to start at `low(s) = max_i (lo_i - s x_i)` at least, and below the
//! upper ends, wherever they are, at `high(s) = min_j (hi_j - s x_j)` at most. `high - low` is concave in `s`. At the slope of
//! the chord of the block's lower ends it is largest if the upper end that `high` is taken at lies within the
//! block; otherwise the best slope is that of the upper ends' interpolant at the block's end on that side.

use super::tunnel::Tunnel;
use super::{Block, Error, point};
use crate::kernel::definition::{ScalarNetwork, ScalarUnit};
use crate::kernel::number::{Rational, integer};
use crate::search::control::Control;
use num_traits::{One, Signed, Zero};

/// `slope x + intercept`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub slope: Rational,
    pub intercept: Rational,
}

impl Line {
    #[must_use]
    pub fn at(&self, x: &Rational) -> Rational {
        &self.slope * x + &self.intercept
    }
}

/// `hi_j - s x_j`, smallest over all upper ends; `near` is where the search begins.
pub fn support<T: Tunnel>(tunnel: &T, slope: &Rational, near: usize) -> (usize, Rational) {
    let start = |j: usize| {
        let (x, hi) = tunnel.upper(j);
        hi - slope * x
    };
    // convex along j: it falls up to the least one, and then no more
    let end = tunnel.uppers().saturating_sub(1);
    let falls = |j: usize| j < end && start(j + 1) < start(j);
    let (mut low, mut high) = (near.min(end), near.min(end));
    let mut step = 1;
    if falls(low) {
        while high < end && falls(high) {
            low = high + 1;
            high = (high + step).min(end);
            step *= 2;
        }
    } else {
        while low > 0 && !falls(low) {
            high = low;
            low = low.saturating_sub(step);
            step *= 2;
        }
    }
    let least = point::first(low.min(high)..high, |j| !falls(j));
    (least, start(least))
}

/// The slopes of the upper ends' interpolant at lower end `i`, left and right of it.
fn slopes_at(tunnel: &impl Tunnel, i: usize) -> Vec<Rational> {
    let (before, to) = (tunnel.uppers_before(i), tunnel.uppers_to(i));
    let piece = |j: usize| {
        let (x0, y0) = tunnel.upper(j);
        let (x1, y1) = tunnel.upper(j + 1);
        (y1 - y0) / (x1 - x0)
    };
    let last = tunnel.uppers().saturating_sub(1);
    // pieces (before - 1, before) and (to - 1, to), the outermost ones outside
    let mut found = Vec::new();
    for j in [to.saturating_sub(1).min(last.saturating_sub(1)), before.saturating_sub(1)] {
        if j < last {
            let slope = piece(j);
            if !found.contains(&slope) {
                found.push(slope);
            }
        }
    }
    found
}

/// How much room there is for a line of this slope: `(low, high)`; it exists iff `low <= high`.
fn room(tunnel: &impl Tunnel, block: Block, slope: &Rational) -> (Rational, Rational) {
    let start = |i: usize| {
        let (x, lo) = tunnel.lower(i);
        lo - slope * x
    };
    let low = start(block.first).max(start(block.last));
    let near = usize::midpoint(tunnel.uppers_before(block.first), tunnel.uppers_to(block.last));
    (low, support(tunnel, slope, near).1)
}

/// A line that meets the block and is below all upper ends; an integer slope where one will do.
///
/// # Errors
/// [`Error::NotConvex`] when none is found.
pub fn of_block(tunnel: &impl Tunnel, strict: bool, block: Block) -> Result<Line, Error> {
    let mut candidates = Vec::new();
    if block.first < block.last {
        let (x0, y0) = tunnel.lower(block.first);
        let (x1, y1) = tunnel.lower(block.last);
        candidates.push((y1 - y0) / (x1 - x0));
    }
    let meets = |(low, high): &(Rational, Rational)| if strict { low < high } else { low <= high };
    let middle = |slope: Rational, (low, high): (Rational, Rational)| Line {
        slope,
        intercept: (low + high) / integer(2),
    };
    for round in 0..3 {
        match round {
            0 => {}
            1 => {
                let first = slopes_at(tunnel, block.last);
                candidates.extend(first.into_iter().chain(slopes_at(tunnel, block.first)));
                if candidates.is_empty() {
                    candidates.push(Rational::zero());
                }
                // a lower end right of all upper ends: flatter is better
                let flatter: Vec<_> = candidates.iter().map(|s| s / integer(2)).collect();
                candidates.extend(flatter);
            }
            _ => candidates.push(Rational::zero()),
        }
        for slope in &candidates {
            let near = [slope.ceil(), slope.floor(), slope.clone()];
            let near = if slope.is_integer() { &near[2..] } else { &near };
            for slope in near {
                let room = room(tunnel, block, slope);
                if meets(&room) {
                    return Ok(middle(slope.clone(), room));
                }
            }
        }
    }
    Err(Error::NotConvex(format!(
        "no line was found through lower ends {} to {} and below all upper ends",
        block.first, block.last
    )))
}

/// # Errors
/// As [`of_block`].
pub fn of_blocks(
    tunnel: &impl Tunnel,
    strict: bool,
    blocks: &[Block],
    control: &Control,
) -> Result<Vec<Line>, Error> {
    blocks
        .iter()
        .map(|&block| {
            control.go_on()?;
            of_block(tunnel, strict, block)
        })
        .collect()
}

/// Where two lines of different slope cross.
fn crossing(a: &Line, b: &Line) -> Rational {
    (&a.intercept - &b.intercept) / (&b.slope - &a.slope)
}

/// The lines that the maximum consists of, steepest first (slopes ascending).
#[must_use]
pub fn envelope(lines: &[Line]) -> Vec<Line> {
    let mut lines = lines.to_vec();
    lines.sort_by(|a, b| (&a.slope, &a.intercept).cmp(&(&b.slope, &b.intercept)));
    let mut kept: Vec<Line> = Vec::new();
    for line in lines {
        if kept.last().is_some_and(|top| top.slope == line.slope) {
            kept.pop();
        }
        while let [.., below, top] = kept.as_slice()
            && crossing(below, &line) <= crossing(below, top)
        {
            kept.pop();
        }
        kept.push(line);
    }
    kept
}

/// The maximum of an envelope's lines as a network whose affine part is the steepest: one unit a kink,
/// active to the right of it.
#[must_use]
pub fn right_network(envelope: &[Line]) -> ScalarNetwork {
    let unit = |pair: &[Line]| ScalarUnit {
        a: (&pair[1].slope - &pair[0].slope).into(),
        w: Rational::one().into(),
        b: (-crossing(&pair[0], &pair[1])).into(),
    };
    let units = envelope.windows(2).map(unit).collect();
    let (alpha, beta) = envelope
        .first()
        .map_or_else(Default::default, |line| (line.slope.clone(), line.intercept.clone()));
    ScalarNetwork { alpha: alpha.into(), beta: beta.into(), units }
}

/// The maximum of an envelope's lines on `x <= end` as a network with `alpha = 0`: one unit a kink, active to the
/// left of it, and one for the flattest slope, active everywhere left of `end`.
///
/// When all slopes are at most 0 the total slope is that of the steepest line.
#[must_use]
pub fn left_network(envelope: &[Line], end: &Rational) -> ScalarNetwork {
    let unit = |a: Rational, kink: Rational| ScalarUnit {
        a: a.into(),
        w: (-Rational::one()).into(),
        b: kink.into(),
    };
    let mut units: Vec<_> = envelope
        .windows(2)
        .map(|pair| unit(&pair[1].slope - &pair[0].slope, crossing(&pair[0], &pair[1])))
        .collect();
    let Some(flat) = envelope.last() else {
        return ScalarNetwork {
            alpha: Rational::zero().into(),
            beta: Rational::zero().into(),
            units,
        };
    };
    if !flat.slope.is_zero() {
        units.push(unit(-flat.slope.clone(), end.clone()));
    }
    let beta = &flat.intercept + &flat.slope * end;
    ScalarNetwork { alpha: Rational::zero().into(), beta: beta.into(), units }
}

/// `sum |a_i w_i|`
#[must_use]
pub fn total_slope(network: &ScalarNetwork) -> Rational {
    network.units.iter().fold(Rational::zero(), |sum, unit| sum + (&unit.a.0 * &unit.w.0).abs())
}
