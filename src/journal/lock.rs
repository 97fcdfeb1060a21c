//! One process at a time writes to a journal: by a lock of the file system, or, where that has none, by a file beside the journal.

use super::JournalError;
use fs4::TryLockError;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Held as long as the journal is open, where there are no locks.
#[derive(Debug)]
pub(super) struct Claim(PathBuf);

impl Drop for Claim {
    fn drop(&mut self) {
        // what stays is named to whoever comes next
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Locks an open journal against other processes.
///
/// # Errors
/// [`JournalError`] when another one has it.
pub(super) fn lock(
    path: &Path,
    noun: &'static str,
    file: &File,
) -> Result<Option<Claim>, JournalError> {
    claimed(path, noun, fs4::FileExt::try_lock(file))
}

fn claimed(
    path: &Path,
    noun: &'static str,
    locked: Result<(), TryLockError>,
) -> Result<Option<Claim>, JournalError> {
    match locked {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse { path: path.to_owned(), noun }),
        // network file systems that know no locks do know files that must not be there yet
        Err(TryLockError::Error(_)) => claim(path, noun).map(Some),
    }
}

fn claim(path: &Path, noun: &'static str) -> Result<Claim, JournalError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let place = PathBuf::from(name);
    let wrong = |error| {
        let (path, what) = (place.clone(), "claim the journal");
        JournalError::File { path, what, error }
    };
    let own = owner(std::process::id());
    for _ in 0..2 {
        match OpenOptions::new().write(true).create_new(true).open(&place) {
            Ok(mut file) => {
                file.write_all(own.as_bytes()).map_err(wrong)?;
                return Ok(Claim(place));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let left = std::fs::read_to_string(&place).unwrap_or_default();
                if !is_gone(&left) {
                    break;
                }
                // killed on this very machine
                let _ = std::fs::remove_file(&place);
            }
            Err(error) => return Err(wrong(error)),
        }
    }
    Err(JournalError::Claimed { path: path.to_owned(), noun, lock: place })
}

/// The machine and the process.
fn owner(process: u32) -> String {
    let machine = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    format!("{} {process}\n", machine.trim())
}

/// Whether a process was of this machine, as it was started last, and is no more. Where nothing is known it may be there.
fn is_gone(owned: &str) -> bool {
    let process = owned.split_whitespace().last().and_then(|last| last.parse::<u32>().ok());
    let Some(process) = process.filter(|&process| owned == owner(process)) else { return false };
    let machine_is_known = owned.trim().contains(' ');
    machine_is_known
        && Path::new("/proc/self").exists()
        && !Path::new(&format!("/proc/{process}")).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_locks_a_file_beside_the_journal_is_one() {
        let none = || Err(TryLockError::Error(ErrorKind::Unsupported.into()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.jsonl");
        let lock = folder.path().join("j.jsonl.lock");
        let held = claimed(&path, "sweep", none()).unwrap();
        assert!(held.is_some() && lock.exists());
        let refused = claimed(&path, "sweep", none()).unwrap_err();
        assert!(matches!(refused, JournalError::Claimed { .. }), "{refused}");
        assert!(refused.to_string().contains("j.jsonl.lock"), "{refused}");
        drop(held);
        assert!(!lock.exists());
        drop(claimed(&path, "sweep", none()).unwrap());
        // of a process of this machine that was killed; numbers end far below this one
        std::fs::write(&lock, owner(u32::MAX - 1)).unwrap();
        assert_eq!(claimed(&path, "sweep", none()).is_ok(), Path::new("/proc/self").exists());
        // of another machine
        std::fs::write(&lock, "elsewhere 4\n").unwrap();
        assert!(claimed(&path, "sweep", none()).is_err() && lock.exists());
        // where there are locks nothing is left beside the journal
        std::fs::remove_file(&lock).unwrap();
        assert!(claimed(&path, "sweep", Ok(())).unwrap().is_none() && !lock.exists());
    }
}
