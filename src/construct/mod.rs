//! The constructions that count, as exact rational transformers.
//!
//! | module | statement | counts | needs |
//! |---|---|---|---|
//! | [`histogram`] | T1, T1', T2 | the query, or the most frequent token | `d >= m`, or `d = m - 1` |
//! | [`attend`] | T3 | the query | `d = ceil(log2 m) + 1` |
//! | [`compiled`] | | the query, up to a length | a compiler's `mlp_exactness` |
//! | [`behrens`] | | the token of every position | `d >= m - 1`, or 3; at one length |
//! | [`embedding`] | | the token vectors of both | |
//! | [`inverter`] | T6 | | the MLP of T3 |
//! | [`packing`] | T12 | | unit vectors with small products |
//! | [`random`] | T4 | nothing: random exact models | |
//! | [`rounded`] | T14 | a softmax model with weights of a machine | |
//!
//! T1-T3 follow Yehudai et al., arXiv:2407.15160v3; T1' and every constant are ours; [`behrens`] says what is whose there.

pub mod ablation;
pub mod attend;
pub mod behrens;
pub mod compiled;
pub mod embedding;
pub mod histogram;
pub mod inverter;
pub mod packing;
pub mod random;
pub mod rounded;

use crate::kernel::Rejection;
use crate::kernel::definition::Affine;
use crate::kernel::number::{Matrix, Rational, RationalText};

/// Why a construction cannot be built at the sizes asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConstructError {
    #[error("{name}: expected {expected}, found {found}")]
    Size { name: &'static str, expected: String, found: String },
    #[error(transparent)]
    Model(#[from] Rejection),
}

fn size(name: &'static str, expected: impl Into<String>, found: impl ToString) -> ConstructError {
    ConstructError::Size { name, expected: expected.into(), found: found.to_string() }
}

fn texts(values: impl IntoIterator<Item = Rational>) -> Vec<RationalText> {
    values.into_iter().map(RationalText).collect()
}

fn affine(cols: usize, rows: Vec<Vec<Rational>>, bias: Vec<Rational>) -> Result<Affine, Rejection> {
    Ok(Affine { weight: Matrix::from_rows(cols, rows)?, bias: texts(bias) })
}
