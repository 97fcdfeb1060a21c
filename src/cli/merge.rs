//! `counterproof merge`: joins the journals of a command that was shared out, a sweep's here, those of verdicts in
//! [`super::merge_verdicts`].

use super::decide::Settling;
use super::output::{check_apart, check_file, check_folder, note};
use super::parse::refuse;
use super::thresholds::{Report, Showing};
use super::{Failure, Limits, Status, merge_verdicts, verdicts};
use crate::journal::kind_of;
use crate::train::sweep::journal::{Contents, difference, read};
use crate::train::sweep::{Header, Journal, Plan, Results, Shard};
use clap::{ArgMatches, Args};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The output is that of the command in one piece, byte for byte; exit status 3 when something is missing.
#[derive(Args)]
pub(super) struct Options {
    /// Journals of `sweep`, or of `verify`, `search`, `phase` or `lp`, whole or with --shard; verdicts are checked again, and need the files that their command names
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Fill this folder with tables and a figure, of a sweep
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// Write the certificate of every verdict to this folder
    #[arg(long, value_name = "DIR")]
    certificates: Option<PathBuf>,
    /// Write what is joined to the journal FILE of the whole command, which goes on from there, and which `reproduce --journals` takes up
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    settling: Settling,
    #[command(flatten)]
    showing: Showing,
    #[command(flatten)]
    limits: Limits,
}

pub(super) fn run(options: &Options, matches: &ArgMatches) -> Result<Status, Failure> {
    let not_of =
        |ids: &[&str], of: &str| refuse(matches, ids, &format!("not with the journals of {of}"));
    let Showing { plot, printing, .. } = &options.showing;
    for (option, path) in
        [("--out", &printing.out), ("--plot", plot), ("--journal", &options.journal)]
    {
        for (path, journal) in
            path.iter().flat_map(|path| options.files.iter().map(move |j| (path, j)))
        {
            check_apart(option, path, journal)?;
        }
    }
    let first = options.files.first().map(|path| kind_of(path)).transpose();
    if first.map_err(Failure::of_journal)?.flatten().as_deref() == Some(verdicts::KIND.name) {
        not_of(&["out_dir", "table"], "verdicts")?;
        let how = merge_verdicts::How {
            printing: &options.showing.printing,
            plot: options.showing.plot.as_deref(),
            certificates: options.certificates.as_deref(),
            journal: options.journal.as_deref(),
            settling: options.settling,
            limits: &options.limits,
        };
        return merge_verdicts::run(&options.files, &how);
    }
    not_of(&["certificates", "exit_zero_if_decided", "time_limit"], "a sweep")?;
    options.showing.check()?;
    if let Some(folder) = &options.out_dir {
        check_folder("--out-dir", folder)?;
    }
    if let Some(path) = &options.journal {
        check_file("--journal", path)?;
    }
    let mut joined: Option<Joined> = None;
    for path in &options.files {
        let contents = read(path).map_err(Failure::new)?;
        if contents.torn {
            note(&format!("{}: left out an unfinished last line", path.display()));
        }
        match &mut joined {
            None => joined = Some(Joined::new(path, contents)),
            Some(joined) => joined.add(path, contents)?,
        }
    }
    let Some(joined) = joined else { return Err(Failure::new("no journal")) };
    let report = Report::new(&joined.header.plan, &joined.results)?;
    if let Some(path) = &options.journal {
        joined.write(path).map_err(Failure::after_work)?;
    }
    report.show(&options.showing, options.out_dir.as_deref())?;
    joined.tell_what_is_missing(&report);
    Ok(if report.complete() { Status::Holds } else { Status::Undecided })
}

/// Journals put together.
struct Joined {
    first: PathBuf,
    /// a journal of a machine that rounds differently
    other_kernels: Option<PathBuf>,
    /// of the first journal; the others differ in the shard, and perhaps in the machine
    header: Header,
    shards: BTreeSet<usize>,
    results: Results,
}

impl Joined {
    fn new(path: &Path, contents: Contents) -> Self {
        let shards = BTreeSet::from([contents.header.shard.index]);
        let Contents { header, results, .. } = contents;
        Self { first: path.to_owned(), other_kernels: None, header, shards, results }
    }

    fn add(&mut self, path: &Path, contents: Contents) -> Result<(), Failure> {
        let (place, first) = (path.display(), self.first.display());
        let Contents { header, results, .. } = contents;
        let index = header.shard.index;
        let mut alike = header.clone();
        alike.shard.index = self.header.shard.index;
        alike.kernels.clone_from(&self.header.kernels);
        if let Some((field, found, expected)) = difference(&alike, &self.header) {
            return Err(Failure::new(format!(
                "{place}: a journal of another sweep: {field} is {found} there, {expected} in {first}"
            )));
        }
        if header.kernels != self.header.kernels {
            note(&format!(
                "{place}: from a machine with {} kernels, {first} with {}; the last digits may differ from those of one machine",
                header.kernels, self.header.kernels
            ));
            self.other_kernels = Some(path.to_owned());
        }
        self.shards.insert(index);
        for (cell, outcome) in results {
            match self.results.get(&cell) {
                Some(known) if *known != outcome => {
                    return Err(Failure::new(format!(
                        "{place}: the model {cell} has another outcome than in a journal before it"
                    )));
                }
                _ => {
                    self.results.insert(cell, outcome);
                }
            }
        }
        Ok(())
    }

    /// Adds what is joined to the journal of the whole sweep.
    fn write(&self, path: &Path) -> Result<(), Failure> {
        if let Some(other) = &self.other_kernels {
            let other = other.display();
            return Err(Failure::new(format!(
                "--journal: {other} is from a machine that rounds differently; a journal is of one kind of machine"
            )));
        }
        let header = Header { shard: Shard::WHOLE, ..self.header.clone() };
        let (mut journal, there) = Journal::open(path, header).map_err(Failure::of_journal)?;
        for (cell, outcome) in &self.results {
            match there.results.get(cell) {
                None => drop(journal.append(cell, outcome).map_err(Failure::of_journal)?),
                Some(known) if known == outcome => {}
                Some(_) => {
                    let place = path.display();
                    return Err(Failure::new(format!(
                        "{place}: the model {cell} has another outcome than in the journals that are joined"
                    )));
                }
            }
        }
        Ok(())
    }

    /// One line for each shard that is not finished.
    fn tell_what_is_missing(&self, report: &Report) {
        let plan: &Plan = &self.header.plan;
        let of = self.header.shard.of;
        for index in 1..=of {
            let shard = Shard { index, of };
            let (mut all, mut unfinished) = (0, 0);
            for id in plan.chains_of(shard) {
                all += 1;
                unfinished += usize::from(!report.finished(id));
            }
            if unfinished == 0 {
                continue;
            }
            let missing = if self.shards.contains(&index) { "" } else { " is missing" };
            note(&format!("shard {shard}{missing}: {unfinished} of {all} thresholds unfinished"));
        }
    }
}
