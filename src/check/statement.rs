//! What each claim says of a model beyond that it counts: its sizes and its shape.

use super::{Rejection, expect, wrong};
use crate::cert::{ClaimId, Counting};
use crate::model::Transformer;
use crate::task::{Criterion, Task};

/// Checks that `params` state `claim` and describe `model`.
pub(super) fn describes(
    claim: ClaimId,
    params: &Counting,
    model: &Transformer,
) -> Result<(), Rejection> {
    if claim == ClaimId::Model {
        // a model that someone brings: the task is the user's, the sizes are the model's
        expect("params.criterion", Criterion::Solves, params.criterion)?;
        return sizes(params, model);
    }
    let (task, criterion) = match claim {
        ClaimId::QcHistogram => (Task::QueryCount, Criterion::Exact),
        ClaimId::MfeHistogram => (Task::MostFrequentElement, Criterion::Exact),
        ClaimId::QcCountAttend => (Task::QueryCount, Criterion::Solves),
        ClaimId::NoPosition
        | ClaimId::Model
        | ClaimId::UniformCollision
        | ClaimId::AttentionCollision
        | ClaimId::Separation
        | ClaimId::Welch
        | ClaimId::MfeBits
        | ClaimId::Pigeonhole
        | ClaimId::InverseWidth
        | ClaimId::LinearProgram
        | ClaimId::LinearReadout => {
            return Err(wrong("claim", "a claim that a model counts", claim));
        }
    };
    expect("params.task", task, params.task)?;
    expect("params.criterion", criterion, params.criterion)?;
    sizes(params, model)?;
    expect("model.heads: number of heads", 1, model.heads.len())?;
    if claim != ClaimId::QcCountAttend {
        let uniform = model.positions.is_none() && model.attends_uniformly();
        expect("model: uniform attention without positions", true, uniform)?;
    }
    Ok(())
}

fn sizes(params: &Counting, model: &Transformer) -> Result<(), Rejection> {
    expect("params.m", model.vocabulary(), params.m)?;
    expect("params.d", model.dimension(), params.d)?;
    expect("params.mlp_width", model.mlp_width(), params.mlp_width)
}

/// `a one-head model with d = 4 and MLP width 4 counts the query exactly`
pub(super) fn sentence(params: &Counting, counts: &str) -> String {
    let Counting { task, criterion, n, m, d, mlp_width } = params;
    format!(
        "a one-layer transformer with d = {d} and MLP width {mlp_width} {counts} ({task}) {criterion}, \
         n = {n}, m = {m}"
    )
}
