//! The least number of equal cells of `[1/n, 1]` whose interpolant of `1/x` is within tolerance on the whole interval.
//!
//! On a cell `[u, v]` the interpolant exceeds `1/x` by `1/u + 1/v - x/(uv) - 1/x`, largest at `x = sqrt(uv)`, where it is
//! `(u^{-1/2} - v^{-1/2})^2`. Among cells of equal length the first is the worst, since `x^{-1/2}` is convex and decreasing. So with
//! `A = 1/u`, `B = 1/v` for the first cell everything is within `t` iff `A + B - t <= 2 sqrt(AB)`, that is iff
//! `A + B <= t` or `(A + B - t)^2 <= 4AB`: a comparison of rationals. It is monotone in the number of cells, which bisection
//! therefore finds. Asymptotically `n^{3/2} / (2 sqrt t)`.
//!
//! With inputs `x` in `[1/(k + delta), 1/k]` the interval begins at `1/(n + delta)` and the tolerance is `t = eps - delta`:
//! there `|f(x) - k| <= (f(x) - 1/x) + (1/x - k) <= eps`.

use super::Error;
use crate::kernel::number::{Rational, integer};
use num_traits::{One, Signed, Zero};

/// The least number of cells, and what one fewer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    /// `None` when no number of cells is enough
    pub least: Option<u64>,
    /// a point at which the interpolant on one cell fewer is out of tolerance
    pub fails_at: Option<Rational>,
}

/// Largest number of cells that is told.
const MAX_CELLS: u64 = 1 << 53;

/// # Errors
/// [`Error::TooLarge`] when more than 2^53 cells are needed.
pub fn least_cells(n: u64, eps: &Rational, leak: &Rational, strict: bool) -> Result<Cells, Error> {
    let top = integer(n) + leak;
    let tolerance = eps - leak;
    let bent = !(&top - integer(1)).is_zero();
    if tolerance.is_negative() || (tolerance.is_zero() && (strict || bent)) {
        return Ok(Cells { least: None, fails_at: None });
    }
    let ends = |cells: u64| {
        // the first cell [1/A, 1/B]
        let u = top.recip();
        let v = &u + (integer(1) - &u) / integer(cells);
        (top.clone(), v.recip())
    };
    let enough = |cells: u64| {
        let (a, b) = ends(cells);
        let over = &a + &b - &tolerance;
        let (left, right) = (&over * &over, integer(4) * a * b);
        if strict {
            over.is_negative() || left < right
        } else {
            !over.is_positive() || left <= right
        }
    };
    let mut high = 1;
    while !enough(high) {
        if high >= MAX_CELLS {
            let found = "more".to_owned();
            return Err(Error::TooLarge { what: "cells of the grid", limit: MAX_CELLS, found });
        }
        high *= 2;
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = u64::midpoint(low, high);
        if enough(middle) { high = middle } else { low = middle }
    }
    if low == 0 {
        return Ok(Cells { least: Some(1), fails_at: None });
    }
    let (a, b) = ends(low);
    Ok(Cells { least: Some(high), fails_at: Some(outside(&a, &b, &tolerance, strict)) })
}

/// A rational in `[1/a, 1/b]` where `a + b - ab x - 1/x` is out of tolerance, close to `1/sqrt(ab)`.
fn outside(a: &Rational, b: &Rational, tolerance: &Rational, strict: bool) -> Rational {
    let product = a * b;
    let mut digits = 8u64;
    loop {
        // sqrt(p/q) = sqrt(p q)/q, to `digits` binary digits
        let shift = Rational::from_integer(num_traits::pow(4.into(), digits as usize));
        let scaled = (&product * &shift).floor().to_integer().sqrt();
        let root = Rational::new(scaled, num_traits::pow(2.into(), digits as usize));
        let exact =
            Rational::new((product.numer() * product.denom()).sqrt(), product.denom().clone());
        for root in [root, exact] {
            if root.is_zero() {
                continue;
            }
            let x = root.recip();
            let error = a + b - &product * &x - Rational::one() / &x;
            if error > *tolerance || (strict && error == *tolerance) {
                return x;
            }
        }
        digits *= 2;
    }
}
