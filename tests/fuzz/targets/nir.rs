//! Any bytes as a NIR graph: read, lowered and made integers, or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikemesh::net::nir;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(graph) = nir::parse("graph.nir", bytes.to_vec())
        && let Ok(lowered) = nir::lower(&graph, nir::Options::default())
    {
        let _ = nir::quantise(&lowered, nir::Bits::default());
    }
});
