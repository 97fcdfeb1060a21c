//! T7 (ours): the least context length at which no MLP can count, under uniform attention.
//!
//! Let `V` be the embedding, `A = [V; 1 .. 1]` and `L = ker_Z A`. The numbers `(q, sum_j c_j v_j)` are all that
//! uniform attention passes on of an input `(q, c)`, and two count vectors with the same query agree
//! in them iff they differ by a `z` in `L`.
//! - `L = {0}`: they never do, and some MLP counts at every context length.
//! - otherwise they do from `n* = 1 + min ||z||_1 / 2` on, `z` over `L` without zero. If `z_q > 0` then
//!   `c = z^+ + e_q` and `c' = z^- + e_q` collide; `q` where `z` (or `-z`) is largest makes the answers
//!   of *both* tasks differ. Conversely `c - c' = z` and `c_q, c'_q >= 1` need `n >= 1 + ||z||_1 / 2`.
//!
//! The minimum is found by an enumeration in coordinates of an LLL-reduced basis of `L`, or, where that takes longer than to
//! compare the sums of all multisets of tokens that are short enough, in that way.
//!
//! About *different* queries: `v_q + sum c_j v_j / n` may coincide for two queries at lengths below `n*`
//! (for tokens `0 1 3 7` already at 3). Scaling the values by a suitable rational tells them apart, so `n*`
//! is the threshold over all value maps; for one fixed value map it is an upper bound.

pub mod best;
mod cut;
mod decide;
mod enumerate;
pub mod lipschitz;
pub mod lipschitz_bound;
mod multisets;
mod projection;
mod proof;
pub mod separation;
pub(crate) mod whole;

use decide::small;
pub use decide::{Answer, DecideError, PartAnswer, Question, decide, decide_part};
pub use proof::{ShortVectorProof, Sought};

use crate::kernel::definition::{InputPart, Token};
use crate::kernel::evidence::{Ball, Multisets, Subtrees};
use crate::kernel::kind::Pair;
use crate::kernel::number::IntegerVector;
use crate::search::control::{Control, Stopped};
use crate::search::inputs::same_largest_count;
use crate::search::lattice::{KernelLattice, kernel_lattice};
use enumerate::{Common, Failure, Found, Others, Wanted, common, enumerate};
use multisets::{Ended, Levels};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// When a search stops without an answer.
#[derive(Debug, Clone)]
pub struct Limits {
    pub nodes: u64,
    pub control: Control,
}

impl Default for Limits {
    fn default() -> Self {
        Self { nodes: u64::MAX, control: Control::default() }
    }
}

/// Why a search stopped without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    #[error("{why} after {nodes} nodes")]
    Stopped { why: Stopped, nodes: u64 },
    #[error("the node limit of {nodes} was reached")]
    Nodes { nodes: u64 },
    #[error("the least context length does not fit in 64 bits")]
    TooLarge,
}

/// The shortest vector of a kernel lattice, and the proof that there is no shorter one.
#[derive(Debug, Clone)]
pub struct Shortest {
    /// A shortest vector; `None` when there is none (up to the radius, if one was given).
    pub vector: Option<IntegerVector>,
    /// No sought vector has l1 norm at most this; `None` when there is no sought vector at all.
    pub excluded: Option<BigInt>,
    pub proof: ShortVectorProof,
    /// What shows it in place of the proof's cuts: multisets of half of `excluded` columns have different sums.
    pub multisets: Option<Multisets>,
    /// The vectors that this is about; the shortest one that is known may be another.
    pub part: Subtrees,
    /// Nodes of the search.
    pub nodes: u64,
}

impl Shortest {
    fn unknown(proof: ShortVectorProof) -> Self {
        let (vector, excluded, multisets) = (None, None, None);
        Self { vector, excluded, proof, multisets, part: Subtrees::ALL, nodes: 0 }
    }
}

/// The integer matrix whose kernel is searched, and what is sought in it.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// Rows of length `cols`.
    pub rows: &'a [IntegerVector],
    pub cols: usize,
    /// Only vectors that are not zero here; any non-zero vector when `None`.
    pub query: Option<usize>,
    /// The query of inputs whose most frequent counts have to differ: where those of `z^+ + e_q` and `z^- + e_q` are the
    /// same, a collision takes one token more, and `z` counts as longer by 2.
    pub parting: Option<usize>,
}

