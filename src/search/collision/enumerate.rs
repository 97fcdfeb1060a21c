//! The least l1 norm of a lattice by branch and bound on the coordinates, which leaves its proof behind.
//!
//! Depth first from the last coordinate to the first. The interval of a coordinate is first clipped
//! by the cuts known so far; then its two ends are tested by the linear program of
//! [`super::projection`], whose dual becomes a new exact cut when it excludes the end (the value is
//! convex along the coordinate, so ends are enough). A better vector lowers the radius at once. The
//! cuts that were made are what the kernel ([`crate::kernel::evidence`]) needs to repeat the
//! search without linear programs.

mod rounds;
mod subtrees;

pub use subtrees::{Common, common};

use super::cut::{Cut, Words, exact_cut, rounded, vanishing};
use super::projection::{Projection, Vertex};
use super::{Limits, SearchError};
use crate::kernel::definition::Token;
use crate::kernel::evidence::{Ball, Subtrees};
use crate::kernel::number::{IntegerVector, dot_integers};
use crate::search::collision::Sought;
use crate::search::collision::whole::{Whole, whole_dot};
use crate::search::inputs::same_largest_count;
use crate::search::lattice::KernelLattice;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::sync::Arc;

/// Below this level the strongest cut costs little, and its numbers are short.
const FEW: usize = 12;

/// How many cuts of a level are looked at before a linear program is.
const NEWEST: usize = 256;

/// Why this number type cannot finish the search.
pub enum Failure {
    /// with the best vector by then
    Search(SearchError, Option<IntegerVector>),
    /// A number does not fit: take a larger type.
    TooLarge,
}

impl From<SearchError> for Failure {
    fn from(error: SearchError) -> Self {
        Self::Search(error, None)
    }
}

/// Which sought vectors of a ball are wanted.
#[derive(Clone, Copy)]
pub enum Wanted<'a> {
    All,
    /// as [`Problem::parting`](super::Problem::parting)
    Parting(usize),
    /// those that have a property, which `z` and `-z` share
    Such(&'a (dyn Fn(&[BigInt]) -> bool + Sync)),
}

/// The search state over one basis.
#[derive(Clone)]
pub struct Enumeration<'a, T> {
    lattice: &'a KernelLattice,
    whole: Vec<Vec<T>>,
    /// the lattice, where its numbers are small
    words: Option<Words>,
    /// The basis with `z` and `w` weighted so that one l1 ball holds the wanted ones: what linear programs see.
    weighted: Vec<IntegerVector>,
    weights: (BigInt, BigInt),
    floats: Vec<Vec<f64>>,
    projections: Vec<Option<Projection>>,
    /// `pools[l]`: the cuts of level `l`.
    pools: Vec<Pool<T>>,
    /// Vectors `(z, w)` with `||z||_1 <= radius` and `||w||_inf <= sup` are looked for.
    radius: T,
    sup: T,
    split: usize,
    /// Norms are multiples of this; a better vector lowers the radius. Any vector will do when zero.
    step: i64,
    sought: Sought,
    wanted: Wanted<'a>,
    /// only what is below its nodes is visited
    part: Subtrees,
    best: Option<Vec<T>>,
    nodes: u64,
    /// When this many nodes are reached the rest is left waiting.
    pause: u64,
    waiting: Vec<Waiting<T>>,
    limits: &'a Limits,
}

/// The cuts of a level, in the order of finding.
#[derive(Clone)]
struct Pool<T> {
    /// what searches on several threads share
    known: Arc<Vec<Cut<T>>>,
    own: Vec<Cut<T>>,
}

impl<T: Clone> Pool<T> {
    fn new() -> Self {
        Self { known: Arc::default(), own: Vec::new() }
    }

    fn iter(&self) -> impl DoubleEndedIterator<Item = &Cut<T>> {
        self.known.iter().chain(&self.own)
    }

    /// From now on clones share what was found.
    fn share(&mut self) {
        Arc::make_mut(&mut self.known).append(&mut self.own);
    }
}

