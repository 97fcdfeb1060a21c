//! T13: the command, and the least Lipschitz constant against brute force over all pairs of inputs, the bounds against it, and exact minima.

use crate::support::program::{Ended, records, run};
use counterproof::algebra::MatrixOps;
use counterproof::construct::embedding::Kind;
use counterproof::kernel::Clock;
use counterproof::kernel::definition::{Input, Task};
use counterproof::kernel::kind::Steepness;
use counterproof::kernel::number::{Matrix, Rational, RationalText, integer, ratio};
use counterproof::search::collision::Limits;
use counterproof::search::collision::lipschitz::{Question, steepest};
use counterproof::search::collision::lipschitz_bound::{Heads, Sizes};
use counterproof::search::inputs::CountInputs;
use num_traits::{Signed, Zero};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::path::Path;

const TASKS: [Task; 2] = [Task::QueryCount, Task::MostFrequentElement];

/// The constant by its definition; `None` when it is infinite.
fn plain(question: &Question) -> Option<Rational> {
    let Question { embedding, n, task, epsilon } = question;
    let columns = embedding.transpose();
    let inputs: Vec<(Input, Vec<Rational>)> = CountInputs::new(*n, embedding.rows())
        .map(|input| {
            let counts: Vec<Rational> =
                input.counts().iter().map(|&c| ratio(c as i64, *n as i64)).collect();
            let state = columns.mul_vec(&counts).unwrap();
            (input, state)
        })
        .collect();
    let mut largest = Rational::zero();
    for (i, (input, state)) in inputs.iter().enumerate() {
        for (other, there) in inputs[..i].iter().filter(|(other, _)| other.query() == input.query())
        {
            let answer = |input: &Input| integer(task.answer(input.counts(), input.query()));
            let rise = (answer(input) - answer(other)).abs() - epsilon - epsilon;
            if rise.is_positive() {
                let run = state.iter().zip(there).map(|(a, b)| (a - b).abs()).max().unwrap();
                if run.is_zero() {
                    return None;
                }
                largest = largest.max(rise / run);
            }
        }
    }
    Some(largest)
}

/// The constant with its certificate checked.
fn decided(question: &Question, radius: &Rational) -> Option<Rational> {
    let found = steepest(question, &Limits::default()).unwrap();
    let certificate = found.certificate(question, radius);
    certificate.check(&Clock::unlimited()).unwrap_or_else(|error| panic!("{question:?}: {error}"));
    match found.lipschitz {
        Steepness::Infinite => None,
        Steepness::Finite(RationalText(value)) => Some(value),
    }
}

fn rows(rows: &[&[i64]]) -> Matrix {
    Matrix::from_fn(rows[0].len(), rows.len(), |token, i| integer(rows[i][token]))
}

fn radius(embedding: &Matrix) -> Rational {
    let largest = embedding.entries().map(Signed::abs).max().unwrap();
    if largest.is_zero() { integer(1) } else { largest }
}

fn sizes(question: &Question, radius: &Rational) -> Sizes {
    let Question { embedding, n, task, epsilon } = question.clone();
    let (m, d) = (embedding.rows(), embedding.cols());
    Sizes { n, m, d, task, epsilon, radius: radius.clone() }
}

#[test]
fn reference_values() {
    let unit = Matrix::identity(3);
    let square = rows(&[&[0, 1, 2, 3], &[0, 1, 4, 9]]);
    let line = rows(&[&[0, 1, 3, 7]]);
    let (none, quarter) = (integer(0), ratio(1, 4));
    let cases = [
        (&unit, 4, &none, "4", "4"),
        (&square, 2, &none, "2", "2"),
        (&square, 3, &none, "6", "6"),
        (&square, 4, &none, "12", "8"),
        (&square, 5, &none, "inf", "inf"),
        (&line, 3, &none, "6", "6"),
        (&line, 4, &none, "inf", "inf"),
        (&unit, 5, &quarter, "35/8", "25/6"),
    ];
    for (embedding, n, epsilon, qc, mfe) in cases {
        for (task, expected) in TASKS.into_iter().zip([qc, mfe]) {
            let question =
                Question { embedding: embedding.clone(), n, task, epsilon: epsilon.clone() };
            let value = decided(&question, &radius(embedding));
            let text = value.map_or("inf".to_owned(), |value| value.to_string());
            assert_eq!(text, expected, "{question:?}");
        }
    }
}

