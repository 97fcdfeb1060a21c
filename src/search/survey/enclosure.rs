//! Rigorous enclosures of real numbers: intervals whose ends are integers over a power of two.
//!
//! An [`Enclosure`] at a [`Precision`] of `p` bits is a pair `lo <= hi` of integers and stands for every real `x`
//! with `lo <= 2^p x <= hi`. Each operation returns an interval that contains the result for *all* members of its
//! operands: lower ends are rounded down and upper ends up. `exp` and `sqrt` are the only functions that leave the
//! rationals. What an enclosure does not decide is asked again with more bits; nothing here is ever rounded into
//! a verdict. (Ours; the series is Taylor's with the remainder bounded by twice its first omitted term.)

use crate::kernel::number::Rational;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// `exp` of a larger number than this is refused, in absolute value.
pub const MAX_EXPONENT: i64 = 1 << 14;

/// The number `p` of binary places of an enclosure's ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Precision(pub u32);

/// Every real `x` with `lo <= 2^p x <= hi`; see [`Precision`].
///
/// ```
/// use counterproof::kernel::number::{integer, ratio};
/// use counterproof::search::survey::Precision;
///
/// // 1/3 to 20 binary places, three times over: 1 lies within, and the ends are close
/// let p = Precision(20);
/// let third = p.enclose(&ratio(1, 3));
/// let (low, high) = p.ends(&third.times_count(3));
/// assert!(low <= integer(1) && integer(1) <= high);
/// assert!(&high - &low < ratio(1, 100_000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure {
    lo: BigInt,
    hi: BigInt,
}

impl Enclosure {
    #[must_use]
    pub fn zero() -> Self {
        Self { lo: BigInt::zero(), hi: BigInt::zero() }
    }

    /// Whether every member is above zero.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.lo.is_positive()
    }

    /// Whether no member is above zero.
    #[must_use]
    pub fn is_not_positive(&self) -> bool {
        !self.hi.is_positive()
    }

    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self { lo: &self.lo + &other.lo, hi: &self.hi + &other.hi }
    }

    pub fn add(&mut self, other: &Self) {
        self.lo += &other.lo;
        self.hi += &other.hi;
    }

    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self { lo: &self.lo - &other.hi, hi: &self.hi - &other.lo }
    }

    /// `count * self`
    #[must_use]
    pub fn times_count(&self, count: u64) -> Self {
        Self { lo: &self.lo * count, hi: &self.hi * count }
    }

    /// `max(self, 0)`
    #[must_use]
    pub fn relu(self) -> Self {
        let cut = |end: BigInt| if end.is_negative() { BigInt::zero() } else { end };
        Self { lo: cut(self.lo), hi: cut(self.hi) }
    }

    /// `|self|`
    #[must_use]
    pub fn abs(&self) -> Self {
        if !self.lo.is_negative() {
            self.clone()
        } else if self.hi.is_negative() {
            Self { lo: -&self.hi, hi: -&self.lo }
        } else {
            Self { lo: BigInt::zero(), hi: (-&self.lo).max(self.hi.clone()) }
        }
    }

    /// The maximum of a member of each.
    #[must_use]
    pub fn max(self, other: &Self) -> Self {
        Self { lo: self.lo.max(other.lo.clone()), hi: self.hi.max(other.hi.clone()) }
    }

    /// The smallest interval that contains both.
    #[must_use]
    pub fn hull(self, other: &Self) -> Self {
        Self { lo: self.lo.min(other.lo.clone()), hi: self.hi.max(other.hi.clone()) }
    }

    /// The ends where they fit into a word.
    pub(super) fn words(&self) -> (Option<i64>, Option<i64>) {
        (self.lo.to_i64(), self.hi.to_i64())
    }

    pub(super) fn from_words(lo: i64, hi: i64) -> Self {
        Self { lo: lo.into(), hi: hi.into() }
    }

    /// The ends, each an interval without width.
    pub(super) fn ends(&self) -> (Self, Self) {
        let end = |end: &BigInt| Self { lo: end.clone(), hi: end.clone() };
        (end(&self.lo), end(&self.hi))
    }

    /// The distance of the ends, rounded down to an integer, at most [`u64::MAX`].
    pub(super) fn width(&self, p: Precision) -> u64 {
        ((&self.hi - &self.lo) >> p.0).to_u64().unwrap_or(u64::MAX)
    }

    /// How many bits the larger end has.
    #[must_use]
    pub fn bits(&self) -> u64 {
        self.lo.bits().max(self.hi.bits())
    }

    /// The narrowest interval around this one with `bits` fewer binary places.
    #[must_use]
    pub fn coarser(&self, bits: u32) -> Self {
        Self { lo: &self.lo >> bits, hi: ceil_shift(self.hi.clone(), bits) }
    }
}

