//! From a cell to a record: the proposal is made within the limits, its certificate checked, the two compared.

use super::stated::{disagreement, unaccounted};
use super::{Accepted, Checked, Unchecked};
use crate::claim::{Cell, Decision, Params, Undecided};
use crate::kernel::{Certificate, Clock, Verdict};
use crate::report::Record;
use crate::search::control::{Checking, Control, Stopped};
use std::cell::OnceCell;
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

/// How long after it is overdue a cell may still answer.
const GRACE: Duration = Duration::from_secs(2);
/// How long after it is overdue a check of what was found may still go on; a check is overdue later than other work.
const CHECKING: Duration = Duration::from_millis(1750);
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
    if late(control) {
        return open(control);
    }
    let (send, outcomes) = mpsc::channel();
    let (own_cell, own_control) = (cell.clone(), control.clone());
    let work = move || {
        let check = Check::within(&own_control);
        // nobody waits for a cell that is late
        let _ = send.send(outcome(&own_cell, &check));
    };
    match thread::Builder::new().stack_size(STACK).spawn(work) {
        Ok(worker) => awaited(worker, &outcomes, control),
        Err(_) => outcome(cell, &Check::within(control)),
    }
}

fn late(control: &Control) -> bool {
    control.overdue().is_some_and(|since| since >= GRACE)
}

fn awaited(
    worker: thread::JoinHandle<()>,
    outcomes: &mpsc::Receiver<Outcome>,
    control: &Control,
) -> Outcome {
    loop {
        match outcomes.recv_timeout(TICK) {
            Ok(outcome) => return outcome,
            // an answer of the last moment is one
            Err(RecvTimeoutError::Timeout) if late(control) => {
                return outcomes.try_recv().unwrap_or_else(|_| open(control));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => return open(control),
            },
        }
    }
}

/// Nothing is known.
fn open(control: &Control) -> Outcome {
    let why = control.go_on().err().unwrap_or(Stopped::Interrupted);
    undecided(why.to_string())
}

fn undecided(reason: String) -> Outcome {
    let verdict = Checked::UNDECIDED;
    Outcome { verdict, values: Vec::new(), reason: Some(reason), certificate: None }
}

/// The trusted check of what was found, within the limits or somewhat longer.
struct Check<'a> {
    control: &'a Control,
    /// from when a check begins until its outcome is handed on
    going_on: OnceCell<Checking>,
}

impl<'a> Check<'a> {
    fn within(control: &'a Control) -> Self {
        Self { control, going_on: OnceCell::new() }
    }

    fn accept(&self, certificate: &Certificate) -> Result<Accepted, Unchecked> {
        self.going_on.get_or_init(|| self.control.checking());
        let go_on = || self.control.overdue().is_none_or(|since| since < CHECKING);
        Accepted::of(certificate, &Clock::new(&go_on, self.control.threads()))
    }

    /// What is said where there was no time to check what was found: nothing of it.
    fn stopped(&self) -> String {
        let stopped = self.control.go_on().err().unwrap_or(Stopped::Interrupted);
        format!("{stopped} before the certificate was checked")
    }
}

fn outcome(cell: &Cell, check: &Check<'_>) -> Outcome {
    match cell.decide(check.control).and_then(|proposal| checked(cell, proposal, check)) {
        Ok(outcome) => outcome,
        Err(undecided) => unfinished(cell, undecided, check),
    }
}

/// What is left of a cell without a verdict: the values, and the certificate of what was decided before the limit.
fn unfinished(cell: &Cell, left: Undecided, check: &Check<'_>) -> Outcome {
    let reason = left.to_string();
    let (values, certificate) = left.into_parts();
    // the limit has passed, but what was found within it is not lost: repeating it takes far less
    let accepted = certificate.map(|certificate| check.accept(&certificate)).transpose();
    let accepted = match accepted {
        Ok(accepted) => accepted,
        Err(Unchecked::Stopped) => return undecided(check.stopped()),
        Err(Unchecked::Rejected(why)) => return undecided(bug(&why)),
    };
    if let Some(accepted) = &accepted
        && let Err(why) = confirmed(cell, Verdict::Verified, &values, accepted, true)
    {
        return undecided(bug(&why));
    }
    Outcome { verdict: Checked::UNDECIDED, values, reason: Some(reason), certificate: accepted }
}

