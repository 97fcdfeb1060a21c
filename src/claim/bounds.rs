//! T5, T8 and T9: bounds by coherence, by counting messages, by counting sums.

use super::{Cell, Claim, ClaimError, Decision, Known, Request};
use crate::construct::embedding::Kind;
use crate::construct::packing::most_coherent;
use crate::kernel::definition::Token;
use crate::kernel::kind::{
    MfeBits, MfeBitsParams, Pigeonhole, PigeonholeParams, Welch, WelchParams,
};
use crate::kernel::number::IntegerText;
use crate::kernel::number::{Matrix, Rational, RationalText, ratio};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::inputs::binomial;
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

pub(super) const WELCH: Claim = Claim {
    id: ClaimId::WELCH,
    label: "T5",
    statement: "Unit embeddings with d < m have mu^2 >= (m - d) / (d (m - 1)), and the readout n <v_q, u> errs by at least \
                1/2 once (n - 1) mu >= 1/2",
    source: "Yehudai et al., arXiv:2407.15160v3",
    decided: "all products of the normalised embeddings, exactly; the least failing n and its sequence",
    options: &["m", "d", "embedding", "bound", "seed"],
    plan: plan_welch,
};

pub(super) const MFE_BITS: Claim = Claim {
    id: ClaimId::MFE_BITS,
    label: "T8",
    statement: "For MFE at n = 2 k + 1 the heads' h (d_v + 1) numbers of p bits need log2 C(k + m - 1, m - 1) bits in all",
    source: "Yehudai et al., arXiv:2407.15160v3 (set disjointness); the exact number is ours",
    decided: "distinguishing halves for all pairs of first halves where these are few, by a general rule beyond",
    options: &["n", "m"],
    plan: plan_mfe_bits,
};

pub(super) const PIGEONHOLE: Claim = Claim {
    id: ClaimId::PIGEONHOLE,
    label: "T9",
    statement: "Integer embeddings with entries at most B have at most (2 n B + 1)^d sums at length n; with more count \
                vectors than that, no MLP counts at length n + 1 under uniform attention",
    source: "ours",
    decided: "both numbers, exactly",
    options: &["n", "m", "d", "bound"],
    plan: plan_pigeonhole,
};

fn plan_welch(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let mut cells = Vec::new();
    for tokens in request.tokens(Kind::Random { bound: 3 }, &[3, 4, 5, 6], &[2])? {
        let vectors = tokens.vectors.clone();
        if vectors.rows() < 2 {
            return Err(ClaimError::value("m", "at least 2", vectors.rows()));
        }
        tokens.have_directions()?;
        let known = vectors.clone();
        let cell = Cell::new(ClaimId::WELCH, tokens.params.clone(), move |_| Ok(welch(&vectors)));
        // all of it takes less than its check
        let cell =
            cell.knowing(move || Known { values: welch(&known).values, ..Known::object(&known) });
        cells.push(tokens.about(cell));
    }
    Ok(cells)
}

fn welch(vectors: &Matrix) -> Decision {
    let (m, d) = (vectors.rows(), vectors.cols());
    let (mu_squared, pair) = most_coherent(vectors);
    let pair = pair.map(|pair| pair.map(Token));
    let welch_squared = welch_bound(m, d);
    let fails_from_n = least_failing(&mu_squared);
    let sequence = match (fails_from_n, pair) {
        (Some(n), Some([j, q])) => Value::text(format!("{j}*{} {q}", n - 1)),
        _ => Value::Null,
    };
    let length = |n: Option<u64>| n.map_or(Value::Null, Value::integer);
    let values = vec![
        ("mu_squared", Value::Rational(mu_squared.clone())),
        ("welch_squared", Value::Rational(welch_squared.clone())),
        ("fails_from_n", length(fails_from_n)),
        ("sequence", sequence),
        ("all_fail_from_n", length(least_failing(&welch_squared))),
    ];
    let (mu_squared, welch_squared) = (RationalText(mu_squared), RationalText(welch_squared));
    let params = WelchParams { m, d, mu_squared, welch_squared, fails_from_n };
    let pair = pair.filter(|_| fails_from_n.is_some());
    let data = Welch { embedding: vectors.clone(), pair };
    verified(Certificate::new(ClaimId::WELCH, params, data), values)
}

/// `(m - d) / (d (m - 1))`, and 0 when `m <= d`: what `mu^2` is at least.
pub(super) fn welch_bound(m: usize, d: usize) -> Rational {
    if m > d { ratio((m - d) as i64, (d * (m - 1)) as i64) } else { Rational::zero() }
}

