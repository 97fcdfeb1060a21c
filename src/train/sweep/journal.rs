//! The journal of a sweep: what is finished survives whatever happens to the process.
//!
//! A journal is a text file of lines `{"sha256": .., "entry": ..}`. The first entry is the [`Header`], every other one a cell with
//! its outcome, in the order in which they were finished. A line is appended with its line break, flushed and synchronised before
//! the sweep goes on, so a line without one is what a crash left of the last write, and is dropped. Each digest covers the
//! text of its entry and, for a cell, the text of the header: a line of another sweep is not believed.
//!
//! A digest tells a damaged line, not a forged one, and a measurement has no certificate. What a line carries is checked all the same
//! ([`Outcome::check`](super::run::Outcome)): its cell is one of the plan, its steps are those of the plan's settings, its scores add up, and the
//! answers that it was measured on are those of the plan's held-out sequences, which are drawn again. What it cannot tell is whether a model was trained at all; only training it again does, and
//! gives the same bytes on a machine with the same kernels. No verdict rests on it.

use super::grid::{Cell, Plan, PlanError, Shard};
use super::run::{Drawn, Outcome, Results};
use crate::train::kernels::Kernels;
use fs4::TryLockError;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The format; raised when journals are written differently, or when the trainer gives other numbers.
const VERSION: u32 = 1;

/// Longer files are not read.
const MOST_BYTES: u64 = 1 << 32;

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
    const NAME: &'static str = "counterproof-sweep";

    /// The header that this program writes on this machine.
    #[must_use]
    pub fn new(plan: Plan, shard: Shard) -> Self {
        Self {
            journal: Self::NAME.to_owned(),
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            kernels: Kernels::for_f32().name.to_owned(),
            shard,
            plan,
        }
    }
}

/// Why a journal is not used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("{path}: cannot {what}: {error}")]
    File { path: PathBuf, what: &'static str, error: std::io::Error },
    #[error("{path}: expected a regular file")]
    NoFile { path: PathBuf },
    #[error("{path}: in use by another sweep")]
    InUse { path: PathBuf },
    #[error("{path}: not the journal of a sweep: {reason}")]
    Foreign { path: PathBuf, reason: String },
    #[error("{path}: a journal of another sweep: {field} is {found} there, {expected} here")]
    Other { path: PathBuf, field: String, expected: String, found: String },
    #[error("{path}, line {line}: {reason}")]
    Entry { path: PathBuf, line: usize, reason: String },
}

#[derive(Serialize)]
struct LineOut<'a> {
    sha256: String,
    entry: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineIn<'a> {
    sha256: String,
    #[serde(borrow)]
    entry: &'a RawValue,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry<C, O> {
    cell: C,
    outcome: O,
}

/// `context` is the header's text for the lines that follow it.
fn digest(context: &str, entry: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(context.as_bytes());
    // no JSON text holds this byte, so the two cannot be confused
    hash.update([0]);
    hash.update(entry.as_bytes());
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A line with its line break, and the entry's text.
fn write_line(
    context: &str,
    entry: &impl Serialize,
) -> Result<(String, String), serde_json::Error> {
    let text = serde_json::to_string(entry)?;
    let raw = RawValue::from_string(text)?;
    let line = LineOut { sha256: digest(context, raw.get()), entry: &raw };
    Ok((serde_json::to_string(&line)? + "\n", raw.get().to_owned()))
}

fn read_line<'a>(context: &str, line: &'a str) -> Result<&'a str, String> {
    let line: LineIn<'a> = serde_json::from_str(line)
        .map_err(|_| "this is no line of a sweep's journal".to_owned())?;
    let expected = digest(context, line.entry.get());
    if line.sha256 != expected {
        return Err(
            "the digest does not fit; the line was changed or is of another sweep".to_owned()
        );
    }
    Ok(line.entry.get())
}

/// What a journal holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    pub header: Header,
    pub results: Results,
    /// an unfinished last line was left out
    pub torn: bool,
    /// bytes up to it
    length: u64,
}

/// Where results go.
#[derive(Debug)]
pub struct Journal {
    /// the header's text
    context: String,
    file: Option<(PathBuf, File)>,
}

impl Journal {
    /// Keeps nothing: the sweep is lost when it is interrupted.
    #[must_use]
    pub fn in_memory(header: Header) -> Self {
        let context = serde_json::to_string(&header).unwrap_or_default();
        Self { context, file: None }
    }

