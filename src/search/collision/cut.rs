//! Exact cuts: dual vectors with `<y, b_j> = 0` for `j < l`, from the base and signs of a vertex.

use super::projection::Vertex;
use crate::exact::{IntegerVector, echelon};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// A cut of level `level`: `|sum_{i >= level} products[i - level] lambda_i| <= size ||z||_1`.
#[derive(Debug, Clone)]
pub struct Cut {
    pub y: IntegerVector,
    pub level: usize,
    pub products: Vec<i128>,
    /// `||y||_inf`.
    pub size: i128,
}

/// Numbers of a cut stay below this, so that sums of products with coordinates fit an `i128`.
const LIMIT: i128 = 1 << 62;

/// The cut of level at least `below` that vertex `vertex` of the projection along
/// `basis[..below]` proposes. `None` when its base is singular or its numbers are too large.
pub fn exact_cut(basis: &[IntegerVector], below: usize, vertex: &Vertex) -> Option<Cut> {
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
    Cut::new(primitive(y), basis, below)
}

impl Cut {
    /// The cut `y`, whose products with `basis[..below]` are known to vanish.
    pub fn new(y: IntegerVector, basis: &[IntegerVector], below: usize) -> Option<Self> {
        let products: Option<Vec<i128>> =
            basis[below..].iter().map(|b| small(&crate::exact::integer_dot(&y, b))).collect();
        let mut products = products?;
        let skip = products.iter().position(|&product| product != 0)?;
        products.drain(..skip);
        let size = small(&y.iter().map(Signed::abs).max()?)?;
        Some(Self { y, level: below + skip, products, size })
    }

    /// The bounds on `lambda_level` when `||z||_1 <= radius` and the higher coordinates are `above`.
    pub fn clip(&self, above: &[i128], radius: i128, low: &mut i128, high: &mut i128) -> bool {
        let sum: i128 = self.products[1..].iter().zip(above).map(|(w, x)| w * x).sum();
        let (factor, sum) =
            if self.products[0] < 0 { (-self.products[0], -sum) } else { (self.products[0], sum) };
        let bound = self.size * radius;
        let mut tight = false;
        if factor * *high + sum > bound {
            *high = Integer::div_floor(&(bound - sum), &factor);
            tight = true;
        }
        if factor * *low + sum < -bound {
            *low = -Integer::div_floor(&(bound + sum), &factor);
            tight = true;
        }
        tight
    }
}

fn small(value: &BigInt) -> Option<i128> {
    value.to_i128().filter(|value| value.abs() <= LIMIT)
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
