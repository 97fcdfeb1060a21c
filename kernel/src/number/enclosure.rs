//! Rigorous enclosures of real numbers: intervals whose ends are integers over a power of two.
//!
//! An [`Enclosure`] at a [`Precision`] of `p` bits stands for every real `x` with `lo <= 2^p x <= hi`. Each operation encloses
//! the results of *all* members of its operands: lower ends are rounded down and upper ends up. `exp` and `sqrt` are the
//! only functions that leave the rationals. On machine words an operation that overflows answers `None`; what is not
//! decided is asked again with more bits, and nothing is ever rounded into a verdict. (Ours; the series is Taylor's
//! with the remainder bounded by twice its first omitted term.)

use super::rational::{Rational, divide};
use super::word::Word;
use num::{BigInt, Integer, One, Signed, ToPrimitive, Zero};

/// Products with longer ends, in bits, are no answers: layer by layer they may grow to the power of three.
pub(super) const MAX_LENGTH: u64 = 1 << 16;

/// The number `p` of binary places of an enclosure's ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Precision(pub u32);

/// Every real `x` with `lo <= 2^p x <= hi`; see [`Precision`].
///
/// ```
/// use counterproof_kernel::number::{Precision, Real, integer, ratio};
///
/// // 1/3 to 20 binary places, three times over: 1 lies within, and the ends are close
/// let p = Precision(20);
/// let thrice = p.enclose(&ratio(1, 3)).times_count(3).unwrap();
/// let (low, high) = p.ends(&thrice);
/// assert!(low <= integer(1) && integer(1) <= high);
/// assert!(&high - &low < ratio(1, 100_000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure<W = BigInt> {
    /// lower end
    pub lo: W,
    /// upper end
    pub hi: W,
}

/// Real numbers as the forward pass needs them: enclosed, or exact where they are rational.
///
/// An operation answers `None` when a word overflows, a number becomes too long, a divisor may be zero, or a rational number does
/// not exist.
pub trait Real: Clone + Send + Sync + Sized {
    /// The number `value`.
    fn of(value: &Rational, p: Precision) -> Option<Self>;
    /// `self + other`
    fn plus(&self, other: &Self) -> Option<Self>;
    /// `self - other`
    fn minus(&self, other: &Self) -> Option<Self>;
    /// `self * other`
    fn times(&self, other: &Self, p: Precision) -> Option<Self>;
    /// `count * self`
    fn times_count(&self, count: u64) -> Option<Self>;
    /// `self / divisor`, for a divisor above zero.
    fn over(&self, divisor: &Self, p: Precision) -> Option<Self>;
    /// `exp(self)`
    fn exp(&self, p: Precision) -> Option<Self>;
    /// `sqrt(self)`
    fn root(&self, p: Precision) -> Option<Self>;
    /// `tanh(self)`
    fn tanh(&self, p: Precision) -> Option<Self>;
    /// `erf(self)`
    fn erf(&self, p: Precision) -> Option<Self>;
    /// Whether the least that it may be is less than that of `other`.
    fn starts_below(&self, other: &Self) -> bool;
    /// An enclosure at the same precision as such a number.
    fn from_enclosure(enclosure: &Enclosure) -> Option<Self>;
    /// The larger of two numbers.
    fn larger(&self, other: &Self) -> Self;
    /// What is one of two numbers.
    fn hull(&self, other: &Self) -> Option<Self>;
    /// The number as an enclosure at the same precision.
    fn enclosed(&self, p: Precision) -> Enclosure;
    /// Whether it is above zero; `None` when that is not known.
    fn above_zero(&self) -> Option<bool>;

    /// `max(self, 0)`
    fn relu(&self, p: Precision) -> Option<Self> {
        Some(self.larger(&Self::of(&Rational::zero(), p)?))
    }
    /// `|self|`
    fn size(&self, p: Precision) -> Option<Self> {
        Some(self.larger(&Self::of(&Rational::zero(), p)?.minus(self)?))
    }
    /// `self^2`, which is not negative.
    fn square(&self, p: Precision) -> Option<Self> {
        let size = self.relu(p)?.plus(&Self::of(&Rational::zero(), p)?.minus(self)?.relu(p)?)?;
        size.times(&size, p)
    }
}