/// What is left to visit below one node.
#[derive(Clone)]
struct Waiting<T> {
    level: usize,
    /// the coordinates above the level
    above: Vec<T>,
    values: Values<T>,
}

/// The values of a coordinate, the middle first, then outwards: good vectors early.
#[derive(Clone)]
struct Values<T> {
    low: T,
    high: T,
    down: T,
    up: T,
    downwards: bool,
}

impl<T: Whole> Values<T> {
    fn new(low: T, high: T) -> Self {
        let down = (low.clone() + high.clone()).div_floor(&T::from(2));
        let up = down.clone() + T::one();
        Self { low, high, down, up, downwards: true }
    }

    fn is_empty(&self) -> bool {
        self.down < self.low && self.up > self.high
    }

    /// Those that lie in an interval too.
    fn within(&mut self, low: T, high: T) {
        self.low = self.low.clone().max(low);
        self.high = self.high.clone().min(high);
        self.down = self.down.clone().min(self.high.clone());
        self.up = self.up.clone().max(self.low.clone());
    }
}

impl<T: Whole> Iterator for Values<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        let downwards = (self.downwards && self.down >= self.low) || self.up > self.high;
        self.downwards = !self.downwards;
        Some(if downwards {
            let next = self.down.clone() - T::one();
            std::mem::replace(&mut self.down, next)
        } else {
            let next = self.up.clone() + T::one();
            std::mem::replace(&mut self.up, next)
        })
    }
}

/// Is asked after the first nodes of a long search, and after each round: with the nodes so far, and the norm that vectors have to
/// have at most to be of use. `true` ends the search, for others know the rest.
pub type Others<'a> = dyn FnMut(u64, &BigInt) -> bool + 'a;

/// What a finished search knows.
pub struct Found {
    /// a sought vector of least norm, if there is one of at most the first radius
    pub vector: Option<IntegerVector>,
    /// there is none of at most this norm
    pub excluded: BigInt,
    /// none where others have ended the search
    pub cuts: Vec<IntegerVector>,
    pub nodes: u64,
}

