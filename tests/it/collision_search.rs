//! T7: least collisions against brute force over all count vectors, and against reference values.

use counterproof::kernel::definition::Input;
use counterproof::kernel::definition::Length;
use counterproof::kernel::definition::{Task, Token};
use counterproof::kernel::evidence::{Ball, Sought, Subtrees, counting_matrix};
use counterproof::kernel::kind::{Collision, Subject};
use counterproof::kernel::number::{IntegerVector, Matrix, dot_integers, integer};
use counterproof::kernel::{Certificate, Clock, Verdict};
use counterproof::search::collision::{
    DecideError, Limits, Problem, Question, SearchError, ShortVectorProof, Shortest, decide, l1,
    shortest,
};
use counterproof::search::inputs::CountInputs;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

const NODES: u64 = 1_000_000;

/// One row a token.
fn embedding(rows: &[Vec<i64>]) -> Matrix {
    let width = rows.first().map_or(0, Vec::len);
    let rows = rows.iter().map(|row| row.iter().map(|&entry| integer(entry)).collect());
    Matrix::from_rows(width, rows.collect()).unwrap()
}

/// `n*`, after the proof has been checked at its radius and refused at the minimum itself.
fn least_length(embedding: &Matrix) -> Option<u64> {
    let rows = counting_matrix(embedding).unwrap();
    let cols = embedding.rows();
    let problem = Problem { rows: &rows, cols, query: None, parting: None };
    let found = shortest(problem, None, &Limits::default()).unwrap();
    check(problem, &found);
    found.vector.map(|z| u64::try_from(l1(&z) / 2).unwrap() + 1)
}

/// The nodes that the kernel needs to see that no vector within the radius exists, or why it does not see it.
fn nodes(problem: Problem<'_>, proof: &ShortVectorProof, radius: &BigInt) -> Result<u64, String> {
    let (rows, query, ball) = (problem.rows, problem.query.map(Token), Ball::l1(radius.clone()));
    let sought =
        Sought { rows, query, ball: Some(&ball), harmless: &|_| Ok(false), part: Subtrees::ALL };
    let nodes = proof.clone().about(query).check("proof", &sought, &Clock::unlimited());
    assert!(nodes.as_ref().is_ok_and(|&nodes| nodes <= NODES) || nodes.is_err(), "{nodes:?}");
    nodes.map_err(|rejection| rejection.to_string())
}

fn check(problem: Problem<'_>, found: &Shortest) {
    let check = |radius: &BigInt| nodes(problem, &found.proof, radius);
    match (&found.vector, &found.excluded) {
        (Some(z), Some(excluded)) => {
            assert!(problem.rows.iter().all(|row| dot_integers(row, z).is_zero()));
            assert!(problem.query.is_none_or(|q| !z[q].is_zero()));
            assert_eq!(l1(z), excluded + 2);
            check(excluded).unwrap();
            let refused = check(&l1(z)).unwrap_err();
            assert!(refused.contains("no vector of the lattice in the ball"), "{refused}");
        }
        (None, None) => assert_eq!(check(&1_000_000.into()), Ok(0)),
        other => panic!("{other:?}"),
    }
}

/// The least `n <= limit` at which two inputs with one query (this one, if it is given) and one sum have different answers.
fn brute_force(rows: &[Vec<i64>], task: Task, query: Option<Token>, limit: u64) -> Option<u64> {
    let m = rows.len();
    (1..=limit).find(|&n| {
        let mut answers = BTreeMap::new();
        let asked = |input: &Input| query.is_none_or(|query| input.query() == query);
        CountInputs::new(n, m).filter(asked).any(|input| {
            let sum: Vec<i64> = (0..rows[0].len())
                .map(|i| (0..m).map(|j| input.counts()[j] as i64 * rows[j][i]).sum())
                .collect();
            let answer = task.answer(input.counts(), input.query());
            *answers.entry((input.query(), sum)).or_insert(answer) != answer
        })
    })
}

/// The columns of an embedding as the reference values write it.
fn tokens(rows: &[&[i64]]) -> Vec<Vec<i64>> {
    (0..rows[0].len()).map(|j| rows.iter().map(|row| row[j]).collect()).collect()
}

