//! T17 (ours): what is left of the counts when the residual is normalised.
//!
//! Uniform attention with the residual of T1: the state of an input `(q, c)` of length `n` is `r = v_q + (1/n) sum_j c_j v_j`, that is
//! `n r = sum_j a_j v_j` with `a = n e_q + c`. A norm follows, then any function of the normalised state and of nothing else: no path leads
//! around the norm. Layer norm is `(r - mean r) / sqrt(|r - mean r|^2 / d + eps)`, RMS norm the same without the mean; a gain and a bias
//! are part of the function. For `eps > 0` the map `x -> x / sqrt(|x|^2 / d + eps)` is injective, so that inputs are told apart iff their
//! states are (centred, for layer norm). For `eps = 0` it is `x / |x|`, up to a constant, and zero stays zero by convention: inputs are told
//! apart iff their states are no positive multiples of each other.
//!
//! *Independent tokens.* `a` sums to `2 n` and `a_j > n` exactly at the query, so `(q, c)` follows from `a`. For
//! `eps = 0` linearly independent (centred) `v_j` determine `a` up to a positive factor, which the sum determines; otherwise affinely
//! independent ones determine `a`. Then some function counts, at every length.

use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{Input, Length, Task, Token, count_inputs_within};
use crate::number::{IntegerVector, Matrix, RationalText, Room, Scaled, Word, rank_at_least, work};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigInt, Integer, One, Signed, Zero};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

impl ClaimId {
    /// T17
    pub const LAYER_NORM: Self = Self("layer-norm");
}

/// States in an enumeration, each with `d` numbers and what holds them, may be this many numbers in all.
const MOST_NUMBERS: u64 = 1 << 25;

/// What comes between the residual and the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Norm {
    /// nothing
    None,
    /// layer norm
    Layer,
    /// RMS norm
    Rms,
}

impl fmt::Display for Norm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Layer => "layer",
            Self::Rms => "rms",
        })
    }
}

/// The statement: at context length `n` the normalised states of the inputs determine the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormalisedParams {
    /// what is counted
    pub task: Task,
    /// context length
    pub n: Length,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
    /// which norm
    pub norm: Norm,
    /// what it adds to the mean square; `null` without a norm
    pub eps: Option<RationalText>,
}

/// An embedding, and why its normalised states determine the answer, or two inputs that show that they do not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormalisedStates {
    /// `[m, d]`
    pub embedding: Matrix,
    /// how many normalised states there are, all inputs enumerated; `null` where the tokens are independent, and beside a pair
    pub classes: Option<u64>,
    /// two inputs with one normalised state and different answers
    pub pair: Option<TwoInputs>,
}

/// Two inputs by their queries and counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwoInputs {
    /// the last token of the one
    pub query: Token,
    /// `[m]`
    pub c: Vec<u64>,
    /// the last token of the other
    pub query_prime: Token,
    /// `[m]`
    pub c_prime: Vec<u64>,
}

impl Kind for NormalisedStates {
    type Params = NormalisedParams;
    const NAME: &'static str = "normalised-states";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::LAYER_NORM];
    const EVIDENCE: Evidence = Evidence::Enumeration;

