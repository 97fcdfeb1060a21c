//! T13 (ours): how small the constant of [`super::lipschitz`] can be over all embeddings, and how small it gets.
//!
//! Entries are at most `R` in size. Write `g(N)` for the largest integer with `g^d < N`: two of `N` points of a cube of side `a` are
//! within `a / g(N)`, for they share one of `g^d` cells.
//!
//! *Not below.* (1) Two tokens are within `2 R / g(m)`; `z = t (e_i - e_j)` with `t = n - 1` (most frequent element: `floor(n / 2)`) has answers `t` apart and
//! states within `2 R t / (n g(m))`. (2) The `N = C(n + m - 2, m - 1)` sums of `n - 1` tokens are in a cube of side `2 R (n - 1)`, so some `z != 0` with
//! `||z||_1 <= 2 (n - 1)` has states within `2 R (n - 1) / (n g(N))`, and its answers are at least 1 apart, for both tasks: of the most frequent element
//! by `min(M, M - M' + k)`, where `M >= 1`, `M >= M'` and `k >= 1`. The larger of the two quotients is stated.
//!
//! *Not above.* Let `b = 2 n`, `v_0 = 0`, and let token `j >= 1` be `R b^-p` in coordinate `i` and 0 elsewhere, `j - 1 = p d + i`, `0 <= i < d`. With
//! `k = ceil((m - 1) / d)` the unit `R b^-(k-1)` stands in `r = m - 1 - (k - 1) d` coordinates. Let `n` times a difference of states be `w` units. Entries of `z` are at most `n - 1`
//! in size, so where one of a power `b^e > 1` of the unit is not zero, `||w|| >= b^e - (n - 1) (b^e - 1) / (b - 1) > b^e / 2 >= n`, with answers at most `n - 1` apart. Any
//! other `z` has `||w|| = max |z_j|` over `r` tokens and `z_0 = -sum z_j`: answers at most `min(r ||w||, n - 1)` apart. The largest quotient is at
//! `||w|| = floor((n - 1) / r)` or one more. For the query count it is reached, for the most frequent element too if `epsilon = 0`: then this is the constant itself.
//!
//! *Any attention without positions*, most frequent element, `h` heads with values in `[-R, R]^{d_v}`: two tokens have values within `2 R / g` for
//! `g^{h d_v} < m`. With `k` copies of `j` among `n - 1` of `i` before the query `i`, each head's output goes from `u_i` towards `u_j` as `k` grows. From `k = floor(n / 2)`,
//! answer `ceil(n / 2)`, the ends `k = 0` and `k = n - 1` have answers at least `floor(n / 2) - 1` away; both are within `2 R / g`, and one head's nearer end is
//! within half of that.

use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::Task;
use crate::number::{Rational, RationalText, binomial, divide, integer, larger, power};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigInt, BigUint, Integer, Signed};
use serde::{Deserialize, Serialize};

/// The numbers may have this many bits.
const MAX_BITS: u64 = 70_000;

/// The statement: over every embedding with entries at most `radius` in size the least Lipschitz constant is at least
/// `bound_all_embeddings`, over one it is at most `attained_at_most`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LipschitzBoundParams {
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
    /// of the size of entries
    pub radius: RationalText,
    /// for uniform attention
    pub bound_all_embeddings: RationalText,
    /// by digits
    pub attained_at_most: RationalText,
    /// `h`, of any attention without positions
    pub heads: usize,
    /// `d_v`
    pub head_dimension: usize,
    /// for any attention without positions; `null` for the query count, which T3 counts
    pub bound_any_attention: Option<RationalText>,
}

/// Nothing is needed beside the numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LipschitzBound {}

/// What the bounds depend on.
pub(super) struct Sizes<'a> {
    pub n: u64,
    pub m: usize,
    pub d: usize,
    pub task: Task,
    pub epsilon: &'a RationalText,
    pub radius: &'a RationalText,
}

fn long() -> Rejection {
    wrong("params", format!("sizes with numbers of at most {MAX_BITS} bits"), "others")
}

/// The largest `g` with `g^d < points`.
fn cells(points: BigUint, d: usize) -> Result<BigInt, Rejection> {
    let degree = u32::try_from(d).ok().filter(|&degree| degree > 0).ok_or_else(long)?;
    // points is at least 1
    Ok(BigInt::from(points).max(1.into()) - 1).map(|below: BigInt| below.nth_root(degree))
}

/// `(apart - 2 epsilon)^+ factor / distance`
fn quotient(apart: Rational, epsilon: &Rational, factor: BigInt, distance: &Rational) -> Rational {
    let rise = apart - epsilon - epsilon;
    divide(&(rise * factor), distance).filter(Signed::is_positive).unwrap_or_default()
}

