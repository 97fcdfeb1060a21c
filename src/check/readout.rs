//! Linear readouts of fixed embeddings under uniform attention (ours): none counts, or these do.
//!
//! For a query `q` and counts `c`, let `u = (1/n) sum_j c_j v_j`. An affine readout `y = a . u + b` errs by
//! `e(c) = y - c_q`, which is affine in `c`. Take the inputs `c^j = e_q + (n - 1) e_j`, one for each token.
//!
//! *None counts.* Let `sum_j z_j = 0` and `sum_j z_j v_j = 0`. Then `sum_j z_j y(c^j) = 0`, while
//! `sum_j z_j c^j_q = (n - 1) z_q`, so `(n - 1) z_q = -sum_j z_j e(c^j)`, which is less than `||z||_1 / 2` if all
//! errors are less than 1/2.
//!
//! *These do.* With `f(v) = a_q . v + b_q` and `y = 1 - f(v_q) + n f(u)` the error is
//! `sum_j (c_j - [j = q]) (f(v_j) - [j = q])`, at most `(n - 1) max_j |f(v_j) - [j = q]|`.

use super::{Finding, Rejection, expect, wrong};
use crate::cert::{ClaimId, Dependence, LinearReadoutParams, LinearReadouts, Verdict};
use crate::exact::{Matrix, Rational, integer, ratio};
use num_traits::{Signed, Zero};

fn sizes(
    claim: ClaimId,
    params: &LinearReadoutParams,
    embedding: &Matrix,
) -> Result<Rational, Rejection> {
    if claim != ClaimId::LinearReadout {
        return Err(wrong("claim", ClaimId::LinearReadout, claim));
    }
    expect("params.m", embedding.rows(), params.m)?;
    expect("params.d", embedding.cols(), params.d)?;
    if params.n == 0 || params.m == 0 {
        return Err(wrong("params", "n and m at least 1", format!("n = {}", params.n)));
    }
    Ok(integer(params.n - 1))
}

pub(super) fn check_none(
    claim: ClaimId,
    params: &LinearReadoutParams,
    data: &Dependence,
) -> Result<Finding, Rejection> {
    let rest = sizes(claim, params, &data.embedding)?;
    expect("data.linear-dependence.z: length", params.m, data.z.len())?;
    let z: Vec<Rational> = data.z.iter().map(|entry| entry.0.clone()).collect();
    let sum: Rational = z.iter().sum();
    expect("data.linear-dependence.z: sum", Rational::zero(), sum)?;
    let combination = data.embedding.transpose().mul_vec(&z)?;
    if combination.iter().any(|entry| !entry.is_zero()) {
        return Err(wrong("data.linear-dependence.z", "token vectors combined to zero", "other"));
    }
    let weight = z.get(data.query).ok_or_else(|| {
        wrong("data.linear-dependence.query", format!("a token below {}", params.m), data.query)
    })?;
    let norm: Rational = z.iter().map(Signed::abs).sum();
    if norm.is_zero() || rest * weight < &norm / integer(2) {
        let found = format!("z_q = {weight}, ||z||_1 = {norm}");
        return Err(wrong("data.linear-dependence.z", "(n - 1) z_q >= ||z||_1 / 2 > 0", found));
    }
    let LinearReadoutParams { n, m, d } = params;
    let statement = format!(
        "with these embeddings no affine readout of the uniform-attention state counts token {} within 1/2 \
         on every input, n = {n}, m = {m}, d = {d}",
        data.query
    );
    Ok(Finding { verdict: Verdict::Verified, statement })
}

pub(super) fn check_some(
    claim: ClaimId,
    params: &LinearReadoutParams,
    data: &LinearReadouts,
) -> Result<Finding, Rejection> {
    let rest = sizes(claim, params, &data.embedding)?;
    let place = "data.linear-readout";
    expect(&format!("{place}.weights: rows"), params.m, data.weights.rows())?;
    expect(&format!("{place}.weights: columns"), params.d, data.weights.cols())?;
    expect(&format!("{place}.bias: length"), params.m, data.bias.len())?;
    let values = data.weights.mul(&data.embedding.transpose())?; // [query, token]
    for (query, (row, bias)) in values.to_rows().into_iter().zip(&data.bias).enumerate() {
        for (token, value) in row.into_iter().enumerate() {
            let off = value + &bias.0 - integer(u8::from(token == query));
            if &rest * off.abs() >= ratio(1, 2) {
                let found = format!("{off} for token {token}");
                return Err(wrong(
                    format!("{place}.weights[{query}]"),
                    "an error below 1/2, that is |f(v_j) - [j = q]| < 1/(2(n - 1))",
                    found,
                ));
            }
        }
    }
    let LinearReadoutParams { n, m, d } = params;
    let statement = format!(
        "with these embeddings an affine readout of the uniform-attention state, one for each query, counts \
         within 1/2 on every input, n = {n}, m = {m}, d = {d}"
    );
    Ok(Finding { verdict: Verdict::Refuted, statement })
}
