//! Arithmetic of machines in formats of eight bits: bit for bit by a second implementation, and bounds around all that a machine may do.

use crate::machine::value_at;
use counterproof_kernel::number::{
    Arithmetic, Enclosure, Every, Format, Function, Named, Near, Order, Precision, Rational, integer, ratio,
};
use num::{BigInt, One, Signed, ToPrimitive, Zero};
use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};

const FORMATS: [Format; 2] = [Format { precision: 3, emin: -14, emax: 15 }, Format { precision: 4, emin: -6, emax: 7 }];

fn rng(seed: u8) -> TestRng {
    TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32])
}

/// Multiples of `2^-places`.
fn places(format: Format) -> u32 {
    (format.precision - 1 - format.emin) as u32
}

/// A number of the format, as a multiple of `2^-places`; small and near ones more often than all.
fn draw(format: Format, rng: &mut TestRng) -> i128 {
    let exponent = match rng.random_range(0..4) {
        0 => rng.random_range(format.emin..=format.emax),
        1 => rng.random_range(format.emin..=format.emin + 2),
        _ => rng.random_range(-2..=2),
    };
    let mantissa = rng.random_range(-(1i128 << format.precision) + 1..1 << format.precision);
    mantissa << (exponent - format.emin)
}

/// The numbers of a precision around `value / 2^scale`, as multiples of the same; `least` is the exponent of the least normal number.
fn around(value: i128, scale: u32, precision: i32, least: i32) -> [i128; 2] {
    if value == 0 {
        return [0, 0];
    }
    let top = 127 - value.unsigned_abs().leading_zeros() as i32 - scale as i32;
    let dropped = top.max(least) - precision + 1 + scale as i32;
    let Ok(dropped) = u32::try_from(dropped) else { return [value, value] };
    let down = (value >> dropped) << dropped;
    [down, if down == value { value } else { down + (1 << dropped) }]
}

/// The nearest, of two the even one; `None` at infinity.
fn nearest(value: i128, scale: u32, precision: i32, least: i32, most: i32) -> Option<i128> {
    let [down, up] = around(value, scale, precision, least);
    let found = match (value - down).cmp(&(up - value)) {
        std::cmp::Ordering::Less => down,
        std::cmp::Ordering::Greater => up,
        // their distance is a power of two, of which the even one has one more than the other
        std::cmp::Ordering::Equal if down == up || down.trailing_zeros() > up.trailing_zeros() => down,
        std::cmp::Ordering::Equal => up,
    };
    let finite = BigInt::from(found).abs() < BigInt::one() << (most + 1 + scale as i32) as u32;
    finite.then_some(found)
}

/// `fl` in a format, of a multiple of `2^-(2 places)`.
fn fl(format: Format, value: i128) -> Option<i128> {
    nearest(value, 2 * places(format), format.precision, format.emin, format.emax)
}

/// One by one.
fn row(format: Format, terms: &[i128]) -> Option<i128> {
    terms.iter().skip(1).try_fold(*terms.first().unwrap_or(&0), |sum, term| fl(format, sum + term))
}

fn halves(format: Format, terms: &[i128]) -> Option<i128> {
    if terms.len() < 2 {
        return row(format, terms);
    }
    let (one, other) = terms.split_at(terms.len().div_ceil(2));
    fl(format, halves(format, one)? + halves(format, other)?)
}

fn blocks(format: Format, terms: &[i128]) -> Option<i128> {
    let sums: Option<Vec<i128>> = terms.chunks(16).map(|block| row(format, block)).collect();
    row(format, &sums?)
}

/// One by one in a format of 24 bits that has all small numbers.
fn wide(format: Format, terms: &[i128]) -> Option<i128> {
    let single = |value| nearest(value, 2 * places(format), 24, -1000, 127);
    fl(format, terms.iter().try_fold(0, |sum, term| single(sum + term))?)
}

