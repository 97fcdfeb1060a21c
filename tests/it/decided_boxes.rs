//! What trees over boxes of counts say of trained models, against the definition: inputs drawn in boxes that one bound decides, and all count vectors of boxes
//! that are judged together, each judged by the enclosures of the forward pass, which share nothing with the bounds but the numbers.
//!
//! `DECIDED_BOXES=1000000 cargo test --release --test it decided_boxes` judges so many inputs (4000 unless given).

use counterproof::files::model::Model;
use counterproof::files::open;
use counterproof::kernel::Clock;
use counterproof::kernel::definition::{Judged, Question, SoftmaxTransformer, Task, Token, judge};
use counterproof::kernel::evidence::{Boxes, Cell, Form, Known, MOST_BITS};
use counterproof::kernel::number::{Rational, integer, ratio};
use counterproof::search::boxes::survey;
use counterproof::search::control::Control;
use counterproof::train::kernels::Kernels;
use counterproof::train::{Arm, NormPlacement, Shape, Trainer, export};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// The model that `train` gives, with the same bytes on every processor.
fn trained(shape: &Shape, steps: u64) -> Arc<SoftmaxTransformer> {
    let settings = Arm::Optimised.settings(steps, 1);
    let mut trainer = Trainer::with_kernels(shape, &settings, Kernels::portable()).unwrap();
    while !trainer.finished() {
        trainer.step().unwrap();
    }
    match open(&export(&trainer, &trainer.measure(16)), None).unwrap() {
        (Model::Softmax(model), _) => model,
        (Model::Exact(_), _) => panic!("a softmax model"),
    }
}

/// A leaf of a tree: what it says, of which query and counts.
struct Leaf {
    symbol: u8,
    query: usize,
    cell: Cell,
}

/// Adds the leaves of a tree in preorder.
fn leaves(word: &mut impl Iterator<Item = u8>, query: usize, cell: Cell, all: &mut Vec<Leaf>) {
    match word.next().expect("a tree ends with its leaves") {
        symbol if symbol.is_ascii_uppercase() => {
            for part in cell.split(usize::from(symbol - b'A')).expect("a box with two parts") {
                leaves(word, query, part, all);
            }
        }
        symbol => all.push(Leaf { symbol, query, cell }),
    }
}

/// Counts of a box, at random or near an end of it.
fn drawn(rng: &mut ChaCha8Rng, cell: &Cell) -> Vec<i64> {
    let mut counts = cell.lo.clone();
    let mut left = cell.total - counts.iter().sum::<i64>();
    let far = rng.random_bool(0.5);
    while left > 0 {
        let token = rng.random_range(0..counts.len());
        let most = (cell.hi[token] - counts[token]).min(left);
        let more = if far { most } else { most.min(1) };
        counts[token] += more;
        left -= more;
    }
    counts
}

/// All counts of a box.
fn inside(cell: &Cell) -> Vec<Vec<i64>> {
    match (0..cell.lo.len()).find_map(|token| cell.split(token)) {
        Some(parts) => parts.iter().flat_map(inside).collect(),
        None => vec![cell.lo.clone()],
    }
}

/// A model, and what is asked of it.
struct Case<'a> {
    model: &'a SoftmaxTransformer,
    question: Question,
    tolerance: Rational,
}

/// How often bounds and definition agreed.
#[derive(Debug, Default)]
pub struct Agreed {
    pub right: u64,
    pub wrong: u64,
    /// too close to call by definition
    pub open: u64,
    /// boxes whose count vectors were judged together
    pub together: u64,
}

impl Agreed {
    pub fn inputs(&self) -> u64 {
        self.right + self.wrong + self.open
    }
}

