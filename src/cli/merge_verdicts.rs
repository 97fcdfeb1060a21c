//! `counterproof merge` of journals of verdicts: the records of one run, from parts that were decided anywhere.
//!
//! The first journal says which command it is of. Its cells are planned here, from the files that it names, which have to be
//! those of the journals; every certificate is checked again and compared with its cell. The journals may be of any parts, in any
//! order, and have cells in common: the same answer twice is one, two different ones are an error.

use super::decide::{Settling, store_certificate};
use super::grid::{self, Grid};
use super::merge_parts::{Parts, part_of};
use super::names::cell_name;
use super::output::{check_destination, check_file, check_folder, note};
use super::verdicts::{Header, KIND, add_to_whole, held, said};
use super::{Failure, Limits, Printing, Status};
use crate::claim::Cell;
use crate::journal::{JournalError, Lines, difference, header_of, read};
use crate::report::Record;
use crate::search::control::Control;
use crate::train::sweep::Shard;
use crate::verdict::{Checked, Decided};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What is to be done with the joined records.
pub(super) struct How<'a> {
    pub printing: &'a Printing,
    pub plot: Option<&'a Path>,
    pub certificates: Option<&'a Path>,
    /// where the joined journal is to be
    pub journal: Option<&'a Path>,
    pub settling: Settling,
    pub limits: &'a Limits,
}

pub(super) fn run(files: &[PathBuf], how: &How<'_>) -> Result<Status, Failure> {
    check_destination(how.printing, how.plot)?;
    if let Some(folder) = how.certificates {
        check_folder("--certificates", folder)?;
    }
    let there = match how.journal {
        Some(path) => {
            check_file("--journal", path)?;
            let begun = std::fs::metadata(path).is_ok_and(|found| found.len() > 0);
            begun.then(|| read(KIND, path)).transpose().map_err(Failure::of_journal)?
        }
        None => None,
    };
    let journals = read_all(files)?;
    let Some((first, header, _)) = journals.first() else {
        return Err(Failure::new("no journal"));
    };
    let control = how.limits.control();
    // journals of parts are about cells that none of them has whole
    let in_parts = part_of(&header.command);
    let command = in_parts.as_ref().map_or(&header.command, |(_, whole)| whole);
    let (grid, cells) = how.limits.planning(&control, || planned(first, header, command))?;
    if let Some(plot) = how.plot {
        grid.check_plot(plot)?;
    }
    let whole = Header::new(command.clone(), &cells, Shard::WHOLE);
    if let (Some(path), Some(lines)) = (how.journal, &there) {
        let found: Header = header_of(KIND, path, lines).map_err(Failure::of_journal)?;
        alike(path, &found, &whole)?;
    }
    let (decided, parts) = (BTreeMap::new(), BTreeSet::new());
    let why_open = match &in_parts {
        Some(_) => "not decided by the parts in the journals",
        None => "in none of the journals",
    };
    let mut joined = Joined { command, cells: &cells, decided, parts, why_open };
    let quiet = (&control, how.limits.quiet);
    match &in_parts {
        Some((part, _)) => {
            let mut parts = Parts::new(&header.command, part.of(), &cells);
            for (path, header, lines) in &journals {
                parts.add(path, header, lines)?;
            }
            let decided = parts.join(quiet)?.into_iter();
            joined.decided =
                decided.map(|(at, decided)| (at, (first.to_path_buf(), decided))).collect();
        }
        None => {
            for (path, header, lines) in &journals {
                joined.add(path, header, lines, quiet)?;
            }
        }
    }
    if let Some(path) = how.journal {
        joined.write(path, &whole, there.as_ref(), quiet)?;
    }
    // what is missing of parts is told already
    if in_parts.is_none() {
        joined.tell_what_is_missing();
    }
    let records = joined.records(how.certificates)?;
    let shown = grid.show(records, how.printing, how.plot).map_err(Failure::after_work)?;
    Ok(how.settling.status(&shown))
}

/// Journals with their headers.
pub(super) fn read_all(files: &[PathBuf]) -> Result<Vec<(&Path, Header, Lines)>, Failure> {
    let mut journals = Vec::new();
    for path in files {
        let lines = read(KIND, path).map_err(Failure::of_journal)?;
        let header: Header = header_of(KIND, path, &lines).map_err(Failure::of_journal)?;
        if lines.torn {
            note(&format!("{}: left out an unfinished last line", path.display()));
        }
        journals.push((path.as_path(), header, lines));
    }
    Ok(journals)
}

/// The command of a journal, if its cells are here what they were there.
fn planned(path: &Path, header: &Header, command: &str) -> Result<(Grid, Vec<Cell>), Failure> {
    let place = path.display();
    let wrong = |why: &dyn std::fmt::Display| Failure::new(format!("{place}: command: {why}"));
    let words = grid::unquoted(command).ok_or_else(|| wrong(&"a quotation has no end"))?;
    let words: Vec<String> = std::iter::once("counterproof".to_owned()).chain(words).collect();
    let (grid, cells) = grid::planned(&words).map_err(|why| wrong(&why))?;
    // of this program, of the files that are here, and of as many cells; of journals of parts that is asked of each
    if command == header.command {
        alike(path, header, &Header::new(header.command.clone(), &cells, header.shard))?;
    }
    Ok((grid, cells))
}

