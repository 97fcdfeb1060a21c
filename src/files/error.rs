//! Why arrays and a mapping make no model.

use super::foreign::Foreign;
use super::mapping::OldMapping;
use super::model::FileError;
use crate::kernel::Rejection;

/// Why a file is not a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("{0}")]
    Foreign(Foreign),
    #[error("expected {expected}, found {found}")]
    File { expected: String, found: String },
    #[error("array `{array}`: expected {expected}, found {found}")]
    Array { array: String, expected: String, found: String },
    #[error("array `{array}` ({place}): expected {expected}, found {found}")]
    Placed { array: String, place: String, expected: String, found: String },
    /// The arrays, with commas between them.
    #[error(
        "not used by the mapping: {0}; map what belongs to the model, and list the rest under `ignored`"
    )]
    Unused(String),
    #[error("mapping: {0}")]
    Syntax(#[from] FileError),
    #[error("mapping.{place}: expected {expected}, found {found}")]
    Mapping { place: String, expected: String, found: String },
    #[error("{0}")]
    Old(OldMapping),
    #[error("__metadata__: `{0}`: {1}")]
    Metadata(&'static str, Box<ImportError>),
    #[error(transparent)]
    Model(#[from] Rejection),
}

impl ImportError {
    pub(super) fn file(expected: impl ToString, found: impl ToString) -> Self {
        Self::File { expected: expected.to_string(), found: clip(found) }
    }

    pub(super) fn array(array: &str, expected: impl ToString, found: impl ToString) -> Self {
        Self::Array { array: clip(array), expected: expected.to_string(), found: clip(found) }
    }

    pub(super) fn mapping(place: &str, expected: impl ToString, found: impl ToString) -> Self {
        let place = place.to_owned();
        Self::Mapping { place, expected: expected.to_string(), found: clip(found) }
    }

    /// The same about an array, which is wanted at a place of the mapping.
    pub(super) fn at(self, place: &str) -> Self {
        match self {
            Self::Array { array, expected, found } => {
                Self::Placed { array, place: place.to_owned(), expected, found }
            }
            other => other,
        }
    }

    /// What can be said more when the file of the arrays is at hand: which of them an old mapping does not use.
    #[must_use]
    pub fn beside(self, bytes: &[u8]) -> Self {
        match self {
            Self::Old(old) => Self::Old(old.beside(bytes)),
            Self::Metadata(key, error) => Self::Metadata(key, Box::new(error.beside(bytes))),
            other => other,
        }
    }
}

/// The start of a text that may be very long, without control characters, for an error message.
pub(super) fn clip(text: impl ToString) -> String {
    text.to_string().chars().filter(|c| !c.is_control()).take(120).collect()
}

/// As many of these names as a message can take, and how many more there are.
pub(super) fn some_of<S: AsRef<str>>(names: &[S]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| clip(name.as_ref())).collect();
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}
