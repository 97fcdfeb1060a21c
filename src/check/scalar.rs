//! Networks of one input as lists of lines, and whether they are within tolerance of the inverse.
//!
//! The lines come from the weights alone: kinks are sorted, and each adds its unit's line on the side where the unit is
//! active. On a line `N(x) = (s x + t) / D` with integers `s, t, D > 0`, at `x = q / K` with `K = k q + r` (`delta = r/q`), the error
//! is `(s q + t K - k D K) / (D K)`; two products decide whether it is at most `epsilon = p/e`. That runs on machine words where they
//! hold the numbers, so `n` points and `W` kinks take `O(n + W log W)` operations.

use super::{KeepGoing, Rejection, wrong};
use crate::exact::{Rational, integer};
use crate::model::{Affine, Mlp, ScalarNetwork, ScalarUnit, Word};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// `slope x + constant` for `x` up to `end`; the last piece has no end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub end: Option<Rational>,
    pub slope: Rational,
    pub constant: Rational,
}

/// What is asked: `|N(x) - k| <= epsilon` (`<` when `strict`) for `x` in `[1/(k + leak), 1/k]`, `k = 1..n`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inverse<'a> {
    pub n: u64,
    pub epsilon: &'a Rational,
    pub leak: &'a Rational,
    pub strict: bool,
}

#[derive(Debug, Clone)]
struct Line {
    slope: Rational,
    constant: Rational,
}

impl Line {
    fn zero() -> Self {
        Self { slope: Rational::zero(), constant: Rational::zero() }
    }
    fn plus(&self, factor: &Rational, other: &Self) -> Self {
        if factor.is_one() {
            let (slope, constant) = (&self.slope + &other.slope, &self.constant + &other.constant);
            return Self { slope, constant };
        }
        Self {
            slope: &self.slope + factor * &other.slope,
            constant: &self.constant + factor * &other.constant,
        }
    }
}

/// The lines of a network with one hidden layer, from left to right.
pub(super) fn pieces(network: &ScalarNetwork) -> Vec<Piece> {
    let line =
        |unit: &ScalarUnit| Line { slope: &unit.a.0 * &unit.w.0, constant: &unit.a.0 * &unit.b.0 };
    let mut affine = Line { slope: network.alpha.0.clone(), constant: network.beta.0.clone() };
    // (kink, active to its right?, line)
    let mut kinks: Vec<(Rational, bool, Line)> = Vec::new();
    for unit in &network.units {
        if unit.w.0.is_zero() {
            if unit.b.0.is_positive() {
                affine.constant += &unit.a.0 * &unit.b.0;
            }
        } else {
            kinks.push((-&unit.b.0 / &unit.w.0, unit.w.0.is_positive(), line(unit)));
        }
    }
    kinks.sort_by(|a, b| a.0.cmp(&b.0));
    // sums from the left of what is active to the right, and from the right of what is active to the left:
    // in this order the sums of a maximum of lines are lines again, with small denominators
    let one = Rational::one();
    let mut lefts = vec![Line::zero()];
    for (_, rightward, line) in kinks.iter().rev() {
        let last = lefts.last().cloned().unwrap_or_else(Line::zero);
        lefts.push(if *rightward { last } else { last.plus(&one, line) });
    }
    lefts.reverse();
    let mut right = affine;
    let mut found = Vec::with_capacity(lefts.len());
    for (i, left) in lefts.iter().enumerate() {
        if let Some((_, true, line)) = i.checked_sub(1).and_then(|i| kinks.get(i)) {
            right = right.plus(&one, line);
        }
        let sum = right.plus(&one, left);
        let end = kinks.get(i).map(|(kink, ..)| kink.clone());
        found.push(Piece { end, slope: sum.slope, constant: sum.constant });
    }
    found
}

