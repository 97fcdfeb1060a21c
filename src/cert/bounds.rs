//! Certificates of bounds: coherence (T5), messages (T8), pigeonhole (T9).

use super::IntegerText;
use crate::exact::{Matrix, RationalText};
use crate::model::Token;
use serde::{Deserialize, Serialize};

/// T5, the statement: the normalised embedding has coherence `mu`, `mu^2 >= welch_squared`, and the readout
/// `n <v_q, u>` of the mean `u` errs by at least 1/2 on some input of each length from `fails_from_n` on, on none below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WelchParams {
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
    pub mu_squared: RationalText,
    /// `(m - d) / (d (m - 1))`, the bound for all embeddings of these sizes; 0 when `m <= d`
    pub welch_squared: RationalText,
    /// `null`: never, for `mu = 0`
    pub fails_from_n: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Welch {
    /// `[m, d]`, no row zero; the rows are divided by their norms
    pub embedding: Matrix,
    /// two tokens with the largest `|<v_i, v_j>|`; the failing input is many of the first, then the second
    pub pair: Option<[Token; 2]>,
}

/// T8, the statement: a model whose heads pass on messages about the first `k` of `n = 2 k + 1` tokens, the last one
/// fixed, needs at least `classes` different messages to solve MFE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfeBitsParams {
    /// tokens of each party; `n = 2 k + 1`
    pub k: u64,
    /// vocabulary size
    pub m: u64,
    /// `C(k + m - 1, m - 1)`
    pub classes: IntegerText,
    /// the least integer with `2^bits >= classes`
    pub bits: u64,
    /// the same bound from set disjointness
    pub disjointness_bits: u64,
}

/// How set disjointness over `elements` elements becomes MFE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfeBits {
    pub elements: u64,
    /// how often each party writes a token
    pub repeats: u64,
    /// how often each party writes the token `0`, which is the last token as well
    pub padding: u64,
}

/// T9, the statement: integer embeddings with entries at most `bound` have at most `states` sums at length `n`, while
/// there are `vectors` count vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PigeonholeParams {
    pub n: u64,
    pub m: u64,
    pub d: u64,
    pub bound: u64,
    /// `(2 n bound + 1)^d`
    pub states: IntegerText,
    /// `C(n + m - 1, m - 1)`
    pub vectors: IntegerText,
    /// `vectors > states`
    pub collision: bool,
}

/// Nothing is needed beside the numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pigeonhole {}
