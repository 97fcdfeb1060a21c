//! Layers as a mapping writes them: an attention and an MLP, either of which may be absent, or a norm alone.

use super::place::{Place, or_ones, or_zeros};
use super::spelling::{Exact, or_identity, or_none, stated};
use crate::kernel::definition::{Activation, NormKind};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use std::fmt;

/// The layers in the order in which they are applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layers {
    List(Vec<Layer>),
    /// so many of one kind, told apart by `{layer}` in names
    Repeated(Box<Repeated>),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeated {
    pub count: usize,
    pub each: Layer,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Fields")]
pub enum Layer {
    Parts(Box<Parts>),
    /// a norm of the stream and nothing else, as some models have after the embedding
    Norm(Box<NormMap>),
}

/// First the attention, then the MLP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    pub attention: Option<AttentionMap>,
    pub mlp: Option<MlpMap>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default, deserialize_with = "stated")]
    attention: Option<Option<AttentionMap>>,
    #[serde(default, deserialize_with = "stated")]
    mlp: Option<Option<MlpMap>>,
    #[serde(default)]
    norm: Option<NormMap>,
}

impl TryFrom<Fields> for Layer {
    type Error = String;
    fn try_from(fields: Fields) -> Result<Self, String> {
        match fields {
            Fields { attention: Some(attention), mlp: Some(mlp), norm: None } => {
                Ok(Self::Parts(Box::new(Parts { attention, mlp })))
            }
            Fields { attention: None, mlp: None, norm: Some(norm) } => Ok(Self::Norm(Box::new(norm))),
            Fields { norm: Some(_), .. } => {
                Err("a layer is `norm` alone, or `attention` and `mlp`, which state their norms themselves".to_owned())
            }
            Fields { attention: None, .. } => Err("missing field `attention` (\"none\" where there is none)".to_owned()),
            Fields { .. } => Err("missing field `mlp` (\"none\" where there is none)".to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for Layers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Layers;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of layers, or {\"count\": number, \"each\": layer}")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Layers, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Layers::List)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Layers, A::Error> {
                let repeated = Repeated::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Layers::Repeated(Box::new(repeated)))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// An affine map; no bias is a bias of zero (one that is in the file is not forgotten: it would be unused).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    pub weight: Place,
    #[serde(default)]
    pub bias: Option<Place>,
}

/// Layer norm or RMS norm.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormMap {
    pub kind: NormKind,
    /// or `"ones"`
    #[serde(deserialize_with = "or_ones")]
    pub weight: Option<Place>,
    /// or `"zeros"`
    #[serde(deserialize_with = "or_zeros")]
    pub bias: Option<Place>,
    pub eps: Exact,
}

/// Norms around a part: of what it sees, of the stream afterwards; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "NormFields")]
pub struct NormPlaces {
    pub before: Option<NormMap>,
    pub after: Option<NormMap>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NormFields {
    #[serde(default)]
    before: Option<NormMap>,
    #[serde(default)]
    after: Option<NormMap>,
}

impl TryFrom<NormFields> for NormPlaces {
    type Error = &'static str;
    fn try_from(NormFields { before, after }: NormFields) -> Result<Self, &'static str> {
        match before.is_none() && after.is_none() {
            true => {
                Err("expected `before`, `after` or both; where there is no norm it is \"none\"")
            }
            false => Ok(Self { before, after }),
        }
    }
}

/// The attention; the heads' parts follow one another in each array.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttentionMap {
    pub heads: usize,
    /// heads of keys and values that groups of heads share
    #[serde(default)]
    pub key_heads: Option<usize>,
    pub mixing: Mixing,
    /// with scores
    #[serde(default)]
    pub query: Option<Map>,
    #[serde(default)]
    pub key: Option<Map>,
    /// or `"identity"`
    #[serde(deserialize_with = "or_identity")]
    pub value: Option<Map>,
    /// or `"identity"`
    #[serde(deserialize_with = "or_identity")]
    pub output: Option<Map>,
    pub causal: bool,
    /// scores are divided by the square root of this; may be absent with softmax: the size of a head's key
    #[serde(default)]
    pub scale: Option<Scale>,
    pub residual: bool,
    #[serde(deserialize_with = "or_none")]
    pub norm: Option<NormPlaces>,
}

