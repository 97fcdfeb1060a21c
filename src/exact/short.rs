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
//! For a *fixed query* `q` only vectors with `z_q != 0` matter. Then `<e_q, b_i> = 0` for `i < k`, so that
//! `z_q = lambda_k <e_q, b_k>` and the enumeration starts from `lambda_k >= 1` ([`Sought::LastNonZero`]).

use super::lattice::{IntegerVector, LatticeError, check_kernel_basis, integer_dot};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

/// Largest entry of a cut's products and bounds: with [`MAX_COORDINATE`] and [`MAX_DIMENSION`] no
/// sum below leaves an `i128`.
const MAX_PRODUCT: i128 = 1 << 64;
const MAX_COORDINATE: i128 = 1 << 40;
const MAX_DIMENSION: usize = 1 << 16;

/// Why an enumeration does not show that there is no short vector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShortVectorError {
    #[error(transparent)]
    Lattice(#[from] LatticeError),
    #[error("basis[{index}] is not zero at the query {query}; only the last vector may be")]
    QueryNotLast { index: usize, query: usize },
    #[error("a non-zero lattice vector of l1 norm {norm} is at most the radius")]
    Found { vector: Vec<BigInt>, norm: BigInt },
    #[error("no cut bounds coordinate {level}")]
    Unbounded { level: usize },
    #[error("cuts[{index}] vanishes on the whole lattice, so it bounds no coordinate")]
    Vanishes { index: usize },
    #[error("{place} is too large for the enumeration (at most {limit})")]
    TooLarge { place: String, limit: i128 },
    #[error("the enumeration needs more than {limit} nodes")]
    NodeLimit { limit: u64 },
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
        node_limit: u64,
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
        no_short_vector(&self.basis, &self.cuts, sought, radius, node_limit)
    }
}

/// A cut in coordinates: `|sum_{i >= level} products[i - level] lambda_i| <= bound`.
struct Cut {
    products: Vec<i128>,
    bound: i128,
}

/// A lattice basis with cuts, ready to be enumerated for one radius.
struct Enumeration {
    /// The basis, one vector of small integers each.
    basis: Vec<Vec<i128>>,
    /// `cuts[l]`: the cuts of level `l`.
    cuts: Vec<Vec<Cut>>,
    radius: i128,
    sought: Sought,
}

/// Shows that no sought integer combination of `basis` has l1 norm at most `radius`, and returns the
/// number of nodes visited. The vectors of `basis` must be independent for the statement to be
/// about a lattice; they and `cuts` must have one common length.
///
/// # Errors
/// [`ShortVectorError`]: a short vector, a coordinate that no cut bounds, or a limit.
pub fn no_short_vector(
    basis: &[IntegerVector],
    cuts: &[IntegerVector],
    sought: Sought,
    radius: &BigInt,
    node_limit: u64,
) -> Result<u64, ShortVectorError> {
    if radius.is_negative() || basis.is_empty() {
        return Ok(0);
    }
    Enumeration::new(basis, cuts, sought, radius)?.run(node_limit)
}

impl Enumeration {
    fn new(
        basis: &[IntegerVector],
        cuts: &[IntegerVector],
        sought: Sought,
        radius: &BigInt,
    ) -> Result<Self, ShortVectorError> {
        if basis.len() > MAX_DIMENSION {
            let limit = MAX_DIMENSION as i128;
            return Err(ShortVectorError::TooLarge { place: "the dimension".to_owned(), limit });
        }
        let mut levels: Vec<Vec<Cut>> = basis.iter().map(|_| Vec::new()).collect();
        for (index, cut) in cuts.iter().enumerate() {
            let mut products = Vec::new();
            let mut first = None;
            for (level, vector) in basis.iter().enumerate() {
                let product = integer_dot(cut, vector);
                if first.is_none() && !product.is_zero() {
                    first = Some(level);
                }
                if first.is_some() {
                    products
                        .push(small(&product, || format!("cuts[{index}] times basis[{level}]"))?);
                }
            }
            let level = first.ok_or(ShortVectorError::Vanishes { index })?;
            let largest = cut.iter().map(Signed::abs).max().unwrap_or_default();
            let bound = small(&(largest * radius), || format!("the bound of cuts[{index}]"))?;
            if let Some(place) = levels.get_mut(level) {
                place.push(Cut { products, bound });
            }
        }
        let mut small_basis = Vec::with_capacity(basis.len());
        for (index, vector) in basis.iter().enumerate() {
            let entries = vector.iter().map(|entry| small(entry, || format!("basis[{index}]")));
            small_basis.push(entries.collect::<Result<Vec<_>, _>>()?);
        }
        let radius = small(radius, || "the radius".to_owned())?;
        Ok(Self { basis: small_basis, cuts: levels, radius, sought })
    }

    /// Visits the tree depth first; a node is a choice of `lambda_k .. lambda_l`.
    fn run(&self, node_limit: u64) -> Result<u64, ShortVectorError> {
        let dimension = self.basis.len();
        let length = self.basis.first().map_or(0, Vec::len);
        let mut nodes = 0_u64;
        let mut lambda = vec![0_i128; dimension];
        // The last value allowed at each level, and whether all higher coordinates are zero.
        let mut last = vec![0_i128; dimension];
        let mut level = dimension;
        let mut descend = true;
        loop {
            if descend {
                if level == 0 {
                    self.leaf(&lambda, length)?;
                    descend = false;
                    continue;
                }
                level -= 1;
                let zero_above = lambda[level + 1..].iter().all(|&value| value == 0);
                let (low, high) = self.interval(level, &lambda)?;
                let least = match self.sought {
                    Sought::LastNonZero if level + 1 == dimension => 1,
                    _ if zero_above => 0,
                    _ => low,
                };
                let low = low.max(least);
                lambda[level] = low;
                last[level] = high;
            } else {
                if level == dimension {
                    return Ok(nodes);
                }
                lambda[level] += 1;
            }
            if lambda[level] <= last[level] {
                nodes += 1;
                if nodes > node_limit {
                    return Err(ShortVectorError::NodeLimit { limit: node_limit });
                }
                descend = true;
            } else {
                lambda[level] = 0;
                level += 1;
                descend = false;
            }
        }
    }

