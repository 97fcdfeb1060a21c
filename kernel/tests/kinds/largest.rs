//! Cases of the largest token: what is said of all sequences of a case is so of each, and every sequence is in one case.

use crate::close::outputs;
use crate::drawn::{PLAIN, Shape, model};
use crate::mutate::seeded;
use crate::truth;
use counterproof_kernel::Clock;
use counterproof_kernel::definition::{Judged, Question, Reading, SoftmaxTransformer, Token, judge};
use counterproof_kernel::evidence::{Cases, Group, MOST_BITS};
use counterproof_kernel::number::{Rational, integer, parse_canonical, ratio};
use num::{BigInt, BigUint, One};
use proptest::prelude::RngExt;
use serde_json::{Value, json};

fn question() -> Question {
    let text = r#"{"expression":{"fold":{"by":"max","variable":"t","over":"tokens","of":
        {"if":[{"binary":["<",[{"number":"0"},{"count":{"variable":"t"}}]]},{"variable":"t"},{"number":"0"}]}}}}"#;
    serde_json::from_str(text).unwrap()
}

/// A model that names tokens, in an order of its own, and something else once.
fn named(rng: &mut proptest::test_runner::TestRng, shape: &Shape) -> Value {
    let shape = Shape { choices: shape.m + 1, units: 0, ..*shape };
    let mut model = model(rng, &shape);
    let mut answers: Vec<usize> = (0..shape.m).map(|token| (token + 1) % shape.m).collect();
    answers.insert(1, shape.m + 7);
    model["reading"]["arg-max"]["answers"] = json!(answers);
    // seldom the largest, and for each token as its own
    model["reading"]["arg-max"]["map"]["bias"][1] = "-1".into();
    model
}

fn shapes() -> Vec<Shape> {
    vec![
        Shape { n: 4, m: 3, ..PLAIN },
        Shape { n: 3, m: 4, positions: true, causal: true, d: 3, ..PLAIN },
        Shape { n: 4, m: 3, positions: true, bos: true, ..PLAIN },
        Shape { n: 5, m: 3, bos: true, causal: true, ..PLAIN },
        Shape { n: 1, m: 3, positions: true, ..PLAIN },
        Shape { n: 2, m: 5, residual: [false, true], ..PLAIN },
    ]
}

/// Whether a sequence is in a case: so many of its tokens are in each range.
fn has(groups: &[Group], tokens: &[usize]) -> bool {
    let inside = |group: &Group| tokens.iter().filter(|token| (group.least..=group.most).contains(token)).count();
    groups.iter().all(|group| inside(group) == group.count)
        && groups.iter().map(|group| group.count).sum::<usize>() == tokens.len()
}

fn judged(model: &SoftmaxTransformer, tokens: &[usize], query: usize) -> Judged {
    let sequence: Vec<Token> = tokens.iter().chain([&query]).map(|token| Token(*token)).collect();
    let largest = integer(sequence.iter().map(|token| token.0).max().unwrap() as u64);
    judge(model, &ratio(1, 2), (&sequence, tokens.len(), &largest), MOST_BITS, &Clock::unlimited()).unwrap().0
}

/// Bounds of how far the entry of the answer is above the largest of the others.
fn gap(model: &SoftmaxTransformer, sequence: &[usize], answer: u64) -> (Rational, Rational) {
    let y = outputs(model, sequence, sequence.len() - 1);
    let Reading::ArgMax { answers, .. } = &model.reading else { panic!("a number") };
    let ends: Vec<(u64, (Rational, Rational))> = answers.iter().copied().zip(y).collect();
    let (_, (lo, hi)) = ends.iter().find(|(one, _)| *one == answer).unwrap();
    let others = || ends.iter().filter(|(one, _)| *one != answer).map(|(_, ends)| ends.clone());
    (lo - others().map(|(_, hi)| hi).max().unwrap(), hi - others().map(|(lo, _)| lo).max().unwrap())
}

