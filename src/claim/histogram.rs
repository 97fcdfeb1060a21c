//! T1, T1' and T2: uniform attention holds a histogram, from which the query's count and the largest count are read.
//!
//! At one `n` every pair of a query and a count vector is evaluated; for every `n` at once the identity is decided
//! on the simplex of frequencies. The criterion is exactness, which is what the statements say.

use super::embedding::Tokens;
use super::parts::Enumeration;
use super::{Cell, Claim, ClaimError, Decision, Known, Params, Request, Source, Undecided};
use crate::algebra::MatrixOps;
use crate::construct::embedding::Kind;
use crate::construct::{ConstructError, histogram};
use crate::kernel::definition::Length;
use crate::kernel::definition::{Criterion, Task};
use crate::kernel::definition::{Token, Transformer};
use crate::kernel::kind::{Counting, Exhaustive, Inputs, Polytope};
use crate::kernel::number::{Matrix, Rational, integer, ratio};
use crate::kernel::{Certificate, ClaimId, Kind as Certifies, Verdict};
use crate::report::{Value, runs};
use crate::search::control::Control;
use crate::search::inputs::count_inputs;
use crate::search::{exhaustive, polytope};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use std::sync::Arc;

pub(super) const QUERY_COUNT: Claim = Claim {
    id: ClaimId::QC_HISTOGRAM,
    label: "T1, T1'",
    statement: "With d >= m (d = m - 1 suffices) uniform attention and an MLP of width m output c_q exactly, for every n",
    source: "T1: Yehudai et al., arXiv:2407.15160v3, Theorem 4.1 as quoted, with MLP width d; width m and T1' (d = m - 1): ours",
    decided: "every (q, c) at one n; for --n any an identity on the simplex of frequencies",
    options: &["n", "m", "d", "threshold", "embedding", "seed"],
    plan: |request| plan(Task::QueryCount, request),
};

pub(super) const MOST_FREQUENT: Claim = Claim {
    id: ClaimId::MFE_HISTOGRAM,
    label: "T2",
    statement: "With d >= m uniform attention and a tournament in the MLP output max_j c_j exactly, for every n",
    source: "Yehudai et al., arXiv:2407.15160v3; the treatment of the residual stream is ours",
    decided: "every (q, c) at one n; for --n any a case split on the simplex of frequencies",
    options: &["n", "m", "d", "embedding", "seed"],
    plan: |request| plan(Task::MostFrequentElement, request),
};

fn plan(task: Task, request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let lengths = request.lengths(&[1, 2, 3, 4, 5, 6, 7, 8])?;
    if let Some((vectors, source)) = request.embedding_file()? {
        let tokens = Tokens::of_file(vectors, source);
        let cell = |&n: &Length| {
            let mut params = tokens.params.clone();
            params.insert(0, ("n", length_value(n)));
            let histogram =
                Histogram::of_file(task, n, (vectors, source), request.threshold.as_ref())?;
            Ok(tokens.about(histogram.cell(params)))
        };
        return lengths.iter().map(cell).collect();
    }
    let vocabularies = request.vocabularies(&[2, 3, 4])?;
    let dimensions = request.dimensions()?;
    let mut cells = Vec::new();
    for &m in &vocabularies {
        for &d in dimensions.as_deref().unwrap_or(&[m]) {
            let kind = kind(request.embedding_kind()?, m, d)?;
            // one matrix for all lengths
            let vectors = Arc::new(kind.vectors(m, d, request.seed)?);
            for &n in &lengths {
                let threshold = threshold(request.threshold.as_ref(), kind);
                let mut params = vec![
                    ("n", length_value(n)),
                    ("m", Value::integer(m)),
                    ("d", Value::integer(d)),
                ];
                if let Some(threshold) = &threshold {
                    params.push(("threshold", threshold.clone().into()));
                }
                // what these sizes have anyway is not named
                if kind != usual_kind(m, d) {
                    params.extend(kind_params(kind, request.seed));
                }
                let vectors = Arc::clone(&vectors);
                let affine = kind == Kind::Simplex;
                let histogram =
                    Histogram { task, n, vectors, name: kind.name().to_owned(), affine, threshold };
                cells.push(histogram.cell(params));
            }
        }
    }
    Ok(cells)
}

/// The token vectors asked for, or the ones that count at this `d` if any do.
pub(super) fn kind(asked: Option<Kind>, m: usize, d: usize) -> Result<Kind, ClaimError> {
    match asked {
        Some(Kind::OneHot | Kind::Rotated) if d < m => {
            Err(ClaimError::value("d", format!("at least m = {m} for orthonormal embeddings"), d))
        }
        Some(Kind::Simplex) if m < 2 || d + 1 < m => {
            Err(ClaimError::value("d", format!("m >= 2 and at least m - 1 = {}", m.max(1) - 1), d))
        }
        Some(kind @ (Kind::Moment | Kind::Random { .. } | Kind::Digits { .. })) => Err(
            ClaimError::value("embedding", "onehot, rotated, simplex or truncated", kind.name()),
        ),
        Some(kind) => Ok(kind),
        None => Ok(usual_kind(m, d)),
    }
}

