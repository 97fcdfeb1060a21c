//! How many inputs of a one-layer model are read right, from both sides: branch and bound over boxes of counts.
//!
//! The bounds are the kernel's ([`crate::kernel::evidence::Boxes`]), so what is found here is what a certificate proves. What is searched is
//! the tree: boxes wait in the order of how many inputs they hold, and one that no bound decides is split at the token whose count
//! moves the bound most. Boxes are taken in batches of a fixed size, and what a batch finds is put together in its order, so the tree is the
//! same on any number of threads.

use super::control::Control;
use crate::kernel::definition::{Judged, Question, SoftmaxTransformer, Token};
use crate::kernel::evidence::{Bound, Boxes, Cell, Form, Known};
use crate::kernel::number::Rational;
use crate::kernel::{Clock, Rejection};
use num_bigint::{BigInt, BigUint};
use num_traits::{ToPrimitive, Zero};
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

/// Boxes that are looked at before what they gave is put together.
const BATCH: usize = 1 << 10;
/// Boxes of at most so many count vectors are judged one by one where no bound decides: where units can be folded first, and elsewhere.
const FEW: [u64; 2] = [600, 48];
/// How much a unit that changes sign weighs against the slope of the bound, where a box is to be split.
const BENT: f64 = 0.7;

/// What was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// how many inputs there are
    pub inputs: BigUint,
    /// of them
    pub known: Known,
    /// a tree for each query
    pub trees: Vec<String>,
    /// an input that is read wrong: the sequence, read at its end
    pub first_wrong: Option<Vec<Token>>,
    /// whether the bounds are as close as was asked; without `within` whether every input is known
    pub complete: bool,
    /// boxes that were looked at
    pub visited: u64,
    /// what a check of the trees will take on as many threads, about
    pub check: Duration,
}

/// A node of a tree.
#[derive(Clone, Copy)]
struct Node {
    symbol: u8,
    /// the first of two, for a split
    children: u32,
}

/// A box that is not decided. There are up to millions, so it takes little room.
struct Waiting {
    /// in proportion to how many inputs it holds
    mass: f64,
    node: u32,
    query: u16,
    /// the least and the most of each token's counts
    ends: Box<[[u16; 2]]>,
}

impl Waiting {
    fn new(mass: f64, node: u32, query: usize, cell: &Cell) -> Self {
        let ends = cell.lo.iter().zip(&cell.hi).map(|(lo, hi)| [*lo as u16, *hi as u16]).collect();
        Self { mass, node, query: query as u16, ends }
    }

    fn cell(&self, total: i64) -> Cell {
        let end = |which: usize| self.ends.iter().map(|ends| ends[which].into()).collect();
        Cell { lo: end(0), hi: end(1), total }
    }
}

/// Boxes that wait; those whose numbers of inputs differ by less than a quarter or so are together.
#[derive(Default)]
struct Queue {
    by_mass: BTreeMap<u64, Vec<Waiting>>,
}

impl Queue {
    fn push(&mut self, waiting: Waiting) {
        // the bits of numbers that are not negative are in their order; two of the mantissa are kept
        self.by_mass.entry(waiting.mass.to_bits() >> 50).or_default().push(waiting);
    }

    /// The newest of those with about the most inputs.
    fn pop(&mut self) -> Option<Waiting> {
        let mut most = self.by_mass.last_entry()?;
        let waiting = most.get_mut().pop();
        if most.get().is_empty() {
            most.remove();
        }
        waiting
    }

    fn is_empty(&self) -> bool {
        self.by_mass.is_empty()
    }
}

/// What became of a box.
enum Step {
    Leaf { symbol: u8, known: Known, wrong: Option<Vec<Token>>, took: Duration },
    Split { symbol: u8, parts: [(f64, Cell); 2] },
}

/// Bounds the accuracy as far as `within`, as far as the control lets it; `None` for a model, question or length that has no such form.
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
    let clock = Clock::unlimited();
    let Some(boxes) = Boxes::new(model, question, tolerance, n, &clock)? else { return Ok(None) };
    let start = Instant::now();
    let mut forms = Vec::with_capacity(boxes.queries());
    for query in 0..boxes.queries() {
        let Some(form) = boxes.form(query, &clock)? else { return Ok(None) };
        forms.push(form);
    }
    let mut search = Search::new(&boxes, forms, n);
    // a check makes them again
    search.checked = start.elapsed();
    Ok(Some(search.run(within, control)))
}

