//! Bounds of the accuracy by boxes of counts: what a bound says of a box against every count vector in it, trees against surveys of every
//! input, and what users get.

use crate::support::floats::Floats;
use crate::support::program::{Ended, records, run_anywhere};
use counterproof::claim::{Claim, Request};
use counterproof::construct::random::{SoftmaxShape, softmax};
use counterproof::files::open;
use counterproof::kernel::definition::{
    HeadWeights, Judged, Length, Part, Question, ReadAt, Reading, SoftmaxHead, SoftmaxTransformer,
    SoftmaxWeights, Token, judge,
};
use counterproof::kernel::evidence::{Boxes, Cell, Form, Known, MOST_BITS};
use counterproof::kernel::number::{Matrix, Rational, integer, parse_canonical, ratio};
use counterproof::kernel::{Certificate, Clock, Verdict};
use counterproof::search::boxes;
use counterproof::search::control::Control;
use counterproof::search::survey::survey;
use counterproof::verdict::{Decided, Remembered, decide, recheck};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::ops::Neg;
use std::time::Duration;

const SHAPE: SoftmaxShape = SoftmaxShape {
    m: 4,
    d: 4,
    heads: 1,
    width: 7,
    longest: None,
    bos: false,
    norms: [false, true, false, true],
    choices: None,
    read_at: ReadAt::Last,
};

fn shapes() -> Vec<SoftmaxShape> {
    vec![
        SHAPE,
        SoftmaxShape { m: 3, d: 3, width: 1, ..SHAPE },
        SoftmaxShape { norms: [false, true, false, false], ..SHAPE },
        SoftmaxShape { norms: [true, true, false, true], read_at: ReadAt::Every, ..SHAPE },
        SoftmaxShape { m: 2, d: 6, width: 12, ..SHAPE },
        SoftmaxShape { bos: true, ..SHAPE },
        SoftmaxShape { norms: [false; 4], ..SHAPE },
        SoftmaxShape { norms: [true, false, false, true], d: 3, ..SHAPE },
        SoftmaxShape { choices: Some(4), ..SHAPE },
        SoftmaxShape { choices: Some(9), norms: [false; 4], m: 3, ..SHAPE },
        SoftmaxShape { norms: [true, false, true, true], ..SHAPE },
        SoftmaxShape { norms: [false, false, true, false], choices: Some(5), d: 3, ..SHAPE },
        SoftmaxShape { heads: 2, ..SHAPE },
        SoftmaxShape { heads: 3, norms: [false; 4], m: 3, ..SHAPE },
        SoftmaxShape { heads: 2, norms: [true, false, true, false], bos: true, ..SHAPE },
        SoftmaxShape { heads: 2, norms: [false, true, false, false], choices: Some(6), ..SHAPE },
    ]
}

/// The same with positions, whose states are a small part of the tokens'.
const PLACED: SoftmaxShape = SoftmaxShape { longest: Some(80), ..SHAPE };

fn placed_shapes() -> Vec<SoftmaxShape> {
    vec![
        PLACED,
        SoftmaxShape { m: 3, d: 3, bos: true, ..PLACED },
        SoftmaxShape { norms: [true, true, false, false], ..PLACED },
        SoftmaxShape { norms: [false; 4], choices: Some(3), ..PLACED },
        SoftmaxShape { norms: [true, false, true, true], ..PLACED },
        SoftmaxShape { heads: 2, norms: [false; 4], ..PLACED },
        SoftmaxShape { heads: 2, m: 3, norms: [false, false, true, true], bos: true, ..PLACED },
    ]
}

/// A random model, with states of positions that are `1 / parts` of what they were drawn as.
fn model(shape: SoftmaxShape, parts: i64, seed: u64) -> SoftmaxTransformer {
    let mut weights = SoftmaxWeights::from(softmax(shape, seed).unwrap());
    weights.positions = weights.positions.map(|positions| {
        let entry = |i, j| positions.get(i, j).unwrap() * ratio(1, parts);
        Matrix::from_fn(positions.rows(), positions.cols(), entry)
    });
    // some write over the stream
    for (at, block) in weights.blocks.iter_mut().enumerate() {
        block.residual = seed % 4 != at as u64 + 1;
    }
    SoftmaxTransformer::new(weights).unwrap()
}