/// Searches vectors in `ball`, all l1 norms being multiples of `step`, for one of least norm; for any when `step`
/// is zero. `start` is a sought vector that is known; the others that are looked at are of the part.
pub fn enumerate<T: Whole>(
    lattice: &KernelLattice,
    sought: (Sought, Wanted<'_>),
    (ball, step): (&Ball, i64),
    (start, part): (Option<&IntegerVector>, Subtrees),
    limits: &Limits,
    others: &mut Others<'_>,
) -> Result<Found, Failure> {
    let mut search = Enumeration::<T>::new(lattice, sought, ball, step, limits)?;
    search.part = part;
    if let Some(start) = start {
        search.offer(&search.entries(start)?);
    }
    let ended = match search.run(others) {
        Ok(ended) => ended,
        Err(Failure::Search(error, _)) => return Err(Failure::Search(error, search.vector())),
        Err(Failure::TooLarge) => return Err(Failure::TooLarge),
    };
    let (nodes, vector) = (search.nodes, search.vector());
    let cuts = if search.done() || !ended { Ok(Vec::new()) } else { search.needed_cuts() };
    match cuts {
        Ok(cuts) => Ok(Found { vector, excluded: search.radius.into(), cuts, nodes }),
        Err(error) => Err(Failure::Search(error, vector)),
    }
}

impl<'a, T: Whole> Enumeration<'a, T> {
    fn new(
        lattice: &'a KernelLattice,
        (sought, wanted): (Sought, Wanted<'a>),
        ball: &Ball,
        step: i64,
        limits: &'a Limits,
    ) -> Result<Self, Failure> {
        let basis = &lattice.basis;
        let length = basis.first().map_or(0, Vec::len);
        if length > T::LONGEST {
            return Err(Failure::TooLarge);
        }
        let whole = |b: &IntegerVector| b.iter().map(T::entry).collect::<Option<Vec<T>>>();
        let whole = basis.iter().map(whole).collect::<Option<Vec<_>>>().ok_or(Failure::TooLarge)?;
        let float = |b: &IntegerVector| b.iter().map(|e| e.to_f64().unwrap_or(0.0)).collect();
        let split = ball.split.min(length);
        let weights = weights(ball, length - split);
        let weighted: Vec<IntegerVector> =
            basis.iter().map(|b| scaled(b, split, &weights)).collect();
        let floats: Vec<Vec<f64>> = weighted.iter().map(float).collect();
        let projections = (0..basis.len()).map(|l| Projection::new(&floats[..l], length)).collect();
        let radius = T::entry(&ball.l1).ok_or(Failure::TooLarge)?;
        let sup = T::entry(&ball.sup).ok_or(Failure::TooLarge)?;
        let pools = basis.iter().map(|_| Pool::new()).collect();
        let (best, nodes, pause, waiting) = (None, 0, u64::MAX, Vec::new());
        let mut search = Self {
            lattice,
            whole,
            words: Words::new(lattice),
            weighted,
            weights,
            floats,
            projections,
            pools,
            radius,
            sup,
            split,
            step,
            sought,
            wanted,
            part: Subtrees::ALL,
            best,
            nodes,
            pause,
            waiting,
            limits,
        };
        for (level, functional) in lattice.left_inverse.iter().enumerate() {
            search.first_cut(level, functional)?;
        }
        Ok(search)
    }

    /// Every level needs one cut at least: the dual of `min ||b_l + ..||_1`, or else the functional that
    /// reads off the coordinate.
    fn first_cut(&mut self, level: usize, functional: &IntegerVector) -> Result<(), Failure> {
        let target = self.floats[level].clone();
        let vertex =
            self.projections[level].as_mut().and_then(|p| p.minimise(&target, f64::NEG_INFINITY));
        let way = if level < FEW { Self::exact } else { Self::rounded };
        let cut = vertex.and_then(|vertex| way(self, level, &vertex)).transpose()?;
        let cut = match cut.filter(|cut| cut.level == level) {
            Some(cut) => cut,
            None => Cut::new(functional.clone(), &self.lattice.basis, level, self.split)
                .ok_or(Failure::TooLarge)?,
        };
        self.pools[level].own.push(cut);
        Ok(())
    }

    /// The exact cut of a vertex, the strongest; `None` when floats led astray.
    fn exact(&self, level: usize, vertex: &Vertex) -> Option<Result<Cut<T>, Failure>> {
        let y = exact_cut(&self.weighted, level, vertex)?;
        self.cut(level, scaled(&y, self.split, &self.weights))
    }

    /// A cut next to the dual vector of a vertex, which is cheap.
    fn rounded(&self, level: usize, vertex: &Vertex) -> Option<Result<Cut<T>, Failure>> {
        let [first, second] =
            [&self.weights.0, &self.weights.1].map(|weight| weight.to_f64().unwrap_or(f64::NAN));
        let weight = |i| if i < self.split { first } else { second };
        // the largest that counts anywhere counts as 1
        let length = vertex.dual.len();
        let largest = if self.split < length { first.max(second) } else { first };
        let y = rounded(vertex, |i| weight(i) / largest)?;
        match self.words.as_ref().and_then(|words| words.cut(&y, level, self.split)) {
            Some(cut) => Some(Ok(cut)),
            None => self.cut(level, vanishing(self.lattice, &y, level)),
        }
    }

    /// The cut `y`, which vanishes below its level; `None` when it vanishes everywhere.
    fn cut(&self, level: usize, y: IntegerVector) -> Option<Result<Cut<T>, Failure>> {
        let vanishes = |b: &IntegerVector| dot_integers(&y, b) == BigInt::default();
        if self.lattice.basis[level..].iter().all(vanishes) {
            return None;
        }
        Some(Cut::new(y, &self.lattice.basis, level, self.split).ok_or(Failure::TooLarge))
    }

    fn entries(&self, z: &IntegerVector) -> Result<Vec<T>, Failure> {
        z.iter().map(T::entry).collect::<Option<_>>().ok_or(Failure::TooLarge)
    }

    /// Offers a vector as the best so far, which lowers the radius below its norm.
    fn offer(&mut self, z: &[T]) {
        let (first, second) = z.split_at(self.split);
        let mut norm = first.iter().fold(T::zero(), |sum, entry| sum + entry.abs());
        if let Wanted::Parting(query) = self.wanted
            && same_largest_count(z, Token(query))
        {
            norm += T::from(2);
        }
        let inside = norm <= self.radius && second.iter().all(|entry| entry.abs() <= self.sup);
        let wanted = || match self.wanted {
            Wanted::Such(holds) => {
                holds(&z.iter().cloned().map(Into::into).collect::<IntegerVector>())
            }
            Wanted::All | Wanted::Parting(_) => true,
        };
        if inside && z.iter().any(|entry| !entry.is_zero()) && !self.done() && wanted() {
            self.radius = norm - T::from(self.step);
            self.best = Some(z.to_vec());
        }
    }

    /// The best vector so far.
    fn vector(&self) -> Option<IntegerVector> {
        Some(self.best.as_ref()?.iter().cloned().map(Into::into).collect())
    }

    /// A vector was found where any will do.
    fn done(&self) -> bool {
        self.step == 0 && self.best.is_some()
    }

    fn visit(&mut self, depth: usize, lambda: &mut [T]) -> Result<(), Failure> {
        let Some(level) = depth.checked_sub(1) else {
            let z = self.combine(lambda);
            self.offer(&z);
            return Ok(());
        };
        let Some((low, high)) = self.tight_interval(level, lambda)? else { return Ok(()) };
        self.visit_values(level, lambda, Values::new(low, high))
    }

    fn visit_values(
        &mut self,
        level: usize,
        lambda: &mut [T],
        mut values: Values<T>,
    ) -> Result<(), Failure> {
        while !values.is_empty() && !self.done() {
            if self.nodes >= self.pause {
                let above = lambda[level + 1..].to_vec();
                self.waiting.push(Waiting { level, above, values });
                break;
            }
            let Some(value) = values.next() else { break };
            self.count()?;
            lambda[level] = value;
            let before = self.radius.clone();
            if !self.is_elsewhere(level, lambda) {
                self.visit(level, lambda)?;
            }
            lambda[level] = T::zero();
            if self.radius < before {
                match self.clipped(level, lambda) {
                    Some((low, high)) => values.within(low, high),
                    None => break,
                }
            }
        }
        Ok(())
    }

    /// Whether the node of the coordinates from `level` on is one below which everything is of another part.
    fn is_elsewhere(&self, level: usize, lambda: &[T]) -> bool {
        lambda.len() - level == self.part.coordinates
            && !self.part.has(lambda[level..].iter().rev().cloned().map(Into::into))
    }

    fn count(&mut self) -> Result<(), SearchError> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(SearchError::Nodes { nodes: self.limits.nodes });
        }
        let nodes = self.nodes;
        // the first are visited in any case: small balls have few, and say what is certain
        if nodes >= 256 && nodes.is_multiple_of(16) {
            self.limits.control.go_on().map_err(|why| SearchError::Stopped { why, nodes })?;
        }
        Ok(())
    }

    fn combine(&self, lambda: &[T]) -> Vec<T> {
        let length = self.whole.first().map_or(0, Vec::len);
        let mut z = vec![T::zero(); length];
        for (x, b) in lambda.iter().zip(&self.whole).filter(|(x, _)| !x.is_zero()) {
            for (entry, from) in z.iter_mut().zip(b) {
                *entry += x.times(from);
            }
        }
        z
    }

    /// The lower end before any cut: one of `z` and `-z`, and only what is sought.
    fn least(&self, above: &[T]) -> Option<T> {
        match self.sought {
            Sought::LastNonZero if above.is_empty() => Some(T::one()),
            _ if above.iter().all(T::is_zero) => Some(T::zero()),
            _ => None,
        }
    }

    /// The interval that the newest cuts leave, `None` when it is empty. They were made nearby; linear programs do without the others.
    fn clipped(&self, level: usize, lambda: &[T]) -> Option<(T, T)> {
        let above = &lambda[level + 1..];
        let (mut low, mut high) = (self.least(above), None);
        for cut in self.pools[level].iter().rev().take(NEWEST) {
            cut.clip(above, &cut.bound(&self.radius, &self.sup), &mut low, &mut high);
            if low > high {
                return None;
            }
        }
        low.zip(high)
    }

    /// The interval after its ends have passed the linear program.
    fn tight_interval(
        &mut self,
        level: usize,
        lambda: &mut [T],
    ) -> Result<Option<(T, T)>, Failure> {
        let Some((low, high)) = self.clipped(level, lambda) else { return Ok(None) };
        if !(low.is_coordinate() && high.is_coordinate()) {
            return Err(Failure::TooLarge);
        }
        let (mut low, mut high) = (Some(low), Some(high));
        for upper in [true, false] {
            while let Some(end) = if upper { high.clone() } else { low.clone() } {
                lambda[level] = end;
                let excluded = self.excluding_cut(level, lambda)?;
                lambda[level] = T::zero();
                let Some(cut) = excluded else { break };
                if cut.level > level {
                    // It excludes every value here, and prunes above from now on.
                    self.pools[cut.level].own.push(cut);
                    return Ok(None);
                }
                let bound = cut.bound(&self.radius, &self.sup);
                let changed = cut.clip(&lambda[level + 1..], &bound, &mut low, &mut high);
                self.pools[level].own.push(cut);
                if low > high {
                    return Ok(None);
                }
                if !changed {
                    break;
                }
            }
        }
        Ok(low.zip(high))
    }

    /// An exact cut that excludes the coordinates `lambda[level..]`, if the linear program finds one.
    fn excluding_cut(&mut self, level: usize, lambda: &[T]) -> Result<Option<Cut<T>>, Failure> {
        let length = self.floats.first().map_or(0, Vec::len);
        let mut target = vec![0.0; length];
        let fixed = lambda[level..].iter().zip(&self.floats[level..]);
        for (x, b) in fixed.filter(|(x, _)| !x.is_zero()) {
            let x = x.to_f64().unwrap_or(0.0);
            for (entry, from) in target.iter_mut().zip(b) {
                *entry += x * from;
            }
        }
        let most = self.weighted_radius() + 1e-3;
        let vertex = self.projections[level].as_mut().and_then(|p| p.minimise(&target, most));
        let Some(vertex) = vertex else { return Ok(None) };
        let excludes = |cut: &Cut<T>| {
            let reached = whole_dot(&cut.products, &lambda[cut.level..]);
            reached.abs() > cut.bound(&self.radius, &self.sup)
        };
        // the cheap one first where it is cheaper, and the other where it does not exclude enough
        let mut ways = [Self::rounded, Self::exact];
        if level < FEW {
            ways.reverse();
        }
        let mut too_large = false;
        for way in ways {
            match way(self, level, &vertex) {
                Some(Ok(cut)) if excludes(&cut) => return Ok(Some(cut)),
                Some(Err(_)) => too_large = true,
                _ => {}
            }
        }
        if too_large { Err(Failure::TooLarge) } else { Ok(None) }
    }

    /// The l1 norm that weighted vectors of the ball may have.
    fn weighted_radius(&self) -> f64 {
        let float = |value: &BigInt| value.to_f64().unwrap_or(f64::MAX);
        let whole = |value: &T| value.to_f64().unwrap_or(f64::MAX);
        let width = self.lattice.basis.first().map_or(0, Vec::len) - self.split;
        float(&self.weights.0) * whole(&self.radius)
            + float(&self.weights.1) * whole(&self.sup) * width as f64
    }

    /// The cuts that clip an interval when the tree of the final radius is walked without linear programs.
    fn needed_cuts(&mut self) -> Result<Vec<IntegerVector>, SearchError> {
        let unneeded = |pool: &Pool<T>| vec![false; pool.iter().count()];
        let mut needed: Vec<Vec<bool>> = self.pools.iter().map(unneeded).collect();
        for pool in &mut needed {
            pool[0] = true;
        }
        let mut lambda = vec![T::zero(); self.lattice.basis.len()];
        self.replay(self.lattice.basis.len(), &mut lambda, &mut needed)?;
        let cuts = self.pools.iter().flat_map(Pool::iter).zip(needed.into_iter().flatten());
        Ok(cuts.filter(|(_, needed)| *needed).map(|(cut, _)| cut.y.to_integers()).collect())
    }

    fn replay(
        &mut self,
        depth: usize,
        lambda: &mut [T],
        needed: &mut [Vec<bool>],
    ) -> Result<(), SearchError> {
        let Some(level) = depth.checked_sub(1) else { return Ok(()) };
        let above = &lambda[level + 1..];
        let (mut low, mut high) = (self.least(above), None);
        for (cut, needed) in self.pools[level].iter().zip(&mut needed[level]) {
            let bound = cut.bound(&self.radius, &self.sup);
            *needed |= cut.clip(above, &bound, &mut low, &mut high);
            if low > high {
                return Ok(());
            }
        }
        let (Some(mut value), Some(high)) = (low, high) else { return Ok(()) };
        while value <= high {
            self.count()?;
            lambda[level] = value.clone();
            if !self.is_elsewhere(level, lambda) {
                self.replay(level, lambda, needed)?;
            }
            value += T::one();
        }
        lambda[level] = T::zero();
        Ok(())
    }
}

