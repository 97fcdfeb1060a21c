//! One `.npy` array: magic, version, a header that is a Python dictionary of three keys, then the entries.
//!
//! The header's language is all of Python's literals; what NumPy writes is
//! `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, and that is what is read. Format: NumPy's
//! `numpy.lib.format`, versions 1 to 3.

use super::arrays::Array;
use super::number::Kind;
use crate::files::error::ImportError;

/// The longest header.
const MAX_HEADER: usize = 1 << 16;
/// The most dimensions.
const MAX_RANK: usize = 8;

/// Reads one array; `name` is for messages.
///
/// # Errors
/// [`ImportError::Array`] saying what was expected and what was found.
pub fn read(name: &str, bytes: &[u8]) -> Result<Array, ImportError> {
    let wrong = |expected: &str, found: &str| ImportError::array(name, expected, found);
    let Some(rest) = bytes.strip_prefix(b"\x93NUMPY") else {
        return Err(wrong("a .npy array", "other bytes"));
    };
    let (length, rest) = match rest {
        [1, _, a, b, rest @ ..] => (usize::from(u16::from_le_bytes([*a, *b])), rest),
        [2 | 3, _, a, b, c, d, rest @ ..] => {
            let length = u32::from_le_bytes([*a, *b, *c, *d]);
            (usize::try_from(length).unwrap_or(usize::MAX), rest)
        }
        [version, ..] => {
            return Err(ImportError::array(name, "version 1, 2 or 3 of the .npy format", version));
        }
        [] => return Err(wrong("a .npy array", "its first bytes only")),
    };
    if length > MAX_HEADER {
        return Err(ImportError::array(
            name,
            format!("a header of at most {MAX_HEADER} bytes"),
            length,
        ));
    }
    let Some((header, data)) = rest.split_at_checked(length) else {
        return Err(wrong("a whole header", "a truncated one"));
    };
    let header =
        std::str::from_utf8(header).map_err(|_| wrong("a header of text", "other bytes"))?;
    let Header { descr, fortran, shape } = Header::parse(header).ok_or_else(|| {
        wrong("a header {'descr': '<f4', 'fortran_order': .., 'shape': (..)}", header)
    })?;
    let (kind, big_endian) = kind(&descr).ok_or_else(|| {
        wrong("floats of 16, 32 or 64 bits or integers", &format!("type {descr}"))
    })?;
    let mut array = Array { shape, kind, bytes: data.to_vec() };
    check_size(name, &array)?;
    if big_endian {
        array.bytes.chunks_exact_mut(kind.width()).for_each(<[u8]>::reverse);
    }
    if fortran && array.shape.len() > 1 {
        array = last_index_fastest(array);
    }
    Ok(array)
}

/// Whether the shape and the number of bytes belong together.
pub(super) fn check_size(name: &str, array: &Array) -> Result<(), ImportError> {
    let expected = array
        .shape
        .iter()
        .try_fold(array.kind.width(), |size, &length| size.checked_mul(length))
        .filter(|_| array.shape.len() <= MAX_RANK);
    match expected {
        Some(expected) if expected == array.bytes.len() => Ok(()),
        Some(expected) => {
            let expected = format!("{expected} bytes for shape {}", array.shape_text());
            Err(ImportError::array(name, expected, array.bytes.len()))
        }
        None => Err(ImportError::array(name, "a shape of a sensible size", array.shape_text())),
    }
}

struct Header {
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    fn parse(text: &str) -> Option<Self> {
        let mut text = text.trim().strip_prefix('{')?.trim_end().strip_suffix('}')?.trim();
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        while !text.is_empty() {
            let (key, rest) = quoted(text)?;
            let rest = rest.trim_start().strip_prefix(':')?.trim_start();
            let rest = match key {
                "descr" => {
                    let (value, rest) = quoted(rest)?;
                    (descr.replace(value).is_none()).then_some(rest)?
                }
                "fortran_order" => {
                    let (value, rest) = match rest.strip_prefix("True") {
                        Some(rest) => (true, rest),
                        None => (false, rest.strip_prefix("False")?),
                    };
                    (fortran.replace(value).is_none()).then_some(rest)?
                }
                "shape" => {
                    let (inside, rest) = rest.strip_prefix('(')?.split_once(')')?;
                    (shape.replace(lengths(inside)?).is_none()).then_some(rest)?
                }
                _ => return None,
            };
            let rest = rest.trim_start();
            text = match rest.strip_prefix(',') {
                Some(rest) => rest.trim_start(),
                None => rest.is_empty().then_some(rest)?,
            };
        }
        Some(Self { descr: descr?.to_owned(), fortran: fortran?, shape: shape? })
    }
}

/// `'text' rest`, in either quote.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|&c| c == '\'' || c == '"')?;
    text.get(1..)?.split_once(quote)
}

/// `3, 4`, `3,` or nothing; Python 2 wrote `3L, 4L`.
fn lengths(text: &str) -> Option<Vec<usize>> {
    let text = text.trim();
    let text = text.strip_suffix(',').unwrap_or(text).trim();
    if text.is_empty() {
        return Some(Vec::new());
    }
    let digits = |part: &str| {
        let part = part.trim();
        let part = part.strip_suffix('L').unwrap_or(part);
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten()
    };
    text.split(',').map(digits).collect()
}

