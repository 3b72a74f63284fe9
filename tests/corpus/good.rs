//! Good files of every kind: the repository's own, what the program writes, and some by hand.

use crate::readers::{array, repository, train};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Largest file that is damaged (bytes): larger ones only take longer.
const LARGEST: usize = 1 << 16;

/// Files by kind.
pub fn all() -> BTreeMap<&'static str, Vec<Vec<u8>>> {
    let folder = tempfile::tempdir().unwrap();
    let made = made(folder.path());
    let nmnist = [[3, 5, 0x80, 0, 9], [7, 1, 0, 1, 2], [0, 0, 0x80, 2, 7]].concat();
    let prophesee =
        [&b"% Width 8\n% Height 8\n"[..], &[0, 8], &[1, 0, 0, 0, 3, 64, 1, 16, 9, 0, 0, 0, 1, 0, 0, 0]].concat();
    let spikes = array("'|u1'", "(4, 1, 2, 2)", &[1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1]);
    let record = "[('x', '<i2'), ('y', '<i2'), ('t', '<i4'), ('p', '|i1')]";
    let events = array(record, "(2,)", &[1; 18]);
    let ten = array("'|u1'", "(10, 1, 2, 2)", &[1, 0, 0, 1].repeat(10));
    let pixels: Vec<u8> = (0..52).map(|pixel| pixel * 4).collect();
    let idx = [&[0, 0, 8, 3, 0, 0, 0, 13, 0, 0, 0, 2, 0, 0, 0, 2][..], &pixels].concat();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&idx).unwrap();
    let recording = aedat4();
    // Those that need nothing beside them; damage to the first byte makes them others.
    let formats = [(0u8, &nmnist), (2, &prophesee), (3, &ten)];
    let of_class = formats.map(|(format, bytes)| [&[format], &bytes[..]].concat()).to_vec();
    let named: BTreeMap<&'static str, Vec<Vec<u8>>> = [
        ("aedat4", vec![recording.clone()]),
        ("checkpoint", made["checkpoint"].clone()),
        ("chip", [shipped(&["hw_models", "tests/chips"], "json"), vec![OVERLAY.as_bytes().to_vec()]].concat()),
        ("data", of_class),
        ("event_arrays", vec![events, spikes.clone()]),
        ("idx", vec![idx, packed.finish().unwrap()]),
        ("images", shipped(&["tests/fixtures/images"], "png").into_iter().take(1).chain(photographs()).collect()),
        ("journal", made["journal"].clone()),
        ("mapping", made["mapping"].clone()),
        ("network", [shipped(&["networks"], "json"), vec![SPARSE.as_bytes().to_vec()]].concat()),
        ("nir", made["nir"].clone()),
        ("nmnist", vec![nmnist]),
        ("npy", vec![array("'|u1'", "(13, 2, 2)", &pixels), array("'<f4'", "(13, 1, 1)", &[0; 52])]),
        ("npz", vec![archive(&pixels)]),
        ("prophesee", vec![prophesee]),
        ("replay", vec![b"# packets\ncycle source destination flits\n0 1 2 4\n3, 5, 60, 1\n9 0 63\n".to_vec()]),
        ("saved", made["saved"].clone()),
        ("sweep", vec![SWEEP.as_bytes().to_vec()]),
        ("targets", vec![array("'|u1'", "(13, 2, 2)", &pixels), array("'<f4'", "(13,)", &[0; 52])]),
        ("trains", vec![spikes]),
        ("wav", vec![std::fs::read(repository().join("tests/fixtures/sounds/chirp.wav")).unwrap()]),
        ("weights", vec![std::fs::read(repository().join("networks/trained/digits-mlp/weights.safetensors")).unwrap()]),
    ]
    .into();
    for (kind, files) in &named {
        assert!(!files.is_empty() && files.iter().all(|file| !file.is_empty()), "{kind}: no good files");
    }
    named
}

/// Writes files of a kind as libFuzzer wants them.
pub fn write(folder: &Path, kind: &str, files: &[Vec<u8>]) {
    let folder = folder.join(kind);
    std::fs::create_dir_all(&folder).unwrap();
    files
        .iter()
        .enumerate()
        .for_each(|(number, file)| std::fs::write(folder.join(format!("good-{number}")), file).unwrap());
}

/// JPEG files: of all colours, in one pass and in several, and a grey one.
fn photographs() -> Vec<Vec<u8>> {
    [shipped(&["tests/fixtures/images"], "jpg"), shipped(&["tests/fixtures/images"], "jpeg")].concat()
}

