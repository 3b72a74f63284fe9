//! The component graph and the mapped network as flat tables.

use super::graph::{Component, ComponentGraph, Wire};
use super::{Contention, trees};
use crate::hw::{Allocation, Calibration, Chip, Gating, ReceivePath, Stepping, SynapseArray, SynapseFormat};
use crate::ids::{AxonId, CoreId, IdRange, IdVec, NeuronId, Offsets, SharedAxonId, SynapseId};
use crate::map::{CoreLoad, Mapping, NO_CORE};
use crate::model::fabric::{FabricTable, PortTable, Terminal};
use crate::model::{Clocked, CoreEvent, CoreInput, CoreTable, RowFormat, Rows, Sweep, Synchronization, Tables, Timing};
use crate::net::Graph;
use crate::net::graph::{Csr, Drive, HostAct, HostEvent, Population, Window};
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
    let axons = axons(network, mapping);
    let timing = timing(chip, calibration, contention);
    let mut tables = Tables {
        timing,
        fabric: fabric(graph, chip, calibration, mapping),
        hop_ops: chip.hop_ops(),
        formats: formats(network, chip, mapping, &axons),
        packet_flits: chip.noc.packet_flits,
        trees: None,
        synchronization: synchronization(chip, calibration, mapping),
        cores: mapping.cores.iter().map(|core| core_table(network, chip, core)).collect(),
        gating: if chip.stepping.is_free() { Gating::Window } else { chip.gating },
        converters: match chip.core.synapses {
            SynapseArray::Crossbar { converters, .. } => Some(converters),
            SynapseArray::Sram(_) | SynapseArray::DigitalCrossbar => None,
        },
        cells: None,
        source_spikes: source_spikes(network),
        neurons: network.neurons(),
        bias: network.bias.clone().into(),
        threshold: network.threshold.clone().into(),
        start: network.start.clone().into(),
        traits: network.traits.clone().into(),
        shared_axons: network.axons.iter().copied().map(SharedAxonId::new).collect(),
        max_delay: network.max_delay(),
        host_events: host_events(network, &axons, mapping),
        axons: axons.of_neurons,
        destinations: axons.destinations,
        axon_synapses: axons.synapses,
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
            input_wait: sweep.input_wait.into(),
            queue: chip.core.receive_queue.into(),
        }),
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

