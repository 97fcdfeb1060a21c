//! T8: how many messages MFE needs (the reduction from set disjointness is the paper's, Yehudai et al.,
//! arXiv:2407.15160v3; the exact number of classes is ours).
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

use super::{Finding, KeepGoing, Rejection, expect, wrong};
use crate::cert::{ClaimId, MfeBits, MfeBitsParams, Verdict};
use crate::model::Token;
use crate::task::{CountInputs, Input, binomial};
use num_bigint::BigInt;

/// Sizes above this are refused: their numbers have too many digits.
const MAX_SIZE: u64 = 1 << 12;
/// The rule is tried on all pairs of vectors when there are at most this many vectors.
const MAX_VECTORS: u64 = 600;
/// The reduction is tried on all pairs of sets of at most this many elements.
const MAX_ELEMENTS: u64 = 7;

pub(super) fn check(
    claim: ClaimId,
    params: &MfeBitsParams,
    data: &MfeBits,
    keep_going: KeepGoing<'_>,
) -> Result<Finding, Rejection> {
    if claim != ClaimId::MfeBits {
        return Err(wrong("claim", ClaimId::MfeBits, claim));
    }
    let &MfeBitsParams { k, m, ref classes, bits, disjointness_bits } = params;
    for (place, size) in [("params.k", k), ("params.m", m)] {
        if size == 0 || size > MAX_SIZE {
            return Err(wrong(place, format!("1 to {MAX_SIZE}"), size));
        }
    }
    let count = binomial(k + m - 1, m - 1);
    expect("params.classes", BigInt::from(count.clone()), classes.0.clone())?;
    // 2^bits >= count > 2^(bits - 1): the bits of count - 1
    let needed = (count.clone() - 1u32).bits();
    expect("params.bits", needed, bits)?;
    let small = u64::try_from(&count).is_ok_and(|count| count <= MAX_VECTORS);
    if small {
        all_halves(k, m, keep_going)?;
    }
    let &MfeBits { elements, repeats, padding } = data;
    expect("params.disjointness_bits", elements, disjointness_bits)?;
    disjointness(k, m, data)?;
    if elements <= MAX_ELEMENTS {
        all_sets(data)?;
    }
    let how = if small { "verified on all pairs" } else { "by the general rule" };
    let statement = format!(
        "for MFE at n = {}, m = {m}, the first {k} tokens need {count} different messages ({how}): \
         h (d_v + 1) p >= {bits} bits; set disjointness on {elements} elements ({repeats} repeats, padding {padding}) gives {elements}",
        2 * k + 1
    );
    Ok(Finding { verdict: Verdict::Verified, statement })
}

fn largest(counts: &[u64]) -> u64 {
    counts.iter().copied().max().unwrap_or(0)
}

/// Tries the rule on all pairs of vectors.
fn all_halves(k: u64, m: u64, keep_going: KeepGoing<'_>) -> Result<(), Rejection> {
    let m = usize::try_from(m).map_err(|_| wrong("params.m", "a small m", m))?;
    // The inputs of length k + 1 with query 0, that query left out.
    let prefix = |input: Input| {
        let mut counts = input.counts().to_vec();
        if let Some(first) = counts.first_mut() {
            *first -= 1;
        }
        counts
    };
    let vectors: Vec<Vec<u64>> = CountInputs::for_query(k + 1, m, Token(0)).map(prefix).collect();
    for (i, c) in vectors.iter().enumerate() {
        if !keep_going() {
            return Err(Rejection::Stopped);
        }
        for other in vectors.iter().take(i) {
            // Token 0 comes first, so it is taken where the two differ there.
            let differs = c.iter().zip(other).position(|(a, b)| a != b);
            let j = differs.ok_or_else(|| wrong("params.k", "different vectors", "equal ones"))?;
            let answer = |counts: &[u64]| {
                let mut counts = counts.to_vec();
                for (token, more) in [(j, k), (0, 1)] {
                    if let Some(count) = counts.get_mut(token) {
                        *count += more;
                    }
                }
                largest(&counts)
            };
            if answer(c) == answer(other) {
                return Err(wrong("params.k", "halves that are told apart", format!("{c:?}")));
            }
        }
    }
    Ok(())
}

/// The inequalities on which the reduction rests.
fn disjointness(k: u64, m: u64, data: &MfeBits) -> Result<(), Rejection> {
    let &MfeBits { elements, repeats, padding } = data;
    let written = elements.checked_mul(repeats).and_then(|sum| sum.checked_add(padding));
    if written != Some(k) {
        let place = "data.mfe-bits: elements * repeats + padding";
        return Err(wrong(place, k, format!("{elements} * {repeats} + {padding}")));
    }
    let tokens = elements.checked_mul(3).and_then(|sum| sum.checked_add(1));
    if tokens.is_none_or(|tokens| tokens > m) {
        return Err(wrong("data.mfe-bits.elements", format!("3 elements + 1 <= {m}"), elements));
    }
    if elements == 0 && repeats > 0 {
        return Err(wrong("data.mfe-bits.repeats", "0, without elements", repeats));
    }
    if elements > 0 && (repeats == 0 || 2 * padding + 1 >= 2 * repeats) {
        return Err(wrong("data.mfe-bits.padding", "2 padding + 1 < 2 repeats", padding));
    }
    Ok(())
}

/// Tries the reduction on all pairs of sets.
fn all_sets(data: &MfeBits) -> Result<(), Rejection> {
    let &MfeBits { elements, repeats, padding } = data;
    for (a, b) in (0..1u64 << elements).flat_map(|a| (0..1u64 << elements).map(move |b| (a, b))) {
        let mut counts = vec![2 * padding + 1];
        for i in 0..elements {
            let (first, second) = (a >> i & 1, b >> i & 1);
            counts.extend([
                repeats * (first + second),
                repeats * (1 - first),
                repeats * (1 - second),
            ]);
        }
        if (largest(&counts) >= 2 * repeats && elements > 0) != (a & b != 0) {
            return Err(wrong("data.mfe-bits", "MFE decides disjointness", format!("{a} {b}")));
        }
    }
    Ok(())
}
