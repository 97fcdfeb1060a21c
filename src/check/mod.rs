//! The checker: recomputes everything a certificate says, and believes nothing.
//!
//! One file for each kind of proof. No search, no enumeration engine and no construction is used here:
//! a finite certificate is evaluated again input by input, a symbolic one has its signs and its final identity
//! derived again from the weights. Trusted: exact, model, task, cert and this room.

#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable
    )
)]

mod collision;
mod counterexample;
mod exhaustive;
mod form;
mod grid;
mod interval;
mod inverse_width;
mod linear_program;
mod mfe_bits;
mod misreading;
mod pigeonhole;
mod polytope;
mod readings;
mod readout;
mod repetition;
mod scalar;
mod separation;
mod statement;
mod welch;

use crate::cert::{Certificate, Proof, Verdict};
use crate::exact::ShapeError;
use crate::model::ModelError;

/// What a valid certificate proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub verdict: Verdict,
    /// the statement in words, with its sizes
    pub statement: String,
}

/// Why a certificate proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("{place}: expected {expected}, found {found}")]
    Wrong { place: String, expected: String, found: String },
    #[error(transparent)]
    Model(#[from] ModelError),
    /// the check was stopped before it ended; nothing is known
    #[error("stopped before the check was finished")]
    Stopped,
}

impl From<ShapeError> for Rejection {
    fn from(error: ShapeError) -> Self {
        Self::Model(error.into())
    }
}

/// Asked now and then during a long check; `false` stops it.
pub type KeepGoing<'a> = &'a (dyn Fn() -> bool + Sync);

/// Checks a certificate.
///
/// # Errors
/// [`Rejection`] naming the first field that does not hold.
///
/// ```
/// use counterproof::cert::{Certificate, Proof};
/// use counterproof::check::{Rejection, check};
/// use counterproof::claim::{Claim, Request};
/// use counterproof::search::control::Control;
///
/// let request = Request { m: Some(vec![4]), d: Some(vec![1]), ..Request::default() };
/// let cell = &Claim::named("uniform-collision").unwrap().cells(&request)?[0];
/// let mut certificate = cell.decide(&Control::default())?.certificate;
/// assert!(check(&certificate, &|| true)?.statement.contains("two inputs of length 3"));
///
/// // a stronger statement does not follow from the same proof
/// let Proof::Collision(params, _) = &mut certificate.proof else { panic!("another kind") };
/// params.collides_at = Some(2);
/// assert!(matches!(check(&certificate, &|| true), Err(Rejection::Wrong { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check(certificate: &Certificate, keep_going: KeepGoing<'_>) -> Result<Finding, Rejection> {
    let claim = certificate.claim;
    match &certificate.proof {
        Proof::Exhaustive(params, data) => exhaustive::check(claim, params, data, keep_going),
        Proof::Polytope(params, data) => polytope::check(claim, params, data, keep_going),
        Proof::Interval(params, data) => interval::check(claim, params, data, keep_going),
        Proof::Counterexample(params, data) => counterexample::check(claim, params, data),
        Proof::Repetition(params, data) => repetition::check(claim, params, data, keep_going),
        Proof::Readings(params, data) => readings::check(claim, params, data, keep_going),
        Proof::Misreading(params, data) => misreading::check(claim, params, data),
        Proof::Collision(params, data) => collision::check(claim, params, data, keep_going),
        Proof::Separation(params, data) => separation::check(claim, params, data, keep_going),
        Proof::Welch(params, data) => welch::check(claim, params, data),
        Proof::MfeBits(params, data) => mfe_bits::check(claim, params, data, keep_going),
        Proof::Pigeonhole(params, _) => pigeonhole::check(claim, params),
        Proof::InverseWidth(params, data) => inverse_width::check(claim, params, data, keep_going),
        Proof::LinearProgram(params, data) => linear_program::check(claim, params, data),
        Proof::LinearDependence(params, data) => readout::check_none(claim, params, data),
        Proof::LinearReadout(params, data) => readout::check_some(claim, params, data),
    }
}

fn wrong(place: impl Into<String>, expected: impl ToString, found: impl ToString) -> Rejection {
    let clip = |text: String| {
        if text.chars().count() > 120 {
            text.chars().take(120).chain("...".chars()).collect()
        } else {
            text
        }
    };
    Rejection::Wrong {
        place: place.into(),
        expected: clip(expected.to_string()),
        found: clip(found.to_string()),
    }
}

fn expect<T: PartialEq + ToString>(place: &str, expected: T, found: T) -> Result<(), Rejection> {
    if expected == found { Ok(()) } else { Err(wrong(place, expected, found)) }
}
