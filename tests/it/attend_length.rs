//! T18: the exact length of counting by attention, against brute force over all count vectors and the closed forms.

use crate::support::program::{records, run_anywhere};
use counterproof::kernel::number::{Rational, ratio};
use counterproof::search::inputs::CountInputs;
use num_traits::{One, Zero, pow};
use serde_json::Value;
use std::collections::BTreeMap;

fn verify(arguments: &str) -> (i32, Vec<Value>) {
    let ended = run_anywhere(&format!("verify attend-length --format json --quiet {arguments}"));
    (ended.0, records(&ended))
}

fn n_star(arguments: &str) -> Option<u64> {
    let (status, records) = verify(arguments);
    assert_eq!((status, records.len()), (0, 1), "{arguments}");
    let values = &records[0]["values"];
    assert_eq!(values["right_up_to"].as_u64(), values["n_star"].as_u64().map(|n| n - 1));
    if !values["closed_form"].is_null() {
        assert_eq!(values["closed_form_holds"], true, "{arguments}");
    }
    values["n_star"].as_u64()
}

/// The least length up to `most` at which two inputs of one query have one `x` and different counts.
fn brute(base: &Rational, gaps: &[Vec<u32>], most: u64) -> Option<u64> {
    let collides = |n: &u64| {
        let mut answers: BTreeMap<(usize, Rational), u64> = BTreeMap::new();
        CountInputs::new(*n, gaps[0].len()).any(|input| {
            let q = input.query().0;
            let Some(row) = gaps.get(q) else { return false };
            let weigh = |(&c, &g): (&u64, &u32)| ratio(c as i64, 1) / pow(base.clone(), g as usize);
            let sum =
                input.counts().iter().zip(row).map(weigh).fold(Rational::zero(), |a, b| a + b);
            let answer = input.counts()[q];
            *answers.entry((q, sum)).or_insert(answer) != answer
        })
    };
    (1..=most).find(collides)
}

fn codes(m: usize) -> Vec<Vec<u32>> {
    (0..m).map(|q| (0..m).map(|j| 2 * (q ^ j).count_ones()).collect()).collect()
}

#[test]
fn brute_force_agrees() {
    for (m, base, most) in [
        (2, ratio(2, 1), 9),
        (3, ratio(2, 1), 8),
        (4, ratio(2, 1), 7),
        (5, ratio(2, 1), 6),
        (3, ratio(3, 2), 14),
        (3, ratio(3, 1), 11),
        (4, ratio(3, 2), 8),
    ] {
        let found = n_star(&format!("--m {m} --base {base}"));
        assert_eq!(found.filter(|&n| n <= most), brute(&base, &codes(m), most), "{m} {base}");
    }
    for (gaps, base, most) in [
        (vec![1, 2], ratio(3, 2), 9),
        (vec![2, 6], ratio(2, 1), 22),
        (vec![1, 3], ratio(4, 3), 30),
        (vec![1, 1, 3], ratio(5, 4), 14),
        (vec![1, 2, 4], ratio(3, 2), 9),
        (vec![3], ratio(2, 1), 9),
    ] {
        let list: Vec<String> = gaps.iter().map(ToString::to_string).collect();
        let found = n_star(&format!("--gaps {} --base {base}", list.join(",")));
        let row = [vec![0], gaps].concat();
        assert_eq!(found.filter(|&n| n <= most), brute(&base, &[row], most), "{list:?} {base}");
    }
}

#[test]
fn closed_forms_and_the_bound() {
    // gaps g and 2g with B^g an integer: B^g + 2, for every m of at least 3
    for (base, n) in [(2, 6), (3, 11), (9, 83), (33, 1091)] {
        let (status, records) = verify(&format!("--m 3-8 --base {base}"));
        assert_eq!(status, 0);
        for record in records {
            assert_eq!(record["values"]["n_star"], n, "{record}");
            assert_eq!(record["values"]["closed_form"], n);
            assert_eq!(record["values"]["closed_form_holds"], true);
            assert_eq!(record["values"]["b"], (base * base).to_string());
        }
    }
    // two gaps: 1 + P
    assert_eq!(n_star("--gaps 2,6 --base 2"), Some(22));
    assert_eq!(n_star("--gaps 6,2,2,6 --base 7/3"), Some(2924));
    // one gap: never
    for arguments in ["--m 2 --base 5", "--gaps 4,4,4 --base 3/2", "--m 1 --base 2"] {
        assert_eq!(n_star(arguments), None, "{arguments}");
    }
    // n* >= floor(b) + 2
    for (gaps, least) in [("1,2,3", 1), ("2,5,7", 2), ("3,4,9", 3), ("1,4,6,9", 1)] {
        for (p, q) in [(3, 2), (7, 3), (2, 1), (11, 10)] {
            let found = n_star(&format!("--gaps {gaps} --base {p}/{q}").replace("/1", "")).unwrap();
            let b = (0..least).fold(Rational::one(), |b, _| b * ratio(p, q)).floor();
            assert!(ratio(found as i64, 1) >= b + ratio(2, 1), "{gaps} {p}/{q}: {found}");
        }
    }
}

#[test]
fn lengths_are_verified_below_n_star_and_refuted_from_it_on() {
    let (status, records) = verify("--m 4 --base 2 --n 1,5-7,100");
    let verdicts: Vec<_> =
        records.iter().map(|record| record["verdict"].as_str().unwrap()).collect();
    assert_eq!(
        (status, verdicts),
        (1, vec!["verified", "verified", "refuted", "refuted", "refuted"])
    );
    for record in &records[2..] {
        let counts = |name: &str| -> Vec<i64> {
            let list = record["values"][name].as_array().unwrap();
            list.iter().map(|count| count.as_i64().unwrap()).collect()
        };
        let (c, other, q) =
            (counts("c"), counts("c_prime"), record["values"]["query"].as_u64().unwrap());
        let weigh = |c: &[i64]| -> Rational {
            let weight = |j: usize| ratio(c[j], 1 << (2 * (q as usize ^ j).count_ones()));
            (0..c.len()).map(weight).fold(Rational::zero(), |a, b| a + b)
        };
        assert_eq!(weigh(&c), weigh(&other));
        assert_ne!(c[q as usize], other[q as usize]);
        let n = record["params"]["n"].as_i64().unwrap();
        assert_eq!((c.iter().sum::<i64>(), other.iter().sum::<i64>()), (n, n));
    }
}

/// Thousands and millions of tokens take no longer: the lattice is the same.
#[test]
fn large_bases_are_quick() {
    assert_eq!(n_star("--m 8 --base 1000"), Some(1_000_002));
    assert_eq!(n_star("--m 16 --base 99/10 --time-limit 60").map(|n| n > 99), Some(true));
}

#[test]
fn what_makes_no_sense_is_told() {
    for (arguments, part) in [
        ("--m 4 --base 1", "--base: expected a rational above 1, found 1"),
        ("--m 4 --gaps 2", "--m: expected none, for the gaps name the tokens"),
        ("--gaps 2,0", "--gaps: expected 1 to 64, found 0"),
        ("--gaps 2,65", "--gaps: expected 1 to 64, found 65"),
        ("--gaps 2,x", "`x` is not a whole number"),
        ("--m 33", "--m: expected at most 32, found 33"),
        ("--m 4 --n any", "--n: expected a context length, found any"),
        ("--m 4 --d 3", "--d: attend-length has no such option"),
    ] {
        let (status, _, error) = run_anywhere(&format!("verify attend-length {arguments}"));
        assert!(status == 2 && error.contains(part), "{arguments}: {error}");
    }
}
