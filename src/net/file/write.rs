//! Layered networks in the form of their files, as [`super::save_trained`] writes them.

use crate::net::architecture::{Architecture, Augment, ByLayer, Firing, LayerSpec, Schedule, Shape, TrainingProposal};
use crate::net::input::Encoding;
use crate::net::network::TrainedMeta;
use crate::net::quantised::{Folded, Layered};
use serde_json::{Value, json};

pub(super) const LAYERED: &str = "spikemesh.network/1";
pub(super) const WEIGHTS: &str = "weights.safetensors";

/// The file of a trained network whose weights have the digest `sha256`.
pub(super) fn describe(
    architecture: &Architecture,
    meta: &TrainedMeta,
    folded: &Folded,
    net: &Layered,
    sha256: &str,
) -> Value {
    // A network runs with the steps of its training.
    let mut file = described(architecture, &folded.own, net.spec.time_steps);
    file["trained"] = trained(meta, folded, net, sha256);
    file
}

/// The file of a network that is not trained.
pub(super) fn describe_untrained(architecture: &Architecture) -> Value {
    described(architecture, &architecture.own, architecture.time_steps)
}

/// The file of a network, without what a training adds; `own` are the neurons of single layers.
fn described(architecture: &Architecture, own: &ByLayer<Firing>, time_steps: u32) -> Value {
    let Shape { channels, height, width } = architecture.input;
    let mut input = json!({"shape": [channels, height, width]});
    if architecture.encoding != Encoding::default() {
        input["encoding"] = json!(architecture.encoding.name());
    }
    if let Some(audio) = &architecture.audio {
        input["audio"] = audio.written();
    }
    if let Some(frames) = architecture.frames.write(time_steps) {
        input["frames"] = frames;
    }
    json!({
        "format": LAYERED,
        "description": architecture.description,
        "dataset": architecture.dataset,
        "input": input,
        "layers": layers(architecture, own),
        "neuron": architecture.neuron.write(architecture.threshold, architecture.leak),
        "target": architecture.target.name(),
        "time_steps": time_steps,
        "training": training(&architecture.training),
    })
}

/// The layers, with the neurons of single ones.
fn layers(architecture: &Architecture, own: &ByLayer<Firing>) -> Vec<Value> {
    let mut all: Vec<Value> = architecture.layers.iter().map(layer).collect();
    let weighted = all.iter_mut().zip(&architecture.layers).filter(|(_, spec)| spec.is_weighted());
    for (index, (value, _)) in weighted.enumerate() {
        if let Some(Firing { threshold, leak }) = own.of(index) {
            value["neuron"] = architecture.neuron.write(threshold, leak);
        }
    }
    all
}

/// Layers on one line, in the form of files.
pub fn layers_text(layers: &[LayerSpec]) -> String {
    layers.iter().map(layer).collect::<Value>().to_string()
}

fn layer(layer: &LayerSpec) -> Value {
    let (mut value, add) = match layer {
        LayerSpec::Flatten => (json!({"kind": "flatten"}), &None),
        LayerSpec::AvgPool2d { kernel } => (json!({"kind": "avg_pool2d", "kernel": kernel}), &None),
        LayerSpec::Dense { outputs, add } => (json!({"kind": "dense", "outputs": outputs}), add),
        LayerSpec::Conv2d { channels, kernel, stride, padding, groups, add } => {
            let mut value =
                json!({"kind": "conv2d", "channels": channels, "kernel": kernel, "stride": stride, "padding": padding});
            if *groups != 1 {
                value["groups"] = json!(groups);
            }
            (value, add)
        }
    };
    if let Some(name) = add {
        value["add"] = json!(name);
    }
    value
}

fn training(training: &TrainingProposal) -> Value {
    let schedule = match training.schedule {
        Schedule::Cosine => json!("cosine"),
        Schedule::Step { every, factor } => json!({"kind": "step", "every": every, "factor": factor}),
    };
    let Augment { shift, flip, noise } = training.augment;
    let mut augment = json!({"shift": shift, "flip": flip});
    if noise != 0.0 {
        augment["noise"] = json!(noise);
    }
    json!({
        "epochs": training.epochs,
        "batch": training.batch,
        "learning_rate": training.learning_rate,
        "dropout": training.dropout,
        "loss": training.loss.name(),
        "schedule": schedule,
        "augment": augment,
        "activation": training.activation.name(),
        "weight_decay": training.weight_decay,
    })
}

fn trained(meta: &TrainedMeta, folded: &Folded, net: &Layered, sha256: &str) -> Value {
    let score = match (meta.validation_accuracy, meta.validation_mse) {
        (Some(accuracy), _) => ("validation_accuracy", json!(accuracy)),
        (None, mse) => ("validation_mse", json!(mse)),
    };
    let mut value = json!({
        "weights": WEIGHTS,
        "weights_sha256": sha256,
        "dataset": meta.dataset,
        "rule": meta.rule,
        "seed": meta.seed,
        "epoch": meta.epoch,
        (score.0): score.1,
        "made_by": meta.made_by,
        "time_steps": net.spec.time_steps,
        "weight_bits": net.spec.weight_bits,
        "membrane_bits": net.spec.membrane_bits,
        "weight_scale": net.spec.scale.name(),
        "full_scale": net.full_scale,
        "half_start": folded.half_start,
    });
    if let Some(folder) = &meta.data_folder {
        value["data_folder"] = json!(folder);
    }
    if let Some(limit) = meta.max_fan_in {
        value["max_fan_in"] = json!(limit);
    }
    value
}
