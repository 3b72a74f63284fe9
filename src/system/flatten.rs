//! The component graph and the mapped network as flat tables.

use super::graph::{Component, ComponentGraph, Wire};
use super::{Contention, trees};
use crate::hw::{Allocation, Calibration, Chip, ReceivePath, Stepping, SynapseArray};
use crate::map::{Mapping, NO_CORE};
use crate::model::fabric::{FabricTable, PortTable, Terminal, channel};
use crate::model::{Clocked, CoreTable, Format, Pace, Rows, Sweep, Tables, Timing};
use crate::net::Graph;
use crate::net::graph::{Csr, Drive, Population};
use crate::stats::Op;
use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use std::sync::Arc;

pub(super) fn tables(
    graph: &ComponentGraph,
    network: &Graph,
    chip: &Chip,
    calibration: &Calibration,
    mapping: &Mapping,
    contention: Contention,
) -> Tables {
    let added = network.added_synapses();
    let mut tables = Tables {
        timing: timing(chip, calibration, contention),
        fabric: fabric(graph, chip, calibration, mapping),
        packet_flits: chip.noc.packet_flits,
        trees: None,
        pace: pace(chip),
        cores: cores(network, chip, mapping),
        gating: Some(chip.gating),
        converters: match chip.core.synapses {
            SynapseArray::Crossbar { converters, .. } => Some(converters),
            SynapseArray::Sram(_) | SynapseArray::DigitalCrossbar => None,
        },
        cells: None,
        source_spikes: source_spikes(network),
        neurons: network.neurons() as u32,
        bias: network.bias.clone(),
        threshold: network.threshold.clone(),
        start: network.start.clone(),
        traits: network.traits.clone(),
        axons: network.axons.clone(),
        max_delay: network.max_delay(),
        destination_row: Vec::new(),
        destinations: Vec::new(),
        from_host: Vec::new(),
        synapse_row: Vec::new(),
        rows: rows(&added, chip),
        synapses: added,
    };
    synapses(network, mapping, &mut tables);
    if tables.timing.packet_sweep().is_some_and(|sweep| sweep.host_wait > 0) {
        tables.from_host = from_host(network, &tables);
    }
    if chip.noc.multicast {
        trees::grow(&chip.noc, &mut tables);
    }
    tables
}

/// Rows for delivery at a barrier; a spike that acts when it arrives, or after a longer delay, reads synapses instead.
fn rows(synapses: &Arc<Csr>, chip: &Chip) -> Rows {
    let whole_rows = !chip.stepping.is_free() && synapses.max_delay() == 1;
    Rows::new(synapses, if whole_rows { Format::Fitting } else { Format::Sparse })
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
        sweep: chip.core.sweep.map(|sweep| Sweep {
            places: chip.core.limits.max_neurons.into(),
            packets: sweep.packets,
            around: (sweep.before.into(), sweep.after.into()),
            host_wait: sweep.host_wait.into(),
        }),
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

fn cores(network: &Graph, chip: &Chip, mapping: &Mapping) -> Vec<CoreTable> {
    let table = |core: &crate::map::CoreLoad| {
        let population = &network.populations[core.population as usize];
        CoreTable {
            first: core.neurons.start,
            count: core.neurons.end - core.neurons.start,
            params: population.params,
            drive: population.drive,
            window: population.window,
            clocked: clocked(network, chip, population),
        }
    };
    mapping.cores.iter().map(table).collect()
}

/// The time steps of a chip without barriers.
fn pace(chip: &Chip) -> Option<Pace> {
    match chip.stepping {
        Stepping::Barrier | Stepping::Fixed { .. } => None,
        Stepping::Free { time_step, deadline } => Some(Pace { step: time_step, deadline }),
    }
}

/// When the neurons of a population act without a packet.
fn clocked(network: &Graph, chip: &Chip, population: &Population) -> Clocked {
    // Where every clock edge is an event for all neurons, one without a leak compares too.
    let sweeps = chip.core.sweep.is_some_and(|sweep| sweep.packets);
    let leaks = population.params.leaks() || population.params.acts_on_edges() || sweeps;
    // Neurons that begin at their threshold or above fire in the first step, packet or not.
    let starts_high = population.range().any(|i| network.start.get(i).is_some_and(|v| *v >= network.threshold[i]));
    let biased = network.bias[population.range()].iter().any(|bias| *bias != 0);
    match population.drive {
        _ if leaks => Clocked::EveryStep,
        // The host writes another drive for every inference.
        Drive::Host => Clocked::EveryStep,
        _ if starts_high && !biased => Clocked::Once,
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

/// Axons of the host's spikes.
fn from_host(network: &Graph, tables: &Tables) -> Vec<bool> {
    let mut all = vec![false; tables.destinations.len()];
    for source in network.populations.iter().filter(|p| p.source.is_some()) {
        let end = (source.first + source.count) as usize;
        all[tables.destination_row[source.first as usize] as usize..tables.destination_row[end] as usize].fill(true);
    }
    all
}

/// Cuts every neuron's synapses by destination core: an axon there, a destination here.
///
/// Rows are in the order of their targets and cores hold neurons side by side, so an axon's synapses are a piece of
/// its source's row, and axons are numbered in the order of all synapses.
fn synapses(network: &Graph, mapping: &Mapping, tables: &mut Tables) {
    let axons = mapping.cores.iter().map(|core| core.axons_in as usize).sum();
    tables.destinations = Vec::with_capacity(axons);
    tables.synapse_row = Vec::with_capacity(axons + 1);
    tables.destination_row = Vec::with_capacity(network.neurons() + 1);
    tables.destination_row.push(0);
    let mut synapse = 0;
    for source in 0..network.neurons() {
        let (mut core, mut end) = (NO_CORE, 0);
        for target in network.synapses.targets(source) {
            if core == NO_CORE || target >= end {
                core = mapping.core_of[target as usize];
                debug_assert_ne!(core, NO_CORE, "sources receive no synapses");
                end = mapping.cores[core as usize].neurons.end;
                tables.destinations.push(core);
                tables.synapse_row.push(synapse);
            }
            synapse += 1;
        }
        tables.destination_row.push(tables.destinations.len() as u32);
    }
    tables.synapse_row.push(synapse);
}