struct Search<'a> {
    boxes: &'a Boxes<'a>,
    n: i64,
    forms: Vec<Form>,
    /// `e^-l l^x / x!` for the mean count `l`
    weights: Vec<f64>,
    nodes: Vec<Node>,
    waiting: Queue,
    known: Known,
    first_wrong: Option<Vec<Token>>,
    visited: u64,
    /// what a check does again, all threads together
    checked: Duration,
}

impl<'a> Search<'a> {
    fn new(boxes: &'a Boxes<'a>, forms: Vec<Form>, n: u64) -> Self {
        let mean = n as f64 / boxes.queries() as f64;
        let mut logarithm = -mean;
        let mut weights = vec![logarithm.exp()];
        for x in 1..=n {
            logarithm += (mean / x as f64).ln();
            weights.push(logarithm.exp());
        }
        let mut search = Self {
            boxes,
            n: n as i64,
            forms,
            weights,
            nodes: Vec::new(),
            waiting: Queue::default(),
            known: Known::default(),
            first_wrong: None,
            visited: 0,
            checked: Duration::ZERO,
        };
        for query in 0..boxes.queries() {
            if let Some(cell) = boxes.root(query) {
                let (node, mass) = (search.node(), search.mass(query, &cell));
                search.waiting.push(Waiting::new(mass, node, query, &cell));
            }
        }
        search
    }

