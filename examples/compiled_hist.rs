//! For which `mlp_exactness` and length is the model right that Tracr compiles `hist` to? (`docs/compiled-hist.md`)
//!
//! For each exactness: the first length at which the model compiled for that length is wrong, with thresholds as they
//! are and rounded to singles, beside the rule of thumb (right up to `n` iff `n (n + 1) < E`). Then the edge of the rule at
//! larger lengths, and what the size of the vocabulary does. Everything is decided by the survey of all inputs.

use counterproof::construct::compiled::{Stored, histogram};
use counterproof::kernel::definition::Question;
use counterproof::kernel::number::ratio;
use counterproof::search::control::Control;
use counterproof::search::survey::survey;
use num_traits::Zero;

fn is_right(tokens: usize, exactness: u64, n: u64, stored: Stored) -> bool {
    let model = histogram(tokens, n as usize, exactness, stored).expect("a model");
    let found = survey(&model, &Question::QueryCount, &ratio(1, 2), n, &Control::default())
        .expect("a domain");
    assert!(
        found.trees.is_some() && found.tally.open.is_zero(),
        "E = {exactness}, n = {n} is open"
    );
    found.tally.wrong.is_zero()
}

fn first_wrong(exactness: u64, stored: Stored) -> u64 {
    (1..).find(|&n| !is_right(2, exactness, n, stored)).unwrap_or(0)
}

fn main() {
    let most: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(60);
    println!("first wrong length, E = 1..{most}: only where it is not the rule's");
    println!("E,rule,exact,single");
    for exactness in 1..=most {
        let rule = (1u64..).find(|n| n * (n + 1) >= exactness).unwrap_or(0);
        let exact = first_wrong(exactness, Stored::Exactly);
        let single = first_wrong(exactness, Stored::Single);
        if (exact, single) != (rule, rule) {
            println!("{exactness},{rule},{exact},{single}");
        }
    }
    println!("at the edge, right at n?");
    println!("n,E,n (n + 1) < E,exact,single");
    for n in [10u64, 50, 100, 200, 256, 257, 272] {
        for offset in [-2i64, -1, 0, 1, 2] {
            let exactness = (n * (n + 1)).saturating_add_signed(offset);
            let rule = n * (n + 1) < exactness;
            let exact = is_right(2, exactness, n, Stored::Exactly);
            let single = is_right(2, exactness, n, Stored::Single);
            println!("{n},{exactness},{rule},{exact},{single}");
        }
    }
    println!("vocabulary, E = 1000000, single: right at n?");
    println!("tokens,n,n (n + 1) < E,single");
    for (tokens, n) in [(4, 90), (200, 90), (400, 60), (400, 90)] {
        println!("{tokens},{n},true,{}", is_right(tokens, 1_000_000, n, Stored::Single));
    }
}
