//! Seeded changes of certificates: numbers nudged, signs turned, entries swapped, repeated and left out, parts of other
//! certificates put in.

use counterproof_kernel::KINDS;
use counterproof_kernel::number::{Rational, parse_canonical, ratio};
use num::{BigInt, Zero};
use proptest::prelude::{Rng, RngExt};
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};

/// The same numbers in every run with this seed.
pub fn seeded(seed: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// How many, unless an environment variable says otherwise.
pub fn how_many(variable: &str, usual: usize) -> usize {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}

/// One of a list.
pub fn one<'a, T>(list: &'a [T], rng: &mut TestRng) -> &'a T {
    &list[rng.random_range(0..list.len())]
}

/// Changes one to three places of the statement or the proof.
pub fn mutate(certificate: &Value, others: &[Value], rng: &mut TestRng) -> Value {
    let mut mutant = certificate.clone();
    for _ in 0..*one(&[1, 1, 1, 2, 3], rng) {
        if rng.random_ratio(1, 40) {
            let claims: Vec<&str> = KINDS.iter().flat_map(|row| row.claims).map(|claim| claim.name()).collect();
            mutant["claim"] = (*one(&claims, rng)).into();
            continue;
        }
        let empty = mutant["data"].pointer("/pigeonhole") == Some(&json!({}));
        let part = if empty { "params" } else { *one(&["params", "data", "data"], rng) };
        let places = places(&mutant[part]);
        // inner places are many and read well when changed, outer ones few and seldom do
        let mut path = one(&places, rng).max(one(&places, rng)).clone();
        if part == "data" && path.is_empty() {
            // what stands under the kind's name
            path.push_str(&places[1.min(places.len() - 1)]);
        }
        let at = mutant[part].pointer_mut(&path).unwrap();
        *at = changed(at, others, rng);
    }
    mutant
}

/// Pointers to all that is in a value, itself first.
pub fn places(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut inner = |key: &str, value: &Value| {
        found.extend(places(value).into_iter().map(|path| format!("/{key}{path}")));
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| inner(&i.to_string(), item)),
        Value::Object(fields) => fields.iter().for_each(|(key, field)| inner(key, field)),
        _ => {}
    }
    found
}

fn changed(old: &Value, others: &[Value], rng: &mut TestRng) -> Value {
    if rng.random_ratio(1, 40) {
        let odd = [
            json!(null),
            json!(true),
            json!(""),
            json!("0"),
            json!(0),
            json!([]),
            json!({}),
            json!("any"),
            json!("1/2"),
        ];
        return one(&odd, rng).clone();
    }
    if rng.random_ratio(1, 20) {
        let other = one(others, rng);
        let path = one(&places(other), rng).clone();
        return other.pointer(&path).unwrap().clone();
    }
    match old {
        Value::Bool(old) => (!old).into(),
        Value::Number(number) => number.as_u64().map_or(json!(0), |old| count(old, rng).into()),
        Value::String(text) => match parse_canonical(text) {
            Ok(old) => rational(&old, rng),
            Err(_) => word(text, rng),
        },
        Value::Array(items) if !items.is_empty() => list(items, rng).into(),
        Value::Object(fields) if fields.len() > 1 => {
            let keys: Vec<&String> = fields.keys().collect();
            let (a, b) = (*one(&keys, rng), *one(&keys, rng));
            let mut new = fields.clone();
            new.insert(a.clone(), fields[b].clone());
            new.insert(b.clone(), fields[a].clone());
            new.into()
        }
        _ => one(&[json!(0), json!(1), json!("0"), json!([]), json!([0, 1]), json!(null)], rng).clone(),
    }
}

/// Neighbours mostly, and sometimes what no memory holds.
fn count(old: u64, rng: &mut TestRng) -> u64 {
    let new = [
        old.saturating_add(1),
        old.saturating_add(1),
        old.saturating_sub(1),
        old.saturating_add(2),
        old.saturating_sub(2),
        0,
        1,
    ];
    match rng.random_range(0..40) {
        0 => rng.next_u64(),
        1 => u64::MAX,
        2 => old.saturating_mul(2),
        _ => *one(&new, rng),
    }
}

fn rational(old: &Rational, rng: &mut TestRng) -> Value {
    let step = ratio(rng.random_range(1..4), *one(&[1, 1, 2, 3, 5], rng));
    let new = match rng.random_range(0..8) {
        0 => -old,
        1 => old * step,
        2 => old * -step,
        3 => Rational::zero(),
        4 => Rational::new(old.numer() + BigInt::from(1), old.denom().clone()),
        5 => old - step,
        _ => old + step,
    };
    new.to_string().into()
}

fn word(old: &str, rng: &mut TestRng) -> Value {
    let words = [
        "exact",
        "solves",
        "query-count",
        "most-frequent-element",
        "count-vectors",
        "sequences",
        "<=",
        ">=",
        "=",
        "minimise",
        "maximise",
        "optimal",
        "infeasible",
        "unbounded",
        "two",
        "not-claimed",
        "split",
        "query",
        "last",
        "every",
        "e",
        "se",
        "see",
        "seee",
        "r",
        "w",
        "any",
    ];
    if rng.random_ratio(1, 8) { format!("{old}e").into() } else { (*one(&words, rng)).into() }
}

fn list(old: &[Value], rng: &mut TestRng) -> Vec<Value> {
    let (i, j) = (rng.random_range(0..old.len()), rng.random_range(0..old.len()));
    let mut new = old.to_vec();
    match rng.random_range(0..7) {
        0 => drop(new.remove(i)),
        1 => new.push(old[i].clone()),
        2 => new.insert(i, old[j].clone()),
        3 => new.reverse(),
        4 => new.rotate_left(i),
        5 => new[i] = old[j].clone(),
        _ => new.swap(i, j),
    }
    new
}
