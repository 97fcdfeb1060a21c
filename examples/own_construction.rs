//! A construction of one's own that is right: T1 with token vectors of one's choice, tested, then proved.
//!
//! `cargo run --features proptest --example own_construction`

use counterproof::construct::histogram;
use counterproof::kernel::definition::{Criterion, Task};
use counterproof::kernel::number::{Matrix, integer, ratio};
use counterproof::search::control::Control;
use counterproof::search::exhaustive::{Outcome, decide};
use counterproof::testing::{Settings, assert_solves};

fn main() {
    // three orthonormal rational vectors that are no unit vectors
    let vectors = Matrix::from_rows(
        3,
        [[2, -1, 2], [2, 2, -1], [-1, 2, 2]].map(|row| row.map(|x| ratio(x, 3)).to_vec()).to_vec(),
    );
    let n = 7;
    let model = histogram::query_count(&vectors.unwrap(), &integer(n), &integer(1)).unwrap();

    assert_solves(Task::QueryCount, Settings::new(3, 7..=7), |s| model.output(s).unwrap());

    let control = Control::default();
    match decide(&model, Task::QueryCount, Criterion::Exact, n as usize, &control).unwrap() {
        Outcome::Holds { inputs, .. } => println!("counts exactly on all {inputs} inputs"),
        Outcome::Fails(failure) => println!("fails on {:?}", failure.sequence),
    }
}
