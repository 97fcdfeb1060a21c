//! Sparse triangular factors, in floats, of the basis that a simplex method stands at.
//!
//! Lines with one entry left are eliminated first, which is nearly all of a usual basis; what remains is eliminated by
//! Markowitz' counts among entries that are not small in their row. An exchange of one column appends an *eta*, the product
//! form of the inverse (G. B. Dantzig, W. Orchard-Hays, "The product form for the inverse in the simplex method", 1954).

/// Sparse lists, one after the other.
pub(super) struct Lists {
    /// where each list begins, and where the last one ends
    starts: Vec<usize>,
    entries: Vec<(usize, f64)>,
}

impl Lists {
    fn new() -> Self {
        Self { starts: vec![0], entries: Vec::new() }
    }

    pub fn get(&self, list: usize) -> &[(usize, f64)] {
        &self.entries[self.starts[list]..self.starts[list + 1]]
    }

    pub fn of(lists: impl Iterator<Item = impl Iterator<Item = (usize, f64)>>) -> Self {
        let mut all = Self::new();
        lists.for_each(|list| all.push(list));
        all
    }

    fn push(&mut self, list: impl Iterator<Item = (usize, f64)>) {
        self.entries.extend(list);
        self.starts.push(self.entries.len());
    }

    /// Whether there are entries behind the last list.
    fn is_open(&self) -> bool {
        self.starts.last() != Some(&self.entries.len())
    }

    /// How many lists there are.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn clear(&mut self) {
        self.starts.truncate(1);
        self.entries.clear();
    }

    /// Lists `0..count` of triplets `(list, index, value)`, the order of a list's entries kept.
    pub fn gathered(
        count: usize,
        triplets: impl Iterator<Item = (usize, usize, f64)> + Clone,
    ) -> Self {
        let mut starts = vec![0; count + 1];
        for (list, ..) in triplets.clone() {
            starts[list + 1] += 1;
        }
        for list in 0..count {
            starts[list + 1] += starts[list];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0.0); starts[count]];
        for (list, index, value) in triplets {
            entries[next[list]] = (index, value);
            next[list] += 1;
        }
        Self { starts, entries }
    }
}

/// Smaller entries are no pivots.
const LEAST_PIVOT: f64 = 1e-9;
/// A pivot is at least this large beside the largest entry of its row.
const THRESHOLD: f64 = 0.1;
/// So many lines with candidates are looked at for a pivot.
const LINES: usize = 4;

/// `B = L U E_1 E_2 ..`; the column whose pivot is in row `p` stands at place `p`.
pub(super) struct Factors {
    /// pivot rows, as they were eliminated
    order: Vec<usize>,
    /// of `U`, by row
    diagonal: Vec<f64>,
    /// row of each column of `L` that is not trivial
    lower_rows: Vec<usize>,
    lower: Lists,
    /// above the diagonal of `U`: of each place, the rows; of each row, the places
    upper_columns: Lists,
    upper_rows: Lists,
    /// place and pivot of each exchange
    exchanged: Vec<(usize, f64)>,
    etas: Lists,
}

impl Factors {
    /// Of `size` columns: nothing is factored yet.
    pub fn new(size: usize) -> Self {
        Self {
            order: Vec::with_capacity(size),
            diagonal: vec![1.0; size],
            lower_rows: Vec::new(),
            lower: Lists::new(),
            upper_columns: Lists::new(),
            upper_rows: Lists::new(),
            exchanged: Vec::new(),
            etas: Lists::new(),
        }
    }

    /// Exchanges since the last factorisation.
    pub fn exchanges(&self) -> usize {
        self.exchanged.len()
    }

    /// Whether solving with the exchanges has become dearer than factoring anew.
    pub fn is_long(&self) -> bool {
        let factors = self.lower.entries.len() + self.upper_columns.entries.len();
        self.etas.entries.len() > 3 * (factors + self.order.len())
    }

