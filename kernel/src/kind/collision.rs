//! T7, T7' and T18 (ours): count vectors that attention cannot tell apart differ by vectors of a kernel lattice.
//!
//! For a fixed query attention passes on `A c` for an integer matrix `A` with a row of ones. Two inputs of length `n` with
//! one query and `A c = A c'` differ by `z = c - c'` in `ker_Z A`. They have different answers only if `z != 0` (for the query
//! count: `z_q != 0`), and as both contain the query, `n >= 1 + ||z||_1 / 2`. So nothing collides up to length `N` when no such `z`
//! has `||z||_1 <= 2 (N - 1)`. With `||z||_1 = 2 (N - 1)` the inputs of length `N` are `z^+ + e_q` and `z^- + e_q`, no others; where
//! these have the same most frequent count `z` does no harm up to length `N`.
//!
//! Uniform attention passes on `sum_j c_j v_j`. A model without positions has, for a query and a head, weights `a_j` and
//! passes on `N / D` with `N = sum_j c_j a_j W_V e_j` and `D = sum_j c_j a_j`, of which `A` has all rows, with denominators cleared.
//! The head of T3 reads nothing but the mark of the query: of query `q` it passes on `1 / sum_j c_j B^{-g_qj}`.
//!
//! Under uniform attention all queries have one `A`, and no such `z` exists also where all multisets of `N - 1` tokens have different
//! sums ([`Multisets`]).
//!
//! That nothing collides up to `n` is refuted by a pair of length `n`.

use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{Input, IntegerForm, Length, Task, Token, Transformer};
use crate::evidence::{Ball, KernelProof, Multisets, Sought, Subtrees, counting_matrix};
use crate::number::{IntegerVector, Matrix, RationalText, Room, Scaled, dot_integers, dot_within, power, work};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigInt, One, Signed, Zero};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

impl ClaimId {
    /// T7
    pub const UNIFORM_COLLISION: Self = Self("uniform-collision");
    /// T7'
    pub const ATTENTION_COLLISION: Self = Self("attention-collision");
    /// T18
    pub const ATTEND_LENGTH: Self = Self("attend-length");
}

/// A power of the base may have this many bits.
const MOST_POWER: u64 = 1 << 19;

/// The statement: at every context length up to `free_up_to` no two inputs *collide*, and at `collides_at` two do.
///
/// Two inputs collide when they have the same query, agree in every number that attention passes on (see [`Subject`]), and
/// have different answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollisionParams {
    /// what is counted
    pub task: Task,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension; 1 for scores, of which the mark alone is read
    pub d: usize,
    /// inputs with this query only; all queries when `null`
    pub query: Option<Token>,
    /// the longest length without a collision
    pub free_up_to: Length,
    /// `null` when no collision is stated
    pub collides_at: Option<u64>,
}

/// Proofs that nothing collides, and two inputs that do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collision {
    /// whose collisions are meant
    pub subject: Subject,
    /// that there is no collision: one proof for all queries, or one for each query in question; none where a pair refutes that
    pub proofs: Vec<KernelProof>,
    /// that all multisets of tokens, one less than `free_up_to`, have different sums under uniform attention, in place of proofs
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multisets: Option<Multisets>,
    /// two inputs that collide
    pub pair: Option<Pair>,
}

/// Whose collisions are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// `[m, d]`; uniform attention passes on `sum_j c_j v_j`
    Embedding(Matrix),
    /// a model without positions; passes on the numerator and denominator of every head
    Model(Box<Transformer>),
    /// the head of T3, which reads the mark; passes on `sum_j c_j B^{-g_qj}`
    Scores(Scores),
}

/// How far scores fall short of that of the query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scores {
    /// `B > 1`
    pub base: RationalText,
    /// `[queries in question, m]`: `g_qj`, zero at the query
    pub gaps: Vec<Vec<u32>>,
}

impl Scores {
    /// The integer matrix `[2, m]` of a query: `B^{-g_j}` with denominators cleared, and a row of ones.
    ///
    /// # Errors
    /// [`Rejection`] when the powers are too long.
    pub fn rows(&self, gaps: &[u32], clock: &Clock<'_>) -> Result<Vec<IntegerVector>, Rejection> {
        let (p, q) = (self.base.0.numer(), self.base.0.denom());
        let most = gaps.iter().copied().max().unwrap_or(0);
        let bits = p.bits().saturating_mul(most.into());
        let place = "data.collision.subject.scores";
        need(p > q, format!("{place}.base"), "a rational above 1", &self.base)?;
        need(bits <= MOST_POWER, format!("{place}.gaps"), format!("powers of at most {MOST_POWER} bits"), bits)?;
        let mut room = Room::default();
        let mut weight = |&gap: &u32| {
            clock.spend(work(bits, bits).saturating_add(1))?;
            room.keep(power(p, most.saturating_sub(gap)) * power(q, gap))
        };
        Ok(vec![gaps.iter().map(&mut weight).collect::<Result<_, _>>()?, vec![BigInt::one(); gaps.len()]])
    }
}

