//! The separation of states (ours): no short `z` has a short `V z`.
//!
//! Let `V' = s V^T` with the least integer `s` that clears the embedding's denominators. Inputs of length `n` with one query
//! and different answers differ by `z = c - c' != 0` with `sum z = 0` and `||z||_1 <= 2 (n - 1)`, for both contain the query; their
//! states differ by `V' z / (s n)`. So the distance is at least `T / (s n)` when no non-zero `(z, w)` in the kernel of
//! `[V' -I; 1 0]` has `||z||_1 <= 2 (n - 1)` and `||w||_inf <= T - 1`.

use super::collision::Pair;
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::Task;
use crate::evidence::{Ball, KernelProof, Sought, Subtrees, separation_matrix};
use crate::number::{Matrix, RationalText, integer};
use crate::rejection::{Clock, Rejection, expect, need};
use num::{BigInt, Signed};
use serde::{Deserialize, Serialize};

impl ClaimId {
    /// how close states with different answers come
    pub const SEPARATION: Self = Self("separation");
}

/// The statement: at context length `n` the states `sum_j c_j v_j / n` of two inputs with one query and different answers (query
/// count or most frequent element alike) are at least `distance` apart in the sup norm, and two are not farther.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeparationParams {
    /// context length
    pub n: u64,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
    /// the least one
    pub distance: RationalText,
}

/// Why no states are closer, and two that are as close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Separation {
    /// `[m, d]`
    pub embedding: Matrix,
    /// no vector of the lattice of `(z, V' z)`, `sum z = 0`, is in the ball
    pub proof: KernelProof,
    /// two inputs at this distance
    pub pair: Pair,
}

impl Kind for Separation {
    type Params = SeparationParams;
    const NAME: &'static str = "separation";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::SEPARATION];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &SeparationParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let &SeparationParams { n, m, d, ref distance } = params;
        expect("params.m", self.embedding.rows(), m)?;
        expect("params.d", self.embedding.cols(), d)?;
        let (rows, scale) = separation_matrix("data.separation.embedding", &self.embedding)?;
        let steps = &distance.0 * integer(&scale * n);
        need(
            steps.is_integer() && !steps.is_negative(),
            "params.distance",
            format!("a multiple of 1/{}", scale * n),
            distance,
        )?;
        let steps = steps.to_integer();
        need(self.proof.query.is_none(), "data.separation.proof.query", "null", "a query")?;
        let ball = Ball { split: m, l1: (BigInt::from(n) - 1) * 2, sup: &steps - 1 };
        let sought =
            Sought { rows: &rows, query: None, ball: Some(&ball), harmless: &|_| Ok(false), part: Subtrees::ALL };
        let nodes = self.proof.check("data.separation.proof", &sought, clock)?;
        let place = "data.separation.pair";
        let ([c, c_prime], difference) = self.pair.inputs(place, m, n)?;
        for task in [Task::QueryCount, Task::MostFrequentElement] {
            let differ = task.answer(c.counts(), c.query()) != task.answer(c_prime.counts(), c.query());
            need(differ, place, format!("different answers ({task})"), "the same")?;
        }
        expect(
            &format!("{place}: distance times the denominators"),
            steps,
            Pair::distance(&rows, &difference, clock)?,
        )?;
        Ok(Finding::verified(format!(
            "under uniform attention over {m} embeddings, d = {d}, states of inputs of length {n} with one query and different answers \
             are at least {distance} apart in the sup norm, and two are not farther; {nodes} nodes"
        )))
    }
}
