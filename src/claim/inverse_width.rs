//! T6: what "width `n^2`" is true of. Exactly how many cells, units and how much slope an inverter takes.
//!
//! Each number comes with a bound from both sides, see [`crate::search::width`]: a network and a list of triples for the
//! width, a network and two points for the total slope, a point out of tolerance on the grid of one cell fewer.

use super::{Cell, Claim, ClaimError, Decision, Request, Undecided};
use crate::kernel::kind::{
    GridEvidence, InverseWidth, InverseWidthParams, SlopeEvidence, WidthEvidence,
};
use crate::kernel::number::{Rational, ratio};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::control::Control;
use crate::search::width::{self, Reciprocal, depth, grid, invert, slope};
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

pub(super) const CLAIM: Claim = Claim {
    id: ClaimId::INVERSE_WIDTH,
    label: "T6",
    statement: "Inverting 1/k, k = 1..n, by one hidden layer takes exactly w_grid equal cells, w_min units, or total slope p_min",
    source: "width n^2: a press article on Yehudai et al., arXiv:2407.15160; linear in n: a public review of it; the exact numbers: ours",
    decided: "a network for every upper bound; points that no smaller network meets for every lower bound",
    options: &["n", "epsilon", "strict", "leak"],
    plan,
};

/// Networks are checked at every count.
const MAX_N: u64 = 100_000_000;

fn plan(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let lengths = request.finite_lengths(&[4, 9, 16, 25, 36, 64, 100])?;
    if let Some(n) = lengths.iter().find(|&&n| n > MAX_N) {
        return Err(ClaimError::value("n", format!("at most {MAX_N}"), n));
    }
    let tolerances = request.epsilon.clone().unwrap_or_else(|| vec![ratio(1, 2)]);
    let strict = request.strict;
    for epsilon in &tolerances {
        if epsilon.is_negative() {
            return Err(ClaimError::value("epsilon", "at least 0", epsilon));
        }
        if strict && epsilon.is_zero() {
            return Err(ClaimError::value("epsilon", "above 0 with --strict", epsilon));
        }
    }
    let leak = request.leak.clone().unwrap_or_else(Rational::zero);
    if leak.is_negative() || leak >= Rational::one() {
        return Err(ClaimError::value("leak", "at least 0 and below 1", leak));
    }
    let mut cells = Vec::new();
    for &n in &lengths {
        for epsilon in &tolerances {
            let mut params = vec![("n", Value::integer(n)), ("epsilon", epsilon.clone().into())];
            if strict {
                params.push(("strict", true.into()));
            }
            if !leak.is_zero() {
                params.push(("leak", leak.clone().into()));
            }
            let (epsilon, leak) = (epsilon.clone(), leak.clone());
            cells.push(Cell::new(ClaimId::INVERSE_WIDTH, params, move |control| {
                decide(n, &epsilon, &leak, strict, control)
            }));
        }
    }
    Ok(cells)
}

fn decide(
    n: u64,
    epsilon: &Rational,
    leak: &Rational,
    strict: bool,
    control: &Control,
) -> Result<Decision, Undecided> {
    let tunnel = Reciprocal::new(n, epsilon, leak, strict)?;
    let narrowest = width::narrowest(&tunnel, strict, control)?;
    let flattest = slope::flattest(&tunnel, strict, control)?;
    let cells = grid::least_cells(n, epsilon, leak, strict)?;
    let two = depth::two_layers(&tunnel, &narrowest.blocks, &narrowest.lines)?;

    // what two points force, and what the network takes: they meet unless a leak spoils integer slopes
    let beyond = strict && flattest.pair.is_some();
    let total = &flattest.total;
    let forced = if beyond { total.floor() + Rational::one() } else { total.ceil() }.to_integer();
    let taken = invert::unit_width(flattest.inner.as_ref().unwrap_or(&flattest.network));
    let unit_width = (forced == taken).then_some(forced).and_then(|width| width.to_u64());

    let square = BigInt::from(n) * n;
    let w_min = narrowest.triples.len() as u64;
    let integers = |value: Option<u64>| value.map_or(Value::Null, Value::integer);
    let holds = |value: Option<bool>| value.map_or(Value::Null, Value::from);
    let widths = two.widths.map(|width| width as u64);
    let values = vec![
        ("n_squared", Value::Integer(square.clone())),
        ("w_grid", integers(cells.least)),
        ("w_min", Value::integer(w_min)),
        ("p_min", flattest.total.clone().into()),
        ("unit_width", integers(unit_width)),
        ("two_layers", Value::list(widths)),
        ("n_squared_suffices", cells.least.is_some_and(|cells| square >= cells.into()).into()),
        ("n_squared_necessary_free", (square <= w_min.into()).into()),
        ("n_squared_necessary_unit", holds(unit_width.map(|width| square <= width.into()))),
    ];
    // a triple's ends in ascending order of the count, so the last one first
    let triple = |t: &width::Triple| [tunnel.k(t.right), tunnel.k(t.middle), tunnel.k(t.left)];
    let params = InverseWidthParams {
        n,
        epsilon: epsilon.clone().into(),
        strict,
        leak: leak.clone().into(),
        w_grid: cells.least,
        w_min,
        p_min: flattest.total.into(),
        unit_width,
        two_layers: widths,
    };
    let data = InverseWidth {
        grid: GridEvidence { fails_at: cells.fails_at.map(Into::into) },
        width: WidthEvidence {
            network: narrowest.network,
            triples: narrowest.triples.iter().rev().map(triple).collect(),
        },
        slope: SlopeEvidence {
            pair: flattest.pair.map(|(lower, upper)| [tunnel.k(upper), tunnel.k(lower)]),
            network: flattest.network,
            inner: flattest.inner,
        },
        two_layers: two.mlp,
    };
    let certificate = Certificate::new(ClaimId::INVERSE_WIDTH, params, data);
    Ok(Decision { proposed: Verdict::Verified, values, certificate, reason: None })
}
