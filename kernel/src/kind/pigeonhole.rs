//! T9 (ours): more count vectors than sums.
//!
//! For an integer embedding with entries at most `B` in size, `sum_j c_j v_j` with `sum c = n` has coordinates in `-n B ..= n B`. With more
//! count vectors than that, two different ones have one sum; they differ by a kernel vector of l1 norm at most `2 n`, so by T7
//! no MLP counts from some length on that is at most `n + 1`. The two numbers are computed; nothing else is needed.

use super::{ClaimId, Evidence, Finding, Kind};
use crate::number::{IntegerText, binomial, power};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::BigInt;
use serde::{Deserialize, Serialize};

/// The two numbers may have this many bits: longer ones are not read either.
const MAX_BITS: u64 = 70_000;

impl ClaimId {
    /// T9
    pub const PIGEONHOLE: Self = Self("pigeonhole");
}

/// The statement: integer embeddings with entries at most `bound` have at most `states` sums at length `n`, while there are
/// `vectors` count vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PigeonholeParams {
    /// context length
    pub n: u64,
    /// vocabulary size
    pub m: u64,
    /// embedding dimension
    pub d: u64,
    /// of the size of entries
    pub bound: u64,
    /// `(2 n bound + 1)^d`
    pub states: IntegerText,
    /// `C(n + m - 1, m - 1)`
    pub vectors: IntegerText,
    /// `vectors > states`
    pub collision: bool,
}

/// Nothing is needed beside the numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pigeonhole {}

impl Kind for Pigeonhole {
    type Params = PigeonholeParams;
    const NAME: &'static str = "pigeonhole";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::PIGEONHOLE];
    const EVIDENCE: Evidence = Evidence::Arithmetic;

    fn check(&self, _: ClaimId, params: &PigeonholeParams, _: &Clock<'_>) -> Result<Finding, Rejection> {
        let &PigeonholeParams { n, m, d, bound, ref states, ref vectors, collision } = params;
        need(n >= 1 && m >= 1 && d >= 1, "params", "n, m and d at least 1", format!("n = {n}, m = {m}, d = {d}"))?;
        let long = || wrong("params", format!("numbers of at most {MAX_BITS} bits"), "longer ones");
        let values: BigInt = BigInt::from(bound) * n * 2 + 1;
        let exponent =
            u32::try_from(d).ok().filter(|_| values.bits().saturating_mul(d) <= MAX_BITS).ok_or_else(long)?;
        let all = power(&values, exponent);
        let others = m.saturating_sub(1);
        let count = n.checked_add(others).and_then(|top| binomial(top, others, MAX_BITS)).ok_or_else(long)?;
        let count = BigInt::from(count);
        expect("params.states", &all, &states.0)?;
        expect("params.vectors", &count, &vectors.0)?;
        expect("params.collision", count > all, collision)?;
        let so = match collision {
            true => format!("so no MLP counts at length {} under uniform attention", BigInt::from(n) + 1),
            false => "which forces nothing".to_owned(),
        };
        Ok(Finding::verified(format!(
            "integer embeddings with d = {d} and entries at most {bound} have at most {all} sums at n = {n}, m = {m}, for {count} \
             count vectors, {so}"
        )))
    }
}
