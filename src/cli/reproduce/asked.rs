//! T11 in the report: what language models answered, from journals of `ask`.
//!
//! A journal is copied to `inputs/`, and the command that shows it there makes the table. Nobody is asked.

use super::folder::Folder;
use super::inputs;
use super::outputs::drawing;
use crate::ask::plan::Task;
use crate::ask::tables::Report;
use crate::cli::grid::parsed;
use crate::cli::read::read_bytes;
use crate::cli::{Command, Failure, ask};
use crate::report::document::{Section, Sheet};
use crate::report::provenance::Provenance;
use std::path::{Path, PathBuf};

/// One journal of each task.
pub(super) struct Questionnaire {
    task: Task,
    report: Report,
    bytes: Vec<u8>,
}

impl Questionnaire {
    /// Name of its files.
    pub(super) fn name(&self) -> &'static str {
        match self.task {
            Task::QueryCount => "asked-qc",
            Task::MostFrequentElement => "asked-mfe",
            Task::Letters => "asked-letters",
        }
    }

    fn title(&self) -> &'static str {
        match self.task {
            Task::QueryCount => "Language models: query count",
            Task::MostFrequentElement => "Language models: most frequent element",
            Task::Letters => "Language models: letters of a word",
        }
    }

    fn table(&self) -> &'static str {
        match self.task {
            Task::Letters => "answers",
            _ => "errors",
        }
    }

    /// Where its journal is in the folder.
    pub(super) fn path(&self) -> String {
        format!("{}/{}.jsonl", inputs::FOLDER, self.name())
    }

    pub(super) fn complete(&self) -> bool {
        self.report.measured.complete
    }
}

/// Reads the journals.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Questionnaire>, Failure> {
    let mut all: Vec<Questionnaire> = Vec::new();
    for path in paths {
        let (report, task) = ask::shown(path, None)?;
        let one = Questionnaire { task, report, bytes: read_bytes(path)? };
        if all.iter().any(|other| other.task == task) {
            let place = path.display();
            return Err(Failure::new(format!(
                "--ask-journal: {place}: there is another journal of the task {}; name one of each",
                task.name()
            )));
        }
        all.push(one);
    }
    all.sort_by_key(|one| one.task as usize);
    Ok(all)
}

pub(super) fn names(all: &[Questionnaire]) -> impl Iterator<Item = &'static str> {
    all.iter().map(Questionnaire::name)
}

/// The section, with the journals written beside it.
pub(super) fn section(
    all: &[Questionnaire],
    folder: &mut Folder,
    provenance: &Provenance,
) -> Result<Option<Section>, Failure> {
    let mut sheets = Vec::new();
    for one in all {
        let (path, name, title) = (one.path(), one.name(), one.title());
        let command = format!("counterproof ask --show {path}");
        // what is shown is what would be run
        let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        let shows = match parsed(&words)?.0 {
            Command::Ask(options) => ask::journal_shown(&options) == Some(Path::new(&path)),
            _ => false,
        };
        if !shows {
            return Err(Failure::new(format!("`{command}` shows no journal")));
        }
        let provenance = provenance.of(vec![command]);
        folder.write(&path, &one.bytes, &provenance.commands)?;
        let description = "Answers of a language model, read by the rule stated.";
        let drawn = drawing((name, title), description, &one.report.figure, &provenance);
        sheets.push(Sheet {
            name,
            title,
            provenance,
            records: Vec::new(),
            growth: Vec::new(),
            shown: &[],
            figures: drawn.into_iter().collect(),
            measured: Some((one.report.measured.clone(), one.table())),
        });
    }
    Ok((!sheets.is_empty()).then(|| Section {
        name: "asked",
        label: "T11".to_owned(),
        title: "What language models answer",
        text: vec![
            "Language models were asked how often an item occurs in a sequence of `n = c m` items over `m` distinct ones, so that the expected \
             count stays the same as `m` grows; the baseline has two distinct items, the same length and the same expected count. Their answers \
             are read by a stated rule. No verdict is drawn from them."
                .to_owned(),
        ],
        sheets,
    }))
}
