//! Searches: what proposes verdicts and proofs. Untrusted: [`crate::kernel`] has the last word.

pub mod attend;
pub mod boxes;
pub mod cases;
pub mod coherence;
pub mod collision;
pub mod control;
pub mod difference;
pub mod exhaustive;
pub mod form;
pub mod inputs;
pub mod lattice;
pub mod lp;
pub mod machine;
pub mod normalised;
pub mod polytope;
pub mod readout;
pub mod sample;
pub mod survey;
pub mod tournament;
pub mod width;
pub mod worst_pair;
