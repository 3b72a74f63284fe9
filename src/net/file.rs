//! Network files: `spikemesh.network/1` (layered, trained or not) and the choice between the formats.
//!
//! A trained network is the same file with a `trained` object, which names the weights file beside it.

use super::architecture::{self, Architecture, LayerSpec, MAX_LAYERS, MAX_TIME_STEPS, Shape, Training};
use super::quantised::{QuantSpec, WEIGHT_BITS};
use super::{Folded, Layered, Network, Trained, sparse, weights};
use crate::files::write_atomically;
use crate::json::{Cursor, Document, FileError, Object, SCHEMA};
use serde_json::{Value, json};
use std::io;
use std::path::Path;

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
    pub validation_accuracy: f64,
    /// Training samples per second and the like are in the log; this is its one-line summary.
    pub made_by: String,
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

const FIELDS: &[&str] =
    &["format", "description", "dataset", "input", "layers", "neuron", "time_steps", "training", "trained", SCHEMA];

fn read_layered(document: &Document, name: &str, folder: &Path) -> Option<Network> {
    let root = document.root().object(FIELDS)?;
    root.check_schema();
    let description = root.need("description").and_then(|c| c.text());
    let dataset = root.need("dataset").and_then(|c| c.text());
    let input = root.need("input").and_then(|c| read_shape(&c));
    let layers = root.need("layers").and_then(|c| read_layers(&c));
    let threshold = root.need("neuron").and_then(|c| read_neuron(&c));
    let time_steps = root.need("time_steps").and_then(|c| c.unsigned(1..=MAX_TIME_STEPS));
    let training = match root.maybe("training") {
        Some(cursor) => read_training(&cursor),
        None => Some(Training::default()),
    };
    let trained = root.maybe("trained").map(|cursor| read_trained(&cursor));
    let (input, layers) = (input?, layers?);
    if let Err(errors) = architecture::stages(input, &layers) {
        for error in errors {
            document.problem(format!("layers[{}]", error.layer), error.message);
        }
        return None;
    }
    let architecture = Architecture {
        name: name.to_owned(),
        description: description?.to_owned(),
        input,
        dataset: dataset?.to_owned(),
        layers,
        threshold: threshold?,
        time_steps: time_steps?,
        training: training?,
    };
    let Some(trained) = trained else {
        return Some(Network::Untrained(architecture));
    };
    let (meta, spec, full_scale, weights_file) = trained?;
    if spec.time_steps != architecture.time_steps {
        let (found, expected) = (spec.time_steps, architecture.time_steps);
        document
            .problem("trained.time_steps", format!("found {found}, expected time_steps of the network: {expected}"));
        return None;
    }
    let weights_path = folder.join(&weights_file);
    match weights::load(&weights_path, &architecture, spec, full_scale) {
        Ok((folded, quantised)) => Some(Network::Trained(Box::new(Trained { architecture, meta, folded, quantised }))),
        Err(problems) => {
            for problem in problems {
                document.problem("trained.weights", format!("{}: {problem}", weights_path.display()));
            }
            None
        }
    }
}

fn read_shape(cursor: &Cursor<'_>) -> Option<Shape> {
    let shape = cursor.object(&["shape"])?.need("shape")?;
    let sizes = shape.list(3..=3)?;
    let sizes: Vec<_> = sizes.iter().map(|c| c.unsigned(1..=4096)).collect();
    let shape_value = Shape { channels: sizes[0]?, height: sizes[1]?, width: sizes[2]? };
    if shape_value.neurons() > u64::from(architecture::MAX_NEURONS_PER_LAYER) {
        shape.problem(format!("{} values; at most {}", shape_value.neurons(), architecture::MAX_NEURONS_PER_LAYER));
        return None;
    }
    Some(shape_value)
}

fn read_layers(cursor: &Cursor<'_>) -> Option<Vec<LayerSpec>> {
    let layers: Vec<_> = cursor.list(1..=MAX_LAYERS)?.iter().map(read_layer).collect();
    layers.into_iter().collect()
}

