//! How many sequences have some counts, in machine words while they fit.

use crate::rejection::{Clock, Rejection};
use num::{BigUint, One, Zero};

/// What is counted in: words while they do.
pub(super) trait Ways: Clone + Zero + One {
    /// `self *= by`, if that fits.
    fn scale(&mut self, by: u64) -> Option<()>;
    /// `self += other`, if that fits.
    fn grow(&mut self, other: &Self) -> Option<()>;
    /// `self * other`, if that fits.
    fn times(&self, other: &Self) -> Option<Self>;
    /// The number.
    fn number(self) -> BigUint;

    /// `hi! / x!` for `x` from `lo` to `hi`, if they fit.
    fn falling(lo: u64, hi: u64) -> Option<Vec<Self>> {
        let mut falling = vec![Self::one()];
        for factor in (lo.saturating_add(1)..=hi).rev() {
            let mut next = falling.last().cloned()?;
            next.scale(factor)?;
            falling.push(next);
        }
        falling.reverse();
        Some(falling)
    }
}

impl Ways for u128 {
    fn scale(&mut self, by: u64) -> Option<()> {
        *self = self.checked_mul(by.into())?;
        Some(())
    }
    fn grow(&mut self, other: &Self) -> Option<()> {
        *self = self.checked_add(*other)?;
        Some(())
    }
    fn times(&self, other: &Self) -> Option<Self> {
        self.checked_mul(*other)
    }
    fn number(self) -> BigUint {
        self.into()
    }
}

impl Ways for BigUint {
    fn scale(&mut self, by: u64) -> Option<()> {
        *self *= by;
        Some(())
    }
    fn grow(&mut self, other: &Self) -> Option<()> {
        *self += other;
        Some(())
    }
    fn times(&self, other: &Self) -> Option<Self> {
        Some(self * other)
    }
    fn number(self) -> BigUint {
        self
    }
}

/// `sum prod_v hi_v! / x_v!` over `lo <= x <= hi` with the sum of `hi` less `spare`; `None` where it does not fit.
pub(super) fn fillings<T: Ways>(ends: &[(u64, u64)], spare: u64, clock: &Clock<'_>) -> Result<Option<T>, Rejection> {
    let width = usize::try_from(spare).unwrap_or(usize::MAX);
    // entry `i`: how many ways there are for the tokens so far to be `i` short of their upper ends
    let (mut sums, mut one) = (vec![T::one()], Vec::new());
    for &(lo, hi) in ends {
        // times 1 + hi z (1 + (hi - 1) z (1 + .. (1 + (lo + 1) z)))
        one.clone_from(&sums);
        for factor in lo.saturating_add(1)..=hi {
            clock.spend(u64::try_from(sums.len()).unwrap_or(u64::MAX).checked_shr(5).unwrap_or(0))?;
            sums.truncate(width);
            let fits = sums.iter_mut().try_for_each(|sum| sum.scale(factor)).is_some();
            sums.insert(0, T::zero());
            if !fits || sums.iter_mut().zip(&one).try_for_each(|(sum, one)| sum.grow(one)).is_none() {
                return Ok(None);
            }
        }
    }
    Ok(Some(sums.into_iter().nth(width).unwrap_or_else(T::zero)))
}
