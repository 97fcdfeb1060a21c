//! The simplex method with bounds on all variables, in exact arithmetic (textbook material).
//!
//! Phase 1 minimises the sum of infeasibilities from whatever basis it is given; phase 2 the objective.
//! The largest reduced cost enters; in a run that is long for its size, what improves the objective most does (the cube of Klee and Minty,
//! through all of whose vertices the first rule walks, then takes a step or two); and after a run of steps that go nowhere the
//! smallest index does (Bland's rule) until a step makes progress. So it ends: progress never returns to a basis, and Bland's
//! rule does not cycle.
//!
//! How the numbers are obtained is a [`Dictionary`]'s business.

use super::form::Form;
use super::number::{Number, Overflow};
use num_bigint::BigInt;
use std::cmp::Ordering;

/// Where a variable outside the basis rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    Lower,
    Upper,
    /// At zero, for a variable without bounds.
    Free,
}

impl Rest {
    /// The bound nearest to being natural: the lower one if there is one.
    pub fn natural(form: &Form, variable: usize) -> Self {
        if form.lower[variable].is_some() {
            Self::Lower
        } else if form.upper[variable].is_some() {
            Self::Upper
        } else {
            Self::Free
        }
    }
}

/// Why a run ended without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The caller's `stop` said so.
    Stopped,
    /// A dense dictionary would not fit in memory.
    TooLarge,
    /// Machine integers do not suffice.
    Overflow,
    /// This dictionary cannot go on (a basis that is singular modulo its prime, say).
    Stuck,
}

impl From<Overflow> for Trouble {
    fn from(Overflow: Overflow) -> Self {
        Self::Overflow
    }
}

/// Numerators over one positive denominator.
pub(super) struct Fractions<N> {
    pub numerators: Vec<N>,
    pub denominator: N,
}

/// What reduced costs are asked for.
pub(super) enum Costs<'a> {
    Objective,
    /// One of -1, 0, 1 for each basic variable, in the order of the basis.
    Basic(&'a [i8]),
}