impl Precision {
    /// The tightest enclosure of a rational.
    #[must_use]
    pub fn enclose(self, value: &Rational) -> Enclosure {
        let shifted: BigInt = value.numer() << self.0;
        let (lo, rest) = shifted.div_mod_floor(value.denom());
        let hi = if rest.is_zero() { lo.clone() } else { &lo + 1 };
        Enclosure { lo, hi }
    }

    #[must_use]
    pub fn integer(self, value: u64) -> Enclosure {
        let end = BigInt::from(value) << self.0;
        Enclosure { lo: end.clone(), hi: end }
    }

    /// The ends as rationals.
    #[must_use]
    pub fn ends(self, enclosure: &Enclosure) -> (Rational, Rational) {
        let end = |end: &BigInt| Rational::new(end.clone(), BigInt::one() << self.0);
        (end(&enclosure.lo), end(&enclosure.hi))
    }

    #[must_use]
    pub fn times(self, a: &Enclosure, b: &Enclosure) -> Enclosure {
        let (lo, hi) = products(a, b);
        Enclosure { lo: lo >> self.0, hi: ceil_shift(hi, self.0) }
    }

    /// `a / b`; `None` when `b` contains zero.
    #[must_use]
    pub fn divide(self, a: &Enclosure, b: &Enclosure) -> Option<Enclosure> {
        if b.hi.is_negative() {
            let negated = |x: &Enclosure| Enclosure { lo: -&x.hi, hi: -&x.lo };
            return self.divide(&negated(a), &negated(b));
        }
        if !b.lo.is_positive() {
            return None;
        }
        // with b > 0 each end of a is divided by the end of b that moves it outwards
        let low = if a.lo.is_negative() { &b.lo } else { &b.hi };
        let high = if a.hi.is_negative() { &b.hi } else { &b.lo };
        let lo = (&a.lo << self.0).div_floor(low);
        let hi = -(-(&a.hi << self.0)).div_floor(high);
        Some(Enclosure { lo, hi })
    }

    /// The square root; `None` when some member may be negative.
    #[must_use]
    pub fn sqrt(self, a: &Enclosure) -> Option<Enclosure> {
        if a.lo.is_negative() {
            return None;
        }
        let lo = (&a.lo << self.0).sqrt();
        let above = &a.hi << self.0;
        let root = above.sqrt();
        let hi = if &root * &root == above { root } else { root + 1 };
        Some(Enclosure { lo, hi })
    }

    /// The exponential; `None` beyond [`MAX_EXPONENT`].
    #[must_use]
    pub fn exp(self, a: &Enclosure) -> Option<Enclosure> {
        let lo = self.exp_of(&a.lo)?;
        if a.lo == a.hi {
            return Some(lo);
        }
        Some(Enclosure { lo: lo.lo, hi: self.exp_of(&a.hi)?.hi })
    }

