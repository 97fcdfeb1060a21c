//! The products of [`gemm`](super::gemm) with AVX-512: every entry is the same chain of fused multiply-adds in the order of the inner dimension, so it has
//! the same bits as with AVX2. Tiles are taller, since there are twice as many registers, and what is left of the columns is masked. They are written with the
//! processor's own instructions because the compiler does not keep so tall a tile of plain loops in registers.

use super::{Left, Product};
use std::arch::x86_64::{
    __m512, __mmask16, _mm512_add_ps, _mm512_fmadd_ps, _mm512_mask_storeu_ps,
    _mm512_maskz_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

/// Floats in a register.
pub(super) const REGISTER: usize = 16;

#[target_feature(enable = "avx512f")]
pub(super) fn run(mut product: Product<'_, f32>) {
    product.check();
    let columns = product.columns;
    let mut from = 0;
    while columns - from >= 2 * REGISTER {
        strip::<12, 2>(&mut product, from, !0);
        from += 2 * REGISTER;
    }
    while columns - from >= REGISTER {
        strip::<16, 1>(&mut product, from, !0);
        from += REGISTER;
    }
    if columns > from {
        let mask = (1 << (columns - from)) - 1;
        strip::<16, 1>(&mut product, from, mask);
    }
}

/// `WIDE` registers of columns from `from` on, all rows. Of a register, the columns of `mask`.
#[target_feature(enable = "avx512f")]
#[inline]
fn strip<const TALL: usize, const WIDE: usize>(
    product: &mut Product<'_, f32>,
    from: usize,
    mask: __mmask16,
) {
    let rows = product.rows;
    let mut row = 0;
    while rows - row >= TALL {
        tile::<TALL, WIDE>(product, row, from, mask);
        row += TALL;
    }
    while rows - row >= 8 {
        tile::<8, WIDE>(product, row, from, mask);
        row += 8;
    }
    while rows - row >= 4 {
        tile::<4, WIDE>(product, row, from, mask);
        row += 4;
    }
    while rows > row {
        tile::<1, WIDE>(product, row, from, mask);
        row += 1;
    }
}

/// One tile of the result, held in registers over the inner dimension.
#[target_feature(enable = "avx512f")]
#[inline]
fn tile<const TALL: usize, const WIDE: usize>(
    product: &mut Product<'_, f32>,
    row: usize,
    from: usize,
    mask: __mmask16,
) {
    let Product { a: Left { data, row: down, column }, b, inner, columns, .. } = *product;
    let mut sum = [[_mm512_setzero_ps(); WIDE]; TALL];
    for k in 0..inner {
        let mut right = [_mm512_setzero_ps(); WIDE];
        for (j, right) in right.iter_mut().enumerate() {
            // SAFETY: `run` has checked that the last entry of each factor exists; `k < inner`, and the columns of `mask` are columns
            *right = unsafe { load(b.as_ptr().add(k * columns + from + j * REGISTER), mask) };
        }
        for (i, sum) in sum.iter_mut().enumerate() {
            // SAFETY: as above, with `row + TALL <= rows`
            let left = unsafe { *data.get_unchecked((row + i) * down + k * column) };
            for (sum, right) in sum.iter_mut().zip(right) {
                *sum = _mm512_fmadd_ps(_mm512_set1_ps(left), right, *sum);
            }
        }
    }
    for (i, sum) in sum.iter().enumerate() {
        for (j, &sum) in sum.iter().enumerate() {
            // SAFETY: as above; `run` has checked that `c` has `rows * columns` entries
            unsafe {
                let c = product.c.as_mut_ptr().add((row + i) * columns + from + j * REGISTER);
                let sum = if product.accumulate { _mm512_add_ps(load(c, mask), sum) } else { sum };
                _mm512_mask_storeu_ps(c, mask, sum);
            }
        }
    }
}

/// The floats of `mask` from `from` on, which have to be there; 0 for the others, which are not looked at.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn load(from: *const f32, mask: __mmask16) -> __m512 {
    // SAFETY: what is masked out is not read
    unsafe { _mm512_maskz_loadu_ps(mask, from) }
}
