//! Softmax models drawn at random: a certificate of each is completed from what the checker refuses it for, symbol by symbol, and has to be true
//! by definition. Trees are as short as the bounds allow, and no longer than they are today.

use crate::mutate::seeded;
use crate::table::{judged, mended, stored};
use crate::truth;
use counterproof_kernel::definition::{Judged, Question, SoftmaxTransformer};
use counterproof_kernel::evidence::{Boxes, Cell};
use counterproof_kernel::number::{parse_canonical, ratio};
use counterproof_kernel::{Clock, Rejection};
use num::BigUint;
use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;
use serde_json::{Value, json};

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub n: usize,
    pub m: usize,
    pub d: usize,
    pub heads: usize,
    pub units: usize,
    pub positions: bool,
    pub bos: bool,
    pub causal: bool,
    pub rotary: bool,
    /// what a head weighs positions by: their scores or a matrix, through a softmax or not
    pub weights: &'static str,
    /// before and after each block, and before the reading: 0 none, 1 RMS, 2 layer
    pub norms: [u8; 5],
    pub residual: [bool; 2],
    pub choices: usize,
    pub every: bool,
    pub frequent: bool,
}

pub const PLAIN: Shape = Shape {
    n: 4,
    m: 3,
    d: 2,
    heads: 1,
    units: 2,
    positions: false,
    bos: false,
    causal: false,
    rotary: false,
    weights: "softmax",
    norms: [0; 5],
    residual: [true; 2],
    choices: 0,
    every: false,
    frequent: false,
};

fn entry(rng: &mut TestRng) -> Value {
    ratio(rng.random_range(-12..=12), 8).to_string().into()
}

fn vector(rng: &mut TestRng, size: usize) -> Value {
    (0..size).map(|_| entry(rng)).collect()
}

fn matrix(rng: &mut TestRng, rows: usize, cols: usize) -> Value {
    let entries: Vec<Value> = (0..rows).map(|_| vector(rng, cols)).collect();
    json!({"shape": [rows, cols], "rows": entries})
}

fn affine(rng: &mut TestRng, rows: usize, cols: usize) -> Value {
    json!({"weight": matrix(rng, rows, cols), "bias": vector(rng, rows)})
}

fn norm(rng: &mut TestRng, kind: u8, d: usize) -> Value {
    match kind {
        0 => Value::Null,
        kind => {
            json!({"kind": if kind == 1 { "rms" } else { "layer" }, "weight": vector(rng, d), "bias": vector(rng, d), "eps": "1/64"})
        }
    }
}

pub fn model(rng: &mut TestRng, shape: &Shape) -> Value {
    let Shape { n, m, d, norms, .. } = *shape;
    let head = |rng: &mut TestRng| {
        let rotary = if shape.rotary { json!({"base": "3", "size": 2, "neighbours": true}) } else { Value::Null };
        let weights = match shape.weights {
            kind @ ("softmax-matrix" | "matrix") => {
                let places = n + usize::from(shape.bos);
                json!({ kind: matrix(rng, places, places) })
            }
            kind => {
                let (query, key) = (affine(rng, 2, d), affine(rng, 2, d));
                json!({ kind: {"query": query, "key": key, "scale": "2", "rotary": rotary} })
            }
        };
        json!({"weights": weights, "value": affine(rng, 2, d), "output": matrix(rng, d, 2)})
    };
    let heads: Vec<Value> = (0..shape.heads).map(|_| head(rng)).collect();
    let attention = json!({"attention": {"heads": heads, "bias": vector(rng, d), "causal": shape.causal}});
    let mlp = json!({"mlp": {"activation": "relu", "hidden": [affine(rng, shape.units, d)], "output": affine(rng, d, shape.units)}});
    let mut blocks = Vec::new();
    for (at, part) in [attention, mlp].into_iter().enumerate().take(if shape.units > 0 { 2 } else { 1 }) {
        let (before, after) = (norm(rng, norms[2 * at], d), norm(rng, norms[2 * at + 1], d));
        blocks.push(json!({"before": before, "part": part, "residual": shape.residual[at], "after": after}));
    }
    let reading = match shape.choices {
        0 => json!({"number": {"weight": vector(rng, d), "bias": "2"}}),
        choices => {
            let answers: Vec<usize> = (1..=choices).collect();
            json!({"arg-max": {"map": affine(rng, choices, d), "answers": answers}})
        }
    };
    json!({
        "embedding": matrix(rng, m, d),
        "bos": if shape.bos { vector(rng, d) } else { Value::Null },
        "positions": if shape.positions { matrix(rng, n + 1, d) } else { Value::Null },
        "blocks": blocks,
        "norm": norm(rng, norms[4], d),
        "reading": reading,
        "read_at": if shape.every { "every" } else { "last" },
    })
}

