//! T13 (ours): the least Lipschitz constant of what reads the states of uniform attention, for one embedding.
//!
//! Two inputs of length `n` with one query differ by `z`, `sum z = 0`, `||z||_1 <= 2 (n - 1)`, and their states by `V z / n`. With as
//! many common tokens as there are at the largest `|z_j|` their answers are as far apart as this `z` allows (see
//! [`crate::kernel::kind::Lipschitz`] for the proof). The search starts from the steepest of some simple differences, asks for any
//! `(z, s V z)` that is steeper, and goes on until there is none.

use super::enumerate::{Found, Wanted};
use super::lipschitz_bound::Sizes;
use super::{Limits, SearchError, run, small};
use crate::kernel::definition::{Task, Token};
use crate::kernel::evidence::{Ball, separation_matrix};
use crate::kernel::kind::{Lipschitz, LipschitzParams, Pair, Steepness};
use crate::kernel::number::{IntegerVector, Matrix, Rational, RationalText, dot_integers, integer};
use crate::kernel::{Certificate, ClaimId};
use crate::search::collision::{ShortVectorProof, Sought};
use crate::search::lattice::{KernelLattice, kernel_lattice};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};
use std::cmp::Ordering;

/// Whose constant is asked for.
#[derive(Debug, Clone)]
pub struct Question {
    /// `[m, d]`, `m >= 2`
    pub embedding: Matrix,
    /// at least 2
    pub n: u64,
    pub task: Task,
    /// at least 0
    pub epsilon: Rational,
}

/// The constant with two inputs that are as steep; none when no answers are more than `2 epsilon` apart.
#[derive(Debug, Clone)]
pub struct Steepest {
    pub lipschitz: Steepness,
    pub pair: Option<Pair>,
    /// that none is steeper; none when the constant is 0 or infinite
    pub proof: Option<ShortVectorProof>,
    pub nodes: u64,
}

/// Why a search ended too early, and the steepest inputs by then.
#[derive(Debug, Clone)]
pub struct Unfinished {
    pub why: SearchError,
    pub steepest: Option<Box<(Steepness, Option<Pair>)>>,
}

impl From<SearchError> for Unfinished {
    fn from(why: SearchError) -> Self {
        Self { why, steepest: None }
    }
}

/// A difference of inputs: by how much the answers differ beyond the tolerance, and `||s V z||`.
#[derive(Debug, Clone)]
struct Difference {
    z: IntegerVector,
    rise: Rational,
    run: BigInt,
}

impl Difference {
    /// Whether this is steeper than another, which is above zero; a run of zero is as steep as can be.
    fn steeper(&self, other: &Self) -> bool {
        let (left, right) =
            (&self.rise * integer(other.run.clone()), &other.rise * integer(self.run.clone()));
        match left.cmp(&right) {
            Ordering::Equal => {
                self.rise.is_positive() && self.run.is_zero() && !other.run.is_zero()
            }
            order => order == Ordering::Greater,
        }
    }
}

struct Search<'a> {
    question: &'a Question,
    rows: Vec<IntegerVector>,
    /// `s n`
    steps: BigInt,
}

