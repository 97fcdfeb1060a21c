//! T6: exact widths of the inverter, with evidence for both bounds of each.

use crate::exact::RationalText;
use crate::model::{Mlp, ScalarNetwork};
use serde::{Deserialize, Serialize};

/// The statement: these are the least sizes of networks `N` with `|N(x) - k| <= epsilon` for all
/// `x` in `[1/(k + leak), 1/k]`, `k = 1..n`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InverseWidthParams {
    pub n: u64,
    pub epsilon: RationalText,
    /// the error is below `epsilon`, not just at most
    pub strict: bool,
    /// `delta` of T3, below 1
    pub leak: RationalText,
    /// least number of equal cells of `[1/(n + leak), 1]` whose interpolant `f` of `1/x` has `f(x) - 1/x <= epsilon - leak`
    /// everywhere there; `null` when no number is enough
    pub w_grid: Option<u64>,
    /// least number of units with a free affine part
    pub w_min: u64,
    /// least total slope `sum |a_i w_i|` with `alpha = 0`; when `strict`, the infimum
    pub p_min: RationalText,
    /// least number of units with `alpha = 0` and `|a_i w_i| <= 1`; `null` when it is not claimed
    pub unit_width: Option<u64>,
    /// widths of the two hidden layers of one network; nothing is said of their being least
    pub two_layers: [u64; 2],
}

/// What the numbers rest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InverseWidth {
    pub grid: GridEvidence,
    pub width: WidthEvidence,
    pub slope: SlopeEvidence,
    /// a network of one input and one output, affine after its last hidden layer
    pub two_layers: Mlp,
}

/// For `w_grid`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridEvidence {
    /// where the interpolant on one cell fewer is out of tolerance; `null` when there is no such grid
    pub fails_at: Option<RationalText>,
}

/// For `w_min`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WidthEvidence {
    /// as many units as `w_min`
    pub network: ScalarNetwork,
    /// as many triples `i < j < k` of counts: no line is within tolerance of `i`, `j` and `k`
    pub triples: Vec<[u64; 3]>,
}

/// For `p_min` and `unit_width`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlopeEvidence {
    /// two counts `j < k` that force the slope; `null` when it is 0
    pub pair: Option<[u64; 2]>,
    /// total slope `p_min`, error at most `epsilon`
    pub network: ScalarNetwork,
    /// error below `epsilon`; given iff `strict`
    pub inner: Option<ScalarNetwork>,
}
