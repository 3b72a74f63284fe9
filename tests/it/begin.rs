//! What a run does before it simulates: a mapping, once, and then the data, as far as they are used.

use crate::bench::{Bench, text};
use crate::common::repository;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::process::Command;

const TRAINED: &str = "networks/trained/digits-mlp";

fn trained() -> String {
    repository(TRAINED).display().to_string()
}

/// An IDX file of 8x8 images or of labels, packed, without its last bytes.
fn idx(images: bool, count: u32, missing: usize) -> Vec<u8> {
    let dims: &[u32] = if images { &[count, 8, 8] } else { &[count] };
    let mut bytes = (0x800 + dims.len() as u32).to_be_bytes().to_vec();
    bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    let values: u32 = dims.iter().product();
    bytes.extend((0..values).map(|at| if images { (at * 7 % 251) as u8 } else { (at % 10) as u8 }));
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&bytes).unwrap();
    let mut packed = packed.finish().unwrap();
    packed.truncate(packed.len() - missing);
    packed
}

/// A folder of images of which some are damaged, though not at their beginning.
fn data(bench: &Bench, name: &str, [train, test]: [bool; 2]) -> String {
    let folder = bench.path(name);
    std::fs::create_dir(&folder).unwrap();
    for (part, count, damaged) in [("train", 240, train), ("t10k", 40, test)] {
        let file = |kind: &str| format!("{folder}/{part}-{kind}-ubyte.gz");
        std::fs::write(file("images-idx3"), idx(true, count, if damaged { 60 } else { 0 })).unwrap();
        std::fs::write(file("labels-idx1"), idx(false, count, 0)).unwrap();
    }
    folder
}

/// Options of a chip on which no network fits.
const TINY: [&str; 6] = ["--set", "mesh.width=1", "--set", "mesh.height=1", "--set", "core.max_neurons=2"];

#[test]
fn a_network_that_does_not_fit_is_refused_before_its_data_are_unpacked() {
    let bench = Bench::new();
    let folder = data(&bench, "damaged", [true, true]);
    for network in [trained(), bench.path("small.json")] {
        let plain = ["run", "-q", "--chip", "loihi", "--network", &network, "--data", &folder];
        let unfit = bench.fail(&[&plain[..], &TINY].concat());
        assert!(unfit.contains("does not fit") && !unfit.contains("damaged"), "{unfit}");
        // A chip that has room for it comes to the data.
        let fit = bench.fail(&plain);
        assert!(fit.contains("is damaged"), "{fit}");
    }
}

#[test]
fn only_the_samples_that_a_run_takes_are_unpacked() {
    let bench = Bench::new();
    let folder = data(&bench, "tests_only", [true, false]);
    let network = trained();
    let plain = ["run", "-q", "--chip", "loihi", "--network", &network, "--data", &folder];
    // The samples are read, and turn out to be brighter than those that the network knows.
    let read = bench.fail(&plain);
    assert!(read.contains("reads values of 0 to 16"), "{read}");
    let profiled = bench.fail(&[&plain[..], &["--profile", "5"]].concat());
    assert!(profiled.contains("is damaged"), "{profiled}");
}

#[test]
fn a_layered_network_is_mapped_once() {
    let bench = Bench::new();
    for network in ["digits-mlp".to_owned(), trained()] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
        command.args(["run", "--samples", "2", "--chip", "loihi", "--network", &network]);
        command.env("SPIKEMESH_CACHE", bench.path("cache")).env("RUST_LOG", "spikemesh=info").env("NO_COLOR", "1");
        let output = command.output().unwrap();
        let log = text(&output.stderr);
        assert!(output.status.success(), "{log}");
        let mappings = log.lines().filter(|line| line.contains(": mapped"));
        assert_eq!(mappings.count(), 1, "{network}: {log}");
    }
}
