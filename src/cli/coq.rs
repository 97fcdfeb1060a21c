//! Certificates turned into Coq: theorems that `coqc` accepts through the checkers of `proofs/`, which are
//! proved sound there. The grammar is that of `proofs/examples/`; `docs/proofs.md` documents it.
//!
//! | kind of proof | theorems |
//! |---|---|
//! | `collision` of an embedding, with a pair | `unsolvable` at the pair's length, `unsolvable_from` it on |
//! | `inverse-width`, not strict, without leak | `width_at_least`, `width_at_most` |
//! | `linear-program`, infeasible or optimal | `infeasible`, or `bounded` by the optimum |

use crate::kernel::Certificate;
use crate::kernel::kind::{Collision, InverseWidth, InverseWidthParams, LinearProgramProof, Subject};
use crate::kernel::kind::{LpOutcome, Relation, Sense};
use crate::algebra::{MatrixOps, common_denominator};
use crate::kernel::number::{Matrix, Rational, integer, scaled};
use crate::kernel::definition::Task;
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use std::fmt::Write as _;

/// The theory of a certificate, or `None` when its kind has no Coq form.
pub(super) fn theory(certificate: &Certificate) -> Option<String> {
    let (modules, body) = if let Some((params, data)) = certificate.get::<Collision>() {
        ("CheckCollision", collision(params.task, data)?)
    } else if let Some((params, data)) = certificate.get::<InverseWidth>() {
        ("CheckTriples CheckNetwork", width(params, data)?)
    } else if let Some((_, data)) = certificate.get::<LinearProgramProof>() {
        ("Farkas CheckFarkas", linear_program(data)?)
    } else {
        return None;
    };
    let claim = certificate.claim();
    Some(format!(
        "(** A certificate of {claim}, to be checked by coqc against the theories of proofs/. *)\n\
         From Counterproof Require Import Literals {modules}.\n\n{body}"
    ))
}

fn collision(task: Task, data: &Collision) -> Option<String> {
    let (Subject::Embedding(vectors), Some(pair)) = (&data.subject, &data.pair) else {
        return None;
    };
    let m = vectors.rows();
    let n: BigInt = pair.c.iter().map(|&count| BigInt::from(count)).sum();
    let mut text = String::new();
    let rows = vectors.transpose().to_rows();
    for (i, row) in rows.iter().enumerate() {
        let row = Matrix::from_rows(m, vec![row.clone()]).ok()?.to_integers().rows.remove(0);
        define(&mut text, &format!("row_{i}"), &row);
    }
    let names: Vec<String> = (0..rows.len()).map(|i| format!("row_{i}")).collect();
    let _ = writeln!(text, "Definition embedding : matrix := [{}].", names.join("; "));
    let counts = |c: &[u64]| c.iter().map(|&count| BigInt::from(count)).collect::<Vec<_>>();
    let (c, c_prime) = (counts(&pair.c), counts(&pair.c_prime));
    define(&mut text, "counts_1", &c);
    define(&mut text, "counts_2", &c_prime);
    let relation: Vec<BigInt> = c.iter().zip(&c_prime).map(|(a, b)| a - b).collect();
    define(&mut text, "relation", &relation);
    let size = format!("(natural {m}) (integer {n})");
    let (answer, soundness) = match task {
        Task::QueryCount => ("qc_answer".to_owned(), "check_pair_qc_sound"),
        Task::MostFrequentElement => {
            (format!("(mfe_answer (natural {m}))"), "check_pair_mfe_sound")
        }
    };
    theorem(
        &mut text,
        "collides",
        &format!("unsolvable (integer_rows embedding) {size} {answer}"),
        &format!(
            "{soundness} (integer_rows embedding) {size} (natural {})\n           \
             (integers counts_1) (integers counts_2)",
            pair.query
        ),
    );
    // a relation of norm at most 2 (n - 1) collides from n on, for both tasks
    let norm: BigInt = relation.iter().map(Signed::abs).sum();
    if norm <= (n - BigInt::one()) * 2 {
        theorem(
            &mut text,
            "collides_from",
            &format!("unsolvable_from (integer_rows embedding) {size}"),
            &format!(
                "check_relation_sound (integer_rows embedding) {size}\n           (integers relation)"
            ),
        );
    }
    Some(text)
}

