//! Cells that come in parts: one hard cell on many machines.
//!
//! A part is a cell of its own, or some of them, and says nothing about the others ([`Cell::part`]). What is made of all parts is proposed as
//! if one machine had decided the whole, and checked as such.
//!
//! - Where every input is looked at, a part says that none of its inputs is wrong. When all hold, the largest of their
//!   errors is that of the whole ([`Cell::joined`]); one wrong input refutes it.
//! - A survey of a softmax transformer counts right and wrong inputs, and a part is those of its blocks ([`super::model::surveyed`]).
//! - Collisions of a model are looked for query by query, and a part is some of the queries ([`super::collision`]); those of an
//!   embedding in one lattice, and a part is some of its vectors ([`super::collision_part`]).
//!
//! The proofs of all but the first are made of those of the parts ([`Cell::joined_of`]).

use super::{Cell, Decision, Known, Params, Undecided};
use crate::kernel::definition::{Criterion, InputPart, Task, Transformer};
use crate::kernel::kind::{Exhaustive, ExhaustivePart, ExhaustivePartParams};
use crate::kernel::number::Rational;
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::control::Control;
use crate::search::exhaustive::{self, Failure, Outcome};
use std::sync::Arc;

/// How a cell comes in parts.
#[derive(Clone)]
pub(super) enum InParts {
    /// every input is looked at
    Enumerated(Arc<Enumerating>),
    /// there is a proof of each part, and those of all parts make the whole's
    Proved(Arc<dyn Proving>),
    /// a cell for each query, and what they are together
    ByQuery(Arc<[Cell]>, Arc<Joining>),
}

/// How a cell is decided part by part.
pub(super) trait Proving: Send + Sync {
    /// What holds in a part, with a proof that says nothing about the others.
    fn decide_part(&self, part: InputPart, control: &Control) -> Result<Decision, Undecided>;

    /// What all parts say together, in their order.
    fn joined(&self, parts: &[Told], control: &Control) -> Result<Decision, Undecided>;
}

/// What was found about one cell of a part.
#[derive(Debug, Clone)]
pub struct Told {
    pub values: Params,
    pub certificate: Certificate,
}

/// Makes the whole of all cells of all parts.
pub(super) type Joining = dyn Fn(&[Told]) -> Result<Decision, Undecided> + Send + Sync;

/// What all parts of a cell say together.
#[derive(Debug, Clone)]
pub enum PartsSay {
    /// no input is wrong, and this is the largest error
    NoneWrong(Rational),
    /// this input is wrong
    Wrong(Failure),
}

/// How every input is looked at.
#[derive(Debug, Clone)]
enum Way {
    /// here, those of a part
    Part(InputPart),
    /// all of them elsewhere, and this came out
    Joined(PartsSay),
}

/// Looks at every input, for a cell that does not mind how.
pub(super) struct Enumeration<'a> {
    pub control: &'a Control,
    way: Way,
}

impl<'a> Enumeration<'a> {
    pub(super) fn whole(control: &'a Control) -> Self {
        Self { control, way: Way::Part(InputPart::WHOLE) }
    }

    /// Whether the model meets the criterion.
    pub(super) fn outcome(
        &self,
        model: &Transformer,
        task: Task,
        criterion: Criterion,
        n: usize,
    ) -> Result<Outcome, exhaustive::Undecided> {
        match &self.way {
            Way::Part(part) => {
                exhaustive::decide_part(model, task, criterion, n, *part, self.control)
            }
            Way::Joined(PartsSay::NoneWrong(max_error)) => {
                let inputs = exhaustive::inputs(model, n)?;
                Ok(Outcome::Holds { inputs, max_error: max_error.clone() })
            }
            Way::Joined(PartsSay::Wrong(failure)) => Ok(Outcome::Fails(failure.clone())),
        }
    }
}

