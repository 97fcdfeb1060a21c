//! What tokens contribute to the stream, exactly: the part of a model before the first irrational number, where the first block
//! is its only attention.
//!
//! With `zhat = z` without a norm before the attention, and `zhat = weight * (z - mean)` with one (RMS norm: `weight * z`), and
//! `sigma^2` the variance plus eps (1 without a norm), every score and every value is rational up to `sigma`s and a constant
//! that all positions share:
//!
//! ```text
//! s_j = (alpha_j / sigma_q + beta_j) / sigma_j / sqrt(scale) + const(q)
//! W_O (W_V u_j + b_V) = values_j / sigma_j + const
//! ```
//!
//! Softmax is the same up to a constant, and its weights sum to 1, so the constants go to its common factor and to the reader's
//! base. Scores without softmax, and matrices over positions, have no such freedom: `alpha` is the score before the division,
//! or the entry of the matrix, and `values` is all of it; there is no norm then.
//!
//! What the next layer reads of the stream is linear, so values are given as *probes*: the inputs of the first hidden layer and
//! what is added to its outputs ([`Rest`]). Two positions, or two tokens, whose columns are *equal rationals* are the same to
//! the model.

use super::{
    ActivatedMlp, Affine, Block, HeadWeights, Norm, NormKind, Part, ReadAt, SoftmaxAttention, SoftmaxTransformer,
};
use crate::number::{Matrix, Rational, RationalText, Scaled, divide, integer, ratio};
use crate::rejection::{Clock, Rejection, wrong};
use num::{One, Zero};
use std::sync::Arc;

/// What one token at one position contributes, for a reader.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// `sigma_j^2`
    pub spread: RationalText,
    /// one a head
    pub heads: Vec<HeadColumn>,
}

/// The part of one head.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeadColumn {
    /// see the module
    pub alpha: RationalText,
    /// see the module
    pub beta: RationalText,
    /// `[probes]`; whoever reads
    pub values: Arc<Vec<RationalText>>,
}

/// A token at a position, before it is known who reads: keys and values of every head.
#[derive(Debug, Clone)]
pub struct Site {
    spread: RationalText,
    /// counted with BOS
    position: usize,
    /// `[head][k]`; none for a matrix
    keys: Vec<Vec<RationalText>>,
    /// `[head][probes]`
    values: Vec<Arc<Vec<RationalText>>>,
}

/// The query token at the position that is read, to whom sites are columns.
#[derive(Debug, Clone)]
pub struct Reader {
    /// what does not depend on the sites
    pub own: Own,
    /// counted with BOS
    position: usize,
    /// `[head][k]`: the part of the query vector that is divided by `sigma_q`
    slopes: Vec<Vec<RationalText>>,
    /// `[head][k]`: the part that is not
    constants: Vec<Vec<RationalText>>,
}

/// The reader without what attention adds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Own {
    /// `sigma_q^2`
    pub spread: RationalText,
    /// `[probes]`: the stream, all constants included
    pub base: Vec<RationalText>,
}

/// What probes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// the outputs: nothing is left
    Nothing,
    /// the inputs of so many hidden units, then what is added to their outputs; all that is left is that block
    Hidden(usize),
    /// the inputs of so many hidden units, then the stream; other blocks follow
    HiddenThenStream(usize),
    /// the stream
    Stream,
}

impl Rest {
    /// The block whose first hidden units are probes.
    pub(super) fn block(self, model: &SoftmaxTransformer) -> Option<(&Block, &ActivatedMlp)> {
        let block = model.blocks.get(1).filter(|_| matches!(self, Self::Hidden(_) | Self::HiddenThenStream(_)))?;
        match &block.part {
            Part::Mlp(mlp) => Some((block, mlp)),
            Part::Attention(_) => None,
        }
    }
}