/// The sum of products and a bias, of multiples of `2^-(2 places)`.
fn dot(format: Format, order: Order, exact: &[i128], bias: Option<i128>) -> Option<i128> {
    let with = |sum: i128| bias.map_or(Some(sum), |bias| fl(format, sum + bias));
    let rounded = || exact.iter().map(|product| fl(format, *product)).collect::<Option<Vec<_>>>();
    match order {
        Order::Once => fl(format, exact.iter().chain(&bias).sum()),
        Order::Wide => wide(format, &exact.iter().copied().chain(bias).collect::<Vec<_>>()),
        Order::Fused => with(exact.iter().try_fold(0, |sum, product| fl(format, sum + product))?),
        Order::Pair => with(halves(format, &rounded()?)?),
        Order::Blocks => with(blocks(format, &rounded()?)?),
        Order::Seq | Order::Flash | Order::Any => with(row(format, &rounded()?)?),
    }
}

const ORDERS: [Order; 7] =
    [Order::Seq, Order::Pair, Order::Once, Order::Flash, Order::Blocks, Order::Fused, Order::Wide];

/// Of the second implementation the numbers have twice as many places.
#[test]
fn named_orders_are_bit_for_bit_as_they_say() {
    let mut rng = rng(1);
    let mut differ = [0u32; ORDERS.len()];
    for format in FORMATS {
        let double = |value: Option<BigInt>| value.map(|value| (value << places(format)).to_i128().unwrap());
        for _ in 0..1500 {
            let size = *[0usize, 1, 2, 3, 5, 15, 16, 17, 18, 33, 40].get(rng.random_range(0..11usize)).unwrap();
            let pairs: Vec<(i128, i128)> =
                (0..size).map(|_| (draw(format, &mut rng) >> 3, draw(format, &mut rng))).collect();
            // what is shifted may be no number of the format
            let pairs: Vec<(i128, i128)> = pairs
                .into_iter()
                .map(|(a, b)| (around(a, places(format), format.precision, format.emin)[0], b))
                .collect();
            let big: Vec<(BigInt, BigInt)> = pairs.iter().map(|&(a, b)| (a.into(), b.into())).collect();
            let terms: Vec<(&BigInt, &BigInt)> = big.iter().map(|(a, b)| (a, b)).collect();
            let exact: Vec<i128> = pairs.iter().map(|(a, b)| a * b).collect();
            let bias = rng.random_ratio(1, 2).then(|| draw(format, &mut rng));
            let first = dot(format, Order::Seq, &exact, bias.map(|bias| bias << places(format)));
            for (order, differ) in ORDERS.into_iter().zip(&mut differ) {
                let named = Named { format, order };
                let found = named.dot(&terms, bias.map(BigInt::from).as_ref());
                let expected = dot(format, order, &exact, bias.map(|bias| bias << places(format)));
                assert_eq!(double(found), expected, "{order:?} of {pairs:?} and {bias:?}");
                *differ += u32::from(expected != first);
                // weights: the same without products
                let weights: Vec<BigInt> = big.iter().map(|(_, b)| b.abs()).collect();
                let total: Vec<i128> = pairs.iter().map(|(_, b)| b.abs() << places(format)).collect();
                let expected = match order {
                    Order::Once => fl(format, total.iter().sum()),
                    Order::Wide => wide(format, &total),
                    Order::Pair => halves(format, &total),
                    Order::Blocks => blocks(format, &total),
                    _ => row(format, &total),
                };
                assert_eq!(double(named.total(&weights)), expected, "{order:?} of {weights:?}");
                assert_eq!(named.divides(), [order != Order::Flash, order == Order::Flash]);
            }
        }
    }
    // no two orders are one
    assert!(
        differ
            .iter()
            .enumerate()
            .all(|(i, &differ)| (differ == 0) == (ORDERS[i] == Order::Seq || ORDERS[i] == Order::Flash))
    );
}

