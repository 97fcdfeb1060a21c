//! Softmax models with equal scores in rationals, by definition: what is read at the last position.

use super::{Value, columns, dot, matrix, rational, relu, times, vector, whole};
use counterproof_kernel::number::{Rational, ratio};
use num::{Signed, Zero};

type Vector = Vec<Rational>;

fn plus(x: &[Rational], y: &[Rational]) -> Vector {
    x.iter().zip(y).map(|(x, y)| x + y).collect()
}

fn affine(map: &Value, x: &[Rational]) -> Vector {
    plus(&times(&matrix(&map["weight"]), x), &vector(&map["bias"]))
}

fn mean(x: &[Rational]) -> Rational {
    x.iter().sum::<Rational>() / whole(x.len() as u64)
}

/// A norm of `x`; its `eps` becomes one with which a rational number is divided by.
fn norm(norm: &mut Value, x: &[Rational]) -> Vector {
    if norm.is_null() {
        return x.to_vec();
    }
    let shift = if norm["kind"] == "layer" { mean(x) } else { Rational::zero() };
    let centred: Vector = x.iter().map(|x| x - &shift).collect();
    let square = mean(&centred.iter().map(|x| x * x).collect::<Vector>());
    let mut root = ratio(1, 16);
    while &root * &root <= square {
        root += ratio(1, 16) + &root / whole(3);
    }
    norm["eps"] = (&root * &root - square).to_string().into();
    let entries = centred.iter().zip(vector(&norm["weight"])).zip(vector(&norm["bias"]));
    entries.map(|((x, w), b)| x * w / &root + b).collect()
}

/// What is read at the last of these tokens. Norms get an `eps` that makes it rational.
pub fn outputs(model: &mut Value, tokens: &[usize]) -> Vector {
    let embedding = matrix(&model["embedding"]);
    let mut states: Vec<Vector> = tokens.iter().map(|&token| embedding[token].clone()).collect();
    if !model["bos"].is_null() {
        states.insert(0, vector(&model["bos"]));
    }
    let mut x = states.last().unwrap().clone();
    for block in model["blocks"].as_array_mut().unwrap() {
        let seen = norm(&mut block["before"], &x);
        let part = &block["part"];
        let written = if part["attention"].is_object() {
            assert!(block["before"].is_null());
            let mut written = vector(&part["attention"]["bias"]);
            for head in part["attention"]["heads"].as_array().unwrap() {
                let values: Vec<Vector> = states.iter().map(|state| affine(&head["value"], state)).collect();
                let seen: Vector = columns(&values).iter().map(|column| mean(column)).collect();
                written = plus(&written, &times(&matrix(&head["output"]), &seen));
            }
            written
        } else {
            let mut hidden = affine(&part["mlp"]["hidden"][0], &seen);
            relu(&mut hidden);
            affine(&part["mlp"]["output"], &hidden)
        };
        x = if block["residual"] == true { plus(&x, &written) } else { written };
        x = norm(&mut block["after"], &x);
    }
    x = norm(&mut model["norm"], &x);
    let reading = &model["reading"];
    if reading["number"].is_object() {
        return vec![dot(&vector(&reading["number"]["weight"]), &x) + rational(&reading["number"]["bias"])];
    }
    affine(&reading["arg-max"]["map"], &x)
}

/// How far the output is from being right and wrong alike: the tolerance with which it is neither, or for an arg max what has to be added to the answer's.
pub fn distance(model: &Value, y: &[Rational], answer: u64) -> Rational {
    if model["reading"]["number"].is_object() {
        return (&y[0] - whole(answer)).abs();
    }
    let others = y.iter().enumerate().filter(|(choice, _)| *choice as u64 + 1 != answer);
    others.map(|(_, y)| y).max().unwrap() - &y[answer as usize - 1]
}
