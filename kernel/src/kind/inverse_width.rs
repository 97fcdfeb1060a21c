//! T6: how wide a ReLU network must be that inverts `x`; every number has a lower and an upper bound, and they meet (ours).
//!
//! A network `N` *is within tolerance* when `|N(x) - k| <= eps` (`<` if strict) on `[1/(k + leak), 1/k]` for `k = 1..n`. It is made of
//! lines, so the ends of these intervals and the breaks inside them decide. Write `lo_k = k - eps` at `x = 1/k` and
//! `hi_j = j + eps` at `x = 1/(j + leak)`.
//!
//! - `w_min`: the network has so many units. Each triple `i < j < k` has the chord of `lo_i` and `lo_k` above `hi_j`, so no line is
//!   within tolerance of all three, and a network has a break strictly between `1/k` and `1/i`; these intervals are disjoint.
//! - `p_min`: between `lo_k` and `hi_j`, `j + leak < k`, some slope is at least `(lo_k - hi_j) / (1/(j + leak) - 1/k)` in size, and with
//!   `alpha = 0` no slope exceeds `sum |a_i w_i|`. With a strict tolerance the same is strict; `p_min` is then the infimum, since mixing
//!   in a little of a network inside the tolerance puts one on its boundary inside.
//! - `unit_width`: at least `ceil(p_min)` (`floor(p_min) + 1` when two points force more than `p_min`); replacing each unit by
//!   `ceil(|a_i w_i|)` equal ones keeps the function and makes every `|a_i w_i| <= 1`.
//! - `w_grid`: on a cell `[u, v]` with `A = 1/u`, `B = 1/v` the interpolant `f` of `1/x` has `f(x) - 1/x = A + B - ABx - 1/x`, at most `t` for
//!   all `x > 0` iff `A + B <= t` or `(A + B - t)^2 <= 4AB`; the largest excess, `(sqrt A - sqrt B)^2`, is taken inside the cell. Since `x^{-1/2}` is
//!   convex and decreasing, it is largest for the first of several cells of one length: the first cell decides, and more cells
//!   do no harm. That one cell fewer is not enough is seen at one point. At a node the excess is 0, between nodes positive:
//!   with `t <= 0` there is no grid, except with `t = 0` on a single point.

use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{Mlp, Piece, Piecewise, ScalarNetwork, relu_network};
use crate::number::{Rational, RationalText, Word, common_denominator, compare, divide, integer, reciprocal, scaled};
use crate::rejection::{Clock, Rejection, expect, expect_number, need, wrong};
use num::{BigInt, One, Signed, ToPrimitive, Zero};
use serde::{Deserialize, Serialize};

/// Larger `n` are refused: the check evaluates networks at every count.
const MAX_N: u64 = 1 << 30;

impl ClaimId {
    /// T6
    pub const INVERSE_WIDTH: Self = Self("inverse-width");
}

/// The statement: these are the least sizes of networks `N` with `|N(x) - k| <= epsilon` for all `x` in `[1/(k + leak), 1/k]`,
/// `k = 1..n`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InverseWidthParams {
    /// largest count
    pub n: u64,
    /// tolerance
    pub epsilon: RationalText,
    /// the error is below `epsilon`, not just at most
    pub strict: bool,
    /// `delta` of T3, below 1
    pub leak: RationalText,
    /// least number of equal cells of `[1/(n + leak), 1]` whose interpolant `f` of `1/x` has `f(x) - 1/x <= epsilon - leak`
    /// everywhere there; `null` when no number is enough
    pub w_grid: Option<u64>,
    /// least number of units with a free affine part
    pub w_min: u64,
    /// least total slope `sum |a_i w_i|` with `alpha = 0`; when `strict`, the infimum
    pub p_min: RationalText,
    /// least number of units with `alpha = 0` and `|a_i w_i| <= 1`; `null` when it is not claimed
    pub unit_width: Option<u64>,
    /// widths of the two hidden layers of one network; nothing is said of their being least
    pub two_layers: [u64; 2],
}

