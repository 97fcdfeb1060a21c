//! The operations of a machine on signed numbers: to the bit in one named way, or with bounds of how far they are off in any way.
//!
//! Numbers of a format are multiples of `2^-places`, `places = p - 1 - emin`, so they are integers here; nothing is a float.
//!
//! - [`Named`]: every operation is rounded to nearest, ties to even, `exp`, `erf` and `tanh` too. [`Order`] says how sums are taken.
//! - [`Every`]: a sum in any order, products rounded or not; each addition and product gives its result if that is a number of the format, and one of the
//!   two numbers around it otherwise, or does the same in more bits and rounds the sum at the end. Division, root, `exp`, `erf` and `tanh` are within
//!   `ulps` units in the last place, and exact at 0; a cosine or sine of a table by so many units of 1. Carried is where the number in the reals is, and how far a
//!   machine's may be off. With `e = 2^(1-p)` an
//!   addition is off by at most `e` times its result, so a sum of `k` terms in any tree by `((1 + e)^(k-1) - 1)` times the sum of their sizes
//!   (Higham, Accuracy and Stability of Numerical Algorithms, section 4.2), and a product by `e` times it or by the spacing of subnormal numbers.

use super::enclosure::{Enclosure, Precision, Real};
use super::machine::Format;
use super::rational::{Rational, divide, integer};
use super::word::Word;
use num::{BigInt, BigUint, Integer, One, Signed, Zero};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Terms of a block.
const BLOCK: usize = 16;
/// What is summed in where a sum is wide.
const WIDE: Format = Format { precision: 24, emin: -126, emax: 127 };

/// In which order the terms of a sum are added, and what is rounded. A bias comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// one by one, from the first
    Seq,
    /// halves, and halves of these; the first one is not the smaller one
    Pair,
    /// any tree
    Any,
    /// the exact sum is rounded
    Once,
    /// one by one, and the division of an attention comes last
    Flash,
    /// blocks of 16 terms one by one, and their sums one by one
    Blocks,
    /// one by one, each product added to the sum with one rounding
    Fused,
    /// one by one in singles, each product exact, and what is found, with the bias, rounded to the format
    Wide,
}

impl Order {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Seq => "one by one",
            Self::Pair => "by halves",
            Self::Any => "in any order",
            Self::Once => "with one rounding",
            Self::Flash => "divided last",
            Self::Blocks => "by blocks of 16",
            Self::Fused => "one by one with fused products",
            Self::Wide => "one by one in singles",
        }
    }

    /// Whether sums of a format can be taken so: of a wide one they are taken in a format that has no less.
    #[must_use]
    pub fn fits(self, format: Format) -> bool {
        let within = format.precision <= WIDE.precision && format.emin >= WIDE.emin && format.emax <= WIDE.emax;
        self != Self::Wide || within
    }
}

/// A function that is no sum or product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `exp(x)`
    Exp,
    /// `sqrt(x)`, for `x >= 0`
    Root,
    /// `erf(x)`
    Erf,
    /// `tanh(x)`
    Tanh,
}