/// The basic variables as linear functions of the others, in whatever representation.
pub(super) trait Dictionary {
    type N: Number;
    fn basic(&self) -> &[usize];
    fn nonbasic(&self) -> &[usize];
    /// Values of the basic variables, in units, when the others rest at `rest` (indexed by variable).
    fn values(&mut self, form: &Form, rest: &[Rest]) -> Result<Fractions<Self::N>, Trouble>;
    /// Reduced costs of the variables outside the basis.
    fn prices(&mut self, form: &Form, costs: Costs<'_>) -> Result<Fractions<Self::N>, Trouble>;
    /// What one unit of the `j`-th variable outside the basis adds to the basic variables.
    fn column(&mut self, form: &Form, j: usize) -> Result<Fractions<Self::N>, Trouble>;
    /// Exchanges the `i`-th basic variable with the `j`-th other one.
    fn pivot(&mut self, i: usize, j: usize) -> Result<(), Trouble>;
}

/// How a run ended.
pub(super) enum Ending<N> {
    /// Values of the basis and reduced costs.
    Optimal { values: Fractions<N>, prices: Fractions<N> },
    /// Reduced costs of the sum of infeasibilities, whose signs at the basic variables are `signs`.
    Infeasible { prices: Fractions<N>, signs: Vec<i8> },
    /// The basis is feasible at `values`; moving the `entering`-th other variable in `direction` never ends.
    Unbounded { values: Fractions<N>, column: Fractions<N>, entering: usize, direction: i8 },
}

/// Steps without progress after which Bland's rule takes over.
const PATIENCE: usize = 12;

/// A run of more steps than this for each variable is long.
const LONG: usize = 4;

/// The value where a resting variable is, in units.
pub(super) fn resting_value(form: &Form, rest: &[Rest], variable: usize) -> Option<BigInt> {
    match rest[variable] {
        Rest::Lower => form.lower[variable].clone(),
        Rest::Upper => form.upper[variable].clone(),
        Rest::Free => None,
    }
}

fn bounds<N: Number>(bounds: &[Option<BigInt>]) -> Result<Vec<Option<N>>, Overflow> {
    bounds.iter().map(|bound| bound.as_ref().map(N::from_big).transpose()).collect()
}

/// Runs from the dictionary's basis to an ending; `rest` is kept up to date, so that a run that ended in
/// trouble can be continued on another dictionary.
pub(super) fn run<D: Dictionary>(
    form: &Form,
    dictionary: &mut D,
    rest: &mut [Rest],
    steps: &mut usize,
    stop: &dyn Fn() -> bool,
) -> Result<Ending<D::N>, Trouble> {
    let lower: Vec<Option<D::N>> = bounds(&form.lower)?;
    let upper: Vec<Option<D::N>> = bounds(&form.upper)?;
    let mut idle = 0;
    let mut unmoved = None;
    let long = steps.saturating_add(lower.len().saturating_mul(LONG));
    loop {
        if stop() {
            return Err(Trouble::Stopped);
        }
        let mut values = match unmoved.take() {
            Some(values) => values,
            None => dictionary.values(form, rest)?,
        };
        let signs = infeasibilities(dictionary.basic(), &values, &lower, &upper);
        let feasible = signs.iter().all(|&sign| sign == 0);
        let costs = if feasible { Costs::Objective } else { Costs::Basic(&signs) };
        let prices = dictionary.prices(form, costs)?;
        let fixed =
            |variable: usize| lower[variable].is_some() && lower[variable] == upper[variable];
        let first = choose_entering(dictionary.nonbasic(), &prices, rest, fixed, idle > PATIENCE);
        let best = match first {
            Some(_) if feasible && *steps > long && idle <= PATIENCE => {
                let candidates = candidates(dictionary.nonbasic(), &prices, rest, fixed);
                let ends = (lower.as_slice(), upper.as_slice());
                largest_gain(form, dictionary, candidates, &values, &prices, ends)?
            }
            other => other,
        };
        let Some((entering, direction)) = best else {
            return Ok(if feasible {
                Ending::Optimal { values, prices }
            } else {
                Ending::Infeasible { prices, signs }
            });
        };
        *steps += 1;
        let variable = dictionary.nonbasic()[entering];
        let column = dictionary.column(form, entering)?;
        let step = Step { basic: dictionary.basic(), values: &values, column: &column, direction };
        let leaving = step.choose_leaving(&signs, &lower, &upper)?;
        let flips = match (&lower[variable], &upper[variable], &leaving) {
            (Some(low), Some(high), Some(leaving)) => {
                let range = high.plus(&low.negated()?)?;
                step.shorter(&range, leaving)?
            }
            (Some(_), Some(_), None) => true,
            _ => false,
        };
        if flips {
            rest[variable] = if direction > 0 { Rest::Upper } else { Rest::Lower };
            idle = 0;
            continue;
        }
        let Some(leaving) = leaving else {
            return if feasible {
                Ok(Ending::Unbounded { values, column, entering, direction })
            } else {
                Err(Trouble::Stuck)
            };
        };
        rest[dictionary.basic()[leaving.position]] = leaving.at;
        dictionary.pivot(leaving.position, entering)?;
        if leaving.slack.sign() == 0 {
            // The point is where it was: the entering variable is basic at the value where it rested.
            let value = resting_value(form, rest, variable).unwrap_or_default();
            values.numerators[leaving.position] =
                <D::N>::from_big(&value)?.times(&values.denominator)?;
            unmoved = Some(values);
            idle += 1;
        } else {
            idle = 0;
        }
    }
}

fn infeasibilities<N: Number>(
    basic: &[usize],
    values: &Fractions<N>,
    lower: &[Option<N>],
    upper: &[Option<N>],
) -> Vec<i8> {
    let one = N::small(1);
    let against = |value: &N, bound: &Option<N>| {
        bound.as_ref().map(|bound| N::compare_products(value, &one, bound, &values.denominator))
    };
    basic
        .iter()
        .zip(&values.numerators)
        .map(|(&variable, value)| {
            if against(value, &lower[variable]) == Some(Ordering::Less) {
                -1
            } else if against(value, &upper[variable]) == Some(Ordering::Greater) {
                1
            } else {
                0
            }
        })
        .collect()
}

/// Variables outside the basis whose move in a direction improves the objective.
fn candidates<N: Number>(
    nonbasic: &[usize],
    prices: &Fractions<N>,
    rest: &[Rest],
    fixed: impl Fn(usize) -> bool,
) -> Vec<(usize, i8)> {
    let all = nonbasic.iter().zip(&prices.numerators).enumerate();
    let improving = all.filter_map(|(position, (&variable, price))| {
        let direction = match (price.sign(), rest[variable]) {
            (-1, Rest::Lower | Rest::Free) => 1,
            (1, Rest::Upper | Rest::Free) => -1,
            _ => return None,
        };
        (!fixed(variable)).then_some((position, direction))
    });
    improving.collect()
}

/// Lower and upper bounds of all variables.
type Ends<'a, N> = (&'a [Option<N>], &'a [Option<N>]);

/// A candidate, and the numerator and denominator of what it gains.
type Gain<N> = ((usize, i8), N, N);

/// The candidate whose step improves the objective most, from a feasible basis; the first of those that do alike.
fn largest_gain<D: Dictionary>(
    form: &Form,
    dictionary: &mut D,
    candidates: Vec<(usize, i8)>,
    values: &Fractions<D::N>,
    prices: &Fractions<D::N>,
    (lower, upper): Ends<'_, D::N>,
) -> Result<Option<(usize, i8)>, Trouble> {
    let feasible = vec![0; dictionary.basic().len()];
    let mut best: Option<Gain<D::N>> = None;
    for (entering, direction) in candidates {
        let column = dictionary.column(form, entering)?;
        let step = Step { basic: dictionary.basic(), values, column: &column, direction };
        let leaving = step.choose_leaving(&feasible, lower, upper)?;
        let variable = dictionary.nonbasic()[entering];
        let range = match (&lower[variable], &upper[variable]) {
            (Some(low), Some(high)) => Some(high.plus(&low.negated()?)?),
            _ => None,
        };
        let flips = match (&range, &leaving) {
            (Some(range), Some(leaving)) => step.shorter(range, leaving)?,
            (range, _) => range.is_some(),
        };
        let price = &prices.numerators[entering];
        let price = if price.sign() < 0 { price.negated()? } else { price.clone() };
        // the gain over what all have in common, as a fraction
        let (gain, over) = match (range, leaving) {
            (Some(range), _) if flips => {
                (price.times(&range)?.times(&values.denominator)?, D::N::small(1))
            }
            (_, Some(leaving)) => {
                (price.times(&leaving.slack)?.times(&column.denominator)?, leaving.speed)
            }
            // it never ends
            _ => return Ok(Some((entering, direction))),
        };
        let better = best.as_ref().is_none_or(|(_, most, under)| {
            D::N::compare_products(&gain, under, most, &over) == Ordering::Greater
        });
        if better {
            best = Some(((entering, direction), gain, over));
        }
    }
    Ok(best.map(|(candidate, ..)| candidate))
}

fn choose_entering<N: Number>(
    nonbasic: &[usize],
    prices: &Fractions<N>,
    rest: &[Rest],
    fixed: impl Fn(usize) -> bool,
    bland: bool,
) -> Option<(usize, i8)> {
    let mut best: Option<(usize, i8)> = None;
    for (position, direction) in candidates(nonbasic, prices, rest, fixed) {
        let (variable, price) = (nonbasic[position], &prices.numerators[position]);
        let better = best.is_none_or(|(other, other_direction)| {
            if bland {
                return variable < nonbasic[other];
            }
            let other_price = &prices.numerators[other];
            // |price| > |other price|, both known to have the sign opposite to the direction
            match (direction, other_direction) {
                (1, 1) => price < other_price,
                (-1, -1) => price > other_price,
                _ => match (price.negated(), other_price.negated()) {
                    (Ok(_), Ok(negative)) if direction == 1 => *price < negative,
                    (Ok(_), Ok(negative)) => *price > negative,
                    _ => false,
                },
            }
        });
        if better {
            best = Some((position, direction));
        }
    }
    best
}

/// A basic variable that stops a step, the distance `slack` it may go (over the values' denominator).
struct Leaving<N> {
    position: usize,
    slack: N,
    /// Absolute change of the variable for one unit of the entering one.
    speed: N,
    at: Rest,
}

struct Step<'a, N> {
    basic: &'a [usize],
    values: &'a Fractions<N>,
    column: &'a Fractions<N>,
    direction: i8,
}