#[test]
fn brute_force_agrees_and_no_bound_is_above() {
    let mut random = ChaCha8Rng::seed_from_u64(13);
    let epsilons = [integer(0), ratio(1, 4), ratio(1, 2), ratio(2, 3), integer(1), ratio(7, 2)];
    let mut infinite = 0;
    for round in 0..240 {
        let (m, d) = (random.random_range(2..=4), random.random_range(1..=3));
        let n = random.random_range(2..=[8, 6, 4u64][m - 2]);
        let parts = [1, 1, 2, 7][round % 4];
        let size = [2, 9, 40][round % 3];
        let embedding =
            Matrix::from_fn(m, d, |_, _| ratio(random.random_range(-size..=size), parts));
        let radius = radius(&embedding);
        for task in TASKS {
            let epsilon = epsilons[random.random_range(0..epsilons.len())].clone();
            let question = Question { embedding: embedding.clone(), n, task, epsilon };
            let value = decided(&question, &radius);
            assert_eq!(value, plain(&question), "{question:?}");
            let bound = sizes(&question, &radius).all_embeddings();
            infinite += usize::from(value.is_none());
            assert!(value.is_none_or(|value| bound <= value), "{question:?} {bound}");
        }
    }
    assert!((8..240).contains(&infinite), "{infinite}");
}

/// States that coincide, with answers exactly `2 eps` apart, do no harm.
#[test]
fn answers_that_are_just_close_enough() {
    let embedding = rows(&[&[0, 1, 0, -2]]);
    for task in TASKS {
        for twice in 1..=6 {
            let epsilon = ratio(twice, 2);
            let question = Question { embedding: embedding.clone(), n: 4, task, epsilon };
            assert_eq!(decided(&question, &integer(2)), plain(&question), "{question:?}");
        }
    }
}

/// Closest pairs, grids, lattices: where bounds are tightest.
#[test]
fn no_bound_is_above_a_structured_embedding() {
    let mut tight = 0;
    for n in 2..=5 {
        for (m, d) in [(2, 1), (3, 1), (4, 1), (3, 2), (4, 2), (5, 2), (4, 3)] {
            let mut kinds = vec![Kind::Moment, Kind::Digits { base: Some(2 * n) }, Kind::Truncated];
            kinds.extend((d + 1 >= m).then_some(Kind::Simplex));
            kinds.push(Kind::Digits { base: Some(n) });
            for (kind, epsilon) in
                kinds.into_iter().flat_map(|kind| [(kind, integer(0)), (kind, ratio(1, 3))])
            {
                let embedding = kind.vectors(m, d, 0).unwrap();
                // what counts is differences, so the middle may be 0: entries are then half as large
                let half = radius(&embedding) / integer(2);
                let lowest = embedding.entries().min().unwrap().clone();
                assert!(!lowest.is_negative());
                let middle = Matrix::from_fn(m, d, |j, i| embedding.row(j)[i].clone() - &half);
                for task in TASKS {
                    let question =
                        Question { embedding: middle.clone(), n, task, epsilon: epsilon.clone() };
                    let value = decided(&question, &half);
                    let bound = sizes(&question, &half).all_embeddings();
                    if let Some(value) = value {
                        assert!(bound <= value, "{kind:?} {question:?}: {bound} > {value}");
                        tight += usize::from(bound == value);
                    }
                }
            }
        }
    }
    assert!(tight > 0, "no bound is attained");
}

#[test]
fn digits_are_what_the_formula_says() {
    for (n, m, d) in (2..=5).flat_map(|n| {
        [(2, 1), (3, 1), (4, 1), (3, 2), (4, 2), (5, 2), (5, 3), (6, 2), (7, 3), (3, 4)]
            .map(|(m, d)| (n, m, d))
    }) {
        let embedding = Kind::Digits { base: Some(2 * n) }.vectors(m, d, 0).unwrap();
        for (task, epsilon) in
            TASKS.into_iter().flat_map(|t| [0, 1, 2, 4, 9].map(|e| (t, ratio(e, 4))))
        {
            let exact = task == Task::QueryCount || epsilon.is_zero();
            let question = Question { embedding: embedding.clone(), n, task, epsilon };
            let value = decided(&question, &integer(1)).unwrap();
            let sizes = sizes(&question, &integer(1));
            let stated = sizes.digits_at_most();
            assert!(if exact { value == stated } else { value <= stated }, "{question:?} {stated}");
            assert!(sizes.all_embeddings() <= value);
            let heads = Heads { number: 1, dimension: d };
            sizes.certificate(heads).check(&Clock::unlimited()).unwrap();
        }
    }
}

