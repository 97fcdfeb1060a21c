//! How far two softmax transformers are apart on the same inputs, with the tightest confidence bounds of their agreement that the kernel accepts.

use super::control::Control;
use super::sample::lower_bound;
use crate::kernel::definition::SoftmaxTransformer;
use crate::kernel::kind::{
    Between, ChosenInputs, Difference, DifferenceParams, Distribution, Drawn,
};
use crate::kernel::number::Rational;
use crate::kernel::{Clock, Rejection};
use num_bigint::BigUint;
use num_traits::{One, ToPrimitive};

/// The constant is the mean of as many outputs, to three decimals: what is off in it hardly changes the mean distance from it.
const LOOKED_AT: u64 = 1000;
const THOUSAND: i64 = 1000;
/// Outputs are above this, as far as it matters.
const FAR_BELOW: i64 = -1_000_000_000;

/// What was compared.
#[derive(Debug, Clone)]
pub struct Found {
    /// with the constant
    pub params: DifferenceParams,
    /// what is known of the inputs that were compared
    pub difference: Difference,
    /// how many these are
    pub inputs: BigUint,
    /// whether all that were asked for were compared
    pub complete: bool,
}

/// Compares the models on the inputs, as far as the control lets it; `None` where not one was compared.
///
/// # Errors
/// [`Rejection::Wrong`] for models, a length or parameters that cannot be compared.
pub fn difference(
    models: [&SoftmaxTransformer; 2],
    params: &DifferenceParams,
    control: &Control,
) -> Result<Option<Found>, Rejection> {
    let go_on = || control.go_on().is_ok();
    let clock = Clock::new(&go_on, control.threads());
    let constant = match mean(models, params, &clock) {
        Ok(constant) => constant.into(),
        Err(Rejection::Stopped) => return Ok(None),
        Err(error) => return Err(error),
    };
    let params = DifferenceParams { constant, ..params.clone() };
    let (distances, result) = match params.run(models, &clock) {
        Ok(found) => found,
        Err(Rejection::Stopped) => return Ok(None),
        Err(error) => return Err(error),
    };
    let complete = match result {
        Ok(()) => true,
        Err(Rejection::Stopped) => false,
        Err(error) => return Err(error),
    };
    if distances.inputs == BigUint::ZERO {
        return Ok(None);
    }
    let mut difference = Difference::of(models, &distances);
    if let ChosenInputs::Drawn(drawn) = &params.inputs {
        // a limit may have passed, and what was drawn is not to be lost
        let clock = Clock::unlimited();
        let number = |part: &BigUint| part.to_u64().unwrap_or(0);
        let [agree, open, all] = [&distances.agree, &distances.open, &distances.inputs].map(number);
        let lower = |met: u64| lower_bound(drawn, (all, met), &clock);
        difference.agreement = Between {
            at_least: lower(agree)?.into(),
            at_most: (Rational::one() - lower(all - agree - open)?).into(),
        };
    }
    Ok(Some(Found { params, difference, inputs: distances.inputs, complete }))
}

/// The mean output of the first model on the first inputs that are drawn; of all inputs, on some that are drawn uniformly. It is the mean distance
/// from a constant below all outputs.
fn mean(
    models: [&SoftmaxTransformer; 2],
    params: &DifferenceParams,
    clock: &Clock<'_>,
) -> Result<Rational, Rejection> {
    let mut drawn = match &params.inputs {
        ChosenInputs::Drawn(drawn) => drawn.clone(),
        ChosenInputs::All => Drawn {
            estimate: LOOKED_AT,
            confidence: Rational::new(1.into(), 2.into()).into(),
            seed: 0,
            distribution: Distribution::Uniform,
        },
    };
    drawn.estimate = drawn.estimate.min(LOOKED_AT);
    let far_below = Rational::from_integer(FAR_BELOW.into());
    let (inputs, constant) = (ChosenInputs::Drawn(drawn), far_below.clone().into());
    let (found, result) =
        DifferenceParams { inputs, constant, ..params.clone() }.run(models, clock)?;
    result?;
    let [_, (mean, _), _] = found.bounds();
    let unit = Rational::from_integer(THOUSAND.into());
    Ok(((mean + far_below) * &unit).round() / unit)
}
