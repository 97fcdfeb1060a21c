//! A softmax transformer on all inputs of a length: how many are right, and the least margin, by trees that the checker follows.

use super::misreading::{Between, ReadingParams};
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{ReadAt, SoftmaxTransformer};
use crate::evidence::{Follow, Tally, problems};
use crate::number::NaturalText;
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigUint, Zero};
use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Every input is accounted for; an input is a sequence together with a position that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readings {
    /// what reads
    pub model: SoftmaxTransformer,
    /// one a problem, in the order of [`crate::evidence`]; see there for the symbols
    pub trees: Vec<String>,
    /// how many inputs are read right
    pub right: NaturalText,
    /// how many are read wrong
    pub wrong: NaturalText,
    /// bounds of the least margin; `null` when an input is wrong, or no input has a margin
    pub margin: Option<Between>,
}

impl Kind for Readings {
    type Params = ReadingParams;
    const NAME: &'static str = "readings";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::MODEL];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &ReadingParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let place = "data.readings";
        params.describes(&self.model)?;
        let tally = self.tally(params, clock)?;
        let read = if self.model.read_at == ReadAt::Last { 1 } else { params.n };
        let length = u32::try_from(params.n).map_err(|_| wrong("params.n", "a small n", params.n))?;
        let inputs = BigUint::from(params.m).pow(length) * read;
        let all = (&tally.right + &tally.wrong) == inputs;
        need(all, format!("{place}.trees"), format!("{inputs} inputs"), &tally.right + &tally.wrong)?;
        expect(&format!("{place}.right"), &tally.right, &self.right.0)?;
        expect(&format!("{place}.wrong"), &tally.wrong, &self.wrong.0)?;
        match (tally.margin.filter(|_| tally.wrong.is_zero()), &self.margin) {
            (None, None) => {}
            (Some((lo, hi)), Some(stated)) => {
                let around = stated.encloses(&lo, &hi);
                let found = || format!("{} to {}", stated.at_least, stated.at_most);
                need(around, format!("{place}.margin"), format!("bounds around {lo} to {hi}"), found())?;
            }
            (known, _) => {
                let expected = if known.is_some() { "bounds" } else { "null" };
                return Err(wrong(format!("{place}.margin"), expected, "the other"));
            }
        }
        let ReadingParams { task, n, m, d } = params;
        let one_by_one = self.trees.iter().all(|tree| tree == "e");
        let how = if one_by_one { "one by one" } else { "by bounds and one by one" };
        let sizes = format!("n = {n}, m = {m}, d = {d}; {inputs} inputs, {how} up to equal columns");
        Ok(if tally.wrong.is_zero() {
            Finding::verified(format!("the softmax transformer solves {task}, {sizes}"))
        } else {
            let (right, wrong) = (&tally.right, &tally.wrong);
            Finding::refuted(format!(
                "the softmax transformer does not solve {task}: it is right on {right} and wrong on {wrong}, {sizes}"
            ))
        })
    }
}

impl Readings {
    /// Follows all trees, on all threads; the first tree that does not hold is the one that is reported.
    ///
    /// # Errors
    /// [`Rejection`] of a tree that does not hold, or of the clock.
    pub fn tally(&self, params: &ReadingParams, clock: &Clock<'_>) -> Result<Tally, Rejection> {
        let problems = problems(&self.model, params.task, params.n, clock)?;
        expect("data.readings.trees: number", problems.len(), self.trees.len())?;
        let next = AtomicUsize::new(0);
        let found: Mutex<Vec<(usize, Result<Tally, Rejection>)>> = Mutex::default();
        let work = |clock: &Clock<'_>| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let (Some(members), Some(tree)) = (problems.get(index), self.trees.get(index)) else {
                    return;
                };
                let follow = Follow::new(&self.model, params.task, &members.problem, clock);
                let result =
                    follow.and_then(|follow| follow.run(&format!("data.readings.trees[{index}]"), tree, members));
                if result.is_err() {
                    next.store(problems.len(), Ordering::Relaxed);
                }
                if let Ok(mut found) = found.lock() {
                    found.push((index, result));
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..clock.threads() {
                let own = clock.alone();
                scope.spawn(move || work(&own()));
            }
            work(clock);
        });
        let mut found = found.into_inner().unwrap_or_default();
        found.sort_by_key(|(index, _)| *index);
        let mut tally = Tally::default();
        let followed = found.len();
        for (_, result) in found {
            tally.merge(result?);
        }
        if followed < problems.len() { Err(Rejection::Stopped) } else { Ok(tally) }
    }
}
