//! Everything that reads a file of a user's, by kind: for the targets of libFuzzer here, and for `tests/corpus`, which needs
//! nothing but the stable compiler. An input may be refused or taken; it may not panic, nor take more than the budget.

use spikemesh::data::{self, Binning, events::files};
use spikemesh::hw::Chip;
use spikemesh::json::Document;
use spikemesh::net::input::AudioFrontEnd;
use spikemesh::net::spikes::InputSpikes;
use spikemesh::net::{Architecture, Graph, Network, RandomSpec, nir};
use spikemesh::train::{Config, TrainJob, Unwatched, standing};
use spikemesh::{explore, hw, map, net, noc, report};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Most processor time of an input (s).
pub const MOST_SECONDS: f64 = 5.0;
/// Most memory of an input beyond what was held before (bytes).
pub const MOST_BYTES: usize = 1 << 30;

/// Reads a file of a kind, in a folder of the reader's own; says whether it was taken.
pub type Reader = fn(&Path, &[u8]) -> bool;

/// All kinds by name.
pub const READERS: &[(&str, Reader)] = &[
    ("aedat4", |_, bytes| files::aedat4::read(bytes).is_ok()),
    ("checkpoint", checkpoint),
    ("chip", |folder, bytes| hw::load(&written(folder, "chip.json", bytes)).is_ok()),
    ("data", data_set),
    ("event_arrays", |_, bytes| files::npy::read(bytes).is_ok()),
    ("idx", idx),
    ("images", |folder, bytes| of_classes(folder, "png", bytes, Binning::of(4))),
    ("journal", |folder, bytes| explore::merge(&[written(folder, "journal", bytes)]).is_ok()),
    ("mapping", mapping),
    ("network", |folder, bytes| net::load(&written(folder, "network.json", bytes)).is_ok()),
    ("nir", graph),
    ("nmnist", |_, bytes| files::nmnist::read(bytes).is_ok()),
    ("npy", npy),
    ("npz", |folder, bytes| data::load(&written(folder, "data.npz", bytes).display().to_string(), &[]).is_ok()),
    ("prophesee", |_, bytes| files::prophesee::read(bytes).is_ok()),
    ("replay", |_, bytes| noc::trace::read("packets.txt", bytes, 64, 16).is_ok()),
    ("saved", |folder, bytes| report::load_run(&written(folder, "run.json", bytes)).is_ok()),
    ("sweep", |folder, bytes| explore::SweepFile::load(&written(folder, "sweep.json", bytes)).is_ok()),
    ("targets", targets),
    ("trains", |folder, bytes| InputSpikes::from_file(&written(folder, "spikes.npy", bytes)).is_ok()),
    ("wav", wav),
    ("weights", weights),
];

/// Reads an input as a file of that kind.
#[allow(dead_code)]
pub fn read(kind: &str, bytes: &[u8]) {
    static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
    let (_, reader) = READERS.iter().find(|(name, _)| *name == kind).expect("a kind of file");
    let _ = reader(FOLDER.path(), bytes);
}

/// Writes a file into the reader's folder.
fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The repository, from the packages that include this file.
pub fn repository() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let holds = |folder: &&Path| folder.join("hw_models").is_dir();
    package.ancestors().find(holds).expect("within the repository").to_owned()
}

fn graph(_: &Path, bytes: &[u8]) -> bool {
    let Ok(graph) = nir::parse("graph.nir", bytes.to_vec()) else { return false };
    let lowered = nir::lower(&graph, nir::LowerOptions::default());
    lowered.is_ok_and(|lowered| nir::quantise(&lowered, nir::Bits::default()).is_ok())
}

/// A saved mapping, of this network on this chip.
static MAPPED: LazyLock<(Graph, Chip)> = LazyLock::new(|| {
    let network = RandomSpec::parse("random:seed=1,neurons=64,cores=4").expect("a name").generate();
    (network.graph, hw::load(&repository().join("hw_models/loihi.json")).expect("it is shipped"))
});

fn mapping(folder: &Path, bytes: &[u8]) -> bool {
    let (graph, chip) = &*MAPPED;
    let document = Document::open(&written(folder, "mapping.json", bytes), map::MAX_FILE_BYTES);
    document.is_ok_and(|document| map::load(document, graph, chip, map::MappingOptions::default(), None).is_ok())
}

