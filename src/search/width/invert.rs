//! The two inverters of T3 that exact widths give: the narrowest, and the one of least width with unit weights.
//!
//! T3's inputs are `1/(k + delta)` with a `delta` that the softmax base makes small, and its error has to stay below 1/2. So
//! among the networks of least width for an error strictly below 1/2 one is taken whose error is nearly the
//! least that the width allows: what is left is room for `delta`, and the base stays small.

use super::lines::total_slope;
use super::{Error, Reciprocal, narrowest, slope};
use crate::kernel::definition::{ScalarNetwork, ScalarUnit};
use crate::kernel::number::{Rational, ratio};
use crate::search::control::Control;
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

/// Tolerances are tried in steps of `2^-STEPS / 2`.
const STEPS: u32 = 10;

/// The least tolerance, among multiples of a step, that `enough` accepts; it accepts 1/2 less one step at worst.
fn least_tolerance(
    mut enough: impl FnMut(&Rational) -> Result<bool, Error>,
) -> Result<Option<Rational>, Error> {
    let at = |i: i64, bits: u32| ratio(i, 1 << (bits + 1));
    // when nothing below 1/2 is accepted at this resolution, look closer
    for bits in [STEPS, 2 * STEPS, 4 * STEPS] {
        let (mut low, mut high) = (-1i64, (1i64 << bits) - 1);
        if !enough(&at(high, bits))? {
            continue;
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if enough(&at(middle, bits))? { high = middle } else { low = middle }
        }
        return Ok(Some(at(high, bits)));
    }
    Ok(None)
}

fn none() -> Error {
    Error::Gap("no tolerance below 1/2 was found".to_owned())
}

/// The narrowest network with `|N(1/k) - k| < 1/2` for `k = 1..n`, with nearly the least error of that width.
///
/// # Errors
/// [`Error`] when a limit is hit.
pub fn narrow(n: u64, control: &Control) -> Result<ScalarNetwork, Error> {
    let zero = Rational::zero();
    let half = ratio(1, 2);
    let strict = Reciprocal::new(n, &half, &zero, true)?;
    let width = narrowest(&strict, true, control)?.network.width();
    let build = |eps: &Rational| narrowest(&Reciprocal::new(n, eps, &zero, false)?, false, control);
    let eps = least_tolerance(|eps| Ok(build(eps)?.network.width() <= width))?;
    Ok(build(&eps.ok_or_else(none)?)?.network)
}

/// The network of least width with `alpha = 0`, `|a_i w_i| <= 1` and `|N(1/k) - k| < 1/2` for `k = 1..n`, with nearly
/// the least error of that width.
///
/// # Errors
/// [`Error`] when a limit is hit.
pub fn unit(n: u64, control: &Control) -> Result<ScalarNetwork, Error> {
    let zero = Rational::zero();
    let half = ratio(1, 2);
    let strict = Reciprocal::new(n, &half, &zero, true)?;
    let least = slope::flattest(&strict, true, control)?;
    let width = least.inner.as_ref().map_or_else(BigInt::zero, unit_width);
    let build =
        |eps: &Rational| slope::flattest(&Reciprocal::new(n, eps, &zero, false)?, false, control);
    let eps = least_tolerance(|eps| Ok(build(eps)?.total.ceil().to_integer() <= width))?;
    Ok(split(&build(&eps.ok_or_else(none)?)?.network))
}

/// `sum ceil(|a_i w_i|)`: the width after [`split`].
#[must_use]
pub fn unit_width(network: &ScalarNetwork) -> BigInt {
    network.units.iter().map(|unit| (&unit.a.0 * &unit.w.0).abs().ceil().to_integer()).sum()
}

/// Replaces every unit with `c = |a w|` by `ceil(c)` equal ones.
#[must_use]
pub fn split(network: &ScalarNetwork) -> ScalarNetwork {
    let copies = |unit: &ScalarUnit| {
        let count = (&unit.a.0 * &unit.w.0).abs().ceil().to_integer();
        let a = if count.is_zero() {
            Rational::zero()
        } else {
            &unit.a.0 / Rational::from_integer(count.clone())
        };
        let copy = ScalarUnit { a: a.into(), w: unit.w.clone(), b: unit.b.clone() };
        vec![copy; count.to_usize().unwrap_or(0)]
    };
    debug_assert!(total_slope(network) <= Rational::from_integer(unit_width(network)));
    ScalarNetwork { units: network.units.iter().flat_map(copies).collect(), ..network.clone() }
}