/// What the constant is at least, over every embedding with entries at most `radius` in size.
pub(super) fn all_embeddings(sizes: &Sizes<'_>) -> Result<RationalText, Rejection> {
    let &Sizes { n, m, d, task, epsilon: RationalText(epsilon), radius: RationalText(radius) } = sizes;
    need(n >= 2 && m >= 2 && d >= 1, "params", "n >= 2, m >= 2 and d >= 1", format!("n = {n}, m = {m}, d = {d}"))?;
    need(!epsilon.is_negative(), "params.epsilon", "at least 0", epsilon)?;
    need(radius.is_positive(), "params.radius", "above 0", radius)?;
    let side = radius + radius;
    let others = u64::try_from(m).map_err(|_| long())?.saturating_sub(1);
    let before = n.saturating_sub(1);
    let sums = before.checked_add(others).and_then(|top| binomial(top, others, MAX_BITS)).ok_or_else(long)?;
    let copies = match task {
        Task::QueryCount => before,
        Task::MostFrequentElement => n >> 1,
    };
    let tokens = quotient(integer(copies), epsilon, cells(m.into(), d)? * n, &(&side * integer(copies)));
    let counts = quotient(integer(1), epsilon, cells(sums, d)? * n, &(side * integer(before)));
    Ok(larger(tokens, counts).into())
}

/// What the constant of the digits with entries at most `radius` is at most.
fn digits_at_most(sizes: &Sizes<'_>) -> Result<RationalText, Rejection> {
    let &Sizes { n, m, d, epsilon: RationalText(epsilon), radius: RationalText(radius), .. } = sizes;
    let longest = m.saturating_sub(2).checked_div(d).ok_or_else(long)?; // k - 1
    let units = BigInt::from(m) - 1 - BigInt::from(longest) * d; // r
    let base: BigInt = BigInt::from(n) * 2;
    let bits = base.bits().saturating_mul(u64::try_from(longest).unwrap_or(u64::MAX));
    let exponent = u32::try_from(longest).ok().filter(|_| bits <= MAX_BITS).ok_or_else(long)?;
    let factor = power(&base, exponent) * n;
    let last: BigInt = BigInt::from(n) - 1;
    // r >= 1 as m >= 2
    let even = last.div_floor(&units);
    let size = |w: &BigInt| radius * integer(w.clone());
    let full = quotient(integer(&even * units), epsilon, factor.clone(), &size(&even));
    Ok(larger(full, quotient(integer(last), epsilon, factor, &size(&(even + 1)))).into())
}

/// What the constant is at least under any attention without positions, with value vectors of entries at most `radius` in
/// size.
fn any_attention(sizes: &Sizes<'_>, heads: usize, head_dimension: usize) -> Result<Option<RationalText>, Rejection> {
    let &Sizes { n, m, task, epsilon: RationalText(epsilon), radius: RationalText(radius), .. } = sizes;
    let width = heads.checked_mul(head_dimension).ok_or_else(long)?;
    let factor = cells(m.into(), width)? * if heads == 1 { 2 } else { 1 };
    if task == Task::QueryCount {
        return Ok(None);
    }
    let apart = integer(n >> 1) - integer(1);
    Ok(Some(quotient(apart, epsilon, factor, &(radius + radius)).into()))
}

impl Kind for LipschitzBound {
    type Params = LipschitzBoundParams;
    const NAME: &'static str = "lipschitz-bound";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::LIPSCHITZ];
    const EVIDENCE: Evidence = Evidence::Arithmetic;

    fn check(&self, _: ClaimId, params: &LipschitzBoundParams, _: &Clock<'_>) -> Result<Finding, Rejection> {
        let LipschitzBoundParams { n, m, d, task, epsilon, radius, heads, head_dimension, .. } = params;
        let sizes = Sizes { n: *n, m: *m, d: *d, task: *task, epsilon, radius };
        let (below, above) = (all_embeddings(&sizes)?, digits_at_most(&sizes)?);
        let attention = any_attention(&sizes, *heads, *head_dimension)?;
        expect("params.bound_all_embeddings", &below, &params.bound_all_embeddings)?;
        expect("params.attained_at_most", &above, &params.attained_at_most)?;
        let show = |bound: &Option<RationalText>| bound.as_ref().map_or_else(|| "null".to_owned(), ToString::to_string);
        expect("params.bound_any_attention", show(&attention), show(&params.bound_any_attention))?;
        let any = attention.map_or_else(String::new, |bound| {
            format!("; of any attention without positions, {heads} heads of dimension {head_dimension}, it is at least {bound}")
        });
        Ok(Finding::verified(format!(
            "what reads the states of uniform attention at n = {n}, m = {m}, d = {d} within {epsilon} of the answer ({task}) has a Lipschitz \
             constant (sup norm) of at least {below} over all embeddings with entries at most {radius} in size, and over one {above} is \
             enough{any}"
        )))
    }
}
