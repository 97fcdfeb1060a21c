//! `--ood`: a softmax transformer at other lengths than that of its training, and on tokens from elsewhere (T15).
//!
//! A point is a length and where tokens come from. Where the inputs are few all of them are judged, else a sample ([`super::estimate`]); each
//! point is a cell with a certificate of its own. Inputs over some of the tokens, for a question about counts, are all inputs of the model
//! that has no other rows in its embedding, and that is what the certificate is about.

use super::ClaimError;
use super::estimate::{self, Drawn, Estimate};
use super::reading::{self, Asked};
use crate::claim::{Cell, Decision, Known, Params, Undecided};
use crate::files::task::NamedTask;
use crate::kernel::definition::{ReadAt, SoftmaxTransformer, SoftmaxWeights};
use crate::kernel::number::{Matrix, Rational};
use crate::kernel::{ClaimId, Rejection};
use crate::report::Value;
use crate::search::control::Control;
use crate::search::inputs::{count_inputs, sequence_inputs};
use num_bigint::BigUint;
use std::sync::Arc;

/// Up to so many inputs are judged one by one.
const FEW: u64 = 20_000;
/// How many inputs are drawn unless told otherwise.
pub const USUAL_SAMPLE: u64 = 10_000;
/// The most subsets of tokens that are looked at.
const MOST_SUBSETS: usize = 4096;

/// What is asked of a model out of distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfDistribution {
    /// the length that it was trained at, where that is known
    pub trained_n: Option<u64>,
    /// every set of up to so many tokens is looked at
    pub subsets: usize,
}

/// A length, and where tokens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Point {
    pub n: u64,
    pub from: Origin,
}

impl Point {
    /// Lengths with all tokens first, then other distributions, few tokens before many.
    pub(crate) fn rank(&self) -> (usize, u64, Vec<usize>) {
        let (kind, tokens) = match &self.from {
            Origin::All => (0, Vec::new()),
            Origin::These(tokens) => (tokens.len(), tokens.clone()),
            Origin::Other(Drawn::Zipf) => (usize::MAX - 1, Vec::new()),
            Origin::Other(_) => (usize::MAX, Vec::new()),
        };
        (kind, self.n, tokens)
    }
}

/// Where tokens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// all tokens, with the same probability
    All,
    /// these, with the same probability
    These(Vec<usize>),
    Other(Drawn),
}

/// What points are of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// tokens
    pub m: usize,
    /// the length of the training
    pub trained_n: u64,
    /// the longest input that there is a position for
    pub longest: Option<u64>,
}

impl Sizes {
    /// Lengths from 1 to four times that of the training, as far as there are positions.
    pub(crate) fn lengths(&self) -> Vec<u64> {
        let quarters = |of: u64| self.trained_n.saturating_mul(of) / 4;
        let mut lengths: Vec<u64> = (1..=4).collect();
        lengths.extend([1, 2, 3, 4, 5, 6, 8, 16].map(quarters));
        lengths.retain(|&n| n > 0 && self.longest.is_none_or(|longest| n <= longest));
        lengths.sort_unstable();
        lengths.dedup();
        lengths
    }

    /// Every length with all tokens; at that of the training other distributions: the first two, four, .. tokens, every set of up
    /// to `subsets` of them, Zipf's, and evenly, also at the longest length at which all tokens are distinct then.
    pub(crate) fn points(&self, lengths: &[u64], subsets: usize) -> Result<Vec<Point>, ClaimError> {
        let (m, trained) = (self.m, self.trained_n);
        let mut points: Vec<Point> =
            lengths.iter().map(|&n| Point { n, from: Origin::All }).collect();
        let doubled = std::iter::successors(Some(2usize), |k| k.checked_mul(2));
        let first = doubled.take_while(|&k| k < m).filter(|&k| k > subsets);
        let mut sets: Vec<Vec<usize>> = first.map(|k| (0..k).collect()).collect();
        for size in 1..=subsets.min(m.saturating_sub(1)) {
            sets.extend(sets_of(m, size)?);
        }
        sets.sort_by_key(Vec::len);
        let at = |from| Point { n: trained, from };
        points.extend(sets.into_iter().map(|set| at(Origin::These(set))));
        points.extend([Drawn::Zipf, Drawn::Even].map(|drawn| at(Origin::Other(drawn))));
        let distinct = (m as u64).min(trained).min(self.longest.unwrap_or(u64::MAX));
        if distinct != trained {
            points.push(Point { n: distinct, from: Origin::Other(Drawn::Even) });
        }
        Ok(points)
    }
}

