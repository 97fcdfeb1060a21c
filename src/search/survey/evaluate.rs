//! One output by the definition, in enclosures: nothing reduced, nothing reordered. The reference for what is faster.

use super::partial::Backend;
use super::{Enclosure, Interval, Precision};
use crate::algebra::MatrixOps;
use crate::kernel::Rejection;
use crate::kernel::definition::{Affine, ReadAt, Reading, SoftmaxTransformer, Token};
use crate::kernel::number::{Rational, integer, ratio};
use num_traits::{Signed, Zero};

/// What is read at one position: `y`, one entry a choice (a single one for a number).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output<E = Enclosure> {
    pub precision: Precision,
    pub y: Vec<E>,
}

/// Whether an output is the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged<E = Enclosure> {
    /// with the margin, which is above zero; `None` when every choice is the answer
    Right(Option<E>),
    /// with the margin, which is not above zero; `None` when no choice is the answer
    Wrong(Option<E>),
    /// not with this many bits
    Open,
}

impl<E> Judged<E> {
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }
}

impl<E: Interval> Output<E> {
    /// Judges the output against `answer`.
    ///
    /// The margin of a number is `1/2 - |y - answer|`; that of an arg max is the answer's largest entry less the
    /// largest of the others. A margin of zero is wrong: ties have no winner.
    #[must_use]
    pub fn judge(&self, reading: &Reading, answer: u64) -> Judged<E> {
        let p = self.precision;
        let margin = match reading {
            Reading::Number { .. } => self.y.first().map(|y| {
                let error = y.minus(&E::integer(answer, p)).abs();
                E::half(p).minus(&error)
            }),
            Reading::ArgMax { answers, .. } => {
                let largest = |is_answer: bool| {
                    let entries = self.y.iter().zip(answers);
                    let entries = entries.filter(|(_, a)| (**a == answer) == is_answer);
                    entries.map(|(y, _)| y.clone()).reduce(|a, b| Interval::max(&a, &b))
                };
                match (largest(true), largest(false)) {
                    (Some(right), Some(other)) => Some(right.minus(&other)),
                    (Some(_), None) => return Judged::Right(None),
                    (None, _) => None,
                }
            }
        };
        match margin {
            Some(margin) if margin.is_positive() => Judged::Right(Some(margin)),
            Some(margin) if margin.is_not_positive() => Judged::Wrong(Some(margin)),
            Some(_) => Judged::Open,
            None => Judged::Wrong(None),
        }
    }

    /// Judges a number against every answer from `least` to `most` at once: right for none of them when it lies beside them.
    #[must_use]
    pub fn beside(&self, least: u64, most: u64) -> Judged<E> {
        let half = E::half(self.precision);
        let Some(y) = self.y.first() else { return Judged::Open };
        let below = y.plus(&half).minus(&E::integer(least, self.precision));
        let above = E::integer(most, self.precision).plus(&half).minus(y);
        match below.is_not_positive() || above.is_not_positive() {
            true => Judged::Wrong(None),
            false => Judged::Open,
        }
    }

    /// The answer that an arg max decodes to; `None` for a number, or when the enclosures do not tell.
    #[must_use]
    pub fn choice(&self, reading: &Reading) -> Option<u64> {
        let Reading::ArgMax { answers, .. } = reading else { return None };
        answers
            .iter()
            .copied()
            .find(|&answer| matches!(self.judge(reading, answer), Judged::Right(_)))
    }
}

/// Judges the margin when it is known exactly.
fn judge_margin(margin: Option<Rational>, p: Precision) -> Judged {
    match margin {
        Some(margin) if margin.is_positive() => Judged::Right(Some(p.enclose(&margin))),
        Some(margin) => Judged::Wrong(Some(p.enclose(&margin))),
        None => Judged::Wrong(None),
    }
}