/// Three tokens on a line at spread 1: `L* = n / dist(x, F_{n-1})`, so `min L* = 2 n (n - 1)`, at `1 / (2 (n - 1))`.
#[test]
fn the_least_constant_of_three_tokens_on_a_line() {
    for (n, least) in (2..=8).zip([4, 12, 24, 40, 60, 84, 112]) {
        let at = |x: Rational| {
            let values = [integer(0), x, integer(1)];
            let embedding = Matrix::from_fn(3, 1, |j, _| values[j].clone());
            let question = Question { embedding, n, task: Task::QueryCount, epsilon: integer(0) };
            decided(&question, &integer(1))
        };
        let order = n as i64 - 1;
        assert_eq!(at(ratio(1, 2 * order)), Some(integer(least)), "{n}");
        let grid = 4 * order + 1;
        for x in 0..=grid {
            let farey = (1..=order).flat_map(|q| (0..=q).map(move |p| ratio(p, q)));
            let distance = farey.map(|f| (f - ratio(x, grid)).abs()).min().unwrap();
            let expected = (!distance.is_zero()).then(|| integer(n) / distance);
            assert_eq!(at(ratio(x, grid)), expected, "{n} {x}/{grid}");
            assert!(at(ratio(x, grid)).is_none_or(|value| value >= integer(least)));
        }
    }
}

/// Uniform attention is one of those that the bound for any attention is about.
#[test]
fn the_bound_for_any_attention_is_not_above_uniform_attention() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    for _ in 0..60 {
        let (m, d, n) =
            (random.random_range(2..=5), random.random_range(1..=2), random.random_range(2..=7));
        let embedding = Matrix::from_fn(m, d, |_, _| integer(random.random_range(-6..=6)));
        let (task, epsilon) = (Task::MostFrequentElement, ratio(1, 4));
        let question = Question { embedding, n, task, epsilon };
        let radius = radius(&question.embedding);
        let heads = Heads { number: 1, dimension: d };
        let bound = sizes(&question, &radius).any_attention(heads).unwrap();
        let value = decided(&question, &radius);
        assert!(value.is_none_or(|value| bound <= value), "{question:?} {bound}");
    }
}

/// Searches that take some nodes end soon.
#[test]
fn sizes_of_some_use() {
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let embedding = Matrix::from_fn(6, 3, |_, _| integer(random.random_range(-1000..=1000)));
    for task in TASKS {
        let question = Question { embedding: embedding.clone(), n: 16, task, epsilon: ratio(1, 4) };
        assert!(decided(&question, &integer(1000)).is_some());
    }
}

/// In the euclidean norm (`d >= m - 1`, `m - 1` dividing `n - 1`) no embedding has less than `n (m - 1)(1 - 2 eps / (n - 1)) / (m R)`, and
/// the regular simplex has it: squares of all quotients of the query count, which are rational.
#[test]
fn the_regular_simplex_is_best_in_the_euclidean_norm() {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    for (m, n) in [(2, 2), (2, 5), (3, 3), (3, 5), (4, 4)] {
        let simplex = Matrix::from_fn(m, m, |i, j| integer(if i == j { m as i64 - 1 } else { -1 }));
        let others =
            (0..6).map(|_| Matrix::from_fn(m, m, |_, _| integer(random.random_range(-5..=5))));
        let all: Vec<Matrix> = others.collect();
        for epsilon in [integer(0), ratio(1, 4)] {
            let steepest = |embedding: &Matrix| {
                let columns = embedding.transpose();
                let inputs: Vec<Input> = CountInputs::new(n, m).collect();
                let pairs = inputs.iter().flat_map(|c| inputs.iter().map(move |other| (c, other)));
                let same = pairs.filter(|(c, other)| c.query() == other.query());
                let mut largest = Some(Rational::zero());
                for (c, other) in same {
                    let both = c.counts().iter().zip(other.counts());
                    let z: Vec<Rational> =
                        both.map(|(&a, &b)| ratio(a as i64 - b as i64, n as i64)).collect();
                    let rise = &z[c.query().0] * integer(n) - &epsilon - &epsilon;
                    if rise.is_positive() {
                        let run: Rational =
                            columns.mul_vec(&z).unwrap().iter().map(|x| x * x).sum();
                        let square = (!run.is_zero()).then(|| &rise * &rise / run);
                        largest = largest.zip(square).map(|(a, b)| a.max(b));
                    }
                }
                largest
            };
            let least = |embedding: &Matrix| {
                let norms =
                    (0..m).map(|j| embedding.row(j).iter().map(|x| x * x).sum::<Rational>());
                let (n, m) = (n as i64, m as i64);
                let root = ratio(n * (m - 1), m) * (integer(1) - &epsilon * ratio(2, n - 1));
                &root * &root / norms.max().unwrap()
            };
            assert_eq!(steepest(&simplex), Some(least(&simplex)), "{m} {n}");
            for embedding in &all {
                assert!(steepest(embedding).is_none_or(|square| square >= least(embedding)));
            }
        }
    }
}

fn verify(folder: &Path, arguments: &str) -> Ended {
    run(folder, &format!("verify lipschitz --format json {arguments}"))
}

