//! A questionnaire as tables and a figure.

use super::measure::{Answer, Summary, by_count, cells, histogram, summary};
use super::plan::{Cell, Plan, PlanError, Task};
use super::reading::{Reading, Rule};
use super::run::Replies;
use crate::report::figure::Figure;
use crate::report::figure::asked::{ErrorAt, ErrorCurve, ErrorCurves, Histogram};
use crate::report::measured::Measured;
use crate::report::{Table, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Names of the tables that can be printed alone.
pub const TABLES: [&str; 4] = ["errors", "cells", "by-count", "answers"];

/// A questionnaire as far as it was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub measured: Measured,
    pub figure: Figure,
}

/// Digits of a measured number.
const PLACES: usize = 4;

pub(super) fn decimal(value: Option<f64>) -> Value {
    value.map_or(Value::Null, |value| Value::decimal(value, PLACES))
}

pub(super) fn whole(value: u64) -> Value {
    Value::integer(value)
}

/// Tables are built row by row, each value beside its column's name.
#[derive(Default)]
pub(super) struct Rows(pub(super) Table);

impl Rows {
    pub(super) fn push(&mut self, row: Vec<(&str, Value)>) {
        if self.0.columns.is_empty() {
            self.0.columns = row.iter().map(|(name, _)| (*name).to_owned()).collect();
        }
        self.0.rows.push(row.into_iter().map(|(_, value)| value).collect());
    }
}

impl Report {
    /// # Errors
    /// [`PlanError`] when a question cannot be worded.
    pub fn new(plan: &Plan, replies: &Replies, rule: Rule) -> Result<Self, PlanError> {
        let cells = cells(plan, replies, rule)?;
        let summaries: Vec<(&Cell, &[Answer], Summary)> = cells
            .iter()
            .map(|(cell, answers)| {
                let seed = serde_json::json!(["counterproof-ask-bootstrap", plan.seed, cell]);
                (cell, answers.as_slice(), summary(answers, &seed.to_string()))
            })
            .collect();
        let missing = plan.questions() - replies.len() as u64;
        let measured = Measured {
            title: title(plan),
            settings: settings(plan, replies, rule),
            complete: missing == 0,
            tables: vec![
                ("errors", errors(plan, &summaries)),
                ("cells", all_cells(plan, &summaries)),
                ("by-count", counts(&summaries)),
                ("answers", answers(&summaries)),
                ("items", items(plan)),
            ],
            remarks: remarks(plan, missing),
        };
        Ok(Self { measured, figure: figure(plan, &summaries) })
    }
}

