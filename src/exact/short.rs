//! No short vector: a proof by *cuts* that a lattice has no non-zero vector of small l1 norm.
//!
//! Let `b_1 .. b_k` be a basis of a lattice `L` in `Z^m` and `z = sum lambda_i b_i`. A cut is an integer
//! vector `y`; its *level* `l` is the least index with `<y, b_l> != 0`. By Hölder's inequality
//! `||z||_1 <= rho` implies `|sum_{i >= l} lambda_i <y, b_i>| <= rho ||y||_inf`, so once
//! `lambda_k .. lambda_{l+1}` are fixed every cut of level `l` bounds `lambda_l` to an interval. The
//! enumeration of `lambda_k, lambda_{k-1}, ..` through these intervals reaches every `z` with
//! `||z||_1 <= rho`, whatever the cuts are; good cuts (optimal duals of the linear programs
//! `min ||sum_{i >= l} lambda_i b_i + sum_{i < l} x_i b_i||_1` over real `x`) only make it small. Of `z` and `-z`
//! only the one whose last non-zero `lambda` is positive is visited. Ours.
//!
//! The same holds for the [`Ball`] of vectors `(z, w)` with `||z||_1 <= rho` and `||w||_inf <= tau`: a cut `(y, v)`
//! there has the bound `rho ||y||_inf + tau ||v||_1`.
//!
//! For a *fixed query* `q` only vectors with `z_q != 0` matter. Then `<e_q, b_i> = 0` for `i < k`, so that
//! `z_q = lambda_k <e_q, b_k>` and the enumeration starts from `lambda_k >= 1` ([`Sought::LastNonZero`]).

use super::lattice::{IntegerVector, LatticeError, check_kernel_basis, integer_dot};
use super::whole::{MAX_SMALL_LENGTH, Whole, clip, whole_dot};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// Why an enumeration does not show that there is no short vector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShortVectorError {
    #[error(transparent)]
    Lattice(#[from] LatticeError),
    #[error("basis[{index}] is not zero at the query {query}; only the last vector may be")]
    QueryNotLast { index: usize, query: usize },
    #[error("basis[{index}] is a vector of the kind that is said not to exist")]
    Sought { index: usize },
    #[error("a non-zero lattice vector of l1 norm {norm} is in the ball")]
    Found { vector: Vec<BigInt>, norm: BigInt },
    #[error("no cut bounds coordinate {level}")]
    Unbounded { level: usize },
    #[error("cuts[{index}] vanishes on the whole lattice, so it bounds no coordinate")]
    Vanishes { index: usize },
    #[error("the enumeration needs more than {limit} nodes")]
    NodeLimit { limit: u64 },
    #[error("stopped before the enumeration was finished")]
    Stopped,
}

/// How long an enumeration may take.
#[derive(Clone, Copy)]
pub struct Budget<'a> {
    pub nodes: u64,
    /// Asked now and then; `false` stops the enumeration.
    pub keep_going: &'a (dyn Fn() -> bool + Sync),
}

impl Budget<'_> {
    /// At most `nodes` nodes, however long they take.
    #[must_use]
    pub fn nodes(nodes: u64) -> Self {
        Self { nodes, keep_going: &|| true }
    }
}

/// The vectors `(z, w)`, `z` of length `split`, with `||z||_1 <= l1` and `||w||_inf <= sup`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ball {
    pub split: usize,
    pub l1: BigInt,
    pub sup: BigInt,
}

impl Ball {
    /// The vectors of l1 norm at most `radius`, of any length.
    #[must_use]
    pub fn l1(radius: BigInt) -> Self {
        Self { split: usize::MAX, l1: radius, sup: BigInt::zero() }
    }

    /// The largest value of the functional `cut` on the ball.
    #[must_use]
    pub fn bound(&self, cut: &[BigInt]) -> BigInt {
        let (first, second) = cut.split_at(self.split.min(cut.len()));
        let largest = first.iter().map(Signed::abs).max().unwrap_or_default();
        let sum: BigInt = second.iter().map(Signed::abs).sum();
        largest * &self.l1 + sum * &self.sup
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.l1.is_negative() || self.sup.is_negative()
    }
}

/// Which vectors `z = sum lambda_i b_i` are to be excluded; always up to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sought {
    /// `z != 0`
    NonZero,
    /// `lambda_k != 0` for the last coordinate `k`
    LastNonZero,
}

/// Everything needed to show that a kernel lattice has no short vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortVectorProof {
    /// `b_1 .. b_k`, which generate the lattice
    pub basis: Vec<IntegerVector>,
    /// see [`check_kernel_basis`]
    pub left_inverse: Vec<IntegerVector>,
    pub cuts: Vec<IntegerVector>,
}

