//! The mapping file: which array is which.

use super::ImportError;
use crate::files::model::read_json;
use crate::kernel::definition::ReadAt;
use crate::kernel::number::RationalText;
use serde::{Deserialize, Serialize};

/// The value of the field `format`.
pub const MAPPING_FORMAT: &str = "counterproof-mapping";
/// The value of the field `version`.
pub const MAPPING_VERSION: u32 = 1;

/// How the weights of maps are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// `x W`: one row an input (NumPy, Haiku, Flax)
    InOut,
    /// `W x`: one row an output (`PyTorch`)
    OutIn,
}

/// An array, or some of its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Place {
    Whole(String),
    Part(Part),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub array: String,
    /// these rows (entries of a vector), in this order; all when absent
    #[serde(default)]
    pub rows: Option<Vec<usize>>,
    /// rows `from..to`; not together with `rows`
    #[serde(default)]
    pub slice: Option<[usize; 2]>,
    /// the other layout than the mapping's
    #[serde(default)]
    pub transpose: bool,
}

/// An affine map; no bias is a bias of zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    pub weight: Place,
    #[serde(default)]
    pub bias: Option<Place>,
}

/// Layer norm; no weight is 1, no bias is 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormMap {
    #[serde(default)]
    pub weight: Option<Place>,
    #[serde(default)]
    pub bias: Option<Place>,
    pub eps: RationalText,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormMaps {
    #[serde(default)]
    pub attention: Option<NormMap>,
    #[serde(default)]
    pub after_attention: Option<NormMap>,
    #[serde(default)]
    pub mlp: Option<NormMap>,
    #[serde(default)]
    pub readout: Option<NormMap>,
}

/// The attention; the heads' parts follow one another in each array.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// how many heads
    pub heads: usize,
    pub query: Map,
    pub key: Map,
    pub value: Map,
    pub output: Map,
    /// scores are divided by the square root of this; the size of a head's key when absent
    #[serde(default)]
    pub scale: Option<RationalText>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MlpMap {
    /// each followed by ReLU
    pub hidden: Vec<Map>,
    pub output: Map,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ReadingMap {
    /// a number to round
    Number {
        weight: Place,
        #[serde(default)]
        bias: Option<Place>,
    },
    /// the answer of the largest entry
    ArgMax {
        weight: Place,
        #[serde(default)]
        bias: Option<Place>,
        answers: Vec<u64>,
    },
    /// the same, the entries being coordinates of the residual stream
    Coordinates { indices: Vec<usize>, answers: Vec<u64> },
}

/// See `docs/model-format.md`.
///
/// ```
/// use counterproof::import::Mapping;
///
/// let text = r#"{"format": "counterproof-mapping", "version": 1, "layout": "out-in",
///   "tokens": "embed.weight",
///   "attention": {"heads": 2, "query": {"weight": "q.weight", "bias": "q.bias"},
///     "key": {"weight": "k.weight"}, "value": {"weight": "v.weight"}, "output": {"weight": "o.weight"}},
///   "reading": {"number": {"weight": "head.weight", "bias": "head.bias"}},
///   "read_at": "last"}"#;
/// let mapping = Mapping::parse(text)?;
/// assert_eq!((mapping.tokens.array(), mapping.attention.heads), ("embed.weight", 2));
///
/// let error = Mapping::parse(&text.replace("\"heads\": 2", "\"heads\": -1")).unwrap_err();
/// assert!(error.to_string().contains("attention.heads"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    pub format: String,
    pub version: u32,
    pub layout: Layout,
    /// one row a token that occurs in inputs
    pub tokens: Place,
    /// the one row of the token that is prepended
    #[serde(default)]
    pub bos: Option<Place>,
    #[serde(default)]
    pub positions: Option<Place>,
    pub attention: Head,
    #[serde(default)]
    pub mlp: Option<MlpMap>,
    #[serde(default)]
    pub norms: NormMaps,
    pub reading: ReadingMap,
    pub read_at: ReadAt,
}

impl Mapping {
    /// # Errors
    /// [`ImportError`] naming the field that is wrong.
    pub fn parse(text: &str) -> Result<Self, ImportError> {
        let mapping: Self = read_json(text)?;
        if mapping.format != MAPPING_FORMAT {
            return Err(ImportError::mapping("format", MAPPING_FORMAT, &mapping.format));
        }
        if mapping.version != MAPPING_VERSION {
            return Err(ImportError::mapping("version", MAPPING_VERSION, mapping.version));
        }
        Ok(mapping)
    }
}

impl Place {
    #[must_use]
    pub fn array(&self) -> &str {
        match self {
            Self::Whole(array) => array,
            Self::Part(part) => &part.array,
        }
    }
}
