//! Block reduction: each vector is as short as any that its block of neighbours holds, projected (BKZ; Schnorr and Euchner, "Lattice
//! basis reduction: improved practical algorithms and solving subset sum problems", *Mathematical Programming* 66, 1994).
//!
//! Which combination goes to the front of its block is looked for in floats; what is done to the basis are exchanges and sums of
//! whole multiples, so it stays a basis of its lattice whatever they say.

use super::lll::Gram;
use crate::kernel::number::IntegerVector;
use num_bigint::BigInt;
use num_traits::ToPrimitive;

/// A projected vector has to be this much shorter, squared, to go to the front.
const SHORTER: f64 = 0.99;
/// Nodes that looking through one block may take.
const MAX_NODES: u32 = 200_000;
/// How often each block is looked through at most.
const MAX_TOURS: usize = 12;

/// Reduces independent integer vectors in place by blocks of at most `block`; the lattice they generate stays the same. It ends early,
/// with a basis that is reduced less, when `go_on` says no.
pub fn bkz(basis: &mut [IntegerVector], block: usize, go_on: &dyn Fn() -> bool) {
    let size = basis.len();
    if size < 3 || block < 3 {
        return;
    }
    let mut state = Gram::new(basis);
    state.reduce_from(basis, 1);
    let (mut start, mut quiet) = (0, 0);
    for _ in 0..MAX_TOURS * size {
        if quiet >= size - 1 || !go_on() {
            return;
        }
        let end = size.min(start + block);
        match Block::new(&state, start, end).shorter() {
            Some(combination) => {
                state.bring_to_front(basis, start, combination);
                state.reduce_from(basis, start.max(1));
                quiet = 0;
            }
            None => quiet += 1,
        }
        start = (start + 1) % (size - 1);
    }
}

impl Gram {
    /// Makes `sum x_i b_{start + i}`, whose `x_i` have no common divisor, the vector at `start`, up to its sign: Euclid's algorithm on
    /// neighbouring `x_i`, from the last.
    fn bring_to_front(&mut self, basis: &mut [IntegerVector], start: usize, mut x: Vec<i64>) {
        for i in (1..x.len()).rev() {
            while x[i] != 0 {
                // x_{i-1} b_{i-1} + x_i b_i = (x_{i-1} - q x_i) b_{i-1} + x_i (b_i + q b_{i-1})
                let q = x[i - 1] / x[i];
                x[i - 1] -= q * x[i];
                self.subtract(basis, start + i, start + i - 1, &BigInt::from(-q));
                self.exchange(basis, start + i);
                x.swap(i - 1, i);
            }
        }
    }
}

/// A block of a basis in floats, projected to the complement of what comes before it.
struct Block {
    /// squared lengths of the Gram-Schmidt vectors
    lengths: Vec<f64>,
    /// `mu[i][j]` for `j < i`
    mu: Vec<Vec<f64>>,
    /// the best combination so far is shorter than this, squared
    radius: f64,
    best: Option<Vec<i64>>,
    nodes: u32,
}

impl Block {
    fn new(state: &Gram, start: usize, end: usize) -> Self {
        let lengths: Vec<f64> =
            (start..end).map(|i| quotient(&state.d[i + 1], &state.d[i])).collect();
        let mu = (start..end)
            .map(|i| (start..i).map(|j| quotient(&state.l[i][j], &state.d[j + 1])).collect())
            .collect();
        let radius = lengths.first().map_or(0.0, |first| SHORTER * first);
        Self { lengths, mu, radius, best: None, nodes: 0 }
    }

    /// Coefficients of a vector that is shorter than the first, without a common divisor.
    fn shorter(mut self) -> Option<Vec<i64>> {
        let size = self.lengths.len();
        self.visit(size, &mut vec![0; size], 0.0);
        self.best
    }