pub(super) fn title(plan: &Plan) -> String {
    let Plan { model, endpoint, .. } = plan;
    let what = match plan.task {
        Task::Letters => format!(
            "counts of the letter {} by {model} at {endpoint}",
            plan.letter.unwrap_or_default()
        ),
        task => format!("errors of {model} at {endpoint}, {}", task.words()),
    };
    what.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A text on one line, with nothing in it that a terminal obeys.
pub(super) fn line(text: &str) -> Value {
    let escaped = |c: char| match c {
        '\\' => "\\\\".to_owned(),
        c if c.is_control() => c.escape_default().collect(),
        c => c.to_string(),
    };
    Value::Text(text.chars().map(escaped).collect())
}

pub(super) fn settings(plan: &Plan, replies: &Replies, rule: Rule) -> Vec<(&'static str, Value)> {
    let sampling = &plan.sampling;
    let distinct = |of: &dyn Fn(&super::Reply) -> Option<String>| {
        replies.values().filter_map(of).collect::<BTreeSet<String>>()
    };
    let list = |texts: &BTreeSet<String>| {
        line(&texts.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
    };
    let dates = distinct(&|reply| Some(reply.date.clone()));
    let first_last = match (dates.first(), dates.last()) {
        (Some(first), Some(last)) if first == last => Value::text(first),
        (Some(first), Some(last)) => Value::text(format!("{first} to {last}")),
        _ => Value::Null,
    };
    let mut all = vec![
        ("endpoint", line(&plan.endpoint)),
        ("api", Value::text(plan.api.name())),
        ("model", line(&plan.model)),
        ("answered_by", list(&distinct(&|reply| reply.model.clone()))),
        ("date", first_last),
        ("task", Value::text(plan.task.name())),
    ];
    match plan.task {
        Task::Letters => all.extend([
            ("words", line(&plan.words.join(", "))),
            ("letter", plan.letter.map_or(Value::Null, Value::text)),
            ("times", whole(plan.repeats)),
        ]),
        _ => all.extend([
            ("expected_count", whole(plan.c)),
            ("n", Value::text(format!("{} m", plan.c))),
            ("sequences", whole(plan.repeats)),
            ("query", Value::text(plan.query.name())),
            ("separator", Value::text(format!("\"{}\"", plan.separator.escape_debug()))),
        ]),
    }
    all.extend([
        ("items", line(&plan.items.name)),
        ("items_sha256", Value::text(plan.items.sha256())),
        ("template", line(&plan.template.name)),
        ("template_sha256", Value::text(plan.template.sha256())),
        ("template_text", line(&plan.template.text)),
        ("system", plan.system.as_deref().map_or(Value::Null, line)),
        ("examples", whole(plan.examples)),
        ("fresh_examples", Value::from(plan.fresh_examples)),
        ("seed", whole(plan.seed)),
        (
            "temperature",
            sampling.temperature.map_or(Value::Null, |t| Value::Decimal(t.to_string())),
        ),
        ("max_tokens", whole(sampling.max_tokens.into())),
        ("stop", line(&sampling.stop.join(" or "))),
        ("seed_sent", Value::from(sampling.seeded)),
        ("alternatives", whole(sampling.alternatives.into())),
        ("body", Value::text(serde_json::Value::Object(sampling.body.clone()))),
        ("rule", Value::text(rule.name())),
        ("rule_words", Value::text(rule.words())),
        ("program", Value::text(concat!("counterproof ", env!("CARGO_PKG_VERSION")))),
    ]);
    all
}

fn remarks(plan: &Plan, missing: u64) -> Vec<String> {
    let mut all = Vec::new();
    if plan.task != Task::Letters {
        all.push(
            "n = c m items, each drawn uniformly from m distinct ones; baseline: two distinct items, the query with probability 1/m"
                .to_owned(),
        );
    }
    all.push(
        "intervals: 95%, bootstrap over answers for errors, Wilson for accuracy; answers that cannot be read or that refuse are not right and have no error"
            .to_owned(),
    );
    if plan.examples > 0 && !plan.fresh_examples {
        all.push(
            "all prompts of a row show the same examples; intervals are given these".to_owned(),
        );
    }
    if missing > 0 {
        all.push(format!("{missing} of {} questions have no answer yet", plan.questions()));
    }
    all
}

/// `low`, `high`.
fn interval(summary: &Summary) -> (Value, Value) {
    let interval = summary.error.and_then(|error| error.interval);
    (decimal(interval.map(|i| i.0)), decimal(interval.map(|i| i.1)))
}

/// Over what was asked; of nothing there is none.
fn accuracy(summary: &Summary) -> Value {
    decimal((summary.asked > 0).then(|| summary.right.rate()))
}

/// A row for each `m`, with its baseline; or for each word.
fn errors(plan: &Plan, summaries: &[(&Cell, &[Answer], Summary)]) -> Table {
    let mut rows = Rows::default();
    for (cell, answers, found) in summaries {
        let error = decimal(found.error.map(|error| error.value));
        let (low, high) = interval(found);
        let mut row = match cell {
            Cell::Sequence { baseline: true, .. } => continue,
            Cell::Sequence { m, .. } => vec![("m", whole(*m)), ("n", whole(plan.n(*m)))],
            Cell::Word(word) => {
                let right = answers.first().map_or(Value::Null, |answer| whole(answer.right));
                vec![("word", Value::text(word)), ("count", right)]
            }
        };
        row.extend([
            ("asked", whole(found.asked)),
            ("read", whole(found.read)),
            ("mean_absolute_error", error),
            ("low", low),
            ("high", high),
        ]);
        match cell {
            Cell::Word(_) => {
                let usual = most_frequent(answers);
                row.push(("most_frequent_answer", usual.map_or(Value::Null, reading)));
            }
            Cell::Sequence { .. } => {
                let nmae = found.error.map(|error| error.value / (plan.c as f64 + 1.0));
                row.push(("nmae", decimal(nmae)));
            }
        }
        row.extend([("accuracy", accuracy(found)), ("bias", decimal(found.bias))]);
        if let (Cell::Sequence { m, .. }, true) = (cell, plan.baseline) {
            let beside = Cell::Sequence { m: *m, baseline: true };
            if let Some((_, _, found)) = summaries.iter().find(|(cell, _, _)| **cell == beside) {
                let (low, high) = interval(found);
                row.extend([
                    ("baseline_asked", whole(found.asked)),
                    ("baseline_read", whole(found.read)),
                    ("baseline_mean_absolute_error", decimal(found.error.map(|error| error.value))),
                    ("baseline_low", low),
                    ("baseline_high", high),
                    ("baseline_accuracy", accuracy(found)),
                    ("baseline_bias", decimal(found.bias)),
                ]);
            }
        }
        rows.push(row);
    }
    rows.0
}

/// What a cell is called in the other tables.
pub(super) fn named(cell: &Cell) -> Vec<(&'static str, Value)> {
    match cell {
        Cell::Sequence { m, baseline } => vec![
            ("m", whole(*m)),
            ("series", Value::text(if *baseline { "baseline" } else { "model" })),
        ],
        Cell::Word(word) => vec![("word", line(word))],
    }
}

/// Everything that is known about each cell.
fn all_cells(plan: &Plan, summaries: &[(&Cell, &[Answer], Summary)]) -> Table {
    let mut rows = Rows::default();
    for (cell, answers, found) in summaries {
        let (low, high) = interval(found);
        let (accuracy_low, accuracy_high) = found.right.wilson();
        let mut row = named(cell);
        if let Cell::Sequence { m, .. } = cell {
            row.push(("n", whole(plan.n(*m))));
        }
        row.extend([
            ("asked", whole(found.asked)),
            ("read", whole(found.read)),
            ("unreadable", whole(found.unreadable)),
            ("refused", whole(found.refused)),
            ("mean_absolute_error", decimal(found.error.map(|error| error.value))),
            ("low", low),
            ("high", high),
            ("accuracy", accuracy(found)),
            ("accuracy_low", decimal((found.asked > 0).then_some(accuracy_low))),
            ("accuracy_high", decimal((found.asked > 0).then_some(accuracy_high))),
            ("bias", decimal(found.bias)),
            ("guess_error", guess_error(plan, answers)),
            ("prompt_tokens", found.prompt_tokens.map_or(Value::Null, |t| Value::decimal(t, 1))),
            ("likelihoods", whole(found.told.map_or(0, |told| told.answers))),
            ("probability_right", decimal(found.told.map(|told| told.right))),
            ("expected_count_error", decimal(found.told.map(|told| told.expected_error))),
            ("probability_seen", decimal(found.told.map(|told| told.seen))),
        ]);
        rows.push(row);
    }
    rows.0
}

/// The mean absolute error of whoever answers every question with the expected count.
fn guess_error(plan: &Plan, answers: &[Answer]) -> Value {
    if plan.task != Task::QueryCount || answers.is_empty() {
        return Value::Null;
    }
    let total: u64 = answers.iter().map(|answer| answer.right.abs_diff(plan.c)).sum();
    Value::decimal(total as f64 / answers.len() as f64, PLACES)
}

fn counts(summaries: &[(&Cell, &[Answer], Summary)]) -> Table {
    let mut rows = Rows::default();
    for (cell, answers, _) in summaries {
        for (count, answers) in by_count(answers) {
            let found = summary(answers, "");
            let mut row = named(cell);
            row.extend([
                ("count", whole(count)),
                ("asked", whole(found.asked)),
                ("read", whole(found.read)),
                ("mean_absolute_error", decimal(found.error.map(|error| error.value))),
                ("accuracy", accuracy(&found)),
                ("bias", decimal(found.bias)),
            ]);
            rows.push(row);
        }
    }
    rows.0
}

fn answers(summaries: &[(&Cell, &[Answer], Summary)]) -> Table {
    let mut rows = Rows::default();
    for (cell, answers, _) in summaries {
        for ((count, answer), times) in histogram(answers) {
            let mut row = named(cell);
            row.extend([
                ("count", whole(count)),
                ("answer", reading(answer)),
                ("times", whole(times)),
                ("right", Value::from(answer == Reading::Count(count))),
            ]);
            rows.push(row);
        }
    }
    rows.0
}

pub(super) fn items(plan: &Plan) -> Table {
    let mut rows = Rows::default();
    for item in &plan.items.list {
        rows.push(vec![("item", line(item))]);
    }
    rows.0
}

fn reading(reading: Reading) -> Value {
    match reading {
        Reading::Count(count) => whole(count),
        other => Value::text(other),
    }
}

/// Of answers that are given as often, the smallest.
fn most_frequent(answers: &[Answer]) -> Option<Reading> {
    let mut times: BTreeMap<Reading, u64> = BTreeMap::new();
    for answer in answers {
        *times.entry(answer.reading).or_default() += 1;
    }
    let most = times.values().max().copied()?;
    times.into_iter().find(|(_, count)| *count == most).map(|(reading, _)| reading)
}

fn figure(plan: &Plan, summaries: &[(&Cell, &[Answer], Summary)]) -> Figure {
    if plan.task == Task::Letters {
        // of several words the first
        let (cell, answers) =
            summaries.first().map_or((String::new(), &[][..]), |(c, a, _)| (c.to_string(), *a));
        let mut times: BTreeMap<u64, u64> = BTreeMap::new();
        let (mut unreadable, mut refused) = (0, 0);
        for answer in answers {
            match answer.reading {
                Reading::Count(count) => *times.entry(count).or_default() += 1,
                Reading::Unreadable => unreadable += 1,
                Reading::Refused => refused += 1,
            }
        }
        let right = answers.first().map_or(0, |answer| answer.right);
        let title = format!("Letters {} in {cell}", plan.letter.unwrap_or_default());
        return Histogram { title, right, times, unreadable, refused }.figure();
    }
    let both: &[(bool, &str)] = if plan.baseline {
        &[(false, "$m$ distinct items"), (true, "two distinct items")]
    } else {
        &[(false, "$m$ distinct items")]
    };
    let curve = |&(beside, label): &(bool, &str)| {
        let point = |(cell, _, found): &(&Cell, &[Answer], Summary)| match cell {
            Cell::Sequence { m, baseline } if *baseline == beside => {
                let error = found.error?;
                Some(ErrorAt { m: *m, mean: error.value, interval: error.interval })
            }
            _ => None,
        };
        ErrorCurve { label: label.to_owned(), points: summaries.iter().filter_map(point).collect() }
    };
    ErrorCurves { title: title(plan), curves: both.iter().map(curve).collect() }.figure()
}
