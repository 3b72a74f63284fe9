//! The object `core` of a chip file: limits of a core, and its synapse array.

mod kernels;

pub use kernels::{LayerShape, SharedKernels};

use super::devices::{CellsOfFile, Devices, read_devices};
use super::tick::{TickLength, ticks};
use crate::json::record::{record, words};
use crate::json::shape::{self, flag, flat, list, listed_last, nullable, of, optional, or, plain, whole, word};
use crate::json::{Alternative, Cursor, Object, alternative, read_tagged, tagged_schema};
use crate::net::graph::SynapseFormat;
use crate::stats::Op;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::json;
use std::borrow::Cow;

words! {
    /// How a core takes packets in.
    pub enum ReceivePath {
        /// A packet's axon and synapses are done before the next packet begins.
        Serial = "serial",
        /// The axon stage takes the next packet while synapses of the last are worked on.
        Pipelined = "pipelined",
    }
}

record! {
    /// One core: what fits into it, and how it works. A limit that the chip does not have is null, not left out.
    pub struct CoreSpec as "Core" given Option<TickLength> {
        /// What fits.
        pub limits: CoreLimits = flat::<CoreLimits, _>();
        /// How weights are stored and applied.
        pub synapses: SynapseArray = plain::<SynapseArray, _, _>(SynapseArray::read);
        /// Where a core works through all its places for neurons (max_neurons), whether a network uses them or not.
        pub sweep: Option<NeuronSweep> = listed_last(optional(of::<NeuronSweep, _>()));
        /// How packets are taken in: "serial" (a packet's synapses are done before the next packet begins) or "pipelined" (the
        /// axon stage takes the next packet meanwhile).
        pub receive: ReceivePath = word();
        /// Packets that wait at the core before its router is held up, 1 to 4,096.
        pub receive_queue: u16 = whole(1..=4096);
        /// Synapses worked on at once, 1 to 65,536.
        pub synapse_lanes: u32 = whole(1..=65_536);
        /// Neurons worked on at once, 1 to 65,536.
        pub soma_lanes: u32 = whole(1..=65_536);
        /// Names of its soma units, 2 to 4, where it has several: each neuron is worked on by the one that its population names,
        /// or by the first. The others have costs of their own: soma_access_2 is that of the second. Not on free-running chips,
        /// and not with sweep.
        pub soma_units: Vec<String> = listed_last(or(list(shape::name(), 2..=4), Vec::new(), json!([])));
        /// Whether a neuron that spikes reached is updated even if their weights add up to 0, and its membrane and bias are 0.
        pub updates_on_zero: bool = listed_last(or(flag(), false, false));
    }
    check CoreSpec::check;
}

record! {
    /// What fits into a core.
    pub struct CoreLimits as "Limits" derive(Eq) {
        /// Neurons, 1 to 65,536.
        pub max_neurons: u32 = whole(1..=65_536);
        /// Distinct sources of spikes, 1 to 2^24.
        pub max_axons_in: u32 = whole(1..=1 << 24);
        /// Pairs of a spiking neuron and a destination core; null is no limit.
        pub max_axons_out: Option<u32> = nullable(whole(1..=1 << 24));
        /// Synapses into a neuron; null is no limit.
        pub max_fan_in: Option<u32> = nullable(whole(1..=1 << 24));
        /// Synapses out of a neuron; null is no limit.
        pub max_fan_out: Option<u32> = nullable(whole(1..=1 << 24));
        /// Bits of a weight, sign included, 1 to 16.
        pub weight_bits: u32 = whole(1..=16);
        /// Longest synaptic delay (time steps), 1 to 255; 1 on crossbars and free-running chips.
        pub max_delay: u32 = whole(1..=255);
        /// Bits of a membrane, 8 to 32.
        pub membrane_bits: u32 = whole(8..=32);
        /// Where a synapse's weight is picked by its axon's type from so many of its neuron: most distinct non-zero weights
        /// into a neuron, 1 to 65,536.
        pub axon_types: Option<u32> = listed_last(optional(whole(1..=65_536)));
        /// Axons that the spikes of a neuron reach, each a pair of a core and a delay, 1 to 65,536: where a neuron of a
        /// network has to reach more, it is copied. Left out, there is no limit.
        pub max_targets: Option<u32> = listed_last(optional(whole(1..=65_536)));
        /// Where neurons of a core share settings of which it has few: the most different ones.
        pub max_neuron_settings: Option<NeuronSettings> = listed_last(optional(of::<NeuronSettings, _>()));
        /// Where a neuron can send what it summed in a time step, so that neurons with more inputs than a core has axons are
        /// split; not on free-running chips, and not where cells are not ideal.
        pub partial_sums: Option<u32> = listed_last(optional(of::<PartialSums, _>()));
        /// Whether all synapses of a source have one sign: weights then have a sign and a magnitude.
        pub source_sign: bool = listed_last(or(flag(), false, false));
    }
}