impl<W: Word> Real for Enclosure<W> {
    fn of(value: &Rational, p: Precision) -> Option<Self> {
        Self::narrowed(&p.enclose(value))
    }
    fn plus(&self, other: &Self) -> Option<Self> {
        Some(Self { lo: self.lo.plus(&other.lo)?, hi: self.hi.plus(&other.hi)? })
    }
    fn minus(&self, other: &Self) -> Option<Self> {
        Some(Self { lo: self.lo.minus(&other.hi)?, hi: self.hi.minus(&other.lo)? })
    }
    fn times(&self, other: &Self, p: Precision) -> Option<Self> {
        let (a, b) = (self, other);
        // the ends of a factor of one sign tell which ends of the other count
        let (lo, hi) = if a.lo.signum() >= 0 {
            let low = if b.lo.signum() >= 0 { &a.lo } else { &a.hi };
            let high = if b.hi.signum() >= 0 { &a.hi } else { &a.lo };
            (low.times(&b.lo)?, high.times(&b.hi)?)
        } else if a.hi.signum() <= 0 {
            let low = if b.hi.signum() >= 0 { &a.lo } else { &a.hi };
            let high = if b.lo.signum() >= 0 { &a.hi } else { &a.lo };
            (low.times(&b.hi)?, high.times(&b.lo)?)
        } else {
            let (one, two) = (a.lo.times(&b.hi)?, a.hi.times(&b.lo)?);
            let (three, four) = (a.lo.times(&b.lo)?, a.hi.times(&b.hi)?);
            (one.min(two), three.max(four))
        };
        if lo.is_long() || hi.is_long() {
            return None;
        }
        Some(Self { lo: lo.shifted_down(p.0), hi: ceiling(&hi, p.0)? })
    }
    fn times_count(&self, count: u64) -> Option<Self> {
        let count = W::from_count(count)?;
        Some(Self { lo: self.lo.times(&count)?, hi: self.hi.times(&count)? })
    }
    fn over(&self, divisor: &Self, p: Precision) -> Option<Self> {
        if divisor.lo.signum() <= 0 {
            return None;
        }
        // each end is divided by the end of the divisor that moves it outwards
        let low = if self.lo.signum() < 0 { &divisor.lo } else { &divisor.hi };
        let high = if self.hi.signum() < 0 { &divisor.hi } else { &divisor.lo };
        let hi = self.hi.shifted_up(p.0)?.negated()?.div_floor(high)?.negated()?;
        Some(Self { lo: self.lo.shifted_up(p.0)?.div_floor(low)?, hi })
    }
    fn exp(&self, p: Precision) -> Option<Self> {
        Self::narrowed(&p.exp(&self.enclosed(p))?)
    }
    fn tanh(&self, p: Precision) -> Option<Self> {
        Self::narrowed(&p.increasing(&self.enclosed(p), |end| p.tanh_of(end))?)
    }
    fn erf(&self, p: Precision) -> Option<Self> {
        Self::narrowed(&p.increasing(&self.enclosed(p), |end| p.erf_of(end))?)
    }
    fn starts_below(&self, other: &Self) -> bool {
        self.lo < other.lo
    }
    fn from_enclosure(enclosure: &Enclosure) -> Option<Self> {
        Self::narrowed(enclosure)
    }
    fn root(&self, p: Precision) -> Option<Self> {
        let lo = self.lo.shifted_up(p.0)?.root()?;
        let above = self.hi.shifted_up(p.0)?;
        let root = above.root()?;
        let hi = if root.times(&root)? == above { root } else { root.plus(&W::from_count(1)?)? };
        Some(Self { lo, hi })
    }
    fn larger(&self, other: &Self) -> Self {
        let larger = |a: &W, b: &W| a.max(b).clone();
        Self { lo: larger(&self.lo, &other.lo), hi: larger(&self.hi, &other.hi) }
    }
    fn hull(&self, other: &Self) -> Option<Self> {
        Some(Self { lo: (&self.lo).min(&other.lo).clone(), hi: (&self.hi).max(&other.hi).clone() })
    }
    fn enclosed(&self, _: Precision) -> Enclosure {
        Enclosure { lo: self.lo.clone().into_big(), hi: self.hi.clone().into_big() }
    }
    fn above_zero(&self) -> Option<bool> {
        match (self.lo.signum(), self.hi.signum()) {
            (1, _) => Some(true),
            (_, ..=0) => Some(false),
            _ => None,
        }
    }
}

impl<W: Word> Enclosure<W> {
    /// The same enclosure in words; `None` when they are too short.
    #[must_use]
    pub fn narrowed(of: &Enclosure) -> Option<Self> {
        Some(Self { lo: W::from_big(&of.lo)?, hi: W::from_big(&of.hi)? })
    }

    /// The narrowest interval around this one with `bits` fewer binary places.
    #[must_use]
    pub fn coarser(&self, bits: u32) -> Option<Self> {
        Some(Self { lo: self.lo.shifted_down(bits), hi: ceiling(&self.hi, bits)? })
    }
}

/// The least integer at least `value / 2^bits`.
fn ceiling<W: Word>(value: &W, bits: u32) -> Option<W> {
    value.negated()?.shifted_down(bits).negated()
}

/// The number, unless it is too long.
fn short(value: Rational) -> Option<Rational> {
    (!value.numer().is_long() && !value.denom().is_long()).then_some(value)
}

