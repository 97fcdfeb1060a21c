//! Any text as a model file or a mapping; a model that is read is written and read back.
#![no_main]

use counterproof::files::mapping::Mapping;
use counterproof::files::model::Model;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Mapping::parse(text);
    if let Ok(model) = Model::parse(text) {
        assert_eq!(Model::parse(&model.to_json().unwrap()), Ok(model));
    }
});
