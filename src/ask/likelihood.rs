//! What the log-probabilities of an answer's tokens say about counts.
//!
//! At each token of the answer the endpoint may tell the likeliest alternatives. Following the answer, an alternative that writes on
//! the digits so far is a number, and one that does not ends the number so far. Each of these has a probability, the product along the
//! way; what is not told, or begins with something else, is not seen. An alternative that is digits is taken for the rest of
//! its number: where a model writes digit by digit, `1` may have become `12`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A token of an answer, and alternatives to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    pub token: String,
    pub logprob: f64,
    pub alternatives: Vec<(String, f64)>,
}

/// What is known about the counts that an answer could have had.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likelihood {
    /// probability of the right answer, as far as it was seen
    pub right: f64,
    /// mean of the counts that were seen
    pub expected: f64,
    /// probability of all counts that were seen
    pub seen: f64,
}

/// Tokens of an answer that are kept: a number comes early, or not at all.
const MOST_POSITIONS: usize = 64;
/// Alternatives to one token.
const MOST_ALTERNATIVES: usize = 100;
/// Characters of a token.
const LONGEST: usize = 200;
/// Log-probabilities are kept in ten thousandths.
const KEPT: f64 = 1e4;
/// Probabilities that add up to a little more than 1 are rounded ones.
const ROUNDED: f64 = 1e-3;

impl Position {
    /// The positions that a choice of a response tells, in any of the forms that are about; none when they make no sense.
    #[must_use]
    pub fn all(choice: &Value) -> Vec<Self> {
        let Some(told) = choice.get("logprobs") else { return Vec::new() };
        let found = match told.get("content").and_then(Value::as_array) {
            Some(content) => content.iter().take(MOST_POSITIONS).map(Self::of_content).collect(),
            None => Self::of_lists(told),
        };
        found.filter(|all: &Vec<Self>| all.iter().all(|p| p.check().is_ok())).unwrap_or_default()
    }

    /// `{"token", "logprob", "top_logprobs": [{"token", "logprob"}]}`
    fn of_content(entry: &Value) -> Option<Self> {
        let pair = |entry: &Value| {
            let token = entry.get("token")?.as_str()?.chars().take(LONGEST).collect::<String>();
            Some((token, kept(entry.get("logprob")?)?))
        };
        let (token, logprob) = pair(entry)?;
        let alternatives = entry.get("top_logprobs").and_then(Value::as_array);
        let alternatives =
            alternatives.into_iter().flatten().take(MOST_ALTERNATIVES).filter_map(pair).collect();
        Some(Self { token, logprob, alternatives })
    }

    /// `{"tokens": [..], "token_logprobs": [..], "top_logprobs": [{TOKEN: ..}]}`
    fn of_lists(told: &Value) -> Option<Vec<Self>> {
        let list = |name: &str| told.get(name).and_then(Value::as_array);
        let (tokens, logprobs) = (list("tokens")?, list("token_logprobs")?);
        let top = list("top_logprobs");
        let cut = |token: &str| token.chars().take(LONGEST).collect::<String>();
        let position = |(at, (token, logprob)): (usize, (&Value, &Value))| {
            let alternatives = top.and_then(|top| top.get(at)).and_then(Value::as_object);
            let mut alternatives: Vec<(String, f64)> = alternatives
                .into_iter()
                .flatten()
                .filter_map(|(token, logprob)| Some((cut(token), kept(logprob)?)))
                .collect();
            alternatives.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            alternatives.truncate(MOST_ALTERNATIVES);
            Some(Self { token: cut(token.as_str()?), logprob: kept(logprob)?, alternatives })
        };
        tokens.iter().zip(logprobs).take(MOST_POSITIONS).enumerate().map(position).collect()
    }

    pub(super) fn each_token(&mut self, change: &dyn Fn(&str) -> String) {
        self.token = change(&self.token);
        for (token, _) in &mut self.alternatives {
            *token = change(token);
        }
    }

    /// # Errors
    /// What makes no sense.
    pub fn check(&self) -> Result<(), String> {
        let possible = |logprob: f64| logprob.is_finite() && logprob <= ROUNDED;
        if !possible(self.logprob) || self.alternatives.iter().any(|(_, p)| !possible(*p)) {
            return Err("a log-probability that is above 0 or no number".to_owned());
        }
        let sum: f64 = self.alternatives.iter().map(|(_, logprob)| logprob.exp()).sum();
        if sum > 1.0 + 0.05 {
            return Err("alternatives whose probabilities are more than 1 in all".to_owned());
        }
        Ok(())
    }
}

fn kept(logprob: &Value) -> Option<f64> {
    Some((logprob.as_f64()? * KEPT).round() / KEPT)
}

