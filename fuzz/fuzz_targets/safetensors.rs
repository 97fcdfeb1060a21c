//! Any bytes as a `.safetensors` file.
#![no_main]

use counterproof::files::weights::Arrays;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Arrays::read(bytes);
});
