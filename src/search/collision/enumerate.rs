//! The least l1 norm of a lattice by branch and bound on the coordinates, which leaves its proof behind.
//!
//! Depth first from the last coordinate to the first. The interval of a coordinate is first clipped
//! by the cuts known so far; then its two ends are tested by the linear program of
//! [`super::projection`], whose dual becomes a new exact cut when it excludes the end (the value is
//! convex along the coordinate, so ends are enough). A better vector lowers the radius at once. The
//! cuts that were made are what [`no_short_vector`](crate::exact::no_short_vector) needs to repeat the
//! search without linear programs.

use super::cut::{Cut, exact_cut};
use super::projection::Projection;
use crate::exact::{IntegerVector, Sought};
use crate::search::lattice::KernelLattice;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::time::Instant;

/// Coordinates stay within this; wider intervals make the search give up.
const MAX_COORDINATE: i128 = 1 << 40;

/// When a search stops without an answer.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub nodes: u64,
    pub deadline: Option<Instant>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { nodes: 200_000_000, deadline: None }
    }
}

/// Why a search stopped without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    #[error("the time limit was reached after {nodes} nodes")]
    Time { nodes: u64 },
    #[error("the node limit of {nodes} was reached")]
    Nodes { nodes: u64 },
    #[error("the numbers of the lattice are too large for the enumeration ({place})")]
    TooLarge { place: String },
}

/// The search state over one basis.
pub struct Enumeration<'a> {
    basis: &'a [IntegerVector],
    small: Vec<Vec<i128>>,
    floats: Vec<Vec<f64>>,
    projections: Vec<Option<Projection>>,
    /// `pools[l]`: the cuts of level `l`.
    pub pools: Vec<Vec<Cut>>,
    /// Vectors of norm at most this are looked for.
    radius: i128,
    /// Norms are multiples of this.
    step: i128,
    sought: Sought,
    best: Option<Vec<i128>>,
    pub nodes: u64,
    limits: Limits,
}