/// The counts that an answer could have had; none when no number begins it.
#[must_use]
pub fn likelihood(positions: &[Position], right: u64) -> Option<Likelihood> {
    let mut counts: BTreeMap<u64, f64> = BTreeMap::new();
    let mut add = |digits: &str, probability: f64| {
        if let Ok(count) = digits.parse::<u64>() {
            *counts.entry(count).or_default() += probability;
        }
    };
    let (mut digits, mut along) = (String::new(), 1.0);
    for position in positions {
        // blanks before a number do not end it
        let part = |token: &str| match digits.is_empty() {
            true => token.trim_start().to_owned(),
            false => token.to_owned(),
        };
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let others = position.alternatives.iter().filter(|(token, _)| *token != position.token);
        for (token, logprob) in others {
            let (part, probability) = (part(token), along * logprob.exp());
            if is_digits(&part) {
                add(&format!("{digits}{part}"), probability);
            } else if !digits.is_empty() {
                add(&digits, probability);
            }
        }
        along *= position.logprob.exp();
        let own = part(&position.token);
        if is_digits(&own) {
            digits += &own;
        } else if !(own.is_empty() && digits.is_empty()) {
            break;
        }
    }
    // the answer's own number, ended by a token or by the end of the answer
    if !digits.is_empty() {
        add(&digits, along);
    }
    let seen: f64 = counts.values().sum();
    (seen > 0.0).then(|| Likelihood {
        right: counts.get(&right).copied().unwrap_or(0.0).min(1.0),
        expected: counts.iter().map(|(count, p)| *count as f64 * p).sum::<f64>() / seen,
        seen: seen.min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-3, "{found} {expected}");
    }

    #[test]
    fn probabilities_are_multiplied_along_the_answer() {
        let ln = f64::ln;
        // " 1" then "2" or the end; instead of " 1" also " 3" or a word
        let choice = json!({"logprobs": {"content": [
            {"token": " 1", "logprob": ln(0.5), "top_logprobs": [
                {"token": " 1", "logprob": ln(0.5)}, {"token": " 3", "logprob": ln(0.3)}, {"token": " many", "logprob": ln(0.1)}]},
            {"token": "2", "logprob": ln(0.6), "top_logprobs": [
                {"token": "2", "logprob": ln(0.6)}, {"token": "\n", "logprob": ln(0.4)}]},
            {"token": "\n", "logprob": ln(0.9), "top_logprobs": [{"token": "\n", "logprob": ln(0.9)}, {"token": "0", "logprob": ln(0.1)}]},
        ]}});
        let positions = Position::all(&choice);
        assert_eq!(positions.len(), 3);
        // 3: 0.3; 1: 0.5 * 0.4; 12: 0.5 * 0.6 * 0.9; 120: 0.5 * 0.6 * 0.1
        let found = likelihood(&positions, 12).unwrap();
        near(found.right, 0.27);
        near(found.seen, 0.8);
        near(found.expected, (3.0 * 0.3 + 0.2 + 12.0 * 0.27 + 120.0 * 0.03) / 0.8);
        near(likelihood(&positions, 3).unwrap().right, 0.3);
        near(likelihood(&positions, 4).unwrap().right, 0.0);
    }

    #[test]
    fn the_older_form_says_the_same() {
        let choice = json!({"logprobs": {"tokens": [" ", "4"], "token_logprobs": [-0.5, -0.25],
            "top_logprobs": [{" ": -0.5}, {"4": -0.25, "5": -2.0}]}});
        let positions = Position::all(&choice);
        let found = likelihood(&positions, 5).unwrap();
        near(found.right, (-2.5f64).exp());
        near(found.seen, (-2.5f64).exp() + (-0.75f64).exp());
    }

    #[test]
    fn nonsense_is_left_out() {
        for told in [
            json!({}),
            json!({"content": []}),
            json!({"content": [{"token": "3"}]}),
            json!({"content": [{"token": "3", "logprob": 2.0}]}),
            json!({"content": [{"token": 3, "logprob": -1.0}]}),
            json!({"content": [{"token": "3", "logprob": -1.0, "top_logprobs": [{"token": "3", "logprob": 0.0}, {"token": "4", "logprob": 0.0}]}]}),
            json!({"tokens": ["3"], "token_logprobs": [null]}),
        ] {
            assert_eq!(Position::all(&json!({"logprobs": told})), [], "{told}");
        }
        assert_eq!(likelihood(&[], 3), None);
        let word = Position { token: "many".to_owned(), logprob: -0.1, alternatives: Vec::new() };
        assert_eq!(likelihood(&[word], 3), None);
    }
}
