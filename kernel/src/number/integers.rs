//! Integer vectors and matrices: inner products, a lower bound of the rank, binomial coefficients.

use crate::rejection::{Clock, Rejection, need};
use num::{BigInt, BigUint, Integer, One, ToPrimitive, Zero};

/// An integer vector, one entry a coordinate.
pub type IntegerVector = Vec<BigInt>;

/// The inner product of two integer vectors; zero entries cost nothing.
#[must_use]
pub fn dot_integers(left: &[BigInt], right: &[BigInt]) -> BigInt {
    let products = left.iter().zip(right).filter(|(a, b)| !a.is_zero() && !b.is_zero());
    products.fold(BigInt::zero(), |sum, (a, b)| sum + a * b)
}

/// The same while the clock allows, in words where numbers are short.
///
/// # Errors
/// [`Rejection::Stopped`].
///
/// ```
/// use counterproof_kernel::Clock;
/// use counterproof_kernel::number::{dot_integers, dot_within};
/// use num::BigInt;
///
/// // three products of 2^126 are more than a word holds, and so is one of the entries
/// let x: Vec<BigInt> = [i64::MIN, i64::MIN, i64::MIN, 7].map(BigInt::from).into();
/// let y: Vec<BigInt> = x.iter().cloned().chain([BigInt::from(1) << 80]).collect();
/// assert_eq!(dot_within(&x, &y, &Clock::unlimited())?, dot_integers(&x, &y));
/// assert_eq!(dot_within(&y, &y, &Clock::unlimited())?, dot_integers(&y, &y));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn dot_within(left: &[BigInt], right: &[BigInt], clock: &Clock<'_>) -> Result<BigInt, Rejection> {
    let (mut sum, mut small) = (BigInt::zero(), 0i128);
    for (a, b) in left.iter().zip(right) {
        let product = || i128::from(i64::try_from(a).ok()?).checked_mul(i64::try_from(b).ok()?.into());
        if let Some(next) = product().and_then(|product| small.checked_add(product)) {
            clock.spend(1)?;
            small = next;
        } else {
            clock.spend(work(a.bits(), b.bits()))?;
            sum += a * b;
        }
    }
    Ok(sum + small)
}

/// What the product of numbers with so many bits costs, in the units of [`Clock::spend`].
#[must_use]
pub fn work(a: u64, b: u64) -> u64 {
    a.saturating_mul(b).checked_shr(22).unwrap_or(0).saturating_add(1)
}

/// Room for numbers that are longer than those of the file that they are made from.
#[derive(Debug, Clone)]
pub struct Room(u64);

impl Default for Room {
    /// 2^31 bits
    fn default() -> Self {
        Self(1 << 31)
    }
}

impl Room {
    /// Takes room for `count` numbers of `bits` bits.
    ///
    /// # Errors
    /// [`Rejection::Wrong`] when it is used up.
    pub fn take(&mut self, count: usize, bits: u64) -> Result<(), Rejection> {
        let taken = u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(bits);
        need(taken <= self.0, "numbers over a common denominator, and products", "at most 2^31 bits in all", "more")?;
        self.0 = self.0.saturating_sub(taken);
        Ok(())
    }

    /// Takes room for a number.
    ///
    /// # Errors
    /// As [`Room::take`].
    pub fn keep(&mut self, value: BigInt) -> Result<BigInt, Rejection> {
        self.take(1, value.bits())?;
        Ok(value)
    }
}

/// The binomial coefficient `C(n, k)`, as long as it has at most `bits` bits.
#[must_use]
pub fn binomial(n: u64, k: u64, bits: u64) -> Option<BigUint> {
    let Some(rest) = n.checked_sub(k) else { return Some(BigUint::zero()) };
    let mut value = BigInt::one();
    // C(n, i) grows up to i = min(k, n - k), so the first value that is too long ends it
    for i in 0..k.min(rest) {
        value = (value * BigInt::from(n.checked_sub(i)?)).div_floor(&BigInt::from(i.checked_add(1)?));
        if value.bits() > bits {
            return None;
        }
    }
    value.to_biguint()
}

/// Whether the rank of an integer matrix is shown to be at least `least`.
///
/// The rank modulo a prime is a lower bound of the rank: a minor that is not zero modulo the prime is not zero. It is smaller
/// only when the prime divides all minors of that size, so a matrix that is not shown with three primes is hostile.
///
/// # Errors
/// [`Rejection::Stopped`].
pub fn rank_at_least(rows: &[IntegerVector], least: usize, clock: &Clock<'_>) -> Result<bool, Rejection> {
    // 2^61 - 1, 2^62 - 57, 2^63 - 25: the product of two residues fits into a u128, the sum of two into a u64
    for prime in [2_305_843_009_213_693_951, 4_611_686_018_427_387_847, 9_223_372_036_854_775_783] {
        if rank_modulo(rows, prime, clock)? >= least {
            return Ok(true);
        }
    }
    Ok(false)
}

fn rank_modulo(rows: &[IntegerVector], prime: u64, clock: &Clock<'_>) -> Result<usize, Rejection> {
    let residue = |entry: &BigInt| entry.mod_floor(&prime.into()).to_u64().unwrap_or(0);
    let product = |a: u64, b: u64| {
        let product = u128::from(a).saturating_mul(b.into()).checked_rem(prime.into());
        product.and_then(|product| u64::try_from(product).ok()).unwrap_or(0)
    };
    let minus = |a: u64, b: u64| {
        let difference = a.saturating_add(prime).saturating_sub(b);
        if difference >= prime { difference.saturating_sub(prime) } else { difference }
    };
    let mut left: Vec<Vec<u64>> = Vec::with_capacity(rows.len());
    for row in rows {
        clock.spend(u64::try_from(row.len()).unwrap_or(u64::MAX))?;
        left.push(row.iter().map(residue).collect());
    }
    let mut rank: usize = 0;
    // one row after the other is taken out, and its first entry that is not zero cleared from those left
    while let Some(pivot_row) = left.pop() {
        let Some((column, &pivot)) = pivot_row.iter().enumerate().find(|(_, entry)| **entry != 0) else {
            continue;
        };
        rank = rank.saturating_add(1);
        for row in &mut left {
            clock.spend(u64::try_from(row.len()).unwrap_or(u64::MAX))?;
            let factor = row.get(column).copied().unwrap_or(0);
            if factor != 0 {
                for (entry, above) in row.iter_mut().zip(&pivot_row) {
                    *entry = minus(product(*entry, pivot), product(factor, *above));
                }
            }
        }
    }
    Ok(rank)
}
