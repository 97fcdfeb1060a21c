//! The outputs of a softmax model of any depth on one sequence, by definition, in enclosures or exactly.
//!
//! Softmax is taken relative to the largest score, so the denominator is at least 1 whatever the gaps are. Where the order of
//! tokens makes no difference, equal tokens are one [`Place`] that stands for several positions. Where all scores are equal and
//! nothing else is irrational the numbers can be exact, so that even a tie is certain.

use super::softmax_maps::{Map, MlpMap, NormMap, dot, enclosed, fits, is_zero, list, normed, sum};
use super::{Block, HeadWeights, Part, Reading, Rotary, SoftmaxAttention, SoftmaxHead, SoftmaxTransformer, Token};
use crate::number::{Enclosure, Matrix, Precision, Rational, Real, integer};
use crate::rejection::{Clock, Rejection, wrong};
use num::Zero;

/// A token at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// `None` for BOS
    pub token: Option<usize>,
    /// counted with BOS
    pub position: usize,
    /// how many positions it stands for
    pub times: u64,
}

/// The places of a sequence.
#[must_use]
pub fn places(model: &SoftmaxTransformer, sequence: &[usize]) -> Vec<Place> {
    let bos = model.bos.as_ref().map(|_| None);
    let tokens = bos.into_iter().chain(sequence.iter().copied().map(Some)).enumerate();
    tokens.map(|(position, token)| Place { token, position, times: 1 }).collect()
}

/// The places of all sequences with these counts, one for each token that occurs, where order makes no difference.
#[must_use]
pub fn places_of_counts(model: &SoftmaxTransformer, counts: &[u64]) -> Vec<Place> {
    let bos = model.bos.as_ref().map(|_| Place { token: None, position: 0, times: 1 });
    let tokens = counts.iter().enumerate().filter(|(_, times)| **times > 0);
    let tokens = tokens.map(|(token, &times)| Place { token: Some(token), position: 1, times });
    bos.into_iter().chain(tokens).collect()
}

/// A model, ready to be applied.
pub struct Stack<'a, R> {
    precision: Precision,
    model: &'a SoftmaxTransformer,
    tokens: Vec<Vec<R>>,
    bos: Option<Vec<R>>,
    positions: Option<Vec<Vec<R>>>,
    blocks: Vec<BlockMap<R>>,
    norm: Vec<NormMap<R>>,
    reading: Map<R>,
}

enum BlockMap<R> {
    Attention(AttentionMap<R>),
    Mlp(MlpMap<R>),
}

struct AttentionMap<R> {
    before: Vec<NormMap<R>>,
    heads: Vec<HeadMap<R>>,
    bias: Vec<R>,
    causal: bool,
    residual: bool,
    after: Vec<NormMap<R>>,
}

struct HeadMap<R> {
    weights: Weights<R>,
    softmax: bool,
    value: Map<R>,
    /// `b_V` where weights sum to 1, so that it is added once and exactly
    shift: Option<Vec<R>>,
    output: Map<R>,
}

enum Weights<R> {
    Scores { query: Map<R>, key: Map<R>, root: Root<R>, turns: Option<Turns> },
    Matrix(Matrix),
}

/// What scores are divided by; a difference of 0 needs no division.
struct Root<R>(Option<R>);

/// The pairs of entries that rotary positions turn, and by what an exponent of the base.
pub(super) struct Turns {
    pub(super) pairs: Vec<(usize, usize)>,
    /// one a pair: the angle at position 1
    angles: Vec<Enclosure>,
}

impl Turns {
    pub(super) fn new(rotary: &Rotary, p: Precision) -> Option<Self> {
        let half = rotary.size.checked_shr(1)?;
        let fine = Precision(p.0.checked_add(24)?);
        let ln = fine.ln(&rotary.base.0)?;
        let (mut pairs, mut angles) = (Vec::new(), Vec::new());
        for t in 0..half {
            let twice = t.checked_mul(2)?;
            pairs.push(if rotary.neighbours { (twice, twice.checked_add(1)?) } else { (t, t.checked_add(half)?) });
            let exponent = crate::number::divide(&integer(twice), &integer(rotary.size))?;
            angles.push(fine.exp(&fine.enclose(&-exponent).times(&ln, fine)?)?);
        }
        Some(Self { pairs, angles })
    }

