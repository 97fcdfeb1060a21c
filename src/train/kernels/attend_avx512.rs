//! Softmax over positions with AVX-512: what [`attend`](super::attend) does where there are positions, to the same bits. All lanes of a position read and write
//! the rows of their tokens at once; lanes never meet, so no two of them write the same number.

use super::LANES;
use super::attend::{ScoreGradients, Scores, finish, lanes, lanes_mut};
use crate::train::real::Real;
use std::arch::x86_64::{
    __m512, __m512i, _mm256_loadu_si256, _mm512_add_epi32, _mm512_add_ps, _mm512_cvtepu16_epi32,
    _mm512_i32gather_ps, _mm512_i32scatter_ps, _mm512_loadu_ps, _mm512_max_ps, _mm512_mul_ps,
    _mm512_set1_ps, _mm512_setr_epi32, _mm512_slli_epi32, _mm512_storeu_ps, _mm512_sub_ps,
};

#[target_feature(enable = "avx512f")]
pub(super) fn forward(input: Scores<'_, f32>) {
    let Scores { scores, tokens, scratch, m, .. } = input;
    check(tokens, m);
    let (by_token, by_position) = scores.split_at_mut(m * LANES);
    let part = &mut scratch[..m * LANES];
    part.copy_from_slice(by_token);
    by_token.fill(0.0);
    let mut most = _mm512_set1_ps(f32::NEG_INFINITY);
    for (row, token) in by_position.chunks_exact_mut(LANES).zip(tokens.chunks_exact(LANES)) {
        let row = lanes_mut(row);
        // SAFETY: tokens are below `m`, as `check` has found, and `part` has `m` rows
        let found = unsafe { gather(part, places(lanes(token))) };
        let score = _mm512_add_ps(load(row), found);
        store(row, score);
        // the second of two where one is not a number, as a comparison has it
        most = _mm512_max_ps(score, most);
    }
    let mut largest = [0.0; LANES];
    store(&mut largest, most);
    let mut sum = [0.0; LANES];
    for row in by_position.chunks_exact_mut(LANES) {
        let row = lanes_mut(row);
        for b in 0..LANES {
            row[b] = (row[b] - largest[b]).exp_not_above_one();
            sum[b] += row[b];
        }
    }
    for (row, token) in by_position.chunks_exact(LANES).zip(tokens.chunks_exact(LANES)) {
        // SAFETY: as above; `by_token` has `m` rows
        unsafe { add(by_token, places(lanes(token)), load(lanes(row))) };
    }
    finish(scores, &sum);
}

#[target_feature(enable = "avx512f")]
pub(super) fn backward(input: ScoreGradients<'_, f32>) {
    let ScoreGradients { gradients, weights, tokens, mean, scratch, m } = input;
    check(tokens, m);
    let (by_token, by_position) = gradients.split_at_mut(m * LANES);
    let part = &mut scratch[..m * LANES];
    part.copy_from_slice(by_token);
    by_token.fill(0.0);
    let mean = load(mean);
    let rows = by_position.chunks_exact_mut(LANES).zip(weights[m * LANES..].chunks_exact(LANES));
    for ((row, weight), token) in rows.zip(tokens.chunks_exact(LANES)) {
        let (row, places) = (lanes_mut(row), places(lanes(token)));
        // SAFETY: as in `forward`
        let gradient = _mm512_add_ps(load(row), unsafe { gather(part, places) });
        let gradient = _mm512_mul_ps(load(lanes(weight)), _mm512_sub_ps(gradient, mean));
        store(row, gradient);
        // SAFETY: as in `forward`
        unsafe { add(by_token, places, gradient) };
    }
}

/// Panics where a token is none: what follows does not look.
fn check(tokens: &[u16], m: usize) {
    let largest = tokens.iter().fold(0, |largest, &token| token.max(largest));
    assert!(usize::from(largest) < m, "a token is below m");
}

/// Where the entry of each lane's token is, in rows of lanes; no two are the same.
#[target_feature(enable = "avx512f")]
#[inline]
fn places(tokens: &[u16; LANES]) -> __m512i {
    // SAFETY: sixteen tokens are 256 bits
    let tokens = unsafe { _mm256_loadu_si256(tokens.as_ptr().cast()) };
    let lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    _mm512_add_epi32(_mm512_slli_epi32::<4>(_mm512_cvtepu16_epi32(tokens)), lane)
}

/// The entries at [`places`] of tokens that all have a row in `rows`.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn gather(rows: &[f32], places: __m512i) -> __m512 {
    // SAFETY: each place is an entry of a row
    unsafe { _mm512_i32gather_ps::<4>(places, rows.as_ptr().cast()) }
}

/// Adds to the entries at [`places`] of tokens that all have a row in `rows`.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn add(rows: &mut [f32], places: __m512i, more: __m512) {
    // SAFETY: as in `gather`
    unsafe {
        let sum = _mm512_add_ps(gather(rows, places), more);
        _mm512_i32scatter_ps::<4>(rows.as_mut_ptr().cast(), places, sum);
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load(row: &[f32; LANES]) -> __m512 {
    // SAFETY: sixteen floats are 512 bits
    unsafe { _mm512_loadu_ps(row.as_ptr()) }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn store(row: &mut [f32; LANES], values: __m512) {
    // SAFETY: as in `load`
    unsafe { _mm512_storeu_ps(row.as_mut_ptr(), values) }
}
