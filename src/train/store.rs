//! `.safetensors` files: a length, a JSON header, and the numbers.
//!
//! The crate that reads them keeps metadata in a hash map, so what it writes differs from run to run; the same model is
//! to be the same bytes, so the header is written here.

use safetensors::{Dtype, SafeTensors};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A tensor to write: name, shape, entries.
pub(super) type Entry<'a> = (&'a str, Vec<usize>, &'a [f32]);

/// The bytes of a file.
pub(super) fn write(metadata: &BTreeMap<String, String>, tensors: &[Entry<'_>]) -> Vec<u8> {
    let mut header = Map::new();
    header.insert("__metadata__".to_owned(), json!(metadata));
    let mut from = 0;
    for (name, shape, values) in tensors {
        let to = from + 4 * values.len();
        let entry = json!({ "dtype": "F32", "shape": shape, "data_offsets": [from, to] });
        header.insert((*name).to_owned(), entry);
        from = to;
    }
    let mut header = Value::Object(header).to_string().into_bytes();
    // numbers begin at a multiple of eight
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.append(&mut header);
    for (_, _, values) in tensors {
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }
    bytes
}

/// A file's metadata, and its tensors by name.
pub(super) type Contents = (BTreeMap<String, String>, BTreeMap<String, Vec<f32>>);

/// Reads a file whose tensors are all of `f32`.
///
/// # Errors
/// What is wrong with the file, in words.
pub(super) fn read(bytes: &[u8]) -> Result<Contents, String> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let metadata = header.metadata().clone().unwrap_or_default().into_iter().collect();
    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.iter() {
        if view.dtype() != Dtype::F32 {
            return Err(format!("`{name}` holds {:?}, not F32", view.dtype()));
        }
        let chunks = view.data().chunks_exact(4);
        let values = chunks.filter_map(|bytes| bytes.first_chunk()).map(|b| f32::from_le_bytes(*b));
        tensors.insert(name.to_owned(), values.collect());
    }
    Ok((metadata, tensors))
}
