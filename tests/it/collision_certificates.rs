//! Collision certificates: written, read afresh, checked; every change refused or still true.

use crate::support::certificates::{mutants, sealed};
use counterproof::construct::random;
use counterproof::kernel::Certificate;
use counterproof::kernel::definition::Input;
use counterproof::kernel::definition::Length;
use counterproof::kernel::definition::Task;
use counterproof::kernel::definition::Token;
use counterproof::kernel::evidence::counting_matrix;
use counterproof::kernel::kind::attention_matrices;
use counterproof::kernel::kind::{Collision, CollisionParams, Pair, Subject};
use counterproof::kernel::number::{IntegerVector, Matrix, dot_integers, integer};
use counterproof::kernel::{Clock, Finding, Rejection, Verdict};
use counterproof::search::collision::{Answer, DecideError, Limits, Question, decide};
use counterproof::search::inputs::{CountInputs, InputOps};
use num_bigint::BigInt;
use serde_json::Value;
use std::collections::BTreeMap;

const TASKS: [Task; 2] = [Task::QueryCount, Task::MostFrequentElement];

fn embedding(rows: &[&[i64]]) -> Matrix {
    let rows = rows.iter().map(|row| row.iter().map(|&entry| integer(entry)).collect());
    Matrix::from_rows(1, rows.collect()).unwrap()
}

fn answer(subject: Subject, task: Task, query: Option<Token>, max_n: Option<u64>) -> Answer {
    decide(Question { subject, task, query, max_n, cuts_only: false }, &Limits::default()).unwrap()
}

/// Writes the certificate, reads it afresh and checks it.
fn passes(certificate: &Certificate) -> Finding {
    let text = certificate.to_json().unwrap();
    let read = Certificate::parse(&text).unwrap();
    assert_eq!(&read, certificate);
    read.check(&Clock::unlimited()).unwrap()
}

fn rows_by_query(subject: &Subject) -> Vec<Vec<IntegerVector>> {
    match subject {
        Subject::Embedding(v) => vec![counting_matrix(v).unwrap(); v.rows()],
        Subject::Model(model) => attention_matrices(model, &Clock::unlimited()).unwrap(),
        Subject::Scores(scores) => {
            let rows = |gaps: &Vec<u32>| scores.rows(gaps, &Clock::unlimited()).unwrap();
            scores.gaps.iter().map(rows).collect()
        }
    }
}

/// The least `n <= limit` at which inputs collide.
fn plain(subject: &Subject, task: Task, query: Option<Token>, limit: u64) -> Option<u64> {
    let rows = rows_by_query(subject);
    (1..=limit).find(|&n| {
        let mut answers = BTreeMap::new();
        CountInputs::new(n, rows.len()).any(|input| {
            if query.is_some_and(|query| query != input.query()) {
                return false;
            }
            let counts: Vec<BigInt> = input.counts().iter().map(|&c| c.into()).collect();
            let passed: Vec<BigInt> =
                rows[input.query().0].iter().map(|row| dot_integers(row, &counts)).collect();
            let answer = task.answer(input.counts(), input.query());
            *answers.entry((input.query(), passed)).or_insert(answer) != answer
        })
    })
}

fn inputs(pair: &Pair) -> [Input; 2] {
    [&pair.c, &pair.c_prime].map(|counts| Input::new("counts", pair.query, counts).unwrap())
}

/// What a certificate that was accepted says must be so.
fn is_true(params: &CollisionParams, data: &Collision, limit: u64) {
    let found = plain(&data.subject, params.task, params.query, limit);
    match params.free_up_to {
        Length::Any => assert_eq!(found, None),
        Length::Exactly(n) => assert!(found.is_none_or(|least| least > n)),
    }
    if let (Some(n), Some(pair)) = (params.collides_at, &data.pair) {
        let [c, c_prime] = inputs(pair);
        let answer = |input: &Input| params.task.answer(input.counts(), input.query());
        assert_eq!((c.length(), c_prime.length()), (n, n));
        assert_ne!(answer(&c), answer(&c_prime));
        assert!(found.is_none_or(|least| least <= n));
    }
}

