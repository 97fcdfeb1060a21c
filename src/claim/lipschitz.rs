//! T13: the least Lipschitz constant of what reads the states of uniform attention, for one embedding and over all of them.
//!
//! Source: Yehudai et al., arXiv:2407.15160v3, Theorem 5.2 as quoted, bounds weights from below by `Omega(sqrt n / R . m^{1/d})`. The exact form, the
//! bounds and their constants are ours; docs/lipschitz.md has the proofs.

use super::collision::{embeddings, to_undecided};
use super::{Cell, Claim, ClaimError, Decision, Known, MAX_SIZE, Params, Request, Undecided};
use crate::kernel::definition::Task;
use crate::kernel::kind::{
    Lipschitz, LipschitzBound, LipschitzBoundParams, LipschitzParams, Pair, Steepness,
};
use crate::kernel::number::{Matrix, Rational, RationalText, integer, ratio};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::collision::Limits;
use crate::search::collision::lipschitz::{Question, Steepest, Unfinished, steepest};
use crate::search::control::Control;
use crate::search::inputs::binomial;
use num_bigint::BigUint;
use num_traits::{One, Signed, Zero};

pub(super) const CLAIM: Claim = Claim {
    id: ClaimId::LIPSCHITZ,
    label: "T13",
    statement: "The least Lipschitz constant (sup norm) of any function of the states of uniform attention that is within \
                epsilon of the answer; without an embedding, bounds over all embeddings with entries at most R in size",
    source: "Yehudai et al., arXiv:2407.15160v3, Theorem 5.2 as quoted; the exact form is ours",
    decided: "the steepest vector of the lattice of (z, V z), that none is steeper by an exact enumeration; bounds by \
              arithmetic",
    options: &[
        "n", "m", "d", "embedding", "bound", "seed", "task", "epsilon", "radius", "heads", "head-dimension",
    ],
    plan,
};

/// A tree of the search may have as many nodes as the checker follows.
const MAX_NODES: u64 = 1 << 32;

/// What a cell is about, beside the embedding.
#[derive(Debug, Clone)]
struct Sizes {
    n: u64,
    m: usize,
    d: usize,
    task: Task,
    epsilon: Rational,
    radius: Rational,
    heads: usize,
    head_dimension: usize,
}

fn plan(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let lengths = request.finite_lengths(&[2, 3, 4, 5])?;
    if lengths.contains(&1) {
        return Err(ClaimError::value("n", "at least 2: two inputs with different answers", 1));
    }
    let epsilons = request.epsilon.clone().unwrap_or_else(|| vec![Rational::zero()]);
    if let Some(epsilon) = epsilons.iter().find(|epsilon| epsilon.is_negative()) {
        return Err(ClaimError::value("epsilon", "at least 0", epsilon));
    }
    if let Some(radius) = request.radius.as_ref().filter(|radius| !radius.is_positive()) {
        return Err(ClaimError::value("radius", "above 0", radius));
    }
    for (option, given) in [("heads", request.heads), ("head-dimension", request.head_dimension)] {
        if let Some(size) = given.filter(|size| !(1..=MAX_SIZE).contains(size)) {
            return Err(ClaimError::value(option, format!("1 to {MAX_SIZE}"), size));
        }
    }
    let tasks = [Task::QueryCount, Task::MostFrequentElement];
    let mut cells = Vec::new();
    for (embedding, vectors) in subjects(request)? {
        for (&n, task, epsilon) in product(&lengths, &tasks, &epsilons) {
            cells.push(cell(request, &embedding, vectors.as_ref(), (n, task, epsilon))?);
        }
    }
    Ok(cells)
}