/// Finds the sought vector of least l1 norm in the integer kernel, among those of norm at most `radius`
/// where one is given.
///
/// # Errors
/// [`SearchError`] when a limit is reached.
///
/// ```
/// use counterproof::kernel::evidence::counting_matrix;
/// use counterproof::kernel::number::{Matrix, integer};
/// use counterproof::search::collision::{Limits, Problem, l1, shortest};
///
/// // the tokens 0 1 3 7 on a line: n* = 1 + ||z||_1 / 2 = 4
/// let tokens = Matrix::from_rows(1, [0, 1, 3, 7].map(|v| vec![integer(v)]).to_vec())?;
/// let rows = counting_matrix(&tokens)?;
/// let found = shortest(Problem { rows: &rows, cols: 4, query: None, parting: None }, None, &Limits::default())?;
/// let z = found.vector.unwrap();
/// assert_eq!(l1(&z), 6.into());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn shortest(
    problem: Problem<'_>,
    radius: Option<&BigInt>,
    limits: &Limits,
) -> Result<Shortest, SearchError> {
    match shortest_known(problem, radius, Way::Cuts, limits) {
        (found, None) => Ok(found),
        (_, Some(error)) => Err(error),
    }
}

/// A basis of at least this rank is reduced in blocks of [`BLOCK`]: it takes a moment, and saves most of the search.
const MANY: usize = 16;
const BLOCK: usize = 24;

/// Lattices of at least this rank are searched in growing balls first, so that a limit leaves a bound from below.
const GROWING: usize = 8;

/// The radii of the growing balls, of [`WHOLE`]. All together take few nodes beside the last.
const PARTS: [u32; 5] = [1, 4, 16, 32, 48];
const WHOLE: u32 = 64;

/// What may show that there is no shorter vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// cuts
    Cuts,
    /// cuts, or sums of multisets where these take less
    Either,
    /// cuts, of the vectors of a part
    Part(InputPart),
}

/// As [`shortest`]; when a limit is reached also what is known by then: some sought vector, and a proof about
/// shorter ones.
fn shortest_known(
    problem: Problem<'_>,
    radius: Option<&BigInt>,
    way: Way,
    limits: &Limits,
) -> (Shortest, Option<SearchError>) {
    let mut lattice = kernel_lattice(problem.rows, problem.cols);
    let mut sought = Sought::NonZero;
    let further = |lattice: KernelLattice, fixed| {
        if lattice.dimension() < MANY {
            return lattice;
        }
        lattice.in_blocks(BLOCK, fixed, &|| limits.control.go_on().is_ok())
    };
    lattice = further(lattice, 0);
    let mut candidates = lattice.basis.clone();
    if let Some(query) = problem.query {
        lattice = further(lattice.last_at(query, problem.cols), 1);
        sought = Sought::LastNonZero;
        candidates.extend(lattice.basis.last().cloned());
        candidates.retain(|b| !b[query].is_zero());
    }
    let KernelLattice { basis, left_inverse } = lattice.clone();
    let unproved = ShortVectorProof { basis, left_inverse, cuts: Vec::new() };
    let length = |z: &IntegerVector| {
        let longer = problem.parting.is_some_and(|query| same_largest_count(z, Token(query)));
        l1(z) + if longer { 2 } else { 0 }
    };
    let wanted = problem.parting.map_or(Wanted::All, Wanted::Parting);
    let mut known = Shortest::unknown(unproved);
    if let Way::Part(part) = way {
        known.part.part = part;
    }
    let Some(mut start) = candidates.into_iter().min_by_key(|b| length(b)) else {
        return (known, None);
    };
    // A row of ones makes the entries of z sum to zero, hence every norm even.
    let even = problem.rows.iter().any(|row| row.iter().all(One::is_one));
    let step = if even { 2 } else { 1 };
    let within = |start: &IntegerVector| {
        let norm: BigInt = length(start);
        radius.map_or(norm.clone(), |radius| radius.clone().min(norm))
    };
    if let Way::Part(part) = way {
        let bounds = (&Ball::l1(within(&start)), step);
        match common_to(&lattice, (sought, wanted), bounds, (&start, part.of()), limits) {
            Ok(common) => {
                start = common.vector.unwrap_or(start);
                known.part.coordinates = common.coordinates;
                known.nodes = common.nodes;
            }
            Err((error, best)) => {
                known.vector = best.or(Some(start));
                return (known, Some(error));
            }
        }
    }
    let (start_norm, limit): (BigInt, BigInt) = (length(&start), within(&start));
    let comparable = even && sought == Sought::NonZero && problem.parting.is_none();
    let mut levels = (way == Way::Either && comparable).then(|| Levels::new(problem, limits));
    let smaller = if lattice.dimension() < GROWING { 0 } else { PARTS.len() };
    for part in PARTS[..smaller].iter().chain([&WHOLE]) {
        let ball = Ball::l1(&limit * part / WHOLE);
        let before = known.nodes;
        let mut others = |nodes, radius: &BigInt| {
            levels.as_mut().is_some_and(|levels| levels.show(before + nodes, radius))
        };
        let wanted = (sought, wanted);
        let known_part = (Some(&start), known.part);
        let found = run_beside(&lattice, wanted, (&ball, step), known_part, limits, &mut others);
        let ended = match found {
            Ok(found) => {
                known.nodes += found.nodes;
                let ended = levels.as_mut().and_then(|levels| levels.ended.take());
                match ended {
                    None => {
                        known.proof.cuts = found.cuts;
                        known.excluded = Some(found.excluded);
                        known.multisets = None;
                        known.vector = found.vector;
                        Ok(())
                    }
                    Some(Ended::Shown) => {
                        known.vector = found.vector;
                        Ok(())
                    }
                    Some(Ended::Equal(z)) => {
                        known.vector = Some(z);
                        Ok(())
                    }
                    Some(Ended::Stopped(why)) => {
                        Err((SearchError::Stopped { why, nodes: known.nodes }, found.vector))
                    }
                }
            }
            Err(limit) => Err(limit),
        };
        if let Some(levels) = &levels {
            levels.add_to(&mut known, ended.is_err());
        }
        if let Err((error, best)) = ended {
            let start = Some(start).filter(|_| radius.is_none_or(|r| start_norm <= *r));
            known.vector = best.or(start);
            return (known, Some(error));
        }
        if known.vector.is_some() {
            return (known, None);
        }
    }
    // nothing within the radius that was given
    known.excluded = radius.cloned().or(known.excluded);
    (known, None)
}

