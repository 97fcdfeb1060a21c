//! The naive twin of what is measured: a plain forward pass of a one-layer softmax model in f64.

use counterproof::kernel::definition::{HeadWeights, Norm, Part, Reading, SoftmaxTransformer};
use counterproof::kernel::number::{Matrix, Rational, RationalText};
use num_traits::ToPrimitive;

fn float(x: &Rational) -> f64 {
    x.to_f64().unwrap()
}

fn vector(x: &[RationalText]) -> Vec<f64> {
    x.iter().map(|x| float(&x.0)).collect()
}

fn rows(matrix: &Matrix) -> Vec<Vec<f64>> {
    matrix.list().iter().map(|row| row.iter().map(float).collect()).collect()
}

type Affine = (Vec<Vec<f64>>, Vec<f64>);

fn affine(map: &counterproof::kernel::definition::Affine) -> Affine {
    (rows(&map.weight), vector(&map.bias))
}

fn apply((weight, bias): &Affine, x: &[f64]) -> Vec<f64> {
    let rows = weight.iter().zip(bias);
    rows.map(|(row, b)| row.iter().zip(x).map(|(a, b)| a * b).sum::<f64>() + b).collect()
}

/// weight, bias and epsilon
type LayerNorm = (Vec<f64>, Vec<f64>, f64);

fn normed(norm: &Option<LayerNorm>, x: Vec<f64>) -> Vec<f64> {
    let Some((weight, bias, eps)) = norm else { return x };
    let d = x.len() as f64;
    let mean = x.iter().sum::<f64>() / d;
    let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / d;
    let scale = (variance + eps).sqrt().recip();
    let entries = x.iter().zip(weight).zip(bias);
    entries.map(|((x, weight), bias)| (x - mean) * scale * weight + bias).collect()
}

/// The forward pass, what does not depend on the counts done beforehand.
pub struct Floats {
    /// `[query][token]`
    weights: Vec<Vec<f64>>,
    /// `[token][d]`
    values: Vec<Vec<f64>>,
    /// `[query][d]`
    states: Vec<Vec<f64>>,
    /// after the attention, and before the reading
    norms: [Option<LayerNorm>; 2],
    hidden: Affine,
    output: Affine,
    readout: (Vec<f64>, f64),
}

impl Floats {
    /// Of a model with one head, one hidden layer and a number as output, without positions.
    pub fn new(model: &SoftmaxTransformer) -> Self {
        let [Part::Attention(attention), Part::Mlp(mlp)] =
            [&model.blocks[0].part, &model.blocks[1].part]
        else {
            unreachable!("one layer")
        };
        let head = &attention.heads[0];
        let HeadWeights::Softmax(scores) = &head.weights else { unreachable!("softmax") };
        let norm = |norm: &Option<Norm>| {
            norm.as_ref().map(|norm| (vector(&norm.weight), vector(&norm.bias), float(&norm.eps.0)))
        };
        let states = rows(&model.embedding);
        let (query, key) = (affine(&scores.query), affine(&scores.key));
        let scale = float(&scores.scale.0).sqrt();
        let score = |q: &[f64], k: &[f64]| {
            let (q, k) = (apply(&query, q), apply(&key, k));
            (q.iter().zip(&k).map(|(a, b)| a * b).sum::<f64>() / scale).exp()
        };
        let weights = states.iter().map(|q| states.iter().map(|k| score(q, k)).collect()).collect();
        let (value, bias) = (affine(&head.value), vector(&attention.bias));
        let out = (rows(&head.output), bias);
        let Reading::Number { weight, bias } = &model.reading else { unreachable!("a number") };
        Self {
            weights,
            values: states.iter().map(|x| apply(&out, &apply(&value, x))).collect(),
            states,
            norms: [norm(&model.blocks[0].after), norm(&model.norm)],
            hidden: affine(&mlp.hidden[0]),
            output: affine(&mlp.output),
            readout: (vector(weight), float(&bias.0)),
        }
    }

    /// The output for a query and the counts of all tokens.
    pub fn output(&self, query: usize, counts: impl Iterator<Item = f64>) -> f64 {
        let (mut total, mut sum) = (0.0, vec![0.0; self.states[query].len()]);
        for ((count, weight), value) in counts.zip(&self.weights[query]).zip(&self.values) {
            let weight = count * weight;
            total += weight;
            sum.iter_mut().zip(value).for_each(|(sum, value)| *sum += weight * value);
        }
        let state = self.states[query].iter().zip(&sum);
        let x = normed(&self.norms[0], state.map(|(x, sum)| x + sum / total).collect());
        let mut hidden = apply(&self.hidden, &x);
        hidden.iter_mut().for_each(|x| *x = x.max(0.0));
        let written = apply(&self.output, &hidden);
        let stream = x.iter().zip(&written).map(|(a, b)| a + b).collect();
        let read = normed(&self.norms[1], stream);
        read.iter().zip(&self.readout.0).map(|(x, w)| x * w).sum::<f64>() + self.readout.1
    }
}
