//! The statements, one file each: what is claimed, where it comes from, and how it is decided.
//!
//! A claim turns a [`Request`] into cells, one for each combination of parameters; a cell decides itself and
//! hands back a proposal: a verdict, values and a certificate. Nothing here is trusted, and nothing here can make a verdict of a
//! record: [`crate::verdict::decide`] has the certificate checked first.

mod arithmetic;
mod attend_length;
mod bounds;
pub mod collision;
mod collision_part;
mod count_attend;
mod embedding;
mod export;
mod histogram;
mod histogram_error;
mod inverse_width;
mod layer_norm;
pub mod learned;
pub mod linear_program;
pub mod linear_readout;
mod lipschitz;
mod machine_numbers;
mod model;
mod no_position;
mod parts;
pub mod phase;
mod request;
mod separation;
mod theorems;
mod token_mixing;

pub(crate) use arithmetic::order_named;
pub use arithmetic::{Arithmetic, ArithmeticRange};
pub(crate) use attend_length::closed_form;
pub use count_attend::Inverter;
pub use embedding::EmbeddingSpec;
pub use export::construct;
pub(crate) use histogram::kind_params;
pub(crate) use histogram_error::packing_name;
pub(crate) use linear_program::solution;
pub use machine_numbers::by_precision;
pub(crate) use machine_numbers::{answer, sequence, sequence_of_counts, tree};
pub(crate) use model::accuracy::bounds;
pub use model::difference::Other;
pub(crate) use model::difference::Outcome;
pub(crate) use model::estimate::Measured;
pub use model::estimate::{Drawn, Estimate, usual_confidence};
pub use model::out_of_distribution::{OutOfDistribution, USUAL_SAMPLE};
pub use model::trained::{histograms, largest_tokens, out_of_distribution};
pub use parts::{PartsSay, Told};
pub use request::{ClaimError, MAX_CELLS, MAX_SIZE, Request, check_grid, check_numbers};
pub use theorems::{Theorem, theorems};

use crate::kernel::definition::Token;
use crate::kernel::kind::Counterexample;
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::control::{Control, Stopped};
use std::sync::Arc;

/// Names and values, in the order of display.
pub type Params = Vec<(&'static str, Value)>;

/// A statement of the theory.
///
/// ```
/// use counterproof::kernel::Verdict;
/// use counterproof::kernel::definition::Length;
/// use counterproof::claim::{Claim, Request};
/// use counterproof::search::control::Control;
///
/// // `verify qc-histogram --n 4 --m 3 --d 1`: too few dimensions for T1
/// let claim = Claim::named("qc-histogram").unwrap();
/// let (n, m, d) = (Some(vec![Length::Exactly(4)]), Some(vec![3]), Some(vec![1]));
/// let cells = claim.cells(&Request { n, m, d, ..Request::default() })?;
/// let record = counterproof::verdict::decide(&cells[0], &Control::default()).record;
/// assert_eq!(record.verdict, Verdict::Refuted);
/// assert!(record.reason.unwrap().starts_with("on the sequence"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    pub id: ClaimId,
    /// `T1`, ..
    pub label: &'static str,
    pub statement: &'static str,
    pub source: &'static str,
    pub decided: &'static str,
    /// names of the options that [`Claim::cells`] understands
    pub options: &'static [&'static str],
    plan: fn(&Request) -> Result<Vec<Cell>, ClaimError>,
}

/// All claims, in the order of the theory.
pub const CLAIMS: [Claim; 19] = [
    histogram::QUERY_COUNT,
    histogram::MOST_FREQUENT,
    count_attend::CLAIM,
    no_position::CLAIM,
    model::CLAIM,
    bounds::WELCH,
    histogram_error::CLAIM,
    inverse_width::CLAIM,
    collision::UNIFORM,
    collision::ATTENTION,
    separation::CLAIM,
    lipschitz::CLAIM,
    machine_numbers::CLAIM,
    bounds::MFE_BITS,
    bounds::PIGEONHOLE,
    linear_readout::CLAIM,
    token_mixing::CLAIM,
    layer_norm::CLAIM,
    attend_length::CLAIM,
];