/// A search on machine words, and on big integers where those do not hold the numbers.
macro_rules! in_words {
    ($search:ident($($argument:expr),*)) => {{
        let mut found = $search::<i64>($($argument),*);
        if let Err(Failure::TooLarge) = found {
            found = $search::<i128>($($argument),*);
        }
        if let Err(Failure::TooLarge) = found {
            found = $search::<BigInt>($($argument),*);
        }
        found.map_err(|failure| match failure {
            Failure::Search(error, best) => (error, best),
            Failure::TooLarge => (SearchError::TooLarge, None),
        })
    }};
}

/// Runs the search.
fn run(
    lattice: &KernelLattice,
    sought: (Sought, Wanted<'_>),
    bounds: (&Ball, i64),
    limits: &Limits,
) -> Result<Found, (SearchError, Option<IntegerVector>)> {
    let whole = (None, Subtrees::ALL);
    run_beside(lattice, sought, bounds, whole, limits, &mut |_, _| false)
}

/// The same from a vector that is known, of a part, beside others.
fn run_beside(
    lattice: &KernelLattice,
    sought: (Sought, Wanted<'_>),
    bounds: (&Ball, i64),
    known: (Option<&IntegerVector>, Subtrees),
    limits: &Limits,
    others: &mut Others<'_>,
) -> Result<Found, (SearchError, Option<IntegerVector>)> {
    in_words!(enumerate(lattice, sought, bounds, known, limits, others))
}

/// What so many parts of a search begin with.
fn common_to(
    lattice: &KernelLattice,
    sought: (Sought, Wanted<'_>),
    bounds: (&Ball, i64),
    known: (&IntegerVector, u64),
    limits: &Limits,
) -> Result<Common, (SearchError, Option<IntegerVector>)> {
    in_words!(common(lattice, sought, bounds, known, limits))
}

/// The l1 norm of an integer vector.
#[must_use]
pub fn l1(vector: &[BigInt]) -> BigInt {
    vector.iter().map(Signed::abs).sum()
}

/// Two inputs with more of their query in both, so that they have the length `n`: they differ as before.
#[must_use]
pub fn lengthened(mut pair: Pair, n: u64) -> Pair {
    let more = n.saturating_sub(pair.c.iter().sum());
    for counts in [&mut pair.c, &mut pair.c_prime] {
        counts[pair.query.0] += more;
    }
    pair
}
