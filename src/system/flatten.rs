//! The component graph and the mapped network as flat tables.

use super::Contention;
use super::graph::{Component, ComponentGraph, Wire, router_at};
use crate::hw::{Calibration, Chip, ReceivePath, SynapseArray};
use crate::map::{Mapping, NO_CORE};
use crate::model::{CoreTable, Destination, Link, NO_NODE, PORTS_OF_MESH, RouterTable, Tables, Timing};
use crate::net::Graph;
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
        routers: routers(graph, chip, mapping),
        cores: cores(network, chip, mapping),
        receive_queue: chip.core.receive_queue,
        gating: Some(chip.gating),
        converters: match chip.core.synapses {
            SynapseArray::Crossbar { converters, .. } => Some(converters),
            SynapseArray::Sram(_) => None,
        },
        host: chip.mesh.host,
        host_router: router_at(chip, chip.mesh.host),
        source_spikes: source_spikes(network),
        neurons: network.neurons() as u32,
        bias: network.bias.clone(),
        threshold: network.threshold.clone(),
        max_delay: network.max_delay(),
        ..Tables::default()
    };
    synapses(network, mapping, &mut tables);
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
fn routers(graph: &ComponentGraph, chip: &Chip, mapping: &Mapping) -> RouterTable {
    let ports = PORTS_OF_MESH + chip.mesh.cores_per_tile as u8 + 1;
    let count = chip.mesh.tiles();
    let slots = count as usize * usize::from(ports);
    let node_of = |node: NodeIndex| match graph[node] {
        Component::Router { place } => router_at(chip, place),
        Component::Core { index } => count + index,
        _ => count + mapping.cores.len() as u32,
    };
    let mut out = vec![Link::NONE; slots];
    let mut upstream = vec![(NO_NODE, 0); slots];
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
        if from < count {
            let slot = from as usize * usize::from(ports) + usize::from(from_port);
            out[slot] = Link { to, port: to_port, latency, places };
        }
        if to < count {
            upstream[to as usize * usize::from(ports) + usize::from(to_port)] = (from, from_port);
        }
    }
    let place =
        graph.node_weights().filter_map(|c| if let Component::Router { place } = c { Some(*place) } else { None });
    RouterTable {
        ports,
        buffer: chip.mesh.buffer_flits,
        interval: chip.mesh.flit_interval,
        credit_delay: chip.mesh.credit_delay,
        place: place.collect(),
        out,
        upstream,
        routing: Some(chip.mesh.routing),
    }
}

fn cores(network: &Graph, chip: &Chip, mapping: &Mapping) -> Vec<CoreTable> {
    let mesh = &chip.mesh;
    let table = |core: &crate::map::CoreLoad| {
        let population = &network.populations[core.population as usize];
        let place = mesh.place(mesh.tile_of(core.site));
        CoreTable {
            place,
            router: router_at(chip, place),
            port: PORTS_OF_MESH + (core.site % u32::from(mesh.cores_per_tile)) as u8,
            first: core.neurons.start,
            count: core.neurons.end - core.neurons.start,
            params: population.params,
            drive: population.drive,
            window: population.window,
        }
    };
    mapping.cores.iter().map(table).collect()
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
/// Two passes: the first counts the axons and synapses of each core, so that a core's axons lie side by side.
fn synapses(network: &Graph, mapping: &Mapping, tables: &mut Tables) {
    let cores = mapping.cores.len();
    let axons: Vec<u32> = mapping.cores.iter().map(|core| core.axons_in).collect();
    let counts: Vec<u64> = mapping.cores.iter().map(|core| core.synapses).collect();
    let (mut next_axon, mut next_synapse) = (vec![0u32; cores], vec![0u64; cores]);
    for core in 1..cores {
        next_axon[core] = next_axon[core - 1] + axons[core - 1];
        next_synapse[core] = next_synapse[core - 1] + counts[core - 1];
    }
    let total = network.synapses.len();
    tables.synapse_row = vec![total as u32; axons.iter().sum::<u32>() as usize + 1];
    tables.synapses = vec![0; total];
    let delayed = tables.max_delay > 1;
    if delayed {
        tables.delays = vec![1; total];
    }
    tables.destination_row = Vec::with_capacity(network.neurons() + 1);
    tables.destination_row.push(0);
    let mut row: Vec<(u32, u32, u8)> = Vec::new();
    for source in 0..network.neurons() {
        row.clear();
        row.extend(network.synapses.row(source).map(|(target, weight, delay)| {
            let core = mapping.core_of[target as usize];
            debug_assert_ne!(core, NO_CORE, "sources receive no synapses");
            let local = target - mapping.cores[core as usize].neurons.start;
            (core, crate::model::pack(local as u16, weight), delay as u8)
        }));
        // Stable: synapses of a core keep their order.
        row.sort_by_key(|(core, _, _)| *core);
        for group in row.chunk_by(|a, b| a.0 == b.0) {
            let core = group[0].0 as usize;
            let axon = next_axon[core];
            next_axon[core] += 1;
            tables.synapse_row[axon as usize] = next_synapse[core] as u32;
            for (_, packed, delay) in group {
                let at = next_synapse[core] as usize;
                tables.synapses[at] = *packed;
                if delayed {
                    tables.delays[at] = *delay;
                }
                next_synapse[core] += 1;
            }
            tables.destinations.push(Destination { core: core as u32, axon });
        }
        tables.destination_row.push(tables.destinations.len() as u32);
    }
}
