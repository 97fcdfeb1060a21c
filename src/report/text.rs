//! Aligned text for a terminal: the table, then the reasons of verdicts that have one, then a summary.

use super::{Record, Table};
use crate::cert::Verdict;
use std::fmt::Write as _;

/// Cells longer than this are cut in the text table; every other format has them whole.
const WIDEST: usize = 36;

/// How many reasons are spelled out below the table.
const MOST_REASONS: usize = 6;

pub(super) fn render(records: &[Record]) -> String {
    let mut text = aligned(&Table::of_records(records));
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
pub(super) fn tally(records: &[Record]) -> String {
    let count = |verdict| records.iter().filter(|record| record.verdict == verdict).count();
    let (verified, refuted, undecided) =
        (count(Verdict::Verified), count(Verdict::Refuted), count(Verdict::Undecided));
    format!("{verified} verified, {refuted} refuted, {undecided} undecided")
}

pub(super) fn aligned(table: &Table) -> String {
    let shown = |text: String| {
        if text.chars().count() > WIDEST {
            text.chars().take(WIDEST - 3).chain("...".chars()).collect()
        } else {
            text
        }
    };
    let rows: Vec<Vec<String>> = std::iter::once(table.columns.clone())
        .chain(table.rows.iter().map(|row| row.iter().map(|v| shown(v.to_string())).collect()))
        .collect();
    let width = |i: usize| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().enumerate().map(|(i, cell)| {
            let pad = " ".repeat(widths[i] - cell.chars().count());
            if table.is_numeric(i) { pad + cell } else { cell.clone() + &pad }
        });
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}