    /// A new node, of which nothing is known.
    fn node(&mut self) -> u32 {
        self.nodes.push(Node { symbol: b'o', children: 0 });
        u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX)
    }

    fn run(mut self, within: Option<&Rational>, control: &Control) -> Found {
        let threads = control.threads() as u32;
        let (zero, boxes) = (Rational::zero(), self.boxes);
        let within = within.unwrap_or(&zero);
        let mut complete;
        let mut told = Instant::now();
        loop {
            complete = enough(&self.known, &boxes.inputs, within);
            // the check of what was found is a part of the work
            let check = self.checked * 3 / 2 / threads + Duration::from_millis(100);
            let late = || control.left().is_some_and(|left| left < check);
            let go_on = || !late() && control.go_on().is_ok();
            if complete || self.waiting.is_empty() || self.nodes.len() > MOST_NODES || !go_on() {
                break;
            }
            let batch: Vec<Waiting> =
                std::iter::from_fn(|| self.waiting.pop()).take(BATCH).collect();
            let steps = self.steps(&batch, control.threads(), &go_on);
            for (waiting, step) in batch.into_iter().zip(steps) {
                match step {
                    Some(step) => self.take(waiting.node, waiting.query.into(), step),
                    // a limit was hit first
                    None => self.waiting.push(waiting),
                }
            }
            if told.elapsed() > TOLD_EVERY {
                told = Instant::now();
                control.tell(|| so_far(&self.known, &self.boxes.inputs));
            }
        }
        let check = self.checked / threads;
        let trees = (0..self.boxes.queries()).map(|query| self.tree(query)).collect();
        Found {
            inputs: self.boxes.inputs.clone(),
            known: self.known,
            trees,
            first_wrong: self.first_wrong,
            complete,
            visited: self.visited,
            check,
        }
    }

    /// What becomes of each box of a batch; nothing of those that a limit left.
    fn steps(
        &self,
        batch: &[Waiting],
        threads: usize,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Vec<Option<Step>> {
        let one = |waiting: &Waiting| go_on().then(|| self.step(waiting));
        let look = |part: &[Waiting]| part.iter().map(one).collect::<Vec<_>>();
        if threads == 1 || batch.len() < 64 {
            return look(batch);
        }
        std::thread::scope(|scope| {
            let parts = batch.chunks(batch.len().div_ceil(threads));
            let parts: Vec<_> = parts.map(|part| scope.spawn(move || look(part))).collect();
            let join = |part: std::thread::ScopedJoinHandle<'_, _>| match part.join() {
                Ok(steps) => steps,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            parts.into_iter().flat_map(join).collect()
        })
    }

    fn step(&self, waiting: &Waiting) -> Step {
        let (query, cell) = (usize::from(waiting.query), &waiting.cell(self.n));
        let start = Instant::now();
        let Some(k) = cell.only(query) else { return self.split(query, cell, query) };
        let few = FEW[usize::from(!self.forms[query].folds())];
        let bound = self.forms[query].bound(cell, k);
        let symbol = match bound.judged {
            Judged::Right => b'r',
            Judged::Wrong => b'w',
            Judged::Open if !self.boxes.placed() && points(cell, few) <= few => b'p',
            // arrangements differ, or are too close to call
            Judged::Open if points(cell, 1) == 1 => b'o',
            Judged::Open => {
                return self.split(query, cell, turning(cell, &bound));
            }
        };
        let mut known = Known::default();
        // a clock that never stops has no error
        let clock = Clock::unlimited();
        if symbol == b'p' {
            let _ = self.boxes.each(query, &self.forms[query], cell, &mut known, &clock);
        } else if symbol != b'o' {
            let ways = self.boxes.ways(query, cell, &clock).unwrap_or_default();
            known.add(bound.judged, &ways);
        }
        let looked_for = self.first_wrong.is_none() && !known.wrong.is_zero();
        let wrong = if looked_for { self.wrong_one(query, cell, symbol) } else { None };
        Step::Leaf { symbol, known, wrong, took: start.elapsed() }
    }

    /// An input that is wrong, of a box that has one.
    fn wrong_one(&self, query: usize, cell: &Cell, symbol: u8) -> Option<Vec<Token>> {
        let split = (0..self.boxes.queries()).find_map(|token| cell.split(token));
        match split.filter(|_| symbol == b'p') {
            Some(parts) => parts.iter().find_map(|part| self.wrong_one(query, part, symbol)),
            None => {
                let mut known = Known::default();
                let clock = Clock::unlimited();
                let one = symbol == b'p';
                if one {
                    let _ = self.boxes.each(query, &self.forms[query], cell, &mut known, &clock);
                }
                (!one || !known.wrong.is_zero()).then(|| self.boxes.example(query, cell))
            }
        }
    }

    fn split(&self, query: usize, cell: &Cell, token: usize) -> Step {
        let parts = cell.split(token).unwrap_or_else(|| [cell.clone(), cell.clone()]);
        let parts = parts.map(|part| (self.mass(query, &part), part));
        Step::Split { symbol: b'A' + token as u8, parts }
    }

    fn take(&mut self, node: u32, query: usize, step: Step) {
        self.visited += 1;
        match step {
            Step::Leaf { symbol, known, wrong, took } => {
                self.nodes[node as usize].symbol = symbol;
                self.known.merge(&known);
                self.checked += took;
                self.first_wrong = self.first_wrong.take().or(wrong);
            }
            Step::Split { symbol, parts } => {
                let children = self.nodes.len() as u32;
                self.nodes[node as usize] = Node { symbol, children };
                for (mass, cell) in parts {
                    let node = self.node();
                    self.waiting.push(Waiting::new(mass, node, query, &cell));
                }
            }
        }
    }

    fn tree(&self, query: usize) -> String {
        word(query, |node| {
            let Node { symbol, children } = self.nodes[node];
            let first = children as usize;
            (symbol, if symbol.is_ascii_uppercase() { first..first + 2 } else { 0..0 })
        })
    }

    /// In proportion to how many inputs a box holds.
    fn mass(&self, query: usize, cell: &Cell) -> f64 {
        let least: i64 = cell.lo.iter().sum();
        let most = (cell.total - least) as usize;
        let (mut sums, mut next) = (Vec::with_capacity(most + 1), Vec::with_capacity(most + 1));
        sums.push(1.0f64);
        for (token, (&lo, &hi)) in cell.lo.iter().zip(&cell.hi).enumerate() {
            let own = i64::from(token == query);
            let weights = &self.weights[(lo - own) as usize..=(hi - own) as usize];
            next.clear();
            next.resize((sums.len() + weights.len() - 1).min(most + 1), 0.0);
            for (at, weight) in weights.iter().enumerate() {
                for (place, sum) in next.iter_mut().skip(at).zip(&sums) {
                    *place += weight * sum;
                }
            }
            std::mem::swap(&mut sums, &mut next);
        }
        sums.get(most).copied().unwrap_or(0.0)
    }
}

