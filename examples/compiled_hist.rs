//! For which `mlp_exactness` and length is the model right that Tracr compiles `hist` to? (`docs/compiled-hist.md`)
//!
//! For each exactness: the first length at which the model compiled for that length is wrong, with thresholds as they
//! are and rounded to singles, beside the rule of thumb (right up to `n` iff `n (n + 1) < E`). Everything is certified
//! by the survey of all inputs over two tokens.

use counterproof::construct::compiled::{Stored, histogram};
use counterproof::task::Task;
use counterproof::task::survey::{Survey, is_complete};
use num_traits::Zero;

fn is_right(exactness: u64, n: u64, stored: Stored) -> bool {
    let model = histogram(2, n as usize, exactness, stored).expect("a model");
    let survey = Survey::new(&model, Task::QueryCount, n).expect("a domain");
    let tally = survey.run_all(&|| true).expect("a tally");
    assert!(is_complete(&tally, survey.inputs()), "E = {exactness}, n = {n} is open");
    tally.wrong.is_zero()
}

fn first_wrong(exactness: u64, stored: Stored) -> u64 {
    (1..).find(|&n| !is_right(exactness, n, stored)).unwrap_or(0)
}

fn main() {
    let most: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(60);
    println!("first wrong length, E = 1..{most}: only where it is not the rule's");
    println!("E,rule,exact,single");
    for exactness in 1..=most {
        let rule = (1..).find(|n| n * (n + 1) >= exactness).unwrap_or(0);
        let exact = first_wrong(exactness, Stored::Exactly);
        let single = first_wrong(exactness, Stored::Single);
        if (exact, single) != (rule, rule) {
            println!("{exactness},{rule},{exact},{single}");
        }
    }
    println!("at the edge, E = n (n + 1) + e: right at n?");
    println!("n,E,rule,exact,single");
    for n in [10, 20, 50, 80, 100, 150, 200, 250, 300] {
        for exactness in [n * (n + 1), n * (n + 1) + 1] {
            let rule = n * (n + 1) < exactness;
            let exact = is_right(exactness, n, Stored::Exactly);
            let single = is_right(exactness, n, Stored::Single);
            println!("{n},{exactness},{rule},{exact},{single}");
        }
    }
}
