//! The mapping file: which array is which, and everything that the function depends on beside the arrays.
//!
//! Nothing that changes the function has a silent default: activations, norms, residuals, what is causal and where positions come
//! from are stated, and "none" is a statement. `docs/model-format.md` describes every field.

mod layer;
mod old;
mod place;
mod spelling;

pub use layer::{
    AttentionMap, Layer, Layers, Map, MatrixOfWeights, Mixing, MlpMap, NormMap, NormPlaces, Parts,
    Scale,
};
pub use old::OldMapping;
pub use place::{Index, Pick, Place};
pub use spelling::Exact;

use super::error::ImportError;
use super::model::read_json;
use crate::kernel::definition::ReadAt;
use serde::Deserialize;
use spelling::{one_or_all, or_none};

/// The value of the field `format`.
pub const MAPPING_FORMAT: &str = "counterproof-mapping";
/// The value of the field `version`.
pub const MAPPING_VERSION: u32 = 2;
/// The most layers of a model.
pub const MAX_LAYERS: usize = 1 << 10;

/// How the weights of maps are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// `x W`: one row an input (NumPy, Haiku, Flax)
    InOut,
    /// `W x`: one row an output (`PyTorch`)
    OutIn,
}

/// Where positions come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Positions {
    None,
    /// one row a position, added to the embedding; with BOS its position comes first
    Table(Place),
    /// queries and keys are turned
    Rotary(RotaryMap),
}

/// Rotary positions, see [`Rotary`](crate::kernel::definition::Rotary).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotaryMap {
    pub base: Exact,
    /// how many entries of each head are turned
    pub size: usize,
    pub pairs: Pairs,
}

/// Which entries are turned together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pairs {
    /// `t` and `t + size / 2` (GPT-NeoX, Llama in `transformers`)
    Halves,
    /// `2t` and `2t + 1` (GPT-J, the paper)
    Neighbours,
}

/// What is made of the stream after the last layer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ReadingMap {
    /// a number
    Number(Map),
    /// a coordinate of the stream is the number
    Coordinate(usize),
    /// the answer of the largest entry
    ArgMax {
        weight: Place,
        #[serde(default)]
        bias: Option<Place>,
        #[serde(deserialize_with = "answers")]
        answers: Option<Vec<u64>>,
    },
    /// the same, the entries being coordinates of the stream
    Coordinates {
        #[serde(deserialize_with = "indices")]
        indices: Option<Vec<usize>>,
        #[serde(deserialize_with = "answers")]
        answers: Option<Vec<u64>>,
    },
}

/// A list, or `"index"`: the answer of choice `i` is `i`.
fn answers<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<u64>>, D::Error> {
    one_or_all(deserializer, "index")
}

/// A list, or `"all"`.
fn indices<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<usize>>, D::Error> {
    one_or_all(deserializer, "all")
}

/// See `docs/model-format.md`.
///
/// ```
/// use counterproof::files::mapping::Mapping;
///
/// let text = r#"{"format": "counterproof-mapping", "version": 2, "layout": "out-in",
///   "tokens": "embed.weight", "bos": "none", "positions": "none",
///   "layers": [{
///     "attention": {"heads": 2, "mixing": "softmax", "causal": false, "residual": true, "norm": "none",
///       "query": {"weight": "q.weight", "bias": "q.bias"}, "key": {"weight": "k.weight"},
///       "value": {"weight": "v.weight"}, "output": {"weight": "o.weight"}},
///     "mlp": "none"}],
///   "norm": "none",
///   "reading": {"number": {"weight": "head.weight", "bias": "head.bias"}},
///   "read_at": "last"}"#;
/// assert!(Mapping::parse(text)?.bos.is_none());
///
/// let error = Mapping::parse(&text.replace("\"heads\": 2", "\"heads\": -1")).unwrap_err();
/// assert!(error.to_string().contains("layers[0].attention.heads"));
/// // nothing is assumed
/// let error = Mapping::parse(&text.replace("\"causal\": false, ", "")).unwrap_err();
/// assert!(error.to_string().contains("layers[0].attention: missing field `causal`"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    pub format: String,
    pub version: u32,
    pub layout: Layout,
    /// one row a token that occurs in inputs
    pub tokens: Place,
    /// the one row of the token that is prepended
    #[serde(deserialize_with = "place::or_none")]
    pub bos: Option<Place>,
    pub positions: Positions,
    pub layers: Layers,
    /// what the readout sees goes through it
    #[serde(deserialize_with = "or_none")]
    pub norm: Option<NormMap>,
    pub reading: ReadingMap,
    pub read_at: ReadAt,
    /// names and patterns of the arrays that do not belong to the model
    #[serde(default)]
    pub ignored: Vec<String>,
}

/// What says how to read the rest.
#[derive(Deserialize)]
struct Envelope {
    format: String,
    version: u32,
}

impl Mapping {
    /// # Errors
    /// [`ImportError`] naming the field that is wrong; [`ImportError::Old`] for version 1, with all that it leaves unsaid.
    pub fn parse(text: &str) -> Result<Self, ImportError> {
        let Envelope { format, version } = read_json(text)?;
        if format != MAPPING_FORMAT {
            return Err(ImportError::mapping("format", MAPPING_FORMAT, format));
        }
        match version {
            1 => Err(ImportError::Old(OldMapping::read(text))),
            MAPPING_VERSION => Ok(read_json(text)?),
            other => Err(ImportError::mapping("version", MAPPING_VERSION, other)),
        }
    }
}

#[cfg(test)]
mod tests;
