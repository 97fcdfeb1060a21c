//! Certificates for every context length: an identity on the polytope of frequencies.
//!
//! With uniform attention and no positions the state is an affine function of `f = c / n` on the simplex
//! `f >= 0, sum f = 1`. For each query the proof fixes the sign of every ReLU unit, layer by layer, and
//! splits the simplex where a sign is open; on each piece the output is one affine function.

use crate::exact::RationalText;
use crate::model::Transformer;
use serde::{Deserialize, Serialize};

/// `lambda` times the constraint of this index; constraints are numbered in the order of the splits
/// above, each oriented so that it is `>= 0` on the piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Multiplier(pub usize, pub RationalText);

/// One step of the proof, in preorder.
///
/// Units whose sign is plain from the simplex alone (all vertex values `>= 0` or all `<= 0`) take no step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// the next open unit is `>= 0` here: it minus the combination of constraints has no negative coefficient
    Active(Vec<Multiplier>),
    /// the next open unit is `<= 0` here, likewise for its negative
    Inactive(Vec<Multiplier>),
    /// the piece is split by the next open unit; the part where it is `>= 0` follows, then the other
    Split,
    /// no unit is open
    Leaf(Leaf),
}

/// Why the output is the answer on a piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Leaf {
    /// the output is identically `f_q`
    Query,
    /// the output is identically `f_w`, and `f_w - f_j >= 0` by the `j`-th multipliers
    Maximum { token: usize, dominates: Vec<Vec<Multiplier>> },
}

/// A model whose output, multiplied by `n`, is exactly the answer at every `n`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polytope {
    pub model: Transformer,
    /// one proof for each query
    pub queries: Vec<Vec<Step>>,
}
