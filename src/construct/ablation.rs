//! Parts of a model knocked out, to see what it counts by (ours; the method is that of mean ablation, Wang et al., arXiv:2211.00593).
//!
//! - *Attention*: every softmax head weighs all positions alike. What is left is the histogram of the values, as in T1.
//! - *Values*: of tokens other than the query the values become their mean over the vocabulary, so that attention tells only its own share that
//!   the query's tokens get, as in T3. With heads `k`, shares `a^k_q` and values `U^k_v = W_O^k (W_V^k x_v + b^k)` attention writes
//!   `b_O + sum_k (mu^k_q + a^k_q (U^k_q - mu^k_q))`, `mu^k_q` being the mean of `U^k_v` over `v != q`.
//!
//! With both, what is left depends on the query and its count alone. The second is a softmax transformer again: tokens carry their own number as
//! one-hot vectors, attention writes all shares `a^k_v`, and an MLP picks those of the query, `ReLU(a^k_v + [v = q] - 1)`.

use super::{ConstructError, affine, size};
use crate::algebra::MatrixOps;
use crate::kernel::definition::{
    ActivatedMlp, Activation, Affine, Block, HeadWeights, Part, Scores, SoftmaxAttention,
    SoftmaxHead, SoftmaxTransformer, SoftmaxWeights,
};
use crate::kernel::number::{Matrix, Rational, integer};
use num_traits::{One, Zero};

/// What is knocked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ablation {
    /// which positions are attended to
    Attention,
    /// what is taken from tokens other than the query
    Values,
}

