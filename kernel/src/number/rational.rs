//! Canonical rationals.
//!
//! A [`Rational`] is `p/q` in lowest terms with `q > 0`. Files spell it in one way only (`"3"`, `"-7/2"`: no leading zero, no
//! `+`, no `/1`), so that equal numbers are equal texts. Sums of products clear denominators first ([`Scaled`]): a
//! rational costs a gcd for each operation.

use super::integers::Room;
use crate::rejection::{Rejection, wrong};
use num::{BigInt, BigRational, BigUint, Integer, One, Signed, Zero};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::cmp::Ordering;
use std::fmt;

/// A rational number in lowest terms with a positive denominator.
///
/// ```
/// use counterproof_kernel::number::{integer, ratio};
///
/// assert_eq!(ratio(1, 4) + ratio(3, 4), integer(1));
/// assert_eq!(ratio(2, -4).to_string(), "-1/2");
/// ```
pub type Rational = BigRational;

/// The longest numerator or denominator that is read, in decimal digits.
pub const MAX_DIGITS: usize = 20_000;

/// The longest common denominator, in bits: above all that certificates of ours have, and still quick to work with.
const MAX_BITS: u64 = 1 << 19;

/// The integer `value` as a rational.
pub fn integer(value: impl Into<BigInt>) -> Rational {
    Rational::from_integer(value.into())
}

/// `numerator / denominator` in lowest terms; a zero denominator counts as 1.
#[must_use]
pub fn ratio(numerator: i64, denominator: i64) -> Rational {
    divide(&integer(numerator), &integer(denominator)).unwrap_or_else(|| integer(numerator))
}

/// `a / b`; `None` when `b` is zero.
#[must_use]
pub fn divide(a: &Rational, b: &Rational) -> Option<Rational> {
    (!b.is_zero()).then(|| a / b)
}

/// `1 / a`; `None` when `a` is zero.
#[must_use]
pub fn reciprocal(a: &Rational) -> Option<Rational> {
    (!a.is_zero()).then(|| a.recip())
}

/// How two rationals compare. The operators of [`Rational`] (`==` too) recurse once for each common partial quotient of the
/// two, which overflows the stack on long numbers that are close; nothing that a file says goes through them.
#[must_use]
pub fn compare(a: &Rational, b: &Rational) -> Ordering {
    match a.denom() == b.denom() {
        true => a.numer().cmp(b.numer()),
        false => (a.numer() * b.denom()).cmp(&(b.numer() * a.denom())),
    }
}

/// Whether two rationals, which are in lowest terms, are the same number.
#[must_use]
pub fn same(a: &Rational, b: &Rational) -> bool {
    a.numer() == b.numer() && a.denom() == b.denom()
}

/// The larger of two rationals.
#[must_use]
pub fn larger(a: Rational, b: Rational) -> Rational {
    if compare(&a, &b) == Ordering::Less { b } else { a }
}

/// The smaller of two rationals.
#[must_use]
pub fn smaller(a: Rational, b: Rational) -> Rational {
    if compare(&a, &b) == Ordering::Greater { b } else { a }
}

/// `base^exponent`; the caller bounds the result.
#[must_use]
pub fn power(base: &BigInt, exponent: u32) -> BigInt {
    base.pow(exponent)
}

/// Reads the canonical spelling and nothing else.
///
/// # Errors
/// What is wrong with the text.
///
/// ```
/// use counterproof_kernel::number::{parse_canonical, ratio};
///
/// assert_eq!(parse_canonical("-1/2"), Ok(ratio(-1, 2)));
/// assert!(parse_canonical("2/4").unwrap_err().ends_with("lowest terms with a denominator of at least 2; write `1/2`"));
/// assert!(parse_canonical("0.5").is_err());
/// ```
pub fn parse_canonical(text: &str) -> Result<Rational, String> {
    let start = || text.chars().take(40).collect::<String>();
    let whole = |digits: &str| {
        let unsigned = digits.strip_prefix('-').unwrap_or(digits);
        if unsigned.len() > MAX_DIGITS {
            return Err(format!("the number that begins `{}` has more than {MAX_DIGITS} digits", start()));
        }
        let plain = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit());
        let canonical = plain && (digits == "0" || !unsigned.starts_with('0'));
        let value = canonical.then(|| digits.parse::<BigInt>().ok()).flatten();
        value.ok_or_else(|| format!("`{}` is not a rational `p` or `p/q` in canonical form", start()))
    };
    let Some((numerator, denominator)) = text.split_once('/') else {
        return Ok(Rational::from_integer(whole(text)?));
    };
    let (numerator, denominator) = (whole(numerator)?, whole(denominator)?);
    if denominator <= BigInt::one() || !numerator.gcd(&denominator).is_one() {
        let reduced = divide(&integer(numerator), &integer(denominator)).map(|value| value.to_string());
        let right = reduced.filter(|text| text.len() <= 40).map(|text| format!("; write `{text}`"));
        let wrong = format!("`{}` is not in lowest terms with a denominator of at least 2", start());
        return Err(wrong + &right.unwrap_or_default());
    }
    Ok(Rational::new_raw(numerator, denominator))
}

