//! Kernel proofs of random embeddings, accepted exactly up to the length, and the distance, that brute force finds.
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

/// The interval of a coordinate is what all of its cuts leave, whatever their order; the statement tells the number of nodes.
#[test]
fn the_order_of_cuts_does_not_matter() {
    let mut rng = seeded(8);
    let mut told = 0;
    for _ in 0..40 {
        let m = rng.random_range(4..6);
        let mut v: Vec<i64> = (0..m).map(|_| rng.random_range(-40..60)).collect();
        (v[0], v[1]) = (0, 1);
        let mut stated = certificate(&v, "query-count", None, &mut rng);
        stated["params"]["free_up_to"] = 3.into();
        let cuts = stated["data"]["collision"]["proofs"][0]["cuts"].as_array().unwrap().clone();
        let Ok((_, first)) = judged(&mended(&stated).unwrap()) else { continue };
        for turn in 1..cuts.len() {
            let mut turned = cuts.clone();
            turned.rotate_left(turn);
            stated["data"]["collision"]["proofs"][0]["cuts"] = turned.into();
            assert_eq!(judged(&mended(&stated).unwrap()).unwrap().1, first, "{stated}");
            told += 1;
        }
    }
    assert!(told > 30, "{told}");
}

/// `(z, V z)` with `b_j = e_j - e_0` beside what it makes of the states, in every dimension.
fn separation(v: &[Vec<i64>], n: u64, distance: &str, pair: (usize, &[u64], &[u64]), rng: &mut TestRng) -> Value {
    let (m, d) = (v.len(), v[0].len());
    let texts = |row: &[i64]| row.iter().map(ToString::to_string).collect::<Vec<_>>();
    let unit = |j: usize| (0..m + d).map(|i| i64::from(i == j)).collect::<Vec<_>>();
    let basis: Vec<Vec<i64>> = (1..m)
        .map(|j| {
            let mut row = unit(j);
            row[0] = -1;
            (0..d).for_each(|i| row[m + i] = v[j][i] - v[0][i]);
            row
        })
        .collect();
    let mut cuts: Vec<Vec<i64>> = (1..m).map(unit).collect();
    for _ in 0..rng.random_range(0..5) {
        let cut: Vec<i64> = (0..m + d).map(|_| rng.random_range(-2..3)).collect();
        if basis.iter().any(|b| b.iter().zip(&cut).map(|(x, y)| x * y).sum::<i64>() != 0) {
            cuts.push(cut);
        }
    }
    let rows: Vec<_> = v.iter().map(|row| texts(row)).collect();
    let lists = |rows: &[Vec<i64>]| rows.iter().map(|row| texts(row)).collect::<Vec<_>>();
    json!({
        "format": "counterproof-certificate",
        "version": 2,
        "claim": "separation",
        "params": {"n": n, "m": m, "d": d, "distance": distance},
        "data": {"separation": {
            "embedding": {"shape": [m, d], "rows": rows},
            "proof": {"query": null, "basis": lists(&basis), "left_inverse": lists(&(1..m).map(unit).collect::<Vec<_>>()), "cuts": lists(&cuts)},
            "pair": {"query": pair.0, "c": pair.1, "c_prime": pair.2},
        }},
        "sha256": "",
    })
}

#[test]
fn distances_are_those_of_brute_force() {
    let mut rng = seeded(4);
    let (mut accepted, mut closer, mut farther) = (0, 0, 0);
    for _ in 0..60 {
        let (m, d, n) = (rng.random_range(2..5), rng.random_range(1..4), rng.random_range(2..5));
        let v: Vec<Vec<i64>> = (0..m).map(|_| (0..d).map(|_| rng.random_range(-4..5)).collect()).collect();
        // all pairs of inputs with different answers, by what they are apart, times n
        let mut pairs = Vec::new();
        for query in 0..m {
            let inputs: Vec<Vec<u64>> = truth::count_vectors(n, m).into_iter().filter(|c| c[query] > 0).collect();
            for c in &inputs {
                for other in &inputs {
                    if c[query] != other[query] && c.iter().max() != other.iter().max() {
                        let entry = |i: usize| {
                            let terms = c.iter().zip(other).zip(&v);
                            terms.map(|((&a, &b), row)| (a as i64 - b as i64) * row[i]).sum::<i64>().unsigned_abs()
                        };
                        pairs.push(((0..d).map(entry).max().unwrap(), query, c.clone(), other.clone()));
                    }
                }
            }
        }
        pairs.sort();
        for (steps, query, c, other) in pairs.iter().take(1).chain(pairs.last()) {
            let distance = counterproof_kernel::number::Rational::new((*steps).into(), n.into()).to_string();
            let stated = separation(&v, n, &distance, (*query, c, other), &mut rng);
            let truth = truth::holds(&stated);
            match judged(&mended(&stated).unwrap()) {
                Ok(_) => {
                    accepted += 1;
                    assert!(truth, "{stated}");
                }
                Err(message) => {
                    assert!(
                        message.starts_with("data.separation.proof: expected no vector of the lattice in the ball"),
                        "{message}"
                    );
                    assert!(!truth, "refused: {message}: {stated}");
                    closer += 1;
                }
            }
            // a pair that is not as close as it is said to be
            if let Some((_, query, c, other)) = pairs.iter().find(|pair| pair.0 != *steps).filter(|_| truth) {
                let message =
                    judged(&mended(&separation(&v, n, &distance, (*query, c, other), &mut rng)).unwrap()).unwrap_err();
                assert!(
                    message.starts_with("data.separation.pair: distance times the denominators: expected "),
                    "{message}"
                );
                farther += 1;
            }
        }
    }
    assert!(accepted > 30 && closer > 15 && farther > 15, "{accepted} accepted, {closer} too far, {farther} farther");
}

/// Only a vector of the longest norm that two inputs of the length can differ by is short.
#[test]
fn the_longest_difference_counts() {
    let v = [vec![0], vec![3], vec![10]];
    let mut rng = seeded(5);
    // 2 * 0 + 10 against 3 * 3: 1 apart; one token 1 more: 3 apart
    let (near, far) = ((1, &[2, 1, 1][..], &[0, 4, 0][..]), (0, &[4, 0, 0][..], &[3, 1, 0][..]));
    let stated = separation(&v, 4, "1/4", near, &mut rng);
    assert!(truth::holds(&stated) && judged(&mended(&stated).unwrap()).is_ok());
    let message = judged(&mended(&separation(&v, 4, "3/4", far, &mut rng)).unwrap()).unwrap_err();
    assert!(
        message.starts_with("data.separation.proof: expected no vector of the lattice in the ball, found ["),
        "{message}"
    );
}

/// A cut of states alone, five times as long as it need be: `5 w <= 5 (T - 1)`.
#[test]
fn cuts_of_states_are_bounded_by_the_distance() {
    let v = [vec![0], vec![3]];
    let mut stated = separation(&v, 4, "1", (0, &[4, 0], &[3, 1]), &mut seeded(6));
    stated["data"]["separation"]["proof"]["cuts"] = json!([["0", "0", "5"]]);
    // 3/4 apart
    let message = judged(&mended(&stated).unwrap()).unwrap_err();
    assert!(
        message.starts_with("data.separation.proof: expected no vector of the lattice in the ball, found ["),
        "{message}"
    );
    stated["params"]["distance"] = "3/4".into();
    assert!(judged(&mended(&stated).unwrap()).unwrap().1.ends_with("; 1 nodes"));
}
