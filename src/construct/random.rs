//! Random exact models without positions: what T4 is tested on, and fuel for property tests.

use super::{ConstructError, affine, texts};
use crate::algebra::MatrixOps;
use crate::kernel::definition::{
    ActivatedMlp, Activation, Block, HeadWeights, Norm, NormKind, Part, ReadAt, Reading, Rotary,
    Scores, SoftmaxAttention, SoftmaxHead, SoftmaxTransformer, SoftmaxWeights,
};
use crate::kernel::definition::{Affine, Head, Mlp, Readout, Transformer, Weights};
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

/// What a random softmax transformer of one layer has; sizes are exact, `longest` is the number of positions.
#[derive(Debug, Clone, Copy)]
pub struct SoftmaxShape {
    pub m: usize,
    pub d: usize,
    pub heads: usize,
    pub width: usize,
    pub longest: Option<usize>,
    pub bos: bool,
    /// layer norm before the attention, after it, before the MLP, before the readout
    pub norms: [bool; 4],
    /// arg max over this many answers, a number when `None`
    pub choices: Option<u64>,
    pub read_at: ReadAt,
}

/// Draws weights that are multiples of 1/16, like small trained ones.
struct Weighted(ChaCha8Rng);

impl Weighted {
    fn entries(&mut self, rows: usize, cols: usize) -> Matrix {
        Matrix::from_fn(rows, cols, |_, _| ratio(self.0.random_range(-24..=24), 16))
    }

    fn row(&mut self, length: usize) -> Vec<crate::kernel::number::RationalText> {
        texts(self.entries(1, length).row(0).to_vec())
    }

    fn map(&mut self, out: usize, width: usize) -> Affine {
        Affine { weight: self.entries(out, width), bias: self.row(out) }
    }

    fn norm(&mut self, kind: NormKind, d: usize) -> Norm {
        Norm { kind, weight: self.row(d), bias: self.row(d), eps: ratio(1, 100_000).into() }
    }

    fn head(&mut self, weights: HeadWeights, d: usize, d_v: usize) -> SoftmaxHead {
        SoftmaxHead { weights, value: self.map(d_v, d), output: self.entries(d, d_v) }
    }

    fn scores(&mut self, d: usize, k: usize, rotary: Option<Rotary>) -> Scores {
        let scale = ratio(i64::try_from(k).unwrap_or(1), 1).into();
        Scores { query: self.map(k, d), key: self.map(k, d), scale, rotary }
    }

    fn reading(&mut self, d: usize, choices: Option<u64>) -> Reading {
        match choices {
            Some(choices) => Reading::ArgMax {
                map: self.map(usize::try_from(choices).unwrap_or(0), d),
                answers: (1..=choices).collect(),
            },
            None => Reading::Number { weight: self.row(d), bias: ratio(1, 1).into() },
        }
    }
}

/// A softmax transformer of one layer, its attention and MLP added to the stream.
///
/// # Errors
/// [`ConstructError`] for sizes of zero.
pub fn softmax(shape: SoftmaxShape, seed: u64) -> Result<SoftmaxTransformer, ConstructError> {
    let SoftmaxShape { m, d, heads, width, longest, bos, norms, choices, read_at } = shape;
    let mut draw = Weighted(ChaCha8Rng::seed_from_u64(seed));
    let key_size = d.div_ceil(heads.max(1));
    let embedding = draw.entries(m, d);
    let bos = bos.then(|| draw.row(d));
    let positions = longest.map(|longest| draw.entries(longest + usize::from(bos.is_some()), d));
    let heads = (0..heads).map(|_| {
        let scores = draw.scores(d, key_size, None);
        draw.head(HeadWeights::Softmax(scores), d, key_size)
    });
    let heads = heads.collect();
    let attention = SoftmaxAttention { heads, bias: draw.row(d), causal: false };
    let mut norm = |present: bool| present.then(|| draw.norm(NormKind::Layer, d));
    let [before, after, before_mlp, last] = norms.map(&mut norm);
    let mlp = ActivatedMlp {
        activation: Activation::Relu,
        hidden: vec![draw.map(width, d)],
        output: draw.map(d, width),
    };
    let blocks = vec![
        Block { before, part: Part::Attention(attention), residual: true, after },
        Block { before: before_mlp, part: Part::Mlp(mlp), residual: true, after: None },
    ];
    let reading = draw.reading(d, choices);
    let weights =
        SoftmaxWeights { embedding, bos, positions, blocks, norm: last, reading, read_at };
    Ok(SoftmaxTransformer::new(weights)?)
}