/// Makes sites and readers of one model.
#[derive(Debug, Clone)]
pub struct Columns<'a> {
    model: &'a SoftmaxTransformer,
    attention: &'a SoftmaxAttention,
    before: Option<&'a Norm>,
    residual: bool,
    /// what is left to do
    pub rest: Rest,
    /// from the last hidden units of the block whose first ones are probes, to the outputs where nothing follows it
    pub(super) written: Option<Affine>,
    probe: Option<Affine>,
    /// `[head]`: probes of `W_O W_V`
    values: Vec<Matrix>,
    /// `[probes]`: what is added to the probes of `z`
    shift: Vec<Rational>,
}

impl<'a> Columns<'a> {
    /// `None` for a model whose first block is not its only attention, or that mixes positions in another way.
    ///
    /// # Errors
    /// As [`Matrix::product`].
    pub fn new(model: &'a SoftmaxTransformer, clock: &Clock<'_>) -> Result<Option<Self>, Rejection> {
        Self::reading(model, probe, clock)
    }

    /// The same with the stream as probes, whatever follows.
    ///
    /// # Errors
    /// As [`Matrix::product`].
    pub(crate) fn of_stream(model: &'a SoftmaxTransformer, clock: &Clock<'_>) -> Result<Option<Self>, Rejection> {
        Self::reading(model, |_, _| Ok((Rest::Stream, None)), clock)
    }

    fn reading(
        model: &'a SoftmaxTransformer,
        probe: impl Fn(&SoftmaxTransformer, usize) -> Result<(Rest, Option<Affine>), Rejection>,
        clock: &Clock<'_>,
    ) -> Result<Option<Self>, Rejection> {
        let Some((first, others)) = model.blocks.split_first() else { return Ok(None) };
        let Part::Attention(attention) = &first.part else { return Ok(None) };
        let alone = others.iter().all(|block| matches!(block.part, Part::Mlp(_)));
        let sees_all = !attention.causal || model.read_at == ReadAt::Last;
        let linear = |head: &super::SoftmaxHead| {
            let turned = head.weights.scores().is_some_and(|scores| scores.rotary.is_some());
            !turned && (head.weights.is_softmax() || first.before.is_none())
        };
        if !(alone && sees_all && attention.heads.iter().all(linear)) {
            return Ok(None);
        }
        let (rest, probe) = probe(model, attention.bias.len())?;
        let probed = |matrix: &Matrix| match &probe {
            Some(probe) => probe.weight.product(matrix, clock),
            None => Ok(matrix.clone()),
        };
        let mut constant = numbers(&attention.bias);
        let mut values = Vec::with_capacity(attention.heads.len());
        for head in &attention.heads {
            if head.weights.is_softmax() {
                // the constant part of a value: W_V norm.bias + b_V
                let shift = first.before.as_ref().map(|norm| numbers(&norm.bias));
                let shift = shift.unwrap_or_else(|| vec![Rational::zero(); head.value.weight.cols()]);
                add(&mut constant, &head.output.apply(&head.value.apply(&shift, clock)?, clock)?);
            }
            values.push(probed(&head.output)?.product(&head.value.weight, clock)?);
        }
        let shift = match &probe {
            Some(probe) => probe.apply(&constant, clock)?,
            None => constant,
        };
        let (before, residual) = (first.before.as_ref(), first.residual);
        let written = written(model, rest, clock)?;
        Ok(Some(Self { model, attention, before, residual, rest, written, probe, values, shift }))
    }

    /// How many numbers a column has for each head.
    #[must_use]
    pub fn probes(&self) -> usize {
        self.shift.len()
    }

