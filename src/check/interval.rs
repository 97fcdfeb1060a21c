//! T3: the MLP's input is one number, which lies in an interval that depends on the count only.
//!
//! Checked on the weights: one head; the prefix is read through its attention weights alone (its tokens'
//! value probes are zero); every position but the last is alike. Then for query `q` with `c_q = k`
//!
//! ```text
//! probes = base + last * x,   x = a_q / D,   D = k a_q + (sum over the other tokens of a_j)
//! k a_q + (n - k) min a_j <= D <= k a_q + (n - k) max a_j
//! ```
//!
//! and the output is piecewise linear in `x`, so its error on the interval is largest at an end or a kink.

use super::statement::{describes, sentence};
use super::{Finding, KeepGoing, Rejection, expect, wrong};
use crate::cert::{ClaimId, Counting, Interval, LeastBase, Length, Verdict};
use crate::exact::{Rational, RationalText, integer};
use crate::model::{IntegerForm, Token, Transformer, Weights};
use crate::task::{Criterion, Input};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use std::collections::BTreeSet;

/// Work, in evaluations of one hidden unit, beyond which a certificate is refused.
const MAX_WORK: u64 = 1 << 40;

pub(super) fn check(
    claim: ClaimId,
    params: &Counting,
    data: &Interval,
    keep_going: KeepGoing<'_>,
) -> Result<Finding, Rejection> {
    let model = &data.model;
    describes(claim, params, model)?;
    let Length::Exactly(n) = params.n else {
        return Err(wrong("params.n", "one context length", "any"));
    };
    if params.task != crate::task::Task::QueryCount {
        return Err(wrong("params.task", "query-count", params.task));
    }
    let work = n.saturating_mul(params.m as u64).saturating_mul(params.mlp_width as u64);
    if n == 0 || work > MAX_WORK {
        return Err(wrong("params", format!("n >= 1 and n m width at most {MAX_WORK}"), work));
    }
    let length = usize::try_from(n).map_err(|_| wrong("params.n", "a small n", n))?;
    let form = IntegerForm::new(model, length)?;
    expect("model: depends on counts only", true, model.depends_on_counts_only())?;
    let max_error = largest_error(&form, n, params.m, keep_going)?;
    if !params.criterion.accepts(&max_error) {
        let expected = format!("an error that counts {}", params.criterion);
        return Err(wrong("model", expected, format!("error {max_error}")));
    }
    expect("data.interval.max_error", &max_error, &data.max_error.0)?;
    check_least_base(model, n, params.criterion, &data.least_base)?;
    let base = match data.least_base {
        LeastBase::NotClaimed => format!("softmax base {}", model.base),
        _ => format!("softmax base {}, the least integer one", model.base),
    };
    let statement = format!("{} on all inputs; {base}", sentence(params, "counts"));
    Ok(Finding { verdict: Verdict::Verified, statement })
}

/// The largest `|y - k|` over all queries, counts `k` and inputs `x` of the count's interval.
fn largest_error(
    form: &IntegerForm<BigInt>,
    n: u64,
    m: usize,
    keep_going: KeepGoing<'_>,
) -> Result<Rational, Rejection> {
    let [head] = form.heads.as_slice() else {
        return Err(wrong("model.heads: number of heads", 1, form.heads.len()));
    };
    if head.prefix.iter().flatten().flatten().any(|x| !x.is_zero()) {
        return Err(wrong(
            "model",
            "a head that reads nothing from the prefix",
            "values of the prefix",
        ));
    }
    let mut worst = Rational::zero();
    // queries whose weights and probes coincide need one look
    let mut seen = BTreeSet::new();
    for query in 0..m {
        let (Some(base), Some(last), Some(weights)) =
            (form.base.get(query), head.last.get(query), head.weights.get(query))
        else {
            return Err(wrong("model", "every query", query));
        };
        let own = &weights.last;
        let prefix = weights.prefix.first().map(Vec::as_slice).unwrap_or_default();
        if prefix.get(query).is_some_and(|weight| weight != own) {
            return Err(wrong("model", "equal weights for equal tokens", format!("query {query}")));
        }
        let others = || prefix.iter().enumerate().filter(|&(j, _)| j != query).map(|(_, x)| x);
        if !seen.insert((base, last, own, others().min(), others().max())) {
            continue;
        }
        for count in 1..=n {
            let rest = n - count;
            let (least, most) = match (others().min(), others().max()) {
                (Some(least), Some(most)) => (least * rest, most * rest),
                _ if rest > 0 => continue, // m = 1: every token is the query
                _ => (BigInt::zero(), BigInt::zero()),
            };
            let at = |rest: BigInt| Rational::new(own.clone(), own * count + rest);
            let line = |(a, b): (&BigInt, &BigInt)| Line { constant: a.clone(), slope: b.clone() };
            let probes = base.iter().zip(last).map(line).collect();
            let error = error_on(form, probes, [at(most), at(least)], &integer(count), keep_going)?;
            worst = worst.max(error);
        }
    }
    Ok(worst)
}

