//! Sweeps that decide: `sweep --ood`, every model of a grid at other lengths than that of its training and on tokens from elsewhere, and
//! `sweep --task histogram` and `--task max`, the accuracy of every model over all inputs.
//!
//! A cell is a point of one model, with a certificate, and the journal is one of verdicts.

use super::decide::{How, Planned, decide, tell_what_would_decide};
use super::output::check_destination;
use super::parse::{Range, Trained, refuse};
use super::sweep::{Options, plan};
use super::train_classifier::{of_histogram, of_largest};
use super::verdicts::Keeping;
use super::verify::{figure_plot, show};
use super::{Failure, Status};
use crate::claim::{
    Cell, Claim, Drawn, Estimate, USUAL_SAMPLE, check_grid, histograms as histograms_of,
    largest_tokens, out_of_distribution, usual_confidence,
};
use crate::construct::behrens::Mixing;
use crate::kernel::ClaimId;
use crate::train::SettingError;
use crate::train::classifier::Classifier;
use crate::train::largest::LargestShape;
use crate::train::mixers::MixerShape;
use crate::train::sweep::Plan;
use clap::ArgMatches;

/// Options of a sweep for thresholds, which is another question.
const OF_THRESHOLDS: [&str; 4] = ["full_grid", "held_out", "out_dir", "table"];

/// Options of models whose output is a number, but for `no_positions`.
const OF_COUNTERS: [&str; 12] = [
    "ood",
    "lengths",
    "estimate",
    "confidence",
    "arm",
    "count",
    "optimised_steps",
    "heads",
    "norm",
    "quick",
    "full",
    "kernels",
];
pub(super) const OF_HISTOGRAMS: [&str; 2] = ["mixer", "hidden"];
pub(super) const OF_LARGEST: [&str; 1] = ["within"];

/// The cells that the options ask for.
pub(super) fn planned(options: &Options) -> Result<Planned, Failure> {
    let name = ClaimId::MODEL.name();
    let claim = Claim::named(name).ok_or_else(|| Failure::new(format!("no claim `{name}`")))?;
    match options.task {
        Trained::Histogram => return Ok((claim, histograms(options)?)),
        Trained::Largest => return Ok((claim, largest(options)?)),
        Trained::Counting(_) => {}
    }
    if options.m.is_none() {
        return Err(Failure::new("--ood: needs the vocabulary sizes of the models: --m R"));
    }
    let whole = plan(options)?;
    let placed = [true, false].into_iter().filter(|&placed| whole.positions || !placed);
    let plans: Vec<Plan> = placed.map(|positions| Plan { positions, ..whole.clone() }).collect();
    let estimate = Estimate {
        inputs: options.ood.estimate.unwrap_or(USUAL_SAMPLE),
        confidence: options.ood.confidence.clone().unwrap_or_else(usual_confidence),
        drawn: Drawn::Uniform,
    };
    let lengths = options.ood.lengths.as_ref().map(|Range(lengths)| lengths.as_slice());
    if let Some(n) = lengths.unwrap_or(&[]).iter().find(|&&n| !(1..=LONGEST).contains(&n)) {
        return Err(Failure::new(format!("--lengths: expected 1 to {LONGEST}, found {n}")));
    }
    let kernels = options.kernels.kernels();
    let cells = out_of_distribution(&plans, lengths, &estimate, kernels).map_err(Failure::new)?;
    Ok((claim, cells))
}

/// The sizes of the models that are read by arg max, and their seeds.
struct Grid {
    m: Vec<usize>,
    d: Vec<usize>,
    n: usize,
    seeds: std::ops::Range<u64>,
}

fn sizes(Range(sizes): &Range) -> Vec<usize> {
    sizes.iter().map(|&size| usize::try_from(size).unwrap_or(usize::MAX)).collect()
}

