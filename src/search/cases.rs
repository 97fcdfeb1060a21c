//! How many inputs a model that is to name the largest token reads right, from both sides: cases over that token, the query and the copies of it.
//!
//! The bounds are the kernel's ([`crate::kernel::evidence::Cases`]), so what is found here is what a certificate proves. What is searched is the tree of each
//! query: first the tokens above the answer are taken away one by one, which tells answer and copies; the cases that no bound decides wait in the order of
//! how many sequences they have, and the first is split in the middle of its highest range, or judged one by one where it is small. A query is
//! left once so much of it is decided as was asked of all.

use super::boxes::{Found, enough, so_far as progress, word};
use super::control::Control;
use crate::kernel::definition::{Judged, Question, SoftmaxTransformer, Token};
use crate::kernel::evidence::{Cases, Group, Known, Margins, Table};
use crate::kernel::number::Rational;
use crate::kernel::{Clock, Rejection};
use num_bigint::BigUint;
use num_traits::Zero;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Cases of at most so many sequences are judged one by one where no bound decides.
const FEW: u64 = 256;
/// More nodes of all queries are not kept: a certificate has to be read again.
const MOST_NODES: usize = 1 << 23;
/// Tables of all queries that are kept have at most so many numbers together.
const MOST_IN_TABLES: u64 = 1 << 25;
/// Cases of each query in the first round.
const FIRST_BUDGET: u64 = 1 << 10;
/// Cases between two looks at the clock.
const LOOKS: u64 = 64;
/// Margins of answers are kept up to so many numbers.
const MOST_KEPT: usize = 1 << 22;

/// A node of a tree.
struct Node {
    symbol: u8,
    /// of a split: the nodes below
    parts: Range<usize>,
}

/// A case that is not decided; of equal ones the older is taken first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    ways: BigUint,
    node: Reverse<usize>,
    groups: Vec<Group>,
}

/// What was found of a query.
struct Query {
    known: Known,
    first_wrong: Option<Vec<Token>>,
    visited: u64,
}

/// Bounds the accuracy as far as `within`, as far as the control lets it; `None` for a model, question or length that this is not about.
///
/// # Errors
/// [`Rejection::Wrong`] for a length that the model does not have; a limit is no error.
pub fn survey(
    model: &SoftmaxTransformer,
    question: &Question,
    tolerance: &Rational,
    n: u64,
    within: Option<&Rational>,
    control: &Control,
) -> Result<Option<Found>, Rejection> {
    let start = Instant::now();
    let Some(cases) = Cases::new(model, question, tolerance, n, &Clock::unlimited())? else {
        return Ok(None);
    };
    let common = start.elapsed();
    let zero = Rational::zero();
    let within = within.unwrap_or(&zero);
    let (checked, so_far) = (AtomicU64::new(0), Mutex::new(Known::default()));
    let go_on = || {
        let check = Duration::from_nanos(checked.load(Ordering::Relaxed));
        // the check of what was found is a part of the work
        let check = common + check * 3 / 2 / control.threads() as u32 + Duration::from_millis(100);
        control.left().is_none_or(|left| left >= check) && control.go_on().is_ok()
    };
    let places = if model.positions.is_some() { n.saturating_sub(1) } else { 1 };
    let numbers = places * (model.vocabulary() as u64).pow(3);
    let mut left: Vec<usize> = (0..cases.queries()).collect();
    let searches: Vec<Mutex<Search<'_>>> =
        left.iter().map(|&query| Mutex::new(Search::new(&cases, query, &checked))).collect();
    // each query gets some cases a round, so that a limit leaves something known of all; where tables are large each is done at once
    let mut budget = if numbers > MOST_IN_TABLES { u64::MAX } else { FIRST_BUDGET };
    while !left.is_empty() && go_on() {
        let one = |&query: &usize| -> Result<bool, Rejection> {
            let mut search = searches[query].lock().unwrap_or_else(PoisonError::into_inner);
            if !go_on() {
                return Ok(true);
            }
            let before = search.found.known.clone();
            search.run(within, budget, &go_on)?;
            let mut known = so_far.lock().unwrap_or_else(PoisonError::into_inner);
            known.right += &search.found.known.right - before.right;
            known.wrong += &search.found.known.wrong - before.wrong;
            control.tell(|| progress(&known, &cases.inputs));
            Ok(search.done)
        };
        let done = control.map(&left, one)?;
        let mut done = done.into_iter();
        left.retain(|_| !done.next().unwrap_or(true));
        budget = budget.saturating_mul(4);
    }
    let mut all = Found {
        inputs: cases.inputs.clone(),
        known: Known::default(),
        trees: Vec::new(),
        first_wrong: None,
        complete: false,
        visited: 0,
        check: common,
    };
    for search in searches {
        let search = search.into_inner().unwrap_or_else(PoisonError::into_inner);
        if search.unfit {
            return Ok(None);
        }
        all.trees.push(search.tree());
        let Query { known, first_wrong, visited } = search.found;
        all.known.merge(&known);
        all.first_wrong = all.first_wrong.or(first_wrong);
        all.visited += visited;
    }
    all.check += Duration::from_nanos(checked.load(Ordering::Relaxed)) / control.threads() as u32;
    all.complete = enough(&all.known, &all.inputs, within);
    Ok(Some(all))
}

