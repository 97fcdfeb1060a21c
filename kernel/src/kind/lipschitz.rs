//! T13 (ours): the least Lipschitz constant of whatever reads the states of uniform attention.
//!
//! *Statement.* Inputs of length `n` with one query have the states `s(c) = sum_j c_j v_j / n`. The least Lipschitz constant (sup norm
//! on states) of any function within `epsilon` of the answers is `L = max (|a(c) - a(c')| - 2 epsilon)^+ / ||s(c) - s(c')||` over pairs of inputs with
//! one query: no function has less, and McShane's extension `f(x) = min_c a(c) + epsilon + L ||x - s(c)||` has it and is within `epsilon`. It is
//! infinite when two states coincide whose answers are more than `2 epsilon` apart.
//!
//! *Differences.* Inputs with one query differ by `z = c - c'` with `sum z = 0` and `k = n - ||z||_1 / 2 >= 1` tokens in common, the query
//! among them. Let `M` be the largest of the `|z_j|`, say of a positive one (`-z` is as good), and `M'` the largest of the opposite
//! sign. The query counts differ by at most `M`, and by that for the query `j`. The most frequent counts differ by at most `M`,
//! for `c_i <= c'_i + M`, and by at most `M + k - M'`, for no count of `c` is above `M + k` and some count of `c'` is at least `M'`; with all
//! common tokens at `j` they are `M + k` and `max(k, M')`, so the smaller of the two is reached.
//!
//! *At most `L`.* With `V' = s V^T` as in [`super::separation`] a difference `(z, w)`, `w = V' z`, is steeper than `L` iff
//! `(apart(z) - 2 epsilon) s n > L ||w||`. No answers are farther apart than `n - 1` (most frequent element: `n - ceil(n / m)`), which bounds
//! `||w||`; so a ball has all that are steeper, and in it none is.

use super::collision::Pair;
use super::lipschitz_bound::{Sizes, all_embeddings};
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::Task;
use crate::evidence::{Ball, KernelProof, Sought, Subtrees, separation_matrix};
use crate::number::{Matrix, Rational, RationalText, compare, integer, work};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigInt, Integer, Signed, Zero};
use serde::{Deserialize, Serialize};
use std::fmt;

impl ClaimId {
    /// T13
    pub const LIPSCHITZ: Self = Self("lipschitz");
}

/// A Lipschitz constant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(expecting = "expected a rational or \"inf\"")]
pub enum Steepness {
    /// no function will do
    #[serde(rename = "inf")]
    Infinite,
    /// this one
    #[serde(untagged)]
    Finite(RationalText),
}

impl fmt::Display for Steepness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Infinite => f.write_str("inf"),
            Self::Finite(value) => value.fmt(f),
        }
    }
}

/// The statement: `lipschitz` is that constant, and over all embeddings with entries at most `radius` in size it is nowhere below
/// `bound_all_embeddings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LipschitzParams {
    /// context length
    pub n: u64,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
    /// what is counted
    pub task: Task,
    /// how far the function may be from the answer
    pub epsilon: RationalText,
    /// the least constant
    pub lipschitz: Steepness,
    /// at least the size of every entry
    pub radius: RationalText,
    /// see [`super::LipschitzBound`]
    pub bound_all_embeddings: RationalText,
}

/// Two inputs that are as steep, and why none are steeper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lipschitz {
    /// `[m, d]`
    pub embedding: Matrix,
    /// two inputs with this quotient; `null` when no answers are more than `2 epsilon` apart
    pub pair: Option<Pair>,
    /// of all vectors `(z, V' z)` with `sum z = 0` in the ball none is steeper; `null` when the constant is 0 or infinite
    pub proof: Option<KernelProof>,
}

/// The largest difference of the answers of two inputs of length `n` with one query whose counts differ by `z`, `sum z = 0`.
fn answers_apart<'a>(task: Task, n: u64, z: impl Iterator<Item = &'a BigInt>) -> BigInt {
    let (mut most, mut least, mut half) = <(BigInt, BigInt, BigInt)>::default();
    for entry in z {
        if entry.is_positive() {
            half += entry;
        }
        most = most.max(entry.clone());
        least = least.min(entry.clone());
    }
    let (larger, other) = if most >= -&least { (most, -least) } else { (-least, most) };
    match task {
        Task::QueryCount => larger,
        Task::MostFrequentElement => (&larger + n - half - other).min(larger),
    }
}

/// The largest difference of the answers of any two inputs of length `n` with one query over `m >= 2` tokens.
fn farthest_answers(task: Task, n: u64, m: usize) -> BigInt {
    match task {
        Task::QueryCount => BigInt::from(n) - 1,
        Task::MostFrequentElement => BigInt::from(n) - BigInt::from(n).div_ceil(&m.into()),
    }
}

