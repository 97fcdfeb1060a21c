//! `counterproof merge` of the journals of all parts of hard cells (`verify --part I/K`): the cells themselves.
//!
//! Where every input is looked at, all parts of one number of parts are every input, so that where none has a wrong one the largest error of all
//! is known without looking again. A wrong input of a part refutes the cell, and of several the first one does, as on a
//! single machine. Other cells are made of the proofs of their parts, all of which have to be there.
//!
//! What is proposed then is the cell's own certificate, and it is checked like every other: the join believes no part.

use super::Failure;
use super::grid::{quoted, unquoted};
use super::merge_verdicts::{alike, differs};
use super::names::cell_name;
use super::output::{note, progress};
use super::verdicts::{Header, said};
use crate::claim::{Cell, PartsSay, Told};
use crate::journal::Lines;
use crate::kernel::definition::InputPart;
use crate::kernel::kind::Counterexample;
use crate::kernel::number::Rational;
use crate::kernel::{Certificate, Verdict};
use crate::report::{Value, value_of};
use crate::search::control::Control;
use crate::search::exhaustive;
use crate::verdict::{Decided, NotTakenUp, Remembered, decide, recheck};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The part that the command of a journal is about, and the command without it.
pub(super) fn part_of(command: &str) -> Option<(InputPart, String)> {
    let mut words = unquoted(command)?;
    let at = words.iter().position(|word| word == "--part")?;
    let part = words.get(at + 1)?.parse().ok()?;
    words.drain(at..at + 2);
    Some((part, quoted(&words)))
}

/// What a line of a journal says about a part.
type Line = (PathBuf, usize, Remembered);

/// Parts that are in none of the journals.
struct Missing {
    count: u64,
    first: u64,
}

/// What journals say about cells in parts.
pub(super) struct Parts<'a> {
    /// of the first journal
    command: &'a str,
    cells: &'a [Cell],
    /// how many parts there are
    of: u64,
    /// by the cell's place, the part's number and the place among the cells of this part; with the journal and the line
    said: BTreeMap<(usize, u64, usize), Vec<Line>>,
}

impl<'a> Parts<'a> {
    /// None yet, of a command about a part.
    pub(super) fn new(command: &'a str, of: u64, cells: &'a [Cell]) -> Self {
        Self { command, cells, of, said: BTreeMap::new() }
    }

    pub(super) fn add(
        &mut self,
        path: &Path,
        header: &Header,
        lines: &Lines,
    ) -> Result<(), Failure> {
        let expected = self.command;
        let (part, whole) = part_of(&header.command)
            .filter(|(_, whole)| part_of(expected).is_some_and(|(_, expected)| expected == *whole))
            .ok_or_else(|| differs(path, "command", &header.command, expected))?;
        if part.of() != self.of {
            return Err(differs(path, "--part", &part.to_string(), &format!("I/{}", self.of)));
        }
        let parts: Option<Vec<Vec<Cell>>> = self.cells.iter().map(|cell| cell.part(part)).collect();
        let parts = parts.ok_or_else(|| differs(path, "command", &header.command, &whole))?;
        // of which cell each is, and which of its cells
        let places: Vec<(usize, usize)> = parts
            .iter()
            .enumerate()
            .flat_map(|(at, cells)| (0..cells.len()).map(move |place| (at, place)))
            .collect();
        let cells: Vec<Cell> = parts.into_iter().flatten().collect();
        alike(path, header, &Header::new(header.command.clone(), &cells, header.shard))?;
        for (at, (line, remembered)) in
            said(path, header, &cells, lines).map_err(Failure::of_journal)?
        {
            let (cell, place) = places[at];
            let said = self.said.entry((cell, part.index(), place)).or_default();
            said.push((path.to_owned(), line, remembered));
        }
        Ok(())
    }

