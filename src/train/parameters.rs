//! All weights of a model in one vector, with names for its parts.

use super::real::Real;
use super::shape::{SettingError, Shape};
use nalgebra::DMatrix;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal, Uniform};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// Where a tensor lies in the vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    pub name: String,
    pub rows: usize,
    pub columns: usize,
    pub range: Range<usize>,
}

/// The weights of a model of one shape; also used for gradients and moments.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters<R> {
    pub values: Vec<R>,
    tensors: Vec<Tensor>,
}

/// Standard deviations of the embeddings at the start. Maps start uniform in `+-1 / sqrt(inputs)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitialScales {
    pub embedding: f64,
    pub positions: f64,
}

impl Default for InitialScales {
    fn default() -> Self {
        Self { embedding: 1.0, positions: 1.0 }
    }
}

impl<R: Real> Parameters<R> {
    /// All zero.
    #[must_use]
    pub fn zeros(shape: &Shape) -> Self {
        let mut from = 0;
        let mut place = |(name, rows, columns): (String, usize, usize)| {
            let range = from..from + rows * columns;
            from = range.end;
            Tensor { name, rows, columns, range }
        };
        let tensors: Vec<Tensor> = shape.tensors().into_iter().map(&mut place).collect();
        Self { values: vec![R::zero(); from], tensors }
    }

    /// Embeddings normal with the scales given, maps and their biases uniform in `+-1 / sqrt(inputs)`, norms the
    /// identity.
    pub fn random(shape: &Shape, scales: InitialScales, rng: &mut impl Rng) -> Self {
        let mut parameters = Self::zeros(shape);
        let mut inputs = 1;
        for tensor in parameters.tensors.clone() {
            let values = &mut parameters.values[tensor.range.clone()];
            let mut normal = |scale: f64| -> R {
                let value: f64 = StandardNormal.sample(rng);
                R::of(scale * value)
            };
            match tensor.name.as_str() {
                "embedding" => values.fill_with(|| normal(scales.embedding)),
                "positions" => values.fill_with(|| normal(scales.positions)),
                name if name.starts_with("norm.") => {
                    let one = name.ends_with("weight");
                    values.fill(if one { R::one() } else { R::zero() });
                }
                name => {
                    if name.ends_with("weight") {
                        inputs = tensor.columns;
                    }
                    let bound = 1.0 / (inputs as f64).sqrt();
                    let Ok(uniform) = Uniform::new_inclusive(-bound, bound) else { continue };
                    values.fill_with(|| R::of(uniform.sample(rng)));
                }
            }
        }
        parameters
    }

    #[must_use]
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Where a tensor lies.
    ///
    /// # Panics
    /// When the model has no such tensor: names are those of [`Shape::tensors`].
    #[must_use]
    pub fn range(&self, name: &str) -> Range<usize> {
        self.find(name).unwrap_or_else(|| panic!("no tensor `{name}`")).range.clone()
    }

    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// A tensor as a matrix; maps are `[out, in]`, vectors have one row.
    #[must_use]
    pub fn matrix(&self, name: &str) -> Option<DMatrix<f64>> {
        let tensor = self.find(name)?;
        let values = self.values[tensor.range.clone()].iter().map(|value| value.widen());
        Some(DMatrix::from_row_iterator(tensor.rows, tensor.columns, values))
    }

    /// Weights from matrices by name, zero-padded where a matrix is smaller than its tensor; tensors without a matrix
    /// are zero.
    ///
    /// # Errors
    /// [`SettingError`] when a matrix has no tensor or does not fit into it.
    pub fn from_matrices(
        shape: &Shape,
        matrices: &BTreeMap<String, DMatrix<f64>>,
    ) -> Result<Self, SettingError> {
        let mut parameters = Self::zeros(shape);
        for (name, matrix) in matrices {
            let Some(tensor) = parameters.find(name).cloned() else {
                return Err(SettingError::new("weights", "tensors of the shape", name));
            };
            if matrix.nrows() > tensor.rows || matrix.ncols() > tensor.columns {
                let expected = format!("{name} of at most [{}, {}]", tensor.rows, tensor.columns);
                let found = format!("[{}, {}]", matrix.nrows(), matrix.ncols());
                return Err(SettingError::new("weights", expected, found));
            }
            for i in 0..matrix.nrows() {
                for j in 0..matrix.ncols() {
                    let at = tensor.range.start + i * tensor.columns + j;
                    parameters.values[at] = R::of(matrix[(i, j)]);
                }
            }
        }
        Ok(parameters)
    }

    /// The same weights in another precision.
    #[must_use]
    pub fn convert<S: Real>(&self) -> Parameters<S> {
        let values = self.values.iter().map(|value| S::of(value.widen())).collect();
        Parameters { values, tensors: self.tensors.clone() }
    }
}
