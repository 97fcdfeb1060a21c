//! T14: what T1 and T3 count when they run on numbers of a machine (ours; Yehudai et al., arXiv:2407.15160v3, say "numerically unstable" in
//! their abstract).
//!
//! One-hot tokens, uniform attention: the coordinate of the query sums `c` terms `a = fl(1/n)` and `n - c` zeros to `S`, in some order; then
//! `r = fl(1 + S)`, `u = fl(r - 1)`, `y = fl(n u)`. Right is `|y - c| < 1/2`. *Orders:* `seq`: one by one; `pair`: the halves of `n` positions,
//! of these the halves, and so on, the query's tokens anywhere; `any`: all binary trees; `once`: `S = fl(c a)`; `flash`: `S = fl(c/n)`.
//!
//! *T1 with scaled values*: a second block of the embedding, `-2^p (1 - e_x)`, takes what attention adds, so that nothing is in the way of `S`, and
//! `y = S`. The terms are `fl(v a)` for `a = fl(1/K)`: `scaled`: `K = v = n`; `bos`: one more token of value 0 where needed, so `K` is `n` or `n + 1`, and `v` is
//! a number of the format near `K` with `fl(v a) = 1`, if there is one; `padded`: `K = v` is the next power of two. `flash` gives `fl(c)`. Where the terms are
//! 1, sums up to `2^p` are exact in every order, and `2^p + 1` is `2^p`: no output of `p` bits is within 1/2 of it, whatever the model.
//!
//! *T2* with two tokens: for `c` tokens that are not the query and `n - c` that are, the others' frequency is `S` and the query's `b = max(fl(1 - S), 0)`;
//! the tournament gives `fl(b + max(fl(S - b), 0))`, and `y` is `fl` of `n` times that. Right is `|y - max(c, n - c)| < 1/2`. This is not monotone in `S`, so
//! between two extremes every number of the format has to be right. With more tokens, see [`Tournament`].
//!
//! *T3*: with a base beyond `n 2^p` attention is exact, and what any MLP sees is `x = fl(1/c)`, or `fl(1 + x)` with the mark in the residual. It tells counts
//! apart where these differ. Without the mark they do for `c < 2^(p-1)`, where `1/(c (c-1))` exceeds the spacing `2^(1-p)/(c-1)`; with it for `c^2 <= 2^(p-2)`,
//! where it exceeds two spacings of 1, and `fl(1/c)` takes one at most.
//!
//! `fl` and what follows `S` are monotone and subtrees are independent, so the extremes over trees are
//! `lo(c) = fl(min_i lo(i) + lo(c - i))` and the same with max. Not every pair `(n, c)` needs that:
//!
//! - A tree of `c` terms errs by at most `H(c) = H(c - 1) + halfulp(c a + H(c - 1))`, `H(2) = 0`: `H` is convex, so `H(i) + H(j) <= H(i + j - 1)`.
//! - `once` and `flash`, `c < n`: `|y - c| <= c |n a - 1| + n (2^-(p+1) + 2^-p) + halfulp(c)`, the last term 0 when `n` is a power of two
//!   (no first term for `flash`). This grows with `c`. For `flash` it is below 1/2 for all `n <= 2^(p-2)`; for `once`, as
//!   `|n a - 1| <= n 2^-(b+p)` with `n < 2^b`, for `n <= 0.1715 2^p`: there `4 (n/2^p)^2 + (3/2) (n/2^p) < 3/8`.

use super::{ClaimId, Evidence, Finding, Kind};
use crate::evidence::{Sums, Tournament};
use crate::number::{Float, Format, RationalText, SumOrder};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Larger lengths are refused: `2^53` is beyond all formats.
pub const MAX_N: u64 = 1 << 52;
/// T2 has at most so many tokens.
pub const MAX_TOKENS: u64 = 64;
/// Up to this length a stated failure is the first.
const MAX_SCANNED: u64 = 1 << 24;

impl ClaimId {
    /// T14
    pub const MACHINE_NUMBERS: Self = Self("machine-numbers");
}