#[test]
fn reference_values() {
    let cases: [(&[&[i64]], u64); 7] = [
        (&[&[0, 1, 2, 3]], 3),
        (&[&[0, 1, 3, 7]], 4),
        (&[&[0, 1, 2, 3], &[0, 1, 4, 9]], 5),
        (&[&[1, 0, 0, 1, 2], &[0, 1, 0, 1, 1]], 3),
        (&[&[1, 0, 0, 1], &[0, 1, 0, 1]], 3),
        (&[&[1, 0, 0, 2], &[0, 1, 0, 3]], 6),
        (&[&[0, 1, 5, 25]], 6),
    ];
    for (rows, expected) in cases {
        let rows = tokens(rows);
        assert_eq!(least_length(&embedding(&rows)), Some(expected), "{rows:?}");
        for task in [Task::QueryCount, Task::MostFrequentElement] {
            assert_eq!(brute_force(&rows, task, None, expected), Some(expected), "{rows:?}");
        }
    }
}

#[test]
fn shared_embeddings() {
    let cases = [
        ("d2_m5", 2),
        ("d3_m8", 4),
        ("d4_m10", 7),
        ("d6_m12", 13),
        ("d8_m16", 16),
        ("d12_m24", 22),
    ];
    for (name, expected) in cases {
        let path = format!("{}/tests/data/embeddings/{name}.csv", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let rows: Vec<Vec<i64>> =
            text.lines().map(|l| l.split(',').map(|e| e.parse().unwrap()).collect()).collect();
        assert_eq!(least_length(&embedding(&rows)), Some(expected), "{name}");
    }
}

#[test]
fn random_embeddings_agree_with_brute_force() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let (mut injective, mut decided) = (0, 0);
    for round in 0..3000 {
        let m = random.random_range(1..=5);
        let d = random.random_range(1..=3);
        let bound = [1, 2, 3, 6][round % 4];
        let rows: Vec<Vec<i64>> =
            (0..m).map(|_| (0..d).map(|_| random.random_range(-bound..=bound)).collect()).collect();
        let limit = 6;
        let found = least_length(&embedding(&rows));
        for task in [Task::QueryCount, Task::MostFrequentElement] {
            let plain = brute_force(&rows, task, None, limit);
            assert_eq!(found.filter(|&n| n <= limit), plain, "{rows:?}");
        }
        injective += usize::from(found.is_none());
        decided += usize::from(found.is_some_and(|n| n <= limit));
    }
    assert!(injective > 200 && decided > 1000, "{injective} {decided}");
}

/// All integer vectors with entries at most `bound` in size.
fn boxes(m: usize, bound: i64) -> Vec<Vec<i64>> {
    (0..m).fold(vec![Vec::new()], |all, _| {
        let extend = |v: Vec<i64>| (-bound..=bound).map(move |e| [&v[..], &[e]].concat());
        all.into_iter().flat_map(extend).collect()
    })
}

#[test]
fn fixed_queries_agree_with_brute_force() {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let vectors = boxes(5, 3);
    for _ in 0..150 {
        let rows: Vec<IntegerVector> = (0..2)
            .map(|_| (0..5).map(|_| random.random_range(-2i64..=2).into()).collect())
            .chain([vec![BigInt::from(1); 5]])
            .collect();
        let plain_rows: Vec<Vec<i64>> =
            rows.iter().map(|r| r.iter().map(|e| i64::try_from(e).unwrap()).collect()).collect();
        let kernel: Vec<&Vec<i64>> = vectors
            .iter()
            .filter(|z| {
                plain_rows.iter().all(|r| r.iter().zip(*z).map(|(a, b)| a * b).sum::<i64>() == 0)
            })
            .collect();
        for query in 0..5 {
            let problem = Problem { rows: &rows, cols: 5, query: Some(query), parting: None };
            let found = shortest(problem, None, &Limits::default()).unwrap();
            check(problem, &found);
            let norm = |z: &[i64]| z.iter().map(|e| e.abs()).sum::<i64>();
            let plain = kernel.iter().filter(|z| z[query] != 0).map(|z| norm(z)).min();
            let exact = found.vector.as_ref().map(|z| i64::try_from(l1(z)).unwrap());
            // The box holds every vector of norm at most 6.
            assert_eq!(exact.filter(|&n| n <= 6), plain.filter(|&n| n <= 6), "{rows:?} {query}");
        }
    }
}

#[test]
fn a_bound_on_the_length_is_decided_both_ways() {
    let embedding = embedding(&tokens(&[&[0, 1, 5, 25]]));
    let rows = counting_matrix(&embedding).unwrap();
    let problem = Problem { rows: &rows, cols: 4, query: None, parting: None };
    for n in 1..=9u32 {
        let radius = BigInt::from(2 * (n - 1));
        let found = shortest(problem, Some(&radius), &Limits::default()).unwrap();
        if n < 6 {
            assert_eq!((found.vector, found.excluded), (None, Some(radius.clone())));
            nodes(problem, &found.proof, &radius).unwrap();
        } else {
            assert_eq!(l1(&found.vector.unwrap()), 10.into());
            assert_eq!(found.excluded, Some(8.into()));
        }
    }
}