/// The lines of a network of one input with any number of hidden layers, on `[low, high]`.
pub(super) fn deep_pieces(
    place: &str,
    mlp: &Mlp,
    low: &Rational,
    high: &Rational,
    keep_going: KeepGoing<'_>,
) -> Result<Vec<Piece>, Rejection> {
    let identity = Line { slope: Rational::one(), constant: Rational::zero() };
    let mut segments = vec![(low.clone(), high.clone(), vec![identity])];
    let mut width = 1;
    for layer in &mlp.hidden {
        fits(place, layer, layer.weight.rows(), width)?;
        width = layer.weight.rows();
        let rows = layer.weight.to_rows();
        let mut next = Vec::new();
        for (low, high, inputs) in segments {
            if !keep_going() {
                return Err(Rejection::Stopped);
            }
            let lines: Vec<Line> = rows
                .iter()
                .zip(&layer.bias)
                .map(|(row, bias)| row_of(row, &bias.0, &inputs))
                .collect();
            // where each line is zero, if anywhere
            let zeros: Vec<Option<Rational>> = lines
                .iter()
                .map(|line| (!line.slope.is_zero()).then(|| -&line.constant / &line.slope))
                .collect();
            let inside = |x: &&Rational| low < **x && **x < high;
            let mut cuts: Vec<Rational> = zeros.iter().flatten().filter(inside).cloned().collect();
            cuts.sort();
            cuts.dedup();
            cuts.push(high.clone());
            let mut left = low.clone();
            for right in cuts {
                let active = |(line, zero): (&Line, &Option<Rational>)| {
                    let on = match zero {
                        None => line.constant.is_positive(),
                        Some(zero) if line.slope.is_positive() => *zero <= left,
                        Some(zero) => right <= *zero,
                    };
                    if on { line.clone() } else { Line::zero() }
                };
                next.push((
                    left.clone(),
                    right.clone(),
                    lines.iter().zip(&zeros).map(active).collect(),
                ));
                left = right;
            }
        }
        segments = next;
    }
    fits(place, &mlp.output, 1, width)?;
    let row = mlp.output.weight.row(0);
    let bias = mlp.output.bias.first().map(|bias| bias.0.clone()).unwrap_or_default();
    let count = segments.len();
    let piece = |(i, (_, end, lines)): (usize, (Rational, Rational, Vec<Line>))| {
        let Line { slope, constant } = row_of(&row, &bias, &lines);
        Piece { end: (i + 1 < count).then_some(end), slope, constant }
    };
    Ok(segments.into_iter().enumerate().map(piece).collect())
}

fn row_of(row: &[Rational], bias: &Rational, inputs: &[Line]) -> Line {
    let start = Line { slope: Rational::zero(), constant: bias.clone() };
    row.iter()
        .zip(inputs)
        .filter(|(weight, line)| {
            !(weight.is_zero() || line.slope.is_zero() && line.constant.is_zero())
        })
        .fold(start, |sum, (weight, line)| sum.plus(weight, line))
}

fn fits(place: &str, map: &Affine, out: usize, width: usize) -> Result<(), Rejection> {
    let found = (map.weight.rows(), map.weight.cols(), map.bias.len());
    if found == (out, width, out) {
        Ok(())
    } else {
        let (rows, cols, biases) = found;
        let expected = format!("shape [{out}, {width}] and {out} biases");
        Err(wrong(place, expected, format!("[{rows}, {cols}] and {biases}")))
    }
}

/// Checks that the function is within tolerance at every end of every interval and at every kink inside one.
pub(super) fn inverts(
    place: &str,
    pieces: &[Piece],
    inverse: Inverse<'_>,
    keep_going: KeepGoing<'_>,
) -> Result<(), Rejection> {
    let nothing = Rational::zero();
    let leaks = if inverse.leak.is_zero() { vec![&nothing] } else { vec![&nothing, inverse.leak] };
    for leak in leaks {
        // counts still to be met, in descending order because x ascends
        let mut left = inverse.n;
        for piece in pieces {
            if !keep_going() {
                return Err(Rejection::Stopped);
            }
            let lowest = match &piece.end {
                None => 1,
                Some(end) if end.is_positive() => {
                    // 1/(k + leak) <= end
                    let least = (end.recip() - leak).ceil().to_integer().max(BigInt::one());
                    least.to_u64().unwrap_or(u64::MAX)
                }
                Some(_) => u64::MAX,
            };
            if lowest <= left {
                line_inverts(place, piece, inverse, leak, lowest..=left)?;
                left = lowest - 1;
            }
        }
        if left > 0 {
            return Err(wrong(place, "a function of all x", format!("none at count {left}")));
        }
    }
    if inverse.leak.is_positive() {
        for piece in pieces {
            let Some(end) = piece.end.as_ref().filter(|end| end.is_positive()) else { continue };
            let count = end.recip().floor();
            let inside = count >= Rational::one()
                && count <= integer(inverse.n)
                && end.recip() <= &count + inverse.leak;
            let error = (&piece.slope * end + &piece.constant - &count).abs();
            if inside && (error > *inverse.epsilon || (inverse.strict && error == *inverse.epsilon))
            {
                return Err(beyond(place, &count, &error, inverse));
            }
        }
    }
    Ok(())
}

fn beyond(place: &str, count: &Rational, error: &Rational, inverse: Inverse<'_>) -> Rejection {
    let relation = if inverse.strict { "below" } else { "at most" };
    let expected = format!("an error {relation} {} at count {count}", inverse.epsilon);
    wrong(place, expected, error)
}

