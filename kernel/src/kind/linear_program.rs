//! A linear program's optimum, contradiction or ray, checked by duality in exact arithmetic (textbook material).
//!
//! A program optimises `c x + c0` over `x` in `Q^n` subject to rows `a_i x (<=|>=|=) b_i` and bounds `l_j <= x_j <= u_j`. For one that
//! minimises, a row multiplier `y_i` is at least 0 on `>=`, at most 0 on `<=`, and free on `=`; then every feasible `x` has
//! `sum_i y_i a_i x >= sum_i y_i b_i`. (Maximising flips the signs of duals.) Multipliers of bounds are never stated: they are what is
//! left over, `c - A^T y` for an optimum and `-A^T y` for a contradiction, and a positive one needs a finite lower bound, a
//! negative one a finite upper bound. Nothing is solved here; denominators are cleared once a vector and once a row.

use super::{ClaimId, Evidence, Finding, Kind};
use crate::number::{Rational, RationalText, Room, Scaled, common_denominator, compare, dot_within, scaled, work};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::bigint::Sign;
use num::{BigInt, One, Signed, Zero};
use serde::{Deserialize, Serialize};

impl ClaimId {
    /// what is said about a linear program
    pub const LINEAR_PROGRAM: Self = Self("linear-program");
}

/// Which end of the objective is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sense {
    /// the least value
    Minimise,
    /// the largest value
    Maximise,
}

/// How a row's left-hand side compares with its right-hand side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Relation {
    /// `a x <= b`
    #[serde(rename = "<=")]
    AtMost,
    /// `a x >= b`
    #[serde(rename = ">=")]
    AtLeast,
    /// `a x = b`
    #[serde(rename = "=")]
    Equal,
}

impl Relation {
    /// The sign as people write it.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
            Self::Equal => "=",
        }
    }

    /// Whether the difference of both sides may have this sign.
    fn allows(self, difference: Sign) -> bool {
        match self {
            Self::AtMost => difference != Sign::Plus,
            Self::AtLeast => difference != Sign::Minus,
            Self::Equal => difference == Sign::NoSign,
        }
    }
}

/// One variable: `lower <= x <= upper`, an absent bound being infinite, and its objective coefficient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LpVariable {
    /// for people; printable ASCII, may be empty, need not be unique
    pub name: String,
    /// `null`: infinite
    #[serde(with = "crate::number::text")]
    pub lower: Option<Rational>,
    /// `null`: infinite
    #[serde(with = "crate::number::text")]
    pub upper: Option<Rational>,
    /// coefficient in the objective
    #[serde(with = "crate::number::text")]
    pub cost: Rational,
}

/// One row `sum terms (relation) rhs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LpRow {
    /// as of a variable
    pub name: String,
    /// non-zero coefficients by strictly ascending variable index, each below the number of variables
    #[serde(with = "crate::number::text")]
    pub terms: Vec<(usize, Rational)>,
    /// how the sides compare
    pub relation: Relation,
    /// right-hand side
    #[serde(with = "crate::number::text")]
    pub rhs: Rational,
}

/// A linear program over the rationals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearProgram {
    /// which end is wanted
    pub sense: Sense,
    /// `c0`
    #[serde(with = "crate::number::text")]
    pub constant: Rational,
    /// `x_0 ..`
    pub variables: Vec<LpVariable>,
    /// `a_i x (relation) b_i`
    pub rows: Vec<LpRow>,
}

