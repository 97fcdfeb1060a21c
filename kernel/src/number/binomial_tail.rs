//! Upper bounds of binomial tails, for exact confidence bounds (Clopper and Pearson, Biometrika 26, 1934).
//!
//! All terms are positive, so rounding every step up keeps a bound: numbers are a mantissa of 64 bits and an exponent, and the
//! relative error of a tail of `N` trials is about `4 N / 2^63`.

use super::Rational;
use crate::rejection::{Clock, Rejection, wrong};
use num::{BigInt, One, ToPrimitive, Zero};

/// At most `mantissa * 2^exponent`; the mantissa has its highest bit, or is 0.
#[derive(Debug, Clone, Copy)]
struct Up {
    mantissa: u64,
    exponent: i64,
}

impl Up {
    const ZERO: Self = Self { mantissa: 0, exponent: 0 };

    /// `wide * 2^exponent`, rounded up to 64 bits.
    fn of(wide: u128, exponent: i64) -> Option<Self> {
        if wide == 0 {
            return Some(Self::ZERO);
        }
        let spare = wide.leading_zeros();
        let Some(drop) = 64u32.checked_sub(spare) else {
            let up = spare.checked_sub(64)?;
            let mantissa = u64::try_from(wide.checked_shl(up)?).ok()?;
            return Some(Self { mantissa, exponent: exponent.checked_sub(up.into())? });
        };
        let high = wide.checked_shr(drop)?;
        let high = if high.checked_shl(drop)? == wide { high } else { high.checked_add(1)? };
        let exponent = exponent.checked_add(drop.into())?;
        match u64::try_from(high) {
            Ok(mantissa) => Some(Self { mantissa, exponent }),
            // all ones were rounded up
            Err(_) => Some(Self { mantissa: 1 << 63, exponent: exponent.checked_add(1)? }),
        }
    }

    /// `self * a / b`
    fn scaled(self, a: u64, b: u64) -> Option<Self> {
        let product = u128::from(self.mantissa).checked_mul(a.into())?;
        let spare = product.leading_zeros().min(127);
        let (wide, b) = (product.checked_shl(spare)?, u128::from(b));
        let quotient = wide.checked_div(b)?;
        let rounded = if quotient.checked_mul(b)? == wide { quotient } else { quotient.checked_add(1)? };
        Self::of(rounded, self.exponent.checked_sub(spare.into())?)
    }

    fn plus(self, other: Self) -> Option<Self> {
        let (large, small) = if self.mantissa == 0 || (other.mantissa != 0 && other.exponent > self.exponent) {
            (other, self)
        } else {
            (self, other)
        };
        if small.mantissa == 0 {
            return Some(large);
        }
        let shift = u32::try_from(large.exponent.checked_sub(small.exponent)?).unwrap_or(u32::MAX);
        let low = small.mantissa.checked_shr(shift).unwrap_or(0);
        let exact = low.checked_shl(shift).unwrap_or(0) == small.mantissa;
        let low = if exact { low } else { low.checked_add(1)? };
        Self::of(u128::from(large.mantissa).checked_add(low.into())?, large.exponent)
    }

    /// Whether it is at most `bound`, a number above `2^-64`.
    fn at_most(self, bound: &Rational) -> bool {
        let shifted = |value: &BigInt, by: i64| u64::try_from(by).ok().map(|by| value << by);
        match self.exponent {
            _ if self.mantissa == 0 => true,
            ..-192 => true,
            exponent @ ..0 => {
                let numerator = exponent.checked_neg().and_then(|by| shifted(bound.numer(), by));
                numerator.is_some_and(|numerator| BigInt::from(self.mantissa) * bound.denom() <= numerator)
            }
            exponent @ 0..64 => shifted(&(BigInt::from(self.mantissa) * bound.denom()), exponent)
                .is_some_and(|value| value <= *bound.numer()),
            _ => false,
        }
    }
}