    /// The values of `lambda_level` that no cut excludes, given the higher coordinates.
    fn interval(&self, level: usize, lambda: &[i128]) -> Result<(i128, i128), ShortVectorError> {
        let (mut low, mut high) = (-MAX_COORDINATE - 1, MAX_COORDINATE + 1);
        for cut in &self.cuts[level] {
            let Some((&factor, rest)) = cut.products.split_first() else { continue };
            let sum: i128 = rest.iter().zip(&lambda[level + 1..]).map(|(w, x)| w * x).sum();
            // -bound <= factor * x + sum <= bound, for a positive factor.
            let (factor, sum) = if factor < 0 { (-factor, -sum) } else { (factor, sum) };
            if factor * high + sum > cut.bound {
                high = (cut.bound - sum).div_euclid(factor);
            }
            if factor * low + sum < -cut.bound {
                low = -(cut.bound + sum).div_euclid(factor);
            }
            if low > high {
                break;
            }
        }
        if self.cuts[level].is_empty() {
            return Err(ShortVectorError::Unbounded { level });
        }
        if low <= high && (low < -MAX_COORDINATE || high > MAX_COORDINATE) {
            let place = format!("coordinate {level}");
            return Err(ShortVectorError::TooLarge { place, limit: MAX_COORDINATE });
        }
        Ok((low, high))
    }

    /// Fails when all coordinates are fixed and the vector is short and not zero.
    fn leaf(&self, lambda: &[i128], length: usize) -> Result<(), ShortVectorError> {
        if lambda.iter().all(|&value| value == 0) {
            return Ok(());
        }
        let mut norm = 0_i128;
        let mut vector = vec![0_i128; length];
        for (j, entry) in vector.iter_mut().enumerate() {
            *entry = lambda
                .iter()
                .zip(&self.basis)
                .map(|(x, b)| if *x == 0 { 0 } else { x * b[j] })
                .sum();
            norm = norm.saturating_add(entry.abs());
            if norm > self.radius {
                return Ok(());
            }
        }
        let vector = vector.into_iter().map(BigInt::from).collect();
        Err(ShortVectorError::Found { vector, norm: norm.into() })
    }
}

fn small(value: &BigInt, place: impl Fn() -> String) -> Result<i128, ShortVectorError> {
    match value.to_i128() {
        Some(value) if value.abs() <= MAX_PRODUCT => Ok(value),
        _ => Err(ShortVectorError::TooLarge { place: place(), limit: MAX_PRODUCT }),
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
        assert!(proof.check(&rows, 4, None, &3.into(), 100).is_ok());
        assert!(matches!(
            proof.check(&rows, 4, None, &4.into(), 100),
            Err(ShortVectorError::Found { norm, .. }) if norm == 4.into()
        ));
        assert_eq!(proof.check(&rows, 4, None, &(-1).into(), 100), Ok(0));
        assert_eq!(
            proof.check(&rows, 4, None, &3.into(), 1),
            Err(ShortVectorError::NodeLimit { limit: 1 })
        );
    }

    #[test]
    fn a_query_asks_for_its_own_coordinate() {
        let (rows, mut proof) = example();
        assert!(matches!(
            proof.check(&rows, 4, Some(3), &3.into(), 100),
            Err(ShortVectorError::QueryNotLast { index: 0, query: 3 })
        ));
        assert!(matches!(
            proof.check(&rows, 4, Some(0), &3.into(), 100),
            Err(ShortVectorError::QueryNotLast { index: 0, query: 0 })
        ));
        proof.basis.swap(0, 1);
        proof.left_inverse.swap(0, 1);
        proof.cuts = vectors(&[&[0, 1, -1, 0], &[1, -2, -1, 0]]);
        assert!(matches!(
            proof.check(&rows, 4, Some(0), &3.into(), 100),
            Err(ShortVectorError::Unbounded { .. }) | Ok(_)
        ));
    }

    #[test]
    fn missing_useless_and_ill_shaped_cuts_are_told() {
        let (rows, proof) = example();
        let with = |cuts: &[&[i64]]| ShortVectorProof { cuts: vectors(cuts), ..proof.clone() };
        assert!(matches!(
            with(&[&[1, -1, -1, 1]]).check(&rows, 4, None, &2.into(), 100),
            Err(ShortVectorError::Unbounded { level: 1 })
        ));
        assert_eq!(
            with(&[&[1, 1, 1, 1]]).check(&rows, 4, None, &2.into(), 100),
            Err(ShortVectorError::Vanishes { index: 0 })
        );
        assert!(matches!(
            with(&[&[1, 1]]).check(&rows, 4, None, &2.into(), 100),
            Err(ShortVectorError::Lattice(LatticeError::Length { field: "cuts", .. }))
        ));
        assert!(matches!(
            with(&[&[i64::MAX, 1, 1, 1]]).check(&rows, 4, None, &i64::MAX.into(), 100),
            Err(ShortVectorError::TooLarge { .. })
        ));
    }
}
