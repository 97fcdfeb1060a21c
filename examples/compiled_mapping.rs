//! The mapping of a compiled model, out of the configuration that came with it (`examples/models/compiled-deep.md`):
//!
//! ```text
//! cargo run --example compiled_mapping -- reverse-V4-L5.json > reverse.mapping.json
//! ```
//!
//! A configuration that states something this program does not know is refused: what it does not translate it must not drop.

use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

#[derive(Deserialize)]
struct File {
    config: Config,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    layers: usize,
    heads: usize,
    key_size: u64,
    causal: bool,
    activation: String,
    norm: Option<String>,
    /// the row of BOS
    bos: usize,
    /// the row of each token
    tokens: BTreeMap<String, usize>,
    #[serde(rename = "max_length")]
    _max_length: usize,
    /// whether one coordinate is the number, or the largest of several is the answer
    numeric: bool,
    output: Output,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Output {
    coordinates: Vec<usize>,
    /// names of tokens, or counts
    values: Vec<Value>,
}

fn reading(config: &Config, tokens: &[(&String, usize)]) -> Result<Value, Box<dyn Error>> {
    let Output { coordinates, values } = &config.output;
    if config.numeric {
        let [coordinate] = coordinates.as_slice() else {
            return Err(format!("output: expected one coordinate, found {coordinates:?}").into());
        };
        return Ok(json!({ "coordinate": coordinate }));
    }
    let answer = |value: &Value| match value {
        Value::String(name) => tokens.iter().position(|(token, _)| *token == name),
        number => number.as_u64().and_then(|number| usize::try_from(number).ok()),
    };
    let answers: Option<Vec<usize>> = values.iter().map(answer).collect();
    let answers = answers.ok_or("output.values: expected tokens or counts")?;
    Ok(json!({ "coordinates": { "indices": coordinates, "answers": answers } }))
}

fn mapping(config: &Config) -> Result<Value, Box<dyn Error>> {
    if let Some(norm) = &config.norm {
        return Err(format!("norm: expected none, found {norm}").into());
    }
    // tokens are numbered in the order of their rows
    let mut tokens: Vec<(&String, usize)> =
        config.tokens.iter().map(|(name, row)| (name, *row)).collect();
    tokens.sort_by_key(|(_, row)| *row);
    let rows: Vec<usize> = tokens.iter().map(|(_, row)| *row).collect();
    let map = |name: &str| {
        let array = |part: &str| format!("transformer/layer_{{layer}}/{name}/{part}");
        json!({ "weight": array("w"), "bias": array("b") })
    };
    let attention = json!({
        "heads": config.heads, "mixing": "softmax", "causal": config.causal, "scale": config.key_size,
        "query": map("attn/query"), "key": map("attn/key"), "value": map("attn/value"), "output": map("attn/linear"),
        "residual": true, "norm": "none",
    });
    let mlp = json!({
        "activation": config.activation, "hidden": [map("mlp/linear_1")], "output": map("mlp/linear_2"),
        "residual": true, "norm": "none",
    });
    Ok(json!({
        "format": "counterproof-mapping", "version": 2, "layout": "in-out",
        "tokens": { "array": "token_embed/embeddings", "rows": rows },
        "bos": { "array": "token_embed/embeddings", "rows": [config.bos] },
        "positions": "pos_embed/embeddings",
        "layers": { "count": config.layers, "each": { "attention": attention, "mlp": mlp } },
        "norm": "none",
        "reading": reading(config, &tokens)?,
        "read_at": "every",
    }))
}

/// The mapping for the configuration in a file.
pub fn mapping_of(path: &Path) -> Result<Value, Box<dyn Error>> {
    let file: File = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    mapping(&file.config)
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: compiled_mapping FILE.json")?;
    println!("{:#}", mapping_of(Path::new(&path))?);
    Ok(())
}
