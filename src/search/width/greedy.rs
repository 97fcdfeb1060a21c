//! Blocks of lower ends that one line can meet, and the triples between them.
//!
//! The chord of the lower ends of a block lies above their convex curve, and the higher the longer the block is; so
//! a block holds a triple iff its first and last lower end make one, and once it does every longer block does. Its height
//! above the upper ends is concave along them, so the best middle point is found by bisection. Both searches together
//! take `O(log^2)` signs a block: less than linear when blocks are long.

use super::tunnel::{Tunnel, rises, side};
use super::{Error, MAX_UNITS, point};
use crate::search::control::Control;
use std::cmp::Ordering;

/// Lower ends `first..=last`, which one line meets together with the upper ends between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    pub first: usize,
    pub last: usize,
}

/// Lower end `left`, upper end `middle`, lower end `right`: no line meets the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Triple {
    pub left: usize,
    pub middle: usize,
    pub right: usize,
}

/// Whether an upper end that is `side` of a chord makes it a triple.
fn stops(side: Ordering, strict: bool) -> bool {
    side == Ordering::Less || (strict && side == Ordering::Equal)
}

/// An upper end that makes a triple with lower ends `left < right`, if there is one.
pub fn obstacle(tunnel: &impl Tunnel, strict: bool, left: usize, right: usize) -> Option<usize> {
    let range = tunnel.between(left, right);
    if range.is_empty() {
        return None;
    }
    let lowest = point::first(range.start..range.end - 1, |j| rises(tunnel, left, right, j));
    stops(side(tunnel, left, right, lowest), strict).then_some(lowest)
}

/// The blocks from lower end `start` on, each as long as can be, and a triple for each but the last.
///
/// # Errors
/// [`Error::Stopped`], or [`Error::TooLarge`] when there are more than [`MAX_UNITS`] triples.
pub fn cut(
    tunnel: &impl Tunnel,
    strict: bool,
    start: usize,
    control: &Control,
) -> Result<(Vec<Block>, Vec<Triple>), Error> {
    let (mut blocks, mut triples) = (Vec::new(), Vec::new());
    let end = tunnel.lowers();
    let mut first = start;
    while first < end {
        control.go_on()?;
        let (last, found) = longest(tunnel, strict, first, end);
        blocks.push(Block { first, last });
        let Some(middle) = found else { break };
        triples.push(Triple { left: first, middle, right: last + 1 });
        if triples.len() > MAX_UNITS {
            let found = format!("more, up to lower end {last} of {end}");
            return Err(Error::TooLarge { what: "kinks", limit: MAX_UNITS as u64, found });
        }
        first = last + 1;
    }
    Ok((blocks, triples))
}

/// The last lower end of the longest block from `first`, and the upper end that stops the next.
fn longest(tunnel: &impl Tunnel, strict: bool, first: usize, end: usize) -> (usize, Option<usize>) {
    let mut good = first;
    let mut step = 1;
    // gallop, then bisect between the last good and the first bad end
    let (mut bad, mut middle) = loop {
        let next = (first + step).min(end - 1);
        if next == good {
            return (good, None);
        }
        match obstacle(tunnel, strict, first, next) {
            None => good = next,
            Some(middle) => break (next, middle),
        }
        step *= 2;
    };
    while bad - good > 1 {
        let next = good + (bad - good) / 2;
        match obstacle(tunnel, strict, first, next) {
            None => good = next,
            Some(found) => (bad, middle) = (next, found),
        }
    }
    (good, Some(middle))
}

/// The same blocks and triples by looking at every pair of ends and every middle point: the reference for
/// tests and benchmarks, quadratic in the length of a block (and so in `n` when the tolerance is large).
#[must_use]
pub fn cut_by_definition(tunnel: &impl Tunnel, strict: bool) -> (Vec<Block>, usize) {
    let (mut blocks, mut triples) = (Vec::new(), 0);
    let end = tunnel.lowers();
    let mut first = 0;
    while first < end {
        let stopped = |&last: &usize| {
            (first..last).any(|left| {
                tunnel.between(left, last).any(|j| stops(side(tunnel, left, last, j), strict))
            })
        };
        let next = (first + 1..end).find(stopped);
        blocks.push(Block { first, last: next.map_or(end, |next| next) - 1 });
        let Some(next) = next else { break };
        triples += 1;
        first = next;
    }
    (blocks, triples)
}
