//! From a cell to a record: the proposal is made within the limits, its certificate checked, the two compared.

use super::stated::{disagreement, unaccounted};
use super::{Accepted, Checked, Unchecked};
use crate::claim::{Cell, Decision, Params, Undecided};
use crate::kernel::{Clock, Verdict};
use crate::report::Record;
use crate::search::control::{Control, Stopped};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// What is known about a cell.
#[derive(Debug, Clone)]
pub struct Decided {
    pub record: Record,
    /// what was checked; of an undecided cell, what was decided before a limit was hit
    pub certificate: Option<Accepted>,
}

/// What is said about a cell, before it is a record.
struct Outcome {
    verdict: Checked,
    values: Params,
    reason: Option<String>,
    certificate: Option<Accepted>,
}

/// How long after its limit a cell may still answer.
const GRACE: Duration = Duration::from_secs(2);
/// How long after its limit a proposal of the last moment may still be checked.
const CHECKING: Duration = Duration::from_secs(1);
/// How often the limit is looked at.
const TICK: Duration = Duration::from_millis(50);
/// As the main thread has it on most systems, in bytes.
const STACK: usize = 8 << 20;

/// Decides a cell within the limits, and has the trusted checker confirm what is said about it.
///
/// A cell whose certificate the checker refuses, or whose certificate is about something else than the record says, is
/// undecided: that is a bug, and the reason names it.
#[must_use]
pub fn decide(cell: &Cell, control: &Control) -> Decided {
    let Outcome { verdict, values, reason, certificate } = within_limits(cell, control);
    Decided { record: record(cell, verdict, values, reason), certificate }
}

fn record(cell: &Cell, verdict: Checked, mut values: Params, reason: Option<String>) -> Record {
    values.extend(cell.named().iter().cloned());
    Record {
        claim: cell.claim().name().to_owned(),
        params: cell.params.clone(),
        verdict,
        values,
        certificate: None,
        milliseconds: None,
        reason,
    }
}

/// The outcome of a cell, which is left behind where it does not heed the limits in time: not every step can be
/// interrupted, and one that is left behind ends with the program.
fn within_limits(cell: &Cell, control: &Control) -> Outcome {
    let late = || control.overdue().is_some_and(|since| since >= GRACE);
    let open = || {
        let why = control.go_on().err().unwrap_or(Stopped::Interrupted);
        unfinished(cell, why.into(), 1)
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
    match cell.decide(control).and_then(|proposal| checked(cell, proposal, control)) {
        Ok(outcome) => outcome,
        Err(undecided) => unfinished(cell, undecided, control.threads()),
    }
}

/// What is left of a cell without a verdict: the values, and the certificate of what was decided before the limit.
fn unfinished(cell: &Cell, undecided: Undecided, threads: usize) -> Outcome {
    let verdict = Checked::UNDECIDED;
    let reason = Some(undecided.to_string());
    let (values, certificate) = undecided.into_parts();
    // the limit has passed, but what was found within it is not lost: repeating it takes far less
    let accepted = certificate.map(|certificate| {
        let accepted = Accepted::of(&certificate, &Clock::new(&|| true, threads))
            .map_err(|why| why.to_string())?;
        confirmed(cell, Verdict::Verified, &values, &accepted, true)?;
        Ok::<_, String>(accepted)
    });
    match accepted.transpose() {
        Ok(certificate) => Outcome { verdict, values, reason, certificate },
        Err(why) => {
            let (values, reason) = (Vec::new(), Some(bug(&why)));
            Outcome { verdict, values, reason, certificate: None }
        }
    }
}

fn bug(why: &str) -> String {
    format!("the checker rejected the certificate, which is a bug: {why}")
}

/// Has the trusted checker accept the certificate of a proposal, within the limits; one of the last moment gets a moment more.
fn checked(cell: &Cell, proposal: Decision, control: &Control) -> Result<Outcome, Undecided> {
    let Decision { proposed, values, certificate, reason } = proposal;
    let go_on = || control.overdue().is_none_or(|since| since < CHECKING);
    match Accepted::of(&certificate, &Clock::new(&go_on, control.threads())) {
        Ok(accepted) => {
            confirmed(cell, proposed, &values, &accepted, false)
                .map_err(|why| Undecided::Limit(bug(&why)))?;
            Ok(Outcome { verdict: accepted.checked(), values, reason, certificate: Some(accepted) })
        }
        Err(Unchecked::Stopped) => {
            let stopped = control.go_on().err().unwrap_or(Stopped::Interrupted);
            let reason = format!("{stopped} before the certificate was checked");
            Err(Undecided::Partly { reason, values, certificate: None })
        }
        Err(Unchecked::Rejected(why)) => Err(Undecided::Limit(bug(&why))),
    }
}

/// Whether an accepted certificate proves this verdict of this cell, with these values.
fn confirmed(
    cell: &Cell,
    verdict: Verdict,
    values: &Params,
    accepted: &Accepted,
    partly: bool,
) -> Result<(), String> {
    if accepted.proves() != verdict {
        return Err(format!("it proves {}, not {verdict}", accepted.proves()));
    }
    match disagreement(cell, values, accepted, partly) {
        Some(why) => Err(why),
        None => Ok(()),
    }
}

/// What a file says about a cell, none of which is believed.
#[derive(Debug, Clone)]
pub struct Remembered {
    pub verdict: Verdict,
    pub values: Params,
    pub reason: Option<String>,
    /// the text of the certificate
    pub certificate: String,
}

/// Why a record that was read is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTakenUp {
    /// the limits left no time to find out
    #[error("stopped before the certificate was checked")]
    Stopped,
    #[error("{0}")]
    Refused(String),
}

/// Makes a record of what a file says about a cell, if the certificate beside it is valid, is about this cell, and proves it.
///
/// A few values are carried by no certificate and determined by no parameter: they tell how a search went (`nodes`, `visited`, `search`,
/// `judged`, `bits`, which wrong input was found first, `accuracy_at_least` of an unfinished survey). Those are taken as they are, under these
/// names only; any other value that nothing accounts for is refused.
///
/// # Errors
/// [`NotTakenUp`] with what does not fit.
pub fn recheck(
    cell: &Cell,
    remembered: Remembered,
    control: &Control,
) -> Result<Decided, NotTakenUp> {
    if control.go_on().is_err() {
        return Err(NotTakenUp::Stopped);
    }
    let Remembered { verdict, mut values, reason, certificate } = remembered;
    if verdict == Verdict::Undecided {
        return Err(NotTakenUp::Refused("it is of an undecided cell".to_owned()));
    }
    for (name, value) in cell.named() {
        match values.iter().position(|(other, _)| other == name) {
            Some(at) if values[at].1 == *value => drop(values.remove(at)),
            _ => return Err(NotTakenUp::Refused(format!("{name}: expected {value}"))),
        }
    }
    let go_on = || control.go_on().is_ok();
    let clock = Clock::new(&go_on, control.threads());
    let accepted = match Accepted::of_text(certificate, &clock) {
        Ok(accepted) => accepted,
        Err(Unchecked::Stopped) => return Err(NotTakenUp::Stopped),
        Err(Unchecked::Rejected(why)) => return Err(NotTakenUp::Refused(why)),
    };
    confirmed(cell, verdict, &values, &accepted, false).map_err(NotTakenUp::Refused)?;
    if let Some(why) = unaccounted(cell, &values, reason.as_deref(), &accepted) {
        return Err(NotTakenUp::Refused(why));
    }
    let record = record(cell, accepted.checked(), values, reason);
    Ok(Decided { record, certificate: Some(accepted) })
}
