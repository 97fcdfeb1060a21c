//! The model with its denominators cleared: exact evaluation without a division or a gcd.
//!
//! For a fixed query `q` and head `k` the attention numerators and denominators are linear in the multiplicities of the other
//! tokens, and softmax weights `B^s` become integers once a common power of the base is multiplied in. The state is kept as
//! integer numerators over one positive common denominator; ReLU commutes with positive scaling:
//!
//! ```text
//! probes   t = [W_1; readout] r + [b_1; 0]                        (all that the MLP and readout need of r)
//! sigma t_i = base_i + sum_k N_ki / D_k,     S_0 = sigma prod_k D_k > 0
//! h_1 = ReLU(S_0 t),   h_l = ReLU(W_l h_{l-1} + b_l S_{l-1}),   S_l = lambda_l S_{l-1}
//! y = (hidden . h_L + residual t_readout S_0 + bias S_L) / (scale S_L)
//! ```

use super::output::{exponents, powers, scores};
use super::{Affine, Token, Transformer};
use crate::number::{Matrix, Rational, Scaled, common_denominator, scaled};
use crate::rejection::{Clock, Rejection, need};
use num::{BigInt, One};

/// The tables of a model may hold this many bits in all.
const MAX_TABLE_BITS: u64 = 1 << 31;

/// One head: what a token adds to the probes, before its attention weight.
#[derive(Debug, Clone)]
pub struct HeadForm {
    /// `[query][probe]`: `sigma *` probes of `W_O W_V z_last`
    pub last: Vec<Vec<BigInt>>,
    /// `[class][token][probe]`: the same for the positions before the last
    pub prefix: Vec<Vec<Vec<BigInt>>>,
}

/// The attention weights of one query, up to a common factor.
#[derive(Debug, Clone)]
pub struct Attention {
    /// of the last position, which holds the query
    pub last: BigInt,
    /// `[class][token]`
    pub prefix: Vec<Vec<BigInt>>,
}

/// `h -> ReLU(weight h + bias S)`, which multiplies the common denominator `S` by `scale`.
#[derive(Debug, Clone)]
pub struct IntegerLayer {
    /// `[out][in]`
    pub weight: Vec<Vec<BigInt>>,
    /// `[out]`
    pub bias: Vec<BigInt>,
    /// above zero
    pub scale: BigInt,
}

/// `y = (hidden . h + residual t_readout S_0 + bias S_L) / (scale S_L)`
#[derive(Debug, Clone)]
pub struct IntegerReadout {
    /// one a unit of the last layer
    pub hidden: Vec<BigInt>,
    /// of the readout's own probe
    pub residual: BigInt,
    /// constant
    pub bias: BigInt,
    /// above zero
    pub scale: BigInt,
}

/// A model over the integers; see the module's formulas.
#[derive(Debug, Clone)]
pub struct IntegerForm<'a> {
    /// whose form it is
    pub model: &'a Transformer,
    /// positions before the last, by class
    classes: usize,
    last_position: usize,
    /// `sigma > 0`
    pub sigma: BigInt,
    /// `[query][probe]`: `sigma *` probes of `z_last`, biases included
    pub base: Vec<Vec<BigInt>>,
    /// one a head
    pub heads: Vec<HeadForm>,
    /// hidden layers after the first
    pub layers: Vec<IntegerLayer>,
    /// the output
    pub readout: IntegerReadout,
}

impl<'a> IntegerForm<'a> {
    /// Clears the denominators of `model` at context length `n`.
    ///
    /// # Errors
    /// [`Rejection`] when the positions are for another length, `n` is zero, or the tables are too large.
    pub fn new(model: &'a Transformer, n: usize, clock: &Clock<'_>) -> Result<Self, Rejection> {
        let length = model.context_length().unwrap_or(n);
        need(n >= 1 && length == n, "n", format!("at least 1, and {length}"), n)?;
        let prefix = n.saturating_sub(1);
        let alike = model.depends_on_counts_only();
        let classes = if model.positions.is_none() {
            1
        } else if alike {
            prefix.min(1)
        } else {
            prefix
        };
        let m = model.vocabulary();
        let mut rows = model.mlp.hidden.first().map(|layer| layer.weight.list().to_vec()).unwrap_or_default();
        rows.push(model.readout.weight.iter().map(|entry| entry.0.clone()).collect());
        let probe = Matrix::from_rows(model.dimension(), rows)?;
        bounded(model, classes, &probe)?;
        let states =
            |i: usize| Matrix::from_rows(model.dimension(), (0..m).map(|j| model.state(i, Token(j))).collect());
        let last = states(prefix)?.transpose();
        let classes_of = (0..classes).map(|i| Ok(states(i)?.transpose()));
        let before: Vec<Matrix> = classes_of.collect::<Result<_, Rejection>>()?;
        let biases = model.mlp.hidden.first().map(|layer| layer.bias.as_slice()).unwrap_or_default();
        let mut base = probe.product(&last, clock)?.transpose().list().to_vec();
        for row in &mut base {
            row.iter_mut().zip(biases).for_each(|(entry, bias)| *entry += &bias.0);
        }
        let mut tables = vec![Matrix::from_rows(probe.rows(), base)?];
        for head in &model.heads {
            let value = probe.product(&head.output, clock)?.product(&head.value, clock)?;
            for states in [&last].into_iter().chain(&before) {
                tables.push(value.product(states, clock)?.transpose());
            }
        }
        let sigma = common_denominator(tables.iter().flat_map(Matrix::entries))?;
        let entries: u64 = tables
            .iter()
            .map(|table| size(table.rows()).saturating_mul(size(table.cols())))
            .fold(0, u64::saturating_add);
        table_bits(sigma.bits().saturating_mul(entries))?;
        let mut whole = tables.iter().map(|table| {
            let row = |row: &Vec<Rational>| row.iter().map(|x| scaled(x, &sigma)).collect::<Vec<BigInt>>();
            table.list().iter().map(row).collect::<Vec<_>>()
        });
        let base = whole.next().unwrap_or_default();
        let mut heads = Vec::with_capacity(model.heads.len());
        for _ in &model.heads {
            let last = whole.next().unwrap_or_default();
            heads.push(HeadForm { last, prefix: whole.by_ref().take(classes).collect() });
        }
        let layers = model.mlp.hidden.iter().skip(1).map(clear).collect::<Result<Vec<_>, _>>()?;
        let gain = layers.iter().fold(BigInt::one(), |gain, layer| gain * &layer.scale);
        let readout = readout(model, &gain, clock)?;
        drop(whole);
        Ok(Self { model, classes, last_position: prefix, sigma, base, heads, layers, readout })
    }