/// Which model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Construction {
    /// T1
    QcHistogram,
    /// T1 with values `n`
    QcHistogramScaled,
    /// T1 with values near `n`, and one BOS token where needed
    QcHistogramBos,
    /// T1 padded to a power of two
    QcHistogramPadded,
    /// T2 with two tokens
    MfeHistogram,
    /// T3, any MLP
    QcCountAttend,
    /// T3 without the mark in the residual, any MLP
    QcCountAttendUnmarked,
}

impl Construction {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::QcHistogram,
        Self::QcHistogramScaled,
        Self::QcHistogramBos,
        Self::QcHistogramPadded,
        Self::MfeHistogram,
        Self::QcCountAttend,
        Self::QcCountAttendUnmarked,
    ];

    /// Its name, as in certificates.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::QcHistogram => "qc-histogram",
            Self::QcHistogramScaled => "qc-histogram-scaled",
            Self::QcHistogramBos => "qc-histogram-bos",
            Self::QcHistogramPadded => "qc-histogram-padded",
            Self::MfeHistogram => "mfe-histogram",
            Self::QcCountAttend => "qc-count-attend",
            Self::QcCountAttendUnmarked => "qc-count-attend-unmarked",
        }
    }

    /// Whether it is T3, whose MLP may be any.
    #[must_use]
    pub fn attends(self) -> bool {
        matches!(self, Self::QcCountAttend | Self::QcCountAttendUnmarked)
    }
}

impl SumOrder {
    /// In a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Seq => "one by one",
            Self::Pair => "by halves",
            Self::Any => "in any order",
            Self::Once => "with one rounding",
            Self::Flash => "divided last",
        }
    }
}

/// The statement: at every length up to `largest_n` every input is right, at the next one `fails_at` is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineNumbersParams {
    /// the model
    pub construction: Construction,
    /// its numbers
    pub format: Format,
    /// of its sums
    pub order: SumOrder,
    /// for T2: how many tokens there are; absent: two
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub m: Option<u64>,
    /// `N`
    pub largest_n: u64,
    /// at `N + 1`; `null`: nothing is said of longer inputs
    pub fails_at: Option<WrongCount>,
}

/// A count that comes out wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongCount {
    /// context length
    pub n: u64,
    /// of the query, for T2 of the other token, or of the most frequent one of more than two; for T3 it is told from `count - 1` by nothing
    pub count: u64,
    /// what comes out, for T3 the state; `null`: infinity
    pub output: Option<RationalText>,
    /// of each token, for T2 with more than two
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Vec<u64>>,
    /// which of them is the query
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<u64>,
}

/// Every input is evaluated, or bounded as above. A tree for the failure is carried for `any`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineNumbers {
    /// `[c, i]`: a tree of `c` terms is one of `i` and one of `c - i`, both before it in the list
    pub splits: Vec<[u64; 2]>,
}

/// A count that is wrong, and its output.
type Wrong = (u64, Option<Float>);

impl Kind for MachineNumbers {
    type Params = MachineNumbersParams;
    const NAME: &'static str = "machine-numbers";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::MACHINE_NUMBERS];
    const EVIDENCE: Evidence = Evidence::Enumeration;

