//! Certificates that models without positions cannot count over variable lengths (T4).

use crate::model::Transformer;
use serde::{Deserialize, Serialize};

/// The statement: for every input of length `n` over `m` tokens, each of the models gives the same
/// output on the input and on its repetition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepetitionParams {
    pub n: u64,
    pub m: usize,
    /// how often the input is repeated, at least 2
    pub times: u64,
    /// how many models
    pub models: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repetition {
    /// models without positions
    pub models: Vec<Transformer>,
}
