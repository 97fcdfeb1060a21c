//! Certificates about linear readouts of fixed embeddings.

use crate::exact::{Matrix, RationalText};
use serde::{Deserialize, Serialize};

/// The statement: with these embeddings and uniform attention, no readout that is affine in the state
/// counts every query within 1/2 at context length `n` (whatever it does for other queries).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearReadoutParams {
    pub n: u64,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
}

/// Why none does: an affine dependence of the token vectors that weighs heavily on one token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependence {
    /// `[m, d]`
    pub embedding: Matrix,
    /// the token that is counted badly
    pub query: usize,
    /// `[m]`: sums to zero, combines the token vectors to zero, and `(n - 1) z_query >= ||z||_1 / 2 > 0`
    pub z: Vec<RationalText>,
}

/// One readout for each query that does: the count is
/// `1 - f(v_q) + n (weights_q . u + bias_q)` with `u` the mean of the token vectors and
/// `f(v) = weights_q . v + bias_q`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearReadouts {
    /// `[m, d]`
    pub embedding: Matrix,
    /// `[m, d]`, one row for each query
    pub weights: Matrix,
    /// `[m]`
    pub bias: Vec<RationalText>,
}