    /// Factors the matrix of these columns. What is returned is the column at each place; `None` where the columns have no pivot, and a
    /// logical (minus a unit vector) was taken.
    pub fn factor(&mut self, columns: &[&[(usize, f64)]]) -> Vec<Option<usize>> {
        let size = columns.len();
        self.order.clear();
        self.lower_rows.clear();
        self.lower.clear();
        self.exchanged.clear();
        self.etas.clear();
        let mut work = Elimination::new(columns);
        work.singletons(self);
        work.nucleus(self);
        let mut place_of = vec![usize::MAX; size];
        let mut found = vec![None; size];
        for (column, &row) in work.pivot_row.iter().enumerate() {
            if row != usize::MAX {
                place_of[column] = row;
                found[row] = Some(column);
            }
        }
        for (row, _) in found.iter().enumerate().filter(|(_, column)| column.is_none()) {
            self.order.push(row);
            self.diagonal[row] = -1.0;
        }
        // of a column without a pivot nothing is kept
        let kept = work.upper.iter().filter(|(_, column, _)| place_of[*column] != usize::MAX);
        let by_row = kept.map(|&(row, column, value)| (row, place_of[column], value));
        self.upper_rows = Lists::gathered(size, by_row.clone());
        self.upper_columns = Lists::gathered(size, by_row.map(|(row, place, v)| (place, row, v)));
        found
    }

    /// `x` with `B x = b`, in place; what comes in is indexed by rows, what goes out by places.
    pub fn solve(&self, x: &mut [f64]) {
        for (step, &row) in self.lower_rows.iter().enumerate() {
            let value = x[row];
            if value != 0.0 {
                for &(i, entry) in self.lower.get(step) {
                    x[i] -= entry * value;
                }
            }
        }
        for &row in self.order.iter().rev() {
            if x[row] != 0.0 {
                let value = x[row] / self.diagonal[row];
                x[row] = value;
                for &(i, entry) in self.upper_columns.get(row) {
                    x[i] -= entry * value;
                }
            }
        }
        for (step, &(place, pivot)) in self.exchanged.iter().enumerate() {
            if x[place] != 0.0 {
                let value = x[place] / pivot;
                x[place] = value;
                for &(i, entry) in self.etas.get(step) {
                    x[i] -= entry * value;
                }
            }
        }
    }

    /// `y` with `B^T y = c`, in place; what comes in is indexed by places, what goes out by rows.
    pub fn solve_transposed(&self, y: &mut [f64]) {
        for (step, &(place, pivot)) in self.exchanged.iter().enumerate().rev() {
            let others: f64 = self.etas.get(step).iter().map(|&(i, entry)| entry * y[i]).sum();
            y[place] = (y[place] - others) / pivot;
        }
        for &row in &self.order {
            if y[row] != 0.0 {
                let value = y[row] / self.diagonal[row];
                y[row] = value;
                for &(i, entry) in self.upper_rows.get(row) {
                    y[i] -= entry * value;
                }
            }
        }
        for (step, &row) in self.lower_rows.iter().enumerate().rev() {
            let others: f64 = self.lower.get(step).iter().map(|&(i, entry)| entry * y[i]).sum();
            y[row] -= others;
        }
    }

    /// Puts another column at a place; `column` is what [`solve`](Self::solve) makes of it.
    pub fn exchange(&mut self, place: usize, column: &[f64]) {
        self.exchanged.push((place, column[place]));
        let others = column.iter().copied().enumerate();
        self.etas.push(others.filter(|&(i, value)| i != place && value.abs() > 1e-14));
    }
}

/// What a factorisation holds while it runs.
struct Elimination<'a> {
    columns: &'a [&'a [(usize, f64)]],
    /// `usize::MAX` while there is none
    pivot_row: Vec<usize>,
    row_done: Vec<bool>,
    row_count: Vec<usize>,
    column_count: Vec<usize>,
    /// columns of each row
    by_row: Lists,
    /// of `U` without its diagonal: row, column, value
    upper: Vec<(usize, usize, f64)>,
}

