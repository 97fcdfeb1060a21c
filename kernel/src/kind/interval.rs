//! T3: the MLP sees one number, which lies in an interval that depends on the count only (construction of Yehudai et al.,
//! arXiv:2407.15160v3; exact base and intervals ours).
//!
//! Checked on the weights: one head; every position but the last is alike; the prefix is read through its attention weights
//! alone (its tokens' probes are zero); a token equal to the query has the same weight before the last position and at it. Then for
//! query `q` with `c_q = k` the pre-activations are lines in `x`,
//!
//! ```text
//! probes = base + last x,   x = a_q / D,   k a_q + (n - k) min a_j <= D <= k a_q + (n - k) max a_j     (j over the other tokens)
//! ```
//!
//! so the output is piecewise linear in `x`, and its distance to `k` on the interval is largest at an end or a break.

use super::counting::{COUNTING, Counting};
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{Affine, Input, IntegerForm, Piecewise, Task, Token, Transformer, Weights, relu_network};
use crate::number::{Matrix, Rational, RationalText, compare, integer, larger, smaller};
use crate::rejection::{Clock, Rejection, expect, expect_number, need, wrong};
use num::{BigInt, One, Signed, Zero};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Work, in evaluations of one hidden unit, beyond which a certificate is refused.
const MAX_WORK: u64 = 1 << 40;

/// The error is bounded on the interval of every count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// what counts
    pub model: Transformer,
    /// largest `|y - k|` over all intervals
    pub max_error: RationalText,
    /// whether the base is the least
    pub least_base: LeastBase,
}

/// What is said about the base being the least integer base under which the model meets the criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeastBase {
    /// nothing
    NotClaimed,
    /// the base is 2, the least integer above 1
    Two,
    /// with the base one less, the model fails on this sequence
    Below(Vec<Token>),
}

impl Kind for Interval {
    type Params = Counting;
    const NAME: &'static str = "interval";
    const CLAIMS: &'static [ClaimId] = COUNTING;
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, claim: ClaimId, params: &Counting, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let model = &self.model;
        params.describes(claim, model)?;
        let n = params.length()?;
        expect("params.task", Task::QueryCount, params.task)?;
        let sizes = [params.m, params.mlp_width.saturating_add(1)].map(|size| u64::try_from(size).unwrap_or(u64::MAX));
        let work = sizes.into_iter().fold(n, u64::saturating_mul);
        need((1..=MAX_WORK).contains(&work), "params", format!("n >= 1 and n m (width + 1) at most {MAX_WORK}"), work)?;
        let length = usize::try_from(n).map_err(|_| wrong("params.n", "a small n", n))?;
        need(model.depends_on_counts_only(), "model.positions", "all but the last alike", "others")?;
        let form = IntegerForm::new(model, length, clock)?;
        let queries = queries(&form, params.m, clock)?;
        let mut worst = Rational::zero();
        // queries whose weights and probes coincide need one look
        for query in queries.iter().collect::<BTreeSet<_>>() {
            worst = larger(worst, query.largest_error(&form, n, clock)?);
        }
        need(
            params.criterion.accepts(&worst),
            "model: error",
            format!("one that counts {}", params.criterion),
            &worst,
        )?;
        expect_number("data.interval.max_error", &worst, &self.max_error.0)?;
        if let LeastBase::Below(sequence) = &self.least_base {
            self.fails_below(sequence, params, &form, &queries, clock)?;
        }
        let least = match self.least_base {
            LeastBase::NotClaimed => "",
            LeastBase::Two | LeastBase::Below(_) => ", the least integer one",
        };
        need(self.least_base != LeastBase::Two || model.base.0 == integer(2), "model.base", 2, &model.base)?;
        Ok(Finding::verified(format!(
            "{} on all inputs; softmax base {}{least}",
            params.sentence("counts"),
            model.base
        )))
    }
}

/// What the output depends on, beside the count, when the query is one token.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Query<'a> {
    /// `[probe]`, over `sigma`
    base: &'a [BigInt],
    /// `[probe]`, over `sigma`: times `x`
    last: &'a [BigInt],
    /// `a_q`
    own: BigInt,
    /// the least and the largest `a_j` of the other tokens; `None` when there is no other
    others: Option<(BigInt, BigInt)>,
}

/// The tokens as queries, and that the head reads nothing from the prefix but its weights.
fn queries<'a>(form: &'a IntegerForm<'_>, m: usize, clock: &Clock<'_>) -> Result<Vec<Query<'a>>, Rejection> {
    let [head] = form.heads.as_slice() else {
        return Err(wrong("model.heads: number of heads", 1, form.heads.len()));
    };
    let silent = head.prefix.iter().flatten().flatten().all(Zero::is_zero);
    need(silent, "model", "a head that reads nothing from the prefix", "values of the prefix")?;
    let query = |query: usize| {
        let missing = || wrong("model", "every query", query);
        let attention = form.attention(query, clock)?.into_iter().next().ok_or_else(missing)?;
        let (base, last) = form.base.get(query).zip(head.last.get(query)).ok_or_else(missing)?;
        let (own, prefix) = (attention.last, attention.prefix.into_iter().next().unwrap_or_default());
        let same = prefix.get(query).is_none_or(|weight| *weight == own);
        need(same, "model", "equal weights for equal tokens", format!("query {query}"))?;
        let others = || prefix.iter().enumerate().filter(|&(j, _)| j != query).map(|(_, weight)| weight.clone());
        let others = others().min().zip(others().max());
        Ok(Query { base, last, own, others })
    };
    (0..m).map(query).collect()
}

