//! A checked chip: network on chip, cores, limits and calibrations, in ticks and integers.

use super::cost::{Calibration, Kind};
use super::description::Description;
use super::devices::Devices;
use super::noc::Noc;
use super::stepping::Stepping;
use crate::net::neuron::{Params, Reset};
use crate::units::{Femtoseconds, Tick};

/// A chip whose file keeps all rules. Nothing of it can be changed afterwards but through [`Chip::edit`], which checks again.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    /// The stem of its file.
    pub(crate) name: String,
    /// One sentence for people.
    pub(crate) description: String,
    /// Length of a tick.
    pub(crate) tick: Femtoseconds,
    /// The clock in which cycles are reported.
    pub(crate) clock: Clock,
    /// Routers and links.
    pub(crate) noc: Noc,
    /// One core; all are alike.
    pub(crate) core: CoreSpec,
    /// Neuron models the chip itself has: (model name, reset of those that leave it open).
    pub(crate) neurons: Vec<(String, Option<Reset>)>,
    /// Whether neurons rest outside their window.
    pub(crate) gating: Gating,
    /// What starts time steps.
    pub(crate) stepping: Stepping,
    /// Named tables of constants; the first is the default.
    pub(crate) calibrations: Vec<Calibration>,
    /// Tells files apart in what a run's counts depend on: all but texts, constants and the clock of reports.
    pub(crate) structure: u64,
    /// Where single numbers of the file come from.
    pub(crate) facts: Vec<Fact>,
    /// Where structural facts come from.
    pub(crate) sources: Vec<String>,
    /// What the file says is assumed, for want of a published figure.
    pub(crate) estimates: Vec<String>,
    /// The description that it was read from.
    pub(super) file: Description,
}

/// Where a number of the file comes from, or all numbers of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Where in the file, as in `core.max_neurons`; it stands for all that is below.
    pub path: String,
    /// How it came to be.
    pub kind: Kind,
    /// Its source, written out; `None` only of what is assumed.
    pub source: Option<String>,
    /// What a reader should know.
    pub note: Option<String>,
}

/// The clock in which cycles are reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Clock {
    /// Frequency (MHz).
    pub mhz: f64,
    /// Whether it is only a reference, because the chip has no clock.
    pub reference: bool,
}

/// How a core takes packets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceivePath {
    /// A packet's axon and synapses are done before the next packet begins.
    Serial,
    /// The axon stage takes the next packet while synapses of the last are worked on.
    Pipelined,
}

/// One core.
#[derive(Clone, Debug, PartialEq)]
pub struct CoreSpec {
    /// What fits.
    pub limits: Limits,
    /// How weights are stored and applied.
    pub synapses: SynapseArray,
    /// How packets are taken in.
    pub receive: ReceivePath,
    /// Packets that wait at the core before the router is held up.
    pub receive_queue: u16,
    /// Synapses worked on at once.
    pub synapse_lanes: u32,
    /// Neurons worked on at once.
    pub soma_lanes: u32,
    /// Where a core works through all its places for neurons, in use or not.
    pub sweep: Option<Sweep>,
}

/// How a core works through all its places for neurons ([`Limits::max_neurons`]), whether a network uses them or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// Whether a packet does that too, with the update of every neuron, and not only a time step.
    pub packets: bool,
    /// From the beginning of a time step until the soma begins (ticks).
    pub before: u32,
    /// From the last neuron of a time step until the core is done (ticks).
    pub after: u32,
    /// What a packet of the host takes longer than one of a core, before its synapses (ticks).
    pub host_wait: u32,
}

/// What fits into a core; `None` is no limit of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Neurons.
    pub max_neurons: u32,
    /// Distinct sources.
    pub max_axons_in: u32,
    /// Pairs of a spiking neuron and a destination core.
    pub max_axons_out: Option<u32>,
    /// Synapses into a neuron.
    pub max_fan_in: Option<u32>,
    /// Synapses out of a neuron.
    pub max_fan_out: Option<u32>,
    /// Bits of a weight, sign included.
    pub weight_bits: u32,
    /// Longest synaptic delay (time steps).
    pub max_delay: u32,
    /// Bits of a membrane.
    pub membrane_bits: u32,
    /// Types of axons, where a synapse's weight is picked by its axon's type from so many of its neuron.
    pub axon_types: Option<u32>,
    /// Whether all synapses of a source have one sign, so that weights have a sign and a magnitude.
    pub source_sign: bool,
    /// Bits, sign included, of a partial sum that a neuron sends to another core, on chips that do that.
    pub partial_sums: Option<u32>,
}

/// How weights are stored and applied.
#[derive(Clone, Debug, PartialEq)]
pub enum SynapseArray {
    /// Lists in memory, walked per packet.
    Sram(SramMemory),
    /// A memory with a place for every pair of an axon and a neuron, whose rows are walked per packet.
    DigitalCrossbar,
    /// A crossbar that is read once per time step.
    Crossbar {
        /// Rows: axons.
        rows: u32,
        /// Columns: neurons, where devices are ideal.
        columns: u32,
        /// Converters that share the columns.
        converters: u32,
        /// Its cells; `None` of ideal ones, whose sums are exact.
        devices: Option<Devices>,
    },
}

