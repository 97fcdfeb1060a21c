//! What counts and what cannot: dimensions, readouts, collisions, bits.

use super::{Find, Finding, Sheets, integer, paths, text, theorem};
use crate::kernel::Verdict;
use crate::report::{Record, Value};
use num_bigint::BigInt;

pub(super) const ALL: [Find; 8] = [
    dimension,
    short_contexts,
    residual,
    causal_mask,
    other_readouts,
    common_query,
    bits,
    one_more_token,
];

const COLLISIONS: [&str; 3] = ["uniform-collision", "uniform-collision-random", "best-embedding"];

fn size(record: &Record, name: &str) -> Option<i64> {
    integer(record, name).and_then(|value| i64::try_from(value).ok())
}

/// How far `d` is below `m`.
fn short_of(record: &Record) -> Option<i64> {
    Some(size(record, "m")? - size(record, "d")?)
}

fn dimension(sheets: &Sheets<'_>) -> Option<Finding> {
    let table = "qc-histogram-small-d";
    let counts = sheets
        .of(table)
        .find(|record| short_of(record) == Some(1) && record.verdict == Verdict::Verified)?;
    let collides = COLLISIONS.iter().flat_map(|name| sheets.of(name));
    let collides: Vec<&Record> =
        collides.filter(|record| short_of(record).is_some_and(|short| short >= 2)).collect();
    let all_collide = collides.iter().all(|record| integer(record, "n_star").is_some());
    let first = collides.iter().min_by_key(|record| short_of(record))?;
    if !all_collide {
        return None;
    }
    Some(Finding {
        statement: "T1'",
        claim: "qc-histogram",
        reported: "Counting by a histogram needs `d >= m`.",
        holds: false,
        exact: format!(
            "`d = m - 1` is enough: at `m = {}`, `d = {}` the query is counted exactly for every context length. Below that none of the {} embeddings decided counts \
             at every length.",
            text(counts, "m"),
            text(counts, "d"),
            collides.len()
        ),
        evidence: paths([counts, *first]),
        tables: &["qc-histogram-small-d", "uniform-collision"],
    })
}

fn short_contexts(sheets: &Sheets<'_>) -> Option<Finding> {
    let records = COLLISIONS.iter().flat_map(|name| sheets.of(name));
    let record = records
        .filter(|record| short_of(record).is_some_and(|short| short >= 2))
        .max_by_key(|record| integer(record, "n_star").cloned())?;
    let n_star = integer(record, "n_star")?;
    let lengths = n_star - BigInt::from(1);
    Some(Finding {
        statement: "T7",
        claim: "uniform-collision",
        reported: "With `d` well below `m` uniform attention cannot count.",
        holds: n_star <= &BigInt::from(2),
        exact: format!(
            "Only from some context length on: with integer vectors `m = {}`, `d = {}` some MLP counts exactly up to `n = {lengths}`, and none of any size from {n_star} on.",
            text(record, "m"),
            text(record, "d")
        ),
        evidence: paths([record]),
        tables: &["uniform-collision", "uniform-collision-random", "best-embedding"],
    })
}

fn residual(sheets: &Sheets<'_>) -> Option<Finding> {
    let wrong = sheets.of("mfe-kept-residual").find(|record| record.verdict == Verdict::Refuted)?;
    let right: Vec<&Record> = sheets.of("mfe-histogram-any").collect();
    let largest = right.iter().max_by_key(|record| integer(record, "m").cloned())?;
    Some(Finding {
        statement: "T2",
        claim: "mfe-histogram",
        reported: "A tournament over the coordinates of the residual stream finds the largest count (the head's output being added to the query's embedding).",
        holds: !right.iter().all(|record| record.verdict == Verdict::Verified),
        exact: format!(
            "Added, the query's own embedding hides the others: on the sequence `{}` the output is {}, the answer {}. Subtracted (`W_O = -I`), with one more number in the \
             tournament, it is exact for every context length, decided for `m` up to {}.",
            text(wrong, "sequence"),
            text(wrong, "output"),
            text(wrong, "answer"),
            text(largest, "m")
        ),
        evidence: paths([wrong, *largest]),
        tables: &["mfe-kept-residual", "mfe-histogram-any"],
    })
}

fn causal_mask(sheets: &Sheets<'_>) -> Option<Finding> {
    let records: Vec<&Record> = sheets.of("no-position").collect();
    let last = records.last()?;
    let models: BigInt = records.iter().filter_map(|record| integer(record, "models")).sum();
    Some(Finding {
        statement: "T4",
        claim: "no-position",
        reported: "Without positions no transformer of any depth can tell a sequence from its repetition.",
        holds: false,
        exact: format!(
            "With two causally masked layers one can: {}. Without a mask, or with one layer read at its end, it is so: {models} random models in {} cells, on every input.",
            theorem("causal_mask_sees_repetition")?,
            records.len()
        ),
        evidence: paths([*last]),
        tables: &["no-position"],
    })
}