impl<'a> Elimination<'a> {
    fn new(columns: &'a [&'a [(usize, f64)]]) -> Self {
        let size = columns.len();
        let all = columns.iter().enumerate();
        let triplets = all.flat_map(|(j, column)| column.iter().map(move |&(i, v)| (i, j, v)));
        let by_row = Lists::gathered(size, triplets);
        Self {
            columns,
            pivot_row: vec![usize::MAX; size],
            row_done: vec![false; size],
            row_count: (0..size).map(|i| by_row.get(i).len()).collect(),
            column_count: columns.iter().map(|column| column.len()).collect(),
            by_row,
            upper: Vec::new(),
        }
    }

    /// Eliminates what stands alone in its column, or in its row; numbers do not change.
    fn singletons(&mut self, factors: &mut Factors) {
        let size = self.columns.len();
        let mut alone: Vec<usize> = (0..size).filter(|&j| self.column_count[j] == 1).collect();
        let mut rows_alone: Vec<usize> = (0..size).filter(|&i| self.row_count[i] == 1).collect();
        loop {
            let (row, column, value);
            if let Some(j) = alone.pop() {
                if self.pivot_row[j] != usize::MAX || self.column_count[j] != 1 {
                    continue;
                }
                let mut entries = self.columns[j].iter();
                let Some(&(i, v)) = entries.find(|(i, _)| !self.row_done[*i]) else { continue };
                (row, column, value) = (i, j, v);
            } else if let Some(i) = rows_alone.pop() {
                if self.row_done[i] || self.row_count[i] != 1 {
                    continue;
                }
                let mut entries = self.by_row.get(i).iter();
                let open = entries.find(|(j, _)| self.pivot_row[*j] == usize::MAX);
                let Some(&(j, v)) = open else { continue };
                (row, column, value) = (i, j, v);
            } else {
                return;
            }
            if value.abs() < LEAST_PIVOT {
                continue;
            }
            let below = self.columns[column].iter().filter(|(i, _)| !self.row_done[*i]);
            let below = below.filter(|(i, _)| *i != row).map(|&(i, v)| (i, v / value));
            factors.lower.entries.extend(below);
            self.eliminated(factors, (row, column, value));
            for &(i, _) in self.columns[column] {
                self.row_count[i] -= 1;
                if self.row_count[i] == 1 && !self.row_done[i] {
                    rows_alone.push(i);
                }
            }
            for &(j, v) in self.by_row.get(row) {
                if self.pivot_row[j] == usize::MAX {
                    self.upper.push((row, j, v));
                    self.column_count[j] -= 1;
                    if self.column_count[j] == 1 {
                        alone.push(j);
                    }
                }
            }
        }
    }

    /// Ends the elimination of a pivot; entries of `L` below it are there.
    fn eliminated(&mut self, factors: &mut Factors, (row, column, value): (usize, usize, f64)) {
        if factors.lower.is_open() {
            factors.lower.push(std::iter::empty());
            factors.lower_rows.push(row);
        }
        self.row_done[row] = true;
        self.pivot_row[column] = row;
        factors.order.push(row);
        factors.diagonal[row] = value;
    }

    /// Eliminates the rest.
    fn nucleus(&mut self, factors: &mut Factors) {
        let size = self.columns.len();
        let mut rows: Vec<Vec<(usize, f64)>> = vec![Vec::new(); size];
        let mut columns: Vec<Vec<usize>> = vec![Vec::new(); size];
        let mut open = 0;
        for j in (0..size).filter(|&j| self.pivot_row[j] == usize::MAX) {
            for &(i, value) in self.columns[j].iter().filter(|(i, _)| !self.row_done[*i]) {
                rows[i].push((j, value));
                columns[j].push(i);
            }
            open += 1;
        }
        if open == 0 {
            return;
        }
        let mut counts = Counts::new(size);
        for i in (0..size).filter(|&i| !self.row_done[i]) {
            counts.rows.put(i, rows[i].len());
        }
        for j in (0..size).filter(|&j| self.pivot_row[j] == usize::MAX) {
            counts.columns.put(j, columns[j].len());
        }
        let mut spread = vec![0.0; size];
        while let Some((row, column)) = choose(&rows, &columns, &counts) {
            let mut pivot_entries = std::mem::take(&mut rows[row]);
            let at = pivot_entries.iter().position(|(j, _)| *j == column).unwrap_or(0);
            let (_, value) = pivot_entries.swap_remove(at);
            counts.rows.remove(row);
            counts.columns.remove(column);
            for &(j, v) in &pivot_entries {
                spread[j] = v;
                columns[j].retain(|i| *i != row);
            }
            for i in std::mem::take(&mut columns[column]) {
                if i == row {
                    continue;
                }
                let entries = &mut rows[i];
                let Some(at) = entries.iter().position(|(j, _)| *j == column) else { continue };
                let (_, v) = entries.swap_remove(at);
                let times = v / value;
                factors.lower.entries.push((i, times));
                for (j, v) in entries.iter_mut() {
                    if spread[*j] != 0.0 {
                        *v -= times * spread[*j];
                        spread[*j] = 0.0;
                    }
                }
                for &(j, v) in &pivot_entries {
                    // what was not met is new; what was is put back
                    if spread[j] != 0.0 {
                        entries.push((j, -times * v));
                        columns[j].push(i);
                    }
                    spread[j] = v;
                }
                counts.rows.remove(i);
                counts.rows.put(i, entries.len());
            }
            for &(j, v) in &pivot_entries {
                spread[j] = 0.0;
                counts.columns.remove(j);
                counts.columns.put(j, columns[j].len());
                self.upper.push((row, j, v));
            }
            self.eliminated(factors, (row, column, value));
        }
    }
}

