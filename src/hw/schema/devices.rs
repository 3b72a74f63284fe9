//! Devices of a crossbar that are not ideal.

use crate::json::schema::{absent, add_rules};
use schemars::{JsonSchema, Schema};
use serde_json::json;

/// Cells, wires and converters of a crossbar. A weight is held by pairs of cells, slice by slice; a neuron takes two columns
/// for each slice. Example: {"cell_bits": 2, "slices": 4, "g_min_us": 1, "g_max_us": 100, "adc": {"bits": 8}}.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::hw) struct Devices {
    /// A cell has 2^cell_bits levels, 1 to 8.
    #[schemars(range(min = 1, max = 8))]
    cell_bits: u32,
    /// Pairs of cells that hold a weight, 1 to 16; slices of cell_bits hold at most 16 bits.
    #[schemars(range(min = 1, max = 16))]
    slices: u32,
    /// Conductance of the lowest level (microsiemens), 0 to 1,000,000.
    #[schemars(range(min = 0.0, max = 1e6))]
    g_min_us: f64,
    /// Conductance of the highest level (microsiemens), up to 1,000,000; at least 1.1 times g_min_us.
    #[schemars(range(min = 1e-6, max = 1e6))]
    g_max_us: f64,
    /// Standard deviation of what is programmed, relative to the range of conductances, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0), default = "none")]
    programming_sigma: f64,
    /// Standard deviation of what is read, relative to the cell's conductance, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0), default = "none")]
    read_sigma: f64,
    /// Probability that a cell is stuck at the lowest conductance, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0), default = "none")]
    stuck_off: f64,
    /// Probability that a cell is stuck at the highest conductance, 0 to 1; with stuck_off at most 1.
    #[schemars(range(min = 0.0, max = 1.0), default = "none")]
    stuck_on: f64,
    /// How conductances fall with time; not at all where nothing is said.
    #[schemars(default = "absent")]
    drift: Drift,
    /// Resistance of a wire from cell to cell (ohm), 0 to 1,000,000.
    #[schemars(range(min = 0.0, max = 1e6), default = "none")]
    wire_ohm: f64,
    /// Converters; where nothing is said they have steps of one slice unit and clip nothing.
    #[schemars(default = "absent")]
    adc: Adc,
}

fn none() -> f64 {
    0.0
}

/// A power law of conductance over time: g (time_s / reference_time_s)^-nu.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Drift {
    /// The exponent, negated, 0 to 10.
    #[schemars(range(min = 0.0, max = 10.0))]
    nu: f64,
    /// Standard deviation of the exponent from cell to cell, 0 to 10.
    #[schemars(range(min = 0.0, max = 10.0), default = "none")]
    nu_sigma: f64,
    /// Time since programming (s), from reference_time_s to 1e12.
    #[schemars(range(min = 1e-9, max = 1e12))]
    time_s: f64,
    /// When conductances were what was programmed (s), 1e-9 to 1e12.
    #[schemars(range(min = 1e-9, max = 1e12))]
    reference_time_s: f64,
}

/// A converter: its step is given, or follows from its full scale, or is one slice unit.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = one_scale)]
struct Adc {
    /// Resolution, sign included, 1 to 24; nothing is clipped where nothing is said.
    #[schemars(range(min = 1, max = 24), default = "absent")]
    bits: u32,
    /// What a code stands for (slice units), 1/65,536 to 65,536.
    #[schemars(range(min = 1.0 / 65_536.0, max = 65_536.0), default = "absent")]
    step: f64,
    /// In place of a step, with bits: what 2^(bits - 1) steps are (slice units), 1/65,536 to 65,536.
    #[schemars(range(min = 1.0 / 65_536.0, max = 65_536.0), default = "absent")]
    full_scale: f64,
}

fn one_scale(schema: &mut Schema) {
    let one = json!({"not": {"required": ["step", "full_scale"]}});
    add_rules(schema, [one, json!({"if": {"required": ["full_scale"]}, "then": {"required": ["bits"]}})]);
}