/// Kinds of layers, in the order in which they are read.
pub(super) const LAYERS: &[&str] = &["flatten", "dense", "conv2d"];

fn read_layer(cursor: &Cursor<'_>) -> Option<LayerSpec> {
    let kind = cursor.entries()?.into_iter().find(|(name, _)| *name == "kind");
    let Some((_, kind)) = kind else {
        cursor.problem(format!("field \"kind\" is missing; allowed: {}", LAYERS.join(", ")));
        return None;
    };
    let size = |object: &Object<'_>, name: &str| {
        object.need(name).and_then(|c| c.unsigned(1..=architecture::MAX_NEURONS_PER_LAYER))
    };
    match kind.choice(LAYERS)? {
        0 => cursor.object(&["kind"]).map(|_| LayerSpec::Flatten),
        1 => {
            let object = cursor.object(&["kind", "outputs"])?;
            Some(LayerSpec::Dense { outputs: size(&object, "outputs")? })
        }
        _ => {
            let object = cursor.object(&["kind", "channels", "kernel", "stride", "padding"])?;
            let channels = size(&object, "channels");
            let kernel = object.need("kernel").and_then(|c| read_pair(&c, 1..=64));
            let stride = object.get("stride").map_or(Some([1, 1]), |c| read_pair(&c, 1..=64));
            let padding = object.get("padding").map_or(Some([0, 0]), |c| read_pair(&c, 0..=63));
            let (kernel, padding) = (kernel?, padding?);
            if (0..2).any(|axis| padding[axis] >= kernel[axis]) {
                object.problem("padding must be smaller than the kernel");
                return None;
            }
            Some(LayerSpec::Conv2d { channels: channels?, kernel, stride: stride?, padding })
        }
    }
}

/// One number for both axes, or a list of two: rows, columns.
fn read_pair(cursor: &Cursor<'_>, range: std::ops::RangeInclusive<u32>) -> Option<[u32; 2]> {
    if !cursor.is_list() {
        return cursor.unsigned(range).map(|v| [v, v]);
    }
    let items: Vec<_> = cursor.list(2..=2)?.iter().map(|c| c.unsigned(range.clone())).collect();
    Some([items[0]?, items[1]?])
}

/// Models that can be trained, and their resets.
pub(super) const TRAINED_MODELS: &[&str] = &["if"];
pub(super) const TRAINED_RESETS: &[&str] = &["subtract"];

/// The trained neuron: integrate and fire with subtraction; gives its threshold.
fn read_neuron(cursor: &Cursor<'_>) -> Option<f64> {
    let object = cursor.object(&["model", "threshold", "reset"])?;
    let model = object.need("model").and_then(|c| c.choice(TRAINED_MODELS));
    let reset = object.need("reset").and_then(|c| c.choice(TRAINED_RESETS));
    let threshold = object.need("threshold").and_then(|c| c.number(1e-3..=1e3));
    model.and(reset).and(threshold)
}

fn read_training(cursor: &Cursor<'_>) -> Option<Training> {
    let object = cursor.object(&["epochs", "batch", "learning_rate", "dropout"])?;
    let default = Training::default();
    let epochs = object.get("epochs").map_or(Some(default.epochs), |c| c.unsigned(1..=10_000));
    let batch = object.get("batch").map_or(Some(default.batch), |c| c.unsigned(2..=65_536));
    let rate = object.get("learning_rate").map_or(Some(default.learning_rate), |c| c.number(1e-7..=1.0));
    let dropout = object.get("dropout").map_or(Some(default.dropout), |c| c.number(0.0..=0.9));
    Some(Training { epochs: epochs?, batch: batch?, learning_rate: rate?, dropout: dropout? })
}

const TRAINED_FIELDS: &[&str] = &[
    "weights",
    "dataset",
    "rule",
    "seed",
    "epoch",
    "validation_accuracy",
    "made_by",
    "time_steps",
    "weight_bits",
    "membrane_bits",
    "full_scale",
];

