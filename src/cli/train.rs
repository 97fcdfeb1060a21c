//! `counterproof train`: trains one model to count, and says how well it does on held-out sequences.

use super::output::{
    check_destination, check_figure, check_file, note, progress, write_figure, write_whole,
};
use super::parse::Trained;
use super::{Failure, Limits, Printing, Status, parse, train_classifier};
use crate::construct::behrens::Mixing;
use crate::kernel::definition::Task;
use crate::report::figure::loss::{LossCurve, LossCurves};
use crate::report::{Format, Table, Value};
use crate::search::control::Control;
use crate::train::measure::{HELD_OUT, Health, Measurement};
use crate::train::{
    Arm, Decay, InitialScales, NormPlacement, Settings, Shape, Targets, Trainer, export, task_name,
};
use clap::{ArgMatches, Args};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct Options {
    /// What is to be counted: qc (query count), mfe (most frequent element), histogram (the count of its own token at every position, by arg max;
    /// needs --mixer), or max (the largest of n tokens at the last position, by arg max)
    #[arg(long, value_name = "TASK", default_value = "qc", value_parser = parse::trained())]
    pub task: Trained,
    /// Of the histogram: how tokens are mixed
    #[arg(long, value_name = "KIND", value_parser = parse::mixing())]
    pub mixer: Option<Mixing>,
    /// Vocabulary size
    #[arg(long, value_name = "M")]
    pub m: usize,
    /// Embedding dimension
    #[arg(long, value_name = "D")]
    pub d: usize,
    /// Context length (default: the expected count times m)
    #[arg(long, value_name = "N", conflicts_with = "count")]
    pub n: Option<usize>,
    /// How often a token occurs on average: n = C m
    #[arg(long, value_name = "C", default_value_t = 10)]
    count: usize,
    #[command(flatten)]
    pub model: ModelOptions,
    #[command(flatten)]
    pub training: TrainingOptions,
    /// Go on from this file if it exists; write it now and then, and at the end
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Steps between checkpoints
    #[arg(long, value_name = "STEPS", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    checkpoint_every: u64,
    /// Write the trained model, for `verify --model`
    #[arg(long, value_name = "FILE.safetensors")]
    pub export: Option<PathBuf>,
    /// Draw the loss against the steps (.svg, .png or .pdf)
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Held-out sequences
    #[arg(long, value_name = "COUNT", default_value_t = HELD_OUT, value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    pub held_out: u64,
    #[command(flatten)]
    pub printing: Printing,
    #[command(flatten)]
    pub limits: Limits,
}

