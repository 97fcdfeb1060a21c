//! All inputs of a softmax transformer at one length, in parts that have nothing in common.
//!
//! Where the first block is the only attention and the question is about counts, parts are the [`Problem`](super::Problem)s of
//! equal columns, and each carries a tree. Anything else is evaluated by definition, and the one tree is `e`.

use super::classes::{Members, problems};
use super::evaluator::length_of;
use super::sequences::Sequences;
use super::tally::Tally;
use super::tree::{Follow, Guide, Word};
use crate::definition::{Columns, Criteria, InputPart, Question, SoftmaxTransformer};
use crate::number::Rational;
use crate::rejection::{Clock, Rejection, need, wrong};
use num::BigUint;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Who is asked what, and how the answer is compared.
pub struct Asking<'a> {
    /// what reads
    pub model: &'a SoftmaxTransformer,
    /// what is asked
    pub question: &'a Question,
    /// what is right
    pub criteria: Criteria<'a>,
}

impl<'a> Asking<'a> {
    /// What is asked at length `n`, with that length.
    ///
    /// # Errors
    /// [`Rejection`] for a length that the model does not have.
    pub(super) fn at(
        model: &'a SoftmaxTransformer,
        question: &'a Question,
        tolerance: &'a Rational,
        n: u64,
    ) -> Result<(Self, usize), Rejection> {
        let length = length_of(model, n)?;
        let criteria = Criteria { reading: &model.reading, tolerance };
        Ok((Self { model, question, criteria }, length))
    }

    /// All inputs of this length: `m^n` sequences at each position that is read.
    pub(super) fn inputs(&self, length: usize) -> BigUint {
        self.sequences(length) * self.model.read_at.positions(length).len()
    }

    /// `m^n`
    fn sequences(&self, length: usize) -> BigUint {
        // a length that the model has is small
        let exponent = u32::try_from(length).unwrap_or(u32::MAX);
        BigUint::from(self.model.vocabulary()).pow(exponent)
    }
}

/// Has all threads work on the parts `0..parts`, each taken by one in ascending order, until a part says to stop.
pub(super) fn share(clock: &Clock<'_>, parts: usize, work: impl Fn(usize, &Clock<'_>) -> bool + Sync) {
    let next = AtomicUsize::new(0);
    let run = |clock: &Clock<'_>| {
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= parts {
                return;
            }
            if !work(part, clock) {
                next.store(parts, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..clock.threads() {
            let own = clock.alone();
            let run = &run;
            scope.spawn(move || run(&own()));
        }
        run(clock);
    });
}

/// The inputs of one length.
pub struct Survey<'a> {
    asking: Asking<'a>,
    /// how many there are
    pub inputs: BigUint,
    /// how many of one pair of a position that is read and a query
    of_pair: BigUint,
    plan: Plan<'a>,
}

/// A part that was worked on.
type Done<E> = (usize, Tally, Result<(), E>);

enum Plan<'a> {
    Trees(Box<Columns<'a>>, Vec<Members>),
    Sequences(Box<Sequences<'a>>),
}

/// Which inputs are not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    /// those that differ in a column
    Columns,
    /// those that differ in a count
    Counts,
    /// all
    Sequences,
}

impl fmt::Display for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Columns => "up to equal columns",
            Self::Counts => "up to order",
            Self::Sequences => "by definition",
        })
    }
}

impl<'a> Survey<'a> {
    /// # Errors
    /// [`Rejection`] for a length that the model does not have, too large a model, or of the clock.
    pub fn new(
        model: &'a SoftmaxTransformer,
        question: &'a Question,
        tolerance: &'a Rational,
        n: u64,
        clock: &Clock<'_>,
    ) -> Result<Self, Rejection> {
        let (asking, length) = Asking::at(model, question, tolerance, n)?;
        let (inputs, of_pair) = (asking.inputs(length), asking.sequences(length.saturating_sub(1)));
        let columns = if question.ignores_order() { Columns::new(model, clock)? } else { None };
        let plan = match columns {
            Some(columns) => {
                let problems = problems(model, &columns, question, length, clock)?;
                Plan::Trees(Box::new(columns), problems)
            }
            None => Plan::Sequences(Box::new(Sequences::new(&asking, length)?)),
        };
        Ok(Self { asking, inputs, of_pair, plan })
    }

    /// How many trees a proof of a part has; where everything is evaluated by definition one `e` stands for all blocks.
    #[must_use]
    pub fn trees(&self, of: InputPart) -> usize {
        match &self.plan {
            Plan::Trees(_, problems) => (0..problems.len()).filter_map(|index| of.place(index)).count(),
            Plan::Sequences(_) => 1,
        }
    }

