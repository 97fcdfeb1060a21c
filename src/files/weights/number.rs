//! Numbers by their bits: an IEEE float `(-1)^s m 2^e` is that rational, whatever its width.

use crate::kernel::number::Rational;
use num_bigint::BigInt;
use num_traits::{One, ToPrimitive, Zero};

/// The type of an array's entries, by width in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 2, 4 or 8 bytes: IEEE 754
    Float(usize),
    /// 2 bytes: the upper half of a 4-byte float
    BrainFloat,
    /// 1, 2, 4 or 8 bytes, two's complement
    Signed(usize),
    /// 1, 2, 4 or 8 bytes
    Unsigned(usize),
}

impl Kind {
    /// Bytes of one entry.
    #[must_use]
    pub fn width(self) -> usize {
        match self {
            Self::Float(width) | Self::Signed(width) | Self::Unsigned(width) => width,
            Self::BrainFloat => 2,
        }
    }

    /// The number nearest to what the little-endian `bytes` denote; NaN and infinities as they are.
    pub(super) fn approximate(self, bytes: &[u8]) -> f64 {
        let bits = bytes.iter().rev().fold(0u64, |bits, &byte| bits << 8 | u64::from(byte));
        match self {
            Self::Float(4) => f32::from_bits(bits as u32).into(),
            Self::Float(8) => f64::from_bits(bits),
            Self::BrainFloat => f32::from_bits((bits as u32) << 16).into(),
            Self::Float(_) | Self::Signed(_) | Self::Unsigned(_) => {
                self.decode(bytes).ok().and_then(|value| value.to_f64()).unwrap_or(f64::NAN)
            }
        }
    }

    /// The number that the little-endian `bytes` denote; `Err` with its name when it is none.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<Rational, &'static str> {
        let bits = bytes.iter().rev().fold(0u64, |bits, &byte| bits << 8 | u64::from(byte));
        match self {
            Self::Float(2) => float(bits, 5, 10),
            Self::Float(4) => float(bits, 8, 23),
            Self::Float(_) => float(bits, 11, 52),
            Self::BrainFloat => float(bits, 8, 7),
            Self::Unsigned(_) => Ok(Rational::from_integer(bits.into())),
            Self::Signed(width) => {
                let shift = 64 - 8 * u32::try_from(width).unwrap_or(8).min(8);
                let value = (bits << shift).cast_signed() >> shift;
                Ok(Rational::from_integer(value.into()))
            }
        }
    }
}

/// A float of one sign bit, `exponent` bits of exponent and `fraction` bits of fraction.
fn float(bits: u64, exponent: u32, fraction: u32) -> Result<Rational, &'static str> {
    let negative = bits >> (exponent + fraction) & 1 == 1;
    let field = bits >> fraction & ((1 << exponent) - 1);
    let mut significand = bits & ((1 << fraction) - 1);
    let largest = (1u64 << exponent) - 1;
    if field == largest {
        return Err(match (significand, negative) {
            (0, false) => "infinity",
            (0, true) => "-infinity",
            _ => "NaN",
        });
    }
    // a zero field denotes 0.f * 2^(1 - bias), any other 1.f * 2^(field - bias)
    if field > 0 {
        significand |= 1 << fraction;
    }
    if significand == 0 {
        return Ok(Rational::zero());
    }
    let bias = (1i64 << (exponent - 1)) - 1;
    let zeros = significand.trailing_zeros();
    let power = field.max(1).cast_signed() - bias - i64::from(fraction) + i64::from(zeros);
    let odd = BigInt::from(significand >> zeros);
    let odd = if negative { -odd } else { odd };
    let scale = BigInt::one() << power.unsigned_abs();
    // odd over a power of two is in lowest terms
    Ok(if power < 0 { Rational::new_raw(odd, scale) } else { Rational::from_integer(odd * scale) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::number::{integer, ratio};
    use proptest::prelude::*;

    #[test]
    fn floats_of_every_width() {
        for (kind, bits, value) in [
            (Kind::Float(2), 0x3c00, integer(1)),
            (Kind::Float(2), 0xc000, integer(-2)),
            (Kind::Float(2), 0x0001, ratio(1, 1 << 24)),
            (Kind::Float(4), 0x3f80_0000, integer(1)),
            (Kind::Float(4), 0x3dcc_cccd, ratio(13_421_773, 134_217_728)),
            (Kind::Float(8), 0x3fb9_9999_9999_999a, ratio(3_602_879_701_896_397, 1 << 55)),
            (Kind::Float(8), 0x8000_0000_0000_0000, integer(0)),
            (Kind::BrainFloat, 0x3f80, integer(1)),
            (Kind::BrainFloat, 0xc0a0, integer(-5)),
            (Kind::Signed(1), 0xff, integer(-1)),
            (Kind::Signed(8), u64::MAX, integer(-1)),
            (Kind::Unsigned(1), 0xff, integer(255)),
        ] {
            let bytes = &u64::to_le_bytes(bits)[..kind.width()];
            assert_eq!(kind.decode(bytes), Ok(value), "{kind:?} {bits:x}");
        }
        for (bits, name) in
            [(0x7f80_0000u32, "infinity"), (0xff80_0000, "-infinity"), (0x7fc0_0000, "NaN")]
        {
            assert_eq!(Kind::Float(4).decode(&bits.to_le_bytes()), Err(name));
        }
    }

    #[test]
    fn approximations_are_the_numbers_where_floats_hold_them() {
        for (kind, bits) in [
            (Kind::Float(2), 0xc100u64),
            (Kind::Float(4), 0x3dcc_cccd),
            (Kind::Float(8), 0x3fb9_9999_9999_999a),
            (Kind::BrainFloat, 0xc0a1),
            (Kind::Signed(2), 0xfffe),
            (Kind::Unsigned(1), 0xff),
        ] {
            let bytes = &bits.to_le_bytes()[..kind.width()];
            let exact = kind.decode(bytes).unwrap();
            assert_eq!(Rational::from_float(kind.approximate(bytes)), Some(exact), "{kind:?}");
        }
        assert!(Kind::Float(2).approximate(&0x7c00u16.to_le_bytes()).is_nan());
        assert!(Kind::Float(4).approximate(&f32::INFINITY.to_le_bytes()).is_infinite());
    }

    proptest! {
        #[test]
        fn doubles_are_the_rationals_that_num_says(bits in any::<u64>()) {
            let expected = Rational::from_float(f64::from_bits(bits));
            prop_assert_eq!(Kind::Float(8).decode(&bits.to_le_bytes()).ok(), expected);
        }

        #[test]
        fn singles_are_the_rationals_that_num_says(bits in any::<u32>()) {
            let expected = Rational::from_float(f32::from_bits(bits));
            prop_assert_eq!(Kind::Float(4).decode(&bits.to_le_bytes()).ok(), expected);
        }
    }
}
