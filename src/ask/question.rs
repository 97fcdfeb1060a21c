//! Questions, drawn from the plan's seed.
//!
//! Each question has a generator of its own, seeded by the plan's seed, its cell and its number: what is drawn for one does not depend
//! on which others there are, nor on the order in which they are asked.

use super::plan::{Cell, Plan, PlanError, Query, Task};
use super::request::body;
use super::template::Places;
use rand::Rng;
use rand::SeedableRng;
use rand::seq::{IndexedRandom, index};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Which question of a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Id {
    pub cell: Cell,
    /// from 0
    pub repeat: u64,
}

/// A question as it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub id: Id,
    pub prompt: String,
    /// the right count
    pub answer: u64,
    /// of the request, as text
    pub body: String,
    /// of the body
    pub sha256: String,
}

/// A sequence over distinct items, by their places in the list.
struct Drawn {
    sequence: Vec<usize>,
    query: usize,
    answer: u64,
}

impl Plan {
    /// Every question, in the order in which they are asked: the prompts of a cell begin alike, which endpoints remember.
    pub fn ids(&self) -> impl Iterator<Item = Id> {
        let repeats = self.repeats;
        self.cells()
            .into_iter()
            .flat_map(move |cell| (0..repeats).map(move |repeat| Id { cell: cell.clone(), repeat }))
    }

    /// Whether there is this question.
    #[must_use]
    pub fn has(&self, id: &Id) -> bool {
        id.repeat < self.repeats
            && match &id.cell {
                Cell::Sequence { m, baseline } => {
                    self.m.contains(m) && (!baseline || self.baseline)
                }
                Cell::Word(word) => self.words.contains(word),
            }
    }

    /// Draws and words a question.
    ///
    /// # Errors
    /// [`PlanError`] when the template cannot be filled, or leaves out what is asked about.
    pub fn question(&self, id: &Id) -> Result<Question, PlanError> {
        let wrong = |reason: String| PlanError {
            option: "template",
            reason: format!("{}: {reason}", self.template.name),
        };
        let asked =
            self.places(&id.cell, &mut self.generator(&id.cell, "question", &[id.repeat]), false);
        let example = |k: u64| {
            let index = if self.fresh_examples { vec![k, id.repeat] } else { vec![k] };
            self.places(&id.cell, &mut self.generator(&id.cell, "example", &index), true)
        };
        let examples: Vec<Places> = (0..self.examples).map(example).collect();
        let prompt = self.template.render(&asked, &examples).map_err(&wrong)?;
        let [(name, shown), _] = &asked.named;
        if !prompt.contains(shown.as_str()) {
            return Err(wrong(format!("the prompt does not show `{name}`")));
        }
        // endpoints take seeds of 31 bits everywhere
        let seed = self.generator(&id.cell, "seed", &[id.repeat]).random_range(0..1u64 << 31);
        let body = body(self, &prompt, seed);
        let sha256 = super::digest(body.as_bytes());
        Ok(Question { id: id.clone(), prompt, answer: asked.answer, body, sha256 })
    }

    fn generator(&self, cell: &Cell, purpose: &str, index: &[u64]) -> ChaCha8Rng {
        let named = serde_json::json!(["counterproof-ask", self.seed, cell, purpose, index]);
        ChaCha8Rng::from_seed(Sha256::digest(named.to_string().as_bytes()).into())
    }

    fn places(&self, cell: &Cell, rng: &mut ChaCha8Rng, example: bool) -> Places {
        match cell {
            Cell::Sequence { m, baseline } => {
                let drawn = self.draw(*m, *baseline, rng);
                let item = |at: &usize| self.items.list.get(*at).map_or("", String::as_str);
                let sequence: Vec<&str> = drawn.sequence.iter().map(item).collect();
                let sequence = sequence.join(&self.separator);
                let query = item(&drawn.query).to_owned();
                Places { named: [("sequence", sequence), ("query", query)], answer: drawn.answer }
            }
            Cell::Word(word) => {
                let letter = self.letter.unwrap_or_default();
                let (word, letter) = match example {
                    false => (word.clone(), letter),
                    true => self.other_word(rng),
                };
                let same = |c: &char| c.to_lowercase().eq(letter.to_lowercase());
                let answer = word.chars().filter(same).count() as u64;
                Places { named: [("word", word), ("letter", letter.to_string())], answer }
            }
        }
    }

