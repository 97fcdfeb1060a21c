//! `min ||t + sum_{j < l} x_j b_j||_1` over real `x`, in floats: where a cut comes from.
//!
//! An optimal vertex has `l` zero residuals ("the base") whose rows of `b_1 .. b_l` are independent, and
//! the signs of the others determine an optimal dual vector `y` with `y_i = sign` off the base,
//! `<y, b_j> = 0` and `|y_i| <= 1` on it. The descent is that of Barrodale and Roberts (1973): leave
//! the base where the dual exceeds 1, step to the weighted median along the edge. Only the base and
//! the signs leave this file; [`super::cut`] makes an exact cut of them.

/// The basis vectors `b_1 .. b_l` (`[l, m]`) with the current base and its tableau.
#[derive(Debug, Clone)]
pub struct Projection {
    /// `rows[i]`: the entries of the `l` vectors at coordinate `i`.
    rows: Vec<Vec<f64>>,
    /// `base[j]`: the coordinate whose residual is variable `j`.
    base: Vec<usize>,
    /// `tableau[j][i]`: how residual `i` changes with variable `j`.
    tableau: Vec<Vec<f64>>,
    /// Exchanges since the tableau was computed afresh.
    age: usize,
}

/// An optimal vertex.
#[derive(Debug, Clone)]
pub struct Vertex {
    /// The coordinates with residual zero.
    pub base: Vec<usize>,
    /// The sign of every residual (meaningless on the base).
    pub signs: Vec<i8>,
    /// An optimal dual vector, as near as floats come: the signs off the base, of size at most 1 on it.
    pub dual: Vec<f64>,
}

const EPSILON: f64 = 1e-9;
const MAX_AGE: usize = 200;
const MAX_STEPS: usize = 500;

impl Projection {
    /// `None` when no base of independent rows is found numerically.
    pub fn new(vectors: &[Vec<f64>], length: usize) -> Option<Self> {
        let rows = (0..length).map(|i| vectors.iter().map(|v| v[i]).collect()).collect();
        let mut projection =
            Self { rows, base: Vec::new(), tableau: vectors.to_vec(), age: MAX_AGE };
        projection.first_base()?;
        Some(projection)
    }

    fn first_base(&mut self) -> Option<()> {
        let size = self.tableau.len();
        self.base = vec![usize::MAX; size];
        for j in 0..size {
            let row = (0..self.rows.len())
                .filter(|i| !self.base.contains(i))
                .max_by(|&a, &b| self.tableau[j][a].abs().total_cmp(&self.tableau[j][b].abs()))?;
            if self.tableau[j][row].abs() < EPSILON {
                return None;
            }
            self.exchange(j, row);
        }
        self.age = 0;
        Some(())
    }

    /// Makes the residual `row` variable `j`.
    fn exchange(&mut self, j: usize, row: usize) {
        let pivot = self.tableau[j][row];
        for entry in &mut self.tableau[j] {
            *entry /= pivot;
        }
        let source = self.tableau[j].clone();
        for (index, column) in self.tableau.iter_mut().enumerate() {
            let factor = column[row];
            if index != j && factor != 0.0 {
                for (entry, from) in column.iter_mut().zip(&source) {
                    *entry -= factor * from;
                }
            }
        }
        self.base[j] = row;
        self.age += 1;
    }

    /// Recomputes the tableau of the present base from the vectors.
    fn refresh(&mut self) -> Option<()> {
        let base = std::mem::take(&mut self.base);
        let size = base.len();
        self.tableau = (0..size).map(|j| self.rows.iter().map(|row| row[j]).collect()).collect();
        self.base = vec![usize::MAX; size];
        let mut left: Vec<usize> = base.clone();
        for j in 0..size {
            let (place, _) = left.iter().enumerate().max_by(|a, b| {
                self.tableau[j][*a.1].abs().total_cmp(&self.tableau[j][*b.1].abs())
            })?;
            let row = left.swap_remove(place);
            if self.tableau[j][row].abs() < EPSILON {
                return self.restart();
            }
            self.exchange(j, row);
        }
        self.age = 0;
        Some(())
    }

