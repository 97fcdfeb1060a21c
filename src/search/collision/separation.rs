//! `delta(V, n)` (ours): the least distance in the sup norm of two states with one query and different answers.
//!
//! The states `sum_j c_j v_j / n` of such inputs differ by `V z / n` with `z != 0`, `sum z = 0`, `||z||_1 <= 2 (n - 1)`.
//! An exact network that reads the state has a Lipschitz constant of at least `1 / delta`. The search asks
//! for any `(z, w)`, `w = s V z`, with `||w||_inf` smaller than the best so far, until there is none.

use super::decide::colliding;
use super::enumerate::{Found, Wanted};
use super::{Limits, SearchError, lengthened, run};
use crate::kernel::definition::Task;
use crate::kernel::evidence::{Ball, separation_matrix};
use crate::kernel::kind::{Pair, Separation, SeparationParams};
use crate::kernel::number::{IntegerVector, Matrix, Rational, RationalText, dot_integers};
use crate::kernel::{Certificate, ClaimId};
use crate::search::collision::{ShortVectorProof, Sought};
use crate::search::lattice::{KernelLattice, kernel_lattice};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// The separation with its certificate.
#[derive(Debug, Clone)]
pub struct Separated {
    pub distance: Rational,
    pub pair: Pair,
    pub certificate: Certificate,
    pub nodes: u64,
}

/// Finds the separation of `embedding` (`[m, d]`) at context length `n`; `None` when there are no two inputs
/// with one query and different answers (`n < 2` or `m < 2`).
///
/// # Errors
/// [`SearchError`] when a limit is reached.
pub fn separation(
    embedding: &Matrix,
    n: u64,
    limits: &Limits,
) -> Result<Option<Separated>, SearchError> {
    let (m, d) = (embedding.rows(), embedding.cols());
    if n < 2 || m < 2 {
        return Ok(None);
    }
    let (rows, scale) =
        separation_matrix("embedding", embedding).map_err(|_| SearchError::TooLarge)?;
    let lattice = kernel_lattice(&rows, m + d);
    let radius: BigInt = (BigInt::from(n) - 1) * 2;
    let (mut z, mut largest) = closest_tokens(&rows, m, d);
    let mut nodes = 0;
    let mut cuts = Vec::new();
    while largest.is_positive() {
        let ball = Ball { split: m, l1: radius.clone(), sup: &largest - 1 };
        let found = run(&lattice, (Sought::NonZero, Wanted::All), (&ball, 0), limits)
            .map_err(|(error, _)| error)?;
        let Found { vector, cuts: made, nodes: visited, .. } = found;
        nodes += visited;
        match vector {
            Some(closer) => {
                z = closer[..m].to_vec();
                largest = closer[m..].iter().map(Signed::abs).max().unwrap_or_default();
            }
            None => {
                cuts = made;
                break;
            }
        }
    }
    let distance = Rational::new(largest, scale * n);
    let pair = lengthened(colliding(Task::MostFrequentElement, None, &z)?, n);
    let KernelLattice { basis, left_inverse } = lattice;
    let proof = ShortVectorProof { basis, left_inverse, cuts }.about(None);
    let params = SeparationParams { n, m, d, distance: RationalText(distance.clone()) };
    let data = Separation { embedding: embedding.clone(), proof, pair: pair.clone() };
    let certificate = Certificate::new(ClaimId::SEPARATION, params, data);
    Ok(Some(Separated { distance, pair, certificate, nodes }))
}

/// `e_i - e_j` for the two closest tokens, and their distance times the scale.
fn closest_tokens(rows: &[IntegerVector], m: usize, d: usize) -> (IntegerVector, BigInt) {
    let pairs = (0..m).flat_map(|i| (0..i).map(move |j| (i, j)));
    let differences = pairs.map(|(i, j)| {
        let mut z = vec![BigInt::zero(); m];
        (z[i], z[j]) = (BigInt::one(), -BigInt::one());
        let values = rows.iter().take(d).map(|row| dot_integers(row, &z).abs());
        let largest = values.max().unwrap_or_default();
        (z, largest)
    });
    differences.min_by_key(|(_, largest)| largest.clone()).unwrap_or_default()
}
