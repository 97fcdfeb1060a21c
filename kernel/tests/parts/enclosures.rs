//! Enclosures contain what they stand for, on words as on big integers.

use counterproof_kernel::number::{Enclosure, Precision, Rational, Real, Word, integer, ratio};
use num::{BigInt, One, Signed, Zero};
use proptest::prelude::*;

fn contains(p: Precision, enclosure: &Enclosure, value: &Rational) -> bool {
    let (lo, hi) = p.ends(enclosure);
    lo <= *value && *value <= hi
}

fn narrow(enclosure: &Enclosure, ulps: u32) -> bool {
    &enclosure.hi - &enclosure.lo <= ulps.into()
}

fn exp(p: Precision, value: &Rational) -> Option<Enclosure> {
    Real::exp(&p.enclose(value), p)
}

/// `e` to 60 decimals, as an interval of width 10^-60.
fn e() -> (Rational, Rational) {
    let digits = "2718281828459045235360287471352662497757247093699959574966967";
    let unit = num::pow(BigInt::from(10), 60);
    let lo = Rational::new(digits.parse().unwrap(), unit.clone());
    let hi = &lo + Rational::new(1.into(), unit);
    (lo, hi)
}

#[test]
fn exp_of_one_is_e() {
    let (below, above) = e();
    for bits in [4, 16, 53, 64, 150, 190] {
        let p = Precision(bits);
        let value = exp(p, &integer(1)).unwrap();
        let (lo, hi) = p.ends(&value);
        assert!(lo <= above && below <= hi, "{bits} bits");
        assert!(narrow(&value, 2), "{bits} bits: {value:?}");
    }
}

#[test]
fn exp_of_zero_and_of_large_numbers() {
    let p = Precision(64);
    assert!(contains(p, &exp(p, &integer(0)).unwrap(), &integer(1)));
    let tiny = exp(p, &integer(-1000)).unwrap();
    assert!(tiny.above_zero() != Some(true) && narrow(&tiny, 1));
    assert!(exp(p, &integer(1 << 14)).is_none());
    let large = exp(p, &integer(700)).unwrap();
    assert!(narrow(&large, 2) && large.above_zero() == Some(true));
    // e^700 e^-700 = 1 when both are taken with enough bits
    let p = Precision(1200);
    let (small, large) = (exp(p, &integer(-700)).unwrap(), exp(p, &integer(700)).unwrap());
    assert!(contains(p, &small.times(&large, p).unwrap(), &integer(1)));
}

#[test]
fn impossible_operations_are_refused() {
    let p = Precision(8);
    let around_zero = Enclosure { lo: BigInt::from(-1), hi: BigInt::from(1) };
    assert!(p.enclose(&integer(1)).over(&around_zero, p).is_none());
    assert!(around_zero.root(p).is_none());
    // nothing wraps
    let most = Enclosure { lo: i64::MAX, hi: i64::MAX };
    assert_eq!(most.plus(&most), None);
    assert_eq!(most.times(&most, p), None);
    assert_eq!(most.times_count(2), None);
    let least = Enclosure { lo: i64::MIN, hi: i64::MIN };
    assert_eq!(least.size(p), None);
    assert_eq!(least.minus(&most), None);
}

fn rational() -> impl Strategy<Value = Rational> {
    (-400i64..400, 1i64..60).prop_map(|(p, q)| ratio(p, q))
}

/// Ends of every size, near the borders too.
fn end() -> impl Strategy<Value = i64> {
    let powers = (0u32..=62, any::<bool>(), -2i64..=0).prop_map(|(bits, negative, near)| {
        let power = (1i64 << bits) + near;
        if negative { -power } else { power }
    });
    prop_oneof![-3i64..=3, -(1i64 << 30)..=1 << 30, powers, Just(i64::MIN), Just(i64::MAX)]
}

fn interval() -> impl Strategy<Value = Enclosure<i64>> {
    (end(), end()).prop_map(|(a, b)| Enclosure { lo: a.min(b), hi: a.max(b) })
}

/// Words give what big integers give, or nothing.
fn alike<W: Word>(words: Option<Enclosure<W>>, big: Option<Enclosure>) -> bool {
    words.is_none_or(|words| Some(words.enclosed(Precision(0))) == big)
}

fn operations_are_alike<W: Word>(a: &Enclosure<i64>, b: &Enclosure<i64>, p: Precision, count: u64) -> bool {
    let big = |x: &Enclosure<i64>| x.enclosed(p);
    let wide = |x: &Enclosure<i64>| Enclosure::<W>::narrowed(&x.enclosed(p)).unwrap();
    let ((a, b), (x, y)) = ((wide(a), wide(b)), (big(a), big(b)));
    alike(a.plus(&b), x.plus(&y))
        && alike(a.minus(&b), x.minus(&y))
        && alike(a.times(&b, p), x.times(&y, p))
        && alike(a.times_count(count), x.times_count(count))
        && alike(a.over(&b, p), x.over(&y, p))
        && alike(a.root(p), x.root(p))
        && alike(a.relu(p), x.relu(p))
        && alike(a.size(p), x.size(p))
        && alike(a.square(p), x.square(p))
        && alike(a.hull(&b), x.hull(&y))
        && alike(Some(a.larger(&b)), Some(x.larger(&y)))
        && alike(a.coarser(p.0), x.coarser(p.0))
        && a.above_zero() == x.above_zero()
}

