//! Exact linear algebra for searches and constructions, and numbers as people write them. Untrusted: certificates carry
//! what the kernel needs to see for itself.

mod elimination;
mod human;
mod matrix;

pub use elimination::{Echelon, echelon, integer_kernel, inverse, rank, solve};
pub use human::{RationalError, parse_human};
pub use matrix::{IntegerMatrix, MatrixOps, common_denominator};
