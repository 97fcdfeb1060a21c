//! How well the counts that were read agree with the right ones.
//!
//! Over the answers that were read, `y` beside the right count `c_q`: the mean of `|y - c_q|` with a percentile bootstrap interval
//! (95%, seeded), the same over `n/m + 1` (nMAE), and the mean of `y - c_q` (bias). Accuracy is over all answers: one that cannot be
//! read, or that refuses, is not right; its interval is Wilson's.

use super::likelihood::likelihood;
use super::plan::{Cell, Plan, PlanError};
use super::reading::{Reading, Rule, read};
use super::run::Replies;
use crate::train::measure::Score;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// An answer beside what is right.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub right: u64,
    pub reading: Reading,
    prompt_tokens: Option<u64>,
    likelihood: Option<super::likelihood::Likelihood>,
}

/// The answers of each cell, in the order of the plan.
pub type Cells = Vec<(Cell, Vec<Answer>)>;

/// Reads every answer.
///
/// # Errors
/// [`PlanError`] when a question cannot be worded.
pub fn cells(plan: &Plan, replies: &Replies, rule: Rule) -> Result<Cells, PlanError> {
    let mut found: Cells = plan.cells().into_iter().map(|cell| (cell, Vec::new())).collect();
    for (id, reply) in replies {
        let right = plan.question(id)?.answer;
        let answer = Answer {
            right,
            reading: read(&reply.text, reply.refused, rule),
            prompt_tokens: reply.prompt_tokens,
            likelihood: likelihood(&reply.positions, right),
        };
        if let Some((_, answers)) = found.iter_mut().find(|(cell, _)| *cell == id.cell) {
            answers.push(answer);
        }
    }
    Ok(found)
}

/// A mean with an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    pub value: f64,
    /// 95%; of one value there is none
    pub interval: Option<(f64, f64)>,
}

/// Some answers, put together.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub asked: u64,
    pub read: u64,
    pub unreadable: u64,
    pub refused: u64,
    pub right: Score,
    /// none when nothing was read
    pub error: Option<Mean>,
    pub bias: Option<f64>,
    /// mean tokens of the prompts whose tokens are known
    pub prompt_tokens: Option<f64>,
    /// means over the answers whose log-probabilities tell counts: probability of the right count, distance of the expected count from
    /// the right one, probability of all counts seen
    pub told: Option<Told>,
}

/// What log-probabilities say, on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told {
    pub answers: u64,
    pub right: f64,
    pub expected_error: f64,
    pub seen: f64,
}

/// Resamples of a bootstrap interval.
pub const RESAMPLES: usize = 2000;

/// Puts answers together; `seed` is for the resamples.
#[must_use]
pub fn summary<'a>(answers: impl IntoIterator<Item = &'a Answer>, seed: &str) -> Summary {
    let answers: Vec<&Answer> = answers.into_iter().collect();
    let differences: Vec<f64> = answers.iter().filter_map(|answer| difference(answer)).collect();
    let errors: Vec<f64> = differences.iter().map(|difference| difference.abs()).collect();
    let count = |reading| answers.iter().filter(|answer| answer.reading == reading).count() as u64;
    let right = answers.iter().filter(|a| a.reading == Reading::Count(a.right)).count() as u64;
    let tokens: Vec<f64> =
        answers.iter().filter_map(|answer| Some(answer.prompt_tokens? as f64)).collect();
    let told: Vec<_> = answers
        .iter()
        .filter_map(|answer| Some((answer.right as f64, answer.likelihood?)))
        .collect();
    let over = |of: &dyn Fn(&(f64, super::likelihood::Likelihood)) -> f64| {
        told.iter().map(of).sum::<f64>() / told.len() as f64
    };
    Summary {
        asked: answers.len() as u64,
        read: errors.len() as u64,
        unreadable: count(Reading::Unreadable),
        refused: count(Reading::Refused),
        right: Score { right, total: answers.len() as u64 },
        error: mean(&errors).map(|value| Mean { value, interval: bootstrap(&errors, seed) }),
        bias: mean(&differences),
        prompt_tokens: mean(&tokens),
        told: (!told.is_empty()).then(|| Told {
            answers: told.len() as u64,
            right: over(&|(_, told)| told.right),
            expected_error: over(&|(right, told)| (told.expected - right).abs()),
            seen: over(&|(_, told)| told.seen),
        }),
    }
}

/// The answers by their right count.
#[must_use]
pub fn by_count(answers: &[Answer]) -> BTreeMap<u64, Vec<&Answer>> {
    let mut found: BTreeMap<u64, Vec<&Answer>> = BTreeMap::new();
    for answer in answers {
        found.entry(answer.right).or_default().push(answer);
    }
    found
}

/// How often each answer was given, by right count.
#[must_use]
pub fn histogram(answers: &[Answer]) -> BTreeMap<(u64, Reading), u64> {
    let mut found = BTreeMap::new();
    for answer in answers {
        *found.entry((answer.right, answer.reading)).or_default() += 1;
    }
    found
}

fn difference(answer: &Answer) -> Option<f64> {
    match answer.reading {
        Reading::Count(count) => Some(count as f64 - answer.right as f64),
        Reading::Unreadable | Reading::Refused => None,
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The middle 95% of the means of resamples.
fn bootstrap(values: &[f64], seed: &str) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let mut rng = ChaCha8Rng::from_seed(Sha256::digest(seed.as_bytes()).into());
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let drawn = (0..values.len()).map(|_| values[rng.random_range(0..values.len())]);
            drawn.sum::<f64>() / values.len() as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let tail = RESAMPLES / 40;
    Some((means[tail], means[RESAMPLES - 1 - tail]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(right: u64, reading: Reading) -> Answer {
        Answer { right, reading, prompt_tokens: None, likelihood: None }
    }

    #[test]
    fn what_cannot_be_read_is_not_right_and_has_no_error() {
        use Reading::{Count, Refused, Unreadable};
        let answers = [
            answer(3, Count(3)),
            answer(3, Count(1)),
            answer(4, Count(9)),
            answer(4, Unreadable),
            answer(5, Refused),
        ];
        let found = summary(&answers, "s");
        assert_eq!((found.asked, found.read, found.unreadable, found.refused), (5, 3, 1, 1));
        assert_eq!(found.right, Score { right: 1, total: 5 });
        let error = found.error.unwrap();
        assert!(
            (error.value - 7.0 / 3.0).abs() < 1e-12 && (found.bias.unwrap() - 1.0).abs() < 1e-12
        );
        let (low, high) = error.interval.unwrap();
        assert!(0.0 <= low && low < error.value && error.value < high && high <= 5.0);
        assert_eq!(summary(&answers, "s"), found);
        let nothing = summary(&answers[3..], "s");
        assert_eq!((nothing.error, nothing.bias), (None, None));
        assert_eq!(summary(&answers[..1], "s").error, Some(Mean { value: 0.0, interval: None }));
        assert_eq!(histogram(&answers)[&(3, Count(1))], 1);
        assert_eq!(by_count(&answers)[&4].len(), 2);
    }

    #[test]
    fn the_interval_covers_about_as_often_as_it_says() {
        // means of 40 values uniform on 0..10, whose mean is 4.5
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let covers = (0..200).filter(|round| {
            let values: Vec<f64> = (0..40).map(|_| f64::from(rng.random_range(0..10u32))).collect();
            let (low, high) = bootstrap(&values, &round.to_string()).unwrap();
            low <= 4.5 && 4.5 <= high
        });
        // 95% of 200, within four standard deviations
        assert!((177..=200).contains(&covers.count()));
    }
}
