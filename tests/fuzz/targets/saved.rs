//! Any text as a saved run.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikemesh::{json::Document, report};

fuzz_target!(|text: &str| {
    if let Ok(document) = Document::parse("run.json", text) {
        let _ = report::read_run(document);
    }
});
