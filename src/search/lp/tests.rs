use super::*;
use crate::kernel::kind::{Relation, Sense};
use crate::kernel::number::{Rational, integer, ratio};
use crate::search::lp::Build;

/// A program over `x >= 0` from integer rows.
fn program(sense: Sense, cost: &[Rational], rows: &[(&[i64], Relation, i64)]) -> LinearProgram {
    let mut lp = LinearProgram::new(sense);
    for value in cost {
        lp.add(Some(integer(0)), None, value.clone());
    }
    for (terms, relation, rhs) in rows {
        let terms = terms.iter().enumerate().map(|(j, &value)| (j, integer(value)));
        lp.add_row("", terms, *relation, integer(*rhs)).unwrap();
    }
    lp
}

fn all_methods(lp: &LinearProgram) -> LpVerdict {
    let verdicts = [Method::Automatic, Method::Exact, Method::Float].map(|method| {
        solve(lp, &LpOptions { method, ..LpOptions::default() }).expect("no limit was set").verdict
    });
    assert_eq!(verdicts[0], verdicts[1]);
    assert_eq!(verdicts[0], verdicts[2]);
    verdicts[0].clone()
}

/// The verdict by what one attempt in floats proposes; whether it proposed anything.
fn by_attempt(lp: &LinearProgram, attempt: u64) -> (LpVerdict, bool) {
    let (form, options, steps) = (Form::new(lp), LpOptions::default(), Cell::new(0));
    let solver =
        Solver { program: lp, form: &form, options: &options, steps: &steps, elastic: false };
    let small = form.small.as_ref().expect("moderate numbers");
    let outcome = solver.with_floats(small, attempt..attempt + 1).expect("no limit was set");
    let proposed = propose(lp, attempt, 60.0, &|| false);
    let verdict = outcome.check(lp, &Clock::unlimited()).expect("a proof");
    (verdict, matches!(proposed, Proposal::Basis(_) | Proposal::Infeasible | Proposal::Unbounded))
}

/// Beale 1955: cycles under the largest-coefficient rule.
#[test]
fn beale_does_not_cycle() {
    let mut lp = LinearProgram::new(Sense::Minimise);
    for cost in [ratio(-3, 4), integer(150), ratio(-1, 50), integer(6)] {
        lp.add(Some(integer(0)), None, cost);
    }
    let rows = [
        ([ratio(1, 4), integer(-60), ratio(-1, 25), integer(9)], 0),
        ([ratio(1, 2), integer(-90), ratio(-1, 50), integer(3)], 0),
        ([integer(0), integer(0), integer(1), integer(0)], 1),
    ];
    for (terms, rhs) in rows {
        lp.add_row("", terms.into_iter().enumerate(), Relation::AtMost, integer(rhs)).unwrap();
    }
    assert_eq!(all_methods(&lp), LpVerdict::Optimal(ratio(-1, 20)));
    for attempt in 0..ATTEMPTS {
        assert_eq!(
            by_attempt(&lp, attempt),
            (LpVerdict::Optimal(ratio(-1, 20)), true),
            "{attempt}"
        );
    }
}

#[test]
fn klee_minty_cubes_end() {
    for n in [1_u32, 2, 5, 9, 12, 13] {
        let size = n as usize;
        let mut lp = LinearProgram::new(Sense::Maximise);
        for j in 0..n {
            lp.add(Some(integer(0)), None, integer(2_i64.pow(n - 1 - j)));
        }
        for i in 0..n {
            let mut terms: Vec<_> =
                (0..i).map(|j| (j as usize, integer(2_i64.pow(i - j + 1)))).collect();
            terms.push((i as usize, integer(1)));
            lp.add_row("", terms, Relation::AtMost, integer(5_i64.pow(i + 1))).unwrap();
        }
        assert_eq!(lp.rows.len(), size);
        assert_eq!(all_methods(&lp), LpVerdict::Optimal(integer(5_i64.pow(n))));
    }
}

