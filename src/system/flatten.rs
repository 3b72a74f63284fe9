//! The component graph and the mapped network as flat tables.

use super::graph::{Component, ComponentGraph, Wire};
use super::{Contention, trees};
use crate::hw::{Allocation, Calibration, Chip, ReceivePath, Stepping, SynapseArray};
use crate::map::{Mapping, NO_CORE};
use crate::model::fabric::{FabricTable, PortTable, Terminal, channel};
use crate::model::{Clocked, CoreTable, Destination, Pace, Tables, Timing};
use crate::net::Graph;
use crate::net::graph::{Drive, Population};
use crate::net::neuron::Model;
use crate::stats::Op;
use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;

pub(super) fn tables(
    graph: &ComponentGraph,
    network: &Graph,
    chip: &Chip,
    calibration: &Calibration,
    mapping: &Mapping,
    contention: Contention,
) -> Tables {
    let mut tables = Tables {
        timing: timing(chip, calibration, contention),
        fabric: fabric(graph, chip, calibration, mapping),
        packet_flits: chip.noc.packet_flits,
        trees: None,
        pace: pace(chip),
        cores: cores(network, mapping),
        gating: Some(chip.gating),
        converters: match chip.core.synapses {
            SynapseArray::Crossbar { converters, .. } => Some(converters),
            SynapseArray::Sram(_) => None,
        },
        source_spikes: source_spikes(network),
        neurons: network.neurons() as u32,
        bias: network.bias.clone(),
        threshold: network.threshold.clone(),
        max_delay: network.max_delay(),
        destination_row: Vec::new(),
        destinations: Vec::new(),
        synapse_row: Vec::new(),
        synapses: Vec::new(),
        delays: Vec::new(),
    };
    synapses(network, mapping, &mut tables);
    if chip.noc.multicast {
        trees::grow(&chip.noc, &mut tables);
    }
    tables
}

fn timing(chip: &Chip, calibration: &Calibration, contention: Contention) -> Timing {
    let mut ticks = [0; Op::COUNT];
    for op in Op::ALL {
        ticks[*op as usize] = calibration.ticks(*op);
    }
    Timing {
        ticks,
        pipelined_receive: chip.core.receive == ReceivePath::Pipelined,
        synapse_lanes: chip.core.synapse_lanes,
        soma_lanes: chip.core.soma_lanes,
        ideal: contention == Contention::Ignored,
    }
}

/// Follows every link of the graph from its one end to its other.
fn fabric(graph: &ComponentGraph, chip: &Chip, calibration: &Calibration, mapping: &Mapping) -> FabricTable {
    let noc = &chip.noc;
    let (ports, vcs) = (noc.ports() as u8, noc.virtual_channels);
    let routers = noc.topology.routers.len() as u32;
    let slot = |router: u32, port: u8| router as usize * usize::from(ports) + usize::from(port);
    let first = |node: u32, port: u8| channel(node, usize::from(port) * usize::from(vcs));
    let node_of = |node: NodeIndex| match graph[node] {
        Component::Router { index } => index,
        Component::Core { index } => routers + index,
        _ => routers + mapping.cores.len() as u32,
    };
    let mut links = vec![PortTable::NONE; routers as usize * usize::from(ports)];
    for link in graph.node_indices() {
        let Component::Link { latency, places, .. } = graph[link] else { continue };
        let end = |direction| {
            let edge = graph.edges_directed(link, direction).next().expect("a link has two ends");
            let node = if direction == Direction::Incoming { edge.source() } else { edge.target() };
            match *edge.weight() {
                Wire::Port(port) => (node_of(node), port),
                Wire::Control => unreachable!("links are joined by ports"),
            }
        };
        let ((from, from_port), (to, to_port)) = (end(Direction::Incoming), end(Direction::Outgoing));
        if from < routers {
            let out = &mut links[slot(from, from_port)];
            (out.to, out.latency, out.places) = (first(to, to_port), latency, places);
        }
        if to < routers {
            let back = &mut links[slot(to, to_port)];
            (back.back, back.back_delay) = (first(from, from_port), noc.credit_delay);
        }
    }
    let inject = calibration.ticks(Op::Inject);
    let terminal = |(router, port)| Terminal { router, port, latency: inject, credit_delay: noc.credit_delay };
    let sites = mapping.cores.iter().map(|core| (noc.router_of(core.site), noc.port_of(core.site)));
    FabricTable {
        routers,
        ports,
        first_local: noc.topology.ports,
        vcs,
        classes: noc.routing.classes(),
        buffer: noc.buffer_flits,
        interval: noc.flit_interval,
        head_delay: noc.head_delay,
        staged: noc.allocation == Allocation::Staged,
        links,
        routing: noc.routing.clone(),
        terminals: sites.chain([(noc.host_router(), noc.host_port())]).map(terminal).collect(),
        branches: Vec::new(),
    }
}

