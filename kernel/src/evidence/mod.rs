//! The rules that proofs are made of, where several kinds share them or they are long.

mod arrangement;
mod boxes;
mod cases;
mod cell;
mod classes;
mod generator;
mod homogeneous;
mod lattice;
mod rounded;
mod sample;
mod sequences;
mod sums;
mod survey;
mod tally;
mod tournament;
mod tree;

pub use boxes::{Boxes, Known};
pub use cases::{Cases, Group, Margins, Table};
pub use cell::{Bound, Cell};
pub use classes::{Members, Names, Problem, Slot};
pub use generator::Generator;
pub use homogeneous::Form;
pub use lattice::*;
pub use rounded::{Compared, Rounded};
pub use sample::{Drawing, Marks, Sampler, Tokens};
pub use sums::Sums;
pub use survey::{Apart, Asking, Survey};
pub use tally::Tally;
pub use tournament::Tournament;
pub use tree::{Follow, Guide, MOST_BITS};
