//! The forward pass of a softmax transformer in floats, from nothing but its weights: an opinion of its own, which shares no
//! code with the enclosures.

use counterproof::kernel::definition::{
    Activation, Affine, Block, HeadWeights, Norm, NormKind, Part, Reading, Scores,
    SoftmaxAttention, SoftmaxTransformer, Token,
};
use counterproof::kernel::number::{Matrix, Rational, RationalText};
use num_traits::ToPrimitive;

type Vector = Vec<f64>;

fn float(x: &Rational) -> f64 {
    x.to_f64().unwrap()
}

fn vector(entries: &[RationalText]) -> Vector {
    entries.iter().map(|entry| float(&entry.0)).collect()
}

fn rows(matrix: &Matrix) -> Vec<Vector> {
    matrix.list().iter().map(|row| row.iter().map(float).collect()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

struct Map {
    weight: Vec<Vector>,
    bias: Vector,
}

impl Map {
    fn new(map: &Affine) -> Self {
        Self { weight: rows(&map.weight), bias: vector(&map.bias) }
    }

    fn apply(&self, x: &[f64]) -> Vector {
        self.weight.iter().zip(&self.bias).map(|(row, bias)| dot(row, x) + bias).collect()
    }
}

/// A model with its weights as floats.
pub struct Floats {
    embedding: Vec<Vector>,
    bos: Option<Vector>,
    positions: Option<Vec<Vector>>,
    blocks: Vec<Step>,
    norm: Option<Norm>,
    reading: Map,
}

struct Step {
    block: Block,
    heads: Vec<Head>,
    hidden: Vec<Map>,
    output: Option<Map>,
}

struct Head {
    query: Option<Map>,
    key: Option<Map>,
    value: Map,
    output: Vec<Vector>,
}

impl Step {
    fn new(block: &Block) -> Self {
        let mut step =
            Self { block: block.clone(), heads: Vec::new(), hidden: Vec::new(), output: None };
        match &block.part {
            Part::Attention(attention) => {
                step.heads = attention
                    .heads
                    .iter()
                    .map(|head| {
                        let scores = head.weights.scores();
                        Head {
                            query: scores.map(|scores| Map::new(&scores.query)),
                            key: scores.map(|scores| Map::new(&scores.key)),
                            value: Map::new(&head.value),
                            output: rows(&head.output),
                        }
                    })
                    .collect();
            }
            Part::Mlp(mlp) => {
                step.hidden = mlp.hidden.iter().map(Map::new).collect();
                step.output = Some(Map::new(&mlp.output));
            }
        }
        step
    }

    fn attention(&self, attention: &SoftmaxAttention, seen: &[Vector]) -> Vec<Vector> {
        let mut written = vec![vector(&attention.bias); seen.len()];
        for (head, maps) in attention.heads.iter().zip(&self.heads) {
            let values: Vec<Vector> = seen.iter().map(|u| maps.value.apply(u)).collect();
            let table = self.weights(&head.weights, maps, attention.causal, seen);
            for (written, weights) in written.iter_mut().zip(table) {
                let mut sum = vec![0.0; maps.value.bias.len()];
                for (value, weight) in values.iter().zip(&weights) {
                    sum.iter_mut().zip(value).for_each(|(sum, value)| *sum += weight * value);
                }
                written.iter_mut().zip(&maps.output).for_each(|(x, row)| *x += dot(row, &sum));
            }
        }
        written
    }

    /// Row by row, what each position takes of each other; shorter rows where it is causal.
    fn weights(
        &self,
        weights: &HeadWeights,
        maps: &Head,
        causal: bool,
        seen: &[Vector],
    ) -> Vec<Vector> {
        let n = seen.len();
        let matrix = weights.matrix().map(rows);
        let (queries, keys): (Vec<Vector>, Vec<Vector>) = match weights.scores() {
            Some(scores) => seen
                .iter()
                .enumerate()
                .map(|(i, u)| {
                    let map = |map: &Option<Map>| turned(scores, i, map.as_ref().unwrap().apply(u));
                    (map(&maps.query), map(&maps.key))
                })
                .unzip(),
            None => (Vec::new(), Vec::new()),
        };
        let score = |i: usize, j: usize| match (weights.scores(), &matrix) {
            (Some(scores), _) => dot(&queries[i], &keys[j]) / float(&scores.scale.0).sqrt(),
            (None, Some(matrix)) => matrix[i][j],
            (None, None) => unreachable!("weights are scores or a matrix"),
        };
        (0..n)
            .map(|i| {
                let row: Vector =
                    (0..if causal { i + 1 } else { n }).map(|j| score(i, j)).collect();
                if !weights.is_softmax() {
                    return row;
                }
                let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let powers: Vector = row.iter().map(|score| (score - most).exp()).collect();
                let total: f64 = powers.iter().sum();
                powers.into_iter().map(|power| power / total).collect()
            })
            .collect()
    }

    fn apply(&self, stream: Vec<Vector>) -> Vec<Vector> {
        let seen: Vec<Vector> = stream.iter().map(|x| normed(&self.block.before, x)).collect();
        let written = match &self.block.part {
            Part::Attention(attention) => self.attention(attention, &seen),
            Part::Mlp(mlp) => seen
                .into_iter()
                .map(|mut x| {
                    for layer in &self.hidden {
                        x = layer
                            .apply(&x)
                            .into_iter()
                            .map(|x| activated(mlp.activation, x))
                            .collect();
                    }
                    self.output.as_ref().unwrap().apply(&x)
                })
                .collect(),
        };
        let added = |(x, f): (Vector, Vector)| match self.block.residual {
            true => x.iter().zip(&f).map(|(x, f)| x + f).collect(),
            false => f,
        };
        stream
            .into_iter()
            .zip(written)
            .map(added)
            .map(|x: Vector| normed(&self.block.after, &x))
            .collect()
    }
}

fn turned(scores: &Scores, position: usize, mut x: Vector) -> Vector {
    let Some(rotary) = &scores.rotary else { return x };
    let half = rotary.size / 2;
    for t in 0..half {
        let (a, b) = if rotary.neighbours { (2 * t, 2 * t + 1) } else { (t, t + half) };
        let angle =
            position as f64 / float(&rotary.base.0).powf(2.0 * t as f64 / rotary.size as f64);
        let (sin, cos) = angle.sin_cos();
        (x[a], x[b]) = (x[a] * cos - x[b] * sin, x[a] * sin + x[b] * cos);
    }
    x
}

fn normed(norm: &Option<Norm>, x: &[f64]) -> Vector {
    let Some(norm) = norm else { return x.to_vec() };
    let mean = match norm.kind {
        NormKind::Layer => x.iter().sum::<f64>() / x.len() as f64,
        NormKind::Rms => 0.0,
    };
    let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
    let sigma = (variance + float(&norm.eps.0)).sqrt();
    let weights = norm.weight.iter().zip(&norm.bias);
    x.iter()
        .zip(weights)
        .map(|(x, (w, b))| float(&w.0) * (x - mean) / sigma + float(&b.0))
        .collect()
}

fn activated(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Identity => x,
        Activation::Relu => x.max(0.0),
        Activation::Gelu => x * (1.0 + erf(x / 2f64.sqrt())) / 2.0,
        Activation::GeluTanh => {
            x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
                / 2.0
        }
        Activation::Silu => x / (1.0 + (-x).exp()),
    }
}

/// `2 / sqrt(pi) exp(-x^2) sum_k 2^k x^(2k+1) / (1 3 .. (2k+1))`: no terms cancel.
pub fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, 0.0);
    for k in 1..200 {
        sum += term;
        term *= 2.0 * x * x / (2 * k + 1) as f64;
    }
    2.0 / std::f64::consts::PI.sqrt() * (-x * x).exp() * sum
}

