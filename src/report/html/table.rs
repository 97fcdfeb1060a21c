//! A sheet as a table that can be sorted; each row leads to its certificates and to the command that made it.

use super::super::document::{STANDING, Sheet};
use super::super::heading::Heading;
use super::super::{Record, Table, Value};
use super::{escape, prose};
use std::fmt::Write as _;

/// Entries longer than this, in characters, are broken.
const LONG: usize = 34;

pub(super) fn render(sheet: &Sheet) -> String {
    let table = sheet.short_table();
    if table.rows.is_empty() {
        return "<p>There is nothing here.</p>\n".to_owned();
    }
    let name = sheet.name;
    let whole = if sheet.repeats() { " whole" } else { "" };
    let classes: Vec<&str> = (0..table.columns.len()).map(|i| class(&table, i)).collect();
    let mut text = format!(
        "<div class=\"scroll{whole}\" tabindex=\"0\" role=\"region\" aria-labelledby=\"table-{name}\">\n<table>\n<thead><tr>"
    );
    for (column, class) in table.columns.iter().zip(&classes) {
        let _ = write!(
            text,
            "<th scope=\"col\" aria-sort=\"none\"{class}><button type=\"button\" title=\"{}\">{}</button></th>",
            escape(&Heading::words(column)),
            escape(&column.replace('_', " "))
        );
    }
    text += "<th scope=\"col\"><span>evidence</span></th></tr></thead>\n<tbody>\n";
    for (at, row) in table.rows.iter().enumerate() {
        // measurements have no records
        let record = sheet.records.get(at);
        let evidence = record.map(Record::evidence).unwrap_or_default();
        text += "<tr>";
        for ((value, class), column) in row.iter().zip(&classes).zip(&table.columns) {
            let shown = match (value, column.as_str()) {
                (Value::Text(verdict), "verdict") => verdict_text(verdict, evidence.first()),
                (Value::Text(words), STANDING) => {
                    format!("<span class=\"{STANDING}\">{}</span>", escape(words))
                }
                (Value::Text(words), _) => prose(words),
                (other, _) => escape(&other.to_string()),
            };
            let _ = write!(text, "<td{class}>{shown}</td>");
        }
        let links: Vec<String> = evidence
            .iter()
            .enumerate()
            .map(|(i, path)| {
                let words = if evidence.len() == 1 {
                    "certificate".to_owned()
                } else {
                    format!("certificate {}", i + 1)
                };
                format!("<a href=\"{}\">{words}</a>", address(path))
            })
            .chain(
                record
                    .map_or_else(|| vec![name.to_owned()], |record| record.tables(name))
                    .iter()
                    .map(|table| format!("<a href=\"#run-{table}\">command</a>")),
            )
            .collect();
        let _ = writeln!(text, "<td>{}</td></tr>", links.join(" &middot; "));
    }
    text + "</tbody>\n</table>\n</div>\n"
}

fn verdict_text(verdict: &str, certificate: Option<&String>) -> String {
    let verdict = escape(verdict);
    match certificate {
        Some(path) => format!("<a class=\"{verdict}\" href=\"{}\">{verdict}</a>", address(path)),
        None => format!("<span class=\"{verdict}\">{verdict}</span>"),
    }
}

/// ` class=".."` of a column: numbers to the right, long numbers and words broken.
fn class(table: &Table, column: usize) -> &'static str {
    let longest = table.rows.iter().map(|row| row[column].to_string().chars().count()).max();
    let long = longest.is_some_and(|longest| longest > LONG);
    match (table.is_numeric(column), long) {
        (true, false) => " class=\"n\"",
        (_, true) if table.rows.iter().any(|row| row[column].to_string().contains(' ')) => {
            " class=\"x\""
        }
        (_, true) => " class=\"w\"",
        (false, false) => "",
    }
}

/// A path inside the folder as a link.
fn address(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
