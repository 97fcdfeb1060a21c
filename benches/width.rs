//! Deciding and checking exact widths: the greedy that gallops beside the quadratic reference.

use counterproof::claim::{Claim, Request};
use counterproof::kernel::Clock;
use counterproof::kernel::definition::Length;
use counterproof::kernel::number::ratio;
use counterproof::search::control::Control;
use counterproof::search::width::{Reciprocal, greedy, grid, narrowest, slope};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn width(bench: &mut Criterion) {
    let control = Control::new(Some(1), None);
    let zero = ratio(0, 1);
    let mut group = bench.benchmark_group("inverse width");
    group.sample_size(10);
    for (n, eps) in [(100u64, ratio(1, 2)), (1000, ratio(1, 2)), (1000, zero.clone())] {
        let tunnel = Reciprocal::new(n, &eps, &zero, false).unwrap();
        group.bench_function(format!("quadratic reference, n = {n}, eps = {eps}"), |b| {
            b.iter(|| greedy::cut_by_definition(black_box(&tunnel), false));
        });
    }
    for (n, eps) in
        [(100u64, ratio(1, 2)), (1000, ratio(1, 2)), (1000, zero.clone()), (1_000_000, ratio(1, 2))]
    {
        let tunnel = Reciprocal::new(n, &eps, &zero, false).unwrap();
        group.bench_function(format!("blocks and triples, n = {n}, eps = {eps}"), |b| {
            b.iter(|| greedy::cut(black_box(&tunnel), false, 0, &control).unwrap());
        });
        group.bench_function(format!("narrowest network, n = {n}, eps = {eps}"), |b| {
            b.iter(|| narrowest(black_box(&tunnel), false, &control).unwrap());
        });
        group.bench_function(format!("least slope, n = {n}, eps = {eps}"), |b| {
            b.iter(|| slope::flattest(black_box(&tunnel), false, &control).unwrap());
        });
    }
    group.bench_function("least cells, n = 1000000", |b| {
        b.iter(|| grid::least_cells(black_box(1_000_000), &ratio(1, 2), &zero, false).unwrap());
    });
    for n in [100, 1_000_000] {
        let request = Request { n: Some(vec![Length::Exactly(n)]), ..Request::default() };
        let cells = Claim::named("inverse-width").unwrap().cells(&request).unwrap();
        let certificate = cells[0].decide(&control).unwrap().certificate;
        group.bench_function(format!("check, n = {n}"), |b| {
            b.iter(|| black_box(&certificate).check(&Clock::unlimited()).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, width);
criterion_main!(benches);
