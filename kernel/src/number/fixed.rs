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
const LIMIT: i64 = 1 << 56;

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

/// Rows of words of one width, side by side.
#[derive(Debug, Clone)]
pub struct Grid {
    words: Vec<i64>,
    width: usize,
}

impl Grid {
    /// No rows yet; room for some.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Self {
        Self { words: Vec::with_capacity(width.saturating_mul(height)), width }
    }

    /// The rows `[width]`.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, i64> {
        self.words.chunks_exact(self.width.max(1))
    }

    /// One row more, if all its words are there.
    pub fn push(&mut self, row: impl Iterator<Item = Option<i64>>) -> Option<()> {
        append(&mut self.words, row)
    }
}

/// The word, if it is small enough.
#[must_use]
pub fn narrow(x: i128) -> Option<i64> {
    small(i64::try_from(x).ok()?)
}

fn small(x: i64) -> Option<i64> {
    if (-LIMIT..=LIMIT).contains(&x) { Some(x) } else { None }
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
    append(&mut words, entries)?;
    Some(words)
}

fn append(words: &mut Vec<i64>, entries: impl Iterator<Item = Option<i64>>) -> Option<()> {
    for entry in entries {
        words.push(entry?);
    }
    Some(())
}

/// The same in the place of others.
pub fn refill(words: &mut Vec<i64>, entries: impl Iterator<Item = Option<i64>>) -> Option<()> {
    words.clear();
    append(words, entries)
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
    small(x.checked_add(y)?)
}

/// `x - y`, if it is small enough.
#[must_use]
pub fn minus(x: i64, y: i64) -> Option<i64> {
    small(x.checked_sub(y)?)
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
    dot_of((x, sizes(x)?, x_error), (y, sizes(y)?, y_error))
}

/// The same of words whose [`sizes`] are known, which come after them.
#[must_use]
pub fn dot_of((x, x_size, x_error): (&[i64], i64, i64), (y, y_size, y_error): (&[i64], i64, i64)) -> Option<Near> {
    let both = narrow(product(i64::try_from(x.len()).ok()?, y_error))?;
    let error = product(y_size, x_error).wrapping_add(product(x_size, y_error));
    let error = error.wrapping_add(product(both, x_error));
    Some((down(products(x, y))?, plus(up(error)?, 1)?))
}

/// The length of a vector of words: a word at least so long, and less than one longer.
#[must_use]
pub fn length(x: &[i64]) -> Option<i64> {
    plus(root(products(x, x))?, 1)
}

/// The root of a number, rounded down.
fn root(square: i128) -> Option<i64> {
    let mut root = i128::from(root_about(u128::try_from(square).ok()?));
    let mut left = square.wrapping_sub(root.wrapping_mul(root));
    if left < 0 {
        root = root.wrapping_sub(1);
        left = left.wrapping_add(root).wrapping_add(root).wrapping_add(1);
    } else if left > root.wrapping_add(root) {
        left = left.wrapping_sub(root).wrapping_sub(root).wrapping_sub(1);
        root = root.wrapping_add(1);
    }
    // whatever was rounded, it is found
    let found = left >= 0 && left <= root.wrapping_add(root);
    i64::try_from(if found { root } else { square.checked_isqrt()? }).ok()
}

/// The root to about 52 bits: in the parts of the number that a word holds, a polynomial for `1 / sqrt(x)`, and two steps of Newton's method; two more for the
/// root.
fn root_about(square: u128) -> u64 {
    const ONE: u64 = 1 << 30;
    // `x` of `[1/4, 1)` with 32 places, what follows with 30
    let places = (square | 1).leading_zeros() & !1;
    let square = square.wrapping_shl(places);
    let x = u64::try_from(square.wrapping_shr(96)).unwrap_or(0);
    let part = |a: u64, b: u64, places: u32| a.wrapping_mul(b).wrapping_shr(places);
    // 2.671 - 3.285 x + 1.639 x^2
    let curved = part(part(x, x, 32), 1_759_360_000, 32);
    let mut inverse = curved.wrapping_add(2_867_741_000).wrapping_sub(part(x, 3_527_524_000, 32));
    for _ in 0..2 {
        let off = ONE.wrapping_mul(3).wrapping_sub(part(part(x, inverse, 32), inverse, 30));
        inverse = part(inverse, off, 31);
    }
    let root = part(x, inverse, 30);
    let left = x.wrapping_shl(32).wrapping_sub(root.wrapping_mul(root)).cast_signed();
    let more = i128::from(left).wrapping_mul(inverse.into()).wrapping_shr(63);
    let root = root.wrapping_add_signed(i64::try_from(more).unwrap_or(0)).wrapping_shl(32);
    let left = square.wrapping_sub(u128::from(root).wrapping_mul(root.into())).cast_signed();
    let more = left.wrapping_shr(64).wrapping_mul(inverse.into()).wrapping_shr(31);
    root.wrapping_add_signed(i64::try_from(more).unwrap_or(0)).wrapping_shr(places.wrapping_shr(1))
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

#[cfg(test)]
mod tests {
    use super::{root, root_about};

    #[test]
    fn roots() {
        let mut squares: Vec<i128> = (0..1000).collect();
        for places in 0..126u32 {
            let power = 1i128.checked_shl(places).unwrap();
            let odd = [1, 3, 5, 7, 181, 4_294_967_295, 6_364_136_223_846_793_005];
            let all = odd.map(|odd: i128| odd.checked_mul(power)).into_iter().flatten();
            squares.extend(all.flat_map(|x| [x.wrapping_sub(1), x, x.wrapping_add(1)]));
        }
        for root in [1i128, 2, 3, 77, 65_535, 94_906_265, 4_294_967_296, 6_074_000_999, 1 << 55, (1 << 56) - 1, 1 << 56]
        {
            let square = root.checked_mul(root).unwrap();
            squares.extend([-2, -1, 0, 1, 2].map(|off| square.checked_add(off).unwrap()));
        }
        for square in squares {
            let expected = square.checked_isqrt().map(|root| i64::try_from(root).ok());
            assert_eq!(root(square), expected.flatten(), "{square}");
            if (0..1 << 100).contains(&square) {
                // nothing is left to the slow way of numbers that are met
                let about = i128::from(root_about(square.unsigned_abs()));
                let off = about.checked_sub(square.checked_isqrt().unwrap()).unwrap();
                assert!((-1..=1).contains(&off), "{square}: {off}");
            }
        }
        assert_eq!(root(-1), None);
    }
}
