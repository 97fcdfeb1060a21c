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
        Err(undecided) => unfinished(undecided),
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

type Unfinished = (Verdict, Vec<(&'static str, Value)>, Option<String>, Option<String>);

/// What is left of a cell without a verdict: the values, and the certificate of what was decided before the limit.
fn unfinished(undecided: Undecided) -> Unfinished {
    let reason = undecided.to_string();
    let (values, certificate) = undecided.into_parts();
    // the limit has passed, but what was found within it is not lost: repeating it takes far less
    match certificate.map(|certificate| accepted(&certificate, &|| true)).transpose() {
        Ok(accepted) => (Verdict::Undecided, values, Some(reason), accepted.map(|(_, text)| text)),
        Err(bug) => (Verdict::Undecided, Vec::new(), Some(bug.to_string()), None),
    }
}

/// Has the trusted checker accept the certificate of a decision, within the limits.
fn checked(decision: Decision, control: &Control) -> Result<(Decision, String), Undecided> {
    match accepted(&decision.certificate, &|| control.go_on().is_ok()) {
        Ok((verdict, text)) if verdict == decision.verdict => Ok((decision, text)),
        Ok((verdict, _)) => {
            Err(Undecided::Limit(Unchecked::Rejected(format!("it proves {verdict}")).to_string()))
        }
        Err(Unchecked::Stopped) => {
            let stopped = control.go_on().err().unwrap_or(Stopped::Interrupted);
            let reason = format!("{stopped} before the certificate was checked");
            Err(Undecided::Partly { reason, values: decision.values, certificate: None })
        }
        Err(bug) => Err(Undecided::Limit(bug.to_string())),
    }
}

/// Why a certificate of ours is not handed out.
#[derive(Debug, thiserror::Error)]
enum Unchecked {
    #[error("stopped before the certificate was checked")]
    Stopped,
    #[error("the checker rejected the certificate, which is a bug: {0}")]
    Rejected(String),
}

/// The verdict of the trusted checker on exactly the text that will be handed out.
fn accepted(
    certificate: &Certificate,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<(Verdict, String), Unchecked> {
    let rejected = |message: String| Unchecked::Rejected(message);
    let text = certificate.to_json().map_err(|error| rejected(error.to_string()))?;
    let parsed = Certificate::parse(&text).map_err(|error| rejected(error.to_string()))?;
    match check(&parsed, go_on) {
        Ok(finding) => Ok((finding.verdict, text)),
        Err(Rejection::Stopped) => Err(Unchecked::Stopped),
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
