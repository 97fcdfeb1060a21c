//! T12: the worst error of the inner-product readout (Yehudai et al., arXiv:2407.15160v3, as quoted, has its order; the exact form is ours).
//!
//! For unit embeddings `n <v_q, u> - c_q = sum_{j != q} c_j <v_j, v_q>`, at most `(n - 1) mu` in size, and it is that for `n - 1` copies of
//! one token before the query. So the least worst error of all embeddings is `(n - 1) mu*`, `mu*` the least coherence of `m` unit vectors in
//! `R^d`. A rule bounds `mu*` from below, an embedding from above.
//!
//! *Rules.* Welch's bound is that of [`super::Welch`]. For `m > d (d + 1) / 2`: the `v v^T - I / d` lie in `d (d + 1) / 2 - 1` dimensions, so
//! two of them have a product `<v_i, v_j>^2 - 1/d >= 0` (orthoplex); and with `s = mu^2` and `f(t) = t^4 - s t^2`, which has no negative coefficient
//! in Gegenbauer polynomials unless `s > 6 / (d + 4)`, `m (3 / (d (d + 2)) - s / d) <= f(1)` (Levenshtein; a larger `s` is above
//! its bound anyway). For `d = 2`: of `m` lines through a point two are within `pi / m` of each other (planar).
//!
//! *Equiangular lines.* A Seidel matrix `S` has zeros on the diagonal and `+-1` elsewhere, symmetric. If `S^2 = t S + (m - 1) I`, its eigenvalues
//! are `(t +- D) / 2` with `D^2 = t^2 + 4 (m - 1)`, and `I + 2 S / (D - t)` is a Gram matrix of unit vectors with `mu = 2 / (D - t)`. Its rank is the
//! multiplicity of the larger eigenvalue, `m (D - t) / (2 D)` since the trace of `S` is 0.

use super::welch::{Directions, fails_first_with, welch_bound};
use super::{ClaimId, Evidence, Finding, Kind};
use crate::number::{Matrix, Rational, RationalText, Room, Scaled, compare, dot_within, integer, rank_at_least, work};
use crate::rejection::{Clock, Rejection, expect, expect_number, need, wrong};
use num::{BigInt, One, Signed, Zero};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

impl ClaimId {
    /// T12
    pub const HISTOGRAM_ERROR: Self = Self("histogram-error");
}

/// The statement: the least worst error of the readout over inputs of length `n` is `(n - 1) mu*`, within the stated bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistogramErrorParams {
    /// context length
    pub n: u64,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
    /// whether `mu*` is that of the best of all embeddings; otherwise of the one in the data
    pub every_embedding: bool,
    /// a bound of `mu*^2`
    pub mu_squared_at_least: RationalText,
    /// a bound of `mu*^2`, attained by the embedding
    pub mu_squared_at_most: RationalText,
    /// `(n - 1)^2 mu_squared_at_least`
    pub worst_error_squared_at_least: RationalText,
    /// `(n - 1)^2 mu_squared_at_most`
    pub worst_error_squared_at_most: RationalText,
    /// the largest length at which the embedding errs by less than 1/2; `null`: at all
    pub right_up_to: Option<u64>,
    /// the least length at which, by the bound from below, every embedding errs by 1/2 or more; `null`: at none
    pub fails_from: Option<u64>,
}

/// A rule for the bound from below, and an embedding for that from above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistogramError {
    /// which rule
    pub lower: LowerBound,
    /// at least `m` vectors in at most `d` dimensions, any `m` of which serve; `null`: orthonormal ones, for `m <= d`
    pub embedding: Option<Packing>,
}

/// What bounds `mu*^2` from below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LowerBound {
    /// the embedding's own coherence, where the statement is about one embedding
    Coherence,
    /// `(m - d) / (d (m - 1))`; 0 when `m <= d`
    Welch,
    /// `1 / d`, for `m > d (d + 1) / 2`
    Orthoplex,
    /// `(3 m - d^2 - 2 d) / ((d + 2) (m - d))`, for `m > d (d + 1) / 2`
    Levenshtein,
    /// for `d = 2` what is stated, at most `cos^2 (pi / m)`
    Planar,
}

