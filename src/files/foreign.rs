//! Files that are not read, told by how they begin: what the file is, and what makes of it one that is.

use super::weights::Metadata;
use std::fmt;
use std::io::Cursor;
use zip::ZipArchive;

/// A kind of file that nothing here reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    what: &'static str,
    advice: &'static str,
}

const TORCH: &str = "in Python, `import torch; from safetensors.torch import save_file; save_file({k: v.clone().contiguous() \
    for k, v in torch.load(\"model.pt\", map_location=\"cpu\", weights_only=True).items()}, \"model.safetensors\")` writes \
    the same weights as a file of arrays";
const ONNX: &str = "in Python, `import numpy, onnx; numpy.savez(\"model.npz\", **{t.name: onnx.numpy_helper.to_array(t) \
    for t in onnx.load(\"model.onnx\").graph.initializer})` writes its arrays";
const HDF5: &str = "in Python, `import h5py, numpy; a = {}; h5py.File(\"model.h5\").visititems(lambda k, v: a.update({k: v[()]}) \
    if isinstance(v, h5py.Dataset) else None); numpy.savez(\"model.npz\", **a)` writes its arrays";
const KERAS: &str = "unzip it and take the arrays from the `.h5` file in it";
const SHARDS: &str = "in Python, `from safetensors.torch import load_file, save_file` and join the files that it lists into one";

/// First bytes, what such a file is, and what to do. The longer of two that agree comes first.
const BEGINNINGS: [(&[u8], &str, &str); 14] = [
    (
        b"version https://git-lfs.github.com/spec/",
        "a Git LFS pointer, not the file itself",
        "fetch it with `git lfs pull`",
    ),
    (b"\x1f\x8b", "a file compressed by gzip", "unpack it first, with `gunzip`"),
    (b"BZh", "a file compressed by bzip2", "unpack it first, with `bunzip2`"),
    (b"\xfd7zXZ\0", "a file compressed by xz", "unpack it first, with `unxz`"),
    (b"\x28\xb5\x2f\xfd", "a file compressed by Zstandard", "unpack it first, with `unzstd`"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras, `.h5`)", HDF5),
    (
        b"GGUF",
        "a GGUF file",
        "its weights may be quantised: take the `.safetensors` file that it was made from",
    ),
    (
        b"\x93NUMPY",
        "a single `.npy` array",
        "a model has several: `numpy.savez(\"model.npz\", name=array, ..)` writes them with names",
    ),
    // a pickle of protocol 2 to 5, as torch.save wrote them before 1.6
    (b"\x80\x02", "a Python pickle (an old PyTorch file?)", TORCH),
    (b"\x80\x03", "a Python pickle", TORCH),
    (b"\x80\x04", "a Python pickle", TORCH),
    (b"\x80\x05", "a Python pickle", TORCH),
    (b"<!DOCTYPE html", "a web page", "download the file itself, not the page about it"),
    (b"<html", "a web page", "download the file itself, not the page about it"),
];

impl Foreign {
    /// What the file is, if it is of a known kind that is not read.
    ///
    /// ```
    /// use counterproof::files::foreign::Foreign;
    ///
    /// let told = Foreign::of(b"\x1f\x8b\x08\0..").unwrap().to_string();
    /// assert_eq!(told, "this is a file compressed by gzip: unpack it first, with `gunzip`");
    /// assert_eq!(Foreign::of(b"{\"format\": \"counterproof-model\"}"), None);
    /// ```
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        // it begins with the length of its header, which may be the first bytes of anything
        if Metadata::is_safetensors(bytes) {
            return None;
        }
        let known = BEGINNINGS.iter().find(|(start, ..)| bytes.starts_with(start));
        if let Some(&(_, what, advice)) = known {
            return Some(Self { what, advice });
        }
        match bytes {
            [b'P', b'K', ..] => Self::zipped(bytes),
            // the first two fields of an ONNX model: the version, which is small, and the name of the producer
            [0x08, 1..=30, 0x12, ..] => Some(Self { what: "an ONNX model", advice: ONNX }),
            [b'{', ..] if begins_with_key(bytes, "weight_map") => {
                Some(Self { what: "the index of a model in several files", advice: SHARDS })
            }
            _ => None,
        }
    }

    fn zipped(bytes: &[u8]) -> Option<Self> {
        let archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
        let holds = |ending: &[u8]| archive.file_names_raw().any(|name| name.ends_with(ending));
        if holds(b"data.pkl") {
            Some(Self {
                what: "a PyTorch file (`.pt`, `.pth`: a zip with a pickle)",
                advice: TORCH,
            })
        } else if holds(b"model.weights.h5") {
            Some(Self { what: "a Keras model", advice: KERAS })
        } else {
            None
        }
    }
}

/// Whether an object of JSON has this key near its beginning.
fn begins_with_key(bytes: &[u8], key: &str) -> bool {
    let start = String::from_utf8_lossy(bytes.get(..300).unwrap_or(bytes));
    start.contains(&format!("\"{key}\""))
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is {}: {}", self.what, self.advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn zip(names: &[&str]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(b"x").unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn every_kind_is_told_with_what_to_do() {
        for (bytes, what, advice) in [
            (zip(&["archive/data.pkl", "archive/data/0"]), "a PyTorch file", "save_file("),
            (zip(&["config.json", "model.weights.h5"]), "a Keras model", "unzip"),
            (
                b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.".to_vec(),
                "an old PyTorch file",
                "save_file(",
            ),
            (b"\x08\x07\x12\x07pytorch".to_vec(), "an ONNX model", "numpy_helper"),
            (b"\x1f\x8b\x08\0".to_vec(), "compressed by gzip", "gunzip"),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".to_vec(),
                "a Git LFS pointer",
                "git lfs pull",
            ),
            (b"\x89HDF\r\n\x1a\n\0".to_vec(), "an HDF5 file", "h5py"),
            (b"\x93NUMPY\x01\0".to_vec(), "a single `.npy` array", "savez"),
            (
                b"{\"metadata\": {\"total_size\": 1}, \"weight_map\": {}}".to_vec(),
                "several files",
                "join",
            ),
        ] {
            let told = Foreign::of(&bytes).map(|foreign| foreign.to_string()).unwrap_or_default();
            assert!(told.contains(what) && told.contains(advice), "{told:?} does not say {what:?}");
        }
    }

    #[test]
    fn what_is_read_is_not_foreign() {
        for bytes in [
            &zip(&["x.npy", "notes.txt"])[..],
            b"PK",
            b"",
            b"\x08\0\0\0\0\0\0\0{}      ",
            // headers whose lengths are the first bytes of a pickle, a gzip file and an ONNX model
            b"\x80\x05\0\0\0\0\0\0{\"a\":",
            b"\x1f\x8b\x08\0\0\0\0\0{\"a\":",
            b"\x08\x07\x12\0\0\0\0\0{\"a\":",
            b"{}",
            b"NAME x\nROWS\n",
        ] {
            assert_eq!(Foreign::of(bytes), None, "{bytes:?}");
        }
    }
}
