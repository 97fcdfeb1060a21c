//! Unit vectors with small products (T12): how many tokens fit into `d` dimensions, and how far apart.
//!
//! The best coherence of `m` unit vectors in `R^d` is known where one of these meets a bound: equiangular lines ([`equiangular`]: simplices,
//! Paley's conference matrices, quadratic forms), and integer vectors ([`vectors`]: mutually unbiased bases, roots, a cube with its
//! axes). Vectors may be left out and dimensions added, so each of them serves for fewer tokens and more dimensions too. The constructions are
//! classical; that these meet Welch's, the orthoplex or Levenshtein's bound is decided again by the checker of certificates.

pub mod equiangular;
pub mod vectors;

use crate::kernel::kind::{Packing, Vectors};
use crate::kernel::number::{Matrix, Rational, Scaled, dot_integers, integer, ratio};
use num_bigint::BigInt;
use num_traits::Zero;
use vectors::{Field2, Root};

/// Equiangular lines and other unit vectors of small coherence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Design {
    /// `e_1 .. e_d`
    Orthonormal { d: usize },
    /// the same vector `m` times
    Repeated { m: usize },
    /// `d + 1` vectors from the centre of a regular simplex
    Simplex { d: usize },
    /// Paley's conference matrix of order `q + 1`, `q = 1 mod 4` a prime power
    Paley { q: usize },
    /// `(-1)^Q(x + y)` for the points of `F_2^(2 k)`, `Q` hyperbolic; or its complement
    QuadraticForm { k: u32, complement: bool },
    /// the pairs of 8 things, `+` where they share one; or its complement
    Pairs { complement: bool },
    /// axes and diagonals of a cube
    Cube,
    /// a line for each pair of opposite roots
    Roots(Root),
    /// bases of `R^(2^r)` with products `2^(-r/2)` between them
    Unbiased(Field2),
    /// six lines in the plane
    Hexagon,
    /// `m` lines in the plane at angles of about `pi / m`
    Planar { m: usize },
}

impl Design {
    /// Such as `paley-9`.
    #[must_use]
    pub fn name(self) -> String {
        let complement = |whether| if whether { "-complement" } else { "" };
        match self {
            Self::Orthonormal { .. } => "orthonormal".to_owned(),
            Self::Repeated { .. } => "repeated".to_owned(),
            Self::Simplex { d } => format!("simplex-{}", d + 1),
            Self::Paley { q } => format!("paley-{q}"),
            Self::QuadraticForm { k, complement: whether } => {
                format!("quadratic-form-{}{}", 1usize << (2 * k), complement(whether))
            }
            Self::Pairs { complement: whether } => format!("pairs-28{}", complement(whether)),
            Self::Cube => "cube-7".to_owned(),
            Self::Roots(root) => root.name().to_owned(),
            Self::Unbiased(field) => {
                format!("unbiased-bases-{}x{}", field.bases(), field.dimension())
            }
            Self::Hexagon => "hexagon-6".to_owned(),
            Self::Planar { m } => format!("planar-{m}"),
        }
    }

    /// How many vectors, in how many dimensions.
    #[must_use]
    pub fn sizes(self) -> (usize, usize) {
        match self {
            Self::Orthonormal { d } => (d, d),
            Self::Repeated { m } => (m, 1),
            Self::Simplex { d } => (d + 1, d),
            Self::Paley { q } => (q + 1, q.div_ceil(2)),
            Self::QuadraticForm { k, complement } => {
                let (all, root) = (1usize << (2 * k), 1usize << k);
                (all, if complement { (all - root) / 2 } else { (all + root) / 2 })
            }
            Self::Pairs { complement } => (28, if complement { 21 } else { 7 }),
            Self::Cube => (7, 3),
            Self::Roots(root) => root.sizes(),
            Self::Unbiased(field) => (field.bases() * field.dimension(), field.dimension()),
            Self::Hexagon => (6, 2),
            Self::Planar { m } => (m, 2),
        }
    }

    /// The largest squared product of two of them.
    #[must_use]
    pub fn coherence_squared(self) -> Rational {
        let one_over = |root: usize| ratio(1, (root * root) as i64);
        match self {
            Self::Orthonormal { .. } => Rational::zero(),
            Self::Repeated { .. } => integer(1),
            Self::Simplex { d } => one_over(d),
            Self::Paley { q } => ratio(1, q as i64),
            Self::QuadraticForm { k, complement: false } => one_over((1 << k) + 1),
            Self::QuadraticForm { k, complement: true } => one_over((1 << k) - 1),
            Self::Pairs { complement } => one_over(if complement { 9 } else { 3 }),
            Self::Cube => ratio(1, 3),
            Self::Roots(_) => ratio(1, 4),
            Self::Unbiased(field) => ratio(1, field.dimension() as i64),
            Self::Hexagon => ratio(3, 4),
            Self::Planar { m } => coherence_squared(&vectors::planar(m)),
        }
    }

