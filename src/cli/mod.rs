//! The command line: one file for each subcommand.
//!
//! Exit status: 0 decided as claimed, or valid; 1 refuted, or invalid, and nothing left open; 2 unusable input or usage;
//! 3 undecided or unfinished, whatever else was found. Nothing unfinished is ever 0, and 2 only where nothing was computed:
//! destinations are tried before the work, and what cannot be written after it is unfinished. A lock that another process
//! holds is 3: the same command serves later.

mod ask;
mod caller;
mod check;
mod claim_name;
mod claims;
mod construct;
mod cross_validate;
mod decide;
mod embedding;
mod exports;
mod grid;
mod help;
mod lp;
mod merge;
mod merge_parts;
mod merge_verdicts;
mod names;
mod output;
mod parse;
mod phase;
mod plan;
mod printing;
mod read;
mod reproduce;
mod search;
mod shell;
mod signals;
mod source;
mod stored;
mod sweep;
mod sweep_ood;
mod thresholds;
mod train;
mod train_classifier;
mod verdicts;
mod verify;

pub use caller::{Answer, Inputs, Progress, Refusal, Watch, call, limits, save, show};

use crate::journal::JournalError;
use crate::search::control::Control;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use help::{examples, sized};
use printing::Printing;
use std::process::ExitCode;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// How a command ended; the numbers are the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// decided as claimed, or valid
    Holds = 0,
    /// refuted, or invalid, and nothing left open
    Fails = 1,
    /// unusable input or usage
    Unusable = 2,
    /// undecided within the limits, whatever else was found
    Undecided = 3,
}

/// Why a command gives up: one clear message, and exit status 2 for unusable input, 3 where work is left undone.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    message: String,
    /// the offending text, when it is in a file
    place: Option<source::Excerpt>,
    status: Status,
}

impl Failure {
    fn new(message: impl ToString) -> Self {
        Self { message: message.to_string(), place: None, status: Status::Unusable }
    }

    /// Another process is at it: the same command serves, later.
    fn busy(message: impl ToString) -> Self {
        Self { status: Status::Undecided, ..Self::new(message) }
    }

    /// A journal that cannot be used, or not now.
    fn of_journal(error: JournalError) -> Self {
        match error {
            JournalError::InUse { .. } | JournalError::Claimed { .. } => Self::busy(error),
            _ => Self::new(error),
        }
    }

    /// The same with what to do about it.
    fn with_advice(self, advice: &str) -> Self {
        Self { message: format!("{}; {advice}", self.message), ..self }
    }

    /// The same where something was computed before, which is not all written now: a full disk, say.
    fn after_work(self) -> Self {
        Self { status: Status::Undecided, ..self }
    }
}

