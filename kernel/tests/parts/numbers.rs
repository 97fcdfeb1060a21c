//! Rationals have one spelling; matrices state their shapes.

use super::refused;
use counterproof_kernel::number::{
    IntegerText, MAX_DIGITS, Matrix, NaturalText, RationalText, Room, Scaled, binomial, common_denominator, compare,
    divide, dot_integers, dot_within, fixed, integer, larger, parse_canonical, power, rank_at_least, ratio, reciprocal,
    same, scaled, smaller, work,
};
use counterproof_kernel::{Certificate, Clock};
use num::{BigInt, BigUint, Signed};
use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};
use std::cmp::Ordering;

#[test]
fn canonical_spelling_is_unique() {
    for good in ["0", "1", "-1", "1/2", "-7/3", "123456789012345678901234567891/7"] {
        assert_eq!(parse_canonical(good).unwrap().to_string(), good);
    }
    for bad in [
        "", "-", "+1", "01", "-0", "1/1", "2/4", "1/-2", "1/0", "0/3", "1/", "/2", " 1", "1.5", "1/2/3", "0x1",
        "1_000", "\u{661}", "NaN",
    ] {
        assert!(parse_canonical(bad).is_err(), "{bad:?} was accepted");
    }
    let long = |digits: usize| "1".repeat(digits);
    assert!(parse_canonical(&long(MAX_DIGITS)).is_ok());
    let error = parse_canonical(&long(MAX_DIGITS + 1)).unwrap_err();
    assert!(error.contains(&format!("{MAX_DIGITS} digits")) && error.len() < 200, "{error}");
    for bad in ["\"-1\"", "\"1/2\"", "1"] {
        assert!(serde_json::from_str::<NaturalText>(bad).is_err(), "{bad} was accepted");
    }
}

/// What cannot be interrupted is bounded: reading numbers takes time that grows with the square of their digits.
#[test]
fn the_digits_of_a_text_are_bounded() {
    let error = |numbers: usize, digits: usize| {
        let number = "1".repeat(digits);
        Certificate::parse(&vec![number.as_str(); numbers].join(",")).unwrap_err().to_string()
    };
    for (numbers, digits) in [(86, MAX_DIGITS), (34_360, 1_000)] {
        let (most, more) = (error(numbers - 1, digits), error(numbers, digits));
        assert!(!most.contains("digits") && more.contains("squared"), "{most}\n{more}");
    }
}

fn small(rows: &[&[i64]]) -> Matrix {
    let rows = rows.iter().map(|row| row.iter().map(|&entry| integer(entry)).collect());
    Matrix::from_rows(2, rows.collect()).unwrap()
}

#[test]
fn products_check_their_shapes() {
    let clock = Clock::unlimited();
    let a = small(&[&[1, 2], &[3, 4], &[5, 6]]);
    let turned = a.product(&small(&[&[0, 1], &[1, 0]]), &clock).unwrap();
    assert_eq!(turned, small(&[&[2, 1], &[4, 3], &[6, 5]]));
    assert!(a.product(&a, &clock).is_err());
    assert!(a.apply(&[integer(1)], &clock).is_err());
    let image = a.apply(&[integer(1), ratio(1, 2)], &clock).unwrap();
    assert_eq!(image, [integer(2), integer(5), integer(8)]);
}