    /// In how many parts the inputs come; a tree is one.
    #[must_use]
    pub fn parts(&self) -> usize {
        match &self.plan {
            Plan::Trees(_, problems) => problems.len(),
            Plan::Sequences(sequences) => sequences.parts(),
        }
    }

    /// How inputs are told apart.
    #[must_use]
    pub fn told_apart(&self) -> Apart {
        match &self.plan {
            Plan::Trees(..) => Apart::Columns,
            Plan::Sequences(sequences) if sequences.by_counts() => Apart::Counts,
            Plan::Sequences(_) => Apart::Sequences,
        }
    }

    /// The problems that have trees of their own.
    #[must_use]
    pub fn problems(&self) -> &[Members] {
        match &self.plan {
            Plan::Trees(_, problems) => problems,
            Plan::Sequences(_) => &[],
        }
    }

    /// Works on one part, along a tree where it has one; what is found before an error is in the tally.
    ///
    /// # Errors
    /// [`Rejection`] of a tree that does not hold, or of the clock.
    pub fn part(
        &self,
        index: usize,
        place: &str,
        guide: &mut dyn Guide,
        tally: &mut Tally,
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        match &self.plan {
            Plan::Trees(columns, problems) => {
                let members = problems.get(index).ok_or_else(|| wrong(place, "a problem", index))?;
                let mut follow = Follow::new(&self.asking, columns, members, clock)?;
                let result = follow.run(place, guide);
                let found = std::mem::take(&mut follow.tally);
                let all = found.decided() + &found.open;
                tally.merge(found);
                // every pair has one input for all that the other positions may hold
                let expected = &self.of_pair * members.pairs;
                result.and_then(|()| need(all == expected, place, format!("{expected} inputs"), all))
            }
            Plan::Sequences(sequences) => {
                let mut found = Tally::default();
                let result = sequences.run(&self.asking, index, &mut found, clock);
                tally.merge(found);
                result
            }
        }
    }

    /// Follows the trees of a part, on all threads; the first that does not hold is the one that is reported. `trees` are those
    /// of the part `there`, in which the part is.
    ///
    /// # Errors
    /// [`Rejection`] of a tree that does not hold, or of the clock.
    pub fn follow(
        &self,
        place: &str,
        (trees, there): (&[String], InputPart),
        of: InputPart,
        clock: &Clock<'_>,
    ) -> Result<Tally, Rejection> {
        let number = self.trees(there);
        need(trees.len() == number, format!("{place}.trees: number"), number, trees.len())?;
        let place = |index: usize| format!("{place}.trees[{index}]");
        if let (Plan::Sequences(_), Some(tree)) = (&self.plan, trees.first()) {
            need(tree == "e", place(0), "e, since everything is evaluated by definition", tree)?;
        }
        let (tally, results) = self.all(clock, |index, tally, clock| {
            let (Some(_), Some(at)) = (of.place(index), there.place(index)) else { return Ok(()) };
            let tree = match &self.plan {
                Plan::Trees(..) => trees.get(at).map_or("", String::as_str),
                Plan::Sequences(_) => "e",
            };
            let (place, mut word) = (place(at), tree.bytes());
            let mut guide = Word { place: &place, symbols: &mut word };
            self.part(index, &place, &mut guide, tally, clock)?;
            let at_end = matches!(self.plan, Plan::Sequences(_)) || word.next().is_none();
            need(at_end, place, "one tree", "symbols after its end")
        });
        results?;
        Ok(tally)
    }

    /// Works on all parts on all threads: what was found, in the order of the parts, and the first error.
    pub fn all<E: Send>(
        &self,
        clock: &Clock<'_>,
        work: impl Fn(usize, &mut Tally, &Clock<'_>) -> Result<(), E> + Sync,
    ) -> (Tally, Result<(), E>) {
        let found: Mutex<Vec<Done<E>>> = Mutex::default();
        share(clock, self.parts(), |index, clock| {
            let mut tally = Tally::default();
            let result = work(index, &mut tally, clock);
            let going = result.is_ok();
            if let Ok(mut found) = found.lock() {
                found.push((index, tally, result));
            }
            going
        });
        let mut found = found.into_inner().unwrap_or_default();
        found.sort_by_key(|(index, ..)| *index);
        let (mut tally, mut result) = (Tally::default(), Ok(()));
        for (_, part, outcome) in found {
            tally.merge(part);
            result = result.and(outcome);
        }
        (tally, result)
    }
}
