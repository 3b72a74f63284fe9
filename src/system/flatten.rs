//! The component graph and the mapped network as flat tables.

use super::axons::{self, FlatAxons};
use super::graph::{Component, ComponentGraph, Wire};
use super::{Contention, host_events, trees};
use crate::hw::{Allocation, Calibration, Chip, CoreSpec, Gating, ReceivePath, Stepping, SynapseArray};
use crate::ids::{AxonId, CoreId, IdRange, IdVec, NeuronId, SegmentId, SharedAxonId};
use crate::map::Mapping;
use crate::model::fabric::{FabricTable, PortTable, Terminal};
use crate::model::{Clocked, CoreSegment, CoreTable, RowFormat, Rows, Sweep, Synchronization, Tables, Timing};
use crate::net::Graph;
use crate::net::graph::{Csr, Drive, Population, SynapseFormat, Window};
use crate::net::neuron::Params;
use crate::stats::Op;
use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use std::ops::Range;
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
    let axons = axons::of(network, mapping);
    let (cores, segments) = core_tables(network, chip, mapping);
    let shared = cores.iter().any(|core| core.shared);
    let mut timings: Vec<Timing> =
        (0..chip.kinds().len()).map(|kind| timing(chip, kind, calibration, contention)).collect();
    let other_timings = timings.split_off(1);
    let mut tables = Tables {
        timing: timings[0],
        other_timings,
        fabric: fabric(graph, chip, calibration, mapping),
        hop_ops: chip.hop_ops(),
        counts_busy_cores: chip.counts_busy_cores(),
        updates_on_zero: chip.kinds().iter().any(|kind| kind.core.updates_on_zero) && !chip.stepping.is_free(),
        formats: formats(network, chip, mapping, &axons),
        packet_flits: chip.noc.packet_flits,
        trees: None,
        synchronization: synchronization(chip, calibration, mapping),
        places: if shared { places(network, &cores, &segments) } else { IdVec::default() },
        cores,
        segments,
        gating: if chip.stepping.is_free() { Gating::Window } else { chip.gating },
        cells: None,
        source_spikes: source_spikes(network),
        neurons: network.neurons(),
        bias: network.bias.clone().into(),
        threshold: network.threshold.clone().into(),
        start: network.start.clone().into(),
        traits: network.traits.clone().into(),
        shared_axons: network.axons.iter().copied().map(SharedAxonId::new).collect(),
        max_delay: network.max_delay(),
        rows_of: network.rows_of.iter().copied().map(NeuronId::new).collect(),
        host_events: host_events::of(network, &axons, mapping),
        axons: axons.of_neurons,
        destinations: axons.destinations,
        axon_synapses: axons.synapses,
        pieces: axons.pieces,
        rows: rows(&added, chip),
        synapses: added,
    };
    if chip.noc.multicast {
        trees::grow(&chip.noc, &mut tables);
    }
    tables
}

/// Rows for delivery at a barrier; a spike that acts when it arrives, or after a longer delay, reads synapses instead.
fn rows(synapses: &Arc<Csr>, chip: &Chip) -> Rows {
    let whole_rows = !chip.stepping.is_free() && synapses.max_delay() == 1;
    Rows::new(synapses, if whole_rows { RowFormat::Fitting } else { RowFormat::Sparse })
}

/// The times of the cores of a kind.
fn timing(chip: &Chip, kind: usize, calibration: &Calibration, contention: Contention) -> Timing {
    let mut ticks = [0; Op::COUNT];
    for op in Op::ALL {
        ticks[*op as usize] = calibration.ticks_on(kind, *op);
    }
    let core = &chip.kinds()[kind].core;
    Timing {
        ticks,
        pipelined_receive: core.receive == ReceivePath::Pipelined,
        synapse_lanes: core.synapse_lanes,
        soma_lanes: core.soma_lanes,
        ideal: contention == Contention::Ignored,
        sweep: core.sweep.map(|sweep| Sweep {
            places: core.limits.max_neurons.into(),
            packets: sweep.packets,
            around: (sweep.before.into(), sweep.after.into()),
            host_wait: sweep.host_wait.into(),
            input_wait: sweep.input_wait.into(),
            queue: core.receive_queue.into(),
        }),
        converters: match core.synapses {
            SynapseArray::Crossbar { converters, .. } => Some(converters),
            _ => None,
        },
    }
}