/// What a model computes with. `None` is what is not a finite number, or not known.
pub trait Arithmetic: Sync {
    /// A number.
    type Number: Clone + Send + Sync;
    /// A number of the format; none where it is another.
    fn of(&self, value: &Rational) -> Option<Self::Number>;
    /// A real number that is given by enclosures, rounded to the format.
    fn constant(&self, of: &dyn Fn(Precision) -> Option<Enclosure>) -> Option<Self::Number>;
    /// A cosine and a sine of a table.
    fn turn(&self, of: &dyn Fn(Precision) -> Option<[Enclosure; 2]>) -> Option<[Self::Number; 2]>;
    /// `a + b`
    fn plus(&self, a: &Self::Number, b: &Self::Number) -> Option<Self::Number>;
    /// `-a`
    fn negated(&self, a: &Self::Number) -> Option<Self::Number>;
    /// `a b`
    fn times(&self, a: &Self::Number, b: &Self::Number) -> Option<Self::Number>;
    /// `a / b`, for `b > 0`
    fn over(&self, a: &Self::Number, b: &Self::Number) -> Option<Self::Number>;
    /// The sum of products, and of a bias, which comes last.
    fn dot(&self, terms: &[(&Self::Number, &Self::Number)], bias: Option<&Self::Number>) -> Option<Self::Number>;
    /// A function's value.
    fn apply(&self, function: Function, x: &Self::Number) -> Option<Self::Number>;
    /// The larger one.
    fn larger(&self, a: &Self::Number, b: &Self::Number) -> Self::Number;
    /// `a - largest`, where that is not above zero.
    fn below(&self, a: &Self::Number, largest: &Self::Number) -> Option<Self::Number>;
    /// The sum of weights that are not negative, one of which is 1.
    fn total(&self, weights: &[Self::Number]) -> Option<Self::Number>;
    /// What is one of the two.
    fn hull(&self, a: &Self::Number, b: &Self::Number) -> Option<Self::Number>;
    /// Whether weights of an attention are divided before they are used, and whether what is attended to is divided.
    fn divides(&self) -> [bool; 2];
    /// Where a machine's number is.
    fn enclosed(&self, x: &Self::Number) -> Enclosure;
    /// Of these enclosures.
    fn precision(&self) -> Precision;
}

impl Format {
    /// Binary places of its numbers.
    fn places(self) -> u32 {
        u32::try_from(self.precision.saturating_sub(1).saturating_sub(self.emin)).unwrap_or(0)
    }

    /// `fl(x)` for `x = value / 2^places`, or for something next to that, away from zero, if there is a `rest`; then the value has two bits
    /// more than the precision. A multiple of `2^-self.places()`; `None` is infinity.
    fn nearest(self, value: &BigInt, places: u32, rest: bool) -> Option<BigInt> {
        let size = value.magnitude();
        let top = i64::try_from(size.bits()).ok()?.saturating_sub(1).saturating_sub(places.into());
        let quantum = top.max(self.emin.into()).saturating_sub(self.precision.into()).saturating_add(1);
        let dropped = quantum.saturating_add(places.into());
        let kept = match u64::try_from(dropped) {
            Ok(0) => size.clone(),
            Ok(dropped) => {
                let kept = size >> dropped;
                let up = match (size - (&kept << dropped)).cmp(&(BigUint::one() << dropped.saturating_sub(1))) {
                    Ordering::Less => false,
                    Ordering::Equal => rest || kept.is_odd(),
                    Ordering::Greater => true,
                };
                if up { kept + BigUint::one() } else { kept }
            }
            Err(_) => size << dropped.unsigned_abs(),
        };
        let rounded = kept << quantum.saturating_add(self.places().into()).unsigned_abs();
        let most = i64::from(self.emax).saturating_add(self.places().into()).saturating_add(1);
        let finite = i64::try_from(rounded.bits()).is_ok_and(|bits| bits <= most);
        finite.then(|| BigInt::from_biguint(value.sign(), rounded))
    }

    /// `fl(x)`; `None` is infinity.
    #[must_use]
    pub fn rounded(self, x: &Rational) -> Option<Rational> {
        divide(&integer(self.ratio(x.numer(), x.denom())?), &integer(BigInt::one() << self.places()))
    }

    /// The number itself, if it is one of the format.
    fn exactly(self, x: &Rational) -> Option<BigInt> {
        let rounded = self.ratio(x.numer(), x.denom())?;
        (&rounded * x.denom() == x.numer() << self.places()).then_some(rounded)
    }

    /// `fl(a / b)`; `None` for `b = 0` too.
    fn ratio(self, a: &BigInt, b: &BigInt) -> Option<BigInt> {
        let more = b.bits().saturating_add(u64::from(self.bits())).saturating_add(3).saturating_sub(a.bits());
        let more = u32::try_from(more).ok()?;
        let above = a.abs() << more;
        let quotient = Word::div_floor(&above, &b.abs())?;
        let rest = &quotient * b.abs() != above;
        let rounded = self.nearest(&quotient, more, rest)?;
        Some(if a.is_negative() == b.is_negative() { rounded } else { -rounded })
    }
}

