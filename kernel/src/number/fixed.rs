//! Fixed-point numbers in words of 64 bits, with products in 128: what a bound is computed with a million times.
//!
//! A number is a word and an error: `|2^36 x - word| <= error`. Words and errors stay below `2^56`, so a sum of at most `2^13`
//! products of two of them stays below `2^126` and never wraps; what would be larger is no number, and nothing is decided by it.

use super::enclosure::{Enclosure, Precision};
use super::word::Word;

/// Binary places of a fixed-point number.
pub const PLACES: u32 = 36;
/// Sums of more products may wrap; nobody makes them.
pub const MAX_TERMS: usize = 1 << 13;
/// `1`
pub const UNIT: i64 = 1 << PLACES;
const LIMIT: i128 = 1 << 56;

/// A number within an error.
pub type Near = (i64, i64);

/// Numbers within one error.
#[derive(Debug, Clone, Default)]
pub struct Nears {
    /// the words
    pub words: Vec<i64>,
    /// the error of each
    pub error: i64,
}

/// The word, if it is small enough.
#[must_use]
pub fn narrow(x: i128) -> Option<i64> {
    if (-LIMIT..=LIMIT).contains(&x) { i64::try_from(x).ok() } else { None }
}

/// `a * b`, with twice the places.
#[must_use]
pub fn product(a: i64, b: i64) -> i128 {
    i128::from(a).wrapping_mul(i128::from(b))
}

/// `sum_i a_i b_i`, with twice the places.
#[must_use]
pub fn products(a: &[i64], b: &[i64]) -> i128 {
    a.iter().zip(b).fold(0, |sum, (a, b)| sum.wrapping_add(product(*a, *b)))
}

/// All of these words, if there are all of them.
pub fn words(entries: impl Iterator<Item = Option<i64>>) -> Option<Vec<i64>> {
    let mut words = Vec::with_capacity(entries.size_hint().0);
    for entry in entries {
        words.push(entry?);
    }
    Some(words)
}

/// The largest word at most a number of twice the places.
#[must_use]
pub fn down(x: i128) -> Option<i64> {
    narrow(x.wrapping_shr(PLACES))
}

/// The least word at least a number of twice the places.
#[must_use]
pub fn up(x: i128) -> Option<i64> {
    narrow(x.wrapping_neg().wrapping_shr(PLACES).wrapping_neg())
}

/// `|a_0| + |a_1| + ..`
#[must_use]
pub fn sizes(a: &[i64]) -> Option<i64> {
    narrow(a.iter().fold(0, |sum: i128, a| sum.wrapping_add(i128::from(*a).wrapping_abs())))
}

/// The largest `|a_i|`.
#[must_use]
pub fn largest(a: &[i64]) -> i64 {
    a.iter().map(|a| a.wrapping_abs()).max().unwrap_or(0)
}

/// `x + y`, if it is small enough.
#[must_use]
pub fn plus(x: i64, y: i64) -> Option<i64> {
    narrow(i128::from(x).wrapping_add(y.into()))
}

/// `x - y`, if it is small enough.
#[must_use]
pub fn minus(x: i64, y: i64) -> Option<i64> {
    narrow(i128::from(x).wrapping_sub(y.into()))
}

/// The product of two numbers.
#[must_use]
pub fn times((x, x_error): Near, (y, y_error): Near) -> Option<Near> {
    let error = product(x, y_error).wrapping_abs().wrapping_add(product(y, x_error).wrapping_abs());
    Some((down(product(x, y))?, plus(up(error.wrapping_add(product(x_error, y_error)))?, 1)?))
}

/// The quotient of two numbers; `None` where the second may not be above zero.
#[must_use]
pub fn over((x, x_error): Near, (y, y_error): Near) -> Option<Near> {
    let least = minus(y, y_error)?;
    let value = narrow(product(x, UNIT).checked_div_euclid(y.into())?)?;
    // |x / y - value| and what the errors of both make of it
    let moved = product(plus(value.wrapping_abs(), 1)?, y_error).wrapping_add(product(x_error, UNIT));
    Some((value, plus(ceiling_of(moved, least)?, 1)?))
}

/// `x . y`
#[must_use]
pub fn dot((x, x_error): (&[i64], i64), (y, y_error): (&[i64], i64)) -> Option<Near> {
    let both = narrow(product(i64::try_from(x.len()).ok()?, y_error))?;
    let error = product(sizes(y)?, x_error).wrapping_add(product(sizes(x)?, y_error));
    let error = error.wrapping_add(product(both, x_error));
    Some((down(products(x, y))?, plus(up(error)?, 1)?))
}

/// The length of a vector of words: a word at least so long, and less than one longer.
#[must_use]
pub fn length(x: &[i64]) -> Option<i64> {
    narrow(products(x, x).checked_isqrt()?.wrapping_add(1))
}

/// `x / length` of a vector that is at most so long, rounded towards zero: a vector of words whose length is at most 1.
#[must_use]
pub fn direction(x: &[i64], length: i64) -> Option<Vec<i64>> {
    const MORE: u32 = 16;
    let one = 1i128.wrapping_shl(PLACES.wrapping_mul(2).wrapping_add(MORE));
    let inverse = one.checked_div(length.into())?;
    let entry = |x: &i64| {
        let size = i128::from(*x).wrapping_abs().checked_mul(inverse)?.wrapping_shr(PLACES.wrapping_add(MORE));
        narrow(size.wrapping_mul(i64::signum(*x).into()))
    };
    words(x.iter().map(entry))
}

impl Nears {
    /// These enclosures, times `2^-shift`.
    #[must_use]
    pub fn of(enclosures: &[Enclosure], p: Precision, shift: i64) -> Option<Self> {
        let places = i64::from(p.0).checked_sub(PLACES.into())?.checked_add(shift)?;
        let places = u32::try_from(places).ok()?;
        let mut numbers = Self::default();
        for enclosure in enclosures {
            let Enclosure { lo, hi } = Enclosure::<i64>::narrowed(&enclosure.coarser(places)?)?;
            numbers.words.push(narrow(lo.into())?);
            numbers.error = numbers.error.max(minus(hi, lo)?);
        }
        Some(numbers)
    }

    /// This one enclosure.
    #[must_use]
    pub fn one(enclosure: &Enclosure, p: Precision) -> Option<Near> {
        let number = Self::of(std::slice::from_ref(enclosure), p, 0)?;
        Some((*number.words.first()?, number.error))
    }
}

/// `ceil(x / y)` for words of any places; `None` unless `y` is above zero.
#[must_use]
pub fn ceiling_of(x: i128, y: i64) -> Option<i64> {
    if y <= 0 { None } else { narrow(Word::div_floor(&x.wrapping_neg(), &i128::from(y))?.wrapping_neg()) }
}
