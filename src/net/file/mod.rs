//! Network files: `spikemesh.network/1` (layered, trained or not) and the choice between the formats.
//!
//! A trained network is the same file with a `trained` object, which names the weights file beside it.

mod layers;
mod training;
mod write;

pub(in crate::net) use layers::LAYERS;
pub(in crate::net) use training::{LEAST_LEAK, SCHEDULES, TRAINED_MODELS, TRAINED_RESETS};
pub use write::layers_text;

use super::architecture::{self, Architecture, LayerSpec, Loss, MAX_TIME_STEPS, Shape, Target, Training};
use super::graph::MAX_SYNAPSES;
use super::input::Encoding;
use super::quantised::{QuantSpec, Scale, WEIGHT_BITS, skips_need_bits};
use super::{Folded, Layered, Network, Trained, sparse, weights};
use crate::files;
use crate::json::{Cursor, Document, FileError, SCHEMA};
use layers::read_layers;
use std::io;
use std::path::{Path, PathBuf};
use training::{read_neuron, read_target, read_training};

/// Largest network file; longer edge lists go into a binary file beside it.
pub const MAX_FILE_BYTES: u64 = 2 << 20;

pub(super) const LAYERED: &str = "spikemesh.network/1";
pub(super) const SPARSE: &str = "spikemesh.sparse/1";

/// How a network was trained, as its file says.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainedMeta {
    /// Data set it was trained on.
    pub dataset: String,
    /// The absolute path of that, where it is a user's own folder.
    pub data_folder: Option<String>,
    /// Training rule.
    pub rule: String,
    /// Seed of the training.
    pub seed: u64,
    /// Chosen epoch, from 1.
    pub epoch: u32,
    /// Accuracy of the integer network on the validation split at that epoch, 0 to 1.
    pub validation_accuracy: Option<f64>,
    /// Where the target is the input, instead: mean squared error of its outputs there, in units of inputs of 0 to 1.
    pub validation_mse: Option<f64>,
    /// Training samples per second and the like are in the log; this is its one-line summary.
    pub made_by: String,
    /// Most synapses into a neuron that were kept, where a limit was set; layers with more were pruned.
    pub max_fan_in: Option<u32>,
}