#[test]
fn embeddings_with_all_options() {
    let cases: [(&[&[i64]], Option<u64>); 4] = [
        (&[&[0], &[1], &[3], &[7]], Some(4)),
        (&[&[0], &[1], &[5], &[25]], Some(6)),
        (&[&[0], &[1]], None),
        (&[&[4]], None),
    ];
    for (rows, expected) in cases {
        let subject = Subject::Embedding(embedding(rows));
        for task in TASKS {
            let whole = answer(subject.clone(), task, None, None);
            assert_eq!(whole.n_star(), expected);
            passes(&whole.certificate);
            for max_n in 0..8 {
                let bounded = answer(subject.clone(), task, None, Some(max_n));
                passes(&bounded.certificate);
                assert_eq!(bounded.n_star(), expected.filter(|&n| n <= max_n));
            }
            for query in 0..rows.len() {
                let one = answer(subject.clone(), task, Some(Token(query)), None);
                passes(&one.certificate);
                let (params, data) = one.certificate.get::<Collision>().unwrap();
                is_true(params, data, 7);
                let least = plain(&subject, task, Some(Token(query)), 7);
                if task == Task::QueryCount {
                    assert_eq!(one.n_star().filter(|&n| n <= 7), least);
                }
            }
        }
    }
}

#[test]
fn models_pass_on_numerators_and_denominators() {
    let (mut exact, mut free) = (0, 0);
    for seed in 0..120 {
        let model =
            random::without_positions(3 + seed as usize % 3, Default::default(), seed).unwrap();
        let subject = Subject::Model(Box::new(model.clone()));
        for task in TASKS {
            let found = answer(subject.clone(), task, None, Some(6));
            passes(&found.certificate);
            let least = plain(&subject, task, None, 6);
            let (params, data) = found.certificate.get::<Collision>().unwrap();
            is_true(params, data, 6);
            if task == Task::QueryCount {
                assert_eq!(found.n_star(), least);
            }
            if let Some(pair) = &found.pair {
                let outputs = inputs(pair).map(|input| model.output(&input.to_sequence()).unwrap());
                assert_eq!(outputs[0], outputs[1]);
                exact += 1;
            } else {
                free += 1;
            }
        }
    }
    assert!(exact > 60 && free > 20, "{exact} {free}");
}

