//! Exact linear programming: floats propose a basis, exact arithmetic decides.
//!
//! [`solve`] returns an optimum, a contradiction or a ray of a rational linear program, always with the
//! numbers that prove it, and always after the trusted [`LpOutcome::check`] has accepted them. Small
//! programs go to a dense integer-preserving simplex at once. For larger ones a simplex method in floats
//! proposes a basis, p-adic lifting solves that basis exactly, and the exact simplex goes on from there
//! when floats were wrong. The method is that of QSopt_ex and SoPlex
//! (Applegate, Cook, Dash, Espinoza, "Exact solutions to linear programming problems", 2007), written anew.

mod crossover;
mod float;
mod form;
mod lifting;
mod modular;
mod number;
mod program;
mod ray;
pub mod read;
mod region;
mod revised;
mod simplex;
mod tableau;

pub use program::{Build, LpError};
pub use region::Region;

use crate::kernel::Clock;
use crate::kernel::kind::{LinearProgram, LpOutcome, LpVerdict};
use crossover::{Start, logical_start, start_at};
use float::{ATTEMPTS, Proposal, propose};
use form::{Form, Small};
use num_bigint::BigInt;
use num_traits::{One, Zero};
use number::{Number, Overflow};
use revised::Revised;
use simplex::{Dictionary, Ending, Fractions, Rest, Trouble, run};
use std::cell::Cell;
use std::time::Instant;
use tableau::Tableau;

/// Where to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Exact at once when small, floats first otherwise.
    #[default]
    Automatic,
    /// Never asks a float solver.
    Exact,
    /// Asks a float solver whatever the size.
    Float,
}

/// How to solve and when to give up.
#[derive(Clone, Copy)]
pub struct LpOptions<'a> {
    pub method: Method,
    /// Polled between steps; `true` ends the search as [`Undecided`].
    pub stop: &'a dyn Fn() -> bool,
    /// Proposals in floats for one program get at most this many seconds together (microlp and HiGHS do not poll `stop`).
    pub float_seconds: f64,
}

impl Default for LpOptions<'_> {
    fn default() -> Self {
        Self { method: Method::Automatic, stop: &|| false, float_seconds: 60.0 }
    }
}

/// A checked outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solved {
    pub outcome: LpOutcome,
    /// What the trusted checker concluded from `outcome`.
    pub verdict: LpVerdict,
    /// Exact simplex steps taken; 0 when the float solver's basis was right.
    pub steps: usize,
}

/// No verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    #[error("stopped after {steps} exact simplex steps, within the limits given")]
    Stopped { steps: usize },
    #[error("the program needs the dense exact simplex, and is too large for it")]
    TooLarge,
    #[error("the solver's own outcome was refused by the checker ({reason}); this is a defect")]
    Refused { reason: String },
}

/// The most entries of a dense dictionary: some gigabytes when all are long.
const MOST_ENTRIES: usize = 1 << 24;

/// Up to this many entries (rows times columns) the dense simplex needs no help from floats, ...
const SMALL_PROGRAM: usize = 1500;
/// ... but beyond this many only when at least a quarter of them is not zero.
const TINY_PROGRAM: usize = 400;

/// Solves a linear program exactly.
///
/// # Errors
/// [`Undecided`] when `options.stop` said so.
///
/// ```
/// use counterproof::kernel::kind::{LinearProgram, LpVerdict, Relation, Sense};
/// use counterproof::kernel::number::{integer, ratio};
/// use counterproof::search::lp::{Build, LpOptions, solve};
///
/// // maximise x + y where 3 x + y <= 1 and x + 3 y <= 1
/// let mut program = LinearProgram::new(Sense::Maximise);
/// let [x, y] = [0, 1].map(|_| program.add(Some(integer(0)), None, integer(1)));
/// program.add_row("", [(x, integer(3)), (y, integer(1))], Relation::AtMost, integer(1))?;
/// program.add_row("", [(x, integer(1)), (y, integer(3))], Relation::AtMost, integer(1))?;
/// let solved = solve(&program, &LpOptions::default())?;
/// assert_eq!(solved.verdict, LpVerdict::Optimal(ratio(1, 2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solve(program: &LinearProgram, options: &LpOptions<'_>) -> Result<Solved, Undecided> {
    solve_any(program, options, false)
}

