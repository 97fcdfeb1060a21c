//! Products of small matrices, and softmax, forward and backward.

/// `[rows, inner]` times `[inner, columns]` added to `out`, either factor transposed.
pub(in crate::train) fn add_product(
    out: &mut [f64],
    (rows, inner, columns): (usize, usize, usize),
    (left, left_turned): (&[f64], bool),
    (right, right_turned): (&[f64], bool),
) {
    for i in 0..rows {
        for k in 0..inner {
            let factor = if left_turned { left[k * rows + i] } else { left[i * inner + k] };
            for j in 0..columns {
                let entry =
                    if right_turned { right[j * inner + k] } else { right[k * columns + j] };
                out[i * columns + j] += factor * entry;
            }
        }
    }
}

/// `P^T` of a softmax by row: from the gradient of the weights to that of what was softmaxed.
pub(in crate::train) fn through_softmax(weights: &[f64], gradient: &mut [f64]) {
    let mean: f64 = weights.iter().zip(gradient.iter()).map(|(weight, entry)| weight * entry).sum();
    for (weight, entry) in weights.iter().zip(gradient) {
        *entry = weight * (*entry - mean);
    }
}

pub(in crate::train) fn softmax(row: &mut [f64]) {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter_mut().for_each(|entry| *entry = (*entry - largest).exp());
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|entry| *entry /= sum);
}

/// The cross-entropy of an answer by the softmax of outputs, which become its gradient.
pub(in crate::train) fn cross_entropy(outputs: &mut [f64], answer: usize) -> f64 {
    softmax(outputs);
    let loss = -outputs[answer].ln();
    outputs[answer] -= 1.0;
    loss
}

/// Where the largest entry is; `None` where two are equal.
pub(in crate::train) fn largest(row: &[f64]) -> Option<usize> {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut found = (0..row.len()).filter(|&at| row[at] == largest);
    found.next().filter(|_| found.next().is_none())
}

/// `x W` `[columns]` added to `out`, for `W` `[rows, columns]`.
pub(in crate::train) fn add_row(out: &mut [f64], x: &[f64], matrix: &[f64]) {
    for (x, row) in x.iter().zip(matrix.chunks_exact(out.len())) {
        out.iter_mut().zip(row).for_each(|(sum, entry)| *sum += x * entry);
    }
}

/// `W y` `[rows]` added to `out`, for `W` `[rows, columns]`.
pub(in crate::train) fn add_row_turned(out: &mut [f64], y: &[f64], matrix: &[f64]) {
    for (sum, row) in out.iter_mut().zip(matrix.chunks_exact(y.len())) {
        *sum += row.iter().zip(y).map(|(entry, y)| entry * y).sum::<f64>();
    }
}

/// `x_i y_j` added to entry `i, j` of `out`.
pub(in crate::train) fn add_outer(out: &mut [f64], x: &[f64], y: &[f64]) {
    for (x, row) in x.iter().zip(out.chunks_exact_mut(y.len())) {
        row.iter_mut().zip(y).for_each(|(sum, y)| *sum += x * y);
    }
}
