//! From the question to a certificate: embeddings and models, one query or all, one task.

use super::{Limits, Problem, SearchError, Shortest, Way, shortest_known};
use crate::kernel::Rejection;
use crate::kernel::definition::{Input, InputPart, Length, Task, Token};
use crate::kernel::evidence::counting_matrix;
use crate::kernel::kind::attention_matrices;
use crate::kernel::kind::{
    Collision, CollisionParams, CollisionPart, CollisionPartParams, Pair, Subject,
};
use crate::kernel::number::IntegerVector;
use crate::kernel::{Certificate, ClaimId, Clock};
use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};

/// What is asked: the least context length at which inputs collide.
///
/// ```
/// use counterproof::kernel::kind::Subject;
/// use counterproof::kernel::number::{Matrix, integer};
/// use counterproof::search::collision::{Limits, Question, decide};
/// use counterproof::kernel::definition::Task;
///
/// let tokens = Matrix::from_rows(1, [0, 1, 3, 7].map(|v| vec![integer(v)]).to_vec())?;
/// let subject = Subject::Embedding(tokens);
/// let question = Question { subject, task: Task::QueryCount, query: None, max_n: None, cuts_only: false };
/// let answer = decide(question, &Limits::default())?;
/// assert_eq!(answer.n_star(), Some(4));
/// let pair = answer.pair.unwrap();
/// let sum = |counts: &[u64]| counts.iter().zip([0, 1, 3, 7]).map(|(c, v)| c * v).sum::<u64>();
/// assert_eq!(sum(&pair.c), sum(&pair.c_prime));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Question {
    pub subject: Subject,
    pub task: Task,
    /// this query only; all queries when `None`
    pub query: Option<Token>,
    /// do not look beyond this length
    pub max_n: Option<u64>,
    /// show by cuts that nothing collides, also where sums of multisets take less
    pub cuts_only: bool,
}

/// A certificate with the numbers that are reported beside it.
#[derive(Debug, Clone)]
pub struct Answer {
    pub certificate: Certificate,
    pub params: CollisionParams,
    pub pair: Option<Pair>,
    /// nodes of the searches
    pub nodes: u64,
}