/// Also of a model, whose queries have lattices of their own: what a limit leaves is certified, and holds.
#[test]
fn unfinished_searches_of_models_leave_certified_bounds() {
    let (mut unfinished, mut colliding) = (0, 0);
    for seed in 0..80 {
        let model =
            random::without_positions(4 + seed as usize % 3, Default::default(), seed).unwrap();
        let subject = Subject::Model(Box::new(model));
        for (task, nodes) in TASKS.into_iter().flat_map(|task| [1, 3, 8].map(|nodes| (task, nodes)))
        {
            let n_star = answer(subject.clone(), task, None, None).n_star();
            let (subject, query, max_n) = (subject.clone(), None, None);
            let question = Question { subject, task, query, max_n, cuts_only: false };
            let limits = Limits { nodes, ..Limits::default() };
            match decide(question, &limits) {
                Ok(found) => assert_eq!(found.n_star(), n_star),
                Err(DecideError::Unfinished { answer, .. }) => {
                    assert_eq!(passes(&answer.certificate).verdict, Verdict::Verified);
                    let Length::Exactly(free) = answer.params.free_up_to else {
                        panic!("any length")
                    };
                    let n_star = n_star.unwrap_or(u64::MAX);
                    assert!(free < n_star);
                    assert!(answer.params.collides_at.is_none_or(|at| n_star <= at));
                    unfinished += 1;
                    colliding += u32::from(answer.pair.is_some());
                }
                Err(DecideError::Search(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(unfinished > 20 && colliding > 10, "{unfinished} {colliding}");
}

#[test]
fn every_change_is_refused_or_still_true() {
    let model = random::without_positions(4, Default::default(), 3).unwrap();
    let cases = [
        answer(Subject::Embedding(embedding(&[&[0], &[1], &[3], &[7]])), TASKS[0], None, None),
        answer(
            Subject::Embedding(embedding(&[&[0], &[1], &[2], &[5], &[3]])),
            TASKS[1],
            None,
            None,
        ),
        answer(Subject::Embedding(embedding(&[&[0], &[1], &[5]])), TASKS[0], Some(Token(1)), None),
        answer(Subject::Embedding(embedding(&[&[0], &[7]])), TASKS[0], None, None),
        answer(Subject::Model(Box::new(model)), TASKS[0], None, Some(4)),
    ];
    let (mut refused, mut accepted) = (0, 0);
    for case in cases {
        let text = case.certificate.to_json().unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(sealed(value.clone()).len() + 1, text.len());
        for (place, mutant) in mutants(&value) {
            assert!(Certificate::parse(&mutant.to_string()).is_err(), "{place}: digest");
            let Ok(certificate) = Certificate::parse(&sealed(mutant)) else {
                refused += 1;
                continue;
            };
            match certificate.check(&Clock::unlimited()) {
                Err(Rejection::Stopped) => panic!(),
                Err(_) => refused += 1,
                Ok(_) => {
                    let (params, data) = certificate.get::<Collision>().unwrap();
                    is_true(params, data, 7);
                    accepted += 1;
                }
            }
        }
    }
    assert!(refused > 10 * accepted && accepted > 0, "{refused} {accepted}");
}

#[test]
fn false_statements_are_refused() {
    let found =
        answer(Subject::Embedding(embedding(&[&[0], &[1], &[3], &[7]])), TASKS[0], None, None);
    let value: Value = serde_json::from_str(&found.certificate.to_json().unwrap()).unwrap();
    let reject = |place: &str, change: Value, part: &str| {
        let mut mutant = value.clone();
        *mutant.pointer_mut(place).unwrap() = change;
        let certificate = Certificate::parse(&sealed(mutant)).unwrap();
        let why = certificate.check(&Clock::unlimited()).unwrap_err().to_string();
        assert!(why.contains(part), "{why}");
    };
    reject("/params/free_up_to", 4.into(), "expected no vector of the lattice in the ball");
    reject("/params/free_up_to", "any".into(), "found one of those that are not to exist");
    reject("/params/collides_at", 3.into(), "data.collision.pair.c: n");
    reject("/params/collides_at", Value::Null, "expected null");
    reject("/params/m", 5.into(), "params.m: expected 4");
    reject("/params/d", 2.into(), "params.d: expected 1");
    reject("/params/query", 9.into(), "a token below m = 4");
    reject("/data/collision/pair", Value::Null, "two inputs, n = 4");
    reject("/data/collision/proofs", Value::Array(Vec::new()), "number: expected 1, found 0");
    reject(
        "/data/collision/proofs/0/cuts",
        Value::Array(Vec::new()),
        "cuts: expected one that bounds lambda_",
    );
    reject("/data/collision/proofs/0/query", 0.into(), "proofs[0].query");
    reject("/data/collision/proofs/0/left_inverse", Value::Array(Vec::new()), "left_inverse");
    reject("/claim", "attention-collision".into(), "claim: expected uniform-collision");
    reject("/claim", "no-position".into(), "claim: expected uniform-collision");
}

#[test]
fn a_check_can_be_stopped() {
    let rows: Vec<Vec<i64>> = (0..24).map(|j| vec![j * j % 7 - 3, j * 5 % 11 - 5]).collect();
    let rows = rows.iter().map(|r| r.iter().map(|&e| integer(e)).collect()).collect();
    let found =
        answer(Subject::Embedding(Matrix::from_rows(2, rows).unwrap()), TASKS[0], None, None);
    // Small proofs end before they ask; what matters is that no verdict comes from a stopped check.
    match found.certificate.check(&Clock::new(&|| false, 1)) {
        Ok(_) | Err(Rejection::Stopped) => {}
        Err(other) => panic!("{other}"),
    }
}