    fn check(&self, _: ClaimId, params: &NormalisedParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let &NormalisedParams { task, n, m, d, norm, ref eps } = params;
        expect("params.m", self.embedding.rows(), m)?;
        expect("params.d", self.embedding.cols(), d)?;
        let sized = m >= 1 && d >= 1 && n != Length::Exactly(0);
        need(sized, "params", "m >= 1, d >= 1 and n >= 1", format!("m = {m}, d = {d}, n = {n}"))?;
        let fits = eps.as_ref().map_or(norm == Norm::None, |eps| norm != Norm::None && !eps.0.is_negative());
        let of = || eps.as_ref().map_or_else(|| "null".to_owned(), ToString::to_string);
        need(fits, "params.eps", format!("what norm {norm} has: at least 0, null without a norm"), of())?;
        let rays = eps.as_ref().is_some_and(|eps| eps.0.is_zero());
        let rows = self.rows(norm, clock)?;
        let under = match eps {
            None => "without a norm".to_owned(),
            Some(eps) => format!("under {norm} norm with eps = {eps}"),
        };
        let over = format!("{under} the states of uniform attention over {m} embeddings, d = {d}, n = {n},");
        let place = "data.normalised-states";
        let how = match (&self.pair, self.classes, n) {
            (Some(pair), None, _) => {
                let n = pair.collide(&format!("{place}.pair"), params, &rows, rays, clock)?;
                return Ok(Finding::refuted(format!(
                    "{over} do not determine the answer ({task}): two inputs of length {n} have one normalised state"
                )));
            }
            (None, None, _) => {
                let affine = if rays { None } else { Some(BigInt::one()) };
                let rows: Vec<IntegerVector> =
                    rows.into_iter().map(|row| row.into_iter().chain(affine.clone()).collect()).collect();
                let independent = rank_at_least(&rows, m, clock)?;
                let which = if rays { "linearly" } else { "affinely" };
                need(independent, format!("{place}.embedding"), format!("{which} independent tokens"), "others")?;
                "the tokens are independent".to_owned()
            }
            (None, Some(stated), Length::Exactly(n)) => {
                let classes = enumerate(place, &rows, task, n, rays, clock)?;
                expect(&format!("{place}.classes"), classes, stated)?;
                format!("{classes} normalised states")
            }
            _ => return Err(wrong(format!("{place}.classes"), "null, for nothing is enumerated", "a number")),
        };
        Ok(Finding::verified(format!("{over} determine the answer ({task}) after normalising; {how}")))
    }
}

impl NormalisedStates {
    /// The tokens `[m, d]` up to a common positive factor, centred for layer norm.
    fn rows(&self, norm: Norm, clock: &Clock<'_>) -> Result<Vec<IntegerVector>, Rejection> {
        let mut entries = Scaled::new(self.embedding.entries())?.numerators.into_iter();
        let (d, mut room, mut rows) =
            (self.embedding.cols(), Room::default(), Vec::with_capacity(self.embedding.rows()));
        for _ in 0..self.embedding.rows() {
            let row: IntegerVector = entries.by_ref().take(d).collect();
            let sum: BigInt = row.iter().sum();
            let centred = |x: BigInt| {
                clock.tick()?;
                room.keep(if norm == Norm::Layer { x * d - &sum } else { x })
            };
            rows.push(row.into_iter().map(centred).collect::<Result<_, _>>()?);
        }
        Ok(rows)
    }
}

impl TwoInputs {
    /// Checks that both have one normalised state and different answers; their length.
    fn collide(
        &self,
        place: &str,
        params: &NormalisedParams,
        rows: &[IntegerVector],
        rays: bool,
        clock: &Clock<'_>,
    ) -> Result<u64, Rejection> {
        let &NormalisedParams { task, n, m, d, .. } = params;
        let input = |name: &str, query, counts: &[u64]| {
            let place = format!("{place}.{name}");
            expect(&format!("{place}: m"), m, counts.len())?;
            Input::new(&place, query, counts)
        };
        let (one, other) = (input("c", self.query, &self.c)?, input("c_prime", self.query_prime, &self.c_prime)?);
        let length = one.length();
        expect(&format!("{place}.c_prime: n"), length, other.length())?;
        if let Length::Exactly(n) = n {
            expect(&format!("{place}: n"), n, length)?;
        }
        // n times the state
        let state = |input: &Input| {
            let mut state = vec![BigInt::default(); d];
            for (j, (row, &count)) in rows.iter().zip(input.counts()).enumerate() {
                let more = if input.query().0 == j { length } else { 0 };
                let a = BigInt::from(count) + more;
                for (entry, x) in state.iter_mut().zip(row) {
                    clock.spend(work(x.bits(), a.bits()))?;
                    *entry += x * &a;
                }
            }
            Ok::<_, Rejection>(state)
        };
        let (x, y) = (state(&one)?, state(&other)?);
        // positive multiples: at the first entry that is not zero the signs agree, and all are as those entries
        let pivot = x.iter().zip(&y).find(|(a, b)| !a.is_zero() || !b.is_zero()).filter(|_| rays);
        let alike = match pivot {
            None => x == y,
            Some((a, b)) => {
                let mut alike = a.sign() == b.sign();
                for (s, t) in x.iter().zip(&y) {
                    clock.spend(work(s.bits(), b.bits()).saturating_add(work(t.bits(), a.bits())))?;
                    alike = alike && s * b == t * a;
                }
                alike
            }
        };
        need(alike, place, "two inputs with one normalised state", "others")?;
        let answers = [&one, &other].map(|input| task.answer(input.counts(), input.query()));
        let [a, b] = answers;
        need(a != b, place, "different answers", format!("{a} twice"))?;
        Ok(length)
    }
}

