//! What all parts of a search begin with: a short vector, and how many coordinates say which part a node is of.
//!
//! A part is defined without the cuts ([`Subtrees`](crate::kernel::evidence::Subtrees)). The whole tree is visited for a while, for a short
//! vector anywhere saves every part most of its nodes; then its levels are counted from the top, down to the first one that has
//! many more nodes than there are parts. The nodes above are visited by every part. All of this depends on constants alone, so it comes out
//! alike for every part, on every machine.

use super::{Enumeration, Failure, Wanted};
use crate::kernel::evidence::Ball;
use crate::kernel::number::IntegerVector;
use crate::search::collision::whole::Whole;
use crate::search::collision::{Limits, Sought};
use crate::search::lattice::KernelLattice;

/// Nodes of the whole tree that every part visits for a short vector.
const VISITED: u64 = 4096;
/// Subtrees for each part.
const SUBTREES: u64 = 256;
/// No level is counted further.
const MOST: usize = 1 << 15;

/// What all parts begin with.
pub struct Common {
    /// the shortest vector that was seen
    pub vector: Option<IntegerVector>,
    /// how many coordinates say which part a node is of
    pub coordinates: usize,
    pub nodes: u64,
}

/// What `parts` parts of a search begin with, as [`enumerate`](super::enumerate()).
pub fn common<T: Whole>(
    lattice: &KernelLattice,
    sought: (Sought, Wanted<'_>),
    (ball, step): (&Ball, i64),
    (start, parts): (&IntegerVector, u64),
    limits: &Limits,
) -> Result<Common, Failure> {
    let mut search = Enumeration::<T>::new(lattice, sought, ball, step, limits)?;
    search.offer(&search.entries(start)?);
    let most = usize::try_from(parts.saturating_mul(SUBTREES)).unwrap_or(MOST).min(MOST);
    let found = search.run(&mut |nodes, _| nodes >= VISITED).and_then(|_| {
        search.waiting.clear();
        search.pause = u64::MAX;
        search.level_of(most)
    });
    let (vector, nodes) = (search.vector(), search.nodes);
    match found {
        Ok(coordinates) => Ok(Common { vector, coordinates, nodes }),
        Err(Failure::Search(error, _)) => Err(Failure::Search(error, vector)),
        Err(Failure::TooLarge) => Err(Failure::TooLarge),
    }
}

impl<T: Whole> Enumeration<'_, T> {
    /// The first number of coordinates that `nodes` nodes have, or that which most have.
    fn level_of(&mut self, nodes: usize) -> Result<usize, Failure> {
        let length = self.lattice.dimension();
        let mut lambda = vec![T::zero(); length];
        // the coordinates of nodes, from the last one down
        let mut level: Vec<Vec<T>> = vec![Vec::new()];
        let mut best = (1, 0);
        for fixed in 0..length {
            let mut next = Vec::new();
            for above in level {
                lambda.fill(T::zero());
                for (at, value) in lambda.iter_mut().rev().zip(&above) {
                    at.clone_from(value);
                }
                let interval = self.tight_interval(length - 1 - fixed, &mut lambda)?;
                let Some((mut value, high)) = interval else { continue };
                while value <= high {
                    self.count()?;
                    next.push([above.as_slice(), &[value.clone()]].concat());
                    if next.len() >= nodes {
                        return Ok(fixed + 1);
                    }
                    value += T::one();
                }
            }
            if next.len() > best.1 {
                best = (fixed + 1, next.len());
            }
            level = next;
        }
        Ok(best.0)
    }
}