/// The least `n` with `mu (n - 1) >= 1/2`.
pub(super) fn least_failing(mu_squared: &Rational) -> Option<u64> {
    if !mu_squared.is_positive() {
        return None;
    }
    // (n - 1)^2 >= 1 / (4 mu^2)
    let quotient: BigInt = (mu_squared * ratio(4, 1)).recip().ceil().to_integer();
    let root = quotient.sqrt();
    let root = if &root * &root < quotient { root + 1 } else { root };
    (root.max(BigInt::one()) + 1i32).to_u64()
}

fn plan_mfe_bits(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    const MAX: u64 = 1 << 12;
    let mut cells = Vec::new();
    for n in request.finite_lengths(&[3, 5, 9, 17])? {
        if !(3..=2 * MAX + 1).contains(&n) {
            return Err(ClaimError::value("n", format!("3 to {}", 2 * MAX + 1), n));
        }
        for m in request.vocabularies(&[2, 4, 8])? {
            if m as u64 > MAX {
                return Err(ClaimError::value("m", format!("at most {MAX}"), m));
            }
            let params = vec![("n", Value::integer(n)), ("m", Value::integer(m))];
            let decide = move || mfe_bits((n - 1) / 2, m as u64);
            let cell = Cell::new(ClaimId::MFE_BITS, params, move |_| Ok(decide()));
            cells.push(cell.knowing(move || Known { object: None, values: decide().values }));
        }
    }
    Ok(cells)
}

/// For an even `n` one token before the query is left out: the bound is that of `n - 1`.
fn mfe_bits(k: u64, m: u64) -> Decision {
    let classes = binomial(k + m - 1, m - 1);
    let bits = (&classes - 1u32).bits();
    // As many elements as there are tokens for, then as many repeats as fill the half.
    let most = ((m - 1) / 3).min(k);
    let (elements, repeats) = if most == 0 {
        (0, 0)
    } else {
        let repeats = k.div_ceil(most);
        (k / repeats, repeats)
    };
    let padding = k - elements * repeats;
    let classes = BigInt::from(classes);
    let values = vec![
        ("classes", Value::integer(classes.clone())),
        ("bits", Value::integer(bits)),
        ("disjointness_bits", Value::integer(elements)),
        ("k", Value::integer(k)),
    ];
    let classes = IntegerText(classes);
    let params = MfeBitsParams { k, m, classes, bits, disjointness_bits: elements };
    let data = MfeBits { elements, repeats, padding };
    verified(Certificate::new(ClaimId::MFE_BITS, params, data), values)
}

fn plan_pigeonhole(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    const MAX: usize = 1 << 12;
    let bound = u64::from(request.bound.unwrap_or(3));
    let dimensions = request.dimensions()?.unwrap_or_else(|| vec![2]);
    let mut cells = Vec::new();
    for n in request.finite_lengths(&[2, 4, 8, 16])? {
        if n > 1 << 40 {
            return Err(ClaimError::value("n", "at most 2^40", n));
        }
        for m in request.vocabularies(&[4, 6, 8])? {
            for &d in &dimensions {
                if m > MAX || d > MAX {
                    return Err(ClaimError::value("m", format!("m and d at most {MAX}"), m.max(d)));
                }
                let (m, d) = (m as u64, d as u64);
                let params = vec![
                    ("n", Value::integer(n)),
                    ("m", Value::integer(m)),
                    ("d", Value::integer(d)),
                    ("bound", Value::integer(bound)),
                ];
                let decide = move || pigeonhole(n, m, d, bound);
                let cell = Cell::new(ClaimId::PIGEONHOLE, params, move |_| Ok(decide()));
                cells.push(cell.knowing(move || Known { object: None, values: decide().values }));
            }
        }
    }
    Ok(cells)
}

fn pigeonhole(n: u64, m: u64, d: u64, bound: u64) -> Decision {
    let states = num_traits::pow(BigInt::from(bound) * n * 2 + 1, d as usize);
    let vectors = BigInt::from(binomial(n + m - 1, m - 1));
    let collision = vectors > states;
    let at_most = if collision { Value::integer(n + 1) } else { Value::Null };
    let values = vec![
        ("states", Value::integer(states.clone())),
        ("vectors", Value::integer(vectors.clone())),
        ("collision", collision.into()),
        ("n_star_at_most", at_most),
    ];
    let (states, vectors) = (IntegerText(states), IntegerText(vectors));
    let params = PigeonholeParams { n, m, d, bound, states, vectors, collision };
    verified(Certificate::new(ClaimId::PIGEONHOLE, params, Pigeonhole {}), values)
}

fn verified(certificate: Certificate, values: Vec<(&'static str, Value)>) -> Decision {
    Decision { proposed: Verdict::Verified, values, certificate, reason: None }
}
