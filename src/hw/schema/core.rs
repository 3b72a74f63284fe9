//! The object `core` of a chip file.

use super::super::file::{RECEIVE_PATHS, SYNAPSES};
use super::devices::Devices;
use crate::json::schema::{Describe, Nullable, Time, absent, alternatives, described, value_type, words};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// One core: what fits into it, and how it works. A limit that the chip does not have is null, not left out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Core {
    /// Neurons, 1 to 65,536.
    #[schemars(range(min = 1, max = 65_536))]
    max_neurons: u32,
    /// Distinct sources of spikes, 1 to 2^24.
    #[schemars(range(min = 1, max = 16_777_216))]
    max_axons_in: u32,
    /// Pairs of a spiking neuron and a destination core; null is no limit.
    max_axons_out: Nullable<Limit>,
    /// Synapses into a neuron; null is no limit.
    max_fan_in: Nullable<Limit>,
    /// Synapses out of a neuron; null is no limit.
    max_fan_out: Nullable<Limit>,
    /// Bits of a weight, sign included, 1 to 16.
    #[schemars(range(min = 1, max = 16))]
    weight_bits: u32,
    /// Longest synaptic delay (time steps), 1 to 255; 1 on crossbars and free-running chips.
    #[schemars(range(min = 1, max = 255))]
    max_delay: u32,
    /// Bits of a membrane, 8 to 32.
    #[schemars(range(min = 8, max = 32))]
    membrane_bits: u32,
    /// How weights are stored and applied.
    synapses: Synapses,
    /// How packets are taken in: "serial" (a packet's synapses are done before the next packet begins) or "pipelined" (the
    /// axon stage takes the next packet meanwhile).
    receive: ReceivePath,
    /// Packets that wait at the core before its router is held up, 1 to 4,096.
    #[schemars(range(min = 1, max = 4096))]
    receive_queue: u32,
    /// Synapses worked on at once, 1 to 65,536.
    #[schemars(range(min = 1, max = 65_536))]
    synapse_lanes: u32,
    /// Neurons worked on at once, 1 to 65,536.
    #[schemars(range(min = 1, max = 65_536))]
    soma_lanes: u32,
    /// Where a synapse's weight is picked by its axon's type from so many of its neuron: most distinct non-zero weights into
    /// a neuron, 1 to 65,536.
    #[schemars(range(min = 1, max = 65_536), default = "absent")]
    axon_types: u32,
    /// Where a neuron can send what it summed in a time step, so that neurons with more inputs than a core has axons are
    /// split; not on free-running chips, and not where cells are not ideal.
    #[schemars(default = "absent")]
    partial_sums: PartialSums,
    /// Whether all synapses of a source have one sign: weights then have a sign and a magnitude.
    #[schemars(default = "no")]
    source_sign: bool,
    /// Where a core works through all its places for neurons (max_neurons), whether a network uses them or not.
    #[schemars(default = "absent")]
    sweep: Sweep,
}

fn no() -> bool {
    false
}

fn no_time() -> &'static str {
    "0 ns"
}

/// A core that works through all its places for neurons, in use or not.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, inline)]
struct Sweep {
    /// Whether a packet does that too, with an update of every neuron; if not, time steps only. Only on free-running chips
    /// with synapses of kind "digital_crossbar" and "receive" of "serial". A neuron then fires in the last tick of its
    /// synapse's time, and the core stops for each spike for the time of soma_spike.
    packets: bool,
    /// From the beginning of a time step until the soma begins, as in "1 cycle".
    #[schemars(default = "no_time")]
    before: Time,
    /// From the last neuron of a time step until the core is done.
    #[schemars(default = "no_time")]
    after: Time,
    /// What a packet of the host takes longer than one of a core, before its synapses; only with packets.
    #[schemars(default = "no_time")]
    host_wait: Time,
}

/// Sums that go from core to core, one to a packet.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, inline)]
struct PartialSums {
    /// Bits of a sum, sign included, 2 to 32; at most membrane_bits.
    #[schemars(range(min = 2, max = 32))]
    bits: u32,
}

#[derive(JsonSchema)]
#[schemars(transparent, inline)]
struct Limit(#[schemars(range(min = 1, max = 16_777_216))] u32);

value_type!(ReceivePath, inline: true, words(RECEIVE_PATHS));

struct Synapses;

impl JsonSchema for Synapses {
    fn schema_name() -> Cow<'static, str> {
        "Synapses".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kinds: [Describe; 3] = [described::<Sram>, described::<Crossbar>, described::<DigitalCrossbar>];
        let about = "What kind of memory.";
        alternatives(generator, ("kind", about), SYNAPSES.iter().copied().zip(kinds))
    }
}

/// Lists in memory, walked per packet: rows of synapses in whole words.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Sram {
    /// Size (bits), 1 to 2^40.
    #[schemars(range(min = 1, max = 1_099_511_627_776_u64))]
    bits: u64,
    /// A row takes a whole number of words of so many bits, 1 to 4,096.
    #[schemars(range(min = 1, max = 4096))]
    word_bits: u32,
    /// Bits of a row beside its synapses, 0 to 4,096.
    #[schemars(range(min = 0, max = 4096))]
    row_overhead_bits: u32,
    /// Bits that name the target of a synapse, 0 to 32; enough for max_neurons.
    #[schemars(range(min = 0, max = 32))]
    index_bits: u32,
}

/// A crossbar that is read once per time step.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Crossbar {
    /// Rows, one for each axon, 1 to 65,536.
    #[schemars(range(min = 1, max = 65_536))]
    rows: u32,
    /// Columns, 1 to 65,536; one for each neuron where devices are ideal.
    #[schemars(range(min = 1, max = 65_536))]
    columns: u32,
    /// Converters that share the columns, 1 to 65,536.
    #[schemars(range(min = 1, max = 65_536))]
    converters: u32,
    /// Its cells: "ideal", whose sums are exact, or an object of what they are.
    devices: Cells,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Cells {
    Ideal(Ideal),
    Real(Devices),
}

value_type!(Ideal, inline: true, json_schema!({"const": "ideal"}));

/// A memory with a place for every pair of an axon and a neuron, whose rows are walked per packet.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DigitalCrossbar {}