    /// The integer attention weights of one query, a head each.
    ///
    /// # Errors
    /// [`Rejection`] when scores differ by fractions or weights are too long.
    pub fn attention(&self, query: usize, clock: &Clock<'_>) -> Result<Vec<Attention>, Rejection> {
        let m = self.model.vocabulary();
        let own = self.model.state(self.last_position, Token(query));
        let mut states = vec![own.clone()];
        for class in 0..self.classes {
            states.extend((0..m).map(|j| self.model.state(class, Token(j))));
        }
        let mut weights = Vec::with_capacity(self.heads.len());
        for (k, head) in self.model.heads.iter().enumerate() {
            let place = format!("model.heads[{k}]: query {query}");
            let powers = powers(&self.model.base.0, &exponents(&place, &scores(head, &own, &states, clock)?)?)?;
            let mut powers = powers.into_iter();
            let last = powers.next().unwrap_or_else(BigInt::one);
            let prefix = (0..self.classes).map(|_| powers.by_ref().take(m).collect()).collect();
            weights.push(Attention { last, prefix });
        }
        Ok(weights)
    }
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Refuses a model whose tables would be too large, before they are made.
fn bounded(model: &Transformer, classes: usize, probe: &Matrix) -> Result<(), Rejection> {
    let longest = |matrix: &Matrix| matrix.entries().map(|x| x.numer().bits().max(x.denom().bits())).max().unwrap_or(0);
    let heads =
        model.heads.iter().map(|head| longest(&head.output).saturating_add(longest(&head.value))).max().unwrap_or(0);
    let states = longest(&model.embedding).max(model.positions.as_ref().map_or(0, longest));
    let bits = longest(probe).saturating_add(states).saturating_add(heads).saturating_add(64);
    let states = size(model.vocabulary()).saturating_mul(size(classes).saturating_add(1));
    let entries = states.saturating_mul(size(probe.rows())).saturating_mul(size(model.heads.len()).saturating_add(1));
    // attention weights of all queries are counted too, though one query's are held at a time
    table_bits(entries.saturating_mul(bits).saturating_add(states.saturating_mul(size(model.vocabulary()))))
}

fn table_bits(found: u64) -> Result<(), Rejection> {
    let place = "model: bits of its tables, m (positions + 1) (units + 1) (heads + 1) numbers";
    need(found <= MAX_TABLE_BITS, place, format!("at most {MAX_TABLE_BITS}"), found)
}

fn clear(layer: &Affine) -> Result<IntegerLayer, Rejection> {
    let scale = common_denominator(layer.weight.entries().chain(layer.bias.iter().map(|entry| &entry.0)))?;
    let row = |row: &Vec<Rational>| row.iter().map(|x| scaled(x, &scale)).collect();
    let weight = layer.weight.list().iter().map(row).collect();
    let bias = layer.bias.iter().map(|entry| scaled(&entry.0, &scale)).collect();
    Ok(IntegerLayer { weight, bias, scale })
}

/// The readout composed with the MLP's output map: `y = hidden . h + t_readout + bias`.
fn readout(model: &Transformer, gain: &BigInt, clock: &Clock<'_>) -> Result<IntegerReadout, Rejection> {
    let weight: Vec<Rational> = model.readout.weight.iter().map(|entry| entry.0.clone()).collect();
    let written = Scaled::new(model.mlp.output.bias.iter().map(|entry| &entry.0))?;
    let bias = written.dot(&Scaled::new(weight.iter())?) + &model.readout.bias.0;
    let hidden = Matrix::from_rows(weight.len(), vec![weight])?.product(&model.mlp.output.weight, clock)?;
    let scale = common_denominator(hidden.entries().chain([&bias]))?;
    let whole = |value: &Rational| scaled(value, &scale);
    let hidden = hidden.entries().map(whole).collect();
    Ok(IntegerReadout { hidden, residual: &scale * gain, bias: whole(&bias), scale })
}
