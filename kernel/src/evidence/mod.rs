//! The rules that proofs are made of, where several kinds share them or they are long.

mod classes;
mod lattice;
mod tree;

pub use classes::{Members, Problem, Slot, problems};
pub use lattice::*;
pub use tree::{Follow, Tally};
