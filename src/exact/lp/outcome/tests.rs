use super::*;
use crate::exact::{integer, ratio};

/// minimise -x - y with x + 2y <= 4, 3x + y <= 6, x, y >= 0: optimum -14/5 at (8/5, 6/5).
fn small() -> LinearProgram {
    let mut lp = LinearProgram::new(Sense::Minimise);
    lp.add(Some(integer(0)), None, integer(-1));
    lp.add(Some(integer(0)), None, integer(-1));
    lp.add_row("", [(0, integer(1)), (1, integer(2))], Relation::AtMost, integer(4)).unwrap();
    lp.add_row("", [(0, integer(3)), (1, integer(1))], Relation::AtMost, integer(6)).unwrap();
    lp
}

fn optimal(primal: [Rational; 2], dual: [Rational; 2]) -> LpOutcome {
    LpOutcome::Optimal { primal: primal.to_vec(), dual: dual.to_vec() }
}

#[test]
fn optima_are_accepted_and_tampering_is_not() {
    let lp = small();
    let (x, y) = ([ratio(8, 5), ratio(6, 5)], [ratio(-2, 5), ratio(-1, 5)]);
    let good = optimal(x.clone(), y.clone());
    assert_eq!(good.check(&lp), Ok(LpVerdict::Optimal(ratio(-14, 5))));
    for (bad, why) in [
        (optimal([integer(0), integer(0)], y.clone()), OutcomeError::Gap),
        (
            optimal([integer(3), integer(0)], y.clone()),
            OutcomeError::Row { field: "primal", row: 1 },
        ),
        (
            optimal([integer(-1), integer(0)], y.clone()),
            OutcomeError::Bound { field: "primal", variable: 0 },
        ),
        (
            optimal(x.clone(), [ratio(2, 5), ratio(-1, 5)]),
            OutcomeError::Sign { field: "dual", row: 0 },
        ),
        (
            optimal(x.clone(), [integer(0), integer(0)]),
            OutcomeError::MissingBound { field: "dual", variable: 0 },
        ),
        (optimal(x, [ratio(-2, 5), ratio(-2, 5)]), OutcomeError::Gap),
        (
            LpOutcome::Optimal { primal: vec![], dual: y.to_vec() },
            OutcomeError::Length { field: "primal", expected: 2, found: 0 },
        ),
        (LpOutcome::EmptyBounds { variable: 0 }, OutcomeError::BoundsNotEmpty(0)),
        (LpOutcome::EmptyBounds { variable: 9 }, OutcomeError::BoundsNotEmpty(9)),
        (
            LpOutcome::Infeasible { farkas: vec![integer(0), integer(0)] },
            OutcomeError::NoContradiction,
        ),
        (
            LpOutcome::Unbounded {
                point: vec![integer(0), integer(0)],
                ray: vec![integer(1), integer(0)],
            },
            OutcomeError::Row { field: "ray", row: 0 },
        ),
    ] {
        assert_eq!(bad.check(&lp), Err(why), "{bad:?}");
    }
}

#[test]
fn maximising_flips_the_dual_and_keeps_the_constant() {
    let mut lp = small().with_objective(Sense::Maximise, |_| integer(1));
    lp.set_constant(ratio(1, 5));
    let good = optimal([ratio(8, 5), ratio(6, 5)], [ratio(2, 5), ratio(1, 5)]);
    assert_eq!(good.check(&lp), Ok(LpVerdict::Optimal(integer(3))));
    let flipped = optimal([ratio(8, 5), ratio(6, 5)], [ratio(-2, 5), ratio(-1, 5)]);
    assert!(flipped.check(&lp).is_err());
}

#[test]
fn contradictions_and_rays() {
    let mut lp = LinearProgram::new(Sense::Minimise);
    lp.add(Some(integer(0)), Some(integer(1)), integer(-1));
    lp.add(None, None, integer(-1));
    lp.add_row("", [(0, integer(2)), (1, integer(0))], Relation::AtLeast, integer(1)).unwrap();
    let ray = LpOutcome::Unbounded {
        point: vec![ratio(1, 2), integer(0)],
        ray: vec![integer(0), integer(1)],
    };
    assert_eq!(ray.check(&lp), Ok(LpVerdict::Unbounded));
    let moving_bounded = LpOutcome::Unbounded {
        point: vec![ratio(1, 2), integer(0)],
        ray: vec![integer(1), integer(1)],
    };
    assert_eq!(moving_bounded.check(&lp), Err(OutcomeError::Bound { field: "ray", variable: 0 }));
    let up = lp.with_objective(Sense::Maximise, |j| integer(i64::from(j == 1)));
    assert_eq!(ray.check(&up), Ok(LpVerdict::Unbounded));
    let down = lp.with_objective(Sense::Maximise, |j| integer(-i64::from(j == 1)));
    assert_eq!(ray.check(&down), Err(OutcomeError::NoImprovement));

    lp.add_row("", [(0, ratio(1, 3))], Relation::AtLeast, ratio(1, 2)).unwrap();
    let farkas = LpOutcome::Infeasible { farkas: vec![integer(0), integer(1)] };
    assert_eq!(farkas.check(&lp), Ok(LpVerdict::Infeasible));
    let negative = LpOutcome::Infeasible { farkas: vec![integer(0), integer(-1)] };
    assert_eq!(negative.check(&lp), Err(OutcomeError::Sign { field: "farkas", row: 1 }));
}

#[test]
fn crossed_bounds_prove_themselves() {
    let mut lp = LinearProgram::new(Sense::Maximise);
    lp.add(Some(integer(2)), Some(integer(1)), integer(0));
    assert_eq!(LpOutcome::EmptyBounds { variable: 0 }.check(&lp), Ok(LpVerdict::Infeasible));
}
