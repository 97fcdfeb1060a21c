//! The kinds of proof: one file each, one row each.
//!
//! A file has the statement's parameters, the proof's data and the check. [`KINDS`] is the whole table: what a kind is called,
//! which claims it may prove, and whether it carries evidence or is a bare enumeration.

mod accuracy;
mod claim;
mod collision;
mod collision_part;
mod counterexample;
mod counting;
mod difference;
mod exhaustive;
mod exhaustive_part;
mod histogram_error;
mod interval;
mod inverse_width;
mod least_precision;
mod linear_program;
mod lipschitz;
mod lipschitz_bound;
mod machine_numbers;
mod machine_readings;
mod mfe_bits;
mod misreading;
mod normalised_states;
mod pigeonhole;
mod polytope;
mod readings;
mod readings_part;
mod readout;
mod repetition;
mod sample;
mod separation;
mod welch;

pub use accuracy::{Accuracy, AccuracyParams};
pub use claim::{ClaimId, Finding, Verdict};
pub use collision::{Collision, CollisionParams, Pair, Scores, Subject, attention_matrices};
pub use collision_part::{CollisionPart, CollisionPartParams};
pub use counterexample::Counterexample;
pub use counting::{Counting, Inputs};
pub use difference::{ChosenInputs, Difference, DifferenceParams};
pub use exhaustive::Exhaustive;
pub use exhaustive_part::{ExhaustivePart, ExhaustivePartParams};
pub use histogram_error::{HistogramError, HistogramErrorParams, LowerBound, Packing, Vectors};
pub use interval::{Interval, LeastBase};
pub use inverse_width::{GridEvidence, InverseWidth, InverseWidthParams, SlopeEvidence, WidthEvidence};
pub use least_precision::{LeastPrecision, LeastPrecisionParams};
pub use linear_program::{
    LinearProgram, LinearProgramParams, LinearProgramProof, LpOutcome, LpRow, LpStatus, LpVariable, LpVerdict,
    Relation, Sense,
};
pub use lipschitz::{Lipschitz, LipschitzParams, Steepness};
pub use lipschitz_bound::{LipschitzBound, LipschitzBoundParams};
pub use machine_numbers::{
    Construction, MAX_N, MAX_TOKENS, MachineNumbers, MachineNumbersParams, WrongCount, tournament,
};
pub use machine_readings::{
    InEveryOrder, MAX_ULPS, MachineProof, MachineReadingParams, MachineReadings, ModelArithmetic, WrongInput,
};
pub use mfe_bits::{MfeBits, MfeBitsParams};
pub use misreading::{Between, Found, Misreading, ReadingParams};
pub use normalised_states::{Norm, NormalisedParams, NormalisedStates, TwoInputs};
pub use pigeonhole::{Pigeonhole, PigeonholeParams};
pub use polytope::{Leaf, Multiplier, Polytope, Step};
pub use readings::Readings;
pub use readings_part::{ReadingsPart, ReadingsPartParams};
pub use readout::{Dependence, LinearReadoutParams, LinearReadouts};
pub use repetition::{Repetition, RepetitionParams};
pub use sample::{Distribution, Drawn, MAX_SAMPLE, Sample, SampleParams, SampledAnswer};
pub use separation::{Separation, SeparationParams};
pub use welch::{Welch, WelchParams};

use crate::definition::InputPart;
use crate::envelope::{ParseError, read};
use crate::rejection::{Clock, Rejection};
use serde::{Serialize, de::DeserializeOwned};
use std::any::Any;
use std::sync::Arc;

/// What a kind's data is to the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// evidence that the check follows
    Carried,
    /// nothing: every input is evaluated again, and the data says so
    Enumeration,
    /// nothing: the statement is about a few numbers, which are computed
    Arithmetic,
}

