//! Journals: text files to which finished work is appended, so that whatever happens to the process loses none of it.
//!
//! A journal is a file of lines `{"sha256": .., "entry": ..}`. The first entry is the header, which says what the journal is of;
//! every other one is a piece of finished work. A line is appended with its line break, flushed and synchronised before work
//! goes on, so a line without one is what a crash left of the last write, and is dropped. Each digest covers the text of its
//! entry and, after the header, the text of the header: a line of another journal is not believed.
//!
//! A digest tells a damaged line, not a forged one: whoever reads a journal checks what its entries say.

mod lock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Longer files are not read.
const MOST_BYTES: u64 = 1 << 32;

/// What a journal is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// what the header's field `journal` says
    pub name: &'static str,
    /// what messages call it: `sweep`
    pub noun: &'static str,
    /// what the header's field `version` says
    pub version: u32,
}

/// Why a journal is not used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("{path}: cannot {what}: {error}")]
    File { path: PathBuf, what: &'static str, error: std::io::Error },
    #[error("{path}: expected a regular file")]
    NoFile { path: PathBuf },
    #[error("{path}: in use by another {noun}")]
    InUse { path: PathBuf, noun: &'static str },
    #[error(
        "{path}: in use by another {noun}, or one was killed that had it; the file system has no locks: where none is running, remove {lock}"
    )]
    Claimed { path: PathBuf, noun: &'static str, lock: PathBuf },
    #[error(
        "{path}: another {noun} has written to it; this one stops, and what it had written is there"
    )]
    Written { path: PathBuf, noun: &'static str },
    #[error("{path}: not the journal of a {noun}: {reason}")]
    Foreign { path: PathBuf, noun: &'static str, reason: String },
    #[error("{path}: a journal of another {noun}: {field} is {found} there, {expected} here")]
    Other { path: PathBuf, noun: &'static str, field: String, expected: String, found: String },
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
pub(crate) fn write_line(
    context: &str,
    entry: &impl Serialize,
) -> Result<(String, String), serde_json::Error> {
    let text = serde_json::to_string(entry)?;
    let raw = RawValue::from_string(text)?;
    let line = LineOut { sha256: digest(context, raw.get()), entry: &raw };
    Ok((serde_json::to_string(&line)? + "\n", raw.get().to_owned()))
}

fn read_line<'a>(noun: &str, context: &str, line: &'a str) -> Result<&'a str, String> {
    let line: LineIn<'a> =
        serde_json::from_str(line).map_err(|_| format!("this is no line of a {noun}'s journal"))?;
    let expected = digest(context, line.entry.get());
    if line.sha256 != expected {
        return Err(format!(
            "the digest does not fit; the line was changed or is of another {noun}"
        ));
    }
    Ok(line.entry.get())
}

/// What a file holds: texts whose digests fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    pub header: String,
    /// with the number of the line
    pub entries: Vec<(usize, String)>,
    /// an unfinished last line was left out
    pub torn: bool,
    /// bytes up to it
    length: u64,
}

/// Where finished work goes.
#[derive(Debug)]
pub struct Journal {
    /// the header's text
    context: String,
    file: Option<Open>,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    noun: &'static str,
    file: File,
    /// bytes of it, as long as nobody else writes
    length: u64,
    /// where the file system has no locks
    _claim: Option<lock::Claim>,
}

impl Journal {
    /// Keeps nothing.
    #[must_use]
    pub fn in_memory(header: &impl Serialize) -> Self {
        let context = serde_json::to_string(header).unwrap_or_default();
        Self { context, file: None }
    }

