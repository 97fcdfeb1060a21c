//! What the search hands to the kernel: a basis of the lattice, its left inverse, and the cuts that were made.

use crate::kernel::definition::Token;
use crate::kernel::evidence::KernelProof;
use crate::kernel::number::IntegerVector;

/// Which vectors `z = sum lambda_i b_i` are looked for; always up to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sought {
    /// `z != 0`
    NonZero,
    /// `lambda_k != 0` for the last coordinate `k`
    LastNonZero,
}

/// Everything needed to show that a kernel lattice has no short vector; see [`crate::kernel::evidence`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortVectorProof {
    /// `b_1 .. b_k`, which generate the lattice
    pub basis: Vec<IntegerVector>,
    /// rows `u_i` with `<u_i, b_j>` 1 if `i = j` and 0 otherwise
    pub left_inverse: Vec<IntegerVector>,
    pub cuts: Vec<IntegerVector>,
}

impl ShortVectorProof {
    /// The same about the inputs of one query, or of all.
    #[must_use]
    pub fn about(self, query: Option<Token>) -> KernelProof {
        let Self { basis, left_inverse, cuts } = self;
        KernelProof { query, basis, left_inverse, cuts }
    }
}
