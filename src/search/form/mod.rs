//! The model with its denominators cleared: exact evaluation without a division or a gcd.
//!
//! For a fixed query `q` and head `k` the attention numerators and denominators are linear in the
//! multiplicities of the other tokens, and softmax weights `B^s` become integers once a common power
//! of the base is multiplied in. The state is therefore kept as integer numerators over one positive
//! common denominator; ReLU commutes with positive scaling, so the MLP runs on numerators too:
//!
//! ```text
//! probes   t = [W_1; readout] r + [b_1; 0]                        (all that the MLP and readout need of r)
//! sigma t_i = base_i + sum_k N_ki / D_k,     S_0 = sigma prod_k D_k > 0
//! h_1 = ReLU(S_0 t),   h_l = ReLU(W_l h_{l-1} + b_l S_{l-1}),   S_l = lambda_l S_{l-1}
//! y = (hidden . h_L + residual t_readout S_0 + bias S_L) / (scale S_L)
//! ```
//!
//! [`Evaluator`] runs this on 128-bit words that report overflow and falls back to big integers.

mod word;

pub use word::Word;

use crate::algebra::{MatrixOps, common_denominator};
use crate::kernel::definition::{Affine, Head, Token, Transformer, exponents, powers, scores};
use crate::kernel::number::{Matrix, Rational, RationalText, integer, scaled};
use crate::kernel::{Clock, Rejection};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// A token of the prefix: at a position of `class`, `multiplicity` times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    pub class: usize,
    pub token: Token,
    pub multiplicity: u64,
}

/// One head: what a token adds to the numerators, before its attention weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadForm<W> {
    /// `[query][probe]`: `sigma *` probes of `W_O W_V z_last`
    pub last: Vec<Vec<W>>,
    /// `[class][token][probe]`: the same for the positions before the last
    pub prefix: Vec<Vec<Vec<W>>>,
    /// `[query]`
    pub weights: Vec<Attention<W>>,
}

/// The attention weights of one query, up to a common factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attention<W> {
    /// of the last position, which holds the query
    pub last: W,
    /// `[class][token]`
    pub prefix: Vec<Vec<W>>,
}

/// `h -> ReLU(weight h + bias S)`, which multiplies the common denominator `S` by `scale`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegerLayer<W> {
    pub weight: Vec<Vec<W>>,
    pub bias: Vec<W>,
    pub scale: W,
}

/// `y = (hidden . h + residual t_readout S_0 + bias S_L) / (scale S_L)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegerReadout<W> {
    pub hidden: Vec<W>,
    pub residual: W,
    pub bias: W,
    pub scale: W,
}

/// A model over the integers `W`; see the module's formulas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegerForm<W> {
    /// `sigma > 0`
    pub sigma: W,
    /// `[query][probe]`: `sigma *` probes of `z_last`, biases included
    pub base: Vec<Vec<W>>,
    pub heads: Vec<HeadForm<W>>,
    /// hidden layers after the first
    pub layers: Vec<IntegerLayer<W>>,
    pub readout: IntegerReadout<W>,
}

impl IntegerForm<BigInt> {
    /// Clears the denominators of `model` at context length `n`.
    ///
    /// # Errors
    /// [`Rejection`] when the positions are for another length, `n` is zero, or scores differ by
    /// fractions.
    pub fn new(model: &Transformer, n: usize) -> Result<Self, Rejection> {
        if n == 0 {
            return Err(length("at least one", 0));
        }
        if let Some(length) = model.context_length().filter(|&length| length != n) {
            return Err(self::length(length, n));
        }
        let classes = match () {
            () if model.positions.is_none() => 1,
            () if n == 1 => 0,
            () if model.depends_on_counts_only() => 1,
            () => n - 1,
        };
        let m = model.vocabulary();
        let probe = probe_matrix(model)?;
        check_size(m, classes, model.heads.len(), probe.rows())?;
        let states = |i: usize| (0..m).map(|j| model.state(i, Token(j))).collect::<Vec<_>>();
        let last = states(n - 1);
        let prefix: Vec<Vec<Vec<Rational>>> = (0..classes).map(states).collect();
        // every table entry is as long as a probe times a state, so refuse before forming them
        let longest = |values: &mut dyn Iterator<Item = &Rational>| {
            values.map(|x| size(x.numer()).max(size(x.denom()))).max().unwrap_or(0)
        };
        let bits = longest(&mut probe.entries())
            + longest(&mut last.iter().chain(prefix.iter().flatten()).flatten());
        let entries = m * (classes + 1) * probe.rows() * model.heads.len().max(1);
        check_bits(bits.saturating_mul(entries))?;

        let mut base = probe_all(&probe, &last)?;
        let biases =
            model.mlp.hidden.first().map(|layer| layer.bias.as_slice()).unwrap_or_default();
        for row in &mut base {
            for (entry, RationalText(bias)) in row.iter_mut().zip(biases) {
                *entry += bias;
            }
        }
        let mut heads = Vec::with_capacity(model.heads.len());
        for (k, head) in model.heads.iter().enumerate() {
            let values = probe.mul(&head.output)?.mul(&head.value)?;
            heads.push(RationalHead {
                last: probe_all(&values, &last)?,
                prefix: prefix
                    .iter()
                    .map(|states| probe_all(&values, states))
                    .collect::<Result<_, _>>()?,
                weights: attention(k, head, &model.base.0, &last, &prefix)?,
            });
        }
        clear(model, &base, &heads)
    }

