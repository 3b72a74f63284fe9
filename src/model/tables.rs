//! The flat form of a system: what never changes in a run, in arrays by node.
//!
//! Nodes are numbered routers first, then cores, then the source. Ports 0..4 of a router are its mesh
//! directions, the next ones its cores, the last one the host.

use crate::engine::NodeId;
use crate::hw::Gating;
use crate::hw::routing::{Direction, Place, Routing};
use crate::net::graph::{Drive, Window};
use crate::net::neuron::Params;
use crate::stats::Op;
use crate::units::Tick;

/// Port to larger x.
pub const EAST: u8 = 0;
/// Port to smaller x.
pub const WEST: u8 = 1;
/// Port to smaller y.
pub const NORTH: u8 = 2;
/// Port to larger y.
pub const SOUTH: u8 = 3;
/// Ports that lead to other routers.
pub const PORTS_OF_MESH: u8 = 4;
/// A link that does not exist.
pub const NO_NODE: NodeId = NodeId::MAX;

/// One direction of a link, as its sending port sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Receiver, or [`NO_NODE`].
    pub to: NodeId,
    /// Port of the receiver.
    pub port: u8,
    /// From grant to arrival (ticks).
    pub latency: u32,
    /// Places for flits at the receiver.
    pub places: u16,
}

impl Link {
    /// No link.
    pub const NONE: Self = Self { to: NO_NODE, port: 0, latency: 0, places: 0 };
}

/// All routers.
#[derive(Clone, Debug, Default)]
pub struct RouterTable {
    /// Ports of a router.
    pub ports: u8,
    /// Flits that an input buffer holds.
    pub buffer: u16,
    /// Least time between two flits of an input or on a link (ticks).
    pub interval: u32,
    /// Time until a freed place is known upstream (ticks).
    pub credit_delay: u32,
    /// Place of each router.
    pub place: Vec<Place>,
    /// Links that leave, by router x port.
    pub out: Vec<Link>,
    /// Who sends into an input: (node, its port), by router x port.
    pub upstream: Vec<(NodeId, u8)>,
    /// How packets find their way; `None` only while empty.
    pub routing: Option<Routing>,
}

impl RouterTable {
    /// The port that a packet at a router leaves by.
    #[inline]
    pub fn route(&self, router: NodeId, to: Place, local: u8) -> u8 {
        let rule = self.routing.expect("a system always sets the rule");
        match rule.route(self.place[router as usize], to) {
            Direction::East => EAST,
            Direction::West => WEST,
            Direction::North => NORTH,
            Direction::South => SOUTH,
            Direction::Local => local,
        }
    }
}

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
}

/// What is fixed of one core.
#[derive(Clone, Debug)]
pub struct CoreTable {
    /// Where its tile is.
    pub place: Place,
    /// Router of its tile.
    pub router: NodeId,
    /// Port of that router.
    pub port: u8,
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
}

/// Where a spike's packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Position of the core.
    pub core: u32,
    /// Its axon there, counted over all cores.
    pub axon: u32,
}

/// Everything fixed.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Ticks of operations.
    pub timing: Timing,
    /// Routers.
    pub routers: RouterTable,
    /// Cores.
    pub cores: Vec<CoreTable>,
    /// Packets that wait at a core before its router is held up.
    pub receive_queue: u16,
    /// Whether neurons rest outside their window.
    pub gating: Option<Gating>,
    /// Whether cores are crossbars, read once per step; then the number of converters of each.
    pub converters: Option<u32>,
    /// Where the source stands.
    pub host: Place,
    /// Router of that place.
    pub host_router: NodeId,
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

impl Tables {
    /// Number of routers; also the first core's node.
    #[inline]
    pub fn router_count(&self) -> u32 {
        self.routers.place.len() as u32
    }

    /// Node of the source.
    #[inline]
    pub fn source_node(&self) -> NodeId {
        self.router_count() + self.cores.len() as u32
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.source_node() as usize + 1
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
