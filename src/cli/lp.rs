//! `counterproof lp FILE`: the exact outcome of a linear program, with its certificate.

use super::check::read_text;
use super::output::{note, print, stdout, write_whole};
use super::{Failure, Limits, Printing, Status};
use crate::cert::{
    Certificate, ClaimId, LinearProgramParams, LinearProgramProof, LpStatus, Proof, Verdict,
};
use crate::check::check;
use crate::exact::Rational;
use crate::exact::lp::{LinearProgram, LpOutcome, Sense};
use crate::export::vipr::linear_program;
use crate::report::{Format, Record, Value};
use crate::search::control::Control;
use crate::search::lp::read::{Integers, MpsLayout, ReadError, read_lp, read_mps};
use crate::search::lp::{LpOptions, Method, solve};
use clap::{Args, ValueEnum};
use num_traits::Zero;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Optimal, infeasible and unbounded are all decided: exit status 0.
#[derive(Args)]
pub(super) struct Options {
    /// A linear program, `.lp` or `.mps`; `-` is standard input
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
    let control = options.limits.control();
    let start = Instant::now();
    let program = read(options)?;
    let limit = options.limits.time_limit.map_or(FLOAT_SECONDS, |limit| limit.as_secs_f64());
    let settings = LpOptions {
        method: match options.method {
            Start::Auto => Method::Automatic,
            Start::Exact => Method::Exact,
            Start::Float => Method::Float,
        },
        stop: &|| control.go_on().is_err(),
        float_seconds: limit.min(FLOAT_SECONDS),
    };
    let mut record = Record {
        claim: ClaimId::LinearProgram.name().to_owned(),
        params: vec![("file", Value::text(options.file.display()))],
        verdict: Verdict::Undecided,
        values: vec![
            ("variables", Value::integer(program.variables().len())),
            ("rows", Value::integer(program.rows().len())),
        ],
        certificate: None,
        milliseconds: None,
        reason: None,
    };
    match solve(&program, &settings) {
        Ok(solved) => {
            let params = LinearProgramParams::new(&program, &solved.verdict);
            let optimum = params.optimum.as_ref().map_or(Value::Null, |v| v.0.clone().into());
            record.values.insert(0, ("optimum", optimum));
            record.values.insert(0, ("status", Value::text(params.status.name())));
            if options.solution {
                record.values.push(("solution", solution(&program, &solved.outcome)));
            }
            let sense = program.sense();
            let document =
                options.vipr.is_some().then(|| linear_program(&program, &solved.outcome));
            let text = certify(program, solved.outcome, params.clone(), &control);
            match text {
                Ok(text) => {
                    record.verdict = Verdict::Verified;
                    if let Some(path) = &options.certificate {
                        write_whole(path, &text)?;
                        record.certificate = Some(path.display().to_string());
                    }
                    match (&options.vipr, document.flatten()) {
                        (Some(path), Some(document)) => write_whole(path, &document)?,
                        (Some(path), None) => note(&format!(
                            "{} is not written: an unbounded program has no VIPR form",
                            path.display()
                        )),
                        (None, _) => {}
                    }
                }
                Err(reason) => record.reason = Some(reason),
            }
            record.milliseconds = options
                .timings
                .then(|| u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX));
            show(&record, &options.printing, Some((params.status, sense)))?;
        }
        Err(undecided) => {
            record.reason = Some(undecided.to_string());
            show(&record, &options.printing, None)?;
        }
    }
    Ok(if record.verdict == Verdict::Verified { Status::Holds } else { Status::Undecided })
}

fn read(options: &Options) -> Result<LinearProgram, Failure> {
    let path = &options.file;
    let text = read_text(path)?;
    let syntax = match options.syntax {
        Some(syntax) => syntax,
        None => by_ending(path)?,
    };
    let integers = if options.relax { Integers::Relax } else { Integers::Refuse };
    match syntax {
        Syntax::Lp => read_lp(&text, integers),
        Syntax::Mps => read_mps(&text, None, integers),
        Syntax::FixedMps => read_mps(&text, Some(MpsLayout::Fixed), integers),
        Syntax::FreeMps => read_mps(&text, Some(MpsLayout::Free), integers),
    }
    .map_err(|error| located(path, &text, &error))
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

/// Has the trusted checker accept exactly the text that may be handed out.
fn certify(
    program: LinearProgram,
    outcome: LpOutcome,
    params: LinearProgramParams,
    control: &Control,
) -> Result<String, String> {
    let rejected = |message: String| {
        format!("the checker rejected the certificate, which is a bug: {message}")
    };
    let proof = Proof::LinearProgram(params, LinearProgramProof { program, outcome });
    let certificate = Certificate { claim: ClaimId::LinearProgram, proof };
    let text = certificate.to_json().map_err(|error| rejected(error.to_string()))?;
    let parsed = Certificate::parse(&text).map_err(|error| rejected(error.to_string()))?;
    check(&parsed, &|| control.go_on().is_ok()).map_err(|error| rejected(error.to_string()))?;
    Ok(text)
}

/// `name = value` for what is not zero; variables and rows without a name are `x0`, `row0`.
fn solution(program: &LinearProgram, outcome: &LpOutcome) -> Value {
    let shown = |name: &str, letter: &str, index: usize, value: &Rational| {
        let name = if name.is_empty() { format!("{letter}{index}") } else { name.to_owned() };
        Value::text(format!("{name} = {value}"))
    };
    let variables = |values: &[Rational]| -> Vec<Value> {
        let all = program.variables().iter().zip(values).enumerate();
        let used = all.filter(|(_, (_, value))| !value.is_zero());
        used.map(|(j, (variable, value))| shown(&variable.name, "x", j, value)).collect()
    };
    Value::List(match outcome {
        LpOutcome::Optimal { primal, .. } => variables(primal),
        LpOutcome::Unbounded { ray, .. } => variables(ray),
        LpOutcome::Infeasible { farkas } => {
            let all = program.rows().iter().zip(farkas).enumerate();
            let used = all.filter(|(_, (_, value))| !value.is_zero());
            used.map(|(i, (row, value))| shown(row.name(), "row", i, value)).collect()
        }
        LpOutcome::EmptyBounds { variable } => {
            let name = program.variables().get(*variable).map_or("", |found| &found.name);
            vec![Value::text(format!("the bounds of {name} (x{variable}) exclude every value"))]
        }
    })
}

/// For a terminal the numbers whole, one to a line; other formats as every record.
fn show(
    record: &Record,
    printing: &Printing,
    decided: Option<(LpStatus, Sense)>,
) -> Result<(), Failure> {
    if printing.format != Format::Text {
        return print(std::slice::from_ref(record), printing);
    }
    let value = |name: &str| record.values.iter().find(|(known, _)| *known == name).map(|(_, v)| v);
    let mut text = String::new();
    let status = decided.map_or("undecided", |(status, _)| status.name());
    let file = record.params.first().map(|(_, file)| file.to_string()).unwrap_or_default();
    let _ = writeln!(text, "{file}: {status}");
    if let (Some((LpStatus::Optimal, sense)), Some(optimum)) = (decided, value("optimum")) {
        let end = if sense == Sense::Minimise { "minimum" } else { "maximum" };
        let _ = writeln!(text, "{end}: {optimum}");
    }
    if let Some(Value::List(lines)) = value("solution") {
        let heading = match decided.map(|(status, _)| status) {
            Some(LpStatus::Infeasible) => "rows that contradict each other, with their multipliers",
            Some(LpStatus::Unbounded) => "ray",
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
    match &printing.out {
        Some(path) => write_whole(path, &text),
        None => stdout(&text),
    }
}