/// Unit vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Packing {
    /// in coordinates
    Vectors(Vectors),
    /// equiangular lines by the rows of a Seidel matrix, a character `0`, `+` or `-` for each entry
    Seidel(Vec<String>),
}

/// Vectors in any number of columns, and why they lie in fewer dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vectors {
    /// no row is zero; the rows are divided by their norms
    pub rows: Matrix,
    /// independent rows, orthogonal to all vectors
    pub relations: Matrix,
}

impl Kind for HistogramError {
    type Params = HistogramErrorParams;
    const NAME: &'static str = "histogram-error";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::HISTOGRAM_ERROR];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &HistogramErrorParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let &HistogramErrorParams { n, m, d, every_embedding, .. } = params;
        need(n >= 1 && m >= 1 && d >= 1, "params", "n, m and d of at least 1", format!("n = {n}, m = {m}, d = {d}"))?;
        let upper = self.upper(params, clock)?;
        expect_number("params.mu_squared_at_most", &upper, &params.mu_squared_at_most.0)?;
        let lower = self.lower(params, &upper, clock)?;
        expect_number("params.mu_squared_at_least", &lower, &params.mu_squared_at_least.0)?;
        let others = BigInt::from(n) - 1;
        for (place, mu_squared, found) in [
            ("params.worst_error_squared_at_least", &lower, &params.worst_error_squared_at_least),
            ("params.worst_error_squared_at_most", &upper, &params.worst_error_squared_at_most),
        ] {
            clock.spend(work(mu_squared.numer().bits(), mu_squared.denom().bits()))?;
            expect_number(place, &(mu_squared * integer(&others * &others)), &found.0)?;
        }
        // with as many tokens before the query; none for a coherence of 0
        let first = |mu_squared: &Rational, others: Option<u64>| match others {
            None => mu_squared.is_zero(),
            Some(others) => fails_first_with(mu_squared, others),
        };
        let right = first(&upper, params.right_up_to);
        need(
            right,
            "params.right_up_to",
            "the largest length with an error below 1/2, null for mu = 0",
            show(params.right_up_to),
        )?;
        let fails = first(&lower, params.fails_from.map(|n| n.saturating_sub(1)));
        need(
            fails,
            "params.fails_from",
            "the least length with an error of 1/2, null for mu = 0",
            show(params.fails_from),
        )?;
        let whose = if every_embedding { "the best of all embeddings" } else { "this embedding" };
        let worst = match compare(&lower, &upper) {
            Ordering::Equal => format!("is {}", params.worst_error_squared_at_most),
            _ => format!(
                "is at least {} and at most {}",
                params.worst_error_squared_at_least, params.worst_error_squared_at_most
            ),
        };
        Ok(Finding::verified(format!(
            "for {m} tokens with d = {d} and {whose} the squared worst error of the inner-product readout at n = {n} {worst}; \
             it is right up to n = {}, and wrong from n = {} on",
            show(params.right_up_to),
            show(params.fails_from)
        )))
    }
}

fn show(length: Option<u64>) -> String {
    length.map_or_else(|| "any".to_owned(), |n| n.to_string())
}

impl HistogramError {
    /// The squared coherence of the embedding, which has at least `m` vectors in at most `d` dimensions.
    fn upper(&self, params: &HistogramErrorParams, clock: &Clock<'_>) -> Result<Rational, Rejection> {
        let place = "data.histogram-error.embedding";
        let (count, rank, mu_squared) = match &self.embedding {
            None => (params.m, params.m, Rational::zero()),
            Some(Packing::Vectors(vectors)) => vectors.packing(clock)?,
            Some(Packing::Seidel(rows)) => equiangular(rows, clock)?,
        };
        if params.every_embedding {
            need(count >= params.m, format!("{place}: vectors"), format!("at least m = {}", params.m), count)?;
            need(rank <= params.d, format!("{place}: dimensions"), format!("at most d = {}", params.d), rank)?;
        } else {
            let rows = match &self.embedding {
                Some(Packing::Vectors(Vectors { rows, relations })) if relations.rows() == 0 => rows,
                _ => return Err(wrong(place, "the vectors of the one embedding, no relations", "another form")),
            };
            expect(&format!("{place}: vectors"), params.m, rows.rows())?;
            expect(&format!("{place}: columns"), params.d, rows.cols())?;
        }
        Ok(mu_squared)
    }

