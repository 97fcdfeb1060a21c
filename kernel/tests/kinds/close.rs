//! Outputs that are nearer to being wrong than the first precisions tell: whatever looks at them says what more bits say.

use crate::drawn::{PLAIN, Shape, model};
use crate::mutate::seeded;
use crate::truth;
use counterproof_kernel::Clock;
use counterproof_kernel::definition::{self, InputPart, Judged, Machine, Question, SoftmaxTransformer, Token, judge};
use counterproof_kernel::evidence::{
    Boxes, Cell, Differences, Distribution, Drawn, Known, MOST_BITS, Rounded, Sampler, Survey, Tally,
};
use counterproof_kernel::number::{
    Enclosure, Format, Named, Order, Precision, Rational, integer, parse_canonical, ratio,
};
use num::{BigInt, BigUint, One, Signed};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Far more than anything here needs.
const MANY: Precision = Precision(400);

/// A model with the question that it is asked, and how far its outputs are from the answers, input by input.
struct Near {
    model: SoftmaxTransformer,
    question: Question,
    n: usize,
    inputs: Vec<(Vec<usize>, usize, (Rational, Rational))>,
}

/// Bounds of each output of an input at [`MANY`] bits.
pub fn outputs(model: &SoftmaxTransformer, sequence: &[usize], position: usize) -> Vec<(Rational, Rational)> {
    let y = definition::outputs::<Enclosure>(model, sequence, position, MANY, &Clock::unlimited());
    y.unwrap().unwrap().iter().map(|y| MANY.ends(y)).collect()
}

impl Near {
    fn new(model: Value, question: Question, n: usize) -> Self {
        let clock = Clock::unlimited();
        let model: SoftmaxTransformer = serde_json::from_value(model).unwrap();
        let m = model.vocabulary();
        let mut inputs = Vec::new();
        for sequence in truth::sequences(n as u64, m as u64) {
            let read = model.read_at.positions(n);
            for position in read.clone() {
                let (lo, hi) = &outputs(&model, &sequence, position)[0];
                let answer = question.answer_at(m, &sequence, position, read.len(), &clock).unwrap();
                let (low, high) = (lo - &answer, hi - &answer);
                let distance = if low.is_negative() { (-high, -low) } else { (low, high) };
                inputs.push((sequence.clone(), position, distance));
            }
        }
        Self { model, question, n, inputs }
    }

    /// How far the inputs are that are not exactly known.
    fn distances(&self) -> Vec<&(Rational, Rational)> {
        let all = self.inputs.iter().map(|(.., distance)| distance);
        all.filter(|(lo, hi)| lo < hi && lo.is_positive()).collect()
    }

    /// How many inputs are right with a tolerance that none is near to at [`MANY`] bits.
    fn right(&self, tolerance: &Rational) -> usize {
        assert!(self.inputs.iter().all(|(.., (lo, hi))| hi < tolerance || lo > tolerance));
        self.inputs.iter().filter(|(.., (_, hi))| hi < tolerance).count()
    }

    fn survey(&self, tolerance: &Rational) -> Tally {
        let clock = Clock::unlimited();
        let survey = Survey::new(&self.model, &self.question, tolerance, self.n as u64, &clock).unwrap();
        let trees = vec!["e".to_owned(); survey.trees(InputPart::WHOLE)];
        survey.follow("here", (&trees, InputPart::WHOLE), InputPart::WHOLE, &clock).unwrap()
    }

    fn judged(&self, (tokens, position): &(Vec<Token>, usize), tolerance: &Rational) -> Judged {
        let sequence: Vec<usize> = tokens.iter().map(|token| token.0).collect();
        let read = self.model.read_at.positions(self.n).len();
        let m = self.model.vocabulary();
        let answer = self.question.answer_at(m, &sequence, *position, read, &Clock::unlimited()).unwrap();
        let input = (tokens.as_slice(), *position, &answer);
        judge(&self.model, tolerance, input, MOST_BITS, &Clock::unlimited()).unwrap().0
    }
}

fn drawing(estimate: u64, seed: u64, distribution: Distribution) -> Drawn {
    Drawn { estimate, confidence: ratio(1, 2).into(), seed, distribution }
}

/// `2^-power`
fn tiny(power: u32) -> Rational {
    Rational::new(BigInt::one(), BigInt::one() << power)
}

