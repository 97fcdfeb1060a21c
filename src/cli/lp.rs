//! `counterproof lp FILE`: the exact outcome of a linear program, with its certificate.

use super::decide::store_certificate;
use super::output::{check_destination, check_file, digest, note, write_whole};
use super::read::{as_text, read_bytes};
use super::{Failure, Limits, Printing, Status};
use crate::claim::{Cell, Decision, Source, Undecided};
use crate::export::vipr::linear_program;
use crate::kernel::kind::{LinearProgram, LpOutcome, Sense};
use crate::kernel::kind::{LinearProgramParams, LinearProgramProof, LpStatus};
use crate::kernel::number::Rational;
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::{Format, Record, Value};
use crate::search::control::Control;
use crate::search::lp::read::{Integers, MAX_BYTES, MpsLayout, ReadError, read_lp, read_mps};
use crate::search::lp::{LpOptions, Method, solve};
use crate::verdict::{Decided, decide};
use clap::{Args, ValueEnum};
use flate2::read::MultiGzDecoder;
use num_traits::Zero;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Optimal, infeasible and unbounded are all decided: exit status 0.
#[derive(Args)]
pub(super) struct Options {
    /// A linear program, `.lp` or `.mps`, also `.gz`; `-` is standard input, with --syntax
    #[arg(value_name = "FILE")]
    file: PathBuf,
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
    /// Write the certificate to FILE (whole or not at all)
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Write the program with the proof of its outcome (VIPR 1.0) to FILE; an unbounded one has no such form
    #[arg(long, value_name = "FILE")]
    vipr: Option<PathBuf>,
    /// Record the wall-clock time (the output is then no longer reproducible)
    #[arg(long)]
    timings: bool,
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

/// The float solver does not notice an interrupt, so it is not left alone for longer.
const FLOAT_SECONDS: f64 = 60.0;

pub(super) fn run(options: &Options) -> Result<Status, Failure> {
    check_destination(&options.printing, None)?;
    let files = [("--certificate", &options.certificate), ("--vipr", &options.vipr)];
    for (option, path) in files {
        path.as_deref().map_or(Ok(()), |path| check_file(option, path))?;
    }
    let control = options.limits.control();
    let start = Instant::now();
    let (program, source) = read(options)?;
    let sense = program.sense;
    let cell = cell(program, options).from_file("file", &source);
    let Decided { mut record, certificate } = decide(&cell, &control);
    if record.verdict == Verdict::Verified {
        match (&options.certificate, &certificate) {
            (Some(path), Some(certificate)) => {
                write_whole(path, certificate.text()).map_err(Failure::after_work)?;
                record.certificate = Some(path.display().to_string());
            }
            _ => store_certificate(&cell, &mut record, certificate.as_ref(), None)?,
        }
        let data = certificate.as_ref().and_then(|found| found.certificate().get());
        let data = data.map(|(_, data): (_, &LinearProgramProof)| data);
        if let (Some(path), Some(data)) = (&options.vipr, data) {
            match linear_program(&data.program, &data.outcome) {
                Some(document) => write_whole(path, &document).map_err(Failure::after_work)?,
                None => note(&format!(
                    "{} is not written: an unbounded program has no VIPR form",
                    path.display()
                )),
            }
        }
        record.milliseconds =
            options.timings.then(|| u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX));
    }
    show(&record, &options.printing, sense).map_err(Failure::after_work)?;
    Ok(if record.verdict == Verdict::Verified { Status::Holds } else { Status::Undecided })
}