/// A statement about a linear program together with the numbers that prove it.
///
/// ```
/// use counterproof_kernel::Clock;
/// use counterproof_kernel::kind::{LinearProgram, LpOutcome, LpRow, LpVariable, LpVerdict, Relation, Sense};
/// use counterproof_kernel::number::integer;
///
/// // x >= 2 and x <= 1: the rows, one minus the other, say 0 >= 1
/// let row = |relation, rhs| LpRow { name: String::new(), terms: vec![(0, integer(1))], relation, rhs: integer(rhs) };
/// let x = LpVariable { name: "x".to_owned(), lower: None, upper: None, cost: integer(0) };
/// let program = LinearProgram {
///     sense: Sense::Minimise,
///     constant: integer(0),
///     variables: vec![x],
///     rows: vec![row(Relation::AtLeast, 2), row(Relation::AtMost, 1)],
/// };
/// let proof = |farkas: [i64; 2]| LpOutcome::Infeasible { farkas: farkas.map(integer).to_vec() };
/// assert_eq!(proof([1, -1]).check(&program, &Clock::unlimited())?, LpVerdict::Infeasible);
/// assert!(proof([1, 0]).check(&program, &Clock::unlimited()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum LpOutcome {
    /// `primal` is feasible and no feasible point is better, by weak duality: with `z = c - A^T dual`,
    /// `sum dual_i b_i + sum_{z_j > 0} z_j l_j + sum_{z_j < 0} z_j u_j = c primal` (maximising: `u` and `l` change places)
    Optimal {
        /// `[n]`
        #[serde(with = "crate::number::text")]
        primal: Vec<Rational>,
        /// one a row
        #[serde(with = "crate::number::text")]
        dual: Vec<Rational>,
    },
    /// no point satisfies all rows and bounds: with `w = A^T farkas`, signs as for minimising,
    /// `sum farkas_i b_i > sum_{w_j > 0} w_j u_j + sum_{w_j < 0} w_j l_j`
    Infeasible {
        /// one a row
        #[serde(with = "crate::number::text")]
        farkas: Vec<Rational>,
    },
    /// no value lies within the bounds of one variable: its lower bound exceeds its upper bound
    EmptyBounds {
        /// the variable's index
        variable: usize,
    },
    /// the objective has no limit: `point` is feasible, and `point + t ray` stays so and gets better for every `t > 0`
    Unbounded {
        /// `[n]`
        #[serde(with = "crate::number::text")]
        point: Vec<Rational>,
        /// `[n]`
        #[serde(with = "crate::number::text")]
        ray: Vec<Rational>,
    },
}

/// What a checked outcome establishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LpVerdict {
    /// the optimum, the objective's constant included
    Optimal(Rational),
    /// no point satisfies all rows and bounds
    Infeasible,
    /// the objective has no limit
    Unbounded,
}

/// What is said about the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LpStatus {
    /// there is an optimum
    Optimal,
    /// no point satisfies all rows and bounds
    Infeasible,
    /// the objective has no limit
    Unbounded,
}

impl LpStatus {
    /// As in a certificate.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Optimal => "optimal",
            Self::Infeasible => "infeasible",
            Self::Unbounded => "unbounded",
        }
    }
}

/// The statement: the program of the data, with so many variables and rows, has this status and optimum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearProgramParams {
    /// how many
    pub variables: usize,
    /// how many
    pub rows: usize,
    /// what is said
    pub status: LpStatus,
    /// the optimal value, the constant of the objective included; `null` unless the status is `optimal`
    pub optimum: Option<RationalText>,
}

impl LinearProgramParams {
    /// The statement that a checked `verdict` makes about `program`.
    #[must_use]
    pub fn new(program: &LinearProgram, verdict: &LpVerdict) -> Self {
        let (status, optimum) = match verdict {
            LpVerdict::Optimal(value) => (LpStatus::Optimal, Some(RationalText(value.clone()))),
            LpVerdict::Infeasible => (LpStatus::Infeasible, None),
            LpVerdict::Unbounded => (LpStatus::Unbounded, None),
        };
        Self { variables: program.variables.len(), rows: program.rows.len(), status, optimum }
    }
}

/// A program and the numbers that prove what is said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearProgramProof {
    /// what it is about
    pub program: LinearProgram,
    /// what is said, with its proof
    #[serde(rename = "proof")]
    pub outcome: LpOutcome,
}

