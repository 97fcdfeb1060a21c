//! The accuracy of a one-layer model by boxes of counts, at the sizes of the paper: `d = m = 8`, one head, 32 hidden units,
//! norms after the attention and before the readout, `n = 80`. One thread each: bounds of boxes with a width of 4; and the count vectors of boxes with a
//! width of 2 (393, where no count is near 0) together, as a box is judged one by one, and each by itself, beside the same count vectors by a plain
//! forward pass in f64.

mod floats;

use counterproof::construct::random::{SoftmaxShape, softmax};
use counterproof::kernel::Clock;
use counterproof::kernel::definition::{Question, ReadAt};
use counterproof::kernel::evidence::{Boxes, Cell, Known};
use counterproof::kernel::number::ratio;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use floats::Floats;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;

const M: usize = 8;
const N: i64 = 80;

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

/// All counts of a box.
fn inside(cell: &Cell) -> Vec<Vec<i64>> {
    match (0..M).find_map(|token| cell.split(token)) {
        Some(parts) => parts.iter().flat_map(inside).collect(),
        None => vec![cell.lo.clone()],
    }
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
    let around = |(counts, query): &(Vec<i64>, usize), width: i64| {
        let end = |by: i64| {
            let entries = counts.iter().enumerate();
            let moved = entries.map(|(t, c)| if t == *query { *c } else { (c + by).max(0) });
            moved.collect::<Vec<i64>>()
        };
        (Cell::new(&end(-width), &end(width), N).unwrap(), *query)
    };
    let cells: Vec<(Cell, usize)> = points.iter().map(|point| around(point, 2)).collect();
    let small: Vec<(Cell, usize)> = points.iter().take(20).map(|point| around(point, 1)).collect();
    let inside: Vec<(Vec<i64>, usize)> = small
        .iter()
        .flat_map(|(cell, query)| inside(cell).into_iter().map(|counts| (counts, *query)))
        .collect();
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
    group.throughput(Throughput::Elements(inside.len() as u64));
    group.bench_function("count vectors of boxes", |b| {
        b.iter(|| {
            let mut known = Known::default();
            for (cell, query) in &small {
                all.each(*query, &forms[*query], black_box(cell), &mut known, &clock).unwrap();
            }
            known
        });
    });
    group.bench_function("count vectors, each by itself", |b| {
        b.iter(|| {
            for (counts, query) in &inside {
                black_box(of(*query, black_box(counts)));
            }
        });
    });
    let floats = Floats::new(&model);
    group.bench_function("count vectors, plain f64", |b| {
        let each = |(counts, query): &(Vec<i64>, usize)| {
            floats.output(*query, counts.iter().map(|&count| count as f64))
        };
        b.iter(|| inside.iter().map(each).fold(0.0f64, |most, y| most.max(black_box(y))));
    });
    group.finish();
}

criterion_group!(benches, boxes);
criterion_main!(benches);
