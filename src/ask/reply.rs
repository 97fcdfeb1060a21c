//! What an endpoint answers: read from JSON of a stranger, and kept in the journal.

use super::likelihood::Position;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An answer, before a count is read off it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// its first [`Reply::LONGEST`] characters
    pub text: String,
    /// the endpoint says that it is a refusal
    pub refused: bool,
    /// why it ended, as the endpoint says: `stop`, `length`, ..
    pub finish: Option<String>,
    /// what the endpoint calls the model
    pub model: Option<String>,
    /// tokens that the prompt became
    pub prompt_tokens: Option<u64>,
    pub answer_tokens: Option<u64>,
    /// empty where they were not asked for or not given
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub positions: Vec<Position>,
    /// when, in UTC
    pub date: String,
}

/// Numbers of tokens beyond this are nonsense.
const MOST_TOKENS: u64 = 1_000_000_000;

impl Reply {
    /// Characters of an answer that are kept; a count that comes later is not read.
    pub const LONGEST: usize = 8192;
    /// Characters of names.
    const NAME: usize = 200;

    /// Reads the body of a response. `hide` is applied to every text of the endpoint's that is kept.
    ///
    /// # Errors
    /// In words why there is no answer in it.
    pub fn parse(body: &[u8], date: String, hide: &dyn Fn(&str) -> String) -> Result<Self, String> {
        let text = std::str::from_utf8(body).map_err(|_| "the response is no UTF-8".to_owned())?;
        let value: Value = serde_json::from_str(text)
            .map_err(|error| format!("the response is no JSON: {error}"))?;
        let Some(choice) = value.pointer("/choices/0") else {
            return Err("the response has no `choices`".to_owned());
        };
        let refusal = choice.pointer("/message/refusal").and_then(Value::as_str);
        let finish = choice.get("finish_reason").and_then(Value::as_str);
        let refused = refusal.is_some() || finish == Some("content_filter");
        let content = match (choice.pointer("/message/content"), choice.get("text")) {
            (Some(content), _) if !content.is_null() => said(content),
            (_, Some(text)) => said(text),
            // reasoning that took all tokens leaves no content
            _ if refused || choice.get("message").is_some_and(Value::is_object) => {
                Some(String::new())
            }
            _ => None,
        };
        let Some(content) = content else {
            return Err("the first of the response's `choices` has no text".to_owned());
        };
        let content =
            if content.is_empty() { refusal.unwrap_or_default().to_owned() } else { content };
        let name = |text: &str| hide(text).chars().take(Self::NAME).collect::<String>();
        let tokens = |field: &str| {
            let tokens = value.get("usage").and_then(|usage| usage.get(field));
            tokens.and_then(Value::as_u64).filter(|tokens| *tokens <= MOST_TOKENS)
        };
        let mut positions = Position::all(choice);
        for position in &mut positions {
            position.each_token(&|token| hide(token));
        }
        Ok(Self {
            text: hide(&content).chars().take(Self::LONGEST).collect(),
            refused,
            finish: finish.map(name),
            model: value.get("model").and_then(Value::as_str).map(name),
            prompt_tokens: tokens("prompt_tokens"),
            answer_tokens: tokens("completion_tokens"),
            positions,
            date,
        })
    }

    /// Whether this can have been written by this program.
    ///
    /// # Errors
    /// What cannot be.
    pub fn check(&self) -> Result<(), String> {
        if self.text.chars().count() > Self::LONGEST {
            return Err(format!("an answer of more than {} characters", Self::LONGEST));
        }
        let names = [&self.finish, &self.model].into_iter().flatten();
        if names.into_iter().any(|name| name.chars().count() > Self::NAME) {
            return Err(format!("a name of more than {} characters", Self::NAME));
        }
        if [self.prompt_tokens, self.answer_tokens].into_iter().flatten().any(|t| t > MOST_TOKENS) {
            return Err(format!("more than {MOST_TOKENS} tokens"));
        }
        if humantime::parse_rfc3339(&self.date).is_err() {
            return Err(format!(
                "expected a date such as 2026-01-31T12:00:00Z, found `{}`",
                self.date.escape_debug()
            ));
        }
        self.positions.iter().try_for_each(Position::check)
    }
}

