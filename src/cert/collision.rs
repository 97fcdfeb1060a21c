//! Certificates about collisions (T7, T7'): from which context length on counts cannot be told apart.

use super::Length;
use crate::exact::{IntegerVector, Matrix, ShortVectorProof, parse_canonical};
use crate::model::{Task, Token, Transformer};
use num_bigint::BigInt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The statement: at every context length up to `free_up_to` no two inputs *collide*, and at
/// `collides_at` two do.
///
/// Two inputs collide when they have the same query, agree in every number that attention passes on
/// (see [`Subject`]), and have different answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollisionParams {
    pub task: Task,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
    /// inputs with this query only; all queries when `null`
    pub query: Option<Token>,
    pub free_up_to: Length,
    /// `null` when no collision is stated
    pub collides_at: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collision {
    pub subject: Subject,
    /// that there is no collision: one proof for all queries, or one for each query in question
    pub proofs: Vec<KernelProof>,
    pub pair: Option<Pair>,
}

/// Whose collisions are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// `[m, d]`; uniform attention passes on `sum_j c_j v_j`
    Embedding(Matrix),
    /// a model without positions; passes on the numerator and denominator of every head
    Model(Box<Transformer>),
}

/// Two inputs with one query, by their counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    pub query: Token,
    /// `[m]`
    pub c: Vec<u64>,
    /// `[m]`
    pub c_prime: Vec<u64>,
}

/// A kernel lattice and why it has no short vector; see [`ShortVectorProof`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelProof {
    /// the query this is about; `null` for all queries
    pub query: Option<Token>,
    /// `[k, m]`
    pub basis: Vec<Vec<IntegerText>>,
    /// `[k, m]`
    pub left_inverse: Vec<Vec<IntegerText>>,
    /// `[.., m]`
    pub cuts: Vec<Vec<IntegerText>>,
}

impl KernelProof {
    #[must_use]
    pub fn new(query: Option<Token>, proof: &ShortVectorProof) -> Self {
        let texts = |vectors: &[IntegerVector]| {
            vectors.iter().map(|v| v.iter().cloned().map(IntegerText).collect()).collect()
        };
        let ShortVectorProof { basis, left_inverse, cuts } = proof;
        Self { query, basis: texts(basis), left_inverse: texts(left_inverse), cuts: texts(cuts) }
    }

    #[must_use]
    pub fn proof(&self) -> ShortVectorProof {
        let vectors = |texts: &[Vec<IntegerText>]| {
            texts.iter().map(|v| v.iter().map(|entry| entry.0.clone()).collect()).collect()
        };
        ShortVectorProof {
            basis: vectors(&self.basis),
            left_inverse: vectors(&self.left_inverse),
            cuts: vectors(&self.cuts),
        }
    }
}

/// An integer that (de)serialises as its canonical text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegerText(pub BigInt);

impl Serialize for IntegerText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for IntegerText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let value = parse_canonical(&text).map_err(D::Error::custom)?;
        if value.is_integer() {
            Ok(Self(value.to_integer()))
        } else {
            Err(D::Error::custom(format!("expected an integer, found `{value}`")))
        }
    }
}
