//! T5: the coherence of an embedding and the inner-product readout (Yehudai et al., arXiv:2407.15160v3).
//!
//! For unit vectors `n <v_q, u> - c_q = sum_{j != q} c_j <v_j, v_q>` is at most `mu (n - 1)` in size, and it is that for `n - 1` copies of
//! `j` before `q` when `|<v_j, v_q>| = mu`. The Gram matrix `G` has rank at most `d` and trace `m`, so
//! `sum_ij G_ij^2 >= m^2 / d`, and `mu^2 >= (m - d) / (d (m - 1))`. Squares `g_ij^2 / (g_ii g_jj)` of normalised products are rational and
//! do not depend on the lengths of the rows, so each row is taken as integers. All pairs are computed, none is kept.

use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::Token;
use crate::number::{IntegerVector, Matrix, Rational, RationalText, Room, Scaled, dot_within, work};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigInt, Zero};
use serde::{Deserialize, Serialize};

impl ClaimId {
    /// T5
    pub const WELCH: Self = Self("welch");
}

/// The statement: the normalised embedding has coherence `mu`, `mu^2 >= welch_squared`, and the readout `n <v_q, u>` of the mean
/// `u` errs by at least 1/2 on some input of each length from `fails_from_n` on, on none below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WelchParams {
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
    /// `mu^2`
    pub mu_squared: RationalText,
    /// `(m - d) / (d (m - 1))`, the bound for all embeddings of these sizes; 0 when `m <= d`
    pub welch_squared: RationalText,
    /// `null`: never, for `mu = 0`
    pub fails_from_n: Option<u64>,
}

/// An embedding, and two of its tokens with the largest product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Welch {
    /// `[m, d]`, no row zero; the rows are divided by their norms
    pub embedding: Matrix,
    /// two tokens with the largest `|<v_i, v_j>|`; the failing input is many of the first, then the second
    pub pair: Option<[Token; 2]>,
}

/// A row as integers, and its squared norm, which is not 0.
type Direction = (IntegerVector, BigInt);

/// The rows of a matrix `[m, d]`, divided by their norms: each is kept as integers with its squared norm.
pub(super) struct Directions {
    rows: Vec<Direction>,
}

impl Directions {
    /// # Errors
    /// [`Rejection`] for a row that is zero, and numbers that are too long.
    pub(super) fn new(matrix: &Matrix, place: &str, clock: &Clock<'_>) -> Result<Self, Rejection> {
        let (mut room, mut rows) = (Room::default(), Vec::with_capacity(matrix.rows()));
        for (i, row) in matrix.list().iter().enumerate() {
            let row = Scaled::within(&mut room, row.iter())?.numerators;
            let norm = dot_within(&row, &row, clock)?;
            need(!norm.is_zero(), format!("{place}: row {i}"), "a non-zero vector", 0)?;
            rows.push((row, norm));
        }
        Ok(Self { rows })
    }

    /// The integer rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = &IntegerVector> {
        self.rows.iter().map(|(row, _)| row)
    }

    /// `max_{i != j} <v_i, v_j>^2` as a fraction, not in lowest terms; 0 when there is one row.
    pub(super) fn coherence(&self, clock: &Clock<'_>) -> Result<(BigInt, BigInt), Rejection> {
        let mut largest = (BigInt::zero(), BigInt::from(1));
        for (i, u) in self.rows.iter().enumerate() {
            for v in self.rows.iter().take(i) {
                let (p, q) = square(u, v, clock)?;
                clock.spend(work(p.bits(), largest.1.bits()).saturating_add(work(q.bits(), largest.0.bits())))?;
                if &p * &largest.1 > &largest.0 * &q {
                    largest = (p, q);
                }
            }
        }
        Ok(largest)
    }
}

/// `g_ij^2` and `g_ii g_jj > 0`
fn square((u, u_norm): &Direction, (v, v_norm): &Direction, clock: &Clock<'_>) -> Result<(BigInt, BigInt), Rejection> {
    let product = dot_within(u, v, clock)?;
    clock.spend(work(product.bits(), product.bits()).saturating_add(work(u_norm.bits(), v_norm.bits())))?;
    Ok((&product * &product, u_norm * v_norm))
}

/// `(m - d) / (d (m - 1))`, and 0 when `m <= d`.
pub(super) fn welch_bound(m: usize, d: usize) -> Rational {
    // not 0 when m > d >= 1
    let denominator = BigInt::from(d) * (BigInt::from(m) - 1);
    if m > d { Rational::new(BigInt::from(m) - d, denominator) } else { Rational::zero() }
}

/// Whether `others >= 1` is the least number with `mu others >= 1/2`: of tokens before the query, one less than a length.
pub(super) fn fails_first_with(mu_squared: &Rational, others: u64) -> bool {
    let fails = |others: u64| mu_squared.numer() * (BigInt::from(others) * others * 4) >= *mu_squared.denom();
    others >= 1 && fails(others) && !fails(others.saturating_sub(1))
}

impl Kind for Welch {
    type Params = WelchParams;
    const NAME: &'static str = "welch";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::WELCH];
    const EVIDENCE: Evidence = Evidence::Enumeration;

    fn check(&self, _: ClaimId, params: &WelchParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let (m, d) = (self.embedding.rows(), self.embedding.cols());
        expect("params.m", m, params.m)?;
        expect("params.d", d, params.d)?;
        need(m >= 2 && d >= 1, "params", "m >= 2 and d >= 1", format!("m = {m}, d = {d}"))?;
        let directions = Directions::new(&self.embedding, "data.welch.embedding", clock)?;
        let largest = directions.coherence(clock)?;
        let mu = RationalText(Rational::new(largest.0.clone(), largest.1.clone()));
        expect("params.mu_squared", &mu, &params.mu_squared)?;
        let bound = RationalText(welch_bound(m, d));
        expect("params.welch_squared", &bound, &params.welch_squared)?;
        need(mu >= bound, "params.mu_squared", format!("at least {bound}"), &mu)?;
        let fails = match (params.fails_from_n, self.pair) {
            (None, None) if largest.0.is_zero() => "never fails".to_owned(),
            (Some(n), Some([j, q])) => {
                let rows = &directions.rows;
                let named = rows.get(j.0).zip(rows.get(q.0)).filter(|_| j != q);
                let unknown = || wrong("data.welch.pair", format!("two tokens below m = {m}"), format!("{j}, {q}"));
                let (p, of) = named.map(|(u, v)| square(u, v, clock)).ok_or_else(unknown)??;
                need(
                    p * &largest.1 == &largest.0 * of,
                    "data.welch.pair",
                    "two tokens with the largest product",
                    "others",
                )?;
                let least = fails_first_with(&mu.0, n.saturating_sub(1));
                need(least, "params.fails_from_n", "the least failing length", n)?;
                format!("fails from n = {n} on, first on {} times {j} and then {q}", n.saturating_sub(1))
            }
            _ => {
                return Err(wrong("data.welch.pair", "null exactly if fails_from_n is, and mu = 0", "another"));
            }
        };
        Ok(Finding::verified(format!(
            "{m} normalised embeddings with d = {d} have mu^2 = {mu} >= {bound}, and the inner-product readout {fails}"
        )))
    }
}
