//! T9 (ours): more count vectors than sums.
//!
//! For an integer embedding with entries at most `B` in size, `sum_j c_j v_j` with `sum c = n` has coordinates in `-n B ..= n B`. With more
//! count vectors than that, two different ones have one sum; they differ by a kernel vector of l1 norm at most `2 n`,
//! so by T7 no MLP counts from some length on that is at most `n + 1`.

use super::{Finding, Rejection, expect, wrong};
use crate::cert::{ClaimId, PigeonholeParams, Verdict};
use crate::task::binomial;
use num_bigint::BigInt;

/// Sizes above this are refused: their numbers have too many digits.
const MAX_SIZE: u64 = 1 << 12;
const MAX_LENGTH: u64 = 1 << 40;

pub(super) fn check(claim: ClaimId, params: &PigeonholeParams) -> Result<Finding, Rejection> {
    if claim != ClaimId::Pigeonhole {
        return Err(wrong("claim", ClaimId::Pigeonhole, claim));
    }
    let &PigeonholeParams { n, m, d, bound, ref states, ref vectors, collision } = params;
    for (place, size, limit) in
        [("params.n", n, MAX_LENGTH), ("params.m", m, MAX_SIZE), ("params.d", d, MAX_SIZE)]
    {
        if size == 0 || size > limit {
            return Err(wrong(place, format!("1 to {limit}"), size));
        }
    }
    let values: BigInt = BigInt::from(bound) * n * 2 + 1;
    let exponent = usize::try_from(d).map_err(|_| wrong("params.d", "a small d", d))?;
    let all = num_traits::pow(values, exponent);
    let count = BigInt::from(binomial(n + m - 1, m - 1));
    expect("params.states", all.clone(), states.0.clone())?;
    expect("params.vectors", count.clone(), vectors.0.clone())?;
    expect("params.collision", count > all, collision)?;
    let so = if collision {
        format!("so no MLP counts at length {} under uniform attention", n + 1)
    } else {
        "which forces nothing".to_owned()
    };
    let statement = format!(
        "integer embeddings with d = {d} and entries at most {bound} have at most {all} sums at n = {n}, m = {m}, for {count} \
         count vectors, {so}"
    );
    Ok(Finding { verdict: Verdict::Verified, statement })
}