/// What is found in a part of a lattice, also where a limit was reached.
#[derive(Debug, Clone)]
pub struct PartAnswer {
    /// of the kind `collision-part`; `None` where nothing is certain about the part
    pub certificate: Option<Certificate>,
    /// the shortest collision that was seen, of this part or of what all parts begin with
    pub pair: Option<Pair>,
    /// nodes of the search, with those that every part visits
    pub nodes: u64,
    /// why the part is not finished
    pub stopped: Option<SearchError>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    #[error(transparent)]
    Model(#[from] Rejection),
    #[error(transparent)]
    Search(#[from] SearchError),
    /// with what is certain by then: a length at which inputs collide, and a smaller one up to which none do
    #[error("{why}")]
    Unfinished { why: SearchError, answer: Box<Answer> },
    #[error("query: expected a token below m = {m}, found {found}")]
    Query { m: usize, found: Token },
    #[error("expected an embedding, the one subject whose lattice has parts")]
    Parts,
}

impl Answer {
    /// The least context length at which inputs collide, when it is known exactly.
    #[must_use]
    pub fn n_star(&self) -> Option<u64> {
        match (self.params.free_up_to, self.params.collides_at) {
            (Length::Exactly(free), Some(length)) if free + 1 == length => Some(length),
            _ => None,
        }
    }

    /// `c - c'`
    #[must_use]
    pub fn difference(&self) -> Option<Vec<i128>> {
        let Pair { c, c_prime, .. } = self.pair.as_ref()?;
        let minus = |(&a, &b): (&u64, &u64)| i128::from(a) - i128::from(b);
        Some(c.iter().zip(c_prime).map(minus).collect())
    }
}

/// One lattice to be searched: the query whose inputs it is about, and its matrix.
struct OneLattice {
    query: Option<Token>,
    rows: Vec<IntegerVector>,
}

impl OneLattice {
    /// What is sought in it, where a task is not to be solved.
    fn problem(&self, task: Task) -> Problem<'_> {
        let fixed = self.query.map(|query| query.0);
        let (query, parting) = match task {
            Task::QueryCount => (fixed, None),
            Task::MostFrequentElement => (None, fixed),
        };
        let cols = self.rows.first().map_or(0, Vec::len);
        Problem { rows: &self.rows, cols, query, parting }
    }
}

/// Decides the question.
///
/// # Errors
/// [`DecideError`] when the question makes no sense or a limit is reached.
pub fn decide(question: Question, limits: &Limits) -> Result<Answer, DecideError> {
    let (claim, m, d) = match &question.subject {
        Subject::Embedding(v) => (ClaimId::UNIFORM_COLLISION, v.rows(), v.cols()),
        Subject::Model(model) => {
            (ClaimId::ATTENTION_COLLISION, model.vocabulary(), model.dimension())
        }
        Subject::Scores(scores) => {
            (ClaimId::ATTEND_LENGTH, scores.gaps.first().map_or(0, Vec::len), 1)
        }
    };
    let Question { subject, task, query, max_n, cuts_only } = question;
    if let Some(found) = query.filter(|query| query.0 >= m) {
        return Err(DecideError::Query { m, found });
    }
    let lattices = lattices(&subject, query)?;
    // one lattice for all queries
    let alike = matches!(subject, Subject::Embedding(_)) && !cuts_only;
    let mut nodes = 0;
    let mut run = |lattice: &OneLattice, radius: Option<&BigInt>| {
        let way = if alike { Way::Either } else { Way::Cuts };
        let (found, error) = shortest_known(lattice.problem(task), radius, way, limits);
        nodes += found.nodes;
        (found, error)
    };
    let certified = |free_up_to, pair: Option<Pair>, found: Vec<Shortest>, nodes| {
        let multisets = found.iter().find_map(|found| found.multisets.clone());
        let by_cuts = lattices.iter().zip(found).filter(|(_, found)| found.multisets.is_none());
        let proofs = by_cuts.map(|(lattice, found)| found.proof.about(lattice.query)).collect();
        let pair = pair.filter(|pair| max_n.is_none_or(|n| length(pair) <= n));
        let collides_at = pair.as_ref().map(length);
        let params = CollisionParams { task, m, d, query, free_up_to, collides_at };
        let data = Collision { subject: subject.clone(), proofs, multisets, pair: pair.clone() };
        let certificate = Certificate::new(claim, params.clone(), data);
        Answer { certificate, params, pair, nodes }
    };
    // The shortest vector of all lattices; in later ones only shorter ones are looked for.
    let mut radius = max_n.map(radius_of);
    let mut best: Option<Pair> = None;
    let mut first = Vec::new();
    for lattice in &lattices {
        let (found, error) = run(lattice, radius.as_ref());
        if let Some(why) = error {
            first.push(found);
            return Err(match known(task, &lattices, first, best, &mut run) {
                Some((free, pair, found)) => {
                    let answer = Box::new(certified(Length::Exactly(free), pair, found, nodes));
                    DecideError::Unfinished { why, answer }
                }
                None => why.into(),
            });
        }
        if let Some(z) = &found.vector {
            let candidate = colliding(task, lattice.query, z)?;
            if best.as_ref().is_none_or(|best| length(&candidate) < length(best)) {
                radius = Some(radius_of(length(&candidate)));
                best = Some(candidate);
            }
        }
        first.push(found);
    }
    let free_up_to = match (&best, max_n) {
        (Some(pair), _) => Length::Exactly(length(pair) - 1),
        (None, _) if first.iter().all(|found| found.excluded.is_none()) => Length::Any,
        (None, Some(n)) => Length::Exactly(n),
        (None, None) => Length::Any,
    };
    let mut all = Vec::new();
    for (lattice, found) in lattices.iter().zip(first) {
        all.push(match free_up_to {
            Length::Exactly(n) if found.excluded.as_ref().is_some_and(|r| *r != radius_of(n)) => {
                match run(lattice, Some(&radius_of(n))) {
                    (found, None) => found,
                    (_, Some(error)) => return Err(error.into()),
                }
            }
            _ => found,
        });
    }
    Ok(certified(free_up_to, best, all, nodes))
}

/// Decides the same of the vectors of a part of an embedding's lattice, by cuts; the whole follows from all parts.
///
/// # Errors
/// [`DecideError`] when the question makes no sense.
pub fn decide_part(
    question: &Question,
    part: InputPart,
    limits: &Limits,
) -> Result<PartAnswer, DecideError> {
    let Question { subject, task, query, max_n, .. } = question;
    let Subject::Embedding(vectors) = subject else { return Err(DecideError::Parts) };
    let (m, d) = (vectors.rows(), vectors.cols());
    if let Some(found) = query.filter(|query| query.0 >= m) {
        return Err(DecideError::Query { m, found });
    }
    let lattice = OneLattice { query: *query, rows: counting_matrix(vectors)? };
    let radius = max_n.map(radius_of);
    let way = Way::Part(part);
    let (found, stopped) = shortest_known(lattice.problem(*task), radius.as_ref(), way, limits);
    let Shortest { vector, excluded, proof, part, nodes, .. } = found;
    let pair = vector.map(|z| colliding(*task, *query, &z)).transpose()?;
    let pair = pair.filter(|pair| max_n.is_none_or(|n| length(pair) <= n));
    let free_up_to = match excluded {
        Some(excluded) => Some(Length::Exactly(small(&(excluded / 2u32 + 1u32))?)),
        // no vector is sought
        None => stopped.is_none().then_some(Length::Any),
    };
    let certificate = free_up_to.map(|free_up_to| {
        let (task, query, collides_at) = (*task, *query, pair.as_ref().map(length));
        let params = CollisionPartParams {
            of: ClaimId::UNIFORM_COLLISION.name().to_owned(),
            part: part.part,
            coordinates: part.coordinates,
            task,
            m,
            d,
            query,
            free_in_part_up_to: free_up_to,
            collides_at,
        };
        let (proofs, pair) = (vec![proof.about(query)], pair.clone());
        let data = Collision { subject: subject.clone(), proofs, multisets: None, pair };
        Certificate::new(ClaimId::PART, params, CollisionPart(data))
    });
    Ok(PartAnswer { certificate, pair, nodes, stopped })
}

/// What a search has shown that stopped at the last lattice that was `found`: no collision up to a length, the shortest of those that
/// were seen, and what shows it for each lattice. Of those after it nothing is known but that there is none at length 1.
fn known(
    task: Task,
    lattices: &[OneLattice],
    mut found: Vec<Shortest>,
    best: Option<Pair>,
    run: &mut impl FnMut(&OneLattice, Option<&BigInt>) -> (Shortest, Option<SearchError>),
) -> Option<(u64, Option<Pair>, Vec<Shortest>)> {
    let stopped = found.last()?;
    let pair = stopped.vector.as_ref().zip(lattices.get(found.len() - 1));
    let pair = pair.and_then(|(z, lattice)| colliding(task, lattice.query, z).ok());
    let pair = best.into_iter().chain(pair).min_by_key(length);
    if stopped.excluded.is_none() {
        found.pop();
    }
    for lattice in &lattices[found.len()..] {
        match run(lattice, Some(&BigInt::zero())) {
            (begun, None) => found.push(begun),
            (_, Some(_)) => return None,
        }
    }
    let excluded = found.iter().filter_map(|found| found.excluded.as_ref()).min()?;
    let free = small(&(excluded / 2u32 + 1u32)).ok()?;
    Some((free, pair, found))
}

/// The context length of both inputs.
fn length(pair: &Pair) -> u64 {
    pair.c.iter().sum()
}

/// Vectors of at most this norm are those of collisions of length at most `n`.
fn radius_of(n: u64) -> BigInt {
    (BigInt::from(n) - 1) * 2
}

pub(super) fn small(value: &BigInt) -> Result<u64, SearchError> {
    value.to_u64().ok_or(SearchError::TooLarge)
}

fn lattices(subject: &Subject, query: Option<Token>) -> Result<Vec<OneLattice>, DecideError> {
    Ok(match subject {
        Subject::Embedding(v) => vec![OneLattice { query, rows: counting_matrix(v)? }],
        Subject::Model(model) => attention_matrices(model, &Clock::unlimited())?
            .into_iter()
            .enumerate()
            .map(|(q, rows)| OneLattice { query: Some(Token(q)), rows })
            .filter(|lattice| query.is_none() || lattice.query == query)
            .collect(),
        // one row of gaps for each query in question
        Subject::Scores(scores) => (scores.gaps.iter().enumerate())
            .map(|(row, gaps)| {
                let query = query.or(Some(Token(row)));
                Ok(OneLattice { query, rows: scores.rows(gaps, &Clock::unlimited())? })
            })
            .collect::<Result<_, Rejection>>()?,
    })
}

/// `c = z^+ + w` and `c' = z^- + w` with different answers, `w` as small as this `z` allows.
pub(super) fn colliding(
    task: Task,
    query: Option<Token>,
    z: &[BigInt],
) -> Result<Pair, SearchError> {
    // The largest entry positive, so that its token is counted more often than any in the other half.
    let largest = |sign: &BigInt| z.iter().map(|entry| entry * sign).max().unwrap_or_default();
    let (plus, minus) = (BigInt::from(1), BigInt::from(-1));
    let sign = if largest(&plus) >= largest(&minus) { plus } else { minus };
    let top = (0..z.len()).max_by_key(|&j| &z[j] * &sign).unwrap_or(0);
    let query = query.unwrap_or(Token(top));
    let half = |sign: BigInt| -> Result<Vec<u64>, SearchError> {
        let entries = z.iter().map(|entry| (entry * &sign).max(BigInt::zero()));
        let mut counts = entries.map(|entry| small(&entry)).collect::<Result<Vec<_>, _>>()?;
        counts[query.0] += 1;
        Ok(counts)
    };
    let (mut c, mut c_prime) = (half(sign.clone())?, half(-sign)?);
    if task.answer(&c, query) == task.answer(&c_prime, query) {
        // Both maxima are alike: one more of the largest token of z^+ parts them.
        c[top] += 1;
        c_prime[top] += 1;
    }
    // Sums that do not fit are refused here once and for all.
    for counts in [&c, &c_prime] {
        Input::new("counts", query, counts).map_err(|_| SearchError::TooLarge)?;
    }
    Ok(Pair { query, c, c_prime })
}
