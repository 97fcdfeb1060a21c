//! From the commands of the plan to the cells they ask for, by the parser of the command line itself.

use super::folder::{CERTIFICATES, Folder, possible};
use super::inputs;
use super::plan::{Section, Sizes, Table};
use crate::kernel::Verdict;
use crate::claim::{Cell, Claim};
use crate::cli::decide::{Planned, file_name};
use crate::cli::{Cli, Command, Failure, phase, search, verify};
use crate::report::phase::Phase;
use crate::report::{Record, Value};
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use std::collections::{BTreeMap, BTreeSet};

/// A cell to decide, and where it belongs.
pub(super) struct Job {
    pub table: &'static str,
    pub command: String,
    /// path in the folder
    pub certificate: String,
    pub claim: &'static Claim,
    pub cell: Cell,
    /// the columns of its run, then the parameters of the cell
    params: Vec<(&'static str, Value)>,
}

impl Job {
    /// The record with all its parameters.
    pub(super) fn named(&self, record: Record) -> Record {
        Record { params: self.params.clone(), ..record }
    }

    pub(super) fn undecided(&self, reason: &str) -> Record {
        Record {
            claim: self.claim.id.name().to_owned(),
            params: self.params.clone(),
            verdict: Verdict::Undecided,
            values: Vec::new(),
            certificate: None,
            milliseconds: None,
            reason: Some(reason.to_owned()),
        }
    }
}

/// All cells in the order of the plan, and the models that their commands name.
pub(super) struct Prepared {
    pub jobs: Vec<Job>,
    /// by path in the folder: text and command
    inputs: BTreeMap<String, (String, String)>,
}

impl Prepared {
    /// The path of every file that will be written.
    pub(super) fn planned(
        &self,
        sections: &[Section],
        measured: impl IntoIterator<Item = &'static str>,
    ) -> BTreeSet<String> {
        let mut tables: Vec<&str> =
            sections.iter().flat_map(|section| &section.tables).map(|table| table.name).collect();
        tables.push(crate::report::document::DISAGREEMENTS);
        tables.extend(measured);
        let certificates = self.jobs.iter().map(|job| job.certificate.clone());
        possible(&tables, certificates.chain(self.inputs.keys().cloned()))
    }

    pub(super) fn write_inputs(&self, folder: &mut Folder) -> Result<(), Failure> {
        for (path, (text, command)) in &self.inputs {
            folder.write(path, text.as_bytes(), std::slice::from_ref(command))?;
        }
        Ok(())
    }
}

/// Parses every command of the plan.
pub(super) fn jobs(sections: &[Section], sizes: Sizes) -> Result<Prepared, Failure> {
    let mut prepared = Prepared { jobs: Vec::new(), inputs: BTreeMap::new() };
    let mut names = BTreeSet::new();
    // models are read from files, and the folder is not touched before all is known to be in order
    let scratch = tempfile::tempdir()
        .map_err(|error| Failure::new(format!("a temporary folder: {error}")))?;
    for table in sections.iter().flat_map(|section| &section.tables) {
        for run in &table.runs {
            let mut words: Vec<String> =
                run.command.split_whitespace().map(str::to_owned).collect();
            for word in words.iter_mut().filter(|word| word.starts_with(inputs::FOLDER)) {
                let text = inputs::text(word, sizes)?
                    .ok_or_else(|| Failure::new(format!("{word}: there is no such model")))?;
                let path = scratch.path().join("model.json");
                std::fs::write(&path, &text).map_err(Failure::new)?;
                prepared
                    .inputs
                    .insert(word.clone(), (text, super::command(sizes, &[table.name.to_owned()])));
                *word = path.display().to_string();
            }
            let groups = planned(&words)?;
            let several = groups.len() > 1;
            for (claim, cells) in groups {
                let start = if several {
                    format!("{}-{}", table.name, claim.id)
                } else {
                    table.name.to_owned()
                };
                for cell in cells {
                    let params: Vec<_> = run.columns.iter().chain(&cell.params).cloned().collect();
                    let name = file_name(&start, &params);
                    if !names.insert(name.clone()) {
                        let message = format!("two cells are called {name}, which is a bug");
                        return Err(Failure::new(message));
                    }
                    prepared.jobs.push(Job {
                        table: table.name,
                        command: run.command.clone(),
                        certificate: format!("{CERTIFICATES}/{name}.json"),
                        claim,
                        cell,
                        params,
                    });
                }
            }
        }
    }
    Ok(prepared)
}

/// What a command that makes records asks for, claim by claim.
fn planned(words: &[String]) -> Result<Vec<Planned>, Failure> {
    let (command, matches) = parsed(words)?;
    let empty = ArgMatches::default();
    let inner = matches.subcommand().map_or(&empty, |(_, inner)| inner);
    match &command {
        Command::Verify(options) => Ok(vec![verify::planned(options, inner)?]),
        Command::Search(options) => Ok(vec![search::planned(options)?]),
        Command::Phase(options) => phase::planned(options),
        _ => Err(Failure::new(format!("`{}` makes no table", words.join(" ")))),
    }
}

/// The diagram that a table's command makes of what it decided, if it is one that does.
pub(super) fn diagram(table: &Table, records: &[Record]) -> Result<Option<Phase>, Failure> {
    let [run] = table.runs.as_slice() else { return Ok(None) };
    let words: Vec<String> = run.command.split_whitespace().map(str::to_owned).collect();
    Ok(match parsed(&words)?.0 {
        Command::Phase(options) => Some(phase::diagram(&options, records)),
        _ => None,
    })
}

pub(super) fn parsed(words: &[String]) -> Result<(Command, ArgMatches), Failure> {
    let matches = Cli::command().try_get_matches_from(words).map_err(Failure::new)?;
    let cli = Cli::from_arg_matches(&matches).map_err(Failure::new)?;
    Ok((cli.command, matches))
}
