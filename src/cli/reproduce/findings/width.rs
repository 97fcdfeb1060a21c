//! The width of an MLP that inverts `1/x`: what is said of it is true of different things.

use super::{Finding, Sheets, Standing, integer, paths, text, theorem};
use crate::kernel::number::ratio;
use crate::report::{Record, Value};
use num_bigint::BigInt;

const FREE: &str = "inverse-width";
const EXACT: &str = "inverse-width-exact";

pub(super) fn free(sheets: &Sheets<'_>) -> Option<Finding> {
    let half = Value::Rational(ratio(1, 2));
    let records = sheets.of(FREE).filter(|record| record.get("epsilon") == Some(&half));
    let record = records.max_by_key(|record| integer(record, "n").cloned())?;
    let exact: Vec<&Record> = sheets.of(EXACT).collect();
    let last = exact.iter().max_by_key(|record| integer(record, "n").cloned())?;
    let linear =
        |record: &Record| Some((integer(record, "n")? + BigInt::from(1)) / BigInt::from(2) - 1);
    if !exact.iter().all(|record| integer(record, "w_min") == linear(record).as_ref()) {
        return None;
    }
    Some(Finding {
        statement: "T6",
        claim: "inverse-width",
        says: "Inverting `1/k` for `k = 1..n` takes an MLP whose width grows like `n^2`, or linearly.",
        known_from: "`n^2`: a press article; linearly: a public review of an earlier version",
        standing: Standing::Depends,
        exactly: format!(
            "Without error the least width is `ceil(n/2) - 1`, linear ({} at `n = {}`; {}). Within 1/2 it is {} at `n = {}`, of the order of `sqrt n`. With no weight above 1 it is {} of \
             `n^2 = {}` there: what costs `n^2` is slope ({}). Equal cells: {}.",
            text(last, "w_min"),
            text(last, "n"),
            theorem("inverse_width_exact")?,
            text(record, "w_min"),
            text(record, "n"),
            text(record, "unit_width"),
            text(record, "n_squared"),
            theorem("inverse_slope_square")?,
            text(record, "w_grid")
        ),
        evidence: paths([record, *last]),
        tables: &[FREE, EXACT],
    })
}