#[test]
fn json_states_the_shape_and_believes_nothing() {
    let matrix = small(&[&[1, 2], &[3, 4]]);
    let text = serde_json::to_string(&matrix).unwrap();
    assert_eq!(text, r#"{"shape":[2,2],"rows":[["1","2"],["3","4"]]}"#);
    assert_eq!(serde_json::from_str::<Matrix>(&text).unwrap(), matrix);
    for bad in [
        r#"{"shape":[1,2],"rows":[["1","2"],["3","4"]]}"#,
        r#"{"shape":[2,2],"rows":[["1","2"],["3"]]}"#,
        r#"{"shape":[1,1],"rows":[["2/4"]]}"#,
        r#"{"shape":[1,1],"rows":[[1]]}"#,
        r#"{"shape":[1,1],"rows":[["1"]],"extra":0}"#,
    ] {
        assert!(serde_json::from_str::<Matrix>(bad).is_err(), "{bad} was accepted");
    }
}

#[test]
fn rationals_compare_as_numbers() {
    let ordered =
        [ratio(-3, 2), ratio(-1, 2), ratio(-1, 3), integer(0), ratio(1, 3), ratio(1, 2), integer(1), ratio(3, 2)];
    for (i, a) in ordered.iter().enumerate() {
        for (j, b) in ordered.iter().enumerate() {
            assert_eq!(compare(a, b), i.cmp(&j), "{a} {b}");
            assert_eq!(same(a, b), i == j);
            assert_eq!(larger(a.clone(), b.clone()), ordered[i.max(j)]);
            assert_eq!(smaller(a.clone(), b.clone()), ordered[i.min(j)]);
            let (a, b) = (RationalText(a.clone()), RationalText(b.clone()));
            assert_eq!((a.cmp(&b), a.partial_cmp(&b), a == b), (i.cmp(&j), Some(i.cmp(&j)), i == j));
        }
    }
    assert_eq!(IntegerText(3.into()).cmp(&IntegerText(4.into())), Ordering::Less);
    assert!(
        NaturalText(3_u32.into()) == NaturalText(3_u32.into())
            && NaturalText(3_u32.into()) != NaturalText(4_u32.into())
    );
}

#[test]
fn nothing_is_divided_by_zero() {
    assert_eq!(divide(&integer(3), &integer(0)), None);
    assert_eq!(divide(&integer(3), &ratio(-2, 5)), Some(ratio(-15, 2)));
    assert_eq!((reciprocal(&integer(0)), reciprocal(&ratio(-2, 5))), (None, Some(ratio(-5, 2))));
    assert_eq!((ratio(7, 0), ratio(2, -4)), (integer(7), ratio(-1, 2)));
    assert_eq!(power(&BigInt::from(-3), 3), BigInt::from(-27));
}

#[test]
fn denominators_are_cleared_by_the_least_common_one() {
    let values = [ratio(1, 6), ratio(-3, 4), integer(5), ratio(1, 12), ratio(2, 3)];
    assert_eq!(common_denominator(&values), Ok(12.into()));
    assert_eq!(common_denominator([]), Ok(1.into()));
    let cleared = Scaled::new(values.iter()).unwrap();
    assert_eq!(cleared.numerators, [2, -9, 60, 1, 8].map(BigInt::from));
    assert_eq!(cleared.denominator, BigInt::from(12));
    // by a multiple, by the denominator itself, of an integer
    assert_eq!(
        [&values[0], &values[3], &values[2]].map(|value| scaled(value, &12.into())),
        [2, 1, 60].map(BigInt::from)
    );
    let other = Scaled::new([integer(1), ratio(1, 5), integer(0), integer(-2), integer(1)].iter()).unwrap();
    assert_eq!(cleared.dot(&other), ratio(1, 6) - ratio(3, 20) - ratio(1, 6) + ratio(2, 3));
    // 2^19 bits and no more
    let long = |bits: u32| counterproof_kernel::number::Rational::new(1.into(), (BigInt::from(1) << bits) - 1);
    assert!(common_denominator(&[long(1 << 19)]).is_ok());
    let (place, expected) = refused(common_denominator(&[long((1 << 19) + 1)]));
    assert_eq!((place.as_str(), expected.as_str()), ("a common denominator", "at most 524288 bits"));
}

#[test]
fn room_is_used_up() {
    let mut room = Room::default();
    assert!(room.take(1 << 20, 1 << 10).is_ok() && room.take(1 << 10, 1 << 20).is_ok());
    assert!(room.take(0, u64::MAX).is_ok());
    assert_eq!(refused(room.take(1, 1)).0, "numbers over a common denominator, and products");
    assert!(Room::default().take(1, 1 << 31).is_ok());
    assert!(Room::default().take(1, (1 << 31) + 1).is_err());
    assert!(Room::default().take(usize::MAX, u64::MAX).is_err());
    let mut room = Room::default();
    assert!(room.take(1, (1 << 31) - 2).is_ok());
    assert_eq!(room.keep(3.into()), Ok(3.into()));
    assert!(room.keep(1.into()).is_err());
}

#[test]
fn work_grows_with_both_lengths() {
    assert_eq!(
        [work(0, 0), work(64, 64), work(1 << 11, 1 << 11), work(1 << 12, 1 << 12), work(1 << 20, 1 << 12)],
        [1, 1, 2, 5, 1025]
    );
    assert_eq!(work(u64::MAX, u64::MAX), (u64::MAX >> 22) + 1);
}

#[test]
fn inner_products_and_binomials() {
    let [a, b] = [[1, 0, -3, 4], [2, 5, 7, 0]].map(|row| row.map(BigInt::from));
    assert_eq!(dot_integers(&a, &b), BigInt::from(-19));
    assert_eq!(dot_within(&a, &b, &Clock::unlimited()), Ok(BigInt::from(-19)));
    let choose = |n, k| binomial(n, k, 64).map(|value| u64::try_from(value).unwrap());
    for n in 0..12_u64 {
        assert_eq!((choose(n, 0), choose(n, n), choose(n, n + 1)), (Some(1), Some(1), Some(0)));
        for k in 1..=n {
            assert_eq!(choose(n + 1, k), Some(choose(n, k).unwrap() + choose(n, k - 1).unwrap()));
        }
    }
    assert_eq!(binomial(20, 10, 18), Some(BigUint::from(184_756_u32)));
    assert_eq!((binomial(20, 10, 17), binomial(u64::MAX, u64::MAX >> 1, 64)), (None, None));
    assert_eq!(choose(u64::MAX, u64::MAX - 1), Some(u64::MAX));
}

/// A prime that divides a minor hides it; one of the other primes shows it.
#[test]
fn ranks_are_shown_by_one_of_three_primes() {
    let primes =
        [2_305_843_009_213_693_951_u64, 4_611_686_018_427_387_847, 9_223_372_036_854_775_783].map(BigInt::from);
    let least = |rows: &[Vec<BigInt>], rank| rank_at_least(rows, rank, &Clock::unlimited()).unwrap();
    let rows = |rows: &[&[i64]]| {
        rows.iter().map(|row| row.iter().map(|&x| BigInt::from(x)).collect()).collect::<Vec<Vec<_>>>()
    };
    let full = rows(&[&[1, 2, 3], &[4, 5, 6], &[7, 8, 10]]);
    assert!(least(&full, 3) && !least(&full, 4) && least(&full, 0));
    let two = rows(&[&[1, 2, 3], &[4, 5, 6], &[7, 8, 9]]);
    assert!(least(&two, 2) && !least(&two, 3));
    assert!(least(&rows(&[&[0, 0, -1], &[0, 0, 0], &[0, -1, 5]]), 2));
    assert!(!least(&rows(&[&[2, -4], &[-3, 6]]), 2));
    for hidden in [
        vec![primes[0].clone()],
        vec![&primes[0] * &primes[1]],
        vec![&primes[1] * &primes[2]],
        vec![&primes[0] * &primes[2]],
    ] {
        assert!(least(&[hidden], 1));
    }
    assert!(!least(&[vec![&primes[0] * &primes[1] * &primes[2]]], 1));
    // residues near the prime
    let near: Vec<BigInt> = primes.iter().map(|prime| prime - 1).collect();
    assert!(!least(&[near.clone(), near.iter().map(|x| -x).collect()], 2));
    assert!(least(&[near.clone(), near.iter().rev().cloned().collect()], 2));
}

#[test]
fn matrices_give_their_parts() {
    let matrix = small(&[&[1, 2], &[3, 4], &[0, 6]]);
    assert_eq!((matrix.rows(), matrix.cols(), matrix.shape().as_str()), (3, 2, "[3, 2]"));
    assert_eq!((matrix.get(1, 1), matrix.get(3, 0), matrix.get(0, 2)), (Some(&integer(4)), None, None));
    assert_eq!((matrix.row(2), matrix.row(3).len()), (&[integer(0), integer(6)][..], 0));
    assert_eq!(matrix.column(1).cloned().collect::<Vec<_>>(), [2, 4, 6].map(integer));
    assert_eq!(matrix.entries().count(), 6);
    let turned = matrix.transpose();
    assert_eq!((turned.shape().as_str(), turned.get(1, 2)), ("[2, 3]", Some(&integer(6))));
    assert_eq!(turned.transpose(), matrix);
    assert_ne!(turned, matrix);
    assert_ne!(small(&[&[1, 2]]), small(&[&[1, 3]]));
    assert!(!matrix.is_zero() && small(&[&[0, 0]]).is_zero() && small(&[]).is_zero());
    assert_eq!(matrix, Matrix::from_fn(3, 2, |i, j| matrix.get(i, j).unwrap().clone()));
    let wide = |columns| Matrix::from_rows(columns, Vec::new());
    assert!(wide(1 << 20).is_ok());
    assert_eq!(refused(wide((1 << 20) + 1)).0, "shape");
    assert_eq!(refused(Matrix::from_rows(2, vec![vec![integer(1); 2], vec![integer(1)]])).0, "row 1");
    assert!(Matrix::from_rows(1 << 21, vec![vec![integer(0); 1 << 21]]).is_ok());
}

/// What two words within their errors may stand for is divided into what the quotient may stand for.
#[test]
fn quotients_of_words_are_within_their_error() {
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[17; 32]);
    let (mut seen, mut none, unit) = (0, 0, BigInt::from(fixed::UNIT));
    for _ in 0..2000 {
        let mut word = |bits: u32| rng.random_range(-(1i64 << bits)..=1 << bits);
        let (x, y) = (word(44), word(44));
        let (x_error, y_error) = (word(10).abs(), word(30).abs() >> 20);
        let Some((value, error)) = fixed::over((x, x_error), (y, y_error)) else {
            none += 1;
            continue;
        };
        assert!(y > y_error);
        seen += 1;
        for (x, y) in [
            (x - x_error, y - y_error),
            (x - x_error, y + y_error),
            (x + x_error, y - y_error),
            (x + x_error, y + y_error),
        ] {
            let exact = num::BigRational::new(BigInt::from(x) * &unit, y.into());
            let off = exact - num::BigRational::from(BigInt::from(value));
            assert!(off.abs() <= num::BigRational::from(BigInt::from(error)), "{x} / {y}: {value} within {error}");
        }
    }
    assert!(seen > 800 && none > 800, "{seen} {none}");
    assert_eq!(fixed::over((fixed::UNIT, 0), (fixed::UNIT, 0)), Some((fixed::UNIT, 1)));
    assert_eq!(fixed::over((1, 0), (5, 5)), None);
    assert_eq!(fixed::over((1 << 50, 0), (1, 0)), None);
}
