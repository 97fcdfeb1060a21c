//! A part of a search for collisions under uniform attention, which is a statement of its own: no two inputs collide that differ by a
//! vector of this part of the kernel lattice. It says nothing about the others, and has the claim of parts, so that it is not read as the whole.
//!
//! A part is some subtrees of the enumeration ([`Subtrees`]), whatever the cuts are. All parts of one basis, one number of parts and one number of
//! `coordinates` together are the whole: who joins them writes a certificate of the kind `collision` with the cuts of all, which is checked as
//! every other. The pair may be any: that its inputs collide is no statement about a part.

use super::{ClaimId, Collision, CollisionParams, Evidence, Finding, Kind, Subject};
use crate::definition::{InputPart, Length, Task, Token};
use crate::evidence::Subtrees;
use crate::rejection::{Clock, Rejection, need, wrong};
use serde::{Deserialize, Serialize};

/// The statement: of inputs that differ by a vector of the part no two collide at a length up to `free_in_part_up_to`, and at
/// `collides_at` two do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollisionPartParams {
    /// the claim that it is a part of
    pub of: String,
    /// which part of how many
    pub part: InputPart,
    /// how many of the last coordinates say which part a vector is of
    pub coordinates: usize,
    /// what is counted
    pub task: Task,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
    /// inputs with this query only; all queries when `null`
    pub query: Option<Token>,
    /// the longest length without a collision in the part
    pub free_in_part_up_to: Length,
    /// `null` when no collision is stated
    pub collides_at: Option<u64>,
}

impl CollisionPartParams {
    /// The same numbers as a statement about the whole, which it does not prove.
    #[must_use]
    pub fn as_whole(&self) -> CollisionParams {
        let &Self { task, m, d, query, free_in_part_up_to: free_up_to, collides_at, .. } = self;
        CollisionParams { task, m, d, query, free_up_to, collides_at }
    }
}

/// A proof about the vectors of the part, and two inputs that collide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CollisionPart(pub Collision);

impl Kind for CollisionPart {
    type Params = CollisionPartParams;
    const NAME: &'static str = "collision-part";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::PART];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &CollisionPartParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let (of, place, Self(data)) = (ClaimId::UNIFORM_COLLISION, "data.collision-part", self);
        let &CollisionPartParams { part, coordinates, task, m, d, .. } = params;
        need(params.of == of.name(), "params.of", of, &params.of)?;
        let embedding = matches!(data.subject, Subject::Embedding(_));
        need(embedding, format!("{place}.subject"), "an embedding", "another subject")?;
        let [proof] = data.proofs.as_slice() else {
            return Err(wrong(format!("{place}.proofs"), "one", data.proofs.len()));
        };
        let most = proof.basis.len();
        need(coordinates <= most, "params.coordinates", format!("at most {most}"), coordinates)?;
        let subtrees = Subtrees { part, coordinates };
        let followed = data.follow(place, (of, &params.as_whole()), subtrees, clock)?.unwrap_or_default();
        let query = params.query.map_or_else(String::new, |query| format!(" with query {query}"));
        let length = match params.free_in_part_up_to {
            Length::Any => "of any length".to_owned(),
            Length::Exactly(n) => format!("up to n = {n}"),
        };
        let collides = params.collides_at.map_or_else(String::new, |n| format!("; two inputs of length {n} collide"));
        Ok(Finding::verified(format!(
            "part {part} of {of} (coordinates: {coordinates}), and nothing about the others: under uniform attention over {m} embeddings, \
             d = {d}, no two inputs{query} {length} that differ by a vector of the part collide ({task}; {followed}){collides}"
        )))
    }
}