    fn check(&self, _: ClaimId, params: &MachineNumbersParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let &MachineNumbersParams { construction, format, order, m, largest_n, ref fails_at } = params;
        format.check("params.format")?;
        need(largest_n <= MAX_N, "params.largest_n", format!("at most {MAX_N}"), largest_n)?;
        if let Some(WrongCount { n, count, .. }) = fails_at {
            expect("params.fails_at.n", largest_n.saturating_add(1), *n)?;
            need((1..=*n).contains(count), "params.fails_at.count", format!("1 to {n}"), count)?;
        }
        let splits = self.splits.len();
        let carried = order == SumOrder::Any && fails_at.is_some() && !construction.attends();
        need(splits == 0 || carried, "data.machine-numbers.splits", "none without a failure in any order", splits)?;
        let model = Model { construction, format, order, clock };
        if let Some(m) = m {
            return self.check_tokens(&model, m, largest_n, fails_at.as_ref());
        }
        if let Some(WrongCount { counts, query, .. }) = fails_at {
            need(counts.is_none() && query.is_none(), "params.fails_at.counts", "none without params.m", "some")?;
        }
        if let Some(n) = model.first_failure(largest_n)? {
            return Err(wrong("params.largest_n", format!("at most {}", n.saturating_sub(1)), largest_n));
        }
        let Format { precision, emin, emax } = format;
        let (name, order) = (construction.name(), order.words());
        let what = if construction.attends() { "is told apart" } else { "is right" };
        let start = format!(
            "{name} in precision {precision}, exponents {emin} to {emax}, summed {order}: every count {what} for all \
             n <= {largest_n}"
        );
        let Some(WrongCount { n, count, output, .. }) = fails_at else {
            return Ok(Finding::verified(start));
        };
        let scanned = *n <= MAX_SCANNED;
        let found = if scanned { model.first_wrong(*n)? } else { model.alone(*n, *count)? };
        let (first, y) = found.ok_or_else(|| wrong("params.fails_at", "a count that is wrong", "none"))?;
        expect("params.fails_at.count", first, *count)?;
        let y = y.map(|y| RationalText(y.value()));
        need(y == *output, "params.fails_at.output", shown(&y), shown(output))?;
        self.follow(&model, *n, *count, output.as_ref())?;
        let output = shown(output);
        if construction.attends() {
            let other = count.saturating_sub(1);
            return Ok(Finding::verified(format!("{start}; at n = {n} counts of {other} and {count} give {output}")));
        }
        let other = if construction == Construction::MfeHistogram { " of the other token" } else { "" };
        let first = if scanned { format!("{other}, the first that is wrong,") } else { other.to_owned() };
        Ok(Finding::verified(format!("{start}; at n = {n} a count of {count}{first} gives {output}")))
    }
}

impl MachineNumbers {
    /// T2 with `m > 2` tokens.
    fn check_tokens(
        &self,
        model: &Model<'_>,
        m: u64,
        largest_n: u64,
        fails_at: Option<&WrongCount>,
    ) -> Result<Finding, Rejection> {
        let &Model { construction, format, order, .. } = model;
        need((3..=MAX_TOKENS).contains(&m), "params.m", format!("3 to {MAX_TOKENS}, or none for two"), m)?;
        let (name, words) = (construction.name(), order.words());
        let fits = construction == Construction::MfeHistogram && order != SumOrder::Pair;
        need(fits, "params.m", "mfe-histogram, not summed by halves", format!("{name}, {words}"))?;
        for n in 1..=largest_n {
            let all = model.tournament(m, n)?;
            let frequency: Vec<u64> = all.frequencies.iter().map(|[least, _]| *least).collect();
            for c in all.open()? {
                let named = order != SumOrder::Any;
                need(named, "params.order", "one in which sums within bounds are right", format!("n = {n}"))?;
                let right = all.first_wrong(c, &frequency)?.is_none();
                need(right, "params.largest_n", format!("at most {}", n.saturating_sub(1)), largest_n)?;
            }
        }
        let Format { precision, emin, emax } = format;
        let start = format!(
            "mfe-histogram with {m} tokens in precision {precision}, exponents {emin} to {emax}, summed {words}: every count is \
             right for all n <= {largest_n}"
        );
        let Some(WrongCount { n, count, output, counts, query }) = fails_at else {
            return Ok(Finding::verified(start));
        };
        let place = "params.fails_at.counts";
        let (counts, query) = counts.as_ref().zip(*query).ok_or_else(|| wrong(place, "counts and a query", "none"))?;
        let total = counts.iter().try_fold(0u64, |sum, count| sum.checked_add(*count));
        let fits = u64::try_from(counts.len()) == Ok(m) && total == Some(*n);
        need(fits, place, format!("{m} counts whose sum is {n}"), counts.len())?;
        let of_query = usize::try_from(query).ok().and_then(|query| counts.get(query));
        need(of_query.is_some_and(|count| *count > 0), "params.fails_at.query", "a token that occurs", query)?;
        expect("params.fails_at.count", counts.iter().copied().max().unwrap_or(0), *count)?;
        let all = model.tournament(m, *n)?;
        let mut frequency: Vec<u64> = all.frequencies.iter().map(|[least, _]| *least).collect();
        if order == SumOrder::Any {
            let trees = self.trees(model, *n)?;
            let units = |tree: Option<Float>| u64::try_from(tree?.units(all.exponent()).0).ok();
            for (count, known) in (1..).zip(frequency.iter_mut().skip(1)) {
                let tree = trees.get(&count);
                let used = (0..).zip(counts).any(|(j, other)| j != query && *other == count);
                let place = "data.machine-numbers.splits";
                need(tree.is_some() || !used, place, format!("a tree of {count} terms"), "none")?;
                *known = tree.copied().and_then(units).unwrap_or(u64::MAX);
            }
        }
        let y = all.wrong(counts, query, &frequency);
        let y = y.ok_or_else(|| wrong("params.fails_at", "counts that are wrong", "none"))?;
        let y = y.map(|y| RationalText(y.value()));
        need(y == *output, "params.fails_at.output", shown(&y), shown(output))?;
        let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
        let (counts, output) = (counts.join(", "), shown(output));
        Ok(Finding::verified(format!("{start}; at n = {n} counts {counts} with query {query} give {output}")))
    }

