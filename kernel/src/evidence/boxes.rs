//! Trees over boxes of counts, one for each query, which account for inputs of a model that has a [`Form`].
//!
//! The root of query `q` is all counts with sum `n` of which `q` has at least one. A tree is a word in preorder:
//!
//! | symbol | what is below |
//! |---|---|
//! | `A`, `B`, .. | two trees: counts of token 0, 1, .. up to the middle of its ends (rounded down), and those beyond |
//! | `r`, `w` | all counts are right, or wrong, by one bound; the query has one count |
//! | `p` | all counts are judged, one by one |
//! | `o` | nothing is known |
//!
//! After each split the ends are as near as the others let them be. Counts `c` stand for `(n - 1)! / prod_v (c_v - [v = q])!` inputs for
//! each position that is read.

use super::cell::Cell;
use super::homogeneous::{Form, Shape, asks};
use super::joined::{Found, in_order};
use super::points::{Folded, Walk};
use super::survey::Asking;
use super::tree::MOST_BITS;
use super::ways::{Long, Ways, fillings};
use crate::definition::{Columns, Judged, Question, SoftmaxTransformer, Token, judge};
use crate::number::{Rational, integer};
use crate::rejection::{Clock, Rejection, need, wrong};
use num::{BigUint, CheckedDiv, One};

/// Longer inputs are refused: all factorials are kept.
const MAX_LENGTH: u64 = 1 << 10;
/// Each token has a letter.
const MAX_TOKENS: usize = 26;

/// How many inputs are known to be right, and how many wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// right
    pub right: BigUint,
    /// wrong
    pub wrong: BigUint,
}

/// A model that has a form at each query, and the inputs of one length.
pub struct Boxes<'a> {
    asking: Asking<'a>,
    n: u64,
    columns: Columns<'a>,
    shape: Shape<'a>,
    /// how many inputs there are
    pub inputs: BigUint,
    /// how many positions are read
    read: usize,
    /// `0!` to `n!`
    factorials: Vec<BigUint>,
}

impl Known {
    /// Counts more.
    pub fn add(&mut self, judged: Judged, inputs: &BigUint) {
        match judged {
            Judged::Right => self.right += inputs,
            Judged::Wrong => self.wrong += inputs,
            Judged::Open => {}
        }
    }

    /// Counts what was found elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.right += &other.right;
        self.wrong += &other.wrong;
    }
}

impl Found for Known {
    fn merge(&mut self, later: Self) -> Result<(), Rejection> {
        Self::merge(self, &later);
        Ok(())
    }
}

impl<'a> Boxes<'a> {
    /// `None` for a model, question or length that this is not about.
    ///
    /// # Errors
    /// [`Rejection`] for a length that the model does not have, or of the clock.
    pub fn new(
        model: &'a SoftmaxTransformer,
        question: &'a Question,
        tolerance: &'a Rational,
        n: u64,
        clock: &Clock<'_>,
    ) -> Result<Option<Self>, Rejection> {
        let (asking, length) = Asking::at(model, question, tolerance, n)?;
        let small = n <= MAX_LENGTH && model.vocabulary() <= MAX_TOKENS;
        let Some(shape) = Shape::of(model, length).filter(|_| small && asks(question)) else { return Ok(None) };
        let Some(columns) = Columns::of_stream(model, clock)? else { return Ok(None) };
        let read = model.read_at.positions(length).len();
        let inputs = asking.inputs(length);
        Ok(Some(Self { asking, n, columns, shape, inputs, read, factorials: factorials(n) }))
    }

