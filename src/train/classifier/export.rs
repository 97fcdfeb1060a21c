//! A trained classifier as a `.safetensors` file that the verifier reads.

use super::{Classifier, ClassifierSettings, Placed};
use crate::train::export::keys;
use crate::train::store::{self, Entry};
use serde_json::json;
use std::collections::BTreeMap;

/// The model with every weight rounded to `f32`.
#[must_use]
pub fn export<C: Classifier>(
    shape: &C,
    settings: &ClassifierSettings,
    parameters: &[f64],
) -> Vec<u8> {
    let values: Vec<f32> = parameters.iter().map(|&value| value as f32).collect();
    let ClassifierSettings { steps, batch, rate, seed } = *settings;
    let how = json!({ "steps": steps, "batch": batch, "rate": rate, "seed": seed });
    let metadata = BTreeMap::from(
        [
            (keys::MAPPING, shape.mapping().to_string()),
            (keys::TASK, C::TASK.to_owned()),
            (keys::SHAPE, shape.sizes().to_string()),
            (keys::SETTINGS, how.to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    let tensors = shape.tensors();
    let entry = |(name, rows, columns, range): &Placed| -> (&'static str, Vec<usize>, std::ops::Range<usize>) {
        let vector = name.starts_with('b');
        let sizes = if vector { vec![*columns] } else { vec![*rows, *columns] };
        (*name, sizes, range.clone())
    };
    let placed: Vec<_> = tensors.iter().map(entry).collect();
    let entries: Vec<Entry<'_>> =
        placed.into_iter().map(|(name, sizes, range)| (name, sizes, &values[range])).collect();
    store::write(&metadata, &entries)
}
