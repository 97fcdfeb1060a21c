//! Readouts of fixed embeddings under uniform attention: what the best linear one does (ours).
//!
//! For a query `q` let `nu_q = min { ||z||_1 : sum_j z_j = 0, sum_j z_j v_j = 0, z_q = 1 }`, a linear program.
//! Its dual is the best approximation of the indicator of `q` by an affine `f` of the token vectors:
//! `min_f max_j |f(v_j) - [j = q]| = 1 / nu_q` (0 when the program has no point). The error of a readout is
//! affine in the counts, so it is largest at a vertex `e_q + (n - 1) e_j`, and the least possible worst error is
//! `(n - 1) / nu_q`. Hence some affine readout counts `q` within 1/2 at length `n` iff `n < 1 + nu_q / 2`.
//! (Over the integers the same minimum, with `z_q` free, is T7's: linear readouts fail first.)

mod relu;

pub use relu::{ReluReadout, Worst, worst_input};

use crate::kernel::kind::{LinearProgram, LpOutcome, LpVerdict, Relation, Sense};
use crate::kernel::number::{Matrix, Rational, integer};
use crate::search::lp::Build;
use crate::search::lp::{LpOptions, Undecided, solve};
use num_bigint::BigInt;
use num_traits::{One, Zero};

/// The best affine readout for one query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Best {
    pub query: usize,
    /// `[m]`, with `z_query = 1` and `||z||_1` least; `None` when the query's vector is no affine
    /// combination of the others
    pub dependence: Option<Vec<Rational>>,
    /// `[d]`, of `f`
    pub weights: Vec<Rational>,
    pub bias: Rational,
    /// `max_j |f(v_j) - [j = q]|`
    pub deviation: Rational,
}

impl Best {
    /// The least context length at which no affine readout counts the query within 1/2; `None` when
    /// every length is counted.
    #[must_use]
    pub fn fails_from(&self) -> Option<BigInt> {
        if self.deviation.is_zero() {
            return None;
        }
        Some(BigInt::one() + (self.deviation.recip() / integer(2)).ceil().to_integer())
    }
}

/// The best affine readout for `query`; rows of `embedding` `[m, d]` are token vectors.
///
/// # Errors
/// [`Undecided`] when `options.stop` said so.
///
/// ```
/// use counterproof::kernel::number::{Matrix, integer, ratio};
/// use counterproof::search::lp::LpOptions;
/// use counterproof::search::readout::best_linear;
///
/// // tokens 0 1 2 on a line: no affine function is 0, 1, 0 there, and 1/2 is the best there is
/// let tokens = Matrix::from_rows(1, [0, 1, 2].map(|v| vec![integer(v)]).to_vec())?;
/// let best = best_linear(&tokens, 1, &LpOptions::default())?;
/// assert_eq!(best.deviation, ratio(1, 2));
/// assert_eq!(best.fails_from(), Some(2.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn best_linear(
    embedding: &Matrix,
    query: usize,
    options: &LpOptions<'_>,
) -> Result<Best, Undecided> {
    let refused = |reason: &str| Undecided::Refused { reason: reason.to_owned() };
    let (m, d) = (embedding.rows(), embedding.cols());
    if query >= m {
        return Err(refused("the query is not a token of the embedding"));
    }
    // z = x_0..m - x_m..2m
    let mut program = LinearProgram::new(Sense::Minimise);
    for _ in 0..2 * m {
        program.add(Some(Rational::zero()), None, Rational::one());
    }
    let column = |k: usize| (0..m).map(move |j| (j, k));
    let entry = |(j, k): (usize, usize)| {
        let value = if k < d { embedding.get(j, k).cloned() } else { Some(Rational::one()) };
        (j, value.unwrap_or_else(Rational::zero))
    };
    for k in 0..=d {
        let terms = column(k).map(entry).flat_map(|(j, v)| [(j, v.clone()), (m + j, -v)]);
        let terms: Vec<_> = terms.collect();
        let added = program.add_row("", terms, Relation::Equal, Rational::zero());
        added.map_err(|error| refused(&error.to_string()))?;
    }
    let pin = [(query, Rational::one()), (m + query, -Rational::one())];
    program
        .add_row("", pin, Relation::Equal, Rational::one())
        .map_err(|error| refused(&error.to_string()))?;
    let solved = solve(&program, options)?;
    let (dependence, multipliers, deviation) = match (solved.outcome, solved.verdict) {
        (LpOutcome::Optimal { primal, dual }, LpVerdict::Optimal(norm)) => {
            let z = (0..m).map(|j| &primal[j] - &primal[m + j]).collect();
            (Some(z), dual, norm.recip())
        }
        (LpOutcome::Infeasible { farkas }, _) => (None, farkas, Rational::zero()),
        _ => return Err(refused("the program has bounds and no ray")),
    };
    // |w . v_j + b + s [j = q]| <= 1 (or = 0), and s is the optimum (or positive): f = -(w . v + b) / s
    let scale = -multipliers.get(d + 1).cloned().unwrap_or_else(Rational::one).recip();
    let mut affine = multipliers.iter().take(d + 1).map(|value| value * &scale);
    let weights = affine.by_ref().take(d).collect();
    let bias = affine.next().unwrap_or_else(Rational::zero);
    Ok(Best { query, dependence, weights, bias, deviation })
}

/// The best affine readouts for all queries.
///
/// # Errors
/// As [`best_linear`].
pub fn best_linear_all(
    embedding: &Matrix,
    options: &LpOptions<'_>,
) -> Result<Vec<Best>, Undecided> {
    (0..embedding.rows()).map(|query| best_linear(embedding, query, options)).collect()
}

#[cfg(test)]
mod tests;
