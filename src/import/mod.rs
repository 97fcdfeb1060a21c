//! Other people's weights: NumPy `.npz` and `.safetensors` with a mapping file that says which array is which.
//!
//! A float weight is the exact rational it denotes: its IEEE bits are decoded with integers, and no float exists
//! here. NaN and infinity, truncated files, unknown types, wrong shapes and absurd sizes are refused with one message
//! that names the array, what was expected and what was found. `docs/model-format.md` describes the mapping.
//! The result is a model like any other; what is believed of it is what its certificate's checker recomputes.

mod arrays;
mod assemble;
mod mapping;
mod metadata;
mod npy;
mod number;

pub use arrays::{Array, Arrays};
pub use mapping::{
    Head, MAPPING_FORMAT, MAPPING_VERSION, Map, Mapping, NormMap, Place, ReadingMap,
};
pub use metadata::{MAPPING_KEY, Metadata, TASK_KEY};
pub use npy::read as read_npy;
pub use number::Kind;

use crate::files::model::FileError;
use crate::kernel::Rejection;
use crate::kernel::definition::SoftmaxTransformer;

/// The longest file that is read, in bytes, and the most that its arrays may unpack to.
pub const MAX_BYTES: usize = 1 << 28;
/// The most arrays of a file.
pub const MAX_ARRAYS: usize = 1 << 14;
/// The most numbers that a model may be made of.
pub const MAX_NUMBERS: usize = 1 << 23;

/// Why a file is not a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("expected {expected}, found {found}")]
    File { expected: String, found: String },
    #[error("array `{array}`: expected {expected}, found {found}")]
    Array { array: String, expected: String, found: String },
    #[error("mapping: {0}")]
    Syntax(#[from] FileError),
    #[error("mapping.{place}: expected {expected}, found {found}")]
    Mapping { place: String, expected: String, found: String },
    #[error("__metadata__: `{0}`: {1}")]
    Metadata(&'static str, Box<ImportError>),
    #[error(transparent)]
    Model(#[from] Rejection),
}

impl ImportError {
    fn file(expected: impl ToString, found: impl ToString) -> Self {
        Self::File { expected: expected.to_string(), found: clip(found) }
    }

    fn array(array: &str, expected: impl ToString, found: impl ToString) -> Self {
        Self::Array { array: clip(array), expected: expected.to_string(), found: clip(found) }
    }

    fn mapping(place: &str, expected: impl ToString, found: impl ToString) -> Self {
        Self::Mapping {
            place: place.to_owned(),
            expected: expected.to_string(),
            found: clip(found),
        }
    }
}

/// The start of a text that may be very long, without control characters, for an error message.
fn clip(text: impl ToString) -> String {
    text.to_string().chars().filter(|c| !c.is_control()).take(120).collect()
}

/// Makes a model of the bytes of an `.npz` or `.safetensors` file.
///
/// # Errors
/// [`ImportError`] naming what is wrong.
pub fn import(bytes: &[u8], mapping: &Mapping) -> Result<SoftmaxTransformer, ImportError> {
    assemble::assemble(&Arrays::read(bytes)?, mapping)
}
