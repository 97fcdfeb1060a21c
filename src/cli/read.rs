//! Reading files of bounded size.

use super::Failure;
use crate::files::foreign::Foreign;
use crate::kernel::MAX_BYTES;
use std::io::Read;
use std::path::Path;

/// Reads a file of bounded size; `-` is standard input.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    bytes(path).map_err(|why| Failure::new(format!("{}: {why}", path.display())))
}

/// The same, where the caller names the file.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let wrong = |error: std::io::Error| format!("cannot read: {error}");
    let mut bytes = Vec::new();
    let limit = MAX_BYTES as u64 + 1;
    if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(wrong)?;
    } else {
        if path.is_dir() {
            return Err("expected a file, found a folder: name the file in it".to_owned());
        }
        let file = std::fs::File::open(path).map_err(wrong)?;
        file.take(limit).read_to_end(&mut bytes).map_err(wrong)?;
    }
    if bytes.len() > MAX_BYTES {
        return Err(format!("expected at most {MAX_BYTES} bytes"));
    }
    Ok(bytes)
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
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        // up to the offending byte both texts are the same
        let text = String::from_utf8_lossy(error.as_bytes());
        let width = char::REPLACEMENT_CHARACTER.len_utf8();
        let message = format!("expected UTF-8 text, found the byte {byte:#04x}");
        Failure::at(path, &text, at..at + width, message)
    })
}
