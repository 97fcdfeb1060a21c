//! What counts: histograms, attention to equal tokens; and what positions and norms have to do with it.

use super::{Finding, Sheets, Standing, is, paths, size, text, theorem};
use crate::kernel::Verdict;
use crate::report::Record;

fn verified(record: &&Record) -> bool {
    record.verdict == Verdict::Verified
}

pub(super) fn query_count(sheets: &Sheets<'_>) -> Option<Finding> {
    let every_length: Vec<&Record> = sheets.of("qc-histogram-any").collect();
    let largest = every_length.iter().max_by_key(|record| size(record, "m"))?;
    let short_of = |record: &&Record| Some(size(record, "m")? - size(record, "d")?);
    let smaller = sheets.of("qc-histogram-small-d").filter(verified);
    let smaller = smaller.filter(|record| short_of(record) == Some(1)).last()?;
    Some(Finding {
        statement: "T1, T1'",
        claim: "qc-histogram",
        says: "With `d >= m` one layer counts the query: uniform attention holds the histogram, an MLP of width `d` reads it.",
        known_from: "abstract of v3; v3, Theorem 4.1, as quoted",
        standing: Standing::Sharper,
        exactly: format!(
            "For every context length at once, exactly, with width `m <= d` (decided for `m` up to {}; {}). `d = m - 1` is enough: at `m = {}`, `d = {}` too, and below that \
             uniform attention counts up to some length only (T7).",
            text(largest, "m"),
            theorem("qc_histogram")?,
            text(smaller, "m"),
            text(smaller, "d")
        ),
        evidence: every_length.iter().all(verified).then(|| paths([*largest, smaller]))?,
        tables: &["qc-histogram-any", "qc-histogram-small-d"],
    })
}

pub(super) fn most_frequent(sheets: &Sheets<'_>) -> Option<Finding> {
    let wrong = sheets.of("mfe-kept-residual").find(|record| !verified(record))?;
    let right: Vec<&Record> = sheets.of("mfe-histogram-any").collect();
    let largest = right.iter().max_by_key(|record| size(record, "m"))?;
    Some(Finding {
        statement: "T2",
        claim: "mfe-histogram",
        says: "With `d >= m` the count of the most frequent element can be had from the same histogram, by a maximum in the MLP.",
        known_from: "abstract of v3",
        standing: Standing::Stands,
        exactly: format!(
            "For every context length at once, `m` up to {}, by a tournament of depth `ceil(log2 m)`. The head's output is to be subtracted from the query's embedding (`W_O = -I`): \
             added to it, the query hides the others, as on the sequence `{}`, where the output is {} and the answer {}.",
            text(largest, "m"),
            text(wrong, "sequence"),
            text(wrong, "output"),
            text(wrong, "answer")
        ),
        evidence: right.iter().all(verified).then(|| paths([*largest, wrong]))?,
        tables: &["mfe-histogram-any", "mfe-kept-residual"],
    })
}

pub(super) fn attention(sheets: &Sheets<'_>) -> Option<Finding> {
    let record = sheets.of("qc-count-attend").filter(verified).last()?;
    let limit =
        sheets.of("attend-length").filter(|record| size(record, "n_star").is_some()).last()?;
    Some(Finding {
        statement: "T3, T18",
        claim: "qc-count-attend",
        says: "With `d` of the order of `log m` attention to equal tokens counts the query, if the MLP inverts `1/x`.",
        known_from: "v3, section 4.2, as quoted",
        standing: Standing::Sharper,
        exactly: format!(
            "With `d = ceil(log2 m) + 1`: at `n = {}`, `m = {}`, `d = {}` from softmax base {} on, no smaller integer. For a fixed base it ends: at base {}, `m = {}` some MLP counts \
             up to `n = {}` and none of any size beyond ({}).",
            text(record, "n"),
            text(record, "m"),
            text(record, "d"),
            text(record, "base"),
            text(limit, "base"),
            text(limit, "m"),
            text(limit, "right_up_to"),
            theorem("attend_length_codes")?
        ),
        evidence: paths([record, limit]),
        tables: &["qc-count-attend", "attend-length"],
    })
}

pub(super) fn no_position(sheets: &Sheets<'_>) -> Option<Finding> {
    let records: Vec<&Record> = sheets.of("no-position").collect();
    let last = records.last()?;
    let models: i64 = records.iter().filter_map(|record| size(record, "models")).sum();
    let mixing = |kind: &str| {
        sheets.of("token-mixing").filter(|r| verified(r) && is(r, "kind", kind)).last()
    };
    let (marked, unnormalised) = (mixing("bos+sftm")?, mixing("dot")?);
    Some(Finding {
        statement: "T4",
        claim: "no-position",
        says: "Softmax averages: without positions a transformer gives a sequence and its repetition one output, so it cannot count at all lengths.",
        known_from: "the paper, as reported; the same collapse: Barbero et al., arXiv:2406.04267",
        standing: Standing::Sharper,
        exactly: format!(
            "Any depth, heads and MLP without a causal mask ({}); {models} random models in {} cells, on every input. It stops where a token BOS is added, where scores are not \
             normalised (both count without positions at `n = {}`, `m = {}`), and at two causally masked layers ({}).",
            theorem("no_position")?,
            records.len(),
            text(marked, "n"),
            text(marked, "m"),
            theorem("causal_mask_sees_repetition")?
        ),
        evidence: paths([*last, marked, unnormalised]),
        tables: &["no-position", "token-mixing"],
    })
}

pub(super) fn norm(sheets: &Sheets<'_>) -> Option<Finding> {
    let exact: Vec<&Record> = sheets
        .of("layer-norm")
        .filter(|record| is(record, "norm", "layer") && is(record, "eps", "0"))
        .collect();
    let below = |record: &&Record| Some(size(record, "n")? < size(record, "m")?);
    if !exact.iter().all(|record| below(record) == Some(verified(record))) {
        return None;
    }
    let first = exact.iter().find(|record| !verified(record))?;
    let kept = |record: &&Record| is(record, "norm", "layer") && !is(record, "eps", "0");
    let last = sheets.of("layer-norm").filter(|record| kept(record) && verified(record)).last()?;
    Some(Finding {
        statement: "T17",
        claim: "layer-norm",
        says: "The histogram survives a layer norm before the MLP.",
        known_from: "asked in public reviews of an earlier version",
        standing: Standing::Depends,
        exactly: format!(
            "With one-hot vectors, `d = m`: scale-free (`eps = 0`) some MLP counts if and only if `n < m`, at each of the {} cells decided (the first two inputs made equal at `m = {}` have \
             `n = {}`; {}). With `eps > 0` at every length ({}), by a margin that shrinks.",
            exact.len(),
            text(first, "m"),
            text(first, "n"),
            theorem("layer_norm_below")?,
            theorem("layer_norm_eps")?
        ),
        evidence: paths([*first, last]),
        tables: &["layer-norm"],
    })
}
