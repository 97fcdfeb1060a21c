//! How a question is worded: a text in the syntax of Jinja.
//!
//! It has `sequence` and `query` (tasks `qc` and `mfe`), or `word` and `letter` (`letters`), and `examples`, a list of objects with the same
//! names and `answer`. A name that a template has wrong is an error, not an empty place.

use super::plan::Task;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A template, with its whole text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// `few-shot`, `instruction`, or the name of a file
    pub name: String,
    pub text: String,
}

/// What is put into a template: an example with its answer, or the question without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    pub named: [(&'static str, String); 2],
    pub answer: u64,
}

/// Steps that one rendering may take; a loop in a template ends here.
const STEPS: u64 = 1_000_000;
/// Bytes of a template.
const LONGEST: usize = 1 << 16;

impl Template {
    /// The names of the templates that the program has.
    pub const NAMES: [&'static str; 2] = ["few-shot", "instruction"];

    /// A template that the program has.
    #[must_use]
    pub fn named(name: &str, task: Task) -> Option<Self> {
        let text = match (name, task) {
            ("few-shot", Task::QueryCount) => include_str!("templates/qc-few-shot.txt"),
            ("instruction", Task::QueryCount) => include_str!("templates/qc-instruction.txt"),
            ("few-shot", Task::MostFrequentElement) => include_str!("templates/mfe-few-shot.txt"),
            ("instruction", Task::MostFrequentElement) => {
                include_str!("templates/mfe-instruction.txt")
            }
            ("few-shot", Task::Letters) => include_str!("templates/letters-few-shot.txt"),
            ("instruction", Task::Letters) => include_str!("templates/letters-instruction.txt"),
            _ => return None,
        };
        Some(Self { name: name.to_owned(), text: text.to_owned() })
    }

    /// SHA-256 of the text.
    #[must_use]
    pub fn sha256(&self) -> String {
        super::digest(self.text.as_bytes())
    }

    /// Whether it shows examples.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn has_examples(&self) -> Result<bool, String> {
        if self.text.len() > LONGEST {
            return Err(format!("expected at most {LONGEST} bytes"));
        }
        let environment = environment();
        let template = environment.template_from_str(&self.text).map_err(|e| words(&e))?;
        Ok(template.undeclared_variables(false).contains("examples"))
    }

    /// The prompt, without a line break at its end.
    ///
    /// # Errors
    /// What is wrong with the template, and where.
    pub fn render(&self, question: &Places, examples: &[Places]) -> Result<String, String> {
        let named = |places: &Places| {
            let pairs = places.named.iter().map(|(name, text)| (*name, Value::from(text.as_str())));
            pairs.collect::<BTreeMap<&str, Value>>()
        };
        let example = |places: &Places| {
            let mut all = named(places);
            all.insert("answer", Value::from(places.answer));
            Value::from(all)
        };
        let mut all = named(question);
        all.insert("examples", examples.iter().map(example).collect::<Vec<Value>>().into());
        let environment = environment();
        let template = environment.template_from_str(&self.text).map_err(|e| words(&e))?;
        template.render(Value::from(all)).map_err(|error| words(&error))
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(STEPS));
    environment
}

fn words(error: &minijinja::Error) -> String {
    let line = error.line().map_or_else(String::new, |line| format!("line {line}: "));
    let detail = error.detail().map_or_else(String::new, |detail| format!(": {detail}"));
    let tip = match error.kind() {
        ErrorKind::UndefinedError => {
            "; a template has `sequence` and `query`, or `word` and `letter`, and `examples`"
        }
        _ => "",
    };
    format!("{line}{}{detail}{tip}", error.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(sequence: &str, query: &str, answer: u64) -> Places {
        Places { named: [("sequence", sequence.to_owned()), ("query", query.to_owned())], answer }
    }

    #[test]
    fn examples_come_before_the_question_and_markup_stays_as_it_is() {
        let template = Template::named("few-shot", Task::QueryCount).unwrap();
        assert_eq!(template.has_examples(), Ok(true));
        let prompt =
            template.render(&places("<b> & a", "a", 9), &[places("a b a", "a", 2)]).unwrap();
        assert_eq!(
            prompt,
            "Sequence: a b a\nHow often does a occur in this sequence? Answer: 2\n\n\
             Sequence: <b> & a\nHow often does a occur in this sequence? Answer:"
        );
        for task in Task::ALL {
            assert_eq!(Template::named("few-shot", task).unwrap().has_examples(), Ok(true));
            assert_eq!(Template::named("instruction", task).unwrap().has_examples(), Ok(false));
        }
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let wrong = |text: &str| {
            let template = Template { name: "mine".to_owned(), text: text.to_owned() };
            template.render(&places("a", "a", 1), &[]).unwrap_err()
        };
        assert!(wrong("x\n{{ sequenc }}").starts_with("line 2: undefined"));
        assert!(wrong("x\n\n{{ sequence").starts_with("line 3: "));
        // the answer of a question is not for its prompt
        assert!(wrong("{{ answer }}").contains("undefined"));
        assert!(
            wrong(
                "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}"
            )
            .contains("fuel")
        );
    }
}
