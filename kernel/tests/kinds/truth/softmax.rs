//! Softmax models in floats, on all inputs. What is too close to tell in floats is not held against the checker.

use super::blocks::{blocks, in_part};
use super::{Value, answer, count, counts, occurrences, sequences};
use num::ToPrimitive;

pub(super) fn float(value: &Value) -> f64 {
    super::rational(value).to_f64().unwrap()
}

pub(super) fn vector(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(float).collect()
}

pub(super) fn times(matrix: &Value, x: &[f64]) -> Vec<f64> {
    let rows = matrix["rows"].as_array().unwrap().iter().map(vector);
    rows.map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum()).collect()
}

pub(super) fn plus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

pub(super) fn affine(map: &Value, x: &[f64]) -> Vec<f64> {
    plus(&times(&map["weight"], x), &vector(&map["bias"]))
}

fn norm(norm: &Value, x: &[f64]) -> Vec<f64> {
    if norm.is_null() {
        return x.to_vec();
    }
    let size = x.len() as f64;
    let mean = if norm["kind"] == "layer" { x.iter().sum::<f64>() / size } else { 0.0 };
    let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / size;
    let deviation = (variance + float(&norm["eps"])).sqrt();
    let scaled: Vec<f64> = x.iter().zip(vector(&norm["weight"])).map(|(x, w)| w * (x - mean) / deviation).collect();
    plus(&scaled, &vector(&norm["bias"]))
}

/// A query or a key with rotary positions.
fn turned(rotary: &Value, position: usize, mut x: Vec<f64>) -> Vec<f64> {
    if !rotary.is_null() {
        let size = count(&rotary["size"]) as usize;
        for t in 0..size / 2 {
            let (i, j) = if rotary["neighbours"] == true { (2 * t, 2 * t + 1) } else { (t, t + size / 2) };
            let (sin, cos) = (position as f64 / float(&rotary["base"]).powf(2.0 * t as f64 / size as f64)).sin_cos();
            (x[i], x[j]) = (x[i] * cos - x[j] * sin, x[i] * sin + x[j] * cos);
        }
    }
    x
}

/// What attention adds at each position; of the ways to weigh positions only softmax of scores is in the samples.
fn attended(attention: &Value, u: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let causal = attention["causal"] == true;
    let mut added = vec![vector(&attention["bias"]); u.len()];
    for head in attention["heads"].as_array().unwrap() {
        let (kind, of) = head["weights"].as_object().unwrap().iter().next().unwrap();
        let softmax = kind.starts_with("softmax");
        for (position, r) in added.iter_mut().enumerate() {
            let seen = if causal { &u[..=position] } else { u };
            let score = |(place, state): (usize, &Vec<f64>)| {
                if kind.ends_with("matrix") {
                    return float(&of["rows"][position][place]);
                }
                let query = turned(&of["rotary"], position, affine(&of["query"], &u[position]));
                let key = turned(&of["rotary"], place, affine(&of["key"], state));
                key.iter().zip(&query).map(|(a, b)| a * b).sum::<f64>() / float(&of["scale"]).sqrt()
            };
            let scores: Vec<f64> = seen.iter().enumerate().map(score).collect();
            let largest = scores.iter().copied().fold(f64::MIN, f64::max);
            let weight = |score: &f64| if softmax { (score - largest).exp() } else { *score };
            let weights: Vec<f64> = scores.iter().map(weight).collect();
            let total: f64 = if softmax { weights.iter().sum() } else { 1.0 };
            for (state, weight) in seen.iter().zip(weights) {
                let value = times(&head["output"], &affine(&head["value"], state));
                *r = plus(r, &value.iter().map(|x| x * weight / total).collect::<Vec<_>>());
            }
        }
    }
    added
}

