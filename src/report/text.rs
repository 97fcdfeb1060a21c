//! Aligned text for a terminal: the table, then the reasons of verdicts that have one, then a summary.

use super::{Record, Table};
use crate::kernel::Verdict;
use std::fmt::Write as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Cells longer than this are cut in the text table; every other format has them whole.
const WIDEST: usize = 36;

/// How many reasons are spelled out below the table.
const MOST_REASONS: usize = 6;

pub(super) fn render(records: &[Record]) -> String {
    let table = Table::readable(records);
    let mut text = aligned(&table);
    if table.rows.iter().flatten().any(|value| value.to_string().width() > WIDEST) {
        text += "\ncells that end in ... are cut; --format csv and json have them whole\n";
    }
    let reasons: Vec<&Record> = records.iter().filter(|record| record.reason.is_some()).collect();
    for record in reasons.iter().take(MOST_REASONS) {
        let params: Vec<String> =
            record.params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let reason = record.reason.as_deref().unwrap_or_default();
        let _ = write!(text, "\n{} at {}: {reason}\n", record.verdict, params.join(", "));
    }
    if reasons.len() > MOST_REASONS {
        let rest = reasons.len() - MOST_REASONS;
        let _ = write!(text, "\nand {rest} more; --format json has every reason\n");
    }
    let _ = writeln!(text, "\n{}", tally(records));
    text
}

/// `40 verified, 0 refuted, 0 undecided`
pub(crate) fn tally(records: &[Record]) -> String {
    let count = |verdict| records.iter().filter(|record| record.verdict == verdict).count();
    let (verified, refuted, undecided) =
        (count(Verdict::Verified), count(Verdict::Refuted), count(Verdict::Undecided));
    let estimated = match count(Verdict::Estimated) {
        0 => String::new(),
        estimated => format!(", {estimated} estimated"),
    };
    format!("{verified} verified, {refuted} refuted, {undecided} undecided{estimated}")
}

pub(super) fn aligned(table: &Table) -> String {
    let rows: Vec<Vec<String>> =
        std::iter::once(table.columns.iter().map(|name| shown(name)).collect())
            .chain(table.rows.iter().map(|row| row.iter().map(|v| shown(&v.to_string())).collect()))
            .collect();
    let width = |i: usize| rows.iter().map(|row| row[i].width()).max().unwrap_or(0);
    let columns: Vec<(usize, bool)> =
        (0..table.columns.len()).map(|i| (width(i), table.is_numeric(i))).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&columns).map(|(cell, (width, numeric))| {
            let pad = " ".repeat(width - cell.width());
            if *numeric { pad + cell } else { cell.clone() + &pad }
        });
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}

/// A cell on one line: what would move the cursor is spelled out, what is too wide is cut.
fn shown(text: &str) -> String {
    let plain: String = text
        .chars()
        .flat_map(|c| {
            let escaped = c.is_control().then(|| c.escape_default());
            let itself = escaped.is_none().then_some(c);
            escaped.into_iter().flatten().chain(itself)
        })
        .collect();
    if plain.width() <= WIDEST {
        return plain;
    }
    let mut cut = String::new();
    for c in plain.chars() {
        if cut.width() + c.width().unwrap_or(0) > WIDEST - 3 {
            break;
        }
        cut.push(c);
    }
    cut + "..."
}

#[cfg(test)]
mod tests {
    use super::super::Value;
    use super::*;

    #[test]
    fn columns_stay_aligned() {
        let columns = ["name", "n", "any", "list"].map(str::to_owned).to_vec();
        let list = |rows: &[&[u32]]| {
            Value::List(rows.iter().map(|row| Value::list(row.iter().copied())).collect())
        };
        let rows = vec![
            vec![
                Value::text("数数"),
                Value::integer(7),
                Value::text("any"),
                list(&[&[1, 2], &[3]]),
            ],
            vec![Value::text("e\u{301}"), Value::Null, Value::integer(12), list(&[&[4]])],
            vec![Value::text("\u{1b}[31m\n"), Value::integer(100), Value::Null, Value::Null],
            vec![Value::text("数".repeat(30)), Value::integer(1), Value::integer(1), list(&[])],
        ];
        let expected = [
            "name                                   n  any  list",
            "数数                                   7  any  1 2; 3",
            "e\u{301}                                      -   12  4",
            "\\u{1b}[31m\\n                         100    -  -",
            "数数数数数数数数数数数数数数数数...    1    1",
        ];
        let text = aligned(&Table { columns, rows });
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }
}