/// A certificate about a drawn model that says nothing yet; the tolerance is one with which about half of the inputs are right.
fn drawn(rng: &mut TestRng, shape: &Shape, kind: &str, version: u64, data: &Value) -> Value {
    let task = if shape.frequent { "most-frequent-element" } else { "query-count" };
    let model = model(rng, shape);
    let mut params = json!({"task": task, "tolerance": "1/2", "n": shape.n, "m": shape.m, "d": shape.d});
    if shape.choices == 0 {
        let median = truth::median_error(&params, &model);
        params["tolerance"] = ratio((median * 1000.0) as i64 + 1, 1000).to_string().into();
    }
    let mut data = data.clone();
    data["model"] = model;
    json!({"format": "counterproof-certificate", "version": version, "claim": "model", "params": params, "data": {kind: data}, "sha256": ""})
}

fn said(certificate: &Value) -> Result<String, String> {
    judged(&mended(certificate).unwrap_or_else(|error| panic!("{error}: {certificate}")))
        .map(|(_, statement)| statement)
}

/// What stands between two words.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let text = text.split_once(start).unwrap_or_else(|| panic!("{start} in {text}")).1;
    text.split(end).next().unwrap()
}

/// Replaces the last symbol of a tree, or adds one.
fn put(data: &mut Value, tree: usize, symbol: &str, more: bool) {
    let tree = &mut data["trees"][tree];
    let mut text = tree.as_str().unwrap().to_owned();
    if !more {
        text.pop();
    }
    *tree = (text + symbol).into();
}

/// Completes a certificate by what it is refused for. `symbol` gives the one in place of a leaf that has no bound; `None` where an input stays open.
pub fn completed(certificate: &mut Value, kind: &str, mut symbol: impl FnMut(usize, &str) -> String) -> Option<String> {
    for _ in 0..2000 {
        let told = match said(certificate) {
            Ok(statement) => return Some(statement),
            Err(told) => told,
        };
        let expected = between(&told, "expected ", ", found").to_owned();
        let at = told.split(':').next().unwrap().to_owned();
        if let Some(path) = at.strip_prefix("params.") {
            certificate["params"][path] = expected.trim_start_matches("at least ").into();
            continue;
        }
        let data = &mut certificate["data"][kind];
        if told.starts_with(&format!("data.{kind}.trees: number")) {
            data["trees"] = vec![""; expected.parse().unwrap()].into();
        } else if at.starts_with(&format!("data.{kind}.trees[")) {
            let tree: usize = between(&at, "trees[", "]").parse().unwrap();
            if told.contains("expected a tree of") {
                put(data, tree, "r", true);
            } else if told.ends_with("a bound that is Right, found Wrong") {
                put(data, tree, "w", false);
            } else {
                let next = symbol(tree, &told);
                put(data, tree, &next, false);
            }
        } else if at == format!("data.{kind}.margin") {
            data["margin"] = match expected.as_str() {
                "null" => Value::Null,
                "bounds" => json!({"at_least": "0", "at_most": "0"}),
                bounds => {
                    let (low, high) = bounds.strip_prefix("bounds around ").unwrap().split_once(" to ").unwrap();
                    json!({"at_least": low, "at_most": high})
                }
            };
        } else if expected == "inputs that are decided" {
            return None;
        } else {
            let name = at.strip_prefix(&format!("data.{kind}.")).unwrap_or_else(|| panic!("{told}"));
            data[name] = expected.into();
        }
    }
    panic!("it does not end: {certificate}");
}

