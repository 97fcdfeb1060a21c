//! Measurements, which no verdict is about: how they were made, named tables, and remarks.
//!
//! In JSON they stand beside an empty list of records, since nothing was decided:
//! `{"schema", "records": [], "measured": {"title", "settings": {..}, "complete", TABLE: [{..}], .., "remarks": [..]}}`.

use super::json::{Fields, SCHEMA};
use super::provenance::Provenance;
use super::{Format, Table, Value, ViewError};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

/// What was measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measured {
    /// one line
    pub title: String,
    /// what the numbers depend on, in the order of display
    pub settings: Vec<(&'static str, Value)>,
    /// nothing is missing
    pub complete: bool,
    /// the first is the main one
    pub tables: Vec<(&'static str, Table)>,
    /// one line each
    pub remarks: Vec<String>,
}

impl Measured {
    /// The tables named, each under its name and as `shown` has it, with title, settings and remarks around them where the
    /// format has a place for them; CSV has them below one another, and JSON has every table.
    pub(super) fn render(
        &self,
        format: Format,
        names: &[&str],
        shown: &dyn Fn(&Table) -> Result<String, ViewError>,
    ) -> Result<String, ViewError> {
        let tables = |before: &str, after: &str| -> Result<String, ViewError> {
            let one = names.len() == 1;
            let chosen = self.tables.iter().filter(|(name, _)| names.contains(name));
            let part = |(name, table): &(&str, Table)| {
                let heading = if one { String::new() } else { format!("{before}{name}{after}") };
                Ok(format!("{heading}{}", shown(table)?))
            };
            let parts: Vec<String> = chosen.map(part).collect::<Result<_, ViewError>>()?;
            Ok(parts.join(if one { "" } else { "\n" }))
        };
        let lines = |mark: &str, before: &str| -> String {
            let lines: String = self.remarks.iter().map(|line| format!("{mark}{line}\n")).collect();
            if lines.is_empty() { lines } else { format!("{before}{lines}") }
        };
        let settings = |mark: &str| -> String {
            let line = |(name, value): &(&str, Value)| format!("{mark}{name}: {value}\n");
            self.settings.iter().map(line).collect()
        };
        let title = &self.title;
        Ok(match format {
            Format::Text => {
                let tables = tables("", "\n")?;
                format!("{title}\n{}\n{tables}{}", settings("  "), lines("", "\n"))
            }
            Format::Markdown => format!(
                "{title}\n\n{}\n{}{}",
                settings("- "),
                tables("## ", "\n\n")?,
                lines("- ", "\n")
            ),
            Format::Latex => {
                let tables = tables("% ", "\n")?;
                format!("% {title}\n{}{tables}{}", settings("% "), lines("% ", ""))
            }
            Format::Csv => tables("", "\n")?,
            Format::Json => self.document(None),
        })
    }

    /// All tables in JSON, with a final line break.
    #[must_use]
    pub fn document(&self, provenance: Option<&Provenance>) -> String {
        let document = Document { schema: SCHEMA, provenance, records: [], measured: Body(self) };
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        text
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<&'a Provenance>,
    /// measurements are no verdicts
    records: [(); 0],
    measured: Body<'a>,
}

struct Body<'a>(&'a Measured);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("title", &self.0.title)?;
        map.serialize_entry("settings", &Fields(&self.0.settings))?;
        map.serialize_entry("complete", &self.0.complete)?;
        for (name, table) in &self.0.tables {
            map.serialize_entry(name, &Rows(table))?;
        }
        map.serialize_entry("remarks", &self.0.remarks)?;
        map.end()
    }
}

/// A table as a list of objects whose fields are in the order of its columns.
struct Rows<'a>(&'a Table);

struct Row<'a>(&'a [String], &'a [Value]);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.rows.len()))?;
        for row in &self.0.rows {
            list.serialize_element(&Row(&self.0.columns, row))?;
        }
        list.end()
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0.iter().zip(self.1) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::View;
    use super::*;

    #[test]
    fn every_format_has_the_table_and_only_json_has_all() {
        let table = |value: Value| Table { columns: vec!["d".to_owned()], rows: vec![vec![value]] };
        let measured = Measured {
            title: "thresholds".to_owned(),
            settings: vec![("steps", Value::integer(7))],
            complete: false,
            tables: vec![("first", table(Value::decimal(0.25, 2))), ("second", table(Value::Null))],
            remarks: vec!["a remark".to_owned()],
        };
        let render = |format| View::of(format).measured(&measured, &["first"]).unwrap();
        assert_eq!(render(Format::Text), "thresholds\n  steps: 7\n\n   d\n0.25\n\na remark\n");
        assert_eq!(render(Format::Csv), "d\n0.25\n");
        assert_eq!(
            render(Format::Markdown),
            "thresholds\n\n- steps: 7\n\n| embedding dimension |\n| ---: |\n| 0.25 |\n\n- a remark\n"
        );
        let latex = render(Format::Latex);
        assert!(latex.starts_with("% thresholds\n% steps: 7\n% needs"), "{latex}");
        assert!(latex.ends_with("\\end{tabular}\n% a remark\n"), "{latex}");
        let json: serde_json::Value = serde_json::from_str(&render(Format::Json)).unwrap();
        let expected = serde_json::json!({
            "schema": "counterproof/1",
            "records": [],
            "measured": {
                "title": "thresholds", "settings": {"steps": 7}, "complete": false,
                "first": [{"d": 0.25}], "second": [{"d": null}], "remarks": ["a remark"],
            },
        });
        assert_eq!(json, expected);
    }
}
