//! Models whose weights are rounded to the numbers of a machine.

use super::ConstructError;
use crate::algebra::MatrixOps;
use crate::kernel::definition::{
    ActivatedMlp, Activation, Affine, Block, Head, HeadWeights, Norm, Part, ReadAt, Reading,
    Scores, SoftmaxAttention, SoftmaxHead, SoftmaxTransformer, SoftmaxWeights, Transformer,
};
use crate::kernel::number::{
    Arithmetic, Format, Matrix, Named, Order, Rational, RationalText, Real,
};
use num_traits::{One, ToPrimitive, Zero};

const RANGE: &str = "a format in whose range the weights are";

/// Rounds numbers, and counts those that change.
struct Rounding {
    format: Format,
    changed: u64,
}

impl Rounding {
    fn number(&mut self, value: &mut Rational) -> Result<(), ConstructError> {
        let rounded = self.format.rounded(value).ok_or_else(|| {
            let about = value.to_f64().unwrap_or(f64::INFINITY);
            super::size("arithmetic", RANGE, format!("a weight of about {about:.3e}"))
        })?;
        self.changed += u64::from(rounded != *value);
        *value = rounded;
        Ok(())
    }

    fn list(&mut self, values: &mut [RationalText]) -> Result<(), ConstructError> {
        values.iter_mut().try_for_each(|value| self.number(&mut value.0))
    }

    fn matrix(&mut self, matrix: &mut Matrix) -> Result<(), ConstructError> {
        let mut rows = matrix.list().to_vec();
        rows.iter_mut().flatten().try_for_each(|value| self.number(value))?;
        *matrix = Matrix::from_rows(matrix.cols(), rows)?;
        Ok(())
    }

    fn affine(&mut self, map: &mut Affine) -> Result<(), ConstructError> {
        self.matrix(&mut map.weight)?;
        self.list(&mut map.bias)
    }

    fn norm(&mut self, norm: &mut Option<Norm>) -> Result<(), ConstructError> {
        norm.iter_mut().try_for_each(|norm| {
            self.list(&mut norm.weight)?;
            self.list(&mut norm.bias)
        })
    }

    fn part(&mut self, part: &mut Part) -> Result<(), ConstructError> {
        match part {
            Part::Mlp(mlp) => {
                mlp.hidden.iter_mut().chain([&mut mlp.output]).try_for_each(|map| self.affine(map))
            }
            Part::Attention(attention) => {
                for head in &mut attention.heads {
                    self.affine(&mut head.value)?;
                    self.matrix(&mut head.output)?;
                    match &mut head.weights {
                        HeadWeights::Softmax(scores) | HeadWeights::Scores(scores) => {
                            self.affine(&mut scores.query)?;
                            self.affine(&mut scores.key)?;
                        }
                        HeadWeights::SoftmaxMatrix(matrix) | HeadWeights::Matrix(matrix) => {
                            self.matrix(matrix)?;
                        }
                    }
                }
                self.list(&mut attention.bias)
            }
        }
    }
}

/// The model with every weight rounded to nearest, ties to even, and how many of them change. What norms add and what scores are divided by
/// is not a weight.
///
/// # Errors
/// [`ConstructError`] for weights beyond the format's range.
///
/// ```
/// use counterproof::construct::behrens::{Counter, Mixing};
/// use counterproof::construct::rounded::rounded;
/// use counterproof::kernel::number::Format;
///
/// let single = Format { precision: 24, emin: -126, emax: 127 };
/// let model = Counter::new(Mixing::LinearSoftmax, 3, 2, 2).design()?.model;
/// let (once, changed) = rounded(&model, single)?;
/// assert!(changed > 0);
/// assert_eq!(rounded(&once, single)?, (once.clone(), 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rounded(
    model: &SoftmaxTransformer,
    format: Format,
) -> Result<(SoftmaxTransformer, u64), ConstructError> {
    let mut rounding = Rounding { format, changed: 0 };
    let mut weights = SoftmaxWeights::from(model.clone());
    rounding.matrix(&mut weights.embedding)?;
    weights.bos.iter_mut().try_for_each(|bos| rounding.list(bos))?;
    weights.positions.iter_mut().try_for_each(|positions| rounding.matrix(positions))?;
    for block in &mut weights.blocks {
        rounding.norm(&mut block.before)?;
        rounding.part(&mut block.part)?;
        rounding.norm(&mut block.after)?;
    }
    rounding.norm(&mut weights.norm)?;
    match &mut weights.reading {
        Reading::Number { weight, bias } => {
            rounding.list(weight)?;
            rounding.number(&mut bias.0)?;
        }
        Reading::ArgMax { map, .. } => rounding.affine(map)?,
    }
    Ok((SoftmaxTransformer::new(weights)?, rounding.changed))
}

