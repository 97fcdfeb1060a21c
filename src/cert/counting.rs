//! Certificates that a model counts, or does not, at one size: `params` and three kinds of `data`.

use crate::exact::RationalText;
use crate::model::{Criterion, Task, Token, Transformer};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// The statement: a model of these sizes meets `criterion` on every input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counting {
    pub task: Task,
    pub criterion: Criterion,
    /// context length
    pub n: Length,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
    /// units in the widest hidden layer
    pub mlp_width: usize,
}

/// One context length, or all of them.
///
/// `"any"` is about a family: at context length `n` the output of the model in the certificate is
/// multiplied by `n` (that is, its readout weights and bias are).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Length {
    Exactly(u64),
    Any,
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(n) => n.fmt(f),
            Self::Any => f.write_str("any"),
        }
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Exactly(n) => serializer.serialize_u64(*n),
            Self::Any => serializer.serialize_str("any"),
        }
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Length;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a context length or \"any\"")
            }
            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Length, E> {
                Ok(Length::Exactly(n))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Length, E> {
                match text {
                    "any" => Ok(Length::Any),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Which inputs are evaluated again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inputs {
    /// all pairs of a query and a count vector; needs a model that depends on counts only
    CountVectors,
    /// all `m^n` sequences
    Sequences,
}

/// The model is evaluated on every input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exhaustive {
    pub model: Transformer,
    pub inputs: Inputs,
    /// largest `|y - answer|` over all inputs
    pub max_error: RationalText,
}

/// The MLP sees `1 / (c_q + delta)`, and the error is bounded on the interval of every count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    pub model: Transformer,
    /// largest `|y - answer|` over all intervals
    pub max_error: RationalText,
    pub least_base: LeastBase,
}

/// What is said about the base being the least integer base under which the model meets the criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeastBase {
    NotClaimed,
    /// the base is 2, the least integer above 1
    Two,
    /// with the base one less, the model fails on this sequence
    Below(Vec<Token>),
}

/// The model fails on one input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counterexample {
    pub model: Transformer,
    /// the query is the last token
    pub sequence: Vec<Token>,
    /// the model's exact output on it
    pub output: RationalText,
    /// the true count
    pub answer: u64,
}