/// Two inputs with one query, by their counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// the last token of both
    pub query: Token,
    /// `[m]`
    pub c: Vec<u64>,
    /// `[m]`
    pub c_prime: Vec<u64>,
}

impl Pair {
    /// The two inputs, over `m` tokens and of length `n`, and `c - c'`.
    pub(super) fn inputs(&self, place: &str, m: usize, n: u64) -> Result<([Input; 2], IntegerVector), Rejection> {
        let input = |name: &str, counts: &[u64]| {
            let place = format!("{place}.{name}");
            expect(&format!("{place}: m"), m, counts.len())?;
            let input = Input::new(&place, self.query, counts)?;
            expect(&format!("{place}: n"), n, input.length())?;
            Ok::<_, Rejection>(input)
        };
        let inputs = [input("c", &self.c)?, input("c_prime", &self.c_prime)?];
        let difference = self.c.iter().zip(&self.c_prime).map(|(&a, &b)| BigInt::from(a) - BigInt::from(b));
        Ok((inputs, difference.collect()))
    }

    /// The sup norm of `V' z` for the rows `[V' -I; 1 0]` and `z = c - c'`.
    pub(super) fn distance(rows: &[IntegerVector], z: &[BigInt], clock: &Clock<'_>) -> Result<BigInt, Rejection> {
        let mut largest = BigInt::default();
        // the last row is that of ones; z leaves out the columns of w
        for row in rows.iter().rev().skip(1) {
            largest = largest.max(dot_within(row, z, clock)?.abs());
        }
        Ok(largest)
    }
}