#[derive(Parser)]
#[command(
    name = "counterproof",
    version,
    about = "Decides exact statements about counting with transformers and hands out certificates anyone can check",
    styles = help::STYLES,
    after_help = help::after_help()
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the statements, their source and how each is decided
    #[command(after_help = examples(&["claims", "claims welch", "claims T5", "claims --format markdown --out claims.md"]))]
    Claims(claims::Options),
    /// Decide a claim at the sizes you name; `verify CLAIM --help` shows the options of one claim
    #[command(after_help = sized(&[
        "verify qc-histogram --n 1-12 --m 2-6 --d 6",
        "verify qc-histogram --n any --m 2-8 --certificates certificates",
        "verify qc-count-attend --n 4,8 --m 4 --time-limit 60 --format json",
        "verify inverse-width --n 4,16,64 --epsilon 1/2,1/4 --format csv --out widths.csv",
        "verify token-mixing --kind bos+sftm,lin --n 4 --m 4 --d 3-4",
        "verify --model model.json --n 6",
    ]))]
    Verify(Box<verify::Options>),
    /// Write the model behind a claim to a file
    #[command(after_help = examples(&[
        "construct qc-histogram --n 6 --m 4 --out model.json",
        "construct qc-count-attend --n 6 --m 8 --base 4 --out -",
        "construct behrens --kind bos+sftm --n 6 --m 5 --d 3 --out counter.json",
    ]))]
    Construct(construct::Options),
    /// Search for collisions and embeddings, with proofs of minimality
    #[command(after_help = examples(&[
        "search collision --embedding embedding.csv",
        "search embedding --d 2 --m 5 --bound 2",
    ]))]
    Search(search::Options),
    /// Draw and tabulate what counts, for d against m
    #[command(after_help = sized(&[
        "phase --d 1-4 --m 2-8 --n 6 --bound 1 --budget 100 --plot phase.svg",
        "phase --d 2,3 --m 3-6 --certificates certificates --format json --out phase.json",
    ]))]
    Phase(phase::Options),
    /// Check certificates with trusted code only
    #[command(after_help = examples(&[
        "check certificates/*.json",
        "check --brief --time-limit 600 certificates/*.json",
        "check --coq theories certificates/*.json",
    ]))]
    Check(check::Options),
    /// Solve a linear program (.lp, .mps) exactly, with a certificate
    #[command(after_help = examples(&[
        "lp program.lp --solution",
        "lp program.mps --certificate optimum.json --format json",
    ]))]
    Lp(Box<lp::Options>),
    /// Train one model to count
    #[command(after_help = examples(&[
        "train --m 4 --d 8 --steps 2000 --arm optimised --plot loss.svg",
        "train --m 3 --d 4 --n 6 --steps 2000 --export small.safetensors",
        "verify --model small.safetensors --n 6",
        "train --task histogram --mixer dot --m 3 --n 3 --d 3 --steps 500",
    ]))]
    Train(Box<train::Options>),
    /// Trained models beside the exact statements
    #[command(after_help = sized(&[
        "cross-validate --d 2 --steps 200 --seeds 1 --held-out 256",
        "cross-validate --d 2 --steps 200 --seeds 1 --table accuracy --format csv",
    ]))]
    CrossValidate(Box<cross_validate::Options>),
    /// Train models over a grid and find the vocabulary sizes at which they stop counting
    #[command(after_help = sized(&[
        "sweep --task qc --d 2 --m 2-4 --seeds 2 --steps 500 --journal small.jsonl",
        "sweep --task mfe --d 2 --m 2-3 --seeds 2 --steps 500 --full-grid --out-dir mfe",
        "sweep --task qc --d 2 --seeds 2 --steps 500 --shard 1/2 --out-dir parts",
        "sweep --task histogram --mixer dot --m 3 --n 3 --d 2 --steps 300",
        "sweep --task max --m 4 --n 3 --d 2 --steps 300 --within 1/9",
        "sweep --task qc --d 2 --m 3 --n 9 --steps 99 --ood --estimate 99",
    ]))]
    Sweep(Box<sweep::Options>),
    /// Print one self-contained command for each cell of a command
    #[command(after_help = examples(&[
        "plan verify qc-histogram --n 2-4 --m 2-3",
        "plan --journals cells search embedding --d 1-2 --m 4 --bound 1 --time-limit 600",
    ]))]
    Plan(plan::Options),
    /// Join the journals of a command that was shared out
    #[command(after_help = examples(&[
        "sweep --task qc --d 2 --m 2-4 --seeds 2 --steps 500 --shard 1/2 --journal 1-2.jsonl",
        "sweep --task qc --d 2 --m 2-4 --seeds 2 --steps 500 --shard 2/2 --journal 2-2.jsonl",
        "merge 1-2.jsonl 2-2.jsonl --table cells",
        "verify qc-histogram --n 2-5 --m 2-3 --shard 1/2 --journal half-1.jsonl",
        "verify qc-histogram --n 2-5 --m 2-3 --shard 2/2 --journal half-2.jsonl",
        "merge half-1.jsonl half-2.jsonl --format csv",
    ]))]
    Merge(Box<merge::Options>),
    /// Ask a language model to count
    #[command(after_help = sized(&[
        "ask --task letters --word strawberry --letter r --dry-run",
        "ask --m 2-20 --repeats 5 --dry-run --price 0.15,0.60 --out prompts.txt",
        "ask --endpoint http://127.0.0.1:8080 --model phi --m 2 --repeats 9 --journal a.jsonl",
        "ask --show a.jsonl --table cells --plot errors.svg",
    ]))]
    Ask(Box<ask::Options>),
    /// Make every table and certificate with one command
    #[command(after_help = examples(&["reproduce --quick --out out"]))]
    Reproduce(reproduce::Options),
    /// Print a completion script for a shell
    #[command(after_help = examples(&["completions bash", "completions fish"]))]
    Completions(shell::Completions),
    /// Print a page of the manual (roff)
    #[command(after_help = examples(&["man", "man verify", "man search collision"]))]
    Man(shell::Manual),
}