fn symbols(data: &Value) -> String {
    data["trees"].as_array().unwrap().iter().map(|tree| tree.as_str().unwrap()).collect()
}

const NUMBERS: &str = r#"{"trees": [], "right": "0", "wrong": "0"}"#;

#[test]
fn surveys_are_true_and_their_trees_short() {
    let shapes = [
        PLAIN,
        Shape { n: 5, m: 2, every: true, bos: true, ..PLAIN },
        Shape { heads: 2, norms: [1, 0, 0, 0, 0], ..PLAIN },
        Shape { norms: [2, 1, 0, 0, 2], residual: [true, false], ..PLAIN },
        Shape { norms: [0, 2, 1, 2, 1], residual: [false, true], ..PLAIN },
        Shape { positions: true, n: 3, every: true, ..PLAIN },
        Shape { positions: true, bos: true, n: 4, m: 2, norms: [2, 0, 0, 0, 0], ..PLAIN },
        Shape { rotary: true, n: 3, every: true, norms: [1, 0, 2, 0, 0], ..PLAIN },
        Shape { causal: true, n: 4, m: 2, bos: true, ..PLAIN },
        Shape { causal: true, n: 3, m: 2, every: true, ..PLAIN },
        Shape { frequent: true, n: 4, m: 3, ..PLAIN },
        Shape { frequent: true, positions: true, n: 4, m: 2, ..PLAIN },
        Shape { choices: 4, ..PLAIN },
        Shape { choices: 3, units: 0, norms: [0, 1, 0, 0, 0], every: true, ..PLAIN },
        Shape { units: 0, heads: 2, frequent: true, choices: 4, ..PLAIN },
        Shape { weights: "scores", n: 3, ..PLAIN },
        Shape { weights: "scores", n: 3, norms: [1, 0, 0, 0, 0], bos: true, ..PLAIN },
        Shape { weights: "scores", n: 3, causal: true, every: true, bos: true, ..PLAIN },
        Shape { weights: "softmax-matrix", n: 3, bos: true, ..PLAIN },
        Shape { weights: "matrix", n: 3, every: true, norms: [0, 2, 0, 0, 0], ..PLAIN },
        Shape { weights: "matrix", n: 3, norms: [2, 0, 0, 0, 0], ..PLAIN },
    ];
    let mut sizes = Vec::new();
    for (number, shape) in shapes.iter().enumerate() {
        let mut rng = seeded(100 + number as u64);
        let (mut leaves, mut ones) = (0, 0);
        for _ in 0..2 {
            let mut data: Value = serde_json::from_str(NUMBERS).unwrap();
            data["margin"] = Value::Null;
            let mut certificate = drawn(&mut rng, shape, "readings", 3, &data);
            let mut symbol = |_: usize, told: &str| {
                let last = told.contains("no split below") || told.contains("evaluated by definition");
                if last { "e" } else { "s" }.to_owned()
            };
            let statement = completed(&mut certificate, "readings", &mut symbol).expect("inputs that are decided");
            assert!(truth::holds(&certificate), "{statement}: {certificate}");
            let data = &certificate["data"]["readings"];
            leaves += symbols(data).matches(['r', 'w']).count();
            ones += symbols(data).matches(['s', 'e']).count();
            // the same, one by one
            let mut each = certificate.clone();
            let trees = data["trees"].as_array().unwrap().len();
            each["data"]["readings"]["trees"] = vec!["e"; trees].into();
            each["data"]["readings"]["margin"] = Value::Null;
            completed(&mut each, "readings", |_, told| panic!("{told}")).unwrap();
            for name in ["right", "wrong"] {
                assert_eq!(data[name], each["data"]["readings"][name], "{certificate}");
            }
            assert!(truth::holds(&each), "{each}");
            if number % 2 == 0 && symbols(data) == "e" {
                each["data"]["readings"]["trees"] = json!(["s"]);
                assert!(said(&each).unwrap_err().contains("expected e, since everything is evaluated by definition"));
            }
        }
        sizes.push((leaves, ones));
    }
    // leaves with a bound, and other symbols; a sharper bound may have fewer
    let known = [
        (34, 11),
        (20, 4),
        (40, 13),
        (30, 9),
        (60, 24),
        (107, 123),
        (28, 20),
        (0, 2),
        (16, 4),
        (0, 2),
        (50, 29),
        (32, 56),
        (43, 13),
        (37, 12),
        (42, 24),
        (30, 13),
        (0, 2),
        (0, 2),
        (30, 30),
        (143, 177),
        (0, 2),
    ];
    assert_eq!(sizes.len(), known.len(), "{sizes:?}");
    assert!(sizes.iter().zip(known).all(|(found, known)| found.0 + found.1 <= known.0 + known.1), "{sizes:?}");
}