    /// Goes on with the journal at `path` if its header is this one, or starts it. `understand` reads what is there, before
    /// anything is changed. The file stays locked against other processes until it is dropped.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be used, is no journal, has another header, or is not understood.
    pub fn open<H: Serialize + DeserializeOwned, T>(
        kind: Kind,
        path: &Path,
        header: &H,
        understand: impl FnOnce(Lines) -> Result<T, JournalError>,
    ) -> Result<(Self, T), JournalError> {
        let wrong = |what| {
            let path = path.to_owned();
            move |error| JournalError::File { path, what, error }
        };
        let noun = kind.noun;
        if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(JournalError::NoFile { path: path.to_owned() });
        }
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(wrong("open the journal"))?;
        let claim = lock::lock(path, noun, &file)?;
        let bytes = read_bytes(&mut file, path)?;
        let (first, context) =
            write_line("", header).map_err(|error| wrong("write the journal")(error.into()))?;
        let (path_here, length) = (path.to_owned(), bytes.len() as u64);
        let open = Open { path: path_here, noun, file, length, _claim: claim };
        let mut journal = Self { context, file: Some(open) };
        // nothing, or what a crash left of this very header
        if first.len() > bytes.len() && first.as_bytes().starts_with(&bytes) {
            journal.cut(0)?;
            journal.write(&first)?;
            sync_folder(path);
            let (header, length) = (journal.context.clone(), first.len() as u64);
            let found = understand(Lines { header, entries: Vec::new(), torn: false, length })?;
            return Ok((journal, found));
        }
        let lines = parse(kind, path, &bytes)?;
        let there: H = header_of(kind, path, &lines)?;
        if let Some((field, found, expected)) = difference(&there, header) {
            return Err(JournalError::Other {
                path: path.to_owned(),
                noun,
                field,
                expected,
                found,
            });
        }
        // lines that are appended are of the header that is there, whose fields may stand in another order
        journal.context.clone_from(&lines.header);
        let cut = lines.torn.then_some(lines.length);
        let found = understand(lines)?;
        if let Some(length) = cut {
            journal.cut(length)?;
        }
        Ok((journal, found))
    }

    /// Writes down a piece of finished work, and returns it as whoever reads the journal will see it.
    ///
    /// # Errors
    /// [`JournalError`] when it could not be written.
    pub fn append<Seen: DeserializeOwned>(
        &mut self,
        entry: &impl Serialize,
    ) -> Result<Seen, JournalError> {
        let path = || self.file.as_ref().map_or_else(PathBuf::new, |open| open.path.clone());
        let wrong = |error: serde_json::Error| JournalError::File {
            path: path(),
            what: "write down a result",
            error: error.into(),
        };
        let (line, text) = write_line(&self.context, entry).map_err(wrong)?;
        let seen = serde_json::from_str(&text).map_err(wrong)?;
        self.write(&line)?;
        Ok(seen)
    }

    /// Writes down several at once.
    ///
    /// # Errors
    /// [`JournalError`] when they could not be written.
    pub fn append_all(
        &mut self,
        entries: impl IntoIterator<Item = impl Serialize>,
    ) -> Result<(), JournalError> {
        let path = self.file.as_ref().map_or_else(PathBuf::new, |open| open.path.clone());
        let mut lines = String::new();
        for entry in entries {
            let (line, _) = write_line(&self.context, &entry).map_err(|error| {
                let (path, what) = (path.clone(), "write down a result");
                JournalError::File { path, what, error: error.into() }
            })?;
            lines += &line;
        }
        self.write(&lines)
    }

    fn write(&mut self, line: &str) -> Result<(), JournalError> {
        let Some(open) = &mut self.file else { return Ok(()) };
        let wrong = |error| {
            let what = "write to the journal";
            JournalError::File { path: open.path.clone(), what, error }
        };
        // lines of two processes would stand in each other
        if open.file.metadata().map_err(wrong)?.len() != open.length {
            return Err(JournalError::Written { path: open.path.clone(), noun: open.noun });
        }
        open.file
            .write_all(line.as_bytes())
            .and_then(|()| open.file.flush())
            .and_then(|()| open.file.sync_data())
            .map_err(wrong)?;
        open.length += line.len() as u64;
        Ok(())
    }

    fn cut(&mut self, length: u64) -> Result<(), JournalError> {
        let Some(open) = &mut self.file else { return Ok(()) };
        open.file.set_len(length).and_then(|()| open.file.sync_data()).map_err(|error| {
            let what = "cut off the unfinished line of the journal";
            JournalError::File { path: open.path.clone(), what, error }
        })?;
        open.length = length;
        Ok(())
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
    // what was left out would be taken for a torn line, and cut off
    if bytes.len() as u64 >= MOST_BYTES {
        let error = std::io::Error::new(
            std::io::ErrorKind::FileTooLarge,
            format!("expected less than {MOST_BYTES} bytes; share the work out among journals"),
        );
        return Err(JournalError::File { path: path.to_owned(), what: "read the journal", error });
    }
    Ok(bytes)
}

