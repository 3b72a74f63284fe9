//! Layered networks, trained or not.

use super::super::architecture::{MAX_LAYERS, MAX_NEURONS_PER_LAYER, MAX_TIME_STEPS, Target as Targets};
use super::super::file::{LAYERED, LAYERS, LEAST_LEAK, MAX_FAN_IN, TRAINED_MODELS, TRAINED_RESETS};
use super::super::input::Encoding as Encodings;
use super::super::quantised::{Scale, WEIGHT_BITS};
use super::training::Training;
use crate::json::schema::{
    Describe, FileName, Name, Nullable, Sha256, Text, absent, add_rules, alternatives, at, described, value_type, words,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;
use std::borrow::Cow;

/// # Layered network of Spikemesh
///
/// Layers of integrate-and-fire neurons with batch norm between them, as they are trained; with "trained", as they came out
/// of it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Network {
    /// The schema against which an editor checks the file, as in "schema/network.json"; no reader uses it.
    #[schemars(rename = "$schema", default = "absent")]
    schema: Text,
    /// The format of this file.
    format: Format,
    /// One sentence for people.
    description: Text,
    /// The data set that it is for, as in "digits" or "fashion-mnist".
    dataset: Text,
    /// What it reads.
    input: Input,
    /// Layers from the input on, 1 to 64; the last one's outputs are the classes, or with the target "input" the sample.
    #[schemars(length(min = 1, max = MAX_LAYERS))]
    layers: Vec<Layer>,
    /// The neuron of all layers.
    neuron: Neuron,
    /// What it learns to give: "label" (the class of a sample) or "input" (the sample itself, each value divided by the full
    /// scale).
    #[schemars(default = "label")]
    target: Target,
    /// Time steps of an inference, 1 to 4,096.
    #[schemars(range(min = 1, max = MAX_TIME_STEPS))]
    time_steps: u32,
    /// How it is trained where the command line says nothing else.
    #[schemars(default = "absent")]
    training: Nullable<Training>,
    /// How it was trained; the weights are in a file beside this one. Written by `spikemesh train`.
    #[schemars(default = "absent")]
    trained: Nullable<Trained>,
}

value_type!(Format, inline: true, json_schema!({"const": LAYERED}));

/// What the network reads.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Input {
    /// Channels, rows and columns, 1 to 4,096 each. Example: [1, 28, 28].
    shape: (Side, Side, Side),
    /// How samples come in: "direct" (values; the first layer encodes them, off the chip, as a current that is the same in
    /// every step) or "spikes" (spike trains, as of an event camera, which come to the chip as packets).
    #[schemars(default = "direct")]
    encoding: Encoding,
}

value_type!(Encoding, inline: true, words(Encodings::NAMES));

fn direct() -> &'static str {
    Encodings::NAMES[Encodings::default() as usize]
}

#[derive(JsonSchema)]
#[schemars(transparent, inline)]
struct Side(#[schemars(range(min = 1, max = 4096))] u32);

struct Layer;

impl JsonSchema for Layer {
    fn schema_name() -> Cow<'static, str> {
        "Layer".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kinds: [Describe; 4] =
            [described::<Flatten>, described::<Dense>, described::<Conv2d>, described::<AvgPool2d>];
        let about = "What kind of layer.";
        alternatives(generator, ("kind", about), LAYERS.iter().copied().zip(kinds))
    }
}

/// Reads the activation as a vector; needed between a convolution and a dense layer.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Flatten {}

/// Every input to every output.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Dense {
    /// Neurons, 1 to 2^22.
    #[schemars(range(min = 1, max = MAX_NEURONS_PER_LAYER))]
    outputs: u32,
    /// The name of an earlier layer with as many neurons, whose spikes are added neuron by neuron. Example: "dense1".
    #[schemars(default = "absent")]
    add: Name,
}

/// A two-dimensional convolution (cross-correlation).
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Conv2d {
    /// Output feature maps, 1 to 2^22.
    #[schemars(range(min = 1, max = MAX_NEURONS_PER_LAYER))]
    channels: u32,
    /// Height and width of the kernel, 1 to 64: [3, 5], or 3 for both.
    kernel: Pair<1, 64>,
    /// Step in rows and columns, 1 to 64: [2, 1], or 2 for both.
    #[schemars(default = "one")]
    stride: Pair<1, 64>,
    /// Zeros added on each side, in rows and columns, fewer than the kernel has: [1, 2], or 1 for both.
    #[schemars(default = "none")]
    padding: Pair<0, 63>,
    /// Groups of channels, connected only among themselves, 1 to 2^22; divides the channels on both sides.
    #[schemars(range(min = 1, max = MAX_NEURONS_PER_LAYER), default = "one")]
    groups: u32,
    /// The name of an earlier layer with outputs of this shape, whose spikes are added neuron by neuron. Example: "conv1".
    #[schemars(default = "absent")]
    add: Name,
}