record! {
    /// Different settings among the neurons of a core.
    pub struct NeuronSettings: inline derive(Copy, Default, Eq) {
        /// Settings of a neuron's course but for its threshold: its model with its decays, leaks and refractory period, 1 to
        /// 65,536. Without it there is no limit.
        pub compartments: Option<u32> = optional(whole(1..=65_536));
        /// Thresholds, 1 to 65,536, of neurons that the chip itself has; those of idealised neurons are not counted. Without it
        /// there is no limit.
        pub thresholds: Option<u32> = optional(whole(1..=65_536));
    }
}

record! {
    /// Sums that go from core to core, one to a packet.
    struct PartialSums: inline {
        /// Bits of a sum, sign included, 2 to 32; at most membrane_bits.
        bits: u32 = whole(2..=32);
    }
    check |sums: Self, _: &Object<'_>, _| Some(sums.bits) => u32;
}

record! {
    /// How a core works through all its places for neurons ([`CoreLimits::max_neurons`]), whether a network uses them or not.
    pub struct NeuronSweep: inline derive(Copy, Eq) given Option<TickLength> {
        /// Whether a packet does that too, with an update of every neuron; if not, time steps only. Only on free-running chips
        /// with synapses of kind "digital_crossbar", "receive" of "serial" and "delivery" of "unicast". The core then works on
        /// one event after the other: a neuron fires in the last tick of its synapse's time, the core stops for each spike for
        /// the time of soma_spike, and its own spikes wait in its receive_queue. One that finds it full is lost.
        pub packets: bool = flag();
        /// From the beginning of a time step until the soma begins, as in "1 cycle".
        pub before: u32 = or(ticks(0), 0, "0 ns");
        /// From the last neuron of a time step until the core is done.
        pub after: u32 = or(ticks(0), 0, "0 ns");
        /// What an event from outside takes longer than a spike of the core itself, before its synapses; only with packets.
        pub host_wait: u32 = or(ticks(0), 0, "0 ns");
        /// From the end of an event from outside, or from its place in the queue, to the next one; only with packets.
        pub input_wait: u32 = or(ticks(0), 0, "0 ns");
    }
    check NeuronSweep::check;
}

/// Storage and application of weights.
#[derive(Clone, Debug, PartialEq)]
pub enum SynapseArray {
    /// Lists in memory, read packet by packet.
    Sram(SramMemory),
    /// A memory with an entry for every pair of an axon and a neuron, whose rows are read packet by packet.
    DigitalCrossbar,
    /// A memory of kernels and one of membranes, for one whole layer; kernels are read packet by packet.
    SharedKernels(SharedKernels),
    /// A crossbar that is read once per time step.
    Crossbar {
        /// Rows: axons.
        rows: u32,
        /// Columns: neurons, where devices are ideal.
        columns: u32,
        /// Converters that share the columns.
        converters: u32,
        /// Crossbar cells; `None` for ideal ones, whose sums are exact.
        devices: Option<Devices>,
    },
}

record! {
    /// Lists in memory, walked per packet: rows of synapses in whole words.
    pub struct SramMemory derive(Eq) {
        /// Size (bits), 1 to 2^40.
        pub bits: u64 = whole(1..=1 << 40);
        /// A row takes a whole number of words of so many bits, 1 to 4,096.
        pub word_bits: u64 = whole(1..=4096);
        /// Bits of a row beside its synapses, 0 to 4,096.
        pub row_overhead_bits: u64 = whole(0..=4096);
        /// Bits that name the target of a synapse, 0 to 32; enough for max_neurons.
        pub index_bits: u64 = whole(0..=32);
        /// Whether a core whose neurons are of one convolution may store rows that are equal but for the place of their targets
        /// once, as lists with indices. It does where that takes less memory.
        pub shared_kernels: bool = listed_last(or(flag(), false, false));
    }
    check |memory: Self, _: &Object<'_>, _| Some(SynapseArray::Sram(memory)) => SynapseArray;
}