#[test]
fn the_command_decides_a_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("v.csv"), "0,0\n1,1\n2,4\n3,9\n").unwrap();
    let asked = "--embedding v.csv --n 2-5 --task qc,mfe --epsilon 0,1/4 --certificates c";
    let output = verify(folder.path(), asked);
    assert_eq!(output.0, 0);
    let records = records(&output);
    let found = |n: u64, task: &str, epsilon: &str| {
        let wanted = |record: &&Value| {
            let params = &record["params"];
            params["n"] == n && params["task"] == task && params["epsilon"] == epsilon
        };
        records.iter().find(wanted).unwrap()
    };
    for (n, qc, mfe) in [(2, "2", "2"), (3, "6", "6"), (4, "12", "8"), (5, "inf", "inf")] {
        assert_eq!(found(n, "qc", "0")["values"]["lipschitz"], qc);
        assert_eq!(found(n, "mfe", "0")["values"]["lipschitz"], mfe);
    }
    assert_eq!(found(4, "qc", "1/4")["values"]["lipschitz"], "10");
    for record in &records {
        let (params, values) = (&record["params"], &record["values"]);
        assert_eq!(record["verdict"], "verified");
        assert_eq!((&params["embedding"], &params["radius"]), (&"v.csv".into(), &"9".into()));
        assert_eq!(values["sha256"].as_str().unwrap().len(), 64);
        assert_eq!(values["pair"], serde_json::json!([values["c"], values["c_prime"]]));
        assert_eq!(values["weight_squared_at_least"], values["lipschitz"]);
        assert_eq!(
            (&values["exponent"], &values["exponent_as_quoted"]),
            (&"3/2".into(), &"1/2".into())
        );
        assert!(folder.path().join(record["certificate"].as_str().unwrap()).exists());
    }
}

#[test]
fn the_command_bounds_all_embeddings() {
    let folder = tempfile::tempdir().unwrap();
    let output = verify(folder.path(), "--m 5 --d 1 --n 4 --radius 2 --task mfe --heads 2");
    let [record] = &records(&output)[..] else { panic!("one cell") };
    let values = &record["values"];
    assert_eq!(record["verdict"], "verified");
    for (name, value) in [
        ("bound_all_embeddings", "34/3"),
        ("attained_at_most", "1024"),
        ("bound_any_attention", "1/2"),
        ("exponent", "4"),
    ] {
        assert_eq!(values[name], value, "{name}");
    }
    // a decimal of thousands of digits is no help, and some readers of JSON refuse it
    let output = verify(folder.path(), "--m 1024 --d 1 --n 1000 --task qc");
    let [record] = &records(&output)[..] else { panic!("one cell") };
    assert!(record["values"]["attained_at_most"].as_str().unwrap().len() > 3000);
    assert!(record["values"]["attained_at_most_decimal"].is_null());
    // digits have what is said of them, to the base 2 n of each cell
    let output = verify(folder.path(), "--embedding digits --m 4 --d 2 --n 3,4 --task qc");
    let constants: Vec<Value> =
        records(&output).iter().map(|record| record["values"]["lipschitz"].clone()).collect();
    assert_eq!(constants, ["18", "32"]);
}

#[test]
fn what_makes_no_sense_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, message) in [
        ("--n 1", "--n: expected at least 2: two inputs with different answers, found 1"),
        ("--m 1", "--m: expected at least 2: two inputs, found 1"),
        ("--task max", "--task: expected qc or mfe, found max"),
        ("--epsilon -1", "--epsilon: expected at least 0, found -1"),
        ("--radius 0", "--radius: expected above 0, found 0"),
        (
            "--embedding moment --m 3 --d 1 --radius 1",
            "--radius: expected at least 2, the size of an entry, found 1",
        ),
        ("--heads 0", "--heads: expected 1 to 1024, found 0"),
        ("--head-dimension 1025", "--head-dimension: expected 1 to 1024, found 1025"),
        ("--bound 3", "--bound: expected --embedding random with it, found none"),
    ] {
        let (status, _, text) = verify(folder.path(), arguments);
        assert_eq!(status, 2, "{arguments}: {text}");
        assert!(text.contains(message), "{arguments}: {text}");
    }
}

/// What a limit leaves open is undecided, with what is known by then.
#[test]
fn a_limit_leaves_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let large = "--embedding random --m 16 --d 3 --bound 1000000 --n 60 --task mfe --time-limit 1";
    let output = verify(folder.path(), large);
    assert_eq!(output.0, 3);
    let [record] = &records(&output)[..] else { panic!("one cell") };
    assert_eq!(record["verdict"], "undecided");
    assert!(record["values"]["lipschitz_at_least"].is_string(), "{record}");
    assert!(record["values"]["lipschitz"].is_null());
}
