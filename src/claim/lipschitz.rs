//! T13: the least Lipschitz constant of what reads the states of uniform attention, for one embedding and over all of them.
//!
//! Source: Yehudai et al., arXiv:2407.15160v3, Theorem 5.2 as quoted, bounds weights from below by `Omega(sqrt n / R . m^{1/d})`. The exact form, the
//! bounds and their constants are ours; docs/lipschitz.md has the proofs.

use super::collision::to_undecided;
use super::embedding::{EmbeddingSpec, Tokens};
use super::{Cell, Claim, ClaimError, Decision, Known, MAX_SIZE, Params, Request, Undecided};
use crate::construct::embedding::Kind;
use crate::files::task::NamedTask;
use crate::kernel::definition::Task;
use crate::kernel::kind::{Pair, Steepness};
use crate::kernel::number::{Matrix, Rational, RationalText, integer, ratio};
use crate::kernel::{ClaimId, Verdict};
use crate::report::Value;
use crate::search::collision::Limits;
use crate::search::collision::lipschitz::{Question, Unfinished, steepest};
use crate::search::collision::lipschitz_bound::{Heads, Sizes};
use crate::search::control::Control;
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
        "n",
        "m",
        "d",
        "embedding",
        "bound",
        "seed",
        "task",
        "epsilon",
        "radius",
        "heads",
        "head-dimension",
    ],
    plan,
};

/// A tree of the search may have as many nodes as the checker follows.
const MAX_NODES: u64 = 1 << 32;

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
    let tasks = request.counting_tasks(&[Task::QueryCount, Task::MostFrequentElement])?;
    let mut cells = Vec::new();
    for &n in &lengths {
        for subject in subjects(request, n)? {
            for &task in &tasks {
                for epsilon in &epsilons {
                    cells.push(match &subject {
                        Subject::All(m, d) => {
                            let (sizes, heads) = sizes(request, (n, *m, *d), task, epsilon, None);
                            of_all(sizes, heads)
                        }
                        Subject::One(tokens) => {
                            let (m, d) = (tokens.vectors.rows(), tokens.vectors.cols());
                            let largest = tokens.vectors.entries().map(Signed::abs).max();
                            // of vectors that are all zero any radius will do
                            let within = largest.filter(Signed::is_positive);
                            if let Some((given, needed)) =
                                request.radius.as_ref().zip(within.as_ref()).filter(|(r, w)| r < w)
                            {
                                let expected = format!("at least {needed}, the size of an entry");
                                return Err(ClaimError::value("radius", expected, given));
                            }
                            let (sizes, heads) = sizes(request, (n, m, d), task, epsilon, within);
                            of_embedding(tokens, sizes, heads)
                        }
                    });
                }
            }
        }
    }
    Ok(cells)
}

/// Whose constant a cell is about.
enum Subject {
    /// all embeddings of `m` tokens in `d` dimensions
    All(usize, usize),
    One(Tokens),
}

/// The embeddings that a request names; digits have the base `2 n`. Without one it is about all.
fn subjects(request: &Request, n: u64) -> Result<Vec<Subject>, ClaimError> {
    let (usual, dimensions) = ([3, 4, 5, 6], [2]);
    let subjects: Vec<Subject> = if request.embedding.is_none() {
        if request.bound.is_some() {
            return Err(ClaimError::value("bound", "--embedding random with it", "none"));
        }
        let given = request.dimensions()?.unwrap_or_else(|| dimensions.to_vec());
        let vocabularies = request.vocabularies(&usual)?;
        let all = vocabularies.iter().flat_map(|&m| given.iter().map(move |&d| (m, d)));
        all.map(|(m, d)| Subject::All(m, d)).collect()
    } else {
        let mut request = request.clone();
        if let Some(EmbeddingSpec::Kind(Kind::Digits { base })) = &mut request.embedding {
            *base = Some(2 * n);
        }
        request.tokens(Kind::Moment, &usual, &dimensions)?.into_iter().map(Subject::One).collect()
    };
    let size = |subject: &Subject| match subject {
        Subject::All(m, _) => *m,
        Subject::One(tokens) => tokens.vectors.rows(),
    };
    match subjects.iter().map(size).find(|&m| m < 2) {
        Some(m) => Err(ClaimError::value("m", "at least 2: two inputs", m)),
        None => Ok(subjects),
    }
}

/// The sizes that a request names, for one embedding or all.
fn sizes(
    request: &Request,
    (n, m, d): (u64, usize, usize),
    task: Task,
    epsilon: &Rational,
    within: Option<Rational>,
) -> (Sizes, Heads) {
    let radius = request.radius.clone().or(within).unwrap_or_else(Rational::one);
    let heads = Heads {
        number: request.heads.unwrap_or(1),
        dimension: request.head_dimension.unwrap_or(d),
    };
    (Sizes { n, m, d, task, epsilon: epsilon.clone(), radius }, heads)
}

