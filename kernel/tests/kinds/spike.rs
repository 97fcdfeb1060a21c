//! Models that count, but for one input, on which they are 1/4 off: a walk that leaves that input out is told by its largest error.
//!
//! T1 over one-hot tokens, and a unit more: integer weights `w` of tokens make `x` a number that no other input has, and
//! `ReLU(k x + 1) - 2 ReLU(k x) + ReLU(k x - 1)` is 1 where `x = 0` and 0 at other integers, whatever the integer `k >= 1`.

use crate::table::{judged, mended};
use counterproof_kernel::number::Rational;
use num::{BigInt, One, Zero};
use serde_json::{Value, json};

fn matrix(rows: &[Vec<Rational>]) -> Value {
    let texts = |row: &Vec<Rational>| row.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({"shape": [rows.len(), rows[0].len()], "rows": rows.iter().map(texts).collect::<Vec<_>>()})
}

fn whole(value: impl Into<BigInt>) -> Rational {
    Rational::from_integer(value.into())
}

/// A row of `d` entries, those named and zeros.
fn row(d: usize, entries: &[(usize, Rational)]) -> Vec<Rational> {
    let mut row = vec![Rational::zero(); d];
    entries.iter().for_each(|(at, value)| row[*at] = value.clone());
    row
}

/// The certificate about the input of a sequence over `m` tokens; its places matter when there are positions.
fn certificate(m: usize, sequence: &[usize], positions: bool, k: &BigInt, max_error: &str) -> Value {
    let n = sequence.len();
    // tokens, the number of the position, and what the second head reads
    let (d, place, code) = (m + 2, m, m + 1);
    let base = if positions { BigInt::one() << n } else { BigInt::from(2 * n + 1) };
    let w = |token: usize| token.checked_sub(1).map_or_else(BigInt::zero, |power| base.pow(power as u32));
    let query = *sequence.last().unwrap();
    // with positions the sum of 2^i w_{x_i}, without them n w_q + sum of w_{x_i}
    let (weights, spike) = if positions {
        let factor = (BigInt::one() << n) - 1;
        let sum = sequence.iter().enumerate().map(|(i, &token)| w(token) << i).sum::<BigInt>();
        (row(d, &[(code, whole(k * factor))]), sum)
    } else {
        let all: Vec<_> = (0..m).map(|token| (token, whole(k * n * w(token)))).collect();
        (row(d, &all), w(query) * n + sequence.iter().map(|&token| w(token)).sum::<BigInt>())
    };
    let tokens: Vec<_> = (0..m).map(|token| row(d, &[(token, whole(1))])).collect();
    let columns: Vec<_> = (0..d).map(|i| row(m, &if i < m { vec![(i, whole(1))] } else { vec![] })).collect();
    let nothing = matrix(&[row(d, &[])]);
    let mut heads =
        vec![json!({"query": nothing, "key": nothing, "value": matrix(&tokens), "output": matrix(&columns)})];
    if positions {
        let read: Vec<_> = (0..m).map(|token| (token, whole(w(token)))).collect();
        let to: Vec<_> = (0..d).map(|i| vec![whole(u8::from(i == code))]).collect();
        let ask = Rational::new(BigInt::one(), BigInt::from(n - 1));
        heads.push(json!({
            "query": matrix(&[row(d, &[(place, ask)])]),
            "key": matrix(&[row(d, &[(place, whole(1))])]),
            "value": matrix(&[row(d, &read)]),
            "output": matrix(&to),
        }));
    }
    let mut hidden = tokens.clone();
    hidden.extend([weights.clone(), weights.clone(), weights]);
    let mut bias = vec!["-1".to_owned(); m];
    bias.extend([1, 0, -1].map(|shift| (BigInt::from(shift) - k * &spike).to_string()));
    let mut written: Vec<_> = (0..d).map(|i| row(m + 3, &if i < m { vec![(i, whole(1))] } else { vec![] })).collect();
    for (unit, height) in [(m, 1), (m + 1, -2), (m + 2, 1)] {
        written[0][unit] = Rational::new(height.into(), (4 * n).into());
    }
    let readout: Vec<_> = (0..d).map(|i| if i < m { n } else { 0 }.to_string()).collect();
    let shift: Vec<_> = (0..n).map(|i| row(d, &[(place, whole(i))])).collect();
    let model = json!({
        "embedding": matrix(&tokens),
        "positions": if positions { matrix(&shift) } else { Value::Null },
        "base": "2",
        "heads": heads,
        "mlp": {"hidden": [{"weight": matrix(&hidden), "bias": bias}], "output": {"weight": matrix(&written), "bias": vec!["0"; d]}},
        "readout": {"weight": readout, "bias": format!("-{}", 2 * n)},
    });
    json!({
        "format": "counterproof-certificate",
        "version": 2,
        "claim": "model",
        "params": {"task": "query-count", "criterion": "solves", "n": n, "m": m, "d": d, "mlp_width": m + 3},
        "data": {"exhaustive": {"model": model, "inputs": if positions { "sequences" } else { "count-vectors" }, "max_error": max_error}},
        "sha256": "",
    })
}

/// Only the input of the sequence is off.
fn is_found(m: usize, sequence: &[usize], positions: bool, k: &BigInt) {
    let judge = |max_error: &str| judged(&mended(&certificate(m, sequence, positions, k, max_error)).unwrap());
    let found =
        judge("1/4").unwrap_or_else(|message| panic!("{sequence:?} of {m}, positions {positions}, {k}: {message}"));
    assert!(found.1.contains("counts (query count) within 1/2"));
    assert_eq!(
        judge("0"),
        Err("data.exhaustive.max_error: expected 1/4, found 0".to_owned()),
        "{sequence:?} of {m}, {k}"
    );
}

#[test]
fn every_input_is_evaluated() {
    for (m, n) in [(1, 1), (1, 4), (2, 1), (2, 5), (3, 4), (4, 4), (5, 3)] {
        for sequence in crate::truth::sequences(n, m) {
            let (last, rest) = sequence.split_last().unwrap();
            // one sequence for each query and count vector
            if rest.is_sorted() && *last < m as usize {
                is_found(m as usize, &sequence, false, &BigInt::one());
            }
        }
    }
}

#[test]
fn every_sequence_is_evaluated() {
    for (m, n) in [(2, 4), (3, 3), (4, 2), (3, 4)] {
        for sequence in crate::truth::sequences(n, m) {
            is_found(m as usize, &sequence, true, &BigInt::one());
        }
    }
}

/// On words of 64 bits, of 128, and on long integers.
#[test]
fn numbers_of_every_length_are_walked() {
    for digits in [9, 12, 15, 18, 30, 40, 200] {
        let k = BigInt::from(10).pow(digits);
        for sequence in [[0, 2, 1], [2, 2, 2], [1, 1, 0]] {
            is_found(3, &sequence, false, &k);
            is_found(3, &sequence, true, &k);
        }
    }
}
