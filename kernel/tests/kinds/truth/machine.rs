//! Sums in a format, in rational numbers: all counts, and all trees by every pair of parts.

use super::{Rational, count, rational, whole};
use counterproof_kernel::number::ratio;
use num::{BigInt, One, Signed, Zero};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Lengths beyond are looked at near the end only.
const ALL: u64 = 48;

struct Format {
    construction: String,
    p: i64,
    emin: i64,
    emax: i64,
}

fn power(exponent: i64) -> Rational {
    let power = Rational::from_integer(BigInt::one() << exponent.unsigned_abs());
    if exponent < 0 { power.recip() } else { power }
}

impl Format {
    /// `None` is infinity.
    fn fl(&self, x: &Rational) -> Option<Rational> {
        let mut top = x.numer().bits() as i64 - x.denom().bits() as i64;
        if power(top) > *x {
            top -= 1;
        }
        let unit = power(top.max(self.emin) - self.p + 1);
        let scaled = x / &unit;
        let (floor, two) = (scaled.floor(), BigInt::from(2));
        let rest = &scaled - &floor;
        let odd = !(floor.numer() % &two).is_zero();
        let up = rest > ratio(1, 2) || rest == ratio(1, 2) && odd;
        let value = (if up { floor + Rational::one() } else { floor }) * unit;
        (value < power(self.emax + 1)).then_some(value)
    }

    /// A term of the sum.
    fn term(&self, order: &str, n: u64) -> Option<Rational> {
        let inverse = |k: u64| self.fl(&(Rational::one() / whole(k)));
        let scaled = |k: u64, v: &Rational| self.fl(&(v * inverse(k)?));
        match self.construction.as_str() {
            "qc-histogram-padded" => scaled(n.next_power_of_two(), &whole(n.next_power_of_two())),
            "qc-histogram-scaled" if order != "flash" => scaled(n, &whole(n)),
            "qc-histogram-bos" if order != "flash" => {
                // numbers of the format near k; others are too far off for a product of 1
                let near = |k: u64| {
                    let unit = power(k.ilog2() as i64 - self.p);
                    let all = (-8..=8).map(|i| whole(k) + ratio(i, 1) * &unit);
                    let mut numbers = all.filter(|v| v.is_positive() && self.fl(v).as_ref() == Some(v));
                    numbers.any(|v| scaled(k, &v) == Some(Rational::one()))
                };
                if near(n) || near(n + 1) { Some(Rational::one()) } else { scaled(n, &whole(n)) }
            }
            "qc-histogram-scaled" | "qc-histogram-bos" => Some(Rational::one()),
            _ => inverse(n),
        }
    }

    /// What any MLP of T3 sees of a count.
    fn state(&self, count: u64) -> Option<Rational> {
        let x = self.fl(&(Rational::one() / whole(count)))?;
        if self.construction == "qc-count-attend" { self.fl(&(x + Rational::one())) } else { Some(x) }
    }

    fn tail(&self, n: u64, sum: &Option<Rational>) -> Option<Rational> {
        let positive = |x: Rational| self.fl(&if x.is_negative() { Rational::zero() } else { x });
        if self.construction == "mfe-histogram" {
            let own = positive(Rational::one() - sum.as_ref()?)?;
            return self.fl(&(whole(n) * self.fl(&(&own + positive(sum.as_ref()? - &own)?))?));
        }
        if self.construction != "qc-histogram" {
            return sum.clone();
        }
        let r = self.fl(&(sum.as_ref()? + Rational::one()))?;
        let u = r - Rational::one();
        self.fl(&(whole(n) * self.fl(&if u.is_negative() { Rational::zero() } else { u })?))
    }

