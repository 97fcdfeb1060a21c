//! The command line: one file for each subcommand.
//!
//! Exit status: 0 decided as claimed, or valid; 1 refuted, or invalid; 2 unusable input or usage; 3 undecided
//! within the limits. Nothing unfinished is ever 0.

mod check;
mod claims;
mod construct;
mod coq;
mod decide;
mod embedding;
mod lp;
mod merge;
mod output;
mod parse;
mod phase;
mod reproduce;
mod search;
mod shell;
mod sweep;
mod thresholds;
mod train;
mod verify;

use crate::search::control::Control;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How a command ended; the numbers are the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// decided as claimed, or valid
    Holds = 0,
    /// refuted, or invalid
    Fails = 1,
    /// unusable input or usage
    Unusable = 2,
    /// undecided within the limits
    Undecided = 3,
}

/// Unusable input: one clear message, and exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

impl Failure {
    fn new(message: impl ToString) -> Self {
        Self(message.to_string())
    }
}

#[derive(Parser)]
#[command(
    name = "counterproof",
    version,
    about = "Decides exact statements about counting with transformers and hands out certificates anyone can check",
    after_help = "Exit status: 0 decided as claimed, or valid; 1 refuted, or invalid; 2 unusable input or usage; \
                  3 undecided within the limits.\n\nExamples:\n  \
                  counterproof verify qc-histogram --n 1-12 --m 2-6 --d 6\n  \
                  counterproof verify qc-histogram --n any --m 2-8 --certificates certificates\n  \
                  counterproof search collision --embedding moment --m 6 --d 2\n  \
                  counterproof check certificates/*.json\n  \
                  counterproof reproduce --quick --out out"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the statements, their source and how each is decided
    Claims(claims::Options),
    /// Decide a claim at the sizes you name
    Verify(Box<verify::Options>),
    /// Write the model behind a claim to a file
    Construct(construct::Options),
    /// Search for collisions and embeddings, with proofs of minimality
    Search(search::Options),
    /// Draw and tabulate what counts, for d against m
    Phase(phase::Options),
    /// Check certificates with trusted code only
    Check(check::Options),
    /// Solve a linear program (.lp, .mps) exactly, with a certificate
    Lp(Box<lp::Options>),
    /// Train one model to count
    Train(Box<train::Options>),
    /// Train models over a grid and find the vocabulary sizes at which they stop counting
    Sweep(Box<sweep::Options>),
    /// Join the journals of a sweep that was shared out
    Merge(Box<merge::Options>),
    /// Make every table and certificate with one command
    Reproduce(reproduce::Options),
    /// Print a completion script for a shell
    Completions(shell::Completions),
    /// Print the manual page (roff)
    Man,
}

/// Options of every command that prints records.
#[derive(Args, Debug, Clone)]
struct Printing {
    /// Output format: text, json, csv, markdown or latex
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = parse::format)]
    format: crate::report::Format,
    /// Write the output to FILE (whole or not at all) instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Limits of every command that computes.
#[derive(Args, Debug, Clone)]
struct Limits {
    /// Number of threads (default: all cores); the output does not depend on it
    #[arg(long, value_name = "N", value_parser = parse::threads)]
    threads: Option<usize>,
    /// Stop after this many seconds; what is decided by then is printed, the rest is undecided
    #[arg(long, value_name = "SECONDS", value_parser = parse::seconds, allow_hyphen_values = true)]
    time_limit: Option<Duration>,
    /// No progress display
    #[arg(long)]
    quiet: bool,
}

impl Limits {
    fn control(&self) -> Control {
        let control = Control::new(self.threads, self.time_limit);
        let flag = control.interrupt_flag();
        // a second handler cannot be installed, which only happens in tests
        let _ = ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(Status::Undecided as i32);
            }
        });
        control
    }
}

/// Parses the arguments, runs the command and returns its exit status.
#[must_use]
pub fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let empty = ArgMatches::default();
    let inner = matches.subcommand().map_or(&empty, |(_, inner)| inner);
    let result = match cli.command {
        Command::Claims(options) => claims::run(&options),
        Command::Verify(options) => verify::run(&options, inner),
        Command::Construct(options) => construct::run(&options),
        Command::Search(options) => search::run(&options),
        Command::Phase(options) => phase::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Lp(options) => lp::run(&options),
        Command::Train(options) => train::run(&options),
        Command::Sweep(options) => sweep::run(&options),
        Command::Merge(options) => merge::run(&options),
        Command::Reproduce(options) => reproduce::run(&options),
        Command::Completions(options) => shell::completions(&options, &mut Cli::command()),
        Command::Man => shell::man(Cli::command()),
    };
    let status = result.unwrap_or_else(|Failure(message)| {
        output::error(&message);
        Status::Unusable
    });
    ExitCode::from(status as u8)
}
