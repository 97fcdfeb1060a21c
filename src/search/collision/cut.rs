//! Exact cuts: integer vectors with `<y, b_j> = 0` for `j < l`, near the dual vector of a vertex or made of its base and signs.

use super::projection::Vertex;
use crate::algebra::echelon;
use crate::kernel::number::{IntegerVector, dot_integers};
use crate::search::collision::whole::{Whole, clip, whole_dot};
use crate::search::lattice::KernelLattice;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{FromPrimitive, One, Signed, Zero};

/// A cut `y` of level `level`: `|sum_{i >= level} products[i - level] lambda_i|` is at most
/// `largest ||z||_1 + sum ||w||_inf` for the vector `(z, w)` with coordinates `lambda`.
#[derive(Debug, Clone)]
pub struct Cut<T> {
    pub y: IntegerVector,
    pub level: usize,
    pub products: Vec<T>,
    /// largest entry of `y` on `z`
    pub largest: T,
    /// sum of the entries of `y` on `w`
    pub sum: T,
}

/// The parts of 1 to which a dual vector is rounded. Coarse enough for sums of products within 64 bits.
const PARTS: f64 = (1 << 26) as f64;

/// A cut of level at least `below` next to the dual vector of `vertex`, whose coordinates count `weights` times: rounded, and made
/// to vanish on `basis[..below]` again by the functionals that read off coordinates. A little weaker than [`exact_cut`], for much
/// less work and with shorter numbers. `None` when a number is none.
pub fn rounded_cut(
    lattice: &KernelLattice,
    below: usize,
    vertex: &Vertex,
    weights: impl Fn(usize) -> f64,
) -> Option<IntegerVector> {
    let rounded = vertex.dual.iter().enumerate();
    let mut y = rounded
        .map(|(i, y)| BigInt::from_f64((y * weights(i) * PARTS).round()))
        .collect::<Option<IntegerVector>>()?;
    let left: Vec<BigInt> = lattice.basis[..below].iter().map(|b| dot_integers(&y, b)).collect();
    for (product, functional) in left.iter().zip(&lattice.left_inverse) {
        for (entry, from) in y.iter_mut().zip(functional).filter(|(_, from)| !from.is_zero()) {
            *entry -= product * from;
        }
    }
    Some(primitive(y))
}

/// The cut of level at least `below` that vertex `vertex` of the projection along
/// `basis[..below]` proposes. `None` when its base is singular.
pub fn exact_cut(basis: &[IntegerVector], below: usize, vertex: &Vertex) -> Option<IntegerVector> {
    let length = basis.first()?.len();
    let mut in_base = vec![false; length];
    for &row in &vertex.base {
        in_base[row] = true;
    }
    // One equation for each j < below: sum over the base of y_i b_ji = -sum of signs off it.
    let equations: Vec<IntegerVector> = basis[..below]
        .iter()
        .map(|b| {
            let mut right = BigInt::zero();
            for i in (0..length).filter(|&i| !in_base[i]) {
                if vertex.signs[i] < 0 { right += &b[i] } else { right -= &b[i] }
            }
            let mut row: IntegerVector = vertex.base.iter().map(|&i| b[i].clone()).collect();
            row.push(right);
            row
        })
        .collect();
    let solved = echelon(equations, below + 1);
    if solved.pivots.len() != below || solved.pivots.last().is_some_and(|&last| last >= below) {
        return None;
    }
    let mut y: IntegerVector = vertex
        .signs
        .iter()
        .map(|&sign| if sign < 0 { -&solved.pivot } else { solved.pivot.clone() })
        .collect();
    for (row, &i) in solved.rows.iter().zip(&vertex.base) {
        y[i] = row[below].clone();
    }
    Some(primitive(y))
}

impl<T: Whole> Cut<T> {
    /// The cut `y`, whose products with `basis[..below]` are known to vanish.
    pub fn new(
        y: IntegerVector,
        basis: &[IntegerVector],
        below: usize,
        split: usize,
    ) -> Option<Self> {
        let products = basis[below..].iter().map(|b| T::entry(&dot_integers(&y, b)));
        let mut products = products.collect::<Option<Vec<T>>>()?;
        let skip = products.iter().position(|product| !product.is_zero())?;
        products.drain(..skip);
        let (first, second) = y.split_at(split.min(y.len()));
        let largest = T::entry(&first.iter().map(Signed::abs).max().unwrap_or_default())?;
        let sum = T::entry(&second.iter().map(Signed::abs).sum())?;
        Some(Self { level: below + skip, products, largest, sum, y })
    }

    /// The largest value on vectors with `||z||_1 <= l1` and `||w||_inf <= sup`.
    pub fn bound(&self, l1: &T, sup: &T) -> T {
        self.largest.times(l1) + self.sum.times(sup)
    }

    /// Clips the interval of `lambda_level` to what `bound` allows when the higher coordinates are `above`.
    pub fn clip(&self, above: &[T], bound: &T, low: &mut Option<T>, high: &mut Option<T>) -> bool {
        let sum = whole_dot(&self.products[1..], above);
        clip(&self.products[0], sum, bound, low, high)
    }
}

/// Divides out the gcd of the entries.
fn primitive(mut vector: IntegerVector) -> IntegerVector {
    let gcd = vector.iter().fold(BigInt::zero(), |gcd, entry| gcd.gcd(entry));
    if gcd > BigInt::one() {
        for entry in &mut vector {
            *entry = &*entry / &gcd;
        }
    }
    vector
}