/// Two attention blocks, so that everything is evaluated by definition.
fn twice(mut model: Value) -> Value {
    let blocks = model["blocks"].as_array_mut().unwrap();
    blocks.insert(1, blocks[0].clone());
    model
}

/// A second MLP, as the first.
fn deeper(mut model: Value) -> Value {
    let blocks = model["blocks"].as_array_mut().unwrap();
    blocks.push(blocks[1].clone());
    model
}

/// Two tokens that are one to the model.
fn alike(mut model: Value) -> Value {
    model["embedding"]["rows"][1] = model["embedding"]["rows"][0].clone();
    model
}

fn expression(text: &str) -> Question {
    serde_json::from_value(json!({ "expression": serde_json::from_str::<Value>(text).unwrap() })).unwrap()
}

/// Twice the count of token 0, less that of the query, and the number of tokens that occur.
const COUNTS: &str = r#"{"binary":["+",[
    {"binary":["-",[{"binary":["*",[{"number":"2"},{"count":{"number":"0"}}]]},{"count":"token"}]]},
    {"fold":{"by":"sum","variable":"t","over":"tokens","of":{"binary":["<",[{"number":"0"},{"count":{"variable":"t"}}]]}}}
]]}"#;

fn all() -> Vec<Near> {
    let mut rng = seeded(800);
    let mut near = |shape: &Shape, question: Question, change: fn(Value) -> Value| {
        Near::new(change(model(&mut rng, shape)), question, shape.n)
    };
    let count = || Question::QueryCount;
    let table = |size: i64| Question::Table((0..size).map(|answer| integer(answer % 3).into()).collect());
    vec![
        near(&PLAIN, count(), |model| model),
        near(&PLAIN, expression(COUNTS), |model| model),
        near(&Shape { every: true, bos: true, norms: [2, 0, 0, 0, 0], ..PLAIN }, expression(COUNTS), |model| model),
        near(&Shape { positions: true, n: 3, ..PLAIN }, expression(COUNTS), |model| model),
        near(&Shape { frequent: true, norms: [0, 1, 0, 0, 2], ..PLAIN }, Question::MostFrequentElement, |model| model),
        // what is read of the attention: of the units of an MLP and of the stream
        near(&Shape { norms: [0, 0, 1, 0, 0], ..PLAIN }, count(), |model| model),
        near(&Shape { norms: [0, 0, 0, 2, 0], d: 3, ..PLAIN }, count(), |model| model),
        near(&Shape { norms: [0, 0, 0, 0, 1], d: 3, ..PLAIN }, count(), |model| model),
        near(&Shape { residual: [true, false], heads: 2, ..PLAIN }, count(), |model| model),
        near(&PLAIN, count(), deeper),
        near(&Shape { norms: [0, 0, 0, 1, 0], ..PLAIN }, count(), deeper),
        // tokens with equal columns, and an answer that tells them apart
        near(&PLAIN, expression(r#""token""#), alike),
        near(&Shape { every: true, ..PLAIN }, expression(COUNTS), alike),
        // count vectors by definition, sequences by definition
        near(&PLAIN, count(), twice),
        near(&Shape { every: true, n: 3, bos: true, ..PLAIN }, expression(COUNTS), twice),
        near(&Shape { causal: true, n: 3, ..PLAIN }, count(), twice),
        near(&Shape { positions: true, n: 3, every: true, bos: true, ..PLAIN }, count(), twice),
        near(&Shape { m: 2, n: 7, ..PLAIN }, table(128), |model| model),
    ]
}

#[test]
fn inputs_that_are_nearly_wrong_are_judged_with_more_bits() {
    let clock = Clock::unlimited();
    for (number, near) in all().iter().enumerate() {
        let distances = near.distances();
        for (pick, power) in [(0, 50), (1, 70), (2, 100), (3, 150)] {
            let (lo, hi) = distances[pick * (distances.len() - 1) / 3];
            for tolerance in [hi + tiny(power), lo - tiny(power)] {
                let right = near.right(&tolerance);
                let context = format!("model {number}, 2^-{power}, tolerance {tolerance}");
                let tally = near.survey(&tolerance);
                assert_eq!(tally.right, BigUint::from(right), "{context}");
                assert_eq!(tally.wrong, BigUint::from(near.inputs.len() - right), "{context}");
                assert_eq!((tally.open, tally.first_open), (BigUint::default(), None), "{context}");
                if let Some(first) = &tally.first_wrong {
                    assert!(near.model.read_at.positions(near.n).contains(&first.1), "{context}");
                    assert_eq!(near.judged(first, &tolerance), Judged::Wrong, "{context}");
                }
                assert_eq!(tally.first_wrong.is_some(), tally.wrong > BigUint::default());
                let least = near.inputs.iter().filter(|(.., (_, hi))| *hi < tolerance);
                let least = least.map(|(.., (lo, hi))| (&tolerance - hi, &tolerance - lo)).min();
                assert_eq!(least.is_some(), tally.margin.is_some(), "{context}");
                if let (Some((lo, hi)), Some((low, high))) = (least, &tally.margin) {
                    assert!(*low <= hi && lo <= *high && *low >= Rational::default(), "{context}");
                    assert!(high - low <= (&hi + tiny(40)) * tiny(3), "{context}: {low} to {high}");
                }
                // by machine and in the reals
                if number % 3 == 0 {
                    let format = Format { precision: 8, emin: -20, emax: 20 };
                    let named = Named { format, order: Order::Seq };
                    let machine = Machine::new(&near.model, named, near.n, &clock).unwrap();
                    let all = Rounded::new(&near.model, &near.question, &tolerance, near.n as u64).unwrap();
                    let (found, result) = all.run(&machine, &clock);
                    result.unwrap();
                    assert_eq!(found.real_right, right as u64, "{context}");
                    let wrong = found.first_wrong.map(|(index, position)| {
                        let judged = all.judged(&machine, &all.sequence(index), &clock).unwrap();
                        judged.iter().find(|(at, ..)| *at == position).unwrap().2
                    });
                    assert_eq!(wrong, (found.wrong > 0).then_some(Judged::Wrong), "{context}");
                }
                // and in samples, all inputs of which are known
                let drawing = drawing(60, 5, Distribution::Uniform);
                let sampler =
                    Sampler::new(&near.model, &near.question, &tolerance, near.n as u64, drawing, &clock).unwrap();
                let (marks, result) = sampler.run(&clock);
                result.unwrap();
                let drawn: Vec<_> = (0..60).map(|index| sampler.input(index)).collect();
                let known = drawn.iter().map(|(sequence, position)| {
                    let same = |input: &&(Vec<usize>, usize, _)| input.0 == *sequence && input.1 == *position;
                    let (.., distance) = near.inputs.iter().find(same).unwrap();
                    distance
                });
                let known: Vec<&(Rational, Rational)> = known.collect();
                let right = known.iter().filter(|(_, hi)| *hi < tolerance).count() as u64;
                assert_eq!((marks.right, marks.open), (right, 0), "{context}");
                let first = known.iter().position(|(lo, _)| *lo > tolerance).map(|index| index as u64);
                assert_eq!(marks.first_wrong, first, "{context}");
                let within = known.iter().filter(|(_, hi)| *hi < ratio(3, 2)).count() as u64;
                assert_eq!(marks.within_one, within, "{context}");
                let sum =
                    |end: fn(&(Rational, Rational)) -> &Rational| known.iter().map(|one| end(one)).sum::<Rational>();
                let (lo, hi) = marks.error();
                assert!(lo <= sum(|(_, hi)| hi) && sum(|(lo, _)| lo) <= hi && &hi - &lo < tiny(20), "{context}");
            }
        }
    }
}

/// The answer of an expression is not known before all tokens are, so no bound decides above that, however large the tolerance is.
#[test]
fn expressions_are_bounded_only_where_their_answer_is_known() {
    let clock = Clock::unlimited();
    let model: SoftmaxTransformer = serde_json::from_value(model(&mut seeded(806), &PLAIN)).unwrap();
    let tolerance = integer(1000);
    for question in [Question::QueryCount, expression(COUNTS), expression(r#""token""#)] {
        let survey = Survey::new(&model, &question, &tolerance, 4, &clock).unwrap();
        for symbol in ["r", "w"] {
            let trees = vec![symbol.to_owned(); survey.trees(InputPart::WHOLE)];
            let told = survey.follow("here", (&trees, InputPart::WHOLE), InputPart::WHOLE, &clock);
            assert!(told.unwrap_err().to_string().ends_with("found Open"), "{question} {symbol}");
        }
    }
}

/// Counts one by one.
#[test]
fn counts_that_are_nearly_wrong_are_judged_with_more_bits() {
    let clock = Clock::unlimited();
    let mut rng = seeded(801);
    let norms = |after, last| [0, after, 0, 0, last];
    for shape in [PLAIN, Shape { norms: norms(1, 2), d: 3, bos: true, ..PLAIN }, Shape { every: true, ..PLAIN }] {
        let near = Near::new(model(&mut rng, &shape), Question::QueryCount, shape.n);
        let distances = near.distances();
        for pick in 0..4 {
            let (lo, hi) = distances[pick * (distances.len() - 1) / 3];
            for tolerance in [hi + tiny(90), lo - tiny(90)] {
                let n = near.n as u64;
                let boxes = Boxes::new(&near.model, &near.question, &tolerance, n, &clock).unwrap().unwrap();
                assert!(!boxes.placed());
                let mut known = Known::default();
                let mut open = 0;
                for query in 0..boxes.queries() {
                    let form = boxes.form(query, &clock).unwrap().unwrap();
                    boxes.each(query, &form, &boxes.root(query).unwrap(), &mut known, &clock).unwrap();
                    for (sequence, position, (lo, hi)) in &near.inputs {
                        if *position != near.n - 1 || sequence[near.n - 1] != query {
                            continue;
                        }
                        let counts: Vec<i64> = (0..shape.m)
                            .map(|token| sequence.iter().filter(|one| **one == token).count() as i64)
                            .collect();
                        let judged = form.judge(&counts, counts[query]);
                        // what is off by more than a millionth is seen in words
                        let truly = if *hi < tolerance { Judged::Right } else { Judged::Wrong };
                        let far = hi + tiny(20) < tolerance || lo - tiny(20) > tolerance;
                        assert!(judged == truly || judged == Judged::Open && !far, "{judged:?} of {counts:?}");
                        open += u32::from(judged == Judged::Open);
                        let cell = Cell::new(&counts, &counts, near.n as i64).unwrap();
                        let tokens = boxes.example(query, &cell);
                        let occurs = |token: usize| tokens.iter().filter(|one| one.0 == token).count() as i64;
                        assert!(counts.iter().enumerate().all(|(token, &count)| occurs(token) == count));
                        assert_eq!(tokens.last(), Some(&Token(query)));
                    }
                }
                assert!(open > 0, "none is near");
                let right = near.right(&tolerance);
                assert_eq!(known, Known { right: right.into(), wrong: (near.inputs.len() - right).into() });
            }
        }
    }
}

/// With learned positions arrangements of one count differ. Just where the worst of them is as far from the answer as is allowed, none are called right, and
/// just where the best of them is, none are called wrong; a little beyond, they are.
#[test]
fn arrangements_are_as_good_as_the_worst() {
    let clock = Clock::unlimited();
    let mut rng = seeded(803);
    let norms = |after, last| [0, after, 0, 0, last];
    let shapes = [
        Shape { n: 4, positions: true, units: 1, ..PLAIN },
        Shape { n: 4, positions: true, units: 1, bos: true, ..PLAIN },
        Shape { n: 3, m: 4, positions: true, units: 3, d: 3, ..PLAIN },
        Shape { n: 4, positions: true, norms: norms(1, 0), d: 3, ..PLAIN },
        Shape { n: 3, positions: true, norms: norms(2, 1), d: 3, bos: true, ..PLAIN },
    ];
    let (mut several, mut decided, mut linear) = (0, 0, 0);
    for (number, shape) in shapes.iter().enumerate() {
        for _ in 0..4 {
            let mut value = model(&mut rng, shape);
            // one unit that does nothing: the form is linear
            if shape.units == 1 {
                value["blocks"][1]["part"]["mlp"]["output"]["weight"]["rows"] = json!(vec![["0"]; shape.d]);
            }
            let near = Near::new(value, Question::QueryCount, shape.n);
            let counts = |sequence: &[usize]| -> Vec<i64> {
                (0..shape.m).map(|token| sequence.iter().filter(|one| **one == token).count() as i64).collect()
            };
            let mut done = BTreeSet::new();
            for (sequence, ..) in &near.inputs {
                let (own, query) = (counts(sequence), sequence[shape.n - 1]);
                if !done.insert((own.clone(), query)) {
                    continue;
                }
                let same = near.inputs.iter().filter(|(other, ..)| other[shape.n - 1] == query && counts(other) == own);
                let mut distances: Vec<&(Rational, Rational)> = same.map(|(.., distance)| distance).collect();
                distances.sort();
                let (best, worst) = (distances[0], distances[distances.len() - 1]);
                let cell = Cell::new(&own, &own, shape.n as i64).unwrap();
                let bound = |tolerance: &Rational| {
                    let n = shape.n as u64;
                    let boxes = Boxes::new(&near.model, &near.question, tolerance, n, &clock).unwrap().unwrap();
                    assert!(boxes.placed());
                    boxes.form(query, &clock).unwrap().unwrap().bound(&cell, own[query]).judged
                };
                let context = format!("model {number}, {own:?} of {query}");
                let slight = tiny(200);
                assert_ne!(bound(&(&worst.0 - &slight)), Judged::Right, "{context}");
                if (&best.1 + &slight) < worst.0 {
                    several += 1;
                    assert_ne!(bound(&(&best.1 + &slight)), Judged::Wrong, "{context}");
                }
                if shape.units == 1 {
                    linear += 2;
                    decided += u32::from(bound(&(&worst.1 + tiny(1))) == Judged::Right);
                    decided += u32::from(bound(&(&best.0 - tiny(1))) == Judged::Wrong);
                }
            }
        }
    }
    assert!(several > 100 && decided * 2 > linear, "{several}; {decided} of {linear}");
}

/// An output that is 1 whatever the weights are, though no precision tells that it is not next to it: what needs more is left open, and counted.
#[test]
fn what_no_precision_decides_is_open() {
    let clock = Clock::unlimited();
    let affine = |rows: Value, bias: Value| {
        let (height, width) = (rows.as_array().unwrap().len(), rows[0].as_array().unwrap().len());
        json!({"weight": {"shape": [height, width], "rows": rows}, "bias": bias})
    };
    // token 0 and 1 differ in the second entry, which is their score; the first is what they are worth
    for (twice_over, causal, bos) in [(false, false, false), (true, false, false), (true, true, true)] {
        let (query, key) = (affine(json!([["1", "0"]]), json!(["0"])), affine(json!([["0", "1"]]), json!(["0"])));
        let scores = json!({"query": query, "key": key, "scale": "2", "rotary": null});
        let value = affine(json!([["1", "0"]]), json!(["0"]));
        let output = json!({"shape": [2, 1], "rows": [["1"], ["0"]]});
        let head = json!({"weights": {"softmax": scores}, "value": value, "output": output});
        let block = json!({"before": null, "part": {"attention": {"heads": [head], "bias": ["0", "0"], "causal": causal}}, "residual": false, "after": null});
        let mlp = json!({"activation": "identity", "hidden": [], "output": affine(json!([["1", "0"], ["0", "1"]]), json!(["0", "0"]))});
        let identity = json!({"before": null, "part": {"mlp": mlp}, "residual": true, "after": null});
        let mut model = json!({
            "embedding": {"shape": [2, 2], "rows": [["1", "1"], ["1", "2"]]},
            "bos": null, "positions": null, "blocks": [block], "norm": null,
            "reading": {"number": {"weight": ["1", "0"], "bias": "0"}}, "read_at": "last",
        });
        if bos {
            model["bos"] = json!(["1", "3"]);
        }
        if twice_over {
            model["blocks"] = json!([identity, model["blocks"][0]]);
            model["blocks"][0]["part"]["mlp"]["output"] =
                affine(json!([["1/2", "0"], ["0", "0"]]), json!(["-1/2", "0"]));
            // and a block that changes nothing, after which there is no first attention
            let mut again = model["blocks"][1].clone();
            again["part"]["attention"]["heads"][0]["output"]["rows"] = json!([["0"], ["0"]]);
            again["residual"] = true.into();
            model["blocks"].as_array_mut().unwrap().push(again);
            model["blocks"][0]["part"]["mlp"]["output"]["bias"][0] = "-1/2".into();
        }
        let model: SoftmaxTransformer = serde_json::from_value(model).unwrap();
        let (n, tolerance) = (3usize, integer(1));
        let survey = Survey::new(&model, &Question::QueryCount, &tolerance, n as u64, &clock).unwrap();
        let trees = vec!["e".to_owned(); survey.trees(InputPart::WHOLE)];
        let tally = survey.follow("here", (&trees, InputPart::WHOLE), InputPart::WHOLE, &clock).unwrap();
        // y = 1: counts 1, 2 and 3 are right, next to wrong, and wrong; of the 8 sequences 2, 4 and 2 have them
        assert_eq!(
            [&tally.right, &tally.open, &tally.wrong].map(|x| u64::try_from(x).unwrap()),
            [2, 4, 2],
            "{twice_over} {causal}"
        );
        let (first, _) = tally.first_open.unwrap();
        assert_eq!(first.iter().filter(|token| **token == first[n - 1]).count(), 2);
        let sampler = Sampler::new(
            &model,
            &Question::QueryCount,
            &tolerance,
            n as u64,
            drawing(40, 1, Distribution::Uniform),
            &clock,
        )
        .unwrap();
        let (marks, result) = sampler.run(&clock);
        result.unwrap();
        let count = |index| {
            let (sequence, position) = sampler.input(index);
            sequence.iter().filter(|token| **token == sequence[position]).count()
        };
        let with = |wanted| (0..40).filter(|index| count(*index) == wanted).count() as u64;
        assert_eq!((marks.right, marks.open, marks.within_one), (with(1), with(2), with(1) + with(2)));
    }
}

/// What is read is always 2, of 0 to 3: counts 1, 2 and 3 are within 1 of it.
#[test]
fn choices_are_within_one_of_their_neighbours() {
    let clock = Clock::unlimited();
    let mut rng = seeded(802);
    let mut model = model(&mut rng, &Shape { choices: 4, n: 5, ..PLAIN });
    let map = &mut model["reading"]["arg-max"];
    for row in map["map"]["weight"]["rows"].as_array_mut().unwrap() {
        row.as_array_mut().unwrap().iter_mut().for_each(|entry| *entry = "0".into());
    }
    map["map"]["bias"] = json!(["0", "1", "2", "1"]);
    map["answers"] = json!([0, 1, 2, 3]);
    let model: SoftmaxTransformer = serde_json::from_value(model).unwrap();
    let tolerance = ratio(1, 2);
    let sampler = Sampler::new(
        &model,
        &Question::QueryCount,
        &tolerance,
        5,
        drawing(300, 9, Distribution::Weights(vec![3, 1, 1])),
        &clock,
    )
    .unwrap();
    let (marks, result) = sampler.run(&clock);
    result.unwrap();
    let counts: Vec<u64> = (0..300)
        .map(|index| {
            let (sequence, position) = sampler.input(index);
            sequence.iter().filter(|token| **token == sequence[position]).count() as u64
        })
        .collect();
    let of = |wanted: fn(u64) -> bool| counts.iter().filter(|count| wanted(**count)).count() as u64;
    assert!(of(|count| count > 3) > 20 && of(|count| count == 3) > 20);
    assert_eq!((marks.right, marks.open), (of(|count| count == 2), 0));
    assert_eq!(marks.within_one, of(|count| count <= 3));
    let error: u64 = counts.iter().map(|count| count.abs_diff(2)).sum();
    assert_eq!(marks.error(), (integer(error), integer(error)));
}

/// Two models whose outputs are next to a half on either side: they round apart where they do, and agree elsewhere; what is nearer to a half than the 64 places
/// that are kept is left open.
#[test]
fn outputs_that_round_apart_by_nearly_nothing_are_told_apart() {
    let clock = Clock::unlimited();
    let mut rng = seeded(805);
    let outputs = |model: &SoftmaxTransformer, n: usize| -> Vec<(Rational, Rational)> {
        let all = truth::sequences(n as u64, model.vocabulary() as u64);
        let read =
            |sequence: Vec<usize>| model.read_at.positions(n).map(move |at| outputs(model, &sequence, at)[0].clone());
        all.into_iter().flat_map(read).collect()
    };
    let shapes = [
        (PLAIN, false),
        (Shape { positions: true, n: 3, every: true, bos: true, ..PLAIN }, false),
        (Shape { causal: true, n: 3, every: true, ..PLAIN }, true),
        (PLAIN, true),
    ];
    for (shape, again) in shapes {
        let value = model(&mut rng, &shape);
        let value = if again { twice(value) } else { value };
        let read = |value: &Value| serde_json::from_value::<SoftmaxTransformer>(value.clone()).unwrap();
        let drawn = outputs(&read(&value), shape.n);
        for (pick, power) in [(0, 46), (1, 58), (2, 120)] {
            let (lo, hi) = &drawn[pick * (drawn.len() - 1) / 2];
            // on whichever side of a half
            let shifted = |end: &Rational, by: Rational| {
                let mut value = value.clone();
                let bias = parse_canonical(value["reading"]["number"]["bias"].as_str().unwrap()).unwrap();
                value["reading"]["number"]["bias"] = (bias + end.floor() + ratio(1, 2) - end + by).to_string().into();
                read(&value)
            };
            let (above, below) = (shifted(lo, tiny(power)), shifted(hi, -tiny(power)));
            let (one, other) = (outputs(&above, shape.n), outputs(&below, shape.n));
            let rounded = |end: &Rational| (end + ratio(1, 2)).floor();
            assert!(one.iter().chain(&other).all(|(lo, hi)| rounded(lo) == rounded(hi)));
            let agree = one.iter().zip(&other).filter(|(a, b)| rounded(&a.0) == rounded(&b.0)).count();
            assert!(agree < one.len());
            let open = if power > 64 { one.len() - agree } else { 0 };
            let n = shape.n as u64;
            let differences = Differences::new([&above, &below], &integer(2), n, &clock).unwrap();
            let (found, result) = differences.all(&clock);
            result.unwrap();
            assert_eq!((found.inputs.clone(), found.agree.clone()), (one.len().into(), agree.into()), "2^-{power}");
            assert_eq!(found.open, BigUint::from(open), "2^-{power}");
            let [mean, spread, largest] = found.bounds();
            let apart = (&lo.clone() - hi + tiny(power) * integer(2), hi - lo + tiny(power) * integer(2));
            for (low, high) in [mean, largest] {
                assert!(low <= apart.1 && apart.0 <= high && high - low < tiny(28), "2^-{power}");
            }
            let from_two = |(lo, hi): &(Rational, Rational)| ((lo - integer(2)).abs(), (hi - integer(2)).abs());
            let sum: Rational = one.iter().map(|ends| from_two(ends).0).sum();
            let mean = sum / integer(one.len() as u64);
            assert!(spread.0 <= &mean + tiny(60) && &mean - tiny(60) <= spread.1 && spread.1 - spread.0 < tiny(28));
            // drawn ones
            let (found, result) = differences.drawn(&drawing(50, 8, Distribution::Uniform), &clock).unwrap();
            result.unwrap();
            assert_eq!(found.inputs, BigUint::from(50u32));
            assert!(open > 0 || found.open == BigUint::default(), "2^-{power}");
        }
    }
}

/// As many answers as there may be, and one more; columns and slots of a model beyond what is kept.
#[test]
fn what_is_too_much_is_refused() {
    let clock = Clock::unlimited();
    let (tolerance, mut rng) = (ratio(1, 2), seeded(804));
    for (n, refused) in [(12usize, false), (13, true)] {
        let value = model(&mut rng, &Shape { m: 2, d: 1, units: 0, n, ..PLAIN });
        let model: SoftmaxTransformer = serde_json::from_value(value).unwrap();
        let question = Question::Table((0..1i64 << n).map(|answer| integer(answer).into()).collect());
        let drawing = drawing(50_000, 3, Distribution::Uniform);
        let sampler = Sampler::new(&model, &question, &tolerance, n as u64, drawing, &clock).unwrap();
        let (marks, result) = sampler.run(&clock);
        match refused {
            true => assert!(result.unwrap_err().to_string().starts_with("params.task: expected at most 4096 answers")),
            false => assert_eq!((result.is_ok(), marks.answers.len()), (true, 4096)),
        }
    }
    for (n, m, units, expected) in [
        (4096, 64, 9, "model: numbers of its columns: expected at most 4194304"),
        (33, 33, 1, "data.readings: slots of all sites: expected at most 1024, found 1056"),
    ] {
        let value = model(&mut rng, &Shape { n, m, d: 4, units, positions: true, ..PLAIN });
        let model: SoftmaxTransformer = serde_json::from_value(value).unwrap();
        let survey = Survey::new(&model, &Question::QueryCount, &tolerance, n as u64, &clock);
        let told = survey.err().unwrap().to_string();
        assert!(told.starts_with(expected), "{told}");
    }
}
