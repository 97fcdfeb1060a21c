//! Collisions, distances and Lipschitz constants of states: all pairs of inputs.

use super::{Rational, answer, columns, count, count_vectors, counts, dot, matrix, rational, times, vector, whole};
use num::{BigInt, One, Signed, Zero};
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

/// The queries of a statement, and whether its pair collides at a length.
fn queries(params: &Value) -> std::ops::Range<usize> {
    let m = count(&params["m"]) as usize;
    params["query"].as_u64().map_or(0..m, |query| query as usize..query as usize + 1)
}

fn pair_collides(params: &Value, data: &Value, at: &Value) -> bool {
    let (m, pair) = (count(&params["m"]) as usize, &data["pair"]);
    let passed_on = |query, c: &[u64]| passed_on(&data["subject"], !params["query"].is_null(), query, c);
    match at.as_u64() {
        None => true,
        Some(n) => {
            let (query, [c, other]) =
                (count(&pair["query"]) as usize, ["c", "c_prime"].map(|name| counts(&pair[name])));
            let alike = passed_on(query, &c) == passed_on(query, &other);
            let lengths = [&c, &other].iter().all(|c| c.iter().sum::<u64>() == n && c[query] > 0 && c.len() == m);
            let answer = |c: &[u64]| answer(&params["task"], c, query);
            lengths && alike && queries(params).contains(&query) && answer(&c) != answer(&other)
        }
    }
}

/// Lengths up to 8 are tried, 5 where all are meant.
pub fn collision(params: &Value, data: &Value) -> bool {
    let m = count(&params["m"]) as usize;
    let passed_on = |query, c: &[u64]| passed_on(&data["subject"], !params["query"].is_null(), query, c);
    let collides = |n: u64| {
        queries(params).any(|query| {
            let mut answers = BTreeMap::new();
            inputs(n, m, query).into_iter().any(|c| {
                let answer = answer(&params["task"], &c, query);
                *answers.entry(passed_on(query, &c)).or_insert(answer) != answer
            })
        })
    };
    let free = params["free_up_to"].as_u64().map_or(5, |free| free.min(8));
    let unproved = data["proofs"] == serde_json::json!([]) && data["multisets"].is_null();
    let refuted = data["pair"].is_object() && params["collides_at"].is_null() && unproved;
    let at = if refuted { &params["free_up_to"] } else { &params["collides_at"] };
    pair_collides(params, data, at) && (refuted || !(1..=free).any(collides))
}

/// Whether the vector with these coordinates, the last one last, is of a part: a polynomial of them, modulo a prime.
pub fn in_part(lambda: &[BigInt], (index, of): (u64, u64), coordinates: usize) -> bool {
    let Some(last) = lambda.iter().rfind(|value| !value.is_zero()) else { return false };
    let prime = (BigInt::one() << 64) - 59;
    let multiplier = BigInt::from(11_400_714_819_323_198_485_u64);
    let mut hash = BigInt::zero();
    let mut power = BigInt::one();
    for value in &lambda[lambda.len() - coordinates..] {
        hash += &power * value * last.signum();
        power *= &multiplier;
    }
    let hash = ((hash % &prime) + &prime) % prime;
    hash % of == BigInt::from(index - 1)
}