/// What an MLP makes of one position.
fn fed(mlp: &Value, u: &[f64]) -> Vec<f64> {
    let mut hidden = u.to_vec();
    for layer in mlp["hidden"].as_array().unwrap() {
        hidden = affine(layer, &hidden);
        match mlp["activation"].as_str().unwrap() {
            "relu" => hidden.iter_mut().for_each(|x| *x = x.max(0.0)),
            "identity" => {}
            other => panic!("no sample has {other}"),
        }
    }
    affine(&mlp["output"], &hidden)
}

/// What is read of a sequence at a position.
pub(super) fn outputs(model: &Value, sequence: &[usize], position: usize) -> Vec<f64> {
    let embedding: Vec<Vec<f64>> = model["embedding"]["rows"].as_array().unwrap().iter().map(vector).collect();
    let mut x: Vec<Vec<f64>> = sequence.iter().map(|&token| embedding[token].clone()).collect();
    let mut position = position;
    if !model["bos"].is_null() {
        x.insert(0, vector(&model["bos"]));
        position += 1;
    }
    if let Some(rows) = model["positions"]["rows"].as_array() {
        for (state, row) in x.iter_mut().zip(rows) {
            *state = plus(state, &vector(row));
        }
    }
    for block in model["blocks"].as_array().unwrap() {
        let u: Vec<Vec<f64>> = x.iter().map(|state| norm(&block["before"], state)).collect();
        let part = &block["part"];
        let written: Vec<Vec<f64>> = match part["attention"].is_object() {
            true => attended(&part["attention"], &u),
            false => u.iter().map(|state| fed(&part["mlp"], state)).collect(),
        };
        let residual = block["residual"] == true;
        let stream = x.iter().zip(&written).map(|(x, f)| if residual { plus(x, f) } else { f.clone() });
        x = stream.map(|state| norm(&block["after"], &state)).collect();
    }
    let read = norm(&model["norm"], &x[position]);
    let reading = &model["reading"];
    if reading["number"].is_object() {
        let weight = vector(&reading["number"]["weight"]);
        return vec![weight.iter().zip(read).map(|(a, b)| a * b).sum::<f64>() + float(&reading["number"]["bias"])];
    }
    affine(&reading["arg-max"]["map"], &read)
}

/// Above zero when it is right, below when it is wrong, near zero when floats do not tell.
fn margin(model: &Value, tolerance: f64, sequence: &[usize], position: usize, answer: u64) -> f64 {
    let y = outputs(model, sequence, position);
    if model["reading"]["number"].is_object() {
        return tolerance - (y[0] - answer as f64).abs();
    }
    let answers = counts(&model["reading"]["arg-max"]["answers"]);
    let best = |is: bool| {
        y.iter().zip(&answers).filter(|(_, a)| (**a == answer) == is).map(|(y, _)| *y).fold(f64::MIN, f64::max)
    };
    best(true) - best(false)
}

pub(super) const NEAR: f64 = 1e-6;

pub fn readings(params: &Value, data: &Value) -> bool {
    as_stated(surveyed(params, &data["model"]), data)
}

/// The same of the inputs of a part.
pub fn readings_in_part(params: &Value, data: &Value) -> bool {
    let block = blocks(params, &data["model"]);
    let of_part = |sequence: &[usize], position| in_part(&params["part"], block(sequence, position));
    as_stated(surveyed_where(params, &data["model"], of_part), data)
}

fn as_stated((right, wrong, near, least): (u64, u64, u64, f64), data: &Value) -> bool {
    let number = |name: &str| data[name].as_str().unwrap().parse::<u64>().unwrap();
    let (stated_right, stated_wrong) = (number("right"), number("wrong"));
    let bounds = data["margin"].is_null() || {
        let margin = &data["margin"];
        float(&margin["at_least"]) <= least + NEAR && least - NEAR <= float(&margin["at_most"])
    };
    let numbers = right <= stated_right && wrong <= stated_wrong && stated_right + stated_wrong == right + wrong + near;
    numbers && bounds
}

/// How many inputs are right, wrong and too near to tell, and the least margin.
pub fn surveyed(params: &Value, model: &Value) -> (u64, u64, u64, f64) {
    surveyed_where(params, model, |_, _| true)
}

