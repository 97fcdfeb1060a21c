//! Every input of a softmax transformer at one length: how many are read right, by what margin, and the trees that prove it.
//!
//! The kernel says which inputs are the same to a model, and how a place of a tree is decided
//! ([`crate::kernel::evidence`]); what is searched here is the tree. A bound is tried from the root on, and where none decides
//! the place is split, down to places so small that their inputs are evaluated one by one. Before all that a handful of inputs
//! is judged, so that a model that is obviously wrong is found out at once, whatever its size.

use crate::kernel::definition::{InputPart, Judged, Question, SoftmaxTransformer, Token, judge};
use crate::kernel::evidence::{Apart, Follow, Guide, MOST_BITS, Survey, Tally};
use crate::kernel::number::{Rational, binomial};
use crate::kernel::{Clock, Rejection};
use crate::search::control::Control;
use crate::search::inputs::count_inputs;
use num_bigint::BigUint;
use num_traits::One;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::{Mutex, PoisonError};

/// Fewer configurations than this are not worth a bound.
const FEW: u64 = 64;
/// A model with a wrong input is not surveyed further than this many configurations, unless a time limit says how long.
pub const MANY: u64 = 1 << 26;

/// What a survey found.
#[derive(Debug, Clone)]
pub struct Found {
    /// how many inputs there are
    pub inputs: BigUint,
    /// how many are left when those that are the same to the model are one
    pub configurations: BigUint,
    /// what was found of them
    pub tally: Tally,
    /// the proof, when every input is accounted for
    pub trees: Option<Vec<String>>,
}

/// Judges all inputs, as far as the control lets it.
///
/// # Errors
/// [`Rejection::Wrong`] for a model or a length that cannot be surveyed; a limit is no error.
pub fn survey(
    model: &SoftmaxTransformer,
    question: &Question,
    tolerance: &Rational,
    n: u64,
    control: &Control,
) -> Result<Found, Rejection> {
    let go_on = || control.go_on().is_ok();
    let clock = Clock::new(&go_on, control.threads());
    let unfinished = |tally: Tally| {
        let length = usize::try_from(n).unwrap_or(usize::MAX);
        let sequences = BigUint::from(model.vocabulary()).pow(u32::try_from(n).unwrap_or(u32::MAX));
        let inputs = sequences * model.read_at.positions(length).len();
        Found { configurations: inputs.clone(), inputs, tally, trees: None }
    };
    let first = match first_look(model, question, tolerance, n, &clock) {
        Err(Rejection::Stopped) => return Ok(unfinished(Tally::default())),
        other => other?,
    };
    let survey = match Survey::new(model, question, tolerance, n, &clock) {
        Err(Rejection::Stopped) => return Ok(unfinished(first)),
        other => other?,
    };
    let configurations = configurations(&survey, model, n);
    let inputs = survey.inputs.clone();
    if first.first_wrong.is_some() && !control.is_limited() && configurations > MANY.into() {
        return Ok(Found { inputs, configurations, tally: first, trees: None });
    }
    let (mut tally, trees) = grown(&survey, InputPart::WHOLE, &clock)?;
    if tally.first_wrong.is_none() && first.first_wrong.is_some() {
        // what the handful found is one of the inputs that a limit left
        tally.wrong = BigUint::one();
        tally.first_wrong = first.first_wrong;
    }
    Ok(Found { inputs, configurations, tally, trees })
}

/// What a survey of a part found.
#[derive(Debug, Clone)]
pub struct FoundInPart {
    pub tally: Tally,
    /// the proof, when every input of the part is accounted for: the trees of its blocks
    pub trees: Option<Vec<String>>,
}

