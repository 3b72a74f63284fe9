//! Any text as a trace of packets to replay.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikemesh::noc::trace;

fuzz_target!(|bytes: &[u8]| {
    let _ = trace::read("packets.txt", bytes, 64, 16);
});