/// The program as a cell, whose outcome is checked like that of every other.
fn cell(program: LinearProgram, options: &Options) -> Cell {
    let limit = options.limits.time_limit.map_or(FLOAT_SECONDS, |limit| limit.as_secs_f64());
    let float_seconds = limit.min(FLOAT_SECONDS);
    let method = match options.method {
        Start::Auto => Method::Automatic,
        Start::Exact => Method::Exact,
        Start::Float => Method::Float,
    };
    let with_solution = options.solution;
    // the file's name comes first
    let mut params = vec![("file", Value::Null)];
    if options.relax {
        params.push(("relax", true.into()));
    }
    Cell::new(ClaimId::LINEAR_PROGRAM, params, move |control: &Control| {
        let settings = LpOptions { method, stop: &|| control.go_on().is_err(), float_seconds };
        let sizes = [
            ("variables", Value::integer(program.variables.len())),
            ("rows", Value::integer(program.rows.len())),
        ];
        // what is checked has names that can stand in a certificate
        let plain = with_plain_names(program.clone());
        let solved = solve(&plain, &settings).map_err(|why| Undecided::Partly {
            reason: why.to_string(),
            values: sizes.to_vec(),
            certificate: None,
        })?;
        let params = LinearProgramParams::new(&plain, &solved.verdict);
        let optimum = params.optimum.as_ref().map_or(Value::Null, |v| v.0.clone().into());
        let mut values = vec![("status", Value::text(params.status.name())), ("optimum", optimum)];
        values.extend(sizes);
        if with_solution {
            values.push(("solution", solution(&program, &solved.outcome)));
        }
        let data = LinearProgramProof { program: plain, outcome: solved.outcome };
        let certificate = Certificate::new(ClaimId::LINEAR_PROGRAM, params, data);
        Ok(Decision { proposed: Verdict::Verified, values, certificate, reason: None })
    })
}

/// The program with names that stand in a certificate as they are: texts there are printable ASCII without escapes. A byte of
/// another character stands as `%XX`, as in web addresses, and so does `%`: different names stay different.
fn with_plain_names(mut program: LinearProgram) -> LinearProgram {
    let plain = |byte: u8| match byte {
        b'"' | b'\\' | b'%' => format!("%{byte:02X}"),
        b' ' | b'!'..=b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let variables = program.variables.iter_mut().map(|variable| &mut variable.name);
    for name in variables.chain(program.rows.iter_mut().map(|row| &mut row.name)) {
        *name = name.bytes().map(plain).collect();
    }
    program
}

fn read(options: &Options) -> Result<(LinearProgram, Source), Failure> {
    let path = &options.file;
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

/// `name = value` for what is not zero; variables and rows without a name are `x0`, `row0`.
fn solution(program: &LinearProgram, outcome: &LpOutcome) -> Value {
    let shown = |name: &str, letter: &str, index: usize, value: &Rational| {
        let name = if name.is_empty() { format!("{letter}{index}") } else { name.to_owned() };
        Value::text(format!("{name} = {value}"))
    };
    let variables = |values: &[Rational]| -> Vec<Value> {
        let all = program.variables.iter().zip(values).enumerate();
        let used = all.filter(|(_, (_, value))| !value.is_zero());
        used.map(|(j, (variable, value))| shown(&variable.name, "x", j, value)).collect()
    };
    Value::List(match outcome {
        LpOutcome::Optimal { primal, .. } => variables(primal),
        LpOutcome::Unbounded { ray, .. } => variables(ray),
        LpOutcome::Infeasible { farkas } => {
            let all = program.rows.iter().zip(farkas).enumerate();
            let used = all.filter(|(_, (_, value))| !value.is_zero());
            used.map(|(i, (row, value))| shown(&row.name, "row", i, value)).collect()
        }
        LpOutcome::EmptyBounds { variable } => {
            let name = program.variables.get(*variable).map_or("", |found| &found.name);
            vec![Value::text(format!("the bounds of {name} (x{variable}) exclude every value"))]
        }
    })
}

/// For a terminal the numbers whole, one to a line; other formats as every record.
fn show(record: &Record, printing: &Printing, sense: Sense) -> Result<(), Failure> {
    if printing.format != Format::Text || !printing.view()?.is_plain() {
        return printing.records(std::slice::from_ref(record));
    }
    let value = |name: &str| record.values.iter().find(|(known, _)| *known == name).map(|(_, v)| v);
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
    printing.write(&text)
}