    /// What the rule says; that of the embedding is `upper`, and the planar one what is stated.
    fn lower(&self, params: &HistogramErrorParams, upper: &Rational, clock: &Clock<'_>) -> Result<Rational, Rejection> {
        let place = "data.histogram-error.lower";
        let stated = &params.mu_squared_at_least.0;
        let own = self.lower == LowerBound::Coherence;
        let whose = if params.every_embedding { "a rule about every embedding" } else { "coherence" };
        need(own != params.every_embedding, place, whose, "another rule")?;
        let (m, d) = (BigInt::from(params.m), BigInt::from(params.d));
        let many = &m * 2 > &d * (&d + 1);
        let (numerator, denominator) = match self.lower {
            LowerBound::Coherence => return Ok(upper.clone()),
            LowerBound::Welch => return Ok(welch_bound(params.m, params.d)),
            LowerBound::Orthoplex if many => (BigInt::one(), d),
            // m > d, as d (d + 1) / 2 >= d
            LowerBound::Levenshtein if many => (&m * 3 - &d * (&d + 2), (&d + 2) * (&m - &d)),
            LowerBound::Planar if params.d == 2 => {
                let below = planar(params.m, stated, clock)?;
                need(below, "params.mu_squared_at_least", "0 to cos^2 (pi / m)", stated)?;
                return Ok(stated.clone());
            }
            _ => return Err(wrong(place, format!("a rule for m = {m}, d = {d}"), "another")),
        };
        // m > d >= 1 where it is a product
        Ok(Rational::new(numerator, denominator))
    }
}

/// Whether `0 <= c <= cos^2 (pi / m)`, by the polynomials `U_k(cos x) = sin((k + 1) x) / sin x`: with `c = cos^2 x`, `0 < x <= pi / 2`, one of
/// `U_1 .. U_(m-1)` is not above zero if and only if `m x >= pi`. With `c = p / q`, `M_k = (q cos x)^k U_k(cos x)`.
fn planar(m: usize, c: &Rational, clock: &Clock<'_>) -> Result<bool, Rejection> {
    let (p, q) = (c.numer(), c.denom());
    let (twice, both): (BigInt, BigInt) = (p * 2, p * q);
    let (mut before, mut now) = (BigInt::one(), twice.clone());
    for _ in 1..m {
        if !now.is_positive() {
            return Ok(!c.is_negative());
        }
        need(
            now.bits() <= 1 << 26,
            "params.mu_squared_at_least",
            "a shorter number for so many lines",
            "a longer one",
        )?;
        clock.spend(work(now.bits(), both.bits()).saturating_add(work(before.bits(), both.bits())))?;
        let next = &twice * &now - &both * &before;
        before = std::mem::replace(&mut now, next);
    }
    Ok(false)
}

