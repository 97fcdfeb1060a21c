//! Enclosures of the functions that models have beside `exp` and `sqrt`: `tanh`, `erf`, `cos` and `sin`, logarithms, `pi`.
//!
//! Each is a series whose remainder is bounded, in enclosures of a few more places; what is left out is said where it is added.
//! (Ours; the series are Taylor's, Machin's for `pi`, and Kummer's for `erf`, whose terms all have one sign.)

use super::enclosure::{Enclosure, Precision, Real};
use super::rational::{Rational, divide, integer, ratio};
use super::word::Word;
use num::{BigInt, One, Signed, ToPrimitive};

impl Precision {
    fn finer(self, places: u32) -> Option<Self> {
        self.0.checked_add(places).map(Self)
    }

    fn one(self) -> Enclosure {
        self.enclose(&Rational::one())
    }

    /// What encloses an increasing function between the ends, given it encloses the function at a place.
    pub(super) fn increasing(self, a: &Enclosure, at: impl Fn(&BigInt) -> Option<Enclosure>) -> Option<Enclosure> {
        let lo = at(&a.lo)?;
        Some(if a.lo == a.hi { lo } else { Enclosure { lo: lo.lo, hi: at(&a.hi)?.hi } })
    }

    /// `tanh(end / 2^p)`, which is odd: `(1 - e) / (1 + e)` with `e = exp(-2x)`.
    pub(super) fn tanh_of(self, end: &BigInt) -> Option<Enclosure> {
        let fine = self.finer(8)?;
        let x = end.abs().shifted_up(9)?.negated()?;
        let e = fine.exp(&Enclosure { lo: x.clone(), hi: x })?;
        let size = fine.one().minus(&e)?.over(&fine.one().plus(&e)?, fine)?.coarser(8)?;
        signed(size, end)
    }

    /// `erf(end / 2^p)`, which is odd: `2 / sqrt(pi) exp(-x^2) sum_k 2^k x^(2k+1) / (1 3 .. (2k+1))`.
    pub(super) fn erf_of(self, end: &BigInt) -> Option<Enclosure> {
        let size = end.abs();
        let square = (&size * &size).shifted_down(self.0.checked_mul(2)?).to_u32().unwrap_or(u32::MAX);
        // 1 - erf(x) <= exp(-x^2) < 2^-p once x^2 > 0.694 p, since ln 2 < 0.694
        if square.saturating_mul(1000) > self.0.saturating_mul(694) {
            let one = self.one().lo;
            return signed(Enclosure { lo: &one - BigInt::one(), hi: one }, end);
        }
        // the sum grows like exp(x^2) < 2^(2 x^2), and is multiplied by exp(-x^2)
        let spare = square.checked_mul(2)?.checked_add(34)?;
        let fine = self.finer(spare)?;
        let x = size.shifted_up(spare)?;
        let x = Enclosure { lo: x.clone(), hi: x };
        let twice = x.square(fine)?.times_count(2)?;
        let (mut sum, mut term) = (x.clone(), x.clone());
        for k in 1u64.. {
            let odd = k.checked_mul(2)?.checked_add(1)?;
            term = term.times(&twice, fine)?.over(&fine.enclose(&integer(odd)), fine)?;
            sum = sum.plus(&term)?;
            // from here on each term is less than half the one before
            if odd > u64::from(square).checked_mul(4)?.checked_add(4)? && term.hi <= BigInt::one() {
                sum = sum.plus(&Enclosure { lo: BigInt::ZERO, hi: BigInt::from(2) })?;
                break;
            }
        }
        let decay = fine.exp(&Enclosure { lo: BigInt::ZERO, hi: BigInt::ZERO }.minus(&x.square(fine)?)?)?;
        let factor = decay.times_count(2)?.over(&fine.pi()?.root(fine)?, fine)?;
        signed(sum.times(&factor, fine)?.coarser(spare)?, end)
    }

    /// `pi = 16 atan(1/5) - 4 atan(1/239)`
    pub(crate) fn pi(self) -> Option<Enclosure> {
        let fine = self.finer(16)?;
        let atan = |k: u64| fine.odd_series(&ratio(1, k.try_into().ok()?), true);
        atan(5)?.times_count(16)?.minus(&atan(239)?.times_count(4)?)?.coarser(16)
    }

