//! The hand-built counters of the histogram task: which of six ways to mix tokens counts at `(m, n)`, in how many dimensions,
//! with how many hidden units?
//!
//! Decided is the construction at these sizes ([`crate::construct::behrens`]), on every sequence and at every position. The
//! record says whether the published condition holds (`d >= m`, and the published number `p` of hidden units) and whether ours
//! does: a verified cell where the former does not hold shows that it is not necessary. A refuted cell is about these weights only.
//!
//! Where T4 stops: it says that without positions softmax averages, so that repeating a sequence changes no output. Here tokens
//! equal to the query are counted without positions by `bos+sftm`, whose BOS is not repeated with the sequence, and by `dot` and
//! `bos`, whose scores are not normalised. `dot+sftm` is an average of the sequence alone: right at one length, it is wrong at every
//! length that divides it. `lin` and `lin+sftm` have a matrix for one length.
//! Source: Behrens, Biggio and Zdeborova, arXiv:2407.11542 (ICML 2025), as described at second hand.

use super::histogram::kind_params;
use super::model::surveyed::Surveyed;
use super::{Cell, Claim, ClaimError, Known, Request};
use crate::construct::behrens::{Counter, Design, Mixing};
use crate::construct::embedding::Kind;
use crate::kernel::ClaimId;
use crate::kernel::definition::{Question, SoftmaxTransformer};
use crate::kernel::kind::ReadingParams;
use crate::kernel::number::ratio;
use crate::report::Value;
use std::sync::Arc;

pub(super) const CLAIM: Claim = Claim {
    id: ClaimId::TOKEN_MIXING,
    label: "token mixing",
    statement: "A hand-built counter of kind bos, bos+sftm, dot, dot+sftm, lin or lin+sftm gives the count of its own token at every position; \
         bos+sftm (BOS), bos and dot (scores without softmax) do so without positions, where T4 stops",
    source: "the kinds and the condition d >= m: Behrens, Biggio and Zdeborova, arXiv:2407.11542, as described at second hand; weights and smaller d: ours",
    decided: "every sequence at n and every position, in enclosures",
    options: &["kind", "n", "m", "d", "p", "embedding", "bound", "seed"],
    plan,
};

fn plan(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let lengths = request.finite_lengths(&[1, 2, 3, 4])?;
    let vocabularies = request.vocabularies(&[2, 3])?;
    let dimensions = request.dimensions()?;
    let units = request.hidden_units()?;
    let mut cells = Vec::new();
    for &mixing in request.kind.as_deref().unwrap_or(&Mixing::ALL) {
        for &n in &lengths {
            for &m in &vocabularies {
                for &d in dimensions.as_deref().unwrap_or(&[m]) {
                    for &p in units.as_deref().unwrap_or(&[mixing.hidden_units(m)]) {
                        let embedding = embedding(request)?;
                        cells.push(cell(Counter { mixing, n, m, d, p: Some(p), embedding })?);
                    }
                }
            }
        }
    }
    Ok(cells)
}

fn embedding(request: &Request) -> Result<Option<(Kind, u64)>, ClaimError> {
    let Some(kind) = request.embedding_kind()? else { return Ok(None) };
    let kind = match (kind, request.bound) {
        (Kind::Random { .. }, Some(bound)) => Kind::Random { bound },
        (kind, _) => kind,
    };
    Ok(Some((kind, request.seed)))
}

/// The model of one counter, for `counterproof construct`.
pub(super) fn export(request: &Request) -> Result<SoftmaxTransformer, ClaimError> {
    let (n, m) = (request.one_length()?, request.one_vocabulary()?);
    let d = request.one_dimension()?.unwrap_or(m);
    let p = request.hidden_units()?.and_then(|p| p.first().copied());
    let kinds = request.kind.as_deref().unwrap_or_default();
    let [mixing] = *kinds else {
        let names = Mixing::ALL.map(Mixing::name).join(", ");
        return Err(ClaimError::value("kind", format!("one of {names}"), kinds.len()));
    };
    Ok(Counter { mixing, n, m, d, p, embedding: embedding(request)? }.design()?.model)
}

fn cell(counter: Counter) -> Result<Cell, ClaimError> {
    let Counter { mixing, n, m, d, embedding, .. } = counter;
    let mut params = vec![
        ("kind", Value::text(mixing.name())),
        ("n", Value::integer(n)),
        ("m", Value::integer(m)),
        ("d", Value::integer(d)),
    ];
    if counter.hidden_units() != mixing.hidden_units(m) {
        params.push(("p", Value::integer(counter.hidden_units())));
    }
    let design = counter.design()?;
    // what these sizes have anyway is not named
    let usual = Counter { embedding: None, ..counter };
    if let Some((kind, seed)) = embedding
        && usual.design().is_ok_and(|usual| usual.embedding != kind.name())
    {
        params.extend(kind_params(kind, seed));
    }
    let about = about(&counter, &design);
    let model = Arc::new(design.model);
    let asked =
        ReadingParams { task: Question::QueryCount, tolerance: ratio(1, 2).into(), n, m, d };
    let (known, stated) = (Arc::clone(&model), about.clone());
    let known = move || Known { values: stated.clone(), ..Known::object(known.as_ref()) };
    let survey = Surveyed::new(ClaimId::TOKEN_MIXING, model, asked).saying(about);
    Ok(survey.cell(params).knowing(known))
}

fn about(counter: &Counter, design: &Design) -> Vec<(&'static str, Value)> {
    let coherence = design.coherence_squared.clone().filter(|_| counter.d < counter.m);
    vec![
        ("mlp_width", Value::integer(counter.hidden_units())),
        ("embedding", Value::text(design.embedding)),
        ("coherence_squared", coherence.map_or(Value::Null, Into::into)),
        ("condition_holds", counter.condition_holds().into()),
        ("bound_holds", design.bound_holds.into()),
    ]
}