/// One way to compute, rounding to nearest.
#[derive(Debug, Clone, Copy)]
pub struct Named {
    /// of all numbers
    pub format: Format,
    /// of all sums, not any
    pub order: Order,
}

impl Named {
    fn sum(&self, terms: &[BigInt]) -> Option<BigInt> {
        match terms {
            [] => Some(BigInt::ZERO),
            [one] => Some(one.clone()),
            _ if self.order == Order::Blocks && terms.len() > BLOCK => {
                let blocks = terms.chunks(BLOCK).map(|block| self.sum(block)).collect::<Option<Vec<_>>>()?;
                blocks.into_iter().try_fold(BigInt::ZERO, |sum, block| self.plus(&sum, &block))
            }
            _ if self.order == Order::Pair => {
                let (one, other) = terms.split_at_checked(terms.len().div_ceil(2))?;
                self.plus(&self.sum(one)?, &self.sum(other)?)
            }
            [first, others @ ..] => others.iter().try_fold(first.clone(), |sum, term| self.plus(&sum, term)),
        }
    }

    /// The sum of numbers with `places` places, added one by one in `format`.
    fn added(&self, format: Format, terms: impl Iterator<Item = BigInt>, places: u32) -> Option<BigInt> {
        let (own, all) = (format.places(), places.checked_add(format.places())?);
        let mut sum = BigInt::ZERO;
        for term in terms {
            sum = format.nearest(&((sum << places) + (term << own)), all, false)?;
        }
        if format == self.format { Some(sum) } else { self.format.nearest(&sum, own, false) }
    }

    /// `fl` of what an enclosure at more and more places is around.
    fn rounded(&self, of: &dyn Fn(Precision) -> Option<Enclosure>) -> Option<BigInt> {
        let places = self.format.places();
        for more in [64, 256, 1024, 4096] {
            let p = Precision(places.checked_add(more)?);
            let Enclosure { lo, hi } = of(p)?;
            let (lo, hi) = (self.format.nearest(&lo, p.0, false)?, self.format.nearest(&hi, p.0, false)?);
            if lo == hi {
                return Some(lo);
            }
        }
        None
    }
}

impl Arithmetic for Named {
    type Number = BigInt;

