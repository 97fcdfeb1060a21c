//! What every kind of model checks of its weights: shapes, with the place, what was expected and what was found.

use super::{Affine, ModelError};
use crate::exact::{Matrix, ShapeError};

/// An affine map `[out, width]`.
pub(super) fn affine(
    place: &str,
    map: &Affine,
    out: usize,
    width: usize,
) -> Result<(), ModelError> {
    let holds = map.weight.rows() == out && map.weight.cols() == width;
    fits(&format!("{place}.weight"), holds, &format!("[{out}, {width}]"), &map.weight)?;
    length(&format!("{place}.bias"), out, map.bias.len())
}

/// Hidden layers that fit each other, from `d` entries back to `d`.
pub(super) fn mlp(mlp: &super::Mlp, d: usize) -> Result<(), ModelError> {
    let mut width = d;
    if mlp.hidden.is_empty() {
        return Err(wrong("mlp.hidden", "at least one layer (it may have no unit)", "none"));
    }
    for (l, layer) in mlp.hidden.iter().enumerate() {
        affine(&format!("mlp.hidden[{l}]"), layer, layer.weight.rows(), width)?;
        width = layer.weight.rows();
    }
    affine("mlp.output", &mlp.output, d, width)
}

/// A vector of so many entries.
pub(super) fn length(place: &str, expected: usize, found: usize) -> Result<(), ModelError> {
    match expected == found {
        true => Ok(()),
        false => Err(wrong(place, &format!("{expected} entries"), &found)),
    }
}

/// A matrix of which something holds.
pub(super) fn fits(
    place: &str,
    holds: bool,
    expected: &str,
    found: &Matrix,
) -> Result<(), ModelError> {
    match holds {
        true => Ok(()),
        false => Err(wrong(place, expected, &format!("[{}, {}]", found.rows(), found.cols()))),
    }
}

pub(super) fn wrong(place: &str, expected: &str, found: &(impl ToString + ?Sized)) -> ModelError {
    ModelError::Shape(ShapeError {
        place: place.to_owned(),
        expected: expected.to_owned(),
        found: found.to_string(),
    })
}
