//! The component graph.

use crate::hw::{Calibration, Chip, Stepping, SynapseArray};
use crate::ids::{CoreId, IdVec, RouterId, SiteId};
use crate::map::Mapping;
use crate::stats::Op;
use petgraph::graph::{DiGraph, NodeIndex};

/// A component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// A router.
    Router {
        /// Its number in the topology.
        id: RouterId,
    },
    /// One direction of a link.
    Link {
        /// Operation that a flit over it counts as.
        op: Op,
        /// From grant to arrival (ticks).
        latency: u32,
        /// Places for flits at its end.
        places: u16,
    },
    /// A core in use.
    Core {
        /// Its position in the mapping.
        id: CoreId,
    },
    /// The crossbar array of a core.
    Crossbar {
        /// The core's position in the mapping.
        id: CoreId,
    },
    /// The host's way in.
    Source,
    /// The host's way out: membranes are read from cores.
    Sink,
    /// The barrier between time steps.
    Barrier,
    /// The clock of a chip of fixed ticks, or of a free-running one.
    Clock,
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

struct ComponentGraphBuilder<'a> {
    graph: ComponentGraph,
    chip: &'a Chip,
    calibration: &'a Calibration,
    routers: IdVec<RouterId, NodeIndex>,
}

impl ComponentGraphBuilder<'_> {
    fn join(&mut self, from: (NodeIndex, u8), to: (NodeIndex, u8), op: Op, places: u16) {
        let latency = self.calibration.ticks(op);
        let link = self.graph.add_node(Component::Link { op, latency, places });
        self.graph.add_edge(from.0, link, Wire::Port(from.1));
        self.graph.add_edge(link, to.0, Wire::Port(to.1));
    }

    fn routers(&mut self) {
        let topology = &self.chip.noc.topology;
        let routers = (0..topology.routers.len()).map(RouterId::from_index);
        self.routers = routers.map(|id| self.graph.add_node(Component::Router { id })).collect();
        for link in &topology.links {
            let [from, to] = [link.from, link.to].map(|router| self.routers[RouterId::new(router)]);
            self.join((from, link.from_port), (to, link.to_port), link.op, self.chip.noc.buffer_flits);
        }
    }

    fn core(&mut self, id: CoreId, site: SiteId, steps: NodeIndex, sink: NodeIndex) {
        let noc = &self.chip.noc;
        let spec = self.chip.core_at(site);
        let (buffer, queue) = (noc.buffer_flits, spec.receive_queue);
        let (router, port) = (self.routers[RouterId::new(noc.router_of(site))], noc.port_of(site));
        let core = self.graph.add_node(Component::Core { id });
        self.join((core, 0), (router, port), Op::Inject, buffer);
        self.join((router, port), (core, 0), Op::Eject, queue);
        self.graph.add_edge(steps, core, Wire::Control);
        self.graph.add_edge(core, sink, Wire::Control);
        if let SynapseArray::Crossbar { .. } = spec.synapses {
            let array = self.graph.add_node(Component::Crossbar { id });
            self.graph.add_edge(array, core, Wire::Control);
        }
    }
}

/// Builds the graph: all routers, and the cores in use.
pub(super) fn components(chip: &Chip, calibration: &Calibration, mapping: &Mapping) -> ComponentGraph {
    let mut builder = ComponentGraphBuilder { graph: DiGraph::new(), chip, calibration, routers: IdVec::default() };
    builder.routers();
    let steps = if chip.stepping == Stepping::Barrier { Component::Barrier } else { Component::Clock };
    let steps = builder.graph.add_node(steps);
    let sink = builder.graph.add_node(Component::Sink);
    for (core, load) in mapping.cores.iter().enumerate() {
        builder.core(CoreId::from_index(core), load.site, steps, sink);
    }
    let source = builder.graph.add_node(Component::Source);
    let host = builder.routers[RouterId::new(chip.noc.host_router())];
    builder.join((source, 0), (host, chip.noc.host_port()), Op::Inject, chip.noc.buffer_flits);
    builder.graph.add_edge(steps, source, Wire::Control);
    builder.graph
}