fn other_readouts(sheets: &Sheets<'_>) -> Option<Finding> {
    let key = |record: &Record| Some((size(record, "m")?, size(record, "d")?));
    let collisions: Vec<&Record> = sheets.of("uniform-collision-random").collect();
    let pairs = sheets.of("welch").filter_map(|welch| {
        let collision = collisions.iter().find(|record| key(record) == key(welch))?;
        let gap = size(collision, "n_star")? - size(welch, "fails_from_n")?;
        Some((gap, welch, *collision))
    });
    let (gap, welch, collision) = pairs.max_by_key(|(gap, ..)| *gap)?;
    Some(Finding {
        statement: "T5",
        claim: "welch",
        reported: "With `d < m` counting fails once `(n - 1) mu >= 1/2`, `mu` the coherence of the embedding.",
        holds: gap <= 0,
        exact: format!(
            "That is one readout, the inner product. For the same embedding with `m = {}`, `d = {}` (`mu^2` = {}) it fails from `n = {}` on, every MLP only from `n = {}` on.",
            text(welch, "m"),
            text(welch, "d"),
            text(welch, "mu_squared"),
            text(welch, "fails_from_n"),
            text(collision, "n_star")
        ),
        evidence: paths([welch, collision]),
        tables: &["welch", "uniform-collision-random"],
    })
}

fn common_query(sheets: &Sheets<'_>) -> Option<Finding> {
    let record =
        sheets.of("uniform-collision").find(|record| integer(record, "n_star").is_some())?;
    Some(Finding {
        statement: "T7",
        claim: "uniform-collision",
        reported: "Below `n*`, where inputs with one query first collide, the MLP can count whatever the value map.",
        holds: false,
        exact: format!(
            "`n*` (such as {} at `m = {}`, `d = {}`) is about inputs with a common query, and is the threshold over all value maps. With one fixed value map inputs of \
             different queries may share a state earlier: {}.",
            text(record, "n_star"),
            text(record, "m"),
            text(record, "d"),
            theorem("cross_query_collision")?
        ),
        evidence: paths([record]),
        tables: &["uniform-collision"],
    })
}

fn bits(sheets: &Sheets<'_>) -> Option<Finding> {
    let more =
        |record: &&Record| Some(integer(record, "bits")? - integer(record, "disjointness_bits")?);
    let record = sheets.of("mfe-bits").max_by_key(more)?;
    Some(Finding {
        statement: "T8",
        claim: "mfe-bits",
        reported: "Most frequent element needs a number of bits in the heads that is linear in `min(m, n)`.",
        holds: integer(record, "bits")? >= integer(record, "disjointness_bits")?,
        exact: format!(
            "True, and more: at `n = {}`, `m = {}` the reduction from set disjointness gives {} bits, telling all count vectors apart takes {}.",
            text(record, "n"),
            text(record, "m"),
            text(record, "disjointness_bits"),
            text(record, "bits")
        ),
        evidence: paths([record]),
        tables: &["mfe-bits"],
    })
}

fn one_more_token(sheets: &Sheets<'_>) -> Option<Finding> {
    let key = |record: &Record| Some(["m", "d", "bound"].map(|name| size(record, name)));
    let best: Vec<&Record> = sheets.of("best-embedding").collect();
    let more = sheets.of("pigeonhole").filter(|r| r.get("collision") == Some(&Value::Bool(true)));
    // an embedding that counts at the very length at which there are more count vectors than states
    let (record, counts) = more
        .filter_map(|record| {
            let counts = |other: &&&Record| {
                key(other) == key(record) && integer(other, "n_star") > integer(record, "n")
            };
            Some((record, *best.iter().find(counts)?))
        })
        .next()?;
    Some(Finding {
        statement: "T9",
        claim: "pigeonhole",
        reported: "More count vectors than states at length `n` mean that no MLP counts at length `n`.",
        holds: false,
        exact: format!(
            "At length `n + 1`: the two count vectors of one state need a query in common, which one more token gives ({}). At `n = {}`, `m = {}`, `d = {}`, entries up to {}: {} \
             count vectors, at most {} states, and yet some embedding counts below {}.",
            theorem("pigeonhole_fails")?,
            text(record, "n"),
            text(record, "m"),
            text(record, "d"),
            text(record, "bound"),
            text(record, "vectors"),
            text(record, "states"),
            text(counts, "n_star")
        ),
        evidence: paths([record, counts]),
        tables: &["pigeonhole", "best-embedding"],
    })
}