    /// The cosine and the sine of pair `t` at a position.
    pub(super) fn at(&self, t: usize, position: usize, p: Precision) -> Option<[Enclosure; 2]> {
        let angle = self.angles.get(t)?.times_count(u64::try_from(position).ok()?)?;
        let (cos, sin) = Precision(p.0.checked_add(24)?).turn(&angle)?;
        Some([cos.coarser(24)?, sin.coarser(24)?])
    }

    /// Turns a query or a key at a position.
    fn apply<R: Real>(&self, vector: &mut [R], position: usize, p: Precision) -> Option<()> {
        if position == 0 {
            return Some(());
        }
        for (t, &(i, j)) in self.pairs.iter().enumerate() {
            let [cos, sin] = self.at(t, position, p)?;
            let (cos, sin) = (R::from_enclosure(&cos)?, R::from_enclosure(&sin)?);
            let (a, b) = (vector.get(i)?.clone(), vector.get(j)?.clone());
            *vector.get_mut(i)? = a.times(&cos, p)?.minus(&b.times(&sin, p)?)?;
            *vector.get_mut(j)? = a.times(&sin, p)?.plus(&b.times(&cos, p)?)?;
        }
        Some(())
    }
}

impl<R: Real> HeadMap<R> {
    fn new(head: &SoftmaxHead, p: Precision) -> Option<Self> {
        let weights = match &head.weights {
            HeadWeights::Softmax(scores) | HeadWeights::Scores(scores) => Weights::Scores {
                query: Map::new(&scores.query, p)?,
                key: Map::new(&scores.key, p)?,
                root: Root(R::of(&scores.scale.0, p)?.root(p)),
                turns: match &scores.rotary {
                    Some(rotary) => Some(Turns::new(rotary, p)?),
                    None => None,
                },
            },
            HeadWeights::SoftmaxMatrix(matrix) | HeadWeights::Matrix(matrix) => Weights::Matrix(matrix.clone()),
        };
        let softmax = head.weights.is_softmax();
        let value = if softmax { Map::linear(&head.value.weight, p)? } else { Map::new(&head.value, p)? };
        let shift = if softmax { Some(list(&head.value.bias, p)?) } else { None };
        Some(Self { weights, softmax, value, shift, output: Map::linear(&head.output, p)? })
    }

    fn work(&self) -> u64 {
        let weights = match &self.weights {
            Weights::Scores { query, key, .. } => query.work().saturating_add(key.work()),
            Weights::Matrix(_) => 1,
        };
        weights.saturating_add(self.value.work()).saturating_add(self.output.work())
    }
}

impl<R: Real> BlockMap<R> {
    fn new(block: &Block, p: Precision) -> Option<Self> {
        Some(match &block.part {
            Part::Mlp(mlp) => Self::Mlp(MlpMap::new(block, mlp, p)?),
            Part::Attention(SoftmaxAttention { heads, bias, causal }) => Self::Attention(AttentionMap {
                before: NormMap::new(block.before.as_ref(), p)?,
                heads: heads.iter().map(|head| HeadMap::new(head, p)).collect::<Option<_>>()?,
                bias: list(bias, p)?,
                causal: *causal,
                residual: block.residual,
                after: NormMap::new(block.after.as_ref(), p)?,
            }),
        })
    }

    fn work(&self) -> u64 {
        match self {
            Self::Mlp(mlp) => mlp.work(),
            Self::Attention(attention) => attention.heads.iter().map(HeadMap::work).fold(1, u64::saturating_add),
        }
    }
}

impl<'a, R: Real> Stack<'a, R> {
    /// `None` when a number does not fit.
    ///
    /// # Errors
    /// [`Rejection`] for a model too large for this precision.
    pub fn new(model: &'a SoftmaxTransformer, p: Precision) -> Result<Option<Self>, Rejection> {
        fits(model, p)?;
        let reading = model.reading_map()?;
        let make = || {
            let rows =
                |matrix: &Matrix| matrix.list().iter().map(|row| enclosed(row, p)).collect::<Option<Vec<Vec<R>>>>();
            Some(Self {
                precision: p,
                model,
                tokens: rows(&model.embedding)?,
                bos: match &model.bos {
                    Some(bos) => Some(list(bos, p)?),
                    None => None,
                },
                positions: match &model.positions {
                    Some(positions) => Some(rows(positions)?),
                    None => None,
                },
                blocks: model.blocks.iter().map(|block| BlockMap::new(block, p)).collect::<Option<_>>()?,
                norm: NormMap::new(model.norm.as_ref(), p)?,
                reading: Map::new(&reading, p)?,
            })
        };
        Ok(make())
    }

