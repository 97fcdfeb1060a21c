//! Programs with their proofs in the VIPR format, version 1.0: Cheung, Gleixner, Steffy, *Verifying Integer
//! Programming Results* (2017).

mod collision;
mod linear_program;
mod tree;
mod write;

pub use collision::{QueryProgram, query_program};
pub use linear_program::linear_program;
pub use write::{Constraint, Reason, Sense, VIPR_VERSION};
