//! `counterproof sweep`: trains models over a grid and finds the vocabulary sizes at which they stop counting.

use super::decide::Settling;
use super::output::{check_folder, note, progress};
use super::parse::{self, Range, Trained, refuse};
use super::thresholds::{Report, Showing};
use super::{Failure, Limits, Status, sweep_ood};
use crate::construct::behrens::Mixing;
use crate::kernel::number::Rational;
use crate::search::control::Control;
use crate::train::kernels::Kernels;
use crate::train::sweep::grid::ArmSettings;
use crate::train::sweep::journal::JournalError;
use crate::train::sweep::{
    Dimension, Header, Journal, Length, Plan, Progress, Results, Search, Seeds, Shard, Workers,
    run as sweep,
};
use crate::train::{Arm, NormPlacement, Shape, measure};
use clap::{ArgMatches, Args, ValueEnum};
use std::path::{Path, PathBuf};

/// What is asked out of distribution.
#[derive(Args)]
pub(super) struct OutOfDistribution {
    /// Not thresholds: each model of the grid, with learned positions and without, at other lengths than that of its training and on tokens from elsewhere, every point certified, or estimated with a certificate
    #[arg(long = "ood", id = "ood")]
    pub asked: bool,
    /// Lengths R of the inputs (default: from 1 to four times that of the training); models with positions only up to theirs
    #[arg(long, value_name = "R", value_parser = parse::range, requires = "ood")]
    pub lengths: Option<Range>,
    /// How many inputs are drawn where not all are judged (default: 10000)
    #[arg(long, value_name = "N", value_parser = parse::positive::<u64>, allow_negative_numbers = true, requires = "ood")]
    pub estimate: Option<u64>,
    /// Of the bounds of --estimate, above 0 and below 1 (default: 999/1000)
    #[arg(long, value_name = "Q", value_parser = parse::rational, allow_hyphen_values = true, requires = "ood")]
    pub confidence: Option<Rational>,
    /// Write the certificate of every point to this folder (with --ood, and of histogram and max)
    #[arg(long, value_name = "DIR")]
    pub certificates: Option<PathBuf>,
    #[command(flatten)]
    pub settling: Settling,
}

/// Thresholds of two ways of training: the settings that the paper states, and the best we know. With --ood, what models do out of distribution.
#[derive(Args)]
pub(super) struct Options {
    /// What is to be counted: qc (query count), mfe (most frequent element); or histogram or max (the largest of n tokens): the accuracy of each model over all inputs, certified, in place of thresholds
    #[arg(long, value_name = "TASK", value_parser = parse::trained())]
    pub task: Trained,
    /// Of the histogram: how tokens are mixed, separated by commas (default: every kind)
    #[arg(long, value_name = "KIND,..", value_delimiter = ',', value_parser = parse::mixing())]
    pub mixer: Option<Vec<Mixing>>,
    /// Of the histogram: hidden units R (default: as many as tokens)
    #[arg(long, value_name = "R", value_parser = parse::range)]
    pub hidden: Option<Range>,
    /// Of max: bounds of each accuracy that are no further apart than Q, in place of the accuracy itself
    #[arg(long, value_name = "Q", value_parser = parse::rational, allow_hyphen_values = true)]
    pub within: Option<Rational>,
    /// Embedding dimensions R (with --quick 4,8,16 and with --full 4,8,16,32,64 unless given)
    #[arg(long, value_name = "R", value_parser = parse::range, required_unless_present_any = ["quick", "full"])]
    pub d: Option<Range>,
    /// Vocabulary sizes R among which the threshold is looked for (default: 2 to 4 d + 8)
    #[arg(long, value_name = "R", value_parser = parse::range)]
    pub m: Option<Range>,
    /// The way of training; thresholds of one alone say little
    #[arg(long, value_enum, value_name = "ARM", default_value = "both")]
    arm: Arms,
    /// How many seeds
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    pub seeds: u64,
    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// How often each token is expected: n = COUNT m
    #[arg(long, value_name = "COUNT", default_value_t = 10, conflicts_with = "n")]
    count: usize,
    /// The same context length at every m, instead of --count (the mean count then shrinks as m grows)
    #[arg(long, value_name = "N")]
    pub n: Option<usize>,
    /// Steps of training (default: 100000; of the histogram 5000, of max 10000)
    #[arg(long, value_name = "N")]
    pub steps: Option<u64>,
    /// Steps of the optimised arm, whose batch is four times as large (default: those of --steps; 25000 with --quick)
    #[arg(long, value_name = "N")]
    optimised_steps: Option<u64>,
    /// Attention heads
    #[arg(long, value_name = "H", default_value_t = 1)]
    heads: usize,
    /// Layer norm
    #[arg(long, value_name = "PLACE", default_value_t = NormPlacement::Post, value_parser = parse::words::<NormPlacement>(&NormPlacement::NAMES))]
    norm: NormPlacement,
    /// Without position embeddings
    #[arg(long)]
    pub no_positions: bool,
    /// Measure every size instead of bisecting, which assumes that accuracy falls with m
    #[arg(long)]
    full_grid: bool,
    /// Held-out sequences on which a model is measured
    #[arg(long, value_name = "COUNT", default_value_t = measure::HELD_OUT)]
    held_out: u64,
    /// Small dimensions, within ten minutes on two cores
    #[arg(long, conflicts_with = "full")]
    quick: bool,
    /// The paper's setting up to d = 64; for a cluster
    #[arg(long)]
    full: bool,
    /// What rounds: the fastest kernels of this machine, or the same on all, several times slower, so that a journal goes on anywhere
    #[arg(long, value_enum, value_name = "KERNELS", default_value = "own")]
    pub kernels: KernelChoice,
    /// Do part I of K only, for job arrays; `merge` joins the journals
    #[arg(long, value_name = "I/K", requires = "keep")]
    pub shard: Option<Shard>,
    /// Write each finished model to FILE at once, and go on from what is there
    #[arg(long, value_name = "FILE", group = "keep")]
    pub journal: Option<PathBuf>,
    /// Keep the journal in this folder, and fill it with tables and a figure
    #[arg(long, value_name = "DIR", group = "keep")]
    out_dir: Option<PathBuf>,
    #[command(flatten)]
    pub ood: OutOfDistribution,
    #[command(flatten)]
    pub showing: Showing,
    #[command(flatten)]
    pub limits: Limits,
}

