//! "Width `n^2`": what it is true of.

use super::{Find, Finding, Sheets, integer, paths, text};
use crate::kernel::number::ratio;
use crate::report::{Record, Value};
use num_bigint::BigInt;

pub(super) const ALL: [Find; 5] = [free, exact, unit, grid, counting];

const TABLE: &str = "inverse-width";

/// The largest `n` at `epsilon = 1/2`, and the fitted exponent of a column there.
fn largest<'a>(sheets: &Sheets<'a>, column: &str) -> Option<(&'a Record, String)> {
    let half = Value::Rational(ratio(1, 2));
    let records = sheets.of(TABLE).filter(|record| record.get("epsilon") == Some(&half));
    let record = records.max_by_key(|record| integer(record, "n").cloned())?;
    let growth = sheets.growth(TABLE, column, &half);
    let growth = growth.map_or_else(String::new, |power| format!("; fitted growth `n^{power}`"));
    Some((record, growth))
}

fn free(sheets: &Sheets<'_>) -> Option<Finding> {
    let (record, growth) = largest(sheets, "w_min")?;
    let (least, square) = (integer(record, "w_min")?, integer(record, "n_squared")?);
    let (n, epsilon) = (text(record, "n"), text(record, "epsilon"));
    Some(Finding {
        statement: "T6",
        claim: "inverse-width",
        reported: "Inverting `1/k` for `k = 1..n` takes an MLP of width `n^2`.",
        holds: least >= square,
        exact: format!(
            "With free weights the least width at `n = {n}`, `epsilon = {epsilon}` is {least}, where `n^2` is {square}{growth}."
        ),
        evidence: paths([record]),
        tables: &[TABLE],
    })
}

fn exact(sheets: &Sheets<'_>) -> Option<Finding> {
    const EXACT: &str = "inverse-width-exact";
    let records: Vec<&Record> = sheets.of(EXACT).collect();
    let last = records.iter().max_by_key(|record| integer(record, "n").cloned())?;
    let half =
        |record: &Record| Some((integer(record, "n")? + BigInt::from(1)) / BigInt::from(2) - 1);
    if !records.iter().all(|record| integer(record, "w_min") == half(record).as_ref()) {
        return None;
    }
    let (n, least) = (text(last, "n"), integer(last, "w_min")?);
    Some(Finding {
        statement: "T6",
        claim: "inverse-width",
        reported: "Inverting `1/k` without any error takes an MLP of width `n^2`.",
        holds: *least >= *integer(last, "n_squared")?,
        exact: format!(
            "The least width is `ceil(n/2) - 1` at each of the {} lengths decided: {least} at `n = {n}`. No number of equal cells is enough.",
            records.len()
        ),
        evidence: paths([*last]),
        tables: &[EXACT],
    })
}

fn unit(sheets: &Sheets<'_>) -> Option<Finding> {
    let (record, growth) = largest(sheets, "p_min")?;
    let (width, square) = (integer(record, "unit_width")?, integer(record, "n_squared")?);
    let n = text(record, "n");
    let percent = BigInt::from(100) * width / square;
    Some(Finding {
        statement: "T6",
        claim: "inverse-width",
        reported: "It takes width `n^2` when no unit has a weight above 1.",
        holds: width >= square,
        exact: format!(
            "Right to leading order, and always less: exactly {width} units at `n = {n}`, which is {percent} percent (rounded down) of `n^2` = {square}{growth}. \
             What costs `n^2` is slope, not kinks."
        ),
        evidence: paths([record]),
        tables: &[TABLE],
    })
}

fn grid(sheets: &Sheets<'_>) -> Option<Finding> {
    let (record, growth) = largest(sheets, "w_grid")?;
    let (cells, square) = (integer(record, "w_grid")?, integer(record, "n_squared")?);
    let n = text(record, "n");
    Some(Finding {
        statement: "T6",
        claim: "inverse-width",
        reported: "An interpolant on `n^2` equal cells is within 1/2 of `1/x`.",
        holds: cells <= square,
        exact: format!(
            "The least number of cells at `n = {n}` is {cells}, where `n^2` is {square}{growth}."
        ),
        evidence: paths([record]),
        tables: &[TABLE],
    })
}

fn counting(sheets: &Sheets<'_>) -> Option<Finding> {
    const TABLES: [&str; 2] = ["qc-count-attend", "qc-count-attend-narrow"];
    let key =
        |record: &Record| Some((integer(record, "n")?.clone(), integer(record, "m")?.clone()));
    let narrow: Vec<&Record> = sheets.of(TABLES[1]).collect();
    let pairs = sheets.of(TABLES[0]).filter_map(|wide| {
        let narrow = narrow.iter().find(|record| key(record) == key(wide))?;
        Some((wide, *narrow))
    });
    let (wide, narrow) = pairs.max_by_key(|(wide, _)| key(wide))?;
    let width = |record| integer(record, "mlp_width");
    Some(Finding {
        statement: "T3",
        claim: "qc-count-attend",
        reported: "Counting by attention takes an MLP of about `n^2` units.",
        holds: width(narrow)? >= width(wide)?,
        exact: format!(
            "At `n = {}`, `m = {}` an MLP of width {} counts on all inputs (softmax base {}); the interpolant has width {} (base {}).",
            text(wide, "n"),
            text(wide, "m"),
            width(narrow)?,
            text(narrow, "base"),
            width(wide)?,
            text(wide, "base")
        ),
        evidence: paths([narrow, wide]),
        tables: &["qc-count-attend-narrow", "qc-count-attend"],
    })
}
