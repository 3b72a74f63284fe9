//! Neuron models of sparse networks. The files of the models say what the fields mean in equations.

use super::super::neuron::{After, Below, DECAY_BITS, RESETS, described as models};
use crate::json::schema::{add_rules, alternatives, at, value_type, words};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// The model of a population's neurons, with its parameters.
pub(super) struct Neuron;

impl JsonSchema for Neuron {
    fn schema_name() -> Cow<'static, str> {
        "Neuron".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let about = "The neuron model.";
        alternatives(generator, ("model", about), models().map(|model| (model.name, model.describe)))
    }
}

value_type!(
    /// One value for all neurons of a population, or a list of one for each.
    pub(super) PerNeuron, inline: true, per_neuron(-i64::from(i32::MAX)..=i64::from(i32::MAX))
);

fn per_neuron(range: RangeInclusive<i64>) -> Schema {
    let one = json_schema!({"type": "integer", "minimum": range.start(), "maximum": range.end()});
    json_schema!({"anyOf": [one, {"type": "array", "items": one}]})
}

/// What the values by neuron may be, by model.
pub(super) fn rules_of_models() -> impl Iterator<Item = Value> {
    models().map(|model| {
        let of_traits = |range| if model.has_traits { per_neuron(range) } else { Schema::from(false) };
        let fields = json!({
            "threshold": per_neuron(model.ranges.threshold),
            "bias": per_neuron(model.ranges.bias),
            "start": per_neuron(model.ranges.membrane),
            "reset_potential": of_traits(model.ranges.reset_potential),
            "negative_threshold": of_traits(model.ranges.negative_threshold),
        });
        let condition = at(&["neuron", "model"], json!({"const": model.name}));
        json!({"if": condition, "then": {"properties": fields}})
    })
}

value_type!(ResetName, inline: true, words(RESETS));
value_type!(AfterName, inline: true, words(&After::NAMES[..After::OF_CHIPS]));
value_type!(CubaAfterName, inline: true, words(After::NAMES));
value_type!(BelowName, inline: true, words(Below::NAMES));
// RANC's hardware can do no other.
value_type!(RancAfterName, inline: true, words(&After::NAMES[..After::Keep as usize]));

/// Integrate and fire, without a leak.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::net) struct IfFields {
    /// What a spike does to the membrane: "zero" or "subtract" (the threshold is taken off it).
    reset: ResetName,
    /// A membrane counts in 1/2^fraction_bits weight units, 0 to 12.
    #[schemars(range(min = 0, max = 12), default = "none")]
    fraction_bits: u32,
    /// Bits of the membrane, which saturates, 8 to 32.
    #[schemars(range(min = 8, max = 32), default = "bits_24")]
    membrane_bits: u32,
}

/// Leaky integrate and fire.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = coarse_decays)]
pub(in crate::net) struct LifFields {
    /// Share of the membrane lost in a step, in 1/2^decay_bits, 1 to 2^decay_bits.
    #[schemars(range(min = 1, max = 16_777_216))]
    decay: u32,
    /// How fine the decay is, 12 to 24.
    #[schemars(range(min = 12, max = 24), default = "bits_12")]
    decay_bits: u32,
    /// What a spike does to the membrane: "zero" or "subtract" (the threshold is taken off it).
    reset: ResetName,
    /// A membrane counts in 1/2^fraction_bits weight units, 0 to 12.
    #[schemars(range(min = 0, max = 12), default = "none")]
    fraction_bits: u32,
    /// Bits of the membrane, which saturates, 8 to 32.
    #[schemars(range(min = 8, max = 32), default = "bits_24")]
    membrane_bits: u32,
}

/// Leaky integrate and fire with a synaptic current, as NIR's CubaLIF.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = coarse_decays)]
pub(in crate::net) struct CubaFields {
    /// Share of the current lost in a step, in 1/2^decay_bits, 0 to 2^decay_bits.
    #[schemars(range(min = 0, max = 16_777_216))]
    current_decay: u32,
    /// Share of the membrane lost in a step, in 1/2^decay_bits, 0 to 2^decay_bits.
    #[schemars(range(min = 0, max = 16_777_216))]
    voltage_decay: u32,
    /// How fine the decays are, 12 to 24.
    #[schemars(range(min = 12, max = 24), default = "bits_12")]
    decay_bits: u32,
    /// What a spike does to the membrane: "absolute" (it becomes the reset potential), "linear" (the threshold is taken off
    /// it), "keep" or "fall" (the reset potential is taken off it).
    #[schemars(default = "absolute")]
    reset: CubaAfterName,
    /// A membrane counts in 1/2^fraction_bits weight units, 0 to 12.
    #[schemars(range(min = 0, max = 12), default = "none")]
    fraction_bits: u32,
    /// Bits of the membrane and of the current, which saturate, 8 to 32.
    #[schemars(range(min = 8, max = 32), default = "bits_24")]
    membrane_bits: u32,
}

