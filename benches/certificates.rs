//! Checking a folder of certificates, and the time from launch to the first output.

use counterproof::claim::{Claim, Request};
use counterproof::kernel::Certificate;
use counterproof::kernel::Clock;
use counterproof::kernel::definition::Length;
use counterproof::search::control::Control;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::process::Command;

/// The folder of `verify CLAIM --n 2-8 --m 3-5` for the claims about one context length, and of `--n any`.
fn folder() -> Vec<String> {
    let finite = Request {
        n: Some((2..=8).map(Length::Exactly).collect()),
        m: Some(vec![3, 4, 5]),
        ..Request::default()
    };
    let any = Request { n: Some(vec![Length::Any]), ..finite.clone() };
    let plans = [
        ("qc-histogram", &finite),
        ("mfe-histogram", &finite),
        ("qc-count-attend", &finite),
        ("qc-histogram", &any),
        ("mfe-histogram", &any),
    ];
    let control = Control::default();
    let texts = plans.into_iter().flat_map(|(name, request)| {
        let cells = Claim::named(name).unwrap().cells(request).unwrap();
        let text = |cell: &counterproof::claim::Cell| {
            cell.decide(&control).unwrap().certificate.to_json().unwrap()
        };
        cells.iter().map(text).collect::<Vec<_>>()
    });
    texts.collect()
}

fn certificates(bench: &mut Criterion) {
    let texts = folder();
    let mut group = bench.benchmark_group("certificates");
    group.sample_size(10);
    group.throughput(Throughput::Elements(texts.len() as u64));
    group.bench_function("parse", |b| {
        b.iter(|| {
            for text in &texts {
                black_box(Certificate::parse(text).unwrap());
            }
        });
    });
    group.bench_function("parse and check", |b| {
        b.iter(|| {
            for text in &texts {
                let certificate = Certificate::parse(text).unwrap();
                black_box(certificate.check(&Clock::unlimited()).unwrap());
            }
        });
    });
    group.finish();
}

fn launch(bench: &mut Criterion) {
    let program = env!("CARGO_BIN_EXE_counterproof");
    let mut group = bench.benchmark_group("launch");
    group.sample_size(20);
    for arguments in [vec!["--version"], vec!["verify", "qc-histogram", "--n", "4", "--m", "3"]] {
        group.bench_function(arguments.join(" "), |b| {
            b.iter(|| Command::new(program).args(&arguments).output().unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, certificates, launch);
criterion_main!(benches);