    /// All choices of `x[..depth]` whose vector is short enough, those next to the centre first.
    fn visit(&mut self, depth: usize, x: &mut Vec<i64>, above: f64) {
        let Some(i) = depth.checked_sub(1) else {
            // of a vector and its multiples the shortest is found, so that no divisor is common to all
            if above > 0.0 {
                self.radius = above;
                self.best = Some(x.clone());
            }
            return;
        };
        let centre: f64 = -(depth..x.len()).map(|j| x[j] as f64 * self.mu[j][i]).sum::<f64>();
        let nearest = centre.round();
        // of a vector and its negative, one
        let first_nonzero = x[depth..].iter().all(|&x| x == 0);
        for step in 0.. {
            let sides = if step == 0 {
                [Some(0.0), None]
            } else {
                [Some(step.into()), Some(-f64::from(step))]
            };
            let mut inside = false;
            for value in sides.into_iter().flatten().map(|side| nearest + side) {
                let length = above + (value - centre).powi(2) * self.lengths[i];
                if length >= self.radius || self.nodes >= MAX_NODES {
                    continue;
                }
                inside = true;
                if first_nonzero && value < 0.0 {
                    continue;
                }
                self.nodes += 1;
                x[i] = value as i64;
                self.visit(i, x, length);
                x[i] = 0;
            }
            if !inside {
                break;
            }
        }
    }
}

/// A quotient of integers of any size.
fn quotient(numerator: &BigInt, denominator: &BigInt) -> f64 {
    let shift = |value: &BigInt| value.bits().saturating_sub(64);
    let (up, down) = (shift(numerator), shift(denominator));
    let float = |value: &BigInt, shift: u64| (value >> shift).to_f64().unwrap_or(0.0);
    let exponent = i32::try_from(up).unwrap_or(i32::MAX) - i32::try_from(down).unwrap_or(i32::MAX);
    float(numerator, up) / float(denominator, down) * 2f64.powi(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::number::{dot_integers, integer};
    use crate::search::lattice::{KernelLattice, kernel_lattice};
    use proptest::prelude::*;

    fn shortest(basis: &[IntegerVector]) -> BigInt {
        basis.iter().map(|b| dot_integers(b, b)).min().unwrap_or_default()
    }

    /// The squared volume of a lattice.
    fn volume(basis: &[IntegerVector]) -> BigInt {
        Gram::new(basis).d.pop().unwrap_or_default()
    }

    proptest! {
        #[test]
        fn the_lattice_stays_and_its_first_vector_is_no_longer(
            rows in proptest::collection::vec(proptest::collection::vec(-20i64..=20, 12), 2),
        ) {
            let rows: Vec<IntegerVector> =
                rows.into_iter().map(|row| row.into_iter().map(BigInt::from).collect()).collect();
            let KernelLattice { basis, left_inverse } = kernel_lattice(&rows, 12);
            let mut reduced = basis.clone();
            bkz(&mut reduced, basis.len(), &|| true);
            prop_assert_eq!(volume(&reduced), volume(&basis));
            for b in &reduced {
                // its coordinates in the old basis are integers that give it
                let x: Vec<BigInt> = left_inverse.iter().map(|u| dot_integers(u, b)).collect();
                let old = KernelLattice { basis: basis.clone(), left_inverse: left_inverse.clone() };
                prop_assert_eq!(&old.vector(&x), b);
            }
            prop_assert!(shortest(&reduced) <= shortest(&basis));
            // the block is all of it, so nothing is shorter than the first: what the cube holds is not either
            let first = dot_integers(&reduced[0], &reduced[0]);
            for code in 1..3_i64.pow(6) {
                let x: Vec<BigInt> = (0..reduced.len())
                    .map(|i| BigInt::from(if i < 6 { code / 3_i64.pow(i as u32) % 3 - 1 } else { 0 }))
                    .collect();
                let some = KernelLattice { basis: reduced.clone(), left_inverse: Vec::new() }.vector(&x);
                let length = dot_integers(&some, &some);
                prop_assert!(length == BigInt::default() || length * 100 >= &first * 99);
            }
        }
    }

    #[test]
    fn quotients_of_long_numbers() {
        let power = |exponent: usize| integer(BigInt::from(3).pow(exponent as u32)).numer().clone();
        assert!((quotient(&power(900), &power(899)) - 3.0).abs() < 1e-12);
        assert!((quotient(&-power(1), &power(2)) + 1.0 / 3.0).abs() < 1e-12);
    }
}