    /// `y` at each of the places `read`; `None` when a number does not fit or an enclosure is too wide.
    ///
    /// # Errors
    /// [`Rejection`] for places that the model does not have, or of the clock.
    pub fn outputs(
        &self,
        places: &[Place],
        read: &[usize],
        clock: &Clock<'_>,
    ) -> Result<Option<Vec<Vec<R>>>, Rejection> {
        let p = self.precision;
        let mut stream: Vec<Vec<R>> = Vec::with_capacity(places.len());
        for place in places {
            let Some(state) = self.state(place)? else { return Ok(None) };
            stream.push(state);
        }
        let last = self.blocks.iter().rposition(|block| matches!(block, BlockMap::Attention(_)));
        // everybody is computed until nobody else listens
        let all: Vec<usize> = (0..places.len()).collect();
        if last.is_none() {
            stream = read.iter().filter_map(|&place| stream.get(place).cloned()).collect();
        }
        for (index, block) in self.blocks.iter().enumerate() {
            // a product takes a tenth of a microsecond, and with more bits longer
            let each = block.work().saturating_mul(u64::from(p.0).saturating_add(64)).checked_shr(11).unwrap_or(0);
            stream = match block {
                BlockMap::Mlp(mlp) => {
                    let mut next = Vec::with_capacity(stream.len());
                    for x in &stream {
                        clock.spend(each.saturating_add(1))?;
                        let Some(x) = mlp.apply(x, p) else { return Ok(None) };
                        next.push(x);
                    }
                    next
                }
                BlockMap::Attention(attention) => {
                    let keep = if last == Some(index) { read } else { &all };
                    let Some(next) = attention.apply(&stream, places, keep, each, p, clock)? else { return Ok(None) };
                    next
                }
            };
        }
        let read = |x: &Vec<R>| self.reading.apply(&normed(&self.norm, x, p)?, p);
        Ok(stream.iter().map(read).collect())
    }

    fn state(&self, place: &Place) -> Result<Option<Vec<R>>, Rejection> {
        let token = match place.token {
            Some(token) => self.tokens.get(token),
            None => self.bos.as_ref(),
        };
        let expected = || format!("a token below {} at a position below {:?}", self.tokens.len(), self.model.longest());
        let known = self
            .model
            .longest()
            .is_none_or(|longest| place.position < longest.saturating_add(usize::from(self.bos.is_some())));
        let outside = || wrong("sequence", expected(), format!("token {:?} at {}", place.token, place.position));
        let token = token.filter(|_| known).ok_or_else(outside)?;
        Ok(match &self.positions {
            None => Some(token.clone()),
            Some(positions) => sum(token, positions.get(place.position).ok_or_else(outside)?),
        })
    }
}

impl<R: Real> AttentionMap<R> {
    /// The stream afterwards at the places `keep`.
    fn apply(
        &self,
        stream: &[Vec<R>],
        places: &[Place],
        keep: &[usize],
        each: u64,
        p: Precision,
        clock: &Clock<'_>,
    ) -> Result<Option<Vec<Vec<R>>>, Rejection> {
        let Some(inputs) = stream.iter().map(|x| normed(&self.before, x, p)).collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let mut written = vec![self.bias.clone(); keep.len()];
        for head in &self.heads {
            let mut sources = Vec::with_capacity(inputs.len());
            for (x, place) in inputs.iter().zip(places) {
                clock.spend(each.saturating_add(1))?;
                let Some(source) = head.source(x, place.position, p) else { return Ok(None) };
                sources.push(source);
            }
            for (written, &reader) in written.iter_mut().zip(keep) {
                let size = sources.first().map_or(0, |(_, value)| value.len()).saturating_add(8);
                clock.spend(
                    u64::try_from(sources.len().saturating_mul(size)).unwrap_or(u64::MAX).checked_shr(3).unwrap_or(0),
                )?;
                let seen = Seen { inputs: &inputs, sources: &sources, places, causal: self.causal };
                let mixed = head.mixed(&seen, reader, p, clock)?;
                let added = mixed.and_then(|mixed| sum(written, &head.output.apply(&mixed, p)?));
                let Some(added) = added else { return Ok(None) };
                *written = added;
            }
        }
        let streams = keep.iter().zip(written).map(|(&reader, written)| {
            let x = stream.get(reader)?;
            let stream = if self.residual { sum(x, &written)? } else { written };
            normed(&self.after, &stream, p)
        });
        Ok(streams.collect())
    }
}

