//! Inputs whose margin is exactly zero: a bound that calls them right or wrong has lost a part of its error.
//!
//! Scores are equal, and the `eps` of norms such that what is divided by is rational, so outputs are known exactly. Parts of the models are scaled, so that
//! now one error is the largest and now another.

use crate::drawn::{PLAIN, Shape, completed, model};
use crate::mutate::{one, seeded};
use crate::truth::{self, exact};
use counterproof_kernel::Clock;
use counterproof_kernel::definition::{Judged, Question, SoftmaxTransformer, Token, judge};
use counterproof_kernel::evidence::{Boxes, Cell, Known, MOST_BITS};
use counterproof_kernel::number::{Rational, integer, parse_canonical, ratio};
use num::Signed;
use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;
use serde_json::{Value, json};

/// Multiplies all numbers in a value.
fn scale(value: &mut Value, by: &Rational) {
    match value {
        Value::String(text) => *text = (parse_canonical(text).unwrap() * by).to_string(),
        Value::Array(all) => all.iter_mut().for_each(|value| scale(value, by)),
        Value::Object(all) => all.iter_mut().filter(|(key, _)| *key != "shape").for_each(|(_, value)| scale(value, by)),
        _ => {}
    }
}

/// A model with equal scores.
fn even(rng: &mut TestRng, shape: &Shape) -> Value {
    let mut model = model(rng, shape);
    for head in model["blocks"][0]["part"]["attention"]["heads"].as_array_mut().unwrap() {
        scale(&mut head["weights"]["softmax"]["query"], &ratio(0, 1));
    }
    let parts = [
        "/embedding",
        "/blocks/0/part/attention/heads/0/output",
        "/blocks/0/after/weight",
        "/blocks/0/after/bias",
        "/blocks/1/part/mlp/hidden",
        "/blocks/1/part/mlp/output",
        "/norm/weight",
        "/norm/bias",
        "/reading/number/weight",
    ];
    for part in parts {
        // thirds are no words
        let (above, below) = *one(&[(1, 3), (1, 3), (2, 3), (1, 48), (16, 3)], rng);
        model.pointer_mut(part).into_iter().for_each(|value| scale(value, &ratio(above, below)));
    }
    model
}

fn sequence(counts: &[i64], query: usize) -> Vec<usize> {
    let others = counts.iter().enumerate();
    let others = others.flat_map(|(token, &count)| vec![token; (count - i64::from(token == query)) as usize]);
    others.chain([query]).collect()
}

fn shapes() -> Vec<Shape> {
    let norms = |after, last| [0, after, 0, 0, last];
    vec![
        Shape { n: 6, ..PLAIN },
        Shape { n: 7, norms: norms(1, 0), d: 3, ..PLAIN },
        Shape { n: 6, norms: norms(0, 2), d: 3, ..PLAIN },
        Shape { n: 9, norms: norms(2, 1), d: 3, units: 3, ..PLAIN },
        Shape { n: 6, norms: norms(1, 2), d: 4, bos: true, residual: [true, false], ..PLAIN },
        Shape { n: 5, norms: norms(1, 1), d: 3, choices: 5, ..PLAIN },
        Shape { n: 5, choices: 5, bos: true, residual: [false, true], ..PLAIN },
        Shape { n: 7, norms: [0, 0, 2, 0, 0], d: 3, ..PLAIN },
        Shape { n: 6, norms: [0, 0, 1, 0, 2], d: 3, bos: true, ..PLAIN },
        Shape { n: 5, norms: [0, 0, 2, 0, 1], d: 3, choices: 5, ..PLAIN },
        Shape { n: 6, heads: 2, d: 3, ..PLAIN },
        Shape { n: 6, heads: 3, norms: norms(2, 1), d: 3, ..PLAIN },
        Shape { n: 6, heads: 2, norms: [0, 0, 1, 0, 1], d: 3, ..PLAIN },
    ]
}

/// All counts of a cell.
fn inside(cell: &Cell) -> Vec<Vec<i64>> {
    match (0..cell.lo.len()).find_map(|token| cell.split(token)) {
        Some(parts) => parts.iter().flat_map(inside).collect(),
        None => vec![cell.lo.clone()],
    }
}