/// A tree a query: counts of the query are split first, then those of the others where the bound does not tell, then counts are judged one by one.
fn grown(certificate: &Value) -> Vec<String> {
    let (params, clock) = (&certificate["params"], Clock::unlimited());
    let model: SoftmaxTransformer = serde_json::from_value(certificate["data"]["accuracy"]["model"].clone()).unwrap();
    let tolerance = parse_canonical(params["tolerance"].as_str().unwrap()).unwrap();
    let n = params["n"].as_u64().unwrap();
    let boxes = Boxes::new(&model, &Question::QueryCount, &tolerance, n, &clock).unwrap().unwrap();
    let tree = |query: usize| {
        let form = boxes.form(query, &clock).unwrap().unwrap();
        let (mut tree, mut left) = (String::new(), vec![boxes.root(query).unwrap()]);
        while let Some(cell) = left.pop() {
            let judged = cell.only(query).map_or(Judged::Open, |k| form.bound(&cell, k).judged);
            let others = (0..boxes.queries()).map(|step| (query + step) % boxes.queries());
            let split = others.filter_map(|token| Some((token, cell.split(token)?))).next();
            match (judged, split) {
                (Judged::Right, _) => tree.push('r'),
                (Judged::Wrong, _) => tree.push('w'),
                (Judged::Open, Some((token, [low, high]))) => {
                    tree.push(char::from(b'A' + token as u8));
                    left.extend([high, low]);
                }
                (Judged::Open, None) => tree.push('p'),
            }
        }
        tree
    };
    (0..boxes.queries()).map(tree).collect()
}

