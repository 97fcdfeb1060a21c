//! The worst error of the inner-product readout: Gram matrices entry by entry, ranks by elimination, lengths one after the other.

use super::{Rational, programs};
use super::{columns, count, dot, matrix, rational, whole};
use counterproof_kernel::number::ratio;
use num::{One, ToPrimitive, Zero};
use serde_json::Value;

/// How many vectors, their rank, and their squared coherence; `None` where the data is no embedding.
fn packing(embedding: &Value) -> Option<(usize, usize, Rational)> {
    if let Some(vectors) = embedding.get("vectors") {
        let rows = matrix(&vectors["rows"]);
        if rows.iter().any(|v| dot(v, v).is_zero()) {
            return None;
        }
        let squared = |a: &[Rational], b: &[Rational]| dot(a, b) * dot(a, b) / (dot(a, a) * dot(b, b));
        let pairs = (0..rows.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
        let mu = pairs.map(|(i, j)| squared(&rows[i], &rows[j])).max().unwrap_or_else(Rational::zero);
        return Some((rows.len(), programs::rank(&rows), mu));
    }
    let rows = embedding["seidel"].as_array()?;
    let sign = |c| match c {
        '+' => 1,
        '-' => -1,
        _ => 0,
    };
    let s: Vec<Vec<i64>> = rows.iter().map(|row| row.as_str().unwrap().chars().map(sign).collect()).collect();
    let m = s.len();
    let entries = |i: usize, j: usize| if i == j { s[i][j] == 0 } else { s[i][j] != 0 && s[i][j] == s[j][i] };
    if s.iter().any(|row| row.len() != m) || !(0..m).all(|i| (0..m).all(|j| entries(i, j))) {
        return None;
    }
    let square = |i: usize, j: usize| -> i64 { (0..m).map(|k| s[i][k] * s[k][j]).sum() };
    let t = square(0, 1) * s[0][1];
    let wanted = |i: usize, j: usize| if i == j { m as i64 - 1 } else { t * s[i][j] };
    if !(0..m).all(|i| (0..m).all(|j| square(i, j) == wanted(i, j))) {
        return None;
    }
    // the lesser root of x^2 = t x + (m - 1), or both up to the sign
    if t == 0 {
        return Some((m, m / 2, ratio(1, m as i64 - 1)));
    }
    let theta = (1..=m as i64).find(|x| x * x == -t * x + (m as i64 - 1))?;
    let gram: Vec<Vec<Rational>> = (0..m)
        .map(|i| (0..m).map(|j| if i == j { Rational::one() } else { ratio(s[i][j], theta) }).collect())
        .collect();
    Some((m, programs::rank(&columns(&gram)), ratio(1, theta * theta)))
}

pub fn worst_error(params: &Value, data: &Value) -> bool {
    let (n, m, d) = (count(&params["n"]), count(&params["m"]), count(&params["d"]));
    let number = |name: &str| rational(&params[name]);
    let (lower, upper) = (number("mu_squared_at_least"), number("mu_squared_at_most"));
    let every = params["every_embedding"].as_bool().unwrap();
    let embedding = &data["embedding"];
    let attained = match embedding.is_null() {
        true => m <= d && upper.is_zero() && every,
        false => packing(embedding).is_some_and(|(vectors, rank, mu)| {
            let sizes = if every {
                vectors as u64 >= m && rank as u64 <= d
            } else {
                let shape = &embedding["vectors"]["rows"]["shape"];
                (count(&shape[0]), count(&shape[1])) == (m, d)
            };
            sizes && mu == upper
        }),
    };
    let (big_m, big_d) = (whole(m), whole(d));
    let many = 2 * u128::from(m) > u128::from(d) * (u128::from(d) + 1);
    let two = whole(2);
    let bound = match data["lower"].as_str().unwrap() {
        "coherence" => lower == upper && !every,
        "welch" if m <= d => lower.is_zero(),
        "welch" => lower == (&big_m - &big_d) / (&big_d * (&big_m - whole(1))),
        "orthoplex" => many && lower == big_d.recip(),
        "levenshtein" => {
            let over = whole(3) * &big_m - &big_d * &big_d - &two * &big_d;
            many && lower == over / ((&big_d + &two) * (&big_m - &big_d))
        }
        "planar" => {
            let cos = (std::f64::consts::PI / m as f64).cos();
            d == 2 && m >= 2 && lower >= Rational::zero() && lower.to_f64().unwrap() <= cos * cos + 1e-13
        }
        _ => false,
    };
    let error = |mu_squared: &Rational, n: u64| mu_squared * whole(n - 1) * whole(n - 1);
    let wrong = |mu_squared: &Rational, n: u64| error(mu_squared, n) >= ratio(1, 4);
    let right_up_to = (1..10_000).find(|&n| wrong(&upper, n + 1));
    let fails_from = (1..10_000).find(|&n| wrong(&lower, n));
    n >= 1
        && attained
        && bound
        && number("worst_error_squared_at_least") == error(&lower, n)
        && number("worst_error_squared_at_most") == error(&upper, n)
        && params["right_up_to"].as_u64() == right_up_to
        && params["fails_from"].as_u64() == fails_from
}
