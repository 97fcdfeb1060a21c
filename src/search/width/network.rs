//! Networks of one scalar input, as the searches make and evaluate them.

use crate::kernel::definition::{ScalarNetwork, ScalarUnit};
use crate::kernel::number::{Rational, integer};
use num_traits::{Signed, Zero};

/// Values, and networks through given points.
///
/// ```
/// use counterproof::kernel::definition::ScalarNetwork;
/// use counterproof::kernel::number::{integer, ratio};
/// use counterproof::search::width::ScalarFunction;
///
/// // 1/x through three points, one kink
/// let points = [1, 2, 3].map(|k| (ratio(1, k), integer(k)));
/// let ascending: Vec<_> = points.into_iter().rev().collect();
/// let network = ScalarNetwork::interpolating(&ascending);
/// assert_eq!(network.width(), 1);
/// assert_eq!(network.value(&ratio(1, 2)), integer(2));
/// assert_eq!(network.value(&ratio(3, 4)), ratio(3, 2));
/// ```
pub trait ScalarFunction: Sized {
    /// `N(x)`
    #[must_use]
    fn value(&self, x: &Rational) -> Rational;

    /// The network that interpolates `(x_0, y_0), .., (x_k, y_k)` linearly, `x` strictly increasing:
    /// one unit for each inner point at which the slope changes, constant slope outside.
    ///
    /// With a single point the network is that constant plus the slope -1 through it.
    #[must_use]
    fn interpolating(points: &[(Rational, Rational)]) -> Self;
}

impl ScalarFunction for ScalarNetwork {
    fn value(&self, x: &Rational) -> Rational {
        let affine = &self.alpha.0 * x + &self.beta.0;
        self.units.iter().fold(affine, |sum, unit| {
            let inner = &unit.w.0 * x + &unit.b.0;
            if inner.is_positive() { sum + &unit.a.0 * inner } else { sum }
        })
    }

    fn interpolating(points: &[(Rational, Rational)]) -> Self {
        let slope = |left: &(Rational, Rational), right: &(Rational, Rational)| {
            (&right.1 - &left.1) / (&right.0 - &left.0)
        };
        let (alpha, anchor) = match points {
            [] => (Rational::zero(), (Rational::zero(), Rational::zero())),
            [only] => (-integer(1), only.clone()),
            [first, second, ..] => (slope(first, second), first.clone()),
        };
        let mut previous = alpha.clone();
        let mut units = Vec::new();
        for pair in points.windows(2).skip(1) {
            let [left, right] = pair else { continue };
            let next = slope(left, right);
            let change = &next - &previous;
            if !change.is_zero() {
                units.push(ScalarUnit {
                    a: change.into(),
                    w: integer(1).into(),
                    b: (-left.0.clone()).into(),
                });
            }
            previous = next;
        }
        let beta = &anchor.1 - &alpha * &anchor.0;
        Self { alpha: alpha.into(), beta: beta.into(), units }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::number::{integer, ratio};

    #[test]
    fn an_interpolant_meets_its_points_and_is_straight_between() {
        let points: Vec<_> = (1..=5).rev().map(|k| (ratio(1, k), integer(k))).collect();
        let network = ScalarNetwork::interpolating(&points);
        assert_eq!(network.width(), 3);
        for (x, y) in &points {
            assert_eq!(&network.value(x), y);
        }
        for pair in points.windows(2) {
            let middle = (&pair[0].0 + &pair[1].0) / integer(2);
            assert_eq!(network.value(&middle), (&pair[0].1 + &pair[1].1) / integer(2));
        }
        assert_eq!(ScalarNetwork::interpolating(&points[..1]).value(&ratio(1, 5)), integer(5));
    }
}
