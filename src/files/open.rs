//! A model out of the bytes of a file, whatever its format, with a mapping where one is given.

use super::foreign::Foreign;
use super::mapping::Mapping;
use super::model::{FileError, Model};
use super::weights::{MAPPING_KEY, Metadata};
use super::{ImportError, import};
use std::sync::Arc;

/// Why a file, or a file and a mapping, is no model; one variant for each text that a message may be about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The mapping that was given.
    #[error("{0}")]
    Mapping(ImportError),
    /// The file of arrays, or the mapping in it.
    #[error("{0}")]
    Weights(ImportError),
    /// A model file of ours.
    #[error("{0}")]
    Model(FileError),
    #[error("its metadata has no `{MAPPING_KEY}`; --mapping FILE says what its arrays are")]
    NoMapping,
    #[error("an .npz archive needs --mapping FILE, which says what its arrays are")]
    BareArchive,
    #[error(
        "expected a model in JSON, a .safetensors file, or --mapping FILE for a model in another format"
    )]
    Unknown,
}

/// Reads a model, and what its file says about itself; with a mapping, out of the arrays of another program.
///
/// # Errors
/// [`OpenError`] naming what is wrong.
pub fn open(bytes: &[u8], mapping: Option<&str>) -> Result<(Model, Metadata), OpenError> {
    // a mapping that cannot be read is the first thing to mend
    let given = mapping.map(Mapping::parse).transpose();
    let given = given.map_err(|error| OpenError::Mapping(error.beside(bytes)))?;
    if let Some(foreign) = Foreign::of(bytes) {
        return Err(OpenError::Weights(ImportError::Foreign(foreign)));
    }
    let metadata = match Metadata::is_safetensors(bytes) {
        true => Some(Metadata::read(bytes).map_err(OpenError::Weights)?),
        false => None,
    };
    let model = match (given, &metadata) {
        (Some(mapping), _) => import(bytes, &mapping).map_err(|error| match error {
            ImportError::Mapping { .. } => OpenError::Mapping(error),
            error => OpenError::Weights(error),
        })?,
        (None, Some(metadata)) => {
            let embedded =
                metadata.mapping().map_err(|error| OpenError::Weights(error.beside(bytes)))?;
            let mapping = embedded.ok_or(OpenError::NoMapping)?;
            import(bytes, &mapping).map_err(OpenError::Weights)?
        }
        (None, None) if bytes.starts_with(b"PK") => return Err(OpenError::BareArchive),
        (None, None) => {
            let text = std::str::from_utf8(bytes).map_err(|_| OpenError::Unknown)?;
            let model = Model::parse(text).map_err(OpenError::Model)?;
            return Ok((model, Metadata::default()));
        }
    };
    Ok((Model::Softmax(Arc::new(model)), metadata.unwrap_or_default()))
}
