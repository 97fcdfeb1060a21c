//! When a network is within tolerance of `1/x`: at the ends of every interval, and at the kinks inside.
//!
//! Nothing is said of two layers being least, so a network of two layers may be off wherever one likes: at an end of any interval, or at
//! a kink inside, it is refused; between the intervals it may be anything.

use crate::mutate::{one, seeded};
use crate::table::{judged, mended, stored};
use counterproof_kernel::number::{Rational, parse_canonical, ratio};
use num::{One, Signed, Zero};
use proptest::prelude::RngExt;
use serde_json::{Value, json as value};

const PLAIN: &str = "inverse-width/plain";
const STRICT: &str = "inverse-width/strict";
const LEAK: &str = "inverse-width/leak";
const SHARP: &str = "inverse-width/sharp";
const ONE: &str = "inverse-width/one";

fn whole(k: u64) -> Rational {
    Rational::from_integer(k.into())
}

/// Steps that are right on all intervals, and a tent of this height at `x`, so narrow that it meets one interval at most.
fn steps(n: u64, leak: &Rational, x: &Rational, height: &Rational) -> (Value, u64) {
    // where the slope changes, and by how much; x is at least 1/(n + leak)
    let mut kinks = vec![(Rational::zero(), Rational::zero())];
    for k in (1..n).rev() {
        let (from, to) = (whole(k + 1).recip(), (whole(k) + leak).recip());
        let slope = (&to - &from).recip();
        kinks.extend([(from, -&slope), (to, slope)]);
    }
    let width = ratio(1, 100_000);
    let slope = height / &width;
    kinks.extend([(x - &width, slope.clone()), (x.clone(), -&slope * whole(2)), (x + &width, slope)]);
    let texts = |numbers: Vec<Rational>| numbers.iter().map(ToString::to_string).collect::<Vec<_>>();
    let column: Vec<_> = kinks.iter().map(|_| ["1"]).collect();
    let bias = texts(kinks.iter().map(|(at, _)| -at).collect());
    let row = texts(kinks.iter().map(|(_, change)| change.clone()).collect());
    let units = kinks.len();
    let network = value!({
        "hidden": [
            {"weight": {"shape": [1, 1], "rows": [["1"]]}, "bias": ["0"]},
            {"weight": {"shape": [units, 1], "rows": column}, "bias": bias},
        ],
        "output": {"weight": {"shape": [1, units], "rows": [row]}, "bias": [n.to_string()]},
    });
    (network, units as u64)
}

#[test]
fn every_end_and_every_kink_is_evaluated() {
    for file in [LEAK, SHARP, PLAIN, STRICT] {
        let original = stored(file);
        let n = original["params"]["n"].as_u64().unwrap();
        let [leak, epsilon] =
            ["leak", "epsilon"].map(|name| parse_canonical(original["params"][name].as_str().unwrap()).unwrap());
        let strict = original["params"]["strict"] == true;
        let judge = |x: &Rational, height: &Rational| {
            let mut changed = original.clone();
            let (network, units) = steps(n, &leak, x, height);
            changed["data"]["inverse-width"]["two_layers"] = network;
            changed["params"]["two_layers"] = value!([1, units]);
            judged(&mended(&changed).unwrap()).map(|_| ())
        };
        for k in 1..=n {
            let (low, high) = ((whole(k) + &leak).recip(), whole(k).recip());
            let middle = (&low + &high) / whole(2);
            for x in [&low, &middle, &high] {
                for sign in [1, -1] {
                    let height = (&epsilon + ratio(1, 1000)) * ratio(sign, 1);
                    let message = judge(x, &height).unwrap_err();
                    let start = format!(
                        "data.inverse-width.two_layers: expected an error {} {epsilon} at count {k}, found ",
                        if strict { "below" } else { "at most" }
                    );
                    assert!(message.starts_with(&start), "{file}, {k}, {x}: {message}");
                    // on the boundary, and inside
                    assert_eq!(judge(x, &(&epsilon * ratio(sign, 1))).is_err(), strict, "{file}, {k}, {x}");
                    assert_eq!(judge(x, &(&epsilon * ratio(sign, 2))), Ok(()), "{file}, {k}, {x}");
                }
            }
            // between this interval and the next one
            if k < n {
                let between = (&low + whole(k + 1).recip()) / whole(2);
                assert_eq!(judge(&between, &whole(1000)), Ok(()), "{file}, {k}");
            }
        }
        assert!(!epsilon.is_negative() && leak < Rational::one());
    }
}