/// The same of some inputs.
fn surveyed_where(params: &Value, model: &Value, asked: impl Fn(&[usize], usize) -> bool) -> (u64, u64, u64, f64) {
    let (n, m) = (count(&params["n"]), count(&params["m"]));
    let first = if model["read_at"] == "last" { n - 1 } else { 0 };
    let (mut right, mut wrong, mut near, mut least) = (0, 0, 0, f64::MAX);
    for sequence in sequences(n, m) {
        for position in (first as usize..n as usize).filter(|position| asked(&sequence, *position)) {
            let answer = answer(&params["task"], &occurrences(&sequence, m), sequence[position]);
            let margin = margin(model, float(&params["tolerance"]), &sequence, position, answer);
            let place = if margin.abs() < NEAR {
                &mut near
            } else if margin > 0.0 {
                &mut right
            } else {
                &mut wrong
            };
            *place += 1;
            least = least.min(margin);
        }
    }
    (right, wrong, near, least)
}

/// The median of `|output - answer|` on all inputs.
pub fn median_error(params: &Value, model: &Value) -> f64 {
    let (n, m) = (count(&params["n"]), count(&params["m"]));
    let first = if model["read_at"] == "last" { n - 1 } else { 0 };
    let mut errors = Vec::new();
    for sequence in sequences(n, m) {
        for position in first as usize..n as usize {
            let answer = answer(&params["task"], &occurrences(&sequence, m), sequence[position]);
            errors.push((outputs(model, &sequence, position)[0] - answer as f64).abs());
        }
    }
    errors.sort_by(f64::total_cmp);
    errors[errors.len() / 2]
}

pub fn accuracy(params: &Value, data: &Value) -> bool {
    let (right, wrong, near, _) = surveyed(params, &data["model"]);
    let number = |name: &str| data[name].as_str().unwrap().parse::<u64>().unwrap();
    let (stated_right, stated_wrong) = (number("right"), number("wrong"));
    let all = right + wrong + near;
    let known = stated_right <= right + near && stated_wrong <= wrong + near && stated_right + stated_wrong <= all;
    let reached = match params["within"].is_null() {
        true => stated_wrong > 0 || stated_right == all,
        false => {
            (all - stated_right.min(all) - stated_wrong.min(all)) as f64 <= float(&params["within"]) * all as f64 + NEAR
        }
    };
    known && reached
}

pub fn misreading(params: &Value, data: &Value) -> bool {
    let sequence: Vec<usize> = counts(&data["sequence"]).into_iter().map(|token| token as usize).collect();
    let position = count(&data["position"]) as usize;
    let m = count(&params["m"]);
    let answer = answer(&params["task"], &occurrences(&sequence, m), sequence[position]);
    let known = answer as f64 == float(&data["answer"]) && sequence.len() as u64 == count(&params["n"]);
    let output = &data["output"];
    let y = outputs(&data["model"], &sequence, position);
    let stated = if output["number"].is_object() {
        float(&output["number"]["at_least"]) <= y[0] + NEAR && y[0] - NEAR <= float(&output["number"]["at_most"])
    } else {
        output["choice"].as_u64().is_none_or(|choice| margin(&data["model"], 0.5, &sequence, position, choice) > -NEAR)
    };
    known && stated && margin(&data["model"], float(&params["tolerance"]), &sequence, position, answer) < NEAR
}

