//! Any bytes as an `.npy` file of spike trains.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikemesh::data::spike_trains;
use std::sync::LazyLock;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

fuzz_target!(|bytes: &[u8]| {
    let path = FOLDER.path().join("spikes.npy");
    std::fs::write(&path, bytes).unwrap();
    let _ = spike_trains(&path);
});
