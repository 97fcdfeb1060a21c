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
use super::{Limits, SearchError};
use crate::exact::{IntegerVector, Sought, Whole};
use crate::search::lattice::KernelLattice;
use num_bigint::BigInt;
use num_traits::ToPrimitive;

/// Why this number type cannot finish the search.
pub enum Failure {
    Search(SearchError),
    /// A number does not fit: take a larger type.
    TooLarge,
}

impl From<SearchError> for Failure {
    fn from(error: SearchError) -> Self {
        Self::Search(error)
    }
}

/// The search state over one basis.
pub struct Enumeration<'a, T> {
    basis: &'a [IntegerVector],
    whole: Vec<Vec<T>>,
    floats: Vec<Vec<f64>>,
    projections: Vec<Option<Projection>>,
    /// `pools[l]`: the cuts of level `l`.
    pools: Vec<Vec<Cut<T>>>,
    /// Vectors of norm at most this are looked for.
    radius: T,
    /// Norms are multiples of this.
    step: i64,
    sought: Sought,
    best: Option<Vec<T>>,
    nodes: u64,
    limits: &'a Limits,
}

/// What a finished search knows.
pub struct Found {
    /// a sought vector of least norm, if there is one of at most the first radius
    pub vector: Option<IntegerVector>,
    /// there is none of at most this norm
    pub excluded: BigInt,
    pub cuts: Vec<IntegerVector>,
    pub nodes: u64,
}

/// Searches vectors of l1 norm at most `radius`, all norms being multiples of `step`; `start` is a
/// sought vector that is known.
pub fn enumerate<T: Whole>(
    lattice: &KernelLattice,
    sought: Sought,
    (radius, step): (&BigInt, i64),
    start: &IntegerVector,
    limits: &Limits,
) -> Result<Found, Failure> {
    let mut search = Enumeration::<T>::new(lattice, sought, radius, step, limits)?;
    search.offer(&search.entries(start)?);
    let mut lambda = vec![T::zero(); lattice.dimension()];
    search.visit(lattice.dimension(), &mut lambda)?;
    let nodes = search.nodes;
    let cuts = search.needed_cuts()?;
    let vector = search.best.map(|z| z.into_iter().map(Into::into).collect());
    Ok(Found { vector, excluded: search.radius.into(), cuts, nodes })
}

