//! Linear readouts of fixed embeddings under uniform attention (ours): none counts, or these do.
//!
//! For a query `q` and counts `c`, let `u = (1/n) sum_j c_j v_j`. An affine readout `y = a . u + b` errs by
//! `e(c) = y - c_q`, which is affine in `c`. Take the inputs `c^j = e_q + (n - 1) e_j`, one for each token.
//!
//! *None counts.* Let `sum_j z_j = 0` and `sum_j z_j v_j = 0`. Then `sum_j z_j y(c^j) = 0`, while
//! `sum_j z_j c^j_q = (n - 1) z_q`, so `(n - 1) z_q = -sum_j z_j e(c^j)`, which is less than `||z||_1 / 2` if all errors are less than 1/2.
//!
//! *These do.* With `f(v) = a_q . v + b_q` and `y = 1 - f(v_q) + n f(u)` the error is
//! `sum_j (c_j - [j = q]) (f(v_j) - [j = q])`, at most `(n - 1) max_j |f(v_j) - [j = q]|`.

use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::Token;
use crate::number::{Matrix, Rational, RationalText, Room, Scaled, dot_within};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigInt, Signed, Zero};
use serde::{Deserialize, Serialize};

impl ClaimId {
    /// whether an affine readout counts
    pub const LINEAR_READOUT: Self = Self("linear-readout");
}

/// The statement: with these embeddings and uniform attention, no readout that is affine in the state counts every query
/// within 1/2 at context length `n` (whatever it does for other queries).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearReadoutParams {
    /// context length
    pub n: u64,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
}

impl LinearReadoutParams {
    /// Checks the sizes; `2 (n - 1)`.
    fn describes(&self, embedding: &Matrix) -> Result<BigInt, Rejection> {
        let Self { n, m, d } = self;
        expect("params.m", embedding.rows(), *m)?;
        expect("params.d", embedding.cols(), *d)?;
        need(*n >= 1 && *m >= 1, "params", "n and m at least 1", format!("n = {n}, m = {m}"))?;
        Ok((BigInt::from(*n) - 1) * 2)
    }
}

/// Why none does: an affine dependence of the token vectors that weighs heavily on one token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependence {
    /// `[m, d]`
    pub embedding: Matrix,
    /// the token that is counted badly
    pub query: Token,
    /// `[m]`: sums to zero, combines the token vectors to zero, and `(n - 1) z_query >= ||z||_1 / 2 > 0`
    pub z: Vec<RationalText>,
}

impl Kind for Dependence {
    type Params = LinearReadoutParams;
    const NAME: &'static str = "linear-dependence";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::LINEAR_READOUT];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &LinearReadoutParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let twice = params.describes(&self.embedding)?;
        expect("data.linear-dependence.z: length", params.m, self.z.len())?;
        let place = "data.linear-dependence.z";
        // a positive multiple of z serves as well
        let z = Scaled::new(self.z.iter().map(|entry| &entry.0))?.numerators;
        expect("data.linear-dependence.z: sum", BigInt::zero(), z.iter().sum())?;
        for j in 0..params.d {
            let column = Scaled::new(self.embedding.column(j))?.numerators;
            need(dot_within(&z, &column, clock)?.is_zero(), place, "token vectors combined to zero", "other")?;
        }
        let unknown = || wrong("data.linear-dependence.query", format!("a token below {}", params.m), self.query);
        let weight = z.get(self.query.0).ok_or_else(unknown)?;
        let norm: BigInt = z.iter().map(Signed::abs).sum();
        let heavy = norm.is_positive() && twice * weight >= norm;
        need(
            heavy,
            place,
            "(n - 1) z_q >= ||z||_1 / 2 > 0",
            format!("z_q = {weight}, ||z||_1 = {norm}, up to a factor"),
        )?;
        let LinearReadoutParams { n, m, d } = params;
        Ok(Finding::verified(format!(
            "with these embeddings no affine readout of the uniform-attention state counts token {} within 1/2 on every input, \
             n = {n}, m = {m}, d = {d}",
            self.query
        )))
    }
}

/// One readout for each query that does: the count is `1 - f(v_q) + n (weights_q . u + bias_q)` with `u` the mean of the token
/// vectors and `f(v) = weights_q . v + bias_q`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearReadouts {
    /// `[m, d]`
    pub embedding: Matrix,
    /// `[m, d]`, one row for each query
    pub weights: Matrix,
    /// `[m]`
    pub bias: Vec<RationalText>,
}

impl Kind for LinearReadouts {
    type Params = LinearReadoutParams;
    const NAME: &'static str = "linear-readout";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::LINEAR_READOUT];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &LinearReadoutParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let twice = params.describes(&self.embedding)?;
        let &LinearReadoutParams { n, m, d } = params;
        let place = "data.linear-readout";
        expect(&format!("{place}.weights: rows"), m, self.weights.rows())?;
        expect(&format!("{place}.weights: columns"), d, self.weights.cols())?;
        expect(&format!("{place}.bias: length"), m, self.bias.len())?;
        let (mut room, mut tokens) = (Room::default(), Vec::with_capacity(m));
        for row in self.embedding.list() {
            // (v_j, 1) as integers, so that the last one is the denominator
            let Scaled { mut numerators, denominator } = Scaled::within(&mut room, row.iter())?;
            numerators.push(denominator);
            tokens.push(numerators);
        }
        for (query, (row, bias)) in self.weights.list().iter().zip(&self.bias).enumerate() {
            let Scaled { numerators, denominator } = Scaled::new(row.iter().chain([&bias.0]))?;
            for (token, vector) in tokens.iter().enumerate() {
                let unit = vector.last().map_or_else(BigInt::zero, |last| last * &denominator);
                let mut off = dot_within(&numerators, vector, clock)?;
                if token == query {
                    off -= &unit;
                }
                if &twice * off.abs() >= unit {
                    // the denominators of both are above zero
                    let found = format!("{} for token {token}", Rational::new(off, unit));
                    let expected = "an error below 1/2, that is |f(v_j) - [j = q]| < 1/(2(n - 1))";
                    return Err(wrong(format!("{place}.weights[{query}]"), expected, found));
                }
            }
        }
        Ok(Finding::refuted(format!(
            "with these embeddings an affine readout of the uniform-attention state, one for each query, counts within 1/2 on \
             every input, n = {n}, m = {m}, d = {d}"
        )))
    }
}