#[test]
fn contradictions_rays_and_empty_programs() {
    use Relation::{AtLeast, AtMost, Equal};
    let one = [integer(1), integer(1)];
    let rows: &[(&[i64], Relation, i64)] = &[(&[1, 1], AtMost, 1), (&[1, 2], AtLeast, 3)];
    assert_eq!(all_methods(&program(Sense::Minimise, &one, rows)), LpVerdict::Infeasible);
    let rows: &[(&[i64], Relation, i64)] = &[(&[1, -1], AtMost, 1)];
    assert_eq!(all_methods(&program(Sense::Maximise, &one, rows)), LpVerdict::Unbounded);
    let rows: &[(&[i64], Relation, i64)] = &[(&[1, -1], Equal, 1), (&[0, 0], AtLeast, 0)];
    assert_eq!(all_methods(&program(Sense::Minimise, &one, rows)), LpVerdict::Optimal(integer(1)));
    let rows: &[(&[i64], Relation, i64)] = &[(&[0, 0], AtLeast, 1)];
    assert_eq!(all_methods(&program(Sense::Minimise, &one, rows)), LpVerdict::Infeasible);
    assert_eq!(all_methods(&LinearProgram::new(Sense::Minimise)), LpVerdict::Optimal(integer(0)));
    let mut crossed = LinearProgram::new(Sense::Minimise);
    crossed.add(Some(integer(1)), Some(integer(0)), integer(0));
    assert_eq!(all_methods(&crossed), LpVerdict::Infeasible);
}

