//! T12: the worst error of the inner-product readout, for one embedding or the best of all.
//!
//! The quoted theorem has its order; the exact form is ours. For `m` unit vectors of coherence `mu` the worst error over inputs of length
//! `n` is `(n - 1) mu`, so the least of all embeddings is `(n - 1) mu*`, `mu*` the least coherence of `m` lines in `R^d`. From below it is
//! the largest of the rules that the checker knows; from above the best of [`crate::construct::packing`], or vectors that
//! [`small_coherence`] finds where these leave a gap. Where the two meet, `mu*` is exact.

use super::bounds::{least_failing, welch_bound};
use super::{Cell, Claim, ClaimError, Decision, Known, Request, Undecided};
use crate::construct::embedding::Kind;
use crate::construct::packing::{best, coherence_squared, in_coordinates};
use crate::kernel::kind::{HistogramError, HistogramErrorParams, LowerBound, Packing};
use crate::kernel::number::{Rational, RationalText, integer, ratio};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::coherence::small_coherence;
use crate::search::control::{Control, Stopped};
use num_bigint::BigInt;
use num_traits::Signed;
use std::sync::{Arc, OnceLock};

pub(super) const CLAIM: Claim = Claim {
    id: ClaimId::HISTOGRAM_ERROR,
    label: "T12",
    statement: "The readout n <v_q, u> of the mean of m unit vectors of R^d errs by (n - 1) mu on the worst input of length n, and the \
                best embedding by (n - 1) mu*(m, d), which is (n - 1) / sqrt(2 d - 1) for m = 2 d and a conference matrix",
    source: "Yehudai et al., arXiv:2407.15160v3, as quoted (its order for m >= 2 d); the exact form is ours",
    decided: "mu* from below by a rule (Welch, orthoplex, Levenshtein, the plane), from above by an embedding; exact where they meet",
    options: &["n", "m", "d", "embedding", "bound", "seed"],
    plan,
};

/// Paley's conference matrices have these orders.
const VOCABULARIES: [usize; 6] = [6, 10, 14, 18, 26, 30];

fn plan(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let lengths = request.finite_lengths(&[16])?;
    if request.embedding.is_some() || request.bound.is_some() {
        return one_embedding(request, &lengths);
    }
    let dimensions = request.dimensions()?;
    let seed = request.seed;
    let mut cells = Vec::new();
    for &m in &request.vocabularies(&VOCABULARIES)? {
        for &d in dimensions.as_deref().unwrap_or(&[m.div_ceil(2)]) {
            // the bounds are those of all lengths
            let found: Arc<OnceLock<Bounds>> = Arc::default();
            for &n in &lengths {
                let mut params = vec![
                    ("n", Value::integer(n)),
                    ("m", Value::integer(m)),
                    ("d", Value::integer(d)),
                ];
                if seed != 0 {
                    params.push(("seed", Value::integer(seed)));
                }
                let found = Arc::clone(&found);
                let cell = Cell::new(ClaimId::HISTOGRAM_ERROR, params, move |control| {
                    let bounds = match found.get() {
                        Some(bounds) => bounds.clone(),
                        None => {
                            let bounds = bounds(m, d, seed, control)?;
                            found.get_or_init(|| bounds).clone()
                        }
                    };
                    decision((n, m, d), bounds)
                });
                cells.push(cell.knowing(|| Known {
                    values: vec![("every_embedding", true.into())],
                    ..Known::default()
                }));
            }
        }
    }
    Ok(cells)
}

fn one_embedding(request: &Request, lengths: &[u64]) -> Result<Vec<Cell>, ClaimError> {
    let mut cells = Vec::new();
    for tokens in request.tokens(Kind::Moment, &[3, 4, 5, 6], &[2])? {
        tokens.have_directions()?;
        let vectors = in_coordinates(tokens.vectors.clone());
        // that of all lengths
        let coherence: Arc<OnceLock<Rational>> = Arc::default();
        for &n in lengths {
            let mut params = tokens.params.clone();
            params.insert(0, ("n", Value::integer(n)));
            let packing = Packing::Vectors(vectors.clone());
            let (vectors, coherence) = (vectors.clone(), Arc::clone(&coherence));
            let cell = Cell::new(ClaimId::HISTOGRAM_ERROR, params, move |_| {
                let mu_squared = coherence.get_or_init(|| coherence_squared(&vectors.rows));
                let bounds = Bounds {
                    rule: LowerBound::Coherence,
                    at_least: mu_squared.clone(),
                    at_most: mu_squared.clone(),
                    packing: Some(Packing::Vectors(vectors.clone())),
                };
                decision((n, vectors.rows.rows(), vectors.rows.cols()), bounds)
            });
            let cell = cell.knowing(move || Known {
                values: vec![("every_embedding", false.into())],
                ..Known::object(&packing)
            });
            cells.push(tokens.about(cell));
        }
    }
    Ok(cells)
}

/// What is known of the coherence that is meant.
#[derive(Clone)]
struct Bounds {
    rule: LowerBound,
    /// of `mu^2`
    at_least: Rational,
    /// of `mu^2`
    at_most: Rational,
    /// `None` for orthonormal vectors
    packing: Option<Packing>,
}

