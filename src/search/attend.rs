//! T3: the error over each count's interval, and the least integer base that makes it small enough.
//!
//! With `c_q = k` the MLP's input is `x = 1 / (k + delta)`, `delta` between `(n - k) min_j B^{-g_j}` and
//! `(n - k) max_j B^{-g_j}`; both ends are inputs (all other tokens equal). The error of a piecewise-linear
//! inverter on that interval is largest at an end or at a kink. The intervals shrink as `B` grows, so the set of
//! sufficient bases is closed upwards and bisection finds the least one.

use super::control::{Control, Stopped};
use crate::kernel::definition::{ScalarNetwork, ScalarUnit, Token};
use crate::kernel::number::{Rational, integer};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// A network of one input as its straight pieces, for evaluation by bisection.
#[derive(Debug, Clone)]
pub struct Piecewise {
    /// `(x, N(x))` at the kinks, `x` ascending
    kinks: Vec<(Rational, Rational)>,
    /// `(slope, intercept)` of the pieces: before the first kink, between kinks, after the last
    pieces: Vec<(Rational, Rational)>,
}

impl Piecewise {
    #[must_use]
    pub fn new(network: &ScalarNetwork) -> Self {
        // far to the left the units with w < 0 are on; each kink switches one unit
        let mut slope = network.alpha.0.clone();
        let mut intercept = network.beta.0.clone();
        let mut switches = Vec::with_capacity(network.width());
        for ScalarUnit { a, w, b } in &network.units {
            let (rise, offset) = (&a.0 * &w.0, &a.0 * &b.0);
            if w.0.is_zero() {
                intercept += if b.0.is_positive() { offset } else { Rational::zero() };
                continue;
            }
            if w.0.is_negative() {
                slope += &rise;
                intercept += &offset;
            }
            let sign = w.0.signum();
            switches.push((-&b.0 / &w.0, rise * &sign, offset * &sign));
        }
        switches.sort();
        let mut kinks: Vec<(Rational, Rational)> = Vec::with_capacity(switches.len());
        let mut pieces = vec![(slope.clone(), intercept.clone())];
        for (x, rise, offset) in switches {
            slope += rise;
            intercept += offset;
            match (kinks.last(), pieces.last_mut()) {
                (Some((last, _)), Some(piece)) if *last == x => {
                    *piece = (slope.clone(), intercept.clone());
                }
                _ => {
                    kinks.push((x.clone(), &slope * x + &intercept));
                    pieces.push((slope.clone(), intercept.clone()));
                }
            }
        }
        Self { kinks, pieces }
    }

    /// `N(x)`
    #[must_use]
    pub fn value(&self, x: &Rational) -> Rational {
        let (slope, intercept) = &self.pieces[self.kinks.partition_point(|(kink, _)| kink <= x)];
        slope * x + intercept
    }

    /// Whether `N` does not grow on `[low, high]`.
    #[must_use]
    pub fn does_not_grow(&self, low: &Rational, high: &Rational) -> bool {
        let first = self.kinks.partition_point(|(x, _)| x <= low);
        let last = self.kinks.partition_point(|(x, _)| x < high).max(first);
        self.pieces[first..=last].iter().all(|(slope, _)| !slope.is_positive())
    }

    /// The largest `|N(x) - target|` for `low <= x <= high`.
    #[must_use]
    pub fn largest_error(&self, low: &Rational, high: &Rational, target: &Rational) -> Rational {
        let first = self.kinks.partition_point(|(x, _)| x <= low);
        let last = self.kinks.partition_point(|(x, _)| x < high).max(first);
        let inner = self.kinks[first..last].iter().map(|(_, y)| y.clone());
        inner
            .chain([self.value(low), self.value(high)])
            .map(|y| (y - target).abs())
            .max()
            .unwrap_or_else(Rational::zero)
    }
}

/// The score gaps that occur from one query to the other tokens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gaps {
    pub query: Token,
    /// the token with the least gap, and the gap
    pub nearest: (Token, u32),
    /// the largest gap
    pub farthest: u32,
}

