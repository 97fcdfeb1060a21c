//! The body of a request, and about how many tokens it has.

use super::plan::{Api, Plan};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What is sent for a prompt; names are in alphabetical order, since digests are taken of the text.
#[must_use]
pub fn body(plan: &Plan, prompt: &str, seed: u64) -> String {
    let sampling = &plan.sampling;
    let mut body = BTreeMap::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("model", json!(plan.model));
    set("max_tokens", json!(sampling.max_tokens));
    match plan.api {
        Api::Chat => {
            let system = plan.system.iter().map(|text| json!({"content": text, "role": "system"}));
            let user = json!({"content": prompt, "role": "user"});
            set("messages", system.chain([user]).collect());
            if sampling.alternatives > 0 {
                set("logprobs", json!(true));
                set("top_logprobs", json!(sampling.alternatives));
            }
        }
        Api::Completions => {
            set("prompt", json!(prompt));
            if sampling.alternatives > 0 {
                set("logprobs", json!(sampling.alternatives));
            }
        }
    }
    if let Some(temperature) = sampling.temperature {
        set("temperature", json!(temperature));
    }
    if sampling.seeded {
        set("seed", json!(seed));
    }
    if !sampling.stop.is_empty() {
        set("stop", json!(sampling.stop));
    }
    for (name, value) in &sampling.body {
        match value {
            Value::Null => body.remove(name),
            value => body.insert(name.clone(), value.clone()),
        };
    }
    json!(body).to_string()
}

/// About how many tokens a text has: one for each character that is no letter or digit and no blank, and one for every four
/// letters or digits in a row. Tokenisers differ; what an endpoint says is better.
#[must_use]
pub fn estimated_tokens(text: &str) -> u64 {
    const LETTERS: u64 = 4;
    let (mut tokens, mut run) = (0, 0u64);
    for character in text.chars() {
        if character.is_alphanumeric() {
            tokens += u64::from(run % LETTERS == 0);
            run += 1;
        } else {
            tokens += u64::from(!character.is_whitespace() || character == '\n');
            run = 0;
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::super::question::tests::plan;
    use super::*;
    use crate::ask::Plan;

    fn sent(plan: &Plan) -> Value {
        serde_json::from_str(&body(plan, "p", 9)).unwrap()
    }

    #[test]
    fn bodies_are_those_of_the_two_interfaces() {
        let mut plan = Plan { system: Some("Count.".to_owned()), ..plan() };
        plan.sampling.alternatives = 5;
        plan.sampling.stop = vec!["\n".to_owned()];
        let expected = json!({
            "model": "m", "max_tokens": 4, "temperature": 0.0, "seed": 9, "stop": ["\n"],
            "messages": [{"role": "system", "content": "Count."}, {"role": "user", "content": "p"}],
            "logprobs": true, "top_logprobs": 5,
        });
        assert_eq!(sent(&plan), expected);
        let mut plan = Plan { system: None, api: Api::Completions, ..plan };
        plan.sampling.temperature = None;
        plan.sampling.seeded = false;
        // a field of another name for the same thing
        plan.sampling.body =
            serde_json::from_str(r#"{"max_tokens": null, "max_completion_tokens": 9}"#).unwrap();
        let expected = json!({
            "model": "m", "prompt": "p", "logprobs": 5, "stop": ["\n"], "max_completion_tokens": 9,
        });
        assert_eq!(sent(&plan), expected);
    }

    #[test]
    fn tokens_are_estimated() {
        for (text, tokens) in
            [("", 0), ("strawberry", 3), ("a b a", 3), ("How many?\n", 4), ("7, 12", 3)]
        {
            assert_eq!(estimated_tokens(text), tokens, "{text:?}");
        }
    }
}
