//! Every sequence, or every count vector where order makes no difference, evaluated by definition.

use super::survey::Asking;
use super::tally::Tally;
use super::tree::MOST_BITS;
use crate::definition::{Asked, Judged, Place, ReadAt, Stack, Token, judge, occurrences, places, places_of_counts};
use crate::number::{Enclosure, Precision, Rational, binomial};
use crate::rejection::{Clock, Rejection};
use num::BigUint;

/// Tried first, in machine words.
const WORDS: Precision = Precision(44);

/// The inputs of a model that is evaluated by definition.
pub(super) struct Sequences<'a> {
    by_counts: bool,
    n: usize,
    /// how many first tokens tell parts apart
    prefix: usize,
    words: Option<Stack<'a, Enclosure<i128>>>,
    fine: Option<Stack<'a, Enclosure>>,
}

impl<'a> Sequences<'a> {
    /// # Errors
    /// [`Rejection`] for a model too large for memory.
    pub(super) fn new(asking: &Asking<'a>, n: usize) -> Result<Self, Rejection> {
        const PARTS: usize = 64;
        let by_counts = asking.model.ignores_order() && asking.question.ignores_order();
        let m = asking.model.vocabulary();
        let mut prefix = 0usize;
        while prefix < n && m > 1 && power(m, prefix).is_some_and(|parts| parts < PARTS) {
            prefix = prefix.saturating_add(1);
        }
        let (words, fine) = (Stack::new(asking.model, WORDS)?, Stack::new(asking.model, Precision(64))?);
        Ok(Self { by_counts, n, prefix, words, fine })
    }

    /// In how many parts they come.
    pub(super) fn parts(&self, m: usize) -> usize {
        if self.by_counts { self.n.saturating_add(1) } else { power(m, self.prefix).unwrap_or(1) }
    }

    /// Whether only counts are told apart.
    pub(super) fn by_counts(&self) -> bool {
        self.by_counts
    }

    /// Evaluates one part: count vectors with so many of the first token, or sequences that begin alike.
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
        let m = asking.model.vocabulary();
        if self.by_counts {
            let mut counts = vec![0; m];
            if let Some(first) = counts.first_mut() {
                *first = part;
            }
            return self.counts(asking, &mut counts, 1, self.n.saturating_sub(part), tally, clock);
        }
        let mut sequence = vec![0; self.n];
        let mut rest = part;
        for place in (0..self.prefix).rev() {
            if let (Some(entry), Some(digit), Some(next)) =
                (sequence.get_mut(place), rest.checked_rem(m), rest.checked_div(m))
            {
                (*entry, rest) = (digit, next);
            }
        }
        loop {
            let asked = places(asking.model, &sequence);
            self.evaluate(asking, &sequence, &asked, None, tally, clock)?;
            // the next one with the same beginning
            let free = sequence.iter_mut().skip(self.prefix).rev();
            let mut advanced = false;
            for token in free {
                *token = token.saturating_add(1);
                if *token < m {
                    advanced = true;
                    break;
                }
                *token = 0;
            }
            if !advanced {
                return Ok(());
            }
        }
    }

    fn counts(
        &self,
        asking: &Asking<'_>,
        counts: &mut Vec<usize>,
        token: usize,
        left: usize,
        tally: &mut Tally,
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        clock.tick()?;
        if token >= counts.len() {
            return if left == 0 { self.count_vector(asking, counts, tally, clock) } else { Ok(()) };
        }
        let last = token.saturating_add(1) == counts.len();
        for count in if last { left..=left } else { 0..=left } {
            if let Some(entry) = counts.get_mut(token) {
                *entry = count;
            }
            self.counts(asking, counts, token.saturating_add(1), left.saturating_sub(count), tally, clock)?;
        }
        if let Some(entry) = counts.get_mut(token) {
            *entry = 0;
        }
        Ok(())
    }

    /// All sequences with these counts.
    fn count_vector(
        &self,
        asking: &Asking<'_>,
        counts: &[usize],
        tally: &mut Tally,
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        let sizes: Vec<u64> = counts.iter().map(|&count| u64::try_from(count).unwrap_or(u64::MAX)).collect();
        let places = places_of_counts(asking.model, &sizes);
        let (mut ways, mut placed) = (BigUint::from(1u32), 0u64);
        for count in sizes {
            placed = placed.saturating_add(count);
            ways *= binomial(placed, count, u64::MAX).unwrap_or_default();
        }
        let sequence: Vec<usize> =
            counts.iter().enumerate().flat_map(|(token, &count)| std::iter::repeat_n(token, count)).collect();
        self.evaluate(asking, &sequence, &places, Some(&ways), tally, clock)
    }

    /// Judges the positions of a sequence that are read; `ways` is how many sequences `asked` stands for.
    fn evaluate(
        &self,
        asking: &Asking<'_>,
        sequence: &[usize],
        asked: &[Place],
        ways: Option<&BigUint>,
        tally: &mut Tally,
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        let bos = usize::from(asking.model.bos.is_some());
        let last = asked.len().saturating_sub(1);
        // where order makes no difference each token is the last one somewhere
        let read: Vec<usize> = match asking.model.read_at {
            ReadAt::Last if ways.is_none() => vec![last],
            _ => (bos..asked.len()).collect(),
        };
        let every = asking.model.read_at == ReadAt::Every;
        let positions = asking.model.read_at.positions(sequence.len()).len();
        let counts = occurrences(asking.model.vocabulary(), sequence);
        let words = match &self.words {
            Some(words) => words.outputs(asked, &read, clock)?,
            None => None,
        };
        let mut fine: Option<Option<Vec<Vec<Enclosure>>>> = None;
        for (index, &place) in read.iter().enumerate() {
            let Some(&Place { token: Some(token), times, .. }) = asked.get(place) else { continue };
            let (position, inputs) = match ways {
                None => (place.saturating_sub(bos), BigUint::from(1u32)),
                Some(ways) => {
                    // one of them is at the end of times/n of the sequences
                    let n = u64::try_from(sequence.len()).unwrap_or(u64::MAX).max(1);
                    let inputs = ways * times;
                    let at = sequence.iter().position(|&other| other == token).unwrap_or(0);
                    (at, if every { inputs } else { num::Integer::div_floor(&inputs, &n.into()) })
                }
            };
            let question = Asked { sequence: ways.is_none().then_some(sequence), counts: &counts, token, position };
            let answer = asking.question.answer(&question, positions, clock)?;
            let mut judged = Judged::Open;
            if let Some(y) = words.as_ref().and_then(|y| y.get(index)) {
                let margin;
                (judged, margin) = asking.criteria.margin(y, &answer, WORDS);
                tally.margin_in_words(judged, margin.as_ref(), WORDS);
            }
            if judged == Judged::Open {
                if fine.is_none() {
                    fine = Some(match &self.fine {
                        Some(fine) => fine.outputs(asked, &read, clock)?,
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

fn power(base: usize, exponent: usize) -> Option<usize> {
    base.checked_pow(u32::try_from(exponent).ok()?)
}
