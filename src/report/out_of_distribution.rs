//! What records of a model out of distribution (T15) say together: where it is wrong first, on which tokens, and where most of its answers are wrong.
//!
//! Read off the verdicts and values of the records, of which each has a certificate of its own. A model is *wrong* at a point where an input is
//! shown that it reads wrong, also in a sample; it is *right* where all inputs of the point were judged and none is.

use super::{Record, Value, runs, value_of};
use crate::kernel::Verdict;
use crate::kernel::number::binomial;
use num_bigint::BigInt;
use num_rational::BigRational;

/// Parameters of a point; the others name the model.
const OF_POINT: [&str; 7] =
    ["n", "m", "tokens", "tolerance", "estimate", "confidence", "distribution"];

/// The columns of these records that a table in text, Markdown and LaTeX has unless others are asked for.
pub(super) const SHOWN: [&str; 14] = [
    "model",
    "arm",
    "positions",
    "d",
    "seed",
    "n",
    "trained_n",
    "tokens",
    "distribution",
    "verdict",
    "accuracy_decimal",
    "accuracy_at_least_decimal",
    "accuracy_at_most_decimal",
    "sequence",
];

/// A model counts when at least this part of its answers is right (T10).
const MARK: (u8, u8) = (4, 5);

/// A wrong input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub n: u64,
    /// as the file counts them
    pub sequence: Vec<usize>,
    pub answer: Value,
}

type Params = Vec<(&'static str, Value)>;

/// What is said of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// what names it
    pub params: Params,
    pub trained_n: u64,
    /// the least length looked at, with all tokens, at which it is wrong
    pub first_wrong: Option<Wrong>,
    /// the least one above that of the training
    pub first_wrong_above: Option<Wrong>,
    /// lengths at which it is right on all inputs
    pub right_at: Vec<u64>,
    /// lengths at which fewer than 80% of the answers are certain, or with the confidence stated, to be right
    pub below_mark: Vec<u64>,
    /// the fewest tokens looked at, at the length of the training, on which it is wrong; nearest to the front of several
    pub fewest_tokens: Option<(Vec<usize>, Wrong)>,
    /// of how many tokens every set is right, at most
    pub right_on_sets_of: usize,
}

fn list(value: Option<&Value>) -> Option<Vec<usize>> {
    match value? {
        Value::List(values) => values.iter().map(|value| Some(value.whole()? as usize)).collect(),
        _ => None,
    }
}

fn is_below_mark(record: &Record) -> bool {
    let mark = BigRational::new(BigInt::from(MARK.0), BigInt::from(MARK.1));
    let bound = ["accuracy", "accuracy_at_most"].map(|name| value_of(&record.values, name));
    bound.into_iter().flatten().any(|value| match value {
        Value::Rational(bound) => *bound < mark,
        Value::Integer(bound) => BigRational::from_integer(bound.clone()) < mark,
        _ => false,
    })
}

/// One finding for each model, in the order of the records.
pub(super) fn findings(records: &[Record]) -> Vec<Finding> {
    let mut models: Vec<(Params, Vec<&Record>)> = Vec::new();
    for record in records {
        if value_of(&record.params, "trained_n").is_none() {
            continue;
        }
        let mut params = record.params.clone();
        // the seed of a trained model is that of its samples; where a file is the model it is of the samples alone
        let trained = value_of(&params, "arm").is_some();
        params.retain(|(name, _)| !OF_POINT.contains(name) && (trained || *name != "seed"));
        match models.iter_mut().find(|(known, _)| *known == params) {
            Some((_, of)) => of.push(record),
            None => models.push((params, vec![record])),
        }
    }
    models.into_iter().filter_map(|(params, records)| finding(params, &records)).collect()
}

