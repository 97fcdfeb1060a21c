//! Two softmax models in floats, on all inputs or on those of a sample. What is too close to tell in floats is not held against the checker.

use super::softmax::{NEAR, drawn, float, outputs, tail};
use super::{Value, count, counts, sequences};

/// What a model reads, each between two numbers where floats do not tell: the output, and the integer that stands for it.
struct Read {
    value: (f64, f64),
    whole: (f64, f64),
}

fn read(model: &Value, sequence: &[usize], position: usize) -> Read {
    let y = outputs(model, sequence, position);
    let reading = &model["reading"];
    if reading["number"].is_object() {
        let whole = |y: f64| (y + 0.5).floor();
        return Read { value: (y[0], y[0]), whole: (whole(y[0] - NEAR), whole(y[0] + NEAR)) };
    }
    let largest = y.iter().copied().fold(f64::MIN, f64::max);
    let answers = counts(&reading["arg-max"]["answers"]);
    let chosen = y.iter().zip(answers).filter(|(y, _)| **y >= largest - NEAR).map(|(_, answer)| answer as f64);
    let ends = chosen.fold((f64::MAX, f64::MIN), |(low, high), one| (low.min(one), high.max(one)));
    Read { value: ends, whole: ends }
}

/// The least and the largest `|a - b|`.
fn distance(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    ((a.0 - b.1).max(b.0 - a.1).max(0.0), (a.1 - b.0).max(b.1 - a.0))
}

fn inputs(params: &Value, model: &Value) -> Option<Vec<(Vec<usize>, usize)>> {
    let (n, m) = (count(&params["n"]), count(&params["m"]));
    let every = model["read_at"] == "every";
    if n == 0 || n > 64 {
        return None;
    }
    let drawn_how = &params["inputs"]["drawn"];
    if drawn_how.is_null() {
        if (m as f64).powf(n as f64) > 10_000.0 {
            return None;
        }
        let first = if every { 0 } else { n - 1 };
        let read = |sequence: Vec<usize>| (first..n).map(move |position| (sequence.clone(), position as usize));
        return Some(sequences(n, m).into_iter().flat_map(read).collect());
    }
    let (trials, seed, distribution) =
        (count(&drawn_how["estimate"]), count(&drawn_how["seed"]), &drawn_how["distribution"]);
    let weights = match distribution["weights"].is_array() {
        true => counts(&distribution["weights"]),
        false => vec![1; m as usize],
    };
    let one = |index| drawn(seed, index, n, &weights, (distribution == "even", every));
    (1..=10_000).contains(&trials).then(|| (0..trials).map(one).collect())
}

pub fn difference(params: &Value, data: &Value) -> bool {
    let Some(inputs) = inputs(params, &data["model"]) else { return false };
    let constant = float(&params["constant"]);
    let (mut agree, mut near) = (0, 0);
    let (mut sum, mut largest, mut from_constant) = ((0.0, 0.0), (0.0f64, 0.0f64), (0.0, 0.0));
    for (sequence, position) in &inputs {
        let [one, other] = ["model", "other"].map(|name| read(&data[name], sequence, *position));
        let apart = distance(one.value, other.value);
        let off = distance(one.value, (constant, constant));
        sum = (sum.0 + apart.0, sum.1 + apart.1);
        largest = (largest.0.max(apart.0), largest.1.max(apart.1));
        from_constant = (from_constant.0 + off.0, from_constant.1 + off.1);
        let whole = distance(one.whole, other.whole);
        agree += u64::from(whole.1 == 0.0);
        near += u64::from(whole.0 == 0.0 && whole.1 > 0.0);
    }
    let all = inputs.len() as u64;
    let number = |name: &str| data[name].as_str().unwrap().parse::<u64>().unwrap();
    let (stated, open) = (number("agree"), number("open"));
    let ends = |name: &str| (float(&data[name]["at_least"]), float(&data[name]["at_most"]));
    // what is stated is about as wide as floats are exact
    let around = |name: &str, (low, high): (f64, f64), over: f64| {
        let (least, most) = ends(name);
        least <= low / over + 1e-8 && high / over - 1e-8 <= most
    };
    let over = all as f64;
    let bounds =
        around("mean", sum, over) && around("largest", largest, 1.0) && around("from_constant", from_constant, over);
    let (low, high) = ends("agreement");
    let shares = match &params["inputs"]["drawn"] {
        Value::Null => low <= stated as f64 / over + 1e-8 && (stated + open) as f64 / over - 1e-8 <= high,
        drawn => {
            let doubt = (1.0 - float(&drawn["confidence"])) / 2.0 + 1e-12;
            let bounded = (0.0..=1.0).contains(&low) && (0.0..=1.0).contains(&high);
            let below = low == 0.0 || tail(all, stated, low) <= doubt;
            bounded && below && (high == 1.0 || tail(all, all - stated - open, 1.0 - high) <= doubt)
        }
    };
    (agree..=agree + near).contains(&stated) && open <= near && bounds && shares
}