/// Judges all inputs of a part, as far as the control lets it. No other input is looked at, and no wrong one ends it.
///
/// # Errors
/// [`Rejection::Wrong`] for a model or a length that cannot be surveyed; a limit is no error.
pub fn survey_part(
    model: &SoftmaxTransformer,
    question: &Question,
    tolerance: &Rational,
    n: u64,
    part: InputPart,
    control: &Control,
) -> Result<FoundInPart, Rejection> {
    let go_on = || control.go_on().is_ok();
    let clock = Clock::new(&go_on, control.threads());
    let survey = match Survey::new(model, question, tolerance, n, &clock) {
        Err(Rejection::Stopped) => return Ok(FoundInPart { tally: Tally::default(), trees: None }),
        other => other?,
    };
    let (tally, trees) = grown(&survey, part, &clock)?;
    Ok(FoundInPart { tally, trees })
}

/// Grows the trees of a part; none when the clock stopped it.
fn grown(
    survey: &Survey<'_>,
    part: InputPart,
    clock: &Clock<'_>,
) -> Result<(Tally, Option<Vec<String>>), Rejection> {
    let words: Mutex<Vec<String>> = Mutex::new(vec!["e".to_owned(); survey.trees(part)]);
    let (tally, result) = survey.all(clock, |index, tally, clock| {
        let Some(place) = part.place(index) else { return Ok(()) };
        let mut grow = Grow::default();
        let result = survey.part(index, "tree", &mut grow, tally, clock);
        if result.is_ok() && index < survey.problems().len() {
            let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
            words[place] = grow.word();
        }
        result
    });
    match result {
        Ok(()) => Ok((tally, Some(words.into_inner().unwrap_or_else(PoisonError::into_inner)))),
        Err(Rejection::Stopped) => Ok((tally, None)),
        Err(error) => Err(error),
    }
}

/// What the parts of a survey found, of one number of parts `of`: tallies and trees in the order of the parts, put together as one
/// survey of all inputs finds them. `None` where they do not fit together.
///
/// # Errors
/// [`Rejection`] as for the survey.
pub fn joined(
    model: &SoftmaxTransformer,
    question: &Question,
    tolerance: &Rational,
    n: u64,
    parts: Vec<(Tally, Vec<String>)>,
    control: &Control,
) -> Result<Option<Found>, Rejection> {
    let go_on = || control.go_on().is_ok();
    let survey = Survey::new(model, question, tolerance, n, &Clock::new(&go_on, 1))?;
    let configurations = configurations(&survey, model, n);
    let inputs = survey.inputs.clone();
    let of = parts.len();
    // the first wrong input is that of the first block that has one
    let block = |(sequence, position): &(Vec<Token>, usize)| {
        let reads = (*position, sequence.get(*position).map_or(0, |token| token.0));
        match survey.told_apart() {
            Apart::Columns => survey.problems().iter().position(|members| members.first == reads),
            Apart::Counts => Some(sequence.iter().filter(|token| token.0 == 0).count()),
            // blocks are in the order of their sequences
            Apart::Sequences => Some(0),
        }
    };
    let (mut tally, mut first_wrong) = (Tally::default(), None);
    let mut words = Vec::with_capacity(of);
    for (mut part, trees) in parts {
        if let Some(wrong) = part.first_wrong.take() {
            let rank = (block(&wrong), wrong);
            first_wrong = Some(first_wrong.map_or(rank.clone(), |first| rank.min(first)));
        }
        tally.merge(part);
        words.push(trees.into_iter());
    }
    tally.first_wrong = first_wrong.map(|(_, wrong)| wrong);
    let trees = match survey.told_apart() {
        Apart::Columns => {
            let trees = (0..survey.problems().len()).map(|block| words.get_mut(block % of)?.next());
            trees.collect::<Option<Vec<_>>>()
        }
        Apart::Counts | Apart::Sequences => Some(vec!["e".to_owned()]),
    };
    Ok(trees.map(|trees| Found { inputs, configurations, tally, trees: Some(trees) }))
}