/// Finds the least Lipschitz constant.
///
/// # Errors
/// [`Unfinished`] when a limit is reached.
///
/// ```
/// use counterproof::kernel::definition::Task;
/// use counterproof::kernel::number::{Matrix, integer, ratio};
/// use counterproof::search::collision::Limits;
/// use counterproof::search::collision::lipschitz::{Question, steepest};
///
/// let embedding = Matrix::from_fn(3, 3, |i, j| integer(i32::from(i == j)));
/// let question = Question { embedding, n: 5, task: Task::QueryCount, epsilon: ratio(1, 4) };
/// let found = steepest(&question, &Limits::default()).unwrap();
/// assert_eq!(found.lipschitz.to_string(), "35/8");
/// ```
pub fn steepest(question: &Question, limits: &Limits) -> Result<Steepest, Unfinished> {
    let m = question.embedding.rows();
    let (rows, scale) =
        separation_matrix("embedding", &question.embedding).map_err(|_| SearchError::TooLarge)?;
    let lattice = kernel_lattice(&rows, m + question.embedding.cols());
    let search = Search { question, rows, steps: scale * question.n };
    let Some(mut best) = search.start(&lattice) else {
        let lipschitz = Steepness::Finite(RationalText(Rational::zero()));
        return Ok(Steepest { lipschitz, pair: None, proof: None, nodes: 0 });
    };
    // Balls that grow: where nothing is as steep as a guess they are small, and the last has few vectors that are not.
    let mut guess = Difference { z: Vec::new(), rise: search.farthest(), run: BigInt::one() };
    let mut nodes = 0;
    let mut proof = None;
    while !best.run.is_zero() {
        let guessed = guess.steeper(&best);
        let least = if guessed { &guess } else { &best };
        let wanted = |vector: &[BigInt]| search.difference(&vector[..m]).steeper(least);
        let ball = search.ball(least);
        let sought = (Sought::NonZero, Wanted::Such(&wanted));
        let Found { vector, cuts, nodes: visited, .. } = run(&lattice, sought, (&ball, 0), limits)
            .map_err(|(why, _)| Unfinished {
                why,
                steepest: Some(Box::new((search.steepness(&best), search.pair(&best).ok()))),
            })?;
        nodes += visited;
        match vector {
            Some(vector) => {
                best = steepest_of(
                    search
                        .stretched(&vector[..m])
                        .into_iter()
                        .chain([search.difference(&vector[..m])]),
                )
                .unwrap_or(best)
            }
            None if guessed => guess.run *= 2,
            None => {
                let KernelLattice { basis, left_inverse } = lattice;
                proof = Some(ShortVectorProof { basis, left_inverse, cuts });
                break;
            }
        }
    }
    let (lipschitz, pair) = (search.steepness(&best), Some(search.pair(&best)?));
    Ok(Steepest { lipschitz, pair, proof, nodes })
}

impl Steepest {
    /// Its certificate, with the bound over all embeddings with entries at most `radius` in size.
    #[must_use]
    pub fn certificate(&self, question: &Question, radius: &Rational) -> Certificate {
        let Question { embedding, n, task, epsilon } = question.clone();
        let (m, d) = (embedding.rows(), embedding.cols());
        let sizes = Sizes { n, m, d, task, epsilon, radius: radius.clone() };
        let params = LipschitzParams {
            n,
            m,
            d,
            task,
            epsilon: RationalText(sizes.epsilon.clone()),
            lipschitz: self.lipschitz.clone(),
            radius: RationalText(radius.clone()),
            bound_all_embeddings: RationalText(sizes.all_embeddings()),
        };
        let proof = self.proof.clone().map(|proof| proof.about(None));
        let data = Lipschitz { embedding, pair: self.pair.clone(), proof };
        Certificate::new(ClaimId::LIPSCHITZ, params, data)
    }
}