    /// The same form over machine words, when all of it fits.
    #[must_use]
    pub fn convert<W: Word>(&self) -> Option<IntegerForm<W>> {
        let list =
            |values: &Vec<BigInt>| values.iter().map(W::from_big).collect::<Option<Vec<W>>>();
        let table = |rows: &Vec<Vec<BigInt>>| rows.iter().map(list).collect::<Option<Vec<_>>>();
        let attention = |weights: &Attention<BigInt>| {
            Some(Attention { last: W::from_big(&weights.last)?, prefix: table(&weights.prefix)? })
        };
        let head = |form: &HeadForm<BigInt>| {
            Some(HeadForm {
                last: table(&form.last)?,
                prefix: form.prefix.iter().map(table).collect::<Option<_>>()?,
                weights: form.weights.iter().map(attention).collect::<Option<_>>()?,
            })
        };
        let layer = |layer: &IntegerLayer<BigInt>| {
            Some(IntegerLayer {
                weight: table(&layer.weight)?,
                bias: list(&layer.bias)?,
                scale: W::from_big(&layer.scale)?,
            })
        };
        Some(IntegerForm {
            sigma: W::from_big(&self.sigma)?,
            base: table(&self.base)?,
            heads: self.heads.iter().map(head).collect::<Option<_>>()?,
            layers: self.layers.iter().map(layer).collect::<Option<_>>()?,
            readout: IntegerReadout {
                hidden: list(&self.readout.hidden)?,
                residual: W::from_big(&self.readout.residual)?,
                bias: W::from_big(&self.readout.bias)?,
                scale: W::from_big(&self.readout.scale)?,
            },
        })
    }
}

impl<W: Word> IntegerForm<W> {
    /// `(numerator, denominator > 0)` of `y`, or `None` when a word overflows or the query is unknown.
    pub fn output(
        &self,
        query: Token,
        prefix: impl Iterator<Item = Occurrence> + Clone,
    ) -> Option<(W, W)> {
        let (mut probes, denominator) = self.probes(query, prefix)?;
        let state_scale = self.sigma.times(&denominator)?;
        let residual = probes.pop()?;
        let mut hidden = probes;
        relu(&mut hidden);
        let mut scale = state_scale;
        for layer in &self.layers {
            let mut next = Vec::with_capacity(layer.bias.len());
            for (row, bias) in layer.weight.iter().zip(&layer.bias) {
                next.push(dot(bias.times(&scale)?, row, &hidden)?);
            }
            relu(&mut next);
            hidden = next;
            scale = scale.times(&layer.scale)?;
        }
        let readout = &self.readout;
        let mut start = readout.bias.times(&scale)?;
        start.add_product(&readout.residual, &residual)?;
        Some((dot(start, &readout.hidden, &hidden)?, readout.scale.times(&scale)?))
    }

    /// The probes as numerators over `sigma * denominator`, and that denominator `prod_k D_k`.
    fn probes(
        &self,
        query: Token,
        prefix: impl Iterator<Item = Occurrence> + Clone,
    ) -> Option<(Vec<W>, W)> {
        let mut numerators = self.base.get(query.0)?.clone();
        let mut denominator = W::from_count(1);
        for head in &self.heads {
            let weights = head.weights.get(query.0)?;
            let mut total = weights.last.clone();
            let mut sum = head.last.get(query.0)?.clone();
            for entry in &mut sum {
                *entry = entry.times(&weights.last)?;
            }
            for Occurrence { class, token, multiplicity } in prefix.clone() {
                let weight = weights.prefix.get(class)?.get(token.0)?;
                let weight = weight.times(&W::from_count(multiplicity))?;
                total = total.plus(&weight)?;
                for (entry, value) in sum.iter_mut().zip(head.prefix.get(class)?.get(token.0)?) {
                    entry.add_product(&weight, value)?;
                }
            }
            for (entry, value) in numerators.iter_mut().zip(&sum) {
                *entry = entry.times(&total)?;
                entry.add_product(&denominator, value)?;
            }
            denominator = denominator.times(&total)?;
        }
        Some((numerators, denominator))
    }
}

