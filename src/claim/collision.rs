//! T7 and T7' (ours): the least context length at which no MLP can count.
//!
//! Decided for given or generated token vectors (uniform attention), and for exact models without positions.
//! For one fixed query two inputs collide when attention passes on the same numbers; see
//! [`crate::search::collision`] for the statements and for what they say about different queries.

use super::collision_part::InOneLattice;
use super::embedding::Tokens;
use super::histogram::length_value;
use super::{Cell, Claim, ClaimError, Decision, Known, Params, Request, Told, Undecided};
use crate::construct::embedding::Kind;
use crate::construct::random;
use crate::files::task::NamedTask;
use crate::kernel::definition::Length;
use crate::kernel::definition::Task;
use crate::kernel::definition::Token;
use crate::kernel::kind::{Collision, CollisionParams, Pair, Subject};
use crate::kernel::number::{Matrix, integer};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::{Value, value_of};
use crate::search::collision::best::{Sizes, best_embedding};
use crate::search::collision::{Answer, DecideError, Limits, Question, SearchError, decide};
use crate::search::control::Control;
use crate::search::inputs::binomial;
use num_bigint::BigUint;
use num_traits::ToPrimitive;
use std::sync::Arc;

pub(super) const UNIFORM: Claim = Claim {
    id: ClaimId::UNIFORM_COLLISION,
    label: "T7",
    statement: "Under uniform attention no MLP counts from n* = 1 + min ||z||_1 / 2 on, z over the integer kernel of \
                [V; 1 .. 1], and below n* some value map and MLP do",
    source: "ours",
    decided: "the shortest vector of the kernel lattice in the l1 norm, minimality by an exact enumeration",
    options: &["m", "d", "embedding", "bound", "seed"],
    plan: plan_uniform,
};

pub(super) const ATTENTION: Claim = Claim {
    id: ClaimId::ATTENTION_COLLISION,
    label: "T7'",
    statement: "Without positions, inputs with one query and equal attention numerators and denominators have one state, \
                whatever the MLP; the least context length at which their query counts differ",
    source: "ours",
    decided: "one kernel lattice for each query, as for uniform-collision, of a model (--model) or a random one",
    options: &["m", "model", "seed"],
    plan: plan_attention,
};

fn plan_uniform(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let cells = tokens(request)?.into_iter().map(|tokens| {
        let (task, query, max_n) = (Task::QueryCount, None, None);
        let subject = Subject::Embedding(tokens.vectors.clone());
        tokens.about(cell(
            tokens.params.clone(),
            Question { subject, task, query, max_n, cuts_only: false },
        ))
    });
    Ok(cells.collect())
}

/// The token vectors that a request names; on the moment curve unless it says which.
pub(super) fn tokens(request: &Request) -> Result<Vec<Tokens>, ClaimError> {
    request.tokens(Kind::Moment, &[3, 4, 5, 6], &[2])
}

fn plan_attention(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let models = match request.exact_model()? {
        Some(_) if request.m.is_some() => {
            return Err(ClaimError::value("m", "none, for the model has its own", "some"));
        }
        Some(model) => vec![model],
        None => request
            .vocabularies(&[3, 4, 5, 6])?
            .into_iter()
            .map(|m| {
                random::without_positions(m, random::Limits::default(), request.seed)
                    .map_err(|error| ClaimError::value("m", error, m))
            })
            .collect::<Result<_, _>>()?,
    };
    let cells = models.into_iter().map(|model| {
        let mut params = vec![
            ("m", Value::integer(model.vocabulary())),
            ("d", Value::integer(model.dimension())),
            ("heads", Value::integer(model.heads.len())),
        ];
        if request.model.is_none() {
            params.push(("seed", Value::integer(request.seed)));
        }
        let (task, query, max_n) = (Task::QueryCount, None, None);
        let subject = Subject::Model(Box::new(model));
        request.about_file(cell(params, Question { subject, task, query, max_n, cuts_only: false }))
    });
    Ok(cells.collect())
}

/// The cell that decides `question`.
#[must_use]
pub fn cell(params: Params, question: Question) -> Cell {
    let claim = match &question.subject {
        Subject::Embedding(_) => ClaimId::UNIFORM_COLLISION,
        Subject::Model(_) => ClaimId::ATTENTION_COLLISION,
        Subject::Scores(_) => ClaimId::ATTEND_LENGTH,
    };
    let subject = question.subject.clone();
    let parts = matches!(subject, Subject::Embedding(_)).then(|| InOneLattice(question.clone()));
    let mut cell = Cell::new(claim, params, move |control: &Control| {
        let limits = Limits { control: control.clone(), ..Limits::default() };
        Ok(proposal(decide(question.clone(), &limits)?))
    });
    if let Some(parts) = parts {
        cell = cell.by_parts(Arc::new(parts));
    }
    cell.knowing(move || match &subject {
        Subject::Embedding(vectors) => Known::object(vectors),
        Subject::Model(model) => Known::object(model),
        Subject::Scores(scores) => Known::object(scores),
    })
}

