//! A softmax model whose weights are rounded to the numbers of a machine.

use super::ConstructError;
use crate::kernel::definition::{
    Affine, HeadWeights, Norm, Part, Reading, SoftmaxTransformer, SoftmaxWeights,
};
use crate::kernel::number::{Format, Matrix, Rational, RationalText};
use num_traits::ToPrimitive;

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