/// Whether at least `least` of `trials` trials succeed with a probability of at most `bound`, where each does with probability
/// `p`; `false` also where the bound that is computed is too weak. `bound` is above `2^-64`.
///
/// # Errors
/// [`Rejection`] at `place` for a number with more than 63 bits in numerator or denominator, or of the clock.
pub fn tail_at_most(
    (trials, least): (u64, u64),
    p: &Rational,
    bound: &Rational,
    place: &str,
    clock: &Clock<'_>,
) -> Result<bool, Rejection> {
    const MAX: u64 = 1 << 63;
    let long = || wrong(place, "a probability with a numerator and denominator of at most 63 bits", p);
    let part = |value: &BigInt| value.to_u64().filter(|&value| value < MAX);
    let (success, all) = part(p.numer()).zip(part(p.denom())).ok_or_else(long)?;
    let failure = all.checked_sub(success).ok_or_else(long)?;
    if least == 0 || failure == 0 {
        return Ok(*bound >= Rational::one());
    }
    if p.is_zero() {
        return Ok(true);
    }
    let too_far = || wrong(place, "numbers in range", p);
    let mut term = Up::of(1, 0).ok_or_else(too_far)?;
    for _ in 0..trials {
        clock.tick()?;
        term = term.scaled(failure, all).ok_or_else(too_far)?;
    }
    let mut sum = Up::ZERO;
    for done in 0..=trials {
        clock.tick()?;
        if done >= least {
            sum = sum.plus(term).ok_or_else(too_far)?;
        }
        let (left, next) = (trials.saturating_sub(done), done.saturating_add(1));
        let step = term.scaled(left, next).and_then(|term| term.scaled(success, failure));
        term = step.ok_or_else(too_far)?;
    }
    Ok(sum.at_most(bound))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{binomial, integer, ratio};

    /// The tail in rationals.
    fn exact(trials: u64, least: u64, p: &Rational) -> Rational {
        let term = |j: u64| {
            let ways = integer(BigInt::from(binomial(trials, j, u64::MAX).unwrap()));
            let power = |base: Rational, by: u64| (0..by).fold(Rational::one(), |product, _| product * &base);
            ways * power(p.clone(), j) * power(Rational::one() - p, trials.saturating_sub(j))
        };
        (least..=trials).map(term).fold(Rational::zero(), |sum, term| sum + term)
    }

    #[test]
    fn a_tail_is_bounded_tightly_from_above() {
        let clock = Clock::unlimited();
        for (trials, least, p) in
            [(1, 1, ratio(1, 3)), (20, 13, ratio(1, 2)), (64, 60, ratio(999, 1000)), (90, 1, ratio(1, 1 << 40))]
        {
            let tail = exact(trials, least, &p);
            let above = &tail * ratio(1_000_000_001, 1_000_000_000);
            let below = &tail * ratio(999_999_999, 1_000_000_000);
            assert!(tail_at_most((trials, least), &p, &above, "p", &clock).unwrap(), "{trials} {least} {p}");
            assert!(!tail_at_most((trials, least), &p, &below, "p", &clock).unwrap(), "{trials} {least} {p}");
        }
        assert!(tail_at_most((5, 0), &ratio(1, 2), &integer(1), "p", &clock).unwrap());
        assert!(!tail_at_most((5, 0), &ratio(1, 2), &ratio(1, 2), "p", &clock).unwrap());
        assert!(tail_at_most((5, 1), &integer(0), &ratio(1, 1000), "p", &clock).unwrap());
        assert!(!tail_at_most((5, 5), &integer(1), &ratio(999, 1000), "p", &clock).unwrap());
        assert!(tail_at_most((5, 5), &ratio(1, i64::MAX), &ratio(1, 2), "p", &clock).is_ok());
        let long = Rational::new(1.into(), BigInt::from(u64::MAX));
        assert!(tail_at_most((5, 5), &long, &ratio(1, 2), "p", &clock).is_err());
    }

    /// What is computed is never below the tail, not by the last of its bits.
    #[test]
    fn a_bound_just_below_the_tail_is_refused() {
        let clock = Clock::unlimited();
        let just = |tail: &Rational, parts: u32, more: bool| {
            let part = tail / Rational::from_integer(BigInt::one() << parts);
            if more { tail + part } else { tail - part }
        };
        for trials in [1, 2, 3, 7, 20, 33] {
            for least in [1, 2, 5, 13, trials].into_iter().filter(|least| *least <= trials) {
                for p in
                    [ratio(1, 2), ratio(1, 3), ratio(2, 7), ratio(999, 1000), ratio(1, 1 << 40), ratio(12345, 1 << 31)]
                {
                    let tail = exact(trials, least, &p);
                    let judged = |bound| tail_at_most((trials, least), &p, &bound, "p", &clock).unwrap();
                    // bounds are above 2^-64
                    if tail > Rational::new(BigInt::one(), BigInt::one() << 63u32) {
                        assert!(!judged(just(&tail, 100, false)), "{trials} {least} {p}");
                        assert!(judged(just(&tail, 40, true)), "{trials} {least} {p}");
                    }
                }
            }
        }
    }

    #[test]
    fn many_trials_lose_little() {
        // symmetric: P[X >= N/2 + 1] = (1 - P[X = N/2]) / 2 < 1/2, and it is above 0.498
        let clock = Clock::unlimited();
        let tail = |bound| tail_at_most((100_000, 50_001), &ratio(1, 2), &bound, "p", &clock).unwrap();
        assert!(tail(ratio(1, 2)));
        assert!(!tail(ratio(498, 1000)));
    }
}