    /// The trees of each size.
    fn trees(&self, model: &Model<'_>, n: u64) -> Result<BTreeMap<u64, Option<Float>>, Rejection> {
        let place = "data.machine-numbers.splits";
        let mut trees = BTreeMap::from([(1, model.term(n))]);
        for [c, i] in &self.splits {
            model.clock.tick()?;
            let part = |i: u64| trees.get(&i).copied();
            let parts = part(*i).zip(c.checked_sub(*i).and_then(part));
            let (a, b) = parts.ok_or_else(|| wrong(place, "parts that come before", format!("{c}, {i}")))?;
            trees.insert(*c, a.zip(b).and_then(|(a, b)| model.format.sum(a, b)));
        }
        Ok(trees)
    }

    /// The tree gives the output.
    fn follow(&self, model: &Model<'_>, n: u64, count: u64, output: Option<&RationalText>) -> Result<(), Rejection> {
        let place = "data.machine-numbers.splits";
        if model.order != SumOrder::Any || model.construction.attends() {
            return Ok(());
        }
        let trees = self.trees(model, n)?;
        let tree = trees.get(&count).ok_or_else(|| wrong(place, format!("a tree of {count} terms"), "none"))?;
        let y = tree.and_then(|s| model.tail(n, s)).map(|y| RationalText(y.value()));
        need(y.as_ref() == output, place, "a tree that gives the output", "another")
    }
}

/// T2 with `m > 2` tokens at length `n`, for a search that tries what the check will try.
///
/// # Errors
/// [`Rejection`] for sums that do not fit into machine words.
pub fn tournament<'a>(
    format: Format,
    order: SumOrder,
    m: u64,
    n: u64,
    clock: &'a Clock<'a>,
) -> Result<Tournament<'a>, Rejection> {
    Model { construction: Construction::MfeHistogram, format, order, clock }.tournament(m, n)
}

/// What comes out, in words.
fn shown(output: &Option<RationalText>) -> String {
    output.as_ref().map_or_else(|| "infinity".to_owned(), ToString::to_string)
}

/// A construction in a format.
#[derive(Clone, Copy)]
pub(super) struct Model<'a> {
    pub(super) construction: Construction,
    pub(super) format: Format,
    pub(super) order: SumOrder,
    pub(super) clock: &'a Clock<'a>,
}

impl<'a> Model<'a> {
    /// The least length up to `most` with a count that is wrong.
    ///
    /// # Errors
    /// [`Rejection`] for lengths that are too much to evaluate, or of the clock.
    pub(super) fn first_failure(&self, most: u64) -> Result<Option<u64>, Rejection> {
        let mut n = self.proved().min(most);
        while n < most {
            n = n.saturating_add(1);
            if self.first_wrong(n)?.is_some() {
                return Ok(Some(n));
            }
        }
        Ok(None)
    }