proptest! {
    #[test]
    fn arithmetic_contains_the_exact_result(a in rational(), b in rational(), bits in 1u32..80) {
        let p = Precision(bits);
        let (x, y) = (p.enclose(&a), p.enclose(&b));
        prop_assert!(contains(p, &x, &a) && narrow(&x, 1));
        prop_assert!(contains(p, &x.plus(&y).unwrap(), &(&a + &b)));
        prop_assert!(contains(p, &x.minus(&y).unwrap(), &(&a - &b)));
        prop_assert!(contains(p, &x.times(&y, p).unwrap(), &(&a * &b)));
        prop_assert!(contains(p, &x.square(p).unwrap(), &(&a * &a)));
        prop_assert!(contains(p, &x.size(p).unwrap(), &a.abs()));
        prop_assert!(contains(p, &x.relu(p).unwrap(), &a.clone().max(Rational::zero())));
        prop_assert!(contains(p, &x.larger(&y), &a.clone().max(b.clone())));
        if let Some(quotient) = x.over(&y, p) {
            prop_assert!(contains(p, &quotient, &(&a / &b)));
        } else {
            prop_assert!(b <= ratio(1, 1) / Rational::from_integer(BigInt::one() << bits));
        }
    }

    #[test]
    fn wide_operands_are_covered(
        a in rational(), b in rational(), c in rational(), d in rational(), t in 0i64..=8, s in 0i64..=8,
    ) {
        let p = Precision(20);
        let wide = |a: &Rational, b: &Rational| p.enclose(a).hull(&p.enclose(b)).unwrap();
        let inside = |a: &Rational, b: &Rational, t: i64| a + (b - a) * ratio(t, 8);
        let (x, y) = (wide(&a, &b), wide(&c, &d));
        let (u, v) = (inside(&a, &b, t), inside(&c, &d, s));
        prop_assert!(contains(p, &x.times(&y, p).unwrap(), &(&u * &v)));
        prop_assert!(contains(p, &x.square(p).unwrap(), &(&u * &u)));
        prop_assert!(contains(p, &x.size(p).unwrap(), &u.abs()));
        if let Some(quotient) = x.over(&y, p) {
            prop_assert!(contains(p, &quotient, &(&u / &v)));
        }
    }

    #[test]
    fn roots_square_to_their_argument(a in rational(), bits in 1u32..80) {
        let p = Precision(bits);
        let a = a.abs();
        let (lo, hi) = p.ends(&p.enclose(&a).root(p).unwrap());
        prop_assert!(&lo * &lo <= a && a <= &hi * &hi);
    }

    #[test]
    fn exp_turns_sums_into_products(a in rational(), b in rational(), bits in 16u32..120) {
        let p = Precision(bits);
        let exp = |x: &Rational| p.ends(&exp(p, x).unwrap());
        let ((a_lo, a_hi), (b_lo, b_hi)) = (exp(&a), exp(&b));
        let (lo, hi) = exp(&(&a + &b));
        prop_assert!(lo <= a_hi * b_hi && a_lo * b_lo <= hi);
    }

    #[test]
    fn more_bits_meet_fewer_bits(a in rational(), bits in 4u32..60) {
        let (coarse, fine) = (Precision(bits), Precision(bits + 70));
        let (lo, hi) = coarse.ends(&exp(coarse, &a).unwrap());
        let (below, above) = fine.ends(&exp(fine, &a).unwrap());
        prop_assert!(lo <= below && above <= hi);
    }

    #[test]
    fn words_agree_with_big_integers(a in interval(), b in interval(), bits in 1u32..60, count in 0u64..300) {
        let p = Precision(bits);
        prop_assert!(operations_are_alike::<i64>(&a, &b, p, count));
        prop_assert!(operations_are_alike::<i128>(&a, &b, p, count));
    }

    #[test]
    fn words_are_enough_where_nothing_is_large(
        a in -(1i64 << 20)..1 << 20, b in -(1i64 << 20)..1 << 20, c in 1i64..1 << 20, bits in 1u32..24,
    ) {
        let p = Precision(bits);
        let (x, y) = (Enclosure { lo: a.min(b), hi: a.max(b) }, Enclosure { lo: c, hi: c + 1 });
        let found = [x.times(&y, p), x.times(&x, p), x.over(&y, p), y.root(p), x.plus(&y), x.size(p)];
        prop_assert!(found.iter().all(Option::is_some), "{:?}", found);
    }
}

#[test]
fn big_words_are_shifted_down_below_zero_too() {
    for (value, bits, expected) in [(-1i64, 1, -1), (-4, 1, -2), (-5, 1, -3), (5, 1, 2), (-1, 200, -1), (1, 200, 0)] {
        assert_eq!(Word::shifted_down(&BigInt::from(value), bits), BigInt::from(expected), "{value} >> {bits}");
    }
}

/// Without a bound, a stack of layers whose products have degree three would fill any memory.
#[test]
fn numbers_that_become_too_long_are_no_answers() {
    let p = Precision(64);
    let grown = |mut x: Enclosure| {
        for layers in 0..64 {
            match x.times(&x, p) {
                Some(product) => x = product,
                None => return layers,
            }
        }
        64
    };
    assert!(grown(p.enclose(&integer(1000))) < 16);
    let mut exact = ratio(1000, 7);
    let layers = (0..64).take_while(|_| exact.times(&exact, p).map(|product| exact = product).is_some()).count();
    assert!(layers < 16);
}
