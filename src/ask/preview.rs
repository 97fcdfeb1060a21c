//! What is about to be asked, and about what it costs.

use super::plan::{Plan, PlanError};
use super::question::Id;
use super::reading::Rule;
use super::run::{Replies, estimated};
use super::tables::{Rows, decimal, items, line, named, settings, title, whole};
use crate::report::Value;
use crate::report::measured::Measured;

/// Prices of a million tokens, of prompts and of answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices {
    pub prompt: f64,
    pub answer: f64,
}

/// What is about to be asked, with every prompt, and about what it costs; `known` questions have answers.
///
/// # Errors
/// [`PlanError`] when a question cannot be worded.
pub fn preview(
    plan: &Plan,
    known: &Replies,
    prices: Option<Prices>,
) -> Result<Measured, PlanError> {
    let mut prompts = Rows::default();
    let (mut questions, mut prompt_tokens) = (0u64, 0u64);
    let answer_tokens = u64::from(plan.sampling.max_tokens);
    for id in plan.ids().filter(|id| !known.contains_key(id)) {
        let question = plan.question(&id)?;
        let tokens = estimated(plan, &question) - answer_tokens;
        questions += 1;
        prompt_tokens += tokens;
        let Id { cell, repeat } = &id;
        let mut row = named(cell);
        row.extend([
            ("repeat", whole(*repeat)),
            ("count", whole(question.answer)),
            ("tokens", whole(tokens)),
            ("sha256", Value::text(&question.sha256)),
            ("prompt", line(&question.prompt)),
        ]);
        prompts.push(row);
    }
    let answers = questions * answer_tokens;
    let cost = prices.map(|prices| {
        (prompt_tokens as f64 * prices.prompt + answers as f64 * prices.answer) / 1e6
    });
    let mut totals = Rows::default();
    totals.push(vec![
        ("questions", whole(questions)),
        ("prompt_tokens", whole(prompt_tokens)),
        ("answer_tokens_at_most", whole(answers)),
        ("cost_at_most", decimal(cost)),
    ]);
    let unpriced = "--price PROMPT,ANSWER, each for a million tokens, gives the cost";
    let mut remarks = vec![
        "nothing was asked; tokens of prompts are estimated, a tokeniser may make twice as many"
            .to_owned(),
    ];
    if prices.is_none() {
        remarks.push(unpriced.to_owned());
    }
    Ok(Measured {
        title: format!("what would be asked: {}", title(plan)),
        settings: settings(plan, known, Rule::Only)
            .into_iter()
            .filter(|(name, _)| !["answered_by", "date", "rule", "rule_words"].contains(name))
            .collect(),
        complete: false,
        tables: vec![("total", totals.0), ("prompts", prompts.0), ("items", items(plan))],
        remarks,
    })
}
