//! Figures from plain data, as the trainer fills it: thresholds over seeds, and loss curves.
//!
//! `cargo run --example figures -- DIR` writes them to `DIR` as SVG, PNG and PDF. The numbers are made up.

use counterproof::report::figure::loss::{LossCurve, LossCurves};
use counterproof::report::figure::thresholds::{Arm, Seed, Thresholded, Thresholds};
use counterproof::report::figure::{Figure, ImageFormat};
use std::path::PathBuf;

fn thresholds() -> Figure {
    use Seed::{Collapsed, CountsUpTo, Fails};
    let point = |d, seeds: [Seed; 5]| Thresholded { d, seeds: seeds.to_vec() };
    let faithful = vec![
        point(4, [Fails(3), Fails(3), Fails(4), Fails(3), Fails(4)]),
        point(8, [Fails(5), Fails(6), Fails(6), Fails(5), Fails(7)]),
        point(16, [Fails(9), Fails(12), Fails(10), Fails(12), Collapsed(8)]),
        point(32, [Fails(13), Fails(16), Collapsed(16), Collapsed(24), Fails(14)]),
    ];
    let optimised = vec![
        point(4, [Fails(7), Fails(8), Fails(8), Fails(9), Fails(8)]),
        point(8, [Fails(15), Fails(18), Fails(17), Fails(16), Fails(20)]),
        point(16, [Fails(34), Fails(36), CountsUpTo(40), Fails(33), Fails(38)]),
        point(32, [CountsUpTo(48), CountsUpTo(48), Fails(44), CountsUpTo(48), Fails(46)]),
    ];
    let arm = |label: &str, points| Arm { label: label.to_owned(), points };
    let arms = vec![arm("faithful", faithful), arm("well optimised", optimised)];
    Thresholds { title: "query count, made-up numbers".to_owned(), arms }.figure()
}

fn losses() -> Figure {
    let curve = |label: &str, rate: f64, floor: f64| {
        let steps = (0..=500).map(|i| i * 200);
        let loss = |step: u64| (step, floor + 40.0 * (-(step as f64) * rate).exp());
        LossCurve { label: label.to_owned(), points: steps.map(loss).collect() }
    };
    let curves = vec![curve("$d$ = 8, $m$ = 8", 2e-4, 0.02), curve("$d$ = 8, $m$ = 16", 8e-5, 0.6)];
    LossCurves { title: "query count, made-up numbers".to_owned(), log_steps: false, curves }
        .figure()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    for (name, figure) in [("thresholds", thresholds()), ("loss", losses())] {
        for ending in ["svg", "png", "pdf"] {
            let path = folder.join(name).with_extension(ending);
            std::fs::write(&path, figure.image(ImageFormat::of(&path)?)?)?;
        }
    }
    Ok(())
}
