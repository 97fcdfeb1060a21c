//! From the commands of the plan to the cells they ask for, by the parser of the command line itself.

use super::folder::{CERTIFICATES, Folder, possible};
use super::inputs;
use super::plan::{Section, Sizes, Table};
use crate::claim::{Cell, Params};
use crate::cli::grid::{parsed, planned};
use crate::cli::names::cell_name;
use crate::cli::{Command, Failure, phase};
use crate::report::phase::Phase;
use crate::report::{Record, Value};
use crate::verdict::Checked;
use std::collections::{BTreeMap, BTreeSet};

/// A cell to decide, and where it belongs.
pub(super) struct Job {
    pub table: &'static str,
    pub command: String,
    /// path in the folder; the same cell has the same one in every table
    pub certificate: String,
    pub cell: Cell,
    /// the columns of its run, then the parameters of the cell
    params: Params,
}

impl Job {
    /// The record with all its parameters.
    pub(super) fn named(&self, record: Record) -> Record {
        Record { params: self.params.clone(), ..record }
    }

    pub(super) fn undecided(&self, reason: &str) -> Record {
        Record {
            claim: self.cell.claim().name().to_owned(),
            params: self.params.clone(),
            verdict: Checked::UNDECIDED,
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
        tables.extend(super::findings::NAMES);
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
    // models are read from files, and the folder is not touched before all is known to be in order
    let scratch = tempfile::tempdir()
        .map_err(|error| Failure::new(format!("a temporary folder: {error}")))?;
    for table in sections.iter().flat_map(|section| &section.tables) {
        for run in &table.runs {
            let mut words: Vec<String> =
                run.command.split_whitespace().map(str::to_owned).collect();
            let mut model = None;
            for word in words.iter_mut().filter(|word| word.starts_with(inputs::FOLDER)) {
                let text = inputs::text(word, sizes)?
                    .ok_or_else(|| Failure::new(format!("{word}: there is no such model")))?;
                let path = scratch.path().join("model.json");
                std::fs::write(&path, &text).map_err(Failure::new)?;
                prepared.inputs.insert(
                    word.clone(),
                    (text, super::command(sizes, &[table.name.to_owned()], &[])),
                );
                model = Some(word.clone());
                *word = path.display().to_string();
            }
            for mut cell in planned(&words)?.1 {
                // what it is called in the folder, not where it was read
                let named = cell.params.iter_mut().filter(|(name, _)| *name == "model");
                for ((_, value), model) in named.zip(&model) {
                    *value = Value::text(model);
                }
                let params = run.columns.iter().chain(&cell.params).cloned().collect();
                prepared.jobs.push(Job {
                    table: table.name,
                    command: run.command.clone(),
                    certificate: format!("{CERTIFICATES}/{}.json", cell_name(&cell)),
                    cell,
                    params,
                });
            }
        }
    }
    Ok(prepared)
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
