//! Softmax over positions when scores split into a token's part and a position's part.

use super::LANES;
use crate::train::real::Real;

/// Scores become weights in place.
///
/// With positions, rows `0..m` of `scores` hold the part of each token and rows `m..m + n` that of each position; the
/// score of position `i` in lane `b` is `scores[token][b] + scores[m + i][b]`. Afterwards row `m + i` is the weight of
/// position `i`, and row `j < m` the sum of the weights of the positions that hold token `j`.
/// Without positions (`tokens` empty) there are `m` rows, and `counts` says how often each token occurs.
pub struct Scores<'a, R> {
    /// `[m + n][LANES]`, or `[m][LANES]`
    pub scores: &'a mut [R],
    /// `[n][LANES]`, each below `m`; empty without positions
    pub tokens: &'a [u16],
    /// `[m][LANES]`
    pub counts: &'a [R],
    /// `[m][LANES]` of working space
    pub scratch: &'a mut [R],
    pub m: usize,
}

/// Gradients by weights (row by row as in [`Scores`]: the token's part and the position's part) become gradients by
/// scores in place, again summed over the positions of each token in rows `0..m`.
pub struct ScoreGradients<'a, R> {
    pub gradients: &'a mut [R],
    /// the weights that [`Scores`] left
    pub weights: &'a [R],
    pub tokens: &'a [u16],
    /// the mean of the gradients by weights, `[LANES]`
    pub mean: &'a [R; LANES],
    pub scratch: &'a mut [R],
    pub m: usize,
}

#[inline(always)]
pub(super) fn lanes<R>(row: &[R]) -> &[R; LANES] {
    row.first_chunk().expect("a row has LANES entries")
}

#[inline(always)]
pub(super) fn lanes_mut<R>(row: &mut [R]) -> &mut [R; LANES] {
    row.first_chunk_mut().expect("a row has LANES entries")
}

#[inline(always)]
pub(super) fn forward<R: Real>(input: Scores<'_, R>) {
    let Scores { scores, tokens, counts, scratch, m } = input;
    let (by_token, by_position) = scores.split_at_mut(m * LANES);
    let mut largest = [R::neg_infinity(); LANES];
    let mut sum = [R::zero(); LANES];
    if tokens.is_empty() {
        for (row, count) in by_token.chunks_exact(LANES).zip(counts.chunks_exact(LANES)) {
            for b in 0..LANES {
                let occurs = count[b] > R::zero();
                largest[b] = if occurs && row[b] > largest[b] { row[b] } else { largest[b] };
            }
        }
        for (row, count) in by_token.chunks_exact_mut(LANES).zip(counts.chunks_exact(LANES)) {
            let row = lanes_mut(row);
            for b in 0..LANES {
                // a score above the largest belongs to a token that does not occur
                let below = row[b] - largest[b];
                let below = if below < R::zero() { below } else { R::zero() };
                row[b] = count[b] * below.exp_not_above_one();
                sum[b] += row[b];
            }
        }
    } else {
        let part = &mut scratch[..m * LANES];
        part.copy_from_slice(by_token);
        by_token.fill(R::zero());
        for (row, token) in by_position.chunks_exact_mut(LANES).zip(tokens.chunks_exact(LANES)) {
            let row = lanes_mut(row);
            let token = lanes(token);
            for b in 0..LANES {
                row[b] += part[usize::from(token[b]) * LANES + b];
            }
            for b in 0..LANES {
                largest[b] = if row[b] > largest[b] { row[b] } else { largest[b] };
            }
        }
        for (row, token) in by_position.chunks_exact_mut(LANES).zip(tokens.chunks_exact(LANES)) {
            let row = lanes_mut(row);
            let token = lanes(token);
            for b in 0..LANES {
                row[b] = (row[b] - largest[b]).exp_not_above_one();
                sum[b] += row[b];
            }
            for b in 0..LANES {
                by_token[usize::from(token[b]) * LANES + b] += row[b];
            }
        }
    }
    finish(scores, &sum);
}

/// Exponentials become weights.
#[inline(always)]
pub(super) fn finish<R: Real>(scores: &mut [R], sum: &[R; LANES]) {
    let mut scale = [R::zero(); LANES];
    for b in 0..LANES {
        scale[b] = sum[b].recip();
    }
    for row in scores.chunks_exact_mut(LANES) {
        for b in 0..LANES {
            row[b] *= scale[b];
        }
    }
}

#[inline(always)]
pub(super) fn backward<R: Real>(input: ScoreGradients<'_, R>) {
    let ScoreGradients { gradients, weights, tokens, mean, scratch, m } = input;
    let (by_token, by_position) = gradients.split_at_mut(m * LANES);
    if tokens.is_empty() {
        for (row, weight) in by_token.chunks_exact_mut(LANES).zip(weights.chunks_exact(LANES)) {
            for b in 0..LANES {
                row[b] = weight[b] * (row[b] - mean[b]);
            }
        }
        return;
    }
    let part = &mut scratch[..m * LANES];
    part.copy_from_slice(by_token);
    by_token.fill(R::zero());
    let rows = by_position.chunks_exact_mut(LANES).zip(weights[m * LANES..].chunks_exact(LANES));
    for ((row, weight), token) in rows.zip(tokens.chunks_exact(LANES)) {
        let (row, weight, token) = (lanes_mut(row), lanes(weight), lanes(token));
        for b in 0..LANES {
            row[b] += part[usize::from(token[b]) * LANES + b];
        }
        for b in 0..LANES {
            row[b] = weight[b] * (row[b] - mean[b]);
        }
        for b in 0..LANES {
            by_token[usize::from(token[b]) * LANES + b] += row[b];
        }
    }
}