    fn of(&self, value: &Rational) -> Option<BigInt> {
        self.format.exactly(value)
    }
    fn constant(&self, of: &dyn Fn(Precision) -> Option<Enclosure>) -> Option<BigInt> {
        self.rounded(of)
    }
    fn turn(&self, of: &dyn Fn(Precision) -> Option<[Enclosure; 2]>) -> Option<[BigInt; 2]> {
        let one = |sin: bool| self.rounded(&|p| of(p).map(|[first, second]| if sin { second } else { first }));
        Some([one(false)?, one(true)?])
    }
    fn plus(&self, a: &BigInt, b: &BigInt) -> Option<BigInt> {
        self.format.nearest(&(a + b), self.format.places(), false)
    }
    fn negated(&self, a: &BigInt) -> Option<BigInt> {
        Some(-a)
    }
    fn times(&self, a: &BigInt, b: &BigInt) -> Option<BigInt> {
        self.format.nearest(&(a * b), self.format.places().saturating_mul(2), false)
    }
    fn over(&self, a: &BigInt, b: &BigInt) -> Option<BigInt> {
        self.format.ratio(a, b)
    }
    fn dot(&self, terms: &[(&BigInt, &BigInt)], bias: Option<&BigInt>) -> Option<BigInt> {
        let places = self.format.places();
        let exact = || terms.iter().map(|(a, b)| *a * *b);
        if self.order == Order::Wide {
            let bias = bias.map(|bias| bias << places);
            return self.added(WIDE, exact().chain(bias), places.checked_mul(2)?);
        }
        if self.order == Order::Fused {
            let sum = self.added(self.format, exact(), places.checked_mul(2)?)?;
            return bias.map_or(Some(sum.clone()), |bias| self.plus(&sum, bias));
        }
        if self.order == Order::Once {
            let sum = terms.iter().fold(BigInt::ZERO, |sum, (a, b)| sum + *a * *b);
            let sum = bias.map_or(sum.clone(), |bias| sum + (bias << places));
            return self.format.nearest(&sum, places.saturating_mul(2), false);
        }
        let products = terms.iter().map(|(a, b)| self.times(a, b)).collect::<Option<Vec<_>>>()?;
        let sum = self.sum(&products)?;
        bias.map_or(Some(sum.clone()), |bias| self.plus(&sum, bias))
    }
    fn apply(&self, function: Function, x: &BigInt) -> Option<BigInt> {
        let places = self.format.places();
        if x.is_zero() {
            return if function == Function::Exp { self.of(&Rational::one()) } else { Some(BigInt::ZERO) };
        }
        if function == Function::Root {
            let more = u32::try_from(u64::from(self.format.bits()).saturating_mul(2).saturating_add(8)).ok()?;
            let more = if places.checked_add(more)?.is_multiple_of(2) { more } else { more.checked_add(1)? };
            let above = x << more;
            let root = Word::root(&above)?;
            let half = places.checked_add(more)?.checked_shr(1)?;
            return self.format.nearest(&root, half, &root * &root != above);
        }
        self.rounded(&|p| {
            let x = x << p.0.checked_sub(places)?;
            function.enclosed(&Enclosure { lo: x.clone(), hi: x }, p)
        })
    }
    fn larger(&self, a: &BigInt, b: &BigInt) -> BigInt {
        a.max(b).clone()
    }
    fn below(&self, a: &BigInt, largest: &BigInt) -> Option<BigInt> {
        self.plus(a, &-largest)
    }
    fn total(&self, weights: &[BigInt]) -> Option<BigInt> {
        if self.order == Order::Wide {
            return self.added(WIDE, weights.iter().cloned(), self.format.places());
        }
        if self.order == Order::Once {
            return self.format.nearest(&weights.iter().sum(), self.format.places(), false);
        }
        self.sum(weights)
    }
    fn hull(&self, a: &BigInt, b: &BigInt) -> Option<BigInt> {
        (a == b).then(|| a.clone())
    }
    fn divides(&self) -> [bool; 2] {
        let last = self.order == Order::Flash;
        [!last, last]
    }
    fn enclosed(&self, x: &BigInt) -> Enclosure {
        let end = x << 64u32;
        Enclosure { lo: end.clone(), hi: end }
    }
    fn precision(&self) -> Precision {
        Precision(self.format.places().saturating_add(64))
    }
}

impl Function {
    fn enclosed(self, x: &Enclosure, p: Precision) -> Option<Enclosure> {
        match self {
            Self::Exp => Real::exp(x, p),
            Self::Root => Real::root(x, p),
            Self::Erf => Real::erf(x, p),
            Self::Tanh => Real::tanh(x, p),
        }
    }
}

/// Any way to compute that keeps the rules above.
#[derive(Debug, Clone)]
pub struct Every {
    format: Format,
    ulps: BigInt,
    p: Precision,
    /// `2^(1-p)`, and the spacing of subnormal numbers
    relative: BigInt,
    least: BigInt,
    /// beyond this it is not known whether numbers are finite
    most: BigInt,
}

/// A number in the reals, and how far a machine's may be from it, in units of `2^-p`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// where it is in the reals
    pub real: Enclosure,
    /// how far a machine's may be off
    pub off: BigInt,
}

impl Every {
    /// `ulps` of division, root, `exp`, `erf` and `tanh`.
    #[must_use]
    pub fn new(format: Format, ulps: u64) -> Self {
        let p = format.places().max(96);
        let unit = |places: u32| BigInt::one() << p.saturating_sub(places);
        Self {
            format,
            ulps: ulps.into(),
            p: Precision(p),
            relative: unit(format.bits().saturating_sub(1)),
            least: unit(format.places()),
            most: BigInt::one() << p.saturating_add(format.emax.unsigned_abs()),
        }
    }