#[test]
fn cases_are_their_sequences() {
    let clock = Clock::unlimited();
    let (mut bounds, mut decided, mut single) = (0, 0, 0);
    for (number, shape) in shapes().iter().enumerate() {
        let mut rng = seeded(900 + number as u64);
        for _ in 0..4 {
            let model: SoftmaxTransformer = serde_json::from_value(named(&mut rng, shape)).unwrap();
            let (asked, tolerance) = (question(), ratio(1, 2));
            let cases = Cases::new(&model, &asked, &tolerance, shape.n as u64, &clock).unwrap().unwrap();
            assert_eq!((cases.queries(), &cases.inputs), (shape.m, &BigUint::from(shape.m.pow(shape.n as u32))));
            let all = truth::sequences(shape.n as u64 - 1, shape.m as u64);
            for query in 0..shape.m {
                let table = cases.table(query, &clock).unwrap().unwrap();
                let truly: Vec<Judged> = all.iter().map(|tokens| judged(&model, tokens, query)).collect();
                let mut left = vec![cases.root()];
                while let Some(groups) = left.pop() {
                    let own: Vec<usize> = (0..all.len()).filter(|index| has(&groups, &all[*index])).collect();
                    assert_eq!(cases.ways(&groups), BigUint::from(own.len()), "{groups:?}");
                    let mut answers: Vec<usize> =
                        own.iter().map(|index| all[*index].iter().copied().fold(query, usize::max)).collect();
                    answers.sort_unstable();
                    answers.dedup();
                    let expected = if answers.len() == 1 { Some(answers[0]) } else { None };
                    assert_eq!(cases.answer(query, &groups), expected, "{groups:?} of {query}");
                    if let Some(answer) = expected {
                        let margins = table.margins(answer).unwrap();
                        assert_eq!(margins.answer, answer);
                        let bound = margins.bound(&groups);
                        let each = own.iter().all(|index| truly[*index] == bound);
                        assert!(bound == Judged::Open || each, "{bound:?} of {groups:?}, {query}");
                        bounds += 1;
                        decided += u32::from(bound != Judged::Open);
                        if own.len() == 1 {
                            single += u32::from(bound == Judged::Open);
                        }
                        let mut seen = vec![BigUint::default(); all.len()];
                        let mut tell = |judged, tokens: &[usize], ways: &BigUint| {
                            let index = all.iter().position(|other| other == tokens).unwrap();
                            assert_eq!(judged, truly[index], "{tokens:?} {query}");
                            assert!(own.contains(&index));
                            seen[index] += ways;
                        };
                        cases.each(query, &margins, &groups, &mut tell, &clock).unwrap();
                        // each once, or all that are the same to the model at one of them
                        let sorted = |index: usize| {
                            let mut tokens = all[index].clone();
                            tokens.sort_unstable();
                            tokens
                        };
                        for &index in &own {
                            let alike = |other: &&usize| {
                                **other == index || !shape.positions && sorted(**other) == sorted(index)
                            };
                            let found: BigUint = own.iter().filter(alike).map(|other| &seen[*other]).sum();
                            assert_eq!(found, own.iter().filter(alike).count().into(), "{groups:?}");
                        }
                    }
                    for symbol in [b'x', b'h'] {
                        let parts = cases.split(&groups, symbol);
                        let splits = groups.iter().any(|group| group.least < group.most);
                        assert_eq!(parts.is_some(), splits, "{groups:?}");
                        for index in own.iter().filter(|_| splits) {
                            let within = parts.iter().flatten().filter(|part| has(part, &all[*index])).count();
                            assert_eq!(within, 1, "{groups:?}");
                        }
                        // the highest range is halved, or loses its largest token
                        if let (Some(parts), Some(group)) =
                            (&parts, groups.iter().find(|group| group.least < group.most))
                        {
                            let upper = if symbol == b'x' { group.most } else { (group.least + group.most) / 2 + 1 };
                            let first = parts[0].iter().find(|part| part.most == group.most).unwrap();
                            assert_eq!((parts.len(), first.least, first.count), (group.count + 1, upper, group.count));
                        }
                        left.extend(parts.into_iter().flatten().filter(|_| rng.random_ratio(2, 3)));
                    }
                    assert_eq!(cases.split(&groups, b'y'), None);
                }
            }
        }
    }
    // most bounds of small models tell, and nearly all of one sequence
    assert!(bounds > 1000 && decided * 2 > bounds && single * 20 < bounds, "{decided} of {bounds}, {single}");
}

