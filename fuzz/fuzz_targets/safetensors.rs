//! Any bytes as a `.safetensors` file, every array of which is decoded.
#![no_main]

use counterproof::files::weights::Arrays;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut arrays) = Arrays::read(bytes) else { return };
    let names: Vec<String> = arrays.names().map(str::to_owned).collect();
    for name in names {
        let _ = arrays.decode(&name);
    }
});
