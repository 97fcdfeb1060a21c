//! T13 (ours): the least Lipschitz constant over all embeddings with entries at most `R` in size, from below and from above.
//!
//! The proofs are in [`crate::kernel::kind::LipschitzBound`], whose check computes the same numbers by itself.

use crate::kernel::definition::Task;
use crate::kernel::kind::{LipschitzBound, LipschitzBoundParams};
use crate::kernel::number::{Rational, RationalText, integer};
use crate::kernel::{Certificate, ClaimId};
use crate::search::inputs::binomial;
use num_bigint::{BigInt, BigUint};
use num_traits::{Signed, Zero, pow};

/// What a bound is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// at least 2
    pub n: u64,
    /// at least 2
    pub m: usize,
    /// at least 1
    pub d: usize,
    pub task: Task,
    /// at least 0
    pub epsilon: Rational,
    /// above 0
    pub radius: Rational,
}

/// The heads of a model without positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heads {
    pub number: usize,
    /// `d_v`
    pub dimension: usize,
}

impl Sizes {
    /// What is left of a difference of answers.
    fn beyond(&self, apart: impl Into<BigInt>) -> Rational {
        let left = integer(apart) - &self.epsilon - &self.epsilon;
        if left.is_negative() { Rational::zero() } else { left }
    }

    /// The constant is nowhere below this: two tokens are close, and two sums of `n - 1` tokens are.
    ///
    /// ```
    /// use counterproof::kernel::definition::Task;
    /// use counterproof::kernel::number::{integer, ratio};
    /// use counterproof::search::collision::lipschitz_bound::Sizes;
    ///
    /// // five tokens on a line, n = 4: C(7, 4) = 35 sums of three tokens
    /// let (epsilon, radius) = (integer(0), integer(1));
    /// let sizes = Sizes { n: 4, m: 5, d: 1, task: Task::QueryCount, epsilon, radius };
    /// assert_eq!(sizes.all_embeddings(), ratio(4 * 34, 2 * 3));
    /// ```
    #[must_use]
    pub fn all_embeddings(&self) -> Rational {
        let copies = match self.task {
            Task::QueryCount => self.n - 1,
            Task::MostFrequentElement => self.n / 2,
        };
        let sums = binomial(self.n + self.m as u64 - 2, self.m as u64 - 1);
        let bound = |apart: u64, points: BigUint, tokens: u64| {
            let slope = integer(cells(points, self.d)) / (&self.radius * integer(2 * tokens));
            self.beyond(apart) * slope * integer(self.n)
        };
        bound(copies, self.m.into(), copies).max(bound(1, sums, self.n - 1))
    }

    /// The constant of the token vectors [`Digits`](crate::construct::embedding::Kind::Digits) to the base `2 n`, scaled to the radius;
    /// for the most frequent element and a tolerance, what it is at most.
    #[must_use]
    pub fn digits_at_most(&self) -> Rational {
        let longest = (self.m - 2) / self.d;
        let units = (self.m - 1 - longest * self.d) as u64;
        let last = self.n - 1;
        let even = last / units;
        let slope = |apart: u64, w: u64| self.beyond(apart) / integer(w);
        let steepest = match even {
            0 => slope(last, 1),
            _ => slope(even * units, even).max(slope(last, even + 1)),
        };
        let unit = pow(BigInt::from(2 * self.n), longest) * self.n;
        steepest * integer(unit) / &self.radius
    }

    /// For the most frequent element the constant is at least this under any attention without positions.
    #[must_use]
    pub fn any_attention(&self, heads: Heads) -> Option<Rational> {
        let halves = if heads.number == 1 { 2 } else { 1 };
        let cells = integer(cells(self.m.into(), heads.number * heads.dimension));
        let bound = self.beyond((self.n / 2) as i64 - 1) * integer(halves) * cells
            / (integer(2) * &self.radius);
        (self.task == Task::MostFrequentElement).then_some(bound)
    }

    /// The certificate of these bounds.
    #[must_use]
    pub fn certificate(&self, heads: Heads) -> Certificate {
        let Self { n, m, d, task, epsilon, radius } = self.clone();
        let params = LipschitzBoundParams {
            n,
            m,
            d,
            task,
            epsilon: RationalText(epsilon),
            radius: RationalText(radius),
            bound_all_embeddings: RationalText(self.all_embeddings()),
            attained_at_most: RationalText(self.digits_at_most()),
            heads: heads.number,
            head_dimension: heads.dimension,
            bound_any_attention: self.any_attention(heads).map(RationalText),
        };
        Certificate::new(ClaimId::LIPSCHITZ, params, LipschitzBound {})
    }
}

/// The largest `g` with `g^d < points`, `points >= 1`.
fn cells(points: BigUint, d: usize) -> BigInt {
    let degree = u32::try_from(d).unwrap_or(u32::MAX);
    (points - 1u32).nth_root(degree).into()
}