/// The token vectors that count at these sizes, if any do.
pub(super) fn usual_kind(m: usize, d: usize) -> Kind {
    if d >= m {
        Kind::OneHot
    } else if d + 1 == m {
        Kind::Simplex
    } else {
        Kind::Truncated
    }
}

/// The parameters that name token vectors: random ones by their seed, too.
pub(crate) fn kind_params(kind: Kind, seed: u64) -> Params {
    let mut params = vec![("embedding", Value::text(kind.name()))];
    if let Kind::Random { bound } = kind {
        params.push(("bound", Value::integer(bound)));
    }
    if matches!(kind, Kind::Random { .. } | Kind::Rotated) {
        params.push(("seed", Value::integer(seed)));
    }
    params
}

/// The threshold where it is not that of T1. The simplex has a readout of its own unless one is asked for.
fn threshold(asked: Option<&Rational>, kind: Kind) -> Option<Rational> {
    asked.filter(|threshold| kind == Kind::Simplex || !threshold.is_one()).cloned()
}

pub(super) fn length_value(n: Length) -> Value {
    match n {
        Length::Exactly(n) => Value::integer(n),
        Length::Any => Value::text("any"),
    }
}

/// The construction itself at one size, for `counterproof construct`.
pub(super) fn export(task: Task, request: &Request) -> Result<Transformer, ClaimError> {
    let (n, m) = (request.one_length()?, request.one_vocabulary()?);
    let d = request.one_dimension()?.unwrap_or(m);
    let kind = kind(request.embedding_kind()?, m, d)?;
    let vectors = kind.vectors(m, d, request.seed)?;
    let threshold = request.threshold.clone();
    let histogram = Histogram {
        task,
        n: Length::Exactly(n),
        vectors: Arc::new(vectors),
        name: kind.name().to_owned(),
        affine: kind == Kind::Simplex,
        threshold,
    };
    Ok(histogram.model(&integer(n))?)
}

struct Histogram {
    task: Task,
    n: Length,
    /// `[m, d]`
    vectors: Arc<Matrix>,
    /// what the vectors are called
    name: String,
    /// frequencies are read as barycentric coordinates (T1'), not as inner products
    affine: bool,
    threshold: Option<Rational>,
}

impl Histogram {
    /// On the vectors of a file: barycentric coordinates where there are any and inner products are no frequencies.
    fn of_file(
        task: Task,
        n: Length,
        (vectors, source): (&Arc<Matrix>, &Source),
        threshold: Option<&Rational>,
    ) -> Result<Self, ClaimError> {
        let gram = vectors.mul(&vectors.transpose()).map_err(ConstructError::from)?;
        let affine = gram != Matrix::identity(vectors.rows())
            && histogram::query_count_affine(vectors, &Rational::one()).is_ok();
        let threshold = threshold.filter(|threshold| affine || !threshold.is_one()).cloned();
        let (vectors, name) = (Arc::clone(vectors), source.name.clone());
        Ok(Self { task, n, vectors, name, affine, threshold })
    }

    fn cell(self, params: Params) -> Cell {
        let histogram = Arc::new(self);
        let known = Arc::clone(&histogram);
        let claim = histogram.claim();
        let cell = match histogram.n {
            Length::Exactly(n) => {
                Cell::enumerating(claim, params, move |inputs| histogram.decide_at(n, inputs))
            }
            Length::Any => Cell::new(claim, params, move |control| histogram.decide_all(control)),
        };
        cell.knowing(move || known.known())
    }

    fn model(&self, scale: &Rational) -> Result<Transformer, ConstructError> {
        let one = Rational::one();
        match (self.task, self.affine, &self.threshold) {
            (Task::QueryCount, true, None) => histogram::query_count_affine(&self.vectors, scale),
            (Task::QueryCount, _, threshold) => {
                histogram::query_count(&self.vectors, scale, threshold.as_ref().unwrap_or(&one))
            }
            (Task::MostFrequentElement, affine, _) => {
                histogram::most_frequent_element(&self.vectors, !affine, scale)
            }
        }
    }

    /// The model, and what can be read off it.
    fn known(&self) -> Known {
        let scale = match self.n {
            Length::Exactly(n) => integer(n),
            Length::Any => Rational::one(),
        };
        let Ok(model) = self.model(&scale) else { return Known::default() };
        let inputs = match self.n {
            Length::Exactly(n) => {
                Value::integer(BigInt::from(count_inputs(n, self.vectors.rows() as u64)))
            }
            Length::Any => Value::text("all"),
        };
        let mut values = self.values(&model, inputs, true);
        values.retain(|(name, _)| *name != "exact");
        Known { values, ..Known::object(&model) }
    }