    /// How many trees a proof has.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.asking.model.vocabulary()
    }

    /// The form at a query; `None` where its numbers do not fit.
    ///
    /// # Errors
    /// [`Rejection`] of the clock, or for too large a model.
    pub fn form(&self, query: usize, clock: &Clock<'_>) -> Result<Option<Form>, Rejection> {
        Form::new(&self.columns, &self.shape, (query, self.n), self.asking.criteria.tolerance, clock)
    }

    /// All counts of a query.
    #[must_use]
    pub fn root(&self, query: usize) -> Option<Cell> {
        let n = i64::try_from(self.n).ok()?;
        let lo: Vec<i64> = (0..self.queries()).map(|token| i64::from(token == query)).collect();
        Cell::new(&lo, &vec![n; self.queries()], n)
    }

    /// How many inputs have counts in a cell.
    ///
    /// # Errors
    /// [`Rejection`] of the clock.
    pub fn ways(&self, query: usize, cell: &Cell, clock: &Clock<'_>) -> Result<BigUint, Rejection> {
        let hi: Vec<u64> = others(query, &cell.hi).collect();
        let lo = others(query, &cell.lo);
        let ends: Vec<(u64, u64)> = lo.zip(hi.iter().copied()).collect();
        let spare = hi.iter().fold(0u64, |sum, hi| sum.saturating_add(*hi)).saturating_sub(self.n.saturating_sub(1));
        let mut ways = fillings::<u128>(ends.clone(), spare, clock)?.map(Ways::number);
        if ways.is_none() {
            ways = fillings::<Long<4>>(ends.clone(), spare, clock)?.map(Ways::number);
        }
        let ways = match ways {
            Some(ways) => ways,
            None => fillings::<BigUint>(ends, spare, clock)?.unwrap_or_default(),
        };
        Ok(self.sequences(query, cell, ways))
    }

    /// How many inputs a cell has that are counted by `ways`, the sum of `prod_v hi_v! / x_v!` over their counts less the query.
    fn sequences(&self, query: usize, cell: &Cell, ways: BigUint) -> BigUint {
        let factorial = |count: u64| self.factorials.get(usize::try_from(count).unwrap_or(usize::MAX));
        let hi = others(query, &cell.hi).filter_map(factorial);
        let below = hi.fold(BigUint::one(), |product, hi| product * hi);
        let above = factorial(self.n.saturating_sub(1)).map(|all| all * ways * self.read);
        above.and_then(|above| above.checked_div(&below)).unwrap_or_default()
    }

    /// Whether tokens have places, so that counts stand for inputs that differ to the model.
    #[must_use]
    pub fn placed(&self) -> bool {
        self.columns.placed()
    }

    /// Judges all counts of a cell one by one, all arrangements of some at once; what is not decided is not known.
    ///
    /// # Errors
    /// [`Rejection`] of the clock.
    pub fn each(
        &self,
        query: usize,
        form: &Form,
        cell: &Cell,
        known: &mut Known,
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        clock.spend(form.work())?;
        let several = |token: &usize| cell.only(*token).is_none();
        // counts of the query one by one, and where tokens have places those of all
        let all = if self.placed() { self.queries() } else { 0 };
        if let Some(token) = [query].into_iter().chain(0..all).find(several) {
            for part in cell.split(token).into_iter().flatten() {
                self.each(query, form, &part, known, clock)?;
            }
            return Ok(());
        }
        let k = cell.only(query).unwrap_or(0);
        if self.placed() {
            known.add(form.bound(cell, k).judged, &self.ways(query, cell, clock)?);
            return Ok(());
        }
        let mut folded = Folded::new(form, cell, k);
        let closely = |counts: &[i64]| {
            if !form.folds() {
                clock.spend(form.work() >> 3)?;
                let judged = form.judge(counts, k);
                if judged != Judged::Open {
                    return Ok(judged);
                }
            }
            self.closely(query, counts, k, clock)
        };
        let mut found = judged::<u128>(query, cell, &mut folded, &closely, clock)?;
        if found.is_none() {
            found = judged::<Long<4>>(query, cell, &mut folded, &closely, clock)?;
        }
        let [right, wrong] = match found {
            Some(found) => found,
            None => judged::<BigUint>(query, cell, &mut folded, &closely, clock)?.unwrap_or_default(),
        };
        known.add(Judged::Right, &self.sequences(query, cell, right));
        known.add(Judged::Wrong, &self.sequences(query, cell, wrong));
        Ok(())
    }

    /// Judges one input with these counts by definition.
    fn closely(&self, query: usize, counts: &[i64], k: i64, clock: &Clock<'_>) -> Result<Judged, Rejection> {
        let sequence = sequence(query, counts);
        let position = sequence.len().saturating_sub(1);
        let answer = integer(u64::try_from(k).unwrap_or(0));
        let input = (sequence.as_slice(), position, &answer);
        Ok(judge(self.asking.model, self.asking.criteria.tolerance, input, MOST_BITS, clock)?.0)
    }

    /// An input of a cell: its tokens, the query last.
    #[must_use]
    pub fn example(&self, query: usize, cell: &Cell) -> Vec<Token> {
        let mut left = cell.lo.iter().fold(cell.total, |left, lo| left.saturating_sub(*lo));
        let mut counts = Vec::with_capacity(cell.lo.len());
        for (lo, hi) in cell.lo.iter().zip(&cell.hi) {
            let more = hi.saturating_sub(*lo).min(left);
            left = left.saturating_sub(more);
            counts.push(lo.saturating_add(more));
        }
        sequence(query, &counts)
    }

    /// Follows all trees on all threads; the first that does not hold is the one that is reported.
    ///
    /// # Errors
    /// [`Rejection`] of a tree that does not hold, or of the clock.
    pub fn follow(&self, trees: &[String], clock: &Clock<'_>) -> Result<Known, Rejection> {
        followed(trees, self.queries(), clock, |query, tree, clock| self.follow_one(query, tree, clock))
    }

    fn follow_one(&self, query: usize, tree: &str, clock: &Clock<'_>) -> Result<Known, Rejection> {
        let mut known = Known::default();
        let place = format!("data.accuracy.trees[{query}]");
        let form = self.form(query, clock)?;
        let form = form.ok_or_else(|| wrong("data.accuracy.model", "numbers of a moderate size", "others"))?;
        let mut symbols = tree.bytes();
        // every query has an input, since n is at least 1
        let mut left: Vec<Cell> = self.root(query).into_iter().collect();
        while let Some(cell) = left.pop() {
            clock.spend(2)?;
            match symbols.next() {
                Some(b'o') => {}
                Some(b'p') => self.each(query, &form, &cell, &mut known, clock)?,
                Some(symbol @ (b'r' | b'w')) => {
                    clock.spend(form.work())?;
                    let k = cell.only(query).ok_or_else(|| wrong(&place, "one count of the query", "more"))?;
                    let expected = if symbol == b'r' { Judged::Right } else { Judged::Wrong };
                    let found = form.bound(&cell, k).judged;
                    need(found == expected, &place, format!("a bound that is {expected:?}"), format!("{found:?}"))?;
                    known.add(found, &self.ways(query, &cell, clock)?);
                }
                Some(symbol @ b'A'..=b'Z') => {
                    let token = usize::from(symbol.saturating_sub(b'A'));
                    let parts = cell.split(token);
                    let [low, high] =
                        parts.ok_or_else(|| wrong(&place, "a split of a token with several counts", token))?;
                    left.extend([high, low]);
                }
                _ => return Err(wrong(&place, "a tree of `A` to `Z`, `r`, `w`, `p` and `o`", "something else")),
            }
        }
        need(symbols.next().is_none(), &place, "one tree", "symbols after its end")?;
        Ok(known)
    }
}

