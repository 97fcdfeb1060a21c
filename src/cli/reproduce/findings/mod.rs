//! Statements of others beside what is so, every number of it read off the records of this run.
//!
//! A statement of the paper is told in our words, with how it is known; [`Standing`] says how it fares. The right column is what was
//! decided, so the record of a finding has the verdict of its evidence. A finding whose records are missing, because a limit was
//! hit or its tables were not asked for, is left out.

mod compiled;
mod easy;
mod hard;
mod width;

use crate::claim::theorems;
use crate::report::document::{Document, EVIDENCE, STATEMENTS, Section, Sheet, TABLES};
use crate::report::provenance::Provenance;
use crate::report::{Record, Value};
use crate::verdict::Checked;
use num_bigint::BigInt;

/// Name of the table of what is said about compiled models.
pub(super) const COMPILED: &str = "compiled-statements";

/// The names of the tables that are made here.
pub(super) const NAMES: [&str; 2] = [STATEMENTS, COMPILED];

/// The paper's statements, the first section of the report.
pub(super) fn section(document: &Document, provenance: &Provenance) -> Option<Section> {
    let sheets = Sheets(document);
    // from what is easy to what is hard, then what it takes
    let all: [Find; 13] = [
        easy::query_count,
        easy::most_frequent,
        hard::histogram,
        hard::collision,
        hard::lipschitz,
        easy::attention,
        width::free,
        hard::machine_numbers,
        easy::no_position,
        hard::bits,
        easy::norm,
        hard::trained,
        hard::elsewhere,
    ];
    let sheet =
        sheet(STATEMENTS, "The paper's statements, and what is so", &all, &sheets, provenance)?;
    Some(Section {
        name: STATEMENTS,
        label: String::new(),
        title: "What the paper says, and what is so",
        text: vec![
            "Statements are in our words; known from says how each is known, for the body of the paper was not at hand. `stands`, `stands, and sharper`, `depends on what is \
             meant` and `does not hold as quoted` are about the statement as it is told here; `not decided here` says that this program does not decide it. Every number \
             in the last column is read off a record of this run, whose certificates are the evidence."
                .to_owned(),
        ],
        sheets: vec![sheet],
    })
}

/// What is said about compiled models, for the section that decides some.
pub(super) fn compiled(document: &Document, provenance: &Provenance) -> Option<Sheet> {
    let title = "What is said about compiled models, and what is so";
    sheet(COMPILED, title, &compiled::ALL, &Sheets(document), provenance)
}

fn sheet(
    name: &'static str,
    title: &'static str,
    all: &[Find],
    sheets: &Sheets<'_>,
    provenance: &Provenance,
) -> Option<Sheet> {
    let found = all.iter().filter_map(|find| find(sheets));
    let records: Vec<Record> = found.map(Finding::into_record).collect();
    let decided = records.iter().any(|record| record.verdict.is_decided());
    // read off the other tables
    let provenance = provenance.clone();
    decided.then_some(Sheet {
        name,
        title,
        provenance,
        records,
        growth: Vec::new(),
        figures: Vec::new(),
        shown: &[],
        measured: None,
    })
}

/// How a statement fares, as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Stands,
    Sharper,
    Depends,
    NotAsQuoted,
    /// this program does not decide it
    Open,
}

impl Standing {
    fn words(self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::Sharper => "stands, and sharper",
            Self::Depends => "depends on what is meant",
            Self::NotAsQuoted => "does not hold as quoted",
            Self::Open => "not decided here",
        }
    }
}

/// What is said, and what is so.
struct Finding {
    statement: &'static str,
    claim: &'static str,
    /// in our words
    says: &'static str,
    /// how we know that it is said
    known_from: &'static str,
    standing: Standing,
    exactly: String,
    evidence: Vec<Evidence>,
    /// names of the tables that were read
    tables: &'static [&'static str],
}

/// A record that a finding is read off.
struct Evidence {
    certificate: Option<String>,
    verdict: Checked,
}

type Find = fn(&Sheets<'_>) -> Option<Finding>;

impl Finding {
    fn into_record(self) -> Record {
        let verdict = Checked::read_off(true, self.evidence.iter().map(|record| &record.verdict));
        let paths = self.evidence.iter().filter_map(|record| record.certificate.as_ref());
        let evidence = paths.map(Value::text).collect();
        let tables = self.tables.iter().map(Value::text).collect();
        Record {
            claim: self.claim.to_owned(),
            params: vec![
                ("statement", Value::text(self.statement)),
                ("says", Value::text(self.says)),
                ("known_from", Value::text(self.known_from)),
            ],
            verdict,
            values: vec![
                ("standing", Value::text(self.standing.words())),
                ("exactly", Value::Text(self.exactly)),
                (EVIDENCE, Value::List(evidence)),
                (TABLES, Value::List(tables)),
            ],
            certificate: None,
            milliseconds: None,
            reason: None,
        }
    }
}

/// The tables of this run.
struct Sheets<'a>(&'a Document);

impl<'a> Sheets<'a> {
    /// The decided records of a table, in its order.
    fn of(&self, name: &str) -> impl Iterator<Item = &'a Record> {
        let sheets = self.0.sections.iter().flat_map(|section| &section.sheets);
        let records =
            sheets.filter(move |sheet| sheet.name == name).flat_map(|sheet| &sheet.records);
        let decided: Vec<&Record> = records.filter(|record| record.verdict.is_decided()).collect();
        decided.into_iter()
    }
}

fn integer<'a>(record: &'a Record, name: &str) -> Option<&'a BigInt> {
    match record.get(name)? {
        Value::Integer(value) => Some(value),
        _ => None,
    }
}

fn size(record: &Record, name: &str) -> Option<i64> {
    integer(record, name).and_then(|value| i64::try_from(value).ok())
}

fn is(record: &Record, name: &str, value: &str) -> bool {
    record.get(name).is_some_and(|found| found.to_string() == value)
}

fn text(record: &Record, name: &str) -> String {
    record.get(name).map(ToString::to_string).unwrap_or_default()
}

fn paths<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Evidence> {
    let evidence = |record: &Record| Evidence {
        certificate: record.certificate.clone(),
        verdict: record.verdict.clone(),
    };
    records.into_iter().map(evidence).collect()
}

/// Where a theorem stands, if it is one of the list.
fn theorem(name: &str) -> Option<String> {
    let found = theorems().find(|theorem| theorem.name == name)?;
    Some(format!("`{}` in `proofs/{}`", found.name, found.file))
}