#[test]
fn large_entries_and_large_kernels() {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    for (d, m, bound) in [(1, 4, 1_000_000_000_000i64), (2, 9, 1_000_000), (16, 32, 3), (4, 30, 3)]
    {
        let rows: Vec<Vec<i64>> =
            (0..m).map(|_| (0..d).map(|_| random.random_range(-bound..=bound)).collect()).collect();
        let n = least_length(&embedding(&rows)).unwrap();
        assert!(n >= 2 && BigInt::from(n).is_positive());
    }
}

/// A search that a limit ends leaves a certificate of what is certain, from both sides, and it holds against the rest.
#[test]
fn an_unfinished_search_leaves_certified_bounds() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let rows: Vec<Vec<i64>> =
        (0..24).map(|_| (0..6).map(|_| random.random_range(-10_000..=10_000)).collect()).collect();
    for task in [Task::QueryCount, Task::MostFrequentElement] {
        let question = |max_n| Question {
            subject: Subject::Embedding(embedding(&rows)),
            task,
            query: None,
            max_n,
            cuts_only: false,
        };
        let n_star = decide(question(None), &Limits::default()).unwrap().n_star().unwrap();
        let mut widths = Vec::new();
        for nodes in [36, 500] {
            let limits = Limits { nodes, ..Limits::default() };
            let Err(DecideError::Unfinished { why, answer }) = decide(question(None), &limits)
            else {
                panic!("{nodes} nodes are enough")
            };
            assert_eq!(why, SearchError::Nodes { nodes });
            let finding = answer.certificate.check(&Clock::unlimited()).unwrap();
            assert_eq!(finding.verdict, Verdict::Verified);
            let (Length::Exactly(free), Some(at)) =
                (answer.params.free_up_to, answer.params.collides_at)
            else {
                panic!("{:?}", answer.params)
            };
            assert!(free < n_star && n_star <= at && answer.n_star().is_none(), "{free} {at}");
            widths.push(at - free);
        }
        assert!(widths[0] > widths[1], "more nodes, no closer bounds: {widths:?}");
        // no further than a length that is too small for the vectors known
        let limits = Limits { nodes: 36, ..Limits::default() };
        match decide(question(Some(n_star - 1)), &limits) {
            Err(DecideError::Unfinished { answer, .. }) => assert!(answer.pair.is_none()),
            other => panic!("{other:?}"),
        }
    }
}

/// For one query the shortest vector may give both inputs the same most frequent count; then a token more is needed.
#[test]
fn most_frequent_counts_of_one_query_agree_with_brute_force() {
    const LIMIT: u64 = 6;
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mut cases = vec![[-3, 0, -2, 4, 1].map(|v| vec![v]).to_vec()];
    for _ in 0..40 {
        let (m, d) = (random.random_range(3..=5), random.random_range(1..=2));
        cases.push((0..m).map(|_| (0..d).map(|_| random.random_range(-3..=3)).collect()).collect());
    }
    let mut longer = 0;
    for rows in cases {
        for query in (0..rows.len()).map(Token) {
            let task = Task::MostFrequentElement;
            let expected = brute_force(&rows, task, Some(query), LIMIT);
            let question = Question {
                subject: Subject::Embedding(embedding(&rows)),
                task,
                query: Some(query),
                max_n: Some(LIMIT),
                cuts_only: false,
            };
            let answer = decide(question, &Limits::default()).unwrap();
            assert_eq!(answer.n_star(), expected, "{rows:?} query {query}");
            let finding = answer.certificate.check(&Clock::unlimited()).unwrap();
            assert_eq!(finding.verdict, Verdict::Verified);
            let (n_star, difference) = (answer.n_star(), answer.difference());
            let norm: u64 = difference.iter().flatten().map(|z| z.unsigned_abs() as u64).sum();
            if let Some(n_star) = answer.n_star() {
                let (params, data) = answer.certificate.get::<Collision>().unwrap();
                // the same proof for one length more
                let (mut params, mut data) = (params.clone(), data.clone());
                params.free_up_to = Length::Exactly(n_star);
                (params.collides_at, data.pair) = (None, None);
                let forged = Certificate::new(answer.certificate.claim(), params, data);
                assert!(forged.check(&Clock::unlimited()).is_err(), "{rows:?} {query}");
            }
            longer += u32::from(n_star.is_some_and(|n| n > 1 + norm / 2));
        }
    }
    assert!(longer > 5, "only {longer} cases need a token more");
}
