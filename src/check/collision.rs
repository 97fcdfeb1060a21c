//! T7 and T7' (ours): count vectors that attention cannot tell apart are vectors of a kernel lattice.
//!
//! For a fixed query attention passes on `A c` for an integer matrix `A` with a row of ones. Two inputs of
//! length `n` with the same query and `A c = A c'` differ by `z = c - c'` in `ker_Z A`. They have different answers
//! only if `z != 0` (for the query count: `z_q != 0`), and as both contain the query,
//! `n >= 1 + ||z||_1 / 2`. So there is no collision up to length `N` when no such `z` has `||z||_1 <= 2 (N - 1)`.
//! With `||z||_1 = 2 (N - 1)` the inputs of length `N` are `z^+ + e_q` and `z^- + e_q`, no others; where these
//! have the same most frequent count `z` does no harm up to length `N`.

use super::{Finding, KeepGoing, Rejection, expect, wrong};
use crate::cert::{
    ClaimId, Collision, CollisionParams, KernelProof, Length, Pair, Subject, Verdict,
};
use crate::exact::{Ball, Budget, IntegerVector, ShortVectorError, counting_matrix};
use crate::model::{Token, attention_numerators};
use crate::task::{Input, Task, same_largest_count};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// A proof by enumeration may take this many nodes for each query.
const MAX_NODES: u64 = 1 << 32;

/// What attention passes on: one matrix for all queries, or one for each.
enum Passed {
    Alike(Vec<IntegerVector>),
    ByQuery(Vec<Vec<IntegerVector>>),
}

impl Passed {
    fn rows(&self, query: Option<Token>) -> Option<&[IntegerVector]> {
        match (self, query) {
            (Self::Alike(rows), _) => Some(rows),
            (Self::ByQuery(all), Some(query)) => all.get(query.0).map(Vec::as_slice),
            (Self::ByQuery(_), None) => None,
        }
    }
}

pub(super) fn check(
    claim: ClaimId,
    params: &CollisionParams,
    data: &Collision,
    keep_going: KeepGoing<'_>,
) -> Result<Finding, Rejection> {
    let (passed, m, d) = match (&data.subject, claim) {
        (Subject::Embedding(embedding), ClaimId::UniformCollision) => {
            let rows = counting_matrix(embedding);
            (Passed::Alike(rows), embedding.rows(), embedding.cols())
        }
        (Subject::Model(model), ClaimId::AttentionCollision) => {
            let rows = attention_numerators(model)?;
            (Passed::ByQuery(rows), model.vocabulary(), model.dimension())
        }
        (Subject::Embedding(_), _) => return Err(wrong("claim", ClaimId::UniformCollision, claim)),
        (Subject::Model(_), _) => return Err(wrong("claim", ClaimId::AttentionCollision, claim)),
    };
    expect("params.m", m, params.m)?;
    expect("params.d", d, params.d)?;
    if let Some(query) = params.query.filter(|query| query.0 >= m) {
        return Err(wrong("params.query", format!("a token below m = {m}"), query));
    }
    let queries: Vec<Option<Token>> = match (params.query, &passed) {
        (Some(query), _) => vec![Some(query)],
        (None, Passed::Alike(_)) => vec![None],
        (None, Passed::ByQuery(_)) => (0..m).map(|query| Some(Token(query))).collect(),
    };
    expect("data.collision.proofs: number", queries.len(), data.proofs.len())?;
    let mut nodes = 0_u64;
    for (index, (query, proof)) in queries.into_iter().zip(&data.proofs).enumerate() {
        let place = format!("data.collision.proofs[{index}]");
        if proof.query != query {
            return Err(wrong(format!("{place}.query"), show(query), show(proof.query)));
        }
        let rows = passed.rows(query).ok_or_else(|| wrong(&place, "a known query", show(query)))?;
        nodes = nodes.saturating_add(free(params, rows, proof, &place, keep_going)?);
    }
    pair(params, data.pair.as_ref(), &passed)?;
    Ok(Finding { verdict: Verdict::Verified, statement: sentence(params, &data.subject, nodes) })
}

fn show(query: Option<Token>) -> String {
    query.map_or_else(|| "null".to_owned(), |query| query.to_string())
}

