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

use super::evaluate::{exponents, scores};
use super::transformer::{Affine, ModelError, Token, Transformer};
use super::word::Word;
use crate::exact::{Matrix, Rational, RationalText, integer};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// A token of the prefix: at a position of `class`, `multiplicity` times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    pub class: usize,
    pub token: Token,
    pub multiplicity: u64,
}

/// What one occurrence adds to a head's denominator and numerators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution<W> {
    pub weight: W,
    /// `weight * sigma * (probe of W_O W_V z)`, one a probe
    pub values: Vec<W>,
}

/// One head, for one query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadForm<W> {
    /// the last position, which holds the query
    pub last: Contribution<W>,
    /// `[class][token]`: the positions before it
    pub prefix: Vec<Vec<Contribution<W>>>,
}

/// The state as a function of the prefix, for one query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryForm<W> {
    /// `sigma *` probes of `z_last`, biases included
    pub base: Vec<W>,
    pub heads: Vec<HeadForm<W>>,
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
    /// one a token of the vocabulary
    pub queries: Vec<QueryForm<W>>,
    /// hidden layers after the first
    pub layers: Vec<IntegerLayer<W>>,
    pub readout: IntegerReadout<W>,
}

impl IntegerForm<BigInt> {
    /// Clears the denominators of `model` at context length `n`.
    ///
    /// # Errors
    /// [`ModelError`] when the positions are for another length, `n` is zero, or scores differ by
    /// fractions.
    pub fn new(model: &Transformer, n: usize) -> Result<Self, ModelError> {
        if n == 0 {
            return Err(ModelError::Length { expected: "at least one".to_owned(), found: 0 });
        }
        if let Some(length) = model.context_length().filter(|&length| length != n) {
            return Err(ModelError::Length { expected: length.to_string(), found: n });
        }
        let rational = RationalForm::new(model, n)?;
        Ok(rational.clear(model))
    }

