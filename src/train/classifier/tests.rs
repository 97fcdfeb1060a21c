//! What the tests of every classifier need.

use super::{Classifier, ForwardBackward};
use std::fmt::Debug;

/// A loss at weights moved by a little, on both sides, against the gradient: every weight. That gradient.
pub(in crate::train) fn gradient_of_differences<C: Classifier + Debug>(
    shape: &C,
    parameters: &[f64],
    sequence: &[usize],
) -> Vec<f64> {
    const STEP: f64 = 1e-6;
    let mut pass = C::Pass::new(shape);
    let mut gradient = vec![0.0; parameters.len()];
    pass.backward(parameters, sequence, &mut gradient);
    let mut unused = vec![0.0; parameters.len()];
    for at in 0..parameters.len() {
        let mut loss = |by: f64| {
            let mut moved = parameters.to_vec();
            moved[at] += by;
            pass.backward(&moved, sequence, &mut unused)
        };
        let slope = (loss(STEP) - loss(-STEP)) / (2.0 * STEP);
        let off = (slope - gradient[at]).abs();
        assert!(off < 1e-6 * (1.0 + slope.abs()), "{shape:?}, {at}: {slope} {off}");
    }
    gradient
}