impl<'a, T: Whole> Enumeration<'a, T> {
    fn new(
        lattice: &'a KernelLattice,
        sought: Sought,
        radius: &BigInt,
        step: i64,
        limits: &'a Limits,
    ) -> Result<Self, Failure> {
        let basis = &lattice.basis;
        let length = basis.first().map_or(0, Vec::len);
        let whole = |b: &IntegerVector| b.iter().map(T::entry).collect::<Option<Vec<T>>>();
        let whole = basis.iter().map(whole).collect::<Option<Vec<_>>>().ok_or(Failure::TooLarge)?;
        let float = |b: &IntegerVector| b.iter().map(|e| e.to_f64().unwrap_or(0.0)).collect();
        let floats: Vec<Vec<f64>> = basis.iter().map(float).collect();
        let projections = (0..basis.len()).map(|l| Projection::new(&floats[..l], length)).collect();
        let radius = T::entry(radius).ok_or(Failure::TooLarge)?;
        let pools = vec![Vec::new(); basis.len()];
        let (best, nodes) = (None, 0);
        let mut search = Self {
            basis,
            whole,
            floats,
            projections,
            pools,
            radius,
            step,
            sought,
            best,
            nodes,
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
        let vertex = self.projections[level].as_mut().and_then(|p| p.minimise(&target));
        let proposed = vertex.and_then(|vertex| exact_cut(self.basis, level, &vertex)).filter(
            |y: &IntegerVector| {
                !crate::exact::integer_dot(y, &self.basis[level]).eq(&BigInt::default())
            },
        );
        let cut = Cut::new(proposed.unwrap_or_else(|| functional.clone()), self.basis, level);
        self.pools[level].push(cut.ok_or(Failure::TooLarge)?);
        Ok(())
    }

    fn entries(&self, z: &IntegerVector) -> Result<Vec<T>, Failure> {
        z.iter().map(T::entry).collect::<Option<_>>().ok_or(Failure::TooLarge)
    }

    /// Offers a vector as the best so far, which lowers the radius below its norm.
    fn offer(&mut self, z: &[T]) {
        let norm = z.iter().fold(T::zero(), |sum, entry| sum + entry.abs());
        if norm.is_positive() && norm <= self.radius {
            self.radius = norm - T::from(self.step);
            self.best = Some(z.to_vec());
        }
    }

    fn visit(&mut self, depth: usize, lambda: &mut [T]) -> Result<(), Failure> {
        let Some(level) = depth.checked_sub(1) else {
            let z = self.combine(lambda);
            self.offer(&z);
            return Ok(());
        };
        let Some((mut low, mut high)) = self.tight_interval(level, lambda)? else { return Ok(()) };
        // The middle first, then outwards: good vectors early.
        let mut down = (low.clone() + high.clone()).div_floor(&T::from(2));
        let mut up = down.clone() + T::one();
        let mut downwards = true;
        while down >= low || up <= high {
            let value = if (downwards && down >= low) || up > high {
                let next = down.clone() - T::one();
                std::mem::replace(&mut down, next)
            } else {
                let next = up.clone() + T::one();
                std::mem::replace(&mut up, next)
            };
            downwards = !downwards;
            self.count()?;
            lambda[level] = value;
            let before = self.radius.clone();
            self.visit(level, lambda)?;
            lambda[level] = T::zero();
            if self.radius < before {
                match self.clipped(level, lambda) {
                    Some((l, h)) => {
                        (low, high) = (low.max(l), high.min(h));
                        (down, up) = (down.min(high.clone()), up.max(low.clone()));
                    }
                    None => break,
                }
            }
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), SearchError> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(SearchError::Nodes { nodes: self.limits.nodes });
        }
        let nodes = self.nodes;
        if nodes.is_multiple_of(256) {
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

    /// The interval that the known cuts leave, `None` when it is empty.
    fn clipped(&self, level: usize, lambda: &[T]) -> Option<(T, T)> {
        let above = &lambda[level + 1..];
        let (mut low, mut high) = (self.least(above), None);
        for cut in &self.pools[level] {
            cut.clip(above, &self.radius, &mut low, &mut high);
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
                    self.pools[cut.level].push(cut);
                    return Ok(None);
                }
                let changed = cut.clip(&lambda[level + 1..], &self.radius, &mut low, &mut high);
                self.pools[level].push(cut);
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
        let vertex = self.projections[level].as_mut().and_then(|p| p.minimise(&target));
        let radius = self.radius.to_f64().unwrap_or(f64::MAX);
        let Some(vertex) = vertex.filter(|vertex| vertex.value > radius + 1e-3) else {
            return Ok(None);
        };
        let Some(y) = exact_cut(self.basis, level, &vertex) else { return Ok(None) };
        // A vector that vanishes on the lattice, out of numerical misfortune, is no cut.
        if self.basis[level..].iter().all(|b| crate::exact::integer_dot(&y, b) == BigInt::default())
        {
            return Ok(None);
        }
        let cut = Cut::new(y, self.basis, level).ok_or(Failure::TooLarge)?;
        let reached = crate::exact::whole_dot(&cut.products, &lambda[cut.level..]);
        Ok((reached.abs() > cut.size.times(&self.radius)).then_some(cut))
    }

    /// The cuts that clip an interval when the tree of the final radius is walked without linear programs.
    fn needed_cuts(&mut self) -> Result<Vec<IntegerVector>, SearchError> {
        let mut needed: Vec<Vec<bool>> = self.pools.iter().map(|p| vec![false; p.len()]).collect();
        for pool in &mut needed {
            pool[0] = true;
        }
        let mut lambda = vec![T::zero(); self.basis.len()];
        self.replay(self.basis.len(), &mut lambda, &mut needed)?;
        let cuts = self.pools.iter().flatten().zip(needed.into_iter().flatten());
        Ok(cuts.filter(|(_, needed)| *needed).map(|(cut, _)| cut.y.clone()).collect())
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
            *needed |= cut.clip(above, &self.radius, &mut low, &mut high);
            if low > high {
                return Ok(());
            }
        }
        let (Some(mut value), Some(high)) = (low, high) else { return Ok(()) };
        while value <= high {
            self.count()?;
            lambda[level] = value.clone();
            self.replay(level, lambda, needed)?;
            value += T::one();
        }
        lambda[level] = T::zero();
        Ok(())
    }
}