/// Decides by an enumeration.
pub(super) type Enumerating = dyn Fn(&Enumeration<'_>) -> Result<Decision, Undecided> + Send + Sync;

/// Values of a part, and of a wrong input in it.
const OF_A_PART: [&str; 5] = ["max_error", "exact", "sequence", "output", "answer"];

impl Cell {
    /// A cell that looks at every input by the enumeration that it is given.
    pub(super) fn enumerating(
        claim: ClaimId,
        params: super::Params,
        decide: impl Fn(&Enumeration<'_>) -> Result<Decision, Undecided> + Send + Sync + 'static,
    ) -> Self {
        let decide: Arc<Enumerating> = Arc::new(decide);
        let whole = Arc::clone(&decide);
        let cell = Self::new(claim, params, move |control| whole(&Enumeration::whole(control)));
        Self { in_parts: Some(InParts::Enumerated(decide)), ..cell }
    }

    /// The same cell, which may be decided part by part.
    pub(super) fn by_parts(self, parts: Arc<dyn Proving>) -> Self {
        Self { in_parts: Some(InParts::Proved(parts)), ..self }
    }

    /// The same cell, which is what these cells are together, one for each query.
    pub(super) fn by_query(
        self,
        queries: Vec<Self>,
        join: impl Fn(&[Told]) -> Result<Decision, Undecided> + Send + Sync + 'static,
    ) -> Self {
        Self { in_parts: Some(InParts::ByQuery(queries.into(), Arc::new(join))), ..self }
    }

    /// The cells of a part, if the cell has parts: one, of the claim `part`, or those of the part's queries. Where an
    /// input that is looked at is wrong the whole is refuted, and its certificate says so.
    #[must_use]
    pub fn part(&self, part: InputPart) -> Option<Vec<Self>> {
        let of = self.claim;
        let cell = |decide: Box<super::Decide>| {
            let mut params = vec![("of", Value::text(of.name()))];
            params.extend(self.params.iter().cloned());
            params.push(("part", Value::text(part)));
            let known = self.known.clone();
            let object = move || known.as_ref().and_then(|known| known().object);
            let cell = Self::new(ClaimId::PART, params, decide);
            let cell = cell.knowing(move || Known { object: object(), values: Vec::new() });
            vec![Self { named: self.named.clone(), part_of: Some(of), ..cell }]
        };
        Some(match self.in_parts.clone()? {
            InParts::Enumerated(decide) => cell(Box::new(move |control| {
                let decision = decide(&Enumeration { control, way: Way::Part(part) })?;
                in_part(of, part, decision)
            })),
            InParts::Proved(parts) => {
                cell(Box::new(move |control| parts.decide_part(part, control)))
            }
            InParts::ByQuery(queries, _) => {
                let mine = queries.iter().enumerate().filter(|(q, _)| part.has(*q as u64));
                mine.map(|(_, cell)| cell.clone()).collect()
            }
        })
    }

    /// How many of so many parts there is something in for sure; the others have no cells.
    #[must_use]
    pub fn parts_of(&self, of: u64) -> u64 {
        match &self.in_parts {
            Some(InParts::ByQuery(queries, _)) => of.min(queries.len() as u64),
            _ => of,
        }
    }

    /// Whether the whole is made of the proofs of its parts.
    #[must_use]
    pub fn is_made_of_parts(&self) -> bool {
        matches!(self.in_parts, Some(InParts::Proved(_) | InParts::ByQuery(..)))
    }

    /// The claim that the cell is about a part of.
    #[must_use]
    pub fn part_of(&self) -> Option<ClaimId> {
        self.part_of
    }

    /// The same cell where inputs were looked at elsewhere. It proposes what would be proposed here, which is still to be checked.
    #[must_use]
    pub fn joined(&self, said: PartsSay) -> Option<Self> {
        let Some(InParts::Enumerated(decide)) = self.in_parts.clone() else { return None };
        let way = Way::Joined(said);
        let joined = move |control: &Control| decide(&Enumeration { control, way: way.clone() });
        Some(Self { decide: Arc::new(joined), ..self.clone() })
    }

    /// The same cell where all cells of all parts were decided elsewhere, in the order of the parts. It proposes what they are
    /// together, which is still to be checked.
    #[must_use]
    pub fn joined_of(&self, told: Vec<Told>) -> Option<Self> {
        let decide: Arc<super::Decide> = match self.in_parts.clone()? {
            InParts::Enumerated(_) => return None,
            InParts::Proved(parts) => {
                Arc::new(move |control: &Control| parts.joined(&told, control))
            }
            InParts::ByQuery(_, join) => Arc::new(move |_: &Control| join(&told)),
        };
        Some(Self { decide, ..self.clone() })
    }
}

/// What was found about a part, with a certificate that says no more.
fn in_part(of: ClaimId, part: InputPart, decision: Decision) -> Result<Decision, Undecided> {
    let Decision { proposed, mut values, mut certificate, reason } = decision;
    if proposed == Verdict::Verified {
        let (params, data) = certificate.get::<Exhaustive>().ok_or_else(|| {
            Undecided::Limit("it is not decided by looking at every input".to_owned())
        })?;
        let max_error = data.max_error.0.clone();
        values = vec![("max_error", max_error.into())];
        let params = ExhaustivePartParams::new(of, part, params);
        certificate = Certificate::new(ClaimId::PART, params, ExhaustivePart(data.clone()));
    }
    values.retain(|(name, _)| OF_A_PART.contains(name));
    Ok(Decision { proposed, values, certificate, reason })
}
