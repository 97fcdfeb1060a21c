//! The collisions of one embedding in parts: one hard lattice on many machines.
//!
//! A part is some subtrees of the enumeration of the kernel lattice ([`Subtrees`](crate::kernel::evidence::Subtrees)), and says that no two inputs collide
//! up to a length that differ by one of its vectors. Every part begins with the same short vector, and the whole has the shortest vector of
//! all parts and the cuts of all: with them its tree is no larger than theirs together.

use super::collision::{nodes_of, number, pair_values, proposal, to_undecided};
use super::histogram::length_value;
use super::parts::Proving;
use super::{Decision, Params, Told, Undecided};
use crate::kernel::definition::{InputPart, Length};
use crate::kernel::evidence::KernelProof;
use crate::kernel::kind::{Collision, CollisionParams, CollisionPart, CollisionPartParams, Pair};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::collision::{Answer, Limits, PartAnswer, Question, decide_part};
use crate::search::control::Control;
use std::collections::HashSet;

/// A question about an embedding.
pub(super) struct InOneLattice(pub Question);

impl Proving for InOneLattice {
    fn decide_part(&self, part: InputPart, control: &Control) -> Result<Decision, Undecided> {
        let limits = Limits { control: control.clone(), ..Limits::default() };
        let answer = decide_part(&self.0, part, &limits)?;
        let values = part_values(&answer);
        match (answer.stopped, answer.certificate) {
            (None, Some(certificate)) => {
                Ok(Decision { proposed: Verdict::Verified, values, certificate, reason: None })
            }
            (Some(why), Some(certificate)) => Err(Undecided::Partly {
                reason: to_undecided(why).to_string(),
                values,
                certificate: Some(Box::new(certificate)),
            }),
            (Some(why), None) => Err(to_undecided(why)),
            (None, None) => Err(Undecided::Limit("nothing is known about the part".to_owned())),
        }
    }

    fn joined(&self, parts: &[Told], _: &Control) -> Result<Decision, Undecided> {
        let unlike =
            || Undecided::Limit("a part is not one of the lattice of this embedding".to_owned());
        let found: Option<Vec<Found<'_>>> = parts.iter().map(Found::of).collect();
        let found = found.ok_or_else(unlike)?;
        let first = found.first().ok_or_else(unlike)?;
        let same = |other: &Found<'_>| {
            (&other.proof.basis, &other.proof.left_inverse, other.params.coordinates)
                == (&first.proof.basis, &first.proof.left_inverse, first.params.coordinates)
        };
        if !found.iter().all(same) {
            let unlike = "the parts are of different bases or coordinates of the lattice";
            return Err(Undecided::Limit(unlike.to_owned()));
        }
        let length = |pair: &&Pair| pair.c.iter().sum::<u64>();
        let pair = found.iter().filter_map(|found| found.pair).min_by_key(length);
        let free = found.iter().filter_map(|found| match found.params.free_in_part_up_to {
            Length::Exactly(n) => Some(n),
            Length::Any => None,
        });
        // of a proof about longer vectors too, the shorter ones
        let free = pair.as_ref().map(|pair| length(pair) - 1).or_else(|| free.min());
        let params = CollisionParams {
            free_up_to: free.map_or(Length::Any, Length::Exactly),
            collides_at: pair.as_ref().map(length),
            ..first.params.as_whole()
        };
        let mut seen = HashSet::new();
        let cuts = found.iter().flat_map(|found| &found.proof.cuts);
        let cuts = cuts.filter(|cut| seen.insert(*cut)).cloned().collect();
        let proof = KernelProof { cuts, ..first.proof.clone() };
        let nodes = found.iter().map(|found| found.nodes).fold(0, u64::saturating_add);
        let (subject, pair) = (self.0.subject.clone(), pair.cloned());
        let data = Collision { subject, proofs: vec![proof], multisets: None, pair: pair.clone() };
        let certificate = Certificate::new(ClaimId::UNIFORM_COLLISION, params.clone(), data);
        Ok(proposal(Answer { certificate, params, pair, nodes }))
    }
}

/// What a part has found.
struct Found<'a> {
    params: &'a CollisionPartParams,
    proof: &'a KernelProof,
    pair: Option<&'a Pair>,
    nodes: u64,
}

impl<'a> Found<'a> {
    fn of(told: &'a Told) -> Option<Self> {
        let (params, CollisionPart(data)) = told.certificate.get::<CollisionPart>()?;
        let (proof, pair) = (data.proofs.first()?, data.pair.as_ref());
        Some(Self { params, proof, pair, nodes: nodes_of(told)? })
    }
}

/// The numbers of a part, under the names of the documentation.
fn part_values(answer: &PartAnswer) -> Params {
    let certificate = answer.certificate.as_ref();
    let params = certificate.and_then(|certificate| certificate.get::<CollisionPart>());
    let params = params.map(|(params, _)| params);
    let of = |value: fn(&CollisionPartParams) -> Value| params.map_or(Value::Null, value);
    let mut values = vec![
        ("free_in_part_up_to", of(|params| length_value(params.free_in_part_up_to))),
        ("collides_at", of(|params| number(params.collides_at))),
    ];
    values.extend(pair_values(answer.pair.as_ref()));
    values.push(("coordinates", of(|params| Value::integer(params.coordinates))));
    values.push(("nodes", Value::integer(answer.nodes)));
    values
}
