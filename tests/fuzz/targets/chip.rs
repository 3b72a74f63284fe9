//! Any text as a chip file: a chip or its problems.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikemesh::{hw, json::Document};

fuzz_target!(|text: &str| {
    if let Ok(document) = Document::parse("chip.json", text) {
        let _ = hw::read(document, "chip");
    }
});
