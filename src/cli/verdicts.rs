//! `--journal FILE`: every decided cell is appended at once, with its certificate, and the same command goes on from what is there.
//!
//! A journal of the form of [`crate::journal`]. The first entry is the [`Header`]: the command, the version of the program,
//! the digests of the files that are read, how many cells there are and which part of them is this journal's. Every other one is a
//! decided cell with its certificate. Cells that a limit left undecided have none.
//!
//! Nothing of it is believed. The digests of lines tell damage; what a line says is [`Remembered`], until its certificate is
//! checked like a stranger's file and compared with the cell ([`recheck`]). What does not hold is named, decided again, and
//! appended: of several entries about a cell the last one counts.

use super::decide::How;
use super::names::cell_name;
use super::output::{check_apart, note};
use super::stored::{StoredValues, looked_at, restore_values, store_values};
use super::{Failure, Printing, grid};
use crate::claim::Cell;
use crate::journal::{Journal, JournalError, Kind, Lines, header_of};
use crate::kernel::Verdict;
use crate::report::{Record, Value, value_of};
use crate::search::control::Control;
use crate::train::sweep::Shard;
use crate::verdict::{Accepted, Decided, NotTakenUp, Remembered, recheck};
use clap::{ArgMatches, Args};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(super) const KIND: Kind = Kind { name: "counterproof-verdicts", noun: "command", version: 1 };

/// What becomes of decided cells beside the output.
#[derive(Args, Debug, Clone)]
pub(super) struct Keeping {
    /// Write each decided cell with its certificate to FILE at once, and go on from what is there, which is checked again
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Decide cells I, I+K, .. of the command only, for job arrays; `merge` joins the journals
    #[arg(long, value_name = "I/K", requires = "journal")]
    pub shard: Option<Shard>,
}

/// What a journal is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub journal: String,
    pub version: u32,
    /// version of the program
    pub program: String,
    /// what the cells depend on, as a shell reads it
    pub command: String,
    /// SHA-256 of each file that the command names, by its name
    pub inputs: BTreeMap<String, String>,
    /// cells of the whole command
    pub total: usize,
    pub shard: Shard,
}

impl Header {
    pub(super) fn new(command: String, cells: &[Cell], shard: Shard) -> Self {
        Self {
            journal: KIND.name.to_owned(),
            version: KIND.version,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            command,
            inputs: inputs(cells),
            total: cells.len(),
            shard,
        }
    }
}

/// The files that cells are about, with their digests.
fn inputs(cells: &[Cell]) -> BTreeMap<String, String> {
    let mut inputs = BTreeMap::new();
    for cell in cells {
        let digests = |wanted: &str| value_of(cell.named(), wanted).map(Value::to_string);
        let Some(sha256) = digests("sha256") else { continue };
        let file =
            cell.params.iter().find(|(name, _)| ["model", "embedding", "file"].contains(name));
        let file = file.map_or_else(String::new, |(_, name)| name.to_string());
        let other = value_of(&cell.params, "other").map(Value::to_string);
        inputs.extend(other.zip(digests("other_sha256")));
        if let Some(mapping) = digests("mapping_sha256") {
            inputs.insert(format!("mapping of {file}"), mapping);
        }
        inputs.insert(file, sha256);
    }
    inputs
}

/// A decided cell.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// its place in the whole command, counted from 0
    cell: usize,
    /// the same in words
    name: String,
    verdict: Verdict,
    values: StoredValues,
    reason: Option<String>,
    /// the text of the certificate
    certificate: String,
}

impl Entry {
    fn new(at: usize, cell: &Cell, record: &Record, certificate: &Accepted) -> Self {
        Self {
            cell: at,
            name: cell_name(cell),
            verdict: record.verdict.verdict(),
            values: store_values(record),
            reason: record.reason.clone(),
            certificate: certificate.text().to_owned(),
        }
    }

    /// What it says about a cell: its place and name, and what is to be checked.
    fn read(
        path: &Path,
        line: usize,
        text: &str,
    ) -> Result<(usize, String, Remembered), JournalError> {
        let wrong = |reason: String| JournalError::Entry { path: path.to_owned(), line, reason };
        let entry: Self = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let Self { cell, name, verdict, values, reason, certificate } = entry;
        let values =
            restore_values(&values).ok_or_else(|| wrong("values: cannot be read".to_owned()))?;
        Ok((cell, name, Remembered { verdict, values, reason, certificate }))
    }
}

/// What lines say about cells, by their place: the last line about each, with its number.
pub(super) type Said = BTreeMap<usize, (usize, Remembered)>;

/// Reads the lines of a journal with this header. A line that is about no cell of it is an error; whether it is true is asked later.
pub(super) fn said(
    path: &Path,
    header: &Header,
    cells: &[Cell],
    lines: &Lines,
) -> Result<Said, JournalError> {
    if !header.shard.is_sound() {
        let reason = format!("there is no shard {}", header.shard);
        return Err(JournalError::Foreign { path: path.to_owned(), noun: KIND.noun, reason });
    }
    let mut said = Said::new();
    for (line, text) in &lines.entries {
        let (at, name, remembered) = Entry::read(path, *line, text)?;
        let cell = cells.get(at).filter(|cell| header.shard.has(at) && cell_name(cell) == name);
        if cell.is_none() {
            let (path, line) = (path.to_owned(), *line);
            let reason = format!("there is no cell {at} of this name here: {name}");
            return Err(JournalError::Entry { path, line, reason });
        }
        said.insert(at, (*line, remembered));
    }
    Ok(said)
}