/// Checks one line at `x = 1/(k + leak)` for the `counts` `k`.
fn line_inverts(
    place: &str,
    piece: &Piece,
    inverse: Inverse<'_>,
    leak: &Rational,
    counts: std::ops::RangeInclusive<u64>,
) -> Result<(), Rejection> {
    let scale = piece.slope.denom().lcm(piece.constant.denom());
    let over = |value: &Rational| value.numer() * (&scale / value.denom());
    let numbers = [
        over(&piece.slope),
        over(&piece.constant),
        scale.clone(),
        inverse.epsilon.numer().clone(),
        inverse.epsilon.denom().clone(),
        leak.numer().clone(),
        leak.denom().clone(),
    ];
    let small = Words::<i128>::new(&numbers);
    let big = Words::<BigInt>::new(&numbers);
    for k in counts {
        let within = small
            .as_ref()
            .and_then(|words| words.within(k, inverse.strict))
            .or_else(|| big.as_ref()?.within(k, inverse.strict));
        if within != Some(true) {
            let x = (integer(k) + leak).recip();
            let error = (&piece.slope * x + &piece.constant - integer(k)).abs();
            return Err(beyond(place, &integer(k), &error, inverse));
        }
    }
    Ok(())
}

/// The integers of one line and the tolerance.
struct Words<W> {
    slope_q: W,
    constant: W,
    minus_scale: W,
    scale_p: W,
    e: W,
    minus_e: W,
    r: W,
    q: W,
}

impl<W: Word> Words<W> {
    fn new([slope, constant, scale, p, e, r, q]: &[BigInt; 7]) -> Option<Self> {
        Some(Self {
            slope_q: W::from_big(&(slope * q))?,
            constant: W::from_big(constant)?,
            minus_scale: W::from_big(&-scale)?,
            scale_p: W::from_big(&(scale * p))?,
            e: W::from_big(e)?,
            minus_e: W::from_big(&-e)?,
            r: W::from_big(r)?,
            q: W::from_big(q)?,
        })
    }

    /// Whether the error at count `k` is within tolerance; `None` when a word overflows.
    fn within(&self, k: u64, strict: bool) -> Option<bool> {
        let k = W::from_count(k);
        let kappa = k.times(&self.q)?.plus(&self.r)?;
        let line = self.constant.plus(&self.minus_scale.times(&k)?)?;
        let error = self.slope_q.plus(&line.times(&kappa)?)?;
        let room = self.scale_p.times(&kappa)?;
        let fits = |slack: W| !(slack.is_negative() || (strict && slack.is_zero()));
        Some(
            fits(room.plus(&error.times(&self.e)?)?)
                && fits(room.plus(&error.times(&self.minus_e)?)?),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::ratio;
    use proptest::prelude::*;

    fn network(units: &[(i64, i64, i64)], alpha: i64, beta: i64) -> ScalarNetwork {
        let unit = |&(a, w, b): &(i64, i64, i64)| ScalarUnit {
            a: ratio(a, 3).into(),
            w: integer(w).into(),
            b: ratio(b, 2).into(),
        };
        ScalarNetwork {
            alpha: integer(alpha).into(),
            beta: integer(beta).into(),
            units: units.iter().map(unit).collect(),
        }
    }

    fn at(pieces: &[Piece], x: &Rational) -> Rational {
        let piece = pieces.iter().find(|p| p.end.as_ref().is_none_or(|end| x <= end)).unwrap();
        &piece.slope * x + &piece.constant
    }

    proptest! {
        #[test]
        fn the_lines_are_the_network(
            units in proptest::collection::vec((-5i64..5, -3i64..4, -6i64..6), 0..7),
            alpha in -3i64..3,
            x in -40i64..40,
        ) {
            let network = network(&units, alpha, 1);
            let x = ratio(x, 7);
            prop_assert_eq!(at(&pieces(&network), &x), network.value(&x));
        }
    }

    #[test]
    fn the_tolerance_is_exact() {
        // 5 - 4x is 1 at 1, 3 at 1/2, 11/3 at 1/3
        let network = network(&[], -4, 5);
        let check = |n, epsilon: &Rational, leak: &Rational, strict| {
            let inverse = Inverse { n, epsilon, leak, strict };
            inverts("network", &pieces(&network), inverse, &|| true).is_ok()
        };
        let zero = ratio(0, 1);
        assert!(check(3, &integer(1), &zero, false) && !check(3, &integer(1), &zero, true));
        assert!(check(1, &zero, &zero, false) && !check(1, &zero, &zero, true));
        // 1/(1 + 1/3): 5 - 3 = 2
        assert!(check(1, &integer(1), &ratio(1, 3), false));
        assert!(!check(1, &ratio(99, 100), &ratio(1, 3), false));
    }
}
