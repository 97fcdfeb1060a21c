//! Decides cells one after the other, has every certificate checked, and writes those asked for.

use super::output::{digest, progress, write_whole};
use super::{Failure, Status};
use crate::kernel::{Certificate, Verdict};
use crate::kernel::{Clock, Rejection};
use crate::claim::{Cell, Claim, Decision, Undecided};
use crate::report::{Record, Value};
use crate::search::control::{Control, Stopped};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

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
            let path = free_path(folder, &name, &text);
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
    let Outcome { verdict, values, reason, text } = within_limits(cell, control);
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

/// What is said about a cell.
struct Outcome {
    verdict: Verdict,
    values: Vec<(&'static str, Value)>,
    reason: Option<String>,
    /// of the certificate
    text: Option<String>,
}

/// How long after its limit a cell may still answer.
const GRACE: Duration = Duration::from_secs(2);
/// How often the limit is looked at.
const TICK: Duration = Duration::from_millis(50);
/// As the main thread has it on most systems, in bytes.
const STACK: usize = 8 << 20;

/// The outcome of a cell, which is left behind where it does not heed the limits in time: not every step can be
/// interrupted, and one that is left behind ends with the program.
fn within_limits(cell: &Cell, control: &Control) -> Outcome {
    let late = || control.overdue().is_some_and(|since| since >= GRACE);
    let open = || {
        let why = control.go_on().err().unwrap_or(Stopped::Interrupted);
        unfinished(why.into())
    };
    if late() {
        return open();
    }
    let (send, outcomes) = mpsc::channel();
    let (own_cell, own_control) = (cell.clone(), control.clone());
    let work = move || {
        // nobody waits for a cell that is late
        let _ = send.send(outcome(&own_cell, &own_control));
    };
    let Ok(worker) = thread::Builder::new().stack_size(STACK).spawn(work) else {
        return outcome(cell, control);
    };
    loop {
        match outcomes.recv_timeout(TICK) {
            Ok(outcome) => return outcome,
            // an answer of the last moment is one
            Err(RecvTimeoutError::Timeout) if late() => {
                return outcomes.try_recv().unwrap_or_else(|_| open());
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => return open(),
            },
        }
    }
}

fn outcome(cell: &Cell, control: &Control) -> Outcome {
    match cell.decide(control).and_then(|decision| checked(decision, control)) {
        Ok((Decision { verdict, values, reason, .. }, text)) => {
            Outcome { verdict, values, reason, text: Some(text) }
        }
        Err(undecided) => unfinished(undecided),
    }
}

/// What is left of a cell without a verdict: the values, and the certificate of what was decided before the limit.
fn unfinished(undecided: Undecided) -> Outcome {
    let verdict = Verdict::Undecided;
    let reason = Some(undecided.to_string());
    let (values, certificate) = undecided.into_parts();
    // the limit has passed, but what was found within it is not lost: repeating it takes far less
    let accepted = |certificate| accepted(&certificate, Verdict::Verified, (&|| true, 1));
    match certificate.map(accepted).transpose() {
        Ok(text) => Outcome { verdict, values, reason, text },
        Err(bug) => {
            Outcome { verdict, values: Vec::new(), reason: Some(bug.to_string()), text: None }
        }
    }
}

/// Has the trusted checker accept the certificate of a decision, within the limits.
fn checked(decision: Decision, control: &Control) -> Result<(Decision, String), Undecided> {
    let go_on = || control.go_on().is_ok();
    match accepted(&decision.certificate, decision.verdict, (&go_on, control.threads())) {
        Ok(text) => Ok((decision, text)),
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

/// The text of a certificate, exactly as it will be handed out, once the trusted checker finds that it proves the verdict.
fn accepted(
    certificate: &Certificate,
    verdict: Verdict,
    (go_on, threads): (&(dyn Fn() -> bool + Sync), usize),
) -> Result<String, Unchecked> {
    let rejected = |message: String| Unchecked::Rejected(message);
    let text = certificate.to_json().map_err(|error| rejected(error.to_string()))?;
    let parsed = Certificate::parse(&text).map_err(|error| rejected(error.to_string()))?;
    match parsed.check(&Clock::new(go_on, threads)) {
        Ok(finding) if finding.verdict == verdict => Ok(text),
        Ok(finding) => Err(rejected(format!("it proves {}", finding.verdict))),
        Err(Rejection::Stopped) => Err(Unchecked::Stopped),
        Err(rejection) => Err(rejected(rejection.to_string())),
    }
}

/// `qc-histogram-n8-m4-d4`
fn cell_name(claim: &Claim, cell: &Cell) -> String {
    file_name(claim.id.name(), &cell.params)
}

/// The path of a certificate in a folder, where others may have the same name: about other models or seeds, say. None of
/// them is overwritten; the later one has the first digits of its SHA-256 in its name.
fn free_path(folder: &Path, name: &str, text: &str) -> PathBuf {
    let plain = folder.join(format!("{name}.json"));
    match std::fs::read(&plain) {
        Ok(bytes) if bytes != text.as_bytes() => {
            folder.join(format!("{name}-{}.json", &digest(text.as_bytes())[..8]))
        }
        _ => plain,
    }
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
