//! The least value of a linear form on a piece of the simplex, with the multipliers that prove it.
//!
//! By linear programming duality, for constraints `g_i . f >= 0`,
//!
//! ```text
//! min { p . f : f >= 0, sum f = 1, g_i . f >= 0 } = max { t : t + sum_i lambda_i g_ij <= p_j for all j, lambda >= 0 }
//! ```
//!
//! Decided by the exact dense simplex of [`crate::search::lp`].

use crate::kernel::kind::{LpOutcome, LpVerdict, Relation, Sense};
use crate::kernel::number::Rational;
use crate::search::lp::{LpOptions, Region};
use num_bigint::BigInt;
use num_traits::{One, Zero};

/// `(t, lambda)` at the optimum of the program above; `None` when no point satisfies the constraints.
pub(super) fn least(
    form: &[BigInt],
    constraints: &[&Vec<BigInt>],
) -> Option<(Rational, Vec<Rational>)> {
    let terms = |form: &[BigInt]| -> Vec<(usize, Rational)> {
        let nonzero = form.iter().enumerate().filter(|(_, value)| !value.is_zero());
        nonzero.map(|(j, value)| (j, Rational::from_integer(value.clone()))).collect()
    };
    let mut region = Region::new(form.len(), Some(&Rational::zero()), None);
    let all = (0..form.len()).map(|j| (j, Rational::one()));
    region.add_row(all, Relation::Equal, Rational::one()).ok()?;
    for constraint in constraints {
        region.add_row(terms(constraint), Relation::AtLeast, Rational::zero()).ok()?;
    }
    let solved = region.optimise(Sense::Minimise, &terms(form), &LpOptions::default()).ok()?;
    match (solved.outcome, solved.verdict) {
        (LpOutcome::Optimal { mut dual, .. }, LpVerdict::Optimal(value)) => {
            Some((value, dual.split_off(1)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_traits::Signed;
    use proptest::prelude::*;

    proptest! {
        /// Weak duality at random points of the piece, and the multipliers do prove the bound.
        #[test]
        fn the_bound_is_proved_and_never_above_a_value(
            form in proptest::collection::vec(-5i64..=5, 4),
            constraints in proptest::collection::vec(proptest::collection::vec(-3i64..=3, 4), 0..4),
            points in proptest::collection::vec(proptest::collection::vec(0i64..=4, 4), 30),
        ) {
            let big = |v: &Vec<i64>| v.iter().map(|&x| BigInt::from(x)).collect::<Vec<_>>();
            let dot = |a: &[i64], b: &[i64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<i64>();
            let inside: Vec<_> = points
                .iter()
                .filter(|f| f.iter().sum::<i64>() > 0)
                .filter(|f| constraints.iter().all(|g| dot(g, f) >= 0))
                .collect();
            prop_assume!(!inside.is_empty());
            let (value, lambda) = least(&big(&form), &constraints.iter().map(big).collect::<Vec<_>>().iter().collect::<Vec<_>>()).unwrap();
            for j in 0..4 {
                let sum = constraints.iter().zip(&lambda).fold(value.clone(), |sum, (g, l)| {
                    sum + l * Rational::from_integer(g[j].into())
                });
                prop_assert!(sum <= Rational::from_integer(form[j].into()));
            }
            prop_assert!(lambda.iter().all(|l| !l.is_negative()));
            for f in inside {
                let at = Rational::new(dot(&form, f).into(), f.iter().sum::<i64>().into());
                prop_assert!(value <= at);
            }
        }
    }
}
