//! The statement that a model counts: its parameters, and what each claim says of the model beyond that.

use super::ClaimId;
use crate::definition::{Criterion, Length, Task, Transformer};
use crate::rejection::{Rejection, expect, need, wrong};
use serde::{Deserialize, Serialize};

impl ClaimId {
    /// T1 and T1'
    pub const QC_HISTOGRAM: Self = Self("qc-histogram");
    /// T2
    pub const MFE_HISTOGRAM: Self = Self("mfe-histogram");
    /// T3
    pub const QC_COUNT_ATTEND: Self = Self("qc-count-attend");
    /// a model that someone brings
    pub const MODEL: Self = Self("model");
}

/// The claims that a model counts.
pub(super) const COUNTING: &[ClaimId] =
    &[ClaimId::QC_HISTOGRAM, ClaimId::MFE_HISTOGRAM, ClaimId::QC_COUNT_ATTEND, ClaimId::MODEL];

/// The statement: a model of these sizes meets `criterion` on every input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counting {
    /// what is counted
    pub task: Task,
    /// how close the output has to be
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

/// Which inputs are evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inputs {
    /// all pairs of a query and a count vector; needs a model that depends on counts only
    CountVectors,
    /// all `m^n` sequences
    Sequences,
}

impl Counting {
    /// Checks that the parameters state `claim` and describe `model`.
    pub(super) fn describes(&self, claim: ClaimId, model: &Transformer) -> Result<(), Rejection> {
        expect("params.m", model.vocabulary(), self.m)?;
        expect("params.d", model.dimension(), self.d)?;
        expect("params.mlp_width", model.mlp_width(), self.mlp_width)?;
        let (task, criterion) = match claim {
            ClaimId::QC_HISTOGRAM => (Task::QueryCount, Criterion::Exact),
            ClaimId::MFE_HISTOGRAM => (Task::MostFrequentElement, Criterion::Exact),
            ClaimId::QC_COUNT_ATTEND => (Task::QueryCount, Criterion::Solves),
            // the task is the user's, and so is the shape
            _ => return expect("params.criterion", Criterion::Solves, self.criterion),
        };
        expect("params.task", task, self.task)?;
        expect("params.criterion", criterion, self.criterion)?;
        expect("model.heads: number of heads", 1, model.heads.len())?;
        let uniform = model.positions.is_none() && model.attends_uniformly();
        need(uniform || claim == ClaimId::QC_COUNT_ATTEND, "model", "uniform attention without positions", "another")
    }

    /// The one context length of the statement.
    pub(super) fn length(&self) -> Result<u64, Rejection> {
        match self.n {
            Length::Exactly(n) => Ok(n),
            Length::Any => Err(wrong("params.n", "one context length", "any")),
        }
    }

    /// `a one-layer transformer with d = 4 and MLP width 4 counts (query count) exactly, n = 5, m = 4`
    pub(super) fn sentence(&self, counts: &str) -> String {
        let Self { task, criterion, n, m, d, mlp_width } = self;
        format!(
            "a one-layer transformer with d = {d} and MLP width {mlp_width} {counts} ({task}) {criterion}, n = {n}, m = {m}"
        )
    }
}
