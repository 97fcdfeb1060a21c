//! `counterproof reproduce --out DIR`: every table, figure and certificate, a report and a paper, with one command.
//!
//! [`plan`] lists the sections; each table is made by commands, which are parsed as if they had been typed
//! ([`cells`]). What is decided goes to a [`journal`] at once, so that an interrupted run is taken up where it was ([`resume`]: every
//! certificate is checked again, and nothing that a file says is believed), and [`folder`] knows which files are ours. When all is decided, [`findings`] reads off the records how the paper's statements fare, and [`outputs`] writes.

mod asked;
mod cells;
mod elsewhere;
mod findings;
mod folder;
mod inputs;
mod journal;
mod measured;
mod outputs;
mod plan;
mod resume;

use super::output::{progress, say, stdout};
use super::{Failure, Limits, Status, parse};
use crate::report::document::{Document, Section, Sheet};
use crate::report::provenance::Provenance;
use crate::report::{Record, tally};
use crate::search::control::Control;
use crate::verdict::{Decided, decide};
use cells::{Job, jobs};
use clap::Args;
use elsewhere::Elsewhere;
use folder::Folder;
use journal::Journal;
use plan::Sizes;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Options {
    /// Folder to fill: tables/, figures/, certificates/, report.html, paper.tex
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Small sizes, within five minutes
    #[arg(long, conflicts_with = "full")]
    quick: bool,
    /// The largest sizes
    #[arg(long)]
    full: bool,
    /// These tables only, by name, separated by commas
    #[arg(long, value_name = "TABLE,..", value_delimiter = ',', value_parser = trimmed)]
    only: Vec<String>,
    /// Journals of `ask`, one for each task, whose answers the report is to show
    #[arg(long, value_name = "FILE,..", value_delimiter = ',')]
    ask_journal: Vec<PathBuf>,
    /// Journals of commands of the report that were decided elsewhere, whole, of parts or joined by `merge`, and of its sweeps; verdicts are checked again
    #[arg(long, value_name = "FILE,..", value_delimiter = ',')]
    journals: Vec<PathBuf>,
    #[command(flatten)]
    limits: Limits,
}

pub(super) fn run(options: &Options) -> Result<Status, Failure> {
    let mut begun = false;
    fill(options, &mut begun).map_err(|failure| if begun { failure.after_work() } else { failure })
}