/// The gaps `2 * (digits that differ)` of the binary codes, one entry for each distinct pair of extremes.
#[must_use]
pub fn code_gaps(m: usize) -> Vec<Gaps> {
    let mut found: Vec<Gaps> = Vec::new();
    for query in 0..m {
        let others = (0..m).filter(|&j| j != query).map(|j| (2 * (j ^ query).count_ones(), j));
        let (Some((gap, nearest)), Some((farthest, _))) = (others.clone().min(), others.max())
        else {
            continue;
        };
        if !found.iter().any(|g| g.nearest.1 == gap && g.farthest == farthest) {
            found.push(Gaps { query: Token(query), nearest: (Token(nearest), gap), farthest });
        }
    }
    found
}

/// An input at an end of an interval: `count` times the query, the rest the nearest other token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorstInput {
    pub query: Token,
    pub count: u64,
    pub other: Token,
}

/// The largest error over the intervals of all counts at length `n`, and the input of the interval it is in.
///
/// # Errors
/// [`Stopped`] when a limit was hit.
pub fn largest_error(
    inverter: &Piecewise,
    gaps: &[Gaps],
    n: u64,
    base: &Rational,
    control: &Control,
) -> Result<(Rational, WorstInput), Stopped> {
    let mut worst = (Rational::zero(), WorstInput { query: Token(0), count: n, other: Token(0) });
    for count in 1..=n {
        control.go_on()?;
        let target = integer(count);
        let at = |gap: u32| {
            let power = num_traits::pow(base.clone(), gap as usize);
            Rational::one() / (&target + integer(n - count) / power)
        };
        if gaps.is_empty() && count == n {
            let one = target.recip();
            worst.0 = inverter.largest_error(&one, &one, &target);
        }
        for Gaps { query, nearest: (other, gap), farthest } in gaps {
            let error = inverter.largest_error(&at(*gap), &at(*farthest), &target);
            if error > worst.0 {
                worst = (error, WorstInput { query: *query, count, other: *other });
            }
        }
    }
    Ok(worst)
}

/// The least integer base `B >= 2` for which the largest error is below 1/2, or `None` when no base up to
/// `2^64` is enough.
///
/// # Errors
/// [`Stopped`] when a limit was hit.
///
/// ```
/// use counterproof::construct::inverter;
/// use counterproof::search::attend::{Piecewise, code_gaps, least_base};
/// use counterproof::search::control::Control;
///
/// // T3 at n = 12, m = 8
/// let inverter = Piecewise::new(&inverter::grid(12, 144));
/// let base = least_base(&inverter, &code_gaps(8), 12, &Control::default())?;
/// assert_eq!(base, Some(5.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn least_base(
    inverter: &Piecewise,
    gaps: &[Gaps],
    n: u64,
    control: &Control,
) -> Result<Option<BigInt>, Stopped> {
    let half = Rational::new(1.into(), 2.into());
    let enough = |base: &BigInt| {
        largest_error(inverter, gaps, n, &integer(base.clone()), control)
            .map(|(error, _)| error < half)
    };
    let mut low = BigInt::one(); // never enough: softmax needs a base above 1
    let mut high = BigInt::from(2);
    while !enough(&high)? {
        if high.bits() > 64 {
            return Ok(None);
        }
        low.clone_from(&high);
        high *= 2;
    }
    while &high - &low > BigInt::one() {
        let middle: BigInt = (&low + &high) / 2;
        if enough(&middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(Some(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::number::ratio;
    use crate::search::width::ScalarFunction;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_are_the_network(
            units in proptest::collection::vec((-3i64..=3, -3i64..=3, -3i64..=3), 0..6),
            at in (-20i64..=20, 1i64..=6),
        ) {
            let text = |x: i64| integer(x).into();
            let unit = |(a, w, b)| ScalarUnit { a: text(a), w: text(w), b: text(b) };
            let units = units.into_iter().map(unit).collect();
            let network = ScalarNetwork { alpha: text(2), beta: text(-1), units };
            let piecewise = Piecewise::new(&network);
            let x = ratio(at.0, at.1);
            prop_assert_eq!(piecewise.value(&x), network.value(&x));
            for (x, y) in &piecewise.kinks {
                prop_assert_eq!(y, &network.value(x));
            }
        }
    }
}