fn cores(network: &Graph, mapping: &Mapping) -> Vec<CoreTable> {
    let table = |core: &crate::map::CoreLoad| {
        let population = &network.populations[core.population as usize];
        CoreTable {
            first: core.neurons.start,
            count: core.neurons.end - core.neurons.start,
            params: population.params,
            drive: population.drive,
            window: population.window,
            clocked: clocked(network, population),
        }
    };
    mapping.cores.iter().map(table).collect()
}

/// The time steps of a chip without barriers.
fn pace(chip: &Chip) -> Option<Pace> {
    match chip.stepping {
        Stepping::Barrier => None,
        Stepping::Free { time_step, deadline } => Some(Pace { step: time_step, deadline }),
    }
}

/// When the neurons of a population act without a packet.
fn clocked(network: &Graph, population: &Population) -> Clocked {
    let leaks = matches!(population.params.model, Model::Lif { decay } if decay > 0);
    let biased = network.bias[population.range()].iter().any(|bias| *bias != 0);
    match population.drive {
        _ if leaks => Clocked::EveryStep,
        // The host writes another drive for every inference.
        Drive::Host => Clocked::EveryStep,
        _ if !biased => Clocked::Never,
        Drive::Once => Clocked::Once,
        Drive::EveryStep => Clocked::EveryStep,
    }
}

fn source_spikes(network: &Graph) -> Vec<(u32, u32)> {
    let sources = network.populations.iter().filter_map(|p| p.source.as_ref().map(|spikes| (p.first, spikes)));
    let mut all: Vec<_> =
        sources.flat_map(|(first, spikes)| spikes.iter().map(move |(t, i)| (*t, first + i))).collect();
    all.sort_unstable();
    all
}

/// Sorts every neuron's synapses by destination core: one axon there, one destination here.
///
/// The mapping knows the axons and synapses of each core, so a core's axons lie side by side, and every synapse is
/// put in its place at once: those of an axon keep their order.
fn synapses(network: &Graph, mapping: &Mapping, tables: &mut Tables) {
    let mut next: Vec<Cursor> = cursors(mapping);
    let (axons, total) = (mapping.cores.iter().map(|core| core.axons_in as usize).sum(), network.synapses.len());
    tables.synapse_row = vec![total as u32; axons + 1];
    tables.synapses = vec![0; total];
    let delayed = tables.max_delay > 1;
    if delayed {
        tables.delays = vec![1; total];
    }
    tables.destinations = Vec::with_capacity(axons);
    tables.destination_row = Vec::with_capacity(network.neurons() + 1);
    tables.destination_row.push(0);
    let mut reached: Vec<u32> = Vec::new();
    for source in 0..network.neurons() {
        for target in network.synapses.targets(source) {
            let core = mapping.core_of[target as usize];
            debug_assert_ne!(core, NO_CORE, "sources receive no synapses");
            if std::mem::replace(&mut next[core as usize].source, source as u32) != source as u32 {
                reached.push(core);
            }
        }
        reached.sort_unstable();
        for core in reached.drain(..) {
            let Cursor { axon, synapse, .. } = &mut next[core as usize];
            tables.synapse_row[*axon as usize] = *synapse;
            tables.destinations.push(Destination { core, axon: *axon });
            *axon += 1;
        }
        tables.destination_row.push(tables.destinations.len() as u32);
        for (target, weight, delay) in network.synapses.row(source) {
            let core = mapping.core_of[target as usize] as usize;
            let local = target - mapping.cores[core].neurons.start;
            let at = next[core].synapse as usize;
            tables.synapses[at] = crate::model::pack(local as u16, weight);
            if delayed {
                tables.delays[at] = delay as u8;
            }
            next[core].synapse += 1;
        }
    }
}

/// Where a core's tables are being filled.
struct Cursor {
    /// Its next axon.
    axon: u32,
    /// Its next synapse.
    synapse: u32,
    /// The source that reached it last.
    source: u32,
}

/// Cursors at the first axon and synapse of each core.
fn cursors(mapping: &Mapping) -> Vec<Cursor> {
    let (mut axon, mut synapse) = (0, 0);
    let cursor = |core: &crate::map::CoreLoad| {
        let here = Cursor { axon, synapse, source: u32::MAX };
        axon += core.axons_in;
        synapse += core.synapses as u32;
        here
    };
    mapping.cores.iter().map(cursor).collect()
}