impl ShortVectorProof {
    /// Shows that no `z` in `ker_Z A` is non-zero (with a `query`: not zero there), whatever its norm.
    ///
    /// # Errors
    /// [`ShortVectorError::Lattice`] for a wrong basis, [`ShortVectorError::Sought`] when there is one.
    pub fn check_none(
        &self,
        rows: &[IntegerVector],
        cols: usize,
        query: Option<usize>,
    ) -> Result<(), ShortVectorError> {
        check_kernel_basis(rows, cols, &self.basis, &self.left_inverse)?;
        let sought = |b: &IntegerVector| match query {
            None => true,
            Some(query) => b.get(query).is_none_or(|entry| !entry.is_zero()),
        };
        match self.basis.iter().position(sought) {
            None => Ok(()),
            Some(index) => Err(ShortVectorError::Sought { index }),
        }
    }

    /// Shows that no `z` in `ker_Z A` with `z != 0` (with a `query`: with `z_query != 0`) has l1 norm at most
    /// `radius`, where `A` has rows `rows` of length `cols`. Returns the number of nodes.
    ///
    /// # Errors
    /// [`ShortVectorError`] naming what is not shown.
    pub fn check(
        &self,
        rows: &[IntegerVector],
        cols: usize,
        query: Option<usize>,
        radius: &BigInt,
        budget: Budget<'_>,
    ) -> Result<u64, ShortVectorError> {
        self.check_ball(rows, cols, query, &Ball::l1(radius.clone()), budget)
    }

    /// The same for the vectors of a ball.
    ///
    /// # Errors
    /// [`ShortVectorError`] naming what is not shown.
    pub fn check_ball(
        &self,
        rows: &[IntegerVector],
        cols: usize,
        query: Option<usize>,
        ball: &Ball,
        budget: Budget<'_>,
    ) -> Result<u64, ShortVectorError> {
        self.check_others(rows, cols, query, (ball, &|_| false), budget)
    }