#[test]
fn named_quotients_roots_and_numbers_are_the_nearest() {
    let mut rng = rng(2);
    for format in FORMATS {
        let (named, twice) = (Named { format, order: Order::Seq }, 2 * places(format));
        let double = |value: Option<BigInt>| value.map(|value| (value << places(format)).to_i128().unwrap());
        // twenty places more, and one that says whether there is a rest
        let sticky = |floor: BigInt, rest: bool| floor.to_i128().unwrap() * 2 + i128::from(rest);
        let finely = |value: i128| {
            nearest(value, twice + 21, format.precision, format.emin, format.emax).map(|found| found >> 21)
        };
        for _ in 0..5000 {
            let (a, b) = (draw(format, &mut rng), draw(format, &mut rng).abs().max(1));
            let above = BigInt::from(a.abs()) << (twice + 20);
            let floor = &above / b;
            let expected =
                finely(sticky(floor.clone(), &floor * b != above)).map(|found| if a < 0 { -found } else { found });
            assert_eq!(double(named.over(&a.into(), &b.into())), expected, "{a} / {b}");
            let x = BigInt::from(a.abs());
            let above = &x << (3 * places(format) + 40);
            let root = above.sqrt();
            let expected = finely(sticky(root.clone(), &root * &root != above));
            assert_eq!(double(named.apply(Function::Root, &x)), expected, "root of {x}");
            // any rational number
            let ratio = Rational::new(a.into(), BigInt::from(b * 7 + 1));
            let above = BigInt::from(a.abs()) << (twice + 20);
            let (floor, divisor) = (&above / (b * 7 + 1), BigInt::from(b * 7 + 1));
            let expected = finely(sticky(floor.clone(), &floor * &divisor != above));
            let expected = expected.map(|found| if a < 0 { -found } else { found });
            let expected = expected.map(|found| Rational::new(found.into(), BigInt::one() << twice));
            assert_eq!(format.rounded(&ratio), expected, "{ratio}");
            let own = format.rounded(&ratio).filter(|rounded| *rounded == ratio);
            assert_eq!(named.of(&ratio), own.map(|own| (own * (BigInt::one() << places(format))).to_integer()));
            let (a, b) = (BigInt::from(a), BigInt::from(b));
            assert_eq!(named.hull(&a, &b), (a == b).then(|| a.clone()));
            assert_eq!(named.hull(&a, &a), Some(a.clone()));
            assert_eq!(named.larger(&a, &b), if a < b { b.clone() } else { a.clone() });
            assert_eq!(double(named.below(&a, &b)), fl(format, (a.clone() - &b).to_i128().unwrap() << places(format)));
            let Enclosure { lo, hi } = named.enclosed(&a);
            assert!(
                lo == hi
                    && Rational::new(lo, BigInt::one() << named.precision().0)
                        == Rational::new(a, BigInt::one() << places(format))
            );
        }
        assert_eq!(named.over(&BigInt::one(), &BigInt::zero()), None);
    }
}

/// Numbers are exact, or a machine has a neighbour within `off`.
fn near(every: &Every, format: Format, rng: &mut TestRng) -> (Near, [i128; 2]) {
    let x = draw(format, rng);
    let off = if rng.random_ratio(1, 2) { 0 } else { rng.random_range(0..=1 + (x.abs() >> 3)) };
    let lift = every.precision().0 - places(format);
    let end = BigInt::from(x) << lift;
    // the machine's number is one of the format
    let machine = [x - off, x + off].map(|end| around(end, places(format), format.precision, format.emin));
    let machine = [machine[0][1].min(x), machine[1][0].max(x)];
    let off = BigInt::from((x - machine[0]).max(machine[1] - x)) << lift;
    (Near { real: Enclosure { lo: end.clone(), hi: end }, off }, machine)
}

/// Bounds of a number, of multiples of `2^-scale`.
fn holds(every: &Every, found: &Near, [lo, hi]: [i128; 2], scale: u32) -> bool {
    let within = every.enclosed(found);
    let lift = every.precision().0 - scale;
    within.lo <= BigInt::from(lo) << lift && BigInt::from(hi) << lift <= within.hi
}

/// The least and the largest of `a b` with what may be rounded.
fn product(format: Format, [a, b]: [[i128; 2]; 2]) -> [i128; 2] {
    let all =
        || a.into_iter().flat_map(|a| b.map(|b| around(a * b, 2 * places(format), format.precision, format.emin)));
    [all().map(|[lo, _]| lo).min().unwrap(), all().map(|[_, hi]| hi).max().unwrap()]
}

