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
use crate::cli::stored::{StoredValues, restore_values, store_values};
use crate::kernel::Verdict;
use crate::report::Record;
use crate::verdict::Remembered;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

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
    values: StoredValues,
    reason: Option<String>,
    /// digest of the certificate's text
    certificate: String,
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
        let entry = Entry {
            key: key.to_owned(),
            verdict: record.verdict.verdict(),
            values: store_values(record),
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
        match restore_values(&values) {
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

#[cfg(test)]
mod tests;
