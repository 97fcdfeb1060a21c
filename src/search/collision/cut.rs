//! Cuts: integer vectors with `<y, b_j> = 0` for `j < l`, near the dual vector of a vertex or made of its base and signs.

use super::projection::Vertex;
use crate::algebra::echelon;
use crate::kernel::number::{IntegerVector, dot_integers};
use crate::search::collision::whole::{Whole, clip, whole_dot};
use crate::search::lattice::KernelLattice;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// A cut `y` of level `level`: `|sum_{i >= level} products[i - level] lambda_i|` is at most
/// `largest ||z||_1 + sum ||w||_inf` for the vector `(z, w)` with coordinates `lambda`.
#[derive(Debug, Clone)]
pub struct Cut<T> {
    pub y: Numbers,
    pub level: usize,
    pub products: Vec<T>,
    /// largest entry of `y` on `z`
    pub largest: T,
    /// sum of the entries of `y` on `w`
    pub sum: T,
}

/// An integer vector, in machine words where it fits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Numbers {
    Words(Box<[i64]>),
    Big(IntegerVector),
}

impl Numbers {
    pub fn to_integers(&self) -> IntegerVector {
        match self {
            Self::Words(words) => words.iter().map(|&word| word.into()).collect(),
            Self::Big(integers) => integers.clone(),
        }
    }
}

/// The parts of 1 to which a dual vector is rounded. Coarse enough for sums of products within 64 bits.
const PARTS: f64 = (1 << 26) as f64;

/// A dual vector whose coordinates count `weights` times, rounded; `None` when a number is none.
pub fn rounded(vertex: &Vertex, weights: impl Fn(usize) -> f64) -> Option<Vec<i64>> {
    let weighted = vertex.dual.iter().enumerate();
    weighted.map(|(i, y)| (y * weights(i) * PARTS).round().to_i64()).collect()
}

/// A basis and the functionals that read off coordinates, in machine words.
#[derive(Debug, Clone)]
pub struct Words {
    basis: Vec<Vec<i64>>,
    functionals: Vec<Vec<i64>>,
}

/// How large numbers may be so that no sum of products below leaves 128 bits: entries of [`Words`], and of a vector.
const LARGEST_ENTRY: i64 = 1 << 34;
const LARGEST_NUMBER: i128 = 1 << 62;

/// Of a vector of [`Words`] and another.
fn dot_words(row: &[i64], y: &[i64]) -> i128 {
    row.iter().zip(y).map(|(&a, &b)| i128::from(a) * i128::from(b)).sum()
}

impl Words {
    /// `None` when a number is too large.
    pub fn new(lattice: &KernelLattice) -> Option<Self> {
        let word = |value: &BigInt| value.to_i64().filter(|word| word.abs() <= LARGEST_ENTRY);
        let words = |rows: &[IntegerVector]| {
            let row = |row: &IntegerVector| row.iter().map(word).collect();
            rows.iter().map(row).collect::<Option<Vec<Vec<i64>>>>()
        };
        let (basis, functionals) = (words(&lattice.basis)?, words(&lattice.left_inverse)?);
        (basis.first().map_or(0, Vec::len) <= 1 << 12).then_some(Self { basis, functionals })
    }

    /// The vector next to `y` that vanishes on `basis[..below]`: weaker than [`exact_cut`], for much less work and with shorter
    /// numbers. `None` when a number is too large, or nothing is left.
    pub fn cut<T: Whole>(&self, y: &[i64], below: usize, split: usize) -> Option<Cut<T>> {
        let mut exact: Vec<i128> = y.iter().map(|&entry| entry.into()).collect();
        for (b, functional) in self.basis[..below].iter().zip(&self.functionals) {
            let product = dot_words(b, y);
            if product.abs() > LARGEST_NUMBER {
                return None;
            }
            if product != 0 {
                for (entry, &from) in exact.iter_mut().zip(functional) {
                    *entry -= product * i128::from(from);
                }
            }
        }
        let mut gcd = 0_i128;
        for entry in &exact {
            if gcd != 1 {
                gcd = gcd.gcd(entry);
            }
        }
        let word = |entry: i128| {
            let word = entry.checked_div(gcd)?;
            i64::try_from(word).ok().filter(|word| i128::from(*word).abs() <= LARGEST_NUMBER)
        };
        let y = exact.into_iter().map(word).collect::<Option<Box<[i64]>>>()?;
        let products = self.basis[below..].iter().map(|b| T::word(dot_words(b, &y)));
        let mut products = products.collect::<Option<Vec<T>>>()?;
        let skip = products.iter().position(|product| !product.is_zero())?;
        products.drain(..skip);
        let sizes = y.iter().map(|entry| i128::from(*entry).abs());
        let largest = T::word(sizes.clone().take(split).max().unwrap_or(0))?;
        let sum = T::word(sizes.skip(split).sum())?;
        Some(Cut { y: Numbers::Words(y), level: below + skip, products, largest, sum })
    }
}

/// As [`Words::cut`], for numbers of any size.
pub fn vanishing(lattice: &KernelLattice, y: &[i64], below: usize) -> IntegerVector {
    let mut y: IntegerVector = y.iter().map(|&entry| entry.into()).collect();
    let left: Vec<BigInt> = lattice.basis[..below].iter().map(|b| dot_integers(&y, b)).collect();
    for (product, functional) in left.iter().zip(&lattice.left_inverse) {
        for (entry, from) in y.iter_mut().zip(functional).filter(|(_, from)| !from.is_zero()) {
            *entry -= product * from;
        }
    }
    primitive(y)
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
        Some(Self { y: Numbers::Big(y), level: below + skip, products, largest, sum })
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
