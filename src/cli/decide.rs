//! Decides cells one after the other, and writes the certificates asked for.

use super::names::{cell_name, partial_name, publish};
use super::output::progress;
use super::{Failure, Status};
use crate::claim::{Cell, Claim};
use crate::kernel::Verdict;
use crate::report::Record;
use crate::search::control::Control;
use crate::verdict::{self, Decided};
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

/// What a command asks to have decided.
pub(super) type Planned = (&'static Claim, Vec<Cell>);

/// One record for each cell; when a limit is hit the remaining cells are undecided.
pub(super) fn decide(cells: &[Cell], how: &How<'_>) -> Result<Vec<Record>, Failure> {
    let bar = progress(cells.len(), how.quiet);
    let mut records = Vec::with_capacity(cells.len());
    for cell in cells {
        bar.set_message(cell_name(cell));
        let start = Instant::now();
        let Decided { mut record, certificate } = verdict::decide(cell, how.control);
        if let (Some(folder), Some(certificate)) = (how.certificates, certificate) {
            let name = match record.verdict.is_decided() {
                true => cell_name(cell),
                false => partial_name(cell),
            };
            let path = publish(folder, &name, certificate.text()).map_err(Failure::after_work)?;
            record.certificate = Some(path.display().to_string());
        }
        record.milliseconds =
            how.timings.then(|| u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX));
        records.push(record);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(records)
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
