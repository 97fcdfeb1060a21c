//! Any bytes as an `.npz` archive, read with the mapping of Tracr's model. Seeds: `tests/data/tracr/*.npz`.
#![no_main]

use counterproof::files::import;
use counterproof::files::mapping::Mapping;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static MAPPING: LazyLock<Mapping> = LazyLock::new(|| {
    Mapping::parse(include_str!("../../tests/data/tracr/hist_V4_L6.mapping.json")).unwrap()
});

fuzz_target!(|bytes: &[u8]| {
    let mut archive = b"PK".to_vec();
    archive.extend(bytes.strip_prefix(b"PK").unwrap_or(bytes));
    let _ = import(&archive, &MAPPING);
    // the entries themselves, past the archive's checksums
    let _ = counterproof::files::weights::read_npy("x", bytes);
});
