//! A second opinion on exact widths: everything by definition, for small `n` only.

use counterproof::algebra::MatrixOps;
use counterproof::kernel::definition::{Mlp, ScalarNetwork};
use counterproof::kernel::kind::{InverseWidth, InverseWidthParams};
use counterproof::kernel::number::{Rational, integer, ratio};
use counterproof::search::width::ScalarFunction;
use num_traits::{One, Signed, Zero};

/// Whether the numbers are the least ones, and the networks are within tolerance at many points.
pub fn is_true(params: &InverseWidthParams, data: &InverseWidth) -> bool {
    let InverseWidthParams { n, strict, .. } = *params;
    let (eps, leak) = (&params.epsilon.0, &params.leak.0);
    if n > 40 {
        return false;
    }
    let within = |value: &dyn Fn(&Rational) -> Rational, strict: bool| {
        (1..=n).all(|k| {
            (0..=4).all(|part| {
                let error =
                    (value(&(integer(k) + leak * ratio(part, 4)).recip()) - integer(k)).abs();
                error < *eps || (!strict && error == *eps)
            })
        })
    };
    let beyond = params.strict && data.slope.pair.is_some();
    let p = least_slope(n, eps, leak);
    let unit = if beyond { p.floor() + Rational::one() } else { p.ceil() };
    let total = |network: &ScalarNetwork| -> Rational {
        network.units.iter().fold(Rational::zero(), |s, u| s + (&u.a.0 * &u.w.0).abs())
    };
    let deep = |x: &Rational| deep_value(&data.two_layers, x);
    within(&|x| data.width.network.value(x), strict)
        && within(&|x| data.slope.network.value(x), false)
        && data.slope.inner.as_ref().is_none_or(|inner| within(&|x| inner.value(x), true))
        && within(&deep, strict)
        && params.w_min == most_triples(n, eps, leak, strict)
        && data.width.network.width() as u64 == params.w_min
        && params.p_min.0 == p
        && total(&data.slope.network) == p
        && params.unit_width.is_none_or(|width| integer(width) == unit)
        && params.w_grid == least_cells(n, eps, leak, strict)
        && data.two_layers.hidden.iter().map(|l| l.bias.len() as u64).eq(params.two_layers)
}

fn deep_value(mlp: &Mlp, x: &Rational) -> Rational {
    let mut values = vec![x.clone()];
    for layer in &mlp.hidden {
        let sums = layer.weight.mul_vec(&values).unwrap();
        let relu = |(sum, bias): (Rational, &counterproof::kernel::number::RationalText)| {
            (sum + &bias.0).max(Rational::zero())
        };
        values = sums.into_iter().zip(&layer.bias).map(relu).collect();
    }
    mlp.output.weight.mul_vec(&values).unwrap().remove(0) + &mlp.output.bias[0].0
}

/// The most triples with disjoint interiors, by dynamic programming over all triples.
fn most_triples(n: u64, eps: &Rational, leak: &Rational, strict: bool) -> u64 {
    let unmet = |i: u64, k: u64| {
        (i..k).any(|j| {
            let x = integer(j) + leak;
            if x <= integer(i) || x >= integer(k) {
                return false;
            }
            // two points and the line through them
            let ((x0, y0), (x1, y1)) =
                ((ratio(1, k as i64), integer(k) - eps), (ratio(1, i as i64), integer(i) - eps));
            let chord = &y0 + (y1 - &y0) / (x1 - &x0) * (x.recip() - &x0);
            let high = integer(j) + eps;
            chord > high || (strict && chord == high)
        })
    };
    let mut most = vec![0u64; n as usize + 1];
    for k in 1..=n {
        let ended = (1..k).filter(|&i| unmet(i, k)).map(|i| most[i as usize] + 1).max();
        most[k as usize] = ended.unwrap_or(0).max(most[k as usize - 1]);
    }
    most[n as usize]
}

fn least_slope(n: u64, eps: &Rational, leak: &Rational) -> Rational {
    let mut worst = Rational::zero();
    for k in 1..=n {
        for j in (1..k).filter(|&j| integer(j) + leak < integer(k)) {
            let distance = (integer(j) + leak).recip() - integer(k).recip();
            worst = worst.max((integer(k) - integer(j) - eps * integer(2)) / distance);
        }
    }
    worst
}

/// Every cell of every grid, up to a bound.
fn least_cells(n: u64, eps: &Rational, leak: &Rational, strict: bool) -> Option<u64> {
    let tolerance = eps - leak;
    let start = (integer(n) + leak).recip();
    let fits = |u: &Rational, v: &Rational| {
        if tolerance.is_negative() {
            return false;
        }
        let (a, b) = (u.recip(), v.recip());
        let over = &a + &b - &tolerance;
        let (square, bound) = (&over * &over, integer(4) * a * b);
        if strict {
            over.is_negative() || square < bound
        } else {
            !over.is_positive() || square <= bound
        }
    };
    (1..=5000).find(|&cells| {
        let length = (integer(1) - &start) / integer(cells);
        (0..cells).all(|i| {
            let u = &start + &length * integer(i);
            fits(&u, &(&u + &length))
        })
    })
}
