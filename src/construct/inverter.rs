//! Networks that invert: `N(1/k) = k` within a tolerance, for the MLP of T3 (statement T6).

use crate::kernel::definition::ScalarNetwork;
use crate::kernel::number::{Rational, integer, ratio};
use crate::search::width::ScalarFunction;
use num_traits::One;

/// The interpolant of `1/x` on `cells` equal cells of `[1/n, 1]`; width `cells - 1`.
///
/// With `n^2` cells it is within `1/2` of `1/x` on the whole interval (the paper's MLP "of width `n^2`").
/// It is convex and decreasing, and never below `1/x` there.
///
/// ```
/// use counterproof::construct::inverter::grid;
/// use counterproof::kernel::number::{integer, ratio};
/// use counterproof::search::width::ScalarFunction;
///
/// // three cells are enough at n = 4, though n^2 = 16
/// let network = grid(4, 3);
/// assert_eq!(network.width(), 2);
/// for k in 1..=4 {
///     assert!(network.value(&ratio(1, k)) - integer(k) <= ratio(1, 2));
/// }
/// ```
#[must_use]
pub fn grid(n: u64, cells: u64) -> ScalarNetwork {
    if n <= 1 || cells == 0 {
        return ScalarNetwork::interpolating(&[(Rational::one(), Rational::one())]);
    }
    let start = Rational::new(1.into(), n.into());
    let step = (integer(1) - &start) / integer(cells);
    let points: Vec<(Rational, Rational)> = (0..=cells)
        .map(|i| &start + &step * integer(i))
        .map(|x| (x.clone(), ratio(1, 1) / x))
        .collect();
    ScalarNetwork::interpolating(&points)
}
