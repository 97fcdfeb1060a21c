//! Linear readouts under uniform attention: from which context length on does none of them count (ours)?
//!
//! For a query `q` let `nu_q = min { ||z||_1 : sum z = 0, sum_j z_j v_j = 0, z_q = 1 }`. An affine readout of the
//! state, chosen for `q`, counts within 1/2 at length `n` iff `n < 1 + nu_q / 2`; see [`crate::search::readout`].
//! An MLP may do better: T7 is about those.

use super::embedding::Tokens;
use super::histogram::{kind, kind_params};
use super::{Cell, Claim, ClaimError, Decision, Known, Params, Request, Undecided};
use crate::kernel::kind::{Dependence, LinearReadoutParams, LinearReadouts};
use crate::kernel::number::{Matrix, RationalText};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::control::Control;
use crate::search::lp::{self, LpOptions};
use crate::search::readout::best_linear_all;

pub(super) const CLAIM: Claim = Claim {
    id: ClaimId::LINEAR_READOUT,
    label: "T5'",
    statement: "With these embeddings and uniform attention no affine readout of the state counts every query within 1/2",
    source: "ours; T5 (Yehudai et al., arXiv:2407.15160v3) is about one such readout, the inner product",
    decided: "an exact linear program for each query: a dependence of the token vectors, or a readout for each query",
    options: &["n", "m", "d", "embedding", "seed"],
    plan,
};

fn plan(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let lengths = request.finite_lengths(&[2, 4, 8])?;
    if let Some((vectors, source)) = request.embedding_file()? {
        let tokens = Tokens::of_file(vectors, source);
        let named = source.named("embedding");
        let cells = cells(vectors, &named, &lengths);
        return Ok(cells.into_iter().map(|cell| tokens.about(cell)).collect());
    }
    let mut all = Vec::new();
    for &m in &request.vocabularies(&[4])? {
        let dimensions = request.dimensions()?;
        for &d in dimensions.as_deref().unwrap_or(&[m.saturating_sub(2).max(1)]) {
            let kind = kind(request.embedding_kind()?, m, d)?;
            let vectors = kind
                .vectors(m, d, request.seed)
                .map_err(|error| ClaimError::value("embedding", error, kind.name()))?;
            all.extend(cells(&vectors, &kind_params(kind, request.seed), &lengths));
        }
    }
    Ok(all)
}

/// A cell for each context length, about the token vectors `embedding` `[m, d]`, with the parameters that name them.
#[must_use]
pub fn cells(embedding: &Matrix, named: &Params, lengths: &[u64]) -> Vec<Cell> {
    let cell = |&n: &u64| {
        let mut params = vec![
            ("n", Value::integer(n)),
            ("m", Value::integer(embedding.rows())),
            ("d", Value::integer(embedding.cols())),
        ];
        params.extend(named.iter().cloned());
        let (embedding, known) = (embedding.clone(), embedding.clone());
        let decide = move |control: &Control| decide(&embedding, n, control);
        let cell = Cell::new(ClaimId::LINEAR_READOUT, params, decide);
        cell.knowing(move || Known::object(&known))
    };
    lengths.iter().map(cell).collect()
}

fn decide(embedding: &Matrix, n: u64, control: &Control) -> Result<Decision, Undecided> {
    let stop = || control.go_on().is_err();
    let options = LpOptions { stop: &stop, ..LpOptions::default() };
    let all = best_linear_all(embedding, &options).map_err(|error| match error {
        lp::Undecided::Stopped { .. } => match control.go_on() {
            Err(stopped) => stopped.into(),
            Ok(()) => Undecided::Limit(error.to_string()),
        },
        other => Undecided::Limit(other.to_string()),
    })?;
    let hardest = all
        .iter()
        .reduce(|worst, best| if best.deviation > worst.deviation { best } else { worst })
        .ok_or_else(|| Undecided::Limit("there is no token".to_owned()))?;
    let fails_from = hardest.fails_from();
    let params = LinearReadoutParams { n, m: embedding.rows(), d: embedding.cols() };
    let values = vec![
        ("fails_from_n", fails_from.clone().map_or(Value::Null, Value::Integer)),
        ("query", Value::integer(hardest.query)),
        ("deviation", hardest.deviation.clone().into()),
    ];
    let texts = |numbers: &[crate::kernel::number::Rational]| -> Vec<RationalText> {
        numbers.iter().cloned().map(RationalText).collect()
    };
    let fails = fails_from.is_some_and(|from| from <= n.into());
    let (verdict, certificate) = match &hardest.dependence {
        Some(z) if fails => {
            let data = Dependence {
                embedding: embedding.clone(),
                query: crate::kernel::definition::Token(hardest.query),
                z: texts(z),
            };
            (Verdict::Verified, Certificate::new(ClaimId::LINEAR_READOUT, params, data))
        }
        _ => {
            let weights = all.iter().map(|best| best.weights.clone()).collect();
            let data = LinearReadouts {
                embedding: embedding.clone(),
                weights: Matrix::from_rows(embedding.cols(), weights)
                    .map_err(|error| Undecided::Limit(error.to_string()))?,
                bias: all.iter().map(|best| RationalText(best.bias.clone())).collect(),
            };
            (Verdict::Refuted, Certificate::new(ClaimId::LINEAR_READOUT, params, data))
        }
    };
    let reason = (verdict == Verdict::Refuted).then(|| {
        "an affine readout for each query counts within 1/2; the certificate has them".to_owned()
    });
    Ok(Decision { proposed: verdict, values, certificate, reason })
}
