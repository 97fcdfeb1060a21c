//! Claims as they are reported beside what is exactly so, every number of it read off the records of this run.
//!
//! A finding whose records are missing, because a limit was hit or its tables were not asked for, is left out.

mod compiled;
mod counting;
mod width;

use crate::claim::theorems;
use crate::report::document::{DISAGREEMENTS, Document, EVIDENCE, Section, Sheet, TABLES};
use crate::report::provenance::Provenance;
use crate::report::{Record, Value};
use crate::verdict::Checked;
use num_bigint::BigInt;

/// The section of all findings.
pub(super) fn section(document: &Document, provenance: &Provenance) -> Option<Section> {
    let sheets = Sheets(document);
    let all = width::ALL.into_iter().chain(counting::ALL).chain(compiled::ALL);
    let records: Vec<Record> =
        all.filter_map(|finding| finding(&sheets)).map(Finding::into_record).collect();
    if records.is_empty() {
        return None;
    }
    let sheet = Sheet {
        name: DISAGREEMENTS,
        title: "Claims as reported beside the exact values",
        // read off the other tables
        provenance: provenance.clone(),
        records,
        growth: Vec::new(),
        figures: Vec::new(),
        measured: None,
    };
    Some(Section {
        name: DISAGREEMENTS,
        label: String::new(),
        title: "Where the reported claims and the exact values part",
        text: vec![
            "The left column is a reading of what the paper, or what is said about it, claims; it is not a quotation. `refuted` means that \
             this reading is false as it stands, `verified` that it is true, with what the right column adds. Every number is read off a record of \
             this run; the certificates of those records are the evidence."
                .to_owned(),
        ],
        sheets: vec![sheet],
    })
}

/// What is said, and what is so.
struct Finding {
    statement: &'static str,
    claim: &'static str,
    reported: &'static str,
    holds: bool,
    exact: String,
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
        let verdict =
            Checked::read_off(self.holds, self.evidence.iter().map(|record| &record.verdict));
        let paths = self.evidence.iter().filter_map(|record| record.certificate.as_ref());
        let evidence = paths.map(Value::text).collect();
        let tables = self.tables.iter().map(Value::text).collect();
        Record {
            claim: self.claim.to_owned(),
            params: vec![
                ("statement", Value::text(self.statement)),
                ("as_reported", Value::text(self.reported)),
            ],
            verdict,
            values: vec![
                ("exactly", Value::Text(self.exact)),
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

    fn growth(&self, name: &str, column: &str, half: &Value) -> Option<String> {
        let mut sheets = self.0.sections.iter().flat_map(|section| &section.sheets);
        let growth = &sheets.find(|sheet| sheet.name == name)?.growth;
        let fits = |fit: &&crate::report::growth::Growth| {
            fit.column.name == column && fit.params.iter().any(|(_, value)| value == half)
        };
        growth.iter().find(fits).map(|fit| fit.exponent.clone())
    }
}

fn integer<'a>(record: &'a Record, name: &str) -> Option<&'a BigInt> {
    match record.get(name)? {
        Value::Integer(value) => Some(value),
        _ => None,
    }
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
