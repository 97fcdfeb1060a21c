//! Outcomes of linear programs: what proves them, and what does not.

use super::refused;
use counterproof_kernel::kind::{
    LinearProgram, LinearProgramParams, LinearProgramProof, LpOutcome, LpRow, LpVariable, LpVerdict, Relation, Sense,
};
use counterproof_kernel::number::{Rational, integer, ratio};
use counterproof_kernel::{Certificate, ClaimId, Clock, Rejection};

fn program(sense: Sense) -> LinearProgram {
    LinearProgram { sense, constant: integer(0), variables: Vec::new(), rows: Vec::new() }
}

fn variable(lower: Option<i64>, upper: Option<i64>, cost: i64) -> LpVariable {
    LpVariable { name: String::new(), lower: lower.map(integer), upper: upper.map(integer), cost: integer(cost) }
}

fn row(terms: &[(usize, Rational)], relation: Relation, rhs: Rational) -> LpRow {
    LpRow { name: String::new(), terms: terms.to_vec(), relation, rhs }
}

fn check(outcome: &LpOutcome, program: &LinearProgram) -> Result<LpVerdict, Rejection> {
    outcome.check(program, &Clock::unlimited())
}

/// The same rows and bounds with another objective.
fn with_objective(program: &LinearProgram, sense: Sense, cost: impl Fn(usize) -> i64) -> LinearProgram {
    let mut program = LinearProgram { sense, constant: integer(0), ..program.clone() };
    program.variables.iter_mut().enumerate().for_each(|(j, variable)| variable.cost = integer(cost(j)));
    program
}

/// minimise -x - y with x + 2y <= 4, 3x + y <= 6, x, y >= 0: optimum -14/5 at (8/5, 6/5).
fn small() -> LinearProgram {
    let rows = vec![
        row(&[(0, integer(1)), (1, integer(2))], Relation::AtMost, integer(4)),
        row(&[(0, integer(3)), (1, integer(1))], Relation::AtMost, integer(6)),
    ];
    let variables = vec![variable(Some(0), None, -1), variable(Some(0), None, -1)];
    LinearProgram { variables, rows, ..program(Sense::Minimise) }
}

fn optimal(primal: [Rational; 2], dual: [Rational; 2]) -> LpOutcome {
    LpOutcome::Optimal { primal: primal.to_vec(), dual: dual.to_vec() }
}

#[test]
fn optima_are_accepted_and_tampering_is_not() {
    let lp = small();
    let (x, y) = ([ratio(8, 5), ratio(6, 5)], [ratio(-2, 5), ratio(-1, 5)]);
    let good = optimal(x.clone(), y.clone());
    assert_eq!(check(&good, &lp), Ok(LpVerdict::Optimal(ratio(-14, 5))));
    let none = [integer(0), integer(0)];
    let (gap, rows) = ("a bound of the objective that is the value of primal", "a point that satisfies all rows");
    let (bounds, empty) =
        ("a number within the bounds of its variable", "one whose lower bound exceeds its upper bound");
    for (bad, place, expected) in [
        (optimal(none.clone(), y.clone()), "proof.dual", gap),
        (optimal([integer(3), integer(0)], y.clone()), "proof.primal", rows),
        (optimal([integer(-1), integer(0)], y.clone()), "proof.primal[0]", bounds),
        (
            optimal(x.clone(), [ratio(2, 5), ratio(-1, 5)]),
            "proof.dual[0]",
            "the sign that the relation of its row wants",
        ),
        (optimal(x.clone(), none.clone()), "proof.dual", "a finite upper bound of variable 0, for what is left over"),
        (optimal(x, [ratio(-2, 5), ratio(-2, 5)]), "proof.dual", gap),
        (LpOutcome::Optimal { primal: vec![], dual: y.to_vec() }, "proof.primal: numbers", "2"),
        (LpOutcome::EmptyBounds { variable: 0 }, "proof.variable", empty),
        (LpOutcome::EmptyBounds { variable: 9 }, "proof.variable", empty),
        (
            LpOutcome::Infeasible { farkas: none.to_vec() },
            "proof.farkas",
            "rows and bounds combined to a contradiction",
        ),
        (LpOutcome::Unbounded { point: none.to_vec(), ray: vec![integer(1), integer(0)] }, "proof.ray", rows),
    ] {
        assert_eq!(refused(check(&bad, &lp)), (place.to_owned(), expected.to_owned()), "{bad:?}");
    }
}

#[test]
fn maximising_flips_the_dual_and_keeps_the_constant() {
    let lp = LinearProgram { constant: ratio(1, 5), ..with_objective(&small(), Sense::Maximise, |_| 1) };
    let good = optimal([ratio(8, 5), ratio(6, 5)], [ratio(2, 5), ratio(1, 5)]);
    assert_eq!(check(&good, &lp), Ok(LpVerdict::Optimal(integer(3))));
    let flipped = optimal([ratio(8, 5), ratio(6, 5)], [ratio(-2, 5), ratio(-1, 5)]);
    assert!(check(&flipped, &lp).is_err());
}

