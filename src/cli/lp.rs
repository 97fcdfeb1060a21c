//! `counterproof lp FILE`: the exact outcome of a linear program, with its certificate.

use super::decide::{How, Settling, decide_and, store_certificate};
use super::output::{check_destination, check_file, digest, note, write_whole};
use super::read::{as_text, read_bytes};
use super::verdicts::Keeping;
use super::{Failure, Limits, Printing, Status};
use crate::claim::{Cell, Source, linear_program};
use crate::export::vipr;
use crate::kernel::kind::LinearProgram;
use crate::kernel::kind::{LinearProgramProof, LpStatus, Sense};
use crate::report::{Format, Record, Value, value_of};
use crate::search::lp::Method;
use crate::search::lp::read::{Integers, MAX_BYTES, MpsLayout, ReadError, read_lp, read_mps};
use crate::verdict::Accepted;
use clap::{ArgMatches, Args, ValueEnum};
use flate2::read::MultiGzDecoder;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Optimal, infeasible and unbounded are all decided: exit status 0.
#[derive(Args)]
pub(super) struct Options {
    /// Linear programs, `.lp` or `.mps`, also `.gz`; `-` is standard input, with --syntax
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// What the file is written in (default: by its ending; MPS is fixed where it fits the columns)
    #[arg(long, value_enum, value_name = "SYNTAX")]
    syntax: Option<Syntax>,
    /// Read integer variables as continuous ones; without this they are refused
    #[arg(long)]
    relax: bool,
    /// Where to start: floats first, or exact arithmetic alone (the outcome is exact either way)
    #[arg(long, value_enum, value_name = "METHOD", default_value = "auto")]
    method: Start,
    /// Print the values that are not zero, by name: of an optimum, a contradiction's rows, a ray
    #[arg(long)]
    solution: bool,
    /// Write the certificate of one program to FILE (whole or not at all)
    #[arg(long, value_name = "FILE", conflicts_with = "certificates")]
    certificate: Option<PathBuf>,
    /// Write the certificate of every program to this folder
    #[arg(long, value_name = "DIR")]
    certificates: Option<PathBuf>,
    /// Write one program with the proof of its outcome (VIPR 1.0) to FILE; an unbounded one has no such form
    #[arg(long, value_name = "FILE")]
    vipr: Option<PathBuf>,
    /// Record the wall-clock time (the output is then no longer reproducible)
    #[arg(long, conflicts_with = "journal")]
    timings: bool,
    #[command(flatten)]
    keeping: Keeping,
    #[command(flatten)]
    settling: Settling,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    limits: Limits,
}

#[derive(Clone, Copy, ValueEnum)]
enum Syntax {
    /// CPLEX-LP (a documented subset)
    Lp,
    /// MPS, fixed or free
    Mps,
    /// MPS by columns
    FixedMps,
    /// MPS by blanks
    FreeMps,
}

#[derive(Clone, Copy, ValueEnum)]
enum Start {
    /// exact at once when small, floats first otherwise
    Auto,
    /// exact arithmetic alone
    Exact,
    /// floats first
    Float,
}

/// The solvers of others do not notice an interrupt, so floats are not left alone for longer.
const FLOAT_SECONDS: f64 = 60.0;

/// A cell for each program, and which end is wanted of it.
pub(super) fn planned(options: &Options) -> Result<(Vec<Cell>, Vec<Sense>), Failure> {
    let limit = options.limits.time_limit.map_or(FLOAT_SECONDS, |limit| limit.as_secs_f64());
    let method = match options.method {
        Start::Auto => Method::Automatic,
        Start::Exact => Method::Exact,
        Start::Float => Method::Float,
    };
    let how = linear_program::How {
        method,
        float_seconds: limit.min(FLOAT_SECONDS),
        relaxed: options.relax,
        with_solution: options.solution,
    };
    let (mut cells, mut senses) = (Vec::new(), Vec::new());
    for (at, path) in options.files.iter().enumerate() {
        if options.files[..at].contains(path) {
            return Err(Failure::new(format!("{} is given twice", path.display())));
        }
        if path == Path::new("-") && options.keeping.journal.is_some() {
            let why = "what standard input held is not there when the command is given again";
            return Err(Failure::new(format!("--journal: not with `-`: {why}")));
        }
        let (program, source) = read(path, options)?;
        senses.push(program.sense);
        cells.push(linear_program::cell(program, &source, how));
    }
    Ok((cells, senses))
}

pub(super) fn run(options: &Options, matches: &ArgMatches) -> Result<Status, Failure> {
    check_destination(&options.printing, None)?;
    let files = [("--certificate", &options.certificate), ("--vipr", &options.vipr)];
    for (option, path) in files {
        let Some(path) = path else { continue };
        if options.files.len() > 1 {
            let found = options.files.len();
            let why = "its file holds one; --certificates DIR takes those of all";
            return Err(Failure::new(format!("{option}: not with {found} programs: {why}")));
        }
        check_file(option, path)?;
    }
    let control = options.limits.control();
    let (cells, senses) = options.limits.planning(&control, || planned(options))?;
    let certificates = options.certificates.as_deref();
    let how = How::new(&control, certificates, options.timings, &options.limits)?;
    let kept = options.keeping.open((&["lp"], matches), &options.printing, &cells, &how)?;
    let shard = options.keeping.shard;
    let records = decide_and(&cells, &how, kept, |cell, record, certificate| {
        match (&options.certificate, certificate) {
            (Some(path), Some(certificate)) if record.verdict.is_decided() => {
                write_whole(path, certificate.text()).map_err(Failure::after_work)?;
                record.certificate = Some(path.display().to_string());
            }
            _ => store_certificate(cell, record, certificate, how.certificates)?,
        }
        match (&options.vipr, certificate) {
            (Some(path), Some(certificate)) => write_vipr(path, certificate),
            _ => Ok(()),
        }
    })?;
    let of_shard =
        |(at, sense): (usize, Sense)| shard.is_none_or(|shard| shard.has(at)).then_some(sense);
    let senses: Vec<Sense> = senses.into_iter().enumerate().filter_map(of_shard).collect();
    show(&records, &options.printing, &senses).map_err(Failure::after_work)?;
    Ok(options.settling.status(&records))
}

