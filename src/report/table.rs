//! Records as rows and columns: parameters, verdict, then values, in the order they first occur.

use super::{Heading, Record, Value, value_of};

/// Columns that name files by their digests.
pub(super) const DIGESTS: [&str; 2] = ["sha256", "mapping_sha256"];

/// A table of values; rows that lack a column have `Null` there.
///
/// ```
/// use counterproof::report::{Format, Table, Value, View};
///
/// let columns = ["embedding", "n_star"].map(str::to_owned).to_vec();
/// let row = |name: &str, n_star: u64| vec![Value::text(name), Value::integer(n_star)];
/// let table = Table { columns, rows: vec![row("moment", 4), row("best", 10)] };
/// // numbers to the right
/// let text = View::of(Format::Text).table(&table)?;
/// assert_eq!(text, "embedding  n_star\nmoment          4\nbest           10\n");
/// # Ok::<(), counterproof::report::ViewError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    #[must_use]
    pub fn of_records(records: &[Record]) -> Self {
        let names = |part: fn(&Record) -> &Vec<(&'static str, Value)>| {
            let mut names: Vec<&str> = Vec::new();
            for (name, _) in records.iter().flat_map(part) {
                if !names.contains(name) {
                    names.push(name);
                }
            }
            names
        };
        let params = names(|record| &record.params);
        // a value that repeats a parameter takes no second column
        let mut values = names(|record| &record.values);
        values.retain(|name| !params.contains(name));
        let find = |list: &[(&'static str, Value)], name: &str| {
            value_of(list, name).cloned().unwrap_or(Value::Null)
        };
        let mut columns: Vec<&str> = vec!["claim"];
        columns.extend(&params);
        columns.push("verdict");
        columns.extend(&values);
        let timed = records.iter().any(|record| record.milliseconds.is_some());
        if timed {
            columns.push("milliseconds");
        }
        let rows = records.iter().map(|record| {
            let mut row = vec![Value::text(&record.claim)];
            row.extend(params.iter().map(|name| find(&record.params, name)));
            row.push(Value::text(&record.verdict));
            row.extend(values.iter().map(|name| find(&record.values, name)));
            if timed {
                row.push(record.milliseconds.map_or(Value::Null, Value::integer));
            }
            row
        });
        let rows = rows.collect();
        // what has none could not be named in `--columns`
        let without = columns.iter().find(|name| Heading::of(name).is_none());
        debug_assert!(without.is_none(), "a column has no heading: {without:?}");
        Self { columns: columns.into_iter().map(str::to_owned).collect(), rows }
    }

    /// Takes a column away, if there is one of this name.
    pub fn remove(&mut self, name: &str) {
        if let Some(at) = self.columns.iter().position(|column| column == name) {
            self.columns.remove(at);
            for row in &mut self.rows {
                row.remove(at);
            }
        }
    }

    /// Whether a column holds numbers, or what stands for all of them, so that it is aligned to the right.
    #[must_use]
    pub fn is_numeric(&self, column: usize) -> bool {
        let entries =
            || self.rows.iter().filter_map(|row| row.get(column)).filter(|v| **v != Value::Null);
        entries().any(Value::is_number) && entries().all(|v| v.is_number() || v.is_every())
    }

    /// The table in words, its heads in the first line; with `transpose` the columns are the lines.
    pub(super) fn words(
        &self,
        head: impl Fn(&str) -> String,
        entry: impl Fn(&str, &Value) -> String,
        transpose: bool,
    ) -> Words {
        let mut lines: Vec<Vec<String>> = vec![self.columns.iter().map(|key| head(key)).collect()];
        for row in &self.rows {
            let entries = self.columns.iter().zip(row);
            lines.push(entries.map(|(key, value)| entry(key, value)).collect());
        }
        if !transpose {
            let numeric = (0..self.columns.len()).map(|i| self.is_numeric(i)).collect();
            return Words { lines, numeric };
        }
        let column = |i: usize| lines.iter().map(|line| line[i].clone()).collect();
        let numeric = (0..lines.len()).map(|i| i > 0).collect();
        Words { lines: (0..self.columns.len()).map(column).collect(), numeric }
    }
}

/// A table whose entries are texts.
pub(super) struct Words {
    /// the first has the heads
    pub lines: Vec<Vec<String>>,
    /// columns that are aligned to the right
    pub numeric: Vec<bool>,
}

/// A verdict, or a boolean, as a sign; `None` for everything else.
pub(super) fn mark(key: &str, value: &Value) -> Option<&'static str> {
    match value {
        Value::Bool(true) => Some("✓"),
        Value::Bool(false) => Some("✗"),
        Value::Text(verdict) if key == "verdict" => Some(match verdict.as_str() {
            "verified" => "✓",
            "refuted" => "✗",
            "estimated" => "≈",
            _ => "?",
        }),
        _ => None,
    }
}
