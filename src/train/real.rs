//! The floats that the trainer runs on: `f32` to train, `f64` to check its gradients.

use super::kernels::Kernels;
use num_traits::Float;
use std::ops::{AddAssign, MulAssign, SubAssign};

/// A float with the kernels written for it.
pub trait Real:
    Float + AddAssign + SubAssign + MulAssign + Default + Send + Sync + std::fmt::Debug + 'static
{
    /// The nearest value.
    fn of(value: f64) -> Self;
    fn widen(self) -> f64;
    /// `e^self` for `self <= 0`; exactly 0 where it is below about `1e-26`, so that attention weights are never
    /// subnormal (a collapsed model would be ten times slower).
    fn exp_not_above_one(self) -> Self;
    /// The kernels for this machine; chosen once.
    fn kernels() -> &'static Kernels<Self>;
}

/// Where attention weights are cut off: `e^-60`, far below the resolution of a sum of weights that holds a 1.
const CUT: f32 = -60.0;

impl Real for f32 {
    fn of(value: f64) -> Self {
        value as Self
    }

    fn widen(self) -> f64 {
        f64::from(self)
    }

    /// `2^k e^r` with `|r| <= ln 2 / 2` and a polynomial for `e^r`; a few units in the last place, and no branch, so
    /// that loops over it become vector instructions.
    #[inline(always)]
    fn exp_not_above_one(self) -> Self {
        // adding and subtracting 1.5 * 2^23 rounds to the nearest integer
        const ROUND: f32 = 12_582_912.0;
        const LN_2_HIGH: f32 = 0.693_359_4;
        const LN_2_LOW: f32 = -2.121_944_4e-4;
        let x = if self > CUT { self } else { CUT };
        let shifted = x * std::f32::consts::LOG2_E + ROUND;
        let k = shifted - ROUND;
        let r = x - k * LN_2_HIGH - k * LN_2_LOW;
        let polynomial = 1.987_569_1e-4;
        let polynomial = polynomial * r + 1.398_199_9e-3;
        let polynomial = polynomial * r + 8.333_452e-3;
        let polynomial = polynomial * r + 4.166_579_6e-2;
        let polynomial = polynomial * r + 1.666_666_5e-1;
        let polynomial = polynomial * r + 0.5;
        let power = polynomial * r * r + r + 1.0;
        // the low bits of `shifted` hold k; k >= -87 keeps the exponent normal
        let bits = shifted.to_bits().wrapping_shl(23).wrapping_add(0x3f80_0000);
        let value = power * f32::from_bits(bits);
        if self > CUT { value } else { 0.0 }
    }

    fn kernels() -> &'static Kernels<Self> {
        Kernels::for_f32()
    }
}

impl Real for f64 {
    fn of(value: f64) -> Self {
        value
    }

    fn widen(self) -> f64 {
        self
    }

    #[inline(always)]
    fn exp_not_above_one(self) -> Self {
        if self > f64::from(CUT) { self.exp() } else { 0.0 }
    }

    fn kernels() -> &'static Kernels<Self> {
        Kernels::for_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::Real;

    #[test]
    fn the_exponential_is_within_two_units_in_the_last_place() {
        let mut worst = 0.0f64;
        for step in 0..600_000u32 {
            let x = -(step as f32) / 10_000.0;
            let exact = f64::from(x).exp();
            let error = (f64::from(x.exp_not_above_one()) - exact).abs() / exact;
            worst = worst.max(error);
        }
        assert!(worst < 2.0 * f64::from(f32::EPSILON), "{worst}");
        assert_eq!(0.0f32.exp_not_above_one(), 1.0);
        assert_eq!((-60.5f32).exp_not_above_one(), 0.0);
        assert_eq!(f32::NEG_INFINITY.exp_not_above_one(), 0.0);
    }
}