impl<R: Real> HeadMap<R> {
    /// The key, where there is one, and the value of a place.
    fn source(&self, x: &[R], position: usize, p: Precision) -> Option<(Vec<R>, Vec<R>)> {
        let key = match &self.weights {
            Weights::Scores { key, turns, .. } => {
                let mut key = key.apply(x, p)?;
                if let Some(turns) = turns {
                    turns.apply(&mut key, position, p)?;
                }
                key
            }
            Weights::Matrix(_) => Vec::new(),
        };
        Some((key, self.value.apply(x, p)?))
    }

    /// `sum_j a_j (W_V u_j + b_V)` for the place `reader`.
    fn mixed(
        &self,
        all: &Seen<'_, R>,
        reader: usize,
        p: Precision,
        clock: &Clock<'_>,
    ) -> Result<Option<Vec<R>>, Rejection> {
        let Some(scores) = self.scores(all, reader, p, clock)? else { return Ok(None) };
        let largest = scores.iter().reduce(|a, b| if a.starts_below(b) { b } else { a }).cloned();
        let weight = |score: R| match &largest {
            Some(largest) if self.softmax => self.scaled(score.minus(largest)?, p)?.exp(p),
            _ => self.scaled(score, p),
        };
        let start = || {
            let zero = R::of(&Rational::zero(), p)?;
            Some((zero.clone(), vec![zero; all.sources.first()?.1.len()]))
        };
        let Some((mut total, mut mixed)) = start() else { return Ok(None) };
        for (score, (place, (_, value))) in scores.into_iter().zip(all.seen(reader)) {
            clock.spend(u64::from(p.0).checked_shr(5).unwrap_or(0).saturating_add(1))?;
            let take = || {
                let weight = weight(score)?.times_count(place.times)?;
                total = total.plus(&weight)?;
                for (entry, value) in mixed.iter_mut().zip(value) {
                    *entry = entry.plus(&weight.times(value, p)?)?;
                }
                Some(())
            };
            if take().is_none() {
                return Ok(None);
            }
        }
        Ok(match &self.shift {
            Some(shift) => mixed.iter().zip(shift).map(|(entry, shift)| entry.over(&total, p)?.plus(shift)).collect(),
            None => Some(mixed),
        })
    }

    /// How much the reader asks of each place that it sees, before the division by the root of the scale.
    fn scores(
        &self,
        all: &Seen<'_, R>,
        reader: usize,
        p: Precision,
        clock: &Clock<'_>,
    ) -> Result<Option<Vec<R>>, Rejection> {
        let query = || {
            let Weights::Scores { query, turns, .. } = &self.weights else { return Some(Vec::new()) };
            let mut query = query.apply(all.inputs.get(reader)?, p)?;
            if let Some(turns) = turns {
                turns.apply(&mut query, all.places.get(reader)?.position, p)?;
            }
            Some(query)
        };
        let Some(query) = query() else { return Ok(None) };
        let at = all.places.get(reader).map_or(0, |place| place.position);
        let mut scores = Vec::new();
        for (place, (key, _)) in all.seen(reader) {
            clock.spend(u64::try_from(key.len()).unwrap_or(u64::MAX).checked_shr(3).unwrap_or(0))?;
            let score = match &self.weights {
                Weights::Scores { .. } => dot(&query, key, p),
                Weights::Matrix(matrix) => matrix.get(at, place.position).and_then(|entry| R::of(entry, p)),
            };
            let Some(score) = score else { return Ok(None) };
            scores.push(score);
        }
        Ok(Some(scores))
    }

    /// Equal scores need no division, so they are exact whatever the scale.
    fn scaled(&self, score: R, p: Precision) -> Option<R> {
        match &self.weights {
            Weights::Scores { root: Root(root), .. } if !is_zero(&score, p) => score.over(root.as_ref()?, p),
            _ => Some(score),
        }
    }
}

/// What a head reads from.
struct Seen<'a, R> {
    inputs: &'a [Vec<R>],
    /// keys and values
    sources: &'a [(Vec<R>, Vec<R>)],
    places: &'a [Place],
    causal: bool,
}