/// The sets of `size` of `m` tokens, in order.
fn sets_of(m: usize, size: usize) -> Result<Vec<Vec<usize>>, ClaimError> {
    let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
    for left in (0..size).rev() {
        let longer = |set: &Vec<usize>| {
            let from = set.last().map_or(0, |last| last + 1);
            (from..m - left)
                .map(|token| set.iter().copied().chain([token]).collect())
                .collect::<Vec<_>>()
        };
        sets = sets.iter().flat_map(longer).take(MOST_SUBSETS + 1).collect();
        if sets.len() > MOST_SUBSETS {
            let expected = format!("fewer: {m} tokens have more than {MOST_SUBSETS} such sets");
            return Err(ClaimError::value("subsets", expected, size));
        }
    }
    Ok(sets)
}

/// Where a model comes from: a file, or training when it is first asked for.
pub(crate) type Model =
    dyn Fn(&Control) -> Result<Arc<SoftmaxTransformer>, Undecided> + Send + Sync;

/// The model that points are about, as far as it is known beforehand.
#[derive(Clone)]
pub(crate) struct Subject {
    pub sizes: Sizes,
    pub d: usize,
    /// whether every position is read
    pub every: bool,
    pub layers: usize,
    pub model: Arc<Model>,
    /// what a certificate has to be about, where that is at hand
    pub known: Option<Arc<SoftmaxTransformer>>,
    /// what names it in a record, between the point and how it is judged
    pub named: Params,
}

impl Subject {
    /// A model that was read.
    pub(super) fn of(
        model: &Arc<SoftmaxTransformer>,
        asked: &OutOfDistribution,
        lengths: Option<&[u64]>,
    ) -> Result<Self, ClaimError> {
        let longest = model.longest().map(|longest| longest as u64);
        let trained_n = asked.trained_n.or(longest).ok_or_else(|| {
            let expected = "--trained-n N beside it: this file does not say at which length the model was trained";
            ClaimError::value("ood", expected, "none")
        })?;
        for n in lengths.unwrap_or(&[]).iter().chain([&trained_n]) {
            if let Some(longest) = longest.filter(|longest| n > longest) {
                let option = if *n == trained_n { "trained-n" } else { "n" };
                let expected = format!("at most {longest}, the number of the model's positions");
                return Err(ClaimError::value(option, expected, n));
            }
        }
        let shared = Arc::clone(model);
        Ok(Self {
            sizes: Sizes { m: model.vocabulary(), trained_n, longest },
            d: model.dimension(),
            every: model.read_at == ReadAt::Every,
            layers: reading::layers(model),
            model: Arc::new(move |_: &Control| Ok(Arc::clone(&shared))),
            known: Some(Arc::clone(model)),
            named: vec![("trained_n", Value::integer(trained_n))],
        })
    }

    /// One cell for each point.
    pub(crate) fn cells(
        &self,
        task: &NamedTask,
        tolerance: Option<&Rational>,
        points: &[Point],
        (estimate, seed): (&Estimate, u64),
    ) -> Result<Vec<Cell>, ClaimError> {
        let point = |point: &Point| self.cell(task, tolerance, point, (estimate, seed));
        points.iter().map(point).collect()
    }

