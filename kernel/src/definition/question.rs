//! What a softmax transformer is asked: a count, or any function of the sequence that can be written down.
//!
//! An expression is over the length `n`, the vocabulary `m`, the position `i` that is read (counted from 0, without BOS), the
//! token there, the counts of tokens and the tokens at positions. Its value is a rational number; a condition is 1 or 0. Such
//! are the sequence tasks of the literature (Weiss et al., arXiv:2106.06981): reversing is `at(n - 1 - i)`, sorting `sorted(i)`,
//! majority `if(2 * count(1) > n, 1, 0)`. The definition stands in the certificate, so a name proves nothing.

use super::Task;
use crate::number::{Rational, RationalText, compare, divide, same};
use crate::rejection::{Clock, Rejection, need, wrong};
use num::{One, ToPrimitive, Zero};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Question {
    /// how often the token that is read occurs, `c_q`
    QueryCount,
    /// `max_j c_j`
    MostFrequentElement,
    /// the value of an expression
    Expression(Expression),
    /// the answers for all sequences of one length in the order of their tokens, for each position read
    Table(Vec<RationalText>),
}

impl From<Task> for Question {
    fn from(task: Task) -> Self {
        match task {
            Task::QueryCount => Self::QueryCount,
            Task::MostFrequentElement => Self::MostFrequentElement,
        }
    }
}

/// A number made of a sequence and a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Expression {
    /// this number
    Number(RationalText),
    /// `n`
    Length,
    /// `m`
    Vocabulary,
    /// `i`
    Position,
    /// the token at position `i`
    Token,
    /// what the fold around it runs over
    Variable(String),
    /// how often a token occurs
    Count(Box<Expression>),
    /// the token at a position
    At(Box<Expression>),
    /// the token at a position of the sorted sequence
    Sorted(Box<Expression>),
    /// of two numbers
    Binary(Operator, Box<[Expression; 2]>),
    /// the second where the first is not 0, else the third
    If(Box<[Expression; 3]>),
    /// over all tokens, or all positions
    Fold {
        /// what is made of the values
        by: Fold,
        /// the name of what it runs over
        variable: String,
        /// what it runs over
        over: Range,
        /// the values
        of: Box<Expression>,
    },
}

/// What is made of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// the sum
    #[serde(rename = "+")]
    Plus,
    /// the difference
    #[serde(rename = "-")]
    Minus,
    /// the product
    #[serde(rename = "*")]
    Times,
    /// exact
    #[serde(rename = "/")]
    Over,
    /// what is left of the first after the largest multiple of the second
    #[serde(rename = "%")]
    Modulo,
    /// 1 where the first is less, else 0
    #[serde(rename = "<")]
    Less,
    /// 1 where the first is at most the second, else 0
    #[serde(rename = "<=")]
    AtMost,
    /// 1 where they are equal, else 0
    #[serde(rename = "==")]
    Equal,
}

/// What is made of many numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fold {
    /// their sum
    Sum,
    /// the least
    Min,
    /// the largest
    Max,
    /// the first place of the largest
    ArgMax,
}

/// What a fold runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Range {
    /// `0..m`
    Tokens,
    /// `0..n`
    Positions,
}

/// A sequence at a position; without the sequence only what does not need it has a value.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// the tokens in their order
    pub sequence: Option<&'a [usize]>,
    /// `[m]`
    pub counts: &'a [u64],
    /// the token that is read
    pub token: usize,
    /// where
    pub position: usize,
}

/// How often each of `m` tokens occurs.
pub(crate) fn occurrences(m: usize, sequence: &[usize]) -> Vec<u64> {
    let mut counts = vec![0u64; m];
    for &token in sequence {
        if let Some(count) = counts.get_mut(token) {
            *count = count.saturating_add(1);
        }
    }
    counts
}

impl Question {
    /// Whether the answer depends on the counts and the token that is read only.
    #[must_use]
    pub fn ignores_order(&self) -> bool {
        match self {
            Self::QueryCount | Self::MostFrequentElement => true,
            Self::Expression(expression) => expression.ignores_order(),
            Self::Table(_) => false,
        }
    }

