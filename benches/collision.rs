//! `n*` by the kernel lattice against a plain mixed-integer program on the count vectors (good_lp with microlp), on the
//! same instances; checking the proof; and the sizes that the plain program does not reach.

use counterproof::kernel::Clock;
use counterproof::kernel::evidence::{Ball, Sought, Subtrees, counting_matrix};
use counterproof::kernel::number::{IntegerVector, Matrix, integer};
use counterproof::search::collision::{Limits, Problem, l1, shortest};
use criterion::{Criterion, criterion_group, criterion_main};
use good_lp::{Expression, Solution, SolverModel, constraint, microlp, variable, variables};
use std::hint::black_box;

/// `[V; 1 .. 1]` of a shared instance, and `m`.
fn instance(name: &str) -> (Vec<IntegerVector>, usize) {
    let path = format!("{}/tests/data/embeddings/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<_>> = text
        .lines()
        .map(|l| l.split(',').map(|e| integer(e.parse::<i64>().unwrap())).collect())
        .collect();
    let embedding = Matrix::from_rows(rows[0].len(), rows).unwrap();
    (counting_matrix(&embedding).unwrap(), embedding.rows())
}

fn by_lattice(rows: &[IntegerVector], m: usize) -> u64 {
    let problem = Problem { rows, cols: m, query: None, parting: None };
    let z = shortest(problem, None, &Limits::default()).unwrap().vector.unwrap();
    u64::try_from(l1(&z) / 2).unwrap() + 1
}

/// `min sum c` over all queries, each a program in `c` and `c'`.
fn by_plain_program(rows: &[IntegerVector], m: usize) -> u64 {
    const MOST: f64 = 30.0;
    let solve = |query: usize| -> Option<u64> {
        let mut all = variables!();
        let mut counts = || all.add_vector(variable().integer().min(0).max(MOST), m);
        let (c, other) = (counts(), counts());
        let length: Expression = c.iter().copied().sum();
        let mut model = all.minimise(length.clone()).using(microlp);
        for row in rows {
            let mut sum = Expression::from(0.0);
            for j in 0..m {
                let entry = i64::try_from(&row[j]).unwrap() as f64;
                sum += entry * c[j];
                sum -= entry * other[j];
            }
            model = model.with(constraint!(sum == 0.0));
        }
        model = model.with(constraint!(other[query] >= 1.0));
        model = model.with(constraint!(c[query] - other[query] >= 1.0));
        model.solve().ok().map(|solution| solution.eval(&length).round() as u64)
    };
    (0..m).filter_map(solve).min().unwrap()
}

fn least_length(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("n_star");
    group.sample_size(10);
    for (name, expected, plain) in [
        ("d2_m5", 2, true),
        ("d3_m8", 4, true),
        ("d4_m10", 7, false),
        ("d6_m12", 13, false),
        ("d8_m16", 16, false),
        ("d12_m24", 22, false),
    ] {
        let (rows, m) = instance(name);
        assert_eq!(by_lattice(&rows, m), expected);
        group.bench_function(format!("lattice/{name}"), |b| {
            b.iter(|| by_lattice(black_box(&rows), m));
        });
        let problem = Problem { rows: &rows, cols: m, query: None, parting: None };
        let found = shortest(problem, None, &Limits::default()).unwrap();
        let (proof, ball) = (found.proof.about(None), Ball::l1(found.excluded.unwrap()));
        group.bench_function(format!("check/{name}"), |b| {
            b.iter(|| {
                let rows = black_box(&rows);
                let sought = Sought {
                    rows,
                    query: None,
                    ball: Some(&ball),
                    harmless: &|_| Ok(false),
                    part: Subtrees::ALL,
                };
                proof.check("proof", &sought, &Clock::unlimited()).unwrap()
            });
        });
        if plain {
            assert_eq!(by_plain_program(&rows, m), expected);
            group.bench_function(format!("plain-program/{name}"), |b| {
                b.iter(|| by_plain_program(black_box(&rows), m));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, least_length);
criterion_main!(benches);