impl Floats {
    pub fn new(model: &SoftmaxTransformer) -> Self {
        let reading = match &model.reading {
            Reading::Number { weight, bias } => {
                Map { weight: vec![vector(weight)], bias: vec![float(&bias.0)] }
            }
            Reading::ArgMax { map, .. } => Map::new(map),
        };
        Self {
            embedding: rows(&model.embedding),
            bos: model.bos.as_deref().map(vector),
            positions: model.positions.as_ref().map(rows),
            blocks: model.blocks.iter().map(Step::new).collect(),
            norm: model.norm.clone(),
            reading,
        }
    }

    /// `y` at every position of the sequence but that of BOS.
    pub fn outputs(&self, sequence: &[Token]) -> Vec<Vector> {
        let tokens = self.bos.iter().chain(sequence.iter().map(|token| &self.embedding[token.0]));
        let mut stream: Vec<Vector> = tokens.cloned().collect();
        if let Some(positions) = &self.positions {
            for (x, shift) in stream.iter_mut().zip(positions) {
                x.iter_mut().zip(shift).for_each(|(x, shift)| *x += shift);
            }
        }
        for block in &self.blocks {
            stream = block.apply(stream);
        }
        let read = stream.iter().skip(usize::from(self.bos.is_some()));
        read.map(|x| self.reading.apply(&normed(&self.norm, x))).collect()
    }
}

#[test]
pub fn erf_is_what_tables_say() {
    for (x, expected) in [
        (0.0, 0.0),
        (0.5, 0.520_499_877_813_046_5),
        (2.0, 0.995_322_265_018_952_7),
        (-3.0, -0.999_977_909_503_001_4),
    ] {
        assert!((erf(x) - expected).abs() < 1e-14, "{x}");
    }
}