    /// Whether it is `max(t in tokens: if(0 < count(t), t, 0))`, the largest token.
    #[must_use]
    pub fn is_largest_token(&self) -> bool {
        let variable = || Expression::Variable("t".to_owned());
        let zero = || Expression::Number(RationalText(Rational::zero()));
        let occurs = Box::new([zero(), Expression::Count(Box::new(variable()))]);
        let occurs = Expression::Binary(Operator::Less, occurs);
        *self
            == Self::Expression(Expression::Fold {
                by: Fold::Max,
                variable: "t".to_owned(),
                over: Range::Tokens,
                of: Box::new(Expression::If(Box::new([occurs, variable(), zero()]))),
            })
    }

    /// The answer at a position of a sequence over `m` tokens, of which `read` positions are read; tokens beyond count nowhere.
    ///
    /// # Errors
    /// As [`Question::answer`], and for a position outside the sequence.
    pub fn answer_at(
        &self,
        m: usize,
        sequence: &[usize],
        position: usize,
        read: usize,
        clock: &Clock<'_>,
    ) -> Result<Rational, Rejection> {
        let outside = || wrong("sequence", format!("a position below {}", sequence.len()), position);
        let token = *sequence.get(position).ok_or_else(outside)?;
        let counts = occurrences(m, sequence);
        self.answer(&Asked { sequence: Some(sequence), counts: &counts, token, position }, read, clock)
    }

    /// The answer; `read` is how many positions of a sequence are read.
    ///
    /// # Errors
    /// [`Rejection::Wrong`] for what has no value, such as a division by zero.
    pub fn answer(&self, asked: &Asked<'_>, read: usize, clock: &Clock<'_>) -> Result<Rational, Rejection> {
        let count = |count: u64| Rational::from_integer(count.into());
        let place = "params.task";
        match self {
            Self::QueryCount => Ok(count(asked.counts.get(asked.token).copied().unwrap_or(0))),
            Self::MostFrequentElement => Ok(count(asked.counts.iter().copied().max().unwrap_or(0))),
            Self::Expression(expression) => expression.value(asked, &mut Vec::new(), clock),
            Self::Table(answers) => {
                let sequence = asked.sequence.ok_or_else(|| wrong(place, "a sequence", "counts"))?;
                let m = asked.counts.len();
                let places = u32::try_from(sequence.len()).ok();
                let all = places.and_then(|n| m.checked_pow(n)?.checked_mul(read));
                need(
                    all == Some(answers.len()),
                    place,
                    format!("{all:?} answers, m^n for each position"),
                    answers.len(),
                )?;
                let index = sequence.iter().try_fold(0usize, |index, &token| index.checked_mul(m)?.checked_add(token));
                let offset = if read == 1 { 0 } else { asked.position };
                let answer = index.and_then(|index| answers.get(index.checked_mul(read)?.checked_add(offset)?));
                answer.map(|answer| answer.0.clone()).ok_or_else(|| wrong(place, "an answer", "none"))
            }
        }
    }
}

impl Expression {
    fn ignores_order(&self) -> bool {
        match self {
            Self::Number(_) | Self::Length | Self::Vocabulary | Self::Token | Self::Variable(_) => true,
            Self::Position | Self::At(_) | Self::Sorted(_) | Self::Fold { over: Range::Positions, .. } => false,
            Self::Count(of) | Self::Fold { of, .. } => of.ignores_order(),
            Self::Binary(_, both) => both.iter().all(Self::ignores_order),
            Self::If(all) => all.iter().all(Self::ignores_order),
        }
    }