    /// Goes on with the journal at `path`, or starts it. The file stays locked against other sweeps until it is dropped.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be used, is no journal, or is of another sweep.
    pub fn open(path: &Path, header: Header) -> Result<(Self, Contents), JournalError> {
        let wrong = |what| {
            let path = path.to_owned();
            move |error| JournalError::File { path, what, error }
        };
        if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(JournalError::NoFile { path: path.to_owned() });
        }
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(wrong("open the journal"))?;
        // a file system without locks is no reason not to work
        if let Err(TryLockError::WouldBlock) = fs4::FileExt::try_lock(&file) {
            return Err(JournalError::InUse { path: path.to_owned() });
        }
        let bytes = read_bytes(&mut file, path)?;
        let (first, context) =
            write_line("", &header).map_err(|error| wrong("write the journal")(error.into()))?;
        let mut journal = Self { context, file: Some((path.to_owned(), file)) };
        // nothing, or what a crash left of this very header
        if first.len() > bytes.len() && first.as_bytes().starts_with(&bytes) {
            journal.cut(0)?;
            journal.write(&first)?;
            sync_folder(path);
            let (results, torn, length) = (Results::new(), false, first.len() as u64);
            return Ok((journal, Contents { header, results, torn, length }));
        }
        let contents = parse(path, &bytes)?;
        same(path, &contents.header, &header)?;
        if contents.torn {
            journal.cut(contents.length)?;
        }
        Ok((journal, contents))
    }

    /// Writes down a finished cell, and returns its outcome as whoever reads the journal will see it.
    ///
    /// # Errors
    /// [`JournalError`] when it could not be written.
    pub fn append(&mut self, cell: &Cell, outcome: &Outcome) -> Result<Outcome, JournalError> {
        let path = || self.file.as_ref().map_or_else(PathBuf::new, |(path, _)| path.clone());
        let wrong = |error: serde_json::Error| JournalError::File {
            path: path(),
            what: "write down a result",
            error: error.into(),
        };
        let (line, text) = write_line(&self.context, &Entry { cell, outcome }).map_err(wrong)?;
        let seen: Entry<Cell, Outcome> = serde_json::from_str(&text).map_err(wrong)?;
        self.write(&line)?;
        Ok(seen.outcome)
    }

    fn write(&mut self, line: &str) -> Result<(), JournalError> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        file.write_all(line.as_bytes())
            .and_then(|()| file.flush())
            .and_then(|()| file.sync_data())
            .map_err(|error| {
                let what = "write to the journal";
                JournalError::File { path: path.clone(), what, error }
            })
    }

    fn cut(&mut self, length: u64) -> Result<(), JournalError> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        file.set_len(length).and_then(|()| file.sync_data()).map_err(|error| {
            let what = "cut off the unfinished line of the journal";
            JournalError::File { path: path.clone(), what, error }
        })
    }
}

/// A new file is durable when its folder is; where folders cannot be synchronised, there is nothing to do about it.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        let _ = folder.sync_all();
    }
}

fn read_bytes(file: &mut File, path: &Path) -> Result<Vec<u8>, JournalError> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))
        .and_then(|_| file.take(MOST_BYTES).read_to_end(&mut bytes))
        .map_err(|error| JournalError::File {
            path: path.to_owned(),
            what: "read the journal",
            error,
        })?;
    Ok(bytes)
}

/// Reads a journal without changing it.
///
/// # Errors
/// [`JournalError`] when it cannot be read or something in it does not fit.
pub fn read(path: &Path) -> Result<Contents, JournalError> {
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(JournalError::NoFile { path: path.to_owned() });
    }
    let mut file = File::open(path).map_err(|error| JournalError::File {
        path: path.to_owned(),
        what: "open the journal",
        error,
    })?;
    parse(path, &read_bytes(&mut file, path)?)
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Contents, JournalError> {
    let foreign = |reason: String| JournalError::Foreign { path: path.to_owned(), reason };
    let length = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let torn = length < bytes.len();
    let text = std::str::from_utf8(&bytes[..length]).map_err(|error| foreign(error.to_string()))?;
    let mut lines = text.lines().enumerate();
    let Some((_, first)) = lines.next() else {
        return Err(foreign("it has no header".to_owned()));
    };
    let context = read_line("", first).map_err(&foreign)?;
    let header = parse_header(context).map_err(&foreign)?;
    let mut results = Results::new();
    let mut drawn = Drawn::new();
    for (at, line) in lines {
        let wrong =
            |reason: String| JournalError::Entry { path: path.to_owned(), line: at + 1, reason };
        let text = read_line(context, line).map_err(wrong)?;
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
    Ok(Contents { header, results, torn, length: length as u64 })
}

fn parse_header(text: &str) -> Result<Header, String> {
    /// what every version has
    #[derive(Deserialize)]
    struct Any {
        journal: String,
        version: u32,
    }
    let any: Any = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if any.journal != Header::NAME {
        return Err(format!("expected `{}`, found `{}`", Header::NAME, any.journal));
    }
    if any.version != VERSION {
        return Err(format!("expected version {VERSION} of the format, found {}", any.version));
    }
    let header: Header = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if !header.shard.is_sound() {
        return Err(format!("there is no shard {}", header.shard));
    }
    header.plan.check().map_err(|error: PlanError| error.to_string())?;
    Ok(header)
}

/// Whether two headers are of one sweep and one machine, and the same shard of it.
fn same(path: &Path, found: &Header, expected: &Header) -> Result<(), JournalError> {
    match difference(found, expected) {
        None => Ok(()),
        Some((field, found, expected)) => {
            Err(JournalError::Other { path: path.to_owned(), field, expected, found })
        }
    }
}

/// The first field in which two headers differ, with both values.
#[must_use]
pub fn difference(left: &Header, right: &Header) -> Option<(String, String, String)> {
    let value = |header| serde_json::to_value(header).unwrap_or_default();
    differing("", &value(left), &value(right))
}

fn differing(
    name: &str,
    left: &serde_json::Value,
    right: &serde_json::Value,
) -> Option<(String, String, String)> {
    use serde_json::Value;
    let inner = |key: &dyn std::fmt::Display| match name {
        // the reader thinks of settings, not of where the header keeps them
        "" | "plan" => key.to_string(),
        _ => format!("{name}.{key}"),
    };
    match (left, right) {
        _ if left == right => None,
        (Value::Object(left), Value::Object(right)) if left.keys().eq(right.keys()) => left
            .iter()
            .zip(right.values())
            .find_map(|((key, left), right)| differing(&inner(key), left, right)),
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(at, (left, right))| differing(&inner(&at), left, right)),
        _ => Some((name.to_owned(), short(left), short(right))),
    }
}

/// A value in an error message; long ones are cut.
fn short(value: &serde_json::Value) -> String {
    const MOST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