    /// All lengths up to this are right by a bound.
    fn proved(&self) -> u64 {
        let Format { precision, emin, emax } = self.format;
        // outputs are finite, and 1/n is no subnormal number
        let ordinary = emax >= precision && emin <= precision.saturating_neg();
        let power = 1u64.checked_shl(self.format.bits()).filter(|_| ordinary).unwrap_or(0);
        match self.construction {
            Construction::QcHistogram => {}
            Construction::MfeHistogram => return 0,
            Construction::QcCountAttend => return (power >> 2).isqrt(),
            Construction::QcCountAttendUnmarked => return (power >> 1).saturating_sub(1),
            Construction::QcHistogramPadded => return power,
            _ if self.order == SumOrder::Flash => return power,
            _ => return 0,
        }
        match self.order {
            SumOrder::Flash => power >> 2,
            SumOrder::Once => u64::try_from(u128::from(power).wrapping_mul(343).wrapping_div(2000)).unwrap_or(0),
            SumOrder::Seq | SumOrder::Pair | SumOrder::Any => 0,
        }
    }

    /// A term of the sum.
    fn term(&self, n: u64) -> Option<Float> {
        let format = self.format;
        let scaled = |k: u64| format.times(format.quotient(1, k)?, k);
        match self.construction {
            Construction::QcHistogramScaled if self.order == SumOrder::Flash => format.quotient(1, 1),
            Construction::QcHistogramScaled => scaled(n),
            Construction::QcHistogramPadded => scaled(n.checked_next_power_of_two()?),
            Construction::QcHistogramBos => {
                let one = [n, n.saturating_add(1)].into_iter().any(|k| self.scales_to_one(k));
                if one || self.order == SumOrder::Flash { format.quotient(1, 1) } else { scaled(n) }
            }
            Construction::QcHistogram
            | Construction::MfeHistogram
            | Construction::QcCountAttend
            | Construction::QcCountAttendUnmarked => format.quotient(1, n),
        }
    }

    /// Whether `fl(v fl(1/k)) = 1` for a number `v` of the format within two spacings of `k`.
    fn scales_to_one(&self, k: u64) -> bool {
        let format = self.format;
        let found = || {
            let (a, near) = (format.quotient(1, k)?, format.quotient(k, 1)?);
            let ((a, of_a), (v, of_v)) = (a.parts(), near.parts());
            let (one, exponent) = (format.quotient(1, 1)?, of_a.checked_add(of_v)?);
            let fits = |v: u64| {
                let product = u128::from(v).checked_mul(a.into());
                product.and_then(|product| format.round(product, exponent, false)) == Some(one)
            };
            // below a power of two spacings are smaller, and then numbers are left out
            let end = v.saturating_add(2).min(1u64.checked_shl(format.bits())?);
            Some((v.saturating_sub(2)..=end).any(fits))
        };
        found().unwrap_or(false)
    }

    /// Whether the terms of length `n` are 1 and their sums up to `2^p` finite.
    fn sums_exactly(&self, n: u64) -> bool {
        let scaled = matches!(
            self.construction,
            Construction::QcHistogramScaled | Construction::QcHistogramBos | Construction::QcHistogramPadded
        );
        let one = self.format.quotient(1, 1);
        scaled && self.format.emax > self.format.precision && one.is_some() && self.term(n) == one
    }

    /// What the MLP of T3 sees of a count.
    fn state(&self, count: u64) -> Option<Float> {
        let x = self.format.quotient(1, count)?;
        match self.construction {
            Construction::QcCountAttendUnmarked => Some(x),
            _ => self.format.sum(self.format.quotient(1, 1)?, x),
        }
    }

    /// `y` of a sum.
    fn tail(&self, n: u64, s: Float) -> Option<Float> {
        let format = self.format;
        let one = format.quotient(1, 1)?;
        match self.construction {
            Construction::QcHistogram => format.times(format.less(format.sum(one, s)?, one)?, n),
            Construction::MfeHistogram => {
                let own = format.less(one, s)?;
                format.times(format.sum(own, format.less(s, own)?)?, n)
            }
            _ => Some(s),
        }
    }

