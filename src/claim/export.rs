//! The model behind a claim, at one size, so that it can be written to a file and decided like anyone else's.

use super::{ClaimError, Request, count_attend, histogram, token_mixing};
use crate::files::model::Model;
use crate::kernel::ClaimId;
use crate::kernel::definition::Task;
use crate::kernel::definition::Transformer;
use std::sync::Arc;

/// The construction of `claim` at the sizes of the request (one `n`, one `m`, at most one `d`).
///
/// # Errors
/// [`ClaimError`] for a claim that constructs no model, an option it does not take, or sizes it cannot have.
pub fn construct(claim: ClaimId, request: &Request) -> Result<Model, ClaimError> {
    let exact = |model: Transformer| Model::Exact(Arc::new(model));
    match claim {
        ClaimId::QC_HISTOGRAM => histogram::export(Task::QueryCount, request).map(exact),
        ClaimId::MFE_HISTOGRAM => histogram::export(Task::MostFrequentElement, request).map(exact),
        ClaimId::QC_COUNT_ATTEND => count_attend::export(request).map(exact),
        ClaimId::TOKEN_MIXING => {
            token_mixing::export(request).map(|model| Model::Softmax(Arc::new(model)))
        }
        _ => Err(ClaimError::NoModel {
            claim: claim.name(),
            expected: "a claim that constructs a model: qc-histogram, mfe-histogram, qc-count-attend or token-mixing",
        }),
    }
}