#[test]
fn boxes_are_true_and_their_trees_short() {
    let norms = |after, last| [0, after, 0, 0, last];
    let shapes = [
        PLAIN,
        Shape { norms: norms(1, 0), n: 5, ..PLAIN },
        Shape { norms: norms(2, 2), d: 3, ..PLAIN },
        Shape { norms: norms(0, 1), n: 6, m: 2, bos: true, ..PLAIN },
        Shape { norms: [1, 2, 0, 1, 0], units: 3, every: true, ..PLAIN },
        Shape { choices: 4, norms: norms(1, 2), ..PLAIN },
        Shape { choices: 3, residual: [true, false], n: 5, ..PLAIN },
        Shape { positions: true, ..PLAIN },
        Shape { positions: true, norms: norms(1, 1), bos: true, ..PLAIN },
        Shape { positions: true, norms: norms(2, 0), choices: 4, ..PLAIN },
        Shape { residual: [false, true], norms: norms(1, 2), n: 5, ..PLAIN },
        Shape { norms: [2, 0, 2, 0, 2], ..PLAIN },
        Shape { norms: [0, 0, 1, 1, 0], n: 5, d: 3, bos: true, ..PLAIN },
        Shape { norms: [0, 0, 2, 0, 0], choices: 4, residual: [true, false], ..PLAIN },
        Shape { norms: [0, 0, 2, 0, 0], positions: true, n: 3, d: 3, ..PLAIN },
        Shape { heads: 2, ..PLAIN },
        Shape { heads: 3, norms: norms(2, 1), n: 5, ..PLAIN },
        Shape { heads: 2, norms: [2, 0, 2, 0, 1], bos: true, every: true, ..PLAIN },
        Shape { heads: 2, norms: norms(1, 0), choices: 4, ..PLAIN },
        Shape { heads: 2, norms: norms(0, 2), positions: true, ..PLAIN },
        Shape { heads: 2, norms: [0, 0, 1, 0, 0], positions: true, bos: true, choices: 3, ..PLAIN },
    ];
    let mut sizes = Vec::new();
    for (number, shape) in shapes.iter().enumerate() {
        let mut rng = seeded(200 + number as u64);
        let (mut leaves, mut ones, mut some) = (0, 0, 0);
        for _ in 0..2 {
            let mut certificate = drawn(&mut rng, shape, "accuracy", 2, &serde_json::from_str(NUMBERS).unwrap());
            certificate["params"]["within"] = "0".into();
            certificate["data"]["accuracy"]["trees"] = grown(&certificate).into();
            let statement = completed(&mut certificate, "accuracy", |_, told| panic!("{told}")).unwrap();
            assert!(truth::holds(&certificate), "{statement}: {certificate}");
            let data = &certificate["data"]["accuracy"];
            let known: u64 =
                ["right", "wrong"].map(|name| data[name].as_str().unwrap().parse::<u64>().unwrap()).iter().sum();
            let positions = if shape.every { shape.n } else { 1 };
            let all = (shape.m.pow(shape.n as u32) * positions) as u64;
            // without places all are decided
            assert!(known == all || shape.positions, "{known} of {all}: {certificate}");
            some += known;
            leaves += symbols(data).matches(['r', 'w']).count();
            ones += symbols(data).len() - symbols(data).matches(['r', 'w']).count();
        }
        assert!(some > 0, "nothing is known of {shape:?}");
        sizes.push((leaves, ones));
    }
    let known = [
        (33, 27),
        (38, 32),
        (32, 26),
        (24, 20),
        (30, 24),
        (24, 18),
        (32, 26),
        (20, 56),
        (20, 52),
        (17, 81),
        (30, 24),
        (24, 18),
        (34, 28),
        (24, 18),
        (11, 53),
        (38, 32),
        (44, 38),
        (35, 29),
        (26, 20),
        (6, 102),
        (7, 107),
    ];
    assert_eq!(sizes.len(), known.len(), "{sizes:?}");
    assert!(sizes.iter().zip(known).all(|(found, known)| found.0 + found.1 <= known.0 + known.1), "{sizes:?}");
}

#[test]
fn samples_are_true() {
    let shapes = [
        PLAIN,
        Shape { positions: true, bos: true, every: true, ..PLAIN },
        Shape { causal: true, every: true, norms: [1, 0, 0, 2, 0], bos: true, ..PLAIN },
        Shape { frequent: true, heads: 2, norms: [0, 1, 0, 0, 2], ..PLAIN },
        Shape { units: 0, positions: true, rotary: true, ..PLAIN },
    ];
    for (number, shape) in shapes.iter().enumerate() {
        let mut rng = seeded(500 + number as u64);
        for distribution in [json!("uniform"), json!("even"), json!({"weights": [1, 2, 5]})] {
            let data = json!({
                "right": "0", "open": "0", "within_one": "0", "error": {"at_least": "0", "at_most": "0"}, "answers": [],
                "accuracy": {"at_least": "0", "at_most": "1"},
            });
            let mut certificate = drawn(&mut rng, shape, "sample", 2, &data);
            for (name, value) in [
                ("estimate", json!(50)),
                ("confidence", json!("9/10")),
                ("seed", json!(number)),
                ("distribution", distribution),
            ] {
                certificate["params"][name] = value;
            }
            for name in ["right", "open", "within_one"] {
                certificate["data"]["sample"][name] = 0.into();
            }
            let statement = filled(&mut certificate, "sample", |data, at, expected| match at {
                "error" => {
                    let (low, high) = expected.strip_prefix("bounds around ").unwrap().split_once(" to ").unwrap();
                    data["error"] = json!({"at_least": low, "at_most": high});
                }
                "answers: number" => {
                    data["answers"] =
                        vec![json!({"answer": "0", "sampled": 0, "right": 0}); expected.parse().unwrap()].into();
                }
                row if row.starts_with("answers[") => {
                    let row: usize = between(row, "[", "]").parse().unwrap();
                    let (answer, of) = expected.split_once(": ").unwrap();
                    let (right, sampled) = of.split_once(" of ").unwrap();
                    let [right, sampled] = [right, sampled].map(|number| number.parse::<u64>().unwrap());
                    data["answers"][row] = json!({"answer": answer, "sampled": sampled, "right": right});
                }
                name => data[name] = expected.parse::<u64>().unwrap().into(),
            });
            assert!(truth::holds(&certificate), "{statement}: {certificate}");
        }
    }
}

