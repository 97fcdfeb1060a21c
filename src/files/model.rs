//! Model files: `{"format": "counterproof-model", "version": .., "kind": .., "model": ..}`.
//!
//! `kind` says how to read `model`: `exact` is a [`Transformer`], whose softmax has a rational base, so that every
//! number is rational; `softmax` is a [`SoftmaxTransformer`], with base `e` and all that trained models have. `docs/model-format.md` describes every field. Unknown fields, numbers that are not
//! canonical and shapes that do not fit are refused with the path of the field.

use crate::kernel::definition::{SoftmaxTransformer, Transformer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;

/// The value of the field `format`.
pub const MODEL_FORMAT: &str = "counterproof-model";
/// The value of the field `version` of an exact model.
pub const EXACT_VERSION: u32 = 1;
/// The value of the field `version` of a softmax transformer, which was of one layer in version 1.
pub const SOFTMAX_VERSION: u32 = 2;

/// Why a text is not a model file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("{path}: {message}")]
    Syntax { path: String, message: String },
    #[error("format: expected `{MODEL_FORMAT}`, found `{0}`")]
    Format(String),
    #[error("version: expected {expected} for the kind {kind}, found {found}")]
    Version { kind: &'static str, expected: u32, found: u32 },
    #[error("kind: expected `exact` or `softmax`, found `{0}`")]
    Kind(String),
}

/// A model of one of the kinds that are decided.
///
/// ```
/// use counterproof::construct::{embedding::Kind, histogram};
/// use counterproof::kernel::number::integer;
/// use counterproof::files::model::Model;
///
/// let vectors = Kind::Simplex.vectors(3, 2, 0)?;
/// let model = Model::Exact(histogram::query_count_affine(&vectors, &integer(4))?.into());
/// let text = model.to_json()?;
/// assert_eq!(Model::parse(&text)?, model);
/// // a file that is not right is refused, and the field named
/// let wrong = text.replacen("\"base\": \"2\"", "\"base\": \"1\"", 1);
/// assert!(Model::parse(&wrong).unwrap_err().to_string().contains("model.base"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Model {
    Exact(Arc<Transformer>),
    Softmax(Arc<SoftmaxTransformer>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    format: String,
    version: u32,
    kind: String,
    #[serde(borrow)]
    model: &'a RawValue,
}

#[derive(Serialize)]
struct Written<'a, T> {
    format: &'static str,
    version: u32,
    kind: &'static str,
    model: &'a T,
}

impl Model {
    /// Reads a model file.
    ///
    /// # Errors
    /// [`FileError`] naming the first field that is wrong.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let envelope: Envelope<'_> = read(text, "")?;
        if envelope.format != MODEL_FORMAT {
            return Err(FileError::Format(clip(&envelope.format)));
        }
        let version = |kind, expected| match envelope.version {
            found if found == expected => Ok(()),
            found => Err(FileError::Version { kind, expected, found }),
        };
        match envelope.kind.as_str() {
            "exact" => {
                version("exact", EXACT_VERSION)?;
                Ok(Self::Exact(Arc::new(read(envelope.model.get(), "model")?)))
            }
            "softmax" => {
                version("softmax", SOFTMAX_VERSION)?;
                Ok(Self::Softmax(Arc::new(read(envelope.model.get(), "model")?)))
            }
            other => Err(FileError::Kind(clip(other))),
        }
    }

    /// The text of the file: indented JSON with a final line break.
    ///
    /// # Errors
    /// [`FileError::Syntax`] only if a part cannot be written as JSON, which no model can cause.
    pub fn to_json(&self) -> Result<String, FileError> {
        match self {
            Self::Exact(model) => write("exact", EXACT_VERSION, model.as_ref()),
            Self::Softmax(model) => write("softmax", SOFTMAX_VERSION, model.as_ref()),
        }
    }

    /// `m`
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        match self {
            Self::Exact(model) => model.vocabulary(),
            Self::Softmax(model) => model.vocabulary(),
        }
    }
}

fn write<T: Serialize>(kind: &'static str, version: u32, model: &T) -> Result<String, FileError> {
    let written = Written { format: MODEL_FORMAT, version, kind, model };
    let mut text = serde_json::to_string_pretty(&written).map_err(|error| FileError::Syntax {
        path: "model".to_owned(),
        message: error.to_string(),
    })?;
    text.push('\n');
    Ok(text)
}

fn read<'a, T: Deserialize<'a>>(text: &'a str, place: &str) -> Result<T, FileError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = match (place, error.path().to_string()) {
            ("", inner) if inner == "." => "model file".to_owned(),
            ("", inner) => inner,
            (place, inner) if inner == "." => place.to_owned(),
            (place, inner) => format!("{place}.{inner}"),
        };
        FileError::Syntax { path, message: error.inner().to_string() }
    })?;
    reader.end().map_err(|error| FileError::Syntax {
        path: "model file".to_owned(),
        message: error.to_string(),
    })?;
    Ok(value)
}

/// Reads one JSON value of a known type, with the path of what is wrong.
///
/// # Errors
/// [`FileError::Syntax`].
pub fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, FileError> {
    read(text, "")
}

fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: &str = r#"{"format":"counterproof-model","version":1,"kind":"exact","model":{
        "embedding":{"shape":[1,1],"rows":[["1"]]},"positions":null,"base":"2","heads":[],
        "mlp":{"hidden":[{"weight":{"shape":[0,1],"rows":[]},"bias":[]}],
               "output":{"weight":{"shape":[1,0],"rows":[[]]},"bias":["0"]}},
        "readout":{"weight":["1/2"],"bias":"0"}}}"#;

    #[test]
    fn what_is_written_is_read_back() {
        let model = Model::parse(TINY).unwrap();
        assert_eq!(model.vocabulary(), 1);
        assert_eq!(Model::parse(&model.to_json().unwrap()).unwrap(), model);
    }

    #[test]
    fn every_wrong_field_is_named() {
        for (from, to, message) in [
            ("counterproof-model", "other", "format: expected `counterproof-model`, found `other`"),
            ("\"version\":1", "\"version\":2", "version: expected 1 for the kind exact, found 2"),
            ("\"exact\"", "\"float\"", "kind: expected"),
            ("\"1/2\"", "\"2/4\"", "model.readout.weight[0]: `2/4` is not in lowest terms"),
            ("\"1/2\"", "0.5", "model.readout.weight[0]: invalid type: floating point"),
            ("\"base\":\"2\"", "\"base\":\"1\"", "expected a rational number above 1, found 1"),
            ("[\"1/2\"]", "[]", "model.readout.weight: entries: expected 1, found 0"),
            ("\"kind\"", "\"sort\"", "unknown field `sort`"),
        ] {
            let text = TINY.replacen(from, to, 1);
            let error = Model::parse(&text).unwrap_err().to_string();
            assert!(error.contains(message), "{error:?} does not say {message:?}");
        }
        assert!(Model::parse("{} {}").is_err() && Model::parse("").is_err());
    }
}