type TrainedFields = (TrainedMeta, QuantSpec, u32, String);

fn read_trained(cursor: &Cursor<'_>) -> Option<TrainedFields> {
    let object = cursor.object(TRAINED_FIELDS)?;
    let weights = object.need("weights").and_then(|c| read_file_name(&c));
    let text = |name: &str| object.need(name).and_then(|c| c.text().map(str::to_owned));
    let (dataset, rule, made_by) = (text("dataset"), text("rule"), text("made_by"));
    let seed = object.need("seed").and_then(|c| c.integer(0..=i64::MAX));
    let epoch = object.need("epoch").and_then(|c| c.unsigned(1..=10_000));
    let accuracy = object.need("validation_accuracy").and_then(|c| c.number(0.0..=1.0));
    let time_steps = object.need("time_steps").and_then(|c| c.unsigned(1..=MAX_TIME_STEPS));
    let weight_bits = object.need("weight_bits").and_then(|c| c.unsigned(WEIGHT_BITS));
    let membrane_bits = object.need("membrane_bits").and_then(|c| c.unsigned(8..=32));
    let full_scale = object.need("full_scale").and_then(|c| c.unsigned(1..=255));
    let meta = TrainedMeta {
        dataset: dataset?,
        rule: rule?,
        seed: seed? as u64,
        epoch: epoch?,
        validation_accuracy: accuracy?,
        made_by: made_by?,
    };
    let spec = QuantSpec { time_steps: time_steps?, weight_bits: weight_bits?, membrane_bits: membrane_bits? };
    Some((meta, spec, full_scale?, weights?))
}

/// A file beside this one: no folders, so a network file cannot reach elsewhere.
pub(super) fn read_file_name(cursor: &Cursor<'_>) -> Option<String> {
    let name = cursor.text()?;
    let plain = Path::new(name).file_name().is_some_and(|n| n == name);
    if !plain {
        cursor.problem(format!("found \"{name}\", expected the name of a file beside this one"));
    }
    plain.then(|| name.to_owned())
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
    let text = serde_json::to_string_pretty(&describe(architecture, meta, quantised)).map_err(io::Error::other)?;
    write_atomically(&folder.join("network.json"), (text + "\n").as_bytes())
}

fn describe(architecture: &Architecture, meta: &TrainedMeta, quantised: &Layered) -> Value {
    let layer = |layer: &LayerSpec| match layer {
        LayerSpec::Flatten => json!({"kind": "flatten"}),
        LayerSpec::Dense { outputs } => json!({"kind": "dense", "outputs": outputs}),
        LayerSpec::Conv2d { channels, kernel, stride, padding } => {
            json!({"kind": "conv2d", "channels": channels, "kernel": kernel, "stride": stride, "padding": padding})
        }
    };
    let Shape { channels, height, width } = architecture.input;
    let Training { epochs, batch, learning_rate, dropout } = architecture.training;
    json!({
        "format": LAYERED,
        "description": architecture.description,
        "dataset": architecture.dataset,
        "input": {"shape": [channels, height, width]},
        "layers": architecture.layers.iter().map(layer).collect::<Vec<_>>(),
        "neuron": {"model": "if", "threshold": architecture.threshold, "reset": "subtract"},
        // What it was trained with is what it runs with.
        "time_steps": quantised.spec.time_steps,
        "training": {"epochs": epochs, "batch": batch, "learning_rate": learning_rate, "dropout": dropout},
        "trained": {
            "weights": "weights.safetensors",
            "dataset": meta.dataset,
            "rule": meta.rule,
            "seed": meta.seed,
            "epoch": meta.epoch,
            "validation_accuracy": meta.validation_accuracy,
            "made_by": meta.made_by,
            "time_steps": quantised.spec.time_steps,
            "weight_bits": quantised.spec.weight_bits,
            "membrane_bits": quantised.spec.membrane_bits,
            "full_scale": quantised.full_scale,
        },
    })
}
