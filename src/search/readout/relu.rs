//! The worst input of a given readout with one hidden layer of ReLU units.
//!
//! For a query `q` and counts `c` the readout is `y = sum_i o_i ReLU(w_i . u + b_i) + a . u + a_0` with
//! `u = (1/n) sum_j c_j v_j`. The worst of `|y - c_q|` over all count vectors is found by branch and bound with
//! exact linear programs: a unit whose sign is open is relaxed to a triangle, the worst misfit is split
//! first, and when all units fit, counts that are not whole are split. Without units one program suffices.

use crate::kernel::kind::{LpOutcome, Relation, Sense};
use crate::kernel::number::{Matrix, Rational, integer};
use crate::search::lp::Build;
use crate::search::lp::{LpOptions, Region, Undecided};
use num_traits::{Signed, Zero};

/// `y = output . ReLU(hidden u + hidden_bias) + linear . u + bias`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReluReadout {
    /// `[w, d]`
    pub hidden: Matrix,
    /// `[w]`
    pub hidden_bias: Vec<Rational>,
    /// `[w]`
    pub output: Vec<Rational>,
    /// `[d]`
    pub linear: Vec<Rational>,
    pub bias: Rational,
}

/// The input with the largest error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worst {
    /// `[m]`
    pub counts: Vec<u64>,
    /// `y - c_q` there
    pub error: Rational,
}

impl ReluReadout {
    /// `y` at the state of `counts` (their sum is `n`).
    #[must_use]
    pub fn value(&self, embedding: &Matrix, counts: &[u64]) -> Rational {
        let n: u64 = counts.iter().sum();
        let at = |weights: &[Rational]| -> Rational {
            let sum: Rational = counts
                .iter()
                .enumerate()
                .filter(|(_, count)| **count > 0)
                .map(|(j, count)| dot(weights, embedding.row(j)) * integer(*count))
                .sum();
            sum / integer(n.max(1))
        };
        let hidden: Rational = self
            .output
            .iter()
            .enumerate()
            .zip(&self.hidden_bias)
            .map(|((i, output), bias)| {
                let before = at(self.hidden.row(i)) + bias;
                if before.is_positive() { output * before } else { Rational::zero() }
            })
            .sum();
        hidden + at(&self.linear) + &self.bias
    }
}

fn dot(left: &[Rational], right: &[Rational]) -> Rational {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// What is known of a unit in a part of the search.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Open,
    On,
    Off,
}

#[derive(Clone)]
struct Part {
    units: Vec<Unit>,
    /// Counts `low <= c_j <= high`.
    low: Vec<u64>,
    high: Vec<u64>,
}

/// The input of length `n` with query `query` on which the readout errs most.
///
/// # Errors
/// [`Undecided`] when `options.stop` said so, or the shapes do not fit.
pub fn worst_input(
    embedding: &Matrix,
    readout: &ReluReadout,
    query: usize,
    n: u64,
    options: &LpOptions<'_>,
) -> Result<Worst, Undecided> {
    let (m, width) = (embedding.rows(), readout.output.len());
    let fits = query < m
        && n > 0
        && readout.hidden.rows() == width
        && readout.hidden_bias.len() == width
        && readout.linear.len() == embedding.cols()
        && (width == 0 || readout.hidden.cols() == embedding.cols());
    if !fits {
        let reason = "embedding, readout and query do not fit together".to_owned();
        return Err(Undecided::Refused { reason });
    }
    let mut low = vec![0; m];
    low[query] = 1;
    let root = Part { units: vec![Unit::Open; width], low, high: vec![n; m] };
    let mut first = vec![0; m];
    first[query] = n;
    let error = readout.value(embedding, &first) - integer(n);
    let mut search =
        Search { embedding, readout, query, n, options, best: Worst { counts: first, error } };
    for sign in [1, -1] {
        let mut open = vec![root.clone()];
        while let Some(part) = open.pop() {
            search.branch(part, sign, &mut open)?;
        }
    }
    Ok(search.best)
}

struct Search<'a> {
    embedding: &'a Matrix,
    readout: &'a ReluReadout,
    query: usize,
    n: u64,
    options: &'a LpOptions<'a>,
    best: Worst,
}