    /// An enclosure of `exp(end / 2^p)`: the series at `end / 2^(p + k)`, squared `k` times.
    fn exp_of(self, end: &BigInt) -> Option<Enclosure> {
        let bits = self.0;
        if end.is_zero() {
            return Some(self.integer(1));
        }
        // |x| < size
        let size = (end.abs() >> bits).to_i64().filter(|&size| size < MAX_EXPONENT)? + 1;
        // e^-x < 2^-p once x > 0.694 p, since ln 2 < 0.694
        if end.is_negative() && (size - 1) * 1000 > i64::from(bits) * 694 {
            return Some(Enclosure { lo: BigInt::zero(), hi: BigInt::one() });
        }
        let halvings = u32::try_from(size).ok()?.ilog2() + 1 + 8;
        // room for the result's whole part (e^x < 2^(3x/2)) and for the errors that squaring doubles
        let whole = if end.is_positive() { u32::try_from(size).ok()? * 3 / 2 } else { 0 };
        let working = Precision(bits + whole + 2 * halvings + 16);
        let x = end << (working.0 - bits - halvings);
        let x = Enclosure { lo: x.clone(), hi: x };
        let mut sum = working.integer(1);
        let mut term = working.integer(1);
        for i in 1u32.. {
            term = working.times(&term, &x);
            term = Enclosure {
                lo: term.lo.div_floor(&i.into()),
                hi: -(-term.hi).div_floor(&i.into()),
            };
            sum.add(&term);
            let largest = term.lo.abs().max(term.hi.abs());
            if largest <= BigInt::one() {
                // |x| <= 2^-8, so all that is left out is less than twice the last term
                sum.lo -= 2;
                sum.hi += 2;
                break;
            }
        }
        for _ in 0..halvings {
            sum = working.times(&sum, &sum);
        }
        let excess = working.0 - bits;
        Some(Enclosure { lo: sum.lo >> excess, hi: ceil_shift(sum.hi, excess) })
    }
}

/// The least and the largest product of ends.
fn products(a: &Enclosure, b: &Enclosure) -> (BigInt, BigInt) {
    match (a.lo.is_negative(), a.hi.is_negative(), b.lo.is_negative(), b.hi.is_negative()) {
        (false, _, false, _) => (&a.lo * &b.lo, &a.hi * &b.hi),
        (false, _, true, true) => (&a.hi * &b.lo, &a.lo * &b.hi),
        (true, true, false, _) => (&a.lo * &b.hi, &a.hi * &b.lo),
        (true, true, true, true) => (&a.hi * &b.hi, &a.lo * &b.lo),
        (false, _, true, false) => (&a.hi * &b.lo, &a.hi * &b.hi),
        (true, true, true, false) => (&a.lo * &b.hi, &a.lo * &b.lo),
        (true, false, false, _) => (&a.lo * &b.hi, &a.hi * &b.hi),
        (true, false, true, true) => (&a.hi * &b.lo, &a.lo * &b.lo),
        (true, false, true, false) => {
            ((&a.lo * &b.hi).min(&a.hi * &b.lo), (&a.lo * &b.lo).max(&a.hi * &b.hi))
        }
    }
}

