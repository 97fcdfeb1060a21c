//! Aligned text for a terminal: the table, then the reasons of verdicts that have one, then a summary.

use super::growth::{Growth, sentence};
use super::out_of_distribution::{Finding, sentence as sentence_of};
use super::table::{Words, mark};
use super::{Record, Table, Value};
use crate::kernel::Verdict;
use num_traits::ToPrimitive;
use std::fmt::Write as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Cells longer than this are cut in the text table; every other format has them whole.
const WIDEST: usize = 36;

/// Fractions longer than this are shown as decimals.
const LONGEST_FRACTION: usize = 18;

/// How many reasons are spelled out below the table.
const MOST_REASONS: usize = 6;

/// How many models are spoken about below the table.
const MOST_FINDINGS: usize = 12;

/// What stands below the table of records: the reasons of those that are shown, the tally of all with what `verified` means where
/// that is no matter of course, what is said of models out of distribution, and slopes.
pub(super) fn below(
    cut: bool,
    rounded: bool,
    records: &[Record],
    shown: &[Record],
    (growth, ood): (&[Growth], &[Finding]),
    meaning: Option<&str>,
) -> String {
    let mut text = String::new();
    if cut {
        text += "\ncells that end in ... are cut; --format csv and json have them whole\n";
    }
    if rounded {
        text += "\nfractions with ≈ are rounded; --format csv and json have them exactly\n";
    }
    let reasons: Vec<&Record> = shown.iter().filter(|record| record.reason.is_some()).collect();
    // what is said of a model has its wrong inputs
    let undecided = |record: &&&Record| record.verdict == Verdict::Undecided;
    let said = |record: &&&Record| ood.is_empty() || undecided(record);
    for record in reasons.iter().filter(said).take(MOST_REASONS) {
        let params: Vec<String> =
            record.params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let reason = record.reason.as_deref().unwrap_or_default();
        let _ = write!(text, "\n{} at {}: {reason}\n", record.verdict, params.join(", "));
    }
    if reasons.len() > MOST_REASONS && ood.is_empty() {
        let rest = reasons.len() - MOST_REASONS;
        let _ = write!(text, "\nand {rest} more; --format json has every reason\n");
    }
    let part = match shown.len() == records.len() {
        true => String::new(),
        false => format!("; {} of {} rows are shown", shown.len(), records.len()),
    };
    let _ = writeln!(text, "\n{}{part}", tally(records));
    if let Some(meaning) = meaning {
        let _ = writeln!(text, "verified: {meaning}");
    }
    if !ood.is_empty() {
        text += "\nout of distribution (all columns: --format csv and json):\n";
        text.extend(ood.iter().take(MOST_FINDINGS).map(|one| format!("  {}\n", sentence_of(one))));
    }
    if ood.len() > MOST_FINDINGS {
        let rest = ood.len() - MOST_FINDINGS;
        let _ = writeln!(text, "  and {rest} models more; --format json has all");
    }
    if !growth.is_empty() {
        text += "\nlocal slopes (of the logarithms, between the two largest sizes):\n";
        text.extend(growth.iter().map(|fit| format!("  {}\n", sentence(fit))));
    }
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

/// A table in columns, or one row a block where a terminal of `room` characters is too narrow for that.
pub(super) struct Aligned {
    pub text: String,
    /// some cell is cut
    pub cut: bool,
    /// some fraction is rounded
    pub rounded: bool,
}

pub(super) fn aligned(table: &Table, transpose: bool, marks: bool, room: Option<usize>) -> Aligned {
    let entry = |key: &str, value: &Value| match mark(key, value).filter(|_| marks) {
        Some(mark) => mark.to_owned(),
        None => plain(&fraction(value).unwrap_or_else(|| value.to_string())),
    };
    let words = table.words(plain, entry, transpose);
    let rounded = table.rows.iter().flatten().any(|value| fraction(value).is_some());
    let lines: Vec<Vec<String>> = words
        .lines
        .iter()
        .map(|line| line.iter().map(|cell| cut(cell, WIDEST)).collect())
        .collect();
    let count = words.numeric.len();
    let width = |i: usize| lines.iter().map(|line| line[i].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let all = widths.iter().sum::<usize>() + 2 * count.saturating_sub(1);
    if let Some(room) = room.filter(|&room| all > room && lines.len() > 1) {
        let (text, cut) = blocks(&words, room);
        return Aligned { text, cut, rounded };
    }
    let mut text = String::new();
    for line in &lines {
        let cells =
            line.iter().zip(widths.iter().zip(&words.numeric)).map(|(cell, (width, numeric))| {
                let pad = " ".repeat(width - cell.width());
                if *numeric { pad + cell } else { cell.clone() + &pad }
            });
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    Aligned { text, cut: lines != words.lines, rounded }
}

/// One row a block, a line for each column.
fn blocks(words: &Words, room: usize) -> (String, bool) {
    let (mut text, mut any_cut) = (String::new(), false);
    let Some((heads, rows)) = words.lines.split_first() else { return (text, any_cut) };
    let widest = heads.iter().map(|head| head.width()).max().unwrap_or(0);
    for (at, row) in rows.iter().enumerate() {
        text += if at > 0 { "\n" } else { "" };
        for (head, cell) in heads.iter().zip(row) {
            let shown = cut(cell, room.saturating_sub(widest + 2).max(WIDEST / 2));
            any_cut |= shown != *cell;
            let _ = writeln!(text, "{head}{}  {shown}", " ".repeat(widest - head.width()));
        }
    }
    (text, any_cut)
}

/// A fraction that is too long to be read as a decimal of six digits.
fn fraction(value: &Value) -> Option<String> {
    let Value::Rational(number) = value else { return None };
    let long = !number.is_integer() && value.to_string().len() > LONGEST_FRACTION;
    let float = number.to_f64().filter(|float| long && float.is_finite())?;
    Some(match float.abs() {
        1e-4..1e6 => {
            let places = (5 - float.abs().log10().floor() as i32).max(0) as usize;
            format!("≈{float:.places$}")
        }
        _ => format!("≈{float:.5e}"),
    })
}

/// A text on one line: what would move the cursor is spelled out.
fn plain(text: &str) -> String {
    let escaped = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    text.chars().map(escaped).collect()
}

/// What is wider than this is cut.
fn cut(text: &str, widest: usize) -> String {
    if text.width() <= widest {
        return text.to_owned();
    }
    let mut cut = String::new();
    for c in text.chars() {
        if cut.width() + c.width().unwrap_or(0) > widest - 3 {
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
        let table = Table { columns, rows };
        let Aligned { text, cut, .. } = aligned(&table, false, false, None);
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
        assert!(cut);
        assert_eq!(aligned(&table, false, false, Some(60)).text, text);
        let narrow = aligned(&table, false, false, Some(40)).text;
        let block = ["name  e\u{301}", "n     -", "any   12", "list  4", ""];
        assert_eq!(narrow.lines().skip(5).take(5).collect::<Vec<_>>(), block);
        assert!(narrow.lines().all(|line| line.width() <= 40));
    }

    #[test]
    fn long_fractions_are_decimals() {
        let columns = ["n", "mu"].map(str::to_owned).to_vec();
        let long: num_rational::BigRational =
            "26227789247309274119056/62500006083798081582753".parse().unwrap();
        let row = |value: Value, exact: bool| vec![value, exact.into()];
        let tiny = Value::from(&long / num_bigint::BigInt::from(10).pow(9));
        let rows = vec![row(long.into(), true), row(tiny, false), row(Value::integer(7), true)];
        let found = aligned(&Table { columns, rows }, false, true, None);
        assert_eq!(
            found.text,
            "           n  mu\n   ≈0.419645  ✓\n≈4.19645e-10  ✗\n           7  ✓\n"
        );
        assert!(found.rounded && !found.cut);
    }
}
