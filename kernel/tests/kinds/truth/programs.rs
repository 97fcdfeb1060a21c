//! Linear programs by their vertices inside a large box: exact for a few variables.

use super::{Rational, count, dot, rational, whole};
use num::{One, Zero};
use serde_json::Value;

/// `a x <= b`
pub type Side = (Vec<Rational>, Rational);

/// The least value of `cost x` at a vertex; `None` when there is none.
pub fn least(sides: &[Side], cost: &[Rational]) -> Option<Rational> {
    let mut best: Option<Rational> = None;
    for chosen in choices(sides.len(), cost.len()) {
        let Some(x) = solve(chosen.iter().map(|&i| &sides[i])) else { continue };
        if sides.iter().all(|(a, b)| dot(a, &x) <= *b) {
            let value = dot(cost, &x);
            best = Some(best.map_or_else(|| value.clone(), |best| best.min(value.clone())));
        }
    }
    best
}

/// All sets of `k` numbers below `n`.
fn choices(n: usize, k: usize) -> Vec<Vec<usize>> {
    if k == 0 {
        return vec![Vec::new()];
    }
    let with = |last: usize| choices(last, k - 1).into_iter().map(move |rest| [rest.as_slice(), &[last]].concat());
    (0..n).flat_map(with).collect()
}

/// The one solution of a square system.
fn solve<'a>(sides: impl Iterator<Item = &'a Side>) -> Option<Vec<Rational>> {
    let mut table: Vec<Vec<Rational>> = sides.map(|(a, b)| [a.as_slice(), std::slice::from_ref(b)].concat()).collect();
    let size = table.len();
    (eliminate(&mut table, size) == size).then(|| table.into_iter().map(|mut row| row.pop().unwrap()).collect())
}

/// The rank of some rows.
pub fn rank(rows: &[Vec<Rational>]) -> usize {
    let width = rows.first().map_or(0, Vec::len);
    eliminate(&mut rows.to_vec(), width)
}

fn eliminate(table: &mut [Vec<Rational>], columns: usize) -> usize {
    let mut rank = 0;
    for column in 0..columns {
        let Some(pivot) = (rank..table.len()).find(|&i| !table[i][column].is_zero()) else { continue };
        table.swap(rank, pivot);
        let factor = table[rank][column].recip();
        table[rank].iter_mut().for_each(|entry| *entry *= &factor);
        let row = table[rank].clone();
        for other in (0..table.len()).filter(|&i| i != rank) {
            let factor = table[other][column].clone();
            table[other].iter_mut().zip(&row).for_each(|(entry, x)| *entry -= &factor * x);
        }
        rank += 1;
    }
    rank
}

pub fn linear_program(params: &Value, data: &Value) -> bool {
    let program = &data["program"];
    let minimises = program["sense"] == "minimise";
    let (variables, rows) = (program["variables"].as_array().unwrap(), program["rows"].as_array().unwrap());
    let n = variables.len();
    if (count(&params["variables"]) as usize, count(&params["rows"]) as usize) != (n, rows.len()) {
        return false;
    }
    let cost: Vec<Rational> =
        variables.iter().map(|v| rational(&v["cost"]) * if minimises { whole(1) } else { -whole(1) }).collect();
    let best = |size: u64| {
        let mut sides: Vec<Side> = Vec::new();
        let mut side = |a: &[Rational], b: Rational, sign: Rational| {
            sides.push((a.iter().map(|x| x * &sign).collect(), b * &sign));
        };
        for row in rows {
            let mut a = vec![Rational::zero(); n];
            for term in row["terms"].as_array().unwrap() {
                a[count(&term[0]) as usize] = rational(&term[1]);
            }
            if row["relation"] != ">=" {
                side(&a, rational(&row["rhs"]), whole(1));
            }
            if row["relation"] != "<=" {
                side(&a, rational(&row["rhs"]), -whole(1));
            }
        }
        for (j, variable) in variables.iter().enumerate() {
            let unit: Vec<Rational> = (0..n).map(|i| if i == j { Rational::one() } else { Rational::zero() }).collect();
            let bound = |name: &str, or: Rational| variable[name].as_str().map_or(or, |_| rational(&variable[name]));
            side(&unit, bound("upper", whole(size)), whole(1));
            side(&unit, bound("lower", -whole(size)), -whole(1));
        }
        least(&sides, &cost)
    };
    let status = params["status"].as_str().unwrap();
    match (best(1 << 30), best(1 << 31)) {
        (Some(here), Some(further)) if further == here => {
            let value = if minimises { here } else { -here } + rational(&program["constant"]);
            status == "optimal" && params["optimum"] == value.to_string()
        }
        (Some(_), Some(_)) => status == "unbounded" && params["optimum"].is_null(),
        _ => status == "infeasible" && params["optimum"].is_null(),
    }
}
