//! Sparse LU factors of a square integer matrix modulo the Mersenne prime `p = 2^61 - 1`.
//!
//! Columns are eliminated from left to right in an order that keeps the factors sparse (Markowitz'
//! counts, without fill); any non-zero pivot will do, because residues have no rounding.

pub(super) const PRIME: u64 = (1 << 61) - 1;

pub(super) fn reduce_signed(value: i128) -> u64 {
    let residue = value.rem_euclid(i128::from(PRIME));
    // Below 2^61 by the line above.
    u64::try_from(residue).unwrap_or(0)
}

pub(super) fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let folded = (product as u64 & PRIME) + (product >> 61) as u64;
    if folded >= PRIME { folded - PRIME } else { folded }
}

pub(super) fn subtract(a: u64, b: u64) -> u64 {
    if a >= b { a - b } else { a + PRIME - b }
}

fn inverse(value: u64) -> u64 {
    let (mut result, mut base, mut exponent) = (1, value, PRIME - 2);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = multiply(result, base);
        }
        base = multiply(base, base);
        exponent >>= 1;
    }
    result
}

/// `P A Q = L U` modulo [`PRIME`], the permutations kept as lists.
pub(super) struct Factors {
    /// The column eliminated at each step.
    columns: Vec<usize>,
    /// The pivot row of each step.
    rows: Vec<usize>,
    /// Below the unit diagonal of `L`, by step: (row, entry).
    lower: Vec<Vec<(usize, u64)>>,
    /// Above the diagonal of `U`, by step of the column: (step of the row, entry).
    upper: Vec<Vec<(usize, u64)>>,
    /// Inverses of the diagonal of `U`.
    diagonal: Vec<u64>,
}

/// The order of elimination by smallest counts, and the row preferred at each step. `[height, _]`
fn markowitz(
    columns: &[Vec<(usize, i64)>],
    height: usize,
    stop: &dyn Fn() -> bool,
) -> Option<Vec<(usize, usize)>> {
    let width = columns.len();
    let mut by_row: Vec<Vec<usize>> = vec![Vec::new(); height];
    for (j, column) in columns.iter().enumerate() {
        for (i, _) in column {
            by_row[*i].push(j);
        }
    }
    let mut row_count: Vec<usize> = by_row.iter().map(Vec::len).collect();
    let mut column_count: Vec<usize> = columns.iter().map(Vec::len).collect();
    let (mut row_done, mut column_done) = (vec![false; height], vec![false; width]);
    let mut order = Vec::with_capacity(width);
    while let Some(shortest) =
        (0..width).filter(|&j| !column_done[j]).min_by_key(|&j| column_count[j])
    {
        if stop() {
            return None;
        }
        let mut column = shortest;
        let mut row = columns[column]
            .iter()
            .map(|(i, _)| *i)
            .filter(|&i| !row_done[i])
            .min_by_key(|&i| row_count[i]);
        if column_count[column] > 1
            && let Some(i) = (0..height).find(|&i| !row_done[i] && row_count[i] == 1)
            && let Some(&j) = by_row[i].iter().find(|&&j| !column_done[j])
        {
            (column, row) = (j, Some(i));
        }
        column_done[column] = true;
        for (i, _) in &columns[column] {
            row_count[*i] -= 1;
        }
        // Without an active row the column is dependent, unless elimination fills it.
        let preferred = row.unwrap_or(usize::MAX);
        if let Some(row) = row {
            row_done[row] = true;
            for &j in &by_row[row] {
                column_count[j] -= 1;
            }
        }
        order.push((column, preferred));
    }
    Some(order)
}

/// Which of the columns, each with `height` rows, are independent modulo [`PRIME`]: pairs of a column
/// and its pivot row. Columns that depend on others are left out; `None` when stopped.
pub(super) fn independent(
    columns: &[Vec<(usize, i64)>],
    height: usize,
    stop: &dyn Fn() -> bool,
) -> Option<Vec<(usize, usize)>> {
    let factors = Factors::eliminate(columns, height, stop)?;
    Some(factors.columns.into_iter().zip(factors.rows).collect())
}

impl Factors {
    /// Factors the square matrix with these sparse columns; `None` when it is singular modulo the prime,
    /// or when stopped.
    pub fn new(columns: &[Vec<(usize, i64)>], stop: &dyn Fn() -> bool) -> Option<Self> {
        let factors = Self::eliminate(columns, columns.len(), stop)?;
        (factors.columns.len() == columns.len()).then_some(factors)
    }

