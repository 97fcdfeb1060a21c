//! Commands called by a program instead of a shell: what would be printed is handed over.
//!
//! The words are those of the command line and go the same way, so that parameters, defaults, limits and messages have one source.
//! Only the ends differ: files may be given as bytes under a name, records and certificates come back instead of being
//! printed or written, a [`Watch`] interrupts the work as a signal does and tells how far it is. Nothing ends the process.
//!
//! ```
//! use counterproof::cli::{Watch, call};
//! use counterproof::kernel::Verdict;
//!
//! let words = ["search", "collision", "--embedding", "rows.csv"].map(str::to_owned);
//! let rows = [("rows.csv".to_owned(), b"0\n1\n3\n7\n".to_vec())];
//! let answer = call(&words, rows.into(), &Watch::default()).unwrap();
//! assert_eq!(answer.records[0].verdict, Verdict::Verified);
//! // the certificate has the name that `--certificates` gives it
//! let name = answer.records[0].certificate.as_ref().unwrap();
//! assert_eq!(name, "uniform-collision-m4-d1-embeddingrows_csv-taskqc.json");
//! assert!(answer.certificates[name].contains("counterproof-certificate"));
//!
//! // a refusal has the words of the command line
//! let words = ["verify", "qc-histogram", "--n", "5-2"].map(str::to_owned);
//! let refusal = call(&words, [].into(), &Watch::default()).unwrap_err();
//! assert!(refusal.message.contains("the range 5-2 is empty; write 2-5"));
//! ```
//!
//! A command prints and reads on the thread on which it began, and on no other; what it does for a caller is therefore known
//! by thread.

use super::grid::{parsed, quoted};
use super::help::with_tip;
use super::names::publish;
use super::{Failure, Limits, Printing, dispatch};
use crate::report::Record;
use crate::search::control::Control;
use clap::{ArgMatches, Args};
use indicatif::{ProgressBar, ProgressDrawTarget};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The contents of files, by the names that the words of a command have for them.
pub type Inputs = BTreeMap<String, Vec<u8>>;

/// For another thread: interrupts a command, and tells how far it is.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    interrupted: Arc<AtomicBool>,
    bar: Arc<Mutex<Option<ProgressBar>>>,
}

/// How far a command is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// cells, steps or files
    pub done: u64,
    pub total: u64,
    /// what is being done
    pub message: String,
}

impl Watch {
    /// Ends the work like a signal: what is decided is handed over, the rest is undecided.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Relaxed);
    }

    /// The flag behind it, for work that takes a [`Control`] of its own.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.interrupted)
    }

    /// Of the part of the work that is going on, if it has parts to count.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bar.as_ref()?;
        let total = bar.length().unwrap_or_default();
        Some(Progress { done: bar.position(), total, message: bar.message() })
    }
}

/// What a command leaves.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// what the program's exit status would be: 0, 1 or 3
    pub status: u8,
    /// the command, as a shell reads it
    pub command: String,
    pub records: Vec<Record>,
    /// texts that were checked, by the names that the records give
    pub certificates: BTreeMap<String, String>,
    /// what a terminal would show beside the records
    pub text: String,
    /// messages about what is no failure
    pub notes: Vec<String>,
}

/// Why there is no answer, in the words of the command line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub message: String,
    /// 2 for unusable input, 3 where work is left undone
    pub status: u8,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self { message: failure.in_plain_words(), status: failure.status as u8 }
    }
}

/// Who is answered on this thread.
struct Caller {
    inputs: Inputs,
    watch: Watch,
    answer: Answer,
}

thread_local! {
    static CALLER: RefCell<Option<Caller>> = const { RefCell::new(None) };
}

/// Forgets the caller when the call ends, however it does.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        CALLER.with_borrow_mut(|caller| *caller = None);
    }
}

