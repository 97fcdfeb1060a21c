//! Linear programs: infeasible by a Farkas vector, or bounded by the optimum.

use super::text::{define, scalar, theorem, words};
use crate::algebra::common_denominator;
use crate::kernel::kind::LinearProgramProof;
use crate::kernel::kind::{LinearProgram, LpOutcome, Relation, Sense};
use crate::kernel::number::{Rational, integer, scaled};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use std::fmt::Write as _;

/// One row of a system, over the integers, and the rational multiplier it gets there.
struct Row {
    relation: Relation,
    coefficients: Vec<BigInt>,
    rhs: BigInt,
    multiplier: Rational,
}

impl Row {
    /// `multiplier` belongs to the rational row.
    fn new(
        relation: Relation,
        coefficients: &[Rational],
        rhs: &Rational,
        multiplier: Rational,
    ) -> Self {
        let scale = common_denominator(coefficients.iter().chain([rhs]));
        let whole = |x: &Rational| scaled(x, &scale);
        Self {
            relation,
            coefficients: coefficients.iter().map(whole).collect(),
            rhs: whole(rhs),
            multiplier: multiplier / integer(scale.clone()),
        }
    }
}

/// The theorem, and what the extracted program reads; `None` for an unbounded program.
pub(super) fn form(data: &LinearProgramProof) -> Option<(String, String)> {
    let LinearProgramProof { program, outcome } = data;
    let (rows, objective) = system(program, outcome)?;
    let width = program.variables.len();
    let mut theory = String::new();
    let mut extracted = String::new();
    let _ = writeln!(theory, "Definition free : list bool := List.repeat true {width}.");
    let coefficients: Vec<Vec<BigInt>> = rows.iter().map(|row| row.coefficients.clone()).collect();
    for (i, row) in coefficients.iter().enumerate() {
        define(&mut theory, &format!("row_{i}"), row);
    }
    let lines = rows.iter().enumerate().map(|(i, row)| {
        let sense = match row.relation {
            Relation::AtMost => "Le",
            Relation::AtLeast => "Ge",
            Relation::Equal => "Eq",
        };
        format!("({sense}, integers row_{i}, {})", scalar(&row.rhs))
    });
    let lines: Vec<String> = lines.collect();
    let _ = writeln!(theory, "Definition rows : list system_row :=\n  [{}].", lines.join(";\n   "));
    let optimum = rows.iter().map(|row| &row.multiplier * integer(row.rhs.clone()));
    let optimum = optimum.fold(Rational::zero(), |sum, term| sum + term);
    // objective and bound over the integers, then the multipliers
    let sigma = common_denominator(objective.iter().chain([&optimum]));
    let raised: Vec<Rational> =
        rows.iter().map(|row| &row.multiplier * integer(sigma.clone())).collect();
    let scale = common_denominator(raised.iter());
    let multipliers: Vec<BigInt> = raised.iter().map(|x| scaled(x, &scale)).collect();
    define(&mut theory, "multipliers", &multipliers);
    let bounded = matches!(outcome, LpOutcome::Optimal { .. });
    let _ = writeln!(extracted, "{}", if bounded { "bound" } else { "farkas" });
    let _ = writeln!(extracted, "unknowns {width}\nfree{}", " 1".repeat(width));
    let _ = writeln!(extracted, "rows {}", rows.len());
    for row in &rows {
        let (sense, rhs) = (row.relation.symbol(), &row.rhs);
        let _ = writeln!(extracted, "{sense} {} {rhs}", words(&row.coefficients));
    }
    let _ = writeln!(extracted, "multipliers {}", words(&multipliers));
    if bounded {
        let costs: Vec<BigInt> = objective.iter().map(|x| scaled(x, &sigma)).collect();
        define(&mut theory, "objective", &costs);
        let bound = scaled(&optimum, &sigma);
        let _ = writeln!(extracted, "objective {}\nat-most {bound}\nscale {scale}", words(&costs));
        let bound = scalar(&bound);
        theorem(
            &mut theory,
            "verified",
            &format!("bounded free rows (integers objective) {bound}"),
            &format!(
                "check_bound_sound free rows (integers multipliers) (integers objective)\n           \
                 {bound} {}",
                scalar(&scale)
            ),
        );
    } else {
        theorem(
            &mut theory,
            "verified",
            "infeasible free rows",
            "check_farkas_sound free rows (integers multipliers)",
        );
    }
    let _ = writeln!(extracted, "end");
    Some((theory, extracted))
}

/// Rows and bounds with their multipliers, and the objective that is bounded from above. All unknowns are free;
/// multipliers are `>= 0` at `<=` and `<= 0` at `>=`.
fn system(program: &LinearProgram, outcome: &LpOutcome) -> Option<(Vec<Row>, Vec<Rational>)> {
    let zero = || vec![Rational::zero(); program.variables.len()];
    let minimise = program.sense == Sense::Minimise;
    let none = vec![Rational::zero(); program.rows.len()];
    // what the bounds add up to
    let mut rest = zero();
    let (multipliers, objective) = match outcome {
        LpOutcome::Infeasible { farkas } => (farkas.iter().map(|y| -y).collect::<Vec<_>>(), zero()),
        LpOutcome::Optimal { dual, .. } => {
            let sign = integer(if minimise { -1 } else { 1 });
            let costs: Vec<Rational> = program.variables.iter().map(|v| &v.cost * &sign).collect();
            rest.clone_from(&costs);
            (dual.iter().map(|y| y * &sign).collect(), costs)
        }
        // both bounds of the variable, which leave nothing over
        LpOutcome::EmptyBounds { .. } => (none, zero()),
        LpOutcome::Unbounded { .. } => return None,
    };
    let mut rows = Vec::new();
    for (row, multiplier) in program.rows.iter().zip(multipliers) {
        let mut coefficients = zero();
        for (j, value) in &row.terms {
            coefficients[*j].clone_from(value);
            rest[*j] -= &multiplier * value;
        }
        rows.push(Row::new(row.relation, &coefficients, &row.rhs, multiplier));
    }
    for (j, (variable, rest)) in program.variables.iter().zip(rest).enumerate() {
        let mut unit = zero();
        unit[j] = Rational::one();
        let (mut above, mut below) = (Rational::zero(), Rational::zero());
        if *outcome == (LpOutcome::EmptyBounds { variable: j }) {
            (above, below) = (integer(1), integer(-1));
        } else if rest.is_positive() {
            above = rest;
        } else {
            below = rest;
        }
        if let Some(upper) = &variable.upper {
            rows.push(Row::new(Relation::AtMost, &unit, upper, above));
        }
        if let Some(lower) = &variable.lower {
            rows.push(Row::new(Relation::AtLeast, &unit, lower, below));
        }
    }
    Some((rows, objective))
}