/// The model's shape but for its sizes.
#[derive(Args, Debug, Clone)]
pub(super) struct ModelOptions {
    /// Attention heads; a divisor of d
    #[arg(long, value_name = "H", default_value_t = 1)]
    heads: usize,
    /// Units of the MLP's hidden layers, separated by commas, or `none` (default: 4 d; of the histogram m)
    #[arg(long, value_name = "UNITS", value_parser = hidden)]
    pub hidden: Option<Hidden>,
    /// Layer norm
    #[arg(long, value_name = "PLACE", default_value = "post", value_parser = parse::words::<NormPlacement>(&NormPlacement::NAMES))]
    norm: NormPlacement,
    /// Without position embeddings
    #[arg(long)]
    pub no_positions: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Hidden(pub Vec<usize>);

fn hidden(text: &str) -> Result<Hidden, String> {
    if text == "none" {
        return Ok(Hidden(Vec::new()));
    }
    let layers: Result<Vec<usize>, _> = text.split(',').map(str::parse).collect();
    layers.map(Hidden).map_err(|_| "expected numbers separated by commas, or none".to_owned())
}

impl ModelOptions {
    pub(super) fn shape(&self, task: Task, m: usize, n: usize, d: usize) -> Shape {
        let mut shape = Shape::of_paper(task, m, n, d);
        shape.heads = self.heads;
        shape.norm = self.norm;
        shape.positions = !self.no_positions;
        if let Some(Hidden(layers)) = &self.hidden {
            shape.hidden.clone_from(layers);
        }
        shape
    }
}

/// An arm, and what is different from it.
#[derive(Args, Debug, Clone)]
pub(super) struct TrainingOptions {
    /// Where settings come from: the paper (faithful), or what trains best (optimised)
    #[arg(long, value_name = "ARM", default_value = "faithful", value_parser = parse::words::<Arm>(&Arm::NAMES))]
    arm: Arm,
    /// Steps of Adam (default: 100000; of the histogram 5000, of max 10000)
    #[arg(long, value_name = "STEPS")]
    pub steps: Option<u64>,
    /// Sequences a step
    #[arg(long, value_name = "COUNT")]
    pub batch: Option<usize>,
    /// Adam's step
    #[arg(long, value_name = "STEP", allow_hyphen_values = true)]
    pub rate: Option<f64>,
    /// Steps over which it grows from zero
    #[arg(long, value_name = "STEPS")]
    warm_up: Option<u64>,
    /// What becomes of it then
    #[arg(long, value_name = "KIND", value_parser = parse::words::<Decay>(&Decay::NAMES))]
    decay: Option<Decay>,
    /// Shorten longer gradients to this length
    #[arg(long, value_name = "NORM", allow_hyphen_values = true)]
    clip: Option<f64>,
    /// What the readout learns: counts as they are (raw), or normalised ones
    #[arg(long, value_name = "KIND", value_parser = parse::words::<Targets>(&Targets::NAMES))]
    targets: Option<Targets>,
    /// Standard deviation of the token embeddings at the start
    #[arg(long, value_name = "SCALE", allow_hyphen_values = true)]
    embedding_scale: Option<f64>,
    /// Standard deviation of the position embeddings at the start
    #[arg(long, value_name = "SCALE", allow_hyphen_values = true)]
    position_scale: Option<f64>,
    /// Seed of weights and data
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// Steps of Adam unless told otherwise.
const STEPS: u64 = 100_000;

impl TrainingOptions {
    fn settings(&self) -> Settings {
        let base = self.arm.settings(self.steps.unwrap_or(STEPS), self.seed);
        Settings {
            batch: self.batch.unwrap_or(base.batch),
            rate: self.rate.unwrap_or(base.rate),
            warm_up: self.warm_up.unwrap_or(base.warm_up),
            decay: self.decay.unwrap_or(base.decay),
            clip: self.clip.or(base.clip),
            targets: self.targets.unwrap_or(base.targets),
            scales: InitialScales {
                embedding: self.embedding_scale.unwrap_or(base.scales.embedding),
                positions: self.position_scale.unwrap_or(base.scales.positions),
            },
            ..base
        }
    }
}

pub(super) fn run(options: &Options, matches: &ArgMatches) -> Result<Status, Failure> {
    let Trained::Counting(task) = options.task else {
        return train_classifier::run(options, matches);
    };
    if options.mixer.is_some() {
        return Err(Failure::new("--mixer: needs --task histogram"));
    }
    check_destination(&options.printing, options.plot.as_deref())?;
    let n = match options.n {
        Some(n) => n,
        None => options.count.checked_mul(options.m).ok_or_else(|| {
            Failure::new(format!("--count: {} times m is too large", options.count))
        })?,
    };
    let shape = options.model.shape(task, options.m, n, options.d);
    let settings = options.training.settings();
    let failure = |error: &dyn std::fmt::Display| Failure::new(format!("--{error}"));
    shape.check().map_err(|error| failure(&error))?;
    settings.check().map_err(|error| failure(&error))?;
    if let Some(path) = &options.plot {
        check_figure(path)?;
    }
    check_export(options.export.as_deref())?;
    if let Some(path) = &options.checkpoint {
        check_file("--checkpoint", path)?;
    }
    let mut trainer = start(&shape, &settings, options.checkpoint.as_deref())?;
    let control = options.limits.control();
    let ended = steps(&mut trainer, options, &control).map_err(Failure::after_work)?;
    let measured = trainer.measure(options.held_out);
    if let Some(path) = &options.export {
        if ended == Ended::Finished {
            write_whole(path, export(&trainer, &measured)).map_err(Failure::after_work)?;
        } else {
            note("the model is not exported: its training did not finish");
        }
    }
    if let Some(path) = &options.plot {
        let curve = trainer.curve();
        let points = curve.points.iter().zip(1u64..);
        let points = points.map(|(&loss, index)| (index * curve.stretch, loss)).collect();
        let curve = LossCurve { label: String::new(), points };
        let title = format!("{} with d = {}, m = {}, n = {n}", shape.task, shape.d, shape.m);
        let curves = LossCurves { title, log_steps: false, curves: vec![curve] };
        write_figure(path, curves.figure(), options.printing.width).map_err(Failure::after_work)?;
    }
    print(&trainer, &measured, ended, &options.printing).map_err(Failure::after_work)?;
    Ok(match ended {
        Ended::Finished if measured.health == Health::Diverged => Status::Fails,
        Ended::Finished => Status::Holds,
        Ended::Diverged => Status::Fails,
        Ended::Stopped => Status::Undecided,
    })
}

/// Refuses a file that is not to hold weights, or cannot be written.
pub(super) fn check_export(path: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    if path.extension().is_none_or(|extension| extension != "safetensors") {
        let found = path.display();
        return Err(Failure::new(format!("--export: expected FILE.safetensors, found {found}")));
    }
    check_file("--export", path)
}

/// How training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Finished,
    /// a number stopped being finite
    Diverged,
    /// by a limit
    Stopped,
}

fn start(
    shape: &Shape,
    settings: &Settings,
    checkpoint: Option<&Path>,
) -> Result<Trainer, Failure> {
    if let Some(path) = checkpoint
        && path.exists()
    {
        let wrong =
            |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", path.display()));
        let bytes = std::fs::read(path).map_err(|error| wrong(&error))?;
        return Trainer::resume(shape, settings, &bytes).map_err(|error| wrong(&error));
    }
    Trainer::new(shape, settings).map_err(Failure::new)
}

/// Trains until the end or a limit; leaves a checkpoint.
fn steps(trainer: &mut Trainer, options: &Options, control: &Control) -> Result<Ended, Failure> {
    let total = trainer.settings().steps;
    let bar = progress(usize::try_from(total).unwrap_or(usize::MAX), options.limits.quiet);
    let save = |trainer: &Trainer| match &options.checkpoint {
        Some(path) => write_whole(path, trainer.checkpoint()),
        None => Ok(()),
    };
    let mut ended = Ended::Finished;
    while !trainer.finished() {
        let Ok(loss) = trainer.step() else {
            ended = Ended::Diverged;
            break;
        };
        let done = trainer.steps_done();
        if done.is_multiple_of(options.checkpoint_every) {
            save(trainer)?;
        }
        if done.is_multiple_of(64) {
            bar.set_position(done);
            if done.is_multiple_of(4096) {
                bar.set_message(format!("loss {loss:.4}"));
            }
            if control.go_on().is_err() {
                ended = Ended::Stopped;
                break;
            }
        }
    }
    bar.finish_and_clear();
    save(trainer)?;
    Ok(ended)
}

fn print(
    trainer: &Trainer,
    measured: &Measurement,
    ended: Ended,
    printing: &Printing,
) -> Result<(), Failure> {
    let shape = trainer.shape();
    let size = |size: usize| Value::integer(size as u64);
    let (low, high) = measured.accuracy.wilson();
    let health = match ended {
        Ended::Diverged => Health::Diverged,
        _ => measured.health,
    };
    let columns = [
        ("task", Value::text(task_name(shape.task))),
        ("m", size(shape.m)),
        ("d", size(shape.d)),
        ("n", size(shape.n)),
        ("seed", Value::integer(trainer.settings().seed)),
        ("steps", Value::integer(trainer.steps_done())),
        ("health", Value::text(health)),
        ("accuracy", Value::decimal(measured.accuracy.rate(), 4)),
        ("low", Value::decimal(low, 4)),
        ("high", Value::decimal(high, 4)),
        ("within_one", Value::decimal(measured.within_one.rate(), 4)),
        ("mean_abs_error", Value::decimal(measured.mean_absolute_error, 4)),
        ("held_out", Value::integer(measured.accuracy.total)),
        ("output_spread", Value::decimal(measured.output_spread, 3)),
        ("answer_spread", Value::decimal(measured.answer_spread, 3)),
        ("largest_attention", Value::decimal(measured.largest_attention, 4)),
        ("dead_units", Value::decimal(measured.dead_units, 3)),
        ("gradient_norm", Value::decimal(trainer.gradient_norm(), 4)),
    ];
    print_one(columns.to_vec(), printing)
}

/// What is said of one model.
pub(super) fn print_one(
    columns: Vec<(&'static str, Value)>,
    printing: &Printing,
) -> Result<(), Failure> {
    let text: String = if printing.format == Format::Text && printing.view()?.is_plain() {
        // one model: names down the side are easier to read than eighteen columns
        let width = columns.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        columns.iter().map(|(name, value)| format!("{name:width$}  {value}\n")).collect()
    } else {
        let (columns, row) =
            columns.into_iter().map(|(name, value)| (name.to_owned(), value)).unzip();
        return printing.table(&Table { columns, rows: vec![row] });
    };
    printing.write(&text)
}
