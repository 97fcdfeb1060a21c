//! What a model is asked: a task with a name, a table of answers, or an expression.
//!
//! ```text
//! expression  = sum [("<" | "<=" | "==" | "!=" | ">=" | ">") sum]
//! sum         = product {("+" | "-") product}
//! product     = factor {("*" | "/" | "%") factor}
//! factor      = "-" factor | number | name | function | "(" expression ")"
//! function    = ("count" | "at" | "sorted") "(" expression ")"
//!             | ("min" | "max" | "and" | "or") "(" expression "," expression ")" | "not" "(" expression ")"
//!             | "if" "(" expression "," expression "," expression ")"
//!             | ("sum" | "min" | "max" | "argmax") "(" name "in" ("tokens" | "positions") ":" expression ")"
//! ```
//!
//! Names are `n`, `m`, `i` (the position that is read, from 0), `token` (the one there), and those that a fold introduces.
//! Division is exact, a condition is 1 or 0, and `argmax` is the first place of the largest value.

use crate::files::model::read_json;
use crate::kernel::definition::{Expression, Fold, Operator, Question, Range, Task};
use crate::kernel::number::{RationalText, integer};
use std::collections::BTreeMap;
use std::fmt;

/// A question with the name that records show.
///
/// ```
/// use counterproof::files::task::NamedTask;
///
/// assert_eq!(NamedTask::named("sort").unwrap().question.to_string(), "`sorted(i)`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTask {
    pub name: String,
    pub question: Question,
}

/// Tasks that have a name; `histogram` is query count, of a model that is read at every position.
pub const NAMES: [(&str, &str, &str); 8] = [
    ("qc", "count(token)", "how often the token that is read occurs"),
    ("mfe", "max(t in tokens: count(t))", "how often the most frequent token occurs"),
    ("histogram", "count(token)", "qc, of a model that is read at every position"),
    ("max", "max(t in tokens: if(count(t) > 0, t, 0))", "the largest token"),
    ("majority", "if(2 * count(1) > n, 1, 0)", "1 when more than half of the tokens are 1, else 0"),
    (
        "most-frequent-token",
        "argmax(t in tokens: count(t))",
        "the most frequent token, the smallest of several",
    ),
    ("reverse", "at(n - 1 - i)", "the token at the same distance from the other end"),
    ("sort", "sorted(i)", "the token at this position of the sorted sequence"),
];

/// Why a text is no task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    #[error("at character {at}: expected {expected}, found {found}")]
    Expression { at: usize, expected: String, found: String },
    #[error("table: {0}")]
    Table(String),
}

impl From<Task> for NamedTask {
    fn from(task: Task) -> Self {
        let name = match task {
            Task::QueryCount => "qc",
            Task::MostFrequentElement => "mfe",
        };
        Self { name: name.to_owned(), question: task.into() }
    }
}

