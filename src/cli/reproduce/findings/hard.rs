//! What does not count, and at what price something does: readouts, collisions, weights, bits; and what is not decided.

use super::{Finding, Sheets, Standing, integer, is, paths, size, text, theorem};
use crate::kernel::number::integer as whole;
use crate::report::{Record, Value};
use num_bigint::BigInt;

/// `sqrt n / 5` is above the worst error there.
const FIFTH: i64 = 25;

pub(super) fn histogram(sheets: &Sheets<'_>) -> Option<Finding> {
    let exact = sheets.of("histogram-error").filter(|record| {
        is(record, "exact", "yes") && size(record, "m") == size(record, "d").map(|d| 2 * d)
    });
    let exact: Vec<&Record> = exact.collect();
    let squared = |record: &Record| match record.get("worst_error_squared_at_most")? {
        Value::Rational(value) => Some(value.clone()),
        Value::Integer(value) => Some(value.clone().into()),
        _ => None,
    };
    let first = exact.first()?;
    // below sqrt(n) / 5: no constant of 1/5 for this d
    let small = exact.iter().find(|record| {
        let (Some(error), Some(n)) = (squared(record), size(record, "n")) else { return false };
        error * whole(FIFTH) < whole(n)
    })?;
    Some(Finding {
        statement: "T5, T12",
        claim: "histogram-error",
        says: "If `m >= 2 d`, then whatever the embedding some input makes the histogram readout err by a constant times `sqrt n`.",
        known_from: "v3, Theorem 4.2, as quoted (a hypothesis may be missing)",
        standing: Standing::NotAsQuoted,
        exactly: format!(
            "The worst error is `(n - 1) mu`, `mu` the coherence ({}). At `m = 2 d` with a conference matrix the best embedding errs by exactly `(n - 1)/sqrt(2 d - 1)`: squared {} at \
             `d = {}`, `n = {}`, but less than `sqrt n / 5` at `d = {}`, `n = {}`. So no constant serves all `n` and `d`. It holds for `n >= d`; the right order is `n/sqrt d`.",
            theorem("histogram_worst_error")?,
            text(first, "worst_error_squared_at_least"),
            text(first, "d"),
            text(first, "n"),
            text(small, "d"),
            text(small, "n")
        ),
        evidence: paths([*first, *small]),
        tables: &["histogram-error"],
    })
}

pub(super) fn collision(sheets: &Sheets<'_>) -> Option<Finding> {
    const TABLES: [&str; 3] = ["uniform-collision", "uniform-collision-random", "best-embedding"];
    let short = |record: &&Record| match (size(record, "m"), size(record, "d")) {
        (Some(m), Some(d)) => m >= d + 2,
        _ => false,
    };
    let records = TABLES.iter().flat_map(|name| sheets.of(name)).filter(short);
    let records: Vec<&Record> = records.collect();
    if !records.iter().all(|record| integer(record, "n_star").is_some()) {
        return None;
    }
    let last = records.iter().max_by_key(|record| integer(record, "n_star").cloned())?;
    let n_star = integer(last, "n_star")?;
    Some(Finding {
        statement: "T7",
        claim: "uniform-collision",
        says: "With `d < m` a single layer can hardly count.",
        known_from: "abstract of v3",
        standing: Standing::Depends,
        exactly: format!(
            "Under uniform attention with `d < m - 1` it depends on the length: each of the {} embeddings decided has a least length `n*` from which no MLP of any size counts, and below it \
             some does ({}). With the vectors that count longest here, `m = {}`, `d = {}`, some MLP counts up to `n = {}`, none from {n_star} on. Attention to equal tokens counts the query at `d` of the \
             order of `log m` (T3), but the most frequent element takes bits and weights that grow (T8, T13).",
            records.len(),
            theorem("countable_below_threshold")?,
            text(last, "m"),
            text(last, "d"),
            n_star - BigInt::from(1)
        ),
        evidence: paths([*last]),
        tables: &["uniform-collision", "uniform-collision-random", "best-embedding"],
    })
}

