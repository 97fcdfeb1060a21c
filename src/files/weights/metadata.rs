//! What a `.safetensors` file says about itself: the mapping and the task in its `__metadata__`.
//!
//! The file begins with the length of its header and the header, one JSON object from names to arrays in which the
//! key `__metadata__` holds an object of strings. Format: safetensors 0.x. Ours are `counterproof-mapping`, the text
//! of a mapping file, `counterproof-task`, what `--task` says, and the length in `counterproof-shape` that a model was trained at. Names that occur twice are refused here: which of two
//! arrays or mappings is meant is not for a reader to guess.

use crate::files::error::ImportError;
use crate::files::mapping::Mapping;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The metadata key that holds the text of a mapping.
pub const MAPPING_KEY: &str = "counterproof-mapping";
/// The metadata key that holds the name of a task.
pub const TASK_KEY: &str = "counterproof-task";
/// The metadata key of the shape of a trained model, whose `n` is the length that it was trained at.
pub const SHAPE_KEY: &str = "counterproof-shape";

/// The longest header, which is also the longest that the format allows.
const MAX_HEADER: u64 = 100_000_000;
/// The longest mapping in bytes.
const MAX_MAPPING: usize = 1 << 20;

/// The strings of a file's `__metadata__`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// Whether `bytes` begin like a `.safetensors` file; no text does.
    #[must_use]
    pub fn is_safetensors(bytes: &[u8]) -> bool {
        match bytes.split_first_chunk() {
            Some((length, [b'{', ..])) => u64::from_le_bytes(*length) <= MAX_HEADER,
            _ => false,
        }
    }

    /// Reads the header of a `.safetensors` file.
    ///
    /// # Errors
    /// [`ImportError`] for a header that is truncated, no JSON object, or says something twice.
    pub fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        let wrong = |found: String| ImportError::file("the header of a .safetensors file", found);
        let Some((length, rest)) = bytes.split_first_chunk() else {
            return Err(wrong(format!("{} bytes", bytes.len())));
        };
        let length = u64::from_le_bytes(*length);
        if length > MAX_HEADER {
            return Err(wrong(format!("a length of {length} bytes")));
        }
        let header = usize::try_from(length).ok().and_then(|length| rest.get(..length));
        let Some(header) = header else {
            return Err(wrong(format!("{} of {length} bytes", rest.len())));
        };
        let header: Header =
            serde_json::from_slice(header).map_err(|error| wrong(error.to_string()))?;
        Ok(header.0)
    }

    /// The mapping; `None` when there is none.
    ///
    /// # Errors
    /// [`ImportError::Metadata`] for a text that is not a mapping.
    pub fn mapping(&self) -> Result<Option<Mapping>, ImportError> {
        let Some(text) = self.0.get(MAPPING_KEY) else { return Ok(None) };
        let wrong = |error: ImportError| ImportError::Metadata(MAPPING_KEY, Box::new(error));
        if text.len() > MAX_MAPPING {
            let expected = format!("at most {MAX_MAPPING} bytes");
            return Err(wrong(ImportError::file(expected, text.len())));
        }
        Mapping::parse(text).map(Some).map_err(wrong)
    }

    /// The text of the task; `None` when there is none.
    #[must_use]
    pub fn task(&self) -> Option<&str> {
        self.0.get(TASK_KEY).map(String::as_str)
    }

    /// The length that a model was trained at; `None` where the file does not say it.
    #[must_use]
    pub fn trained_length(&self) -> Option<u64> {
        #[derive(Deserialize)]
        struct Trained {
            n: u64,
        }
        let text = self.0.get(SHAPE_KEY)?;
        serde_json::from_str::<Trained>(text).ok().map(|shape| shape.n)
    }
}

/// The header; of the arrays it keeps nothing but that their names differ.
struct Header(Metadata);

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Header;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object from names to arrays")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut names = BTreeSet::new();
                let mut metadata = Metadata::default();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        metadata = map.next_value::<Option<Strings>>()?.unwrap_or_default().0;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                    if let Some(name) = names.replace(name) {
                        return Err(A::Error::custom(format!("`{name}` twice")));
                    }
                }
                Ok(Header(metadata))
            }
        }
        deserializer.deserialize_map(Names)
    }
}

#[derive(Default)]
struct Strings(Metadata);

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Strings;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strings, A::Error> {
                let mut strings = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, String>()? {
                    if strings.contains_key(&key) {
                        return Err(A::Error::custom(format!("__metadata__: `{key}` twice")));
                    }
                    strings.insert(key, value);
                }
                Ok(Strings(Metadata(strings)))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes
    }

    #[test]
    fn no_text_is_taken_for_a_file_of_arrays() {
        assert!(Metadata::is_safetensors(&file("{}")));
        for text in ["", "{}", "        {\"format\": 1}", "\n\n\n\n\n\n\n\n{", "PK\x03\x04"] {
            assert!(!Metadata::is_safetensors(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn what_a_file_says_of_itself_is_read_once_and_strictly() {
        let read = |header: &str| Metadata::read(&file(header));
        let metadata = read(r#"{"__metadata__":{"counterproof-task":"mfe"},"a":{"x":[1]}}"#);
        assert_eq!(metadata.unwrap().task(), Some("mfe"));
        assert_eq!(read(r#"{"__metadata__":null}"#).unwrap().task(), None);
        let trained = read(r#"{"__metadata__":{"counterproof-shape":"{\"m\":3,\"n\":80}"}}"#);
        assert_eq!(trained.unwrap().trained_length(), Some(80));
        let unlike = read(r#"{"__metadata__":{"counterproof-shape":"large"}}"#);
        assert_eq!(unlike.unwrap().trained_length(), None);
        assert_eq!(read("{}").unwrap().mapping(), Ok(None));
        for (header, message) in [
            (r#"{"a":{},"a":{}}"#, "`a` twice"),
            (r#"{"__metadata__":{},"__metadata__":{}}"#, "`__metadata__` twice"),
            (r#"{"__metadata__":{"k":"1","k":"2"}}"#, "__metadata__: `k` twice"),
            (r#"{"__metadata__":{"k":1}}"#, "invalid type: integer"),
            (r#"{"__metadata__":[]}"#, "an object of strings"),
            ("[]", "an object from names to arrays"),
            ("{} {}", "trailing characters"),
        ] {
            let error = read(header).unwrap_err().to_string();
            assert!(error.contains(message), "{error:?} does not say {message:?}");
        }
        let mapping = |text: &str| {
            let text = serde_json::to_string(text).unwrap();
            let header = format!(r#"{{"__metadata__":{{"counterproof-mapping":{text}}}}}"#);
            read(&header).and_then(|metadata| metadata.mapping()).unwrap_err().to_string()
        };
        assert!(mapping("{}").contains("`counterproof-mapping`: mapping: "), "{}", mapping("{}"));
        let huge = mapping(&"x".repeat(MAX_MAPPING + 1));
        assert!(huge.contains("at most 1048576 bytes, found 1048577"), "{huge}");
        for bytes in
            [&b"\x02\0\0\0\0\0\0\0{"[..], b"\x02\0\0", b"\xff\xff\xff\xff\xff\xff\xff\xff{}"]
        {
            let error = Metadata::read(bytes).unwrap_err().to_string();
            assert!(error.contains("the header of a .safetensors file"), "{error}");
        }
    }
}
