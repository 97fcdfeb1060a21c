//! CSV (RFC 4180) and Markdown tables.

use super::{Table, Value};

/// Booleans and lists are spelled as in JSON so that a program can read them back.
fn machine(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

pub(super) fn csv(table: &Table) -> String {
    let quote = |text: String| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    let header = table.columns.iter().cloned().map(quote).collect::<Vec<_>>();
    let rows = table.rows.iter().map(|row| row.iter().map(|v| quote(machine(v))).collect());
    std::iter::once(header).chain(rows).map(|row: Vec<String>| row.join(",") + "\n").collect()
}

pub(super) fn markdown(table: &Table) -> String {
    let escape = |text: String| text.replace('|', "\\|");
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let rule = (0..table.columns.len())
        .map(|column| if table.is_numeric(column) { "---:" } else { "---" }.to_owned());
    let mut text = line(table.columns.iter().cloned().map(escape).collect());
    text += &line(rule.collect());
    for row in &table.rows {
        text += &line(row.iter().map(|value| escape(value.to_string())).collect());
    }
    text
}