/// Runs a command of these words, of which the first is the subcommand.
///
/// # Errors
/// [`Refusal`] with the message that the program would print.
pub fn call(words: &[String], inputs: Inputs, watch: &Watch) -> Result<Answer, Refusal> {
    let words: Vec<String> =
        std::iter::once("counterproof").map(str::to_owned).chain(words.iter().cloned()).collect();
    let (caller, _leave) =
        (Caller { inputs, watch: watch.clone(), answer: Answer::default() }, Leave);
    CALLER.with_borrow_mut(|place| *place = Some(caller));
    let (command, matches) = parsed(&words)?;
    let empty = ArgMatches::default();
    let inner = matches.subcommand().map_or(&empty, |(_, inner)| inner);
    let status = dispatch(command, inner)?;
    let answer = CALLER.with_borrow_mut(Option::take).map(|caller| caller.answer);
    Ok(Answer { status: status as u8, command: quoted(&words), ..answer.unwrap_or_default() })
}

/// The limits that these words give: `--threads N`, `--time-limit SECONDS`.
///
/// # Errors
/// [`Refusal`] in the words of the command line.
pub fn limits(words: &[String], watch: &Watch) -> Result<Control, Refusal> {
    let limits: Limits = parsed_alone(words)?;
    Ok(Control::new(limits.threads, limits.time_limit).interrupted_by(watch.flag()))
}

/// Records as these words ask for them: `--format latex`, `--columns n,m`, `--caption ..`.
///
/// # Errors
/// [`Refusal`] in the words of the command line.
pub fn show(records: &[Record], words: &[String]) -> Result<String, Refusal> {
    let printing: Printing = parsed_alone(words)?;
    let text = printing.view()?.records(records);
    Ok(text.map_err(Failure::new)?)
}

/// Options without a command.
fn parsed_alone<T: Args>(words: &[String]) -> Result<T, Failure> {
    let command = T::augment_args(clap::Command::new("counterproof").no_binary_name(true));
    let wrong = |error| Failure::new(with_tip(error));
    let matches = command.try_get_matches_from(words).map_err(wrong)?;
    T::from_arg_matches(&matches).map_err(wrong)
}

/// Writes the text of a certificate to `folder` under its name, as `--certificates` does: whole or not at all, and never in the
/// place of another.
///
/// # Errors
/// [`Refusal`] where it cannot be written.
pub fn save(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Refusal> {
    super::output::check_folder("--certificates", folder)?;
    Ok(publish(folder, name.strip_suffix(".json").unwrap_or(name), text)?)
}

/// The caller of this thread, if there is one.
fn caller<T>(with: impl FnOnce(&mut Caller) -> T) -> Option<T> {
    CALLER.with_borrow_mut(|caller| caller.as_mut().map(with))
}

/// Whether a program called, and nothing may end the process.
pub(super) fn is_there() -> bool {
    CALLER.with_borrow(Option::is_some)
}

/// The flag that interrupts the work.
pub(super) fn flag() -> Option<Arc<AtomicBool>> {
    caller(|caller| caller.watch.flag())
}

/// The bytes that stand for a file.
pub(super) fn input(path: &Path) -> Option<Vec<u8>> {
    caller(|caller| caller.inputs.get(path.to_str()?).cloned()).flatten()
}

/// Takes records instead of a terminal; whether they were taken.
pub(super) fn takes_records(records: &[Record]) -> bool {
    caller(|caller| caller.answer.records.extend(records.iter().cloned())).is_some()
}

/// Takes a certificate; the name under which it is kept.
pub(super) fn keeps(name: &str, text: &str) -> Option<String> {
    caller(|caller| {
        let name = format!("{name}.json");
        caller.answer.certificates.insert(name.clone(), text.to_owned());
        name
    })
}

/// Takes what standard output would get; whether it was taken.
pub(super) fn takes_text(text: &str) -> bool {
    caller(|caller| caller.answer.text.push_str(text)).is_some()
}

/// Takes a message; whether it was taken.
pub(super) fn takes_note(message: &str) -> bool {
    caller(|caller| caller.answer.notes.push(message.to_owned())).is_some()
}

/// A bar that is looked at from another thread instead of drawn.
pub(super) fn bar(total: usize) -> Option<ProgressBar> {
    caller(|caller| {
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
        let mut place = caller.watch.bar.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(bar.clone());
        bar
    })
}

/// What a command must not do for a caller.
pub(super) fn refuse_standard_input(path: &Path) -> Result<(), Failure> {
    match is_there() && path == Path::new("-") {
        true => Err(Failure::new("-: standard input is not read for a program; give a file")),
        false => Ok(()),
    }
}