record! {
    /// A crossbar that is read once per time step.
    struct Crossbar {
        /// Rows, one for each axon, 1 to 65,536.
        rows: u32 = whole(1..=65_536);
        /// Columns, 1 to 65,536; one for each neuron where devices are ideal.
        columns: u32 = whole(1..=65_536);
        /// Converters that share the columns, 1 to 65,536.
        converters: u32 = whole(1..=65_536);
        /// Its cells: "ideal", whose sums are exact, or an object of what they are.
        devices: Option<Devices> = plain::<CellsOfFile, _, _>(read_devices);
    }
    check |Crossbar { rows, columns, converters, devices }: Self, _: &Object<'_>, _| {
        Some(SynapseArray::Crossbar { rows, columns, converters, devices })
    } => SynapseArray;
}

record! {
    /// A memory with a place for every pair of an axon and a neuron, whose rows are walked per packet.
    struct DigitalCrossbar {}
    check |_: Self, _: &Object<'_>, _| Some(SynapseArray::DigitalCrossbar) => SynapseArray;
}

/// Name of the kind of crossbars that are read once per time step.
pub(super) const CROSSBAR: &str = "crossbar";

impl SynapseArray {
    fn kinds() -> [Alternative<(), Self>; 4] {
        [
            alternative::<SramMemory, _>("sram"),
            alternative::<Crossbar, _>(CROSSBAR),
            alternative::<DigitalCrossbar, _>("digital_crossbar"),
            alternative::<SharedKernels, _>("shared_kernels"),
        ]
    }

    fn read(cursor: &Cursor<'_>) -> Option<Self> {
        read_tagged(cursor, "kind", &Self::kinds(), ())
    }

    /// The devices of a crossbar with non-ideal devices.
    pub fn devices(&self) -> Option<&Devices> {
        match self {
            Self::Crossbar { devices, .. } => devices.as_ref(),
            Self::Sram(_) | Self::DigitalCrossbar | Self::SharedKernels(_) => None,
        }
    }

    /// The memories of a core for a whole layer.
    pub fn kernels(&self) -> Option<&SharedKernels> {
        match self {
            Self::SharedKernels(kernels) => Some(kernels),
            _ => None,
        }
    }

    /// Bits of lists of synapses; no limit where there are none.
    pub fn bits(&self) -> u64 {
        match self {
            Self::Sram(memory) => memory.bits,
            _ => u64::MAX,
        }
    }
}

impl JsonSchema for SynapseArray {
    fn schema_name() -> Cow<'static, str> {
        "Synapses".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        tagged_schema(generator, ("kind", "What kind of memory."), &Self::kinds())
    }
}

/// What a synapse of a format counts as, where formats are counted apart.
pub fn synapse_op(format: SynapseFormat) -> Op {
    Op::Synapse.kinds()[format as usize]
}

impl SramMemory {
    /// The format of a row of `synapses` into a core of `neurons`, unless its core shares kernels: the smaller one.
    pub fn format(&self, synapses: u64, neurons: u64, weight_bits: u64) -> SynapseFormat {
        // A row without indices has no place for parallel synapses.
        let is_dense = synapses <= neurons && neurons * weight_bits <= synapses * (weight_bits + self.index_bits);
        if is_dense { SynapseFormat::Dense } else { SynapseFormat::Sparse }
    }

    /// Bits of a row of `synapses` into a core of `neurons` in the smaller format.
    pub fn row_bits(&self, synapses: u64, neurons: u64, weight_bits: u64) -> u64 {
        match self.format(synapses, neurons, weight_bits) {
            SynapseFormat::Dense => self.in_words(neurons * weight_bits),
            SynapseFormat::Sparse | SynapseFormat::Conv => self.list_bits(synapses, weight_bits),
        }
    }

    /// Bits of a list of `synapses` with indices.
    pub fn list_bits(&self, synapses: u64, weight_bits: u64) -> u64 {
        self.in_words(synapses * (weight_bits + self.index_bits))
    }

    fn in_words(&self, bits: u64) -> u64 {
        (bits + self.row_overhead_bits).next_multiple_of(self.word_bits)
    }
}

impl NeuronSweep {
    fn check(self, object: &Object<'_>, _: Option<TickLength>) -> Option<Self> {
        let mut sound = Some(self);
        for wait in ["host_wait", "input_wait"].into_iter().filter_map(|wait| object.get(wait)) {
            if !self.packets {
                wait.problem("only with \"packets\": true: other chips take packets in without a wait of their own");
                sound = None;
            }
        }
        sound
    }
}

/// What a soma does, of a core with one unit.
const SOMA: [Op; 3] = [Op::SomaAccess, Op::SomaUpdate, Op::SomaSpike];