    fn value(
        &self,
        asked: &Asked<'_>,
        variables: &mut Vec<(String, Rational)>,
        clock: &Clock<'_>,
    ) -> Result<Rational, Rejection> {
        clock.tick()?;
        let number = |value: usize| Rational::from_integer(value.into());
        let n = || asked.counts.iter().fold(0u64, |sum, &count| sum.saturating_add(count));
        let found = |what: &str, value: &Rational| wrong("params.task", what, value);
        let index = |value: &Rational| value.is_integer().then(|| value.to_integer().to_usize()).flatten();
        let sequence = || asked.sequence.ok_or_else(|| wrong("params.task", "a question of counts only", self));
        Ok(match self {
            Self::Number(value) => value.0.clone(),
            Self::Length => Rational::from_integer(n().into()),
            Self::Vocabulary => number(asked.counts.len()),
            Self::Position => number(asked.position),
            Self::Token => number(asked.token),
            Self::Variable(name) => {
                let bound = variables.iter().rev().find(|(known, _)| known == name);
                bound.map(|(_, value)| value.clone()).ok_or_else(|| wrong("params.task", "a known variable", name))?
            }
            Self::Count(token) => {
                let token = token.value(asked, variables, clock)?;
                let count = index(&token).and_then(|token| asked.counts.get(token));
                Rational::from_integer(count.copied().unwrap_or(0).into())
            }
            Self::At(place) => {
                let place = place.value(asked, variables, clock)?;
                let token = index(&place).and_then(|place| sequence().ok()?.get(place));
                number(*token.ok_or_else(|| found("a position of the sequence", &place))?)
            }
            Self::Sorted(place) => {
                let place = place.value(asked, variables, clock)?;
                let mut left = index(&place).and_then(|place| u64::try_from(place).ok());
                let token = asked.counts.iter().position(|&count| {
                    let below = left.and_then(|left| left.checked_sub(count));
                    let here = left.is_some() && below.is_none();
                    left = below;
                    here
                });
                number(token.ok_or_else(|| found("a position of the sequence", &place))?)
            }
            Self::Binary(operator, both) => {
                let [a, b] = both.as_ref();
                let (a, b) = (a.value(asked, variables, clock)?, b.value(asked, variables, clock)?);
                let truth = |holds: bool| if holds { Rational::one() } else { Rational::zero() };
                let quotient = || divide(&a, &b).ok_or_else(|| found("a divisor other than 0", &b));
                match operator {
                    Operator::Plus => a + b,
                    Operator::Minus => a - b,
                    Operator::Times => a * b,
                    Operator::Over => quotient()?,
                    Operator::Modulo => &a - &b * quotient()?.floor(),
                    Operator::Less => truth(compare(&a, &b).is_lt()),
                    Operator::AtMost => truth(compare(&a, &b).is_le()),
                    Operator::Equal => truth(same(&a, &b)),
                }
            }
            Self::If(all) => {
                let [condition, yes, no] = all.as_ref();
                let holds = !condition.value(asked, variables, clock)?.is_zero();
                (if holds { yes } else { no }).value(asked, variables, clock)?
            }
            Self::Fold { by, variable, over, of } => {
                let end = match over {
                    Range::Tokens => asked.counts.len(),
                    Range::Positions => sequence()?.len(),
                };
                let mut folded: Option<(Rational, usize)> = None;
                for place in 0..end {
                    variables.push((variable.clone(), number(place)));
                    let value = of.value(asked, variables, clock)?;
                    variables.pop();
                    folded = Some(match (folded, by) {
                        (None, _) => (value, place),
                        (Some((sum, at)), Fold::Sum) => (sum + value, at),
                        (Some((least, at)), Fold::Min) => (crate::number::smaller(least, value), at),
                        (Some((most, _)), Fold::Max | Fold::ArgMax) if compare(&value, &most).is_gt() => (value, place),
                        (Some(same), Fold::Max | Fold::ArgMax) => same,
                    });
                }
                let (value, place) = folded.ok_or_else(|| wrong("params.task", "something to fold", "nothing"))?;
                if *by == Fold::ArgMax { number(place) } else { value }
            }
        })
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueryCount => Task::QueryCount.fmt(f),
            Self::MostFrequentElement => Task::MostFrequentElement.fmt(f),
            Self::Expression(expression) => write!(f, "`{expression}`"),
            Self::Table(answers) => write!(f, "a table of {} answers", answers.len()),
        }
    }
}

/// As users write it.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) => value.fmt(f),
            Self::Length => f.write_str("n"),
            Self::Vocabulary => f.write_str("m"),
            Self::Position => f.write_str("i"),
            Self::Token => f.write_str("token"),
            Self::Variable(name) => f.write_str(name),
            Self::Count(of) => write!(f, "count({of})"),
            Self::At(of) => write!(f, "at({of})"),
            Self::Sorted(of) => write!(f, "sorted({of})"),
            Self::Binary(operator, both) => {
                let [a, b] = both.as_ref();
                write!(f, "({a} {operator} {b})")
            }
            Self::If(all) => {
                let [condition, yes, no] = all.as_ref();
                write!(f, "if({condition}, {yes}, {no})")
            }
            Self::Fold { by, variable, over, of } => write!(f, "{by}({variable} in {over}: {of})"),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Over => "/",
            Self::Modulo => "%",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "==",
        })
    }
}

impl fmt::Display for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::ArgMax => "argmax",
        })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tokens => "tokens",
            Self::Positions => "positions",
        })
    }
}