/// Two entries that are equal, or nearly so: no bound tells them apart, and each sequence is judged as it is.
#[test]
fn nearly_equal_choices_are_told_apart_by_nothing_but_more_bits() {
    let clock = Clock::unlimited();
    let tiny = Rational::new(BigInt::one(), BigInt::one() << 90u32);
    let mut seen = 0;
    for (number, shape) in shapes().iter().enumerate() {
        let mut rng = seeded(950 + number as u64);
        for round in 0..12 {
            let mut value = named(&mut rng, shape);
            let model: SoftmaxTransformer = serde_json::from_value(value.clone()).unwrap();
            let tokens: Vec<usize> = (1..shape.n).map(|_| rng.random_range(0..shape.m)).collect();
            let query = rng.random_range(0..shape.m);
            let answer = tokens.iter().copied().fold(query, usize::max);
            let sequence: Vec<usize> = tokens.iter().chain([&query]).copied().collect();
            let (lo, hi) = gap(&model, &sequence, answer as u64);
            // the answer is above the best of the others, or below it, by so much
            let by = if round % 2 == 0 { &tiny - &lo } else { -&tiny - &hi };
            let place = value["reading"]["arg-max"]["answers"]
                .as_array()
                .unwrap()
                .iter()
                .position(|one| *one == answer)
                .unwrap();
            let bias = &mut value["reading"]["arg-max"]["map"]["bias"][place];
            *bias = (parse_canonical(bias.as_str().unwrap()).unwrap() + by).to_string().into();
            let model: SoftmaxTransformer = serde_json::from_value(value).unwrap();
            let expected = if round % 2 == 0 { Judged::Right } else { Judged::Wrong };
            assert_eq!(judged(&model, &tokens, query), expected);
            let (asked, tolerance) = (question(), ratio(1, 2));
            let cases = Cases::new(&model, &asked, &tolerance, shape.n as u64, &clock).unwrap().unwrap();
            let margins = cases.table(query, &clock).unwrap().unwrap().margins(answer).unwrap();
            let mut sorted = tokens.clone();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            let mut groups: Vec<Group> = Vec::new();
            for token in sorted {
                match groups.last_mut() {
                    Some(group) if group.least == token => group.count += 1,
                    _ => groups.push(Group { count: 1, least: token, most: token }),
                }
            }
            let bound = margins.bound(&groups);
            let opposite = if round % 2 == 0 { Judged::Wrong } else { Judged::Right };
            assert_ne!(bound, opposite);
            let mut found = Judged::Open;
            let mut tell = |judged, seen: &[usize], _: &BigUint| {
                let (mut one, mut other) = (seen.to_vec(), tokens.clone());
                if !shape.positions {
                    one.sort_unstable();
                    other.sort_unstable();
                }
                if one == other {
                    found = judged;
                }
            };
            cases.each(query, &margins, &groups, &mut tell, &clock).unwrap();
            assert_eq!(found, expected, "{tokens:?} {query}");
            if !shape.positions {
                assert_eq!(bound, Judged::Open, "{tokens:?} {query}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20);
}

#[test]
fn other_models_have_no_cases() {
    let clock = Clock::unlimited();
    let mut rng = seeded(990);
    let shape = Shape { n: 3, m: 3, positions: true, ..PLAIN };
    let value = named(&mut rng, &shape);
    let of = |value: &Value, question: &Question, n: u64| {
        let model: SoftmaxTransformer = serde_json::from_value(value.clone()).unwrap();
        Cases::new(&model, question, &ratio(1, 2), n, &clock).unwrap().is_some()
    };
    assert!(of(&value, &question(), 3));
    assert!(!of(&value, &Question::QueryCount, 3) && !of(&value, &Question::MostFrequentElement, 3));
    let norm = json!({"kind": "rms", "weight": ["1", "1"], "bias": ["0", "0"], "eps": "1"});
    let mut scored = value["blocks"][0]["part"]["attention"]["heads"][0]["weights"].clone();
    scored = json!({ "scores": scored["softmax"] });
    let number = json!({"number": {"weight": ["1", "1"], "bias": "0"}});
    let mut two = value["blocks"].clone();
    two.as_array_mut().unwrap().push(value["blocks"][0].clone());
    let output = json!({"weight": {"shape": [2, 2], "rows": [["1", "0"], ["0", "1"]]}, "bias": ["0", "0"]});
    let mlp = json!({"mlp": {"activation": "relu", "hidden": [], "output": output}});
    let mlp = json!([{"before": null, "part": mlp, "residual": true, "after": null}]);
    let head = value["blocks"][0]["part"]["attention"]["heads"][0].clone();
    for (path, changed) in [
        ("/read_at", json!("every")),
        ("/norm", norm.clone()),
        ("/blocks/0/after", norm),
        ("/blocks/0/part/attention/heads/0/weights", scored),
        ("/blocks/0/part/attention/heads", json!([head, head])),
        ("/blocks", two),
        ("/blocks", mlp),
        ("/blocks", json!([])),
        ("/reading", number),
        // a token that is not named, and one that is named twice
        ("/reading/arg-max/answers", json!([1, 9, 2, 8])),
        ("/reading/arg-max/answers", json!([1, 0, 2, 0])),
    ] {
        let mut other = value.clone();
        *other.pointer_mut(path).unwrap() = changed;
        assert!(!of(&other, &question(), 3), "{path}");
    }
    // without positions any length up to 32
    let mut plain = value.clone();
    plain["positions"] = Value::Null;
    assert!(of(&plain, &question(), 32) && !of(&plain, &question(), 33));
}