    fn eliminate(
        columns: &[Vec<(usize, i64)>],
        height: usize,
        stop: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let mut factors = Self {
            columns: Vec::with_capacity(height),
            rows: Vec::with_capacity(height),
            lower: Vec::with_capacity(height),
            upper: Vec::with_capacity(height),
            diagonal: Vec::with_capacity(height),
        };
        let mut weight = vec![0_usize; height];
        for (i, _) in columns.iter().flatten() {
            weight[*i] += 1;
        }
        let mut used = vec![false; height];
        let mut work = vec![0_u64; height];
        for (column, preferred) in markowitz(columns, height, stop)? {
            if stop() {
                return None;
            }
            work.fill(0);
            for (i, value) in &columns[column] {
                work[*i] = reduce_signed(i128::from(*value));
            }
            let mut above = Vec::new();
            for (step, &row) in factors.rows.iter().enumerate() {
                let value = work[row];
                if value != 0 {
                    above.push((step, value));
                    for (i, entry) in &factors.lower[step] {
                        work[*i] = subtract(work[*i], multiply(*entry, value));
                    }
                }
            }
            let usable = |i: &usize| !used[*i] && work[*i] != 0;
            let pivot = Some(preferred)
                .filter(|i| *i < height && usable(i))
                .or_else(|| (0..height).filter(usable).min_by_key(|&i| weight[i]));
            let Some(pivot) = pivot else { continue };
            let inverse = inverse(work[pivot]);
            used[pivot] = true;
            let below = (0..height)
                .filter(|&i| !used[i] && work[i] != 0)
                .map(|i| (i, multiply(work[i], inverse)))
                .collect();
            factors.columns.push(column);
            factors.rows.push(pivot);
            factors.lower.push(below);
            factors.upper.push(above);
            factors.diagonal.push(inverse);
        }
        Some(factors)
    }

    /// `x` with `A x = b`, both residues; `b` is used up.
    pub fn solve(&self, mut b: Vec<u64>) -> Vec<u64> {
        for (row, below) in self.rows.iter().zip(&self.lower) {
            let value = b[*row];
            if value != 0 {
                for (i, entry) in below {
                    b[*i] = subtract(b[*i], multiply(*entry, value));
                }
            }
        }
        let mut x = vec![0; b.len()];
        for step in (0..self.rows.len()).rev() {
            let value = multiply(b[self.rows[step]], self.diagonal[step]);
            if value != 0 {
                for (above, entry) in &self.upper[step] {
                    let row = self.rows[*above];
                    b[row] = subtract(b[row], multiply(*entry, value));
                }
            }
            x[self.columns[step]] = value;
        }
        x
    }

    /// `y` with `A^T y = c`, both residues.
    pub fn solve_transposed(&self, c: &[u64]) -> Vec<u64> {
        let mut y = vec![0; c.len()];
        for step in 0..self.rows.len() {
            let mut value = c[self.columns[step]];
            for (above, entry) in &self.upper[step] {
                value = subtract(value, multiply(*entry, y[self.rows[*above]]));
            }
            y[self.rows[step]] = multiply(value, self.diagonal[step]);
        }
        for step in (0..self.rows.len()).rev() {
            let row = self.rows[step];
            for (i, entry) in &self.lower[step] {
                y[row] = subtract(y[row], multiply(*entry, y[*i]));
            }
        }
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn factors_solve_both_ways(
            entries in proptest::collection::vec(-3i64..=3, 36),
            right in proptest::collection::vec(0u64..1000, 6),
        ) {
            let columns: Vec<Vec<(usize, i64)>> = (0..6)
                .map(|j| (0..6).map(|i| (i, entries[6 * j + i])).filter(|e| e.1 != 0).collect())
                .collect();
            let Some(factors) = Factors::new(&columns, &|| false) else { return Ok(()) };
            let x = factors.solve(right.clone());
            let y = factors.solve_transposed(&right);
            let mut ax = vec![0_i128; 6];
            for (j, column) in columns.iter().enumerate() {
                let mut aty = 0_i128;
                for (i, value) in column {
                    ax[*i] += i128::from(*value) * i128::from(x[j]);
                    aty += i128::from(*value) * i128::from(y[*i]);
                }
                prop_assert_eq!(reduce_signed(aty), right[j]);
            }
            let ax: Vec<u64> = ax.into_iter().map(reduce_signed).collect();
            prop_assert_eq!(ax, right);
        }
    }
}