/// Above zero when the input is right, in floats.
fn margin(case: &Case, floats: &Floats, tokens: &[Token], k: i64) -> f64 {
    let y = floats.outputs(tokens).pop().unwrap();
    match &case.model.reading {
        Reading::Number { .. } => {
            let tolerance = num_traits::ToPrimitive::to_f64(&case.tolerance).unwrap();
            tolerance - (y[0] - k as f64).abs()
        }
        Reading::ArgMax { answers, .. } => {
            let best = |own: bool| {
                let entries = y.iter().zip(answers).filter(|(_, a)| (**a as i64 == k) == own);
                entries.map(|(y, _)| *y).fold(f64::MIN, f64::max)
            };
            best(true) - best(false)
        }
    }
}

/// The tokens in another order, at random or by the number of the token; the query stays.
fn arranged(rng: &mut ChaCha8Rng, sequence: &mut [Token]) {
    let others = sequence.len() - 1;
    match rng.random_range(0..3) {
        0 => sequence[..others].reverse(),
        1 => sequence[..others].rotate_left(others / 3),
        _ => sequence[..others].shuffle(rng),
    }
}

fn sequence(counts: &[i64], query: usize) -> Vec<Token> {
    let others = counts.iter().enumerate().flat_map(|(token, &count)| {
        std::iter::repeat_n(Token(token), (count - i64::from(token == query)) as usize)
    });
    others.chain([Token(query)]).collect()
}

fn output(floats: &Floats, counts: &[i64], query: usize) -> f64 {
    floats.outputs(&sequence(counts, query)).last().unwrap()[0]
}

fn drawn(rng: &mut ChaCha8Rng, cell: &Cell) -> Vec<i64> {
    let mut counts = cell.lo.clone();
    let mut left = cell.total - counts.iter().sum::<i64>();
    while left > 0 {
        let token = rng.random_range(0..counts.len());
        let most = (cell.hi[token] - counts[token]).min(left);
        let more = if rng.random_bool(0.5) { most } else { most.min(1) };
        counts[token] += more;
        left -= more;
    }
    counts
}

/// A tolerance with which about half of the inputs are right, so that both answers occur near each other.
fn tolerance(model: &SoftmaxTransformer, n: i64, rng: &mut ChaCha8Rng) -> Rational {
    let floats = Floats::new(model);
    let m = model.vocabulary();
    let all = Cell::new(&vec![0; m], &vec![n; m], n).unwrap();
    let mut errors: Vec<f64> = (0..99)
        .map(|_| {
            let counts = drawn(rng, &all);
            let query = (0..m).find(|&token| counts[token] > 0).unwrap();
            (output(&floats, &counts, query) - counts[query] as f64).abs()
        })
        .collect();
    errors.sort_by(f64::total_cmp);
    ratio((errors[49] * 1000.0) as i64 + 1, 1000)
}

/// A box around a point, no larger than asked.
fn around(rng: &mut ChaCha8Rng, counts: &[i64], query: usize, size: i64) -> Cell {
    let total = counts.iter().sum();
    let ends = |rng: &mut ChaCha8Rng, token: usize| {
        if token == query { 0 } else { rng.random_range(0..=size) }
    };
    let lo: Vec<i64> =
        (0..counts.len()).map(|t| (counts[t] - ends(rng, t)).max(i64::from(t == query))).collect();
    let hi: Vec<i64> = (0..counts.len()).map(|t| counts[t] + ends(rng, t)).collect();
    Cell::new(&lo, &hi, total).unwrap()
}

struct Case {
    model: SoftmaxTransformer,
    tolerance: Rational,
    n: i64,
}

fn cases() -> Vec<Case> {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut cases = Vec::new();
    for shape in shapes().into_iter().chain(placed_shapes()) {
        for seed in 0..4 {
            let model = model(shape, 1 << 10, seed);
            for n in [6, 25, 80] {
                let tolerance = tolerance(&model, n, &mut rng);
                cases.push(Case { model: model.clone(), tolerance, n });
            }
        }
    }
    cases
}

