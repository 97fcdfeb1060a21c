//! A basis to begin at that is triangular and holds few logicals of equations, which would all have to leave it.
//!
//! In the manner of I. Maros and G. Mitra, "Strategies for creating advanced bases for large-scale linear programming
//! problems", 1998: an equation with few columns left takes one of them, and every column that meets the equation is out.

use super::factors::Lists;
use super::primal::Interval;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A row whose bounds are closer than this, beside one, is an equation.
const CLOSE: f64 = 1e-5;
/// A pivot is at least this large beside the largest entry of its column.
const LARGE_ENOUGH: f64 = 0.1;

/// Pairs of a row and the structural variable that takes the place of its logical. `bounds` are those of structurals and logicals.
pub(super) fn triangular(
    columns: &Lists,
    rows: &Lists,
    bounds: &[Interval],
) -> Vec<(usize, usize)> {
    let structurals = bounds.len() - rows.len();
    let (of_columns, of_rows) = bounds.split_at(structurals);
    let mut open: Vec<bool> = of_rows.iter().map(|row| row.is_narrow(CLOSE)).collect();
    let mut eligible: Vec<bool> =
        of_columns.iter().map(|column| !column.is_narrow(CLOSE)).collect();
    let left = |i: usize| rows.get(i).iter().filter(|(j, _)| eligible[*j]).count();
    let mut counts: Vec<usize> = (0..rows.len()).map(left).collect();
    let equations = (0..rows.len()).filter(|&i| open[i]);
    let mut waiting: BinaryHeap<_> = equations.map(|i| Reverse((counts[i], i))).collect();
    let mut taken = Vec::new();
    while let Some(Reverse((count, row))) = waiting.pop() {
        // one that was counted again stands in the heap again
        if !open[row] || count != counts[row] {
            continue;
        }
        open[row] = false;
        let candidates = rows.get(row).iter().filter(|&&(j, value)| {
            let largest = columns.get(j).iter().fold(0.0_f64, |most, (_, v)| most.max(v.abs()));
            eligible[j] && value.abs() >= LARGE_ENOUGH * largest
        });
        // what has fewer bounds is met by fewer of them
        let best = candidates.min_by_key(|(j, _)| (bounds[*j].ends(), columns.get(*j).len(), *j));
        let Some(&(column, _)) = best else { continue };
        taken.push((row, column));
        for &(j, _) in rows.get(row) {
            if !std::mem::take(&mut eligible[j]) {
                continue;
            }
            for &(i, _) in columns.get(j) {
                counts[i] -= 1;
                if open[i] {
                    waiting.push(Reverse((counts[i], i)));
                }
            }
        }
    }
    taken
}