fn finding(params: Params, records: &[&Record]) -> Option<Finding> {
    let trained_n = value_of(&params, "trained_n")?.whole()?;
    let length = |record: &Record| value_of(&record.params, "n")?.whole();
    let tokens = |record: &Record| list(value_of(&record.params, "tokens"));
    let wrong = |record: &&Record| {
        let (n, own) = (length(record)?, list(value_of(&record.values, "sequence"))?);
        let of_file = match tokens(record) {
            Some(tokens) => {
                own.iter().map(|&token| tokens.get(token).copied()).collect::<Option<Vec<_>>>()?
            }
            None => own,
        };
        let answer = value_of(&record.values, "answer").cloned().unwrap_or(Value::Null);
        Some(Wrong { n, sequence: of_file, answer })
    };
    // every token, each by itself with the same probability
    let uniform = |record: &&&Record| {
        let drawn = value_of(&record.params, "distribution");
        tokens(record).is_none() && drawn.is_none_or(|drawn| *drawn == Value::text("uniform"))
    };
    let lengths = || records.iter().filter(uniform).copied();
    let first = |above: u64| {
        let found = lengths().filter(|record| length(record).is_some_and(|n| n > above));
        found.filter_map(|record| wrong(&record)).min_by_key(|wrong| wrong.n)
    };
    let at = |pick: &dyn Fn(&Record) -> bool| {
        let mut found: Vec<u64> = lengths().filter(|r| pick(r)).filter_map(length).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    let sets = || records.iter().filter_map(|record| Some((tokens(record)?, *record)));
    let fewest = sets().filter_map(|(set, record)| Some((set, wrong(&record)?)));
    let all = lengths().find_map(|record| value_of(&record.params, "m")?.whole());
    let is_right = |record: &Record| record.verdict == Verdict::Verified;
    let right_sets = |size: &usize| {
        let right = sets().filter(|(set, record)| set.len() == *size && is_right(record)).count();
        all.is_some_and(|m| binomial(m, *size as u64, 64) == Some(right.into()))
    };
    Some(Finding {
        first_wrong: first(0),
        first_wrong_above: first(trained_n),
        right_at: at(&|record| is_right(record)),
        below_mark: at(&is_below_mark),
        fewest_tokens: fewest.min_by_key(|(set, _)| (set.len(), set.clone())),
        right_on_sets_of: (1..).take_while(right_sets).count(),
        params,
        trained_n,
    })
}

/// A finding in words.
pub(super) fn sentence(finding: &Finding) -> String {
    let Finding { trained_n, right_at, below_mark, .. } = finding;
    let named = finding.params.iter().filter(|(name, _)| *name != "trained_n");
    let named: Vec<String> = named
        .map(|(name, value)| match *name {
            "model" | "task" | "arm" => value.to_string(),
            _ => format!("{name} = {value}"),
        })
        .collect();
    let shown = |wrong: &Wrong| format!("{}, answer {}", runs(&wrong.sequence), wrong.answer);
    let numbers = |list: &[u64]| list.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let mut parts = Vec::new();
    match &finding.first_wrong {
        Some(wrong) => parts.push(format!("wrong first at n = {} ({})", wrong.n, shown(wrong))),
        None => parts.push("no wrong input at any length".to_owned()),
    }
    if let Some(wrong) = &finding.first_wrong_above
        && finding.first_wrong.as_ref() != Some(wrong)
    {
        parts.push(format!("above {trained_n} first at n = {} ({})", wrong.n, shown(wrong)));
    }
    if !right_at.is_empty() {
        parts.push(format!("right on all inputs at n = {}", numbers(right_at)));
    }
    if !below_mark.is_empty() {
        parts.push(format!("below 80% at n = {}", numbers(below_mark)));
    }
    let sets = match finding.right_on_sets_of {
        0 => String::new(),
        1 => ", on no single token".to_owned(),
        most => format!(", on no set of up to {most} tokens"),
    };
    match &finding.fewest_tokens {
        Some((tokens, wrong)) => {
            let words: Vec<String> = tokens.iter().map(usize::to_string).collect();
            let what = if tokens.len() == 1 { "token" } else { "tokens" };
            let words = words.join(" ");
            parts.push(format!("wrong on {what} {words} alone ({}){sets}", shown(wrong)));
        }
        None if finding.right_on_sets_of > 0 => {
            parts.push(format!("no wrong input{}", sets.trim_start_matches(',')));
        }
        None => {}
    }
    format!("{}, trained at n = {trained_n}: {}", named.join(", "), parts.join("; "))
}

/// A finding as the fields of a JSON object, in order.
pub(super) fn fields(finding: &Finding) -> Params {
    let wrong = |wrong: &Option<Wrong>| match wrong {
        Some(Wrong { n, sequence, answer }) => {
            [Value::integer(*n), Value::list(sequence.iter().copied()), answer.clone()]
        }
        None => [Value::Null, Value::Null, Value::Null],
    };
    let [n, sequence, answer] = wrong(&finding.first_wrong);
    let [n_above, sequence_above, answer_above] = wrong(&finding.first_wrong_above);
    let (tokens, alone) = match &finding.fewest_tokens {
        Some((tokens, wrong)) => (Value::list(tokens.iter().copied()), Some(wrong.clone())),
        None => (Value::Null, None),
    };
    let [_, sequence_alone, answer_alone] = wrong(&alone);
    let mut fields = finding.params.clone();
    fields.extend([
        ("first_wrong_n", n),
        ("sequence", sequence),
        ("answer", answer),
        ("first_wrong_n_above", n_above),
        ("sequence_above", sequence_above),
        ("answer_above", answer_above),
        ("right_at", Value::list(finding.right_at.iter().copied())),
        ("below_80_percent_at", Value::list(finding.below_mark.iter().copied())),
        ("wrong_tokens", tokens),
        ("sequence_of_wrong_tokens", sequence_alone),
        ("answer_of_wrong_tokens", answer_alone),
        ("right_on_sets_of", Value::integer(finding.right_on_sets_of)),
    ]);
    fields
}