    fn decide_at(&self, n: u64, inputs: &Enumeration<'_>) -> Result<Decision, Undecided> {
        let model = self.model(&integer(n))?;
        let length =
            usize::try_from(n).map_err(|_| Undecided::Limit(format!("n = {n} is too large")))?;
        let outcome = inputs.outcome(&model, self.task, Criterion::Exact, length)?;
        match outcome {
            exhaustive::Outcome::Holds { inputs, max_error } => {
                let values = self.values(&model, Value::integer(inputs), true);
                let data = Exhaustive {
                    model: model.clone(),
                    inputs: Inputs::CountVectors,
                    max_error: max_error.into(),
                };
                let params = self.params(&model);
                Ok(self.verified(values, params, data))
            }
            exhaustive::Outcome::Fails(failure) => {
                let inputs =
                    Value::integer(BigInt::from(count_inputs(n, self.vectors.rows() as u64)));
                Ok(self.refuted(&model, inputs, failure))
            }
        }
    }

    fn decide_all(&self, control: &Control) -> Result<Decision, Undecided> {
        let model = self.model(&Rational::one())?;
        match polytope::prove(&model, self.task, control)? {
            polytope::Outcome::Proved(queries) => {
                let values = self.values(&model, Value::text("all"), true);
                let params = self.params(&model);
                Ok(self.verified(values, params, Polytope { model, queries }))
            }
            polytope::Outcome::NotIdentical => {
                // some context length fails: find the least one
                for n in 1.. {
                    control.go_on()?;
                    let scaled = self.model(&integer(n as u64))?;
                    let criterion = Criterion::Exact;
                    let outcome = exhaustive::decide(&scaled, self.task, criterion, n, control)?;
                    if let exhaustive::Outcome::Fails(failure) = outcome {
                        return Ok(self.refuted(&model, Value::text("all"), failure));
                    }
                }
                Err(Undecided::Limit("no failing length found".to_owned()))
            }
        }
    }

    fn params(&self, model: &Transformer) -> Counting {
        Counting {
            task: self.task,
            criterion: Criterion::Exact,
            n: self.n,
            m: self.vectors.rows(),
            d: self.vectors.cols(),
            mlp_width: model.mlp_width(),
        }
    }

    fn claim(&self) -> ClaimId {
        match self.task {
            Task::QueryCount => ClaimId::QC_HISTOGRAM,
            Task::MostFrequentElement => ClaimId::MFE_HISTOGRAM,
        }
    }

    fn values(
        &self,
        model: &Transformer,
        inputs: Value,
        exact: bool,
    ) -> Vec<(&'static str, Value)> {
        vec![
            ("inputs", inputs),
            ("mlp_width", Value::integer(model.mlp_width())),
            ("mlp_depth", Value::integer(model.mlp.hidden.len())),
            ("d", Value::integer(self.vectors.cols())),
            ("embedding", Value::text(&self.name)),
            ("exact", exact.into()),
        ]
    }

    fn verified(
        &self,
        values: Vec<(&'static str, Value)>,
        params: Counting,
        data: impl Certifies<Params = Counting>,
    ) -> Decision {
        let certificate = Certificate::new(self.claim(), params, data);
        Decision { proposed: Verdict::Verified, values, certificate, reason: None }
    }

    fn refuted(
        &self,
        model: &Transformer,
        inputs: Value,
        failure: exhaustive::Failure,
    ) -> Decision {
        let mut values = self.values(model, inputs, false);
        // only one failing input is at hand; "solves" would need the largest error of all
        values.extend(failure_values(&failure));
        let reason = failure_reason(&failure);
        let data = failure.into_counterexample(model);
        let certificate = Certificate::new(self.claim(), self.params(model), data);
        Decision { proposed: Verdict::Refuted, values, certificate, reason: Some(reason) }
    }
}

/// The failing input, the exact output and the true count.
pub(super) fn failure_values(failure: &exhaustive::Failure) -> Vec<(&'static str, Value)> {
    vec![
        ("sequence", Value::list(failure.sequence.iter().map(|token| token.0))),
        ("output", failure.output.clone().into()),
        ("answer", Value::integer(failure.answer)),
    ]
}

pub(super) fn failure_reason(failure: &exhaustive::Failure) -> String {
    words(&failure.sequence, &failure.output, failure.answer)
}

pub(super) fn words(sequence: &[Token], output: &Rational, answer: u64) -> String {
    let error = (output - integer(answer)).abs();
    let solved =
        if error.is_zero() || error < ratio(1, 2) { " (within 1/2, but not exact)" } else { "" };
    format!(
        "on the sequence {} the model outputs {output}, the true answer is {answer}{solved}",
        runs(sequence.iter().map(|token| token.0))
    )
}