pub(super) fn lipschitz(sheets: &Sheets<'_>) -> Option<Finding> {
    let all = sheets.of("lipschitz-all").filter(|record| {
        size(record, "m") > size(record, "d").map(|d| d + 1)
            && record.get("attained_at_most").is_some()
    });
    let last = all.last()?;
    let own = sheets.of("lipschitz").filter(|record| {
        is(record, "task", "mfe")
            && !matches!(record.get("lipschitz"), Some(Value::Text(_) | Value::Null) | None)
    });
    let own = own.last()?;
    Some(Finding {
        statement: "T13",
        claim: "lipschitz",
        says: "If `d < m`, a bound `K` of the MLP's weights has to grow for the most frequent element like `sqrt(n m^(1/d) / R)`, `R` the size of the embedding.",
        known_from: "v3, Theorem 5.2, as quoted (the exponents as dimensions suggest)",
        standing: Standing::Sharper,
        exactly: format!(
            "It does, with its constant, under every attention without positions ({}). Under uniform attention the least Lipschitz constant is exact for each embedding ({} at `n = {}`, `m = {}`, \
             `d = {}`), and over all embeddings its order is `n^((m - 1)/d)` where `d` divides `m - 1`: between {} and {} at `n = {}`, `m = {}`, `d = {}`, `R = {}`.",
            theorem("weights_attention")?,
            text(own, "lipschitz"),
            text(own, "n"),
            text(own, "m"),
            text(own, "d"),
            text(last, "bound_all_embeddings"),
            text(last, "attained_at_most"),
            text(last, "n"),
            text(last, "m"),
            text(last, "d"),
            text(last, "radius")
        ),
        evidence: paths([own, last]),
        tables: &["lipschitz", "lipschitz-all"],
    })
}

pub(super) fn bits(sheets: &Sheets<'_>) -> Option<Finding> {
    let more =
        |record: &&Record| Some(integer(record, "bits")? - integer(record, "disjointness_bits")?);
    let record = sheets.of("mfe-bits").max_by_key(more)?;
    (integer(record, "bits")? >= integer(record, "disjointness_bits")?).then_some(())?;
    Some(Finding {
        statement: "T8",
        claim: "mfe-bits",
        says: "For the most frequent element the heads have to hold a number of bits of the order of `min(m, n)`.",
        known_from: "the paper, as reported",
        standing: Standing::Sharper,
        exactly: format!(
            "At `n = {}`, `m = {}` the reduction from set disjointness gives {} bits; telling all count vectors of half a sequence apart takes {} ({}).",
            text(record, "n"),
            text(record, "m"),
            text(record, "disjointness_bits"),
            text(record, "bits"),
            theorem("mfe_bits")?
        ),
        evidence: paths([record]),
        tables: &["mfe-bits"],
    })
}

pub(super) fn machine_numbers(sheets: &Sheets<'_>) -> Option<Finding> {
    let records: Vec<&Record> = sheets.of("qc-count-attend").collect();
    let last = records.iter().max_by_key(|record| integer(record, "base").cloned())?;
    let rounded = |arithmetic: &str| {
        sheets.of("machine-numbers").find(|record| is(record, "arithmetic", arithmetic))
    };
    let (added, flash) = (rounded("bf16:seq")?, rounded("bf16:flash")?);
    Some(Finding {
        statement: "T13, T14",
        claim: "qc-count-attend",
        says: "What counts with `d < m` is numerically unstable.",
        known_from: "abstract of v3",
        standing: Standing::Depends,
        exactly: format!(
            "In exact arithmetic the price is in the weights: softmax base {} at `n = {}`, `m = {}` for attention to equal tokens, slope of the order of `n^2` for unit weights (T6), \
             a Lipschitz constant as T13 has it. In machine numbers the histogram itself ends, with `d >= m` too: in bfloat16 it counts up to `n = {}` added one by one, where count {} at \
             `n = {}` gives {}, and up to {} when sums come before the division.",
            text(last, "base"),
            text(last, "n"),
            text(last, "m"),
            text(added, "largest_n"),
            text(added, "answer"),
            text(added, "fails_at_n"),
            text(added, "output"),
            text(flash, "largest_n")
        ),
        evidence: paths([*last, added, flash]),
        tables: &["qc-count-attend", "machine-numbers"],
    })
}

pub(super) fn trained(_: &Sheets<'_>) -> Option<Finding> {
    Some(Finding {
        statement: "T10",
        claim: "thresholds",
        says: "The vocabulary size up to which trained models count grows about linearly with `d`.",
        known_from: "the paper, as reported",
        standing: Standing::Open,
        exactly: "Measured, not decided: see the trained models. What training reaches in a fixed budget and what can be represented are different things."
            .to_owned(),
        evidence: Vec::new(),
        tables: &[],
    })
}

pub(super) fn elsewhere(_: &Sheets<'_>) -> Option<Finding> {
    Some(Finding {
        statement: "T15",
        claim: "model",
        says: "Trained models fail out of distribution, at larger vocabularies or longer contexts.",
        known_from: "abstract of v3",
        standing: Standing::Open,
        exactly: "A model of one's own is decided at any length and on any tokens with `counterproof verify --model FILE --ood`; the table `out-of-distribution` has small ones that were trained. How the paper measures it is not known."
            .to_owned(),
        evidence: Vec::new(),
        tables: &[],
    })
}
