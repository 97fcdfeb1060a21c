//! The arrays of a file by name, decoded when they are asked for.

use super::metadata::Metadata;
use super::npy;
use super::number::Kind;
use super::{MAX_ARRAYS, MAX_BYTES};
use crate::files::error::{ImportError, some_of};
use crate::files::foreign::Foreign;
use crate::kernel::number::Rational;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

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

    /// The floats nearest to `count` numbers from `start` on, NaN and infinities as they are; fewer at the end.
    pub fn approximate(&self, start: usize, count: usize) -> impl Iterator<Item = f64> {
        let numbers = self.bytes.chunks_exact(self.kind.width());
        numbers.skip(start).take(count).map(|bytes| self.kind.approximate(bytes))
    }

    /// How many numbers it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() / self.kind.width()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// `[3, 4]`
    #[must_use]
    pub fn shape_text(&self) -> String {
        format!("{:?}", self.shape)
    }
}

/// The arrays of a file.
///
/// ```
/// use counterproof::files::weights::Arrays;
///
/// let header = r#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"seen":{"dtype":"BOOL","shape":[1],"data_offsets":[8,9]}}"#;
/// let mut file = (header.len() as u64).to_le_bytes().to_vec();
/// file.extend(header.as_bytes());
/// file.extend([0, 0, 128, 63, 0, 0, 0, 63, 1]);
/// let mut arrays = Arrays::read(&file)?;
/// assert_eq!(arrays.names().collect::<Vec<_>>(), ["seen", "w"]);
/// assert_eq!(arrays.decode("w")?.get(1).unwrap().unwrap().to_string(), "1/2");
/// // what nobody asks for is not decoded
/// assert!(arrays.decode("seen").unwrap_err().to_string().contains("BOOL"));
/// # Ok::<(), counterproof::files::ImportError>(())
/// ```
pub struct Arrays<'a> {
    contents: BTreeMap<String, Content<'a>>,
    archive: Option<ZipArchive<Cursor<&'a [u8]>>>,
    /// bytes that may still be unpacked
    left: u64,
}

/// Where an array is.
enum Content<'a> {
    /// the number of an entry of the archive
    Packed(usize),
    Tensor(TensorView<'a>),
}

impl<'a> Arrays<'a> {
    /// Finds the arrays of an `.npz` or a `.safetensors` file, told apart by how they begin.
    ///
    /// # Errors
    /// [`ImportError`] for a file of another kind, a malformed one, and a name that occurs twice.
    pub fn read(bytes: &'a [u8]) -> Result<Self, ImportError> {
        if bytes.len() > MAX_BYTES {
            return Err(ImportError::file(format!("at most {MAX_BYTES} bytes"), bytes.len()));
        }
        if let Some(foreign) = Foreign::of(bytes) {
            return Err(ImportError::Foreign(foreign));
        }
        if bytes.starts_with(b"PK") { Self::npz(bytes) } else { Self::safetensors(bytes) }
    }

    /// The names of all arrays.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.contents.keys().map(String::as_str)
    }

    /// The array of this name.
    ///
    /// # Errors
    /// [`ImportError::Array`] with the names that there are when it is missing, or saying what is wrong with it.
    pub fn decode(&mut self, name: &str) -> Result<Array, ImportError> {
        match (self.contents.get(name), &mut self.archive) {
            (Some(Content::Tensor(view)), _) => tensor(name, view),
            (Some(&Content::Packed(index)), Some(archive)) => {
                let unpacked = unpack(archive, index, name, &mut self.left)?;
                npy::read(name, &unpacked)
            }
            _ => {
                let known: Vec<&str> = self.names().collect();
                Err(ImportError::array(name, format!("one of {}", some_of(&known)), "none"))
            }
        }
    }

    fn npz(bytes: &'a [u8]) -> Result<Self, ImportError> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(no_archive)?;
        if archive.len() > MAX_ARRAYS {
            return Err(ImportError::file(format!("at most {MAX_ARRAYS} arrays"), archive.len()));
        }
        let twice = |name: &str| Err(ImportError::array(name, "one array of this name", "two"));
        if archive.has_duplicate_names() {
            let name = name_twice(bytes, archive.central_directory_start());
            let name = String::from_utf8_lossy(name.unwrap_or_default());
            return twice(name.strip_suffix(".npy").unwrap_or(&name));
        }
        let mut contents = BTreeMap::new();
        for index in 0..archive.len() {
            let Some(name) = archive.name_for_index(index) else { continue };
            let name = name.map_err(no_archive)?;
            if name.ends_with('/') {
                continue;
            }
            let name = name.strip_suffix(".npy").unwrap_or(&name).to_owned();
            if contents.insert(name.clone(), Content::Packed(index)).is_some() {
                return twice(&name);
            }
        }
        Ok(Self { contents, archive: Some(archive), left: MAX_BYTES as u64 })
    }

    fn safetensors(bytes: &'a [u8]) -> Result<Self, ImportError> {
        if Metadata::is_safetensors(bytes) {
            // refuses names that occur twice
            Metadata::read(bytes)?;
        }
        let file = SafeTensors::deserialize(bytes)
            .map_err(|error| ImportError::file("an .npz archive or a .safetensors file", error))?;
        if file.len() > MAX_ARRAYS {
            return Err(ImportError::file(format!("at most {MAX_ARRAYS} arrays"), file.len()));
        }
        let contents = file.tensors().into_iter().map(|(name, view)| (name, Content::Tensor(view)));
        Ok(Self { contents: contents.collect(), archive: None, left: 0 })
    }
}

