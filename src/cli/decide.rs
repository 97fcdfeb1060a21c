//! Decides cells one after the other, and writes the certificates asked for.

use super::names::{cell_name, partial_name, publish};
use super::output::{check_folder, note, progress};
use super::verdicts::Kept;
use super::{Failure, Limits, Status, caller};
use crate::claim::{Cell, Claim};
use crate::kernel::Verdict;
use crate::report::Record;
use crate::search::control::{Control, Stopped};
use crate::verdict::{self, Accepted, Decided};
use clap::Args;
use std::path::Path;
use std::time::Instant;

/// For schedulers, which take any status but 0 for a failure.
#[derive(Args, Debug, Clone, Copy)]
pub(super) struct Settling {
    /// Exit with 0 when everything is decided, also where something is refuted (which is 1 otherwise)
    #[arg(long)]
    exit_zero_if_decided: bool,
}

impl Settling {
    pub(super) fn status(self, records: &[Record]) -> Status {
        match status(records) {
            Status::Fails if self.exit_zero_if_decided => Status::Holds,
            status => status,
        }
    }
}

pub(super) struct How<'a> {
    pub control: &'a Control,
    /// folder for certificates, which exists
    pub certificates: Option<&'a Path>,
    pub timings: bool,
    pub quiet: bool,
}

impl<'a> How<'a> {
    /// Tries the folder for certificates, before any cell is decided.
    pub(super) fn new(
        control: &'a Control,
        certificates: Option<&'a Path>,
        timings: bool,
        limits: &Limits,
    ) -> Result<Self, Failure> {
        certificates.map_or(Ok(()), |folder| check_folder("--certificates", folder))?;
        Ok(Self { control, certificates, timings, quiet: limits.quiet })
    }
}

/// What a command asks to have decided.
pub(super) type Planned = (&'static Claim, Vec<Cell>);

/// One record for each cell; when a limit is hit the remaining cells are undecided. With a journal those of its part only:
/// what it has and holds is taken up, and what is decided now goes there before anything else is begun.
pub(super) fn decide(
    cells: &[Cell],
    how: &How<'_>,
    kept: Option<Kept>,
) -> Result<Vec<Record>, Failure> {
    decide_and(cells, how, kept, |cell, record, certificate| {
        store_certificate(cell, record, certificate, how.certificates)
    })
}

/// The same; where each certificate goes is for `store` to say.
pub(super) fn decide_and(
    cells: &[Cell],
    how: &How<'_>,
    mut kept: Option<Kept>,
    store: impl Fn(&Cell, &mut Record, Option<&Accepted>) -> Result<(), Failure>,
) -> Result<Vec<Record>, Failure> {
    let bar = progress(cells.len(), how.quiet);
    let mut records = Vec::with_capacity(cells.len());
    for (at, cell) in cells.iter().enumerate() {
        if kept.as_ref().is_some_and(|kept| !kept.has(at)) {
            bar.inc(1);
            continue;
        }
        bar.set_message(cell_name(cell));
        let start = Instant::now();
        let taken_up = kept.as_mut().and_then(|kept| kept.take(at));
        let is_new = taken_up.is_none();
        let Decided { mut record, certificate } = taken_up.unwrap_or_else(|| {
            let (own, name) = (bar.clone(), cell_name(cell));
            let told = move |words: &str| own.set_message(format!("{name}: {words}"));
            verdict::decide(cell, &how.control.clone().telling(told))
        });
        if let (true, Some(kept), Some(certificate)) = (is_new, &mut kept, &certificate)
            && record.verdict.is_decided()
        {
            kept.append(at, cell, &record, certificate).map_err(Failure::after_work)?;
        }
        store(cell, &mut record, certificate.as_ref())?;
        record.milliseconds =
            how.timings.then(|| u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX));
        records.push(record);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(records)
}

/// Writes the certificate of a cell to the folder, or hands it to a caller, and names it in the record.
pub(super) fn store_certificate(
    cell: &Cell,
    record: &mut Record,
    certificate: Option<&Accepted>,
    folder: Option<&Path>,
) -> Result<(), Failure> {
    let Some(certificate) = certificate else { return Ok(()) };
    let name = match record.verdict.is_decided() {
        true => cell_name(cell),
        false => partial_name(cell),
    };
    record.certificate = match folder {
        Some(folder) => {
            let path = publish(folder, &name, certificate.text()).map_err(Failure::after_work)?;
            Some(path.display().to_string())
        }
        None => caller::keeps(&name, certificate.text()),
    };
    Ok(())
}

/// One line about what would decide the cells that are left open; `beyond` is what this command has besides more time.
pub(super) fn tell_what_would_decide(records: &[Record], control: &Control, beyond: Option<&str>) {
    let open = records.iter().filter(|record| record.verdict == Verdict::Undecided).count();
    if open == 0 {
        return;
    }
    let time = match control.go_on() {
        Err(Stopped::TimeLimit) => Some("a longer --time-limit, or none"),
        _ => None,
    };
    let ways: Vec<&str> = [time, beyond].into_iter().flatten().collect();
    if !ways.is_empty() {
        let cells = if open == 1 { "1 cell is".to_owned() } else { format!("{open} cells are") };
        note(&format!("{cells} undecided; what decides more: {}", ways.join("; ")));
    }
}

/// What is left open decides the exit status, then what is refuted.
fn status(records: &[Record]) -> Status {
    let any = |verdict| records.iter().any(|record| record.verdict == verdict);
    if any(Verdict::Undecided) {
        Status::Undecided
    } else if any(Verdict::Refuted) {
        Status::Fails
    } else {
        Status::Holds
    }
}