impl Case<'_> {
    /// By definition, in an order of the tokens that is drawn; the query is last.
    fn judged(&self, counts: &[i64], query: usize, rng: &mut ChaCha8Rng) -> Judged {
        let others = counts.iter().enumerate().flat_map(|(token, &count)| {
            std::iter::repeat_n(Token(token), (count - i64::from(token == query)) as usize)
        });
        let mut sequence: Vec<Token> = others.collect();
        sequence.shuffle(rng);
        sequence.push(Token(query));
        let answer = integer(counts[query] as u64);
        let input = (sequence.as_slice(), sequence.len() - 1, &answer);
        judge(self.model, &self.tolerance, input, MOST_BITS, &Clock::unlimited()).unwrap().0
    }

    /// Inputs of a box that one bound decides.
    fn compare(&self, leaf: &Leaf, rng: &mut ChaCha8Rng, agreed: &mut Agreed) {
        let counts = drawn(rng, &leaf.cell);
        let says = if leaf.symbol == b'r' { Judged::Right } else { Judged::Wrong };
        let found = self.judged(&counts, leaf.query, rng);
        let Leaf { query, cell, .. } = leaf;
        match found {
            Judged::Open => agreed.open += 1,
            _ => assert_eq!(found, says, "query {query}, counts {counts:?} of {cell:?}"),
        }
        agreed.right += u64::from(found == Judged::Right);
        agreed.wrong += u64::from(found == Judged::Wrong);
    }

    /// All inputs of a box whose count vectors are judged together.
    fn compare_all(
        &self,
        (boxes, form): (&Boxes<'_>, &Form),
        leaf: &Leaf,
        rng: &mut ChaCha8Rng,
        agreed: &mut Agreed,
    ) {
        let (clock, Leaf { query, cell, .. }) = (Clock::unlimited(), leaf);
        let (mut says, mut found) = (Known::default(), Known::default());
        boxes.each(*query, form, cell, &mut says, &clock).unwrap();
        for counts in inside(cell) {
            let judged = self.judged(&counts, *query, rng);
            let one = Cell::new(&counts, &counts, cell.total).unwrap();
            found.add(judged, &boxes.ways(*query, &one, &clock).unwrap());
            agreed.right += u64::from(judged == Judged::Right);
            agreed.wrong += u64::from(judged == Judged::Wrong);
            agreed.open += u64::from(judged == Judged::Open);
        }
        assert_eq!(says, found, "query {query}, all counts of {cell:?}");
        agreed.together += 1;
    }
}

/// Judges so many inputs of what a survey within `within` decides.
///
/// # Panics
/// at a contradiction
pub fn compare(
    model: &SoftmaxTransformer,
    n: u64,
    within: &Rational,
    inputs: u64,
    rng: &mut ChaCha8Rng,
) -> Agreed {
    let case = Case { model, question: Question::QueryCount, tolerance: ratio(1, 2) };
    let control = Control::new(Some(1), None);
    let found = survey(model, &case.question, &case.tolerance, n, Some(within), &control);
    let found = found.unwrap().expect("the model has this form");
    let clock = Clock::unlimited();
    let boxes = Boxes::new(model, &case.question, &case.tolerance, n, &clock).unwrap().unwrap();
    let mut all = Vec::new();
    for (query, tree) in found.trees.iter().enumerate() {
        let mut word = tree.bytes();
        if let Some(root) = boxes.root(query) {
            leaves(&mut word, query, root, &mut all);
        }
        assert!(word.next().is_none(), "a tree and nothing more");
    }
    let of = |symbols: &[u8]| -> Vec<&Leaf> {
        all.iter().filter(|leaf| symbols.contains(&leaf.symbol)).collect()
    };
    let (right, wrong, together) = (of(b"r"), of(b"w"), of(b"p"));
    assert!(right.len() + wrong.len() + together.len() > 0, "nothing is decided");
    let mut agreed = Agreed::default();
    while agreed.inputs() < inputs {
        // both answers alike, however many boxes have them
        let one_bound = if rng.random_bool(0.5) { &right } else { &wrong };
        let leaf = match one_bound.as_slice() {
            [] => None,
            leaves => Some(leaves[rng.random_range(0..leaves.len())]),
        };
        if let Some(leaf) = leaf {
            case.compare(leaf, rng, &mut agreed);
        }
        if !together.is_empty() && (leaf.is_none() || rng.random_ratio(1, 400)) {
            let leaf = together[rng.random_range(0..together.len())];
            let form = boxes.form(leaf.query, &clock).unwrap().unwrap();
            case.compare_all((&boxes, &form), leaf, rng, &mut agreed);
        }
    }
    agreed
}

/// Small models of every kind that boxes take, trained for some steps.
pub fn models() -> Vec<(Arc<SoftmaxTransformer>, u64)> {
    let mut all = Vec::new();
    for norm in [NormPlacement::Post, NormPlacement::Pre, NormPlacement::None] {
        for (heads, positions) in [(1, false), (2, false), (1, true)] {
            let n = 10;
            let of_paper = Shape::of_paper(Task::QueryCount, 4, n, 4);
            let shape = Shape { heads, norm, positions, hidden: vec![8], ..of_paper };
            all.push((trained(&shape, 400), n as u64));
        }
    }
    all
}

#[test]
fn what_boxes_decide_is_so_by_definition() {
    let inputs = std::env::var("DECIDED_BOXES").map_or(4000, |text| text.parse().unwrap());
    let (mut rng, models) = (ChaCha8Rng::seed_from_u64(1), models());
    let mut all = Agreed::default();
    for (model, n) in &models {
        let share = inputs / models.len() as u64;
        let Agreed { right, wrong, open, together } =
            compare(model, *n, &ratio(1, 8), share, &mut rng);
        all.right += right;
        all.wrong += wrong;
        all.open += open;
        all.together += together;
    }
    println!("{all:?}");
    // of each there is something to contradict
    assert!(all.right > inputs / 10 && all.wrong > inputs / 10 && all.together > 0, "{all:?}");
    assert!(all.open < inputs / 100, "{all:?}");
}