/// The network of a checkpoint.
pub static TRAINED: LazyLock<Architecture> = LazyLock::new(|| {
    let text = r#"{"format": "spikemesh.network/1", "description": "small", "dataset": "digits",
        "input": {"shape": [1, 8, 8]}, "layers": [{"kind": "flatten"}, {"kind": "dense", "outputs": 4},
        {"kind": "dense", "outputs": 10}], "neuron": {"model": "if", "threshold": 1.0, "reset": "subtract"},
        "time_steps": 2, "training": {"epochs": 1, "batch": 256}}"#;
    let document = Document::parse("small.json", text).expect("JSON");
    match net::read(document, "small", Path::new(".")) {
        Ok(Network::Untrained(architecture)) => architecture,
        other => panic!("{other:?}"),
    }
});

static DIGITS: LazyLock<data::Dataset> = LazyLock::new(|| data::load("digits", &[]).expect("built in"));

/// Trains the network of a checkpoint, or goes on from one.
pub fn train(path: &Path, resume: bool) -> bool {
    let config = Config::of(&TRAINED, 1, 1);
    let (architecture, dataset) = (&*TRAINED, &*DIGITS);
    let job =
        TrainJob { architecture, dataset, config: &config, start: None, checkpoint: Some(path), started: None, resume };
    job.run(&Unwatched).is_ok()
}

fn checkpoint(folder: &Path, bytes: &[u8]) -> bool {
    let path = written(folder, "checkpoint.safetensors", bytes);
    let _ = standing(&path);
    train(&path, true)
}

/// Weights beside the file of their network.
fn weights(folder: &Path, bytes: &[u8]) -> bool {
    let network = repository().join("networks/trained/digits-mlp/network.json");
    if !folder.join("network.json").exists() {
        std::fs::copy(network, folder.join("network.json")).unwrap();
    }
    written(folder, "weights.safetensors", bytes);
    net::load(folder).is_ok()
}

/// A part of a data set that is as it should be: thirteen images of 2 x 2.
const LABELS: [u8; 13] = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0];

fn idx(folder: &Path, bytes: &[u8]) -> bool {
    let labels = [&[0, 0, 8, 1, 0, 0, 0, 13][..], &LABELS].concat();
    for part in ["train", "t10k"] {
        written(folder, &format!("{part}-labels-idx1-ubyte"), &labels);
        written(folder, &format!("{part}-images-idx3-ubyte"), bytes);
    }
    data::load(&folder.display().to_string(), &[]).is_ok()
}

/// An array of that type and shape, as `.npy`.
pub fn array(descr: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), values].concat()
}

fn npy(folder: &Path, bytes: &[u8]) -> bool {
    for part in ["train", "test"] {
        written(folder, &format!("{part}_labels.npy"), &array("'|u1'", "(13,)", &LABELS));
        written(folder, &format!("{part}_images.npy"), bytes);
    }
    data::load(&folder.display().to_string(), &[]).is_ok()
}

/// Targets beside good images, in place of labels.
fn targets(folder: &Path, bytes: &[u8]) -> bool {
    for part in ["train", "test"] {
        written(folder, &format!("{part}_images.npy"), &array("'|u1'", "(13, 2, 2)", &[7; 52]));
        written(folder, &format!("{part}_targets.npy"), bytes);
    }
    data::load(&folder.display().to_string(), &[]).is_ok()
}

fn wav(folder: &Path, bytes: &[u8]) -> bool {
    of_classes(folder, "wav", bytes, Binning { audio: Some(AudioFrontEnd::default()), ..Binning::of(4) })
}

/// A folder of recordings by class; the first byte says which format.
fn data_set(folder: &Path, bytes: &[u8]) -> bool {
    let Some((format, bytes)) = bytes.split_first() else { return false };
    of_classes(folder, ["bin", "aedat4", "dat", "npy"][usize::from(*format) % 4], bytes, Binning::of(10))
}

/// A folder of classes, of which each has the same file several times.
fn of_classes(folder: &Path, ending: &str, bytes: &[u8], reading: Binning) -> bool {
    for class in ["train/0", "train/1", "test/0"] {
        let class = folder.join(class);
        let _ = std::fs::remove_dir_all(&class);
        std::fs::create_dir_all(&class).unwrap();
        (0..7).for_each(|sample| drop(written(&class, &format!("{sample}.{ending}"), bytes)));
    }
    data::load_with(&folder.display().to_string(), &[], reading).is_ok()
}