fn fabric(graph: &ComponentGraph, chip: &Chip, calibration: &Calibration, mapping: &Mapping) -> FabricTable {
    let noc = &chip.noc;
    let (routers, ports) = (noc.topology.routers.len(), noc.ports());
    let (latency, credit_delay) = (calibration.ticks(Op::Inject), noc.credit_delay);
    let terminal = |(router, port)| Terminal { router, port, latency, credit_delay };
    let sites = mapping.cores.iter().map(|core| (noc.router_of(core.site), noc.port_of(core.site)));
    let mut fabric = FabricTable {
        routers: routers as u32,
        ports: ports as u8,
        first_local: noc.topology.ports,
        vcs: noc.virtual_channels,
        classes: noc.routing.classes(),
        buffer: noc.buffer_flits,
        interval: noc.flit_interval,
        head_delay: noc.head_delay,
        staged: noc.allocation == Allocation::Staged,
        links: IdVec::filled(PortTable::NONE, routers * ports as usize),
        routing: noc.routing.clone(),
        terminals: sites.chain([(noc.host_router(), noc.host_port())]).map(terminal).collect(),
        branches: Vec::new(),
    };
    join(graph, &mut fabric, credit_delay);
    fabric
}

/// Follows every link of the graph from its one end to its other.
fn join(graph: &ComponentGraph, fabric: &mut FabricTable, credit_delay: u32) {
    let (routers, host) = (fabric.routers, fabric.terminals.len() as u32 - 1);
    let node_of = |node: NodeIndex| match graph[node] {
        Component::Router { id } => id.get(),
        Component::Core { id } => routers + id.get(),
        // The host is the last terminal.
        _ => routers + host,
    };
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
        let (first_out, first_back) = (fabric.first_channel(to, to_port), fabric.first_channel(from, from_port));
        if from < routers {
            let out = fabric.link(from, from_port);
            fabric.links[out] = PortTable { to: first_out, latency, places, ..fabric.links[out] };
        }
        if to < routers {
            let input = fabric.link(to, to_port);
            fabric.links[input] = PortTable { back: first_back, back_delay: credit_delay, ..fabric.links[input] };
        }
    }
}

/// The cores, and their neurons: population by population, in runs of equal parameters.
fn core_tables(
    network: &Graph,
    chip: &Chip,
    mapping: &Mapping,
) -> (IdVec<CoreId, CoreTable>, IdVec<SegmentId, CoreSegment>) {
    let (mut cores, mut segments) = (IdVec::default(), IdVec::default());
    let mut before = 0;
    for core in mapping.cores.iter() {
        let kind = chip.kind_at(core.site);
        let (first, mut at) = (SegmentId::from_index(segments.len()), 0);
        for part in &core.parts {
            let population = &network.populations[part.population as usize];
            for (neurons, params) in population.runs(part.neurons.clone()) {
                let count = neurons.len() as u32;
                segments.push(CoreSegment {
                    at,
                    ..segment((network, chip, kind), (part.population, population), neurons, params)
                });
                at += count;
            }
        }
        let range = IdRange { start: first, end: SegmentId::from_index(segments.len()) };
        cores.push(CoreTable { segments: range, count: at, before, shared: core.is_shared(), kind: kind as u8 });
        before += at;
    }
    (cores, segments)
}