impl Real for Rational {
    fn of(value: &Rational, _: Precision) -> Option<Self> {
        Some(value.clone())
    }
    fn plus(&self, other: &Self) -> Option<Self> {
        short(self + other)
    }
    fn minus(&self, other: &Self) -> Option<Self> {
        short(self - other)
    }
    fn times(&self, other: &Self, _: Precision) -> Option<Self> {
        short(self * other)
    }
    fn times_count(&self, count: u64) -> Option<Self> {
        short(self * Self::from_integer(count.into()))
    }
    fn over(&self, divisor: &Self, _: Precision) -> Option<Self> {
        short(divide(self, divisor)?)
    }
    fn exp(&self, _: Precision) -> Option<Self> {
        self.is_zero().then(Self::one)
    }
    fn root(&self, _: Precision) -> Option<Self> {
        let (numerator, denominator) = (Word::root(self.numer())?, Word::root(self.denom())?);
        let root = Self::new(numerator, denominator);
        super::same(&(&root * &root), self).then_some(root)
    }
    fn tanh(&self, _: Precision) -> Option<Self> {
        self.is_zero().then(Self::zero)
    }
    fn erf(&self, _: Precision) -> Option<Self> {
        self.is_zero().then(Self::zero)
    }
    fn starts_below(&self, other: &Self) -> bool {
        super::compare(self, other).is_lt()
    }
    fn from_enclosure(_: &Enclosure) -> Option<Self> {
        None
    }
    fn larger(&self, other: &Self) -> Self {
        super::larger(self.clone(), other.clone())
    }
    fn hull(&self, other: &Self) -> Option<Self> {
        super::same(self, other).then(|| self.clone())
    }
    fn enclosed(&self, p: Precision) -> Enclosure {
        p.enclose(self)
    }
    fn above_zero(&self) -> Option<bool> {
        Some(self.is_positive())
    }
}

impl Precision {
    /// The tightest enclosure of a rational.
    #[must_use]
    pub fn enclose(self, value: &Rational) -> Enclosure {
        // a denominator is never 0
        let (lo, rest) = (value.numer() << self.0).div_mod_floor(value.denom());
        let hi = if rest.is_zero() { lo.clone() } else { &lo + BigInt::one() };
        Enclosure { lo, hi }
    }

    /// The ends as rationals.
    #[must_use]
    pub fn ends(self, enclosure: &Enclosure) -> (Rational, Rational) {
        let end = |end: &BigInt| Rational::new(end.clone(), self.unit());
        (end(&enclosure.lo), end(&enclosure.hi))
    }

    /// `2^p`
    fn unit(self) -> BigInt {
        super::power(&BigInt::from(2), self.0)
    }

    /// The exponential, for numbers at most `2^14`; a very small result is enclosed by `[0, 2^-p]`.
    #[must_use]
    pub fn exp(self, a: &Enclosure) -> Option<Enclosure> {
        let lo = self.exp_of(&a.lo)?;
        Some(if a.lo == a.hi { lo } else { Enclosure { lo: lo.lo, hi: self.exp_of(&a.hi)?.hi } })
    }

    /// An enclosure of `exp(end / 2^p)`: the series at `end / 2^(p + k)`, squared `k` times.
    fn exp_of(self, end: &BigInt) -> Option<Enclosure> {
        const MAX_EXPONENT: u32 = 1 << 14;
        if end.is_zero() {
            return Some(Enclosure { lo: self.unit(), hi: self.unit() });
        }
        // |x| < size
        let size = end.abs().shifted_down(self.0).to_u32().unwrap_or(u32::MAX).saturating_add(1);
        // e^-x < 2^-p once x > 0.694 p, since ln 2 < 0.694
        let small = size.saturating_sub(1).saturating_mul(1000) > self.0.saturating_mul(694);
        if end.is_negative() && (small || size > MAX_EXPONENT) {
            return small.then(|| Enclosure { lo: BigInt::ZERO, hi: BigInt::one() });
        }
        if size > MAX_EXPONENT {
            return None;
        }
        let halvings = size.checked_ilog2()?.saturating_add(9);
        // room for the result's whole part (e^x < 2^(2x)) and for the errors that squaring doubles
        let whole = if end.is_positive() { size.saturating_mul(2) } else { 0 };
        let spare = whole.saturating_add(halvings.saturating_mul(2)).saturating_add(16);
        let working = Self(self.0.checked_add(spare)?);
        let x = end.shifted_up(spare.checked_sub(halvings)?)?;
        let x = Enclosure { lo: x.clone(), hi: x };
        let one = Enclosure { lo: working.unit(), hi: working.unit() };
        let (mut sum, mut term) = (one.clone(), one);
        for i in 1u32.. {
            term = term.times(&x, working)?;
            let by = BigInt::from(i);
            term = Enclosure { lo: Word::div_floor(&term.lo, &by)?, hi: -Word::div_floor(&-term.hi, &by)? };
            sum = sum.plus(&term)?;
            if term.lo.abs().max(term.hi.abs()) <= BigInt::one() {
                // |x| <= 2^-8, so all that is left out is less than twice the last term
                sum = sum.plus(&Enclosure { lo: BigInt::from(-2), hi: BigInt::from(2) })?;
                break;
            }
        }
        for _ in 0..halvings {
            sum = sum.times(&sum, working)?;
        }
        sum.coarser(spare)
    }
}
