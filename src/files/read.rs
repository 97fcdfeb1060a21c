//! Bytes and texts of files, of bounded size.

use crate::kernel::MAX_BYTES;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

/// Reads a file; `-` is standard input.
///
/// # Errors
/// What is wrong, without the file's name.
pub fn bytes(path: &Path) -> Result<Vec<u8>, String> {
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

/// Why bytes are no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected UTF-8 text, found the byte {byte:#04x}")]
pub struct NotText {
    /// the first that belongs to no character
    pub byte: u8,
    /// the bytes as a text, with a replacement for what is none
    pub shown: String,
    /// the replacement of `byte` in it
    pub span: Range<usize>,
}

/// The text of a file.
///
/// # Errors
/// [`NotText`].
///
/// ```
/// use counterproof::files::read::text;
///
/// assert_eq!(text(b"1, 2".to_vec())?, "1, 2");
/// assert_eq!(text(b"1, \xff".to_vec()).unwrap_err().span, 3..6);
/// # Ok::<(), counterproof::files::read::NotText>(())
/// ```
pub fn text(bytes: Vec<u8>) -> Result<String, NotText> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        // up to the offending byte both texts are the same
        let shown = String::from_utf8_lossy(error.as_bytes()).into_owned();
        NotText { byte, shown, span: at..at + char::REPLACEMENT_CHARACTER.len_utf8() }
    })
}