fn with_forms(case: &Case, look: impl FnOnce(&Boxes<'_>, &[Form])) {
    let clock = Clock::unlimited();
    let Case { model, tolerance, n } = case;
    let boxes = Boxes::new(model, &Question::QueryCount, tolerance, *n as u64, &clock);
    let boxes = boxes.unwrap().expect("the model has this form");
    let forms: Vec<Form> = (0..model.vocabulary())
        .map(|query| boxes.form(query, &clock).unwrap().expect("numbers that fit"))
        .collect();
    look(&boxes, &forms);
}

#[test]
fn what_a_bound_says_of_a_box_is_so_of_every_count_vector_in_it() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (mut right, mut wrong, mut open, mut points) = (0u32, 0u32, 0u32, 0u32);
    for case in cases() {
        let (floats, m) = (Floats::new(&case.model), case.model.vocabulary());
        let all = Cell::new(&vec![0; m], &vec![case.n; m], case.n).unwrap();
        with_forms(&case, |_, forms| {
            for _ in 0..20 {
                let centre = drawn(&mut rng, &all);
                let query = (0..m).rfind(|&token| centre[token] > 0).unwrap();
                let size = rng.random_range(1..=4);
                let cell = around(&mut rng, &centre, query, size);
                let k = cell.only(query).unwrap();
                let judged = forms[query].bound(&cell, k).judged;
                *match judged {
                    Judged::Right => &mut right,
                    Judged::Wrong => &mut wrong,
                    Judged::Open => &mut open,
                } += 1;
                for _ in 0..if judged == Judged::Open { 0 } else { 5 } {
                    let counts = drawn(&mut rng, &cell);
                    let mut tokens = sequence(&counts, query);
                    if case.model.positions.is_some() {
                        arranged(&mut rng, &mut tokens);
                    }
                    let margin = margin(&case, &floats, &tokens, k);
                    let says = if judged == Judged::Right { margin } else { -margin };
                    assert!(says > -1e-7, "{judged:?} of {cell:?}, but {margin} at {counts:?}");
                    points += 1;
                }
            }
        });
    }
    println!("{right} boxes right, {wrong} wrong, {open} open; {points} points");
    assert!(right > 300 && wrong > 300 && open > 20, "{right} {wrong} {open}");
}

#[test]
fn one_count_vector_is_judged_as_by_definition() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let clock = Clock::unlimited();
    let (mut open, mut seen) = (0, 0);
    let placed = |case: &Case| case.model.positions.is_some();
    for case in cases().iter().filter(|case| case.n <= 25 && !placed(case)) {
        let m = case.model.vocabulary();
        let all = Cell::new(&vec![0; m], &vec![case.n; m], case.n).unwrap();
        with_forms(case, |_, forms| {
            for _ in 0..12 {
                let counts = drawn(&mut rng, &all);
                let query = (0..m).find(|&token| counts[token] > 0).unwrap();
                let found = forms[query].judge(&counts, counts[query]);
                let tokens = sequence(&counts, query);
                let answer = integer(counts[query] as u64);
                let input = (tokens.as_slice(), tokens.len() - 1, &answer);
                let truth =
                    judge(&case.model, &case.tolerance, input, MOST_BITS, &clock).unwrap().0;
                seen += 1;
                open += u32::from(found == Judged::Open);
                assert!(
                    found == truth || found == Judged::Open,
                    "{counts:?}: {found:?}, {truth:?}"
                );
            }
        });
    }
    assert!(seen > 400 && open < 8, "{open} of {seen} are not decided");
}

/// All inputs of a length, by boxes and one by one.
fn decided_alike(case: &Case) {
    let control = Control::new(Some(2), None);
    let (model, n) = (&case.model, case.n as u64);
    let question = Question::QueryCount;
    let found = boxes::survey(model, &question, &case.tolerance, n, None, &control);
    let found = found.unwrap().unwrap();
    let each = survey(model, &question, &case.tolerance, n, &control).unwrap();
    assert!(found.complete);
    assert_eq!((&found.known.right, &found.known.wrong), (&each.tally.right, &each.tally.wrong));
    assert_eq!(found.inputs, each.inputs);
    let clock = Clock::unlimited();
    let boxes = Boxes::new(model, &question, &case.tolerance, n, &clock).unwrap().unwrap();
    assert_eq!(boxes.follow(&found.trees, &clock).unwrap(), found.known);
    if let Some(sequence) = &found.first_wrong {
        let query = sequence.last().unwrap();
        let count = sequence.iter().filter(|token| *token == query).count();
        let answer = integer(count as u64);
        let input = (sequence.as_slice(), sequence.len() - 1, &answer);
        let judged = judge(model, &case.tolerance, input, MOST_BITS, &clock).unwrap().0;
        assert_eq!(judged, Judged::Wrong);
    }
}