/// Checks that nothing collides up to `params.free_up_to`; returns the number of nodes it took.
fn free(
    params: &CollisionParams,
    rows: &[IntegerVector],
    proof: &KernelProof,
    place: &str,
    keep_going: KeepGoing<'_>,
) -> Result<u64, Rejection> {
    let query = match params.task {
        Task::QueryCount => proof.query.map(|query| query.0),
        Task::MostFrequentElement => None,
    };
    let whose = proof.query;
    let proof = proof.proof();
    let result = match params.free_up_to {
        Length::Any => proof.check_none(rows, params.m, query).map(|()| 0),
        Length::Exactly(n) => {
            let radius = (BigInt::from(n) - 1) * 2;
            let budget = Budget { nodes: MAX_NODES, keep_going };
            let most_frequent = params.task == Task::MostFrequentElement;
            let fixed = whose.filter(|_| most_frequent);
            let harmless = |z: &[BigInt]| {
                let norm: BigInt = z.iter().map(Signed::abs).sum();
                fixed.is_some_and(|query| norm == radius && same_largest_count(z, query))
            };
            let ball = Ball::l1(radius.clone());
            proof.check_others(rows, params.m, query, (&ball, &harmless), budget)
        }
    };
    result.map_err(|error| match error {
        ShortVectorError::Stopped => Rejection::Stopped,
        error => wrong(place, "a proof that nothing collides", error),
    })
}

/// Checks that the stated pair collides.
fn pair(params: &CollisionParams, pair: Option<&Pair>, passed: &Passed) -> Result<(), Rejection> {
    let place = "data.collision.pair";
    let (pair, length) = match (pair, params.collides_at) {
        (None, None) => return Ok(()),
        (Some(pair), Some(length)) => (pair, length),
        (Some(_), None) => return Err(wrong(place, "null, as params.collides_at", "a pair")),
        (None, Some(length)) => {
            return Err(wrong(place, format!("two inputs, n = {length}"), "null"));
        }
    };
    if let Some(query) = params.query {
        expect("data.collision.pair.query", query, pair.query)?;
    }
    let [c, c_prime] = inputs(place, pair, params.m, length)?;
    let rows = passed.rows(Some(c.query())).unwrap_or_default();
    let difference = difference(&c, &c_prime);
    if rows.is_empty() || rows.iter().any(|r| !crate::exact::integer_dot(r, &difference).is_zero())
    {
        return Err(wrong(place, "two inputs that attention does not tell apart", "others"));
    }
    let answer = |input: &Input| params.task.answer(input.counts(), input.query());
    if answer(&c) == answer(&c_prime) {
        return Err(wrong(place, "different answers", format!("{} twice", answer(&c))));
    }
    Ok(())
}

/// The two inputs of a pair over `m` tokens, which have length `n`.
pub(super) fn inputs(place: &str, pair: &Pair, m: usize, n: u64) -> Result<[Input; 2], Rejection> {
    let input = |name: &str, counts: &[u64]| {
        let input = Input::new(pair.query, counts.to_vec())
            .map_err(|error| wrong(format!("{place}.{name}"), "an input", error))?;
        expect(&format!("{place}.{name}: m"), m, input.counts().len())?;
        expect(&format!("{place}.{name}: n"), n, input.length())?;
        Ok::<_, Rejection>(input)
    };
    Ok([input("c", &pair.c)?, input("c_prime", &pair.c_prime)?])
}

/// `c - c'`
pub(super) fn difference(c: &Input, c_prime: &Input) -> IntegerVector {
    let counts = c.counts().iter().zip(c_prime.counts());
    counts.map(|(&a, &b)| BigInt::from(a) - BigInt::from(b)).collect()
}

fn sentence(params: &CollisionParams, subject: &Subject, nodes: u64) -> String {
    let CollisionParams { task, m, d, query, free_up_to, collides_at } = params;
    let whose = match subject {
        Subject::Embedding(_) => format!("uniform attention over {m} embeddings, d = {d},"),
        Subject::Model(_) => format!("the attention of the model, m = {m}, d = {d},"),
    };
    let query = query.map_or_else(String::new, |query| format!(" with query {query}"));
    let free = match free_up_to {
        Length::Any => {
            let all = "at every context length inputs with different answers are told apart";
            format!("{all}{query} ({task})")
        }
        Length::Exactly(0) => String::new(),
        Length::Exactly(n) => {
            let told = "inputs with different answers are told apart";
            format!("{told}{query} up to n = {n} ({task}; {nodes} nodes)")
        }
    };
    let collides = collides_at.map_or_else(String::new, |n| {
        format!(
            "two inputs of length {n} with one query and different answers are not: no MLP counts"
        )
    });
    let both = if free.is_empty() || collides.is_empty() { "" } else { "; " };
    format!("under {whose} {free}{both}{collides}")
}