#[test]
fn no_bound_calls_a_margin_of_zero() {
    let clock = Clock::unlimited();
    let (mut seen, mut cells) = (0, 0);
    for (number, shape) in shapes().iter().enumerate() {
        let mut rng = seeded(300 + number as u64);
        for _ in 0..40 {
            let mut model = even(&mut rng, shape);
            let tokens: Vec<usize> = (0..shape.n).map(|_| rng.random_range(0..shape.m)).collect();
            let query = tokens[shape.n - 1];
            let count = |token: usize| tokens.iter().filter(|other| **other == token).count() as i64;
            let counts: Vec<i64> = (0..shape.m).map(count).collect();
            let k = counts[query];
            let y = exact::outputs(&mut model, &sequence(&counts, query));
            let distance = exact::distance(&model, &y, k as u64);
            let tolerance = if shape.choices == 0 { distance.clone() } else { ratio(1, 2) };
            if !tolerance.is_positive() {
                continue;
            }
            if shape.choices > 0 {
                let bias = &mut model["reading"]["arg-max"]["map"]["bias"][k as usize - 1];
                *bias = (parse_canonical(bias.as_str().unwrap()).unwrap() + distance).to_string().into();
            }
            let transformer: SoftmaxTransformer = serde_json::from_value(model.clone()).unwrap();
            let n = shape.n as u64;
            let boxes = Boxes::new(&transformer, &Question::QueryCount, &tolerance, n, &clock).unwrap().unwrap();
            let Some(form) = boxes.form(query, &clock).unwrap() else { continue };
            seen += 1;
            // by definition it is known exactly, and no margin is not right
            let tokens: Vec<Token> = sequence(&counts, query).into_iter().map(Token).collect();
            let input = (tokens.as_slice(), shape.n - 1, &integer(k as u64));
            assert_eq!(judge(&transformer, &tolerance, input, MOST_BITS, &clock).unwrap().0, Judged::Wrong);
            assert_eq!(form.judge(&counts, k), Judged::Open, "{counts:?} of {query}, {tolerance}: {model}");
            // a millionth beside it, and it is known; what passes a norm by may be large beside its length
            let near = ratio(1, if shape.norms[2] > 0 { 100_000 } else { 1_000_000 });
            if shape.choices == 0 {
                for (other, judged) in [(&tolerance + &near, Judged::Right), (&tolerance - &near, Judged::Wrong)] {
                    let boxes = Boxes::new(&transformer, &Question::QueryCount, &other, n, &clock).unwrap().unwrap();
                    assert_eq!(
                        boxes.form(query, &clock).unwrap().unwrap().judge(&counts, k),
                        judged,
                        "{counts:?}: {model}"
                    );
                }
            }
            for size in [0, 0, 1, 1, 2, 3] {
                let end = |rng: &mut TestRng, token: usize, way: i64| {
                    let wide = if token == query { 0 } else { rng.random_range(0..=size) };
                    (counts[token] + way * wide).max(i64::from(token == query))
                };
                let lo: Vec<i64> = (0..shape.m).map(|token| end(&mut rng, token, -1)).collect();
                let hi: Vec<i64> = (0..shape.m).map(|token| end(&mut rng, token, 1)).collect();
                let cell = Cell::new(&lo, &hi, shape.n as i64).unwrap();
                let judged = form.bound(&cell, k).judged;
                assert_eq!(judged, Judged::Open, "{cell:?} with {counts:?} of {query}, {tolerance}: {model}");
                cells += 1;
                // one by one, whatever units are folded on the way
                let mut known = Known::default();
                boxes.each(query, &form, &cell, &mut known, &clock).unwrap();
                let mut truth = Known::default();
                for counts in inside(&cell) {
                    let tokens: Vec<Token> = sequence(&counts, query).into_iter().map(Token).collect();
                    let input = (tokens.as_slice(), shape.n - 1, &integer(k as u64));
                    let judged = judge(&transformer, &tolerance, input, MOST_BITS, &clock).unwrap().0;
                    let one = Cell::new(&counts, &counts, shape.n as i64).unwrap();
                    truth.add(judged, &boxes.ways(query, &one, &clock).unwrap());
                }
                assert_eq!(known, truth, "{cell:?} of {query}, {tolerance}: {model}");
            }
        }
    }
    assert!(seen > 150 && cells > 900, "{seen} inputs, {cells} cells");
}

