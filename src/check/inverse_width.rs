//! T6: every number of the statement has a lower and an upper bound, and they meet.
//!
//! Write `lo_k = k - eps` at `x = 1/k` and `hi_j = j + eps` at `x = 1/(j + delta)`.
//!
//! - `w_min`: the network is evaluated on all inputs. Each triple `i < j < k` has the chord of `lo_i` and `lo_k` above `hi_j`, so no line is
//!   within tolerance of all three, and a network has a kink strictly between `1/k` and `1/i`; these intervals are disjoint.
//! - `p_min`: between `lo_k` and `hi_j`, `j + delta < k`, some slope is at least `(lo_k - hi_j) / (1/(j + delta) - 1/k)` in size, and with
//!   `alpha = 0` no slope exceeds `sum |a_i w_i|`. With a strict tolerance the same is strict; `p_min` is then the infimum, since mixing
//!   in a little of a network inside the tolerance puts one on its boundary inside.
//! - `unit_width`: at least `ceil(p_min)` (`floor(p_min) + 1` when two points force more than `p_min`); replacing each unit by
//!   `ceil(|a_i w_i|)` equal ones keeps the function and makes every `|a_i w_i| <= 1`.
//! - `w_grid`: see [`super::grid`].

use super::scalar::{Inverse, deep_pieces, inverts, pieces};
use super::{Finding, KeepGoing, Rejection, expect, grid, wrong};
use crate::cert::{
    ClaimId, InverseWidth, InverseWidthParams, SlopeEvidence, Verdict, WidthEvidence,
};
use crate::exact::{Rational, integer};
use crate::model::ScalarNetwork;
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// Larger `n` are refused: the check evaluates networks at every count.
const MAX_N: u64 = 1 << 30;

pub(super) fn check(
    claim: ClaimId,
    params: &InverseWidthParams,
    data: &InverseWidth,
    keep_going: KeepGoing<'_>,
) -> Result<Finding, Rejection> {
    if claim != ClaimId::InverseWidth {
        return Err(wrong("claim", ClaimId::InverseWidth, claim));
    }
    let InverseWidthParams { n, strict, .. } = *params;
    let (epsilon, leak) = (&params.epsilon.0, &params.leak.0);
    if n == 0 || n > MAX_N {
        return Err(wrong("params.n", format!("1 to {MAX_N}"), n));
    }
    if epsilon.is_negative() {
        return Err(wrong("params.epsilon", "at least 0", epsilon));
    }
    if leak.is_negative() || *leak >= Rational::one() {
        return Err(wrong("params.leak", "at least 0 and below 1", leak));
    }
    let inverse = Inverse { n, epsilon, leak, strict };
    grid::check(params, &data.grid)?;
    check_width(params, &data.width, inverse, keep_going)?;
    check_slope(params, &data.slope, inverse, keep_going)?;

    let place = "data.inverse-width.two_layers";
    expect(&format!("{place}.hidden: layers"), 2, data.two_layers.hidden.len())?;
    for (layer, width) in data.two_layers.hidden.iter().zip(params.two_layers) {
        expect("params.two_layers", layer.bias.len() as u64, width)?;
    }
    let low = (integer(n) + leak).recip();
    let lines = deep_pieces(place, &data.two_layers, &low, &Rational::one(), keep_going)?;
    inverts(place, &lines, inverse, keep_going)?;
    Ok(Finding { verdict: Verdict::Verified, statement: sentence(params) })
}

fn sentence(params: &InverseWidthParams) -> String {
    let InverseWidthParams { n, epsilon, strict, leak, w_grid, w_min, p_min, unit_width, .. } =
        params;
    let relation = if *strict { "below" } else { "at most" };
    let noise = if leak.0.is_zero() { String::new() } else { format!(", inputs leaking {leak}") };
    let cells = w_grid.map_or("no number of".to_owned(), |cells| cells.to_string());
    let unit =
        unit_width.map_or(String::new(), |width| format!(", width {width} with unit weights"));
    let [p, q] = params.two_layers;
    format!(
        "inverting 1/k for k = 1..{n} with error {relation} {epsilon}{noise} takes exactly {cells} equal cells, width {w_min}, \
         total slope {p_min}{unit}; widths {p} and {q} are enough in two hidden layers"
    )
}

