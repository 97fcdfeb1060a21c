//! Linear forms on the simplex of frequencies, as integer coefficients over a positive scale.
//!
//! On `sum f = 1` an affine function is a linear one: its value at vertex `j` is coefficient `j`.

use super::{Rejection, wrong};
use crate::cert::Multiplier;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use std::rc::Rc;

/// `sum_j coefficients_j f_j`, up to a positive factor.
pub(super) type Form = Vec<BigInt>;

/// The sign that the simplex alone gives a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    NotNegative,
    NotPositive,
    Open,
}

pub(super) fn plain_sign(form: &[BigInt]) -> Sign {
    if form.iter().all(|x| !x.is_negative()) {
        Sign::NotNegative
    } else if form.iter().all(|x| !x.is_positive()) {
        Sign::NotPositive
    } else {
        Sign::Open
    }
}

/// Checks that `form - sum lambda_i constraints_i` has no negative coefficient, all `lambda >= 0`, which shows
/// `form >= 0` wherever the constraints are `>= 0` on the simplex.
pub(super) fn implied(
    place: &str,
    form: &[BigInt],
    constraints: &[Rc<Form>],
    multipliers: &[Multiplier],
) -> Result<(), Rejection> {
    // multiply through by the common denominator of the multipliers
    let denominator =
        crate::exact::common_denominator(multipliers.iter().map(|multiplier| &multiplier.1.0));
    let mut rest: Form = form.iter().map(|x| x * &denominator).collect();
    for Multiplier(index, lambda) in multipliers {
        let constraint = constraints.get(*index).ok_or_else(|| {
            wrong(place, format!("a constraint below {}", constraints.len()), index)
        })?;
        if lambda.0.is_negative() {
            return Err(wrong(place, "multipliers that are not negative", lambda));
        }
        let factor = lambda.0.numer() * (&denominator / lambda.0.denom());
        for (entry, x) in rest.iter_mut().zip(constraint.iter()).filter(|(_, x)| !x.is_zero()) {
            *entry -= &factor * x;
        }
    }
    match rest.iter().position(Signed::is_negative) {
        None => Ok(()),
        Some(j) => Err(wrong(
            place,
            "multipliers that prove the sign",
            format!("a negative coefficient of f_{j}"),
        )),
    }
}

pub(super) fn negated(form: &[BigInt]) -> Form {
    form.iter().map(|x| -x).collect()
}
