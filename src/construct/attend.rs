//! T3: query count by attention, with `d = ceil(log2 m) + 1` whatever the vocabulary size.
//!
//! Token `j` is the sign vector of the binary digits of `j`, so two tokens' inner product falls short of
//! `<v_q, v_q>` by `g_j = 2 * (number of digits in which they differ)`: the gap is `g = 2`. One more coordinate
//! marks the last position. Scores are `<v_q, v_j>`, the head reads the mark, and writes it back there:
//!
//! ```text
//! r_mark = 1 + x,    x = 1 / (c_q + delta),    delta = sum over j != q of c_j B^{-g_j}
//! ```
//!
//! The MLP applies a [`ScalarNetwork`] that inverts `x`. The readout sees the mark as well as what the MLP adds to it:
//! with `alpha != 0` the readout weight is `alpha`, so the mark itself is the network's affine part; with `alpha = 0` it is 1, and
//! one more unit, `ReLU(r_mark) = r_mark`, takes the mark away again, so all weights stay those of the network.
//! Source: Yehudai et al., arXiv:2407.15160v3; the codes,
//! the mark's double use and the exact base are ours.

use super::{ConstructError, affine, size, texts};
use crate::kernel::definition::{
    Head, Mlp, Readout, ScalarNetwork, ScalarUnit, Transformer, Weights,
};
use crate::kernel::number::{Matrix, Rational, integer};
use num_traits::{One, Zero};

/// The least inner-product gap between a token's code and another's.
pub const GAP: u64 = 2;

/// `ceil(log2 m)`, at least 1: the length of the codes.
#[must_use]
pub fn code_length(m: usize) -> usize {
    (usize::BITS - m.saturating_sub(1).leading_zeros()).max(1) as usize
}

/// The model for context length `n >= 1` and vocabulary size `m >= 1`, with softmax base `base > 1`.
///
/// # Errors
/// [`ConstructError`] when a size is zero.
///
/// ```
/// use counterproof::construct::{attend, inverter};
/// use counterproof::kernel::number::integer;
/// use counterproof::kernel::definition::Token;
///
/// // 8 tokens in 4 dimensions at length 4; the base found by `verify qc-count-attend --n 4 --m 8`
/// let (n, m) = (4, 8);
/// let model = attend::query_count(n, m, &integer(3), &inverter::grid(4, 16))?;
/// assert_eq!((model.dimension(), model.mlp_width()), (4, 15));
/// let output = model.output(&[5, 2, 5, 5].map(Token))?;
/// assert_eq!(output.round(), integer(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn query_count(
    n: usize,
    m: usize,
    base: &Rational,
    inverter: &ScalarNetwork,
) -> Result<Transformer, ConstructError> {
    if n == 0 || m == 0 {
        return Err(size("sizes", "n >= 1 and m >= 1", format!("n = {n}, m = {m}")));
    }
    let bits = code_length(m);
    let d = bits + 1;
    let sign = |j: usize, bit: usize| integer(if j >> bit & 1 == 1 { 1 } else { -1 });
    let mark = |i: usize| if i == bits { Rational::one() } else { Rational::zero() };
    let codes = Matrix::from_fn(bits, d, |i, j| integer(i64::from(i == j)));
    let head = Head {
        query: codes.clone(),
        key: codes,
        value: Matrix::from_fn(1, d, |_, j| mark(j)),
        output: Matrix::from_fn(d, 1, |i, _| mark(i)),
    };
    // the units see the mark, which is 1 + x
    let mut units = inverter.units.clone();
    let mut gain = inverter.alpha.0.clone();
    if gain.is_zero() {
        gain = Rational::one();
        // ReLU(1 + x), to be subtracted
        let one = || Rational::one().into();
        units.push(ScalarUnit { a: (-Rational::one()).into(), w: one(), b: one() });
    }
    let rows = units.iter().map(|unit| (0..d).map(|j| mark(j) * &unit.w.0).collect());
    let biases = units.iter().map(|unit| &unit.b.0 - &unit.w.0);
    let hidden = affine(d, rows.collect(), biases.collect())?;
    let back = |i: usize| units.iter().map(|unit| mark(i) * &unit.a.0 / &gain).collect();
    let output = affine(units.len(), (0..d).map(back).collect(), vec![Rational::zero(); d])?;
    let readout = Readout {
        weight: texts((0..d).map(|i| mark(i) * &gain)),
        bias: (&inverter.beta.0 - &inverter.alpha.0).into(),
    };
    let weights = Weights {
        embedding: Matrix::from_fn(m, d, |j, i| if i < bits { sign(j, i) } else { integer(0) }),
        positions: Some(Matrix::from_fn(
            n,
            d,
            |i, j| if i + 1 == n { mark(j) } else { integer(0) },
        )),
        base: base.clone().into(),
        heads: vec![head],
        mlp: Mlp { hidden: vec![hidden], output },
        readout,
    };
    Ok(Transformer::new(weights)?)
}
