//! The exact LP against a float solver of others alone (microlp, through `good_lp`), on Netlib programs and
//! on random ones, and the small dense programs that case splits solve by the thousand. The ratios stand
//! side by side in a table printed first; criterion's own measurements follow.

use counterproof::kernel::kind::{LinearProgram, Relation, Sense};
use counterproof::kernel::number::{Rational, integer};
use counterproof::search::lp::read::{Integers, read_mps};
use counterproof::search::lp::{Build, LpOptions, Method, solve};
use criterion::{Criterion, criterion_group, criterion_main};
use good_lp::{Expression, ProblemVariables, Solution, SolverModel, variable};
use num_traits::ToPrimitive;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;
use std::time::{Duration, Instant};

fn netlib() -> Vec<(String, LinearProgram)> {
    ["afiro", "sc50a", "sc105", "adlittle", "blend"]
        .into_iter()
        .map(|name| {
            let path = format!("{}/tests/data/netlib/{name}.mps", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(path).expect("the file is in the repository");
            (name.to_owned(), read_mps(&text, None, Integers::Refuse).expect("a good file"))
        })
        .collect()
}

/// `max c x`, `A x <= b`, `x >= 0`, feasible and bounded, with one coefficient in `sparsity` non-zero.
fn random(rows: usize, columns: usize, sparsity: u32, seed: u64) -> LinearProgram {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut lp = LinearProgram::new(Sense::Maximise);
    for _ in 0..columns {
        lp.add(Some(integer(0)), Some(integer(50)), integer(random.random_range(1..=20)));
    }
    for _ in 0..rows {
        let terms: Vec<_> = (0..columns)
            .map(|j| (j, random.random_range(0..sparsity), random.random_range(-3..=9)))
            .filter(|(_, dice, _)| *dice == 0)
            .map(|(j, _, value)| (j, integer(value)))
            .collect();
        let rhs = integer(random.random_range(50..=500));
        let _ = lp.add_row("", terms, Relation::AtMost, rhs);
    }
    lp
}

/// microlp alone, as users of `good_lp` ask it: the objective's value.
fn float(lp: &LinearProgram) -> Option<f64> {
    let float = |value: &Rational| value.to_f64().unwrap_or(f64::NAN);
    let mut all = ProblemVariables::new();
    let mut objective = Expression::default();
    let mut columns = Vec::new();
    for column in &lp.variables {
        let low = column.lower.as_ref().map_or(f64::NEG_INFINITY, float);
        let high = column.upper.as_ref().map_or(f64::INFINITY, float);
        columns.push(all.add(variable().min(low).max(high)));
        objective.add_mul(float(&column.cost), *columns.last()?);
    }
    let problem = match lp.sense {
        Sense::Minimise => all.minimise(objective.clone()),
        Sense::Maximise => all.maximise(objective.clone()),
    };
    let mut model = problem.using(good_lp::microlp);
    for row in &lp.rows {
        let mut left = Expression::default();
        row.terms.iter().for_each(|(j, value)| left.add_mul(float(value), columns[*j]));
        let right = float(&row.rhs);
        model.add_constraint(match row.relation {
            Relation::AtMost => left.leq(right),
            Relation::AtLeast => left.geq(right),
            Relation::Equal => left.eq(right),
        });
    }
    Some(model.solve().ok()?.eval(&objective))
}

/// Best of some runs, which is what the machine can do when left alone.
fn time(mut work: impl FnMut()) -> Duration {
    let mut best = Duration::MAX;
    let clock = Instant::now();
    let mut runs = 0;
    while runs < 3 || (runs < 50 && clock.elapsed() < Duration::from_millis(300)) {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed());
        runs += 1;
    }
    best
}

fn table(programs: &[(String, LinearProgram)]) {
    println!("{:<16} {:>9} {:>9} {:>6} {:>6}", "program", "float ms", "exact ms", "ratio", "steps");
    for (name, lp) in programs {
        let alone = time(|| _ = black_box(float(lp))).as_secs_f64() * 1e3;
        let exact = time(|| drop(black_box(solve(lp, &LpOptions::default())))).as_secs_f64() * 1e3;
        let steps = solve(lp, &LpOptions::default()).map_or(0, |solved| solved.steps);
        println!("{name:<16} {alone:>9.3} {exact:>9.3} {:>6.2} {steps:>6}", exact / alone);
    }
}

fn benchmarks(criterion: &mut Criterion) {
    let mut programs = netlib();
    for (rows, columns, sparsity) in [
        (10, 10, 1),
        (20, 20, 1),
        (30, 40, 2),
        (40, 70, 2),
        (100, 100, 5),
        (200, 400, 20),
        (400, 200, 20),
    ] {
        programs.push((format!("random {rows}x{columns}"), random(rows, columns, sparsity, 1)));
    }
    table(&programs);
    for (name, lp) in programs.iter().take(5) {
        let mut group = criterion.benchmark_group(name);
        group.bench_function("float", |bencher| bencher.iter(|| float(black_box(lp))));
        let options = LpOptions::default();
        group.bench_function("exact", |bencher| bencher.iter(|| solve(black_box(lp), &options)));
        group.finish();
    }
    let mut group = criterion.benchmark_group("dense, without floats");
    for (name, lp) in programs.iter().skip(5).take(3) {
        let options = LpOptions { method: Method::Exact, ..LpOptions::default() };
        group.bench_function(name, |bencher| bencher.iter(|| solve(black_box(lp), &options)));
    }
    group.finish();
}

criterion_group!(benches, benchmarks);
criterion_main!(benches);
