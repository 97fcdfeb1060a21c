//! What a report holds, before it has a form: sections of tables and figures, each with its commands.

use super::growth::Growth;
use super::measured::Measured;
use super::out_of_distribution::findings;
use super::provenance::Provenance;
use super::table::DIGESTS;
use super::{Format, Record, Table, Value, delimited, json, latex, text};

/// Name of the value that lists the certificates behind a finding.
pub const EVIDENCE: &str = "evidence";
/// The same in the phase diagram.
const RESTS_ON: &str = "rests_on";
/// Name of the value that lists the tables that a finding is read off.
pub const TABLES: &str = "tables";

/// Everything that [`super::html`] and [`super::paper`] set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub provenance: Provenance,
    pub sections: Vec<Section>,
}

/// What the report is called.
pub const TITLE: &str = "Counting with one-layer transformers: exact results";

impl Document {
    /// The paragraphs before the first section.
    #[must_use]
    pub fn introduction(&self) -> Vec<String> {
        let records = self.sections.iter().flat_map(|section| &section.sheets);
        let records: Vec<Record> = records
            .filter(|sheet| !sheet.repeats())
            .flat_map(|sheet| sheet.records.iter().cloned())
            .collect();
        let decided = super::text::tally(&records);
        vec![
            "The abstract of When Can Transformers Count to n? (Yehudai et al., arXiv:2407.15160v3, UAI 2026) says that one layer counts \
             how often a token occurs easily when the embedding dimension `d` is at least the vocabulary size `m`, and hardly otherwise. \
             What is so is decided here in exact arithmetic, statement by statement."
                .to_owned(),
            format!(
                "{} verdicts: {decided} (wrong models are asked for too). Each rests on exact numbers and has a certificate in `certificates/`, which \
                 `counterproof check` decides again with trusted code only; decimals beside them are rounded outwards. What trained models do and \
                 what language models answer is measured and has no verdict.",
                records.len()
            ),
        ]
    }
}

/// Name of the sheet of the paper's statements, whose records repeat what other sheets say.
pub const STATEMENTS: &str = "statements";
/// How a statement fares, in words.
pub const STANDING: &str = "standing";

/// One statement, or another subject, with what this run found about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// for links
    pub name: &'static str,
    /// `T1, T1'`, or empty
    pub label: String,
    pub title: &'static str,
    /// paragraphs
    pub text: Vec<String>,
    pub sheets: Vec<Sheet>,
}

/// A table of records, the figures of its values, and the commands that make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// name of its files
    pub name: &'static str,
    pub title: &'static str,
    pub provenance: Provenance,
    pub records: Vec<Record>,
    pub growth: Vec<Growth>,
    pub figures: Vec<Drawing>,
    /// the columns that the report and the paper show; all of them when there are none, and in files always
    pub shown: &'static [&'static str],
    /// what was measured and not decided: then there are no records, and the table is the one of this name
    pub measured: Option<(Measured, &'static str)>,
}

/// A figure in every form in which it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// name of its files
    pub name: String,
    pub title: String,
    pub svg: String,
    pub png: Vec<u8>,
    pub pdf: Vec<u8>,
    /// a table for pgfplots
    pub data: String,
}

impl Section {
    /// `T6: Inverting 1/x`
    #[must_use]
    pub fn heading(&self) -> String {
        match self.label.as_str() {
            "" => self.title.to_owned(),
            label => format!("{label}: {}", self.title),
        }
    }
}

impl Sheet {
    /// Rows and columns, without the column that says the same claim in every row.
    #[must_use]
    pub fn table(&self) -> Table {
        if let Some((measured, name)) = &self.measured {
            let found = measured.tables.iter().find(|(other, _)| other == name);
            return found.map_or_else(Table::default, |(_, table)| table.clone());
        }
        let mut table = Table::of_records(&self.records);
        let first = self.records.first().map(|record| &record.claim);
        if self.records.iter().all(|record| Some(&record.claim) == first) {
            table.remove("claim");
        }
        table
    }

