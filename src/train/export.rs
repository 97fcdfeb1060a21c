//! A trained model as a `.safetensors` file that the verifier reads: its metadata holds the mapping
//! (`docs/model-format.md`), the task, the shape and the settings.

use super::measure::Measurement;
use super::shape::{NormPlacement, Shape};
use super::store::{self, Entry};
use super::training::Trainer;
use crate::kernel::definition::Task;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Keys of the metadata.
pub mod keys {
    pub const MAPPING: &str = "counterproof-mapping";
    pub const TASK: &str = "counterproof-task";
    pub const SHAPE: &str = "counterproof-shape";
    pub const SETTINGS: &str = "counterproof-settings";
    pub const STEPS: &str = "counterproof-steps";
    pub const MEASURED: &str = "counterproof-measured";
}

/// The name of a task on the command line and in metadata.
#[must_use]
pub fn task_name(task: Task) -> &'static str {
    match task {
        Task::QueryCount => "qc",
        Task::MostFrequentElement => "mfe",
    }
}

/// Where the verifier finds each weight, and what else the model is.
fn mapping(shape: &Shape) -> Value {
    let map =
        |name: &str| json!({ "weight": format!("{name}.weight"), "bias": format!("{name}.bias") });
    let norm = |name: &str| {
        let mut norm = map(&format!("norm.{name}"));
        norm["kind"] = json!("layer");
        norm["eps"] = json!("1/100000");
        norm
    };
    let none = || json!("none");
    let (of_attention, of_mlp, of_readout) = match shape.norm {
        NormPlacement::Post => {
            (json!({ "after": norm("after_attention") }), none(), norm("readout"))
        }
        NormPlacement::Pre => (
            json!({ "before": norm("attention") }),
            json!({ "before": norm("mlp") }),
            norm("readout"),
        ),
        NormPlacement::None => (none(), none(), none()),
    };
    let hidden: Vec<Value> =
        (0..shape.hidden.len()).map(|layer| map(&format!("mlp.hidden.{layer}"))).collect();
    let mlp = match hidden.is_empty() {
        true => none(),
        false => json!({
            "activation": "relu",
            "hidden": hidden,
            "output": map("mlp.output"),
            "residual": true,
            "norm": of_mlp,
        }),
    };
    json!({
        "format": "counterproof-mapping",
        "version": 2,
        "layout": "out-in",
        "tokens": "embedding",
        "bos": "none",
        "positions": if shape.positions { "positions" } else { "none" },
        "layers": [{
            "attention": {
                "heads": shape.heads,
                "mixing": "softmax",
                "causal": false,
                "query": map("query"),
                "key": { "weight": "key.weight" },
                "value": map("value"),
                "output": map("output"),
                "residual": true,
                "norm": of_attention,
            },
            "mlp": mlp,
        }],
        "norm": of_readout,
        "reading": { "number": map("readout") },
        "read_at": "last",
    })
}

/// The model as it is now. The readout gives the count itself: a normalisation of the targets is multiplied into it, in
/// `f32` like every weight. `measured`, on held-out sequences, is told in the metadata.
#[must_use]
pub fn export(trainer: &Trainer, measured: &Measurement) -> Vec<u8> {
    let shape = trainer.shape();
    let mut values = trainer.parameters().values.clone();
    let normalisation = trainer.normalisation();
    for value in &mut values[trainer.parameters().range("readout.weight")] {
        *value = (f64::from(*value) * normalisation.scale) as f32;
    }
    for value in &mut values[trainer.parameters().range("readout.bias")] {
        *value = (f64::from(*value) * normalisation.scale + normalisation.offset) as f32;
    }
    let metadata = BTreeMap::from(
        [
            (keys::MAPPING, mapping(shape).to_string()),
            (keys::TASK, task_name(shape.task).to_owned()),
            (keys::SHAPE, json!(shape).to_string()),
            (keys::SETTINGS, json!(trainer.settings()).to_string()),
            (keys::STEPS, trainer.steps_done().to_string()),
            (keys::MEASURED, json!(measured).to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    let tensors: Vec<Entry<'_>> = trainer
        .parameters()
        .tensors()
        .iter()
        .map(|tensor| {
            // vectors are `[entries]`, a single row of tokens stays a matrix
            let vector = tensor.rows == 1
                && (tensor.name.ends_with(".bias")
                    || tensor.name.starts_with("norm.")
                    || tensor.name == "readout.weight");
            let shape =
                if vector { vec![tensor.columns] } else { vec![tensor.rows, tensor.columns] };
            (tensor.name.as_str(), shape, &values[tensor.range.clone()])
        })
        .collect();
    store::write(&metadata, &tensors)
}