    /// The same for the vectors of a ball that are not `harmless`, a property that `z` and `-z` share.
    ///
    /// # Errors
    /// [`ShortVectorError`] naming what is not shown.
    pub fn check_others(
        &self,
        rows: &[IntegerVector],
        cols: usize,
        query: Option<usize>,
        (ball, harmless): (&Ball, Harmless<'_>),
        budget: Budget<'_>,
    ) -> Result<u64, ShortVectorError> {
        check_kernel_basis(rows, cols, &self.basis, &self.left_inverse)?;
        if let Some((index, cut)) = self.cuts.iter().enumerate().find(|(_, cut)| cut.len() != cols)
        {
            let (expected, found) = (cols, cut.len());
            return Err(LatticeError::Length { field: "cuts", index, expected, found }.into());
        }
        let mut sought = Sought::NonZero;
        if let Some(query) = query {
            let at_query = |b: &IntegerVector| b.get(query).is_some_and(|entry| !entry.is_zero());
            match self.basis.iter().position(at_query) {
                None => return Ok(0),
                Some(index) if index + 1 < self.basis.len() => {
                    return Err(ShortVectorError::QueryNotLast { index, query });
                }
                Some(_) => sought = Sought::LastNonZero,
            }
        }
        none_but(&self.basis, &self.cuts, sought, (ball, harmless), budget)
    }
}

/// Which vectors of a ball may exist.
pub type Harmless<'a> = &'a dyn Fn(&[BigInt]) -> bool;

/// A cut in coordinates: `|sum_{i >= level} products[i - level] lambda_i| <= bound`.
struct Cut<T> {
    products: Vec<T>,
    bound: T,
}

/// A lattice basis with cuts, ready to be enumerated for one radius.
struct Enumeration<T> {
    basis: Vec<Vec<T>>,
    /// `cuts[l]`: the cuts of level `l`.
    cuts: Vec<Vec<Cut<T>>>,
    split: usize,
    l1: T,
    sup: T,
    sought: Sought,
}

/// Shows that no sought integer combination of `basis` is in `ball`, and returns the
/// number of nodes visited. The vectors of `basis` must be independent for the statement to be
/// about a lattice; they and `cuts` must have one common length.
///
/// # Errors
/// [`ShortVectorError`]: a short vector, a coordinate that no cut bounds, or a limit.
pub fn no_short_vector(
    basis: &[IntegerVector],
    cuts: &[IntegerVector],
    sought: Sought,
    ball: &Ball,
    budget: Budget<'_>,
) -> Result<u64, ShortVectorError> {
    none_but(basis, cuts, sought, (ball, &|_| false), budget)
}

fn none_but(
    basis: &[IntegerVector],
    cuts: &[IntegerVector],
    sought: Sought,
    (ball, harmless): (&Ball, Harmless<'_>),
    budget: Budget<'_>,
) -> Result<u64, ShortVectorError> {
    if ball.is_empty() || basis.is_empty() {
        return Ok(0);
    }
    let levels = in_coordinates(basis, cuts, ball)?;
    let small = Enumeration::<i128>::new(basis, &levels, sought, ball)
        .filter(|_| basis.iter().all(|b| b.len() <= MAX_SMALL_LENGTH));
    if let Some(small) = small
        && let Some(result) = small.run(harmless, budget).transpose()
    {
        return result;
    }
    match Enumeration::<BigInt>::new(basis, &levels, sought, ball)
        .map(|big| big.run(harmless, budget))
    {
        Some(result) => Ok(result?.unwrap_or(0)),
        None => Ok(0),
    }
}

/// The cuts of each level in coordinates, with their bounds on `ball`.
fn in_coordinates(
    basis: &[IntegerVector],
    cuts: &[IntegerVector],
    ball: &Ball,
) -> Result<Vec<Vec<Cut<BigInt>>>, ShortVectorError> {
    let mut levels: Vec<Vec<Cut<BigInt>>> = basis.iter().map(|_| Vec::new()).collect();
    for (index, cut) in cuts.iter().enumerate() {
        let mut products: Vec<BigInt> = basis.iter().map(|b| integer_dot(cut, b)).collect();
        let level = products.iter().position(|product| !product.is_zero());
        let level = level.ok_or(ShortVectorError::Vanishes { index })?;
        products.drain(..level);
        let bound = ball.bound(cut);
        if let Some(place) = levels.get_mut(level) {
            place.push(Cut { products, bound });
        }
    }
    match levels.iter().position(Vec::is_empty) {
        Some(level) => Err(ShortVectorError::Unbounded { level }),
        None => Ok(levels),
    }
}

impl<T: Whole> Enumeration<T> {
    /// `None` when a number is too large for the type.
    fn new(
        basis: &[IntegerVector],
        levels: &[Vec<Cut<BigInt>>],
        sought: Sought,
        ball: &Ball,
    ) -> Option<Self> {
        let list = |values: &Vec<BigInt>| values.iter().map(T::entry).collect::<Option<Vec<T>>>();
        let cut = |cut: &Cut<BigInt>| {
            Some(Cut { products: list(&cut.products)?, bound: T::entry(&cut.bound)? })
        };
        let pool = |cuts: &Vec<Cut<BigInt>>| cuts.iter().map(cut).collect::<Option<Vec<_>>>();
        Some(Self {
            basis: basis.iter().map(list).collect::<Option<_>>()?,
            cuts: levels.iter().map(pool).collect::<Option<_>>()?,
            split: ball.split,
            l1: T::entry(&ball.l1)?,
            sup: T::entry(&ball.sup)?,
            sought,
        })
    }

    /// Visits the tree depth first; a node is a choice of `lambda_k .. lambda_l`. `None` when a coordinate is too
    /// large for the type.
    fn run(
        &self,
        harmless: Harmless<'_>,
        budget: Budget<'_>,
    ) -> Result<Option<u64>, ShortVectorError> {
        let dimension = self.basis.len();
        let mut nodes = 0_u64;
        let mut lambda = vec![T::zero(); dimension];
        // The last value allowed at each level.
        let mut last = vec![T::zero(); dimension];
        let mut level = dimension;
        loop {
            // All coordinates from `level` on are fixed and allowed.
            if level == 0 {
                self.leaf(&lambda, harmless)?;
            } else {
                level -= 1;
                let (low, high) = self.interval(level, &lambda);
                if low <= high && !(low.is_coordinate() && high.is_coordinate()) {
                    return Ok(None);
                }
                // One less: the step below makes it the first value.
                lambda[level] = low - T::one();
                last[level] = high;
            }
            // The next value at the lowest level that has one.
            loop {
                if level == dimension {
                    return Ok(Some(nodes));
                }
                lambda[level] += T::one();
                if lambda[level] <= last[level] {
                    break;
                }
                lambda[level] = T::zero();
                level += 1;
            }
            nodes += 1;
            if nodes > budget.nodes {
                return Err(ShortVectorError::NodeLimit { limit: budget.nodes });
            }
            if nodes.is_multiple_of(1024) && !(budget.keep_going)() {
                return Err(ShortVectorError::Stopped);
            }
        }
    }

    /// The values of `lambda_level` that no cut excludes, given the higher coordinates.
    fn interval(&self, level: usize, lambda: &[T]) -> (T, T) {
        let above = &lambda[level + 1..];
        let (mut low, mut high) = (None, None);
        if self.sought == Sought::LastNonZero && above.is_empty() {
            low = Some(T::one());
        } else if above.iter().all(T::is_zero) {
            low = Some(T::zero());
        }
        for cut in &self.cuts[level] {
            let Some((factor, rest)) = cut.products.split_first() else { continue };
            clip(factor, whole_dot(rest, above), &cut.bound, &mut low, &mut high);
            if low.is_some() && high.is_some() && low > high {
                break;
            }
        }
        // There is a cut, so both ends are known; an empty interval stands for none.
        (low.unwrap_or_else(T::one), high.unwrap_or_else(T::zero))
    }

    /// Fails when all coordinates are fixed and the vector is short, not zero and not harmless.
    fn leaf(&self, lambda: &[T], harmless: Harmless<'_>) -> Result<(), ShortVectorError> {
        if lambda.iter().all(T::is_zero) {
            return Ok(());
        }
        let length = self.basis.first().map_or(0, Vec::len);
        let mut vector = vec![T::zero(); length];
        for (x, b) in lambda.iter().zip(&self.basis).filter(|(x, _)| !x.is_zero()) {
            for (entry, from) in vector.iter_mut().zip(b) {
                *entry += x.times(from);
            }
        }
        let (first, second) = vector.split_at(self.split.min(length));
        let norm = first.iter().fold(T::zero(), |sum, entry| sum + entry.abs());
        if norm > self.l1 || second.iter().any(|entry| entry.abs() > self.sup) {
            return Ok(());
        }
        let vector: IntegerVector = vector.into_iter().map(Into::into).collect();
        if harmless(&vector) {
            return Ok(());
        }
        Err(ShortVectorError::Found { vector, norm: norm.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(rows: &[&[i64]]) -> Vec<IntegerVector> {
        rows.iter().map(|row| row.iter().map(|&entry| entry.into()).collect()).collect()
    }

    /// `ker_Z [0 1 2 3; 1 1 1 1]`, whose shortest vector has norm 4.
    fn example() -> (Vec<IntegerVector>, ShortVectorProof) {
        let proof = ShortVectorProof {
            basis: vectors(&[&[1, -1, -1, 1], &[0, 1, -2, 1]]),
            left_inverse: vectors(&[&[1, 0, 0, 0], &[1, 1, 0, 0]]),
            cuts: vectors(&[&[1, -1, -1, 1], &[1, 1, -1, -1]]),
        };
        (vectors(&[&[0, 1, 2, 3], &[1, 1, 1, 1]]), proof)
    }

    #[test]
    fn the_radius_decides() {
        let (rows, proof) = example();
        assert!(proof.check(&rows, 4, None, &3.into(), Budget::nodes(100)).is_ok());
        assert!(matches!(
            proof.check(&rows, 4, None, &4.into(), Budget::nodes(100)),
            Err(ShortVectorError::Found { norm, .. }) if norm == 4.into()
        ));
        assert_eq!(proof.check(&rows, 4, None, &(-1).into(), Budget::nodes(100)), Ok(0));
        assert_eq!(
            proof.check(&rows, 4, None, &3.into(), Budget::nodes(1)),
            Err(ShortVectorError::NodeLimit { limit: 1 })
        );
    }

    #[test]
    fn a_query_asks_for_its_own_coordinate() {
        let (rows, mut proof) = example();
        assert!(matches!(
            proof.check(&rows, 4, Some(3), &3.into(), Budget::nodes(100)),
            Err(ShortVectorError::QueryNotLast { index: 0, query: 3 })
        ));
        assert!(matches!(
            proof.check(&rows, 4, Some(0), &3.into(), Budget::nodes(100)),
            Err(ShortVectorError::QueryNotLast { index: 0, query: 0 })
        ));
        proof.basis.swap(0, 1);
        proof.left_inverse.swap(0, 1);
        proof.cuts = vectors(&[&[0, 1, -1, 0], &[1, -2, -1, 0]]);
        assert!(matches!(
            proof.check(&rows, 4, Some(0), &3.into(), Budget::nodes(100)),
            Err(ShortVectorError::Unbounded { .. }) | Ok(_)
        ));
    }

    #[test]
    fn missing_useless_and_ill_shaped_cuts_are_told() {
        let (rows, proof) = example();
        let with = |cuts: &[&[i64]]| ShortVectorProof { cuts: vectors(cuts), ..proof.clone() };
        assert!(matches!(
            with(&[&[1, -1, -1, 1]]).check(&rows, 4, None, &2.into(), Budget::nodes(100)),
            Err(ShortVectorError::Unbounded { level: 1 })
        ));
        assert_eq!(
            with(&[&[1, 1, 1, 1]]).check(&rows, 4, None, &2.into(), Budget::nodes(100)),
            Err(ShortVectorError::Vanishes { index: 0 })
        );
        assert!(matches!(
            with(&[&[1, 1]]).check(&rows, 4, None, &2.into(), Budget::nodes(100)),
            Err(ShortVectorError::Lattice(LatticeError::Length { field: "cuts", .. }))
        ));
    }
}