/// The open rows and columns, by how many entries they have.
struct Counts {
    rows: Buckets,
    columns: Buckets,
}

impl Counts {
    fn new(size: usize) -> Self {
        Self { rows: Buckets::new(size), columns: Buckets::new(size) }
    }
}

/// Linked lists of lines with the same count.
struct Buckets {
    first: Vec<usize>,
    next: Vec<usize>,
    previous: Vec<usize>,
    count: Vec<usize>,
}

const NONE: usize = usize::MAX;

impl Buckets {
    fn new(size: usize) -> Self {
        Self {
            first: vec![NONE; size + 1],
            next: vec![NONE; size],
            previous: vec![NONE; size],
            count: vec![NONE; size],
        }
    }

    fn put(&mut self, line: usize, count: usize) {
        let after = self.first[count];
        (self.next[line], self.previous[line], self.count[line]) = (after, NONE, count);
        if after != NONE {
            self.previous[after] = line;
        }
        self.first[count] = line;
    }

    fn remove(&mut self, line: usize) {
        let (before, after) = (self.previous[line], self.next[line]);
        match before {
            NONE => self.first[self.count[line]] = after,
            before => self.next[before] = after,
        }
        if after != NONE {
            self.previous[after] = before;
        }
        self.count[line] = NONE;
    }

    fn of(&self, count: usize) -> impl Iterator<Item = usize> + '_ {
        let start = Some(self.first[count]).filter(|&line| line != NONE);
        std::iter::successors(start, |&line| Some(self.next[line]).filter(|&line| line != NONE))
    }
}