    /// A word that is not asked about, and one of its letters.
    fn other_word(&self, rng: &mut ChaCha8Rng) -> (String, char) {
        let others: Vec<&String> =
            self.items.list.iter().filter(|item| !self.words.contains(item)).collect();
        let word = others.choose(rng).map_or_else(String::new, |word| (*word).clone());
        let letters: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).collect();
        let letter = letters.choose(rng).copied().unwrap_or('a');
        (word, letter)
    }

    /// A sequence of `n = c m` items: each any of `m` alike, or of two of which the query has probability `1/m`.
    fn draw(&self, m: u64, baseline: bool, rng: &mut ChaCha8Rng) -> Drawn {
        let (n, kinds) = (self.n(m) as usize, if baseline { 2 } else { m as usize });
        let items = index::sample(rng, self.items.list.len(), kinds.min(self.items.list.len()));
        let items = items.into_vec();
        let one_in_m = u32::try_from(m).unwrap_or(u32::MAX);
        let mut sequence: Vec<usize> = (0..n)
            .map(|_| match baseline {
                true => items[usize::from(!rng.random_ratio(1, one_in_m))],
                false => items[rng.random_range(0..items.len())],
            })
            .collect();
        let query = match (self.query, baseline, sequence.last_mut()) {
            (Query::Last, true, Some(last)) => {
                *last = items[0];
                items[0]
            }
            (Query::Last, false, Some(last)) => *last,
            (_, true, _) => items[0],
            (_, false, _) => items[rng.random_range(0..items.len())],
        };
        let count = |item: usize| sequence.iter().filter(|other| **other == item).count() as u64;
        let answer = match self.task {
            Task::MostFrequentElement => items.iter().map(|item| count(*item)).max().unwrap_or(0),
            Task::QueryCount | Task::Letters => count(query),
        };
        Drawn { sequence, query, answer }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::items::Items;
    use super::super::plan::{Api, Sampling};
    use super::super::template::Template;
    use super::*;
    use std::collections::BTreeSet;

    pub(in crate::ask) fn plan() -> Plan {
        Plan {
            endpoint: "localhost".to_owned(),
            api: Api::Chat,
            model: "m".to_owned(),
            task: Task::QueryCount,
            m: vec![2, 5],
            c: 3,
            repeats: 200,
            baseline: true,
            query: Query::Uniform,
            words: Vec::new(),
            letter: None,
            items: Items::named("words").unwrap(),
            separator: " ".to_owned(),
            template: Template::named("few-shot", Task::QueryCount).unwrap(),
            system: None,
            examples: 2,
            fresh_examples: false,
            seed: 7,
            sampling: Sampling {
                temperature: Some(0.0),
                max_tokens: 4,
                stop: Vec::new(),
                seeded: true,
                alternatives: 0,
                body: serde_json::Map::new(),
            },
        }
    }

    /// The sequence that is asked about, the query, and the prompt before them, read off the prompt.
    fn read(prompt: &str) -> (Vec<&str>, &str, &str) {
        let (before, asked) = prompt.rsplit_once("Sequence: ").unwrap();
        let (sequence, rest) = asked.split_once('\n').unwrap();
        let query = rest.strip_prefix("How often does ").unwrap().split(' ').next().unwrap();
        (sequence.split(' ').collect(), query, before)
    }

    #[test]
    fn what_a_prompt_asks_has_the_answer_and_the_distribution_that_are_stated() {
        for query in [Query::Uniform, Query::Last] {
            let plan = Plan { query, ..plan() };
            plan.check().unwrap();
            for cell in plan.cells() {
                let Cell::Sequence { m, baseline } = cell else { unreachable!() };
                let (mut sum, mut prompts) = (0, BTreeSet::new());
                for repeat in 0..plan.repeats {
                    let question = plan.question(&Id { cell: cell.clone(), repeat }).unwrap();
                    let (sequence, asked, before) = read(&question.prompt);
                    assert_eq!(sequence.len() as u64, 3 * m);
                    let distinct: BTreeSet<&str> = sequence.iter().copied().collect();
                    assert!(distinct.len() as u64 <= if baseline { 2 } else { m });
                    let count = sequence.iter().filter(|item| **item == asked).count() as u64;
                    assert_eq!(count, question.answer, "{}", question.prompt);
                    if query == Query::Last {
                        assert_eq!(sequence.last(), Some(&asked));
                    }
                    // two examples, the same in every prompt of the cell
                    assert_eq!(before.matches("Answer: ").count(), 2);
                    prompts.insert(before.to_owned());
                    sum += count;
                }
                assert_eq!(prompts.len(), 1);
                // mean 3, or 1 + (3 m - 1)/m; four standard deviations of a mean of 200
                let m = m as f64;
                let mean = if query == Query::Last { 1.0 + (3.0 * m - 1.0) / m } else { 3.0 };
                let off = (sum as f64 / 200.0 - mean).abs();
                assert!(off < 4.0 * (3.0 * (1.0 - 1.0 / m) / 200.0).sqrt(), "{cell:?}: {off}");
            }
        }
    }

    #[test]
    fn a_question_depends_on_its_own_draw_only() {
        let (plan, id) = (plan(), Id { cell: Cell::Sequence { m: 5, baseline: true }, repeat: 17 });
        let question = plan.question(&id).unwrap();
        let alone = Plan { m: vec![5], repeats: 18, ..plan.clone() };
        assert_eq!(alone.question(&id).unwrap(), question);
        let other = Plan { seed: 8, ..plan.clone() };
        assert_ne!(other.question(&id).unwrap().prompt, question.prompt);
        // the digest covers how the model is run
        let warm = Plan {
            sampling: Sampling { temperature: Some(1.0), ..plan.sampling.clone() },
            ..plan.clone()
        };
        assert_eq!(warm.question(&id).unwrap().prompt, question.prompt);
        assert_ne!(warm.question(&id).unwrap().sha256, question.sha256);
        let fresh = Plan { fresh_examples: true, ..plan.clone() };
        let prompts = [0, 1].map(|repeat| fresh.question(&Id { repeat, ..id.clone() }).unwrap());
        assert_ne!(read(&prompts[0].prompt).2, read(&prompts[1].prompt).2);
        let ids: Vec<Id> = plan.ids().collect();
        assert_eq!(ids.len() as u64, plan.questions());
        assert!(ids.iter().all(|id| plan.has(id)) && ids.contains(&id));
        assert!(!plan.has(&Id { repeat: 200, ..id.clone() }));
        assert!(!Plan { baseline: false, ..plan }.has(&id));
    }

    #[test]
    fn letters_are_counted_in_either_case() {
        let plan = Plan {
            task: Task::Letters,
            m: Vec::new(),
            baseline: false,
            words: vec!["StRawberry".to_owned()],
            letter: Some('r'),
            template: Template::named("few-shot", Task::Letters).unwrap(),
            ..plan()
        };
        plan.check().unwrap();
        let id = |repeat| Id { cell: Cell::Word("StRawberry".to_owned()), repeat };
        let [first, second] = [0, 1].map(|repeat| plan.question(&id(repeat)).unwrap());
        assert_eq!(first.answer, 3);
        assert!(first.prompt.ends_with("the letter r occur in the word StRawberry? Answer:"));
        assert_eq!(first.prompt.matches("Answer: ").count(), 2);
        // one question, asked again with another seed
        assert_eq!(first.prompt, second.prompt);
        assert_ne!(first.body, second.body);
    }

    #[test]
    fn the_most_frequent_item_is_counted() {
        let plan = Plan {
            task: Task::MostFrequentElement,
            baseline: false,
            template: Template::named("few-shot", Task::MostFrequentElement).unwrap(),
            ..plan()
        };
        plan.check().unwrap();
        for id in plan.ids().take(300) {
            let question = plan.question(&id).unwrap();
            let asked = question.prompt.rsplit_once("Sequence: ").unwrap().1;
            let sequence: Vec<&str> = asked.lines().next().unwrap().split(' ').collect();
            let count = |item| sequence.iter().filter(|other| **other == item).count() as u64;
            assert_eq!(sequence.iter().copied().map(count).max(), Some(question.answer));
        }
    }
}