/// Limits of every command that computes.
#[derive(Args, Debug, Clone)]
struct Limits {
    /// Number of threads (default: all cores); the output does not depend on it
    #[arg(long, value_name = "N", value_parser = parse::threads, allow_negative_numbers = true)]
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
        let flag = caller::flag().unwrap_or_else(signals::heeded);
        Control::new(self.threads, self.time_limit).interrupted_by(flag)
    }

    /// Plans the cells of a command: a signal ends the program at once, and the time limit with a moment of grace, for there is
    /// nothing to print yet. Two seconds plan every grid that is allowed on a machine that has nothing else to do.
    fn planning<T>(&self, control: &Control, plan: impl FnOnce() -> T) -> T {
        const GRACE: Duration = Duration::from_secs(5);
        // a caller's process goes on, and its limit is seen when the first cell is decided
        if caller::is_there() {
            return plan();
        }
        let (planned, waits) = std::sync::mpsc::channel::<()>();
        if control.is_limited() {
            let control = control.clone();
            std::thread::spawn(move || {
                while waits.recv_timeout(Duration::from_millis(50))
                    == Err(RecvTimeoutError::Timeout)
                {
                    if control.overdue().is_some_and(|since| since >= GRACE) {
                        output::note(
                            "the time limit was reached while cells were planned; nothing is decided",
                        );
                        std::process::exit(Status::Undecided as i32);
                    }
                }
            });
        }
        let cells = signals::at_once(plan);
        drop(planned);
        cells
    }
}

/// The command line; where help about a claim is asked for, with the options of that claim only.
fn command() -> clap::Command {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.split_first() {
        Some((first, rest)) if first == "verify" => {
            Cli::command().mut_subcommand("verify", |command| verify::about(command, rest))
        }
        _ => Cli::command(),
    }
}

/// Parses the arguments, runs the command and returns its exit status.
#[must_use]
pub fn main() -> ExitCode {
    signals::install();
    let matches = command().try_get_matches().unwrap_or_else(|error| help::with_tip(error).exit());
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let empty = ArgMatches::default();
    let inner = matches.subcommand().map_or(&empty, |(_, inner)| inner);
    let status = dispatch(cli.command, inner).unwrap_or_else(|failure| {
        output::error(&failure);
        failure.status
    });
    ExitCode::from(status as u8)
}

/// Runs a command; `inner` are the matches of its own options.
fn dispatch(command: Command, inner: &ArgMatches) -> Result<Status, Failure> {
    match command {
        Command::Claims(options) => claims::run(&options),
        Command::Verify(options) => verify::run(&options, inner),
        Command::Construct(options) => construct::run(&options),
        Command::Search(options) => search::run(&options, inner),
        Command::Phase(options) => phase::run(&options, inner),
        Command::Check(options) => check::run(&options),
        Command::Lp(options) => lp::run(&options, inner),
        Command::Train(options) => train::run(&options, inner),
        Command::CrossValidate(options) => cross_validate::run(&options),
        Command::Sweep(options) => sweep::run(&options, inner),
        Command::Plan(options) => plan::run(&options),
        Command::Merge(options) => merge::run(&options, inner),
        Command::Ask(options) => ask::run(&options),
        Command::Reproduce(options) => reproduce::run(&options),
        Command::Completions(options) => shell::completions(&options, &mut Cli::command()),
        Command::Man(options) => shell::man(&options, Cli::command()),
    }
}