impl<R> Seen<'_, R> {
    /// What the reader sees.
    fn seen(&self, reader: usize) -> impl Iterator<Item = (&Place, &(Vec<R>, Vec<R>))> {
        let at = self.places.get(reader).map_or(0, |place| place.position);
        let all = self.places.iter().zip(self.sources);
        all.filter(move |(place, _)| !self.causal || place.position <= at)
    }
}

/// Whether an output is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// its margin is above zero, or every choice is the answer
    Right,
    /// its margin is not above zero (ties have no winner), or no choice is the answer
    Wrong,
    /// not with these enclosures
    Open,
}

/// How outputs are compared with answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criteria<'a> {
    /// what outputs decode to
    pub reading: &'a Reading,
    /// a number has to be closer than this
    pub tolerance: &'a Rational,
}

impl Criteria<'_> {
    /// The margin of outputs `y`, with the judgement: for a number `tolerance - |y - answer|`, for an arg max the answer's
    /// largest entry less the largest of the others. No margin when all choices, or none, are the answer.
    #[must_use]
    pub fn margin<R: Real>(&self, y: &[R], answer: &Rational, p: Precision) -> (Judged, Option<R>) {
        // outputs that are not known
        if y.is_empty() {
            return (Judged::Open, None);
        }
        let margin = match self.reading {
            Reading::Number { .. } => y.first().and_then(|y| {
                let error = y.minus(&R::of(answer, p)?)?.size(p)?;
                R::of(self.tolerance, p)?.minus(&error)
            }),
            Reading::ArgMax { answers, .. } => {
                let is_answer = |other: u64| *answer == integer(other);
                let largest = |wanted: bool| {
                    let entries = y.iter().zip(answers).filter(|(_, other)| is_answer(**other) == wanted);
                    entries.map(|(y, _)| y.clone()).reduce(|a, b| a.larger(&b))
                };
                match (largest(true), largest(false)) {
                    (Some(right), Some(other)) => right.minus(&other),
                    (Some(_), None) => return (Judged::Right, None),
                    (None, _) => return (Judged::Wrong, None),
                }
            }
        };
        let judged = match margin.as_ref().and_then(Real::above_zero) {
            Some(true) => Judged::Right,
            Some(false) => Judged::Wrong,
            None => Judged::Open,
        };
        (judged, margin)
    }
}

/// The outputs of one input; `None` when a number does not fit, or an enclosure is too wide, or exact numbers do not exist.
///
/// # Errors
/// [`Rejection`] for a token, length or position that the model does not have.
pub fn outputs<R: Real>(
    model: &SoftmaxTransformer,
    sequence: &[usize],
    position: usize,
    p: Precision,
    clock: &Clock<'_>,
) -> Result<Option<Vec<R>>, Rejection> {
    let Some(stack) = Stack::<R>::new(model, p)? else { return Ok(None) };
    let read = [position.saturating_add(usize::from(model.bos.is_some()))];
    let y = stack.outputs(&places(model, sequence), &read, clock)?;
    Ok(y.and_then(|y| y.into_iter().next()))
}

/// Judges one input with as many bits as it needs, at most `most`, and exactly where that is possible, since then even a tie is
/// certain. With the outputs in the enclosures that decided.
///
/// # Errors
/// [`Rejection`] for a token, length or position that the model does not have.
pub fn judge(
    model: &SoftmaxTransformer,
    tolerance: &Rational,
    (sequence, position, answer): (&[Token], usize, &Rational),
    most: Precision,
    clock: &Clock<'_>,
) -> Result<(Judged, Precision, Vec<Enclosure>), Rejection> {
    let criteria = Criteria { reading: &model.reading, tolerance };
    let tokens: Vec<usize> = sequence.iter().map(|token| token.0).collect();
    let mut p = Precision(64);
    loop {
        let mut y = outputs::<Enclosure>(model, &tokens, position, p, clock)?.unwrap_or_default();
        let mut judged = criteria.margin(&y, answer, p).0;
        if judged == Judged::Open
            && p == Precision(64)
            && let Some(exact) = outputs::<Rational>(model, &tokens, position, p, clock)?
        {
            judged = criteria.margin(&exact, answer, p).0;
            y = exact.iter().map(|y| y.enclosed(p)).collect();
        }
        let next = Precision(p.0.saturating_mul(2));
        if judged != Judged::Open || next > most {
            return Ok((judged, p, y));
        }
        p = next;
    }
}