/// The least and the largest of a sum in any tree, each addition one of the numbers around its result: by subsets of the terms.
fn any_tree(format: Format, terms: &[[i128; 2]]) -> [i128; 2] {
    let mut ends: Vec<[i128; 2]> = vec![[0, 0]; 1 << terms.len()];
    for set in 1..1usize << terms.len() {
        if set.is_power_of_two() {
            ends[set] = terms[set.trailing_zeros() as usize];
            continue;
        }
        let mut found = [i128::MAX, i128::MIN];
        let mut part = (set - 1) & set;
        while part > 0 {
            let [one, other] = [ends[part], ends[set ^ part]];
            let sums = [one[0] + other[0], one[1] + other[1]];
            let [lo, hi] = sums.map(|sum| around(sum, 2 * places(format), format.precision, format.emin));
            found = [found[0].min(lo[0]), found[1].max(hi[1])];
            part = (part - 1) & set;
        }
        ends[set] = found;
    }
    ends[(1 << terms.len()) - 1]
}

#[test]
fn bounds_hold_all_that_any_machine_may_do() {
    let mut rng = rng(3);
    let (mut exact, mut known) = (0, 0);
    for format in FORMATS {
        let every = Every::new(format, 0);
        let scale = 2 * places(format);
        let lift = |ends: [i128; 2]| ends.map(|end| end << places(format));
        for _ in 0..10_000 {
            let (a, of_a) = near(&every, format, &mut rng);
            let (b, of_b) = near(&every, format, &mut rng);
            let context = format!("{format:?}: {a:?} {of_a:?}, {b:?} {of_b:?}");
            if let Some(sum) = every.plus(&a, &b) {
                let expected = any_tree(format, &[lift(of_a), lift(of_b)]);
                assert!(holds(&every, &sum, expected, scale), "sum, {context}");
                // numbers of the format that have a sum there have no other
                let number = a.off.is_zero() && b.off.is_zero() && expected[0] == expected[1];
                assert_eq!(sum.off.is_zero(), number, "sum, {context}");
                exact += u32::from(number);
            }
            if let Some(times) = every.times(&a, &b) {
                let expected = product(format, [of_a, of_b]);
                assert!(holds(&every, &times, expected, scale), "product, {context}");
                let number = a.off.is_zero() && b.off.is_zero() && expected[0] == expected[1];
                let none = a.real.lo.is_zero() && a.off.is_zero() || b.real.lo.is_zero() && b.off.is_zero();
                assert_eq!(times.off.is_zero(), number || none, "product, {context}");
            }
            let larger = [of_a[0].max(of_b[0]), of_a[1].max(of_b[1])];
            assert!(holds(&every, &every.larger(&a, &b), larger, places(format)), "the larger, {context}");
            let (found, both) = (every.larger(&a, &b).real, [&a.real.lo, &b.real.lo]);
            let most = both.into_iter().max().unwrap();
            assert!(found.lo <= *most && *most <= found.hi, "the larger in the reals, {context}");
            let hull = [of_a[0].min(of_b[0]), of_a[1].max(of_b[1])];
            assert!(holds(&every, &every.hull(&a, &b).unwrap(), hull, places(format)), "one of two, {context}");
            let minus = every.negated(&a).unwrap();
            assert!(holds(&every, &minus, [-of_a[1], -of_a[0]], places(format)), "{context}");
            if let Some(below) = every.below(&a, &b) {
                let expected = any_tree(format, &[lift(of_a), lift([-of_b[1], -of_b[0]])]).map(|end| end.min(0));
                assert!(holds(&every, &below, expected, scale), "below, {context}");
            }
            // three products and a bias in any order
            let others: Vec<(Near, [i128; 2])> = (0..3).map(|_| near(&every, format, &mut rng)).collect();
            let size = rng.random_range(0..=2usize);
            let terms = [(&a, &b), (&others[0].0, &others[1].0)];
            let bias = rng.random_ratio(1, 2).then_some(&others[2]);
            if let Some(dot) = every.dot(&terms[..size], bias.map(|(bias, _)| bias)) {
                let products = [product(format, [of_a, of_b]), product(format, [others[0].1, others[1].1])];
                let all: Vec<[i128; 2]> =
                    products.into_iter().take(size).chain(bias.map(|(_, bias)| lift(*bias))).collect();
                let expected = if all.is_empty() { [0, 0] } else { any_tree(format, &all) };
                assert!(holds(&every, &dot, expected, scale), "{size} products, bias {bias:?}, {context}");
                known += 1;
            }
        }
    }
    assert!(exact > 300 && known > 3000, "{exact} {known}");
}