/// An exact model as a softmax transformer whose weights are numbers of the format, and how many weights of the exact one are not. Queries
/// are multiplied by `ln B` before they are rounded, since `B^s = e^(s ln B)`, so every query that is not 0 changes.
///
/// # Errors
/// [`ConstructError`] for weights beyond the format's range.
///
/// ```
/// use counterproof::construct::{embedding::Kind, histogram::query_count};
/// use counterproof::construct::rounded::rounded_exact;
/// use counterproof::kernel::number::{Format, integer};
///
/// // T1 with one-hot tokens at n = 4: all its weights are numbers of e4m3, and uniform attention needs no logarithm
/// let model = query_count(&Kind::OneHot.vectors(3, 3, 0)?, &integer(4), &integer(1))?;
/// let (rounded, changed) = rounded_exact(&model, Format { precision: 4, emin: -6, emax: 7 })?;
/// assert_eq!((rounded.blocks.len(), changed), (2, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rounded_exact(
    model: &Transformer,
    format: Format,
) -> Result<(SoftmaxTransformer, u64), ConstructError> {
    let (d, base) = (model.dimension(), &model.base.0);
    let mut changed = 0;
    let head = |Head { query, key, value, output }: &Head| {
        let mut rows = query.to_rows();
        for entry in rows.iter_mut().flatten().filter(|entry| !entry.is_zero()) {
            *entry = times_logarithm(entry, base, format)?;
            changed += 1;
        }
        let linear = |weight: Matrix| Affine { bias: zeros(weight.rows()), weight };
        let scores = Scores {
            query: linear(Matrix::from_rows(d, rows)?),
            key: linear(key.clone()),
            scale: Rational::one().into(),
            rotary: None,
        };
        let (value, output) = (linear(value.clone()), output.clone());
        Ok::<_, ConstructError>(SoftmaxHead {
            weights: HeadWeights::Softmax(scores),
            value,
            output,
        })
    };
    let heads = model.heads.iter().map(head).collect::<Result<Vec<_>, _>>()?;
    let mlp = ActivatedMlp {
        activation: Activation::Relu,
        hidden: model.mlp.hidden.clone(),
        output: model.mlp.output.clone(),
    };
    let attention = SoftmaxAttention { heads, bias: zeros(d), causal: false };
    let parts = (!attention.heads.is_empty()).then_some(Part::Attention(attention));
    let block = |part| Block { before: None, part, residual: true, after: None };
    let weights = SoftmaxWeights {
        embedding: model.embedding.clone(),
        bos: None,
        positions: model.positions.clone(),
        blocks: parts.into_iter().chain([Part::Mlp(mlp)]).map(block).collect(),
        norm: None,
        reading: Reading::Number {
            weight: model.readout.weight.clone(),
            bias: model.readout.bias.clone(),
        },
        read_at: ReadAt::Last,
    };
    let (model, others) = rounded(&SoftmaxTransformer::new(weights)?, format)?;
    Ok((model, changed + others))
}

fn zeros(count: usize) -> Vec<RationalText> {
    vec![Rational::zero().into(); count]
}

/// `fl(x ln B)`
fn times_logarithm(
    x: &Rational,
    base: &Rational,
    format: Format,
) -> Result<Rational, ConstructError> {
    let nearest = Named { format, order: Order::Seq };
    let product = nearest.constant(&|p| p.ln(base)?.times(&p.enclose(x), p));
    let product = product.ok_or_else(|| {
        super::size("arithmetic", RANGE, format!("a query of {x} times the logarithm of {base}"))
    })?;
    let (p, found) = (nearest.precision(), nearest.enclosed(&product));
    Ok(p.ends(&found).0)
}