fn width(params: &InverseWidthParams, data: &InverseWidth) -> Option<String> {
    if params.strict || !params.leak.0.is_zero() {
        return None;
    }
    let mut text = String::new();
    let epsilon = &params.epsilon.0;
    let tolerance = format!(
        "(integer {}) (integer {}) (integer {})",
        params.n,
        epsilon.numer(),
        epsilon.denom()
    );
    let triples = data.width.triples.iter().map(|t| t.map(BigInt::from).to_vec());
    define_matrix(&mut text, "triples", triples);
    let width = format!("(natural {})", params.w_min);
    theorem(
        &mut text,
        "lower",
        &format!("width_at_least {tolerance} {width}"),
        &format!("check_triples_sound {tolerance} {width}\n           (triples_of triples)"),
    );
    // (a / g) ReLU((w x + b) / e) + (alpha / g) x + beta / g, all integers
    let network = &data.width.network;
    let outer = network.units.iter().map(|u| &u.a.0).chain([&network.alpha.0, &network.beta.0]);
    let inner = network.units.iter().flat_map(|u| [&u.w.0, &u.b.0]);
    let (g, e) = (common_denominator(outer), common_denominator(inner));
    let units = network
        .units
        .iter()
        .map(|u| vec![scaled(&u.a.0, &g), scaled(&u.w.0, &e), scaled(&u.b.0, &e)]);
    define_matrix(&mut text, "units", units);
    theorem(
        &mut text,
        "upper",
        &format!("width_at_most {tolerance} {width}"),
        &format!(
            "check_network_sound {tolerance} {width}\n           {} {} {} {} (triples_of units)",
            scalar(&e),
            scalar(&g),
            scalar(&scaled(&network.alpha.0, &g)),
            scalar(&scaled(&network.beta.0, &g))
        ),
    );
    Some(text)
}

/// One row of a system, over the integers, and the rational multiplier it gets there.
struct Row {
    sense: &'static str,
    coefficients: Vec<BigInt>,
    rhs: BigInt,
    multiplier: Rational,
}

impl Row {
    /// `multiplier` belongs to the rational row.
    fn new(
        sense: &'static str,
        coefficients: &[Rational],
        rhs: &Rational,
        multiplier: Rational,
    ) -> Self {
        let scale = common_denominator(coefficients.iter().chain([rhs]));
        let whole = |x: &Rational| scaled(x, &scale);
        Self {
            sense,
            coefficients: coefficients.iter().map(whole).collect(),
            rhs: whole(rhs),
            multiplier: multiplier / integer(scale.clone()),
        }
    }
}