impl fmt::Display for NamedTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl NamedTask {
    /// The task of this name.
    ///
    /// ```
    /// use counterproof::files::task::NamedTask;
    ///
    /// assert_eq!(NamedTask::named("reverse").unwrap().question.to_string(), "`at(((n - 1) - i))`");
    /// assert!(NamedTask::named("count").is_none());
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (_, text, _) = NAMES.iter().find(|(known, ..)| *known == name)?;
        let question = match name {
            "qc" | "histogram" => Question::QueryCount,
            "mfe" => Question::MostFrequentElement,
            _ => Question::Expression(expression(text).ok()?),
        };
        Some(Self { name: name.to_owned(), question })
    }

    /// The counting task of the exact claims, if it is one.
    #[must_use]
    pub fn counting(&self) -> Option<Task> {
        match self.question {
            Question::QueryCount => Some(Task::QueryCount),
            Question::MostFrequentElement => Some(Task::MostFrequentElement),
            Question::Expression(_) | Question::Table(_) => None,
        }
    }

    /// The content of a file: an expression, or a table, which is a JSON object from sequences to answers.
    ///
    /// A sequence is written as its tokens with blanks between; an answer is a number or a text like `"1/2"`, or a list of
    /// them, one a position that is read. All sequences over the tokens below the largest one have to be there.
    ///
    /// # Errors
    /// [`TaskError`] with the place and what was expected there.
    ///
    /// ```
    /// use counterproof::files::task::NamedTask;
    ///
    /// let parity = NamedTask::parse("parity", "count(1) % 2")?;
    /// assert_eq!(parity.question.to_string(), "`(count(1) % 2)`");
    /// let both = r#"{"0 0": 0, "0 1": 0, "1 0": 0, "1 1": 1}"#;
    /// assert_eq!(NamedTask::parse("and", both)?.question.to_string(), "a table of 4 answers");
    /// assert!(NamedTask::parse("wrong", "count(1").unwrap_err().to_string().contains("expected `)`"));
    /// # Ok::<(), counterproof::files::task::TaskError>(())
    /// ```
    pub fn parse(name: &str, text: &str) -> Result<Self, TaskError> {
        let question = if text.trim_start().starts_with('{') {
            table(text)?
        } else {
            Question::Expression(expression(text)?)
        };
        Ok(Self { name: name.to_owned(), question })
    }
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Answer {
    Number(i64),
    Text(RationalText),
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Answers {
    One(Answer),
    Each(Vec<Answer>),
}

fn table(text: &str) -> Result<Question, TaskError> {
    let wrong = |what: String| TaskError::Table(what);
    let entries: BTreeMap<String, Answers> =
        read_json(text).map_err(|error| wrong(error.to_string()))?;
    let mut rows: Vec<(Vec<usize>, Vec<RationalText>)> = Vec::with_capacity(entries.len());
    for (sequence, answers) in entries {
        let tokens: Result<Vec<usize>, _> = sequence.split_whitespace().map(str::parse).collect();
        let tokens = tokens.map_err(|_| {
            wrong(format!("expected tokens with blanks between, found `{sequence}`"))
        })?;
        let answers = match answers {
            Answers::One(answer) => vec![answer],
            Answers::Each(answers) => answers,
        };
        let number = |answer| match answer {
            Answer::Number(value) => integer(value).into(),
            Answer::Text(value) => value,
        };
        rows.push((tokens, answers.into_iter().map(number).collect()));
    }
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let (n, each) = rows.first().map_or((0, 0), |(tokens, answers)| (tokens.len(), answers.len()));
    let m = rows.iter().flat_map(|(tokens, _)| tokens).max().map_or(0, |most| most + 1);
    let all = u32::try_from(n).ok().and_then(|n| m.checked_pow(n));
    let distinct = rows.windows(2).all(|pair| pair[0].0 != pair[1].0);
    if n == 0
        || all != Some(rows.len())
        || !distinct
        || rows.iter().any(|(tokens, _)| tokens.len() != n)
    {
        return Err(wrong(format!(
            "expected each of the m^n sequences of one length, found {} of {m}^{n}",
            rows.len()
        )));
    }
    if let Some((_, answers)) =
        rows.iter().find(|(_, answers)| answers.len() != each || ![1, n].contains(&each))
    {
        return Err(wrong(format!(
            "expected one answer, or one a position, everywhere, found {}",
            answers.len()
        )));
    }
    Ok(Question::Table(rows.into_iter().flat_map(|(_, answers)| answers).collect()))
}

/// Reads an expression.
///
/// # Errors
/// [`TaskError::Expression`].
pub fn expression(text: &str) -> Result<Expression, TaskError> {
    let mut reader = Reader { text, at: 0, bound: Vec::new(), depth: 0 };
    let read = reader.comparison()?;
    reader.skip();
    if reader.at < text.len() { Err(reader.expected("the end or an operator")) } else { Ok(read) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    bound: Vec<String>,
    depth: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn expected(&self, what: &str) -> TaskError {
        let found = self.rest().split_whitespace().next();
        let found = found.map_or("the end".to_owned(), |word| {
            format!("`{}`", word.chars().take(20).collect::<String>())
        });
        TaskError::Expression {
            at: self.text[..self.at].chars().count() + 1,
            expected: what.to_owned(),
            found,
        }
    }

    fn take(&mut self, symbol: &str) -> bool {
        self.skip();
        let there = self.rest().starts_with(symbol);
        self.at += if there { symbol.len() } else { 0 };
        there
    }

    fn need(&mut self, symbol: &str) -> Result<(), TaskError> {
        if self.take(symbol) { Ok(()) } else { Err(self.expected(&format!("`{symbol}`"))) }
    }

    fn word(&mut self) -> Option<String> {
        self.skip();
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let word: String = self.rest().chars().take_while(|&c| letters(c)).collect();
        let starts = word.starts_with(|c: char| c.is_ascii_alphabetic());
        self.at += if starts { word.len() } else { 0 };
        starts.then_some(word)
    }

    fn comparison(&mut self) -> Result<Expression, TaskError> {
        const DEEPEST: usize = 60;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.expected("fewer brackets within brackets"));
        }
        let left = self.sum()?;
        let compared = if self.take("<=") {
            binary(Operator::AtMost, left, self.sum()?)
        } else if self.take(">=") {
            let right = self.sum()?;
            binary(Operator::AtMost, right, left)
        } else if self.take("==") {
            binary(Operator::Equal, left, self.sum()?)
        } else if self.take("!=") {
            not(binary(Operator::Equal, left, self.sum()?))
        } else if self.take("<") {
            binary(Operator::Less, left, self.sum()?)
        } else if self.take(">") {
            let right = self.sum()?;
            binary(Operator::Less, right, left)
        } else {
            left
        };
        self.depth -= 1;
        Ok(compared)
    }

    fn sum(&mut self) -> Result<Expression, TaskError> {
        let mut sum = self.product()?;
        loop {
            sum = if self.take("+") {
                binary(Operator::Plus, sum, self.product()?)
            } else if self.take("-") {
                binary(Operator::Minus, sum, self.product()?)
            } else {
                return Ok(sum);
            };
        }
    }

    fn product(&mut self) -> Result<Expression, TaskError> {
        let mut product = self.factor()?;
        loop {
            product = if self.take("*") {
                binary(Operator::Times, product, self.factor()?)
            } else if self.take("/") {
                binary(Operator::Over, product, self.factor()?)
            } else if self.take("%") {
                binary(Operator::Modulo, product, self.factor()?)
            } else {
                return Ok(product);
            };
        }
    }

    fn factor(&mut self) -> Result<Expression, TaskError> {
        if self.take("-") {
            self.depth += 1;
            let factor = self.factor()?;
            self.depth -= 1;
            return Ok(binary(Operator::Minus, number(0), factor));
        }
        if self.take("(") {
            let inside = self.comparison()?;
            self.need(")")?;
            return Ok(inside);
        }
        let digits: String = self.rest().chars().take_while(char::is_ascii_digit).collect();
        if !digits.is_empty() {
            let value = digits.parse::<u64>().map_err(|_| self.expected("a number below 2^64"))?;
            self.at += digits.len();
            return Ok(Expression::Number(integer(value).into()));
        }
        let start = self.at;
        let Some(word) = self.word() else { return Err(self.expected("a number, a name or `(`")) };
        if !self.take("(") {
            return match word.as_str() {
                "n" => Ok(Expression::Length),
                "m" => Ok(Expression::Vocabulary),
                "i" => Ok(Expression::Position),
                "token" => Ok(Expression::Token),
                _ if self.bound.contains(&word) => Ok(Expression::Variable(word)),
                _ => {
                    self.at = start;
                    Err(self.expected("n, m, i, token, or a name that a fold around it introduces"))
                }
            };
        }
        let fold = match word.as_str() {
            "sum" => Some(Fold::Sum),
            "min" => Some(Fold::Min),
            "max" => Some(Fold::Max),
            "argmax" => Some(Fold::ArgMax),
            _ => None,
        };
        let inside = self.at;
        if let Some(by) = fold {
            let variable = self.word();
            if let Some(variable) = variable.filter(|_| self.word().as_deref() == Some("in")) {
                return self.fold(by, variable);
            }
            self.at = inside;
        }
        let mut arguments = vec![self.comparison()?];
        while self.take(",") {
            arguments.push(self.comparison()?);
        }
        self.need(")")?;
        let many = arguments.len();
        let mut arguments = arguments.into_iter();
        let mut next = || Box::new(arguments.next().unwrap_or_else(|| number(0)));
        Ok(match (word.as_str(), many) {
            ("count", 1) => Expression::Count(next()),
            ("at", 1) => Expression::At(next()),
            ("sorted", 1) => Expression::Sorted(next()),
            ("not", 1) => not(*next()),
            ("if", 3) => Expression::If(Box::new([*next(), *next(), *next()])),
            ("and", 2) => {
                let (a, b) = (*next(), *next());
                choose(a, choose(b, number(1), number(0)), number(0))
            }
            ("or", 2) => {
                let (a, b) = (*next(), *next());
                choose(a, number(1), choose(b, number(1), number(0)))
            }
            ("min" | "max", 2) => {
                let (a, b) = (*next(), *next());
                let less = binary(Operator::Less, a.clone(), b.clone());
                if word == "min" { choose(less, a, b) } else { choose(less, b, a) }
            }
            _ => {
                self.at = start;
                return Err(self.expected(
                    "count(..), at(..), sorted(..), if(.., .., ..), min, max, and, or of two, not(..), \
                     or sum, min, max, argmax(name in tokens: ..)",
                ));
            }
        })
    }

    fn fold(&mut self, by: Fold, variable: String) -> Result<Expression, TaskError> {
        let over = match self.word().as_deref() {
            Some("tokens") => Range::Tokens,
            Some("positions") => Range::Positions,
            _ => return Err(self.expected("tokens or positions")),
        };
        self.need(":")?;
        self.bound.push(variable.clone());
        let of = Box::new(self.comparison()?);
        self.bound.pop();
        self.need(")")?;
        Ok(Expression::Fold { by, variable, over, of })
    }
}