/// Sums of up to six numbers of few bits, where what many roundings add counts.
#[test]
fn bounds_of_long_sums_hold_for_every_tree() {
    let mut rng = rng(4);
    let mut exact = 0;
    for format in FORMATS {
        let every = Every::new(format, 0);
        let one = 1i128 << places(format);
        let lift = every.precision().0 - places(format);
        for round in 0..4000 {
            let size = rng.random_range(2..=6);
            let least = if round % 2 == 0 { one } else { 1 };
            let terms: Vec<i128> = (0..size)
                .map(|_| (least * rng.random_range(1..1 << format.precision)) << rng.random_range(0..3))
                .collect();
            let at = |x: i128| BigInt::from(x) << lift;
            let numbers = terms.iter().map(|&x| Near { real: Enclosure { lo: at(x), hi: at(x) }, off: BigInt::zero() });
            let numbers: Vec<Near> = numbers.collect();
            let Some(total) = every.total(&[numbers.as_slice(), &[every.of(&Rational::one()).unwrap()]].concat())
            else {
                continue;
            };
            let all: Vec<[i128; 2]> = terms.iter().chain([&one]).map(|&x| [x << places(format); 2]).collect();
            let expected = any_tree(format, &all);
            assert!(holds(&every, &total, expected, 2 * places(format)), "{terms:?}");
            // exact where all parts of the sum have few bits
            let zeros = terms.iter().map(|x| x.trailing_zeros()).min().unwrap().min(places(format));
            let short = terms.iter().sum::<i128>() + one <= 1 << (zeros + format.precision as u32);
            assert_eq!(total.off.is_zero(), short, "{terms:?}");
            exact += u32::from(short);
        }
    }
    assert!(exact > 20, "{exact}");
}

/// How far off a result may be, by the formulas in rational numbers; a bound may be rounded up by a few units.
#[test]
fn bounds_are_as_near_as_they_say() {
    let mut rng = rng(5);
    for format in FORMATS {
        for ulps in [0u64, 3] {
            let every = Every::new(format, ulps);
            let p = every.precision();
            let unit = Rational::new(BigInt::one(), BigInt::one() << p.0);
            let [relative, least] = [format.precision as u32 - 1, places(format)]
                .map(|power| Rational::new(BigInt::one(), BigInt::one() << power));
            let ulps = Rational::from_integer(ulps.into());
            let number = |x: &BigInt| Rational::from_integer(x.clone()) * &unit;
            let size = |x: &Near| number(&x.real.lo.abs().max(x.real.hi.abs())) + number(&x.off);
            let near_to = |found: &BigInt, expected: Rational, units: Rational, what: &str| {
                let (found, unit) = (number(found), &unit * (integer(12) + units));
                assert!(found >= expected, "{what}: {found}, {expected}");
                assert!(found <= &expected * (integer(1) + ratio(1, 1 << 40)) + unit, "{what}: {found}, {expected}");
            };
            let further = |x: &Near, off: Rational| {
                let size = size(&Near { off: BigInt::zero(), ..x.clone() }) + &off;
                off + &ulps * (size * &relative + &least)
            };
            for _ in 0..400 {
                let (a, _) = near(&every, format, &mut rng);
                let (b, _) = near(&every, format, &mut rng);
                let positive =
                    Near { real: Enclosure { lo: b.real.lo.abs(), hi: b.real.hi.abs() }, off: b.off.clone() };
                let room = &positive.real.lo - &positive.off;
                let zero = a.real.lo.is_zero() && a.off.is_zero();
                match every.over(&a, &positive) {
                    Some(quotient) if zero => assert_eq!(quotient, a),
                    Some(quotient) => {
                        let most = number(&quotient.real.lo.abs().max(quotient.real.hi.abs()));
                        let moved = (number(&a.off) + most * number(&b.off)) / number(&room);
                        near_to(&quotient.off, further(&quotient, moved), integer(8) / number(&room), "quotient");
                    }
                    None => assert!(
                        !room.is_positive() || size(&a) / number(&room) > integer(1 << format.emax) / integer(2)
                    ),
                }
                // sums of numbers that are off
                let terms: Vec<Near> = (0..rng.random_range(2..6)).map(|_| near(&every, format, &mut rng).0).collect();
                let ones: Vec<(&Near, Near)> = terms.iter().map(|x| (x, every.of(&Rational::one()).unwrap())).collect();
                let pairs: Vec<(&Near, &Near)> = ones.iter().map(|(x, one)| (*x, one)).collect();
                let Some(products) = pairs.iter().map(|(x, one)| every.times(x, one)).collect::<Option<Vec<Near>>>()
                else {
                    continue;
                };
                let products: Vec<Near> = products.into_iter().filter(|x| !size(x).is_zero()).collect();
                let (Some(sum), false) = (every.dot(&pairs, None), products.is_empty()) else { continue };
                let count = Rational::from_integer(products.len().into());
                let all: Rational = products.iter().map(size).sum();
                let off: Rational = products.iter().map(|x| number(&x.off)).sum();
                if products.len() < 2 {
                    assert_eq!(number(&sum.off), off);
                } else if !sum.off.is_zero() {
                    let factor = &count * &relative + &count * &count * &relative * &relative;
                    let roundings = &count * integer(3) * &least;
                    near_to(&sum.off, off + all * factor + roundings, integer(0), "sum");
                }
                for function in [Function::Exp, Function::Root, Function::Erf, Function::Tanh] {
                    let x = if function == Function::Root { &positive } else { &a };
                    if size(x).is_zero() || size(x) > integer(8) {
                        continue;
                    }
                    let value = |x: &BigInt| value_at(function, x, p).unwrap();
                    let Some(found) = every.apply(function, x) else {
                        let large = || number(&value(&(&x.real.hi + &x.off)).hi) > integer(1i64 << (format.emax - 1));
                        assert!(match function {
                            Function::Exp => large(),
                            Function::Root => x.real.lo <= x.off,
                            _ => false,
                        });
                        continue;
                    };
                    let off = number(&x.off);
                    let moved = match function {
                        Function::Exp => number(&value(&(&x.real.hi + &x.off)).hi) * &off,
                        Function::Root => &off / (number(&value(&(&x.real.lo - &x.off)).lo) * integer(2)),
                        Function::Erf => &off * Rational::new(289.into(), 256.into()),
                        Function::Tanh => off,
                    };
                    near_to(&found.off, further(&found, moved), integer(0), &format!("{function:?}"));
                }
            }
            let turned =
                every.turn(&|p: Precision| Some([p.enclose(&Rational::one()), p.enclose(&Rational::zero())])).unwrap();
            assert!(turned.iter().all(|x| number(&x.off) == &ulps * &relative));
        }
    }
}