    /// How large a machine's number may be.
    fn size(&self, x: &Near) -> BigInt {
        x.real.lo.abs().max(x.real.hi.abs()) + &x.off
    }

    /// `a b`, rounded up
    fn product(&self, a: &BigInt, b: &BigInt) -> BigInt {
        -((-(a * b)) >> self.p.0)
    }

    /// Whether it is one number of the format.
    fn exact(&self, x: &Near) -> bool {
        let value = &x.real.lo;
        let zeros = value.trailing_zeros().unwrap_or(u64::MAX);
        let short = value.bits().saturating_sub(zeros) <= u64::from(self.format.bits());
        let coarse = zeros >= u64::from(self.p.0.saturating_sub(self.format.places()));
        x.off.is_zero() && *value == x.real.hi && (value.is_zero() || short && coarse)
    }

    /// Further off by so many units in the last place.
    fn further(&self, mut x: Near, ulps: &BigInt) -> Option<Near> {
        x.off += ulps * (self.product(&self.size(&x), &self.relative) + &self.least);
        (self.size(&x) <= self.most).then_some(x)
    }

    fn rounded(&self, real: Enclosure, off: BigInt) -> Option<Near> {
        let x = Near { real, off };
        if self.exact(&x) { (self.size(&x) <= self.most).then_some(x) } else { self.further(x, &BigInt::one()) }
    }

    /// The sum of terms in any order.
    fn sum(&self, terms: Vec<Near>) -> Option<Near> {
        let terms: Vec<Near> = terms.into_iter().filter(|x| !self.size(x).is_zero()).collect();
        let mut real = self.zero().real;
        for term in &terms {
            real = real.plus(&term.real)?;
        }
        let size: BigInt = terms.iter().map(|x| self.size(x)).sum();
        if terms.iter().all(|x| self.exact(x)) {
            // multiples of one number with p bits: so is every part of the sum
            let zeros = terms.iter().filter_map(|x| x.real.lo.trailing_zeros()).min().unwrap_or(0);
            if size <= BigInt::one() << zeros.saturating_add(self.format.bits().into()) && size <= self.most {
                return Some(Near { real, off: BigInt::ZERO });
            }
        }
        let off: BigInt = terms.iter().map(|x| &x.off).sum();
        if terms.len() < 2 {
            return Some(Near { real, off });
        }
        // k e, and (1 + e)^k - 1 <= k e + (k e)^2; one rounding more for a sum in more bits
        let count = BigInt::from(terms.len());
        let all = &count * &self.relative;
        let factor = &all + self.product(&all, &all);
        let off = off + self.product(&size, &factor) + count * BigInt::from(3) * &self.least;
        let one = BigInt::one() << self.p.0;
        (all <= one && size * BigInt::from(3) <= self.most).then_some(Near { real, off })
    }

    fn zero(&self) -> Near {
        Near { real: Enclosure { lo: BigInt::ZERO, hi: BigInt::ZERO }, off: BigInt::ZERO }
    }

    fn is_zero(&self, x: &Near) -> bool {
        *x == self.zero()
    }
}

impl Arithmetic for Every {
    type Number = Near;

