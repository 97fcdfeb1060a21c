//! Any text as a certificate; one that is read is checked for a moment.
#![no_main]

use counterproof::kernel::Certificate;
use counterproof::kernel::Clock;
use libfuzzer_sys::fuzz_target;
use std::sync::atomic::{AtomicU32, Ordering};

fuzz_target!(|text: &str| {
    if let Ok(certificate) = Certificate::parse(text) {
        let asked = AtomicU32::new(0);
        let go_on = || asked.fetch_add(1, Ordering::Relaxed) < 16;
        let _ = certificate.check(&Clock::new(&go_on, 1));
    }
});