/// What the numbers rest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InverseWidth {
    /// for `w_grid`
    pub grid: GridEvidence,
    /// for `w_min`
    pub width: WidthEvidence,
    /// for `p_min` and `unit_width`
    pub slope: SlopeEvidence,
    /// a network of one input and one output, affine after its last hidden layer
    pub two_layers: Mlp,
}

/// For `w_grid`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridEvidence {
    /// where the interpolant on one cell fewer is out of tolerance; `null` when there is no such grid
    pub fails_at: Option<RationalText>,
}

/// For `w_min`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WidthEvidence {
    /// as many units as `w_min`
    pub network: ScalarNetwork,
    /// as many triples `i < j < k` of counts: no line is within tolerance of `i`, `j` and `k`
    pub triples: Vec<[u64; 3]>,
}

/// For `p_min` and `unit_width`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlopeEvidence {
    /// two counts `j < k` that force the slope; `null` when it is 0
    pub pair: Option<[u64; 2]>,
    /// total slope `p_min`, error at most `epsilon`
    pub network: ScalarNetwork,
    /// error below `epsilon`; given iff `strict`
    pub inner: Option<ScalarNetwork>,
}

impl Kind for InverseWidth {
    type Params = InverseWidthParams;
    const NAME: &'static str = "inverse-width";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::INVERSE_WIDTH];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &InverseWidthParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let InverseWidthParams { n, epsilon, strict, leak, w_grid, w_min, p_min, unit_width, two_layers } = params;
        need((1..=MAX_N).contains(n), "params.n", format!("1 to {MAX_N}"), n)?;
        need(!epsilon.0.is_negative(), "params.epsilon", "at least 0", epsilon)?;
        need(!leak.0.is_negative() && leak.0 < Rational::one(), "params.leak", "at least 0 and below 1", leak)?;
        let low = reciprocal(&(integer(*n) + &leak.0)).unwrap_or_else(Rational::one);
        let inverse = Inverse { n: *n, epsilon: &epsilon.0, leak: &leak.0, strict: *strict, low: &low, clock };
        inverse.grid(*w_grid, &self.grid)?;
        inverse.width(*w_min, &self.width)?;
        inverse.slope(params, &self.slope)?;
        inverse.two_layers(*two_layers, &self.two_layers)?;
        let relation = if *strict { "below" } else { "at most" };
        let noise = if leak.0.is_zero() { String::new() } else { format!(", inputs leaking {leak}") };
        let cells = w_grid.map_or("no number of".to_owned(), |cells| cells.to_string());
        let unit = unit_width.map_or(String::new(), |width| format!(", width {width} with unit weights"));
        let [p, q] = two_layers;
        Ok(Finding::verified(format!(
            "inverting 1/k for k = 1..{n} with error {relation} {epsilon}{noise} takes exactly {cells} equal cells, width {w_min}, \
             total slope {p_min}{unit}; widths {p} and {q} are enough in two hidden layers"
        )))
    }
}

/// What is asked: `|N(x) - k| <= epsilon` (`<` when `strict`) for `x` in `[1/(k + leak), 1/k]`, `k = 1..n`.
#[derive(Clone, Copy)]
struct Inverse<'a> {
    n: u64,
    epsilon: &'a Rational,
    leak: &'a Rational,
    strict: bool,
    /// `1/(n + leak)`
    low: &'a Rational,
    clock: &'a Clock<'a>,
}

