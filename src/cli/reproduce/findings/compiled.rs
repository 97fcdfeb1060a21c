//! The rule of thumb about a compiled histogram: right up to `n` if and only if `n (n + 1) < E`.

use super::{Find, Finding, Sheets, Standing, integer, paths, text};
use crate::kernel::Verdict;
use crate::report::{Record, Value};
use num_bigint::BigInt;

pub(super) const ALL: [Find; 3] = [published, as_rationals, as_stored];

const EDGE: &str = "compiled-hist-edge";

/// Whether the rule says of a record what was decided.
fn agrees(record: &Record) -> Option<bool> {
    let n = integer(record, "n")?;
    let right = n * (n + BigInt::from(1)) < *integer(record, "exactness")?;
    Some(right == (record.verdict == Verdict::Verified))
}

fn published(sheets: &Sheets<'_>) -> Option<Finding> {
    let records: Vec<&Record> = sheets.of("compiled-hist").collect();
    let wrong = records.iter().find(|record| record.verdict == Verdict::Refuted)?;
    let right = records.iter().rfind(|record| record.get("longest") != wrong.get("longest"))?;
    Some(Finding {
        statement: "compiled",
        claim: "model",
        says: "A compiled `hist` model counts at every length that it was compiled for.",
        known_from: "what compiling is for",
        standing: Standing::NotAsQuoted,
        exactly: format!(
            "The one compiled for {} does (exactness {}). The one for {} is wrong at {}: it is right on {} of {} inputs.",
            text(right, "longest"),
            text(right, "exactness"),
            text(wrong, "longest"),
            text(wrong, "n"),
            text(wrong, "right"),
            text(wrong, "inputs")
        ),
        evidence: paths([*wrong, *right]),
        tables: &["compiled-hist"],
    })
}

fn as_rationals(sheets: &Sheets<'_>) -> Option<Finding> {
    rule(
        sheets,
        "exact",
        "A compiled `hist` model is right up to `n` if and only if `n (n + 1) < E`, thresholds exact.",
    )
}

fn as_stored(sheets: &Sheets<'_>) -> Option<Finding> {
    rule(
        sheets,
        "single",
        "The same with thresholds stored in single precision, as the compiler stores them.",
    )
}

fn rule(sheets: &Sheets<'_>, thresholds: &str, says: &'static str) -> Option<Finding> {
    let stored = Some(Value::text(thresholds));
    let records: Vec<&Record> =
        sheets.of(EDGE).filter(|record| record.get("thresholds") == stored.as_ref()).collect();
    let longest = records.iter().max_by_key(|record| integer(record, "n").cloned())?;
    let broken: Vec<&Record> =
        records.iter().copied().filter(|record| agrees(record) == Some(false)).collect();
    let exactly = match broken.first() {
        None => format!(
            "So it is at the {} edges decided, two tokens, lengths up to {}.",
            records.len(),
            text(longest, "n")
        ),
        Some(first) => format!(
            "Not at {} of the {} edges decided: at `n = {}`, `E = {}` the rule says {}, and the model is {}. Rounding is coarser than the margin there.",
            broken.len(),
            records.len(),
            text(first, "n"),
            text(first, "exactness"),
            if first.verdict == Verdict::Verified { "wrong" } else { "right" },
            if first.verdict == Verdict::Verified { "right" } else { "wrong" }
        ),
    };
    let evidence = match broken.as_slice() {
        [] => paths([*longest]),
        broken => paths(broken.iter().copied()),
    };
    Some(Finding {
        statement: "compiled",
        claim: "model",
        says,
        known_from: "a rule of thumb about such models",
        standing: if broken.is_empty() { Standing::Stands } else { Standing::NotAsQuoted },
        exactly,
        evidence,
        tables: &[EDGE],
    })
}