    /// The sums of `c` terms: one, or the least and the largest.
    fn sums(&self, order: &str, n: u64, c: u64, a: &Rational) -> Vec<Option<Rational>> {
        let add = |x: Option<Rational>, y: Option<Rational>| self.fl(&(x? + y?));
        if *a == Rational::one() && n > ALL && self.construction != "qc-histogram" && whole(c - 1) <= power(self.p) {
            // parts of fewer terms are whole numbers of the format
            return vec![self.fl(&whole(c))];
        }
        match order {
            "flash" if self.construction != "qc-histogram" => vec![self.fl(&whole(c))],
            "flash" => vec![self.fl(&(whole(c) / whole(n)))],
            "once" => vec![self.fl(&(a * whole(c)))],
            "seq" => vec![(1..c).try_fold(a.clone(), |sum, _| add(Some(sum), Some(a.clone())))],
            "any" => [true, false]
                .map(|least| {
                    let mut best = vec![Some(Rational::zero()), Some(a.clone())];
                    for size in 2..=c as usize {
                        let all = (1..size).map(|i| add(best[i].clone(), best[size - i].clone()));
                        best.push(if least { all.min() } else { all.max() }.unwrap());
                    }
                    best[c as usize].clone()
                })
                .to_vec(),
            "pair" => [true, false].map(|least| self.halves(n, c, a, least, &mut BTreeMap::new())).to_vec(),
            other => panic!("{other}"),
        }
    }

    /// `c` terms among `size` positions.
    fn halves(
        &self,
        size: u64,
        c: u64,
        a: &Rational,
        least: bool,
        known: &mut BTreeMap<(u64, u64), Option<Rational>>,
    ) -> Option<Rational> {
        if size == 1 || c == 0 {
            return Some(if c == 0 { Rational::zero() } else { a.clone() });
        }
        if let Some(known) = known.get(&(size, c)) {
            return known.clone();
        }
        let (small, large) = (size / 2, size - size / 2);
        let mut all = Vec::new();
        for i in c.saturating_sub(large)..=c.min(small) {
            let parts = [(small, i), (large, c - i)].map(|(size, c)| self.halves(size, c, a, least, known));
            let [Some(x), Some(y)] = parts else { panic!("an infinite sum") };
            all.push(self.fl(&(x + y)));
        }
        let best = if least { all.into_iter().min() } else { all.into_iter().max() }.unwrap();
        known.insert((size, c), best.clone());
        best
    }

    /// The first count that is wrong, with its output.
    fn wrong(&self, order: &str, n: u64, counts: impl Iterator<Item = u64>) -> Option<(u64, Option<Rational>)> {
        if self.construction.contains("attend") {
            return (n > 1 && self.state(n) == self.state(n - 1)).then(|| (n, self.state(n)));
        }
        let a = self.term(order, n).unwrap();
        counts.filter(|c| (1..=n).contains(c)).find_map(|c| {
            let outputs = self.sums(order, n, c, &a).into_iter().map(|sum| self.tail(n, &sum));
            let two = self.construction == "mfe-histogram";
            let answer = if two { c.max(n - c) } else { c };
            let right = |y: &Option<Rational>| {
                two && c == n || y.as_ref().is_some_and(|y| (y - whole(answer)).abs() < ratio(1, 2))
            };
            outputs.into_iter().find(|y| !right(y)).map(|y| (c, y))
        })
    }
}

/// T2 with more than two tokens, by what each of them may have as its frequency.
struct Tokens<'a> {
    format: &'a Format,
    order: &'a str,
    n: u64,
    /// of each count, in any order those of all trees
    frequencies: Vec<BTreeSet<Rational>>,
}

