//! A trained model as a `.safetensors` file that the verifier reads, its arrays named as `examples/models/behrens-*.mapping.json` names them.

use super::{MixerSettings, MixerShape};
use crate::train::export::keys;
use crate::train::store::{self, Entry};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where the verifier finds each weight, and what else the model is.
fn mapping(shape: &MixerShape) -> Value {
    let turned = |name: &str| json!({ "weight": { "array": name, "transpose": true } });
    let mut attention = json!({
        "heads": 1, "causal": false, "value": "identity", "output": "identity",
        "residual": true, "norm": "none",
    });
    if shape.has_matrix() {
        attention["mixing"] = json!({ "matrix": "A", "softmax": shape.is_softmax() });
    } else {
        attention["mixing"] = json!(if shape.is_softmax() { "softmax" } else { "scores" });
        attention["scale"] = json!("key-size");
        attention["query"] = turned("Q");
        attention["key"] = turned("K");
    }
    let map = |name: &str, bias: &str| json!({ "weight": { "array": name, "transpose": true }, "bias": bias });
    let (tokens, bos) = match shape.has_bos() {
        true => (json!({ "array": "emb", "rows": ":-1" }), json!({ "array": "emb", "rows": [-1] })),
        false => (json!("emb"), json!("none")),
    };
    json!({
        "format": "counterproof-mapping",
        "version": 2,
        "layout": "out-in",
        "tokens": tokens,
        "bos": bos,
        "positions": "none",
        "layers": [{
            "attention": attention,
            "mlp": {
                "activation": "relu", "hidden": [map("W1", "b1")], "output": map("W2", "b2"),
                "residual": false, "norm": "none",
            },
        }],
        "norm": "none",
        "reading": { "coordinates": { "indices": "all", "answers": "index" } },
        "read_at": "every",
    })
}

/// The model with every weight rounded to `f32`.
#[must_use]
pub fn export(shape: &MixerShape, settings: &MixerSettings, parameters: &[f64]) -> Vec<u8> {
    let values: Vec<f32> = parameters.iter().map(|&value| value as f32).collect();
    let MixerShape { mixing, m, n, d, p } = *shape;
    let MixerSettings { steps, batch, rate, seed } = *settings;
    let sizes = json!({ "kind": mixing.name(), "m": m, "n": n, "d": d, "p": p });
    let how = json!({ "steps": steps, "batch": batch, "rate": rate, "seed": seed });
    let metadata = BTreeMap::from(
        [
            (keys::MAPPING, mapping(shape).to_string()),
            (keys::TASK, "histogram".to_owned()),
            (keys::SHAPE, sizes.to_string()),
            (keys::SETTINGS, how.to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    let tensors = shape.tensors();
    let entry = |(name, rows, columns, range): &super::Placed| -> (&'static str, Vec<usize>, std::ops::Range<usize>) {
        let vector = name.starts_with('b');
        let sizes = if vector { vec![*columns] } else { vec![*rows, *columns] };
        (*name, sizes, range.clone())
    };
    let placed: Vec<_> = tensors.iter().map(entry).collect();
    let entries: Vec<Entry<'_>> =
        placed.into_iter().map(|(name, sizes, range)| (name, sizes, &values[range])).collect();
    store::write(&metadata, &entries)
}
