//! One update by Adam (Kingma and Ba, arXiv:1412.6980), moments flushed to zero before they become subnormal.

use crate::train::real::Real;

/// `first` and `second` are the moments; bias corrections are folded into `rate` and `epsilon`.
pub struct AdamStep<'a, R> {
    pub parameters: &'a mut [R],
    pub gradients: &'a [R],
    pub first: &'a mut [R],
    pub second: &'a mut [R],
    /// gradients are multiplied by this first (clipping)
    pub gradient_scale: R,
    pub beta_1: R,
    pub beta_2: R,
    /// the step, bias-corrected
    pub rate: R,
    /// added to the root of the second moment, bias-corrected
    pub epsilon: R,
}

/// Moments below this become 0.
const TINY: f64 = 1e-30;

#[inline(always)]
pub(super) fn run<R: Real>(step: AdamStep<'_, R>) {
    let AdamStep { parameters, gradients, first, second, gradient_scale, beta_1, beta_2, .. } =
        step;
    let tiny = R::of(TINY);
    let (keep_1, keep_2) = (R::one() - beta_1, R::one() - beta_2);
    let moments = first.iter_mut().zip(second.iter_mut());
    for ((parameter, &gradient), (first, second)) in
        parameters.iter_mut().zip(gradients).zip(moments)
    {
        let gradient = gradient * gradient_scale;
        let mean = beta_1 * *first + keep_1 * gradient;
        let square = beta_2 * *second + keep_2 * gradient * gradient;
        // written so that NaN stays NaN
        *first = if mean.abs() < tiny { R::zero() } else { mean };
        *second = if square < tiny { R::zero() } else { square };
        *parameter -= step.rate * *first / (second.sqrt() + step.epsilon);
    }
}
