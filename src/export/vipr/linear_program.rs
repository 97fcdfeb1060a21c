//! A linear program with the proof of its outcome: one derivation.
//!
//! An optimum is a solution and a bound of the objective that is the sum of rows and bounds by the dual multipliers, the
//! bounds' being what is left over of the costs. Infeasible is a sum of rows and bounds that says `0 >= e` for an `e > 0`.
//! VIPR knows no constant in the objective: one that is not zero is a further variable `constant`, fixed to 1.

use super::write::{Constraint, Document, Reason, Sense};
use crate::kernel::kind::{LinearProgram, LpOutcome, LpVariable, Relation, Sense as Goal};
use crate::kernel::number::{Rational, integer};
use num_traits::{One, Signed, Zero};
use std::collections::BTreeSet;

/// The document of a checked outcome; `None` for an unbounded program, which VIPR cannot state.
///
/// ```
/// use counterproof::kernel::number::integer;
/// use counterproof::kernel::kind::{LinearProgram, LpOutcome, Relation, Sense};
/// use counterproof::export::vipr::linear_program;
/// use counterproof::search::lp::Build;
///
/// // maximise x where 2 x <= 3: a half of the row
/// let mut program = LinearProgram::new(Sense::Maximise);
/// let x = program.add(Some(integer(0)), None, integer(1));
/// program.add_row("", [(x, integer(2))], Relation::AtMost, integer(3))?;
/// let half = |value: i64| vec![integer(value) / integer(2)];
/// let document = linear_program(&program, &LpOutcome::Optimal { primal: half(3), dual: half(1) });
/// let text = document.unwrap();
/// assert!(text.contains("RTP range 3/2 3/2"));
/// assert!(text.contains("D0 L 3/2 1 0 1 { lin 1 1 1/2 } -1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn linear_program(program: &LinearProgram, outcome: &LpOutcome) -> Option<String> {
    let problem = Problem::new(program);
    let mut document = problem.statement(program);
    match outcome {
        LpOutcome::Optimal { primal, dual } => {
            let minimise = program.sense == Goal::Minimise;
            let sense = if minimise { Sense::AtLeast } else { Sense::AtMost };
            let constant = (problem.variables.len() > primal.len()).then(Rational::one);
            let point = || primal.iter().chain(&constant);
            let costs = problem.variables.iter().map(|variable| variable.cost.clone());
            let optimum: Rational = costs.clone().zip(point()).map(|(c, x)| c * x).sum();
            document.range(optimum.clone(), point().cloned().enumerate());
            let mut rest: Vec<Rational> = costs.clone().collect();
            let mut terms = problem.combined(program, dual, &mut rest);
            terms.extend(problem.left_over(&rest, minimise));
            let bound = Constraint::new(sense, optimum, costs.enumerate());
            document.derive(bound, Reason::Linear(terms));
        }
        LpOutcome::Infeasible { farkas } => {
            let mut rest = vec![Rational::zero(); problem.variables.len()];
            let mut terms = problem.combined(program, farkas, &mut rest);
            terms.extend(problem.left_over(&rest, true));
            let right = problem.right(program, &terms);
            document.derive(Constraint::impossible(right), Reason::Linear(terms));
        }
        LpOutcome::EmptyBounds { variable } => {
            let (lower, upper) = *problem.bounds.get(*variable)?;
            let terms = vec![(lower?, integer(1)), (upper?, integer(-1))];
            let right = problem.right(program, &terms);
            document.derive(Constraint::impossible(right), Reason::Linear(terms));
        }
        LpOutcome::Unbounded { .. } => return None,
    }
    Some(document.to_string())
}

/// The variables, the constant of the objective among them, and where their bounds stand.
struct Problem {
    variables: Vec<LpVariable>,
    /// places of the lower and of the upper bound
    bounds: Vec<(Option<usize>, Option<usize>)>,
    /// the place of the first row, after all bounds
    first_row: usize,
}

impl Problem {
    fn new(program: &LinearProgram) -> Self {
        let mut variables = program.variables.to_vec();
        let names = variables.iter().map(|variable| variable.name.as_str()).chain(["constant"]);
        let words = |name: &&str| !name.is_empty() && !name.contains(char::is_whitespace);
        let distinct: BTreeSet<&str> = names.filter(words).collect();
        // names of the file where they are words of their own
        if distinct.len() <= variables.len() {
            for (j, variable) in variables.iter_mut().enumerate() {
                variable.name = format!("x{j}");
            }
        }
        if !program.constant.is_zero() {
            variables.push(LpVariable {
                name: "constant".to_owned(),
                lower: Some(Rational::one()),
                upper: Some(Rational::one()),
                cost: program.constant.clone(),
            });
        }
        let mut first_row = 0;
        let mut place = |bound: &Option<Rational>| {
            bound.as_ref().map(|_| {
                first_row += 1;
                first_row - 1
            })
        };
        let bounds = variables.iter().map(|v| (place(&v.lower), place(&v.upper))).collect();
        Self { variables, bounds, first_row }
    }

    fn statement(&self, program: &LinearProgram) -> Document {
        let names = self.variables.iter().map(|variable| variable.name.clone()).collect();
        let costs = self.variables.iter().map(|variable| variable.cost.clone()).enumerate();
        let mut document = Document::new(names, false, (program.sense, costs));
        for (j, variable) in self.variables.iter().enumerate() {
            let ends = [(Sense::AtLeast, &variable.lower), (Sense::AtMost, &variable.upper)];
            for (sense, bound) in ends {
                if let Some(bound) = bound.clone() {
                    document.bound(Constraint::new(sense, bound, [(j, Rational::one())]));
                }
            }
        }
        for row in &program.rows {
            let sense = match row.relation {
                Relation::AtMost => Sense::AtMost,
                Relation::AtLeast => Sense::AtLeast,
                Relation::Equal => Sense::Equal,
            };
            document.constraint(Constraint::new(sense, row.rhs.clone(), row.terms.to_vec()));
        }
        document
    }

    /// The rows by their multipliers; what they sum to is taken off `rest`.
    fn combined(
        &self,
        program: &LinearProgram,
        multipliers: &[Rational],
        rest: &mut [Rational],
    ) -> Vec<(usize, Rational)> {
        let used = program.rows.iter().zip(multipliers).enumerate();
        used.filter(|(_, (_, multiplier))| !multiplier.is_zero())
            .map(|(i, (row, multiplier))| {
                for (j, value) in &row.terms {
                    rest[*j] -= multiplier * value;
                }
                (self.first_row + i, multiplier.clone())
            })
            .collect()
    }

    /// The bounds by what is left over: for a bound from below a positive rest needs a lower bound.
    fn left_over(&self, rest: &[Rational], below: bool) -> Vec<(usize, Rational)> {
        let used = rest.iter().zip(&self.bounds).filter(|(value, _)| !value.is_zero());
        used.filter_map(|(value, (lower, upper))| {
            let place = if value.is_positive() == below { lower } else { upper };
            place.map(|place| (place, value.clone()))
        })
        .collect()
    }

    /// The right-hand side of a combination.
    fn right(&self, program: &LinearProgram, terms: &[(usize, Rational)]) -> Rational {
        let bounds = self.variables.iter().flat_map(|v| [&v.lower, &v.upper]).flatten();
        let rights: Vec<&Rational> = bounds.chain(program.rows.iter().map(|r| &r.rhs)).collect();
        terms.iter().map(|(place, value)| rights[*place] * value).sum()
    }
}
