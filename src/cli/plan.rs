//! `counterproof plan COMMAND`: one self-contained command a line for each cell, for whatever runs lines.
//!
//! Each line is the command with `--shard I/K` of one cell and a journal of its own: it depends on no other line, goes on from
//! its journal when it is run again, and `merge` joins the journals to what the command prints in one piece.

use super::grid::{parsed, planned, quoted};
use super::output::{check_folder, stdout};
use super::{Failure, Status, parse};
use crate::train::sweep::Shard;
use clap::Args;
use clap::parser::ValueSource;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Options {
    /// Folder for the journals, one for each cell; made if it is not there
    #[arg(long, value_name = "DIR", default_value = ".")]
    journals: PathBuf,
    /// Instead of a line for each cell one for each of K parts of all cells (`verify --part I/K`, `search collision --part I/K`)
    #[arg(long, value_name = "K", value_parser = parse::positive::<u64>, allow_negative_numbers = true)]
    parts: Option<u64>,
    /// `verify`, `search`, `phase` or `lp` with their options, or `sweep` with --ood, --task histogram or --task max
    #[arg(
        value_name = "COMMAND",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    command: Vec<String>,
}

/// What a line says itself, or what all lines would write to one file.
const NOT_SHARED: [(&str, &str); 6] = [
    ("journal", "journal"),
    ("part", "part"),
    ("shard", "shard"),
    ("out", "out"),
    ("plot", "plot"),
    ("timings", "timings"),
];

pub(super) fn run(options: &Options) -> Result<Status, Failure> {
    const PROGRAM: &str = "counterproof";
    // with the program's name or without
    let named = options.command.first().is_some_and(|word| word == PROGRAM);
    let program = (!named).then(|| PROGRAM.to_owned());
    let words: Vec<String> = program.into_iter().chain(options.command.iter().cloned()).collect();
    let lines = match options.parts {
        None => planned(&words)?.1.len(),
        Some(parts) => {
            // told here what every line would tell
            let first = ["--part".to_owned(), format!("1/{parts}")];
            planned(&[words.as_slice(), &first].concat())?;
            usize::try_from(parts).unwrap_or(usize::MAX)
        }
    };
    let (_, matches) = parsed(&words)?;
    let mut inner = &matches;
    while let Some((_, next)) = inner.subcommand() {
        inner = next;
    }
    let is_given = |name: &str| {
        let source = inner.try_contains_id(name).is_ok().then(|| inner.value_source(name));
        source.flatten() == Some(ValueSource::CommandLine)
    };
    if let Some((_, option)) = NOT_SHARED.into_iter().find(|(name, _)| is_given(name)) {
        return Err(Failure::new(format!(
            "--{option}: not in a plan: every line has a journal of its own, and `merge` writes what they make"
        )));
    }
    if lines > Shard::MOST {
        let (most, what) = (Shard::MOST, if options.parts.is_some() { "parts" } else { "cells" });
        return Err(Failure::new(format!(
            "the command has {lines} {what}; expected at most {most}: share it out with --shard I/K"
        )));
    }
    let folder = options.journals.to_str().ok_or_else(|| {
        let place = options.journals.display();
        Failure::new(format!("--journals: expected a name in UTF-8, found `{place}`"))
    })?;
    check_folder("--journals", &options.journals)?;
    let command = quoted(&words);
    let mut text = String::new();
    let (option, name) = if options.parts.is_some() { ("part", "part") } else { ("shard", "cell") };
    for index in 1..=lines {
        let place = match folder {
            "." => String::new(),
            folder => format!("{}/", folder.trim_end_matches('/')),
        };
        let journal = quoted(&[format!("{place}{name}-{index}-of-{lines}.jsonl")]);
        text += &format!("{command} --{option} {index}/{lines} --journal {journal}\n");
    }
    stdout(&text)?;
    Ok(Status::Holds)
}