/// What attention passes on: one matrix for all queries, or one for each, made when it is needed.
enum Passed<'a> {
    Alike(Vec<IntegerVector>),
    /// the model, and `W_V e_j` of each head `[d_v, m]` with denominators cleared
    ByQuery(Box<IntegerForm<'a>>, Vec<Vec<IntegerVector>>),
    /// with the one query in question, if it is one
    Marked(&'a Scores, Option<Token>),
}

impl<'a> Passed<'a> {
    fn by_query(model: &'a Transformer, clock: &Clock<'_>) -> Result<Self, Rejection> {
        let place = "data.collision.subject.model.positions";
        need(model.positions.is_none(), place, "null, for every length is meant", "positions")?;
        let form = IntegerForm::new(model, 2, clock)?;
        let embedding = Scaled::new(model.embedding.entries())?.numerators; // [m d]
        let mut room = Room::default();
        let mut values = Vec::with_capacity(model.heads.len());
        for head in &model.heads {
            let row = |row: &Vec<_>| {
                let row = Scaled::new(row.iter())?.numerators;
                embedding.chunks(row.len().max(1)).map(|state| room.keep(dot_within(&row, state, clock)?)).collect()
            };
            values.push(head.value.list().iter().map(row).collect::<Result<_, Rejection>>()?);
        }
        Ok(Self::ByQuery(Box::new(form), values))
    }

    fn marked(scores: &'a Scores, params: &CollisionParams) -> Result<Self, Rejection> {
        let place = "data.collision.subject.scores.gaps";
        let queries = if params.query.is_some() { 1 } else { params.m };
        need(params.m >= 1, "params.m", "at least one token", params.m)?;
        expect(&format!("{place}: rows"), queries, scores.gaps.len())?;
        for (index, gaps) in scores.gaps.iter().enumerate() {
            let (query, place) = (params.query.map_or(index, |query| query.0), format!("{place}[{index}]"));
            expect(&format!("{place}: entries"), params.m, gaps.len())?;
            need(gaps.get(query) == Some(&0), place, format!("0 at the query {query}"), "another")?;
        }
        Ok(Self::Marked(scores, params.query))
    }

    /// The matrix of a query `[.., m]`, the last row of which is 1.
    fn rows(&self, query: Token, clock: &Clock<'_>) -> Result<Cow<'_, [IntegerVector]>, Rejection> {
        let (form, values) = match self {
            Self::Alike(rows) => return Ok(Cow::Borrowed(rows)),
            Self::Marked(scores, only) => {
                let index = if only.is_some() { 0 } else { query.0 };
                let gaps = scores.gaps.get(index).map_or(&[][..], Vec::as_slice);
                return scores.rows(gaps, clock).map(Cow::Owned);
            }
            Self::ByQuery(form, values) => (form, values),
        };
        let (mut rows, mut room) = (Vec::new(), Room::default());
        for (attention, values) in form.attention(query.0, clock)?.into_iter().zip(values) {
            // without positions all positions are of one class
            let weights = attention.prefix.into_iter().next().unwrap_or_default();
            let mut weighted = |(value, weight): (&BigInt, &BigInt)| {
                clock.spend(work(value.bits(), weight.bits()))?;
                room.keep(value * weight)
            };
            for row in values {
                rows.push(row.iter().zip(&weights).map(&mut weighted).collect::<Result<_, _>>()?);
            }
            rows.push(weights);
        }
        rows.push(vec![BigInt::one(); form.base.len()]);
        Ok(Cow::Owned(rows))
    }
}

/// For each query the integer matrix `[h d_v + h + 1, m]` of rows `a_j W_V e_j` and `a_j`, and a row of ones, each row up to a
/// positive factor; `model` must have no positions.
///
/// # Errors
/// [`Rejection`] for a model with positions or scores that differ by fractions, and numbers that are too long.
pub fn attention_matrices(model: &Transformer, clock: &Clock<'_>) -> Result<Vec<Vec<IntegerVector>>, Rejection> {
    let passed = Passed::by_query(model, clock)?;
    (0..model.vocabulary()).map(|query| Ok(passed.rows(Token(query), clock)?.into_owned())).collect()
}

impl Kind for Collision {
    type Params = CollisionParams;
    const NAME: &'static str = "collision";
    const CLAIMS: &'static [ClaimId] =
        &[ClaimId::UNIFORM_COLLISION, ClaimId::ATTENTION_COLLISION, ClaimId::ATTEND_LENGTH];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, claim: ClaimId, params: &CollisionParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let followed = self.follow("data.collision", (claim, params), Subtrees::ALL, clock)?;
        let (Length::Exactly(n), None) = (params.free_up_to, &followed) else {
            return Ok(Finding::verified(sentence(params, claim, &followed.unwrap_or_default())));
        };
        let refuted = CollisionParams { free_up_to: Length::Exactly(0), collides_at: Some(n), ..params.clone() };
        Ok(Finding::refuted(sentence(&refuted, claim, "")))
    }
}

impl Collision {
    /// Checks that nothing of the part collides, and the pair: in words what was followed, `None` where the pair refutes that.
    pub(super) fn follow(
        &self,
        place: &str,
        (claim, params): (ClaimId, &CollisionParams),
        part: Subtrees,
        clock: &Clock<'_>,
    ) -> Result<Option<String>, Rejection> {
        let sizes = |embedding: &Matrix| (embedding.rows(), embedding.cols());
        let (stated, (m, d)) = match &self.subject {
            Subject::Embedding(embedding) => (ClaimId::UNIFORM_COLLISION, sizes(embedding)),
            Subject::Model(model) => (ClaimId::ATTENTION_COLLISION, sizes(&model.embedding)),
            Subject::Scores(scores) => (ClaimId::ATTEND_LENGTH, (scores.gaps.first().map_or(0, Vec::len), 1)),
        };
        expect("claim", stated, claim)?;
        expect("params.m", m, params.m)?;
        expect("params.d", d, params.d)?;
        need(
            params.query.is_none_or(|query| query.0 < m),
            "params.query",
            format!("a token below m = {m}"),
            show(params.query),
        )?;
        let passed = match &self.subject {
            Subject::Embedding(embedding) => Passed::Alike(counting_matrix(embedding)?),
            Subject::Model(model) => Passed::by_query(model, clock)?,
            Subject::Scores(scores) => Passed::marked(scores, params)?,
        };
        let unproved = self.proofs.is_empty() && self.multisets.is_none();
        if let (Length::Exactly(n), None, Some(pair), true) =
            (params.free_up_to, params.collides_at, &self.pair, unproved)
        {
            colliding(&format!("{place}.pair"), params, (pair, n), &passed, clock)?;
            return Ok(None);
        }
        let queries: Vec<Option<Token>> = match (params.query, &passed) {
            _ if self.multisets.is_some() => Vec::new(),
            (Some(query), _) => vec![Some(query)],
            (None, Passed::Alike(_)) => vec![None],
            (None, _) => (0..m).map(|query| Some(Token(query))).collect(),
        };
        expect(&format!("{place}.proofs: number"), queries.len(), self.proofs.len())?;
        let mut nodes: u64 = 0;
        for (index, (query, proof)) in queries.into_iter().zip(&self.proofs).enumerate() {
            let place = format!("{place}.proofs[{index}]");
            need(proof.query == query, format!("{place}.query"), show(query), show(proof.query))?;
            let rows = passed.rows(query.unwrap_or(Token(0)), clock)?;
            nodes = nodes.saturating_add(free(params, &rows, proof, part, &place, clock)?);
        }
        let mut followed = format!("{nodes} nodes");
        if let Some(multisets) = &self.multisets {
            let place = format!("{place}.multisets");
            let (Passed::Alike(rows), Length::Exactly(n)) = (&passed, params.free_up_to) else {
                return Err(wrong(place, "an embedding and a length", "another subject, or any length"));
            };
            let count = multisets.check(&place, rows, n.saturating_sub(1), clock)?;
            followed = format!("{count} multisets");
        }
        let place = format!("{place}.pair");
        match (&self.pair, params.collides_at) {
            (None, None) => {}
            (Some(pair), Some(n)) => colliding(&place, params, (pair, n), &passed, clock)?,
            (Some(_), None) => return Err(wrong(place, "null, as params.collides_at", "a pair")),
            (None, Some(n)) => return Err(wrong(place, format!("two inputs, n = {n}"), "null")),
        }
        Ok(Some(followed))
    }
}

fn show(query: Option<Token>) -> String {
    query.map_or_else(|| "null".to_owned(), |query| query.to_string())
}

/// Checks that nothing collides up to `params.free_up_to`; the number of nodes it took.
fn free(
    params: &CollisionParams,
    rows: &[IntegerVector],
    proof: &KernelProof,
    part: Subtrees,
    place: &str,
    clock: &Clock<'_>,
) -> Result<u64, Rejection> {
    let most_frequent = params.task == Task::MostFrequentElement;
    let radius = match params.free_up_to {
        Length::Any => None,
        Length::Exactly(n) => Some((BigInt::from(n) - 1) * 2),
    };
    let harmless = |z: &[BigInt]| {
        let longest = || Some(z.iter().map(Signed::abs).sum::<BigInt>()) == radius;
        Ok(most_frequent && proof.query.is_some_and(|query| longest() && same_largest_count(z, query)))
    };
    let ball = radius.clone().map(Ball::l1);
    let query = proof.query.filter(|_| !most_frequent);
    proof.check(place, &Sought { rows, query, ball: ball.as_ref(), harmless: &harmless, part }, clock)
}

/// Whether the largest counts of `z^+ + e_q` and `z^- + e_q` are the same.
fn same_largest_count(z: &[BigInt], query: Token) -> bool {
    let largest = |sign: i8| {
        let count = |(j, entry): (usize, &BigInt)| (entry * sign).max(BigInt::zero()) + u8::from(j == query.0);
        z.iter().enumerate().map(count).max()
    };
    largest(1) == largest(-1)
}

/// Checks that the pair is of this length and collides.
fn colliding(
    place: &str,
    params: &CollisionParams,
    (pair, length): (&Pair, u64),
    passed: &Passed<'_>,
    clock: &Clock<'_>,
) -> Result<(), Rejection> {
    let asked = params.query.is_none_or(|query| query == pair.query);
    need(asked, format!("{place}.query"), show(params.query), pair.query)?;
    let ([c, c_prime], difference) = pair.inputs(place, params.m, length)?;
    let alike = passed.rows(pair.query, clock)?.iter().all(|row| dot_integers(row, &difference).is_zero());
    need(alike, place, "two inputs that attention does not tell apart", "others")?;
    let answer = |input: &Input| params.task.answer(input.counts(), input.query());
    need(answer(&c) != answer(&c_prime), place, "different answers", format!("{} twice", answer(&c)))
}

fn sentence(params: &CollisionParams, claim: ClaimId, followed: &str) -> String {
    let CollisionParams { task, m, d, query, free_up_to, collides_at } = params;
    let whose = match claim {
        ClaimId::UNIFORM_COLLISION => format!("uniform attention over {m} embeddings, d = {d},"),
        ClaimId::ATTEND_LENGTH => format!("the head that reads the mark, m = {m},"),
        _ => format!("the attention of the model, m = {m}, d = {d},"),
    };
    let query = query.map_or_else(String::new, |query| format!(" with query {query}"));
    let free = match free_up_to {
        Length::Any => format!("at every context length inputs with different answers are told apart{query} ({task})"),
        Length::Exactly(0) => String::new(),
        Length::Exactly(n) => {
            format!("inputs with different answers are told apart{query} up to n = {n} ({task}; {followed})")
        }
    };
    let collides = collides_at.map_or_else(String::new, |n| {
        format!("two inputs of length {n} with one query and different answers are not: no MLP counts")
    });
    let both = if free.is_empty() || collides.is_empty() { "" } else { "; " };
    format!("under {whose} {free}{both}{collides}")
}