fn number(value: u64) -> Expression {
    Expression::Number(integer(value).into())
}

fn binary(operator: Operator, a: Expression, b: Expression) -> Expression {
    Expression::Binary(operator, Box::new([a, b]))
}

fn choose(condition: Expression, yes: Expression, no: Expression) -> Expression {
    Expression::If(Box::new([condition, yes, no]))
}

fn not(condition: Expression) -> Expression {
    choose(condition, number(0), number(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Clock;
    use crate::kernel::definition::Asked;

    fn value(text: &str, sequence: &[usize], position: usize) -> String {
        let mut counts = vec![0; 4];
        sequence.iter().for_each(|&token| counts[token] += 1);
        let asked = Asked {
            sequence: Some(sequence),
            counts: &counts,
            token: sequence[position],
            position,
        };
        let question = Question::Expression(expression(text).unwrap());
        question
            .answer(&asked, 1, &Clock::unlimited())
            .map_or_else(|error| error.to_string(), |value| value.to_string())
    }

    #[test]
    fn expressions_have_their_usual_values() {
        let sequence = [2, 0, 3, 0, 2, 2];
        for (text, expected) in [
            ("1 + 2 * 3 - 4 / 8", "13/2"),
            ("-(2 - 5) % 2", "1"),
            ("count(token)", "2"),
            ("count(t)", ""),
            ("max(t in tokens: count(t))", "3"),
            ("argmax(t in tokens: count(t))", "2"),
            ("at(n - 1 - i)", "3"),
            ("sorted(i) + 10 * sorted(5)", "32"),
            ("sum(p in positions: if(and(p <= i, at(p) == 0), 1, 0)) / (i + 1)", "1/2"),
            ("min(2, 1) + max(5, 7) + not(0) + or(0, 1) + (1 != 1) + (2 >= 2)", "11"),
            ("m", "4"),
            ("1 / 0", "params.task: expected a divisor other than 0, found 0"),
            ("at(9)", "params.task: expected a position of the sequence, found 9"),
        ] {
            if expected.is_empty() {
                assert!(expression(text).is_err(), "{text}");
            } else {
                assert_eq!(value(text, &sequence, 3), expected, "{text}");
                let read = expression(text).unwrap();
                assert_eq!(expression(&read.to_string()).unwrap(), read, "{read}");
            }
        }
        for (name, text, _) in NAMES {
            let named = NamedTask::named(name).unwrap().question;
            let written = Question::Expression(expression(text).unwrap());
            let counts = [2, 0, 3, 1];
            let asked = Asked { sequence: Some(&sequence), counts: &counts, token: 0, position: 3 };
            let answer = |question: &Question| question.answer(&asked, 1, &Clock::unlimited());
            assert_eq!(answer(&named), answer(&written), "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, message) in [
            ("", "at character 1: expected a number, a name or `(`, found the end"),
            ("count(token", "expected `)`, found the end"),
            ("count(x)", "at character 7: expected n, m, i, token, or a name"),
            ("sum(t in words: 1)", "expected tokens or positions"),
            ("size(1)", "at character 1: expected count(..)"),
            ("1 2", "expected the end or an operator, found `2`"),
            ("99999999999999999999", "a number below 2^64"),
            (&"(".repeat(100), "fewer brackets"),
        ] {
            let error = expression(text).unwrap_err().to_string();
            assert!(error.contains(message), "{error:?} does not say {message:?}");
        }
        for (text, message) in [
            (r#"{"0 0": 1}"#, "found 1 of 1^2"),
            (r#"{"0": 1, "1": [1, 2]}"#, "one answer, or one a position"),
            (r#"{"0": 1, "x": 1}"#, "tokens with blanks"),
            (r#"{"0": 0.5}"#, "table: "),
        ] {
            let result = NamedTask::parse("t", text);
            if text.starts_with(r#"{"0 0""#) {
                // over one token there is one sequence
                assert!(result.is_ok());
                continue;
            }
            let error = result.unwrap_err().to_string();
            assert!(error.contains(message), "{error:?} does not say {message:?}");
        }
    }
}
