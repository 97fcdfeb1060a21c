//! T17 (ours): what a norm between the residual and the MLP leaves of the counts.
//!
//! Uniform attention, token vectors `V`, `r = v_q + (1/n) sum_j c_j v_j`, then layer norm, RMS norm or none, then any function of the
//! normalised state and of nothing else. A cell is verified where the normalised states of length `n` determine the answer, so that some
//! function counts, and refuted by two inputs with one normalised state and different answers.
//!
//! Some function counts at *every* length iff the tokens are independent: affinely, and with `eps = 0` linearly, centred for layer norm
//! (for `m >= 2`). So the least `d` for every length is `m - 1` without a norm and for RMS norm with `eps > 0`, `m` for RMS norm with `eps = 0` and
//! for layer norm with `eps > 0`, and `m + 1` for layer norm with `eps = 0`. With one-hot tokens, `d = m`, and layer norm with `eps = 0`: at
//! lengths `n < m` only.

use super::embedding::Tokens;
use super::histogram::length_value;
use super::{Cell, Claim, ClaimError, Decision, Known, Params, Request, Undecided};
use crate::construct::embedding::Kind;
use crate::files::task::NamedTask;
use crate::kernel::definition::{Length, Task, count_inputs_within};
use crate::kernel::kind::{Norm, NormalisedParams, NormalisedStates, TwoInputs};
use crate::kernel::number::{Matrix, Rational, ratio};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::collision::Limits;
use crate::search::control::Control;
use crate::search::inputs::count_inputs;
use crate::search::normalised::{Error, Found, Normalised};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

pub(super) const CLAIM: Claim = Claim {
    id: ClaimId::LAYER_NORM,
    label: "T17",
    statement: "Uniform attention, a norm of the residual, then any function of the normalised state alone: the states of \
                length n determine the answer, so that some function counts",
    source: "ours",
    decided: "independent tokens count at every length; else all inputs, or two inputs with one normalised state",
    options: &["n", "m", "d", "embedding", "bound", "seed", "task", "norm", "eps"],
    plan,
};

/// Vocabulary sizes unless the request says which.
const VOCABULARIES: [usize; 4] = [2, 3, 4, 5];
/// Nodes of a search for two inputs where there are too many to look at.
const MAX_NODES: u64 = 1 << 20;
/// Numbers that states may hold; the kernel has the same bound.
const MAX_NUMBERS: u64 = 1 << 25;
/// As many inputs are looked at for each length when every length is meant.
const MAX_ANY: u64 = 1 << 16;

/// What a cell is about.
#[derive(Clone)]
struct Question {
    tokens: Matrix,
    task: Task,
    n: Length,
    norm: Norm,
    eps: Option<Rational>,
}

fn plan(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let lengths = request.lengths(&[1, 2, 3, 4, 5, 6])?;
    let tasks = request.counting_tasks(&[Task::QueryCount])?;
    let norms = request.norm.clone().unwrap_or_else(|| vec![Norm::Layer]);
    let eps = request.eps.clone().unwrap_or_else(|| vec![Rational::zero(), ratio(1, 100_000)]);
    if let Some(eps) = eps.iter().find(|eps| eps.is_negative()) {
        return Err(ClaimError::value("eps", "at least 0", eps));
    }
    let mut cells = Vec::new();
    for tokens in tokens(request)? {
        for &norm in &norms {
            let with = match norm {
                Norm::None => vec![None],
                _ => eps.iter().cloned().map(Some).collect(),
            };
            for eps in &with {
                for (&n, &task) in lengths.iter().flat_map(|n| tasks.iter().map(move |t| (n, t))) {
                    let mut own = vec![("n", length_value(n))];
                    own.extend(tokens.params.iter().cloned());
                    own.push(("task", Value::text(NamedTask::from(task))));
                    own.push(("norm", Value::text(norm)));
                    own.push(("eps", eps.clone().map_or(Value::Null, Value::Rational)));
                    let (vectors, eps) = (tokens.vectors.clone(), eps.clone());
                    let question = Question { tokens: vectors, task, n, norm, eps };
                    cells.push(tokens.about(cell(own, question)));
                }
            }
        }
    }
    Ok(cells)
}

/// Token vectors with their parameters; by default one-hot, and of each family as many dimensions as suit it.
fn tokens(request: &Request) -> Result<Vec<Tokens>, ClaimError> {
    let all = if request.embedding_file()?.is_some() || request.d.is_some() {
        request.tokens(Kind::OneHot, &VOCABULARIES, &[])?
    } else {
        let kind = request.embedding_kind()?.unwrap_or(Kind::OneHot);
        let mut all = Vec::new();
        for m in request.vocabularies(&VOCABULARIES)? {
            let usual = match kind {
                Kind::OneHot | Kind::Rotated => m,
                Kind::Simplex => m.saturating_sub(1).max(1),
                Kind::Truncated | Kind::Moment | Kind::Random { .. } | Kind::Digits { .. } => 2,
            };
            let one = Request { m: Some(vec![m]), ..request.clone() };
            all.extend(one.tokens(Kind::OneHot, &[], &[usual])?);
        }
        all
    };
    match all.iter().map(|tokens| tokens.vectors.rows()).find(|&m| m < 2) {
        Some(m) => Err(ClaimError::value("m", "at least 2: one token is always counted", m)),
        None => Ok(all),
    }
}

