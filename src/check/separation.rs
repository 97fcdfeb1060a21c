//! The separation of states (ours): no short `z` has a short `V z`.
//!
//! Let `V'` be the least integer multiple `s V` of the embedding. Inputs of length `n` with one query and different
//! answers differ by `z = c - c' != 0` with `sum z = 0` and `||z||_1 <= 2 (n - 1)`, for both contain the query; their
//! states differ by `V' z / (s n)`. So the distance is at least `T / (s n)` when no non-zero `(z, w)` in the kernel of
//! `[V' -I; 1 0]` has `||z||_1 <= 2 (n - 1)` and `||w||_inf <= T - 1`.

use super::collision::{difference, inputs};
use super::{Finding, KeepGoing, Rejection, expect, wrong};
use crate::cert::{ClaimId, Separation, SeparationParams, Verdict};
use crate::exact::{
    Ball, Budget, Rational, ShortVectorError, integer, integer_dot, separation_matrix,
};
use crate::task::Task;
use num_bigint::BigInt;
use num_traits::Signed;

const MAX_NODES: u64 = 1 << 32;

pub(super) fn check(
    claim: ClaimId,
    params: &SeparationParams,
    data: &Separation,
    keep_going: KeepGoing<'_>,
) -> Result<Finding, Rejection> {
    if claim != ClaimId::Separation {
        return Err(wrong("claim", ClaimId::Separation, claim));
    }
    let &SeparationParams { n, m, d, ref distance } = params;
    expect("params.m", data.embedding.rows(), m)?;
    expect("params.d", data.embedding.cols(), d)?;
    let (rows, scale) = separation_matrix(&data.embedding);
    let steps = &distance.0 * integer(scale.clone()) * integer(n);
    if !steps.is_integer() || steps.is_negative() {
        let expected = format!("a multiple of 1/{}", scale * n);
        return Err(wrong("params.distance", expected, &distance.0));
    }
    if data.proof.query.is_some() {
        return Err(wrong("data.separation.proof.query", "null", "a query"));
    }
    let ball = Ball { split: m, l1: (BigInt::from(n) - 1) * 2, sup: steps.to_integer() - 1 };
    let budget = Budget { nodes: MAX_NODES, keep_going };
    let nodes = data.proof.proof().check_ball(&rows, m.saturating_add(d), None, &ball, budget);
    let nodes = nodes.map_err(|error| match error {
        ShortVectorError::Stopped => Rejection::Stopped,
        error => wrong("data.separation.proof", "a proof that no states are closer", error),
    })?;
    reached(params, data, &rows)?;
    let statement = format!(
        "under uniform attention over {m} embeddings, d = {d}, states of inputs of length {n} with one query and \
         different answers are at least {} apart in the sup norm, and two are not farther; {nodes} nodes",
        distance.0
    );
    Ok(Finding { verdict: Verdict::Verified, statement })
}

/// Checks that the pair is as close as stated.
fn reached(
    params: &SeparationParams,
    data: &Separation,
    rows: &[Vec<BigInt>],
) -> Result<(), Rejection> {
    let place = "data.separation.pair";
    let [c, c_prime] = inputs(place, &data.pair, params.m, params.n)?;
    for task in [Task::QueryCount, Task::MostFrequentElement] {
        if task.answer(c.counts(), c.query()) == task.answer(c_prime.counts(), c.query()) {
            return Err(wrong(place, format!("different answers ({task})"), "the same"));
        }
    }
    let difference = difference(&c, &c_prime);
    // The last row is the one of ones; the shorter vector leaves out the columns of w.
    let values = rows.iter().take(params.d).map(|row| integer_dot(row, &difference).abs());
    let (_, scale) = separation_matrix(&data.embedding);
    let largest = values.max().unwrap_or_default();
    let found = Rational::new(largest, scale * params.n);
    expect(&format!("{place}: distance"), params.distance.0.clone(), found)
}
