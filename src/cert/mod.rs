//! Certificates: what a verdict rests on, in a form that a stranger's program can check.
//!
//! A certificate is one JSON object
//! `{"format", "version", "claim", "params", "data", "sha256"}`; `docs/certificates.md` describes it
//! field by field. `params` is the statement, `data` is an object with a single key that names the kind of
//! proof. Nothing in here is believed: [`crate::check`] recomputes it. A [`Certificate`] exists only
//! parsed or built from typed parts, so unknown fields, rationals that are not in canonical form and
//! matrices of a wrong shape never get past this room.

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

mod bounds;
mod collision;
mod counting;
mod envelope;
mod inverse_width;
mod linear_program;
mod polytope;
mod reading;
mod readout;
mod repetition;
mod separation;

pub use bounds::{MfeBits, MfeBitsParams, Pigeonhole, PigeonholeParams, Welch, WelchParams};
pub use collision::{Collision, CollisionParams, IntegerText, KernelProof, Pair, Subject};
pub use counting::{Counterexample, Counting, Exhaustive, Inputs, Interval, LeastBase, Length};
pub use envelope::{FORMAT, MAX_BYTES, ParseError, VERSION};
pub use inverse_width::{
    GridEvidence, InverseWidth, InverseWidthParams, SlopeEvidence, WidthEvidence,
};
pub use linear_program::{LinearProgramParams, LinearProgramProof, LpStatus};
pub use polytope::{Leaf, Multiplier, Polytope, Step};
pub use reading::{Between, Found, Misreading, Natural, ReadingParams, Readings};
pub use readout::{Dependence, LinearReadoutParams, LinearReadouts};
pub use repetition::{Repetition, RepetitionParams};
pub use separation::{Separation, SeparationParams};

use serde::{Deserialize, Serialize};
use std::fmt;

/// The statements that certificates are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimId {
    QcHistogram,
    MfeHistogram,
    QcCountAttend,
    NoPosition,
    Model,
    UniformCollision,
    AttentionCollision,
    Separation,
    Welch,
    MfeBits,
    Pigeonhole,
    InverseWidth,
    LinearProgram,
    LinearReadout,
}

impl ClaimId {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::QcHistogram => "qc-histogram",
            Self::MfeHistogram => "mfe-histogram",
            Self::QcCountAttend => "qc-count-attend",
            Self::NoPosition => "no-position",
            Self::Model => "model",
            Self::UniformCollision => "uniform-collision",
            Self::AttentionCollision => "attention-collision",
            Self::Separation => "separation",
            Self::Welch => "welch",
            Self::MfeBits => "mfe-bits",
            Self::Pigeonhole => "pigeonhole",
            Self::InverseWidth => "inverse-width",
            Self::LinearProgram => "linear-program",
            Self::LinearReadout => "linear-readout",
        }
    }
}

impl fmt::Display for ClaimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The three answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// holds for all inputs in the stated domain
    Verified,
    /// fails, with an input that shows it
    Refuted,
    /// a limit was hit first
    Undecided,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verified => "verified",
            Self::Refuted => "refuted",
            Self::Undecided => "undecided",
        })
    }
}

/// A statement together with its proof.
///
/// ```
/// use counterproof::cert::{Certificate, Length, Proof, Subject, Verdict};
/// use counterproof::claim::{Claim, Request};
/// use counterproof::search::control::Control;
///
/// let request = Request { m: Some(vec![4]), d: Some(vec![1]), ..Request::default() };
/// let cell = &Claim::named("uniform-collision").unwrap().cells(&request)?[0];
/// let text = cell.decide(&Control::default())?.certificate.to_json()?;
///
/// // what a reader of the file does: parse, look at the statement, check
/// let certificate = Certificate::parse(&text)?;
/// let Proof::Collision(params, data) = &certificate.proof else { panic!("another kind") };
/// assert_eq!((params.free_up_to, params.collides_at), (Length::Exactly(2), Some(3)));
/// assert!(matches!(data.subject, Subject::Embedding(_)));
/// assert_eq!(counterproof::check::check(&certificate, &|| true)?.verdict, Verdict::Verified);
///
/// // one altered digit is noticed
/// assert!(Certificate::parse(&text.replacen("\"m\":4", "\"m\":5", 1)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    pub claim: ClaimId,
    pub proof: Proof,
}

/// The kinds of proof; one file of [`crate::check`] each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// every input of a finite domain is evaluated again
    Exhaustive(Counting, Exhaustive),
    /// an identity on the polytope of frequencies, so for every context length
    Polytope(Counting, Polytope),
    /// the MLP's input is a number in an interval that depends on the count only
    Interval(Counting, Interval),
    /// one input on which the model fails
    Counterexample(Counting, Counterexample),
    /// repeating any input leaves the output as it was
    Repetition(RepetitionParams, Repetition),
    /// every input of a softmax transformer is judged in enclosures
    Readings(ReadingParams, Readings),
    /// one input that a softmax transformer reads wrong
    Misreading(ReadingParams, Misreading),
    /// two inputs that attention cannot tell apart, and that shorter ones are told apart
    Collision(CollisionParams, Collision),
    /// how close states with different answers come
    Separation(SeparationParams, Separation),
    /// all products of normalised embeddings
    Welch(WelchParams, Welch),
    /// messages that must differ
    MfeBits(MfeBitsParams, MfeBits),
    /// two numbers to compare
    Pigeonhole(PigeonholeParams, Pigeonhole),
    /// networks that invert, and what no smaller one can do
    InverseWidth(InverseWidthParams, Box<InverseWidth>),
    /// a linear program's optimum with its dual, a contradiction, or a ray
    LinearProgram(LinearProgramParams, LinearProgramProof),
    /// an affine dependence of token vectors: no linear readout counts
    LinearDependence(LinearReadoutParams, Dependence),
    /// linear readouts that count, one for each query
    LinearReadout(LinearReadoutParams, LinearReadouts),
}

impl Proof {
    /// The key under which `data` holds the proof.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Exhaustive(..) => "exhaustive",
            Self::Polytope(..) => "polytope",
            Self::Interval(..) => "interval",
            Self::Counterexample(..) => "counterexample",
            Self::Repetition(..) => "repetition",
            Self::Readings(..) => "readings",
            Self::Misreading(..) => "misreading",
            Self::Collision(..) => "collision",
            Self::Separation(..) => "separation",
            Self::Welch(..) => "welch",
            Self::MfeBits(..) => "mfe-bits",
            Self::Pigeonhole(..) => "pigeonhole",
            Self::InverseWidth(..) => "inverse-width",
            Self::LinearProgram(..) => "linear-program",
            Self::LinearDependence(..) => "linear-dependence",
            Self::LinearReadout(..) => "linear-readout",
        }
    }
}