#[test]
fn whole_lengths_are_decided_as_one_by_one() {
    let placed = |case: &Case| case.model.positions.is_some();
    for case in cases().iter().filter(|case| case.n == 6 && !placed(case)) {
        decided_alike(case);
    }
}

fn scaled(matrix: &Matrix, by: &Rational) -> Matrix {
    let entry = |i, j| matrix.get(i, j).unwrap() * by;
    Matrix::from_fn(matrix.rows(), matrix.cols(), entry)
}

/// Changes the heads of the attention.
fn heads_of(weights: &mut SoftmaxWeights, change: impl FnOnce(&mut Vec<SoftmaxHead>)) {
    let Part::Attention(attention) = &mut weights.blocks[0].part else { panic!("an attention") };
    change(&mut attention.heads);
}

/// Scores so many times as large.
fn sharper(head: &mut SoftmaxHead, times: i64) {
    let HeadWeights::Softmax(scores) = &mut head.weights else { panic!("a softmax") };
    scores.query.weight = scaled(&scores.query.weight, &integer(times));
}

#[test]
fn odd_models_are_decided_as_one_by_one() {
    type Change = fn(&mut SoftmaxWeights);
    let changes: [(&str, Change); 9] = [
        ("tokens that are all alike", |weights| {
            let first = weights.embedding.row(0).to_vec();
            weights.embedding = Matrix::from_fn(3, first.len(), |_, j| first[j].clone());
        }),
        ("tokens without a deviation", |weights| {
            let columns = weights.embedding.cols();
            weights.embedding = Matrix::from_fn(3, columns, |i, _| ratio(i as i64, 2));
        }),
        ("sharp heads", |weights| {
            heads_of(weights, |heads| heads.iter_mut().for_each(|head| sharper(head, 40)));
        }),
        ("one sharp head", |weights| heads_of(weights, |heads| sharper(&mut heads[1], -40))),
        ("heads that are alike", |weights| heads_of(weights, |heads| heads[1] = heads[0].clone())),
        ("heads that cancel", |weights| {
            heads_of(weights, |heads| {
                heads[1] = heads[0].clone();
                heads[1].output = scaled(&heads[0].output, &integer(1).neg());
            });
        }),
        ("a head that adds nothing", |weights| {
            heads_of(weights, |heads| heads[0].output = scaled(&heads[0].output, &integer(0)));
        }),
        ("a head of equal scores", |weights| {
            heads_of(weights, |heads| {
                sharper(&mut heads[0], 0);
                let HeadWeights::Softmax(scores) = &mut heads[0].weights else {
                    panic!("a softmax")
                };
                scores.query.bias.iter_mut().for_each(|bias| *bias = integer(0).into());
            });
        }),
        ("a large stream", |weights| weights.embedding = scaled(&weights.embedding, &integer(900))),
    ];
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for norms in [[false; 4], [false, true, false, true], [true, false, true, true]] {
        for (name, change) in &changes {
            for (d, n) in [(1, 5), (3, 1), (3, 6)] {
                let shape = SoftmaxShape { m: 3, d, heads: 2, norms, ..SHAPE };
                let mut weights = SoftmaxWeights::from(softmax(shape, 7).unwrap());
                change(&mut weights);
                let model = SoftmaxTransformer::new(weights).unwrap();
                let tolerance = tolerance(&model, n, &mut rng);
                println!("{name}, {norms:?}, d = {d}, n = {n}");
                decided_alike(&Case { model, tolerance, n });
            }
        }
    }
}