fn configurations(survey: &Survey<'_>, model: &SoftmaxTransformer, n: u64) -> BigUint {
    match survey.told_apart() {
        Apart::Columns => {
            let of_site = |(slots, &size): (usize, &u64)| {
                let others = (slots as u64).saturating_sub(1);
                binomial(size.saturating_add(others), others, u64::MAX).unwrap_or_default()
            };
            let problems = survey.problems().iter().map(|members| &members.problem);
            problems
                .map(|p| {
                    p.sites.iter().map(Vec::len).zip(&p.sizes).map(of_site).product::<BigUint>()
                })
                .sum()
        }
        Apart::Counts => count_inputs(n, model.vocabulary() as u64),
        Apart::Sequences => survey.inputs.clone(),
    }
}

/// Judges a few inputs: all tokens equal, all different, two tokens, random ones.
///
/// # Errors
/// Those of the clock.
pub fn first_look(
    model: &SoftmaxTransformer,
    question: &Question,
    tolerance: &Rational,
    n: u64,
    clock: &Clock<'_>,
) -> Result<Tally, Rejection> {
    const RANDOM: usize = 6;
    let (m, n) = (model.vocabulary(), usize::try_from(n).unwrap_or(usize::MAX));
    let longest = model.longest().unwrap_or(usize::MAX).min(1 << 12);
    let mut tally = Tally::default();
    if n == 0 || n > longest {
        // said by the survey
        return Ok(tally);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut sequences: Vec<Vec<usize>> = vec![vec![0; n], vec![m - 1; n]];
    sequences.push((0..n).map(|i| i % m).collect());
    sequences.push((0..n).map(|i| (i % 2).min(m - 1)).collect());
    sequences.extend((0..RANDOM).map(|_| (0..n).map(|_| rng.random_range(0..m)).collect()));
    for sequence in sequences {
        let read = model.read_at.positions(n);
        let position = rng.random_range(read.clone());
        let answer = question.answer_at(m, &sequence, position, read.len(), clock)?;
        let tokens: Vec<Token> = sequence.iter().map(|&token| Token(token)).collect();
        let judged = judge(model, tolerance, (&tokens, position, &answer), MOST_BITS, clock)?.0;
        if judged == Judged::Wrong {
            tally.wrong = BigUint::one();
            tally.first_wrong = Some((tokens, position));
            break;
        }
    }
    Ok(tally)
}

/// Grows a tree while it is followed.
#[derive(Default)]
struct Grow {
    /// levels and symbols in preorder
    nodes: Vec<(usize, u8)>,
}

impl Guide for Grow {
    fn symbol(&mut self, follow: &mut Follow<'_>, level: usize) -> Result<u8, Rejection> {
        let symbol = if follow.configurations() < FEW {
            b'e'
        } else {
            match follow.bounded(false)? {
                Judged::Right => b'r',
                Judged::Wrong => b'w',
                Judged::Open if follow.splits(level) => b's',
                Judged::Open => b'e',
            }
        };
        self.nodes.push((level, symbol));
        Ok(symbol)
    }
}

impl Grow {
    /// The tree; a split of enumerations is an enumeration.
    fn word(&self) -> String {
        let mut done: Vec<(usize, String)> = Vec::new();
        // backwards, so that the children of a split are there already
        for &(level, symbol) in self.nodes.iter().rev() {
            let mut word = char::from(symbol).to_string();
            if symbol == b's' {
                while let Some((_, child)) = done.pop_if(|(below, _)| *below == level + 1) {
                    word += &child;
                }
                if word.bytes().skip(1).all(|symbol| symbol == b'e') {
                    word = "e".to_owned();
                }
            }
            done.push((level, word));
        }
        done.pop().map_or_else(|| "e".to_owned(), |(_, word)| word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enumerations_are_joined() {
        let word = |nodes: &[(usize, u8)]| Grow { nodes: nodes.to_vec() }.word();
        assert_eq!(word(&[(0, b'e')]), "e");
        assert_eq!(word(&[(0, b's'), (1, b'e'), (1, b'e')]), "e");
        assert_eq!(
            word(&[(0, b's'), (1, b'r'), (1, b's'), (2, b'e'), (2, b'e'), (1, b'w')]),
            "srew"
        );
    }
}