/// What the lines of a journal of whatever command say about cells, by their names, for who knows cells of these names.
pub(super) fn remembered(
    path: &Path,
    lines: &Lines,
) -> Result<BTreeMap<String, (usize, Remembered)>, JournalError> {
    let header: Header = header_of(KIND, path, lines)?;
    let program = env!("CARGO_PKG_VERSION");
    if header.program != program {
        return Err(JournalError::Other {
            path: path.to_owned(),
            noun: KIND.noun,
            field: "program".to_owned(),
            expected: program.to_owned(),
            found: header.program,
        });
    }
    let mut said = BTreeMap::new();
    for (line, text) in &lines.entries {
        let (_, name, remembered) = Entry::read(path, *line, text)?;
        said.insert(name, (*line, remembered));
    }
    Ok(said)
}

/// Adds cells to the journal of a whole command, which is made where it is not there. `found` are the lines that it was
/// seen to have; whoever has written to it since is not overwritten.
pub(super) fn add_to_whole(
    path: &Path,
    (header, cells): (&Header, &[Cell]),
    found: Option<&Lines>,
    decided: &[(usize, &Decided)],
) -> Result<(), Failure> {
    let same = |lines: Lines| Ok(found.map_or(lines.entries.is_empty(), |found| *found == lines));
    let (mut journal, same) =
        Journal::open(KIND, path, header, same).map_err(Failure::of_journal)?;
    if !same {
        let place = path.display();
        return Err(Failure::busy(format!("--journal: {place} was written to meanwhile")));
    }
    let entries = decided.iter().filter_map(|(at, decided)| {
        Some(Entry::new(*at, &cells[*at], &decided.record, decided.certificate.as_ref()?))
    });
    journal.append_all(entries).map_err(Failure::of_journal)
}

/// What of it holds.
#[derive(Default)]
pub(super) struct Held {
    pub cells: BTreeMap<usize, Decided>,
    /// entries that a limit left no time to check
    pub unchecked: usize,
}

/// Has every certificate checked again and compared with its cell, on all threads; what does not hold is named, with what
/// becomes of it.
pub(super) fn held(
    (path, said): (&Path, Said),
    cells: &[Cell],
    how: (&Control, bool),
    becomes: &str,
) -> Held {
    let said: Vec<(usize, (usize, Remembered))> = said.into_iter().collect();
    let found = looked_at(said.len(), how, |at| {
        let (cell, (_, remembered)) = &said[at];
        recheck(&cells[*cell], remembered.clone(), how.0)
    });
    let mut held = Held::default();
    for ((cell, (line, _)), found) in said.iter().zip(found) {
        match found {
            Ok(decided) => {
                if let Some(certificate) = &decided.certificate {
                    cells[*cell].is_taken_up(certificate.certificate());
                }
                held.cells.insert(*cell, decided);
            }
            Err(NotTakenUp::Stopped) => held.unchecked += 1,
            Err(NotTakenUp::Refused(why)) => {
                note(&format!("{}, line {line}: {becomes}: {why}", path.display()));
            }
        }
    }
    held
}

/// The journal of a command that is running.
pub(super) struct Kept {
    journal: Journal,
    shard: Shard,
    held: Held,
}

impl Keeping {
    /// Opens the journal that the options name, and checks what is in it. `command` is the way to its name, `printing` names the
    /// other file that is going to be written.
    pub(super) fn open(
        &self,
        (command, matches): (&[&str], &ArgMatches),
        printing: &Printing,
        cells: &[Cell],
        &How { control, quiet, .. }: &How<'_>,
    ) -> Result<Option<Kept>, Failure> {
        let Some(path) = &self.journal else { return Ok(None) };
        printing.out.as_ref().map_or(Ok(()), |out| check_apart("--out", out, path))?;
        let shard = self.shard.unwrap_or(Shard::WHOLE);
        let header = Header::new(grid::quoted(&grid::spoken(command, matches)?), cells, shard);
        let understand = |lines: Lines| Ok((said(path, &header, cells, &lines)?, lines.torn));
        let (journal, (said, torn)) =
            Journal::open(KIND, path, &header, understand).map_err(Failure::of_journal)?;
        let place = path.display();
        if torn {
            note(&format!("{place}: dropped an unfinished last line"));
        }
        let held = held((path, said), cells, (control, quiet), "not taken up, decided again");
        if !quiet && held.cells.len() + held.unchecked > 0 {
            let left = match held.unchecked {
                0 => String::new(),
                left => format!("; no time to check {left} more"),
            };
            let count = held.cells.len();
            note(&format!(
                "{place}: {count} verdicts taken up, their certificates checked again{left}"
            ));
        }
        Ok(Some(Kept { journal, shard, held }))
    }
}

impl Kept {
    /// Whether the cell at this place is of this part.
    pub(super) fn has(&self, at: usize) -> bool {
        self.shard.has(at)
    }

    /// What was decided before, and holds.
    pub(super) fn take(&mut self, at: usize) -> Option<Decided> {
        self.held.cells.remove(&at)
    }

    /// Writes a decided cell down.
    pub(super) fn append(
        &mut self,
        at: usize,
        cell: &Cell,
        record: &Record,
        certificate: &Accepted,
    ) -> Result<(), Failure> {
        let entry = Entry::new(at, cell, record, certificate);
        self.journal.append::<IgnoredAny>(&entry).map(drop).map_err(Failure::of_journal)
    }
}