/// `1/(k + leak)`, where the upper end of count `k` is.
fn upper_x(k: u64, leak: &Rational) -> Rational {
    (integer(k) + leak).recip()
}

fn check_width(
    params: &InverseWidthParams,
    data: &WidthEvidence,
    inverse: Inverse<'_>,
    keep_going: KeepGoing<'_>,
) -> Result<(), Rejection> {
    let place = "data.inverse-width.width";
    let InverseWidthParams { n, w_min, .. } = *params;
    expect(&format!("{place}.network: width"), w_min, data.network.width() as u64)?;
    expect(&format!("{place}.triples: number"), w_min, data.triples.len() as u64)?;
    inverts(&format!("{place}.network"), &pieces(&data.network), inverse, keep_going)?;
    let mut free = 1;
    for (index, &[i, j, k]) in data.triples.iter().enumerate() {
        let place = format!("{place}.triples[{index}]");
        if index % 1024 == 1023 && !keep_going() {
            return Err(Rejection::Stopped);
        }
        let (left, middle, right) = (integer(k), integer(j) + inverse.leak, integer(i));
        if i < free || k > n || left <= middle || middle <= right {
            let expected = format!("{free} <= i < j + leak < k <= {n}");
            return Err(wrong(place, expected, format!("[{i}, {j}, {k}]")));
        }
        free = k;
        // the chord of (1/k, k - eps) and (1/i, i - eps) at x = 1/(j + leak)
        let chord = &left + &right - &left * &right / &middle - inverse.epsilon;
        let high = integer(j) + inverse.epsilon;
        if chord < high || (chord == high && !inverse.strict) {
            return Err(wrong(place, "a triple that no line meets", format!("[{i}, {j}, {k}]")));
        }
    }
    Ok(())
}

/// `sum |a_i w_i|` and `sum ceil(|a_i w_i|)`
fn slopes(network: &ScalarNetwork) -> (Rational, BigInt) {
    let start = (Rational::zero(), BigInt::zero());
    network.units.iter().fold(start, |(sum, count), unit| {
        let slope = (&unit.a.0 * &unit.w.0).abs();
        let ceiling = slope.ceil().to_integer();
        (sum + slope, count + ceiling)
    })
}

fn check_slope(
    params: &InverseWidthParams,
    data: &SlopeEvidence,
    inverse: Inverse<'_>,
    keep_going: KeepGoing<'_>,
) -> Result<(), Rejection> {
    let place = "data.inverse-width.slope";
    let forced = match data.pair {
        None => Rational::zero(),
        Some([j, k]) => {
            let place = format!("{place}.pair");
            let distance = upper_x(j, inverse.leak) - integer(k.max(1)).recip();
            if j == 0 || k > params.n || !distance.is_positive() {
                let expected = format!("1 <= j, j + leak < k <= {}", params.n);
                return Err(wrong(place, expected, format!("[{j}, {k}]")));
            }
            (integer(k) - integer(j) - inverse.epsilon * integer(2)) / distance
        }
    };
    expect(&format!("{place}.pair: slope forced"), &params.p_min.0, &forced)?;
    if forced.is_negative() {
        return Err(wrong("params.p_min", "at least 0", forced));
    }
    let closed = Inverse { strict: false, ..inverse };
    let networks = [
        ("network", Some(&data.network), closed),
        ("inner", data.inner.as_ref(), Inverse { strict: true, ..inverse }),
    ];
    expect(&format!("{place}.inner: given"), params.strict, data.inner.is_some())?;
    for (name, network, inverse) in networks {
        let Some(network) = network else { continue };
        let place = format!("{place}.{name}");
        expect(&format!("{place}.alpha"), &Rational::zero(), &network.alpha.0)?;
        inverts(&place, &pieces(network), inverse, keep_going)?;
    }
    let (total, _) = slopes(&data.network);
    expect(&format!("{place}.network: total slope"), &params.p_min.0, &total)?;
    let Some(width) = params.unit_width else { return Ok(()) };
    let beyond = params.strict && data.pair.is_some();
    let least = if beyond { forced.floor() + integer(1) } else { forced.ceil() };
    let (_, count) = slopes(data.inner.as_ref().unwrap_or(&data.network));
    let width = BigInt::from(width);
    expect("params.unit_width", &least.to_integer(), &width)?;
    expect(&format!("{place}: units of weight at most 1"), &width, &count)
}