    fn cell(
        &self,
        task: &NamedTask,
        tolerance: Option<&Rational>,
        point: &Point,
        (estimate, seed): (&Estimate, u64),
    ) -> Result<Cell, ClaimError> {
        let (n, all) = (point.n, self.sizes.m);
        let (tokens, drawn) = match &point.from {
            Origin::All => (None, None),
            Origin::These(tokens) if task.counting().is_some() => (Some(tokens.clone()), None),
            // what tokens are called matters to the question
            Origin::These(tokens) => {
                let weight = |token: usize| u64::from(tokens.contains(&token));
                (None, Some(Drawn::Weights((0..all).map(weight).collect())))
            }
            Origin::Other(drawn) => (None, Some(drawn.clone())),
        };
        let m = tokens.as_ref().map_or(all, Vec::len);
        let sizes = reading::Sizes { m, d: self.d, layers: self.layers };
        let Asked { mut params, about, reading } = Asked::new(n, sizes, task, tolerance);
        let over = tokens.iter().map(|tokens| ("tokens", Value::list(tokens.iter().copied())));
        // after the length, the vocabulary and the task
        params.splice(3..3, self.named.iter().cloned().chain(over));
        let (source, over) = (Arc::clone(&self.model), tokens.clone());
        let model = move |control: &Control| -> Result<SoftmaxTransformer, Undecided> {
            Ok(restricted(&*source(control)?, over.as_deref())?)
        };
        let cell = match drawn {
            None if self.inputs(n, m) <= FEW.into() => {
                let decide = move |control: &Control| -> Result<Decision, Undecided> {
                    reading::decide(ClaimId::MODEL, &model(control)?, &reading, control)
                };
                Cell::new(ClaimId::MODEL, params, decide)
            }
            drawn => {
                let drawn = drawn.unwrap_or(Drawn::Uniform);
                let estimate = Estimate { drawn, ..estimate.clone() };
                let (asked, judged) = estimate::asked(reading, &estimate, seed)?;
                // a model that was trained has its seed, which is that of its samples too
                let has = |name: &str| self.named.iter().any(|(other, _)| *other == name);
                params.extend(judged.into_iter().filter(|(name, _)| !has(name)));
                let decide =
                    move |control: &Control| estimate::decide(&model(control)?, &asked, control);
                Cell::new(ClaimId::MODEL, params, decide)
            }
        };
        let cell = cell.naming(about);
        let Some(known) = self.known.clone() else { return Ok(cell) };
        let object = move || restricted(&known, tokens.as_deref());
        Ok(cell.knowing(move || object().map_or_else(|_| Known::default(), |m| Known::object(&m))))
    }

    /// How many inputs there are to judge at a length with `m` tokens.
    fn inputs(&self, n: u64, m: usize) -> BigUint {
        let Ok(length) = u32::try_from(n) else { return FEW.saturating_add(1).into() };
        let m = m as u64;
        match self.sizes.longest {
            None => count_inputs(n, m),
            // one token has one sequence at any length
            Some(_) if m > 1 && n > 64 => FEW.saturating_add(1).into(),
            Some(_) => sequence_inputs(length, m) * if self.every { n } else { 1 },
        }
    }
}

/// The model over these tokens alone.
fn restricted(
    model: &SoftmaxTransformer,
    tokens: Option<&[usize]>,
) -> Result<SoftmaxTransformer, Rejection> {
    let Some(tokens) = tokens else { return Ok(model.clone()) };
    let (rows, old) = (tokens.len(), &model.embedding);
    let entry = |i: usize, j: usize| old.get(tokens[i], j).cloned().unwrap_or_default();
    let embedding = Matrix::from_fn(rows, old.cols(), entry);
    SoftmaxTransformer::new(SoftmaxWeights { embedding, ..model.clone().into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_at_lengths_and_from_distributions() {
        let sizes = Sizes { m: 5, trained_n: 20, longest: None };
        assert_eq!(sizes.lengths(), [1, 2, 3, 4, 5, 10, 15, 20, 25, 30, 40, 80]);
        let placed = Sizes { longest: Some(20), ..sizes };
        assert_eq!(placed.lengths(), [1, 2, 3, 4, 5, 10, 15, 20]);
        let from = |subsets| {
            let points = sizes.points(&[3], subsets).unwrap();
            let elsewhere = points.into_iter().filter(|point| point.from != Origin::All);
            elsewhere.map(|Point { n, from }| (n, from)).collect::<Vec<_>>()
        };
        let these = |set: &[usize]| (20, Origin::These(set.to_vec()));
        let others = [
            (20, Origin::Other(Drawn::Zipf)),
            (20, Origin::Other(Drawn::Even)),
            (5, Origin::Other(Drawn::Even)),
        ];
        let expected = [these(&[0, 1]), these(&[0, 1, 2, 3])];
        assert_eq!(from(0), [expected.as_slice(), &others].concat());
        let single = [0, 1, 2, 3, 4].map(|token| these(&[token]));
        assert_eq!(from(1), [single.as_slice(), &expected, &others].concat());
        // ten pairs, and none of them twice
        assert_eq!(from(2).len(), 5 + 10 + 1 + 3);
        assert!(from(2).contains(&these(&[2, 4])));
    }

    #[test]
    fn too_many_sets_are_refused() {
        assert_eq!(sets_of(6, 3).unwrap().len(), 20);
        assert_eq!(sets_of(3, 3).unwrap(), [[0, 1, 2]]);
        let error = sets_of(64, 3).unwrap_err().to_string();
        assert!(error.starts_with("--subsets: expected fewer: 64 tokens"), "{error}");
    }
}