/// One input, by the definition.
///
/// ```
/// use counterproof::construct::random::{SoftmaxShape, softmax};
/// use counterproof::kernel::definition::{ReadAt, Token};
/// use counterproof::search::survey::{Evaluate, Judged, Precision};
///
/// let shape = SoftmaxShape {
///     m: 3, d: 2, heads: 1, width: 4, longest: None, bos: false, norms: [false; 4],
///     choices: None, read_at: ReadAt::Last,
/// };
/// let model = softmax(shape, 7)?;
/// // softmax in base e, yet the verdict is certain: the output is enclosed with as many bits as it needs
/// let (output, judged) = model.judge(&[0, 1, 2].map(Token), 2, 1, Precision(512))?;
/// let output = output.unwrap();
/// let (low, high) = output.precision.ends(&output.y[0]);
/// assert!(low < high);
/// assert!(matches!(judged, Judged::Right(_) | Judged::Wrong(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Evaluate {
    /// Judges one input by the definition with as many bits as it needs, at most `most`; exactly where all scores
    /// are equal, since then no root and no exponential is taken and even a tie is certain.
    ///
    /// # Errors
    /// As [`Evaluate::output`].
    fn judge(
        &self,
        sequence: &[Token],
        position: usize,
        answer: u64,
        most: Precision,
    ) -> Result<(Option<Output>, Judged), Rejection>;

    /// The judgement in rationals; `None` when the model has a norm or the scores of this input differ.
    ///
    /// # Errors
    /// [`Rejection`] for a token or position that the model does not have.
    fn judge_exactly(
        &self,
        sequence: &[Token],
        position: usize,
        answer: u64,
        p: Precision,
    ) -> Result<Option<Judged>, Rejection>;

    /// The output read at input position `position` of `sequence`.
    ///
    /// `Ok(None)` when this many bits are too few for a norm, or a score is beyond the range of `exp`.
    ///
    /// # Errors
    /// [`Rejection`] for a token, length or position that the model does not have.
    fn output(
        &self,
        sequence: &[Token],
        position: usize,
        p: Precision,
    ) -> Result<Option<Output>, Rejection>;
}

impl Evaluate for SoftmaxTransformer {
    fn judge(
        &self,
        sequence: &[Token],
        position: usize,
        answer: u64,
        most: Precision,
    ) -> Result<(Option<Output>, Judged), Rejection> {
        let mut p = Precision(64);
        loop {
            let output = self.output(sequence, position, p)?;
            let judged = output.as_ref().map(|output| output.judge(&self.reading, answer));
            if let Some(judged) = judged.filter(|judged| *judged != Judged::Open) {
                return Ok((output, judged));
            }
            if let Some(judged) = self.judge_exactly(sequence, position, answer, p)? {
                return Ok((output, judged));
            }
            p = Precision(p.0.saturating_mul(2));
            if p > most {
                return Ok((output, Judged::Open));
            }
        }
    }

    fn judge_exactly(
        &self,
        sequence: &[Token],
        position: usize,
        answer: u64,
        p: Precision,
    ) -> Result<Option<Judged>, Rejection> {
        let Some(y) = self.exact_output(sequence, position)? else { return Ok(None) };
        let margin = match &self.reading {
            Reading::Number { .. } => y.first().map(|y| ratio(1, 2) - (y - integer(answer)).abs()),
            Reading::ArgMax { answers, .. } => {
                let largest = |is_answer: bool| {
                    let entries = y.iter().zip(answers);
                    entries.filter(|(_, a)| (**a == answer) == is_answer).map(|(y, _)| y).max()
                };
                match (largest(true), largest(false)) {
                    (Some(right), Some(other)) => Some(right - other),
                    (Some(_), None) => return Ok(Some(Judged::Right(None))),
                    (None, _) => None,
                }
            }
        };
        Ok(Some(judge_margin(margin, p)))
    }