/// A ZIP archive, stored, of images with targets.
fn archive(pixels: &[u8]) -> Vec<u8> {
    let (images, targets) = (array("'|u1'", "(13, 2, 2)", pixels), array("'<f4'", "(13,)", &[0; 52]));
    let (mut files, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in [("images", &images), ("targets", &targets)] {
        for part in ["train", "test"] {
            let (name, length) = (format!("{part}_{name}.npy"), (bytes.len() as u32).to_le_bytes());
            let mut crc = flate2::Crc::new();
            crc.update(bytes);
            let name_length = [(name.len() as u16).to_le_bytes(), [0; 2]].concat();
            let entry =
                [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &crc.sum().to_le_bytes(), &length, &length, &name_length];
            let at = (files.len() as u32).to_le_bytes();
            directory.push([b"PK\x01\x02\x14\0", &entry.concat()[..], &[0; 10], &at, name.as_bytes()].concat());
            files.extend([b"PK\x03\x04", &entry.concat()[..], name.as_bytes(), bytes].concat());
        }
    }
    let (count, at) = ((directory.len() as u16).to_le_bytes(), (files.len() as u32).to_le_bytes());
    let directory = directory.concat();
    let length = (directory.len() as u32).to_le_bytes();
    [&files[..], &directory, b"PK\x05\x06\0\0\0\0", &count, &count, &length, &at, &[0; 2]].concat()
}

/// Files of the repository that are small enough.
fn shipped(folders: &[&str], ending: &str) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for folder in folders {
        let entries = std::fs::read_dir(repository().join(folder)).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|found| found == ending));
        paths.sort();
        files.extend(paths.iter().map(|path| std::fs::read(path).unwrap()).filter(|file| file.len() < LARGEST));
    }
    files
}

const SPARSE: &str = r#"{"format": "spikemesh.sparse/1", "description": "two populations",
    "populations": [{"name": "in", "size": 4, "spikes": [[1, 0], [2, 3], [4, 1]]},
        {"name": "a", "size": 5, "threshold": 40, "bias": [1, 2, 3, 4, 5], "neuron": {"model": "if", "reset": "subtract"}}],
    "projections": [{"from": "in", "to": "a", "edges": [[0, 0, 30, 1], [1, 4, -7, 2], [3, 2, 90, 1]]},
        {"from": "a", "to": "a", "edges": [[0, 1, 50, 3]]}]}"#;

/// An overlay of a built-in chip.
const OVERLAY: &str = r#"{"extends": "loihi", "name": "mine", "$comment": ["a", "b"], "mesh": {"width": 4, "$remove": ["routing"],
    "routing": "yx"}, "core": {"max_neurons": 64, "max_fan_in": null}, "sources": {"mine": "a model"},
    "facts": {"core.max_neurons": {"kind": "documented", "source": "mine"}}, "calibrations": {"silicon_fit": {"costs": {
    "synapse": {"$replace": true, "energy": "20 pJ", "latency": "3 ns", "kind": "model", "source": "mine"}}}}}"#;

const SWEEP: &str = r#"{"format": "spikemesh.sweep/1", "chips": ["loihi", "./mine.json"], "network": "digits-mlp",
    "set": {"core.max_neurons": [32, 64.5], "mesh.routing": ["xy", null], "flag": [true]}, "zip": false, "samples": 3,
    "placer": "hilbert", "limits": "report", "seed": 7, "pareto": ["energy_pj"]}"#;

/// What the program writes.
fn made(folder: &Path) -> BTreeMap<&'static str, Vec<Vec<u8>>> {
    let path = |name: &str| folder.join(name).display().to_string();
    let spikemesh = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
        command.args(arguments).arg("--quiet").env("SPIKEMESH_CACHE", path("cache"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let random = ["--network", "random:seed=1,neurons=64,cores=4"];
    spikemesh(&[&["run", "--steps", "6", "--json", &path("sparse.json")], &random[..]].concat());
    spikemesh(&["run", "--network", "digits-mlp", "--samples", "2", "--json", &path("layered.json")]);
    spikemesh(&[&["map", "--chip", "loihi", "--save", &path("mapping.json")], &random[..]].concat());
    spikemesh(&["compare", "--chips", "loihi,sram_mesh", "--samples", "2", "--journal", &path("journal")]);
    let trained = repository().join("networks/trained/digits-mlp").display().to_string();
    spikemesh(&["export", "--network", &trained, "--out", &path("graph.nir")]);
    assert!(train(&folder.join("checkpoint"), false), "the network of the checkpoint trains");
    let read = |names: &[&str]| names.iter().map(|name| std::fs::read(folder.join(name)).unwrap()).collect::<Vec<_>>();
    [
        ("saved", read(&["sparse.json", "layered.json"])),
        ("mapping", read(&["mapping.json"])),
        ("journal", read(&["journal"])),
        ("nir", read(&["graph.nir"])),
        ("checkpoint", read(&["checkpoint"])),
    ]
    .into()
}

/// A recording with one packet of two events, as AEDAT 4 lays it out.
fn aedat4() -> Vec<u8> {
    let event = |t: i64, x: i16, y: i16, on: u8| {
        [&t.to_le_bytes()[..], &x.to_le_bytes(), &y.to_le_bytes(), &[on, 0, 0, 0]].concat()
    };
    let events = [2u32.to_le_bytes().to_vec(), event(5, 1, 2, 1), event(9, 3, 0, 0)].concat();
    // A table of one field, which leads to a list behind it.
    let table =
        [&16u32.to_le_bytes()[..], b"EVTS", &[6, 0, 8, 0, 4, 0, 0, 0], &8i32.to_le_bytes(), &4u32.to_le_bytes()];
    let packet = [&table.concat()[..], &events].concat();
    let header = [&12u32.to_le_bytes()[..], b"IOHE", &[4, 0, 4, 0], &4i32.to_le_bytes()].concat();
    let sized = |bytes: &[u8]| [&(bytes.len() as u32).to_le_bytes()[..], bytes].concat();
    [&b"#!AER-DAT4.0\r\n"[..], &sized(&header), &0i32.to_le_bytes(), &sized(&sized(&packet))].concat()
}