#[test]
fn contradictions_and_rays() {
    let mut lp = LinearProgram {
        variables: vec![variable(Some(0), Some(1), -1), variable(None, None, -1)],
        rows: vec![row(&[(0, integer(2))], Relation::AtLeast, integer(1))],
        ..program(Sense::Minimise)
    };
    let along =
        |ray: [i64; 2]| LpOutcome::Unbounded { point: vec![ratio(1, 2), integer(0)], ray: ray.map(integer).to_vec() };
    let ray = along([0, 1]);
    assert_eq!(check(&ray, &lp), Ok(LpVerdict::Unbounded));
    assert_eq!(refused(check(&along([1, 1]), &lp)).0, "proof.ray[0]");
    let up = with_objective(&lp, Sense::Maximise, |j| i64::from(j == 1));
    assert_eq!(check(&ray, &up), Ok(LpVerdict::Unbounded));
    let down = with_objective(&lp, Sense::Maximise, |j| -i64::from(j == 1));
    let (place, expected) = refused(check(&ray, &down));
    assert_eq!((place.as_str(), expected.as_str()), ("proof.ray", "a direction along which the objective gets better"));

    // x / 3 >= 1/2 is beyond x <= 1
    lp.rows.push(row(&[(0, ratio(1, 3))], Relation::AtLeast, ratio(1, 2)));
    let farkas = |last| LpOutcome::Infeasible { farkas: vec![integer(0), integer(last)] };
    assert_eq!(check(&farkas(1), &lp), Ok(LpVerdict::Infeasible));
    assert_eq!(refused(check(&farkas(-1), &lp)).0, "proof.farkas[1]");
}

#[test]
fn crossed_bounds_prove_themselves() {
    let lp = LinearProgram { variables: vec![variable(Some(2), Some(1), 0)], ..program(Sense::Maximise) };
    assert_eq!(check(&LpOutcome::EmptyBounds { variable: 0 }, &lp), Ok(LpVerdict::Infeasible));
}

#[test]
fn relations_have_their_signs() {
    assert_eq!([Relation::AtMost, Relation::AtLeast, Relation::Equal].map(Relation::symbol), ["<=", ">=", "="]);
}

#[test]
fn rows_must_be_canonical_and_names_printable() {
    let outcome = optimal([ratio(8, 5), ratio(6, 5)], [ratio(-2, 5), ratio(-1, 5)]);
    for terms in [
        vec![(0, integer(1)), (0, integer(2))],
        vec![(1, integer(2)), (0, integer(1))],
        vec![(0, integer(0)), (1, integer(2))],
        vec![(0, integer(1)), (2, integer(2))],
    ] {
        let mut lp = small();
        lp.rows[0].terms = terms;
        assert_eq!(refused(check(&outcome, &lp)).0, "program.rows[0].terms");
    }
    let mut lp = small();
    lp.variables[1].name = "y\n".to_owned();
    assert_eq!(refused(check(&outcome, &lp)).0, "program.variables[1].name");
}

fn certificate() -> Certificate {
    let program = LinearProgram {
        variables: vec![variable(Some(0), None, 3)],
        rows: vec![LpRow { name: "r".to_owned(), ..row(&[(0, integer(2))], Relation::AtMost, integer(1)) }],
        ..program(Sense::Maximise)
    };
    let outcome = LpOutcome::Optimal { primal: vec![ratio(1, 2)], dual: vec![ratio(3, 2)] };
    let params = LinearProgramParams::new(&program, &LpVerdict::Optimal(ratio(3, 2)));
    Certificate::new(ClaimId::LINEAR_PROGRAM, params, LinearProgramProof { program, outcome })
}

#[test]
fn a_written_certificate_is_read_and_checked() {
    let text = certificate().to_json().unwrap();
    let read = Certificate::parse(&text).unwrap();
    assert_eq!(read, certificate());
    let finding = read.check(&Clock::unlimited()).unwrap();
    assert_eq!(finding.statement, "the linear program with 1 variables and 1 rows has the maximum 3/2");
}

/// Every change is refused: by the digest, or, with the digest made good, by the parser or the checker.
#[test]
fn changed_certificates_are_refused() {
    let text = certificate().to_json().unwrap();
    for (from, to) in [
        ("\"optimum\":\"3/2\"", "\"optimum\":\"2\""),
        ("\"optimum\":\"3/2\"", "\"optimum\":null"),
        ("\"status\":\"optimal\"", "\"status\":\"infeasible\""),
        ("\"variables\":1", "\"variables\":2"),
        ("\"rows\":1", "\"rows\":0"),
        ("\"dual\":[\"3/2\"]", "\"dual\":[\"1\"]"),
        ("\"dual\":[\"3/2\"]", "\"dual\":[]"),
        ("\"primal\":[\"1/2\"]", "\"primal\":[\"1\"]"),
        ("\"primal\":[\"1/2\"]", "\"primal\":[\"2/4\"]"),
        ("\"rhs\":\"1\"", "\"rhs\":\"2\""),
        ("\"relation\":\"<=\"", "\"relation\":\">=\""),
        ("\"relation\":\"<=\"", "\"relation\":\"<\""),
        ("\"upper\":null", "\"upper\":\"0\""),
        (",\"upper\":null", ""),
        ("\"sense\":\"maximise\"", "\"sense\":\"minimise\""),
        ("[0,\"2\"]", "[1,\"2\"]"),
        ("[0,\"2\"]", "[0,\"0\"]"),
        ("[[0,\"2\"]]", "[[0,\"2\"],[0,\"2\"]]"),
        ("\"optimal\":{", "\"best\":{"),
        ("\"linear-program\",\"params\"", "\"no-position\",\"params\""),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let error = Certificate::parse(&changed).unwrap_err();
        // a liar also mends the digest: the message tells the right one
        let (Some(found), Some(expected)) = (error.found(), error.expected()) else { continue };
        let mended = Certificate::parse(&changed.replace(&found, &expected));
        let accepted = mended.is_ok_and(|mended| mended.check(&Clock::unlimited()).is_ok());
        assert!(!accepted, "{to} was accepted");
    }
}
