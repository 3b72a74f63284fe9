//! Any text as a network file, layered or sparse: a network or its problems.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikemesh::{json::Document, net};
use std::path::Path;

fuzz_target!(|text: &str| {
    if let Ok(document) = Document::parse("network.json", text) {
        let _ = net::read(document, "network", Path::new("nowhere"));
    }
});
