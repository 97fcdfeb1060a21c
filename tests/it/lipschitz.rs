//! T13: the least Lipschitz constant against brute force over all pairs of inputs, the bounds against it, and exact minima.

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
    for round in 0..90 {
        let (m, d) = (random.random_range(2..=4), random.random_range(1..=3));
        let n = random.random_range(2..=if m == 2 { 8 } else { 5u64 });
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
    assert!((8..120).contains(&infinite), "{infinite}");
}

/// Closest pairs, grids, lattices: where bounds are tightest.
#[test]
fn no_bound_is_above_a_structured_embedding() {
    let mut tight = 0;
    for n in 2..=5 {
        for (m, d) in [(2, 1), (3, 1), (4, 1), (3, 2), (4, 2), (5, 2), (4, 3)] {
            let mut kinds = vec![Kind::Moment, Kind::Digits { base: 2 * n }, Kind::Truncated];
            kinds.extend((d + 1 >= m).then_some(Kind::Simplex));
            kinds.push(Kind::Digits { base: n });
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
        let embedding = Kind::Digits { base: 2 * n }.vectors(m, d, 0).unwrap();
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
