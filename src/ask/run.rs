//! Asking every question that has no answer yet, several at a time.
//!
//! One thread hands out questions and writes answers down; each question on its way has a thread of its own, which is left behind when the
//! run is stopped and its answer does not come within [`GRACE`]. Who was asked when leaves no trace in what is measured.

use super::client::{Client, Unanswered};
use super::journal::Journal;
use super::plan::{Plan, PlanError};
use super::question::{Id, Question};
use super::reply::Reply;
use super::request::estimated_tokens;
use crate::journal::JournalError;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Answers by their questions.
pub type Replies = BTreeMap<Id, Reply>;

/// How long answers on their way are waited for when the run is stopped.
pub const GRACE: Duration = Duration::from_millis(1500);
/// How often the threads are looked after.
const LOOK: Duration = Duration::from_millis(5);
/// So many questions in a row that were given up end the run: the endpoint is not to be had.
const GIVEN_UP: u32 = 3;

/// What a run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// questions on their way at one time
    pub concurrency: usize,
    /// tokens of prompts and answers, as the endpoint counts them, or estimated where it does not
    pub tokens: Option<u64>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// every question has an answer
    Finished,
    /// by the caller; so many answers were on their way and are lost
    Stopped { lost: usize },
    /// no more requests or tokens are allowed
    Limit(&'static str),
    /// some questions were given up; why the last one was
    Unreachable(String),
    /// asking again would not help
    Wrong(String),
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub answered: u64,
    /// of this run
    pub tokens: u64,
    pub requests: u64,
}

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("{0}")]
    Journal(#[from] JournalError),
    #[error("{0}")]
    Plan(#[from] PlanError),
}

/// About how many tokens a question takes, its answer included.
#[must_use]
pub fn estimated(plan: &Plan, question: &Question) -> u64 {
    estimated_tokens(&question.prompt) + u64::from(plan.sampling.max_tokens)
}

struct OnItsWay {
    question: Question,
    tokens: u64,
    thread: JoinHandle<Result<Reply, Unanswered>>,
}

/// Asks what is not in `replies`, and writes each answer to the journal before it counts.
///
/// # Errors
/// [`RunError`] when an answer could not be written down, or a question not be worded; what was written is kept.
pub fn run(
    plan: &Plan,
    replies: &mut Replies,
    journal: &mut Journal,
    client: &Arc<Client>,
    allowance: Allowance,
    stop: &dyn Fn() -> bool,
    tell: &dyn Fn(Progress),
) -> Result<Ended, RunError> {
    let missing: Vec<Id> = plan.ids().filter(|id| !replies.contains_key(id)).collect();
    let mut missing = missing.into_iter().peekable();
    let mut running: Vec<OnItsWay> = Vec::new();
    let (mut tokens, mut given_up, mut in_a_row) = (0u64, None, 0u32);
    let mut ending: Option<(Ended, Instant)> = None;
    loop {
        if stop() && !matches!(ending, Some((Ended::Stopped { .. }, _))) {
            ending = Some((Ended::Stopped { lost: 0 }, Instant::now()));
            client.stop();
        }
        while ending.is_none() && running.len() < allowance.concurrency.max(1) {
            let Some(id) = missing.peek() else { break };
            let question = plan.question(id)?;
            let expected = estimated(plan, &question);
            let reserved: u64 = running.iter().map(|one| one.tokens).sum();
            if allowance.tokens.is_some_and(|most| tokens + reserved + expected > most) {
                // what is on its way may turn out shorter than expected
                if running.is_empty() {
                    ending = Some((Ended::Limit("tokens"), Instant::now()));
                }
                break;
            }
            let _ = missing.next();
            let (client, body) = (Arc::clone(client), question.body.clone());
            let thread = std::thread::spawn(move || client.ask(&body));
            running.push(OnItsWay { question, tokens: expected, thread });
        }
        tell(Progress { answered: replies.len() as u64, tokens, requests: client.requests() });
        if running.is_empty() {
            if ending.is_some() || missing.peek().is_none() {
                break;
            }
            continue;
        }
        if let Some((Ended::Stopped { lost }, since)) = &mut ending
            && since.elapsed() >= GRACE
        {
            *lost = running.len();
            break;
        }
        let Some(at) = running.iter().position(|one| one.thread.is_finished()) else {
            std::thread::sleep(LOOK);
            continue;
        };
        let OnItsWay { question, tokens: expected, thread } = running.swap_remove(at);
        let answer =
            thread.join().unwrap_or_else(|_| Err(Unanswered::GaveUp("a thread ended".to_owned())));
        let why = match answer {
            Ok(reply) => {
                let used = [reply.prompt_tokens, reply.answer_tokens];
                tokens += match used {
                    [None, None] => expected,
                    [prompt, answer] => prompt.unwrap_or(0).saturating_add(answer.unwrap_or(0)),
                };
                in_a_row = 0;
                let reply = journal.append(&question, &reply)?;
                replies.insert(question.id, reply);
                continue;
            }
            Err(Unanswered::Stopped) => continue,
            Err(Unanswered::NoneLeft) => Ended::Limit("requests"),
            Err(Unanswered::Wrong(why)) => Ended::Wrong(why),
            Err(Unanswered::GaveUp(why)) => {
                in_a_row += 1;
                given_up = Some(why.clone());
                if in_a_row < GIVEN_UP {
                    continue;
                }
                Ended::Unreachable(why)
            }
        };
        // what is on its way is waited for, but nothing is asked again in vain
        if matches!(why, Ended::Wrong(_) | Ended::Unreachable(_)) {
            client.stop();
        }
        if ending.is_none() {
            ending = Some((why, Instant::now()));
        }
    }
    Ok(match (ending, given_up) {
        (Some((ended, _)), _) => ended,
        (None, Some(why)) => Ended::Unreachable(why),
        (None, None) => Ended::Finished,
    })
}
