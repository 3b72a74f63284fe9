//! The flat form of a system: what never changes in a run, in arrays by node.
//!
//! Terminals of the fabric are the cores in the order of the mapping, and last the host.

use super::analogue::Cells;
use super::fabric::FabricTable;
use super::{Pace, Rows};
use crate::hw::Gating;
use crate::hw::routing::Hops;
use crate::net::graph::{Csr, Drive, Window};
use crate::net::neuron::{Params, Traits};
use crate::stats::Op;
use crate::units::Tick;
use std::sync::Arc;

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
    /// Of cores that work through all their places for neurons.
    pub sweep: Option<Sweep>,
}

/// How a core works through all its places for neurons, in use or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The places.
    pub places: u64,
    /// Whether packets do that too.
    pub packets: bool,
    /// Before and after the soma's work in a time step (ticks).
    pub around: (Tick, Tick),
    /// What a packet of the host takes longer (ticks).
    pub host_wait: Tick,
}

impl Timing {
    /// Ticks of an operation.
    #[inline]
    pub fn of(&self, op: Op) -> Tick {
        Tick::from(self.ticks[op as usize])
    }

    /// The sweep of packets over all places of a core, if that is how they work.
    #[inline]
    pub fn packet_sweep(&self) -> Option<Sweep> {
        self.sweep.filter(|sweep| sweep.packets)
    }

    /// A packet's work on so many places of a sweep, after so many of their neurons fired (ticks).
    #[inline]
    pub fn swept(&self, places: u64, fired: u64) -> Tick {
        (places * self.of(Op::Synapse)).div_ceil(Tick::from(self.synapse_lanes)) + fired * self.of(Op::SomaSpike)
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

/// The multicast tree of a neuron.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Its first branch at the router of the neuron's core.
    pub root: u32,
    /// Links between routers in it.
    pub hops: Hops,
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
    /// The cells of crossbars whose devices are not ideal.
    pub cells: Option<Cells>,
    /// Spikes of the source: (step, neuron), ascending.
    pub source_spikes: Vec<(u32, u32)>,
    /// Number of neurons, those of sources included.
    pub neurons: u32,
    /// Bias of each neuron (membrane units).
    pub bias: Vec<i32>,
    /// Threshold of each neuron (membrane units).
    pub threshold: Vec<i32>,
    /// Where each neuron's membrane begins an inference (membrane units); empty where all begin at 0.
    pub start: Vec<i32>,
    /// Resets and floors of each neuron; empty where no model has any.
    pub traits: Vec<Traits>,
    /// The axon of each neuron that shares it with others; empty where none does.
    pub axons: Vec<u32>,
    /// Longest delay (time steps).
    pub max_delay: u32,
    /// `destination_row[i]..[i + 1]`: destinations of neuron i.
    pub destination_row: Vec<u32>,
    /// Destinations by axon: the positions of their cores.
    pub destinations: Vec<u32>,
    /// Whether the host sends to an axon, where that makes a difference; else empty.
    pub from_host: Vec<bool>,
    /// `synapse_row[a]..[a + 1]`: synapses of axon a.
    pub synapse_row: Vec<u32>,
    /// Synapses by source neuron, so that an axon's are a piece of a row.
    pub synapses: Arc<Csr>,
    /// The same synapses in the formats in which they are added at the end of a step, on chips with barriers.
    pub rows: Rows,
}

impl Tables {
    /// The delays that most events have (ticks): between nodes first, then within cores. Waits of a packet at a full
    /// core are longer, but there is only one such event for each packet.
    pub fn usual_delays(&self) -> Vec<u64> {
        let links = self.fabric.links.iter().flat_map(|port| [port.latency, port.back_delay]);
        let ends = self.fabric.terminals.iter().flat_map(|terminal| [terminal.latency, terminal.credit_delay]);
        let routers = [self.fabric.interval, self.fabric.head_delay];
        let mut delays: Vec<u64> = links.chain(ends).chain(routers).map(u64::from).collect();
        delays.extend([Op::AxonOut, Op::AxonIn].map(|op| self.timing.of(op)));
        delays.retain(|delay| *delay > 0);
        // Few are different, so that looking through those before is quick.
        let mut distinct: Vec<u64> = Vec::new();
        for delay in delays {
            if !distinct.contains(&delay) {
                distinct.push(delay);
            }
        }
        distinct
    }

    /// Number of synapses of an axon.
    #[inline]
    pub fn synapses_of(&self, axon: u32) -> u32 {
        self.synapse_row[axon as usize + 1] - self.synapse_row[axon as usize]
    }

    /// The synapses of an axon: (target among all neurons, weight).
    pub fn row_of(&self, axon: u32) -> impl Iterator<Item = (u32, i16)> + '_ {
        let span = self.synapse_row[axon as usize] as usize..self.synapse_row[axon as usize + 1] as usize;
        self.synapses.slice(span)
    }
}