    /// `2^p`
    fn power(&self) -> u64 {
        1u64.checked_shl(self.format.bits()).unwrap_or(u64::MAX)
    }

    /// The count with its output if that is wrong.
    fn judge(&self, n: u64, count: u64, s: Option<Float>) -> Option<Wrong> {
        let y = s.and_then(|s| self.tail(n, s));
        let answer = match (self.construction, n.checked_sub(count)) {
            (Construction::MfeHistogram, Some(own)) => own.max(count),
            _ => count,
        };
        // T2: the query occurs
        let asked = self.construction != Construction::MfeHistogram || count < n;
        (asked && !y.is_some_and(|y| y.counts(answer))).then_some((count, y))
    }

    /// One count in an order in which that needs no other.
    fn alone(&self, n: u64, count: u64) -> Result<Option<Wrong>, Rejection> {
        if self.construction.attends() {
            let (before, state) = (count.checked_sub(1).and_then(|before| self.state(before)), self.state(count));
            return Ok((before.is_some() && before == state).then_some((count, state)));
        }
        let scaled = !matches!(self.construction, Construction::QcHistogram | Construction::MfeHistogram);
        let s = match self.order {
            // so it is in every order, since all parts are exact
            _ if count <= self.power().saturating_add(1) && self.sums_exactly(n) => self.format.quotient(count, 1),
            SumOrder::Once => self.term(n).and_then(|a| self.format.times(a, count)),
            SumOrder::Flash if scaled => self.format.quotient(count, 1),
            SumOrder::Flash => self.format.quotient(count, n),
            SumOrder::Seq | SumOrder::Pair | SumOrder::Any => {
                return Err(wrong("params.fails_at.n", format!("at most {MAX_SCANNED}"), n));
            }
        };
        Ok(self.judge(n, count, s))
    }

    /// The least count of length `n` that is wrong.
    pub(super) fn first_wrong(&self, n: u64) -> Result<Option<Wrong>, Rejection> {
        self.clock.tick()?;
        if self.construction.attends() {
            return self.alone(n, n);
        }
        if n <= self.power().saturating_add(1) && self.sums_exactly(n) {
            return if n <= self.power() { Ok(None) } else { self.alone(n, n) };
        }
        let Some(a) = self.term(n) else { return Ok(Some((1, None))) };
        let monotone = self.construction != Construction::MfeHistogram;
        if !monotone {
            // of the query alone, y is fl(n)
            let alone = self.format.quotient(n, 1).is_some_and(|y| y.counts(n));
            need(alone, "params.largest_n", "lengths that are numbers of the format", n)?;
        }
        match self.order {
            SumOrder::Once | SumOrder::Flash => {
                let bounded = if self.construction == Construction::QcHistogram { self.bounded(n, a) } else { 0 };
                for count in bounded.saturating_add(1)..=n {
                    self.clock.tick()?;
                    if let Some(wrong) = self.alone(n, count)? {
                        return Ok(Some(wrong));
                    }
                }
            }
            SumOrder::Seq => {
                let mut s = Some(a);
                for count in 1..=n {
                    self.clock.tick()?;
                    if let Some(wrong) = self.judge(n, count, s) {
                        return Ok(Some(wrong));
                    }
                    s = s.and_then(|s| self.format.sum(s, a));
                }
            }
            SumOrder::Pair | SumOrder::Any if monotone && self.enclosed(n, a)? => {}
            SumOrder::Pair | SumOrder::Any => {
                let [low, high] = self.sums().extremes(n, a)?;
                let exponent = a.parts().1;
                for (count, ends) in (0..).zip(low.iter().zip(&high)).skip(1) {
                    self.clock.tick()?;
                    for &end in [ends.0, ends.1] {
                        let s = self.format.round(end.into(), exponent, false);
                        if let Some(wrong) = self.judge(n, count, s) {
                            return Ok(Some(wrong));
                        }
                    }
                    if !monotone {
                        self.between(n, count, ends, exponent)?;
                    }
                }
            }
        }
        Ok(None)
    }

