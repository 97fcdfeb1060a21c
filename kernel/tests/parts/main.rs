//! The parts that kinds of proof are checked with, one program: a module for each.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod arithmetic;
mod enclosures;
mod inputs;
mod lattices;
mod linear_programs;
mod machine;
mod models;
mod networks;
mod numbers;
mod outputs;
mod questions;

use counterproof_kernel::Rejection;

/// The place and what was expected there.
fn refused<T: std::fmt::Debug>(result: Result<T, Rejection>) -> (String, String) {
    match result {
        Err(Rejection::Wrong { place, expected, .. }) => (place, expected),
        other => panic!("{other:?}"),
    }
}