    /// As a certificate has it; `None` for orthonormal vectors. Coordinates are those of the first `m`.
    #[must_use]
    pub fn packing(self, m: usize) -> Option<Packing> {
        let without = |rows: Vec<Vec<i64>>| coordinates(&rows, &[], m);
        Some(match self {
            Self::Orthonormal { .. } => return None,
            Self::Repeated { m } => without(vec![vec![1]; m]),
            Self::Simplex { d } => Packing::Seidel(equiangular::simplex(d)),
            Self::Paley { q } => Packing::Seidel(equiangular::paley(q)?),
            Self::QuadraticForm { k, complement } => {
                Packing::Seidel(equiangular::quadratic_form(k, complement))
            }
            Self::Pairs { complement } => Packing::Seidel(equiangular::pairs(complement)),
            Self::Cube => without(vectors::cube()),
            Self::Roots(root) => {
                let (rows, relations) = root.lines();
                coordinates(&rows, &relations, m)
            }
            Self::Unbiased(field) => without(field.vectors()),
            Self::Hexagon => coordinates(&vectors::hexagon(), &[vec![1; 3]], m),
            Self::Planar { m } => Packing::Vectors(in_coordinates(vectors::planar(m))),
        })
    }
}

/// The first `m` rows, and all relations.
fn coordinates(rows: &[Vec<i64>], relations: &[Vec<i64>], m: usize) -> Packing {
    let cols = rows.first().map_or(0, Vec::len);
    let matrix = |rows: &[Vec<i64>]| Matrix::from_fn(rows.len(), cols, |i, j| integer(rows[i][j]));
    Packing::Vectors(Vectors {
        rows: matrix(&rows[..m.min(rows.len())]),
        relations: matrix(relations),
    })
}

/// Vectors in as many dimensions as they have coordinates.
#[must_use]
pub fn in_coordinates(rows: Matrix) -> Vectors {
    let relations = Matrix::from_fn(0, rows.cols(), |_, _| Rational::zero());
    Vectors { rows, relations }
}

/// The largest squared product of two normalised rows, none of which is zero; 0 for one row.
#[must_use]
pub fn coherence_squared(rows: &Matrix) -> Rational {
    most_coherent(rows).0
}

/// The same with the first two rows that have it, the earlier one first; none where it is 0.
#[must_use]
pub fn most_coherent(rows: &Matrix) -> (Rational, Option<[usize; 2]>) {
    let integers = |row: &Vec<Rational>| {
        Scaled::new(row.iter()).map_or_else(|_| Vec::new(), |row| row.numerators)
    };
    let rows: Vec<(Vec<BigInt>, BigInt)> = rows
        .list()
        .iter()
        .map(integers)
        .map(|row| {
            let norm = dot_integers(&row, &row);
            (row, norm)
        })
        .collect();
    let (mut largest, mut pair) = ((BigInt::zero(), BigInt::from(1)), None);
    for (i, (u, u_norm)) in rows.iter().enumerate() {
        for (j, (v, v_norm)) in rows[..i].iter().enumerate() {
            let product = dot_integers(u, v);
            let (over, under) = (&product * &product, u_norm * v_norm);
            if &over * &largest.1 > &largest.0 * &under {
                (largest, pair) = ((over, under), Some([j, i]));
            }
        }
    }
    (Rational::new(largest.0, largest.1), pair)
}

/// The design of least coherence with at least `m` vectors in at most `d` dimensions, `m` and `d` at least 1.
///
/// ```
/// use counterproof::construct::packing::{Design, best};
/// use counterproof::kernel::number::ratio;
///
/// assert_eq!(best(10, 5), Design::Paley { q: 9 });
/// // one line less serves as well
/// assert_eq!(best(9, 5).coherence_squared(), ratio(1, 9));
/// assert_eq!(best(3, 8), Design::Orthonormal { d: 8 });
/// ```
#[must_use]
pub fn best(m: usize, d: usize) -> Design {
    if m <= d {
        return Design::Orthonormal { d };
    }
    let mut designs = vec![
        Design::Repeated { m },
        Design::Simplex { d: m - 1 },
        Design::Hexagon,
        Design::Cube,
        Design::Pairs { complement: false },
        Design::Pairs { complement: true },
    ];
    designs.extend(Root::ALL.map(Design::Roots));
    designs.extend(
        (2..=5)
            .flat_map(|k| [false, true].map(|complement| Design::QuadraticForm { k, complement })),
    );
    designs.extend(Field2::all().map(Design::Unbiased));
    // the larger the better, as long as the dimension allows
    designs.extend(
        (m - 1..2 * d).rev().find(|&q| equiangular::has_paley(q)).map(|q| Design::Paley { q }),
    );
    if d == 2 {
        designs.push(Design::Planar { m });
    }
    let fits = |design: &Design| {
        let (vectors, dimensions) = design.sizes();
        vectors >= m && dimensions <= d
    };
    let fitting = designs.into_iter().filter(fits);
    let least = fitting.min_by_key(|design| (design.coherence_squared(), design.sizes()));
    least.unwrap_or(Design::Repeated { m })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Coherence as the bounds have it, and the vectors as their design says.
    #[test]
    fn designs_are_as_they_say() {
        let designs = [Design::Cube, Design::Hexagon, Design::Planar { m: 7 }]
            .into_iter()
            .chain(Root::ALL.map(Design::Roots))
            .chain(Field2::all().filter(|field| field.dimension() <= 32).map(Design::Unbiased));
        for design in designs {
            let (m, d) = design.sizes();
            let Some(Packing::Vectors(vectors)) = design.packing(m) else { panic!("{design:?}") };
            assert_eq!(vectors.rows.rows(), m, "{design:?}");
            assert_eq!(vectors.rows.cols() - vectors.relations.rows(), d, "{design:?}");
            assert_eq!(coherence_squared(&vectors.rows), design.coherence_squared(), "{design:?}");
        }
    }
}
