//! Certificates about the separation of states under uniform attention.

use super::{KernelProof, Pair};
use crate::exact::{Matrix, RationalText};
use serde::{Deserialize, Serialize};

/// The statement: at context length `n` the states `sum_j c_j v_j / n` of two inputs with one query and different
/// answers (query count or most frequent element alike) are at least `distance` apart in the sup norm, and two
/// are not farther.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeparationParams {
    pub n: u64,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
    pub distance: RationalText,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Separation {
    /// `[m, d]`
    pub embedding: Matrix,
    /// no vector of the lattice of `(z, V z)`, `sum z = 0`, is in the ball
    pub proof: KernelProof,
    pub pair: Pair,
}
