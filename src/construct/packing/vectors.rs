//! Integer vectors of small coherence: a line for each.

use crate::kernel::number::{Matrix, integer};
use std::f64::consts::PI;

/// Root systems all of whose roots have one length: products of two unit roots are 0 and `+-1/2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    D4,
    E6,
    E7,
    E8,
}

impl Root {
    pub const ALL: [Self; 4] = [Self::D4, Self::E6, Self::E7, Self::E8];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::D4 => "roots-d4",
            Self::E6 => "roots-e6",
            Self::E7 => "roots-e7",
            Self::E8 => "roots-e8",
        }
    }

    pub(super) fn sizes(self) -> (usize, usize) {
        match self {
            Self::D4 => (12, 4),
            Self::E6 => (36, 6),
            Self::E7 => (63, 7),
            Self::E8 => (120, 8),
        }
    }

    /// The roots up to their sign, and roots of `E8` that are orthogonal to all of them.
    pub(super) fn lines(self) -> (Vec<Vec<i64>>, Vec<Vec<i64>>) {
        if self == Self::D4 {
            return (sums_of_two(4, 1), Vec::new());
        }
        // twice the roots of E8
        let mut roots = sums_of_two(8, 2);
        let signs = (0..256u32).filter(|signs| signs % 2 == 0 && signs.count_ones() % 2 == 0);
        roots.extend(
            signs.map(|signs| (0..8).map(|i| if (signs >> i) & 1 == 1 { -1 } else { 1 }).collect()),
        );
        let difference =
            |i: usize| (0..8).map(|j| 2 * (i64::from(j == i) - i64::from(j == i + 1))).collect();
        let normals: Vec<Vec<i64>> = match self {
            Self::E6 => vec![difference(6), difference(5)],
            Self::E7 => vec![difference(6)],
            _ => Vec::new(),
        };
        let orthogonal =
            |a: &[i64], b: &[i64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<i64>() == 0;
        roots.retain(|root| normals.iter().all(|normal| orthogonal(root, normal)));
        (roots, normals)
    }
}

/// `size (e_i + e_j)` and `size (e_i - e_j)` for `i < j`.
fn sums_of_two(d: usize, size: i64) -> Vec<Vec<i64>> {
    let pairs = (0..d).flat_map(|j| (0..j).map(move |i| (i, j)));
    let line = |i: usize, j: usize, sign: i64| {
        (0..d).map(|at| size * (i64::from(at == i) + sign * i64::from(at == j))).collect()
    };
    pairs.flat_map(|(i, j)| [line(i, j, 1), line(i, j, -1)]).collect()
}

/// Diagonals of a cube, and its axes.
pub(super) fn cube() -> Vec<Vec<i64>> {
    let diagonals = [[1, 1, 1], [1, 1, -1], [1, -1, 1], [-1, 1, 1]];
    let axes = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
    diagonals.into_iter().chain(axes).map(Vec::from).collect()
}

/// Short and long roots of `G2`, in the plane orthogonal to `(1, 1, 1)`.
pub(super) fn hexagon() -> Vec<Vec<i64>> {
    let lines = [[1, -1, 0], [0, 1, -1], [1, 0, -1], [2, -1, -1], [-1, 2, -1], [-1, -1, 2]];
    lines.into_iter().map(Vec::from).collect()
}

/// Integer points near the angles `k pi / m`, within `10^-9` of them.
pub(super) fn planar(m: usize) -> Matrix {
    Matrix::from_fn(m, 2, |k, i| {
        let angle = PI * k as f64 / m as f64;
        let coordinate = if i == 0 { angle.cos() } else { angle.sin() };
        integer((coordinate * 1e9).round() as i64)
    })
}

/// Mutually unbiased bases of `R^(2^r)`: the axes, and for some quadratic forms `Q` the vectors `(-1)^(Q(x) + a x)` over the points `x` of
/// `F_2^r`. Two of these bases are unbiased if and only if the alternating form of `Q - Q'` is nonsingular; for `r = 2` and `r = 4` there are `2^(r-1)` such
/// forms (a Kerdock set), for other `r` one is taken, 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field2 {
    r: u32,
}

/// Coordinates `i < j` of `F_2^4`; a form is a set of them.
const PAIRS: [(u32, u32); 6] = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)];

impl Field2 {
    /// Up to `R^1024`.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (1..=10).map(|r| Self { r })
    }

    pub(super) fn dimension(self) -> usize {
        1 << self.r
    }

    pub(super) fn bases(self) -> usize {
        match self.r {
            2 => 3,
            4 => 9,
            _ => 2,
        }
    }

    /// Alternating forms, the differences of which are nonsingular, as sets of [`PAIRS`].
    fn forms(self) -> Vec<u32> {
        // the Pfaffian of a form on F_2^4; of one on F_2^2 it is its one entry
        let nonsingular = |form: u32| match self.r {
            2 => form == 1,
            _ => {
                let bit = |at: u32| (form >> at) & 1;
                (bit(0) & bit(5)) ^ (bit(1) & bit(4)) ^ (bit(2) & bit(3)) == 1
            }
        };
        fn extend(found: &mut Vec<u32>, number: usize, nonsingular: &dyn Fn(u32) -> bool) -> bool {
            let next = found.last().map_or(0, |last| last + 1);
            found.len() == number
                || (next..64).any(|form| {
                    let fits = found.iter().all(|other| nonsingular(form ^ other));
                    fits && {
                        found.push(form);
                        extend(found, number, nonsingular) || found.pop().is_none()
                    }
                })
        }
        let mut found = Vec::new();
        extend(&mut found, self.bases() - 1, &nonsingular);
        found
    }

    pub(super) fn vectors(self) -> Vec<Vec<i64>> {
        let points = 0..1u32 << self.r;
        let mut rows: Vec<Vec<i64>> =
            points.clone().map(|i| points.clone().map(|j| i64::from(i == j)).collect()).collect();
        for form in self.forms() {
            let value = |x: u32| {
                let both =
                    |(at, (i, j)): (usize, &(u32, u32))| (form >> at) & (x >> i) & (x >> j) & 1;
                PAIRS.iter().enumerate().map(both).sum::<u32>()
            };
            for a in points.clone() {
                let sign = |x: u32| {
                    if (value(x) + (a & x).count_ones()).is_multiple_of(2) { 1 } else { -1 }
                };
                rows.push(points.clone().map(sign).collect());
            }
        }
        rows
    }
}