    /// The natural logarithm of a number above 0: with `value = 2^k c` it is `k ln 2 + ln c`, and `ln c = 2 artanh((c-1)/(c+1))`.
    #[must_use]
    pub fn ln(self, value: &Rational) -> Option<Enclosure> {
        let fine = self.finer(40)?;
        let whole = value.floor().to_integer();
        let k = u32::try_from(whole.bits()).ok()?.saturating_sub(1);
        let c = divide(value, &Rational::from_integer(super::power(&BigInt::from(2), k)))?;
        let artanh = |c: &Rational| fine.odd_series(&divide(&(c - Rational::one()), &(c + Rational::one()))?, false);
        let two = artanh(&integer(2))?.times_count(2)?;
        artanh(&c)?.times_count(2)?.plus(&two.times_count(k.into())?)?.coarser(40)
    }

    /// `sum_j (+-1)^j x^(2j+1) / (2j+1)` for `0 <= x <= 1/2`.
    fn odd_series(self, x: &Rational, alternating: bool) -> Option<Enclosure> {
        let x = self.enclose(x);
        let square = x.square(self)?;
        let (mut sum, mut power) = (x.clone(), x);
        for j in 1u64.. {
            power = power.times(&square, self)?;
            let term = power.over(&self.enclose(&integer(j.checked_mul(2)?.checked_add(1)?)), self)?;
            sum = if alternating && !j.is_multiple_of(2) { sum.minus(&term)? } else { sum.plus(&term)? };
            if power.hi <= BigInt::one() {
                break;
            }
        }
        // what is left out is a third of the last power at most
        sum.plus(&Enclosure { lo: BigInt::from(-1), hi: BigInt::one() })
    }

    /// `(cos x, sin x)` for a number of at most `2^20`: the series at `x / 2^k`, the angle doubled `k` times.
    pub(crate) fn turn(self, x: &Enclosure) -> Option<(Enclosure, Enclosure)> {
        let size = x.lo.abs().max(x.hi.abs()).shifted_down(self.0).to_u32().filter(|&size| size <= 1 << 20)?;
        let halvings = size.checked_add(1)?.checked_ilog2()?.saturating_add(9);
        let spare = halvings.checked_mul(3)?.checked_add(16)?;
        let fine = self.finer(spare)?;
        let finer = |end: &BigInt| end.shifted_up(spare.checked_sub(halvings)?);
        let x = Enclosure { lo: finer(&x.lo)?, hi: finer(&x.hi)? };
        let (mut cos, mut sin, mut term) = (fine.one(), x.clone(), x.clone());
        for j in 2u64.. {
            term = term.times(&x, fine)?.over(&fine.enclose(&integer(j)), fine)?;
            let sum = if j.is_multiple_of(2) { &mut cos } else { &mut sin };
            // + + - - in turn
            let negative = j.checked_rem(4).is_some_and(|rest| rest >= 2);
            *sum = if negative { sum.minus(&term)? } else { sum.plus(&term)? };
            if term.lo.abs().max(term.hi.abs()) <= BigInt::one() {
                break;
            }
        }
        // |x| <= 2^-8, so what is left out is less than the last term
        let rest = Enclosure { lo: BigInt::from(-2), hi: BigInt::from(2) };
        (cos, sin) = (cos.plus(&rest)?, sin.plus(&rest)?);
        for _ in 0..halvings {
            let doubled = cos.square(fine)?.times_count(2)?.minus(&fine.one())?;
            sin = sin.times(&cos, fine)?.times_count(2)?;
            cos = doubled;
        }
        Some((cos.coarser(spare)?, sin.coarser(spare)?))
    }
}