#[test]
fn other_models_have_no_form() {
    let clock = Clock::unlimited();
    let mut rng = seeded(390);
    let value = model(&mut rng, &Shape { norms: [0, 1, 0, 0, 2], ..PLAIN });
    let has = |value: &Value, question: &Question, n: u64| {
        let model: SoftmaxTransformer = serde_json::from_value(value.clone()).unwrap();
        Boxes::new(&model, question, &ratio(1, 2), n, &clock).unwrap().is_some()
    };
    assert!(has(&value, &Question::QueryCount, 4) && has(&value, &Question::QueryCount, 1024));
    assert!(!has(&value, &Question::QueryCount, 1025) && !has(&value, &Question::MostFrequentElement, 4));
    // too many units of a narrow stream, and few of a wide one
    for shape in [Shape { units: 4097, d: 1, n: 1, m: 1, ..PLAIN }, Shape { units: 1, d: 257, n: 1, m: 1, ..PLAIN }] {
        assert!(!has(&model(&mut rng, &shape), &Question::QueryCount, 1));
    }
    let head = value["blocks"][0]["part"]["attention"]["heads"][0].clone();
    let scores = head["weights"]["softmax"].clone();
    let matrix = json!({"shape": [4, 4], "rows": vec![vec!["1"; 4]; 4]});
    let mut later = value["blocks"].clone();
    later.as_array_mut().unwrap().push(value["blocks"][1].clone());
    for (path, changed) in [
        ("/blocks/0/part/attention/heads/0/weights", json!({ "scores": scores })),
        ("/blocks/0/part/attention/heads/0/weights", json!({ "softmax-matrix": matrix })),
        ("/blocks/0/part/attention/heads", json!([])),
        ("/blocks/1/before", value["blocks"][0]["after"].clone()),
        ("/blocks", later),
        ("/blocks/1/part/mlp/activation", json!("gelu")),
    ] {
        let mut other = value.clone();
        *other.pointer_mut(path).unwrap() = changed;
        assert!(!has(&other, &Question::QueryCount, 4), "{path}");
    }
    // of many heads each moves each place
    let mut many = value.clone();
    many["positions"] = json!({"shape": [4, 2], "rows": vec![["1", "1/2"]; 4]});
    for (heads, few) in [(100, true), (200, false)] {
        many["blocks"][0]["part"]["attention"]["heads"] = vec![head.clone(); heads].into();
        assert_eq!(has(&many, &Question::QueryCount, 4), few, "{heads} heads");
    }
}

/// What is as far from the answer as is allowed, to the last digit, is wrong, and everything else is what it is in rationals.
#[test]
fn surveys_are_exact_where_outputs_are() {
    let shapes =
        [Shape { n: 4, ..PLAIN }, Shape { m: 2, bos: true, n: 5, ..PLAIN }, Shape { causal: true, n: 3, ..PLAIN }];
    for (number, shape) in shapes.iter().enumerate() {
        let mut rng = seeded(400 + number as u64);
        for _ in 0..4 {
            let mut model = even(&mut rng, shape);
            let answer = |tokens: &[usize]| tokens.iter().filter(|token| **token == tokens[shape.n - 1]).count() as u64;
            let mut distances: Vec<Rational> = truth::sequences(shape.n as u64, shape.m as u64)
                .iter()
                .map(|tokens| {
                    let y = exact::outputs(&mut model, tokens);
                    exact::distance(&model, &y, answer(tokens))
                })
                .collect();
            distances.sort();
            let tolerance = distances[distances.len() / 2].clone();
            let right = distances.iter().filter(|distance| **distance < tolerance).count();
            let params = json!({"task": "query-count", "tolerance": tolerance.to_string(), "n": shape.n, "m": shape.m, "d": shape.d});
            let data = json!({"model": model, "trees": [], "right": "0", "wrong": "0", "margin": null});
            let mut certificate = json!({
                "format": "counterproof-certificate", "version": 3, "claim": "model", "params": params, "data": {"readings": data}, "sha256": "",
            });
            completed(&mut certificate, "readings", |_, told| {
                let last = told.contains("no split") || told.contains("evaluated by definition");
                if last { "e" } else { "s" }.to_owned()
            })
            .unwrap();
            let found = &certificate["data"]["readings"];
            assert_eq!(found["right"], right.to_string(), "{certificate}");
            assert_eq!(found["wrong"], (distances.len() - right).to_string(), "{certificate}");
        }
    }
}