mod random {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone)]
    struct Recipe {
        sense: Sense,
        /// Lower and upper bound and cost.
        columns: Vec<(Option<i64>, Option<i64>, i64)>,
        rows: Vec<(Vec<i64>, u8, i64)>,
    }

    fn recipe(width: usize, height: usize) -> impl Strategy<Value = Recipe> {
        let column = (
            prop_oneof![3 => (-3i64..=1).prop_map(Some), 1 => Just(None)],
            prop_oneof![2 => (1i64..=4).prop_map(Some), 2 => Just(None)],
            -4i64..=4,
        );
        let row = (proptest::collection::vec(-3i64..=3, width), 0u8..3, -6i64..=6);
        (
            any::<bool>(),
            proptest::collection::vec(column, width),
            proptest::collection::vec(row, 0..=height),
        )
            .prop_map(|(maximise, columns, rows)| Recipe {
                sense: if maximise { Sense::Maximise } else { Sense::Minimise },
                columns,
                rows,
            })
    }

    fn build(recipe: &Recipe, denominator: i64) -> LinearProgram {
        let mut lp = LinearProgram::new(recipe.sense);
        for (lower, upper, cost) in &recipe.columns {
            let rational = |bound: &Option<i64>| bound.map(|bound| ratio(bound, denominator));
            lp.add(rational(lower), rational(upper), integer(*cost));
        }
        for (terms, relation, rhs) in &recipe.rows {
            let relation =
                [Relation::AtMost, Relation::AtLeast, Relation::Equal][usize::from(*relation)];
            let terms = terms.iter().enumerate().map(|(j, &v)| (j, ratio(v, denominator + 1)));
            lp.add_row("", terms, relation, integer(*rhs)).unwrap();
        }
        lp
    }

    /// Vertices by enumeration: every choice of `n` rows or bounds that determines a point. With a box
    /// around everything the program is bounded, and its optimum is at a vertex.
    fn by_enumeration(lp: &LinearProgram) -> Option<Rational> {
        let n = lp.variables.len();
        let mut planes: Vec<(Vec<Rational>, Rational)> = Vec::new();
        for row in &lp.rows {
            let mut normal = vec![integer(0); n];
            row.terms.iter().for_each(|(j, value)| normal[*j] = value.clone());
            planes.push((normal, row.rhs.clone()));
        }
        for (j, variable) in lp.variables.iter().enumerate() {
            for bound in [&variable.lower, &variable.upper].into_iter().flatten() {
                let normal = (0..n).map(|i| integer(i64::from(i == j))).collect();
                planes.push((normal, bound.clone()));
            }
        }
        let mut best: Option<Rational> = None;
        let mut chosen: Vec<usize> = (0..n).collect();
        loop {
            let rows = chosen.iter().map(|&k| planes[k].0.clone()).collect();
            let right: Vec<_> = chosen.iter().map(|&k| planes[k].1.clone()).collect();
            let matrix = crate::kernel::number::Matrix::from_rows(n, rows).unwrap();
            if crate::algebra::rank(&matrix) == n {
                let x = crate::algebra::solve(&matrix, &right).unwrap().unwrap();
                let zero = LpOutcome::Unbounded { point: x.clone(), ray: vec![integer(0); n] };
                // A point that is feasible fails only for its ray.
                let refusal = zero.check(lp, &Clock::unlimited()).unwrap_err().to_string();
                if refusal.contains("proof.ray: expected a direction along which the objective") {
                    let value: Rational =
                        lp.variables.iter().zip(&x).map(|(v, x)| &v.cost * x).sum();
                    let better = best.as_ref().is_none_or(|best| match lp.sense {
                        Sense::Minimise => value < *best,
                        Sense::Maximise => value > *best,
                    });
                    if better {
                        best = Some(value);
                    }
                }
            }
            let Some(k) = (0..n).rev().find(|&k| chosen[k] + n - k < planes.len()) else {
                return best;
            };
            chosen[k] += 1;
            for later in k + 1..n {
                chosen[later] = chosen[later - 1] + 1;
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Every method gives a proof that the checker accepts, and the same verdict.
        #[test]
        fn methods_agree(recipe in recipe(4, 5), denominator in 1i64..=3) {
            let lp = build(&recipe, denominator);
            let verdict = all_methods(&lp);
            // a program without bounds that are empty has a form
            if Form::new(&lp).empty_bounds().is_none() {
                for attempt in [0, ATTEMPTS - 1] {
                    prop_assert_eq!(by_attempt(&lp, attempt).0, verdict.clone());
                }
            }
        }

        /// A region stays where the last form led it, and gives the same answers as a fresh start.
        #[test]
        fn regions_agree_with_single_programs(
            recipe in recipe(4, 5),
            forms in proptest::collection::vec((any::<bool>(), -5i64..=5, -5i64..=5), 1..6),
        ) {
            let lp = build(&recipe, 2);
            let mut region = Region::of(&lp);
            let options = LpOptions::default();
            for (maximise, a, b) in forms {
                let sense = if maximise { Sense::Maximise } else { Sense::Minimise };
                let terms = [(0, integer(a)), (2, ratio(b, 3))];
                let mut single = lp.clone();
                single.set_objective(sense, &terms).unwrap();
                let found = region.optimise(sense, &terms, &options).unwrap().verdict;
                prop_assert_eq!(found, solve(&single, &options).unwrap().verdict);
            }
        }

        #[test]
        fn boxed_programs_agree_with_enumeration(recipe in recipe(3, 4), denominator in 1i64..=2) {
            let mut recipe = recipe;
            for (lower, upper, _) in &mut recipe.columns {
                *lower = lower.or(Some(-5));
                *upper = upper.or(Some(5));
            }
            let lp = build(&recipe, denominator);
            let expected = by_enumeration(&lp).map_or(LpVerdict::Infeasible, LpVerdict::Optimal);
            prop_assert_eq!(all_methods(&lp), expected);
        }

        /// Numbers far beyond 64 bits take the roads for big integers.
        #[test]
        fn big_numbers_agree(recipe in recipe(3, 4), shift in 30u32..=90) {
            let mut lp = LinearProgram::new(recipe.sense);
            let big = |value: i64| integer(num_bigint::BigInt::from(value) << shift);
            for (index, (lower, upper, cost)) in recipe.columns.iter().enumerate() {
                let cost = big(*cost) + integer(i64::try_from(index).unwrap());
                lp.add(lower.map(integer), upper.map(big), cost);
            }
            for (terms, relation, rhs) in &recipe.rows {
                let relation =
                    [Relation::AtMost, Relation::AtLeast, Relation::Equal][usize::from(*relation)];
                let terms = terms.iter().enumerate().map(|(j, &v)| (j, big(v) + integer(1)));
                lp.add_row("", terms, relation, integer(*rhs)).unwrap();
            }
            all_methods(&lp);
        }
    }
}

#[test]
fn a_stop_is_undecided() {
    let rows: &[(&[i64], Relation, i64)] = &[(&[1, 1], Relation::AtMost, 1)];
    let lp = program(Sense::Maximise, &[integer(1), integer(1)], rows);
    let options = LpOptions { stop: &|| true, ..LpOptions::default() };
    assert_eq!(solve(&lp, &options), Err(Undecided::Stopped { steps: 0 }));
}