impl Options {
    /// Whether verdicts are asked for, and not thresholds.
    pub(super) fn decides(&self) -> bool {
        self.ood.asked || !matches!(self.task, Trained::Counting(_))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Arms {
    /// the settings that the paper states
    Faithful,
    /// the best settings that we know
    Optimised,
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum KernelChoice {
    /// the fastest of this machine
    Own,
    /// those that every machine has
    Portable,
}

impl KernelChoice {
    pub(super) fn kernels(self) -> &'static Kernels<f32> {
        match self {
            Self::Own => Kernels::own(),
            Self::Portable => Kernels::portable(),
        }
    }
}

/// What is wrong with a journal, and what to do about kernels that are not here.
fn refused(error: JournalError) -> Failure {
    let kernels = match &error {
        JournalError::Other { field, found, .. } if field == "kernels" => Some(found.clone()),
        _ => None,
    };
    let failure = Failure::of_journal(error);
    match kernels.as_deref() {
        Some(found) if found.contains("portable") => {
            failure.with_advice("go on with --kernels portable")
        }
        Some(_) => failure.with_advice(
            "go on where its processor has them (with Slurm a --constraint of such nodes); a journal that is begun with --kernels portable goes on anywhere",
        ),
        None => failure,
    }
}

/// The paper's (T10).
const STEPS: u64 = 100_000;

pub(super) fn run(options: &Options, matches: &ArgMatches) -> Result<Status, Failure> {
    if options.decides() {
        return sweep_ood::run(options, matches);
    }
    let deciding = ["exit_zero_if_decided", "certificates"];
    refuse(matches, &deciding, "only with --ood, --task histogram or --task max")?;
    refuse(matches, &sweep_ood::OF_HISTOGRAMS, "only with --task histogram")?;
    refuse(matches, &sweep_ood::OF_LARGEST, "only with --task max")?;
    let plan = plan(options)?;
    let showing = &options.showing;
    showing.check()?;
    let shard = options.shard.unwrap_or(Shard::WHOLE);
    let kernels = options.kernels.kernels();
    let header = Header::with_kernels(plan.clone(), shard, kernels);
    let path = match (&options.journal, &options.out_dir) {
        (Some(path), _) => Some(path.clone()),
        (None, Some(folder)) => {
            check_folder("--out-dir", folder)?;
            Some(folder.join(journal_name(shard)))
        }
        (None, None) => None,
    };
    let (mut journal, mut results) = match &path {
        None => (Journal::in_memory(header), Results::new()),
        Some(path) => {
            let (journal, found) = Journal::open(path, header).map_err(refused)?;
            if found.torn {
                note(&format!("{}: dropped an unfinished last line", path.display()));
            }
            (journal, found.results)
        }
    };
    // what is there is believed only when it fits together, before anything is added to it
    Report::new(&plan, &results)?;
    let control = options.limits.control();
    let how = (&control, kernels, options.limits.quiet);
    measure_all(&plan, shard, &mut journal, &mut results, how).map_err(Failure::after_work)?;
    let report = Report::new(&plan, &results)?;
    // the tables of one shard are not those of the sweep
    let folder = options.out_dir.as_deref().filter(|_| shard == Shard::WHOLE);
    report.show(showing, folder).map_err(Failure::after_work)?;
    let mine = plan.chains_of(shard);
    let unfinished = mine.iter().filter(|id| !report.finished(**id)).count();
    if unfinished == 0 {
        return Ok(Status::Holds);
    }
    let why = control.go_on().err().map_or_else(|| "stopped".to_owned(), |why| why.to_string());
    let kept = match &path {
        Some(path) => format!("{} models are in {}", results.len(), path.display()),
        None => "without --journal nothing is kept".to_owned(),
    };
    note(&format!("{why}: {unfinished} thresholds are unfinished; {kept}"));
    Ok(Status::Undecided)
}

/// The sweep of these options with its journal at `path`, as far as `control` lets it come.
pub(super) fn with_journal(
    options: &Options,
    path: &Path,
    control: &Control,
    quiet: bool,
) -> Result<Report, Failure> {
    let plan = plan(options)?;
    let header = Header::new(plan.clone(), Shard::WHOLE);
    let (mut journal, found) = Journal::open(path, header).map_err(Failure::of_journal)?;
    let mut results = found.results;
    let how = (control, Kernels::own(), quiet);
    measure_all(&plan, Shard::WHOLE, &mut journal, &mut results, how)?;
    Report::new(&plan, &results)
}

fn measure_all(
    plan: &Plan,
    shard: Shard,
    journal: &mut Journal,
    results: &mut Results,
    (control, kernels, quiet): (&Control, &'static Kernels<f32>, bool),
) -> Result<(), Failure> {
    let bar = progress(1, quiet);
    let tell = |progress: Progress| {
        bar.set_length(progress.expected as u64);
        bar.set_position(progress.done as u64);
        bar.set_message("models, at most");
    };
    let stop = || control.go_on().is_err();
    let workers = Workers { threads: control.threads(), kernels };
    let outcome = sweep(plan, shard, journal, results, workers, &stop, &tell);
    bar.finish_and_clear();
    outcome.map_err(Failure::new)
}

fn journal_name(shard: Shard) -> String {
    match shard {
        Shard::WHOLE => "journal.jsonl".to_owned(),
        Shard { index, of } => format!("journal-{index}-of-{of}.jsonl"),
    }
}

/// What these options ask for.
pub(super) fn plan(options: &Options) -> Result<Plan, Failure> {
    let Trained::Counting(task) = options.task else {
        return Err(Failure::new("--task: expected qc or mfe, found one that is read by arg max"));
    };
    let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let presets: &[u64] = if options.full { &[4, 8, 16, 32, 64] } else { &[4, 8, 16] };
    let dimensions = options.d.as_ref().map_or(presets, |Range(values)| values);
    let most = Shape::MOST;
    if let Some(d) = dimensions.iter().find(|d| !(1..=most as u64).contains(*d)) {
        return Err(Failure::new(format!("--d: expected 1 to {most}, found {d}")));
    }
    let per_dimension = |d: u64| match &options.m {
        Some(Range(sizes)) => sizes.len() as u64,
        None => 4 * d + 7,
    };
    if dimensions.iter().map(|&d| per_dimension(d)).sum::<u64>() > Plan::MOST_CELLS as u64 {
        let most = Plan::MOST_CELLS;
        return Err(Failure::new(format!("--d: expected at most {most} models in all")));
    }
    let dimension = |&d: &u64| match &options.m {
        Some(Range(sizes)) => Dimension { d: size(d), m: sizes.iter().map(|&m| size(m)).collect() },
        None => Dimension::by_default(size(d)),
    };
    let arms = match options.arm {
        Arms::Faithful => vec![Arm::Faithful],
        Arms::Optimised => vec![Arm::Optimised],
        Arms::Both => Arm::ALL.to_vec(),
    };
    let settings = |arm: Arm| {
        // with --quick both arms see as many sequences
        let asked = options.steps.unwrap_or(STEPS);
        let quick = if options.quick { asked.div_ceil(4) } else { asked };
        let steps = match arm {
            Arm::Faithful => asked,
            Arm::Optimised => options.optimised_steps.unwrap_or(quick),
        };
        ArmSettings { arm, settings: arm.settings(steps, 0) }
    };
    let plan = Plan {
        task,
        arms: arms.into_iter().map(settings).collect(),
        dimensions: dimensions.iter().map(dimension).collect(),
        length: options.n.map_or(Length::ExpectedCount(options.count), Length::Fixed),
        heads: options.heads,
        positions: !options.no_positions,
        norm: options.norm,
        seeds: Seeds { first: options.seed, count: options.seeds },
        search: if options.full_grid { Search::FullGrid } else { Search::Bisection },
        held_out: options.held_out,
    };
    plan.check().map_err(Failure::new)?;
    Ok(plan)
}