/// Whole weights of `z` and `w` under which both norms count about alike.
fn weights(ball: &Ball, width: usize) -> (BigInt, BigInt) {
    if width == 0 || ball.sup <= BigInt::default() {
        // w = 0 is wanted: any excess of it should cost more than the whole radius.
        return (1.into(), ball.l1.clone().max(1.into()));
    }
    let (first, second) = (&ball.sup * width, ball.l1.clone().max(1.into()));
    let gcd = num_integer::Integer::gcd(&first, &second);
    (first / &gcd, second / gcd)
}

/// The vector with its first `split` entries multiplied by one weight, the others by the other.
fn scaled(vector: &IntegerVector, split: usize, weights: &(BigInt, BigInt)) -> IntegerVector {
    let weight = |i: usize| if i < split { &weights.0 } else { &weights.1 };
    vector.iter().enumerate().map(|(i, entry)| entry * weight(i)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_vectors_are_for_big_integers() {
        for (length, fits) in [(1 << 12, true), ((1 << 12) + 1, false)] {
            let mut vector = vec![BigInt::default(); length];
            (vector[0], vector[length - 1]) = (1.into(), (-1).into());
            let mut functional = vec![BigInt::default(); length];
            functional[0] = 1.into();
            let lattice = KernelLattice { basis: vec![vector], left_inverse: vec![functional] };
            let (ball, limits) = (Ball::l1(2.into()), Limits::default());
            let words = Enumeration::<i128>::new(
                &lattice,
                (Sought::NonZero, Wanted::All),
                &ball,
                2,
                &limits,
            );
            assert_eq!(words.is_ok(), fits, "{length} entries");
            let (sought, known) = ((Sought::NonZero, Wanted::All), (None, Subtrees::ALL));
            let found =
                enumerate::<BigInt>(&lattice, sought, (&ball, 2), known, &limits, &mut |_, _| {
                    false
                });
            assert!(found.is_ok_and(|found| found.vector.is_some()));
        }
    }
}
