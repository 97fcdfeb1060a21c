//! CSV (RFC 4180) and Markdown tables.

use super::growth::{Growth, sentence};
use super::heading::Heading;
use super::table::mark;
use super::{Table, Value};

/// Booleans and lists are spelled as in JSON so that a program can read them back.
fn machine(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

pub(super) fn csv(table: &Table, transpose: bool) -> String {
    let quote = |text: &String| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.clone()
        }
    };
    let words = table.words(str::to_owned, |_, value| machine(value), transpose);
    let line = |line: &Vec<String>| line.iter().map(quote).collect::<Vec<_>>().join(",") + "\n";
    words.lines.iter().map(line).collect()
}

pub(super) fn markdown(table: &Table, transpose: bool, marks: bool) -> String {
    let entry = |key: &str, value: &Value| match mark(key, value).filter(|_| marks) {
        Some(mark) => mark.to_owned(),
        None => value.to_string(),
    };
    let words = table.words(Heading::words, entry, transpose);
    let rule: Vec<&str> =
        words.numeric.iter().map(|numeric| if *numeric { "---:" } else { "---" }).collect();
    let mut text = String::new();
    for (at, cells) in words.lines.iter().enumerate() {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        text += &format!("| {} |\n", cells.join(" | "));
        if at == 0 {
            text += &format!("| {} |\n", rule.join(" | "));
        }
    }
    text
}

/// The local slopes of values, below a table.
pub(super) fn slopes(growth: &[Growth]) -> String {
    if growth.is_empty() {
        return String::new();
    }
    let lines = growth.iter().map(|fit| format!("- {}\n", sentence(fit)));
    format!(
        "\nLocal slopes (of the logarithms, between the two largest sizes):\n\n{}",
        lines.collect::<String>()
    )
}