    /// Every number of the format between two sums is right: which of them trees have is not known.
    fn between(&self, n: u64, count: u64, (low, high): (&u64, &u64), exponent: i32) -> Result<(), Rejection> {
        let mut s = *low;
        while s < *high {
            self.clock.tick()?;
            let bits = u64::BITS.saturating_sub(s.leading_zeros()).saturating_sub(self.format.bits());
            s = s.saturating_add(1u64.checked_shl(bits).unwrap_or(u64::MAX));
            let right = self.judge(n, count, self.format.round(s.into(), exponent, false)).is_none();
            need(right, "params.order", "one in which sums between the extremes are right", format!("n = {n}"))?;
        }
        Ok(())
    }

    /// A count up to which all are right by the bound, for `once` and `flash`; below `n`.
    fn bounded(&self, n: u64, a: Float) -> u64 {
        let (most, (mantissa, exponent)) = (n.saturating_sub(1), a.parts());
        let right = |count: u64| self.within(n, count, mantissa.into(), exponent).unwrap_or(false);
        if right(most) {
            return most;
        }
        let (mut good, mut open) = (0, most);
        while open.saturating_sub(good) > 1 {
            let middle = good.midpoint(open);
            if right(middle) { good = middle } else { open = middle }
        }
        good
    }

    /// Whether the bound is below 1/2; `None` where its terms do not fit.
    fn within(&self, n: u64, count: u64, mantissa: u128, exponent: i32) -> Option<bool> {
        let (precision, emax) = (self.format.bits(), self.format.emax);
        let bits = u64::BITS.saturating_sub(n.leading_zeros());
        // so y is finite, and c a < 1 is tested below
        if bits > precision || bits >= u32::try_from(emax).ok()? {
            return Some(false);
        }
        // everything times 2^(p+1), and for `once` divided by the spacing at a
        let last = u64::BITS.saturating_sub(count.leading_zeros());
        let product = if n.is_power_of_two() { 0 } else { 1u128.checked_shl(last)? };
        let room = 1u128.checked_shl(precision)?.checked_sub(u128::from(n).checked_mul(3)?.checked_add(product)?);
        let Some(room) = room.filter(|room| *room > 0) else { return Some(false) };
        if self.order == SumOrder::Flash {
            return Some(true);
        }
        let one = 1u128.checked_shl(u32::try_from(exponent.checked_neg()?).ok()?)?;
        let (n, count) = (u128::from(n), u128::from(count));
        let off = n.checked_mul(mantissa)?.abs_diff(one).checked_mul(count)?;
        let off = off.checked_mul(1u128.checked_shl(precision.checked_add(1)?)?)?;
        Some(count.checked_mul(mantissa)? < one && off < room.checked_mul(one)?)
    }

    /// Whether all trees of all counts are right because they err by at most `H`.
    fn enclosed(&self, n: u64, a: Float) -> Result<bool, Rejection> {
        let (mantissa, exponent) = a.parts();
        let mut error = 0u128;
        for count in 1..=n {
            self.clock.tick()?;
            let exact = u128::from(mantissa).saturating_mul(count.into());
            if count > 2 {
                let most = exact.saturating_add(error);
                // multiples of the spacing at a with p bits are numbers of the format
                let halves = 127u32.saturating_sub(most.leading_zeros()).checked_sub(self.format.bits());
                error = error.saturating_add(halves.map_or(0, |halves| 1u128.wrapping_shl(halves)));
            }
            let ends = [exact.saturating_sub(error), exact.saturating_add(error)];
            let right =
                |&end: &u128| end < 1 << 126 && self.judge(n, count, self.format.round(end, exponent, false)).is_none();
            if !ends.iter().all(right) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// T2 with `m > 2` tokens at a length.
    fn tournament(&self, m: u64, n: u64) -> Result<Tournament<'a>, Rejection> {
        let a = self.term(n).ok_or_else(|| wrong("params.format", "finite terms", "overflow"))?;
        Tournament::new(self.sums(), m, n, a)
    }

    fn sums(&self) -> Sums<'a> {
        Sums { format: self.format, order: self.order, clock: self.clock }
    }
}
