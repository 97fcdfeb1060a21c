//! What is taken up from an interrupted run: nothing that was not checked again.
//!
//! For every cell of the plan that the journal has an entry of, the certificate in the folder is parsed and checked like a
//! stranger's file, and the entry is compared with it and with the cell ([`recheck`]): the claim, every parameter that both
//! name, the object, the verdict, and every value that the certificate carries or determines. What does not fit is named on
//! standard error and decided again.

use super::cells::Job;
use super::folder::Folder;
use super::journal::{Entered, Journal};
use crate::cli::Failure;
use crate::cli::output::note;
use crate::cli::stored::looked_at;
use crate::report::Record;
use crate::search::control::Control;
use crate::verdict::{NotTakenUp, recheck};
use std::collections::{BTreeMap, BTreeSet};

/// The records that hold, by the path of their certificate.
pub(super) struct TakenUp {
    pub records: BTreeMap<String, Record>,
    /// entries that a limit left no time to check
    unchecked: usize,
}

impl TakenUp {
    /// A line of progress, if there is something to say.
    pub(super) fn words(&self) -> String {
        match (self.records.len(), self.unchecked) {
            (0, 0) => String::new(),
            (count, 0) => {
                format!(
                    "{count} verdicts taken up from the run before, their certificates checked again"
                )
            }
            (count, left) => format!(
                "{count} verdicts taken up from the run before, their certificates checked again; no time to check {left} more"
            ),
        }
    }
}

/// What became of one entry.
enum Found {
    Nothing,
    /// with the digest and the size of its certificate
    Holds(Record, String, usize),
    Unchecked,
    Refused(String),
}

/// Checks what an interrupted run left, on all threads; entries and certificates that do not hold are removed. Those for
/// which a limit left no time stay for the next run.
pub(super) fn take_up(
    journal: &Journal,
    folder: &mut Folder,
    jobs: &[Job],
    (control, quiet): (&Control, bool),
) -> Result<TakenUp, Failure> {
    let mut seen = BTreeSet::new();
    let cells: Vec<&Job> = jobs.iter().filter(|job| seen.insert(&job.certificate)).collect();
    let found =
        looked_at(cells.len(), (control, quiet), |at| look(journal, folder, cells[at], control));
    let mut taken_up = TakenUp { records: BTreeMap::new(), unchecked: 0 };
    let mut keys = BTreeSet::new();
    for (job, found) in cells.into_iter().zip(found) {
        let path = &job.certificate;
        match found {
            Found::Holds(mut record, sha256, bytes) => {
                folder.has(path, sha256, bytes, std::slice::from_ref(&job.command));
                record.certificate = Some(path.clone());
                taken_up.records.insert(path.clone(), record);
                keys.insert(journal.key(path));
            }
            Found::Unchecked => {
                taken_up.unchecked += 1;
                keys.insert(journal.key(path));
            }
            Found::Nothing => folder.remove(path)?,
            Found::Refused(why) => {
                let place = folder.path(path);
                note(&format!("{}: not taken up, decided again: {why}", place.display()));
                folder.remove(path)?;
            }
        }
    }
    journal.keep(&keys);
    Ok(taken_up)
}

fn look(journal: &Journal, folder: &Folder, job: &Job, control: &Control) -> Found {
    let key = journal.key(&job.certificate);
    let remembered = match journal.read(&key, &folder.path(&job.certificate)) {
        Entered::Nothing => return Found::Nothing,
        Entered::Damaged(why) => {
            return Found::Refused(format!("the entry {}: {why}", journal.path(&key).display()));
        }
        Entered::Whole(remembered) => remembered,
    };
    if control.go_on().is_err() {
        return Found::Unchecked;
    }
    match recheck(&job.cell, remembered, control) {
        Ok(decided) => match decided.certificate {
            Some(certificate) => {
                let (sha256, bytes) = (certificate.sha256().to_owned(), certificate.text().len());
                Found::Holds(decided.record, sha256, bytes)
            }
            None => Found::Refused("it has no certificate".to_owned()),
        },
        Err(NotTakenUp::Stopped) => Found::Unchecked,
        Err(NotTakenUp::Refused(why)) => Found::Refused(why),
    }
}