impl Vectors {
    /// How many they are, in how many dimensions at most, and their squared coherence.
    fn packing(&self, clock: &Clock<'_>) -> Result<(usize, usize, Rational), Rejection> {
        let place = "data.histogram-error.embedding.vectors";
        let (columns, relations) = (self.rows.cols(), self.relations.rows());
        if relations > 0 {
            expect(&format!("{place}.relations: columns"), columns, self.relations.cols())?;
        }
        let directions = Directions::new(&self.rows, place, clock)?;
        let (mut room, mut normals) = (Room::default(), Vec::with_capacity(relations));
        for normal in self.relations.list() {
            let normal = Scaled::within(&mut room, normal.iter())?.numerators;
            for (i, row) in directions.rows().enumerate() {
                let product = dot_within(row, &normal, clock)?;
                need(product.is_zero(), format!("{place}.relations"), format!("orthogonal to row {i}"), "another")?;
            }
            normals.push(normal);
        }
        let independent = rank_at_least(&normals, relations, clock)?;
        need(independent, format!("{place}.relations"), "independent rows", "dependent ones")?;
        // independent rows are not more than columns
        let (numerator, denominator) = directions.coherence(clock)?;
        Ok((self.rows.rows(), columns.saturating_sub(relations), Rational::new(numerator, denominator)))
    }
}

/// How many lines a Seidel matrix gives, in how many dimensions, and their squared coherence.
fn equiangular(rows: &[String], clock: &Clock<'_>) -> Result<(usize, usize, Rational), Rejection> {
    let place = "data.histogram-error.embedding.seidel";
    let m = rows.len();
    need(m >= 2, place, "at least 2 rows", m)?;
    let sign = |i: usize, j: usize| rows.get(i).and_then(|row| row.as_bytes().get(j)).copied();
    // the places of -1 in a row, 64 in a word
    let mut minus: Vec<Vec<u64>> = Vec::with_capacity(m);
    for (i, row) in rows.iter().enumerate() {
        need(row.len() == m, format!("{place}: row {i}"), format!("{m} characters"), row.len())?;
        clock.spend(u64::try_from(m).unwrap_or(u64::MAX))?;
        let symmetric = (0..m).all(|j| match sign(i, j) {
            Some(b'0') => i == j,
            Some(b'+' | b'-') => i != j && sign(i, j) == sign(j, i),
            _ => false,
        });
        need(symmetric, format!("{place}: row {i}"), "0 on the diagonal, + or - elsewhere, symmetric", "another")?;
        let word = |part: &[u8]| part.iter().rev().fold(0u64, |word, &sign| (word << 1) | u64::from(sign == b'-'));
        minus.push(row.as_bytes().chunks(64).map(word).collect());
    }
    // S^2 = t S off the diagonal; on it the m - 1 squares are 1
    let mut t = None;
    let others = i64::try_from(m).unwrap_or(i64::MAX).saturating_sub(2);
    for (i, a) in minus.iter().enumerate() {
        for (j, b) in minus.iter().enumerate().take(i) {
            clock.spend(u64::try_from(a.len() >> 6).unwrap_or(u64::MAX).saturating_add(1))?;
            let differ: u64 = a.iter().zip(b).map(|(a, b)| u64::from((a ^ b).count_ones())).sum();
            let negative = sign(i, j) == Some(b'-');
            // at places i and j one of the two rows has the 0, the other one S_ij
            let differ = i64::try_from(differ).unwrap_or(i64::MAX).saturating_sub(if negative { 2 } else { 0 });
            let product = others.saturating_sub(differ.saturating_mul(2));
            let product = if negative { product.saturating_neg() } else { product };
            let same = *t.get_or_insert(product) == product;
            need(same, format!("{place}: rows {i} and {j}"), "S^2 = t S + (m - 1) I", "another product")?;
        }
    }
    let (m_big, t) = (BigInt::from(m), BigInt::from(t.unwrap_or(0)));
    if t.is_zero() {
        return Ok((m, m >> 1, Rational::new(BigInt::one(), m_big - 1)));
    }
    let square: BigInt = &t * &t + (&m_big - 1) * 4;
    // the trace is 0, so D = t m / (a - b) is rational where t is not 0, a and b the multiplicities
    let root = square.sqrt();
    need(&root * &root == square, place, "t^2 + 4 (m - 1) a square", &square)?;
    // D > |t|, so all denominators are above zero
    let rank = Rational::new(&m_big * (&root - &t), &root * 2).to_integer();
    let below = &root - &t;
    Ok((m, usize::try_from(rank).unwrap_or(usize::MAX), Rational::new(4.into(), &below * &below)))
}