/// The parameters of a cell, beside those that name an embedding.
fn params(tokens: Option<&Tokens>, sizes: &Sizes, heads: Heads) -> Params {
    let Sizes { n, m, d, task, epsilon, radius } = sizes;
    let mut params = vec![("n", Value::integer(*n))];
    params.extend(tokens.map_or_else(
        || vec![("m", Value::integer(*m)), ("d", Value::integer(*d))],
        |tokens| tokens.params.clone(),
    ));
    params.extend([
        ("task", Value::text(NamedTask::from(*task))),
        ("epsilon", epsilon.clone().into()),
        ("radius", radius.clone().into()),
        ("heads", Value::integer(heads.number)),
        ("head_dimension", Value::integer(heads.dimension)),
    ]);
    params
}

/// What follows from the parameters alone.
fn determined(sizes: &Sizes, heads: Heads) -> Params {
    let others = integer(sizes.m as u64 - 1);
    vec![
        ("bound_any_attention", optional(sizes.any_attention(heads))),
        ("exponent", (others / integer(sizes.d as u64)).into()),
        ("exponent_as_quoted", ratio(1, 2).into()),
    ]
}

fn optional(value: Option<Rational>) -> Value {
    value.map_or(Value::Null, Value::Rational)
}

fn of_embedding(tokens: &Tokens, sizes: Sizes, heads: Heads) -> Cell {
    let params = params(Some(tokens), &sizes, heads);
    let (vectors, known) = (tokens.vectors.clone(), determined(&sizes, heads));
    let object = vectors.clone();
    let values = known.clone();
    let cell = Cell::new(ClaimId::LIPSCHITZ, params, move |control| {
        decide(&vectors, &sizes, known.clone(), control)
    });
    tokens.about(cell.knowing(move || Known { values: values.clone(), ..Known::object(&object) }))
}

fn of_all(sizes: Sizes, heads: Heads) -> Cell {
    let known = determined(&sizes, heads);
    let values = known.clone();
    let cell = Cell::new(ClaimId::LIPSCHITZ, params(None, &sizes, heads), move |_| {
        let (below, above) = (sizes.all_embeddings(), sizes.digits_at_most());
        let mut values = vec![
            ("bound_all_embeddings", below.clone().into()),
            ("attained_at_most", above.clone().into()),
            ("weight_squared_at_least", below.clone().into()),
        ];
        values.extend(decimal("bound_all_embeddings_decimal", &below, false));
        values.extend(decimal("attained_at_most_decimal", &above, true));
        values.extend(known.iter().cloned());
        let certificate = sizes.certificate(heads);
        Ok(Decision { proposed: Verdict::Verified, values, certificate, reason: None })
    });
    cell.knowing(move || Known { object: None, values: values.clone() })
}

fn decide(
    vectors: &Matrix,
    sizes: &Sizes,
    known: Params,
    control: &Control,
) -> Result<Decision, Undecided> {
    let limits = Limits { nodes: MAX_NODES, control: control.clone() };
    let Sizes { n, task, epsilon, radius, .. } = sizes.clone();
    let question = Question { embedding: vectors.clone(), n, task, epsilon };
    let bound = ("bound_all_embeddings", Value::Rational(sizes.all_embeddings()));
    let found = steepest(&question, &limits).map_err(|Unfinished { why, steepest }| {
        let (at_least, pair) = steepest.map_or((Value::Null, None), |found| {
            let (constant, pair) = *found;
            (value(&constant), pair)
        });
        let mut values = vec![("lipschitz_at_least", at_least), bound.clone()];
        values.extend(inputs(pair.as_ref()));
        values.extend(known.clone());
        Undecided::Partly { reason: to_undecided(why).to_string(), values, certificate: None }
    })?;
    let certificate = found.certificate(&question, &radius);
    let constant = value(&found.lipschitz);
    let mut values = vec![("lipschitz", constant.clone())];
    if let Steepness::Finite(RationalText(constant)) = &found.lipschitz {
        values.extend(decimal("lipschitz_decimal", constant, false));
    }
    values.push(bound);
    values.extend(inputs(found.pair.as_ref()));
    values.push(("weight_squared_at_least", constant));
    values.extend(known);
    values.push(("nodes", Value::integer(found.nodes)));
    Ok(Decision { proposed: Verdict::Verified, values, certificate, reason: None })
}

/// A decimal beside a rational, unless it is so long that readers of JSON refuse it.
fn decimal(name: &'static str, value: &Rational, up: bool) -> Option<(&'static str, Value)> {
    const MOST_BITS: u64 = 1000;
    let short = value.numer().bits() <= value.denom().bits() + MOST_BITS;
    short.then(|| (name, Value::rounded(value, up)))
}

fn value(constant: &Steepness) -> Value {
    match constant {
        Steepness::Infinite => Value::text("inf"),
        Steepness::Finite(RationalText(constant)) => constant.clone().into(),
    }
}

/// The steepest inputs, together and one by one.
fn inputs(pair: Option<&Pair>) -> Params {
    let list = |counts: &[u64]| Value::list(counts.iter().copied());
    let one = |of: &dyn Fn(&Pair) -> Value| pair.map_or(Value::Null, of);
    vec![
        ("pair", one(&|pair| Value::List(vec![list(&pair.c), list(&pair.c_prime)]))),
        ("query", one(&|pair| Value::integer(pair.query.0))),
        ("c", one(&|pair| list(&pair.c))),
        ("c_prime", one(&|pair| list(&pair.c_prime))),
    ]
}