    /// The model.
    #[must_use]
    pub(crate) fn model(&self) -> &'a SoftmaxTransformer {
        self.model
    }

    /// The attention.
    #[must_use]
    pub fn attention(&self) -> &'a SoftmaxAttention {
        self.attention
    }

    /// Whether the place of a token makes a difference.
    #[must_use]
    pub fn placed(&self) -> bool {
        self.model.positions.is_some() || self.attention.heads.iter().any(|head| head.weights.matrix().is_some())
    }

    /// `token` at input position `i`; BOS for no token.
    ///
    /// # Errors
    /// [`Rejection`] for a token or position that the model does not have.
    pub fn site(&self, place: Option<(usize, usize)>, clock: &Clock<'_>) -> Result<Site, Rejection> {
        let (state, position) = match place {
            Some((i, token)) => (self.state(i, token)?, i.saturating_add(usize::from(self.model.bos.is_some()))),
            None => (self.model.bos_state().ok_or_else(|| wrong("model.bos", "a state", "null"))?, 0),
        };
        let (state, spread) = normed(self.before, &state)?;
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for (head, value) in self.attention.heads.iter().zip(&self.values) {
            let mut values_of = value.apply(&state, clock)?;
            keys.push(match &head.weights {
                HeadWeights::Softmax(scores) => texts(scores.key.weight.apply(&state, clock)?),
                HeadWeights::Scores(scores) => texts(scores.key.apply(&state, clock)?),
                HeadWeights::SoftmaxMatrix(_) | HeadWeights::Matrix(_) => Vec::new(),
            });
            if !head.weights.is_softmax() {
                let bias = head.output.apply(&numbers(&head.value.bias), clock)?;
                add(&mut values_of, &self.linear(&bias, clock)?);
            }
            values.push(Arc::new(texts(values_of)));
        }
        Ok(Site { spread: spread.into(), position, keys, values })
    }

    /// The model read at input position `i`, which holds `query`.
    ///
    /// # Errors
    /// As [`Columns::site`].
    pub fn reader(&self, i: usize, query: usize, clock: &Clock<'_>) -> Result<Reader, Rejection> {
        let state = self.state(i, query)?;
        let mut base = self.shift.clone();
        if self.residual {
            add(&mut base, &self.linear(&state, clock)?);
        }
        let (state, spread) = normed(self.before, &state)?;
        let (mut slopes, mut constants) = (Vec::new(), Vec::new());
        for head in &self.attention.heads {
            let Some(scores) = head.weights.scores() else {
                slopes.push(Vec::new());
                constants.push(Vec::new());
                continue;
            };
            let mut slope = scores.query.weight.apply(&state, clock)?;
            constants.push(texts(match self.before {
                Some(norm) => scores.query.apply(&numbers(&norm.bias), clock)?,
                None => {
                    add(&mut slope, &numbers(&scores.query.bias));
                    vec![Rational::zero(); slope.len()]
                }
            }));
            slopes.push(texts(slope));
        }
        let own = Own { spread: spread.into(), base: texts(base) };
        Ok(Reader { own, position: i.saturating_add(usize::from(self.model.bos.is_some())), slopes, constants })
    }

    /// What a site contributes for `reader`.
    ///
    /// # Errors
    /// As [`Scaled::new`].
    pub fn column(&self, site: &Site, reader: &Reader) -> Result<Column, Rejection> {
        let mut heads = Vec::with_capacity(site.keys.len());
        let asked = reader.slopes.iter().zip(&reader.constants);
        let sites = site.keys.iter().zip(&site.values);
        for (head, ((key, values), (slope, constant))) in self.attention.heads.iter().zip(sites.zip(asked)) {
            let (alpha, beta) = match head.weights.matrix() {
                None => (dot(slope, key)?, dot(constant, key)?),
                Some(matrix) => {
                    let entry = matrix.get(reader.position, site.position).cloned();
                    (
                        entry.ok_or_else(|| wrong("sequence", "a position of the model", site.position))?,
                        Rational::zero(),
                    )
                }
            };
            heads.push(HeadColumn { alpha: alpha.into(), beta: beta.into(), values: Arc::clone(values) });
        }
        Ok(Column { spread: site.spread.clone(), heads })
    }

    /// The probes of a change of the stream.
    fn linear(&self, change: &[Rational], clock: &Clock<'_>) -> Result<Vec<Rational>, Rejection> {
        match &self.probe {
            Some(probe) => probe.weight.apply(change, clock),
            None => Ok(change.to_vec()),
        }
    }

    fn state(&self, i: usize, token: usize) -> Result<Vec<Rational>, Rejection> {
        let expected =
            || format!("a token below {} at a position below {:?}", self.model.vocabulary(), self.model.longest());
        self.model.state(i, token).ok_or_else(|| wrong("sequence", expected(), format!("token {token} at {i}")))
    }
}