impl Grid {
    /// Those of the options, of which there are not too many `times` over.
    fn of(options: &Options, task: &str, times: usize) -> Result<Self, Failure> {
        let needs = |name: &str| Failure::new(format!("--task {task}: needs --{name}"));
        let m = options.m.as_ref().map(sizes).ok_or_else(|| needs("m"))?;
        let d = options.d.as_ref().map(sizes).ok_or_else(|| needs("d"))?;
        let n = options.n.ok_or_else(|| needs("n"))?;
        let last = options.seed.checked_add(options.seeds).filter(|_| options.seeds > 0);
        let last =
            last.ok_or_else(|| Failure::new("--seeds: expected at least 1, and room for them"))?;
        let each = [times, m.len(), d.len()].into_iter();
        let cells = each.fold(u128::from(options.seeds), |all, n| all.saturating_mul(n as u128));
        check_grid("sweep", cells).map_err(Failure::new)?;
        Ok(Self { m, d, n, seeds: options.seed..last })
    }
}

fn out_of_range(error: &SettingError) -> Failure {
    Failure::new(format!("--{error}"))
}

/// One cell for each size and seed.
fn largest(options: &Options) -> Result<Vec<Cell>, Failure> {
    let Grid { m, d, n, seeds } = Grid::of(options, LargestShape::TASK, 1)?;
    let mut runs = Vec::new();
    for &m in &m {
        for &d in &d {
            let shape = LargestShape { m, n, d, positions: !options.no_positions };
            shape.check().map_err(|error| out_of_range(&error))?;
            runs.extend(seeds.clone().map(|seed| (shape, of_largest(options.steps, seed))));
        }
    }
    largest_tokens(runs, options.within.as_ref()).map_err(Failure::new)
}

/// One cell for each kind, size and seed.
fn histograms(options: &Options) -> Result<Vec<Cell>, Failure> {
    let hidden = options.hidden.as_ref().map(sizes);
    let kinds = options.mixer.clone().unwrap_or_else(|| Mixing::ALL.to_vec());
    let times = kinds.len().saturating_mul(hidden.as_ref().map_or(1, Vec::len));
    let Grid { m, d, n, seeds } = Grid::of(options, "histogram", times)?;
    let mut runs = Vec::new();
    for &mixing in &kinds {
        for &m in &m {
            for &d in &d {
                for &p in hidden.as_deref().unwrap_or(&[m]) {
                    let shape = MixerShape { mixing, m, n, d, p };
                    shape.check().map_err(|error| out_of_range(&error))?;
                    runs.extend(
                        seeds.clone().map(|seed| (shape, of_histogram(options.steps, seed))),
                    );
                }
            }
        }
    }
    Ok(histograms_of(runs))
}

/// Longer inputs are not drawn.
const LONGEST: u64 = 4096;

pub(super) fn run(options: &Options, matches: &ArgMatches) -> Result<Status, Failure> {
    let written = "not with --ood, whose records --out, --plot, --journal and --certificates write";
    refuse(matches, &OF_THRESHOLDS, written)?;
    match options.task {
        Trained::Histogram => {
            refuse(matches, &OF_COUNTERS, "not with --task histogram")?;
            refuse(matches, &["no_positions"], "not with --task histogram")?;
            refuse(matches, &OF_LARGEST, "only with --task max")?;
        }
        Trained::Largest => {
            refuse(matches, &OF_COUNTERS, "not with --task max")?;
            refuse(matches, &OF_HISTOGRAMS, "not with a task other than histogram")?;
        }
        Trained::Counting(_) => {
            refuse(matches, &OF_HISTOGRAMS, "not with a task other than histogram")?;
            refuse(matches, &OF_LARGEST, "only with --task max")?;
        }
    }
    let (printing, plot) = (&options.showing.printing, options.showing.plot.as_deref());
    check_destination(printing, plot)?;
    let control = options.limits.control();
    let (claim, cells) = options.limits.planning(&control, || planned(options))?;
    figure_plot(plot, claim)?;
    let how = How::new(&control, options.ood.certificates.as_deref(), false, &options.limits)?;
    let keeping = Keeping { journal: options.journal.clone(), shard: options.shard };
    let kept = keeping.open((&["sweep"], matches), printing, &cells, &how)?;
    let records = decide(&cells, &how, kept)?;
    show(&records, printing, plot).map_err(Failure::after_work)?;
    let kept = "with --journal FILE the same command goes on from what is decided";
    let beyond = options.journal.is_none().then_some(kept);
    tell_what_would_decide(&records, &control, beyond.filter(|_| control.go_on().is_err()));
    Ok(options.ood.settling.status(&records))
}
