//! Linear maps and layer norm on a batch held lane-major, `[feature][LANES]`, forwards and backwards.

use super::kernels::{Kernels, LANES, Left, Product};
use super::real::Real;

/// `[rows][LANES]` becomes `[LANES][rows]`.
pub(super) fn transpose<R: Real>(from: &[R], into: &mut Vec<R>) {
    let rows = from.len() / LANES;
    into.resize(from.len(), R::zero());
    for (i, row) in from.chunks_exact(LANES).enumerate() {
        for (b, &value) in row.iter().enumerate() {
            into[b * rows + i] = value;
        }
    }
}

/// Adds the sum over lanes of each row.
pub(super) fn add_row_sums<R: Real>(from: &[R], into: &mut [R]) {
    for (row, into) in from.chunks_exact(LANES).zip(into) {
        *into += row.iter().fold(R::zero(), |sum, &value| sum + value);
    }
}

/// `y = W x + b`, `W` `[out, in]`.
pub(super) fn affine<R: Real>(
    kernels: &Kernels<R>,
    weight: &[R],
    bias: &[R],
    x: &[R],
    y: &mut [R],
) {
    let (rows, inner) = (y.len() / LANES, x.len() / LANES);
    for (row, &bias) in y.chunks_exact_mut(LANES).zip(bias) {
        row.fill(bias);
    }
    let a = Left::plain(weight, inner);
    kernels.multiply(Product { c: y, a, b: x, rows, inner, columns: LANES, accumulate: true });
}

/// `dx (+)= W^T dy`.
pub(super) fn back_through<R: Real>(
    kernels: &Kernels<R>,
    weight: &[R],
    dy: &[R],
    dx: &mut [R],
    accumulate: bool,
) {
    let (rows, inner) = (dx.len() / LANES, dy.len() / LANES);
    let a = Left::transposed(weight, rows);
    kernels.multiply(Product { c: dx, a, b: dy, rows, inner, columns: LANES, accumulate });
}

/// `dW += dy x^T`, with `x` transposed to `[LANES][in]` already.
pub(super) fn weight_gradient<R: Real>(
    kernels: &Kernels<R>,
    dy: &[R],
    x_transposed: &[R],
    gradient: &mut [R],
) {
    let (rows, columns) = (dy.len() / LANES, x_transposed.len() / LANES);
    let a = Left::plain(dy, LANES);
    let c = gradient;
    kernels.multiply(Product {
        c,
        a,
        b: x_transposed,
        rows,
        inner: LANES,
        columns,
        accumulate: true,
    });
}

/// What the backward pass of a layer norm needs.
#[derive(Debug, Clone, Default)]
pub(super) struct NormTrace<R> {
    /// `(x - mean) / deviation`, `[d][LANES]`
    pub normal: Vec<R>,
    /// `1 / sqrt(variance + eps)` of each lane
    pub inverse_deviation: [R; LANES],
}

/// `y = weight * (x - mean) / sqrt(variance + eps) + bias` in each lane; in place.
pub(super) fn norm<R: Real>(
    x: &mut [R],
    weight: &[R],
    bias: &[R],
    epsilon: f64,
    trace: &mut NormTrace<R>,
) {
    let one_over_d = R::of(LANES as f64 / x.len() as f64);
    let mut mean = [R::zero(); LANES];
    for row in x.chunks_exact(LANES) {
        for b in 0..LANES {
            mean[b] += row[b] * one_over_d;
        }
    }
    let mut variance = [R::of(epsilon); LANES];
    for row in x.chunks_exact(LANES) {
        for b in 0..LANES {
            let off = row[b] - mean[b];
            variance[b] += off * off * one_over_d;
        }
    }
    for (inverse, variance) in trace.inverse_deviation.iter_mut().zip(variance) {
        *inverse = variance.sqrt().recip();
    }
    trace.normal.resize(x.len(), R::zero());
    let rows = x.chunks_exact_mut(LANES).zip(trace.normal.chunks_exact_mut(LANES));
    for ((row, normal), (&weight, &bias)) in rows.zip(weight.iter().zip(bias)) {
        for b in 0..LANES {
            normal[b] = (row[b] - mean[b]) * trace.inverse_deviation[b];
            row[b] = weight * normal[b] + bias;
        }
    }
}

/// The gradient by `x` from that by `y`, in place; adds those by weight and bias.
pub(super) fn norm_back<R: Real>(
    dy: &mut [R],
    weight: &[R],
    trace: &NormTrace<R>,
    weight_gradient: &mut [R],
    bias_gradient: &mut [R],
) {
    let one_over_d = R::of(LANES as f64 / dy.len() as f64);
    let mut mean = [R::zero(); LANES];
    let mut along = [R::zero(); LANES];
    let rows = dy.chunks_exact_mut(LANES).zip(trace.normal.chunks_exact(LANES));
    let gradients = weight_gradient.iter_mut().zip(bias_gradient);
    for ((row, normal), (&weight, (weight_gradient, bias_gradient))) in
        rows.zip(weight.iter().zip(gradients))
    {
        let (mut by_weight, mut by_bias) = (R::zero(), R::zero());
        for b in 0..LANES {
            by_weight += row[b] * normal[b];
            by_bias += row[b];
        }
        *weight_gradient += by_weight;
        *bias_gradient += by_bias;
        for b in 0..LANES {
            row[b] *= weight;
            mean[b] += row[b] * one_over_d;
            along[b] += row[b] * normal[b] * one_over_d;
        }
    }
    for (row, normal) in dy.chunks_exact_mut(LANES).zip(trace.normal.chunks_exact(LANES)) {
        for b in 0..LANES {
            row[b] = (row[b] - mean[b] - normal[b] * along[b]) * trace.inverse_deviation[b];
        }
    }
}