impl<'a> Tokens<'a> {
    fn new(format: &'a Format, order: &'a str, n: u64) -> Self {
        let a = format.term(order, n).unwrap();
        let mut frequencies = vec![BTreeSet::from([Rational::zero()])];
        for c in 1..=n {
            let all = if order == "any" && c > 1 {
                let sums = |i: u64| {
                    let pairs = frequencies[i as usize].iter();
                    pairs.flat_map(|x| frequencies[(c - i) as usize].iter().map(move |y| x + y)).collect::<Vec<_>>()
                };
                (1..c).flat_map(sums).map(|sum| format.fl(&sum).unwrap()).collect()
            } else if order == "flash" {
                BTreeSet::from([format.fl(&(whole(c) / whole(n))).unwrap()])
            } else if c == 1 {
                BTreeSet::from([a.clone()])
            } else {
                format.sums(order, n, c, &a).into_iter().map(Option::unwrap).collect()
            };
            frequencies.push(all);
        }
        Self { format, order, n, frequencies }
    }

    /// What the sum of the tokens' frequencies may be.
    fn sums(&self, numbers: &[Rational]) -> BTreeSet<Rational> {
        let fl = |x: Rational| self.format.fl(&x).unwrap();
        let fl = &fl;
        match (self.order, numbers) {
            ("once", _) => BTreeSet::from([numbers.iter().sum()]),
            ("any", [_, _, ..]) => {
                let mut all = BTreeSet::new();
                for part in 1..(1u32 << numbers.len()) - 1 {
                    let of = |inside: bool| {
                        let kept = numbers.iter().enumerate().filter(|(i, _)| (part >> i & 1 == 1) == inside);
                        self.sums(&kept.map(|(_, x)| x.clone()).collect::<Vec<_>>())
                    };
                    let (left, right) = (of(true), of(false));
                    all.extend(left.iter().flat_map(|x| right.iter().map(move |y| fl(x + y))));
                }
                all
            }
            _ => BTreeSet::from([numbers.iter().fold(Rational::zero(), |sum, x| fl(sum + x))]),
        }
    }

    fn outputs(&self, frequencies: &[Rational]) -> Vec<Option<Rational>> {
        let positive = |x: Rational| self.format.fl(&if x.is_negative() { Rational::zero() } else { x }).unwrap();
        let sums = self.sums(frequencies).into_iter();
        sums.map(|sum| {
            let mut numbers = frequencies.to_vec();
            numbers.push(positive(Rational::one() - sum));
            while numbers.len() > 1 {
                let game = |pair: &[Rational]| match pair {
                    [a, b] => self.format.fl(&(b + positive(a - b))).unwrap(),
                    odd => odd[0].clone(),
                };
                numbers = numbers.chunks(2).map(game).collect();
            }
            self.format.fl(&(whole(self.n) * &numbers[0]))
        })
        .collect()
    }

    /// The outputs of an input that are wrong.
    fn wrong(&self, counts: &[u64], query: usize) -> Vec<Option<Rational>> {
        let mut all = vec![Vec::new()];
        for (j, count) in counts.iter().enumerate() {
            let zero = BTreeSet::from([Rational::zero()]);
            let values = if j == query { &zero } else { &self.frequencies[*count as usize] };
            let longer = |known: &Vec<Rational>| {
                let longer = |x: &Rational| known.iter().cloned().chain([x.clone()]).collect::<Vec<_>>();
                values.iter().map(longer).collect::<Vec<_>>()
            };
            all = all.iter().flat_map(longer).collect();
        }
        let answer = whole(*counts.iter().max().unwrap());
        let right = |y: &Option<Rational>| y.as_ref().is_some_and(|y| (y - &answer).abs() < ratio(1, 2));
        all.iter().flat_map(|numbers| self.outputs(numbers)).filter(|y| !right(y)).collect()
    }
}

/// All count vectors.
fn vectors(n: u64, m: usize) -> Vec<Vec<u64>> {
    if m == 1 {
        return vec![vec![n]];
    }
    let longer = |first: u64| {
        vectors(n - first, m - 1).into_iter().map(move |rest| [vec![first], rest].concat()).collect::<Vec<_>>()
    };
    (0..=n).flat_map(longer).collect()
}

