//! Inputs per second of the exhaustive engine and of the kernel's check for T1 at m = 8, n = 20, beside straightforward
//! evaluation in big rationals (by definition, on a slice of the inputs) and the search's evaluator.

use counterproof::construct::{embedding::Kind, histogram};
use counterproof::kernel::definition::{Criterion, Length, Task};
use counterproof::kernel::kind::{Counting, Exhaustive, Inputs};
use counterproof::kernel::number::integer;
use counterproof::kernel::{Certificate, ClaimId, Clock};
use counterproof::search::control::Control;
use counterproof::search::exhaustive::decide;
use counterproof::search::form::Evaluator;
use counterproof::search::inputs::{CountInputs, InputOps, count_inputs};
use criterion::{Criterion as Bench, Throughput, criterion_group, criterion_main};
use num_traits::ToPrimitive;
use std::hint::black_box;

fn exhaustive(bench: &mut Bench) {
    const N: usize = 20;
    const M: usize = 8;
    const SLICE: usize = 200;
    let vectors = Kind::OneHot.vectors(M, M, 0).unwrap();
    let model = histogram::query_count(&vectors, &integer(N as u64), &integer(1)).unwrap();
    let inputs = count_inputs(N as u64, M as u64).to_u64().unwrap();
    let mut group = bench.benchmark_group("T1 m=8 n=20");
    group.sample_size(10);

    group.throughput(Throughput::Elements(inputs));
    for threads in [1, 2] {
        let control = Control::new(Some(threads), None);
        group.bench_function(format!("engine, {threads} threads"), |b| {
            b.iter(|| {
                decide(black_box(&model), Task::QueryCount, Criterion::Exact, N, &control).unwrap()
            });
        });
    }

    let params = Counting {
        task: Task::QueryCount,
        criterion: Criterion::Exact,
        n: Length::Exactly(N as u64),
        m: M,
        d: M,
        mlp_width: model.mlp_width(),
    };
    let max_error = integer(0).into();
    let data = Exhaustive { model: model.clone(), inputs: Inputs::CountVectors, max_error };
    let certificate = Certificate::new(ClaimId::QC_HISTOGRAM, params, data);
    for threads in [1, 2] {
        group.bench_function(format!("kernel's check, {threads} threads"), |b| {
            b.iter(|| certificate.check(&Clock::new(&|| true, threads)).unwrap());
        });
    }

    let slice: Vec<_> = CountInputs::new(N as u64, M).step_by(26_000).take(SLICE).collect();
    group.throughput(Throughput::Elements(slice.len() as u64));
    let evaluator = Evaluator::new(&model, N).unwrap();
    group.bench_function("search's evaluator", |b| {
        b.iter(|| {
            for input in &slice {
                black_box(evaluator.error(input.query(), input.prefix(), 1));
            }
        });
    });
    let sequences: Vec<_> = slice.iter().map(|input| input.to_sequence()).collect();
    group.bench_function("big rationals, by definition", |b| {
        b.iter(|| {
            for sequence in &sequences {
                black_box(model.output(sequence).unwrap());
            }
        });
    });
    group.finish();
}

criterion_group!(benches, exhaustive);
criterion_main!(benches);
