//! The least total slope `sum |a_i w_i|` of a network with `alpha = 0`, and the least width when `|a_i w_i| <= 1`.
//!
//! Let `N` be such a network with total slope `S`. Its slope is between `-S` and `S` everywhere, so a lower end
//! `(x, lo)` and an upper end `(x', hi)` to its right force `S >= (lo - hi) / (x' - x)`. Take for the lower end the leftmost
//! one and for the upper end the one that the flattest line through it below all upper ends touches: this line has slope
//! `-P`, and continued by the lines of the blocks of the remaining lower ends (whose slopes are larger) it
//! is a convex function whose steepest slope is `-P`. Written with units that are active to the *left* of their kinks, and
//! one for the flattest slope, its total slope is `P`: the two bounds meet.
//!
//! For `1/k` with tolerance `eps` the slope forced by `j < k` is `(k - j - 2 eps) j k / (k - j)`, largest at `k = n`:
//! `P_min(n, eps) = max_D n (n - D)(D - 2 eps) / D`, which is `n (sqrt n - sqrt(2 eps))^2` where that is attained.
//!
//! *Unit weights.* If every `|a_i w_i| <= 1` the width is at least `ceil(P)`. All slopes but the first are chosen to be
//! integers (chords of `1/x` between `1/a` and `1/b` have slope `-ab`), so all units but the first change the slope by an
//! integer; replacing a unit that changes it by `c` by `ceil(c)` equal ones gives `ceil(P)` units. So for free kinks *the least
//! width with `|a_i w_i| <= 1` is `ceil(P_min)`*. With a strict tolerance `P` is not attained when two points force it: it is
//! the infimum, by mixing a network that attains it with one strictly inside, and the least width is `floor(P) + 1`.

use super::lines::{self, Line, envelope, left_network};
use super::point::{self, determinant};
use super::tunnel::Tunnel;
use super::{Error, greedy};
use crate::kernel::definition::ScalarNetwork;
use crate::kernel::number::{Rational, integer};
use crate::search::control::Control;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// The least total slope, what forces it, and networks that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flattest {
    /// `P`; when the tolerance is strict and `pair` is given, an infimum that is not attained
    pub total: Rational,
    /// the lower and the upper end that force it; `None` when a constant is strictly inside
    pub pair: Option<(usize, usize)>,
    /// total slope `P`, within the closed tolerance
    pub network: ScalarNetwork,
    /// strictly within it; for a strict tolerance only
    pub inner: Option<ScalarNetwork>,
}

/// # Errors
/// [`Error`] when a limit is hit, or the data are such that the bounds do not meet.
pub fn flattest(tunnel: &impl Tunnel, strict: bool, control: &Control) -> Result<Flattest, Error> {
    let (x0, lo) = tunnel.lower(0);
    let end = tunnel.lower(tunnel.lowers() - 1).0;
    let constant = |high: Rational| ScalarNetwork {
        alpha: Rational::zero().into(),
        beta: ((&lo + high) / integer(2)).into(),
        units: Vec::new(),
    };
    let start = tunnel.uppers_to(0);
    if start >= tunnel.uppers() {
        let (_, high) = lines::support(tunnel, &Rational::zero(), 0);
        let network = constant(high);
        let inner = strict.then(|| network.clone());
        return Ok(Flattest { total: Rational::zero(), pair: None, network, inner });
    }
    // the slope from the leftmost lower end to the upper ends falls, then rises
    let touch = point::first(start..tunnel.uppers() - 1, |j| turns(tunnel, j));
    let (x, hi) = tunnel.upper(touch);
    let slope = (hi - &lo) / (x - &x0);
    if slope.is_positive() || (slope.is_zero() && !strict) {
        let (_, high) = lines::support(tunnel, &Rational::zero(), touch);
        let pair = slope.is_zero().then_some((0, touch));
        let network = constant(high);
        let inner = strict.then(|| network.clone());
        return Ok(Flattest { total: Rational::zero(), pair, network, inner });
    }
    let total = -slope.clone();
    let first = Line { intercept: &lo - &slope * &x0, slope };
    if first.intercept > lines::support(tunnel, &first.slope, touch).1 {
        return Err(too_steep());
    }
    let network = left_network(&continued(tunnel, false, first, control)?, &end);
    let inner = if strict {
        let first = inside(tunnel, &total).ok_or_else(too_steep)?;
        Some(left_network(&continued(tunnel, true, first, control)?, &end))
    } else {
        None
    };
    Ok(Flattest { total, pair: Some((0, touch)), network, inner })
}

/// With a leak there are upper ends to the left of the leftmost lower end. A line that is steep enough may not pass below them,
/// and a network that bends there has more than the forced slope.
fn too_steep() -> Error {
    Error::Gap("the leak leaves no line of the forced slope".to_owned())
}

/// A line strictly between the leftmost lower end and all upper ends, a little steeper than `total`: of slope
/// `floor(total) + 1` if that can be, otherwise nearer to `total`.
fn inside(tunnel: &impl Tunnel, total: &Rational) -> Option<Line> {
    const HALVINGS: usize = 16;
    let (x0, lo) = tunnel.lower(0);
    let mut steep = total.floor() + integer(1);
    for _ in 0..HALVINGS {
        let slope = -steep.clone();
        let (low, high) = (&lo - &slope * &x0, lines::support(tunnel, &slope, 0).1);
        if low < high {
            return Some(Line { slope, intercept: (low + high) / integer(2) });
        }
        steep = (steep + total) / integer(2);
    }
    None
}

/// Whether upper end `j + 1` is on or above the line from the leftmost lower end to upper end `j`.
fn turns(tunnel: &impl Tunnel, j: usize) -> bool {
    let over = || {
        let (a, b) = (tunnel.lower_in::<BigInt>(0)?, tunnel.upper_in(j)?);
        determinant(&a, &b, &tunnel.upper_in(j + 1)?)
    };
    over().is_none_or(|value| !value.is_negative())
}

/// The maximum of `first` and the lines of the blocks of all lower ends that it does not meet.
fn continued(
    tunnel: &impl Tunnel,
    strict: bool,
    first: Line,
    control: &Control,
) -> Result<Vec<Line>, Error> {
    let met = |i: usize| {
        let (x, lo) = tunnel.lower(i);
        if strict { first.at(&x) > lo } else { first.at(&x) >= lo }
    };
    let rest = point::first(0..tunnel.lowers(), |i| !met(i));
    let (blocks, _) = greedy::cut(tunnel, strict, rest, control)?;
    let mut all = lines::of_blocks(tunnel, strict, &blocks, control)?;
    all.push(first.clone());
    let all = envelope(&all);
    if all.first() != Some(&first) || all.last().is_some_and(|line| line.slope.is_positive()) {
        return Err(Error::Gap("a later line is steeper than the forced slope".to_owned()));
    }
    Ok(all)
}
