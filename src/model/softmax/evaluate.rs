//! One output by the definition, in enclosures: nothing reduced, nothing reordered. The reference for what is faster.

use super::partial::Backend;
use super::weights::{ReadAt, Reading, SoftmaxTransformer};
use crate::exact::{Enclosure, Precision, Rational, ratio};
use crate::model::{Affine, ModelError, Token};

/// What is read at one position: `y`, one entry a choice (a single one for a number).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub precision: Precision,
    pub y: Vec<Enclosure>,
}

/// Whether an output is the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// with the margin, which is above zero; `None` when every choice is the answer
    Right(Option<Enclosure>),
    /// with the margin, which is not above zero; `None` when no choice is the answer
    Wrong(Option<Enclosure>),
    /// not with this many bits
    Open,
}

impl Output {
    /// Judges the output against `answer`.
    ///
    /// The margin of a number is `1/2 - |y - answer|`; that of an arg max is the answer's largest entry less the
    /// largest of the others. A margin of zero is wrong: ties have no winner.
    #[must_use]
    pub fn judge(&self, reading: &Reading, answer: u64) -> Judged {
        let p = self.precision;
        let margin = match reading {
            Reading::Number { .. } => self.y.first().map(|y| {
                let error = y.minus(&p.integer(answer)).abs();
                p.enclose(&ratio(1, 2)).minus(&error)
            }),
            Reading::ArgMax { answers, .. } => {
                let largest = |is_answer: bool| {
                    let entries = self.y.iter().zip(answers);
                    let entries = entries.filter(|(_, a)| (**a == answer) == is_answer);
                    entries.map(|(y, _)| y.clone()).reduce(|a, b| a.max(&b))
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

impl SoftmaxTransformer {
    /// The output read at input position `position` of `sequence`.
    ///
    /// `Ok(None)` when this many bits are too few for a norm, or a score is beyond the range of `exp`.
    ///
    /// # Errors
    /// [`ModelError`] for a token, length or position that the model does not have.
    pub fn output(
        &self,
        sequence: &[Token],
        position: usize,
        p: Precision,
    ) -> Result<Option<Output>, ModelError> {
        let n = sequence.len();
        let read = match self.read_at {
            ReadAt::Last => position + 1 == n,
            ReadAt::Every => position < n,
        };
        if !read {
            let expected = format!("a position that is read, of {n}");
            return Err(ModelError::Length { expected, found: position });
        }
        let mut states = Vec::with_capacity(n + 1);
        states.extend(self.bos_state());
        let read = states.len() + position;
        for (i, &token) in sequence.iter().enumerate() {
            if token.0 >= self.vocabulary() {
                return Err(ModelError::UnknownToken { m: self.vocabulary(), found: token });
            }
            let longest = self.longest().unwrap_or(usize::MAX);
            states.push(self.state(i, token.0).ok_or_else(|| ModelError::Length {
                expected: format!("at most {longest}"),
                found: n,
            })?);
        }
        let y = self.enclosed(&states, read, p)?;
        Ok(y.map(|y| Output { precision: p, y }))
    }

    fn enclosed(
        &self,
        states: &[Vec<Rational>],
        read: usize,
        p: Precision,
    ) -> Result<Option<Vec<Enclosure>>, ModelError> {
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

fn apply(map: &Affine, x: &[Enclosure], p: Precision) -> Vec<Enclosure> {
    let row = |(row, bias): (Vec<Rational>, &crate::exact::RationalText)| {
        let weights: Vec<Enclosure> = row.iter().map(|weight| p.enclose(weight)).collect();
        dot(&weights, x, p).plus(&p.enclose(&bias.0))
    };
    map.weight.to_rows().into_iter().zip(&map.bias).map(row).collect()
}

fn dot(left: &[Enclosure], right: &[Enclosure], p: Precision) -> Enclosure {
    left.iter().zip(right).fold(Enclosure::zero(), |sum, (a, b)| sum.plus(&p.times(a, b)))
}
