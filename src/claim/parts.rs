//! Cells that are decided by looking at every input, in parts: one hard cell on many machines.
//!
//! A part of such a cell is a cell of its own, of the claim `part`, which says that no input of the part is wrong and nothing about
//! the others ([`Cell::part`]). When all parts hold, the largest of their errors is that of the whole, which is then
//! proposed as if one machine had looked at every input ([`Cell::joined`]), and checked as such.

use super::{Cell, Decision, Known, Undecided};
use crate::kernel::definition::{Criterion, InputPart, Task, Transformer};
use crate::kernel::kind::{Exhaustive, ExhaustivePart, ExhaustivePartParams};
use crate::kernel::number::Rational;
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::control::Control;
use crate::search::exhaustive::{self, Failure, Outcome};
use std::sync::Arc;

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
pub(super) type InParts = dyn Fn(&Enumeration<'_>) -> Result<Decision, Undecided> + Send + Sync;

/// Values of a part, and of a wrong input in it.
const OF_A_PART: [&str; 5] = ["max_error", "exact", "sequence", "output", "answer"];

impl Cell {
    /// A cell that looks at every input by the enumeration that it is given.
    pub(super) fn enumerating(
        claim: ClaimId,
        params: super::Params,
        decide: impl Fn(&Enumeration<'_>) -> Result<Decision, Undecided> + Send + Sync + 'static,
    ) -> Self {
        let decide: Arc<InParts> = Arc::new(decide);
        let whole = Arc::clone(&decide);
        let cell = Self::new(claim, params, move |control| whole(&Enumeration::whole(control)));
        Self { in_parts: Some(decide), ..cell }
    }

    /// A part of the cell, if it has parts. Where an input of it is wrong the whole is refuted, and its certificate says so.
    #[must_use]
    pub fn part(&self, part: InputPart) -> Option<Self> {
        let decide = Arc::clone(self.in_parts.as_ref()?);
        let of = self.claim;
        let mut params = vec![("of", Value::text(of.name()))];
        params.extend(self.params.iter().cloned());
        params.push(("part", Value::text(part)));
        let cell = Self::new(ClaimId::PART, params, move |control| {
            let decision = decide(&Enumeration { control, way: Way::Part(part) })?;
            in_part(of, part, decision)
        });
        let known = self.known.clone();
        let object = move || known.as_ref().and_then(|known| known().object);
        let cell = cell.knowing(move || Known { object: object(), values: Vec::new() });
        Some(Self { named: self.named.clone(), part_of: Some(of), ..cell })
    }

    /// The claim that the cell is about a part of.
    #[must_use]
    pub fn part_of(&self) -> Option<ClaimId> {
        self.part_of
    }

    /// The same cell where inputs were looked at elsewhere. It proposes what would be proposed here, which is still to be checked.
    #[must_use]
    pub fn joined(&self, said: PartsSay) -> Option<Self> {
        let decide = Arc::clone(self.in_parts.as_ref()?);
        let way = Way::Joined(said);
        let joined = move |control: &Control| decide(&Enumeration { control, way: way.clone() });
        Some(Self { decide: Arc::new(joined), ..self.clone() })
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
