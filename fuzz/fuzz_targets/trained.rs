//! Any bytes as a `.safetensors` file with its mapping in the metadata; a model that is read judges one input.
//! The input may also be a header alone: it gets its length in front and zeros behind. Seeds: `tests/data/trained`.
#![no_main]

use counterproof::files::import;
use counterproof::files::weights::Metadata;
use counterproof::kernel::Clock;
use counterproof::kernel::definition::{Token, judge};
use counterproof::kernel::number::{Precision, integer, ratio};
use libfuzzer_sys::fuzz_target;

fn read(bytes: &[u8]) {
    let Ok(metadata) = Metadata::read(bytes) else { return };
    let _ = metadata.task();
    let Ok(Some(mapping)) = metadata.mapping() else { return };
    if let Ok(model) = import(bytes, &mapping) {
        let input = (&[Token(0)][..], 0, &integer(1));
        let _ = judge(&model, &ratio(1, 2), input, Precision(64), &Clock::unlimited());
    }
}

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    if bytes.first() == Some(&b'{') {
        let mut file = (bytes.len() as u64).to_le_bytes().to_vec();
        file.extend(bytes);
        file.extend([0; 4096]);
        read(&file);
    }
});