impl<N: Number> Step<'_, N> {
    /// The first basic variable to reach a bound; among equals the one with the smallest index.
    fn choose_leaving(
        &self,
        signs: &[i8],
        lower: &[Option<N>],
        upper: &[Option<N>],
    ) -> Result<Option<Leaving<N>>, Overflow> {
        let mut best: Option<Leaving<N>> = None;
        for (position, (change, value)) in
            self.column.numerators.iter().zip(&self.values.numerators).enumerate()
        {
            let moves = change.sign() * self.direction;
            let variable = self.basic[position];
            let at = match (moves, signs[position]) {
                (0, _) | (-1, -1) | (1, 1) => continue,
                (1, -1) => Rest::Lower,
                (-1, 1) => Rest::Upper,
                (1, _) => Rest::Upper,
                _ => Rest::Lower,
            };
            let bound = match at {
                Rest::Lower => &lower[variable],
                _ => &upper[variable],
            };
            let Some(bound) = bound else { continue };
            let gap = bound.times(&self.values.denominator)?.plus(&value.negated()?)?;
            let slack = if gap.sign() < 0 { gap.negated()? } else { gap };
            let speed = if change.sign() < 0 { change.negated()? } else { change.clone() };
            let better = best.as_ref().is_none_or(|other| {
                match N::compare_products(&slack, &other.speed, &other.slack, &speed) {
                    Ordering::Less => true,
                    Ordering::Equal => variable < self.basic[other.position],
                    Ordering::Greater => false,
                }
            });
            if better {
                best = Some(Leaving { position, slack, speed, at });
            }
        }
        Ok(best)
    }

    /// Whether moving by `range` units is at most as far as `leaving` allows:
    /// `range <= (slack / values.denominator) / (speed / column.denominator)`.
    fn shorter(&self, range: &N, leaving: &Leaving<N>) -> Result<bool, Overflow> {
        let left = range.times(&leaving.speed)?;
        let ordering = if self.values.denominator == self.column.denominator {
            left.cmp(&leaving.slack)
        } else {
            N::compare_products(
                &left,
                &self.values.denominator,
                &leaving.slack,
                &self.column.denominator,
            )
        };
        Ok(ordering != Ordering::Greater)
    }
}
