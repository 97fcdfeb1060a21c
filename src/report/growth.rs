//! How fast a value grows along a parameter: the slope of its logarithm by least squares, for display only.
//!
//! Exact values stay what they are; the exponents stand beside them, rounded to two decimals. Values that are not
//! positive have no logarithm and are left out, and so are groups of fewer than three.

use super::plot::{Column, Plot};
use super::{Record, Value};
use num_traits::ToPrimitive;

/// Parameters and their values, in the order of display.
pub type Params = Vec<(&'static str, Value)>;

/// The fitted exponent of one column, for one setting of the other parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    pub column: Column,
    /// the parameter along which it grows
    pub along: &'static str,
    /// the other parameters
    pub params: Params,
    /// two decimals
    pub exponent: String,
}

/// The values of one column for one setting of the other parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// the parameters other than `x`
    pub params: Params,
    /// `(x, y)`, `x` ascending
    pub points: Vec<(f64, f64)>,
    /// the `x` at which the value is beyond every number
    pub beyond: Vec<f64>,
}

/// The values of a column for each setting of the parameters other than `x`, in the records' order.
#[must_use]
pub fn points(records: &[Record], along: &str, column: &Column) -> Vec<Points> {
    let mut groups: Vec<Points> = Vec::new();
    for record in records {
        let find = |list: &[(&'static str, Value)], name: &str| {
            list.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone())
        };
        let Some(x) = find(&record.params, along).as_ref().and_then(number) else { continue };
        let value = find(&record.values, column.name);
        let y = value.as_ref().and_then(number);
        let beyond = column.unbounded && value == Some(Value::Null);
        if y.is_none() && !beyond {
            continue;
        }
        let mut params = record.params.clone();
        params.retain(|(name, _)| *name != along && !column.fixed);
        let place = groups.iter().position(|group| group.params == params).unwrap_or_else(|| {
            groups.push(Points { params, points: Vec::new(), beyond: Vec::new() });
            groups.len() - 1
        });
        match y {
            Some(y) => groups[place].points.push((x, y)),
            None => groups[place].beyond.push(x),
        }
    }
    for group in &mut groups {
        group.points.sort_by(|a, b| a.0.total_cmp(&b.0));
        group.points.dedup();
    }
    groups
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(value) => value.to_f64(),
        Value::Rational(value) => value.to_f64(),
        _ => None,
    }
}

/// The exponents of all columns of a plot.
#[must_use]
pub fn fits(records: &[Record], plot: &Plot) -> Vec<Growth> {
    let mut found = Vec::new();
    for column in plot.columns {
        for Points { params, points, .. } in points(records, plot.x, column) {
            if let Some(exponent) = exponent(&points).filter(|_| plot.fitted) {
                let exponent = format!("{exponent:.2}");
                found.push(Growth { column: *column, along: plot.x, params, exponent });
            }
        }
    }
    found
}

/// The least-squares slope of `ln y` on `ln x`, over at least three points with `x > 1`, `y > 0`.
#[must_use]
pub fn exponent(points: &[(f64, f64)]) -> Option<f64> {
    let logs: Vec<(f64, f64)> = points
        .iter()
        .filter(|(x, y)| *x > 1.0 && *y > 0.0)
        .map(|(x, y)| (x.ln(), y.ln()))
        .collect();
    if logs.len() < 3 {
        return None;
    }
    let count = logs.len() as f64;
    let mean = |pick: fn(&(f64, f64)) -> f64| logs.iter().map(pick).sum::<f64>() / count;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let (mut above, mut below) = (0.0, 0.0);
    for (x, y) in logs {
        above += (x - mx) * (y - my);
        below += (x - mx) * (x - mx);
    }
    (below > 0.0).then(|| above / below)
}

/// `w_min ~ n^0.51 at epsilon = 1/2`
#[must_use]
pub fn sentence(growth: &Growth) -> String {
    let Growth { column, along, params, exponent } = growth;
    let at: Vec<String> = params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let at = if at.is_empty() { String::new() } else { format!(" at {}", at.join(", ")) };
    format!("{} ~ {along}^{exponent}{at}", column.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_have_their_exponents() {
        for power in [0.5, 1.5, 2.0] {
            let points: Vec<_> =
                (1..50).map(|n| (f64::from(n), f64::from(n).powf(power))).collect();
            assert!((exponent(&points).unwrap() - power).abs() < 1e-9);
        }
        assert_eq!(exponent(&[(1.0, 1.0), (2.0, 2.0), (3.0, 0.0)]), None);
        assert_eq!(exponent(&[(2.0, 2.0), (2.0, 2.0), (2.0, 2.0)]), None);
    }
}
