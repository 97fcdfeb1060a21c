//! Bounds on every number that evaluation at context length `n` can meet.

use crate::search::form::IntegerForm;
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// An integer at least as large in size as every intermediate result.
pub(super) fn bounds(form: &IntegerForm<BigInt>, n: usize) -> BigInt {
    let queries = 0..form.base.len();
    queries.map(|query| query_bound(form, n, query)).max().unwrap_or_else(BigInt::zero)
}

fn query_bound(form: &IntegerForm<BigInt>, n: usize, query: usize) -> BigInt {
    let n = BigInt::from(n);
    let sizes = |values: &[BigInt]| values.iter().map(Signed::abs).collect::<Vec<_>>();
    let mut probes = form.base.get(query).map(|base| sizes(base)).unwrap_or_default();
    let base = probes.clone();
    let mut denominator = BigInt::one();
    let mut largest = n.clone();
    for head in &form.heads {
        let Some(weights) = head.weights.get(query) else { continue };
        let heaviest = weights.prefix.iter().flatten().chain([&weights.last]).max();
        let heaviest = heaviest.cloned().unwrap_or_else(BigInt::zero);
        let total = &heaviest * &n;
        for (i, entry) in probes.iter_mut().enumerate() {
            let value = |row: &Vec<BigInt>| row.get(i).map_or_else(BigInt::zero, Signed::abs);
            let prefix = head.prefix.iter().flatten().map(value).max().unwrap_or_else(BigInt::zero);
            let value = prefix.max(head.last.get(query).map_or_else(BigInt::zero, value));
            let sum = (&value + base.get(i).cloned().unwrap_or_default()) * &total;
            *entry = &*entry * &total + &denominator * &sum;
            largest = largest.max(sum);
        }
        denominator *= &total;
    }
    let absorb = |largest: &mut BigInt, values: &[BigInt]| {
        for value in values.iter().filter(|value| **value > *largest).cloned().collect::<Vec<_>>() {
            *largest = value;
        }
    };
    absorb(&mut largest, &probes);
    let residual = probes.pop().unwrap_or_else(BigInt::zero);
    let mut scale = &form.sigma * &denominator;
    let mut hidden = probes;
    for layer in &form.layers {
        let row_bound = |(row, bias): (&Vec<BigInt>, &BigInt)| {
            row.iter().zip(&hidden).fold(bias.abs() * &scale, |sum, (w, x)| sum + w.abs() * x)
        };
        let next: Vec<BigInt> = layer.weight.iter().zip(&layer.bias).map(row_bound).collect();
        absorb(&mut largest, &next);
        hidden = next;
        scale *= &layer.scale;
    }
    let readout = &form.readout;
    let output =
        readout.hidden.iter().zip(&hidden).fold(
            readout.bias.abs() * &scale + readout.residual.abs() * residual,
            |sum, (w, x)| sum + w.abs() * x,
        );
    // twice the error against an answer of at most n
    let error = BigInt::from(2) * (output + &readout.scale * &scale * (&n + 1));
    largest.max(error)
}
