//! The model that Tracr compiles the RASP program `hist` to, for any vocabulary, length and `mlp_exactness`.
//!
//! Rebuilt from two compiled models (tests compare every threshold with theirs), without the coordinates that nothing
//! reads. A token attends to `BOS` and to the tokens equal to it (score `100 / sqrt(v + 2)`, others 0), and the head
//! reads `BOS`: `x = 1 / (1 + c_q + delta)`. With exactness `E` the MLP has, for each `k < L`, two units that form a ramp
//! of width `1/E` *ending* at the middle `t_k` of `1/(k+2)` and `1/(k+1)`:
//!
//! ```text
//! ramp_k(x) = ReLU(E x - (E t_k - 1)) - ReLU(E x - E t_k)      moves the answer from k + 1 to k
//! ```
//!
//! Source of the compiler: Lindner et al., arXiv:2301.05062; the analysis in `docs/compiled-hist.md` is ours.

use super::{ConstructError, affine, size, texts};
use crate::algebra::MatrixOps;
use crate::kernel::definition::{
    ActivatedMlp, Activation, Block, HeadWeights, Part, ReadAt, Reading, Scores, SoftmaxAttention,
    SoftmaxHead, SoftmaxTransformer, SoftmaxWeights,
};
use crate::kernel::number::{Matrix, Rational, integer, ratio};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// How the thresholds are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// as the rationals they are
    Exactly,
    /// rounded to the nearest single-precision float, as the compiler does
    Single,
}

/// The compiled model for `v` tokens and inputs up to length `longest`, read at every position.
///
/// # Errors
/// [`ConstructError`] when a size is zero.
pub fn histogram(
    v: usize,
    longest: usize,
    exactness: u64,
    stored: Stored,
) -> Result<SoftmaxTransformer, ConstructError> {
    if v == 0 || longest == 0 || exactness == 0 {
        let found = format!("v = {v}, longest = {longest}, exactness = {exactness}");
        return Err(size("compiled histogram", "sizes of at least 1", found));
    }
    // the residual stream: answers 0..=longest, what the head read, `one`, BOS, the tokens
    let (x, one, bos) = (longest + 1, longest + 2, longest + 3);
    let d = bos + 1 + v;
    let unit = |i: usize, j: usize| if i == j { Rational::one() } else { Rational::zero() };
    let keys = v + 1;
    let scores = Scores {
        // BOS is key 0, which every token asks for, and token j is key j + 1
        query: affine(
            d,
            (0..keys)
                .map(|k| {
                    let asks = move |j: usize| if k == 0 { j == one } else { j == bos + k };
                    (0..d).map(|j| if asks(j) { integer(100) } else { integer(0) }).collect()
                })
                .collect(),
            vec![Rational::zero(); keys],
        )?,
        key: affine(
            d,
            (0..keys).map(|k| (0..d).map(|j| unit(bos + k, j)).collect()).collect(),
            vec![Rational::zero(); keys],
        )?,
        scale: integer(v as u64 + 2).into(),
        rotary: None,
    };
    let head = SoftmaxHead {
        weights: HeadWeights::Softmax(scores),
        value: affine(d, vec![(0..d).map(|j| unit(bos, j)).collect()], vec![Rational::zero()])?,
        output: Matrix::from_fn(d, 1, |i, _| unit(i, x)),
    };
    let mut rows = Vec::new();
    let mut columns = Vec::new();
    let hidden = |threshold: Rational| {
        let entry = |j: usize| match j {
            _ if j == x => integer(exactness),
            _ if j == one => -threshold.clone(),
            _ => Rational::zero(),
        };
        (0..d).map(entry).collect::<Vec<_>>()
    };
    for (first, second, k) in thresholds(longest, exactness, stored) {
        for (threshold, sign) in [(first, 1), (second, -1)] {
            rows.push(hidden(threshold));
            let moves = |i: usize| match i {
                _ if i == k => integer(sign),
                _ if i == k + 1 => -integer(sign),
                _ => Rational::zero(),
            };
            columns.push((0..d).map(moves).collect::<Vec<_>>());
        }
    }
    // what is below every ramp is the longest count
    rows.push((0..d).map(|j| unit(one, j)).collect());
    columns.push((0..d).map(|i| unit(longest, i)).collect());
    let width = rows.len();
    let mlp = ActivatedMlp {
        activation: Activation::Relu,
        hidden: vec![affine(d, rows, vec![Rational::zero(); width])?],
        output: affine(
            width,
            Matrix::from_rows(d, columns)?.transpose().to_rows(),
            vec![Rational::zero(); d],
        )?,
    };
    let answers = (0..=longest as u64).collect();
    let map = affine(
        d,
        (0..=longest).map(|i| (0..d).map(|j| unit(i, j)).collect()).collect(),
        vec![Rational::zero(); longest + 1],
    )?;
    let state = |token: usize| move |j: usize| unit(one, j) + unit(bos + token, j);
    let weights = SoftmaxWeights {
        embedding: Matrix::from_fn(v, d, |token, j| state(token + 1)(j)),
        bos: Some(texts((0..d).map(state(0)))),
        positions: None,
        blocks: vec![
            residual(Part::Attention(SoftmaxAttention {
                heads: vec![head],
                bias: texts(vec![Rational::zero(); d]),
                causal: false,
            })),
            residual(Part::Mlp(mlp)),
        ],
        norm: None,
        reading: Reading::ArgMax { map, answers },
        read_at: ReadAt::Every,
    };
    Ok(SoftmaxTransformer::new(weights)?)
}

