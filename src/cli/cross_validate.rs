//! `counterproof cross-validate`: trained models beside the exact statements, as one report.

use super::output::{check_destination, note, progress};
use super::parse::{self, Range};
use super::{Failure, Limits, Printing, Status};
use crate::claim::learned::{self, Sizes, TABLES, cross_validate};
use crate::report::Format;
use crate::report::measured::Measured;
use crate::search::control::{Control, Stopped};
use clap::Args;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What the theory says can be counted, and what is learned: constructions in the float model, coherence and `n*` of
/// learned embeddings, accuracy beside what is representable.
#[derive(Args)]
pub(super) struct Options {
    /// Embedding dimensions R; vocabularies around each are taken
    #[arg(long, value_name = "R", value_parser = parse::range, default_value = "4,8")]
    d: Range,
    /// How often a token is expected: n = COUNT m
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=100))]
    count: u64,
    /// Steps of training
    #[arg(long, value_name = "STEPS", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    steps: u64,
    /// How many seeds
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Bits that learned embeddings are rounded to, R
    #[arg(long, value_name = "R", value_parser = parse::range, default_value = "2,4")]
    bits: Range,
    /// Held-out sequences on which a model is measured
    #[arg(long, value_name = "COUNT", default_value_t = 4096, value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    held_out: u64,
    /// Print this table only: constructions, embeddings, accuracy or counts (CSV has one table; JSON always has all)
    #[arg(long, value_name = "TABLE", value_parser = clap::builder::PossibleValuesParser::new(TABLES))]
    table: Option<String>,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    limits: Limits,
}

/// Dimensions of the models that are trained here.
const MOST_D: u64 = 256;
/// Bits that an entry is rounded to.
const MOST_BITS: u64 = 16;

/// Measures, with a progress bar; `None` when a limit was hit.
pub(super) fn measured(
    options: &Options,
    control: &Control,
    quiet: bool,
) -> Result<Result<Measured, Stopped>, Failure> {
    let sizes = sizes(options)?;
    let bar = progress(sizes.models(), quiet);
    let done = control.done();
    let before = done.load(Ordering::Relaxed);
    let finished = AtomicBool::new(false);
    let measured = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !finished.load(Ordering::Relaxed) {
                bar.set_position(done.load(Ordering::Relaxed).saturating_sub(before));
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let measured = cross_validate(&sizes, control);
        finished.store(true, Ordering::Relaxed);
        measured
    });
    bar.finish_and_clear();
    match measured {
        Ok(measured) => Ok(Ok(measured)),
        Err(learned::Failure::Stopped(why)) => Ok(Err(why)),
        Err(error) => Err(Failure::new(error)),
    }
}

fn sizes(options: &Options) -> Result<Sizes, Failure> {
    let within = |name: &str, Range(values): &Range, low: u64, high: u64| match values
        .iter()
        .find(|value| !(low..=high).contains(value))
    {
        Some(value) => {
            Err(Failure::new(format!("--{name}: expected {low} to {high}, found {value}")))
        }
        None => Ok(values.clone()),
    };
    let d = within("d", &options.d, 2, MOST_D)?;
    let bits = within("bits", &options.bits, 1, MOST_BITS)?;
    Ok(Sizes {
        d: d.into_iter().map(|d| d as usize).collect(),
        count: options.count as usize,
        steps: options.steps,
        seeds: options.seeds,
        seed: options.seed,
        bits: bits.into_iter().map(|bits| bits as u32).collect(),
        held_out: options.held_out,
        ..Sizes::quick()
    })
}

pub(super) fn run(options: &Options) -> Result<Status, Failure> {
    check_destination(&options.printing, None)?;
    let format = options.printing.format;
    if format == Format::Csv && options.table.is_none() {
        return Err(Failure::new(format!(
            "--format csv has one table: add --table {}",
            TABLES.join("|")
        )));
    }
    let control = options.limits.control();
    let measured = match measured(options, &control, options.limits.quiet)? {
        Ok(measured) => measured,
        Err(why) => {
            note(&format!("{why}: the report needs all of its models; nothing is printed"));
            return Ok(Status::Undecided);
        }
    };
    let names = match &options.table {
        Some(table) => vec![table.as_str()],
        None => TABLES.to_vec(),
    };
    options.printing.measured(&measured, &names).map_err(Failure::after_work)?;
    Ok(Status::Holds)
}
