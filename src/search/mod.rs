//! Searches: what proposes verdicts and proofs. Untrusted: [`crate::check`] has the last word.

pub mod attend;
pub mod collision;
pub mod control;
pub mod exhaustive;
pub mod lattice;
pub mod lp;
pub mod polytope;
pub mod readout;
pub mod width;
