//! Collisions and distances of states: all pairs of inputs.

use super::{Rational, answer, columns, count, count_vectors, counts, dot, matrix, rational, times, whole};
use num::{One, Signed, Zero};
use serde_json::Value;
use std::collections::BTreeMap;

/// Inputs of a length with a query.
fn inputs(n: u64, m: usize, query: usize) -> Vec<Vec<u64>> {
    let rest = n.checked_sub(1).map_or_else(Vec::new, |rest| count_vectors(rest, m));
    let with = |mut c: Vec<u64>| {
        c[query] += 1;
        c
    };
    rest.into_iter().map(with).collect()
}

/// What attention passes on.
fn passed_on(subject: &Value, one_query: bool, query: usize, c: &[u64]) -> Vec<Rational> {
    let c: Vec<Rational> = c.iter().map(|&count| whole(count)).collect();
    if subject["embedding"].is_object() {
        return times(&columns(&matrix(&subject["embedding"])), &c);
    }
    if subject["scores"].is_object() {
        let base = rational(&subject["scores"]["base"]);
        let gaps = subject["scores"]["gaps"].as_array().unwrap();
        // one row where there is one query
        let row = if one_query { &gaps[0] } else { &gaps[query] };
        let weight = |gap: u64| (0..gap).fold(Rational::one(), |weight, _| weight / &base);
        let weights: Vec<Rational> = counts(row).into_iter().map(weight).collect();
        return vec![dot(&weights, &c).recip()];
    }
    let model = &subject["model"];
    let (z, base) = (matrix(&model["embedding"]), rational(&model["base"]));
    let mut found = Vec::new();
    for head in model["heads"].as_array().unwrap() {
        let (asked, key) = (times(&matrix(&head["query"]), &z[query]), matrix(&head["key"]));
        let score = |state: &Vec<Rational>| dot(&asked, &times(&key, state));
        let weight = |state: &Vec<Rational>| {
            let exponent: i32 = (score(state) - score(&z[query])).to_integer().try_into().unwrap();
            let size = (0..exponent.unsigned_abs()).fold(Rational::one(), |product, _| product * &base);
            if exponent < 0 { size.recip() } else { size }
        };
        let weights: Vec<Rational> = z.iter().zip(&c).map(|(state, count)| weight(state) * count).collect();
        let values: Vec<_> = z.iter().map(|state| times(&matrix(&head["value"]), state)).collect();
        found.extend(times(&columns(&values), &weights));
        found.push(weights.iter().fold(Rational::zero(), |sum, x| sum + x));
    }
    found
}

/// Lengths up to 8 are tried, 5 where all are meant.
pub fn collision(params: &Value, data: &Value) -> bool {
    let m = count(&params["m"]) as usize;
    let queries = params["query"].as_u64().map_or(0..m, |query| query as usize..query as usize + 1);
    let passed_on = |query, c: &[u64]| passed_on(&data["subject"], !params["query"].is_null(), query, c);
    let collides = |n: u64| {
        queries.clone().any(|query| {
            let mut answers = BTreeMap::new();
            inputs(n, m, query).into_iter().any(|c| {
                let answer = answer(&params["task"], &c, query);
                *answers.entry(passed_on(query, &c)).or_insert(answer) != answer
            })
        })
    };
    let free = params["free_up_to"].as_u64().map_or(5, |free| free.min(8));
    let pair = &data["pair"];
    let refuted = pair.is_object() && params["collides_at"].is_null() && data["proofs"] == serde_json::json!([]);
    let at = if refuted { &params["free_up_to"] } else { &params["collides_at"] };
    let shown = match at.as_u64() {
        None => true,
        Some(n) => {
            let (query, [c, other]) =
                (count(&pair["query"]) as usize, ["c", "c_prime"].map(|name| counts(&pair[name])));
            let alike = passed_on(query, &c) == passed_on(query, &other);
            let lengths = [&c, &other].iter().all(|c| c.iter().sum::<u64>() == n && c[query] > 0 && c.len() == m);
            let answer = |c: &[u64]| answer(&params["task"], c, query);
            lengths && alike && queries.contains(&query) && answer(&c) != answer(&other)
        }
    };
    shown && (refuted || !(1..=free).any(collides))
}

pub fn separation(params: &Value, data: &Value) -> bool {
    let (n, m) = (count(&params["n"]), count(&params["m"]) as usize);
    let rows = columns(&matrix(&data["embedding"]));
    let state = |c: &Vec<u64>| times(&rows, &c.iter().map(|&count| whole(count) / whole(n)).collect::<Vec<_>>());
    let mut least: Option<Rational> = None;
    for query in 0..m {
        let inputs: Vec<_> = inputs(n, m, query).into_iter().map(|c| (state(&c), c)).collect();
        for (i, (u, c)) in inputs.iter().enumerate() {
            for (v, other) in inputs.iter().take(i) {
                if c[query] != other[query] || c.iter().max() != other.iter().max() {
                    let apart = u.iter().zip(v).map(|(a, b)| (a - b).abs()).max().unwrap_or_else(Rational::zero);
                    least = Some(least.map_or_else(|| apart.clone(), |least| least.min(apart.clone())));
                }
            }
        }
    }
    least == Some(rational(&params["distance"]))
}
