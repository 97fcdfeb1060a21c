//! The rules that proofs are made of, where several kinds share them or they are long.

mod classes;
mod lattice;
mod sequences;
mod survey;
mod tally;
mod tree;

pub use classes::{Members, Names, Problem, Slot};
pub use lattice::*;
pub use survey::{Apart, Asking, Survey};
pub use tally::Tally;
pub use tree::{Follow, Guide, MOST_BITS};