/// `begun` is whether cells were decided when it gives up.
fn fill(options: &Options, begun: &mut bool) -> Result<Status, Failure> {
    let sizes = match (options.quick, options.full) {
        (true, _) => Sizes::Quick,
        (_, true) => Sizes::Full,
        _ => Sizes::Default,
    };
    Folder::check(&options.out)?;
    let questionnaires = asked::read(&options.ask_journal)?;
    let elsewhere = Elsewhere::read(&options.journals)?;
    let sections = chosen(plan::sections(sizes), &options.only, asked::names(&questionnaires))?;
    let all = command(sizes, &options.only, &options.ask_journal);
    let provenance = Provenance::new(vec![all], sizes.name());
    // before anything is put into temporary folders
    let control = options.limits.control();
    let prepared = jobs(&sections, sizes)?;
    let wanted = |name: &str| options.only.is_empty() || options.only.iter().any(|n| n == name);
    let questionnaires: Vec<_> =
        questionnaires.into_iter().filter(|asked| wanted(asked.name())).collect();
    let unread = measured::names().filter(|name| wanted(name));
    let mut planned = prepared.planned(&sections, unread.chain(asked::names(&questionnaires)));
    planned.extend(questionnaires.iter().map(asked::Questionnaire::path));
    let mut folder = Folder::prepare(&options.out, &planned)?;
    let journal = Journal::new(&options.out);
    prepared.write_inputs(&mut folder)?;
    let quiet = options.limits.quiet;
    *begun = true;
    elsewhere.tell_what_is_not_asked(&prepared.jobs);
    let how = (&control, quiet);
    let taken_up = resume::take_up(&journal, &mut folder, &prepared.jobs, &elsewhere, how)?;
    let mut run = Run { options, control, folder, journal, known: BTreeMap::new() };
    run.say(&taken_up.words());
    run.known = taken_up.records;
    let mut jobs = prepared.jobs.into_iter().peekable();
    let count = sections.len();
    let mut decided = Vec::new();
    for (k, section) in sections.iter().enumerate() {
        run.say(&format!("section {} of {count}: {}", k + 1, section.title));
        for table in &section.tables {
            let mut own = Vec::new();
            while let Some(job) = jobs.next_if(|job| job.table == table.name) {
                own.push(job);
            }
            let records = run.decide(&own)?;
            stdout(&format!("{}: {}\n", table.title, tally(&records)))?;
            decided.push(records);
        }
    }
    // last, for a limit should not leave exact questions open
    if measured::names().any(wanted) {
        run.say("trained models");
    }
    elsewhere.tell_what_is_not_trained(&measured::plans(sizes, &wanted)?);
    // another program, version or command has another name
    let journals = options.out.join(journal::FOLDER);
    let journal = |command: &str| journals.join(run.journal.key(command)).with_extension("jsonl");
    let trained = measured::measure(
        sizes,
        &wanted,
        (&journal, &elsewhere),
        (&run.control, options.limits.quiet),
        &provenance,
    )?;
    let mut document = Document { provenance: provenance.clone(), sections: Vec::new() };
    let mut decided = decided.into_iter();
    for section in &sections {
        let mut sheets = Vec::new();
        for (table, records) in section.tables.iter().zip(decided.by_ref()) {
            let commands = table.runs.iter().map(|run| run.command.clone()).collect();
            let provenance = provenance.of(commands);
            sheets.push(outputs::sheet(table, records, provenance, &trained.thresholds)?);
        }
        document.sections.push(outputs::section(section, sheets));
    }
    let questions = asked::section(&questionnaires, &mut run.folder, &provenance)?;
    let statements = findings::section(&document, &provenance);
    let compiled = findings::compiled(&document, &provenance);
    let records: Vec<Record> = all_records(&document.sections);
    if let Some(section) = document.sections.iter_mut().find(|section| section.name == "compiled") {
        section.sheets.extend(compiled);
    }
    if let Some(section) = trained.section {
        document.sections.push(section);
    }
    document.sections.extend(questions);
    if let Some(section) = statements {
        document.sections.insert(0, section);
    }
    outputs::write(&document, &mut run.folder)?;
    let undecided = records.iter().filter(|record| !record.verdict.is_decided()).count();
    let place = options.out.display();
    let verdicts = records.len() - undecided;
    let certificates = run.known.len();
    stdout(&format!("{verdicts} verdicts, {certificates} certificates in {place}\n"))?;
    let unanswered = questionnaires.iter().any(|asked| !asked.complete());
    let open: Vec<String> = [
        (undecided > 0).then(|| format!("{undecided} undecided")),
        (!trained.complete).then(|| "trained models are unfinished".to_owned()),
        unanswered.then(|| "a journal of `ask` has questions without an answer".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !open.is_empty() {
        run.say(&format!("{}; the same command goes on from here", open.join(", and ")));
        return Ok(Status::Undecided);
    }
    // refutations are results: the plan asks for wrong models too
    run.journal.remove()?;
    Ok(Status::Holds)
}

/// What a run needs all along.
struct Run<'a> {
    options: &'a Options,
    control: Control,
    folder: Folder,
    journal: Journal,
    /// by the certificate's path: what is decided, in another table or by an interrupted run whose certificates were checked again
    known: BTreeMap<String, Record>,
}

impl Run<'_> {
    /// A line of progress on standard error, even when that is no terminal.
    fn say(&self, line: &str) {
        if !self.options.limits.quiet && !line.is_empty() {
            say(line);
        }
    }

    fn decide(&mut self, jobs: &[Job]) -> Result<Vec<Record>, Failure> {
        let bar = progress(jobs.len(), self.options.limits.quiet);
        let mut records = Vec::with_capacity(jobs.len());
        for job in jobs {
            bar.set_message(job.certificate.clone());
            records.push(self.decide_one(job)?);
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(records)
    }

    fn decide_one(&mut self, job: &Job) -> Result<Record, Failure> {
        let path = &job.certificate;
        if let Some(record) = self.known.get(path) {
            self.folder.made_by(path, &job.command);
            return Ok(job.named(record.clone()));
        }
        if let Err(stopped) = self.control.go_on() {
            return Ok(job.undecided(&stopped.to_string()));
        }
        let Decided { mut record, certificate } = decide(&job.cell, &self.control);
        // an unfinished cell is begun again by the next run
        if let Some(certificate) = certificate.filter(|_| record.verdict.is_decided()) {
            let text = certificate.text();
            self.journal.write(&self.journal.key(path), &record, certificate.sha256())?;
            self.folder.write(path, text.as_bytes(), std::slice::from_ref(&job.command))?;
            record.certificate = Some(path.clone());
            self.known.insert(path.clone(), record.clone());
        }
        Ok(job.named(record))
    }
}

fn trimmed(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(text.trim().to_owned())
}

/// The sections with the tables named; all of them when none is.
fn chosen(
    sections: Vec<plan::Section>,
    only: &[String],
    asked: impl Iterator<Item = &'static str>,
) -> Result<Vec<plan::Section>, Failure> {
    let decided = sections.iter().flat_map(|section| &section.tables).map(|table| table.name);
    let known: Vec<&str> = decided.chain(measured::names()).chain(asked).collect();
    if let Some(unknown) = only.iter().find(|name| !known.contains(&name.as_str())) {
        let tip = parse::nearest(unknown, known.iter().copied());
        let tip = tip.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        let known = known.join(", ");
        return Err(Failure::new(format!(
            "--only: there is no table `{unknown}`{tip} (there are {known})"
        )));
    }
    let mut sections = sections;
    for section in &mut sections {
        section
            .tables
            .retain(|table| only.is_empty() || only.iter().any(|name| name == table.name));
    }
    sections.retain(|section| !section.tables.is_empty());
    Ok(sections)
}

/// The command that makes all of it; the folder's name is no part of it.
fn command(sizes: Sizes, only: &[String], journals: &[PathBuf]) -> String {
    let sizes = match sizes {
        Sizes::Default => String::new(),
        other => format!(" --{}", other.name()),
    };
    let only = if only.is_empty() { String::new() } else { format!(" --only {}", only.join(",")) };
    let journals: Vec<String> = journals.iter().map(|path| path.display().to_string()).collect();
    let journals = match journals.is_empty() {
        true => String::new(),
        false => format!(" --ask-journal {}", journals.join(",")),
    };
    format!("counterproof reproduce{sizes}{only}{journals} --out out")
}

fn all_records(sections: &[Section]) -> Vec<Record> {
    let sheets = sections.iter().flat_map(|section| &section.sheets);
    sheets.flat_map(|sheet: &Sheet| sheet.records.iter().cloned()).collect()
}