impl Inverse<'_> {
    /// `a <= b`, or `a < b` when strict.
    fn holds(&self, a: &Rational, b: &Rational) -> bool {
        compare(a, b).is_lt() || (compare(a, b).is_eq() && !self.strict)
    }

    fn grid(&self, cells: Option<u64>, data: &GridEvidence) -> Result<(), Rejection> {
        let place = "data.inverse-width.grid.fails_at";
        let tolerance = self.epsilon - self.leak;
        let point = self.low.is_one();
        let hopeless = tolerance.is_negative() || (tolerance.is_zero() && (self.strict || !point));
        let Some(cells) = cells else {
            need(hopeless, "params.w_grid", "a number of cells", "null")?;
            return need(data.fails_at.is_none(), place, "null without a grid", "a point");
        };
        need(!hopeless && cells > 0, "params.w_grid", "null or at least 1", cells)?;
        let too_few = || wrong("params.w_grid", "enough cells", cells);
        let length = |cells: u64| divide(&(Rational::one() - self.low), &integer(cells));
        let end = self.low + length(cells).ok_or_else(too_few)?;
        let (a, b) = (integer(self.n) + self.leak, reciprocal(&end).ok_or_else(too_few)?);
        let over = &a + &b - &tolerance;
        let (square, bound) = (&over * &over, integer(4) * a * b);
        need(!over.is_positive() || self.holds(&square, &bound), "params.w_grid", "enough cells", cells)?;
        let x = match &data.fails_at {
            None => return need(cells == 1, place, "a point", "null"),
            Some(x) => &x.0,
        };
        need(cells > 1, place, "null for one cell", x)?;
        need(compare(x, self.low).is_ge() && *x <= Rational::one(), place, format!("in [{}, 1]", self.low), x)?;
        // the cell that x is in, on the grid of one cell fewer; no cell has a length on a single point
        let excess = length(cells.saturating_sub(1)).and_then(|length| {
            let u = self.low + divide(&(x - self.low), &length)?.floor() * &length;
            let v = &u + &length;
            Some(divide(&(&u + &v - x), &(&u * &v))? - reciprocal(x)?)
        });
        need(excess.is_some_and(|excess| !self.holds(&excess, &tolerance)), place, "a point out of tolerance", x)
    }

    fn width(&self, w_min: u64, data: &WidthEvidence) -> Result<(), Rejection> {
        let place = "data.inverse-width.width";
        for (name, found) in [("network: width", data.network.width()), ("triples: number", data.triples.len())] {
            need(u64::try_from(found) == Ok(w_min), format!("{place}.{name}"), w_min, found)?;
        }
        self.inverts(&format!("{place}.network"), &self.pieces(&data.network)?)?;
        let mut free = 1;
        for (index, &[i, j, k]) in data.triples.iter().enumerate() {
            self.clock.spend(self.leak.denom().bits())?;
            let found = || format!("[{i}, {j}, {k}]");
            let place = format!("{place}.triples[{index}]");
            let (left, middle, right) = (integer(k), integer(j) + self.leak, integer(i));
            let ordered = i >= free && k <= self.n && left > middle && middle > right;
            need(ordered, &place, format!("{free} <= i < j + leak < k <= {}", self.n), found())?;
            free = k;
            // the chord of (1/k, k - eps) and (1/i, i - eps) at x = 1/(j + leak); middle is above i >= 1
            let ratio = divide(&(&left * &right), &middle).ok_or_else(|| wrong(&place, "j + leak above 0", found()))?;
            let (chord, high) = (left + right - ratio - self.epsilon, integer(j) + self.epsilon);
            need(!self.holds(&chord, &high), &place, "a triple that no line meets", found())?;
        }
        Ok(())
    }

    fn slope(&self, params: &InverseWidthParams, data: &SlopeEvidence) -> Result<(), Rejection> {
        let (place, p_min) = ("data.inverse-width.slope", &params.p_min.0);
        let forced = match data.pair {
            None => Rational::zero(),
            Some([j, k]) => {
                let (low, high) = (reciprocal(&integer(k)), reciprocal(&(integer(j) + self.leak)));
                let distance = high.zip(low).map(|(high, low)| high - low).filter(|_| j > 0 && k <= self.n);
                let rise = integer(k) - integer(j) - self.epsilon * integer(2);
                let forced = distance.filter(Signed::is_positive).and_then(|distance| divide(&rise, &distance));
                let expected = || format!("1 <= j, j + leak < k <= {}", self.n);
                forced.ok_or_else(|| wrong(format!("{place}.pair"), expected(), format!("[{j}, {k}]")))?
            }
        };
        expect_number(&format!("{place}.pair: slope forced"), p_min, &forced)?;
        need(!forced.is_negative(), "params.p_min", "at least 0", &forced)?;
        need(
            params.strict == data.inner.is_some(),
            format!("{place}.inner"),
            "a network exactly if strict",
            "the other",
        )?;
        for (name, network, strict) in [("network", Some(&data.network), false), ("inner", data.inner.as_ref(), true)] {
            let Some(network) = network else { continue };
            let place = format!("{place}.{name}");
            need(network.alpha.0.is_zero(), format!("{place}.alpha"), 0, &network.alpha)?;
            Self { strict, ..*self }.inverts(&place, &self.pieces(network)?)?;
        }
        let slopes = |network: &ScalarNetwork| -> Vec<Rational> {
            network.units.iter().map(|unit| (&unit.a.0 * &unit.w.0).abs()).collect()
        };
        let total = total(&slopes(&data.network), self.clock)?;
        expect_number(&format!("{place}.network: total slope"), p_min, &total)?;
        let Some(width) = params.unit_width else { return Ok(()) };
        let beyond = params.strict && data.pair.is_some();
        let least = if beyond { forced.floor() + Rational::one() } else { forced.ceil() };
        expect("params.unit_width", least.to_integer(), width.into())?;
        let count =
            slopes(data.inner.as_ref().unwrap_or(&data.network)).iter().map(|slope| slope.ceil().to_integer()).sum();
        expect(&format!("{place}: units of weight at most 1"), BigInt::from(width), count)
    }

    fn two_layers(&self, widths: [u64; 2], mlp: &Mlp) -> Result<(), Rejection> {
        let place = "data.inverse-width.two_layers";
        mlp.fits(place, 1, 1)?;
        let [first, second] = mlp.hidden.as_slice() else {
            return Err(wrong(format!("{place}.hidden: layers"), 2, mlp.hidden.len()));
        };
        for (layer, width) in [first, second].into_iter().zip(widths) {
            need(u64::try_from(layer.bias.len()) == Ok(width), "params.two_layers", layer.bias.len(), width)?;
        }
        let lines = first.weight.entries().zip(&first.bias).map(|(weight, bias)| (weight.clone(), bias.0.clone()));
        let (lines, zero): (Vec<_>, _) = (lines.collect(), Rational::zero());
        let later = std::slice::from_ref(second);
        let outputs =
            relu_network([self.low, &Rational::one()], &lines, later, &mlp.output, (&zero, &zero), self.clock)?;
        outputs.first().map_or(Ok(()), |output| self.inverts(place, output))
    }

    fn pieces(&self, network: &ScalarNetwork) -> Result<Piecewise, Rejection> {
        network.pieces(self.low, &Rational::one(), self.clock)
    }

    /// Checks that the function on `[1/(n + leak), 1]` is within tolerance at every end of every interval and at every break inside one.
    fn inverts(&self, place: &str, function: &Piecewise) -> Result<(), Rejection> {
        let nothing = Rational::zero();
        let leaks = [&nothing, self.leak];
        for leak in leaks.into_iter().take(if self.leak.is_zero() { 1 } else { 2 }) {
            // counts still to be met, in descending order because x ascends
            let mut left = self.n;
            for (piece, next) in function.iter().zip(function.iter().skip(1).map(Some).chain([None])) {
                self.clock.spend(piece.from.denom().bits())?;
                // 1/(k + leak) is at most the piece's end, which is in [1/(n + leak), 1]
                let least = next
                    .and_then(|next| reciprocal(&next.from))
                    .map_or_else(Rational::one, |high| (high - leak).ceil());
                let lowest = least.to_integer().to_u64().ok_or_else(|| wrong(place, "ends above 0", &least))?.max(1);
                if lowest <= left {
                    self.line_inverts(place, piece, leak, (lowest, left))?;
                    left = lowest.saturating_sub(1);
                }
            }
        }
        for piece in function.iter().filter(|_| self.leak.is_positive()) {
            self.clock.spend(piece.from.denom().bits())?;
            let Some(high) = reciprocal(&piece.from) else { continue };
            let count = high.floor();
            if compare(&high, &(&count + self.leak)).is_le() {
                let error = (piece.at(&piece.from) - &count).abs();
                self.within(place, &count, error)?;
            }
        }
        Ok(())
    }

    /// Rejects an error at a count that is out of tolerance.
    fn within(&self, place: &str, count: &Rational, error: Rational) -> Result<(), Rejection> {
        let relation = if self.strict { "below" } else { "at most" };
        need(
            self.holds(&error, self.epsilon),
            place,
            format!("an error {relation} {} at count {count}", self.epsilon),
            error,
        )
    }

    /// Checks one line at `x = 1/(k + leak)` for the counts from `lowest` to `highest`.
    fn line_inverts(
        &self,
        place: &str,
        piece: &Piece,
        leak: &Rational,
        (lowest, highest): (u64, u64),
    ) -> Result<(), Rejection> {
        let scale = common_denominator([&piece.slope, &piece.constant])?;
        let (p, e, r, q) = (self.epsilon.numer(), self.epsilon.denom(), leak.numer(), leak.denom());
        let slope = scaled(&piece.slope, &scale) * q;
        let numbers = [slope, scaled(&piece.constant, &scale), &scale * p, scale, e.clone(), r.clone(), q.clone()];
        let (small, big) = (Line::<i128>::new(&numbers), Line::<BigInt>::new(&numbers));
        for k in lowest..=highest {
            self.clock.tick()?;
            let within = small.as_ref().and_then(|line| line.within(k, self.strict));
            if within.or_else(|| big.as_ref()?.within(k, self.strict)) != Some(true) {
                let x = reciprocal(&(integer(k) + leak)).unwrap_or_else(Rational::one);
                self.within(place, &integer(k), (piece.at(&x) - integer(k)).abs())?;
            }
        }
        Ok(())
    }
}