    /// What is said about the parts of a cell.
    fn about(&self, at: usize) -> impl Iterator<Item = ((u64, usize), &[Line])> {
        let of_cell = self.said.range((at, 0, 0)..=(at, u64::MAX, usize::MAX));
        of_cell.map(|((_, index, place), said)| ((*index, *place), said.as_slice()))
    }

    /// What is decided by all parts together; the others are named.
    pub(super) fn join(
        &self,
        (control, quiet): (&Control, bool),
    ) -> Result<BTreeMap<usize, Decided>, Failure> {
        let bar = progress(self.cells.len(), quiet);
        let mut joined = BTreeMap::new();
        for (at, cell) in self.cells.iter().enumerate() {
            let name = cell_name(cell);
            bar.set_message(name.clone());
            let whole = match cell.is_made_of_parts() {
                true => self.made(at, cell, control)?.map(|told| cell.joined_of(told)),
                false => self.together(at, cell, control).map(|said| cell.joined(said)),
            };
            match whole {
                Ok(Some(whole)) => {
                    let decided = decide(&whole, control);
                    if decided.record.verdict.is_decided() {
                        joined.insert(at, decided);
                    } else {
                        let why = decided.record.reason.unwrap_or_default();
                        note(&format!("{name}: its parts are there, but it is not decided: {why}"));
                        self.blame(at, cell, control);
                    }
                }
                Ok(None) => {}
                Err(Missing { count, first }) => {
                    let of = self.of;
                    note(&format!(
                        "{name}: {count} of {of} parts are missing, the first is {first}/{of}"
                    ));
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(joined)
    }

    /// What was found about all cells of all parts, or which parts are missing. Two different proofs of one are an error, if both hold.
    fn made(
        &self,
        at: usize,
        cell: &Cell,
        control: &Control,
    ) -> Result<Result<Vec<Told>, Missing>, Failure> {
        let mut told = BTreeMap::new();
        for (place, said) in self.about(at) {
            let one = match said.split_first() {
                Some((first, others)) if others.iter().all(|other| same(&other.2, &first.2)) => {
                    Some(first)
                }
                _ => self.one_of(place, cell, said, control)?,
            };
            let Some((path, line, remembered)) = one else { continue };
            match Certificate::parse(&remembered.certificate) {
                Ok(certificate) => {
                    let values = remembered.values.clone();
                    told.insert(place, Told { values, certificate });
                }
                Err(why) => note(&format!("{}, line {line}: left out: {why}", path.display())),
            }
        }
        // there may be very many parts
        let needed = cell.parts_of(self.of);
        let there: BTreeSet<u64> = told.keys().map(|(index, _)| *index).collect();
        let complete = |index: u64| {
            let cells = if there.contains(&index) { self.cells_of(index, cell).len() } else { 0 };
            cells > 0 && (0..cells).all(|place| told.contains_key(&(index, place)))
        };
        let whole = there.iter().filter(|index| complete(**index)).count() as u64;
        Ok(match (1..=needed).find(|index| !complete(*index)) {
            None => Ok(told.into_values().collect()),
            Some(first) => Err(Missing { count: needed - whole, first }),
        })
    }

    /// The one of several different lines about a part that holds.
    fn one_of<'b>(
        &self,
        place: (u64, usize),
        cell: &Cell,
        said: &'b [Line],
        control: &Control,
    ) -> Result<Option<&'b Line>, Failure> {
        let Some(part) = self.cell_at(place, cell) else { return Ok(None) };
        let mut found: Option<&Line> = None;
        for line in said {
            match recheck(&part, line.2.clone(), control) {
                Ok(_) if found.is_some_and(|found| !same(&found.2, &line.2)) => {
                    let other =
                        found.map_or_else(String::new, |found| found.0.display().to_string());
                    return Err(Failure::new(format!(
                        "{}: {} has another proof than in {other}; both certificates are valid: keep one of the journals",
                        line.0.display(),
                        cell_name(&part),
                    )));
                }
                Ok(_) => found = Some(line),
                Err(NotTakenUp::Refused(why)) => {
                    note(&format!("{}, line {}: left out: {why}", line.0.display(), line.1));
                }
                Err(NotTakenUp::Stopped) => {}
            }
        }
        Ok(found)
    }

    /// What the parts say, or which are missing.
    fn together(&self, at: usize, cell: &Cell, control: &Control) -> Result<PartsSay, Missing> {
        let mut wrong = Vec::new();
        let mut max_error = Rational::from_integer(0.into());
        let mut there = BTreeSet::new();
        for ((index, _), said) in self.about(at) {
            for (path, line, remembered) in said {
                match remembered.verdict {
                    Verdict::Verified => {
                        let Some(error) = error_of(remembered) else { continue };
                        max_error = max_error.max(error);
                        there.insert(index);
                    }
                    _ => match self.failure(index, cell, remembered, control) {
                        Ok(failure) => wrong.push(failure),
                        Err(why) => {
                            note(&format!("{}, line {line}: left out: {why}", path.display()));
                        }
                    },
                }
            }
        }
        if let Some(first) = wrong.into_iter().min_by(|a, b| a.rank().cmp(&b.rank())) {
            return Ok(PartsSay::Wrong(first));
        }
        // there may be very many parts
        match (1..=self.of).find(|index| !there.contains(index)) {
            None => Ok(PartsSay::NoneWrong(max_error)),
            Some(first) => Err(Missing { count: self.of - there.len() as u64, first }),
        }
    }

    /// The wrong input that a part shows, when it does.
    fn failure(
        &self,
        index: u64,
        cell: &Cell,
        remembered: &Remembered,
        control: &Control,
    ) -> Result<exhaustive::Failure, NotTakenUp> {
        let none = |why: &str| NotTakenUp::Refused(why.to_owned());
        let part = self.cell_at((index, 0), cell).ok_or_else(|| none("it has no parts"))?;
        recheck(&part, remembered.clone(), control)?;
        let certificate = Certificate::parse(&remembered.certificate);
        let certificate = certificate.map_err(|why| none(&why.to_string()))?;
        let (_, data) =
            certificate.get::<Counterexample>().ok_or_else(|| none("it shows no input"))?;
        let Counterexample { sequence, output, answer, .. } = data;
        Ok(exhaustive::Failure {
            sequence: sequence.clone(),
            output: output.0.clone(),
            answer: *answer,
        })
    }

    /// The cells of a part of a cell.
    fn cells_of(&self, index: u64, cell: &Cell) -> Vec<Cell> {
        let part = format!("{index}/{}", self.of).parse().ok();
        part.and_then(|part| cell.part(part)).unwrap_or_default()
    }

    /// The cell at a place among those of a part.
    fn cell_at(&self, (index, place): (u64, usize), cell: &Cell) -> Option<Cell> {
        self.cells_of(index, cell).into_iter().nth(place)
    }

    /// Names the parts that do not hold, where the whole does not.
    fn blame(&self, at: usize, cell: &Cell, control: &Control) {
        for (place, said) in self.about(at) {
            let Some(part) = self.cell_at(place, cell) else { continue };
            for (path, line, remembered) in said {
                if let Err(NotTakenUp::Refused(why)) = recheck(&part, remembered.clone(), control) {
                    note(&format!("{}, line {line}: it does not hold: {why}", path.display()));
                }
            }
        }
    }
}

/// Whether two lines say the same about a part.
fn same(a: &Remembered, b: &Remembered) -> bool {
    a.verdict == b.verdict && a.values == b.values && a.certificate == b.certificate
}

/// The largest error that is said of a part.
fn error_of(remembered: &Remembered) -> Option<Rational> {
    match value_of(&remembered.values, "max_error")? {
        Value::Integer(error) => Some(Rational::from_integer(error.clone())),
        Value::Rational(error) => Some(error.clone()),
        _ => None,
    }
}