fn cell(params: Params, question: Question) -> Cell {
    let known = question.clone();
    let cell = Cell::new(ClaimId::LAYER_NORM, params, move |control| question.decide(control));
    cell.knowing(move || {
        let values = vec![("least_dimension", Value::integer(known.least_dimension()))];
        Known { values, ..Known::object(&known.tokens) }
    })
}

impl Question {
    fn rays(&self) -> bool {
        self.eps.as_ref().is_some_and(Zero::is_zero)
    }

    /// The least `d` in which some token vectors count at every length.
    fn least_dimension(&self) -> usize {
        let m = self.tokens.rows();
        match (self.norm, self.rays()) {
            (Norm::Layer, true) => m + 1,
            (Norm::Layer, false) | (Norm::Rms, true) => m,
            (Norm::None, _) | (Norm::Rms, false) => m.saturating_sub(1).max(1),
        }
    }

    fn decide(&self, control: &Control) -> Result<Decision, Undecided> {
        let normalised = Normalised::new(&self.tokens, self.norm, self.rays())?;
        if normalised.independent() {
            return Ok(self.decision(None, None));
        }
        let (m, d) = (self.tokens.rows() as u64, self.tokens.cols() as u64);
        let limits = Limits { control: control.clone(), nodes: MAX_NODES };
        let family = |n| {
            let found = normalised.pair_of_families(self.task, n, &limits);
            found.map_err(super::collision::to_undecided)
        };
        let limit = MAX_NUMBERS / (d + 8);
        let Length::Exactly(n) = self.n else {
            let few = |n: &u64| count_inputs_within(*n, m, limit.min(MAX_ANY)).is_some();
            for n in (1..).take_while(few) {
                if let Found::Pair(pair) = normalised.enumerate(self.task, n, control)? {
                    return Ok(self.decision(None, Some(pair)));
                }
            }
            return match family(None)? {
                Some(pair) => Ok(self.decision(None, Some(pair))),
                None => {
                    Err(Undecided::Limit(format!("no two inputs found up to {MAX_ANY} inputs")))
                }
            };
        };
        if count_inputs_within(n, m, limit).is_none() {
            return match family(Some(n))? {
                Some(pair) => Ok(self.decision(None, Some(pair))),
                None => Err(Undecided::Limit(format!(
                    "{} inputs, of which {limit} are looked at, and no two found without looking",
                    count_inputs(n, m)
                ))),
            };
        }
        Ok(match normalised.enumerate(self.task, n, control)? {
            Found::Pair(pair) => self.decision(None, Some(pair)),
            Found::Classes(classes) => self.decision(Some(classes), None),
        })
    }

    fn decision(&self, classes: Option<u64>, pair: Option<TwoInputs>) -> Decision {
        let (m, d) = (self.tokens.rows(), self.tokens.cols());
        let list = |counts: fn(&TwoInputs) -> &Vec<u64>| {
            pair.as_ref().map_or(Value::Null, |pair| Value::list(counts(pair).iter().copied()))
        };
        let query = |query: fn(&TwoInputs) -> usize| {
            pair.as_ref().map_or(Value::Null, |pair| Value::integer(query(pair)))
        };
        let inputs = match (self.n, classes) {
            (Length::Exactly(n), Some(_)) => {
                Value::integer(BigInt::from(count_inputs(n, m as u64)))
            }
            _ => Value::Null,
        };
        let values = vec![
            ("least_dimension", Value::integer(self.least_dimension())),
            ("inputs", inputs),
            ("classes", classes.map_or(Value::Null, Value::integer)),
            ("query", query(|pair| pair.query.0)),
            ("c", list(|pair| &pair.c)),
            ("query_prime", query(|pair| pair.query_prime.0)),
            ("c_prime", list(|pair| &pair.c_prime)),
        ];
        let proposed = if pair.is_some() { Verdict::Refuted } else { Verdict::Verified };
        let (task, n, norm) = (self.task, self.n, self.norm);
        let eps = self.eps.clone().map(Into::into);
        let params = NormalisedParams { task, n, m, d, norm, eps };
        let data = NormalisedStates { embedding: self.tokens.clone(), classes, pair };
        let certificate = Certificate::new(ClaimId::LAYER_NORM, params, data);
        Decision { proposed, values, certificate, reason: None }
    }
}

impl From<Error> for Undecided {
    fn from(error: Error) -> Self {
        match error {
            Error::Stopped(stopped) => stopped.into(),
            Error::Long => Self::Limit(error.to_string()),
        }
    }
}
