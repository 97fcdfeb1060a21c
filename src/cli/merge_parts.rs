//! `counterproof merge` of the journals of all parts of hard cells (`verify --part I/K`): the cells themselves.
//!
//! All parts of one number of parts are every input, so that where none has a wrong one the largest error of all is known
//! without looking again. What is proposed then is the cell's own certificate, the one that a single machine would have written, and
//! it is checked like every other: the join believes no part. A wrong input of a part refutes the cell, and of several the first
//! one does, as on a single machine.

use super::Failure;
use super::grid::{quoted, unquoted};
use super::merge_verdicts::{alike, differs};
use super::names::cell_name;
use super::output::{note, progress};
use super::verdicts::{Header, said};
use crate::claim::{Cell, PartsSay};
use crate::journal::Lines;
use crate::kernel::definition::InputPart;
use crate::kernel::kind::Counterexample;
use crate::kernel::number::Rational;
use crate::kernel::{Certificate, Verdict};
use crate::report::Value;
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
    /// by the cell's place and the part's number; with the journal and the line
    said: BTreeMap<(usize, u64), Vec<Line>>,
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
        let cells: Option<Vec<Cell>> = self.cells.iter().map(|cell| cell.part(part)).collect();
        let cells = cells.ok_or_else(|| differs(path, "command", &header.command, &whole))?;
        alike(path, header, &Header::new(header.command.clone(), &cells, header.shard))?;
        for (at, (line, remembered)) in
            said(path, header, &cells, lines).map_err(Failure::of_journal)?
        {
            let said = self.said.entry((at, part.index())).or_default();
            said.push((path.to_owned(), line, remembered));
        }
        Ok(())
    }

    /// What is said about the parts of a cell.
    fn about(&self, at: usize) -> impl Iterator<Item = (u64, &[Line])> {
        let of_cell = self.said.range((at, 0)..=(at, u64::MAX));
        of_cell.map(|((_, index), said)| (*index, said.as_slice()))
    }

    /// What is decided by all parts together; the others are named.
    pub(super) fn join(&self, (control, quiet): (&Control, bool)) -> BTreeMap<usize, Decided> {
        let bar = progress(self.cells.len(), quiet);
        let mut joined = BTreeMap::new();
        for (at, cell) in self.cells.iter().enumerate() {
            let name = cell_name(cell);
            bar.set_message(name.clone());
            match self.together(at, cell, control) {
                Ok(said) => {
                    let Some(whole) = cell.joined(said) else { continue };
                    let decided = decide(&whole, control);
                    if decided.record.verdict.is_decided() {
                        joined.insert(at, decided);
                    } else {
                        let why = decided.record.reason.unwrap_or_default();
                        note(&format!("{name}: its parts are there, but it is not decided: {why}"));
                        self.blame(at, cell, control);
                    }
                }
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
        joined
    }

    /// What the parts say, or which are missing.
    fn together(&self, at: usize, cell: &Cell, control: &Control) -> Result<PartsSay, Missing> {
        let mut wrong = Vec::new();
        let mut max_error = Rational::from_integer(0.into());
        let mut there = BTreeSet::new();
        for (index, said) in self.about(at) {
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
        let part = self.cell(index, cell).ok_or_else(|| none("it has no parts"))?;
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

    fn cell(&self, index: u64, cell: &Cell) -> Option<Cell> {
        cell.part(format!("{index}/{}", self.of).parse().ok()?)
    }

    /// Names the parts that do not hold, where the whole does not.
    fn blame(&self, at: usize, cell: &Cell, control: &Control) {
        for (index, said) in self.about(at) {
            let Some(part) = self.cell(index, cell) else { continue };
            for (path, line, remembered) in said {
                if let Err(NotTakenUp::Refused(why)) = recheck(&part, remembered.clone(), control) {
                    note(&format!("{}, line {line}: it does not hold: {why}", path.display()));
                }
            }
        }
    }
}

/// The largest error that is said of a part.
fn error_of(remembered: &Remembered) -> Option<Rational> {
    let (_, value) = remembered.values.iter().find(|(name, _)| *name == "max_error")?;
    match value {
        Value::Integer(error) => Some(Rational::from_integer(error.clone())),
        Value::Rational(error) => Some(error.clone()),
        _ => None,
    }
}
