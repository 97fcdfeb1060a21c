//! What an interrupted run had decided, so that the next one goes on from there.
//!
//! One file for each decided cell, named by a digest of the program and the cell: what another program had decided is not
//! found. An entry ends with the digest of what stands before it and names the digest of its certificate; that tells a torn or
//! damaged one from a whole one, and nothing more, for anybody can mend a digest. What an entry says is therefore only
//! [`Remembered`]: [`super::resume`] has its certificate checked and compares the two.
//! An entry is written before its certificate, so that every certificate has an entry. Cells that a limit left
//! undecided have none.

use crate::cli::Failure;
use crate::cli::output::{digest, write_whole};
use crate::cli::read::read_text;
use crate::kernel::Verdict;
use crate::report::{Record, Value};
use crate::verdict::Remembered;
use num_bigint::BigInt;
use num_rational::BigRational;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Folder of the entries, below that of the outputs.
pub(super) const FOLDER: &str = ".journal";

pub(super) struct Journal {
    folder: PathBuf,
    /// digest of the running program; `None` when it cannot be read, and then nothing is taken up
    program: Option<String>,
}

/// What was found where an entry would be.
#[derive(Debug)]
pub(super) enum Entered {
    Nothing,
    Damaged(String),
    Whole(Remembered),
}

/// A decided cell as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    key: String,
    verdict: Verdict,
    values: Vec<(String, Stored)>,
    reason: Option<String>,
    /// digest of the certificate's text
    certificate: String,
}

/// A [`Value`] that keeps its kind.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Stored {
    Integer(String),
    Rational(String),
    Decimal(String),
    Bool(bool),
    Text(String),
    List(Vec<Stored>),
    Null,
}

impl Journal {
    pub(super) fn new(out: &Path) -> Self {
        let program = std::env::current_exe().and_then(std::fs::read).ok();
        Self { folder: out.join(FOLDER), program: program.map(|bytes| digest(&bytes)) }
    }

    /// The key of a cell by the name of its certificate, or of a command.
    pub(super) fn key(&self, name: &str) -> String {
        let program = self.program.as_deref().unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        digest(format!("{version}\n{program}\n{name}").as_bytes())
    }

    pub(super) fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.json"))
    }

    /// Notes a decided cell, whose certificate has the digest `sha256`. The certificate is to be written afterwards.
    pub(super) fn write(&self, key: &str, record: &Record, sha256: &str) -> Result<(), Failure> {
        let values = record.values.iter().map(|(name, value)| ((*name).to_owned(), store(value)));
        let entry = Entry {
            key: key.to_owned(),
            verdict: record.verdict.verdict(),
            values: values.collect(),
            reason: record.reason.clone(),
            certificate: sha256.to_owned(),
        };
        let body = serde_json::to_string(&entry).map_err(Failure::new)?;
        write_whole(&self.path(key), format!("{body}\n{}\n", digest(body.as_bytes())))
    }

    /// What an entry says about a cell, with the text of the certificate that belongs to it.
    pub(super) fn read(&self, key: &str, certificate: &Path) -> Entered {
        let wrong = |why: &str| Entered::Damaged(why.to_owned());
        if self.program.is_none() {
            return Entered::Nothing;
        }
        let text = match std::fs::read_to_string(self.path(key)) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Entered::Nothing,
            Err(error) => return Entered::Damaged(format!("cannot read: {error}")),
        };
        let whole = text
            .split_once('\n')
            .filter(|(body, end)| *end == format!("{}\n", digest(body.as_bytes())));
        let Some((body, _)) = whole else { return wrong("it is not whole") };
        let Ok(Entry { key: of, verdict, values, reason, certificate: sha256 }) =
            serde_json::from_str(body)
        else {
            return wrong("it is no entry");
        };
        if of != key {
            return wrong("it is about another cell");
        }
        let written = match read_text(certificate) {
            Ok(written) if digest(written.as_bytes()) == sha256 => written,
            Ok(_) => return wrong("its certificate is another one"),
            Err(_) => return wrong("its certificate is not there, or cannot be read"),
        };
        let values = values.iter().map(|(name, value)| Some((interned(name), restore(value)?)));
        match values.collect::<Option<_>>() {
            Some(values) => {
                Entered::Whole(Remembered { verdict, values, reason, certificate: written })
            }
            None => wrong("its values cannot be read"),
        }
    }

    /// Removes every entry that is not one of `keys`.
    pub(super) fn keep(&self, keys: &BTreeSet<String>) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let key = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if path.extension().is_some_and(|extension| extension == "json") && !keys.contains(key)
            {
                // an entry that stays is one that no key finds
                let _ = std::fs::remove_file(path);
            }
        }
    }

    /// Everything is written: the next run starts afresh.
    pub(super) fn remove(&self) -> Result<(), Failure> {
        std::fs::remove_dir_all(&self.folder).map_err(|error| {
            Failure::new(format!("{}: cannot remove: {error}", self.folder.display()))
        })
    }
}

fn store(value: &Value) -> Stored {
    match value {
        Value::Integer(value) => Stored::Integer(value.to_string()),
        Value::Rational(value) => Stored::Rational(value.to_string()),
        Value::Decimal(text) => Stored::Decimal(text.clone()),
        Value::Bool(value) => Stored::Bool(*value),
        Value::Text(value) => Stored::Text(value.clone()),
        Value::List(values) => Stored::List(values.iter().map(store).collect()),
        Value::Null => Stored::Null,
    }
}

fn restore(stored: &Stored) -> Option<Value> {
    Some(match stored {
        Stored::Integer(text) => Value::Integer(text.parse::<BigInt>().ok()?),
        Stored::Rational(text) => Value::Rational(text.parse::<BigRational>().ok()?),
        Stored::Decimal(text) => Value::Decimal(text.clone()),
        Stored::Bool(value) => Value::Bool(*value),
        Stored::Text(text) => Value::Text(text.clone()),
        Stored::List(values) => Value::List(values.iter().map(restore).collect::<Option<_>>()?),
        Stored::Null => Value::Null,
    })
}

/// Names of values are constants of the program; read back, each is kept once for as long as it runs.
fn interned(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(kept);
    kept
}

#[cfg(test)]
mod tests;
