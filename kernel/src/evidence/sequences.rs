//! Every sequence, or every count vector where order makes no difference, evaluated by definition.

use super::enumeration::{Enumeration, Visited};
use super::evaluator::WORDS;
use super::survey::Asking;
use super::tally::Tally;
use super::tree::MOST_BITS;
use crate::definition::{Asked, Judged, ReadAt, Stack, Token, judge, occurrences, places, places_of_counts};
use crate::number::{Enclosure, Precision, Rational};
use crate::rejection::{Clock, Rejection};

/// The inputs of a model that is evaluated by definition.
pub(super) struct Sequences<'a> {
    all: Enumeration,
    words: Option<Stack<'a, Enclosure<i128>>>,
    fine: Option<Stack<'a, Enclosure>>,
}

impl<'a> Sequences<'a> {
    /// # Errors
    /// [`Rejection`] for a model too large for memory.
    pub(super) fn new(asking: &Asking<'a>, n: usize) -> Result<Self, Rejection> {
        let by_counts = asking.model.ignores_order() && asking.question.ignores_order();
        let all = Enumeration::new(asking.model.vocabulary(), n, by_counts);
        let (words, fine) = (Stack::new(asking.model, WORDS)?, Stack::new(asking.model, Precision(64))?);
        Ok(Self { all, words, fine })
    }

    /// In how many parts they come.
    pub(super) fn parts(&self) -> usize {
        self.all.parts()
    }

    /// Whether only counts are told apart.
    pub(super) fn by_counts(&self) -> bool {
        self.all.by_counts()
    }

    /// Evaluates one part.
    ///
    /// # Errors
    /// [`Rejection`] of the clock.
    pub(super) fn run(
        &self,
        asking: &Asking<'_>,
        part: usize,
        tally: &mut Tally,
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        self.all.run(part, clock, |visited| self.evaluate(asking, visited, tally, clock))
    }

    /// Judges the positions of a sequence that are read.
    fn evaluate(
        &self,
        asking: &Asking<'_>,
        visited: &Visited<'_>,
        tally: &mut Tally,
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        let (sequence, by_counts) = (visited.sequence, visited.ways.is_some());
        let counts = occurrences(asking.model.vocabulary(), sequence);
        // where order makes no difference each token is one place
        let asked = if by_counts { places_of_counts(asking.model, &counts) } else { places(asking.model, sequence) };
        let positions = visited.read(asking.model.read_at);
        let bos = usize::from(asking.model.bos.is_some());
        let place = |(index, (position, _)): (usize, &(usize, _))| if by_counts { index } else { *position };
        let read: Vec<usize> = positions.iter().enumerate().map(|one| place(one).saturating_add(bos)).collect();
        let every = asking.model.read_at == ReadAt::Every;
        let number = asking.model.read_at.positions(sequence.len()).len();
        let words = match &self.words {
            Some(words) => words.outputs(&asked, &read, clock)?,
            None => None,
        };
        let mut fine: Option<Option<Vec<Vec<Enclosure>>>> = None;
        for (index, (position, inputs)) in positions.into_iter().enumerate() {
            let Some(&token) = sequence.get(position) else { continue };
            let question = Asked { sequence: (!by_counts).then_some(sequence), counts: &counts, token, position };
            let answer = asking.question.answer(&question, number, clock)?;
            let mut judged = Judged::Open;
            if let Some(y) = words.as_ref().and_then(|y| y.get(index)) {
                let margin;
                (judged, margin) = asking.criteria.margin(y, &answer, WORDS);
                tally.margin_in_words(judged, margin.as_ref(), WORDS);
            }
            if judged == Judged::Open {
                if fine.is_none() {
                    fine = Some(match &self.fine {
                        Some(fine) => fine.outputs(&asked, &read, clock)?,
                        None => None,
                    });
                }
                if let Some(y) = fine.as_ref().and_then(|y| y.as_ref()?.get(index)) {
                    let margin;
                    (judged, margin) = asking.criteria.margin(y, &answer, Precision(64));
                    tally.margin_of(judged, margin.as_ref(), Precision(64));
                }
            }
            let example = || example(sequence, position, every);
            if judged == Judged::Open {
                judged = Self::closely(asking, example(), &answer, tally, clock)?;
            }
            tally.count(judged, &inputs, example);
        }
        Ok(())
    }

    /// Judges one input with as many bits as it needs.
    fn closely(
        asking: &Asking<'_>,
        (sequence, position): (Vec<Token>, usize),
        answer: &Rational,
        tally: &mut Tally,
        clock: &Clock<'_>,
    ) -> Result<Judged, Rejection> {
        let input = (sequence.as_slice(), position, answer);
        let (judged, p, y) = judge(asking.model, asking.criteria.tolerance, input, MOST_BITS, clock)?;
        let margin = asking.criteria.margin(&y, answer, p).1;
        tally.margin_of(judged, margin.as_ref(), p);
        Ok(judged)
    }
}

/// The sequence, with the token that is read at the end where only that is.
fn example(sequence: &[usize], position: usize, every: bool) -> (Vec<Token>, usize) {
    let mut tokens: Vec<Token> = sequence.iter().map(|&token| Token(token)).collect();
    let last = tokens.len().saturating_sub(1);
    if every || position == last {
        return (tokens, position);
    }
    if position < last {
        tokens.swap(position, last);
    }
    (tokens, last)
}