/// Number `k` of the sequence that SplitMix64 makes of a seed.
fn split_mix(seed: u64, k: u64) -> u64 {
    let mut z = seed.wrapping_add((k + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The tokens, drawn by their weights or evenly, and the position of input `index`; numbers passed over are too rare to be in the samples.
pub(super) fn drawn(
    seed: u64,
    index: u64,
    n: u64,
    weights: &[u64],
    (even, every): (bool, bool),
) -> (Vec<usize>, usize) {
    let own = split_mix(seed, index);
    let total: u64 = weights.iter().sum();
    let mut seen: Vec<usize> = Vec::new();
    let token = |k| {
        if even {
            // those that are not drawn since all were there
            let left = |token: &usize| !seen[seen.len() - seen.len() % weights.len()..].contains(token);
            let left: Vec<usize> = (0..weights.len()).filter(left).collect();
            seen.push(left[(split_mix(own, k) % left.len() as u64) as usize]);
            return seen[k as usize];
        }
        let number = split_mix(own, k) % total;
        let before = |token: usize| weights[..=token].iter().sum::<u64>();
        (0..weights.len()).find(|&token| number < before(token)).unwrap()
    };
    let position = if every && n > 1 { split_mix(own, n) % n } else { n - 1 };
    ((0..n).map(token).collect(), position as usize)
}

/// The probability that at least `least` of `trials` succeed.
pub(super) fn tail(trials: u64, least: u64, p: f64) -> f64 {
    let ways = |j: u64| (0..j).map(|i| (trials - i) as f64 / (i + 1) as f64).product::<f64>();
    let term = |j: u64| ways(j) * p.powi(j as i32) * (1.0 - p).powi((trials - j) as i32);
    (least..=trials).map(term).sum()
}

pub fn sample(params: &Value, data: &Value) -> bool {
    let (n, m, model) = (count(&params["n"]), count(&params["m"]), &data["model"]);
    let (trials, seed) = (count(&params["estimate"]), count(&params["seed"]));
    if n == 0 || n > 64 || trials == 0 || trials > 10_000 {
        return false;
    }
    let weights = match params["distribution"]["weights"].is_array() {
        true => counts(&params["distribution"]["weights"]),
        false => vec![1; m as usize],
    };
    let drawn_how = (params["distribution"] == "even", model["read_at"] == "every");
    let number = model["reading"]["number"].is_object();
    let (mut right, mut near, mut one, mut error) = (0, 0, 0, 0.0);
    let mut answers = std::collections::BTreeMap::<u64, (u64, u64)>::new();
    for index in 0..trials {
        let (sequence, position) = drawn(seed, index, n, &weights, drawn_how);
        let answer = answer(&params["task"], &occurrences(&sequence, m), sequence[position]);
        let margin = margin(model, float(&params["tolerance"]), &sequence, position, answer);
        assert!(number, "no sample has an arg max");
        let distance = (outputs(model, &sequence, position)[0] - answer as f64).abs();
        let is_right = u64::from(margin >= NEAR);
        (right, near) = (right + is_right, near + u64::from(margin.abs() < NEAR));
        (one, error) = (one + u64::from(distance < 1.5), error + distance);
        let known = answers.entry(answer).or_default();
        *known = (known.0 + 1, known.1 + is_right);
    }
    let (stated, open) = (count(&data["right"]), count(&data["open"]));
    let doubt = (1.0 - float(&params["confidence"])) / 2.0 + 1e-12;
    let (low, high) = (float(&data["accuracy"]["at_least"]), float(&data["accuracy"]["at_most"]));
    let bounded = (0.0..=1.0).contains(&low) && (0.0..=1.0).contains(&high);
    let below = low == 0.0 || tail(trials, stated, low) <= doubt;
    let above = high == 1.0 || tail(trials, trials - stated - open, 1.0 - high) <= doubt;
    let bounds = bounded && below && above;
    let mean = error / trials as f64;
    let around = float(&data["error"]["at_least"]) <= mean + NEAR && mean - NEAR <= float(&data["error"]["at_most"]);
    let rows = data["answers"].as_array().unwrap().iter();
    let rows: Vec<(f64, u64, u64)> =
        rows.map(|row| (float(&row["answer"]), count(&row["sampled"]), count(&row["right"]))).collect();
    let same = rows.len() == answers.len()
        && rows.iter().zip(&answers).all(|(row, (answer, known))| {
            row.0 == *answer as f64 && row.1 == known.0 && row.2.abs_diff(known.1) <= near
        });
    stated.abs_diff(right) <= near && open <= near && one == count(&data["within_one"]) && around && same && bounds
}
