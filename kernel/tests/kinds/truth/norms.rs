//! Normalised states: every pair of inputs, by the definition of the norm.

use super::{Rational, answer, columns, count, count_vectors, counts, matrix, rational, times, whole};
use num::{Signed, Zero};
use serde_json::Value;

/// A vector over the root of a number: `x / sqrt(a)`.
struct Normalised(Vec<Rational>, Rational);

impl Normalised {
    fn of(params: &Value, embedding: &Value, c: &[u64], query: usize) -> Self {
        let (v, n) = (matrix(embedding), whole(c.iter().sum()));
        let frequencies: Vec<Rational> = c.iter().map(|&count| whole(count) / &n).collect();
        let mean = times(&columns(&v), &frequencies);
        let mut r: Vec<Rational> = v[query].iter().zip(mean).map(|(own, mean)| own + mean).collect();
        let d = whole(r.len() as u64);
        if params["norm"] == "none" {
            return Self(r, whole(1));
        }
        if params["norm"] == "layer" {
            let centre = r.iter().fold(Rational::zero(), |sum, x| sum + x) / &d;
            r.iter_mut().for_each(|x| *x -= &centre);
        }
        let square = r.iter().map(|x| x * x).fold(Rational::zero(), |sum, x| sum + x) / d;
        Self(r, square + rational(&params["eps"]))
    }

    fn same(&self, other: &Self) -> bool {
        let zero = |of: &Self| of.0.iter().all(Zero::is_zero);
        if self.1.is_zero() || other.1.is_zero() {
            return zero(self) && zero(other);
        }
        let equal = |(x, y): (&Rational, &Rational)| x.signum() == y.signum() && x * x * &other.1 == y * y * &self.1;
        self.0.iter().zip(&other.0).all(equal)
    }
}

/// How many normalised states the inputs of length `n` have; `None` when one of them has two answers.
fn classes_at(params: &Value, embedding: &Value, n: u64) -> Option<u64> {
    let mut known: Vec<(Normalised, u64)> = Vec::new();
    for query in 0..count(&params["m"]) as usize {
        for c in count_vectors(n, count(&params["m"]) as usize).into_iter().filter(|c| c[query] > 0) {
            let (state, answer) = (Normalised::of(params, embedding, &c, query), answer(&params["task"], &c, query));
            match known.iter().find(|(other, _)| other.same(&state)) {
                Some((_, other)) if *other != answer => return None,
                Some(_) => {}
                None => known.push((state, answer)),
            }
        }
    }
    Some(known.len() as u64)
}

/// The same of a certificate.
pub fn classes(certificate: &Value) -> Option<u64> {
    let (params, data) = (&certificate["params"], &certificate["data"]["normalised-states"]);
    classes_at(params, &data["embedding"], count(&params["n"]))
}

/// Lengths up to 3 are tried where the tokens are independent.
pub fn normalised(params: &Value, data: &Value) -> bool {
    let embedding = &data["embedding"];
    if let Some(pair) = data["pair"].as_object() {
        let side = |c: &str, query: &str| {
            let (c, query) = (counts(&pair[c]), count(&pair[query]) as usize);
            let state = Normalised::of(params, embedding, &c, query);
            (c.iter().sum::<u64>(), state, answer(&params["task"], &c, query), c[query] > 0)
        };
        let (one, other) = (side("c", "query"), side("c_prime", "query_prime"));
        let long = params["n"].as_u64().is_none_or(|n| n == one.0);
        return long && one.0 == other.0 && one.3 && other.3 && one.1.same(&other.1) && one.2 != other.2;
    }
    match data["classes"].as_u64() {
        Some(stated) => classes_at(params, embedding, count(&params["n"])) == Some(stated),
        None => {
            let last = params["n"].as_u64().map_or(3, |n| n.min(3));
            (1..=last).all(|n| classes_at(params, embedding, n).is_some())
        }
    }
}