/// Bounds of the least `mu^2` of `m` unit vectors in `R^d`.
fn bounds(m: usize, d: usize, seed: u64, control: &Control) -> Result<Bounds, Stopped> {
    let (rule, at_least) = lower_bound(m, d);
    let design = best(m, d);
    let at_most = design.coherence_squared();
    // the plane is known up to rounding
    if at_most > at_least
        && d != 2
        && let Some(rows) = small_coherence(m, d, seed, control)?
    {
        let found = coherence_squared(&rows);
        if found < at_most {
            let packing = Some(Packing::Vectors(in_coordinates(rows)));
            return Ok(Bounds { rule, at_least, at_most: found, packing });
        }
    }
    Ok(Bounds { rule, at_least, at_most, packing: design.packing(m) })
}

/// The largest of the rules for these sizes, the first of those that agree.
fn lower_bound(m: usize, d: usize) -> (LowerBound, Rational) {
    let (m_big, d_big) = (m as i64, d as i64);
    let mut largest = (LowerBound::Welch, welch_bound(m, d));
    let mut rule = |rule, value: Rational| {
        if value > largest.1 {
            largest = (rule, value);
        }
    };
    if 2 * m > d * (d + 1) {
        rule(LowerBound::Orthoplex, ratio(1, d_big));
        let over = 3 * m_big - d_big * d_big - 2 * d_big;
        rule(LowerBound::Levenshtein, ratio(over, (d_big + 2) * (m_big - d_big)));
    }
    if d == 2 && m > 2 {
        rule(LowerBound::Planar, planar(m));
    }
    largest
}

/// Just below `cos^2 (pi / m)`, to twelve places; a float's cosine is good for fifteen.
fn planar(m: usize) -> Rational {
    if m == 6 {
        return ratio(3, 4);
    }
    const PLACES: i64 = 1_000_000_000_000;
    let cos = (std::f64::consts::PI / m as f64).cos();
    ratio((cos * cos * PLACES as f64).floor() as i64 - 1, PLACES)
}

fn decision((n, m, d): (u64, usize, usize), bounds: Bounds) -> Result<Decision, Undecided> {
    let Bounds { rule, at_least, at_most, packing } = bounds;
    let every_embedding = rule != LowerBound::Coherence;
    let length = |mu_squared: &Rational| match least_failing(mu_squared) {
        None if mu_squared.is_positive() => {
            Err(Undecided::Limit("the readout is right beyond every length below 2^64".to_owned()))
        }
        length => Ok(length),
    };
    let right_up_to = length(&at_most)?.map(|n| n - 1);
    let fails_from = length(&at_least)?;
    let others = BigInt::from(n) - 1;
    let times = integer(&others * &others);
    let (error_at_least, error_at_most) = (&at_least * &times, &at_most * &times);
    let shown = |length: Option<u64>| length.map_or(Value::Null, Value::integer);
    let mut values = vec![
        ("every_embedding", every_embedding.into()),
        ("exact", (at_least == at_most).into()),
        ("worst_error_at_least", Value::root_rounded(&error_at_least, false)),
        ("worst_error_at_most", Value::root_rounded(&error_at_most, true)),
        ("worst_error_squared_at_least", Value::Rational(error_at_least.clone())),
        ("worst_error_squared_at_most", Value::Rational(error_at_most.clone())),
        ("mu_squared_at_least", Value::Rational(at_least.clone())),
        ("mu_squared_at_least_decimal", Value::rounded(&at_least, false)),
        ("mu_squared_at_most", Value::Rational(at_most.clone())),
        ("mu_squared_at_most_decimal", Value::rounded(&at_most, true)),
        ("over_sqrt_n_at_least", Value::root_rounded(&(&error_at_least / integer(n)), false)),
        ("over_sqrt_n_at_most", Value::root_rounded(&(&error_at_most / integer(n)), true)),
        ("lower_bound", Value::text(rule_name(rule))),
        ("right_up_to", shown(right_up_to)),
        ("fails_from", shown(fails_from)),
    ];
    if every_embedding {
        values.push(("embedding", Value::text(packing_name(m, d, &packing))));
    }
    let params = HistogramErrorParams {
        n,
        m,
        d,
        every_embedding,
        mu_squared_at_least: RationalText(at_least),
        mu_squared_at_most: RationalText(at_most),
        worst_error_squared_at_least: RationalText(error_at_least),
        worst_error_squared_at_most: RationalText(error_at_most),
        right_up_to,
        fails_from,
    };
    let data = HistogramError { lower: rule, embedding: packing };
    let certificate = Certificate::new(ClaimId::HISTOGRAM_ERROR, params, data);
    Ok(Decision { proposed: Verdict::Verified, values, certificate, reason: None })
}

/// What the vectors of a certificate are called: the best of those that are listed, or others.
pub(crate) fn packing_name(m: usize, d: usize, packing: &Option<Packing>) -> String {
    let design = best(m, d);
    if design.packing(m) == *packing { design.name() } else { "searched".to_owned() }
}

fn rule_name(rule: LowerBound) -> &'static str {
    match rule {
        LowerBound::Coherence => "coherence",
        LowerBound::Welch => "welch",
        LowerBound::Orthoplex => "orthoplex",
        LowerBound::Levenshtein => "levenshtein",
        LowerBound::Planar => "planar",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From below never above from above.
    #[test]
    fn bounds_do_not_cross() {
        for m in 1..=40 {
            for d in 1..=20 {
                let (rule, at_least) = lower_bound(m, d);
                let design = best(m, d);
                assert!(
                    at_least <= design.coherence_squared(),
                    "m = {m}, d = {d}: {rule:?}, {design:?}"
                );
            }
        }
    }
}
