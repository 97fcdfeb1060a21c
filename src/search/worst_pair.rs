//! The two of many vectors whose coherence is largest: floats pass over almost all pairs, what is left is decided exactly.
//!
//! Products of normalised vectors are taken in 32 bits, tile by tile, with a bound of their error (N. J. Higham, *Accuracy and
//! Stability of Numerical Algorithms*, section 3.1: whatever the order of a sum of `d` products, it errs by at most
//! `gamma_d = d u / (1 - d u)` times the sum of their sizes, which is at most 1 here). A pair that may be the largest is taken once more in 64
//! bits, and what may be the largest then in rationals. So the pair does not depend on the machine or on the number of threads.

use super::control::{Control, Stopped};
use crate::kernel::number::{Matrix, Rational, Scaled, dot_integers};
use nalgebra::DMatrix;
use num_traits::ToPrimitive;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Many vectors, one row each.
pub trait Rows: Sync {
    /// How many there are.
    fn count(&self) -> usize;
    /// The floats nearest to a row, all finite. `[d]`
    fn floats(&self, row: usize) -> Vec<f64>;
    /// Two rows exactly. `[2, d]`
    fn exactly(&self, pair: [usize; 2]) -> Option<Matrix>;
}

impl Rows for Matrix {
    fn count(&self) -> usize {
        self.rows()
    }

    fn floats(&self, row: usize) -> Vec<f64> {
        self.row(row).iter().map(|entry| entry.to_f64().unwrap_or(f64::NAN)).collect()
    }

    fn exactly(&self, pair: [usize; 2]) -> Option<Matrix> {
        Matrix::from_rows(self.cols(), pair.map(|row| self.row(row).to_vec()).to_vec()).ok()
    }
}

/// The largest coherence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worst {
    /// The first pair, in order of its second row, of those with the largest coherence.
    pub pair: [usize; 2],
    /// `<v_i, v_j>^2 / (|v_i|^2 |v_j|^2)`
    pub mu_squared: Rational,
    /// Rows without a direction, which are in no pair.
    pub zeros: usize,
}

/// Rows and columns of a tile of products.
const TILE: usize = 256;

/// Decides which pair of rows has the largest coherence; `None` when fewer than two rows have a direction.
///
/// # Errors
/// [`Stopped`] by the limits.
pub fn worst_pair(rows: &impl Rows, control: &Control) -> Result<Option<Worst>, Stopped> {
    let (directed, units) = normalised(rows, control)?;
    let zeros = rows.count() - directed.len();
    let found = |pair: [usize; 2], mu_squared| Some(Worst { pair, mu_squared, zeros });
    if directed.len() < 2 {
        return Ok(None);
    }
    if let Some(pair) = first_repeated(rows, &directed) {
        return Ok(found(pair, Rational::from_integer(1.into())));
    }
    let candidates = filtered(rows, &directed, &units, control)?;
    let mut best: Option<([usize; 2], Rational)> = None;
    for pair in candidates {
        control.go_on()?;
        let Some(value) = rows.exactly(pair).and_then(|two| coherence(&two)) else { continue };
        if best.as_ref().is_none_or(|(_, largest)| value > *largest) {
            best = Some((pair, value));
        }
    }
    Ok(best.and_then(|(pair, value)| found(pair, value)))
}

/// `<u, v>^2 / (|u|^2 |v|^2)`
fn coherence(two: &Matrix) -> Option<Rational> {
    let [u, v] = [0, 1].map(|i| Scaled::new(two.row(i).iter()).ok().map(|row| row.numerators));
    let (u, v) = (u?, v?);
    let product = dot_integers(&u, &v);
    let norms = dot_integers(&u, &u) * dot_integers(&v, &v);
    (norms != 0.into()).then(|| Rational::new(&product * &product, norms))
}

/// The rows that have a direction, and these divided by their norms, as columns. `[d, count]`
fn normalised(rows: &impl Rows, control: &Control) -> Result<(Vec<usize>, DMatrix<f32>), Stopped> {
    let (mut directed, mut units) = (Vec::new(), Vec::new());
    for i in 0..rows.count() {
        if i.is_multiple_of(TILE) {
            control.go_on()?;
        }
        if let Some(unit) = unit(rows.floats(i)) {
            directed.push(i);
            units.extend(unit.into_iter().map(|entry| entry as f32));
        }
    }
    let d = units.len() / directed.len().max(1);
    let units = DMatrix::from_vec(d, directed.len(), units);
    Ok((directed, units))
}

/// A vector divided by its norm; `None` for the zero vector.
fn unit(mut v: Vec<f64>) -> Option<Vec<f64>> {
    let largest = v.iter().fold(0.0_f64, |most, entry| most.max(entry.abs()));
    if largest == 0.0 {
        return None;
    }
    // first so that no square leaves the range of floats
    v.iter_mut().for_each(|entry| *entry /= largest);
    let norm = dot(&v, &v).sqrt();
    v.iter_mut().for_each(|entry| *entry /= norm);
    Some(v)
}

fn dot(u: &[f64], v: &[f64]) -> f64 {
    u.iter().zip(v).map(|(x, y)| x * y).sum()
}

/// Two rows that are the same: none are more coherent, and there may be a great many of them.
fn first_repeated(rows: &impl Rows, directed: &[usize]) -> Option<[usize; 2]> {
    let mut seen: HashMap<u64, usize> = HashMap::new();
    for &i in directed {
        let mut hasher = DefaultHasher::new();
        rows.floats(i).into_iter().for_each(|entry| (entry + 0.0).to_bits().hash(&mut hasher));
        let first = *seen.entry(hasher.finish()).or_insert(i);
        // what has one hash need not be the same
        if first != i && rows.exactly([first, i]).is_some_and(|two| two.row(0) == two.row(1)) {
            return Some([first, i]);
        }
    }
    None
}

