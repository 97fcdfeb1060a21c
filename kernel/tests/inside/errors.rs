//! Every error of a form counts: what is decided where one of them is large is so of all forms within it.

use super::{Form, Nears, Read, Right};
use crate::definition::Judged;
use crate::evidence::points::{Folded, Walk};
use crate::evidence::{Boxes, Cell};
use crate::kind::Accuracy;
use crate::{Certificate, Clock};
use std::sync::Arc;

const WITHIN: &str = include_str!("../data/accuracy/within.json");
/// an arg max, no norm, and an MLP that writes over the stream
const CHOICES: &str = include_str!("../data/accuracy/choices.json");
/// two heads, and a norm before the MLP
const HEADS: &str = include_str!("../data/accuracy/heads.json");

/// What has an error of its own.
const FIELDS: [&str; 10] = ["x", "a", "t", "a of s", "t of units", "eps", "reading", "bias", "tolerance", "weights"];

/// A number that differs by so much, and its error.
type Change<'a> = &'a mut dyn FnMut(&mut i64, &mut i64);

fn change_all(rows: &mut (Vec<Vec<i64>>, i64), change: Change<'_>) {
    let (rows, error) = rows;
    rows.iter_mut().flatten().for_each(|word| change(word, error));
}

fn change_words(words: &mut Nears, change: Change<'_>) {
    let Nears { words, error } = words;
    words.iter_mut().for_each(|word| change(word, error));
}

impl Form {
    /// The form with what a field holds changed; `None` where it has no such number, or where numbers do not fit.
    fn changed(&self, field: &str, n: i64, change: Change<'_>) -> Option<Self> {
        let mut form = self.clone();
        let Read { reading, bias, right } = &*self.read;
        let (mut reading, mut bias) = (reading.clone(), bias.clone());
        let mut right = match right {
            Right::Within(tolerance) => Right::Within(*tolerance),
            Right::Answers(answers) => Right::Answers(answers.clone()),
        };
        match field {
            "x" => change_all(&mut form.rows.x, change),
            "a" => change_all(&mut form.rows.a, change),
            "t" => change_all(&mut form.rows.t, change),
            "a of s" => change_words(&mut form.a_of_s, change),
            "t of units" => {
                change_all(&mut form.t_of, change);
                form.rows.of_s.iter_mut().for_each(|word| change(word, &mut form.t_of.1));
                for (unit, column) in form.of_unit.iter_mut().enumerate() {
                    let rows = form.t_of.0.iter().filter_map(|row| row.get(unit));
                    column.iter_mut().zip(rows).for_each(|(word, of)| *word = *of);
                }
            }
            "eps" => {
                let (word, error) = form.root_eps.as_mut()?;
                change(word, error);
            }
            "reading" => reading.iter_mut().for_each(|row| change_words(row, change)),
            "bias" => change_words(&mut bias, change),
            "tolerance" => {
                let Right::Within((word, error)) = &mut right else { return None };
                change(word, error);
            }
            // the first denominator is what all is multiplied by
            "weights" if form.weights.0.len() > 1 || form.passed => change_all(&mut form.weights, change),
            _ => return None,
        }
        form.read = Arc::new(Read { reading, bias, right });
        form.rows = form.bounded(form.rows.clone(), n)?;
        Some(form)
    }
}

/// All counts between these ends.
fn inside(cell: &Cell, found: &mut Vec<Cell>) {
    match (0..cell.lo.len()).find_map(|token| cell.split(token)) {
        Some(parts) => parts.iter().for_each(|part| inside(part, found)),
        None => found.push(cell.clone()),
    }
}

/// What a folded form says of counts.
fn folded(form: &Form, cell: &Cell, point: &Cell, query: usize, k: i64) -> Judged {
    let mut folded = Folded::new(form, cell, k);
    if folded.is_none() {
        return Judged::Open;
    }
    let walk = Walk::<u128>::new(point, query, folded.as_ref()).unwrap();
    match walk.judged(&mut folded, &|_| Ok(Judged::Open), &Clock::unlimited()).unwrap().unwrap() {
        [0, 0] => Judged::Open,
        [0, _] => Judged::Wrong,
        _ => Judged::Right,
    }
}

#[test]
fn what_is_decided_is_so_of_all_forms_within_the_error() {
    let clock = Clock::unlimited();
    let mut state = 1u64;
    for (name, text) in [("within", WITHIN), ("choices", CHOICES), ("heads", HEADS)] {
        let certificate = Certificate::parse(text).unwrap();
        let (params, data) = certificate.get::<Accuracy>().unwrap();
        let reading = &params.reading();
        let boxes = Boxes::new(&data.model, &reading.task, &reading.tolerance.0, reading.n, &clock).unwrap().unwrap();
        let n = i64::try_from(reading.n).unwrap();
        for field in FIELDS {
            // what others within an error say otherwise, and what is decided all the same
            let (mut others, mut decided, mut there) = (0, 0, false);
            for (query, places) in (0..boxes.queries()).flat_map(|query| (14..44).step_by(3).map(move |p| (query, p))) {
                let form = boxes.form(query, &clock).unwrap().unwrap();
                let error = 1i64.checked_shl(places).unwrap();
                let loose = form.changed(field, n, &mut |_, own| *own = (*own).max(error));
                let Some(loose) = loose else { continue };
                there = true;
                let mut draw = || {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    state.wrapping_shr(40).is_multiple_of(2)
                };
                let mut off =
                    |word: &mut i64, _: &mut i64| *word = word.wrapping_add(if draw() { error } else { -error });
                let within: Vec<Form> = (0..3).filter_map(|_| form.changed(field, n, &mut off)).collect();
                let mut points = Vec::new();
                inside(&boxes.root(query).unwrap(), &mut points);
                for point in points {
                    let counts = &point.lo;
                    let k = *counts.get(query).unwrap();
                    let end = |by: i64| -> Vec<i64> {
                        let end = |(token, count): (usize, &i64)| {
                            if token == query { *count } else { count.wrapping_add(by).max(0) }
                        };
                        counts.iter().enumerate().map(end).collect()
                    };
                    let around = Cell::new(&end(-1), &end(1), n).unwrap();
                    let all = Cell::new(&end(-n), &end(n), n).unwrap();
                    let said = [
                        loose.judge(counts, k),
                        loose.bound(&point, k).judged,
                        loose.bound(&around, k).judged,
                        folded(&loose, &point, &point, query, k),
                        folded(&loose, &around, &point, query, k),
                        folded(&loose, &all, &point, query, k),
                    ];
                    for one in &within {
                        let truth = one.judge(counts, k);
                        others += i32::from(truth != Judged::Open && truth != form.judge(counts, k));
                        for (place, said) in said.iter().enumerate() {
                            decided += i32::from(*said != Judged::Open);
                            let other = *said != Judged::Open && truth != Judged::Open && *said != truth;
                            assert!(
                                !other,
                                "{name}, {field} within 2^{places}, {counts:?}, {place}: {said:?}, {truth:?}"
                            );
                        }
                    }
                }
            }
            assert!(!there || others > 0 && decided > 0, "{name}, {field}: {others} otherwise, {decided} decided");
        }
    }
}
