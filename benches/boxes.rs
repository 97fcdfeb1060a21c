//! The accuracy of a one-layer model by boxes of counts, at the sizes of the paper: `d = m = 8`, one head, 32 hidden units,
//! norms after the attention and before the readout, `n = 80`. One thread each: bounds of boxes with a width of 4 and single count vectors in the kernel's
//! words, beside the same count vectors by a plain forward pass in f64.

use counterproof::construct::random::{SoftmaxShape, softmax};
use counterproof::kernel::Clock;
use counterproof::kernel::definition::{
    HeadWeights, Norm, Part, Question, ReadAt, Reading, SoftmaxTransformer,
};
use counterproof::kernel::evidence::{Boxes, Cell};
use counterproof::kernel::number::{Matrix, Rational, RationalText, ratio};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use num_traits::ToPrimitive;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;

const M: usize = 8;
const N: i64 = 80;

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

fn normed((weight, bias, eps): &(Vec<f64>, Vec<f64>, f64), x: &[f64]) -> Vec<f64> {
    let d = x.len() as f64;
    let mean = x.iter().sum::<f64>() / d;
    let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / d;
    let scale = (variance + eps).sqrt().recip();
    let entries = x.iter().zip(weight).zip(bias);
    entries.map(|((x, weight), bias)| (x - mean) * scale * weight + bias).collect()
}

/// The plain forward pass, what does not depend on the counts done beforehand.
struct Floats {
    /// `[query][token]`
    weights: Vec<Vec<f64>>,
    /// `[token][d]`
    values: Vec<Vec<f64>>,
    /// `[query][d]`
    states: Vec<Vec<f64>>,
    norms: [(Vec<f64>, Vec<f64>, f64); 2],
    hidden: Affine,
    output: Affine,
    readout: (Vec<f64>, f64),
}

impl Floats {
    fn new(model: &SoftmaxTransformer) -> Self {
        let [Part::Attention(attention), Part::Mlp(mlp)] =
            [&model.blocks[0].part, &model.blocks[1].part]
        else {
            unreachable!("one layer")
        };
        let head = &attention.heads[0];
        let HeadWeights::Softmax(scores) = &head.weights else { unreachable!("softmax") };
        let norm = |norm: &Option<Norm>| {
            let norm = norm.as_ref().unwrap();
            (vector(&norm.weight), vector(&norm.bias), float(&norm.eps.0))
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

    fn output(&self, query: usize, counts: &[i64]) -> f64 {
        let (mut total, mut sum) = (0.0, vec![0.0; self.states[query].len()]);
        for ((count, weight), value) in counts.iter().zip(&self.weights[query]).zip(&self.values) {
            let weight = *count as f64 * weight;
            total += weight;
            sum.iter_mut().zip(value).for_each(|(sum, value)| *sum += weight * value);
        }
        let state = self.states[query].iter().zip(&sum);
        let x = normed(&self.norms[0], &state.map(|(x, sum)| x + sum / total).collect::<Vec<_>>());
        let mut hidden = apply(&self.hidden, &x);
        hidden.iter_mut().for_each(|x| *x = x.max(0.0));
        let written = apply(&self.output, &hidden);
        let stream: Vec<f64> = x.iter().zip(&written).map(|(a, b)| a + b).collect();
        let read = normed(&self.norms[1], &stream);
        read.iter().zip(&self.readout.0).map(|(x, w)| x * w).sum::<f64>() + self.readout.1
    }
}

/// Count vectors as uniform inputs have them, the query among them.
fn drawn(rng: &mut ChaCha8Rng) -> (Vec<i64>, usize) {
    let mut counts = vec![0; M];
    let mut query = 0;
    for _ in 0..N {
        query = rng.random_range(0..M);
        counts[query] += 1;
    }
    (counts, query)
}

fn boxes(bench: &mut Criterion) {
    let shape = SoftmaxShape {
        m: M,
        d: 8,
        heads: 1,
        width: 32,
        longest: None,
        bos: false,
        norms: [false, true, false, true],
        choices: None,
        read_at: ReadAt::Last,
    };
    let (model, tolerance, clock) = (softmax(shape, 1).unwrap(), ratio(1, 2), Clock::unlimited());
    let all = Boxes::new(&model, &Question::QueryCount, &tolerance, N as u64, &clock);
    let all = all.unwrap().unwrap();
    let forms: Vec<_> = (0..M).map(|query| all.form(query, &clock).unwrap().unwrap()).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let points: Vec<(Vec<i64>, usize)> = (0..1000).map(|_| drawn(&mut rng)).collect();
    let around = |(counts, query): &(Vec<i64>, usize)| {
        let end = |by: i64| {
            let entries = counts.iter().enumerate();
            let moved = entries.map(|(t, c)| if t == *query { *c } else { (c + by).max(0) });
            moved.collect::<Vec<i64>>()
        };
        (Cell::new(&end(-2), &end(2), N).unwrap(), *query)
    };
    let cells: Vec<(Cell, usize)> = points.iter().map(around).collect();
    let mut group = bench.benchmark_group("accuracy d=8 m=8 n=80");
    group.sample_size(10);
    group.throughput(Throughput::Elements(points.len() as u64));
    let of = |query: usize, counts: &[i64]| forms[query].judge(counts, counts[query]);
    group.bench_function("bounds of boxes", |b| {
        b.iter(|| {
            for (cell, query) in &cells {
                let k = cell.only(*query).unwrap();
                black_box(forms[*query].bound(black_box(cell), k));
            }
        });
    });
    group.bench_function("inputs of boxes", |b| {
        b.iter(|| {
            for (cell, query) in &cells {
                black_box(all.ways(*query, black_box(cell), &clock).unwrap());
            }
        });
    });
    group.bench_function("count vectors", |b| {
        b.iter(|| {
            for (counts, query) in &points {
                black_box(of(*query, black_box(counts)));
            }
        });
    });
    let floats = Floats::new(&model);
    group.bench_function("count vectors, plain f64", |b| {
        let each = |(counts, query): &(Vec<i64>, usize)| floats.output(*query, counts);
        b.iter(|| points.iter().map(each).fold(0.0f64, |most, y| most.max(black_box(y))));
    });
    group.finish();
}

criterion_group!(benches, boxes);
criterion_main!(benches);
