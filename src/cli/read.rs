//! What cannot be read, as a message that names the file.

use super::signals::at_once;
use super::{Failure, caller};
use crate::files::foreign::Foreign;
use crate::files::read;
use std::path::Path;

/// Reads a file of bounded size; `-` is standard input.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    if let Some(bytes) = caller::input(path) {
        return Ok(bytes);
    }
    caller::refuse_standard_input(path)?;
    // standard input or a pipe may never end, and nothing is lost while it is read
    let bytes = if path.is_file() { read::bytes(path) } else { at_once(|| read::bytes(path)) };
    bytes.map_err(|why| Failure::new(format!("{}: {why}", path.display())))
}

/// Whether there is a file of this name to read.
pub(super) fn is_file(path: &Path) -> bool {
    caller::input(path).is_some() || path.is_file()
}

/// Reads a text file of bounded size; `-` is standard input.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    as_text(path, read_bytes(path)?)
}

/// The text of a file.
pub(super) fn as_text(path: &Path, bytes: Vec<u8>) -> Result<String, Failure> {
    if let Some(foreign) = Foreign::of(&bytes) {
        return Err(Failure::new(format!("{}: {foreign}", path.display())));
    }
    read::text(bytes).map_err(|why| Failure::at(path, &why.shown, why.span.clone(), &why))
}