/// Where the weights of a trained network are.
#[derive(Clone, Copy)]
enum Weights<'a> {
    /// In the file of that name in this folder.
    In(&'a Path),
    /// Here.
    Given(&'a [u8]),
}

/// Reads a parsed file of a trained network whose weights are at hand.
pub fn read_with_weights(document: Document, name: &str, weights: &[u8]) -> Result<Network, FileError> {
    let network = read_layered(&document, name, Weights::Given(weights));
    document.finish(network)
}

/// Reads a parsed network file; weights and edges are looked for in `folder`.
pub fn read(document: Document, name: &str, folder: &Path) -> Result<Network, FileError> {
    let format = document.root().entries().and_then(|fields| {
        let found = fields.into_iter().find(|(name, _)| *name == "format");
        if found.is_none() {
            document.problem("format", format!("missing; allowed: {LAYERED}, {SPARSE}"));
        }
        found?.1.choice(&[LAYERED, SPARSE])
    });
    match format {
        Some(0) => {
            let network = read_layered(&document, name, Weights::In(folder));
            document.finish(network)
        }
        Some(_) => {
            let network = sparse::read(&document, name, folder);
            document.finish(network.map(|n| Network::Sparse(Box::new(n))))
        }
        None => document.finish(None),
    }
}

const FIELDS: &[&str] = &[
    "format",
    "description",
    "dataset",
    "input",
    "layers",
    "neuron",
    "target",
    "time_steps",
    "training",
    "trained",
    SCHEMA,
];

fn read_layered(document: &Document, name: &str, place: Weights<'_>) -> Option<Network> {
    let root = document.root().object(FIELDS)?;
    root.check_schema();
    let description = root.need("description").and_then(|c| c.text());
    let dataset = root.need("dataset").and_then(|c| c.text());
    let input = root.need("input").and_then(|c| read_input(&c));
    let layers = root.need("layers").and_then(|c| read_layers(&c));
    let neuron = root.need("neuron").and_then(|c| read_neuron(&c));
    let target = root.get("target").map_or(Some(Target::default()), |c| read_target(&c));
    let time_steps = root.need("time_steps").and_then(|c| c.unsigned(1..=MAX_TIME_STEPS));
    let training = match root.maybe("training") {
        // Of a target that could not be read nothing is held against the loss.
        Some(cursor) => read_training(&cursor, target.unwrap_or_default()),
        None => target.map(|target| Training { loss: Loss::of(target), ..Training::default() }),
    };
    let trained = root.maybe("trained").map(|cursor| read_trained(&cursor));
    let ((input, encoding), layers) = (input?, layers?);
    check_layers(document, (input, encoding), &layers, target)?;
    let neuron = neuron?;
    let architecture = Architecture {
        name: name.to_owned(),
        description: description?.to_owned(),
        input,
        encoding,
        dataset: dataset?.to_owned(),
        layers,
        threshold: neuron.threshold,
        leak: neuron.leak,
        target: target?,
        time_steps: time_steps?,
        training: training?,
    };
    let Some(trained) = trained else {
        return Some(Network::Untrained(architecture));
    };
    let TrainedFields { meta, spec, full_scale, half_start, weights: weights_file, sha256 } = trained?;
    if encoding.reads_trains() && full_scale != 1 {
        document
            .problem("trained.full_scale", format!("found {full_scale}, expected 1: spikes come in, and have no size"));
        return None;
    }
    if spec.time_steps != architecture.time_steps {
        let (found, expected) = (spec.time_steps, architecture.time_steps);
        document
            .problem("trained.time_steps", format!("found {found}, expected time_steps of the network: {expected}"));
        return None;
    }
    if let Err(message) = skips_need_bits(&architecture.stages(), spec.weight_bits) {
        document.problem("trained.weight_bits", message);
        return None;
    }
    let made = weights::Made { spec, full_scale, half_start, max_fan_in: meta.max_fan_in, sha256: sha256.as_deref() };
    let (path, loaded) = match place {
        Weights::In(folder) => {
            let path = folder.join(&weights_file);
            if leads_out(folder, &path) {
                document.problem("trained.weights", format!("{}: a link that leads out of its folder", path.display()));
                return None;
            }
            let loaded = weights::load(&path, &architecture, made);
            (path, loaded)
        }
        Weights::Given(bytes) => (weights_file.into(), weights::read(bytes, &architecture, made)),
    };
    match loaded {
        Ok((folded, quantised)) => {
            let digested = sha256.is_some();
            Some(Network::Trained(Box::new(Trained { architecture, meta, folded, quantised, digested })))
        }
        Err(problems) => {
            for problem in problems {
                document.problem("trained.weights", format!("{}: {problem}", path.display()));
            }
            None
        }
    }
}

/// Whether layers fit together and to what the network learns to give.
fn check_layers(
    document: &Document,
    (input, encoding): (Shape, Encoding),
    layers: &[LayerSpec],
    target: Option<Target>,
) -> Option<()> {
    let stages = match architecture::stages(input, layers) {
        Ok(stages) => stages,
        Err(errors) => {
            for error in errors {
                document.problem(format!("layers[{}]", error.layer), error.message);
            }
            return None;
        }
    };
    let (outputs, inputs) = (stages.last()?.output.neurons(), input.neurons());
    if encoding.reads_trains() && target == Some(Target::Input) {
        let name = encoding.name();
        document.problem(
            "target",
            format!("\"input\" needs an input of values, and input.encoding is \"{name}\"; use \"label\""),
        );
        return None;
    }
    // The first layer's synapses are on the chip, too.
    let synapses: u64 = stages.iter().map(|stage| stage.op.synapses()).sum();
    if !encoding.is_off_chip() && synapses > MAX_SYNAPSES {
        document.problem("layers", format!("{synapses} synapses; a network has at most {MAX_SYNAPSES}"));
        return None;
    }
    if target == Some(Target::Input) && outputs != inputs {
        let message =
            format!("\"input\" needs as many outputs as the input has values, {inputs}, and there are {outputs}");
        document.problem("target", message);
        return None;
    }
    Some(())
}

fn read_input(cursor: &Cursor<'_>) -> Option<(Shape, Encoding)> {
    let object = cursor.object(&["shape", "encoding"])?;
    let encoding = object.get("encoding");
    let encoding =
        encoding.map_or(Some(Encoding::default()), |c| c.choice(Encoding::NAMES).map(|index| Encoding::ALL[index]));
    let shape = object.need("shape").and_then(|c| read_shape(&c));
    Some((shape?, encoding?))
}

fn read_shape(shape: &Cursor<'_>) -> Option<Shape> {
    let sizes = shape.list(3..=3)?;
    let sizes: Vec<_> = sizes.iter().map(|c| c.unsigned(1..=4096)).collect();
    let shape_value = Shape { channels: sizes[0]?, height: sizes[1]?, width: sizes[2]? };
    if shape_value.neurons() > u64::from(architecture::MAX_NEURONS_PER_LAYER) {
        shape.problem(format!("{} values; at most {}", shape_value.neurons(), architecture::MAX_NEURONS_PER_LAYER));
        return None;
    }
    Some(shape_value)
}

/// Largest limit on synapses into a neuron.
pub(in crate::net) const MAX_FAN_IN: u32 = 1 << 28;

const TRAINED_FIELDS: &[&str] = &[
    "weights",
    "weights_sha256",
    "dataset",
    "data_folder",
    "rule",
    "seed",
    "epoch",
    "validation_accuracy",
    "validation_mse",
    "made_by",
    "time_steps",
    "weight_bits",
    "membrane_bits",
    "weight_scale",
    "full_scale",
    "half_start",
    "max_fan_in",
];

/// What `trained` says.
struct TrainedFields {
    meta: TrainedMeta,
    spec: QuantSpec,
    full_scale: u32,
    half_start: bool,
    weights: String,
    sha256: Option<String>,
}

fn read_trained(cursor: &Cursor<'_>) -> Option<TrainedFields> {
    let object = cursor.object(TRAINED_FIELDS)?;
    let weights = object.need("weights").and_then(|c| read_file_name(&c));
    let sha256 = object.get("weights_sha256").map_or(Some(None), |c| read_sha256(&c).map(Some));
    let data_folder = object.get("data_folder").map_or(Some(None), |c| c.text().map(|text| Some(text.to_owned())));
    let text = |name: &str| object.need(name).and_then(|c| c.text().map(str::to_owned));
    let (dataset, rule, made_by) = (text("dataset"), text("rule"), text("made_by"));
    let seed = object.need("seed").and_then(|c| c.integer(0..=i64::MAX));
    let epoch = object.need("epoch").and_then(|c| c.unsigned(1..=10_000));
    let accuracy = object.get("validation_accuracy").map_or(Some(None), |c| c.number(0.0..=1.0).map(Some));
    let mse = object.get("validation_mse").map_or(Some(None), |c| c.number(0.0..=1e9).map(Some));
    let time_steps = object.need("time_steps").and_then(|c| c.unsigned(1..=MAX_TIME_STEPS));
    let weight_bits = object.need("weight_bits").and_then(|c| c.unsigned(WEIGHT_BITS));
    let membrane_bits = object.need("membrane_bits").and_then(|c| c.unsigned(8..=32));
    let scale = object.need("weight_scale").and_then(|c| c.choice(Scale::NAMES)).map(|index| Scale::ALL[index]);
    let full_scale = object.need("full_scale").and_then(|c| c.unsigned(1..=255));
    let half_start = object.get("half_start").map_or(Some(false), |c| c.flag());
    let max_fan_in = object.get("max_fan_in").map_or(Some(None), |c| c.unsigned(1..=MAX_FAN_IN).map(Some));
    let meta = TrainedMeta {
        dataset: dataset?,
        data_folder: data_folder?,
        rule: rule?,
        seed: seed? as u64,
        epoch: epoch?,
        validation_accuracy: accuracy?,
        validation_mse: mse?,
        made_by: made_by?,
        max_fan_in: max_fan_in?,
    };
    let spec =
        QuantSpec { time_steps: time_steps?, weight_bits: weight_bits?, membrane_bits: membrane_bits?, scale: scale? };
    Some(TrainedFields {
        meta,
        spec,
        full_scale: full_scale?,
        half_start: half_start?,
        weights: weights?,
        sha256: sha256?,
    })
}

/// A file beside this one: no folders, so a network file cannot reach elsewhere.
pub(super) fn read_file_name(cursor: &Cursor<'_>) -> Option<String> {
    let name = cursor.text()?;
    let plain = Path::new(name).file_name().is_some_and(|n| n == name);
    if !plain {
        cursor.expected_here("the name of a file beside this one");
    }
    plain.then(|| name.to_owned())
}

/// The path of a file beside this one, which a link must not lead out of its folder: a network of a stranger could show
/// what is in other files, in messages about them.
pub(super) fn file_beside(cursor: &Cursor<'_>, folder: &Path) -> Option<PathBuf> {
    let path = folder.join(read_file_name(cursor)?);
    match leads_out(folder, &path) {
        true => {
            cursor.problem(format!("{}: a link that leads out of its folder", path.display()));
            None
        }
        false => Some(path),
    }
}

/// Whether a path within a folder is a link to somewhere else.
fn leads_out(folder: &Path, path: &Path) -> bool {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // What is not there leads nowhere, and is said when it is opened.
    let ends = folder.canonicalize().ok().zip(path.canonicalize().ok());
    ends.is_some_and(|(folder, path)| !path.starts_with(folder))
}

/// The digest of a file beside this one.
pub(super) fn read_sha256(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.text()?;
    let sound = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !sound {
        cursor.problem(format!("found \"{text}\", expected the 64 hexadecimal digits of a SHA-256"));
    }
    sound.then(|| text.to_owned())
}

/// Says what is wrong if a file is not the one that a digest is of.
pub(super) fn check_sha256(bytes: &[u8], expected: Option<&str>) -> Result<(), String> {
    expected.map_or(Ok(()), |_| check_digest(&files::digest(bytes), expected))
}

/// Likewise, for a file of this digest.
pub(super) fn check_digest(found: &str, expected: Option<&str>) -> Result<(), String> {
    match expected.filter(|expected| *expected != found) {
        Some(expected) => {
            Err(format!("not the file that this one was written with: its SHA-256 is {found}, not {expected}"))
        }
        None => Ok(()),
    }
}

/// Writes `network.json` and `weights.safetensors` into a folder. Each appears whole or not at all, and the first has the
/// digest of the second: one of them with an earlier one of the other is refused by [`read`].
pub fn save_trained(
    folder: &Path,
    architecture: &Architecture,
    meta: &TrainedMeta,
    folded: &Folded,
    quantised: &Layered,
) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let weights = weights::bytes(folded, quantised)?;
    let value = write::describe(architecture, meta, folded, quantised, &files::digest(&weights));
    let text = serde_json::to_string_pretty(&value).map_err(io::Error::other)?;
    let network = ("network.json".to_owned(), (text + "\n").into_bytes());
    files::write_together(folder, &[network, (write::WEIGHTS.to_owned(), weights)])
}
