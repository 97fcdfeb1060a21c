//! Random exact models without positions: what T4 is tested on, and fuel for property tests.

use super::{ConstructError, affine, texts};
use crate::exact::{Matrix, Rational, ratio};
use crate::model::{Head, Mlp, Readout, Transformer, Weights};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Sizes from which a random model draws.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub dimension: usize,
    pub heads: usize,
    pub width: usize,
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { dimension: 4, heads: 3, width: 5, depth: 2 }
    }
}

/// A model without positions for `m` tokens: random `d`, `h`, `d_v`, MLP and base, integer scores.
///
/// # Errors
/// [`ConstructError`] only for `m = 0`.
pub fn without_positions(
    m: usize,
    limits: Limits,
    seed: u64,
) -> Result<Transformer, ConstructError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let d = rng.random_range(1..=limits.dimension);
    let heads = rng.random_range(1..=limits.heads);
    let bases = [ratio(2, 1), ratio(3, 1), ratio(3, 2), ratio(5, 4)];
    let base = bases[rng.random_range(0..bases.len())].clone();
    let embedding = whole(&mut rng, m, d, 2);
    let heads = (0..heads)
        .map(|_| {
            let key_size = rng.random_range(1..=2);
            let d_v = rng.random_range(1..=d);
            Head {
                query: whole(&mut rng, key_size, d, 1),
                key: whole(&mut rng, key_size, d, 1),
                value: fractions(&mut rng, d_v, d),
                output: fractions(&mut rng, d, d_v),
            }
        })
        .collect();
    let depth = rng.random_range(1..=limits.depth);
    let mut width = d;
    let mut hidden = Vec::with_capacity(depth);
    for _ in 0..depth {
        let out = rng.random_range(1..=limits.width);
        hidden.push(affine(
            width,
            fractions(&mut rng, out, width).to_rows(),
            vector(&mut rng, out),
        )?);
        width = out;
    }
    let output = affine(width, fractions(&mut rng, d, width).to_rows(), vector(&mut rng, d))?;
    let readout =
        Readout { weight: texts(vector(&mut rng, d)), bias: vector(&mut rng, 1).remove(0).into() };
    let mlp = Mlp { hidden, output };
    let weights = Weights { embedding, positions: None, base: base.into(), heads, mlp, readout };
    Ok(Transformer::new(weights)?)
}

fn whole(rng: &mut ChaCha8Rng, rows: usize, cols: usize, bound: i64) -> Matrix {
    Matrix::from_fn(rows, cols, |_, _| ratio(rng.random_range(-bound..=bound), 1))
}

fn fraction(rng: &mut ChaCha8Rng) -> Rational {
    ratio(rng.random_range(-3..=3), rng.random_range(1..=2))
}

fn fractions(rng: &mut ChaCha8Rng, rows: usize, cols: usize) -> Matrix {
    Matrix::from_fn(rows, cols, |_, _| fraction(rng))
}

fn vector(rng: &mut ChaCha8Rng, length: usize) -> Vec<Rational> {
    (0..length).map(|_| fraction(rng)).collect()
}