fn no_archive(error: ZipError) -> ImportError {
    ImportError::file("an .npz archive", error)
}

fn unpack(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    name: &str,
    left: &mut u64,
) -> Result<Vec<u8>, ImportError> {
    let unreadable =
        |error: &dyn std::fmt::Display| ImportError::array(name, "a readable entry", error);
    let file = archive.by_index(index).map_err(|error| unreadable(&error))?;
    let mut content = Vec::new();
    let read = file.take(*left + 1).read_to_end(&mut content);
    let read = read.map_err(|error| unreadable(&error))?;
    *left = left.checked_sub(read as u64).ok_or_else(|| {
        ImportError::array(name, format!("at most {MAX_BYTES} bytes unpacked"), "more")
    })?;
    Ok(content)
}

/// The name that occurs twice in the central directory of an archive: its entries are 46 bytes, the name and two more fields
/// of lengths told in those bytes. The crate keeps the last of several entries and says only that there were more.
fn name_twice(bytes: &[u8], directory: u64) -> Option<&[u8]> {
    let mut rest = bytes.get(usize::try_from(directory).ok()?..)?;
    let mut seen = BTreeSet::new();
    while rest.starts_with(b"PK\x01\x02") {
        let length =
            |at: usize| Some(usize::from(u16::from_le_bytes([*rest.get(at)?, *rest.get(at + 1)?])));
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        let text = rest.get(46..46 + name)?;
        if !seen.insert(text) {
            return Some(text);
        }
        rest = rest.get(46 + name + extra + comment..)?;
    }
    None
}

fn tensor(name: &str, view: &TensorView<'_>) -> Result<Array, ImportError> {
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
    Ok(array)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn one_name_twice_is_refused_by_name() {
        let once = zip(&[("a/first.npy", b"1"), ("b/other.npy", b"2"), ("a/third.npy", b"3")]);
        let mut twice = once.clone();
        while let Some(at) = twice.windows(5).position(|part| part == b"third") {
            twice[at..at + 5].copy_from_slice(b"first");
        }
        assert_eq!(Arrays::read(&once).unwrap().names().count(), 3);
        let error = Arrays::read(&twice).err().unwrap().to_string();
        assert_eq!(error, "array `a/first`: expected one array of this name, found two");
        // with and without the ending
        let error = Arrays::read(&zip(&[("x.npy", b"1"), ("x", b"2")])).err().unwrap();
        assert_eq!(error.to_string(), "array `x`: expected one array of this name, found two");
    }

    #[test]
    fn what_is_not_asked_for_may_be_anything() {
        let object = b"\x93NUMPY\x01\x00\x3c\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }     \x80\x04";
        let file = zip(&[("notes.txt", b"trained on a Tuesday"), ("config.npy", object)]);
        let mut arrays = Arrays::read(&file).unwrap();
        assert_eq!(arrays.names().collect::<Vec<_>>(), ["config", "notes.txt"]);
        for (name, message) in [
            ("config", "found type |O"),
            ("notes.txt", "array `notes.txt`: expected a .npy array, found other bytes"),
            ("w", "array `w`: expected one of config, notes.txt, found none"),
        ] {
            let error = arrays.decode(name).unwrap_err().to_string();
            assert!(error.contains(message), "{error:?} does not say {message:?}");
        }
    }
}
