//! The component graph.

use crate::hw::routing::Place;
use crate::hw::{Calibration, Chip, SynapseArray};
use crate::map::Mapping;
use crate::model::{EAST, NORTH, PORTS_OF_MESH, SOUTH, WEST};
use crate::stats::Op;
use petgraph::graph::{DiGraph, NodeIndex};

/// A component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// A router of the mesh.
    Router {
        /// Where it is.
        place: Place,
    },
    /// One direction of a link.
    Link {
        /// What a flit over it counts as.
        op: Op,
        /// From grant to arrival (ticks).
        latency: u32,
        /// Places for flits at its end.
        places: u16,
    },
    /// A core in use.
    Core {
        /// Its position in the mapping.
        index: u32,
    },
    /// The crossbar array of a core.
    Crossbar {
        /// The core's position in the mapping.
        index: u32,
    },
    /// The host's way in.
    Source,
    /// The host's way out: membranes are read from cores.
    Sink,
    /// The barrier between time steps.
    Barrier,
}

/// How two components are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Flits, by a port of the router or core at the end that is not the link.
    Port(u8),
    /// Anything else: reads of an array, releases of a step, read-out.
    Control,
}

/// Components and how they are joined.
pub type ComponentGraph = DiGraph<Component, Wire>;

/// The router beyond a mesh port, where there is one.
pub(super) fn neighbour(chip: &Chip, place: Place, port: u8) -> Option<Place> {
    let Place { x, y } = place;
    let beyond = match port {
        EAST => Place { x: x + 1, y },
        WEST => Place { x: x.checked_sub(1)?, y },
        NORTH => Place { x, y: y.checked_sub(1)? },
        SOUTH => Place { x, y: y + 1 },
        _ => return None,
    };
    (beyond.x < chip.mesh.width && beyond.y < chip.mesh.height).then_some(beyond)
}

/// The port at which a flit from `port` arrives at the next router.
pub(super) fn facing(port: u8) -> u8 {
    match port {
        EAST => WEST,
        WEST => EAST,
        NORTH => SOUTH,
        _ => NORTH,
    }
}

/// What a flit over a mesh port counts as.
pub(super) fn hop_of(port: u8) -> Op {
    if port == EAST || port == WEST { Op::HopEw } else { Op::HopNs }
}

/// Position of the router at a place: row by row.
pub(super) fn router_at(chip: &Chip, place: Place) -> u32 {
    u32::from(place.y) * u32::from(chip.mesh.width) + u32::from(place.x)
}

struct Builder<'a> {
    graph: ComponentGraph,
    chip: &'a Chip,
    calibration: &'a Calibration,
    routers: Vec<NodeIndex>,
}

impl Builder<'_> {
    fn join(&mut self, from: (NodeIndex, u8), to: (NodeIndex, u8), op: Op, places: u16) {
        let latency = self.calibration.ticks(op);
        let link = self.graph.add_node(Component::Link { op, latency, places });
        self.graph.add_edge(from.0, link, Wire::Port(from.1));
        self.graph.add_edge(link, to.0, Wire::Port(to.1));
    }

    fn mesh(&mut self) {
        let (width, height) = (self.chip.mesh.width, self.chip.mesh.height);
        let places: Vec<Place> = (0..height).flat_map(|y| (0..width).map(move |x| Place { x, y })).collect();
        self.routers = places.iter().map(|place| self.graph.add_node(Component::Router { place: *place })).collect();
        for place in places {
            for port in 0..PORTS_OF_MESH {
                if let Some(next) = neighbour(self.chip, place, port) {
                    let here = self.routers[router_at(self.chip, place) as usize];
                    let there = self.routers[router_at(self.chip, next) as usize];
                    self.join((here, port), (there, facing(port)), hop_of(port), self.chip.mesh.buffer_flits);
                }
            }
        }
    }

    fn core(&mut self, index: u32, site: u32, barrier: NodeIndex, sink: NodeIndex) {
        let mesh = &self.chip.mesh;
        let (buffer, queue) = (mesh.buffer_flits, self.chip.core.receive_queue);
        let port = PORTS_OF_MESH + (site % u32::from(mesh.cores_per_tile)) as u8;
        let router = self.routers[router_at(self.chip, mesh.place(mesh.tile_of(site))) as usize];
        let core = self.graph.add_node(Component::Core { index });
        self.join((core, 0), (router, port), Op::Inject, buffer);
        self.join((router, port), (core, 0), Op::Eject, queue);
        self.graph.add_edge(barrier, core, Wire::Control);
        self.graph.add_edge(core, sink, Wire::Control);
        if let SynapseArray::Crossbar { .. } = self.chip.core.synapses {
            let array = self.graph.add_node(Component::Crossbar { index });
            self.graph.add_edge(array, core, Wire::Control);
        }
    }
}

/// Builds the graph: the whole mesh, and the cores in use.
pub(super) fn components(chip: &Chip, calibration: &Calibration, mapping: &Mapping) -> ComponentGraph {
    let mut builder = Builder { graph: DiGraph::new(), chip, calibration, routers: Vec::new() };
    builder.mesh();
    let barrier = builder.graph.add_node(Component::Barrier);
    let sink = builder.graph.add_node(Component::Sink);
    for (index, core) in mapping.cores.iter().enumerate() {
        builder.core(index as u32, core.site, barrier, sink);
    }
    let source = builder.graph.add_node(Component::Source);
    let host = builder.routers[router_at(chip, chip.mesh.host) as usize];
    let port = PORTS_OF_MESH + chip.mesh.cores_per_tile as u8;
    builder.join((source, 0), (host, port), Op::Inject, chip.mesh.buffer_flits);
    builder.graph.add_edge(barrier, source, Wire::Control);
    builder.graph
}