fn bug(why: &str) -> String {
    format!("the checker rejected the certificate, which is a bug: {why}")
}

/// Has the trusted checker accept the certificate of a proposal, within the limits or somewhat longer.
fn checked(cell: &Cell, proposal: Decision, check: &Check<'_>) -> Result<Outcome, Undecided> {
    let Decision { proposed, values, certificate, reason } = proposal;
    match check.accept(&certificate) {
        Ok(accepted) => {
            confirmed(cell, proposed, &values, &accepted, false)
                .map_err(|why| Undecided::Limit(bug(&why)))?;
            Ok(Outcome { verdict: accepted.checked(), values, reason, certificate: Some(accepted) })
        }
        Err(Unchecked::Stopped) => Err(Undecided::Limit(check.stopped())),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Claim, Request};
    use crate::construct::embedding::Kind;
    use crate::report::value_of;

    /// A search that ended at its limit of a minute so long ago.
    fn ended(seconds: u64) -> Control {
        let minute = Duration::from_secs(60);
        Control::new(Some(2), Some(minute)).after(minute + Duration::from_secs(seconds))
    }

    fn collision() -> (Cell, Decision) {
        let embedding = Some(Kind::Moment.into());
        let request =
            Request { m: Some(vec![6]), d: Some(vec![2]), embedding, ..Request::default() };
        let cell = Claim::named("uniform-collision").unwrap().cells(&request).unwrap().remove(0);
        let proposal = cell.decide(&Control::new(Some(1), None)).unwrap();
        (cell, proposal)
    }

    #[test]
    fn a_proposal_of_the_last_moment_is_checked_though_the_check_is_late() {
        let (cell, proposal) = collision();
        let Ok(found) = checked(&cell, proposal.clone(), &Check::within(&ended(5))) else {
            panic!("not checked")
        };
        assert_eq!(found.verdict, Verdict::Verified);
        assert!(found.certificate.is_some() && value_of(&found.values, "n_star").is_some());
        // what was not checked in that time either is not shown
        let undecided = checked(&cell, proposal, &Check::within(&ended(20))).err().unwrap();
        assert_eq!(
            undecided.to_string(),
            "the time limit was reached before the certificate was checked"
        );
        assert!(undecided.into_parts().0.is_empty());
    }

    #[test]
    fn what_a_limit_left_is_checked_though_the_check_is_late() {
        let (cell, Decision { values, certificate, .. }) = collision();
        let partly = || Undecided::Partly {
            reason: "a limit was hit".to_owned(),
            values: values.clone(),
            certificate: Some(Box::new(certificate.clone())),
        };
        let kept = unfinished(&cell, partly(), &Check::within(&ended(5)));
        assert_eq!(kept.verdict, Verdict::Undecided);
        assert_eq!(kept.reason.as_deref(), Some("a limit was hit"));
        assert!(kept.certificate.is_some() && kept.values == values);
        let lost = unfinished(&cell, partly(), &Check::within(&ended(20)));
        assert!(lost.certificate.is_none() && lost.values.is_empty());
        assert!(lost.reason.unwrap().ends_with("before the certificate was checked"));
    }

    /// A cell that heeds no limit is left behind; one whose check is late is not.
    #[test]
    fn a_check_is_waited_for() {
        let answer = |checking: bool| {
            let control = ended(5);
            let guard = checking.then(|| control.checking());
            let (send, outcomes) = mpsc::channel();
            let worker = thread::spawn(move || {
                thread::sleep(4 * TICK);
                let _ = send.send(undecided("checked".to_owned()));
                drop(guard);
            });
            awaited(worker, &outcomes, &control).reason.unwrap()
        };
        assert_eq!(answer(true), "checked");
        assert_eq!(answer(false), "the time limit was reached");
    }

    #[test]
    fn an_interrupt_ends_a_check() {
        let (cell, proposal) = collision();
        let control = ended(0);
        control.interrupt_flag().store(true, std::sync::atomic::Ordering::Relaxed);
        // seen now, and overdue from here on
        assert!(control.overdue().is_some_and(|since| since < Duration::from_secs(50)));
        thread::sleep(CHECKING + TICK);
        let undecided = checked(&cell, proposal, &Check::within(&control)).err().unwrap();
        assert_eq!(undecided.to_string(), "interrupted before the certificate was checked");
    }
}
