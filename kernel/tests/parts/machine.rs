//! Rounding to a format, bit for bit as the machine and as the crate `half` round.

#![allow(clippy::float_arithmetic, clippy::cast_lossless)]

use counterproof_kernel::Clock;
use counterproof_kernel::evidence::Sums;
use counterproof_kernel::number::{
    Arithmetic, Enclosure, Every, Float, Format, Function, Near, Precision, Real, SumOrder,
};
use half::{bf16, f16};
use num::BigInt;
use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};

const fn format(precision: i32, emin: i32, emax: i32) -> Format {
    Format { precision, emin, emax }
}

const SINGLE: Format = format(24, -126, 127);
const DOUBLE: Format = format(53, -1022, 1023);
const HALF: Format = format(11, -14, 15);
const BRAIN: Format = format(8, -126, 127);

fn rng(seed: u8) -> TestRng {
    TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32])
}

/// A double that is not negative, as it is.
fn exact(x: f64) -> (u128, i32) {
    let (exponent, fraction) = ((x.to_bits() >> 52) as i32, u128::from(x.to_bits() & ((1 << 52) - 1)));
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
}

fn double(x: Option<Float>) -> f64 {
    let Some(x) = x else { return f64::INFINITY };
    let (mantissa, exponent) = x.parts();
    // in two steps, for 2^-1074 is no normal number
    mantissa as f64 * f64::powi(2.0, exponent.max(-900)) * f64::powi(2.0, exponent.min(-900) + 900)
}

fn float(format: Format, x: f64) -> Float {
    let (magnitude, exponent) = exact(x);
    format.round(magnitude, exponent, false).unwrap()
}

fn product(format: Format, x: f64, y: f64) -> f64 {
    let ((a, e), (b, f)) = (exact(x), exact(y));
    double(format.round(a * b, e + f, false))
}

/// Finite numbers of every size, many near each other.
fn single(rng: &mut TestRng) -> f32 {
    loop {
        let any = rng.random_range(0..0x7f80_0000u32);
        let near = 0x3f80_0000 + rng.random_range(0..0x0400_0000u32) - 0x0200_0000;
        let x = f32::from_bits(if rng.random_ratio(1, 2) { any } else { near });
        if x.is_finite() {
            return x;
        }
    }
}

#[test]
fn singles_round_as_the_machine_does() {
    let mut rng = rng(1);
    for _ in 0..300_000 {
        let (x, y) = (single(&mut rng), single(&mut rng));
        let [a, b] = [x, y].map(|x| float(SINGLE, x.into()));
        assert_eq!(double(SINGLE.sum(a, b)) as f32, x + y, "{x:e} + {y:e}");
        assert_eq!(product(SINGLE, x.into(), y.into()) as f32, x * y, "{x:e} * {y:e}");
        let (p, q) = (rng.random_range(1..1u64 << 24), rng.random_range(1..1u64 << 24));
        assert_eq!(double(SINGLE.quotient(p, q)) as f32, p as f32 / q as f32, "{p} / {q}");
        assert_eq!(double(SINGLE.times(a, p)) as f32, x * p as f32, "{x:e} * {p}");
        assert_eq!(double(SINGLE.less(a, b)) as f32, (x - y).max(0.0), "{x:e} - {y:e}");
    }
}

#[test]
fn doubles_round_as_the_machine_does() {
    let mut rng = rng(2);
    for _ in 0..300_000 {
        let some = |rng: &mut TestRng| {
            let any = rng.random_range(0..0x7ff0u64 << 48);
            let near = (0x3ff0u64 << 48) + rng.random_range(0..1u64 << 57) - (1 << 56);
            f64::from_bits(if rng.random_ratio(1, 2) { any } else { near })
        };
        let (x, y) = (some(&mut rng), some(&mut rng));
        let [a, b] = [x, y].map(|x| float(DOUBLE, x));
        assert_eq!(double(DOUBLE.sum(a, b)), x + y, "{x:e} + {y:e}");
        assert_eq!(product(DOUBLE, x, y), x * y, "{x:e} * {y:e}");
        let (p, q) = (rng.random_range(1..1u64 << 53), rng.random_range(1..1u64 << 53));
        assert_eq!(double(DOUBLE.quotient(p, q)), p as f64 / q as f64, "{p} / {q}");
        if x >= 1.0 {
            assert_eq!(double(DOUBLE.less(a, b)), (x - y).max(0.0), "{x:e} - {y:e}");
        }
    }
}

/// From singles: `bf16::from_f64` of the crate looks at the first 32 bits of a double only.
#[test]
fn halves_round_as_their_crate_does() {
    let mut rng = rng(3);
    for _ in 0..500_000 {
        let x = single(&mut rng) * f32::powi(2.0, rng.random_range(-20..20));
        if x.is_finite() {
            let (magnitude, exponent) = exact(x.into());
            assert_eq!(double(HALF.round(magnitude, exponent, false)), f16::from_f32(x).to_f64(), "{x:e}");
            assert_eq!(double(BRAIN.round(magnitude, exponent, false)), bf16::from_f32(x).to_f64(), "{x:e}");
        }
    }
}

/// The nearest of all numbers of a format, the even one of two, by distance; the last stands for infinity. Every difference is
/// a double.
fn nearest(all: &[f64], x: f64) -> f64 {
    let above = all.partition_point(|&value| value < x).min(all.len() - 1);
    let below = above.saturating_sub(1);
    let (down, up) = (x - all[below], all[above] - x);
    let lower = down < up || down == up && below % 2 == 0;
    let found = if x < all[above] && lower { below } else { above };
    if found + 1 == all.len() { f64::INFINITY } else { all[found] }
}