/// Reads a journal without changing it.
///
/// # Errors
/// [`JournalError`] when it cannot be read or a digest does not fit.
pub fn read(kind: Kind, path: &Path) -> Result<Lines, JournalError> {
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(JournalError::NoFile { path: path.to_owned() });
    }
    let mut file = File::open(path).map_err(|error| JournalError::File {
        path: path.to_owned(),
        what: "open the journal",
        error,
    })?;
    parse(kind, path, &read_bytes(&mut file, path)?)
}

/// What the first line of a journal says that it is of, `None` where it says nothing: whoever reads it says what is wrong.
///
/// # Errors
/// [`JournalError`] when the file cannot be read.
pub fn kind_of(path: &Path) -> Result<Option<String>, JournalError> {
    /// far longer than any header
    const MOST: u64 = 1 << 26;
    #[derive(Deserialize)]
    struct Named {
        journal: String,
    }
    let wrong = |what| {
        let path = path.to_owned();
        move |error| JournalError::File { path, what, error }
    };
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(JournalError::NoFile { path: path.to_owned() });
    }
    let file = File::open(path).map_err(wrong("open the journal"))?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).map_err(wrong("read the journal"))?;
    let first = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let Ok(line) = serde_json::from_slice::<LineIn<'_>>(first) else { return Ok(None) };
    Ok(serde_json::from_str::<Named>(line.entry.get()).ok().map(|named| named.journal))
}

fn parse(kind: Kind, path: &Path, bytes: &[u8]) -> Result<Lines, JournalError> {
    let noun = kind.noun;
    let foreign = |reason: String| JournalError::Foreign { path: path.to_owned(), noun, reason };
    let length = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let torn = length < bytes.len();
    let text = std::str::from_utf8(&bytes[..length]).map_err(|error| foreign(error.to_string()))?;
    let mut lines = text.lines().enumerate();
    let Some((_, first)) = lines.next() else {
        return Err(foreign("it has no header".to_owned()));
    };
    let header = read_line(noun, "", first).map_err(&foreign)?.to_owned();
    check_header(kind, &header).map_err(&foreign)?;
    let mut entries = Vec::new();
    for (at, line) in lines {
        let text = read_line(noun, &header, line).map_err(|reason| JournalError::Entry {
            path: path.to_owned(),
            line: at + 1,
            reason,
        })?;
        entries.push((at + 1, text.to_owned()));
    }
    Ok(Lines { header, entries, torn, length: length as u64 })
}

fn check_header(kind: Kind, text: &str) -> Result<(), String> {
    /// what every version has
    #[derive(Deserialize)]
    struct Any {
        journal: String,
        version: u32,
    }
    let any: Any = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let Kind { name, version, .. } = kind;
    if any.journal != name {
        return Err(format!("expected `{name}`, found `{}`", any.journal));
    }
    if any.version != version {
        return Err(format!("expected version {version} of the format, found {}", any.version));
    }
    Ok(())
}

/// The header of a journal.
///
/// # Errors
/// [`JournalError`] when it is no header of this kind.
pub fn header_of<H: DeserializeOwned>(
    kind: Kind,
    path: &Path,
    lines: &Lines,
) -> Result<H, JournalError> {
    serde_json::from_str(&lines.header).map_err(|error| JournalError::Foreign {
        path: path.to_owned(),
        noun: kind.noun,
        reason: error.to_string(),
    })
}

/// The first field in which two headers differ, with both values.
#[must_use]
pub fn difference<H: Serialize>(left: &H, right: &H) -> Option<(String, String, String)> {
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
    const MOST: usize = 200;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}
