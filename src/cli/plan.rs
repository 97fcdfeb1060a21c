//! `counterproof plan COMMAND`: one self-contained command a line for each cell, for whatever runs lines.
//!
//! Each line is the command with `--shard I/K` of one cell and a journal of its own: it depends on no other line, goes on from
//! its journal when it is run again, and `merge` joins the journals to what the command prints in one piece.

use super::grid::{parsed, planned, quoted};
use super::output::{check_folder, stdout};
use super::{Failure, Status};
use crate::train::sweep::Shard;
use clap::Args;
use clap::parser::ValueSource;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Options {
    /// Folder for the journals, one for each cell; made if it is not there
    #[arg(long, value_name = "DIR", default_value = ".")]
    journals: PathBuf,
    /// `verify`, `search`, `phase` or `lp` with their options
    #[arg(
        value_name = "COMMAND",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    command: Vec<String>,
}

/// What a line says itself, or what all lines would write to one file.
const NOT_SHARED: [(&str, &str); 5] = [
    ("journal", "journal"),
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
    let cells = planned(&words)?.1.len();
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
    if cells > Shard::MOST {
        let most = Shard::MOST;
        return Err(Failure::new(format!(
            "the command has {cells} cells; expected at most {most}: share it out with --shard I/K"
        )));
    }
    let folder = options.journals.to_str().ok_or_else(|| {
        let place = options.journals.display();
        Failure::new(format!("--journals: expected a name in UTF-8, found `{place}`"))
    })?;
    check_folder("--journals", &options.journals)?;
    let command = quoted(&words);
    let mut text = String::new();
    for index in 1..=cells {
        let place = match folder {
            "." => String::new(),
            folder => format!("{}/", folder.trim_end_matches('/')),
        };
        let journal = quoted(&[format!("{place}cell-{index}-of-{cells}.jsonl")]);
        text += &format!("{command} --shard {index}/{cells} --journal {journal}\n");
    }
    stdout(&text)?;
    Ok(Status::Holds)
}
