//! Models on all sequences, by the forward pass as the notation has it.

use super::{Rational, answer, count, dot, matrix, occurrences, rational, relu, sequences, times, vector, whole};
use counterproof_kernel::number::ratio;
use num::{One, Signed, Zero};
use serde_json::Value;

pub fn output(model: &Value, sequence: &[usize]) -> Rational {
    let (embedding, base) = (matrix(&model["embedding"]), rational(&model["base"]));
    let mut z: Vec<Vec<Rational>> = sequence.iter().map(|&token| embedding[token].clone()).collect();
    if !model["positions"].is_null() {
        for (state, position) in z.iter_mut().zip(matrix(&model["positions"])) {
            state.iter_mut().zip(position).for_each(|(x, shift)| *x += shift);
        }
    }
    let last = z.last().unwrap().clone();
    let mut r = last.clone();
    for head in model["heads"].as_array().unwrap() {
        let (query, key) = (times(&matrix(&head["query"]), &last), matrix(&head["key"]));
        let scores: Vec<Rational> = z.iter().map(|state| dot(&query, &times(&key, state))).collect();
        let own = scores.last().unwrap();
        let weights: Vec<Rational> = scores.iter().map(|score| power(&base, &(score - own))).collect();
        let total = weights.iter().fold(Rational::zero(), |sum, x| sum + x);
        let value = matrix(&head["value"]);
        let mut read = vec![Rational::zero(); value.len()];
        for (state, weight) in z.iter().zip(&weights) {
            for (entry, x) in read.iter_mut().zip(times(&value, state)) {
                *entry += x * weight / &total;
            }
        }
        r.iter_mut().zip(times(&matrix(&head["output"]), &read)).for_each(|(entry, x)| *entry += x);
    }
    let apply = |map: &Value, x: &[Rational]| {
        let image = times(&matrix(&map["weight"]), x);
        image.into_iter().zip(vector(&map["bias"])).map(|(a, b)| a + b).collect::<Vec<_>>()
    };
    let mut hidden = r.clone();
    for layer in model["mlp"]["hidden"].as_array().unwrap() {
        hidden = apply(layer, &hidden);
        relu(&mut hidden);
    }
    let written = apply(&model["mlp"]["output"], &hidden);
    r.iter_mut().zip(written).for_each(|(entry, x)| *entry += x);
    dot(&vector(&model["readout"]["weight"]), &r) + rational(&model["readout"]["bias"])
}

fn power(base: &Rational, exponent: &Rational) -> Rational {
    let exponent: i32 = exponent.to_integer().try_into().unwrap();
    let size = (0..exponent.unsigned_abs()).fold(Rational::one(), |product, _| product * base);
    if exponent < 0 { size.recip() } else { size }
}

/// The error on a sequence, or `None` when it meets the criterion.
fn error(params: &Value, model: &Value, sequence: &[usize]) -> (Rational, bool) {
    let m = count(&params["m"]);
    let y = output(model, sequence) * if params["n"] == "any" { whole(sequence.len() as u64) } else { whole(1) };
    let right = answer(&params["task"], &occurrences(sequence, m), *sequence.last().unwrap());
    let error = (y - whole(right)).abs();
    let met = if params["criterion"] == "exact" { error.is_zero() } else { error < ratio(1, 2) };
    (error, met)
}

/// Every length is tried up to 4.
pub fn counts(params: &Value, data: &Value) -> bool {
    let (model, m) = (&data["model"], count(&params["m"]));
    let lengths = params["n"].as_u64().map_or(1..=4, |n| n..=n);
    let mut worst = Rational::zero();
    if m == 1 && *lengths.start() > 12 {
        // all states are one, however many there are
        let error = (output(model, &[0; 12]) - whole(*lengths.start())).abs();
        return if error.is_zero() || params["criterion"] == "solves" && error < ratio(1, 2) {
            data["max_error"].is_null() || rational(&data["max_error"]) == error
        } else {
            false
        };
    }
    for sequence in lengths.flat_map(|n| sequences(n, m)) {
        let (error, met) = error(params, model, &sequence);
        if !met {
            return false;
        }
        worst = worst.max(error);
    }
    // an exhaustive proof states the largest error, an interval bounds it
    let stated = data["max_error"].as_str().map(|_| rational(&data["max_error"]));
    let least = match &data["least_base"] {
        Value::Null => true,
        Value::String(word) => word == "not-claimed" || rational(&model["base"]) == whole(2),
        _ => {
            let mut below = data.clone();
            below["model"]["base"] = (rational(&model["base"]) - whole(1)).to_string().into();
            below["least_base"] = Value::Null;
            !counts(params, &below)
        }
    };
    least && stated.is_none_or(|stated| if data["inputs"].is_null() { worst <= stated } else { worst == stated })
}

/// Of the inputs of a part, by the sequences that have them.
pub fn counts_in_part(params: &Value, data: &Value) -> bool {
    let (n, m) = (count(&params["n"]), count(&params["m"]));
    let (index, of) = params["part"].as_str().unwrap().split_once('/').unwrap();
    let (index, of): (u64, u64) = (index.parse().unwrap(), of.parse().unwrap());
    let positions = data["model"]["positions"]["rows"].as_array();
    let by_counts = positions.is_none_or(|rows| rows[..rows.len() - 1].windows(2).all(|pair| pair[0] == pair[1]));
    let block = |sequence: &[usize]| {
        let (query, before) = sequence.split_last().unwrap();
        let choice = match (by_counts, before) {
            _ if m == 1 => 0,
            (true, _) => before.iter().filter(|&&token| token == 0).count(),
            (false, before) => before.first().copied().unwrap_or(0),
        };
        choice as u64 * m + *query as u64
    };
    let of_part = sequences(n, m).into_iter().filter(|sequence| block(sequence) % of == index - 1);
    let mut worst = Rational::zero();
    for sequence in of_part {
        let (error, met) = error(params, &data["model"], &sequence);
        if !met {
            return false;
        }
        worst = worst.max(error);
    }
    (by_counts || data["inputs"] == "sequences") && worst == rational(&data["max_error"])
}

pub fn fails(params: &Value, data: &Value) -> bool {
    let sequence: Vec<usize> = super::counts(&data["sequence"]).into_iter().map(|token| token as usize).collect();
    let length = sequence.len() as u64;
    params["n"].as_u64().unwrap_or(length) == length && !error(params, &data["model"], &sequence).1
}

/// Outputs on all inputs and on their repetitions.
pub fn repeats(params: &Value, data: &Value) -> bool {
    let (n, m, times) = (count(&params["n"]), count(&params["m"]), count(&params["times"]));
    let models = data["models"].as_array().unwrap();
    // longer ones are of the same kind
    let (n, times) = (n.min(4), times.min(3));
    times >= 2
        && models.len() as u64 == count(&params["models"])
        && models.iter().all(|model| {
            let same =
                |sequence: Vec<usize>| output(model, &sequence) == output(model, &sequence.repeat(times as usize));
            model["positions"].is_null() && sequences(n, m).into_iter().all(same)
        })
}
