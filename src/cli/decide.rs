//! Decides cells one after the other, has every certificate checked, and writes those asked for.

use super::output::{progress, write_whole};
use super::{Failure, Status};
use crate::cert::{Certificate, Verdict};
use crate::check::{Rejection, check};
use crate::claim::{Cell, Claim, Decision, Undecided};
use crate::report::{Record, Value};
use crate::search::control::{Control, Stopped};
use std::path::Path;
use std::time::Instant;

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
pub(super) fn decide(claim: &Claim, cells: &[Cell], how: &How<'_>) -> Result<Vec<Record>, Failure> {
    let bar = progress(cells.len(), how.quiet);
    let mut records = Vec::with_capacity(cells.len());
    for cell in cells {
        let name = cell_name(claim, cell);
        bar.set_message(name.clone());
        let start = Instant::now();
        let (mut record, text) = decide_cell(claim, cell, how.control);
        if let (Some(folder), Some(text)) = (how.certificates, text) {
            let path = folder.join(format!("{name}.json"));
            write_whole(&path, &text)?;
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

/// The record of one cell, and the text of its certificate when it was decided.
pub(super) fn decide_cell(
    claim: &Claim,
    cell: &Cell,
    control: &Control,
) -> (Record, Option<String>) {
    let decided = cell.decide(control).and_then(|decision| checked(decision, control));
    let (verdict, values, reason, text) = match decided {
        Ok((decision, text)) => (decision.verdict, decision.values, decision.reason, Some(text)),
        Err(undecided) => {
            let reason = undecided.to_string();
            (Verdict::Undecided, undecided.into_values(), Some(reason), None)
        }
    };
    let record = Record {
        claim: claim.id.name().to_owned(),
        params: cell.params.clone(),
        verdict,
        values,
        certificate: None,
        milliseconds: None,
        reason,
    };
    (record, text)
}

/// Has the trusted checker accept exactly the text that will be handed out.
fn checked(decision: Decision, control: &Control) -> Result<(Decision, String), Undecided> {
    let rejected = |message: String| {
        Undecided::Limit(format!("the checker rejected the certificate, which is a bug: {message}"))
    };
    let text = decision.certificate.to_json().map_err(|error| rejected(error.to_string()))?;
    let parsed = Certificate::parse(&text).map_err(|error| rejected(error.to_string()))?;
    match check(&parsed, &|| control.go_on().is_ok()) {
        Ok(finding) if finding.verdict == decision.verdict => Ok((decision, text)),
        Ok(finding) => Err(rejected(format!("it proves {}", finding.verdict))),
        Err(Rejection::Stopped) => {
            let stopped = control.go_on().err().unwrap_or(Stopped::Interrupted);
            let reason = format!("{stopped} before the certificate was checked");
            Err(Undecided::Partly { reason, values: decision.values })
        }
        Err(rejection) => Err(rejected(rejection.to_string())),
    }
}

/// `qc-histogram-n8-m4-d4`
fn cell_name(claim: &Claim, cell: &Cell) -> String {
    file_name(claim.id.name(), &cell.params)
}

/// A beginning and parameters as the name of a file, without its ending.
pub(super) fn file_name(start: &str, params: &[(&'static str, Value)]) -> String {
    let part = |(name, value): &(&str, Value)| {
        let text: String = value
            .to_string()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
            .collect();
        format!("-{name}{text}")
    };
    start.to_owned() + &params.iter().map(part).collect::<String>()
}

/// The worst verdict decides the exit status.
pub(super) fn status(records: &[Record]) -> Status {
    let any = |verdict| records.iter().any(|record| record.verdict == verdict);
    if any(Verdict::Refuted) {
        Status::Fails
    } else if any(Verdict::Undecided) {
        Status::Undecided
    } else {
        Status::Holds
    }
}