impl Claim {
    /// The claim of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        CLAIMS.iter().find(|claim| claim.id.name() == name)
    }

    /// One cell for each combination of parameters, sorted by the parameters in the order of the request.
    ///
    /// # Errors
    /// [`ClaimError`] for an option the claim does not take, sizes it cannot have, or more than [`MAX_CELLS`] cells.
    pub fn cells(&self, request: &Request) -> Result<Vec<Cell>, ClaimError> {
        if let Some(option) = request.given.iter().find(|name| !self.options.contains(name)) {
            return Err(ClaimError::Option {
                claim: self.id.name(),
                option,
                options: self
                    .options
                    .iter()
                    .map(|name| format!("--{name}"))
                    .collect::<Vec<_>>()
                    .join(", "),
            });
        }
        let vectors = self.options.contains(&"embedding");
        let shared = [ClaimId::QC_HISTOGRAM, ClaimId::MFE_HISTOGRAM].contains(&self.id);
        request.check_grid(self.id.name(), vectors, shared)?;
        let mut cells = (self.plan)(request)?;
        let rank = |name: &str| request.given.iter().position(|given| *given == name);
        for cell in &mut cells {
            // parameters that were given come first, in the order in which they were given
            cell.params.sort_by_key(|(name, _)| rank(name).unwrap_or(usize::MAX));
        }
        cells.sort_by(|a, b| {
            let values =
                |cell: &Cell| cell.params.iter().map(|(_, v)| v.clone()).collect::<Vec<_>>();
            values(a).cmp(&values(b))
        });
        Ok(cells)
    }
}

/// One point of a claim's grid.
#[derive(Clone)]
pub struct Cell {
    claim: ClaimId,
    /// everything that the cell depends on, in the order of display; what is left out is at its default
    pub params: Params,
    /// values that name what was read from files
    named: Params,
    known: Option<Arc<dyn Fn() -> Known + Send + Sync>>,
    decide: Arc<Decide>,
    /// of a cell that comes in parts
    in_parts: Option<parts::InParts>,
    /// of a part of such a cell
    part_of: Option<ClaimId>,
    /// told of a certificate that a journal had and that was checked again
    takes_up: Option<Arc<TakingUp>>,
}

type TakingUp = dyn Fn(&Certificate) + Send + Sync;
type Decide = dyn Fn(&Control) -> Result<Decision, Undecided> + Send + Sync;

/// What is known about a cell without deciding it. Records are compared with it.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// the token vectors, model, models or program that the cell is about, in JSON as they stand in its certificate
    pub object: Option<String>,
    /// values that the parameters determine
    pub values: Params,
}

impl Known {
    /// What is known is the object.
    pub fn object(object: &impl serde::Serialize) -> Self {
        Self { object: serde_json::to_string(object).ok(), values: Vec::new() }
    }
}

/// A file that a cell is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// as the user called it
    pub name: String,
    /// of its bytes, in hexadecimal
    pub sha256: String,
    /// the same of the file that says what its arrays are
    pub mapping_sha256: Option<String>,
    /// which part of it is meant, as parameters of a record; none when all of it is
    pub part: Params,
}

impl Source {
    /// What names it in a record, with the file under `name`.
    pub(crate) fn named(&self, name: &'static str) -> Params {
        [(name, Value::text(&self.name))].into_iter().chain(self.part.iter().cloned()).collect()
    }
}

impl Cell {
    pub fn new(
        claim: ClaimId,
        params: Params,
        decide: impl Fn(&Control) -> Result<Decision, Undecided> + Send + Sync + 'static,
    ) -> Self {
        Self {
            claim,
            params,
            named: Vec::new(),
            known: None,
            decide: Arc::new(decide),
            in_parts: None,
            part_of: None,
            takes_up: None,
        }
    }

    /// The same cell with what is known about it beforehand.
    #[must_use]
    pub fn knowing(self, known: impl Fn() -> Known + Send + Sync + 'static) -> Self {
        Self { known: Some(Arc::new(known)), ..self }
    }