impl Kind for LinearProgramProof {
    type Params = LinearProgramParams;
    const NAME: &'static str = "linear-program";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::LINEAR_PROGRAM];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &LinearProgramParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let verdict = self.outcome.check(&self.program, clock)?;
        let proved = LinearProgramParams::new(&self.program, &verdict);
        expect("params.variables", proved.variables, params.variables)?;
        expect("params.rows", proved.rows, params.rows)?;
        expect("params.status", proved.status.name(), params.status.name())?;
        let text =
            |optimum: &Option<RationalText>| optimum.as_ref().map_or_else(|| "null".to_owned(), ToString::to_string);
        need(proved.optimum == params.optimum, "params.optimum", text(&proved.optimum), text(&params.optimum))?;
        let end = match self.program.sense {
            Sense::Minimise => "minimum",
            Sense::Maximise => "maximum",
        };
        let says = match verdict {
            LpVerdict::Optimal(value) => format!("has the {end} {value}"),
            LpVerdict::Infeasible => "has no feasible point".to_owned(),
            LpVerdict::Unbounded => format!("is feasible and has no {end}: it is unbounded"),
        };
        let LinearProgramParams { variables, rows, .. } = proved;
        Ok(Finding::verified(format!("the linear program with {variables} variables and {rows} rows {says}")))
    }
}

impl LpOutcome {
    /// Decides whether the outcome proves what it says about `program`, from the program and its numbers alone.
    ///
    /// # Errors
    /// [`Rejection`] naming the first part of the program or the proof that fails.
    pub fn check(&self, program: &LinearProgram, clock: &Clock<'_>) -> Result<LpVerdict, Rejection> {
        program.validate(clock)?;
        match self {
            Self::Optimal { primal, dual } => program.optimum(primal, dual, clock).map(LpVerdict::Optimal),
            Self::Infeasible { farkas } => {
                let y = program.combine("farkas", farkas, Sense::Minimise, clock)?;
                let left_over: Vec<BigInt> = y.columns.into_iter().map(|column| -column).collect();
                let (bounds, unit) = program.least_on_bounds("farkas", &left_over, clock)?;
                let contradiction = (y.rhs * unit + bounds).is_positive();
                need(contradiction, "proof.farkas", "rows and bounds combined to a contradiction", "none")?;
                Ok(LpVerdict::Infeasible)
            }
            Self::EmptyBounds { variable } => {
                let bounds = program.variables.get(*variable).and_then(|v| v.lower.as_ref().zip(v.upper.as_ref()));
                let empty = bounds.is_some_and(|(lower, upper)| compare(lower, upper).is_gt());
                need(empty, "proof.variable", "one whose lower bound exceeds its upper bound", variable)?;
                Ok(LpVerdict::Infeasible)
            }
            Self::Unbounded { point, ray } => {
                program.feasible("point", point, false, clock)?;
                let ray = program.feasible("ray", ray, true, clock)?;
                let slope = dot_within(&program.cost()?.numerators, &ray.numerators, clock)?;
                let better = if program.sense == Sense::Minimise { slope.is_negative() } else { slope.is_positive() };
                need(better, "proof.ray", "a direction along which the objective gets better", "another")?;
                Ok(LpVerdict::Unbounded)
            }
        }
    }
}

/// Row multipliers, signs as for minimising: `A^T y` and `y b` over a common denominator.
struct Combination {
    columns: Vec<BigInt>,
    rhs: BigInt,
    denominator: BigInt,
}