/// Counts of which no arrangement is decided count for nothing; all others are known as they are.
#[test]
fn arrangements_are_decided_as_one_by_one() {
    let (mut open, mut all, mut right, mut wrong) = (0, 0, 0, 0);
    let clock = Clock::unlimited();
    for (seed, parts) in [(0, 1 << 12), (1, 1 << 8), (2, 64), (3, 8), (4, 1)] {
        for shape in placed_shapes() {
            let model = model(SoftmaxShape { m: 3, ..shape }, parts, seed);
            let tolerance = tolerance(&model, 5, &mut ChaCha8Rng::seed_from_u64(seed));
            let case = Case { model, tolerance, n: 5 };
            let floats = Floats::new(&case.model);
            let control = Control::new(Some(2), None);
            let (model, question) = (&case.model, Question::QueryCount);
            let found = boxes::survey(model, &question, &case.tolerance, 5, None, &control);
            let found = found.unwrap().unwrap();
            let mut truth = Known::default();
            with_forms(&case, |boxes, forms| {
                assert_eq!(boxes.follow(&found.trees, &clock).unwrap(), found.known);
                for sequence in (0..3usize.pow(5)).map(|index| {
                    (0..5).map(|i| Token(index / 3usize.pow(i) % 3)).collect::<Vec<Token>>()
                }) {
                    let query = sequence[4].0;
                    let count =
                        |token| sequence.iter().filter(|other| other.0 == token).count() as i64;
                    let counts: Vec<i64> = (0..3).map(count).collect();
                    let k = counts[query];
                    let judged = forms[query].bound(&Cell::new(&counts, &counts, 5).unwrap(), k);
                    let margin = margin(&case, &floats, &sequence, k);
                    all += 1;
                    match judged.judged {
                        Judged::Right => assert!(margin > -1e-7, "{sequence:?}: {margin}"),
                        Judged::Wrong => assert!(margin < 1e-7, "{sequence:?}: {margin}"),
                        Judged::Open => open += 1,
                    }
                    let is = if margin > 0.0 { Judged::Right } else { Judged::Wrong };
                    truth.add(is, &1u32.into());
                    right += u32::from(judged.judged == Judged::Right);
                    wrong += u32::from(judged.judged == Judged::Wrong);
                }
            });
            assert!(found.known.right <= truth.right && found.known.wrong <= truth.wrong);
            if parts >= 1 << 8 {
                let known = &found.known.right + &found.known.wrong;
                assert!(known * 4u32 > found.inputs * 3u32, "{:?}", found.known);
            }
        }
    }
    assert!(right > 300 && wrong > 300 && open > 300, "{right} {wrong} {open} of {all}");
}

const TRAINED: &str = "tests/data/trained/post-norm-qc-80.safetensors";

fn verify(arguments: &str) -> Ended {
    run_anywhere(&format!("verify --format json --quiet --model {TRAINED} {arguments}"))
}

fn rational(value: &Value) -> Rational {
    match value {
        Value::Number(number) => integer(number.as_u64().unwrap()),
        other => parse_canonical(other.as_str().unwrap()).unwrap(),
    }
}

#[test]
fn bounds_are_as_close_as_asked_and_contain_the_accuracy() {
    let folder = tempfile::tempdir().unwrap();
    let ended = verify(&format!("--n 12 --within 1/20 --certificates {}", folder.path().display()));
    assert_eq!(ended.0, 0, "{}", ended.2);
    let [record] = &records(&ended)[..] else { panic!("one cell") };
    assert_eq!(
        (&record["verdict"], &record["params"]["within"]),
        (&"verified".into(), &"1/20".into())
    );
    let end = |name: &str| rational(&record["values"][name]);
    let (low, high) = (end("accuracy_at_least"), end("accuracy_at_most"));
    assert!(&high - &low <= ratio(1, 20) + ratio(1, 1_000_000_000), "{low} to {high}");
    let all = verify("--n 12");
    let exact = rational(&records(&all)[0]["values"]["accuracy"]);
    assert!(low <= exact && exact <= high, "{low} {exact} {high}");
    // the file says what the record says
    let path = record["certificate"].as_str().unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let finding = Certificate::parse(&text).unwrap().check(&Clock::unlimited()).unwrap();
    assert!(finding.statement.contains("is known within 1/20"), "{}", finding.statement);
}