    /// The same cell, about what was read from a file: its name is a parameter, which part of it is meant too, its digest a value.
    #[must_use]
    pub fn from_file(mut self, param: &'static str, source: &Source) -> Self {
        let name = Value::text(&source.name);
        match self.params.iter().position(|(known, _)| *known == param) {
            Some(at) => self.params[at].1 = name,
            None => self.params.push((param, name)),
        }
        for part in &source.part {
            if self.params.iter().all(|(known, _)| *known != part.0) {
                self.params.push(part.clone());
            }
        }
        self.named.push(("sha256", Value::text(&source.sha256)));
        let mapping = source.mapping_sha256.as_ref();
        self.named.extend(mapping.map(|sha256| ("mapping_sha256", Value::text(sha256))));
        self
    }

    /// The same cell, which is told of its certificate where a journal has one that was checked again.
    #[must_use]
    pub fn taking_up(self, tell: impl Fn(&Certificate) + Send + Sync + 'static) -> Self {
        Self { takes_up: Some(Arc::new(tell)), ..self }
    }

    /// Tells the cell of a certificate that was checked again.
    pub(crate) fn is_taken_up(&self, certificate: &Certificate) {
        if let Some(tell) = &self.takes_up {
            tell(certificate);
        }
    }

    /// The cell with values that name its object; they are not in tables of text.
    #[must_use]
    pub fn naming(mut self, values: Params) -> Self {
        self.named.extend(values);
        self
    }

    #[must_use]
    pub fn claim(&self) -> ClaimId {
        self.claim
    }

    /// Values that name what was read from files.
    #[must_use]
    pub fn named(&self) -> &Params {
        &self.named
    }

    /// What is known without deciding it.
    #[must_use]
    pub fn known(&self) -> Known {
        self.known.as_ref().map_or_else(Known::default, |known| known())
    }

    /// Proposes an answer, which nothing has checked; [`crate::verdict::decide`] does.
    ///
    /// # Errors
    /// [`Undecided`] with the limit that was hit.
    pub fn decide(&self, control: &Control) -> Result<Decision, Undecided> {
        (self.decide)(control)
    }
}

/// What a claim's code says about a cell: a proposal, whose certificate is still to be checked.
#[derive(Debug, Clone)]
pub struct Decision {
    /// what the certificate is meant to prove
    pub proposed: Verdict,
    pub values: Vec<(&'static str, Value)>,
    pub certificate: Certificate,
    /// the counterexample in words
    pub reason: Option<String>,
}

/// A counterexample in words.
pub(crate) fn refutation(data: &Counterexample) -> String {
    let tokens: &[Token] = &data.sequence;
    histogram::words(tokens, &data.output.0, data.answer)
}

/// Why a cell has no verdict.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Undecided {
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error("{0}")]
    Limit(String),
    /// with what was decided before the limit, and its certificate where it has one
    #[error("{reason}")]
    Partly {
        reason: String,
        values: Vec<(&'static str, Value)>,
        certificate: Option<Box<Certificate>>,
    },
}

impl Undecided {
    /// What was decided before the limit.
    #[must_use]
    pub fn into_parts(self) -> (Vec<(&'static str, Value)>, Option<Certificate>) {
        match self {
            Self::Partly { values, certificate, .. } => (values, certificate.map(|c| *c)),
            Self::Stopped(_) | Self::Limit(_) => (Vec::new(), None),
        }
    }
}

impl From<crate::search::exhaustive::Undecided> for Undecided {
    fn from(reason: crate::search::exhaustive::Undecided) -> Self {
        match reason {
            crate::search::exhaustive::Undecided::Stopped(stopped) => stopped.into(),
            other => Self::Limit(other.to_string()),
        }
    }
}

impl From<crate::search::polytope::Undecided> for Undecided {
    fn from(reason: crate::search::polytope::Undecided) -> Self {
        match reason {
            crate::search::polytope::Undecided::Stopped(stopped) => stopped.into(),
            other => Self::Limit(other.to_string()),
        }
    }
}

impl From<crate::search::width::Error> for Undecided {
    fn from(error: crate::search::width::Error) -> Self {
        match error {
            crate::search::width::Error::Stopped(stopped) => stopped.into(),
            other => Self::Limit(other.to_string()),
        }
    }
}

impl From<crate::construct::ConstructError> for Undecided {
    fn from(error: crate::construct::ConstructError) -> Self {
        Self::Limit(error.to_string())
    }
}

impl From<crate::kernel::Rejection> for Undecided {
    fn from(error: crate::kernel::Rejection) -> Self {
        Self::Limit(error.to_string())
    }
}