fn ceil_shift(value: BigInt, bits: u32) -> BigInt {
    -((-value) >> bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::number::{integer, ratio};
    use proptest::prelude::*;

    fn contains(p: Precision, enclosure: &Enclosure, value: &Rational) -> bool {
        let (lo, hi) = p.ends(enclosure);
        lo <= *value && *value <= hi
    }

    fn narrow(enclosure: &Enclosure, ulps: u32) -> bool {
        &enclosure.hi - &enclosure.lo <= ulps.into()
    }

    /// `e` to 60 decimals, as an interval of width 10^-60.
    fn e() -> (Rational, Rational) {
        let digits = "2718281828459045235360287471352662497757247093699959574966967";
        let lo = Rational::new(digits.parse().unwrap(), num_traits::pow(BigInt::from(10), 60));
        let hi = &lo + Rational::new(1.into(), num_traits::pow(BigInt::from(10), 60));
        (lo, hi)
    }

    #[test]
    fn exp_of_one_is_e() {
        let (below, above) = e();
        for bits in [4, 16, 53, 64, 150, 190] {
            let p = Precision(bits);
            let value = p.exp(&p.integer(1)).unwrap();
            let (lo, hi) = p.ends(&value);
            assert!(lo <= above && below <= hi, "{bits} bits");
            assert!(narrow(&value, 2), "{bits} bits: {value:?}");
        }
    }

    #[test]
    fn exp_of_zero_and_of_large_numbers() {
        let p = Precision(64);
        assert!(contains(p, &p.exp(&Enclosure::zero()).unwrap(), &integer(1)));
        let tiny = p.exp(&p.enclose(&integer(-1000))).unwrap();
        assert!(!tiny.is_positive() && narrow(&tiny, 1));
        assert!(p.exp(&p.integer(MAX_EXPONENT as u64)).is_none());
        let large = p.exp(&p.integer(700)).unwrap();
        assert!(narrow(&large, 2) && large.is_positive());
        // e^700 e^-700 = 1 when both are taken with enough bits
        let p = Precision(1200);
        let small = p.exp(&p.enclose(&integer(-700))).unwrap();
        let large = p.exp(&p.integer(700)).unwrap();
        assert!(contains(p, &p.times(&small, &large), &integer(1)));
    }

    #[test]
    fn impossible_operations_are_refused() {
        let p = Precision(8);
        let around_zero = Enclosure { lo: (-1).into(), hi: 1.into() };
        assert!(p.divide(&p.integer(1), &around_zero).is_none());
        assert!(p.sqrt(&around_zero).is_none());
    }

    fn rational() -> impl Strategy<Value = Rational> {
        (-400i64..400, 1i64..60).prop_map(|(p, q)| ratio(p, q))
    }

    proptest! {
        #[test]
        fn arithmetic_contains_the_exact_result(a in rational(), b in rational(), bits in 1u32..80) {
            let p = Precision(bits);
            let (x, y) = (p.enclose(&a), p.enclose(&b));
            prop_assert!(contains(p, &x, &a) && narrow(&x, 1));
            prop_assert!(contains(p, &x.plus(&y), &(&a + &b)));
            prop_assert!(contains(p, &x.minus(&y), &(&a - &b)));
            prop_assert!(contains(p, &p.times(&x, &y), &(&a * &b)));
            prop_assert!(contains(p, &x.abs(), &a.abs()));
            prop_assert!(contains(p, &x.clone().relu(), &a.clone().max(Rational::zero())));
            prop_assert!(contains(p, &x.clone().max(&y), &a.clone().max(b.clone())));
            if let Some(quotient) = p.divide(&x, &y) {
                prop_assert!(contains(p, &quotient, &(&a / &b)));
            } else {
                prop_assert!(b.abs() <= ratio(1, 1) / Rational::from_integer(BigInt::one() << bits));
            }
        }

        #[test]
        fn wide_operands_are_covered(
            a in rational(), b in rational(), c in rational(), d in rational(), t in 0i64..=8, s in 0i64..=8,
        ) {
            let p = Precision(20);
            let wide = |a: &Rational, b: &Rational| p.enclose(a).hull(&p.enclose(b));
            let inside = |a: &Rational, b: &Rational, t: i64| a + (b - a) * ratio(t, 8);
            let (x, y) = (wide(&a, &b), wide(&c, &d));
            let (u, v) = (inside(&a, &b, t), inside(&c, &d, s));
            prop_assert!(contains(p, &p.times(&x, &y), &(&u * &v)));
            prop_assert!(contains(p, &x.abs(), &u.abs()));
            if let Some(quotient) = p.divide(&x, &y) {
                prop_assert!(contains(p, &quotient, &(&u / &v)));
            }
        }

        #[test]
        fn roots_square_to_their_argument(a in rational(), bits in 1u32..80) {
            let p = Precision(bits);
            let a = a.abs();
            let (lo, hi) = p.ends(&p.sqrt(&p.enclose(&a)).unwrap());
            prop_assert!(&lo * &lo <= a && a <= &hi * &hi);
        }

        #[test]
        fn exp_turns_sums_into_products(a in rational(), b in rational(), bits in 16u32..120) {
            let p = Precision(bits);
            let exp = |x: &Rational| p.ends(&p.exp(&p.enclose(x)).unwrap());
            let ((a_lo, a_hi), (b_lo, b_hi)) = (exp(&a), exp(&b));
            let (lo, hi) = exp(&(&a + &b));
            prop_assert!(lo <= a_hi * b_hi && a_lo * b_lo <= hi);
        }

        #[test]
        fn more_bits_meet_fewer_bits(a in rational(), bits in 4u32..60) {
            let (coarse, fine) = (Precision(bits), Precision(bits + 70));
            let (lo, hi) = coarse.ends(&coarse.exp(&coarse.enclose(&a)).unwrap());
            let (below, above) = fine.ends(&fine.exp(&fine.enclose(&a)).unwrap());
            prop_assert!(lo <= below && above <= hi);
        }
    }
}
