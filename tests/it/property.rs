//! The public strategies and the assertion: right models pass, wrong ones fail on their smallest sequence.

use counterproof::construct::random::{Limits, without_positions};
use counterproof::construct::{attend, embedding::Kind, histogram, inverter};
use counterproof::kernel::definition::Input;
use counterproof::kernel::definition::Task;
use counterproof::kernel::definition::Token;
use counterproof::kernel::number::integer;
use counterproof::search::inputs::InputOps;
use counterproof::testing::{self, Settings, assert_solves, find_failure};
use proptest::prelude::*;

fn tokens(tokens: &[usize]) -> Vec<Token> {
    tokens.iter().copied().map(Token).collect()
}

#[test]
fn a_right_model_passes() {
    let vectors = Kind::Rotated.vectors(4, 4, 5).unwrap();
    let model = histogram::query_count(&vectors, &integer(6), &integer(1)).unwrap();
    assert_solves(Task::QueryCount, Settings::new(4, 6..=6), |s| model.output(s).unwrap());
    let count = |s: &[Token]| s.iter().filter(|t| *t == s.last().unwrap()).count() as u64;
    assert_solves(Task::QueryCount, Settings::new(9, 1..=40), count);
}

#[test]
fn failures_shrink_to_the_smallest_sequence() {
    // wrong only when the query occurs at least three times
    let capped = |s: &[Token]| s.iter().filter(|t| *t == s.last().unwrap()).count().min(2) as u64;
    let failure = find_failure(Task::QueryCount, Settings::new(5, 1..=30), capped).unwrap();
    assert_eq!(failure.sequence, tokens(&[0, 0, 0]));
    assert_eq!(
        (failure.output.as_str(), failure.answer),
        ("2", counterproof::kernel::number::integer(3))
    );
    // without positions no model counts over variable lengths
    let model = without_positions(3, Limits::default(), 4).unwrap();
    let output = |s: &[Token]| model.output(s).unwrap();
    assert!(find_failure(Task::QueryCount, Settings::new(3, 1..=4), output).is_some());
    // NaN is never near
    assert!(
        find_failure(Task::QueryCount, Settings::new(2, 1..=2), |_: &[Token]| f64::NAN).is_some()
    );
}

#[test]
#[should_panic(expected = "query count is not solved: on the sequence 0 0 0 0 0 1 the output is")]
fn a_base_that_is_too_small_is_found_out() {
    let model = attend::query_count(6, 4, &integer(2), &inverter::grid(6, 36)).unwrap();
    assert_solves(Task::QueryCount, Settings::new(4, 6..=6), |s| model.output(s).unwrap());
}

proptest! {
    #[test]
    fn strategies_give_what_they_say(
        sequence in testing::sequences(3, 1..=5),
        input in testing::inputs(3, 0..=5),
        model in testing::exact_models(3),
        embedding in testing::embeddings(4, 2, 5),
    ) {
        prop_assert!((1..=5).contains(&sequence.len()) && sequence.iter().all(|t| t.0 < 3));
        prop_assert!((1..=5).contains(&input.length()));
        prop_assert_eq!(Input::ending(&input.to_sequence(), 3).unwrap(), input);
        prop_assert_eq!(model.vocabulary(), 3);
        prop_assert_eq!((embedding.rows(), embedding.cols()), (4, 2));
    }
}