/// All pairs of numbers of both formats of eight bits: sums and products; and quotients of integers.
#[test]
fn eight_bits_round_to_the_nearest_number() {
    for format in [format(3, -14, 15), format(4, -6, 7)] {
        // in ascending order every other one is even
        let half = 1u32 << (format.precision - 1);
        let at = |exponent: i32, mantissa: u32| f64::from(mantissa) * f64::powi(2.0, exponent - format.precision + 1);
        let mut all: Vec<f64> = (0..half).map(|mantissa| at(format.emin, mantissa)).collect();
        for exponent in format.emin..=format.emax {
            all.extend((half..2 * half).map(|mantissa| at(exponent, mantissa)));
        }
        all.push(at(format.emax + 1, half));
        for &x in &all[..all.len() - 1] {
            for &y in &all[..all.len() - 1] {
                let (a, b) = (float(format, x), float(format, y));
                assert_eq!(double(format.sum(a, b)), nearest(&all, x + y), "{x} + {y}");
                assert_eq!(product(format, x, y), nearest(&all, x * y), "{x} * {y}");
            }
        }
        for p in 0..200u32 {
            for q in 1..200u32 {
                // a double is never taken for a tie that it is not: ties have few bits
                let quotient = double(format.quotient(p.into(), q.into()));
                assert_eq!(quotient, nearest(&all, f64::from(p) / f64::from(q)), "{p} / {q}");
            }
        }
    }
}

#[test]
fn a_count_is_right_within_a_half() {
    let half = |x: f64| float(DOUBLE, x);
    for count in 0..20u64 {
        for quarters in 0..100u32 {
            let x = f64::from(quarters) / 4.0;
            assert_eq!(half(x).counts(count), (x - count as f64).abs() < 0.5, "{x} {count}");
        }
    }
    assert!(!half(1e300).counts(7) && !half(1e-300).counts(1) && half(1e-300).counts(0));
}

/// A function's value at `x / 2^p`.
pub fn value_at(function: Function, x: &BigInt, p: Precision) -> Option<Enclosure> {
    let x = Enclosure { lo: x.clone(), hi: x.clone() };
    match function {
        Function::Exp => Real::exp(&x, p),
        Function::Root => Real::root(&x, p),
        Function::Erf => Real::erf(&x, p),
        Function::Tanh => Real::tanh(&x, p),
    }
}

/// A function's value at any number that is off by as much as stated is within what is said of it: also where it is steepest, as erf
/// is at zero.
#[test]
fn functions_change_by_no_more_than_their_bounds() {
    let every = Every::new(SINGLE, 0);
    let p = every.precision();
    for function in [Function::Exp, Function::Root, Function::Erf, Function::Tanh] {
        for (place, sign) in [(0u32, 1), (1, -1), (9, 1), (30, 1), (30, -1), (45, 1)] {
            for further in [1u32, 5, 20] {
                let x = (BigInt::from(sign) << p.0) >> place;
                let off: BigInt = (BigInt::from(1) << p.0) >> (place + further);
                let near = Near { real: Enclosure { lo: x.clone(), hi: x.clone() }, off: off.clone() };
                let Some(value) = every.apply(function, &near) else {
                    assert!(function == Function::Root && sign < 0);
                    continue;
                };
                let within = every.enclosed(&value);
                for end in [&x - &off, x.clone(), &x + &off] {
                    let Enclosure { lo, hi } = value_at(function, &end, p).unwrap();
                    assert!(
                        within.lo <= lo && hi <= within.hi,
                        "{function:?} at {sign} 2^-{place} by 2^-{further} of it"
                    );
                }
            }
        }
    }
}

/// The extremes of sums of equal terms over all trees, by the recursion itself: every split of every count.
#[test]
fn extremes_of_long_sums_are_those_of_every_split() {
    let clock = Clock::unlimited();
    for (format, terms) in
        [(BRAIN, vec![0.1, 0.75, 1.0, 171.0 / 256.0]), (HALF, vec![0.3, 1.5]), (format(3, -14, 15), vec![1.75])]
    {
        for term in terms {
            let a = double(format.round(exact(term).0, exact(term).1, false));
            let n = 300usize;
            let fl = |x: f64| double(Some(float(format, x)));
            let (mut least, mut most) = (vec![0.0, a], vec![0.0, a]);
            for count in 2..=n {
                let sums = |of: &[f64]| -> Vec<f64> { (1..count).map(|i| fl(of[i] + of[count - i])).collect() };
                let (low, high) = (sums(&least), sums(&most));
                least.push(low.into_iter().fold(f64::INFINITY, f64::min));
                most.push(high.into_iter().fold(0.0, f64::max));
            }
            let sums = Sums { format, order: SumOrder::Any, clock: &clock };
            let a = float(format, a);
            let (_, exponent) = a.parts();
            let [low, high] = sums.extremes(n as u64, a).unwrap();
            let value = |units: &u64| *units as f64 * f64::powi(2.0, exponent);
            assert_eq!(low.iter().map(value).collect::<Vec<_>>(), least, "{term}");
            assert_eq!(high.iter().map(value).collect::<Vec<_>>(), most, "{term}");
        }
    }
}

#[test]
fn sums_have_a_length() {
    let clock = Clock::unlimited();
    let any = Sums { format: BRAIN, order: SumOrder::Any, clock: &clock };
    let one = float(BRAIN, 1.0);
    assert!(any.extremes(1 << 14, one).is_ok());
    assert_eq!(super::refused(any.extremes((1 << 14) + 1, one)).0, "params.largest_n");
    let doubles = Sums { format: DOUBLE, ..any };
    assert!(doubles.extremes(127, float(DOUBLE, 1.0)).is_ok());
    assert_eq!(super::refused(doubles.extremes(128, float(DOUBLE, 1.0))).0, "params.largest_n");
}
