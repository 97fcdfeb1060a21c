//! A softmax transformer on inputs drawn at random, and the tightest confidence bounds that the kernel accepts.
//!
//! The bounds of Clopper and Pearson (Biometrika 26, 1934) are looked for in floats, on a grid of nine decimals, and moved outwards until the
//! kernel's own bound of the binomial tail confirms them.

use super::control::Control;
use crate::kernel::definition::SoftmaxTransformer;
use crate::kernel::evidence::Marks;
use crate::kernel::kind::{Between, Drawn, Sample, SampleParams};
use crate::kernel::number::{Rational, ratio};
use crate::kernel::{Clock, Rejection};
use num_traits::{One, ToPrimitive};

/// Bounds are multiples of `1 / GRID`.
const GRID: i64 = 1_000_000_000;

/// What was drawn.
#[derive(Debug, Clone)]
pub struct Found {
    /// what the inputs are like, and bounds for as many as there are
    pub sample: Sample,
    /// how many inputs were judged
    pub sampled: u64,
    /// the number of the first wrong one
    pub first_wrong: Option<u64>,
    /// whether all that were asked for were judged
    pub complete: bool,
}

/// Draws and judges the inputs, as far as the control lets it; `None` where not one was judged.
///
/// # Errors
/// [`Rejection::Wrong`] for a model, length or parameters that cannot be sampled.
pub fn sample(
    model: &SoftmaxTransformer,
    params: &SampleParams,
    control: &Control,
) -> Result<Option<Found>, Rejection> {
    let go_on = || control.go_on().is_ok();
    let clock = Clock::new(&go_on, control.threads());
    let (marks, result) = match params.sampler(model, &clock) {
        Ok(sampler) => sampler.run(&clock),
        Err(error) => (Marks::default(), Err(error)),
    };
    let complete = match result {
        Ok(()) => true,
        Err(Rejection::Stopped) => false,
        Err(error) => return Err(error),
    };
    let sampled = marks.sampled();
    if sampled == 0 {
        return Ok(None);
    }
    let mut sample = Sample::of(model, &marks);
    // a limit may have passed, and what was drawn is not to be lost
    let clock = Clock::unlimited();
    let wrong = sampled - marks.right - marks.open;
    let drawn = params.drawn();
    let lower = |right: u64| lower_bound(&drawn, (sampled, right), &clock);
    sample.accuracy = Between {
        at_least: lower(marks.right)?.into(),
        at_most: (Rational::one() - lower(wrong)?).into(),
    };
    Ok(Some(Found { sample, sampled, first_wrong: marks.first_wrong, complete }))
}

/// The largest bound on the grid that the kernel accepts, up to a few steps.
pub(super) fn lower_bound(
    drawn: &Drawn,
    (sampled, right): (u64, u64),
    clock: &Clock<'_>,
) -> Result<Rational, Rejection> {
    let doubt = ((Rational::one() - &drawn.confidence.0) / ratio(2, 1)).to_f64().unwrap_or(0.0);
    let fits = |at: i64| ln_tail(sampled, right, at as f64 / GRID as f64) <= doubt.ln();
    let (mut low, mut high) = (0, GRID);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle) { low = middle } else { high = middle }
    }
    let mut step = 1;
    let confirmed =
        |low: i64| drawn.bounds_below("a bound", (sampled, right), &ratio(low, GRID), clock);
    while low > 0 && !confirmed(low)? {
        low -= step;
        step *= 2;
    }
    Ok(ratio(low.max(0), GRID))
}

/// The logarithm of the probability that at least `least` of `trials` succeed, in floats.
fn ln_tail(trials: u64, least: u64, p: f64) -> f64 {
    if least == 0 || p >= 1.0 {
        return 0.0;
    }
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let odds = p.ln() - (-p).ln_1p();
    let mut term = trials as f64 * (-p).ln_1p();
    for done in 0..least {
        term += ((trials - done) as f64 / (done + 1) as f64).ln() + odds;
    }
    let (first, mut sum, mut each) = (term, 1.0, 1.0f64);
    for done in least..trials {
        each *= (trials - done) as f64 / (done + 1) as f64 * odds.exp();
        sum += each;
        if each < sum * 1e-18 {
            break;
        }
    }
    first + f64::ln(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_tables() {
        // P[X >= 8 of 10] at p = 0.4439045 is 0.025, as in every table of exact intervals
        assert!((ln_tail(10, 8, 0.443_904_5).exp() - 0.025).abs() < 1e-6);
        assert_eq!(ln_tail(10, 0, 0.3), 0.0);
        assert!((ln_tail(3, 3, 0.5) - 0.125f64.ln()).abs() < 1e-12);
        // more terms than floats distinguish
        assert!((ln_tail(100_000, 50_001, 0.5).exp() - 0.498_738).abs() < 1e-5);
    }
}