/// Writes a program with its proof, where it has such a form.
fn write_vipr(path: &Path, certificate: &Accepted) -> Result<(), Failure> {
    let data = certificate.certificate().get();
    let Some((_, data)): Option<(_, &LinearProgramProof)> = data else { return Ok(()) };
    match vipr::linear_program(&data.program, &data.outcome) {
        Some(document) => write_whole(path, &document).map_err(Failure::after_work),
        None => {
            let place = path.display();
            note(&format!("{place} is not written: an unbounded program has no VIPR form"));
            Ok(())
        }
    }
}

fn read(path: &Path, options: &Options) -> Result<(LinearProgram, Source), Failure> {
    let bytes = read_bytes(path)?;
    let sha256 = digest(&bytes);
    let text = as_text(path, if is_compressed(&bytes) { unpacked(path, &bytes)? } else { bytes })?;
    let source =
        Source { name: path.display().to_string(), sha256, mapping_sha256: None, part: Vec::new() };
    let syntax = match options.syntax {
        Some(syntax) => syntax,
        None => by_ending(path)?,
    };
    let integers = if options.relax { Integers::Relax } else { Integers::Refuse };
    let program = match syntax {
        Syntax::Lp => read_lp(&text, integers),
        Syntax::Mps => read_mps(&text, None, integers),
        Syntax::FixedMps => read_mps(&text, Some(MpsLayout::Fixed), integers),
        Syntax::FreeMps => read_mps(&text, Some(MpsLayout::Free), integers),
    }
    .map_err(|error| located(path, &text, &error))?;
    Ok((program, source))
}

/// Whether this is a file of gzip, as libraries of linear programs have them.
fn is_compressed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1f\x8b")
}

fn unpacked(path: &Path, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let (mut text, most) = (Vec::new(), MAX_BYTES as u64 + 1);
    let read = MultiGzDecoder::new(bytes).take(most).read_to_end(&mut text);
    let failure = |why: &str| Failure::new(format!("{}: {why}", path.display()));
    read.map_err(|why| failure(&format!("expected a whole file of gzip: {why}")))?;
    if text.len() > MAX_BYTES {
        return Err(failure(&format!(
            "expected at most {MAX_BYTES} bytes when unpacked, found more"
        )));
    }
    Ok(text)
}

/// The message with the word at its place underlined.
fn located(path: &Path, text: &str, error: &ReadError) -> Failure {
    let before: usize = text.split_inclusive('\n').take(error.line - 1).map(str::len).sum();
    let line = text[before..].lines().next().unwrap_or_default();
    let column = line.char_indices().nth(error.column - 1).map_or(line.len(), |(at, _)| at);
    let word = line[column..].find(char::is_whitespace).unwrap_or(line.len() - column);
    let message = format!("expected {}, found {}", error.expected, error.found);
    Failure::at(path, text, before + column..before + column + word, message)
}

fn by_ending(path: &Path) -> Result<Syntax, Failure> {
    let gz = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
    let inner = path.with_extension("");
    let path = if gz { inner.as_path() } else { path };
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("lp") => Ok(Syntax::Lp),
        Some("mps") => Ok(Syntax::Mps),
        _ => Err(Failure::new(format!(
            "{}: expected a name that ends in `.lp` or `.mps`, or the option --syntax",
            path.display()
        ))),
    }
}

/// For a terminal the numbers whole, one to a line; other formats as every record.
pub(super) fn show(
    records: &[Record],
    printing: &Printing,
    senses: &[Sense],
) -> Result<(), Failure> {
    if printing.format != Format::Text || !printing.view()?.is_plain() {
        return printing.records(records);
    }
    let texts = records.iter().zip(senses).map(|(record, sense)| text(record, *sense));
    printing.write(&texts.collect::<Vec<_>>().join("\n"))
}

fn text(record: &Record, sense: Sense) -> String {
    let value = |name: &str| value_of(&record.values, name);
    let mut text = String::new();
    let decided = value("status").filter(|_| record.verdict.is_decided());
    let status = decided.map_or_else(|| "undecided".to_owned(), Value::to_string);
    let file = record.params.first().map(|(_, file)| file.to_string()).unwrap_or_default();
    let _ = writeln!(text, "{file}: {status}");
    if let (true, Some(optimum)) = (status == LpStatus::Optimal.name(), value("optimum")) {
        let end = if sense == Sense::Minimise { "minimum" } else { "maximum" };
        let _ = writeln!(text, "{end}: {optimum}");
    }
    if let Some(Value::List(lines)) = value("solution") {
        let heading = match status.as_str() {
            status if status == LpStatus::Infeasible.name() => {
                "rows that contradict each other, with their multipliers"
            }
            status if status == LpStatus::Unbounded.name() => "ray",
            _ => "solution",
        };
        let _ = writeln!(text, "{heading}:");
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
    }
    if let Some(milliseconds) = record.milliseconds {
        let _ = writeln!(text, "time: {milliseconds} ms");
    }
    for (what, line) in [("certificate", &record.certificate), ("undecided", &record.reason)] {
        if let Some(line) = line {
            let _ = writeln!(text, "{what}: {line}");
        }
    }
    text
}