/// All unknowns are free; bounds are rows. Multipliers are `>= 0` at `Le` and `<= 0` at `Ge`.
fn linear_program(data: &LinearProgramProof) -> Option<String> {
    let LinearProgramProof { program, outcome } = data;
    let width = program.variables.len();
    let zero = || vec![Rational::zero(); width];
    let minimise = program.sense == Sense::Minimise;
    // the objective to bound from above, and the multipliers of the rows
    let (multipliers, objective) = match outcome {
        LpOutcome::Infeasible { farkas } => (farkas.iter().map(|y| -y).collect::<Vec<_>>(), zero()),
        LpOutcome::Optimal { dual, .. } => {
            let sign = integer(if minimise { -1 } else { 1 });
            let costs = program.variables.iter().map(|v| &v.cost * &sign).collect();
            (dual.iter().map(|y| y * &sign).collect(), costs)
        }
        LpOutcome::EmptyBounds { .. } | LpOutcome::Unbounded { .. } => return None,
    };
    let mut rows = Vec::new();
    let mut rest = objective.clone();
    for (row, multiplier) in program.rows.iter().zip(multipliers) {
        let mut coefficients = zero();
        for (j, value) in &row.terms {
            coefficients[*j].clone_from(value);
            rest[*j] -= &multiplier * value;
        }
        let sense = match row.relation {
            Relation::AtMost => "Le",
            Relation::AtLeast => "Ge",
            Relation::Equal => "Eq",
        };
        rows.push(Row::new(sense, &coefficients, &row.rhs, multiplier));
    }
    for (j, (variable, rest)) in program.variables.iter().zip(rest).enumerate() {
        let mut unit = zero();
        unit[j] = Rational::one();
        let none = Rational::zero();
        if let Some(upper) = &variable.upper {
            let multiplier = if rest.is_positive() { rest.clone() } else { none.clone() };
            rows.push(Row::new("Le", &unit, upper, multiplier));
        }
        if let Some(lower) = &variable.lower {
            rows.push(Row::new("Ge", &unit, lower, if rest.is_negative() { rest } else { none }));
        }
    }
    let mut text = String::new();
    let _ = writeln!(text, "Definition free : list bool := List.repeat true {width}.");
    for (i, row) in rows.iter().enumerate() {
        define(&mut text, &format!("row_{i}"), &row.coefficients);
    }
    let system = rows.iter().enumerate().map(|(i, row)| {
        let rhs = scalar(&row.rhs);
        format!("({}, integers row_{i}, {rhs})", row.sense)
    });
    let system: Vec<String> = system.collect();
    let _ = writeln!(text, "Definition rows : list system_row :=\n  [{}].", system.join(";\n   "));
    let optimum = rows.iter().map(|row| &row.multiplier * integer(row.rhs.clone()));
    let optimum = optimum.fold(Rational::zero(), |sum, term| sum + term);
    // objective and bound over the integers, then the multipliers
    let sigma = common_denominator(objective.iter().chain([&optimum]));
    let raised: Vec<Rational> =
        rows.iter().map(|row| &row.multiplier * integer(sigma.clone())).collect();
    let scale = common_denominator(raised.iter());
    let multipliers: Vec<BigInt> = raised.iter().map(|x| scaled(x, &scale)).collect();
    define(&mut text, "multipliers", &multipliers);
    if matches!(outcome, LpOutcome::Infeasible { .. }) {
        theorem(
            &mut text,
            "verified",
            "infeasible free rows",
            "check_farkas_sound free rows (integers multipliers)",
        );
    } else {
        let costs: Vec<BigInt> = objective.iter().map(|x| scaled(x, &sigma)).collect();
        define(&mut text, "objective", &costs);
        let bound = scalar(&scaled(&optimum, &sigma));
        theorem(
            &mut text,
            "verified",
            &format!("bounded free rows (integers objective) {bound}"),
            &format!(
                "check_bound_sound free rows (integers multipliers) (integers objective)\n           \
                 {bound} {}",
                scalar(&scale)
            ),
        );
    }
    Some(text)
}

/// `(integer 5)`, `(integer (-5))`
fn scalar(value: &BigInt) -> String {
    if value.is_negative() { format!("(integer ({value}))") } else { format!("(integer {value})") }
}

fn list(values: &[BigInt]) -> String {
    let items: Vec<String> = values.iter().map(ToString::to_string).collect();
    format!("[{}]", items.join("; "))
}

fn define(text: &mut String, name: &str, values: &[BigInt]) {
    let _ = writeln!(text, "Definition {name} : row := {}.", list(values));
}

fn define_matrix(text: &mut String, name: &str, rows: impl Iterator<Item = Vec<BigInt>>) {
    let rows: Vec<String> = rows.map(|row| list(&row)).collect();
    let _ = writeln!(text, "Definition {name} : matrix :=\n  [{}].", rows.join(";\n   "));
}

fn theorem(text: &mut String, name: &str, statement: &str, proof: &str) {
    let _ = write!(
        text,
        "\nTheorem {name} :\n  {statement}.\nProof.\n  apply ({proof}).\n  vm_cast_no_check (eq_refl true).\nQed.\n\
         Print Assumptions {name}.\n"
    );
}
