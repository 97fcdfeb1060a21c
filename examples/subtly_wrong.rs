//! A construction that is subtly wrong: T3 with a softmax base that looks large enough.
//!
//! `cargo run --features proptest --example subtly_wrong` finds the smallest sequence on which it fails.

use counterproof::construct::{attend, inverter};
use counterproof::kernel::definition::Task;
use counterproof::kernel::number::integer;
use counterproof::testing::{Settings, find_failure};

fn main() {
    let (n, m) = (6, 4);
    let inverter = inverter::grid(n as u64, (n * n) as u64);
    // other tokens weigh 1/9 or less of an equal one, and the MLP inverts within 1/2
    let model = attend::query_count(n, m, &integer(3), &inverter).unwrap();

    let settings = Settings::new(m, n..=n);
    match find_failure(Task::QueryCount, settings, |s| model.output(s).unwrap()) {
        Some(failure) => println!("{failure}"),
        None => println!("no failure found, which proves nothing"),
    }
}
