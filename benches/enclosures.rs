//! Count vectors per second with enclosures beside a plain f64 pass: a softmax model without positions, `d = 8`,
//! one head, 16 hidden units, `m = 6`, `n = 12` (26,208 count vectors, none the same to the model). Words first, they
//! take about 6 times as long as floats; big integers alone took about 86 times as long (both on one busy machine).

mod floats;

use counterproof::construct::random::{SoftmaxShape, softmax};
use counterproof::kernel::definition::{Question, ReadAt, SoftmaxTransformer};
use counterproof::kernel::number::ratio;
use counterproof::search::control::Control;
use counterproof::search::inputs::CountInputs;
use counterproof::search::survey::survey;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use floats::Floats;
use num_traits::ToPrimitive;
use std::hint::black_box;

const N: u64 = 12;
const M: usize = 6;

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
    let floats = Floats::new(&model);
    group.bench_function("plain f64, one thread", |b| {
        b.iter(|| {
            CountInputs::new(N, M)
                .map(|input| {
                    floats.output(input.query().0, input.counts().iter().map(|&count| count as f64))
                })
                .fold(0.0f64, |worst, y| worst.max(black_box(y)))
        });
    });
    group.finish();
}

criterion_group!(benches, enclosures);
criterion_main!(benches);
