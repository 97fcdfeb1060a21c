//! Many files, one line each: whatever one of them is, the others are still judged.
//!
//! Files are judged on all threads and reported in their order. A check asks its clock; one that does not answer within a
//! grace period is left behind, named, and ends with the program.

use crate::definition::InputPart;
use crate::envelope::Certificate;
use crate::kind::Verdict;
use crate::rejection::{Clock, Rejection, shown};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

/// What became of one file.
#[derive(Debug)]
pub enum Outcome {
    /// proves its statement, which is in words
    Valid(Box<Certificate>, Verdict, String),
    /// a part of its check went well, which proves nothing without the others; what was checked is in words
    InPart(Box<Certificate>, InputPart, String),
    /// proves nothing
    Invalid(String),
    /// cannot be read, or is no certificate
    Unusable(String),
    /// not checked: a limit was reached first
    Unfinished,
}

/// How many files had which outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// proved
    pub valid: usize,
    /// checked in part
    pub in_part: usize,
    /// not proved
    pub invalid: usize,
    /// no certificate
    pub unusable: usize,
    /// not checked
    pub unfinished: usize,
}

impl Count {
    /// Counts one more.
    pub fn add(&mut self, outcome: &Outcome) {
        let count = match outcome {
            Outcome::Valid(..) => &mut self.valid,
            Outcome::InPart(..) => &mut self.in_part,
            Outcome::Invalid(_) => &mut self.invalid,
            Outcome::Unusable(_) => &mut self.unusable,
            Outcome::Unfinished => &mut self.unfinished,
        };
        *count = count.saturating_add(1);
    }

    /// The exit status: 3 unfinished, 1 invalid, 2 unusable, 0 all valid, or in the part that was asked for; the first that applies.
    #[must_use]
    pub fn status(&self) -> u8 {
        match self {
            Self { unfinished: 1.., .. } => 3,
            Self { invalid: 1.., .. } => 1,
            Self { unusable: 1.., .. } => 2,
            _ => 0,
        }
    }

    /// The last line of the output.
    #[must_use]
    pub fn summary(&self) -> String {
        let Self { valid, in_part, invalid, unusable, unfinished } = self;
        let in_part = if *in_part > 0 { format!("{in_part} valid in part only, ") } else { String::new() };
        format!("{in_part}{valid} valid, {invalid} invalid, {unusable} unusable, {unfinished} not checked")
    }
}

/// How files are judged.
#[derive(Clone)]
pub struct Options {
    /// how many at once
    pub threads: usize,
    /// the statements that the files must be about: all of them this one
    pub expect: Option<String>,
    /// only this part of each is to be checked
    pub part: Option<InputPart>,
    /// `false` once the work has to stop
    pub go_on: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// How long a check may take to notice that it has to stop.
const GRACE: Duration = Duration::from_millis(1200);
/// How often the limit is looked at.
const TICK: Duration = Duration::from_millis(20);
/// For each thread that judges, in bytes.
const STACK: usize = 16 << 20;

/// Judges the files with these indices: `read` gives the bytes of one, or says why there are none; `report` is told the
/// outcome of each, in order.
pub fn judge(
    files: usize,
    read: impl Fn(usize) -> Result<Vec<u8>, String> + Send + Sync + 'static,
    options: &Options,
    mut report: impl FnMut(usize, Outcome),
) -> Count {
    let workers = options.threads.clamp(1, files.max(1));
    // threads that are not needed for other files help with one
    let each = options.threads.checked_div(workers).unwrap_or(1).max(1);
    let (send, outcomes) = mpsc::channel();
    let (next, read) = (Arc::new(AtomicUsize::new(0)), Arc::new(read));
    for _ in 0..workers {
        let (send, next, read, options) = (send.clone(), Arc::clone(&next), Arc::clone(&read), options.clone());
        let work = move || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= files {
                    return;
                }
                let one = || {
                    if (options.go_on)() { judge_one(read(index), each, &options) } else { Outcome::Unfinished }
                };
                // a panic would be a bug of ours; it must not take the other files with it
                let outcome = catch_unwind(AssertUnwindSafe(one)).unwrap_or(Outcome::Unfinished);
                if send.send((index, outcome)).is_err() {
                    return;
                }
            }
        };
        // without a thread its files stay unfinished, and are named
        let _ = thread::Builder::new().stack_size(STACK).spawn(work);
    }
    drop(send);
    let mut count = Count::default();
    let mut waiting: BTreeMap<usize, Outcome> = BTreeMap::new();
    let mut overdue = Duration::ZERO;
    let mut reported: usize = 0;
    let mut tell = |index: usize, outcome: Outcome| {
        count.add(&outcome);
        report(index, outcome);
    };
    while reported < files {
        match outcomes.recv_timeout(TICK) {
            Ok((index, outcome)) => {
                waiting.insert(index, outcome);
            }
            Err(mpsc::RecvTimeoutError::Timeout) if (options.go_on)() => {}
            Err(mpsc::RecvTimeoutError::Timeout) if overdue < GRACE => overdue = overdue.saturating_add(TICK),
            Err(_) => break,
        }
        while let Some(outcome) = waiting.remove(&reported) {
            tell(reported, outcome);
            reported = reported.saturating_add(1);
        }
    }
    for index in reported..files {
        tell(index, waiting.remove(&index).unwrap_or(Outcome::Unfinished));
    }
    count
}