/// The number of normalised states of the inputs of length `n`, each of which has one answer.
fn enumerate(
    place: &str,
    rows: &[IntegerVector],
    task: Task,
    n: u64,
    rays: bool,
    clock: &Clock<'_>,
) -> Result<u64, Rejection> {
    let size = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let (m, d) = (size(rows.len()), size(rows.first().map_or(0, Vec::len)));
    let limit = MOST_NUMBERS.checked_div(d.saturating_add(8)).unwrap_or(0);
    need(
        count_inputs_within(n, m, limit).is_some(),
        "params.n",
        format!("at most {limit} inputs to enumerate"),
        format!("n = {n}, m = {m}"),
    )?;
    let long =
        || wrong(format!("{place}.embedding"), "2 n times an entry, denominators cleared, of 64 bits", "a longer one");
    // no state and no part of its sum is larger: the counts in `a` sum to 2 n
    let bounded = |x: &BigInt| i64::from_big(&(x * n * 2_u32)).and_then(|_| i64::from_big(x));
    let words = |row: &IntegerVector| row.iter().map(bounded).collect::<Option<Vec<_>>>().ok_or_else(long);
    let rows: Vec<Vec<i64>> = rows.iter().map(words).collect::<Result<_, _>>()?;
    let add = |state: &mut [i64], times: u64, row: &[i64]| {
        let times = i64::from_count(times)?;
        state.iter_mut().zip(row).try_for_each(|(entry, x)| entry.add_product(&times, x))
    };
    // the counts of all but the query, from (n - 1, 0, .., 0) to (0, .., 0, n - 1)
    let mut rest = vec![0; rows.len()];
    if let Some(first) = rest.first_mut() {
        *first = n.saturating_sub(1);
    }
    let mut answers: BTreeMap<Vec<i64>, u64> = BTreeMap::new();
    loop {
        let mut sum = vec![0_i64; rows.first().map_or(0, Vec::len)];
        for (&count, row) in rest.iter().zip(&rows) {
            clock.spend(d.div_ceil(64))?;
            add(&mut sum, count, row).ok_or_else(long)?;
        }
        for (query, row) in rows.iter().enumerate() {
            clock.spend(d.div_ceil(16).saturating_add(m.div_ceil(64)))?;
            let mut state = sum.clone();
            add(&mut state, n.saturating_add(1), row).ok_or_else(long)?;
            if rays {
                // positive multiples have one primitive vector
                let gcd = state.iter().fold(0, |gcd: u64, entry| gcd.gcd(&entry.unsigned_abs()));
                let gcd = i64::try_from(gcd).map_err(|_| long())?;
                state.iter_mut().for_each(|entry| *entry = entry.checked_div(gcd).unwrap_or(0));
            }
            let mut counts = rest.clone();
            if let Some(count) = counts.get_mut(query) {
                *count = count.saturating_add(1);
            }
            let answer = task.answer(&counts, Token(query));
            let known = *answers.entry(state).or_insert(answer);
            if known != answer {
                let found = format!("{answer} and {known}, the former for the counts {counts:?} with query {query}");
                return Err(wrong(place, "one answer for each normalised state", found));
            }
        }
        if !advance(&mut rest) {
            return Ok(size(answers.len()));
        }
    }
}

/// The next counts with the same sum; `false` behind the last.
fn advance(counts: &mut [u64]) -> bool {
    let Some(at) = counts.iter().position(|&count| count > 0) else { return false };
    let Some([here, next]) = counts.get_mut(at..at.saturating_add(2)) else { return false };
    let left = here.saturating_sub(1);
    (*here, *next) = (0, next.saturating_add(1));
    if let Some(first) = counts.first_mut() {
        *first = left;
    }
    true
}
