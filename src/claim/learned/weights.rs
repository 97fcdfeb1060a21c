//! An exact model as weights of the float trainer.

use crate::algebra::MatrixOps;
use crate::kernel::definition::Task;
use crate::kernel::definition::{Affine, Transformer};
use crate::kernel::number::{Matrix, Rational};
use crate::train::{NormPlacement, Parameters, SettingError, Shape};
use nalgebra::DMatrix;
use num_traits::ToPrimitive;
use std::collections::BTreeMap;

/// The model with every weight rounded to the nearest float, at context length `n`. Scores in base `B` become scores
/// in base `e` by a factor `ln B` in the queries, and another that undoes the trainer's division by `sqrt(k)`. Parts
/// that are smaller than the trainer's, such as a head of one value, are padded with zeros.
///
/// # Errors
/// [`SettingError`] when the trainer has no such shape: more than one head, or heads larger than `d`.
pub(super) fn floats(
    model: &Transformer,
    task: Task,
    n: usize,
) -> Result<(Shape, Parameters<f32>), SettingError> {
    let [head] = model.heads.as_slice() else {
        return Err(SettingError {
            name: "heads",
            expected: "1".to_owned(),
            found: model.heads.len().to_string(),
        });
    };
    let shape = Shape {
        task,
        m: model.vocabulary(),
        n,
        d: model.dimension(),
        heads: 1,
        hidden: model.mlp.hidden.iter().map(|layer| layer.weight.rows()).collect(),
        positions: model.positions.is_some(),
        norm: NormPlacement::None,
    };
    shape.check()?;
    let base = float(&model.base.0);
    let scale = base.ln() * (shape.head_size() as f64).sqrt();
    let mut list: BTreeMap<String, DMatrix<f64>> = BTreeMap::new();
    let mut add = |name: &str, matrix: DMatrix<f64>| list.insert(name.to_owned(), matrix);
    add("embedding", matrix(&model.embedding));
    if let Some(positions) = &model.positions {
        add("positions", matrix(positions));
    }
    add("query.weight", matrix(&head.query) * scale);
    add("key.weight", matrix(&head.key));
    add("value.weight", matrix(&head.value));
    add("output.weight", matrix(&head.output));
    let mut affine = |name: &str, map: &Affine| {
        add(&format!("{name}.weight"), matrix(&map.weight));
        add(&format!("{name}.bias"), row(map.bias.iter().map(|entry| &entry.0)));
    };
    for (layer, map) in model.mlp.hidden.iter().enumerate() {
        affine(&format!("mlp.hidden.{layer}"), map);
    }
    affine("mlp.output", &model.mlp.output);
    add("readout.weight", row(model.readout.weight.iter().map(|entry| &entry.0)));
    add("readout.bias", row([&model.readout.bias.0]));
    let parameters = Parameters::from_matrices(&shape, &list)?;
    Ok((shape, parameters))
}

/// The nearest float.
fn float(value: &Rational) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

fn matrix(matrix: &Matrix) -> DMatrix<f64> {
    DMatrix::from_row_iterator(
        matrix.rows(),
        matrix.cols(),
        matrix.to_rows().iter().flatten().map(float),
    )
}

fn row<'a>(entries: impl IntoIterator<Item = &'a Rational>) -> DMatrix<f64> {
    let entries: Vec<f64> = entries.into_iter().map(float).collect();
    DMatrix::from_row_slice(1, entries.len(), &entries)
}
