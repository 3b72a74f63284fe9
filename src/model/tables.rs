//! The flat form of a system: what never changes in a run, in arrays by node.
//!
//! Terminals of the fabric are the cores in the order of the mapping, and last the host.

use super::Pace;
use super::fabric::FabricTable;
use crate::hw::Gating;
use crate::net::graph::{Drive, Window};
use crate::net::neuron::Params;
use crate::stats::Op;
use crate::units::Tick;

/// Ticks of the operations on the chip's time line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timing {
    /// By [`Op`].
    pub ticks: [u32; Op::COUNT],
    /// Whether the axon stage of a core works ahead of its synapses.
    pub pipelined_receive: bool,
    /// Synapses worked on at once.
    pub synapse_lanes: u32,
    /// Neurons worked on at once.
    pub soma_lanes: u32,
    /// Whether the network between cores is free of contention (`--timing ideal`).
    pub ideal: bool,
}

impl Timing {
    /// Ticks of an operation.
    #[inline]
    pub fn of(&self, op: Op) -> Tick {
        Tick::from(self.ticks[op as usize])
    }

    /// The soma's work on neurons of which some are updated and some fire (ticks).
    #[inline]
    pub fn soma(&self, accessed: u64, updated: u64, fired: u64) -> Tick {
        let work =
            accessed * self.of(Op::SomaAccess) + updated * self.of(Op::SomaUpdate) + fired * self.of(Op::SomaSpike);
        work.div_ceil(Tick::from(self.soma_lanes))
    }
}

/// In which time steps of a free-running chip there is something to do for the neurons of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clocked {
    /// In none: they have neither leak nor bias.
    Never,
    /// In the first: they have a bias that acts once.
    Once,
    /// In every one.
    EveryStep,
}

impl Clocked {
    /// Whether there is something to do in a step.
    pub fn acts_in(self, step: u32) -> bool {
        self == Self::EveryStep || self == Self::Once && step == 1
    }
}

/// What is fixed of one core.
#[derive(Clone, Debug)]
pub struct CoreTable {
    /// First neuron.
    pub first: u32,
    /// Number of neurons.
    pub count: u32,
    /// Model of its neurons.
    pub params: Params,
    /// When their bias acts.
    pub drive: Drive,
    /// Steps in which they act.
    pub window: Option<Window>,
    /// Steps in which they act on a free-running chip, without a packet.
    pub clocked: Clocked,
}

/// Where a spike's packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Position of the core.
    pub core: u32,
    /// Its axon there, counted over all cores.
    pub axon: u32,
}

/// The multicast tree of a neuron.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Its first branch at the router of the neuron's core.
    pub root: u32,
    /// Links between routers in it: east-west, north-south.
    pub hops: (u32, u32),
}

/// Everything fixed.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Ticks of operations.
    pub timing: Timing,
    /// Routers, links and terminals.
    pub fabric: FabricTable,
    /// Flits of a spike's packet.
    pub packet_flits: u16,
    /// Multicast trees by neuron; `None` where every destination has a packet of its own.
    pub trees: Option<Vec<Tree>>,
    /// Time steps of a free-running chip; `None` of one with barriers.
    pub pace: Option<Pace>,
    /// Cores.
    pub cores: Vec<CoreTable>,
    /// Whether neurons rest outside their window.
    pub gating: Option<Gating>,
    /// Whether cores are crossbars, read once per step; then the number of converters of each.
    pub converters: Option<u32>,
    /// Spikes of the source: (step, neuron), ascending.
    pub source_spikes: Vec<(u32, u32)>,
    /// Number of neurons, those of sources included.
    pub neurons: u32,
    /// Bias of each neuron (membrane units).
    pub bias: Vec<i32>,
    /// Threshold of each neuron (membrane units).
    pub threshold: Vec<i32>,
    /// Longest delay (time steps).
    pub max_delay: u32,
    /// `destination_row[i]..[i + 1]`: destinations of neuron i.
    pub destination_row: Vec<u32>,
    /// Destinations.
    pub destinations: Vec<Destination>,
    /// `synapse_row[a]..[a + 1]`: synapses of axon a, over all cores.
    pub synapse_row: Vec<u32>,
    /// Target within its core (high half) and weight (low half).
    pub synapses: Vec<u32>,
    /// Delay of each synapse; empty when every delay is 1.
    pub delays: Vec<u8>,
}

/// Packs a synapse.
pub(crate) fn pack(target: u16, weight: i16) -> u32 {
    u32::from(target) << 16 | u32::from(weight as u16)
}

/// Unpacks a synapse: (target within its core, weight).
#[inline]
pub(crate) fn unpack(synapse: u32) -> (usize, i32) {
    ((synapse >> 16) as usize, i32::from(synapse as u16 as i16))
}

/// The synapses of an axon: (target within its core, weight).
#[inline]
pub(super) fn row_of(tables: &Tables, axon: u32) -> impl Iterator<Item = (usize, i32)> {
    let row = tables.synapse_row[axon as usize] as usize..tables.synapse_row[axon as usize + 1] as usize;
    tables.synapses[row].iter().map(|synapse| unpack(*synapse))
}

impl Tables {
    /// A delay that few events exceed: those between nodes, and most waits for an axon or synapse stage (ticks).
    pub fn longest_delay(&self) -> u64 {
        let links = self.fabric.links.iter().map(|port| u64::from(port.latency.max(port.back_delay)));
        let queue = self.fabric.links.iter().map(|port| u64::from(port.places)).max().unwrap_or(0);
        let packet = self.timing.of(Op::AxonIn) + 4 * self.timing.of(Op::Synapse) + u64::from(self.fabric.interval);
        links.max().unwrap_or(1).max(queue * packet)
    }

    /// Synapses of an axon.
    pub fn synapses_of(&self, axon: u32) -> u32 {
        self.synapse_row[axon as usize + 1] - self.synapse_row[axon as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synapses_survive_packing() {
        for (target, weight) in [(0, 0), (1, -1), (65_535, i16::MIN), (256, i16::MAX)] {
            assert_eq!(unpack(pack(target, weight)), (target as usize, i32::from(weight)));
        }
    }
}
