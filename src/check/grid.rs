//! The least number of equal cells whose interpolant `f` of `1/x` is within `t = epsilon - leak` on `[1/(n + leak), 1]`.
//!
//! On a cell `[u, v]` with `A = 1/u`, `B = 1/v` the excess is `f(x) - 1/x = A + B - ABx - 1/x`, so `f(x) - 1/x <= t` there iff
//! `ABx^2 - (A + B - t)x + 1 >= 0`; this holds for all `x > 0` iff `A + B <= t` or `(A + B - t)^2 <= 4AB`, and in general the largest excess is
//! `(sqrt A - sqrt B)^2`, taken inside the cell. Since `x^{-1/2}` is convex and decreasing, `sqrt A - sqrt B` is largest for
//! the first of several cells of one length: the first cell decides. That one cell fewer is not enough is
//! seen at one point. A grid is not made worse by more cells (its first cell shrinks), so the number is the least.
//! At a node the excess is 0, and between nodes it is positive: with `t <= 0` there is no grid, except `t = 0` on a single point.

use super::{Rejection, wrong};
use crate::cert::{GridEvidence, InverseWidthParams};
use crate::exact::{Rational, integer};
use num_traits::{Signed, Zero};

pub(super) fn check(params: &InverseWidthParams, data: &GridEvidence) -> Result<(), Rejection> {
    let place = "data.inverse-width.grid";
    let start = (integer(params.n) + &params.leak.0).recip();
    let tolerance = &params.epsilon.0 - &params.leak.0;
    let point = start == integer(1);
    let hopeless = tolerance.is_negative() || (tolerance.is_zero() && (params.strict || !point));
    let beyond = |excess: &Rational| *excess > tolerance || (params.strict && *excess == tolerance);
    let Some(cells) = params.w_grid else {
        return match (&data.fails_at, hopeless) {
            (None, true) => Ok(()),
            (Some(x), _) => Err(wrong(format!("{place}.fails_at"), "null without a grid", x)),
            (_, false) => Err(wrong("params.w_grid", "a number of cells", "null")),
        };
    };
    if hopeless || cells == 0 {
        return Err(wrong("params.w_grid", "null or at least 1", cells));
    }
    let length = |cells: u64| (integer(1) - &start) / integer(cells);
    let (a, b) = (start.recip(), (&start + length(cells)).recip());
    let over = &a + &b - &tolerance;
    let (square, bound) = (&over * &over, integer(4) * a * b);
    let enough = if params.strict {
        over.is_negative() || square < bound
    } else {
        !over.is_positive() || square <= bound
    };
    if !enough {
        return Err(wrong("params.w_grid", "enough cells", cells));
    }
    match (&data.fails_at, cells) {
        (None, 1) => Ok(()),
        (None, _) => Err(wrong(format!("{place}.fails_at"), "a point", "null")),
        (Some(x), 1) => Err(wrong(format!("{place}.fails_at"), "null for one cell", x)),
        (Some(x), _) => {
            let x = &x.0;
            if *x < start || *x > integer(1) {
                return Err(wrong(format!("{place}.fails_at"), format!("in [{start}, 1]"), x));
            }
            // the cell that x is in, on the grid of one cell fewer
            let length = length(cells - 1);
            let index = ((x - &start) / &length).floor();
            let u = &start + &index * &length;
            let v = &u + &length;
            let excess = (&u + &v - x) / (&u * &v) - x.recip();
            if beyond(&excess) {
                Ok(())
            } else {
                Err(wrong(format!("{place}.fails_at"), "a point out of tolerance", x))
            }
        }
    }
}
