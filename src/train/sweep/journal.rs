//! The journal of a sweep: what is finished survives whatever happens to the process.
//!
//! A journal of the form of [`crate::journal`]. The first entry is the [`Header`], every other one a cell with its outcome, in the
//! order in which they were finished.
//!
//! A digest tells a damaged line, not a forged one, and a measurement has no certificate. What a line carries is checked all the same
//! ([`Outcome::check`](super::run::Outcome)): its cell is one of the plan, its steps are those of the plan's settings, its scores add up, and the
//! answers that it was measured on are those of the plan's held-out sequences, which are drawn again. What it cannot tell is whether a model was trained at all; only training it again does, and
//! gives the same bytes on a machine with the same kernels. No verdict rests on it.

pub use crate::journal::{JournalError, difference};

use super::grid::{Cell, Plan, PlanError, Shard};
use super::run::{Drawn, Outcome, Results};
use crate::journal::{self, Kind, Lines, header_of};
use crate::train::kernels::Kernels;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The version is raised when journals are written differently, or when the trainer gives other numbers.
const KIND: Kind = Kind { name: "counterproof-sweep", noun: "sweep", version: 1 };

/// Which sweep a journal is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// says what the file is
    pub journal: String,
    pub version: u32,
    /// version of the program
    pub program: String,
    /// the kernels that the machine runs: others round differently
    pub kernels: String,
    pub shard: Shard,
    pub plan: Plan,
}

impl Header {
    /// The header that this program writes on this machine, with its own kernels.
    #[must_use]
    pub fn new(plan: Plan, shard: Shard) -> Self {
        Self::with_kernels(plan, shard, Kernels::own())
    }

    /// The same with kernels of one's choice.
    #[must_use]
    pub fn with_kernels(plan: Plan, shard: Shard, kernels: &Kernels<f32>) -> Self {
        Self {
            journal: KIND.name.to_owned(),
            version: KIND.version,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            kernels: kernels.rounding.to_owned(),
            shard,
            plan,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry<C, O> {
    cell: C,
    outcome: O,
}

/// What a journal holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    pub header: Header,
    pub results: Results,
    /// an unfinished last line was left out
    pub torn: bool,
}

/// Where results go.
#[derive(Debug)]
pub struct Journal(journal::Journal);

impl Journal {
    /// Keeps nothing: the sweep is lost when it is interrupted.
    #[must_use]
    pub fn in_memory(header: Header) -> Self {
        Self(journal::Journal::in_memory(&header))
    }

    /// Goes on with the journal at `path`, or starts it. The file stays locked against other sweeps until it is dropped.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be used, is no journal, or is of another sweep.
    pub fn open(path: &Path, header: Header) -> Result<(Self, Contents), JournalError> {
        let understand = |lines| understand(path, &lines);
        let (journal, contents) = journal::Journal::open(KIND, path, &header, understand)?;
        Ok((Self(journal), contents))
    }

    /// Writes down a finished cell, and returns its outcome as whoever reads the journal will see it.
    ///
    /// # Errors
    /// [`JournalError`] when it could not be written.
    pub fn append(&mut self, cell: &Cell, outcome: &Outcome) -> Result<Outcome, JournalError> {
        let seen: Entry<Cell, Outcome> = self.0.append(&Entry { cell, outcome })?;
        Ok(seen.outcome)
    }
}

/// Reads a journal without changing it.
///
/// # Errors
/// [`JournalError`] when it cannot be read or something in it does not fit.
pub fn read(path: &Path) -> Result<Contents, JournalError> {
    understand(path, &journal::read(KIND, path)?)
}

fn understand(path: &Path, lines: &Lines) -> Result<Contents, JournalError> {
    let header: Header = header_of(KIND, path, lines)?;
    check(&header).map_err(|reason| JournalError::Foreign {
        path: path.to_owned(),
        noun: KIND.noun,
        reason,
    })?;
    let mut results = Results::new();
    let mut drawn = Drawn::new();
    for (line, text) in &lines.entries {
        let wrong =
            |reason: String| JournalError::Entry { path: path.to_owned(), line: *line, reason };
        let entry: Entry<Cell, Outcome> =
            serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if !header.plan.has(&entry.cell) {
            return Err(wrong(format!("the sweep has no cell {}", entry.cell)));
        }
        entry.outcome.check(&header.plan, &entry.cell, &mut drawn).map_err(wrong)?;
        if results.insert(entry.cell, entry.outcome).is_some() {
            return Err(wrong(format!("the cell {} is there twice", entry.cell)));
        }
    }
    Ok(Contents { header, results, torn: lines.torn })
}

fn check(header: &Header) -> Result<(), String> {
    if !header.shard.is_sound() {
        return Err(format!("there is no shard {}", header.shard));
    }
    header.plan.check().map_err(|error: PlanError| error.to_string())
}

#[cfg(test)]
mod tests;