/// A pivot that fills little: the least product of counts among the first lines looked at.
fn choose(
    rows: &[Vec<(usize, f64)>],
    columns: &[Vec<usize>],
    counts: &Counts,
) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    let (mut least, mut largest) = (usize::MAX, 0.0);
    let mut looked = 0;
    let usable = |i: usize| {
        let most = rows[i].iter().fold(0.0_f64, |most, (_, v)| most.max(v.abs()));
        (most * THRESHOLD).max(LEAST_PIVOT)
    };
    let mut consider = |i: usize, j: usize, value: f64| {
        let cost = (rows[i].len() - 1) * (columns[j].len() - 1);
        if cost < least || (cost == least && value.abs() > largest) {
            (best, least, largest) = (Some((i, j)), cost, value.abs());
        }
        least
    };
    for count in 1..counts.rows.first.len() {
        let enough = (count - 1) * (count - 1);
        for j in counts.columns.of(count) {
            let mut found = usize::MAX;
            for &i in &columns[j] {
                let value = rows[i].iter().find(|(k, _)| *k == j).map_or(0.0, |entry| entry.1);
                if value.abs() >= usable(i) {
                    found = consider(i, j, value);
                }
            }
            if found != usize::MAX {
                looked += 1;
                if found <= enough || looked >= LINES {
                    return best;
                }
            }
        }
        for i in counts.rows.of(count) {
            let limit = usable(i);
            let mut found = usize::MAX;
            for &(j, value) in &rows[i] {
                if value.abs() >= limit {
                    found = consider(i, j, value);
                }
            }
            if found != usize::MAX {
                looked += 1;
                if found <= count * (count - 1) || looked >= LINES {
                    return best;
                }
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::lp::modular::independent;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const SIZE: usize = 7;

    /// Sparse columns of small integers.
    fn columns() -> impl Strategy<Value = Vec<Vec<(usize, f64)>>> {
        let entry = prop_oneof![2 => Just(0_i32), 1 => -4..=4];
        let column = proptest::collection::vec(entry, SIZE).prop_map(|entries| {
            let all = entries.into_iter().enumerate().filter(|(_, v)| *v != 0);
            all.map(|(i, v)| (i, f64::from(v))).collect()
        });
        proptest::collection::vec(column, SIZE)
    }

    /// Largest entry of `B x - b` and of `B^T y - c`, beside the size of the solutions.
    fn misses(factors: &Factors, basis: &[Vec<(usize, f64)>], right: &[f64]) -> f64 {
        let (mut x, mut y) = (right.to_vec(), right.to_vec());
        factors.solve(&mut x);
        factors.solve_transposed(&mut y);
        let largest = x.iter().chain(&y).fold(1.0_f64, |most, v| most.max(v.abs()));
        let mut rows: Vec<f64> = right.iter().map(|v| -v).collect();
        let mut most = 0.0_f64;
        for (place, column) in basis.iter().enumerate() {
            column.iter().for_each(|&(i, v)| rows[i] += v * x[place]);
            let left: f64 = column.iter().map(|&(i, v)| v * y[i]).sum();
            most = most.max((left - right[place]).abs());
        }
        rows.iter().fold(most, |most, v| most.max(v.abs())) / largest
    }

    proptest! {
        #[test]
        fn factors_solve_both_ways_after_exchanges_too(
            given in columns(),
            others in columns(),
            right in proptest::collection::vec(-9..=9_i32, SIZE),
        ) {
            let right: Vec<f64> = right.into_iter().map(f64::from).collect();
            let mut factors = Factors::new(SIZE);
            let slices: Vec<_> = given.iter().map(Vec::as_slice).collect();
            let found = factors.factor(&slices);
            // a place without a column has the logical of its row
            let column = |(row, column): (usize, &Option<usize>)| {
                column.map_or_else(|| vec![(row, -1.0)], |column| given[column].clone())
            };
            let mut basis: Vec<_> = found.iter().enumerate().map(column).collect();
            prop_assert!(misses(&factors, &basis, &right) < 1e-6);
            // as many columns, each once, as are independent
            let taken: BTreeSet<usize> = found.iter().copied().flatten().collect();
            prop_assert_eq!(taken.len(), found.iter().flatten().count());
            let whole = |&(i, v): &(usize, f64)| (i, v as i64);
            let integers: Vec<Vec<_>> =
                given.iter().map(|column| column.iter().map(whole).collect()).collect();
            let rank = independent(&integers, SIZE, &|| false).map(|pivots| pivots.len());
            prop_assert_eq!(Some(taken.len()), rank);
            for (place, other) in others.into_iter().enumerate() {
                let mut solved = vec![0.0; SIZE];
                other.iter().for_each(|&(i, v)| solved[i] = v);
                factors.solve(&mut solved);
                if solved[place].abs() > 1e-3 {
                    factors.exchange(place, &solved);
                    basis[place] = other;
                    prop_assert!(misses(&factors, &basis, &right) < 1e-6);
                }
            }
        }
    }
}
