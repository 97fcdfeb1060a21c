//! Inputs, how many there are, and the clock.

use super::refused;
use counterproof_kernel::definition::{
    Criterion, Input, Length, Task, Token, count_inputs_within, sequence_inputs_within,
};
use counterproof_kernel::number::{integer, ratio};
use counterproof_kernel::{Clock, Rejection};
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn a_query_occurs_in_its_input() {
    let input = Input::new("here", Token(1), &[2, 1, 0]).unwrap();
    assert_eq!((input.query(), input.counts(), input.length()), (Token(1), &[2, 1, 0][..], 3));
    for query in [2, 3] {
        assert_eq!(refused(Input::new("here", Token(query), &[2, 1, 0])).0, "here");
    }
    assert!(refused(Input::new("here", Token(0), &[u64::MAX, 1])).1.starts_with("counts whose sum"));
    let sequence = [2, 0, 2, 1].map(Token);
    let input = Input::of_sequence("here", &sequence, 4, 2).unwrap();
    assert_eq!((input.query(), input.counts(), input.length()), (Token(2), &[1, 1, 2, 0][..], 4));
    assert_eq!(refused(Input::of_sequence("here", &sequence, 4, 4)).1, "a position below 4");
    assert_eq!(refused(Input::of_sequence("here", &sequence, 2, 0)).1, "tokens below m = 2");
}

#[test]
fn inputs_are_counted() {
    for n in 1..6_u64 {
        for m in 1..5_u64 {
            // count vectors of n - 1 tokens, times m queries
            let mut vectors = vec![vec![]];
            for _ in 0..m {
                vectors = vectors
                    .into_iter()
                    .flat_map(|c: Vec<u64>| (0..n).map(move |x| [c.as_slice(), &[x]].concat()))
                    .collect();
            }
            let pairs = m * vectors.iter().filter(|c| c.iter().sum::<u64>() == n - 1).count() as u64;
            assert_eq!(count_inputs_within(n, m, pairs), Some(pairs), "n = {n}, m = {m}");
            assert_eq!(count_inputs_within(n, m, pairs - 1), None);
            let sequences = (0..n).fold(1, |all, _| all * m);
            assert_eq!(sequence_inputs_within(n, m, sequences), Some(sequences));
            assert_eq!(sequence_inputs_within(n, m, sequences - 1).is_some(), m == 1);
        }
    }
    assert_eq!(
        (count_inputs_within(0, 2, 9), count_inputs_within(2, 0, 9), sequence_inputs_within(2, 0, 9)),
        (None, None, None)
    );
    assert_eq!(
        (sequence_inputs_within(u64::MAX, 1, 9), sequence_inputs_within(u64::MAX, 2, u64::MAX)),
        (Some(1), None)
    );
    assert_eq!(count_inputs_within(u64::MAX, 1, 9), Some(1));
    assert_eq!(
        (count_inputs_within(u64::MAX, 2, u64::MAX), count_inputs_within(u64::MAX, u64::MAX, u64::MAX)),
        (None, None)
    );
}

#[test]
fn answers_and_criteria() {
    assert_eq!((Task::QueryCount.answer(&[3, 1], Token(1)), Task::QueryCount.answer(&[3, 1], Token(2))), (1, 0));
    assert_eq!(
        (Task::MostFrequentElement.answer(&[3, 1], Token(1)), Task::MostFrequentElement.answer(&[], Token(0))),
        (3, 0)
    );
    assert!(Criterion::Exact.accepts(&integer(0)) && !Criterion::Exact.accepts(&ratio(1, 1_000_000)));
    assert!(Criterion::Solves.accepts(&ratio(499, 1000)) && !Criterion::Solves.accepts(&ratio(1, 2)));
    for (length, text) in [(Length::Exactly(7), "7"), (Length::Any, "any")] {
        let written = serde_json::to_string(&length).unwrap();
        assert_eq!((length.to_string().as_str(), written.trim_matches('"')), (text, text));
        assert_eq!(serde_json::from_str::<Length>(&written).unwrap(), length);
    }
}

/// Asked once in 512 units of work.
#[test]
fn a_clock_is_asked_once_in_a_while() {
    let asked = AtomicUsize::new(0);
    let go_on = || asked.fetch_add(1, Ordering::Relaxed) < 2;
    let clock = Clock::new(&go_on, 3);
    assert_eq!((clock.threads(), (clock.alone())().threads()), (3, 1));
    let count = || asked.load(Ordering::Relaxed);
    for _ in 0..511 {
        assert_eq!(clock.tick(), Ok(()));
    }
    assert_eq!(count(), 0);
    assert_eq!((clock.tick(), count()), (Ok(()), 1));
    assert_eq!((clock.spend(511), count()), (Ok(()), 1));
    assert_eq!((clock.spend(1), count()), (Ok(()), 2));
    assert_eq!(clock.spend(u64::MAX), Err(Rejection::Stopped));
    // the same limits for another thread
    assert_eq!((clock.alone())().spend(512), Err(Rejection::Stopped));
    assert_eq!(Clock::unlimited().threads(), 1);
}