fn segment(
    (network, chip, kind): (&Graph, &Chip, usize),
    (layer, population): (u32, &Population),
    neurons: Range<u32>,
    params: Params,
) -> CoreSegment {
    let (drive, window) = (population.drive, population.window);
    let is_free = chip.stepping.is_free();
    CoreSegment {
        neurons: IdRange { start: NeuronId::new(neurons.start), end: NeuronId::new(neurons.end) },
        at: 0,
        layer,
        params,
        soma: chip.soma_ops(kind, network.named_soma(layer as usize)),
        drive,
        // Without a barrier there is no pipeline of layers: all begin with the first step, and only those of a last step end.
        window: match is_free {
            true => window.filter(|window| window.ends).map(|window| Window { first: 1, ..window }),
            false => window,
        },
        clocked: match is_free {
            true => clocked((network, &chip.kinds()[kind].core), drive, population.range(), &params),
            false => Clocked::EveryStep,
        },
    }
}

/// The place of each neuron in its core.
fn places(
    network: &Graph,
    cores: &IdVec<CoreId, CoreTable>,
    segments: &IdVec<SegmentId, CoreSegment>,
) -> IdVec<NeuronId, u32> {
    let mut places = IdVec::filled(0, network.neurons());
    for segment in cores.iter().flat_map(|core| &segments[core.segments]) {
        places[segment.neurons].iter_mut().zip(segment.at..).for_each(|(place, at)| *place = at);
    }
    places
}

/// Synchronization of a chip's time steps, with these cores in use.
fn synchronization(chip: &Chip, calibration: &Calibration, mapping: &Mapping) -> Synchronization {
    match chip.stepping {
        Stepping::Barrier => {
            Synchronization::Barrier { latency: calibration.barrier_ticks(mapping.tiles(chip)).unwrap_or(0) }
        }
        Stepping::Fixed { length } => Synchronization::FixedTick { length },
        Stepping::Free { time_step, deadline } => Synchronization::FreeRunning { step: time_step, deadline },
    }
}

/// When neurons of a population act without a packet.
fn clocked((network, core): (&Graph, &CoreSpec), drive: Drive, neurons: Range<usize>, params: &Params) -> Clocked {
    // Where every clock edge is an event for all neurons, one without a leak compares too.
    let sweeps = core.sweep.is_some_and(|sweep| sweep.packets);
    let leaks = params.leaks() || params.acts_on_edges() || sweeps;
    // Neurons that begin at their threshold or above fire in the first step, packet or not.
    let starts_high = neurons.clone().any(|i| network.start.get(i).is_some_and(|v| *v >= network.threshold[i]));
    let biased = network.bias[neurons].iter().any(|bias| *bias != 0);
    match drive {
        _ if leaks => Clocked::EveryStep,
        // The host writes another drive for every inference.
        Drive::Host => Clocked::EveryStep,
        _ if starts_high && !biased => Clocked::Once,
        _ if !biased => Clocked::Never,
        Drive::Once => Clocked::Once,
        Drive::OncePerFrame { steps } => Clocked::OncePerFrame { steps },
        Drive::EveryStep => Clocked::EveryStep,
    }
}

fn source_spikes(network: &Graph) -> Vec<(u32, NeuronId)> {
    let mut all = Vec::new();
    for population in &network.populations {
        let spikes = population.source.iter().flatten();
        all.extend(spikes.map(|(step, i)| (*step, NeuronId::new(population.first + i))));
    }
    all.sort_unstable();
    all
}

/// The format of each axon's synapses, where formats are counted apart.
fn formats(network: &Graph, chip: &Chip, mapping: &Mapping, axons: &FlatAxons) -> IdVec<AxonId, Option<SynapseFormat>> {
    if !chip.counts_kinds_of(Op::Synapse) {
        return IdVec::default();
    }
    let bits = network.synapses.weight_bits().into();
    let format = |(axon, core): (AxonId, &CoreId)| {
        let (load, row) = (&mapping.cores[*core], axons.synapses.row(axon));
        let SynapseArray::Sram(memory) = &chip.core_at(load.site).synapses else { return None };
        let named = load.parts.first().and_then(|part| network.named_format(part.population as usize));
        if let Some(named) = named.or(load.shared_kernels.then_some(SynapseFormat::Conv)) {
            return Some(named);
        }
        Some(memory.format((row.end.get() - row.start.get()).into(), load.neurons().into(), bits))
    };
    axons.destinations.with_ids().map(format).collect()
}
