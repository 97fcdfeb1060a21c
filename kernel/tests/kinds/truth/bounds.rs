//! Numbers that formulas give, and readouts on the inputs that decide.

use super::{Rational, columns, count, count_vectors, dot, matrix, rational, times, vector, whole};
use counterproof_kernel::number::ratio;
use num::{BigInt, One, Signed, Zero};
use serde_json::Value;

fn choose(n: u64, k: u64) -> BigInt {
    let product = |number: &dyn Fn(u64) -> u64| (0..k).fold(BigInt::one(), |product, i| product * number(i));
    product(&|i| n - i) / product(&|i| i + 1)
}

fn integer(value: &Value) -> BigInt {
    value.as_str().unwrap().parse().unwrap()
}

pub fn welch(params: &Value, data: &Value) -> bool {
    let (m, d, v) = (count(&params["m"]), count(&params["d"]), matrix(&data["embedding"]));
    let squared = |a: &[Rational], b: &[Rational]| dot(a, b) * dot(a, b) / (dot(a, a) * dot(b, b));
    let pairs = (0..v.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let mu = pairs.map(|(i, j)| squared(&v[i], &v[j])).max().unwrap();
    let bound = if m > d { whole(m - d) / (whole(d) * whole(m - 1)) } else { Rational::zero() };
    let fails = (1..10_000).find(|&n| &mu * whole(n - 1) * whole(n - 1) >= ratio(1, 4));
    let attained = data["pair"].as_array().is_none_or(|pair| {
        let [j, q] = [0, 1].map(|i| count(&pair[i]) as usize);
        squared(&v[j], &v[q]) == mu && j != q
    });
    attained
        && (v.len() as u64, v[0].len() as u64) == (m, d)
        && (rational(&params["mu_squared"]), rational(&params["welch_squared"])) == (mu, bound)
        && params["fails_from_n"].as_u64() == fails
}

pub fn mfe_bits(params: &Value, data: &Value) -> bool {
    let [k, m] = ["k", "m"].map(|name| count(&params[name]));
    let [elements, repeats, padding] = ["elements", "repeats", "padding"].map(|name| u128::from(count(&data[name])));
    let classes = choose(k + (m - 1), m - 1);
    let bits = (0..).find(|&bits| BigInt::one() << bits >= classes).unwrap();
    let reduction = elements * repeats + padding == k.into() && 3 * elements < m.into();
    let decides = elements == 0 || repeats > (2 * padding + 1).max(repeats) / 2 && 2 * repeats > 2 * padding + 1;
    integer(&params["classes"]) == classes
        && count(&params["bits"]) == bits
        && u128::from(count(&params["disjointness_bits"])) == elements
        && reduction
        && decides
}

pub fn pigeonhole(params: &Value) -> bool {
    let [n, m, d, bound] = ["n", "m", "d", "bound"].map(|name| count(&params[name]));
    let states = (0..d).fold(BigInt::one(), |power, _| power * (BigInt::from(n) * bound * 2 + 1));
    let vectors = choose(n + (m - 1), m - 1);
    let stated = (integer(&params["states"]), integer(&params["vectors"]));
    stated == (states.clone(), vectors.clone()) && params["collision"] == (vectors > states)
}

/// An error is affine in the counts, so the inputs `e_q + (n - 1) e_j` decide. The least `t` that bounds all errors of an affine
/// readout of the query is at a vertex of the polyhedron of `(readout, t)`.
pub fn no_readout(params: &Value, data: &Value) -> bool {
    let (n, v, query) = (count(&params["n"]), matrix(&data["embedding"]), count(&data["query"]) as usize);
    let state = |j: usize| {
        let mut mean: Vec<Rational> =
            v[query].iter().zip(&v[j]).map(|(a, b)| (a + b * whole(n - 1)) / whole(n)).collect();
        mean.push(Rational::one());
        mean
    };
    let states: Vec<_> = (0..v.len()).map(state).collect();
    // columns that depend on others give no other readout
    let mut kept: Vec<Vec<Rational>> = Vec::new();
    for column in columns(&states) {
        kept.push(column);
        if super::programs::rank(&kept) < kept.len() {
            kept.pop();
        }
    }
    let states = columns(&kept);
    // -t <= readout(state_j) - count_j <= t
    let mut sides = Vec::new();
    for (j, state) in states.iter().enumerate() {
        let right = if j == query { whole(n) } else { whole(1) };
        for sign in [whole(1), -whole(1)] {
            let mut row: Vec<Rational> = state.iter().map(|x| x * &sign).collect();
            row.push(-whole(1));
            sides.push((row, &right * &sign));
        }
    }
    let cost: Vec<Rational> = (0..kept.len() + 1).map(|i| whole(u64::from(i == kept.len()))).collect();
    super::programs::least(&sides, &cost).is_some_and(|error| error >= ratio(1, 2))
}

/// The stated readouts on all inputs of a small length, or on those that decide.
pub fn readouts(params: &Value, data: &Value) -> bool {
    let (n, v) = (count(&params["n"]), matrix(&data["embedding"]));
    let (weights, bias) = (matrix(&data["weights"]), vector(&data["bias"]));
    let m = v.len();
    let f = |query: usize, x: &[Rational]| dot(&weights[query], x) + &bias[query];
    let rest = |n: u64| -> Vec<Vec<u64>> {
        if n <= 6 {
            return count_vectors(n - 1, m);
        }
        (0..m).map(|j| (0..m).map(|i| if i == j { n - 1 } else { 0 }).collect()).collect()
    };
    (0..m).all(|query| {
        rest(n).into_iter().all(|mut c| {
            c[query] += 1;
            let shares: Vec<Rational> = c.iter().map(|&count| whole(count) / whole(n)).collect();
            let mean = times(&columns(&v), &shares);
            let y = whole(1) - f(query, &v[query]) + whole(n) * f(query, &mean);
            (y - whole(c[query])).abs() < ratio(1, 2)
        })
    })
}
