//! Steps of training per second at four sizes, with the fastest kernels; and forward and backward with all that this machine
//! can run, of which the portable ones are the same loops compiled for any processor of its kind.

use counterproof::kernel::definition::Task;
use counterproof::train::kernels::{Kernels, LANES};
use counterproof::train::sample::{Batch, Stream, generator};
use counterproof::train::{InitialScales, Parameters, Pass, Settings, Shape, Trainer};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

/// `(d, m, n)`
const SIZES: [(usize, usize, usize); 4] = [(8, 8, 80), (16, 16, 160), (32, 32, 320), (64, 16, 160)];

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("train/step");
    for (d, m, n) in SIZES {
        let shape = Shape::of_paper(Task::QueryCount, m, n, d);
        let mut trainer = Trainer::new(&shape, &Settings::default()).unwrap();
        group.throughput(Throughput::Elements(16));
        group.bench_function(format!("d{d}-m{m}-n{n}"), |bencher| {
            bencher.iter(|| black_box(trainer.step().unwrap()));
        });
    }
    group.finish();
}

fn passes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("train/forward-and-backward");
    for (d, m, n) in SIZES {
        let shape = Shape::of_paper(Task::QueryCount, m, n, d);
        let mut rng = generator(0, Stream::Weights, 0);
        let parameters = Parameters::<f32>::random(&shape, InitialScales::default(), &mut rng);
        let mut gradient = Parameters::<f32>::zeros(&shape);
        let mut batch = Batch::of_shape(&shape);
        batch.draw(shape.task, &mut rng);
        group.throughput(Throughput::Elements(LANES as u64));
        for kernels in Kernels::available() {
            let mut pass = Pass::with_kernels(&shape, kernels);
            group.bench_function(format!("{}/d{d}-m{m}-n{n}", kernels.name), |bencher| {
                bencher.iter(|| {
                    let outputs = pass.forward(&parameters, &batch);
                    pass.backward(&parameters, &batch, black_box(&outputs), &mut gradient);
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, steps, passes);
criterion_main!(benches);
