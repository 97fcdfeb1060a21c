//! Exact arithmetic: canonical rationals, matrices over them, fraction-free elimination.
//!
//! Trusted. Everything here is a decision over the rationals: there is no floating-point number in
//! this room, and no function panics on a value that came from outside.

#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable
    )
)]

mod elimination;
mod enclosure;
mod lattice;
pub mod lp;
mod matrix;
mod rational;
mod short;
mod whole;
mod words;

pub use elimination::{Echelon, echelon, integer_kernel, inverse, rank, solve};
pub use enclosure::{Enclosure, MAX_EXPONENT, Precision};
pub use lattice::{
    IntegerVector, LatticeError, check_kernel_basis, counting_matrix, integer_dot, integer_rank,
    separation_matrix,
};
pub(crate) use matrix::scaled;
pub use matrix::{IntegerMatrix, Matrix, ShapeError};
pub(crate) use rational::common_denominator;
pub use rational::{
    MAX_RATIONAL_DIGITS, Rational, RationalError, RationalText, display, integer, parse_canonical,
    parse_human, ratio,
};
pub use short::{
    Ball, Budget, Harmless, ShortVectorError, ShortVectorProof, Sought, no_short_vector,
};
pub use whole::{MAX_SMALL_LENGTH, Whole, clip, whole_dot};
pub use words::{Interval, Words};
