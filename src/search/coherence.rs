//! Unit vectors of small coherence by descent: a proposal in floats, rounded to integers, that is then judged exactly.
//!
//! What is made small is `sum_ij <v_i, v_j>^(2 p)` for `p = 2, 4, 8, ..`, which tends to the largest product. Only `+ - * /` and square roots are used, so a
//! seed gives the same vectors on every machine.

use super::control::{Control, Stopped};
use crate::kernel::number::{Matrix, integer};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How often it begins anew.
const STARTS: usize = 3;
/// `p = 2 .. 2^STAGES`
const STAGES: usize = 11;
/// The longest descent from one start.
const STEPS: usize = 270 * STAGES;
/// Products of coordinates that all starts may take.
const WORK: usize = 120_000_000;
/// Coordinates are rounded to this many parts.
const PARTS: f64 = 1e6;

/// `[m, d]` integer vectors, none of them zero; `None` when the sizes leave no time for a descent.
///
/// # Errors
/// [`Stopped`] by the limits.
pub fn small_coherence(
    m: usize,
    d: usize,
    seed: u64,
    control: &Control,
) -> Result<Option<Matrix>, Stopped> {
    let steps = (WORK / (m * m * d) / STARTS).min(STEPS) / STAGES * STAGES;
    if m < 2 || steps == 0 {
        return Ok(None);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut best: Option<(f64, Vec<Vec<f64>>)> = None;
    for _ in 0..STARTS {
        let mut descent = Descent::new((0..m).map(|_| random(d, &mut rng)).collect());
        for step in 0..steps {
            control.go_on()?;
            let (stage, within) = (step / (steps / STAGES), step % (steps / STAGES));
            let left = 1.0 - within as f64 / (steps / STAGES) as f64;
            let largest = descent.step(stage as u32 + 1, left);
            if best.as_ref().is_none_or(|(least, _)| largest < *least) {
                best = Some((largest, descent.before.clone()));
            }
        }
    }
    let rounded = |x: f64| integer((x * PARTS).round() as i64);
    Ok(best.map(|(_, v)| Matrix::from_fn(m, d, |i, j| rounded(v[i][j]))))
}

fn random(d: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    loop {
        let mut v: Vec<f64> = (0..d).map(|_| rng.random_range(-1.0..1.0)).collect();
        if normalise(&mut v) {
            return v;
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn normalise(v: &mut [f64]) -> bool {
    let norm = dot(v, v).sqrt();
    v.iter_mut().for_each(|x| *x /= norm);
    norm > 1e-3
}

struct Descent {
    /// `[m, d]`, unit vectors
    v: Vec<Vec<f64>>,
    /// those before the last step
    before: Vec<Vec<f64>>,
    /// `[m, m]`
    gram: Vec<Vec<f64>>,
}

impl Descent {
    fn new(v: Vec<Vec<f64>>) -> Self {
        let m = v.len();
        Self { before: v.clone(), gram: vec![vec![0.0; m]; m], v }
    }

    /// A step against the gradient for `p = 2^stage`, at most `left / p` long; the largest squared product before it.
    fn step(&mut self, stage: u32, left: f64) -> f64 {
        self.before.clone_from(&self.v);
        let v = &self.before;
        let mut largest = 0.0_f64;
        for i in 0..v.len() {
            for j in 0..i {
                let product = dot(&v[i], &v[j]);
                (self.gram[i][j], self.gram[j][i]) = (product, product);
                largest = largest.max(product * product);
            }
        }
        if largest == 0.0 {
            return largest;
        }
        let weight = |product: f64| {
            let square = product * product / largest;
            (0..stage).fold(square, |power, _| power * power) * product
        };
        let mut gradients = Vec::with_capacity(v.len());
        for (i, row) in self.gram.iter().enumerate() {
            let mut gradient = vec![0.0; v[i].len()];
            for (j, &product) in row.iter().enumerate().filter(|(j, _)| *j != i) {
                let weight = weight(product);
                gradient.iter_mut().zip(&v[j]).for_each(|(g, x)| *g += weight * x);
            }
            let along = dot(&gradient, &v[i]);
            gradient.iter_mut().zip(&v[i]).for_each(|(g, x)| *g -= along * x);
            gradients.push(gradient);
        }
        let longest = gradients.iter().map(|g| dot(g, g)).fold(0.0_f64, f64::max).sqrt();
        if longest > 0.0 {
            let size = left / f64::from(1u32 << stage) / longest;
            for (vector, gradient) in self.v.iter_mut().zip(&gradients) {
                vector.iter_mut().zip(gradient).for_each(|(x, g)| *x -= size * g);
                normalise(vector);
            }
        }
        largest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six lines through the corners of an icosahedron, found from any start: `mu^2 = 1/5`.
    #[test]
    fn finds_the_icosahedron() {
        for seed in 0..3 {
            let found = small_coherence(6, 3, seed, &Control::default()).unwrap().unwrap();
            let value = |i: usize, j: usize| -> f64 {
                (0..3).map(|k| number(&found, i, k) * number(&found, j, k)).sum()
            };
            for (i, j) in (0..6).flat_map(|i| (0..i).map(move |j| (i, j))) {
                let square = value(i, j) * value(i, j) / (value(i, i) * value(j, j));
                assert!((square - 0.2).abs() < 1e-3, "seed {seed}: {square}");
            }
        }
    }

    fn number(matrix: &Matrix, i: usize, j: usize) -> f64 {
        matrix.get(i, j).unwrap().to_string().parse().unwrap()
    }

    #[test]
    fn sizes_without_a_descent() {
        assert_eq!(small_coherence(1, 3, 0, &Control::default()), Ok(None));
        assert_eq!(small_coherence(1024, 512, 0, &Control::default()), Ok(None));
    }
}
