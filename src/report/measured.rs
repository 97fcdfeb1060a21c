//! Measurements, which no verdict is about: how they were made, named tables, and remarks.
//!
//! In JSON they stand beside an empty list of records, since nothing was decided:
//! `{"schema", "records": [], "measured": {"title", "settings": {..}, "complete", TABLE: [{..}], .., "remarks": [..]}}`.

use super::json::{Fields, SCHEMA};
use super::provenance::Provenance;
use super::{Format, Table, Value, delimited, latex, text};
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

impl Format {
    /// The table named, with title, settings and remarks around it where the format has a place for them; JSON has every
    /// table. With a final line break.
    #[must_use]
    pub fn render_measured(self, measured: &Measured, table: &str) -> String {
        self.render_measured_tables(measured, &[table])
    }

    /// The same with several tables, each under its name; CSV puts them below one another.
    #[must_use]
    pub fn render_measured_tables(self, measured: &Measured, names: &[&str]) -> String {
        let chosen = measured.tables.iter().filter(|(name, _)| names.contains(name));
        let tables = |heading: &dyn Fn(&str) -> String, render: fn(&Table) -> String| -> String {
            let one = names.len() == 1;
            let part = |(name, table): &(&str, Table)| {
                let heading = if one { String::new() } else { heading(name) };
                format!("{heading}{}", render(table))
            };
            chosen.clone().map(part).collect::<Vec<_>>().join(if one { "" } else { "\n" })
        };
        let lines = |mark: &str, before: &str| -> String {
            let lines: String =
                measured.remarks.iter().map(|line| format!("{mark}{line}\n")).collect();
            if lines.is_empty() { lines } else { format!("{before}{lines}") }
        };
        let settings = |mark: &str| -> String {
            let line = |(name, value): &(&str, Value)| format!("{mark}{name}: {value}\n");
            measured.settings.iter().map(line).collect()
        };
        let title = &measured.title;
        match self {
            Self::Text => {
                let tables = tables(&|name| format!("{name}\n"), text::aligned);
                format!("{title}\n{}\n{tables}{}", settings("  "), lines("", "\n"))
            }
            Self::Markdown => format!(
                "{title}\n\n{}\n{}{}",
                settings("- "),
                tables(&|name| format!("## {name}\n\n"), delimited::markdown),
                lines("- ", "\n")
            ),
            Self::Latex => {
                let tables = tables(&|name| format!("% {name}\n"), latex::render);
                format!("% {title}\n{}{tables}{}", settings("% "), lines("% ", ""))
            }
            Self::Csv => tables(&|name| format!("{name}\n"), delimited::csv),
            Self::Json => measured.document(None),
        }
    }
}

impl Measured {
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
        let render = |format: Format| format.render_measured(&measured, "first");
        assert_eq!(render(Format::Text), "thresholds\n  steps: 7\n\n   d\n0.25\n\na remark\n");
        assert_eq!(render(Format::Csv), "d\n0.25\n");
        assert_eq!(
            render(Format::Markdown),
            "thresholds\n\n- steps: 7\n\n| d |\n| ---: |\n| 0.25 |\n\n- a remark\n"
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