impl CoreSpec {
    /// The soma unit that a population names, by its position; the first where it names none, or one that is not there.
    pub fn soma_unit(&self, name: Option<&str>) -> usize {
        self.soma_units.iter().position(|unit| Some(unit.as_str()) == name).unwrap_or(0)
    }

    /// What the soma unit at a position does: accesses, updates and spikes.
    pub fn soma_ops(unit: usize) -> [Op; 3] {
        SOMA.map(|op| unit.checked_sub(1).and_then(|kind| op.kinds().get(kind)).copied().unwrap_or(op))
    }

    fn check(self, object: &Object<'_>, _: Option<TickLength>) -> Option<Self> {
        if let Some(problem) = self.problem() {
            object.problem(problem);
            return None;
        }
        let of_devices = self.problems_of_devices();
        of_devices.iter().for_each(|problem| object.problem(problem));
        of_devices.is_empty().then_some(self)
    }

    /// Problems of combinations of fields.
    fn problem(&self) -> Option<String> {
        let CoreLimits { max_neurons: neurons, max_axons_in: axons, membrane_bits: membrane, .. } = self.limits;
        match &self.synapses {
            SynapseArray::Crossbar { rows, columns, .. } if neurons > *columns || axons > *rows => {
                return Some(format!(
                    "{neurons} neurons and {axons} axons do not fit a crossbar of {rows} rows x {columns} columns"
                ));
            }
            SynapseArray::Sram(SramMemory { index_bits: bits, .. }) if 1u64 << bits < u64::from(neurons) => {
                return Some(format!("synapses.index_bits of {bits} cannot name {neurons} neurons"));
            }
            SynapseArray::Crossbar { .. } if self.limits.max_delay > 1 => {
                return Some("a crossbar is read in the step after a spike, so max_delay must be 1".into());
            }
            _ => {}
        }
        if let Some(bits) = self.limits.partial_sums {
            if bits > membrane {
                return Some(format!(
                    "partial_sums.bits of {bits} is more than membrane_bits of {membrane}: sums are membranes"
                ));
            }
            if self.synapses.devices().is_some() {
                let reason = "a sum drives no row of cells that are read";
                return Some(format!("partial_sums needs \"devices\": \"ideal\": {reason}"));
            }
        }
        let is_walked = self.synapses == SynapseArray::DigitalCrossbar && self.receive == ReceivePath::Serial;
        if self.sweep.is_some() && !self.soma_units.is_empty() {
            return Some("soma_units do not go with sweep: all places are worked on by one unit".into());
        }
        let needs_walk = self.sweep.is_some_and(|sweep| sweep.packets) && !is_walked;
        needs_walk.then(|| {
            "sweep.packets needs synapses of kind \"digital_crossbar\", which have a place for every neuron, and \
             \"receive\": \"serial\""
                .into()
        })
    }

    /// Mismatches between a core's weights and neurons and its cells.
    fn problems_of_devices(&self) -> Vec<String> {
        let SynapseArray::Crossbar { columns, devices: Some(devices), .. } = &self.synapses else {
            return Vec::new();
        };
        let Devices { slices, cell_bits, .. } = devices;
        let (mut found, limits) = (Vec::new(), &self.limits);
        let (magnitude, held) = (limits.weight_bits - 1, cell_bits * slices);
        if magnitude > held {
            found.push(format!(
                "weights of {} bits have magnitudes of {magnitude}, and {slices} slices of {cell_bits} bits hold {held}; \
                 give more slices, or more cell_bits",
                limits.weight_bits
            ));
        }
        let (neurons, each) = (u64::from(limits.max_neurons), u64::from(devices.columns_per_neuron()));
        if neurons * each > u64::from(*columns) {
            found.push(format!(
                "{neurons} neurons take {} columns, {slices} slices of 2 cells each, and the crossbar has {columns}: at \
                 most {} neurons fit",
                neurons * each,
                u64::from(*columns) / each
            ));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_take_the_smaller_form_in_whole_words() {
        let memory =
            SramMemory { bits: 1 << 20, word_bits: 64, row_overhead_bits: 10, index_bits: 10, shared_kernels: false };
        assert_eq!(memory.row_bits(1, 400, 8), 64); // 18 + 10 bits
        assert_eq!(memory.row_bits(400, 400, 8), 3264); // 3200 + 10 bits, no indices
        assert_eq!(memory.row_bits(100, 400, 8), 1856); // 1800 + 10 bits, a list
        assert_eq!(memory.row_bits(5, 2, 8), 128); // parallel synapses: a list, 90 + 10 bits
    }
}
