//! Network files: `spikemesh.network/1` (layered, trained or not) and the choice between the formats.
//!
//! A trained network is the same file with a `trained` object, which names the weights file beside it.

mod layers;
mod training;
mod write;

pub(in crate::net) use layers::LAYERS;
pub(in crate::net) use training::{LEAST_LEAK, SCHEDULES, TRAINED_MODELS, TRAINED_RESETS};
pub use write::layers_text;

use super::architecture::{self, Architecture, LayerSpec, Loss, MAX_TIME_STEPS, Shape, Stage, Target, Training};
use super::graph::MAX_SYNAPSES;
use super::input::Encoding;
use super::quantised::{QuantSpec, Scale, WEIGHT_BITS, skips_need_bits};
use super::{Folded, Layered, Network, Trained, sparse, weights};
use crate::files::write_atomically;
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
            let network = read_layered(&document, name, folder);
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

fn read_layered(document: &Document, name: &str, folder: &Path) -> Option<Network> {
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
    let TrainedFields { meta, spec, full_scale, half_start, weights: weights_file } = trained?;
    if encoding == Encoding::Spikes && full_scale != 1 {
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
    let weights_path = folder.join(&weights_file);
    if leads_out(folder, &weights_path) {
        document.problem("trained.weights", format!("{}: a link that leads out of its folder", weights_path.display()));
        return None;
    }
    let made = weights::Made { spec, full_scale, half_start, max_fan_in: meta.max_fan_in };
    match weights::load(&weights_path, &architecture, made) {
        Ok((folded, quantised)) => Some(Network::Trained(Box::new(Trained { architecture, meta, folded, quantised }))),
        Err(problems) => {
            for problem in problems {
                document.problem("trained.weights", format!("{}: {problem}", weights_path.display()));
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
    if encoding == Encoding::Spikes {
        check_spikes_in(document, &stages, target)?;
    }
    if target == Some(Target::Input) && outputs != inputs {
        let message =
            format!("\"input\" needs as many outputs as the input has values, {inputs}, and there are {outputs}");
        document.problem("target", message);
        return None;
    }
    Some(())
}

/// What only holds where spike trains come in.
fn check_spikes_in(document: &Document, stages: &[Stage], target: Option<Target>) -> Option<()> {
    if target == Some(Target::Input) {
        document
            .problem("target", "\"input\" needs an input of values, and input.encoding is \"spikes\"; use \"label\"");
        return None;
    }
    // The first layer's synapses are on the chip, too.
    let synapses: u64 = stages.iter().map(|stage| stage.op.synapses()).sum();
    if synapses > MAX_SYNAPSES {
        document.problem("layers", format!("{synapses} synapses; a network has at most {MAX_SYNAPSES}"));
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
    "dataset",
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
}

fn read_trained(cursor: &Cursor<'_>) -> Option<TrainedFields> {
    let object = cursor.object(TRAINED_FIELDS)?;
    let weights = object.need("weights").and_then(|c| read_file_name(&c));
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
    Some(TrainedFields { meta, spec, full_scale: full_scale?, half_start: half_start?, weights: weights? })
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

/// Writes `network.json` and `weights.safetensors` into a folder; each appears whole or not at all.
pub fn save_trained(
    folder: &Path,
    architecture: &Architecture,
    meta: &TrainedMeta,
    folded: &Folded,
    quantised: &Layered,
) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    // The weights first: a network file then never names weights that are not there.
    weights::save(&folder.join("weights.safetensors"), folded, quantised)?;
    let value = write::describe(architecture, meta, folded, quantised);
    let text = serde_json::to_string_pretty(&value).map_err(io::Error::other)?;
    write_atomically(&folder.join("network.json"), (text + "\n").as_bytes())
}