fn relu<W: Word>(values: &mut [W]) {
    for value in values.iter_mut().filter(|value| value.is_negative()) {
        *value = W::zero();
    }
}

fn dot<W: Word>(mut sum: W, left: &[W], right: &[W]) -> Option<W> {
    for (a, b) in left.iter().zip(right) {
        sum.add_product(a, b)?;
    }
    Some(sum)
}

/// Evaluates a model on machine words where they hold the numbers, on big integers where not.
#[derive(Debug, Clone)]
pub struct Evaluator {
    small: Option<IntegerForm<i128>>,
    big: IntegerForm<BigInt>,
}

impl Evaluator {
    /// # Errors
    /// As [`IntegerForm::new`].
    pub fn new(model: &Transformer, n: usize) -> Result<Self, Rejection> {
        let big = IntegerForm::new(model, n)?;
        Ok(Self { small: big.convert(), big })
    }

    #[must_use]
    pub fn form(&self) -> &IntegerForm<BigInt> {
        &self.big
    }

    /// The output `y`; `None` only for a token or class that the model does not have.
    pub fn output(
        &self,
        query: Token,
        prefix: impl Iterator<Item = Occurrence> + Clone,
    ) -> Option<Rational> {
        let small = self.small.as_ref().and_then(|form| form.output(query, prefix.clone()));
        let (numerator, denominator) = match small {
            Some((numerator, denominator)) => (numerator.into(), denominator.into()),
            None => self.big.output(query, prefix)?,
        };
        Some(Rational::new(numerator, denominator))
    }

    /// `|y - answer|`; `None` only for a token or class that the model does not have.
    pub fn error(
        &self,
        query: Token,
        prefix: impl Iterator<Item = Occurrence> + Clone,
        answer: u64,
    ) -> Option<Rational> {
        if let Some((numerator, denominator)) =
            self.small.as_ref().and_then(|form| form.output(query, prefix.clone()))
            && i128::from(answer).checked_mul(denominator) == Some(numerator)
        {
            return Some(Rational::zero());
        }
        Some((self.output(query, prefix)? - integer(answer)).abs())
    }
}

/// Tables of a model may hold this many integers; larger models are refused rather than swapped.
const MAX_TABLE: usize = 1 << 25;

/// Tables of a model may hold this many bits.
const MAX_TABLE_BITS: usize = 1 << 31;

fn length(expected: impl ToString, found: usize) -> Rejection {
    let (expected, found) = (expected.to_string(), found.to_string());
    Rejection::Wrong { place: "sequence: length".to_owned(), expected, found }
}

fn too_large(place: &str, limit: usize, found: usize) -> Rejection {
    let (expected, found) = (format!("at most {limit}"), found.to_string());
    Rejection::Wrong { place: format!("model.{place}"), expected, found }
}

fn check_size(m: usize, classes: usize, heads: usize, probes: usize) -> Result<(), Rejection> {
    let size = m
        .checked_mul(classes + 1)
        .and_then(|states| states.checked_mul(probes.saturating_add(m)))
        .and_then(|entries| entries.checked_mul(heads.max(1)));
    match size {
        Some(size) if size <= MAX_TABLE => Ok(()),
        _ => Err(too_large(
            "m (positions + 1) (units + m) heads",
            MAX_TABLE,
            size.unwrap_or(usize::MAX),
        )),
    }
}

fn probe_all(probe: &Matrix, states: &[Vec<Rational>]) -> Result<Vec<Vec<Rational>>, Rejection> {
    states.iter().map(|state| probe.mul_vec(state)).collect()
}

/// The integer attention weights of every query, `states` being those of the last position and of
/// each class before it.
fn attention(
    k: usize,
    head: &Head,
    base: &Rational,
    last: &[Vec<Rational>],
    prefix: &[Vec<Vec<Rational>>],
) -> Result<Vec<Attention<BigInt>>, Rejection> {
    let mut weights = Vec::with_capacity(last.len());
    let mut bits = 0usize;
    for (q, state) in last.iter().enumerate() {
        let mut all = vec![state.clone()];
        all.extend(prefix.iter().flatten().cloned());
        let exponents = exponents(
            &format!("model.heads[{k}]: query {q}"),
            &scores(head, state, &all, &Clock::unlimited())?,
        )?;
        let powers = powers(base, &exponents)?;
        bits = powers.iter().fold(bits, |bits, power| bits.saturating_add(size(power)));
        check_bits(bits)?;
        let mut powers = powers.into_iter();
        let last_weight = powers.next().unwrap_or_else(BigInt::one);
        let rest: Vec<BigInt> = powers.collect();
        let prefix = rest.chunks(last.len()).map(<[BigInt]>::to_vec).collect();
        weights.push(Attention { last: last_weight, prefix });
    }
    Ok(weights)
}