impl Search<'_> {
    /// `w . u + b` as terms over the counts and a constant.
    fn form(&self, weights: &[Rational]) -> Vec<(usize, Rational)> {
        let n = integer(self.n);
        let terms = (0..self.embedding.rows())
            .map(|j| (j, dot(weights, self.embedding.row(j)) / &n))
            .filter(|(_, value)| !value.is_zero());
        terms.collect()
    }

    /// The counts of a part, and the state of its units: counts first, then one output for each unit.
    fn region(&self, part: &Part) -> Result<Option<Region>, Undecided> {
        let wrong =
            |error: crate::search::lp::LpError| Undecided::Refused { reason: error.to_string() };
        let (m, width) = (self.embedding.rows(), self.readout.output.len());
        let mut counts = Region::new(m, Some(&Rational::zero()), None);
        let total = (0..m).map(|j| (j, integer(1)));
        counts.add_row(total, Relation::Equal, integer(self.n)).map_err(wrong)?;
        for j in 0..m {
            let one = || [(j, integer(1))];
            counts.add_row(one(), Relation::AtLeast, integer(part.low[j])).map_err(wrong)?;
            counts.add_row(one(), Relation::AtMost, integer(part.high[j])).map_err(wrong)?;
        }
        for (i, unit) in part.units.iter().enumerate().filter(|(_, unit)| **unit != Unit::Open) {
            let side = if *unit == Unit::On { Relation::AtLeast } else { Relation::AtMost };
            let form = self.form(self.readout.hidden.row(i));
            counts.add_row(form, side, -&self.readout.hidden_bias[i]).map_err(wrong)?;
        }
        let range = |counts: &mut Region, sense, form: &[(usize, Rational)]| {
            let solved = counts.optimise(sense, form, self.options)?;
            Ok::<_, Undecided>(match solved.outcome {
                LpOutcome::Optimal { primal, .. } => {
                    Some(form.iter().map(|(j, value)| value * &primal[*j]).sum::<Rational>())
                }
                _ => None,
            })
        };
        let mut all = counts.program().clone();
        for _ in 0..width {
            all.add(Some(Rational::zero()), None, Rational::zero());
        }
        for (i, unit) in part.units.iter().enumerate() {
            let form = self.form(self.readout.hidden.row(i));
            let bias = &self.readout.hidden_bias[i];
            let (Some(least), Some(most)) = (
                range(&mut counts, Sense::Minimise, &form)?,
                range(&mut counts, Sense::Maximise, &form)?,
            ) else {
                return Ok(None);
            };
            let (least, most) = (least + bias, most + bias);
            let mut row = |slope: Rational, relation, rhs| {
                let terms = form.iter().map(|(j, value)| (*j, -(value * &slope)));
                let terms: Vec<_> = terms.chain([(m + i, integer(1))]).collect();
                all.add_row("", terms, relation, rhs).map(|_| ()).map_err(wrong)
            };
            if *unit == Unit::Off || !most.is_positive() {
                row(Rational::zero(), Relation::Equal, Rational::zero())?;
            } else if *unit == Unit::On || !least.is_negative() {
                row(integer(1), Relation::Equal, bias.clone())?;
            } else {
                row(integer(1), Relation::AtLeast, bias.clone())?;
                let slope = &most / (&most - &least);
                let rhs = &slope * (bias - &least);
                row(slope, Relation::AtMost, rhs)?;
            }
        }
        Ok(Some(Region::of(&all)))
    }

    fn branch(&mut self, part: Part, sign: i8, open: &mut Vec<Part>) -> Result<(), Undecided> {
        let m = self.embedding.rows();
        let Some(mut region) = self.region(&part)? else { return Ok(()) };
        let sign = integer(sign);
        let mut goal = self.form(&self.readout.linear);
        goal.push((self.query, integer(-1)));
        goal.extend(self.readout.output.iter().enumerate().map(|(i, o)| (m + i, o.clone())));
        goal.iter_mut().for_each(|(_, value)| *value *= &sign);
        let solved = region.optimise(Sense::Maximise, &goal, self.options)?;
        let LpOutcome::Optimal { primal, .. } = solved.outcome else { return Ok(()) };
        let relaxed: Rational = goal.iter().map(|(j, value)| value * &primal[*j]).sum();
        if relaxed + &sign * &self.readout.bias <= self.best.error.abs() {
            return Ok(());
        }
        self.round(&primal[..m], &part);
        if let Some(unit) = self.misfit(&part, &primal) {
            for state in [Unit::On, Unit::Off] {
                let mut child = part.clone();
                child.units[unit] = state;
                open.push(child);
            }
        } else if let Some(j) = (0..m).find(|&j| !primal[j].is_integer()) {
            let floor = u64::try_from(primal[j].floor().to_integer()).unwrap_or(0);
            let (mut below, mut above) = (part.clone(), part);
            below.high[j] = floor;
            above.low[j] = floor + 1;
            open.extend([below, above]);
        }
        Ok(())
    }

    /// The open unit whose relaxed output is furthest from what it should be, weighted by its output.
    fn misfit(&self, part: &Part, primal: &[Rational]) -> Option<usize> {
        let m = self.embedding.rows();
        let gap = |i: usize| {
            let form = self.form(self.readout.hidden.row(i));
            let before: Rational = form.iter().map(|(j, value)| value * &primal[*j]).sum();
            let before = before + &self.readout.hidden_bias[i];
            let right = if before.is_positive() { before } else { Rational::zero() };
            ((&primal[m + i] - right) * &self.readout.output[i]).abs()
        };
        (0..part.units.len())
            .filter(|&i| part.units[i] == Unit::Open)
            .map(|i| (gap(i), i))
            .filter(|(gap, _)| gap.is_positive())
            .max()
            .map(|(_, i)| i)
    }

    /// Tries the whole count vector next to `point`: floors, and the largest remainders one more.
    fn round(&mut self, point: &[Rational], part: &Part) {
        let floor = |value: &Rational| u64::try_from(value.floor().to_integer()).unwrap_or(0);
        let mut counts: Vec<u64> = point.iter().map(floor).collect();
        let mut missing = self.n.saturating_sub(counts.iter().sum());
        let mut order: Vec<usize> = (0..counts.len()).collect();
        order.sort_by_key(|&j| (point[j].floor() - &point[j], j));
        for j in order {
            if missing > 0 && counts[j] < part.high[j] {
                counts[j] += 1;
                missing -= 1;
            }
        }
        if missing > 0 || counts[self.query] == 0 {
            return;
        }
        let error = self.readout.value(self.embedding, &counts) - integer(counts[self.query]);
        if error.abs() > self.best.error.abs() {
            self.best = Worst { counts, error };
        }
    }
}