/// The least common multiple of the denominators of `values` (1 when there are none).
///
/// # Errors
/// [`Rejection::Wrong`] when it is longer than any that is worked with.
pub fn common_denominator<'a>(values: impl IntoIterator<Item = &'a Rational>) -> Result<BigInt, Rejection> {
    let mut lcm = BigInt::one();
    for value in values {
        let denominator = value.denom();
        if !denominator.is_one() && *denominator != lcm {
            // one step of Euclid's algorithm first: the gcd of numbers of different lengths is slow
            let gcd = lcm.mod_floor(denominator).gcd(denominator);
            lcm *= denominator.div_floor(&gcd);
            if lcm.bits() > MAX_BITS {
                return Err(wrong("a common denominator", format!("at most {MAX_BITS} bits"), "more"));
            }
        }
    }
    Ok(lcm)
}

/// `value * scale` where `scale` is a multiple of the denominator of `value`.
#[must_use]
pub fn scaled(value: &Rational, scale: &BigInt) -> BigInt {
    match value.denom() {
        one if one.is_one() => value.numer() * scale,
        same if same == scale => value.numer().clone(),
        denominator => value.numer() * (scale / denominator),
    }
}

/// Rationals as integers over one positive denominator.
#[derive(Debug, Clone)]
pub struct Scaled {
    /// one a number
    pub numerators: Vec<BigInt>,
    /// above zero
    pub denominator: BigInt,
}

impl Scaled {
    /// # Errors
    /// As [`common_denominator`] and [`Room::take`].
    pub fn new<'a>(values: impl Iterator<Item = &'a Rational> + Clone) -> Result<Self, Rejection> {
        Self::within(&mut Room::default(), values)
    }

    /// The same for one list of many that are kept.
    ///
    /// # Errors
    /// As [`Scaled::new`].
    pub fn within<'a>(room: &mut Room, values: impl Iterator<Item = &'a Rational> + Clone) -> Result<Self, Rejection> {
        let denominator = common_denominator(values.clone())?;
        room.take(values.clone().count(), denominator.bits())?;
        Ok(Self { numerators: values.map(|value| scaled(value, &denominator)).collect(), denominator })
    }

    /// The inner product with another vector.
    #[must_use]
    pub fn dot(&self, other: &Self) -> Rational {
        let sum = super::dot_integers(&self.numerators, &other.numerators);
        Rational::new(sum, &self.denominator * &other.denominator)
    }
}

/// For `#[serde(with = "text")]`: rationals, alone or in options, lists and pairs, as their canonical texts.
pub mod text {
    use super::{BigInt, Deserialize, Deserializer, IntegerText, Rational, RationalText, Serialize, Serializer};

    /// What is written as texts.
    pub trait Text: Sized {
        /// its form in a file
        type File: Serialize + for<'de> Deserialize<'de>;
        /// from the file
        fn read(file: Self::File) -> Self;
        /// to the file
        fn write(&self) -> Self::File;
    }

    impl Text for Rational {
        type File = RationalText;
        fn read(file: RationalText) -> Self {
            file.0
        }
        fn write(&self) -> RationalText {
            RationalText(self.clone())
        }
    }

    impl Text for BigInt {
        type File = IntegerText;
        fn read(file: IntegerText) -> Self {
            file.0
        }
        fn write(&self) -> IntegerText {
            IntegerText(self.clone())
        }
    }

    impl Text for usize {
        type File = usize;
        fn read(file: usize) -> Self {
            file
        }
        fn write(&self) -> usize {
            *self
        }
    }

    impl<T: Text> Text for Option<T> {
        type File = Option<T::File>;
        fn read(file: Self::File) -> Self {
            file.map(T::read)
        }
        fn write(&self) -> Self::File {
            self.as_ref().map(T::write)
        }
    }

    impl<T: Text> Text for Vec<T> {
        type File = Vec<T::File>;
        fn read(file: Self::File) -> Self {
            file.into_iter().map(T::read).collect()
        }
        fn write(&self) -> Self::File {
            self.iter().map(T::write).collect()
        }
    }

    impl<A: Text, B: Text> Text for (A, B) {
        type File = (A::File, B::File);
        fn read((a, b): Self::File) -> Self {
            (A::read(a), B::read(b))
        }
        fn write(&self) -> Self::File {
            (self.0.write(), self.1.write())
        }
    }

    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T: Text, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.write().serialize(serializer)
    }

    /// # Errors
    /// Those of the deserializer, and spellings that are not canonical.
    pub fn deserialize<'de, T: Text, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        T::File::deserialize(deserializer).map(T::read)
    }
}

/// Defines a number that is read and written as its canonical text.
macro_rules! text_number {
    ($(#[$doc:meta])* $name:ident($number:ty), $compare:expr, $read:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(pub $number);

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                $compare(&self.0, &other.0)
            }
        }
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other).is_eq()
            }
        }
        impl Eq for $name {}

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl From<$number> for $name {
            fn from(value: $number) -> Self {
                Self(value)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                let read: fn(&str) -> Result<$number, String> = $read;
                read(&text).map(Self).map_err(D::Error::custom)
            }
        }
    };
}

fn parse_integer(text: &str) -> Result<BigInt, String> {
    let value = parse_canonical(text)?;
    if value.is_integer() { Ok(value.to_integer()) } else { Err(format!("expected an integer, found `{value}`")) }
}

text_number!(
    /// A rational as its canonical text.
    RationalText(Rational), compare, parse_canonical
);
text_number!(
    /// An integer as its canonical text.
    IntegerText(BigInt), BigInt::cmp, parse_integer
);
text_number!(
    /// A natural number as its canonical text.
    NaturalText(BigUint),
    BigUint::cmp,
    |text| parse_integer(text)?.abs().to_biguint().filter(|_| !text.starts_with('-')).ok_or_else(|| "expected a natural number".to_owned())
);