impl LinearProgram {
    /// Checks that names are printable ASCII and rows canonical: non-zero coefficients of variables that exist, ascending.
    ///
    /// # Errors
    /// [`Rejection::Wrong`] naming the variable or row.
    pub fn validate(&self, clock: &Clock<'_>) -> Result<(), Rejection> {
        let names = [("variables", self.variables.iter().map(|v| &v.name).collect::<Vec<_>>())];
        let names = names.into_iter().chain([("rows", self.rows.iter().map(|row| &row.name).collect())]);
        for (field, names) in names {
            let printable = |name: &str| name.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
            if let Some((i, name)) = names.iter().enumerate().find(|(_, name)| !printable(name)) {
                return Err(wrong(format!("program.{field}[{i}].name"), "printable ASCII text", name));
            }
        }
        for (i, row) in self.rows.iter().enumerate() {
            clock.spend(u64::try_from(row.terms.len()).unwrap_or(u64::MAX))?;
            let ascending = row.terms.iter().zip(row.terms.iter().skip(1)).all(|((j, _), (next, _))| j < next);
            let known = row.terms.iter().all(|(j, value)| *j < self.variables.len() && !value.is_zero());
            let place = format!("program.rows[{i}].terms");
            need(ascending && known, place, "non-zero numbers by ascending variable that exists", "others")?;
        }
        Ok(())
    }

    /// The numerators of a row, the right-hand side last.
    fn cleared(row: &LpRow) -> Result<Scaled, Rejection> {
        Scaled::new(row.terms.iter().map(|(_, value)| value).chain([&row.rhs]))
    }

    fn cost(&self) -> Result<Scaled, Rejection> {
        Scaled::new(self.variables.iter().map(|variable| &variable.cost))
    }

    /// Whether `x` satisfies every row and bound; a direction is judged against zero right-hand sides and bounds.
    fn feasible(&self, field: &str, x: &[Rational], direction: bool, clock: &Clock<'_>) -> Result<Scaled, Rejection> {
        expect(&format!("proof.{field}: numbers"), self.variables.len(), x.len())?;
        let zero = Rational::zero();
        for (j, (variable, value)) in self.variables.iter().zip(x).enumerate() {
            let outside = |bound: &Option<Rational>, beyond| {
                let bound = bound.as_ref().map(|bound| if direction { &zero } else { bound });
                bound.is_some_and(|bound| compare(value, bound) == beyond)
            };
            clock.spend(work(value.numer().bits(), value.denom().bits()))?;
            if outside(&variable.lower, std::cmp::Ordering::Less)
                || outside(&variable.upper, std::cmp::Ordering::Greater)
            {
                return Err(wrong(format!("proof.{field}[{j}]"), "a number within the bounds of its variable", value));
            }
        }
        let x = Scaled::new(x.iter())?;
        for (i, row) in self.rows.iter().enumerate() {
            let mut numerators = Self::cleared(row)?.numerators;
            let rhs = numerators.pop().filter(|_| !direction).unwrap_or_default();
            let mut difference = -(rhs * &x.denominator);
            for ((j, _), value) in row.terms.iter().zip(numerators) {
                let entry = x.numerators.get(*j).filter(|entry| !entry.is_zero());
                clock.spend(work(value.bits(), entry.map_or(0, BigInt::bits)))?;
                difference += entry.map(|entry| value * entry).unwrap_or_default();
            }
            need(
                row.relation.allows(difference.sign()),
                format!("proof.{field}"),
                "a point that satisfies all rows",
                format!("row {i}"),
            )?;
        }
        Ok(x)
    }