/// An `elastic` program has a point and an optimum by construction: no further program helps with it.
fn solve_any(
    program: &LinearProgram,
    options: &LpOptions<'_>,
    elastic: bool,
) -> Result<Solved, Undecided> {
    let form = Form::new(program);
    let steps = Cell::new(0);
    let finish = |outcome: LpOutcome| match outcome.check(program, &Clock::unlimited()) {
        Ok(verdict) => Ok(Solved { outcome, verdict, steps: steps.get() }),
        Err(error) => Err(Undecided::Refused { reason: error.to_string() }),
    };
    if let Some(variable) = form.empty_bounds() {
        return finish(LpOutcome::EmptyBounds { variable });
    }
    let size = form.rows.len().saturating_mul(form.structurals);
    let entries: usize = form.rows.iter().map(Vec::len).sum();
    let dense = size <= TINY_PROGRAM || (size <= SMALL_PROGRAM && 4 * entries >= size);
    let floats = match options.method {
        Method::Exact => false,
        Method::Float => true,
        Method::Automatic => !dense,
    };
    let solver = Solver { program, form: &form, options, steps: &steps, elastic };
    let attempt = match &form.small {
        Some(small) if floats => solver.with_floats(small, 0..ATTEMPTS),
        Some(small) if !dense => solver.revised(small, logical_start(&form)),
        _ => Err(Trouble::Stuck),
    };
    let stopped = || Err(Undecided::Stopped { steps: steps.get() });
    match attempt {
        Err(Trouble::Stopped) => return stopped(),
        Err(_) => {}
        Ok(outcome) => {
            let solved = finish(outcome);
            if solved.is_ok() {
                return solved;
            }
        }
    }
    match Dense::new(&form).and_then(|mut state| solver.dense(&mut state)) {
        Ok(outcome) => finish(outcome),
        Err(Trouble::Stopped) => stopped(),
        Err(Trouble::TooLarge) => Err(Undecided::TooLarge),
        Err(trouble) => Err(Undecided::Refused { reason: format!("{trouble:?}") }),
    }
}

/// A dense dictionary on the integers it needs, and where its other variables rest.
struct Dense {
    table: Table,
    rest: Vec<Rest>,
}

enum Table {
    Small(Tableau<i64>),
    Big(Tableau<BigInt>),
}

impl Dense {
    fn new(form: &Form) -> Result<Self, Trouble> {
        if form.rows.len().saturating_mul(form.structurals) > MOST_ENTRIES {
            return Err(Trouble::TooLarge);
        }
        let table = match Tableau::new(form) {
            Ok(table) => Table::Small(table),
            Err(_) => Table::Big(Tableau::new(form)?),
        };
        Ok(Self { table, rest: logical_start(form).rest })
    }

    /// Keeps the basis and takes over the objective of `form`.
    fn take_cost(&mut self, form: &Form) -> Result<(), Overflow> {
        if let Table::Big(table) = &self.table
            && let Ok(small) = table.convert()
        {
            self.table = Table::Small(small);
        }
        if let Table::Small(table) = &mut self.table {
            if table.take_cost(form).is_ok() {
                return Ok(());
            }
            self.table = Table::Big(table.convert()?);
        }
        match &mut self.table {
            Table::Small(_) => Err(Overflow),
            Table::Big(table) => table.take_cost(form),
        }
    }
}

struct Solver<'a> {
    program: &'a LinearProgram,
    form: &'a Form,
    options: &'a LpOptions<'a>,
    steps: &'a Cell<usize>,
    elastic: bool,
}

