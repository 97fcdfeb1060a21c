//! `reproduce --journals FILE,..`: what was decided or trained elsewhere, on a cluster say, enters the report.
//!
//! Journals of verdicts are those of `--journal` and of `merge`. An entry is of the cell that has its name, and no more than
//! [`Remembered`]: [`super::resume`] has its certificate checked and compared with the cell like one of an interrupted run. A
//! sweep's journal, whole, is copied to where the report's sweep of the same plan keeps its own, and checked there as that is.

use super::cells::Job;
use crate::cli::Failure;
use crate::cli::names::cell_name;
use crate::cli::output::{note, write_whole};
use crate::cli::read::read_bytes;
use crate::cli::verdicts::{self, remembered};
use crate::journal::{kind_of, read};
use crate::train::sweep::journal::read as read_sweep;
use crate::train::sweep::{Header, Plan, Shard};
use crate::verdict::Remembered;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What one line of a journal says about a cell.
pub(super) struct Said {
    /// the journal, and the line's number
    pub place: (PathBuf, usize),
    pub remembered: Remembered,
}

/// A sweep that was finished elsewhere, or a part of it in time.
struct Swept {
    path: PathBuf,
    plan: Plan,
    bytes: Vec<u8>,
}

/// What journals hold.
#[derive(Default)]
pub(super) struct Elsewhere {
    /// by the name of the cell
    verdicts: BTreeMap<String, Vec<Said>>,
    sweeps: Vec<Swept>,
}

impl Elsewhere {
    pub(super) fn read(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut all = Self::default();
        for path in paths {
            let kind = kind_of(path).map_err(Failure::of_journal)?;
            if kind.as_deref() == Some(verdicts::KIND.name) {
                let lines = read(verdicts::KIND, path).map_err(Failure::of_journal)?;
                let said = remembered(path, &lines).map_err(Failure::of_journal)?;
                for (name, (line, remembered)) in said {
                    let place = (path.clone(), line);
                    all.verdicts.entry(name).or_default().push(Said { place, remembered });
                }
            } else {
                all.sweeps.push(Swept::read(path)?);
            }
        }
        Ok(all)
    }

    /// What is said about a cell, in the order of the journals.
    pub(super) fn about(&self, job: &Job) -> &[Said] {
        self.verdicts.get(&cell_name(&job.cell)).map_or(&[], Vec::as_slice)
    }

    /// Names the journals that have verdicts which the report does not ask for.
    pub(super) fn tell_what_is_not_asked(&self, jobs: &[Job]) {
        let asked: BTreeSet<String> = jobs.iter().map(|job| cell_name(&job.cell)).collect();
        let mut others: BTreeMap<&Path, usize> = BTreeMap::new();
        for (_, said) in self.verdicts.iter().filter(|(name, _)| !asked.contains(*name)) {
            for Said { place: (path, _), .. } in said {
                *others.entry(path).or_default() += 1;
            }
        }
        for (path, count) in others {
            let place = path.display();
            note(&format!("{place}: ignored {count} verdicts that are of no table of this report"));
        }
    }

    /// Puts the journal of a sweep where the report keeps its own, unless that has begun.
    pub(super) fn provide(&self, plan: &Plan, to: &Path) -> Result<(), Failure> {
        match self.sweeps.iter().find(|swept| swept.plan == *plan) {
            Some(swept) if !to.exists() => write_whole(to, &swept.bytes),
            _ => Ok(()),
        }
    }

    /// Names the sweeps that the report does not have.
    pub(super) fn tell_what_is_not_trained(&self, plans: &[Plan]) {
        for swept in self.sweeps.iter().filter(|swept| !plans.contains(&swept.plan)) {
            let place = swept.path.display();
            note(&format!("{place}: ignored: the report has no sweep of this plan"));
        }
    }
}

impl Swept {
    fn read(path: &Path) -> Result<Self, Failure> {
        let contents = read_sweep(path).map_err(Failure::of_journal)?;
        let wrong = |why: &str| Failure::new(format!("--journals: {}: {why}", path.display()));
        let Header { shard, kernels, program, plan, .. } = contents.header;
        if shard != Shard::WHOLE {
            return Err(wrong(&format!(
                "it is part {shard} of a sweep; `merge` with --journal FILE joins the parts"
            )));
        }
        let here = Header::new(plan, Shard::WHOLE);
        for (what, found, expected) in
            [("kernels", kernels, &here.kernels), ("program", program, &here.program)]
        {
            if found != *expected {
                return Err(wrong(&format!("{what}: expected {expected}, found {found}")));
            }
        }
        Ok(Self { path: path.to_owned(), plan: here.plan, bytes: read_bytes(path)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::grid::parsed;
    use crate::cli::{Command, sweep};
    use crate::search::control::Control;

    fn options(arguments: &str) -> Box<sweep::Options> {
        let words: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
        match parsed(&words).unwrap().0 {
            Command::Sweep(options) => options,
            _ => panic!("{arguments}"),
        }
    }

    #[test]
    fn a_sweep_is_put_where_the_report_looks_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("cluster.jsonl");
        let tiny =
            "counterproof sweep --task qc --d 2 --m 1-2 --seeds 1 --count 2 --steps 5 --held-out 8";
        let tiny = options(tiny);
        sweep::with_journal(&tiny, &journal, &Control::default(), true).unwrap();
        let elsewhere = Elsewhere::read(std::slice::from_ref(&journal)).unwrap();
        let plan = sweep::plan(&tiny).unwrap();
        let (to, other) = (folder.path().join("own"), folder.path().join("other"));
        elsewhere.provide(&plan, &to).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), std::fs::read(&journal).unwrap());
        // one that has begun is not replaced, and another plan is another sweep
        std::fs::write(&to, "begun").unwrap();
        elsewhere.provide(&plan, &to).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"begun");
        let longer =
            "counterproof sweep --task qc --d 2 --m 1-2 --seeds 1 --count 2 --steps 6 --held-out 8";
        elsewhere.provide(&sweep::plan(&options(longer)).unwrap(), &other).unwrap();
        assert!(!other.exists());
    }
}