impl Ablation {
    /// Their names, as users write them.
    pub const NAMES: [(&'static str, Self); 2] =
        [("attention", Self::Attention), ("values", Self::Values)];
}

/// The model without these parts.
///
/// # Errors
/// [`ConstructError`] for a model without softmax heads; for values, for one that has other attention than one block without a norm before it, or
/// in which the order of tokens or a BOS token matters.
///
/// ```
/// use counterproof::construct::ablation::{Ablation, ablated};
/// use counterproof::construct::behrens::{Counter, Mixing};
///
/// // its heads count by their scores: without a softmax there is no histogram to fall back on
/// let counter = Counter::new(Mixing::Bos, 3, 2, 2).design()?.model;
/// assert!(ablated(&counter, &[Ablation::Attention]).unwrap_err().to_string().starts_with("ablate: expected"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ablated(
    model: &SoftmaxTransformer,
    parts: &[Ablation],
) -> Result<SoftmaxTransformer, ConstructError> {
    let softmax = |head: &SoftmaxHead| matches!(head.weights, HeadWeights::Softmax(_));
    if !(model.heads().next().is_some() && model.heads().all(softmax)) {
        return Err(size("ablate", "a model whose heads are softmax heads", "another"));
    }
    let mut model = model.clone();
    if parts.contains(&Ablation::Attention) {
        model = without_attention(model)?;
    }
    if parts.contains(&Ablation::Values) {
        model = without_values(&model)?;
    }
    Ok(model)
}

fn without_attention(model: SoftmaxTransformer) -> Result<SoftmaxTransformer, ConstructError> {
    let mut weights = SoftmaxWeights::from(model);
    for block in &mut weights.blocks {
        let Part::Attention(attention) = &mut block.part else { continue };
        for head in &mut attention.heads {
            if let HeadWeights::Softmax(scores) = &mut head.weights {
                let (k, d) = (scores.query.weight.rows(), scores.query.weight.cols());
                scores.query = zero(k, d)?;
                scores.rotary = None;
            }
        }
    }
    Ok(SoftmaxTransformer::new(weights)?)
}

fn zero(rows: usize, cols: usize) -> Result<Affine, ConstructError> {
    let row = || vec![Rational::zero(); cols];
    Ok(affine(cols, (0..rows).map(|_| row()).collect(), vec![Rational::zero(); rows])?)
}

/// The same map of longer vectors.
fn widened(map: &Affine, wide: usize) -> Result<Affine, ConstructError> {
    let (rows, d) = (map.weight.rows(), map.weight.cols());
    let entry = |i: usize, j: usize| {
        if j < d { map.weight.row(i)[j].clone() } else { Rational::zero() }
    };
    Ok(Affine { weight: Matrix::from_fn(rows, wide, entry), bias: map.bias.clone() })
}

fn without_values(model: &SoftmaxTransformer) -> Result<SoftmaxTransformer, ConstructError> {
    let refused = |found: &str| {
        let expected = "for values, a model whose only attention is the first block, without a norm before it, BOS or an order of tokens";
        size("ablate", expected, found)
    };
    let Some((first, others)) = model.blocks.split_first() else {
        return Err(refused("no blocks"));
    };
    let Part::Attention(attention) = &first.part else {
        return Err(refused("an MLP first"));
    };
    if others.iter().any(|block| matches!(block.part, Part::Attention(_))) {
        return Err(refused("more attention"));
    }
    if first.before.is_some() || model.bos.is_some() || !model.ignores_order() {
        let found = if first.before.is_some() { "a norm" } else { "BOS or positions" };
        return Err(refused(found));
    }
    let (m, d) = (model.vocabulary(), model.dimension());
    // the stream: the state, the token's number, and the shares of all tokens in each head
    let wide = d + m + attention.heads.len() * m;
    let numbered = |token: usize, j: usize| match j.checked_sub(d) {
        None => model.embedding.row(token)[j].clone(),
        Some(v) => indicator(v == token),
    };
    let head = |(k, head): (usize, &SoftmaxHead)| {
        let HeadWeights::Softmax(scores) = &head.weights else {
            return Err(refused("other heads"));
        };
        let scores = Scores {
            query: widened(&scores.query, wide)?,
            key: widened(&scores.key, wide)?,
            ..scores.clone()
        };
        let mut value = zero(m, wide)?;
        value.weight = Matrix::from_fn(m, wide, |v, j| indicator(j == d + v));
        let output = Matrix::from_fn(wide, m, |i, v| indicator(i == d + m + k * m + v));
        Ok(SoftmaxHead { weights: HeadWeights::Softmax(scores), value, output })
    };
    let heads = attention.heads.iter().enumerate().map(head).collect::<Result<Vec<_>, _>>()?;
    let shares = SoftmaxAttention { heads, bias: zero(wide, 0)?.bias, causal: false };
    let attend = Block { before: None, part: Part::Attention(shares), residual: true, after: None };
    let picks = Block {
        before: None,
        part: Part::Mlp(picking(model, attention, first.residual)?),
        residual: false,
        after: first.after.clone(),
    };
    let mut weights = SoftmaxWeights::from(model.clone());
    weights.embedding = Matrix::from_fn(m, wide, numbered);
    weights.blocks = [attend, picks].into_iter().chain(others.iter().cloned()).collect();
    Ok(SoftmaxTransformer::new(weights)?)
}

fn indicator(holds: bool) -> Rational {
    if holds { Rational::one() } else { Rational::zero() }
}

/// From the stream of [`without_values`] to what the attention block wrote. Its units: the state's entries and their negatives where the state
/// is kept, the token's number, and in each head the share of a token if it is the query.
fn picking(
    model: &SoftmaxTransformer,
    attention: &SoftmaxAttention,
    residual: bool,
) -> Result<ActivatedMlp, ConstructError> {
    let (m, d, h) = (model.vocabulary(), model.dimension(), attention.heads.len());
    let (wide, state) = (d + m + h * m, if residual { d } else { 0 });
    let width = 2 * state + m + h * m;
    let unit = |u: usize, j: usize| match u.checked_sub(2 * state) {
        None if u < state => indicator(j == u),
        None => -indicator(j == u - state),
        // a token's number and, from the second `m` on, also its share
        Some(u) => indicator(j == d + u % m || u >= m && j == d + u),
    };
    let bias = |u: usize| if u < 2 * state + m { Rational::zero() } else { -Rational::one() };
    let rows = (0..width).map(|u| (0..wide).map(|j| unit(u, j)).collect()).collect();
    let hidden = affine(wide, rows, (0..width).map(bias).collect())?;
    // `[h][m]`: what each token gives where it is the query, and what the mean of the others gives
    let (mut own, mut mean) = (Vec::new(), Vec::new());
    for head in &attention.heads {
        let given = (0..m).map(|token| {
            let value = head.value.weight.mul_vec(model.embedding.row(token))?;
            let value: Vec<Rational> =
                value.iter().zip(&head.value.bias).map(|(x, bias)| x + &bias.0).collect();
            head.output.mul_vec(&value)
        });
        let given = given.collect::<Result<Vec<_>, _>>()?;
        let of_others = |q: usize| {
            let sum = |i: usize| -> Rational {
                let others = given.iter().enumerate().filter(|(v, _)| *v != q);
                others.map(|(_, value)| &value[i]).sum()
            };
            let others = integer(m as u64 - 1);
            if m == 1 {
                given[q].clone()
            } else {
                (0..given[q].len()).map(|i| sum(i) / &others).collect()
            }
        };
        mean.push((0..m).map(of_others).collect::<Vec<Vec<Rational>>>());
        own.push(given);
    }
    let entry = |i: usize, u: usize| match u.checked_sub(2 * state) {
        None if u < state => indicator(i == u),
        None => -indicator(i == u - state),
        Some(q) if q < m => mean.iter().map(|of| &of[q][i]).sum(),
        Some(u) => {
            let (k, q) = (u / m - 1, u % m);
            &own[k][q][i] - &mean[k][q][i]
        }
    };
    let written = attention.bias.len();
    let output =
        Affine { weight: Matrix::from_fn(written, width, entry), bias: attention.bias.clone() };
    Ok(ActivatedMlp { activation: Activation::Relu, hidden: vec![hidden], output })
}
