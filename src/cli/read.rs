//! What cannot be read, as a message that names the file.

use super::Failure;
use crate::files::read;
use std::path::Path;

/// Reads a file of bounded size; `-` is standard input.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    read::bytes(path).map_err(|why| Failure::new(format!("{}: {why}", path.display())))
}

/// Reads a text file of bounded size; `-` is standard input.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    let text = read::text(read_bytes(path)?);
    text.map_err(|why| Failure::at(path, &why.shown, why.span.clone(), &why))
}
