//! Kernel proofs of random embeddings, accepted exactly up to the length that brute force finds.
//!
//! With the tokens `0`, `1` and others on a line, `b_j = e_j - v_j e_1 - (1 - v_j) e_0` for the others is a basis of the kernel, `e_j`
//! are its left inverse and, with others that are random, the cuts.

use crate::mutate::{one, seeded};
use crate::table::{judged, mended};
use crate::truth;
use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;
use serde_json::{Value, json};

/// Everything but the lengths, and the place of the kernel proofs.
fn certificate(v: &[i64], task: &str, query: Option<usize>, rng: &mut TestRng) -> Value {
    let m = v.len();
    // the vector of the query comes last
    let mut others: Vec<usize> = (2..m).collect();
    if let Some(at) = query.and_then(|query| others.iter().position(|&j| j == query)) {
        let last = others.remove(at);
        others.push(last);
    }
    let texts = |row: Vec<i64>| row.iter().map(ToString::to_string).collect::<Vec<_>>();
    let unit = |j: usize| (0..m).map(|i| i64::from(i == j)).collect::<Vec<_>>();
    let basis = |&j: &usize| {
        let mut row = unit(j);
        (row[0], row[1]) = (v[j] - 1, -v[j]);
        texts(row)
    };
    let mut cuts: Vec<_> = others.iter().map(|&j| texts(unit(j))).collect();
    // any integer vector is a cut, unless it is orthogonal to the whole basis
    for _ in 0..rng.random_range(0..4) {
        let cut: Vec<i64> = (0..m).map(|_| rng.random_range(-3..4)).collect();
        if others.iter().any(|&j| cut[j] - v[j] * cut[1] - (1 - v[j]) * cut[0] != 0) {
            let at = rng.random_range(0..=cuts.len());
            cuts.insert(at, texts(cut));
        }
    }
    let proof = json!({
        "query": query,
        "basis": others.iter().map(basis).collect::<Vec<_>>(),
        "left_inverse": others.iter().map(|&j| texts(unit(j))).collect::<Vec<_>>(),
        "cuts": cuts,
    });
    let rows: Vec<_> = v.iter().map(|x| vec![x.to_string()]).collect();
    json!({
        "format": "counterproof-certificate",
        "version": 2,
        "claim": "uniform-collision",
        "params": {"task": task, "m": m, "d": 1, "query": query, "free_up_to": 0, "collides_at": null},
        "data": {"collision": {"subject": {"embedding": {"shape": [m, 1], "rows": rows}}, "proofs": [proof], "pair": null}},
        "sha256": "",
    })
}

#[test]
fn verdicts_are_those_of_brute_force() {
    let mut rng = seeded(3);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..150 {
        let m = rng.random_range(3..6);
        let mut v: Vec<i64> = (0..m).map(|_| rng.random_range(-6..9)).collect();
        (v[0], v[1]) = (0, 1);
        let task = *one(&["query-count", "most-frequent-element"], &mut rng);
        // for the other two queries the basis would have to be another
        let query = Some(rng.random_range(2..m)).filter(|_| rng.random_ratio(2, 3));
        let mut stated = certificate(&v, task, query, &mut rng);
        for free in 1..=7 {
            stated["params"]["free_up_to"] = free.into();
            let truth = truth::holds(&stated);
            let found = judged(&mended(&stated).unwrap());
            // of all queries at once a proof is about all vectors, harmful or not
            let exact = query.is_some() || task == "query-count";
            match &found {
                Ok(_) => assert!(truth, "accepted: {stated}"),
                Err(message) => {
                    assert!(
                        message.starts_with("data.collision.proofs[0]: expected no vector of the lattice in the ball"),
                        "{message}"
                    );
                    assert!(!truth || !exact, "refused: {message}: {stated}");
                }
            }
            *if found.is_ok() { &mut accepted } else { &mut refused } += 1;
            if !truth {
                break;
            }
        }
    }
    assert!(accepted > 100 && refused > 50, "{accepted} accepted, {refused} refused");
}