/// Without more bits decays are in 1/4096.
fn coarse_decays(schema: &mut Schema) {
    let most = |name: &str| (name.to_owned(), json!({"maximum": 1u32 << DECAY_BITS}));
    let known = |name: &&str| schema.pointer(&format!("/properties/{name}")).is_some();
    let decays = ["decay", "current_decay", "voltage_decay"].into_iter().filter(known);
    let properties: serde_json::Map<_, _> = decays.map(most).collect();
    add_rules(schema, [json!({"if": {"required": ["decay_bits"]}, "else": {"properties": properties}})]);
}

/// Loihi's leaky integrate and fire, with a synaptic current.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::net) struct LoihiFields {
    /// Share of the current lost in a step is (current_decay + 1)/4096; 0 to 4,095.
    #[schemars(range(min = 0, max = 4095))]
    current_decay: u32,
    /// Share of the membrane lost in a step, in 1/4096, 0 to 4,096.
    #[schemars(range(min = 0, max = 4096))]
    voltage_decay: u32,
    /// Time steps from a spike until the next is possible, 1 to 64.
    #[schemars(range(min = 1, max = 64), default = "one")]
    refractory: u32,
    /// A weight w adds 64 floor(w 2^weight_exponent) membrane units, -8 to 7.
    #[schemars(range(min = -8, max = 7), default = "none")]
    weight_exponent: i32,
    /// Biases are shifted left by this, 0 to 7.
    #[schemars(range(min = 0, max = 7), default = "none")]
    bias_exponent: u32,
}

/// TrueNorth's neuron, deterministic modes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::net) struct TrueNorthFields {
    /// What a spike does to the membrane: "absolute" (it becomes the reset potential), "linear" (the threshold is taken off
    /// it) or "keep".
    #[schemars(default = "absolute")]
    reset: AfterName,
    /// What happens below the negative threshold: "saturate" (the membrane is held there) or "reset" (as after a spike, with
    /// the other sign).
    #[schemars(default = "saturate")]
    negative: BelowName,
    /// Whether the leak follows the membrane's sign.
    #[schemars(default = "no")]
    leak_reversal: bool,
}

/// RANC's neuron.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::net) struct RancFields {
    /// What a spike does to the membrane: "absolute" (it becomes the reset potential) or "linear" (the threshold is taken off
    /// it).
    #[schemars(default = "absolute")]
    reset: RancAfterName,
    /// Bits of the membrane, which wraps around, 8 to 24.
    #[schemars(range(min = 8, max = 24), default = "bits_9")]
    membrane_bits: u32,
}

/// ODIN's leaky integrate and fire: 8 bits without sign.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::net) struct OdinFields {
    /// What each step takes off the membrane (membrane units), 0 to 127.
    #[schemars(range(min = 0, max = 127), default = "none")]
    leak: u32,
}

/// PAICORE's neuron, deterministic modes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::net) struct PaicoreFields {
    /// What a spike does to the membrane: "absolute" (it becomes the reset potential), "linear" (the threshold is taken off
    /// it) or "keep".
    #[schemars(default = "absolute")]
    reset: AfterName,
    /// What happens below the negative threshold: "saturate" (the membrane is held there) or "reset" (as after a spike, with
    /// the other sign).
    #[schemars(default = "saturate")]
    negative: BelowName,
    /// Whether the leak follows the membrane's sign.
    #[schemars(default = "no")]
    leak_reversal: bool,
    /// Whether the leak comes after the comparison with the threshold.
    #[schemars(default = "no")]
    leak_after_comparison: bool,
}

fn none() -> u32 {
    0
}

fn one() -> u32 {
    1
}

fn bits_9() -> u32 {
    9
}

fn bits_12() -> u32 {
    12
}

fn bits_24() -> u32 {
    24
}

fn no() -> bool {
    false
}

fn absolute() -> &'static str {
    After::NAMES[After::default() as usize]
}

fn saturate() -> &'static str {
    Below::NAMES[Below::Saturate as usize]
}