/// Every pair of inputs up to 6 tokens that collides differs by a vector of another part; 4 where all lengths are meant.
pub fn collision_in_part(params: &Value, data: &Value) -> bool {
    let m = count(&params["m"]) as usize;
    let (index, of) = params["part"].as_str().unwrap().split_once('/').unwrap();
    let part = (index.parse().unwrap(), of.parse().unwrap());
    let vectors = |name: &str| data["proofs"][0][name].as_array().unwrap().iter().map(vector).collect::<Vec<_>>();
    let (basis, inverse) = (vectors("basis"), vectors("left_inverse"));
    let coordinates = count(&params["coordinates"]) as usize;
    let mine = |c: &[u64], other: &[u64]| {
        let z: Vec<Rational> = c.iter().zip(other).map(|(a, b)| whole(*a) - whole(*b)).collect();
        let lambda = times(&inverse, &z);
        let again = (0..m).map(|j| basis.iter().zip(&lambda).map(|(b, x)| &b[j] * x).sum::<Rational>());
        assert!(again.eq(z.iter().cloned()), "coordinates of {z:?}");
        in_part(&lambda.iter().map(Rational::to_integer).collect::<Vec<_>>(), part, coordinates)
    };
    let collides = |n: u64| {
        queries(params).any(|query| {
            let mut alike: BTreeMap<_, Vec<(u64, Vec<u64>)>> = BTreeMap::new();
            for c in inputs(n, m, query) {
                let answer = answer(&params["task"], &c, query);
                let found = alike.entry(passed_on(&data["subject"], false, query, &c)).or_default();
                if found.iter().any(|(other, c_prime)| *other != answer && mine(&c, c_prime)) {
                    return true;
                }
                found.push((answer, c));
            }
            false
        })
    };
    let free = params["free_in_part_up_to"].as_u64().map_or(4, |free| free.min(6));
    pair_collides(params, data, &params["collides_at"]) && !(1..=free).any(collides)
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

/// The largest quotient of all pairs; `None` when it is infinite.
fn steepest(embedding: &[Vec<Rational>], n: u64, task: &Value, epsilon: &Rational) -> Option<Rational> {
    let (m, rows) = (embedding.len(), columns(embedding));
    let state = |c: &Vec<u64>| times(&rows, &c.iter().map(|&count| whole(count) / whole(n)).collect::<Vec<_>>());
    let mut largest = Rational::zero();
    for query in 0..m {
        let inputs: Vec<_> = inputs(n, m, query).into_iter().map(|c| (state(&c), answer(task, &c, query))).collect();
        for (i, (u, a)) in inputs.iter().enumerate() {
            for (v, other) in inputs.iter().take(i) {
                let rise = whole(a.abs_diff(*other)) - epsilon - epsilon;
                if rise.is_positive() {
                    let run = u.iter().zip(v).map(|(a, b)| (a - b).abs()).max().unwrap_or_else(Rational::zero);
                    if run.is_zero() {
                        return None;
                    }
                    largest = largest.max(rise / run);
                }
            }
        }
    }
    Some(largest)
}

/// The largest `g` with `g^d < points`.
fn cells(points: usize, d: u64) -> u64 {
    let below = |g: &u64| (0..d).try_fold(1u64, |power, _| power.checked_mul(*g)).is_some_and(|p| p < points as u64);
    (1..).take_while(|g| *g < points as u64 && below(g)).last().unwrap_or(0)
}

fn over_all_embeddings(params: &Value) -> Rational {
    let [n, m, d] = ["n", "m", "d"].map(|name| count(&params[name]));
    let (epsilon, radius) = (rational(&params["epsilon"]), rational(&params["radius"]));
    let quotient = |apart: u64, points: usize, tokens: u64| {
        let rise = (whole(apart) - &epsilon - &epsilon).max(Rational::zero());
        rise / (whole(2) * &radius * whole(tokens) / whole(n)) * whole(cells(points, d))
    };
    let copies = if params["task"] == "query-count" { n - 1 } else { n / 2 };
    let sums = quotient(1, count_vectors(n - 1, m as usize).len(), n - 1);
    sums.max(quotient(copies, m as usize, copies))
}

pub fn lipschitz(params: &Value, data: &Value) -> bool {
    let (embedding, epsilon) = (matrix(&data["embedding"]), rational(&params["epsilon"]));
    let within = |entry: &Rational| entry.abs() <= rational(&params["radius"]);
    let value = steepest(&embedding, count(&params["n"]), &params["task"], &epsilon);
    let bound = rational(&params["bound_all_embeddings"]);
    value.as_ref().map_or("inf".to_owned(), ToString::to_string) == params["lipschitz"].as_str().unwrap()
        && embedding.iter().flatten().all(within)
        && bound == over_all_embeddings(params)
        && value.is_none_or(|value| bound <= value)
}

/// The digits, one by one, and the same bounds in another way.
pub fn lipschitz_bound(params: &Value) -> bool {
    let [n, m, d] = ["n", "m", "d"].map(|name| count(&params[name]));
    let (epsilon, radius) = (rational(&params["epsilon"]), rational(&params["radius"]));
    let token = |j: u64| {
        let power = |p: u64| (0..p).fold(radius.clone(), |value, _| value / whole(2 * n));
        let at = |i: u64| if j > 0 && (j - 1) % d == i { power((j - 1) / d) } else { Rational::zero() };
        (0..d).map(at).collect::<Vec<_>>()
    };
    let digits: Vec<Vec<Rational>> = (0..m).map(token).collect();
    let value = steepest(&digits, n, &params["task"], &epsilon).unwrap();
    let (stated, query_count) = (rational(&params["attained_at_most"]), params["task"] == "query-count");
    let any = match query_count {
        true => Value::Null,
        false => {
            let (heads, width) = (count(&params["heads"]), count(&params["head_dimension"]));
            let rise = (whole(n / 2) - Rational::one() - &epsilon - &epsilon).max(Rational::zero());
            let run = whole(if heads == 1 { 1 } else { 2 }) * &radius;
            Value::from((rise / run * whole(cells(m as usize, heads * width))).to_string())
        }
    };
    rational(&params["bound_all_embeddings"]) == over_all_embeddings(params)
        && if query_count || epsilon.is_zero() { value == stated } else { value <= stated }
        && params["bound_any_attention"] == any
}