/// A network of two layers that goes through these points, of ascending `x`, by lines.
fn through(points: &[(Rational, Rational)]) -> (Value, u64) {
    let texts = |numbers: Vec<Rational>| numbers.iter().map(ToString::to_string).collect::<Vec<_>>();
    let slopes: Vec<Rational> =
        points.windows(2).map(|pair| (&pair[1].1 - &pair[0].1) / (&pair[1].0 - &pair[0].0)).collect();
    let mut before = Rational::zero();
    let changes = slopes.iter().map(|slope| slope - std::mem::replace(&mut before, slope.clone())).collect();
    let bias = texts(points.iter().take(slopes.len()).map(|(x, _)| -x).collect());
    let units = slopes.len();
    let network = value!({
        "hidden": [
            {"weight": {"shape": [1, 1], "rows": [["1"]]}, "bias": ["0"]},
            {"weight": {"shape": [units, 1], "rows": vec![["1"]; units]}, "bias": bias},
        ],
        "output": {"weight": {"shape": [1, units], "rows": [texts(changes)]}, "bias": [points[0].1.to_string()]},
    });
    (network, units as u64)
}

/// Lines between random values at the ends of all intervals, most within tolerance and some just beyond it.
#[test]
fn a_network_is_within_tolerance_exactly_if_it_is_at_all_ends() {
    let mut rng = seeded(9);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..300 {
        let mut changed = stored(one::<&str>(&[LEAK, SHARP], &mut rng));
        let number = |name: &str| parse_canonical(changed["params"][name].as_str().unwrap()).unwrap();
        let (n, leak, epsilon) = (changed["params"]["n"].as_u64().unwrap(), number("leak"), number("epsilon"));
        let strict = changed["params"]["strict"] == true;
        let (mut points, mut within) = (Vec::new(), true);
        let wrong = rng.random_range(0..4 * n);
        for k in (1..=n).rev() {
            for (end, x) in [(0, (whole(k) + &leak).recip()), (1, whole(k).recip())] {
                let size =
                    if wrong == 2 * (k - 1) + end { rng.random_range(96..115) } else { rng.random_range(0..100) };
                let error = &epsilon * ratio(size, 100);
                within &= error < epsilon || error == epsilon && !strict;
                points.push((x, whole(k) + if rng.random_ratio(1, 2) { error } else { -error }));
            }
        }
        let (network, units) = through(&points);
        changed["data"]["inverse-width"]["two_layers"] = network;
        changed["params"]["two_layers"] = value!([1, units]);
        let found = judged(&mended(&changed).unwrap());
        assert_eq!(found.is_ok(), within, "{found:?}: {changed}");
        *if within { &mut accepted } else { &mut refused } += 1;
    }
    assert!(accepted > 100 && refused > 50, "{accepted} accepted, {refused} refused");
}

/// Lines between random points anywhere, with a tolerance so wide that slopes may be small: the ends decide, and kinks inside intervals.
#[test]
fn lines_are_judged_where_intervals_end() {
    let mut rng = seeded(10);
    let (n, leak, epsilon) = (3, ratio(1, 3), whole(2));
    let constant = |value: &str| value!({"alpha": "0", "beta": value, "units": []});
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..400 {
        let low = (whole(n) + &leak).recip();
        let mut xs = vec![low.clone(), Rational::one()];
        let inner = rng.random_range(0..4);
        xs.extend((0..inner).map(|_| &low + (Rational::one() - &low) * ratio(rng.random_range(1..997), 997)));
        xs.sort();
        xs.dedup();
        let points: Vec<_> = xs.into_iter().map(|x| (x, ratio(rng.random_range(80..330), 100))).collect();
        let value = |x: &Rational| {
            let pair = points.windows(2).find(|pair| *x <= pair[1].0).unwrap();
            let share = (x - &pair[0].0) / (&pair[1].0 - &pair[0].0);
            &pair[0].1 + share * (&pair[1].1 - &pair[0].1)
        };
        let within = (1..=n).all(|k| {
            let (from, to) = ((whole(k) + &leak).recip(), whole(k).recip());
            let inside = points.iter().map(|(x, _)| x.clone()).filter(|x| *x > from && *x < to);
            inside.chain([from.clone(), to.clone()]).all(|x| (value(&x) - whole(k)).abs() <= epsilon)
        });
        let mut changed = stored(ONE);
        let (network, units) = through(&points);
        for (name, stated) in
            [("n", value!(n)), ("epsilon", value!("2")), ("leak", value!("1/3")), ("two_layers", value!([1, units]))]
        {
            changed["params"][name] = stated;
        }
        let data = &mut changed["data"]["inverse-width"];
        data["width"]["network"] = constant("2");
        data["slope"]["network"] = constant("2");
        data["two_layers"] = network;
        let found = judged(&mended(&changed).unwrap());
        assert_eq!(found.is_ok(), within, "{found:?}: {changed}");
        *if within { &mut accepted } else { &mut refused } += 1;
    }
    assert!(accepted > 100 && refused > 100, "{accepted} accepted, {refused} refused");
}
