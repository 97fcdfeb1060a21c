//! What is taken up from an interrupted run: nothing that was not checked again.
//!
//! For every cell of the plan that the journal has an entry of, the certificate in the folder is parsed and checked like a
//! stranger's file, and the entry is compared with it and with the cell ([`recheck`]): the claim, every parameter that both
//! name, the object, the verdict, and every value that the certificate carries or determines. What does not fit is named on
//! standard error and decided again.

use super::cells::Job;
use super::elsewhere::{Elsewhere, Said};
use super::folder::Folder;
use super::journal::{Entered, Journal};
use crate::cli::Failure;
use crate::cli::output::note;
use crate::cli::stored::looked_at;
use crate::report::Record;
use crate::search::control::Control;
use crate::verdict::{Decided, NotTakenUp, recheck};
use std::collections::{BTreeMap, BTreeSet};

/// The records that hold, by the path of their certificate.
pub(super) struct TakenUp {
    pub records: BTreeMap<String, Record>,
    /// how many of them are from journals that were named
    elsewhere: usize,
    /// entries that a limit left no time to check
    unchecked: usize,
}

impl TakenUp {
    /// Lines of progress, if there is something to say.
    pub(super) fn words(&self) -> String {
        let from = |count: usize, place: &str| {
            (count > 0).then(|| {
                format!("{count} verdicts taken up from {place}, their certificates checked again")
            })
        };
        let lines = [
            from(self.records.len() - self.elsewhere, "the run before"),
            from(self.elsewhere, "journals"),
            (self.unchecked > 0).then(|| format!("no time to check {} more", self.unchecked)),
        ];
        lines.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

/// What became of one entry.
enum Found {
    Nothing,
    /// with the digest and the size of its certificate
    Holds(Record, String, usize),
    /// said by a journal that was named
    Elsewhere(Box<Decided>),
    Unchecked,
    Refused,
}

/// The same with what does not hold: where it stands, and why.
type Looked = (Found, Vec<String>);

/// Checks what an interrupted run left, on all threads; entries and certificates that do not hold are removed. Those for
/// which a limit left no time stay for the next run.
pub(super) fn take_up(
    journal: &Journal,
    folder: &mut Folder,
    jobs: &[Job],
    elsewhere: &Elsewhere,
    (control, quiet): (&Control, bool),
) -> Result<TakenUp, Failure> {
    let mut seen = BTreeSet::new();
    let cells: Vec<&Job> = jobs.iter().filter(|job| seen.insert(&job.certificate)).collect();
    let found = looked_at(cells.len(), (control, quiet), |at| {
        let own = look(journal, folder, cells[at], control);
        match own.0 {
            Found::Nothing | Found::Refused => {
                ask(elsewhere.about(cells[at]), cells[at], control, own)
            }
            _ => own,
        }
    });
    let mut taken_up = TakenUp { records: BTreeMap::new(), elsewhere: 0, unchecked: 0 };
    let mut keys = BTreeSet::new();
    for (job, (found, refused)) in cells.into_iter().zip(found) {
        let path = &job.certificate;
        let becomes = match found {
            Found::Elsewhere(_) => "not taken up",
            _ => "not taken up, decided again",
        };
        for why in refused {
            note(&why.replacen("not taken up", becomes, 1));
        }
        match found {
            Found::Elsewhere(decided) => {
                let Decided { mut record, certificate } = *decided;
                let Some(certificate) = certificate else { continue };
                let key = journal.key(path);
                journal.write(&key, &record, certificate.sha256())?;
                let command = std::slice::from_ref(&job.command);
                folder.write(path, certificate.text().as_bytes(), command)?;
                record.certificate = Some(path.clone());
                taken_up.records.insert(path.clone(), record);
                taken_up.elsewhere += 1;
                keys.insert(key);
            }
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
            Found::Nothing | Found::Refused => folder.remove(path)?,
        }
    }
    journal.keep(&keys);
    Ok(taken_up)
}

/// What the folder has of a cell.
fn look(journal: &Journal, folder: &Folder, job: &Job, control: &Control) -> Looked {
    let key = journal.key(&job.certificate);
    let refused = |why: String| {
        let place = folder.path(&job.certificate);
        (Found::Refused, vec![format!("{}: not taken up: {why}", place.display())])
    };
    let remembered = match journal.read(&key, &folder.path(&job.certificate)) {
        Entered::Nothing => return (Found::Nothing, Vec::new()),
        Entered::Damaged(why) => {
            return refused(format!("the entry {}: {why}", journal.path(&key).display()));
        }
        Entered::Whole(remembered) => remembered,
    };
    if control.go_on().is_err() {
        return (Found::Unchecked, Vec::new());
    }
    match recheck(&job.cell, remembered, control) {
        Ok(decided) => match decided.certificate {
            Some(certificate) => {
                let (sha256, bytes) = (certificate.sha256().to_owned(), certificate.text().len());
                (Found::Holds(decided.record, sha256, bytes), Vec::new())
            }
            None => refused("it has no certificate".to_owned()),
        },
        Err(NotTakenUp::Stopped) => (Found::Unchecked, Vec::new()),
        Err(NotTakenUp::Refused(why)) => refused(why),
    }
}

/// What journals say of a cell of which the folder has nothing: the first that holds.
fn ask(said: &[Said], job: &Job, control: &Control, (own, mut refused): Looked) -> Looked {
    for Said { place: (path, line), remembered } in said {
        match recheck(&job.cell, remembered.clone(), control) {
            Ok(decided) => return (Found::Elsewhere(Box::new(decided)), refused),
            // it will be asked again
            Err(NotTakenUp::Stopped) => return (Found::Nothing, refused),
            Err(NotTakenUp::Refused(why)) => {
                refused.push(format!("{}, line {line}: not taken up: {why}", path.display()));
            }
        }
    }
    (own, refused)
}
