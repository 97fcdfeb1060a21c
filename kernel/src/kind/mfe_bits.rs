//! T8: how many messages MFE needs (the reduction from set disjointness is the paper's, Yehudai et al., arXiv:2407.15160v3;
//! the exact number of classes is ours).
//!
//! The first party's message stands for its count vector `c`, `sum c = k`; the second adds `k` tokens, and a fixed token
//! `l = 0` ends the sequence. *Rule:* two different vectors are told apart by `k` copies of `l` if `c_l != c'_l`, otherwise by
//! `k` copies of any `j` with `c_j != c'_j`. For then the answer is `c_j + k` (one more for `j = l`): another token `i` has at most
//! `k - c_j + [i = l]`, which is more than `c_j + k` only if `c = k e_l` and `j != l`; but there `c_l = c'_l = k` and `c = c'`. So all
//! `C(k + m - 1, m - 1)` vectors need different messages.
//!
//! *Disjointness:* element `i` has three tokens; each party writes its shared token `repeats` times if it has the element, its own
//! token as often if not, and then `padding` times token 0. A shared element is written `2 repeats` times, and
//! nothing else more than `max(repeats, 2 padding + 1)` times. Sets differ in `2^elements` ways.
//!
//! The numbers and inequalities suffice; the rule is also tried on all pairs of vectors where these are few.

use super::{ClaimId, Evidence, Finding, Kind};
use crate::number::{IntegerText, binomial};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::BigInt;
use serde::{Deserialize, Serialize};

/// Sizes above this are refused: their numbers have too many digits.
const MAX_SIZE: u64 = 1 << 12;
/// `C(2 MAX_SIZE, MAX_SIZE)` has fewer bits.
const MAX_BITS: u64 = 1 << 14;
/// The rule is tried on all pairs of vectors when there are at most this many vectors.
const MAX_VECTORS: u64 = 600;

impl ClaimId {
    /// T8
    pub const MFE_BITS: Self = Self("mfe-bits");
}

/// The statement: a model whose heads pass on messages about the first `k` of `n = 2 k + 1` tokens, the last one fixed, needs
/// at least `classes` different messages to solve MFE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfeBitsParams {
    /// tokens of each party; `n = 2 k + 1`
    pub k: u64,
    /// vocabulary size
    pub m: u64,
    /// `C(k + m - 1, m - 1)`
    pub classes: IntegerText,
    /// the least integer with `2^bits >= classes`
    pub bits: u64,
    /// the same bound from set disjointness
    pub disjointness_bits: u64,
}

/// How set disjointness over `elements` elements becomes MFE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfeBits {
    /// of the universe
    pub elements: u64,
    /// how often each party writes a token
    pub repeats: u64,
    /// how often each party writes the token `0`, which is the last token as well
    pub padding: u64,
}

impl Kind for MfeBits {
    type Params = MfeBitsParams;
    const NAME: &'static str = "mfe-bits";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::MFE_BITS];
    const EVIDENCE: Evidence = Evidence::Arithmetic;

    fn check(&self, _: ClaimId, params: &MfeBitsParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let &MfeBitsParams { k, m, ref classes, bits, disjointness_bits } = params;
        for (place, size) in [("params.k", k), ("params.m", m)] {
            need((1..=MAX_SIZE).contains(&size), place, format!("1 to {MAX_SIZE}"), size)?;
        }
        let others = m.saturating_sub(1);
        let count = binomial(k.saturating_add(others), others, MAX_BITS);
        let count = BigInt::from(count.ok_or_else(|| wrong("params", "a short number of classes", "a longer one"))?);
        expect("params.classes", &count, &classes.0)?;
        // 2^bits >= count > 2^(bits - 1): the bits of count - 1
        expect("params.bits", (&count - 1u32).bits(), bits)?;
        let small = count <= MAX_VECTORS.into();
        if small {
            try_halves(k, m, clock)?;
        }
        let &Self { elements, repeats, padding } = self;
        expect("params.disjointness_bits", elements, disjointness_bits)?;
        self.fits(k, m)?;
        let how = if small { "verified on all pairs" } else { "by the general rule" };
        Ok(Finding::verified(format!(
            "for MFE at n = {}, m = {m}, the first {k} tokens need {count} different messages ({how}): h (d_v + 1) p >= {bits} bits; \
             set disjointness on {elements} elements ({repeats} repeats, padding {padding}) gives {elements}",
            k.saturating_mul(2).saturating_add(1)
        )))
    }
}

/// Tries the rule on all pairs of vectors.
fn try_halves(k: u64, m: u64, clock: &Clock<'_>) -> Result<(), Rejection> {
    // all ways to give away at most k among the tokens but the last, which takes the rest
    let mut halves = vec![Vec::new()];
    for _ in 1..m {
        let more = |c: &Vec<u64>| {
            let c = c.clone();
            let rest = k.saturating_sub(c.iter().sum());
            (0..=rest).map(move |count| [c.as_slice(), &[count]].concat())
        };
        halves = halves.iter().flat_map(more).collect();
        clock.spend(u64::try_from(halves.len()).unwrap_or(u64::MAX))?;
    }
    for c in &mut halves {
        c.push(k.saturating_sub(c.iter().sum()));
    }
    for (i, c) in halves.iter().enumerate() {
        for other in halves.iter().take(i) {
            clock.spend(m)?;
            // token 0 comes first, so it is taken where the two differ there
            let j = c.iter().zip(other).position(|(a, b)| a != b);
            let answer = |counts: &[u64]| {
                let count = |(i, &count): (usize, &u64)| {
                    let more = if Some(i) == j { k } else { 0 };
                    count.saturating_add(more).saturating_add(u64::from(i == 0))
                };
                counts.iter().enumerate().map(count).max()
            };
            need(
                j.is_some() && answer(c) != answer(other),
                "params.k",
                "halves that are told apart",
                "two that are not",
            )?;
        }
    }
    Ok(())
}

impl MfeBits {
    /// The inequalities on which the reduction rests.
    fn fits(&self, k: u64, m: u64) -> Result<(), Rejection> {
        let &Self { elements, repeats, padding } = self;
        let written = u128::from(elements).saturating_mul(repeats.into()).saturating_add(padding.into());
        expect("data.mfe-bits: elements * repeats + padding", u128::from(k), written)?;
        let tokens = u128::from(elements).saturating_mul(3).saturating_add(1);
        need(tokens <= m.into(), "data.mfe-bits.elements", format!("3 elements + 1 <= {m}"), elements)?;
        if elements == 0 {
            return expect("data.mfe-bits.repeats, without elements", 0, repeats);
        }
        let few = padding.saturating_mul(2).saturating_add(1) < repeats.saturating_mul(2);
        need(few, "data.mfe-bits.padding", "2 padding + 1 < 2 repeats", padding)
    }
}