/// Memory of synapse lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SramMemory {
    /// Size (bits).
    pub bits: u64,
    /// A row takes a whole number of words (bits).
    pub word_bits: u64,
    /// Bits of a row beside its synapses.
    pub row_overhead_bits: u64,
    /// Bits that name the target of a synapse, in rows that do not reach all neurons.
    pub index_bits: u64,
}

impl SynapseArray {
    /// The devices of a crossbar whose devices are not ideal.
    pub fn devices(&self) -> Option<&Devices> {
        match self {
            Self::Crossbar { devices, .. } => devices.as_ref(),
            Self::Sram(_) | Self::DigitalCrossbar => None,
        }
    }
}

impl SramMemory {
    /// Bits of a row of `synapses` into a core of `neurons`: a list with indices, or all neurons without.
    pub fn row_bits(&self, synapses: u64, neurons: u64, weight_bits: u64) -> u64 {
        let list = synapses * (weight_bits + self.index_bits);
        // Parallel synapses have no place in a row without indices.
        let body = if synapses <= neurons { list.min(neurons * weight_bits) } else { list };
        (body + self.row_overhead_bits).next_multiple_of(self.word_bits)
    }
}

/// Whether neurons rest outside the window of their layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gating {
    /// Outside its window a neuron neither integrates nor fires, and costs nothing.
    Window,
    /// A neuron is accessed in all steps and may fire late on what its membrane still holds.
    None,
}

impl Chip {
    /// The stem of its file, or the name that it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One sentence for people.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Length of a tick.
    pub fn tick(&self) -> Femtoseconds {
        self.tick
    }

    /// The clock in which cycles are reported.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Routers and links.
    pub fn noc(&self) -> &Noc {
        &self.noc
    }

    /// One core; all are alike.
    pub fn core(&self) -> &CoreSpec {
        &self.core
    }

    /// Neuron models the chip itself has: (model name, reset of those that leave it open).
    pub fn neurons(&self) -> &[(String, Option<Reset>)] {
        &self.neurons
    }

    /// Whether neurons rest outside their window.
    pub fn gating(&self) -> Gating {
        self.gating
    }

    /// The rule that starts time steps.
    pub fn stepping(&self) -> Stepping {
        self.stepping
    }

    /// Named tables of constants; the first is the default.
    pub fn calibrations(&self) -> &[Calibration] {
        &self.calibrations
    }

    /// Distinguishes files by everything that a run's counts depend on: all but texts, constants and the clock of reports.
    pub fn structure(&self) -> u64 {
        self.structure
    }

    /// Where single numbers of the file come from.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// Where structural facts come from.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// Statements that the file makes for want of a published figure.
    pub fn estimates(&self) -> &[String] {
        &self.estimates
    }

    /// The calibration of a name, or the default one.
    pub fn calibration(&self, name: Option<&str>) -> Option<&Calibration> {
        match name {
            None => self.calibrations.first(),
            Some(name) => self.calibrations.iter().find(|c| c.name == name),
        }
    }

    /// Number of chips that the tiles are spread over.
    pub fn chips(&self) -> u32 {
        self.noc.topology.chips()
    }

    /// Nanoseconds of a number of ticks.
    pub fn ns(&self, ticks: Tick) -> f64 {
        (u128::from(ticks) * u128::from(self.tick.0)) as f64 / 1e6
    }

    /// Femtoseconds of a number of ticks.
    pub fn fs(&self, ticks: Tick) -> u128 {
        u128::from(ticks) * u128::from(self.tick.0)
    }

    /// How the neurons of a network stand to those of the chip, for the report.
    pub fn soma_statement(&self, params: &Params) -> String {
        let is_its_own = |(model, reset): &(String, Option<Reset>)| {
            *model == params.name() && (!params.has_reset() || *reset == Some(params.reset))
        };
        if self.neurons.iter().any(is_its_own) {
            format!("{} as {} has it", params.describe(), self.name)
        } else {
            format!("idealised {} on {}'s costs", params.describe(), self.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_take_the_smaller_form_in_whole_words() {
        let memory = SramMemory { bits: 1 << 20, word_bits: 64, row_overhead_bits: 10, index_bits: 10 };
        assert_eq!(memory.row_bits(1, 400, 8), 64); // 18 + 10 bits
        assert_eq!(memory.row_bits(400, 400, 8), 3264); // 3200 + 10 bits, no indices
        assert_eq!(memory.row_bits(100, 400, 8), 1856); // 1800 + 10 bits, a list
        assert_eq!(memory.row_bits(5, 2, 8), 128); // parallel synapses: a list, 90 + 10 bits
    }
}
