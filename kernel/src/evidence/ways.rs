//! How many sequences have some counts, in machine words while they fit.

use crate::rejection::{Clock, Rejection};
use num::BigUint;

/// What is counted in.
pub(super) trait Ways: Clone + From<u64> {
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
        let mut falling = vec![Self::from(1)];
        for factor in (lo.saturating_add(1)..=hi).rev() {
            let mut next = falling.last().cloned()?;
            next.scale(factor)?;
            falling.push(next);
        }
        falling.reverse();
        Some(falling)
    }
}

/// A number of up to `N` words, the least first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Long<const N: usize>([u64; N]);

impl<const N: usize> From<u64> for Long<N> {
    fn from(number: u64) -> Self {
        let mut words = [0; N];
        words.iter_mut().take(1).for_each(|word| *word = number);
        Self(words)
    }
}

/// `sum + a b + carry`: its word, and what is carried.
fn carried(sum: &mut u64, a: u64, b: u64, carry: u64) -> u64 {
    let all = u128::from(a).wrapping_mul(b.into()).wrapping_add((*sum).into()).wrapping_add(carry.into());
    let word = |x: u128| u64::try_from(x & u128::from(u64::MAX)).unwrap_or(0);
    *sum = word(all);
    word(all.wrapping_shr(64))
}

impl<const N: usize> Ways for Long<N> {
    fn scale(&mut self, by: u64) -> Option<()> {
        *self = self.times(&by.into())?;
        Some(())
    }
    fn grow(&mut self, other: &Self) -> Option<()> {
        let words = self.0.iter_mut().zip(&other.0);
        let carry = words.fold(0, |carry, (sum, word)| carried(sum, *word, 1, carry));
        (carry == 0).then_some(())
    }
    fn times(&self, other: &Self) -> Option<Self> {
        let mut product = Self::from(0);
        for (at, by) in other.0.iter().enumerate().filter(|(_, by)| **by != 0) {
            let words = product.0.iter_mut().skip(at).zip(&self.0);
            let carry = words.fold(0, |carry, (sum, word)| carried(sum, *word, *by, carry));
            if carry != 0 || self.0.iter().rev().take(at).any(|word| *word != 0) {
                return None;
            }
        }
        Some(product)
    }
    fn number(self) -> BigUint {
        BigUint::from_bytes_le(&self.0.map(u64::to_le_bytes).concat())
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
pub(super) fn fillings<T: Ways>(
    mut ends: Vec<(u64, u64)>,
    spare: u64,
    clock: &Clock<'_>,
) -> Result<Option<T>, Rejection> {
    let width = usize::try_from(spare).unwrap_or(usize::MAX);
    ends.sort_unstable_by_key(|(lo, hi)| hi.saturating_sub(*lo));
    let last = ends.pop().unwrap_or_default();
    // entry `i`: how many ways there are for the tokens so far to be `i` short of their upper ends
    let (mut sums, mut one) = (vec![T::from(1)], Vec::new());
    for (lo, hi) in ends {
        // times 1 + hi z (1 + (hi - 1) z (1 + .. (1 + (lo + 1) z)))
        one.clone_from(&sums);
        for factor in lo.saturating_add(1)..=hi {
            clock.spend(u64::try_from(sums.len()).unwrap_or(u64::MAX).checked_shr(5).unwrap_or(0))?;
            sums.truncate(width);
            let fits = sums.iter_mut().try_for_each(|sum| sum.scale(factor)).is_some();
            sums.insert(0, T::from(0));
            if !fits || sums.iter_mut().zip(&one).try_for_each(|(sum, one)| sum.grow(one)).is_none() {
                return Ok(None);
            }
        }
    }
    // of the widest token what the others are short of
    let Some(falling) = T::falling(last.0, last.1) else { return Ok(None) };
    let mut all = T::from(0);
    for (sum, ways) in
        sums.iter().rev().zip(falling.iter().rev().skip(width.saturating_add(1).saturating_sub(sums.len())))
    {
        let Some(ways) = sum.times(ways) else { return Ok(None) };
        if all.grow(&ways).is_none() {
            return Ok(None);
        }
    }
    Ok(Some(all))
}

#[cfg(test)]
mod tests {
    use super::{Long, Ways, fillings};
    use crate::Clock;
    use num::{BigUint, One};

    /// The same sum, count vector by count vector.
    fn one_by_one(ends: &[(u64, u64)], spare: u64) -> BigUint {
        let Some((&(lo, hi), others)) = ends.split_first() else {
            return if spare == 0 { BigUint::one() } else { BigUint::default() };
        };
        let short = 0..=spare.min(hi.checked_sub(lo).unwrap());
        short
            .map(|short| {
                (hi.checked_sub(short).unwrap()..hi).map(|i| i.checked_add(1).unwrap()).product::<BigUint>()
                    * one_by_one(others, spare.checked_sub(short).unwrap())
            })
            .sum()
    }

    /// Whatever fits is right, and what does not fit is none.
    #[test]
    fn long_numbers() {
        let words = [0, 1, 2, 3, 1 << 32, 0x9e37_79b9_7f4a_7c15, u64::MAX - 1, u64::MAX];
        let all = || words.into_iter().flat_map(|low| words.map(|high| Long([low, high])));
        let most = BigUint::from(u128::MAX);
        let fits = |number: BigUint| (number <= most).then_some(number);
        for (a, b) in all().flat_map(|a| all().map(move |b| (a, b))) {
            assert_eq!(a.times(&b).map(Ways::number), fits(a.number() * b.number()), "{a:?} * {b:?}");
            let mut sum = a;
            assert_eq!(sum.grow(&b).map(|()| sum.number()), fits(a.number() + b.number()), "{a:?} + {b:?}");
            let Long([by, _]) = b;
            let mut scaled = a;
            assert_eq!(scaled.scale(by).map(|()| scaled.number()), fits(a.number() * by), "{a:?} * {by}");
        }
    }

    #[test]
    fn fillings_are_those_of_all_counts() {
        let clock = Clock::unlimited();
        for ends in [
            vec![],
            vec![(0, 0)],
            vec![(0, 5)],
            vec![(2, 4), (0, 7)],
            vec![(3, 3), (1, 6), (0, 2)],
            vec![(5, 90), (20, 60), (7, 7), (0, 40)],
        ] {
            for spare in [0, 1, 2, 3, 5, 8, 11, 30] {
                let expected = one_by_one(&ends, spare);
                assert_eq!(
                    fillings::<BigUint>(ends.clone(), spare, &clock).unwrap(),
                    Some(expected.clone()),
                    "{ends:?}, {spare}"
                );
                let two = fillings::<u128>(ends.clone(), spare, &clock).unwrap();
                assert!(two.is_none_or(|two| two.number() == expected), "{ends:?}, {spare}");
                let four = fillings::<Long<4>>(ends.clone(), spare, &clock).unwrap();
                assert!(four.is_none_or(|four| four.number() == expected), "{ends:?}, {spare}");
            }
        }
        assert!(fillings::<Long<4>>(vec![(0, 90), (0, 90)], 90, &clock).unwrap().is_none());
    }
}