/// A softmax transformer of up to `layers` layers with anything that the class has: norms, activations, causal or not, rotary
/// positions, scores without softmax, matrices over positions, residuals left out, BOS; inputs up to length `longest`.
///
/// # Errors
/// [`ConstructError`] for sizes of zero.
pub fn stack(
    m: usize,
    layers: usize,
    longest: usize,
    seed: u64,
) -> Result<SoftmaxTransformer, ConstructError> {
    let mut draw = Weighted(ChaCha8Rng::seed_from_u64(seed));
    let d = draw.0.random_range(2..=4);
    let embedding = draw.entries(m, d);
    let bos = draw.0.random_bool(0.3).then(|| draw.row(d));
    let all = longest + usize::from(bos.is_some());
    let positions = draw.0.random_bool(0.4).then(|| draw.entries(all, d));
    let causal = draw.0.random_bool(0.5);
    let norm = |draw: &mut Weighted, likely: f64| {
        let kind = if draw.0.random_bool(0.5) { NormKind::Layer } else { NormKind::Rms };
        draw.0.random_bool(likely).then(|| draw.norm(kind, d))
    };
    let mut blocks = Vec::new();
    for _ in 0..draw.0.random_range(1..=layers.max(1)) {
        let heads = (0..draw.0.random_range(1..=2)).map(|_| {
            let turned = draw.0.random_bool(0.3);
            let neighbours = draw.0.random_bool(0.5);
            let rotary =
                turned.then(|| Rotary { base: ratio(10_000, 1).into(), size: 2, neighbours });
            let weights = match draw.0.random_range(0..6) {
                0 => HeadWeights::Scores(draw.scores(d, 2, rotary)),
                1 => HeadWeights::Matrix(draw.entries(all, all)),
                2 => HeadWeights::SoftmaxMatrix(draw.entries(all, all)),
                _ => HeadWeights::Softmax(draw.scores(d, 2, rotary)),
            };
            draw.head(weights, d, 2)
        });
        let heads = heads.collect();
        let attention = SoftmaxAttention { heads, bias: draw.row(d), causal };
        let (before, after) = (norm(&mut draw, 0.3), norm(&mut draw, 0.2));
        let residual = draw.0.random_bool(0.8);
        blocks.push(Block { before, part: Part::Attention(attention), residual, after });
        if draw.0.random_bool(0.8) {
            let activations = [
                Activation::Relu,
                Activation::Gelu,
                Activation::GeluTanh,
                Activation::Silu,
                Activation::Identity,
            ];
            let mlp = ActivatedMlp {
                activation: activations[draw.0.random_range(0..activations.len())],
                hidden: (0..draw.0.random_range(0..=1)).map(|_| draw.map(3, d)).collect(),
                output: Affine { weight: draw.entries(d, 0), bias: draw.row(d) },
            };
            let width = mlp.hidden.last().map_or(d, |layer| layer.weight.rows());
            let mlp = ActivatedMlp { output: draw.map(d, width), ..mlp };
            let (before, after) = (norm(&mut draw, 0.3), norm(&mut draw, 0.2));
            let residual = draw.0.random_bool(0.8);
            blocks.push(Block { before, part: Part::Mlp(mlp), residual, after });
        }
    }
    let last = norm(&mut draw, 0.3);
    let choices = draw.0.random_bool(0.5).then_some(longest as u64);
    let reading = draw.reading(d, choices);
    let read_at = if draw.0.random_bool(0.5) { ReadAt::Every } else { ReadAt::Last };
    let weights =
        SoftmaxWeights { embedding, bos, positions, blocks, norm: last, reading, read_at };
    Ok(SoftmaxTransformer::new(weights)?)
}
