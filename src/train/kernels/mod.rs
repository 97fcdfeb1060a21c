//! The inner loops, each written once as plain loops over lanes and compiled twice: for any machine, and for AVX2 with
//! fused multiply-add, chosen when the program runs. What AVX-512 makes faster is written for it, and has the bits that
//! AVX2 gives. A table of function pointers keeps compile times short.
//!
//! Data is *lane-major*: a batch of [`LANES`] sequences side by side, `[feature][LANES]`, so that every loop ends in one
//! over lanes and becomes vector instructions without horizontal sums.

mod adam;
mod attend;
#[cfg(target_arch = "x86_64")]
mod attend_avx512;
mod gemm;
#[cfg(target_arch = "x86_64")]
mod gemm_avx512;

pub use adam::AdamStep;
pub use attend::{ScoreGradients, Scores};
pub use gemm::{Left, Product};

use super::real::Real;
use std::sync::LazyLock;

/// Sequences that are worked on side by side: two vector registers of eight.
pub const LANES: usize = 16;

/// The kernels for one machine and one kind of float.
pub struct Kernels<R: 'static> {
    /// for messages and benchmarks
    pub name: &'static str,
    /// the same for kernels that give the same bits
    pub rounding: &'static str,
    gemm: fn(Product<'_, R>),
    attend: fn(Scores<'_, R>),
    attend_back: fn(ScoreGradients<'_, R>),
    adam: fn(AdamStep<'_, R>),
}

impl<R: Real> Kernels<R> {
    const PORTABLE: Self = Self {
        name: "portable",
        rounding: "portable",
        gemm: gemm::run::<R, false>,
        attend: attend::forward::<R>,
        attend_back: attend::backward::<R>,
        adam: adam::run::<R>,
    };

    /// `C (+)= A B`; see [`Product`].
    pub fn multiply(&self, product: Product<'_, R>) {
        (self.gemm)(product);
    }

    /// Attention weights from scores; see [`Scores`].
    pub fn attend(&self, scores: Scores<'_, R>) {
        (self.attend)(scores);
    }

    /// Gradients of scores from gradients of weights; see [`ScoreGradients`].
    pub fn attend_back(&self, gradients: ScoreGradients<'_, R>) {
        (self.attend_back)(gradients);
    }

    /// One update by Adam; see [`AdamStep`].
    pub fn adam(&self, step: AdamStep<'_, R>) {
        (self.adam)(step);
    }
}

impl Kernels<f64> {
    pub(super) fn for_f64() -> &'static Self {
        static PORTABLE: Kernels<f64> = Kernels::<f64>::PORTABLE;
        &PORTABLE
    }
}

impl Kernels<f32> {
    pub(super) fn for_f32() -> &'static Self {
        static FASTEST: LazyLock<&'static Kernels<f32>> = LazyLock::new(|| {
            let available = Kernels::available();
            available.last().copied().unwrap_or(Kernels::portable())
        });
        *FASTEST
    }

    /// All kernels that this machine can run, the slowest first.
    #[must_use]
    pub fn available() -> Vec<&'static Self> {
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut))]
        let mut available = vec![Self::portable()];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            available.push(&avx2::KERNELS);
            if is_x86_feature_detected!("avx512f") {
                available.push(&avx512::KERNELS);
            }
        }
        available
    }

    /// The fastest kernels of this machine.
    #[must_use]
    pub fn own() -> &'static Self {
        Self::for_f32()
    }

    /// The kernels that need no particular machine.
    #[must_use]
    pub fn portable() -> &'static Self {
        static PORTABLE: Kernels<f32> = Kernels::<f32>::PORTABLE;
        &PORTABLE
    }
}

/// The same loops, compiled with AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{AdamStep, Kernels, Product, ScoreGradients, Scores, adam, attend, gemm};

    /// Only to be used where the processor has AVX2 and FMA.
    pub(super) static KERNELS: Kernels<f32> = Kernels {
        name: "avx2",
        rounding: "avx2",
        // SAFETY (all four): the table is handed out by `available` alone, after it has found both features
        gemm: |product| unsafe { multiply(product) },
        attend: |scores| unsafe { forward(scores) },
        attend_back: |gradients| unsafe { backward(gradients) },
        adam: UPDATE,
    };

    /// See there.
    pub(super) const UPDATE: fn(AdamStep<'_, f32>) = |step| unsafe { update(step) };

    #[target_feature(enable = "avx2,fma")]
    fn multiply(product: Product<'_, f32>) {
        gemm::run::<f32, true>(product);
    }

    #[target_feature(enable = "avx2,fma")]
    fn forward(scores: Scores<'_, f32>) {
        attend::forward(scores);
    }

    #[target_feature(enable = "avx2,fma")]
    fn backward(gradients: ScoreGradients<'_, f32>) {
        attend::backward(gradients);
    }

    #[target_feature(enable = "avx2,fma")]
    fn update(step: AdamStep<'_, f32>) {
        adam::run(step);
    }
}

/// Products and attention over positions with AVX-512, to the same bits. Where it gains nothing, the loops are those of AVX2.
#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::{Kernels, attend_avx512, avx2, gemm_avx512};

    /// Only to be used where the processor has AVX-512, AVX2 and FMA.
    pub(super) static KERNELS: Kernels<f32> = Kernels {
        name: "avx512",
        rounding: "avx2",
        // SAFETY (all three): the table is handed out by `available` alone, after it has found all features
        gemm: |product| {
            if product.columns < gemm_avx512::REGISTER {
                return (avx2::KERNELS.gemm)(product);
            }
            unsafe { gemm_avx512::run(product) };
        },
        attend: |scores| {
            if scores.tokens.is_empty() {
                return (avx2::KERNELS.attend)(scores);
            }
            unsafe { attend_avx512::forward(scores) };
        },
        attend_back: |gradients| {
            if gradients.tokens.is_empty() {
                return (avx2::KERNELS.attend_back)(gradients);
            }
            unsafe { attend_avx512::backward(gradients) };
        },
        adam: avx2::UPDATE,
    };
}
