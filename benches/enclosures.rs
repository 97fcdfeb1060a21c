//! Count vectors per second with enclosures beside a plain f64 pass: a softmax model without positions, `d = 8`,
//! one head, 16 hidden units, `m = 6`, `n = 12` (26,208 count vectors, none the same to the model). Words first, they
//! take about 6 times as long as floats; big integers alone took about 86 times as long (both on one busy machine).

use counterproof::algebra::MatrixOps;
use counterproof::construct::random::{SoftmaxShape, softmax};
use counterproof::kernel::definition::{
    HeadWeights, Part, Question, ReadAt, Reading, SoftmaxTransformer,
};
use counterproof::kernel::number::ratio;
use counterproof::search::control::Control;
use counterproof::search::inputs::CountInputs;
use counterproof::search::survey::survey;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use num_traits::ToPrimitive;
use std::hint::black_box;

const N: u64 = 12;
const M: usize = 6;

/// What a float pass needs, per query: weights, values and the MLP, composed like the enclosures' probes.
struct Floats {
    /// `[query][token]`
    weights: Vec<Vec<f64>>,
    /// `[token][d]`
    values: Vec<Vec<f64>>,
    states: Vec<Vec<f64>>,
    hidden: (Vec<Vec<f64>>, Vec<f64>),
    output: (Vec<Vec<f64>>, Vec<f64>),
    readout: Vec<f64>,
}

fn floats(model: &SoftmaxTransformer) -> Floats {
    let f = |x: &counterproof::kernel::number::Rational| x.to_f64().unwrap();
    let matrix = |m: &counterproof::kernel::number::Matrix| -> Vec<Vec<f64>> {
        m.to_rows().iter().map(|row| row.iter().map(f).collect()).collect()
    };
    let affine = |map: &counterproof::kernel::definition::Affine| {
        (matrix(&map.weight), map.bias.iter().map(|b| f(&b.0)).collect::<Vec<f64>>())
    };
    let states = matrix(&model.embedding);
    let [Part::Attention(attention), Part::Mlp(mlp)] =
        [&model.blocks[0].part, &model.blocks[1].part]
    else {
        unreachable!("one layer")
    };
    let head = &attention.heads[0];
    let HeadWeights::Softmax(scores) = &head.weights else { unreachable!("softmax") };
    let (q, k, v) = (affine(&scores.query), affine(&scores.key), affine(&head.value));
    let output = matrix(&head.output);
    let keys: Vec<Vec<f64>> = states.iter().map(|x| apply(&k, x)).collect();
    let score = |query: &Vec<f64>, key: &Vec<f64>| {
        (query.iter().zip(key).map(|(a, b)| a * b).sum::<f64>() / f(&scores.scale.0).sqrt()).exp()
    };
    let weights =
        states.iter().map(|x| keys.iter().map(|key| score(&apply(&q, x), key)).collect()).collect();
    let zero = vec![0.0; states[0].len()];
    let values =
        states.iter().map(|x| apply(&(output.clone(), zero.clone()), &apply(&v, x))).collect();
    let readout = match &model.reading {
        Reading::Number { weight, .. } => weight.iter().map(|w| f(&w.0)).collect(),
        Reading::ArgMax { .. } => unreachable!("the model reads a number"),
    };
    let hidden = affine(&mlp.hidden[0]);
    Floats { weights, values, states, hidden, output: affine(&mlp.output), readout }
}

fn apply((weight, bias): &(Vec<Vec<f64>>, Vec<f64>), x: &[f64]) -> Vec<f64> {
    let rows = weight.iter().zip(bias);
    rows.map(|(row, b)| row.iter().zip(x).map(|(a, b)| a * b).sum::<f64>() + b).collect()
}

impl Floats {
    fn output(&self, query: usize, counts: &[u64]) -> f64 {
        let mut total = 0.0;
        let mut stream = self.states[query].clone();
        let mut sum = vec![0.0; stream.len()];
        for (token, &count) in counts.iter().enumerate() {
            let weight = count as f64 * self.weights[query][token];
            total += weight;
            sum.iter_mut().zip(&self.values[token]).for_each(|(s, v)| *s += weight * v);
        }
        stream.iter_mut().zip(&sum).for_each(|(x, s)| *x += s / total);
        let hidden: Vec<f64> =
            apply(&self.hidden, &stream).into_iter().map(|x| x.max(0.0)).collect();
        let written = apply(&self.output, &hidden);
        stream.iter().zip(&written).zip(&self.readout).map(|((a, b), w)| (a + b) * w).sum()
    }
}

fn enclosures(bench: &mut Criterion) {
    let shape = SoftmaxShape {
        m: M,
        d: 8,
        heads: 1,
        width: 16,
        longest: None,
        bos: false,
        norms: [false; 4],
        choices: None,
        read_at: ReadAt::Last,
    };
    let model = softmax(shape, 1).unwrap();
    let mut group = bench.benchmark_group("softmax m=6 n=12");
    group.sample_size(10);
    let control = Control::new(Some(1), None);
    let run = |model: &SoftmaxTransformer| {
        survey(model, &Question::QueryCount, &ratio(1, 2), N, &control).unwrap()
    };
    group.throughput(Throughput::Elements(run(&model).configurations.to_u64().unwrap()));
    group.bench_function("enclosures, one thread", |b| b.iter(|| run(black_box(&model))));
    let floats = floats(&model);
    group.bench_function("plain f64, one thread", |b| {
        b.iter(|| {
            CountInputs::new(N, M)
                .map(|input| floats.output(input.query().0, input.counts()))
                .fold(0.0f64, |worst, y| worst.max(black_box(y)))
        });
    });
    group.finish();
}

criterion_group!(benches, enclosures);
criterion_main!(benches);