/// Completes a certificate by what it is refused for: `put` what was expected at a place.
fn filled(certificate: &mut Value, kind: &str, put: impl Fn(&mut Value, &str, &str)) -> String {
    for _ in 0..30 {
        let told = match said(certificate) {
            Ok(statement) => return statement,
            Err(told) => told,
        };
        let (place, expected) = told.split_once(": expected ").unwrap();
        let place = place.strip_prefix(&format!("data.{kind}.")).unwrap_or_else(|| panic!("{told}"));
        put(&mut certificate["data"][kind], place, expected.rsplit_once(", found").unwrap().0);
    }
    panic!("it does not end: {certificate}");
}

/// Pairs of models: by counts, by sequence where one has places, and drawn; with numbers and with answers.
#[test]
fn differences_are_true() {
    let every = Shape { n: 3, every: true, ..PLAIN };
    let pairs = [
        (PLAIN, Shape { heads: 2, norms: [0, 1, 0, 0, 2], d: 3, ..PLAIN }),
        (Shape { m: 2, bos: true, ..every }, Shape { m: 2, positions: true, norms: [1, 0, 0, 2, 0], ..every }),
        (every, Shape { units: 0, causal: true, rotary: true, ..every }),
        (Shape { choices: 4, ..every }, Shape { choices: 3, norms: [0, 2, 0, 0, 0], ..every }),
        (Shape { choices: 3, units: 0, ..PLAIN }, Shape { choices: 3, units: 0, residual: [false, true], ..PLAIN }),
    ];
    let mut agree = (0, 0);
    for (number, (one, other)) in pairs.iter().enumerate() {
        let mut rng = seeded(800 + number as u64);
        let spread = json!({"drawn": {"estimate": 50, "confidence": "9/10", "seed": number, "distribution": {"weights": vec![2; one.m]}}});
        for inputs in [json!("all"), spread.clone(), json!("all"), spread] {
            let none = json!({"at_least": "0", "at_most": "0"});
            let share = if inputs == "all" { none.clone() } else { json!({"at_least": "0", "at_most": "1"}) };
            let first = model(&mut rng, one);
            let mut second = model(&mut rng, other);
            if agree.1 % 4 > 1 {
                // much like the first
                second = first.clone();
                second["embedding"]["rows"][0] = vector(&mut rng, one.d);
            }
            let mut certificate = json!({
                "format": "counterproof-certificate", "version": 2, "claim": "model", "sha256": "",
                "params": {"n": one.n, "m": one.m, "d": one.d, "inputs": inputs, "constant": "3/2"},
                "data": {"difference": {
                    "model": first, "other": second, "agree": "0", "open": "0",
                    "mean": none, "largest": none, "from_constant": none, "agreement": share,
                }},
            });
            let statement = filled(&mut certificate, "difference", |data, at, expected| {
                data[at] = match expected.strip_prefix("bounds around ").and_then(|ends| ends.split_once(" to ")) {
                    Some((low, high)) => json!({"at_least": low, "at_most": high}),
                    None => expected.into(),
                };
            });
            assert!(truth::holds(&certificate), "{statement}: {certificate}");
            let some: u64 = certificate["data"]["difference"]["agree"].as_str().unwrap().parse().unwrap();
            agree = (agree.0 + u64::from(some > 0), agree.1 + 1);
        }
    }
    // neither all alike nor all apart
    assert!(agree.0 > 4 && agree.0 < agree.1, "{agree:?}");
}

