//! The arrays of a file by name, their numbers still bytes.

use super::metadata::Metadata;
use super::npy;
use super::number::Kind;
use super::{ImportError, MAX_ARRAYS, MAX_BYTES};
use crate::kernel::number::Rational;
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// An array: little-endian entries of one kind, the last index running fastest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub kind: Kind,
    pub(super) bytes: Vec<u8>,
}

impl Array {
    /// The number at `index`; `None` outside the array.
    ///
    /// # Errors
    /// The name of what is no number: `NaN` or an infinity.
    pub fn get(&self, index: usize) -> Option<Result<Rational, &'static str>> {
        let width = self.kind.width();
        let start = index.checked_mul(width)?;
        let bytes = self.bytes.get(start..start.checked_add(width)?)?;
        Some(self.kind.decode(bytes))
    }

    /// `[3, 4]`
    #[must_use]
    pub fn shape_text(&self) -> String {
        format!("{:?}", self.shape)
    }
}

/// The arrays of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrays(BTreeMap<String, Array>);

impl Arrays {
    /// Reads an `.npz` or a `.safetensors` file, told apart by how they begin.
    ///
    /// # Errors
    /// [`ImportError`] naming the array that is malformed.
    pub fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        if bytes.len() > MAX_BYTES {
            return Err(ImportError::file(format!("at most {MAX_BYTES} bytes"), bytes.len()));
        }
        if bytes.starts_with(b"PK") { Self::npz(bytes) } else { Self::safetensors(bytes) }
    }

    /// The array of this name.
    ///
    /// # Errors
    /// [`ImportError::Array`] with the names that there are.
    pub fn get(&self, name: &str) -> Result<&Array, ImportError> {
        self.0.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.0.keys().map(String::as_str).collect();
            ImportError::array(name, format!("one of {}", super::clip(known.join(", "))), "none")
        })
    }

    fn npz(bytes: &[u8]) -> Result<Self, ImportError> {
        let wrong = |error: zip::result::ZipError| ImportError::file("an .npz archive", error);
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(wrong)?;
        if archive.len() > MAX_ARRAYS {
            return Err(ImportError::file(format!("at most {MAX_ARRAYS} arrays"), archive.len()));
        }
        let mut arrays = BTreeMap::new();
        let mut left = MAX_BYTES as u64;
        for index in 0..archive.len() {
            let file = archive.by_index(index).map_err(wrong)?;
            let name = file.name().map_err(wrong)?.into_owned();
            if file.is_dir() {
                continue;
            }
            let name = name.strip_suffix(".npy").unwrap_or(&name).to_owned();
            let mut content = Vec::new();
            let read = file.take(left + 1).read_to_end(&mut content);
            let read =
                read.map_err(|error| ImportError::array(&name, "a readable entry", error))?;
            left = left.checked_sub(read as u64).ok_or_else(|| {
                ImportError::array(&name, format!("at most {MAX_BYTES} bytes unpacked"), "more")
            })?;
            let array = npy::read(&name, &content)?;
            if arrays.insert(name.clone(), array).is_some() {
                return Err(ImportError::array(&name, "one array of this name", "two"));
            }
        }
        Ok(Self(arrays))
    }

    fn safetensors(bytes: &[u8]) -> Result<Self, ImportError> {
        if Metadata::is_safetensors(bytes) {
            // refuses names that occur twice
            Metadata::read(bytes)?;
        }
        let file = SafeTensors::deserialize(bytes)
            .map_err(|error| ImportError::file("an .npz archive or a .safetensors file", error))?;
        if file.len() > MAX_ARRAYS {
            return Err(ImportError::file(format!("at most {MAX_ARRAYS} arrays"), file.len()));
        }
        let mut arrays = BTreeMap::new();
        for (name, view) in file.iter() {
            let kind = match view.dtype() {
                Dtype::F16 => Kind::Float(2),
                Dtype::BF16 => Kind::BrainFloat,
                Dtype::F32 => Kind::Float(4),
                Dtype::F64 => Kind::Float(8),
                Dtype::I8 => Kind::Signed(1),
                Dtype::I16 => Kind::Signed(2),
                Dtype::I32 => Kind::Signed(4),
                Dtype::I64 => Kind::Signed(8),
                Dtype::U8 => Kind::Unsigned(1),
                Dtype::U16 => Kind::Unsigned(2),
                Dtype::U32 => Kind::Unsigned(4),
                Dtype::U64 => Kind::Unsigned(8),
                other => {
                    let expected = "floats of 16, 32 or 64 bits, bfloat16 or integers";
                    return Err(ImportError::array(name, expected, format!("{other:?}")));
                }
            };
            let array = Array { shape: view.shape().to_vec(), kind, bytes: view.data().to_vec() };
            npy::check_size(name, &array)?;
            arrays.insert(name.to_owned(), array);
        }
        Ok(Self(arrays))
    }
}