/// A text, or the texts of a list of parts.
fn said(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let text = |part: &Value| part.get("text").and_then(Value::as_str).map(str::to_owned);
            Some(parts.iter().filter_map(text).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Reply, String> {
        let date = "2026-01-31T12:00:00Z".to_owned();
        let reply = Reply::parse(body.as_bytes(), date, &|text| text.replace("sk-secret", "[key]"));
        if let Ok(reply) = &reply {
            assert_eq!(reply.check(), Ok(()));
            let text = serde_json::to_string(reply).unwrap();
            assert_eq!(&serde_json::from_str::<Reply>(&text).unwrap(), reply);
            assert!(!text.contains("sk-secret"));
        }
        reply
    }

    #[test]
    fn answers_of_both_interfaces_are_read() {
        let reply = parse(r#"{"model": "x", "choices": [{"message": {"content": "7"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 12, "completion_tokens": 1}}"#).unwrap();
        assert_eq!((reply.text.as_str(), reply.refused), ("7", false));
        assert_eq!((reply.prompt_tokens, reply.answer_tokens), (Some(12), Some(1)));
        assert_eq!((reply.finish.as_deref(), reply.model.as_deref()), (Some("stop"), Some("x")));
        assert_eq!(parse(r#"{"choices": [{"text": " 7\n"}]}"#).unwrap().text, " 7\n");
        let parts = r#"{"choices": [{"message": {"content": [{"type": "text", "text": "a"}, {"type": "image"}, {"text": "b"}]}}]}"#;
        assert_eq!(parse(parts).unwrap().text, "ab");
    }

    #[test]
    fn refusals_and_reasoning_without_an_answer() {
        let refused =
            parse(r#"{"choices": [{"message": {"content": null, "refusal": "No."}}]}"#).unwrap();
        assert_eq!((refused.text.as_str(), refused.refused), ("No.", true));
        assert!(
            parse(
                r#"{"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]}"#
            )
            .unwrap()
            .refused
        );
        let silent =
            parse(r#"{"choices": [{"message": {"content": null}, "finish_reason": "length"}]}"#)
                .unwrap();
        assert_eq!((silent.text.as_str(), silent.refused), ("", false));
    }

    #[test]
    fn hostile_responses_are_no_answers() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        for (body, why) in [
            ("", "no JSON"),
            ("{\"choices\": [{\"text\": \"3\"", "no JSON"),
            ("{\"choices\": NaN}", "no JSON"),
            (deep.as_str(), "no JSON"),
            ("{}", "no `choices`"),
            ("[]", "no `choices`"),
            ("{\"choices\": []}", "no `choices`"),
            ("{\"choices\": [{}]}", "no text"),
            ("{\"choices\": [{\"text\": 3}]}", "no text"),
            ("{\"choices\": [{\"message\": \"3\"}]}", "no text"),
        ] {
            assert!(parse(body).unwrap_err().contains(why), "{}", &body[..body.len().min(60)]);
        }
        // numbers that cannot be are left out
        let odd = parse(r#"{"choices": [{"text": "3", "logprobs": {"content": [{"token": "3", "logprob": 4.0}]}}], "usage": {"prompt_tokens": -5, "completion_tokens": 1e99}, "model": 3}"#).unwrap();
        assert_eq!(
            (odd.prompt_tokens, odd.answer_tokens, odd.model, odd.positions.len()),
            (None, None, None, 0)
        );
        let long = format!(r#"{{"choices": [{{"text": "{}"}}]}}"#, "é".repeat(100_000));
        assert_eq!(parse(&long).unwrap().text.chars().count(), Reply::LONGEST);
        let echo = parse(r#"{"choices": [{"text": "sk-\u0073ecret", "finish_reason": "sk-secret", "logprobs": {"content": [{"token": "sk-secret", "logprob": -1}]}}], "model": "sk-secret"}"#).unwrap();
        assert_eq!(echo.text, "[key]");
    }
}
