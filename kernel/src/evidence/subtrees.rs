//! A part of a lattice: what may be searched for short vectors by one machine, whatever the cuts are.
//!
//! A lattice vector `z = sum lambda_i b_i` is taken with the sign that makes its last coordinate that is not zero positive, as the
//! enumeration of [`KernelProof`](super::KernelProof) takes it. Its first `t` choices `lambda_k, lambda_{k-1}, .. lambda_{k-t+1}` are
//! the node below which it is found. With `h = 0` and, for each of them in this order, `h <- (h A + lambda) mod P`, the vector is of part
//! `I / K` when `h` leaves `I - 1` when it is divided by `K`. So the parts of one basis, one `t` and one `K` have nothing in common, and
//! together they are the lattice without zero (up to sign). (Ours.)

use crate::definition::InputPart;
use num::{BigInt, Integer, ToPrimitive, Zero};

/// `A`, next to `2^64` divided by the golden ratio.
const MULTIPLIER: u64 = 11_400_714_819_323_198_485;
/// `P`, the largest prime below `2^64`.
const PRIME: u64 = 18_446_744_073_709_551_557;

/// Those vectors of a lattice whose last coordinates say that they are of the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subtrees {
    /// which part of how many
    pub part: InputPart,
    /// `t`, how many coordinates count
    pub coordinates: usize,
}

impl Subtrees {
    /// All vectors.
    pub const ALL: Self = Self { part: InputPart::WHOLE, coordinates: 0 };

    /// Whether the vectors with these `lambda_k .. lambda_{k-t+1}` are of the part.
    pub fn has(&self, last: impl IntoIterator<Item = BigInt>) -> bool {
        let next = |hash: BigInt, lambda: BigInt| (hash * MULTIPLIER + lambda).mod_floor(&PRIME.into());
        // what is left by the prime has 64 bits
        last.into_iter().fold(BigInt::zero(), next).to_u64().is_some_and(|hash| self.part.has(hash))
    }
}