/// The same cell of a model, which is made of `queries`, one cell for each query of it in order. Of an embedding one lattice is
/// searched for all queries, and has parts of another sort.
#[must_use]
pub fn by_query(cell: Cell, question: &Question, queries: Vec<Cell>) -> Cell {
    let (subject, task) = (question.subject.clone(), question.task);
    cell.by_query(queries, move |told: &[Told]| joined(&subject, task, told))
}

/// What is known of all queries from what is known of each: the least length at which inputs with one of them collide. A proof that
/// none do up to a length serves for shorter ones.
fn joined(subject: &Subject, task: Task, told: &[Told]) -> Result<Decision, Undecided> {
    let unlike = || Undecided::Limit("a part is not about a query of this model".to_owned());
    let found = told.iter().map(|told| {
        let (params, data) = told.certificate.get::<Collision>()?;
        Some((params.query?, params, data, nodes_of(told)?))
    });
    let mut found = found.collect::<Option<Vec<_>>>().ok_or_else(unlike)?;
    found.sort_by_key(|(query, ..)| *query);
    let least = found.iter().filter_map(|(.., params, data, _)| Some((params.collides_at?, data)));
    let pair = least.min_by_key(|(length, _)| *length).and_then(|(_, data)| data.pair.clone());
    let free = found.iter().filter_map(|(_, params, ..)| match params.free_up_to {
        Length::Exactly(n) => Some(n),
        Length::Any => None,
    });
    let (_, first, ..) = found.first().ok_or_else(unlike)?;
    let params = CollisionParams {
        query: None,
        free_up_to: free.min().map_or(Length::Any, Length::Exactly),
        collides_at: pair.as_ref().map(|pair| pair.c.iter().sum()),
        task,
        ..(*first).clone()
    };
    let proofs = found.iter().flat_map(|(_, _, data, _)| data.proofs.iter().cloned()).collect();
    let nodes = found.iter().map(|(.., nodes)| *nodes).fold(0, u64::saturating_add);
    let data = Collision { subject: subject.clone(), proofs, multisets: None, pair: pair.clone() };
    let certificate = Certificate::new(ClaimId::ATTENTION_COLLISION, params.clone(), data);
    Ok(proposal(Answer { certificate, params, pair, nodes }))
}

/// The nodes of the search that told of a part.
pub(super) fn nodes_of(told: &Told) -> Option<u64> {
    match value_of(&told.values, "nodes")? {
        Value::Integer(nodes) => nodes.to_u64(),
        _ => None,
    }
}

/// What an answer says.
pub(super) fn proposal(answer: Answer) -> Decision {
    let (values, certificate) = (values(&answer), answer.certificate);
    Decision { proposed: Verdict::Verified, values, reason: None, certificate }
}

/// The cell that searches the best integer embedding; its certificate is about that embedding's `n*`.
#[must_use]
pub fn best_cell(sizes: Sizes) -> Cell {
    let params = vec![
        ("d", Value::integer(sizes.d)),
        ("m", Value::integer(sizes.m)),
        ("bound", Value::integer(sizes.bound)),
        ("budget", Value::integer(sizes.budget)),
        ("seed", Value::integer(sizes.seed)),
    ];
    let at_most = move |sizes: &Sizes| length_bound(sizes).map_or(Value::Null, Value::integer);
    let of = sizes.clone();
    let known = move || Known { object: None, values: vec![("n_star_at_most", at_most(&of))] };
    let cell = Cell::new(ClaimId::UNIFORM_COLLISION, params, move |control: &Control| {
        let limits = Limits { control: control.clone(), ..Limits::default() };
        let best = best_embedding(&sizes, &limits).map_err(to_undecided)?;
        let entry = |i: usize, j: usize| integer(best.tokens[i][j]);
        let subject = Subject::Embedding(Matrix::from_fn(sizes.m, sizes.d, entry));
        let (task, query, max_n) = (Task::QueryCount, None, None);
        let question = Question { subject, task, query, max_n, cuts_only: false };
        let (answer, open) = match decide(question, &limits) {
            Err(DecideError::Unfinished { why, answer }) => (*answer, Some(to_undecided(why))),
            answer => (answer?, best.stopped.map(Undecided::from)),
        };
        let rows = best.tokens.iter().map(|token| Value::list(token.iter().copied()));
        let values = vec![
            ("n_star", answer.n_star().map_or(Value::Null, Value::integer)),
            ("n_star_at_most", at_most(&sizes)),
            ("search", Value::text(if best.exhaustive { "exhaustive" } else { "heuristic" })),
            ("visited", Value::integer(best.visited)),
            ("vectors", Value::List(rows.collect())),
        ];
        let certificate = answer.certificate;
        if let Some(why) = open {
            let (reason, certificate) = (why.to_string(), Some(Box::new(certificate)));
            return Err(Undecided::Partly { reason, values, certificate });
        }
        Ok(Decision { proposed: Verdict::Verified, values, reason: None, certificate })
    });
    cell.knowing(known)
}