impl<'a> Enumeration<'a> {
    /// Prepares the search for vectors of l1 norm at most `radius`, all norms being multiples of `step`.
    pub fn new(
        lattice: &'a KernelLattice,
        sought: Sought,
        radius: i128,
        step: i128,
        limits: Limits,
    ) -> Result<Self, SearchError> {
        let basis = &lattice.basis;
        let length = basis.first().map_or(0, Vec::len);
        let small = basis
            .iter()
            .map(|b| b.iter().map(|e| e.to_i64().map(i128::from)).collect::<Option<Vec<_>>>())
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| SearchError::TooLarge { place: "basis".to_owned() })?;
        let floats: Vec<Vec<f64>> =
            small.iter().map(|b| b.iter().map(|&e| e as f64).collect()).collect();
        let projections = (0..basis.len()).map(|l| Projection::new(&floats[..l], length)).collect();
        let mut search = Self {
            basis,
            small,
            floats,
            projections,
            pools: vec![Vec::new(); basis.len()],
            radius,
            step,
            sought,
            best: None,
            nodes: 0,
            limits,
        };
        for (level, functional) in lattice.left_inverse.iter().enumerate() {
            search.first_cut(level, functional)?;
        }
        Ok(search)
    }

    /// Every level needs one cut at least: the dual of `min ||b_l + ..||_1`, or else the functional that
    /// reads off the coordinate.
    fn first_cut(&mut self, level: usize, functional: &IntegerVector) -> Result<(), SearchError> {
        let target = self.floats[level].clone();
        let vertex = self.projections[level].as_mut().and_then(|p| p.minimise(&target));
        let cut = vertex
            .and_then(|vertex| exact_cut(self.basis, level, &vertex))
            .filter(|cut| cut.level == level)
            .or_else(|| Cut::new(functional.clone(), self.basis, level))
            .ok_or_else(|| SearchError::TooLarge { place: format!("coordinate {level}") })?;
        self.pools[level].push(cut);
        Ok(())
    }

    /// Runs the whole tree. The best vector found has the least norm of all non-zero vectors whose norm
    /// is at most the first radius; `None` when there is none.
    pub fn run(&mut self) -> Result<Option<IntegerVector>, SearchError> {
        let mut lambda = vec![0; self.basis.len()];
        self.visit(self.basis.len(), &mut lambda)?;
        Ok(self.best.as_ref().map(|z| z.iter().map(|&e| BigInt::from(e)).collect()))
    }

    /// Offers a vector as the best so far, which lowers the radius below its norm.
    pub fn offer(&mut self, z: &[i128]) {
        let norm: i128 = z.iter().map(|e| e.abs()).sum();
        if norm > 0 && norm <= self.radius {
            self.radius = norm - self.step;
            self.best = Some(z.to_vec());
        }
    }

    /// The radius up to which everything has been excluded once [`Self::run`] has ended.
    pub fn radius(&self) -> i128 {
        self.radius
    }

    /// The cuts that clip an interval when the tree of the final radius is walked without linear programs.
    pub fn needed_cuts(&mut self) -> Result<Vec<IntegerVector>, SearchError> {
        let mut needed: Vec<Vec<bool>> = self.pools.iter().map(|p| vec![false; p.len()]).collect();
        for pool in &mut needed {
            pool[0] = true;
        }
        let mut lambda = vec![0; self.basis.len()];
        self.replay(self.basis.len(), &mut lambda, &mut needed)?;
        let cuts = self.pools.iter().flatten().zip(needed.into_iter().flatten());
        Ok(cuts.filter(|(_, needed)| *needed).map(|(cut, _)| cut.y.clone()).collect())
    }

    fn replay(
        &mut self,
        depth: usize,
        lambda: &mut [i128],
        needed: &mut [Vec<bool>],
    ) -> Result<(), SearchError> {
        let Some(level) = depth.checked_sub(1) else { return Ok(()) };
        let (mut low, mut high) = self.widest(level, lambda);
        for (cut, needed) in self.pools[level].iter().zip(&mut needed[level]) {
            *needed |= cut.clip(&lambda[level + 1..], self.radius, &mut low, &mut high);
            if low > high {
                return Ok(());
            }
        }
        for value in low..=high {
            self.count()?;
            lambda[level] = value;
            self.replay(level, lambda, needed)?;
        }
        lambda[level] = 0;
        Ok(())
    }

    fn visit(&mut self, depth: usize, lambda: &mut [i128]) -> Result<(), SearchError> {
        if depth == 0 {
            let z = self.combine(lambda);
            self.offer(&z);
            return Ok(());
        }
        let level = depth - 1;
        let Some((mut low, mut high)) = self.tight_interval(level, lambda)? else { return Ok(()) };
        // The middle first: good vectors early.
        let middle = (low + high).div_euclid(2);
        for step in 0..=(high - low) {
            let offset = if step % 2 == 0 { -(step / 2) } else { step / 2 + 1 };
            let value = middle + offset;
            if value < low || value > high {
                continue;
            }
            self.count()?;
            lambda[level] = value;
            let before = self.radius;
            self.visit(level, lambda)?;
            if self.radius < before {
                lambda[level] = 0;
                match self.clipped(level, lambda) {
                    Some((l, h)) => (low, high) = (low.max(l), high.min(h)),
                    None => break,
                }
            }
        }
        lambda[level] = 0;
        Ok(())
    }

    fn count(&mut self) -> Result<(), SearchError> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(SearchError::Nodes { nodes: self.limits.nodes });
        }
        if self.nodes.is_multiple_of(256)
            && self.limits.deadline.is_some_and(|deadline| Instant::now() >= deadline)
        {
            return Err(SearchError::Time { nodes: self.nodes });
        }
        Ok(())
    }

    fn combine(&self, lambda: &[i128]) -> Vec<i128> {
        let length = self.small.first().map_or(0, Vec::len);
        let mut z = vec![0; length];
        for (x, b) in lambda.iter().zip(&self.small).filter(|(x, _)| **x != 0) {
            for (entry, from) in z.iter_mut().zip(b) {
                *entry += x * from;
            }
        }
        z
    }

    /// The interval before any cut: one of `z` and `-z`, and only what is sought.
    fn widest(&self, level: usize, lambda: &[i128]) -> (i128, i128) {
        let zero_above = lambda[level + 1..].iter().all(|&x| x == 0);
        let low = match self.sought {
            Sought::LastNonZero if level + 1 == lambda.len() => 1,
            _ if zero_above => 0,
            _ => -MAX_COORDINATE - 1,
        };
        (low, MAX_COORDINATE + 1)
    }

    /// The interval that the known cuts leave, `None` when it is empty.
    fn clipped(&self, level: usize, lambda: &[i128]) -> Option<(i128, i128)> {
        let (mut low, mut high) = self.widest(level, lambda);
        for cut in &self.pools[level] {
            cut.clip(&lambda[level + 1..], self.radius, &mut low, &mut high);
            if low > high {
                return None;
            }
        }
        Some((low, high))
    }

    /// The interval after its ends have passed the linear program.
    fn tight_interval(
        &mut self,
        level: usize,
        lambda: &mut [i128],
    ) -> Result<Option<(i128, i128)>, SearchError> {
        let Some((mut low, mut high)) = self.clipped(level, lambda) else { return Ok(None) };
        if low < -MAX_COORDINATE || high > MAX_COORDINATE {
            return Err(SearchError::TooLarge { place: format!("coordinate {level}") });
        }
        for upper in [true, false] {
            loop {
                lambda[level] = if upper { high } else { low };
                let excluded = self.excluding_cut(level, lambda);
                lambda[level] = 0;
                let Some(cut) = excluded else { break };
                if cut.level > level {
                    // It excludes every value here, and prunes above from now on.
                    self.pools[cut.level].push(cut);
                    return Ok(None);
                }
                let before = (low, high);
                cut.clip(&lambda[level + 1..], self.radius, &mut low, &mut high);
                self.pools[level].push(cut);
                if low > high {
                    return Ok(None);
                }
                if before == (low, high) {
                    break;
                }
            }
        }
        Ok(Some((low, high)))
    }

    /// An exact cut that excludes the coordinates `lambda[level..]`, if the linear program finds one.
    fn excluding_cut(&mut self, level: usize, lambda: &[i128]) -> Option<Cut> {
        let length = self.small.first().map_or(0, Vec::len);
        let mut target = vec![0.0; length];
        for (x, b) in lambda[level..].iter().zip(&self.floats[level..]).filter(|(x, _)| **x != 0) {
            for (entry, from) in target.iter_mut().zip(b) {
                *entry += *x as f64 * from;
            }
        }
        let vertex = self.projections[level].as_mut()?.minimise(&target)?;
        if vertex.value <= self.radius as f64 + 1e-3 {
            return None;
        }
        let cut = exact_cut(self.basis, level, &vertex)?;
        let above = &lambda[cut.level..];
        let reached: i128 = cut.products.iter().zip(above).map(|(w, x)| w * x).sum();
        (reached.abs() > cut.size * self.radius).then_some(cut)
    }
}
