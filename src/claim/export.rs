//! The model behind a claim, at one size, so that it can be written to a file and decided like anyone else's.

use super::{ClaimError, Request, count_attend, histogram};
use crate::cert::ClaimId;
use crate::model::{Model, Transformer};
use crate::task::Task;
use std::sync::Arc;

/// The construction of `claim` at the sizes of the request (one `n`, one `m`, at most one `d`).
///
/// # Errors
/// [`ClaimError`] for a claim that constructs no model, an option it does not take, or sizes it cannot have.
pub fn construct(claim: ClaimId, request: &Request) -> Result<Model, ClaimError> {
    let exact = |model: Transformer| Model::Exact(Arc::new(model));
    match claim {
        ClaimId::QcHistogram => histogram::export(Task::QueryCount, request).map(exact),
        ClaimId::MfeHistogram => histogram::export(Task::MostFrequentElement, request).map(exact),
        ClaimId::QcCountAttend => count_attend::export(request).map(exact),
        _ => Err(ClaimError::NoModel {
            claim: claim.name(),
            expected: "a claim that constructs a model: qc-histogram, mfe-histogram or qc-count-attend",
        }),
    }
}