    fn output(
        &self,
        sequence: &[Token],
        position: usize,
        p: Precision,
    ) -> Result<Option<Output>, Rejection> {
        let n = sequence.len();
        let read = match self.read_at {
            ReadAt::Last => position + 1 == n,
            ReadAt::Every => position < n,
        };
        if !read {
            let expected = format!("a position that is read, of {n}");
            return Err(misplaced("sequence: position", expected, position));
        }
        let mut states = Vec::with_capacity(n + 1);
        states.extend(self.bos_state());
        let read = states.len() + position;
        for (i, &token) in sequence.iter().enumerate() {
            if token.0 >= self.vocabulary() {
                let expected = format!("tokens below m = {}", self.vocabulary());
                return Err(misplaced("sequence", expected, token));
            }
            let longest = self.longest().unwrap_or(usize::MAX);
            states.push(
                self.state(i, token.0).ok_or_else(|| {
                    misplaced("sequence: length", format!("at most {longest}"), n)
                })?,
            );
        }
        let y = self.enclosed(&states, read, p)?;
        Ok(y.map(|y| Output { precision: p, y }))
    }
}

/// The steps of the definition.
trait Steps {
    fn exact_output(
        &self,
        sequence: &[Token],
        position: usize,
    ) -> Result<Option<Vec<Rational>>, Rejection>;
    fn enclosed(
        &self,
        states: &[Vec<Rational>],
        read: usize,
        p: Precision,
    ) -> Result<Option<Vec<Enclosure>>, Rejection>;
    fn normed(&self, state: &[Enclosure], p: Precision) -> Option<Vec<Enclosure>>;
}

impl Steps for SoftmaxTransformer {
    /// The output when every attention weight is the same.
    fn exact_output(
        &self,
        sequence: &[Token],
        position: usize,
    ) -> Result<Option<Vec<Rational>>, Rejection> {
        let norms = &self.norms;
        let normed = [&norms.attention, &norms.after_attention, &norms.mlp, &norms.readout];
        if normed.iter().any(|norm| norm.is_some()) {
            return Ok(None);
        }
        let mut states: Vec<Vec<Rational>> = self.bos_state().into_iter().collect();
        let read = states.len() + position;
        for (i, token) in sequence.iter().enumerate() {
            let Some(state) = self.state(i, token.0) else { return Ok(None) };
            states.push(state);
        }
        let Some(mut stream) = states.get(read).cloned() else { return Ok(None) };
        let affine = |map: &Affine, x: &[Rational]| -> Result<Vec<Rational>, Rejection> {
            let image = map.weight.mul_vec(x)?;
            Ok(image.into_iter().zip(&map.bias).map(|(y, bias)| y + &bias.0).collect())
        };
        let inner = |a: &[Rational], b: &[Rational]| {
            a.iter().zip(b).fold(Rational::zero(), |sum, (a, b)| sum + a * b)
        };
        let count = integer(states.len() as u64);
        let mut added: Vec<Rational> = self.attention_bias.iter().map(|x| x.0.clone()).collect();
        for head in &self.heads {
            let query = affine(&head.query, &stream)?;
            let mut scores = Vec::with_capacity(states.len());
            let mut sum = vec![Rational::zero(); head.value.weight.rows()];
            for state in &states {
                scores.push(inner(&query, &affine(&head.key, state)?));
                for (entry, value) in sum.iter_mut().zip(affine(&head.value, state)?) {
                    *entry += value / &count;
                }
            }
            if scores.windows(2).any(|pair| pair.first() != pair.last()) {
                return Ok(None);
            }
            for (entry, value) in added.iter_mut().zip(head.output.mul_vec(&sum)?) {
                *entry += value;
            }
        }
        stream.iter_mut().zip(added).for_each(|(entry, value)| *entry += value);
        let mut hidden = stream.clone();
        for layer in &self.mlp.hidden {
            hidden = affine(layer, &hidden)?;
            hidden.iter_mut().filter(|x| x.is_negative()).for_each(Zero::set_zero);
        }
        let written = affine(&self.mlp.output, &hidden)?;
        stream.iter_mut().zip(written).for_each(|(entry, value)| *entry += value);
        Ok(Some(affine(&self.reading_map()?, &stream)?))
    }

