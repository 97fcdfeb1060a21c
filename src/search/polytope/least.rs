//! The least value of a linear form on a piece of the simplex, with the multipliers that prove it.
//!
//! By linear programming duality, for constraints `g_i . f >= 0`,
//!
//! ```text
//! min { p . f : f >= 0, sum f = 1, g_i . f >= 0 } = max { t : t + sum_i lambda_i g_ij <= p_j for all j, lambda >= 0 }
//! ```
//!
//! The right-hand program has an obvious starting point (`lambda = 0`, `t = min p_j`), so one phase of the simplex
//! method with Bland's rule decides it, exactly and without cycling.

use crate::exact::Rational;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// `(t, lambda)` at the optimum of the program above.
pub(super) fn least(form: &[BigInt], constraints: &[Vec<BigInt>]) -> (Rational, Vec<Rational>) {
    let whole = |x: &BigInt| Rational::from_integer(x.clone());
    let columns = constraints.len() + 1; // the lambdas, then t
    // row j: slack_j = p_j - sum_i g_ij lambda_i - t; the last entry is the constant
    let mut rows: Vec<Vec<Rational>> = form
        .iter()
        .enumerate()
        .map(|(j, p)| {
            let mut row: Vec<Rational> = constraints.iter().map(|g| -whole(&g[j])).collect();
            row.extend([Rational::from_integer((-1).into()), whole(p)]);
            row
        })
        .collect();
    let mut objective = vec![Rational::zero(); columns + 1];
    objective[columns - 1] = Rational::from_integer(1.into());
    // variables: lambda_i is i, t is columns - 1, slack_j is columns + j
    let mut nonbasic: Vec<usize> = (0..columns).collect();
    let mut basic: Vec<usize> = (0..form.len()).map(|j| columns + j).collect();
    let start = (0..rows.len()).min_by(|&a, &b| form[a].cmp(&form[b])).unwrap_or(0);
    pivot(&mut rows, &mut objective, start, columns - 1);
    std::mem::swap(&mut basic[start], &mut nonbasic[columns - 1]);
    loop {
        let entering = (0..columns)
            .filter(|&col| objective[col].is_positive())
            .min_by_key(|&col| nonbasic[col]);
        let Some(col) = entering else { break };
        // t is free and never leaves; the program is bounded because the simplex piece is not empty
        let leaving = (0..rows.len())
            .filter(|&row| rows[row][col].is_negative() && basic[row] != columns - 1)
            .map(|row| (-&rows[row][columns] / &rows[row][col], basic[row], row))
            .min();
        let Some((_, _, row)) = leaving else { break };
        pivot(&mut rows, &mut objective, row, col);
        std::mem::swap(&mut basic[row], &mut nonbasic[col]);
    }
    let mut multipliers = vec![Rational::zero(); constraints.len()];
    for (row, &variable) in rows.iter().zip(&basic) {
        if let Some(entry) = multipliers.get_mut(variable) {
            entry.clone_from(&row[columns]);
        }
    }
    (objective[columns].clone(), multipliers)
}

/// Solves row `row` for its column `col` and substitutes everywhere else.
fn pivot(rows: &mut [Vec<Rational>], objective: &mut [Rational], row: usize, col: usize) {
    let pivot = rows[row][col].clone();
    let solved: Vec<Rational> = rows[row]
        .iter()
        .enumerate()
        .map(|(j, x)| if j == col { pivot.recip() } else { -x / &pivot })
        .collect();
    let substitute = |target: &mut [Rational]| {
        let factor = std::mem::replace(&mut target[col], Rational::zero());
        if !factor.is_zero() {
            for (entry, x) in target.iter_mut().zip(&solved).filter(|(_, x)| !x.is_zero()) {
                *entry += &factor * x;
            }
        }
    };
    for (_, other) in rows.iter_mut().enumerate().filter(|(index, _)| *index != row) {
        substitute(other);
    }
    substitute(objective);
    rows[row] = solved;
}

#[cfg(test)]
mod tests {
    use super::*;
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
            let (value, lambda) = least(&big(&form), &constraints.iter().map(big).collect::<Vec<_>>());
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