/// A kind of proof, implemented by its data.
pub trait Kind: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The statement's parameters.
    type Params: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// The key under which `data` holds the proof.
    const NAME: &'static str;
    /// The claims that it may prove.
    const CLAIMS: &'static [ClaimId];
    /// The version of its format.
    const VERSION: u32 = 2;
    /// What the data is to the check.
    const EVIDENCE: Evidence;

    /// Checks that the data proves the statement.
    ///
    /// # Errors
    /// [`Rejection`] naming the first field that does not hold.
    fn check(&self, claim: ClaimId, params: &Self::Params, clock: &Clock<'_>) -> Result<Finding, Rejection>;

    /// Checks a part of what [`Kind::check`] does, of a kind that has parts: all of them together check everything. What was
    /// checked in words; there is no verdict.
    fn check_part(
        &self,
        _: ClaimId,
        _: &Self::Params,
        _: InputPart,
        _: &Clock<'_>,
    ) -> Option<Result<String, Rejection>> {
        None
    }
}

/// Reads `params` and `data`.
pub(crate) type Read = fn(&str, &str) -> Result<Arc<dyn Proof>, ParseError>;

/// One row of the table of kinds.
pub struct Row {
    /// the key under which `data` holds the proof
    pub name: &'static str,
    /// the claims that it may prove
    pub claims: &'static [ClaimId],
    /// what its data is to the check
    pub evidence: Evidence,
    /// the version of its format
    pub version: u32,
    /// reads `params` and `data`
    pub(crate) read: Read,
}

const fn row<K: Kind>() -> Row {
    Row { name: K::NAME, claims: K::CLAIMS, evidence: K::EVIDENCE, version: K::VERSION, read: read_parts::<K> }
}

/// Every kind of proof.
pub const KINDS: [Row; 29] = [
    row::<Exhaustive>(),
    row::<ExhaustivePart>(),
    row::<Polytope>(),
    row::<Interval>(),
    row::<Counterexample>(),
    row::<Repetition>(),
    row::<Readings>(),
    row::<ReadingsPart>(),
    row::<Accuracy>(),
    row::<Misreading>(),
    row::<Sample>(),
    row::<Difference>(),
    row::<MachineReadings>(),
    row::<Collision>(),
    row::<CollisionPart>(),
    row::<Separation>(),
    row::<Lipschitz>(),
    row::<LipschitzBound>(),
    row::<Welch>(),
    row::<HistogramError>(),
    row::<MachineNumbers>(),
    row::<LeastPrecision>(),
    row::<MfeBits>(),
    row::<Pigeonhole>(),
    row::<NormalisedStates>(),
    row::<InverseWidth>(),
    row::<LinearProgramProof>(),
    row::<Dependence>(),
    row::<LinearReadouts>(),
];

static TABLE: [Row; 29] = KINDS;

pub(crate) fn row_of(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

/// A statement's parameters and its proof, of some kind.
pub(crate) trait Proof: Any + Send + Sync {
    fn row(&self) -> &'static Row;
    fn params(&self) -> serde_json::Result<String>;
    fn data(&self) -> serde_json::Result<String>;
    fn check(&self, claim: ClaimId, clock: &Clock<'_>) -> Result<Finding, Rejection>;
    fn check_part(&self, claim: ClaimId, part: InputPart, clock: &Clock<'_>) -> Option<Result<String, Rejection>>;
}

struct Typed<K: Kind>(K::Params, K);

impl<K: Kind> Proof for Typed<K> {
    fn row(&self) -> &'static Row {
        // every kind has a row: the table is made of them
        row_of(K::NAME).unwrap_or(&TABLE[0])
    }
    fn params(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.0)
    }
    fn data(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.1)
    }
    fn check(&self, claim: ClaimId, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        self.1.check(claim, &self.0, clock)
    }
    fn check_part(&self, claim: ClaimId, part: InputPart, clock: &Clock<'_>) -> Option<Result<String, Rejection>> {
        self.1.check_part(claim, &self.0, part, clock)
    }
}

pub(crate) fn typed<K: Kind>(params: K::Params, data: K) -> Arc<dyn Proof> {
    Arc::new(Typed(params, data))
}

pub(crate) fn parts<K: Kind>(proof: &dyn Proof) -> Option<(&K::Params, &K)> {
    let proof: &dyn Any = proof;
    proof.downcast_ref::<Typed<K>>().map(|Typed(params, data)| (params, data))
}

fn read_parts<K: Kind>(params: &str, data: &str) -> Result<Arc<dyn Proof>, ParseError> {
    Ok(typed(read(params, "params")?, read::<K>(data, &format!("data.{}", K::NAME))?))
}
