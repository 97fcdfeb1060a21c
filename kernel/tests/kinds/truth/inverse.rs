//! Exact widths of the inverter, all numbers by their definition, for small `n`.

use super::{Rational, count, matrix, rational, relu, times, vector, whole};
use num::{One, Signed, Zero};
use serde_json::Value;

pub fn inverse_width(params: &Value, data: &Value) -> bool {
    let (n, strict) = (count(&params["n"]), params["strict"] == true);
    let [eps, leak, p_min] = ["epsilon", "leak", "p_min"].map(|name| rational(&params[name]));
    let holds = |a: &Rational, b: &Rational, strict: bool| a < b || !strict && a == b;
    let within = |network: &dyn Fn(&Rational) -> Rational, strict: bool| {
        // the ends and 16 points between; the checker knows the kinks
        (1..=n).all(|k| {
            (0..=16).all(|part| {
                let x = (whole(k) + &leak * whole(part) / whole(16)).recip();
                holds(&(network(&x) - whole(k)).abs(), &eps, strict)
            })
        })
    };
    let scalar = |network: &Value, x: &Rational| {
        let unit = |unit: &Value| {
            let inner = rational(&unit["w"]) * x + rational(&unit["b"]);
            rational(&unit["a"]) * inner.max(Rational::zero())
        };
        let units = network["units"].as_array().unwrap().iter().map(unit);
        units.fold(rational(&network["alpha"]) * x + rational(&network["beta"]), |sum, y| sum + y)
    };
    let deep = |x: &Rational| {
        let mut values = vec![x.clone()];
        for layer in data["two_layers"]["hidden"].as_array().unwrap().iter().chain([&data["two_layers"]["output"]]) {
            values = times(&matrix(&layer["weight"]), &values);
            values.iter_mut().zip(vector(&layer["bias"])).for_each(|(value, bias)| *value += bias);
            if layer != &data["two_layers"]["output"] {
                relu(&mut values);
            }
        }
        values[0].clone()
    };
    let slope = &data["slope"];
    let networks = within(&|x| scalar(&data["width"]["network"], x), strict)
        && within(&|x| scalar(&slope["network"], x), false)
        && (slope["inner"].is_null() || within(&|x| scalar(&slope["inner"], x), true))
        && within(&deep, strict);
    // the most triples with disjoint interiors, greedily
    let is_triple = |i: u64, j: u64, k: u64| {
        let middle = whole(j) + &leak;
        let ordered = whole(i) < middle && middle < whole(k);
        ordered && {
            let above = whole(i + k) - whole(i * k) / &middle - &eps - whole(j) - &eps;
            above > Rational::zero() || strict && above.is_zero()
        }
    };
    let (mut triples, mut start) = (0, 1);
    while let Some(end) = (start + 1..=n).find(|&k| (start..k).any(|i| (i..=k).any(|j| is_triple(i, j, k)))) {
        (triples, start) = (triples + 1, end);
    }
    let forced =
        |j: u64, k: u64| (whole(k) - whole(j) - &eps * whole(2)) / ((whole(j) + &leak).recip() - whole(k).recip());
    let pairs = (1..=n).flat_map(|j| (j + 1..=n).map(move |k| (j, k)));
    let forced = pairs.filter(|&(j, k)| whole(j) + &leak < whole(k)).map(|(j, k)| forced(j, k));
    let largest = forced.max();
    let reached = largest.as_ref().is_some_and(|largest| !largest.is_negative());
    let slopes = largest.filter(|_| reached).unwrap_or_else(Rational::zero);
    let unit = if strict && reached { slopes.floor() + Rational::one() } else { slopes.ceil() };
    let stated = params["unit_width"].as_u64().is_none_or(|width| {
        // nothing forces more than 0 where no pair is named
        whole(width) == unit || slopes.is_zero() && width == 0
    });
    networks
        && count(&params["w_min"]) == triples
        && p_min == slopes
        && stated
        && params["w_grid"].as_u64() == cells(n, &(&eps - &leak), &leak, strict)
}

/// The least number of cells: the interpolant of `1/x` on a cell `[1/a, 1/b]` is worst at `1/sqrt(a b)`, by `(sqrt a - sqrt b)^2`, and
/// the first cell is the worst.
fn cells(n: u64, allowed: &Rational, leak: &Rational, strict: bool) -> Option<u64> {
    let low = (whole(n) + leak).recip();
    if allowed.is_negative() || allowed.is_zero() && (strict || !low.is_one()) {
        return None;
    }
    (1..10_000).find(|&cells| {
        let (a, b) = (low.recip(), (&low + (Rational::one() - &low) / whole(cells)).recip());
        let (gap, product) = (&a + &b - allowed, &a * &b * whole(4));
        gap.is_negative() || &gap * &gap < product || !strict && &gap * &gap == product
    })
}