impl Search<'_> {
    fn difference(&self, z: &[BigInt]) -> Difference {
        let apart = apart(self.question.task, self.question.n, z);
        let epsilon = &self.question.epsilon;
        let values = self.rows[..self.question.embedding.cols()].iter();
        let run = values.map(|row| dot_integers(row, z).abs()).max().unwrap_or_default();
        Difference { z: z.to_vec(), rise: integer(apart) - epsilon - epsilon, run }
    }

    /// The steepest multiple of the direction of `z != 0`, if any is above zero.
    fn stretched(&self, z: &[BigInt]) -> Option<Difference> {
        let gcd = z.iter().fold(BigInt::zero(), |gcd, entry| gcd.gcd(entry));
        let z: IntegerVector = z.iter().map(|entry| entry / &gcd).collect();
        let half: BigInt = z.iter().filter(|entry| entry.is_positive()).sum();
        let longest: BigInt = BigInt::from(self.question.n) - 1;
        let most = longest.div_floor(&half);
        // below the first of these answers are as far apart as the largest entry, above it common tokens are too few
        let (top, low) = (z.iter().max()?, -z.iter().min()?);
        let turn = BigInt::from(self.question.n).div_floor(&(half + top.clone().min(low)));
        let times = [BigInt::one(), turn.clone(), turn + 1, most.clone()];
        let times = times.into_iter().filter(|t| t.is_positive() && *t <= most);
        let multiple =
            |t: BigInt| self.difference(&z.iter().map(|entry| entry * &t).collect::<Vec<_>>());
        steepest_of(times.map(multiple))
    }

    /// The steepest of the differences of two tokens, of basis vectors, and of equal tokens and as different ones as can be.
    fn start(&self, lattice: &KernelLattice) -> Option<Difference> {
        let (m, n) = (self.question.embedding.rows(), self.question.n);
        let of = |entries: &dyn Fn(usize) -> i128| (0..m).map(|j| entries(j).into()).collect();
        let tokens = (0..m).flat_map(|i| (0..i).map(move |j| (i, j)));
        let two = tokens.map(|(i, j)| of(&|k| i128::from(k == i) - i128::from(k == j)));
        let short = lattice.basis.iter().map(|b| b[..m].to_vec());
        let (share, rest) = (i128::from(n) / m as i128, (i128::from(n) % m as i128) as usize);
        let equal = (0..m).map(|i| {
            // the token that all are has a larger share, where shares differ
            let balanced = |k: usize| share + i128::from((k + m - i) % m < rest);
            of(&|k| if k == i { i128::from(n) - balanced(k) } else { -balanced(k) })
        });
        let stretched = two.chain(short).filter_map(|z: IntegerVector| self.stretched(&z));
        steepest_of(stretched.chain(equal.map(|z: IntegerVector| self.difference(&z))))
    }

    /// The largest difference of answers, beyond the tolerance.
    fn farthest(&self) -> Rational {
        let &Question { n, task, ref epsilon, .. } = self.question;
        let farthest = match task {
            Task::QueryCount => n - 1,
            Task::MostFrequentElement => {
                n - u64::div_ceil(n, self.question.embedding.rows() as u64)
            }
        };
        integer(farthest) - epsilon - epsilon
    }

    /// A ball with all differences that are steeper.
    fn ball(&self, best: &Difference) -> Ball {
        // run < farthest * best.run / best.rise
        let run = self.farthest() * integer(best.run.clone()) / &best.rise;
        let l1 = (BigInt::from(self.question.n) - 1) * 2;
        Ball { split: self.question.embedding.rows(), l1, sup: run.ceil().to_integer() - 1 }
    }

    fn steepness(&self, best: &Difference) -> Steepness {
        if best.run.is_zero() {
            return Steepness::Infinite;
        }
        let steps = Rational::new(self.steps.clone(), best.run.clone());
        Steepness::Finite(RationalText(&best.rise * steps))
    }

    /// Two inputs with this difference, all common tokens at its largest entry, which is the query.
    fn pair(&self, best: &Difference) -> Result<Pair, SearchError> {
        let z = &best.z;
        let sign = if z.iter().max() >= z.iter().map(|e| -e).max().as_ref() { 1 } else { -1 };
        let query = (0..z.len()).max_by_key(|&j| &z[j] * sign).unwrap_or(0);
        let half: BigInt = z.iter().filter(|entry| entry.is_positive()).sum();
        let common = small(&(BigInt::from(self.question.n) - half))?;
        let counts = |sign: i32| {
            let mut counts = Vec::with_capacity(z.len());
            for entry in z {
                counts.push(small(&(entry * sign).max(BigInt::zero()))?);
            }
            counts[query] += common;
            Ok::<_, SearchError>(counts)
        };
        Ok(Pair { query: Token(query), c: counts(sign)?, c_prime: counts(-sign)? })
    }
}

/// The steepest, the first of those alike; those that are not above zero do not count.
fn steepest_of(all: impl Iterator<Item = Difference>) -> Option<Difference> {
    let above = all.filter(|difference| difference.rise.is_positive());
    above.reduce(|best, other| if other.steeper(&best) { other } else { best })
}

/// How far apart the answers of inputs of length `n` with the difference `z` are at most.
fn apart(task: Task, n: u64, z: &[BigInt]) -> BigInt {
    let top = z.iter().max().cloned().unwrap_or_default();
    let low = -z.iter().min().cloned().unwrap_or_default();
    if task == Task::QueryCount {
        return top.max(low);
    }
    let norm: BigInt = z.iter().map(Signed::abs).sum();
    let common = BigInt::from(n) - norm / 2;
    let gap = (&top - &low).abs() + common;
    top.max(low).min(gap)
}
