//! T5: the coherence of an embedding and the inner-product readout (Yehudai et al., arXiv:2407.15160v3).
//!
//! For unit vectors `n <v_q, u> - c_q = sum_{j != q} c_j <v_j, v_q>` is at most `mu (n - 1)` in size, and it is that for `n - 1`
//! copies of `j` before `q` when `|<v_j, v_q>| = mu`. The Gram matrix `G` has rank at most `d` and trace `m`, so
//! `sum_ij G_ij^2 >= m^2 / d`, and `mu^2 >= (m - d) / (d (m - 1))`. Squares of normalised products are rational.

use super::{Finding, Rejection, expect, wrong};
use crate::cert::{ClaimId, Verdict, Welch, WelchParams};
use crate::exact::{Rational, integer};
use num_traits::{One, Zero};

pub(super) fn check(
    claim: ClaimId,
    params: &WelchParams,
    data: &Welch,
) -> Result<Finding, Rejection> {
    if claim != ClaimId::Welch {
        return Err(wrong("claim", ClaimId::Welch, claim));
    }
    let (m, d) = (data.embedding.rows(), data.embedding.cols());
    expect("params.m", m, params.m)?;
    expect("params.d", d, params.d)?;
    if m < 2 || d < 1 {
        return Err(wrong("params", "m >= 2 and d >= 1", format!("m = {m}, d = {d}")));
    }
    let gram = data.embedding.mul(&data.embedding.transpose())?;
    let entry = |i: usize, j: usize| gram.get(i, j).cloned().unwrap_or_default();
    if let Some(zero) = (0..m).find(|&i| entry(i, i).is_zero()) {
        return Err(wrong(format!("data.welch.embedding: row {zero}"), "a non-zero vector", 0));
    }
    let square = |i: usize, j: usize| entry(i, j) * entry(i, j) / (entry(i, i) * entry(j, j));
    let mut largest = Rational::zero();
    let mut sum = integer(m as u64);
    for (i, j) in (0..m).flat_map(|i| (0..i).map(move |j| (i, j))) {
        let value = square(i, j);
        sum += &value * integer(2);
        largest = largest.max(value);
    }
    expect("params.mu_squared", largest.clone(), params.mu_squared.0.clone())?;
    let (tokens, width) = (integer(m as u64), integer(d as u64));
    let bound = if m <= d {
        Rational::zero()
    } else {
        (&tokens - &width) / (&width * (&tokens - Rational::one()))
    };
    expect("params.welch_squared", bound.clone(), params.welch_squared.0.clone())?;
    // The theorem, seen on this instance.
    let holds = sum * &width >= &tokens * &tokens && largest >= bound;
    expect("data.welch.embedding: sum of squares at least m^2 / d", true, holds)?;
    match (params.fails_from_n, data.pair) {
        (None, None) => expect("params.mu_squared", Rational::zero(), largest.clone())?,
        (Some(n), Some([j, q])) => {
            let named = j != q && j.0 < m && q.0 < m && square(j.0, q.0) == largest;
            expect("data.welch.pair: two tokens with the largest product", true, named)?;
            let fails = |n: u64| errs(&largest, n);
            if n < 2 || !fails(n) || fails(n - 1) {
                return Err(wrong("params.fails_from_n", "the least failing length", n));
            }
        }
        _ => return Err(wrong("data.welch.pair", "null exactly if fails_from_n is", "another")),
    }
    let fails = match (params.fails_from_n, data.pair) {
        (Some(n), Some([j, q])) => {
            format!("fails from n = {n} on, first on {} times {j} and then {q}", n - 1)
        }
        _ => "never fails".to_owned(),
    };
    let statement = format!(
        "{m} normalised embeddings with d = {d} have mu^2 = {largest} >= {bound}, and the inner-product readout {fails}"
    );
    Ok(Finding { verdict: Verdict::Verified, statement })
}

/// `mu (n - 1) >= 1/2`
fn errs(mu_squared: &Rational, n: u64) -> bool {
    let twice = integer(2) * (integer(n) - Rational::one());
    mu_squared * &twice * &twice >= Rational::one()
}
