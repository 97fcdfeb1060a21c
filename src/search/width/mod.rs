//! T6: the least width of a network of one input that stays within tolerance, and a proof that it is least.
//!
//! `N(x) = alpha x + beta + sum_{i <= W} a_i ReLU(w_i x + b_i)` is any continuous piecewise-linear function with at most
//! `W` kinks. It has to meet *lower ends* `N(x_i) >= lo_i` and *upper ends* `N(x'_j) <= hi_j`; for the inverse these are
//! `(1/k, k - eps)` and `(1/(k + delta), k + eps)`. A *triple* is a lower end, an upper end and a lower end, in ascending
//! order of `x`, such that the chord of the lower ends passes above the upper end (strictly; at or above it when the
//! tolerance is strict). No line meets all three.
//!
//! **Theorem (ours).** Let the upper ends be in convex position, `F` their interpolant, and `lo_i <= F(x_i)`. Then the
//! least width equals the largest number of triples whose open intervals between first and last point are disjoint.
//!
//! *At least.* A function without a kink strictly between two points is a line there, and no line meets a triple. So each
//! triple's open interval holds a kink of its own. (This needs no convexity.)
//!
//! *At most.* Cut the lower ends greedily, from the left, into blocks: a block ends before the first lower end with which
//! it would contain a triple. That lower end begins the next block and may be the last point of a triple that begins with
//! the block, so `T + 1` blocks come with `T` interior-disjoint triples. Each block is met by a line: the constraints
//! `lo_i <= L`, `L <= hi_j` on it are half planes of the (slope, intercept) plane, and by Helly's theorem they have a common
//! point when each three do; two upper ends and a lower end, or three of a side, always do (for `hi, lo, hi` because
//! `lo <= F`), and `lo, hi, lo` do unless they are a triple. Some such line is below `F` *everywhere*: raise `L` until it
//! touches an upper end at `x'` (or `F` at an end of the block); if it crosses `F` further on, turn it about the
//! touching point, away from the crossing and towards a line that supports `F` there. While it turns it grows on the
//! side where the block's lower ends are, so they stay met. Now take `N`, the maximum of the `T + 1` lines. It is convex,
//! has at most `T` kinks, is at least `lo_i` because the line of the block of `i` is, and at most `F` because all lines are. ∎
//!
//! The theorem is about data, not about `1/x`: a convex function with a constant tolerance satisfies the hypotheses.
//! Without convexity it fails: through `(1,0), (2,0), (3,1), (4,1)` with tolerance 0 the largest number of
//! interior-disjoint triples that no line meets is 1, and two kinks are needed (with one, left and right of it would lie on
//! the parallel lines `y = 0` and `y = 1`). See also `docs/inverse-width.md`.
//!
//! | module | holds |
//! |---|---|
//! | [`point`] | exact predicates on machine words, big integers where those overflow |
//! | [`tunnel`] | lower and upper ends: [`Reciprocal`], [`Sampled`] |
//! | [`greedy`] | blocks and triples; the quadratic reference |
//! | [`lines`] | the line of a block, the maximum of lines, networks |
//! | [`slope`] | the least total slope |
//! | [`grid`] | the least number of equal cells |
//! | [`depth`] | two hidden layers |
//! | [`invert`] | the narrow and the unit-weight inverter of T3 |

pub mod depth;
pub mod greedy;
pub mod grid;
pub mod invert;
pub mod lines;
mod network;
pub mod point;
pub mod slope;
pub mod tunnel;

#[cfg(test)]
mod tests;

pub use greedy::{Block, Triple};
pub use lines::Line;
pub use network::ScalarFunction;
pub use tunnel::{Reciprocal, Sampled, Tunnel};

use super::control::{Control, Stopped};
use crate::kernel::definition::ScalarNetwork;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error("the tolerance intervals are not those of a convex function: {0}")]
    NotConvex(String),
    #[error("{what}: expected at most {limit}, found {found}")]
    TooLarge { what: &'static str, limit: u64, found: String },
    #[error("lower and upper bound do not meet: {0}")]
    Gap(String),
}

/// More kinks than this are not written down.
pub const MAX_UNITS: usize = 1 << 18;

/// A narrowest network and the triples that no narrower one meets; as many as it has units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrowest {
    pub network: ScalarNetwork,
    pub triples: Vec<Triple>,
    pub blocks: Vec<Block>,
    /// the line of each block
    pub lines: Vec<Line>,
}

/// The least width through `tunnel`, both ways.
///
/// # Errors
/// [`Error`] when a limit is hit or the bounds do not meet, which the theorem excludes for convex data.
///
/// ```
/// use counterproof::kernel::number::{integer, ratio};
/// use counterproof::search::control::Control;
/// use counterproof::search::width::{Reciprocal, ScalarFunction, narrowest};
///
/// // T6: inverting 1/k within 1/2 for k = 1..16 takes two units, and as many triples say why
/// let tunnel = Reciprocal::new(16, &ratio(1, 2), &integer(0), false)?;
/// let found = narrowest(&tunnel, false, &Control::default())?;
/// assert_eq!((found.network.width(), found.triples.len()), (2, 2));
/// let error = found.network.value(&ratio(1, 9)) - integer(9);
/// assert!(-ratio(1, 2) <= error && error <= ratio(1, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn narrowest(
    tunnel: &impl Tunnel,
    strict: bool,
    control: &Control,
) -> Result<Narrowest, Error> {
    let (blocks, triples) = greedy::cut(tunnel, strict, 0, control)?;
    let lines = lines::of_blocks(tunnel, strict, &blocks, control)?;
    let network = lines::right_network(&lines::envelope(&lines));
    if network.width() > triples.len() {
        let found = format!("{} kinks, {} triples", network.width(), triples.len());
        return Err(Error::Gap(found));
    }
    Ok(Narrowest { network, triples, blocks, lines })
}