    /// The table without the names of certificates and of other tables, which stand beside it as links or not at all.
    #[must_use]
    pub fn short_table(&self) -> Table {
        let mut table = self.table();
        for name in [EVIDENCE, RESTS_ON, TABLES].into_iter().chain(DIGESTS) {
            table.remove(name);
        }
        if !self.shown.is_empty() {
            for name in table.columns.clone() {
                if !self.shown.contains(&name.as_str()) {
                    table.remove(&name);
                }
            }
        }
        if self.repeats() {
            table.remove("claim");
            table.remove("verdict");
        }
        table
    }

    /// Whether its records repeat what those of other sheets say: how statements fare.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.records.first().is_some_and(|record| record.get(STANDING).is_some())
    }

    /// Whether a table of it says no more than which cells there are: what varies are parameters, and what they fix.
    #[must_use]
    pub fn restates(&self, table: &Table) -> bool {
        let fixed = ["inputs", "d", "mlp_width", "mlp_depth"];
        let params = |name: &String| {
            self.records.iter().any(|record| record.params.iter().any(|(param, _)| param == name))
        };
        self.records.len() > 2
            && table.columns.iter().all(|name| fixed.contains(&name.as_str()) || params(name))
    }

    /// The table as a file: with its provenance in a comment, a field or a last line. CSV has no place for it.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Json if self.measured.is_some() => {
                let empty = Measured::default();
                let measured = self.measured.as_ref().map_or(&empty, |(measured, _)| measured);
                measured.document(Some(&self.provenance))
            }
            Format::Markdown if self.measured.is_some() => {
                let lines: String =
                    self.provenance.lines().map(|line| format!("    {line}\n")).collect();
                let remarks: String =
                    self.remarks().iter().map(|remark| format!("- {remark}\n")).collect();
                let table = delimited::markdown(&self.table(), false, false);
                format!("{}\n\n{table}\n{remarks}\n{lines}", self.title)
            }
            Format::Json => {
                let ood = findings(&self.records);
                json::document(&self.records, &self.growth, &ood, Some(&self.provenance))
            }
            Format::Latex => {
                let lean = latex::Lean::of(self.short_table());
                latex::sheet(&lean, &self.growth, &self.provenance, None).text
            }
            Format::Markdown => {
                let lines: String =
                    self.provenance.lines().map(|line| format!("    {line}\n")).collect();
                let mut table = Table::of_records(&self.records);
                DIGESTS.iter().for_each(|digest| table.remove(digest));
                let table = delimited::markdown(&table, false, false);
                let slopes = delimited::slopes(&self.growth);
                format!("{}\n\n{table}{slopes}\n{lines}", self.title)
            }
            Format::Csv if self.measured.is_some() => delimited::csv(&self.table(), false),
            Format::Csv => delimited::csv(&Table::of_records(&self.records), false),
            Format::Text => text::aligned(&self.table(), false, false, None).text,
        }
    }

    /// What is to be known of measurements: settings, then remarks.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let Some((measured, _)) = &self.measured else { return Vec::new() };
        let settings = measured.settings.iter().map(|(name, value)| format!("{name}: {value}"));
        settings.chain(measured.remarks.iter().cloned()).collect()
    }

    /// `40 verified, 0 refuted, 0 undecided`
    #[must_use]
    pub fn tally(&self) -> String {
        if self.measured.is_some() {
            return "measured, not decided".to_owned();
        }
        super::text::tally(&self.records)
    }
}

impl Record {
    /// The certificates that show it: its own, or those of the records that a finding is made from.
    #[must_use]
    pub fn evidence(&self) -> Vec<String> {
        match self.get(EVIDENCE).or_else(|| self.get(RESTS_ON)) {
            Some(Value::List(paths)) => paths.iter().map(ToString::to_string).collect(),
            _ => self.certificate.iter().cloned().collect(),
        }
    }

    /// The tables whose commands made it, `own` unless it is a finding.
    #[must_use]
    pub fn tables(&self, own: &str) -> Vec<String> {
        match self.get(TABLES) {
            Some(Value::List(names)) => names.iter().map(ToString::to_string).collect(),
            _ => vec![own.to_owned()],
        }
    }

    /// A parameter or value by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let all = self.params.iter().chain(&self.values);
        all.into_iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }
}