/// Whether so much of the inputs is decided.
pub(super) fn enough(known: &Known, inputs: &BigUint, within: &Rational) -> bool {
    let open = BigInt::from(inputs - &known.right - &known.wrong);
    open * within.denom() <= BigInt::from(inputs.clone()) * within.numer()
}

/// The word of a tree in preorder, of the symbol of each node and the nodes below it; a split of what is not known is not known.
pub(super) fn word(root: usize, node: impl Fn(usize) -> (u8, Range<usize>)) -> String {
    let mut word = Vec::new();
    // entered and left: where the word of a node begins
    let mut left = vec![(root, None)];
    while let Some((at, entered)) = left.pop() {
        match entered {
            Some(start) => {
                let below: &[u8] = &word[start + 1..];
                if below.iter().all(|symbol| *symbol == b'o') {
                    word.truncate(start);
                    word.push(b'o');
                }
            }
            None => {
                let (symbol, below) = node(at);
                if !below.is_empty() {
                    left.push((at, Some(word.len())));
                    left.extend(below.rev().map(|part| (part, None)));
                }
                word.push(symbol);
            }
        }
    }
    String::from_utf8(word).unwrap_or_default()
}

/// How far a survey is, in words.
pub(super) fn so_far(known: &Known, inputs: &BigUint) -> String {
    let share = |part: &BigUint| {
        let share = Rational::new(part.clone().into(), inputs.clone().into());
        share.to_f64().unwrap_or(0.0)
    };
    let (right, wrong) = (share(&known.right), share(&known.wrong));
    format!("accuracy between {right:.4} and {:.4}", 1.0 - wrong)
}

/// How often is told how far it is.
const TOLD_EVERY: Duration = Duration::from_millis(200);
/// More nodes than this are not kept: a certificate has to be read again.
const MOST_NODES: usize = 1 << 27;

/// How many count vectors a box has, at most one more than are few.
fn points(cell: &Cell, few: u64) -> u64 {
    let mut widths: Vec<u64> =
        cell.lo.iter().zip(&cell.hi).map(|(lo, hi)| (hi - lo) as u64 + 1).collect();
    widths.sort_unstable();
    // the widest takes what is left
    let product = widths.iter().rev().skip(1).fold(1u64, |all, width| all.saturating_mul(*width));
    if product <= few {
        return product;
    }
    // counted where it may be few all the same
    if product > few * 64 {
        return few + 1;
    }
    let least: i64 = cell.lo.iter().sum();
    let most = (cell.total - least) as usize;
    let (mut sums, mut next) = (vec![1u64], Vec::with_capacity(most + 1));
    for (lo, hi) in cell.lo.iter().zip(&cell.hi) {
        let width = (hi - lo) as usize;
        next.clear();
        next.resize((sums.len() + width).min(most + 1), 0u64);
        for at in 0..=width {
            for (place, sum) in next.iter_mut().skip(at).zip(&sums) {
                *place = place.saturating_add(*sum);
            }
        }
        std::mem::swap(&mut sums, &mut next);
    }
    sums.get(most).copied().unwrap_or(0)
}

/// The token whose count moves a bound most.
fn turning(cell: &Cell, bound: &Bound) -> usize {
    let width: Vec<f64> = cell.lo.iter().zip(&cell.hi).map(|(lo, hi)| (hi - lo) as f64).collect();
    let all: f64 = width.iter().sum();
    let mut moves = vec![0.0f64; width.len()];
    let mut add = |form: &[i64], factor: f64| {
        let mean = form.iter().zip(&width).map(|(f, w)| *f as f64 * w).sum::<f64>() / all.max(1.0);
        for (entry, f) in moves.iter_mut().zip(form) {
            *entry += (*f as f64 - mean).abs() * factor;
        }
    };
    if let Some(form) = bound.sides.last() {
        add(form, 1.0);
    }
    for (form, size) in &bound.bent {
        add(form, BENT * *size as f64 / crate::kernel::number::fixed::UNIT as f64);
    }
    let value =
        |token: usize| width[token] * (moves[token] + f64::MIN_POSITIVE) + 1e-9 * width[token];
    (0..width.len())
        .filter(|&token| width[token] > 0.0)
        .max_by(|&a, &b| value(a).total_cmp(&value(b)).then(b.cmp(&a)))
        .unwrap_or(0)
}