impl Kind for Lipschitz {
    type Params = LipschitzParams;
    const NAME: &'static str = "lipschitz";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::LIPSCHITZ];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &LipschitzParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let &LipschitzParams { n, m, d, task, ref epsilon, ref lipschitz, ref radius, ref bound_all_embeddings } =
            params;
        expect("params.m", self.embedding.rows(), m)?;
        expect("params.d", self.embedding.cols(), d)?;
        let bound = all_embeddings(&Sizes { n, m, d, task, epsilon, radius })?;
        expect("params.bound_all_embeddings", &bound, bound_all_embeddings)?;
        for entry in self.embedding.entries() {
            clock.spend(work(entry.numer().bits(), radius.0.denom().bits()))?;
            clock.spend(work(entry.denom().bits(), radius.0.numer().bits()))?;
            need(compare(&entry.abs(), &radius.0).is_le(), "params.radius", "no smaller than an entry", radius)?;
        }
        let (rows, scale) = separation_matrix("data.lipschitz.embedding", &self.embedding)?;
        let steps = scale * n;
        let (found, nodes) = match &self.pair {
            None => {
                let farthest = farthest_answers(task, n, m);
                let place = "data.lipschitz.pair";
                let slack = compare(&integer(farthest), &(&epsilon.0 + &epsilon.0)).is_le();
                need(slack, place, "two inputs, for answers are more than 2 epsilon apart", "null")?;
                need(self.proof.is_none(), "data.lipschitz.proof", "null, as the pair", "a proof")?;
                (Steepness::Finite(Rational::zero().into()), 0)
            }
            Some(pair) => {
                let found = steepness(pair, params, &rows, &steps, clock)?;
                let nodes = none_steeper(&found, self.proof.as_ref(), params, &rows, &steps, clock)?;
                (found, nodes)
            }
        };
        expect("params.lipschitz", &found, lipschitz)?;
        Ok(Finding::verified(format!(
            "under uniform attention over {m} embeddings, d = {d}, the least Lipschitz constant (sup norm) of a function that is within \
             {epsilon} of the answer ({task}) on all states of inputs of length {n} with one query is {found}; over no embeddings with \
             entries at most {radius} in size is it below {bound}; {nodes} nodes"
        )))
    }
}

/// The quotient of the pair, which is above zero.
fn steepness(
    pair: &Pair,
    params: &LipschitzParams,
    rows: &[Vec<BigInt>],
    steps: &BigInt,
    clock: &Clock<'_>,
) -> Result<Steepness, Rejection> {
    let (place, epsilon) = ("data.lipschitz.pair", &params.epsilon.0);
    let ([c, c_prime], z) = pair.inputs(place, params.m, params.n)?;
    let answers = [c, c_prime].map(|input| params.task.answer(input.counts(), input.query()));
    let [a, a_prime] = answers.map(BigInt::from);
    let rise = integer((a - a_prime).abs()) - epsilon - epsilon;
    need(rise.is_positive(), place, "answers more than 2 epsilon apart", format!("{} and {}", answers[0], answers[1]))?;
    let run = Pair::distance(rows, &z, clock)?;
    Ok(match run.is_zero() {
        true => Steepness::Infinite,
        false => Steepness::Finite(RationalText(Rational::new(rise.numer() * steps, rise.denom() * run))),
    })
}

/// Checks that no difference is steeper; the number of nodes that it took.
fn none_steeper(
    found: &Steepness,
    proof: Option<&KernelProof>,
    params: &LipschitzParams,
    rows: &[Vec<BigInt>],
    steps: &BigInt,
    clock: &Clock<'_>,
) -> Result<u64, Rejection> {
    let (place, &LipschitzParams { n, m, task, .. }) = ("data.lipschitz.proof", params);
    let (slope, proof) = match (found, proof) {
        (Steepness::Finite(slope), Some(proof)) => (&slope.0, proof),
        (Steepness::Infinite, None) => return Ok(0),
        (Steepness::Infinite, _) => return Err(wrong(place, "null, for the states of the pair coincide", "a proof")),
        (Steepness::Finite(_), None) => return Err(wrong(place, "a proof that no pair is steeper", "null")),
    };
    need(proof.query.is_none(), format!("{place}.query"), "null", "a query")?;
    // steeper: apart * rise - least > ||w|| * run, the inequality above in integers
    let twice = &params.epsilon.0 + &params.epsilon.0;
    let unit = steps * slope.denom();
    let (rise, least, run) = (twice.denom() * &unit, twice.numer() * unit, twice.denom() * slope.numer());
    // the pair has a quotient above zero, so run is above zero
    let steepest: BigInt = farthest_answers(task, n, m) * &rise - &least - 1;
    let sup = steepest.div_floor(&run);
    let cost = work(rise.bits(), 64).saturating_add(work(run.bits(), sup.bits()));
    let harmless = |vector: &[BigInt]| {
        clock.spend(cost)?;
        let w = vector.iter().skip(m).map(Signed::abs).max().unwrap_or_default();
        Ok(answers_apart(task, n, vector.iter().take(m)) * &rise - &least <= w * &run)
    };
    let ball = Ball { split: m, l1: (BigInt::from(n) - 1) * 2, sup };
    proof.check(
        place,
        &Sought { rows, query: None, ball: Some(&ball), harmless: &harmless, part: Subtrees::ALL },
        clock,
    )
}