/// Means over windows that do not overlap; part of the synapses of the weighted layer after it, without neurons of its own.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct AvgPool2d {
    /// Height and width of a window, 1 to 64: [3, 5], or 3 for both. Rows and columns that do not fill one are dropped.
    kernel: Pair<1, 64>,
}

fn one() -> u32 {
    1
}

fn none() -> u32 {
    0
}

/// A number, or one for rows and one for columns.
struct Pair<const LEAST: u32, const MOST: u32>;

impl<const LEAST: u32, const MOST: u32> JsonSchema for Pair<LEAST, MOST> {
    fn schema_name() -> Cow<'static, str> {
        format!("Pair{LEAST}to{MOST}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = json_schema!({"type": "integer", "minimum": LEAST, "maximum": MOST});
        json_schema!({"anyOf": [one, {"type": "array", "items": one, "minItems": 2, "maxItems": 2}]})
    }
}

/// The neuron of all layers; its last layer only integrates.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = of_neuron)]
struct Neuron {
    /// The model.
    model: TrainedModel,
    /// The threshold in the units of the real weights, 0.001 to 1,000.
    #[schemars(range(min = 1e-3, max = 1e3))]
    threshold: f64,
    /// What a spike does to the membrane.
    reset: TrainedReset,
    /// Share of the membrane of a "lif" that is left after a step, 1/4096 to 1.
    #[schemars(range(min = LEAST_LEAK, max = 1.0), default = "absent")]
    leak: f64,
}

/// A leak goes with one of the models.
fn of_neuron(schema: &mut Schema) {
    let rule = json!({
        "if": at(&["model"], json!({"const": TRAINED_MODELS[1]})),
        "then": {"required": ["leak"]},
        "else": {"properties": {"leak": false}},
    });
    add_rules(schema, [rule]);
}

value_type!(Target, inline: true, words(Targets::NAMES));

fn label() -> &'static str {
    Targets::NAMES[Targets::Label as usize]
}

value_type!(WeightScale, inline: true, words(Scale::NAMES));
value_type!(TrainedModel, inline: true, words(TRAINED_MODELS));
value_type!(TrainedReset, inline: true, words(TRAINED_RESETS));

/// How a network was trained, and what it was quantised to.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Trained {
    /// The file of the weights, beside this one.
    weights: FileName,
    /// SHA-256 of that file, which says that it belongs to this one.
    #[schemars(default = "absent")]
    weights_sha256: Sha256,
    /// The data set that it was trained on.
    dataset: Text,
    /// Where that is, if it is a folder: its absolute path at the time of the training.
    #[schemars(default = "absent")]
    data_folder: Text,
    /// The training rule.
    rule: Text,
    /// Seed of the training, 0 to 2^63 - 1.
    #[schemars(range(min = 0, max = i64::MAX))]
    seed: u64,
    /// The epoch that was chosen, from 1.
    #[schemars(range(min = 1, max = 10_000))]
    epoch: u32,
    /// Accuracy of the integer network on the validation split at that epoch, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0), default = "absent")]
    validation_accuracy: f64,
    /// Where the target is the input, instead: mean squared error of its outputs on the validation split at that epoch, in
    /// units of inputs of 0 to 1.
    #[schemars(range(min = 0.0, max = 1e9), default = "absent")]
    validation_mse: f64,
    /// What made it.
    made_by: Text,
    /// Time steps that it was trained for; those of the network.
    #[schemars(range(min = 1, max = MAX_TIME_STEPS))]
    time_steps: u32,
    /// Bits of a weight, sign included, 1 to 9; of one bit it is -1 or 1.
    #[schemars(range(min = *WEIGHT_BITS.start(), max = *WEIGHT_BITS.end()))]
    weight_bits: u32,
    /// Bits of a membrane, 8 to 32.
    #[schemars(range(min = 8, max = 32))]
    membrane_bits: u32,
    /// What shares a scale of weights: "layer", or "channel" (each output channel has its own, but for the output layer).
    weight_scale: WeightScale,
    /// The input value that stands for 1, 1 to 255; 1 where spike trains come in.
    #[schemars(range(min = 1, max = 255))]
    full_scale: u32,
    /// Whether hidden membranes begin each inference at half their threshold.
    #[schemars(default = "no")]
    half_start: bool,
    /// Most synapses into a neuron that were kept, 1 to 2^28, where a limit was set. In layers with more of them zero weights
    /// are no synapses.
    #[schemars(range(min = 1, max = MAX_FAN_IN), default = "absent")]
    max_fan_in: u32,
}

fn no() -> bool {
    false
}