/// The size with the sign of `of`.
fn signed(size: Enclosure, of: &BigInt) -> Option<Enclosure> {
    if of.is_negative() { Some(Enclosure { lo: size.hi.negated()?, hi: size.lo.negated()? }) } else { Some(size) }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Function = fn(Precision, &Enclosure) -> Option<Enclosure>;

    const FUNCTIONS: [(&str, Function); 4] = [
        ("tanh", |p, x| Real::tanh(x, p)),
        ("erf", |p, x| Real::erf(x, p)),
        ("cos", |p, x| Some(p.turn(x)?.0)),
        ("sin", |p, x| Some(p.turn(x)?.1)),
    ];

    fn within(p: Precision, inner: (Precision, &Enclosure), outer: &Enclosure) -> bool {
        let ((lo, hi), (low, high)) = (inner.0.ends(inner.1), p.ends(outer));
        low <= lo && hi <= high
    }

    fn width(enclosure: &Enclosure) -> BigInt {
        &enclosure.hi - &enclosure.lo
    }

    /// Digits of tables, rounded down; all are below 10.
    fn decimal(text: &str) -> (Rational, Rational) {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let unit = num::pow(BigInt::from(10), digits.len().saturating_sub(1));
        let lo = Rational::new(digits.parse().unwrap(), unit.clone());
        let hi = &lo + Rational::new(BigInt::one(), unit);
        (lo, hi)
    }

    #[test]
    fn values_at_one_have_the_digits_of_tables() {
        let known = [
            ("pi", "3.14159265358979323846264338327950288419716939937510"),
            ("ln 2", "0.69314718055994530941723212145817656807550013436025"),
            ("ln 10", "2.30258509299404568401799145468436420760110148862877"),
            ("tanh", "0.76159415595576488811945828260479359041276859725793"),
            ("erf", "0.84270079294971486934122063508260925929606699796630"),
            ("cos", "0.54030230586813971740093660744297660373231042061792"),
            ("sin", "0.84147098480789650665250232163029899962256306079837"),
        ];
        for bits in [4, 8, 30, 64, 100, 150] {
            let p = Precision(bits);
            for (name, digits) in known {
                let found = match name {
                    "pi" => p.pi(),
                    "ln 2" => p.ln(&integer(2)),
                    "ln 10" => p.ln(&integer(10)),
                    name => FUNCTIONS.iter().find(|(other, _)| *other == name).unwrap().1(p, &p.one()),
                };
                let found = found.unwrap();
                let ((lo, hi), (low, high)) = (decimal(digits), p.ends(&found));
                assert!(low <= hi && lo <= high, "{name} in {bits} bits");
                assert!(width(&found) <= BigInt::from(2), "{name} in {bits} bits: {found:?}");
            }
        }
    }

    /// What more places say is within what fewer do, which is nearly nothing; also near the place from which erf is next to 1.
    #[test]
    fn more_places_say_the_same() {
        for bits in [16u32, 44, 64, 110] {
            let (p, fine) = (Precision(bits), Precision(bits + 90));
            let edge = i64::from((bits * 694).div_euclid(1000).isqrt());
            let near = (-12..=12).map(|step| ratio(edge * 16 + step, 16));
            let places = (-40..=40).map(|step| ratio(step * 5, 7)).chain(near);
            for x in places.chain([ratio(1, 1 << 14), ratio(1 << 12, 3), ratio(-(1 << 19), 1)]) {
                // a number with these places
                let end = p.enclose(&x).lo;
                let (at, finer) = (Enclosure { lo: end.clone(), hi: end.clone() }, &end << 90u32);
                let finer = Enclosure { lo: finer.clone(), hi: finer };
                let minus = Enclosure { lo: -&end, hi: -&end };
                for (name, function) in FUNCTIONS {
                    let (found, sharp) = (function(p, &at).unwrap(), function(fine, &finer).unwrap());
                    assert!(within(p, (fine, &sharp), &found), "{name} of {x} in {bits} bits: {found:?}");
                    assert!(width(&found) <= BigInt::from(2), "{name} of {x} in {bits} bits: {found:?}");
                    let other = function(p, &minus).unwrap();
                    let mirrored = if name == "cos" { other } else { Enclosure { lo: -other.hi, hi: -other.lo } };
                    assert!(mirrored == found || x == integer(0), "{name} of {x}: {mirrored:?}, {found:?}");
                    // at any of several numbers
                    let wide = Enclosure { lo: end.clone(), hi: &end + BigInt::from(5) };
                    let all = function(p, &wide).unwrap();
                    for shift in 0..=5u32 {
                        let one = &end + BigInt::from(shift);
                        let one = function(p, &Enclosure { lo: one.clone(), hi: one }).unwrap();
                        assert!(one.hi >= all.lo && one.lo <= all.hi, "{name} of {x}");
                        let kept = one.lo >= &all.lo - BigInt::from(2) && one.hi <= &all.hi + BigInt::from(2);
                        assert!(kept, "{name} of {x} and {shift} more: {one:?}, {all:?}");
                    }
                }
                if x.is_positive() {
                    let (found, sharp) = (p.ln(&x).unwrap(), fine.ln(&x).unwrap());
                    assert!(within(p, (fine, &sharp), &found) && width(&found) <= BigInt::from(2), "ln {x}");
                }
            }
        }
        let large = Precision(20).enclose(&integer((1u32 << 20) + 1));
        assert_eq!(Precision(20).turn(&large), None);
    }
}