/// Counts without the query itself.
fn others(query: usize, counts: &[i64]) -> impl Iterator<Item = u64> {
    let less = move |(token, count): (usize, &i64)| count.saturating_sub(i64::from(token == query));
    counts.iter().enumerate().map(less).map(|count| u64::try_from(count).unwrap_or(0))
}

/// The counts of a cell that are right and wrong, if they can be counted in these words.
fn judged<W: Ways>(
    query: usize,
    cell: &Cell,
    folded: &mut Option<Folded>,
    closely: &dyn Fn(&[i64]) -> Result<Judged, Rejection>,
    clock: &Clock<'_>,
) -> Result<Option<[BigUint; 2]>, Rejection> {
    let Some(walk) = Walk::<W>::new(cell, query, folded.as_ref()) else { return Ok(None) };
    let found = walk.judged(folded, closely, clock)?;
    Ok(found.map(|found| found.map(Ways::number)))
}

/// A sequence with these counts, the query last.
fn sequence(query: usize, counts: &[i64]) -> Vec<Token> {
    let mut sequence = Vec::new();
    for (token, count) in counts.iter().enumerate() {
        sequence.extend((i64::from(token == query)..*count).map(|_| Token(token)));
    }
    sequence.push(Token(query));
    sequence
}

/// `0!` to `n!`
pub(super) fn factorials(n: u64) -> Vec<BigUint> {
    let mut factorials = vec![BigUint::one()];
    for i in 1..=n {
        factorials.extend(factorials.last().map(|last| last * i));
    }
    factorials
}

/// Follows a tree for each query on all threads; the first that does not hold is the one that is reported.
pub(super) fn followed(
    trees: &[String],
    queries: usize,
    clock: &Clock<'_>,
    one: impl Fn(usize, &str, &Clock<'_>) -> Result<Known, Rejection> + Sync,
) -> Result<Known, Rejection> {
    need(trees.len() == queries, "data.accuracy.trees: number", queries, trees.len())?;
    let one = |query: usize, clock: &Clock<'_>| one(query, trees.get(query).map_or("", String::as_str), clock);
    let (known, result) = in_order(clock, queries, one);
    result.map(|()| known)
}
