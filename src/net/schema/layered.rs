//! Layered networks, trained or not.

use super::super::architecture::{MAX_LAYERS, MAX_NEURONS_PER_LAYER, MAX_TIME_STEPS, Training as Defaults};
use super::super::file::{LAYERED, LAYERS, TRAINED_MODELS, TRAINED_RESETS};
use super::super::quantised::WEIGHT_BITS;
use crate::json::schema::{Describe, FileName, Nullable, Text, absent, alternatives, described, value_type, words};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
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
    /// Layers from the input on, 1 to 64; the last one's outputs are the classes.
    #[schemars(length(min = 1, max = MAX_LAYERS))]
    layers: Vec<Layer>,
    /// The neuron of all layers.
    neuron: Neuron,
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
        let kinds: [Describe; 3] = [described::<Flatten>, described::<Dense>, described::<Conv2d>];
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
#[schemars(deny_unknown_fields)]
struct Neuron {
    /// The model.
    model: TrainedModel,
    /// The threshold in the units of the real weights, 0.001 to 1,000.
    #[schemars(range(min = 1e-3, max = 1e3))]
    threshold: f64,
    /// What a spike does to the membrane.
    reset: TrainedReset,
}

value_type!(TrainedModel, inline: true, words(TRAINED_MODELS));
value_type!(TrainedReset, inline: true, words(TRAINED_RESETS));

/// How a network is trained where the command line says nothing else.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Training {
    /// Passes through the training samples, 1 to 10,000.
    #[schemars(range(min = 1, max = 10_000), default = "epochs")]
    epochs: u32,
    /// Samples of a step of the optimiser, 2 to 65,536.
    #[schemars(range(min = 2, max = 65_536), default = "batch")]
    batch: u32,
    /// Learning rate, 1e-7 to 1.
    #[schemars(range(min = 1e-7, max = 1.0), default = "learning_rate")]
    learning_rate: f64,
    /// Share of neurons left out at random while training, 0 to 0.9.
    #[schemars(range(min = 0.0, max = 0.9), default = "dropout")]
    dropout: f64,
}

fn epochs() -> u32 {
    Defaults::default().epochs
}

fn batch() -> u32 {
    Defaults::default().batch
}

fn learning_rate() -> f64 {
    Defaults::default().learning_rate
}

fn dropout() -> f64 {
    Defaults::default().dropout
}

/// How a network was trained, and what it was quantised to.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Trained {
    /// The file of the weights, beside this one.
    weights: FileName,
    /// The data set that it was trained on.
    dataset: Text,
    /// The training rule.
    rule: Text,
    /// Seed of the training, 0 to 2^63 - 1.
    #[schemars(range(min = 0, max = i64::MAX))]
    seed: u64,
    /// The epoch that was chosen, from 1.
    #[schemars(range(min = 1, max = 10_000))]
    epoch: u32,
    /// Accuracy of the integer network on the validation split at that epoch, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    validation_accuracy: f64,
    /// What made it.
    made_by: Text,
    /// Time steps that it was trained for; those of the network.
    #[schemars(range(min = 1, max = MAX_TIME_STEPS))]
    time_steps: u32,
    /// Bits of a weight, sign included.
    #[schemars(range(min = *WEIGHT_BITS.start(), max = *WEIGHT_BITS.end()))]
    weight_bits: u32,
    /// Bits of a membrane, 8 to 32.
    #[schemars(range(min = 8, max = 32))]
    membrane_bits: u32,
    /// The input value that stands for 1, 1 to 255.
    #[schemars(range(min = 1, max = 255))]
    full_scale: u32,
}