fn judge_one(bytes: Result<Vec<u8>, String>, threads: usize, options: &Options) -> Outcome {
    let text = match bytes.map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => {
            return Outcome::Unusable(format!(
                "expected UTF-8 text, found another byte at {}",
                error.utf8_error().valid_up_to()
            ));
        }
        Err(message) => return Outcome::Unusable(message),
    };
    let certificate = match Certificate::parse(&text) {
        Ok(certificate) => certificate,
        // a text whose digest is another one was altered
        Err(error) if error.place == "sha256" => return Outcome::Invalid(error.to_string()),
        Err(error) => return Outcome::Unusable(error.to_string()),
    };
    drop(text);
    let checked = options.expect.as_ref().map_or(Ok(()), |statement| certificate.expect(statement));
    let go_on = || (options.go_on)();
    let clock = Clock::new(&go_on, threads);
    let outcome = checked.and_then(|()| match options.part {
        None => {
            let finding = certificate.check(&clock)?;
            Ok(Outcome::Valid(Box::new(certificate), finding.verdict, finding.statement))
        }
        Some(part) => Ok(match certificate.check_part(part, &clock)? {
            Some(statement) => Outcome::InPart(Box::new(certificate), part, statement),
            None => {
                Outcome::Unusable(format!("--part: certificates of the kind {} have no parts", certificate.row().name))
            }
        }),
    });
    match outcome {
        Ok(outcome) => outcome,
        Err(Rejection::Stopped) => Outcome::Unfinished,
        Err(rejection) => Outcome::Invalid(rejection.to_string()),
    }
}

/// The line of a file, and whether it belongs to the errors.
#[must_use]
pub fn line(place: &str, outcome: &Outcome) -> (String, bool) {
    let place = shown(place, 4096);
    match outcome {
        Outcome::Valid(certificate, verdict, statement) => {
            let valid = match verdict {
                Verdict::Refuted => "valid refutation",
                Verdict::Estimated => "valid estimate",
                Verdict::Verified | Verdict::Undecided => "valid",
            };
            // parameters may have any number of digits
            (format!("{place}: {valid}: {}: {}", certificate.claim(), shown(statement, 1500)), false)
        }
        Outcome::InPart(certificate, part, statement) => {
            let (claim, statement) = (certificate.claim(), shown(statement, 1500));
            (format!("{place}: valid in part {part}, the other parts are not checked: {claim}: {statement}"), false)
        }
        Outcome::Invalid(message) => (format!("{place}: invalid: {message}"), true),
        Outcome::Unusable(message) => (format!("{place}: {message}"), true),
        Outcome::Unfinished => (format!("{place}: not checked: a limit was reached first"), true),
    }
}