    fn restart(&mut self) -> Option<()> {
        let size = self.base.len();
        self.tableau = (0..size).map(|j| self.rows.iter().map(|row| row[j]).collect()).collect();
        self.first_base()
    }

    /// Minimises over the vectors, starting from the last base. `None` when the minimum is at most `enough`, or when floats give up.
    pub fn minimise(&mut self, target: &[f64], enough: f64) -> Option<Vertex> {
        if self.age >= MAX_AGE {
            self.refresh()?;
        }
        // A fixed perturbation keeps residuals off the base away from zero.
        let mut residual: Vec<f64> =
            target.iter().enumerate().map(|(i, t)| t + perturbation(i)).collect();
        for (column, &row) in self.tableau.iter().zip(&self.base) {
            let value = residual[row];
            if value != 0.0 {
                for (entry, change) in residual.iter_mut().zip(column) {
                    *entry -= value * change;
                }
            }
            residual[row] = 0.0;
        }
        let mut in_base = vec![false; self.rows.len()];
        for &row in &self.base {
            in_base[row] = true;
        }
        for _ in 0..MAX_STEPS {
            if residual.iter().map(|r| r.abs()).sum::<f64>() <= enough {
                return None;
            }
            let Some((leaving, slope)) = self.steepest(&residual, &in_base) else {
                let signs: Vec<i8> =
                    residual.iter().map(|&r| if r < 0.0 { -1 } else { 1 }).collect();
                let mut dual: Vec<f64> = signs.iter().map(|&sign| sign.into()).collect();
                for (column, &row) in self.tableau.iter().zip(&self.base) {
                    dual[row] = -slope(column, &residual, &in_base);
                }
                return Some(Vertex { base: self.base.clone(), signs, dual });
            };
            let direction = -slope.signum();
            let entering =
                self.weighted_median(&residual, &in_base, leaving, direction, slope.abs() - 1.0)?;
            let step = -residual[entering] / self.tableau[leaving][entering];
            let old = self.base[leaving];
            for (entry, change) in residual.iter_mut().zip(&self.tableau[leaving]) {
                *entry += step * change;
            }
            residual[entering] = 0.0;
            in_base[old] = false;
            in_base[entering] = true;
            self.exchange(leaving, entering);
        }
        None
    }

    /// The variable whose dual exceeds 1 the most, with `-y` there.
    fn steepest(&self, residual: &[f64], in_base: &[bool]) -> Option<(usize, f64)> {
        let mut best = None;
        let mut excess = 1.0 + EPSILON;
        for (j, column) in self.tableau.iter().enumerate() {
            let slope = slope(column, residual, in_base);
            if slope.abs() > excess {
                excess = slope.abs();
                best = Some((j, slope));
            }
        }
        best
    }

    /// Where the slope along variable `leaving` turns: the next residual of the base.
    fn weighted_median(
        &self,
        residual: &[f64],
        in_base: &[bool],
        leaving: usize,
        direction: f64,
        mut descent: f64,
    ) -> Option<usize> {
        let column = &self.tableau[leaving];
        let mut turns: Vec<(f64, usize)> = (0..residual.len())
            .filter(|&i| !in_base[i] && column[i].abs() > EPSILON)
            .map(|i| (-residual[i] / (direction * column[i]), i))
            .filter(|(step, _)| *step >= 0.0)
            .collect();
        turns.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, i) in turns {
            descent -= 2.0 * column[i].abs();
            if descent <= 0.0 {
                return Some(i);
            }
        }
        None
    }
}

/// How the sum of the residuals off the base changes with the variable of this column.
fn slope(column: &[f64], residual: &[f64], in_base: &[bool]) -> f64 {
    let off_base = (0..residual.len()).filter(|&i| !in_base[i]);
    off_base.map(|i| if residual[i] < 0.0 { -column[i] } else { column[i] }).sum()
}

fn perturbation(index: usize) -> f64 {
    // Multiples of the golden ratio modulo one: distinct, of no special position.
    let x = (index as f64 + 1.0) * 0.618_033_988_749_895;
    (x - x.floor() - 0.5) * 1e-6
}