/// Beyond a third of the largest power it is not known whether a sum that is rounded is finite.
#[test]
fn sums_that_may_be_infinite_are_not_known() {
    let every = Every::new(FORMATS[1], 0);
    let number = |x: Rational| every.of(&x).unwrap();
    let (one, small) = (number(integer(1)), number(ratio(1, 64)));
    let sum = |large: i64| every.dot(&[(&number(integer(large)), &one), (&small, &one)], None);
    assert!(sum(20).is_some() && sum(40).is_some());
    assert!(sum(44).is_none() && sum(60).is_none() && sum(120).is_none());
    // what is exact is known up to the largest power
    assert!(every.dot(&[(&number(integer(32)), &one), (&number(integer(32)), &one)], None).is_some());
    assert!(every.dot(&[(&number(integer(72)), &one), (&number(integer(72)), &one)], None).is_none());
}

/// What is next to nothing is off by no less than nothing.
#[test]
fn small_errors_stay_above_zero() {
    let every = Every::new(FORMATS[1], 0);
    for off in 1..40u32 {
        let x = Near { real: Enclosure { lo: BigInt::zero(), hi: BigInt::zero() }, off: off.into() };
        for function in [Function::Erf, Function::Tanh, Function::Exp] {
            let found = every.apply(function, &x).unwrap();
            assert!(found.off >= x.off, "{function:?}");
        }
        let erf = every.apply(Function::Erf, &x).unwrap().off;
        assert!(erf * 256 >= BigInt::from(289 * off), "{off}");
    }
    assert_eq!(every.apply(Function::Exp, &every.of(&Rational::zero()).unwrap()), every.of(&Rational::one()));
    assert_eq!(every.apply(Function::Tanh, &every.of(&Rational::zero()).unwrap()), every.of(&Rational::zero()));
}