/// The sum of numbers.
fn total(numbers: &[Rational], clock: &Clock<'_>) -> Result<Rational, Rejection> {
    let denominator = common_denominator(numbers)?;
    let mut sum = BigInt::default();
    for number in numbers {
        clock.spend(denominator.bits())?;
        sum += scaled(number, &denominator);
    }
    // a common denominator is above zero
    Ok(Rational::new(sum, denominator))
}

/// A line `(slope x + constant) / scale` and the tolerance `p/e`, as integers: with `leak = r/q`, at `x = q / K` for `K = k q + r`, the error
/// is `(slope q + (constant - k scale) K) / (scale K)`.
struct Line<W> {
    slope_q: W,
    constant: W,
    scale_p: W,
    scale: W,
    e: W,
    r: W,
    q: W,
}

impl<W: Word> Line<W> {
    fn new(numbers: &[BigInt; 7]) -> Option<Self> {
        let [slope_q, constant, scale_p, scale, e, r, q] = numbers.each_ref().map(W::from_big);
        Some(Self { slope_q: slope_q?, constant: constant?, scale_p: scale_p?, scale: scale?, e: e?, r: r?, q: q? })
    }

    /// Whether the error at count `k` is within tolerance; `None` when a word overflows.
    fn within(&self, k: u64, strict: bool) -> Option<bool> {
        let k = W::from_count(k)?;
        let kappa = k.times(&self.q)?.plus(&self.r)?;
        let error = self.constant.minus(&k.times(&self.scale)?)?.times(&kappa)?.plus(&self.slope_q)?;
        let error = if error.signum() < 0 { error.negated()? } else { error };
        let slack = self.scale_p.times(&kappa)?.minus(&error.times(&self.e)?)?;
        Some(slack.signum() > 0 || (slack.signum() == 0 && !strict))
    }
}