/// How far a product of two normalised vectors in floats is from the product of the vectors, with `unit_roundoff` `2^-bits`.
fn error(d: usize, bits: i32) -> f64 {
    let roundoff = 2f64.powi(-bits);
    // entries are off by a few roundoffs after both divisions, sums by gamma_d, and tiny products may vanish
    let parts = (d as f64 + 8.0) * roundoff;
    1.01 * parts / (1.0 - parts) + d as f64 * 2f64.powi(-120)
}

/// The pairs that may have the largest coherence, by the second row and then the first.
fn filtered(
    rows: &impl Rows,
    directed: &[usize],
    units: &DMatrix<f32>,
    control: &Control,
) -> Result<Vec<[usize; 2]>, Stopped> {
    let (d, count) = units.shape();
    let (coarse, fine) = (error(d, 24), error(d, 52));
    let tiles = count.div_ceil(TILE);
    // the largest coherence is at least this: bits of floats that are not negative are in their order
    let least = AtomicU64::new(0);
    let next = AtomicUsize::new(0);
    let kept = Mutex::new(Vec::new());
    let stopped = Mutex::new(None);
    let work = || {
        let mut near: Vec<(f64, [usize; 2])> = Vec::new();
        loop {
            // long rows of tiles first
            let row = next.fetch_add(1, Ordering::Relaxed);
            let Some(i) = tiles.checked_sub(row + 1) else { break };
            let first = i * TILE..count.min((i + 1) * TILE);
            let left = units.columns_range(first.clone()).transpose();
            for j in 0..=i {
                if let Err(why) = control.go_on() {
                    *stopped.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(why);
                    return;
                }
                let second = j * TILE..count.min((j + 1) * TILE);
                let products = &left * units.columns_range(second.clone());
                for (b, column) in second.clone().zip(products.column_iter()) {
                    let below = f64::from_bits(least.load(Ordering::Relaxed)) - coarse;
                    for (a, product) in first.clone().zip(column.iter()) {
                        if b >= a || f64::from(product.abs()) < below {
                            continue;
                        }
                        let pair = [directed[b], directed[a]];
                        let again = pair.map(|row| unit(rows.floats(row)).unwrap_or_default());
                        let value = dot(&again[0], &again[1]).abs();
                        if value + fine >= f64::from_bits(least.load(Ordering::Relaxed)) {
                            let certain = (value - fine).max(0.0).to_bits();
                            least.fetch_max(certain, Ordering::Relaxed);
                            near.push((value, pair));
                        }
                    }
                }
                if near.len() > TILE * TILE {
                    let least = f64::from_bits(least.load(Ordering::Relaxed));
                    near.retain(|(value, _)| value + fine >= least);
                }
            }
        }
        kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).append(&mut near);
    };
    std::thread::scope(|scope| {
        for _ in 1..control.threads().min(tiles) {
            scope.spawn(work);
        }
        work();
    });
    if let Some(why) = stopped.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()) {
        return Err(why);
    }
    let least = f64::from_bits(least.into_inner());
    let kept = kept.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut pairs: Vec<[usize; 2]> =
        kept.into_iter().filter(|(value, _)| value + fine >= least).map(|(_, pair)| pair).collect();
    pairs.sort_unstable_by_key(|&[first, second]| (second, first));
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::number::integer;
    use proptest::prelude::*;

    fn whole(rows: &[Vec<i64>]) -> Matrix {
        let row = |row: &Vec<i64>| row.iter().map(|&entry| integer(entry)).collect();
        Matrix::from_rows(rows[0].len(), rows.iter().map(row).collect()).unwrap()
    }

    /// All pairs, exactly.
    fn plainly(rows: &Matrix) -> Option<([usize; 2], Rational)> {
        let mut best: Option<([usize; 2], Rational)> = None;
        for second in 0..rows.count() {
            for first in 0..second {
                let pair = [first, second];
                let Some(value) = coherence(&rows.exactly(pair)?) else { continue };
                if best.as_ref().is_none_or(|(_, largest)| value > *largest) {
                    best = Some((pair, value));
                }
            }
        }
        best
    }

    proptest! {
        #[test]
        fn all_pairs_agree(
            rows in proptest::collection::vec(proptest::collection::vec(-9i64..=9, 4), 2..40),
            threads in 1usize..4,
        ) {
            let rows = whole(&rows);
            let control = Control::new(Some(threads), None);
            let found = worst_pair(&rows, &control).unwrap();
            let expected = plainly(&rows);
            prop_assert_eq!(found.as_ref().map(|found| &found.mu_squared), expected.as_ref().map(|(_, value)| value));
            if let (Some(found), Some((pair, value))) = (found, expected) {
                // of rows that are the same the first
                prop_assert!(found.pair == pair || value == integer(1));
            }
        }
    }

    /// Many near the largest, tile by tile: exact numbers tell which is.
    #[test]
    fn what_floats_cannot_tell_apart_is_told_apart() {
        let row = |i: i64| vec![1 << 40, (1 << 40) + i, i * i];
        let rows = whole(&(0..600).map(row).collect::<Vec<_>>());
        let one = worst_pair(&rows, &Control::new(Some(1), None)).unwrap().unwrap();
        let three = worst_pair(&rows, &Control::new(Some(3), None)).unwrap().unwrap();
        assert_eq!(one, three);
        let (pair, value) = plainly(&whole(&(0..40).map(row).collect::<Vec<_>>())).unwrap();
        assert_eq!((one.pair, one.mu_squared), (pair, value));
    }
}