/// The kind of a type string such as `<f4`, and whether it is big-endian.
fn kind(descr: &str) -> Option<(Kind, bool)> {
    let (order, rest) = descr.split_at_checked(1)?;
    let big_endian = match order {
        "<" | "|" | "=" => false,
        ">" => true,
        _ => return None,
    };
    let kind = match rest {
        "f2" => Kind::Float(2),
        "f4" => Kind::Float(4),
        "f8" => Kind::Float(8),
        "i1" => Kind::Signed(1),
        "i2" => Kind::Signed(2),
        "i4" => Kind::Signed(4),
        "i8" => Kind::Signed(8),
        "u1" => Kind::Unsigned(1),
        "u2" => Kind::Unsigned(2),
        "u4" => Kind::Unsigned(4),
        "u8" => Kind::Unsigned(8),
        _ => return None,
    };
    Some((kind, big_endian))
}

/// An array whose first index runs fastest, as its bytes lie, with the last one running fastest.
fn last_index_fastest(array: Array) -> Array {
    let width = array.kind.width();
    let mut steps = Vec::with_capacity(array.shape.len());
    let mut size = width;
    for &length in &array.shape {
        steps.push(size);
        size *= length;
    }
    let mut bytes = Vec::with_capacity(array.bytes.len());
    let mut index = vec![0; array.shape.len()];
    for _ in 0..array.len() {
        let start: usize = index.iter().zip(&steps).map(|(i, step)| i * step).sum();
        bytes.extend_from_slice(array.bytes.get(start..start + width).unwrap_or_default());
        for (i, &length) in index.iter_mut().zip(&array.shape).rev() {
            *i += 1;
            if *i < length {
                break;
            }
            *i = 0;
        }
    }
    Array { bytes, ..array }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::number::{Rational, integer};

    fn npy(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn numbers(array: &Array) -> Vec<Rational> {
        (0..).map_while(|i| array.get(i)).map(Result::unwrap).collect()
    }

    #[test]
    fn what_numpy_writes_is_read() {
        let entries = |order: fn(u16) -> [u8; 2]| (1..=6).flat_map(order).collect::<Vec<u8>>();
        let (little, big) = (entries(u16::to_le_bytes), entries(u16::to_be_bytes));
        for (header, data, expected) in [
            (
                "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), }  \n",
                &little,
                [1, 2, 3, 4, 5, 6],
            ),
            (
                "{'descr': '>u2', 'fortran_order': False, 'shape': (2, 3), }",
                &big,
                [1, 2, 3, 4, 5, 6],
            ),
            (
                "{'descr': '<u2', 'fortran_order': True, 'shape': (2, 3), }",
                &little,
                [1, 3, 5, 2, 4, 6],
            ),
            (
                "{\"shape\":(6,),\"fortran_order\":True,\"descr\":\"<u2\"}",
                &little,
                [1, 2, 3, 4, 5, 6],
            ),
            (
                "{'descr': '<u2', 'fortran_order': True, 'shape': (1, 2, 3), }",
                &little,
                [1, 3, 5, 2, 4, 6],
            ),
            (
                "{'descr': '<u2', 'fortran_order': True, 'shape': (3, 1, 2), }",
                &little,
                [1, 4, 2, 5, 3, 6],
            ),
            (
                "{'descr': '<u2', 'fortran_order': False, 'shape': (2L, 3L), }",
                &little,
                [1, 2, 3, 4, 5, 6],
            ),
        ] {
            let array = read("x", &npy(header, data)).unwrap();
            assert_eq!(numbers(&array), expected.map(integer), "{header}");
        }
        let scalar =
            read("x", &npy("{'descr': '|i1', 'fortran_order': False, 'shape': ()}", &[255]));
        assert_eq!(numbers(&scalar.unwrap()), [integer(-1)]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (bytes, message) in [
            (b"nonsense".to_vec(), "expected a .npy array"),
            (b"\x93NUMPY".to_vec(), "its first bytes only"),
            (b"\x93NUMPY\x09\x00".to_vec(), "version 1, 2 or 3"),
            (b"\x93NUMPY\x01\x00\xff\xff{".to_vec(), "a truncated one"),
            (b"\x93NUMPY\x02\x00\xff\xff\xff\xff{".to_vec(), "a header of at most"),
            (npy("{'descr': '<f4', 'shape': (1,)}", &[]), "expected a header"),
            (npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", &[]), "found type <c8"),
            (npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", &[]), "found type |O"),
            (
                npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", &[0; 7]),
                "array `x`: expected 8 bytes for shape [2], found 7",
            ),
            (
                npy(
                    "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
                    &[],
                ),
                "a shape of a sensible size",
            ),
            (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", &[]), "a header"),
        ] {
            let error = read("x", &bytes).unwrap_err().to_string();
            assert!(error.contains(message), "{error:?} does not say {message:?}");
        }
    }
}