    /// The same form over machine words, when all of it fits.
    #[must_use]
    pub fn convert<W: Word>(&self) -> Option<IntegerForm<W>> {
        let list = |values: &[BigInt]| values.iter().map(W::from_big).collect::<Option<Vec<W>>>();
        let contribution = |c: &Contribution<BigInt>| {
            Some(Contribution { weight: W::from_big(&c.weight)?, values: list(&c.values)? })
        };
        let head = |form: &HeadForm<BigInt>| {
            let class = |class: &Vec<_>| class.iter().map(contribution).collect::<Option<Vec<_>>>();
            Some(HeadForm {
                last: contribution(&form.last)?,
                prefix: form.prefix.iter().map(class).collect::<Option<_>>()?,
            })
        };
        let query = |form: &QueryForm<BigInt>| {
            Some(QueryForm {
                base: list(&form.base)?,
                heads: form.heads.iter().map(head).collect::<Option<_>>()?,
            })
        };
        let layer = |layer: &IntegerLayer<BigInt>| {
            Some(IntegerLayer {
                weight: layer.weight.iter().map(|row| list(row)).collect::<Option<_>>()?,
                bias: list(&layer.bias)?,
                scale: W::from_big(&layer.scale)?,
            })
        };
        Some(IntegerForm {
            sigma: W::from_big(&self.sigma)?,
            queries: self.queries.iter().map(query).collect::<Option<_>>()?,
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
        let form = self.queries.get(query.0)?;
        let (mut probes, denominator) = form.probes(prefix)?;
        let state_scale = self.sigma.times(&denominator)?;
        let residual = probes.pop()?;
        let mut hidden = probes;
        relu(&mut hidden);
        let mut scale = state_scale;
        for layer in &self.layers {
            let mut next = Vec::with_capacity(layer.bias.len());
            for (row, bias) in layer.weight.iter().zip(&layer.bias) {
                let start = W::zero().plus_product(bias, &scale)?;
                next.push(dot(start, row, &hidden)?);
            }
            relu(&mut next);
            hidden = next;
            scale = scale.times(&layer.scale)?;
        }
        let readout = &self.readout;
        let start = readout.bias.times(&scale)?.plus_product(&readout.residual, &residual)?;
        Some((dot(start, &readout.hidden, &hidden)?, readout.scale.times(&scale)?))
    }
}

impl<W: Word> QueryForm<W> {
    /// The probes as numerators over `sigma * denominator`, and that denominator `prod_k D_k`.
    fn probes(&self, prefix: impl Iterator<Item = Occurrence> + Clone) -> Option<(Vec<W>, W)> {
        let one = W::from_count(1);
        let mut numerators = self.base.clone();
        let mut denominator = one.clone();
        for head in &self.heads {
            let mut weight = head.last.weight.clone();
            let mut sum = head.last.values.clone();
            for occurrence in prefix.clone() {
                let contribution = head.prefix.get(occurrence.class)?.get(occurrence.token.0)?;
                let times = W::from_count(occurrence.multiplicity);
                weight = weight.plus_product(&times, &contribution.weight)?;
                for (entry, value) in sum.iter_mut().zip(&contribution.values) {
                    *entry = entry.plus_product(&times, value)?;
                }
            }
            for (entry, value) in numerators.iter_mut().zip(&sum) {
                *entry = entry.times(&weight)?.plus_product(&denominator, value)?;
            }
            denominator = denominator.times(&weight)?;
        }
        Some((numerators, denominator))
    }
}

fn relu<W: Word>(values: &mut [W]) {
    for value in values.iter_mut().filter(|value| value.is_negative()) {
        *value = W::zero();
    }
}

fn dot<W: Word>(start: W, left: &[W], right: &[W]) -> Option<W> {
    left.iter().zip(right).try_fold(start, |sum, (a, b)| sum.plus_product(a, b))
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
    pub fn new(model: &Transformer, n: usize) -> Result<Self, ModelError> {
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

/// The forms above before their denominators are cleared.
struct RationalForm {
    /// probes of `W_O W_V z` for each head, class and token, and for the last position and each query
    queries: Vec<QueryForm<Rational>>,
}

impl RationalForm {
    fn new(model: &Transformer, n: usize) -> Result<Self, ModelError> {
        let probe = probe_matrix(model)?;
        let classes = match () {
            () if model.positions.is_none() => 1,
            () if n == 1 => 0,
            () if model.depends_on_counts_only() => 1,
            () => n - 1,
        };
        let m = model.vocabulary();
        let states = |position| (0..m).map(|j| model.state(position, Token(j))).collect::<Vec<_>>();
        let last: Vec<_> = states(n - 1);
        let prefix: Vec<Vec<_>> = (0..classes).map(states).collect();
        let biases =
            model.mlp.hidden.first().map(|layer| layer.bias.as_slice()).unwrap_or_default();
        let mut queries = Vec::with_capacity(m);
        for state in &last {
            let mut base = probe.mul_vec(state)?;
            for (entry, RationalText(bias)) in base.iter_mut().zip(biases) {
                *entry += bias;
            }
            queries.push(QueryForm { base, heads: Vec::with_capacity(model.heads.len()) });
        }
        for (k, head) in model.heads.iter().enumerate() {
            let values = probe.mul(&head.output)?.mul(&head.value)?;
            let probed = |states: &Vec<Vec<Rational>>| {
                states.iter().map(|state| values.mul_vec(state)).collect::<Result<Vec<_>, _>>()
            };
            let last_values = probed(&last)?;
            let prefix_values = prefix.iter().map(probed).collect::<Result<Vec<_>, _>>()?;
            for (q, form) in queries.iter_mut().enumerate() {
                let query = Token(q);
                let Some(state) = last.get(q) else { continue };
                let mut all = vec![state.clone()];
                all.extend(prefix.iter().flatten().cloned());
                let exponents = exponents(k, query, &scores(head, state, &all)?)?;
                let weights = powers(&model.base.0, &exponents);
                let mut contributions = weights
                    .iter()
                    .zip(last_values.get(q).into_iter().chain(prefix_values.iter().flatten()));
                let mut next = || {
                    contributions.next().map(|(weight, values)| Contribution {
                        weight: weight.clone(),
                        values: values.iter().map(|value| value * weight).collect(),
                    })
                };
                let Some(last) = next() else { continue };
                let prefix =
                    (0..classes).map(|_| (0..m).filter_map(|_| next()).collect()).collect();
                form.heads.push(HeadForm { last, prefix });
            }
        }
        Ok(Self { queries })
    }

    fn clear(&self, model: &Transformer) -> IntegerForm<BigInt> {
        let mut sigma = BigInt::one();
        let mut absorb = |values: &[Rational]| {
            for value in values.iter().filter(|value| !value.denom().is_one()) {
                sigma = sigma.lcm(value.denom());
            }
        };
        for query in &self.queries {
            absorb(&query.base);
            for head in &query.heads {
                absorb(&head.last.values);
                head.prefix.iter().flatten().for_each(|c| absorb(&c.values));
            }
        }
        let whole = |values: &[Rational]| {
            values.iter().map(|value| value.numer() * (&sigma / value.denom())).collect::<Vec<_>>()
        };
        let contribution = |c: &Contribution<Rational>| Contribution {
            weight: c.weight.to_integer(),
            values: whole(&c.values),
        };
        let queries = self.queries.iter().map(|query| QueryForm {
            base: whole(&query.base),
            heads: query
                .heads
                .iter()
                .map(|head| HeadForm {
                    last: contribution(&head.last),
                    prefix: head
                        .prefix
                        .iter()
                        .map(|class| class.iter().map(contribution).collect())
                        .collect(),
                })
                .collect(),
        });
        let queries = queries.collect();
        let layers: Vec<_> = model.mlp.hidden.iter().skip(1).map(clear_layer).collect();
        let gain = layers.iter().fold(BigInt::one(), |gain, layer| gain * &layer.scale);
        let readout = clear_readout(model, &gain);
        IntegerForm { sigma, queries, layers, readout }
    }
}

/// `[W_1; readout]`, the rows that are applied to the residual stream.
fn probe_matrix(model: &Transformer) -> Result<Matrix, ModelError> {
    let mut rows = model.mlp.hidden.first().map(|layer| layer.weight.to_rows()).unwrap_or_default();
    rows.push(model.readout.weight.iter().map(|entry| entry.0.clone()).collect());
    Ok(Matrix::from_rows(model.dimension(), rows)?)
}

/// `B^e` for each exponent, multiplied by the power of the base's denominator that makes all integers.
fn powers(base: &Rational, exponents: &[usize]) -> Vec<Rational> {
    let largest = exponents.iter().copied().max().unwrap_or(0);
    let power = |exponent: usize| {
        num_traits::pow(base.numer().clone(), exponent)
            * num_traits::pow(base.denom().clone(), largest - exponent)
    };
    exponents.iter().map(|&exponent| Rational::from_integer(power(exponent))).collect()
}

fn clear_layer(layer: &Affine) -> IntegerLayer<BigInt> {
    let scale = crate::exact::common_denominator(
        layer.weight.entries().chain(layer.bias.iter().map(|entry| &entry.0)),
    );
    let whole = |value: &Rational| value.numer() * (&scale / value.denom());
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
    let scale = crate::exact::common_denominator(hidden.iter().chain([&bias]));
    let whole = |value: &Rational| value.numer() * (&scale / value.denom());
    IntegerReadout {
        hidden: hidden.iter().map(whole).collect(),
        residual: &scale * gain,
        bias: whole(&bias),
        scale,
    }
}