#[test]
fn what_machines_read_is_so() {
    let shapes = [
        Shape { n: 3, m: 3, every: true, ..PLAIN },
        Shape { n: 3, m: 2, positions: true, bos: true, heads: 2, ..PLAIN },
        Shape { n: 3, m: 2, causal: true, every: true, bos: true, units: 3, ..PLAIN },
        Shape { n: 2, m: 3, rotary: true, norms: [1, 0, 2, 0, 0], choices: 3, ..PLAIN },
        Shape { n: 3, m: 2, d: 3, norms: [0, 2, 0, 1, 0], residual: [false, true], every: true, ..PLAIN },
    ];
    let orders = ["seq", "pair", "once", "blocks", "flash", "fused", "wide"];
    for (number, shape) in shapes.iter().enumerate() {
        let mut rng = seeded(600 + number as u64);
        for order in orders {
            let proof = json!({"proof": {"inputs": {"right": 0, "wrong": 0, "real_right": 0, "differ": 0}}});
            let mut certificate = drawn(&mut rng, shape, "machine-readings", 2, &proof);
            certificate["params"]["arithmetic"] =
                json!({"format": {"precision": "6", "emin": "-30", "emax": "31"}, "order": order, "ulps": 0});
            let statement = filled(&mut certificate, "machine-readings", |data, at, expected| {
                let name = at.strip_prefix("proof.inputs.").unwrap();
                data["proof"]["inputs"][name] = expected.parse::<u64>().unwrap_or_else(|_| panic!("{expected}")).into();
            });
            assert!(truth::holds(&certificate), "{statement}: {certificate}");
        }
    }
}

/// A check that is stopped accepts nothing, whatever the part that was done says.
#[test]
fn what_is_stopped_is_not_accepted() {
    for (file, name) in [("machine-readings/seq", "proof/inputs/right"), ("sample/weights", "right")] {
        let mut certificate = stored(file);
        certificate["params"]["n"] = 12.into();
        if file == "sample/weights" {
            certificate["params"]["estimate"] = 100_000.into();
        }
        let data = certificate["data"].as_object_mut().unwrap().values_mut().next().unwrap();
        *data.pointer_mut(&format!("/{name}")).unwrap() = 0.into();
        if file == "sample/weights" {
            for (name, value) in
                [("within_one", json!(0)), ("answers", json!([])), ("error", json!({"at_least": "0", "at_most": "0"}))]
            {
                data[name] = value;
            }
            data["accuracy"] = json!({"at_least": "0", "at_most": "1"});
        } else {
            data["proof"]["inputs"]["real_right"] = 0.into();
        }
        let stopped = mended(&certificate).unwrap().check(&Clock::new(&|| false, 1));
        assert!(matches!(stopped, Err(Rejection::Stopped)), "{file}: {stopped:?}");
    }
}

/// Counts that are split stand for all inputs, each once, also where there are more than words hold.
#[test]
fn every_input_is_in_one_box() {
    let clock = Clock::unlimited();
    let model = model(&mut seeded(700), &Shape { every: true, ..PLAIN });
    let model: SoftmaxTransformer = serde_json::from_value(model).unwrap();
    for n in [2, 5, 100] {
        let tolerance = ratio(1, 2);
        let boxes = Boxes::new(&model, &Question::QueryCount, &tolerance, n, &clock).unwrap().unwrap();
        let ways = |query: usize, cell: &Cell| boxes.ways(query, cell, &clock).unwrap();
        let roots: Vec<Cell> = (0..boxes.queries()).map(|query| boxes.root(query).unwrap()).collect();
        assert_eq!(roots.iter().enumerate().map(|(query, cell)| ways(query, cell)).sum::<BigUint>(), boxes.inputs);
        for (query, root) in roots.iter().enumerate() {
            let parts = root.split((query + 1) % 3).unwrap();
            let parts = parts.iter().flat_map(|part| part.split(query).map_or_else(|| vec![part.clone()], Vec::from));
            assert_eq!(parts.map(|part| ways(query, &part)).sum::<BigUint>(), ways(query, root), "{n} {query}");
        }
    }
    assert_eq!(Cell::new(&[2, 2], &[3, 3], 3), None);
    assert_eq!(Cell::new(&[0, 0], &[1, 1], 3), None);
    assert_eq!(Cell::new(&[0, 2], &[3, 1], 3), None);
    assert_eq!(Cell::new(&[0, 1], &[9, 9], 3), Some(Cell { lo: vec![0, 1], hi: vec![2, 3], total: 3 }));
}