    fn of(&self, value: &Rational) -> Option<Near> {
        let end = self.format.exactly(value)? << self.p.0.checked_sub(self.format.places())?;
        Some(Near { real: Enclosure { lo: end.clone(), hi: end }, off: BigInt::ZERO })
    }
    fn constant(&self, of: &dyn Fn(Precision) -> Option<Enclosure>) -> Option<Near> {
        self.rounded(of(self.p)?, BigInt::ZERO)
    }
    fn turn(&self, of: &dyn Fn(Precision) -> Option<[Enclosure; 2]>) -> Option<[Near; 2]> {
        let off = &self.ulps * &self.relative;
        Some(of(self.p)?.map(|real| Near { real, off: off.clone() }))
    }
    fn plus(&self, a: &Near, b: &Near) -> Option<Near> {
        self.rounded(a.real.plus(&b.real)?, &a.off + &b.off)
    }
    fn negated(&self, a: &Near) -> Option<Near> {
        Some(Near { real: Enclosure { lo: -&a.real.hi, hi: -&a.real.lo }, off: a.off.clone() })
    }
    fn times(&self, a: &Near, b: &Near) -> Option<Near> {
        let off = self.product(&(self.size(a) - &a.off), &b.off) + self.product(&self.size(b), &a.off);
        self.rounded(a.real.times(&b.real, self.p)?, off)
    }
    fn over(&self, a: &Near, b: &Near) -> Option<Near> {
        let least = &b.real.lo - &b.off;
        if self.is_zero(a) || !least.is_positive() {
            return least.is_positive().then(|| a.clone());
        }
        let real = a.real.over(&b.real, self.p)?;
        let moved = &a.off + self.product(&real.lo.abs().max(real.hi.abs()), &b.off);
        let off = -Word::div_floor(&-(moved << self.p.0), &least)?;
        self.further(Near { real, off }, &self.ulps)
    }
    fn dot(&self, terms: &[(&Near, &Near)], bias: Option<&Near>) -> Option<Near> {
        let product = |(a, b): &(&Near, &Near)| self.times(a, b);
        let mut products = terms.iter().map(product).collect::<Option<Vec<_>>>()?;
        products.extend(bias.cloned());
        self.sum(products)
    }
    fn apply(&self, function: Function, x: &Near) -> Option<Near> {
        if self.is_zero(x) {
            return if function == Function::Exp { self.of(&Rational::one()) } else { Some(self.zero()) };
        }
        let real = function.enclosed(&x.real, self.p)?;
        // by how much the function changes at most where it changes most
        let off = match function {
            Function::Exp => {
                let most = &x.real.hi + &x.off;
                self.product(&function.enclosed(&Enclosure { lo: most.clone(), hi: most }, self.p)?.hi, &x.off)
            }
            Function::Root => {
                let least = &x.real.lo - &x.off;
                if !least.is_positive() {
                    return None;
                }
                let root = function.enclosed(&Enclosure { lo: least.clone(), hi: least }, self.p)?.lo;
                -Word::div_floor(&-(&x.off << self.p.0), &(root * BigInt::from(2)))?
            }
            // 2 / sqrt(pi) < 1 + 1/8 + 1/256
            Function::Erf => &x.off + (&x.off >> 3u32) + (&x.off >> 8u32) + BigInt::from(2),
            Function::Tanh => x.off.clone(),
        };
        self.further(Near { real, off }, &self.ulps)
    }
    fn larger(&self, a: &Near, b: &Near) -> Near {
        // what is certainly smaller has no say
        let above = |a: &Near, b: &Near| &a.real.lo - &a.off >= &b.real.hi + &b.off;
        if above(a, b) {
            return a.clone();
        }
        if above(b, a) {
            return b.clone();
        }
        Near { real: a.real.larger(&b.real), off: (&a.off).max(&b.off).clone() }
    }
    fn below(&self, a: &Near, largest: &Near) -> Option<Near> {
        let mut difference = self.plus(a, &self.negated(largest)?)?;
        let real = &mut difference.real;
        real.hi = (&real.hi).min(&BigInt::ZERO).clone();
        real.lo = (&real.lo).min(&BigInt::ZERO).clone();
        Some(difference)
    }
    fn total(&self, weights: &[Near]) -> Option<Near> {
        let mut total = self.sum(weights.to_vec())?;
        let one = BigInt::one() << self.p.0;
        total.real.lo = total.real.lo.max(one.clone());
        total.real.hi = total.real.hi.max(one);
        Some(total)
    }
    fn hull(&self, a: &Near, b: &Near) -> Option<Near> {
        Some(Near { real: a.real.hull(&b.real)?, off: (&a.off).max(&b.off).clone() })
    }
    fn divides(&self) -> [bool; 2] {
        [true, true]
    }
    fn enclosed(&self, x: &Near) -> Enclosure {
        Enclosure { lo: &x.real.lo - &x.off, hi: &x.real.hi + &x.off }
    }
    fn precision(&self) -> Precision {
        self.p
    }
}