/// What scores are divided by, squared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scale {
    KeySize,
    Number(Exact),
}

impl<'de> Deserialize<'de> for Scale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
        if written.get() == "\"key-size\"" {
            return Ok(Self::KeySize);
        }
        let number = Exact::parse(written.get());
        number
            .map(Self::Number)
            .map_err(|error| D::Error::custom(format!("{error}, nor \"key-size\"")))
    }
}

/// How much of each position is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mixing {
    /// the softmax of the scores
    Softmax,
    /// the scores themselves
    Scores,
    /// a matrix over positions
    Matrix(MatrixOfWeights),
}

/// Row `i` has what position `i` takes of each position; those of several heads stand below one another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixOfWeights {
    pub matrix: Place,
    /// whether each row goes through a softmax
    pub softmax: bool,
}

impl<'de> Deserialize<'de> for Mixing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Mixing;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "\"softmax\", \"scores\", or {\"matrix\": array, \"softmax\": true or false}",
                )
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Mixing, E> {
                match text {
                    "softmax" => Ok(Mixing::Softmax),
                    "scores" => Ok(Mixing::Scores),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Mixing, A::Error> {
                MatrixOfWeights::deserialize(MapAccessDeserializer::new(map)).map(Mixing::Matrix)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// Hidden layers, each followed by the activation, and an affine map.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MlpMap {
    #[serde(deserialize_with = "activation")]
    pub activation: Activation,
    pub hidden: Vec<Map>,
    pub output: Map,
    pub residual: bool,
    #[serde(deserialize_with = "or_none")]
    pub norm: Option<NormPlaces>,
}

fn activation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Activation, D::Error> {
    let name = String::deserialize(deserializer)?;
    named(&name).map_err(|why| {
        let known = "`relu`, `gelu`, `gelu-tanh`, `silu` or `identity`";
        D::Error::custom(format!("expected {known}, found `{name:.40}`{why}"))
    })
}

/// The activation of this name, or what a name that others use for it, or for another function, means here.
fn named(name: &str) -> Result<Activation, &'static str> {
    match name {
        "relu" => Ok(Activation::Relu),
        "gelu" => Ok(Activation::Gelu),
        "gelu-tanh" => Ok(Activation::GeluTanh),
        "silu" => Ok(Activation::Silu),
        "identity" => Ok(Activation::Identity),
        _ => Err(match name.to_lowercase().as_str() {
            "relu" => ", which is `relu` here",
            "gelu" | "gelu_erf" | "gelu_python" => ": the form with erf is `gelu` here",
            "gelu_new" | "gelu_tanh" | "gelu_pytorch_tanh" | "gelu-tanh" | "gelu_approximate" => {
                ": the form with tanh is `gelu-tanh` here"
            }
            "silu" | "swish" | "swish_1" => ", which is `silu` here",
            "none" | "linear" | "identity" => ", which is `identity` here",
            "gelu_fast" => ", which cannot be said: it is `gelu-tanh` with a rounded constant",
            "quick_gelu" | "gelu_quick" => {
                ", which cannot be said: it is x / (1 + exp(-1.702 x)), none of these"
            }
            "swiglu" | "geglu" | "reglu" | "glu" | "bilinear" => {
                ", which cannot be said: hidden units are not multiplied"
            }
            "tanh" | "sigmoid" | "leaky_relu" | "elu" | "selu" | "relu6" | "relu2"
            | "relu_squared" | "mish" | "softplus" | "solu" | "softmax" => ", which cannot be said",
            _ => "",
        }),
    }
}
