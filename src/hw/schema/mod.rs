//! Chip files described for editors: their JSON Schema.
//!
//! Types with doc comments, which become the descriptions; units, defaults and examples stand in them. What names each
//! other in a file, and what compares one number with another, a schema cannot say: `hw::read` does.

#![expect(dead_code, reason = "the types describe files, and nothing is made of them")]

mod costs;
mod devices;
mod mesh;
mod rules;

pub(super) use devices::Devices;
pub(super) use mesh::{GridFields, LinksFields, RingFields, TreeFields};

use self::costs::{Calibration, KindName};
use super::core::CoreSpec;
use super::file::{FORMAT, GATINGS};
use crate::json::MAX_NAME;
use crate::json::schema::{Name, Text, TimeNotZero, absent, add_rules, at, schema_of, value_type, words};
use crate::net::neuron::{NAMES, OPEN_RESETS, RESETS};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The JSON Schema of chip files.
pub fn schema() -> Value {
    schema_of::<Chip>()
}

/// # Chip of Spikemesh
///
/// A neuromorphic chip: its network on chip, its cores, and what operations cost in energy and time. Times are whole
/// numbers of ticks.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = rules::of_chip)]
struct Chip {
    /// The schema against which an editor checks the file, as in "schema/chip.json"; no reader uses it.
    #[schemars(rename = "$schema", default = "absent")]
    schema: Text,
    /// The format of this file.
    format: Format,
    /// One sentence for people.
    description: Text,
    /// The unit of all times: a time from 1 fs to 1 ms such as "100 ps", or {"clock_mhz": 75}, a cycle of that clock.
    tick: Tick,
    /// The clock in which cycles are reported.
    clock: Clock,
    /// The network on chip: routers, links, and how packets travel.
    mesh: mesh::Mesh,
    /// One core; all are alike.
    core: CoreSpec,
    /// Neuron models that the chip itself has, at most 16; others run as idealised ones on its costs. Example:
    /// [{"model": "if", "reset": "subtract"}].
    #[schemars(length(max = 16))]
    neurons: Vec<Neuron>,
    /// Whether neurons rest outside the window of their layer: "window" (outside it they neither integrate nor fire, and
    /// cost nothing) or "none".
    gating: Gating,
    /// Instead of a barrier: time steps pass with a clock that waits for nothing, and spikes act when they arrive.
    #[schemars(default = "absent")]
    free_running: FreeRunning,
    /// Instead of a barrier: time steps begin at multiples of a length; a step that takes longer takes as many whole
    /// lengths as it needs.
    #[schemars(default = "absent")]
    fixed_tick: FixedTick,
    /// Tables of constants by name, 1 to 64 of them.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 64, "propertyNames" = {"maxLength": MAX_NAME}))]
    calibrations: BTreeMap<String, Calibration>,
    /// The name of the table that is used where none is asked for.
    default_calibration: Name,
    /// Sources by the names that the file uses for them, written out for people.
    #[schemars(extend("propertyNames" = {"maxLength": MAX_NAME}))]
    sources: BTreeMap<String, Text>,
    /// Names of the sources of the chip's structure, 1 to 64.
    #[schemars(length(min = 1, max = 64))]
    structure_sources: Vec<Text>,
    /// What is assumed for want of a published figure, at most 64 sentences, each with the field that it is about.
    #[schemars(length(max = 64))]
    estimates: Vec<Text>,
    /// Where single numbers come from, by their path in the file ("core.max_neurons") or its beginning ("core").
    #[schemars(default = "absent")]
    facts: BTreeMap<String, Fact>,
}

value_type!(Format, inline: true, json_schema!({"const": FORMAT}));
value_type!(Gating, inline: true, words(GATINGS));

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Tick {
    /// A length from 1 fs to 1 ms.
    Length(TimeOfTick),
    Cycle(ClockOfTick),
}

value_type!(
    /// A length.
    TimeOfTick, inline: true,
    json_schema!({
        "type": "string",
        "pattern": crate::units::time_pattern(),
        "not": {"pattern": crate::json::schema::ZERO},
    })
);

/// A tick that is a cycle of a clock, its period rounded to the nearest femtosecond.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ClockOfTick {
    /// Frequency of the clock (MHz), 0.001 to 1,000,000.
    #[schemars(range(min = 1e-3, max = 1e6))]
    clock_mhz: f64,
}

/// The clock in which cycles are reported.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Clock {
    /// Frequency (MHz), 0.000001 to 1,000,000.
    #[schemars(range(min = 1e-6, max = 1e6))]
    mhz: f64,
    /// Whether it is only a reference, because the chip has no clock.
    reference: bool,
}

/// A neuron model of the chip's own.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = resets_of)]
struct Neuron {
    /// The model.
    model: ModelName,
    /// What a spike does to the membrane, of models that leave it open.
    #[schemars(default = "absent")]
    reset: ResetName,
}

value_type!(ModelName, inline: true, words(NAMES));
value_type!(ResetName, inline: true, words(RESETS));

/// Some models need a reset, and the others have their own.
fn resets_of(schema: &mut Schema) {
    let open = at(&["model"], json!({"enum": OPEN_RESETS}));
    add_rules(schema, [json!({"if": open, "then": {"required": ["reset"]}, "else": {"properties": {"reset": false}}})]);
}

/// A clock that waits for nothing.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FreeRunning {
    /// Length of a time step, as in "50 us".
    time_step: TimeNotZero,
    /// After so long an inference ends, whatever is under way; at least one time step.
    deadline: TimeNotZero,
}

/// A clock that waits for all cores.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FixedTick {
    /// Length of a time step, as in "1 ms".
    length: TimeNotZero,
}

/// Where a number comes from.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = rules::of_fact)]
struct Fact {
    /// How it came to be.
    kind: KindName,
    /// The name of its source; may be left out of what is assumed.
    #[schemars(default = "absent")]
    source: Text,
    /// What a reader should know.
    #[schemars(default = "absent")]
    note: Text,
}