fn core_table(network: &Graph, chip: &Chip, core: &CoreLoad) -> CoreTable {
    let population = &network.populations[core.population as usize];
    let (params, drive, window) = (*population.params.first(), population.drive, population.window);
    let neurons = IdRange { start: NeuronId::new(core.neurons.start), end: NeuronId::new(core.neurons.end) };
    if !chip.stepping.is_free() {
        return CoreTable { neurons, params, drive, window, clocked: Clocked::EveryStep };
    }
    // Without a barrier there is no pipeline of layers: all begin with the first step, and only those of a last step end.
    let window = window.filter(|window| window.ends).map(|window| Window { first: 1, ..window });
    CoreTable { neurons, params, drive, window, clocked: clocked(network, chip, population) }
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

fn source_spikes(network: &Graph) -> Vec<(u32, NeuronId)> {
    let mut all = Vec::new();
    for population in &network.populations {
        let spikes = population.source.iter().flatten();
        all.extend(spikes.map(|(step, i)| (*step, NeuronId::new(population.first + i))));
    }
    all.sort_unstable();
    all
}

/// Every neuron's synapses by destination core: an axon there, a destination here.
struct Axons {
    of_neurons: Offsets<NeuronId, AxonId>,
    destinations: IdVec<AxonId, CoreId>,
    synapses: Offsets<AxonId, SynapseId>,
}

/// Cuts every neuron's synapses by destination core.
///
/// Rows are in the order of their targets and cores hold neurons side by side, so an axon's synapses are a piece of
/// its source's row, and axons are numbered in the order of all synapses.
fn axons(network: &Graph, mapping: &Mapping) -> Axons {
    let count = mapping.cores.iter().map(|core| core.axons_in as usize).sum();
    let mut destinations = Vec::with_capacity(count);
    let mut of_neurons = Offsets::with_capacity(network.neurons());
    let mut synapses = Offsets::with_capacity(count);
    let mut synapse = 0;
    for source in 0..network.neurons() {
        let mut end = 0;
        let first = destinations.len();
        for target in network.synapses.targets(source) {
            if destinations.len() == first || target >= end {
                let core = mapping.core_of[target as usize];
                debug_assert_ne!(core, NO_CORE, "sources receive no synapses");
                end = mapping.cores[core].neurons.end;
                if !destinations.is_empty() {
                    synapses.push(SynapseId::new(synapse));
                }
                destinations.push(core);
            }
            synapse += 1;
        }
        of_neurons.push(AxonId::from_index(destinations.len()));
    }
    if !destinations.is_empty() {
        synapses.push(SynapseId::new(synapse));
    }
    Axons { of_neurons, destinations: destinations.into(), synapses }
}

/// What the host sends to cores that work event by event, core by core.
fn host_events(network: &Graph, axons: &Axons, mapping: &Mapping) -> Vec<CoreInput> {
    let core_of = |neuron: u32| Some(mapping.core_of[neuron as usize]).filter(|core| *core != NO_CORE);
    let mut all = Vec::new();
    for HostEvent { step, act } in &network.events {
        let mut send = |core: CoreId, event: CoreEvent, queued: bool| {
            all.push(CoreInput { step: *step, core, event, queued });
        };
        let mut to_core_of = |neuron: u32, event: CoreEvent, queued: bool| {
            core_of(neuron).into_iter().for_each(|core| send(core, event, queued));
        };
        match *act {
            HostAct::TimeReference { neuron: None } => {
                mapping.cores.ids().for_each(|core| send(core, CoreEvent::Reference { step: *step }, false));
            }
            HostAct::TimeReference { neuron: Some(neuron) } => {
                to_core_of(neuron, CoreEvent::ReferenceOf(NeuronId::new(neuron)), false);
            }
            HostAct::QueuedReference { neuron } => {
                to_core_of(neuron, CoreEvent::ReferenceOf(NeuronId::new(neuron)), true);
            }
            HostAct::Spike { source } => {
                let of_source = axons.of_neurons.row(NeuronId::new(source));
                if of_source.is_empty() {
                    // A sweep without any weight.
                    to_core_of(source, CoreEvent::Spike(None), true);
                }
                for axon in of_source.ids() {
                    send(axons.destinations[axon], CoreEvent::Spike(Some(axon)), true);
                }
            }
            HostAct::Synapse { source, target } => {
                let row = network.synapses.row(source as usize).filter(|(to, ..)| *to == target);
                let weight = row.map(|(_, weight, _)| i32::from(weight)).sum();
                to_core_of(target, CoreEvent::Weight(NeuronId::new(target), weight), false);
            }
            HostAct::Virtual { target, weight } => {
                to_core_of(target, CoreEvent::Weight(NeuronId::new(target), weight.into()), true);
            }
        }
    }
    all
}

/// The format of each axon's synapses, where formats are counted apart.
fn formats(network: &Graph, chip: &Chip, mapping: &Mapping, axons: &Axons) -> IdVec<AxonId, SynapseFormat> {
    let SynapseArray::Sram(memory) = &chip.core.synapses else { return IdVec::default() };
    if !chip.counts_kinds_of(Op::Synapse) {
        return IdVec::default();
    }
    let bits = network.synapses.weight_bits().into();
    let format = |(axon, core): (AxonId, &CoreId)| {
        let (load, row) = (&mapping.cores[*core], axons.synapses.row(axon));
        if load.shared_kernels {
            return SynapseFormat::Conv;
        }
        memory.format((row.end.get() - row.start.get()).into(), load.neurons.len() as u64, bits)
    };
    axons.destinations.with_ids().map(format).collect()
}