impl Solver<'_> {
    /// Follows what floats propose, in several scalings while they lead nowhere; then goes without them.
    fn with_floats(
        &self,
        small: &Small,
        attempts: std::ops::Range<u64>,
    ) -> Result<LpOutcome, Trouble> {
        let stop = self.options.stop;
        let (mut has_ray, mut has_contradiction) = (true, !self.elastic);
        let begun = Instant::now();
        for attempt in attempts.clone() {
            if stop() {
                return Err(Trouble::Stopped);
            }
            // what is left, in equal parts
            let left = self.options.float_seconds - begun.elapsed().as_secs_f64();
            let seconds = left / (attempts.end - attempt) as f64;
            let outcome = match propose(self.program, attempt, seconds, stop) {
                Proposal::Basis(guess) => {
                    let start = start_at(self.form, small, &guess, stop);
                    return self.revised(small, start.ok_or(Trouble::Stopped)?);
                }
                Proposal::Unbounded if has_ray => {
                    let found = ray::find(self.program, self.options, self.steps)?;
                    has_ray = found.is_some();
                    found
                }
                Proposal::Infeasible if has_contradiction => {
                    let found = ray::contradiction(self.program, self.options, self.steps)?;
                    has_contradiction = found.is_some();
                    found
                }
                _ => None,
            };
            if let Some(outcome) = outcome {
                return Ok(outcome);
            }
        }
        if has_contradiction
            && let Some(outcome) = ray::contradiction(self.program, self.options, self.steps)?
        {
            return Ok(outcome);
        }
        self.revised(small, logical_start(self.form))
    }

    fn revised(&self, small: &Small, start: Start) -> Result<LpOutcome, Trouble> {
        let Start { basic, mut rest } = start;
        let mut dictionary = Revised::new(self.form, small, &basic, self.options.stop);
        let ending = self.run(&mut dictionary, &mut rest)?;
        Ok(self.outcome(&dictionary, &rest, ending))
    }

    /// Always ends, unless stopped.
    fn dense(&self, state: &mut Dense) -> Result<LpOutcome, Trouble> {
        if let Table::Small(table) = &mut state.table {
            match self.run(table, &mut state.rest) {
                Ok(ending) => return Ok(self.outcome(table, &state.rest, ending)),
                Err(Trouble::Overflow) => state.table = Table::Big(table.convert()?),
                Err(trouble) => return Err(trouble),
            }
        }
        match &mut state.table {
            Table::Small(_) => Err(Trouble::Overflow),
            Table::Big(table) => {
                let ending = self.run(table, &mut state.rest)?;
                Ok(self.outcome(table, &state.rest, ending))
            }
        }
    }

    fn run<D: Dictionary>(
        &self,
        dictionary: &mut D,
        rest: &mut [Rest],
    ) -> Result<Ending<D::N>, Trouble> {
        let mut steps = self.steps.get();
        let ending = run(self.form, dictionary, rest, &mut steps, self.options.stop);
        self.steps.set(steps);
        ending
    }

    /// The ending in the program's own terms.
    fn outcome<D: Dictionary>(
        &self,
        dictionary: &D,
        rest: &[Rest],
        ending: Ending<D::N>,
    ) -> LpOutcome {
        match ending {
            Ending::Optimal { values, prices } => {
                let denominator = prices.denominator.to_big();
                let mut logicals = vec![(BigInt::zero(), BigInt::one()); self.form.rows.len()];
                for (&variable, price) in dictionary.nonbasic().iter().zip(&prices.numerators) {
                    if let Some(row) = variable.checked_sub(self.form.structurals) {
                        logicals[row] = (price.to_big(), denominator.clone());
                    }
                }
                self.form.optimal(self.values(dictionary, rest, &values), &logicals)
            }
            Ending::Infeasible { prices, signs } => {
                // `price * x_nonbasic - denominator * sign * x_basic` vanishes identically.
                let denominator = prices.denominator.to_big();
                let mut logicals = vec![BigInt::zero(); self.form.rows.len()];
                for (&variable, price) in dictionary.nonbasic().iter().zip(&prices.numerators) {
                    if let Some(row) = variable.checked_sub(self.form.structurals) {
                        logicals[row] = price.to_big();
                    }
                }
                for (&variable, sign) in dictionary.basic().iter().zip(signs) {
                    if let Some(row) = variable.checked_sub(self.form.structurals) {
                        logicals[row] = &denominator * -sign;
                    }
                }
                self.form.farkas(&logicals)
            }
            Ending::Unbounded { values, column, entering, direction } => {
                let mut ray = vec![(BigInt::zero(), BigInt::one()); self.form.variables()];
                let denominator = column.denominator.to_big();
                for (&variable, change) in dictionary.basic().iter().zip(&column.numerators) {
                    ray[variable] = (change.to_big() * direction, denominator.clone());
                }
                ray[dictionary.nonbasic()[entering]] = (direction.into(), BigInt::one());
                LpOutcome::Unbounded {
                    point: self.form.point(self.values(dictionary, rest, &values)),
                    ray: self.form.point(ray),
                }
            }
        }
    }

    /// Values of all variables, in units.
    fn values<D: Dictionary>(
        &self,
        dictionary: &D,
        rest: &[Rest],
        values: &Fractions<D::N>,
    ) -> Vec<(BigInt, BigInt)> {
        let denominator = values.denominator.to_big();
        let mut all: Vec<(BigInt, BigInt)> = (0..self.form.variables())
            .map(|v| simplex::resting_value(self.form, rest, v).unwrap_or_default())
            .map(|value| (value, BigInt::one()))
            .collect();
        for (&variable, value) in dictionary.basic().iter().zip(&values.numerators) {
            all[variable] = (value.to_big(), denominator.clone());
        }
        all
    }
}

#[cfg(test)]
mod tests;