impl Query<'_> {
    /// The output as a function of `x` on `[low, 1]`.
    fn output(&self, form: &IntegerForm<'_>, low: &Rational, clock: &Clock<'_>) -> Result<Piecewise, Rejection> {
        // sigma and the readout's scale are above zero
        let over = |x: &BigInt, scale: &BigInt| Rational::new(x.clone(), scale.clone());
        let line = |(base, last): (&BigInt, &BigInt)| (over(last, &form.sigma), over(base, &form.sigma));
        let mut lines: Vec<(Rational, Rational)> = self.base.iter().zip(self.last).map(line).collect();
        let direct = lines.pop().unwrap_or_default();
        let readout = &form.readout;
        let weight: Vec<Rational> = readout.hidden.iter().map(|x| over(x, &readout.scale)).collect();
        let weight = Matrix::from_rows(weight.len(), vec![weight])?;
        let out = Affine { weight, bias: vec![over(&readout.bias, &readout.scale).into()] };
        let later = form.model.mlp.hidden.get(1..).unwrap_or_default();
        let outputs = relu_network([low, &Rational::one()], &lines, later, &out, (&direct.0, &direct.1), clock)?;
        outputs.into_iter().next().ok_or_else(|| wrong("model", "an output", "none"))
    }

    /// The largest `|y - k|` over all counts `k` and all `x` of the count's interval.
    fn largest_error(&self, form: &IntegerForm<'_>, n: u64, clock: &Clock<'_>) -> Result<Rational, Rejection> {
        let (least, most) = self.others.as_ref().map_or((&self.own, &self.own), |(least, most)| (least, most));
        // attention weights are above zero, and n >= 1
        let x = |count: u64, weight: &BigInt| {
            Rational::new(self.own.clone(), &self.own * count + weight * n.saturating_sub(count))
        };
        // an interval's low end is monotone in the count
        let output = self.output(form, &smaller(x(1, most), x(n, most)), clock)?;
        // with a single token every position holds the query
        let counts = if self.others.is_some() { 1..=n } else { n..=n };
        let mut worst = Rational::zero();
        for count in counts {
            let (low, high) = (x(count, most), x(count, least));
            let first = output.partition_point(|piece| compare(&piece.from, &low).is_le()).saturating_sub(1);
            let mut begin = &low;
            for (i, piece) in output.iter().enumerate().skip(first) {
                let inside =
                    output.get(i.saturating_add(1)).map(|next| &next.from).filter(|from| compare(from, &high).is_lt());
                let end = inside.unwrap_or(&high);
                for x in [begin, end] {
                    clock.spend(self.own.bits())?;
                    worst = larger(worst, (piece.at(x) - integer(count)).abs());
                }
                if inside.is_none() {
                    break;
                }
                begin = end;
            }
        }
        Ok(worst)
    }
}

impl Interval {
    /// Checks that no integer base below that of the model is enough.
    ///
    /// On the sequence, with the base `B` one less, the output is too large. No token of it has a larger score than the query, so
    /// `x = 1 / (c_q + sum_j c_j B^{-g_j})` is in `[1/n, 1]` and does not grow as `B` shrinks; and the output does not grow with `x` there.
    /// So it is too large with every smaller base as well.
    fn fails_below(
        &self,
        sequence: &[Token],
        params: &Counting,
        form: &IntegerForm<'_>,
        queries: &[Query<'_>],
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        let (place, base) = ("data.interval.least_base", &self.model.base.0);
        let input = Input::of_sequence(place, sequence, params.m, sequence.len().saturating_sub(1))?;
        expect(&format!("{place}: length"), params.length()?, input.length())?;
        need(base.is_integer(), "model.base", "an integer", base)?;
        let smaller = RationalText(base - Rational::one());
        let smaller = Transformer::new(Weights { base: smaller, ..self.model.clone().into() })?;
        let output = smaller.output_within(sequence, clock)?;
        let answer = params.task.answer(input.counts(), input.query());
        let excess = &output - integer(answer);
        let fails = !excess.is_negative() && !params.criterion.accepts(&excess);
        need(
            fails,
            place,
            "a sequence on which the base below gives too much",
            format!("{output} where the answer is {answer}"),
        )?;
        let query = queries.get(input.query().0).ok_or_else(|| wrong(place, "a known query", input.query()))?;
        let attention = form.attention(input.query().0, clock)?;
        let prefix = attention.first().and_then(|head| head.prefix.first()).map_or(&[][..], Vec::as_slice);
        let mut scores = input.counts().iter().zip(prefix).filter(|(count, _)| **count > 0);
        need(scores.all(|(_, weight)| *weight <= query.own), place, "no token that scores above the query", "one")?;
        let low = Rational::new(BigInt::one(), input.length().into());
        for piece in query.output(form, &low, clock)? {
            let rises = piece.slope.is_positive() && piece.from < Rational::one();
            need(!rises, place, "an output that does not grow with x", format!("a rise from {} on", piece.from))?;
        }
        Ok(())
    }
}