fn size(value: &BigInt) -> usize {
    usize::try_from(value.bits()).unwrap_or(usize::MAX)
}

fn check_bits(found: usize) -> Result<(), Rejection> {
    let place = "bits of the model's tables";
    if found > MAX_TABLE_BITS {
        return Err(too_large(place, MAX_TABLE_BITS, found));
    }
    Ok(())
}

/// A head before its denominators are cleared; fields as in [`HeadForm`], without `sigma`.
struct RationalHead {
    last: Vec<Vec<Rational>>,
    prefix: Vec<Vec<Vec<Rational>>>,
    weights: Vec<Attention<BigInt>>,
}

/// Multiplies by the least `sigma` that makes every probe an integer, and clears each layer.
fn clear(
    model: &Transformer,
    base: &[Vec<Rational>],
    heads: &[RationalHead],
) -> Result<IntegerForm<BigInt>, Rejection> {
    let tables = heads.iter().flat_map(|head| head.last.iter().chain(head.prefix.iter().flatten()));
    let entries = || base.iter().chain(tables.clone()).flatten();
    let sigma = common_denominator(entries());
    check_bits(size(&sigma).saturating_mul(entries().filter(|entry| !entry.is_zero()).count()))?;
    let whole = |value: &Rational| scaled(value, &sigma);
    let table = |rows: &[Vec<Rational>]| {
        rows.iter().map(|row| row.iter().map(whole).collect()).collect::<Vec<Vec<BigInt>>>()
    };
    let heads = heads.iter().map(|head| HeadForm {
        last: table(&head.last),
        prefix: head.prefix.iter().map(|class| table(class)).collect(),
        weights: head.weights.clone(),
    });
    let heads = heads.collect();
    let base = table(base);
    let layers: Vec<_> = model.mlp.hidden.iter().skip(1).map(clear_layer).collect();
    let gain = layers.iter().fold(BigInt::one(), |gain, layer| gain * &layer.scale);
    let readout = clear_readout(model, &gain);
    Ok(IntegerForm { sigma, base, heads, layers, readout })
}

/// `[W_1; readout]`, the rows that are applied to the residual stream.
fn probe_matrix(model: &Transformer) -> Result<Matrix, Rejection> {
    let mut rows =
        model.mlp.hidden.first().map(|layer| layer.weight.to_rows().to_vec()).unwrap_or_default();
    rows.push(model.readout.weight.iter().map(|entry| entry.0.clone()).collect());
    Matrix::from_rows(model.dimension(), rows)
}

fn clear_layer(layer: &Affine) -> IntegerLayer<BigInt> {
    let scale =
        common_denominator(layer.weight.entries().chain(layer.bias.iter().map(|entry| &entry.0)));
    let whole = |value: &Rational| scaled(value, &scale);
    IntegerLayer {
        weight: layer.weight.to_rows().iter().map(|row| row.iter().map(whole).collect()).collect(),
        bias: layer.bias.iter().map(|entry| whole(&entry.0)).collect(),
        scale,
    }
}

/// The readout composed with the MLP's output map: `y = hidden . h + t_readout + bias`.
fn clear_readout(model: &Transformer, gain: &BigInt) -> IntegerReadout<BigInt> {
    let weight: Vec<&Rational> = model.readout.weight.iter().map(|entry| &entry.0).collect();
    let output = &model.mlp.output;
    let combine = |column: &mut dyn Iterator<Item = &Rational>| {
        weight.iter().zip(column).fold(Rational::zero(), |sum, (&w, x)| {
            if w.is_zero() || x.is_zero() { sum } else { sum + w * x }
        })
    };
    let rows = output.weight.to_rows();
    let hidden: Vec<Rational> = (0..output.weight.cols())
        .map(|i| combine(&mut rows.iter().filter_map(|row| row.get(i))))
        .collect();
    let bias = combine(&mut output.bias.iter().map(|entry| &entry.0)) + &model.readout.bias.0;
    let scale = common_denominator(hidden.iter().chain([&bias]));
    let whole = |value: &Rational| scaled(value, &scale);
    IntegerReadout {
        hidden: hidden.iter().map(whole).collect(),
        residual: &scale * gain,
        bias: whole(&bias),
        scale,
    }
}
