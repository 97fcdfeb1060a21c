//! How fast a value grows at the end of a range: the slope of its logarithm between the two largest sizes, for display only.
//!
//! Exact values stay what they are; a slope stands beside them with its range, rounded to two decimals. It is no law: what is
//! proved about a column is said beside it ([`Column::law`]).

use super::plot::{Column, Plot};
use super::{Record, Value, value_of};

/// Parameters and their values, in the order of display.
pub type Params = Vec<(&'static str, Value)>;

/// The local slope of one column, for one setting of the other parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    pub column: Column,
    /// the parameter along which it grows
    pub along: &'static str,
    /// the other parameters
    pub params: Params,
    /// two decimals
    pub exponent: String,
    /// the two sizes between which it is the slope
    pub from: u64,
    pub to: u64,
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
        let Some(x) = value_of(&record.params, along).and_then(Value::float) else { continue };
        let value = value_of(&record.values, column.name);
        let y = value.and_then(Value::float);
        let beyond = column.unbounded && value == Some(&Value::Null);
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

/// The local slopes of all columns of a plot.
#[must_use]
pub fn slopes(records: &[Record], plot: &Plot) -> Vec<Growth> {
    let mut found = Vec::new();
    for column in plot.columns.iter().filter(|column| plot.sloped && !column.fixed) {
        for Points { params, points, .. } in points(records, plot.x, column) {
            if let Some((slope, [from, to])) = slope(&points) {
                let exponent = format!("{slope:.2}");
                let (column, along, [from, to]) = (*column, plot.x, [from, to].map(|x| x as u64));
                found.push(Growth { column, along, params, exponent, from, to });
            }
        }
    }
    found
}

/// The slope of `ln y` over `ln x` between the two largest `x` of positive values, and these two.
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> Option<(f64, [f64; 2])> {
    let positive: Vec<&(f64, f64)> = points.iter().filter(|(x, y)| *x > 0.0 && *y > 0.0).collect();
    let [.., (x0, y0), (x1, y1)] = *positive else { return None };
    (x1 > x0).then(|| ((y1 / y0).ln() / (x1 / x0).ln(), [*x0, *x1]))
}

/// `w_min: local slope 0.50 from n = 1024 to 4096 at epsilon = 1/2`
#[must_use]
pub fn sentence(growth: &Growth) -> String {
    let Growth { column, along, params, exponent, from, to } = growth;
    let at: Vec<String> = params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let at = if at.is_empty() { String::new() } else { format!(" at {}", at.join(", ")) };
    let law = column.law.map_or_else(String::new, |law| format!(" ({law})"));
    format!("{}: local slope {exponent} from {along} = {from} to {to}{at}{law}", column.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_have_their_exponents() {
        for power in [0.5, 1.5, 2.0] {
            let points: Vec<_> =
                (1..50).map(|n| (f64::from(n), f64::from(n).powf(power))).collect();
            let (slope, range) = slope(&points).unwrap();
            assert!((slope - power).abs() < 1e-9);
            assert_eq!(range, [48.0, 49.0]);
        }
        assert_eq!(slope(&[(1.0, 1.0), (3.0, 0.0)]), None);
        assert_eq!(slope(&[(2.0, 2.0), (2.0, 2.0)]), None);
    }
}
