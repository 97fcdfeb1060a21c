//! Random exact models without positions: what T4 is tested on, and fuel for property tests.

use super::{ConstructError, affine, texts};
use crate::algebra::MatrixOps;
use crate::kernel::definition::{Affine, Head, Mlp, Readout, Transformer, Weights};
use crate::kernel::definition::{
    Norm, Norms, ReadAt, Reading, SoftmaxHead, SoftmaxTransformer, SoftmaxWeights,
};
use crate::kernel::number::{Matrix, Rational, ratio};
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
///
/// ```
/// use counterproof::construct::random::{Limits, without_positions};
/// use counterproof::kernel::definition::Token;
///
/// // T4: repeating the input changes no output of a model without positions
/// let model = without_positions(3, Limits::default(), 42)?;
/// let (once, twice) = ([0, 2, 1].map(Token), [0, 2, 1, 0, 2, 1].map(Token));
/// assert_eq!(model.output(&once)?, model.output(&twice)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

/// What a random softmax transformer has; sizes are exact, `longest` is the number of positions.
#[derive(Debug, Clone, Copy)]
pub struct SoftmaxShape {
    pub m: usize,
    pub d: usize,
    pub heads: usize,
    pub width: usize,
    pub longest: Option<usize>,
    pub bos: bool,
    /// of the four places of layer norm, in the order of [`crate::kernel::definition::Norms`]
    pub norms: [bool; 4],
    /// arg max over this many answers, a number when `None`
    pub choices: Option<u64>,
    pub read_at: ReadAt,
}

/// A softmax transformer with weights that are multiples of 1/16, like small trained ones.
///
/// # Errors
/// [`ConstructError`] for sizes of zero.
pub fn softmax(shape: SoftmaxShape, seed: u64) -> Result<SoftmaxTransformer, ConstructError> {
    let SoftmaxShape { m, d, heads, width, longest, bos, norms, choices, read_at } = shape;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let entries = |rng: &mut ChaCha8Rng, rows: usize, cols: usize| {
        Matrix::from_fn(rows, cols, |_, _| ratio(rng.random_range(-24..=24), 16))
    };
    let row = |rng: &mut ChaCha8Rng, length: usize| texts(entries(rng, 1, length).row(0).to_vec());
    let map = |rng: &mut ChaCha8Rng, out: usize, width: usize| Affine {
        weight: entries(rng, out, width),
        bias: row(rng, out),
    };
    let key_size = d.div_ceil(heads.max(1));
    let norm = |rng: &mut ChaCha8Rng, present: bool| {
        present.then(|| Norm {
            weight: row(rng, d),
            bias: row(rng, d),
            eps: ratio(1, 100_000).into(),
        })
    };
    let weights = SoftmaxWeights {
        embedding: entries(&mut rng, m, d),
        bos: bos.then(|| row(&mut rng, d)),
        positions: longest.map(|longest| entries(&mut rng, longest + usize::from(bos), d)),
        scale: ratio(i64::try_from(key_size).unwrap_or(1), 1).into(),
        heads: (0..heads)
            .map(|_| SoftmaxHead {
                query: map(&mut rng, key_size, d),
                key: map(&mut rng, key_size, d),
                value: map(&mut rng, key_size, d),
                output: entries(&mut rng, d, key_size),
            })
            .collect(),
        attention_bias: row(&mut rng, d),
        norms: Norms {
            attention: norm(&mut rng, norms[0]),
            after_attention: norm(&mut rng, norms[1]),
            mlp: norm(&mut rng, norms[2]),
            readout: norm(&mut rng, norms[3]),
        },
        mlp: Mlp { hidden: vec![map(&mut rng, width, d)], output: map(&mut rng, d, width) },
        reading: match choices {
            Some(choices) => Reading::ArgMax {
                map: map(&mut rng, usize::try_from(choices).unwrap_or(0), d),
                answers: (1..=choices).collect(),
            },
            None => Reading::Number { weight: row(&mut rng, d), bias: ratio(1, 1).into() },
        },
        read_at,
    };
    Ok(SoftmaxTransformer::new(weights)?)
}