/// What is read of a stream of `width` entries after the first block; `None` for all of it.
fn probe(model: &SoftmaxTransformer, width: usize) -> Result<(Rest, Option<Affine>), Rejection> {
    let Some((first, others)) = model.blocks.split_first() else { return Ok((Rest::Stream, None)) };
    if first.after.is_some() {
        return Ok((Rest::Stream, None));
    }
    let reading = model.reading_map()?;
    let Some((block, later)) = others.split_first() else {
        let all = model.norm.is_none();
        return Ok(if all { (Rest::Nothing, Some(reading)) } else { (Rest::Stream, None) });
    };
    let hidden = match &block.part {
        Part::Mlp(mlp) if block.before.is_none() => mlp.hidden.first(),
        _ => None,
    };
    let Some(hidden) = hidden else { return Ok((Rest::Stream, None)) };
    let composed = later.is_empty() && block.after.is_none() && model.norm.is_none();
    let (mut rows, mut bias) = (hidden.weight.list().to_vec(), hidden.bias.clone());
    if block.residual && composed {
        rows.extend(reading.weight.list().iter().cloned());
        bias.extend(reading.bias);
    } else if block.residual {
        rows.extend(Matrix::from_fn(width, width, |i, j| ratio(i64::from(i == j), 1)).list().iter().cloned());
        bias.extend((0..width).map(|_| RationalText(Rational::zero())));
    }
    let units = hidden.weight.rows();
    let rest = if composed { Rest::Hidden(units) } else { Rest::HiddenThenStream(units) };
    Ok((rest, Some(Affine { weight: Matrix::from_rows(width, rows)?, bias })))
}

/// What the first block after the attention writes, composed with the reading where nothing follows.
fn written(model: &SoftmaxTransformer, rest: Rest, clock: &Clock<'_>) -> Result<Option<Affine>, Rejection> {
    let Some((block, mlp)) = rest.block(model) else { return Ok(None) };
    if !matches!(rest, Rest::Hidden(_)) {
        return Ok(Some(mlp.output.clone()));
    }
    let (reading, bias) = (model.reading_map()?, numbers(&mlp.output.bias));
    // what is added to already has the reading's bias
    let bias = if block.residual { reading.weight.apply(&bias, clock)? } else { reading.apply(&bias, clock)? };
    Ok(Some(Affine { weight: reading.weight.product(&mlp.output.weight, clock)?, bias: texts(bias) }))
}

/// `zhat` and `sigma^2`.
fn normed(norm: Option<&Norm>, state: &[Rational]) -> Result<(Vec<Rational>, Rational), Rejection> {
    let Some(norm) = norm else { return Ok((state.to_vec(), Rational::one())) };
    let d = integer(u64::try_from(state.len()).unwrap_or(u64::MAX));
    // a state has at least one entry
    let mean = match norm.kind {
        NormKind::Layer => divide(&state.iter().sum(), &d).unwrap_or_default(),
        NormKind::Rms => Rational::zero(),
    };
    let centred: Vec<Rational> = state.iter().map(|x| x - &mean).collect();
    let square = Scaled::new(centred.iter())?;
    let variance = divide(&square.dot(&square), &d).unwrap_or_default();
    let scaled = centred.iter().zip(&norm.weight).map(|(x, weight)| x * &weight.0).collect();
    Ok((scaled, variance + &norm.eps.0))
}

fn dot(left: &[RationalText], right: &[RationalText]) -> Result<Rational, Rejection> {
    let scaled = |texts: &[RationalText]| Scaled::new(texts.iter().map(|text| &text.0).collect::<Vec<_>>().into_iter());
    Ok(scaled(left)?.dot(&scaled(right)?))
}

fn add(sum: &mut [Rational], terms: &[Rational]) {
    sum.iter_mut().zip(terms).for_each(|(entry, term)| *entry += term);
}

fn numbers(entries: &[RationalText]) -> Vec<Rational> {
    entries.iter().map(|entry| entry.0.clone()).collect()
}

fn texts(numbers: Vec<Rational>) -> Vec<RationalText> {
    numbers.into_iter().map(RationalText).collect()
}
