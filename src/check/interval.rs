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
use crate::task::Input;
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
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
    let width = (params.mlp_width as u64).saturating_add(1);
    let work = n.saturating_mul(params.m as u64).saturating_mul(width);
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
    check_least_base(model, &form, params, &data.least_base, keep_going)?;
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
        let extremes = others().min().zip(others().max());
        // with a single token every position holds the query
        let counts = if extremes.is_some() { 1..=n } else { n..=n };
        for count in counts {
            let rest = n - count;
            let at = |weight: &BigInt| Rational::new(own.clone(), own * count + weight * rest);
            let (least, most) = extremes.unwrap_or((own, own));
            let target = integer(count);
            let probes = probes_of(form, query).unwrap_or_default();
            stretches(form, probes, [at(most), at(least)], keep_going, |stretch| {
                for x in [&stretch.low, &stretch.high] {
                    let error = (stretch.output_at(x) - &target).abs();
                    if error > worst {
                        worst = error;
                    }
                }
                Ok(())
            })?;
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

/// A stretch of `x` on which the output is one line, over `scale`.
struct Stretch {
    low: Rational,
    high: Rational,
    output: Line,
    scale: BigInt,
}

impl Stretch {
    fn output_at(&self, x: &Rational) -> Rational {
        Rational::new(self.output.at(x), &self.scale * x.denom())
    }
}

/// Cuts `[low, high]` into stretches on which no unit changes sign, and hands each to `visit`.
fn stretches(
    form: &IntegerForm<BigInt>,
    mut probes: Vec<Line>,
    [low, high]: [Rational; 2],
    keep_going: KeepGoing<'_>,
    mut visit: impl FnMut(Stretch) -> Result<(), Rejection>,
) -> Result<(), Rejection> {
    let residual = probes.pop().unwrap_or(Line::ZERO);
    let mut segments = vec![(0usize, form.sigma.clone(), low, high, probes)];
    while let Some((layer, scale, low, high, lines)) = segments.pop() {
        if !keep_going() {
            return Err(Rejection::Stopped);
        }
        // each unit is on, off, or changes sign strictly inside: then the interval is cut there
        let mut hidden = Vec::with_capacity(lines.len());
        let mut cut = None;
        for line in &lines {
            let (left, right) = (line.at(&low), line.at(&high));
            let opposite = (left.is_negative() && right.is_positive())
                || (left.is_positive() && right.is_negative());
            if opposite {
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
        let weighted = readout.hidden.iter().zip(&hidden);
        let output = weighted.fold(start, |sum, (w, line)| sum.plus(w, line));
        visit(Stretch { low, high, output, scale: &readout.scale * &scale })?;
    }
    Ok(())
}

/// The probes of query `query` as lines in `x`, or `None` for an unknown query.
fn probes_of(form: &IntegerForm<BigInt>, query: usize) -> Option<Vec<Line>> {
    let base = form.base.get(query)?;
    let last = form.heads.first()?.last.get(query)?;
    let line = |(a, b): (&BigInt, &BigInt)| Line { constant: a.clone(), slope: b.clone() };
    Some(base.iter().zip(last).map(line).collect())
}

/// Checks that no integer base below that of the model is enough.
///
/// On the given sequence, with the base one less, the output is too large by 1/2 or more. Every other token of
/// the sequence has no larger score than the query, so `x = 1 / (c_q + sum_j c_j B^{-g_j})` does not grow as `B`
/// shrinks; and the output does not grow with `x` on `[1/n, 1]`. So it is too large with every smaller base too.
fn check_least_base(
    model: &Transformer,
    form: &IntegerForm<BigInt>,
    params: &Counting,
    least: &LeastBase,
    keep_going: KeepGoing<'_>,
) -> Result<(), Rejection> {
    let base = &model.base.0;
    let place = "data.interval.least_base";
    let sequence = match least {
        LeastBase::NotClaimed => return Ok(()),
        LeastBase::Two => return expect(place, &integer(2), base),
        LeastBase::Below(sequence) => sequence,
    };
    let n = sequence.len() as u64;
    expect("params.n", params.n, Length::Exactly(n))?;
    expect("model.base: an integer", true, base.is_integer())?;
    let smaller = RationalText(base - integer(1));
    let smaller = Transformer::new(Weights { base: smaller, ..model.clone().into() })?;
    let output = smaller.output(sequence)?;
    let input = Input::of_sequence(sequence, model.vocabulary())
        .map_err(|error| wrong(place, "an input", error))?;
    let Token(query) = input.query();
    let answer = integer(input.counts().get(query).copied().unwrap_or(0));
    let excess = &output - &answer;
    if excess.is_negative() || params.criterion.accepts(&excess) {
        let expected = "a sequence on which the base below gives too much";
        return Err(wrong(place, expected, format!("{output} where the answer is {answer}")));
    }
    let weights = form.heads.first().and_then(|head| head.weights.get(query));
    let scores_fit = weights.is_some_and(|weights| {
        let prefix = weights.prefix.first().map(Vec::as_slice).unwrap_or_default();
        input.prefix().all(|o| prefix.get(o.token.0).is_some_and(|weight| *weight <= weights.last))
    });
    expect(&format!("{place}: no token scores above the query"), true, scores_fit)?;
    let probes = probes_of(form, query).ok_or_else(|| wrong(place, "a known query", query))?;
    let range = [Rational::new(BigInt::one(), n.into()), Rational::one()];
    stretches(form, probes, range, keep_going, |stretch| {
        if stretch.output.slope.is_positive() && stretch.low < stretch.high {
            let found = format!("a rise between {} and {}", stretch.low, stretch.high);
            return Err(wrong(place, "an output that does not grow with x", found));
        }
        Ok(())
    })
}