struct Search<'a> {
    cases: &'a Cases<'a>,
    query: usize,
    /// made when it is first needed, and dropped when nothing is left to do
    table: Option<Table>,
    nodes: Vec<Node>,
    waiting: BinaryHeap<Waiting>,
    /// by answers
    margins: BTreeMap<usize, Option<Margins>>,
    found: Query,
    /// whether enough is known, or no more can be
    done: bool,
    /// whether numbers do not fit
    unfit: bool,
    /// nanoseconds of what a check does again, all threads together
    checked: &'a AtomicU64,
}

impl<'a> Search<'a> {
    fn new(cases: &'a Cases<'a>, query: usize, checked: &'a AtomicU64) -> Self {
        let found = Query { known: Known::default(), first_wrong: None, visited: 0 };
        let mut search = Self {
            cases,
            query,
            table: None,
            nodes: Vec::new(),
            waiting: BinaryHeap::new(),
            margins: BTreeMap::new(),
            found,
            done: false,
            unfit: false,
            checked,
        };
        search.begin(cases.root());
        search
    }

    fn took(&self, since: Instant) {
        let nanoseconds = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.checked.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// A node of which nothing is known.
    fn begin(&mut self, groups: Vec<Group>) {
        let ways = self.cases.ways(&groups);
        self.waiting.push(Waiting { ways, node: Reverse(self.nodes.len()), groups });
        self.nodes.push(Node { symbol: b'o', parts: 0..0 });
    }

    /// Looks at so many cases, until enough is known.
    fn run(
        &mut self,
        within: &Rational,
        budget: u64,
        go_on: &dyn Fn() -> bool,
    ) -> Result<(), Rejection> {
        if self.table.is_none() {
            let start = Instant::now();
            self.table = self.cases.table(self.query, &Clock::unlimited())?;
            self.took(start);
        }
        let Some(table) = self.table.take() else {
            (self.done, self.unfit) = (true, true);
            return Ok(());
        };
        let all = self.cases.ways(&self.cases.root());
        let end = self.found.visited.saturating_add(budget);
        while !self.done && self.found.visited < end {
            if self.found.visited.is_multiple_of(LOOKS) && !go_on() {
                break;
            }
            match self.waiting.pop() {
                Some(waiting) => {
                    self.found.visited += 1;
                    self.step(&table, &waiting);
                }
                None => self.done = true,
            }
            self.done |= enough(&self.found.known, &all, within)
                || self.nodes.len() > MOST_NODES / self.cases.queries();
        }
        self.margins.clear();
        self.table = Some(table).filter(|_| !self.done);
        Ok(())
    }

    fn step(&mut self, table: &Table, Waiting { ways, node: Reverse(node), groups }: &Waiting) {
        let Some(answer) = self.cases.answer(self.query, groups) else {
            self.split(*node, groups, b'x');
            return;
        };
        let start = Instant::now();
        if self.margins.len() * table.numbers() > MOST_KEPT {
            self.margins.clear();
        }
        let margins = self.margins.entry(answer).or_insert_with(|| table.margins(answer));
        // numbers that do not fit decide nothing
        let Some(margins) = margins else { return };
        let found = &mut self.found;
        let wrong = |tokens: &[usize]| {
            tokens.iter().chain([&self.query]).map(|&token| Token(token)).collect::<Vec<_>>()
        };
        let judged = margins.bound(groups);
        if judged != Judged::Open {
            self.nodes[*node].symbol = if judged == Judged::Right { b'r' } else { b'w' };
            found.known.add(judged, ways);
            if judged == Judged::Wrong && found.first_wrong.is_none() {
                let tokens: Vec<usize> =
                    groups.iter().flat_map(|group| vec![group.most; group.count]).collect();
                found.first_wrong = Some(wrong(&tokens));
            }
        } else if *ways <= FEW.into() || groups.iter().all(|group| group.least == group.most) {
            self.nodes[*node].symbol = b'e';
            let mut each = |judged, tokens: &[usize], ways: &BigUint| {
                found.known.add(judged, ways);
                if judged == Judged::Wrong && found.first_wrong.is_none() {
                    found.first_wrong = Some(wrong(tokens));
                }
            };
            // a clock that never stops has no error
            let _ = self.cases.each(self.query, margins, groups, &mut each, &Clock::unlimited());
        } else {
            self.split(*node, groups, b'h');
            return;
        }
        self.took(start);
    }

    fn split(&mut self, node: usize, groups: &[Group], symbol: u8) {
        let parts = self.cases.split(groups, symbol).unwrap_or_default();
        let first = self.nodes.len();
        self.nodes[node] = Node { symbol, parts: first..first + parts.len() };
        for part in parts {
            self.begin(part);
        }
    }

    fn tree(&self) -> String {
        word(0, |node| (self.nodes[node].symbol, self.nodes[node].parts.clone()))
    }
}