/// T9 for a fixed query: the least `n` with more count vectors than sums at `n - 1`, so that `n* <= n`.
pub(super) fn length_bound(sizes: &Sizes) -> Option<u64> {
    const FARTHEST: u64 = 10_000;
    let (m, d, bound) = (sizes.m as u64, sizes.d, u64::from(sizes.bound));
    (m as usize > d + 1).then(|| {
        (2..FARTHEST).find(|&n| {
            let sums = num_traits::pow(BigUint::from(bound) * (n - 1) * 2u32 + 1u32, d);
            binomial(n - 1 + m - 1, m - 1) > sums
        })
    })?
}

/// The numbers of an answer, under the names of the documentation.
pub(super) fn values(answer: &Answer) -> Vec<(&'static str, Value)> {
    let proof = match answer.certificate.get::<Collision>() {
        Some((_, data)) if data.multisets.is_some() => "multisets",
        Some((_, data)) if data.proofs.iter().all(|p| p.basis.is_empty()) => "injective",
        _ => "enumeration",
    };
    let mut values = vec![
        ("n_star", number(answer.n_star())),
        ("free_up_to", length_value(answer.params.free_up_to)),
        ("collides_at", number(answer.params.collides_at)),
        ("z", answer.difference().map_or(Value::Null, Value::list)),
    ];
    values.extend(pair_values(answer.pair.as_ref()));
    values.extend([("proof", Value::text(proof)), ("nodes", Value::integer(answer.nodes))]);
    values
}

pub(super) fn number(value: Option<u64>) -> Value {
    value.map_or(Value::Null, Value::integer)
}

/// Two inputs that collide, where there are some.
pub(super) fn pair_values(pair: Option<&Pair>) -> [(&'static str, Value); 3] {
    let list = |counts: fn(&Pair) -> &[u64]| {
        pair.map_or(Value::Null, |pair| Value::list(counts(pair).iter().copied()))
    };
    [
        ("c", list(|pair| &pair.c)),
        ("c_prime", list(|pair| &pair.c_prime)),
        ("query", pair.map_or(Value::Null, |pair| Value::integer(pair.query.0))),
    ]
}

/// The parameters that name a question, beside those that name its subject: what it is called, and of random vectors
/// their bound and seed.
#[must_use]
pub fn params(question: &Question, embedding: Params) -> Params {
    let (m, d) = match &question.subject {
        Subject::Embedding(v) => (v.rows(), v.cols()),
        Subject::Model(model) => (model.vocabulary(), model.dimension()),
        Subject::Scores(scores) => (scores.gaps.first().map_or(0, Vec::len), 1),
    };
    let mut params = vec![("m", Value::integer(m)), ("d", Value::integer(d))];
    params.extend(embedding);
    params.push(("task", Value::text(NamedTask::from(question.task))));
    params.extend(question.query.map(|Token(query)| ("query", Value::integer(query))));
    params.extend(question.max_n.map(|n| ("max_n", Value::integer(n))));
    params
}

impl From<DecideError> for Undecided {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::Search(error) => to_undecided(error),
            DecideError::Unfinished { why, answer } => Self::Partly {
                reason: to_undecided(why).to_string(),
                values: values(&answer),
                certificate: Some(Box::new(answer.certificate)),
            },
            other => Self::Limit(other.to_string()),
        }
    }
}

/// A search that was stopped is undecided for the reason it was stopped.
pub(super) fn to_undecided(error: SearchError) -> Undecided {
    match error {
        SearchError::Stopped { why, .. } => why.into(),
        other => Undecided::Limit(other.to_string()),
    }
}