pub(super) fn alike(path: &Path, there: &Header, here: &Header) -> Result<(), Failure> {
    match difference(there, here) {
        None => Ok(()),
        Some((field, found, expected)) => Err(differs(path, &field, &found, &expected)),
    }
}

/// A journal of another command.
pub(super) fn differs(path: &Path, field: &str, found: &str, expected: &str) -> Failure {
    Failure::of_journal(JournalError::Other {
        path: path.to_owned(),
        noun: KIND.noun,
        field: field.to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
    })
}

/// Journals put together.
struct Joined<'a> {
    /// of the first journal
    command: &'a str,
    cells: &'a [Cell],
    /// by the cell's place, with the journal that has it
    decided: BTreeMap<usize, (PathBuf, Decided)>,
    /// which parts there are
    parts: BTreeSet<Shard>,
    /// what is said of the others
    why_open: &'static str,
}

impl Joined<'_> {
    /// Takes in what holds of a journal; the places of its cells.
    fn add(
        &mut self,
        path: &Path,
        header: &Header,
        lines: &Lines,
        how: (&Control, bool),
    ) -> Result<BTreeSet<usize>, Failure> {
        alike(path, header, &Header::new(self.command.to_owned(), self.cells, header.shard))?;
        let said = said(path, header, self.cells, lines).map_err(Failure::of_journal)?;
        let held = held((path, said), self.cells, how, "left out");
        if held.unchecked > 0 {
            let (place, left) = (path.display(), held.unchecked);
            note(&format!("{place}: no time to check {left} verdicts"));
        }
        self.parts.insert(header.shard);
        let found = held.cells.keys().copied().collect();
        for (at, decided) in held.cells {
            if let Some((other, known)) = self.decided.get(&at) {
                if !same(known, &decided) {
                    let name = cell_name(&self.cells[at]);
                    return Err(Failure::new(format!(
                        "{}: {name} has another answer than in {}; both certificates are valid: keep one of the journals",
                        path.display(),
                        other.display()
                    )));
                }
                continue;
            }
            self.decided.insert(at, (path.to_owned(), decided));
        }
        Ok(found)
    }

    /// Writes what is decided to the journal of the whole command, and takes in what that has.
    fn write(
        &mut self,
        path: &Path,
        header: &Header,
        there: Option<&Lines>,
        how: (&Control, bool),
    ) -> Result<(), Failure> {
        let mut new: BTreeSet<usize> = self.decided.keys().copied().collect();
        if let Some(lines) = there {
            let parts = self.parts.clone();
            // an entry that does not hold is followed by one that does
            let held = self.add(path, header, lines, how)?;
            new.retain(|at| !held.contains(at));
            // a journal of the whole command may be unfinished, as the parts are
            self.parts = parts;
        }
        let new: Vec<(usize, &Decided)> =
            new.into_iter().filter_map(|at| Some((at, &self.decided.get(&at)?.1))).collect();
        add_to_whole(path, (header, self.cells), there, &new).map_err(Failure::after_work)
    }

    /// A line for each part that is not finished, or the cells, where parts of several divisions are joined.
    fn tell_what_is_missing(&self) {
        let divisions: BTreeSet<usize> = self.parts.iter().map(|part| part.of).collect();
        let of = match divisions.iter().copied().collect::<Vec<_>>().as_slice() {
            [of] => *of,
            _ => 1,
        };
        for index in 1..=of {
            let part = Shard { index, of };
            let mine = (index - 1..self.cells.len()).step_by(of);
            let all = mine.len();
            let mut open = mine.filter(|at| !self.decided.contains_key(at));
            let Some(first) = open.next() else { continue };
            let count = 1 + open.count();
            let absent = of > 1 && !self.parts.contains(&part);
            let what = match (of, absent) {
                (1, _) => String::new(),
                (_, false) => format!("shard {part}: "),
                (_, true) => format!("shard {part} is missing: "),
            };
            let name = cell_name(&self.cells[first]);
            note(&format!("{what}{count} of {all} cells are undecided, the first is {name}"));
        }
    }

    /// A record for each cell, in the order of the command.
    fn records(self, certificates: Option<&Path>) -> Result<Vec<Record>, Failure> {
        let mut decided = self.decided;
        let record = |(at, cell): (usize, &Cell)| match decided.remove(&at) {
            None => Ok(Record {
                claim: cell.claim().name().to_owned(),
                params: cell.params.clone(),
                verdict: Checked::UNDECIDED,
                values: cell.named().clone(),
                certificate: None,
                milliseconds: None,
                reason: Some(self.why_open.to_owned()),
            }),
            Some((_, Decided { mut record, certificate })) => {
                store_certificate(cell, &mut record, certificate.as_ref(), certificates)?;
                Ok(record)
            }
        };
        self.cells.iter().enumerate().map(record).collect()
    }
}

/// Whether two answers to one question are one.
fn same(a: &Decided, b: &Decided) -> bool {
    let text = |decided: &Decided| decided.certificate.as_ref().map(|c| c.sha256().to_owned());
    a.record == b.record && text(a) == text(b)
}