fn more_tokens(format: &Format, params: &Value) -> bool {
    let (order, m, largest) = (params["order"].as_str().unwrap(), count(&params["m"]), count(&params["largest_n"]));
    if !(3..=12).contains(&m) || order == "pair" || format.construction != "mfe-histogram" || largest > 8 {
        return false;
    }
    let all_right = |n: u64| {
        let tokens = Tokens::new(format, order, n);
        let right = |counts: &Vec<u64>| (0..counts.len()).all(|q| counts[q] == 0 || tokens.wrong(counts, q).is_empty());
        vectors(n, m as usize).iter().all(right)
    };
    let fails = &params["fails_at"];
    (1..=largest).all(all_right)
        && (fails.is_null() || {
            let counts: Vec<u64> = fails["counts"].as_array().unwrap().iter().map(count).collect();
            let (n, query) = (count(&fails["n"]), count(&fails["query"]) as usize);
            let output = fails["output"].as_str().map(|_| rational(&fails["output"]));
            n == largest + 1
                && counts.iter().sum::<u64>() == n
                && counts.len() as u64 == m
                && counts.get(query).is_some_and(|count| *count > 0)
                && count(&fails["count"]) == *counts.iter().max().unwrap()
                && Tokens::new(format, order, n).wrong(&counts, query).contains(&output)
        })
}

pub fn machine_numbers(params: &Value, data: &Value) -> bool {
    let [p, emin, emax] =
        ["precision", "emin", "emax"].map(|name| params["format"][name].as_str().unwrap().parse().unwrap());
    let construction = params["construction"].as_str().unwrap().to_owned();
    let attends = construction.contains("attend");
    let format = Format { construction, p, emin, emax };
    if !params["m"].is_null() {
        return more_tokens(&format, params);
    }
    let (order, largest) = (params["order"].as_str().unwrap(), count(&params["largest_n"]));
    let all = |n: &u64| format.wrong(order, *n, 1..=*n).is_none();
    let near = |n: &u64| format.wrong(order, *n, (0..4).flat_map(|i| [n - i, n / 2 + i, n * 5 / 8 + i])).is_none();
    if !(1..=largest.min(ALL)).all(|n| all(&n)) || !(ALL.max(largest.saturating_sub(2))..=largest).all(|n| near(&n)) {
        return false;
    }
    let fails = &params["fails_at"];
    if fails.is_null() {
        return data["splits"] == serde_json::json!([]);
    }
    let (n, c) = (count(&fails["n"]), count(&fails["count"]));
    let output = fails["output"].as_str().map(|_| rational(&fails["output"]));
    let start = if n <= ALL { 1 } else { c };
    n == largest + 1 && format.wrong(order, n, start..=c) == Some((c, output.clone())) && {
        let mut trees = BTreeMap::from([(1, format.term(order, n))]);
        for split in data["splits"].as_array().unwrap() {
            let [size, part] = [0, 1].map(|i| count(&split[i]));
            let sum = trees[&part].clone().unwrap() + trees[&(size - part)].clone().unwrap();
            trees.insert(size, format.fl(&sum));
        }
        order != "any" || attends || format.tail(n, &trees[&c]) == output
    }
}

pub fn least_precision(params: &Value, data: &Value) -> bool {
    let (n, precision) = (count(&params["n"]), count(&params["precision"]) as i64);
    let order = params["order"].as_str().unwrap();
    let format = |p: i64| {
        let construction = params["construction"].as_str().unwrap().to_owned();
        Format { construction, p, emin: -1022, emax: 1023 }
    };
    let fails_at: Vec<u64> = data["fails_at"].as_array().unwrap().iter().map(count).collect();
    let fewer = fails_at.len() as i64 == precision - 2
        && (2..).zip(&fails_at).all(|(p, &at)| (1..=n).contains(&at) && format(p).wrong(order, at, 1..=at).is_some());
    (2..=53).contains(&precision)
        && n <= ALL
        && fewer
        && (1..=n).all(|n| format(precision).wrong(order, n, 1..=n).is_none())
}
