//! How layered networks are trained.

use super::super::architecture::{Activation as Activations, Loss as Losses, Training as Defaults};
use super::super::file::SCHEDULES;
use crate::json::schema::{absent, described, tell_apart, value_type, words};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// How a network is trained where the command line says nothing else.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Training {
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
    /// What is made small: "cross_entropy" or "mse". Where nothing is said, "mse" for the target "input", which has no other,
    /// else "cross_entropy".
    #[schemars(default = "absent")]
    loss: Loss,
    /// How the learning rate falls: "cosine" (to a hundredth, along half a cosine), or by a factor every so many epochs.
    #[schemars(default = "cosine")]
    schedule: Schedule,
    /// How training samples are varied.
    #[schemars(default = "absent")]
    augment: Augment,
    /// What the non-spiking twin makes of a sum: "relu", or "qcfs" (cut and rounded to possible counts; membranes then begin
    /// at half the threshold).
    #[schemars(default = "relu")]
    activation: Activation,
    /// Share of a weight lost per step and learning rate, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0), default = "nothing")]
    weight_decay: f64,
}

value_type!(Loss, inline: true, words(Losses::NAMES));
value_type!(Activation, inline: true, words(Activations::NAMES));

/// A word, or an object with numbers.
struct Schedule;

impl JsonSchema for Schedule {
    fn schema_name() -> Cow<'static, str> {
        "Schedule".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let word = words(&SCHEDULES[..1]);
        let mut steps = described::<Steps>(generator);
        tell_apart(&mut steps, ("kind", "How the learning rate falls."), SCHEDULES[1]);
        json_schema!({"anyOf": [word, steps]})
    }
}

/// The learning rate falls by a factor every so many epochs.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Steps {
    /// Epochs between two changes, 1 to 10,000.
    #[schemars(range(min = 1, max = 10_000))]
    every: u32,
    /// What it is multiplied by, 1e-6 to 1.
    #[schemars(range(min = 1e-6, max = 1.0))]
    factor: f64,
}

/// How training samples are varied.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Augment {
    /// Moved by up to this many rows and columns, zeros following, 0 to 64.
    #[schemars(range(min = 0, max = 64), default = "nothing")]
    shift: u32,
    /// Whether every second one, by chance, is mirrored left to right.
    #[schemars(default = "no")]
    flip: bool,
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

fn cosine() -> &'static str {
    SCHEDULES[0]
}

fn relu() -> &'static str {
    Activations::NAMES[Activations::Relu as usize]
}

fn nothing() -> u32 {
    0
}

fn no() -> bool {
    false
}
