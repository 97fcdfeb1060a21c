//! Two hidden layers: an inverter of width about `sqrt(2 W)`, `W` being the least width with one. An upper bound only (ours).
//!
//! The blocks of the lower ends are dealt to `G` groups of at most `p` consecutive blocks. Between the last point of a group
//! and the first of the next nothing is asked, so two units of the first layer with kinks at these two points let any function
//! of the second layer be one line on the one group and any other line on the next:
//!
//! ```text
//! layer 1:  ReLU(x), ReLU(x - l_g), ReLU(x - r_g)      for each of the G - 1 gaps [l_g, r_g]: width 2G - 1
//! layer 2:  ReLU(C + first line of the group), ReLU(change of slope * (x - kink_i)), i < p: width p
//! y = sum of layer 2 - C
//! ```
//!
//! With `K` blocks, `G = ceil(K / p)`; the least `max(2G - 1, p)` is about `sqrt(2K)`, so `n^{1/4}` when `W` is `n^{1/2}`.

use super::lines::{Line, envelope};
use super::tunnel::Tunnel;
use super::{Block, Error};
use crate::kernel::definition::{Affine, Mlp};
use crate::kernel::number::{Matrix, Rational, RationalText, integer};
use num_traits::{One, Zero};

/// A network of one input, `[p]` and `[q]` units in its hidden layers; its output is all that counts (no residual).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwoLayers {
    pub mlp: Mlp,
    pub widths: [usize; 2],
}

/// Builds it from the blocks and the line of each.
///
/// # Errors
/// [`Error::Gap`] if the parts do not fit.
pub fn two_layers(
    tunnel: &impl Tunnel,
    blocks: &[Block],
    lines: &[Line],
) -> Result<TwoLayers, Error> {
    let pieces = blocks.len().max(1);
    let size = |groups: usize| (2 * groups - 1).max(pieces.div_ceil(groups));
    let groups = (1..=pieces).min_by_key(|&groups| (size(groups), groups)).unwrap_or(1);
    let share = pieces.div_ceil(groups);
    let groups: Vec<Group> = blocks
        .chunks(share)
        .zip(lines.chunks(share))
        .map(|(blocks, lines)| Group::new(tunnel, blocks, lines))
        .collect();
    let kinks: Vec<Rational> =
        groups.windows(2).flat_map(|pair| [pair[0].right.clone(), pair[1].left.clone()]).collect();
    let wrong = |error: crate::kernel::Rejection| Error::Gap(error.to_string());
    let mut first = vec![Rational::zero()];
    first.extend(kinks.iter().map(|kink| -kink));
    let layer_1 = Affine {
        weight: Matrix::from_rows(1, vec![vec![Rational::one()]; first.len()]).map_err(wrong)?,
        bias: texts(first),
    };
    // every second-layer unit is a line on each group, the first lifted so that it is positive there
    let lift = groups.iter().map(|group| -group.least()).max().unwrap_or_else(Rational::zero);
    let lift = lift.max(Rational::zero());
    let off = || Line { slope: Rational::zero(), intercept: -Rational::one() };
    let unit = |i: usize| -> (Vec<Rational>, Rational) {
        let line = |group: &Group| match i {
            0 => {
                let Line { slope, intercept } = &group.lines[0];
                Line { slope: slope.clone(), intercept: intercept + &lift }
            }
            _ => match group.lines.get(i - 1..=i) {
                Some([a, b]) => {
                    Line { slope: &b.slope - &a.slope, intercept: &b.intercept - &a.intercept }
                }
                _ => off(),
            },
        };
        let mut line_before = line(&groups[0]);
        let bias = line_before.intercept.clone();
        let mut weights = vec![line_before.slope.clone()];
        for pair in groups.windows(2) {
            let next = line(&pair[1]);
            let (l, r) = (&pair[0].right, &pair[1].left);
            let steep = (next.at(r) - line_before.at(l)) / (r - l);
            weights.push(&steep - &line_before.slope);
            weights.push(&next.slope - &steep);
            line_before = next;
        }
        (weights, bias)
    };
    let width = groups.iter().map(|group| group.lines.len()).max().unwrap_or(1);
    let (rows, biases): (Vec<_>, Vec<_>) = (0..width).map(unit).unzip();
    let layer_2 = Affine {
        weight: Matrix::from_rows(layer_1.bias.len(), rows).map_err(wrong)?,
        bias: texts(biases),
    };
    let output = Affine {
        weight: Matrix::from_rows(width, vec![vec![Rational::one(); width]]).map_err(wrong)?,
        bias: texts(vec![-lift]),
    };
    let widths = [layer_1.bias.len(), width];
    Ok(TwoLayers { mlp: Mlp { hidden: vec![layer_1, layer_2], output }, widths })
}

fn texts(values: Vec<Rational>) -> Vec<RationalText> {
    values.into_iter().map(RationalText).collect()
}

/// Consecutive blocks: their lines, and the interval that they have to be right on.
struct Group {
    lines: Vec<Line>,
    left: Rational,
    right: Rational,
}

impl Group {
    fn new(tunnel: &impl Tunnel, blocks: &[Block], lines: &[Line]) -> Self {
        let (first, last) = (blocks[0].first, blocks[blocks.len() - 1].last);
        let left = tunnel.lower(first).0;
        // the upper ends since the lower end before belong to this group
        let since = if first == 0 { 0 } else { tunnel.uppers_to(first - 1) };
        let upper = (since < tunnel.uppers()).then(|| tunnel.upper(since).0);
        let left = upper.map_or(left.clone(), |x| left.min(x));
        Self { lines: envelope(lines), left, right: tunnel.lower(last).0 }
    }

    /// The least value of the first line on the group, less a little so that the lift is positive.
    fn least(&self) -> Rational {
        let line = &self.lines[0];
        line.at(&self.left).min(line.at(&self.right)) - integer(1)
    }
}
