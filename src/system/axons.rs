//! Every neuron's synapses by destination core: an axon there, a destination here.

use crate::ids::{AxonId, CoreId, IdVec, NeuronId, Offsets, SynapseId};
use crate::map::{Mapping, NO_CORE};
use crate::model::{AxonPieces, Piece};
use crate::net::Graph;
use crate::progress::poll_at_row;

pub(super) struct FlatAxons {
    pub(super) of_neurons: Offsets<NeuronId, AxonId>,
    pub(super) destinations: IdVec<AxonId, CoreId>,
    pub(super) synapses: Offsets<AxonId, SynapseId>,
    pub(super) pieces: Option<AxonPieces>,
}

impl FlatAxons {
    fn with_capacity(neurons: usize, axons: usize) -> Self {
        Self {
            of_neurons: Offsets::with_capacity(neurons),
            destinations: Vec::with_capacity(axons).into(),
            synapses: Offsets::with_capacity(axons),
            pieces: None,
        }
    }
}

/// Cuts every neuron's synapses by destination core. Axons are in the order of their sources; those of a source in the
/// order of its targets, or of its cores where populations share some.
pub(super) fn of(network: &Graph, mapping: &Mapping) -> FlatAxons {
    let count = mapping.cores.iter().map(|core| core.axons_in as usize).sum();
    let axons = FlatAxons::with_capacity(network.neurons(), count);
    if mapping.cores.iter().any(|core| core.is_shared()) {
        shared(network, mapping, axons, count)
    } else {
        own(network, mapping, axons)
    }
}

/// Rows are in the order of their targets. Where cores hold neurons side by side, an axon's synapses are a piece of its
/// source's row, and axons are numbered in the order of all synapses.
fn own(network: &Graph, mapping: &Mapping, mut axons: FlatAxons) -> FlatAxons {
    let ends: IdVec<CoreId, u32> =
        mapping.cores.iter().map(|core| core.parts.first().map_or(0, |part| part.neurons.end)).collect();
    let mut synapse = 0;
    for source in 0..network.neurons() {
        poll_at_row(source, network.synapses.fan_out(source));
        let mut end = 0;
        let first = axons.destinations.len();
        for target in network.synapses.targets(source) {
            if axons.destinations.len() == first || target >= end {
                let core = mapping.core_of[target as usize];
                debug_assert_ne!(core, NO_CORE, "sources receive no synapses");
                end = ends[core];
                if !axons.destinations.is_empty() {
                    axons.synapses.push(SynapseId::new(synapse));
                }
                axons.destinations.push(core);
            }
            synapse += 1;
        }
        axons.of_neurons.push(AxonId::from_index(axons.destinations.len()));
    }
    if !axons.destinations.is_empty() {
        axons.synapses.push(SynapseId::new(synapse));
    }
    axons
}

/// Where populations share cores, an axon's synapses are some pieces of its source's row, each within a population.
fn shared(network: &Graph, mapping: &Mapping, mut axons: FlatAxons, count: usize) -> FlatAxons {
    let mut all = AxonPieces::with_capacity(count);
    let (mut synapse, mut counted) = (0, 0);
    // The pieces of a source: core, order, piece.
    let mut pieces: Vec<(CoreId, Piece)> = Vec::new();
    for source in 0..network.neurons() {
        poll_at_row(source, network.synapses.fan_out(source));
        pieces.clear();
        let mut end = 0;
        for target in network.synapses.targets(source) {
            if target >= end || pieces.is_empty() {
                let core = mapping.core_of[target as usize];
                let parts = &mapping.cores[core].parts;
                let part = &parts[parts.partition_point(|part| part.neurons.end <= target)];
                end = part.neurons.end;
                pieces.push((core, Piece { from: synapse, to: synapse, layer: part.population }));
            }
            if let Some((_, piece)) = pieces.last_mut() {
                piece.to += 1;
            }
            synapse += 1;
        }
        for own in by_core(&mut pieces) {
            axons.destinations.push(own[0].0);
            counted += own.iter().map(|(_, piece)| piece.to - piece.from).sum::<u32>();
            axons.synapses.push(SynapseId::new(counted));
            all.push(own.iter().map(|(_, piece)| *piece));
        }
        axons.of_neurons.push(AxonId::from_index(axons.destinations.len()));
    }
    FlatAxons { pieces: Some(all), ..axons }
}

/// The pieces of a source by core, in the order of the cores.
fn by_core(pieces: &mut [(CoreId, Piece)]) -> impl Iterator<Item = &[(CoreId, Piece)]> {
    pieces.sort_unstable_by_key(|(core, piece)| (*core, piece.from));
    pieces.chunk_by(|a, b| a.0 == b.0)
}