/// A block that is added to the stream, without norms.
fn residual(part: Part) -> Block {
    Block { before: None, part, residual: true, after: None }
}

/// `(E t_k - 1, E t_k, k)` for `k = longest - 1, .., 0`, as they are stored.
#[must_use]
pub fn thresholds(
    longest: usize,
    exactness: u64,
    stored: Stored,
) -> Vec<(Rational, Rational, usize)> {
    let store = |value: Rational| match stored {
        Stored::Exactly => value,
        Stored::Single => nearest_single(&value),
    };
    let pair = |k: usize| {
        let k_ = i64::try_from(k).unwrap_or(i64::MAX - 2);
        let middle = (ratio(1, k_ + 2) + ratio(1, k_ + 1)) / integer(2);
        let end = middle * integer(exactness);
        (store(&end - integer(1)), store(end), k)
    };
    (0..longest).rev().map(pair).collect()
}

/// The float of 24 significant bits that is nearest to `value`, ties to even; exponents are not limited.
fn nearest_single(value: &Rational) -> Rational {
    if value.is_zero() {
        return value.clone();
    }
    let magnitude = value.abs();
    // 2^exponent <= magnitude < 2^(exponent + 1)
    let power = |exponent: i64| {
        let power = Rational::from_integer(BigInt::one() << exponent.unsigned_abs());
        if exponent < 0 { power.recip() } else { power }
    };
    let bits = |x: &BigInt| i64::try_from(x.bits()).unwrap_or(i64::MAX / 4);
    let mut exponent = bits(magnitude.numer()) - bits(magnitude.denom());
    if power(exponent) > magnitude {
        exponent -= 1;
    }
    let unit = power(exponent - 23);
    let scaled = magnitude / &unit;
    let (whole, rest) = scaled.numer().div_mod_floor(scaled.denom());
    let twice = rest * 2;
    let up = twice > *scaled.denom() || (twice == *scaled.denom() && whole.is_odd());
    let rounded = Rational::from_integer(if up { whole + 1 } else { whole }) * unit;
    if value.is_negative() { -rounded } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn singles_are_rounded_like_the_hardware(p in -1_000_000i64..1_000_000, q in 1i64..1_000_000) {
            // the quotient of two integers below 2^24 in single precision is correctly rounded
            let nearest = p as f32 / q as f32;
            prop_assert_eq!(Some(nearest_single(&ratio(p, q))), Rational::from_float(nearest));
        }
    }
}
