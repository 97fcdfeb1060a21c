//! T14: with how few bits T1 or T3 counts right up to a length (ours).
//!
//! Formats have the exponents of doubles, so that only the precision matters. Every precision below fails at a length of its own.

use super::machine_numbers::Model;
use super::{ClaimId, Construction, Evidence, Finding, Kind};
use crate::number::{Format, SumOrder};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use serde::{Deserialize, Serialize};

/// The statement: every count is right at every length up to `n` with `precision` bits, and not with fewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeastPrecisionParams {
    /// the model
    pub construction: Construction,
    /// of its sums
    pub order: SumOrder,
    /// the longest inputs
    pub n: u64,
    /// bits of a mantissa, with the leading one
    pub precision: u64,
}

/// Lengths at which fewer bits fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeastPrecision {
    /// for 2, 3, .. bits below `precision`
    pub fails_at: Vec<u64>,
}

impl LeastPrecision {
    /// The format with so many bits.
    #[must_use]
    pub fn format(precision: i32) -> Format {
        Format { precision, emin: -1022, emax: 1023 }
    }
}

impl Kind for LeastPrecision {
    type Params = LeastPrecisionParams;
    const NAME: &'static str = "least-precision";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::MACHINE_NUMBERS];
    const EVIDENCE: Evidence = Evidence::Enumeration;

    fn check(&self, _: ClaimId, params: &LeastPrecisionParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let &LeastPrecisionParams { construction, order, n, precision } = params;
        let bits = i32::try_from(precision).ok().filter(|bits| (2..=53).contains(bits));
        let bits = bits.ok_or_else(|| wrong("params.precision", "2 to 53 bits", precision))?;
        need((1..=1 << 40).contains(&n), "params.n", "1 to 2^40", n)?;
        let place = "data.least-precision.fails_at";
        let below = usize::try_from(bits.saturating_sub(2)).unwrap_or(0);
        expect(&format!("{place}: number"), below, self.fails_at.len())?;
        let model = |bits: i32| Model { construction, format: Self::format(bits), order, clock };
        for (bits, &at) in (2..).zip(&self.fails_at) {
            need((1..=n).contains(&at), place, format!("lengths of 1 to {n}"), at)?;
            let fails = model(bits).first_wrong(at)?.is_some();
            need(fails, place, format!("a length at which {bits} bits fail"), at)?;
        }
        let failure = model(bits).first_failure(n)?;
        need(failure.is_none(), "params.precision", "bits that do", format!("{bits} bits, which fail at {failure:?}"))?;
        let (name, order) = (construction.name(), order.words());
        let what = if construction.attends() { "is told apart" } else { "is right" };
        Ok(Finding::verified(format!(
            "{name} summed {order}: every count {what} for all n <= {n} with {precision} bits, and not with fewer"
        )))
    }
}