    /// Multiplies the rows; multipliers of a program that maximises are negated.
    fn combine(
        &self,
        field: &str,
        multipliers: &[Rational],
        sense: Sense,
        clock: &Clock<'_>,
    ) -> Result<Combination, Rejection> {
        expect(&format!("proof.{field}: numbers"), self.rows.len(), multipliers.len())?;
        let mut divided = Vec::with_capacity(multipliers.len());
        for (i, (row, y)) in self.rows.iter().zip(multipliers).enumerate() {
            let y = if sense == Sense::Maximise { -y } else { y.clone() };
            let sign = match row.relation {
                Relation::AtMost => !y.is_positive(),
                Relation::AtLeast => !y.is_negative(),
                Relation::Equal => true,
            };
            need(sign, format!("proof.{field}[{i}]"), "the sign that the relation of its row wants", &y)?;
            // so that it multiplies an integer row: denominators are above zero
            let scale = if y.is_zero() { BigInt::one() } else { Self::cleared(row)?.denominator };
            clock.spend(work(scale.bits(), scale.bits()))?;
            divided.push(Rational::new(y.numer().clone(), y.denom() * scale));
        }
        let Scaled { numerators, denominator } = Scaled::new(divided.iter())?;
        Room::default().take(self.variables.len(), denominator.bits())?;
        let (mut columns, mut rhs) = (vec![BigInt::zero(); self.variables.len()], BigInt::zero());
        for (row, y) in self.rows.iter().zip(numerators).filter(|(_, y)| !y.is_zero()) {
            let mut coefficients = Self::cleared(row)?.numerators;
            rhs += coefficients.pop().unwrap_or_default() * &y;
            for ((j, _), value) in row.terms.iter().zip(coefficients) {
                clock.spend(work(value.bits(), y.bits()))?;
                if let Some(column) = columns.get_mut(*j) {
                    *column += value * &y;
                }
            }
        }
        Ok(Combination { columns, rhs, denominator })
    }

    /// `inf { sum z_j x_j : l <= x <= u }` over the common denominator of the bounds.
    fn least_on_bounds(
        &self,
        field: &str,
        left_over: &[BigInt],
        clock: &Clock<'_>,
    ) -> Result<(BigInt, BigInt), Rejection> {
        let mut used = Vec::new();
        for (j, (variable, z)) in self.variables.iter().zip(left_over).enumerate() {
            let (bound, which) = match z.sign() {
                Sign::NoSign => continue,
                Sign::Plus => (&variable.lower, "lower"),
                Sign::Minus => (&variable.upper, "upper"),
            };
            let missing = || {
                wrong(
                    format!("proof.{field}"),
                    format!("a finite {which} bound of variable {j}, for what is left over"),
                    "none",
                )
            };
            used.push((z, bound.as_ref().ok_or_else(missing)?));
        }
        let unit = common_denominator(used.iter().map(|(_, bound)| *bound))?;
        let mut total = BigInt::zero();
        for (z, bound) in used.into_iter().filter(|(_, bound)| !bound.is_zero()) {
            clock.spend(work(z.bits(), unit.bits()))?;
            total += z * scaled(bound, &unit);
        }
        Ok((total, unit))
    }

    /// The value of a feasible point that the dual shows to be optimal.
    fn optimum(&self, primal: &[Rational], dual: &[Rational], clock: &Clock<'_>) -> Result<Rational, Rejection> {
        let x = self.feasible("primal", primal, false, clock)?;
        let y = self.combine("dual", dual, self.sense, clock)?;
        let cost = self.cost()?;
        // for minimising sign * c
        let factor = if self.sense == Sense::Maximise { -&y.denominator } else { y.denominator };
        // z times both denominators
        let mut left_over = Vec::with_capacity(cost.numerators.len());
        for (c, column) in cost.numerators.iter().zip(&y.columns) {
            clock.spend(work(c.bits(), factor.bits()).saturating_add(work(column.bits(), cost.denominator.bits())))?;
            left_over.push(c * &factor - column * &cost.denominator);
        }
        let (bounds, unit) = self.least_on_bounds("dual", &left_over, clock)?;
        let lower = y.rhs * &cost.denominator * &unit + bounds;
        let value = dot_within(&cost.numerators, &x.numerators, clock)?;
        need(
            &value * factor * unit == lower * &x.denominator,
            "proof.dual",
            "a bound of the objective that is the value of primal",
            "another",
        )?;
        // denominators of scaled vectors are above zero
        Ok(Rational::new(value, x.denominator * cost.denominator) + &self.constant)
    }
}