/// `constant + slope x`, over a positive scale that all lines of a layer share.
#[derive(Debug, Clone)]
struct Line {
    constant: BigInt,
    slope: BigInt,
}

impl Line {
    const ZERO: Self = Self { constant: BigInt::ZERO, slope: BigInt::ZERO };

    /// The value at `x`, times the positive denominator of `x`.
    fn at(&self, x: &Rational) -> BigInt {
        &self.constant * x.denom() + &self.slope * x.numer()
    }

    fn plus(self, weight: &BigInt, other: &Self) -> Self {
        if weight.is_zero() {
            return self;
        }
        Self {
            constant: self.constant + weight * &other.constant,
            slope: self.slope + weight * &other.slope,
        }
    }
}

/// The largest `|y(x) - target|` for `low <= x <= high`.
fn error_on(
    form: &IntegerForm<BigInt>,
    mut probes: Vec<Line>,
    [low, high]: [Rational; 2],
    target: &Rational,
    keep_going: KeepGoing<'_>,
) -> Result<Rational, Rejection> {
    let residual = probes.pop().unwrap_or(Line::ZERO);
    let mut segments = vec![(0usize, form.sigma.clone(), low, high, probes)];
    let mut worst = Rational::zero();
    while let Some((layer, scale, low, high, lines)) = segments.pop() {
        if !keep_going() {
            return Err(Rejection::Stopped);
        }
        // each unit is on, off, or changes sign strictly inside: then the interval is cut there
        let mut hidden = Vec::with_capacity(lines.len());
        let mut cut = None;
        for line in &lines {
            let (left, right) = (line.at(&low), line.at(&high));
            if (left.is_negative() && right.is_positive())
                || (left.is_positive() && right.is_negative())
            {
                cut = Some(Rational::new(-&line.constant, line.slope.clone()));
                break;
            }
            let on = left.is_positive() || right.is_positive();
            hidden.push(if on { line.clone() } else { Line::ZERO });
        }
        if let Some(middle) = cut {
            segments.push((layer, scale.clone(), middle.clone(), high, lines.clone()));
            segments.push((layer, scale, low, middle, lines));
            continue;
        }
        if let Some(next) = form.layers.get(layer) {
            let combine = |(row, bias): (&Vec<BigInt>, &BigInt)| {
                let start = Line { constant: bias * &scale, slope: BigInt::zero() };
                row.iter().zip(&hidden).fold(start, |sum, (w, line)| sum.plus(w, line))
            };
            let lines = next.weight.iter().zip(&next.bias).map(combine).collect();
            segments.push((layer + 1, &scale * &next.scale, low, high, lines));
            continue;
        }
        let readout = &form.readout;
        let start = Line { constant: &readout.bias * &scale, slope: BigInt::zero() };
        let start = start.plus(&readout.residual, &residual);
        let output =
            readout.hidden.iter().zip(&hidden).fold(start, |sum, (w, line)| sum.plus(w, line));
        for x in [&low, &high] {
            let y = Rational::new(output.at(x), &readout.scale * &scale * x.denom());
            worst = worst.max((y - target).abs());
        }
    }
    Ok(worst)
}

/// Checks that the same model with its base one less fails on the given sequence.
fn check_least_base(
    model: &Transformer,
    n: u64,
    criterion: Criterion,
    least: &LeastBase,
) -> Result<(), Rejection> {
    let base = &model.base.0;
    let place = "data.interval.least_base";
    match least {
        LeastBase::NotClaimed => Ok(()),
        LeastBase::Two => expect(place, &integer(2), base),
        LeastBase::Below(sequence) => {
            expect("model.base: an integer", true, base.is_integer())?;
            expect(&format!("{place}.below: length"), n, sequence.len() as u64)?;
            let smaller = RationalText(base - integer(1));
            let smaller = Transformer::new(Weights { base: smaller, ..model.clone().into() })?;
            let output = smaller.output(sequence)?;
            let input = Input::of_sequence(sequence, model.vocabulary())
                .map_err(|error| wrong(place, "an input", error))?;
            let Token(query) = input.query();
            let answer = input.counts().get(query).copied().unwrap_or(0);
            let error = (output - integer(answer)).abs();
            if criterion.accepts(&error) {
                return Err(wrong(
                    place,
                    "a sequence on which the base below fails",
                    format!("error {error}"),
                ));
            }
            Ok(())
        }
    }
}