#[test]
fn the_same_on_any_number_of_threads() {
    let run = |threads: usize| verify(&format!("--n 20 --within 1/10 --threads {threads}"));
    assert_eq!(run(1), run(3));
}

#[test]
fn a_limit_leaves_what_is_known() {
    let case = &cases()[2];
    let (model, tolerance, n) = (&case.model, &case.tolerance, case.n as u64);
    let question = Question::QueryCount;
    let control = Control::new(Some(2), Some(Duration::from_secs(2)));
    let found = boxes::survey(model, &question, tolerance, n, Some(&integer(0)), &control);
    let found = found.unwrap().unwrap();
    let clock = Clock::unlimited();
    let all = Boxes::new(model, &question, tolerance, n, &clock).unwrap().unwrap();
    assert_eq!(all.follow(&found.trees, &clock).unwrap(), found.known);
    assert_eq!(found.complete, &found.known.right + &found.known.wrong == found.inputs);

    let ended = verify("--n 80 --within 1/1000000000 --time-limit 4");
    assert_eq!(ended.0, 3, "{}", ended.2);
    let [record] = &records(&ended)[..] else { panic!("one cell") };
    assert_eq!(record["verdict"], "undecided");
    // a machine that is very slow leaves nothing
    let ends = ["accuracy_at_least", "accuracy_at_most"].map(|name| &record["values"][name]);
    if let [Value::String(low), Value::String(high)] = ends {
        let [low, high] = [low, high].map(|end| parse_canonical(end).unwrap());
        assert!(low < high && integer(0) <= low && high <= integer(1), "{low} to {high}");
        assert!(record["reason"].as_str().unwrap().contains("the accuracy is between"));
    }
}

/// What was found before a limit is certified as far as it goes, and is no proof of what was asked.
#[test]
fn bounds_that_are_wider_are_no_proof() {
    let cell = |within: &str| {
        let bytes = std::fs::read(TRAINED).unwrap();
        let (model, _) = open(&bytes, None).unwrap();
        let request = Request {
            model: Some(model),
            n: Some(vec![Length::Exactly(9)]),
            within: Some(parse_canonical(within).unwrap()),
            ..Request::default()
        };
        Claim::named("model").unwrap().cells(&request).unwrap().remove(0)
    };
    let (asked, wide, control) = (cell("1/100"), cell("1/2"), Control::new(Some(2), None));
    let remembered = |decided: &Decided| Remembered {
        verdict: decided.record.verdict.verdict(),
        values: decided.record.values.clone(),
        reason: decided.record.reason.clone(),
        certificate: decided.certificate.as_ref().unwrap().text().to_owned(),
    };
    let found = decide(&wide, &control);
    assert_eq!(found.record.verdict, Verdict::Verified);
    assert!(recheck(&wide, remembered(&found), &control).is_ok());
    let refused = recheck(&asked, remembered(&found), &control).unwrap_err().to_string();
    assert!(refused.starts_with("within: the certificate has 1/2, not 1/100"), "{refused}");
}

#[test]
fn what_is_not_bounded_is_refused_by_name() {
    let layers = "verify --model tests/data/instances/pytorch-encoder.safetensors \
                  --mapping examples/models/pytorch-encoder.mapping.json --task qc --n 3 --within 1/10";
    for (command, message) in [
        (layers.to_owned(), "--within: expected a query-count model of one layer"),
        (format!("verify --model {TRAINED} --n 1025 --within 1/10"), "found another at n = 1025"),
        (
            format!("verify --model {TRAINED} --n 8 --within -1"),
            "--within: expected a number that is not below 0",
        ),
        (
            format!("verify --model {TRAINED} --n 8 --task mfe --within 1/10"),
            "--within: expected a query-count",
        ),
        (format!("verify --model {TRAINED} --n 8 --within 1/10 --estimate 10"), "--estimate"),
        ("verify welch --within 1/10".to_owned(), "--within"),
    ] {
        let (status, stdout, stderr) = run_anywhere(&command);
        assert_eq!((status, stdout.as_str()), (2, ""), "{command}");
        assert!(stderr.contains(message), "{command}: {stderr}");
    }
}
