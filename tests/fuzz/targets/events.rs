//! Any bytes as a file of events: the first says which format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikemesh::data::events::{aedat4, nmnist, npy, prophesee};

fuzz_target!(|bytes: &[u8]| {
    let Some((format, bytes)) = bytes.split_first() else { return };
    match format % 4 {
        0 => drop(nmnist::read(bytes)),
        1 => drop(aedat4::read(bytes)),
        2 => drop(prophesee::read(bytes)),
        _ => drop(npy::read(bytes)),
    }
});