    fn enclosed(
        &self,
        states: &[Vec<Rational>],
        read: usize,
        p: Precision,
    ) -> Result<Option<Vec<Enclosure>>, Rejection> {
        let enclose =
            |state: &Vec<Rational>| state.iter().map(|x| p.enclose(x)).collect::<Vec<_>>();
        let Some(mut stream) = states.get(read).map(enclose) else { return Ok(None) };
        let seen: Option<Vec<Vec<Enclosure>>> =
            states.iter().map(|state| self.normed(&enclose(state), p)).collect();
        let Some(seen) = seen else { return Ok(None) };
        for (entry, bias) in stream.iter_mut().zip(&self.attention_bias) {
            entry.add(&p.enclose(&bias.0));
        }
        let Some(scale) = p.sqrt(&p.enclose(&self.scale.0)) else { return Ok(None) };
        for head in &self.heads {
            let query = seen.get(read).map(|u| apply(&head.query, u, p)).unwrap_or_default();
            let scores: Vec<Enclosure> =
                seen.iter().map(|u| dot(&query, &apply(&head.key, u, p), p)).collect();
            let Some(own) = scores.get(read) else { return Ok(None) };
            let mut total = Enclosure::zero();
            let mut sum = vec![Enclosure::zero(); head.value.weight.rows()];
            for (u, score) in seen.iter().zip(&scores) {
                let weight = p.divide(&score.minus(own), &scale).and_then(|x| p.exp(&x));
                let Some(weight) = weight else { return Ok(None) };
                for (entry, value) in sum.iter_mut().zip(apply(&head.value, u, p)) {
                    entry.add(&p.times(&weight, &value));
                }
                total.add(&weight);
            }
            let mean: Option<Vec<Enclosure>> = sum.iter().map(|x| p.divide(x, &total)).collect();
            let Some(mean) = mean else { return Ok(None) };
            for (entry, row) in stream.iter_mut().zip(head.output.to_rows()) {
                entry.add(&dot(&enclose(&row), &mean, p));
            }
        }
        Ok(Backend::stream(self, p)?.outputs(stream))
    }

    /// The norm before the attention, by its definition.
    fn normed(&self, state: &[Enclosure], p: Precision) -> Option<Vec<Enclosure>> {
        let Some(norm) = &self.norms.attention else { return Some(state.to_vec()) };
        let d = p.integer(u64::try_from(state.len()).ok()?);
        let sum = |values: &[Enclosure]| values.iter().fold(Enclosure::zero(), |a, b| a.plus(b));
        let mean = p.divide(&sum(state), &d)?;
        let centred: Vec<Enclosure> = state.iter().map(|x| x.minus(&mean)).collect();
        let squares: Vec<Enclosure> =
            centred.iter().map(Enclosure::abs).map(|x| p.times(&x, &x)).collect();
        let variance = p.divide(&sum(&squares), &d)?;
        let sigma = p.sqrt(&variance.plus(&p.enclose(&norm.eps.0)))?;
        let entries =
            centred.iter().zip(&norm.weight).zip(&norm.bias).map(|((x, weight), bias)| {
                let scaled = p.times(&p.enclose(&weight.0), &p.divide(x, &sigma)?);
                Some(scaled.plus(&p.enclose(&bias.0)))
            });
        entries.collect()
    }
}

/// What is not as the model has it.
pub(super) fn misplaced(place: &str, expected: String, found: impl ToString) -> Rejection {
    Rejection::Wrong { place: place.to_owned(), expected, found: found.to_string() }
}

fn apply(map: &Affine, x: &[Enclosure], p: Precision) -> Vec<Enclosure> {
    let row = |(row, bias): (Vec<Rational>, &crate::kernel::number::RationalText)| {
        let weights: Vec<Enclosure> = row.iter().map(|weight| p.enclose(weight)).collect();
        dot(&weights, x, p).plus(&p.enclose(&bias.0))
    };
    map.weight.to_rows().into_iter().zip(&map.bias).map(row).collect()
}

fn dot(left: &[Enclosure], right: &[Enclosure], p: Precision) -> Enclosure {
    left.iter().zip(right).fold(Enclosure::zero(), |sum, (a, b)| sum.plus(&p.times(a, b)))
}
